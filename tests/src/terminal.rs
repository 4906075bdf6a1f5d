//! A command at a terminal: a pseudo-terminal, an emulator that shows what a user sees, and a keyboard.
//!
//! For Unix systems; nothing of it depends on time.

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use vt100::{Callbacks, Parser, Screen};

use crate::hob::Workspace;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(90);
/// Rows that scrolled away are kept, so many.
const SCROLLBACK: usize = 5000;

/// A command at work.
pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: Parser<Answers>,
    /// All that came.
    bytes: Vec<u8>,
    /// Whether no more will come.
    ended: bool,
}

/// What a terminal is asked and answers by itself.
#[derive(Default)]
struct Answers {
    answers: Vec<u8>,
    clipboard: Option<Vec<u8>>,
}

impl Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        _second: Option<u8>,
        params: &[&[u16]],
        command: char,
    ) {
        match (first, params.first().copied().unwrap_or_default(), command) {
            // Where is the cursor?
            (None, [6], 'n') => {
                let (row, column) = screen.cursor_position();
                let answer = format!("\u{1b}[{};{}R", row + 1, column + 1);
                self.answers.extend(answer.as_bytes());
            }
            // What are you?
            (None, [] | [0], 'c') => self.answers.extend(b"\x1b[?62;c"),
            _ => {}
        }
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _kind: &[u8], data: &[u8]) {
        self.clipboard = Some(data.to_vec());
    }
}

impl Terminal {
    /// Starts `binary` in a workspace, at a terminal of so many columns and rows, in colours.
    #[track_caller]
    pub fn start<'a>(
        workspace: &Workspace,
        binary: &str,
        arguments: impl IntoIterator<Item = &'a str>,
        size: (u16, u16),
    ) -> Terminal {
        Terminal::start_with(workspace, binary, arguments, size, &[])
    }

    /// As [`Terminal::start`], with more variables in its environment.
    #[track_caller]
    pub fn start_with<'a>(
        workspace: &Workspace,
        binary: &str,
        arguments: impl IntoIterator<Item = &'a str>,
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
    ) -> Terminal {
        let (pty, child_end) = open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, columns)).expect("it has a size");
        let mut command = Command::new(Path::new(binary))
            .args(arguments)
            .current_dir(workspace.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .envs(workspace.home().environment());
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let child = command.spawn(child_end).expect("the binary starts");
        let (rows, columns) = (nonzero(rows), nonzero(columns));
        let parser = Parser::new_with_callbacks(rows, columns, SCROLLBACK, Answers::default());
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                parser,
                bytes: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let pty = Arc::new(pty);
        let reader = std::thread::spawn({
            let (pty, shared) = (pty.clone(), shared.clone());
            move || read(&pty, &shared)
        });
        Terminal {
            child,
            pty,
            shared,
            reader: Some(reader),
        }
    }

    /// Presses keys. Enter is `\r`, Ctrl-C `\x03`, Alt-Enter `\x1b\r`.
    pub fn press(&self, keys: &str) {
        (&*self.pty)
            .write_all(keys.as_bytes())
            .expect("it takes keys");
    }

    /// Makes the window larger or smaller.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.state()
            .parser
            .set_size(nonzero(rows), nonzero(columns));
        self.pty
            .resize(Size::new(rows, columns))
            .expect("it has a size");
    }

    /// What is on the screen, without blanks at the ends.
    pub fn screen(&self) -> String {
        trimmed(&self.state().parser.screen().contents())
    }

    /// All that came, escape sequences included.
    pub fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// What was put on the clipboard, in base64.
    pub fn clipboard(&self) -> Option<Vec<u8>> {
        self.state().parser.callbacks().clipboard.clone()
    }

    /// All rows, those that scrolled away first.
    pub fn history(&self) -> String {
        let mut state = self.state();
        let columns = state.parser.screen().size().1.get();
        let mut rows: Vec<String> = Vec::new();
        for above in (1..=state.parser.screen().scrollback_len()).rev() {
            state.parser.screen_mut().set_scrollback(above);
            rows.extend(state.parser.screen().rows(0, columns).next());
        }
        state.parser.screen_mut().set_scrollback(0);
        rows.extend(state.parser.screen().rows(0, columns));
        trimmed(&rows.join("\n"))
    }

    /// Waits until the screen shows this.
    ///
    /// # Panics
    ///
    /// When it doesn't, after a while.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    ///
    /// # Panics
    ///
    /// When it isn't, after a while.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let shows = |state: &State| is_so(&trimmed(&state.parser.screen().contents()));
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(self.state(), PATIENCE, |it| !shows(it) && !it.ended)
            .unwrap_or_else(|it| it.into_inner());
        if timeout.timed_out() || !shows(&state) {
            let screen = trimmed(&state.parser.screen().contents());
            let ended = if state.ended {
                ", and it has ended"
            } else {
                ""
            };
            drop(state);
            panic!("waited for {what}{ended}; the screen:\n{screen}");
        }
    }

    /// Waits until the command has ended; how it did.
    ///
    /// # Panics
    ///
    /// When it doesn't, after a while.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(self.state(), PATIENCE, |it| !it.ended)
            .unwrap_or_else(|it| it.into_inner());
        let screen = trimmed(&state.parser.screen().contents());
        drop(state);
        assert!(
            !timeout.timed_out() && Instant::now() < deadline,
            "it doesn't end; the screen:\n{screen}"
        );
        self.child.wait().expect("it was started")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(|it| it.into_inner())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Shows what comes until the command's end, which is an error on some systems.
fn read(pty: &Pty, shared: &Shared) {
    let mut buffer = [0; 4096];
    let mut pty = pty;
    while let Ok(n @ 1..) = pty.read(&mut buffer) {
        let mut state = shared.state.lock().unwrap_or_else(|it| it.into_inner());
        state.bytes.extend(&buffer[..n]);
        state.parser.process(&buffer[..n]);
        let answers = std::mem::take(&mut state.parser.callbacks_mut().answers);
        drop(state);
        shared.changed.notify_all();
        if !answers.is_empty() && pty.write_all(&answers).is_err() {
            break;
        }
    }
    let mut state = shared.state.lock().unwrap_or_else(|it| it.into_inner());
    state.ended = true;
    drop(state);
    shared.changed.notify_all();
}

fn nonzero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has rows and columns")
}

fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}
