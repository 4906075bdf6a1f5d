//! A file as lines that can be edited and written back byte by byte: line ends, a byte order mark, the missing last line
//! break, and bytes that are no UTF-8 stay what they are.

use std::borrow::Cow;

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
}

/// A text in lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The lines; none for an empty file.
    pub lines: Vec<Line>,
    /// Whether the last line ends with a line break.
    pub ends: bool,
    /// Whether a byte order mark comes first.
    bom: bool,
    /// Whether bytes that are no UTF-8 are the only ones above ASCII: an old encoding of single bytes.
    single_bytes: bool,
}

impl Text {
    /// Reads any bytes.
    pub(super) fn read(bytes: &[u8]) -> Text {
        let (bom, bytes) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let text = decode(bytes);
        let is_byte = |it: char| is_byte(it);
        let single_bytes =
            text.contains(is_byte) && text.chars().all(|it| it.is_ascii() || is_byte(it));
        let old_mac = !text.contains('\n') && text.contains('\r');
        let breaks = if old_mac { '\r' } else { '\n' };
        let mut lines: Vec<Line> = text
            .split_inclusive(breaks)
            .map(|it| {
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
                }
            })
            .collect();
        let ends = text.is_empty() || text.ends_with(breaks);
        if !ends && let [.., before, last] = lines.as_mut_slice() {
            last.eol = before.eol;
        }
        Text {
            lines,
            ends,
            bom,
            single_bytes,
        }
    }

    /// A text of these lines, as a new file has it.
    pub(super) fn of(lines: Vec<String>) -> Text {
        let lines = lines.into_iter().map(|text| Line { text, eol: Eol::Lf });
        Text {
            lines: lines.collect(),
            ends: true,
            bom: false,
            single_bytes: false,
        }
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.bom {
            bytes.extend_from_slice(b"\xef\xbb\xbf");
        }
        let last = self.lines.len().saturating_sub(1);
        for (at, line) in self.lines.iter().enumerate() {
            encode(&line.text, &mut bytes);
            if at < last || self.ends {
                bytes.extend_from_slice(line.eol.text().as_bytes());
            }
        }
        bytes
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

    /// What is added to this text in its own encoding: a text of single bytes (Latin-1) gets `é` as one byte.
    pub(super) fn own<'a>(&self, added: &'a str) -> Cow<'a, str> {
        if !self.single_bytes || !added.contains(|it| ('\u{A0}'..='\u{FF}').contains(&it)) {
            return added.into();
        }
        let own = |it: char| match it {
            '\u{A0}'..='\u{FF}' => byte(it as u8).unwrap_or(it),
            it => it,
        };
        added.chars().map(own).collect::<String>().into()
    }
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
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_as_they_were() {
        let cases: &[&[u8]] = &[
            b"",
            b"a",
            b"a\n",
            b"\n\n",
            b"a\r\nb\nc\r\n",
            b"a\r\nb",
            b"\xef\xbb\xbfa\n",
            b"caf\xe9\nna\xefve\r\n",
            b"old\rmac\r",
            b"a\rb\nc\r\n",
            "\u{10FFE9} \u{10FF80}\n".as_bytes(),
            b"\xff\xfe\x00a\x00\n",
            &[0xF4, 0x8F, 0xBF, 0xBF, 0xF4, 0x8F],
        ];
        for case in cases {
            assert_eq!(Text::read(case).bytes(), *case, "{case:?}");
        }
    }

    #[test]
    fn a_line_without_a_break_would_end_as_the_one_before_it() {
        let text = Text::read(b"a\r\nb");
        assert!(!text.ends);
        assert_eq!(text.lines[1].eol, Eol::CrLf);
    }

    #[test]
    fn what_is_added_to_a_text_of_single_bytes_is_of_single_bytes() {
        let mut text = Text::read(b"caf\xe9\n");
        text.lines[0].text = text.own("thé — x").into_owned();
        assert_eq!(text.bytes(), b"th\xe9 \xe2\x80\x94 x\n");
        assert_eq!(Text::read("é\n".as_bytes()).own("é"), "é");
    }
}
