//! The answer to a request for a completion: text, where it came from, and the time it took.

use crate::assist::builtin::Guess;
use crate::assist::context::Piece;
use crate::assist::reason::Reason;
use crate::assist::trim::Trimmed;
use std::time::{Duration, Instant};

/// A completion, or the reason why there is none.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is offered, best first.
    pub items: Vec<Item>,
    /// Where it came from; `None` when nothing is offered.
    pub source: Option<Source>,
    /// Why nothing is offered, or why it is not the model's.
    pub reason: Option<Reason>,
    /// `builtin`'s best guess, where it was not likely enough to be offered.
    pub unsure: Option<Guess>,
    /// What was measured on the way, and the context that was used.
    pub clock: Clock,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is inserted at the cursor.
    pub text: String,
    /// How many bytes behind the cursor it overwrites.
    pub replace: usize,
}

/// Where a completion came from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// This model, now.
    Model(String),
    /// What this model had written before.
    Cache(String),
    /// The codebase, with this likelihood of being exactly right (0 to 1).
    Builtin(f32),
}

impl Source {
    /// The word for it in results.
    pub fn name(&self) -> &'static str {
        match self {
            Source::Model(_) => "model",
            Source::Cache(_) => "cache",
            Source::Builtin(_) => "builtin",
        }
    }

    /// The model's name, where there is one.
    pub fn model(&self) -> Option<&str> {
        match self {
            Source::Model(it) | Source::Cache(it) => Some(it),
            Source::Builtin(_) => None,
        }
    }
}

/// Measures one completion.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    /// How long the debounce was.
    pub debounce: Duration,
    /// From asking the model to its first piece.
    pub first_piece: Option<Duration>,
    /// The context that was used.
    pub context: Vec<Piece>,
}

impl Clock {
    /// Starts measuring.
    pub fn start() -> Clock {
        Clock {
            started: Instant::now(),
            debounce: Duration::ZERO,
            first_piece: None,
            context: Vec::new(),
        }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn waited(&mut self, delay: Duration) {
        self.debounce = delay;
    }

    pub(crate) fn first_piece(&mut self, after: Option<Duration>) {
        self.first_piece = after;
    }

    pub(crate) fn context(&mut self, pieces: &[Piece]) {
        self.context = pieces.to_vec();
    }
}

impl Answer {
    /// Nothing, and why.
    pub fn nothing(reason: Reason, clock: Clock) -> Answer {
        Answer {
            items: Vec::new(),
            source: None,
            reason: Some(reason),
            unsure: None,
            clock,
        }
    }

    /// One completion.
    pub fn text(trimmed: Trimmed, source: Source, clock: Clock) -> Answer {
        let item = Item {
            text: trimmed.text,
            replace: trimmed.replace,
        };
        Answer {
            items: vec![item],
            source: Some(source),
            reason: None,
            unsure: None,
            clock,
        }
    }
}
