//! Two rankings of the same chunks made one.

use crate::search::lexical::Candidate;
use crate::store::{ChunkRecord, Scored};
use std::collections::HashMap;

/// How much the ranking by meaning counts beside that by words. Tuned with all-MiniLM-L6-v2 on the questions of
/// `examples/search_quality`, six projects: anything from 0.35 to 1 is within 0.004 MRR.
const MEANING: f32 = 0.5;

/// Fuses by z-scores: how far above its list's average each stands, in standard deviations. What a list doesn't have
/// counts there as its last. Measured better than fusing by ranks. Scores stay between 0 and 1.
pub(super) fn fuse(words: Vec<Candidate>, meaning: Vec<Scored<ChunkRecord>>) -> Vec<Candidate> {
    let by_words = standard(words.iter().map(|it| it.score));
    let by_meaning = standard(meaning.iter().map(|it| it.score));
    let last = |it: &[f32]| it.iter().copied().fold(0.0, f32::min);
    let (last_word, last_meaning) = (last(&by_words), last(&by_meaning));
    let highest = meaning.iter().map(|it| it.score).fold(0.0, f32::max);
    let highest = words.iter().map(|it| it.score).fold(highest, f32::max);
    let mut places: HashMap<(String, usize), usize> = HashMap::new();
    let mut fused = Vec::new();
    for (mut it, z) in words.into_iter().zip(by_words) {
        places.insert((it.chunk.path.clone(), it.chunk.start_line), fused.len());
        it.score = z + MEANING * last_meaning;
        fused.push(it);
    }
    for (it, z) in meaning.into_iter().zip(by_meaning) {
        match places.get(&(it.it.path.clone(), it.it.start_line)) {
            Some(&at) => fused[at].score += MEANING * (z - last_meaning),
            None => fused.push(Candidate {
                chunk: it.it,
                score: last_word + MEANING * z,
                covered: 0.0,
                parts: Vec::new(),
            }),
        }
    }
    // Back from deviations to 0 to 1: the last of both is 0, the best is as good as it was alone.
    let bottom = last_word + MEANING * last_meaning;
    let top = fused.iter().map(|it| it.score).fold(bottom, f32::max);
    let scale = highest.clamp(0.0, 1.0) / (top - bottom).max(f32::MIN_POSITIVE);
    for it in &mut fused {
        it.score = ((it.score - bottom) * scale).clamp(0.0, 1.0);
    }
    fused.sort_by(|a, b| b.score.total_cmp(&a.score));
    fused
}

/// How far from the average each stands, in standard deviations.
fn standard(scores: impl Iterator<Item = f32>) -> Vec<f32> {
    let scores: Vec<f32> = scores.collect();
    let n = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / n;
    let variance = scores.iter().map(|it| (it - mean).powi(2)).sum::<f32>() / n;
    let deviation = variance.sqrt().max(1e-6);
    scores.iter().map(|it| (it - mean) / deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(path: &str) -> ChunkRecord {
        ChunkRecord {
            path: path.to_owned(),
            bytes: (0, 1),
            start_line: 1,
            end_line: 1,
            symbol: None,
            key: [0; 8],
        }
    }

    fn fused(words: &[(&str, f32)], meaning: &[(&str, f32)]) -> Vec<(String, f32)> {
        let words = words.iter().map(|(path, score)| Candidate {
            chunk: chunk(path),
            score: *score,
            covered: 1.0,
            parts: Vec::new(),
        });
        let meaning = meaning.iter().map(|(path, score)| Scored {
            it: chunk(path),
            score: *score,
        });
        let fused = fuse(words.collect(), meaning.collect());
        fused
            .into_iter()
            .map(|it| (it.chunk.path, it.score))
            .collect()
    }

    fn paths(it: &[(String, f32)]) -> Vec<&str> {
        it.iter().map(|it| it.0.as_str()).collect()
    }

    #[test]
    fn what_both_rankings_have_high_comes_first() {
        let fused = fused(
            &[("words", 0.9), ("both", 0.8), ("a", 0.1), ("b", 0.1)],
            &[("meaning", 0.7), ("both", 0.6), ("c", 0.1), ("d", 0.1)],
        );
        assert_eq!(paths(&fused)[0], "both");
        assert!(
            fused.iter().all(|it| (0.0..=1.0).contains(&it.1)),
            "{fused:?}"
        );
    }

    #[test]
    fn scales_of_the_two_do_not_matter() {
        let words = [("a", 0.9), ("b", 0.5), ("c", 0.1)];
        let small = fused(&words, &[("c", 0.03), ("b", 0.02), ("a", 0.01)]);
        let large = fused(&words, &[("c", 0.3), ("b", 0.2), ("a", 0.1)]);
        assert_eq!(paths(&small), paths(&large));
    }

    #[test]
    fn an_empty_ranking_leaves_the_other_as_it_is() {
        let words = [("a", 0.9), ("b", 0.5), ("c", 0.1)];
        assert_eq!(paths(&fused(&words, &[])), ["a", "b", "c"]);
        assert_eq!(paths(&fused(&[], &words)), ["a", "b", "c"]);
        assert_eq!(fused(&[], &[]), []);
    }
}
