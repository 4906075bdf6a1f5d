//! Why a request was answered with nothing: one code and one sentence for each cause.

use std::borrow::Cow;

/// The cause of an empty answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `autocomplete.enabled = false`.
    Disabled,
    /// The language is in `autocomplete.languages_off`.
    LanguageOff(String),
    /// The file's name says that it holds secrets.
    SecretFile,
    /// The cursor is inside a word, and nobody asked by hand.
    MidWord,
    /// `builtin` has not read the codebase yet.
    Learning,
    /// `builtin` has no guess, or none that is likely enough.
    Unsure,
    /// The model wrote nothing.
    ModelSilent,
    /// What the model wrote was trimmed away; the code of the rule.
    Trimmed(&'static str),
    /// The model can't answer: the error's code, and what to do about it.
    Model {
        /// The error's stable code.
        code: &'static str,
        /// For the user.
        explanation: String,
    },
    /// No model is configured and none was found.
    NoModel,
    /// The generation was ended for a newer one.
    Ended,
    /// The document is not open.
    NotOpen,
}

impl Reason {
    /// A stable code in kebab case, for programs and status lines.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Disabled => "disabled",
            Reason::LanguageOff(_) => "language-off",
            Reason::SecretFile => "secret-file",
            Reason::MidWord => "mid-word",
            Reason::Learning => "learning",
            Reason::Unsure => "unsure",
            Reason::ModelSilent => "model-silent",
            Reason::Trimmed(code) | Reason::Model { code, .. } => code,
            Reason::NoModel => "no-model",
            Reason::Ended => "ended",
            Reason::NotOpen => "not-open",
        }
    }

    /// One sentence for the user.
    pub fn sentence(&self) -> Cow<'static, str> {
        match self {
            Reason::Disabled => "Autocomplete is off (`autocomplete.enabled`).".into(),
            Reason::LanguageOff(id) => {
                format!("Autocomplete is off for {id} (`autocomplete.languages_off`).").into()
            }
            Reason::SecretFile => {
                "This document may hold secrets, by its name or by a private key in it: it is never learned or sent.".into()
            }
            Reason::MidWord => "The cursor is inside a word.".into(),
            Reason::Learning => "The codebase is still being read.".into(),
            Reason::Unsure => {
                "The codebase holds nothing like this place, so nothing is suggested.".into()
            }
            Reason::ModelSilent => "The model wrote nothing here.".into(),
            Reason::Trimmed(code) => {
                format!("What the model wrote was of no use here ({code}).").into()
            }
            Reason::Model { explanation, .. } => explanation.clone().into(),
            Reason::NoModel => {
                "No model is configured and none runs on this machine: the codebase itself completes.".into()
            }
            Reason::Ended => "A newer request took its place.".into(),
            Reason::NotOpen => "The document is not open in this server.".into(),
        }
    }

    /// What the user could do about it, where that is more than waiting.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Reason::Disabled => Some("set `autocomplete.enabled = true`"),
            Reason::LanguageOff(_) => Some("take the language out of `autocomplete.languages_off`"),
            Reason::Unsure | Reason::NoModel => Some(
                "a model knows more: start one, or name one in the configuration (`hob config init`)",
            ),
            _ => None,
        }
    }
}
