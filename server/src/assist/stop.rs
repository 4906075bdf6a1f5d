//! When a model's stream has nothing useful left to say, and what of it can be shown already.
//!
//! Every rule is one of `trim`'s: the stream ends as soon as what follows would be trimmed away. The whole text is looked at again only
//! when it has grown by a line and by a share of its length, so that the work stays in proportion to the stream.

use super::trim::{Place, Stream, Trimmed};

/// Whether to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Read on.
    Continue,
    /// Close the connection: what follows would be trimmed away.
    Done,
}

/// How many lines are looked at one by one as they come; later ones in groups that grow with the text.
const EAGER_LINES: usize = 48;

/// One stream, as far as it has come. Owns what it needs of the place, so that it may outlive the request.
#[derive(Debug)]
pub struct Stop {
    stream: Stream,
    text: String,
    tokens: Vec<String>,
    /// How long the longest of `tokens` and of the known sentinels is.
    hold_back: usize,
    /// How much of the text ended with a line break at the last look.
    seen: usize,
    n_lines: usize,
    /// The length from which the text is looked at again.
    look_at: usize,
    done: bool,
}

impl Stop {
    /// A stream about to start at `place`.
    pub fn new(place: &Place) -> Stop {
        Stop {
            stream: Stream::new(place),
            text: String::new(),
            tokens: Vec::new(),
            hold_back: Stream::LONGEST_SENTINEL,
            seen: 0,
            n_lines: 0,
            look_at: 0,
            done: false,
        }
    }

    /// Ends at these strings too: the tokens of the model in use that real code may hold (`</s>`, `<EOT>`), so no list of ours has them.
    pub fn with_tokens(mut self, tokens: &[String]) -> Stop {
        self.tokens = tokens.iter().filter(|it| !it.is_empty()).cloned().collect();
        self.hold_back = self
            .tokens
            .iter()
            .map(String::len)
            .fold(self.hold_back, usize::max);
        self
    }

    /// Takes the stream's next piece. What comes after `Done` is ignored.
    pub fn push(&mut self, piece: &str) -> Flow {
        if self.done {
            return Flow::Done;
        }
        let before = self.text.len();
        self.text.push_str(piece);
        self.done = self.is_over(before);
        if self.done {
            Flow::Done
        } else {
            Flow::Continue
        }
    }

    /// Everything received so far, without the model's own end tokens: what `trim` takes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What can be shown while the stream goes on: the complete lines so far, trimmed; `None` while there is none.
    pub fn first_lines(&self) -> Option<Trimmed> {
        let complete = if self.done {
            self.text.len()
        } else {
            self.text.rfind('\n')?
        };
        self.stream.so_far(&self.text[..complete])
    }

    fn is_over(&mut self, before: usize) -> bool {
        let from = self
            .text
            .floor_char_boundary(before.saturating_sub(self.hold_back));
        let token = self
            .tokens
            .iter()
            .filter_map(|it| self.text[from..].find(it.as_str()))
            .min()
            .map(|it| from + it);
        if let Some(at) = token {
            self.text.truncate(at);
            return true;
        }
        if self.text.len() > Stream::LONGEST {
            return true;
        }
        if self.stream.has_sentinel(&self.text, from) {
            return true;
        }
        let Some(newline) = self.text[before..].rfind('\n') else {
            return false;
        };
        let complete = before + newline;
        if self.stream.wants_one_line(&self.text[..complete]) {
            return self.stream.has_its_line(&self.text[..complete]);
        }
        self.n_lines += self.text[before..complete + 1].matches('\n').count();
        self.seen = complete;
        if self.n_lines > EAGER_LINES && complete < self.look_at {
            return false;
        }
        self.look_at = complete + complete / 4;
        self.stream.is_over(&self.text[..complete])
    }
}

#[cfg(test)]
mod tests;
