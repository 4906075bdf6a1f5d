//! Characters that nobody sees: which there are, what they can do, and where they are right all the same.
//!
//! They make code look like other code ("Trojan Source", CVE-2021-42574), give two identifiers one look, or carry a
//! text that only programs read. A suggestion or an edit may hold such a character as often as the text that it is for
//! holds it, and where writing needs it: a joiner between Persian letters or within an emoji. Look-alikes of visible
//! characters (Cyrillic `а` for `a`) are another matter, and none of this module's.

use crate::display;
use std::borrow::Cow;
use std::collections::HashMap;

/// What an invisible character can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// Hide or reorder what is around it, end a line where editors show none, or command a terminal.
    Hides,
    /// Make words differ that look the same, or carry bits.
    Blends,
}

/// What the character can do; `None`: it is visible, a blank, a tab or a line feed.
///
/// Which there are, [`display::is_hidden`] says. A carriage return is one of them here; in front of a line feed it isn't
/// ([`found`]).
pub(crate) fn harm(it: char) -> Option<Harm> {
    match it {
        '\t' | '\n' => None,
        // No characters here: they stand for bytes of an old encoding, `þ` and `ÿ` of Latin-1.
        '\u{10fffe}' | '\u{10ffff}' => None,
        _ if !display::is_hidden(it) => None,
        '\0'..='\u{9f}' => Some(Harm::Hides),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' => Some(Harm::Hides),
        '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => Some(Harm::Hides),
        '\u{e0000}'..='\u{e007f}' => Some(Harm::Hides),
        _ => Some(Harm::Blends),
    }
}

/// An invisible character where no writing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it stands, in bytes.
    pub(crate) at: usize,
    /// The character.
    pub(crate) char: char,
    /// The characters right before and after it.
    pub(crate) between: (Option<char>, Option<char>),
}

/// The invisible characters of a text that no writing needs. A text of plain ASCII costs one scan, about a nanosecond
/// for 10 bytes.
pub(crate) fn found(text: &str) -> impl Iterator<Item = Found> {
    found_between("", text, "")
}

/// The same for a text that stands between two others.
fn found_between<'a>(
    before: &'a str,
    text: &'a str,
    after: &'a str,
) -> impl Iterator<Item = Found> + 'a {
    let text = if is_plain(text) { "" } else { text };
    text.char_indices().filter_map(move |(at, char)| {
        harm(char)?;
        let left = || text[..at].chars().rev().chain(before.chars().rev());
        let right = || text[at + char.len_utf8()..].chars().chain(after.chars());
        (!is_needed(char, left(), right())).then(|| Found {
            at,
            char,
            between: (left().next(), right().next()),
        })
    })
}

/// Whether a text is nothing but visible ASCII, blanks, tabs and line feeds.
fn is_plain(text: &str) -> bool {
    // Without an early return in the loop the compiler uses vectors.
    text.as_bytes().chunks(256).all(|chunk| {
        let odd = |it: &u8| !(matches!(it, b' '..=b'~' | b'\t' | b'\n'));
        chunk.iter().fold(0_u32, |n, it| n + u32::from(odd(it))) == 0
    })
}

/// Whether writing needs the character between these: what is left of it, the nearest first, and what is right of it.
fn is_needed(
    it: char,
    mut left: impl Iterator<Item = char>,
    mut right: impl Iterator<Item = char>,
) -> bool {
    match it {
        '\r' => right.next() == Some('\n'),
        '\u{200b}' => {
            left.next().is_some_and(has_no_blanks) && right.next().is_some_and(has_no_blanks)
        }
        '\u{200c}' | '\u{200d}' => {
            let (Some(before), Some(after)) = (left.next(), right.next()) else {
                return false;
            };
            let base = if before == '\u{fe0f}' {
                left.next()
            } else {
                Some(before)
            };
            let in_emoji = it == '\u{200d}' && base.is_some_and(is_emoji) && is_emoji(after);
            in_emoji || (has_joiners(before) && has_joiners(after))
        }
        '\u{fe0e}' | '\u{fe0f}' => match left.next() {
            Some('0'..='9' | '#' | '*') => right.next() == Some('\u{20e3}'),
            before => before.is_some_and(is_emoji),
        },
        '\u{180b}'..='\u{180f}' => left.next().is_some_and(is_mongolian),
        '\u{13430}'..='\u{1343f}' => {
            left.next().is_some_and(is_hieroglyph) || right.next().is_some_and(is_hieroglyph)
        }
        '\u{16fe4}' => left.next().is_some_and(is_khitan),
        '\u{e0000}'..='\u{e007f}' => is_flag(it, left, right),
        _ => false,
    }
}

/// Scripts whose letters take joiners (ZWJ, ZWNJ) between them: those of Arabic's kind and of India's.
fn has_joiners(it: char) -> bool {
    let is_letter = matches!(it,
        '\u{620}'..='\u{6ff}' | '\u{700}'..='\u{77f}' | '\u{7c0}'..='\u{7ff}'
        | '\u{840}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{1900}'..='\u{1aff}' | '\u{1b00}'..='\u{1c4f}' | '\u{a8e0}'..='\u{a8ff}'
        | '\u{a980}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}');
    is_letter && harm(it).is_none()
}

/// Scripts that are written without blanks, where a zero-width space says where a line may break.
fn has_no_blanks(it: char) -> bool {
    let is_letter =
        matches!(it, '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    is_letter && harm(it).is_none()
}

fn is_mongolian(it: char) -> bool {
    matches!(it, '\u{1820}'..='\u{18aa}')
}

/// Whether it is of Egyptian writing, whose controls stack and join signs.
fn is_hieroglyph(it: char) -> bool {
    matches!(it, '\u{13000}'..='\u{143fa}') && harm(it).is_none()
}

/// Whether it is of the Khitan small script, whose filler says how signs stand in a block.
fn is_khitan(it: char) -> bool {
    matches!(it, '\u{18b00}'..='\u{18cff}')
}

/// Whether emoji are made of it: roughly Unicode's `Extended_Pictographic` and the modifiers of skin.
fn is_emoji(it: char) -> bool {
    matches!(it,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a tag belongs to the flag of England, Scotland or Wales: no others are in use.
fn is_flag(
    it: char,
    mut left: impl Iterator<Item = char>,
    right: impl Iterator<Item = char>,
) -> bool {
    /// Longer than any of them.
    const LONGEST: usize = 8;
    let tag = |it: char| char::from_u32(u32::from(it).checked_sub(0xe0000)?).filter(char::is_ascii);
    let mut tags: Vec<char> = Vec::new();
    let base = loop {
        match left.next() {
            Some(before) if tags.len() < LONGEST => match tag(before) {
                Some(it) => tags.push(it),
                None => break before,
            },
            _ => return false,
        }
    };
    tags.reverse();
    tags.extend(tag(it));
    tags.extend(right.map_while(tag).take(LONGEST));
    let tags: String = tags.into_iter().collect();
    base == '\u{1f3f4}' && ["gbeng\u{7f}", "gbsct\u{7f}", "gbwls\u{7f}"].contains(&&*tags)
}

/// A suggestion for the place between `before` and `after`, without the invisible characters that are neither needed
/// nor found as often in the text around it.
pub(crate) fn without<'a>(text: &'a str, before: &str, after: &str) -> Cow<'a, str> {
    let mut found = found_between(before, text, after).peekable();
    if found.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut known: HashMap<char, usize> = HashMap::new();
    for it in self::found(before).chain(self::found(after)) {
        *known.entry(it.char).or_default() += 1;
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for it in found {
        match known.get_mut(&it.char) {
            Some(n) if *n > 0 => *n -= 1,
            _ => {
                kept.push_str(&text[from..it.at]);
                from = it.at + it.char.len_utf8();
            }
        }
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// How many invisible characters these are, and which: `2 invisible characters (U+200B, U+202E)`.
pub(crate) fn counted(chars: impl IntoIterator<Item = char>) -> String {
    let mut chars: Vec<char> = chars.into_iter().collect();
    let n = chars.len();
    chars.sort_unstable();
    chars.dedup();
    let names: Vec<String> = chars
        .iter()
        .map(|it| format!("U+{:04X}", u32::from(*it)))
        .collect();
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} invisible character{plural} ({})", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind that has a name of its own.
    const ALL: &str = "\0\u{1b}\u{b}\u{c}\u{7f}\u{85}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2060}\u{2061}\u{2064}\u{2066}\u{2067}\u{2068}\u{2069}\u{206a}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffa}\u{fffb}\u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{e01ef}\u{13430}\u{16fe4}\u{fdd0}\u{ffff}";

    #[test]
    fn no_invisible_character_gets_into_an_identifier() {
        for it in ALL.chars() {
            let text = format!("user{it}name");
            assert_eq!(without(&text, "let ", " = 1;"), "username", "{it:?}");
            // Nor at the edges, or several of them.
            let text = format!("{it}{it}user{it}");
            assert_eq!(without(&text, "x", "y"), "user", "{it:?}");
        }
        assert_eq!(without("a\rb\r\nc", "", ""), "ab\r\nc");
    }

    #[test]
    fn what_writing_needs_stays() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "ශ්\u{200d}රී",
            "👩\u{200d}💻",
            "👩🏽\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3}",
            "⚠\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "ภาษา\u{200b}ไทย",
            "ᠠ\u{180b}",
            "\u{13000}\u{13431}\u{13050}",
            "\u{13000}\u{13431}\u{13437}\u{13050}\u{13438}",
            "\u{18b00}\u{16fe4}\u{18b01}",
            // How the bytes of `þÿ` in Latin-1 are written for now.
            "\u{10fffe}\u{10ffff}",
            "שלום עולם, مرحبا, Ωμέγα, naïve — “x” …\u{a0}\u{3000}日本",
        ] {
            assert!(
                matches!(without(text, "", ""), Cow::Borrowed(_)),
                "{text:?}"
            );
        }
        // Also where the text around ends in the middle of it.
        assert_eq!(without("\u{200c}خواهم", "می", ""), "\u{200c}خواهم");
        assert_eq!(without("می\u{200c}", "", "خواهم"), "می\u{200c}");
    }

    #[test]
    fn what_looks_like_it_is_no_excuse() {
        for (text, expected) in [
            ("a\u{200d}💻", "a💻"),
            ("می\u{200c}\u{200c}خواهم", "میخواهم"),
            ("می\u{200c}x", "میx"),
            ("😀\u{fe0f}\u{fe0f}", "😀\u{fe0f}"),
            ("1\u{fe0f}", "1"),
            ("🏴\u{e0065}\u{e0076}\u{e0069}\u{e006c}\u{e007f}", "🏴"),
            ("🏴\u{e0067}\u{e0062}\u{e0073}", "🏴"),
        ] {
            assert_eq!(without(text, "", ""), expected, "{text:?}");
        }
    }

    #[test]
    fn as_many_as_the_text_around_has_may_come() {
        assert_eq!(
            without("\u{2067}x\u{2069}", "\u{2067}a\u{2069}", ""),
            "\u{2067}x\u{2069}"
        );
        assert_eq!(without("\u{2067}x\u{2067}", "\u{2067}a", ""), "\u{2067}x");
        assert_eq!(without("\u{202e}x", "\u{2067}a", ""), "x");
    }

    #[test]
    fn they_are_counted_and_named() {
        assert_eq!(counted(['\u{202e}']), "1 invisible character (U+202E)");
        assert_eq!(
            counted(['\u{200b}', '\u{1b}', '\u{200b}']),
            "3 invisible characters (U+001B, U+200B)"
        );
    }
}
