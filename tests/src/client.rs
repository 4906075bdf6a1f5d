//! A synchronous LSP client that drives a real server over its standard streams, and holds it to the protocol.
//!
//! Whatever a test does, the client checks that every request is answered exactly once, that nothing but messages comes
//! out of the server, that it leaves when told to, and that no error goes unnoticed: [`Client`] panics when dropped
//! otherwise.

pub mod edits;
mod inline;
mod launch;
mod peer;
mod process;
#[cfg(test)]
mod tests;
mod text;
mod wire;

pub use inline::{InlineCompletion, Trigger};
pub use launch::Launch;
pub use peer::{Response, ResponseError};
pub use text::{Encoding, uri};

use peer::Peer;
use process::Process;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::thread;
use std::time::Duration;

/// How long anything may take before a test gives up. Long, since test machines are busy.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The protocol's code for a request that the client cancelled.
pub const REQUEST_CANCELLED: i64 = -32800;
/// The protocol's code for a request whose document has changed meanwhile.
pub const CONTENT_MODIFIED: i64 = -32801;
/// The protocol's code for a request that the server gave up.
pub const SERVER_CANCELLED: i64 = -32802;

/// A client and the server it drives.
#[derive(Debug)]
pub struct Client {
    peer: Peer,
    process: Option<Process>,
    encoding: Encoding,
    initialize: Value,
    started_in: Duration,
    documents: HashMap<String, Document>,
    over: bool,
}

/// The client's copy of an open document.
#[derive(Clone, Debug)]
struct Document {
    version: i64,
    text: String,
}

/// Requests and notifications.
impl Client {
    /// Sends a request; the answer is had by [`Client::response`].
    pub fn request(&self, method: &str, params: Value) -> i64 {
        self.peer.request(method, params)
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.peer.notify(method, params);
    }

    /// Tells the server that an answer is not wanted any more; it has to come all the same.
    pub fn cancel(&self, id: i64) {
        self.notify("$/cancelRequest", json!({ "id": id }));
    }

    /// Waits for the answer of a request.
    ///
    /// # Panics
    ///
    /// After [`TIMEOUT`], or when the server is gone.
    #[track_caller]
    pub fn response(&self, id: i64) -> Response {
        self.response_within(id, TIMEOUT)
            .unwrap_or_else(|| self.give_up(&format!("no answer to request {id}")))
    }

    /// Waits a while for the answer of a request.
    pub fn response_within(&self, id: i64, timeout: Duration) -> Option<Response> {
        self.peer.wait(timeout, |state| state.responses.remove(&id))
    }

    /// A request and its result.
    ///
    /// # Panics
    ///
    /// When the answer is an error, or does not come.
    #[track_caller]
    pub fn call(&self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        match self.response(id).result {
            Ok(it) => it,
            Err(error) => panic!("{method} failed: {error:?}"),
        }
    }

    /// Waits for the answer of a request, which has to be an error.
    ///
    /// # Panics
    ///
    /// When it is a result, or does not come.
    #[track_caller]
    pub fn error(&self, id: i64) -> ResponseError {
        match self.response(id).result {
            Err(it) => it,
            Ok(result) => panic!("request {id} succeeded: {result}"),
        }
    }

    /// Waits for a notification whose parameters are as wanted; the others stay unread.
    ///
    /// # Panics
    ///
    /// After [`TIMEOUT`], or when the server is gone.
    #[track_caller]
    pub fn notification(&self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = self.peer.wait(TIMEOUT, |state| {
            let at = state
                .notifications
                .iter()
                .position(|it| it["method"] == method && wanted(&it["params"]))?;
            state.notifications.remove(at)
        });
        match found {
            Some(mut it) => it["params"].take(),
            None => self.give_up(&format!("no such notification: {method}")),
        }
    }

    /// Waits until the user is told something as wanted, in the line that is shown or in the log behind it; the longer one
    /// of the two. Both are read thereby.
    ///
    /// # Panics
    ///
    /// After [`TIMEOUT`], or when the server is gone.
    #[track_caller]
    pub fn told(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = self.peer.wait(TIMEOUT, |state| {
            let all = &mut state.notifications;
            let is = |it: &Value, method: &str| it["method"] == method;
            let at = all.iter().position(|it| {
                (is(it, "window/logMessage") || is(it, "window/showMessage"))
                    && wanted(&it["params"])
            })?;
            if is(&all[at], "window/logMessage") {
                // What is logged is shown right after that.
                let shown = (at..all.len()).find(|it| is(&all[*it], "window/showMessage"))?;
                all.remove(shown);
            }
            all.remove(at)
        });
        match found {
            Some(mut it) => it["params"].take(),
            None => self.give_up("the user is told no such thing"),
        }
    }

    /// The parameters of all unread notifications of one kind, which are read thereby.
    pub fn take_notifications(&self, method: &str) -> Vec<Value> {
        let mut state = self.peer.state();
        let (taken, left) = state
            .notifications
            .drain(..)
            .partition(|it| it["method"] == method);
        state.notifications = left;
        let taken: VecDeque<Value> = taken;
        taken
            .into_iter()
            .map(|mut it| it["params"].take())
            .collect()
    }

    /// The parameters of all requests of one kind that the server has made so far.
    pub fn server_requests(&self, method: &str) -> Vec<Value> {
        let state = self.peer.state();
        state
            .requests
            .iter()
            .filter(|it| it["method"] == method)
            .map(|it| it["params"].clone())
            .collect()
    }

    /// Sets how requests of the server are answered: by a result, or by the message of an error.
    pub fn answer(
        &self,
        method: &str,
        answer: impl FnMut(&Value) -> Result<Value, String> + Send + 'static,
    ) {
        self.peer
            .state()
            .answers
            .insert(method.to_owned(), Box::new(answer));
    }

    /// Changes what `workspace/configuration` is answered with, and says so.
    pub fn configure(&self, settings: Value) {
        self.peer.state().settings = settings.clone();
        self.notify(
            "workspace/didChangeConfiguration",
            json!({ "settings": { "hob": settings } }),
        );
    }
}

/// Documents.
impl Client {
    /// Opens a document; the language is told by the name.
    pub fn open(&mut self, uri: &str, text: &str) {
        self.open_as(uri, language_id(uri), text);
    }

    /// Opens a document of this language.
    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        self.documents.insert(
            uri.to_owned(),
            Document {
                version: 1,
                text: text.to_owned(),
            },
        );
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range (byte offsets) of an open document.
    #[track_caller]
    pub fn change(&mut self, uri: &str, range: Range<usize>, text: &str) {
        self.change_all(uri, &[(range, text)]);
    }

    /// Several changes in one notification, each on the text that the ones before it left.
    #[track_caller]
    pub fn change_all(&mut self, uri: &str, changes: &[(Range<usize>, &str)]) {
        let encoding = self.encoding;
        let document = self
            .documents
            .get_mut(uri)
            .unwrap_or_else(|| panic!("{uri} is not open"));
        let mut events = Vec::new();
        for (range, text) in changes {
            events.push(
                json!({ "range": encoding.range(&document.text, range.clone()), "text": text }),
            );
            document.text.replace_range(range.clone(), text);
        }
        document.version += 1;
        let document = json!({ "uri": uri, "version": document.version });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": events }),
        );
    }

    /// Replaces the whole text of an open document, as clients without incremental changes do.
    #[track_caller]
    pub fn replace(&mut self, uri: &str, text: &str) {
        let document = self
            .documents
            .get_mut(uri)
            .unwrap_or_else(|| panic!("{uri} is not open"));
        document.text = text.to_owned();
        document.version += 1;
        let document = json!({ "uri": uri, "version": document.version });
        let events = json!([{ "text": text }]);
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": events }),
        );
    }

    /// Says that a document was saved.
    pub fn save(&self, uri: &str) {
        self.notify(
            "textDocument/didSave",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// Closes a document.
    pub fn close(&mut self, uri: &str) {
        self.documents.remove(uri);
        self.notify(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// The text of an open document, as the client has it.
    #[track_caller]
    pub fn text(&self, uri: &str) -> &str {
        &self
            .documents
            .get(uri)
            .unwrap_or_else(|| panic!("{uri} is not open"))
            .text
    }

    /// The position of a byte offset of an open document.
    #[track_caller]
    pub fn position(&self, uri: &str, offset: usize) -> Value {
        self.encoding.position(self.text(uri), offset)
    }
}

/// The server.
impl Client {
    /// The server's capabilities.
    pub fn capabilities(&self) -> &Value {
        &self.initialize["capabilities"]
    }

    /// What was negotiated.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// From starting the process to its answer to `initialize`.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Resident memory, in bytes; `None` where it can't be told (other than on Linux).
    pub fn memory(&self) -> Option<u64> {
        self.process.as_ref().and_then(Process::memory)
    }

    /// Processor time used so far by all threads that still run; `None` where it can't be told (other than on Linux).
    pub fn processor_time(&self) -> Option<Duration> {
        self.process.as_ref().and_then(Process::processor_time)
    }

    /// The process's id, if there is a process.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// What the server has written to its standard error so far.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// Ends the process without warning. Nothing is checked any more.
    pub fn kill(mut self) {
        self.over = true;
        if let Some(process) = &mut self.process {
            process.kill();
        }
    }

    /// Lets all errors pass that the server has reported so far.
    pub fn forgive_errors(&self) {
        let mut state = self.peer.state();
        state.responses.clear();
        state.notifications.clear();
    }

    /// Shuts the server down and checks that it kept to the protocol. Dropping does the same.
    ///
    /// # Panics
    ///
    /// When it did not.
    #[track_caller]
    pub fn finish(mut self) {
        self.shut_down();
    }

    #[track_caller]
    fn shut_down(&mut self) {
        self.over = true;
        let left: Vec<i64> = self.peer.state().pending.keys().copied().collect();
        for id in &left {
            self.cancel(*id);
        }
        let id = self.request("shutdown", Value::Null);
        if let Err(error) = self.response(id).result {
            self.give_up(&format!("shutdown failed: {error:?}"));
        }
        let silent = self
            .peer
            .wait(TIMEOUT, |state| state.pending.is_empty().then_some(()))
            .is_none();
        self.notify("exit", Value::Null);
        self.peer.hang_up();
        let mut faults = Vec::new();
        if silent {
            faults.push(format!("never answered: {:?}", self.peer.state().pending));
        }
        if let Some(process) = &mut self.process {
            faults.extend(process.wait(TIMEOUT));
        }
        let mut state = self.peer.state();
        faults.append(&mut state.faults);
        for (id, response) in &state.responses {
            if let Err(error) = &response.result
                && !left.contains(id)
            {
                faults.push(format!(
                    "an error that no one read: request {id}: {error:?}"
                ));
            }
        }
        for it in &state.notifications {
            let shown = it["method"] == "window/showMessage";
            // Type 1 is an error.
            if shown && it["params"]["type"] == 1 {
                faults.push(format!(
                    "an error message that no one read: {}",
                    it["params"]["message"]
                ));
            }
        }
        drop(state);
        if !faults.is_empty() {
            self.give_up(&faults.join("\n"));
        }
    }

    /// Fails, with all that is known.
    #[track_caller]
    fn give_up(&self, what: &str) -> ! {
        let state = self.peer.state();
        let (pending, faults, closed) =
            (state.pending.clone(), state.faults.join("\n"), state.closed);
        drop(state);
        let closed = if closed {
            "\nthe server has closed its output"
        } else {
            ""
        };
        panic!(
            "{what}\nunanswered: {pending:?}\n{faults}{closed}\nthe server's log:\n{}",
            self.log()
        );
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        if thread::panicking() {
            // The test has failed already: say what the server had to say, and leave nothing running.
            let log = self.log();
            if !log.is_empty() {
                let _ = std::io::Write::write_all(
                    &mut std::io::stderr(),
                    format!("the server's log:\n{log}\n").as_bytes(),
                );
            }
            if let Some(process) = &mut self.process {
                process.kill();
            }
            return;
        }
        self.shut_down();
    }
}

/// The language that editors say a file is in.
fn language_id(uri: &str) -> &str {
    let extension = uri
        .rsplit('/')
        .next()
        .and_then(|it| it.rsplit_once('.'))
        .map_or("", |it| it.1);
    match extension {
        "rs" => "rust",
        "py" => "python",
        "js" => "javascript",
        "jsx" => "javascriptreact",
        "ts" => "typescript",
        "tsx" => "typescriptreact",
        "rb" => "ruby",
        "md" => "markdown",
        "h" => "c",
        "cc" | "hpp" => "cpp",
        "cs" => "csharp",
        "kt" => "kotlin",
        "sh" => "shellscript",
        "yml" => "yaml",
        "txt" | "" => "plaintext",
        other => other,
    }
}
