//! Filling rows: text is broken between words, and within a word only where it is wider than a row.

use super::ink::PLAIN;
use crate::cli::terminal::text::{Row, Span, columns};
use std::mem::take;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Rows of at most `width` columns, without blanks at their ends. Never empty.
pub(super) fn wrap(spans: &[Span], width: usize) -> Vec<Row> {
    let mut filling = Filling {
        width: width.max(2),
        ..Filling::default()
    };
    for span in spans {
        for (at, grapheme) in span.text().grapheme_indices(true) {
            match grapheme {
                "\n" | "\r\n" => {
                    filling.word_ends();
                    filling.row_ends();
                }
                " " | "\t" => {
                    filling.word_ends();
                    filling.blank = Some(span);
                }
                it => filling.add(it, span, at),
            }
        }
    }
    filling.word_ends();
    if !filling.row.is_empty() || filling.rows.is_empty() {
        filling.row_ends();
    }
    filling.rows
}

#[derive(Default)]
struct Filling<'a> {
    width: usize,
    rows: Vec<Row>,
    row: Row,
    /// Columns of the row.
    used: usize,
    /// Whether blanks stand between the row and the word, and in which style.
    blank: Option<&'a Span>,
    word: Row,
    word_columns: usize,
}

impl<'a> Filling<'a> {
    /// Adds a grapheme, which stands in `span` at this offset.
    fn add(&mut self, grapheme: &str, span: &'a Span, at: usize) {
        let wide = columns(grapheme);
        // Chinese and Japanese have no blanks: there may be a break before each of their characters.
        let breaks = wide == 2 && grapheme.chars().next().is_some_and(is_ideograph);
        if breaks || self.word_columns + wide > self.width {
            self.word_ends();
        }
        push(&mut self.word, span, at..at + grapheme.len());
        self.word_columns += wide;
    }

    fn word_ends(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let blank = self.blank.take().filter(|_| !self.row.is_empty());
        if self.used + usize::from(blank.is_some()) + self.word_columns > self.width {
            self.row_ends();
        } else if let Some(span) = blank {
            let blank = Span::new(" ", span.style()).with_link(span.link().cloned());
            push(&mut self.row, &blank, 0..1);
            self.used += 1;
        }
        for span in take(&mut self.word) {
            push(&mut self.row, &span, 0..span.text().len());
        }
        self.used += take(&mut self.word_columns);
    }

    fn row_ends(&mut self) {
        self.rows.push(take(&mut self.row));
        self.used = 0;
        self.blank = None;
    }
}

/// Adds a part of a span, to the last one where that looks and leads the same.
fn push(row: &mut Row, span: &Span, range: Range<usize>) {
    if !row
        .last_mut()
        .is_some_and(|it| it.takes(span, range.clone()))
    {
        row.push(span.part(range));
    }
}

fn is_ideograph(it: char) -> bool {
    matches!(it, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Blanks of so many columns.
pub(super) fn blanks(n: usize) -> Span {
    Span::new(" ".repeat(n), PLAIN)
}

#[cfg(test)]
mod tests {
    use super::super::ink::CODE;
    use super::*;
    use crate::cli::terminal::text::plain;

    fn wrapped(text: &str, width: usize) -> String {
        let rows = wrap(&[Span::new(text, PLAIN)], width);
        let text = |it: &Row| plain(it);
        rows.iter().map(text).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn rows_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrapped("one two  three", 8), "one two|three");
        assert_eq!(wrapped("see abcdefghijkl x", 5), "see|abcde|fghij|kl x");
        assert_eq!(wrapped("", 5), "");
        assert_eq!(wrapped("a\nb", 5), "a|b");
    }

    #[test]
    fn wide_characters_break_anywhere_and_fit() {
        assert_eq!(wrapped("漢字漢字", 5), "漢字|漢字");
        assert_eq!(wrapped("ab漢字", 4), "ab漢|字");
        assert_eq!(wrapped("🙂🙂🙂", 4), "🙂🙂|🙂");
    }

    #[test]
    fn styles_do_not_break_words() {
        let spans = [
            Span::new("call ", PLAIN),
            Span::new("f(x)", CODE),
            Span::new(", then", PLAIN),
        ];
        let rows = wrap(&spans, 9);
        let text = |it: &Row| plain(it);
        assert_eq!(text(&rows[0]), "call");
        assert_eq!(text(&rows[1]), "f(x),");
        assert_eq!(rows[1][0].style(), CODE);
        assert_eq!(rows[1][1].style(), PLAIN);
    }
}
