//! A document as completion sees it: immutable text with what is known about it.

use hob_index::language::Language;
use hob_index::{reader, secret};
use ropey::Rope;
use std::path::PathBuf;
use std::sync::Arc;

/// One document at one version. Cloning is cheap: the text is shared.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The editor's name for it (a URI), or the path on the command line.
    pub id: Arc<str>,
    /// Where it is on disk; `None` for an unsaved buffer without a file.
    pub path: Option<PathBuf>,
    /// The project that it belongs to; `None` for a document without a file.
    pub root: Option<PathBuf>,
    /// Whether its text may leave for a model.
    pub secrecy: Secrecy,
    /// The editor's language identifier.
    pub language_id: String,
    /// What is known of that language.
    pub language: Option<&'static Language>,
    /// The editor's version of the text.
    pub version: i32,
    /// The text.
    pub text: Rope,
    /// The byte offset where the text last changed: where the user is, or was.
    pub touched: usize,
    /// Counts every change of any document; the larger, the more recent.
    pub tick: u64,
}

/// What was found out about a document's secrets, so that a keystroke need not look again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secrecy {
    /// By its URI, its path, what the path leads to, or its language, it may hold secrets.
    by_name: bool,
    /// It holds a private key.
    by_content: bool,
}

/// How far from a change a private key may begin or go on that the change makes one; in bytes.
const AROUND_KEY: usize = 400;

impl Document {
    /// Whether no model gets to see the document.
    pub fn is_secret(&self) -> bool {
        self.secrecy.by_name || self.secrecy.by_content
    }

    /// Judges a document that was opened. Looks at the disk, for a harmless name may be a link to a secret file.
    pub fn judge(&mut self) {
        let path = self.path.as_deref();
        let by_name = secret::is_secret_document(&self.id, path, &self.language_id)
            || path.is_some_and(reader::is_secret);
        self.secrecy.by_name = by_name;
        self.judge_text();
    }

    /// Judges the whole text anew.
    pub fn judge_text(&mut self) {
        self.secrecy.by_content = secret::holds_key(&String::from(&self.text));
    }

    /// Judges the text after `len` bytes were written at `start`. Only what is near them is read, unless it matters.
    pub fn judge_change(&mut self, start: usize, len: usize) {
        let is_key = self.secrecy.by_content || {
            let mut near = self.before(start, AROUND_KEY);
            near.push_str(&self.after(start, len.saturating_add(AROUND_KEY)));
            secret::holds_key(&near)
        };
        if is_key {
            self.judge_text();
        }
    }

    /// The text of the open document of a file, by its absolute path.
    pub fn text_at(documents: &[Arc<Document>], path: &std::path::Path) -> Option<String> {
        let mut documents = documents.iter();
        let document = documents.find(|it| it.path.as_deref() == Some(path))?;
        Some(document.text.to_string())
    }

    /// The `len` bytes at most before `offset`, from a character's start.
    pub fn before(&self, offset: usize, len: usize) -> String {
        let end = offset.min(self.text.len_bytes());
        let start = self.char_start(end.saturating_sub(len));
        self.text.byte_slice(start..end).into()
    }

    /// The `len` bytes at most after `offset`, up to a character's start.
    pub fn after(&self, offset: usize, len: usize) -> String {
        let start = offset.min(self.text.len_bytes());
        let end = self.char_start(start.saturating_add(len).min(self.text.len_bytes()));
        self.text.byte_slice(start..end.max(start)).into()
    }

    /// The start of the character at a byte offset.
    pub fn char_start(&self, offset: usize) -> usize {
        self.text.char_to_byte(self.text.byte_to_char(offset))
    }

    /// The document's name relative to `root`, with forward slashes, for people and models: decoded, on one line. A notebook's cell is
    /// called as its notebook, with the ending of its own language behind it.
    pub fn name(&self, root: Option<&std::path::Path>) -> String {
        let parsed = match &self.path {
            Some(_) => None,
            None => url::Url::parse(&self.id).ok(),
        };
        let of_uri = parsed.as_ref().map(|it| {
            let path = percent_encoding::percent_decode_str(it.path()).decode_utf8_lossy();
            PathBuf::from(path.into_owned())
        });
        let name = match self.path.as_ref().or(of_uri.as_ref()) {
            Some(path) => {
                let below = root.and_then(|it| path.strip_prefix(it).ok());
                match (below, &self.path) {
                    (Some(below), _) => below.to_string_lossy().into_owned(),
                    (None, Some(path)) => path.to_string_lossy().into_owned(),
                    // Where it lies tells nothing of what is no file.
                    (None, None) => path
                        .file_name()
                        .unwrap_or(path.as_os_str())
                        .to_string_lossy()
                        .into_owned(),
                }
            }
            None => self
                .id
                .rsplit([':', '/'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        let name = name.replace('\\', "/").replace(char::is_control, " ");
        let name = match name.trim() {
            "" => "untitled",
            it => it,
        };
        let ending = self.language.and_then(|it| it.extensions.first());
        match ending {
            Some(ending) if name.ends_with(".ipynb") && self.language_id != "json" => {
                format!("{name}.{ending}")
            }
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_name_is_what_a_person_would_read() {
        let name = |id: &str, path: Option<&str>, language: &str| {
            let document = Document {
                id: id.into(),
                path: path.map(PathBuf::from),
                language_id: language.to_owned(),
                language: Language::of_id(language),
                ..Document::default()
            };
            document.name(Some(Path::new("/work/p")))
        };
        for (id, language, expected) in [
            (
                "vscode-notebook-cell:/work/p/in/A%20b.ipynb#W0sZmlsZQ%3D%3D",
                "python",
                "in/A b.ipynb.py",
            ),
            (
                "vscode-notebook-cell://ssh-remote%2Bbox/work/p/A.ipynb#W1",
                "python",
                "A.ipynb.py",
            ),
            (
                "vscode-notebook-cell:/elsewhere/%C3%A9.ipynb#W0",
                "rust",
                "é.ipynb.rs",
            ),
            (
                "jupyter-notebook://x/a%20b.ipynb?cell=3",
                "python",
                "a b.ipynb.py",
            ),
            ("untitled:Untitled-1", "python", "Untitled-1"),
            (
                "git:/work/p/a%20b.rs?%7B%22ref%22%3A%22%22%7D",
                "rust",
                "a b.rs",
            ),
            ("zipfile:///x/y.zip%3A%3Aa/b.py", "python", "b.py"),
            ("a%0Ab%1b.py", "python", "a%0Ab%1b.py"),
            ("untitled:a%0Ab.py", "python", "a b.py"),
            ("", "python", "untitled"),
        ] {
            assert_eq!(name(id, None, language), expected, "{id}");
        }
        let path = |it| name("file:///x", Some(it), "python");
        assert_eq!(path("/work/p/src/a.py"), "src/a.py");
        assert_eq!(path("/elsewhere/a.py"), "/elsewhere/a.py");
        assert_eq!(path("/work/p/b.ipynb"), "b.ipynb.py");
        assert_eq!(path("/work/p/a\nb.py"), "a b.py");
    }
}
