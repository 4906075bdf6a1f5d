//! Which files of a folder count, and why the others do not.

use std::path::{Path, PathBuf};

/// Why a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It holds, or by its name may hold, secrets: never read, learned or sent.
    Secret,
    /// Larger than any source that a person writes.
    TooLarge,
    /// Not text.
    Binary,
    /// Written by a program.
    Generated,
    /// Minified.
    Minified,
    /// It can't be read.
    Unreadable,
}

/// One file of the codebase.
#[derive(Clone, Debug)]
pub struct File {
    /// Absolute path.
    pub path: PathBuf,
    /// Size in bytes when it was seen.
    pub size: u64,
}

/// The project's root for a file or folder: the nearest folder at or above it that holds `.git`, else itself.
pub fn root_of(_path: &Path) -> PathBuf {
    PathBuf::new()
}

/// Whether a file of this name may hold secrets (`.env`, keys, credentials), judged by the path alone.
pub fn is_secret(_path: &Path) -> bool {
    false
}
