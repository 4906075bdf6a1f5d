//! Pieces of the other open documents: of each the lines that are most like the place.
//!
//! A piece stays the same while its document does and the cursor stays in the same part of its own.

use super::Piece;
use crate::assist::complete::Request;
use crate::assist::document::Document;
use crate::assist::place::{Place, tail};
use hob_index::secret;
use rustc_hash::FxHashSet;
use std::path::Path;

/// How many other documents are looked at.
pub const DOCUMENTS: usize = 8;
/// How many lines a piece has at most.
const LINES: usize = 40;
/// How much of the text before the cursor a piece is compared with, in bytes.
const COMPARED: usize = 2 * 1024;
/// How much of each document is searched for a piece, in bytes.
const SEARCHED: usize = 128 * 1024;

/// The best pieces that fit into `budget` bytes, in the order of their paths.
pub(super) fn choose(request: &Request, place: &Place, budget: usize) -> Vec<Piece> {
    let (document, others) = (&request.document, &request.others);
    let root = request.root.as_deref();
    let here = words(tail(&place.before, COMPARED));
    let mut found: Vec<(f32, Piece)> = others
        .iter()
        .take(DOCUMENTS)
        .filter(|it| !it.is_secret())
        .filter_map(|it| best_piece(it, document, &here, root))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    let mut left = budget;
    let mut pieces: Vec<Piece> = Vec::new();
    for (_, piece) in found {
        let cost = piece.cost();
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
    // The last window may be short: whole pieces tell more.
    let start = start.min(lines.len().saturating_sub(LINES));
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
        text: secret::masked(&lines[start..end].join("\n")).into_owned() + "\n",
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
