//! The codebase: which files count, in which languages they are written, what they hold, and a language model of their code.
//!
//! Plain synchronous Rust: no editor, no network, no async runtime.

pub mod context;
pub mod embed;
pub mod encoding;
pub mod error;
pub mod git;
pub mod language;
pub mod literal;
pub mod ngram;
pub mod outline;
pub mod parser;
pub mod private;
pub mod project;
pub mod reader;
pub mod search;
pub mod secret;
pub mod semantic;
pub mod status;
pub mod store;
pub mod terms;
pub mod update;
pub mod vectors;
pub mod walk;
pub mod watch;
