//! Names of files in the prose, headings and comments of an answer.

mod known;
mod words;

use hob_index::language::Language;
use std::path::Path;
use words::{ASIDE, EXTENSIONS, LABELS, VERBS, WHOLE};

/// A file's name, and how it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The line says nothing else: a heading, a label, the name alone.
    Label(String),
    /// A sentence names this one file.
    Sentence(String),
}

impl Named {
    /// The name.
    pub(super) fn path(&self) -> &str {
        let (Named::Label(it) | Named::Sentence(it)) = self;
        it
    }
}

/// The name in what stands behind the marks of a fence: ```` ```rust src/main.rs ````, `rust:src/main.rs`,
/// `python title="x.py"`, `{src/main.rs}`. A name with blanks must be in quotes, or `exists`.
pub(super) fn of_info(info: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    for key in [
        "title",
        "filename",
        "file",
        "path",
        "name",
        "filepath",
        "file_path",
        "file-path",
    ] {
        let mut from = 0;
        while let Some(at) = info[from..].find(key) {
            let start = from + at;
            let rest = info[start + key.len()..].trim_start();
            let before = info[..start].chars().next_back();
            let value = rest.strip_prefix(['=', ':']).map(str::trim_start);
            if let Some(value) = value.filter(|_| before.is_none_or(|it| !it.is_alphanumeric())) {
                let quote = value
                    .chars()
                    .next()
                    .filter(|it| matches!(it, '"' | '\'' | '`'));
                let value = match quote {
                    Some(quote) => value[1..].split(quote).next().unwrap_or(""),
                    None => {
                        let all = value.trim_end_matches(['}', ']', ' ']);
                        if let Some(known) = known::of(all, exists) {
                            return Some(known);
                        }
                        value.split([' ', ',', '}', ']']).next().unwrap_or("")
                    }
                };
                if let Some(known) = known::of(value, exists) {
                    return Some(known);
                }
                if is_path(value, true) {
                    return Some(value.to_owned());
                }
            }
            from = start + key.len();
        }
    }
    let plain = info.trim();
    let behind_language = plain.split_once([' ', ':', ',']).map_or("", |it| it.1);
    for name in [plain, behind_language] {
        if let Some(known) = known::of(name, exists) {
            return Some(known);
        }
    }
    if is_path(plain, false) && !plain.contains([' ', ':']) && plain.contains(['/', '.']) {
        return Some(plain.trim_matches(['{', '}']).to_owned());
    }
    let (language, rest) = match plain.split_once([':', ' ', ',']) {
        Some(it) => it,
        // `{main.rs}`; but `makefile` is a language.
        None if plain.starts_with('{') => ("", plain),
        None => return None,
    };
    // `C:\x` is no language with a path.
    if language.len() == 1 && rest.starts_with(['\\', '/']) {
        return Some(plain.to_owned());
    }
    let rest = rest
        .trim()
        .trim_start_matches("//")
        .trim_start_matches('#')
        .trim();
    let rest = rest
        .trim_matches(['{', '}', '(', ')', '[', ']', '"', '\'', '`'])
        .trim();
    (is_path(rest, true) && !rest.contains(char::is_whitespace)).then(|| rest.to_owned())
}

/// The language that a fence names.
pub(super) fn language_of_info(info: &str) -> Option<&str> {
    let first = info
        .split(|it: char| it.is_whitespace() || matches!(it, ':' | '{' | ',' | '='))
        .next()?;
    (!first.is_empty() && !first.contains(['/', '.'])).then_some(first)
}

/// The name that a line of prose gives to what follows it.
pub(super) fn of_line(line: &str, exists: &dyn Fn(&str) -> bool) -> Option<Named> {
    let line = line.trim();
    if line.is_empty() || line.len() > 400 {
        return None;
    }
    if let Some(known) = known::of_line(line, exists) {
        return Some(Named::Label(known));
    }
    let mut spans = spans(line);
    spans.retain(|it| is_path(it.1, true) || exists(it.1));
    spans.dedup_by(|a, b| a.1 == b.1);
    let (found, rest) = match spans.as_slice() {
        [(whole, path)] => {
            let known = known::of(path, exists).or_else(|| known::of_link(whole, path, exists));
            let path = known.unwrap_or_else(|| (*path).to_owned());
            (path, line.replacen(whole, " ", 1))
        }
        [] => match known::within(line, exists) {
            Some(it) => it,
            None => word(line, exists)?,
        },
        _ => return None,
    };
    let words: Vec<String> = rest
        .split(|it: char| !it.is_alphanumeric() && it != '\'')
        .filter(|it| !it.is_empty())
        .map(str::to_lowercase)
        .collect();
    let is_label =
        |it: &String| LABELS.contains(&it.as_str()) || it.chars().all(|it| it.is_ascii_digit());
    if let Some(all) = all_of_it(line, &found, &words, exists) {
        return Some(Named::Label(all.to_owned()));
    }
    if words.iter().all(is_label) {
        return Some(Named::Label(found));
    }
    // A sentence that only mentions a file says nothing of what follows.
    if words.iter().any(|it| ASIDE.contains(&it.as_str())) {
        return None;
    }
    Some(Named::Sentence(found))
}

/// The whole line, where a path that doesn't exist is its end and the words before it are most likely a folder's name
/// with blanks: they are no words of a sentence about a file.
fn all_of_it<'a>(
    line: &'a str,
    path: &str,
    words: &[String],
    exists: &dyn Fn(&str) -> bool,
) -> Option<&'a str> {
    let is_of_sentence = |it: &String| {
        LABELS.contains(&it.as_str())
            || ASIDE.contains(&it.as_str())
            || VERBS.contains(&it.as_str())
    };
    let is_name = path.contains('/')
        && line.ends_with(path)
        && line.len() > path.len()
        && line.starts_with(char::is_alphanumeric)
        && (1..=3).contains(&words.len())
        && !words.iter().any(is_of_sentence)
        && is_path(line, true)
        && !exists(path);
    is_name.then_some(line)
}

/// What stands in backquotes, in bold or in a link, each with its marks.
fn spans(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (open, close) in [
        ("`", "`"),
        ("**", "**"),
        ("<b>", "</b>"),
        ("__", "__"),
        ("[", "]("),
        ("\"", "\""),
    ] {
        let mut from = 0;
        while let Some(at) = line[from..].find(open) {
            let start = from + at + open.len();
            let Some(len) = line[start..].find(close) else {
                break;
            };
            let inner = line[start..start + len]
                .trim()
                .trim_end_matches(':')
                .trim_matches(['`', '*', '"'])
                .trim();
            let mut end = start + len + close.len();
            if close == "](" {
                end = line[end..].find(')').map_or(line.len(), |it| end + it + 1);
            }
            if !inner.is_empty() && !found.iter().any(|(_, it): &(&str, &str)| *it == inner) {
                found.push((&line[from + at..end], inner));
            }
            from = end;
        }
        // `**File: x**` is a line in bold, not a name.
        found.retain(|(_, inner)| !inner.contains(' ') || is_path(inner, true));
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// The one word of a line that is a path, and the line without it.
fn word(line: &str, exists: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let mut found: Option<(&str, &str)> = None;
    let labelled = ["file", "path", "filename", "filepath"].iter().any(|key| {
        let lower = line.to_lowercase();
        lower.contains(&format!("{key}:"))
            || lower.contains(&format!("{key}**:"))
            || lower.contains(&format!("{key}**"))
    });
    for raw in line.split_whitespace() {
        let word = raw
            .trim_matches([
                '*', '_', '`', '"', '\'', '(', ')', '[', ']', '<', '>', ',', ':', '#', '|',
            ])
            .trim_end_matches(['.', ';', '!', '?']);
        // Names may begin and end with `_`.
        let word = match raw.trim_matches(['*', '`', '"', '\'', ':', ',', '(', ')']) {
            it if it.starts_with("__") && it.contains('.') && is_path(it, false) => it,
            _ => word,
        };
        let is_it = is_path(word, false)
            || exists(word) && (word.contains(['/', '.']) || labelled)
            || (labelled && is_odd(word));
        if is_it && !word.is_empty() {
            if found.is_some_and(|it| it.1 != word) {
                return None;
            }
            found = Some((raw, word));
        }
    }
    let (raw, word) = found?;
    Some((word.to_owned(), line.replacen(raw, " ", 1)))
}

/// What only someone who means harm, or Windows, calls a path; behind a label it is one.
fn is_odd(word: &str) -> bool {
    word.contains(['/', '\\'])
        || matches!(word, "." | "..")
        || ["con", "nul", "aux", "prn", "com1", "lpt1"].contains(&word.to_lowercase().as_str())
}

/// The name in a comment that is the first line of a fence.
pub(super) fn of_comment(line: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let line = line.trim();
    let comments = [
        ("<!--", "-->"),
        ("/*", "*/"),
        ("{/*", "*/}"),
        ("//", ""),
        ("#", ""),
        ("--", ""),
        (";", ""),
        ("%", ""),
        ("(*", "*)"),
        ("'", ""),
        ("\"\"\"", "\"\"\""),
        ("{#", "#}"),
        ("REM", ""),
        ("::", ""),
    ];
    let inner = comments.iter().find_map(|(open, close)| {
        let inner = line.strip_prefix(open)?.strip_suffix(close)?;
        // Not `#!/bin/sh`.
        (!inner.starts_with('!'))
            .then(|| inner.trim_start_matches(['/', '#', '-', ';', '*']).trim())
    })?;
    let lower = inner.to_lowercase();
    let labelled = [
        "file:",
        "filename:",
        "path:",
        "filepath:",
        "file path:",
        "file name:",
        "file :",
        "@file ",
        "new file:",
    ]
    .iter()
    .find_map(|it| lower.starts_with(it).then(|| inner[it.len()..].trim()));
    let path = labelled.unwrap_or(inner);
    let path = path
        .strip_suffix("(new file)")
        .or_else(|| path.strip_suffix("(new)"))
        .or_else(|| path.strip_suffix("(updated)"))
        .or_else(|| path.strip_suffix("(modified)"))
        .unwrap_or(path)
        .trim()
        .trim_matches(['`', '*', '"']);
    if let Some(known) = known::of(path, exists) {
        return Some(known);
    }
    (!path.contains(char::is_whitespace) && is_path(path, labelled.is_some()))
        .then(|| path.to_owned())
}

/// Whether this is how a path looks. Where it is marked as a name, less is asked of it.
pub(super) fn is_path(text: &str, marked: bool) -> bool {
    if text.is_empty() || text.len() > 300 || text.contains("://") || text.starts_with("mailto:") {
        return false;
    }
    if text.contains(['<', '>', '|', '*', '?', '"', '\n', '=', ';', ','])
        || text.contains("()")
        || text.ends_with(['(', '{'])
        || text.starts_with(['-', '+', '%', '#'])
        || !text.contains(|it: char| it.is_alphanumeric() || it == '.')
    {
        return false;
    }
    // Windows's own: `C:\x`, `\\server\x`.
    let bytes = text.as_bytes();
    let drive = bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/');
    if drive {
        return true;
    }
    if text.contains(':') || (text.contains(' ') && !marked) {
        return false;
    }
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let known = has_known_name(name);
    if text.contains(' ') {
        return known && !name.contains(". ");
    }
    if !text.contains(['/', '\\']) {
        return known;
    }
    if text.starts_with(['/', '~', '.', '\\']) {
        return text.len() > 1 && name.contains(|it: char| it.is_alphanumeric());
    }
    let extension = name.rsplit_once('.').map_or("", |it| it.1);
    known
        || (!extension.is_empty()
            && extension.len() <= 12
            && extension.chars().all(|it| it.is_ascii_alphanumeric()))
        || (marked && text.split(['/', '\\']).all(|it| !it.is_empty()))
        || text
            .split(['/', '\\'])
            .any(|it| it == ".." || it.eq_ignore_ascii_case(".git"))
}

fn has_known_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    if WHOLE.contains(&lower.as_str()) {
        return true;
    }
    let Some((stem, extension)) = lower.rsplit_once('.') else {
        return false;
    };
    if stem.chars().all(|it| it.is_ascii_digit() || it == '.') && !stem.is_empty() {
        // A version, a number: `1.2.3`, `0.5.rs`.
        return extension.chars().any(char::is_alphabetic) && EXTENSIONS.contains(&extension);
    }
    // `.gitignore`, `.env`
    if stem.is_empty() {
        return extension.len() > 1
            && extension
                .chars()
                .all(|it| it.is_alphanumeric() || it == '-' || it == '_');
    }
    EXTENSIONS.contains(&extension) || Language::of_path(Path::new(name)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<Named> {
        of_line(text, &|_| false)
    }

    #[test]
    fn labels_in_all_their_forms() {
        for (text, path) in [
            ("src/main.rs", "src/main.rs"),
            ("`src/main.rs`", "src/main.rs"),
            ("**src/main.rs**", "src/main.rs"),
            ("### `src/main.rs`", "src/main.rs"),
            ("## src/main.rs", "src/main.rs"),
            ("**File: src/main.rs**", "src/main.rs"),
            ("**File:** `src/main.rs`", "src/main.rs"),
            ("File: src/main.rs", "src/main.rs"),
            ("1. **`src/main.rs`**:", "src/main.rs"),
            ("### 2. src/main.rs (new file)", "src/main.rs"),
            ("📄 `package.json`:", "package.json"),
            ("Makefile", "Makefile"),
            ("- `.github/workflows/ci.yml`", ".github/workflows/ci.yml"),
            ("[src/main.rs](src/main.rs)", "src/main.rs"),
            ("#### Update `src/main.rs`:", "src/main.rs"),
            ("__init__.py", "__init__.py"),
            ("`pkg/__init__.py`", "pkg/__init__.py"),
            ("../evil.txt", "../evil.txt"),
            ("/etc/passwd", "/etc/passwd"),
            ("C:\\Windows\\x.txt", "C:\\Windows\\x.txt"),
            ("`.git/hooks/pre-commit`", ".git/hooks/pre-commit"),
            ("`my docs/read me.md`", "my docs/read me.md"),
            ("File: CON", "CON"),
        ] {
            assert_eq!(line(text), Some(Named::Label(path.to_owned())), "{text}");
        }
    }

    #[test]
    fn sentences_that_name_one_file() {
        for text in [
            "We need to handle errors in `src/main.rs`:",
            "Here's how src/main.rs should look:",
        ] {
            assert_eq!(
                line(text),
                Some(Named::Sentence("src/main.rs".to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn other_lines_name_nothing() {
        for text in [
            "Run it with `python main.py`:",
            "Then run `main.py`:",
            "Move it from `a.py` to `b.py`:",
            "Use `app.listen` for that:",
            "See https://example.com/a.html",
            "Version 1.2.3:",
            "and/or",
            "This is it.",
            "Output:",
            "e.g. this",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn names_behind_the_marks_of_a_fence() {
        for (info, path) in [
            ("rust src/main.rs", Some("src/main.rs")),
            ("rust:src/main.rs", Some("src/main.rs")),
            ("python title=\"x.py\"", Some("x.py")),
            ("js {file: 'a.js'}", Some("a.js")),
            ("src/main.rs", Some("src/main.rs")),
            ("ts filename=src/a.ts", Some("src/a.ts")),
            ("{main.rs}", Some("main.rs")),
            ("js // a.js", Some("a.js")),
            ("rust", None),
            ("js {1,3-5}", None),
            ("python linenums=\"1\"", None),
            ("", None),
        ] {
            assert_eq!(of_info(info, &|_| false).as_deref(), path, "{info}");
        }
    }

    #[test]
    fn names_in_comments() {
        for (text, path) in [
            ("// src/main.rs", Some("src/main.rs")),
            ("# file: x.py", Some("x.py")),
            ("<!-- index.html -->", Some("index.html")),
            ("/* style.css */", Some("style.css")),
            ("// File: src/a.ts (new file)", Some("src/a.ts")),
            ("#!/bin/sh", None),
            ("// prints a.b and c", None),
            ("# Title", None),
        ] {
            assert_eq!(of_comment(text, &|_| false).as_deref(), path, "{text}");
        }
    }
}
