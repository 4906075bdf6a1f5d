//! Ranking by words: BM25 over a chunk's text, its name, its declaration and its path, concept by concept.
//!
//! tantivy's own scorers add up all terms. Here, of a word and its synonyms only the best counts, which an inverted
//! index can do as fast when it is read term by term, and it is known how much of the query each result covers.

mod segment;

use crate::search::query::{Concept, Filters};
use crate::store::bm25::{B, K1, Statistics, each_posting};
use crate::store::overlay::Piece;
use crate::store::schema::{Document, Fields};
use crate::store::{ChunkRecord, Searcher};
use ignore::gitignore::Gitignore;
use std::path::Path;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, SegmentReader, Term};

/// How much a field counts: the text, the name, the declaration with what it is in, the path. Tuned
/// on the questions of `examples/search_quality`, twenty projects in six languages, as are the numbers below.
const FIELDS: [(&str, f32); N] = [("text", 1.0), ("name", 1.0), ("head", 2.0), ("path", 1.0)];
const N: usize = 4;
/// Rare terms count a little less than BM25 has it.
const RARITY: f32 = 0.8;
/// A term that more than this share of all texts have says nothing about a text.
const COMMON: f32 = 0.3;
/// The same for names that code has for a word: in texts, common ones cost much time and find little.
const COMMON_SYNONYM: f32 = 0.05;
/// Nothing is common in so few texts.
const FEW: f32 = 50.0;

/// What a score is multiplied by, for the share of the query that is covered: its fourth root, as two cheap steps.
fn coverage(covered: f32) -> f32 {
    covered.min(1.0).sqrt().sqrt()
}

/// A chunk and its score.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) chunk: ChunkRecord,
    pub(super) score: f32,
    /// The share of the query that it covers, 0 to 1.
    pub(super) covered: f32,
    /// What the score is made of.
    pub(super) parts: Vec<Part>,
}

/// What one term in one field adds to a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The term, stemmed.
    pub term: String,
    /// Where it was found: `text`, `name`, `head` or `path`.
    pub field: &'static str,
    /// What it adds.
    pub score: f32,
}

/// A query, weighed by the statistics of an index.
pub(super) struct Weights {
    /// Those that can add most before the others.
    concepts: Vec<Weighed>,
    average: [f32; N],
    /// About the highest score that a chunk can have.
    pub(super) ideal: f32,
}

/// A concept, weighed.
struct Weighed {
    alternatives: Vec<Alternative>,
    /// How much of the query it is. The sum of all is 1.
    share: f32,
    /// No document gets as much as this from it.
    bound: f32,
}

struct Alternative {
    term: String,
    /// By field; 0: not looked at.
    weights: [f32; N],
    weight: f32,
}

fn fields(of: &Fields) -> [Field; N] {
    [of.body, of.name, of.head, of.place]
}

impl Weights {
    pub(super) fn new(searcher: &Searcher, concepts: &[Concept]) -> Weights {
        let statistics = Statistics::new(searcher, Document::Chunk);
        let fields = fields(&searcher.fields);
        let documents = statistics.documents.max(1) as f32;
        let idf = |frequency: f32| {
            let rest = (documents - frequency).max(0.0);
            (1.0 + (rest + 0.5) / (frequency + 0.5)).ln().powf(RARITY)
        };
        let mut all: Vec<Weighed> = Vec::new();
        for concept in concepts {
            let mut most = 0.0f32;
            let mut share = 0.0f32;
            let alternatives = concept.alternatives.iter().enumerate().map(|(nth, it)| {
                let mut weights = [0.0; N];
                let mut highest = 0.0f32;
                for (at, field) in fields.iter().enumerate() {
                    let term = Term::from_field_text(*field, &it.term);
                    let frequency = statistics.frequency(&term) as f32;
                    highest = highest.max(frequency);
                    let most = if nth == 0 { COMMON } else { COMMON_SYNONYM };
                    let is_common = at == 0 && frequency > FEW.max(most * documents);
                    // An open document may have words that nothing in the index has.
                    let occurs = frequency > 0.0 || !searcher.overlay.is_empty();
                    if occurs && !(is_common && (nth > 0 || concepts.len() > 1)) {
                        weights[at] = idf(frequency) * (K1 + 1.0) * FIELDS[at].1;
                    }
                }
                if nth == 0 {
                    share = idf(highest) * it.weight;
                }
                most = most.max(it.weight * weights.iter().sum::<f32>());
                Alternative {
                    term: it.term.clone(),
                    weights,
                    weight: it.weight,
                }
            });
            let alternatives: Vec<Alternative> = alternatives.collect();
            // Words that were only joined to see whether code does so count where it does.
            if most == 0.0 && concept.alternatives.iter().all(|it| it.weight < 1.0) {
                continue;
            }
            all.push(Weighed {
                alternatives,
                share,
                bound: most,
            });
        }
        let sum: f32 = all.iter().map(|it| it.share).sum();
        for it in &mut all {
            it.share /= sum.max(f32::MIN_POSITIVE);
        }
        all.sort_by(|a, b| b.bound.total_cmp(&a.bound));
        Weights {
            ideal: all.iter().map(|it| it.bound).sum(),
            concepts: all,
            average: fields.map(|it| statistics.average_length(it).max(1.0)),
        }
    }

    /// A chunk that is not in the index.
    fn score(&self, piece: &Piece, place: &crate::store::overlay::Counts) -> (f32, f32) {
        let fields = [&piece.body, &piece.name, &piece.head, place];
        let mut scored = (0.0, 0.0);
        for concept in &self.concepts {
            let mut best = (0.0, 0.0);
            for it in &concept.alternatives {
                let of_field = |at: usize| {
                    let count = fields[at].get(&it.term) as f32;
                    let length = fields[at].total as f32 / self.average[at];
                    it.weights[at] * count / (count + K1 * (1.0 - B + B * length))
                };
                let score = it.weight * (0..N).map(of_field).sum::<f32>();
                if score > best.0 {
                    best = (score, it.weight.min(1.0) * concept.share);
                }
            }
            scored.0 += best.0;
            scored.1 += best.1;
        }
        scored
    }

    /// Of each concept the best alternative that a document has, field by field.
    fn explain(&self, searcher: &Searcher, address: DocAddress) -> tantivy::Result<Vec<Part>> {
        use tantivy::DocSet;
        use tantivy::postings::Postings;
        let segment = searcher.searcher.segment_reader(address.segment_ord);
        let norms = norms(segment, &searcher.fields)?;
        let mut parts = Vec::new();
        for concept in &self.concepts {
            let mut best: Vec<Part> = Vec::new();
            for it in &concept.alternatives {
                let mut found = Vec::new();
                for (at, field) in fields(&searcher.fields).into_iter().enumerate() {
                    let term = Term::from_field_text(field, &it.term);
                    let index = segment.inverted_index(field)?;
                    let option = IndexRecordOption::WithFreqs;
                    if let Some(mut postings) = index.read_postings(&term, option)?
                        && it.weights[at] > 0.0
                        && postings.doc() <= address.doc_id
                        && postings.seek(address.doc_id) == address.doc_id
                        && let Some(norms) = &norms[at]
                    {
                        let length = norms.fieldnorm(address.doc_id) as f32 / self.average[at];
                        let count = postings.term_freq() as f32;
                        let share = count / (count + K1 * (1.0 - B + B * length));
                        found.push(Part {
                            term: it.term.clone(),
                            field: FIELDS[at].0,
                            score: it.weight * it.weights[at] * share,
                        });
                    }
                }
                let sum = |it: &[Part]| it.iter().map(|it| it.score).sum::<f32>();
                if sum(&found) > sum(&best) {
                    best = found;
                }
            }
            parts.extend(best);
        }
        Ok(parts)
    }
}

/// The best chunks by their words, best first; `explain`: with the parts of their scores.
pub(super) fn candidates(
    searcher: &Searcher,
    weights: &Weights,
    filters: &Filters,
    most: usize,
    explain: bool,
) -> Vec<Candidate> {
    let mut found: Vec<(f32, f32, DocAddress)> = Vec::new();
    let is_by_path = filters.paths.is_some() || filters.without_paths.is_some();
    let paths = is_by_path.then(|| {
        let mut files = searcher.files();
        files.retain(|it| filters.admit_path(it));
        files
    });
    // Room for what stands in the overlay.
    let room = most + 16 * searcher.overlay.len();
    for (ord, reader) in (0..).zip(searcher.searcher.segment_readers()) {
        let threshold = match found.len() > room {
            true => found[room].0,
            false => 0.0,
        };
        let wanted = (room, threshold);
        let each = |doc, it: (f32, f32)| found.push((it.0, it.1, DocAddress::new(ord, doc)));
        let paths = paths.as_deref();
        // A segment that can't be read finds nothing; the next update makes the index anew.
        let _ = segment::score(searcher, reader, weights, filters, paths, wanted, each);
        if found.len() > room {
            found.select_nth_unstable_by(room, |a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
            found.truncate(room + 1);
        }
    }
    found.truncate(room);
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    let mut candidates: Vec<Candidate> = found
        .into_iter()
        .filter_map(|(score, covered, address)| {
            let chunk = searcher.chunk(address)?;
            let parts = match explain {
                true => weights.explain(searcher, address).unwrap_or_default(),
                false => Vec::new(),
            };
            (!searcher.overlay.contains_key(&chunk.path)).then_some(Candidate {
                chunk,
                score,
                covered,
                parts,
            })
        })
        .collect();
    overlaid(searcher, weights, filters, &mut candidates);
    candidates.sort_by(|a, b| {
        let place = |it: &Candidate| (it.chunk.path.clone(), it.chunk.start_line);
        b.score
            .total_cmp(&a.score)
            .then_with(|| place(a).cmp(&place(b)))
    });
    candidates.truncate(most);
    candidates
}

/// The chunks of open documents.
fn overlaid(searcher: &Searcher, weights: &Weights, filters: &Filters, out: &mut Vec<Candidate>) {
    for (path, text) in &*searcher.overlay {
        let language = filters.languages.iter().any(|it| it.id == text.language);
        if !filters.languages.is_empty() && !language || !filters.admit_path(path) {
            continue;
        }
        for piece in &text.chunks {
            let holds = |it: &String| {
                let mut all = true;
                crate::terms::terms(it, |term| all &= piece.body.get(term) > 0);
                all
            };
            let (sum, covered) = weights.score(piece, &text.place);
            let kind = piece.record.symbol.as_ref().map(|it| it.kind);
            if sum > 0.0 && filters.admit_kind(kind) && !filters.without.iter().any(holds) {
                out.push(Candidate {
                    chunk: piece.record.clone(),
                    score: sum * coverage(covered),
                    covered,
                    parts: Vec::new(),
                });
            }
        }
    }
}

impl Filters {
    /// Whether a chunk is what they ask for, as far as its text needn't be read.
    pub(super) fn admit(&self, chunk: &ChunkRecord) -> bool {
        let language = || crate::language::Language::of_path(Path::new(&chunk.path));
        self.admit_path(&chunk.path)
            && self.admit_kind(chunk.symbol.as_ref().map(|it| it.kind))
            && (self.languages.is_empty()
                || language()
                    .is_some_and(|it| self.languages.iter().any(|wanted| wanted.id == it.id)))
    }

    fn admit_path(&self, path: &str) -> bool {
        let names = |it: &Gitignore| it.matched_path_or_any_parents(path, false).is_ignore();
        self.paths.as_ref().is_none_or(names) && !self.without_paths.as_ref().is_some_and(names)
    }

    fn admit_kind(&self, kind: Option<crate::outline::Kind>) -> bool {
        self.kinds.is_empty() || kind.is_some_and(|it| self.kinds.contains(&it))
    }
}

fn norms(segment: &SegmentReader, of: &Fields) -> tantivy::Result<[Option<FieldNormReader>; N]> {
    let mut all = [const { None }; N];
    for (norms, field) in all.iter_mut().zip(fields(of)) {
        *norms = segment.fieldnorms_readers().get_field(field)?;
    }
    Ok(all)
}

/// The documents that the filters let pass; `None`: all.
fn allowed(
    searcher: &Searcher,
    segment: &SegmentReader,
    filters: &Filters,
    paths: Option<&[String]>,
) -> tantivy::Result<Option<Vec<bool>>> {
    let n_documents = segment.max_doc() as usize;
    let fields = &searcher.fields;
    let mut allowed: Option<Vec<bool>> = None;
    let languages: Vec<&str> = filters.languages.iter().map(|it| it.id).collect();
    let kinds: Vec<&str> = filters.kinds.iter().map(|it| it.name()).collect();
    let paths: Option<Vec<&str>> = paths.map(|it| it.iter().map(String::as_str).collect());
    let wanted = [
        (fields.language, Some(languages).filter(|it| !it.is_empty())),
        (fields.kind, Some(kinds).filter(|it| !it.is_empty())),
        (fields.owner, paths),
    ];
    for (field, texts) in wanted {
        let Some(texts) = texts else {
            continue;
        };
        let mut has = vec![false; n_documents];
        for text in texts {
            each_posting(segment, &Term::from_field_text(field, text), |doc, _| {
                has[doc as usize] = true;
            })?;
        }
        match &mut allowed {
            Some(it) => it.iter_mut().zip(has).for_each(|(a, b)| *a &= b),
            None => allowed = Some(has),
        }
    }
    for word in &filters.without {
        // An identifier's parts are words, too: without what has all of them.
        let mut has = vec![true; n_documents];
        let mut terms = Vec::new();
        crate::terms::terms(word, |it| terms.push(it.to_owned()));
        for term in terms {
            let mut with = vec![false; n_documents];
            each_posting(
                segment,
                &Term::from_field_text(fields.body, &term),
                |doc, _| {
                    with[doc as usize] = true;
                },
            )?;
            has.iter_mut().zip(with).for_each(|(a, b)| *a &= b);
        }
        let allowed = allowed.get_or_insert_with(|| vec![true; n_documents]);
        allowed.iter_mut().zip(has).for_each(|(a, b)| *a &= !b);
    }
    Ok(allowed)
}
