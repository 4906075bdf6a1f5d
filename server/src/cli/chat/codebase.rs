//! The codebase behind a conversation: its index, brought up to date while the user reads and types.

use crate::assist::chat::attachment::attachable;
use crate::assist::chat::context::Project;
use crate::assist::engine::Engine;
use crate::assist::indexes::Wanted;
use crate::cli::chat::editor::{Name, Names};
use crate::config::files;
use hob_index::error::Error;
use hob_index::walk::Patterns;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a question waits for an index that is being built: longer, and it is asked with what is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// How far the index is.
#[derive(Clone, Debug, Default)]
struct State {
    /// Files done, and in all.
    files: (usize, usize),
    done: bool,
    /// What the user should know: a sentence.
    trouble: Option<String>,
}

/// The index of a project, on its way.
pub(in crate::cli) struct Codebase {
    state: watch::Receiver<State>,
    engine: Arc<Engine>,
    root: PathBuf,
}

impl Codebase {
    /// Opens the index and begins to bring it up to date.
    pub(in crate::cli) fn open(engine: &Arc<Engine>, root: &Path) -> Codebase {
        let (sender, state) = watch::channel(State::default());
        let codebase = Codebase {
            state,
            engine: engine.clone(),
            root: root.to_owned(),
        };
        let settings = &engine.settings().index;
        let cache = files::cache_folder(&files::Environment::of_process());
        let (true, Some(cache)) = (settings.enabled, cache) else {
            sender.send_modify(|it| it.done = true);
            return codebase;
        };
        let patterns = Patterns {
            include: settings.include.clone(),
            exclude: settings.exclude.clone(),
        };
        let (engine, root) = (engine.clone(), root.to_owned());
        engine.indexes().starts(&root);
        std::thread::spawn(move || {
            let result = update(&engine, &root, &cache, patterns, &sender);
            sender.send_modify(|it| {
                it.trouble = result.err();
                it.done = true;
            });
        });
        codebase
    }

    /// Waits until the index is up to date, but not for ever; `say` is told how far it is. What the user should know.
    pub(in crate::cli) async fn ready(&self, mut say: impl FnMut(String)) -> Option<String> {
        let mut state = self.state.clone();
        let wait = async {
            loop {
                let now = state.borrow_and_update().clone();
                if now.done {
                    return now.trouble;
                }
                say(match now.files {
                    (_, 0) => "looking at the codebase".to_owned(),
                    (done, all) => format!("indexing, {done} of {all} files"),
                });
                if state.changed().await.is_err() {
                    return None;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(trouble) => trouble,
            Err(_) => Some(
                "The index is still being built, so the answer knows less of the codebase than it could."
                    .to_owned(),
            ),
        }
    }

    /// What `@` can name in this project.
    pub(super) fn names(&self) -> Names {
        let (engine, root) = (self.engine.clone(), self.root.clone());
        Arc::new(move |typed, most| {
            let searcher = engine.indexes().searcher(&root, &[]);
            let project = Project::new(Some(&root), searcher.as_ref(), &[]);
            let found = attachable(typed, &project, most + 2);
            // A terminal has neither problems nor open documents.
            let here = found
                .into_iter()
                .filter(|it| !matches!(it.kind, "problems" | "open"));
            let name = |it: crate::assist::chat::attachment::Attachable| {
                let inserted = it.insert.trim_start_matches('@').trim_end().to_owned();
                Name {
                    about: match it.kind {
                        // Their names say all.
                        "file" | "folder" => it.kind.to_owned(),
                        _ => it.detail,
                    },
                    name: inserted,
                }
            };
            here.map(name).take(most).collect()
        })
    }
}

fn update(
    engine: &Engine,
    root: &Path,
    cache: &Path,
    patterns: Patterns,
    state: &watch::Sender<State>,
) -> Result<(), String> {
    let indexes = engine.indexes();
    indexes.open(root, cache).map_err(|it| it.to_string())?;
    indexes.set_patterns(root, patterns);
    indexes.want(root, Wanted::All);
    let updated = indexes.work(root, |it| {
        state.send_modify(|state| state.files = (it.files, it.of_files));
    });
    match updated {
        // While it is busy, an editor's server keeps it up to date.
        Ok(_) | Err(Error::Busy(_) | Error::Stopped) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
