//! How far the output belongs to the place: one statement or block, never what the document holds already (rules 2, 8, 12 to 17).
//!
//! Brackets decide where there are any, indentation elsewhere. Everything is read line by line with the document's own state carried in.

use super::around::{Around, Held};
use super::duplicate::same_line;
use super::lex::{Bracket, Mode};
use super::shape::{
    closing_tag, first_word, is_chained, is_comment, is_definition, is_import, leads_in,
};
use super::space::opens_block;
use hob_index::language::{Blocks, Quoting};

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
            if plain.starts_with(&tail) && !own_line {
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

    /// Whether a line that starts afresh still belongs to the place.
    fn before(&mut self, n: usize, at: usize, full: &str) -> Before {
        let around = self.around;
        let width = around.unit.width_of(full);
        let body = full.trim();
        let cut = Before::Cut(self.lead_in.unwrap_or(at));
        let next = self.lines[n + 1..]
            .iter()
            .copied()
            .find(|it| !it.trim().is_empty());
        if !self.stack.is_empty() {
            // Inside of what the output opened anything goes, but no new item of the document's outermost level.
            let lost = width == 0
                && self.reference > 0
                && around.open.iter().any(|it| it.width == 0)
                && is_definition(around, full, next)
                && !body.starts_with('#');
            return if lost { cut } else { Before::Keep };
        }
        if around.language.is_some_and(|it| it.prose) {
            return self.prose(n, full);
        }
        let closer = self.closer(body);
        let own = self.own.iter().rev().find(|it| **it <= width) == Some(&width)
            && self
                .own
                .last()
                .is_some_and(|it| *it > width || n > 0 && closer);
        if let Some(below) = self.first_below
            && !(closer && own && width > around.unit.width_of(below))
            && !(closer && own && !self.line_opened_at(width))
            && around.unit.width_of(below).abs_diff(width) < around.unit.width
            && same_line(below, full)
            && !(body.ends_with(',') && !self.content_above(n) && body.len() < 4)
        {
            // An attribute above it belongs to what is there.
            return Before::Repeats;
        }
        if self.is_second_header(n, full, body, width) {
            return cut;
        }
        if !matches!(around.blocks(), Blocks::Braces) && closer {
            return self.closing(n, full, width, own);
        }
        if body.starts_with(['}', ')', ']']) {
            return Before::Keep;
        }
        let word = first_word(full);
        let continues = around
            .language
            .is_some_and(|it| it.continuations.contains(&word));
        if width < self.reference && self.indentation_counts(full) {
            if !continues || !self.may_continue(width) || !self.notice(width, word, full) {
                return cut;
            }
            self.reference = width + 1;
            return Before::Keep;
        }
        if continues && !self.notice(width, word, full) {
            return cut;
        }
        if let Some((level, from_line)) = self.definition
            && width <= level
            && !continues
            && !body.starts_with('{')
        {
            let done = self.body_done;
            if done && from_line && !leads_in(around, full)
                || (done || self.blank) && is_definition(around, full, next)
            {
                return cut;
            }
            if done && from_line && self.blank {
                return cut;
            }
        }
        if width == 0
            && self.reference == 0
            && self.blank
            && self.content_above(n)
            && !continues
            && self.ends_at_blank()
            && !(is_import(full) && !self.content)
        {
            return cut;
        }
        Before::Keep
    }

    /// Whether a blank line followed by column 0 ends what belongs together.
    fn ends_at_blank(&self) -> bool {
        self.content
            && !self.around.language.is_some_and(|it| {
                it.tags && it.blocks == Blocks::None
                    || matches!(it.id, "toml" | "ini" | "ignore" | "dockerfile")
            })
    }

    /// Whether the document's line or the output has text before line `n`.
    fn content_above(&self, n: usize) -> bool {
        !self.around.on_blank_line() || self.lines[..n].iter().any(|it| !it.trim().is_empty())
    }

    /// Whether the cursor's line opened a block at this indentation.
    fn line_opened_at(&self, width: usize) -> bool {
        !self.around.on_blank_line() && self.around.unit.width_of(self.around.line()) == width
    }

    /// Whether a line starts with a word or a tag that closes a block.
    fn closer(&self, body: &str) -> bool {
        self.around.language.is_some_and(|it| {
            it.closers.contains(&first_word(body)) && !body.starts_with(['}', ')', ']'])
                || it.tags && closing_tag(body).is_some()
        })
    }

    /// A closing word or tag: the output's own, that of the cursor's line, or one of the document.
    fn closing(&self, n: usize, full: &str, width: usize, own: bool) -> Before {
        let around = self.around;
        let held = self.first_below.is_some_and(|it| {
            around.unit.width_of(it) == width
                && match (closing_tag(it), closing_tag(full)) {
                    (Some(a), Some(b)) => a == b,
                    (None, None) => first_word(it) == first_word(full),
                    _ => false,
                }
        });
        if own && !(held && self.line_opened_at(width)) {
            return Before::Keep;
        }
        if held || (width >= self.reference && !self.line_opened_at(width) && n > 0) {
            return Before::Repeats;
        }
        Before::Last
    }

    /// Prose has no scopes, but a heading ends what stands before it.
    fn prose(&self, n: usize, full: &str) -> Before {
        if let Some(below) = self.first_below
            && same_line(below, full)
            && full.trim().len() >= 3
        {
            return Before::Repeats;
        }
        let fences = self
            .around
            .before()
            .lines()
            .chain(self.lines[..n].iter().copied())
            .filter(|it| it.trim_start().starts_with("```"))
            .count();
        let heading = full.starts_with('#') && full.trim_start_matches('#').starts_with(' ');
        if self.around.id() == "markdown" && heading && fences % 2 == 0 && self.content_above(n) {
            Before::Repeats
        } else {
            Before::Keep
        }
    }

    /// Section headers of TOML, and keys of YAML that the document has on the same level.
    fn is_second_header(&self, n: usize, full: &str, body: &str, width: usize) -> bool {
        let around = self.around;
        match around.id() {
            "toml" | "ini" => {
                body.starts_with('[')
                    && body.ends_with(']')
                    && !body.contains(',')
                    && self.content_above(n)
            }
            "yaml" => {
                if body.starts_with("- ")
                    && around.line().trim_start().starts_with("- ")
                    && width == around.unit.width_of(around.line())
                    && n > 0
                {
                    return true;
                }
                let Some((key, value)) = body.split_once(':') else {
                    return false;
                };
                let opens = value.trim().is_empty();
                let is_same = |it: &str| it.starts_with(key) && it[key.len()..].starts_with(':');
                width == 0
                    && self.content_above(n)
                    && (around.before().lines().chain(around.below()).any(is_same)
                        || opens && (self.blank || self.own.last() > Some(&0)) && self.content)
            }
            _ => {
                let _ = full;
                false
            }
        }
    }

    /// Whether the indentation of this line tells its scope.
    fn indentation_counts(&self, full: &str) -> bool {
        let body = full.trim();
        let id = self.around.id();
        if matches!(id, "sql" | "clojure") {
            return false;
        }
        if matches!(id, "c" | "cpp" | "csharp" | "objective-c" | "objective-cpp") {
            let label = body.strip_suffix(':').is_some_and(|it| {
                it.chars().all(|it| it.is_alphanumeric() || it == '_') && it != "default"
            });
            return !body.starts_with('#') && !label;
        }
        true
    }

    /// Whether the block that a continuation at this indentation would go on with is the one that the cursor is in.
    fn may_continue(&self, width: usize) -> bool {
        let around = self.around;
        if around.blocks() == Blocks::Braces {
            return true;
        }
        let line = around.line();
        let header = std::iter::once(line)
            .filter(|it| !it.trim().is_empty())
            .chain(around.above())
            .find(|it| around.unit.width_of(it) <= width);
        // In these a function's own body may be rescued.
        let functions = matches!(around.id(), "ruby" | "elixir");
        header.is_some_and(|it| {
            around.unit.width_of(it) == width
                && (functions && first_word(it).starts_with("def")
                    || matches!(
                        first_word(it),
                        "if" | "elif"
                            | "elsif"
                            | "elseif"
                            | "else"
                            | "for"
                            | "while"
                            | "try"
                            | "except"
                            | "rescue"
                            | "begin"
                            | "case"
                            | "when"
                            | "with"
                            | "match"
                            | "unless"
                            | "until"
                            | "do"
                            | "async"
                            | "in"
                            | "def"
                            | "defp"
                            | "cond"
                            | "receive"
                            | "then"
                    ))
        })
    }

    /// Notes a continuation word; false if the same one has had its turn, as with a second `catch` or `else`.
    fn notice(&mut self, width: usize, word: &str, full: &str) -> bool {
        self.seen.retain(|it| it.0 <= width);
        let is_branch = matches!(
            word,
            "elif" | "elsif" | "elseif" | "when" | "while" | "in" | "on" | "then" | "do" | "until"
        ) || full.contains("else if");
        let typed = matches!(word, "except" | "rescue" | "catch")
            && !matches!(
                self.around.id(),
                "javascript"
                    | "javascriptreact"
                    | "typescript"
                    | "typescriptreact"
                    | "php"
                    | "powershell"
            );
        let before = self
            .seen
            .iter()
            .rposition(|it| it.0 == width && it.1 == word);
        // The block of a `catch` on the cursor's line is what is being written: another one is another scope.
        let of_line = self.line_opened_at(width) && first_word(self.around.line()) == word;
        let second = before.is_some() && !is_branch && (!typed || of_line);
        self.seen.push((width, word.to_owned()));
        !second
    }

    /// Takes note of a line that stays.
    fn note(&mut self, n: usize, at: usize, full: &str) {
        let around = self.around;
        let width = around.unit.width_of(full);
        if let Some((level, _)) = self.definition
            && width > level
            && around.blocks() != Blocks::Braces
        {
            self.body_done = true;
        }
        if !self.stack.is_empty() {
            return;
        }
        while self.own.last().is_some_and(|it| *it > width) {
            self.own.pop();
        }
        if self.own.last() != Some(&width) {
            self.own.push(width);
        }
        if leads_in(around, full) {
            self.lead_in.get_or_insert(at);
            return;
        }
        self.lead_in = None;
        self.content |= !is_comment(around, full) && !is_import(full);
        let next = self.lines[n + 1..]
            .iter()
            .copied()
            .find(|it| !it.trim().is_empty());
        if (self.definition.is_none_or(|it| it.0 >= width)) && is_definition(around, full, next) {
            self.definition = Some((width, false));
            self.body_done = false;
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
        if last && !substitute {
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
