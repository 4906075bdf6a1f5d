//! The string literals of a line, in any language.

/// A literal: offsets into its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where its opening quote begins.
    pub(super) open: usize,
    /// Where its content begins.
    pub(super) start: usize,
    /// Where its content ends.
    pub(super) end: usize,
    /// Where its closing quote ends; the end of the line if there is none.
    pub(super) close: usize,
}

/// The literals of a line. `escaped`: those whose quotes are written with a backslash, as in JSON within a literal.
pub(super) fn literals(line: &str, escaped: bool) -> Vec<Literal> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        let is_escaped = at > 0 && bytes[at - 1] == b'\\';
        if !matches!(quote, b'"' | b'\'' | b'`') || is_escaped != escaped || !opens(bytes, at) {
            at += 1;
            continue;
        }
        let open = at;
        // `"""` and `'''`.
        let width = match bytes[at..].starts_with(&[quote; 3]) && !escaped {
            true => 3,
            false => 1,
        };
        let start = (at + width).min(bytes.len());
        let end = end_of(bytes, start, quote, escaped);
        let (end, close) = match end {
            Some(it) => (it - usize::from(escaped), (it + width).min(bytes.len())),
            None => (bytes.len(), bytes.len()),
        };
        found.push(Literal {
            open: open - usize::from(escaped),
            start,
            end: end.max(start),
            close: close.max(start),
        });
        at = close.max(start);
    }
    found
}

/// An apostrophe within a word (`it's`) opens no literal.
fn opens(bytes: &[u8], at: usize) -> bool {
    // Lisp's `'(` neither.
    if bytes[at] == b'\'' && bytes.get(at + 1) == Some(&b'(') {
        return false;
    }
    bytes[at] != b'\'' || at == 0 || !bytes[at - 1].is_ascii_alphanumeric() || is_prefix(bytes, at)
}

/// `b'…'`, `r'…'`, `N'…'`: one letter that is a word of its own.
fn is_prefix(bytes: &[u8], at: usize) -> bool {
    let letter = b"brufBRUFNLp".contains(&bytes[at - 1]);
    letter && (at < 2 || !bytes[at - 2].is_ascii_alphanumeric())
}

fn end_of(bytes: &[u8], start: usize, quote: u8, escaped: bool) -> Option<usize> {
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if !escaped => at += 2,
            it if it == quote && (!escaped || bytes[at - 1] == b'\\') => return Some(at),
            _ => at += 1,
        }
    }
    None
}
