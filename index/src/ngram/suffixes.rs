//! A suffix array over contexts read backwards: the places of a token sequence, ordered by the tokens before them.
//!
//! All places with the same last k tokens are neighbours, and those with the same last k + 1 are a part of them. So one
//! descent, a token further left at each step, finds the places of every context length.

use super::tokens::Token;
use rayon::prelude::*;
use std::ops::Range;

/// Contexts are told apart up to this many tokens.
pub(super) const DEPTH: usize = 16;
/// Runs up to this length are sorted by comparing; longer ones by keys of two tokens at a time.
const SHORT_RUN: usize = 12;

/// The places 1.. of a token sequence, ordered by their contexts.
#[derive(Debug, Default)]
pub(super) struct Suffixes {
    order: Vec<u32>,
    /// Where the places after each token start in `order`, with one entry more; empty for a short sequence.
    starts: Vec<u32>,
}

impl Suffixes {
    /// Orders the places of a codebase; uses all threads. Every token is less than `tokens_below`.
    pub(super) fn of_codebase(tokens: &[Token], tokens_below: u32) -> Self {
        let mut starts = vec![0u32; tokens_below as usize + 1];
        let places = tokens.len().saturating_sub(1);
        for token in &tokens[..places] {
            starts[*token as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut order = vec![0u32; places];
        let mut next = starts.clone();
        for (at, token) in tokens[..places].iter().enumerate() {
            let slot = &mut next[*token as usize];
            order[*slot as usize] = at as u32 + 1;
            *slot += 1;
        }
        drop(next);
        let mut runs = Vec::new();
        let mut rest = order.as_mut_slice();
        for bounds in starts.windows(2) {
            let (run, tail) = rest.split_at_mut((bounds[1] - bounds[0]) as usize);
            rest = tail;
            if run.len() > 1 {
                runs.push(run);
            }
        }
        runs.par_iter_mut().for_each(|run| sort(tokens, run, 1));
        Self { order, starts }
    }

    /// Orders the places of a few files, on this thread.
    pub(super) fn of_files(tokens: &[Token]) -> Self {
        let mut order: Vec<u32> = (1..tokens.len() as u32).collect();
        sort(tokens, &mut order, 0);
        Self {
            order,
            starts: Vec::new(),
        }
    }

    /// All places.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.order.len() as u32
    }

    /// The place at an index of the order.
    pub(super) fn place(&self, index: u32) -> usize {
        self.order.get(index as usize).copied().unwrap_or(0) as usize
    }

    /// Of the places in `range`, whose last `depth` tokens agree, those with `token` before these.
    pub(super) fn narrow(
        &self,
        tokens: &[Token],
        range: Range<u32>,
        depth: usize,
        token: Token,
    ) -> Range<u32> {
        if depth == 0 && !self.starts.is_empty() {
            return match self.starts.get(token as usize..token as usize + 2) {
                Some(bounds) => bounds[0]..bounds[1],
                None => 0..0,
            };
        }
        let places = &self.order[range.start as usize..range.end as usize];
        let start = places.partition_point(|it| before(tokens, *it, depth) < token);
        let len = places[start..].partition_point(|it| before(tokens, *it, depth) == token);
        let start = range.start + start as u32;
        start..start + len as u32
    }

    /// Whether [`Suffixes::count`] of a token needs no search.
    pub(super) fn has_count(&self, token: Token) -> bool {
        (token as usize) + 1 < self.starts.len()
    }

    /// How often a token occurs before another.
    pub(super) fn count(&self, tokens: &[Token], token: Token) -> u32 {
        let range = self.narrow(tokens, self.all(), 0, token);
        range.end - range.start
    }
}

/// The token `depth` tokens left of the one before a place.
fn before(tokens: &[Token], place: u32, depth: usize) -> Token {
    match (place as usize).checked_sub(depth + 1) {
        Some(at) => tokens[at],
        None => 0,
    }
}

/// Sorts places whose last `depth` tokens agree.
fn sort(tokens: &[Token], places: &mut [u32], depth: usize) {
    if depth >= DEPTH || places.len() < 2 {
        return;
    }
    if places.len() <= SHORT_RUN {
        places.sort_unstable_by(|a, b| {
            (depth..DEPTH)
                .map(|it| before(tokens, *a, it).cmp(&before(tokens, *b, it)))
                .find(|it| it.is_ne())
                .unwrap_or_else(|| a.cmp(b))
        });
        return;
    }
    let mut keyed: Vec<(u64, u32)> = places
        .iter()
        .map(|&it| {
            let key =
                (before(tokens, it, depth) as u64) << 32 | before(tokens, it, depth + 1) as u64;
            (key, it)
        })
        .collect();
    keyed.sort_unstable();
    for (place, (_, sorted)) in places.iter_mut().zip(&keyed) {
        *place = *sorted;
    }
    let mut runs = Vec::new();
    let mut start = 0;
    for run in keyed.chunk_by(|a, b| a.0 == b.0) {
        if run.len() > 1 {
            runs.push(start..start + run.len());
        }
        start += run.len();
    }
    drop(keyed);
    for run in runs {
        sort(tokens, &mut places[run], depth + 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence without pattern, from a linear congruential generator.
    fn sequence(len: usize, kinds: u32) -> Vec<Token> {
        let mut state = 1u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                1 + (state >> 16) % (kinds - 1)
            })
            .collect()
    }

    #[test]
    fn narrowing_finds_exactly_the_places_of_a_context() {
        for (len, kinds) in [(0, 3), (1, 3), (2, 3), (500, 2), (3000, 5), (3000, 100)] {
            let tokens = sequence(len, kinds);
            for suffixes in [
                Suffixes::of_codebase(&tokens, kinds),
                Suffixes::of_files(&tokens),
            ] {
                for end in (0..len.saturating_sub(8)).step_by(97) {
                    let context = &tokens[end..end + 6];
                    let mut range = suffixes.all();
                    for depth in 0..6 {
                        range = suffixes.narrow(&tokens, range, depth, context[5 - depth]);
                        let mut found: Vec<usize> =
                            range.clone().map(|it| suffixes.place(it)).collect();
                        found.sort();
                        let expected: Vec<usize> = (depth + 1..len)
                            .filter(|it| tokens[it - depth - 1..*it] == context[5 - depth..])
                            .collect();
                        assert_eq!(found, expected);
                    }
                }
            }
        }
    }
}
