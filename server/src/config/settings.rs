//! Settings: the configuration resolved, every value present.

use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be configured, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The models, by role.
    pub models: Models,
    /// Inline completion.
    pub autocomplete: Autocomplete,
}

/// One model per role; `None` where nothing is configured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Models {
    /// A base model for fill-in-the-middle.
    pub autocomplete: Option<ModelSettings>,
    /// An instruct model for chat.
    pub chat: Option<ModelSettings>,
}

/// One model on one server.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// The kind of server, if it was named.
    pub provider: Option<Provider>,
    /// Base URLs, as written; empty for `builtin`.
    pub url: Vec<String>,
    /// The model's name on the server, if it was named.
    pub model: Option<String>,
    /// The key, unresolved.
    pub api_key: Option<ApiKey>,
    /// The fill-in-the-middle template, if it was named.
    pub fim: Option<Fim>,
    /// The context to use, in tokens; `None`: what the server says.
    pub context_tokens: Option<u32>,
    /// Who answers while this one can't, in order.
    pub fallback: Vec<String>,
    /// Fields added to every request body sent to this server, as they are.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// How long the server may take.
    pub timeouts: Timeouts,
}

/// How long a model server may take for each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To accept the connection.
    pub connect: Duration,
    /// From the request to the first piece of text (a model may have to be loaded first).
    pub first_token: Duration,
    /// Between two pieces.
    pub idle: Duration,
}

/// A kind of model server: the configuration's `provider`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// No model: the codebase itself.
    Builtin,
    /// llama.cpp's `llama-server`.
    LlamaCpp,
    /// llamafile.
    Llamafile,
    /// Any server of the OpenAI-compatible completions API.
    OpenAi,
}

/// Where a key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum ApiKey {
    /// Written in the configuration.
    Literal(String),
    /// An environment variable's name.
    Env(String),
    /// A file that holds nothing else.
    File(PathBuf),
    /// A command that prints it.
    Command(Vec<String>),
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ApiKey::Literal(_) => "Literal(…)",
            ApiKey::Env(_) => "Env(…)",
            ApiKey::File(_) => "File(…)",
            ApiKey::Command(_) => "Command(…)",
        })
    }
}

/// The fill-in-the-middle template as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fim {
    /// A family of `assist::fim`, by its id.
    Family(String),
    /// Spelled out.
    Template {
        /// Before the prefix.
        prefix: String,
        /// Between prefix and suffix.
        suffix: String,
        /// After the suffix: the model writes from here.
        middle: String,
        /// What ends the answer.
        stop: Vec<String>,
    },
}

/// Settings of inline completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Autocomplete {
    /// Whether anything is completed at all.
    pub enabled: bool,
    /// LSP language ids where nothing is completed.
    pub languages_off: Vec<String>,
    /// How long to wait for another key before a model is asked.
    pub debounce: Debounce,
    /// Whether completions may span lines.
    pub multiline: Multiline,
    /// The most tokens one completion may take.
    pub max_tokens: u32,
    /// Whether `builtin` may answer at once where it is nearly certain.
    pub instant: bool,
}

/// `autocomplete.debounce_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Debounce {
    /// By the user's rhythm and what is running.
    Auto,
    /// This long, always; zero: none.
    Fixed(Duration),
}

/// `autocomplete.multiline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiline {
    /// Where the place allows it.
    Auto,
    /// Never more than the line.
    Never,
    /// Wherever there is no code to the right.
    Always,
}
