//! The colours of code, by the grammars that the binary has anyway.
//!
//! A line is coloured by what stands above it and nothing below: so it can be shown for good once it is complete, whatever
//! comes next. The syntax tree grows with the text, and only the new line is queried.

mod queries;

use super::ink::PLAIN;
use crate::cli::terminal::text::{Row, Span};
use anstyle::{AnsiColor, Style};
use hob_index::language::{Blocks, Language};
use hob_index::parser::{self, Budget};
use queries::Colours;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};
use tree_sitter::{InputEdit, Point, Query, Tree};

/// Longer blocks go on without colours, in bytes.
const LONGEST: usize = 256 * 1024;
/// How long the colours of one line may take, each time it is drawn; where it takes longer, the block goes on without.
const LINE_TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 200 });
/// How long all of one block's colours may take together: each new line is parsed with what stands above it.
const TIME: Duration = Duration::from_secs(5);
/// How many brackets are closed behind a line.
const OPEN: usize = 1_000;
/// So do longer lines: minified code, data.
const LONGEST_LINE: usize = 4 * 1024;

/// The blocks of one text, each with what is known of it.
#[derive(Default)]
pub(super) struct Highlighter {
    /// By the language's id; `None`: it has no query, or one that doesn't fit its grammar.
    colours: FxHashMap<&'static str, Option<Colours>>,
    blocks: FxHashMap<usize, Block>,
}

/// One block, coloured up to where it is complete.
struct Block {
    info: String,
    /// The text that `tree` was made of.
    text: String,
    tree: Option<Tree>,
    /// How much time is left for its colours.
    time: Duration,
    /// Where the next line starts in the block, in bytes.
    end: usize,
    /// Each line as it is written, and as it looks.
    lines: Vec<(String, Row)>,
}

/// What a block is written in.
#[derive(Clone, Copy)]
enum Writing {
    Code(&'static Language),
    Diff,
    Unknown,
}

impl Default for Block {
    fn default() -> Block {
        Block {
            info: String::new(),
            text: String::new(),
            tree: None,
            time: TIME,
            end: 0,
            lines: Vec::new(),
        }
    }
}

impl Highlighter {
    /// The lines of block `number`, whose fence says `info`, coloured. The same block with more text costs only the rest.
    pub(super) fn lines(&mut self, number: usize, info: &str, text: &str) -> Vec<Row> {
        let block = self.blocks.entry(number).or_default();
        if block.info != info {
            *block = Block {
                info: info.to_owned(),
                ..Block::default()
            };
        }
        let same = block
            .lines
            .iter()
            .zip(text.lines())
            .take_while(|((known, _), line)| known == line)
            .count();
        block.lines.truncate(same);
        block.end = block.lines.iter().map(|(it, _)| it.len() + 1).sum();
        let writing = writing(info);
        let colours = match writing {
            Writing::Code(language) => self
                .colours
                .entry(language.id)
                .or_insert_with(|| queries::of(language))
                .as_ref(),
            _ => None,
        };
        for line in text.lines().skip(same) {
            let row = block.line(line, writing, colours);
            block.end += line.len() + 1;
            block.lines.push((line.to_owned(), row));
        }
        block.lines.iter().map(|(_, row)| row.clone()).collect()
    }

    /// Forgets the blocks before this one.
    pub(super) fn forget_before(&mut self, number: usize) {
        self.blocks.retain(|it, _| *it >= number);
    }
}

impl Block {
    /// The line that follows `self.lines`.
    fn line(&mut self, line: &str, writing: Writing, colours: Option<&Colours>) -> Row {
        let plain = || vec![Span::new(line, PLAIN)];
        match (writing, colours) {
            (Writing::Diff, _) => vec![Span::new(line, of_diff(line))],
            (Writing::Code(language), Some(colours)) if line.len() <= LONGEST_LINE => {
                let started = Instant::now();
                let mut budget = Budget::of_time(self.time.min(LINE_TIME));
                let row = self
                    .parsed(line, language, &colours.grammar, &mut budget)
                    .and_then(|range| self.painted(range, &colours.query, &mut budget));
                self.time = match budget.is_used_up() {
                    true => Duration::ZERO,
                    false => self.time.saturating_sub(started.elapsed()),
                };
                row.unwrap_or_else(plain)
            }
            _ => plain(),
        }
    }

    /// Adds the line to the tree; where it stands in the text.
    fn parsed(
        &mut self,
        line: &str,
        language: &Language,
        grammar: &tree_sitter::Language,
        budget: &mut Budget,
    ) -> Option<Range<usize>> {
        let start = self.end;
        if start + line.len() > LONGEST || self.time.is_zero() {
            return None;
        }
        let kept = start.min(self.text.len());
        let (old_end_byte, old_end_position) = (self.text.len(), point(&self.text));
        // Lines that were too long to be coloured may be missing: then all is parsed anew.
        if kept < start {
            self.tree = None;
            let lines = self.lines.iter();
            self.text = lines.flat_map(|(it, _)| [it.as_str(), "\n"]).collect();
        }
        self.text.truncate(start);
        let start_position = point(&self.text);
        self.text.push_str(line);
        self.text.push('\n');
        let rest = rest_of(&self.text, language);
        self.text.push_str(&rest);
        let edit = InputEdit {
            start_byte: kept,
            old_end_byte,
            new_end_byte: self.text.len(),
            start_position,
            old_end_position,
            new_end_position: point(&self.text),
        };
        if let Some(tree) = &mut self.tree {
            tree.edit(&edit);
        }
        self.tree = parser::parse(&self.text, grammar, self.tree.as_ref(), budget);
        Some(start..start + line.len())
    }

    /// The part of the text in its colours.
    fn painted(&self, range: Range<usize>, query: &Query, budget: &mut Budget) -> Option<Row> {
        let tree = self.tree.as_ref()?;
        // Wide before narrow, and of the same width the earlier pattern first: what is painted later stays.
        let mut found: Vec<(usize, usize, Range<usize>, Style)> = Vec::new();
        let captures = (tree, query, range.clone());
        parser::captures(captures, &self.text, budget, |node, pattern, name| {
            let node = node.byte_range();
            let Some(style) = style(name) else {
                return;
            };
            let clipped = node.start.max(range.start)..node.end.min(range.end);
            if clipped.start < clipped.end {
                found.push((node.len(), pattern, clipped, style));
            }
        });
        found.sort_by_key(|(wide, pattern, ..)| (std::cmp::Reverse(*wide), *pattern));
        let mut styles = vec![PLAIN; range.len()];
        for (_, _, painted, style) in found {
            let painted = painted.start - range.start..painted.end - range.start;
            styles[painted].fill(style);
        }
        let line = &self.text[range];
        let mut row = Row::new();
        let mut from = 0;
        for (at, _) in line.char_indices().skip(1).chain([(line.len(), ' ')]) {
            if at == line.len() || styles[at] != styles[from] {
                if from < at {
                    row.push(Span::new(&line[from..at], styles[from]));
                }
                from = at;
            }
        }
        Some(row)
    }
}

/// Where a text ends.
fn point(text: &str) -> Point {
    let row = text.bytes().filter(|it| *it == b'\n').count();
    Point::new(row, text.len() - text.rfind('\n').map_or(0, |it| it + 1))
}

/// What would make unfinished code parse: the brackets that are open, closed; something in a block that has begun. What
/// is guessed wrong costs a colour.
fn rest_of(text: &str, language: &Language) -> String {
    let mut open: Vec<char> = Vec::new();
    for line in text.lines() {
        let comment = language.line_comments.iter().filter_map(|it| line.find(it));
        let line = &line[..comment.min().unwrap_or(line.len())];
        let mut quote = None;
        let mut escaped = false;
        for char in line.chars() {
            match (quote, char) {
                _ if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(it), char) if it == char => quote = None,
                (Some(_), _) => {}
                (None, '"' | '`') => quote = Some(char),
                _ if open.len() > OPEN => return String::new(),
                (None, '{') => open.push('}'),
                (None, '(') => open.push(')'),
                (None, '[') => open.push(']'),
                (None, '}' | ')' | ']') if open.last() == Some(&char) => drop(open.pop()),
                _ => {}
            }
        }
    }
    let mut rest = String::new();
    let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
    if language.blocks == Blocks::Indentation && last.ends_with(':') {
        let indent = last.len() - last.trim_start().len();
        rest.push_str(&format!("{}    pass\n", &last[..indent]));
    }
    rest.extend(open.iter().rev());
    rest
}

/// What the first word behind the fence means: a language, or a file's name.
fn writing(info: &str) -> Writing {
    let word = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
    if matches!(word, "diff" | "patch" | "udiff") {
        return Writing::Diff;
    }
    let of_name = |it: &str| Language::of_id(it).or_else(|| Language::of_path(Path::new(it)));
    let language = of_name(word).or_else(|| word.split(':').find_map(of_name));
    language.map_or(Writing::Unknown, Writing::Code)
}

fn of_diff(line: &str) -> Style {
    match line.as_bytes().first() {
        _ if line.starts_with("+++") || line.starts_with("---") => PLAIN.bold(),
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => PLAIN,
    }
}

/// The look of a capture, by tree-sitter's names; `None`: it changes nothing.
///
/// Six of the terminal's own colours that can be read on dark and on light: no yellow, no bright ones.
fn style(name: &str) -> Option<Style> {
    let first = name.split('.').next().unwrap_or(name);
    let style = match first {
        "comment" => PLAIN.dimmed().italic(),
        "string" | "character" => AnsiColor::Green.on_default(),
        "escape" => AnsiColor::Cyan.on_default(),
        "keyword" | "include" | "conditional" | "repeat" | "storageclass" | "exception" => {
            AnsiColor::Magenta.on_default()
        }
        "number" | "float" | "boolean" | "constant" => AnsiColor::Red.on_default(),
        "function" | "method" | "macro" | "tag" => AnsiColor::Blue.on_default(),
        "type" | "constructor" => AnsiColor::Cyan.on_default(),
        "attribute" | "annotation" | "decorator" | "preproc" => PLAIN.dimmed(),
        // Over what an outer node has: the inside of `${…}` is no string.
        "embedded" | "variable" | "property" | "operator" | "punctuation" | "module"
        | "namespace" | "parameter" | "field" | "none" => PLAIN,
        _ => return None,
    };
    Some(style)
}
