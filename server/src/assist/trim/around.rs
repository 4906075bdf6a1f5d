//! The text round the cursor as trimming sees it: a bounded window with plain line breaks, its indentation, and the brackets that are open.

use super::lex::{Lexer, Mode};
use super::{Place, char_floor};
use crate::config::settings::Multiline;
use hob_index::language::{Blocks, Language, Quoting};

/// How much text before the cursor is looked at, in bytes.
const BEFORE: usize = 4 << 10;
/// How much text after the cursor is looked at, in bytes.
const AFTER: usize = 2 << 10;

/// How a document is indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// With tabs.
    pub(super) tabs: bool,
    /// Columns of one level; of a tab.
    pub(super) width: usize,
    /// Whether the document's lines show it clearly, so that other text is to follow it.
    pub(super) is_sure: bool,
    /// Whether nearly all of its levels are that wide.
    pub(super) is_even: bool,
}

impl Unit {
    /// The columns of the blanks that `line` starts with.
    pub(super) fn width_of(self, line: &str) -> usize {
        line.bytes()
            .take_while(|it| matches!(it, b' ' | b'\t'))
            .map(|it| if it == b'\t' { self.width } else { 1 })
            .sum()
    }

    /// The blanks that indent by `width` columns.
    pub(super) fn blanks(self, width: usize) -> String {
        if self.tabs {
            "\t".repeat(width / self.width) + &" ".repeat(width % self.width)
        } else {
            " ".repeat(width)
        }
    }
}

/// Where the document already closes a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Nowhere.
    No,
    /// On the cursor's line, at this offset of the rest.
    Rest(usize),
    /// On a later line.
    Below,
}

/// A bracket that is open at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) byte: u8,
    /// The indentation of its line, in columns.
    pub(super) width: usize,
    /// Whether it stands on the cursor's line.
    pub(super) on_line: bool,
    pub(super) held: Held,
}

/// The window.
#[derive(Debug)]
pub(crate) struct Around {
    pub(super) language: Option<&'static Language>,
    pub(super) multiline: Multiline,
    before: String,
    line_start: usize,
    after: String,
    rest_end: usize,
    /// Whether lines end with CRLF.
    pub(super) crlf: bool,
    pub(super) unit: Unit,
    /// What is open at the cursor, the outermost first.
    pub(super) open: Vec<Open>,
    /// The lexer at the start of the cursor's line.
    pub(super) lexer: Lexer,
    /// What the cursor is inside of.
    pub(super) mode: Mode,
}

impl Around {
    pub(crate) fn new(place: &Place) -> Around {
        let mut start = char_floor(place.before, place.before.len().saturating_sub(BEFORE));
        if start > 0
            && let Some(newline) = memchr::memchr(b'\n', &place.before.as_bytes()[start..])
        {
            start += newline + 1;
        }
        let end = char_floor(place.after, AFTER.min(place.after.len()));
        let (raw_before, raw_after) = (&place.before[start..], &place.after[..end]);
        let crlf = ends_lines_with_crlf(raw_before, raw_after);
        let before = raw_before.replace("\r\n", "\n");
        let after = raw_after.replace("\r\n", "\n");
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        let rest_end = after.find('\n').unwrap_or(after.len());
        let unit = unit_of(place.language, &before, &after);
        let mut it = Around {
            language: place.language,
            multiline: place.multiline,
            lexer: Lexer::new(place.language),
            mode: Mode::Code,
            before,
            line_start,
            after,
            rest_end,
            crlf,
            unit,
            open: Vec::new(),
        };
        it.read();
        it
    }

    /// The cursor's line up to the cursor.
    pub(super) fn line(&self) -> &str {
        &self.before[self.line_start..]
    }

    /// The cursor's line from the cursor on.
    pub(super) fn rest(&self) -> &str {
        &self.after[..self.rest_end]
    }

    /// The non-blank lines above the cursor's, the nearest first.
    pub(super) fn above(&self) -> impl Iterator<Item = &str> {
        self.before[..self.line_start]
            .lines()
            .rev()
            .filter(|it| !it.trim().is_empty())
    }

    /// The line right above the cursor's, blank or not.
    pub(super) fn line_above(&self) -> Option<&str> {
        self.before[..self.line_start].lines().next_back()
    }

    /// The non-blank lines below the cursor's, the nearest first.
    pub(super) fn below(&self) -> impl Iterator<Item = &str> {
        self.after[self.rest_end..]
            .lines()
            .filter(|it| !it.trim().is_empty())
    }

    /// The whole window before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    /// The whole window after the cursor.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    /// Whether there is nothing but blanks left of the cursor on its line.
    pub(super) fn on_blank_line(&self) -> bool {
        self.line().trim().is_empty()
    }

    /// Whether there is nothing right of the cursor but what an editor closes by itself, and the mark behind it.
    pub(super) fn rest_is_closers(&self) -> bool {
        let rest = self.rest().trim();
        (!rest.starts_with('/') || rest.starts_with("/>"))
            && rest
                .trim_end_matches([';', ','])
                .chars()
                .all(|it| ")]}>\"'`/".contains(it) || it.is_whitespace())
    }

    /// The row's id, or nothing.
    pub(super) fn id(&self) -> &'static str {
        self.language.map_or("", |it| it.id)
    }

    /// How blocks are marked; braces where the language is unknown.
    pub(super) fn blocks(&self) -> Blocks {
        self.language.map_or(Blocks::Braces, |it| it.blocks)
    }

    /// Fills in the lexer, the mode, and the open brackets with what closes them.
    fn read(&mut self) {
        let mut lexer = Lexer::new(self.language);
        let mut stack: Vec<(u8, usize, bool)> = Vec::new();
        let mut apply = |brackets: &[super::lex::Bracket], width: usize, on_line: bool| {
            for bracket in brackets {
                if bracket.opens() {
                    stack.push((bracket.byte, width, on_line));
                } else if let Some(at) = stack.iter().rposition(|(open, ..)| bracket.closes(*open))
                {
                    stack.truncate(at);
                }
            }
        };
        for line in self.before[..self.line_start].lines() {
            let width = self.unit.width_of(line);
            let read = lexer.line(line);
            apply(&read.brackets, width, false);
        }
        self.lexer = lexer.clone();
        let width = self.unit.width_of(&self.before[self.line_start..]);
        let read = lexer.part(&self.before[self.line_start..]);
        apply(&read.brackets, width, true);
        self.mode = lexer.mode.clone();
        self.open = stack
            .into_iter()
            .map(|(byte, width, on_line)| Open {
                byte,
                width,
                on_line,
                held: Held::No,
            })
            .collect();
        self.find_closers(lexer);
    }

    /// Pairs the closers after the cursor, that nothing after it opens, with what is open: same kind, and same indentation when a line starts with it.
    fn find_closers(&mut self, mut lexer: Lexer) {
        let string_of_line = matches!(lexer.mode, Mode::Quoted(row, _) if self.lexer.mode == Mode::Code && self.language.and_then(|it| it.strings.get(row)).is_some_and(|it| it.open.len() < 3 && it.quoting != Quoting::Raw));
        let mut depth: Vec<u8> = Vec::new();
        // The innermost first; `next` is the one to be closed next.
        let mut next = self.open.len();
        for (n, line) in self.after.split('\n').enumerate() {
            if next == 0 {
                return;
            }
            let read = lexer.line(line);
            if n == 0 && string_of_line {
                // A string that is being written is not closed yet; what follows is code all the same.
                lexer.mode = Mode::Code;
            }
            let width = self.unit.width_of(line);
            for bracket in &read.brackets {
                if bracket.opens() {
                    depth.push(bracket.byte);
                    continue;
                }
                if let Some(at) = depth.iter().rposition(|it| bracket.closes(*it)) {
                    depth.truncate(at);
                    continue;
                }
                let leads = n > 0
                    && line[..bracket.at]
                        .trim_matches([' ', '\t', ')', ']', '}'])
                        .is_empty();
                while next > 0 {
                    let open = &mut self.open[next - 1];
                    if bracket.closes(open.byte) && (!leads || width == open.width) {
                        open.held = if n == 0 {
                            Held::Rest(bracket.at)
                        } else {
                            Held::Below
                        };
                        next -= 1;
                        break;
                    }
                    // One further out may be meant: then this one is closed nowhere. A closer that fits none is left alone.
                    let outer = self.open[..next - 1]
                        .iter()
                        .rposition(|it| bracket.closes(it.byte) && (!leads || width == it.width));
                    match outer {
                        Some(at) => next = at + 1,
                        None => break,
                    }
                }
            }
        }
    }
}

/// Whether the nearest line break is a CRLF.
fn ends_lines_with_crlf(before: &str, after: &str) -> bool {
    match (before.rfind('\n'), after.find('\n')) {
        (Some(at), _) => before[..at].ends_with('\r'),
        (None, Some(at)) => after[..at].ends_with('\r'),
        (None, None) => false,
    }
}

/// How the window is indented: what most lines that are deeper than the one above them add.
fn unit_of(language: Option<&'static Language>, before: &str, after: &str) -> Unit {
    let (mut tabs, mut spaces) = (0, 0);
    let mut steps = [0usize; 9];
    let last_line = before.rsplit('\n').next().unwrap_or("");
    for text in [before, after] {
        let mut last = 0;
        // The cursor's own line tells, be it blank or not.
        for line in text
            .lines()
            .filter(|it| !it.trim().is_empty() || std::ptr::eq(*it, last_line))
        {
            match line.as_bytes().first() {
                Some(b'\t') => tabs += 1,
                Some(b' ') if !line.trim_start().starts_with('*') => spaces += 1,
                _ => {}
            }
            let width = line.len() - line.trim_start_matches(' ').len();
            if width > last && width - last <= 8 {
                steps[width - last] += 1;
            }
            last = width;
        }
    }
    let usual = match language.map_or("", |it| it.id) {
        "javascript" | "javascriptreact" | "typescript" | "typescriptreact" | "json" | "jsonc"
        | "yaml" | "html" | "vue" | "svelte" | "css" | "scss" | "ruby" | "lua" | "dart"
        | "elixir" | "scala" | "xml" => 2,
        _ => 4,
    };
    if tabs > spaces {
        return Unit {
            tabs: true,
            width: 4,
            is_sure: spaces * 8 <= tabs,
            is_even: true,
        };
    }
    // One blank is a slip or an alignment, unless nothing else is there.
    let only_ones = steps[1] >= 2 && steps[2..].iter().all(|it| *it == 0);
    let step = (if only_ones { 1 } else { 2 }..=8)
        .filter(|it| steps[*it] > 0)
        .max_by_key(|it| (steps[*it], usize::from(*it == usual)));
    let tabs_seen = tabs;
    let tabs = spaces == 0 && language.is_some_and(|it| matches!(it.id, "go" | "makefile"));
    let deeper: usize = steps.iter().sum();
    let usual_steps = step.map_or(0, |it| steps[it]);
    Unit {
        tabs,
        width: if tabs { 4 } else { step.unwrap_or(usual) },
        is_even: tabs
            || usual_steps * 10 >= deeper * 9 && (usual_steps >= 2 || step == Some(usual)),
        is_sure: tabs || spaces > 0 && tabs_seen * 8 <= spaces,
    }
}
