//! How much of a configuration is read: more than any person writes, and little enough to be read in a moment.
//!
//! A repository's settings come from anybody, and an editor's may come from a repository, too. Without bounds, a file of
//! half a megabyte stalled the start by a minute.

/// So many problems of one source are told one by one; the others are counted.
pub(crate) const PROBLEMS: usize = 50;
/// A file with more mistakes in its syntax is no configuration.
pub(crate) const MISTAKES: usize = 100;
/// Lists and tables in each other, by brackets: the keys need 3.
pub(crate) const BRACKETS: usize = 32;
/// Names in a dotted key: the keys need 4.
pub(crate) const NAMES: usize = 16;
/// A key, a message or a hint is shown up to so many characters.
pub(crate) const SHOWN: usize = 2_000;
/// A pattern of paths; in bytes.
pub(crate) const PATTERN: usize = 256;
/// [`wildcards`] in a pattern of paths.
pub(crate) const WILDCARDS: usize = 16;

/// How much one source may say.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Entries of a list, and commands.
    pub(crate) entries: usize,
    /// One entry of a list; in bytes.
    pub(crate) entry: usize,
    /// All entries of a list; in bytes.
    pub(crate) list: usize,
    /// [`wildcards`] in all patterns of a list.
    pub(crate) wildcards: usize,
}

/// How many `*`, `?`, `[`, `{` and alternatives a pattern of paths has. Each is one more place that the matcher keeps in
/// mind, for every character of every path.
pub(crate) fn wildcards(pattern: &str) -> usize {
    pattern.matches(['*', '?', '[', '{', ',']).count() - pattern.matches("**").count()
}

impl Limits {
    /// The user's own file, and the editor's settings.
    pub(crate) const OWN: Limits = Limits {
        entries: 250,
        entry: 16 * 1024,
        list: 64 * 1024,
        wildcards: 1_000,
    };
    /// The repository's file. What is in it ends up in prompts (as much as of `AGENTS.md`) and is matched with every path.
    pub(crate) const REPOSITORY: Limits = Limits {
        entries: 100,
        entry: 2 * 1024,
        list: 8 * 1024,
        wildcards: 150,
    };
}
