//! What the user attaches to a message by hand, and what the message itself names with `@`.

mod offer;
mod paths;
#[cfg(test)]
mod tests;

pub use offer::{Attachable, attachable};

use paths::Meant;

use std::ops::{Range, RangeInclusive};

/// Something that the user attached by hand, or named in the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// A file, or some of its lines, from 1.
    File {
        /// Relative to the project's root, or absolute below it.
        path: String,
        /// Its lines; `None`: all.
        lines: Option<RangeInclusive<usize>>,
    },
    /// A folder, as a file is named.
    Folder(String),
    /// What has this name, which may say what it is defined in: `area`, `Shape.area`, `Shape::area`.
    Symbol(String),
    /// What was changed since the last commit.
    Diff,
    /// What the editor's tools complain about.
    Problems(Vec<Problem>),
    /// A map of the whole codebase.
    Codebase,
    /// The open documents.
    Open,
    /// What is selected in the editor.
    Selection {
        /// Its file, where it has one.
        path: Option<String>,
        /// Its lines, from 1.
        lines: RangeInclusive<usize>,
        /// Its text.
        text: String,
    },
    /// Any other text: what was piped in, a terminal's output.
    Text {
        /// What it is called.
        name: String,
        /// The text.
        text: String,
    },
}

/// One complaint of a compiler or another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its file, as [`Attachment::File`] names one.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it says.
    pub message: String,
    /// How bad it is, in a word: `error`, `warning`.
    pub severity: String,
}

/// What there is in a project that a message may name.
pub trait Names {
    /// Whether there is such a file; a name without its folder will do.
    fn is_file(&self, path: &str) -> bool;
    /// Whether there is such a folder.
    fn is_folder(&self, path: &str) -> bool;
    /// Whether anything is defined by this name.
    fn is_symbol(&self, name: &str) -> bool;
    /// The file that is meant by a path with a slip in it.
    fn nearest(&self, path: &str) -> Option<String>;
}

/// A part of a message that names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where it stands in the message, in bytes, the `@` included.
    pub range: Range<usize>,
    /// What it names.
    pub attachment: Attachment,
}

/// So many `@` of a message are looked up: who pastes a log with more of them names nothing with them.
const MOST: usize = 100;

/// Names without quotes have at most so many words.
const WORDS: usize = 6;

/// No file has more lines.
const LARGEST: usize = 1_000_000_000;

/// Words that name a kind of thing; what they name follows behind a colon.
const KINDS: &[&str] = &["file", "folder", "symbol"];

/// What a message names with `@`, in its order: `@src/main.rs:10-20`, `@"a name with blanks.rs"`, `@folder/`, `@Name`,
/// `@file:…`, `@folder:…`, `@symbol:…`, `@diff`, `@problems`, `@codebase`, `@open`.
///
/// Addresses, decorators and names of packages are no mentions unless they name something that is there, and neither is
/// anything within code. What stands behind `@file:` and its like always is one, and so is what can only be meant as a path
/// (`@src/mian.rs`): what is not there, [`gather`] reports.
/// `@problems` comes without problems: only the editor has them.
///
/// [`gather`]: super::context::gather
pub fn mentions(message: &str, names: &dyn Names) -> Vec<Mention> {
    let code = code(message);
    let mut found: Vec<Mention> = Vec::new();
    let mut looked_up = 0;
    for (at, _) in message.match_indices('@') {
        let starts = message[..at]
            .chars()
            .next_back()
            .is_none_or(|it| it.is_whitespace() || "([{<\"'“‘„,;:—–".contains(it));
        let is_free = found.last().is_none_or(|it| it.range.end <= at)
            && !code.iter().any(|it| it.contains(&at));
        looked_up += usize::from(starts && is_free);
        if starts
            && is_free
            && looked_up <= MOST
            && let Some((len, attachment)) = mention(&message[at + 1..], names)
        {
            found.push(Mention {
                range: at..at + 1 + len,
                attachment,
            });
        }
    }
    found
}

/// What the text behind an `@` names, and how many bytes of it do.
fn mention(text: &str, names: &dyn Names) -> Option<(usize, Attachment)> {
    for kind in KINDS {
        let rest = text.strip_prefix(kind).and_then(|it| it.strip_prefix(':'));
        if let Some(rest) = rest {
            let (len, name, lines) = token(rest)?;
            let attachment = match *kind {
                "file" => Attachment::File { path: name, lines },
                "folder" => Attachment::Folder(folder(&name)),
                _ => Attachment::Symbol(name),
            };
            return Some((kind.len() + 1 + len, attachment));
        }
    }
    let word: &str = &text[..text
        .find(|it: char| !it.is_ascii_alphanumeric())
        .unwrap_or(text.len())];
    let goes_on = text[word.len()..].starts_with(['(', '/', '.', '_', '-', ':'])
        && text[word.len() + 1..].starts_with(|it: char| it.is_alphanumeric() || it == ')');
    if !goes_on {
        let whole = match word {
            "diff" => Some(Attachment::Diff),
            "problems" => Some(Attachment::Problems(Vec::new())),
            "codebase" => Some(Attachment::Codebase),
            "open" => Some(Attachment::Open),
            _ => None,
        };
        if let Some(whole) = whole {
            return Some((word.len(), whole));
        }
    }
    let is_quoted = text.starts_with(['"', '\'']);
    let (mut len, mut name, mut lines) = token(text)?;
    loop {
        if let Some(attachment) = named(&name, lines.clone(), names) {
            return Some((len, attachment));
        }
        // Punctuation of the sentence, or of the name? Tried with and without.
        let last = name.chars().next_back();
        if is_quoted || lines.is_some() || !last.is_some_and(is_punctuation) {
            break;
        }
        len -= last.map_or(0, char::len_utf8);
        match token(&text[..len]) {
            Some(shorter) => (_, name, lines) = shorter,
            None => return None,
        }
    }
    if !is_quoted && let Some(found) = with_blanks(text, names) {
        return Some(found);
    }
    // Nothing has this name: if it can only be meant as a path, that is reported where it is attached.
    match paths::meant(&name, is_quoted)? {
        Meant::File => Some((len, Attachment::File { path: name, lines })),
        Meant::Folder => Some((len, Attachment::Folder(folder(&name)))),
    }
}

/// A file whose name has blanks in it, written without quotes.
fn with_blanks(text: &str, names: &dyn Names) -> Option<(usize, Attachment)> {
    let line = text.lines().next()?;
    let ends = line.match_indices(' ').map(|it| it.0).chain([line.len()]);
    let ends: Vec<usize> = ends.skip(1).take(WORDS).collect();
    ends.into_iter().rev().find_map(|end| {
        let name = line[..end].trim_end_matches(is_punctuation);
        let is_path = name.contains(' ') && name.contains('.') && names.is_file(name);
        is_path.then(|| {
            let path = name.to_owned();
            (name.len(), Attachment::File { path, lines: None })
        })
    })
}

/// What a name names, if that is there.
fn named(
    name: &str,
    lines: Option<RangeInclusive<usize>>,
    names: &dyn Names,
) -> Option<Attachment> {
    let file = |path: &str| Attachment::File {
        path: path.to_owned(),
        lines: lines.clone(),
    };
    let is_call = name.ends_with("()");
    let symbol = name.trim_end_matches("()");
    if names.is_file(name) {
        Some(file(name))
    } else if names.is_folder(name) {
        Some(Attachment::Folder(folder(name)))
    } else if is_identifier(symbol) && (is_call || lines.is_none()) && names.is_symbol(symbol) {
        Some(Attachment::Symbol(symbol.to_owned()))
    } else {
        // Somebody mistyped a path: it is reported with what was meant.
        names.nearest(name).map(|_| file(name))
    }
}

/// The name at the start of a text, without its quotes, with the lines behind it; and how many bytes both take.
fn token(text: &str) -> Option<(usize, String, Option<RangeInclusive<usize>>)> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''));
    let (name, mut len) = match quote {
        Some(quote) => {
            let inner = &text[1..];
            let end = inner.find([quote, '\n'])?;
            if !inner[end..].starts_with(quote) {
                return None;
            }
            (&inner[..end], end + 2)
        }
        None => {
            let end = paths::end(text);
            (&text[..end], end)
        }
    };
    let mut name = name;
    let mut lines = None;
    if quote.is_some() {
        let behind = &text[len..];
        let end = behind
            .find(|it: char| !it.is_ascii_digit() && !matches!(it, ':' | '-' | '#' | 'L'))
            .unwrap_or(behind.len());
        if let Some((0, found, taken)) = lines_of(&behind[..end]) {
            lines = Some(found);
            len += taken;
        }
    } else if let Some((at, found, taken)) = lines_of(name) {
        lines = Some(found);
        len = at + taken;
        name = &name[..at];
    }
    let name = match quote {
        Some(_) => name.to_owned(),
        None => name.replace("\\ ", " "),
    };
    (!name.trim().is_empty()).then_some((len, name, lines))
}

/// Lines as they stand behind a path (`:10`, `:10-20`, `:10:5`, `#L10-L20`): where, which, and how many bytes.
pub fn lines_of(text: &str) -> Option<(usize, RangeInclusive<usize>, usize)> {
    let mark = |it: char| matches!(it, ':' | '#');
    let mut from = 0;
    while let Some(at) = text[from..].find(mark).map(|it| it + from) {
        let behind = &text[at + 1..];
        if at > 0 || from == 0 {
            let digits = behind.strip_prefix('L').unwrap_or(behind);
            if let Some((first, mut rest)) = number(digits) {
                let mut last = first;
                let next = rest
                    .strip_prefix('-')
                    .map(|it| it.strip_prefix('L').unwrap_or(it));
                if let Some((it, behind)) = next.and_then(number) {
                    last = it;
                    rest = behind;
                } else if let Some((_, behind)) = rest.strip_prefix(':').and_then(number) {
                    // A column says nothing here.
                    rest = behind;
                }
                let is_end = !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_');
                if first > 0 && is_end {
                    let taken = text.len() - at - rest.len();
                    return Some((at, first..=last.max(first), taken));
                }
            }
        }
        from = at + 1;
    }
    None
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let number: usize = text[..end].parse().ok()?;
    Some((number.min(LARGEST), &text[end..]))
}

fn is_punctuation(it: char) -> bool {
    !it.is_alphanumeric() && !matches!(it, '_' | '/')
}

/// Names and paths of names.
fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_alphanumeric() || "_:.#$".contains(it))
        && name.starts_with(|it: char| it.is_alphabetic() || it == '_' || it == '$')
}

fn folder(name: &str) -> String {
    let trimmed = name.trim_end_matches(['/', '\\']);
    match trimmed.is_empty() {
        true => ".".to_owned(),
        false => trimmed.to_owned(),
    }
}

/// Where a message holds code: between fences and between backticks.
pub(super) fn code(message: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut fence: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in message.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let ticks = trimmed.len() - trimmed.trim_start_matches(['`', '~']).len();
        match fence {
            Some((opened, start)) if trimmed.starts_with(opened) => {
                found.push(start..at + line.len());
                fence = None;
            }
            Some(_) => {}
            None if ticks >= 3 => fence = Some((&trimmed[..3], at)),
            None => spans(line, at, &mut found),
        }
        at += line.len();
    }
    if let Some((_, start)) = fence {
        found.push(start..message.len());
    }
    found
}

/// What stands between backticks on a line.
fn spans(line: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let ticks: Vec<usize> = line.match_indices('`').map(|it| it.0).collect();
    for pair in ticks.chunks_exact(2) {
        found.push(at + pair[0]..at + pair[1] + 1);
    }
}
