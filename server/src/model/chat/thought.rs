//! Telling a reasoning model's thoughts from its answer where the server doesn't: between `<think>` and `</think>`, at
//! the answer's beginning.

use std::collections::VecDeque;

use super::Delta;

/// The tags that models were trained with, of DeepSeek R1, QwQ and Qwen3, and of others.
const TAGS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
];

/// Takes an answer apart as it comes, wherever it is cut.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    state: State,
    held: String,
    ready: VecDeque<Delta>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing but blanks so far, or what may become a tag.
    #[default]
    Beginning,
    /// Behind an opening tag that this one closes: blanks come first.
    Opened(&'static str),
    /// In the midst of thoughts, until this tag.
    Thinking(&'static str),
    /// Behind the closing tag: the blank lines there belong to nobody.
    Between,
    Answering,
}

impl Thoughts {
    /// Takes the next text.
    pub(super) fn push(&mut self, text: &str) {
        self.held.push_str(text);
        loop {
            let before = self.state;
            match self.state {
                State::Beginning => self.begin(),
                State::Opened(close) => self.skip_blanks_to(State::Thinking(close)),
                State::Thinking(close) => self.think(close),
                State::Between => self.skip_blanks_to(State::Answering),
                State::Answering => {
                    let text = std::mem::take(&mut self.held);
                    self.give(Delta::Text(text));
                }
            }
            if self.state == before {
                return;
            }
        }
    }

    /// Takes the end: what was held back is what it looks like.
    pub(super) fn finish(&mut self) {
        let rest = std::mem::take(&mut self.held);
        self.give(match self.state {
            State::Opened(_) | State::Thinking(_) => Delta::Thought(rest),
            _ => Delta::Text(rest),
        });
    }

    /// The next part that is certain.
    pub(super) fn pop(&mut self) -> Option<Delta> {
        self.ready.pop_front()
    }

    fn begin(&mut self) {
        let text = self.held.trim_start();
        if let Some((open, close)) = TAGS.iter().find(|it| text.starts_with(it.0)) {
            let end = self.held.len() - text.len() + open.len();
            self.held.drain(..end);
            self.state = State::Opened(close);
        } else if !TAGS.iter().any(|it| it.0.starts_with(text)) {
            self.state = State::Answering;
        }
    }

    fn skip_blanks_to(&mut self, next: State) {
        let blanks = self.held.len() - self.held.trim_start().len();
        self.held.drain(..blanks);
        if !self.held.is_empty() {
            self.state = next;
        }
    }

    fn think(&mut self, close: &'static str) {
        if let Some(end) = self.held.find(close) {
            let rest = self.held.split_off(end + close.len());
            self.held.truncate(end);
            let thought = std::mem::replace(&mut self.held, rest);
            self.give(Delta::Thought(thought.trim_end().to_owned()));
            self.state = State::Between;
            return;
        }
        // What may be the closing tag's beginning is held back, and the blanks before it.
        let mut certain = self.held.len();
        let starts = self.held.rmatch_indices('<');
        for (at, _) in starts {
            if close.starts_with(&self.held[at..]) {
                certain = at;
            }
        }
        certain = self.held[..certain].trim_end().len();
        let rest = self.held.split_off(certain);
        let thought = std::mem::replace(&mut self.held, rest);
        self.give(Delta::Thought(thought));
    }

    fn give(&mut self, delta: Delta) {
        let (Delta::Text(text) | Delta::Thought(text)) = &delta;
        if !text.is_empty() {
            self.ready.push_back(delta);
        }
    }
}

/// The answer without thoughts whose opening tag the server's template had put into the prompt: the model then only closes it.
pub fn answer_of(text: &str) -> &str {
    let end = TAGS.iter().find_map(|(open, close)| {
        let end = text.find(close)?;
        (!text[..end].contains(open)).then_some(end + close.len())
    });
    end.map_or(text, |it| text[it..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thoughts and the answer, for every way to cut the text in two.
    #[track_caller]
    fn check(text: &str, thought: &str, answer: &str) {
        for cut in (0..=text.len()).filter(|it| text.is_char_boundary(*it)) {
            let mut thoughts = Thoughts::default();
            thoughts.push(&text[..cut]);
            thoughts.push(&text[cut..]);
            thoughts.finish();
            let (mut thinks, mut says) = (String::new(), String::new());
            while let Some(delta) = thoughts.pop() {
                match delta {
                    Delta::Thought(it) => thinks.push_str(&it),
                    Delta::Text(it) => says.push_str(&it),
                }
            }
            assert_eq!((thinks.as_str(), says.as_str()), (thought, answer), "{cut}");
        }
    }

    #[test]
    fn thoughts_are_told_from_the_answer_wherever_the_text_is_cut() {
        check("<think>\na < b\n</think>\n\nIt is 3.", "a < b", "It is 3.");
        check(" <thinking>é</thinking>x", "é", "x");
        check("<think></think>\nx", "", "x");
    }

    #[test]
    fn an_answer_without_thoughts_stays_as_it_is() {
        check("", "", "");
        check("  <thin ice", "", "  <thin ice");
        check(
            "Write `<think>` first, then `</think>`.",
            "",
            "Write `<think>` first, then `</think>`.",
        );
    }

    #[test]
    fn thoughts_that_never_end_are_thoughts() {
        check("<think>so it is", "so it is", "");
    }

    #[test]
    fn thoughts_that_only_end_are_no_part_of_the_answer() {
        assert_eq!(answer_of("so it is\n</think>\n\n42"), "42");
        assert_eq!(answer_of("42 <think>x</think>"), "42 <think>x</think>");
    }
}
