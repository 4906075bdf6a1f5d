//! The language model of the codebase behind the provider `builtin`.

use crate::language::Language;
use std::path::Path;

/// Where a completion is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The file, as it was learned: what the repository knows of this file is replaced by `before` and `after`.
    pub path: &'a Path,
    /// Its language, if known.
    pub language: Option<&'static Language>,
    /// The text before the cursor.
    pub before: &'a str,
    /// The text after the cursor.
    pub after: &'a str,
}

/// What the model would write, to the end of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The rest of the line: never empty, no line break.
    pub text: String,
    /// How likely `text` is exactly what the author writes, 0 to 1, calibrated.
    pub confidence: f32,
}
