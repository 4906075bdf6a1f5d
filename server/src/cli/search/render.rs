//! Results for people: where each is, what it is, and the lines that say why it was found.

use crate::cli::terminal::text::{PLAIN, Text, columns, text};
use crate::cli::terminal::{BOLD, DIM, Look};
use crate::display;
use anstyle::{AnsiColor, Style};
use hob_index::search::{self, Hit, Query};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use unicode_segmentation::UnicodeSegmentation;

/// Lines of a result that are shown.
const LINES: usize = 6;
/// Columns from one tab stop to the next.
const TAB: usize = 4;
const PLACE: Style = AnsiColor::Magenta.on_default();
const MATCH: Style = AnsiColor::Red.on_default().bold();

/// All results; paths relative to the folder `here`.
pub(super) fn hits(query: &Query, hits: &[Hit], root: &Path, here: &Path, look: Look) -> Text {
    let blocks = hits.iter().map(|it| hit(query, it, root, here, look));
    Text::joined(blocks, "\n")
}

fn hit(query: &Query, hit: &Hit, root: &Path, here: &Path, look: Look) -> Text {
    let path = display::path(&relative(&root.join(&hit.path), here));
    let lines: Vec<&str> = hit.text.lines().collect();
    let shown = chosen(query, &lines);
    let first = shown
        .first()
        .map_or(hit.start_line, |it| hit.start_line + it);
    let mut out = Text::styled(PLACE, &format!("{path}:{first}"));
    if let Some(symbol) = &hit.symbol {
        out.push(text!["  ", Text::line(symbol).in_style(BOLD)]);
    }
    let mut about = vec![format!("{:.2}", hit.score)];
    about.splice(0..0, hit.kind.map(|it| it.name().to_owned()));
    if !hit.also.is_empty() {
        let seen = |it: &String| display::path(&relative(&root.join(it), here));
        let also: Vec<_> = hit.also.iter().map(seen).collect();
        about.push(format!("also in {}", also.join(", ")));
    }
    out.push(Text::styled(DIM, &format!("  {}\n", about.join(", "))));
    let width = (hit.start_line + lines.len()).to_string().len();
    let mut before = None;
    for at in shown {
        if before.is_some_and(|it| it + 1 < at) {
            out.push(Text::styled(DIM, &format!("{:>width$}  …\n", "")));
        }
        before = Some(at);
        let number = format!("{:>width$}  ", hit.start_line + at);
        let room = look.width.map(|it| it.saturating_sub(width + 2).max(20));
        out.push(Text::styled(DIM, &number));
        out.push(line(query, lines[at], room));
        out.push("\n");
    }
    out
}

/// Which lines are shown: the first that is code, and those with most of the query's words, in their order.
fn chosen(query: &Query, lines: &[&str]) -> Vec<usize> {
    let is_code = |it: &&str| {
        let it = it.trim_start();
        it.starts_with(|it: char| it.is_alphanumeric() || it == '_')
    };
    let start = lines.iter().position(is_code).unwrap_or(0);
    let mut ranked: Vec<(usize, usize)> = lines
        .iter()
        .enumerate()
        .filter(|(at, it)| *at != start && !it.trim().is_empty())
        .map(|(at, it)| (search::highlights(query, it).len(), at))
        .collect();
    ranked.sort_by_key(|(n, at)| (std::cmp::Reverse(*n), *at));
    let mut shown: Vec<usize> = ranked.into_iter().take(LINES - 1).map(|it| it.1).collect();
    if !lines.is_empty() {
        shown.push(start);
    }
    shown.sort_unstable();
    shown
}

/// A line with the query's words painted, cut to `room` columns.
fn line(query: &Query, text: &str, room: Option<usize>) -> Text {
    // As it is shown: then places and widths are those on the screen.
    let text = display::text(text);
    let matches: Vec<Range<usize>> = search::highlights(query, &text);
    let mut out = Text::new();
    let mut column = 0;
    let mut run = String::new();
    let mut painted = false;
    let style = |painted: bool| if painted { MATCH } else { PLAIN };
    for (at, grapheme) in text.grapheme_indices(true) {
        let piece = match grapheme {
            "\t" => " ".repeat(TAB - column % TAB),
            it => it.to_owned(),
        };
        let wide = columns(&piece);
        if room.is_some_and(|it| column + wide > it - 1) {
            out.push(text![Text::styled(style(painted), &run), "…"]);
            return out;
        }
        column += wide;
        let matched = matches.iter().any(|it| it.contains(&at));
        if matched != painted {
            out.push(Text::styled(style(painted), &std::mem::take(&mut run)));
            painted = matched;
        }
        run.push_str(&piece);
    }
    out.push(Text::styled(style(painted), &run));
    out
}

/// A path as seen from a folder, with `..` where it is elsewhere.
fn relative(path: &Path, here: &Path) -> PathBuf {
    let (mut path_parts, mut here_parts) =
        (path.components().peekable(), here.components().peekable());
    let mut n_shared = 0;
    while let (Some(a), Some(b)) = (path_parts.peek(), here_parts.peek())
        && a == b
    {
        path_parts.next();
        here_parts.next();
        n_shared += 1;
    }
    // On another drive, or with nothing in common: the whole path is shorter to read.
    if n_shared <= 1 {
        return path.to_owned();
    }
    let up = here_parts.map(|_| Component::ParentDir);
    up.chain(path_parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use hob_index::outline::Kind;

    fn found(text: &str) -> Hit {
        Hit {
            path: "src/shape.rs".into(),
            start_line: 9,
            end_line: 8 + text.lines().count(),
            score: 0.625,
            symbol: Some("Shape.area".into()),
            kind: Some(Kind::Method),
            text: text.into(),
            why: "name: area".into(),
            also: Vec::new(),
        }
    }

    fn drawn(text: &str, here: &str, look: Look) -> String {
        let query = Query::parse("area of a shape").unwrap();
        hits(
            &query,
            &[found(text)],
            Path::new("/home/me/p"),
            Path::new(here),
            look,
        )
        .sent(look.color)
    }

    #[test]
    fn the_declaration_and_the_lines_that_match_are_shown() {
        let filler = "    rest();\n".repeat(9);
        let text = format!("/// Doc.\nfn area(&self) {{\n{filler}    self.shape.area\n}}\n");
        expect![[r#"
            src/shape.rs:9  Shape.area  method, 0.62
             9  /// Doc.
            10  fn area(&self) {
            11      rest();
            12      rest();
            13      rest();
                …
            20      self.shape.area
        "#]]
        .assert_eq(&drawn(&text, "/home/me/p", Look::default()));
    }

    #[test]
    fn matches_are_painted_and_long_lines_cut() {
        let look = Look {
            color: true,
            width: Some(24),
        };
        let text = drawn("\tlet area = 1; // and so on", "/home/me/p", look);
        assert!(
            text.contains("\u{1b}[1m\u{1b}[31marea\u{1b}[0m"),
            "{text:?}"
        );
        assert!(
            text.ends_with("// a…\n") || text.ends_with("…\n"),
            "{text:?}"
        );
    }

    #[test]
    fn paths_are_as_seen_from_the_current_folder() {
        let from = |here: &str| drawn("area", here, Look::default());
        assert!(from("/home/me/p/src").starts_with("shape.rs:9"));
        assert!(from("/home/me/p/docs").starts_with("../src/shape.rs:9"));
        assert!(from("/var").starts_with("/home/me/p/src/shape.rs:9"));
    }
}
