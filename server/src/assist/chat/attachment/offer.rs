//! What could be attached, as the user types it.

use crate::assist::chat::context::Project;
use hob_index::outline::Kind;

/// Something that could be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachable {
    /// What it is called: a file's name, a symbol's name.
    pub label: String,
    /// What it is: `file`, `folder`, `symbol`, `diff`, `problems`, `codebase` or `open`.
    pub kind: &'static str,
    /// What tells it from others of its name: a path, a signature.
    pub detail: String,
    /// What to write into a message, the `@` included.
    pub insert: String,
}

/// What always can be attached, and what it is.
const ALWAYS: [(&str, &str); 4] = [
    ("diff", "what was changed since the last commit"),
    ("problems", "what the editor's tools complain about"),
    ("codebase", "a map of the codebase"),
    ("open", "the open documents"),
];

/// At most so many symbols of one name are offered.
const SAME: usize = 20;

/// What could be attached and matches what is typed behind the `@`, best first, `most` at most.
///
/// Files are matched by their paths, folders by theirs, symbols by whole names or by the words of their signatures.
pub fn attachable(typed: &str, project: &Project, most: usize) -> Vec<Attachable> {
    let typed = typed.trim_start_matches('@').trim();
    let (kind, typed) = match typed.split_once(':') {
        Some((kind @ ("file" | "folder" | "symbol"), rest)) => (Some(kind), rest),
        _ => (None, typed),
    };
    let typed = typed.trim_matches('"');
    let lower = typed.to_lowercase();
    let wants = |it: &str| kind.is_none_or(|kind| kind == it);
    let mut found: Vec<(u32, Attachable)> = Vec::new();
    if kind.is_none() {
        for (n, (label, detail)) in (0..).zip(ALWAYS) {
            if label.starts_with(&lower) {
                let attachable = Attachable {
                    label: label.to_owned(),
                    kind: label,
                    detail: detail.to_owned(),
                    insert: format!("@{label}"),
                };
                found.push((if lower.is_empty() { n } else { 1 }, attachable));
            }
        }
    }
    let files = project.files();
    if wants("file") {
        for path in files {
            if let Some(far) = far(path, &lower) {
                found.push((far, file(path)));
            }
        }
    }
    if wants("folder") {
        for path in folders(files) {
            if let Some(far) = far(path.trim_end_matches('/'), lower.trim_end_matches('/')) {
                found.push((far + 1, folder(path)));
            }
        }
    }
    if wants("symbol") && !typed.is_empty() {
        found.extend(symbols(project, typed, &lower, most));
    }
    found.sort_by(|a, b| {
        let key = |it: &(u32, Attachable)| (it.0, it.1.detail.len(), it.1.insert.clone());
        key(a).cmp(&key(b))
    });
    let mut found: Vec<Attachable> = found.into_iter().map(|it| it.1).collect();
    found.dedup_by(|a, b| a.insert == b.insert);
    found.truncate(most);
    found
}

/// How far a path is from what is typed, in words: its name, the start of it, the start of a part, anywhere, letter by
/// letter. `None`: it is not meant.
fn far(path: &str, typed: &str) -> Option<u32> {
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or(&path);
    let stem = name.split('.').next().unwrap_or(name);
    if typed.is_empty() {
        // What is nearest to the root.
        return Some(4 + path.matches('/').count() as u32);
    }
    if name == typed || path == typed || stem == typed {
        Some(1)
    } else if name.starts_with(typed) || path.starts_with(typed) {
        Some(3)
    } else if path.contains(&format!("/{typed}")) {
        Some(5)
    } else if path.contains(typed) {
        Some(7)
    } else if typed.len() >= 3 && is_spread(&path, typed) {
        Some(12)
    } else {
        None
    }
}

/// Whether all letters stand in the text in this order.
fn is_spread(text: &str, letters: &str) -> bool {
    let mut rest = text.chars();
    letters.chars().all(|it| rest.any(|other| other == it))
}

fn file(path: &str) -> Attachable {
    Attachable {
        label: path.rsplit('/').next().unwrap_or(path).to_owned(),
        kind: "file",
        detail: path.to_owned(),
        insert: format!("@{}", quoted(path)),
    }
}

fn folder(path: &str) -> Attachable {
    let name = path.trim_end_matches('/').rsplit('/').next();
    Attachable {
        label: name.unwrap_or(path).to_owned(),
        kind: "folder",
        detail: path.to_owned(),
        insert: format!("@{}", quoted(path)),
    }
}

/// The folders of these files, each once, with `/` at the end.
fn folders(files: &[String]) -> std::collections::BTreeSet<&str> {
    files
        .iter()
        .flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..=at]))
        .collect()
}

fn quoted(path: &str) -> String {
    match path.contains(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | '@')) {
        true => format!("\"{path}\""),
        false => path.to_owned(),
    }
}

fn symbols(project: &Project, typed: &str, lower: &str, most: usize) -> Vec<(u32, Attachable)> {
    let named = project.named(typed, SAME);
    let like = project.symbols_like(typed, 4 * most);
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for it in named.into_iter().chain(like) {
        let name = it.name.to_lowercase();
        if matches!(it.kind, Kind::Heading | Kind::Key)
            || !seen.insert((it.path.clone(), it.line, it.name.clone()))
        {
            continue;
        }
        let far = match () {
            () if it.name == typed => 1,
            () if name == lower => 2,
            () if name.starts_with(lower) => 4,
            () if name.contains(lower) => 6,
            () => 10,
        };
        let written = match &it.container {
            Some(container) if is_plain(container) => format!("{container}.{}", it.name),
            _ => it.name.clone(),
        };
        let attachable = Attachable {
            insert: format!("@symbol:{written}"),
            label: written,
            kind: "symbol",
            detail: format!("{} ({}:{})", it.signature, it.path, it.line),
        };
        found.push((far, attachable));
    }
    found
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|it| it.is_alphanumeric() || it == '_')
}
