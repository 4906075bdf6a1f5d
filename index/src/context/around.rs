//! What stands around a cursor: weighted terms, names by nearness, what the cursor stands behind.

use super::Ask;
use crate::language::Language;
use crate::outline::Kind;
use crate::store::Weighted;
use crate::terms;
use rustc_hash::{FxHashMap, FxHashSet};

/// How many lines before and after the cursor count.
const ABOVE: usize = 24;
const BELOW: usize = 6;
/// How far up the blocks that the cursor stands in are followed, in lines.
const SCOPE: usize = 400;
/// How many terms are asked for: the weight of the others is next to nothing.
const TERMS: usize = 80;
/// How many lines are searched for the declaration of a receiver.
const DECLARED: usize = 300;

/// What the cursor stands behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// `receiver.`, `receiver::`, `receiver->`; empty where it is no name.
    Member(String),
    /// `new `.
    New,
    /// Anything else.
    Plain,
}

/// A place, taken apart.
#[derive(Debug)]
pub(super) struct Around {
    /// What is asked for.
    pub(super) terms: Vec<Weighted>,
    /// The names near the cursor, the nearest first.
    pub(super) names: Vec<String>,
    /// What the cursor stands behind.
    pub(super) position: Position,
    /// Names that stand where the receiver is declared: its type is among them.
    pub(super) declared: Vec<String>,
}

impl Around {
    pub(super) fn new(ask: &Ask) -> Around {
        let lines = lines(ask);
        let position = position(line_before(ask.before));
        let declared = match &position {
            Position::Member(receiver) => declared(ask.before, receiver),
            _ => Vec::new(),
        };
        Around {
            terms: weighted(&lines, &declared, ask.path),
            names: names(&lines),
            position,
            declared,
        }
    }

    /// How well a kind of symbol fits what the cursor stands behind, 0 to 1.
    pub(super) fn fit(&self, kind: Kind, language: Option<&Language>) -> f32 {
        let id = language.map_or("", |it| it.id);
        // Where methods are called by their bare names.
        let bare = matches!(
            id,
            "java" | "kotlin" | "csharp" | "cpp" | "scala" | "swift" | "ruby"
        );
        // Where functions of modules stand behind a `.`.
        let modules = !matches!(id, "rust" | "java" | "csharp");
        match (&self.position, kind) {
            (_, Kind::Variable) => 0.5,
            (Position::Member(_), Kind::Method | Kind::Field | Kind::Variant) => 1.0,
            (Position::Member(_), _) if modules => 0.8,
            (Position::Member(_), _) => 0.6,
            (Position::New, it) if super::is_type(it) => 1.0,
            (Position::New, _) => 0.4,
            (Position::Plain, Kind::Method) if bare => 0.9,
            (Position::Plain, Kind::Method | Kind::Field) => 0.4,
            (Position::Plain, _) => 1.0,
        }
    }
}

/// A line that counts, and how much.
struct Line<'a> {
    text: &'a str,
    weight: f32,
}

/// The lines that count, the nearest first: those around the cursor, and the heads of the blocks that it stands in.
fn lines<'a>(ask: &Ask<'a>) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    let mut indent = usize::MAX;
    let mut distance = 0;
    for (n, text) in ask.before.rsplit('\n').take(SCOPE).enumerate() {
        if n > 0 && text.trim().is_empty() {
            continue;
        }
        let own = text.len() - text.trim_start().len();
        let is_head = n > 0 && own < indent;
        if n == 0 || is_head {
            // An empty line is as deep as it will be written: not known. What follows it decides.
            indent = match text.trim().is_empty() {
                true => own.max(1),
                false => own,
            };
        }
        let near = match distance {
            0 => 3.0,
            it if it <= ABOVE => 1.0 / (1.0 + 0.35 * it as f32),
            _ => 0.0,
        };
        let weight = if is_head && text.len() > own + 2 {
            f32::max(near, 0.5)
        } else {
            near
        };
        if weight > 0.0 {
            found.push(Line { text, weight });
        }
        if indent == 0 && distance > ABOVE {
            break;
        }
        distance += 1;
    }
    let below = ask.after.split('\n').enumerate();
    let below = below.filter(|it| !it.1.trim().is_empty()).take(BELOW);
    found.extend(below.map(|(n, text)| Line {
        text,
        weight: if n == 0 {
            1.0
        } else {
            0.4 / (1.0 + 0.25 * n as f32)
        },
    }));
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found
}

fn weighted(lines: &[Line], declared: &[String], path: &str) -> Vec<Weighted> {
    let mut weights: FxHashMap<String, f32> = FxHashMap::default();
    for line in lines {
        let mut seen = FxHashSet::default();
        terms::terms(line.text, |it| {
            if seen.insert(it.to_owned()) {
                *weights.entry(it.to_owned()).or_default() += line.weight;
            }
        });
    }
    let mut also = |text: &str, weight: f32| {
        terms::terms(text, |it| {
            *weights.entry(it.to_owned()).or_default() += weight;
        });
    };
    for name in declared {
        also(name, 1.0);
    }
    let stem = path.rsplit('/').next().unwrap_or(path);
    also(stem.split('.').next().unwrap_or(stem), 0.5);
    let mut found: Vec<Weighted> = weights
        .into_iter()
        .map(|(term, weight)| Weighted {
            term,
            weight: weight.sqrt(),
        })
        .collect();
    found.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| a.term.cmp(&b.term))
    });
    found.truncate(TERMS);
    found
}

fn names(lines: &[Line]) -> Vec<String> {
    let mut seen = FxHashSet::default();
    let all = lines
        .iter()
        .flat_map(|it| identifiers(it.text).into_iter().rev());
    all.filter(|it| it.len() > 2 && seen.insert(*it))
        .map(str::to_owned)
        .collect()
}

/// The identifiers of a text, in order.
pub(super) fn identifiers(text: &str) -> Vec<&str> {
    text.split(|it: char| !is_name(it))
        .filter(|it| it.starts_with(|it: char| !it.is_ascii_digit()))
        .collect()
}

fn is_name(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

fn line_before(before: &str) -> &str {
    before.rsplit('\n').next().unwrap_or_default()
}

fn position(line: &str) -> Position {
    let before = line.trim_end_matches(is_name);
    let behind = ["->", "::", "?.", "!.", "."]
        .iter()
        .find_map(|it| before.strip_suffix(it));
    if let Some(receiver) = behind {
        return Position::Member(last_name(without_call(receiver)).to_owned());
    }
    let before = before.trim_end();
    if before.ends_with("new") && last_name(before) == "new" {
        return Position::New;
    }
    Position::Plain
}

/// The text without the arguments of the call, or the index, that it ends with.
fn without_call(text: &str) -> &str {
    let mut depth = 0usize;
    let text = text.trim_end().trim_end_matches('?');
    if !text.ends_with([')', ']', '>']) {
        return text;
    }
    for (at, char) in text.char_indices().rev() {
        match char {
            ')' | ']' | '>' => depth += 1,
            '(' | '[' | '<' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn last_name(text: &str) -> &str {
    let start = text.trim_end_matches(is_name).len();
    &text[start..]
}

/// The names that stand where `receiver` is declared, the nearest declaration first; itself, where it may be a function.
fn declared(before: &str, receiver: &str) -> Vec<String> {
    if receiver.len() < 2 && !receiver.starts_with(|it: char| it.is_alphabetic()) {
        return Vec::new();
    }
    let mut found: Vec<String> = vec![receiver.to_owned()];
    for line in before.rsplit('\n').take(DECLARED) {
        for (at, _) in line.match_indices(receiver) {
            let (left, right) = (&line[..at], &line[at + receiver.len()..]);
            if left.ends_with(is_name) || right.starts_with(is_name) {
                continue;
            }
            let right = right.trim_start();
            let typed = right.starts_with(':') && !right.starts_with("::");
            let assigned = right.starts_with('=') && !right.starts_with("==");
            // `Type name`, `Type *name`; and Go's `name Type`, `name *Type`.
            let left = left.trim_end();
            let after_type =
                left.ends_with(|it| is_name(it) || it == '*' || it == '&' || it == '>');
            let before_type = right.starts_with(|it: char| it.is_alphabetic() || it == '*');
            let mut take = |names: Vec<&str>| {
                for name in names.into_iter().filter(|it| it.len() > 2).take(6) {
                    if !found.iter().any(|it| it == name) {
                        found.push(name.to_owned());
                    }
                }
            };
            if typed || assigned || before_type {
                let end = right
                    .find([',', ')', ';', '{'])
                    .filter(|_| typed || before_type);
                take(identifiers(&right[..end.unwrap_or(right.len())]));
            }
            if after_type {
                let of_type = left.rsplit([',', '(', ';', '{']).next().unwrap_or(left);
                take(identifiers(of_type));
            }
        }
        if found.len() > 8 {
            break;
        }
    }
    found
}
