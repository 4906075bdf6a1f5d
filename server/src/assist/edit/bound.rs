//! How long the answer to an edit may become: by the size of what is to be changed, and no longer than until it is complete.

use super::Place;
use super::format::Format;
use crate::assist::chat::budget::tokens;

/// What a change may add to the lines that it is about, in tokens: some functions, with their comments.
const ADDED: usize = 1024;
/// How many times the size of what is to be changed an answer may have: the old text once more, the new one, and the words around both.
const TIMES: usize = 3;

/// How much a model may say behind its block, in bytes: enough to begin another one, which is read, too.
const TALK: usize = 400;

/// Watches an answer.
#[derive(Debug)]
pub(super) struct Bound {
    /// The most bytes; `None`: no more than the model's own limit.
    most: Option<usize>,
    /// Whether one fenced block is the whole answer.
    is_block: bool,
    /// How much of the answer was looked at, up to a line's end.
    seen: usize,
    /// The fence that is open: its mark, and how many of them.
    fence: Option<(u8, usize)>,
    /// Where the block ended.
    ended: Option<usize>,
}

/// Whether an answer has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is more to come.
    Open,
    /// All that was asked for is there.
    Complete,
    /// It is longer than it can have to be.
    TooLong,
}

impl Bound {
    /// For what is to be changed at a place.
    pub(super) fn new(place: &Place, format: Format) -> Bound {
        let is_region = format == Format::Region;
        let about = place.about();
        // Whole new files have no size yet; where any file may be changed, what is named says nothing of the rest.
        let is_known = place.path.is_some() && !place.is_open && !place.text.is_empty();
        Bound {
            // The estimate's bytes a token, the other way round.
            most: is_known.then(|| (ADDED + TIMES * tokens(about)) * 3),
            // Where the code has fences itself, the first that closes may be one of them.
            is_block: is_region && !about.contains("```") && !about.contains("~~~"),
            seen: 0,
            fence: None,
            ended: None,
        }
    }

    /// Looks at the answer so far.
    pub(super) fn look(&mut self, text: &str) -> End {
        while self.is_block
            && let Some(end) = text[self.seen..].find('\n')
        {
            let line = text[self.seen..self.seen + end].trim_end();
            self.seen += end + 1;
            self.take(line);
        }
        match (self.ended, self.most) {
            (Some(ended), _) if self.is_block && text.len() > ended + TALK => End::Complete,
            (_, Some(most)) if text.len() > most => End::TooLong,
            _ => End::Open,
        }
    }

    /// Takes a line.
    fn take(&mut self, line: &str) {
        let Some(mark) = line.bytes().next().filter(|it| matches!(it, b'`' | b'~')) else {
            return;
        };
        let width = line.bytes().take_while(|&it| it == mark).count();
        match self.fence {
            // A second block: what the answer wants is not told by the first alone.
            None if width >= 3 && self.ended.is_some() => self.is_block = false,
            None if width >= 3 => self.fence = Some((mark, width)),
            Some((open, least)) if mark == open && width >= least && width == line.len() => {
                self.fence = None;
                self.ended = Some(self.seen);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str, lines: std::ops::RangeInclusive<usize>, format: Format) -> Bound {
        let place = Place {
            path: Some("a.rs".to_owned()),
            lines: Some(lines),
            text: text.to_owned(),
            is_open: false,
        };
        Bound::new(&place, format)
    }

    /// How an answer ends that comes byte by byte, and how much of it came.
    fn ends(mut bound: Bound, answer: &str) -> (End, usize) {
        for at in 1..=answer.len() {
            match bound.look(&answer[..at]) {
                End::Open => {}
                end => return (end, at),
            }
        }
        (End::Open, answer.len())
    }

    #[test]
    fn a_region_is_complete_with_its_block() {
        let region = || bound("a\nb\n", 1..=2, Format::Region);
        let talk = "I changed it, so that it is better.\n".repeat(20);
        for block in ["Here:\n```rust\nx\n```\n", "~~~~\n```\n~~~\n~~~~\n"] {
            let said = format!("{block}{talk}");
            let expected = (End::Complete, block.len() + TALK + 1);
            assert_eq!(ends(region(), &said), expected);
            let more = format!("{block}And:\n{block}{talk}");
            assert_eq!(ends(region(), &more).0, End::Open);
        }
        assert_eq!(ends(region(), &format!("```\nx\n{talk}")).0, End::Open);
    }

    #[test]
    fn code_with_fences_of_its_own_is_read_to_its_end() {
        let region = bound("a\n```\nb\n```\n", 1..=4, Format::Region);
        assert_eq!(ends(region, "```md\nx\n```\ny\n```\nz\n```\n").0, End::Open);
    }

    #[test]
    fn an_answer_is_bounded_by_what_is_to_be_changed() {
        let code = "let value = compute();\n";
        let answer = |lines: usize| format!("```rust\n{}", code.repeat(lines));
        let two = || bound(&code.repeat(1000), 1..=2, Format::Region);
        // A new function of a hundred lines in place of two.
        assert_eq!(ends(two(), &answer(100)).0, End::Open);
        let (end, came) = ends(two(), &answer(2000));
        assert_eq!(end, End::TooLong);
        assert!(came < 5_000, "{came}");
        let many = bound(&code.repeat(1000), 1..=500, Format::Blocks);
        assert_eq!(ends(many, &answer(1200)).0, End::Open);
    }

    #[test]
    fn a_new_file_is_bounded_by_the_model_alone() {
        let new = Bound::new(&Place::default(), Format::Blocks);
        assert_eq!(ends(new, &"x\n".repeat(10_000)).0, End::Open);
    }
}
