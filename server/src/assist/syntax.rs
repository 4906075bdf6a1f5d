//! Whether a suggestion would add a syntax error to the document.
//!
//! The place itself is usually broken: a statement is half written. So errors are counted with and without the suggestion, in an excerpt
//! round the cursor, and what the user will close himself (brackets, a half-written argument list) is closed for him before judging.

use super::trim::char_floor;
use hob_index::language::Language;
use hob_index::parser::{self, Budget};
use std::time::Duration;
use tree_sitter::{Node, Tree};

/// How much text is parsed on each side of the cursor, in bytes, for a suggestion of one line: a parse takes about
/// 0.1 ms then, and every keystroke waits for it.
const NEAR: usize = 500;
/// The same for a suggestion of several lines, which can break more.
const WIDE: usize = 4 << 10;
/// How long all parses of one check may take together.
///
/// Unoptimised builds are slower, and their tests must not depend on how busy the machine is.
const TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 6 });
/// How many line-prefixes of a broken suggestion are tried.
const ATTEMPTS: usize = 6;

/// What the parser says of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No worse than without it, or nobody can tell (no grammar, no time).
    Fine,
    /// Only this many bytes of it are: it ends before a line.
    Until(usize),
    /// It adds an error from its first line on.
    Breaks,
}

/// Checks `text`, inserted between `before` and `after` in place of the first `replace` bytes of `after`.
///
/// Takes at most 6 ms, and a tenth of that where nothing is broken; what can't be judged in that time is fine.
pub fn check(
    language: Option<&'static Language>,
    before: &str,
    after: &str,
    text: &str,
    replace: usize,
) -> Verdict {
    let Some(language) = language else {
        return Verdict::Fine;
    };
    // Prose has no errors, and the fragments of a notebook or of a template no whole.
    let Some(grammar) = language.grammar.filter(|_| !language.prose) else {
        return Verdict::Fine;
    };
    let excerpt = if text.contains('\n') { WIDE } else { NEAR };
    let mut judge = Judge {
        grammar: grammar(),
        budget: Budget::of_time(TIME),
        language,
        before: tail(before, excerpt),
        after: head(after, excerpt),
    };
    if !text.contains('\n') && judge.is_sound_alone(text, replace) == Some(true) {
        return Verdict::Fine;
    }
    judge.verdict(text, replace).unwrap_or(Verdict::Fine)
}

/// The end of the text, from the start of a line that is not indented if there is one.
fn tail(before: &str, excerpt: usize) -> &str {
    if before.len() <= excerpt {
        return before;
    }
    let from = &before[char_floor(before, before.len() - excerpt)..];
    let mut at = 0;
    let mut first = None;
    while let Some(newline) = from[at..].find('\n') {
        at += newline + 1;
        first.get_or_insert(at);
        if from[at..].starts_with(|it: char| it.is_alphabetic() || matches!(it, '#' | '@' | '/'))
            && at < excerpt / 2
        {
            return &from[at..];
        }
    }
    &from[first.unwrap_or(0)..]
}

/// The start of the text, up to the end of a line.
fn head(after: &str, excerpt: usize) -> &str {
    if after.len() <= excerpt {
        return after;
    }
    let until = &after[..char_floor(after, excerpt)];
    &until[..until.rfind('\n').unwrap_or(until.len())]
}

/// The lines of all syntax errors of a whole text, from 1, in order. `None`: nobody can tell (no grammar, prose,
/// too long or too ambiguous for [`hob_index::parser`]).
pub fn errors(language: &'static Language, text: &str) -> Option<Vec<usize>> {
    let grammar = language.grammar.filter(|_| !language.prose)?;
    let mut judge = Judge {
        grammar: grammar(),
        budget: Budget::of_file(),
        language,
        before: text,
        after: "",
    };
    let tree = judge.parse("", "")?;
    let mut lines = Vec::new();
    any_error(tree.root_node(), |node| {
        lines.push(node.start_position().row + 1);
        false
    });
    lines.sort_unstable();
    Some(lines)
}

struct Judge<'a> {
    grammar: tree_sitter::Language,
    budget: Budget,
    language: &'static Language,
    before: &'a str,
    after: &'a str,
}

impl Judge<'_> {
    /// Whether the cursor's line with the text in it is sound on its own, once its brackets are closed.
    ///
    /// Most lines are, and a parse of one line takes some hundredths of a millisecond: the excerpt is for the others.
    fn is_sound_alone(&mut self, text: &str, replace: usize) -> Option<bool> {
        let line = self.before.rsplit('\n').next()?.trim_start();
        let rest = self.after.get(replace..)?.split('\n').next()?;
        let closers = self.closers(&[line, text, rest].concat());
        let before = std::mem::replace(&mut self.before, line);
        let errors = self.errors(text, &[rest, &closers].concat());
        self.before = before;
        Some(errors? == 0)
    }

    /// `None`: out of time.
    fn verdict(&mut self, text: &str, replace: usize) -> Option<Verdict> {
        let plain = self.after.get(replace..).unwrap_or("");
        let whole = self.errors(text, plain)?;
        // Mostly there is none at all, and one parse is enough.
        if whole == 0 {
            return Some(Verdict::Fine);
        }
        if self.is_elsewhere(text, plain)? {
            return Some(Verdict::Fine);
        }
        let base = self.errors("", self.after)?;
        // Without what follows, blocks are open: they are closed as far as brackets do.
        let closers = format!("\n{}", self.closers(self.before));
        let alone = self.errors("", &closers)?;
        if whole <= base || self.is_piece(text, &closers, alone)? {
            return Some(Verdict::Fine);
        }
        // Line-prefixes, the longest first.
        let ends: Vec<usize> = text
            .match_indices('\n')
            .map(|it| it.0)
            .filter(|it| !text[..*it].trim().is_empty())
            .collect();
        for end in ends.iter().rev().take(ATTEMPTS) {
            if self.errors(&text[..*end], self.after)? <= base
                || self.is_piece(&text[..*end], &closers, alone)?
            {
                return Some(Verdict::Until(*end));
            }
        }
        Some(Verdict::Breaks)
    }

    /// Whether the text is a piece of a statement that the user goes on with: fine once something follows and what is open is closed, with
    /// nothing of the document behind it.
    fn is_piece(&mut self, text: &str, outer: &str, alone: usize) -> Option<bool> {
        let closers = self.closers(text);
        for end in ["", "x", ";", "x;", ": x", " {}", ":\n pass"] {
            let ended = [text, end, &closers].concat();
            if self.errors(&ended, outer)? <= alone {
                return Some(true);
            }
        }
        Some(!closers.is_empty() && self.errors(&[text, &closers, ";"].concat(), outer)? <= alone)
    }

    /// What closes the brackets that `text` leaves open.
    fn closers(&self, text: &str) -> String {
        super::trim::open_brackets(self.language, text)
            .into_iter()
            .rev()
            .collect()
    }

    /// Whether all errors lie outside of the text: the excerpt starts in the middle of something, or the grammar does not know it all.
    fn is_elsewhere(&mut self, text: &str, after: &str) -> Option<bool> {
        let tree = self.parse(text, after)?;
        let (start, end) = (self.before.len(), self.before.len() + text.len());
        // What touches the text may be its doing, and so may a missing closer anywhere behind it.
        Some(!any_error(tree.root_node(), |node| {
            node.start_byte() <= end && node.end_byte() >= start
                || node.is_missing()
                || node.start_byte() > end
        }))
    }

    /// Errors and missing tokens of the excerpt with this text, and this text after it.
    fn errors(&mut self, text: &str, after: &str) -> Option<usize> {
        let tree = self.parse(text, after)?;
        let mut n = 0;
        any_error(tree.root_node(), |_| {
            n += 1;
            false
        });
        Some(n)
    }

    fn parse(&mut self, text: &str, after: &str) -> Option<Tree> {
        let source = [self.before, text, after].concat();
        parser::parse(&source, &self.grammar, None, &mut self.budget)
    }
}

/// Whether an error or a missing token below a node is what is looked for; an error counts once, with all it holds.
fn any_error(root: Node, mut is_it: impl FnMut(Node) -> bool) -> bool {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let broken = node.is_error() || node.is_missing();
        if broken && is_it(node) {
            return true;
        }
        if node.has_error() && !broken && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests;
