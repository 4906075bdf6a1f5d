//! Samples: texts in which the parts that matter are marked, and keys that are drawn when they are read, so that none
//! stands in the repository.
//!
//! A line `//- FORMAT PATH` begins a sample. `«…»` marks a part; within it `{a36}` stands for 36 random letters and
//! digits, `{h…}` and `{H…}` for hexadecimal digits, `{b…}` and `{w…}` for base64 and base64url, `{d…}` for digits,
//! `{u…}` for capitals and digits, `{l…}` for letters, `{s…}` for what a password generator makes.

use std::ops::Range;

/// One drawn file.
pub(super) struct Sample {
    pub(super) format: String,
    pub(super) path: String,
    pub(super) text: String,
    pub(super) marked: Vec<Range<usize>>,
}

/// The samples of a file, the same at each call.
pub(super) fn samples(file: &str) -> Vec<Sample> {
    let mut all = Vec::new();
    for (n, part) in format!("\n{file}").split("\n//- ").skip(1).enumerate() {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        let (format, path) = head.split_once(' ').unwrap_or((head, ""));
        let mut draw = Draw(n as u64 * 7919 + 1);
        let (mut text, mut marked) = (String::new(), Vec::new());
        let mut rest = body;
        while let Some(open) = rest.find('«') {
            text.push_str(&rest[..open]);
            let inner = &rest[open + '«'.len_utf8()..];
            let close = inner
                .find('»')
                .unwrap_or_else(|| panic!("{path}: a mark is not closed"));
            let start = text.len();
            text.push_str(&draw.filled(&inner[..close]));
            marked.push(start..text.len());
            rest = &inner[close + '»'.len_utf8()..];
        }
        text.push_str(rest);
        all.push(Sample {
            format: format.to_owned(),
            path: path.trim().to_owned(),
            text,
            marked,
        });
    }
    all
}

/// A generator of numbers that is the same everywhere (xorshift).
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: usize) -> usize {
        for _ in 0..3 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
        }
        (self.0 % below as u64) as usize
    }

    fn filled(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').map(|it| open + it);
            let directive = close.map(|close| &rest[open + 1..close]);
            let drawn = directive.and_then(|it| self.drawn(it));
            match (drawn, close) {
                (Some(drawn), Some(close)) => {
                    out.push_str(&rest[..open]);
                    out.push_str(&drawn);
                    rest = &rest[close + 1..];
                }
                _ => {
                    out.push_str(&rest[..=open]);
                    rest = &rest[open + 1..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn drawn(&mut self, directive: &str) -> Option<String> {
        const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const DIGITS: &str = "0123456789";
        let kind = directive.chars().next()?;
        let len: usize = match &directive[kind.len_utf8()..] {
            "" => 64,
            it => it.parse().ok()?,
        };
        let set = match kind {
            'a' => format!("{LETTERS}{UPPER}{DIGITS}"),
            'h' => format!("{DIGITS}abcdef"),
            'H' => format!("{DIGITS}ABCDEF"),
            'b' => format!("{LETTERS}{UPPER}{DIGITS}+/"),
            'w' => format!("{LETTERS}{UPPER}{DIGITS}-_"),
            'd' => DIGITS.to_owned(),
            'u' => format!("{UPPER}{DIGITS}"),
            'l' => LETTERS.to_owned(),
            's' => format!("{LETTERS}{UPPER}{DIGITS}!@#%^*-_=+?"),
            _ => return None,
        };
        Some(
            (0..len)
                .map(|_| char::from(set.as_bytes()[self.next(set.len())]))
                .collect(),
        )
    }
}
