//! The indexes of the open projects: opened once, updated one at a time in the background, with the texts of open
//! documents laid over what is on disk.

mod meaning;
mod wanted;

pub use wanted::Wanted;

use crate::assist::document::Document;
use crate::assist::generation::lock;
use hob_index::error::Error;
use hob_index::semantic::Embedded;
use hob_index::store::{Index, Notice, Searcher};
use hob_index::update::{Control, Progress, Report};
use hob_index::walk::Patterns;
use hob_index::watch::{Change, Watcher};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// After the last key, for so long one core is all that indexing takes.
const TYPING: Duration = Duration::from_secs(2);
/// After the first failure it is tried again this soon; then each time after twice the wait, up to the longest.
const AGAIN: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Larger documents are left to what is on disk; in bytes.
const LARGEST: usize = 512 * 1024;

/// The indexes by the roots of their projects. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Indexes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    projects: Mutex<HashMap<PathBuf, Project>>,
    control: Control,
    typed: Mutex<Option<Instant>>,
    /// Somebody types, or is waiting for a completion: nothing is embedded.
    pause: AtomicBool,
    embedding: meaning::Embedding,
}

/// One project.
#[derive(Default)]
struct Project {
    /// `None` while it is being opened, and where it can't be kept.
    index: Option<Index>,
    patterns: Patterns,
    /// An update is running; what is wanted meanwhile comes after it.
    running: bool,
    wanted: Option<Wanted>,
    /// The versions of the open documents that the index has.
    open: HashMap<PathBuf, i32>,
    watcher: Option<Arc<Mutex<Watcher>>>,
    trouble: Option<Trouble>,
    embedded: Option<Arc<Embedded>>,
    filling: meaning::Filling,
}

/// It could not be opened, or not be brought up to date.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    since: Instant,
    /// After so long it is tried again.
    wait: Duration,
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project")
            .field("index", &self.index)
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl Indexes {
    /// Whether a project is new; then it counts as known from now on, and is to be opened.
    pub fn starts(&self, root: &Path) -> bool {
        let mut projects = lock(&self.0.projects);
        let new = !projects.contains_key(root);
        if new {
            projects.insert(root.to_owned(), Project::default());
        }
        new
    }

    /// Opens the index of a project below the folder `cache`. Blocks for some milliseconds.
    ///
    /// # Errors
    /// It can't be kept there; the project goes on without.
    pub fn open(&self, root: &Path, cache: &Path) -> Result<Option<Notice>, Error> {
        match Index::open(root, cache) {
            Ok((index, notice)) => {
                if let Some(project) = lock(&self.0.projects).get_mut(root) {
                    project.index = Some(index);
                    project.trouble = None;
                }
                Ok(notice)
            }
            Err(error) => {
                self.failed(root);
                Err(error)
            }
        }
    }

    fn failed(&self, root: &Path) {
        if let Some(project) = lock(&self.0.projects).get_mut(root) {
            let wait = project.trouble.map(|it| it.wait * 2);
            project.trouble = Some(Trouble {
                since: Instant::now(),
                wait: wait.unwrap_or(AGAIN).min(LONGEST_WAIT),
            });
        }
    }

    /// Whether nothing is known to be wrong with a project's index.
    pub fn is_well(&self, root: &Path) -> bool {
        let projects = lock(&self.0.projects);
        projects.get(root).is_none_or(|it| it.trouble.is_none())
    }

    /// The projects that failed some time ago, so that it is to be tried again. Each is given once.
    pub fn due(&self) -> Vec<PathBuf> {
        let mut due = Vec::new();
        for (root, project) in lock(&self.0.projects).iter_mut() {
            if let Some(trouble) = &mut project.trouble
                && trouble.since.elapsed() >= trouble.wait
            {
                trouble.since = Instant::now();
                due.push(root.clone());
            }
        }
        due
    }

    /// Forgets a project; its index stays on disk.
    pub fn forget(&self, root: &Path) {
        lock(&self.0.projects).remove(root);
    }

    /// Forgets all projects.
    pub fn clear(&self) {
        lock(&self.0.projects).clear();
    }

    /// The roots of the projects that have an index.
    pub fn roots(&self) -> Vec<PathBuf> {
        let projects = lock(&self.0.projects);
        let with_index = projects.iter().filter(|it| it.1.index.is_some());
        with_index.map(|it| it.0.clone()).collect()
    }

    /// The index of a project, once it is open.
    pub fn get(&self, root: &Path) -> Option<Index> {
        lock(&self.0.projects).get(root)?.index.clone()
    }

    /// What the settings want in and out; whether that is news.
    pub fn set_patterns(&self, root: &Path, patterns: Patterns) -> bool {
        let mut projects = lock(&self.0.projects);
        let Some(project) = projects.get_mut(root) else {
            return false;
        };
        let new = project.patterns != patterns;
        project.patterns = patterns;
        new
    }

    /// The index of a project as it is now, with the texts of these open documents. Blocks for the milliseconds that
    /// changed documents take.
    pub fn searcher(&self, root: &Path, documents: &[&Arc<Document>]) -> Option<Searcher> {
        let index = self.get(root)?;
        let changed: Vec<(&Path, &Arc<Document>)> = {
            let mut projects = lock(&self.0.projects);
            let known = &mut projects.get_mut(root)?.open;
            let mut changed = Vec::new();
            for document in documents {
                let Some(path) = document.path.as_deref() else {
                    continue;
                };
                let version = Some(document.version);
                if document.text.len_bytes() <= LARGEST
                    && known.insert(path.to_owned(), document.version) != version
                {
                    changed.push((path, *document));
                }
            }
            changed
        };
        for (path, document) in changed {
            // A secret text stands for nothing; its file is judged by itself.
            let text = (!document.is_secret()).then(|| document.text.to_string().into());
            index.overlay(path, text);
        }
        Some(index.searcher())
    }

    /// A document was closed: its file stands for itself again.
    pub fn closed(&self, root: &Path, path: &Path) {
        let index = {
            let mut projects = lock(&self.0.projects);
            let Some(project) = projects.get_mut(root) else {
                return;
            };
            project.open.remove(path);
            project.index.clone()
        };
        if let Some(index) = index {
            index.overlay(path, None);
        }
    }

    /// Something on disk is to be looked at. `true`: nothing is running, and the caller is to [`Indexes::work`].
    pub fn want(&self, root: &Path, wanted: Wanted) -> bool {
        let mut projects = lock(&self.0.projects);
        let Some(project) = projects.get_mut(root).filter(|it| it.index.is_some()) else {
            return false;
        };
        let all = project.wanted.take();
        project.wanted = Some(match all {
            Some(it) => it.and(wanted),
            None => wanted,
        });
        !std::mem::replace(&mut project.running, true)
    }

    /// Works until nothing more is wanted. Blocks; `progress` is called from several threads.
    ///
    /// # Errors
    /// As for [`Index::update`]: the first that occurs ends the work.
    pub fn work(&self, root: &Path, progress: impl Fn(Progress) + Sync) -> Result<Report, Error> {
        let mut last = Report::default();
        loop {
            let (index, patterns, wanted) = {
                let mut projects = lock(&self.0.projects);
                let Some(project) = projects.get_mut(root) else {
                    return Ok(last);
                };
                match (project.index.clone(), project.wanted.take()) {
                    (Some(index), Some(wanted)) => (index, project.patterns.clone(), wanted),
                    _ => {
                        project.running = false;
                        return Ok(last);
                    }
                }
            };
            let wanted = wanted.without_ignored(root, &patterns);
            // Before it is looked at: what comes later is then seen by the watcher.
            self.follow(root, &wanted, &patterns);
            let whole = wanted == Wanted::All;
            let updated = match wanted {
                Wanted::All => index.update(&patterns, &self.0.control, &progress),
                Wanted::Paths(paths) => {
                    let paths: Vec<PathBuf> = paths.into_iter().collect();
                    index.update_files(&paths, &patterns, &self.0.control)
                }
            };
            if let Err(error) = &updated {
                if !matches!(error, Error::Busy(_) | Error::Stopped) {
                    self.failed(root);
                }
                if let Some(project) = lock(&self.0.projects).get_mut(root) {
                    project.running = false;
                }
            } else if whole && let Some(project) = lock(&self.0.projects).get_mut(root) {
                project.trouble = None;
            }
            last = updated?;
        }
    }

    /// Watches a project's folders, where the editor doesn't.
    pub fn watch(&self, root: &Path, changed: impl Fn(Wanted) + Send + 'static) {
        let told = move |change| {
            changed(match change {
                Change::Anything => Wanted::All,
                Change::Paths(paths) => Wanted::Paths(paths.into_iter().collect()),
            });
        };
        let watcher = match Watcher::new(root, told) {
            Ok(it) => it,
            Err(error) => return tracing::info!(%error, "files are not watched"),
        };
        if let Some(project) = lock(&self.0.projects).get_mut(root) {
            project.watcher = Some(Arc::new(Mutex::new(watcher)));
        }
    }

    /// Lets the watcher follow the folders that may be new.
    fn follow(&self, root: &Path, wanted: &Wanted, patterns: &Patterns) {
        let watcher = lock(&self.0.projects)
            .get(root)
            .and_then(|it| it.watcher.clone());
        let Some(watcher) = watcher else {
            return;
        };
        let mut watcher = lock(&watcher);
        let places: Vec<&Path> = match wanted {
            Wanted::All => vec![root],
            Wanted::Paths(paths) => paths
                .iter()
                .map(PathBuf::as_path)
                .filter(|it| it.is_dir())
                .collect(),
        };
        for place in places {
            if let Err(error) = watcher.follow(place, patterns) {
                tracing::info!(%error, "not all folders are watched");
            }
        }
    }

    /// Somebody types: indexing makes do with one core for a while, and embedding waits.
    pub fn typed(&self) {
        *lock(&self.0.typed) = Some(Instant::now());
        self.0.control.threads.store(1, Ordering::Relaxed);
        self.0.pause.store(true, Ordering::Relaxed);
    }

    /// Called now and then: nobody types any more, and all cores may work again. While a completion `is_generating`,
    /// embedding still waits.
    pub fn rest(&self, is_generating: bool) {
        let mut typed = lock(&self.0.typed);
        let rests = typed.is_none_or(|it| it.elapsed() > TYPING);
        self.0
            .pause
            .store(!rests || is_generating, Ordering::Relaxed);
        if rests && typed.is_some() {
            *typed = None;
            let all = Control::default().threads.into_inner();
            self.0.control.threads.store(all, Ordering::Relaxed);
        }
    }

    /// Ends all work soon. What is committed stays.
    pub fn stop(&self) {
        self.0.control.stop.store(true, Ordering::Relaxed);
        self.stop_filling();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ropey::Rope;
    use std::fs;

    struct Folders(tempfile::TempDir);

    impl Folders {
        fn root(&self) -> PathBuf {
            self.0.path().join("project")
        }
    }

    fn opened(text: &str) -> (Folders, Indexes) {
        let folders = Folders(tempfile::tempdir().unwrap());
        fs::create_dir_all(folders.root()).unwrap();
        fs::write(folders.root().join("a.rs"), text).unwrap();
        let indexes = Indexes::default();
        assert!(indexes.starts(&folders.root()) && !indexes.starts(&folders.root()));
        let cache = folders.0.path().join("cache");
        assert_eq!(indexes.open(&folders.root(), &cache).unwrap(), None);
        (folders, indexes)
    }

    fn document(path: PathBuf, version: i32, text: &str) -> Arc<Document> {
        Arc::new(Document {
            id: "a".into(),
            path: Some(path),
            language_id: "rust".into(),
            language: None,
            version,
            text: Rope::from_str(text),
            touched: 0,
            tick: 0,
            ..Document::default()
        })
    }

    #[test]
    fn what_is_wanted_while_work_runs_is_done_after_it() {
        let (folders, indexes) = opened("fn a() {}\n");
        let root = folders.root();
        let paths = |it: &str| Wanted::Paths([root.join(it)].into());
        assert!(indexes.want(&root, paths("a.rs")));
        assert!(
            !indexes.want(&root, paths("b.rs")),
            "somebody works already"
        );
        fs::write(root.join("b.rs"), "fn b() {}\n").unwrap();
        assert_eq!(indexes.work(&root, |_| ()).unwrap().files, 2);
        assert!(indexes.want(&root, Wanted::All), "nobody works any more");
    }

    #[test]
    fn open_documents_are_seen_until_they_are_closed() {
        let (folders, indexes) = opened("fn on_disk() {}\n");
        let root = folders.root();
        assert!(indexes.want(&root, Wanted::All));
        indexes.work(&root, |_| ()).unwrap();
        let open = document(root.join("a.rs"), 1, "fn unsaved() {}\n");
        let named = |it: Searcher, name| it.named(name, 9).len();
        let searcher = indexes.searcher(&root, &[&open]).unwrap();
        assert_eq!(named(searcher.clone(), "unsaved"), 1);
        assert_eq!(named(searcher, "on_disk"), 0);
        indexes.closed(&root, &root.join("a.rs"));
        assert_eq!(named(indexes.searcher(&root, &[]).unwrap(), "on_disk"), 1);
    }
}
