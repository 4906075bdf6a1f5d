//! What else the model sees: signatures from the codebase's index and pieces of the other open documents, each with the
//! reason why it was chosen.
//!
//! Nothing of it changes while the user types on a line, and from line to line as little as can be, at the end: so the
//! model server's cache of the prompt holds.

mod open;
mod signatures;

use crate::assist::complete::Request;
use crate::assist::generation::lock;
use crate::assist::indexes::Indexes;
use crate::assist::place::Place;
use signatures::{Shown, Signatures};
use std::sync::{Arc, Mutex};

pub use open::DOCUMENTS;

/// The most that signatures take of a budget, in bytes: what more of them bring is little.
const SIGNATURES: usize = 4_000;
/// Pieces of open documents are chosen again when the cursor has gone so far, in lines.
const STRETCH: usize = 128;

/// A piece of another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its file, relative to the project's root.
    pub path: String,
    /// Its first line, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
    /// Its text.
    pub text: String,
    /// Why it was chosen, for the user.
    pub reason: String,
}

impl Piece {
    /// What it takes of a budget, in bytes: with its path and what marks it as a file.
    fn cost(&self) -> usize {
        self.path.len() + self.text.len() + 16
    }
}

/// Remembers what was chosen last, for as long as nothing changes that it depends on.
#[derive(Debug, Default)]
pub struct Context {
    signatures: Signatures,
    last: Mutex<Last>,
}

/// What was chosen last, and for what.
#[derive(Clone, Debug, Default)]
struct Last {
    key: Option<Key>,
    open: Vec<Piece>,
    shown: Shown,
    pieces: Arc<Vec<Piece>>,
}

impl Context {
    /// Over these indexes.
    pub(crate) fn new(indexes: Indexes) -> Context {
        Context {
            signatures: Signatures::new(indexes),
            last: Mutex::default(),
        }
    }

    /// Whether there is anything to choose from.
    pub fn has_sources(&self, request: &Request) -> bool {
        let root = request.root.as_deref();
        !request.others.is_empty() || root.is_some_and(|it| self.signatures.has(it))
    }

    /// The pieces for a request, if they were chosen before and nothing has changed since.
    pub fn known(&self, request: &Request, budget: usize) -> Option<Arc<Vec<Piece>>> {
        let key = self.key(request, budget);
        let last = lock(&self.last);
        (last.key.as_ref() == Some(&key)).then(|| last.pieces.clone())
    }

    /// What was chosen last in the request's document: better than nothing, where there is no time to choose.
    pub fn outdated(&self, request: &Request, budget: usize) -> Arc<Vec<Piece>> {
        let last = lock(&self.last);
        let fits = |it: &Key| it.document == request.document.id && it.budget == budget;
        match last.key.as_ref().is_some_and(fits) {
            true => last.pieces.clone(),
            false => Arc::default(),
        }
    }

    /// The pieces for a request, within `budget` bytes, what is nearest to the place last.
    pub fn gather(&self, request: &Request, place: &Place, budget: usize) -> Arc<Vec<Piece>> {
        let key = self.key(request, budget);
        // Chosen without holding the lock: it takes milliseconds.
        let before = lock(&self.last).clone();
        let last = before.key.as_ref().filter(|it| it.document == key.document);
        let for_signatures = match key.indexed {
            true => (budget * 2 / 3).min(SIGNATURES),
            false => 0,
        };
        let open = match last.is_some_and(|it| it.same_stretch(&key)) {
            true => before.open,
            false => open::choose(request, place, budget - for_signatures),
        };
        let mut shown = match last {
            Some(_) => before.shown,
            None => Shown::default(),
        };
        shown.choose(&self.signatures, request, place, for_signatures);
        // What changes from line to line stands nearest to the place.
        let pieces: Vec<Piece> = open.iter().cloned().chain(shown.pieces()).collect();
        let pieces = Arc::new(pieces);
        *lock(&self.last) = Last {
            key: Some(key),
            open,
            shown,
            pieces: pieces.clone(),
        };
        pieces
    }

    fn key(&self, request: &Request, budget: usize) -> Key {
        let versions = request.others.iter().map(|it| (it.id.clone(), it.version));
        let root = request.root.as_deref();
        let text = &request.document.text;
        Key {
            document: request.document.id.clone(),
            line: text.byte_to_line(request.offset.min(text.len_bytes())),
            others: versions.take(DOCUMENTS).collect(),
            indexed: root.is_some_and(|it| self.signatures.has(it)),
            budget,
        }
    }
}

/// What a choice depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    document: Arc<str>,
    line: usize,
    others: Vec<(Arc<str>, i32)>,
    indexed: bool,
    budget: usize,
}

impl Key {
    /// Whether the pieces of open documents are those of `other` as well.
    fn same_stretch(&self, other: &Key) -> bool {
        let stretched = |it: &Key| Key {
            line: it.line / STRETCH,
            ..it.clone()
        };
        stretched(self) == stretched(other)
    }
}

#[cfg(test)]
mod tests;
