//! How far a change may reach: what the user named bounds it, whatever the model's answer says.
//!
//! Checked twice: each file when the answer first names it, so that the refusal can say where, and the finished patch
//! byte by byte, so that no format has a way around it.

use super::patch::{FilePatch, Patch};
use super::path::{Place, Root};
use super::refusal::{Kind, Problem};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// How far a change may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any file below the root: the user named none, asked for it, or brought the answer.
    Root,
    /// One file, from the root; where the name is a link, the file that it leads to.
    File(String),
    /// Whole lines of one file, from 1. They may become more or fewer lines; those before and after stay byte by byte.
    Lines(String, RangeInclusive<usize>),
}

/// A scope in which the name is resolved to a file.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    scope: Scope,
    /// The only file that may change, links resolved.
    file: Option<PathBuf>,
}

impl Scope {
    /// The same with its file resolved.
    ///
    /// # Errors
    /// The file must not be written.
    pub(super) fn bounds(&self, root: &Root) -> Result<Bounds, Problem> {
        let file = match self {
            Scope::Root => None,
            Scope::File(path) | Scope::Lines(path, _) => Some(root.place(path)?.real),
        };
        Ok(Bounds {
            scope: self.clone(),
            file,
        })
    }
}

impl Bounds {
    /// Refuses a file that may not change.
    pub(super) fn admit(&self, place: &Place) -> Result<(), Problem> {
        self.admit_file(&place.real)
    }

    fn admit_file(&self, real: &std::path::Path) -> Result<(), Problem> {
        match (&self.scope, &self.file) {
            (Scope::Root, _) => Ok(()),
            (_, Some(file)) if file == real => Ok(()),
            (Scope::File(named) | Scope::Lines(named, _), _) => Err(Problem::new(
                Kind::OutOfScope,
                format!("is not to be changed: the change was asked for {named} only"),
            )
            .detail(format!(
                "Change {named} and no other file; don't create, rename or delete any."
            ))),
        }
    }

    /// Refuses a patch that reaches further.
    pub(super) fn check(&self, patch: &Patch) -> Vec<Problem> {
        let check = |it: &FilePatch| {
            self.admit_file(&it.real)?;
            self.check_lines(it)
        };
        let files = patch.files.iter();
        files
            .filter_map(|it| check(it).err().map(|problem| problem.of(&it.path)))
            .collect()
    }

    fn check_lines(&self, file: &FilePatch) -> Result<(), Problem> {
        let Scope::Lines(_, lines) = &self.scope else {
            return Ok(());
        };
        let refused = |what: &str| {
            Err(Problem::new(
                Kind::OutOfScope,
                format!(
                    "{what}: the change was asked for lines {}-{} only",
                    lines.start(),
                    lines.end()
                ),
            )
            .detail(format!(
                "Change nothing but lines {}-{}; leave all lines before and after them exactly as they are.",
                lines.start(),
                lines.end()
            )))
        };
        if file.before.is_none() || file.after.is_none() {
            return refused("is not to be created, renamed or deleted");
        }
        // Lines are those of the text, not of its bytes.
        let (before, after) = file.texts();
        if file.mode.is_some() {
            return refused("is not to get other permissions");
        }
        let (first, last) = around(&before, lines);
        match is_within(&before, &after, first, last) {
            true => Ok(()),
            false => refused("has changes in other lines"),
        }
    }
}

/// The bytes before and from the lines on, as offsets: where the first of them begins and where the last ends.
fn around(text: &[u8], lines: &RangeInclusive<usize>) -> (usize, usize) {
    // As the engine counts lines: carriage returns end lines only where nothing else does.
    let end = match text.contains(&b'\n') {
        true => b'\n',
        false => b'\r',
    };
    let mut ends = memchr::memchr_iter(end, text).map(|it| it + 1);
    let first = match lines.start() {
        0 | 1 => 0,
        n => ends.nth(n - 2).unwrap_or(text.len()),
    };
    let rest = lines.end().saturating_sub((*lines.start()).max(1));
    (first, ends.nth(rest).unwrap_or(text.len()))
}

/// Whether a change leaves all before `first` and all from `last` on as whole lines of their own.
fn is_within(before: &[u8], after: &[u8], first: usize, last: usize) -> bool {
    let (head, tail) = (&before[..first], &before[last.max(first)..]);
    if after.len() < head.len() + tail.len() || !after.starts_with(head) || !after.ends_with(tail) {
        return false;
    }
    let new = &after[head.len()..after.len() - tail.len()];
    let ends_line = |it: &[u8]| it.is_empty() || it.ends_with(b"\n") || it.ends_with(b"\r");
    // What isn't ended would become a part of the next line.
    new.is_empty() || ((tail.is_empty() || ends_line(new)) && ends_line(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, lines: RangeInclusive<usize>, after: &str, expected: bool) {
        let (first, last) = around(before.as_bytes(), &lines);
        let found = is_within(before.as_bytes(), after.as_bytes(), first, last);
        assert_eq!(found, expected, "{lines:?} of {before:?} -> {after:?}");
    }

    #[test]
    fn lines_may_become_more_fewer_or_none() {
        check("a\nb\nc\n", 2..=2, "a\nx\ny\nc\n", true);
        check("a\nb\nc\n", 2..=2, "a\nc\n", true);
        check("a\nb\nc\n", 1..=1, "c\nb\nc\n", true);
        check("a\nb\nc", 3..=3, "a\nb\nx", true);
        check("a\nb\nc", 3..=3, "a\nb\nx\n", true);
        check("a\r\nb\r\n", 1..=1, "x\r\nb\r\n", true);
        check("a\rb\rc", 2..=2, "a\rx\rc", true);
        check("a", 1..=1, "", true);
    }

    #[test]
    fn lines_around_them_stay() {
        check("a\nb\nc\n", 2..=2, "A\nb\nc\n", false);
        check("a\nb\nc\n", 2..=2, "a\nb\nC\n", false);
        check("a\nb\nc\n", 2..=2, "a\nb\nc", false);
        check("a\nb\nc\n", 2..=2, "a\nb\nc\n\n", false);
        check("a\nb\nc\n", 2..=2, "\na\nb\nc\n", false);
        // Without its end, the new line would be one with the next.
        check("a\nb\nc\n", 2..=2, "a\nxc\n", false);
        check("a\nb\nb\n", 2..=2, "a\n", false);
        check("a\r\nb\r\nc\r\n", 2..=2, "a\r\nb\r\nc\n", false);
        // Lines that are no more: nothing may change.
        check("a", 2..=3, "ab", false);
        check("a\n", 2..=3, "a\nb\n", true);
    }
}
