//! How much a piece of evidence weighs against all shorter contexts.

/// What was counted after one context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// At how many places.
    pub(super) samples: usize,
    /// How many different tokens.
    pub(super) kinds: usize,
}

/// Classes of evidence.
const CLASSES: usize = 13;
/// Classes of context lengths.
const LENGTHS: usize = 7;
/// How many parameters there are.
#[doc(hidden)]
pub const PARAMETERS: usize = 2 * LENGTHS * CLASSES;

/// The weight of evidence in a group (0 the current file, 1 the codebase) after a context of so many tokens.
pub(super) fn weight(group: usize, length: usize, evidence: Evidence) -> f32 {
    let _ = (group, length);
    evidence.samples as f32 / (evidence.samples + evidence.kinds) as f32
}

/// Which parameter that weight is.
pub(super) fn parameter(group: usize, length: usize, evidence: Evidence) -> usize {
    let length = match length {
        0..=4 => length.saturating_sub(1),
        5..=6 => 4,
        7..=9 => 5,
        _ => 6,
    };
    (group.min(1) * LENGTHS + length) * CLASSES + class(evidence)
}

fn class(evidence: Evidence) -> usize {
    let Evidence { samples, kinds } = evidence;
    match (samples, kinds) {
        (0..=1, _) => 0,
        (2, 1) => 1,
        (2, _) => 2,
        (3..=5, 1) => 3,
        (3..=5, 2) => 4,
        (3..=5, _) => 5,
        (6..=20, 1) => 6,
        (6..=20, _) if samples >= 3 * kinds => 7,
        (6..=20, _) => 8,
        (_, 1) => 9,
        _ if samples >= 8 * kinds => 10,
        _ if samples >= 3 * kinds => 11,
        _ => 12,
    }
}
