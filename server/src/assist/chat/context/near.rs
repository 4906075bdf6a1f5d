//! What is round the place where the user is: the definition that holds it.

use super::asked::Asked;
use super::excerpts::Excerpts;
use super::found::{Candidate, Candidates, enclosing};
use super::project::{Place, Project};
use super::{Question, Room};
use hob_index::context::{self, Ask, Files};
use hob_index::language::Language;
use hob_index::outline::outline;
use hob_index::store::SymbolRecord;
use std::path::Path;

/// Lines before and after the user's, where no definition holds it or a long one does.
const AROUND: usize = 20;
/// Imports stand within so many lines from the top.
const HEAD: usize = 80;
/// So many signatures are of use beside what is found for the question.
const SIGNATURES: usize = 30;

/// The place where the user is as a candidate: the likelier, the more the message points at something it doesn't name.
pub(super) fn candidates(
    question: &Question,
    project: &Project,
    asked: &Asked,
    excerpts: &mut Excerpts,
    candidates: &mut Candidates,
) {
    let Some((path, line)) = question.current else {
        return;
    };
    let Ok(Place::File(path)) = project.place(path) else {
        return;
    };
    let symbols = excerpts.symbols(&path);
    let lines = match enclosing(&symbols, line) {
        Some(it) if it.end_line - it.line <= 3 * AROUND => (it.line, it.end_line),
        _ => (
            line.saturating_sub(AROUND).max(1),
            line.saturating_add(AROUND),
        ),
    };
    candidates.add(Candidate {
        path,
        lines,
        score: if asked.points { 1.8 } else { 0.5 },
        reason: "where you are".to_owned(),
        place: 200,
    });
}

/// What the other files declare that the place where the user is may be about, best first: what it imports, the types that
/// are named there, signatures with its words.
pub(super) fn signatures(question: &Question, project: &Project) -> Vec<SymbolRecord> {
    let (Some((path, line)), Some(searcher)) = (question.current, question.searcher) else {
        return Vec::new();
    };
    let Ok(Place::File(path)) = project.place(path) else {
        return Vec::new();
    };
    let Ok(text) = project.text(&path) else {
        return Vec::new();
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = line.min(lines.len());
    let start = at.saturating_sub(2 * AROUND);
    let end = (at + AROUND).min(lines.len());
    let (before, after) = (lines[start..at].concat(), lines[at..end].concat());
    let head: String = lines.iter().take(HEAD).copied().collect();
    let language = Language::of_path(Path::new(&path));
    let ask = Ask {
        path: &path,
        language,
        imports: &outline(&head, language).imports,
        before: &before,
        after: &after,
    };
    let files = Files::new(project.files().to_vec());
    let mut ranked = context::rank(searcher, &files, &ask);
    ranked.truncate(SIGNATURES);
    ranked.into_iter().map(|it| it.symbol).collect()
}

/// Without an index: the lines where the user is.
pub(super) fn gather(
    question: &Question,
    project: &Project,
    room: &mut Room,
    excerpts: &mut Excerpts,
) {
    let Some((path, line)) = question.current else {
        return;
    };
    if let Ok(Place::File(path)) = project.place(path) {
        let lines = (
            line.saturating_sub(2 * AROUND).max(1),
            line.saturating_add(2 * AROUND),
        );
        excerpts.add(&path, &[lines], "where you are", room);
    }
}
