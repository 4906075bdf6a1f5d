//! Learning a codebase: walk, read, split and order, in parallel and with bounded memory.

use super::Codebase;
use super::scope::{Scope, tokenize_file};
use super::tokens::{Token, has_blank, token, word};
use super::vocabulary::{Vocabulary, Word};
use crate::language::Language;
use crate::reader::Reader;
use crate::walk::{self, File};
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Files that are read and split by one thread at a time; a fixed number, so that words are numbered the same whatever
/// the number of threads.
const CHUNK: usize = 32;
/// How many chunks wait to be joined at most.
const CHUNKS_AT_ONCE: usize = 8;
/// Of a larger codebase, an even selection of the files is learned; in bytes. Keeps memory near 120 MB.
const LARGEST_CODEBASE: u64 = 32 << 20;

/// What has been learned so far.
pub(super) struct Learned {
    vocabulary: Vocabulary,
    tokens: Vec<Token>,
    files: Vec<(PathBuf, Range<u32>)>,
}

impl Default for Learned {
    fn default() -> Self {
        Self::over(Vocabulary::new())
    }
}

impl Learned {
    pub(super) fn over(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            tokens: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds a file's text.
    pub(super) fn add_file(&mut self, path: PathBuf, text: &str) {
        let start = self.tokens.len() as u32;
        tokenize_file(&path, text, &mut self.vocabulary, &mut self.tokens);
        self.files.push((path, start..self.tokens.len() as u32));
    }

    /// Adds a file's tokens, in this vocabulary.
    pub(super) fn add_tokens(&mut self, path: PathBuf, tokens: &[Token]) {
        let start = self.tokens.len() as u32;
        self.tokens.extend_from_slice(tokens);
        self.files.push((path, start..self.tokens.len() as u32));
    }

    /// Adds all of another, which has its own vocabulary.
    fn join(&mut self, other: Learned) {
        let words: Vec<Word> = (0..other.vocabulary.len())
            .map(|it| self.vocabulary.intern(other.vocabulary.text(it)))
            .collect();
        let start = self.tokens.len() as u32;
        self.tokens.reserve(other.tokens.len());
        for it in other.tokens {
            self.tokens
                .push(token(words[word(it) as usize], has_blank(it)));
        }
        for (path, range) in other.files {
            self.files
                .push((path, start + range.start..start + range.end));
        }
    }

    pub(super) fn finish(mut self) -> Codebase {
        self.vocabulary.sort();
        self.tokens.shrink_to_fit();
        let scope = Scope::of_codebase(self.tokens, self.files, &self.vocabulary);
        Codebase::of_scope(scope, self.vocabulary)
    }
}

/// Learns the source files below `root`; `None` when it was stopped.
pub(super) fn learn(
    root: &Path,
    stop: &AtomicBool,
    progress: &(impl Fn(usize, usize) + Sync),
) -> Option<Codebase> {
    let (mut files, _) = walk::files(root);
    files.retain(|it| is_source(&it.path));
    let files = selection(files);
    let reader = Reader::new(root);
    let done = AtomicUsize::new(0);
    let mut learned = Learned::default();
    for chunks in files.chunks(CHUNK * CHUNKS_AT_ONCE) {
        let parts: Vec<Learned> = chunks
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut part = Learned::default();
                for file in chunk {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    // A file that can't be read or does not count is no error.
                    if let Ok(text) = walk::read_with(&reader, &file.path) {
                        part.add_file(file.path.clone(), &text);
                    }
                }
                progress(
                    done.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len(),
                    files.len(),
                );
                part
            })
            .collect();
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        for part in parts {
            learned.join(part);
        }
    }
    Some(learned.finish())
}

/// An even selection of the files whose sizes add up to no more than [`LARGEST_CODEBASE`], about.
fn selection(files: Vec<File>) -> Vec<File> {
    let total: u64 = files.iter().map(|it| it.size).sum();
    if total <= LARGEST_CODEBASE {
        return files;
    }
    let mut budget = 0;
    let mut kept = Vec::new();
    for file in files {
        let before = budget / total;
        budget += LARGEST_CODEBASE;
        if budget / total > before {
            kept.push(file);
        }
    }
    kept
}

/// Whether a file holds code, judged by its name.
pub(super) fn is_source(path: &Path) -> bool {
    /// Data and prose: nothing to learn for code, and often large.
    const NOT_CODE: &[&str] = &[
        "json", "jsonc", "md", "markdown", "txt", "rst", "csv", "xml", "svg",
    ];
    const CODE: &[&str] = &[
        "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "java",
        "kt", "kts", "scala", "sc", "groovy", "gradle", "c", "h", "cc", "cpp", "cxx", "hpp", "hh",
        "hxx", "inl", "cs", "fs", "fsx", "vb", "rb", "rake", "php", "swift", "m", "mm", "lua",
        "ex", "exs", "erl", "hrl", "hs", "ml", "mli", "clj", "cljs", "cljc", "dart", "zig", "nim",
        "pl", "pm", "r", "jl", "vue", "svelte", "html", "css", "scss", "sass", "less", "sql",
        "proto", "graphql", "tf", "sh", "bash", "zsh", "fish", "ps1", "toml", "yaml", "yml",
        "cmake", "mk", "nix", "el", "lisp", "scm", "rkt", "v", "sv", "vhd", "vhdl", "asm", "s",
        "cu", "cuh", "glsl", "hlsl", "wgsl", "metal", "pas", "f90", "f95", "ada", "adb", "ads",
        "cr", "d", "hx", "sol", "vim", "tcl", "jsonnet", "astro",
    ];
    let name = path
        .file_name()
        .map(|it| it.to_string_lossy().to_ascii_lowercase());
    let extension = path
        .extension()
        .map(|it| it.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some(it) if NOT_CODE.contains(&it) => false,
        Some(it) if CODE.contains(&it) => true,
        _ => {
            [
                "makefile",
                "dockerfile",
                "justfile",
                "rakefile",
                "gemfile",
                "cmakelists.txt",
            ]
            .contains(&name.as_deref().unwrap_or(""))
                || Language::of_path(path).is_some()
        }
    }
}
