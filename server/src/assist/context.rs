//! What else the model sees: pieces of the other open documents, each with the reason why it was chosen.
//!
//! A piece stays the same while its document does, so that the model server's cache of the prompt holds.

use crate::assist::complete::Request;
use crate::assist::document::Document;
use crate::assist::generation::lock;
use crate::assist::place::{Place, tail};
use crate::assist::secrets;
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

impl Context {
    /// The pieces for a request, if they were chosen before and nothing has changed since.
    pub fn known(&self, request: &Request, budget: usize) -> Option<Arc<Vec<Piece>>> {
        let last = lock(&self.last);
        let (key, pieces) = last.as_ref()?;
        (*key == Key::of(request, budget)).then(|| pieces.clone())
    }

    /// The pieces for a request, within `budget` bytes, in an order that does not change from key to key.
    pub fn gather(&self, request: &Request, place: &Place, budget: usize) -> Arc<Vec<Piece>> {
        let pieces = Arc::new(choose(request, place, budget));
        *lock(&self.last) = Some((Key::of(request, budget), pieces.clone()));
        pieces
    }
}

/// What a choice depends on.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    document: Arc<str>,
    /// Where in the document, roughly: in which of its stretches of 128 lines.
    stretch: usize,
    others: Vec<(Arc<str>, i32)>,
    budget: usize,
}

impl Key {
    fn of(request: &Request, budget: usize) -> Key {
        let versions = request.others.iter().map(|it| (it.id.clone(), it.version));
        Key {
            document: request.document.id.clone(),
            stretch: request.document.text.byte_to_line(request.offset) / 128,
            others: versions.take(DOCUMENTS).collect(),
            budget,
        }
    }
}

fn choose(request: &Request, place: &Place, budget: usize) -> Vec<Piece> {
    let (document, others) = (&request.document, &request.others);
    let root = request.root.as_deref();
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
        text: secrets::masked(&lines[start..end].join("\n")).into_owned() + "\n",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assist::gate::Trigger;
    use ropey::Rope;

    fn document(name: &str, text: &str) -> Arc<Document> {
        let path = format!("/project/{name}");
        Arc::new(Document {
            id: path.as_str().into(),
            path: Some(path.into()),
            language_id: "rust".into(),
            language: None,
            version: 1,
            text: Rope::from_str(text),
            touched: 0,
            tick: 0,
        })
    }

    fn request(others: Vec<Arc<Document>>) -> (Request, Place) {
        let document = document("main.rs", "let area = shape_area(width, height);\n");
        let place = Place::new(&document, document.text.len_bytes());
        let request = Request {
            offset: document.text.len_bytes(),
            document,
            others,
            root: Some("/project".into()),
            trigger: Trigger::Automatic,
            whole: false,
        };
        (request, place)
    }

    #[test]
    fn the_lines_most_like_the_place_are_chosen_within_the_budget() {
        let filler = "// nothing to do with it\n".repeat(100);
        let near = format!("{filler}fn shape_area(width: f32, height: f32) -> f32;\n");
        let others = vec![document("b.rs", &filler), document("a.rs", &near)];
        let (request, place) = request(others);
        let pieces = Context::default().gather(&request, &place, 1100);
        let paths: Vec<&str> = pieces.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["a.rs"], "the other has no room");
        assert!(pieces[0].text.contains("shape_area"));
        assert!((pieces[0].start_line..=pieces[0].end_line).contains(&101));
    }

    #[test]
    fn files_of_secrets_are_never_context() {
        let secret = document(".env", "shape_area width height\n");
        let (request, place) = request(vec![secret]);
        assert!(Context::default().gather(&request, &place, 4096).is_empty());
    }

    #[test]
    fn a_choice_holds_until_another_document_changes() {
        let (mut request, place) = request(vec![document("a.rs", "shape_area(width)\n")]);
        let context = Context::default();
        assert_eq!(context.known(&request, 4096), None);
        let chosen = context.gather(&request, &place, 4096);
        assert_eq!(context.known(&request, 4096), Some(chosen));
        Arc::make_mut(&mut request.others[0]).version = 2;
        assert_eq!(context.known(&request, 4096), None);
    }
}
