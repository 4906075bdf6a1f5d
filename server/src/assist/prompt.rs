//! From a place and its context to what the model is asked: budgets, a prefix that stays put, the family's format.

use crate::assist::context::Piece;
use crate::assist::document::Document;
use crate::assist::place::{Place, head};

/// Bytes of code in a token, a low estimate over languages and tokenizers, so that a budget is never overrun.
const BYTES_PER_TOKEN: usize = 3;
/// The context assumed of a server that does not tell, in tokens.
const UNKNOWN_CONTEXT: u32 = 4096;
/// The most context that a completion makes use of, in tokens: beyond it the prompt costs more than it brings.
const USEFUL_CONTEXT: u32 = 8192;

/// How many bytes of the prompt each part may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The text before the cursor.
    pub prefix: usize,
    /// The text after the cursor.
    pub suffix: usize,
    /// Pieces of other files.
    pub context: usize,
}

impl Budget {
    /// Shares out a context of `context_tokens`, of which `max_tokens` are for the answer.
    ///
    /// The upper bounds keep a prompt quick on a CPU (about 4,000 tokens in all, most of them served from the
    /// model server's cache); the shares follow what peers settled on (prefix before all, a short suffix).
    pub fn new(context_tokens: Option<u32>, max_tokens: u32) -> Budget {
        let context = context_tokens
            .unwrap_or(UNKNOWN_CONTEXT)
            .min(USEFUL_CONTEXT);
        // 64 tokens for sentinels, names and the roundness of the estimate.
        let tokens = context.saturating_sub(max_tokens + 64).max(64) as usize;
        let bytes = tokens * BYTES_PER_TOKEN;
        Budget {
            prefix: (bytes / 2).min(6 * 1024),
            suffix: (bytes / 8).min(1024),
            context: (bytes * 3 / 8).min(6 * 1024),
        }
    }
}

/// The text before the cursor that goes into the prompt.
///
/// Its start is anchored: it stays where it is while the user types, and jumps ahead by a quarter of the
/// budget at a time, always to a line's start where there is one near.
pub fn prefix<'a>(document: &Document, offset: usize, place: &'a Place, budget: usize) -> &'a str {
    let before = place.before.as_str();
    let origin = offset.min(document.text.len_bytes()) - before.len();
    if offset <= budget && origin == 0 {
        return before;
    }
    let step = (budget / 4).max(1);
    let grid = offset.saturating_sub(budget).div_ceil(step) * step;
    let mut start = grid.saturating_sub(origin).min(before.len());
    while !before.is_char_boundary(start) {
        start += 1;
    }
    if start == 0 {
        return before;
    }
    // A line's start, if one comes soon; a place within a huge line has none.
    let near = head(&before[start..], budget / 2);
    match near.find('\n') {
        Some(at) => &before[start + at + 1..],
        None => &before[start..],
    }
}

/// The text after the cursor that goes into the prompt: whole lines, as far as the budget goes.
pub fn suffix(place: &Place, budget: usize) -> &str {
    if place.after.len() <= budget {
        return &place.after;
    }
    let cut = head(&place.after, budget);
    match cut.rfind('\n') {
        Some(at) => &cut[..=at],
        None => cut,
    }
}

/// What a prompt was made of, for `--dry-run` and the tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// The text before the cursor, as sent.
    pub prefix: String,
    /// The text after the cursor, as sent.
    pub suffix: String,
    /// The finished prompt; empty where the server makes its own.
    pub text: String,
    /// Pieces of other files.
    pub context: Vec<Piece>,
}

impl Prompt {
    /// About how many tokens it takes.
    pub fn tokens(&self) -> usize {
        let parts = self.prefix.len() + self.suffix.len();
        self.text.len().max(parts).div_ceil(BYTES_PER_TOKEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ropey::Rope;

    fn document(text: &str) -> Document {
        Document {
            id: "test".into(),
            path: None,
            language_id: "rust".into(),
            language: None,
            version: 1,
            text: Rope::from_str(text),
            touched: 0,
            tick: 0,
            ..Document::default()
        }
    }

    #[test]
    fn the_prefix_starts_at_the_same_line_while_the_user_types() {
        let mut text: String = (0..2000)
            .map(|n| format!("let line_{n} = {n};\n"))
            .collect();
        let mut starts = Vec::new();
        for _ in 0..400 {
            text.push('x');
            let document = document(&text);
            let place = Place::new(&document, text.len());
            let prefix = prefix(&document, text.len(), &place, 4096);
            assert!(
                prefix.len() <= 4096 && prefix.len() > 2048,
                "{}",
                prefix.len()
            );
            assert!(prefix.starts_with("let line_"));
            starts.push(text.len() - prefix.len());
        }
        starts.dedup();
        assert!(starts.len() <= 2, "{starts:?}");
    }

    #[test]
    fn a_line_without_end_is_cut_where_it_must_be() {
        let text = "é".repeat(50_000);
        let document = document(&text);
        let place = Place::new(&document, 60_000);
        let prefix = prefix(&document, 60_000, &place, 1000);
        assert!(prefix.len() <= 1000 && prefix.len() > 500);
        assert!(suffix(&place, 1001).len() <= 1001);
    }

    #[test]
    fn a_small_context_is_shared_out_without_overrun() {
        for tokens in [0, 100, 512, 2048, 32_768] {
            let it = Budget::new(Some(tokens), 128);
            let bytes = (it.prefix + it.suffix + it.context) as u32;
            assert!(bytes <= tokens.max(256) * 3, "{tokens}: {it:?}");
        }
    }
}
