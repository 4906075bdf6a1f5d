//! Styled text: the only thing that a terminal is sent, how wide it is, and the escape sequences of its styles and links.
//!
//! Whatever a model, a file or an argument says is cleaned where a [`Span`] is made, and a span's text can't be changed
//! but by cutting it and by adding other spans: so no span ever holds an escape sequence, its width is that of what is
//! shown, and [`sent`] adds the only ones.

use crate::display::{self, Clean};
use anstyle::Style;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use url::Url;

/// Body text.
pub(crate) const PLAIN: Style = Style::new();

/// Longer addresses are no links: terminals cut them off (VTE and iTerm2 at 2083 bytes).
const LONGEST_LINK: usize = 2083;

/// A run of text in one style. `\n` in it ends a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    text: String,
    style: Style,
    link: Option<Link>,
}

/// One row on the terminal, or one line of code, which the terminal wraps itself.
pub(crate) type Row = Vec<Span>;

/// Where a link leads: an address of printable ASCII, so that it can't end the sequence that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link(Arc<str>);

impl Link {
    /// A link to this address; `None`: it can't be sent.
    pub(crate) fn new(url: &Url) -> Option<Link> {
        let text = url.as_str();
        let fits = text.len() <= LONGEST_LINK && text.bytes().all(|it| (0x20..=0x7e).contains(&it));
        fits.then(|| Link(text.into()))
    }

    /// The address.
    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Span {
    /// Text from anywhere, in this style.
    pub(crate) fn new(text: impl AsRef<str>, style: Style) -> Span {
        Span {
            text: display::text(text.as_ref()).into_owned(),
            style,
            link: None,
        }
    }

    /// What is shown.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How it is shown.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Where it leads.
    pub(crate) fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// The same in another style.
    pub(crate) fn with_style(self, style: Style) -> Span {
        Span { style, ..self }
    }

    /// The same, leading there.
    pub(crate) fn with_link(self, link: Option<Link>) -> Span {
        Span { link, ..self }
    }

    /// A part of it. `range` is on character boundaries of [`Span::text`]; another one gives an empty part.
    pub(crate) fn part(&self, range: Range<usize>) -> Span {
        Span {
            text: self.text.get(range).unwrap_or_default().to_owned(),
            style: self.style,
            link: self.link.clone(),
        }
    }

    /// Adds a part of a span, as in [`Span::part`], if that looks and leads the same; else there is none to add it to.
    pub(crate) fn takes(&mut self, other: &Span, range: Range<usize>) -> bool {
        let same = self.style == other.style && self.link == other.link;
        if same {
            self.text
                .push_str(other.text.get(range).unwrap_or_default());
        }
        same
    }

    /// Without the blanks at its end.
    pub(crate) fn trim_end(&mut self) {
        self.text.truncate(self.text.trim_end().len());
    }
}

/// Text of any number of lines in any number of styles, as it is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    spans: Vec<Span>,
}

/// Puts texts, spans and strings together, in their order.
macro_rules! text {
    ($($part:expr),* $(,)?) => {{
        let mut text = $crate::cli::terminal::text::Text::default();
        $(text.push($part);)*
        text
    }};
}
pub(crate) use text;

impl Text {
    /// No text yet.
    pub(crate) fn new() -> Text {
        Text::default()
    }

    /// Text from anywhere, in a style.
    pub(crate) fn styled(style: Style, text: &str) -> Text {
        Text::from(Span::new(text, style))
    }

    /// A name of a file, a key, a model, …: one line from which the exact name can be read back.
    pub(crate) fn name(name: &str) -> Text {
        Text::from(display::name(name))
    }

    /// A path, as [`Text::name`].
    pub(crate) fn path(path: &Path) -> Text {
        Text::from(display::path(path))
    }

    /// Text that has to stay on its line.
    pub(crate) fn line(line: &str) -> Text {
        Text::from(display::line(line))
    }

    /// Adds to its end.
    pub(crate) fn push(&mut self, more: impl Into<Text>) {
        self.spans.extend(more.into().spans);
    }

    /// The same in this style.
    pub(crate) fn in_style(self, style: Style) -> Text {
        let spans = self.spans.into_iter();
        Text {
            spans: spans.map(|it| it.with_style(style)).collect(),
        }
    }

    /// Without the blanks at its end.
    pub(crate) fn trimmed_end(mut self) -> Text {
        while let Some(last) = self.spans.last_mut() {
            last.trim_end();
            if !last.text.is_empty() {
                break;
            }
            self.spans.pop();
        }
        self
    }

    /// The same with each line but the first moved to the right, so that none of them can be taken for a line of ours.
    pub(crate) fn indented(mut self, indent: &str) -> Text {
        let indent = format!("\n{}", display::line(indent));
        for span in &mut self.spans {
            if span.text.contains('\n') {
                span.text = span.text.replace('\n', &indent);
            }
        }
        self
    }

    /// All of them with something between.
    pub(crate) fn joined(all: impl IntoIterator<Item = Text>, between: &str) -> Text {
        let mut joined = Text::new();
        for (number, it) in all.into_iter().enumerate() {
            if number > 0 {
                joined.push(between);
            }
            joined.push(it);
        }
        joined
    }

    /// What a terminal is sent, with or without colours and links.
    pub(crate) fn sent(&self, color: bool) -> String {
        match color {
            true => sent(&self.spans),
            false => self.to_string(),
        }
    }
}

/// The text alone.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.iter().try_for_each(|it| f.write_str(&it.text))
    }
}

impl From<Span> for Text {
    fn from(it: Span) -> Text {
        Text { spans: vec![it] }
    }
}

impl From<Row> for Text {
    fn from(spans: Row) -> Text {
        Text { spans }
    }
}

impl From<&str> for Text {
    fn from(it: &str) -> Text {
        Text::styled(PLAIN, it)
    }
}

impl From<String> for Text {
    fn from(it: String) -> Text {
        Text::from(it.as_str())
    }
}

impl From<&String> for Text {
    fn from(it: &String) -> Text {
        Text::from(it.as_str())
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(it: Cow<'_, str>) -> Text {
        Text::from(it.as_ref())
    }
}

impl From<Clean> for Text {
    fn from(it: Clean) -> Text {
        Text::from(Span {
            text: it.into_string(),
            style: PLAIN,
            link: None,
        })
    }
}

impl From<&Text> for Text {
    fn from(it: &Text) -> Text {
        it.clone()
    }
}

impl FromIterator<Text> for Text {
    fn from_iter<T: IntoIterator<Item = Text>>(all: T) -> Text {
        let spans = all.into_iter().flat_map(|it| it.spans);
        Text {
            spans: spans.collect(),
        }
    }
}

/// How many columns a text takes. Where terminals differ (emoji of several parts), the most that any of them takes; a tab
/// counts as the eight columns that it takes at most.
pub(crate) fn columns(text: &str) -> usize {
    text.graphemes(true)
        .map(|it| match it {
            "\t" => 8,
            it => it.width().max(it.chars().filter_map(|it| it.width()).sum()),
        })
        .sum()
}

/// How many columns a row takes.
pub(crate) fn row_columns(row: &[Span]) -> usize {
    row.iter().map(|it| columns(&it.text)).sum()
}

/// The text of a row.
pub(crate) fn plain(row: &[Span]) -> String {
    row.iter().map(|it| it.text.as_str()).collect()
}

/// The row cut to so many columns, with `…` where something is missing.
pub(crate) fn cut(row: &Row, most: usize) -> Row {
    if row_columns(row) <= most {
        return row.clone();
    }
    let mut room = most.saturating_sub(1);
    let mut cut = Row::new();
    'row: for span in row {
        for (at, grapheme) in span.text.grapheme_indices(true) {
            match room.checked_sub(columns(grapheme)) {
                Some(it) => room = it,
                None => {
                    cut.push(span.part(0..at));
                    break 'row;
                }
            }
        }
        cut.push(span.clone());
    }
    cut.push(Span::new("…", PLAIN.dimmed()));
    cut
}

/// What a terminal is sent to show spans; it ends in the terminal's own style.
pub(super) fn sent(row: &[Span]) -> String {
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
        if let Some(Link(url)) = &first.link {
            sent.push_str(&format!("\u{1b}]8;;{url}\u{1b}\\"));
        }
        for Span { text, style, .. } in run.iter().filter(|it| !it.text.is_empty()) {
            match style.is_plain() {
                true => sent.push_str(text),
                false => sent.push_str(&format!("{style}{text}{style:#}")),
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
    use anstyle::AnsiColor;

    const CODE: Style = AnsiColor::Cyan.on_default();

    #[test]
    fn a_hostile_text_cannot_command_the_terminal() {
        let row = vec![Span::new("a\u{1b}[2J\u{7}\u{9b}31m\rb\u{202e}c", PLAIN)];
        assert_eq!(
            sent(&row),
            "a<U+001B>[2J<U+0007><U+009B>31m<U+000D>b<U+202E>c"
        );
        let styled = text![Text::styled(CODE, "\u{1b}[0m"), "\u{9d}", Text::name("\n")];
        assert_eq!(
            styled.sent(true),
            "\u{1b}[36m<U+001B>[0m\u{1b}[0m<U+009D><U+000A>"
        );
        assert_eq!(styled.sent(false), "<U+001B>[0m<U+009D><U+000A>");
    }

    #[test]
    fn lines_of_a_message_do_not_look_like_ours() {
        let text = Text::from("it failed\n  hint: run this").indented("    ");
        assert_eq!(text.to_string(), "it failed\n      hint: run this");
    }

    #[test]
    fn wide_characters_and_emoji_take_their_columns() {
        assert_eq!(columns("aé"), 2);
        assert_eq!(columns("漢字"), 4);
        assert_eq!(columns("🙂"), 2);
        assert_eq!(columns("e\u{301}"), 1);
        assert_eq!(columns("👨‍👩‍👧"), 6, "as older terminals show it");
        assert_eq!(row_columns(&[Span::new("a\u{1b}", PLAIN)]), 9, "as shown");
    }

    #[test]
    fn a_row_is_cut_between_characters() {
        let row = vec![Span::new("ab", CODE), Span::new("漢字x", PLAIN)];
        let text = |most| plain(&cut(&row, most));
        assert_eq!(text(7), "ab漢字x");
        assert_eq!(text(6), "ab漢…");
        assert_eq!(text(5), "ab漢…");
        assert_eq!(text(2), "a…");
    }

    #[test]
    fn neighbours_that_lead_to_one_place_are_one_link() {
        let url = Url::parse("https://a.b/").unwrap();
        let link = |text: &str, style| Span::new(text, style).with_link(Link::new(&url));
        let row = vec![link("a", PLAIN), link("b", CODE), Span::new("c", PLAIN)];
        assert_eq!(
            sent(&row),
            "\u{1b}]8;;https://a.b/\u{1b}\\a\u{1b}[36mb\u{1b}[0m\u{1b}]8;;\u{1b}\\c"
        );
    }

    #[test]
    fn an_address_cannot_end_its_sequence() {
        for hostile in [
            "https://a.b/\u{1b}]0;x\u{7}",
            "https://a.b/\u{9c}x",
            "mailto:a\u{1b}\\b",
        ] {
            let Some(Link(sent)) = Url::parse(hostile).ok().and_then(|it| Link::new(&it)) else {
                continue;
            };
            assert!(sent.bytes().all(|it| (0x20..=0x7e).contains(&it)), "{sent}");
        }
        let long = format!("https://a.b/{}", "x".repeat(LONGEST_LINK));
        assert_eq!(Link::new(&Url::parse(&long).unwrap()), None);
    }
}
