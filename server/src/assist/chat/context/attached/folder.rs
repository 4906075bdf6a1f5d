//! A folder that is attached: whole, or a map of it and what fits the question.

use super::{Attaching, OUTLINE};
use crate::assist::chat::context::Room;
use crate::assist::chat::context::project::Place;
use crate::assist::chat::map;
use crate::assist::context::Piece;
use hob_index::search::{self, Filters, Mode, Query};
use hob_index::walk;

/// Of a folder so many files are looked at.
const FILES: usize = 400;
/// So many results of a search in it are looked at.
const RESULTS: usize = 40;

impl Attaching<'_, '_, '_, '_> {
    pub(super) fn folder(&mut self, path: &str) {
        match self.project.place(path) {
            Ok(Place::Folder(path)) => self.folder_at(&path),
            Ok(Place::File(path)) => self.file_at(&path, None),
            Err(why) => {
                let why = why.replacen("There is no file ", "There is no folder ", 1);
                self.gathered.missing.push(why);
            }
        }
    }

    pub(super) fn folder_at(&mut self, folder: &str) {
        let shown = if folder.is_empty() { "." } else { folder };
        let prefix = match folder.is_empty() {
            true => String::new(),
            false => format!("{folder}/"),
        };
        let below = |it: &String| it.starts_with(&prefix);
        let mut files: Vec<String> = self
            .project
            .files()
            .iter()
            .filter(|it| below(it))
            .cloned()
            .collect();
        let is_indexed = !files.is_empty();
        if !is_indexed && let Some(root) = self.project.root {
            let found = walk::files(&root.join(folder)).0;
            let relative = |it: &walk::File| {
                let path = it.path.strip_prefix(root).ok()?;
                Some(path.to_string_lossy().replace('\\', "/"))
            };
            files = found.iter().filter_map(relative).collect();
        }
        if files.is_empty() {
            let why = format!(
                "There is nothing to attach in `{shown}`: no file of it is text that counts."
            );
            return self.gathered.missing.push(why);
        }
        let n_files = files.len();
        files.truncate(FILES);
        let mut cost = 0;
        for path in &files {
            let Some(file) = self.excerpts.file(path) else {
                continue;
            };
            cost += self.room.frame(path) + self.room.cost(file.text());
            if cost > self.share {
                break;
            }
        }
        if cost <= self.share && n_files <= FILES {
            for path in &files {
                let n_lines = self.excerpts.file(path).map_or(0, |it| it.n_lines());
                self.excerpts
                    .add(path, &[(1, n_lines)], "attached with its folder", self.room);
            }
            return;
        }
        let mut own = Room {
            left: self.share,
            count: self.room.count,
        };
        if let Some(searcher) = self.question.searcher.filter(|_| is_indexed) {
            let query = &self.asked.query;
            let drawn = map::map(searcher, query, &[], own.left / OUTLINE, own.count, |it| {
                it.starts_with(&prefix)
            });
            if let Some(drawn) = drawn {
                own.take(drawn.tokens);
                let piece = Piece {
                    path: format!("@map {shown}"),
                    ..drawn.piece
                };
                self.gathered.pieces.push(piece);
            }
            let query = Query {
                text: query.clone(),
                filters: match folder.is_empty() {
                    true => Filters::default(),
                    false => Filters::below(&[folder]),
                },
            };
            let hits = search::search(
                searcher,
                &query,
                Mode::Hybrid,
                RESULTS,
                self.question.semantic,
            )
            .hits;
            for hit in hits {
                let lines = (hit.start_line, hit.end_line);
                let reason = "in the attached folder, fits the question";
                self.excerpts.add(&hit.path, &[lines], reason, &mut own);
            }
        }
        // Where nothing fits the question, files as they come.
        for path in &files {
            if own.left > self.share / 2 {
                let n_lines = self.excerpts.file(path).map_or(0, |it| it.n_lines());
                self.excerpts
                    .add(path, &[(1, n_lines)], "in the attached folder", &mut own);
            }
        }
        self.room.take((self.share - own.left).min(self.room.left));
        self.gathered.left_out.push(format!(
            "`{shown}` has {n_files} files, more than fit: what fits the question is sent."
        ));
    }
}
