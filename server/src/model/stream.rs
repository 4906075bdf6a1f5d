//! One answer, piece by piece: time limits, bounds, stop strings, and what a broken end means.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::answer::{self, Chunk};
use super::cut::Cut;
use super::endless::Endless;
use super::endpoint::{Endpoint, root_cause};
use super::sse::{Event, Parser};
use super::{Error, Step, Usage};

/// The most text a completion may have, in bytes; most have some hundreds.
const MAX_COMPLETION: usize = 256 << 10;
/// The most text a chat answer may have, thoughts included, in bytes: some 500,000 tokens, more than any model writes.
const MAX_CHAT: usize = 2 << 20;
/// The longest text of one token, in bytes, on the average of an answer: tokens of prose and code have 3 to 5.
const TOKEN_TEXT: usize = 64;
/// The least that an answer may have, in bytes, whatever was asked for: not every server keeps to it.
const LEAST_TEXT: usize = 64 << 10;
/// How much may come over the line for one token, in bytes: a chunk of 300 bytes is usual.
const TOKEN_BYTES: usize = 4 << 10;
/// And besides, for what says nothing: signs of life, figures, the settings repeated.
const SPARE_BYTES: usize = 4 << 20;

/// While the server says that it goes on reading the prompt, it may take this many times its time limit.
const READING: u32 = 6;
/// An answer of so many tokens may take the idle time limit for each this many of them, and one more: with the default
/// limit 3 s a token.
const TOKENS_PER_IDLE: u32 = 5;

/// How long a finished answer's connection may take to come to its end.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// A part of an answer, or a sign of life before it; its text is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// What is answered.
    Text(String),
    /// What a reasoning model thinks before it answers.
    Thought(String),
    /// All text so far were thoughts: only now the model marked their end.
    WereThoughts,
    /// Nothing yet: the server reads the prompt. Only where it was asked to say so.
    Reading(Reading),
}

/// How far a server is with reading a prompt, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Those it has, the cached ones included.
    pub(super) tokens: u64,
    /// Those it has read just now, without the cached ones.
    pub(super) new: u64,
    /// All those it has to read, without the cached ones.
    pub(super) all_new: u64,
}

impl Reading {
    /// How much is read of what has to be read, from 0 to 100.
    pub fn percent(&self) -> u8 {
        let percent = self.new.saturating_mul(100).checked_div(self.all_new);
        // At most 100 fits.
        percent.unwrap_or(100).min(100) as u8
    }
}

/// A completion under way. Dropping it closes the connection at once, which ends the work on the server.
#[derive(Debug)]
pub struct FimStream(Stream);

impl FimStream {
    pub(super) fn new(stream: Stream) -> FimStream {
        FimStream(stream)
    }

    /// The next piece of text, never empty; `None` at the end. May be dropped while it waits, and called again.
    ///
    /// # Errors
    /// A time limit, a broken connection, or an answer that can't be read; what came before stays good.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            match self.0.next().await? {
                Some(Delta::Text(text)) => return Ok(Some(text)),
                Some(Delta::Thought(_) | Delta::WereThoughts | Delta::Reading(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// What the server has reported so far; complete at the end.
    pub fn usage(&self) -> Usage {
        self.0.usage()
    }
}

/// What an answer may come to.
#[derive(Debug)]
pub(super) struct Bounds {
    /// The most text, thoughts included, in bytes.
    text: usize,
    /// The most that comes over the line, in bytes.
    bytes: usize,
    /// The most tokens that were asked for.
    tokens: u32,
    /// When a text has no end.
    endless: fn() -> Endless,
}

impl Bounds {
    /// Those of a completion of so many tokens.
    pub(super) fn of_completion(tokens: u32) -> Bounds {
        Bounds::new(tokens, MAX_COMPLETION, Endless::of_completion)
    }

    /// Those of a chat answer of so many tokens.
    pub(super) fn of_chat(tokens: u32) -> Bounds {
        Bounds::new(tokens, MAX_CHAT, Endless::of_chat)
    }

    fn new(tokens: u32, most: usize, endless: fn() -> Endless) -> Bounds {
        let count = tokens as usize;
        Bounds {
            text: count.saturating_mul(TOKEN_TEXT).clamp(LEAST_TEXT, most),
            bytes: count
                .saturating_mul(TOKEN_BYTES)
                .saturating_add(SPARE_BYTES)
                .min(64 * most),
            tokens,
            endless,
        }
    }
}

/// An answer under way. Dropping it closes the connection at once.
#[derive(Debug)]
pub(super) struct Stream {
    endpoint: Arc<Endpoint>,
    /// `None` once nothing more is wanted: the connection is closed.
    response: Option<reqwest::Response>,
    path: &'static str,
    parser: Parser,
    events: VecDeque<Event>,
    cut: Cut,
    bounds: Bounds,
    /// Watches what is answered, and what is thought.
    endless: [Endless; 2],
    /// Whether the text has no end of its own: the rest isn't waited for.
    given_up: bool,
    /// Text that came together with a thought, which was given out first.
    next: Option<String>,
    usage: Usage,
    started: Instant,
    /// When the next piece must be here.
    deadline: Instant,
    /// When the last one must be here; `None` before the first.
    last: Option<Instant>,
    step: Step,
    /// How much of the prompt the server has read, in tokens.
    read: u64,
    /// How much text came.
    text: usize,
    /// How much came over the line.
    received: usize,
    /// Whether anything came.
    seen: bool,
    /// Whether the answer's end came.
    ended: bool,
    /// The error that ended the answer: repeated to whoever asks on.
    error: Option<Error>,
}

impl Stream {
    /// An answer whose headers are here; `started` is when it was asked for.
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        path: &'static str,
        response: reqwest::Response,
        stops: Vec<String>,
        bounds: Bounds,
        started: Instant,
    ) -> Stream {
        let deadline = started + endpoint.timeouts().first_token;
        Stream {
            endpoint,
            response: Some(response),
            path,
            parser: Parser::default(),
            events: VecDeque::new(),
            cut: Cut::new(stops),
            endless: [(bounds.endless)(), (bounds.endless)()],
            bounds,
            given_up: false,
            next: None,
            usage: Usage::default(),
            started,
            deadline,
            last: None,
            step: Step::FirstToken,
            read: 0,
            text: 0,
            received: 0,
            seen: false,
            ended: false,
            error: None,
        }
    }

    /// The next part; `None` at the end. May be dropped while it waits, and called again.
    pub(super) async fn next(&mut self) -> Result<Option<Delta>, Error> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let result = self.advance().await;
        match &result {
            Ok(Some(_)) => {}
            Ok(None) => self.endpoint.succeeded(),
            Err(error) => {
                self.response = None;
                self.error = Some(error.clone());
                self.endpoint.failed(error);
            }
        }
        result
    }

    /// What the server has reported so far; complete at the end.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    async fn advance(&mut self) -> Result<Option<Delta>, Error> {
        if let Some(text) = self.next.take() {
            return Ok(Some(Delta::Text(text)));
        }
        loop {
            while let Some(event) = self.events.pop_front() {
                if let Some(delta) = self.take(event)? {
                    return Ok(Some(delta));
                }
            }
            if self.ended || self.given_up || self.cut.is_stopped() {
                self.close();
                let rest = self.cut.finish();
                return Ok(Some(rest).filter(|it| !it.is_empty()).map(Delta::Text));
            }
            let Some(response) = &mut self.response else {
                return Err(self.broken_off("the connection was closed"));
            };
            let deadline = self.last.map_or(self.deadline, |it| it.min(self.deadline));
            // Asked first: a server that never pauses would never let the timer have its turn.
            let chunk = match Instant::now() < deadline {
                true => timeout_at(deadline, response.chunk()).await.ok(),
                false => None,
            };
            let Some(chunk) = chunk else {
                return Err(self.timed_out());
            };
            let mut events = Vec::new();
            match chunk {
                Ok(Some(bytes)) => {
                    self.received += bytes.len();
                    if self.received > self.bounds.bytes {
                        return Err(self.too_large("an answer", self.bounds.bytes));
                    }
                    if self.parser.push(&bytes, &mut events).is_err() {
                        return Err(self.too_large("a line", Parser::MAX_LINE));
                    }
                }
                Ok(None) => {
                    self.response = None;
                    self.parser.finish(&mut events);
                }
                Err(error) => return Err(self.broken_off(&root_cause(error))),
            }
            self.events.extend(events);
        }
    }

    /// Ends the work on the server, unless it has ended by itself: then the few bytes that follow the end are read, so that the connection can be used again.
    fn close(&mut self) {
        let Some(mut response) = self.response.take() else {
            return;
        };
        if self.ended && !self.given_up && !self.cut.is_stopped() {
            tokio::spawn(timeout_at(Instant::now() + DRAIN_TIME, async move {
                while let Ok(Some(_)) = response.chunk().await {}
            }));
        }
    }

    fn take(&mut self, event: Event) -> Result<Option<Delta>, Error> {
        let chunk = match event {
            Event::Done => {
                self.ended = true;
                return Ok(None);
            }
            Event::Data(text) => match serde_json::from_str::<Value>(&text) {
                Ok(document) => {
                    self.check_reported(&document)?;
                    answer::read(&document, &mut self.usage)
                }
                // The last line of a connection that broke in its middle.
                Err(_) if self.response.is_none() => {
                    return Err(self.broken_off("the connection was closed"));
                }
                Err(_) => return Err(self.malformed("a piece that is not JSON", &text)),
            },
            Event::Error(text) => {
                let error: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                self.check_reported(&serde_json::json!({ "error": error }))?;
                return Err(self.malformed("an error without words", ""));
            }
            Event::Document(text) => self.read_document(&text)?,
        };
        self.accept(chunk)
    }

    /// A whole answer: from a server that ignores `stream`, or that streams a document per line.
    fn read_document(&mut self, text: &str) -> Result<Chunk, Error> {
        let mut all = Chunk {
            end: true,
            known: true,
            ..Chunk::default()
        };
        for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let document =
                document.map_err(|_| self.malformed("an answer that is not JSON", text))?;
            self.check_reported(&document)?;
            let chunk = answer::read(&document, &mut self.usage);
            if !chunk.known {
                return Err(self.malformed("JSON that is no completion", text));
            }
            all.text.push_str(&chunk.text);
            all.thought.push_str(&chunk.thought);
        }
        Ok(all)
    }

    fn check_reported(&self, document: &Value) -> Result<(), Error> {
        match document.get("error") {
            None | Some(Value::Null) => Ok(()),
            Some(_) => self
                .endpoint
                .source(self.path)
                .reported(document)
                .map_or(Ok(()), Err),
        }
    }

    fn malformed(&self, cause: &'static str, body: &str) -> Error {
        self.endpoint.source(self.path).malformed(cause, body)
    }

    fn broken_off(&self, cause: &str) -> Error {
        let url = self.url();
        if self.seen {
            Error::Truncated {
                url,
                cause: cause.to_owned(),
            }
        } else {
            Error::Empty { url }
        }
    }

    fn accept(&mut self, chunk: Chunk) -> Result<Option<Delta>, Error> {
        if let Some(reading) = chunk.reading {
            self.goes_on_reading(reading.tokens);
            return Ok(Some(Delta::Reading(reading)));
        }
        self.seen = true;
        self.ended |= chunk.end;
        self.text += chunk.text.len() + chunk.thought.len();
        if self.text > self.bounds.text {
            return Err(self.too_large("an answer", self.bounds.text));
        }
        // A piece with nothing in it, such as one that only says whose turn it is, is no sign of getting on.
        if !chunk.text.is_empty() || !chunk.thought.is_empty() {
            self.gets_on();
        }
        let [answered, thought] = &mut self.endless;
        if answered.push(&chunk.text) || thought.push(&chunk.thought) {
            // As good as the limit of tokens, which it would run into.
            self.given_up = true;
            self.events.clear();
            self.usage.cut_short = true;
        }
        let mut text = self.cut.push(&chunk.text);
        if self.ended || self.given_up {
            text.push_str(&self.cut.finish());
        }
        if !text.is_empty() || !chunk.thought.is_empty() {
            self.endpoint.succeeded();
        }
        let text = Some(text).filter(|it| !it.is_empty());
        if chunk.thought.is_empty() {
            return Ok(text.map(Delta::Text));
        }
        self.next = text;
        Ok(Some(Delta::Thought(chunk.thought)))
    }

    /// Text has come: now the next piece is waited for.
    fn gets_on(&mut self) {
        let now = Instant::now();
        let idle = self.endpoint.timeouts().idle;
        self.step = Step::Idle;
        self.deadline = now + idle;
        self.last.get_or_insert_with(|| {
            let tokens = self.bounds.tokens.div_ceil(TOKENS_PER_IDLE);
            now + idle.saturating_mul(tokens.saturating_add(1))
        });
    }

    /// The server says how much of the prompt it has read: as long as it gets on, it has its time again, within bounds.
    fn goes_on_reading(&mut self, read: u64) {
        if read <= self.read || self.last.is_some() {
            return;
        }
        self.read = read;
        let patience = self.endpoint.timeouts().first_token;
        let longest = self.started + patience.saturating_mul(READING);
        self.deadline = (Instant::now() + patience).min(longest);
    }

    fn timed_out(&self) -> Error {
        let now = Instant::now();
        let step = match self.last {
            Some(last) if last <= now && last < self.deadline => Step::Whole(now - self.started),
            _ => self.step,
        };
        self.endpoint.timed_out(step)
    }

    fn too_large(&self, what: &'static str, bytes: usize) -> Error {
        Error::TooLarge {
            url: self.url(),
            what,
            bytes,
        }
    }

    fn url(&self) -> String {
        self.endpoint.url().to_owned()
    }
}
