//! What is round the place where the user is: the definition that holds it.

use super::asked::Asked;
use super::excerpts::Excerpts;
use super::found::{Candidate, Candidates, enclosing};
use super::project::{Place, Project};
use super::{Question, Room};

/// Lines before and after the user's, where no definition holds it or a long one does.
const AROUND: usize = 20;

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
        _ => (line.saturating_sub(AROUND).max(1), line + AROUND),
    };
    candidates.add(Candidate {
        path,
        lines,
        score: if asked.points { 1.8 } else { 0.5 },
        reason: "where you are".to_owned(),
        place: 200,
    });
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
        let lines = (line.saturating_sub(2 * AROUND).max(1), line + 2 * AROUND);
        excerpts.add(&path, &[lines], "where you are", room);
    }
}
