//! Symbols: found by name, by what they are defined in, by file, and by the words of their signatures.

use crate::store::bm25::{B, K1, Statistics, divisors, each_posting};
use crate::store::record::SymbolRecord;
use crate::store::schema::Document;
use crate::store::searcher::{Scored, Searcher, Weighted};
use crate::terms;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use tantivy::collector::Count;
use tantivy::query::TermQuery;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, SegmentReader, Term};

/// A term that more chunks have takes long and, where there are so many, says little.
const COMMON: f32 = 40_000.0;

/// How much the fields of a symbol count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymbolFields {
    /// Its signature.
    pub signature: f32,
    /// Its path.
    pub place: f32,
}

impl Searcher {
    /// The best symbols for these terms by their signatures and paths, best first.
    ///
    /// The index knows the words of a chunk's declarations; of the chunks that it finds, symbol by symbol is scored.
    pub fn signatures(
        &self,
        terms: &[Weighted],
        weights: SymbolFields,
        k: usize,
    ) -> Vec<Scored<SymbolRecord>> {
        let mut model = Model::new(self, terms, weights);
        let mut symbols: Vec<SymbolRecord> = self
            .declaring(&model, k)
            .into_iter()
            .filter(|it| !self.overlay.contains_key(&it.path))
            .collect();
        let open = self.overlay.values().flat_map(|it| &it.symbols);
        symbols.extend(open.cloned());
        let lengths: Vec<Counted> = symbols.iter().map(|it| model.count(it)).collect();
        let total: u32 = lengths.iter().map(|it| it.length).sum();
        let average = (total as f32 / lengths.len().max(1) as f32).max(1.0);
        let mut found: Vec<Scored<SymbolRecord>> = symbols
            .into_iter()
            .zip(lengths)
            .map(|(it, counted)| Scored {
                score: model.score(&counted, average),
                it,
            })
            .filter(|it| it.score > 0.0)
            .collect();
        // Equals by their place, so that the order never depends on the segments.
        found.sort_by(|a, b| {
            let place = |it: &Scored<SymbolRecord>| (it.it.path.clone(), it.it.line);
            b.score
                .total_cmp(&a.score)
                .then_with(|| place(a).cmp(&place(b)))
        });
        found.truncate(k);
        found
    }

    /// The symbols of the best `k` chunks by their declarations.
    fn declaring(&self, model: &Model, k: usize) -> Vec<SymbolRecord> {
        let mut best: Vec<(f32, DocAddress)> = Vec::new();
        for (ord, segment) in (0..).zip(self.searcher.segment_readers()) {
            // What can't be read is not found; the next update makes the index anew.
            let scores = model.scores(self, segment).unwrap_or_default();
            let found = (0..).zip(scores).filter(|it| it.1 > 0.0);
            let alive = found.filter(|it| !segment.is_deleted(it.0));
            best.extend(alive.map(|(doc, score)| (score, DocAddress::new(ord, doc))));
            keep_best(&mut best, k);
        }
        best.sort_by_key(|it| it.1);
        best.into_iter()
            .filter_map(|(_, address)| self.chunk_with_symbols(address))
            .flat_map(|it| it.1)
            .collect()
    }

    /// The symbols with exactly this name, in the order of paths and lines; none if more than about `most` have it.
    pub fn named(&self, name: &str, most: usize) -> Vec<SymbolRecord> {
        let term = Term::from_field_text(self.fields.symbol, name);
        if self.searcher.doc_freq(&term).unwrap_or(0) > most as u64 {
            let query = TermQuery::new(term, IndexRecordOption::Basic);
            if self.searcher.search(&query, &Count).unwrap_or(0) > most {
                return Vec::new();
            }
        }
        self.symbols(self.fields.symbol, name, |it| it.name == name)
    }

    /// The symbols that are defined in what has this name, in the order of paths and lines.
    pub fn members(&self, container: &str) -> Vec<SymbolRecord> {
        self.symbols(self.fields.container, container, |it| {
            it.container.as_deref() == Some(container)
        })
    }

    /// Names of symbols that hold this text, in any case of letters: those that begin with it first, then the shortest;
    /// `most` at most. Looks through all names of the index: milliseconds.
    pub fn names_with(&self, text: &str, most: usize) -> Vec<String> {
        let wanted = text.to_lowercase();
        let mut found: BTreeSet<(bool, usize, String)> = BTreeSet::new();
        let mut look = |name: &str| {
            let lower = name.to_lowercase();
            if lower.contains(&wanted) {
                found.insert((!lower.starts_with(&wanted), name.len(), name.to_owned()));
                if found.len() > most {
                    found.pop_last();
                }
            }
        };
        for segment in self.searcher.segment_readers() {
            let Ok(index) = segment.inverted_index(self.fields.symbol) else {
                continue;
            };
            let Ok(mut names) = index.terms().stream() else {
                continue;
            };
            while names.advance() {
                if let Ok(name) = std::str::from_utf8(names.key()) {
                    look(name);
                }
            }
        }
        let open = self.overlay.values().flat_map(|it| &it.symbols);
        open.for_each(|it| look(&it.name));
        found.into_iter().map(|it| it.2).collect()
    }

    /// How many chunks hold a name as a word, about: how much it is used. Words count in any inflection.
    pub fn n_mentions(&self, name: &str) -> u64 {
        let mut whole = None;
        // The whole comes before its parts.
        terms::terms(name, |it| {
            whole.get_or_insert_with(|| it.to_owned());
        });
        let term = whole.map(|it| Term::from_field_text(self.fields.body, &it));
        term.map_or(0, |it| self.searcher.doc_freq(&it).unwrap_or(0))
    }

    /// The symbols of a file, in the order of its lines.
    pub fn in_file(&self, path: &str) -> Vec<SymbolRecord> {
        if let Some(text) = self.overlay.get(path) {
            return text.symbols.clone();
        }
        let mut found = self.symbols(self.fields.owner, path, |it| it.path == path);
        found.sort_by_key(|it| it.line);
        found
    }

    fn symbols(
        &self,
        field: Field,
        text: &str,
        fits: impl Fn(&SymbolRecord) -> bool,
    ) -> Vec<SymbolRecord> {
        let term = Term::from_field_text(field, text);
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let chunks = self.all(&query, |it| self.chunk_with_symbols(it));
        let mut found: Vec<SymbolRecord> = chunks
            .into_iter()
            .filter(|it| !self.overlay.contains_key(&it.0.path))
            .flat_map(|it| it.1)
            .filter(&fits)
            .collect();
        let open = self.overlay.values().flat_map(|it| &it.symbols);
        found.extend(open.filter(|it| fits(it)).cloned());
        found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        found
    }
}

/// Where the words of signatures and of paths are.
fn fields_of(searcher: &Searcher) -> [Field; 2] {
    [searcher.fields.head, searcher.fields.place]
}

/// Leaves the best `k`; of equals those that come first.
fn keep_best(found: &mut Vec<(f32, DocAddress)>, k: usize) {
    if found.len() > k {
        found.select_nth_unstable_by(k, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(k);
    }
}

/// BM25 over signatures and paths.
struct Model<'a> {
    /// Where each term stands in `weights`.
    terms: FxHashMap<&'a str, usize>,
    /// By how much a term counts in signatures, and in paths: idf and boosts.
    weights: Vec<[f32; 2]>,
    /// How long the declarations of a chunk, and its path, are on average, in terms.
    average: [f32; 2],
    /// The scores of the paths that were seen.
    places: FxHashMap<String, f32>,
}

/// What a model counted in a symbol.
struct Counted {
    /// The terms of its signature that the model knows, with how often they occur.
    terms: Vec<(usize, u32)>,
    /// How long the signature is, in terms.
    length: u32,
    /// The score of its path.
    place: f32,
}

impl<'a> Model<'a> {
    fn new(searcher: &Searcher, terms: &'a [Weighted], fields: SymbolFields) -> Model<'a> {
        let statistics = Statistics::new(searcher, Document::Chunk);
        let n = statistics.documents as f32;
        let weight = |term: &str, field: Field| {
            let frequency = statistics.frequency(&Term::from_field_text(field, term)) as f32;
            if frequency > COMMON {
                return 0.0;
            }
            let rest = (n - frequency).max(0.0);
            (1.0 + (rest + 0.5) / (frequency + 0.5)).ln() * (1.0 + K1)
        };
        let mut model = Model {
            terms: FxHashMap::default(),
            weights: Vec::new(),
            average: fields_of(searcher).map(|it| statistics.average_length(it).max(1.0)),
            places: FxHashMap::default(),
        };
        for it in terms {
            let at = *model.terms.entry(&it.term).or_insert(model.weights.len());
            if at == model.weights.len() {
                model.weights.push([0.0; 2]);
            }
            let signature = weight(&it.term, searcher.fields.head) * fields.signature;
            let place = weight(&it.term, searcher.fields.place) * fields.place;
            model.weights[at][0] += signature * it.weight;
            model.weights[at][1] += place * it.weight;
        }
        model
    }

    /// The scores of a segment's chunks, term by term: tantivy's own union of so many terms takes several times as long.
    fn scores(&self, searcher: &Searcher, segment: &SegmentReader) -> tantivy::Result<Vec<f32>> {
        let mut scores = vec![0.0; segment.max_doc() as usize];
        for (at, field) in fields_of(searcher).into_iter().enumerate() {
            let Some(norms) = segment.fieldnorms_readers().get_field(field)? else {
                continue;
            };
            let divisors = divisors(self.average[at]);
            for (term, n) in &self.terms {
                let weight = self.weights[*n][at];
                if weight <= 0.0 {
                    continue;
                }
                let term = Term::from_field_text(field, term);
                each_posting(segment, &term, |doc, count| {
                    let divisor = divisors[usize::from(norms.fieldnorm_id(doc))];
                    scores[doc as usize] += weight * count as f32 / (count as f32 + divisor);
                })?;
            }
        }
        Ok(scores)
    }

    fn count(&mut self, symbol: &SymbolRecord) -> Counted {
        let mut counted = self.terms_of(&symbol.signature);
        if let Some(container) = &symbol.container {
            let of_container = self.terms_of(container);
            counted.length += of_container.length;
            counted.terms.extend(of_container.terms);
        }
        counted.place = match self.places.get(&symbol.path) {
            Some(it) => *it,
            None => {
                let path = self.terms_of(&symbol.path);
                let score = self.sum(&path, 1, self.average[1]);
                self.places.insert(symbol.path.clone(), score);
                score
            }
        };
        counted
    }

    fn terms_of(&self, text: &str) -> Counted {
        let mut counted = Counted {
            terms: Vec::new(),
            length: 0,
            place: 0.0,
        };
        terms::terms(text, |term| {
            counted.length += 1;
            let Some(&at) = self.terms.get(term) else {
                return;
            };
            match counted.terms.iter_mut().find(|it| it.0 == at) {
                Some(it) => it.1 += 1,
                None => counted.terms.push((at, 1)),
            }
        });
        counted
    }

    fn sum(&self, counted: &Counted, field: usize, average: f32) -> f32 {
        let divisor = K1 * (1.0 - B + B * counted.length as f32 / average);
        let of_term = |&(at, count): &(usize, u32)| {
            let count = count as f32;
            self.weights[at][field] * count / (count + divisor)
        };
        counted.terms.iter().map(of_term).sum()
    }

    fn score(&self, counted: &Counted, average: f32) -> f32 {
        self.sum(counted, 0, average) + counted.place
    }
}
