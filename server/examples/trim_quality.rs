//! Measures trimming on real code: pieces are cut out of the files of the given folders at syntax boundaries, handed back as model
//! output, alone and with the model going on, and must come back as they were.
//!
//! `cargo run --release -p hob --example trim_quality -- [-v] [-l LANGUAGE] [-k KIND] [-n PER_FILE] FOLDER…` prints the share that came back by kind and language.

#![allow(clippy::print_stdout)]

use hob::assist::stop::{Flow, Stop};
use hob::assist::trim::{End, Place, trim};
use hob::config::settings::Multiline;
use hob_index::language::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tree_sitter::{Node, Parser};

/// One place with the text that was cut out of it.
struct Hole {
    kind: &'static str,
    start: usize,
    end: usize,
    /// What the model says, if it is not the true text alone.
    output: Option<String>,
    /// Whether nothing follows the hole.
    at_end: bool,
}

fn main() {
    let mut verbose = false;
    let mut per_file = 6;
    let mut only_language = None;
    let mut only_kind = None;
    let mut folders = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-v" => verbose = true,
            "-l" => only_language = args.next(),
            "-k" => only_kind = args.next(),
            "-n" => {
                per_file = args
                    .next()
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(per_file)
            }
            _ => folders.push(PathBuf::from(arg)),
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        collect(folder, &mut files);
    }
    files.sort();
    let mut rates: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for path in files {
        let Some(language) = Language::of_path(&path)
            .filter(|it| only_language.as_deref().is_none_or(|id| id == it.id))
        else {
            continue;
        };
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        if text.len() < 400 || text.len() > 200_000 || text.lines().any(|it| it.len() > 400) {
            continue;
        }
        let text = text.replace("\r\n", "\n");
        for hole in holes(language, &text, per_file) {
            if only_kind.as_deref().is_some_and(|it| it != hole.kind) {
                continue;
            }
            let truth = &text[hole.start..hole.end];
            let after = if hole.at_end { "" } else { &text[hole.end..] };
            let output = hole.output.as_deref().unwrap_or(truth);
            let place = Place {
                language: Some(language),
                before: &text[..hole.start],
                after,
                multiline: Multiline::Auto,
            };
            let mut stop = Stop::new(&place);
            let pieces: Vec<char> = output.chars().collect();
            for piece in pieces.chunks(4) {
                if stop.push(&piece.iter().collect::<String>()) == Flow::Done {
                    break;
                }
            }
            let got = trim(&place, stop.text(), End::Model);
            let right = match &got {
                Ok(it) => {
                    format!("{}{}", it.text, &after[it.replace..]).trim_end()
                        == format!("{truth}{after}").trim_end()
                }
                Err(_) => truth.trim().is_empty(),
            };
            for key in [
                (language.id.to_owned(), hole.kind.to_owned()),
                ("all".to_owned(), hole.kind.to_owned()),
                (language.id.to_owned(), "all".to_owned()),
                ("all".to_owned(), "all".to_owned()),
            ] {
                let rate = rates.entry(key).or_default();
                rate.0 += usize::from(right);
                rate.1 += 1;
            }
            if verbose && !right {
                let before: Vec<&str> = text[..hole.start].lines().rev().take(6).collect();
                println!(
                    "=== {} {} {}:{}",
                    language.id,
                    hole.kind,
                    path.display(),
                    text[..hole.start].matches('\n').count() + 1
                );
                println!(
                    "{}",
                    before.into_iter().rev().collect::<Vec<_>>().join("\n")
                );
                println!(
                    "--- truth\n{truth}\n--- output\n{output}\n--- after\n{}\n--- got\n{got:?}",
                    after.lines().take(4).collect::<Vec<_>>().join("\n")
                );
            }
        }
    }
    for ((language, kind), (right, all)) in rates {
        println!(
            "{language:16} {kind:16} {right:6} of {all:6}  {:5.1} %",
            right as f64 * 100.0 / all as f64
        );
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    if folder.is_file() {
        files.push(folder.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

fn holes(language: &'static Language, text: &str, per_file: usize) -> Vec<Hole> {
    let mut dice = Dice(text.len() as u64);
    let mut all = Vec::new();
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line.trim_end_matches('\n')))
        })
        .collect();
    for _ in 0..per_file {
        let (start, line) = lines[dice.roll(lines.len())];
        let code = line.trim();
        if code.len() < 4 || line.contains('\u{fffd}') {
            continue;
        }
        let lead = line.len() - line.trim_start().len();
        let cuts: Vec<usize> = line
            .char_indices()
            .map(|it| it.0)
            .filter(|it| *it > lead && *it < line.trim_end().len())
            .collect();
        if let Some(cut) = cuts.get(dice.roll(cuts.len())) {
            let word = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
            if !(word(line[..*cut].chars().next_back()) && word(line[*cut..].chars().next())) {
                push_hole(
                    &mut all,
                    text,
                    "rest of line",
                    start + cut,
                    start + line.trim_end().len(),
                );
            }
        }
    }
    let Some(grammar) = language.grammar else {
        return all;
    };
    let mut parser = Parser::new();
    if parser.set_language(&grammar()).is_err() {
        return all;
    }
    let Some(tree) = parser.parse(text, None) else {
        return all;
    };
    let mut statements = Vec::new();
    let mut expressions = Vec::new();
    let mut blocks = Vec::new();
    visit(tree.root_node(), 0, &mut |node, depth| {
        if node.has_error() || !node.is_named() || node.end_byte() - node.start_byte() > 1200 {
            return;
        }
        let first = text[..node.start_byte()].rfind('\n').map_or(0, |it| it + 1);
        let alone = text[first..node.start_byte()].trim().is_empty()
            && text[node.end_byte()..]
                .split('\n')
                .next()
                .is_some_and(|it| it.trim().is_empty());
        let is_comment = node.kind().contains("comment");
        if alone && depth > 1 && !is_comment && node.end_byte() - node.start_byte() >= 6 {
            statements.push(node);
        } else if node.end_position().row == node.start_position().row
            && node.end_byte() - node.start_byte() >= 4
            && !is_comment
            && depth > 2
            && node.child_count() > 1
        {
            expressions.push(node);
        }
        let inner = &text[node.start_byte()..node.end_byte()];
        if inner.starts_with('{')
            && inner.ends_with('}')
            && inner.contains('\n')
            && text[node.end_byte()..]
                .split('\n')
                .next()
                .is_some_and(|it| it.trim().is_empty())
        {
            blocks.push(node);
        }
    });
    let following = |end: usize| {
        let mut until = (end + 400).min(text.len());
        while !text.is_char_boundary(until) {
            until -= 1;
        }
        let more = &text[end..until];
        more[..more.rfind('\n').unwrap_or(more.len())].to_owned()
    };
    for _ in 0..per_file {
        if !expressions.is_empty() {
            let node = expressions[dice.roll(expressions.len())];
            push_hole(
                &mut all,
                text,
                "expression",
                node.start_byte(),
                node.end_byte(),
            );
            let (start, end) = (node.start_byte(), node.end_byte());
            let line_end = text[end..].find('\n').map_or(text.len(), |it| end + it);
            if line_end > end {
                all.push(Hole {
                    kind: "expression+",
                    start,
                    end,
                    output: Some(text[start..line_end].to_owned()),
                    at_end: false,
                });
            }
        }
        if !statements.is_empty() {
            let node = statements[dice.roll(statements.len())];
            let line = text[..node.start_byte()].rfind('\n').map_or(0, |it| it + 1);
            let end = text[node.end_byte()..]
                .find('\n')
                .map_or(text.len(), |it| node.end_byte() + it);
            push_hole(&mut all, text, "statement", node.start_byte(), end);
            if text[end..].trim().len() > 3 {
                all.push(Hole {
                    kind: "statement+",
                    start: node.start_byte(),
                    end,
                    output: Some(format!(
                        "{}{}",
                        &text[node.start_byte()..end],
                        following(end)
                    )),
                    at_end: false,
                });
            }
            // Typed so far: a piece of the statement's first line.
            let first_line = &text[node.start_byte()..end];
            let length = first_line.find('\n').unwrap_or(first_line.len());
            if let Some(at) = first_line[..length]
                .match_indices([' ', '(', '.', '='])
                .map(|it| it.0 + 1)
                .nth(dice.roll(2))
            {
                push_hole(&mut all, text, "begun", node.start_byte() + at, end);
            }
            // From the end of the line above: the model starts with the line break.
            if line > 1 {
                push_hole(&mut all, text, "newline", line - 1, end);
            }
        }
        if !blocks.is_empty() {
            let node = blocks[dice.roll(blocks.len())];
            let inner = &text[node.start_byte()..node.end_byte()];
            let last = inner.rfind('\n').unwrap_or(0);
            if last > 1 {
                push_hole(
                    &mut all,
                    text,
                    "body",
                    node.start_byte() + 1,
                    node.start_byte() + last,
                );
                all.push(Hole {
                    kind: "body+",
                    start: node.start_byte() + 1,
                    end: node.start_byte() + last,
                    output: Some(format!(
                        "{}{}",
                        &text[node.start_byte() + 1..node.start_byte() + last],
                        following(node.start_byte() + last)
                    )),
                    at_end: false,
                });
            }
            push_hole(&mut all, text, "block", node.start_byte(), node.end_byte());
            let follow = following(node.end_byte());
            let width = |line: &str| line.len() - line.trim_start().len();
            let own = text[..node.start_byte()]
                .rsplit('\n')
                .next()
                .map_or(0, width);
            // Written at the end of the file: what the model goes on with is another function.
            if own == 0 && follow.starts_with("\n\n") {
                all.push(Hole {
                    kind: "block at end+",
                    start: node.start_byte() + 1,
                    end: node.end_byte(),
                    output: Some(format!(
                        "{}{follow}",
                        &text[node.start_byte() + 1..node.end_byte()]
                    )),
                    at_end: true,
                });
            }
        }
    }
    all
}

fn push_hole(all: &mut Vec<Hole>, text: &str, kind: &'static str, start: usize, end: usize) {
    // What the document repeats right there is no fair question: the text is dropped rightly.
    let next = text[end..]
        .lines()
        .find(|it| !it.trim().is_empty())
        .unwrap_or("")
        .trim();
    let first = text[start..end].trim().lines().next().unwrap_or("").trim();
    let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let own = text[line_start..].lines().next().unwrap_or("").trim();
    let above = text[..line_start]
        .trim_end()
        .lines()
        .next_back()
        .unwrap_or("")
        .trim();
    if end > start
        && first != next
        && own != next
        && own != above
        && !text[start..end].trim().is_empty()
    {
        all.push(Hole {
            kind,
            start,
            end,
            output: None,
            at_end: false,
        });
    }
}

fn visit<'a>(node: Node<'a>, depth: usize, each: &mut impl FnMut(Node<'a>, usize)) {
    each(node, depth);
    if depth > 60 {
        return;
    }
    for i in 0..node.child_count() {
        if let Some(child) = node.child(i as u32) {
            visit(child, depth + 1, each);
        }
    }
}
