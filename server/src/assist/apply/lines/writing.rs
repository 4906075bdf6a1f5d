//! Lines back to bytes, in the encoding of the file: what stays keeps its bytes, and what comes must be text in it.

use super::{Eol, Kind, Line, Text, encode, is_byte};
use hob_index::encoding::{Declared, Encoding, NoText, Why, declared};
use std::collections::HashMap;
use std::fmt;

/// Why a text can't be written in its file's encoding. Displays as the rest of a sentence that begins with the file's
/// name, with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Unwritable {
    /// The file is no text.
    NoText(NoText),
    /// A character would come in that can't be written.
    Character {
        it: char,
        why: Why,
        /// The file's encoding, as people call it.
        encoding: &'static str,
    },
    /// A character would come in that stands for a byte while a text is worked on.
    Byte(char),
    /// The declaration of the encoding would change, and the bytes wouldn't.
    Redeclared { encoding: &'static str },
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |it: char| format!("`{it}` (U+{:04X})", u32::from(it));
        match self {
            Unwritable::NoText(why) => write!(f, "{why}, so it can't be changed as text"),
            Unwritable::Character { it, why, encoding } => {
                let it = shown(*it);
                match why {
                    Why::Lacks => write!(
                        f,
                        "is in {encoding}, which can't hold {it}; leave it out, or save the file as UTF-8 first"
                    ),
                    Why::Unsure => write!(
                        f,
                        "is not UTF-8, and which encoding it is in can't be told for sure, so {it} can't be added; save the file as UTF-8 first, or declare its encoding in it"
                    ),
                    Why::Contradicted => write!(
                        f,
                        "declares another encoding than the one it is in, so {it} can't be added; correct the declaration first, or save the file as UTF-8"
                    ),
                    Why::Unsupported => write!(
                        f,
                        "declares an encoding that Hob can't write beyond ASCII, so {it} can't be added; save the file as UTF-8 first, and declare that"
                    ),
                }
            }
            Unwritable::Byte(it) => write!(
                f,
                "would get U+{:04X}, a character for private use that shows as nothing",
                u32::from(*it)
            ),
            Unwritable::Redeclared { encoding } => write!(
                f,
                "is in {encoding}, and would declare another encoding without being in it; convert the file first"
            ),
        }
    }
}

impl Text {
    /// The bytes of the file.
    ///
    /// # Errors
    /// The file is no text, or would get characters that can't be written in its encoding.
    pub(in super::super) fn bytes(&self) -> Result<Vec<u8>, Unwritable> {
        if let Some(origin) = &self.origin
            && origin.lines == self.lines
            && origin.ends == self.ends
        {
            return Ok(origin.bytes.clone());
        }
        match self.kind {
            Kind::None(why) => Err(Unwritable::NoText(why)),
            Kind::Document => {
                self.check(&Encoding::UTF_8)?;
                let marked = self
                    .origin
                    .as_ref()
                    .is_some_and(|it| it.bytes.starts_with(b"\xef\xbb\xbf"));
                let mut bytes = match marked {
                    true => b"\xef\xbb\xbf".to_vec(),
                    false => Vec::new(),
                };
                let _ = self.write(&Encoding::UTF_8, &mut bytes);
                Ok(bytes)
            }
            Kind::Text(encoding) => {
                let encoding = self.settled(encoding)?;
                self.check(&encoding)?;
                let mut bytes = encoding.mark().to_vec();
                self.write(&encoding, &mut bytes)
                    .map_err(|it| Unwritable::Character {
                        it,
                        why: Why::Lacks,
                        encoding: encoding.name(),
                    })?;
                Ok(bytes)
            }
        }
    }

    /// The encoding to write in: the file's, or what the new text declares where the old one had nothing beyond ASCII.
    fn settled(&self, encoding: Encoding) -> Result<Encoding, Unwritable> {
        if encoding.is_marked_or_wide() || self.lines.iter().all(|it| it.text.is_ascii()) {
            return Ok(encoding);
        }
        let now = declaration(&self.lines);
        let old = self.origin.as_ref().map_or(&[][..], |it| &it.lines);
        let is_ascii = old.iter().all(|it| it.text.is_ascii());
        match now {
            Some(Declared::Known(it)) if is_ascii => Ok(it),
            Some(Declared::Known(it)) if it.is_same(&encoding) => match encoding.is_utf8() {
                // It may have been wrong before.
                true => Ok(it),
                false => Ok(encoding),
            },
            now if now == declaration(old) => Ok(encoding),
            // Without a declaration, it is what it was.
            None if !is_ascii => match encoding.is_utf8() {
                true => Ok(Encoding::UTF_8),
                false => Ok(encoding),
            },
            None => Ok(Encoding::UTF_8),
            Some(Declared::Unsupported) if is_ascii => Err(self.first(Why::Unsupported, encoding)),
            Some(_) => Err(Unwritable::Redeclared {
                encoding: encoding.name(),
            }),
        }
    }

    /// The problem with the first character beyond ASCII.
    fn first(&self, why: Why, encoding: Encoding) -> Unwritable {
        let mut all = self.lines.iter().flat_map(|it| it.text.chars());
        Unwritable::Character {
            it: all.find(|it| !it.is_ascii()).unwrap_or(' '),
            why,
            encoding: encoding.name(),
        }
    }

    /// Whether all characters that come can be written.
    fn check(&self, encoding: &Encoding) -> Result<(), Unwritable> {
        let mut excess = counts(&self.lines);
        if excess
            .keys()
            .all(|it| !is_byte(*it) && encoding.admit(*it).is_ok())
        {
            return Ok(());
        }
        if let Some(origin) = &self.origin {
            for (it, n) in counts(&origin.lines) {
                if let Some(now) = excess.get_mut(&it) {
                    *now = now.saturating_sub(n);
                }
            }
        }
        // The first one in the text, so that the message doesn't change from one time to the next.
        let all = self.lines.iter().flat_map(|it| it.text.chars());
        for it in all.filter(|it| excess.get(it).is_some_and(|n| *n > 0)) {
            if is_byte(it) {
                return Err(Unwritable::Byte(it));
            }
            encoding.admit(it).map_err(|why| Unwritable::Character {
                it,
                why,
                encoding: encoding.name(),
            })?;
        }
        Ok(())
    }

    fn write(&self, encoding: &Encoding, bytes: &mut Vec<u8>) -> Result<(), char> {
        let last = self.lines.len().saturating_sub(1);
        let is_plain = encoding.is_utf8() || encoding.is_bytes();
        for (at, line) in self.lines.iter().enumerate() {
            let raw = line.raw.as_deref();
            match raw.filter(|it| encoding.decode(it).as_deref() == Some(line.text.as_str())) {
                Some(raw) => bytes.extend_from_slice(raw),
                None if is_plain => encode(&line.text, bytes),
                None => bytes.extend(encoding.encode(&line.text)?),
            }
            if at < last || self.ends {
                match is_plain {
                    true => bytes.extend_from_slice(line.eol.text().as_bytes()),
                    false => bytes.extend(encoding.encode(line.eol.text())?),
                }
            }
        }
        Ok(())
    }
}

/// How often each character beyond ASCII stands in these lines.
fn counts(lines: &[Line]) -> HashMap<char, usize> {
    let mut counts = HashMap::new();
    for line in lines.iter().filter(|it| !it.text.is_ascii()) {
        for it in line.text.chars().filter(|it| !it.is_ascii()) {
            *counts.entry(it).or_insert(0) += 1;
        }
    }
    counts
}

/// The encoding that lines declare.
fn declaration(lines: &[Line]) -> Option<Declared> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text);
        text.push_str(Eol::Lf.text());
    }
    declared(text.as_bytes())
}
