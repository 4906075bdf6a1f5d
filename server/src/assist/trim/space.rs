//! Blanks: at the start, at the end, and the indentation between (rules 22 to 25).

use super::around::Around;
use super::lex::{Lexer, Mode};
use super::shape::first_word;
use hob_index::language::Blocks;

/// Fits the start of the output to the cursor: no second blank, no second indentation, no empty line where there is one already.
pub(super) fn fit_start(around: &Around, text: &str) -> String {
    let line = around.line();
    if around.on_blank_line() {
        return fit_to_blank_line(around, text);
    }
    if !around.rest_is_closers() {
        // Code follows on this line: the output is a piece of the line.
        let body = text.trim_start();
        let blank = text.starts_with([' ', '\t'])
            && !line.ends_with([' ', '\t'])
            && text.trim_start_matches([' ', '\t']).len() == body.len();
        return if blank {
            format!(" {body}")
        } else {
            body.to_owned()
        };
    }
    let body = text.trim_start_matches([' ', '\t']);
    if body.starts_with('\n') {
        let newlines = body.len() - body.trim_start_matches('\n').len();
        let lines: Vec<&str> = body.split('\n').collect();
        // More than one empty line is no style of anybody's.
        let blank = lines.iter().take_while(|it| it.trim().is_empty()).count();
        return if newlines == 0 || blank <= 3 {
            body.to_owned()
        } else {
            format!("\n\n{}", lines[blank..].join("\n"))
        };
    }
    let blanks = text.len() - body.len();
    let width = around.unit.width_of(line) + around.unit.width;
    if blanks > 1
        && around.rest().trim().is_empty()
        && around.mode == Mode::Code
        && opens_body(around, line, around.unit.width_of(text) == width)
        && body.starts_with(|it: char| it.is_alphanumeric() || "_@$\"'([".contains(it))
    {
        // The model left the line break out that its indentation belongs to.
        return format!("\n{}{body}", around.unit.blanks(width));
    }
    // Several blanks align: in a comment, or where the lines next to this one do so too.
    let aligned = blanks > 1
        && (matches!(around.mode, Mode::LineComment | Mode::BlockComment(_))
            || around
                .above()
                .take(1)
                .chain(around.below().take(1))
                .any(|it| it.trim().contains("  ")));
    if line.ends_with([' ', '\t']) && !aligned {
        body.to_owned()
    } else {
        text.to_owned()
    }
}

fn fit_to_blank_line(around: &Around, text: &str) -> String {
    let column = around.unit.width_of(around.line());
    let body = text.trim_start_matches([' ', '\t', '\n']);
    let first = &text[..text.len() - body.len()];
    let first = &first[first.rfind('\n').map_or(0, |it| it + 1)..];
    let newline = text[..text.len() - body.len()].contains('\n');
    if column == 0 {
        let above_is_blank = around.line_above().is_none_or(|it| it.trim().is_empty());
        // A fence that closes a block of code stands right below it.
        let is_fence = |it: &&str| it.trim_start().starts_with("```");
        let closes = around.language.is_some_and(|it| it.prose)
            && is_fence(&body)
            && around.above().filter(is_fence).count() % 2 == 1;
        return if newline && !above_is_blank && around.line().is_empty() && !closes {
            format!("\n{first}{body}")
        } else {
            format!("{first}{body}")
        };
    }
    let width = around.unit.width_of(first);
    if newline {
        // The model started a line of its own: only what it indents deeper than the cursor already is counts.
        return around.unit.blanks(width.saturating_sub(column)) + body;
    }
    let wanted = wanted_width(around, body);
    if width == 0 || column >= wanted {
        return body.to_owned();
    }
    let missing = wanted - column;
    around
        .unit
        .blanks(if width >= missing { missing } else { width })
        + body
}

/// How deep a line at the cursor should be, by the lines above it.
fn wanted_width(around: &Around, body: &str) -> usize {
    let Some(above) = around.above().next() else {
        return 0;
    };
    let width = around.unit.width_of(above);
    let closes = body.starts_with(['}', ')', ']']);
    if opens_block(around, above) && !closes {
        width + around.unit.width
    } else {
        width
    }
}

/// Whether the lines that follow this one belong below it.
pub(super) fn opens_block(around: &Around, line: &str) -> bool {
    let code = line.trim_end();
    let words = || code.split(|it: char| !it.is_alphanumeric() && it != '_');
    code.ends_with(['{', '(', '[', ':'])
        || matches!(
            around.id(),
            "lua" | "ruby" | "elixir" | "shellscript" | "julia"
        ) && (["then", "do", "else"]
            .iter()
            .any(|it| words().next_back() == Some(it))
            || words().any(|it| {
                matches!(
                    it,
                    "function" | "def" | "if" | "class" | "module" | "while" | "for"
                )
            }))
            && !words().any(|it| it == "end")
}

/// Whether the line ends with what a body follows on lines of its own. Behind a brace code may stand some blanks apart; only the
/// `exact` indentation of the body tells.
fn opens_body(around: &Around, line: &str, exact: bool) -> bool {
    let code = line.trim_end();
    match around.blocks() {
        // Within brackets and in YAML a colon parts a key from its value.
        Blocks::Indentation => {
            code.ends_with(':') && around.open.is_empty() && around.id() == "python"
        }
        _ => exact && code.ends_with('{') && code.len() > 1,
    }
}

/// Gives every line but the first the document's kind of indentation, and repairs one that is off by a blank throughout.
pub(super) fn reindent(around: &Around, text: &str) -> String {
    let mut lexer = around.lexer.clone();
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() < 2 {
        return text.to_owned();
    }
    let mut in_code = Vec::with_capacity(lines.len());
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
        aligned.push(depth > 0 || lexer.mode != Mode::Code);
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
        if !around.unit.is_sure {
            out.push_str(blanks);
        } else if let Some(scale) = &scale {
            let width = scale.width(columns(blanks, scale.step), aligned[n]);
            out.push_str(&around.unit.blanks(width));
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
/// A model may count from column 0 at a place that is indented, or take other steps than the document. The line at the cursor and the
/// first one in its block tell.
#[derive(Debug)]
struct Scale {
    /// Where the cursor's line begins in the model's columns; may be left of them all.
    base: isize,
    /// The model's columns of one level.
    step: usize,
    /// Where the cursor's line begins in the document, in columns.
    column: usize,
    /// The document's columns of one level.
    unit: usize,
}

impl Scale {
    /// `None`: the model's indentation is the document's, or nothing tells.
    fn of(around: &Around, lines: &[&str], in_code: &[bool]) -> Option<Scale> {
        let unit = around.unit.width;
        let first = format!("{}{}", around.line(), lines[0]);
        if !around.unit.is_sure || !around.on_blank_line() || !begins_body(around, &first) {
            return None;
        }
        let code = |n: &usize| in_code[*n] && !lines[*n].trim().is_empty();
        let second = lines[(1..lines.len()).find(code)?];
        let body = second.trim_start();
        let label = [
            "case",
            "default",
            "public",
            "private",
            "protected",
            "signals",
        ];
        if body.starts_with(['}', ')', ']']) || label.contains(&first_word(body)) {
            return None;
        }
        let column = around.unit.width_of(&first);
        let tab = spaces_step(lines, in_code);
        let width = |it: &str| {
            columns(
                &it[..it.len() - it.trim_start_matches([' ', '\t']).len()],
                tab,
            )
        };
        let inside = width(second);
        let step = match smallest_step(lines, in_code) {
            Some(step) => step,
            None if second.starts_with('\t') => tab,
            None if inside <= column && inside > 0 => inside,
            // Continued lines are often two levels deeper; where a level is one blank, nothing is.
            None if inside > column && (inside - column < unit || unit == 1) => inside - column,
            None => return None,
        };
        if ![1, 2, 3, 4, 8].contains(&step) {
            return None;
        }
        let base = inside as isize - step as isize;
        let level = column / unit;
        let own = base == (level * step) as isize && column.is_multiple_of(unit);
        let near = base.abs_diff(column as isize) <= 1;
        let is_same = step == unit && base == column as isize;
        // Where the document itself takes several steps, the model's may be one of them; so it may at column 0, where nothing else tells.
        if step != unit && !around.unit.tabs && (column == 0 || !around.unit.is_even) {
            return None;
        }
        (!is_same && (own || base == 0 || near)).then_some(Scale {
            base,
            step,
            column,
            unit,
        })
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
    match first {
        it if it + 1 == unit && (unit > 2 || is_shallow) => 1,
        1 => -1,
        _ => 0,
    }
}
