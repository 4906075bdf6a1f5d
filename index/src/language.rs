//! The language table: how a file's language is found, and the few facts about its syntax that completing code needs.
//!
//! The rows stand in `language/table.rs`. Facts that no row needs to differ in are not here: they are code, beside their only user.

mod table;

use std::path::Path;

pub use table::LANGUAGES;

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

/// How a string literal, or what must be skipped like one, is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// It ends with the line at the latest; a backslash escapes.
    Line,
    /// It may span lines; a backslash escapes.
    Lines,
    /// It may span lines; nothing escapes (`r#"…"#`, Go's backquotes, Lua's `[[…]]`).
    Raw,
    /// It may span lines; a backslash escapes, and `${…}` holds code (JavaScript's template literals).
    Template,
    /// One character or one escape, else no literal at all (Rust's `'a'` against the lifetime `'a`).
    Char,
    /// It ends with the line at the latest, and starts only where a value may start, not within words (YAML's `it's`).
    Value,
}

/// One kind of string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What starts it.
    pub open: &'static str,
    /// What ends it.
    pub close: &'static str,
    /// What stands between.
    pub quoting: Quoting,
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
    /// String literals; where one opening starts with another, the longer stands first.
    pub strings: &'static [Quote],
    /// Words that go on with a statement although they dedent (`else`, `catch`, `elif`).
    pub continuations: &'static [&'static str],
    /// Words that close a block (`end`, `fi`).
    pub closers: &'static [&'static str],
    /// Words that start a definition, after any modifiers (`fn`, `class`).
    pub definitions: &'static [&'static str],
    /// Whether the text is, or may hold, tags (`<p>…</p>`): HTML, XML, JSX.
    pub tags: bool,
    /// Whether the text is prose rather than code: Markdown, plain text.
    pub prose: bool,
}

/// Names that editors use for a language beside the LSP's own.
const ALIASES: &[(&str, &str)] = &[
    ("bash", "shellscript"),
    ("sh", "shellscript"),
    ("shell", "shellscript"),
    ("zsh", "shellscript"),
    ("c++", "cpp"),
    ("cuda-cpp", "cpp"),
    ("cuda", "cpp"),
    ("arduino", "cpp"),
    ("c#", "csharp"),
    ("cs", "csharp"),
    ("js", "javascript"),
    ("jsx", "javascriptreact"),
    ("ts", "typescript"),
    ("tsx", "typescriptreact"),
    ("py", "python"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("golang", "go"),
    ("make", "makefile"),
    ("docker", "dockerfile"),
    ("containerfile", "dockerfile"),
    ("md", "markdown"),
    ("text", "plaintext"),
    ("tex", "latex"),
    ("hcl", "terraform"),
    ("json5", "jsonc"),
    ("dosini", "ini"),
    ("properties", "ini"),
    ("xsl", "xml"),
    ("svg", "xml"),
    ("ps1", "powershell"),
    ("jl", "julia"),
    ("objc", "objective-c"),
    ("gitignore", "ignore"),
];

impl Language {
    /// The language of a file, by its name alone: the whole name, then the longest extension, in any case of letters.
    pub fn of_path(path: &Path) -> Option<&'static Language> {
        let name = path.file_name()?.to_str()?;
        let by_name = LANGUAGES.iter().find(|it| {
            it.file_names
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        });
        if by_name.is_some() {
            return by_name;
        }
        // A leading dot is no extension: `.rs` is a file without one.
        let mut rest = name.strip_prefix('.').unwrap_or(name);
        while let Some((_, extension)) = rest.split_once('.') {
            let by_extension = LANGUAGES.iter().find(|it| {
                it.extensions
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension))
            });
            if by_extension.is_some() {
                return by_extension;
            }
            rest = extension;
        }
        // `Dockerfile.dev`, `Makefile.am`: the name in front decides when no extension is known.
        let (stem, _) = name.split_once('.')?;
        LANGUAGES
            .iter()
            .filter(|it| matches!(it.id, "dockerfile" | "makefile"))
            .find(|it| {
                it.file_names
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(stem))
            })
    }

    /// The language with this LSP identifier, or a name that editors use in its place (`bash`, `jsx`, `c++`).
    pub fn of_id(id: &str) -> Option<&'static Language> {
        let id = ALIASES
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(id))
            .map_or(id, |(_, id)| id);
        LANGUAGES.iter().find(|it| it.id.eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests;
