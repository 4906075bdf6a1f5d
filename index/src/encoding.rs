//! How the bytes of a text stand for its characters: the one owner of decoding and encoding files.
//!
//! A file is UTF-8 unless something says otherwise: a byte order mark, the NULs of UTF-16 and UTF-32, a declaration in
//! the text, or bytes that are no UTF-8 and are typical of one old encoding. Whoever shows a text to a model and whoever
//! changes it afterwards must read the same characters, so both ask [`of`]. What is only guessed can be read and written
//! back, but gets no characters that it doesn't have yet: a wrong guess then costs a refusal, never a damaged file.

mod declared;
mod guess;

pub use declared::{Declared, declared};

use encoding_rs::{
    DecoderResult, EUC_KR, EncoderResult, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, WINDOWS_1250,
    WINDOWS_1252, WINDOWS_1254,
};
use std::borrow::Cow;

/// What files that are no text begin with. Most hold NULs, too, but not all and not always near.
const SIGNATURES: &[&[u8]] = &[
    b"\x89PNG\r\n",
    b"GIF87a",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\0asm",
    b"wOFF",
    b"wOF2",
    b"OggS",
    b"ID3",
];

/// Of a text, at most one byte in so many is a control character that texts don't have.
const CONTROLS: usize = 20;

/// Why bytes are no text. Displays as the rest of a sentence that begins with the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// An image, a program, a database.
    #[error("is binary, not text")]
    Binary,
    /// Its byte order mark names an encoding, which its bytes don't follow.
    #[error("begins as {0}, but isn't valid {0} all through")]
    Damaged(&'static str),
}

/// How a text is written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    form: Form,
    bom: bool,
    additions: Additions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Utf8,
    Utf16 {
        big: bool,
    },
    Utf32 {
        big: bool,
    },
    Table(&'static encoding_rs::Encoding),
    /// Bytes above ASCII stand for nobody knows what, or for different things in different places.
    Bytes,
}

/// Which characters beyond ASCII a text may get that it doesn't have yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Additions {
    /// All that the encoding has.
    All,
    /// Those that old readers of the declared name know, too: what browsers call ISO-8859-1 is Windows-1252, which has
    /// characters at 0x80 to 0x9F where the standard has none.
    WithoutC1,
    /// Those that are the same bytes in all Latin code pages.
    SharedLatin,
    /// Those of GB 2312 within GBK, and of KS X 1001 within Windows-949.
    HighPairs,
    /// Those of JIS X 0208 within Windows-932.
    Jis,
    /// None: the encoding isn't known for sure.
    Unsure,
    /// None: the text declares another encoding than its bytes are in.
    Contradicted,
    /// None: the text declares an encoding that Hob can't write.
    Unsupported,
}

/// Why a text can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The encoding has no such character.
    Lacks,
    /// Nobody knows for sure which bytes would stand for it.
    Unsure,
    /// What the text declares isn't how its bytes are.
    Contradicted,
    /// What the text declares is an encoding that Hob can't write.
    Unsupported,
}

/// The encoding of a file with these bytes.
///
/// # Errors
/// They are no text.
pub fn of(bytes: &[u8]) -> Result<Encoding, NoText> {
    let known = |form, bom| Encoding {
        form,
        bom,
        additions: Additions::All,
    };
    if let Some((form, name)) = marked(bytes) {
        let encoding = known(form, true);
        return match (encoding.decode(bytes), form) {
            (Some(_), _) => Ok(encoding),
            (None, Form::Utf8) => match memchr::memchr(0, bytes) {
                Some(_) => Err(NoText::Binary),
                None => Ok(Encoding {
                    additions: Additions::Unsure,
                    ..known(Form::Bytes, true)
                }),
            },
            (None, _) => Err(NoText::Damaged(name)),
        };
    }
    if SIGNATURES.iter().any(|it| bytes.starts_with(it)) {
        return Err(NoText::Binary);
    }
    if memchr::memchr(0, bytes).is_some() {
        return guess::wide(bytes)
            .map(|it| known(it, false))
            .ok_or(NoText::Binary);
    }
    if bytes.iter().filter(|it| is_odd_control(**it)).count() * CONTROLS > bytes.len() {
        return Err(NoText::Binary);
    }
    Ok(narrow(bytes))
}

/// The encoding of a text of single bytes, or of UTF-8.
fn narrow(bytes: &[u8]) -> Encoding {
    let encoding = |form, additions| Encoding {
        form,
        bom: false,
        additions,
    };
    let declared = declared(bytes);
    if bytes.is_ascii() {
        return match declared {
            Some(Declared::Known(it)) => it,
            Some(Declared::Unsupported) => encoding(Form::Utf8, Additions::Unsupported),
            None if guess::is_iso_2022_jp(bytes) => {
                encoding(Form::Table(ISO_2022_JP), Additions::All)
            }
            None => Encoding::UTF_8,
        };
    }
    if std::str::from_utf8(bytes).is_ok() {
        // That other text is valid UTF-8 by chance is far less likely than a declaration nobody keeps up.
        return match declared {
            Some(Declared::Known(it)) if it.form != Form::Utf8 => {
                encoding(Form::Utf8, Additions::Contradicted)
            }
            Some(Declared::Unsupported) => encoding(Form::Utf8, Additions::Contradicted),
            _ => Encoding::UTF_8,
        };
    }
    match declared {
        Some(Declared::Known(it)) if it.form != Form::Utf8 => match it.decode(bytes) {
            Some(_) => it,
            None => encoding(Form::Bytes, Additions::Contradicted),
        },
        Some(Declared::Known(_)) => encoding(Form::Bytes, Additions::Contradicted),
        Some(Declared::Unsupported) => encoding(Form::Bytes, Additions::Unsupported),
        None => guess::table(bytes).unwrap_or(Encoding::BYTES),
    }
}

/// The text of a file as people read it, without a byte order mark; what is no text in the file's encoding is U+FFFD.
///
/// # Errors
/// It is no text.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, NoText> {
    let encoding = of(bytes)?;
    if encoding.form == Form::Utf8
        && let Ok(text) = std::str::from_utf8(encoding.without_mark(bytes))
    {
        return Ok(text.into());
    }
    Ok(match encoding.decode(bytes) {
        Some(text) => text.into(),
        None => String::from_utf8_lossy(encoding.without_mark(bytes)),
    })
}

/// A text that a person or a program wrote for Hob (a key, an answer): UTF-8, or with a byte order mark UTF-16 or UTF-32,
/// as some shells write it. Without the mark.
///
/// # Errors
/// It is something else; these are the bytes.
pub fn given(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    match marked(&bytes) {
        None => String::from_utf8(bytes).map_err(|it| it.into_bytes()),
        Some((form, _)) => {
            let encoding = Encoding {
                form,
                bom: true,
                additions: Additions::All,
            };
            encoding.decode(&bytes).ok_or(bytes)
        }
    }
}

/// The bytes of a text in the encoding of this name, as browsers know it. `None`: there is no such encoding, or it lacks a
/// character.
pub fn encoded(label: &str, text: &str) -> Option<Vec<u8>> {
    let table = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
    encode(table, text).ok()
}

impl Encoding {
    /// UTF-8 without a byte order mark.
    pub const UTF_8: Encoding = Encoding {
        form: Form::Utf8,
        bom: false,
        additions: Additions::All,
    };
    const BYTES: Encoding = Encoding {
        form: Form::Bytes,
        bom: false,
        additions: Additions::Unsure,
    };

    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self.form {
            Form::Utf8 => "UTF-8",
            Form::Utf16 { big: false } => "UTF-16LE",
            Form::Utf16 { big: true } => "UTF-16BE",
            Form::Utf32 { big: false } => "UTF-32LE",
            Form::Utf32 { big: true } => "UTF-32BE",
            Form::Table(it) => it.name(),
            Form::Bytes => "unknown",
        }
    }

    /// Whether its bytes are UTF-8, with or without a byte order mark.
    pub fn is_utf8(&self) -> bool {
        self.form == Form::Utf8
    }

    /// Whether nobody knows what bytes above ASCII stand for.
    pub fn is_bytes(&self) -> bool {
        self.form == Form::Bytes
    }

    /// Whether the bytes themselves say which encoding they are in: by a byte order mark, or as units of 16 or 32 bits.
    pub fn is_marked_or_wide(&self) -> bool {
        self.bom || matches!(self.form, Form::Utf16 { .. } | Form::Utf32 { .. })
    }

    /// Whether both write the same characters as the same bytes.
    pub fn is_same(&self, other: &Encoding) -> bool {
        self.form == other.form
    }

    /// The byte order mark that the file begins with; empty: none.
    pub fn mark(&self) -> &'static [u8] {
        match (self.bom, self.form) {
            (false, _) => b"",
            (true, Form::Utf16 { big: false }) => b"\xff\xfe",
            (true, Form::Utf16 { big: true }) => b"\xfe\xff",
            (true, Form::Utf32 { big: false }) => b"\xff\xfe\0\0",
            (true, Form::Utf32 { big: true }) => b"\0\0\xfe\xff",
            (true, _) => b"\xef\xbb\xbf",
        }
    }

    /// The file's bytes without its byte order mark.
    pub fn without_mark<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.strip_prefix(self.mark()).unwrap_or(bytes)
    }

    /// The text that bytes of this encoding stand for, without the byte order mark. `None`: some stand for nothing.
    pub fn decode(&self, bytes: &[u8]) -> Option<String> {
        let bytes = self.without_mark(bytes);
        match self.form {
            Form::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Form::Bytes => None,
            Form::Utf16 { big } => {
                let (units, []) = bytes.as_chunks::<2>() else {
                    return None;
                };
                let unit = |it: &[u8; 2]| match big {
                    true => u16::from_be_bytes(*it),
                    false => u16::from_le_bytes(*it),
                };
                let text: Result<String, _> = char::decode_utf16(units.iter().map(unit)).collect();
                text.ok()
            }
            Form::Utf32 { big } => {
                let (units, []) = bytes.as_chunks::<4>() else {
                    return None;
                };
                let unit = |it: &[u8; 4]| match big {
                    true => u32::from_be_bytes(*it),
                    false => u32::from_le_bytes(*it),
                };
                units.iter().map(|it| char::from_u32(unit(it))).collect()
            }
            Form::Table(table) => decode(table, bytes),
        }
    }

    /// The bytes of a text, without a byte order mark.
    ///
    /// # Errors
    /// The first character that the encoding doesn't have.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, char> {
        match self.form {
            Form::Utf8 | Form::Bytes => Ok(text.as_bytes().to_vec()),
            Form::Utf16 { big } => Ok(text
                .encode_utf16()
                .flat_map(|it| match big {
                    true => it.to_be_bytes(),
                    false => it.to_le_bytes(),
                })
                .collect()),
            Form::Utf32 { big } => Ok(text
                .chars()
                .flat_map(|it| match big {
                    true => u32::from(it).to_be_bytes(),
                    false => u32::from(it).to_le_bytes(),
                })
                .collect()),
            Form::Table(table) => encode(table, text),
        }
    }

    /// Whether a text in this encoding may get a character that it doesn't have yet.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, it: char) -> Result<(), Why> {
        if it.is_ascii() {
            return Ok(());
        }
        match self.additions {
            Additions::Unsure => return Err(Why::Unsure),
            Additions::Contradicted => return Err(Why::Contradicted),
            Additions::Unsupported => return Err(Why::Unsupported),
            _ => {}
        }
        let Form::Table(table) = self.form else {
            return Ok(());
        };
        let mut buffer = [0; 4];
        let text = &*it.encode_utf8(&mut buffer);
        let Ok(bytes) = encode(table, text) else {
            return Err(Why::Lacks);
        };
        // Some characters are written as others: a yen sign as a backslash.
        if decode(table, &bytes).as_deref() != Some(text) {
            return Err(Why::Lacks);
        }
        let fits = match self.additions {
            Additions::WithoutC1 => !bytes.iter().any(|it| (0x80..0xA0).contains(it)),
            Additions::SharedLatin => {
                let same = |table| encode(table, text).as_ref() == Ok(&bytes);
                !bytes.iter().any(|it| (0x80..0xA0).contains(it))
                    && [WINDOWS_1250, WINDOWS_1252, WINDOWS_1254]
                        .into_iter()
                        .all(same)
            }
            Additions::HighPairs => bytes.iter().all(|it| *it >= 0xA1),
            // Half-width kana, and pairs but for the rows of NEC and IBM.
            Additions::Jis => !matches!(bytes.first(), Some(0x87 | 0xED | 0xEE | 0xFA..=0xFC)),
            _ => true,
        };
        match (fits, self.additions) {
            (true, _) => Ok(()),
            (false, Additions::SharedLatin) => Err(Why::Unsure),
            (false, _) => Err(Why::Lacks),
        }
    }

    /// The encoding that a declaration names.
    fn table(table: &'static encoding_rs::Encoding, label: &str) -> Encoding {
        let additions = match table {
            it if it == WINDOWS_1252 && !is_windows(label) => Additions::WithoutC1,
            it if it == WINDOWS_1254 && !is_windows(label) => Additions::WithoutC1,
            it if it == GBK && label.contains("2312") => Additions::HighPairs,
            it if it == EUC_KR && !is_windows(label) && label != "uhc" => Additions::HighPairs,
            it if it == SHIFT_JIS && !is_windows(label) => Additions::Jis,
            _ => Additions::All,
        };
        Encoding {
            form: Form::Table(table),
            bom: false,
            additions,
        }
    }
}

fn is_windows(label: &str) -> bool {
    ["windows", "cp", "ms", "x-cp"]
        .iter()
        .any(|it| label.starts_with(it))
}

/// What a byte order mark says, and what that is called.
fn marked(bytes: &[u8]) -> Option<(Form, &'static str)> {
    let is_utf32 = |big| {
        let encoding = Encoding {
            form: Form::Utf32 { big },
            bom: true,
            additions: Additions::All,
        };
        encoding.decode(bytes).is_some()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some((Form::Utf8, "UTF-8")),
        // Also how a UTF-16 text begins whose first character is NUL, which texts don't have.
        [0xFF, 0xFE, 0, 0, ..] if is_utf32(false) => Some((Form::Utf32 { big: false }, "UTF-32LE")),
        [0, 0, 0xFE, 0xFF, ..] => Some((Form::Utf32 { big: true }, "UTF-32BE")),
        [0xFF, 0xFE, ..] => Some((Form::Utf16 { big: false }, "UTF-16LE")),
        [0xFE, 0xFF, ..] => Some((Form::Utf16 { big: true }, "UTF-16BE")),
        _ => None,
    }
}

/// A control character that isn't part of any text: no blank, line end, page break, escape or end mark of DOS.
fn is_odd_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, 0x08..=0x0D | 0x1A | 0x1B)
}

/// Without any replacement, and without looking for byte order marks.
fn decode(table: &'static encoding_rs::Encoding, bytes: &[u8]) -> Option<String> {
    let mut decoder = table.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(most);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Some(text),
        _ => None,
    }
}

fn encode(table: &'static encoding_rs::Encoding, text: &str) -> Result<Vec<u8>, char> {
    let mut encoder = table.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
    let mut bytes = Vec::with_capacity(most.unwrap_or(0));
    match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
        (EncoderResult::InputEmpty, _) => Ok(bytes),
        (EncoderResult::Unmappable(it), _) => Err(it),
        // There was room for all.
        (EncoderResult::OutputFull, _) => Err('\u{FFFD}'),
    }
}

/// GB 18030 has all that GBK has, as the same bytes, and all the rest.
fn widened(table: &'static encoding_rs::Encoding) -> Option<&'static encoding_rs::Encoding> {
    (table == GBK).then_some(GB18030)
}

#[cfg(test)]
mod tests;
