//! The language model of the codebase behind the provider `builtin`.
//!
//! Method: n-grams of tokens in nested scopes, after Hellendoorn & Devanbu 2017, "Are deep neural networks the best
//! choice for modeling source code?". A token carries the blank before it; indentation is dropped. A suffix array over
//! contexts read backwards gives, in one descent, the places of every context of 1 to 12 tokens, in the current file and
//! in the codebase; what followed there is interpolated from long to short with fitted weights. A beam search writes rests
//! of lines, the best are judged again by how well the text after the cursor continues them, and a logistic regression
//! turns what is known about the winner into a probability.
//!
//! Measured (`examples/builtin_quality.rs`) at 3,800 places in 19 projects of seven languages on which nothing was fitted:
//! of rests missing from finished code 36.9 % exactly right, 72.0 % of the surest 40 %, 81.1 % of the surest 30 %; in new
//! code, where the next lines are missing too, 33.2, 68.7 and 78.3 %; in new code of a codebase of five files 28.8, 62.2
//! and 72.9 %.
//! Measured (`examples/builtin_speed.rs`) on 500,000 lines of Rust, two cores shared with other busy processes: learned in
//! 1.5 s, 54 MB of memory in all, a completion in 1.8 ms (p50), 3.4 ms (p95), at most 5.5 ms.
//! What is fitted, on 20 other projects: the weights (`weights.rs`) and the confidence (`confidence.rs`).

mod confidence;
mod estimate;
mod learn;
mod scope;
mod search;
mod suffixes;
mod tokens;
mod vocabulary;
mod weights;

use crate::language::Language;
pub use confidence::FEATURES;
use confidence::Signals;
use estimate::{Estimator, Layer};
use scope::{FileTokens, Scope, has_lifetimes, tokenize, tokenize_file};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokens::{LINE_END, Pieces, TEXT_START};
use vocabulary::Vocabulary;
pub use weights::PARAMETERS;

/// A guess with at least this confidence is worth showing.
///
/// Chosen by what a user sees who types key by key (`examples/builtin_quality.rs --typing`), as the least at which about 80 % of what is
/// shown is right in each of five languages, on eleven projects. On eleven others 75 % (Go) to 86 % (TypeScript) were, with a suggestion
/// after 20 % (Python) to 39 % (Go) of the keys. Rests of lines alone would allow 0.32, but a typing user meets the same wrong guess at
/// many keys.
pub const SHOW: f32 = 0.5;
/// A guess with at least this confidence is nearly certain. Measured in the same way: 97 % right, at 12 % of places; in new
/// code 96 %, at 9 %; in that of five files 97 %, at 7 %.
pub const CERTAIN: f32 = 0.9;

/// Of the current file, so much text before the cursor is learned at each request; in bytes.
const WINDOW_BEFORE: usize = 16 << 10;
/// And so much after it.
const WINDOW_AFTER: usize = 8 << 10;
/// The context of the cursor is in so much text before its line; in bytes.
const NEAR: usize = 2 << 10;
/// More tokens in files that were edited than this, and also an eighth of the codebase: time to compact.
const OVERGROWN: usize = 300_000;

/// Where a completion is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The file, as it was learned: what the repository knows of this file is replaced by `before` and `after`.
    pub path: &'a Path,
    /// Its language, if known.
    pub language: Option<&'static Language>,
    /// The text before the cursor.
    pub before: &'a str,
    /// The text after the cursor.
    pub after: &'a str,
}

/// What the model would write, to the end of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The rest of the line: never empty, no line break.
    pub text: String,
    /// How likely `text` is exactly what the author writes, 0 to 1, calibrated.
    pub confidence: f32,
}

/// What is known of a codebase's code. A snapshot: cheap to clone, unchanging, usable from several threads.
#[derive(Clone, Debug)]
pub struct Codebase {
    /// The codebase as it was learned.
    base: Arc<Scope>,
    vocabulary: Arc<Vocabulary>,
    /// Which files of `base` have a newer text, or none; in order.
    superseded: Arc<Vec<Range<u32>>>,
    /// The newer texts.
    newer: Arc<BTreeMap<PathBuf, Arc<FileTokens>>>,
    /// The newer text that came last, by itself, since it is likely to come again;
    last: Option<Arc<Scope>>,
    /// and all others.
    others: Option<Arc<Scope>>,
}

impl Codebase {
    /// Learns the files below `root` that count and are source code, on all threads of the current rayon pool.
    ///
    /// `progress` is told how many files are done, of how many. When `stop` is set it returns soon, knowing nothing.
    pub fn learn(root: &Path, stop: &AtomicBool, progress: impl Fn(usize, usize) + Sync) -> Self {
        learn::learn(root, stop, &progress).unwrap_or_else(Self::empty)
    }

    /// Knows nothing but what a query brings.
    pub fn empty() -> Self {
        Self::of_files([])
    }

    /// Learns the given texts, whatever their names.
    pub fn of_files(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let mut learned = learn::Learned::default();
        for (path, text) in files {
            learned.add_file(path, &text);
        }
        learned.finish()
    }

    fn of_scope(base: Scope, vocabulary: Vocabulary) -> Self {
        Self {
            base: Arc::new(base),
            vocabulary: Arc::new(vocabulary),
            superseded: Arc::default(),
            newer: Arc::default(),
            last: None,
            others: None,
        }
    }

    /// How many files are known.
    pub fn n_files(&self) -> usize {
        let replaced = |it: &&(PathBuf, Range<u32>)| {
            self.superseded
                .binary_search_by_key(&it.1.start, |it| it.start)
                .is_ok()
        };
        self.base.files().len() - self.base.files().iter().filter(replaced).count()
            + self.newer.len()
    }

    /// The same with a file's newer text, or without the file. What was learned of it before counts no more.
    ///
    /// Takes milliseconds for the file that also changed last, else up to a tenth of a second. It is meant for documents
    /// that are opened, saved, closed or left, and for files that change on disk; the text of the document that is
    /// being completed comes with the [`Query`].
    #[must_use]
    pub fn with_file(&self, path: &Path, text: Option<&str>) -> Self {
        self.with_files([(path, text)])
    }

    /// [`Codebase::with_file`] for many files at once.
    #[must_use]
    pub fn with_files<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a Path, Option<&'a str>)>,
    ) -> Self {
        let mut vocabulary = self.extended_vocabulary();
        let mut newer = (*self.newer).clone();
        let mut superseded = (*self.superseded).clone();
        let mut last = None;
        let mut others_change = false;
        for (path, text) in files {
            let was_last = self
                .last
                .as_ref()
                .is_some_and(|it| it.range_of(path).is_some());
            let known = self.base.range_of(path);
            let tokens = text.map(|text| {
                let mut tokens = Vec::new();
                tokenize_file(path, text, &mut vocabulary, &mut tokens);
                tokens
            });
            if let Some(known) = &known {
                superseded.retain(|it| it != known);
                let learned = self
                    .base
                    .tokens
                    .get(known.start as usize..known.end as usize);
                if tokens.is_none() || tokens.as_deref() != learned {
                    superseded.push(known.clone());
                }
            }
            let is_known = known.as_ref().is_some_and(|it| !superseded.contains(it));
            let replaced = match tokens {
                Some(tokens) if !is_known => {
                    let file = Arc::new(FileTokens {
                        path: path.to_path_buf(),
                        tokens,
                    });
                    others_change |= last.as_deref().is_some_and(|it| it != path);
                    last = Some(path.to_path_buf());
                    newer.insert(path.to_path_buf(), file)
                }
                _ => newer.remove(path),
            };
            others_change |= replaced.is_some() && !was_last;
        }
        superseded.sort_by_key(|it| it.start);
        let old_last = self
            .last
            .as_ref()
            .and_then(|it| it.files().first())
            .map(|it| it.0.clone());
        let last = last
            .or_else(|| old_last.clone())
            .filter(|it| newer.contains_key(it));
        others_change |= last != old_last;
        let others = if others_change {
            let files: Vec<Arc<FileTokens>> = newer
                .iter()
                .filter(|it| Some(it.0) != last.as_ref())
                .map(|it| it.1.clone())
                .collect();
            (!files.is_empty()).then(|| Arc::new(Scope::of_files(&files)))
        } else {
            self.others.clone()
        };
        let last = last
            .and_then(|it| newer.get(&it).cloned())
            .map(|it| Arc::new(Scope::of_files(&[it])));
        Self {
            base: self.base.clone(),
            vocabulary: Arc::new(vocabulary),
            superseded: Arc::new(superseded),
            newer: Arc::new(newer),
            last,
            others,
        }
    }

    /// Whether so much has changed since it was learned that [`Codebase::compacted`], or learning anew, would pay.
    pub fn is_overgrown(&self) -> bool {
        let n_tokens: usize = self.newer.values().map(|it| it.tokens.len()).sum();
        n_tokens > OVERGROWN.max(self.base.tokens.len() / 8) || self.newer.len() > 2000
    }

    /// The same knowledge, with all changes worked in. Takes about as long as learning, without the reading.
    #[must_use]
    pub fn compacted(&self) -> Self {
        let mut vocabulary = Vocabulary::new();
        for word in vocabulary.len()..self.vocabulary.len() {
            vocabulary.intern(self.vocabulary.text(word));
        }
        let mut learned = learn::Learned::over(vocabulary);
        let is_superseded = |it: &Range<u32>| {
            self.superseded
                .binary_search_by_key(&it.start, |it| it.start)
                .is_ok()
        };
        for (path, range) in self.base.files() {
            if !is_superseded(range) {
                learned.add_tokens(
                    path.clone(),
                    &self.base.tokens[range.start as usize..range.end as usize],
                );
            }
        }
        for file in self.newer.values() {
            learned.add_tokens(file.path.clone(), &file.tokens);
        }
        learned.finish()
    }

    /// What the author most likely writes from the cursor to the end of its line; between the cursor and what follows it
    /// there, where something does. Show it when its confidence reaches [`SHOW`].
    pub fn complete(&self, query: &Query) -> Option<Guess> {
        self.candidates(query).into_iter().next()
    }

    /// Different guesses, the likeliest first; at most eight.
    pub fn candidates(&self, query: &Query) -> Vec<Guess> {
        if tokens::ends_with_word(query.before) && tokens::starts_with_word(query.after) {
            return Vec::new();
        }
        self.judged(query).into_iter().map(|it| it.0).collect()
    }

    /// For fitting the confidence: what the first guess was judged by.
    #[doc(hidden)]
    pub fn features(&self, query: &Query) -> Option<[f32; FEATURES]> {
        self.judged(query).first().map(|it| it.1.features())
    }

    fn judged(&self, query: &Query) -> Vec<(Guess, Signals)> {
        let mut guesses = self.ask(query, |place, estimator, vocabulary| {
            search::guesses(place, search::rank(place, estimator, vocabulary))
        });
        guesses.sort_by(|a, b| b.1.share.total_cmp(&a.1.share));
        guesses
    }

    /// For fitting the weights: for each token of the true `rest` of the line, and its end, the parameters that decide
    /// about it from the longest context to the shortest, each with the share which that evidence gives to the token.
    #[doc(hidden)]
    pub fn evidence(&self, query: &Query, rest: &str) -> Vec<Vec<(usize, f32)>> {
        self.ask(query, |place, estimator, vocabulary| {
            let mut context = place.context.clone();
            let unfinished = place.unfinished_piece();
            let line = format!("{unfinished}{rest}\n");
            let pieces = if place.starts_line() {
                Pieces::of(&line, has_lifetimes(query.path))
            } else {
                Pieces::within_line(&line, has_lifetimes(query.path))
            };
            let mut tokens = Vec::new();
            tokenize(
                pieces,
                &mut Vocabulary::over(Arc::new(vocabulary.clone())),
                &mut tokens,
            );
            tokens
                .into_iter()
                .map(|it| {
                    let trace = estimator.trace(&context, it);
                    context.push(it);
                    trace
                })
                .collect()
        })
    }

    /// Looks at a place in all scopes.
    fn ask<T>(
        &self,
        query: &Query,
        answer: impl FnOnce(&search::Place, &mut Estimator, &Vocabulary) -> T,
    ) -> T {
        let lifetimes = has_lifetimes(query.path);
        let unfinished = tokens::unfinished(query.before, lifetimes);
        let before = &query.before[..query.before.len() - unfinished.len()];
        let mut vocabulary = Vocabulary::over(self.vocabulary.clone());

        let mut tokens = vec![TEXT_START];
        tokenize(
            Pieces::of(last_lines(before), lifetimes),
            &mut vocabulary,
            &mut tokens,
        );
        let context = match without_comment(last_lines(before)) {
            Some((earlier, line)) => {
                let mut tokens = vec![TEXT_START];
                let text = format!("{earlier}{line}");
                tokenize(Pieces::of(&text, lifetimes), &mut vocabulary, &mut tokens);
                tokens
            }
            None => tokens.clone(),
        };
        let context = context[context.len().saturating_sub(estimate::ORDER)..].to_vec();
        tokens.push(TEXT_START);
        tokenize(
            Pieces::within_line(first_lines(query.after), lifetimes),
            &mut vocabulary,
            &mut tokens,
        );
        if tokens.last() != Some(&LINE_END) {
            tokens.push(LINE_END);
        }
        let file = Scope::of_text(tokens);
        let place = search::Place::of(query, &vocabulary, context);
        let near = Layer {
            scope: &file,
            superseded: Vec::new(),
        };
        let mut estimator = Estimator::new(vec![vec![near], self.layers(query.path)]);
        answer(&place, &mut estimator, &vocabulary)
    }

    /// What is known beyond the current file.
    fn layers(&self, current: &Path) -> Vec<Layer<'_>> {
        let mut superseded = (*self.superseded).clone();
        if let Some(range) = self.base.range_of(current)
            && let Err(at) = superseded.binary_search_by_key(&range.start, |it| it.start)
        {
            superseded.insert(at, range);
        }
        let newer = |scope| Layer {
            superseded: Scope::range_of(scope, current).into_iter().collect(),
            scope,
        };
        let base = Layer {
            scope: &self.base,
            superseded,
        };
        std::iter::once(base)
            .chain(self.others.as_deref().map(newer))
            .chain(self.last.as_deref().map(newer))
            .collect()
    }

    /// A vocabulary to which a newer text's words can be added.
    fn extended_vocabulary(&self) -> Vocabulary {
        if self.vocabulary.is_layer() {
            (*self.vocabulary).clone()
        } else {
            Vocabulary::over(self.vocabulary.clone())
        }
    }
}

/// The whole lines at the end of a text that fit the window, and its last line.
fn last_lines(text: &str) -> &str {
    let Some(from) = text.len().checked_sub(WINDOW_BEFORE) else {
        return text;
    };
    let from = (from..text.len())
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(0);
    let cut = &text[from..];
    cut.split_once('\n').map_or(cut, |it| it.1)
}

/// The last lines of a text, apart from the last one, and of that what comes after the comment it starts with, if it does.
fn without_comment(text: &str) -> Option<(&str, &str)> {
    let (earlier, line) = text.split_at(text.rfind('\n').map_or(0, |it| it + 1));
    let (_, rest) = line.trim_start().strip_prefix("/*")?.split_once("*/")?;
    let is_apart = rest.starts_with([' ', '\t']);
    let from = (0..earlier.len().saturating_sub(NEAR))
        .rev()
        .find(|it| earlier.is_char_boundary(*it))
        .unwrap_or(0);
    is_apart.then_some((&earlier[from..], rest.trim_start()))
}

/// The lines at the start of a text that fit the window.
fn first_lines(text: &str) -> &str {
    if text.len() <= WINDOW_AFTER {
        return text;
    }
    let to = (0..=WINDOW_AFTER)
        .rev()
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(0);
    let cut = &text[..to];
    cut.rsplit_once('\n').map_or(cut, |it| it.0)
}

#[cfg(test)]
mod tests;
