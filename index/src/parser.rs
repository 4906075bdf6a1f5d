//! Every parser of the product: from a text to its syntax tree, within bounds that hold for hostile texts, too.
//!
//! The grammars and the runtime below them are C. The runtime is patched (`third-party/README.md`) so that whatever it does
//! counts as work and can be ended, and so that it does not recurse; texts on which a grammar's own C code would end the
//! process are refused before. All else is a [`Budget`].

use std::cell::RefCell;
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};
use tree_sitter::{
    Language, Node, ParseOptions, ParseState, Parser, Query, QueryCursor, QueryCursorOptions,
    QueryCursorState, StreamingIterator, Tree,
};

/// Longer texts are not parsed, in bytes: four times the longest file that is indexed.
pub const LONGEST: usize = 4 << 20;
/// After a longer text than this, in bytes, a thread's parser is replaced: its buffers have grown with the text.
const KEPT: usize = 256 << 10;
/// How many steps one file may take: a third of a second of an ordinary CPU, more than twice of what the slowest file of
/// 400 crates takes.
const FILE_STEPS: usize = 20_000;
/// Where steps take very long after all, this is the end.
const FILE_TIME: Duration = Duration::from_secs(2);
/// How many matches of a query may be in progress at once; the rest are dropped.
const MATCHES: u32 = 1_024;
/// The longest word that may end a heredoc of Ruby, in bytes: the scanner saves its length in one byte and checks that
/// with an assertion.
const LONGEST_HEREDOC_WORD: usize = 255;

/// How much parsing is allowed, for one text or for several together.
#[derive(Clone, Debug)]
pub struct Budget {
    steps: usize,
    time: Duration,
}

impl Budget {
    /// At most so many steps and so much time, whichever is used up first.
    ///
    /// A step is 100 actions of a parser, or the same amount of lexing, copying and releasing: some 10 µs. Steps end a parse
    /// at the same place on a busy machine and on an idle one.
    pub fn new(steps: usize, time: Duration) -> Budget {
        Budget { steps, time }
    }

    /// For one whole file.
    pub fn of_file() -> Budget {
        Budget::new(FILE_STEPS, FILE_TIME)
    }

    /// At most so much time, where what is found may depend on the machine.
    pub fn of_time(time: Duration) -> Budget {
        Budget::new(usize::MAX, time)
    }

    /// Whether nothing is left: all further parses fail.
    pub fn is_used_up(&self) -> bool {
        self.steps == 0 || self.time.is_zero()
    }

    /// Runs `work` with a function that takes one step of this budget.
    fn spend<T>(&mut self, work: impl FnOnce(&mut dyn FnMut() -> ControlFlow<()>) -> T) -> T {
        let started = Instant::now();
        let time = self.time;
        let steps = &mut self.steps;
        let result = work(&mut || {
            *steps = steps.saturating_sub(1);
            match *steps == 0 || started.elapsed() >= time {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        self.time = time.saturating_sub(started.elapsed());
        result
    }
}

/// The syntax tree of a text; `None` where the budget does not suffice, and for texts that cannot be parsed safely.
///
/// `old` is the tree of an earlier text with its edits applied, parts of which are used again.
pub fn parse(
    text: &str,
    grammar: &Language,
    old: Option<&Tree>,
    budget: &mut Budget,
) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::default();
    }
    if text.len() > LONGEST || budget.is_used_up() || is_refused(text, grammar) {
        return None;
    }
    let bytes = text.as_bytes();
    PARSER.with_borrow_mut(|parser| {
        if parser.language().as_deref() != Some(grammar) {
            parser.set_language(grammar).ok()?;
        }
        let tree = budget.spend(|step| {
            let mut progress = |_: &ParseState| step();
            parser.parse_with_options(
                &mut |at, _| bytes.get(at..).unwrap_or(&[]),
                old,
                Some(ParseOptions::new().progress_callback(&mut progress)),
            )
        });
        // A parse that was given up would be gone on with.
        if tree.is_none() || text.len() > KEPT {
            *parser = Parser::new();
        }
        tree
    })
}

/// Hands each capture of a query in a part of a text to `found`, with the number of its pattern and its name, until the
/// budget is used up.
pub fn captures(
    (tree, query, range): (&Tree, &Query, Range<usize>),
    text: &str,
    budget: &mut Budget,
    mut found: impl FnMut(Node, usize, &str),
) {
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCHES);
    cursor.set_byte_range(range);
    budget.spend(|step| {
        let mut progress = |_: &QueryCursorState| step();
        let options = QueryCursorOptions::new().progress_callback(&mut progress);
        let text = text.as_bytes();
        let mut captures = cursor.captures_with_options(query, tree.root_node(), text, options);
        while let Some((found_match, at)) = captures.next() {
            if let Some(capture) = found_match.captures().get(*at) {
                let name = query.capture_names()[capture.index as usize];
                found(capture.node, found_match.pattern_index, name);
            }
        }
    });
}

/// Whether a grammar's own C code would end the process on this text.
fn is_refused(text: &str, grammar: &Language) -> bool {
    *grammar == tree_sitter_ruby::LANGUAGE.into() && has_long_heredoc_word(text)
}

/// Whether something in a text of Ruby could start a heredoc with a longer word than its scanner can save.
fn has_long_heredoc_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, b"<<").any(|at| {
        let rest = &bytes[at + 2..];
        let rest = match rest {
            [b'-' | b'~', rest @ ..] => rest,
            rest => rest,
        };
        let (rest, quote) = match rest {
            [quote @ (b'"' | b'\'' | b'`'), rest @ ..] => (rest, Some(*quote)),
            rest => (rest, None),
        };
        let ends = |it: &u8| match quote {
            // The scanner reads on beyond the end of the line.
            Some(quote) => *it == quote,
            None => it.is_ascii() && !it.is_ascii_alphanumeric() && *it != b'_',
        };
        let head = &rest[..rest.len().min(LONGEST_HEREDOC_WORD + 1)];
        head.len() > LONGEST_HEREDOC_WORD && !head.iter().any(ends)
    })
}

#[cfg(test)]
mod tests;
