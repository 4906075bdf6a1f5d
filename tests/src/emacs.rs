//! A real Emacs with lsp-mode, in a terminal.

use crate::hob::Workspace;
use crate::terminal::Terminal;
use crate::tools;
use std::path::Path;

/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (100, 30);

/// An Emacs with Hob attached to the fixture's file.
pub struct Emacs {
    terminal: Terminal,
}

impl Emacs {
    /// Opens the workspace's file with the cursor, puts the cursor there, and waits until `binary` (which has to be named
    /// `hob`) is attached. `None` where there is no Emacs (never on Linux).
    ///
    /// # Panics
    ///
    /// When any of that fails.
    #[track_caller]
    pub fn start(binary: &str, workspace: &Workspace) -> Option<Emacs> {
        let program = tools::emacs()?;
        let init = tools::workspace().join("tests/src/emacs/init.el");
        let (file, offset) = workspace.fixture().at_cursor();
        let path = file.path_below(workspace.root());
        let before = &file.text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |it| it + 1) + 1;
        let folder = Path::new(binary).parent().unwrap_or(Path::new("."));
        let others = std::env::var("PATH").unwrap_or_default();
        let paths = format!("{}:{others}", folder.display());
        let place = format!("+{line}:{column}");
        let (program, init) = (program.to_string_lossy(), init.to_string_lossy());
        let file = path.to_string_lossy();
        let arguments = ["-nw", "-Q", "-l", &init, &place, &file];
        let variables = [("PATH", paths.as_str())];
        let terminal = Terminal::start_with(workspace, &program, arguments, SIZE, &variables);
        let emacs = Emacs { terminal };
        emacs.wait_for_counts("clients: 1");
        Some(emacs)
    }

    /// Its terminal.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Asks for the numbers of clients, buffers of warnings and windows, until they are shown and begin so.
    ///
    /// # Panics
    ///
    /// When they never do.
    #[track_caller]
    pub fn wait_for_counts(&self, beginning: &str) -> String {
        let deadline = std::time::Instant::now() + crate::client::TIMEOUT;
        loop {
            // F5.
            self.terminal.press("\u{1b}[15~");
            std::thread::sleep(std::time::Duration::from_millis(300));
            let screen = self.terminal.screen();
            let found = screen
                .lines()
                .find(|it| it.trim_start().starts_with(beginning));
            if let Some(it) = found {
                return it.trim().to_owned();
            }
            assert!(std::time::Instant::now() < deadline, "{screen}");
        }
    }
}
