//! Which lines of a document a request is about: those selected, or the function, type or other definition that the
//! cursor stands in.

use crate::assist::document::Document;
use hob_index::outline::{Symbol, outline};
use std::ops::RangeInclusive;

/// Longer documents are not taken apart for a region, in bytes: that would take longer than anybody waits for a menu.
const LONGEST: usize = 2 << 20;

/// Whole lines of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The lines, from 1.
    pub lines: RangeInclusive<usize>,
    /// What is defined there, where the cursor chose it: `Shape.area`.
    pub symbol: Option<String>,
}

/// The lines between two offsets, in bytes; for one offset the innermost definition around it, or the paragraph where
/// there is none. Takes milliseconds for a document of some thousand lines.
pub fn region(document: &Document, start: usize, end: usize) -> Region {
    let text = &document.text;
    let line = |offset: usize| text.byte_to_line(offset.min(text.len_bytes())) + 1;
    if start < end {
        let last = line(end);
        // A selection that ends at a line's start doesn't mean that line.
        let is_start = text.line_to_byte(last - 1) == end.min(text.len_bytes());
        let last = if is_start && last > line(start) {
            last - 1
        } else {
            last
        };
        return Region {
            lines: line(start)..=last,
            symbol: None,
        };
    }
    definition(document, line(start)).unwrap_or_else(|| paragraph(document, line(start)))
}

/// The text of whole lines, their breaks included.
pub fn text(document: &Document, lines: &RangeInclusive<usize>) -> String {
    let all = document.text.len_lines();
    let start = document.text.line_to_byte((lines.start() - 1).min(all));
    let end = document.text.line_to_byte((*lines.end()).min(all));
    document.text.byte_slice(start..end).into()
}

fn definition(document: &Document, line: usize) -> Option<Region> {
    if document.text.len_bytes() > LONGEST {
        return None;
    }
    let outline = outline(&document.text.to_string(), document.language);
    // With the comments and attributes that belong to it.
    let first = |it: &Symbol| document.text.byte_to_line(it.bytes.start) + 1;
    let around = outline.symbols.iter().filter(|it| {
        let lines = first(it)..=it.end_line;
        lines.contains(&line) && lines.start() < lines.end()
    });
    let innermost = around.min_by_key(|it| it.end_line - first(it))?;
    let name = match &innermost.container {
        Some(container) => format!("{container}.{}", innermost.name),
        None => innermost.name.clone(),
    };
    Some(Region {
        lines: first(innermost)..=innermost.end_line,
        symbol: Some(name),
    })
}

/// The lines around one, up to the blank ones.
fn paragraph(document: &Document, line: usize) -> Region {
    let text = &document.text;
    let is_blank = |line: usize| {
        let text = text.line(line - 1);
        text.chars().all(char::is_whitespace)
    };
    let all = text.len_lines();
    let (mut first, mut last) = (line, line);
    while first > 1 && !is_blank(line) && !is_blank(first - 1) {
        first -= 1;
    }
    while last < all && !is_blank(line) && !is_blank(last + 1) {
        last += 1;
    }
    Region {
        lines: first..=last,
        symbol: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hob_index::language::Language;
    use ropey::Rope;

    const TEXT: &str = "use a;\nuse b;\n\nimpl Shape {\n    fn area(&self) -> f32 {\n        1.0\n    }\n\n    fn name(&self) {}\n}\n";

    #[track_caller]
    fn check(start: usize, end: usize, lines: RangeInclusive<usize>, symbol: Option<&str>) {
        let document = Document {
            id: "a.rs".into(),
            path: None,
            language_id: "rust".to_owned(),
            language: Language::of_id("rust"),
            version: 0,
            text: Rope::from_str(TEXT),
            touched: 0,
            tick: 0,
            ..Document::default()
        };
        let region = region(&document, start, end);
        assert_eq!((region.lines, region.symbol.as_deref()), (lines, symbol));
    }

    #[test]
    fn a_cursor_means_the_definition_around_it() {
        let at = |it: &str| TEXT.find(it).unwrap();
        check(at("1.0"), at("1.0"), 5..=7, Some("Shape.area"));
        check(at("use b"), at("use b"), 1..=2, None);
        check(at("\nimpl"), at("\nimpl"), 3..=3, None);
        check(TEXT.len() + 9, TEXT.len() + 9, 11..=11, None);
    }

    #[test]
    fn a_selection_means_its_lines() {
        let at = |it: &str| TEXT.find(it).unwrap();
        check(at("area"), at("1.0"), 5..=6, None);
        // Two whole lines, as editors select them.
        check(0, at("\nimpl"), 1..=2, None);
    }
}
