//! Paths as people write them, read as patterns: what names something literally is taken literally.
//!
//! Names may hold what patterns give a meaning to: `app/(auth)/[id]/page.tsx` is a folder of many projects, and `[id]` is
//! one letter to a pattern. So whatever the user writes is read both ways: as a pattern, and as the name that it is.

use std::path::{Component, Path, PathBuf};

/// A path may have so many words, where blanks may be part of it or not.
const WORDS: usize = 16;

/// Where a path is written: which folders it may count from.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The project's root, absolute.
    pub root: &'a Path,
    /// The folder that the user is in, absolute: paths count from there first, then from the root.
    pub here: &'a Path,
}

/// The pattern, as `.gitignore` has it, that matches exactly this path.
pub(crate) fn exact(path: &str) -> String {
    escaped(path, |_| false)
}

/// The pattern that takes a written one literally but for its stars, where that makes a difference.
pub(crate) fn twin(pattern: &str) -> Option<String> {
    let (not, pattern) = match pattern.strip_prefix('!') {
        Some(rest) => ("!", rest),
        None => ("", pattern),
    };
    let differs = pattern.contains(['[', ']', '{', '}', '?']);
    differs.then(|| format!("{not}{}", escaped(pattern, |it| it == '*')))
}

/// How a pattern is read in a folder: as the name that it is, if something there is called so; else both ways.
pub(crate) fn readings(folder: &Path, pattern: &str) -> Vec<String> {
    match twin(pattern) {
        None => vec![pattern.to_owned()],
        Some(twin) if is_name(folder, pattern.trim_start_matches('!')) => vec![twin],
        Some(twin) => vec![pattern.to_owned(), twin],
    }
}

/// Whether what a pattern says before its first star is there, by that name.
fn is_name(folder: &Path, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    let parts: Vec<&str> = parts
        .into_iter()
        .take_while(|it| !it.contains('*'))
        .collect();
    let literal = parts.join("/");
    twin(&literal).is_some() && folder.join(literal).exists()
}

/// What was written, of a pattern that [`twin`] made of it; of others, themselves.
pub(crate) fn written(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(it) = chars.next() {
        plain.extend(match it {
            '\\' => chars.next(),
            it => Some(it),
        });
    }
    match twin(&plain).is_some_and(|it| it == pattern) {
        true => plain,
        false => pattern.to_owned(),
    }
}

fn escaped(path: &str, keeps: impl Fn(char) -> bool) -> String {
    let mut pattern = String::with_capacity(path.len() + 8);
    for char in path.chars() {
        if !(char.is_alphanumeric() || matches!(char, '/' | '_' | '-' | '.') || keeps(char)) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// The patterns, as `.gitignore` has them at the root, that a written path or pattern may mean. One without a slash names
/// files and folders at any depth; others count from the current folder if what they name is there, else from the root.
pub(crate) fn patterns(written: &str, base: Option<Base>) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |it: String| {
        if !found.contains(&it) {
            found.push(it);
        }
    };
    let plain = without_lines(written);
    let mut readings = vec![written];
    if plain.len() < written.len() {
        readings.push(plain);
    }
    let slashed = plain.replace('\\', "/");
    if slashed != plain {
        readings.push(&slashed);
    }
    for written in readings {
        let from_root = from_root(written, base);
        let anchored = from_root.as_deref().unwrap_or(written);
        if !base.is_some_and(|it| is_name(it.root, anchored)) {
            add(anchored.to_owned());
        }
        add(escaped(anchored, |it| it == '*'));
    }
    found
}

/// How many of these words, joined by single blanks, are one path that exists; at least the first.
pub(crate) fn n_words(words: &[&str], base: Option<Base>) -> usize {
    let Some(base) = base else {
        return 1;
    };
    let most = words.len().min(WORDS);
    let exists = |n: &usize| {
        let path = words[..*n].join(" ");
        let path = without_lines(&path);
        base.here.join(path).exists() || base.root.join(path.trim_start_matches('/')).exists()
    };
    (2..=most).rev().find(exists).unwrap_or(1)
}

/// A path that counts from the current folder, or is absolute, as a pattern from the root; `None`: it counts from the root
/// as it is.
fn from_root(written: &str, base: Option<Base>) -> Option<String> {
    let shown = written.strip_prefix("./").unwrap_or(written);
    let Some(base) = base else {
        return (shown.len() < written.len()).then(|| format!("/{shown}"));
    };
    let path = Path::new(written);
    let ends = if written.ends_with('/') { "/" } else { "" };
    if path.is_absolute() {
        // `/src` is anchored at the root, as in `.gitignore`, unless it is a place on this disk that is in the project.
        let below = plain(path);
        let below = below.strip_prefix(base.root).ok()?;
        return Some(format!("/{}{ends}", slashed(below)));
    }
    let is_dotted = written.starts_with("./") || written.starts_with("../");
    let is_anywhere = !written.trim_end_matches('/').contains('/');
    if !is_dotted && is_anywhere && !is_name(base.here, written) {
        return None;
    }
    let start = written.find(['*', '?', '[', '{']).unwrap_or(written.len());
    let is_here = |path: &str| base.here.join(path).exists();
    let literal = written[..start].rsplit_once('/').map_or("", |it| it.0);
    let is_here =
        is_here(written) || start < written.len() && !literal.is_empty() && is_here(literal);
    if !is_dotted && !is_here {
        return None;
    }
    let whole = plain(&base.here.join(written));
    match whole.strip_prefix(base.root) {
        Ok(below) => Some(format!("/{}{ends}", slashed(below))),
        Err(_) => Some(format!("/{shown}")),
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for it in path.components() {
        match it {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            it => plain.push(it),
        }
    }
    plain
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    parts.join("/")
}

/// A path without the lines behind it, as search prints them: `src/a.rs:10`, `src/a.rs:10-20`, `src/a.rs:10:5`.
fn without_lines(path: &str) -> &str {
    let mut path = path;
    for _ in 0..2 {
        let Some((before, behind)) = path.rsplit_once(':') else {
            return path;
        };
        let is_lines = behind.starts_with(|it: char| it.is_ascii_digit())
            && behind.chars().all(|it| it.is_ascii_digit() || it == '-');
        if !is_lines || before.is_empty() {
            return path;
        }
        path = before;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_and_the_name_that_it_is_are_told_apart() {
        assert_eq!(exact("a/[b] c*.rs"), "a/\\[b\\]\\ c\\*.rs");
        assert_eq!(twin("app/[id]/**").as_deref(), Some("app/\\[id\\]/**"));
        assert_eq!(twin("!app/[id]").as_deref(), Some("!app/\\[id\\]"));
        assert_eq!(twin("app/**"), None);
        for pattern in ["app/(a)/[id]/**", "a/{b}?", "*.rs", "a\\[b"] {
            let twin = twin(pattern).unwrap_or(pattern.to_owned());
            assert_eq!(written(&twin), pattern);
        }
    }

    #[test]
    fn lines_behind_a_path_are_no_part_of_it() {
        for (text, path) in [
            ("a.rs:1", "a.rs"),
            ("a.rs:1-20", "a.rs"),
            ("a.rs:1:20", "a.rs"),
            ("a:b.rs", "a:b.rs"),
            ("C:", "C:"),
            (":1", ":1"),
            ("é:x1", "é:x1"),
        ] {
            assert_eq!(without_lines(text), path);
        }
    }
}
