//! What was typed, for the arrow keys: a file in the state folder that only its owner can read.

use crate::display;
use hob_index::{private, secret};
use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, Result, SearchQuery,
};
use std::borrow::Cow;
use std::path::Path;

/// So many entries are kept.
const MOST: usize = 1000;
/// Longer entries are pasted files; in bytes.
const LONGEST: usize = 16 * 1024;

/// A history that doesn't take what looks like a secret.
pub(super) struct Discreet(FileBackedHistory);

impl Discreet {
    /// The history in this file, or one that ends with the process where there is none or it can't be read.
    pub(super) fn open(file: Option<&Path>) -> Discreet {
        let opened = file.and_then(|file| {
            make_folder(file).ok()?;
            private::open(file).ok()?;
            FileBackedHistory::with_file(MOST, file.to_owned()).ok()
        });
        Discreet(opened.unwrap_or_default())
    }
}

/// An entry as it can be drawn: the file may hold anything.
fn cleaned(item: HistoryItem) -> HistoryItem {
    HistoryItem {
        command_line: display::text(&item.command_line).into_owned(),
        ..item
    }
}

/// Makes the folder of a file that lies in a folder of its own in the state folder.
///
/// # Errors
/// There is no room or no permission for it, or it is another user's.
pub(super) fn make_folder(file: &Path) -> std::io::Result<()> {
    match file.parent().and_then(|it| Some((it.parent()?, it))) {
        Some((state, folder)) => private::create_dir(state, folder),
        None => Ok(()),
    }
}

impl History for Discreet {
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        let line = &item.command_line;
        let is_secret = matches!(secret::masked(line), Cow::Owned(_));
        if is_secret || line.len() > LONGEST {
            return Ok(item);
        }
        self.0.save(cleaned(item))
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.0.load(id).map(cleaned)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.0.count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        let found = self.0.search(query)?;
        Ok(found.into_iter().map(cleaned).collect())
    }

    fn update(
        &mut self,
        id: HistoryItemId,
        updater: &dyn Fn(HistoryItem) -> HistoryItem,
    ) -> Result<()> {
        self.0.update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.0.delete(id)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.0.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.0.session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_for_its_owner_and_secrets_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hob/chat/history");
        let mut history = Discreet::open(Some(&file));
        let key = format!("my key is gh{}_{}", "p", "a1B2".repeat(9));
        for line in ["what is a piece?", &key, "two\nlines"] {
            let item = HistoryItem::from_command_line(line);
            history.save(item).unwrap();
        }
        history.sync().unwrap();
        let kept = std::fs::read_to_string(&file).unwrap();
        assert_eq!(kept, "what is a piece?\ntwo<\\n>lines\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |it: &Path| it.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&file), 0o600);
            assert_eq!(mode(file.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn a_history_file_cannot_command_the_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        std::fs::write(&file, "a\u{1b}]52;c;AA\u{7}\nb\u{9b}2J\u{202e}\n").unwrap();
        let history = Discreet::open(Some(&file));
        let all = history.search(SearchQuery::everything(
            reedline::SearchDirection::Forward,
            None,
        ));
        let lines: Vec<String> = all.unwrap().into_iter().map(|it| it.command_line).collect();
        assert_eq!(lines, ["a<U+001B>]52;c;AA<U+0007>", "b<U+009B>2J<U+202E>"]);
    }

    #[test]
    fn a_history_that_cannot_be_read_is_begun_anew_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = Discreet::open(Some(folder.path()));
        let item = HistoryItem::from_command_line("x");
        assert!(history.save(item).is_ok());
        assert_eq!(history.count_all().unwrap(), 1);
    }
}
