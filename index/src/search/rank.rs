//! What a chunk is and where it stands decides beside the words in it: definitions before mentions, code before its
//! tests, what was named before what is near.

use crate::language::Language;
use crate::outline::Kind;
use crate::search::lexical::Candidate;
use crate::search::query::Query;
use crate::store::ChunkRecord;
use std::collections::HashMap;
use std::path::Path;

/// A chunk with its final score.
pub(super) struct Ranked {
    pub(super) candidate: Candidate,
    pub(super) score: f32,
    pub(super) factors: Vec<(&'static str, f32)>,
    /// What its file's results add.
    pub(super) of_file: f32,
}

/// How much a file's other results raise one of its results.
const FILE: f32 = 0.3;
/// So many of a file's results stand for it.
const BEST_OF_FILE: usize = 3;

/// Folders of tests, examples and benches, by name.
const TESTS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "testing",
    "testdata",
    "spec",
    "specs",
    "e2e",
    "fixtures",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "example",
    "examples",
    "demo",
    "demos",
    "sample",
    "samples",
    "fuzz",
];
/// Folders of others' code, by name.
const VENDORED: &[&str] = &[
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "node_modules",
    "deps",
    "external",
];

/// Ranks candidates by their scores and by what they are. Best first.
pub(super) fn rank(query: &Query, candidates: Vec<Candidate>) -> Vec<Ranked> {
    let identifiers = query.identifiers();
    let only_identifiers = identifiers.len() == query.text.split_whitespace().count();
    let about_tests = query.is_about_tests() || query.filters.paths.is_some();
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| {
            let mut factors = Vec::new();
            let chunk = &candidate.chunk;
            let named = identifiers.iter().map(|it| named(chunk, it)).max();
            match named.unwrap_or(Named::No) {
                Named::No => {}
                it if only_identifiers => factors.push(("is what is named", it.factor())),
                _ => factors.push(("is named in the query", 1.1)),
            }
            let (what, factor) = of_kind(chunk);
            factors.push((what, factor));
            if !about_tests && is_test(chunk) {
                factors.push(("test or example", 0.8));
            }
            if !about_tests && in_folder(&chunk.path, VENDORED) {
                factors.push(("others' code", 0.8));
            }
            factors.retain(|it| it.1 != 1.0);
            let score = candidate.score * factors.iter().map(|it| it.1).product::<f32>();
            Ranked {
                candidate,
                score,
                factors,
                of_file: 0.0,
            }
        })
        .collect();
    ranked.sort_by(best_first);
    let mut files: HashMap<String, (usize, f32)> = HashMap::new();
    for it in &ranked {
        let (n, sum) = files.entry(it.candidate.chunk.path.clone()).or_default();
        if *n < BEST_OF_FILE {
            *n += 1;
            *sum += it.score;
        }
    }
    for it in &mut ranked {
        let sum = files.get(&it.candidate.chunk.path).map_or(0.0, |it| it.1);
        it.of_file = FILE * sum / BEST_OF_FILE as f32;
        it.score = (it.score + it.of_file).min(1.0);
    }
    ranked.sort_by(best_first);
    ranked
}

fn best_first(a: &Ranked, b: &Ranked) -> std::cmp::Ordering {
    let place = |it: &Ranked| {
        (
            it.candidate.chunk.path.clone(),
            it.candidate.chunk.start_line,
        )
    };
    b.score
        .total_cmp(&a.score)
        .then_with(|| place(a).cmp(&place(b)))
}

/// How a chunk is what an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    No,
    /// Its name, but for the case of letters.
    Nearly,
    /// Its name, or its file.
    Yes,
    /// Its name and what it is defined in.
    Wholly,
}

impl Named {
    fn factor(self) -> f32 {
        match self {
            Named::No => 1.0,
            Named::Nearly => 2.0,
            Named::Yes => 3.0,
            Named::Wholly => 4.0,
        }
    }
}

fn named(chunk: &ChunkRecord, identifier: &str) -> Named {
    let path = identifier.split(':').next().unwrap_or(identifier);
    if path.contains(['/', '.']) && ends_with_path(&chunk.path, path) {
        return Named::Yes;
    }
    let Some(symbol) = &chunk.symbol else {
        return Named::No;
    };
    let mut parts = identifier
        .rsplit([':', '.', '#', '/'])
        .filter(|it| !it.is_empty());
    let name = parts.next().unwrap_or(identifier);
    let name = name.trim_end_matches("()");
    if symbol.name == name {
        let container = symbol.container.as_deref();
        match parts.next() {
            Some(it) if container.is_some_and(|c| c.eq_ignore_ascii_case(it)) => Named::Wholly,
            _ => Named::Yes,
        }
    } else if symbol.name.eq_ignore_ascii_case(name) {
        Named::Nearly
    } else {
        Named::No
    }
}

fn ends_with_path(path: &str, end: &str) -> bool {
    let rest = path.strip_suffix(end.trim_start_matches("./"));
    rest.is_some_and(|it| it.is_empty() || it.ends_with('/'))
}

/// Functions are what is asked for most; what defines nothing, least.
fn of_kind(chunk: &ChunkRecord) -> (&'static str, f32) {
    let is_prose = Language::of_path(Path::new(&chunk.path)).is_some_and(|it| it.prose);
    match chunk.symbol.as_ref().map(|it| it.kind) {
        _ if is_prose => ("prose", 0.7),
        None => ("defines nothing", 0.6),
        Some(Kind::Function | Kind::Method | Kind::Macro) => ("function", 1.0),
        Some(Kind::Class | Kind::Struct | Kind::Enum | Kind::Interface | Kind::Type) => {
            ("type", 0.75)
        }
        Some(_) => ("neither function nor type", 0.7),
    }
}

/// Whether a chunk is a test, an example or a bench, by its path and by its name.
fn is_test(chunk: &ChunkRecord) -> bool {
    let file = chunk.path.rsplit('/').next().unwrap_or(&chunk.path);
    let stem = file.split('.').next().unwrap_or(file);
    let lower = file.to_lowercase();
    in_folder(&chunk.path, TESTS)
        || lower.starts_with("test_")
        || [
            "_test.",
            ".test.",
            "_tests.",
            ".spec.",
            "_spec.",
            "conftest.",
        ]
        .iter()
        .any(|it| lower.contains(it))
        || ["tests", "bench"].contains(&stem)
        || stem.ends_with("Test")
        || stem.ends_with("Tests")
        || chunk.symbol.as_ref().is_some_and(|it| {
            let container = it.container.as_deref().unwrap_or("");
            it.name.starts_with("test_")
                || it.name.starts_with("Test") && it.kind == Kind::Function
                || ["tests", "test"].contains(&container)
                || container.starts_with("Test")
                || container.ends_with("Test")
        })
}

fn in_folder(path: &str, names: &[&str]) -> bool {
    let Some((folders, _)) = path.rsplit_once('/') else {
        return false;
    };
    let mut folders = folders.split('/');
    folders.any(|it| names.iter().any(|name| it.eq_ignore_ascii_case(name)))
}
