//! How fast and how large the language model of a codebase is.
//!
//! ```text
//! cargo run --release -p hob-index --example builtin_speed -- [--lines 500000] [--places 2000] FOLDER
//! ```
//!
//! Copies source files from the folder (for instance `~/.cargo/registry/src`) into a temporary one until there are so
//! many lines, learns that, and completes at places spread over all files. Prints the time to learn, the memory of the
//! process (Linux only), and the time of a completion: the first at a place, and the fastest of five, which other
//! processes disturb less.

#![allow(clippy::print_stdout)]

use hob_index::ngram::{Codebase, Query};
use hob_index::walk;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

fn main() {
    let mut lines = 500_000;
    let mut places = 2000;
    let mut folder = PathBuf::from(".");
    let mut arguments = std::env::args().skip(1);
    while let Some(it) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|it| it.parse().ok())
                .expect("a number")
        };
        match it.as_str() {
            "--lines" => lines = number(),
            "--places" => places = number(),
            _ => folder = PathBuf::from(it),
        }
    }
    let tree = tempfile::tempdir().expect("a temporary folder");
    let n_lines = assemble(&folder, tree.path(), lines);
    println!("lines: {n_lines}");

    let started = Instant::now();
    let codebase = Codebase::learn(tree.path(), &AtomicBool::new(false), |_, _| {});
    println!(
        "learned {} files in {:.2} s",
        codebase.n_files(),
        started.elapsed().as_secs_f32()
    );
    println!(
        "memory now {} MB, at most {} MB",
        status("VmRSS"),
        status("VmHWM")
    );

    let (files, _) = walk::files(tree.path());
    let mut times = Vec::new();
    let mut undisturbed = Vec::new();
    for place in 0..places {
        let file = &files[place * files.len() / places];
        let Ok(text) = walk::read(tree.path(), &file.path) else {
            continue;
        };
        let mut at = (place * 7919) % text.len().max(1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let after = text[at..].find('\n').map_or("", |it| &text[at + it..]);
        let query = Query {
            path: &file.path,
            language: None,
            before: &text[..at],
            after,
        };
        let once = || {
            let started = Instant::now();
            std::hint::black_box(codebase.complete(&query));
            started.elapsed().as_secs_f32() * 1000.0
        };
        let first = once();
        times.push((first, text.len(), at));
        undisturbed.push((0..4).map(|_| once()).fold(first, f32::min));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f32| times[(times.len() as f32 * share) as usize].0;
    let slowest = times[times.len() - 1];
    println!(
        "completion, ms: p50 {:.2}, p95 {:.2}, p99 {:.2}, max {:.2} (at {} of {} bytes)",
        at(0.5),
        at(0.95),
        at(0.99),
        slowest.0,
        slowest.2,
        slowest.1
    );

    undisturbed.sort_by(f32::total_cmp);
    let at = |share: f32| undisturbed[(undisturbed.len() as f32 * share) as usize];
    println!(
        "the fastest of five at each place: p50 {:.2}, p95 {:.2}, p99 {:.2}, max {:.2}",
        at(0.5),
        at(0.95),
        at(0.99),
        undisturbed[undisturbed.len() - 1]
    );

    let largest = files.iter().max_by_key(|it| it.size).expect("files");
    let text = walk::read(tree.path(), &largest.path).unwrap_or_default();
    let edited = format!("{text}\n// edited\n");
    let started = Instant::now();
    let codebase = codebase.with_file(&largest.path, Some(&edited));
    println!(
        "with_file of {} bytes: {:.1} ms",
        edited.len(),
        started.elapsed().as_secs_f32() * 1000.0
    );
    let started = Instant::now();
    let compacted = codebase.compacted();
    println!(
        "compacted in {:.2} s, {} files",
        started.elapsed().as_secs_f32(),
        compacted.n_files()
    );
}

fn assemble(from: &Path, to: &Path, lines: usize) -> usize {
    let mut n_lines = 0;
    for file in walk::files(from).0 {
        let code = ["rs", "c", "h", "py", "js", "ts", "go", "java"];
        if n_lines >= lines
            || !file
                .path
                .extension()
                .is_some_and(|it| code.iter().any(|code| it == *code))
        {
            continue;
        }
        let Ok(text) = walk::read(from, &file.path) else {
            continue;
        };
        let Ok(below) = file
            .path
            .strip_prefix(std::path::absolute(from).expect("a folder"))
        else {
            continue;
        };
        let path = to.join(below);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        fs::write(path, &text).expect("a copy");
        n_lines += text.lines().count();
    }
    n_lines
}

fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with(key)).unwrap_or("");
    line.split_whitespace()
        .nth(1)
        .and_then(|it| it.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
