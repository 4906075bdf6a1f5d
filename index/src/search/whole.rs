//! From ranked chunks to results that make sense alone: whole definitions, each once.

use crate::search::Hit;
use crate::search::query::Query;
use crate::search::rank::Ranked;
use crate::store::{ChunkRecord, Hash, Searcher, hash};
use crate::terms::terms;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Longer results are hard to read at a glance; in lines.
const LONGEST: usize = 80;

/// A file's text, and where its lines begin.
struct File {
    text: Arc<str>,
    lines: Vec<usize>,
}

/// The best `k` results, and the files that have changed since they were indexed.
pub(super) fn hits(
    searcher: &Searcher,
    query: &Query,
    ranked: &[Ranked],
    k: usize,
) -> (Vec<Hit>, Vec<String>) {
    let mut files: BTreeMap<String, Option<File>> = BTreeMap::new();
    let mut hits: Vec<Hit> = Vec::new();
    let mut same: HashMap<Hash, usize> = HashMap::new();
    let mut stale = Vec::new();
    for it in ranked {
        if hits.len() == k {
            break;
        }
        let chunk = &it.candidate.chunk;
        let file = files
            .entry(chunk.path.clone())
            .or_insert_with(|| File::new(searcher.text(&chunk.path)?));
        let Some(file) = file.as_ref().filter(|it| it.has(chunk)) else {
            stale.push(chunk.path.clone());
            continue;
        };
        let Some((start_line, end_line)) = lines(chunk, &hits) else {
            continue;
        };
        let text = file.text_of(start_line, end_line);
        let lower = text.to_lowercase();
        if !query.filters.phrases.iter().all(|it| lower.contains(it)) {
            continue;
        }
        if let Some(&at) = same.get(&hash(text)) {
            if hits[at].path != chunk.path {
                hits[at].also.push(chunk.path.clone());
            }
            continue;
        }
        same.insert(hash(text), hits.len());
        hits.push(Hit {
            path: chunk.path.clone(),
            start_line,
            end_line,
            score: it.score,
            symbol: symbol(chunk),
            kind: chunk.symbol.as_ref().map(|it| it.kind),
            text: text.to_owned(),
            why: why(query, chunk, text),
            also: Vec::new(),
        });
    }
    stale.sort();
    stale.dedup();
    (hits, stale)
}

/// The lines that a chunk is shown with; `None`: a better result has them.
fn lines(chunk: &ChunkRecord, hits: &[Hit]) -> Option<(usize, usize)> {
    let own = (chunk.start_line, chunk.end_line);
    let is_free = |it: &(usize, usize)| {
        let mut others = hits.iter().filter(|hit| hit.path == chunk.path);
        others.all(|hit| hit.end_line < it.0 || it.1 < hit.start_line)
    };
    let whole = chunk.symbol.as_ref().map_or(own, |it| {
        let last = it.end_line.min(it.start_line + LONGEST - 1);
        // Of a long definition the beginning, which says what it is, if that is not far from the best part.
        match chunk.end_line <= last && chunk.start_line >= it.start_line {
            true => (it.start_line, last),
            false => own,
        }
    });
    [whole, own].into_iter().find(is_free)
}

/// The name of what a chunk belongs to, with what that is defined in.
pub(super) fn symbol(chunk: &ChunkRecord) -> Option<String> {
    let symbol = chunk.symbol.as_ref()?;
    Some(match &symbol.container {
        Some(container) => format!("{container}.{}", symbol.name),
        None => symbol.name.clone(),
    })
}

/// Where the query's words were found.
fn why(query: &Query, chunk: &ChunkRecord, text: &str) -> String {
    let set = |text: &str| {
        let mut all = std::collections::HashSet::new();
        terms(text, |it| {
            all.insert(it.to_owned());
        });
        all
    };
    let places = [
        ("name", set(&symbol(chunk).unwrap_or_default())),
        ("text", set(text)),
        ("path", set(&chunk.path)),
    ];
    let mut found: [Vec<String>; 3] = Default::default();
    for concept in query.concepts() {
        // The first place that has it is the one that matters most.
        let place = places
            .iter()
            .zip(&mut found)
            .find_map(|((_, terms), found)| {
                let mut terms_of = concept.alternatives.iter().map(|it| &it.term);
                let it = terms_of.find(|it| terms.contains(*it))?;
                Some((it.clone(), found))
            });
        if let Some((term, found)) = place {
            found.push(term);
        }
    }
    let parts = places.iter().zip(found).filter(|it| !it.1.is_empty());
    let parts: Vec<String> = parts
        .map(|((place, _), it)| format!("{place}: {}", it.join(", ")))
        .collect();
    match parts.is_empty() {
        true => "near in meaning".to_owned(),
        false => parts.join("; "),
    }
}

impl File {
    fn new(text: Arc<str>) -> Option<File> {
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|it| it + 1));
        Some(File { text, lines })
    }

    /// Whether a chunk is still where it was.
    fn has(&self, chunk: &ChunkRecord) -> bool {
        let piece = self.text.get(chunk.bytes.0..chunk.bytes.1);
        piece.is_some_and(|it| chunk.has(it))
    }

    /// The lines from `first` to `last`, from 1 and inclusive.
    fn text_of(&self, first: usize, last: usize) -> &str {
        let start = |line: usize| self.lines.get(line).copied().unwrap_or(self.text.len());
        self.text
            .get(start(first.saturating_sub(1))..start(last))
            .unwrap_or("")
    }
}
