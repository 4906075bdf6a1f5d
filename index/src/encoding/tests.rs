//! Which encoding bytes are in, and what a text in it may get.

use super::*;

/// The bytes of a text in an encoding of single bytes or pairs.
fn bytes(label: &str, text: &str) -> Vec<u8> {
    let table = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
    encode(table, text).unwrap()
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let text = format!("{}{text}", if mark { "\u{FEFF}" } else { "" });
    let units = text.encode_utf16();
    units
        .flat_map(|it| match big {
            true => it.to_be_bytes(),
            false => it.to_le_bytes(),
        })
        .collect()
}

fn utf32(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let text = format!("{}{text}", if mark { "\u{FEFF}" } else { "" });
    text.chars()
        .flat_map(|it| match big {
            true => u32::from(it).to_be_bytes(),
            false => u32::from(it).to_le_bytes(),
        })
        .collect()
}

const JAPANESE: &str = "// 日本語のコメントです\nint main(void);\n";
const CHINESE: &str = "// 中文注释，用于测试编码\nint main(void);\n";
const GERMAN: &str = "// Größe der Datei für später\nint main(void);\n";

#[test]
fn every_known_encoding_is_recognised_read_and_written_back() {
    let declared =
        |label: &str, text: &str| bytes(label, &format!("# -*- coding: {label} -*-\n{text}"));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "UTF-8"),
        (b"int x;\n".to_vec(), "UTF-8"),
        (JAPANESE.into(), "UTF-8"),
        (format!("\u{FEFF}{JAPANESE}").into(), "UTF-8"),
        (utf16(JAPANESE, false, true), "UTF-16LE"),
        (utf16(JAPANESE, true, true), "UTF-16BE"),
        (utf16(JAPANESE, false, false), "UTF-16LE"),
        (utf16(JAPANESE, true, false), "UTF-16BE"),
        (utf16("int x; 😀\r\n", false, true), "UTF-16LE"),
        (utf16("", false, true), "UTF-16LE"),
        (utf32(JAPANESE, false, true), "UTF-32LE"),
        (utf32(JAPANESE, true, true), "UTF-32BE"),
        (utf32(JAPANESE, false, false), "UTF-32LE"),
        (utf32(JAPANESE, true, false), "UTF-32BE"),
        (bytes("shift_jis", JAPANESE), "Shift_JIS"),
        (bytes("euc-jp", JAPANESE), "EUC-JP"),
        (bytes("iso-2022-jp", JAPANESE), "ISO-2022-JP"),
        (bytes("gbk", CHINESE), "GBK"),
        (
            bytes("gb18030", "// 中文注释，用于测试编码 😀\n"),
            "gb18030",
        ),
        (bytes("big5", "// 這是一個中文註解，用於測試\n"), "Big5"),
        (bytes("euc-kr", "// 한국어 주석을 시험합니다\n"), "EUC-KR"),
        (bytes("windows-1252", GERMAN), "windows-1252"),
        (
            bytes("windows-1252", "// “quoted” – café\n"),
            "windows-1252",
        ),
        (
            bytes("windows-1251", "// комментарий на русском языке\n"),
            "windows-1251",
        ),
        (declared("shift_jis", "# 表\n"), "Shift_JIS"),
        (declared("gb2312", "# 中\n"), "GBK"),
        (declared("big5", "# 中\n"), "Big5"),
        (declared("koi8-r", "# да\n"), "KOI8-R"),
        (declared("iso-8859-15", "# 5 €\n"), "ISO-8859-15"),
        (declared("latin1", "# é\n"), "windows-1252"),
        (declared("latin1", "x = 1\n"), "windows-1252"),
    ];
    for (case, expected) in cases {
        let encoding = of(&case).unwrap();
        assert_eq!(encoding.name(), expected, "{case:?}");
        let text = encoding.decode(&case).unwrap();
        let mut written = encoding.mark().to_vec();
        written.extend(encoding.encode(&text).unwrap());
        assert_eq!(written, case, "{expected}");
        assert!(!text.contains('\u{FEFF}'));
    }
}

#[test]
fn declarations_are_read_in_the_spellings_of_many_tools() {
    for (text, expected) in [
        ("# -*- coding: latin-1 -*-\n", "windows-1252"),
        (
            "#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\n",
            "ISO-8859-15",
        ),
        ("# coding=cp1251\n", "windows-1251"),
        ("# encoding: Shift_JIS\n", "Shift_JIS"),
        ("# coding: cp932", "Shift_JIS"),
        ("# coding: windows_31j", "Shift_JIS"),
        ("# coding: euc_jp\n", "EUC-JP"),
        ("# coding: iso8859_2\n", "ISO-8859-2"),
        (";;; -*- mode: lisp; coding: euc-jp-unix -*-\n", "EUC-JP"),
        ("/* -*- coding: koi8-r; mode: c -*- */\n", "KOI8-R"),
        ("% !TeX encoding = latin1\n", "windows-1252"),
        (
            "<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?>\n<a/>",
            "ISO-8859-2",
        ),
        (
            "<?xml version='1.0' encoding='Windows-1250' standalone='no' ?>",
            "windows-1250",
        ),
        (
            "<!DOCTYPE html>\n<meta charset=windows-1252>",
            "windows-1252",
        ),
        (
            "<html><head><META http-equiv=Content-Type content=\"text/html; charset=Shift_JIS\">",
            "Shift_JIS",
        ),
        ("<%@ page pageEncoding=\"GBK\" %>", "GBK"),
        ("@charset \"euc-kr\";\na{}", "EUC-KR"),
        (
            "int x;\n// vim: set fileencoding=latin1 ts=4:\n",
            "windows-1252",
        ),
        ("int x;\n/* vim: fenc=cp1251 */\n", "windows-1251"),
        ("\u{FEFF}# coding: utf-8\n", "UTF-8"),
        ("# -*- coding: utf-8-sig -*-\n", "UTF-8"),
    ] {
        match declared(text.as_bytes()) {
            Some(Declared::Known(it)) => assert_eq!(it.name(), expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in [
        "# coding: cp437\n",
        "# coding: ascii\n",
        "# -*- coding: utf-7 -*-\n",
        "# encoding: binary",
    ] {
        assert_eq!(
            declared(text.as_bytes()),
            Some(Declared::Unsupported),
            "{text}"
        );
    }
    for text in [
        "int x;\n",
        "# Encoding: latin1 is what old files are in\n",
        "# Decoding: see below\n",
        "// coding: latin1\n",
        "let html = '<meta charset=latin1>';\n",
        "a { }\n@charset \"latin1\";\n",
        "\n\n\n# coding: latin1\n",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
        "<meta name=x><p>charset=latin1",
        "# coding:\n",
    ] {
        assert_eq!(declared(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn what_is_no_text_is_told_from_text() {
    let damaged = |name| Err(NoText::Damaged(name));
    let odd = [utf16("ab\n", false, true), vec![0x61]].concat();
    let lone = [b"\xff\xfe".to_vec(), vec![0x00, 0xD8, 0x61, 0x00]].concat();
    for (case, expected) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Err(NoText::Binary)),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", Err(NoText::Binary)),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", Err(NoText::Binary)),
        (b"GIF89a\x01", Err(NoText::Binary)),
        (b"\x7fELF\x02\x01\x01", Err(NoText::Binary)),
        (b"PK\x03\x04", Err(NoText::Binary)),
        (b"text\0text\n", Err(NoText::Binary)),
        (b"\0\x01\x02\x03\x04\x05\x06\x07", Err(NoText::Binary)),
        (b"\xef\xbb\xbftext\0\xff", Err(NoText::Binary)),
        (&odd, damaged("UTF-16LE")),
        (&lone, damaged("UTF-16LE")),
        (b"\0\0\xfe\xff\0\x11\0\0", damaged("UTF-32BE")),
    ] {
        assert_eq!(of(case).map(|it| it.name()), expected, "{case:?}");
    }
    for case in [
        &b"\x0c\n\x1b[0m\n"[..],
        b"a\x01b is a separator, and this is long enough\n",
    ] {
        assert!(of(case).unwrap().is_utf8());
    }
}

#[test]
fn a_mixture_and_bytes_of_no_encoding_get_nothing_beyond_ascii() {
    for case in [
        &b"// caf\xc3\xa9\n// caf\xe9\n"[..],
        b"\xef\xbb\xbf// caf\xe9\n",
        b"# coding: utf-8\n# caf\xe9\n",
        b"# coding: cp437\n# caf\x82\n",
        b"# coding: shift_jis\n# \x82\n",
    ] {
        let encoding = of(case).unwrap();
        assert!(encoding.is_bytes(), "{case:?} {encoding:?}");
        assert!(encoding.admit('é').is_err());
        assert_eq!(encoding.admit('e'), Ok(()));
    }
}

#[test]
fn a_text_may_get_only_what_all_readers_of_its_encoding_know() {
    let declared = |label: &str| of(format!("# coding: {label}\n").as_bytes()).unwrap();
    let one = of(b"// caf\xe9\n").unwrap();
    let short = of(&bytes("gbk", "# 中文\n")).unwrap();
    let contradicted = of("# coding: latin1\n# é\n".as_bytes()).unwrap();
    for (encoding, it, expected) in [
        (declared("latin1"), 'é', Ok(())),
        (declared("latin1"), '—', Err(Why::Lacks)),
        (declared("cp1252"), '—', Ok(())),
        (declared("latin1"), '日', Err(Why::Lacks)),
        (declared("shift_jis"), '日', Ok(())),
        (declared("shift_jis"), '①', Err(Why::Lacks)),
        (declared("cp932"), '①', Ok(())),
        (declared("shift_jis"), '¥', Err(Why::Lacks)),
        (declared("shift_jis"), 'é', Err(Why::Lacks)),
        (declared("gb2312"), '中', Ok(())),
        (declared("gb2312"), '鎔', Err(Why::Lacks)),
        (declared("gbk"), '鎔', Ok(())),
        (declared("gbk"), '😀', Err(Why::Lacks)),
        (declared("gb18030"), '😀', Ok(())),
        (declared("ascii"), 'é', Err(Why::Unsupported)),
        (one, 'é', Ok(())),
        (one, 'ä', Ok(())),
        (one, 'ñ', Err(Why::Unsure)),
        (one, '—', Err(Why::Unsure)),
        (short, '文', Err(Why::Unsure)),
        (contradicted, 'ö', Err(Why::Contradicted)),
    ] {
        assert_eq!(encoding.admit(it), expected, "{it} in {encoding:?}");
    }
}

#[test]
fn what_a_shell_wrote_for_hob_is_read_with_its_mark() {
    for bytes in [
        b"key\r\n".to_vec(),
        b"\xef\xbb\xbfkey\r\n".to_vec(),
        utf16("key\r\n", false, true),
        utf16("key\r\n", true, true),
        utf32("key\r\n", false, true),
    ] {
        assert_eq!(given(bytes).as_deref(), Ok("key\r\n"));
    }
    assert!(given(b"k\xe9y".to_vec()).is_err());
    assert!(given(b"\xff\xfek".to_vec()).is_err());
}
