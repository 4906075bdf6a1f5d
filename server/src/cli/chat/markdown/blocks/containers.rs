//! What blocks stand in, quotes and items of lists: what that puts in front of their rows.

use super::super::ink::FAINT;
use super::super::wrap::blanks;
use crate::cli::terminal::text::{Row, Span, columns};
use anstyle::Style;

/// Bullets of lists in lists.
const BULLETS: [&str; 3] = ["• ", "◦ ", "▪ "];
/// In front of each row of a quote.
const BAR: &str = "│ ";

/// The containers of the current place, outermost first.
#[derive(Debug, Default)]
pub(super) struct Containers {
    all: Vec<Container>,
    /// The next number of each open list; `None`: bullets.
    lists: Vec<Option<u64>>,
}

#[derive(Debug)]
enum Container {
    Quote {
        style: Style,
        /// Whether anything in it was laid out.
        begun: bool,
    },
    Item {
        /// Until it is shown, in front of the item's first row.
        marker: Option<Span>,
        /// Columns that the item's rows are moved by.
        indent: usize,
    },
}

impl Containers {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A quote whose bar looks so.
    pub(super) fn quote_begins(&mut self, style: Style) {
        self.all.push(Container::Quote {
            style,
            begun: false,
        });
    }

    /// A list that counts from here, or has bullets.
    pub(super) fn list_begins(&mut self, first: Option<u64>) {
        self.lists.push(first);
    }

    pub(super) fn list_ends(&mut self) {
        self.lists.pop();
    }

    /// The next item of the innermost list, in a text so wide.
    pub(super) fn item_begins(&mut self, width: usize) {
        let depth = self.lists.len().saturating_sub(1);
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => BULLETS[depth % BULLETS.len()].to_owned(),
        };
        // In a narrow window, what is nested deep isn't moved any further.
        let indent = match self.indent() + columns(&marker) > width / 2 {
            true => 0,
            false => columns(&marker),
        };
        self.all.push(Container::Item {
            marker: Some(Span::new(marker, FAINT)),
            indent,
        });
    }

    /// The item that just began is a task.
    pub(super) fn is_task(&mut self, sign: Span) {
        if let Some(Container::Item { marker, indent }) = self.all.last_mut() {
            *indent = (*indent).min(columns(sign.text()));
            *marker = Some(sign);
        }
    }

    /// The innermost quote or item ends.
    pub(super) fn ends(&mut self) {
        self.all.pop();
    }

    /// Whether nothing of the innermost item was laid out.
    pub(super) fn is_at_marker(&self) -> bool {
        self.all.last().is_some_and(is_marked)
    }

    /// Whether nothing of some item was laid out.
    pub(super) fn has_marker(&self) -> bool {
        self.all.iter().any(is_marked)
    }

    /// A row between two blocks: the bars of the quotes that both stand in.
    pub(super) fn gap(&self) -> Row {
        let mut row = Row::new();
        for container in &self.all {
            match container {
                Container::Quote { style, begun: true } => row.push(Span::new(BAR, *style)),
                Container::Quote { begun: false, .. } => break,
                it if is_marked(it) => break,
                Container::Item { indent, .. } => row.push(blanks(*indent)),
            }
        }
        // Blanks at the end of a row are only in the way when it is copied.
        while row.last().is_some_and(|it| it.text().trim().is_empty()) {
            row.pop();
        }
        if let Some(last) = row.last_mut() {
            last.trim_end();
        }
        row
    }

    /// What stands before the next row: quotes' bars, items' markers once and blanks from then on.
    pub(super) fn prefix(&mut self) -> Row {
        let mut row = Row::new();
        for container in &mut self.all {
            match container {
                Container::Quote { style, begun } => {
                    *begun = true;
                    row.push(Span::new(BAR, *style));
                }
                Container::Item { marker, indent } => match marker.take() {
                    Some(it) => row.push(it),
                    None => row.push(blanks(*indent)),
                },
            }
        }
        row
    }

    /// Columns that the next block's rows have before them, at most.
    pub(super) fn indent(&self) -> usize {
        let of = |it: &Container| match it {
            Container::Quote { .. } => columns(BAR),
            Container::Item { indent, marker } => match marker {
                // Where it isn't moved, the marker still takes its columns.
                Some(it) => columns(it.text()).max(*indent),
                None => *indent,
            },
        };
        self.all.iter().map(of).sum()
    }
}

fn is_marked(it: &Container) -> bool {
    matches!(
        it,
        Container::Item {
            marker: Some(_),
            ..
        }
    )
}
