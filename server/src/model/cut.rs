//! Cuts an answer at the first stop string, which may be spread over several pieces.

use crate::assist::fim::BREAK;

/// Lets text through up to the first stop string, and holds back what may become one.
#[derive(Debug)]
pub(super) struct Cut {
    stops: Vec<String>,
    /// The bytes that a stop string begins with.
    first: [bool; 256],
    held: String,
    stopped: bool,
}

impl Cut {
    /// Stop strings in any order; empty ones and repetitions are left out.
    pub(super) fn new(stops: impl IntoIterator<Item = String>) -> Cut {
        let mut stops: Vec<String> = stops.into_iter().filter(|it| !it.is_empty()).collect();
        stops.sort_unstable();
        stops.dedup();
        let mut first = [false; 256];
        for stop in &stops {
            // Empty ones are out.
            first[usize::from(stop.as_bytes()[0])] = true;
        }
        Cut {
            stops,
            first,
            held: String::new(),
            stopped: false,
        }
    }

    /// Whether a stop string has come.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Takes the next piece; returns what is certain to belong to the answer.
    pub(super) fn push(&mut self, piece: &str) -> String {
        if self.stopped {
            return String::new();
        }
        // What marks a broken special token in the prompt may be copied by the model.
        self.held.extend(piece.chars().filter(|it| *it != BREAK));
        // Most pieces hold no byte that any stop string begins with.
        if !self.held.bytes().any(|it| self.first[usize::from(it)]) {
            return std::mem::take(&mut self.held);
        }
        if let Some(end) = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min()
        {
            self.stopped = true;
            self.held.truncate(end);
            return std::mem::take(&mut self.held);
        }
        let kept = self.held.len() - self.undecided();
        let rest = self.held.split_off(kept);
        std::mem::replace(&mut self.held, rest)
    }

    /// The rest, once the stream has ended.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The length of the longest end of the held text that begins some stop string.
    fn undecided(&self) -> usize {
        let longest = self
            .stops
            .iter()
            .map(|it| it.len() - 1)
            .max()
            .unwrap_or(0)
            .min(self.held.len());
        let start = self.held.len() - longest;
        let ends = (start..self.held.len()).filter(|at| self.held.is_char_boundary(*at));
        ends.map(|at| &self.held[at..])
            .find(|end| self.stops.iter().any(|stop| stop.starts_with(end)))
            .map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(stops: &[&str], pieces: &[&str]) -> (Vec<String>, bool) {
        let mut cut = Cut::new(stops.iter().map(|it| (*it).to_owned()));
        let mut out: Vec<String> = pieces.iter().map(|it| cut.push(it)).collect();
        out.push(cut.finish());
        (out, cut.is_stopped())
    }

    #[test]
    fn a_stop_string_is_found_across_pieces() {
        assert_eq!(
            cut(&["<|end|>"], &["a <", "|e", "nd|> b"]),
            (vec!["a ".into(), "".into(), "".into(), "".into()], true)
        );
    }

    #[test]
    fn what_only_looked_like_a_stop_string_comes_after_all() {
        assert_eq!(
            cut(&["<|end|>"], &["a <", "|e", " b"]),
            (
                vec!["a ".into(), "".into(), "<|e b".into(), "".into()],
                false
            )
        );
        assert_eq!(
            cut(&["<|end|>"], &["a <|en"]),
            (vec!["a ".into(), "<|en".into()], false)
        );
    }

    #[test]
    fn the_earliest_of_several_stop_strings_counts() {
        assert_eq!(
            cut(&["\n\n", "x"], &["ab\n", "\nx"]),
            (vec!["ab".into(), "".into(), "".into()], true)
        );
    }

    #[test]
    fn overlapping_beginnings_are_all_held_back() {
        assert_eq!(
            cut(&["aab"], &["a", "a", "a", "b", "c"]),
            (
                vec![
                    "".into(),
                    "".into(),
                    "a".into(),
                    "".into(),
                    "".into(),
                    "".into()
                ],
                true
            )
        );
    }

    #[test]
    fn characters_of_several_bytes_are_never_split() {
        assert_eq!(
            cut(&["｜éé"], &["é｜", "é", "x"]),
            (vec!["é".into(), "".into(), "｜éx".into(), "".into()], false)
        );
    }

    #[test]
    fn a_mark_of_a_broken_token_is_never_in_an_answer() {
        assert_eq!(
            cut(&[], &["a\u{2060}b"]).0,
            vec!["ab".to_owned(), String::new()]
        );
    }

    #[test]
    fn any_way_to_cut_a_text_gives_the_same_answer() {
        let text = "fn a() {}\n<|fim_x é <|fim_middle|> rest";
        let boundaries: Vec<usize> = (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        for &first in &boundaries {
            for &second in boundaries.iter().filter(|it| **it >= first) {
                let (pieces, stopped) = cut(
                    &["<|fim_middle|>", "<|fim_pad|>"],
                    &[&text[..first], &text[first..second], &text[second..]],
                );
                assert_eq!(
                    (pieces.concat().as_str(), stopped),
                    ("fn a() {}\n<|fim_x é ", true)
                );
            }
        }
    }
}
