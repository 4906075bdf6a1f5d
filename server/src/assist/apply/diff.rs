//! Which lines of two texts are the same.

use imara_diff::{Algorithm, Diff, InternedInput, Interner};
use std::hash::Hash;
use std::ops::Range;

/// A stretch that differs: these lines of the first text are these of the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// In the first text.
    pub before: Range<usize>,
    /// In the second.
    pub after: Range<usize>,
}

/// What differs, in order; everything between is the same.
pub(super) fn hunks<T: Eq + Hash>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
) -> Vec<Hunk> {
    let mut input = InternedInput {
        before: Vec::new(),
        after: Vec::new(),
        interner: Interner::new(64),
    };
    input.update_before(before);
    input.update_after(after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |it: Range<u32>| it.start as usize..it.end as usize;
    diff.hunks()
        .map(|it| Hunk {
            before: range(it.before),
            after: range(it.after),
        })
        .collect()
}
