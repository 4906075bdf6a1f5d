//! The same rules on a text that is still coming: whether more of it would change anything, and what of it can be shown.

use super::around::Around;
use super::{
    End, Place, Trimmed, clean, file, fitted, leaves_comment, one_line, repeat, scope, trim_around,
};

/// How much talk or thought may come before the code, in bytes.
const PREAMBLE: usize = 2048;

/// The place of a running stream.
#[derive(Debug)]
pub(crate) struct Stream {
    around: Around,
    one_line: bool,
}

impl Stream {
    /// The most text that is ever of use, in bytes.
    pub(crate) const LONGEST: usize = clean::LONGEST;
    /// How far back a token of the model's format may have begun, in bytes.
    pub(crate) const LONGEST_SENTINEL: usize = clean::LONGEST_SENTINEL;

    pub(crate) fn new(place: &Place) -> Stream {
        let around = Around::new(place);
        Stream {
            one_line: one_line(&around),
            around,
        }
    }

    /// Whether only one line of this text is wanted.
    pub(crate) fn wants_one_line(&self, text: &str) -> bool {
        self.one_line && !leaves_comment(&self.around, text)
    }

    /// Whether the text has a token of some model's format at or after `from`. In a string that is still open it may be code.
    pub(crate) fn has_sentinel(&self, text: &str, from: usize) -> bool {
        let tags = self.around.language.is_some_and(|it| it.tags);
        clean::sentinel(self.around.line(), text, from, tags, false).is_some_and(|at| {
            clean::open_quotes(self.around.line(), text, at)
                .next()
                .is_none()
        })
    }

    /// Whether complete lines hold one that is not blank, which is all that is wanted.
    pub(crate) fn has_its_line(&self, lines: &str) -> bool {
        match clean::clean(&self.around, lines, End::Model) {
            Ok(text) => !text.trim().is_empty() || lines.len() > PREAMBLE,
            Err(_) => lines.len() > PREAMBLE,
        }
    }

    /// Whether these complete lines hold the end of all that would be kept.
    pub(crate) fn is_over(&self, lines: &str) -> bool {
        let unfinished = ["<think", "```"]
            .iter()
            .any(|it| lines.trim_start().starts_with(it))
            && lines.len() < PREAMBLE;
        let Ok(text) = clean::clean(&self.around, lines, End::Model) else {
            return lines.len() > PREAMBLE;
        };
        if text.trim().is_empty() {
            return false;
        }
        if text.len() + 512 < lines.len() && !unfinished {
            return true;
        }
        let Ok(text) = fitted(&self.around, &text) else {
            // The line that is to come may say something new.
            return false;
        };
        repeat::is_loop(&self.around, &text)
            || file::another(&self.around, &text).is_some()
            || scope::cut(&self.around, &text).cut
    }

    /// What of these complete lines can be shown.
    pub(crate) fn so_far(&self, lines: &str) -> Option<Trimmed> {
        let mut trimmed = trim_around(&self.around, lines, End::Model).ok()?;
        trimmed
            .text
            .truncate(repeat::before_suspect(&self.around, &trimmed.text));
        if self.around.crlf {
            trimmed.text = trimmed.text.replace('\n', "\r\n");
        }
        Some(trimmed)
    }
}
