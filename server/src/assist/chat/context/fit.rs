//! Which parts of one text fit a question: for files that are too long to be shown whole.

use hob_index::language::Language;
use hob_index::outline::{Outline, outline};
use hob_index::terms::terms;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// How soon more of the same word stops counting (BM25's `k1`).
const SOON: f32 = 1.2;

/// A part of a text, in lines from 1 and inclusive, and how well it fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) lines: (usize, usize),
    /// 0 where it has none of the words.
    pub(super) score: f32,
}

/// What a text is made of.
pub(super) fn outline_of(path: &str, text: &str) -> Outline {
    outline(text, Language::of_path(Path::new(path)))
}

/// The parts of a text, best first; those that fit equally well in their order.
pub(super) fn parts(text: &str, outline: &Outline, query: &str) -> Vec<Part> {
    let mut wanted: FxHashSet<String> = FxHashSet::default();
    terms(query, |it| {
        wanted.insert(it.to_owned());
    });
    let counted: Vec<FxHashMap<String, f32>> = outline
        .chunks
        .iter()
        .map(|chunk| {
            let mut counts: FxHashMap<String, f32> = FxHashMap::default();
            let mut count = |text: &str, by: f32| {
                terms(text, |it| {
                    if wanted.contains(it) {
                        *counts.entry(it.to_owned()).or_default() += by;
                    }
                });
            };
            count(&text[chunk.bytes.clone()], 1.0);
            if let Some(symbol) = chunk.symbol.and_then(|it| outline.symbols.get(it)) {
                count(&symbol.name, 3.0);
                count(symbol.container.as_deref().unwrap_or_default(), 1.0);
            }
            counts
        })
        .collect();
    let n = counted.len() as f32;
    let rarity = |term: &String| {
        let having = counted.iter().filter(|it| it.contains_key(term)).count() as f32;
        (1.0 + (n - having + 0.5) / (having + 0.5)).ln()
    };
    let rarities: FxHashMap<&String, f32> = wanted.iter().map(|it| (it, rarity(it))).collect();
    let mut parts: Vec<Part> = outline
        .chunks
        .iter()
        .zip(&counted)
        .map(|(chunk, counts)| {
            // In a fixed order: sums of floats depend on it.
            let mut found: Vec<(&String, &f32)> = counts.iter().collect();
            found.sort_by_key(|it| it.0);
            let score = found
                .iter()
                .map(|(term, count)| rarities[*term] * **count / (**count + SOON))
                .sum();
            Part {
                lines: (chunk.start_line, chunk.end_line),
                score,
            }
        })
        .collect();
    parts.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.lines.cmp(&b.lines))
    });
    parts
}
