//! A project's index with the vectors of one embedder beside it: where they are, what is missing, and filling that in.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustc_hash::FxHashSet;
use tantivy::DocAddress;
use tracing::warn;

use crate::embed::Embedder;
use crate::search::{Meaning, Semantic};
use crate::semantic::{self, Filled, Flags, Queries, WINDOW, Wanted};
use crate::store::{ChunkRecord, Hash, Index, Notice, Scored, Searcher};
use crate::vectors::Vectors;

/// After so many chunks it is looked whether the index has changed: what is new then comes first.
const SLICE: usize = 4 * WINDOW;

/// What is left of a chunk's text for the embedder: secrets, say, may be masked.
pub type Shown = fn(String) -> String;

/// A project's chunks as one embedder sees them. Threads share it.
///
/// The vectors stand in the index's folder and are written by the process that writes the index.
pub struct Embedded {
    // Keeps the lock of the index for as long as the vectors are written.
    index: Index,
    embedder: Arc<dyn Embedder>,
    vectors: Arc<Vectors>,
    meaning: Meaning,
    writes: bool,
    shown: Shown,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("embedder", &self.embedder.id())
            .field("vectors", &self.vectors.len())
            .field("writes", &self.writes)
            .finish_non_exhaustive()
    }
}

/// When a file was changed, the youngest first, and before them the open ones.
type Age = (bool, Reverse<Option<SystemTime>>);

impl Embedded {
    /// Opens the vectors that this embedder made of the index's chunks: to write, if this process writes the index.
    /// Vectors that were damaged are made anew, with a notice.
    ///
    /// # Errors
    /// The file can't be read, made or changed: a sentence for the user.
    pub fn open(
        index: &Index,
        embedder: Arc<dyn Embedder>,
        shown: Shown,
    ) -> Result<(Embedded, Option<Notice>), String> {
        let (id, dimensions) = (embedder.id(), embedder.dimensions());
        let path = index.folder().join(format!("vec-{id}.bin"));
        let writes = index.is_writer();
        let opened = match writes {
            true => Vectors::open(&path, dimensions, id),
            false => Vectors::open_to_read(&path, dimensions, id).map(|it| (it, None)),
        };
        let (vectors, notice) =
            opened.map_err(|error| format!("Vectors can't be kept: {error}."))?;
        let vectors = Arc::new(vectors);
        let embedded = Embedded {
            index: index.clone(),
            meaning: Meaning::new(Queries::new(embedder.clone()), vectors.clone()),
            embedder,
            vectors,
            writes,
            shown,
        };
        Ok((embedded, notice))
    }

    /// Whether this process writes the vectors.
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Whether it is still what [`Embedded::open`] would give: of this embedder, and written by who writes the index.
    pub fn is_of(&self, embedder: &Arc<dyn Embedder>) -> bool {
        Arc::ptr_eq(&self.embedder, embedder) && self.writes == self.index.is_writer()
    }

    /// Sees what another process has written since.
    ///
    /// # Errors
    /// The file can't be read: a sentence for the user.
    pub fn refresh(&self) -> Result<(), String> {
        let refreshed = self.vectors.refresh();
        refreshed.map_err(|error| format!("Vectors can't be read: {error}."))
    }

    /// How many vectors there are, those of texts that are gone among them.
    pub fn n_vectors(&self) -> usize {
        self.vectors.len()
    }

    /// How many chunks have no vector yet; texts that occur several times count once. Takes a millisecond for some
    /// 10,000 chunks.
    pub fn n_missing(&self) -> usize {
        self.missing(&self.index.searcher()).len()
    }

    /// Embeds the chunks that have no vector yet, those of open and of recently changed files first, and leaves out
    /// vectors of texts that are gone once they are most of all. Blocks. Only for the process that writes.
    ///
    /// What is committed to the index meanwhile is taken in too. `progress` is told after each batch how many chunks are
    /// done, and how many there are to do.
    pub fn fill(&self, flags: Flags<'_>, mut progress: impl FnMut(usize, usize)) -> Filled {
        let mut done = 0;
        loop {
            let snapshot = self.index.searcher();
            let missing = self.in_order(&snapshot);
            let on_disk = on_disk(snapshot);
            let count = done + missing.len();
            for slice in missing.chunks(SLICE) {
                let wanted = slice.iter().filter_map(|it| self.wanted(&on_disk, *it));
                let filled = semantic::fill(
                    &self.vectors,
                    &*self.embedder,
                    wanted,
                    flags,
                    |of_slice, _| progress(done + of_slice, count),
                );
                if filled != Filled::Whole {
                    return filled;
                }
                done += slice.len();
                if self.index.searcher().commit() != on_disk.commit() {
                    break;
                }
            }
            if self.index.searcher().commit() == on_disk.commit() {
                self.compact(&on_disk);
                return Filled::Whole;
            }
        }
    }

    fn wanted(&self, searcher: &Searcher, address: DocAddress) -> Option<Wanted> {
        let chunk = searcher.chunk(address)?;
        // A file that has changed is embedded once the index knows of it.
        let text = searcher.text_of(&chunk)?;
        let mut wanted = Wanted::new(&chunk, &(self.shown)(text));
        wanted.hash = chunk.key;
        Some(wanted)
    }

    /// One chunk of each text that has no vector yet.
    fn missing(&self, searcher: &Searcher) -> Vec<DocAddress> {
        let mut seen = FxHashSet::default();
        keys(searcher)
            .filter(|(key, _)| !self.vectors.contains(key) && seen.insert(*key))
            .map(|it| it.1)
            .collect()
    }

    /// The same, in the order in which they are to be embedded.
    fn in_order(&self, searcher: &Searcher) -> Vec<DocAddress> {
        let mut ages: HashMap<String, Age> = HashMap::new();
        let mut missing: Vec<(Age, DocAddress)> = self
            .missing(searcher)
            .into_iter()
            .filter_map(|address| {
                let path = searcher.chunk(address)?.path;
                if let Some(age) = ages.get(&path) {
                    return Some((*age, address));
                }
                let metadata = fs::metadata(self.index.root().join(&path));
                let modified = metadata.and_then(|it| it.modified()).ok();
                let age = (!searcher.overlay.contains_key(&path), Reverse(modified));
                ages.insert(path, age);
                Some((age, address))
            })
            .collect();
        missing.sort_unstable();
        missing.into_iter().map(|it| it.1).collect()
    }

    fn compact(&self, searcher: &Searcher) {
        let live: FxHashSet<Hash> = keys(searcher).map(|it| it.0).collect();
        // It can be done at any later time: nothing is lost.
        if let Err(error) = self.vectors.compact(&|it| live.contains(it)) {
            warn!(%error, "vectors of texts that are gone stay");
        }
    }
}

impl Semantic for Embedded {
    fn nearest(
        &self,
        searcher: &Searcher,
        text: &str,
        admits: &dyn Fn(&ChunkRecord) -> bool,
        k: usize,
    ) -> Result<Vec<Scored<ChunkRecord>>, String> {
        self.meaning.nearest(searcher, text, admits, k)
    }
}

/// Deletes the vectors of all embedders. Only for the process that writes the index.
///
/// # Errors
/// A file can't be deleted; the others are.
pub fn clear(index: &Index) -> std::io::Result<()> {
    let files = files(index.folder());
    let deleted: Vec<_> = files.into_iter().map(fs::remove_file).collect();
    deleted.into_iter().collect()
}

/// The files of vectors in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |it: &fs::DirEntry| it.file_name().to_string_lossy().starts_with("vec-");
    entries.filter(is_one).map(|it| it.path()).collect()
}

/// The same snapshot with what is on disk, and so in the index, in place of the texts of open documents.
fn on_disk(mut searcher: Searcher) -> Searcher {
    searcher.overlay = Arc::default();
    searcher
}

/// The keys of all chunks of the index.
fn keys(searcher: &Searcher) -> impl Iterator<Item = (Hash, DocAddress)> {
    let segments = (0..).zip(searcher.searcher.segment_readers());
    segments
        .flat_map(|(ord, it)| it.doc_ids_alive().map(move |id| DocAddress::new(ord, id)))
        .filter_map(|it| Some((searcher.columns.key(it)?, it)))
}

#[cfg(test)]
mod tests;
