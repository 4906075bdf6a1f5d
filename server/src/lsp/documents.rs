//! The open documents: their text and version, and how changes reach them.

#[cfg(test)]
mod tests;

use crate::assist::document::{Document, Secrecy};
use crate::lsp::convert::{self, Encoding};
use hob_index::language::Language;
use ropey::Rope;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp_server::gen_lsp_types::{
    TextDocumentContentChangeEvent as Change, TextDocumentContentChangePartial as Partial,
};

/// Every open document. Handing one out is cheap: it is shared until the next change.
#[derive(Debug, Default)]
pub struct Documents {
    by_uri: HashMap<Arc<str>, Arc<Document>>,
    tick: u64,
}

impl Documents {
    /// The document as it is now.
    pub fn get(&self, uri: &str) -> Option<&Arc<Document>> {
        self.by_uri.get(uri)
    }

    /// The documents that `wanted` lets pass, the most recently changed first, at most `limit`.
    pub fn recent(&self, limit: usize, wanted: impl Fn(&Document) -> bool) -> Vec<Arc<Document>> {
        let mut others: Vec<_> = self
            .by_uri
            .values()
            .filter(|it| wanted(it))
            .cloned()
            .collect();
        others.sort_by(|a, b| b.tick.cmp(&a.tick).then_with(|| a.id.cmp(&b.id)));
        others.truncate(limit);
        others
    }

    /// Says anew which project each document belongs to.
    pub fn assign(&mut self, root_of: impl Fn(&Path) -> Option<PathBuf>) {
        for document in self.by_uri.values_mut() {
            let root = document.path.as_deref().and_then(&root_of);
            if document.root != root {
                Arc::make_mut(document).root = root;
            }
        }
    }

    /// Opens a document of the project `root`, or replaces one that was opened already.
    pub fn open(
        &mut self,
        uri: &str,
        language_id: &str,
        version: i32,
        text: &str,
        root: Option<PathBuf>,
    ) {
        self.tick += 1;
        let id: Arc<str> = uri.into();
        let path = convert::file_of(uri);
        let language = Language::of_id(language_id)
            .or_else(|| Language::of_path(path.as_deref().unwrap_or(Path::new(uri))));
        let mut document = Document {
            id: id.clone(),
            path,
            root,
            secrecy: Secrecy::default(),
            language_id: language_id.to_owned(),
            language,
            version,
            text: Rope::from_str(text),
            touched: 0,
            tick: self.tick,
        };
        document.judge();
        self.by_uri.insert(id, Arc::new(document));
    }

    /// Applies the changes of one notification, in order. Returns whether the document is open.
    pub fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: &[Change],
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.by_uri.get_mut(uri) else {
            return false;
        };
        self.tick += 1;
        let document = Arc::make_mut(document);
        document.version = version;
        document.tick = self.tick;
        for change in changes {
            match change {
                Change::TextDocumentContentChangePartial(it) => splice(document, it, encoding),
                Change::TextDocumentContentChangeWholeDocument(it) => {
                    document.text = Rope::from_str(&it.text);
                    document.touched = 0;
                    document.judge_text();
                }
            }
        }
        true
    }

    /// Closes a document.
    pub fn close(&mut self, uri: &str) -> Option<Arc<Document>> {
        self.by_uri.remove(uri)
    }
}

/// One of the two UTF-16 units of a character that has two.
fn unit(it: char, which: usize) -> u16 {
    let mut units = [0; 2];
    it.encode_utf16(&mut units);
    units[which]
}

/// Replaces one range. A range written backwards means the text between its ends.
///
/// An end between the two halves of a surrogate pair cuts the pair, as it does in the editor; the half that stays becomes U+FFFD,
/// one UTF-16 unit like the half itself, so that positions go on to mean the same on both sides.
fn splice(document: &mut Document, change: &Partial, encoding: Encoding) {
    let text = &mut document.text;
    let ends = [change.range.start, change.range.end];
    let [a, b] = ends.map(|it| {
        let index = convert::char_index(text, it, encoding);
        let cut = convert::cuts_a_pair(text, it, encoding);
        (index, cut)
    });
    let ((start, cut_before), (end, cut_after)) = (a.min(b), a.max(b));
    let mut inserted = Cow::from(&change.text);
    match (cut_before, cut_after) {
        // The halves of two pairs meet, or those of one stay together.
        (true, true) if inserted.is_empty() => {
            let halves = [unit(text.char(start), 0), unit(text.char(end), 1)];
            inserted = String::from_utf16_lossy(&halves).into();
        }
        _ => {
            if cut_before {
                inserted.to_mut().insert(0, char::REPLACEMENT_CHARACTER);
            }
            if cut_after {
                inserted.to_mut().push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    let end = end + usize::from(cut_after);
    if start < end {
        text.remove(start..end);
    }
    if !inserted.is_empty() {
        text.insert(start, &inserted);
    }
    let start = text.char_to_byte(start);
    document.touched = start + inserted.len();
    document.judge_change(start, inserted.len());
}
