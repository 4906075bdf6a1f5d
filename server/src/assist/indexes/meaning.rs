//! Search by meaning in the open projects: the one embedder of the process, each project's vectors, filling these in.

use crate::assist::generation::lock;
use crate::assist::indexes::Indexes;
use crate::assist::meaning;
use crate::config::settings::{ModelSettings, Models};
use crate::model::embed;
use hob_index::embed::Embedder;
use hob_index::search::Semantic;
use hob_index::semantic::{Embedded, Filled, Flags};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An embedder that could not be used is not tried again for so long.
const AGAIN: Duration = Duration::from_secs(30);

/// The embedder that the settings name.
#[derive(Default)]
pub(super) struct Embedding {
    models: Mutex<Models>,
    /// Locked while it is opened, which takes seconds: never by what must not wait.
    opened: Mutex<Option<Opened>>,
    /// Held while vectors are opened.
    opening: Mutex<()>,
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedding").finish_non_exhaustive()
    }
}

/// What came of opening an embedder.
struct Opened {
    settings: Option<ModelSettings>,
    at: Instant,
    embedder: Result<Option<Arc<dyn Embedder>>, String>,
}

impl Embedding {
    /// The embedder; opened at the first call, and again when other settings are in force.
    fn embedder(&self) -> Result<Option<Arc<dyn Embedder>>, String> {
        let mut opened = lock(&self.opened);
        let models = lock(&self.models).clone();
        if let Some(it) = &*opened
            && it.settings == models.embed
            && (it.embedder.is_ok() || it.at.elapsed() < AGAIN)
        {
            return it.embedder.clone();
        }
        let embedder = embed::embedder(&models);
        *opened = Some(Opened {
            settings: models.embed,
            at: Instant::now(),
            embedder: embedder.clone(),
        });
        embedder
    }
}

/// How a project's vectors are filled in.
#[derive(Debug, Default)]
pub(super) struct Filling {
    running: bool,
    /// It is to be looked for what is missing, by whoever runs.
    wanted: bool,
    /// Ends it after the batch that is being embedded.
    stop: Arc<AtomicBool>,
}

impl Drop for Filling {
    // The project is forgotten.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Indexes {
    /// Puts these models in force.
    pub fn configure(&self, models: &Models) {
        let mut known = lock(&self.0.embedding.models);
        let new = known.embed != models.embed;
        *known = models.clone();
        if new {
            for project in lock(&self.0.projects).values_mut() {
                project.embedded = None;
                project.filling.wanted = project.filling.running;
                project.filling.stop.store(true, Ordering::Relaxed);
                project.filling.stop = Arc::default();
            }
        }
    }

    /// What to search a project by meaning with, as it is now. Where that can't be done it says why, and searches go by
    /// words. Blocks: an embedder may have to be opened.
    pub fn meaning(&self, root: &Path) -> Arc<dyn Semantic> {
        meaning::semantic(self.embedded(root))
    }

    /// The vectors of a project; `None`: no embedder is configured, or the project has no index. Blocks.
    fn embedded(&self, root: &Path) -> Result<Option<Arc<Embedded>>, String> {
        let Some(embedder) = self.0.embedding.embedder()? else {
            return Ok(None);
        };
        // Two must never write one file. The projects' own lock isn't held: all checksums are looked at.
        let _only = lock(&self.0.embedding.opening);
        let (index, known) = {
            let projects = lock(&self.0.projects);
            match projects.get(root) {
                Some(it) => (it.index.clone(), it.embedded.clone()),
                None => (None, None),
            }
        };
        let Some(index) = index else {
            return Ok(None);
        };
        if let Some(it) = known.filter(|it| it.is_of(&embedder)) {
            it.refresh()?;
            return Ok(Some(it));
        }
        let (embedded, notice) = Embedded::open(&index, embedder, meaning::shown)?;
        if let Some(notice) = notice {
            tracing::warn!(%notice, "vectors");
        }
        let embedded = Arc::new(embedded);
        if let Some(project) = lock(&self.0.projects).get_mut(root) {
            project.embedded = Some(embedded.clone());
        }
        Ok(Some(embedded))
    }

    /// Vectors may be missing. `true`: the caller is to [`Indexes::fill`]; otherwise somebody does already.
    pub fn starts_filling(&self, root: &Path) -> bool {
        if lock(&self.0.embedding.models).embed.is_none() {
            return false;
        }
        let mut projects = lock(&self.0.projects);
        let Some(project) = projects.get_mut(root).filter(|it| it.index.is_some()) else {
            return false;
        };
        project.filling.wanted = true;
        !std::mem::replace(&mut project.filling.running, true)
    }

    /// Embeds what has no vector yet, one batch at a time, and waits while somebody types. Nothing where another process
    /// writes the index. Blocks, for hours if need be. `progress` gets how many chunks are done, of how many.
    ///
    /// # Errors
    /// The embedder or the disk failed: a sentence for the user. What is done is kept.
    pub fn fill(&self, root: &Path, progress: impl Fn(usize, usize)) -> Result<(), String> {
        let mut result = Ok(());
        while let Some(stop) = self.next_filling(root) {
            let flags = Flags {
                stop: &stop,
                pause: &self.0.pause,
            };
            result = match self.embedded(root) {
                Ok(Some(it)) if it.writes() => match it.fill(flags, &progress) {
                    Filled::Whole | Filled::Stopped => Ok(()),
                    Filled::Failed(why) => Err(why),
                },
                Ok(_) => Ok(()),
                Err(why) => Err(why),
            };
        }
        result
    }

    /// What ends the next filling; `None`: none is wanted, and nobody fills any more.
    fn next_filling(&self, root: &Path) -> Option<Arc<AtomicBool>> {
        let mut projects = lock(&self.0.projects);
        let filling = &mut projects.get_mut(root)?.filling;
        filling.running = std::mem::take(&mut filling.wanted);
        filling.running.then(|| filling.stop.clone())
    }

    /// Ends all filling soon.
    pub(super) fn stop_filling(&self) {
        for project in lock(&self.0.projects).values_mut() {
            project.filling.wanted = false;
            project.filling.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assist::indexes::Wanted;
    use hob_index::search::{Found, Mode, Query, search};
    use hob_tests::model::{ModelServer, Reply};
    use serde_json::{Value, json};
    use std::fs;

    struct Opened {
        _folder: tempfile::TempDir,
        root: std::path::PathBuf,
        indexes: Indexes,
    }

    impl Opened {
        fn new() -> Opened {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().join("project");
            fs::create_dir_all(&root).unwrap();
            fs::write(root.join("a.rs"), "fn pay() {}\n").unwrap();
            let indexes = Indexes::default();
            assert!(indexes.starts(&root));
            indexes.open(&root, &folder.path().join("cache")).unwrap();
            assert!(indexes.want(&root, Wanted::All));
            indexes.work(&root, |_| ()).unwrap();
            Opened {
                _folder: folder,
                root,
                indexes,
            }
        }

        fn configure(&self, url: &str) {
            let embed = ModelSettings {
                url: vec![url.to_owned()],
                ..ModelSettings::default()
            };
            self.indexes.configure(&Models {
                embed: Some(embed),
                ..Models::default()
            });
        }

        fn fill(&self) -> Result<(), String> {
            assert!(self.indexes.starts_filling(&self.root));
            assert!(!self.indexes.starts_filling(&self.root), "one is enough");
            self.indexes.fill(&self.root, |_, _| ())
        }

        fn search(&self) -> Found {
            let searcher = self.indexes.searcher(&self.root, &[]).unwrap();
            let meaning = self.indexes.meaning(&self.root);
            let query = Query::parse("money").unwrap();
            search(&searcher, &query, Mode::Semantic, 1, Some(&*meaning))
        }
    }

    /// All texts mean the same to it.
    fn embedding_server() -> ModelServer {
        let server = ModelServer::openai(&["nomic-embed-text"]);
        server.answer(|request| {
            let texts = request.body["input"].as_array().map_or(0, Vec::len);
            let vector = |index| json!({ "index": index, "embedding": [1.0, 0.5] });
            let data: Vec<Value> = (0..texts).map(vector).collect();
            Reply::status(200, &json!({ "data": data }).to_string())
        });
        server
    }

    #[test]
    fn what_is_filled_in_is_found_by_meaning() {
        let (opened, server) = (Opened::new(), embedding_server());
        opened.configure(&server.url());
        assert_eq!(opened.fill(), Ok(()));
        let found = opened.search();
        assert_eq!((found.note, found.mode), (None, Mode::Semantic));
        assert_eq!(found.hits[0].symbol.as_deref(), Some("pay"));
    }

    #[test]
    fn what_cannot_be_had_is_said_until_other_settings_are_in_force() {
        let (opened, server) = (Opened::new(), embedding_server());
        assert!(!opened.indexes.starts_filling(&opened.root));
        let note = opened.search().note.unwrap();
        assert!(note.contains(embed::NOT_CONFIGURED), "{note}");
        let nobody = format!("http://127.0.0.1:{}", ModelServer::closed_port());
        opened.configure(&nobody);
        let why = opened.fill().unwrap_err();
        assert!(why.contains(&nobody), "{why}");
        let note = opened.search().note.unwrap();
        assert!(note.contains(&why), "{note}");
        opened.configure(&server.url());
        assert_eq!(opened.fill(), Ok(()));
        assert_eq!(opened.search().note, None);
    }

    #[test]
    fn nothing_is_embedded_while_somebody_types_and_what_waits_can_be_stopped() {
        let (opened, server) = (Opened::new(), embedding_server());
        opened.configure(&server.url());
        opened.indexes.typed();
        assert!(opened.indexes.starts_filling(&opened.root));
        let (indexes, root) = (opened.indexes.clone(), opened.root.clone());
        let filling = std::thread::spawn(move || indexes.fill(&root, |_, _| ()));
        // It is connected, and would embed now.
        server.wait_for_request();
        opened.indexes.stop();
        assert_eq!(filling.join().unwrap(), Ok(()));
        assert_eq!(server.completions().len(), 1);
    }
}
