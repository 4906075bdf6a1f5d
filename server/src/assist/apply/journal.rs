//! What was changed, so that it can be taken back: a folder for each change below the state folder, with the bytes before,
//! those after, and what a file that goes was besides its bytes.
//!
//! The journal holds the user's code: only the user may read it. A change that is found unfinished (the process ended in
//! the middle) is taken back by whoever opens the journal next, also where a file holds a part of the old text and a part
//! of the new one.

use super::attributes::Attributes;
use super::draft;
use super::patch::{FilePatch, Mode, Patch, Status};
use super::path::Root;
use super::refusal::{Kind, Problem, Refusal};
use super::write::{self, Log, Stage, stage};
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
/// Names what is left behind in the project if the process ends while it writes.
const TRACES: &str = "traces.json";

/// The changes of one project, by one process at a time.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    root: PathBuf,
    /// What was found unfinished when it was opened, and was taken back.
    recovered: Vec<Patch>,
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
    /// The name of the file with the bytes after, for a file that is written and may be found half-written.
    #[serde(default)]
    after: Option<String>,
    /// The permissions after, if it still exists; older journals don't say.
    #[serde(default)]
    mode_after: Option<u32>,
    /// What a file that goes was besides its bytes.
    #[serde(default)]
    attributes: Option<Attributes>,
    /// The file that got this name, from the root.
    #[serde(default)]
    moved_from: Option<String>,
    /// Where the old file is while the change is being made.
    #[serde(default)]
    aside: Option<PathBuf>,
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
        let mut journal = Journal {
            folder,
            root,
            recovered: Vec::new(),
            _lock: lock,
        };
        journal.recovered = journal.recover();
        Ok(journal)
    }

    /// The changes that had ended half-way and were taken back when the journal was opened.
    pub fn recovered(&self) -> &[Patch] {
        &self.recovered
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
    /// As for [`Patch::write`]. What was taken back when the process ends half-way, the next [`Journal::undo`] goes on with.
    pub fn take_back(&mut self, change: &Change, patch: &Patch) -> Result<(), Refusal> {
        let root = Root::new(&self.root).map_err(Refusal::of)?;
        write::write(patch, &root, Log::Undo(self)).map_err(Refusal::of)?;
        self.finish(change);
        Ok(())
    }

    /// Notes down what writing a patch may leave behind, before anything is made.
    pub(super) fn prepare(&self, patch: &Patch) -> Result<(), Problem> {
        let written = serde_json::to_vec(&stage::traces(patch))
            .map_err(io::Error::other)
            .and_then(|it| write_private(&self.folder.join(TRACES), &it));
        written.map_err(unwritten)
    }

    /// Nothing is left behind.
    pub(super) fn settle(&self) {
        let _ = fs::remove_file(self.folder.join(TRACES));
    }

    /// Takes away what was left behind.
    fn sweep(&self) {
        let Ok(json) = fs::read(self.folder.join(TRACES)) else {
            return;
        };
        let traces: (Vec<PathBuf>, Vec<PathBuf>) =
            serde_json::from_slice(&json).unwrap_or_default();
        self.clean(&traces.0);
        for folder in traces.1.iter().filter(|it| it.starts_with(&self.root)) {
            // Only if nothing else has come into it.
            let _ = fs::remove_dir(folder);
        }
        self.settle();
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
        let changed = |what: &str| Err(Problem::new(Kind::Changed, what.to_owned()));
        if place.path != record.path {
            return changed("was changed since: its name is a link now");
        }
        let now = match root.reader().read(&place.real, draft::LARGEST) {
            Ok(it) => Some(it.bytes),
            Err(Refused::Missing) => None,
            Err(Refused::TooLarge(_)) => return changed("was changed since"),
            Err(refused) => return Err(Problem::new(Kind::Disk, refused.to_string())),
        };
        let hash_now = now.as_deref().map(hash);
        let kept = |name: &Option<String>, expected: &Option<String>| match name {
            Some(name) => self.kept(change, name, expected).map(Some),
            None => Ok(None),
        };
        let is_before = hash_now == record.before_hash;
        let mode = match now {
            Some(_) => self::mode_back(record, write::mode(&place.real), is_before)?,
            None => None,
        };
        if is_before && mode.is_none() {
            return Ok(None);
        }
        let before = kept(&record.before, &record.before_hash)?;
        if !is_before && hash_now != record.after_hash {
            let after = kept(&record.after, &record.after_hash)?;
            let is_torn = match (&now, &before, &after) {
                (Some(now), Some(before), Some(after)) => is_torn(now, before, after),
                _ => false,
            };
            if !is_torn {
                return match now {
                    Some(_) => changed("was changed since"),
                    None => changed("was deleted since"),
                };
            }
        }
        // A file that went comes back as the one that it was, where that is still there under another name.
        let moved = change.files.iter();
        let moved = moved.filter(|it| it.moved_from.as_ref() == Some(&record.path));
        let moved = moved.map(|it| self.root.join(&it.path));
        let like = moved
            .chain(record.aside.clone().filter(|it| self.is_leftover(it)))
            .find(|it| now.is_none() && fs::symlink_metadata(it).is_ok());
        let mode = match (&now, &record.attributes) {
            (None, None) => record.mode.map(Mode::Exact),
            _ => mode,
        };
        Ok(Some(FilePatch {
            path: place.path,
            real: place.real,
            attributes: record.attributes.clone().filter(|_| now.is_none()),
            before: now,
            mode: mode.filter(|_| before.is_some()),
            after: before,
            like,
        }))
    }

    /// Bytes that a change keeps.
    fn kept(
        &self,
        change: &Change,
        name: &str,
        expected: &Option<String>,
    ) -> Result<Vec<u8>, Problem> {
        let bytes = fs::read(self.place(change.id).join(name)).map_err(|it| {
            Problem::new(Kind::Disk, format!("the undo journal can't be read: {it}"))
        })?;
        match Some(hash(&bytes)) == *expected {
            true => Ok(bytes),
            false => Err(Problem::new(Kind::Disk, "the undo journal is damaged")),
        }
    }

    /// Whether a path is one of a file that only stands for another while a change is made.
    fn is_leftover(&self, path: &Path) -> bool {
        let name = path.file_name().map(|it| it.to_string_lossy());
        path.starts_with(&self.root) && name.is_some_and(|it| it.starts_with(".hob-"))
    }

    /// Notes down a change before it is made.
    pub(super) fn begin(
        &self,
        patch: &Patch,
        stage: &Stage<'_>,
        root: &Root,
    ) -> Result<Pending, Problem> {
        self.note(patch, stage, root).map_err(unwritten)
    }

    fn note(&self, patch: &Patch, stage: &Stage<'_>, root: &Root) -> io::Result<Pending> {
        self.shrink();
        let id = self.ids().last().map_or(1, |it| it + 1);
        let draft = self.folder.join("new");
        let _ = fs::remove_dir_all(&draft);
        private::create_dir(&self.folder, &draft)?;
        let mut files = Vec::new();
        for (n, (file, staged)) in patch.files.iter().zip(stage.files()).enumerate() {
            let keep = |bytes: &[u8], what: &str| {
                let name = format!("{n}.{what}");
                write_private(&draft.join(&name), bytes).map(|()| name)
            };
            let is_modified = file.status() == Status::Modified;
            let before = file.before.as_deref();
            let after = file.after.as_deref();
            files.push(Record {
                path: file.path.clone(),
                status: file.status().name().to_owned(),
                before: before.map(|it| keep(it, "before")).transpose()?,
                before_hash: before.map(hash),
                after: after
                    .filter(|_| is_modified)
                    .map(|it| keep(it, "after"))
                    .transpose()?,
                after_hash: after.map(hash),
                mode: before.and_then(|_| write::mode(&file.real)),
                mode_after: staged.mode_after(),
                attributes: staged.attributes().filter(|_| after.is_none()).cloned(),
                moved_from: file.like.as_deref().and_then(|it| root.below(it)),
                aside: staged.aside().map(Path::to_owned),
            });
        }
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let change = Change {
            id,
            time: time.map_or(0, |it| it.as_secs()),
            files,
            folders: stage
                .folders()
                .iter()
                .filter_map(|it| root.below(it))
                .collect(),
            leftovers: stage.leftovers(),
        };
        let json = serde_json::to_vec_pretty(&change).map_err(io::Error::other)?;
        write_private(&draft.join(MANIFEST), &json)?;
        write_private(&draft.join(PENDING), b"")?;
        let folder = self.place(id);
        fs::rename(&draft, &folder)?;
        Ok(Pending { folder })
    }

    /// Takes back what was left unfinished; what that changed.
    fn recover(&self) -> Vec<Patch> {
        let _ = fs::remove_dir_all(self.folder.join("new"));
        let mut recovered = Vec::new();
        for id in self.ids() {
            let folder = self.place(id);
            if !folder.join(PENDING).exists() {
                continue;
            }
            let Some(change) = self.read(id) else {
                continue;
            };
            let Ok(root) = Root::new(&self.root) else {
                break;
            };
            let files: Result<Vec<_>, Problem> = change
                .files
                .iter()
                .map(|it| {
                    self.reverse(&change, it, &root)
                        .map_err(|problem| problem.of(&it.path))
                })
                .collect();
            let patch = match files {
                Ok(files) => Patch {
                    files: files.into_iter().flatten().collect(),
                    notes: Vec::new(),
                },
                Err(problem) if problem.kind == Kind::Changed => {
                    // Somebody goes on with what is there. It stays a change that can be looked at.
                    tracing::warn!(%problem, "an unfinished change isn't taken back");
                    self.clean(&change.leftovers);
                    let _ = fs::remove_file(folder.join(PENDING));
                    continue;
                }
                Err(problem) => {
                    tracing::warn!(%problem, "an unfinished change can't be taken back now");
                    continue;
                }
            };
            tracing::warn!(
                "an unfinished change of {} files is taken back",
                patch.files.len()
            );
            match write::write(&patch, &root, Log::None) {
                Ok(()) => {
                    self.clean(&change.leftovers);
                    self.finish(&change);
                    recovered.push(patch);
                }
                Err(problem) => {
                    tracing::warn!(%problem, "an unfinished change can't be taken back now")
                }
            }
        }
        // What can't be taken back yet may need what lies beside its files.
        if !self
            .ids()
            .iter()
            .any(|it| self.place(*it).join(PENDING).exists())
        {
            self.sweep();
        }
        recovered
    }

    fn clean(&self, leftovers: &[PathBuf]) {
        for leftover in leftovers.iter().filter(|it| self.is_leftover(it)) {
            let _ = fs::remove_file(leftover);
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

/// The permissions that a file gets back; `None`: they stay. `is_before`: its bytes are as before.
fn mode_back(record: &Record, now: Option<u32>, is_before: bool) -> Result<Option<Mode>, Problem> {
    let (Some(before), Some(now)) = (record.mode, now) else {
        return Ok(None);
    };
    match record.mode_after {
        None if is_before => Ok(None),
        None => Ok(Some(Mode::Exact(before))),
        // What the change left alone, it leaves alone when it is taken back.
        Some(after) if after == before || now == before => Ok(None),
        Some(after) if now == after => Ok(Some(Mode::Exact(before))),
        Some(_) => Err(Problem::new(Kind::Changed, "got other permissions since")),
    }
}

/// Whether a file holds a part of the old text and a part of the new one: each byte is that of one of them.
fn is_torn(now: &[u8], before: &[u8], after: &[u8]) -> bool {
    let longest = before.len().max(after.len());
    let shortest = before.len().min(after.len());
    (shortest..=longest).contains(&now.len())
        && now
            .iter()
            .enumerate()
            .all(|(at, it)| before.get(at) == Some(it) || after.get(at) == Some(it))
}

fn unwritten(error: io::Error) -> Problem {
    Problem::new(
        Kind::Disk,
        format!("the undo journal can't be written: {error}"),
    )
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
