//! How likely each token comes next: counts of every context length, in every scope, interpolated from long to short.

use super::scope::Scope;
use super::suffixes::DEPTH;
use super::tokens::{TEXT_START, Token};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The longest context that is looked up, in tokens.
pub(super) const ORDER: usize = 12;
/// Of more places than this, an even sample is counted.
const SAMPLE: u32 = 64;
/// Shorter contexts are not asked any more when less than this share of the estimate is theirs.
const NEGLIGIBLE: f32 = 0.002;

/// One scope and how much it counts.
pub(super) struct Layer<'a> {
    pub(super) scope: &'a Scope,
    /// Places in these ranges, in order, do not count: a newer text of their file is in another scope.
    pub(super) superseded: Vec<Range<u32>>,
    /// What one place counts.
    pub(super) weight: f32,
}

/// The scopes, from the nearest to the furthest; those of one group are counted together.
pub(super) struct Estimator<'a> {
    pub(super) groups: Vec<Vec<Layer<'a>>>,
}

/// An estimate of the next token.
#[derive(Default)]
pub(super) struct Estimate {
    /// The share of each token that was seen in any of the contexts; together at most 1.
    pub(super) shares: FxHashMap<Token, f32>,
    /// The length of the longest context that was seen, in tokens.
    pub(super) longest: usize,
    seen: Vec<(Token, f32)>,
    ranges: Vec<[Range<u32>; ORDER]>,
}

impl Estimate {
    /// The share of a token.
    pub(super) fn share(&self, token: Token) -> f32 {
        self.shares.get(&token).copied().unwrap_or(0.0)
    }

    /// The tokens and their shares, the likeliest first; in a fixed order.
    pub(super) fn ranked(&self) -> Vec<(Token, f32)> {
        let mut ranked: Vec<(Token, f32)> = self.shares.iter().map(|it| (*it.0, *it.1)).collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }
}

impl Estimator<'_> {
    /// Estimates what follows `context` into `estimate`, whose memory is used again.
    pub(super) fn estimate(&self, context: &[Token], estimate: &mut Estimate) {
        estimate.shares.clear();
        estimate.longest = 0;
        self.find(context, estimate);
        let mut left = 1.0;
        for length in (1..=ORDER.min(context.len())).rev() {
            let mut at = 0;
            for group in &self.groups {
                let start = at;
                at += group.len();
                estimate.seen.clear();
                let mut total = 0.0;
                for (layer, ranges) in group.iter().zip(&estimate.ranges[start..at]) {
                    total += layer.count(ranges[length - 1].clone(), &mut estimate.seen);
                }
                if total <= 0.0 {
                    continue;
                }
                estimate.longest = estimate.longest.max(length);
                let kinds = merge(&mut estimate.seen);
                // Witten and Bell: the more kinds of tokens followed a context, the likelier a new one does.
                let weight = total / (total + kinds as f32);
                for (token, count) in &estimate.seen {
                    *estimate.shares.entry(*token).or_default() += left * weight * count / total;
                }
                left *= 1.0 - weight;
            }
            if left < NEGLIGIBLE {
                break;
            }
        }
    }

    /// Finds the places of every context length in every layer.
    fn find(&self, context: &[Token], estimate: &mut Estimate) {
        estimate.ranges.clear();
        for layer in self.groups.iter().flatten() {
            let mut ranges: [Range<u32>; ORDER] = std::array::from_fn(|_| 0..0);
            let mut range = layer.scope.suffixes.all();
            for (depth, token) in context.iter().rev().take(ORDER.min(DEPTH)).enumerate() {
                range = layer
                    .scope
                    .suffixes
                    .narrow(&layer.scope.tokens, range, depth, *token);
                if range.is_empty() {
                    break;
                }
                ranges[depth] = range.clone();
            }
            estimate.ranges.push(ranges);
        }
    }

    /// How often a token occurs, in all scopes.
    pub(super) fn frequency(&self, token: Token) -> f32 {
        self.groups
            .iter()
            .flatten()
            .map(|it| it.weight * it.scope.suffixes.count(&it.scope.tokens, token) as f32)
            .sum()
    }
}

impl Layer<'_> {
    /// Adds the tokens at the places of a range to `seen`; returns how much was added.
    fn count(&self, range: Range<u32>, seen: &mut Vec<(Token, f32)>) -> f32 {
        let len = range.end - range.start;
        let (samples, weight) = if len > SAMPLE {
            (SAMPLE, self.weight * len as f32 / SAMPLE as f32)
        } else {
            (len, self.weight)
        };
        let mut total = 0.0;
        for sample in 0..samples {
            let index = range.start + (sample as u64 * len as u64 / samples as u64) as u32;
            let place = self.scope.suffixes.place(index);
            let token = self.scope.tokens[place];
            // What follows the cursor, or the last line of a file, is not known: it says nothing.
            if token != TEXT_START && !self.is_superseded(place as u32) {
                seen.push((token, weight));
                total += weight;
            }
        }
        total
    }

    fn is_superseded(&self, place: u32) -> bool {
        let next = self.superseded.partition_point(|it| it.end <= place);
        self.superseded
            .get(next)
            .is_some_and(|it| it.start <= place)
    }
}

/// Joins the entries of the same token; returns how many tokens there are.
fn merge(seen: &mut Vec<(Token, f32)>) -> usize {
    seen.sort_unstable_by_key(|it| it.0);
    seen.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    seen.len()
}
