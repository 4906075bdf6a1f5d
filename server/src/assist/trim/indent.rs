//! The indentation of the output's lines becomes the document's (rule 25).

use super::around::Around;
use super::lex::{Lexer, Mode};
use super::shape::{first_word, is_chained, is_comment};
use super::space::opens_block;
use hob_index::language::Blocks;

/// Gives every line but the first the document's kind of indentation, and repairs one that is off by a blank throughout.
pub(super) fn reindent(around: &Around, text: &str) -> String {
    let mut lexer = around.lexer.clone();
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() < 2 {
        return text.to_owned();
    }
    let mut in_code = Vec::with_capacity(lines.len());
    // Behind a backslash a line goes on.
    let goes_on = |n: usize| n > 0 && lines[n - 1].trim_end().ends_with('\\');
    // Lines within brackets are aligned with what stands above, as often as not.
    let braces = around.blocks() != Blocks::Braces;
    let mut depth = around
        .open
        .iter()
        .filter(|it| it.byte != b'{' || braces)
        .count();
    let mut aligned = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        in_code.push(n > 0 && matches!(lexer.mode, Mode::Code | Mode::BlockComment(_)));
        aligned.push(depth > 0 || lexer.mode != Mode::Code || goes_on(n));
        let full = if n == 0 {
            format!("{}{line}", around.line())
        } else {
            (*line).to_owned()
        };
        for bracket in read(
            &mut lexer,
            &full,
            if n == 0 { around.line().len() } else { 0 },
            braces,
        ) {
            depth = if bracket {
                depth + 1
            } else {
                depth.saturating_sub(1)
            };
        }
    }
    let step = spaces_step(&lines, &in_code);
    let scale = Scale::of(around, &lines, &in_code);
    let shift = odd_by(around, &lines, &in_code, &aligned);
    let mut out = String::with_capacity(text.len());
    for (n, line) in lines.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let body = line.trim_start_matches([' ', '\t']);
        let blanks = &line[..line.len() - body.len()];
        if !in_code[n] || body.is_empty() {
            out.push_str(if body.is_empty() { "" } else { line });
            continue;
        }
        if let Some(scale) = &scale {
            let width = scale.width(columns(blanks, scale.tab), aligned[n]);
            out.push_str(&around.unit.blanks(width));
        } else if !around.unit.is_sure || goes_on(n) {
            out.push_str(blanks);
        } else if around.unit.tabs && blanks.contains(' ') && !body.starts_with('*') {
            let columns = columns(blanks, step);
            out.push_str(&"\t".repeat(columns / step));
            out.push_str(&" ".repeat(columns % step));
        } else if !around.unit.tabs && blanks.contains('\t') {
            out.push_str(&blanks.replace('\t', &" ".repeat(around.unit.width)));
        } else if shift != 0 {
            out.push_str(
                &around
                    .unit
                    .blanks(blanks.len().saturating_add_signed(shift)),
            );
        } else {
            out.push_str(blanks);
        }
        out.push_str(body);
    }
    out
}

/// Gives the first line of an output at column 0 the document's kind of indentation; `wanted` is how deep its siblings are, in columns.
pub(super) fn first_line(around: &Around, text: &str, wanted: usize) -> String {
    let body = text.trim_start_matches([' ', '\t']);
    let blanks = &text[..text.len() - body.len()];
    let unit = &around.unit;
    // Within brackets lines are aligned, chains hang, labels and the stars of comments stand where they like.
    let is_free = around.mode != Mode::Code
        || !unit.is_sure
        || around.language.is_none_or(|it| it.prose || it.tags)
        || around.open.iter().any(|it| it.byte != b'{') && around.id() != "json"
        || is_chained(body)
        || body.starts_with('*')
        || matches!(around.id(), "c" | "cpp") && first_line_ends_with(body, ':');
    if is_free {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let step = spaces_step(&lines, &vec![true; lines.len()]);
    let is_other_kind = match unit.tabs {
        true => blanks.contains(' '),
        false => blanks.contains('\t'),
    };
    let width = if is_other_kind {
        columns(blanks, step) / step * unit.width
    } else if !unit.tabs
        && !blanks.len().is_multiple_of(unit.width)
        && wanted.is_multiple_of(unit.width)
    {
        wanted
    } else {
        return text.to_owned();
    };
    unit.blanks(width) + body
}

fn first_line_ends_with(text: &str, mark: char) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.trim_end().ends_with(mark)
}

/// Reads a line: from an offset on, true for each `(` and `[`, and for each `{` if these count, that opens; false for each that closes.
fn read(lexer: &mut Lexer, line: &str, from: usize, braces: bool) -> Vec<bool> {
    lexer
        .line(line)
        .brackets
        .iter()
        .filter(|it| it.at >= from && (braces || !matches!(it.byte, b'{' | b'}')))
        .map(|it| it.opens())
        .collect()
}

/// The columns of some blanks, where a tab takes so many.
fn columns(blanks: &str, tab: usize) -> usize {
    blanks
        .bytes()
        .map(|it| if it == b'\t' { tab } else { 1 })
        .sum()
}

/// How the model's indentation becomes the document's.
///
/// A model may count from column 0 at a place that is indented, or take other steps than the document. The line that opens a block, the
/// first one in it and the one that closes it tell.
#[derive(Debug)]
struct Scale {
    /// Where the line that opens the block begins in the model's columns; may be left of them all.
    base: isize,
    /// The model's columns of one level.
    step: usize,
    /// Where that line begins in the document, in columns.
    column: usize,
    /// The document's columns of one level.
    unit: usize,
    /// The model's columns of a tab.
    tab: usize,
}

/// Elements of HTML without a closing tag (HTML Living Standard, 13.1.2).
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// A line of the output with code in it.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    body: &'a str,
    /// Its blanks in columns, where a tab is one level of the model's.
    width: usize,
}

impl Scale {
    /// `None`: the model's indentation is the document's, or nothing tells.
    fn of(around: &Around, lines: &[&str], in_code: &[bool]) -> Option<Scale> {
        let opener = format!("{}{}", around.line(), lines[0]);
        let on_line = !around.on_blank_line();
        if on_line && !(lines[0].trim().is_empty() && begins_statement(around)) {
            return None;
        }
        let tab = spaces_step(lines, in_code);
        let rows: Vec<Row> = (1..lines.len())
            .filter(|n| in_code[*n] && !lines[*n].trim().is_empty())
            .map(|n| {
                let body = lines[n].trim_start_matches([' ', '\t']);
                let blanks = &lines[n][..lines[n].len() - body.len()];
                Row {
                    body,
                    width: columns(blanks, tab),
                }
            })
            .collect();
        let column = around.unit.width_of(&opener);
        let starts =
            |with: char| (1..lines.len()).any(|n| in_code[n] && lines[n].starts_with(with));
        let has_tabs = starts('\t');
        // Where eight blanks make a tab, no level can be told from the next; and only where nothing is indented, the model decides.
        let is_bare = |it: &str| !it.lines().any(|it| it.starts_with([' ', '\t']));
        if has_tabs && starts(' ')
            || !around.unit.is_sure
                && (has_tabs || !is_bare(around.before()) || !is_bare(around.after()))
        {
            return None;
        }
        match Scale::by_closer(around, &opener, &rows, column, tab) {
            Some(scale) => scale.differs(around, has_tabs),
            None if around.unit.is_sure => {
                Scale::by_body(around, &opener, &rows, (lines, in_code), on_line)
            }
            None => None,
        }
    }

    /// What closes the block is as deep as what opened it; a brace below the opener is, too.
    fn by_closer(
        around: &Around,
        opener: &str,
        rows: &[Row],
        column: usize,
        tab: usize,
    ) -> Option<Scale> {
        // Brackets of a dictionary are closed at any depth.
        if around.blocks() == Blocks::Indentation {
            return None;
        }
        let below = around.blocks() == Blocks::Braces
            && !begins_body(around, opener)
            && opener
                .trim_end()
                .ends_with(|it: char| it == ')' || it.is_alphanumeric())
            && rows.first().is_some_and(|it| it.body.trim_end() == "{");
        let is_block = below || begins_body(around, opener) || opens_words(around, opener);
        let Some(body) = rows.get(usize::from(below)) else {
            // The rest of the stream tells more.
            let base = rows.first().filter(|it| below && it.width < column)?.width;
            let unit = around.unit.width;
            return around.unit.is_sure.then_some(Scale {
                base: base as isize,
                step: unit,
                column,
                unit,
                tab,
            });
        };
        let closer = rows
            .iter()
            .skip(usize::from(below))
            .find(|it| it.width < body.width);
        let base = match closer {
            _ if below => rows[0].width,
            Some(it) if closes(around, it.body) => it.width,
            _ => return None,
        };
        let step = body.width.checked_sub(base)?;
        // GNU's braces are half a level deeper than their line.
        let fits = [1, 2, 3, 4, 8].contains(&step) && !(below && base > column);
        let unit = match around.unit.is_sure {
            true => around.unit.width,
            false => step,
        };
        (is_block && fits).then_some(Scale {
            base: base as isize,
            step,
            column,
            unit,
            tab,
        })
    }

    /// Without a closer, the first line of the block has to tell.
    fn by_body(
        around: &Around,
        opener: &str,
        rows: &[Row],
        (lines, in_code): (&[&str], &[bool]),
        on_line: bool,
    ) -> Option<Scale> {
        let unit = around.unit.width;
        let second = rows.first()?;
        let label = [
            "case",
            "default",
            "public",
            "private",
            "protected",
            "signals",
        ];
        if !(begins_body(around, opener) || opens_words(around, opener))
            || second.body.starts_with(['}', ')', ']'])
            || label.contains(&first_word(second.body))
            // Items of a list may be as deep as their key.
            || around.id() == "yaml" && second.body.starts_with("- ")
        {
            return None;
        }
        let column = around.unit.width_of(opener);
        let inside = second.width;
        let tab = spaces_step(lines, in_code);
        let n = (1..lines.len()).find(|n| in_code[*n] && !lines[*n].trim().is_empty())?;
        let is_flat = || {
            rows.iter()
                .any(|it| it.width == inside && closes(around, it.body))
        };
        if on_line && (inside > column || is_flat()) {
            return None;
        }
        let step = match smallest_step(lines, in_code) {
            Some(step) => step,
            None if lines[n].starts_with('\t') => tab,
            None if inside <= column && inside > 0 => inside,
            // Continued lines are often two levels deeper; where a level is one blank, nothing is.
            None if inside > column && (inside - column < unit || unit == 1) => inside - column,
            None => return None,
        };
        if ![1, 2, 3, 4, 8].contains(&step) {
            return None;
        }
        let scale = Scale {
            base: inside as isize - step as isize,
            step,
            column,
            unit,
            tab: step,
        };
        let level = column / unit;
        let own = scale.base == (level * step) as isize && column.is_multiple_of(unit);
        let near = scale.base.abs_diff(column as isize) <= 1;
        (own || scale.base == 0 || near)
            .then_some(scale)?
            .differs(around, false)
    }

    /// Itself, where it changes anything. Where the document itself takes several steps, the model's may be one of them; so it may at
    /// column 0, where nothing else tells.
    fn differs(mut self, around: &Around, has_tabs: bool) -> Option<Scale> {
        if self.step != self.unit && !around.unit.tabs && (self.column == 0 || !around.unit.is_even)
        {
            self.unit = self.step;
            if self.base == self.column as isize || self.column > 0 {
                return None;
            }
        }
        let is_same = self.step == self.unit && self.base == self.column as isize;
        (!is_same || around.unit.tabs || has_tabs).then_some(self)
    }

    /// The document's columns for the model's. What is aligned with something keeps its distance.
    fn width(&self, columns: usize, aligned: bool) -> usize {
        let deeper = columns as isize - self.base;
        let step = self.step as isize;
        let deeper = match aligned {
            true => deeper,
            false => deeper.div_euclid(step) * self.unit as isize + deeper.rem_euclid(step),
        };
        self.column.saturating_add_signed(deeper)
    }
}

/// Whether the cursor's line begins a statement, as far as the line above tells.
fn begins_statement(around: &Around) -> bool {
    let line = around.line().trim_start();
    let above = around.line_above().unwrap_or("").trim_end();
    let ends = above.is_empty()
        || is_comment(around, above)
        || above.ends_with(['{', '}', ';', ':', ')', ']', '>'])
        || around.blocks() != Blocks::Braces && !above.ends_with([',', '(', '\\']);
    ends && !is_chained(line) && !line.starts_with([':', ')', '}', '&', '|'])
}

/// Whether a line starts by closing a block.
fn closes(around: &Around, body: &str) -> bool {
    let word = |it: &&'static str| first_word(body) == *it && body.starts_with(*it);
    body.starts_with(['}', ')', ']'])
        || around
            .language
            .is_some_and(|it| it.closers.iter().any(word) || it.tags && body.starts_with("</"))
}

/// Whether a line opens a block that a word closes, or an element that a tag closes.
fn opens_words(around: &Around, line: &str) -> bool {
    let Some(language) = around.language else {
        return false;
    };
    let text = line.trim();
    let tag = language.tags
        && text.starts_with('<')
        && !text.starts_with("</")
        && !text.contains("</")
        && text.ends_with('>')
        && !text.ends_with("/>")
        && !VOID.contains(&first_word(&text[1..]).to_lowercase().as_str());
    tag || !language.closers.is_empty() && !language.tags && opens_block(around, line)
}

/// Whether the lines that follow are a level deeper, in any style.
fn begins_body(around: &Around, line: &str) -> bool {
    let code = line.trim_end();
    code.ends_with('{')
        || around.blocks() == Blocks::Indentation && code.ends_with(':')
        || matches!(around.id(), "json" | "jsonc") && code.ends_with('[')
}

/// How many spaces the model takes for one level.
fn spaces_step(lines: &[&str], in_code: &[bool]) -> usize {
    let step = smallest_step(lines, in_code).unwrap_or_else(|| {
        let widths = lines
            .iter()
            .zip(in_code)
            .filter(|(line, code)| **code && !line.trim().is_empty())
            .map(|(line, _)| line.len() - line.trim_start_matches(' ').len());
        widths.filter(|it| *it > 1).min().unwrap_or(4)
    });
    // The shallowest line may be several levels deep already.
    [4, 2, 3]
        .into_iter()
        .find(|it| step.is_multiple_of(*it))
        .unwrap_or(4)
}

/// The smallest difference between the indentations of two lines of code in a row.
fn smallest_step(lines: &[&str], in_code: &[bool]) -> Option<usize> {
    let widths: Vec<usize> = lines
        .iter()
        .zip(in_code)
        .filter(|(line, code)| **code && !line.trim().is_empty() && !line.starts_with('\t'))
        .map(|(line, _)| line.len() - line.trim_start_matches(' ').len())
        .collect();
    let steps = widths.windows(2).map(|it| it[0].abs_diff(it[1]));
    steps.filter(|it| *it > 0).min()
}

/// By how much every indentation is off, where all are and by one blank: small models lose or add the blank of a token.
fn odd_by(around: &Around, lines: &[&str], in_code: &[bool], aligned: &[bool]) -> isize {
    let unit = around.unit.width;
    let even = |width: usize| width.is_multiple_of(unit);
    if around.unit.tabs || unit < 2 || !even(around.unit.width_of(around.line())) {
        return 0;
    }
    let mut remainders = lines
        .iter()
        .enumerate()
        .filter(|(n, line)| {
            in_code[*n]
                && !aligned[*n]
                && !line.trim().is_empty()
                && !line.trim_start().starts_with('*')
        })
        .map(|(_, line)| (line.len() - line.trim_start_matches(' ').len()) % unit);
    let Some(first) = remainders.next() else {
        return 0;
    };
    if !remainders.all(|it| it == first) {
        return 0;
    }
    let missing = lines
        .iter()
        .enumerate()
        .skip(1)
        .find(|(_, it)| !it.trim().is_empty());
    let opener = format!("{}{}", around.line(), lines[0]);
    let is_shallow = begins_body(around, &opener)
        && missing
            .is_some_and(|(_, it)| around.unit.width_of(it) < around.unit.width_of(&opener) + unit);
    // Entries next to each other are as deep as one another.
    let entry = missing.map_or(0, |(_, it)| around.unit.width_of(it));
    let column = around.unit.width_of(&opener);
    if !begins_body(around, &opener)
        && around.blocks() != Blocks::Braces
        && unit == 2
        && entry + 1 == column
    {
        return 1;
    }
    match first {
        it if it + 1 == unit && (unit > 2 || is_shallow) => 1,
        1 => -1,
        _ => 0,
    }
}
