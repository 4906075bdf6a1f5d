//! The client's own copy of a document, and positions in the encoding that was negotiated.

use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;

/// What a position's `character` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every client and server speaks.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The protocol's name.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Encoding> {
        [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32]
            .into_iter()
            .find(|it| it.name() == name)
    }

    fn len(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
            Encoding::Utf32 => text.chars().count(),
        }
    }

    /// The position of a byte offset.
    pub fn position(self, text: &str, offset: usize) -> Value {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        json!({ "line": before.matches('\n').count(), "character": self.len(&before[line_start..]) })
    }

    /// The range of two byte offsets.
    pub fn range(self, text: &str, range: Range<usize>) -> Value {
        json!({ "start": self.position(text, range.start), "end": self.position(text, range.end) })
    }

    /// The byte offset of a position. Past the end of a line: its end.
    ///
    /// # Panics
    ///
    /// When it is no position, when there is no such line, or when it is within a character.
    #[track_caller]
    pub fn offset(self, text: &str, position: &Value) -> usize {
        let part = |name: &str| match position[name].as_u64() {
            Some(it) => it as usize,
            None => panic!("not a position: {position}"),
        };
        let (line, character) = (part("line"), part("character"));
        let mut start = 0;
        for _ in 0..line {
            match text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => panic!("{position} is past the end of the document"),
            }
        }
        let line = text[start..].split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut units = 0;
        for (at, char) in line.char_indices() {
            if units == character {
                return start + at;
            }
            units += self.len(char.encode_utf8(&mut [0; 4]));
            assert!(units <= character, "{position} is within a character");
        }
        start + line.len()
    }
}

/// The `file:` URI of an absolute path.
pub fn uri(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    // Windows: a verbatim prefix is no part of the name.
    let path = path.strip_prefix("//?/").unwrap_or(&path);
    let mut uri = String::from(if path.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b':' => {
                uri.push(byte.into())
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_what_the_encoding_says() {
        let text = "a\r\né😀x\n";
        let offset = text.find('x').unwrap();
        for (encoding, character) in [
            (Encoding::Utf8, 6),
            (Encoding::Utf16, 3),
            (Encoding::Utf32, 2),
        ] {
            let position = encoding.position(text, offset);
            assert_eq!(position, json!({ "line": 1, "character": character }));
            assert_eq!(encoding.offset(text, &position), offset);
        }
        assert_eq!(
            Encoding::Utf16.offset(text, &json!({ "line": 0, "character": 9 })),
            1
        );
        assert_eq!(
            Encoding::Utf16.offset(text, &json!({ "line": 2, "character": 0 })),
            text.len()
        );
    }

    #[test]
    #[should_panic(expected = "within a character")]
    fn a_position_within_a_character_is_none() {
        Encoding::Utf16.offset("😀", &json!({ "line": 0, "character": 1 }));
    }

    #[test]
    fn uris_escape_what_they_must() {
        assert_eq!(uri(Path::new("/a b/ü#.rs")), "file:///a%20b/%C3%BC%23.rs");
        assert_eq!(uri(Path::new(r"C:\x\y.rs")), "file:///C:/x/y.rs");
    }
}
