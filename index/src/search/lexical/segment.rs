//! The scores of a segment's documents, term by term: each posting is read once and in order.
//!
//! Concepts that can add much come first. Once the rest can't bring a new document among the best any more, only the
//! documents that were seen are looked up in it (MaxScore, after Turtle & Flood 1995). The result is the same.

use super::{Alternative, N, Weights, allowed, coverage, fields, norms};
use crate::search::query::Filters;
use crate::store::Searcher;
use crate::store::bm25::{divisors, each_posting};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, Term};

/// A segment, with what scoring needs of it.
struct Segment<'a> {
    searcher: &'a Searcher,
    reader: &'a SegmentReader,
    norms: [Option<FieldNormReader>; N],
    divisors: [[f32; 256]; N],
}

/// A document that was seen, and what is known of it.
#[derive(Clone, Copy, Default)]
struct Seen {
    doc: DocId,
    /// What it has of the alternative that is being read.
    now: f32,
    /// What it has of the concept's best alternative, and how much of the query that covers.
    best: f32,
    best_covered: f32,
    score: f32,
    covered: f32,
}

impl Seen {
    /// The score; `more` and `more_covered`: the highest that it could still get.
    fn total(&self, more: f32, more_covered: f32) -> f32 {
        (self.score + more) * coverage(self.covered + more_covered)
    }
}

/// The documents that were seen.
struct All {
    /// By document: its place in `seen`, from 1. Memory that nothing is written to costs nothing.
    places: Vec<u32>,
    seen: Vec<Seen>,
}

impl All {
    fn of(&mut self, doc: DocId) -> (u32, &mut Seen) {
        let place = &mut self.places[doc as usize];
        if *place == 0 {
            self.seen.push(Seen {
                doc,
                ..Seen::default()
            });
            *place = self.seen.len() as u32;
        }
        let at = *place - 1;
        (at, &mut self.seen[at as usize])
    }

    /// What the document in place `n`, from 0, has already; 0 where there are fewer.
    fn nth_score(&self, n: usize, is_allowed: impl Fn(DocId) -> bool) -> f32 {
        let allowed = self.seen.iter().filter(|it| is_allowed(it.doc));
        let mut scores: Vec<f32> = allowed.map(|it| it.total(0.0, 0.0)).collect();
        if scores.len() <= n {
            return 0.0;
        }
        *scores.select_nth_unstable_by(n, |a, b| b.total_cmp(a)).1
    }
}

/// The best `most` documents of a segment with their scores and the shares of the query that they cover, and perhaps
/// some more; in no order. Documents that can't reach `threshold` may be left out.
pub(super) fn score(
    searcher: &Searcher,
    reader: &SegmentReader,
    weights: &Weights,
    filters: &Filters,
    paths: Option<&[String]>,
    (most, mut threshold): (usize, f32),
    mut each: impl FnMut(DocId, (f32, f32)),
) -> tantivy::Result<()> {
    let allowed = allowed(searcher, reader, filters, paths)?;
    let is_allowed =
        |doc: DocId| allowed.as_ref().is_none_or(|it| it[doc as usize]) && !reader.is_deleted(doc);
    let segment = Segment {
        searcher,
        reader,
        norms: norms(reader, &searcher.fields)?,
        divisors: weights.average.map(divisors),
    };
    let mut all = All {
        places: vec![0; reader.max_doc() as usize],
        seen: Vec::new(),
    };
    let mut among: Option<Vec<DocId>> = None;
    let mut highest = 0.0f32;
    for (nth, concept) in weights.concepts.iter().enumerate() {
        let rest = &weights.concepts[nth..];
        let more: f32 = rest.iter().map(|it| it.bound).sum();
        let more_covered: f32 = rest.iter().map(|it| it.share).sum();
        let of_new = more * coverage(more_covered);
        if highest > of_new && all.seen.len() > most {
            threshold = threshold.max(all.nth_score(most, is_allowed));
        }
        // A little room for the rounding of sums.
        let reaches = |score: f32| score * 1.0001 >= threshold;
        if among.is_some() || !reaches(of_new) {
            let hopeful = all
                .seen
                .iter()
                .filter(|it| reaches(it.total(more, more_covered)));
            let mut hopeful: Vec<DocId> = hopeful.map(|it| it.doc).collect();
            hopeful.sort_unstable();
            among = Some(hopeful);
        }
        let mut of_concept: Vec<u32> = Vec::new();
        for it in &concept.alternatives {
            let of_term = match &among {
                Some(among) => segment.look_up(it, among, &mut all)?,
                None => segment.read(it, &mut all)?,
            };
            for at in of_term {
                let seen = &mut all.seen[at as usize];
                let now = std::mem::take(&mut seen.now);
                if seen.best == 0.0 {
                    of_concept.push(at);
                }
                if now > seen.best {
                    seen.best = now;
                    seen.best_covered = it.weight.min(1.0) * concept.share;
                }
            }
        }
        for at in of_concept {
            let seen = &mut all.seen[at as usize];
            seen.score += std::mem::take(&mut seen.best);
            seen.covered += std::mem::take(&mut seen.best_covered);
            highest = highest.max(seen.score);
        }
    }
    for it in all
        .seen
        .iter()
        .filter(|it| it.total(0.0, 0.0) >= threshold && is_allowed(it.doc))
    {
        each(it.doc, (it.total(0.0, 0.0), it.covered));
    }
    Ok(())
}

impl Segment<'_> {
    /// Adds a term's score to all documents that have it, and says which, by their places.
    fn read(&self, it: &Alternative, all: &mut All) -> tantivy::Result<Vec<u32>> {
        let mut found = Vec::new();
        for (at, field) in fields(&self.searcher.fields).into_iter().enumerate() {
            let Some(norms) = self.norms[at].as_ref().filter(|_| it.weights[at] > 0.0) else {
                continue;
            };
            let weight = it.weights[at] * it.weight;
            let term = Term::from_field_text(field, &it.term);
            each_posting(self.reader, &term, |doc, count| {
                let (place, seen) = all.of(doc);
                if seen.now == 0.0 {
                    found.push(place);
                }
                let divisor = self.divisors[at][usize::from(norms.fieldnorm_id(doc))];
                seen.now += weight * count as f32 / (count as f32 + divisor);
            })?;
        }
        Ok(found)
    }

    /// The same for these documents alone, which are in order.
    fn look_up(
        &self,
        it: &Alternative,
        among: &[DocId],
        all: &mut All,
    ) -> tantivy::Result<Vec<u32>> {
        let mut found = Vec::new();
        for (at, field) in fields(&self.searcher.fields).into_iter().enumerate() {
            let Some(norms) = self.norms[at].as_ref().filter(|_| it.weights[at] > 0.0) else {
                continue;
            };
            let weight = it.weights[at] * it.weight;
            let term = Term::from_field_text(field, &it.term);
            let index = self.reader.inverted_index(field)?;
            let Some(mut postings) = index.read_postings(&term, IndexRecordOption::WithFreqs)?
            else {
                continue;
            };
            for &doc in among {
                if postings.doc() < doc {
                    postings.seek(doc);
                }
                if postings.doc() != doc {
                    continue;
                }
                let (place, seen) = all.of(doc);
                if seen.now == 0.0 {
                    found.push(place);
                }
                let count = postings.term_freq() as f32;
                let divisor = self.divisors[at][usize::from(norms.fieldnorm_id(doc))];
                seen.now += weight * count / (count + divisor);
            }
        }
        Ok(found)
    }
}
