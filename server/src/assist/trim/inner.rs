//! Places within a line: what follows the cursor closes the statement, the item or the bracket, and the output stops in front of it.

use super::around::Around;
use super::duplicate;
use super::lex::Mode;
use super::shape::{first_word, is_chained};
use hob_index::language::Blocks;

/// Words that go on with an expression.
const WORDS: &[&str] = &[
    "as",
    "if",
    "else",
    "in",
    "and",
    "or",
    "is",
    "instanceof",
    "satisfies",
    "of",
    "not",
];

/// How much of the output comes before it says what closes it right of the cursor.
///
/// `return ‸;` and `a * b;` make `return a * b;`; so does a comma at a line's end, and at a place with more code behind it the
/// mark goes that would end the statement too early (`let n = ‸ ?? 0;`).
pub(super) fn before_closer(around: &Around, text: &str) -> usize {
    let rest = around.rest().trim_start();
    let Some(next) = rest.chars().next() else {
        return text.len();
    };
    // The first line says all of the rest, and the model goes on below; so may a chain.
    if let Some((first, below)) = text.split_once('\n')
        && !below
            .lines()
            .find(|it| !it.trim().is_empty())
            .is_some_and(is_chained)
    {
        let kept = duplicate::before_rest(around, first);
        if kept > 0 && first[kept..].trim() == rest.trim_end() {
            return kept;
        }
    }
    if let Mode::Quoted(row, _) = around.mode {
        return before_quote(around, text, row);
    }
    if around.mode != Mode::Code {
        return text.len();
    }
    // The parts of a `for`, and what stands between braces, are statements of their own.
    let in_parts = around
        .open
        .last()
        .is_some_and(|it| it.byte == b'(' && it.on_line);
    let goes_on = WORDS.contains(&first_word(rest))
        || ".?+-*/%&|^<>=!".contains(next) && !rest.starts_with("//") && !rest.starts_with("/*");
    let mark = match next {
        ';' => b';',
        ',' => b',',
        ':' => b':',
        _ if goes_on => b';',
        _ => return text.len(),
    };
    if in_parts && mark == b';' && !goes_on {
        return text.len();
    }
    let mut lexer = around.lexer.clone();
    let mut depth = 0usize;
    let mut at = 0;
    for (n, line) in text.split('\n').enumerate() {
        let offset = if n == 0 { around.line().len() } else { 0 };
        let full = match n {
            0 => format!("{}{line}", around.line()),
            _ => line.to_owned(),
        };
        let read = lexer.line(&full);
        let mut brackets = read.brackets.iter().filter(|it| it.at >= offset).peekable();
        for &(place, byte) in read.marks.iter().filter(|it| it.0 >= offset) {
            while let Some(bracket) = brackets.next_if(|it| it.at < place) {
                match bracket.opens() {
                    true => depth += 1,
                    false if depth == 0 => return text.len(),
                    false => depth -= 1,
                }
            }
            let opens_body = byte == b':' && goes_on && around.blocks() == Blocks::Indentation;
            if byte != mark && !opens_body || depth > 0 {
                continue;
            }
            let ends = full[place + 1..].trim().is_empty();
            if opens_body && !ends {
                continue;
            }
            // Within a line, commas and colons part what may belong here.
            if ends || mark == b';' && !goes_on {
                return at + place - offset;
            }
        }
        for bracket in brackets {
            match bracket.opens() {
                true => depth += 1,
                false if depth == 0 => return text.len(),
                false => depth -= 1,
            }
        }
        at += line.len() + 1;
    }
    text.len()
}

/// How much comes before the quote that ends the string which the cursor is in, where the document has that quote right of the cursor
/// with code behind it, and the output goes on behind its own.
fn before_quote(around: &Around, text: &str, row: usize) -> usize {
    let Some(quote) = around.language.and_then(|it| it.strings.get(row)) else {
        return text.len();
    };
    if !around.rest().starts_with(quote.close) || around.rest_is_closers() {
        return text.len();
    }
    let line = around.line();
    let full = format!("{line}{}", text.split('\n').next().unwrap_or(""));
    let mut lexer = around.lexer.clone();
    let ends = lexer.part(&full).quote_ends;
    // In a string again, the document's quote ends that one: `a" + b + "c`.
    if lexer.mode != Mode::Code {
        return text.len();
    }
    let end = ends.iter().find(|it| **it >= line.len());
    end.map_or(text.len(), |it| it - line.len())
}
