//! Brings an index to what is on disk, with the least work. Idempotent: file events are hints, the disk is the truth.

use crate::error::Error;
use crate::language::Language;
use crate::outline::{Outline, outline};
use crate::reader::Reader;
use crate::store::schema::{State, nanoseconds};
use crate::store::{Index, Notice, Searcher, relative};
use crate::walk::{self, Chosen, Patterns, Skip};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tantivy::{IndexWriter, Term};

/// How often a long build commits: what a crash may lose.
const COMMIT: Duration = Duration::from_secs(5);
/// The writer's memory in a build of many files, in bytes; and for a few (tantivy's least).
const MEMORY: usize = 64 << 20;
const LITTLE_MEMORY: usize = 16 << 20;
/// Up to this many files are few.
const FEW: usize = 200;
/// A file changed less than this before it was read may change again without a sign: its time is not relied on.
const RACY: Duration = Duration::from_secs(2);
/// How often paused work looks whether it may go on.
const PAUSE: Duration = Duration::from_millis(20);

/// How work in the background is steered; shared with whoever started it.
#[derive(Debug)]
pub struct Control {
    /// End soon; what is done so far is kept.
    pub stop: AtomicBool,
    /// Wait until this is unset.
    pub pause: AtomicBool,
    /// How many threads may work, from 1.
    pub threads: AtomicUsize,
}

impl Default for Control {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |it| it.get());
        Control {
            stop: AtomicBool::new(false),
            pause: AtomicBool::new(false),
            threads: AtomicUsize::new(cores),
        }
    }
}

impl Control {
    /// Waits while paused; whether to go on.
    fn go_on(&self) -> bool {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            if !self.pause.load(Ordering::Relaxed) {
                return true;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// How far an update has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that are done.
    pub files: usize,
    /// Files to do in all.
    pub of_files: usize,
    /// Bytes that are done.
    pub bytes: u64,
    /// Bytes to do in all.
    pub of_bytes: u64,
}

/// What an update did, and what there is after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Files that are indexed.
    pub files: usize,
    /// Chunks in them.
    pub chunks: usize,
    /// Symbols in them.
    pub symbols: usize,
    /// Files that are new.
    pub added: usize,
    /// Files whose content changed.
    pub changed: usize,
    /// Files that are gone, or count no longer.
    pub removed: usize,
    /// Bytes of source that were read for that.
    pub bytes: u64,
    /// Files that are left out, relative to the root, and why.
    pub skipped: Vec<(String, Skip)>,
    /// The index was damaged and was made anew.
    pub notice: Option<Notice>,
}

/// A file to look at.
struct Task {
    path: String,
    /// Its size and time on disk.
    size: u64,
    modified: u64,
    /// Who chose it.
    chosen: Chosen,
    /// Its state in the index, if it is there.
    known: Option<State>,
}

/// What became of a file.
enum Outcome {
    Unchanged,
    Indexed,
    Skipped(Skip),
}

impl Index {
    /// Compares the whole project with the disk and takes in what differs. Blocks; `progress` is called from several
    /// threads.
    ///
    /// # Errors
    /// Another process is the writer; the disk is full; it was told to stop. What was committed before stays.
    pub fn update(
        &self,
        patterns: &Patterns,
        control: &Control,
        progress: impl Fn(Progress) + Sync,
    ) -> Result<Report, Error> {
        let notice = self.acquire()?;
        let searcher = self.searcher();
        let mut known = searcher.states();
        let (files, skipped) = walk::files_with(self.root(), patterns);
        let mut report = Report {
            notice,
            ..Report::default()
        };
        let name = |path: &Path| relative(self.root(), path);
        for (path, skip) in skipped {
            if skip == Skip::IgnoreFile {
                tracing::warn!(file = %path.display(), "ignore rules are not used, or not all of them; `hob index why-not` says why");
            }
            report.skipped.extend(name(&path).map(|it| (it, skip)));
        }
        let mut tasks = Vec::new();
        for file in files {
            let Some(path) = name(&file.path) else {
                report
                    .skipped
                    .push((file.path.to_string_lossy().into(), Skip::Unreadable));
                continue;
            };
            let state = known.remove(&path);
            match state {
                Some(it) if it.agrees_with(&file) => match it.reason() {
                    Some(skip) => report.skipped.push((path, skip)),
                    None => report.files += 1,
                },
                known => tasks.push(Task {
                    path,
                    size: file.size,
                    modified: nanoseconds(file.modified),
                    chosen: file.chosen,
                    known,
                }),
            }
        }
        // What is left of the known files is not on disk, or counts no longer.
        let gone: Vec<String> = known.into_keys().collect();
        self.apply(&searcher, tasks, &gone, control, &progress, &mut report)?;
        self.count(&mut report);
        report.skipped.sort();
        Ok(report)
    }

    /// Looks at these files and at what is below these folders only, if something differs there.
    ///
    /// # Errors
    /// As for [`Index::update`].
    pub fn update_files(
        &self,
        paths: &[PathBuf],
        patterns: &Patterns,
        control: &Control,
    ) -> Result<Report, Error> {
        // Ignore rules depend on all folders above a file, so one that is new is looked at by walking.
        let searcher = self.searcher();
        let files: Option<Vec<(String, fs::Metadata)>> = paths
            .iter()
            .map(|it| {
                let path = relative(self.root(), it)?;
                let metadata = fs::symlink_metadata(it).ok()?;
                (metadata.is_file() && searcher.has_file(&path)).then_some((path, metadata))
            })
            .collect();
        let Some(files) = files.filter(|it| it.len() <= FEW) else {
            return self.update(patterns, control, |_| ());
        };
        let notice = self.acquire()?;
        let mut report = Report {
            notice,
            ..Report::default()
        };
        let tasks: Vec<Task> = files
            .into_iter()
            .map(|(path, metadata)| {
                let known = searcher.state(&path);
                Task {
                    size: metadata.len(),
                    modified: nanoseconds(metadata.modified().ok()),
                    // When the patterns change, all files are looked at.
                    chosen: known.map_or(Chosen::Found, |it| it.chosen()),
                    known,
                    path,
                }
            })
            .filter(|it| {
                let same = |known: State| known.size == it.size && known.modified == it.modified;
                it.modified == 0 || !it.known.is_some_and(same)
            })
            .collect();
        self.apply(&searcher, tasks, &[], control, &|_| (), &mut report)?;
        self.count(&mut report);
        Ok(report)
    }

    /// Does the work: in slices, each committed as a whole.
    fn apply(
        &self,
        searcher: &Searcher,
        tasks: Vec<Task>,
        gone: &[String],
        control: &Control,
        progress: &(impl Fn(Progress) + Sync),
        report: &mut Report,
    ) -> Result<(), Error> {
        if tasks.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let memory = if tasks.len() > FEW {
            MEMORY
        } else {
            LITTLE_MEMORY
        };
        let mut writer = self.writer(memory).map_err(|it| self.write_error(it))?;
        for path in gone {
            self.delete(&writer, path);
        }
        report.removed = gone.len();
        let mut total = Progress {
            of_files: tasks.len(),
            of_bytes: tasks.iter().map(|it| it.size).sum(),
            ..Progress::default()
        };
        let mut rest = tasks.as_slice();
        let mut stopped = false;
        while !rest.is_empty() && !stopped {
            let slice = self.slice(&writer, searcher, rest, control, total, progress)?;
            for (task, outcome) in rest.iter().zip(&slice) {
                total.files += 1;
                total.bytes += task.size;
                match outcome {
                    Outcome::Skipped(skip) => report.skipped.push((task.path.clone(), *skip)),
                    Outcome::Indexed if task.known.is_some() => report.changed += 1,
                    Outcome::Indexed => report.added += 1,
                    Outcome::Unchanged => {}
                }
                if matches!(outcome, Outcome::Indexed) {
                    report.bytes += task.size;
                }
            }
            rest = &rest[slice.len()..];
            stopped = !control.go_on();
            writer.commit().map_err(|it| self.write_error(it))?;
        }
        if tasks.is_empty() {
            writer.commit().map_err(|it| self.write_error(it))?;
        }
        writer
            .wait_merging_threads()
            .map_err(|it| self.write_error(it))?;
        if stopped { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Works for about [`COMMIT`] on the first of the tasks; what became of those that it came to.
    fn slice(
        &self,
        writer: &IndexWriter,
        searcher: &Searcher,
        tasks: &[Task],
        control: &Control,
        total: Progress,
        progress: &(impl Fn(Progress) + Sync),
    ) -> Result<Vec<Outcome>, Error> {
        let started = Instant::now();
        let next = AtomicUsize::new(0);
        let (files, bytes) = (AtomicUsize::new(total.files), AtomicU64::new(total.bytes));
        let failed = AtomicBool::new(false);
        let reader = Reader::new(self.root());
        let threads = control
            .threads
            .load(Ordering::Relaxed)
            .clamp(1, 16)
            .min(tasks.len());
        let work = |number: usize| {
            let mut done: Vec<(usize, Result<Outcome, Error>)> = Vec::new();
            while started.elapsed() < COMMIT && !failed.load(Ordering::Relaxed) && control.go_on() {
                // Somebody began to type: one core is enough now.
                if number >= control.threads.load(Ordering::Relaxed).max(1) {
                    break;
                }
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(task) = tasks.get(at) else {
                    break;
                };
                let outcome = self.take_in_safely(writer, searcher, &reader, task);
                failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
                done.push((at, outcome));
                progress(Progress {
                    files: files.fetch_add(1, Ordering::Relaxed) + 1,
                    bytes: bytes.fetch_add(task.size, Ordering::Relaxed) + task.size,
                    ..total
                });
            }
            done
        };
        let mut done: Vec<(usize, Result<Outcome, Error>)> = std::thread::scope(|scope| {
            let work = &work;
            let workers: Vec<_> = (0..threads)
                .map(|number| scope.spawn(move || work(number)))
                .collect();
            workers
                .into_iter()
                .flat_map(|it| it.join().unwrap_or_default())
                .collect()
        });
        done.sort_by_key(|it| it.0);
        done.into_iter().map(|it| it.1).collect()
    }

    /// [`Index::take_in`]; a panic costs this file, not the index.
    fn take_in_safely(
        &self,
        writer: &IndexWriter,
        searcher: &Searcher,
        reader: &Reader,
        task: &Task,
    ) -> Result<Outcome, Error> {
        let taken = AssertUnwindSafe(|| self.take_in(writer, searcher, reader, task));
        catch_unwind(taken).unwrap_or_else(|_| {
            tracing::error!(
                path = task.path,
                "indexing this file panicked; it is left out"
            );
            self.delete(writer, &task.path);
            Ok(Outcome::Skipped(Skip::Unreadable))
        })
    }

    fn take_in(
        &self,
        writer: &IndexWriter,
        searcher: &Searcher,
        reader: &Reader,
        task: &Task,
    ) -> Result<Outcome, Error> {
        let fields = self.fields();
        let absolute = self.root().join(&task.path);
        // Between the walk and now, anything may have taken the file's place.
        let content = match reader.read(&absolute, task.chosen.largest()) {
            Ok(it) => it.bytes,
            Err(refusal) => {
                let skip = Skip::from(refusal);
                if skip != Skip::Unreadable {
                    self.delete(writer, &task.path);
                }
                return Ok(Outcome::Skipped(skip));
            }
        };
        let mut state = State {
            size: content.len() as u64,
            modified: if is_racy(task.modified) {
                0
            } else {
                task.modified
            },
            hash: hash(&content),
            skipped: State::number_of(None, task.chosen),
        };
        let write = |document| {
            let written = writer.add_document(document).map(|_| ());
            written.map_err(|it| self.write_error(it))
        };
        if let Some(known) = task
            .known
            .filter(|it| (it.size, it.hash) == (state.size, state.hash))
            .filter(|it| it.chosen() == task.chosen)
        {
            state.skipped = known.skipped;
            let imports = searcher.imports(&task.path);
            writer.delete_term(Term::from_field_text(fields.file, &task.path));
            let outline = Outline {
                imports,
                ..Outline::default()
            };
            write(fields.file(&task.path, &state, &outline))?;
            return Ok(match known.reason() {
                Some(skip) => Outcome::Skipped(skip),
                None => Outcome::Unchanged,
            });
        }
        self.delete(writer, &task.path);
        match walk::judge(&absolute, content, task.chosen) {
            Err(skip) => {
                state.skipped = State::number_of(Some(skip), task.chosen);
                write(fields.file(&task.path, &state, &Outline::default()))?;
                Ok(Outcome::Skipped(skip))
            }
            Ok(text) => {
                let language = Language::of_path(&absolute);
                let outline = outline(&text, language);
                write(fields.file(&task.path, &state, &outline))?;
                let id = language.map_or("", |it| it.id);
                for document in fields.chunks(&task.path, id, &text, &outline) {
                    write(document)?;
                }
                Ok(Outcome::Indexed)
            }
        }
    }

    fn delete(&self, writer: &IndexWriter, path: &str) {
        let fields = self.fields();
        writer.delete_term(Term::from_field_text(fields.owner, path));
        writer.delete_term(Term::from_field_text(fields.file, path));
    }

    /// Fills in what there is now.
    fn count(&self, report: &mut Report) {
        let counts = self.searcher().alive();
        (report.files, report.chunks, report.symbols) = counts;
    }
}

fn hash(content: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(content).as_bytes()[..8]);
    u64::from_le_bytes(first)
}

fn is_racy(modified: u64) -> bool {
    let now = nanoseconds(Some(SystemTime::now()));
    // 2 s fit.
    modified.saturating_add(RACY.as_nanos() as u64) > now
}
