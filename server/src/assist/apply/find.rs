//! Where in a file the lines of a change stand: exactly, else uniformly indented otherwise, else with other blanks at the
//! ends of lines, else without a blank first or last line. Nothing beyond that: a guess would end up in somebody's code.

use super::chunk::Chunk;
use super::indent::{self, Indent};
use super::lines;
use std::ops::Range;

/// Where a change fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The change as it fits: it may have lost a blank line.
    pub chunk: Chunk,
    /// All places, in order.
    pub places: Vec<Place>,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The first line, from 0.
    pub at: usize,
    /// How what comes is indented there.
    pub indent: Indent,
}

/// How much alike lines must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    Exact,
    /// Indented otherwise.
    Shifted,
    /// And other blanks at the end.
    Trailing,
    /// And levels written otherwise.
    Levels,
}

/// The places in `range` where the old lines of a change stand, by the first rule that finds any.
pub(super) fn find(file: &[&str], chunk: &Chunk, range: Range<usize>) -> Option<Found> {
    let variants = std::iter::once(chunk.clone()).chain(chunk.without_blank_edges());
    let variants: Vec<Chunk> = variants.collect();
    variants
        .iter()
        .find_map(|it| strict(file, it, range.clone()))
}

fn strict(file: &[&str], chunk: &Chunk, range: Range<usize>) -> Option<Found> {
    let old = chunk.old();
    // Blank lines alone are everywhere.
    if old.iter().all(|it| it.trim().is_empty()) {
        return None;
    }
    let tiers = [Tier::Exact, Tier::Shifted, Tier::Trailing, Tier::Levels];
    tiers.into_iter().find_map(|tier| {
        let places = places(file, chunk, &old, tier, range.clone());
        (!places.is_empty()).then(|| Found {
            chunk: chunk.clone(),
            places,
        })
    })
}

fn places(
    file: &[&str],
    chunk: &Chunk,
    old: &[&str],
    tier: Tier,
    range: Range<usize>,
) -> Vec<Place> {
    let end = range.end.min(file.len());
    let mut places = Vec::new();
    let Some(last) = end.checked_sub(old.len()) else {
        return places;
    };
    for at in range.start..=last {
        let window = &file[at..at + old.len()];
        let mut pairs = old.iter().copied().zip(window.iter().copied());
        if !pairs.clone().all(|(old, line)| tier.same(old, line)) {
            continue;
        }
        let indent = match tier {
            Tier::Exact => Some(Indent::Same),
            Tier::Levels => Indent::learn_levels(pairs, chunk.added()),
            _ => Indent::learn(&mut pairs),
        };
        // What comes must fit the rule, too.
        let indent = indent.filter(|it| chunk.added().all(|added| it.apply(added).is_some()));
        places.extend(indent.map(|indent| Place { at, indent }));
    }
    places
}

impl Tier {
    /// Whether a line of an answer may be this line of the file.
    fn same(self, old: &str, line: &str) -> bool {
        let shift = |old: &str, line: &str| {
            let (a, b) = (
                old.trim_start_matches([' ', '\t']),
                line.trim_start_matches([' ', '\t']),
            );
            match a.trim_end().is_empty() {
                true => b.trim_end().is_empty(),
                false => same(a, b),
            }
        };
        match self {
            Tier::Exact => same(old, line),
            Tier::Shifted => shift(old, line),
            Tier::Trailing | Tier::Levels => shift(old.trim_end(), line.trim_end()),
        }
    }
}

/// Whether two lines are the same, where a byte that is no UTF-8 is also what readers make of it: U+FFFD, or the
/// character that it is in Latin-1. U+FFFD is also what they make of a character in an old encoding.
fn same(old: &str, line: &str) -> bool {
    if old == line {
        return true;
    }
    if old.is_ascii() || line.is_ascii() {
        return false;
    }
    let mut line = line.chars();
    for it in old.chars() {
        let Some(found) = line.next() else {
            return false;
        };
        let is_same = it == found
            || (it == '\u{FFFD}' && !found.is_ascii())
            || (lines::is_byte(found)
                && u8::try_from(it).ok().and_then(lines::byte) == Some(found));
        if !is_same {
            return false;
        }
    }
    line.next().is_none()
}

/// The stretch of a file that is most like these lines: its first line, from 0, and the lines. For messages only.
pub(super) fn nearest<'a>(file: &[&'a str], old: &[&str]) -> Option<(usize, Vec<&'a str>)> {
    /// More comparisons than this are not worth a message.
    const MOST: usize = 400_000;
    let key = |it: &str| it.trim().to_owned();
    let wanted: Vec<String> = old
        .iter()
        .map(|it| key(it))
        .filter(|it| !it.is_empty())
        .collect();
    let first = wanted.first()?;
    if file.len().saturating_mul(wanted.len()) > MOST {
        return None;
    }
    let trimmed: Vec<String> = file.iter().map(|it| key(it)).collect();
    let alike = |a: &str, b: &str| -> f64 {
        match a == b {
            true => 1.0,
            false if a.len().abs_diff(b.len()) > a.len().max(b.len()) / 2 => 0.0,
            false => strsim::normalized_levenshtein(a, b),
        }
    };
    let mut best = (0.0, 0);
    for at in 0..file.len() {
        if trimmed[at].is_empty() {
            continue;
        }
        let here = trimmed[at..].iter().filter(|it| !it.is_empty());
        let exact: usize = here.zip(&wanted).filter(|(a, b)| a == b).count();
        let score = exact as f64 + alike(first, &trimmed[at]);
        if score > best.0 {
            best = (score, at);
        }
    }
    if best.0 < 0.6 {
        return None;
    }
    let end = (best.1 + old.len().max(1)).min(file.len());
    Some((best.1, file[best.1..end].to_vec()))
}

/// The lines before a place that enclose it: each less indented than what follows, the nearest first.
pub(super) fn enclosing<'a>(file: &[&'a str], at: usize) -> Vec<&'a str> {
    let width = |it: &str| {
        indent::of(it)
            .chars()
            .map(|it| if it == '\t' { 4 } else { 1 })
            .sum::<usize>()
    };
    let mut lines = Vec::new();
    let first = file[at.min(file.len())..]
        .iter()
        .find(|it| !it.trim().is_empty());
    let mut least = first.map_or(0, |it| width(it)) + 1;
    for line in file[..at.min(file.len())].iter().rev() {
        if line.trim().is_empty() || width(line) >= least {
            continue;
        }
        // A closing bracket encloses nothing.
        if !line.trim_start().starts_with(['}', ')', ']']) {
            lines.push(*line);
        }
        least = width(line);
        if least == 0 {
            break;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn at(file: &str, search: &str, replace: &str) -> Vec<usize> {
        let file: Vec<&str> = file.lines().collect();
        let chunk = Chunk::replacing(&lines(search), &lines(replace));
        find(&file, &chunk, 0..file.len())
            .map(|it| it.places.iter().map(|it| it.at).collect())
            .unwrap_or_default()
    }

    #[test]
    fn exact_places_win_over_shifted_ones() {
        assert_eq!(at("  a\na\n", "a", "b"), [1]);
        assert_eq!(at("  a\n", "a", "b"), [0]);
        assert_eq!(at("  a\n    a\n", "a", "b"), [0, 1]);
    }

    #[test]
    fn blanks_at_line_ends_and_blank_edges_are_forgiven_in_this_order() {
        assert_eq!(at("x\na  \nb\n", "a\nb", "c"), [1]);
        assert_eq!(at("x\na\n", "\na\n\n", "c"), [1]);
        assert_eq!(at("x\na\n", "\n", "c"), [0; 0]);
    }

    #[test]
    fn other_words_are_never_found() {
        assert_eq!(at("let a = 1;\n", "let a = 2;", "x"), [0; 0]);
        assert_eq!(at("a\n    b\n", "a\n  c", "x"), [0; 0]);
    }

    #[test]
    fn what_encloses_a_line_is_less_indented() {
        let file = ["class A:", "  def f():", "    x", "  def g():", "    y"];
        assert_eq!(enclosing(&file, 4), ["  def g():", "class A:"]);
    }
}
