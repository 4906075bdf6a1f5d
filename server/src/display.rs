//! Text from outside, made fit to be read: nothing in it can command a terminal, hide, or turn other text around.
//!
//! File names, code, answers of models and bodies of HTTP errors may hold anything. Whatever people read goes through
//! here; what programs read (JSON, a diff in a pipe) stays exact. There is one notation, `<U+202E>`, for everything that
//! has no glyph of its own: control characters (C0, DEL, C1), Unicode's directional formatting characters, and those that
//! Unicode says to ignore in display (zero-width characters, fillers, tags, variation selectors).
//!
//! Some of these characters belong to ordinary text: the joiners of emoji and of Persian, Hindi and other scripts, the
//! selectors of emoji and ideographs, the tags of three flags. Each stays where the characters beside it give it a meaning.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

#[cfg(test)]
mod tests;

/// How much of a text's layout is its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Lines and tabs stay.
    Text,
    /// One line: ends of lines and tabs are written out.
    Line,
    /// One line from which the exact name can be read back.
    Name,
}

/// Text of any number of lines: code, prose, messages. Tabs and ends of lines stay; a carriage return before an end of
/// line is dropped, for terminals need none.
pub fn text(text: &str) -> Cow<'_, str> {
    shown(text, Kind::Text)
}

/// Text that has to stay on its line: a status, a title, a sentence. Ends of lines and tabs are written out.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, Kind::Line)
}

/// A name of a file, a key or a model: as [`line`], and no two names look the same because of what is written out. A name
/// that holds the notation itself has its `<` written out, and so are blanks other than U+0020.
pub fn name(name: &str) -> Cow<'_, str> {
    shown(name, Kind::Name)
}

/// A path, as [`name`]; bytes that are no UTF-8 are written out as `<0xFF>`.
pub fn path(path: &Path) -> String {
    let mut out = String::new();
    let mut before = None;
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        before = scan(before, chunk.valid(), Kind::Name, &mut out);
        for byte in chunk.invalid() {
            before = None;
            // Infallible: it writes to a string.
            let _ = write!(out, "<0x{byte:02X}>");
        }
    }
    out
}

/// Serializes a path for JSON, which is Unicode: the rare path that isn't is given as well as it can be.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_path<S: serde::Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}

/// A finished JSON document whose strings hold no hidden character as such: each is escaped as `\uXXXX`, above U+FFFF as a
/// surrogate pair. The decoded values stay what they were.
///
/// `document` must be JSON: outside of its strings, JSON has no such characters but the blanks of its layout.
pub fn json(document: String) -> String {
    let hides = |it: char| it >= '\u{7f}' && is_hidden(it);
    if document.is_ascii() && !document.contains('\u{7f}') || !document.contains(hides) {
        return document;
    }
    let mut out = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        match hides(c) {
            true => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Infallible: it writes to a string.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            false => out.push(c),
        }
    }
    out
}

/// As [`text`], for editors of lines that count bytes: every character that would be written out becomes one visible
/// character of the same length in UTF-8, so that offsets stay what they are. Tabs and ends of lines stay.
pub fn of_same_length(text: &str) -> Cow<'_, str> {
    if !text.contains(suspicious) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        if matches!(c, '\n' | '\t') || stays(before, c, rest) {
            out.push(c);
            before = Some(c);
            continue;
        }
        before = None;
        out.push(match c.len_utf8() {
            1 => '?',
            2 => '¿',
            3 => '\u{fffd}',
            _ => '\u{1f7a1}',
        });
    }
    Cow::Owned(out)
}

/// Text that went through [`Cleaner`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean(String);

impl Clean {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// [`text`] for a text that comes in pieces: what is shown doesn't depend on where they were cut.
#[derive(Debug, Default)]
pub struct Cleaner {
    /// The last character that was passed on as it is.
    before: Option<char>,
    /// The end of what came, which only the next piece decides.
    held: String,
}

impl Cleaner {
    /// Takes a piece; what can be shown now.
    pub fn push(&mut self, piece: &str) -> Clean {
        self.held.push_str(piece);
        let undecided =
            |it: char| it == '\r' || it == BLACK_FLAG || (it > '\u{9f}' && is_hidden(it));
        let mut end = self.held.trim_end_matches(undecided).len();
        if self.held.len() - end > LONGEST_SEQUENCE {
            end = self.held.len();
        }
        self.pass(end)
    }

    /// What is left, once no more pieces come.
    pub fn finish(&mut self) -> Clean {
        self.pass(self.held.len())
    }

    fn pass(&mut self, end: usize) -> Clean {
        let mut out = String::with_capacity(end);
        self.before = scan(self.before, &self.held[..end], Kind::Text, &mut out);
        self.held.drain(..end);
        Clean(out)
    }
}

/// No run of characters that depend on each other is longer, in bytes: the flag of England has 28.
const LONGEST_SEQUENCE: usize = 64;
/// The base of the flags that are spelled in tags.
const BLACK_FLAG: char = '\u{1f3f4}';
/// The flags of England, Scotland and Wales: the only tag sequences that Unicode recommends (emoji-sequences.txt).
const FLAGS: [&str; 3] = [
    "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Whether a character has no glyph of its own: controls, directional formatting (UAX #9), and what is ignored in display
/// (`Default_Ignorable_Code_Point` of Unicode 16, reserved ranges included), annotations and noncharacters.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{16fe4}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a character looks like U+0020, or like nothing, and isn't.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{1d159}'
    )
}

/// Whether a text with this character has to be looked at.
fn suspicious(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\n' | '\t')
}

fn shown(text: &str, kind: Kind) -> Cow<'_, str> {
    let clean = match kind {
        Kind::Text => !text.contains(suspicious),
        Kind::Line => !text.contains(is_hidden),
        Kind::Name => !text.contains(|it| it == '<' || is_hidden(it) || is_blank(it)),
    };
    if clean {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    scan(None, text, kind, &mut out);
    Cow::Owned(out)
}

/// Adds the text as it is shown; the last character, if that was added as it is.
fn scan(mut before: Option<char>, text: &str, kind: Kind, out: &mut String) -> Option<char> {
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let kept = match c {
            '\r' if kind == Kind::Text && rest.starts_with('\n') => continue,
            '\n' | '\t' => kind == Kind::Text,
            '<' if kind == Kind::Name => !(rest.starts_with("U+") || rest.starts_with("0x")),
            c if kind == Kind::Name && is_blank(c) => false,
            c => stays(before, c, rest),
        };
        before = kept.then_some(c);
        match kept {
            true => out.push(c),
            // Infallible: it writes to a string.
            false => drop(write!(out, "<U+{:04X}>", u32::from(c))),
        }
    }
    before
}

/// Whether a character may be shown as it is: it has a glyph, or what stands before and behind it gives it a meaning.
/// `before` is a character that stayed.
fn stays(before: Option<char>, c: char, rest: &str) -> bool {
    if !is_hidden(c) {
        return true;
    }
    let Some(before) = before else {
        return false;
    };
    let next = rest.chars().next();
    match c {
        '\u{200c}' => next.is_some_and(|it| joins(before) && joins(it)),
        '\u{200d}' => next
            .is_some_and(|it| (joins(before) && joins(it)) || (ends_emoji(before) && is_emoji(it))),
        // The keycaps: a digit, the selector, the key.
        '\u{fe0f}' if matches!(before, '0'..='9' | '#' | '*') => next == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0f}' => is_emoji(before) || is_ideograph(before) || has_variants(before),
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        // Behind the flag comes one whole sequence, tag by tag.
        '\u{e0020}'..='\u{e007f}' => FLAGS.iter().any(|flag| {
            flag.char_indices().any(|(at, tag)| {
                let own = before == flag[..at].chars().next_back().unwrap_or(BLACK_FLAG);
                own && tag == c && rest.starts_with(&flag[at + tag.len_utf8()..])
            })
        }),
        _ => false,
    }
}

/// Letters and marks of scripts that are written joined, where U+200C and U+200D choose between forms: Arabic to Sinhala,
/// Tibetan, Myanmar, Khmer, Mongolian, and Arabic's presentation forms.
fn joins(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{6d3}'
        | '\u{6d5}'..='\u{8ff}'
        | '\u{900}'..='\u{dff}'
        | '\u{f00}'..='\u{109f}'
        | '\u{1780}'..='\u{17d3}'
        | '\u{1820}'..='\u{18aa}'
        | '\u{fb50}'..='\u{fdcf}'
        | '\u{fe70}'..='\u{fefc}')
        && !is_hidden(c)
}

/// Pictographs, and the symbols that are emoji with a selector behind them.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}'
        | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}')
}

/// What a joiner of emoji may follow: one, with its selector or skin.
fn ends_emoji(c: char) -> bool {
    is_emoji(c) || c == '\u{fe0f}' || c == '\u{20e3}'
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        && !is_hidden(c)
}

/// Other bases of StandardizedVariants.txt: mathematical operators, Myanmar, Phags-pa, punctuation of East Asia.
fn has_variants(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201d}' | '\u{2200}'..='\u{22ff}' | '\u{2a00}'..='\u{2aff}' | '\u{1000}'..='\u{109f}' | '\u{a840}'..='\u{a877}' | '\u{3001}'..='\u{3002}' | '\u{ff01}'..='\u{ff1f}')
}
