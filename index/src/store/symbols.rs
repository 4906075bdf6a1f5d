//! Symbols: found by name, by what they are defined in, by file, and by the words of their signatures.

use crate::store::record::SymbolRecord;
use crate::store::schema::Document;
use crate::store::searcher::{B, K1, Scored, Searcher, Statistics, Weighted};
use crate::terms;
use rustc_hash::FxHashMap;
use tantivy::Term;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

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
        let mut symbols: Vec<SymbolRecord> = self
            .declaring(terms, weights, k)
            .into_iter()
            .filter(|it| !self.overlay.contains_key(&it.path))
            .collect();
        let open = self.overlay.values().flat_map(|it| &it.symbols);
        symbols.extend(open.cloned());
        let mut model = Model::new(self, terms, weights);
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
    fn declaring(&self, terms: &[Weighted], weights: SymbolFields, k: usize) -> Vec<SymbolRecord> {
        let fields = [
            (self.fields.head, weights.signature),
            (self.fields.place, weights.place),
        ];
        let statistics = Statistics::new(self, Document::Chunk);
        let mut wanted: Vec<Box<dyn Query>> = Vec::new();
        for (field, boost) in fields {
            for it in terms {
                let term = Term::from_field_text(field, &it.term);
                let weight = boost * it.weight;
                if statistics.frequency(&term) > 0 && weight > 0.0 {
                    let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                    wanted.push(Box::new(BoostQuery::new(Box::new(query), weight)));
                }
            }
        }
        if wanted.is_empty() || k == 0 {
            return Vec::new();
        }
        let query = BooleanQuery::union(wanted);
        let collector = TopDocs::with_limit(k).order_by_score();
        let found = self
            .searcher
            .search_with_statistics_provider(&query, &collector, &statistics);
        let found = found.unwrap_or_default().into_iter();
        found
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

/// BM25 over signatures and paths.
struct Model<'a> {
    /// Where each term stands in `weights`.
    terms: FxHashMap<&'a str, usize>,
    /// By how much a term counts in signatures, and in paths: idf and boosts.
    weights: Vec<[f32; 2]>,
    /// How long a path is on average, in terms.
    place_length: f32,
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
            let rest = (n - frequency).max(0.0);
            (1.0 + (rest + 0.5) / (frequency + 0.5)).ln() * (1.0 + K1)
        };
        let mut model = Model {
            terms: FxHashMap::default(),
            weights: Vec::new(),
            place_length: statistics.average_length(searcher.fields.place).max(1.0),
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
                let score = self.sum(&path, 1, self.place_length);
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
