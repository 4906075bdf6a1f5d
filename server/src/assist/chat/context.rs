//! What a chat prompt knows of the codebase: what the user attached, whole where it fits, then what is found for the
//! question, each piece with its reason, within a budget of tokens.
//!
//! The same question gives the same pieces in the same order. What an earlier message of the conversation brought keeps
//! its place in front of what is new, as far as it is still wanted: so the model server's cache of the prompt holds.

mod asked;
mod attached;
mod diff;
mod excerpts;
mod fit;
mod found;
mod git;
mod near;
mod project;
#[cfg(test)]
mod tests;

pub use project::Project;

use crate::assist::chat::attachment::Attachment;
use crate::assist::chat::map;
use crate::assist::context::Piece;
use crate::assist::document::Document;
use asked::Asked;
use excerpts::Excerpts;
use hob_index::search::Semantic;
use hob_index::store::Searcher;
use std::path::Path;
use std::sync::Arc;

/// What stands round a piece in a prompt: its path apart, so many tokens.
pub(super) const FRAME: usize = 12;
/// Hardly any token stands for more, in bytes: blanks may.
const LONGEST_TOKEN: usize = 16;
/// What is found takes a map with it: this share of the budget that is left, one part in so many.
const MAP: usize = 16;
/// The same where the question is about the codebase as a whole.
const LARGE_MAP: usize = 2;

/// What is asked, and what may be looked at for it.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The user's message.
    pub message: &'a str,
    /// The user's messages before it in the same conversation, the newest last.
    pub earlier: &'a [&'a str],
    /// What is attached to it, by hand and by [`mentions`](super::attachment::mentions).
    pub attachments: &'a [Attachment],
    /// The project's root, absolute. Nothing outside is read.
    pub root: Option<&'a Path>,
    /// The folder that the user is in, absolute: files that are named count from there first, then from the root.
    pub here: Option<&'a Path>,
    /// The project's index, with the texts of open documents laid over.
    pub searcher: Option<&'a Searcher>,
    /// What finds by meaning, where there is an embedder.
    pub semantic: Option<&'a dyn Semantic>,
    /// The open documents, the most recently changed first. Their texts stand for their files.
    pub documents: &'a [Arc<Document>],
    /// Where the user is: a file, relative to the root or absolute, and a line, from 1.
    pub current: Option<(&'a str, usize)>,
    /// What all pieces may take together, in tokens, their paths included.
    pub budget_tokens: usize,
    /// What of it may go to pieces that nobody attached, in tokens.
    pub found_tokens: usize,
    /// How many tokens a text takes.
    pub count: &'a dyn Fn(&str) -> usize,
}

/// What was gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// What is attached, then what was found, then a map of the rest.
    ///
    /// A piece whose path begins with `@` is no file: `@diff`, `@problems`, `@selection`, `@map`,
    /// `@map src/lsp`, `@outline src/main.rs`, or what is attached as a text. Lines that are left out within a
    /// piece are marked by a line that begins with `⋮` and names the line that follows.
    pub pieces: Vec<Piece>,
    /// Which lines of which files the pieces hold, exactly, in the same order: what an answer may cite.
    pub sources: Vec<Source>,
    /// What was attached and can't be: sentences for the user.
    pub missing: Vec<String>,
    /// What was attached and did not fit, or not whole: sentences for the user.
    pub left_out: Vec<String>,
}

/// Some lines of a file that are in a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, relative to the root, with `/`.
    pub path: String,
    /// The first line, from 1.
    pub start_line: usize,
    /// The last line, inclusive.
    pub end_line: usize,
    /// Why they are there, for the user.
    pub reason: String,
}

/// What is left of the budget, in tokens.
pub(super) struct Room<'a> {
    pub(super) left: usize,
    pub(super) count: &'a dyn Fn(&str) -> usize,
}

impl Room<'_> {
    /// What a text takes. One that can't fit is not counted to its end.
    pub(super) fn cost(&self, text: &str) -> usize {
        match text.len() > 64 + LONGEST_TOKEN * self.left {
            true => usize::MAX / 1024,
            false => self.cost_of(text),
        }
    }

    /// The same, counted to its end.
    pub(super) fn cost_of(&self, text: &str) -> usize {
        (self.count)(text)
    }

    /// What the frame of a piece takes, with its path.
    pub(super) fn frame(&self, path: &str) -> usize {
        (self.count)(path) + FRAME
    }

    /// The first lines of a text that fit into so many tokens; where that would leave more than half of them empty, the
    /// next line is cut.
    pub(super) fn fitting<'t>(&self, text: &'t str, budget: usize) -> &'t str {
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes())
            .map(|it| it + 1)
            .chain([text.len()])
            .collect();
        let fits = ends.partition_point(|end| self.cost(&text[..*end]) <= budget);
        let whole = &text[..fits.checked_sub(1).map_or(0, |it| ends[it])];
        if whole.len() == text.len() || self.cost(whole) > budget / 2 {
            return whole;
        }
        let (mut fits, mut fails) = (whole.len(), text.len());
        while fails - fits > 1 {
            let middle = usize::midpoint(fits, fails);
            let mut boundaries = (fits + 1..=middle).rev();
            let Some(middle) = boundaries.find(|it| text.is_char_boundary(*it)) else {
                // A character of several bytes is in between.
                break;
            };
            match self.cost(&text[..middle]) <= budget {
                true => fits = middle,
                false => fails = middle,
            }
        }
        &text[..fits]
    }

    /// Takes so much; whether there was room for it.
    pub(super) fn take(&mut self, cost: usize) -> bool {
        let fits = cost <= self.left;
        if fits {
            self.left -= cost;
        }
        fits
    }
}

/// Gathers what a chat prompt should hold for a question. Blocks for the disk, and for the embedder of `semantic`.
pub fn gather(question: &Question) -> Gathered {
    let project =
        Project::new(question.root, question.searcher, question.documents).seen_from(question.here);
    let asked = Asked::new(question.message, question.earlier);
    let mut room = Room {
        left: question.budget_tokens,
        count: question.count,
    };
    let mut gathered = Gathered::default();
    let mut excerpts = Excerpts::new(&project);
    attached::attach(
        question,
        &project,
        &asked,
        &mut room,
        &mut excerpts,
        &mut gathered,
    );
    excerpts.end_group();
    room.left = room.left.min(question.found_tokens);
    let attached = gathered.pieces.len();
    if let Some(searcher) = question.searcher {
        let about_all = asked.is_about_all || question.attachments.contains(&Attachment::Codebase);
        let share = match about_all {
            true => room.left / LARGE_MAP,
            false => room.left / MAP,
        };
        // The map shows what the rest doesn't.
        room.left -= share;
        found::find(question, &project, &asked, &mut room, &mut excerpts);
        let shown = |path: &str| about_all || !excerpts.has(path);
        let budget = room.left + share;
        let budget = match about_all {
            true => budget,
            false => budget.min(2 * share),
        };
        let map = map::map(
            searcher,
            &asked.query,
            &near::signatures(question, &project),
            budget,
            question.count,
            shown,
        );
        gathered.pieces.extend(map.map(|it| it.piece));
    } else {
        near::gather(question, &project, &mut room, &mut excerpts);
    }
    let map = gathered.pieces.split_off(attached);
    let (attached, found) = excerpts.rendered();
    for (piece, sources) in attached.into_iter().chain(found) {
        gathered.pieces.push(piece);
        gathered.sources.extend(sources);
    }
    // It changes with every question: last, for the model server's cache.
    gathered.pieces.extend(map);
    gathered
}
