//! What was changed since the last commit, file by file, as much of it as fits.

use super::{Gathered, Question, Room, git};
use crate::assist::context::Piece;
use hob_index::secret;

/// What such a piece is called.
const PATH: &str = "@diff";
/// So many files that are new are named.
const NAMED: usize = 40;

/// Attaches the changes of the project within `share` tokens.
pub(super) fn attach(question: &Question, share: usize, room: &mut Room, gathered: &mut Gathered) {
    let Some(root) = question.root else {
        let why = "There is no diff: no project is open.".to_owned();
        return gathered.missing.push(why);
    };
    let changes = match git::changes(root) {
        Ok(it) => it,
        Err(why) => return gathered.missing.push(why),
    };
    for path in &changes.secret {
        gathered.missing.push(format!(
            "The changes of `{path}` are not attached: it may hold secrets, and such files are never sent."
        ));
    }
    if changes.diff.is_empty() && changes.untracked.is_empty() {
        if changes.secret.is_empty() {
            let why = "There is no diff: nothing was changed since the last commit.";
            gathered.missing.push(why.to_owned());
        }
        return;
    }
    let mut text = String::new();
    if !changes.untracked.is_empty() {
        text.push_str("New files that Git doesn't know yet:\n");
        for path in changes.untracked.iter().take(NAMED) {
            text.push_str(&format!("  {path}\n"));
        }
        if changes.untracked.len() > NAMED {
            text.push_str(&format!("  and {} more\n", changes.untracked.len() - NAMED));
        }
    }
    let Some(mut left) = share
        .min(room.left)
        .checked_sub(room.frame(PATH) + room.cost(&text))
    else {
        let why = "The diff is left out: the attachments before it take all the room.";
        return gathered.left_out.push(why.to_owned());
    };
    // The smallest first, so that as many files as can be are whole; shown in their order.
    let sections = sections(&changes.diff);
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|it| (sections[*it].1.len(), *it));
    let mut shown: Vec<Option<String>> = vec![None; sections.len()];
    let mut cut = Vec::new();
    for at in order {
        let (path, section) = sections[at];
        // The file may be clean by now: what was removed from it is in the diff.
        if secret::holds_key(section) {
            gathered.missing.push(format!(
                "The changes of `{path}` are not attached: they hold a private key."
            ));
            continue;
        }
        let masked = secret::masked(section);
        let fitting = room.fitting(&masked, left);
        if fitting.len() < masked.len() {
            cut.push(path);
        }
        if !fitting.is_empty() {
            left = left.saturating_sub(room.cost(fitting));
            shown[at] = Some(fitting.to_owned());
        }
    }
    shown
        .into_iter()
        .flatten()
        .for_each(|it| text.push_str(&it));
    if changes.is_cut || !cut.is_empty() {
        cut.sort_unstable();
        let named: Vec<String> = cut.iter().take(5).map(|it| format!("`{it}`")).collect();
        let of = match (cut.len(), changes.is_cut) {
            (0, _) | (_, true) => String::new(),
            (n, _) if n > 5 => format!(" of {} and {} more files", named.join(", "), n - 5),
            _ => format!(" of {}", named.join(", ")),
        };
        gathered.left_out.push(format!(
            "The diff is longer than fits: the changes{of} are not all there."
        ));
    }
    let piece = Piece {
        path: PATH.to_owned(),
        start_line: 1,
        end_line: text.lines().count().max(1),
        text,
        reason: "what was changed since the last commit".to_owned(),
    };
    room.take((room.frame(PATH) + room.cost(&piece.text)).min(room.left));
    gathered.pieces.push(piece);
}

/// The sections of a diff, one for each file, with the files' paths.
fn sections(diff: &str) -> Vec<(&str, &str)> {
    const MARK: &str = "diff --git ";
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in diff.split_inclusive('\n') {
        if line.starts_with(MARK) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    let sections = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &diff[*start..end]);
    sections.map(|it| (path_of(it), it)).collect()
}

/// The path of a section: the new one, else the old one.
fn path_of(section: &str) -> &str {
    let header = || section.lines().take_while(|it| !it.starts_with("@@"));
    let with = |start: &'static str| header().find_map(|it| it.strip_prefix(start));
    let first = || Some(header().next()?.rsplit_once(" b/")?.1);
    let path = with("+++ b/").or_else(|| with("--- a/")).or_else(first);
    path.unwrap_or("a file").trim_end_matches('\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_parted_by_file() {
        let diff = "diff --git a/a.rs b/a.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-x\n+diff --git of it\ndiff --git a/b c b/b c\ndeleted file mode 100644\n--- a/b c\t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\ndiff --git a/i.png b/i.png\nBinary files differ\n";
        let sections = sections(diff);
        let paths: Vec<&str> = sections.iter().map(|it| it.0).collect();
        assert_eq!(paths, ["a.rs", "b c", "i.png"]);
        assert_eq!(sections.iter().map(|it| it.1).collect::<String>(), diff);
    }
}
