//! From Markdown to rows: the parser's events, laid out block by block at a width.

mod containers;

use super::highlight::Highlighter;
use super::ink::{FAINT, PLAIN};
use super::inline::{Inline, heading, is_blank, verbatim};
use super::links::Links;
use super::table::{self, Table};
use super::wrap::wrap;
use crate::cli::terminal::text::{Row, Span, columns};
use crate::display;
use anstyle::{AnsiColor, Style};
use containers::Containers;
use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};
use std::mem::take;
use std::ops::Range;

/// Rules beside code are no longer than this, in columns.
const LONGEST_RULE: usize = 72;

/// A text in rows.
#[derive(Debug, Default)]
pub(super) struct Laid {
    /// What becomes final as a whole: a paragraph, a table, a line of code.
    pub(super) units: Vec<Vec<Row>>,
    /// The units before this one stay as they are, whatever lines follow.
    pub(super) n_final: usize,
    /// Where the last block begins that stands in no other.
    pub(super) last_top: Top,
}

/// Where a block begins that stands in no other, and what is before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Top {
    /// In the source, in bytes.
    pub(super) offset: usize,
    /// Its first unit.
    pub(super) unit: usize,
    /// What comes before it.
    pub(super) before: Before,
}

/// What a text follows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The kind of the block that was laid out last; `None`: there was none.
    kind: Option<Kind>,
    /// Whether the line before is blank.
    blank: bool,
    /// How many blocks of code there were.
    pub(super) n_code: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Paragraph,
    Heading,
    Code,
    Table,
    Rule,
}

struct Layout<'a> {
    source: &'a str,
    width: usize,
    links: &'a Links,
    code: &'a mut Highlighter,
    laid: Laid,
    before: Before,
    /// How many blocks stand round the current place.
    depth: usize,
    containers: Containers,
    inline: Option<(Kind, usize, Inline)>,
    table: Option<(usize, Table)>,
    /// What an open block of code says and where it stands.
    fence: Option<(String, bool, Range<usize>, String)>,
    html: Option<(usize, String)>,
}

/// Lays out `source`, which follows what `before` says.
pub(super) fn lay(
    source: &str,
    before: Before,
    width: usize,
    links: &Links,
    code: &mut Highlighter,
) -> Laid {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut layout = Layout {
        source,
        width,
        links,
        code,
        laid: Laid::default(),
        before,
        depth: 0,
        containers: Containers::default(),
        inline: None,
        table: None,
        fence: None,
        html: None,
    };
    layout.laid.last_top.before = before;
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        layout.event(event, range);
    }
    layout.text_ends();
    layout.laid
}

impl Layout<'_> {
    fn event(&mut self, event: Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Rule => {
                self.block_begins(range.start);
                let rule = "─".repeat(self.room().min(LONGEST_RULE));
                self.leaf(Kind::Rule, range.start, vec![vec![Span::new(rule, FAINT)]]);
            }
            Event::TaskListMarker(done) => self.containers.is_task(match done {
                true => Span::new("☑ ", AnsiColor::Green.on_default()),
                false => Span::new("☐ ", PLAIN),
            }),
            Event::Text(text) if self.fence.is_some() => {
                if let Some((.., code)) = &mut self.fence {
                    code.push_str(&text);
                }
            }
            Event::Html(text) | Event::Text(text) if self.html.is_some() => {
                if let Some((_, html)) = &mut self.html {
                    html.push_str(&text);
                }
            }
            event => self.inline_event(event, range.start),
        }
    }

    fn start(&mut self, tag: Tag, range: Range<usize>) {
        let at = range.start;
        if is_block(&tag) {
            self.block_begins(at);
            self.depth += 1;
        }
        match tag {
            Tag::Paragraph => self.text_begins(Kind::Paragraph, at, PLAIN),
            Tag::Heading { level, .. } => {
                self.text_begins(Kind::Heading, at, heading(level_of(level)));
            }
            Tag::BlockQuote(kind) => self.quote_begins(kind, at),
            Tag::List(first) => self.containers.list_begins(first),
            Tag::Item => self.containers.item_begins(self.width),
            Tag::CodeBlock(kind) => {
                let (info, fenced) = match kind {
                    CodeBlockKind::Fenced(info) => (info.trim().to_owned(), true),
                    CodeBlockKind::Indented => (String::new(), false),
                };
                self.fence = Some((info, fenced, range, String::new()));
            }
            Tag::HtmlBlock => self.html = Some((at, String::new())),
            Tag::Table(alignments) => {
                let table = Table {
                    alignments,
                    rows: Vec::new(),
                };
                self.table = Some((at, table));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some((_, table)) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => self.inline = Some((Kind::Table, at, Inline::new(PLAIN))),
            tag if is_inline(&tag) => self.inline_event(Event::Start(tag), at),
            // What isn't enabled doesn't come.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.text_ends(),
            TagEnd::BlockQuote(_) => {
                self.text_ends();
                self.containers.ends();
            }
            TagEnd::List(_) => self.containers.list_ends(),
            TagEnd::Item => self.item_ends(),
            TagEnd::CodeBlock => self.code_ends(),
            TagEnd::HtmlBlock => {
                if let Some((at, html)) = self.html.take() {
                    let rows = wrap(&verbatim(&html, FAINT), self.room());
                    self.leaf(Kind::Paragraph, at, rows);
                }
            }
            TagEnd::Table => {
                if let Some((at, table)) = self.table.take() {
                    let rows = table::lay(&table, self.room());
                    self.leaf(Kind::Table, at, rows);
                }
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let (Some((_, table)), Some((_, _, cell))) = (&mut self.table, cell)
                    && let Some(row) = table.rows.last_mut()
                {
                    row.push(cell.into_spans());
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {}
            tag => {
                if let Some((_, _, inline)) = &mut self.inline {
                    inline.take(&Event::End(tag), self.links);
                }
                return;
            }
        }
        if !matches!(
            tag,
            TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell
        ) {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn inline_event(&mut self, event: Event, at: usize) {
        // The text of a tight list's items comes without a paragraph.
        let (_, _, inline) = self
            .inline
            .get_or_insert_with(|| (Kind::Paragraph, at, Inline::new(PLAIN)));
        inline.take(&event, self.links);
    }

    fn text_begins(&mut self, kind: Kind, at: usize, style: Style) {
        self.inline = Some((kind, at, Inline::new(style)));
    }

    fn text_ends(&mut self) {
        if let Some((kind, at, inline)) = self.inline.take() {
            let spans = inline.into_spans();
            if !is_blank(&spans) {
                let rows = wrap(&spans, self.room());
                self.leaf(kind, at, rows);
            }
        }
    }

    /// A block begins, so a tight item's text ends; outermost, it may be the last of its kind.
    fn block_begins(&mut self, at: usize) {
        self.text_ends();
        if self.depth == 0 {
            // Text that a container's mark precedes begins behind it.
            let offset = self.source[..at].rfind('\n').map_or(0, |it| it + 1);
            self.laid.last_top = Top {
                offset,
                unit: self.laid.units.len(),
                before: Before {
                    blank: self.is_blank_before(at),
                    ..self.before
                },
            };
        }
    }

    fn quote_begins(&mut self, kind: Option<BlockQuoteKind>, at: usize) {
        let (name, style) = match kind {
            Some(BlockQuoteKind::Note) => ("Note", AnsiColor::Blue.on_default()),
            Some(BlockQuoteKind::Tip) => ("Tip", AnsiColor::Green.on_default()),
            Some(BlockQuoteKind::Important) => ("Important", AnsiColor::Magenta.on_default()),
            Some(BlockQuoteKind::Warning) => ("Warning", AnsiColor::Yellow.on_default()),
            Some(BlockQuoteKind::Caution) => ("Caution", AnsiColor::Red.on_default()),
            None => ("", FAINT),
        };
        self.containers.quote_begins(style);
        if !name.is_empty() {
            let row = vec![Span::new(name, style.bold())];
            self.leaf(Kind::Paragraph, at, vec![row]);
        }
    }

    fn item_ends(&mut self) {
        self.text_ends();
        if self.containers.is_at_marker() {
            // An item of nothing but its marker.
            let at = self.source.len();
            self.leaf(Kind::Paragraph, at, vec![Row::new()]);
        }
        self.containers.ends();
    }

    /// Code stands at the first column with nothing beside it, so that it can be copied as it is.
    fn code_ends(&mut self) {
        let Some((info, fenced, range, code)) = self.fence.take() else {
            return;
        };
        let number = self.before.n_code + 1;
        let name = match info.is_empty() {
            true => String::new(),
            false => format!(" · {}", display::line(&info)),
        };
        // Its rules are as far to the left as the code, but for an item's marker before them.
        let containers = match self.containers.has_marker() {
            true => None,
            false => Some(take(&mut self.containers)),
        };
        let room = self.room();
        let head = format!("── {number}{name} ");
        let head = match columns(&head) <= room {
            true => head,
            false => format!("── {number} "),
        };
        let rule = room.min(LONGEST_RULE);
        let fill = "─".repeat(rule.saturating_sub(columns(&head)));
        let head = vec![Span::new(head + &fill, FAINT)];
        self.leaf(Kind::Code, range.start, vec![head]);
        if let Some(it) = containers {
            self.containers = it;
        }
        let lines = self.code.lines(number, &info, &code);
        self.laid.units.extend(lines.into_iter().map(|it| vec![it]));
        // What is indented may go on after blank lines, or end before them; only fences say where they are.
        let closed = fenced && is_closed(&self.source[range], &code);
        if fenced {
            let n_blank = code.lines().rev().take_while(|it| it.trim().is_empty());
            self.laid.n_final = self.laid.units.len() - n_blank.count();
        }
        let foot = "─".repeat(self.width.min(LONGEST_RULE));
        let foot = vec![Span::new(foot, FAINT)];
        self.laid.units.push(vec![foot]);
        if closed {
            self.laid.n_final = self.laid.units.len();
        }
        self.before.n_code = number;
    }

    /// Adds a block that holds no others. What stands before it is final, for only the last one still grows.
    fn leaf(&mut self, kind: Kind, at: usize, rows: Vec<Row>) {
        let mut unit: Vec<Row> = Vec::new();
        if self.has_gap(kind, at) {
            unit.push(self.containers.gap());
        }
        for row in rows {
            let mut prefixed = self.containers.prefix();
            prefixed.extend(row);
            unit.push(prefixed);
        }
        self.laid.n_final = self.laid.units.len();
        self.laid.units.push(unit);
        self.before.kind = Some(kind);
    }

    /// Blank lines of the source are kept, one for many; what has a frame gets one on its own.
    fn has_gap(&self, kind: Kind, at: usize) -> bool {
        let Some(before) = self.before.kind else {
            return false;
        };
        let frames = |it| matches!(it, Kind::Code | Kind::Table);
        let framed = frames(before) || frames(kind) || kind == Kind::Heading;
        self.is_blank_before(at) || (framed && self.containers.is_empty())
    }

    /// Whether the line before the one at this offset is blank but for quotes' marks.
    fn is_blank_before(&self, at: usize) -> bool {
        let Some(end) = self.source[..at].rfind('\n') else {
            return self.before.blank;
        };
        let line = self.source[..end].rsplit('\n').next().unwrap_or_default();
        line.trim_matches([' ', '>', '\t', '\r']).is_empty()
    }

    /// Columns for the text of a block.
    fn room(&self) -> usize {
        self.width.saturating_sub(self.containers.indent()).max(4)
    }
}

/// Whether the source of a fenced block ends with its fence, and not with a line of code that looks like one.
fn is_closed(block: &str, code: &str) -> bool {
    let lines: Vec<&str> = block.trim_end().lines().collect();
    let is_fence = |it: &&str| {
        let bare = it.trim_matches([' ', '>', '\t', '\r']);
        bare.len() >= 3 && bare.chars().all(|it| matches!(it, '`' | '~'))
    };
    lines.last().is_some_and(is_fence) && lines.len() == code.lines().count() + 2
}

fn is_block(tag: &Tag) -> bool {
    !is_inline(tag) && !matches!(tag, Tag::TableHead | Tag::TableRow | Tag::TableCell)
}

fn is_inline(tag: &Tag) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn level_of(level: HeadingLevel) -> usize {
    level as usize
}

/// Takes the units from `from` on, up to `to`, as rows.
pub(super) fn rows(laid: &mut Laid, range: Range<usize>) -> Vec<Row> {
    let end = range.end.min(laid.units.len());
    let start = range.start.min(end);
    laid.units[start..end].iter_mut().flat_map(take).collect()
}
