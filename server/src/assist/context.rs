//! What else the model sees: pieces of the other open documents, each with the reason why it was chosen.
//!
//! A piece stays the same while its document does, so that the model server's cache of the prompt holds.

use crate::assist::document::Document;
use crate::assist::generation::lock;
use crate::assist::place::{Place, tail};
use rustc_hash::FxHashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// How many other documents are looked at.
pub const DOCUMENTS: usize = 8;
/// How many lines a piece has at most.
const LINES: usize = 40;
/// How much of the text before the cursor a piece is compared with, in bytes.
const COMPARED: usize = 2 * 1024;
/// How much of each document is searched for a piece, in bytes.
const SEARCHED: usize = 128 * 1024;

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

/// Remembers what was chosen last, for as long as nothing changes that it depends on.
#[derive(Debug, Default)]
pub struct Context {
    last: Mutex<Option<(Key, Arc<Vec<Piece>>)>>,
}

/// What a choice depends on: the document and roughly the place in it, the versions of the others, the budget.
type Key = (Arc<str>, usize, Vec<(Arc<str>, i32)>, usize);

impl Context {
    /// The pieces for a place, within `budget` bytes, in an order that does not change from key to key.
    pub fn gather(
        &self,
        document: &Document,
        offset: usize,
        place: &Place,
        others: &[Arc<Document>],
        root: Option<&Path>,
        budget: usize,
    ) -> Arc<Vec<Piece>> {
        let versions = others.iter().map(|it| (it.id.clone(), it.version));
        let region = document.text.byte_to_line(offset) / 128;
        let key: Key = (document.id.clone(), region, versions.collect(), budget);
        if let Some((last, pieces)) = &*lock(&self.last)
            && *last == key
        {
            return pieces.clone();
        }
        let pieces = Arc::new(choose(document, place, others, root, budget));
        *lock(&self.last) = Some((key, pieces.clone()));
        pieces
    }
}

fn choose(
    document: &Document,
    place: &Place,
    others: &[Arc<Document>],
    root: Option<&Path>,
    budget: usize,
) -> Vec<Piece> {
    let here = words(tail(&place.before, COMPARED));
    let mut found: Vec<(f32, Piece)> = others
        .iter()
        .take(DOCUMENTS)
        .filter(|it| !it.path.as_deref().is_some_and(hob_index::walk::is_secret))
        .filter_map(|it| best_piece(it, document, &here, root))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    let mut left = budget;
    let mut pieces: Vec<Piece> = Vec::new();
    for (_, piece) in found {
        let cost = piece.text.len() + piece.path.len() + 16;
        if cost <= left {
            left -= cost;
            pieces.push(piece);
        }
    }
    pieces.sort_by(|a, b| (&a.path, a.start_line).cmp(&(&b.path, b.start_line)));
    pieces
}

/// The lines of a document that share most words with the place, with their share (Jaccard, 0 to 1).
fn best_piece(
    other: &Document,
    document: &Document,
    here: &FxHashSet<String>,
    root: Option<&Path>,
) -> Option<(f32, Piece)> {
    let text = other.before(SEARCHED.min(other.text.len_bytes()), SEARCHED);
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return None;
    }
    let mut best: Option<(f32, usize)> = None;
    for start in (0..lines.len()).step_by(LINES / 2) {
        let window = &lines[start..(start + LINES).min(lines.len())];
        let there = words(&window.join("\n"));
        let shared = there.intersection(here).count() as f32;
        let score = shared / (there.len() + here.len()).max(1) as f32;
        if best.is_none_or(|(it, _)| score > it) {
            best = Some((score, start));
        }
    }
    let (mut score, start) = best?;
    let same_language = other.language_id == document.language_id;
    if score == 0.0 && !same_language {
        return None;
    }
    if same_language {
        score += 0.05;
    }
    let end = (start + LINES).min(lines.len());
    let piece = Piece {
        path: other.name(root),
        start_line: start + 1,
        end_line: end,
        text: lines[start..end].join("\n") + "\n",
        reason: "open document, the lines most like this place".to_owned(),
    };
    (!piece.text.trim().is_empty()).then_some((score, piece))
}

fn words(text: &str) -> FxHashSet<String> {
    text.split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|it| it.len() > 2)
        .map(str::to_owned)
        .collect()
}
