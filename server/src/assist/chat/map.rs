//! A map of the codebase: files with what they declare, one line each, ranked by what is asked and by how much the rest of
//! the code uses it.

use crate::assist::context::Piece;
use hob_index::language::Language;
use hob_index::outline::Kind;
use hob_index::secret;
use hob_index::store::{Searcher, SymbolFields, SymbolRecord, Weighted};
use hob_index::terms::{terms, words};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// So many symbols are found by the words of the question.
const BY_WORDS: usize = 300;
/// Of the codebase as a whole, the files nearest to the root and so many of them.
const FILES: usize = 80;
/// Of one file, so many symbols at most.
const OF_FILE: usize = 12;
/// Longer signatures are cut, in bytes.
const LONGEST: usize = 160;
/// In less room than this, in tokens, hardly a line has a place.
const LEAST: usize = 24;
/// How much it counts that a name is used ten times as much.
const USED: f32 = 0.12;

/// Files in which a reader begins.
const ENTRIES: &[&str] = &[
    "main", "lib", "mod", "index", "app", "__init__", "__main__", "cli", "server",
];

/// A map, and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Its path is `@map`; lines of files are indented below their paths, with the numbers of the lines.
    pub piece: Piece,
    /// In tokens, its frame included.
    pub tokens: usize,
}

/// A map for a query, of the files that `shown` admits, within `budget` tokens; `None`: there is nothing, or no room.
///
/// What is `near` to where the user is takes turns with what has the words of the query. With an empty query the map shows
/// where the codebase begins and what it uses most.
pub fn map(
    searcher: &Searcher,
    query: &str,
    near: &[SymbolRecord],
    budget: usize,
    count: &dyn Fn(&str) -> usize,
    shown: impl Fn(&str) -> bool,
) -> Option<Map> {
    let mut ranked = by_words(searcher, query);
    if ranked.is_empty() || words(query).count() < 4 {
        ranked.extend(of_the_whole(searcher));
    }
    if !near.is_empty() {
        let mut by_words = ranked.into_iter();
        let turns = near
            .iter()
            .flat_map(|it| [Some(it.clone()), by_words.next()]);
        let mut all: Vec<SymbolRecord> = turns.flatten().collect();
        all.extend(by_words);
        ranked = all;
    }
    let mut seen = FxHashSet::default();
    ranked.retain(|it| {
        shown(&it.path)
            && !hob_index::secret::is_secret(Path::new(&it.path))
            && seen.insert((it.path.clone(), it.line))
    });
    let reason = "a map: what else may matter, with the lines that it is declared in";
    drawn("@map", &ranked, OF_FILE, budget, count, reason)
}

/// The outline of one file as a piece of this name: what its symbols declare, what is outermost first, as many as fit
/// into `budget` tokens.
pub(super) fn outline(
    name: &str,
    symbols: &[SymbolRecord],
    budget: usize,
    count: &dyn Fn(&str) -> usize,
) -> Option<Map> {
    let mut ranked: Vec<SymbolRecord> = symbols.to_vec();
    ranked.retain(|it| !it.signature.is_empty() || matches!(it.kind, Kind::Heading | Kind::Key));
    ranked.sort_by_key(|it| {
        let minor = matches!(it.kind, Kind::Field | Kind::Variant);
        (minor, it.container.is_some(), it.line)
    });
    let reason = "an outline of the file, with the lines that it declares things in";
    drawn(name, &ranked, usize::MAX, budget, count, reason)
}

/// What matches the words of a query, best first.
fn by_words(searcher: &Searcher, query: &str) -> Vec<SymbolRecord> {
    let mut wanted: Vec<Weighted> = Vec::new();
    terms(query, |term| {
        if !wanted.iter().any(|it| it.term == term) && term.len() > 2 {
            wanted.push(Weighted {
                term: term.to_owned(),
                weight: 1.0,
            });
        }
    });
    let fields = SymbolFields {
        signature: 1.0,
        place: 0.4,
    };
    let mut found = searcher.signatures(&wanted, fields, BY_WORDS);
    let mut used = Used::new(searcher);
    for it in &mut found {
        it.score *= weight(&it.it) * (1.0 + USED * used.of(&it.it.name));
    }
    found.retain(|it| it.score > 0.0);
    found.sort_by(|a, b| {
        let place = |it: &SymbolRecord| (it.path.clone(), it.line);
        b.score
            .total_cmp(&a.score)
            .then_with(|| place(&a.it).cmp(&place(&b.it)))
    });
    found.into_iter().map(|it| it.it).collect()
}

/// What the files nearest to the root declare, what is used most first, file after file.
fn of_the_whole(searcher: &Searcher) -> Vec<SymbolRecord> {
    let mut files: Vec<String> = searcher.files();
    files
        .retain(|it| !is_aside(it) && Language::of_path(Path::new(it)).is_some_and(|it| !it.prose));
    files.sort_by_cached_key(|it| {
        let name = it.rsplit('/').next().unwrap_or(it);
        let stem = name.split('.').next().unwrap_or(name);
        let is_entry = ENTRIES.iter().any(|it| it.eq_ignore_ascii_case(stem));
        (it.matches('/').count(), !is_entry, it.clone())
    });
    files.truncate(FILES);
    let mut used = Used::new(searcher);
    let mut ranked: Vec<(f32, SymbolRecord)> = Vec::new();
    for path in files {
        for it in searcher.in_file(&path) {
            let score = weight(&it) * used.of(&it.name);
            if it.container.is_none() && score > 0.0 {
                ranked.push((score, it));
            }
        }
    }
    ranked.sort_by(|a, b| {
        let place = |it: &SymbolRecord| (it.path.clone(), it.line);
        b.0.total_cmp(&a.0)
            .then_with(|| place(&a.1).cmp(&place(&b.1)))
    });
    ranked.into_iter().map(|it| it.1).collect()
}

/// How much names are used, each looked up once.
struct Used<'a> {
    searcher: &'a Searcher,
    known: FxHashMap<String, f32>,
}

impl Used<'_> {
    fn new(searcher: &Searcher) -> Used<'_> {
        Used {
            searcher,
            known: FxHashMap::default(),
        }
    }

    /// The logarithm to the base 10 of how often a name is used, at least 0.
    fn of(&mut self, name: &str) -> f32 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let used = (self.searcher.n_mentions(name).max(1) as f32).log10();
        self.known.insert(name.to_owned(), used);
        used
    }
}

/// How much a symbol tells about what there is.
fn weight(symbol: &SymbolRecord) -> f32 {
    let of_kind = match symbol.kind {
        Kind::Function | Kind::Method | Kind::Macro => 1.0,
        Kind::Class | Kind::Struct | Kind::Enum | Kind::Interface | Kind::Type => 1.0,
        Kind::Heading | Kind::Key | Kind::Module => 0.0,
        Kind::Constant | Kind::Variable => 0.5,
        Kind::Field | Kind::Variant => 0.4,
    };
    match is_aside(&symbol.path) {
        true => of_kind * 0.5,
        false => of_kind,
    }
}

/// Whether a file is a test, an example, or others' code, by the names of its folders.
fn is_aside(path: &str) -> bool {
    let aside = [
        "test",
        "tests",
        "__tests__",
        "spec",
        "bench",
        "benches",
        "benchmarks",
        "examples",
        "example",
        "fixtures",
        "vendor",
        "third_party",
        "node_modules",
        "docs",
    ];
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    parts
        .iter()
        .any(|it| aside.iter().any(|known| it.eq_ignore_ascii_case(known)))
        || name.starts_with("test_")
        || ["_test.", ".test.", ".spec."]
            .iter()
            .any(|it| name.contains(it))
}

/// The best symbols that fit, file by file, of each file so many at most.
fn drawn(
    name: &str,
    ranked: &[SymbolRecord],
    of_file: usize,
    budget: usize,
    count: &dyn Fn(&str) -> usize,
    reason: &str,
) -> Option<Map> {
    let frame = count(name) + super::context::FRAME;
    let mut left = budget.checked_sub(frame)?;
    let mut files: Vec<(&str, Vec<(usize, String)>)> = Vec::new();
    for symbol in ranked {
        let line = line_of(symbol);
        let at = files.iter().position(|it| it.0 == symbol.path);
        let mut cost = count(&line);
        if at.is_none() {
            cost += count(&symbol.path) + 1;
        }
        if cost > left {
            // A shorter one may fit, until next to nothing does.
            match left < LEAST {
                true => break,
                false => continue,
            }
        }
        match at {
            Some(at) if files[at].1.len() >= of_file => continue,
            Some(at) => files[at].1.push((symbol.line, line)),
            None => files.push((&symbol.path, vec![(symbol.line, line)])),
        }
        left -= cost;
    }
    if files.is_empty() {
        return None;
    }
    let mut text = String::new();
    for (path, mut lines) in files {
        lines.sort();
        text.push_str(path);
        text.push('\n');
        lines.iter().for_each(|it| text.push_str(&it.1));
    }
    let piece = Piece {
        path: name.to_owned(),
        start_line: 1,
        end_line: text.lines().count(),
        text: secret::masked(&text).into_owned(),
        reason: reason.to_owned(),
    };
    Some(Map {
        tokens: count(&piece.text) + frame,
        piece,
    })
}

fn line_of(symbol: &SymbolRecord) -> String {
    let mut end = symbol.signature.len().min(LONGEST);
    while !symbol.signature.is_char_boundary(end) {
        end -= 1;
    }
    let signature = &symbol.signature[..end];
    let more = if end < symbol.signature.len() {
        "…"
    } else {
        ""
    };
    match &symbol.container {
        Some(container) => format!("  {} [{container}] {signature}{more}\n", symbol.line),
        None => format!("  {} {signature}{more}\n", symbol.line),
    }
}
