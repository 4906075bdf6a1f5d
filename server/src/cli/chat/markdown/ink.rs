//! Styled text: what a row on the terminal is made of, how wide it is, and what is sent to show it.
//!
//! Whatever a model or a file says ends up in [`Span`]s, and nothing but [`ansi`] turns those into what a terminal obeys:
//! control characters don't survive it.

use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Body text.
pub(super) const PLAIN: Style = Style::new();
/// Rules, markers, what is beside the point.
pub(super) const FAINT: Style = Style::new().dimmed();
/// `code` within a sentence.
pub(super) const CODE: Style = AnsiColor::Cyan.on_default();
/// What can be followed.
pub(super) const LINK: Style = AnsiColor::Blue.on_default().underline();

/// A run of text in one style. `\n` in it ends a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::chat) struct Span {
    /// What is shown.
    pub(super) text: String,
    /// How.
    pub(super) style: Style,
    /// Where it leads: a URL of printable ASCII.
    pub(super) link: Option<Arc<str>>,
}

/// One row on the terminal, or one line of code, which the terminal wraps itself.
pub(in crate::cli::chat) type Row = Vec<Span>;

impl Span {
    /// Without a link.
    pub(super) fn new(text: impl Into<String>, style: Style) -> Span {
        Span {
            text: text.into(),
            style,
            link: None,
        }
    }
}

/// How many columns a text takes. Where terminals differ (emoji of several parts), the most that any of them takes; a tab
/// counts as the eight columns that it takes at most.
pub(in crate::cli::chat) fn columns(text: &str) -> usize {
    text.graphemes(true)
        .map(|it| match it {
            "\t" => 8,
            it => it.width().max(it.chars().filter_map(|it| it.width()).sum()),
        })
        .sum()
}

/// How many columns a row takes.
pub(in crate::cli::chat) fn row_columns(row: &[Span]) -> usize {
    row.iter().map(|it| columns(&it.text)).sum()
}

/// The row cut to so many columns, with `…` where something is missing.
pub(in crate::cli::chat) fn cut(row: &Row, most: usize) -> Row {
    if row_columns(row) <= most {
        return row.clone();
    }
    let mut room = most.saturating_sub(1);
    let mut cut = Row::new();
    'row: for span in row {
        let mut text = String::new();
        for grapheme in span.text.graphemes(true) {
            match room.checked_sub(columns(grapheme)) {
                Some(it) => room = it,
                None => {
                    cut.push(Span {
                        text,
                        ..span.clone()
                    });
                    break 'row;
                }
            }
            text.push_str(grapheme);
        }
        cut.push(span.clone());
    }
    cut.push(Span::new("…", FAINT));
    cut
}

/// The text as it can be shown without obeying it: control characters are gone but for tabs and ends of lines, and what
/// turns the direction of text is written out.
pub(in crate::cli::chat) fn harmless(text: &str) -> Cow<'_, str> {
    let harms = |it: char| (it.is_control() && !matches!(it, '\n' | '\t')) || turns(it);
    if !text.contains(harms) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if turns(char) {
            // Infallible: it writes to a string.
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(char));
        } else if !harms(char) {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Unicode's explicit directional formatting characters (UAX #9, section 2): they can make code look like other code.
fn turns(it: char) -> bool {
    matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a terminal is sent to show a row; it ends in the terminal's own style.
pub(in crate::cli::chat) fn ansi(row: &[Span]) -> String {
    let mut sent = String::new();
    let mut rest = row;
    while let Some(first) = rest.first() {
        // Neighbours that lead to the same place are one link, or a terminal would underline them one by one.
        let n = rest
            .iter()
            .take_while(|it| it.link == first.link)
            .count()
            .max(1);
        let (run, behind) = rest.split_at(n);
        rest = behind;
        if let Some(url) = &first.link {
            sent.push_str(&format!("\u{1b}]8;;{url}\u{1b}\\"));
        }
        for span in run.iter().filter(|it| !it.text.is_empty()) {
            let text = harmless(&span.text);
            match span.style.is_plain() {
                true => sent.push_str(&text),
                false => {
                    let style = span.style;
                    sent.push_str(&format!("{style}{text}{style:#}"));
                }
            }
        }
        if first.link.is_some() {
            sent.push_str("\u{1b}]8;;\u{1b}\\");
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_cannot_command_the_terminal() {
        let row = vec![Span::new("a\u{1b}[2J\u{7}\u{9b}31m\rb\u{202e}c", PLAIN)];
        assert_eq!(ansi(&row), "a[2J31mb⟨U+202E⟩c");
    }

    #[test]
    fn wide_characters_and_emoji_take_their_columns() {
        assert_eq!(columns("aé"), 2);
        assert_eq!(columns("漢字"), 4);
        assert_eq!(columns("🙂"), 2);
        assert_eq!(columns("e\u{301}"), 1);
        assert_eq!(columns("👨‍👩‍👧"), 6, "as older terminals show it");
    }

    #[test]
    fn a_row_is_cut_between_characters() {
        let row = vec![Span::new("ab", CODE), Span::new("漢字x", PLAIN)];
        let text = |most| {
            let row = cut(&row, most);
            row.iter().map(|it| it.text.as_str()).collect::<String>()
        };
        assert_eq!(text(7), "ab漢字x");
        assert_eq!(text(6), "ab漢…");
        assert_eq!(text(5), "ab漢…");
        assert_eq!(text(2), "a…");
    }

    #[test]
    fn neighbours_that_lead_to_one_place_are_one_link() {
        let link = |text: &str, style| Span {
            link: Some("https://a.b/".into()),
            ..Span::new(text, style)
        };
        let row = vec![link("a", PLAIN), link("b", CODE), Span::new("c", PLAIN)];
        assert_eq!(
            ansi(&row),
            "\u{1b}]8;;https://a.b/\u{1b}\\a\u{1b}[36mb\u{1b}[0m\u{1b}]8;;\u{1b}\\c"
        );
    }
}
