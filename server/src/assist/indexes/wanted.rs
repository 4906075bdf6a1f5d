//! What is to be looked at on disk.

use hob_index::walk::{self, Patterns};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is to be looked at on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole project.
    All,
    /// These files and folders.
    Paths(BTreeSet<PathBuf>),
}

impl Wanted {
    pub(super) fn and(self, more: Wanted) -> Wanted {
        match (self, more) {
            (Wanted::Paths(mut paths), Wanted::Paths(more)) => {
                paths.extend(more);
                Wanted::Paths(paths)
            }
            _ => Wanted::All,
        }
    }

    /// Without what makes no difference: editors report each file of a build's output, too.
    pub(super) fn without_ignored(self, root: &Path, patterns: &Patterns) -> Wanted {
        let Wanted::Paths(paths) = self else {
            return self;
        };
        let mut rules = walk::Ignored::new(root, patterns);
        let mut ignored: Option<PathBuf> = None;
        let mut counting = BTreeSet::new();
        // In their order, what is below an ignored folder comes right after it.
        for path in paths {
            if ignored.as_ref().is_some_and(|it| path.starts_with(it)) {
                continue;
            }
            ignored = rules.above(&path);
            if ignored.is_none() {
                counting.insert(path);
            }
        }
        Wanted::Paths(counting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_happens_in_ignored_folders_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("out/deep")).unwrap();
        fs::write(root.join("a.rs"), "fn a() {}\n").unwrap();
        fs::write(root.join(".gitignore"), "out\n").unwrap();
        let paths = |paths: &[&str]| -> Wanted {
            Wanted::Paths(paths.iter().map(|it| root.join(it)).collect())
        };
        let told = paths(&["a.rs", "out/deep/x.rs", "out/y.rs", "gone.rs", ".gitignore"]);
        assert_eq!(
            told.without_ignored(root, &Patterns::default()),
            paths(&["a.rs", "gone.rs", ".gitignore"])
        );
    }
}
