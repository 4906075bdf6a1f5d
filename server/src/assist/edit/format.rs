//! The form in which a model is asked to write a change: the one that it does best for what is to be changed.

use super::Place;
use super::memory::Record;
use serde::{Deserialize, Serialize};

/// So many lines at most are written anew as a whole: small models copy them rightly, and nothing has to be found.
const REGION: usize = 120;
/// The same for a file of which no lines were selected.
const FILE: usize = 60;
/// A form that failed so often, and more often than it worked, gives way to another.
const FAILURES: u32 = 2;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// The new text of exactly the lines in question.
    Region,
    /// Search/replace blocks.
    Blocks,
    /// A unified diff.
    Diff,
}

/// The form for a place, after what this model has shown so far.
pub(super) fn choose(place: &Place, record: &Record) -> Format {
    let lines = place.n_lines();
    let region = match (&place.path, &place.lines) {
        (None, _) => false,
        // The lines alone would leave no room for the rest.
        _ if place.is_open => false,
        // What is masked could not be written back.
        _ if place.has_secrets() => false,
        (Some(_), Some(_)) => lines <= REGION,
        (Some(_), None) => lines <= FILE && !place.text.is_empty(),
    };
    let by_size = [
        region.then_some(Format::Region),
        Some(Format::Blocks),
        Some(Format::Diff),
    ];
    let mut candidates = by_size.into_iter().flatten();
    let first = candidates.clone().next().unwrap_or(Format::Blocks);
    let works = |it: &Format| {
        let (fits, fails) = record.get(*it);
        fails < FAILURES || fits >= fails
    };
    candidates.find(works).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lines: usize, selected: Option<usize>) -> Place {
        Place {
            path: Some("a.rs".to_owned()),
            lines: selected.map(|it| 1..=it),
            text: "x\n".repeat(lines),
            is_open: false,
        }
    }

    #[test]
    fn few_lines_are_written_anew_and_many_are_searched_and_replaced() {
        let new = Record::default();
        assert_eq!(choose(&place(1000, Some(20)), &new), Format::Region);
        assert_eq!(choose(&place(1000, Some(500)), &new), Format::Blocks);
        assert_eq!(choose(&place(20, None), &new), Format::Region);
        assert_eq!(choose(&place(200, None), &new), Format::Blocks);
        assert_eq!(choose(&Place::default(), &new), Format::Blocks);
    }

    #[test]
    fn what_may_reach_further_is_not_asked_for_as_lines() {
        let place = Place {
            is_open: true,
            ..place(1000, Some(20))
        };
        assert_eq!(choose(&place, &Record::default()), Format::Blocks);
    }

    #[test]
    fn what_a_model_keeps_failing_at_gives_way() {
        let mut record = Record::default();
        record.add(Format::Region, false);
        assert_eq!(choose(&place(9, None), &record), Format::Region);
        record.add(Format::Region, false);
        assert_eq!(choose(&place(9, None), &record), Format::Blocks);
        for _ in 0..2 {
            record.add(Format::Blocks, false);
        }
        assert_eq!(choose(&place(9, None), &record), Format::Diff);
        for _ in 0..2 {
            record.add(Format::Diff, false);
        }
        // None works: then the simplest.
        assert_eq!(choose(&place(9, None), &record), Format::Region);
        for _ in 0..2 {
            record.add(Format::Blocks, true);
        }
        assert_eq!(choose(&place(9, None), &record), Format::Blocks);
    }
}
