//! The language table: how a file's language is found, and the few facts about its syntax that completing code needs.

use std::path::Path;

/// How a language marks the extent of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// `{` … `}`.
    Braces,
    /// Indentation alone (Python, YAML).
    Indentation,
    /// A keyword closes it (`end` in Lua and Ruby, `fi`, `done` in shells).
    Keywords,
    /// No blocks (Markdown, plain text, TOML).
    None,
}

/// One language: a row of the table.
#[derive(Debug)]
pub struct Language {
    /// The LSP language identifier (`rust`, `typescriptreact`), also the name used in settings.
    pub id: &'static str,
    /// File name extensions, without the dot, in lower case.
    pub extensions: &'static [&'static str],
    /// Whole file names (`Makefile`).
    pub file_names: &'static [&'static str],
    /// What starts a comment that ends with the line.
    pub line_comments: &'static [&'static str],
    /// What starts and ends a comment that may span lines.
    pub block_comments: &'static [(&'static str, &'static str)],
    /// How blocks are marked.
    pub blocks: Blocks,
    /// The tree-sitter grammar, where there is one in this build.
    pub grammar: Option<fn() -> tree_sitter::Language>,
}

/// Every language Hob knows something about.
pub static LANGUAGES: &[Language] = &[];

impl Language {
    /// The language of a file, by its name alone.
    pub fn of_path(_path: &Path) -> Option<&'static Language> {
        None
    }

    /// The language with this LSP identifier.
    pub fn of_id(id: &str) -> Option<&'static Language> {
        LANGUAGES.iter().find(|it| it.id == id)
    }
}
