//! A snapshot of the index: what ranking and context are made of.

use crate::outline::Import;
use crate::store::bm25::Statistics;
use crate::store::columns::Columns;
use crate::store::overlay::{Overlay, Text};
use crate::store::record::{self, ChunkRecord, SymbolRecord};
use crate::store::schema::{Document, Fields, State};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::collector::{Count, DocSetCollector};
use tantivy::columnar::StrColumn;
use tantivy::query::{Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, TERMINATED, TantivyDocument, Term};

/// The most symbols that one name, container or file may give.
const MOST: usize = 2_000;

/// A term and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// The term, as [`crate::terms::terms`] gives it.
    pub term: String,
    /// By how much its score is multiplied.
    pub weight: f32,
}

/// Something that was found, and how well it fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<T> {
    /// What was found.
    pub it: T,
    /// The higher the better; only comparable within one list.
    pub score: f32,
}

/// An immutable snapshot: what it finds belongs together, whatever is written meanwhile.
#[derive(Clone)]
pub struct Searcher {
    pub(crate) root: PathBuf,
    pub(crate) fields: Arc<Fields>,
    pub(crate) searcher: tantivy::Searcher,
    pub(crate) columns: Arc<Columns>,
    pub(crate) overlay: Arc<Overlay>,
}

impl Searcher {
    /// The imports of a file, in the order of its lines.
    pub fn imports(&self, path: &str) -> Vec<Import> {
        if let Some(text) = self.overlay.get(path) {
            return text.outline.imports.clone();
        }
        let query = TermQuery::new(
            Term::from_field_text(self.fields.file, path),
            IndexRecordOption::Basic,
        );
        let read = |it| record::imports_of_bytes(&self.record(it)?);
        self.all(&query, read)
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// The paths of all files that have chunks, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut paths: Vec<String> = self
            .states()
            .into_iter()
            .filter(|(path, state)| state.reason().is_none() && !self.overlay.contains_key(path))
            .map(|(path, _)| path)
            .collect();
        let open = self.overlay.iter().filter(|it| it.1.text.is_some());
        paths.extend(open.map(|it| it.0.clone()));
        paths.sort();
        paths
    }

    /// How many chunks there are, those of deleted files that still wait for a merge included.
    pub fn n_all_chunks(&self) -> u64 {
        Statistics::new(self, Document::Chunk).documents
    }

    /// Tells what is committed from what was before: in this process, snapshots of one commit have the same number.
    pub fn commit(&self) -> u64 {
        self.columns.number
    }

    /// A file's text as it is now: of the open document, else of the disk.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        match self.overlay.get(path) {
            Some(it) => it.text.clone(),
            None => Some(
                crate::walk::read_named(&self.root, Path::new(path))
                    .ok()?
                    .into(),
            ),
        }
    }

    /// The chunks of a file, in the order of its lines.
    pub fn chunks_of(&self, path: &str) -> Vec<ChunkRecord> {
        if let Some(text) = self.overlay.get(path) {
            return text.chunks.iter().map(|it| it.record.clone()).collect();
        }
        let query = self.of_file(path);
        let mut found = self.all(&query, |it| self.chunk(it));
        found.sort_by_key(|it| it.start_line);
        found
    }

    /// The chunks whose vector is found by this key; those of files that others stand for are left out.
    pub(crate) fn with_key(&self, key: &record::Hash) -> Vec<ChunkRecord> {
        let addresses = self.columns.with_key(&self.searcher, key);
        let chunks = addresses.into_iter().filter_map(|it| self.chunk(it));
        chunks
            .filter(|it| !self.overlay.contains_key(&it.path))
            .collect()
    }

    /// The same snapshot, but for these files, which are as they are on disk now.
    pub(crate) fn with_disk(&self, paths: &[String]) -> Searcher {
        let mut searcher = self.clone();
        let overlay = Arc::make_mut(&mut searcher.overlay);
        for path in paths {
            let text = crate::walk::read_named(&self.root, Path::new(path))
                .ok()
                .map(Arc::from);
            overlay.insert(path.clone(), Arc::new(Text::new(path, text)));
        }
        searcher
    }

    /// A chunk's text as it is now; `None`: its file has changed since it was indexed.
    pub fn text_of(&self, chunk: &ChunkRecord) -> Option<String> {
        let (start, end) = chunk.bytes;
        if let Some(text) = self.overlay.get(&chunk.path) {
            return Some(text.text.as_deref()?.get(start..end)?.to_owned());
        }
        let text = crate::walk::read_named(&self.root, Path::new(&chunk.path)).ok()?;
        let piece = text.get(start..end)?;
        chunk.has(piece).then(|| piece.to_owned())
    }

    /// How many chunks of a file there are; 0 for one that is not indexed.
    pub fn n_chunks(&self, file: &Path) -> usize {
        let Some(path) = super::relative(&self.root, file) else {
            return 0;
        };
        self.searcher
            .search(&self.of_file(&path), &Count)
            .unwrap_or(0)
    }

    /// Whether the file is indexed, or known to be left out for its content.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        let term = Term::from_field_text(self.fields.file, path);
        self.searcher.doc_freq(&term).is_ok_and(|it| it > 0)
    }

    /// The state of one file.
    pub(crate) fn state(&self, path: &str) -> Option<State> {
        let term = Term::from_field_text(self.fields.file, path);
        let query = TermQuery::new(term.clone(), IndexRecordOption::Basic);
        let found = self.searcher.search(&query, &DocSetCollector).ok()?;
        let address = found.into_iter().next()?;
        let mut states = HashMap::new();
        let segment = self.searcher.segment_reader(address.segment_ord);
        self.states_of(segment, &term, &mut states).ok()?;
        states.remove(path)
    }

    /// How many files with chunks, chunks and symbols there are.
    pub(crate) fn alive(&self) -> (usize, usize, usize) {
        let count = |it| self.searcher.search(&*self.is(it), &Count).unwrap_or(0);
        let n_symbols = self.columns.n_symbols(&self.searcher);
        // It fits: each has a line.
        (
            count(Document::File),
            count(Document::Chunk),
            n_symbols as usize,
        )
    }

    /// Calls `each` with every chunk; `None`: it can't be read.
    pub(crate) fn each_chunk(&self, mut each: impl FnMut(Option<ChunkRecord>)) {
        let found = self
            .searcher
            .search(&*self.is(Document::Chunk), &DocSetCollector);
        let mut addresses: Vec<DocAddress> = found.unwrap_or_default().into_iter().collect();
        addresses.sort();
        for address in addresses {
            each(self.chunk(address));
        }
    }

    /// The states of all files, by path.
    pub(crate) fn states(&self) -> HashMap<String, State> {
        let mut states = HashMap::new();
        for segment in self.searcher.segment_readers() {
            // What can't be read counts as not indexed, and is indexed anew.
            for document in [Document::File, Document::Skipped] {
                let term = Term::from_field_text(self.fields.document, document.name());
                let _ = self.states_of(segment, &term, &mut states);
            }
        }
        states
    }

    fn states_of(
        &self,
        segment: &tantivy::SegmentReader,
        term: &Term,
        states: &mut HashMap<String, State>,
    ) -> tantivy::Result<()> {
        let columns = segment.fast_fields();
        let paths: Option<StrColumn> = columns.str("path")?;
        let Some(paths) = paths else {
            return Ok(());
        };
        let number = |name: &str| columns.u64(name);
        let (sizes, modified) = (number("size")?, number("modified")?);
        let (hashes, skipped) = (number("hash")?, number("skipped")?);
        let index = segment.inverted_index(term.field())?;
        let Some(mut files) = index.read_postings(term, IndexRecordOption::Basic)? else {
            return Ok(());
        };
        let mut id = files.doc();
        while id != TERMINATED {
            if !segment.is_deleted(id)
                && let Some(ord) = paths.term_ords(id).next()
            {
                let mut path = String::new();
                paths.ord_to_str(ord, &mut path)?;
                let state = State {
                    size: sizes.first(id).unwrap_or(0),
                    modified: modified.first(id).unwrap_or(0),
                    hash: hashes.first(id).unwrap_or(0),
                    skipped: skipped.first(id).unwrap_or(0),
                };
                states.insert(path, state);
            }
            id = files.advance();
        }
        Ok(())
    }

    /// What `read` makes of the documents that a query finds, at most [`MOST`].
    pub(super) fn all<T>(
        &self,
        query: &dyn Query,
        read: impl Fn(DocAddress) -> Option<T>,
    ) -> Vec<T> {
        let found = self.searcher.search(query, &DocSetCollector);
        let mut addresses: Vec<DocAddress> = found.unwrap_or_default().into_iter().collect();
        addresses.sort();
        addresses.truncate(MOST);
        addresses.into_iter().filter_map(read).collect()
    }

    fn record(&self, address: DocAddress) -> Option<Vec<u8>> {
        let document: TantivyDocument = self.searcher.doc(address).ok()?;
        let bytes = document.get_first(self.fields.record)?.as_bytes()?;
        Some(bytes.to_vec())
    }

    /// A chunk of the index.
    pub(crate) fn chunk(&self, address: DocAddress) -> Option<ChunkRecord> {
        Some(self.chunk_with_symbols(address)?.0)
    }

    /// The same with the symbols that are declared in it.
    pub(super) fn chunk_with_symbols(
        &self,
        address: DocAddress,
    ) -> Option<(ChunkRecord, Vec<SymbolRecord>)> {
        let key = self.columns.key(address)?;
        ChunkRecord::of_bytes(&self.record(address)?, key)
    }

    fn of_file(&self, path: &str) -> TermQuery {
        let term = Term::from_field_text(self.fields.owner, path);
        TermQuery::new(term, IndexRecordOption::Basic)
    }

    fn is(&self, document: Document) -> Box<dyn Query> {
        Box::new(TermQuery::new(
            Term::from_field_text(self.fields.document, document.name()),
            IndexRecordOption::Basic,
        ))
    }
}
