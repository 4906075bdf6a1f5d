//! What can go wrong with an index. A file that can't be read or parsed is data, not an error.

use std::path::PathBuf;

/// Why something can't be done with an index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process is writing it; it can be read all the same.
    #[error("another process is writing the index in {0}")]
    Busy(PathBuf),
    /// Its folder can't be made or written to.
    #[error("the index can't be kept in {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Writing it failed: in most cases the disk is full.
    #[error("writing the index in {path} failed: {message}")]
    Write {
        /// Its folder.
        path: PathBuf,
        /// What the store says.
        message: String,
    },
    /// It can't be read, and this process may not write it.
    #[error("the index in {path} is damaged: {message}")]
    Damaged {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The work was told to stop; what is done so far is kept.
    #[error("stopped")]
    Stopped,
}
