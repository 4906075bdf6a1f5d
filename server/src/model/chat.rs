//! Conversations: OpenAI's `/v1/chat/completions`, which every kind of model server speaks, with its answers streamed or whole.

use serde_json::{Map, Value, json};

use super::endpoint::Call;
use super::stream::Stream;
use super::turns::Turn;
use super::{Delta, Error, Info, Usage};
use crate::assist::fim::{self, Verdict};

mod marks;
mod thought;

use thought::Thoughts;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// Hob, to the model: what it is and by which rules it answers.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Speaker {
    /// The word for it in requests.
    pub fn name(self) -> &'static str {
        match self {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Who says it.
    pub speaker: Speaker,
    /// What is said.
    pub text: String,
}

impl Message {
    /// A message.
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Message {
        let text = text.into();
        Message { speaker, text }
    }
}

/// What is asked of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The conversation so far; the last message is the user's.
    pub messages: Vec<Message>,
    /// The most tokens to generate, thoughts included.
    pub max_tokens: u32,
    /// How freely it chooses its words, from 0; `None`: as the server is set.
    pub temperature: Option<f32>,
}

/// An answer under way. Dropping it closes the connection at once, which ends the work on the server.
#[derive(Debug)]
pub struct ChatStream {
    stream: Stream,
    thoughts: Thoughts,
    model: String,
    url: String,
    /// The first text, as long as it may be nothing but an error's.
    beginning: String,
    ended: bool,
    /// The server's next conversation begins when this one is dropped.
    _turn: Turn,
    /// Why it ended, for when all that came before was given out.
    failed: Option<Error>,
}

/// OptiLLM answers so, with status 200, when every attempt of its backend failed.
const FAILED: &str = "Error: Could not generate any completions";

impl ChatStream {
    pub(super) fn new(stream: Stream, model: String, url: String, turn: Turn) -> ChatStream {
        ChatStream {
            stream,
            thoughts: Thoughts::default(),
            model,
            url,
            beginning: String::new(),
            ended: false,
            _turn: turn,
            failed: None,
        }
    }

    /// The name of the model that answers, for the user; empty if nothing names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The next part; `None` at the end. May be dropped while it waits, and called again.
    ///
    /// # Errors
    /// A time limit, a broken connection, or an answer that can't be read; what came before stays good.
    pub async fn next(&mut self) -> Result<Option<Delta>, Error> {
        loop {
            if let Some(delta) = self.thoughts.pop() {
                return Ok(Some(delta));
            }
            if self.ended {
                return self.failed.take().map_or(Ok(None), Err);
            }
            match self.stream.next().await {
                Ok(Some(Delta::Text(text))) => self.take(text),
                Ok(Some(reading @ Delta::Reading(_))) => return Ok(Some(reading)),
                Ok(Some(thought)) => {
                    self.thoughts.told();
                    return Ok(Some(thought));
                }
                end => {
                    self.ended = true;
                    self.failed = end.err();
                    if self.failed.is_none() && self.beginning.trim() == FAILED {
                        self.beginning.clear();
                        self.failed = Some(Error::Refused {
                            url: self.url.clone(),
                            status: 200,
                            body: FAILED.to_owned(),
                        });
                    }
                    self.thoughts.push(&std::mem::take(&mut self.beginning));
                    self.thoughts.finish();
                }
            }
        }
    }

    /// What the server has reported so far; complete at the end.
    pub fn usage(&self) -> Usage {
        self.stream.usage()
    }

    fn take(&mut self, text: String) {
        self.beginning.push_str(&text);
        let beginning = self.beginning.trim_start();
        if !FAILED.starts_with(beginning.trim_end()) {
            self.thoughts.push(&std::mem::take(&mut self.beginning));
        }
    }
}

/// What is sent for an answer.
pub(super) fn call(info: &Info, request: &ChatRequest, streams: bool) -> Call {
    let messages: Vec<Value> = request
        .messages
        .iter()
        .map(|it| json!({ "role": it.speaker.name(), "content": marks::neutralised(&it.text) }))
        .collect();
    let mut body = Map::new();
    if let Some(model) = &info.model_to_send {
        body.insert("model".to_owned(), json!(model));
    }
    body.insert("messages".to_owned(), json!(messages));
    body.insert("max_tokens".to_owned(), json!(request.max_tokens.max(1)));
    body.insert("stream".to_owned(), json!(streams));
    // Others refuse settings that they don't know, or have no such progress.
    if streams && info.reports_reading() {
        body.insert("return_progress".to_owned(), json!(true));
    }
    if let Some(temperature) = request.temperature {
        body.insert("temperature".to_owned(), json!(temperature));
    }
    let (path, other) = match info.served_by.ends_with("without /v1") {
        true => ("/chat/completions", "/v1/chat/completions"),
        false => ("/v1/chat/completions", "/chat/completions"),
    };
    Call {
        path,
        other_path: Some(other),
        body,
        stops: Vec::new(),
    }
}

/// Whether a server refuses an answer because it was asked to stream it.
pub(super) fn is_about_streaming(error: &Error) -> bool {
    match error {
        Error::Refused { status, body, .. } => {
            matches!(status, 400 | 415 | 422 | 500 | 501) && body.to_lowercase().contains("stream")
        }
        _ => false,
    }
}

/// How well a model answers questions, as far as its name tells: 4 instruct, 3 unknown, 2 trained to fill in and perhaps to answer, 1 a base model, 0 none at all.
pub(super) fn rank(name: &str) -> u8 {
    let lower = name.to_ascii_lowercase();
    let is = |word: &str| {
        let mut words = lower.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|it| it == word)
    };
    // As embedding and reranking models are called.
    let embeds = ["embed", "minilm", "rerank", "bge-", "gte-"];
    if embeds.iter().any(|it| lower.contains(it)) {
        return 0;
    }
    match fim::by_name(name) {
        _ if is("base") => 1,
        _ if fim::is_instruct(name) => 4,
        Verdict::Family(_) => 2,
        _ => 3,
    }
}

impl Info {
    /// Whether the name says that the model was not tuned to answer questions.
    pub fn is_base(&self) -> bool {
        rank(&self.model) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_who_answers_best() {
        for (name, expected) in [
            ("Qwen2.5-Coder-7B-Instruct-Q4_K_M.gguf", 4),
            ("llama3.1:8b", 3),
            ("router-mf-0.11593", 3),
            ("qwen2.5-coder:7b", 2),
            ("qwen2.5-coder:1.5b-base", 1),
            ("nomic-embed-text:latest", 0),
            ("all-MiniLM-L6-v2", 0),
        ] {
            assert_eq!(rank(name), expected, "{name}");
        }
    }
}
