//! What stands before the cursor and is written once more: the word so far, the header of the block, the lines above it.

use super::around::Around;
use super::duplicate::{may_stand_twice, same_line};
use super::lex::Mode;
use super::shape::{is_comment, is_import};
use super::space::opens_block;

/// How many lines above are compared, at most.
const LINES: usize = 24;
/// Marks within a path of names, and in front of names: `a.b`, `a::b`, `a->b`, `a-b`, `./a`, `$a`, `@a`, `#a`.
const PATH: &[char] = &['.', ':', '-', '>', '/', '$', '@', '#'];

/// The output without the part of a word or path that stands left of the cursor, where it starts with the whole.
///
/// `consol‸` and `console.log(1)` make `console.log(1)`; so do `$use‸` and `$user`, `"./comp‸` and `./components`.
pub(super) fn without_word_so_far<'a>(around: &Around, text: &'a str) -> &'a str {
    let line = around.line();
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    if around.rest().starts_with(is_word) {
        return text;
    }
    let word = &line[line.trim_end_matches(is_word).len()..];
    let path = &line[line
        .trim_end_matches(|it| is_word(it) || PATH.contains(&it))
        .len()..];
    let in_string = matches!(around.mode, Mode::Quoted(..));
    for path in [path, path.trim_start_matches(PATH)] {
        let telling = path.len() > word.len()
            && path.chars().filter(|it| is_word(*it)).count() >= 2
            // Of a text, only what is a path by its looks.
            && (!in_string || path.contains(['/', '.']));
        if telling
            && let Some(rest) = text.strip_prefix(path)
            && rest.starts_with(is_word)
        {
            return rest;
        }
    }
    if in_string {
        return text;
    }
    if !word.starts_with(|it: char| it.is_alphabetic() || it == '_') {
        return text;
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

/// The output without the lines that stand right above the cursor, where it starts by saying those again: the header of the block, a
/// block of lines, a comment, an import.
///
/// `None`: it says nothing else.
pub(super) fn without_lines_above<'a>(around: &Around, text: &'a str) -> Option<&'a str> {
    if !around.on_blank_line() {
        return Some(text);
    }
    if around.language.is_some_and(|it| it.prose) {
        return Some(without_fence_above(around, text));
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
        let rest = &text[ends[n - 1]..];
        if opens_block(around, said[n - 1]) && is_header(around, said[0]) {
            return Some(rest);
        }
        let is_new = !rest.trim().is_empty();
        if is_block(around, &said[..n]) || n == 1 && is_new && is_said_once(around, said[0]) {
            return is_new.then_some(rest);
        }
    }
    Some(text)
}

/// The output without the fence that opens the block of code which the cursor is at the start of.
fn without_fence_above<'a>(around: &Around, text: &'a str) -> &'a str {
    let fence = around.above().next().unwrap_or("").trim();
    let body = text.trim_start();
    match body.split_once('\n') {
        Some((first, rest))
            if fence.len() > 3 && fence.starts_with("```") && first.trim() == fence =>
        {
            rest
        }
        _ => text,
    }
}

/// Whether these lines together say enough to be known again.
fn is_block(around: &Around, lines: &[&str]) -> bool {
    let telling = lines
        .iter()
        .filter(|it| !may_stand_twice(around, it))
        .count();
    lines.len() >= 2 && telling >= 2 && letters(lines) >= 8
}

/// Whether a line makes no sense twice in a row: a comment, an import, a variable's value.
fn is_said_once(around: &Around, line: &str) -> bool {
    let assigns = || {
        line.split_once(" = ")
            .or_else(|| line.split_once(" := "))
            .is_some_and(|(name, _)| !name.contains(['(', '"', '\'']))
    };
    letters(&[line]) >= 4
        && !may_stand_twice(around, line)
        && (is_comment(around, line) || is_import(line) || assigns())
}

fn letters(lines: &[&str]) -> usize {
    let count = |it: &&str| it.chars().filter(|it| it.is_alphanumeric()).count();
    lines.iter().map(count).sum()
}

/// Whether a line that opens a block says enough to be known again: `{` alone does not.
fn is_header(around: &Around, line: &str) -> bool {
    letters(&[line]) >= 4 && !may_stand_twice(around, line)
}
