//! The index of one project: where it is kept, who may write it, and snapshots of it.
//!
//! One process writes, by a lock that the system frees when the process ends, however it ends; any number of others
//! read and see what is committed.

pub(crate) mod bm25;
pub(crate) mod columns;
mod directory;
pub(crate) mod overlay;
pub(crate) mod record;
pub(crate) mod schema;
pub(crate) mod searcher;
mod symbols;

pub use record::{ChunkRecord, Definition, Hash, SymbolRecord, hash};
pub use searcher::{Scored, Searcher, Weighted};
pub use symbols::SymbolFields;

use crate::error::Error;
use crate::private;
use columns::Columns;
use directory::PrivateDirectory;
use overlay::{Overlay, Text};
use schema::Fields;
use std::collections::HashSet;
use std::fs::{self, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tantivy::indexer::IndexWriterOptions;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{IndexReader, IndexSettings, ReloadPolicy};

/// The version of everything that is written: the fields, the records, how texts become chunks and terms. Another
/// version is another folder.
const VERSION: u32 = 5;

/// How hard what is stored is compressed, as zstd counts: against its usual 3, it is 5 % smaller and no slower in sum.
const COMPRESSION: i32 = 9;

/// An index of up to so many bytes is checked whenever it is opened: that takes some milliseconds. A larger one is when
/// somebody begins to write it.
const QUICKLY_CHECKED: u64 = 32 << 20;
const NOT_WRITTEN_SO: &str = "some of its files are not what was written";

/// What the user should know, once.
pub type Notice = String;

/// The index of one project. Cheap to clone; threads share it.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    root: PathBuf,
    folder: PathBuf,
    fields: Arc<Fields>,
    opened: Mutex<Opened>,
    lock: Mutex<Option<fs::File>>,
    overlay: Mutex<Arc<Overlay>>,
    /// Whether this process has removed the files that no commit refers to.
    swept: AtomicBool,
}

/// tantivy's part of an index.
struct Opened {
    index: tantivy::Index,
    reader: IndexReader,
    columns: Arc<Columns>,
    /// The commit that the reader shows.
    commit: Commit,
    /// Something of it can't be read: the next writer makes it anew.
    damaged: bool,
}

/// How long to wait for another process that may be making the index right now.
const MAKING: Duration = Duration::from_secs(2);

/// What tells one commit from another.
type Commit = Option<(SystemTime, u64)>;

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("root", &self.0.root)
            .field("folder", &self.0.folder)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index of the project in `root` below the folder `cache`, or makes an empty one.
    ///
    /// A damaged index is made anew, with a notice. What is on disk is looked at by [`Index::update`] only.
    ///
    /// # Errors
    /// The folder can't be made or written to; or the index is damaged while another process has it.
    pub fn open(root: &Path, cache: &Path) -> Result<(Index, Option<Notice>), Error> {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let folder = folder(&root, cache);
        let tantivy = folder.join("tantivy");
        private::create_dir(cache, &tantivy).map_err(|source| Error::Folder {
            path: folder.clone(),
            source,
        })?;
        // The files of an index that an earlier version made were open to all.
        private::narrow(&folder);
        let fields = Arc::new(Fields::new());
        let mut notice = None;
        let (opened, lock) = match open(&tantivy, &fields) {
            Ok(opened) => (opened, None),
            Err(problem) => {
                let lock = lock_or_wait(&folder, || open(&tantivy, &fields).is_ok())?;
                match (open(&tantivy, &fields), lock) {
                    // The other process has made what was missing.
                    (Ok(opened), lock) => (opened, lock),
                    (Err(_), None) => return Err(Error::Busy(folder)),
                    (Err(_), lock) => {
                        if has_segments(&tantivy) {
                            notice = Some(rebuilt(&problem));
                        }
                        (create(&folder, &fields)?, lock)
                    }
                }
            }
        };
        let index = Index(Arc::new(Inner {
            root,
            folder,
            fields,
            opened: Mutex::new(opened),
            lock: Mutex::new(lock),
            overlay: Mutex::default(),
            swept: AtomicBool::new(false),
        }));
        Ok((index, notice))
    }

    /// The project's root, absolute.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Where it is kept.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Whether this process is the one that writes.
    pub fn is_writer(&self) -> bool {
        guard(&self.0.lock).is_some()
    }

    /// A snapshot of what is committed, by whichever process, with the texts of open documents.
    pub fn searcher(&self) -> Searcher {
        let overlay = guard(&self.0.overlay).clone();
        let mut opened = guard(&self.0.opened);
        let commit = commit_of(&self.0.folder);
        if commit != opened.commit {
            match opened.reader.reload() {
                Ok(()) => {
                    opened.commit = commit;
                    opened.columns = Arc::new(Columns::new(&opened.reader.searcher()));
                }
                // Perhaps it was made anew by another process.
                Err(_) => match open(&self.0.folder.join("tantivy"), &self.0.fields) {
                    Ok(new) => *opened = new,
                    Err(_) => opened.damaged = true,
                },
            }
        }
        Searcher {
            root: self.0.root.clone(),
            fields: self.0.fields.clone(),
            searcher: opened.reader.searcher(),
            columns: opened.columns.clone(),
            overlay,
        }
    }

    /// Lets an open document's text stand for its file; `None`: the file stands for itself again. Paths outside the
    /// root, and files that may hold secrets, are ignored.
    pub fn overlay(&self, path: &Path, text: Option<Arc<str>>) {
        let Some(path) = self.relative(path) else {
            return;
        };
        if crate::secret::is_secret(Path::new(&path)) {
            return;
        }
        // Outlined before the lock is taken: it takes milliseconds.
        let new = text.map(|it| Arc::new(Text::new(&path, Some(it))));
        let mut overlay = guard(&self.0.overlay);
        match new {
            Some(it) => Arc::make_mut(&mut overlay).insert(path, it),
            None if !overlay.contains_key(&path) => None,
            None => Arc::make_mut(&mut overlay).remove(&path),
        };
    }

    /// A path below the root as the index names it: relative, with `/`.
    pub fn relative(&self, path: &Path) -> Option<String> {
        relative(&self.0.root, path)
    }

    /// Becomes the writer, if no other process is, and makes the index anew if it is damaged.
    pub(crate) fn acquire(&self) -> Result<Option<Notice>, Error> {
        let mut lock = guard(&self.0.lock);
        let new = lock.is_none();
        if new {
            *lock = Some(lock_of(&self.0.folder)?);
        }
        let mut opened = guard(&self.0.opened);
        if !new && !opened.damaged {
            return Ok(None);
        }
        remove_older(&self.0.folder);
        // Bytes that were flipped show nowhere else: a search would answer, wrongly.
        let problem = match checked(&self.0.folder) {
            Ok(files) if files.is_empty() && !opened.damaged => return Ok(None),
            Ok(_) => NOT_WRITTEN_SO.to_owned(),
            Err(error) => error.to_string(),
        };
        *opened = create(&self.0.folder, &self.0.fields)?;
        Ok(Some(rebuilt(&problem)))
    }

    /// Deletes everything that is indexed; an update makes it anew.
    ///
    /// # Errors
    /// Another process is writing it, or the folder can't be written to.
    pub fn clear(&self) -> Result<(), Error> {
        let mut lock = guard(&self.0.lock);
        if lock.is_none() {
            *lock = Some(lock_of(&self.0.folder)?);
        }
        let mut opened = guard(&self.0.opened);
        *opened = create(&self.0.folder, &self.0.fields)?;
        Ok(())
    }

    /// Whether another process writes it.
    pub fn has_other_writer(&self) -> bool {
        !self.is_writer() && matches!(lock_of(&self.0.folder), Err(Error::Busy(_)))
    }

    /// The files of it that are not what was written.
    pub(crate) fn damaged_files(&self) -> Result<Vec<PathBuf>, Error> {
        let damaged = checked(&self.0.folder).map_err(|error| Error::Damaged {
            path: self.0.folder.clone(),
            message: error.to_string(),
        })?;
        Ok(damaged.into_iter().collect())
    }

    pub(crate) fn fields(&self) -> &Arc<Fields> {
        &self.0.fields
    }

    /// A writer of tantivy's, of this much memory in bytes. Only one exists at a time: whoever calls holds the lock and
    /// works alone.
    pub(crate) fn writer(&self, memory: usize) -> tantivy::Result<tantivy::IndexWriter> {
        let index = guard(&self.0.opened).index.clone();
        // More threads that merge take more memory, and cores from whoever types.
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(memory);
        let writer = index.writer_with_options(options.build())?;
        if !self.0.swept.swap(true, Ordering::Relaxed) {
            // What a killed writer left uncommitted has the names that this one is going to use.
            writer.garbage_collect_files().wait()?;
        }
        Ok(writer)
    }

    pub(crate) fn write_error(&self, error: impl std::fmt::Display) -> Error {
        Error::Write {
            path: self.0.folder.clone(),
            message: error.to_string(),
        }
    }
}

/// Where the index of a project is kept below the cache.
fn folder(root: &Path, cache: &Path) -> PathBuf {
    let key = blake3::hash(root.to_string_lossy().as_bytes()).to_hex();
    cache
        .join("index")
        .join(&key[..16])
        .join(format!("v{VERSION}"))
}

pub(crate) fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|it| match it {
            std::path::Component::Normal(it) => it.to_str(),
            _ => None,
        })
        .collect();
    parts.filter(|it| !it.is_empty()).map(|it| it.join("/"))
}

fn rebuilt(problem: &str) -> Notice {
    format!("The index was damaged and is made anew ({problem}).")
}

/// The lock of the one writer.
fn lock_of(folder: &Path) -> Result<fs::File, Error> {
    let failed = |source: io::Error| Error::Folder {
        path: folder.to_owned(),
        source,
    };
    let file = private::open(&folder.join("LOCK")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The lock; `None`: another process has it and has made the index meanwhile.
fn lock_or_wait(folder: &Path, is_made: impl Fn() -> bool) -> Result<Option<fs::File>, Error> {
    let started = Instant::now();
    loop {
        match lock_of(folder) {
            Err(Error::Busy(_)) if is_made() => return Ok(None),
            Err(Error::Busy(_)) if started.elapsed() < MAKING => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other.map(Some),
        }
    }
}

fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(COMPRESSION),
        }),
        ..IndexSettings::default()
    }
}

/// Opens what is there; why that can't be done, as the end of a sentence.
fn open(tantivy: &Path, fields: &Fields) -> Result<Opened, String> {
    // tantivy would take a folder without this file for a new one.
    if !tantivy.join("meta.json").is_file() {
        return Err("its table of contents is missing".to_owned());
    }
    // tantivy panics at some of what it did not write.
    let opened = AssertUnwindSafe(|| open_what_is_there(tantivy, fields));
    catch_unwind(opened).unwrap_or_else(|_| Err("it can't be read".to_owned()))
}

fn open_what_is_there(tantivy: &Path, fields: &Fields) -> Result<Opened, String> {
    let folder = tantivy.parent().unwrap_or(tantivy);
    let commit = commit_of(folder);
    let index = open_in(tantivy).map_err(|it| it.to_string())?;
    if index.schema() != fields.schema || *index.settings() != settings() {
        return Err("it was written by another version".to_owned());
    }
    let is_quick = crate::status::size_of(tantivy) < QUICKLY_CHECKED;
    if is_quick && !checked(folder).map_err(|it| it.to_string())?.is_empty() {
        return Err(NOT_WRITTEN_SO.to_owned());
    }
    with_reader(index, commit).map_err(|it| it.to_string())
}

fn open_in(tantivy: &Path) -> tantivy::Result<tantivy::Index> {
    tantivy::Index::open(PrivateDirectory::open(tantivy)?)
}

fn with_reader(index: tantivy::Index, commit: Commit) -> tantivy::Result<Opened> {
    Fields::register(&index);
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()?;
    Ok(Opened {
        columns: Arc::new(Columns::new(&reader.searcher())),
        index,
        reader,
        commit,
        damaged: false,
    })
}

/// Makes an empty index in place of whatever is there. Only whoever holds the lock may do so.
fn create(folder: &Path, fields: &Fields) -> Result<Opened, Error> {
    let tantivy = folder.join("tantivy");
    let failed = |source: io::Error| Error::Folder {
        path: folder.to_owned(),
        source,
    };
    match fs::remove_dir_all(&tantivy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    private::create_dir(folder, &tantivy).map_err(failed)?;
    let builder = tantivy::Index::builder()
        .schema(fields.schema.clone())
        .settings(settings());
    PrivateDirectory::open(&tantivy)
        .and_then(|it| builder.open_or_create(it))
        .and_then(|it| with_reader(it, commit_of(folder)))
        .map_err(|error| Error::Write {
            path: folder.to_owned(),
            message: error.to_string(),
        })
}

/// The files that are not what was written. They are opened anew for that: through the reader's own mappings, all of the
/// index would stay in memory.
fn checked(folder: &Path) -> tantivy::Result<HashSet<PathBuf>> {
    open_in(&folder.join("tantivy"))?.validate_checksum()
}

fn commit_of(folder: &Path) -> Commit {
    let metadata = fs::metadata(folder.join("tantivy").join("meta.json")).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Whether there was something in the folder: files beside those that tantivy and its locks begin with.
fn has_segments(tantivy: &Path) -> bool {
    let entries = fs::read_dir(tantivy).into_iter().flatten().flatten();
    let mut names = entries.map(|it| it.file_name());
    names.any(|it| !it.to_string_lossy().starts_with('.'))
}

/// Removes what older versions left.
fn remove_older(folder: &Path) {
    let Some(above) = folder.parent() else {
        return;
    };
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let version = name
            .to_str()
            .and_then(|it| it.strip_prefix('v')?.parse::<u32>().ok());
        if version.is_some_and(|it| it < VERSION) {
            // A process of that version may still hold it; then the next one removes it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is valid between any two statements, so a panic elsewhere can't break it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
