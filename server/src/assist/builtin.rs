//! The provider `builtin`: one language model of code for each project, learned in the background and kept up to date.

use crate::assist::complete::Request;
use crate::assist::document::Document;
use crate::assist::generation::lock;
use crate::assist::invisible;
use hob_index::ngram::{self, Codebase, Query};
use hob_index::reader::Reader;
use hob_index::walk;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// How much text before the cursor a guess may see, in bytes.
const BEFORE: usize = 24 * 1024;
/// How much text after the cursor a guess may see, in bytes.
const AFTER: usize = 12 * 1024;
/// Of other open documents, how much is learned of each, in bytes.
const OPEN: usize = 512 * 1024;
/// How long file events are gathered before the disk is looked at.
const SETTLE: Duration = Duration::from_millis(500);
/// How many changed files are taken in one by one; more, and the project is learned anew.
const FEW: usize = 200;

/// The name under which is known what belongs to no project: open documents alone. No path, so never looked up on disk.
const NONE: &str = "";

/// A guess of `builtin`.
pub type Guess = ngram::Guess;

/// All projects that are known.
#[derive(Clone, Debug, Default)]
pub struct Builtin {
    projects: Arc<Mutex<HashMap<PathBuf, Project>>>,
    stop: Arc<AtomicBool>,
}

/// One project.
#[derive(Debug)]
struct Project {
    codebase: Codebase,
    phase: Phase,
    /// The files as they were learned: size and time of the last change.
    files: HashMap<PathBuf, (u64, Option<SystemTime>)>,
    /// The versions of open documents that the codebase has.
    open: HashMap<PathBuf, i32>,
    /// An update of open documents is under way.
    updating: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Learning,
    Learned,
    /// Learned, and something on disk may have changed since.
    Stale,
}

impl Project {
    fn new() -> Project {
        Project {
            codebase: Codebase::empty(),
            phase: Phase::Learning,
            files: HashMap::new(),
            open: HashMap::new(),
            updating: false,
        }
    }
}

impl Builtin {
    /// Whether a project is new; then it counts as being learned from now on.
    pub fn starts(&self, root: &Path) -> bool {
        let mut projects = lock(&self.projects);
        let new = !projects.contains_key(root);
        if new {
            projects.insert(root.to_owned(), Project::new());
        }
        new
    }

    /// Whether a project is being read for the first time.
    pub fn is_learning(&self) -> bool {
        lock(&self.projects)
            .values()
            .any(|it| it.phase == Phase::Learning)
    }

    /// Reads a project: blocks for as long as that takes (seconds for a large one).
    ///
    /// `progress` is told how many files are done, of how many.
    pub fn learn(&self, root: &Path, progress: impl Fn(usize, usize) + Sync) {
        let files = listed(root);
        let codebase = Codebase::learn(root, &self.stop, progress);
        let mut projects = lock(&self.projects);
        let project = projects.entry(root.to_owned()).or_insert_with(Project::new);
        project.codebase = codebase;
        project.files = files;
        project.open.clear();
        project.phase = Phase::Learned;
    }

    /// How many files of a project are known.
    pub fn n_files(&self, root: &Path) -> usize {
        lock(&self.projects)
            .get(root)
            .map_or(0, |it| it.codebase.n_files())
    }

    /// Forgets a project.
    pub fn forget(&self, root: &Path) {
        lock(&self.projects).remove(root);
    }

    /// Reads all projects anew, in the background.
    pub fn learn_again(&self) {
        let mut roots: Vec<PathBuf> = lock(&self.projects).keys().cloned().collect();
        roots.retain(|it| it != Path::new(NONE));
        let this = self.clone();
        tokio::task::spawn_blocking(move || roots.iter().for_each(|it| this.learn(it, |_, _| ())));
    }

    /// Ends all work soon.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Files may have changed on disk: a hint to compare what is known with what is there, in the background.
    pub fn changed_on_disk(&self, paths: Vec<PathBuf>) {
        let mut roots = Vec::new();
        let mut projects = lock(&self.projects);
        for (root, project) in projects.iter_mut().filter(|it| it.0 != Path::new(NONE)) {
            let concerned = paths.iter().any(|it| it.starts_with(root));
            if concerned && project.phase == Phase::Learned {
                project.phase = Phase::Stale;
                roots.push(root.clone());
            }
        }
        drop(projects);
        for root in roots {
            let this = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(SETTLE).await;
                let update = tokio::task::spawn_blocking(move || this.compare(&root));
                let _ = update.await;
            });
        }
    }

    /// A document of no project was closed: nothing on disk stands for it from now on. `id`: its URI.
    pub fn closed(&self, id: &str) {
        let mut projects = lock(&self.projects);
        let Some(project) = projects.get_mut(Path::new(NONE)) else {
            return;
        };
        let Some((key, _)) = project.open.remove_entry(Path::new(id)) else {
            return;
        };
        let mut codebase = project.codebase.with_files([(key.as_path(), None)]);
        if codebase.is_overgrown() {
            codebase = codebase.compacted();
        }
        project.codebase = codebase;
    }

    /// Compares a project with the disk and takes in what differs.
    fn compare(&self, root: &Path) {
        let (known, codebase) = {
            let mut projects = lock(&self.projects);
            let Some(project) = projects.get_mut(root) else {
                return;
            };
            // Events from now on ask for another look.
            project.phase = Phase::Learned;
            (project.files.clone(), project.codebase.clone())
        };
        let now = listed(root);
        let mut changed: Vec<&PathBuf> = now
            .iter()
            .filter(|(path, state)| known.get(*path) != Some(*state))
            .map(|(path, _)| path)
            .chain(known.keys().filter(|it| !now.contains_key(*it)))
            .collect();
        if changed.is_empty() {
            return;
        }
        if changed.len() > FEW {
            return self.learn(root, |_, _| ());
        }
        changed.sort();
        let reader = Reader::new(root);
        let texts: Vec<(&Path, Option<String>)> = changed
            .iter()
            .map(|it| {
                (
                    it.as_path(),
                    walk::read_with(&reader, it)
                        .ok()
                        .filter(|_| now.contains_key(*it)),
                )
            })
            .collect();
        let mut codebase =
            codebase.with_files(texts.iter().map(|(path, text)| (*path, text.as_deref())));
        if codebase.is_overgrown() {
            codebase = codebase.compacted();
        }
        let mut projects = lock(&self.projects);
        if let Some(project) = projects.get_mut(root) {
            project.codebase = codebase;
            project
                .open
                .retain(|path, _| texts.iter().all(|(it, _)| it != path));
            project.files = now;
        }
    }

    /// What the codebase would write at a request's place, best first. Runs off the async threads.
    pub async fn guess(&self, request: Request) -> Vec<Guess> {
        let this = self.clone();
        let guess = tokio::task::spawn_blocking(move || this.guess_now(&request));
        // A panic in there costs this guess; it is in the log.
        guess.await.unwrap_or_default()
    }

    /// [`Builtin::guess`], blocking for some milliseconds.
    pub fn guess_now(&self, request: &Request) -> Vec<Guess> {
        let root = request.root.clone().unwrap_or_else(|| NONE.into());
        let codebase = {
            let mut projects = lock(&self.projects);
            let project = projects.entry(root.clone()).or_insert_with(|| Project {
                phase: Phase::Learned,
                ..Project::new()
            });
            project.codebase.clone()
        };
        self.follow_open_documents(&root, &request.others);
        let document = &request.document;
        let (before, after) = (
            document.before(request.offset, BEFORE),
            document.after(request.offset, AFTER),
        );
        let mut guesses = codebase.candidates(&Query {
            path: &key(document, &root),
            language: document.language,
            before: &before,
            after: &after,
        });
        for it in &mut guesses {
            // What stands in some file of the codebase is not yet right in this one.
            if let Cow::Owned(text) = invisible::without(&it.text, &before, &after) {
                it.text = text;
            }
        }
        guesses.retain(|it| !it.text.trim().is_empty());
        guesses
    }

    /// Takes in the open documents that changed, in the background: their texts are newer than the disk's.
    fn follow_open_documents(&self, root: &Path, others: &[Arc<Document>]) {
        let changed: Vec<Arc<Document>> = {
            let mut projects = lock(&self.projects);
            let Some(project) = projects.get_mut(root).filter(|it| !it.updating) else {
                return;
            };
            let changed = others.iter().filter(|it| {
                let inside = root == Path::new(NONE) || key(it, root).starts_with(root);
                inside
                    && !it.is_secret()
                    && it.text.len_bytes() <= OPEN
                    && project.open.get(&key(it, root)) != Some(&it.version)
            });
            let changed: Vec<_> = changed.cloned().collect();
            project.updating = !changed.is_empty();
            changed
        };
        if changed.is_empty() {
            return;
        }
        let (this, root) = (self.clone(), root.to_owned());
        tokio::task::spawn_blocking(move || this.take_in(&root, &changed));
    }

    fn take_in(&self, root: &Path, documents: &[Arc<Document>]) {
        let Some(codebase) = lock(&self.projects).get(root).map(|it| it.codebase.clone()) else {
            return;
        };
        let texts: Vec<(PathBuf, String)> = documents
            .iter()
            .map(|it| (key(it, root), it.text.to_string()))
            .collect();
        let mut codebase = codebase.with_files(
            texts
                .iter()
                .map(|(path, text)| (path.as_path(), Some(text.as_str()))),
        );
        if codebase.is_overgrown() {
            codebase = codebase.compacted();
        }
        if let Some(project) = lock(&self.projects).get_mut(root) {
            project.codebase = codebase;
            project.updating = false;
            for it in documents {
                project.open.insert(key(it, root), it.version);
            }
        }
    }
}

/// The name under which a document is learned: in a project, that of its file on disk, which it stands for.
fn key(document: &Document, root: &Path) -> PathBuf {
    match &document.path {
        Some(path) if root != Path::new(NONE) => path.clone(),
        _ => PathBuf::from(&*document.id),
    }
}

/// The files of a project that count, with what tells their versions apart.
fn listed(root: &Path) -> HashMap<PathBuf, (u64, Option<SystemTime>)> {
    let (files, _) = walk::files(root);
    let state = |it: walk::File| {
        let modified = std::fs::metadata(&it.path)
            .and_then(|it| it.modified())
            .ok();
        (it.path, (it.size, modified))
    };
    files.into_iter().map(state).collect()
}

/// Whether a guess is likely enough to be shown.
pub fn is_likely(guess: &Guess) -> bool {
    guess.confidence >= ngram::SHOW
}

/// Whether a guess is so likely that it need not wait for a model.
pub fn is_certain(guess: &Guess) -> bool {
    guess.confidence >= ngram::CERTAIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assist::gate::Trigger;
    use hob_index::language::Language;

    /// What is guessed at the end of `before`, in a codebase where the line goes on so everywhere.
    fn guesses(before: &str, rest: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["circle", "square", "star", "line"] {
            let line = format!("    let outline = {rest}\n    canvas.stroke(outline);\n");
            let methods: String = (0..9)
                .map(|it| format!("fn draw_{it}(canvas: &mut Canvas) {{\n{line}}}\n\n"))
                .collect();
            std::fs::write(folder.path().join(format!("{name}.rs")), methods).unwrap();
        }
        let builtin = Builtin::default();
        builtin.learn(folder.path(), |_, _| {});
        let document = Document {
            id: "new.rs".into(),
            path: Some(folder.path().join("new.rs")),
            language_id: "rust".to_owned(),
            language: Language::of_id("rust"),
            version: 0,
            text: ropey::Rope::from_str(&format!("{before}\n}}\n")),
            touched: 0,
            tick: 0,
            ..Document::default()
        };
        let guesses = builtin.guess_now(&Request {
            document: Arc::new(document),
            offset: before.len(),
            others: Vec::new(),
            root: Some(folder.path().to_owned()),
            trigger: Trigger::Invoked,
            whole: true,
        });
        guesses.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn a_guess_holds_nothing_that_nobody_sees() {
        let before = "fn draw_x(canvas: &mut Canvas) {\n    let outline = ";
        let plain = guesses(before, "resolve(canvas.theme());");
        assert!(plain[0].starts_with("resolve(canvas"), "{plain:?}");
        let hidden = guesses(before, "resolve(/*\u{202e}\u{200b}*/canvas.theme());");
        assert!(
            hidden.iter().any(|it| it.starts_with("resolve(")),
            "{hidden:?}"
        );
        for it in &hidden {
            assert!(!it.contains(['\u{200b}', '\u{202e}']), "{hidden:?}");
        }
    }
}
