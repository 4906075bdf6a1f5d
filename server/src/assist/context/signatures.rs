//! Signatures from the index: those that a line needs are appended, what was shown for earlier lines goes from the front.

use super::Piece;
use crate::assist::complete::Request;
use crate::assist::indexes::Indexes;
use crate::assist::place::Place;
use crate::assist::secrets;
use hob_index::context::{self, Ask, Ranked};
use rustc_hash::FxHashSet;
use std::path::Path;

/// What is shown, in the order of the prompt: blocks that were chosen together.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    blocks: Vec<Vec<Ranked>>,
}

impl Shown {
    /// Sees to it that the best signatures for a place are shown, within `budget` bytes.
    ///
    /// As long as the better half of them is, nothing changes. Else those that are missing are appended, and the oldest
    /// blocks go; a place that has nothing of what is shown starts anew.
    pub(super) fn choose(
        &mut self,
        indexes: &Indexes,
        request: &Request,
        place: &Place,
        budget: usize,
    ) {
        let Some(ranked) = ranked(indexes, request, place) else {
            self.blocks.clear();
            return;
        };
        let shown: FxHashSet<Id> = self.blocks.iter().flatten().map(id).collect();
        let wanted = context::choose(&ranked, budget / 2);
        let missing: Vec<Ranked> = wanted
            .iter()
            .filter(|it| !shown.contains(&id(it)))
            .cloned()
            .collect();
        if missing.is_empty() {
            return;
        }
        if missing.len() == wanted.len() {
            self.blocks = vec![context::choose(&ranked, budget)];
            return;
        }
        self.blocks.push(missing);
        while self.blocks.len() > 1 && self.size() > budget {
            self.blocks.remove(0);
        }
        if self.size() > budget {
            self.blocks = vec![context::choose(&ranked, budget)];
        }
    }

    /// What is shown as pieces.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let pieces = self.blocks.iter().flat_map(|it| context::pieces_of(it));
        pieces.map(piece).collect()
    }

    fn size(&self) -> usize {
        self.pieces().iter().map(Piece::cost).sum()
    }
}

type Id = (String, usize, String);

fn id(it: &Ranked) -> Id {
    let symbol = &it.symbol;
    (symbol.path.clone(), symbol.line, symbol.name.clone())
}

fn piece(it: context::Piece) -> Piece {
    Piece {
        text: secrets::masked(&it.text).into_owned(),
        path: it.path,
        start_line: it.start_line,
        end_line: it.end_line,
        reason: it.source.reason().to_owned(),
    }
}

fn ranked(indexes: &Indexes, request: &Request, place: &Place) -> Option<Vec<Ranked>> {
    let root = request.root.as_deref()?;
    let index = indexes.of(root)?;
    let path = index.relative(request.document.path.as_deref()?)?;
    let searcher = index.searcher();
    let files = indexes.files(root, &searcher);
    let ask = Ask {
        path: &path,
        language: request.document.language,
        before: &place.before,
        after: &place.after,
    };
    let mut ranked = context::rank(&searcher, &files, &ask);
    // Such files are never indexed; this holds whatever the index is.
    ranked.retain(|it| !hob_index::walk::is_secret(Path::new(&it.symbol.path)));
    Some(ranked)
}
