//! A scope: the tokens of some files, and their contexts in order.

use super::suffixes::Suffixes;
use super::tokens::{LINE_END, Piece, Pieces, TEXT_START, Token, token};
use super::vocabulary::{OPAQUE, Vocabulary};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file's tokens, from its [`TEXT_START`] on.
#[derive(Debug)]
pub(super) struct FileTokens {
    pub(super) path: PathBuf,
    pub(super) tokens: Vec<Token>,
}

/// The tokens of some files one after the other.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) tokens: Vec<Token>,
    pub(super) suffixes: Suffixes,
    /// Which tokens are whose, in the order of the paths.
    files: Vec<(PathBuf, Range<u32>)>,
}

impl Scope {
    /// A whole codebase: `files` says which tokens are whose.
    pub(super) fn of_codebase(
        tokens: Vec<Token>,
        mut files: Vec<(PathBuf, Range<u32>)>,
        vocabulary: &Vocabulary,
    ) -> Self {
        let suffixes = Suffixes::of_codebase(&tokens, vocabulary.len() << 1);
        files.sort_by(|a, b| a.0.cmp(&b.0));
        Self {
            tokens,
            suffixes,
            files,
        }
    }

    /// A few files.
    pub(super) fn of_files(files: &[Arc<FileTokens>]) -> Self {
        let mut it = Self::default();
        for file in files {
            let start = it.tokens.len() as u32;
            it.tokens.extend_from_slice(&file.tokens);
            it.files
                .push((file.path.clone(), start..it.tokens.len() as u32));
        }
        it.files.sort_by(|a, b| a.0.cmp(&b.0));
        it.suffixes = Suffixes::of_files(&it.tokens);
        it
    }

    /// One text that is no file.
    pub(super) fn of_text(tokens: Vec<Token>) -> Self {
        Self {
            suffixes: Suffixes::of_files(&tokens),
            tokens,
            files: Vec::new(),
        }
    }

    /// The files and their tokens, in the order of the paths.
    pub(super) fn files(&self) -> &[(PathBuf, Range<u32>)] {
        &self.files
    }

    /// Where a file's tokens are.
    pub(super) fn range_of(&self, path: &Path) -> Option<Range<u32>> {
        let found = self.files.binary_search_by(|it| it.0.as_path().cmp(path));
        found.ok().map(|it| self.files[it].1.clone())
    }
}

/// Appends the tokens of a text to `tokens`; words that are new are added.
pub(super) fn tokenize(pieces: Pieces, vocabulary: &mut Vocabulary, tokens: &mut Vec<Token>) {
    for piece in pieces {
        tokens.push(match piece {
            Piece::Text(text, blank) => token(vocabulary.intern(text), blank),
            Piece::Opaque(blank) => token(OPAQUE, blank),
            Piece::LineEnd => LINE_END,
        });
    }
}

/// Appends the tokens of a whole file, with its start and a last line end.
pub(super) fn tokenize_file(
    path: &Path,
    text: &str,
    vocabulary: &mut Vocabulary,
    tokens: &mut Vec<Token>,
) {
    tokens.push(TEXT_START);
    tokenize(Pieces::of(text, has_lifetimes(path)), vocabulary, tokens);
    if tokens.last() != Some(&LINE_END) {
        tokens.push(LINE_END);
    }
}

/// Whether a quote in this file may start a lifetime.
pub(super) fn has_lifetimes(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "rs")
}
