//! A completion for people: the lines around the place with the completion drawn in, and below them where it comes from and what it cost.

use super::report::{CompleteReport, DryRunReport, Piece, Reason, Source, Timings};
use crate::cli::terminal::text::{Text, columns, text};
use crate::cli::terminal::{BOLD, DIM, INSERTED, Look};
use crate::display;
use anstyle::Style;
use unicode_segmentation::UnicodeSegmentation;

/// Lines shown above the place, and below it.
const LINES_AROUND: usize = 3;
/// Columns from one tab stop to the next.
const TAB: usize = 4;
/// Pieces of context that are listed; more are counted.
const MOST_PIECES: usize = 8;
/// Where values start, behind their names.
const INDENT: usize = 12;

/// The whole report.
pub(super) fn report(report: &CompleteReport, look: Look) -> Text {
    let mut out = heading(&report.path, report.line, report.column);
    out.push(drawing(report, look));
    out.push("\n");
    if let Some(from) = source(report) {
        row(&mut out, "from", &from, look);
    }
    if let Some(reason) = &report.reason {
        let name = if report.insert.is_empty() {
            "nothing"
        } else {
            "note"
        };
        reason_rows(&mut out, name, reason, look);
    } else if report.insert.is_empty() {
        row(&mut out, "nothing", "There is nothing to offer here.", look);
    }
    context_rows(&mut out, &report.context, look);
    if let Some(time) = times(&report.timings_ms) {
        row(&mut out, "time", &time, look);
    }
    out
}

/// What would be asked.
pub(super) fn dry_run(report: &DryRunReport, look: Look) -> Text {
    let mut out = heading(&report.path, report.line, report.column);
    if let Some(reason) = &report.reason {
        reason_rows(&mut out, "no prompt", reason, look);
    }
    if let Some(fim) = &report.fim {
        row(&mut out, "template", fim, look);
    }
    if !report.prompt.is_empty() {
        let size = format!(
            "{}: {} before the cursor, {} after it",
            counted(report.tokens, "token"),
            counted(report.prefix.chars().count(), "character"),
            counted(report.suffix.chars().count(), "character"),
        );
        row(&mut out, "prompt", &size, look);
    }
    context_rows(&mut out, &report.context, look);
    if !report.prompt.is_empty() {
        let rule = "─".repeat(look.width.unwrap_or(60).min(60));
        out.push(text!["\n", Text::styled(DIM, &rule), "\n"]);
        // Whole lines, not cut: this is what one wants to read and copy.
        for line in report.prompt.lines() {
            out.push(text![line, "\n"]);
        }
    }
    out
}

fn heading(path: &std::path::Path, line: usize, column: usize) -> Text {
    let place = format!("{}:{line}:{column}", display::path(path));
    text![Text::styled(BOLD, &place), "\n\n"]
}

/// One line of the drawing.
struct Row {
    /// Its number in the file; lines that only the completion has have none.
    number: Option<usize>,
    /// Its parts: what is there, what is inserted, marks.
    parts: Vec<(Part, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    There,
    Inserted,
    /// Shows where, is no text.
    Mark,
}

fn drawing(report: &CompleteReport, look: Look) -> Text {
    let rows = rows(report, look);
    let last = rows.iter().filter_map(|it| it.number).max().unwrap_or(1);
    let digits = last.to_string().len().max(3);
    // Two in front, the number, ` │ `.
    let available = look.width.map(|it| it.saturating_sub(digits + 5).max(20));
    let cells: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    let left = available.map_or(0, |it| first_column(&cells, it));
    let mut out = Text::new();
    for (row, cells) in rows.iter().zip(&cells) {
        let number = match row.number {
            Some(it) => it.to_string(),
            None => "+".to_owned(),
        };
        let gutter = Text::styled(DIM, &format!("  {number:>digits$} │"));
        let text = painted(&cropped(cells, left, available));
        out.push(text![gutter, " ", text].trimmed_end());
        out.push("\n");
    }
    out
}

fn rows(report: &CompleteReport, look: Look) -> Vec<Row> {
    let replaced = report.replaced();
    let (before, after) = (&report.text[..replaced.start], &report.text[replaced.end..]);
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let (line_rest, below) = after.split_once('\n').unwrap_or((after, ""));
    let number = before.matches('\n').count() + 1;
    let number_below = number + report.text[replaced].matches('\n').count() + 1;
    let there = |it: &str| (Part::There, it.trim_end_matches('\r').to_owned());

    let above: Vec<&str> = before[..line_start].lines().collect();
    let shown_above = &above[above.len().saturating_sub(LINES_AROUND)..];
    let mut rows: Vec<Row> = shown_above
        .iter()
        .zip(number - shown_above.len()..)
        .map(|(line, number)| Row {
            number: Some(number),
            parts: vec![there(line)],
        })
        .collect();

    let mut parts = vec![there(&before[line_start..])];
    let mut line_number = Some(number);
    if report.insert.is_empty() {
        parts.push((Part::Mark, "▏".to_owned()));
    } else {
        let mark = |parts: &mut Vec<_>, it: &str| {
            if !look.color {
                parts.push((Part::Mark, it.to_owned()));
            }
        };
        mark(&mut parts, "«");
        for (at, line) in report.insert.split('\n').enumerate() {
            if at > 0 {
                let parts = std::mem::take(&mut parts);
                rows.push(Row {
                    number: line_number.take(),
                    parts,
                });
            }
            let line = line.trim_end_matches('\r').to_owned();
            parts.push((Part::Inserted, line));
        }
        mark(&mut parts, "»");
    }
    parts.push(there(line_rest));
    rows.push(Row {
        number: line_number,
        parts,
    });

    rows.extend(
        below
            .lines()
            .take(LINES_AROUND)
            .zip(number_below..)
            .map(|(line, number)| Row {
                number: Some(number),
                parts: vec![there(line)],
            }),
    );
    rows
}

/// One grapheme as it is shown, and the columns it takes.
#[derive(Clone)]
struct Cell {
    part: Part,
    text: String,
    width: usize,
}

fn cells(row: &Row) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    // Marks are no text and move no tab stop.
    let mut column = 0;
    for (part, text) in &row.parts {
        for grapheme in display::text(text).graphemes(true) {
            let (text, width) = if grapheme == "\t" {
                let width = TAB - column % TAB;
                (" ".repeat(width), width)
            } else {
                (grapheme.to_owned(), columns(grapheme))
            };
            if *part != Part::Mark {
                column += width;
            }
            match cells.last_mut() {
                // Accents that stand on the character before them.
                Some(last) if width == 0 && last.part == *part => last.text.push_str(&text),
                _ => cells.push(Cell {
                    part: *part,
                    text,
                    width,
                }),
            }
        }
    }
    cells
}

/// The column to start showing at, the same for all lines, so that the completion's start is in sight.
fn first_column(cells: &[Vec<Cell>], available: usize) -> usize {
    let start = cells.iter().find_map(|row| {
        let at = row.iter().position(|it| it.part != Part::There)?;
        Some(row[..at].iter().map(|it| it.width).sum::<usize>())
    });
    match start {
        // Half of the space is for the completion itself.
        Some(start) if start > available / 2 => start - available / 2,
        _ => 0,
    }
}

/// The cells from column `left` on, as many as there is space for; `…` stands for what is cut.
fn cropped(cells: &[Cell], left: usize, available: Option<usize>) -> Vec<Cell> {
    let ellipsis = Cell {
        part: Part::Mark,
        text: "…".to_owned(),
        width: 1,
    };
    let mut shown: Vec<Cell> = Vec::new();
    let mut column = 0;
    for cell in cells {
        // One column goes to the ellipsis; a wide character cut in two is left out and its second half filled.
        if left == 0 || column > left {
            shown.push(cell.clone());
        } else if column + cell.width > left {
            let mut filler = ellipsis.clone();
            filler.width = column + cell.width - left;
            filler.text.push_str(&" ".repeat(filler.width - 1));
            shown.push(filler);
        }
        column += cell.width;
    }
    let Some(available) = available else {
        return shown;
    };
    let width = |it: &[Cell]| it.iter().map(|it| it.width).sum::<usize>();
    if width(&shown) > available {
        while width(&shown) + 1 > available {
            shown.pop();
        }
        shown.push(ellipsis);
    }
    shown
}

fn painted(cells: &[Cell]) -> Text {
    cells
        .chunk_by(|a, b| a.part == b.part)
        .map(|it| {
            let text: String = it.iter().map(|it| it.text.as_str()).collect();
            match it[0].part {
                Part::There => Text::from(text),
                Part::Inserted => Text::styled(INSERTED, &text),
                Part::Mark => Text::styled(DIM, &text),
            }
        })
        .collect()
}

fn source(report: &CompleteReport) -> Option<String> {
    let model = || match (&report.model, &report.server) {
        (Some(model), Some(server)) => Some(format!("{model} on {server}")),
        (Some(it), None) | (None, Some(it)) => Some(it.clone()),
        (None, None) => None,
    };
    Some(match report.source? {
        Source::Model => model().unwrap_or_else(|| "a model".to_owned()),
        Source::Builtin => match report.confidence {
            Some(it) => format!(
                "builtin: your codebase, confidence {:.0} %",
                f64::from(it.clamp(0.0, 1.0)) * 100.0
            ),
            None => "builtin: your codebase".to_owned(),
        },
        Source::Cache => match model() {
            Some(it) => format!("cache: an earlier answer of {it}"),
            None => "cache: an earlier answer".to_owned(),
        },
    })
}

fn reason_rows(out: &mut Text, name: &str, reason: &Reason, look: Look) {
    row(out, name, &reason.sentence, look);
    if let Some(hint) = &reason.hint {
        row(out, "hint", hint, look);
    }
}

fn context_rows(out: &mut Text, context: &[Piece], look: Look) {
    let shown = &context[..context.len().min(MOST_PIECES)];
    let places: Vec<String> = shown
        .iter()
        .map(|it| {
            let path = display::path(&it.path);
            match it.start_line == it.end_line {
                true => format!("{path}:{}", it.start_line),
                false => format!("{path}:{}-{}", it.start_line, it.end_line),
            }
        })
        .collect();
    // Very long paths don't push the reasons of all others away.
    let widest = look.width.map_or(50, |it| it / 2).max(10);
    let width = places
        .iter()
        .map(|it| columns(it))
        .filter(|it| *it <= widest)
        .max()
        .unwrap_or(0);
    for (at, (piece, place)) in shown.iter().zip(&places).enumerate() {
        let name = if at == 0 { "context" } else { "" };
        let pad = " ".repeat(width.saturating_sub(columns(place)));
        line(out, name, &format!("{place}{pad}  {}", piece.reason), look);
    }
    if context.len() > shown.len() {
        let more = format!("and {} more", context.len() - shown.len());
        line(out, "", &more, look);
    }
}

fn times(timings: &Timings) -> Option<String> {
    let is_total = |it: &&(String, f64)| it.0 == "total";
    let steps: Vec<String> = timings
        .0
        .iter()
        .filter(|it| !is_total(it))
        .map(|(step, it)| format!("{} {}", step.replace('_', " "), milliseconds(*it)))
        .collect();
    let steps = steps.join(", ");
    match timings.0.iter().find(is_total) {
        Some((_, total)) if steps.is_empty() => Some(milliseconds(*total)),
        Some((_, total)) => Some(format!("{} ({steps})", milliseconds(*total))),
        None if steps.is_empty() => None,
        None => Some(steps),
    }
}

/// Three digits at most: nothing here is measured more exactly.
fn milliseconds(it: f64) -> String {
    if it < 9.95 {
        format!("{it:.1} ms")
    } else if it < 9_999.5 {
        format!("{it:.0} ms")
    } else {
        format!("{:.1} s", it / 1000.0)
    }
}

fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

/// A name and its value, which is broken between words where it is too long.
fn row(out: &mut Text, name: &str, value: &str, look: Look) {
    let available = look.width.map(|it| it.saturating_sub(INDENT).max(20));
    let value = display::text(value);
    let mut name = name;
    let mut current = String::new();
    for word in value.split_whitespace() {
        let fits = available.is_none_or(|it| columns(&current) + 1 + columns(word) <= it);
        if !current.is_empty() && !fits {
            line(out, std::mem::take(&mut name), &current, look);
            current.clear();
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    line(out, name, &current, look);
}

/// A name and its value on one line, cut where it is too long.
fn line(out: &mut Text, name: &str, value: &str, look: Look) {
    let row = Row {
        number: None,
        parts: vec![(Part::There, display::line(value).into_owned())],
    };
    let available = look.width.map(|it| it.saturating_sub(INDENT).max(20));
    let value: String = cropped(&cells(&row), 0, available)
        .iter()
        .map(|it| it.text.as_str())
        .collect();
    let name_style: Style = if name == "hint" { BOLD } else { DIM };
    let pad = " ".repeat(INDENT - 2 - name.len().min(INDENT - 2));
    let name = Text::styled(name_style, name);
    out.push(text!["  ", name, pad, value].trimmed_end());
    out.push("\n");
}

#[cfg(test)]
mod tests;
