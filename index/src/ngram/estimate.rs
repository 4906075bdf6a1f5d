//! How likely each token comes next: counts of every context length, in every scope, interpolated from long to short.

use super::scope::Scope;
use super::tokens::{TEXT_START, Token};
use super::weights::{self, Evidence};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The longest context that is looked up, in tokens.
pub(super) const ORDER: usize = 12;
/// Of more places than this, an even sample is counted.
const SAMPLE: u32 = 48;
/// Shorter contexts are not asked any more when less than this share of the estimate is theirs.
const NEGLIGIBLE: f32 = 0.01;

/// A context of so many tokens tells something by itself.
const TELLING: usize = 3;

/// One scope and how much it counts.
pub(super) struct Layer<'a> {
    pub(super) scope: &'a Scope,
    /// Places in these ranges, in order, do not count: a newer text of their file is in another scope.
    pub(super) superseded: Vec<Range<u32>>,
}

/// Estimates next tokens for one request; what it has looked up it remembers.
pub(super) struct Estimator<'a> {
    /// The scopes, from the nearest to the furthest; those of one group are counted together.
    groups: Vec<Vec<Layer<'a>>>,
    nodes: Vec<Node>,
    /// Which node continues a node, or a group, by a token to the left.
    index: FxHashMap<u64, usize>,
}

/// What is known of one context in one group.
struct Node {
    /// Its places in each layer.
    ranges: Vec<Range<u32>>,
    len: u32,
    counted: Option<Counted>,
}

/// What followed a context.
struct Counted {
    /// How many places count, estimated where they are many.
    total: f32,
    evidence: Evidence,
    /// Each token's share.
    shares: Vec<(Token, f32)>,
}

/// What speaks for one token after a context, smoothing aside.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Support {
    /// The length of the longest context that was seen, in tokens.
    pub(super) longest: usize,
    /// The token's share after the longest context, if that has at least [`TELLING`] tokens.
    pub(super) share: f32,
    /// The most places after one context of at least [`TELLING`] tokens that was followed by nothing else.
    pub(super) places: f32,
}

/// An estimate of the next token.
#[derive(Default)]
pub(super) struct Estimate {
    /// The share of each token that was seen in any of the contexts; together at most 1.
    pub(super) shares: FxHashMap<Token, f32>,
    /// The length of the longest context that was seen, in tokens.
    pub(super) longest: usize,
    /// The nodes of the context, by group, from short to long.
    path: Vec<Vec<usize>>,
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

impl<'a> Estimator<'a> {
    /// One that looks into these scopes.
    pub(super) fn new(groups: Vec<Vec<Layer<'a>>>) -> Self {
        Self {
            groups,
            nodes: Vec::new(),
            index: FxHashMap::default(),
        }
    }

    /// Estimates what follows `context` into `estimate`, whose memory is used again.
    pub(super) fn estimate(&mut self, context: &[Token], estimate: &mut Estimate) {
        estimate.shares.clear();
        estimate.longest = 0;
        let mut left = 1.0;
        self.each_evidence(context, &mut estimate.path, |length, group, counted| {
            estimate.longest = estimate.longest.max(length);
            let weight = weights::weight(group, length, counted.evidence);
            for (token, share) in &counted.shares {
                *estimate.shares.entry(*token).or_default() += left * weight * share;
            }
            left *= 1.0 - weight;
            left > NEGLIGIBLE
        });
    }

    /// What `estimate` would weigh for `context`, from long to short: the parameter of each piece of evidence, and the
    /// share which it gives to `token`.
    pub(super) fn trace(&mut self, context: &[Token], token: Token) -> Vec<(usize, f32)> {
        let mut trace = Vec::new();
        self.each_evidence(context, &mut Vec::new(), |length, group, counted| {
            let share = counted
                .shares
                .iter()
                .find(|it| it.0 == token)
                .map_or(0.0, |it| it.1);
            trace.push((weights::parameter(group, length, counted.evidence), share));
            true
        });
        trace
    }

    /// What speaks for `token` after `context`.
    pub(super) fn support(&mut self, context: &[Token], token: Token) -> Support {
        let mut support = Support::default();
        self.each_evidence(context, &mut Vec::new(), |length, _, counted| {
            let is_longest = support.longest == 0;
            support.longest = support.longest.max(length);
            if length < TELLING {
                return false;
            }
            let share = counted.shares.iter().find(|it| it.0 == token);
            let share = share.map_or(0.0, |it| it.1);
            if is_longest {
                support.share = share;
            }
            if share > 0.99 {
                support.places = support.places.max(counted.total);
            }
            true
        });
        support
    }

    /// Calls `each` with the evidence from the longest context to the shortest, until it returns false.
    ///
    /// A context whose places are all places of a longer one says nothing new, and is left out.
    fn each_evidence(
        &mut self,
        context: &[Token],
        path: &mut Vec<Vec<usize>>,
        mut each: impl FnMut(usize, usize, &Counted) -> bool,
    ) {
        path.resize_with(self.groups.len(), Vec::new);
        for (group, nodes) in path.iter_mut().enumerate() {
            nodes.clear();
            self.find(group, context, nodes);
        }
        let mut totals = vec![0.0; self.groups.len()];
        for length in (1..=ORDER).rev() {
            for (group, nodes) in path.iter().enumerate() {
                let Some(&node) = nodes.get(length - 1) else {
                    continue;
                };
                let longer = nodes.get(length).map_or(0, |it| self.nodes[*it].len);
                if self.nodes[node].len == longer {
                    continue;
                }
                let Some(counted) = self.counted(group, node) else {
                    continue;
                };
                // The same places, once those that do not count are left out.
                if counted.total == totals[group] {
                    continue;
                }
                totals[group] = counted.total;
                if !each(length, group, counted) {
                    return;
                }
            }
        }
    }

    /// Finds the places of every context length in a group.
    fn find(&mut self, group: usize, context: &[Token], path: &mut Vec<usize>) {
        // The nodes are a tree: a node's parent is the context that is shorter by one token.
        let mut parent = u32::MAX as usize - group;
        for (depth, &token) in context.iter().rev().take(ORDER).enumerate() {
            let key = (parent as u64) << 32 | token as u64;
            let node = match self.index.get(&key) {
                Some(node) => *node,
                None => {
                    let layers = &self.groups[group];
                    let ranges: Vec<Range<u32>> = layers
                        .iter()
                        .enumerate()
                        .map(|(at, layer)| {
                            let within = match path.last() {
                                Some(shorter) => self.nodes[*shorter].ranges[at].clone(),
                                None => layer.scope.suffixes.all(),
                            };
                            layer
                                .scope
                                .suffixes
                                .narrow(&layer.scope.tokens, within, depth, token)
                        })
                        .collect();
                    self.nodes.push(Node {
                        len: ranges.iter().map(|it| it.end - it.start).sum(),
                        ranges,
                        counted: None,
                    });
                    self.index.insert(key, self.nodes.len() - 1);
                    self.nodes.len() - 1
                }
            };
            if self.nodes[node].len == 0 {
                break;
            }
            path.push(node);
            parent = node;
        }
    }

    /// What followed a context, counted at the first time; `None` if nothing that counts did.
    fn counted(&mut self, group: usize, node: usize) -> Option<&Counted> {
        if self.nodes[node].counted.is_none() {
            let mut seen = Vec::new();
            let mut total = 0.0;
            for (layer, range) in self.groups[group].iter().zip(&self.nodes[node].ranges) {
                total += layer.count(range.clone(), &mut seen);
            }
            let samples = seen.len();
            seen.sort_unstable_by_key(|it| it.0);
            seen.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                kept.1 += if same { next.1 } else { 0.0 };
                same
            });
            seen.iter_mut().for_each(|it| it.1 /= total);
            self.nodes[node].counted = Some(Counted {
                total,
                evidence: Evidence {
                    samples,
                    kinds: seen.len(),
                },
                shares: seen,
            });
        }
        let counted = self.nodes[node].counted.as_ref();
        counted.filter(|it| it.evidence.samples > 0)
    }

    /// How often a token occurs, in all scopes; `roughly`: only where that is known without a search, if anywhere.
    pub(super) fn frequency(&self, token: Token, roughly: bool) -> f32 {
        let scopes = || self.groups.iter().flatten().map(|it| it.scope);
        let roughly = roughly && scopes().any(|it| it.suffixes.has_count(token));
        scopes()
            .filter(|it| !roughly || it.suffixes.has_count(token))
            .map(|it| it.suffixes.count(&it.tokens, token) as f32)
            .sum()
    }

    /// How many contexts have been looked up.
    pub(super) fn n_contexts(&self) -> usize {
        self.nodes.len()
    }
}

impl Layer<'_> {
    /// Adds the tokens at the places of a range to `seen`; returns how much was added.
    fn count(&self, range: Range<u32>, seen: &mut Vec<(Token, f32)>) -> f32 {
        let len = range.end - range.start;
        let (samples, weight) = if len > SAMPLE {
            (SAMPLE, len as f32 / SAMPLE as f32)
        } else {
            (len, 1.0)
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
