//! Changes against a naive reference: text as a list of characters, positions counted by hand.

use super::*;
use proptest::prelude::*;
use tower_lsp_server::gen_lsp_types::{
    Position, Range, TextDocumentContentChangeWholeDocument as Whole,
};

/// Where the characters of each line start and end, breaks excluded. Breaks are `\n`, `\r\n` and `\r`.
fn lines(text: &[char]) -> Vec<(usize, usize)> {
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let break_len = match text[at] {
            '\r' if text.get(at + 1) == Some(&'\n') => 2,
            '\r' | '\n' => 1,
            _ => 0,
        };
        if break_len > 0 {
            lines.push((start, at));
            at += break_len;
            start = at;
        } else {
            at += 1;
        }
    }
    lines.push((start, text.len()));
    lines
}

fn width(it: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf8 => it.len_utf8(),
        Encoding::Utf16 => it.len_utf16(),
        Encoding::Utf32 => 1,
    }
}

fn index(text: &[char], position: Position, encoding: Encoding) -> usize {
    let lines = lines(text);
    let Some(&(start, end)) = lines.get(position.line as usize) else {
        return text.len();
    };
    let (mut left, mut at) = (position.character as usize, start);
    while at < end && left >= width(text[at], encoding) {
        left -= width(text[at], encoding);
        at += 1;
    }
    at
}

/// What an editor does: in UTF-16 it may cut a pair, whose other half is then U+FFFD.
fn replace(text: &mut Vec<char>, range: Range, new: &str, encoding: Encoding) {
    let a = index(text, range.start, encoding);
    let b = index(text, range.end, encoding);
    if encoding != Encoding::Utf16 {
        text.splice(a.min(b)..a.max(b), new.chars());
        return;
    }
    let unit = |text: &[char], position: Position, at: usize| -> usize {
        let before: usize = text[..at].iter().map(|it| it.len_utf16()).sum();
        let lines = lines(text);
        let Some(&(start, end)) = lines.get(position.line as usize) else {
            return before;
        };
        let origin: usize = text[..start].iter().map(|it| it.len_utf16()).sum();
        let limit: usize = text[..end].iter().map(|it| it.len_utf16()).sum();
        origin
            .saturating_add(position.character as usize)
            .min(limit)
    };
    let (a, b) = (unit(text, range.start, a), unit(text, range.end, b));
    let mut units: Vec<u16> = text.iter().collect::<String>().encode_utf16().collect();
    units.splice(a.min(b)..a.max(b), new.encode_utf16());
    *text = String::from_utf16_lossy(&units).chars().collect();
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z(){};= ]{0,6}",
        1 => Just("é".to_owned()),
        1 => Just("漢字".to_owned()),
        1 => Just("😀".to_owned()),
        1 => Just("\u{feff}".to_owned()),
        1 => Just("\u{2028}".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|it| it.concat())
}

type Edit = (u32, u32, u32, u32, String);

fn edit() -> impl Strategy<Value = Edit> {
    let number = || prop_oneof![9 => 0..12u32, 1 => Just(u32::MAX)];
    (number(), number(), number(), number(), text())
}

fn encoding() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        Just(Encoding::Utf8),
        Just(Encoding::Utf16),
        Just(Encoding::Utf32)
    ]
}

proptest! {
    #[test]
    fn a_document_is_what_a_naive_reference_says_after_hundreds_of_changes(
        start in text(),
        edits in prop::collection::vec(edit(), 1..300),
        encoding in encoding(),
    ) {
        let mut documents = Documents::default();
        documents.open("file:///a.rs", "rust", 0, &start, None);
        let mut reference: Vec<char> = start.chars().collect();
        for (n, batch) in edits.chunks(3).enumerate() {
            let mut changes = Vec::new();
            for (line, character, end_line, end_character, text) in batch {
                let range = Range {
                    start: Position { line: *line, character: *character },
                    end: Position { line: *end_line, character: *end_character },
                };
                replace(&mut reference, range, text, encoding);
                changes.push(Partial::new(range, None, text.clone()).into());
            }
            prop_assert!(documents.change("file:///a.rs", n as i32, &changes, encoding));
            let document = documents.get("file:///a.rs").expect("it is open");
            let expected: String = reference.iter().collect();
            prop_assert_eq!(document.text.to_string(), expected);
            prop_assert!(document.touched <= document.text.len_bytes());
        }
        let document = documents.get("file:///a.rs").expect("it is open");
        for at in 0..=reference.len() {
            let offset: usize = reference[..at].iter().map(|it| it.len_utf8()).sum();
            let position = convert::position(&document.text, offset, encoding);
            // Between `\r` and `\n` there is no position.
            let inside_break = at > 0 && reference[at - 1] == '\r' && reference.get(at) == Some(&'\n');
            if !inside_break {
                prop_assert_eq!(convert::offset(&document.text, position, encoding), offset);
                prop_assert_eq!(index(&reference, position, encoding), at);
            }
        }
    }
}

#[test]
fn half_an_emoji_that_is_replaced_leaves_positions_right() {
    let mut documents = Documents::default();
    let uri = "file:///a.rs";
    let at = |start, end, text: &str| {
        let position = |character| Position { line: 0, character };
        let range = Range {
            start: position(start),
            end: position(end),
        };
        Change::from(Partial::new(range, None, text.to_owned()))
    };
    for (change, expected) in [
        (at(2, 3, ""), "x\u{fffd}y"),
        (at(1, 2, "ab"), "xab\u{fffd}y"),
        (at(2, 2, "-"), "x\u{fffd}-\u{fffd}y"),
        (at(3, 2, "\u{fffd}"), "x\u{fffd}\u{fffd}y"),
        (at(2, 4, ""), "x\u{fffd}"),
        (at(0, 2, ""), "\u{fffd}y"),
    ] {
        documents.open(uri, "rust", 0, "x😀y", None);
        documents.change(uri, 1, &[change], Encoding::Utf16);
        let document = documents.get(uri).expect("it is open");
        assert_eq!(document.text.to_string(), expected);
    }
}

#[test]
fn a_change_of_the_whole_text_replaces_it() {
    let mut documents = Documents::default();
    documents.open("untitled:1", "rust", 1, "old", None);
    let change = Whole::new("new\n".to_owned()).into();
    assert!(documents.change("untitled:1", 2, &[change], Encoding::Utf16));
    let document = documents.get("untitled:1").unwrap();
    assert_eq!(
        (document.text.to_string().as_str(), document.version),
        ("new\n", 2)
    );
    assert_eq!(document.path, None);
}

#[test]
fn a_change_of_a_document_that_is_not_open_changes_nothing() {
    let mut documents = Documents::default();
    assert!(!documents.change("file:///a", 1, &[], Encoding::Utf16));
}

#[test]
fn a_snapshot_stays_what_it_was() {
    let mut documents = Documents::default();
    documents.open("file:///a", "rust", 1, "one", None);
    let snapshot = documents.get("file:///a").unwrap().clone();
    let change = Whole::new("two".to_owned()).into();
    documents.change("file:///a", 2, &[change], Encoding::Utf16);
    assert_eq!(snapshot.text.to_string(), "one");
}

#[test]
fn the_other_documents_come_most_recently_changed_first() {
    let mut documents = Documents::default();
    for uri in ["file:///a", "file:///b", "file:///c"] {
        documents.open(uri, "rust", 1, "", None);
    }
    let change = Whole::new("x".to_owned()).into();
    documents.change("file:///a", 2, &[change], Encoding::Utf16);
    let others = documents.recent(16, |it| &*it.id != "file:///b");
    let names: Vec<&str> = others.iter().map(|it| &*it.id).collect();
    assert_eq!(names, ["file:///a", "file:///c"]);
}
