//! How sure a guess is, as a probability that can be believed.

use super::estimate::Support;

/// How many numbers [`Signals::features`] has.
#[doc(hidden)]
pub const FEATURES: usize = 14;

/// The weights of the features, the last for the constant 1. Fitted on 8,400 places in 20 projects, a third of each kind
/// (`cargo run --release -p hob-index --example builtin_quality -- --fit …` prints them).
const WEIGHTS: [f32; FEATURES] = [
    0.0795, 0.1386, 0.1164, 0.8008, -0.1107, 0.9912, 0.0744, 0.2134, -0.0059, 0.1103, -0.4459,
    -0.1936, 1.1627, 0.4854,
];

/// More places that agree than this make nothing surer.
const MANY_PLACES: f32 = 20.0;
/// The logarithm below which a doubt makes nothing less sure.
const MOST_DOUBT: f32 = -6.0;

/// What tells how sure a candidate is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signals {
    /// Its share of all candidates, 0 to 1.
    pub(super) share: f32,
    /// The same, what follows the cursor aside.
    pub(super) own_share: f32,
    /// The same, if what follows the cursor surely had to do with what comes there.
    pub(super) related_share: f32,
    /// The share of all continuations that the candidates cover, 0 to 1.
    pub(super) kept: f32,
    /// The logarithm of its probability, what follows the cursor aside.
    pub(super) log: f32,
    /// The logarithm of the mean probability of a token that follows the cursor; 0 where nothing follows.
    pub(super) agreement: f32,
    /// How many tokens it has.
    pub(super) n_tokens: usize,
    /// The length of the longest context at the cursor that was seen, in tokens.
    pub(super) longest: usize,
    /// What speaks for it along its tokens.
    pub(super) habit: Habit,
}

/// How often, and after how long contexts, the code went on in the same way; over a candidate's tokens and its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habit {
    /// The share of tokens that were all that ever followed the longest context.
    unanimous: f32,
    /// The logarithm of the product of the tokens' shares after the longest contexts.
    doubt: f32,
    /// The least number of places that agree on a token.
    places: f32,
    /// The mean length of the longest contexts, in tokens.
    longest: f32,
}

impl Habit {
    /// Sums up what speaks for each of the tokens.
    pub(super) fn of(supports: &[Support]) -> Self {
        let n = supports.len().max(1) as f32;
        let mean = |value: &dyn Fn(&Support) -> f32| supports.iter().map(value).sum::<f32>() / n;
        Self {
            unanimous: mean(&|it| if it.share > 0.99 { 1.0 } else { 0.0 }),
            doubt: mean(&|it| (it.share + 0.01).min(1.0).ln()) * n,
            places: supports
                .iter()
                .map(|it| it.places)
                .fold(MANY_PLACES, f32::min),
            longest: mean(&|it| it.longest as f32),
        }
    }
}

impl Signals {
    /// The signals on scales on which they add up.
    pub(super) fn features(&self) -> [f32; FEATURES] {
        let logit = |share: f32| {
            let share = share.clamp(1e-3, 1.0 - 1e-3);
            (share / (1.0 - share)).ln()
        };
        let steps = self.n_tokens as f32 + 1.0;
        let habit = &self.habit;
        [
            logit(self.share),
            logit(self.own_share),
            logit(self.related_share),
            self.kept.clamp(1e-4, 1.0).ln(),
            steps.ln(),
            self.log / steps,
            self.agreement,
            self.longest as f32 / 12.0,
            habit.unanimous,
            habit.doubt.max(MOST_DOUBT),
            (1.0 + habit.places).ln(),
            habit.longest / 12.0,
            (1.0 + habit.places).ln() * habit.longest / 12.0,
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
