//! Words and their numbers: every distinct word once, in one arena, in layers that share what lies below.

use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::sync::Arc;

/// The number of a word in a [`Vocabulary`].
pub(super) type Word = u32;

/// The word of a line break.
pub(super) const NEWLINE: Word = 0;
/// The word where a text starts, or where something is left out.
pub(super) const EDGE: Word = 1;
/// The word of everything too long to be worth remembering.
pub(super) const OPAQUE: Word = 2;
const RESERVED: [&str; 3] = ["\n", "\0edge", "\0opaque"];

/// An append-only set of words. A layer holds only what the layers below don't, so an edit or a request adds its few
/// new words without copying the codebase's.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    below: Option<Arc<Vocabulary>>,
    first: Word,
    arena: String,
    /// Where each word ends in `arena`.
    ends: Vec<u32>,
    /// Open addressing, linear probing; a word's index in this layer plus one, 0 where free.
    slots: Vec<u32>,
    /// Indexes of this layer's words in the order of their text, once [`Vocabulary::sort`] has been called.
    sorted: Vec<u32>,
}

impl Vocabulary {
    /// One that holds only the reserved words.
    pub(super) fn new() -> Self {
        let mut it = Self::layer(None, 0);
        for word in RESERVED {
            it.intern(word);
        }
        it
    }

    /// An empty layer on top of `below`.
    pub(super) fn over(below: Arc<Vocabulary>) -> Self {
        let first = below.len();
        Self::layer(Some(below), first)
    }

    fn layer(below: Option<Arc<Vocabulary>>, first: Word) -> Self {
        Self {
            below,
            first,
            arena: String::new(),
            ends: Vec::new(),
            slots: vec![0; 16],
            sorted: Vec::new(),
        }
    }

    /// How many words there are, in all layers.
    pub(super) fn len(&self) -> Word {
        self.first + self.ends.len() as Word
    }

    /// Whether there is another below it.
    pub(super) fn is_layer(&self) -> bool {
        self.below.is_some()
    }

    /// The text of a word.
    pub(super) fn text(&self, word: Word) -> &str {
        if word < self.first {
            return self.below.as_ref().map_or("", |it| it.text(word));
        }
        self.own_text((word - self.first) as usize)
    }

    /// The number of a word, if it is known.
    pub(super) fn find(&self, text: &str) -> Option<Word> {
        self.find_hashed(text, hash(text))
    }

    /// The number of a word, which is added when it is new.
    pub(super) fn intern(&mut self, text: &str) -> Word {
        let hash = hash(text);
        if let Some(word) = self.find_hashed(text, hash) {
            return word;
        }
        if (self.ends.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let index = self.ends.len() as u32;
        self.arena.push_str(text);
        self.ends.push(self.arena.len() as u32);
        self.place(index, hash);
        self.first + index
    }

    /// Makes [`Vocabulary::starting_with`] find this layer's words; to be called when the layer is complete.
    pub(super) fn sort(&mut self) {
        let mut sorted: Vec<u32> = (0..self.ends.len() as u32).collect();
        sorted.sort_unstable_by(|a, b| self.own_text(*a as usize).cmp(self.own_text(*b as usize)));
        self.sorted = sorted;
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Calls `each` with the words that start with `prefix`, of all layers, in the order of their text in each layer; of
    /// more than `most` in a layer, with an even choice.
    pub(super) fn starting_with(&self, prefix: &str, most: usize, each: &mut impl FnMut(Word)) {
        if let Some(below) = &self.below {
            below.starting_with(prefix, most, each);
        }
        if self.sorted.len() == self.ends.len() {
            let start = self
                .sorted
                .partition_point(|it| self.own_text(*it as usize) < prefix);
            let len = self.sorted[start..]
                .partition_point(|it| self.own_text(*it as usize).starts_with(prefix));
            let step = len.div_ceil(most.max(1)).max(1);
            for it in self.sorted[start..start + len].iter().step_by(step) {
                each(self.first + it);
            }
        } else {
            for it in 0..self.ends.len() {
                if self.own_text(it).starts_with(prefix) {
                    each(self.first + it as Word);
                }
            }
        }
    }

    fn own_text(&self, index: usize) -> &str {
        let start = match index {
            0 => 0,
            _ => self.ends.get(index - 1).copied().unwrap_or(0) as usize,
        };
        let end = self.ends.get(index).copied().unwrap_or(0) as usize;
        self.arena.get(start..end).unwrap_or("")
    }

    fn find_hashed(&self, text: &str, hash: u64) -> Option<Word> {
        if let Some(word) = self
            .below
            .as_ref()
            .and_then(|it| it.find_hashed(text, hash))
        {
            return Some(word);
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return None,
                taken if self.own_text(taken as usize - 1) == text => {
                    return Some(self.first + taken - 1);
                }
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn place(&mut self, index: u32, hash: u64) {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = index + 1;
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for index in 0..self.ends.len() {
            let hash = hash(self.own_text(index));
            self.place(index as u32, hash);
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    // The low bits choose the slot; Fx mixes best into the high ones.
    hasher.finish().rotate_left(26)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_share_what_lies_below() {
        let mut base = Vocabulary::new();
        let a = base.intern("apple");
        for it in 0..1000 {
            base.intern(&format!("w{it}"));
        }
        base.sort();
        let base = Arc::new(base);
        let mut over = Vocabulary::over(base.clone());
        assert_eq!(over.intern("apple"), a);
        let b = over.intern("apricot");
        assert_eq!(b, base.len());
        assert_eq!(over.text(b), "apricot");
        assert_eq!(over.text(a), "apple");
        assert_eq!(over.find("w999").map(|it| over.text(it)), Some("w999"));
        assert_eq!(base.find("apricot"), None);
        let mut found = Vec::new();
        over.starting_with("ap", 9, &mut |it| found.push(over.text(it).to_string()));
        assert_eq!(found, ["apple", "apricot"]);
        let mut n = 0;
        over.starting_with("w", 300, &mut |_| n += 1);
        assert_eq!(n, 250);
    }
}
