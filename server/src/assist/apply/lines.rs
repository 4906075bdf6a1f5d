//! A file as lines that can be edited and written back byte by byte: the encoding, line ends, a byte order mark, the
//! missing last line break, and bytes that are no text stay what they are.

mod writing;

pub(super) use writing::Unwritable;

use hob_index::encoding::{self, Encoding, NoText};
use std::sync::Arc;

/// A byte that is no UTF-8 is this character plus its value while the text is worked on.
///
/// The last plane is for private use. Where a text really holds such a character, its bytes are taken one by one, so
/// decoding and encoding are each other's inverse for all bytes.
const BYTES: u32 = 0x10_FF00;

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Eol {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r` alone, in files that have no other.
    Cr,
}

impl Eol {
    fn text(self) -> &'static str {
        match self {
            Eol::Lf => "\n",
            Eol::CrLf => "\r\n",
            Eol::Cr => "\r",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Line {
    /// What it holds, without its end.
    pub text: String,
    /// How it ends; for the last line of a text without a last line break: how it would.
    pub eol: Eol,
    /// Its bytes, where its encoding would write the same text as others.
    raw: Option<Arc<[u8]>>,
}

impl Line {
    /// A line that comes.
    pub(super) fn new(text: String, eol: Eol) -> Line {
        Line {
            text,
            eol,
            raw: None,
        }
    }
}

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    bytes: Vec<u8>,
    lines: Vec<Line>,
    ends: bool,
}

/// Where the rules for a text's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A file on disk in this encoding, or a new one.
    Text(Encoding),
    /// A file that isn't text: it may go and get another name, nothing else.
    None(NoText),
    /// A document of an editor, which sees to the encoding itself.
    Document,
}

/// A text in lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The lines; none for an empty file.
    pub lines: Vec<Line>,
    /// Whether the last line ends with a line break.
    pub ends: bool,
    kind: Kind,
    /// `None`: it is new.
    origin: Option<Arc<Origin>>,
}

impl Text {
    /// Reads any bytes of a file.
    pub(super) fn read(bytes: &[u8]) -> Text {
        match encoding::of(bytes) {
            Ok(encoding) => {
                let body = encoding.without_mark(bytes);
                let text = encoding.decode(bytes);
                let raws = text.as_deref().and_then(|it| raws(&encoding, it, body));
                match (text, raws) {
                    (Some(_), _) if encoding.is_utf8() => {
                        Text::parse(&decode(body), Vec::new(), Kind::Text(encoding), bytes)
                    }
                    (Some(text), Some(raws)) => {
                        Text::parse(&text, raws, Kind::Text(encoding), bytes)
                    }
                    (_, _) if encoding.is_bytes() => {
                        Text::parse(&decode(body), Vec::new(), Kind::Text(encoding), bytes)
                    }
                    // Its lines can't be told apart in its bytes, so they couldn't stay as they are.
                    _ => Text::parse(
                        &decode(bytes),
                        Vec::new(),
                        Kind::None(NoText::Binary),
                        bytes,
                    ),
                }
            }
            Err(why) => Text::parse(&decode(bytes), Vec::new(), Kind::None(why), bytes),
        }
    }

    /// Reads the text of a document that is open in an editor.
    pub(super) fn of_document(text: &str) -> Text {
        let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Text::parse(
            &decode(body.as_bytes()),
            Vec::new(),
            Kind::Document,
            text.as_bytes(),
        )
    }

    /// A text in lines; `raws`: the bytes of those that would be written otherwise.
    fn parse(text: &str, raws: Vec<Option<Arc<[u8]>>>, kind: Kind, bytes: &[u8]) -> Text {
        let old_mac = !text.contains('\n') && text.contains('\r');
        let breaks = if old_mac { '\r' } else { '\n' };
        let mut lines: Vec<Line> = text
            .split_inclusive(breaks)
            .zip(raws.into_iter().chain(std::iter::repeat(None)))
            .map(|(it, raw)| {
                let (text, eol) = if let Some(text) = it.strip_suffix("\r\n") {
                    (text, Eol::CrLf)
                } else if let Some(text) = it.strip_suffix('\n') {
                    (text, Eol::Lf)
                } else if old_mac {
                    (it.strip_suffix('\r').unwrap_or(it), Eol::Cr)
                } else {
                    (it, Eol::Lf)
                };
                Line {
                    text: text.to_owned(),
                    eol,
                    raw,
                }
            })
            .collect();
        let ends = text.is_empty() || text.ends_with(breaks);
        if !ends && let [.., before, last] = lines.as_mut_slice() {
            last.eol = before.eol;
        }
        let origin = Origin {
            bytes: bytes.to_vec(),
            lines: lines.clone(),
            ends,
        };
        Text {
            lines,
            ends,
            kind,
            origin: Some(Arc::new(origin)),
        }
    }

    /// A text of these lines, as a new file has it.
    pub(super) fn of(lines: Vec<String>) -> Text {
        let lines = lines.into_iter().map(|text| Line::new(text, Eol::Lf));
        Text {
            lines: lines.collect(),
            ends: true,
            kind: Kind::Text(Encoding::UTF_8),
            origin: None,
        }
    }

    /// What the lines hold.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|it| it.text.as_str()).collect()
    }

    /// Whether there is nothing but blanks in it.
    pub(super) fn is_blank(&self) -> bool {
        self.lines.iter().all(|it| it.text.trim().is_empty())
    }

    /// The lines, parted by `\n`: what parsers get.
    pub(super) fn joined(&self) -> String {
        let mut text = self.texts().join("\n");
        text.push('\n');
        text
    }

    /// How a line ends that comes between these two places: as the one before it, else as the one after it.
    pub(super) fn eol_at(&self, at: usize) -> Eol {
        let before = at.checked_sub(1).and_then(|it| self.lines.get(it));
        before
            .or_else(|| self.lines.get(at))
            .map_or(Eol::Lf, |it| it.eol)
    }
}

/// The bytes of the lines that `encoding` would write otherwise than they stand there, each without its line end; none
/// for most files. `None`: the lines of the text aren't the lines of the bytes.
fn raws(encoding: &Encoding, text: &str, body: &[u8]) -> Option<Vec<Option<Arc<[u8]>>>> {
    if encoding.is_utf8() || encoding.encode(text).is_ok_and(|it| it == body) {
        return Some(Vec::new());
    }
    let breaks = match !text.contains('\n') && text.contains('\r') {
        true => '\r',
        false => '\n',
    };
    let mut bytes = body.split_inclusive(|it| char::from(*it) == breaks);
    let mut all = Vec::new();
    for line in text.split_inclusive(breaks) {
        let raw = bytes.next()?;
        if encoding.decode(raw).as_deref() != Some(line) {
            return None;
        }
        let is_same = encoding.encode(line).is_ok_and(|it| it == raw);
        let raw = raw.strip_suffix(&[breaks as u8]).unwrap_or(raw);
        let raw = match breaks {
            '\n' => raw.strip_suffix(b"\r").unwrap_or(raw),
            _ => raw,
        };
        all.push((!is_same).then(|| raw.into()));
    }
    bytes.next().is_none().then_some(all)
}

/// Any bytes as text, so that [`encode`] gives them back.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        if chunk.valid().contains(is_byte) {
            for it in chunk.valid().chars() {
                match is_byte(it) {
                    false => text.push(it),
                    true => {
                        let mut buffer = [0; 4];
                        let bytes = it.encode_utf8(&mut buffer).bytes();
                        text.extend(bytes.filter_map(byte));
                    }
                }
            }
        } else {
            text.push_str(chunk.valid());
        }
        text.extend(chunk.invalid().iter().copied().filter_map(byte));
    }
    text
}

/// The bytes that [`decode`] made this text of.
pub(super) fn encode(text: &str, bytes: &mut Vec<u8>) {
    if !text.contains(is_byte) {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    let mut buffer = [0; 4];
    for it in text.chars() {
        match is_byte(it) {
            // The low byte is the byte itself.
            true => bytes.push((it as u32 & 0xFF) as u8),
            false => bytes.extend_from_slice(it.encode_utf8(&mut buffer).as_bytes()),
        }
    }
}

/// The character that stands for a byte which is no UTF-8.
pub(super) fn byte(byte: u8) -> Option<char> {
    char::from_u32(BYTES + u32::from(byte))
}

/// Whether a character stands for a byte.
pub(super) fn is_byte(it: char) -> bool {
    it as u32 >= BYTES + 0x80
}

#[cfg(test)]
mod tests;
