//! How fast texts are outlined, and what is found in them.
//!
//! `cargo run --release -p hob-index --example outline_speed -- FOLDER…`

#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use hob_index::language::Language;
use hob_index::outline::outline;
use hob_index::walk;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// What one language comes to.
#[derive(Default)]
struct Sum {
    files: usize,
    bytes: usize,
    chunks: usize,
    symbols: usize,
    imports: usize,
    took: Duration,
    longest: Duration,
}

fn main() {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for folder in std::env::args().skip(1) {
        for file in walk::files(Path::new(&folder)).0 {
            let Ok(text) = walk::read(Path::new(&folder), &file.path) else {
                continue;
            };
            let language = Language::of_path(&file.path);
            let started = Instant::now();
            let outline = outline(&text, language);
            let took = started.elapsed();
            let sum = sums.entry(language.map_or("-", |it| it.id)).or_default();
            sum.files += 1;
            sum.bytes += text.len();
            sum.chunks += outline.chunks.len();
            sum.symbols += outline.symbols.len();
            sum.imports += outline.imports.len();
            sum.took += took;
            sum.longest = sum.longest.max(took);
        }
    }
    println!(
        "language            files  share      MB   MB/s  longest  chunks  bytes each  symbols  per MB  imports"
    );
    let mut all = Sum::default();
    let n_files = sums.values().map(|it| it.files).sum();
    for (id, it) in &sums {
        row(id, it, n_files);
        all.files += it.files;
        all.bytes += it.bytes;
        all.chunks += it.chunks;
        all.symbols += it.symbols;
        all.imports += it.imports;
        all.took += it.took;
        all.longest = all.longest.max(it.longest);
    }
    row("all", &all, n_files);
}

/// One language's line, with its share of all files.
fn row(id: &str, it: &Sum, n_files: usize) {
    let megabytes = it.bytes as f64 / 1e6;
    println!(
        "{id:<18} {:>6} {:>4.0} % {megabytes:>7.1} {:>6.1} {:>5.0} ms {:>7} {:>11} {:>8} {:>7.0} {:>8}",
        it.files,
        it.files as f64 / n_files.max(1) as f64 * 100.0,
        megabytes / it.took.as_secs_f64(),
        it.longest.as_secs_f64() * 1e3,
        it.chunks,
        it.bytes / it.chunks.max(1),
        it.symbols,
        it.symbols as f64 / megabytes.max(1e-6),
        it.imports
    );
}
