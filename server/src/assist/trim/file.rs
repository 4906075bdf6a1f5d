//! The end of a file: below a whole file, another one's beginning is no suggestion.

use super::around::Around;
use super::lex::Mode;
use super::shape::{first_word, is_comment, is_definition};

/// So many lines of code tell that a file has begun, where nothing is defined in them.
const BEGUN: usize = 4;

/// Where in the output another file begins, below a file that the cursor stands at the end of.
pub(super) fn another(around: &Around, text: &str) -> Option<usize> {
    if !around.after().trim().is_empty()
        || around.language.is_none_or(|it| it.prose)
        || !has_begun(around)
    {
        return None;
    }
    let ended = has_ended(around);
    let mut lexer = around.lexer.clone();
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let fresh = n > 0 || around.line().is_empty();
        let mode = if n == 0 { &around.mode } else { &lexer.mode };
        if fresh
            && *mode == Mode::Code
            && (ended && !line.trim().is_empty()
                || begins_a_file(around, line, &text[at..])
                || is_defined_above(around, line))
        {
            return Some(at);
        }
        match n {
            0 => lexer.line(&format!("{}{}", around.line(), line.trim_end_matches('\n'))),
            _ => lexer.line(line.trim_end_matches('\n')),
        };
        at += line.len();
    }
    None
}

/// Whether nothing may follow what stands above: a Lua module returns, a page is closed.
fn has_ended(around: &Around) -> bool {
    let last = around.above().next().unwrap_or("");
    match around.id() {
        "lua" => last.starts_with("return"),
        "html" => last.trim_end().eq_ignore_ascii_case("</html>"),
        _ => false,
    }
}

/// Whether the very same definition stands above, at the left margin as this line does. What may have several bodies, or one for
/// each platform, is none.
fn is_defined_above(around: &Around, line: &str) -> bool {
    const SEVERAL: &[&str] = &[
        "impl",
        "namespace",
        "extension",
        "interface",
        "partial",
        "declare",
        "module",
        "instance",
    ];
    const PER_PLATFORM: &[&str] = &["#if", "#el", "#[", "@"];
    // Rules of CSS and tables of an array come again.
    if line.starts_with([' ', '\t'])
        || line.starts_with("[[")
        || matches!(around.id(), "css" | "scss" | "less")
        || !is_definition(around, line, None)
        || line.split_whitespace().any(|it| SEVERAL.contains(&it))
    {
        return false;
    }
    let mut above = around.above().peekable();
    while let Some(it) = above.next() {
        if it.trim_end() == line.trim_end() {
            return !above
                .peek()
                .is_some_and(|it| PER_PLATFORM.iter().any(|mark| it.starts_with(mark)));
        }
    }
    false
}

/// Whether the text above holds more than the head of a file.
fn has_begun(around: &Around) -> bool {
    let mut n_code = 0;
    let docs = docstring(around);
    for line in around.above() {
        if docs.contains(line) {
            continue;
        }
        if line.starts_with([' ', '\t']) || is_comment(around, line) || is_head(around, line) {
            continue;
        }
        n_code += 1;
        if n_code >= BEGUN || is_definition(around, line, None) {
            return true;
        }
    }
    // `print(1)` is a whole script.
    n_code > 0 && !around.above().next().is_some_and(|it| is_head(around, it))
}

/// The string that a Python file begins with.
fn docstring(around: &Around) -> &str {
    let text = around.before().trim_start();
    let mark = ["\"\"\"", "'''"]
        .into_iter()
        .find(|it| around.id() == "python" && text.starts_with(it));
    let Some(mark) = mark else {
        return "";
    };
    let end = text[mark.len()..].find(mark);
    end.map_or("", |it| &text[..it + 2 * mark.len()])
}

/// Whether this line, which nothing indents, begins a file; `text` is what follows from it on.
fn begins_a_file(around: &Around, line: &str, text: &str) -> bool {
    if line.starts_with([' ', '\t']) || line.trim().is_empty() {
        return false;
    }
    if line.starts_with("#!/") || line.starts_with("<?php") || line.starts_with("<?xml") {
        return true;
    }
    if is_comment(around, line) {
        let comment = text
            .lines()
            .take_while(|it| is_comment(around, it) || it.starts_with(" *"));
        return comment.take(8).any(is_licence);
    }
    is_head(around, line)
}

/// Whether a line of a comment speaks of whom a file belongs to.
fn is_licence(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "copyright (c)",
        "copyright ©",
        "copyright 20",
        "copyright 19",
        "spdx-license-identifier",
        "licensed under",
        "licensed to the",
        "license, version",
        "you may not use this file except",
        "redistribution and use in source",
        "all rights reserved",
        "permission is hereby granted",
        "mit license",
        "apache license",
        "gnu general public license",
    ];
    let line = line.to_lowercase();
    WORDS.iter().any(|it| line.contains(it))
}

/// Whether a line stands at the head of a file in its language: its package, what it imports.
fn is_head(around: &Around, line: &str) -> bool {
    let text = line.trim_end();
    match (around.id(), first_word(line)) {
        ("go" | "java" | "kotlin" | "scala" | "groovy", "package" | "import") => true,
        ("python", "import") => true,
        ("python", "from") => text.contains(" import"),
        ("javascript" | "javascriptreact" | "typescript" | "typescriptreact", "import") => {
            !text.starts_with("import(") && !text.starts_with("import.")
        }
        ("rust" | "php" | "perl", "use") => true,
        ("csharp", "using" | "namespace") => text.ends_with(';'),
        ("dart" | "swift" | "haskell" | "elm" | "julia", "import") => true,
        ("css" | "scss" | "less", _) => ["@charset", "@import", "@use ", "@forward "]
            .iter()
            .any(|it| text.starts_with(it)),
        ("html", _) => text
            .get(..9)
            .is_some_and(|it| it.eq_ignore_ascii_case("<!doctype")),
        ("c" | "cpp" | "objective-c" | "objective-cpp", _) => text.starts_with("#include"),
        _ => false,
    }
}
