//! Tables, fitted to the width: columns shrink, cells wrap, and where that isn't enough each row becomes a list.

use super::ink::{FAINT, PLAIN};
use super::wrap::{blanks, wrap};
use crate::cli::terminal::text::{Row, Span, row_columns};
use pulldown_cmark::Alignment;

/// A narrower column is no column.
const NARROWEST: usize = 6;
/// Between two columns: ` │ `.
const GAP: usize = 3;

/// A table, cell by cell; the first row is its head.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// One for each column.
    pub(super) alignments: Vec<Alignment>,
    /// All rows; the parser makes them equally long.
    pub(super) rows: Vec<Vec<Vec<Span>>>,
}

/// The table in rows of at most `width` columns.
pub(super) fn lay(table: &Table, width: usize) -> Vec<Row> {
    let n_columns = table.alignments.len();
    let cell_width = |cell: &Vec<Span>| row_columns(cell);
    let mut widths: Vec<usize> = (0..n_columns)
        .map(|at| {
            let cells = table.rows.iter().filter_map(|row| row.get(at));
            cells.map(cell_width).max().unwrap_or(0).max(1)
        })
        .collect();
    let room = width.saturating_sub(GAP * n_columns.saturating_sub(1));
    if !fit(&mut widths, room) {
        return records(table, width);
    }
    let mut rows = Vec::new();
    for (number, row) in table.rows.iter().enumerate() {
        rows.extend(cells(table, row, &widths, number == 0));
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|it| "─".repeat(*it)).collect();
            rows.push(vec![Span::new(rules.join("─┼─"), FAINT)]);
        }
    }
    rows
}

/// Takes columns from the widest until they fit; `false`: they would be too narrow to read.
fn fit(widths: &mut [usize], room: usize) -> bool {
    let mut total: usize = widths.iter().sum();
    while total > room {
        let Some(widest) = widths.iter_mut().max().filter(|it| **it > NARROWEST) else {
            return false;
        };
        *widest -= 1;
        total -= 1;
    }
    true
}

fn cells(table: &Table, row: &[Vec<Span>], widths: &[usize], is_head: bool) -> Vec<Row> {
    let wrapped: Vec<Vec<Row>> = widths
        .iter()
        .enumerate()
        .map(|(at, width)| {
            let spans = row.get(at).map(Vec::as_slice).unwrap_or_default();
            match is_head {
                true => wrap(&bold(spans), *width),
                false => wrap(spans, *width),
            }
        })
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows = Vec::new();
    for line in 0..height {
        let mut drawn = Row::new();
        for (at, width) in widths.iter().enumerate() {
            if at > 0 {
                drawn.push(Span::new(" │ ", FAINT));
            }
            let cell = wrapped[at].get(line).cloned().unwrap_or_default();
            let free = width.saturating_sub(row_columns(&cell));
            let before = match table.alignments.get(at) {
                Some(Alignment::Right) => free,
                Some(Alignment::Center) => free / 2,
                _ => 0,
            };
            drawn.push(blanks(before));
            drawn.extend(cell);
            // Nothing needs blanks at the end of a row.
            if at + 1 < widths.len() {
                drawn.push(blanks(free - before));
            }
        }
        while drawn.last().is_some_and(|it| it.text().trim().is_empty()) {
            drawn.pop();
        }
        rows.push(drawn);
    }
    rows
}

/// Each row as `head: cell` lines, parted by a rule.
fn records(table: &Table, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some((head, body)) = table.rows.split_first() else {
        return rows;
    };
    if body.is_empty() {
        return wrap(&bold(&head.join(&Span::new(", ", PLAIN))), width);
    }
    for (number, row) in body.iter().enumerate() {
        if number > 0 {
            rows.push(vec![Span::new("─".repeat(width.min(12)), FAINT)]);
        }
        for (name, cell) in head.iter().zip(row) {
            let mut line = bold(name);
            line.push(Span::new(": ", FAINT));
            line.extend(cell.iter().cloned());
            rows.extend(wrap(&line, width));
        }
    }
    rows
}

fn bold(spans: &[Span]) -> Vec<Span> {
    let bold = |it: &Span| it.clone().with_style(it.style().bold());
    spans.iter().map(bold).collect()
}
