//! The vectors of a project: one file beside the index, keyed by what was embedded.
//!
//! `vec-<embedder's id>.bin` is a header and rows of one length, which are only ever appended: a row can be cut off by
//! a crash, never be wrong. A row says nothing about where its text stands, so it can't be stale: a text that has
//! changed has another hash. What nothing refers to any more is left out when the file is next rewritten.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use memmap2::{Mmap, MmapOptions};
use rustc_hash::FxHashSet;
use tracing::warn;

mod dot;
mod row;
#[cfg(test)]
mod tests;

use crate::private;
use crate::store::Hash;
use row::{HEADER, Header, Layout};

/// Fewer rows than this are never worth a rewrite.
const FEW: usize = 256;

/// The vectors of one embedder. Threads share it; one process writes, any number read.
#[derive(Debug)]
pub struct Vectors {
    path: PathBuf,
    layout: Layout,
    /// Present where this process writes: its lock makes appends follow each other.
    writer: Option<Mutex<File>>,
    state: RwLock<State>,
}

/// What is in the file, as far as this process has looked.
#[derive(Clone, Debug)]
struct State {
    header: Header,
    /// Header and rows; `None` where there are no rows.
    map: Option<Arc<Mmap>>,
    /// How many rows, damaged ones among them.
    rows: usize,
    /// Rows whose checksum is wrong, in ascending order.
    damaged: Arc<Vec<usize>>,
    known: FxHashSet<Hash>,
}

impl Vectors {
    /// Opens the file for writing, or makes it. The caller holds the lock of the index.
    ///
    /// What a crash has left half-written is cut off. A file that is not one of these vectors is replaced by an empty
    /// one; then the second value says so.
    ///
    /// # Errors
    /// The file can't be read, made or changed; the error names it.
    pub fn open(path: &Path, dimensions: usize, id: &str) -> io::Result<(Vectors, Option<String>)> {
        let layout = Layout::new(dimensions)?;
        let named = |error| named(path, error);
        let mut notice = None;
        let header = match Header::read(path, dimensions, id) {
            Ok(Some(header)) => header,
            Ok(None) => {
                notice = Some(format!(
                    "The vectors in {} were damaged or of another version; they are made anew.",
                    path.display()
                ));
                write_anew(path, Header::new(dimensions, id), |_| Ok(())).map_err(named)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_anew(path, Header::new(dimensions, id), |_| Ok(())).map_err(named)?
            }
            Err(error) => return Err(named(error)),
        };
        let file = private::open(path).map_err(named)?;
        let mut state = State::empty(header);
        state.extend(&file, &layout).map_err(named)?;
        file.set_len(layout.end(state.rows)).map_err(named)?;
        let vectors = Vectors {
            path: path.to_owned(),
            layout,
            writer: Some(Mutex::new(file)),
            state: RwLock::new(state),
        };
        Ok((vectors, notice))
    }

    /// Opens the file for reading only, while another process may write it. A missing file has no rows yet.
    ///
    /// # Errors
    /// The file is there and can't be read; the error names it.
    pub fn open_to_read(path: &Path, dimensions: usize, id: &str) -> io::Result<Vectors> {
        let vectors = Vectors {
            path: path.to_owned(),
            layout: Layout::new(dimensions)?,
            writer: None,
            state: RwLock::new(State::empty(Header::new(dimensions, id))),
        };
        vectors.refresh()?;
        Ok(vectors)
    }

    /// Sees what another process has written since. Where nothing has changed this costs opening a file.
    ///
    /// # Errors
    /// The file is there and can't be read; the error names it.
    pub fn refresh(&self) -> io::Result<()> {
        if self.writer.is_some() {
            return Ok(());
        }
        let named = |error| named(&self.path, error);
        let known = self.state().header;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(named(error)),
        };
        // A damaged file is the writer's to mend; until then there are no vectors.
        let header = Header::read_from(&file).map_err(named)?;
        let Some(header) = header.filter(|it| it.is_of(&known)) else {
            self.set(State::empty(known));
            return Ok(());
        };
        if header != known {
            self.set(State::empty(header));
        }
        self.extend(&file)
    }

    /// Appends vectors, each of any length but zero; those that are there already are left out. Other processes see them after their next [`Vectors::refresh`].
    ///
    /// # Errors
    /// A vector has the wrong number of dimensions or a number that is none; this process only reads; the disk is full.
    /// Nothing is appended then.
    pub fn append(&self, vectors: &[(Hash, Vec<f32>)]) -> io::Result<()> {
        let mut file = self.writer()?;
        let mut new = FxHashSet::default();
        let mut bytes = Vec::new();
        for (hash, vector) in vectors {
            if self.contains(hash) || !new.insert(*hash) {
                continue;
            }
            self.layout.write(hash, vector, &mut bytes)?;
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let named = |error| named(&self.path, error);
        let end = self.layout.end(self.state().rows);
        let written = file
            .seek(SeekFrom::Start(end))
            .and_then(|_| file.write_all(&bytes));
        if let Err(error) = written {
            // Half of a row would be cut off when the file is next opened; better at once.
            let _ = file.set_len(end);
            return Err(named(error));
        }
        self.extend(&file)
    }

    /// Whether the text with this hash has a vector.
    pub fn contains(&self, hash: &Hash) -> bool {
        self.state().known.contains(hash)
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.state().known.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `k` nearest vectors that `filter` lets pass, nearest first, each with its cosine, from -1 to 1.
    ///
    /// All rows are looked at: a million of 384 dimensions take about 20 ms. `filter` is asked about the few rows that
    /// are near enough. A query of the wrong size, or without direction, is near to nothing.
    pub fn nearest(
        &self,
        query: &[f32],
        k: usize,
        filter: &dyn Fn(&Hash) -> bool,
    ) -> Vec<(Hash, f32)> {
        let (map, rows, damaged) = {
            let state = self.state();
            (state.map.clone(), state.rows, state.damaged.clone())
        };
        let (Some(map), Some(query)) = (map, dot::Query::new(query, &self.layout)) else {
            return Vec::new();
        };
        let mut nearest = dot::Nearest::new(k);
        let bytes = &map[HEADER..];
        query.scan(bytes, rows, &self.layout, |row, cosine| {
            if nearest.would_take(cosine) && damaged.binary_search(&row).is_err() {
                let hash = self.layout.hash(bytes, row);
                if filter(&hash) {
                    nearest.take(hash, cosine);
                }
            }
        });
        nearest.into_sorted()
    }

    /// Rewrites the file without dead vectors, if those are more than half; how many were left out.
    ///
    /// # Errors
    /// This process only reads; the disk is full; on Windows, another process has the file open. The file is then as
    /// it was.
    pub fn compact(&self, live: &dyn Fn(&Hash) -> bool) -> io::Result<usize> {
        let mut file = self.writer()?;
        let state = State::clone(&self.state());
        let Some(map) = &state.map else { return Ok(0) };
        let bytes = &map[HEADER..];
        let kept: Vec<usize> = (0..state.rows)
            .filter(|row| state.damaged.binary_search(row).is_err())
            .filter(|row| live(&self.layout.hash(bytes, *row)))
            .collect();
        let dead = state.rows - kept.len();
        if state.rows < FEW || dead * 2 <= state.rows {
            return Ok(0);
        }
        let named = |error| named(&self.path, error);
        let header = write_anew(&self.path, state.header.next(), |out| {
            kept.iter()
                .try_for_each(|row| out.write_all(self.layout.row(bytes, *row)))
        })
        .map_err(named)?;
        *file = private::open(&self.path).map_err(named)?;
        let mut state = State::empty(header);
        state.extend(&file, &self.layout).map_err(named)?;
        self.set(state);
        Ok(dead)
    }

    fn writer(&self) -> io::Result<MutexGuard<'_, File>> {
        let writer = self.writer.as_ref().ok_or_else(|| {
            let why = "another process writes these vectors";
            named(&self.path, io::Error::other(why))
        })?;
        // The file's end is looked for anew each time: a poisoned lock can be used.
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        // Nothing panics while it is half changed: a poisoned lock can be used.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn extend(&self, file: &File) -> io::Result<()> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let extended = state.extend(file, &self.layout);
        extended.map_err(|error| named(&self.path, error))
    }
}

impl State {
    fn empty(header: Header) -> State {
        State {
            header,
            map: None,
            rows: 0,
            damaged: Arc::default(),
            known: FxHashSet::default(),
        }
    }

    /// Takes in the rows behind those that are known, up to the last whole one. Where it fails nothing has changed.
    fn extend(&mut self, file: &File, layout: &Layout) -> io::Result<()> {
        let whole = layout.rows(file.metadata()?.len());
        if whole <= self.rows {
            return Ok(());
        }
        let length = usize::try_from(layout.end(whole)).map_err(io::Error::other)?;
        // SAFETY: the map is only read, as bytes, for which any content is valid; and the file never ends before what
        // is read through it: rows are appended, never changed; only rows behind the last good one are cut off, and
        // those are not looked at after this function; a rewrite makes another file and leaves this one as it is.
        let map = unsafe { MmapOptions::new().len(length).map(file)? };
        let bytes = &map[HEADER..];
        let mut damaged = Vec::clone(&self.damaged);
        for row in self.rows..whole {
            if layout.is_good(bytes, row) {
                self.known.insert(layout.hash(bytes, row));
            } else {
                damaged.push(row);
            }
        }
        self.rows = whole;
        while self.rows > 0 && damaged.last() == Some(&(self.rows - 1)) {
            damaged.pop();
            self.rows -= 1;
        }
        if !damaged.is_empty() {
            warn!(rows = damaged.len(), "damaged vectors are left out");
        }
        self.damaged = Arc::new(damaged);
        self.map = (self.rows > 0).then(|| Arc::new(map));
        Ok(())
    }
}

/// Makes a file with these rows in the place of the one that is there, in one step.
fn write_anew(
    path: &Path,
    header: Header,
    rows: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Header> {
    let new = path.with_extension("new");
    let mut out = io::BufWriter::new(private::create(&new)?);
    out.write_all(&header.bytes())?;
    rows(&mut out)?;
    out.into_inner()?.sync_all()?;
    std::fs::rename(&new, path)?;
    Ok(header)
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
