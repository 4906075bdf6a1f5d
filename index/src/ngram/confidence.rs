//! How sure a guess is, as a probability that can be believed.

/// The share of times that a guess with this raw score was exactly right.
pub(super) fn calibrated(raw: f32) -> f32 {
    raw.clamp(0.0, 1.0)
}
