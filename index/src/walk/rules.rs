//! Ignore rules: which files and folders are left out by `.hobignore`, `.ignore`, `.gitignore`, `info/exclude` and the
//! user's global ignore file.
//!
//! Patterns mean what they mean to Git, by the matcher of the `ignore` crate, and the files have the same precedence as
//! in that crate's own walk. Reading them is Hob's own business, for that crate would follow any link and wait for any
//! pipe: everything comes through [`Reader`], and there are bounds on what a repository's patterns may cost.

mod global;
mod lines;

use crate::git::{Git, Nested, nested};
use crate::reader::{Reader, Refusal};
use crate::walk::{Patterns, RULES};
use ignore::Match;
use ignore::gitignore::{Gitignore, Glob};
use lines::{Cost, Room};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use lines::{Unclosed, matcher};

/// No ignore file that a person writes is larger; in bytes.
const LARGEST: u64 = 1_000_000;

/// The rules in force in one project.
pub(super) struct Rules {
    root: PathBuf,
    /// The root's reader; above the root, each folder has its own.
    reader: Reader,
    /// Patterns of `index.exclude`.
    excluded: Gitignore,
    global: Gitignore,
    /// The rules of the folders above the root.
    above: Option<Arc<Level>>,
    scope: Scope,
    /// Patterns of `index.include`, where the scope is theirs.
    included: Vec<String>,
    room: Room,
    refused: Vec<(PathBuf, String)>,
}

/// Which rules are asked.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    /// All of them.
    All,
    /// Only those that count for files that the user includes although they are ignored: `.hobignore` in the project,
    /// and what is excluded.
    Included,
}

/// The rules of one folder that has some, and of all folders above it.
pub(super) struct Level {
    /// By [`RULES`], then `info/exclude`.
    matchers: [Gitignore; 4],
    /// Whether the folder is above the root: then paths are matched without links.
    is_above: bool,
    parent: Option<Arc<Level>>,
    /// What the patterns of this folder and those above cost.
    cost: Cost,
}

/// The rules in force in a folder; `None`: no folder up to here has any.
pub(super) type Rulebook = Option<Arc<Level>>;

/// What the rules say of a path.
pub(super) enum Verdict<'a> {
    /// `index.exclude` has this pattern.
    Excluded(&'a str),
    /// This rule ignores it.
    Ignored(&'a Glob),
    /// It is a folder with a checkout of its own.
    Nested(Nested),
    /// It counts, as far as rules go.
    Counts,
}

impl Rules {
    /// All rules that count in `root`, an absolute path.
    pub(super) fn new(root: &Path, patterns: &Patterns) -> Rules {
        let mut rules = Rules::empty(root, patterns, Scope::All);
        rules.global = rules.read_global();
        rules.above = rules.read_above();
        rules
    }

    /// The rules that count for files which the user includes.
    pub(super) fn for_included(root: &Path, patterns: &Patterns) -> Rules {
        Rules {
            included: patterns.include.clone(),
            ..Rules::empty(root, patterns, Scope::Included)
        }
    }

    fn empty(root: &Path, patterns: &Patterns, scope: Scope) -> Rules {
        Rules {
            root: root.to_owned(),
            reader: Reader::new(root),
            excluded: lines::matcher(
                root,
                patterns.exclude.iter().map(|it| format!("!{it}")),
                Unclosed::Refused,
            ),
            global: Gitignore::empty(),
            above: None,
            scope,
            included: Vec::new(),
            room: Room::of_walk(),
            refused: Vec::new(),
        }
    }

    /// The rules in force in the folders above the root: what a path directly below the root's parent is asked.
    pub(super) fn above(&self) -> Rulebook {
        self.above.clone()
    }

    /// Ignore files that are not used, or not all of them, and why: the rest of a sentence that begins with the file.
    pub(super) fn refused(&self) -> &[(PathBuf, String)] {
        &self.refused
    }

    /// The rules in force in `folder`, the root or a folder below it, when `parent` are those in the folder above.
    pub(super) fn inside(&mut self, parent: &Rulebook, folder: &Path) -> Rulebook {
        let reader = self.reader.clone();
        self.level(parent, folder, &reader, false)
    }

    /// What the rules in force in a path's folder say of it.
    pub(super) fn verdict<'a>(
        &'a self,
        rulebook: &'a Rulebook,
        path: &Path,
        is_folder: bool,
    ) -> Verdict<'a> {
        if let Match::Whitelist(glob) = self.excluded.matched(path, is_folder) {
            // Written with a `!` before them, as the other way round: see `empty`.
            return Verdict::Excluded(glob.original().trim_start_matches('!'));
        }
        match self.matched(rulebook, path, is_folder) {
            Match::Ignore(glob) => Verdict::Ignored(glob),
            Match::Whitelist(_) | Match::None => match self.nested(path, is_folder) {
                Some(it) => Verdict::Nested(it),
                None => Verdict::Counts,
            },
        }
    }

    /// What a folder is if it has a checkout of its own, and the user doesn't name it.
    fn nested(&self, path: &Path, is_folder: bool) -> Option<Nested> {
        if !is_folder || path == self.root {
            return None;
        }
        let found = nested(&self.root, path)?;
        // A pattern such as `*.md` means the project's own files: who wants those of a checkout, too, names its folder.
        let folder = path.strip_prefix(&self.root).unwrap_or(path);
        let names = |pattern: &String| {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
            let pattern = pattern.trim_start_matches('/');
            let end = pattern.find(['*', '?', '{']).unwrap_or(pattern.len());
            let literal = Path::new(&pattern[..end]);
            literal.starts_with(folder)
                || !literal.as_os_str().is_empty() && folder.starts_with(literal)
        };
        (!self.included.iter().any(names)).then_some(found)
    }

    fn matched<'a>(
        &'a self,
        rulebook: &'a Rulebook,
        path: &Path,
        is_folder: bool,
    ) -> Match<&'a Glob> {
        let mut found = [const { Match::None }; 4];
        let mut real = None;
        let mut next = rulebook.as_deref();
        while let Some(level) = next {
            let path = match level.is_above {
                false => path,
                true => &**real.get_or_insert_with(|| self.real(path)),
            };
            for (found, matcher) in found.iter_mut().zip(&level.matchers) {
                if found.is_none() && !matcher.is_empty() {
                    *found = matcher.matched(path, is_folder);
                }
            }
            next = level.parent.as_deref();
        }
        let [hob, ignore, git, exclude] = found;
        let found = hob.or(ignore).or(git).or(exclude);
        match found {
            Match::None => self.global.matched(path, is_folder),
            found => found,
        }
    }

    /// A path below the root with the root's links resolved.
    fn real(&self, path: &Path) -> PathBuf {
        match (self.reader.real(), path.strip_prefix(&self.root)) {
            (Some(real), Ok(below)) => real.join(below),
            _ => path.to_owned(),
        }
    }

    fn read_global(&mut self) -> Gitignore {
        let Some(file) = global::file() else {
            return Gitignore::empty();
        };
        let read = crate::reader::read_own(&file, LARGEST);
        let root = self.root.clone();
        self.parsed(&root, &file, read, Cost::default()).0
    }

    fn read_above(&mut self) -> Rulebook {
        let real = self.reader.real()?.to_owned();
        let mut rulebook = None;
        let folders: Vec<&Path> = real.ancestors().skip(1).collect();
        for folder in folders.into_iter().rev() {
            // An ignore file up there may be a link, but not to something outside of what it is for.
            let reader = Reader::new(folder);
            rulebook = self.level(&rulebook, folder, &reader, true);
        }
        rulebook
    }

    /// The rules of one folder on top of those above it.
    fn level(
        &mut self,
        parent: &Rulebook,
        folder: &Path,
        reader: &Reader,
        is_above: bool,
    ) -> Rulebook {
        let mut cost = parent.as_ref().map_or(Cost::default(), |it| it.cost);
        let mut matchers = [const { None }; 4];
        let names = match self.scope {
            Scope::All => &RULES[..],
            Scope::Included => &RULES[..1],
        };
        for (matcher, name) in matchers.iter_mut().zip(names) {
            let file = folder.join(name);
            // Most folders have none.
            if fs::symlink_metadata(&file).is_ok() {
                let read = reader.read(&file, LARGEST).map(|it| it.bytes);
                let (parsed, costs) = self.parsed(folder, &file, read, cost);
                cost = costs;
                *matcher = Some(parsed);
            }
        }
        if self.scope == Scope::All && fs::symlink_metadata(folder.join(".git")).is_ok() {
            let (parsed, costs) = self.info_exclude(folder, cost);
            cost = costs;
            matchers[3] = Some(parsed);
        }
        let matchers = matchers.map(|it| it.unwrap_or_else(Gitignore::empty));
        if matchers.iter().all(Gitignore::is_empty) {
            return parent.clone();
        }
        Some(Arc::new(Level {
            matchers,
            is_above,
            parent: parent.clone(),
            cost,
        }))
    }

    /// The rules that a repository's user keeps for itself, if its Git folder is proven to be its own.
    fn info_exclude(&mut self, folder: &Path, cost: Cost) -> (Gitignore, Cost) {
        let none = (Gitignore::empty(), cost);
        let Ok(git) = Git::of(folder) else {
            return none;
        };
        let file = git.common.join("info").join("exclude");
        if fs::symlink_metadata(&file).is_err() {
            return none;
        }
        let read = Reader::new(&git.common).read(&file, LARGEST);
        self.parsed(folder, &file, read.map(|it| it.bytes), cost)
    }

    /// A file's rules for what is below `folder`, and what they and those above them cost.
    fn parsed(
        &mut self,
        folder: &Path,
        file: &Path,
        read: Result<Vec<u8>, Refusal>,
        above: Cost,
    ) -> (Gitignore, Cost) {
        let bytes = match read {
            Ok(it) => it,
            Err(Refusal::Missing) => return (Gitignore::empty(), above),
            Err(refusal) => {
                self.refuse(file, &refusal.to_string());
                return (Gitignore::empty(), above);
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let parsed = lines::parse(folder, file, &text, above, &mut self.room);
        if let Some(why) = parsed.cut {
            self.refuse(file, why);
        }
        (parsed.matcher, parsed.cost)
    }

    fn refuse(&mut self, file: &Path, why: &str) {
        tracing::debug!(file = %file.display(), "an ignore file is not used, or not all of it: it {why}");
        self.refused.push((file.to_owned(), why.to_owned()));
    }
}

/// The rules of a project asked about single paths, without a walk. Reads the ignore files on the way to a path, each
/// once.
pub(super) struct Way {
    pub(super) rules: Rules,
    inside: HashMap<PathBuf, Rulebook>,
}

impl Way {
    pub(super) fn new(rules: Rules) -> Way {
        Way {
            rules,
            inside: HashMap::new(),
        }
    }

    /// The rules in force in `folder`, the root or below it; those of folders on the way to it are read.
    pub(super) fn inside(&mut self, folder: &Path) -> Rulebook {
        if let Some(found) = self.inside.get(folder) {
            return found.clone();
        }
        let parent = match folder.parent() {
            Some(parent) if folder != self.rules.root && parent.starts_with(&self.rules.root) => {
                self.inside(parent)
            }
            _ => self.rules.above(),
        };
        let found = self.rules.inside(&parent, folder);
        self.inside.insert(folder.to_owned(), found.clone());
        found
    }
}

#[cfg(test)]
mod tests;
