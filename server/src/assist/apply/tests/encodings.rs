//! Answers in all formats, applied to files in all encodings: what stays keeps every byte, what comes is in the encoding
//! of the file, and what can't be is refused.

use super::*;
use hob_index::encoding;

/// The answer that makes `new` of the middle line of `f.txt`, in one of the formats.
fn answer(format: &str, lines: &[String], new: &str) -> String {
    let [first, old, last] = lines else {
        panic!("three lines");
    };
    match format {
        "search/replace" => {
            format!("f.txt\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n")
        }
        "search/replace with the lines around" => format!(
            "f.txt\n<<<<<<< SEARCH\n{first}\n{old}\n{last}\n=======\n{first}\n{new}\n{last}\n>>>>>>> REPLACE\n"
        ),
        "diff" => format!(
            "```diff\n--- a/f.txt\n+++ b/f.txt\n@@ -1,3 +1,3 @@\n {first}\n-{old}\n+{new}\n {last}\n```\n"
        ),
        "whole file" => {
            format!("Here is the whole file:\n\nf.txt\n```\n{first}\n{new}\n{last}\n```\n")
        }
        "envelope" => format!(
            "*** Begin Patch\n*** Update File: f.txt\n@@\n {first}\n-{old}\n+{new}\n {last}\n*** End Patch\n"
        ),
        other => panic!("{other}"),
    }
}

const FORMATS: [&str; 5] = [
    "search/replace",
    "search/replace with the lines around",
    "diff",
    "whole file",
    "envelope",
];

/// Applies an answer to a file with these bytes; the bytes afterwards, or why they stay.
fn applied(before: &[u8], answer: &str) -> Result<Vec<u8>, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("f.txt"), before).unwrap();
    let workspace = Workspace {
        root,
        open: &|_| None,
    };
    let patch = plan(answer, &workspace, None, &Scope::Root)?;
    // What people are shown is text, whatever the file is in.
    assert!(
        !patch.diff().contains('\0') && !patch.diff().contains('\u{FFFD}')
            || encoding::of(before).is_ok_and(|it| it.is_bytes()),
        "{}",
        patch.diff()
    );
    let state = root.join("state");
    let mut journal = journal::Journal::open(&state, root).unwrap();
    patch.write(root, Some(&mut journal))?;
    let after = fs::read(root.join("f.txt")).unwrap();
    if let Some((change, undo)) = journal.undo().unwrap() {
        journal.take_back(&change, &undo).unwrap();
    }
    assert_eq!(fs::read(root.join("f.txt")).unwrap(), before, "taken back");
    Ok(after)
}

/// How a text is written in an encoding.
fn written(name: &str, text: &str) -> Vec<u8> {
    let units16 = |text: &str, f: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(f).collect();
    let units32 =
        |text: &str, f: fn(u32) -> [u8; 4]| text.chars().map(u32::from).flat_map(f).collect();
    let marked = format!("\u{FEFF}{text}");
    match name {
        "UTF-8" => text.into(),
        "UTF-8 with a mark" => marked.into(),
        "UTF-16LE with a mark" => units16(&marked, u16::to_le_bytes),
        "UTF-16BE with a mark" => units16(&marked, u16::to_be_bytes),
        "UTF-16LE" => units16(text, u16::to_le_bytes),
        "UTF-16BE" => units16(text, u16::to_be_bytes),
        "UTF-32LE with a mark" => units32(&marked, u32::to_le_bytes),
        "UTF-32BE with a mark" => units32(&marked, u32::to_be_bytes),
        "UTF-32LE" => units32(text, u32::to_le_bytes),
        label => encoding::encoded(label, text).unwrap(),
    }
}

#[test]
fn every_format_keeps_every_encoding() {
    let japanese = "# 日本語のコメントです";
    let chinese = "# 中文注释，用于测试编码";
    let german = "# Größe für später";
    let cases: &[(&str, &str, &str, &str)] = &[
        // How it is written, its first line, its middle line, what that becomes.
        ("UTF-8", japanese, "# 古い", "# 新しい €"),
        ("UTF-8 with a mark", japanese, "# 古い", "# 新しい €"),
        ("UTF-16LE with a mark", japanese, "# 古い", "# 新しい € 😀"),
        ("UTF-16BE with a mark", japanese, "# 古い", "# 新しい € 😀"),
        ("UTF-16LE with a mark", "x = 1", "y = 2", "y = 3"),
        ("UTF-16LE", japanese, "# 古い", "# 新しい"),
        ("UTF-16BE", "x = 1", "y = 2", "# é"),
        ("UTF-32LE with a mark", japanese, "# 古い", "# 新しい 😀"),
        ("UTF-32BE with a mark", "x = 1", "y = 2", "y = 3"),
        ("UTF-32LE", japanese, "# 古い", "# 新しい"),
        ("shift_jis", japanese, "# 古い表示", "# 新しい表示 ソ"),
        ("shift_jis", japanese, "x = 1", "x = '能'"),
        ("shift_jis", "# -*- coding: cp932 -*-", "# 表", "# 裏 ①"),
        ("euc-jp", japanese, "# 古い", "# 新しい"),
        ("iso-2022-jp", japanese, "# 古い", "# 新しい"),
        ("gbk", chinese, "# 旧的", "# 新的鎔"),
        ("gb18030", "# coding: gb18030", "# 旧 😀", "# 新 😀😀"),
        ("big5", "# 這是一個中文註解，用於測試", "# 舊", "# 新功"),
        ("euc-kr", "# 한국어 주석을 시험합니다", "# 옛날", "# 새로운"),
        ("windows-1252", german, "# früher", "# später: é ñ"),
        ("windows-1252", "# “quoted” – café naïve", "# a", "# — é"),
        ("windows-1252", "# -*- coding: latin-1 -*-", "x = 1", "# é"),
        (
            "iso-8859-15",
            "# -*- coding: iso-8859-15 -*-",
            "x = 1",
            "# 5 €",
        ),
        (
            "windows-1251",
            "# комментарий на русском языке",
            "# старый",
            "# новый щ",
        ),
        ("koi8-r", "# coding: koi8-r", "# да", "# нет"),
        (
            "windows-1250",
            "<?xml version=\"1.0\" encoding=\"windows-1250\"?>",
            "<a/>",
            "<a>žluť</a>",
        ),
        (
            "shift_jis",
            "@charset \"shift_jis\";",
            "a { }",
            "a { content: '日'; }",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, first, old, new) in cases {
        let lines = [first, old, "# the end"].map(|it| it.to_string());
        for eol in ["\n", "\r\n"] {
            for last in ["", eol] {
                let text = |middle: &str| {
                    written(name, &format!("{first}{eol}{middle}{eol}# the end{last}"))
                };
                let (before, expected) = (text(old), text(new));
                for format in FORMATS {
                    let found = applied(&before, &answer(format, &lines, new));
                    if found.as_ref() != Ok(&expected) {
                        let shown = found.map(|it| String::from_utf8_lossy(&it).into_owned());
                        wrong.push(format!(
                            "{name}, {format}, {eol:?}{last:?}: {new}: {shown:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn snippets_keep_every_encoding() {
    for (name, first, word) in [
        ("UTF-16LE with a mark", "# 日本語", "日"),
        ("UTF-8 with a mark", "# 日本語", "日"),
        ("shift_jis", "# 日本語のコメントです", "ソ"),
        ("gbk", "# 中文注释，用于测试编码", "文"),
        ("windows-1252", "# Größe für später", "é"),
        ("windows-1252", "# -*- coding: latin-1 -*-", "é"),
    ] {
        let text = |word: &str| {
            let text = format!(
                "{first}\n\n\ndef a():\n    return 'x'\n\n\ndef b():\n    return '{word}'\n"
            );
            written(name, &text)
        };
        let answer = format!("f.txt\n```python\ndef b():\n    return '{word}{word}'\n```\n");
        let python = |bytes: &[u8], answer: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("f.py"), bytes).unwrap();
            let workspace = Workspace {
                root: folder.path(),
                open: &|_| None,
            };
            let patch = plan(answer, &workspace, None, &Scope::Root).unwrap();
            patch.write(folder.path(), None).unwrap();
            fs::read(folder.path().join("f.py")).unwrap()
        };
        let found = python(&text("y"), &answer.replace("f.txt", "f.py"));
        assert_eq!(found, text(&format!("{word}{word}")), "{name}");
    }
}

#[test]
fn what_a_file_s_encoding_does_not_have_is_refused_with_the_remedy() {
    let long = encoding::encoded("shift_jis", "# 日本語のコメントです\nold\nlast\n").unwrap();
    let ascii = |first: &str| format!("{first}\nold\nlast\n").into_bytes();
    let cases: Vec<(&str, Vec<u8>, &str, &str, &str)> = vec![
        // What it is, its bytes, its first line, what the middle one becomes, what is said.
        (
            "Shift-JIS",
            long,
            "# 日本語のコメントです",
            "# é",
            "is in Shift_JIS, which can't hold `é` (U+00E9); leave it out, or save the file as UTF-8 first",
        ),
        (
            "Latin-1 by its declaration",
            ascii("# coding: latin-1"),
            "# coding: latin-1",
            "# —",
            "can't hold `—`",
        ),
        (
            "ASCII by its declaration",
            ascii("# coding: ascii"),
            "# coding: ascii",
            "# é",
            "declares an encoding that Hob can't write",
        ),
        (
            "short GBK",
            encoding::encoded("gbk", "# 中文\nold\nlast\n").unwrap(),
            "# 中文",
            "# 新",
            "which encoding it is in can't be told for sure",
        ),
        (
            "a single é",
            b"# caf\xe9\nold\nlast\n".to_vec(),
            "# café",
            "# ñ 日",
            "can't be told for sure",
        ),
        (
            "a mixture",
            b"# \xc3\xa9 caf\xe9\nold\nlast\n".to_vec(),
            "# é caf\u{FFFD}",
            "# ñ",
            "can't be told for sure",
        ),
        (
            "a wrong declaration",
            "# coding: latin-1 \n# ö\nold\n"
                .replace(" \n# ö\nold", "\nold\n# ö")
                .into_bytes(),
            "# coding: latin-1",
            "# é",
            "declares another encoding than the one it is in",
        ),
        (
            "another declaration",
            encoding::encoded("latin1", "# -*- coding: latin-1 -*-\nold\n# é\n").unwrap(),
            "# -*- coding: latin-1 -*-",
            "old",
            "",
        ),
    ];
    for (what, before, first, new, said) in cases {
        if said.is_empty() {
            continue;
        }
        for format in ["search/replace", "diff"] {
            let lines = [first, "old", "last"].map(str::to_owned);
            let last = String::from_utf8_lossy(&before)
                .lines()
                .last()
                .unwrap()
                .to_owned();
            let lines = [lines[0].clone(), lines[1].clone(), last];
            let refusal = applied(&before, &answer(format, &lines, new)).expect_err(what);
            assert_eq!(
                refusal.problems[0].kind.name(),
                "encoding",
                "{what}: {refusal}"
            );
            assert!(refusal.to_string().contains(said), "{what}: {refusal}");
        }
    }
}

#[test]
fn a_declaration_that_would_be_wrong_afterwards_is_refused() {
    let change = |old: &str, new: &str| {
        format!("f.txt\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n")
    };
    let latin = b"# -*- coding: latin-1 -*-\n# caf\xe9\n";
    let utf8 = "# -*- coding: utf-8 -*-";
    let refusal = applied(latin, &change("# -*- coding: latin-1 -*-", utf8)).unwrap_err();
    assert!(
        refusal.to_string().contains("convert the file first"),
        "{refusal}"
    );
    let refusal = applied("x\n# é\n".as_bytes(), &change("x", "# coding: latin-1\nx")).unwrap_err();
    assert_eq!(refusal.problems[0].kind.name(), "encoding");
    // Where nothing beyond ASCII is in it, the new declaration counts.
    let after = applied(
        b"# coding: latin-1\nx\n",
        &change("# coding: latin-1\nx", "# coding: utf-8\n# \u{e9}"),
    );
    assert_eq!(after.unwrap(), "# coding: utf-8\n# é\n".as_bytes());
    // A wrong one may be corrected.
    let after = applied(
        "# coding: latin-1\n# é\n".as_bytes(),
        &change("# coding: latin-1", "# coding: utf-8"),
    );
    assert_eq!(after.unwrap(), "# coding: utf-8\n# é\n".as_bytes());
}

#[test]
fn ascii_may_change_in_bytes_of_any_encoding() {
    let cases: &[&[u8]] = &[
        b"# caf\xe9\nold\nlast\n",
        b"# \x93\xfa\xfb\xfc\nold\nlast\n",
        b"# \xc3\xa9 caf\xe9\nold\nlast\n",
        b"# coding: cp437\nold\n# \x82\n",
        b"\xef\xbb\xbf# \xff\nold\nlast\n",
        b"# \xd6\xd0\xce\xc4\r\nold\r\nlast\r\n",
        b"# -*- coding: shift_jis -*-\nold\n# \x82\n",
        // Another pair of bytes for the same character than its encoding would write.
        b"# -*- coding: cp932 -*-\nold\n# \xed\x40 \x81\xca\n",
    ];
    for before in cases {
        let found = applied(
            before,
            "f.txt\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n",
        );
        let at = before.windows(3).position(|it| it == b"old").unwrap();
        let expected = [&before[..at], b"new", &before[at + 3..]].concat();
        assert_eq!(found.unwrap(), expected, "{before:?}");
    }
}

#[test]
fn what_is_no_text_is_not_changed_but_may_go_and_get_another_name() {
    let images: &[&[u8]] = &[
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\nold\n",
        b"%PDF-1.4\nold\n",
        b"MZ\0\x01\nold\n",
        b"\xff\xfeo\0l\0d\0\n\0\x61",
    ];
    for bytes in images {
        for (answer, what) in [
            (
                "f.txt\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n",
                "changed",
            ),
            (
                "Here is the whole file:\n\nf.txt\n```\nnew\ntext\n```\n",
                "replaced",
            ),
        ] {
            let refusal = applied(bytes, answer).expect_err(what);
            let kind = refusal.problems[0].kind.name();
            assert!(
                kind == "encoding" || kind == "not-found" || kind == "unclear",
                "{bytes:?}: {refusal}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("f.txt"), bytes).unwrap();
        let workspace = Workspace {
            root,
            open: &|_| None,
        };
        let moved = "```diff\ndiff --git a/f.txt b/g.txt\nsimilarity index 100%\nrename from f.txt\nrename to g.txt\n```\n";
        let patch = plan(moved, &workspace, None, &Scope::Root).unwrap();
        patch.write(root, None).unwrap();
        assert_eq!(
            files(root),
            BTreeMap::from([("g.txt".to_owned(), bytes.to_vec())])
        );
        let gone = "*** Begin Patch\n*** Delete File: g.txt\n*** End Patch\n";
        plan(gone, &workspace, None, &Scope::Root)
            .unwrap()
            .write(root, None)
            .unwrap();
        assert!(files(root).is_empty());
    }
}

#[test]
fn a_document_of_an_editor_is_utf_8_whatever_it_declares() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# coding: latin-1\n# café\nold\n";
    let workspace = Workspace {
        root: folder.path(),
        open: &|it| it.ends_with("f.txt").then(|| text.to_owned()),
    };
    let answer = "f.txt\n<<<<<<< SEARCH\nold\n=======\nneu: 日 ñ\n>>>>>>> REPLACE\n";
    let patch = plan(answer, &workspace, None, &Scope::Root).unwrap();
    let after = patch.files[0].after.as_deref().unwrap();
    assert_eq!(after, "# coding: latin-1\n# café\nneu: 日 ñ\n".as_bytes());
}

#[test]
fn a_scope_of_lines_counts_the_lines_of_the_text() {
    let before = written("UTF-16LE with a mark", "a\nਊ old\nb\nc\n");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f.txt"), &before).unwrap();
    let workspace = Workspace {
        root: folder.path(),
        open: &|_| None,
    };
    let answer = "f.txt\n<<<<<<< SEARCH\nb\n=======\nB\n>>>>>>> REPLACE\n";
    for (lines, fits) in [(3..=3, true), (2..=2, false), (4..=4, false)] {
        let scope = Scope::Lines("f.txt".to_owned(), lines);
        assert_eq!(plan(answer, &workspace, None, &scope).is_ok(), fits);
    }
}
