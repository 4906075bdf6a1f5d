//! Measures applying on real code: lines of the files of the given folders are changed at random, the change is written as
//! assistants write it, in each format and with the damages that models do, and must give just the changed file.
//!
//! `cargo run --release -p hob --example apply_quality -- [-v] [-n PER_FILE] [-s SEED] FOLDER…` prints by format and damage how many were
//! right, refused, and wrong. Wrong is what changed the file into something else.

#![allow(clippy::print_stdout)]

use hob::assist::apply::scope::Scope;
use hob::assist::apply::{Workspace, plan};
use hob_index::language::Language;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Counts of one format with one damage.
#[derive(Default)]
struct Count {
    right: usize,
    refused: usize,
    wrong: usize,
}

/// What the change is written as.
const FORMATS: &[&str] = &["blocks", "diff", "diff-u1", "envelope", "whole", "elided"];
/// What goes wrong on the way.
const DAMAGES: &[&str] = &[
    "none",
    "dedented",
    "trailing",
    "numbers",
    "tabs",
    "crlf-answer",
    "blank-edge",
];

fn main() {
    let mut verbose = false;
    let mut per_file = 2;
    let mut seed = 1_u64;
    let mut folders = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-v" => verbose = true,
            "-n" => {
                per_file = args
                    .next()
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(per_file)
            }
            "-s" => seed = args.next().and_then(|it| it.parse().ok()).unwrap_or(seed),
            _ => folders.push(PathBuf::from(arg)),
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        files.extend(
            hob_index::walk::files(folder)
                .0
                .into_iter()
                .map(|it| it.path),
        );
    }
    files.sort();
    let scratch = std::env::temp_dir().join(format!("hob-apply-quality-{}", std::process::id()));
    let mut counts: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    let mut random = Random(seed);
    for path in files {
        let known = Language::of_path(&path).is_some_and(|it| it.grammar.is_some() && !it.prose);
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let n = text.lines().count();
        if !known
            || !(12..2_000).contains(&n)
            || text.contains('\r')
            || text.lines().any(|it| it.len() > 400)
        {
            continue;
        }
        let name = path
            .file_name()
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !name.contains('.') || scratch_is_forbidden(&name) {
            continue;
        }
        for _ in 0..per_file {
            let old: Vec<&str> = text.lines().collect();
            let Some(changes) = change(&old, &mut random) else {
                continue;
            };
            let new = applied(&old, &changes);
            let end = if text.ends_with('\n') { "\n" } else { "" };
            let expected = new.join("\n") + end;
            for format in FORMATS {
                for damage in DAMAGES {
                    let Some(answer) = answer(format, damage, &name, &old, &changes, &new) else {
                        continue;
                    };
                    let _ = std::fs::remove_dir_all(&scratch);
                    if std::fs::create_dir_all(&scratch).is_err()
                        || std::fs::write(scratch.join(&name), &text).is_err()
                    {
                        return;
                    }
                    let workspace = Workspace {
                        root: &scratch,
                        open: &|_| None,
                    };
                    let count = counts.entry((format, damage)).or_default();
                    match plan(&answer, &workspace, None, &Scope::Root) {
                        Err(refusal) => {
                            count.refused += 1;
                            if verbose {
                                println!("refused {format} {damage} {}: {refusal}", path.display());
                            }
                        }
                        Ok(patch) => {
                            let found = patch.files.first().and_then(|it| it.after.clone());
                            let found = found.unwrap_or_else(|| text.clone().into_bytes());
                            if patch.files.len() <= 1 && found == expected.as_bytes() {
                                count.right += 1;
                            } else {
                                count.wrong += 1;
                                if verbose {
                                    let found = String::from_utf8_lossy(&found).into_owned();
                                    let at = found
                                        .lines()
                                        .zip(expected.lines())
                                        .position(|(a, b)| a != b);
                                    println!(
                                        "WRONG {format} {damage} {} at {at:?}\n{answer}\n----",
                                        path.display()
                                    );
                                    if let Some(at) = at {
                                        println!(
                                            "found    {:?}\nexpected {:?}",
                                            found.lines().nth(at),
                                            expected.lines().nth(at)
                                        );
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    let _ = std::fs::remove_dir_all(&scratch);
    println!(
        "{:<10} {:<12} {:>7} {:>8} {:>6}",
        "format", "damage", "right", "refused", "wrong"
    );
    for ((format, damage), it) in &counts {
        println!(
            "{format:<10} {damage:<12} {:>7} {:>8} {:>6}",
            it.right, it.refused, it.wrong
        );
    }
    let sum = |f: fn(&Count) -> usize| counts.values().map(f).sum::<usize>();
    let (right, refused, wrong) = (sum(|it| it.right), sum(|it| it.refused), sum(|it| it.wrong));
    let all = (right + refused + wrong).max(1);
    println!(
        "all        {all} answers: {:.2} % right, {:.2} % refused, {wrong} wrong",
        100.0 * right as f64 / all as f64,
        100.0 * refused as f64 / all as f64
    );
}

fn scratch_is_forbidden(name: &str) -> bool {
    hob_index::secret::is_secret(Path::new(name))
}

/// A small generator: the same seed gives the same changes.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// One change: these old lines become those new ones.
struct Change {
    at: usize,
    len: usize,
    new: Vec<String>,
}

/// One or two changes of a few lines: renamed words, added lines, taken lines.
fn change(old: &[&str], random: &mut Random) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let wanted = 1 + random.below(2);
    for _ in 0..20 {
        if changes.len() == wanted {
            break;
        }
        let at = random.below(old.len());
        let line = old[at];
        let body = line.trim();
        if body.len() < 4 || !body.contains(char::is_alphabetic) {
            continue;
        }
        if changes.iter().any(|it| it.at.abs_diff(at) < 12) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let (len, new) = match random.below(4) {
            // A word gets another name.
            0 | 1 => {
                let word: String = body
                    .chars()
                    .skip_while(|it| !it.is_alphabetic())
                    .take_while(|it| it.is_alphanumeric() || *it == '_')
                    .collect();
                (
                    1,
                    vec![line.replacen(&word, &format!("{word}_changed{}", random.below(90)), 1)],
                )
            }
            // A line comes.
            2 => (
                1,
                vec![
                    line.to_owned(),
                    format!("{indent}added_line_{}();", random.below(1000)),
                ],
            ),
            // A line goes.
            _ => (1, Vec::new()),
        };
        changes.push(Change { at, len, new });
    }
    changes.sort_by_key(|it| it.at);
    (!changes.is_empty()).then_some(changes)
}

fn applied(old: &[&str], changes: &[Change]) -> Vec<String> {
    let mut new = Vec::new();
    let mut at = 0;
    for change in changes {
        new.extend(old[at..change.at].iter().map(|&it| it.to_owned()));
        new.extend(change.new.iter().cloned());
        at = change.at + change.len;
    }
    new.extend(old[at..].iter().map(|&it| it.to_owned()));
    new
}

/// The answer in this format, with this damage; `None` where they don't go together.
fn answer(
    format: &str,
    damage: &str,
    name: &str,
    old: &[&str],
    changes: &[Change],
    new: &[String],
) -> Option<String> {
    let around = if format == "diff-u1" { 1 } else { 3 };
    let mut text = String::new();
    match format {
        "blocks" => {
            let _ = writeln!(text, "I changed it.\n\n{name}\n```");
            for change in changes {
                let (search, replace) = window(old, change, around);
                let (search, replace) = damaged(damage, &search, &replace)?;
                let _ = write!(
                    text,
                    "<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n\n"
                );
            }
            text.push_str("```\n");
        }
        "diff" | "diff-u1" => {
            if !matches!(damage, "none" | "trailing" | "numbers" | "crlf-answer") {
                return None;
            }
            let _ = write!(text, "```diff\n--- a/{name}\n+++ b/{name}\n");
            let mut drift = 0_isize;
            for change in changes {
                let (from, to) = (
                    change.at.saturating_sub(around),
                    (change.at + change.len + around).min(old.len()),
                );
                let n_new = to - from - change.len + change.new.len();
                match damage {
                    "numbers" => text.push_str("@@ -1,5 +1,7 @@\n"),
                    _ => {
                        let start = (from as isize + 1 + drift) as usize;
                        let _ =
                            writeln!(text, "@@ -{},{} +{start},{n_new} @@", from + 1, to - from);
                    }
                }
                let mut line = |mark: char, it: &str| {
                    let it = if damage == "trailing" {
                        it.trim_end()
                    } else {
                        it
                    };
                    let _ = writeln!(text, "{mark}{it}");
                };
                old[from..change.at].iter().for_each(|it| line(' ', it));
                old[change.at..change.at + change.len]
                    .iter()
                    .for_each(|it| line('-', it));
                change.new.iter().for_each(|it| line('+', it));
                old[change.at + change.len..to]
                    .iter()
                    .for_each(|it| line(' ', it));
                drift += change.new.len() as isize - change.len as isize;
            }
            text.push_str("```\n");
        }
        "envelope" => {
            if !matches!(damage, "none" | "trailing" | "crlf-answer") {
                return None;
            }
            let _ = write!(text, "*** Begin Patch\n*** Update File: {name}\n");
            for change in changes {
                text.push_str("@@\n");
                let (from, to) = (
                    change.at.saturating_sub(around),
                    (change.at + change.len + around).min(old.len()),
                );
                let mut line = |mark: char, it: &str| {
                    let it = if damage == "trailing" {
                        it.trim_end()
                    } else {
                        it
                    };
                    let _ = writeln!(text, "{mark}{it}");
                };
                old[from..change.at].iter().for_each(|it| line(' ', it));
                old[change.at..change.at + change.len]
                    .iter()
                    .for_each(|it| line('-', it));
                change.new.iter().for_each(|it| line('+', it));
                old[change.at + change.len..to]
                    .iter()
                    .for_each(|it| line(' ', it));
            }
            text.push_str("*** End Patch\n");
        }
        "whole" => {
            if !matches!(damage, "none" | "crlf-answer")
                || old.iter().any(|it| it.trim_start().starts_with("```"))
            {
                return None;
            }
            let _ = write!(
                text,
                "Here is the whole file.\n\n**{name}**\n\n````\n{}\n````\n",
                new.join("\n")
            );
        }
        _ => {
            // Some lines round each change, the rest left out.
            if !matches!(damage, "none" | "crlf-answer") {
                return None;
            }
            let language = Language::of_path(Path::new(name))?;
            let comment = language.line_comments.first()?;
            let _ = write!(text, "`{name}`\n````\n{comment} ... existing code ...\n");
            for change in changes {
                let (_, replace) = window(old, change, around);
                let _ = write!(
                    text,
                    "{}\n{comment} ... existing code ...\n",
                    replace.join("\n")
                );
            }
            text.push_str("````\n");
        }
    }
    if damage == "crlf-answer" {
        text = text.replace('\n', "\r\n");
    }
    Some(text)
}

/// The lines of a change with some round it, before and after.
fn window(old: &[&str], change: &Change, around: usize) -> (Vec<String>, Vec<String>) {
    let (from, to) = (
        change.at.saturating_sub(around),
        (change.at + change.len + around).min(old.len()),
    );
    let own = |range: std::ops::Range<usize>| {
        old[range]
            .iter()
            .map(|&it| it.to_owned())
            .collect::<Vec<_>>()
    };
    let replace = [
        own(from..change.at),
        change.new.clone(),
        own(change.at + change.len..to),
    ]
    .concat();
    (own(from..to), replace)
}

fn damaged(damage: &str, search: &[String], replace: &[String]) -> Option<(String, String)> {
    let all = |lines: &[String], f: &dyn Fn(&str) -> String| {
        lines.iter().map(|it| f(it) + "\n").collect::<String>()
    };
    let both = |f: &dyn Fn(&str) -> String| Some((all(search, f), all(replace, f)));
    match damage {
        "none" | "crlf-answer" => both(&|it| it.to_owned()),
        "trailing" => both(&|it| it.trim_end().to_owned()),
        "dedented" => {
            let margin = search
                .iter()
                .chain(replace)
                .filter(|it| !it.trim().is_empty())
                .map(|it| &it[..it.len() - it.trim_start().len()])
                .min_by_key(|it| it.len())?
                .to_owned();
            let uniform = search
                .iter()
                .chain(replace)
                .all(|it| it.trim().is_empty() || it.starts_with(&margin));
            if margin.is_empty() || !uniform {
                return None;
            }
            both(&|it| it.strip_prefix(&margin).unwrap_or("").to_owned())
        }
        "tabs" => {
            if !search.iter().chain(replace).any(|it| it.starts_with('\t')) {
                return None;
            }
            both(&|it| {
                let body = it.trim_start_matches('\t');
                "    ".repeat(it.len() - body.len()) + body
            })
        }
        "blank-edge" => {
            let (search, replace) = both(&|it| it.to_owned())?;
            Some((format!("\n{search}"), format!("\n{replace}")))
        }
        _ => None,
    }
}
