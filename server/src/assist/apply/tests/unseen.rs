//! Invisible characters in answers: none gets into a file unnoticed, and files that have some can be changed.

use crate::assist::apply::patch::Patch;
use crate::assist::apply::refusal::{Kind, Refusal};
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Target, Workspace, plan};
use std::fs;
use std::path::PathBuf;

fn planned(text: &[u8], answer: &str) -> Result<Patch, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.py"), text).unwrap();
    let workspace = Workspace {
        root: folder.path(),
        open: &|_| None,
    };
    plan(answer, &workspace, None, &Scope::Root)
}

/// The change of a line in each format.
fn changes(old: &str, new: &str) -> Vec<String> {
    vec![
        format!("a.py\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"),
        format!("```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-{old}\n+{new}\n```\n"),
        format!("*** Begin Patch\n*** Update File: a.py\n@@\n-{old}\n+{new}\n*** End Patch\n"),
        format!("a.py\n```python\n{new}\ny = 2\n```\n"),
        format!("<file path=\"a.py\">\n{new}\ny = 2\n</file>\n"),
        format!(
            "<edit path=\"a.py\">\n<old_text>{old}</old_text>\n<new_text>{new}</new_text>\n</edit>\n"
        ),
        format!("*** Begin Patch\n*** Add File: b.py\n+{new}\n*** End Patch\n"),
    ]
}

#[track_caller]
fn check(text: &str, answer: &str, expected: &str) {
    let patch = planned(text.as_bytes(), answer).unwrap();
    let after = patch.files[0].after.clone().unwrap();
    assert_eq!(String::from_utf8(after).unwrap(), expected, "{answer:?}");
}

#[test]
fn what_can_hide_code_refuses_the_answer_in_every_format() {
    for it in [
        '\u{61c}',
        '\u{200e}',
        '\u{200f}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{1b}',
        '\u{8}',
        '\0',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{2028}',
        '\u{2029}',
        '\u{b}',
        '\u{c}',
        '\u{fff9}',
        '\u{e0041}',
        '\u{e0001}',
    ] {
        for answer in changes("x = 1", &format!("x = \"a{it}b\"")) {
            let refusal = planned(b"x = 1\ny = 2\n", &answer).expect_err(&answer);
            // Some of them are no Python, either, which code without marks is found by.
            if refusal.problems[0].kind == Kind::Unclear && answer.contains("```python") {
                continue;
            }
            assert_eq!(
                refusal.problems[0].kind,
                Kind::Invisible,
                "{it:?} {answer:?}"
            );
            let code = format!("U+{:04X}", u32::from(it));
            assert!(refusal.to_string().contains(&code), "{refusal}");
        }
    }
    // A carriage return ends a line for some and is nothing to see for others.
    let answer = &changes("x = 1", "x = 1 #\rimport os")[0];
    let refusal = planned(b"x = 1\ny = 2\n", answer).unwrap_err();
    assert_eq!(refusal.problems[0].kind, Kind::Invisible);
}

#[test]
fn what_blends_in_is_left_out_with_a_note_in_every_format() {
    for it in [
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{2060}',
        '\u{feff}',
        '\u{ad}',
        '\u{3164}',
        '\u{1160}',
        '\u{2063}',
        '\u{e0100}',
        '\u{fe0f}',
        '\u{34f}',
        '\u{180e}',
    ] {
        for answer in changes("x = 1", &format!("x = 'us{it}er'")) {
            let patch = planned(b"x = 1\ny = 2\n", &answer).unwrap();
            let after = patch.files[0].after.clone().unwrap();
            let after = String::from_utf8(after).unwrap();
            assert!(
                after.starts_with("x = 'user'\n"),
                "{it:?} {answer:?}: {after:?}"
            );
            let note = format!("left out 1 invisible character (U+{:04X})", u32::from(it));
            assert!(
                patch.notes.iter().any(|it| it.contains(&note)),
                "{:?}",
                patch.notes
            );
        }
    }
}

#[test]
fn what_a_file_has_already_stays_and_no_more_comes() {
    let text = "x = '\u{202e}a\u{202c}'\ny = 2\nus\u{200b}er = 3\n";
    let answer = "a.py\n<<<<<<< SEARCH\ny = 2\n=======\ny = 3\n>>>>>>> REPLACE\n";
    check(text, answer, &text.replace("y = 2", "y = 3"));
    let line = "x = '\u{202e}a\u{202c}'";
    let kept = &changes(line, "x = '\u{202e}b\u{202c}'")[0];
    check(text, kept, &text.replace('a', "b"));
    // Moving one is no more than keeping it.
    let more = &changes(line, "x = '\u{202e}a\u{202e}b\u{202c}'")[0];
    assert_eq!(
        planned(text.as_bytes(), more).unwrap_err().problems[0].kind,
        Kind::Invisible
    );
    // Of those that blend in, the old one stays and the new one goes.
    let second = "a.py\n<<<<<<< SEARCH\ny = 2\n=======\nus\u{200b}ers = 2\n>>>>>>> REPLACE\n";
    check(text, second, &text.replace("y = 2", "users = 2"));
}

#[test]
fn what_writing_needs_is_no_trick() {
    for new in [
        "s = 'می\u{200c}خواهم'",
        "s = '👩\u{200d}💻 ❤\u{fe0f}'",
        "s = 'क्\u{200d}ष'",
        "s = 'שלום'",
    ] {
        let answer = &changes("x = 1", new)[0];
        let patch = planned(b"x = 1\ny = 2\n", answer).unwrap();
        assert_eq!(
            patch.files[0].after.as_deref(),
            Some(format!("{new}\ny = 2\n").as_bytes())
        );
        assert!(patch.notes.is_empty(), "{:?}", patch.notes);
    }
}

#[test]
fn line_ends_and_marks_that_a_file_has_are_no_trick() {
    let answer = &changes("x = 1", "x = 2\nz = 3")[0];
    for (text, expected) in [
        (
            &b"x = 1\r\ny = 2\r\n"[..],
            &b"x = 2\r\nz = 3\r\ny = 2\r\n"[..],
        ),
        (b"x = 1\ry = 2\r", b"x = 2\rz = 3\ry = 2\r"),
        (
            b"\xef\xbb\xbfx = 1\ny = 2\n",
            b"\xef\xbb\xbfx = 2\nz = 3\ny = 2\n",
        ),
        (
            b"x = 1\n\x0c\ny = '\xe9\x85'\n",
            b"x = 2\nz = 3\n\x0c\ny = '\xe9\x85'\n",
        ),
    ] {
        let patch = planned(text, answer).unwrap();
        assert_eq!(patch.files[0].after.as_deref(), Some(expected), "{text:?}");
    }
}

#[test]
fn bytes_that_spell_one_together_are_one() {
    // Private characters that stand for bytes while a file is worked on: E2 80 AE is U+202E, 9B a control character.
    for trick in ["\u{10ffe2}\u{10ff80}\u{10ffae}", "\u{10ff9b}", "\u{10ffad}"] {
        for text in [&b"x = 1\ny = 2\n"[..], b"x = 1\ny = '\xe9'\n"] {
            let answer = &changes("x = 1", &format!("x = 'a{trick}b'"))[0];
            let refusal = planned(text, answer).unwrap_err();
            assert_eq!(refusal.problems[0].kind, Kind::Invisible, "{trick:?}");
        }
    }
}

#[test]
fn a_file_that_moves_takes_its_characters_along() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.py"), "x = '\u{2067}a\u{2069}'\n").unwrap();
    let workspace = Workspace {
        root: folder.path(),
        open: &|_| None,
    };
    let answer = "diff --git a/a.py b/b.py\nrename from a.py\nrename to b.py\n";
    let patch = plan(answer, &workspace, None, &Scope::Root).unwrap();
    assert_eq!(patch.files.len(), 2);
}

#[test]
fn no_new_file_has_one_in_its_name() {
    for name in [
        "a\u{202e}yp.txt",
        "a\u{200b}.py",
        "\u{feff}b.py",
        "sub\u{2066}/b.py",
        "b\u{85}.py",
        "b\u{2028}.py",
        "b\u{e0041}.py",
        "b\u{3164}.py",
    ] {
        let answer = format!("*** Begin Patch\n*** Add File: {name}\n+x\n*** End Patch\n");
        let refusal = planned(b"x = 1\n", &answer).expect_err(name);
        assert!(!refusal.to_string().contains(name), "{refusal}");
        let rename = format!(
            "*** Begin Patch\n*** Update File: a.py\n*** Move to: {name}\n@@\n-x = 1\n+x = 2\n*** End Patch\n"
        );
        planned(b"x = 1\n", &rename).expect_err(name);
    }
    let answer = "*** Begin Patch\n*** Add File: می\u{200c}خواهم.txt\n+x\n*** End Patch\n";
    assert!(planned(b"x = 1\n", answer).is_ok());
}

#[test]
fn what_carries_a_text_is_refused_and_not_left_out() {
    let payload: String = ["\u{fe01}", "\u{e0101}"].repeat(1_000).concat();
    let answer = &changes("x = 1", &format!("x = 'a{payload}'"))[0];
    let refusal = planned(b"x = 1\ny = 2\n", answer).unwrap_err();
    assert_eq!(refusal.problems[0].kind, Kind::Invisible);
}

#[test]
fn leaving_one_out_stays_within_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a\u{200b}\nb\nc\u{200b}\n";
    fs::write(folder.path().join("a.txt"), text).unwrap();
    let workspace = Workspace {
        root: folder.path(),
        open: &|_| None,
    };
    let target = Target {
        path: PathBuf::from("a.txt"),
        lines: Some(2..=2),
    };
    let scope = Scope::Lines("a.txt".to_owned(), 2..=2);
    let patch = plan(
        "```\na\u{200b}\nb\u{200b}\n```\n",
        &workspace,
        Some(&target),
        &scope,
    )
    .unwrap();
    let after = String::from_utf8(patch.files[0].after.clone().unwrap()).unwrap();
    assert_eq!(after, "a\u{200b}\na\nb\nc\u{200b}\n");
}
