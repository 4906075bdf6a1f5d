//! What can go wrong between Hob and a model server, told apart so that callers can branch and the user learns the remedy.

use std::time::Duration;

use super::trust::Stranger;
use crate::config::secret;

/// Why a model could not answer. Holds no key, no prompt and no code.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nothing listens there, or the connection broke before an answer began.
    #[error("{url}: not reachable: {cause}")]
    Unreachable {
        /// The server's base URL.
        url: String,
        /// What the network said.
        cause: String,
    },
    /// A step took longer than its setting allows.
    #[error("{url}: {step} took longer than {after:?}")]
    Timeout {
        /// The server's base URL.
        url: String,
        /// What was waited for.
        step: Step,
        /// The setting.
        after: Duration,
    },
    /// The server wants a key, or another one.
    #[error("{url}: status {status}: {body}")]
    Unauthorized {
        /// The server's base URL.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The server's words.
        body: String,
        /// Whether a key was sent.
        sent_key: bool,
    },
    /// The configured key could not be had.
    #[error("no key: {cause}")]
    Key {
        /// What failed; names the variable, file or command.
        cause: String,
    },
    /// The server answers, but not on the paths of a model server.
    #[error("{url}: status {status} for {path}: {body}")]
    NotFound {
        /// The server's base URL.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What was asked for.
        path: String,
        /// The server's words.
        body: String,
    },
    /// The server has no such model.
    #[error("{url}: no model {model:?}")]
    UnknownModel {
        /// The server's base URL.
        url: String,
        /// What was asked for; empty if nothing was named.
        model: String,
        /// What it serves.
        served: Vec<String>,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// The model is still being loaded.
    #[error("{url}: still loading the model")]
    Loading {
        /// The server's base URL.
        url: String,
    },
    /// Too many requests at once.
    #[error("{url}: status 429: {body}")]
    Busy {
        /// The server's base URL.
        url: String,
        /// The server's words.
        body: String,
    },
    /// The prompt doesn't fit into the model's context.
    #[error("{url}: the prompt is too long")]
    TooLong {
        /// The server's base URL.
        url: String,
        /// How long it was, in tokens, where the server says so.
        prompt_tokens: Option<u32>,
        /// How much fits, in tokens, where the server says so.
        context_tokens: Option<u32>,
    },
    /// The model or the server can't fill in the middle.
    #[error("{url}: no fill-in-the-middle: {cause}")]
    FimUnsupported {
        /// The server's base URL.
        url: String,
        /// Why.
        cause: String,
    },
    /// Any other refusal.
    #[error("{url}: status {status}: {body}")]
    Refused {
        /// The server's base URL.
        url: String,
        /// The HTTP status; 200 where the refusal came inside an answer.
        status: u16,
        /// The server's words.
        body: String,
    },
    /// The answer is not what a model server answers.
    #[error("{url}: {cause}: {body}")]
    Malformed {
        /// The server's base URL.
        url: String,
        /// What is wrong with it.
        cause: &'static str,
        /// Its beginning.
        body: String,
    },
    /// An answer with nothing in it at all: not a model that has nothing to add, but a server that gave up.
    #[error("{url}: an empty answer")]
    Empty {
        /// The server's base URL.
        url: String,
    },
    /// A web page instead of an answer.
    #[error("{url}: a web page (status {status})")]
    Html {
        /// The server's base URL.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The connection closed before the answer's end.
    #[error("{url}: the answer broke off: {cause}")]
    Truncated {
        /// The server's base URL.
        url: String,
        /// What the network said.
        cause: String,
    },
    /// The answer is larger than anything that was asked for.
    #[error("{url}: {what} of more than {bytes} bytes")]
    TooLarge {
        /// The server's base URL.
        url: String,
        /// A line or the whole answer.
        what: &'static str,
        /// The bound.
        bytes: usize,
    },
    /// Hob found the server by itself, it may be another user's, and nobody has said that it may be used: nothing of the
    /// user's was sent.
    #[error("{0}: not known to be this user's")]
    Stranger(Box<Stranger>),
    /// The configuration can't be used.
    #[error("{cause}")]
    Config {
        /// What is wrong, and what would be right.
        cause: String,
    },
}

/// A step of a request with a time limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Accepting the connection.
    Connect,
    /// From the request to the first piece of text.
    FirstToken,
    /// Between two pieces.
    Idle,
    /// Answering a small question about itself.
    Info,
    /// The whole answer, which came piece by piece without an end; for how long.
    Whole(Duration),
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Step::Connect => "accepting the connection",
            Step::FirstToken => "the first token",
            Step::Idle => "the next token",
            Step::Info => "answering what it serves",
            Step::Whole(_) => "the whole answer",
        })
    }
}

impl Error {
    /// A stable word for logs, status and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Unreachable { .. } => "model-unreachable",
            Error::Timeout {
                step: Step::Connect,
                ..
            } => "model-connect-timeout",
            Error::Timeout {
                step: Step::FirstToken,
                ..
            } => "model-first-token-timeout",
            Error::Timeout {
                step: Step::Idle, ..
            } => "model-idle-timeout",
            Error::Timeout {
                step: Step::Info, ..
            } => "model-info-timeout",
            Error::Timeout {
                step: Step::Whole(_),
                ..
            } => "model-answer-timeout",
            Error::Unauthorized { .. } => "model-unauthorized",
            Error::Key { .. } => "model-key",
            Error::NotFound { .. } => "model-wrong-url",
            Error::UnknownModel { .. } => "model-unknown",
            Error::Loading { .. } => "model-loading",
            Error::Busy { .. } => "model-busy",
            Error::TooLong { .. } => "model-context-too-long",
            Error::FimUnsupported { .. } => "model-without-fim",
            Error::Refused { status: 500.., .. } => "model-server-error",
            Error::Refused { .. } => "model-refused",
            Error::Malformed { .. } => "model-malformed",
            Error::Empty { .. } => "model-empty-answer",
            Error::Html { .. } => "model-html",
            Error::Truncated { .. } => "model-truncated",
            Error::TooLarge { .. } => "model-answer-too-large",
            Error::Stranger(_) => "model-not-yours",
            Error::Config { .. } => "model-config",
        }
    }

    /// Whether the server itself failed, so that the next request would most likely fail too.
    ///
    /// A prompt that is too long or an answer that broke off says nothing about the next one.
    pub fn is_of_server(&self) -> bool {
        match self {
            Error::Unreachable { .. }
            | Error::Timeout { .. }
            | Error::Unauthorized { .. }
            | Error::Key { .. } => true,
            Error::NotFound { .. }
            | Error::Stranger(_)
            | Error::UnknownModel { .. }
            | Error::Loading { .. }
            | Error::Busy { .. }
            | Error::Html { .. } => true,
            Error::Refused { status, .. } => *status >= 500,
            Error::TooLong { .. }
            | Error::FimUnsupported { .. }
            | Error::Malformed { .. }
            | Error::Truncated { .. } => false,
            Error::TooLarge { .. } | Error::Empty { .. } | Error::Config { .. } => false,
        }
    }

    /// What happened and what helps, in one or two sentences. `role` is the configuration's word, as `autocomplete`.
    pub fn explain(&self, role: &str) -> String {
        secret::hidden(&self.explained(role)).into_owned()
    }

    fn explained(&self, role: &str) -> String {
        match self {
            Error::Stranger(it) => it.refusal(role),
            Error::Unreachable { url, cause } => {
                format!(
                    "No model server answers at {url} ({cause}). Is it running? Start it, or correct `models.{role}.url`."
                )
            }
            Error::Timeout {
                url,
                step: Step::Connect,
                after,
            } => {
                format!(
                    "{url} did not accept a connection within {}. Is the address right and the machine up? See `models.{role}.url`.",
                    seconds(*after)
                )
            }
            Error::Timeout {
                url,
                step: Step::FirstToken,
                after,
            } => format!(
                "{url} accepted the request, but sent no text within {}. It may be loading a model or be overloaded: wait, use a smaller model, or raise `models.{role}.timeouts.first_token_ms`.",
                seconds(*after)
            ),
            Error::Timeout {
                url,
                step: Step::Idle,
                after,
            } => format!(
                "{url} stopped sending in the middle of an answer, and stayed silent for {}. Look at the server's own log; slow hardware may need a larger `models.{role}.timeouts.idle_ms`.",
                seconds(*after)
            ),
            Error::Timeout {
                url,
                step: Step::Info,
                after,
            } => {
                format!(
                    "{url} did not say what it serves within {}. It may be loading a model; Hob asks again by itself.",
                    seconds(*after)
                )
            }
            Error::Timeout {
                url,
                step: Step::Whole(_),
                after,
            } => format!(
                "{url} did not come to an end of its answer within {}. Use a smaller model; slow hardware may need a larger `models.{role}.timeouts.idle_ms`.",
                seconds(*after)
            ),
            Error::Unauthorized {
                url,
                status,
                body,
                sent_key: true,
            } => {
                format!(
                    "{url} refuses the key (status {status}: {body}). Correct `models.{role}.api_key`."
                )
            }
            Error::Unauthorized {
                url,
                status,
                body,
                sent_key: false,
            } => {
                format!(
                    "{url} wants a key (status {status}: {body}). Set `models.{role}.api_key`, as `{{ env = \"MY_KEY\" }}`."
                )
            }
            Error::Key { cause } => {
                format!("The key of `models.{role}.api_key` could not be had: {cause}")
            }
            Error::NotFound {
                url,
                status,
                path,
                body,
            } => {
                let what = match path.contains("chat") {
                    true => "chat",
                    false => "text completions",
                };
                format!(
                    "{url} answers, but has no {path} (status {status}: {body}). Is `models.{role}.url` the address of a model server with {what}?"
                )
            }
            Error::UnknownModel {
                url,
                model,
                served,
                nearest,
            } => {
                let asked = if model.is_empty() {
                    format!("{url} wants a model to be named.")
                } else {
                    format!("{url} has no model {:?}.", short(model))
                };
                let nearest = nearest
                    .as_ref()
                    .map(|it| format!(" Did you mean {:?}?", short(it)))
                    .unwrap_or_default();
                let served = match served.len() {
                    0 => String::new(),
                    1..=8 => format!(" It serves {}.", list(served)),
                    more => format!(" It serves {} and {} more.", list(&served[..8]), more - 8),
                };
                format!("{asked}{nearest}{served} See `models.{role}.model`.")
            }
            Error::Loading { url } => {
                format!("{url} is still loading its model. Hob tries again by itself.")
            }
            Error::Busy { url, body } => format!(
                "{url} has too many requests (status 429: {body}). Hob waits and tries again by itself."
            ),
            Error::TooLong {
                url,
                prompt_tokens,
                context_tokens,
            } => {
                let figures = match (prompt_tokens, context_tokens) {
                    (Some(prompt), Some(context)) => {
                        format!(": {prompt} tokens, where {context} fit")
                    }
                    (None, Some(context)) => format!(": {context} tokens fit"),
                    _ => String::new(),
                };
                format!(
                    "The prompt is too long for the model at {url}{figures}. Set `models.{role}.context_tokens`, or start the server with a larger context."
                )
            }
            Error::FimUnsupported { url, cause } => {
                format!(
                    "The model at {url} can't fill in the middle: {cause}. Use a base code model such as qwen2.5-coder, or name its template in `models.{role}.fim`."
                )
            }
            Error::Refused {
                url,
                status: 200,
                body,
            } => format!("{url} reports an error: {body}"),
            Error::Refused { url, status, body } if *status >= 500 => {
                format!("{url} failed (status {status}: {body}). Look at the server's own log.")
            }
            Error::Refused { url, status, body } if (300..400).contains(status) => {
                format!(
                    "{url} sends elsewhere (status {status}: {body}), which Hob does not follow. Put the final address into `models.{role}.url`."
                )
            }
            Error::Refused { url, status, body } => {
                format!("{url} refuses the request (status {status}: {body}).")
            }
            Error::Malformed { url, cause, body } => {
                format!(
                    "{url} sent what Hob can't read: {cause} ({body}). Is `models.{role}.url` the address of a model server?"
                )
            }
            Error::Empty { url } => format!(
                "{url} accepted the request and closed the connection without an answer. Look at the server's own log."
            ),
            Error::Html { url, status } => {
                format!(
                    "{url} answers with a web page (status {status}), not as a model server. Correct `models.{role}.url`."
                )
            }
            Error::Truncated { url, cause } => format!(
                "{url} closed the connection before the answer was complete ({cause}). Look at the server's own log."
            ),
            Error::TooLarge { url, what, bytes } => {
                format!("{url} sent {what} of more than {bytes} bytes, which Hob does not take.")
            }
            Error::Config { cause } => format!("`models.{role}`: {cause}"),
        }
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|it| short(it)).collect();
    names.join(", ")
}

/// A name for a message: a server may list what it likes.
pub(super) fn short(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut name: String = name.chars().filter(|it| !it.is_control()).collect();
    if let Some((end, _)) = name.char_indices().nth(LONGEST) {
        name.truncate(end);
        name.push('…');
    }
    name
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_secs_f32())
    }
}
