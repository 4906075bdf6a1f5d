//! Problems that are attached: what they say, and the code round each.

use super::Attaching;
use crate::assist::chat::attachment::Problem;
use crate::assist::chat::context::found::enclosing;
use crate::assist::chat::context::project::Place;
use crate::assist::context::Piece;
use hob_index::secret;

/// Lines round a problem, where no short definition holds it.
const AROUND: usize = 8;

impl Attaching<'_, '_, '_, '_> {
    pub(super) fn problems(&mut self, problems: &[Problem]) {
        if problems.is_empty() {
            let why = "There are no problems to attach.".to_owned();
            return self.gathered.missing.push(why);
        }
        let mut text = String::new();
        let mut n_shown = 0;
        let most = self.share / 2;
        let frame = self.room.frame("@problems");
        for it in problems {
            let message = it.message.trim().replace('\n', "\n    ");
            let line = format!("{}:{}: {}: {message}\n", it.path, it.line, it.severity);
            let line = secret::masked(&line).into_owned();
            if frame + self.room.cost(&text) + self.room.cost(&line) > most {
                break;
            }
            text.push_str(&line);
            n_shown += 1;
        }
        if n_shown < problems.len() {
            self.gathered.left_out.push(format!(
                "{n_shown} of {} problems are sent: there is no room for more.",
                problems.len()
            ));
        }
        if n_shown == 0 {
            return;
        }
        self.room
            .take((frame + self.room.cost(&text)).min(self.room.left));
        self.gathered.pieces.push(Piece {
            path: "@problems".to_owned(),
            start_line: 1,
            end_line: text.lines().count(),
            text,
            reason: "what the editor's tools complain about".to_owned(),
        });
        for it in problems.iter().take(n_shown) {
            let path = match self.project.place(&it.path) {
                Ok(Place::File(path)) => path,
                Ok(Place::Folder(_)) => continue,
                Err(why) => {
                    if !self.gathered.missing.contains(&why) {
                        self.gathered.missing.push(why);
                    }
                    continue;
                }
            };
            let symbols = self.excerpts.symbols(&path);
            let lines = match enclosing(&symbols, it.line) {
                Some(it) if it.end_line - it.line <= 6 * AROUND => (it.line, it.end_line),
                _ => (
                    it.line.saturating_sub(AROUND).max(1),
                    it.line.saturating_add(AROUND),
                ),
            };
            let reason = format!("{} on line {}", it.severity, it.line);
            self.excerpts.add(&path, &[lines], &reason, self.room);
        }
    }
}
