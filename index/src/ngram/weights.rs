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

/// The weight of each class of evidence, by group, then by length of the context.
///
/// Fitted by expectation maximisation on 8,000 line rests in 20 projects of seven languages
/// (`cargo run --release -p hob-index --example builtin_quality -- --fit …` prints it).
#[rustfmt::skip]
const WEIGHTS: [[f32; CLASSES]; 2 * LENGTHS] = [
    [0.169, 0.289, 0.237, 0.450, 0.338, 0.241, 0.615, 0.438, 0.322, 0.838, 0.796, 0.573, 0.327],
    [0.343, 0.554, 0.235, 0.683, 0.440, 0.203, 0.731, 0.529, 0.286, 0.808, 0.763, 0.455, 0.202],
    [0.400, 0.505, 0.208, 0.715, 0.473, 0.145, 0.763, 0.496, 0.189, 0.902, 0.361, 0.468, 0.130],
    [0.429, 0.588, 0.201, 0.604, 0.441, 0.166, 0.651, 0.477, 0.177, 0.635, 0.501, 0.216, 0.058],
    [0.443, 0.571, 0.159, 0.609, 0.423, 0.095, 0.634, 0.465, 0.164, 0.653, 0.388, 0.497, 0.100],
    [0.554, 0.546, 0.211, 0.719, 0.450, 0.134, 0.708, 0.358, 0.122, 0.669, 0.565, 0.544, 0.038],
    [0.704, 0.758, 0.236, 0.830, 0.613, 0.223, 0.863, 0.715, 0.276, 0.564, 0.512, 0.582, 0.193],
    [0.223, 0.364, 0.229, 0.427, 0.379, 0.269, 0.546, 0.330, 0.364, 0.620, 0.546, 0.560, 0.130],
    [0.277, 0.443, 0.216, 0.519, 0.296, 0.212, 0.743, 0.426, 0.188, 0.694, 0.565, 0.276, 0.103],
    [0.192, 0.447, 0.172, 0.523, 0.290, 0.095, 0.579, 0.298, 0.155, 0.539, 0.325, 0.231, 0.061],
    [0.284, 0.352, 0.116, 0.505, 0.325, 0.107, 0.624, 0.382, 0.070, 0.492, 0.402, 0.169, 0.050],
    [0.273, 0.385, 0.081, 0.550, 0.203, 0.044, 0.546, 0.224, 0.066, 0.564, 0.327, 0.173, 0.038],
    [0.349, 0.352, 0.119, 0.527, 0.242, 0.096, 0.439, 0.235, 0.061, 0.557, 0.107, 0.271, 0.031],
    [0.649, 0.619, 0.231, 0.773, 0.322, 0.155, 0.727, 0.434, 0.212, 0.563, 0.546, 0.393, 0.054],
];

/// The weight of evidence in a group (0 the current file, 1 the codebase) after a context of so many tokens.
pub(super) fn weight(group: usize, length: usize, evidence: Evidence) -> f32 {
    let parameter = parameter(group, length, evidence);
    WEIGHTS[parameter / CLASSES][parameter % CLASSES]
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
