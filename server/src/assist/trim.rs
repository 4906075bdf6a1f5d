//! What becomes of a model's raw output before it is shown: cleaned, cut to one statement or block, freed of what the document already says.
//!
//! Pure: text in, text out. The steps stand in the order in which they run; each lives in its own file below `trim/`.

use crate::config::settings::Multiline;
use hob_index::language::Language;

/// Where the output would be inserted.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The document's language, if known.
    pub language: Option<&'static Language>,
    /// The text before the cursor; only its last few KiB are looked at.
    pub before: &'a str,
    /// The text after the cursor; only its first few KiB are looked at.
    pub after: &'a str,
    /// Whether several lines are wanted, as configured.
    pub multiline: Multiline,
}

/// What may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trimmed {
    /// The text to insert at the cursor, in the document's line endings and indentation. Never blank.
    pub text: String,
    /// How many bytes right of the cursor `text` overwrites: closers that the editor wrote by itself, on the cursor's line. Normally 0.
    pub replace: usize,
}

/// How the output ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model, or one of our own rules, ended it.
    Model,
    /// The token limit cut it: its last line is unfinished.
    Limit,
}

/// Why nothing of the output is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Nothing but blanks is left.
    Blank,
    /// The document goes on with the same text already.
    RepeatsSuffix,
    /// It is the line above once more.
    RepeatsAbove,
    /// The model got into a loop.
    Repetition,
    /// It would add a syntax error.
    BreaksSyntax,
    /// It talks about code in place of writing it.
    Prose,
}

impl Dropped {
    /// A stable name for logs, status and `--json`.
    pub fn code(self) -> &'static str {
        match self {
            Dropped::Blank => "blank",
            Dropped::RepeatsSuffix => "repeats-suffix",
            Dropped::RepeatsAbove => "repeats-above",
            Dropped::Repetition => "repetition",
            Dropped::BreaksSyntax => "breaks-syntax",
            Dropped::Prose => "prose",
        }
    }
}

/// Makes of a model's output what may be shown at `place`, or says why nothing may.
pub fn trim(place: &Place, output: &str, end: End) -> Result<Trimmed, Dropped> {
    let _ = (place, end);
    if output.trim().is_empty() { Err(Dropped::Blank) } else { Ok(Trimmed { text: output.to_owned(), replace: 0 }) }
}

/// Whether at most the rest of the cursor's line is wanted: by configuration, or because there is code to the right.
pub fn wants_one_line(place: &Place) -> bool {
    place.multiline == Multiline::Never
}
