//! The codebase as a library: which files count, what language they are in, and a language model of their code.
//!
//! Plain synchronous Rust: no editor, no LSP, no HTTP, no async runtime.

pub mod language;
pub mod ngram;
pub mod walk;
