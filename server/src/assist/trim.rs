//! What becomes of a model's raw output before it is shown: cleaned, cut to one statement or block, freed of what the document already says.
//!
//! Pure: text in, text out. The steps stand in the order in which they run; each lives in its own file below `trim/`.

mod above;
mod around;
mod clean;
mod duplicate;
mod file;
mod indent;
mod inner;
mod lex;
mod repeat;
mod scope;
mod shape;
mod space;
mod stream;

use super::syntax::{self, Verdict};
use crate::config::settings::Multiline;
use around::Around;
use hob_index::language::Language;
use lex::{Lexer, Mode};

pub(crate) use stream::Stream;

/// Where the output would be inserted.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The document's language, if known.
    pub language: Option<&'static Language>,
    /// The text before the cursor; only its last few KiB are looked at.
    pub before: &'a str,
    /// The text after the cursor; only its first few KiB are looked at.
    pub after: &'a str,
    /// Whether several lines are wanted, as configured.
    pub multiline: Multiline,
}

/// What may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trimmed {
    /// The text to insert at the cursor, in the document's line endings and indentation. Never blank.
    pub text: String,
    /// How many bytes right of the cursor `text` overwrites: closers that the editor wrote by itself, on the cursor's line. Normally 0.
    pub replace: usize,
}

/// How the output ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model, or one of our own rules, ended it.
    Model,
    /// The token limit cut it: its last line is unfinished.
    Limit,
}

/// Why nothing of the output is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Nothing but blanks is left.
    Blank,
    /// The document goes on with the same text already.
    RepeatsSuffix,
    /// It is the line above once more.
    RepeatsAbove,
    /// The model got into a loop.
    Repetition,
    /// It starts with another scope: the closer of a block that is closed already, or something beside the place.
    OutOfScope,
    /// It would add a syntax error.
    BreaksSyntax,
    /// It talks about code in place of writing it.
    Prose,
    /// Its first line is longer than anybody reads.
    TooLong,
}

impl Dropped {
    /// A stable name for logs, status and `--json`.
    pub fn code(self) -> &'static str {
        match self {
            Dropped::Blank => "blank",
            Dropped::RepeatsSuffix => "repeats-suffix",
            Dropped::RepeatsAbove => "repeats-above",
            Dropped::Repetition => "repetition",
            Dropped::OutOfScope => "out-of-scope",
            Dropped::BreaksSyntax => "breaks-syntax",
            Dropped::Prose => "prose",
            Dropped::TooLong => "too-long",
        }
    }
}

/// Makes of a model's output what may be shown at `place`, or says why nothing may.
pub fn trim(place: &Place, output: &str, end: End) -> Result<Trimmed, Dropped> {
    let around = Around::new(place);
    let mut trimmed = trim_around(&around, output, end)?;
    match syntax::check(
        place.language,
        around.before(),
        around.after(),
        &trimmed.text,
        trimmed.replace,
    ) {
        Verdict::Fine => {}
        Verdict::Until(length) => {
            trimmed.text.truncate(length);
            trimmed.text.truncate(trimmed.text.trim_end().len());
            trimmed.replace = 0;
        }
        Verdict::Breaks => return Err(Dropped::BreaksSyntax),
    }
    if trimmed.text.trim().is_empty() {
        return Err(Dropped::BreaksSyntax);
    }
    if around.crlf {
        trimmed.text = trimmed.text.replace('\n', "\r\n");
    }
    Ok(trimmed)
}

/// Whether at most the rest of the cursor's line is wanted: by configuration, in a line comment, in an item of a list, or because there is code to the right.
pub fn wants_one_line(place: &Place) -> bool {
    one_line(&Around::new(place))
}

fn one_line(around: &Around) -> bool {
    // What an editor closes by itself may move down; anything else must stay on its line (rules 7 and 8).
    if around.multiline == Multiline::Never || !around.rest_is_closers() {
        return true;
    }
    if around.multiline == Multiline::Always {
        return false;
    }
    around.mode == Mode::LineComment || around.id() == "markdown" && is_markdown_item(around.line())
}

/// Whether the output ends the cursor's line comment and goes on with code below it.
fn leaves_comment(around: &Around, text: &str) -> bool {
    let below = text.trim_start_matches([' ', '\t']);
    around.multiline != Multiline::Never
        && around.mode == Mode::LineComment
        && below.starts_with('\n')
        && around.rest().trim().is_empty()
        && below
            .lines()
            .find(|it| !it.trim().is_empty())
            .is_some_and(|it| !shape::is_comment(around, it))
}

/// Whether the line is an item of a list, a heading or a quotation with something in it (rule 9).
fn is_markdown_item(line: &str) -> bool {
    let text = line.trim_start();
    let marks = text
        .trim_start_matches(|it: char| it.is_ascii_digit())
        .trim_start_matches(['-', '*', '+', '#', '>', '.', ')']);
    marks.len() < text.len() && marks.starts_with(' ') && !text.starts_with("**")
}

/// Clean output without what stands before the cursor already, its blanks as the place wants them.
fn fitted(around: &Around, text: &str) -> Result<String, Dropped> {
    let text = duplicate::without_line_so_far(around, text);
    let text = above::without_word_so_far(around, text);
    let Some(text) = above::without_lines_above(around, text) else {
        return Err(Dropped::RepeatsAbove);
    };
    let text = space::fit_start(around, text);
    Ok(indent::reindent(around, &text))
}

/// All steps but the parser's: with plain line breaks.
fn trim_around(around: &Around, output: &str, end: End) -> Result<Trimmed, Dropped> {
    let text = clean::clean(around, output, end)?;
    let mut text = fitted(around, &text)?;
    if one_line(around) && !leaves_comment(around, &text) {
        text.truncate(first_line_end(around, &text));
    }
    if text.trim().is_empty() {
        return Err(Dropped::Blank);
    }
    // Whether the line is repeated is asked first of the output as a whole: loops have a reason of their own.
    text.truncate(repeat::cut(around, &text, end)?);
    if let Some(at) = file::another(around, &text) {
        text.truncate(at);
        if text.trim().is_empty() {
            return Err(Dropped::OutOfScope);
        }
    }
    text.truncate(inner::before_closer(around, &text));
    if text.trim().is_empty() {
        return Err(Dropped::RepeatsSuffix);
    }
    within_bounds(&mut text)?;
    let broken_off = text.ends_with('\n');
    let cut = scope::cut(around, &text);
    if cut.repeats {
        return Err(Dropped::RepeatsSuffix);
    }
    text.truncate(cut.end);
    if cut.replace == 0 {
        let kept = duplicate::before_rest(around, &text);
        if kept == 0 {
            return Err(Dropped::RepeatsSuffix);
        }
        text.truncate(kept);
    }
    trim_end(around, &mut text, cut.replace);
    if text.trim().is_empty() {
        return Err(if cut.cut {
            Dropped::OutOfScope
        } else {
            Dropped::Blank
        });
    }
    duplicate::check(around, &text)?;
    if broken_off && cut.replace == 0 {
        part_from_closer(around, &mut text);
    }
    Ok(Trimmed {
        text,
        replace: cut.replace,
    })
}

/// How long a line of a suggestion may be, in bytes: several times what people write, and what fits no screen.
const LONGEST_LINE: usize = 1000;

/// Cuts in front of a line that is too long for anybody to read.
fn within_bounds(text: &mut String) -> Result<(), Dropped> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > LONGEST_LINE {
            text.truncate(at);
            break;
        }
        at += line.len();
    }
    match text.trim().is_empty() {
        true => Err(Dropped::TooLong),
        false => Ok(()),
    }
}

/// Where the first line that is not blank ends.
fn first_line_end(around: &Around, text: &str) -> usize {
    let start = text.len() - text.trim_start_matches('\n').len();
    // A line of its own is more than the rest of this one.
    if start > 0 && around.multiline == Multiline::Never && !around.on_blank_line() {
        return 0;
    }
    let body = text.len() - text.trim_start().len();
    text[body..].find('\n').map_or(text.len(), |it| body + it)
}

/// Takes the blanks at the end away, but for one that parts a word from the code right of the cursor (rule 24).
fn trim_end(around: &Around, text: &mut String, replace: usize) {
    let kept = text.trim_end().len();
    let rest = &around.rest()[replace..];
    let parts = text[kept..].starts_with(' ')
        && !text[kept..].contains('\n')
        && rest
            .starts_with(|it: char| it.is_alphanumeric() || "_\"'$&*!-+=({[<|@#/?:".contains(it));
    text.truncate(kept);
    if parts && kept > 0 {
        text.push(' ');
    }
}

/// Puts a closer right of the cursor on a line of its own, below a block that was opened right in front of it.
fn part_from_closer(around: &Around, text: &mut String) {
    let line = around.line();
    if around.rest().trim_start().starts_with(['}', ')', ']'])
        && text.starts_with('\n')
        && line.trim_end().ends_with(['{', '(', '['])
    {
        text.push('\n');
        text.push_str(&around.unit.blanks(around.unit.width_of(line)));
    }
}

/// The nearest character boundary at or before `at`.
pub(super) fn char_floor(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    // A character has four bytes at most, and 0 is always a boundary.
    (0..4)
        .map(|it| at.saturating_sub(it))
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(0)
}

/// The closers of the brackets that a piece of code leaves open, the outermost first.
pub(super) fn open_brackets(language: &'static Language, text: &str) -> Vec<char> {
    let mut lexer = Lexer::new(Some(language));
    let mut open: Vec<u8> = Vec::new();
    for line in text.split('\n') {
        for bracket in lexer.line(line).brackets {
            if bracket.opens() {
                open.push(bracket.byte);
            } else if open.last().is_some_and(|it| bracket.closes(*it)) {
                open.pop();
            }
        }
    }
    open.into_iter()
        .map(|it| match it {
            b'(' => ')',
            b'[' => ']',
            _ => '}',
        })
        .collect()
}

#[cfg(test)]
mod tests;
