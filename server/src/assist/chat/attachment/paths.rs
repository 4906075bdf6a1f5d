//! Paths in messages: where one ends, and what can only be meant as one.

use hob_index::language::Language;
use std::path::Path;

/// No ending of a file's name is longer, in bytes.
const ENDING: usize = 10;

/// What something is meant as that looks like a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    File,
    Folder,
}

/// Where a path without quotes ends. Blanks may be escaped, and folders may begin with `@`, as those of packages and routes
/// do.
pub(super) fn end(text: &str) -> usize {
    let mut before = None;
    for (at, it) in text.char_indices() {
        let is_end = match it {
            '"' | '`' | '<' | '>' | '|' => true,
            '@' => !matches!(before, Some('/' | '\\')),
            ' ' => before != Some('\\'),
            it => it.is_whitespace(),
        };
        if is_end {
            return at;
        }
        before = Some(it);
    }
    text.len()
}

/// What a name is meant as that nothing has; `None`: it may be anything, such as a decorator or a package.
pub(super) fn meant(name: &str, is_quoted: bool) -> Option<Meant> {
    let name = name.trim();
    let is_call = name
        .match_indices('(')
        .any(|(at, _)| !name[..at].is_empty() && !name[..at].ends_with(['/', '\\']));
    if name.contains("://") || name.contains(['=', ',', ';', '{', '}', '*', '?']) || is_call {
        return None;
    }
    let parts: Vec<&str> = name
        .split(['/', '\\'])
        .filter(|it| !it.is_empty())
        .collect();
    let last = parts.last()?;
    if name.ends_with(['/', '\\']) {
        return Some(Meant::Folder);
    }
    let (stem, ending) = last.rsplit_once('.')?;
    let is_ending = (1..=ENDING).contains(&ending.len())
        && ending.chars().all(|it| it.is_ascii_alphanumeric())
        && ending.contains(|it: char| it.is_ascii_alphabetic());
    if !is_ending || stem.is_empty() && parts.len() == 1 {
        return None;
    }
    let has_folder = parts.len() > 1 || name.starts_with(['/', '\\']);
    let is_known = ending.len() > 1 && Language::of_path(Path::new(last)).is_some();
    (has_folder || is_quoted || is_known).then_some(Meant::File)
}
