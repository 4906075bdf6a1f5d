//! What a text says of its own encoding.

use super::{Encoding, Form};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS};

/// How far HTML is searched for `<meta charset>`: browsers look at the first 1024 bytes, and licences may come before it.
const HEAD: usize = 4096;
/// So many of the first and last lines may hold an editor's settings.
const MODELINES: usize = 5;
/// A line with a declaration is not longer, in bytes.
const LONGEST: usize = 1000;

/// What a declaration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// An encoding that can be read and written.
    Known(Encoding),
    /// One that can't, or nothing that is known.
    Unsupported,
}

/// The encoding that a text in UTF-8 or an encoding above ASCII declares: `# -*- coding: … -*-` and its kin,
/// `<?xml encoding=…?>`, `<meta charset=…>`, `@charset`, a mode line. UTF-16 and UTF-32 can't be declared in such a text.
pub fn declared(bytes: &[u8]) -> Option<Declared> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let label = css(&head)
        .or_else(|| markup(&head))
        .or_else(|| comment(&head))
        .or_else(|| mode_line(bytes));
    named(&label?)
}

fn css(head: &str) -> Option<String> {
    let rest = head.strip_prefix("@charset")?.trim_start();
    label(rest)
}

/// `<?xml version="1.0" encoding="…"?>`, `<meta charset="…">`, `<meta content="text/html; charset=…">`,
/// `<%@ page pageEncoding="…"%>`.
fn markup(head: &str) -> Option<String> {
    let head = head.trim_start();
    if let Some(rest) = head.strip_prefix("<?xml") {
        let declaration = rest.split("?>").next()?;
        if let Some(found) = after(declaration, "encoding") {
            return Some(found);
        }
    }
    if !head.starts_with('<') {
        return None;
    }
    let tags = head.split('<').skip(1);
    tags.filter(|it| it.starts_with("meta") || it.starts_with("%@"))
        .map(|it| it.split('>').next().unwrap_or(it))
        .find_map(|it| after(it, "pageencoding").or_else(|| after(it, "charset")))
}

/// A comment in the first two lines with `coding: …` or `coding=…`, as Python, Ruby and Emacs read it. Between `-*-`
/// anything may stand with it; elsewhere nothing may follow, or it is a sentence about encodings.
fn comment(head: &str) -> Option<String> {
    let breaks = if head.contains('\n') { '\n' } else { '\r' };
    let lines = head.split(breaks);
    lines.take(2).find_map(|line| {
        let line = line.trim();
        let found = after(line, "coding").filter(|_| line.len() <= LONGEST)?;
        let is_emacs = line.matches("-*-").count() == 2;
        let is_plain = line.starts_with('#') || line.contains("!tex ");
        (is_emacs || (is_plain && line.ends_with(&*found))).then_some(found)
    })
}

/// Vim's `fileencoding=…` in one of the first or last lines.
fn mode_line(bytes: &[u8]) -> Option<String> {
    let ends = bytes.len().saturating_sub(MODELINES * LONGEST);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(MODELINES * LONGEST)]);
    let end = String::from_utf8_lossy(&bytes[ends..]);
    let lines = start.lines().take(MODELINES);
    let mut lines = lines.chain(end.lines().rev().take(MODELINES));
    lines.find_map(|it| {
        let line = it.to_ascii_lowercase();
        let at = ["vim:", "vi:", "ex:"]
            .iter()
            .find_map(|mark| line.find(mark))?;
        let settings = &line[at..];
        after(settings, "fileencoding").or_else(|| after(settings, "fenc"))
    })
}

/// The label behind `key=` or `key:`, at the first place that has one.
fn after(text: &str, key: &str) -> Option<String> {
    text.match_indices(key).find_map(|(at, _)| {
        let rest = text[at + key.len()..].trim_start();
        let rest = rest.strip_prefix(['=', ':'])?;
        label(rest.trim_start())
    })
}

fn label(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['"', '\'']);
    let end = text
        .find(|it: char| !(it.is_ascii_alphanumeric() || "-_.:+".contains(it)))
        .unwrap_or(text.len());
    let label = text[..end].trim_end_matches([':', '.']);
    (!label.is_empty()).then(|| label.to_owned())
}

/// What a label stands for, in the spellings of browsers, Python, Java and Emacs. `None`: for nothing that a text of
/// single bytes could be in, so it says nothing.
fn named(label: &str) -> Option<Declared> {
    let label = label.replace('_', "-");
    let label = ["-unix", "-dos", "-mac"]
        .iter()
        .find_map(|it| label.strip_suffix(it).filter(|rest| *rest != "x"))
        .unwrap_or(&label);
    if matches!(
        label,
        "utf-8"
            | "utf8"
            | "u8"
            | "utf-8-sig"
            | "utf-8-emacs"
            | "prefer-utf-8"
            | "cp65001"
            | "utf8mb4"
    ) {
        return Some(Declared::Known(Encoding::UTF_8));
    }
    if label.starts_with("utf-16")
        || label.starts_with("utf16")
        || label.starts_with("utf-32")
        || label.starts_with("ucs")
        || matches!(label, "undecided" | "auto" | "none")
    {
        return None;
    }
    let digits = |prefixes: &[&str]| {
        let rest = prefixes.iter().find_map(|it| label.strip_prefix(it))?;
        rest.trim_start_matches('-').parse::<u16>().ok()
    };
    let table = match digits(&["cp", "windows", "ms"]) {
        Some(932 | 31) => Some(SHIFT_JIS),
        Some(936) => Some(GBK),
        Some(949) => Some(EUC_KR),
        Some(950) => Some(BIG5),
        Some(it @ (874 | 1250..=1258)) => {
            encoding_rs::Encoding::for_label(format!("windows-{it}").as_bytes())
        }
        Some(866) => encoding_rs::Encoding::for_label(b"ibm866"),
        Some(_) => None,
        None => match label {
            // ASCII alone: browsers take that for Windows-1252, nobody else does.
            "ascii" | "us-ascii" => None,
            "windows-31j" | "sjis" | "shift-jis" | "ms-kanji" => Some(SHIFT_JIS),
            "euc-jp" | "euc-japan" | "japanese-iso-8bit" | "ujis" | "eucjp" => Some(EUC_JP),
            "chinese-iso-8bit" | "euc-cn" | "gb2312" | "euc-china" => Some(GBK),
            "latin-1" | "l1" | "latin1" => encoding_rs::Encoding::for_label(b"latin1"),
            "latin-2" | "l2" => encoding_rs::Encoding::for_label(b"latin2"),
            "latin-9" | "l9" | "latin-0" => encoding_rs::Encoding::for_label(b"iso-8859-15"),
            "mac-roman" | "macroman" => encoding_rs::Encoding::for_label(b"macintosh"),
            "x-user-defined" => None,
            it => encoding_rs::Encoding::for_label_no_replacement(it.as_bytes()),
        },
    };
    Some(match table.map(|it| Encoding::table(it, label)) {
        Some(it) if it.form == Form::Table(encoding_rs::UTF_8) => Declared::Known(Encoding::UTF_8),
        Some(it) => Declared::Known(it),
        None if is_name(label) => Declared::Unsupported,
        None => return None,
    })
}

/// Whether a label is one of an encoding, if of one that can't be written: other words say nothing.
fn is_name(label: &str) -> bool {
    let exact = [
        "ascii",
        "us-ascii",
        "ansi",
        "binary",
        "ascii-8bit",
        "utf-7",
        "hz",
        "hz-gb-2312",
        "johab",
        "viscii",
        "tscii",
        "iso-2022-kr",
        "iso-2022-cn",
        "euc-tw",
        "euc-jis-2004",
        "raw-text",
        "no-conversion",
        "x-user-defined",
        "koi8-t",
        "ebcdic",
    ];
    let numbered = [
        "cp", "ibm", "iso", "windows", "ms", "mac", "euc", "tcvn", "koi", "dos", "oem",
    ];
    exact.contains(&label)
        || numbered.iter().any(|it| {
            let rest = label.strip_prefix(it).unwrap_or("").trim_start_matches('-');
            rest.starts_with(|it: char| it.is_ascii_digit())
        })
}
