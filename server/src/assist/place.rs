//! A place in a document: the text around the cursor, and whether what was generated for one place still fits another.

use crate::assist::document::Document;
use memchr::memmem;
use std::borrow::Cow;

/// How much text before the cursor a place holds, in bytes. More than any prompt's prefix.
const BEFORE: usize = 16 * 1024;
/// How much text after the cursor a place holds, in bytes.
const AFTER: usize = 4 * 1024;
/// How much of the text on each side must be equal for two places to be one, in bytes.
///
/// An edit farther away (an import added at the top) does not outdate a completion.
const SAME_BEFORE: usize = 2 * 1024;
const SAME_AFTER: usize = 512;
/// What an editor inserts by itself behind the cursor when an opener is typed.
const CLOSERS: &str = ")]}>\"'`";

/// The text around a cursor, cut to a window on each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text before the cursor.
    pub before: String,
    /// The text after the cursor.
    pub after: String,
    /// Whether `before` reaches the document's start.
    pub from_start: bool,
    /// Whether `after` reaches the document's end.
    pub to_end: bool,
}

impl Place {
    /// The place at a byte offset.
    pub fn new(document: &Document, offset: usize) -> Place {
        let before = document.before(offset, BEFORE);
        let after = document.after(offset, AFTER);
        Place {
            from_start: before.len() == offset,
            to_end: offset + after.len() >= document.text.len_bytes(),
            before,
            after,
        }
    }

    /// The place reached when `text` is accepted here, overwriting `replace` bytes behind the cursor.
    pub fn accepted(&self, text: &str, replace: usize) -> Place {
        Place {
            before: format!("{}{text}", self.before),
            after: self.after.get(replace..).unwrap_or_default().to_owned(),
            ..*self
        }
    }

    /// The line of the cursor up to the cursor.
    pub fn line_before(&self) -> &str {
        let start = self.before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
        &self.before[start..]
    }

    /// The line of the cursor from the cursor on, without its line break.
    pub fn line_after(&self) -> &str {
        let end = self.after.find(['\n', '\r']).unwrap_or(self.after.len());
        &self.after[..end]
    }

    /// How many bytes of `text`, which was generated for this place, have been typed to get to `now`.
    ///
    /// `None` when `now` is not on the way from this place along `text`. While `text` is still growing
    /// (`growing`), having typed past its end is no contradiction: the whole of it counts as typed.
    pub fn typed(&self, text: &str, growing: bool, now: &Place) -> Option<usize> {
        // Cheap, and enough to rule out most places.
        let (old, new) = (head(&self.after, 24), now.after.as_str());
        if !new.starts_with(old) && !new.starts_with(|it| CLOSERS.contains(it)) {
            return None;
        }
        let typed = self.typed_before(text, growing, now)?;
        self.same_after(&text[..typed], now).then_some(typed)
    }

    fn typed_before(&self, text: &str, growing: bool, now: &Place) -> Option<usize> {
        let fits = |typed: &str| {
            // Models write LF whatever the document's line breaks are.
            let typed = match typed.contains('\r') && !text.contains('\r') {
                true => &with_plain_breaks(typed),
                false => typed,
            };
            if text.starts_with(typed) {
                Some(typed.len())
            } else if growing && typed.starts_with(text) {
                Some(text.len())
            } else {
                None
            }
        };
        if self.from_start && self.before.len() < SAME_BEFORE {
            let whole = now.from_start.then_some(now.before.as_str())?;
            return fits(whole.strip_prefix(self.before.as_str())?);
        }
        let same = tail(&self.before, SAME_BEFORE);
        // Most of what was typed since fits in a line or two: look for the old text's end just behind the cursor.
        let needle = tail(same, 48);
        let window = tail(&now.before, text.len().max(256) + needle.len());
        let origin = now.before.len() - window.len();
        memmem::rfind_iter(window.as_bytes(), needle.as_bytes()).find_map(|at| {
            let end = origin + at + needle.len();
            let (old, typed) = (now.before.get(..end)?, now.before.get(end..)?);
            let old_fits = old.ends_with(same) || (!now.from_start && same.ends_with(old));
            if old_fits { fits(typed) } else { None }
        })
    }

    /// Whether the text after the cursor is what it was, or only closers were inserted for what was typed.
    fn same_after(&self, typed: &str, now: &Place) -> bool {
        let same = head(&self.after, SAME_AFTER);
        let complete = self.to_end && same.len() == self.after.len();
        let equal = |after: &str| {
            if complete {
                after == same
            } else {
                after.starts_with(same)
            }
        };
        if equal(&now.after) {
            return true;
        }
        if typed.is_empty() {
            return false;
        }
        let mut rest = now.after.as_str();
        // No editor closes more than a few brackets at once.
        for _ in 0..4 {
            let Some(closer) = rest.chars().next().filter(|it| CLOSERS.contains(*it)) else {
                return false;
            };
            rest = &rest[closer.len_utf8()..];
            if equal(rest) {
                return true;
            }
        }
        false
    }
}

/// A text with every line break as LF, which is all that models see.
pub fn with_plain_breaks(text: &str) -> Cow<'_, str> {
    match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        None => Cow::Borrowed(text),
    }
}

/// The last `len` bytes at most, from a character's start.
pub fn tail(text: &str, len: usize) -> &str {
    let mut start = text.len().saturating_sub(len);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The first `len` bytes at most, up to a character's start.
pub fn head(text: &str, len: usize) -> &str {
    let mut end = len.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(before: &str, after: &str) -> Place {
        Place {
            before: before.into(),
            after: after.into(),
            from_start: true,
            to_end: true,
        }
    }

    #[test]
    fn what_was_typed_is_counted() {
        let from = place("let x = ", ";\n");
        let typed = |before, after| from.typed("foo(1)", false, &place(before, after));
        assert_eq!(typed("let x = ", ";\n"), Some(0));
        assert_eq!(typed("let x = fo", ";\n"), Some(2));
        assert_eq!(typed("let x = foo(1)", ";\n"), Some(6));
        assert_eq!(typed("let x = fu", ";\n"), None);
        assert_eq!(typed("let x =", ";\n"), None);
        assert_eq!(typed("let x = fo", "\n"), None);
    }

    #[test]
    fn line_breaks_of_any_kind_are_typed_through() {
        let from = place("if x {", "\r\n}");
        let typed = |before| from.typed("\n    y\n    z", false, &place(before, "\r\n}"));
        assert_eq!(typed("if x {\r\n    y"), Some(6));
        assert_eq!(typed("if x {\r\n    y\r\n"), Some(7));
        assert_eq!(typed("if x {\n    y"), Some(6));
        assert_eq!(typed("if x {\r\n    n"), None);
    }

    #[test]
    fn brackets_that_the_editor_closes_are_no_contradiction() {
        let from = place("let x = ", ";\n");
        assert_eq!(
            from.typed("foo(1)", false, &place("let x = foo(", ");\n")),
            Some(4)
        );
        assert_eq!(
            from.typed("foo(1)", false, &place("let x = ", ");\n")),
            None
        );
    }

    #[test]
    fn typing_past_a_growing_text_waits_for_more() {
        let from = place("a", "");
        assert_eq!(from.typed("bc", true, &place("abcd", "")), Some(2));
        assert_eq!(from.typed("bc", false, &place("abcd", "")), None);
        assert_eq!(from.typed("bc", true, &place("abx", "")), None);
    }

    #[test]
    fn a_long_document_is_recognised_by_its_text_near_the_cursor() {
        let filler = "fn filler() {}\n".repeat(2000);
        let from = Place {
            before: tail(&filler, BEFORE).to_owned() + "let y = ",
            after: "\n".into(),
            from_start: false,
            to_end: true,
        };
        let mut now = from.clone();
        now.before.push_str("ba");
        assert_eq!(from.typed("bar()", false, &now), Some(2));
        now.before = now.before[100..].to_owned();
        assert_eq!(from.typed("bar()", false, &now), Some(2));
        let elsewhere = Place {
            before: tail(&filler, BEFORE).to_owned() + "let z = ba",
            ..from.clone()
        };
        assert_eq!(from.typed("bar()", false, &elsewhere), None);
    }
}
