//! The indexes of the open projects, by their roots. Who keeps them up to date is not known here.

use crate::assist::generation::lock;
use hob_index::context::Files;
use hob_index::store::{Index, Searcher};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The indexes that completions may look into. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Indexes(Arc<Mutex<HashMap<PathBuf, Opened>>>);

#[derive(Debug)]
struct Opened {
    index: Index,
    files: Option<Listed>,
}

/// The files as they were when so many chunks and symbols were there.
#[derive(Debug)]
struct Listed {
    counts: (u64, u64),
    files: Arc<Files>,
}

impl Indexes {
    /// Lets completions below this root look into this index, whatever is in it so far.
    pub fn open(&self, root: PathBuf, index: Index) {
        let files = None;
        lock(&self.0).insert(root, Opened { index, files });
    }

    /// Completions below this root look no further into its index.
    pub fn close(&self, root: &Path) {
        lock(&self.0).remove(root);
    }

    /// The index of the project with this root.
    pub fn of(&self, root: &Path) -> Option<Index> {
        lock(&self.0).get(root).map(|it| it.index.clone())
    }

    /// The files of a snapshot. Listing them takes milliseconds where there are many: it is done once per commit.
    pub(crate) fn files(&self, root: &Path, searcher: &Searcher) -> Arc<Files> {
        let counts = searcher.counts();
        let listed = |opened: &Opened| {
            let listed = opened.files.as_ref().filter(|it| it.counts == counts)?;
            Some(listed.files.clone())
        };
        if let Some(files) = lock(&self.0).get(root).and_then(listed) {
            return files;
        }
        let files = Arc::new(Files::new(searcher.files()));
        if let Some(opened) = lock(&self.0).get_mut(root) {
            opened.files = Some(Listed {
                counts,
                files: files.clone(),
            });
        }
        files
    }
}
