//! Search by meaning: what of a chunk is embedded, how missing vectors are filled in, and the vector of a query.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::embed::{Embedder, Purpose};
use crate::store::{ChunkRecord, Hash};
use crate::vectors::Vectors;

mod embedded;
#[cfg(test)]
mod tests;

pub use embedded::{Embedded, Shown, clear};

/// How many texts are handed to an embedder at once: enough for a server to share its work among them, few enough that
/// a stop or a crash costs little.
const BATCH: usize = 32;
/// How many texts are put in order by length at a time: those of one batch are then about equally long, which spares
/// embedders that pad, and what was asked for first still comes first.
const WINDOW: usize = 8 * BATCH;
/// The version of [`embedded_text`]: vectors of another one aren't found any more.
const VERSION: u8 = 1;
/// How many queries are remembered: a search is refined by typing, and repeated.
const QUERIES: usize = 64;
/// How often a pause is looked at.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest text that is embedded, in bytes. Small models read 256 tokens, some 1,000 bytes of code; the largest
/// chunks are a little longer than this.
const LONGEST: usize = 6_000;

/// What of a chunk is embedded: what it is called and where, then what it says, with identifiers split into words.
///
/// `path` is the file's, with `/`; of it the name counts, and the folder that it is in. Whoever changes what comes of
/// this raises [`VERSION`].
pub fn embedded_text(
    path: &str,
    symbol: Option<&str>,
    container: Option<&str>,
    text: &str,
) -> String {
    let mut words = String::with_capacity(text.len().min(LONGEST) + 64);
    for part in [Some(folder_and_name(path)), container, symbol]
        .into_iter()
        .flatten()
    {
        split(part, &mut words);
        words.push_str(": ");
    }
    split(text, &mut words);
    let mut end = words.len().min(LONGEST);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words.truncate(end);
    words.truncate(words.trim_end().len());
    words
}

fn folder_and_name(path: &str) -> &str {
    path.rmatch_indices('/')
        .nth(1)
        .map_or(path, |(at, _)| &path[at + 1..])
}

/// What the vector of a chunk is found by: a hash of all that [`embedded_text`] is made of.
pub fn key(chunk: &ChunkRecord, text: &str) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[VERSION]);
    let definition = chunk.symbol.as_ref();
    let container = definition.and_then(|it| it.container.as_deref());
    let symbol = definition.map(|it| it.name.as_str());
    for part in [
        Some(folder_and_name(&chunk.path)),
        container,
        symbol,
        Some(text),
    ] {
        // A part that isn't there differs from an empty one, and none runs into the next.
        hasher.update(&part.map_or(u64::MAX, |it| it.len() as u64).to_le_bytes());
        hasher.update(part.unwrap_or_default().as_bytes());
    }
    let mut key = Hash::default();
    let n = key.len();
    key.copy_from_slice(&hasher.finalize().as_bytes()[..n]);
    key
}

/// Appends the text as words: `parseHTTPHeader` and `parse_http_header` both become `parse http header` but for the
/// case; blanks are joined, and signs other than quotes and full stops, of which code is full and prose has few, go.
fn split(text: &str, words: &mut String) {
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if words.len() >= LONGEST {
            return;
        }
        let mut next_is_small = || characters.peek().is_some_and(|it| it.is_lowercase());
        let hump = character.is_uppercase()
            && (previous.is_lowercase()
                || previous.is_numeric()
                || (previous.is_uppercase() && next_is_small()));
        let shown = character.is_alphanumeric() || matches!(character, '.' | '\'' | '"' | '?');
        if (hump || !shown) && !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
        if shown {
            words.push(character);
        }
        previous = character;
    }
}

/// A text that is to have a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What its vector is found by.
    pub hash: Hash,
    /// What is embedded.
    pub text: String,
}

impl Wanted {
    /// A chunk and its text.
    pub fn new(chunk: &ChunkRecord, text: &str) -> Wanted {
        let definition = chunk.symbol.as_ref();
        let container = definition.and_then(|it| it.container.as_deref());
        let symbol = definition.map(|it| it.name.as_str());
        Wanted {
            hash: chunk.key,
            text: embedded_text(&chunk.path, symbol, container, text),
        }
    }
}

/// How filling ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Every text has a vector.
    Whole,
    /// It was told to stop; what is done is kept.
    Stopped,
    /// The embedder, or the disk, failed: a sentence for the user. What is done is kept; the next call goes on there.
    /// Until then searches do without what is missing.
    Failed(String),
}

/// Embeds the texts that have no vector yet and appends what comes of them. Blocks.
///
/// The first are done first: hand in what was changed last, or is open, at the beginning. Can be called again at any
/// time, with any texts: nothing is embedded twice. `progress` is told after each batch how many of the missing texts
/// are done, and how many were missing.
pub fn fill(
    vectors: &Vectors,
    embedder: &dyn Embedder,
    wanted: impl IntoIterator<Item = Wanted>,
    flags: Flags<'_>,
    mut progress: impl FnMut(usize, usize),
) -> Filled {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut missing: Vec<Wanted> = wanted
        .into_iter()
        .filter(|it| !vectors.contains(&it.hash) && seen.insert(it.hash))
        .collect();
    let mut done = 0;
    let count = missing.len();
    for window in missing.chunks_mut(WINDOW) {
        window.sort_by_key(|it| it.text.len());
        for batch in window.chunks(BATCH) {
            if !flags.go_on() {
                return Filled::Stopped;
            }
            if let Err(problem) = fill_batch(vectors, embedder, batch) {
                return Filled::Failed(problem);
            }
            done += batch.len();
            progress(done, count);
        }
    }
    Filled::Whole
}

fn fill_batch(vectors: &Vectors, embedder: &dyn Embedder, batch: &[Wanted]) -> Result<(), String> {
    let texts: Vec<&str> = batch.iter().map(|it| it.text.as_str()).collect();
    let embedded = embedder.embed(&texts, Purpose::Document)?;
    if embedded.len() != batch.len() {
        return Err(format!(
            "The embedder {} gave {} vectors for {} texts.",
            embedder.id(),
            embedded.len(),
            batch.len()
        ));
    }
    let rows: Vec<(Hash, Vec<f32>)> = batch.iter().map(|it| it.hash).zip(embedded).collect();
    vectors
        .append(&rows)
        .map_err(|error| format!("Vectors can't be kept: {error}."))
}

/// What tells a filling to wait or to end.
#[derive(Clone, Copy, Debug)]
pub struct Flags<'a> {
    /// End after the batch that is being embedded.
    pub stop: &'a AtomicBool,
    /// Wait until this is unset.
    pub pause: &'a AtomicBool,
}

impl Flags<'_> {
    /// Waits while paused; whether to go on.
    fn go_on(&self) -> bool {
        while self.pause.load(Ordering::Relaxed) && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(PAUSE);
        }
        !self.stop.load(Ordering::Relaxed)
    }
}

/// Embeds queries, and remembers the last 64.
pub struct Queries {
    embedder: Arc<dyn Embedder>,
    last: Mutex<LruCache<String, Arc<[f32]>>>,
}

impl std::fmt::Debug for Queries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Queries").field(&self.embedder.id()).finish()
    }
}

impl Queries {
    /// Queries for the vectors of this embedder.
    pub fn new(embedder: Arc<dyn Embedder>) -> Queries {
        // QUERIES is not 0.
        let most = NonZeroUsize::new(QUERIES).unwrap_or(NonZeroUsize::MIN);
        Queries {
            embedder,
            last: Mutex::new(LruCache::new(most)),
        }
    }

    /// The vector of a query. Blocks, unless it was one of the last.
    ///
    /// # Errors
    /// The embedder can't answer: its sentence. It is asked again the next time.
    pub fn vector(&self, query: &str) -> Result<Arc<[f32]>, String> {
        let mut text = String::new();
        split(query, &mut text);
        // The lock isn't held while the embedder works: another query may be remembered.
        if let Some(vector) = self.remembered().get(&text) {
            return Ok(vector.clone());
        }
        let embedded = self.embedder.embed(&[&text], Purpose::Query)?;
        let vector: Arc<[f32]> = embedded
            .into_iter()
            .next()
            .ok_or_else(|| format!("The embedder {} gave no vector.", self.embedder.id()))?
            .into();
        self.remembered().put(text, vector.clone());
        Ok(vector)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, LruCache<String, Arc<[f32]>>> {
        // Losing what a panic has left there would cost a query: a poisoned lock can be used.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
