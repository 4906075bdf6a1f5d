//! Code that leaves parts of its file out: what is left out is found by what stands round it.

use super::block::left_out;
use super::lines::Text;
use super::refusal::Problem;

/// The file with this code in it.
pub(super) fn merge(_text: &Text, lines: &[String], _path: &str) -> Result<Text, Problem> {
    Err(left_out(
        lines
            .iter()
            .find(|it| super::elision::elision(it).is_some())
            .map_or("...", |it| it),
    ))
}
