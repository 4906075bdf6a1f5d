//! From ranked signatures to pieces of files: what fits, file by file, as the lines stand in the files.

use super::{Ranked, Source};
use crate::outline::Kind;
use rustc_hash::FxHashMap;

/// What a file's path costs in a prompt beside its own length, in bytes.
const HEADER: usize = 16;
/// Longer signatures are cut, in bytes.
const LONGEST: usize = 240;

/// Signatures of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its file, relative to the project's root, with `/`.
    pub path: String,
    /// The first line that is shown, from 1.
    pub start_line: usize,
    /// The last line that is shown, inclusive.
    pub end_line: usize,
    /// The signatures, each on a line of its own, in the file's order.
    pub text: String,
    /// Why its best signature is there.
    pub source: Source,
}

/// The best that fit into `budget` bytes with their files' paths and containers, best first.
pub(super) fn fitting(ranked: &[Ranked], budget: usize) -> Vec<Ranked> {
    let mut left = budget;
    let mut containers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    let mut chosen = Vec::new();
    for it in ranked {
        let path = it.symbol.path.as_str();
        let shown = containers.get(path);
        let container = it.symbol.container.as_deref().unwrap_or_default();
        let mut cost = shorter(&it.symbol.signature).len() + 5;
        if shown.is_none() {
            cost += path.len() + HEADER;
        }
        let is_new = !container.is_empty() && !shown.is_some_and(|it| it.contains(&container));
        if is_new {
            cost += container.len() + 10;
        }
        if cost > left {
            break;
        }
        left -= cost;
        let shown = containers.entry(path).or_default();
        if is_new {
            shown.push(container);
        }
        chosen.push(it.clone());
    }
    chosen
}

/// The chosen signatures as pieces, the file with the best of them last.
pub(super) fn pieces(chosen: &[Ranked]) -> Vec<Piece> {
    let mut files: Vec<Vec<&Ranked>> = Vec::new();
    for it in chosen {
        match files
            .iter_mut()
            .find(|file| file[0].symbol.path == it.symbol.path)
        {
            Some(file) => file.push(it),
            None => files.push(vec![it]),
        }
    }
    files.into_iter().rev().map(piece).collect()
}

fn piece(mut file: Vec<&Ranked>) -> Piece {
    let source = file[0].source;
    let path = file[0].symbol.path.clone();
    file.sort_by_key(|it| it.symbol.line);
    let mut text = String::new();
    let mut inside: Option<&str> = None;
    for it in &file {
        let symbol = &it.symbol;
        let container = symbol.container.as_deref();
        if let Some(name) = container
            && inside != container
        {
            let declared = file.iter().any(|it| declares(it, name, symbol.kind, &path));
            if !declared {
                text.push_str(&head(name, symbol.kind, &path));
            }
        }
        let own = super::is_type(symbol.kind).then_some(symbol.name.as_str());
        inside = container.or(own.filter(|_| !path.ends_with(".rs")));
        if container.is_some() && !path.ends_with(".go") {
            text.push_str("    ");
        }
        text.push_str(shorter(&symbol.signature));
        text.push('\n');
    }
    let lines = file.iter().map(|it| it.symbol.line);
    Piece {
        start_line: lines.clone().min().unwrap_or(1),
        end_line: lines.max().unwrap_or(1),
        path,
        text,
        source,
    }
}

/// Whether a line that is shown anyway tells what a member of `name` belongs to. Rust's types don't hold their methods.
fn declares(it: &Ranked, name: &str, member: Kind, path: &str) -> bool {
    let symbol = &it.symbol;
    let holds = !path.ends_with(".rs")
        || symbol.kind == Kind::Interface
        || matches!(member, Kind::Field | Kind::Variant);
    symbol.name == name && super::is_type(symbol.kind) && holds
}

/// The line that members stand below, in the language's own way; empty where signatures say it themselves.
fn head(container: &str, member: Kind, path: &str) -> String {
    match (path.rsplit('.').next(), member) {
        (Some("rs"), Kind::Field) => format!("struct {container} {{\n"),
        (Some("rs"), Kind::Variant) => format!("enum {container} {{\n"),
        (Some("rs"), Kind::Function | Kind::Struct | Kind::Enum) => format!("mod {container} {{\n"),
        (Some("rs"), _) => format!("impl {container} {{\n"),
        (Some("py" | "pyi"), _) => format!("class {container}:\n"),
        (Some("go" | "c" | "h" | "cc" | "cpp" | "hpp"), _) => String::new(),
        (Some("rb"), _) => format!("class {container}\n"),
        _ => format!("class {container} {{\n"),
    }
}

fn shorter(signature: &str) -> &str {
    let mut end = signature.len().min(LONGEST);
    while !signature.is_char_boundary(end) {
        end -= 1;
    }
    &signature[..end]
}
