//! Why an answer is not applied: in a few words for people, and precisely for the model that wrote it.

use crate::display;
use std::fmt::{self, Write};

/// Why an answer is refused as a whole. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, in the order of the answer; never empty.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind it is.
    pub kind: Kind,
    /// The line of the answer, from 1; `None`: it is about all of it.
    pub line: Option<usize>,
    /// The file, as the answer names it.
    pub path: Option<String>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// More for the model: what was searched, what stands in the file, what to do.
    pub detail: String,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is nothing in it that could be applied.
    Nothing,
    /// It names a file that must not be written: outside of the root, git's own, one that may hold secrets.
    Forbidden,
    /// It reaches further than the user asked for: another file, or other lines.
    OutOfScope,
    /// It would bring in invisible characters that can hide code.
    Invisible,
    /// It would write a file that runs by itself, which nobody allowed.
    Runs,
    /// It changes a file that doesn't exist.
    Missing,
    /// It makes a file that exists.
    Exists,
    /// What it changes doesn't stand in the file.
    NotFound,
    /// What it changes stands in the file more than once.
    Ambiguous,
    /// It is cut off, or not well formed.
    Malformed,
    /// What it means can't be told for sure.
    Unclear,
    /// It would bring in what the file's encoding doesn't have, or change what is no text.
    Encoding,
    /// The file was changed since the answer was planned.
    Changed,
    /// The disk says no.
    Disk,
}

impl Kind {
    /// In one word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Nothing => "nothing",
            Kind::Forbidden => "forbidden",
            Kind::OutOfScope => "out-of-scope",
            Kind::Invisible => "invisible",
            Kind::Runs => "runs-by-itself",
            Kind::Missing => "missing",
            Kind::Exists => "exists",
            Kind::NotFound => "not-found",
            Kind::Ambiguous => "ambiguous",
            Kind::Malformed => "malformed",
            Kind::Unclear => "unclear",
            Kind::Encoding => "encoding",
            Kind::Changed => "changed",
            Kind::Disk => "disk",
        }
    }
}

impl Refusal {
    /// One problem is enough.
    pub(crate) fn of(problem: Problem) -> Refusal {
        Refusal {
            problems: vec![problem],
        }
    }

    /// Whether that is all that is wrong: the answer reaches further than the user asked for.
    pub fn reaches_too_far(&self) -> bool {
        self.problems.iter().all(|it| it.kind == Kind::OutOfScope)
    }

    /// What the model that wrote the answer needs to correct itself: each block that doesn't fit, what it searched, and
    /// what the file really holds there, with line numbers.
    pub fn for_model(&self) -> String {
        let mut text = String::from("Your answer was not applied; no file was changed.\n");
        for problem in &self.problems {
            let _ = write!(text, "\n{problem}.\n");
            if !problem.detail.is_empty() {
                let _ = writeln!(text, "{}", problem.detail.trim_end());
            }
        }
        text
    }
}

impl Problem {
    /// A problem of a kind, about all of the answer.
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Problem {
        Problem {
            kind,
            line: None,
            path: None,
            message: message.into(),
            detail: String::new(),
        }
    }

    /// It begins at this line of the answer, from 1; 0: nobody knows.
    pub(super) fn at(mut self, line: usize) -> Problem {
        self.line = self.line.or((line > 0).then_some(line));
        self
    }

    /// It is about this file.
    pub(super) fn of(mut self, path: impl Into<String>) -> Problem {
        self.path.get_or_insert(path.into());
        self
    }

    /// More for the model.
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = detail.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            // A name may hold anything; a message is one line.
            let path = path.escape_debug().to_string();
            write!(f, "{}: ", display::name(&path))?;
        }
        f.write_str(&self.message)?;
        match self.line {
            Some(line) => write!(f, " (line {line} of the answer)"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Lines as they are shown to a model: numbered from `first`, at most some dozens of them.
pub(super) fn numbered(first: usize, lines: &[&str]) -> String {
    const MOST: usize = 40;
    let mut text = String::new();
    for (n, line) in lines.iter().take(MOST).enumerate() {
        let _ = writeln!(text, "{:>5} | {line}", first + n);
    }
    if lines.len() > MOST {
        text.push_str("      | (more)\n");
    }
    text
}
