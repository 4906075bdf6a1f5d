//! Encodings that nothing names, by what the bytes look like.

use super::{Additions, Encoding, Form, decode, encode, widened};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS, WINDOWS_874, WINDOWS_1252};

/// From so many characters beyond ASCII on, a guess at an encoding of byte pairs is relied on: chance hardly ever makes
/// so many valid pairs that are common characters of one language.
const PAIRS: usize = 8;
/// The same for encodings of single bytes, in which any bytes are valid.
const SINGLES: usize = 20;
/// The same for Windows-1252, by far the most common of them.
const WESTERN: usize = 3;

/// UTF-16 or UTF-32 without a byte order mark, for bytes with NULs.
pub(super) fn wide(bytes: &[u8]) -> Option<Form> {
    let utf32 = [false, true].map(|big| Form::Utf32 { big });
    let utf16 = [false, true].map(|big| Form::Utf16 { big });
    for forms in [utf32, utf16] {
        let fits = forms.map(|form| {
            let encoding = Encoding {
                form,
                ..Encoding::UTF_8
            };
            let text = encoding.decode(bytes)?;
            let is_text = !text.chars().any(is_no_text);
            let units = text.chars().count();
            // Every language of code and prose is written with blanks and line ends; in the other byte order they would be
            // characters that hardly anybody uses.
            let ascii = text.chars().filter(|it| it.is_ascii()).count();
            // Nor are all bytes of such a text ASCII, unless all its characters are: else it is ASCII with a stray NUL.
            let is_wide = ascii * 2 > units || bytes.iter().any(|it| !it.is_ascii());
            (is_text && is_wide && ascii > 0).then_some(ascii)
        });
        match fits {
            [Some(little), Some(big)] if little != big => {
                return Some(forms[usize::from(big > little)]);
            }
            [Some(_), None] => return Some(forms[0]),
            [None, Some(_)] => return Some(forms[1]),
            _ => {}
        }
    }
    None
}

/// Whether a text of ASCII has the escape sequences of ISO-2022-JP.
pub(super) fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    let escapes: [&[u8]; 2] = [b"\x1b$B", b"\x1b$@"];
    escapes
        .iter()
        .any(|it| memchr::memmem::find(bytes, it).is_some())
        && decode(encoding_rs::ISO_2022_JP, bytes).is_some()
}

/// The old encoding of a text that is no UTF-8. `None`: there is none that fits all of it.
pub(super) fn table(bytes: &[u8]) -> Option<Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let table = detector.guess(None, Utf8Detection::Deny);
    let (table, text) = match decode(table, bytes).filter(|it| is_exact(table, it, bytes)) {
        Some(text) => (table, text),
        None => {
            let wider = widened(table)?;
            (wider, decode(wider, bytes)?)
        }
    };
    // What has valid UTF-8 and other bytes is more likely a mixture than an accident.
    let is_pairs =
        [SHIFT_JIS, GBK, BIG5, EUC_JP, EUC_KR].contains(&table) || widened(GBK) == Some(table);
    if text.chars().any(is_no_text) || is_mixture(bytes, is_pairs || table == WINDOWS_874) {
        return None;
    }
    let n = text.chars().filter(|it| !it.is_ascii()).count();
    let additions = match () {
        () if is_pairs && n >= PAIRS => Additions::All,
        () if is_pairs => Additions::Unsure,
        () if table == WINDOWS_1252 && is_western(&text) => {
            let has_c1 = bytes.iter().any(|it| (0x80..0xA0).contains(it));
            match (n >= WESTERN, has_c1) {
                (true, true) => Additions::All,
                (true, false) => Additions::WithoutC1,
                (false, _) => Additions::SharedLatin,
            }
        }
        () if table != WINDOWS_1252 && n >= SINGLES => Additions::All,
        () => Additions::Unsure,
    };
    Some(Encoding {
        form: Form::Table(table),
        bom: false,
        additions,
    })
}

fn is_exact(table: &'static encoding_rs::Encoding, text: &str, bytes: &[u8]) -> bool {
    encode(table, text).is_ok_and(|it| it == bytes)
}

/// Whether letters beyond ASCII stand within words of ASCII, as in Western languages, and not in words of their own.
fn is_western(text: &str) -> bool {
    let mut words = 0;
    let mut foreign = 0;
    for word in text.split(|it: char| !it.is_alphabetic()) {
        let letters = word.chars().filter(|it| !it.is_ascii()).count();
        if letters > 0 {
            words += 1;
            foreign += usize::from(letters * 2 > word.chars().count() && letters > 1);
        }
    }
    foreign * 4 <= words
}

/// Whether some bytes above ASCII are UTF-8 and others aren't. In encodings that write words of such bytes, sequences of
/// UTF-8 come up by accident; elsewhere they are none.
fn is_mixture(bytes: &[u8], has_accidents: bool) -> bool {
    let mut valid = 0;
    let mut invalid = 0;
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|it| !it.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    match has_accidents {
        true => valid > invalid,
        false => valid > 0,
    }
}

/// A character that no text has: a control character that isn't a blank or a mark, or none at all.
fn is_no_text(it: char) -> bool {
    match it {
        '\t' | '\n' | '\r' | '\u{8}' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{1b}' | '\u{85}' => false,
        '\u{FFFE}' | '\u{FFFF}' | '\u{E000}'..='\u{F8FF}' => true,
        it => it.is_control(),
    }
}
