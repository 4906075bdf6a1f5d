//! What is searched for: words, and filters written among them (`lang:rust path:src/** kind:function "a phrase" -word`).

use crate::language::{LANGUAGES, Language};
use crate::literal::{self, Base};
use crate::outline::Kind;
use crate::search::synonyms;
use crate::store::Weighted;
use crate::terms::{terms, words};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::HashSet;

/// How much two words in a row count when code writes them as one (`host name`, `hostname`).
const JOINED: f32 = 0.3;

/// Words that say nothing about code; left out of queries only.
const EMPTY: &[&str] = &[
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "being",
    "by", "can", "could", "did", "do", "does", "each", "else", "for", "from", "had", "has", "have",
    "here", "how", "i", "if", "in", "into", "is", "it", "its", "just", "may", "might", "must",
    "not", "of", "on", "only", "onto", "or", "other", "our", "should", "so", "some", "such",
    "than", "that", "the", "then", "there", "these", "this", "those", "to", "via", "was", "we",
    "were", "what", "when", "where", "which", "who", "whom", "why", "will", "with", "without",
    "would", "you", "your",
];

/// A query that was understood.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The words, without filters.
    pub text: String,
    /// What a result must be.
    pub filters: Filters,
}

/// What a result must be. Empty lists ask for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Written in one of these languages (`lang:`).
    pub languages: Vec<&'static Language>,
    /// One of these kinds of definition (`kind:`).
    pub kinds: Vec<Kind>,
    /// In a file that these patterns name, as `.gitignore` writes them, or that is called so (`path:`).
    pub paths: Option<Gitignore>,
    /// The same, as written.
    pub patterns: Vec<String>,
    /// In none that these patterns name (`-path:`).
    pub without_paths: Option<Gitignore>,
    /// The same, as written.
    pub without_patterns: Vec<String>,
    /// Texts that it holds, in any case of letters (`"…"`).
    pub phrases: Vec<String>,
    /// Words that it doesn't hold (`-word`).
    pub without: Vec<String>,
}

/// Why a query can't be understood: a sentence, with what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misunderstood(String);

/// One idea of a query: a word and the names that code has for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Concept {
    /// The first is the word's own term. Only the best of them counts for a result.
    pub(crate) alternatives: Vec<Weighted>,
}

impl Query {
    /// Reads words and filters; paths count from the root.
    ///
    /// # Errors
    /// As for [`Query::parse_in`].
    pub fn parse(text: &str) -> Result<Query, Misunderstood> {
        Query::parse_in(text, None)
    }

    /// Reads words and filters; paths count as `base` says.
    ///
    /// # Errors
    /// A filter names a language or kind that doesn't exist, or there are too many patterns.
    pub fn parse_in(text: &str, base: Option<Base>) -> Result<Query, Misunderstood> {
        let mut query = Query::default();
        for piece in pieces(text, base) {
            match piece {
                Piece::Phrase(it) => {
                    query.add_words(it);
                    query.filters.phrases.push(it.to_lowercase());
                }
                Piece::Path(it) => query.filters.patterns.push(it),
                Piece::NoPath(it) => query.filters.without_patterns.push(it),
                Piece::Word(it) => match it.split_once(':') {
                    Some(("lang" | "language", value)) if !value.is_empty() => {
                        query.filters.languages.push(language(value)?);
                    }
                    Some(("kind", value)) if !value.is_empty() => {
                        query.filters.kinds.push(kind(value)?)
                    }
                    _ => match it.strip_prefix('-').filter(|it| is_plain(it)) {
                        Some(word) => query.filters.without.push(word.to_owned()),
                        None => query.add_words(it),
                    },
                },
            }
        }
        let matcher = |written: &[String]| -> Result<Option<Gitignore>, Misunderstood> {
            if written.is_empty() {
                return Ok(None);
            }
            let mut builder = GitignoreBuilder::new("");
            for pattern in written.iter().flat_map(|it| literal::patterns(it, base)) {
                // What is no pattern (`app/[id`) is a name: that reading is among them.
                let _ = builder.add_line(None, &pattern);
            }
            let built = builder.build();
            built.map(Some).map_err(|it| Misunderstood(it.to_string()))
        };
        query.filters.paths = matcher(&query.filters.patterns)?;
        query.filters.without_paths = matcher(&query.filters.without_patterns)?;
        Ok(query)
    }

    fn add_words(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(words);
    }

    /// The ideas of the query, each once.
    pub(crate) fn concepts(&self) -> Vec<Concept> {
        let mut concepts = Vec::new();
        let mut seen = HashSet::new();
        let mut before: Option<String> = None;
        let all_empty = words(&self.text).all(is_empty);
        for word in words(&self.text) {
            if !all_empty && is_empty(word) {
                before = None;
                continue;
            }
            terms(word, |term| {
                if seen.insert(term.to_owned()) {
                    concepts.push(Concept::of(term));
                }
            });
            let lower = word.to_lowercase();
            if let Some(before) = before {
                let mut joined = String::new();
                terms(&format!("{before}{lower}"), |it| {
                    if joined.is_empty() {
                        joined.push_str(it);
                    }
                });
                if seen.insert(joined.clone()) {
                    concepts.push(Concept::alone(&joined, JOINED));
                }
            }
            before = Some(lower);
        }
        concepts
    }

    /// The identifiers and paths among the words: what is written as only code writes it.
    pub(crate) fn identifiers(&self) -> Vec<&str> {
        let mut pieces = self.text.split_whitespace();
        let is_one = self.text.split_whitespace().nth(1).is_none();
        let mut found: Vec<&str> = pieces.by_ref().filter(|it| is_one || is_code(it)).collect();
        found.iter_mut().for_each(|it| {
            *it = it.trim_matches(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '/')));
        });
        found.retain(|it| !it.is_empty());
        found
    }

    /// Whether tests are what is asked for.
    pub(crate) fn is_about_tests(&self) -> bool {
        words(&self.text).any(|it| {
            let it = it.to_lowercase();
            it.starts_with("test") || it == "ensure" || it.starts_with("bench") || it == "example"
        })
    }
}

impl Filters {
    /// What is in one of these files or folders, which are named as the index names them: relative to the root, with `/`.
    pub fn below(paths: &[&str]) -> Filters {
        let mut patterns = GitignoreBuilder::new("");
        let mut written = Vec::new();
        for path in paths {
            let pattern = format!("/{}", literal::exact(path));
            // Every character is a letter or escaped: there is nothing to misunderstand.
            if patterns.add_line(None, &pattern).is_ok() {
                written.push(pattern);
            }
        }
        Filters {
            paths: patterns.build().ok(),
            patterns: written,
            ..Filters::default()
        }
    }
}

impl Concept {
    fn alone(term: &str, weight: f32) -> Concept {
        Concept {
            alternatives: vec![Weighted {
                term: term.to_owned(),
                weight,
            }],
        }
    }

    fn of(term: &str) -> Concept {
        let mut it = Concept::alone(term, 1.0);
        it.alternatives.extend_from_slice(synonyms::of(term));
        it
    }
}

enum Piece<'a> {
    Word(&'a str),
    Phrase(&'a str),
    Path(String),
    NoPath(String),
}

/// The words between blanks, what stands in quotes, and the paths of filters.
fn pieces<'a>(text: &'a str, base: Option<Base>) -> Vec<Piece<'a>> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some((piece, behind)) = path(rest, base) {
            all.push(piece);
            rest = behind.trim_start();
        } else if let Some(inner) = rest.strip_prefix('"') {
            // A quote that is never closed is a word's.
            rest = match inner.split_once('"') {
                Some((phrase, behind)) => {
                    all.extend(
                        Some(phrase.trim())
                            .filter(|it| !it.is_empty())
                            .map(Piece::Phrase),
                    );
                    behind.trim_start()
                }
                None => inner.trim_start(),
            };
        } else {
            let is_end = |it: char| it.is_whitespace() || it == '"';
            let end = rest.find(is_end).unwrap_or(rest.len());
            all.push(Piece::Word(&rest[..end]));
            rest = rest[end..].trim_start();
        }
    }
    all
}

/// A filter by path at the start of a text, and what stands behind it: `path:src/**`, `-path:"my folder/"`, `file:a\ b.c`.
/// Blanks need no quotes where a file has that name.
fn path<'a>(text: &'a str, base: Option<Base>) -> Option<(Piece<'a>, &'a str)> {
    let (is_not, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest
        .strip_prefix("path:")
        .or_else(|| rest.strip_prefix("file:"))?;
    let quoted = rest
        .chars()
        .next()
        .filter(|it| matches!(it, '"' | '\''))
        .and_then(|quote| {
            let (value, behind) = rest[1..].split_once(quote)?;
            (!value.trim().is_empty()).then(|| (value.to_owned(), behind))
        });
    let (value, behind) = quoted.unwrap_or_else(|| {
        let mut is_escaped = false;
        let end = rest.find(|it: char| {
            let ends = it.is_whitespace() && !is_escaped;
            is_escaped = it == '\\' && !is_escaped;
            ends
        });
        let (value, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if value.contains("\\ ") || value.is_empty() {
            return (value.replace("\\ ", " "), behind);
        }
        let words: Vec<&str> = rest.split(' ').collect();
        match literal::n_words(&words, base) {
            1 => (value.to_owned(), behind),
            n => {
                let value = words[..n].join(" ");
                let behind = &rest[value.len()..];
                (value, behind)
            }
        }
    });
    let piece = match is_not {
        true => Piece::NoPath,
        false => Piece::Path,
    };
    (!value.is_empty()).then(|| (piece(value), behind))
}

fn is_empty(word: &str) -> bool {
    EMPTY.iter().any(|it| it.eq_ignore_ascii_case(word))
}

fn is_plain(word: &str) -> bool {
    word.starts_with(|it: char| it.is_alphabetic() || it == '_')
        && word.chars().all(|it| it.is_alphanumeric() || it == '_')
}

/// Whether a piece of a query is written as only code and paths are.
fn is_code(piece: &str) -> bool {
    let inner = piece.trim_matches(|it: char| !(it.is_alphanumeric() || it == '_'));
    let mut shapes = inner.chars().zip(inner.chars().skip(1));
    inner.contains("::")
        || inner.contains(['_', '/', '#'])
        || piece.ends_with("()")
        || shapes.any(|(a, b)| a.is_lowercase() && b.is_uppercase())
        || inner.contains('.')
            && inner
                .split('.')
                .all(|it| it.len() > 1 && words(it).count() == 1)
}

fn language(value: &str) -> Result<&'static Language, Misunderstood> {
    let by_extension = || Language::of_path(std::path::Path::new(&format!("x.{value}")));
    Language::of_id(value).or_else(by_extension).ok_or_else(|| {
        let names = LANGUAGES.iter().map(|it| it.id);
        unknown("lang", "language", value, names)
    })
}

fn kind(value: &str) -> Result<Kind, Misunderstood> {
    let mut kinds = Kind::ALL.into_iter();
    kinds
        .find(|it| it.name().eq_ignore_ascii_case(value))
        .ok_or_else(|| {
            let names = Kind::ALL.into_iter().map(Kind::name);
            unknown("kind", "kind of definition", value, names)
        })
}

fn unknown(
    filter: &str,
    what: &str,
    value: &str,
    names: impl Iterator<Item = &'static str>,
) -> Misunderstood {
    let names: Vec<&str> = names.collect();
    let value_lower = value.to_lowercase();
    let nearest = names
        .iter()
        .map(|it| (distance(it, &value_lower), it))
        .min()
        .filter(|it| it.0 <= 2);
    let nearest = nearest.map_or(String::new(), |it| format!("; did you mean `{}`?", it.1));
    let names = names.join(", ");
    Misunderstood(format!(
        "{filter}:{value}: there is no such {what}{nearest} Allowed: {names}"
    ))
}

/// How many characters must be added, taken away or replaced to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
