//! What `hob index` has to tell, as it is printed in JSON.

use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::display;
use crate::model::embed;
use hob_index::status::{Finding, Status};
use hob_index::update::Report;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long an embedder may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(10);

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
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) root: PathBuf,
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) folder: PathBuf,
    /// Search by meaning, where an embedder is configured.
    pub(super) vectors: Option<Vectors>,
}

/// The vectors of an index.
#[derive(Debug, Serialize)]
pub(super) struct Vectors {
    /// What the embedder is called.
    pub(super) embedder: String,
    /// How many vectors there are.
    pub(super) count: usize,
    /// How many chunks have none yet.
    pub(super) missing: usize,
    /// How many were made just now, and how long that took in seconds.
    pub(super) made: usize,
    pub(super) seconds: f64,
    /// Why they can't be made or counted for now.
    pub(super) problem: Option<String>,
}

impl Vectors {
    /// How they are; with `fill`, after what is missing has been made. `None`: no embedder is configured.
    pub(super) fn of(project: &Project, fill: bool, terminal: &mut Terminal) -> Option<Vectors> {
        let mut it = Vectors {
            embedder: embed::name(&project.config.settings.models)?,
            count: 0,
            missing: 0,
            made: 0,
            seconds: 0.0,
            problem: None,
        };
        // Who only asks how things are doesn't wait long.
        let patience = (!fill).then_some(PATIENCE);
        let embedded = match project.embedded(patience, terminal) {
            Ok(embedded) => embedded?,
            Err(why) => {
                it.problem = Some(why);
                return Some(it);
            }
        };
        if fill && embedded.writes() {
            let (started, missing) = (Instant::now(), embedded.n_missing());
            it.problem = project.fill(&embedded).err();
            it.made = missing.saturating_sub(embedded.n_missing());
            it.seconds = seconds(started.elapsed());
        }
        (it.count, it.missing) = (embedded.n_vectors(), embedded.n_missing());
        Some(it)
    }
}

/// To the millisecond.
fn seconds(it: Duration) -> f64 {
    (it.as_secs_f64() * 1000.0).round() / 1000.0
}

#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    pub(super) path: String,
    pub(super) reason: &'static str,
}

impl Built {
    pub(super) fn new(
        project: &Project,
        report: Report,
        took: Duration,
        vectors: Option<Vectors>,
    ) -> Built {
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
            seconds: seconds(took),
            bytes: report.bytes,
            root: project.root.clone(),
            folder: project.index.folder().to_owned(),
            vectors,
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
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) root: PathBuf,
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) folder: PathBuf,
    /// Search by meaning, where an embedder is configured.
    pub(super) vectors: Option<Vectors>,
}

impl Shown {
    pub(super) fn new(project: &Project, status: &Status, vectors: Option<Vectors>) -> Shown {
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
            vectors,
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
    #[serde(serialize_with = "display::serialize_path")]
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
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) root: PathBuf,
    #[serde(serialize_with = "display::serialize_path")]
    pub(super) folder: PathBuf,
}
