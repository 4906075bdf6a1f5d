//! What stands before the cursor and is written once more: the word so far, the header of the block, a block of lines, the head of a file.

use super::around::Around;
use super::duplicate::{may_stand_twice, same_line};
use super::lex::Mode;
use super::shape::{first_word, is_comment, is_definition};
use super::space::opens_block;

/// How many lines above are compared, at most.
const LINES: usize = 24;
/// So many lines of code tell that a file has begun, where nothing is defined in them.
const BEGUN: usize = 4;

/// The output without the part of a word or path that stands left of the cursor, where it starts with the whole.
///
/// `consol‸` and `console.log(1)` make `console.log(1)`.
pub(super) fn without_word_so_far<'a>(around: &Around, text: &'a str) -> &'a str {
    let line = around.line();
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    if around.rest().starts_with(is_word) || matches!(around.mode, Mode::Quoted(..)) {
        return text;
    }
    let path = &line[line
        .trim_end_matches(|it| is_word(it) || matches!(it, '.' | ':'))
        .len()..];
    let path = path.trim_start_matches(['.', ':']);
    let word = &line[line.trim_end_matches(is_word).len()..];
    if !word.starts_with(|it: char| it.is_alphabetic() || it == '_') {
        return text;
    }
    if path.len() > word.len()
        && let Some(rest) = text.strip_prefix(path)
        && rest.starts_with(is_word)
    {
        return rest;
    }
    let whole = &text[..text.find(|it| !is_word(it)).unwrap_or(text.len())];
    let Some(rest) = text.strip_prefix(word).filter(|_| whole.len() > word.len()) else {
        return text;
    };
    let stands =
        |it: &str| stands_as_word(around.before(), it) || stands_as_word(around.after(), it);
    let joined = format!("{word}{whole}");
    let letters = word.chars().count();
    // Two letters prove little by themselves; what the document knows does.
    match letters >= 3 {
        _ if stands(&joined) && !stands(whole) => text,
        true => rest,
        false
            if letters == 2
                && (stands(whole) || line[..line.len() - word.len()].ends_with('.')) =>
        {
            rest
        }
        false => text,
    }
}

/// Whether a word stands in a text, not as a part of another.
fn stands_as_word(text: &str, word: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    })
}

/// The output without the lines that open the block which the cursor is in, where it starts with them again.
///
/// `None`: it starts with other lines that stand right above as a block, and says nothing new.
pub(super) fn without_lines_above<'a>(around: &Around, text: &'a str) -> Option<&'a str> {
    if !around.on_blank_line() || around.language.is_some_and(|it| it.prose) {
        return Some(text);
    }
    let mut ends = Vec::new();
    let mut said = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(2 * LINES) {
        at += line.len();
        if !line.trim().is_empty() {
            said.push(line.trim_end());
            ends.push(at);
        }
    }
    let above: Vec<&str> = around.above().take(LINES).collect();
    for n in (1..=said.len().min(above.len())).rev() {
        let stand = above[..n].iter().rev();
        if !stand.zip(&said).all(|(a, b)| same_line(a, b)) {
            continue;
        }
        let last = said[n - 1];
        if opens_block(around, last) && is_header(around, said[0]) {
            return Some(&text[ends[n - 1]..]);
        }
        let telling = said[..n]
            .iter()
            .filter(|it| !may_stand_twice(around, it))
            .count();
        let letters: usize = said[..n]
            .iter()
            .map(|it| it.chars().filter(|it| it.is_alphanumeric()).count())
            .sum();
        if n >= 2 && telling >= 2 && letters >= 8 {
            return None;
        }
    }
    Some(text)
}

/// Whether a line that opens a block says enough to be known again: `{` alone does not.
fn is_header(around: &Around, line: &str) -> bool {
    let letters = line.chars().filter(|it| it.is_alphanumeric()).count();
    letters >= 4 && !may_stand_twice(around, line)
}

/// Where in the output another file begins, below a file that the cursor stands at the end of.
pub(super) fn another_file(around: &Around, text: &str) -> Option<usize> {
    if !around.after().trim().is_empty()
        || around.language.is_none_or(|it| it.prose)
        || !has_begun(around)
    {
        return None;
    }
    let mut lexer = around.lexer.clone();
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let fresh = n > 0 || around.line().is_empty();
        let mode = if n == 0 { &around.mode } else { &lexer.mode };
        if fresh && *mode == Mode::Code && begins_a_file(around, line, &text[at..]) {
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

/// Whether the text above holds more than the head of a file.
fn has_begun(around: &Around) -> bool {
    let mut n_code = 0;
    for line in around.above() {
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
        "licensed under the",
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
        ("c" | "cpp" | "objective-c" | "objective-cpp", _) => text.starts_with("#include"),
        _ => false,
    }
}
