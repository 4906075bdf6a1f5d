//! One answer, piece by piece: time limits, bounds, stop strings, and what a broken end means.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::answer::{self, Chunk};
use super::cut::Cut;
use super::endpoint::{Endpoint, root_cause};
use super::sse::{Event, Parser};
use super::{Error, Step, Usage};

/// The most text a completion may have, in bytes; most have some hundreds.
pub(super) const MAX_COMPLETION: usize = 256 << 10;
/// The most text a chat answer may have, thoughts included, in bytes: some 500,000 tokens, more than any model writes.
pub(super) const MAX_CHAT: usize = 2 << 20;

/// How long a finished answer's connection may take to come to its end.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// A part of an answer, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// What is answered.
    Text(String),
    /// What a reasoning model thinks before it answers, where the server tells the two apart.
    Thought(String),
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
                Some(Delta::Thought(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// What the server has reported so far; complete at the end.
    pub fn usage(&self) -> Usage {
        self.0.usage()
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
    /// The most text it may have, in bytes.
    most: usize,
    /// Text that came together with a thought, which was given out first.
    next: Option<String>,
    usage: Usage,
    /// When the next piece must be here.
    deadline: Instant,
    step: Step,
    bytes: usize,
    /// Whether anything came.
    seen: bool,
    /// Whether the answer's end came.
    ended: bool,
    /// The error that ended the answer: repeated to whoever asks on.
    error: Option<Error>,
}

impl Stream {
    /// An answer of at most `most` bytes whose headers are here; `started` is when it was asked for.
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        path: &'static str,
        response: reqwest::Response,
        stops: Vec<String>,
        most: usize,
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
            most,
            next: None,
            usage: Usage::default(),
            deadline,
            step: Step::FirstToken,
            bytes: 0,
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
            if self.ended || self.cut.is_stopped() {
                self.close();
                let rest = self.cut.finish();
                return Ok(Some(rest).filter(|it| !it.is_empty()).map(Delta::Text));
            }
            let Some(response) = &mut self.response else {
                return Err(self.broken_off("the connection was closed"));
            };
            let chunk = match timeout_at(self.deadline, response.chunk()).await {
                Ok(chunk) => chunk,
                Err(_) => return Err(self.endpoint.timed_out(self.step)),
            };
            let mut events = Vec::new();
            match chunk {
                Ok(Some(bytes)) => {
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
        if self.ended && !self.cut.is_stopped() {
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
        if chunk.progress {
            return Ok(None);
        }
        self.seen = true;
        self.ended |= chunk.end;
        self.bytes += chunk.text.len() + chunk.thought.len();
        if self.bytes > self.most {
            return Err(self.too_large("an answer", self.most));
        }
        self.step = Step::Idle;
        self.deadline = Instant::now() + self.endpoint.timeouts().idle;
        let mut text = self.cut.push(&chunk.text);
        if self.ended {
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
