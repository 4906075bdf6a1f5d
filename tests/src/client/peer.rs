//! The conversation: what was asked and not yet answered, what came in, and the answers to the server's own requests.

use super::wire;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io::{BufReader, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How one of the server's requests is answered.
pub(super) type Answer = Box<dyn FnMut(&Value) -> Result<Value, String> + Send>;

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The result, or the error.
    pub result: Result<Value, ResponseError>,
    /// When it had arrived.
    pub at: Instant,
}

/// The error that a request was answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseError {
    /// The protocol's number for the kind of error.
    pub code: i64,
    /// What happened.
    pub message: String,
}

/// All that came in, and what is still to come.
#[derive(Default)]
pub(super) struct State {
    next_id: i64,
    /// Requests without an answer: id and method.
    pub(super) pending: BTreeMap<i64, String>,
    /// Unread answers.
    pub(super) responses: BTreeMap<i64, Response>,
    /// Unread notifications, whole.
    pub(super) notifications: VecDeque<Value>,
    /// The server's requests, whole.
    pub(super) requests: Vec<Value>,
    /// Where the server broke the protocol.
    pub(super) faults: Vec<String>,
    /// Whether the server's output has ended.
    pub(super) closed: bool,
    pub(super) answers: HashMap<String, Answer>,
    pub(super) settings: Value,
    pub(super) folders: Value,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    out: Mutex<Option<Box<dyn Write + Send>>>,
}

/// Our end of the conversation.
#[derive(Clone)]
pub(super) struct Peer {
    shared: Arc<Shared>,
}

impl Peer {
    /// Talks over two streams; two threads do so until `input` ends.
    pub(super) fn new(input: impl Read + Send + 'static, out: impl Write + Send + 'static) -> Peer {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            out: Mutex::new(Some(Box::new(out))),
        });
        // Why two threads: were the reading one to write, both sides could wait for each other with full pipes.
        let (sender, receiver) = channel();
        let peer = Peer { shared };
        let (reader, answerer) = (peer.clone(), peer.clone());
        thread::spawn(move || reader.read(input, &sender));
        thread::spawn(move || answerer.answer(&receiver));
        peer
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked meanwhile leaves nothing half done here.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(&self, method: &str, params: Value) -> i64 {
        let mut state = self.state();
        state.next_id += 1;
        let id = state.next_id;
        state.pending.insert(id, method.to_owned());
        drop(state);
        self.send(&message(&json!({ "id": id, "method": method }), params));
        id
    }

    pub(super) fn notify(&self, method: &str, params: Value) {
        self.send(&message(&json!({ "method": method }), params));
    }

    /// Closes the server's input.
    pub(super) fn hang_up(&self) {
        self.shared
            .out
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Waits until `look` finds something. Ends early, with a last look, when the server's output has ended.
    pub(super) fn wait<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + timeout;
        let mut state = self.state();
        loop {
            if let Some(it) = look(&mut state) {
                return Some(it);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed {
                return None;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn send(&self, message: &Value) {
        let mut out = self
            .shared
            .out
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = out.as_mut() else { return };
        if wire::write(writer.as_mut(), message).is_err() {
            // The server is gone; whoever waits for it will say so.
            out.take();
        }
    }

    fn read(&self, input: impl Read, requests: &Sender<Value>) {
        let mut input = BufReader::with_capacity(1 << 16, input);
        loop {
            let message = wire::read(&mut input);
            let at = Instant::now();
            let mut state = self.state();
            match message {
                Ok(Some(message)) => state.receive(message, at, requests),
                Ok(None) => state.closed = true,
                Err(error) => {
                    state.faults.push(format!("the server's output: {error}"));
                    state.closed = true;
                }
            }
            let closed = state.closed;
            drop(state);
            self.shared.changed.notify_all();
            if closed {
                return;
            }
        }
    }

    fn answer(&self, requests: &Receiver<Value>) {
        for request in requests {
            let mut state = self.state();
            let answer = state.answer(&request);
            drop(state);
            let mut reply = json!({ "jsonrpc": "2.0", "id": request["id"] });
            match answer {
                Ok(result) => reply["result"] = result,
                Err(error) => reply["error"] = error,
            }
            self.send(&reply);
        }
    }
}

/// A longer message makes Neovim wait for Enter, in a terminal of 80 columns; in characters.
const LONGEST_MESSAGE: usize = 59;

impl State {
    fn receive(&mut self, mut message: Value, at: Instant, requests: &Sender<Value>) {
        if message["jsonrpc"] != "2.0" {
            self.faults
                .push(format!("no JSON-RPC 2.0 message: {message}"));
        }
        if matches!(
            message["method"].as_str(),
            Some("window/showMessage" | "window/showMessageRequest")
        ) {
            let text = message["params"]["message"].as_str().unwrap_or_default();
            if text.chars().count() > LONGEST_MESSAGE || text.contains('\n') {
                self.faults.push(format!(
                    "a message that stops Neovim with a prompt: {text:?}"
                ));
            }
        }
        let has_id = message.get("id").is_some();
        if message["method"].is_string() {
            if has_id {
                self.requests.push(message.clone());
                // The other end is gone only when the client is.
                let _ = requests.send(message);
            } else {
                self.notifications.push_back(message);
            }
            return;
        }
        let Some(id) = message["id"].as_i64() else {
            self.faults.push(format!(
                "neither request, notification nor answer: {message}"
            ));
            return;
        };
        if self.pending.remove(&id).is_none() {
            self.faults
                .push(format!("answered twice, or never asked: {message}"));
            return;
        }
        let result = match (
            message.get("result").is_some(),
            message.get("error").is_some(),
        ) {
            (true, false) => Ok(message["result"].take()),
            (false, true) => Err(ResponseError {
                code: message["error"]["code"].as_i64().unwrap_or_default(),
                message: message["error"]["message"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            }),
            _ => {
                self.faults.push(format!(
                    "an answer has either a result or an error: {message}"
                ));
                Ok(Value::Null)
            }
        };
        self.responses.insert(id, Response { result, at });
    }

    /// Answers as an editor would, unless the test has said how.
    fn answer(&mut self, request: &Value) -> Result<Value, Value> {
        let method = request["method"].as_str().unwrap_or_default();
        let params = &request["params"];
        if let Some(answer) = self.answers.get_mut(method) {
            return answer(params).map_err(|message| json!({ "code": -32803, "message": message }));
        }
        match method {
            "workspace/configuration" => {
                let items = params["items"].as_array().cloned().unwrap_or_default();
                Ok(items
                    .iter()
                    .map(|it| self.section(it["section"].as_str()))
                    .collect())
            }
            "workspace/workspaceFolders" => Ok(self.folders.clone()),
            "workspace/applyEdit" => Ok(json!({ "applied": true })),
            "window/showDocument" => Ok(json!({ "success": true })),
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/workDoneProgress/create"
            | "window/showMessageRequest"
            | "workspace/inlineCompletion/refresh" => Ok(Value::Null),
            _ => Err(json!({ "code": -32601, "message": format!("this client has no {method}") })),
        }
    }

    /// One part of the settings, as editors keep them: all of ours are below `hob`.
    fn section(&self, section: Option<&str>) -> Value {
        let Some(section) = section else {
            return json!({ "hob": self.settings });
        };
        let mut parts = section.split('.');
        if parts.next() != Some("hob") {
            return Value::Null;
        }
        parts.fold(&self.settings, |tree, key| &tree[key]).clone()
    }
}

/// A message; `null` parameters are left out, as the protocol wants it.
fn message(head: &Value, params: Value) -> Value {
    let mut message = head.clone();
    message["jsonrpc"] = "2.0".into();
    if !params.is_null() {
        message["params"] = params;
    }
    message
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("pending", &self.state().pending)
            .finish_non_exhaustive()
    }
}
