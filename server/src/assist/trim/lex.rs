//! Which brackets of a line are code: strings, comments and here-documents are skipped, line by line, with the state carried over.
//!
//! Much coarser than a parser and always able to go on: it also reads code that is half written.

use hob_index::language::{Language, Quoting};

/// What a position is inside of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Code.
    Code,
    /// A comment that ends with the line.
    LineComment,
    /// A comment that may span lines: the row's index in `block_comments`.
    BlockComment(usize),
    /// A string: the row's index in `strings`, and how many braces of a `${` hole in it are open.
    Quoted(usize, u32),
    /// A here-document that ends with a line holding this word alone.
    Heredoc(String),
}

/// A bracket in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bracket {
    /// Its byte offset in the line.
    pub(super) at: usize,
    /// One of `(`, `)`, `[`, `]`, `{`, `}`.
    pub(super) byte: u8,
}

impl Bracket {
    /// Whether it opens.
    pub(super) fn opens(self) -> bool {
        matches!(self.byte, b'(' | b'[' | b'{')
    }

    /// Whether it closes `opener`.
    pub(super) fn closes(self, opener: u8) -> bool {
        matches!(
            (opener, self.byte),
            (b'(', b')') | (b'[', b']') | (b'{', b'}')
        )
    }
}

/// What one line held.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Its brackets in code, from left to right.
    pub(super) brackets: Vec<Bracket>,
    /// Its semicolons, commas and colons in code, from left to right: their offsets, and which they are.
    pub(super) marks: Vec<(usize, u8)>,
    /// Where a string that was open when the line began, or was opened in it, ends: the offsets of its closing quotes.
    pub(super) quote_ends: Vec<usize>,
    /// Where its line comment starts.
    pub(super) comment: Option<usize>,
}

/// Reads lines, and knows after each what the next one starts in.
#[derive(Clone, Debug)]
pub(super) struct Lexer {
    language: Option<&'static Language>,
    pub(super) mode: Mode,
    /// The ends of the here-documents that start with the next line.
    pending: Vec<String>,
}

impl Lexer {
    /// At the start of a text.
    pub(super) fn new(language: Option<&'static Language>) -> Lexer {
        Lexer {
            language,
            mode: Mode::Code,
            pending: Vec::new(),
        }
    }

    /// Reads a whole line, without its line break, and goes on to the next.
    pub(super) fn line(&mut self, text: &str) -> Line {
        let line = self.part(text);
        match &self.mode {
            Mode::LineComment => self.mode = Mode::Code,
            Mode::Quoted(row, 0) => {
                if let Some(quote) = self.language.and_then(|it| it.strings.get(*row))
                    && matches!(
                        quote.quoting,
                        Quoting::Line | Quoting::Char | Quoting::Value
                    )
                    && !text.ends_with('\\')
                {
                    self.mode = Mode::Code;
                }
            }
            Mode::Heredoc(word) if text.trim().trim_end_matches([';', ')', ',']) == word => {
                self.mode = Mode::Code
            }
            _ => {}
        }
        if self.mode == Mode::Code && !self.pending.is_empty() {
            self.mode = Mode::Heredoc(self.pending.remove(0));
        }
        line
    }

    /// Reads the start of a line: the mode afterwards is that at its end.
    pub(super) fn part(&mut self, text: &str) -> Line {
        let mut line = Line::default();
        if self.language.is_some_and(|it| it.prose) || matches!(self.mode, Mode::Heredoc(_)) {
            return line;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at = match self.mode {
                Mode::Code => self.code(text, at, &mut line),
                Mode::LineComment | Mode::Heredoc(_) => bytes.len(),
                Mode::BlockComment(row) => {
                    let close = self
                        .language
                        .and_then(|it| it.block_comments.get(row))
                        .map_or("*/", |it| it.1);
                    match memchr::memmem::find(&bytes[at..], close.as_bytes()) {
                        Some(found) => {
                            self.mode = Mode::Code;
                            at + found + close.len()
                        }
                        None => bytes.len(),
                    }
                }
                Mode::Quoted(row, holes) => self.quoted(text, at, row, holes, &mut line),
            };
        }
        line
    }

    /// One step in code: returns the offset to go on from.
    fn code(&mut self, text: &str, at: usize, line: &mut Line) -> usize {
        let bytes = text.as_bytes();
        let byte = bytes[at];
        // Nearly all of a text is words: get past them before looking anything up.
        if byte.is_ascii_alphanumeric() && !matches!(byte, b'r' | b'R')
            || byte == b'_'
            || byte == b' '
            || byte >= 0x80
        {
            return at + 1;
        }
        let rest = &bytes[at..];
        let Some(language) = self.language else {
            return self.plain(text, at, line);
        };
        if let Some(row) = language
            .block_comments
            .iter()
            .position(|(open, _)| rest.starts_with(open.as_bytes()))
        {
            self.mode = Mode::BlockComment(row);
            return at + language.block_comments[row].0.len();
        }
        if language
            .line_comments
            .iter()
            .any(|it| rest.starts_with(it.as_bytes()))
            && starts_comment(language, bytes, at)
        {
            self.mode = Mode::LineComment;
            line.comment = Some(at);
            return bytes.len();
        }
        for (row, quote) in language.strings.iter().enumerate() {
            if !rest.starts_with(quote.open.as_bytes())
                || !starts_string(language, quote.quoting, bytes, at, byte)
            {
                continue;
            }
            if quote.quoting == Quoting::Char {
                if let Some(length) = char_literal(text, at) {
                    return at + length;
                }
                continue;
            }
            self.mode = Mode::Quoted(row, 0);
            return at + quote.open.len();
        }
        if byte == b'<'
            && rest.starts_with(b"<<")
            && let Some((word, length)) = heredoc(language, text, at)
        {
            self.pending.push(word);
            return at + length;
        }
        if byte == b'/'
            && has_regexes(language)
            && let Some(length) = regex(bytes, at)
        {
            return at + length;
        }
        self.plain(text, at, line)
    }

    /// Code without strings and comments: brackets only.
    fn plain(&mut self, text: &str, at: usize, line: &mut Line) -> usize {
        let byte = text.as_bytes()[at];
        let shell = self.language.is_some_and(|it| it.id == "shellscript");
        // In a shell, `)` ends the pattern of a `case` as often as it closes anything; a backslash escapes.
        match byte {
            b'\\' if self.language.is_none_or(|it| it.id != "haskell") => {
                return (at + 2).min(text.len());
            }
            b'(' | b')' if shell => {}
            b'(' | b')' | b'[' | b']' | b'{' | b'}' => line.brackets.push(Bracket { at, byte }),
            b';' | b',' | b':' => line.marks.push((at, byte)),
            _ => {}
        }
        at + 1
    }

    /// One step in a string.
    fn quoted(&mut self, text: &str, at: usize, row: usize, holes: u32, line: &mut Line) -> usize {
        let bytes = text.as_bytes();
        let Some(quote) = self.language.and_then(|it| it.strings.get(row)) else {
            self.mode = Mode::Code;
            return at;
        };
        let rest = &bytes[at..];
        if holes > 0 {
            match bytes[at] {
                // A string in the hole may hold braces.
                mark @ (b'"' | b'\'') => {
                    let end = memchr::memchr(mark, &bytes[at + 1..]).unwrap_or(0);
                    return at + 1 + end + usize::from(end > 0);
                }
                b'{' => self.mode = Mode::Quoted(row, holes + 1),
                b'}' => self.mode = Mode::Quoted(row, holes - 1),
                _ => {}
            }
            return at + 1;
        }
        if quote.quoting == Quoting::Template && rest.starts_with(b"${") {
            self.mode = Mode::Quoted(row, 1);
            return at + 2;
        }
        if bytes[at] == b'\\' && quote.quoting != Quoting::Raw {
            return (at + 2).min(bytes.len());
        }
        if rest.starts_with(quote.close.as_bytes()) {
            // `""` in a verbatim string and `''` in SQL and YAML are one quote, not the end.
            let doubled = matches!(quote.quoting, Quoting::Raw | Quoting::Value)
                && quote.close.len() == 1
                && rest.get(1) == rest.first()
                && quote.close != "`";
            if doubled {
                return at + 2;
            }
            line.quote_ends.push(at);
            self.mode = Mode::Code;
            return at + quote.close.len();
        }
        at + 1
    }
}

/// Whether a comment's opening at `at` opens one: not the `//` of a URL, nor the `#` of `$#`, `#[attribute]` and the like.
fn starts_comment(language: &Language, bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|it| bytes[it]);
    match bytes[at] {
        b'/' => before != Some(b':') && before != Some(b'\\'),
        b'#' => match language.id {
            "python" | "ruby" | "elixir" | "toml" | "r" | "julia" => true,
            "php" => bytes.get(at + 1) != Some(&b'['),
            _ => before.is_none_or(|it| it.is_ascii_whitespace() || it == b';'),
        },
        b';' if language.id == "ini" => before.is_none_or(|it| it.is_ascii_whitespace()),
        b'%' => before != Some(b'\\'),
        b'-' if language.id == "haskell" => !matches!(bytes.get(at + 2), Some(b'>' | b'|')),
        b'\\' => bytes[..at].iter().all(u8::is_ascii_whitespace),
        _ => true,
    }
}

/// Whether a quote at `at` starts a string: not an apostrophe in a word, and for YAML only where a value starts.
fn starts_string(language: &Language, quoting: Quoting, bytes: &[u8], at: usize, byte: u8) -> bool {
    let before = at.checked_sub(1).map(|it| bytes[it]);
    if quoting == Quoting::Value {
        return before
            .is_none_or(|it| matches!(it, b' ' | b'\t' | b':' | b'[' | b'{' | b',' | b'-'));
    }
    let wordy = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it >= 0x80;
    match byte {
        b'\'' if language.id != "shellscript" && before.is_some_and(wordy) => {
            // `b'…'`, `rb'…'`, `L'…'` are prefixes; `don't`, `1'000` and `foldl'` are not.
            let word = bytes[..at]
                .iter()
                .rev()
                .take_while(|it| wordy(**it))
                .count();
            word <= 2
                && bytes[at - word..at]
                    .iter()
                    .all(|it| b"rRbBfFuUL".contains(it))
        }
        // `r"` is a raw string only as a word of its own; `br"` is the only longer one.
        b'r' | b'R' => before.is_none_or(|it| {
            !wordy(it) || it == b'b' && at.checked_sub(2).is_none_or(|it| !wordy(bytes[it]))
        }),
        // `t[[1]]` in Lua is an index in all but the letter.
        b'[' => before.is_none_or(|it| !wordy(it) && it != b']' && it != b'['),
        _ => true,
    }
}

/// The length of the character literal at `at`, if it is one.
fn char_literal(text: &str, at: usize) -> Option<usize> {
    let mut chars = text[at + 1..].char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next()?;
        // `'\u{1F600}'` is the longest escape there is.
        let end = chars.take(12).find(|(_, it)| *it == '\'')?;
        return Some(1 + end.0 + 1);
    }
    let (close, second) = chars.next()?;
    (first != '\'' && second == '\'').then_some(1 + close + 1)
}

/// The closing word and the length of the here-document's opening at `at`, if it is one.
fn heredoc(language: &Language, text: &str, at: usize) -> Option<(String, usize)> {
    let rest = &text[at..];
    let (mut body, sigil) = match language.id {
        "shellscript" => (rest.strip_prefix("<<")?.trim_start_matches('-'), false),
        "ruby" | "perl" => {
            let body = rest.strip_prefix("<<")?;
            let bare = body.trim_start_matches(['-', '~']);
            (bare, bare.len() == body.len())
        }
        "php" => (rest.strip_prefix("<<<")?, false),
        _ => return None,
    };
    if body.starts_with('<') {
        return None;
    }
    if language.id == "shellscript" || language.id == "php" {
        body = body.trim_start_matches(' ');
    }
    let quoted = body.starts_with(['"', '\'', '\\']);
    let body = body.trim_start_matches(['"', '\'', '\\']);
    let length = body
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .unwrap_or(body.len());
    let word = &body[..length];
    let first = word.chars().next()?;
    // `a <<b` shifts; only a capital, a quote or a squiggle tells a here-document from it.
    if first.is_ascii_digit() || (sigil && !quoted && !first.is_uppercase()) {
        return None;
    }
    let end = rest.len() - body.len()
        + length
        + usize::from(quoted && body[length..].starts_with(['"', '\'']));
    Some((word.to_owned(), end))
}

fn has_regexes(language: &Language) -> bool {
    matches!(
        language.id,
        "javascript"
            | "javascriptreact"
            | "typescript"
            | "typescriptreact"
            | "ruby"
            | "perl"
            | "vue"
            | "svelte"
            | "groovy"
            | "elixir"
    )
}

/// The length of the regular expression at `at`, if a value may start there and it ends on the line.
fn regex(bytes: &[u8], at: usize) -> Option<usize> {
    let before = bytes[..at]
        .iter()
        .rev()
        .find(|it| !it.is_ascii_whitespace());
    let value = before.is_none_or(|it| b"(,=:[!&|?{};~+".contains(it))
        || bytes[..at].trim_ascii_end().ends_with(b"return");
    if !value {
        return None;
    }
    let mut class = false;
    let mut i = at + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return (i > at + 1).then_some(i + 1 - at),
            _ => {}
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brackets(id: &str, text: &str) -> String {
        let mut lexer = Lexer::new(Language::of_id(id));
        text.split('\n')
            .flat_map(|line| lexer.line(line).brackets)
            .map(|it| it.byte as char)
            .collect()
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        assert_eq!(brackets("rust", "a(\"(\", '(', 'a, r#\"\"(\"#) // ("), "()");
        assert_eq!(brackets("rust", "/* ( \n ( */ {"), "{");
        assert_eq!(brackets("python", "x = '''(\n(''' + f(\"\\\"(\")"), "()");
        assert_eq!(
            brackets("javascript", "`${a(\"{\")} (` + /[(/]/.test(x)"),
            "()"
        );
        assert_eq!(brackets("javascriptreact", "<p>don't {a}</p>"), "{}");
        assert_eq!(brackets("go", "`(\n(` []"), "[]");
        assert_eq!(brackets("lua", "--[[ (\n ( ]] [[ ( ]] t[a[1]]"), "[[]]");
        assert_eq!(brackets("yaml", "it's: [a, 'b]']"), "[]");
        assert_eq!(brackets("sql", "'it''s (' (x)"), "()");
        assert_eq!(brackets("css", "a { b: url(http://x) }"), "{()}");
    }

    #[test]
    fn here_documents_are_text() {
        assert_eq!(brackets("shellscript", "cat <<EOF > x\n{ (\nEOF\n}"), "}");
        assert_eq!(brackets("shellscript", "cat <<-'EOT'\n\t{\n\tEOT\n}"), "}");
        assert_eq!(brackets("ruby", "x = <<~SQL\n (\nSQL\n()"), "()");
        assert_eq!(brackets("php", "$x = <<<EOT\n (\nEOT;\n()"), "()");
        assert_eq!(brackets("ruby", "a << b\n()"), "()");
    }

    #[test]
    fn escapes_at_the_end_of_a_line_do_not_leave_it() {
        assert_eq!(brackets("c", "\"a\\\n(\" ()"), "()");
        assert_eq!(brackets("python", "'\\"), "");
        assert_eq!(brackets("rust", "'\\"), "");
    }
}
