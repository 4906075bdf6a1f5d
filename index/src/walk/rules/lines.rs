//! Patterns into matchers, within bounds.
//!
//! A pattern that is a plain name, path or extension costs nothing to match: all of them are one look into a table. One
//! with wildcards inside is a regular expression, and some kinds of them are tried one by one on every path: ten thousand
//! lines like `[!x]*.rs` take 15 ms for each file of a project. So patterns with wildcards have bounds of their own.

use crate::literal;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::HashSet;
use std::path::Path;

/// No path that a pattern could match is longer; in bytes.
const LONGEST: usize = 1_000;
/// Of one file so many patterns are taken.
const PATTERNS: usize = 10_000;
/// What the patterns with wildcards may cost that are in force in one folder, those of the folders above it included.
const IN_FORCE: Cost = Cost {
    patterns: 1_000,
    bytes: 64_000,
};
/// What all patterns with wildcards of one walk may cost. A matcher is built in about 1 µs for each of these bytes.
const OF_WALK: Cost = Cost {
    patterns: 50_000,
    bytes: 1_000_000,
};
/// So many patterns of any kind one walk takes.
const PATTERNS_OF_WALK: usize = 500_000;

/// What patterns with wildcards cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    patterns: usize,
    bytes: usize,
}

impl Cost {
    fn and(self, line: &str) -> Cost {
        Cost {
            patterns: self.patterns + 1,
            bytes: self.bytes + line.len(),
        }
    }

    fn fits(self, most: Cost) -> bool {
        self.patterns <= most.patterns && self.bytes <= most.bytes
    }
}

/// What is left for the ignore files of one walk.
pub(super) struct Room {
    used: Cost,
    patterns: usize,
}

impl Room {
    pub(super) fn of_walk() -> Room {
        Room {
            used: Cost::default(),
            patterns: 0,
        }
    }
}

/// The patterns of one ignore file.
pub(super) struct Parsed {
    pub(super) matcher: Gitignore,
    /// What they and those above them cost.
    pub(super) cost: Cost,
    /// Why some of them are not used.
    pub(super) cut: Option<&'static str>,
}

/// The patterns of an ignore file for what is below `folder`, when those above it cost `above`.
pub(super) fn parse(
    folder: &Path,
    file: &Path,
    text: &str,
    above: Cost,
    room: &mut Room,
) -> Parsed {
    let text = text.trim_start_matches('\u{feff}');
    let mut cut = None;
    let mut cost = above;
    let mut builder = GitignoreBuilder::new(folder);
    let mut n_patterns = 0;
    for line in distinct(text.lines()) {
        if line.len() > LONGEST {
            cut = Some("has patterns longer than 1,000 bytes, which are not used");
            continue;
        }
        if n_patterns >= PATTERNS || room.patterns >= PATTERNS_OF_WALK {
            cut = Some("has too many patterns: the rest of them is not used");
            break;
        }
        if has_wildcards(line) {
            let (here, all) = (cost.and(line), room.used.and(line));
            if !here.fits(IN_FORCE) || !all.fits(OF_WALK) {
                cut = Some("has too many patterns with wildcards: some of them are not used");
                continue;
            }
            (cost, room.used) = (here, all);
        }
        n_patterns += 1;
        room.patterns += 1;
        // What is no pattern is no rule, to Git as well.
        let _ = builder.add_line(Some(file.to_owned()), line);
    }
    let matcher = match builder.build() {
        Ok(it) => it,
        Err(_) => {
            cut = Some("has patterns that are too complex: none of them is used");
            Gitignore::empty()
        }
    };
    Parsed { matcher, cost, cut }
}

/// Whether `[` without `]` is a pattern.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::walk) enum Unclosed {
    Allowed,
    Refused,
}

/// What these patterns match, as a `.gitignore` in `folder` would, and the files that are called so; within the same
/// bounds.
pub(in crate::walk) fn matcher(
    folder: &Path,
    patterns: impl IntoIterator<Item = String>,
    unclosed: Unclosed,
) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    builder.allow_unclosed_class(unclosed == Unclosed::Allowed);
    let mut cost = Cost::default();
    let mut n_unused = 0;
    let patterns = patterns.into_iter().take(PATTERNS);
    for pattern in patterns.flat_map(|it| literal::readings(folder, &it)) {
        let here = match has_wildcards(&pattern) {
            true => cost.and(&pattern),
            false => cost,
        };
        if pattern.len() <= LONGEST && here.fits(IN_FORCE) {
            cost = here;
            // The configuration says what is no pattern.
            let _ = builder.add_line(None, &pattern);
        } else {
            n_unused += 1;
        }
    }
    if n_unused > 0 {
        tracing::warn!(
            n_unused,
            "there are too many patterns in the configuration: the last ones are not used"
        );
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// The lines that are patterns. Of equal lines only the last counts: whatever the first one says of a path, the last one
/// says again.
fn distinct<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let mut distinct: Vec<&str> = lines
        .rev()
        .filter(|it| !it.starts_with('#') && !it.trim_end().is_empty())
        .filter(|it| seen.insert(*it))
        .collect();
    distinct.reverse();
    distinct
}

/// Whether a pattern is more than a name, a path or an extension in any folder: those are looked up in tables.
fn has_wildcards(line: &str) -> bool {
    let line = line.trim_end();
    let line = line.strip_prefix('!').unwrap_or(line);
    let special = ['*', '?', '[', '{', '\\'];
    let anywhere = line.strip_prefix("**/").unwrap_or(line);
    let extension = anywhere.strip_prefix("*.");
    // `/*.rs` and `*.a.rs` are none: all patterns of that kind are tried one by one on every file that ends so.
    let is_extension =
        extension.is_some_and(|it| !it.contains(['.', '/']) && !it.contains(special));
    !is_extension && anywhere.contains(special)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Parsed {
        let (folder, file) = (Path::new("/p"), Path::new("/p/.gitignore"));
        parse(folder, file, text, Cost::default(), &mut Room::of_walk())
    }

    #[test]
    fn equal_lines_are_one_pattern_and_the_last_decides() {
        let it = parsed("a*\n!a*\na*\n# a\n\n");
        assert_eq!(it.matcher.len(), 2);
        assert!(it.matcher.matched("/p/ab", false).is_ignore());
        let it = parsed(&"a*b\n".repeat(30_000));
        assert_eq!((it.matcher.len(), it.cut), (1, None));
    }

    #[test]
    fn plain_names_are_told_from_patterns_with_wildcards() {
        for plain in ["a", "/a/b", "a/", "*.rs", "**/a", "!a", "!/a", "**/*.rs"] {
            assert!(!has_wildcards(plain), "{plain}");
        }
        for wild in [
            "a*",
            "*a*",
            "a?",
            "[a]b",
            "{a,b}",
            "a/**/b",
            "*.a*",
            "*",
            "/*.rs",
            "*.a.rs",
            "!*.a.rs",
            "**/*.a.rs",
            "*.rs/a",
            "a/*.rs",
            "a/**",
        ] {
            assert!(has_wildcards(wild), "{wild}");
        }
    }

    #[test]
    fn thousands_of_names_are_taken_and_thousands_of_wildcards_are_not() {
        let names: String = (0..9_000).map(|it| format!("name{it}\n")).collect();
        let it = parsed(&names);
        assert_eq!((it.matcher.len(), it.cut), (9_000, None));
        let wild: String = (0..30_000).map(|it| format!("[!{it}]*.rs\n")).collect();
        let it = parsed(&wild);
        assert!(it.matcher.len() <= IN_FORCE.patterns);
        assert!(it.cut.is_some_and(|it| it.contains("wildcards")));
        // The names after them still count.
        let it = parsed(&format!("{wild}last\n"));
        assert!(it.matcher.matched("/p/last", false).is_ignore());
    }

    #[test]
    fn what_many_folders_have_together_is_bounded() {
        let mut room = Room::of_walk();
        let text: String = (0..900).map(|it| format!("a*{it}\n")).collect();
        let taken: usize = (0..1_000)
            .map(|_| {
                let (folder, file) = (Path::new("/p"), Path::new("/p/.gitignore"));
                parse(folder, file, &text, Cost::default(), &mut room)
                    .matcher
                    .len()
            })
            .sum();
        assert!(taken <= OF_WALK.patterns, "{taken}");
    }

    #[test]
    fn a_pattern_longer_than_any_path_is_not_used() {
        let it = parsed(&format!("{}\nb\n", "a*".repeat(2_000)));
        assert!(it.cut.is_some_and(|it| it.contains("longer")));
        assert!(it.matcher.matched("/p/b", false).is_ignore());
    }
}
