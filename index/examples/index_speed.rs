//! How fast a folder is indexed, how large the index is, and how fast it answers. For memory run `hob index` itself, by
//! `/usr/bin/time -v`: it has another allocator.
//!
//! `cargo run --release -p hob-index --example index_speed -- FOLDER`

#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use hob_index::search::{Mode, Query, search};
use hob_index::store::Index;
use hob_index::update::Control;
use hob_index::walk::{self, Patterns};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is searched: words as people ask, names, words that are everywhere.
const QUERIES: [&str; 8] = [
    "read the settings from a file",
    "parse a number",
    "retry with backoff",
    "error when the connection is closed",
    "write buffer",
    "hash of a string",
    "Iterator::next",
    "the length of the list",
];
/// How often each is searched.
const ROUNDS: usize = 25;

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        println!("which folder?");
        return;
    };
    let root = PathBuf::from(folder);
    let cache = tempfile::tempdir().expect("a temporary folder can be made");
    let open = || {
        let opened = Index::open(&root, cache.path());
        opened.expect("a temporary folder can be written to").0
    };
    let patterns = Patterns::default();

    let index = open();
    let started = Instant::now();
    let report = index
        .update(&patterns, &Control::default(), |_| ())
        .expect("a new index can be built");
    let took = started.elapsed();
    let source = report.bytes as f64 / 1e6;
    println!(
        "files {}, chunks {}, symbols {}",
        report.files, report.chunks, report.symbols
    );
    println!(
        "build {:.1} s for {source:.1} MB: {:.1} MB/s",
        took.as_secs_f64(),
        source / took.as_secs_f64()
    );
    let size = index.status(&patterns).bytes as f64 / 1e6;
    println!(
        "index {size:.1} MB: {:.1} % of the source",
        size / source * 100.0
    );
    drop(index);

    let started = Instant::now();
    let index = open();
    let found = search(
        &index.searcher(),
        &query(QUERIES[0]),
        Mode::Lexical,
        10,
        None,
    );
    println!(
        "warm start to the first answer {} ({} hits)",
        milliseconds(started.elapsed()),
        found.hits.len()
    );
    let started = Instant::now();
    let report = index.update(&patterns, &Control::default(), |_| ());
    let report = report.expect("it was built before");
    let looked = report.added + report.changed;
    println!(
        "comparison with the disk {} ({looked} changed)",
        milliseconds(started.elapsed())
    );

    one_file(&index, &root, &patterns);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for text in QUERIES {
            let started = Instant::now();
            search(&index.searcher(), &query(text), Mode::Lexical, 10, None);
            times.push(started.elapsed());
        }
    }
    times.sort_unstable();
    let at = |share: usize| milliseconds(times[(times.len() - 1) * share / 100]);
    println!(
        "search median {}, 95 % {}, most {}",
        at(50),
        at(95),
        at(100)
    );
}

/// From a change of one file to its being found.
fn one_file(index: &Index, root: &Path, patterns: &Patterns) {
    let (files, _) = walk::files(root);
    let Some(file) = files.iter().find(|it| {
        it.path
            .extension()
            .is_some_and(|it| it == "rs" || it == "c")
    }) else {
        return;
    };
    let Ok(before) = std::fs::read(&file.path) else {
        return;
    };
    let mut times = Vec::new();
    for n in 0..20 {
        let mut text = before.clone();
        text.extend_from_slice(format!("\n// zyx{n}zyx\n").as_bytes());
        if std::fs::write(&file.path, text).is_err() {
            println!("one file: the folder can't be written to");
            return;
        }
        let started = Instant::now();
        let updated = index.update_files(
            std::slice::from_ref(&file.path),
            patterns,
            &Control::default(),
        );
        updated.expect("the index is ours");
        let found = search(
            &index.searcher(),
            &query(&format!("zyx{n}zyx")),
            Mode::Lexical,
            1,
            None,
        );
        assert_eq!(found.hits.len(), 1);
        times.push(started.elapsed());
    }
    let _ = std::fs::write(&file.path, before);
    times.sort_unstable();
    println!(
        "one file, change to found: median {}, most {}",
        milliseconds(times[10]),
        milliseconds(times[19])
    );
}

fn query(text: &str) -> Query {
    Query::parse(text).expect("these have no filters")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
