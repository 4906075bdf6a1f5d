//! A snapshot of the index: what ranking and context are made of.

use crate::outline::Import;
use crate::store::overlay::{Counts, Overlay, Text};
use crate::store::record::{self, ChunkRecord, SymbolRecord};
use crate::store::schema::{Document, Fields, State};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::collector::{Count, DocSetCollector, TopDocs};
use tantivy::columnar::StrColumn;
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery,
    TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, TERMINATED, TantivyDocument, Term};

/// BM25's constants, as tantivy has them.
pub(crate) const K1: f32 = 1.2;
pub(crate) const B: f32 = 0.75;
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

/// How much the fields of a chunk count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChunkFields {
    /// Its text.
    pub body: f32,
    /// The name of what it defines.
    pub name: f32,
    /// Its path.
    pub place: f32,
}

/// How much the fields of a symbol count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymbolFields {
    /// Its signature.
    pub signature: f32,
    /// Its path.
    pub place: f32,
}

/// What a chunk must be to be found. An empty list means: anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Ids of languages.
    pub languages: Vec<String>,
    /// Names of kinds of definition.
    pub kinds: Vec<String>,
    /// Paths of files; `None`: all.
    pub paths: Option<Vec<String>>,
}

/// An immutable snapshot: what it finds belongs together, whatever is written meanwhile.
#[derive(Clone)]
pub struct Searcher {
    pub(crate) root: PathBuf,
    pub(crate) fields: Arc<Fields>,
    pub(crate) searcher: tantivy::Searcher,
    pub(crate) overlay: Arc<Overlay>,
}

impl Searcher {
    /// The best chunks for these terms, best first. What can't be read is left out.
    pub fn chunks(
        &self,
        terms: &[Weighted],
        weights: ChunkFields,
        filter: &Filter,
        k: usize,
    ) -> Vec<Scored<ChunkRecord>> {
        let fields = [
            (self.fields.body, weights.body),
            (self.fields.name, weights.name),
            (self.fields.place, weights.place),
        ];
        let statistics = Statistics::new(self, Document::Chunk);
        let mut found: Vec<Scored<ChunkRecord>> = self
            .top(terms, &fields, self.restrictions(filter), &statistics, k)
            .into_iter()
            .filter_map(|(score, bytes)| {
                let it = ChunkRecord::of_bytes(&bytes)?;
                (!self.overlay.contains_key(&it.path)).then_some(Scored { it, score })
            })
            .collect();
        let model = Model::new(&statistics, terms, &fields);
        for (path, text) in &*self.overlay {
            if !admits(filter, path, text) {
                continue;
            }
            for piece in &text.chunks {
                let record = &piece.record;
                let kind = record.symbol.as_ref().map_or("", |it| it.kind.name());
                if !filter.kinds.is_empty() && !filter.kinds.iter().any(|it| it == kind) {
                    continue;
                }
                let score = model.score(&[&piece.body, &piece.name, &text.place]);
                if score > 0.0 {
                    found.push(Scored {
                        it: record.clone(),
                        score,
                    });
                }
            }
        }
        best_first(&mut found, |it| (&it.path, it.start_line));
        found.truncate(k);
        found
    }

    /// The best symbols for these terms by their signatures and paths, best first.
    pub fn signatures(
        &self,
        terms: &[Weighted],
        weights: SymbolFields,
        k: usize,
    ) -> Vec<Scored<SymbolRecord>> {
        let fields = [
            (self.fields.signature, weights.signature),
            (self.fields.symbol_place, weights.place),
        ];
        let statistics = Statistics::new(self, Document::Symbol);
        let mut found: Vec<Scored<SymbolRecord>> = self
            .top(terms, &fields, Vec::new(), &statistics, k)
            .into_iter()
            .filter_map(|(score, bytes)| {
                let it = SymbolRecord::of_bytes(&bytes)?;
                (!self.overlay.contains_key(&it.path)).then_some(Scored { it, score })
            })
            .collect();
        let model = Model::new(&statistics, terms, &fields);
        for text in self.overlay.values() {
            for (record, signature) in &text.symbols {
                let score = model.score(&[signature, &text.place]);
                if score > 0.0 {
                    found.push(Scored {
                        it: record.clone(),
                        score,
                    });
                }
            }
        }
        best_first(&mut found, |it| (&it.path, it.line));
        found.truncate(k);
        found
    }

    /// The symbols with exactly this name, in the order of paths and lines.
    pub fn named(&self, name: &str) -> Vec<SymbolRecord> {
        self.symbols(self.fields.symbol, name, |it| it.name == name)
    }

    /// The symbols that are defined in what has this name, in the order of paths and lines.
    pub fn members(&self, container: &str) -> Vec<SymbolRecord> {
        self.symbols(self.fields.container, container, |it| {
            it.container.as_deref() == Some(container)
        })
    }

    /// The symbols of a file, in the order of its lines.
    pub fn in_file(&self, path: &str) -> Vec<SymbolRecord> {
        if let Some(text) = self.overlay.get(path) {
            return text.symbols.iter().map(|it| it.0.clone()).collect();
        }
        let of_file = TermQuery::new(
            Term::from_field_text(self.fields.owner, path),
            IndexRecordOption::Basic,
        );
        let symbols = self.is(Document::Symbol);
        let query = BooleanQuery::intersection(vec![Box::new(of_file), symbols]);
        let mut found = self.all(&query, SymbolRecord::of_bytes);
        found.sort_by_key(|it| it.line);
        found
    }

    /// The imports of a file, in the order of its lines.
    pub fn imports(&self, path: &str) -> Vec<Import> {
        if let Some(text) = self.overlay.get(path) {
            return text.outline.imports.clone();
        }
        let query = TermQuery::new(
            Term::from_field_text(self.fields.file, path),
            IndexRecordOption::Basic,
        );
        let found = self.all(&query, record::imports_of_bytes);
        found.into_iter().next().unwrap_or_default()
    }

    /// The paths of all files that have chunks, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut paths: Vec<String> = self
            .states()
            .into_iter()
            .filter(|(path, state)| state.skipped == 0 && !self.overlay.contains_key(path))
            .map(|(path, _)| path)
            .collect();
        let open = self.overlay.iter().filter(|it| it.1.text.is_some());
        paths.extend(open.map(|it| it.0.clone()));
        paths.sort();
        paths
    }

    /// How many chunks and symbols there are, those of deleted files that still wait for a merge included.
    pub fn counts(&self) -> (u64, u64) {
        let count = |document| Statistics::new(self, document).documents;
        (count(Document::Chunk), count(Document::Symbol))
    }

    /// A file's text as it is now: of the open document, else of the disk.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        match self.overlay.get(path) {
            Some(it) => it.text.clone(),
            None => Some(crate::walk::read(&self.root.join(path)).ok()?.into()),
        }
    }

    /// The chunks of a file, in the order of its lines.
    pub fn chunks_of(&self, path: &str) -> Vec<ChunkRecord> {
        if let Some(text) = self.overlay.get(path) {
            return text.chunks.iter().map(|it| it.record.clone()).collect();
        }
        let of_file = TermQuery::new(
            Term::from_field_text(self.fields.owner, path),
            IndexRecordOption::Basic,
        );
        let chunks = self.is(Document::Chunk);
        let query = BooleanQuery::intersection(vec![Box::new(of_file), chunks]);
        let mut found = self.all(&query, ChunkRecord::of_bytes);
        found.sort_by_key(|it| it.start_line);
        found
    }

    /// The chunks whose vector is found by this key; those of files that others stand for are left out.
    pub(crate) fn with_key(&self, key: &record::Hash) -> Vec<ChunkRecord> {
        let query = TermQuery::new(
            Term::from_field_bytes(self.fields.meaning, key),
            IndexRecordOption::Basic,
        );
        let mut found = self.all(&query, ChunkRecord::of_bytes);
        found.retain(|it| !self.overlay.contains_key(&it.path));
        found
    }

    /// The same snapshot, but for these files, which are as they are on disk now.
    pub(crate) fn with_disk(&self, paths: &[String]) -> Searcher {
        let mut searcher = self.clone();
        let overlay = Arc::make_mut(&mut searcher.overlay);
        for path in paths {
            let text = crate::walk::read(&self.root.join(path)).ok().map(Arc::from);
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
        let text = crate::walk::read(&self.root.join(&chunk.path)).ok()?;
        let piece = text.get(start..end)?;
        (record::hash(piece) == chunk.hash).then(|| piece.to_owned())
    }

    /// How many chunks of a file there are; 0 for one that is not indexed.
    pub fn n_chunks(&self, file: &Path) -> usize {
        let Some(path) = super::relative(&self.root, file) else {
            return 0;
        };
        let owner = TermQuery::new(
            Term::from_field_text(self.fields.owner, &path),
            IndexRecordOption::Basic,
        );
        let query = BooleanQuery::intersection(vec![Box::new(owner), self.is(Document::Chunk)]);
        self.searcher.search(&query, &Count).unwrap_or(0)
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
        (
            count(Document::File),
            count(Document::Chunk),
            count(Document::Symbol),
        )
    }

    /// Calls `each` with the record of every chunk.
    pub(crate) fn each_chunk(&self, mut each: impl FnMut(&[u8])) {
        let found = self
            .searcher
            .search(&*self.is(Document::Chunk), &DocSetCollector);
        let mut addresses: Vec<DocAddress> = found.unwrap_or_default().into_iter().collect();
        addresses.sort();
        for address in addresses {
            each(&self.record(address).unwrap_or_default());
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

    fn symbols(
        &self,
        field: Field,
        text: &str,
        fits: impl Fn(&SymbolRecord) -> bool,
    ) -> Vec<SymbolRecord> {
        let term = Term::from_field_text(field, text);
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let mut found = self.all(&query, SymbolRecord::of_bytes);
        found.retain(|it| !self.overlay.contains_key(&it.path));
        let open = self.overlay.values().flat_map(|it| &it.symbols);
        found.extend(open.map(|it| &it.0).filter(|it| fits(it)).cloned());
        found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        found
    }

    /// The records of all documents that a query finds, at most [`MOST`].
    fn all<T>(&self, query: &dyn Query, read: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
        let found = self.searcher.search(query, &DocSetCollector);
        let mut addresses: Vec<DocAddress> = found.unwrap_or_default().into_iter().collect();
        addresses.sort();
        addresses.truncate(MOST);
        addresses
            .into_iter()
            .filter_map(|it| read(&self.record(it)?))
            .collect()
    }

    pub(crate) fn record(&self, address: DocAddress) -> Option<Vec<u8>> {
        let document: TantivyDocument = self.searcher.doc(address).ok()?;
        let bytes = document.get_first(self.fields.record)?.as_bytes()?;
        Some(bytes.to_vec())
    }

    fn is(&self, document: Document) -> Box<dyn Query> {
        Box::new(TermQuery::new(
            Term::from_field_text(self.fields.document, document.name()),
            IndexRecordOption::Basic,
        ))
    }

    fn restrictions(&self, filter: &Filter) -> Vec<Box<dyn Query>> {
        let mut all: Vec<Box<dyn Query>> = Vec::new();
        let mut one_of = |field: Field, texts: &[String]| {
            let terms = texts.iter().map(|it| Term::from_field_text(field, it));
            let set = Box::new(TermSetQuery::new(terms));
            all.push(Box::new(ConstScoreQuery::new(set, 0.0)));
        };
        if !filter.languages.is_empty() {
            one_of(self.fields.language, &filter.languages);
        }
        if !filter.kinds.is_empty() {
            one_of(self.fields.kind, &filter.kinds);
        }
        if let Some(paths) = &filter.paths {
            one_of(self.fields.owner, paths);
        }
        all
    }

    /// The best documents of one kind, as score and record.
    fn top(
        &self,
        terms: &[Weighted],
        fields: &[(Field, f32)],
        restrictions: Vec<Box<dyn Query>>,
        statistics: &Statistics,
        k: usize,
    ) -> Vec<(f32, Vec<u8>)> {
        let mut wanted: Vec<Box<dyn Query>> = Vec::new();
        for (field, boost) in fields {
            for it in terms {
                let term = Term::from_field_text(*field, &it.term);
                if statistics.frequency(&term) == 0 || *boost * it.weight <= 0.0 {
                    continue;
                }
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                wanted.push(Box::new(BoostQuery::new(
                    Box::new(query),
                    boost * it.weight,
                )));
            }
        }
        if wanted.is_empty() || k == 0 {
            return Vec::new();
        }
        let mut query: Box<dyn Query> = Box::new(BooleanQuery::union(wanted));
        if !restrictions.is_empty() {
            let all = restrictions.into_iter().chain([query]);
            let all = all.map(|it| (Occur::Must, it)).collect();
            query = Box::new(BooleanQuery::new(all));
        }
        // Those that the overlay stands for are found and left out.
        let hidden: usize = self.overlay.len() * 16;
        let collector = TopDocs::with_limit((k + hidden).min(10_000)).order_by_score();
        let found = self
            .searcher
            .search_with_statistics_provider(&*query, &collector, statistics);
        found
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(score, address)| Some((score, self.record(address)?)))
            .collect()
    }
}

pub(crate) fn admits(filter: &Filter, path: &str, text: &Text) -> bool {
    let language =
        filter.languages.is_empty() || filter.languages.iter().any(|it| it == text.language);
    let listed = filter.paths.as_ref();
    language && listed.is_none_or(|it| it.iter().any(|it| it == path))
}

/// Sorts by score; equals by their place, so that the order never depends on the segments.
fn best_first<T>(found: &mut [Scored<T>], place: impl Fn(&T) -> (&String, usize)) {
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| place(&a.it).cmp(&place(&b.it)))
    });
}

/// BM25's statistics over the documents of one kind: averages over all kinds would be wrong for each.
pub(crate) struct Statistics<'a> {
    searcher: &'a tantivy::Searcher,
    pub(crate) documents: u64,
}

impl<'a> Statistics<'a> {
    pub(crate) fn new(searcher: &'a Searcher, document: Document) -> Statistics<'a> {
        let term = Term::from_field_text(searcher.fields.document, document.name());
        let searcher = &searcher.searcher;
        Statistics {
            searcher,
            documents: searcher.doc_freq(&term).unwrap_or(0),
        }
    }

    pub(crate) fn frequency(&self, term: &Term) -> u64 {
        self.searcher.doc_freq(term).unwrap_or(0)
    }

    /// How long a field is on average, in terms.
    pub(crate) fn average_length(&self, field: Field) -> f32 {
        let total = self.searcher.total_num_tokens(field).unwrap_or(0);
        total as f32 / self.documents.max(1) as f32
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        // Scoring asserts that no term is in more documents than there are.
        Ok(self.searcher.doc_freq(term)?.min(self.documents))
    }
}

/// The same BM25 for texts that are not in the index.
struct Model {
    /// For each field its average length.
    lengths: Vec<f32>,
    /// The terms, each with its weight in each field: idf and boosts.
    terms: Vec<(String, Vec<f32>)>,
}

impl Model {
    fn new(statistics: &Statistics, terms: &[Weighted], fields: &[(Field, f32)]) -> Model {
        let n = statistics.documents as f32;
        let weight = |it: &Weighted, field: Field, boost: f32| {
            let frequency = statistics.frequency(&Term::from_field_text(field, &it.term)) as f32;
            let idf = (1.0 + ((n - frequency).max(0.0) + 0.5) / (frequency + 0.5)).ln();
            idf * (1.0 + K1) * boost * it.weight
        };
        Model {
            lengths: fields
                .iter()
                .map(|(field, _)| statistics.average_length(*field).max(1.0))
                .collect(),
            terms: terms
                .iter()
                .map(|it| {
                    let weights = fields
                        .iter()
                        .map(|(field, boost)| weight(it, *field, *boost));
                    (it.term.clone(), weights.collect())
                })
                .collect(),
        }
    }

    fn score(&self, fields: &[&Counts]) -> f32 {
        let mut score = 0.0;
        for (term, weights) in &self.terms {
            for ((counts, weight), average) in fields.iter().zip(weights).zip(&self.lengths) {
                let count = counts.get(term) as f32;
                if count > 0.0 {
                    let norm = K1 * (1.0 - B + B * counts.total as f32 / average);
                    score += weight * count / (count + norm);
                }
            }
        }
        score
    }
}
