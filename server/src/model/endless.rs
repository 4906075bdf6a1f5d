//! Answers that would never end: nothing but white space, or the same over and over. Models fall into both.

/// What of an answer is watched.
#[derive(Debug)]
pub(super) struct Endless {
    /// The most white space in a row, in bytes.
    most_blank: usize,
    blank: usize,
    /// The newest text; at most twice as long as what is looked at.
    tail: Vec<u8>,
    /// So much of it is looked at, in bytes.
    looks_at: usize,
    /// How much came since it was looked at last.
    unseen: usize,
}

impl Endless {
    /// Code repeats itself in units of up to some lines; in bytes.
    const LONGEST_UNIT: usize = 256;

    /// For a completion: no code has a kilobyte of white space, nor 4 KB of one thing.
    pub(super) fn of_completion() -> Endless {
        Endless::new(1024, 4 << 10)
    }

    /// For a chat answer, where a table of data may repeat itself for a while.
    pub(super) fn of_chat() -> Endless {
        Endless::new(4 << 10, 16 << 10)
    }

    fn new(most_blank: usize, looks_at: usize) -> Endless {
        Endless {
            most_blank,
            blank: 0,
            tail: Vec::new(),
            looks_at,
            unseen: 0,
        }
    }

    /// Takes the next text; whether nothing more is worth waiting for.
    pub(super) fn push(&mut self, text: &str) -> bool {
        match text.trim_end_matches(is_blank) {
            "" => self.blank += text.len(),
            rest => self.blank = text.len() - rest.len(),
        }
        self.tail.extend_from_slice(text.as_bytes());
        self.unseen += text.len();
        if self.tail.len() > 2 * self.looks_at {
            self.tail.drain(..self.tail.len() - self.looks_at);
        }
        self.blank > self.most_blank || self.repeats()
    }

    /// Whether the newest text is one short unit over and over.
    fn repeats(&mut self) -> bool {
        // Each byte is looked at four times at most.
        if self.unseen < self.looks_at / 4 || self.tail.len() < self.looks_at {
            return false;
        }
        self.unseen = 0;
        let tail = &self.tail[self.tail.len() - self.looks_at..];
        (1..=Self::LONGEST_UNIT).any(|unit| tail[unit..] == tail[..tail.len() - unit])
    }
}

/// White space, and what shows as little.
fn is_blank(it: char) -> bool {
    it.is_whitespace()
        || it.is_control()
        || matches!(it, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many bytes it ends, at most a megabyte.
    fn ends_after(pieces: impl Iterator<Item = String>) -> Option<usize> {
        let mut endless = Endless::of_completion();
        let mut bytes = 0;
        for piece in pieces {
            bytes += piece.len();
            if endless.push(&piece) {
                return Some(bytes);
            }
            if bytes > 1 << 20 {
                return None;
            }
        }
        None
    }

    #[test]
    fn white_space_in_every_form_ends() {
        for blank in [
            " ",
            "\n",
            "\t",
            "\r\n",
            "\u{a0}",
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            " \n\u{3000}\t",
        ] {
            let after = ends_after(std::iter::repeat(blank.to_owned()));
            assert!(after.is_some_and(|it| it <= 1100), "{blank:?} {after:?}");
        }
        // In no order, so that it does not repeat itself.
        let mixed = (0..100_000_usize).map(|it| " ".repeat(it % 7 * it % 5) + "\n\t");
        assert!(ends_after(mixed).is_some_and(|it| it <= 1100));
    }

    #[test]
    fn the_same_over_and_over_ends_in_whatever_pieces_it_comes() {
        let unit = "    println!(\"é\");\n";
        for size in [1, 7, 100, 5000] {
            let text: Vec<char> = unit.repeat(1000).chars().collect();
            let pieces = text.chunks(size).map(|it| it.iter().collect());
            let after = ends_after(pieces);
            assert!(after.is_some_and(|it| it <= 13_000), "{size} {after:?}");
        }
        // Behind an ordinary beginning, too.
        let numbers = (0..2000).map(|it| format!("{it}, "));
        let after = ends_after(numbers.chain(std::iter::repeat("0".to_owned())));
        assert!(after.is_some_and(|it| it <= 20_000), "{after:?}");
    }

    #[test]
    fn code_does_not_end() {
        let code = include_str!("endless.rs").to_owned() + include_str!("stream.rs");
        assert_eq!(
            ends_after(code.split_inclusive(' ').map(str::to_owned)),
            None
        );
        let table = (0..5000).map(|it| format!("    0x{it:04x}, 0x{it:04x},\n"));
        assert_eq!(ends_after(table), None);
    }
}
