//! Filling, with an embedder that counts.

use super::*;
use crate::outline::Kind;
use crate::store::{Definition, hash};
use expect_test::expect;
use std::sync::atomic::AtomicUsize;

/// Embeds by the letters that a text begins with; fails after so many texts.
#[derive(Default)]
struct Letters {
    texts: AtomicUsize,
    fails_after: Option<usize>,
    calls: Mutex<Vec<Vec<String>>>,
}

impl Embedder for Letters {
    fn id(&self) -> &str {
        "letters"
    }

    fn dimensions(&self) -> usize {
        4
    }

    fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, String> {
        let before = self.texts.fetch_add(texts.len(), Ordering::Relaxed);
        if self.fails_after.is_some_and(|it| before >= it) {
            return Err("The letters are used up.".to_owned());
        }
        let owned = texts.iter().map(|it| (*it).to_owned()).collect();
        self.calls.lock().unwrap().push(owned);
        let vector = |text: &&str| {
            let mut letters = text.bytes().map(f32::from).chain(std::iter::repeat(1.0));
            std::array::from_fn::<f32, 4, _>(|_| letters.next().unwrap_or(1.0)).to_vec()
        };
        Ok(texts.iter().map(vector).collect())
    }
}

fn unset() -> AtomicBool {
    AtomicBool::new(false)
}

fn vectors() -> (tempfile::TempDir, Vectors) {
    let folder = tempfile::tempdir().unwrap();
    let (vectors, _) = Vectors::open(&folder.path().join("vec-letters.bin"), 4, "letters").unwrap();
    (folder, vectors)
}

fn wanted(count: usize) -> Vec<Wanted> {
    (0..count)
        .map(|it| {
            let text = format!("{it}{}", "x".repeat(it * 37 % 100));
            Wanted {
                hash: hash(&text),
                text,
            }
        })
        .collect()
}

fn fill_all(vectors: &Vectors, letters: &Letters, count: usize) -> Filled {
    let (stop, pause) = (unset(), unset());
    let flags = Flags {
        stop: &stop,
        pause: &pause,
    };
    fill(vectors, letters, wanted(count), flags, |_, _| {})
}

#[test]
fn every_text_gets_a_vector_and_none_is_embedded_twice() {
    let (_folder, vectors) = vectors();
    let letters = Letters::default();
    assert_eq!(fill_all(&vectors, &letters, 300), Filled::Whole);
    assert_eq!(fill_all(&vectors, &letters, 310), Filled::Whole);
    assert_eq!(vectors.len(), 310);
    assert_eq!(letters.texts.load(Ordering::Relaxed), 310);
}

#[test]
fn batches_hold_texts_of_about_one_length_and_the_first_come_first() {
    let (_folder, vectors) = vectors();
    let letters = Letters::default();
    fill_all(&vectors, &letters, 1000);
    let calls = letters.calls.lock().unwrap();
    for call in calls.iter() {
        let lengths = || call.iter().map(String::len);
        assert!(call.len() <= BATCH);
        assert!(lengths().max().unwrap() - lengths().min().unwrap() < 25);
    }
    let first = calls[..WINDOW / BATCH].concat();
    assert!(wanted(WINDOW).iter().all(|it| first.contains(&it.text)));
}

#[test]
fn a_failing_embedder_ends_it_with_its_sentence_and_the_next_time_goes_on_there() {
    let (_folder, vectors) = vectors();
    let failing = Letters {
        fails_after: Some(64),
        ..Letters::default()
    };
    let sentence = "The letters are used up.".to_owned();
    assert_eq!(fill_all(&vectors, &failing, 300), Filled::Failed(sentence));
    assert_eq!(vectors.len(), 64);
    let letters = Letters::default();
    assert_eq!(fill_all(&vectors, &letters, 300), Filled::Whole);
    assert_eq!(letters.texts.load(Ordering::Relaxed), 300 - 64);
}

#[test]
fn a_stop_keeps_what_is_done() {
    let (_folder, vectors) = vectors();
    let (stop, pause) = (unset(), unset());
    let flags = Flags {
        stop: &stop,
        pause: &pause,
    };
    let mut told = Vec::new();
    let filled = fill(
        &vectors,
        &Letters::default(),
        wanted(300),
        flags,
        |done, of| {
            told.push((done, of));
            stop.store(done >= 64, Ordering::Relaxed);
        },
    );
    assert_eq!(filled, Filled::Stopped);
    assert_eq!(told, [(32, 300), (64, 300)]);
    assert_eq!(vectors.len(), 64);
}

#[test]
fn a_pause_is_waited_out_and_a_stop_ends_it() {
    let (_folder, vectors) = vectors();
    let (stop, pause) = (unset(), AtomicBool::new(true));
    let flags = Flags {
        stop: &stop,
        pause: &pause,
    };
    std::thread::scope(|scope| {
        let filling =
            scope.spawn(|| fill(&vectors, &Letters::default(), wanted(3), flags, |_, _| {}));
        pause.store(false, Ordering::Relaxed);
        assert_eq!(filling.join().unwrap(), Filled::Whole);
        pause.store(true, Ordering::Relaxed);
        let filling =
            scope.spawn(|| fill(&vectors, &Letters::default(), wanted(9), flags, |_, _| {}));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(filling.join().unwrap(), Filled::Stopped);
    });
    assert_eq!(vectors.len(), 3);
}

#[test]
fn an_embedder_of_other_dimensions_is_a_failure_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let (vectors, _) = Vectors::open(&folder.path().join("v.bin"), 5, "letters").unwrap();
    let Filled::Failed(sentence) = fill_all(&vectors, &Letters::default(), 3) else {
        panic!("not a failure")
    };
    assert!(
        sentence.contains("4 dimensions where all have 5"),
        "{sentence}"
    );
}

#[test]
fn a_query_is_embedded_once() {
    let letters = Arc::new(Letters::default());
    let queries = Queries::new(letters.clone());
    let vector = queries.vector("parseHeader").unwrap();
    assert_eq!(queries.vector("parse  Header").unwrap(), vector);
    assert_eq!(letters.texts.load(Ordering::Relaxed), 1);
    for number in 0..QUERIES {
        queries.vector(&number.to_string()).unwrap();
    }
    queries.vector("parseHeader").unwrap();
    assert_eq!(letters.texts.load(Ordering::Relaxed), QUERIES + 2);
}

#[test]
fn a_query_that_could_not_be_embedded_is_asked_again() {
    let queries = Queries::new(Arc::new(Letters {
        fails_after: Some(0),
        ..Letters::default()
    }));
    for _ in 0..2 {
        assert_eq!(queries.vector("x").unwrap_err(), "The letters are used up.");
    }
}

#[test]
fn a_chunk_is_embedded_with_what_it_is_called_and_in_words() {
    let text = "/// Reads the header's bytes.\nfn parse_http_header(rawBytes: &[u8], max_len: usize) -> HTTPHeader2 {\n    todo!()\n}\n";
    expect!["http parse.rs: Http Parser: parse http header: Reads the header's bytes. fn parse http header raw Bytes u8 max len usize HTTP Header2 todo"]
        .assert_eq(&embedded_text("net/http/parse.rs", Some("parse_http_header"), Some("HttpParser"), text));
    expect!["main.c: int main"].assert_eq(&embedded_text("main.c", None, None, "\tint main() {\n"));
    expect!["größe.py: Ä größe Über Maß"].assert_eq(&embedded_text(
        "größe.py",
        None,
        None,
        "Ä_größeÜberMaß",
    ));
}

#[test]
fn no_text_is_too_long_or_breaks_a_character() {
    for filler in ["x", "é", "漢", "a_B", "🎈x"] {
        let text = embedded_text("a/b/c", Some(filler), None, &filler.repeat(9_000));
        assert!(
            text.len() <= LONGEST && text.len() > LONGEST - 8,
            "{filler}"
        );
    }
    assert_eq!(embedded_text("", None, None, ""), ":");
}

#[test]
fn a_chunk_s_key_tells_all_that_is_embedded_and_nothing_else() {
    let symbol = |name: &str, container: Option<&str>| Definition {
        name: name.to_owned(),
        kind: Kind::Method,
        container: container.map(str::to_owned),
        start_line: 3,
        end_line: 9,
    };
    let chunk = |path: &str, symbol: Option<Definition>| ChunkRecord {
        path: path.to_owned(),
        bytes: (0, 1),
        start_line: 1,
        end_line: 2,
        symbol,
        key: Hash::default(),
    };
    let base = chunk("a/b/c.rs", Some(symbol("f", Some("T"))));
    let same = ChunkRecord {
        start_line: 40,
        bytes: (7, 8),
        ..chunk("z/b/c.rs", Some(symbol("f", Some("T"))))
    };
    assert_eq!(key(&base, "x"), key(&same, "x"));
    let others = [
        key(&base, "y"),
        key(&chunk("a/b/d.rs", Some(symbol("f", Some("T")))), "x"),
        key(&chunk("a/b/c.rs", Some(symbol("g", Some("T")))), "x"),
        key(&chunk("a/b/c.rs", Some(symbol("f", None))), "x"),
        key(&chunk("a/b/c.rs", Some(symbol("f", Some("")))), "x"),
        key(&chunk("a/b/c.rs", None), "x"),
        key(&chunk("a/b/c.rsT", Some(symbol("f", Some("")))), "x"),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(key(&base, "x"), *other, "{at}");
        assert!(!others[..at].contains(other), "{at}");
    }
    assert_eq!(Wanted::new(&base, "x").text, "b c.rs: T: f: x");
}
