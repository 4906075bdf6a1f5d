//! What is wrong with a configuration, as a person would like to be told.

use crate::display;
use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What was written is used, or harmlessly ignored, but is hardly what was meant.
    Warning,
    /// What was written can't be used: the default, or the value of a weaker source, stands in its place.
    Error,
}

/// One problem in one place of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file's path, or `editor settings`.
    pub file: String,
    /// The line, from 1; `None` where the source has no lines.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// The key in question, written out (`models.chat.url`).
    pub key: Option<String>,
    /// What is wrong: what was found and what is allowed. One line, no secrets.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// `FILE:LINE:COLUMN: KEY: MESSAGE`: one line, whatever the file holds.
    pub(crate) fn sentence(&self) -> String {
        let mut out = display::name(&self.file).into_owned();
        for number in [self.line, self.column].into_iter().flatten() {
            out.push_str(&format!(":{number}"));
        }
        if let Some(key) = &self.key {
            out.push_str(&format!(": `{}`", display::name(key)));
        }
        out.push_str(&format!(": {}", display::line(&self.message)));
        out
    }
}

impl fmt::Display for Diagnostic {
    /// The problem in one line, and the hint on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", display::line(hint))?;
        }
        Ok(())
    }
}

/// The candidate most like `name`, if any is near enough to have been meant.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // No candidate is half as long, and comparing takes time by the product of the lengths.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    // Below this, suggestions mislead.
    const NEAR_ENOUGH: f64 = 0.8;
    // Jaro-Winkler knows missing endings and longer names; short words with two letters swapped it doesn't.
    let similarity = |a: &str, b: &str| {
        let slips = strsim::damerau_levenshtein(a, b);
        let few = slips <= 1 && a.len() >= 3 || slips <= 2 && a.len() >= 6;
        let by_slips = if few { 0.95 - 0.05 * slips as f64 } else { 0.0 };
        strsim::jaro_winkler(a, b).max(by_slips)
    };
    let name = name.to_lowercase();
    let name = name.as_str();
    candidates
        .into_iter()
        .map(|it| (similarity(name, it), it))
        .filter(|(similarity, _)| *similarity >= NEAR_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, it)| it)
}
