//! What a file brings in from elsewhere: from the text of the statement that says so.

use crate::outline::Import;
use tree_sitter::Node;

/// The imports of one statement.
pub(super) fn of(language: &str, node: Node, text: &str) -> Vec<Import> {
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
            let start = source.find("use ").map_or(0, |it| it + 4);
            let mut found = Vec::new();
            rust_tree(source[start..].trim().trim_end_matches(';'), "", &mut found);
            found
                .into_iter()
                .map(|(path, names)| import(&path, names))
                .collect()
        }
        "python" => python(source)
            .into_iter()
            .map(|(path, names)| import(&path, names))
            .collect(),
        "javascript" | "javascriptreact" | "typescript" | "typescriptreact" => {
            let names = source
                .split_once("from")
                .map(|it| it.0)
                .or_else(|| source.split_once("=").map(|it| it.0));
            let names = names.map_or(Vec::new(), names_of);
            quoted(source)
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
            let path = path.trim().trim_end_matches(".*");
            let last = path.rsplit('.').next().unwrap_or(path);
            let is_name = last.starts_with(char::is_uppercase) || alias.is_some();
            let names = match language {
                "java" | "kotlin" if is_name => vec![alias.unwrap_or(last).trim().to_owned()],
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
            let (path, names) = match source.split_once('{') {
                Some((path, names)) => (path, names_of(names)),
                None => (
                    source,
                    source
                        .rsplit('.')
                        .next()
                        .map(|it| vec![it.to_owned()])
                        .unwrap_or_default(),
                ),
            };
            vec![import(path.trim().trim_end_matches(['.', '_']), names)]
        }
        "php" => {
            let path = after("use");
            let path = path
                .strip_prefix("function ")
                .or_else(|| path.strip_prefix("const "))
                .unwrap_or(path);
            path.split(',')
                .map(|it| {
                    let (path, alias) = it
                        .split_once(" as ")
                        .map_or((it, None), |(path, alias)| (path, Some(alias)));
                    let last = path.rsplit('\\').next().unwrap_or(path);
                    import(path, vec![alias.unwrap_or(last).trim().to_owned()])
                })
                .collect()
        }
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
            one(path.trim_matches(['"', '<', '>']))
        }
        "css" => quoted(source)
            .map(|it| import(it, Vec::new()))
            .into_iter()
            .collect(),
        "shellscript" => {
            let mut words = source.split_whitespace();
            match (words.next(), words.next()) {
                (Some("source" | "."), Some(path)) => one(path.trim_matches(['"', '\''])),
                _ => Vec::new(),
            }
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
fn rust_tree(tree: &str, prefix: &str, found: &mut Vec<(String, Vec<String>)>) {
    let tree = tree.trim();
    let join = |path: &str| match (prefix, path) {
        ("", _) => path.to_owned(),
        (_, "") => prefix.to_owned(),
        _ => format!("{prefix}::{path}"),
    };
    if let Some((path, inner)) = tree.split_once('{') {
        let path = join(path.trim().trim_end_matches("::"));
        let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
        let mut depth = 0;
        let mut start = 0;
        for (at, char) in inner.char_indices() {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    rust_tree(&inner[start..at], &path, found);
                    start = at + 1;
                }
                _ => {}
            }
        }
        rust_tree(&inner[start..], &path, found);
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
            let path = join(parent);
            let name = alias.unwrap_or(last).to_owned();
            match found.iter_mut().find(|it| it.0 == path && !it.1.is_empty()) {
                Some(known) => known.1.push(name),
                None => found.push((path, vec![name])),
            }
        }
    }
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
