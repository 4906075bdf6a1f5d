//! What a file brings in from elsewhere: from the text of the statement that says so.

use crate::outline::Import;
use tree_sitter::Node;

/// Longer statements bring nothing, in bytes: they are no imports, or made to cost.
const LONGEST: usize = 64 << 10;
/// Longer paths are none, in bytes. Each leaf of a tree of Rust repeats what stands before it.
const LONGEST_PATH: usize = 1_000;
/// How deep trees of Rust may stand in each other.
const DEEPEST: usize = 32;

/// The imports of one statement.
pub(super) fn of(language: &str, node: Node, text: &str) -> Vec<Import> {
    if node.byte_range().len() > LONGEST {
        return Vec::new();
    }
    let mut found = unbounded(language, node, text);
    found.retain(|it| it.path.len() <= LONGEST_PATH);
    found
}

fn unbounded(language: &str, node: Node, text: &str) -> Vec<Import> {
    let line = node.start_position().row + 1;
    let source = &text[node.byte_range()];
    let import = |path: &str, names: Vec<String>| Import {
        path: path.trim().to_owned(),
        names,
        line,
    };
    let one = |path: &str| match path.trim().is_empty() {
        true => Vec::new(),
        false => vec![import(path, Vec::new())],
    };
    let after = |word: &str| {
        source
            .trim_start()
            .strip_prefix(word)
            .unwrap_or(source)
            .trim()
            .trim_end_matches(';')
    };
    match language {
        "rust" => {
            let start = source
                .find("use ")
                .map(|it| it + 4)
                .or_else(|| source.find("crate ").map(|it| it + 6));
            let source = without_comments(&source[start.unwrap_or(0)..], "//");
            let mut found = Vec::new();
            rust_tree(source.trim().trim_end_matches(';'), "", 0, &mut found);
            found
                .into_iter()
                .map(|(path, names)| import(&path, names))
                .collect()
        }
        "python" => python(&without_comments(source, "#"))
            .into_iter()
            .map(|(path, names)| import(&path, names))
            .collect(),
        "javascript" | "javascriptreact" | "typescript" | "typescriptreact" => {
            let from = node.child_by_field_name("source");
            let names = match from {
                Some(from) => &text[node.start_byte()..from.start_byte()],
                None => source.split_once('=').map_or("", |it| it.0),
            };
            let path = from.map_or(source, |it| &text[it.byte_range()]);
            let names = without_comments(names, "//");
            let names = names.trim_end();
            let names = names_of(names.strip_suffix("from").unwrap_or(names));
            quoted(path)
                .map(|it| import(it, names))
                .into_iter()
                .collect()
        }
        "go" => {
            let alias = source
                .split_whitespace()
                .next()
                .filter(|it| !it.starts_with(['"', '`', '_', '.']));
            let names = alias.map(|it| vec![it.to_owned()]).unwrap_or_default();
            quoted(source)
                .map(|it| import(it, names))
                .into_iter()
                .collect()
        }
        "java" | "kotlin" | "csharp" | "swift" => {
            let word = if language == "csharp" {
                "using"
            } else {
                "import"
            };
            let path = after(word);
            let path = path.strip_prefix("static ").unwrap_or(path);
            let path = path.split_once('=').map_or(path, |it| it.1.trim());
            let (path, alias) = path
                .split_once(" as ")
                .map_or((path, None), |(path, alias)| (path, Some(alias)));
            let path = path.trim();
            let all = path.strip_suffix(".*");
            let path = all.unwrap_or(path);
            let last = path.rsplit('.').next().unwrap_or(path);
            let names = match language {
                "java" | "kotlin" if all.is_none() => vec![alias.unwrap_or(last).trim().to_owned()],
                _ => Vec::new(),
            };
            one(path)
                .into_iter()
                .map(|it| Import {
                    names: names.clone(),
                    ..it
                })
                .collect()
        }
        "scala" => {
            let source = after("import");
            let (path, names) = source.split_once('{').unwrap_or_else(|| {
                let last = source.rsplit('.').next().unwrap_or(source);
                (source, last)
            });
            let mut names = names_of(names);
            names.retain(|it| it != "_");
            let path = path.trim().trim_end_matches(['.', '_', '*']);
            vec![import(path, names)]
        }
        "php" if node.kind() == "namespace_use_declaration" => php(after("use"))
            .into_iter()
            .map(|(path, names)| import(&path, names))
            .collect(),
        "php" => quoted(source)
            .map(|it| import(it.trim_start_matches('/'), Vec::new()))
            .into_iter()
            .collect(),
        "ruby" => {
            let is_require = [
                "require ",
                "require_relative ",
                "require(",
                "load ",
                "autoload ",
            ]
            .iter()
            .any(|it| source.starts_with(it));
            if is_require {
                quoted(source)
                    .map(|it| import(it, Vec::new()))
                    .into_iter()
                    .collect()
            } else {
                Vec::new()
            }
        }
        "lua" | "zig" => {
            let name = source
                .split_once('=')
                .map(|it| it.0.trim())
                .and_then(|it| it.rsplit([' ', '\t']).next());
            let names = name.map(|it| vec![it.to_owned()]).unwrap_or_default();
            quoted(source)
                .map(|it| import(it, names))
                .into_iter()
                .collect()
        }
        "c" | "cpp" => {
            let path = source.trim_start().trim_start_matches('#').trim_start();
            let path = path.strip_prefix("include").unwrap_or(path).trim();
            let end = path.get(1..).and_then(|it| it.find(['"', '>']));
            one(path
                .get(..end.map_or(path.len(), |it| it + 1))
                .unwrap_or(path)
                .trim_start_matches(['"', '<']))
        }
        "css" => quoted(source)
            .map(|it| import(it, Vec::new()))
            .into_iter()
            .collect(),
        "shellscript" => {
            let is_source = matches!(source.split_whitespace().next(), Some("source" | "."));
            let argument = node.child_by_field_name("argument").filter(|_| is_source);
            argument.map_or(Vec::new(), |it| {
                one(text[it.byte_range()].trim_matches(['"', '\'']))
            })
        }
        _ => Vec::new(),
    }
}

/// The first quoted text.
fn quoted(source: &str) -> Option<&str> {
    let start = source.find(['"', '\'', '`'])?;
    let quote = source[start..].chars().next()?;
    let rest = &source[start + 1..];
    Some(&rest[..rest.find(quote)?])
}

/// The names in `{ a as b, c }`, `d, * as e`, as they are called here.
fn names_of(source: &str) -> Vec<String> {
    source
        .split([',', '{', '}', '(', ')'])
        .filter_map(|it| {
            let mut words = it
                .split([' ', '\t', '\n', '\r', ':', '>'])
                .filter(|it| !it.is_empty());
            words.next_back()
        })
        .map(|it| it.trim_matches(|it: char| !(it.is_alphanumeric() || it == '_' || it == '$')))
        .filter(|it| {
            !it.is_empty()
                && !matches!(
                    *it,
                    "import" | "export" | "type" | "const" | "let" | "var" | "from"
                )
        })
        .map(str::to_owned)
        .collect()
}

/// `a::{b, c::{d as e}, f::*}` as paths with the names that each brings.
fn rust_tree(tree: &str, prefix: &str, depth: usize, found: &mut Vec<(String, Vec<String>)>) {
    if depth > DEEPEST || prefix.len() > LONGEST_PATH {
        return;
    }
    let tree = tree.trim();
    let join = |path: &str| match (prefix, path) {
        ("", _) => path.to_owned(),
        (_, "") => prefix.to_owned(),
        _ => format!("{prefix}::{path}"),
    };
    if let Some((path, inner)) = tree.split_once('{') {
        let path = join(path.trim().trim_end_matches("::"));
        let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
        let mut n_open = 0;
        let mut start = 0;
        for (at, char) in inner.char_indices() {
            match char {
                '{' => n_open += 1,
                '}' => n_open -= 1,
                ',' if n_open == 0 => {
                    rust_tree(&inner[start..at], &path, depth + 1, found);
                    start = at + 1;
                }
                _ => {}
            }
        }
        rust_tree(&inner[start..], &path, depth + 1, found);
        return;
    }
    let (path, alias) = tree
        .split_once(" as ")
        .map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
    let (parent, last) = path.rsplit_once("::").unwrap_or(("", path));
    let last = last.trim();
    match last {
        "" => {}
        "*" => found.push((join(parent), Vec::new())),
        "self" => {
            let path = join(parent);
            let name = path.rsplit("::").next().unwrap_or("").to_owned();
            found.push((path, vec![alias.map_or(name, str::to_owned)]));
        }
        _ => {
            // A crate brings itself.
            let path = join(if parent.is_empty() && prefix.is_empty() {
                last
            } else {
                parent
            });
            let name = alias.unwrap_or(last).to_owned();
            match found.iter_mut().find(|it| it.0 == path && !it.1.is_empty()) {
                Some(known) => known.1.push(name),
                None => found.push((path, vec![name])),
            }
        }
    }
}

/// `A\B`, `A\{B, C as D}`, `function a\b`.
fn php(source: &str) -> Vec<(String, Vec<String>)> {
    let word = source.split_once(' ').map_or("", |it| it.0);
    let source = match word {
        "function" | "const" => &source[word.len()..],
        _ => source,
    };
    let (prefix, list) = source.split_once('{').unwrap_or(("", source));
    if prefix.len() > LONGEST_PATH {
        return Vec::new();
    }
    list.trim_end_matches('}')
        .split(',')
        .map(|it| {
            let (path, alias) = it
                .split_once(" as ")
                .map_or((it, None), |(path, alias)| (path, Some(alias)));
            let last = path.rsplit('\\').next().unwrap_or(path);
            let name = alias.unwrap_or(last).trim().to_owned();
            (format!("{}{}", prefix.trim(), path.trim()), vec![name])
        })
        .filter(|it| !it.0.is_empty())
        .collect()
}

/// A statement without the comments at the ends of its lines.
fn without_comments(source: &str, mark: &str) -> String {
    let lines = source.lines();
    lines
        .map(|it| it.split(mark).next().unwrap_or(""))
        .collect::<Vec<&str>>()
        .join("\n")
}

fn python(source: &str) -> Vec<(String, Vec<String>)> {
    let source = source.trim();
    if let Some(rest) = source.strip_prefix("from ") {
        let Some((path, names)) = rest.split_once(" import") else {
            return Vec::new();
        };
        return vec![(path.trim().to_owned(), names_of(names))];
    }
    let rest = source.strip_prefix("import ").unwrap_or(source);
    rest.split(',')
        .map(|it| {
            let (path, alias) = it
                .split_once(" as ")
                .map_or((it, None), |(path, alias)| (path, Some(alias)));
            let name = alias.unwrap_or(path).trim().to_owned();
            (path.trim().to_owned(), vec![name])
        })
        .filter(|it| !it.0.is_empty())
        .collect()
}
