//! What comes through a pipe, decoded: a stray byte is no reason to refuse a log, and is never passed on in silence.

use crate::cli::failure::Failure;
use anyhow::Context;
use std::io::Read;

/// More than this is no question, nor anything that a model could read; in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Of so many characters one may be broken: with more, a text is in another encoding, or is none.
const BROKEN: usize = 4;

/// A text and what the user should know of how it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Input {
    /// The text, without a byte order mark and NUL characters.
    pub(super) text: String,
    /// Sentences for the user.
    pub(super) notices: Vec<String>,
}

/// An encoding that a text may say that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { is_big: bool },
    Utf32 { is_big: bool },
}

/// Reads standard input as text for a model, as well as it can be decoded.
///
/// # Errors
/// It can't be read, is no text, or is too long.
pub(super) fn for_model() -> anyhow::Result<Input> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .context("reading standard input")?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::failed("standard input is longer than 4 MB")
            .hint("send what matters of it, as `head -c 100000` does")
            .into());
    }
    lenient(&bytes).ok_or_else(|| {
        Failure::failed("standard input is no text in UTF-8 or UTF-16")
            .hint("convert it, as `iconv -f SHIFT_JIS -t UTF-8` does")
            .into()
    })
}

/// Decodes what a model is to read. `None`: it is no text, or in an encoding that nothing tells.
fn lenient(bytes: &[u8]) -> Option<Input> {
    let mut notices = Vec::new();
    let (encoding, rest) = match marked(bytes) {
        Some((encoding, rest)) => (encoding, rest),
        None => (likely(bytes), bytes),
    };
    let (text, n_broken) = decoded(encoding, rest);
    let n_null = text.matches('\0').count();
    // Terminals' output has some control characters: bells, backspaces, the starts of colours.
    let is_noise =
        |it: char| matches!(u32::from(it), 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f..=0x9f);
    let n_control = text.chars().filter(|it| is_noise(*it)).count();
    if (n_broken + n_control) * BROKEN > text.chars().count() {
        return None;
    }
    match encoding {
        Encoding::Utf8 => {}
        Encoding::Utf16 { .. } => {
            notices.push("Standard input is UTF-16; it was converted.".to_owned())
        }
        Encoding::Utf32 { .. } => {
            notices.push("Standard input is UTF-32; it was converted.".to_owned())
        }
    }
    if n_broken > 0 {
        let line = text
            .split('\u{fffd}')
            .next()
            .unwrap_or("")
            .matches('\n')
            .count()
            + 1;
        let (what, they) = match n_broken {
            1 => ("One character".to_owned(), "it is sent as `\u{fffd}`"),
            n => (format!("{n} characters"), "they are sent as `\u{fffd}`"),
        };
        notices.push(format!(
            "{what} of standard input can't be decoded, the first in line {line}: {they}."
        ));
    }
    let text = match n_null {
        0 => text,
        n => {
            let what = match n {
                1 => "One NUL character was".to_owned(),
                n => format!("{n} NUL characters were"),
            };
            notices.push(format!("{what} left out of standard input."));
            text.replace('\0', "")
        }
    };
    Some(Input { text, notices })
}

/// Decodes a text that changes files: only what is certain. A byte order mark says which encoding a text has.
///
/// # Errors
/// It isn't certain: the rest of a sentence that begins with the text's name.
pub(super) fn certain(bytes: &[u8]) -> Result<String, String> {
    let (encoding, rest) = marked(bytes).unwrap_or((Encoding::Utf8, bytes));
    if encoding == Encoding::Utf8 && likely(rest) != Encoding::Utf8 {
        return Err("looks like UTF-16 without a byte order mark".to_owned());
    }
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(rest)
            .map(str::to_owned)
            .map_err(|error| {
                let before = &rest[..error.valid_up_to()];
                let line = before.iter().filter(|it| **it == b'\n').count() + 1;
                format!("isn't UTF-8 (line {line})")
            })?,
        other => match decoded(other, rest) {
            (text, 0) => text,
            _ => {
                return Err("has a byte order mark of UTF-16 or UTF-32, but isn't in it".to_owned());
            }
        },
    };
    match text.contains('\0') {
        true => Err("holds NUL characters, so it is no text".to_owned()),
        false => Ok(text),
    }
}

/// The encoding that a byte order mark names, and what stands behind the mark.
fn marked(bytes: &[u8]) -> Option<(Encoding, &[u8])> {
    const MARKS: &[(&[u8], Encoding)] = &[
        (b"\xef\xbb\xbf", Encoding::Utf8),
        (b"\xff\xfe\0\0", Encoding::Utf32 { is_big: false }),
        (b"\0\0\xfe\xff", Encoding::Utf32 { is_big: true }),
        (b"\xff\xfe", Encoding::Utf16 { is_big: false }),
        (b"\xfe\xff", Encoding::Utf16 { is_big: true }),
    ];
    MARKS
        .iter()
        .find_map(|(mark, encoding)| Some((*encoding, bytes.strip_prefix(*mark)?)))
}

/// The encoding of a text without a mark: UTF-16 if every other byte is zero, as in what most people write.
fn likely(bytes: &[u8]) -> Encoding {
    let n_pairs = bytes.len() / 2;
    let zeros = |first: usize| {
        bytes
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|it| **it == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let is_most =
        |n: usize, other: usize| n_pairs >= 2 && n * 10 >= n_pairs * 6 && other * 20 <= n_pairs;
    if is_most(odd, even) {
        Encoding::Utf16 { is_big: false }
    } else if is_most(even, odd) {
        Encoding::Utf16 { is_big: true }
    } else {
        Encoding::Utf8
    }
}

/// The text, and how many characters of it are broken.
fn decoded(encoding: Encoding, bytes: &[u8]) -> (String, usize) {
    let mut n_broken = 0;
    let mut text = String::with_capacity(bytes.len());
    match encoding {
        Encoding::Utf8 => {
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                if !chunk.invalid().is_empty() {
                    n_broken += 1;
                    text.push('\u{fffd}');
                }
            }
        }
        Encoding::Utf16 { is_big } => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units = pairs.iter().map(|it| match is_big {
                true => u16::from_be_bytes(*it),
                false => u16::from_le_bytes(*it),
            });
            for it in char::decode_utf16(units) {
                n_broken += usize::from(it.is_err());
                text.push(it.unwrap_or('\u{fffd}'));
            }
            if !rest.is_empty() {
                n_broken += 1;
                text.push('\u{fffd}');
            }
        }
        Encoding::Utf32 { is_big } => {
            let (fours, rest) = bytes.as_chunks::<4>();
            for it in fours {
                let it = match is_big {
                    true => u32::from_be_bytes(*it),
                    false => u32::from_le_bytes(*it),
                };
                let it = char::from_u32(it);
                n_broken += usize::from(it.is_none());
                text.push(it.unwrap_or('\u{fffd}'));
            }
            if !rest.is_empty() {
                n_broken += 1;
                text.push('\u{fffd}');
            }
        }
    }
    (text, n_broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, is_big: bool) -> Vec<u8> {
        let bytes = |it: u16| {
            if is_big {
                it.to_be_bytes()
            } else {
                it.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn what_a_model_reads_is_decoded_and_what_was_done_is_said() {
        let marked = |is_big| [utf16("\u{feff}", is_big), utf16("Größe 😀\n", is_big)].concat();
        let converted = "Standard input is UTF-16; it was converted.";
        for (bytes, text, notices) in [
            (b"plain\n".to_vec(), "plain\n", vec![]),
            (b"\xef\xbb\xbfmarked".to_vec(), "marked", vec![]),
            (marked(false), "Größe 😀\n", vec![converted]),
            (marked(true), "Größe 😀\n", vec![converted]),
            (utf16("hello you\n", false), "hello you\n", vec![converted]),
            (utf16("hello you\n", true), "hello you\n", vec![converted]),
            (
                b"\xff\xfe\0\0a\0\0\0b\0\0\0".to_vec(),
                "ab",
                vec!["Standard input is UTF-32; it was converted."],
            ),
            (
                b"first line\nerror: \xe9t\xe9 failed\n".to_vec(),
                "first line\nerror: \u{fffd}t\u{fffd} failed\n",
                vec![
                    "2 characters of standard input can't be decoded, the first in line 2: they are sent as `\u{fffd}`.",
                ],
            ),
            (
                b"one stray byte: \xff, that is all\n".to_vec(),
                "one stray byte: \u{fffd}, that is all\n",
                vec![
                    "One character of standard input can't be decoded, the first in line 1: it is sent as `\u{fffd}`.",
                ],
            ),
            (
                b"cut off: \xf0\x9f\x98".to_vec(),
                "cut off: \u{fffd}",
                vec![
                    "One character of standard input can't be decoded, the first in line 1: it is sent as `\u{fffd}`.",
                ],
            ),
            (
                b"panicked at\0 src/main.rs\0\n".to_vec(),
                "panicked at src/main.rs\n",
                vec!["2 NUL characters were left out of standard input."],
            ),
            (
                b"\x1b[31merror\x1b[0m".to_vec(),
                "\x1b[31merror\x1b[0m",
                vec![],
            ),
            (b"".to_vec(), "", vec![]),
        ] {
            let read = lenient(&bytes).unwrap();
            assert_eq!(read.text, text);
            assert_eq!(read.notices, notices, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06"[..],
            b"\x93\xfa\x96{\x8c\xea\x82\xcc\x83e\x83L\x83X\x83g",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0",
            b"\xff\xff\xff",
        ] {
            assert_eq!(lenient(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn what_changes_files_is_certain_or_refused() {
        let marked = [utf16("\u{feff}", false), utf16("ä\n", false)].concat();
        assert_eq!(certain(&marked).as_deref(), Ok("ä\n"));
        assert_eq!(certain(b"\xef\xbb\xbfa\n").as_deref(), Ok("a\n"));
        assert_eq!(certain("ä\n".as_bytes()).as_deref(), Ok("ä\n"));
        for (bytes, why) in [
            (b"a\nb\xff\n".to_vec(), "isn't UTF-8 (line 2)"),
            (
                utf16("hello\n", false),
                "looks like UTF-16 without a byte order mark",
            ),
            (
                b"some text\0and more".to_vec(),
                "holds NUL characters, so it is no text",
            ),
            (
                b"\xff\xfea\0\0\xd8".to_vec(),
                "has a byte order mark of UTF-16 or UTF-32, but isn't in it",
            ),
            (
                b"\xff\xfea\0b".to_vec(),
                "has a byte order mark of UTF-16 or UTF-32, but isn't in it",
            ),
        ] {
            assert_eq!(certain(&bytes).unwrap_err(), why);
        }
    }

    #[test]
    fn any_bytes_are_read_without_trouble() {
        for n in 0..=255u8 {
            for bytes in [
                vec![n],
                vec![n, 0],
                vec![0xff, 0xfe, n],
                vec![n; 5],
                vec![0, 0, 0xfe, 0xff, n],
            ] {
                let _ = lenient(&bytes);
                let _ = certain(&bytes);
            }
        }
    }
}
