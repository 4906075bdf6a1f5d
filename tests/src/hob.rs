//! Hob at work on a fixture: the real binary as a language server, or as a command.

use crate::client::{Client, InlineCompletion, Launch, TIMEOUT, Trigger, uri};
use crate::fixture::Fixture;
use crate::home::Home;
use crate::model::{ModelServer, Reply};
use serde_json::Value;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A language server on a workspace of its own, with the fixture's open files open. It is a [`Client`], too.
///
/// With a `//- model` in the fixture, a scripted model server answers so, and the settings name it.
pub struct Hob {
    // First: the server ends before the folders and the model do.
    client: Client,
    workspace: Workspace,
    model: Option<ModelServer>,
    cursor: Option<(String, usize)>,
}

/// A fixture on disk, and a home for the processes that work on it.
#[derive(Debug)]
pub struct Workspace {
    fixture: Fixture,
    folder: TempDir,
    root: PathBuf,
    home: Home,
}

impl Workspace {
    /// Writes a fixture to a folder of its own. Its settings are the home's configuration file only when they are given
    /// to [`Workspace::write_config`]; a language server gets them from its editor.
    #[track_caller]
    pub fn new(fixture: &str) -> Workspace {
        Workspace::named(fixture, "project")
    }

    /// As [`Workspace::new`], in a folder of this name.
    #[track_caller]
    pub fn named(fixture: &str, name: &str) -> Workspace {
        let fixture = Fixture::parse(fixture);
        let folder = tempfile::Builder::new()
            .prefix("hob-work-")
            .tempdir()
            .expect("a temporary folder can be made");
        // Without links: paths that come back from a server can be compared. (On Windows that would be a verbatim path.)
        let root = match folder.path().canonicalize() {
            Ok(it) if cfg!(unix) => it,
            _ => folder.path().to_owned(),
        };
        let root = root.join(name);
        fixture.write(&root).expect("the fixture can be written");
        Workspace {
            fixture,
            folder,
            root,
            home: Home::new(),
        }
    }

    /// Takes away what marks the project as a repository: it is one of nobody's folders then.
    #[track_caller]
    pub fn forget_repository(&self) {
        std::fs::remove_dir_all(self.root.join(".git")).expect("fixtures are repositories");
    }

    /// What it was made of.
    pub fn fixture(&self) -> &Fixture {
        &self.fixture
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder beside the project, for whatever a test needs.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// The home of its processes.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The URI of a file, by its path in the fixture.
    pub fn uri(&self, path: &str) -> String {
        let mut full = self.root.clone();
        full.extend(path.split('/').filter(|it| !it.is_empty()));
        uri(&full)
    }

    /// Writes the user's configuration file (TOML).
    pub fn write_config(&self, toml: &str) {
        self.home.write_config(toml);
    }

    /// A command in this workspace and home, colourless, its input closed.
    pub fn command<'a>(
        &self,
        binary: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        let mut command = Command::new(binary);
        self.home
            .apply(&mut command)
            .current_dir(&self.root)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that succeeds and prints one JSON document.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[track_caller]
    pub fn json<'a>(&self, binary: &str, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        let mut command = self.command(binary, arguments);
        let Output {
            status,
            stdout,
            stderr,
        } = match command.output() {
            Ok(it) => it,
            Err(error) => panic!("{command:?}: {error}"),
        };
        let (stdout, stderr) = (
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr),
        );
        assert!(
            status.success(),
            "{command:?} ended with {status}\n{stdout}\n{stderr}"
        );
        match serde_json::from_str(&stdout) {
            Ok(it) => it,
            Err(error) => panic!("{command:?} printed no JSON: {error}\n{stdout}\n{stderr}"),
        }
    }
}

impl Hob {
    /// Starts `binary lsp` on a fixture. Pass `env!("CARGO_BIN_EXE_hob")`.
    #[track_caller]
    pub fn start(binary: &str, fixture: &str) -> Hob {
        Hob::start_with(binary, fixture, |launch| launch)
    }

    /// As [`Hob::start`], with a say in how.
    #[track_caller]
    pub fn start_with(binary: &str, fixture: &str, how: impl FnOnce(Launch) -> Launch) -> Hob {
        Hob::start_in(binary, Workspace::new(fixture), how)
    }

    /// As [`Hob::start_with`], in a workspace that was prepared.
    #[track_caller]
    pub fn start_in(binary: &str, workspace: Workspace, how: impl FnOnce(Launch) -> Launch) -> Hob {
        let mut settings = workspace.fixture.settings.clone().unwrap_or(Value::Null);
        let model = workspace.fixture.model.clone().map(|answer| {
            let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
            server.answer(move |_| Reply::text(&answer));
            settings["models"]["autocomplete"]["url"] = server.url().into();
            server
        });
        let launch = Launch::new(binary)
            .home(&workspace.home)
            .folders([workspace.root.clone()])
            .settings(settings);
        let mut client = how(launch).start();
        for file in workspace.fixture.files.iter().filter(|it| it.open) {
            client.open(&workspace.uri(&file.path), &file.text);
        }
        let cursor = workspace.fixture.cursor.as_ref().map(|_| {
            let (file, offset) = workspace.fixture.at_cursor();
            (workspace.uri(&file.path), offset)
        });
        Hob {
            client,
            workspace,
            model,
            cursor,
        }
    }

    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Ends the server and gives the workspace back.
    pub fn into_workspace(self) -> Workspace {
        let Hob {
            client, workspace, ..
        } = self;
        drop(client);
        workspace
    }

    /// The scripted model server.
    ///
    /// # Panics
    ///
    /// When the fixture has no `//- model`.
    #[track_caller]
    pub fn model(&self) -> &ModelServer {
        self.model.as_ref().expect("the fixture has no model")
    }

    /// The document with the cursor, and the cursor's byte offset.
    ///
    /// # Panics
    ///
    /// When the fixture has no cursor.
    #[track_caller]
    pub fn cursor(&self) -> (String, usize) {
        self.cursor.clone().expect("the fixture has no cursor")
    }

    /// The text of the document with the cursor.
    #[track_caller]
    pub fn cursor_text(&self) -> &str {
        let (uri, _) = self.cursor.as_ref().expect("the fixture has no cursor");
        self.client.text(uri)
    }

    /// Types at the cursor: one change for each character, as a keyboard does.
    #[track_caller]
    pub fn type_text(&mut self, text: &str) {
        let (uri, mut offset) = self.cursor();
        for char in text.chars() {
            let key = char.to_string();
            self.client.change(&uri, offset..offset, &key);
            offset += key.len();
        }
        self.cursor = Some((uri, offset));
    }

    /// Puts the cursor elsewhere in its document.
    #[track_caller]
    pub fn move_cursor(&mut self, offset: usize) {
        let (uri, _) = self.cursor();
        self.cursor = Some((uri, offset));
    }

    /// Asks for suggestions at the cursor, as editors do while the user types; the id of the request.
    #[track_caller]
    pub fn ask(&self) -> i64 {
        let (uri, offset) = self.cursor();
        self.client.ask_inline(&uri, offset, Trigger::Automatic)
    }

    /// Suggestions at the cursor.
    #[track_caller]
    pub fn complete(&self) -> Vec<InlineCompletion> {
        let (uri, offset) = self.cursor();
        self.client.inline_complete_at(&uri, offset)
    }

    /// Suggestions at the cursor, asking again until there are some: the codebase is learned in the background.
    ///
    /// # Panics
    ///
    /// When there are none after [`TIMEOUT`].
    #[track_caller]
    pub fn complete_once_learned(&self) -> Vec<InlineCompletion> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let items = self.complete();
            if !items.is_empty() {
                return items;
            }
            assert!(
                Instant::now() < deadline,
                "no suggestion; the server's log:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The lines that a suggestion at the cursor touches, as they would be, with what it inserts in `«»`.
    #[track_caller]
    pub fn drawn(&self, item: &InlineCompletion) -> String {
        let text = self.cursor_text();
        let start = text[..item.range.start].rfind('\n').map_or(0, |it| it + 1);
        let end = text[item.range.end..]
            .find('\n')
            .map_or(text.len(), |it| item.range.end + it);
        format!(
            "{}«{}»{}",
            &text[start..item.range.start],
            item.text,
            &text[item.range.end..end]
        )
    }
}

impl Deref for Hob {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Hob {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}
