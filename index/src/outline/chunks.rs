//! From pieces to chunks: each function its own, other definitions whole where they are not too long, neighbours joined
//! where they are short.

use crate::outline::walk::Item;
use crate::outline::{Chunk, Kind, Outline};
use std::ops::Range;

/// What a chunk should not exceed: about a screen, and what an embedding model reads.
const LINES: usize = 60;
const BYTES: usize = 2_500;
/// Where there is no syntax to go by.
const WINDOW: usize = 40;
/// Definitions up to this many lines are short: they share a chunk with their neighbours, unless they are functions,
/// which are found much better alone.
const SHORT: usize = 3;
/// The same for keys of data and rules of style sheets, which say little alone.
const SHORT_KEY: usize = 20;
/// Definitions up to this many lines stay whole although types in them could stand alone.
const WHOLE: usize = 12;
/// Loose text up to this many lines goes with what is next to it.
const TINY: usize = 2;
/// How many lines of comments and attributes above a definition are looked at.
const LEAD: usize = 1_000;
/// How many pieces that touch the same lines are looked at: generated code may hold all of a file in one line.
const SAME_LINES: usize = 8;
/// How deep pieces are looked for in pieces.
const DEEPEST: usize = 128;
/// Up to this many lines that open a block (`impl Draw for Shape {`) go with what stands first in it.
const OPENING: usize = 4;

/// A stretch of whole lines.
#[derive(Clone, Debug)]
struct Segment {
    lines: Range<usize>,
    symbol: Option<usize>,
    /// Whether it is a definition of some size, which stands alone.
    alone: bool,
}

/// A text by lines.
struct Lines<'a> {
    text: &'a str,
    /// Where each line starts, and where the text ends.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|it| it + 1);
        let mut starts: Vec<usize> = std::iter::once(0).chain(newlines).collect();
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Lines { text, starts }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The lines that a range of bytes touches.
    fn of(&self, bytes: &Range<usize>) -> Range<usize> {
        let first = self
            .starts
            .partition_point(|it| *it <= bytes.start)
            .saturating_sub(1);
        let end = self.starts.partition_point(|it| *it < bytes.end);
        first.min(self.len())..end.clamp(first.min(self.len()), self.len())
    }

    fn get(&self, line: usize) -> &'a str {
        self.text
            .get(self.starts[line]..self.starts[line + 1])
            .unwrap_or("")
    }

    fn bytes(&self, lines: &Range<usize>) -> Range<usize> {
        self.starts[lines.start]..self.starts[lines.end]
    }

    fn is_blank(&self, line: usize) -> bool {
        self.get(line).trim().is_empty()
    }

    /// How far the first line that is not blank is indented.
    fn indentation(&self, lines: &Range<usize>) -> usize {
        let first = lines.clone().find(|it| !self.is_blank(*it));
        let line = first.map_or("", |it| self.get(it));
        line.len() - line.trim_start().len()
    }

    fn fits(&self, lines: &Range<usize>) -> bool {
        let bytes = self.bytes(lines);
        lines.len() <= LINES && bytes.end - bytes.start <= BYTES
    }
}

/// Cuts a text by lines alone.
pub(super) fn by_lines(text: &str) -> Vec<Chunk> {
    let lines = Lines::new(text);
    let starts = (0..lines.len()).step_by(WINDOW);
    let windows = starts.map(|it| it..(it + WINDOW).min(lines.len()));
    windows.map(|it| chunk(&lines, &it, None)).collect()
}

/// Cuts a text along its pieces, outer ones before those in them, and lets each definition begin with the comments and
/// attributes above it.
pub(super) fn along(
    text: &str,
    items: &[Item],
    outline: &mut Outline,
    is_lead: impl Fn(&str) -> bool,
) {
    let lines = Lines::new(text);
    let mut pieces: Vec<(Range<usize>, Option<usize>)> = Vec::new();
    for item in items {
        let mut range = lines.of(&item.bytes);
        range.start = lead(&lines, range.start, &is_lead);
        if let Some(symbol) = item.symbol.and_then(|it| outline.symbols.get_mut(it)) {
            symbol.bytes.start = lines.starts[range.start];
        }
        if !range.is_empty() {
            pieces.push((range, item.symbol));
        }
    }
    pieces.sort_by(|a, b| (a.0.start, b.0.end, a.1).cmp(&(b.0.start, a.0.end, b.1)));
    let mut n_same = 0;
    let mut last = 0..0;
    pieces.retain(|(lines, _)| {
        n_same = if *lines == last { n_same + 1 } else { 0 };
        last = lines.clone();
        n_same < SAME_LINES
    });
    let mut segments = Vec::new();
    let mut rest = pieces.as_slice();
    let kind = |it: Option<usize>| it.and_then(|it| outline.symbols.get(it)).map(|it| it.kind);
    let all = 0..lines.len();
    cut(&lines, all, None, 0, &kind, &mut rest, &mut segments);
    outline.chunks = join(&lines, segments)
        .into_iter()
        .map(|it| chunk(&lines, &it.lines, it.symbol))
        .collect();
}

/// The first of the comments and attributes right above a line.
fn lead(lines: &Lines, mut line: usize, is_lead: &impl Fn(&str) -> bool) -> usize {
    let highest = line.saturating_sub(LEAD);
    while line > highest {
        let above = lines.get(line - 1).trim();
        if is_lead(above) {
            line -= 1;
        } else if above.ends_with("*/") {
            // A comment of several lines: up to where it starts.
            let start = (0..line)
                .rev()
                .take(200)
                .find(|it| lines.get(*it).contains("/*"));
            match start {
                Some(it) if lines.get(it).trim_start().starts_with("/*") => line = it,
                _ => break,
            }
        } else if above.ends_with(")]") {
            // An attribute of several lines.
            let start = (0..line)
                .rev()
                .take(40)
                .find(|it| lines.get(*it).trim_start().starts_with("#["));
            match start {
                Some(it) => line = it,
                None => break,
            }
        } else {
            break;
        }
    }
    line
}

/// Cuts `range`, which belongs to `owner`, along the pieces that begin in it; takes them from `pieces`.
fn cut(
    lines: &Lines,
    range: Range<usize>,
    owner: Option<usize>,
    depth: usize,
    kind: &impl Fn(Option<usize>) -> Option<Kind>,
    pieces: &mut &[(Range<usize>, Option<usize>)],
    segments: &mut Vec<Segment>,
) {
    let is_function =
        |it: Option<usize>| matches!(kind(it), Some(Kind::Function | Kind::Method | Kind::Macro));
    let mut at = range.start;
    while let Some(((piece, symbol), rest)) = pieces.split_first() {
        if piece.start >= range.end {
            break;
        }
        *pieces = rest;
        let piece = piece.start.max(at)..piece.end.min(range.end);
        if piece.is_empty() {
            continue;
        }
        split(lines, at..piece.start, owner, false, segments);
        at = piece.end;
        let symbol = symbol.or(owner);
        let inner = pieces.iter().take_while(|it| it.0.start < piece.end);
        let has_inner = inner.clone().next().is_some();
        let holds_function = !is_function(symbol)
            && inner
                .clone()
                .any(|it| is_function(it.1) && it.0 != piece && has_body(lines, &it.0));
        let holds_more = piece.len() > WHOLE && inner.clone().any(|it| it.0.len() > SHORT);
        let is_deep = depth >= DEEPEST;
        if is_deep || lines.fits(&piece) && !holds_function && !holds_more {
            *pieces = &pieces[pieces
                .iter()
                .take_while(|it| it.0.start < piece.end)
                .count()..];
            let short = match kind(symbol) {
                Some(Kind::Key) => SHORT_KEY,
                _ => SHORT,
            };
            segments.push(Segment {
                alone: piece.len() > short || is_function(symbol) && has_body(lines, &piece),
                lines: piece,
                symbol,
            });
        } else if has_inner {
            cut(lines, piece, symbol, depth + 1, kind, pieces, segments);
        } else {
            split(lines, piece, symbol, true, segments);
        }
    }
    split(lines, at..range.end, owner, false, segments);
}

/// Whether a function does something, rather than being declared (`int area(int width);`).
fn has_body(lines: &Lines, piece: &Range<usize>) -> bool {
    let text = lines.text.get(lines.bytes(piece)).unwrap_or("");
    text.contains('{') || !text.trim_end().ends_with(';')
}

/// Splits what is too long at blank lines, or where it is indented least.
fn split(
    lines: &Lines,
    mut range: Range<usize>,
    symbol: Option<usize>,
    alone: bool,
    segments: &mut Vec<Segment>,
) {
    while !range.is_empty() {
        let mut end = range.end;
        if !lines.fits(&range) {
            let most = (range.start + 1..=range.end)
                .take_while(|it| lines.fits(&(range.start..*it)))
                .last()
                .unwrap_or(range.start + 1);
            let least = range.start + (most - range.start).div_ceil(2);
            let cost = |it: &usize| match lines.is_blank(*it) {
                true => (0, most - it),
                false => {
                    let line = lines.get(*it);
                    (1 + line.len() - line.trim_start().len(), most - it)
                }
            };
            end = match most < range.end {
                true => (least.max(range.start + 1)..=most)
                    .min_by_key(cost)
                    .unwrap_or(most),
                false => most,
            };
        }
        segments.push(Segment {
            lines: range.start..end,
            symbol,
            alone,
        });
        range.start = end;
    }
}

/// Joins what is short with its neighbours.
fn join(lines: &Lines, segments: Vec<Segment>) -> Vec<Segment> {
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        let blank = segment.lines.clone().all(|it| lines.is_blank(it));
        let tiny = !segment.alone && segment.lines.len() <= TINY;
        let Some(last) = joined.last_mut() else {
            joined.push(segment);
            continue;
        };
        let both = last.lines.start..segment.lines.end;
        // Blank lines and a closing bracket stay with what they end.
        let closes = tiny && segment.lines.clone().all(|it| is_closing(lines.get(it)));
        if blank || closes {
            last.lines = both;
            continue;
        }
        let nested = lines.indentation(&last.lines) < lines.indentation(&segment.lines);
        let opens = !last.alone
            && last.symbol != segment.symbol
            && match last.symbol {
                Some(_) => last.lines.len() <= TINY,
                None => last.lines.len() <= OPENING && nested,
            };
        let short = !last.alone && !segment.alone;
        if lines.fits(&both) && (short || opens) {
            if short && last.symbol != segment.symbol {
                last.symbol = common(last, &segment, lines);
            } else if opens {
                last.symbol = segment.symbol;
            }
            last.alone |= segment.alone;
            last.lines = both;
        } else {
            joined.push(segment);
        }
    }
    joined
}

/// What a chunk of two short pieces is called: like the one that has a name and more lines.
fn common(a: &Segment, b: &Segment, lines: &Lines) -> Option<usize> {
    let weight = |it: &Segment| it.lines.clone().filter(|it| !lines.is_blank(*it)).count();
    match (a.symbol, b.symbol) {
        (Some(first), Some(second)) => Some(if weight(b) > weight(a) { second } else { first }),
        (one, other) => one.or(other),
    }
}

fn is_closing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.chars().all(|it| "})];,".contains(it)) || line == "end"
}

fn chunk(lines: &Lines, range: &Range<usize>, symbol: Option<usize>) -> Chunk {
    Chunk {
        bytes: lines.bytes(range),
        start_line: range.start + 1,
        end_line: range.end,
        symbol,
    }
}
