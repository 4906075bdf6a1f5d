//! When a model's stream has nothing useful left to say, and what of it can be shown already.

use super::trim::{Place, Trimmed};

/// Whether to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Read on.
    Continue,
    /// Close the connection: what follows would be trimmed away.
    Done,
}

/// One stream, as far as it has come. Owns what it needs of the place, so that it may outlive the request.
#[derive(Debug)]
pub struct Stop {
    text: String,
}

impl Stop {
    /// A stream about to start at `place`.
    pub fn new(place: &Place) -> Stop {
        let _ = place;
        Stop { text: String::new() }
    }

    /// Takes the stream's next piece.
    pub fn push(&mut self, piece: &str) -> Flow {
        self.text.push_str(piece);
        Flow::Continue
    }

    /// Everything received so far, raw: what `trim` takes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What can be shown while the stream goes on: the complete lines so far, trimmed; `None` while there is none.
    pub fn first_lines(&self) -> Option<Trimmed> {
        None
    }
}
