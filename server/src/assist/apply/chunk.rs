//! One change as lines that stay, go and come: what search/replace blocks and the hunks of diffs have in common.

use super::diff;
use super::indent::Indent;
use super::lines::{Eol, Line, Text};
use std::collections::VecDeque;
use std::ops::Range;

/// What happens to one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// It stands there and stays.
    Keep(String),
    /// It stands there and goes.
    Remove(String),
    /// It comes.
    Add(String),
}

/// One change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    /// In the order of the file.
    pub ops: Vec<Op>,
    /// Where it was said to be: a line from 1.
    pub hint: Option<usize>,
    /// Whether that can be relied on as far as such numbers go: the hunk's counts are right.
    pub sure: bool,
    /// Lines that come before it, the outermost first: what follows `@@`.
    pub section: Vec<String>,
    /// It was said to reach to the end of the file.
    pub at_end: bool,
    /// What was said of the last line break: whether there is one afterwards.
    pub ends: Option<bool>,
    /// The line of the answer, from 1.
    pub line: usize,
}

impl Chunk {
    /// From what is searched to what takes its place; lines that are in both stay as they are in the file.
    pub(super) fn replacing(search: &[String], replace: &[String]) -> Chunk {
        let mut ops = Vec::new();
        let mut at = 0;
        for hunk in diff::hunks(search.iter(), replace.iter()) {
            ops.extend(search[at..hunk.before.start].iter().cloned().map(Op::Keep));
            ops.extend(search[hunk.before.clone()].iter().cloned().map(Op::Remove));
            ops.extend(replace[hunk.after].iter().cloned().map(Op::Add));
            at = hunk.before.end;
        }
        ops.extend(search[at..].iter().cloned().map(Op::Keep));
        Chunk {
            ops,
            ..Chunk::default()
        }
    }

    /// The lines that must stand in the file.
    pub(super) fn old(&self) -> Vec<&str> {
        let old = self.ops.iter().filter_map(|it| match it {
            Op::Keep(it) | Op::Remove(it) => Some(it.as_str()),
            Op::Add(_) => None,
        });
        old.collect()
    }

    /// The lines that stand there afterwards.
    pub(super) fn new_lines(&self) -> Vec<&str> {
        let new = self.ops.iter().filter_map(|it| match it {
            Op::Keep(it) | Op::Add(it) => Some(it.as_str()),
            Op::Remove(_) => None,
        });
        new.collect()
    }

    /// The lines that come.
    pub(super) fn added(&self) -> impl Iterator<Item = &str> {
        self.ops.iter().filter_map(|it| match it {
            Op::Add(it) => Some(it.as_str()),
            _ => None,
        })
    }

    /// Whether nothing comes or goes.
    pub(super) fn is_idle(&self) -> bool {
        self.ops.iter().all(|it| matches!(it, Op::Keep(_)))
    }

    /// From the first to behind the last of the old lines that are touched, counted from the chunk's first one.
    pub(super) fn core(&self) -> Range<usize> {
        let mut at = 0;
        let mut core: Option<Range<usize>> = None;
        for op in &self.ops {
            let next = at + usize::from(!matches!(op, Op::Add(_)));
            if !matches!(op, Op::Keep(_)) {
                core = Some(core.as_ref().map_or(at, |it| it.start)..next);
            }
            at = next;
        }
        core.unwrap_or(0..0)
    }

    /// The chunk without a blank first or last line of what is searched: models add and forget them.
    pub(super) fn without_blank_edges(&self) -> Vec<Chunk> {
        let blank = |it: &Op| matches!(it, Op::Keep(it) | Op::Remove(it) if it.trim().is_empty());
        let strip = |chunk: &Chunk, last: bool| {
            let mut chunk = chunk.clone();
            let at = match last {
                // Behind it only lines may stand that come.
                true => chunk.ops.iter().rposition(|it| !matches!(it, Op::Add(_))),
                false => chunk.ops.iter().position(|it| !matches!(it, Op::Add(_))),
            };
            let at = at.filter(|it| blank(&chunk.ops[*it]))?;
            chunk.ops.remove(at);
            let is_left = chunk.old().iter().any(|it| !it.trim().is_empty());
            is_left.then_some(chunk)
        };
        let first = strip(self, false);
        let last = strip(self, true);
        let both = first.as_ref().and_then(|it| strip(it, true));
        [first, last, both].into_iter().flatten().collect()
    }

    /// Changes the lines from `at` on, where the old lines stand. `None`: an added line can't be indented as the others
    /// are, or holds a character that stands for bytes nobody knows.
    pub(super) fn apply(&self, text: &mut Text, at: usize, indent: &Indent) -> Option<()> {
        let reaches_end = at + self.old().len() == text.lines.len();
        let mut lost = self.lost_bytes(text, at).into_iter();
        // What only says where it is stays out of it: other changes may be there.
        let core = self.core();
        let start = at + core.start;
        let mut lines: Vec<Line> = Vec::new();
        let mut next = at;
        // Ends of lines that went, for those that take their place.
        let mut ends: VecDeque<Eol> = VecDeque::new();
        let mut last_end = None;
        for op in &self.ops {
            let is_inside = next >= start && next < at + core.end;
            match op {
                Op::Keep(_) => {
                    if is_inside {
                        let line = text.lines.get(next)?.clone();
                        last_end = Some(line.eol);
                        lines.push(line);
                    }
                    ends.clear();
                    next += 1;
                }
                Op::Remove(_) => {
                    let eol = text.lines.get(next)?.eol;
                    ends.push_back(eol);
                    last_end = Some(eol);
                    next += 1;
                }
                Op::Add(added) => {
                    let eol = ends
                        .pop_front()
                        .or(last_end)
                        .unwrap_or_else(|| text.eol_at(start));
                    let added = restore(&indent.apply(added)?, &mut lost)?;
                    lines.push(Line::new(added, eol));
                }
            }
        }
        text.lines.splice(start..at + core.end, lines);
        if let Some(ends) = self.ends.filter(|_| reaches_end) {
            text.ends = ends;
        }
        if text.lines.is_empty() {
            text.ends = true;
        }
        Some(())
    }

    /// What stands in the file where lines that go have U+FFFD: readers of other encodings see that.
    fn lost_bytes(&self, text: &Text, at: usize) -> Vec<String> {
        let mut lost = Vec::new();
        let mut next = at;
        for op in &self.ops {
            match op {
                Op::Add(_) => continue,
                Op::Remove(it) if it.contains('\u{FFFD}') => {
                    // Only in their indentation and at their ends may they differ.
                    let line = text.lines.get(next).map_or("", |it| it.text.trim_start());
                    let pairs = it.trim_start().chars().zip(line.chars());
                    let found = pairs.filter(|(it, found)| *it == '\u{FFFD}' && it != found);
                    lost.extend(found.map(|(_, found)| String::from(found)));
                }
                _ => {}
            }
            next += 1;
        }
        lost
    }
}

/// A line that comes, with the bytes for its U+FFFD; `None` where there are none left.
fn restore(added: &str, lost: &mut impl Iterator<Item = String>) -> Option<String> {
    if !added.contains('\u{FFFD}') {
        return Some(added.to_owned());
    }
    let mut restored = String::new();
    for it in added.chars() {
        match it {
            '\u{FFFD}' => restored.push_str(&lost.next()?),
            it => restored.push(it),
        }
    }
    Some(restored)
}
