//! Hints that files have changed on disk. Nothing relies on them: an update compares with the disk.

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

    /// Watches the folders of these files from now on, and no others.
    ///
    /// Linux watches each folder for itself: so those which hold nothing that counts (build outputs, packages) cost
    /// nothing. The other systems watch the tree as a whole.
    ///
    /// # Errors
    /// The first folder that can't be watched; the others are.
    pub fn watch<'a>(&mut self, files: impl Iterator<Item = &'a Path>) -> notify::Result<()> {
        let (wanted, mode) = if cfg!(target_os = "linux") {
            (self.folders_of(files), RecursiveMode::NonRecursive)
        } else {
            (
                BTreeSet::from([self.root.clone()]),
                RecursiveMode::Recursive,
            )
        };
        let mut result = Ok(());
        for gone in self.folders.difference(&wanted) {
            // A folder that is deleted is no longer watched anyway.
            let _ = self.inner.unwatch(gone);
        }
        for new in wanted.difference(&self.folders) {
            let watched = self.inner.watch(new, mode);
            result = result.and(watched);
        }
        self.folders = wanted;
        result
    }

    /// All folders from the root down to these files.
    fn folders_of<'a>(&self, files: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::from([self.root.clone()]);
        for file in files {
            for folder in file.ancestors().skip(1) {
                if !folder.starts_with(&self.root) || !folders.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        folders
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
        let file = root.join("src/deep/a.rs");
        fs::write(&file, "fn a() {}").unwrap();
        let (sender, receiver) = channel();
        let mut watcher = Watcher::new(&root, move |it| {
            let _ = sender.send(it);
        })
        .unwrap();
        watcher.watch([file.as_path()].into_iter()).unwrap();
        fs::write(root.join("src/deep/b.rs"), "fn b() {}").unwrap();
        let told = std::iter::from_fn(|| receiver.recv_timeout(LONG).ok()).any(
            |it| matches!(it, Change::Paths(paths) if paths.contains(&root.join("src/deep/b.rs"))),
        );
        assert!(told);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn folders_that_hold_nothing_that_counts_are_not_watched() {
        let root = Path::new("/project");
        let watcher = Watcher::new(root, |_| ()).unwrap();
        let files = [
            "/project/src/a/b.rs",
            "/project/src/c.rs",
            "/elsewhere/d.rs",
        ];
        let folders = watcher.folders_of(files.into_iter().map(Path::new));
        let expected = ["/project", "/project/src", "/project/src/a"];
        assert_eq!(folders, expected.into_iter().map(PathBuf::from).collect());
    }
}
