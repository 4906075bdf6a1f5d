//! From code to the terms that are searched: whole identifiers and their parts, the same for texts and for queries.
//!
//! `parseHTTPHeaders` and `parse_http_headers` both give `parsehttphead`, `pars`, `http` and `header`: what is written
//! together can be found together and apart, in any style of writing and in any inflection of its words.

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Longer words are data, not words; in bytes.
const LONGEST: usize = 64;
/// Words in which letters and digits alternate more often are hashes or keys: their parts say nothing.
const ALTERNATIONS: usize = 5;
/// So many stems are remembered per thread; then it starts over.
const REMEMBERED: usize = 1 << 16;

thread_local! {
    /// Stemming costs twenty times as much as remembering, and code repeats its words.
    static STEMS: RefCell<Stems> = RefCell::default();
}

/// The terms of a text, in order; each identifier gives itself and, where it has several, its parts. All in lower case
/// and stemmed.
pub fn terms(text: &str, mut each: impl FnMut(&str)) {
    // Taken out for the time being: `each` may come here again.
    let mut stems = STEMS.take();
    let mut word = Word::default();
    for written in words(text) {
        if written.len() > LONGEST {
            continue;
        }
        word.set(written);
        if word.ends.len() > 1 {
            each(stems.of(&word.lower));
        }
        if word.alternations > ALTERNATIONS {
            continue;
        }
        let mut start = 0;
        for &end in &word.ends {
            each(stems.of(&word.lower[start..end]));
            start = end;
        }
        if !written.is_ascii() {
            pairs(&word.lower, &mut each);
        }
    }
    STEMS.replace(stems);
}

/// Scripts that put no blanks between words (Chinese, Japanese, Korean) are found by any two characters that follow each
/// other, as search engines do it.
fn pairs(word: &str, each: &mut impl FnMut(&str)) {
    let is_dense = |it: char| matches!(it, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    let mut before: Option<usize> = None;
    for (at, char) in word.char_indices() {
        let end = at + char.len_utf8();
        if let Some(start) = before
            && is_dense(char)
            && (start, end) != (0, word.len())
        {
            each(&word[start..end]);
        }
        before = is_dense(char).then_some(at);
    }
}

/// The words of a text as written: letters, digits and `_`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !is_word(it))
        .filter(|it| it.bytes().any(|it| it != b'_'))
}

fn is_word(it: char) -> bool {
    if it.is_ascii() {
        it.is_ascii_alphanumeric() || it == '_'
    } else {
        it.is_alphanumeric()
    }
}

/// A word in lower case, without `_`, and where its parts end.
#[derive(Default)]
struct Word {
    lower: String,
    ends: Vec<usize>,
    /// How often a digit follows a letter, or a letter a digit.
    alternations: usize,
}

impl Word {
    fn set(&mut self, written: &str) {
        self.lower.clear();
        self.ends.clear();
        self.alternations = 0;
        let mut before = Shape::Nothing;
        let mut chars = written.chars().peekable();
        while let Some(char) = chars.next() {
            let shape = Shape::of(char);
            let starts = match (before, shape) {
                (_, Shape::Nothing) => true,
                (Shape::Lower, Shape::Upper) => true,
                // The last capital of `HTTPServer`'s `HTTPS` starts the next word.
                (Shape::Upper, Shape::Upper) => chars
                    .peek()
                    .is_some_and(|it| Shape::of(*it) == Shape::Lower),
                (Shape::Digit, Shape::Lower | Shape::Upper) => true,
                (Shape::Lower | Shape::Upper, Shape::Digit) => true,
                _ => false,
            };
            if starts {
                self.end_part();
            }
            if (before == Shape::Digit) != (shape == Shape::Digit)
                && before != Shape::Nothing
                && shape != Shape::Nothing
            {
                self.alternations += 1;
            }
            if char.is_ascii() && char != '_' {
                self.lower.push(char.to_ascii_lowercase());
            } else if char != '_' {
                self.lower.extend(char.to_lowercase());
            }
            before = shape;
        }
        self.end_part();
    }

    fn end_part(&mut self) {
        if self.lower.len() > self.ends.last().copied().unwrap_or(0) {
            self.ends.push(self.lower.len());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nothing,
    Lower,
    Upper,
    Digit,
}

impl Shape {
    fn of(char: char) -> Shape {
        match char {
            '_' => Shape::Nothing,
            '0'..='9' => Shape::Digit,
            'A'..='Z' => Shape::Upper,
            'a'..='z' => Shape::Lower,
            it if it.is_uppercase() => Shape::Upper,
            // Scripts without case are like one long lower case.
            _ => Shape::Lower,
        }
    }
}

/// Stems that were made before.
#[derive(Default)]
struct Stems {
    known: FxHashMap<Box<str>, Box<str>>,
}

impl Stems {
    fn of(&mut self, word: &str) -> &str {
        if !self.known.contains_key(word) {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            let stem = Stemmer::create(Algorithm::English).stem(word).into();
            self.known.insert(word.into(), stem);
        }
        &self.known[word]
    }
}

#[cfg(test)]
mod tests;
