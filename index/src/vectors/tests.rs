//! Vectors: written, found, and found again after every kind of damage.

use super::*;
use crate::store::hash;
use std::fs;

const DIMENSIONS: usize = 8;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("vec-test.bin")
}

fn open(path: &Path) -> Vectors {
    let (vectors, notice) = Vectors::open(path, DIMENSIONS, "test").unwrap();
    assert_eq!(notice, None);
    vectors
}

/// A vector in a direction of its own for each number.
fn vector(number: usize) -> Vec<f32> {
    let noise = |it: usize| ((number * DIMENSIONS + it) as f64 * 78.233).sin() * 43_758.545;
    (0..DIMENSIONS)
        .map(|it| (noise(it).rem_euclid(1.0) - 0.5) as f32)
        .collect()
}

fn row(number: usize) -> (Hash, Vec<f32>) {
    (hash(&number.to_string()), vector(number))
}

fn rows(numbers: std::ops::Range<usize>) -> Vec<(Hash, Vec<f32>)> {
    numbers.map(row).collect()
}

fn finds(vectors: &Vectors, number: usize) -> bool {
    let found = vectors.nearest(&vector(number), 1, &|_| true);
    found.first().is_some_and(|it| it.0 == row(number).0)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_nearest_vectors_come_first_with_their_cosines() {
    let folder = folder();
    let vectors = open(&file(&folder));
    vectors.append(&rows(0..1000)).unwrap();
    let query = vector(5000);
    let mut expected: Vec<(Hash, f32)> = (0..1000)
        .map(|it| (row(it).0, cosine(&query, &vector(it))))
        .collect();
    expected.sort_by(|a, b| b.1.total_cmp(&a.1));
    let found = vectors.nearest(&query, 10, &|_| true);
    assert_eq!(found.len(), 10);
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found.1 - expected.1).abs() < 0.01,
            "{found:?} {expected:?}"
        );
    }
    assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
}

#[test]
fn the_portable_way_and_the_fast_one_say_the_same() {
    let folder = folder();
    let path = file(&folder);
    // Neither a multiple of what is multiplied at once.
    let dimensions = 301;
    let (vectors, _) = Vectors::open(&path, dimensions, "test").unwrap();
    let long = |number: usize| -> Vec<f32> {
        (0..dimensions)
            .map(|it| ((number * 7 + it) as f32).cos())
            .collect()
    };
    let rows: Vec<_> = (0..777)
        .map(|it| (hash(&it.to_string()), long(it)))
        .collect();
    vectors.append(&rows).unwrap();
    let query: Vec<i8> = (0..dimensions)
        .map(|it| ((it * 13 % 255) as i16 - 127) as i8)
        .collect();
    let bytes = fs::read(&path).unwrap();
    let (mut portable, mut fast) = (vec![0.0; 777], vec![0.0; 777]);
    dot::multiply(&query, &bytes[HEADER..], &vectors.layout, &mut portable);
    dot::fastest()(&query, &bytes[HEADER..], &vectors.layout, &mut fast);
    assert_eq!(portable, fast);
}

#[test]
fn the_most_dimensions_do_not_overflow() {
    let folder = folder();
    let (vectors, _) = Vectors::open(&file(&folder), 8192, "test").unwrap();
    let flat = vec![1.0; 8192];
    vectors.append(&[(hash("flat"), flat.clone())]).unwrap();
    let found = vectors.nearest(&flat, 1, &|_| true);
    assert!((found[0].1 - 1.0).abs() < 0.001, "{found:?}");
    assert!(Vectors::open(&file(&folder), 8193, "test").is_err());
}

#[test]
fn a_filter_leaves_rows_out_and_the_next_nearest_take_their_places() {
    let folder = folder();
    let vectors = open(&file(&folder));
    vectors.append(&rows(0..100)).unwrap();
    let best = vectors.nearest(&vector(7), 3, &|_| true);
    let rest = vectors.nearest(&vector(7), 2, &|it| *it != best[0].0);
    assert_eq!(rest, best[1..]);
}

#[test]
fn what_is_there_is_not_appended_again() {
    let folder = folder();
    let path = file(&folder);
    let vectors = open(&path);
    vectors.append(&rows(0..3)).unwrap();
    let before = fs::metadata(&path).unwrap().len();
    vectors.append(&[row(0), row(2), row(3), row(3)]).unwrap();
    let row_length = (before - HEADER as u64) / 3;
    assert_eq!(fs::metadata(&path).unwrap().len(), before + row_length);
    assert_eq!(vectors.len(), 4);
}

#[test]
fn vectors_are_there_when_the_file_is_opened_again() {
    let folder = folder();
    open(&file(&folder)).append(&rows(0..3)).unwrap();
    let vectors = open(&file(&folder));
    assert_eq!(vectors.len(), 3);
    assert!(vectors.contains(&row(2).0) && finds(&vectors, 2));
    assert!(!vectors.contains(&row(3).0));
}

#[test]
fn a_vector_that_can_not_be_compared_is_refused_and_nothing_is_appended() {
    let folder = folder();
    let vectors = open(&file(&folder));
    for bad in [
        vec![1.0; DIMENSIONS + 1],
        vec![0.0; DIMENSIONS],
        vec![f32::NAN; DIMENSIONS],
        vec![f32::INFINITY; DIMENSIONS],
        vec![f32::MAX; DIMENSIONS],
    ] {
        let vectors_and_bad = [row(1), (hash("bad"), bad)];
        assert!(vectors.append(&vectors_and_bad).is_err());
        assert!(vectors.is_empty());
    }
    vectors.append(&rows(0..3)).unwrap();
    for query in [vec![], vec![0.0; DIMENSIONS], vec![f32::NAN; DIMENSIONS]] {
        assert_eq!(vectors.nearest(&query, 3, &|_| true), []);
    }
}

#[test]
fn wherever_a_crash_cuts_the_file_all_whole_rows_are_kept() {
    let folder = folder();
    let path = file(&folder);
    open(&path).append(&rows(0..3)).unwrap();
    let bytes = fs::read(&path).unwrap();
    let row_length = (bytes.len() - HEADER) / 3;
    for end in HEADER..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        let vectors = open(&path);
        assert_eq!(vectors.len(), (end - HEADER) / row_length);
        vectors.append(&rows(2..4)).unwrap();
        assert!(finds(&open(&path), 3));
    }
}

#[test]
fn any_damaged_byte_costs_the_row_that_it_is_in_and_no_other() {
    let folder = folder();
    let path = file(&folder);
    open(&path).append(&rows(0..3)).unwrap();
    let bytes = fs::read(&path).unwrap();
    let row_length = (bytes.len() - HEADER) / 3;
    for at in HEADER..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let lost = (at - HEADER) / row_length;
        let reader = Vectors::open_to_read(&path, DIMENSIONS, "test").unwrap();
        for vectors in [reader, open(&path)] {
            assert_eq!(vectors.len(), 2);
            for number in 0..3 {
                assert_eq!(vectors.contains(&row(number).0), number != lost);
                assert_eq!(finds(&vectors, number), number != lost);
            }
        }
        // The lost one is embedded again.
        open(&path).append(&rows(0..3)).unwrap();
        assert!((0..3).all(|it| finds(&open(&path), it)));
    }
}

#[test]
fn a_file_with_a_damaged_header_is_made_anew_with_a_notice() {
    let folder = folder();
    let path = file(&folder);
    open(&path).append(&rows(0..3)).unwrap();
    let bytes = fs::read(&path).unwrap();
    for at in 0..HEADER {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert!(
            Vectors::open_to_read(&path, DIMENSIONS, "test")
                .unwrap()
                .is_empty()
        );
        let (vectors, notice) = Vectors::open(&path, DIMENSIONS, "test").unwrap();
        assert!(notice.unwrap().contains("made anew"));
        vectors.append(&rows(0..1)).unwrap();
        assert_eq!(open(&path).len(), 1);
    }
    fs::write(&path, "").unwrap();
    assert!(
        Vectors::open(&path, DIMENSIONS, "test")
            .unwrap()
            .1
            .is_some()
    );
}

#[test]
fn vectors_of_another_embedder_are_not_read() {
    let folder = folder();
    let path = file(&folder);
    open(&path).append(&rows(0..3)).unwrap();
    assert!(
        Vectors::open_to_read(&path, DIMENSIONS, "other")
            .unwrap()
            .is_empty()
    );
    let (vectors, notice) = Vectors::open(&path, DIMENSIONS, "other").unwrap();
    assert!(vectors.is_empty() && notice.is_some());
}

#[test]
fn a_reader_sees_what_is_appended_and_what_is_rewritten() {
    let folder = folder();
    let path = file(&folder);
    let reader = Vectors::open_to_read(&path, DIMENSIONS, "test").unwrap();
    assert!(reader.is_empty());
    let writer = open(&path);
    for end in [300, 600] {
        writer.append(&rows(end - 300..end)).unwrap();
        reader.refresh().unwrap();
        assert_eq!(reader.len(), end);
        assert!(finds(&reader, end - 1));
    }
    let live = row(599).0;
    assert_eq!(writer.compact(&|it| *it == live).unwrap(), 599);
    // Until it looks again it has what it had.
    assert!(finds(&reader, 3));
    reader.refresh().unwrap();
    assert_eq!(reader.len(), 1);
    assert!(finds(&reader, 599));
    assert!(reader.append(&rows(0..1)).is_err());
}

#[test]
fn a_file_is_rewritten_once_more_than_half_is_dead() {
    let folder = folder();
    let path = file(&folder);
    let vectors = open(&path);
    vectors.append(&rows(0..400)).unwrap();
    let below = |limit: usize| {
        let live: FxHashSet<Hash> = (0..limit).map(|it| row(it).0).collect();
        move |it: &Hash| live.contains(it)
    };
    assert_eq!(vectors.compact(&below(200)).unwrap(), 0);
    assert_eq!(vectors.compact(&below(199)).unwrap(), 201);
    assert_eq!(vectors.len(), 199);
    vectors.append(&rows(300..301)).unwrap();
    let vectors = open(&path);
    assert_eq!(vectors.len(), 200);
    assert!(finds(&vectors, 198) && finds(&vectors, 300) && !finds(&vectors, 250));
}
