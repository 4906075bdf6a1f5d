//! Markdown as it streams in: rows that are final, and those of the unfinished end.
//!
//! The source advances line by line, whatever pieces it comes in: so what is final depends on the text alone. A line can
//! change only the last block of what stands before it; all blocks before that, and the lines of code in an open fence,
//! are final. Rows are laid out when they are asked for, at the width that the terminal has then.

mod blocks;
mod highlight;
mod ink;
mod inline;
mod links;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

use blocks::Before;
use highlight::Highlighter;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

use crate::cli::terminal::text::{Row, Span};
use crate::display;
pub(super) use links::Links;

/// Lines of prose are no longer than this, in columns: longer ones are hard to read.
const LONGEST: usize = 96;
/// Narrower terminals are taken to be this wide.
const NARROWEST: usize = 12;

/// A text that streams in.
pub(super) struct Markdown {
    links: Links,
    width: usize,
    /// Whole lines, from the beginning of the last block that stands in no other.
    source: String,
    /// The line that isn't complete.
    partial: String,
    /// What `source` follows.
    before: Before,
    /// How many units of `source` have been given out.
    done: usize,
    code: Highlighter,
}

impl Markdown {
    /// An empty text, for a terminal of so many columns.
    pub(super) fn new(links: Links, columns: usize) -> Markdown {
        let mut markdown = Markdown {
            links,
            width: 0,
            source: String::new(),
            partial: String::new(),
            before: Before::default(),
            done: 0,
            code: Highlighter::default(),
        };
        markdown.resize(columns);
        markdown
    }

    /// A row of plain text.
    pub(super) fn plain(text: &str) -> Row {
        vec![Span::new(text, ink::PLAIN)]
    }

    /// Plain text in rows of at most so many columns.
    pub(super) fn wrapped(text: &str, columns: usize) -> Vec<Row> {
        wrap::wrap(&Markdown::plain(text), columns)
    }

    /// A place in a file, linked to it.
    pub(super) fn cited(place: &str, links: &Links) -> Row {
        let link = links.citation(place);
        Markdown::plain(&display::name(place))
            .into_iter()
            .map(|it| it.with_link(link.clone()))
            .collect()
    }

    /// The row, stepping back.
    pub(super) fn dimmed(row: Row) -> Row {
        let dimmed = |it: Span| {
            let style = it.style().dimmed();
            it.with_style(style)
        };
        row.into_iter().map(dimmed).collect()
    }

    /// The terminal has so many columns now.
    pub(super) fn resize(&mut self, columns: usize) {
        // The last column stays free: terminals disagree on where the cursor is behind it.
        self.width = columns.saturating_sub(1).clamp(NARROWEST, LONGEST);
    }

    /// Adds a piece; the rows that became final.
    pub(super) fn push(&mut self, piece: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut rest = piece;
        while let Some(end) = rest.find('\n') {
            self.partial.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.partial);
            rows.extend(self.line(&line));
        }
        self.partial.push_str(rest);
        rows
    }

    /// All of a text, in rows.
    pub(super) fn whole(mut self, text: &str) -> Vec<Row> {
        let mut rows = self.push(text);
        rows.extend(self.finish());
        rows
    }

    /// The rows that aren't final yet.
    pub(super) fn tail(&mut self) -> Vec<Row> {
        let text = format!("{}{}", self.source, completed(&self.source, &self.partial));
        let mut laid = self.lay(&text);
        let end = laid.units.len();
        blocks::rows(&mut laid, self.done..end)
    }

    /// The text is complete; all rows that were not given out.
    pub(super) fn finish(&mut self) -> Vec<Row> {
        let line = std::mem::take(&mut self.partial);
        let mut rows = match line.is_empty() {
            true => Vec::new(),
            false => self.line(&line),
        };
        rows.extend(self.tail());
        self.source.clear();
        self.done = 0;
        rows
    }

    fn line(&mut self, line: &str) -> Vec<Row> {
        self.source.push_str(line.trim_end_matches('\r'));
        self.source.push('\n');
        let source = std::mem::take(&mut self.source);
        let mut laid = self.lay(&source);
        self.source = source;
        let n_final = laid.n_final;
        let rows = blocks::rows(&mut laid, self.done..n_final);
        self.done = self.done.max(n_final);
        let top = laid.last_top;
        if top.unit <= n_final && top.offset > 0 {
            self.source.drain(..top.offset);
            self.done = self.done.saturating_sub(top.unit);
            self.before = top.before;
            self.code.forget_before(self.before.n_code);
        }
        rows
    }

    fn lay(&mut self, source: &str) -> blocks::Laid {
        blocks::lay(source, self.before, self.width, &self.links, &mut self.code)
    }
}

/// The unfinished line as it will probably be: what is open in it is closed, and half a fence isn't shown.
fn completed<'a>(source: &str, partial: &'a str) -> Cow<'a, str> {
    let bare = partial.trim();
    if !bare.is_empty() && (bare.chars().all(|it| it == '`') || bare.chars().all(|it| it == '~')) {
        return Cow::Borrowed("");
    }
    // Emphasis reaches back to the beginning of its paragraph, and no further.
    let mut paragraph: Vec<&str> = source
        .lines()
        .rev()
        .take_while(|it| !it.trim().is_empty())
        .collect();
    paragraph.reverse();
    let is_fence = |it: &&str| {
        let bare = it.trim_start_matches([' ', '>', '-', '*']);
        bare.starts_with("```") || bare.starts_with("~~~")
    };
    let in_code = source.lines().filter(is_fence).count() % 2 == 1;
    if partial.is_empty() || in_code {
        return Cow::Borrowed(partial);
    }
    let text = paragraph.join("\n") + "\n" + partial;
    let n_ticks = text.matches('`').count();
    if n_ticks % 2 == 1 && !partial.ends_with('`') {
        return Cow::Owned(format!("{partial}`"));
    }
    if text.matches("**").count() % 2 == 1 {
        // `**` with nothing or a blank behind it doesn't open anything yet.
        return match partial.trim_end_matches('*') {
            open if partial.ends_with('*') => Cow::Owned(open.to_owned()),
            _ if partial.ends_with(' ') => Cow::Owned(format!("{}**", partial.trim_end())),
            _ => Cow::Owned(format!("{partial}**")),
        };
    }
    Cow::Borrowed(partial)
}

/// Text that Markdown shows as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // A full stop ends the number of a list's item, and is more often one of an address.
        if c.is_ascii_punctuation() && !matches!(c, '.' | ':' | '/' | '-') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// As [`escaped`], in bold.
pub(super) fn bold(text: &str) -> String {
    format!("**{}**", escaped(text))
}

/// A block of code of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CodeBlock {
    /// What stands behind its fence: a language, a path, or nothing.
    pub(super) info: String,
    /// The code, whole lines.
    pub(super) text: String,
    /// Where it stands, in bytes, with what stands above it since the block before: that may name its file.
    pub(super) range: Range<usize>,
}

/// The blocks of code of a text, in the order in which they are numbered when they are shown.
pub(super) fn code_blocks(text: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<CodeBlock> = None;
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
    let mut end = 0;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.trim().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                open = Some(CodeBlock {
                    info,
                    text: String::new(),
                    range: end..range.end,
                });
            }
            Event::Text(piece) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&piece);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                blocks.extend(open.take());
                end = range.end;
            }
            _ => {}
        }
    }
    blocks
}
