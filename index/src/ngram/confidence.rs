//! How sure a guess is, as a probability that can be believed.

/// Raw scores, and how often guesses with about this score were exactly right.
///
/// Measured with `cargo run --release -p hob-index --example builtin_quality` on 8,000 line rests in 20 projects of seven
/// languages, in tenths of the raw score (its calibration table, with the identity in place of these points).
const POINTS: [(f32, f32); 12] = [
    (0.0, 0.0),
    (0.046, 0.049),
    (0.146, 0.167),
    (0.247, 0.292),
    (0.352, 0.410),
    (0.449, 0.520),
    (0.548, 0.609),
    (0.648, 0.744),
    (0.752, 0.810),
    (0.854, 0.864),
    (0.957, 0.959),
    (1.0, 0.98),
];

/// The share of times that a guess with this raw score (its share of the candidates, times the share of all
/// continuations that the candidates cover) is exactly right. Between the measured points it is straight.
pub(super) fn calibrated(raw: f32) -> f32 {
    let raw = raw.clamp(0.0, 1.0);
    for pair in POINTS.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        if raw <= to {
            return low + (high - low) * (raw - from) / (to - from);
        }
    }
    POINTS[POINTS.len() - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_score_is_never_less_sure() {
        let mut last = 0.0;
        for it in 0..=1000 {
            let next = calibrated(it as f32 / 1000.0);
            assert!(next >= last && next <= 1.0);
            last = next;
        }
    }
}
