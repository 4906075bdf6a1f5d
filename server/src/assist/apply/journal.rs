//! What was changed, so that it can be taken back: a folder for each change below the state folder, with the bytes before
//! and a hash of the bytes after.
//!
//! The journal holds the user's code: only the user may read it. A change that is found unfinished (the process ended in
//! the middle) is taken back by whoever opens the journal next.

use super::draft;
use super::patch::{FilePatch, Mode, Patch, Status};
use super::path::Root;
use super::refusal::{Kind, Problem, Refusal};
use super::write;
use hob_index::private;
use hob_index::reader::Refusal as Refused;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// So many changes of a project are kept.
const MOST: usize = 100;
/// So much is kept of a project, in bytes; the last change is kept whatever it takes.
const LARGEST: u64 = 200 << 20;
/// How long another process may be writing.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a change's folder holds.
const MANIFEST: &str = "change.json";
/// Stands there until a change is complete.
const PENDING: &str = "pending";

/// The changes of one project, by one process at a time.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    root: PathBuf,
    // Held for as long as the journal is open.
    _lock: File,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its number; later ones are larger.
    #[serde(skip)]
    pub id: u64,
    /// When it was made, in seconds since 1970.
    pub time: u64,
    /// The files.
    pub files: Vec<Record>,
    /// Folders that it made, from the root.
    folders: Vec<String>,
    /// What it would leave behind if it ended half-way.
    leftovers: Vec<PathBuf>,
}

/// One file of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// From the root, parted by `/`.
    pub path: String,
    /// `added`, `modified` or `deleted`.
    pub status: String,
    /// The name of the file with the bytes before.
    before: Option<String>,
    /// The hash of the bytes before.
    before_hash: Option<String>,
    /// The hash of the bytes after.
    after_hash: Option<String>,
    /// The permissions before.
    mode: Option<u32>,
}

/// A change that is being written.
pub(super) struct Pending {
    folder: PathBuf,
}

impl Pending {
    /// It is complete.
    pub(super) fn done(self) {
        let _ = fs::remove_file(self.folder.join(PENDING));
    }

    /// It didn't happen.
    pub(super) fn forget(self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Journal {
    /// Opens the journal of a project below the state folder, and takes back what was left unfinished. Waits up to ten
    /// seconds for another process.
    ///
    /// # Errors
    /// It can't be written, or is in use.
    pub fn open(state: &Path, root: &Path) -> Result<Journal, Refusal> {
        let disk = |what: &str, err: io::Error| {
            Refusal::of(Problem::new(
                Kind::Disk,
                format!("the undo journal {what}: {err}"),
            ))
        };
        let root = fs::canonicalize(root).map_err(|it| disk("needs the project's folder", it))?;
        let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
        let folder = state.join("undo").join(&name[..16]);
        private::create_dir(state, &folder).map_err(|it| disk("can't be made", it))?;
        let lock = private::open(&folder.join("LOCK")).map_err(|it| disk("can't be opened", it))?;
        let until = Instant::now() + PATIENCE;
        while let Err(err) = lock.try_lock() {
            match err {
                fs::TryLockError::WouldBlock if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                err => return Err(disk("is in use", err.into())),
            }
        }
        let _ = write_private(&folder.join("root"), root.to_string_lossy().as_bytes());
        let journal = Journal {
            folder,
            root,
            _lock: lock,
        };
        journal.recover();
        Ok(journal)
    }

    /// The changes that can be taken back, the last one first.
    pub fn changes(&self) -> Vec<Change> {
        let ids = self.ids();
        ids.into_iter()
            .rev()
            .filter_map(|it| self.read(it))
            .collect()
    }

    /// What takes the last change back, as a patch; `None`: there is none left.
    ///
    /// # Errors
    /// A file was changed since.
    pub fn undo(&self) -> Result<Option<(Change, Patch)>, Refusal> {
        let Some(change) = self.changes().into_iter().next() else {
            return Ok(None);
        };
        let root = Root::new(&self.root).map_err(Refusal::of)?;
        let mut problems = Vec::new();
        let mut patch = Patch::default();
        for record in &change.files {
            match self.reverse(&change, record, &root) {
                Ok(file) => patch.files.extend(file),
                Err(problem) => problems.push(problem.of(&record.path)),
            }
        }
        match problems.is_empty() {
            true => Ok(Some((change, patch))),
            false => Err(Refusal { problems }),
        }
    }

    /// Takes a change back, with the patch that [`Journal::undo`] gave for it.
    ///
    /// # Errors
    /// As for [`Patch::write`].
    pub fn take_back(&mut self, change: &Change, patch: &Patch) -> Result<(), Refusal> {
        patch.write(&self.root, None)?;
        self.finish(change);
        Ok(())
    }

    fn finish(&self, change: &Change) {
        for folder in change.folders.iter().rev() {
            // Only if nothing else has come into it.
            let _ = fs::remove_dir(self.root.join(folder));
        }
        let _ = fs::remove_dir_all(self.place(change.id));
    }

    /// What takes one file back; `None`: it is as it was.
    fn reverse(
        &self,
        change: &Change,
        record: &Record,
        root: &Root,
    ) -> Result<Option<FilePatch>, Problem> {
        let place = root.place(&record.path)?;
        let now = match root.reader().read(&place.real, draft::LARGEST) {
            Ok(it) => Some(it.bytes),
            Err(Refused::Missing) => None,
            Err(Refused::TooLarge(_)) => {
                return Err(Problem::new(Kind::Changed, "was changed since"));
            }
            Err(refused) => return Err(Problem::new(Kind::Disk, refused.to_string())),
        };
        let hash_now = now.as_deref().map(hash);
        if hash_now == record.before_hash {
            return Ok(None);
        }
        if hash_now != record.after_hash {
            return Err(Problem::new(Kind::Changed, "was changed since"));
        }
        let before = match &record.before {
            Some(name) => {
                let bytes = fs::read(self.place(change.id).join(name)).map_err(|it| {
                    Problem::new(Kind::Disk, format!("the undo journal can't be read: {it}"))
                })?;
                if Some(hash(&bytes)) != record.before_hash {
                    return Err(Problem::new(Kind::Disk, "the undo journal is damaged"));
                }
                Some(bytes)
            }
            None => None,
        };
        Ok(Some(FilePatch {
            path: place.path,
            real: place.real,
            before: now,
            mode: record.mode.filter(|_| before.is_some()).map(Mode::Exact),
            after: before,
        }))
    }

    /// Notes down a change before it is made.
    pub(super) fn begin(
        &mut self,
        patch: &Patch,
        leftovers: &[PathBuf],
        folders: &[PathBuf],
        root: &Root,
    ) -> Result<Pending, Problem> {
        self.note(patch, leftovers, folders, root).map_err(|it| {
            Problem::new(
                Kind::Disk,
                format!("the undo journal can't be written: {it}"),
            )
        })
    }

    fn note(
        &self,
        patch: &Patch,
        leftovers: &[PathBuf],
        folders: &[PathBuf],
        root: &Root,
    ) -> io::Result<Pending> {
        self.shrink();
        let id = self.ids().last().map_or(1, |it| it + 1);
        let draft = self.folder.join("new");
        let _ = fs::remove_dir_all(&draft);
        private::create_dir(&self.folder, &draft)?;
        let mut files = Vec::new();
        for (n, file) in patch.files.iter().enumerate() {
            let name = format!("{n}.before");
            if let Some(bytes) = &file.before {
                write_private(&draft.join(&name), bytes)?;
            }
            files.push(Record {
                path: file.path.clone(),
                status: file.status().name().to_owned(),
                before: file.before.is_some().then_some(name),
                before_hash: file.before.as_deref().map(hash),
                after_hash: file.after.as_deref().map(hash),
                mode: file.before.as_ref().and_then(|_| write::mode(&file.real)),
            });
        }
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let change = Change {
            id,
            time: time.map_or(0, |it| it.as_secs()),
            files,
            folders: folders.iter().filter_map(|it| root.below(it)).collect(),
            leftovers: leftovers.to_vec(),
        };
        let json = serde_json::to_vec_pretty(&change).map_err(io::Error::other)?;
        write_private(&draft.join(MANIFEST), &json)?;
        write_private(&draft.join(PENDING), b"")?;
        let folder = self.place(id);
        fs::rename(&draft, &folder)?;
        Ok(Pending { folder })
    }

    /// Takes back what was left unfinished.
    fn recover(&self) {
        let _ = fs::remove_dir_all(self.folder.join("new"));
        let pending: Vec<u64> = self.ids();
        for id in pending
            .into_iter()
            .filter(|it| self.place(*it).join(PENDING).exists())
        {
            let Some(change) = self.read(id) else {
                continue;
            };
            let Ok(root) = Root::new(&self.root) else {
                return;
            };
            let files = change
                .files
                .iter()
                .filter_map(|it| self.reverse(&change, it, &root).ok()?);
            let patch = Patch {
                files: files.collect(),
                notes: Vec::new(),
            };
            tracing::warn!(
                "an unfinished change of {} files is taken back",
                patch.files.len()
            );
            if write::write(&patch, &root, None).is_ok() {
                for leftover in &change.leftovers {
                    let is_ours = leftover.starts_with(&self.root)
                        && leftover
                            .file_name()
                            .is_some_and(|it| it.to_string_lossy().starts_with(".hob-"));
                    if is_ours {
                        let _ = fs::remove_file(leftover);
                    }
                }
                self.finish(&change);
            }
        }
    }

    /// Forgets the oldest changes.
    fn shrink(&self) {
        let mut ids = self.ids();
        let size = |id: u64| -> u64 {
            let entries = fs::read_dir(self.place(id)).into_iter().flatten().flatten();
            entries
                .filter_map(|it| it.metadata().ok())
                .map(|it| it.len())
                .sum()
        };
        let mut total: u64 = ids.iter().map(|it| size(*it)).sum();
        while ids.len() >= MOST || (total > LARGEST && ids.len() > 1) {
            let oldest = ids.remove(0);
            total = total.saturating_sub(size(oldest));
            let _ = fs::remove_dir_all(self.place(oldest));
        }
    }

    fn place(&self, id: u64) -> PathBuf {
        self.folder.join(format!("{id:08}"))
    }

    /// The numbers of all changes, in order.
    fn ids(&self) -> Vec<u64> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut ids: Vec<u64> = entries
            .filter_map(|it| it.file_name().to_str()?.parse().ok())
            .collect();
        ids.sort_unstable();
        ids
    }

    fn read(&self, id: u64) -> Option<Change> {
        let json = fs::read(self.place(id).join(MANIFEST)).ok()?;
        let change: Change = serde_json::from_slice(&json).ok()?;
        Some(Change { id, ..change })
    }
}

impl Record {
    /// What happened to the file.
    pub fn status(&self) -> Status {
        match self.status.as_str() {
            "added" => Status::Added,
            "deleted" => Status::Deleted,
            _ => Status::Modified,
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
