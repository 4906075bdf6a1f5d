//! LSP positions and URIs, to and from byte offsets and paths. Nothing else converts between them.

use ropey::Rope;
use std::path::PathBuf;
use tower_lsp_server::gen_lsp_types::{Position, PositionEncodingKind, Range};

/// The unit that the `character` of an LSP position counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what the protocol falls back to.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The encoding to use with a client that offers these, in its order of preference.
    ///
    /// Bytes are what Hob counts itself, so they are taken wherever they are offered.
    pub fn negotiate(offered: &[PositionEncodingKind]) -> Encoding {
        if offered.contains(&PositionEncodingKind::UTF8) {
            return Encoding::Utf8;
        }
        let known = offered.iter().find_map(|it| match it {
            PositionEncodingKind::UTF16 => Some(Encoding::Utf16),
            PositionEncodingKind::UTF32 => Some(Encoding::Utf32),
            _ => None,
        });
        known.unwrap_or_default()
    }

    /// The protocol's name of this encoding.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// The char index of a position.
///
/// A position past the end of its line means the line's end, one past the last line the text's end
/// (LSP 3.17, "Position"); one inside a character means that character's start.
pub fn char_index(text: &Rope, position: Position, encoding: Encoding) -> usize {
    let line = position.line as usize;
    if line >= text.len_lines() {
        return text.len_chars();
    }
    let start = text.line_to_char(line);
    let end = line_end(text, line);
    let character = position.character as usize;
    let index = match encoding {
        Encoding::Utf32 => start + character.min(end - start),
        Encoding::Utf16 => {
            let origin = text.char_to_utf16_cu(start);
            let limit = text.char_to_utf16_cu(end);
            text.utf16_cu_to_char(origin.saturating_add(character).min(limit))
        }
        Encoding::Utf8 => {
            let origin = text.char_to_byte(start);
            let limit = text.char_to_byte(end);
            text.byte_to_char(origin.saturating_add(character).min(limit))
        }
    };
    index.min(end)
}

/// Whether a position stands between the two halves of a UTF-16 surrogate pair.
pub fn cuts_a_pair(text: &Rope, position: Position, encoding: Encoding) -> bool {
    let line = position.line as usize;
    if encoding != Encoding::Utf16 || line >= text.len_lines() {
        return false;
    }
    let index = char_index(text, position, encoding);
    let origin = text.char_to_utf16_cu(text.line_to_char(line));
    let unit = origin.saturating_add(position.character as usize);
    // A position past the line's end means that end; the line break there is no pair.
    text.get_char(index).is_some_and(|it| it.len_utf16() == 2)
        && unit == text.char_to_utf16_cu(index) + 1
}

/// The byte offset of a position; out-of-range positions as in [`char_index`].
pub fn offset(text: &Rope, position: Position, encoding: Encoding) -> usize {
    text.char_to_byte(char_index(text, position, encoding))
}

/// The position of a byte offset; one past the end means the end.
pub fn position(text: &Rope, offset: usize, encoding: Encoding) -> Position {
    let index = text.byte_to_char(offset.min(text.len_bytes()));
    let line = text.char_to_line(index);
    let start = text.line_to_char(line);
    let character = match encoding {
        Encoding::Utf32 => index - start,
        Encoding::Utf16 => text.char_to_utf16_cu(index) - text.char_to_utf16_cu(start),
        Encoding::Utf8 => text.char_to_byte(index) - text.char_to_byte(start),
    };
    // A document has less than 2^32 lines and characters: it arrived in one message.
    Position {
        line: line as u32,
        character: character as u32,
    }
}

/// The range between two byte offsets.
pub fn range(text: &Rope, start: usize, end: usize, encoding: Encoding) -> Range {
    Range {
        start: position(text, start, encoding),
        end: position(text, end, encoding),
    }
}

/// The char index where a line's text ends, before its line break.
fn line_end(text: &Rope, line: usize) -> usize {
    if line + 1 >= text.len_lines() {
        return text.len_chars();
    }
    let next = text.line_to_char(line + 1);
    let start = text.line_to_char(line);
    let mut end = next;
    if end > start && text.char(end - 1) == '\n' {
        end -= 1;
        if end > start && text.char(end - 1) == '\r' {
            end -= 1;
        }
    } else if end > start && text.char(end - 1) == '\r' {
        end -= 1;
    }
    end
}

/// The path of a `file:` URI; `None` for every other scheme and for what is no URI at all.
///
/// Editors differ in what they percent-encode (`file:///c%3A/x` and `file:///C:/x` are one file).
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let parsed = url::Url::parse(uri).ok()?;
    if parsed.scheme() != "file" {
        return None;
    }
    let path = parsed.to_file_path().ok()?;
    #[cfg(windows)]
    let path = windows_drive(path);
    Some(path)
}

/// The path of a document's file; `None` also for URIs that name a folder or nothing: Neovim calls a buffer without a
/// name `file://`, and lists folders in buffers under the folder's own name. Looks at the disk.
pub fn file_of(uri: &str) -> Option<PathBuf> {
    let path = path_of(uri)?;
    let is_file = path.file_name().is_some() && !uri.ends_with(['/', '\\']) && !path.is_dir();
    is_file.then_some(path)
}

/// Windows paths start with a capital drive letter whatever the editor wrote.
#[cfg(windows)]
fn windows_drive(path: PathBuf) -> PathBuf {
    let text = path
        .to_string_lossy()
        .replace("%3A", ":")
        .replace("%3a", ":");
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(drive), Some(':')) => {
            PathBuf::from(format!("{}:{}", drive.to_ascii_uppercase(), chars.as_str()))
        }
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn a_position_counts_in_the_negotiated_unit() {
        let text = Rope::from_str("é😀x\r\n漢y");
        for (encoding, character) in [
            (Encoding::Utf8, 6),
            (Encoding::Utf16, 3),
            (Encoding::Utf32, 2),
        ] {
            assert_eq!(offset(&text, at(0, character), encoding), 6, "{encoding:?}");
            assert_eq!(position(&text, 6, encoding), at(0, character));
        }
    }

    #[test]
    fn a_position_inside_a_character_means_its_start() {
        let text = Rope::from_str("😀x");
        assert_eq!(offset(&text, at(0, 1), Encoding::Utf16), 0);
        assert_eq!(offset(&text, at(0, 2), Encoding::Utf8), 0);
    }

    #[test]
    fn a_position_past_the_end_means_the_end() {
        let text = Rope::from_str("ab\r\ncd\re\n");
        let utf16 = Encoding::Utf16;
        assert_eq!(offset(&text, at(0, 99), utf16), 2);
        assert_eq!(offset(&text, at(1, 99), utf16), 6);
        assert_eq!(offset(&text, at(2, u32::MAX), utf16), 8);
        assert_eq!(offset(&text, at(u32::MAX, 0), utf16), 9);
        assert_eq!(position(&text, 99, utf16), at(3, 0));
    }

    #[test]
    fn only_the_line_breaks_of_the_protocol_end_a_line() {
        let text = Rope::from_str("a\u{2028}b\u{b}c\u{85}d\ne");
        assert_eq!(position(&text, text.len_bytes(), Encoding::Utf16), at(1, 1));
    }

    #[test]
    fn bytes_are_taken_where_they_are_offered() {
        use PositionEncodingKind as Kind;
        assert_eq!(Encoding::negotiate(&[]), Encoding::Utf16);
        assert_eq!(
            Encoding::negotiate(&[Kind::UTF32, Kind::UTF16]),
            Encoding::Utf32
        );
        assert_eq!(
            Encoding::negotiate(&[Kind::UTF16, Kind::UTF8]),
            Encoding::Utf8
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_document_without_a_name_or_of_a_folder_has_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let of_folder = url::Url::from_file_path(folder.path()).unwrap().to_string();
        for uri in [
            "file://",
            "file:///",
            "file:",
            "file:///tmp/gone/",
            &of_folder,
            &format!("{of_folder}/"),
            "untitled:Untitled-1",
            "untitled:/home/ann/new.rs",
            "git:/home/ann/app/a.rs?%7B%22ref%22%3A%22HEAD%22%7D",
            "output:extension-output-hob",
            "vscode-notebook-cell:/home/ann/x.ipynb#W0",
            "oil:///home/ann/app/",
            "fugitive:///home/ann/app/.git//0/a.rs",
            "term://~//1234:/bin/bash",
            "gitsigns:///home/ann/app/.git//:a.rs",
            "jar:file:///home/ann/x.jar!/A.java",
            "jdt://contents/x",
            "deno:/https/example.com/mod.ts",
            "no uri",
            "",
        ] {
            assert_eq!(file_of(uri), None, "{uri}");
        }
        let new = folder.path().join("new.rs");
        assert_eq!(file_of(&format!("{of_folder}/new.rs")), Some(new));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_uri_is_decoded_and_other_schemes_have_no_path() {
        assert_eq!(
            path_of("file:///tmp/a%20b/%C3%A9.rs"),
            Some("/tmp/a b/é.rs".into())
        );
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("vscode-notebook-cell:/x/y.ipynb#W0"), None);
        assert_eq!(path_of("no uri at all"), None);
        assert_eq!(path_of(""), None);
    }
}
