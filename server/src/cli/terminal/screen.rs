//! What stands on the terminal and may still change: the unfinished end of an answer, redrawn in place.
//!
//! Rows that are final are written once and scroll away like any output. Those after them are overwritten where they
//! differ, so nothing flickers; of more than a screenful only the end is shown until they are final.

use super::text::{Row, Span, Text, columns, cut, row_columns, sent};
use super::{DIM, Look};
use crate::display;
use unicode_segmentation::UnicodeSegmentation;

/// The size of a terminal, in columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

/// The rows that may still change. The cursor stands at the end of the last of them, or at the beginning of a free row.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    shown: Vec<Shown>,
    columns: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    ansi: String,
    columns: usize,
}

impl Shown {
    fn new(row: &Row) -> Shown {
        Shown {
            ansi: sent(row),
            columns: row_columns(row),
        }
    }
}

impl Screen {
    /// What the terminal is sent to show `finished` for good and `tail` until the next time.
    pub(crate) fn draw(&mut self, finished: &[Row], tail: &[Row], size: Size) -> String {
        let room = size.rows.saturating_sub(1).max(1);
        let hidden = tail.len().saturating_sub(room);
        let tail: Vec<Shown> = tail[hidden..]
            .iter()
            .map(|it| Shown::new(&cut(it, size.columns.saturating_sub(1).max(2))))
            .collect();
        let mut wanted: Vec<Shown> = finished.iter().map(Shown::new).collect();
        wanted.extend(tail.iter().cloned());

        let mut sent = String::new();
        let same = match self.columns == size.columns || self.shown.is_empty() {
            true => self.same(&wanted),
            // Terminals wrap anew what is wider than they are now.
            false => {
                sent.push_str(&up(self.height(size.columns).saturating_sub(1)));
                sent.push_str("\r\u{1b}[J");
                self.shown.clear();
                0
            }
        };
        self.rewrite(&mut sent, &wanted, same, size);
        if tail.is_empty() && !wanted.is_empty() {
            sent.push_str("\r\n");
        }
        self.shown = tail;
        self.columns = size.columns;
        sent
    }

    /// How many of the shown rows stay as they are.
    fn same(&self, wanted: &[Shown]) -> usize {
        let pairs = self.shown.iter().zip(wanted);
        pairs.take_while(|(a, b)| a == b).count()
    }

    /// Writes the rows from `same` on over those that are shown.
    fn rewrite(&self, sent: &mut String, wanted: &[Shown], same: usize, size: Size) {
        let last = self.shown.len().saturating_sub(1);
        if let (Some(shown), Some(row)) = (self.shown.last(), wanted.get(last))
            && same == last
            && row.ansi.len() > shown.ansi.len()
            && row.columns < size.columns
            && let Some(more) = row.ansi.strip_prefix(&shown.ansi)
        {
            // The usual case: some more words at the end.
            sent.push_str(more);
            return self.append(sent, &wanted[last + 1..], size);
        }
        if same == self.shown.len() {
            if same == 0 {
                return self.lines(sent, wanted, size);
            }
            return self.append(sent, &wanted[same..], size);
        }
        sent.push_str(&up(last - same));
        sent.push('\r');
        self.lines(sent, &wanted[same..], size);
        if wanted.len() < self.shown.len() {
            if wanted.len() > same {
                sent.push_str("\u{1b}[J");
            } else {
                // Nothing was written: the row that the cursor stands on goes, too.
                sent.push_str("\r\u{1b}[J");
                if same > 0 {
                    // Back to the end of the last row that stays.
                    sent.push_str(&up(1));
                    sent.push_str(&format!("\u{1b}[{}G", wanted[same - 1].columns + 1));
                }
            }
        }
    }

    fn append(&self, sent: &mut String, rows: &[Shown], size: Size) {
        if !rows.is_empty() {
            sent.push_str("\r\n");
            self.lines(sent, rows, size);
        }
    }

    fn lines(&self, sent: &mut String, rows: &[Shown], size: Size) {
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                sent.push_str("\r\n");
            }
            // Erasing behind a full row would take its last character; the terminal wraps longer ones.
            if row.columns >= size.columns {
                sent.push_str("\u{1b}[J");
                sent.push_str(&row.ansi);
            } else {
                sent.push_str(&row.ansi);
                sent.push_str("\u{1b}[K");
            }
        }
    }

    /// Rows that `shown` takes on a terminal of so many columns.
    fn height(&self, columns: usize) -> usize {
        let of = |it: &Shown| it.columns.div_ceil(columns.max(1)).max(1);
        self.shown.iter().map(of).sum()
    }
}

fn up(rows: usize) -> String {
    match rows {
        0 => String::new(),
        it => format!("\u{1b}[{it}A"),
    }
}

/// A status in one row of so many columns, as it is sent.
pub(super) fn status(text: &str, n_columns: usize, look: Look) -> String {
    let most = n_columns.saturating_sub(1);
    let text = display::line(text);
    let mut used = 0;
    let fits = |it: &&str| {
        used += columns(it);
        used <= most
    };
    let shown: String = text.graphemes(true).take_while(fits).collect();
    let shown = Text::from(Span::new(shown, DIM)).sent(look.color);
    format!("\r{shown}\u{1b}[K\r")
}

/// What takes a status away.
pub(super) const NO_STATUS: &str = "\r\u{1b}[K";
