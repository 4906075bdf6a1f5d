//! How fast vectors are searched, and what keeping them in 8 bits costs.
//!
//! `cargo run --release -p hob-index --example vectors -- ROWS DIMENSIONS` searches random vectors.
//! `cargo run --release -p hob-index --features fastembed --example vectors -- MODEL LIBRARY FOLDER…` embeds up to
//! 1,400 chunks of the code in the folders, and 70 more as queries, and compares with exact numbers of 32 bits: the
//! rows as they are kept, and rows with one scale for all.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use hob_index::store::hash;
use hob_index::vectors::Vectors;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [rows, dimensions] => speed(rows.parse().unwrap(), dimensions.parse().unwrap()),
        #[cfg(feature = "fastembed")]
        [model, library, ref folders @ ..] if !folders.is_empty() => {
            recall(model, library, folders)
        }
        _ => println!("usage: vectors ROWS DIMENSIONS | MODEL LIBRARY FOLDER… (with fastembed)"),
    }
}

/// Numbers that look random, the same ones each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5
    }

    fn vector(&mut self, dimensions: usize) -> Vec<f32> {
        (0..dimensions).map(|_| self.next()).collect()
    }
}

fn speed(rows: usize, dimensions: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vec-noise.bin");
    let (vectors, _) = Vectors::open(&path, dimensions, "noise").unwrap();
    let mut noise = Noise(1);
    for start in (0..rows).step_by(10_000) {
        let some: Vec<_> = (start..rows.min(start + 10_000))
            .map(|it| (hash(&it.to_string()), noise.vector(dimensions)))
            .collect();
        vectors.append(&some).unwrap();
    }
    drop(vectors);
    let started = Instant::now();
    let (vectors, _) = Vectors::open(&path, dimensions, "noise").unwrap();
    println!(
        "{} rows opened and checked in {:?}",
        vectors.len(),
        started.elapsed()
    );
    let mut times: Vec<_> = (0..50)
        .map(|_| {
            let query = noise.vector(dimensions);
            let before = computed(started);
            assert_eq!(vectors.nearest(&query, 50, &|_| true).len(), 50.min(rows));
            computed(started) - before
        })
        .collect();
    times.sort();
    let [p50, p95] = [25, 47].map(|it: usize| times[it]);
    println!("nearest 50: p50 {p50:?}, p95 {p95:?}, of this thread's own time");
}

/// How long this thread has computed: on a busy machine, what a clock on the wall says is the others' time too.
/// Off Linux it is that clock.
fn computed(start: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|it| it.split(' ').next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

#[cfg(feature = "fastembed")]
fn recall(model: &str, library: &str, folders: &[&str]) {
    use hob_index::embed::{Purpose, fastembed};
    use hob_index::semantic::embedded_text;

    let local = fastembed::Local {
        model: Some(model.to_owned()),
        library: Some(library.into()),
        ..fastembed::Local::default()
    };
    let embedder = fastembed::open(&local).unwrap();
    let texts: Vec<String> = folders
        .iter()
        .flat_map(|it| hob_index::walk::files(std::path::Path::new(it)).0)
        .filter_map(|it| {
            Some((
                it.path.display().to_string(),
                std::fs::read_to_string(&it.path).ok()?,
            ))
        })
        .flat_map(|(path, text)| {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines
                .chunks(40)
                .map(|it| embedded_text(&path, None, None, &it.concat()))
                .collect::<Vec<_>>()
        })
        .collect();
    let step = (texts.len() / 1470).max(1);
    let texts: Vec<&str> = texts
        .iter()
        .step_by(step)
        .map(String::as_str)
        .take(1470)
        .collect();
    let started = Instant::now();
    let embedded = embedder.embed(&texts, Purpose::Document).unwrap();
    println!("{} texts embedded in {:?}", texts.len(), started.elapsed());
    let (queries, rows): (Vec<_>, Vec<_>) =
        embedded.iter().enumerate().partition(|it| it.0 % 21 == 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    let (vectors, _) = Vectors::open(&path, embedder.dimensions(), embedder.id()).unwrap();
    let kept: Vec<_> = rows
        .iter()
        .map(|it| (hash(&it.0.to_string()), it.1.clone()))
        .collect();
    vectors.append(&kept).unwrap();
    let one_scale = |vector: &[f32], scale: f32| -> Vec<f32> {
        vector
            .iter()
            .map(|it| (it * scale).round().clamp(-127.0, 127.0))
            .collect()
    };
    let coarse =
        |scale: f32| -> Vec<Vec<f32>> { rows.iter().map(|it| one_scale(it.1, scale)).collect() };
    let (whole, fitted) = (coarse(127.0), coarse(127.0 / 0.3));
    let exact: Vec<Vec<f32>> = rows.iter().map(|it| it.1.clone()).collect();
    let mut same = [0; 3];
    for (_, query) in &queries {
        let truth = nearest(query, &exact);
        let as_kept: Vec<usize> = vectors
            .nearest(query, 10, &|_| true)
            .iter()
            .map(|found| kept.iter().position(|it| it.0 == found.0).unwrap())
            .collect();
        for (same, found) in same.iter_mut().zip([
            as_kept,
            nearest(&one_scale(query, 127.0), &whole),
            nearest(&one_scale(query, 127.0 / 0.3), &fitted),
        ]) {
            *same += found.iter().filter(|it| truth.contains(it)).count();
        }
    }
    let share = |same: usize| same as f64 / (queries.len() * 10) as f64;
    println!(
        "recall@10 against 32 bits: {:.4} as kept, {:.4} with the scale 1/127 for all, {:.4} with 0.3/127 for all",
        share(same[0]),
        share(same[1]),
        share(same[2])
    );
}

#[cfg(feature = "fastembed")]
fn nearest(query: &[f32], rows: &[Vec<f32>]) -> Vec<usize> {
    let mut scored: Vec<(f32, usize)> = rows
        .iter()
        .map(|row| row.iter().zip(query).map(|(a, b)| a * b).sum())
        .zip(0..)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.iter().take(10).map(|it| it.1).collect()
}
