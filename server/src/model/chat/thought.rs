//! Telling a reasoning model's thoughts from its answer where the server doesn't, while the text comes in.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::Delta;
use crate::thoughts::{self, Beginning, Mark};

/// A closing mark alone is looked for in so much of an answer, in bytes: thoughts are long, and answers that are longer speak of it.
const LOOKED_AT: usize = 256 << 10;

/// Takes an answer apart as it comes, wherever it is cut.
#[derive(Debug)]
pub(super) struct Thoughts {
    state: State,
    /// What came and is not certain yet.
    held: String,
    /// The answer so far, while all of it may still turn out to be thoughts; thoughts so far, while they may turn out to be the answer.
    said: Option<String>,
    ready: VecDeque<Delta>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing but blanks so far, or what may become a mark. Whether thoughts came before.
    Beginning { thought: bool },
    /// Behind a mark that opens thoughts: blanks come first.
    Opened(&'static Mark),
    /// In the midst of thoughts.
    Thinking(&'static Mark),
    /// Behind a mark that opens the answer: line breaks come first.
    OpenedAnswer(&'static [&'static str]),
    /// In the answer, until one of these marks at its end.
    Answering(&'static [&'static str]),
}

impl Default for Thoughts {
    fn default() -> Thoughts {
        Thoughts {
            state: State::Beginning { thought: false },
            held: String::new(),
            said: Some(String::new()),
            ready: VecDeque::new(),
        }
    }
}

impl Thoughts {
    /// Takes the next text.
    pub(super) fn push(&mut self, text: &str) {
        self.held.push_str(text);
        while self.step().is_continue() {}
    }

    /// The server tells thoughts apart itself: what comes as text is the answer.
    pub(super) fn told(&mut self) {
        self.said = None;
    }

    /// Takes the end: what was held back is what it looks like.
    pub(super) fn finish(&mut self) {
        let mut rest = std::mem::take(&mut self.held);
        match self.state {
            State::Opened(mark) | State::Thinking(mark) => {
                let end = mark.end(&rest, true);
                if end.is_none() && mark.is_words() {
                    // They only looked like thoughts.
                    let thought = self.said.take().unwrap_or_default();
                    self.give(Delta::Text([mark.open(), &thought, &rest].concat()));
                    return;
                }
                rest.truncate(end.map_or(rest.len(), |it| it.start));
                self.give(Delta::Thought(rest));
            }
            State::Beginning { .. } | State::OpenedAnswer(_) => self.give(Delta::Text(rest)),
            State::Answering(close) => {
                let end = rest.trim_end();
                if let Some(it) = close.iter().find_map(|it| end.strip_suffix(it)) {
                    rest.truncate(it.trim_end().len());
                }
                self.give(Delta::Text(rest));
            }
        }
    }

    /// The next part that is certain.
    pub(super) fn pop(&mut self) -> Option<Delta> {
        self.ready.pop_front()
    }

    /// Goes on as far as what is held allows.
    fn step(&mut self) -> ControlFlow<()> {
        match self.state {
            State::Beginning { thought } => self.begin(thought),
            State::Opened(mark) => self.skip(char::is_whitespace, State::Thinking(mark)),
            State::OpenedAnswer(close) => self.skip(|it| it == '\n', State::Answering(close)),
            State::Thinking(mark) => self.think(mark),
            State::Answering(close) => self.answer(close),
        }
    }

    /// Skips such characters, and goes on behind them.
    fn skip(&mut self, such: fn(char) -> bool, next: State) -> ControlFlow<()> {
        let skipped = self.held.len() - self.held.trim_start_matches(such).len();
        self.held.drain(..skipped);
        if self.held.is_empty() {
            return ControlFlow::Break(());
        }
        self.state = next;
        ControlFlow::Continue(())
    }

    fn begin(&mut self, thought: bool) -> ControlFlow<()> {
        let text = self.held.trim_start();
        let blanks = self.held.len() - text.len();
        match thoughts::beginning(text) {
            Beginning::Undecided => return ControlFlow::Break(()),
            Beginning::Thoughts(mark, open) => {
                self.held.drain(..blanks + open);
                self.said = mark.is_words().then(String::new);
                self.state = State::Opened(mark);
            }
            Beginning::Answer(close, open) => {
                self.held.drain(..blanks + open);
                self.said = None;
                self.state = State::OpenedAnswer(close);
            }
            Beginning::Plain => {
                // Blank lines between thoughts and answer belong to neither.
                if thought {
                    self.held.drain(..blanks);
                }
                self.state = State::Answering(&[]);
            }
        }
        ControlFlow::Continue(())
    }

    fn think(&mut self, mark: &'static Mark) -> ControlFlow<()> {
        let Some(end) = mark.end(&self.held, false) else {
            // What may be the closing mark's beginning is held back, and the blanks before it.
            let certain = mark.certain(&self.held);
            let certain = self.held[..certain].trim_end().len();
            let rest = self.held.split_off(certain);
            let thought = std::mem::replace(&mut self.held, rest);
            if let Some(said) = &mut self.said {
                said.push_str(&thought);
            }
            self.give(Delta::Thought(thought));
            return ControlFlow::Break(());
        };
        self.said = None;
        let rest = self.held.split_off(end.end);
        self.held.truncate(end.start);
        let thought = std::mem::replace(&mut self.held, rest);
        self.give(Delta::Thought(thought.trim_end().to_owned()));
        self.state = State::Beginning { thought: true };
        ControlFlow::Continue(())
    }

    fn answer(&mut self, close: &'static [&'static str]) -> ControlFlow<()> {
        let Some(said) = &mut self.said else {
            // A mark at the answer's end is held back, and the blanks behind it.
            let certain = match close {
                [] => self.held.len(),
                _ => {
                    let end = self.held.trim_end();
                    let ended = close.iter().find_map(|it| end.strip_suffix(it));
                    let text = ended.unwrap_or(end).trim_end();
                    let certain = thoughts::without_partial(text, close);
                    text[..certain].trim_end().len()
                }
            };
            let rest = self.held.split_off(certain);
            let text = std::mem::replace(&mut self.held, rest);
            self.give(Delta::Text(text));
            return ControlFlow::Break(());
        };
        let before = said.len();
        said.push_str(&self.held);
        // A mark that is there in part is held back, so that it begins behind what was given out.
        if let Some(end) = thoughts::lone_end(said, before) {
            let thought = said[before.min(end.start)..end.start].trim_end().to_owned();
            self.held = said[end.end..].to_owned();
            self.said = None;
            if before > 0 {
                self.ready.push_back(Delta::WereThoughts);
            }
            self.give(Delta::Thought(thought));
            self.state = State::Beginning { thought: true };
            return ControlFlow::Continue(());
        }
        let certain = thoughts::certain_without_opening(said).max(before);
        let text = said[before..certain].to_owned();
        self.held = said.split_off(certain);
        if certain > LOOKED_AT {
            self.said = None;
        }
        self.give(Delta::Text(text));
        ControlFlow::Break(())
    }

    fn give(&mut self, delta: Delta) {
        let is_empty = match &delta {
            Delta::Text(text) | Delta::Thought(text) => text.is_empty(),
            Delta::WereThoughts | Delta::Reading(_) => false,
        };
        if !is_empty {
            self.ready.push_back(delta);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thoughts and the answer of a text that comes in these pieces.
    fn told_apart<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let mut thoughts = Thoughts::default();
        for it in pieces {
            thoughts.push(it);
        }
        thoughts.finish();
        let (mut thinks, mut says) = (String::new(), String::new());
        while let Some(delta) = thoughts.pop() {
            match delta {
                Delta::Thought(it) => thinks.push_str(&it),
                Delta::Text(it) => says.push_str(&it),
                Delta::WereThoughts => {
                    thinks.push_str(&std::mem::take(&mut says));
                }
                Delta::Reading(_) => {}
            }
        }
        (thinks, says)
    }

    /// The thoughts and the answer, for every way to cut the text in two, and character by character.
    #[track_caller]
    fn check(text: &str, thought: &str, answer: &str) {
        let expected = (thought.to_owned(), answer.to_owned());
        let words = text.starts_with("analysisW") || text.starts_with("Here is my thought");
        let cuts = (0..=text.len()).filter(|it| text.is_char_boundary(*it));
        for cut in cuts.filter(|it| !words || !(1..4).contains(it)) {
            let found = told_apart([&text[..cut], &text[cut..]]);
            // Blanks before a mark that came alone are shown already.
            let found = (found.0.trim_end().to_owned(), found.1);
            assert_eq!(found, expected, "{text:?} cut at {cut}");
        }
        // What is words comes as whole tokens.
        if words {
            return;
        }
        let single = text
            .char_indices()
            .map(|(at, it)| &text[at..at + it.len_utf8()]);
        let found = told_apart(single);
        assert_eq!(
            (found.0.trim_end().to_owned(), found.1),
            expected,
            "{text:?} bit by bit"
        );
    }

    #[test]
    fn thoughts_are_told_from_the_answer_wherever_the_text_is_cut() {
        check("<think>\na < b\n</think>\n\nIt is 3.", "a < b", "It is 3.");
        check(" <thinking>é</thinking>x", "é", "x");
        check("<think></think>\nx", "", "x");
        check("[THINK]a[b[/THINK]x", "a[b", "x");
        check("◁think▷a◁/think▷x", "a", "x");
        check("<seed:think>a</seed:think>x", "a", "x");
        check(
            "<think>quote `</think>` so</think>x",
            "quote `</think>` so",
            "x",
        );
        check(
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|><|start|>assistant<|channel|>final<|message|>x y<|return|>",
            "ab",
            "x y",
        );
        check("<|channel|>final<|message|>x<|end|>\n", "", "x");
        check(
            "analysisWe think.assistantfinalIt is.",
            "We think.",
            "It is.",
        );
        check("<think>a</think>\n<answer>\nx\n</answer>\n", "a", "x");
        check(
            "Here is my thought process:\na\nHere is my response:\nx",
            "a",
            "x",
        );
    }

    #[test]
    fn thoughts_that_are_only_closed_are_thoughts() {
        check("so it is\n</think>\n\n42", "so it is", "42");
        check("reason</think>answer", "reason", "answer");
        check("a[/THINK]x", "a", "x");
        check("</think>x", "", "x");
    }

    #[test]
    fn an_answer_without_thoughts_stays_as_it_is() {
        check("", "", "");
        check("  <thin ice", "", "  <thin ice");
        check("a <", "", "a <");
        for text in [
            "Write `<think>` first, then `</think>`.",
            "It closes with `</think>`.",
            "```\n</think>\n```",
            "analysis: none",
            "42 <think>x</think>",
        ] {
            check(text, "", text);
        }
    }

    #[test]
    fn thoughts_that_never_end_are_thoughts() {
        check("<think>so it is", "so it is", "");
    }

    #[test]
    fn words_that_only_look_like_thoughts_are_the_answer() {
        let (_, says) = told_apart(["analysisResult", " holds", " it."]);
        assert_eq!(says, "analysisResult holds it.");
    }

    #[test]
    fn a_server_that_tells_thoughts_apart_is_believed() {
        let mut thoughts = Thoughts::default();
        thoughts.told();
        thoughts.push("a</think>b");
        assert_eq!(thoughts.pop(), Some(Delta::Text("a</think>b".to_owned())));
    }
}
