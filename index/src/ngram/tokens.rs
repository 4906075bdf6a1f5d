//! Source text as tokens: words, numbers, strings and single signs, the blank before one merged into it.
//!
//! The same rules for every language, so that nothing needs a grammar. Indentation is dropped: a line break and what is
//! blank after it is one token, so a context is the same at every depth. A comment is words like any other text.

use super::vocabulary::{EDGE, NEWLINE, OPAQUE, Word};

/// A word and whether a blank stands before it, in one number.
pub(super) type Token = u32;

/// The token of a line break.
pub(super) const LINE_END: Token = NEWLINE << 1;
/// The token before the first of a text.
pub(super) const TEXT_START: Token = EDGE << 1;

/// Longer words (encoded data) are not worth their memory; in bytes.
const LONGEST_WORD: usize = 64;
/// A longer string is taken apart into words; in bytes, with its quotes.
const LONGEST_STRING: usize = 64;

/// The token of a word.
pub(super) fn token(word: Word, blank: bool) -> Token {
    word << 1 | blank as Token
}

/// The word of a token.
pub(super) fn word(token: Token) -> Word {
    token >> 1
}

/// Whether a blank stands before the token.
pub(super) fn has_blank(token: Token) -> bool {
    token & 1 == 1
}

/// Whether it is text that can be written within a line.
pub(super) fn is_text(token: Token) -> bool {
    word(token) > OPAQUE
}

/// How a text splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word, number, string or sign, and whether a blank stands before it.
    Text(&'a str, bool),
    /// Something too long to remember, and whether a blank stands before it.
    Opaque(bool),
    /// One or more line breaks.
    LineEnd,
}

/// The pieces of a text, from its start to its end.
pub(super) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    blank: bool,
    line_start: bool,
    /// In Rust a quote may start a lifetime.
    lifetimes: bool,
}

impl<'a> Pieces<'a> {
    /// Splits a text that starts at the start of a line. `lifetimes`: it is Rust, where `'a` is not a string.
    pub(super) fn of(text: &'a str, lifetimes: bool) -> Self {
        Self {
            text,
            at: 0,
            blank: false,
            line_start: true,
            lifetimes,
        }
    }

    /// Splits a text that goes on within a line.
    pub(super) fn within_line(text: &'a str, lifetimes: bool) -> Self {
        Self {
            line_start: false,
            ..Self::of(text, lifetimes)
        }
    }

    /// Where the next piece is looked for; in bytes from the start of the text.
    pub(super) fn offset(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.blank = false;
                    // Empty lines and the first of a text make no token of their own.
                    if !self.line_start {
                        self.line_start = true;
                        return Some(Piece::LineEnd);
                    }
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                    self.at += 1;
                    self.blank = true;
                }
                _ => {
                    let rest = &self.text[self.at..];
                    let len = piece_len(rest, self.lifetimes);
                    let blank = std::mem::take(&mut self.blank) && !self.line_start;
                    self.line_start = false;
                    self.at += len;
                    return Some(if len > LONGEST_WORD {
                        Piece::Opaque(blank)
                    } else {
                        Piece::Text(&rest[..len], blank)
                    });
                }
            }
        }
        None
    }
}

/// The part of `before` that the next word continues: an unfinished word or string at its end, else empty.
pub(super) fn unfinished(before: &str, lifetimes: bool) -> &str {
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let line = &before[line_start..];
    let mut pieces = Pieces::of(line, lifetimes);
    let mut open_quote = None;
    let mut last = 0;
    while let Some(piece) = pieces.next() {
        if let Piece::Text(text, _) = piece {
            last = pieces.offset() - text.len();
            // A quote that is a piece of its own found no end on this line.
            if text == "\"" || (text == "'" && !ends_with_word(&line[..last])) {
                open_quote = open_quote.or(Some(last));
            }
        }
    }
    if let Some(quote) = open_quote {
        let tail = &line[quote..];
        if tail.len() < LONGEST_STRING {
            return tail;
        }
    }
    if ends_with_word(line) {
        &line[last.min(line.len())..]
    } else {
        ""
    }
}

/// Whether a text ends within or right after a word.
pub(super) fn ends_with_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_word)
}

/// Whether a text starts with a word.
pub(super) fn starts_with_word(text: &str) -> bool {
    text.chars().next().is_some_and(is_word)
}

fn is_word(it: char) -> bool {
    it == '_' || it.is_alphanumeric()
}

/// The length in bytes of the piece that `rest`, not empty and not blank, starts with.
fn piece_len(rest: &str, lifetimes: bool) -> usize {
    let bytes = rest.as_bytes();
    match bytes[0] {
        b'0'..=b'9' => word_len(rest, true),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => word_len(rest, false),
        b'\'' if lifetimes => match rest.as_bytes() {
            [_, b'\\', ..] => string_len(bytes).unwrap_or(1),
            _ => {
                let mut chars = rest.char_indices().skip(1);
                match (chars.next(), chars.next()) {
                    (Some((_, first)), Some((at, '\''))) if first != '\'' && first != '\n' => {
                        at + 1
                    }
                    (Some((at, first)), _) if first == '_' || first.is_alphabetic() => {
                        at + word_len(&rest[at..], false)
                    }
                    _ => 1,
                }
            }
        },
        b'"' | b'\'' => string_len(bytes).unwrap_or(1),
        byte if byte < 0x80 => 1,
        _ => {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            word_len(rest, false).max(first)
        }
    }
}

fn word_len(rest: &str, number: bool) -> usize {
    let bytes = rest.as_bytes();
    let mut len = 0;
    while let Some(&byte) = bytes.get(len) {
        let fraction = number && byte == b'.' && bytes.get(len + 1).is_some_and(u8::is_ascii_digit);
        if byte == b'_' || byte.is_ascii_alphanumeric() || fraction {
            len += 1;
        } else if byte >= 0x80 {
            match rest[len..].chars().next() {
                Some(it) if it.is_alphanumeric() => len += it.len_utf8(),
                _ => break,
            }
        } else {
            break;
        }
    }
    len
}

/// The length of a string that ends on its line and is short enough to be one word.
fn string_len(bytes: &[u8]) -> Option<usize> {
    let quote = bytes[0];
    let mut at = 1;
    while at < LONGEST_STRING {
        match *bytes.get(at)? {
            b'\n' => return None,
            b'\\' => at += 1,
            it if it == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let drawn: Vec<String> = Pieces::of(text, false).map(draw).collect();
        assert_eq!(drawn.join("|"), expected);
    }

    fn draw(piece: Piece) -> String {
        match piece {
            Piece::Text(text, blank) => format!("{}{text}", if blank { "_" } else { "" }),
            Piece::Opaque(_) => "OPAQUE".into(),
            Piece::LineEnd => "NL".into(),
        }
    }

    #[test]
    fn a_blank_belongs_to_the_word_after_it_and_indentation_to_nothing() {
        check(
            "  let x  = f(1.5);\r\n\r\n\n\ty\n",
            "let|_x|_=|_f|(|1.5|)|;|NL|y|NL",
        );
    }

    #[test]
    fn short_strings_are_one_word_and_long_ones_are_many() {
        check(
            r#"f("a \"b\"", 'c')"#,
            r#"f|("a \"b\""|,|_'c'|)"#.replace("(\"", "(|\"").as_str(),
        );
        let long = format!("\"{}\"", "ab ".repeat(40));
        assert!(Pieces::of(&long, false).count() > 40);
    }

    #[test]
    fn a_lifetime_is_a_word_and_a_char_is_a_string() {
        let drawn: Vec<String> = Pieces::of("&'a str, 'x', '\\n', 'é' &'static T", true)
            .map(draw)
            .collect();
        assert_eq!(
            drawn.join("|"),
            "&|'a|_str|,|_'x'|,|_'\\n'|,|_'é'|_&|'static|_T"
        );
    }

    #[test]
    fn what_is_unfinished_is_an_open_word_or_string() {
        assert_eq!(unfinished("x\n    self.na", false), "na");
        assert_eq!(unfinished("x = ", false), "");
        assert_eq!(unfinished("x = \"ab c", false), "\"ab c");
        assert_eq!(unfinished("x = \"ab\" + c", false), "c");
        assert_eq!(unfinished("x = f(", false), "");
        assert_eq!(unfinished("don't sto", false), "sto");
        assert_eq!(unfinished("", false), "");
    }

    proptest! {
        #[test]
        fn pieces_lose_nothing_but_blanks(text in "(?s).{0,200}", lifetimes: bool) {
            let mut pieces = Pieces::of(&text, lifetimes);
            let mut at = 0;
            while let Some(piece) = pieces.next() {
                let end = pieces.offset();
                if let Piece::Text(piece, _) = piece {
                    prop_assert!(text[at..end].ends_with(piece));
                    prop_assert!(text[at..end - piece.len()].chars().all(|it| it.is_ascii_whitespace() || it == '\x0b'));
                }
                at = end;
            }
            prop_assert!(text.ends_with(unfinished(&text, lifetimes)));
        }
    }
}
