//! Searching: words and meaning, ranked as one, and answered with whole pieces of code.
//!
//! A [`Query`] is parsed into concepts and [`Filters`]; `lexical` ranks chunks by words, a [`Semantic`] source by
//! meaning; both are fused, weighed by what and where a chunk is, and made whole: a function, not its third part.

mod fuse;
mod lexical;
mod meaning;
mod query;
mod rank;
mod synonyms;
mod whole;

pub use lexical::Part;
pub use meaning::{Meaning, Unavailable};
pub use query::{Filters, Misunderstood, Query};

use crate::outline::Kind;
use crate::store::{ChunkRecord, Scored, Searcher};
use crate::terms;
use lexical::Weights;
use std::collections::HashSet;
use std::ops::Range;

/// So many chunks are looked at closely; more change nothing that is measurable.
const CANDIDATES: usize = 100;

/// What results are ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Words and meaning.
    #[default]
    Hybrid,
    /// Words alone.
    Lexical,
    /// Meaning alone.
    Semantic,
}

impl Mode {
    /// Its name, as options have it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Hybrid => "hybrid",
            Mode::Lexical => "lexical",
            Mode::Semantic => "semantic",
        }
    }
}

/// Finds chunks by meaning: an embedder and the vectors that it made.
pub trait Semantic {
    /// The `k` chunks nearest to a text that `admits` lets pass, nearest first, with their cosine.
    ///
    /// # Errors
    /// There are no vectors, or the text can't be embedded: a sentence for the user.
    fn nearest(
        &self,
        searcher: &Searcher,
        text: &str,
        admits: &dyn Fn(&ChunkRecord) -> bool,
        k: usize,
    ) -> Result<Vec<Scored<ChunkRecord>>, String>;
}

/// One result.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its file, relative to the root, with `/`.
    pub path: String,
    /// Its first line, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
    /// How well it fits, from 0 to 1, comparable between queries.
    pub score: f32,
    /// The name of what it defines, with what that is defined in: `Shape.area`.
    pub symbol: Option<String>,
    /// What it defines.
    pub kind: Option<Kind>,
    /// The text of exactly these lines.
    pub text: String,
    /// Why it was found, for people.
    pub why: String,
    /// Other places with the same text: paths.
    pub also: Vec<String>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// What they were ranked by.
    pub mode: Mode,
    /// Why that is not what was asked for, for people.
    pub note: Option<String>,
}

/// A chunk that was looked at closely, and what its score is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Its file, relative to the root, with `/`.
    pub path: String,
    /// Its lines.
    pub lines: (usize, usize),
    /// The name of what it belongs to.
    pub symbol: Option<String>,
    /// The final score.
    pub score: f32,
    /// The sum of `parts`, lowered by what of the query it doesn't cover, as a share of what an ideal result would have.
    pub words: f32,
    /// The share of the query that it covers, from 0 to 1.
    pub covered: f32,
    /// What each term adds.
    pub parts: Vec<Part>,
    /// What it was multiplied by, and why.
    pub factors: Vec<(&'static str, f32)>,
    /// What the other results of its file add.
    pub of_file: f32,
}

/// Searches. Blocks for the disk, and for the embedder of `semantic`.
pub fn search(
    searcher: &Searcher,
    query: &Query,
    mode: Mode,
    k: usize,
    semantic: Option<&dyn Semantic>,
) -> Found {
    let (ranked, mode, note) = ranked(searcher, query, mode, k, semantic, false);
    let (hits, stale) = whole::hits(searcher, query, &ranked, k);
    if stale.is_empty() {
        return Found { hits, mode, note };
    }
    // Some files have changed since they were indexed: look at them as they are, once.
    let fresh = searcher.with_disk(&stale);
    let (ranked, mode, note) = self::ranked(&fresh, query, mode, k, semantic, false);
    let (hits, _) = whole::hits(&fresh, query, &ranked, k);
    Found { hits, mode, note }
}

/// The terms that a query is searched by, after stemming, each word's before those that code has for it; and the best
/// chunks with the parts of their scores. By words alone.
pub fn explain(searcher: &Searcher, query: &Query, k: usize) -> (Vec<Vec<String>>, Vec<Explained>) {
    let concepts = query.concepts();
    let terms = concepts.iter().map(|it| {
        let terms = it.alternatives.iter().map(|it| it.term.clone());
        terms.collect()
    });
    let (ranked, ..) = ranked(searcher, query, Mode::Lexical, k, None, true);
    let explained = ranked.into_iter().take(k).map(|it| Explained {
        lines: (it.candidate.chunk.start_line, it.candidate.chunk.end_line),
        symbol: whole::symbol(&it.candidate.chunk),
        score: it.score,
        words: it.candidate.score,
        covered: it.candidate.covered,
        parts: it.candidate.parts,
        factors: it.factors,
        of_file: it.of_file,
        path: it.candidate.chunk.path,
    });
    (terms.collect(), explained.collect())
}

/// The words of a text that a query is about, as ranges of bytes: what to highlight.
pub fn highlights(query: &Query, text: &str) -> Vec<Range<usize>> {
    let concepts = query.concepts();
    let wanted: HashSet<&str> = concepts
        .iter()
        .filter_map(|it| Some(it.alternatives.first()?.term.as_str()))
        .collect();
    terms::words(text)
        .filter(|word| {
            let mut is_wanted = false;
            terms::terms(word, |it| is_wanted |= wanted.contains(it));
            is_wanted
        })
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            start..start + word.len()
        })
        .collect()
}

fn ranked(
    searcher: &Searcher,
    query: &Query,
    mode: Mode,
    k: usize,
    semantic: Option<&dyn Semantic>,
    explain: bool,
) -> (Vec<rank::Ranked>, Mode, Option<String>) {
    let most = CANDIDATES.max(3 * k);
    let by_meaning = match (mode, semantic) {
        (Mode::Lexical, _) => Ok(None),
        (_, Some(it)) => {
            let admits = |it: &ChunkRecord| query.filters.admit(it);
            it.nearest(searcher, &query.text, &admits, most).map(Some)
        }
        (_, None) => Err("There is nothing to search by meaning with.".to_owned()),
    };
    let (by_meaning, mode, note) = match by_meaning {
        Ok(Some(it)) => (it, mode, None),
        Ok(None) => (Vec::new(), Mode::Lexical, None),
        Err(why) => {
            let note = format!("Ranked by words alone. {why}");
            (Vec::new(), Mode::Lexical, Some(note))
        }
    };
    let weights = Weights::new(searcher, &query.concepts());
    let mut candidates = match mode {
        Mode::Semantic => Vec::new(),
        _ => lexical::candidates(searcher, &weights, &query.filters, most, explain),
    };
    for it in &mut candidates {
        it.score /= weights.ideal.max(f32::MIN_POSITIVE);
    }
    let fused = match mode {
        Mode::Lexical => candidates,
        _ => fuse::fuse(candidates, by_meaning),
    };
    (rank::rank(query, fused), mode, note)
}

#[cfg(test)]
mod tests;
