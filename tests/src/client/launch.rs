//! How a server is started and greeted.

use super::text::{Encoding, uri};
use super::{Client, Peer, Process, TIMEOUT};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What to start, and how to introduce the client.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    forget: Vec<String>,
    settings: Value,
    initialization_options: bool,
    folders: Vec<PathBuf>,
    encodings: Vec<Encoding>,
    capabilities: Value,
    name: String,
}

impl Launch {
    /// `program lsp`, in the given environment, with what most editors announce.
    pub fn new(program: impl Into<PathBuf>) -> Launch {
        Launch {
            program: program.into(),
            arguments: vec!["lsp".into()],
            environment: Vec::new(),
            forget: Vec::new(),
            settings: Value::Null,
            initialization_options: true,
            folders: Vec::new(),
            encodings: vec![Encoding::Utf16],
            name: "hob-tests".to_owned(),
            capabilities: json!({
                "textDocument": {
                    "synchronization": { "didSave": true },
                    "inlineCompletion": {},
                    "codeAction": { "resolveSupport": { "properties": ["edit"] } },
                },
                "workspace": {
                    "applyEdit": true,
                    "configuration": true,
                    "workspaceFolders": true,
                    "didChangeWatchedFiles": { "dynamicRegistration": true },
                    "workspaceEdit": { "documentChanges": true, "changeAnnotationSupport": {}, "resourceOperations": ["create", "rename", "delete"] },
                },
                "window": { "showDocument": { "support": true }, "workDoneProgress": true, "showMessage": {} },
                "experimental": { "hob": { "status": true, "errors": true } },
            }),
        }
    }

    /// Another program, such as a shell that starts the server.
    pub fn program(mut self, program: impl Into<PathBuf>) -> Launch {
        self.program = program.into();
        self
    }

    /// Other arguments than `lsp`.
    pub fn arguments<T: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = T>,
    ) -> Launch {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Sets environment variables.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Launch {
        self.environment.extend(variables);
        self
    }

    /// Starts with nothing of the user's: in this home.
    pub fn home(mut self, home: &crate::home::Home) -> Launch {
        self.forget
            .extend(crate::home::FORGOTTEN.iter().map(|&it| it.to_owned()));
        self.environment.extend(home.environment());
        self
    }

    /// The settings that the editor holds: sent as `initializationOptions`, and to `workspace/configuration`.
    pub fn settings(mut self, settings: Value) -> Launch {
        self.settings = settings;
        self
    }

    /// Sends no `initializationOptions`; the server has to ask.
    pub fn without_initialization_options(mut self) -> Launch {
        self.initialization_options = false;
        self
    }

    /// The workspace's folders.
    pub fn folders(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Launch {
        self.folders = folders.into_iter().collect();
        self
    }

    /// The position encodings on offer, the liked one first; none: the client says nothing about it.
    pub fn encodings(mut self, encodings: &[Encoding]) -> Launch {
        self.encodings = encodings.to_vec();
        self
    }

    /// Lays a tree over the announced capabilities; `null` takes one away.
    pub fn capabilities(mut self, over: &Value) -> Launch {
        merge(&mut self.capabilities, over);
        self
    }

    /// The name that the client gives itself.
    pub fn named(mut self, name: &str) -> Launch {
        self.name = name.to_owned();
        self
    }

    /// Starts the process and greets it.
    ///
    /// # Panics
    ///
    /// When it can't be started, or does not answer in time.
    #[track_caller]
    pub fn start(&self) -> Client {
        let started = Instant::now();
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for name in &self.forget {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = self.folders.first() {
            command.current_dir(folder);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(it) => it,
            Err(error) => panic!("{} can't be started: {error}", self.program.display()),
        };
        let out = child.stdin.take().expect("its input is piped");
        let input = child.stdout.take().expect("its output is piped");
        self.greet(Peer::new(input, out), Some(Process::new(child)), started)
    }

    /// Greets a server at the other end of two streams.
    ///
    /// # Panics
    ///
    /// When it does not answer in time.
    #[track_caller]
    pub fn over(
        &self,
        input: impl Read + Send + 'static,
        out: impl Write + Send + 'static,
    ) -> Client {
        self.greet(Peer::new(input, out), None, Instant::now())
    }

    #[track_caller]
    fn greet(&self, peer: Peer, process: Option<Process>, started: Instant) -> Client {
        let folders: Vec<Value> = self
            .folders
            .iter()
            .map(|it| json!({ "uri": uri(it), "name": it.file_name().unwrap_or_default().to_string_lossy() }))
            .collect();
        {
            let mut state = peer.state();
            state.settings = self.settings.clone();
            state.folders = folders.clone().into();
        }
        let mut client = Client {
            peer,
            process,
            encoding: Encoding::Utf16,
            initialize: Value::Null,
            started_in: Duration::ZERO,
            documents: HashMap::new(),
            over: true,
        };
        let mut capabilities = self.capabilities.clone();
        if !self.encodings.is_empty() {
            let names: Vec<_> = self.encodings.iter().map(|it| it.name()).collect();
            merge(
                &mut capabilities,
                &json!({ "general": { "positionEncodings": names } }),
            );
        }
        let mut params = json!({
            "processId": std::process::id(),
            "clientInfo": { "name": self.name },
            "rootUri": folders.first().map(|it| it["uri"].clone()),
            "workspaceFolders": folders,
            "capabilities": capabilities,
        });
        if self.initialization_options && !self.settings.is_null() {
            params["initializationOptions"] = self.settings.clone();
        }
        let id = client.request("initialize", params);
        let Some(response) = client.response_within(id, TIMEOUT) else {
            client.give_up("no answer to `initialize`")
        };
        client.started_in = response.at - started;
        client.initialize = match response.result {
            Ok(it) => it,
            Err(error) => panic!("`initialize` failed: {error:?}"),
        };
        if let Some(name) = client.capabilities()["positionEncoding"].as_str() {
            let known = Encoding::of_name(name)
                .filter(|it| *it == Encoding::Utf16 || self.encodings.contains(it));
            client.encoding = known.unwrap_or_else(|| panic!("`{name}` was not on offer"));
        }
        client.notify("initialized", json!({}));
        client.over = false;
        client
    }
}

fn merge(tree: &mut Value, over: &Value) {
    match (tree, over) {
        (Value::Object(tree), Value::Object(over)) => {
            for (key, value) in over {
                if value.is_null() {
                    tree.remove(key);
                } else {
                    merge(tree.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (tree, over) => *tree = over.clone(),
    }
}
