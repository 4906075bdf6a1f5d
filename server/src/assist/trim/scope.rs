//! How far the output belongs to the place: one statement or block, never what the document holds already (rules 2, 8, 12 to 17).
//!
//! Brackets decide where there are any, indentation elsewhere. Everything is read line by line with the document's own state carried in.

mod lines;

use super::around::{Around, Held};
use super::lex::{Bracket, Mode};
use super::shape::{first_word, is_chained, is_comment, is_definition, is_import};
use super::space::opens_block;
use hob_index::language::Quoting;

/// What is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// This many bytes of the output.
    pub(super) end: usize,
    /// This many bytes right of the cursor are overwritten by it.
    pub(super) replace: usize,
    /// Whether the output was cut, so that more of it would change nothing.
    pub(super) cut: bool,
    /// Whether it was cut because the document goes on with the same line.
    pub(super) repeats: bool,
}

/// Reads `text`, as it would stand at the cursor, and says how much of it to keep.
pub(super) fn cut(around: &Around, text: &str) -> Cut {
    Walk::new(around, text).run()
}

/// What becomes of a line before it is read.
enum Before {
    Keep,
    /// It and all that follows goes.
    Cut(usize),
    /// It stays, what follows goes.
    Last,
    /// The document goes on with it.
    Repeats,
}

/// What becomes of a line once its brackets are read.
enum After {
    Keep,
    Cut(usize),
    Last,
}

struct Walk<'a> {
    around: &'a Around,
    text: &'a str,
    lines: Vec<&'a str>,
    /// The brackets that the output opened.
    stack: Vec<u8>,
    /// How many of the document's open brackets are still open.
    open: usize,
    /// Lines less indented than this leave the scope.
    reference: usize,
    /// The indentations of the output's own lines that enclose the next one.
    own: Vec<usize>,
    /// The definition that is being written: its indentation, and whether the cursor's line started it.
    definition: Option<(usize, bool)>,
    /// Whether that definition has had its body.
    body_done: bool,
    /// Where the comments and attributes above the next line start.
    lead_in: Option<usize>,
    /// Continuation words seen, with their indentation.
    seen: Vec<(usize, String)>,
    /// Whether the line before was blank.
    blank: bool,
    /// Whether anything but imports and comments came before.
    content: bool,
    /// The first closer that stands right of the cursor already: its offset in the text, and how much of the rest was used up.
    taken: Option<(usize, usize)>,
    first_below: Option<&'a str>,
}

impl<'a> Walk<'a> {
    fn new(around: &'a Around, text: &'a str) -> Walk<'a> {
        let lines: Vec<&str> = text.split('\n').collect();
        let reference = reference(around, &lines);
        let mut walk = Walk {
            around,
            text,
            stack: Vec::new(),
            open: around.open.len(),
            reference,
            own: Vec::new(),
            definition: None,
            body_done: false,
            lead_in: None,
            seen: Vec::new(),
            blank: false,
            content: false,
            taken: None,
            first_below: around.below().next(),
            lines,
        };
        if !around.on_blank_line() {
            let line = walk.full(0);
            if is_definition(around, &line, walk.lines.get(1).copied()) {
                walk.definition = Some((around.unit.width_of(&line), true));
            }
            let word = first_word(&line).to_owned();
            if around
                .language
                .is_some_and(|it| it.continuations.contains(&word.as_str()))
            {
                walk.seen.push((around.unit.width_of(&line), word));
            }
            walk.content = !is_comment(around, &line) && !is_import(&line);
            walk.own.push(around.unit.width_of(&line));
        }
        walk
    }

    /// A line as it will stand in the document.
    fn full(&self, n: usize) -> String {
        if n == 0 {
            format!("{}{}", self.around.line(), self.lines[0])
        } else {
            self.lines[n].to_owned()
        }
    }

    fn run(mut self) -> Cut {
        let around = self.around;
        let mut lexer = around.lexer.clone();
        let mut at = 0;
        for n in 0..self.lines.len() {
            let full = self.full(n);
            let offset = if n == 0 { around.line().len() } else { 0 };
            let end = at + self.lines[n].len();
            if full.trim().is_empty() {
                lexer.line(&full);
                self.blank |= n > 0 || around.on_blank_line();
                at = end + 1;
                continue;
            }
            let fresh = n > 0 || around.on_blank_line();
            let mode = if n == 0 { &around.mode } else { &lexer.mode };
            let mut last = false;
            if fresh && *mode == Mode::Code {
                match self.before(n, at, &full) {
                    Before::Keep => {}
                    Before::Last => last = true,
                    Before::Cut(end) => return self.cut_at(end, false),
                    Before::Repeats => return self.cut_at(at, true),
                }
                self.note(n, at, &full);
            }
            let read = lexer.line(&full);
            if n == 0 {
                self.take_quote(&read.quote_ends, offset);
            }
            match self.brackets(n, at, &full, &read.brackets, offset) {
                After::Keep => {}
                After::Last => last = true,
                After::Cut(end) => return self.cut_at(end, false),
            }
            self.blank = false;
            if last {
                let more = end < self.text.len();
                return self.finish(end, more);
            }
            at = end + 1;
        }
        let end = match self.lead_in {
            Some(start) if self.definition.is_some() && self.body_done => start,
            _ => self.text.len(),
        };
        self.finish(end, false)
    }

    fn cut_at(self, end: usize, repeats: bool) -> Cut {
        let nothing = self.text[..end].trim().is_empty();
        let mut cut = self.finish(end, true);
        cut.repeats = repeats && nothing;
        cut
    }

    /// Settles what stands right of the cursor: closers that end the output are left to the document, others are overwritten.
    fn finish(self, end: usize, cut: bool) -> Cut {
        let rest = self.around.rest();
        if let Some((at, used)) = self.taken
            && at < end
        {
            let tail: String = self.text[at..end]
                .chars()
                .filter(|it| !it.is_whitespace())
                .collect();
            let plain: String = rest.chars().filter(|it| !it.is_whitespace()).collect();
            let own_line = self.text[..at]
                .rsplit('\n')
                .next()
                .is_some_and(|it| it.trim().is_empty())
                && self.text[..at].contains('\n');
            // A line that the rest says as well ends here; a chain goes on below it.
            let (line, below) = self.text[at..end].split_once('\n').unwrap_or(("", ""));
            let line: String = line.chars().filter(|it| !it.is_whitespace()).collect();
            let ends_line = !line.is_empty()
                && plain.starts_with(&line)
                && below
                    .lines()
                    .find(|it| !it.trim().is_empty())
                    .is_some_and(|it| {
                        let column = self.around.unit.width_of(self.around.line());
                        !is_chained(it) && self.around.unit.width_of(it) <= column
                    });
            if (plain.starts_with(&tail) || ends_line) && !own_line {
                return Cut {
                    end: at,
                    replace: 0,
                    cut,
                    repeats: false,
                };
            }
            let mut replace = used;
            // What ends the statement behind the closers is there once more.
            let mark = tail
                .chars()
                .next_back()
                .filter(|it| matches!(it, ';' | ','));
            if let Some(mark) = mark
                && rest[used..].trim_start().starts_with(mark)
            {
                replace = used + rest[used..].find(mark).unwrap_or(0) + mark.len_utf8();
            }
            return Cut {
                end,
                replace,
                cut,
                repeats: false,
            };
        }
        Cut {
            end,
            replace: 0,
            cut,
            repeats: false,
        }
    }

    /// The string that the cursor is in ends in the output, and right of the cursor as well.
    fn take_quote(&mut self, ends: &[usize], offset: usize) {
        let Mode::Quoted(row, _) = self.around.mode else {
            return;
        };
        let Some(quote) = self.around.language.and_then(|it| it.strings.get(row)) else {
            return;
        };
        let rest = self.around.rest();
        let blanks = rest.len() - rest.trim_start().len();
        if rest[blanks..].starts_with(quote.close)
            && let Some(end) = ends.iter().find(|it| **it >= offset)
        {
            self.taken = Some((end - offset, blanks + quote.close.len()));
        }
    }

    /// Follows a line's brackets; `offset` is where the output starts in it.
    fn brackets(
        &mut self,
        n: usize,
        at: usize,
        full: &str,
        brackets: &[Bracket],
        offset: usize,
    ) -> After {
        let around = self.around;
        let mut last = false;
        let mut substitute = false;
        let opened_before = self.stack.len();
        for bracket in brackets.iter().filter(|it| it.at >= offset) {
            let place = at + bracket.at - offset;
            if bracket.opens() {
                if substitute && bracket.byte == b'{' {
                    substitute = false;
                } else {
                    self.stack.push(bracket.byte);
                }
                continue;
            }
            if let Some(found) = self.stack.iter().rposition(|it| bracket.closes(*it)) {
                self.stack.truncate(found);
                if self.stack.is_empty() && bracket.byte == b'}' {
                    self.body_done |= opened_before > 0;
                    let tail = &full[bracket.at + 1..];
                    let word = first_word(tail);
                    let continues = tail.contains('{')
                        && around
                            .language
                            .is_some_and(|it| it.continuations.contains(&word));
                    if continues && !self.notice(around.unit.width_of(full), word, tail) {
                        return After::Cut(place + 1);
                    }
                }
                continue;
            }
            let leads = full[..bracket.at]
                .trim_matches([' ', '\t', ')', ']', '}', ';', ','])
                .is_empty()
                && (n > 0 || around.on_blank_line());
            let cut = || After::Cut(if leads { at } else { place });
            let Some(index) = around.open[..self.open]
                .iter()
                .rposition(|it| bracket.closes(it.byte))
            else {
                return cut();
            };
            let open = around.open[index];
            match open.held {
                Held::Rest(offset) => {
                    let left = &around.rest()[..offset];
                    let closers = left
                        .chars()
                        .all(|it| it.is_whitespace() || ")]}>\"'`".contains(it));
                    let (first, _) = *self.taken.get_or_insert((place, 0));
                    if !closers {
                        return After::Cut(first);
                    }
                    self.taken = Some((first, offset + 1));
                    self.open = index;
                }
                held => {
                    let tail = &full[bracket.at + 1..];
                    let word = first_word(tail);
                    let continues = tail.contains('{')
                        && tail.starts_with(' ')
                        && around
                            .language
                            .is_some_and(|it| it.continuations.contains(&word));
                    if continues {
                        if !self.notice(around.unit.width_of(full), word, tail) {
                            return if held == Held::Below {
                                cut()
                            } else {
                                After::Cut(place + 1)
                            };
                        }
                        if held == Held::Below || !open.on_line {
                            substitute = true;
                            continue;
                        }
                    }
                    if held == Held::Below {
                        return cut();
                    }
                    self.open = index;
                    if open.on_line {
                        if bracket.byte == b'}' {
                            self.body_done = true;
                        }
                    } else {
                        last = true;
                    }
                }
            }
        }
        // `finally` may stand on the line below the brace.
        let next = self.lines[n + 1..].iter().find(|it| !it.trim().is_empty());
        let continued = next.is_some_and(|it| {
            !it.trim_start().starts_with(['}', ')', ']'])
                && around.unit.width_of(it) == around.unit.width_of(full)
                && around.language.is_some_and(|language| {
                    language.continuations.contains(&first_word(it)) && first_word(it) != "while"
                })
        });
        if last && !substitute && !(continued && full.trim() == "}") {
            After::Last
        } else {
            After::Keep
        }
    }
}

/// The indentation below which the output leaves its scope.
fn reference(around: &Around, lines: &[&str]) -> usize {
    let width = |it: &str| around.unit.width_of(it);
    let line = around.line();
    if around.on_blank_line() {
        return match lines.iter().position(|it| !it.trim().is_empty()) {
            Some(0) => width(&format!("{line}{}", lines[0])),
            Some(n) => width(lines[n]),
            None => width(line),
        };
    }
    let first = lines.iter().position(|it| !it.trim().is_empty());
    if let Some(n) = first.filter(|it| *it > 0)
        && opens_block(around, line)
    {
        // The header of the block may be indented deeper than its body.
        return width(line).min(width(lines[n]));
    }
    if first == Some(1) && !lines[1].trim_start().starts_with(['}', ')', ']']) {
        // A new line right below: it may leave the block of the cursor's line, as a person would.
        return width(line).min(width(lines[1]));
    }
    if is_chained(line) {
        // The statement began further up.
        let start = around
            .above()
            .find(|it| width(it) < width(line) || !is_chained(it));
        return start.map_or(width(line), width).min(width(line));
    }
    if around.mode == Mode::Code
        || !matches!(around.mode, Mode::Quoted(row, _) if around.language.and_then(|it| it.strings.get(row)).is_some_and(|it| it.quoting != Quoting::Line))
    {
        return width(line);
    }
    // In a string over several lines the line's own blanks mean nothing.
    let opener = around.above().find(|it| opens_block(around, it));
    opener.map_or(width(line), |it| width(it).min(width(line)))
}
