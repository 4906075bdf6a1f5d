//! How sure a guess is, as a probability that can be believed.

/// How many numbers [`Signals::features`] has.
#[doc(hidden)]
pub const FEATURES: usize = 6;

/// The weights of the features, the last for the constant 1.
const WEIGHTS: [f32; FEATURES] = [0.3931, 1.1158, -0.1301, 0.7306, 0.2761, 0.0438];

/// What tells how sure a candidate is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    /// Its share of all candidates, 0 to 1.
    pub(super) share: f32,
    /// The share of all continuations that the candidates cover, 0 to 1.
    pub(super) kept: f32,
    /// The logarithm of its probability, what follows the cursor aside.
    pub(super) log: f32,
    /// How many tokens it has.
    pub(super) n_tokens: usize,
    /// The length of the longest context at the cursor that was seen, in tokens.
    pub(super) longest: usize,
}

impl Signals {
    /// The signals on scales on which they add up.
    pub(super) fn features(&self) -> [f32; FEATURES] {
        let share = self.share.clamp(1e-3, 1.0 - 1e-3);
        let steps = self.n_tokens as f32 + 1.0;
        [
            (share / (1.0 - share)).ln(),
            self.kept.clamp(1e-4, 1.0).ln(),
            steps.ln(),
            self.log / steps,
            self.longest as f32 / 12.0,
            1.0,
        ]
    }

    /// The probability that the guess is exactly right, by logistic regression.
    pub(super) fn confidence(&self) -> f32 {
        let sum: f32 = self
            .features()
            .iter()
            .zip(WEIGHTS)
            .map(|it| it.0 * it.1)
            .sum();
        1.0 / (1.0 + (-sum).exp())
    }
}
