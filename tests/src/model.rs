//! A scripted model server over loopback: it answers what a test says, fails as a test says, and records what it was asked.
//!
//! ```ignore
//! let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
//! server.answer(|request| Reply::text(if request.prompt().contains("fn area") { "width * height" } else { "" }));
//! // … the code under test completes at `server.url()` …
//! assert!(server.wait_for_request().prompt().contains("<|fim_suffix|>"));
//!
//! server.then(Reply::status(500, "out of memory"));          // the next completion only
//! server.then(Reply::text("a b c").hang_after(1));           // one piece, then silence until `release`
//! // … the code under test cancels …
//! server.wait_for_disconnect();
//!
//! server.refuse();                                           // nothing listens any more
//! server.listen();                                           // the same port again
//! ```
//!
//! It runs on a thread and a runtime of its own, so plain tests can use it.
//! What waits (`wait_for_…`) blocks its thread for at most ten seconds and then panics with what did come: async tests that wait need `flavor = "multi_thread"`.
//! Time passes only where a reply says so ([`Reply::timed`]); all else is ordered by gates: `hang`, `release`.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

mod connection;
mod personality;
mod reply;

pub use reply::{Reply, tokens};

use personality::Personality;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// What follows the `?`.
    pub query: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub raw: String,
    /// The body as JSON; `null` if it is none.
    pub body: Value,
    /// When it was complete.
    pub at: Instant,
}

impl Request {
    /// The prompt; for `/infill` the text before the cursor; empty if there is none.
    pub fn prompt(&self) -> &str {
        let field = |name| self.body.get(name).and_then(Value::as_str);
        field("input_prefix")
            .or(field("prompt"))
            .unwrap_or_default()
    }

    /// What a conversation's messages say, each behind who says it.
    pub fn messages(&self) -> Vec<(&str, &str)> {
        let messages = self.body.get("messages").and_then(Value::as_array);
        let messages = messages.into_iter().flatten();
        messages
            .map(|it| {
                let field = |name: &str| it.get(name).and_then(Value::as_str).unwrap_or_default();
                (field("role"), field("content"))
            })
            .collect()
    }

    /// The length of what the model reads, in bytes.
    fn prompt_len(&self) -> usize {
        let messages: usize = self.messages().iter().map(|it| it.1.len()).sum();
        self.prompt().len() + messages
    }

    /// A header's value; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether it asks for text or embeddings, rather than for what the server is.
    pub fn is_completion(&self) -> bool {
        personality::is_completion(&self.path) && self.method == "POST"
    }
}

/// The server. Ends when dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

type Script = Box<dyn FnMut(&Request) -> Reply + Send>;

/// What the server's thread and the test share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Counts `release`s; replies that hang wait for the next.
    gate: watch::Sender<u64>,
}

struct State {
    personality: Personality,
    script: Script,
    /// Replies for the next completions, before the script's.
    next: std::collections::VecDeque<Reply>,
    requests: Vec<Request>,
    /// How many completions `wait_for_request` has returned.
    waited_requests: usize,
    disconnects: usize,
    waited_disconnects: usize,
    /// Completions being answered.
    active: usize,
    /// How long the last one took, from the request's last byte to the answer's.
    took: Duration,
    most_active: usize,
    hanging: bool,
    connections: usize,
}

enum Command {
    Refuse(std::sync::mpsc::Sender<()>),
    Listen(std::sync::mpsc::Sender<()>),
    Give(u32, std::sync::mpsc::Sender<bool>),
    Stop,
}

impl ModelServer {
    /// Like llama.cpp's `llama-server`: `/props`, `/tokenize`, `/completion`, `/infill`, `/v1/…`. Its vocabulary has Qwen's tokens.
    pub fn llama_cpp(model: &str) -> ModelServer {
        ModelServer::start(Personality::llama_cpp(model))
    }

    /// Like an OpenAI-compatible server of these models: `/v1/models`, `/v1/completions`, `/v1/chat/completions`; all else is 404.
    pub fn openai(models: &[&str]) -> ModelServer {
        ModelServer::start(Personality::openai(models))
    }

    fn start(personality: Personality) -> ModelServer {
        let (gate, _) = watch::channel(0);
        let state = State {
            personality,
            script: Box::new(|_| Reply::text("")),
            next: std::collections::VecDeque::new(),
            requests: Vec::new(),
            waited_requests: 0,
            disconnects: 0,
            waited_disconnects: 0,
            active: 0,
            took: Duration::ZERO,
            most_active: 0,
            hanging: false,
            connections: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            gate,
        });
        let (commands, receiver) = mpsc::unbounded_channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("model server".to_owned())
            .spawn({
                let shared = shared.clone();
                move || connection::run(shared, receiver, ready)
            })
            .expect("a thread can be started");
        let address = is_ready
            .recv_timeout(PATIENCE)
            .expect("the model server starts");
        ModelServer {
            address,
            shared,
            commands,
            thread: Some(thread),
        }
    }

    /// A port where nothing listens.
    pub fn closed_port() -> u16 {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        listener
            .local_addr()
            .expect("a bound socket has an address")
            .port()
    }

    /// The base URL, without `/v1`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    // What it is. All can be changed at any time.

    /// Wants this key as `Authorization: Bearer`, else 401.
    pub fn require_key(self, key: &str) -> Self {
        self.set_key(Some(key));
        self
    }

    /// As [`ModelServer::require_key`], later; `None`: none is wanted.
    pub fn set_key(&self, key: Option<&str>) {
        self.state().personality.key = key.map(str::to_owned);
    }

    /// Works on this many completions at once; more wait for their turn.
    pub fn slots(self, slots: usize) -> Self {
        self.state().personality.slots = slots;
        self
    }

    /// Has these special tokens and no others.
    pub fn vocabulary(self, tokens: &[&str]) -> Self {
        self.state().personality.vocabulary = tokens.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// Whether `/infill` works; else it answers 501.
    pub fn infill(self, works: bool) -> Self {
        self.state().personality.infill = works;
        self
    }

    /// The context of one slot, in tokens.
    pub fn context(self, tokens: u32) -> Self {
        self.state().personality.context = tokens;
        self
    }

    /// Answers 503 "Loading model" to everything, or no more.
    pub fn set_loading(&self, loading: bool) {
        self.state().personality.loading = loading;
    }

    /// Serves these models from now on.
    pub fn set_models(&self, models: &[&str]) {
        self.state().personality.models = models.iter().map(|it| (*it).to_owned()).collect();
    }

    /// Refuses models that it doesn't serve, as Ollama and vLLM do.
    pub fn strict_models(self) -> Self {
        self.state().personality.strict = true;
        self
    }

    /// Answers without `/v1` in the paths, and not with it.
    pub fn without_version(self) -> Self {
        self.state().personality.versioned = false;
        self
    }

    /// Answers `path` (any method) with this status, content type and body, before all else; an empty body too.
    pub fn fixed(self, path: &str, status: u16, content_type: &str, body: &str) -> Self {
        self.state().personality.fixed.push((
            path.to_owned(),
            status,
            content_type.to_owned(),
            body.to_owned(),
        ));
        self
    }

    // What it answers.

    /// Answers completions by `script`, from now on.
    pub fn answer(&self, script: impl FnMut(&Request) -> Reply + Send + 'static) {
        self.state().script = Box::new(script);
    }

    /// Answers the next completion so; several calls queue.
    pub fn then(&self, reply: Reply) {
        self.state().next.push_back(reply);
    }

    /// From now on completions wait, before any header, until [`ModelServer::release`].
    pub fn hang(&self) {
        self.state().hanging = true;
    }

    /// Lets everything that hangs go on, and nothing hang any more.
    pub fn release(&self) {
        self.state().hanging = false;
        self.shared.gate.send_modify(|count| *count += 1);
    }

    /// Stops listening and closes every connection. Returns when it is so.
    pub fn refuse(&self) {
        self.command(Command::Refuse);
    }

    /// Listens again, on the same port.
    pub fn listen(&self) {
        self.command(Command::Listen);
    }

    /// Makes the listening socket another user's, until it listens again. Whether that could be done: only root can, and
    /// only Linux says afterwards whose the socket is.
    pub fn give_to(&self, uid: u32) -> bool {
        let (done, is_done) = std::sync::mpsc::channel();
        self.commands
            .send(Command::Give(uid, done))
            .expect("the model server runs");
        is_done
            .recv_timeout(PATIENCE)
            .expect("the model server obeys")
    }

    // What it was asked.

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// The requests for text so far.
    pub fn completions(&self) -> Vec<Request> {
        self.state()
            .requests
            .iter()
            .filter(|it| it.is_completion())
            .cloned()
            .collect()
    }

    /// How many requests for text came so far.
    pub fn calls(&self) -> usize {
        self.state()
            .requests
            .iter()
            .filter(|it| it.is_completion())
            .count()
    }

    /// How many completions are being answered.
    pub fn active(&self) -> usize {
        self.state().active
    }

    /// How many completions were being answered at once, at most.
    pub fn most_active(&self) -> usize {
        self.state().most_active
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// How many completions the client abandoned.
    pub fn disconnects(&self) -> usize {
        self.state().disconnects
    }

    /// Waits for the next request for text which no earlier call returned.
    #[track_caller]
    pub fn wait_for_request(&self) -> Request {
        let mut state = self.wait_until("a request for text", |state| {
            state
                .requests
                .iter()
                .filter(|it| it.is_completion())
                .count()
                > state.waited_requests
        });
        state.waited_requests += 1;
        let index = state.waited_requests - 1;
        state
            .requests
            .iter()
            .filter(|it| it.is_completion())
            .nth(index)
            .expect("it was counted")
            .clone()
    }

    /// Waits until the client has closed the connection of one completion under way, beyond those waited for before.
    #[track_caller]
    pub fn wait_for_disconnect(&self) {
        self.wait_until("a disconnect", |state| {
            state.disconnects > state.waited_disconnects
        })
        .waited_disconnects += 1;
    }

    /// How long this server took for its last completion, from the request's last byte to the answer's.
    pub fn took(&self) -> Duration {
        self.state().took
    }

    /// Waits until no completion is being answered.
    #[track_caller]
    pub fn wait_until_idle(&self) {
        drop(self.wait_until("quiet", |state| state.active == 0));
    }

    #[track_caller]
    fn wait_until(&self, what: &str, done: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state();
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !done(state))
            .unwrap_or_else(|it| it.into_inner());
        if timeout.timed_out() {
            let seen: Vec<String> = state
                .requests
                .iter()
                .map(|it| format!("{} {}", it.method, it.path))
                .collect();
            let (active, disconnects) = (state.active, state.disconnects);
            drop(state);
            panic!(
                "waited {PATIENCE:?} for {what}; requests: {seen:?}, being answered: {active}, disconnects: {disconnects}"
            );
        }
        state
    }

    fn command(&self, command: fn(std::sync::mpsc::Sender<()>) -> Command) {
        let (done, is_done) = std::sync::mpsc::channel();
        self.commands
            .send(command(done))
            .expect("the model server runs");
        is_done
            .recv_timeout(PATIENCE)
            .expect("the model server obeys");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        // The thread may have panicked in a test's script: then the test fails for that.
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|it| it.into_inner())
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }
}
