//! Hints that files have changed on disk. Nothing relies on them: an update compares with the disk.

use crate::walk::{Patterns, folders};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a watcher saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These files or folders came, went or changed.
    Paths(Vec<PathBuf>),
    /// More happened than could be told: anything may have changed.
    Anything,
}

/// Watches the folders of a project. Dropping it ends that.
pub struct Watcher {
    root: PathBuf,
    inner: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Watches nothing yet; `changed` is called on a thread of the watcher's.
    ///
    /// # Errors
    /// The system watches no files (it is out of watches, or has none): a sentence for the log.
    pub fn new(
        root: &Path,
        changed: impl Fn(Change) + Send + 'static,
    ) -> Result<Watcher, notify::Error> {
        let inner = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if let Some(change) = change_of(event) {
                changed(change);
            }
        })?;
        Ok(Watcher {
            root: root.to_owned(),
            inner,
            folders: BTreeSet::new(),
        })
    }

    /// Watches what is at and below `place`, the root or a folder in it, from now on.
    ///
    /// Linux watches each folder for itself: so those which are ignored (build outputs, packages) cost nothing, and one
    /// that is new has to be told of. The other systems watch the tree as a whole.
    ///
    /// # Errors
    /// The first folder that can't be watched; the others are.
    pub fn follow(&mut self, place: &Path, patterns: &Patterns) -> notify::Result<()> {
        if !cfg!(target_os = "linux") {
            let new = self.folders.insert(self.root.clone());
            return match new {
                true => self.inner.watch(&self.root, RecursiveMode::Recursive),
                false => Ok(()),
            };
        }
        let wanted: BTreeSet<PathBuf> = folders(&self.root, place, patterns).into_iter().collect();
        let mut result = Ok(());
        for gone in self.folders.iter().filter(|it| it.starts_with(place)) {
            if !wanted.contains(gone) {
                // A folder that is deleted is no longer watched anyway.
                let _ = self.inner.unwatch(gone);
            }
        }
        self.folders.retain(|it| !it.starts_with(place));
        for folder in &wanted {
            // Also one that was watched: what has this name now may be another folder.
            let watched = self.inner.watch(folder, RecursiveMode::NonRecursive);
            result = result.and(watched);
        }
        self.folders.extend(wanted);
        result
    }
}

fn change_of(event: notify::Result<Event>) -> Option<Change> {
    match event {
        Ok(event) if event.need_rescan() => Some(Change::Anything),
        // Reading a file is none of our business; neither is what happens in Git's own folder.
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => None,
        Ok(mut event) => {
            event
                .paths
                .retain(|path| path.components().all(|it| it.as_os_str() != ".git"));
            (!event.paths.is_empty()).then_some(Change::Paths(event.paths))
        }
        Err(_) => Some(Change::Anything),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn changes_in_watched_folders_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("src/deep")).unwrap();
        let (sender, receiver) = channel();
        let mut watcher = Watcher::new(&root, move |it| {
            let _ = sender.send(it);
        })
        .unwrap();
        watcher.follow(&root, &Patterns::default()).unwrap();
        fs::write(root.join("src/deep/b.rs"), "fn b() {}").unwrap();
        let told = std::iter::from_fn(|| receiver.recv_timeout(LONG).ok()).any(
            |it| matches!(it, Change::Paths(paths) if paths.contains(&root.join("src/deep/b.rs"))),
        );
        assert!(told);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn ignored_folders_are_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["src/empty", "out/deep", ".git/refs"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        fs::write(root.join(".gitignore"), "out\n").unwrap();
        let mut watcher = Watcher::new(&root, |_| ()).unwrap();
        let followed = |watcher: &mut Watcher, place: &str| -> Vec<PathBuf> {
            let place = root.join(place);
            watcher.follow(&place, &Patterns::default()).unwrap();
            let below = watcher.folders.iter();
            below
                .map(|it| it.strip_prefix(&root).unwrap().into())
                .collect()
        };
        let expected = ["", "src", "src/empty"].map(PathBuf::from);
        assert_eq!(followed(&mut watcher, ""), expected);
        assert_eq!(followed(&mut watcher, "out/deep"), expected);
        fs::create_dir_all(root.join("src/new/er")).unwrap();
        fs::remove_dir(root.join("src/empty")).unwrap();
        let expected = ["", "src", "src/new", "src/new/er"].map(PathBuf::from);
        assert_eq!(followed(&mut watcher, "src"), expected);
    }
}
