//! What `hob index` has to tell, as it is printed in JSON.

use crate::cli::project::Project;
use hob_index::status::{Finding, Status};
use hob_index::update::Report;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What an update did.
#[derive(Debug, Serialize)]
pub(super) struct Built {
    /// Files that are indexed now, their chunks and symbols.
    pub(super) files: usize,
    pub(super) chunks: usize,
    pub(super) symbols: usize,
    /// Files that are new, changed and gone since the last update.
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
    /// Files that are left out.
    pub(super) skipped: Vec<Skipped>,
    /// How long it took.
    pub(super) seconds: f64,
    /// How much source was read.
    pub(super) bytes: u64,
    pub(super) root: PathBuf,
    pub(super) folder: PathBuf,
}

#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    pub(super) path: String,
    pub(super) reason: &'static str,
}

impl Built {
    pub(super) fn new(project: &Project, report: Report, took: Duration) -> Built {
        Built {
            files: report.files,
            chunks: report.chunks,
            symbols: report.symbols,
            added: report.added,
            changed: report.changed,
            removed: report.removed,
            skipped: report
                .skipped
                .into_iter()
                .map(|(path, skip)| Skipped {
                    path,
                    reason: skip.reason(),
                })
                .collect(),
            seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
            bytes: report.bytes,
            root: project.root.clone(),
            folder: project.index.folder().to_owned(),
        }
    }
}

/// How an index is.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) files: usize,
    pub(super) chunks: usize,
    pub(super) symbols: usize,
    /// How many files are left out, by reason.
    pub(super) skipped: BTreeMap<&'static str, usize>,
    /// Its size on disk.
    pub(super) bytes: u64,
    /// When it was written last, in seconds since 1970.
    pub(super) written: Option<u64>,
    /// Files that are new, changed or gone since.
    pub(super) pending: usize,
    /// Whether another process writes it.
    pub(super) has_other_writer: bool,
    pub(super) root: PathBuf,
    pub(super) folder: PathBuf,
}

impl Shown {
    pub(super) fn new(project: &Project, status: &Status) -> Shown {
        let seconds = |it: SystemTime| it.duration_since(UNIX_EPOCH).map(|it| it.as_secs()).ok();
        Shown {
            files: status.files,
            chunks: status.chunks,
            symbols: status.symbols,
            skipped: status
                .skipped
                .iter()
                .map(|(skip, n)| (skip.reason(), *n))
                .collect(),
            bytes: status.bytes,
            written: status.written.and_then(seconds),
            pending: status.pending,
            has_other_writer: status.has_other_writer,
            root: project.root.clone(),
            folder: project.index.folder().to_owned(),
        }
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    pub(super) ok: bool,
    pub(super) findings: Vec<Found>,
}

#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// The file, relative to the root; empty: the index itself.
    pub(super) path: String,
    pub(super) message: String,
}

impl Checked {
    pub(super) fn new(findings: Vec<Finding>) -> Checked {
        Checked {
            ok: findings.is_empty(),
            findings: findings
                .into_iter()
                .map(|it| Found {
                    path: it.path,
                    message: it.message,
                })
                .collect(),
        }
    }
}

/// Why a file is not indexed.
#[derive(Debug, Serialize)]
pub(super) struct WhyNot {
    pub(super) path: PathBuf,
    /// Whether it belongs into the index.
    pub(super) counts: bool,
    /// Why it doesn't.
    pub(super) reason: Option<String>,
    /// How many chunks of it are in the index now.
    pub(super) chunks: usize,
}

impl WhyNot {
    pub(super) fn new(path: &Path, reason: Option<String>, chunks: usize) -> WhyNot {
        WhyNot {
            path: path.to_owned(),
            counts: reason.is_none(),
            reason,
            chunks,
        }
    }
}

/// What was deleted.
#[derive(Debug, Serialize)]
pub(super) struct Cleared {
    pub(super) root: PathBuf,
    pub(super) folder: PathBuf,
}
