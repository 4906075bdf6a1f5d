//! Models: where a role's work is done. The only module that opens sockets.

use std::time::Duration;

/// What a completion asks of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct FimRequest {
    /// What to complete.
    pub input: FimInput,
    /// The most tokens to generate.
    pub max_tokens: u32,
    /// Strings that end the answer, most important first; a dialect sends as many as its servers take, all are applied to what comes back.
    pub stop: Vec<String>,
}

/// A prompt of our own, or the parts for a server that makes its own.
#[derive(Clone, Debug, PartialEq)]
pub enum FimInput {
    /// A finished prompt in the model's own format.
    Prompt(String),
    /// For llama.cpp's `/infill`, where the model's family is unknown.
    Infill {
        /// The text before the cursor.
        prefix: String,
        /// The text after the cursor.
        suffix: String,
        /// Other files: name and text.
        extra: Vec<(String, String)>,
    },
}

/// What the server reports of one answer, where it does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Prompt tokens in all.
    pub prompt_tokens: Option<u32>,
    /// Prompt tokens served from the server's cache.
    pub cached_tokens: Option<u32>,
    /// Generated tokens.
    pub generated_tokens: Option<u32>,
    /// Time spent on the prompt.
    pub prompt_time: Option<Duration>,
}
