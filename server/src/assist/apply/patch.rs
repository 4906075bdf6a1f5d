//! What an answer makes of the files: their bytes before and after.

use super::attributes::Attributes;
use super::diff;
use crate::assist::{invisible, syntax};
use hob_index::encoding::{self, Encoding};
use hob_index::language::Language;
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Lines round a change in a diff.
const CONTEXT: usize = 3;

/// What an answer makes of the files. Nothing is written yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The files that change, in the order of their names. Empty only if all that the answer wants is there already.
    pub files: Vec<FilePatch>,
    /// What the user should know: what was there already, what was left out.
    pub notes: Vec<String>,
}

/// What becomes of one file. A file with a new name is one that goes and one that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// From the root, parted by `/`, links resolved.
    pub path: String,
    /// Where it is: absolute, links resolved.
    pub real: PathBuf,
    /// What it holds; `None`: it doesn't exist.
    pub before: Option<Vec<u8>>,
    /// What it will hold; `None`: it goes.
    pub after: Option<Vec<u8>>,
    /// Its permissions afterwards, where something is said of them; else they stay.
    pub mode: Option<Mode>,
    /// The file whose name changes to this one: a new file takes its owner and attributes from it.
    pub like: Option<PathBuf>,
    /// What a new file is besides its bytes, where that is known.
    pub attributes: Option<Attributes>,
}

/// Permissions of a file; they mean something on Unix only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Whether those who may read it may execute it, as git has it.
    Executable(bool),
    /// Just these.
    Exact(u32),
}

impl Mode {
    /// Whether somebody may execute the file.
    pub fn is_executable(self) -> bool {
        match self {
            Mode::Executable(it) => it,
            Mode::Exact(it) => it & 0o111 != 0,
        }
    }
}

/// A replacement within the old text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In bytes of [`FilePatch::before`], whole lines.
    pub range: Range<usize>,
    /// What takes their place.
    pub text: String,
}

/// A file that parses worse than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worse {
    /// From the root.
    pub path: String,
    /// The line of the first new error, from 1.
    pub line: usize,
    /// What is wrong there, as a sentence without a full stop.
    pub message: String,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It comes.
    Added,
    /// It changes.
    Modified,
    /// It goes.
    Deleted,
}

impl Status {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Status::Added => "added",
            Status::Modified => "modified",
            Status::Deleted => "deleted",
        }
    }

    /// In git's letter.
    pub fn letter(self) -> char {
        match self {
            Status::Added => 'A',
            Status::Modified => 'M',
            Status::Deleted => 'D',
        }
    }
}

impl Patch {
    /// All changes as git would show them, in UTF-8 whatever the files are in. Bytes that are no text are U+FFFD in it.
    pub fn diff(&self) -> String {
        self.files.iter().map(FilePatch::diff).collect()
    }

    /// Files that parse worse than before; what no grammar knows is fine.
    pub fn syntax(&self) -> Vec<Worse> {
        self.files.iter().filter_map(FilePatch::syntax).collect()
    }
}

impl FilePatch {
    /// What happens to it.
    pub fn status(&self) -> Status {
        match (&self.before, &self.after) {
            (None, _) => Status::Added,
            (_, None) => Status::Deleted,
            _ => Status::Modified,
        }
    }

    /// How many lines come and how many go.
    pub fn counts(&self) -> (usize, usize) {
        let (before, after) = self.texts();
        let hunks = hunks(&lines(&before), &lines(&after));
        let sum = |f: fn(&diff::Hunk) -> usize| hunks.iter().map(f).sum();
        (sum(|it| it.after.len()), sum(|it| it.before.len()))
    }

    /// The least edits that lead from the old text to the new one, in order. Empty for files that come or go.
    pub fn edits(&self) -> Vec<Edit> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return Vec::new();
        };
        let (old, new) = (lines(before), lines(after));
        // Where each old line starts.
        let mut starts = vec![0];
        for line in &old {
            starts.push(starts.last().copied().unwrap_or(0) + line.len());
        }
        hunks(&old, &new)
            .into_iter()
            .map(|it| Edit {
                range: starts[it.before.start]..starts[it.before.end],
                text: String::from_utf8_lossy(&new[it.after].concat()).into_owned(),
            })
            .collect()
    }

    /// Both texts as UTF-8; in bytes, for what is text in no encoding stays what it is.
    pub(in crate::assist) fn texts(&self) -> (Vec<u8>, Vec<u8>) {
        let encoding = self.encoding();
        let of = |bytes: &Option<Vec<u8>>| {
            let bytes = bytes.as_deref().unwrap_or_default();
            let text = encoding.and_then(|it| it.decode(bytes));
            text.map_or_else(|| bytes.to_vec(), String::into_bytes)
        };
        (of(&self.before), of(&self.after))
    }

    /// Whether its texts are units of 16 or 32 bits.
    pub fn is_wide(&self) -> bool {
        self.encoding().is_some_and(|it| it.is_marked_or_wide())
    }

    /// The encoding of both texts, where that isn't UTF-8 and known.
    pub(super) fn encoding(&self) -> Option<Encoding> {
        let is_plain = |it: &&Vec<u8>| it.is_ascii() && !it.contains(&0);
        let of = |it: &Vec<u8>| encoding::of(it).ok();
        let known = match self.before.as_ref().filter(|it| !is_plain(it)) {
            Some(before) => of(before),
            // No text of single bytes becomes one of units.
            None => of(self.after.as_ref()?).filter(|it| !it.is_marked_or_wide()),
        };
        known.filter(|it| !it.is_utf8() && !it.is_bytes())
    }

    /// The change as git would show it.
    pub fn diff(&self) -> String {
        let (before, after) = self.texts();
        let (old, new) = (lines(&before), lines(&after));
        let (a, b) = (quoted("a/", &self.path), quoted("b/", &self.path));
        let mut text = format!("diff --git {a} {b}\n");
        let executable = self.mode.is_some_and(Mode::is_executable);
        let mode = if executable { "100755" } else { "100644" };
        match self.status() {
            Status::Added => _ = writeln!(text, "new file mode {mode}"),
            Status::Deleted => _ = writeln!(text, "deleted file mode 100644"),
            Status::Modified if self.mode.is_some() => {
                let old = if executable { "100644" } else { "100755" };
                _ = writeln!(text, "old mode {old}\nnew mode {mode}");
            }
            Status::Modified => {}
        }
        let hunks = hunks(&old, &new);
        if hunks.is_empty() {
            return text;
        }
        let dev_null = || "/dev/null".to_owned();
        let a = if self.before.is_none() { dev_null() } else { a };
        let b = if self.after.is_none() { dev_null() } else { b };
        // A name with blanks ends with a tab: so git and patch know where.
        let tab = if self.path.contains(' ') { "\t" } else { "" };
        let _ = write!(text, "--- {a}{tab}\n+++ {b}{tab}\n");
        let mut at = 0;
        while at < hunks.len() {
            let mut end = at + 1;
            while end < hunks.len()
                && hunks[end].before.start <= hunks[end - 1].before.end + 2 * CONTEXT
            {
                end += 1;
            }
            group(&mut text, &old, &new, &hunks[at..end]);
            at = end;
        }
        text
    }

    fn syntax(&self) -> Option<Worse> {
        self.after.as_ref()?;
        let (before, after) = self.texts();
        let before = self.before.as_ref().map(|_| before);
        let language = Language::of_path(Path::new(&self.path))?;
        let of = |it: &[u8]| syntax::errors(language, &String::from_utf8_lossy(it));
        let Some(new) = of(&after) else {
            // What could be checked before and can't any more, the user should look at.
            before.as_deref().and_then(of)?;
            return Some(Worse {
                path: self.path.clone(),
                line: 1,
                message: "is too long or too deeply nested now for its syntax to be checked"
                    .to_owned(),
            });
        };
        let old = match &before {
            Some(it) => of(it)?,
            None => Vec::new(),
        };
        if new.len() <= old.len() {
            return None;
        }
        // The first that wasn't there before, as far as lines tell.
        let first = new
            .iter()
            .zip(old.iter().map(Some).chain(std::iter::repeat(None)));
        let (line, _) = first.into_iter().find(|(new, old)| Some(*new) != *old)?;
        let errors = new.len() - old.len();
        Some(Worse {
            path: self.path.clone(),
            line: *line,
            message: match errors {
                1 => "has a syntax error that it didn't have before".to_owned(),
                it => format!("has {it} syntax errors more than before"),
            },
        })
    }
}

/// A name as git writes it.
fn quoted(prefix: &str, path: &str) -> String {
    if path
        .chars()
        .all(|it| invisible::harm(it).is_none() && !matches!(it, '\n' | '\t' | '"' | '\\'))
    {
        return format!("{prefix}{path}");
    }
    let mut text = format!("\"{prefix}");
    for it in path.bytes() {
        match it {
            b'"' | b'\\' => text.extend(['\\', char::from(it)]),
            b' '..=b'~' => text.push(char::from(it)),
            it => _ = write!(text, "\\{it:03o}"),
        }
    }
    text.push('"');
    text
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|it| *it == b'\n').collect()
}

fn hunks(old: &[&[u8]], new: &[&[u8]]) -> Vec<diff::Hunk> {
    diff::hunks(old.iter(), new.iter())
}

/// Writes neighbouring changes as one hunk.
fn group(text: &mut String, old: &[&[u8]], new: &[&[u8]], hunks: &[diff::Hunk]) {
    let (Some(first), Some(last)) = (hunks.first(), hunks.last()) else {
        return;
    };
    let lead = first.before.start.min(CONTEXT);
    let tail = (old.len() - last.before.end).min(CONTEXT);
    let before = first.before.start - lead..last.before.end + tail;
    let after = first.after.start - lead..last.after.end + tail;
    let range = |it: &Range<usize>| match it.len() {
        // Of nothing, git names the line before.
        0 => format!("{},0", it.start),
        1 => format!("{}", it.start + 1),
        n => format!("{},{n}", it.start + 1),
    };
    let _ = writeln!(text, "@@ -{} +{} @@", range(&before), range(&after));
    let mut line = |mark: char, bytes: &[u8]| {
        text.push(mark);
        text.push_str(&String::from_utf8_lossy(bytes));
        if !bytes.ends_with(b"\n") {
            text.push_str("\n\\ No newline at end of file\n");
        }
    };
    let mut at = before.start;
    for hunk in hunks {
        old[at..hunk.before.start]
            .iter()
            .for_each(|it| line(' ', it));
        old[hunk.before.clone()].iter().for_each(|it| line('-', it));
        new[hunk.after.clone()].iter().for_each(|it| line('+', it));
        at = hunk.before.end;
    }
    old[at..before.end].iter().for_each(|it| line(' ', it));
}
