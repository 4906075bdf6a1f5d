//! How an index is: what is in it, whether it is up to date, whether it is sound.

use crate::error::Error;
use crate::store::Index;
use crate::walk::{self, Patterns, Skip};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What is in an index, and how it compares with the disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Files that are indexed.
    pub files: usize,
    /// Chunks in them.
    pub chunks: usize,
    /// Symbols in them.
    pub symbols: usize,
    /// How many files are left out, by reason.
    pub skipped: BTreeMap<Skip, usize>,
    /// Its size on disk, in bytes.
    pub bytes: u64,
    /// When it was written last.
    pub written: Option<SystemTime>,
    /// Files that are new, changed or gone since.
    pub pending: usize,
    /// Whether another process writes it, and so keeps it up to date.
    pub has_other_writer: bool,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the root; empty: the index itself.
    pub path: String,
    /// What is wrong, as a sentence.
    pub message: String,
}

impl Index {
    /// How it is. Looks at every file's size and time, and reads none.
    pub fn status(&self, patterns: &Patterns) -> Status {
        let searcher = self.searcher();
        let mut known = searcher.states();
        let (files, skipped) = walk::files_with(self.root(), patterns);
        let mut status = Status {
            bytes: size_of(self.folder()),
            written: fs::metadata(self.folder().join("tantivy").join("meta.json"))
                .and_then(|it| it.modified())
                .ok(),
            has_other_writer: self.has_other_writer(),
            ..Status::default()
        };
        (status.files, status.chunks, status.symbols) = searcher.alive();
        for (_, skip) in skipped {
            *status.skipped.entry(skip).or_default() += 1;
        }
        for file in files {
            let state = self.relative(&file.path).and_then(|it| known.remove(&it));
            if let Some(skip) = state.and_then(|it| it.reason()) {
                *status.skipped.entry(skip).or_default() += 1;
            }
            status.pending += usize::from(!state.is_some_and(|it| it.agrees_with(&file)));
        }
        status.pending += known.len();
        status
    }

    /// Everything that is wrong: damaged files of the index, and chunks that are not what their file holds although it
    /// seems unchanged. Reads every file that is indexed.
    ///
    /// # Errors
    /// The index can't be read at all.
    pub fn verify(&self) -> Result<Vec<Finding>, Error> {
        let mut findings: Vec<Finding> = self
            .damaged_files()?
            .into_iter()
            .map(|it| Finding {
                path: String::new(),
                message: format!("{} is not what was written.", it.display()),
            })
            .collect();
        let searcher = self.searcher();
        let mut stale: BTreeMap<String, usize> = BTreeMap::new();
        searcher.each_chunk(|chunk| {
            if let Some(chunk) = chunk {
                if searcher.text_of(&chunk).is_none() {
                    *stale.entry(chunk.path).or_default() += 1;
                }
            } else {
                findings.push(Finding {
                    path: String::new(),
                    message: "A chunk's record can't be read.".to_owned(),
                });
            }
        });
        findings.extend(stale.into_iter().map(|(path, n)| Finding {
            path,
            message: format!("It has changed since it was indexed ({n} chunks)."),
        }));
        findings.sort();
        Ok(findings)
    }
}

/// The size of all files in a folder, in bytes.
pub(crate) fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|it| match it.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&it.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
