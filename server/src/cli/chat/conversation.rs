//! What was said: sent along with each question, and kept for `--continue`.

use super::history::make_folder;
use crate::display;
use anyhow::Context;
use hob_index::{private, secret};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is kept of a conversation at most, in bytes; the oldest goes first.
const LARGEST: usize = 512 * 1024;
/// The form of the file; another one is not read.
const VERSION: u32 = 1;

/// One exchange of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// What the user asked.
    pub(super) question: String,
    /// What was answered, as Markdown; as far as it came, if it was stopped.
    pub(super) answer: String,
}

/// A conversation on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// The project that it was about.
    root: PathBuf,
    exchanges: Vec<Exchange>,
}

/// The file that keeps the last conversation about a project.
pub(super) fn file(state: &Path, root: &Path) -> PathBuf {
    let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
    state.join("chat").join(format!("{}.json", &name[..16]))
}

/// The last conversation about a project; empty where there is none that can be read.
pub(super) fn load(file: &Path, root: &Path) -> Vec<Exchange> {
    let read = || {
        let text = private::read(file).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        (kept.version == VERSION && kept.root == root).then_some(kept.exchanges)
    };
    read().unwrap_or_default()
}

/// Keeps a conversation, without what looks like a secret, readable by its owner alone. Either all of it is written or
/// the former one stays.
///
/// # Errors
/// There is no room or no permission for it.
pub(super) fn save(file: &Path, root: &Path, exchanges: &[Exchange]) -> anyhow::Result<()> {
    let masked = |it: &str| secret::masked(it).into_owned();
    let mut size = 0;
    let newest_first = exchanges.iter().rev().take_while(|it| {
        size += it.question.len() + it.answer.len();
        size <= LARGEST
    });
    let mut kept: Vec<Exchange> = newest_first
        .map(|it| Exchange {
            question: masked(&it.question),
            answer: masked(&it.answer),
        })
        .collect();
    kept.reverse();
    let kept = Kept {
        version: VERSION,
        root: root.to_owned(),
        exchanges: kept,
    };
    let write = || -> anyhow::Result<()> {
        let text = serde_json::to_vec(&kept)?;
        make_folder(file)?;
        Ok(private::replace(file, &text)?)
    };
    write().with_context(|| format!("keeping the conversation in {}", display::path(file)))
}

/// A conversation as a document.
pub(super) fn markdown(exchanges: &[Exchange]) -> String {
    let mut text = String::new();
    for exchange in exchanges {
        let quoted: Vec<String> = exchange
            .question
            .lines()
            .map(|it| format!("> {it}").trim_end().to_owned())
            .collect();
        if !text.is_empty() {
            text.push_str("\n---\n\n");
        }
        text.push_str(&format!(
            "{}\n\n{}\n",
            quoted.join("\n"),
            exchange.answer.trim_end()
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(question: &str, answer: &str) -> Exchange {
        Exchange {
            question: question.to_owned(),
            answer: answer.to_owned(),
        }
    }

    #[test]
    fn a_conversation_is_kept_for_its_project_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Path::new("/one"), Path::new("/other"));
        let path = file(folder.path(), one);
        let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
        let said = [exchange("what?", "that"), exchange(&key, "hm")];
        save(&path, one, &said).unwrap();
        let kept = load(&path, one);
        assert_eq!(kept[0], said[0]);
        assert_eq!(kept[1].question, "********");
        assert!(load(&path, other).is_empty());
        std::fs::write(&path, "{").unwrap();
        assert!(load(&path, one).is_empty());
    }

    #[test]
    fn a_long_conversation_loses_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new("/one");
        let path = file(folder.path(), root);
        let long = "x".repeat(LARGEST / 2);
        let said = [exchange("first", &long), exchange("last", &long[1..])];
        save(&path, root, &said).unwrap();
        let kept = load(&path, root);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].question, "last");
    }

    #[test]
    fn a_saved_conversation_reads_like_one() {
        let said = [exchange("a\n\nb", "# c\n"), exchange("d", "e")];
        assert_eq!(markdown(&said), "> a\n>\n> b\n\n# c\n\n---\n\n> d\n\ne\n");
    }
}
