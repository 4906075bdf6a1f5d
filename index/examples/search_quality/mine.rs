//! Questions out of real code: a copy of a project without comments and docstrings, and sentences out of those comments
//! with the one function that each of them describes.

use hob_index::language::Language;
use hob_index::walk;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use tree_sitter::{Node, Parser, Tree};

/// A sentence with fewer words says too little to have one right answer.
const FEWEST_WORDS: usize = 4;

/// A project without its comments, and what can be asked of it.
pub(super) struct Project {
    /// The files: path below the root with `/`, and the text without comments.
    pub(super) files: Vec<(String, String)>,
    /// The questions, in an order that only depends on them.
    pub(super) questions: Vec<Question>,
}

/// A sentence, and the function that it was written about.
#[derive(Clone)]
pub(super) struct Question {
    /// The sentence, without the function's name.
    pub(super) text: String,
    /// The function's name.
    pub(super) name: String,
    /// The file that it is in.
    pub(super) path: String,
    /// The line that its name is on, from 1, in the text without comments.
    pub(super) line: usize,
    /// The file's language.
    pub(super) language: &'static str,
}

/// Reads a project and takes at most `most` questions from it.
pub(super) fn mine(root: &Path, most: usize) -> Project {
    let mut files = Vec::new();
    let mut questions = Vec::new();
    for file in walk::files(root).0 {
        let (Ok(text), Ok(path)) = (walk::read(root, &file.path), file.path.strip_prefix(root))
        else {
            continue;
        };
        let path = path.to_string_lossy().replace('\\', "/");
        let language = Language::of_path(&file.path);
        match language.and_then(|it| Some((it, parse(it, &text)?))) {
            Some((language, tree)) if !language.prose => {
                let bare = Bare::new(&text, &tree, language);
                asked(&text, &tree, language, &bare, &path, &mut questions);
                files.push((path, bare.text));
            }
            _ => files.push((path, text)),
        }
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for question in &questions {
        *seen.entry(question.text.to_lowercase()).or_default() += 1;
    }
    questions.retain(|it| seen[&it.text.to_lowercase()] == 1);
    questions.sort_by_cached_key(|it| {
        let key = format!("{} {} {}", it.path, it.name, it.text);
        *blake3::hash(key.as_bytes()).as_bytes()
    });
    questions.truncate(most);
    Project { files, questions }
}

fn parse(language: &Language, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&(language.grammar?)()).ok()?;
    parser.parse(text, None)
}

/// A text without comments and docstrings.
struct Bare {
    text: String,
    removed: Vec<Range<usize>>,
}

impl Bare {
    fn new(text: &str, tree: &Tree, language: &Language) -> Bare {
        let mut removed = Vec::new();
        let mut bare = String::with_capacity(text.len());
        let mut end = 0;
        each_node(tree.root_node(), &mut |node| {
            let is_docstring = language.id == "python" && is_docstring(node);
            if !node.kind().contains("comment") && !is_docstring {
                return true;
            }
            // Python wants something in a body.
            let is_body = is_docstring
                && node
                    .parent()
                    .is_some_and(|it| it.kind() == "block" && it.named_child_count() == 1);
            let range = match is_body {
                true => node.byte_range(),
                false => with_its_lines(text, node.byte_range()),
            };
            if range.start >= end {
                bare.push_str(&text[end..range.start]);
                if is_body {
                    bare.push_str("pass");
                }
                end = range.end;
                removed.push(range);
            }
            false
        });
        bare.push_str(&text[end..]);
        Bare {
            text: bare,
            removed,
        }
    }

    /// The line, from 1, that an offset of the original is on.
    fn line(&self, text: &str, offset: usize) -> usize {
        let newlines = |it: &str| it.matches('\n').count();
        let gone: usize = self
            .removed
            .iter()
            .take_while(|it| it.end <= offset)
            .map(|it| newlines(&text[it.clone()]))
            .sum();
        newlines(&text[..offset]) - gone + 1
    }
}

/// The range, with the whole lines where nothing else is on them.
fn with_its_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |it| it + 1);
    // Rust's doc comments hold their newline already.
    let end = match text[..range.end].ends_with('\n') {
        true => range.end,
        false => text[range.end..]
            .find('\n')
            .map_or(text.len(), |it| range.end + it + 1),
    };
    let blank = |it: &str| it.trim().is_empty();
    if blank(&text[start..range.start]) && blank(&text[range.end..end]) {
        start..end
    } else {
        let end = range.start + text[range.clone()].trim_end().len();
        range.start..end
    }
}

fn is_docstring(node: Node) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|it| it.kind() == "string")
}

/// Visits the tree in the order of the text; where `visit` says no, not what is below.
fn each_node<'tree>(node: Node<'tree>, visit: &mut impl FnMut(Node<'tree>) -> bool) {
    let mut cursor = node.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The questions that a file answers.
fn asked(
    text: &str,
    tree: &Tree,
    language: &'static Language,
    bare: &Bare,
    path: &str,
    out: &mut Vec<Question>,
) {
    each_node(tree.root_node(), &mut |node| {
        if let Some(name) = function_name(node)
            && let Some(doc) = doc_of(node, language, text)
            && let name_text = &text[name.byte_range()]
            && let Some(sentence) = sentence(&doc, name_text)
        {
            out.push(Question {
                text: sentence,
                name: name_text.to_owned(),
                path: path.to_owned(),
                line: bare.line(text, name.start_byte()),
                language: match language.id {
                    "cpp" => "c",
                    "typescript" | "typescriptreact" | "javascriptreact" => "javascript",
                    id => id,
                },
            });
        }
        true
    });
}

/// The name of a function that has a body.
fn function_name(node: Node) -> Option<Node> {
    match node.kind() {
        "function_item"
        | "function_declaration"
        | "generator_function_declaration"
        | "method_declaration"
        | "method_definition"
        | "function_definition" => {
            node.child_by_field_name("body")?;
            if let Some(name) = node.child_by_field_name("name") {
                return Some(name);
            }
            // C: the name is below pointers and parameters.
            let mut declarator = node.child_by_field_name("declarator")?;
            while let Some(inner) = declarator.child_by_field_name("declarator") {
                declarator = inner;
            }
            (declarator.kind() == "identifier").then_some(declarator)
        }
        "variable_declarator" => {
            let value = node.child_by_field_name("value")?;
            matches!(value.kind(), "arrow_function" | "function_expression")
                .then(|| node.child_by_field_name("name"))
                .flatten()
        }
        _ => None,
    }
}

/// The text of the comment that documents a function, markers included.
fn doc_of(function: Node, language: &Language, text: &str) -> Option<String> {
    if language.id == "python" {
        let first = function.child_by_field_name("body")?.named_child(0)?;
        return is_docstring(first).then(|| {
            let text = &text[first.byte_range()];
            let text = text.trim_start_matches(|it: char| it.is_ascii_alphabetic());
            text.trim_matches(['"', '\'']).to_owned()
        });
    }
    let mut node = function;
    while let Some(parent) = node.parent()
        && matches!(
            parent.kind(),
            "export_statement" | "lexical_declaration" | "variable_declaration"
        )
    {
        node = parent;
    }
    let mut lines: Vec<&str> = Vec::new();
    let mut top = node.start_position().row;
    while let Some(previous) = node.prev_sibling() {
        let kind = previous.kind();
        let raw = &text[previous.byte_range()];
        let end = previous.start_position().row + raw.trim_end().matches('\n').count();
        if kind.contains("comment") && end + 1 >= top && is_doc(raw, language) {
            // A comment behind the code of the line before belongs to that.
            let start = text[..previous.start_byte()]
                .rfind('\n')
                .map_or(0, |it| it + 1);
            if !text[start..previous.start_byte()].trim().is_empty() {
                break;
            }
            lines.push(raw);
            if raw.starts_with("/*") {
                break;
            }
        } else if !matches!(kind, "attribute_item" | "decorator") {
            break;
        }
        top = previous.start_position().row;
        node = previous;
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn is_doc(comment: &str, language: &Language) -> bool {
    match language.id {
        "rust" => comment.starts_with("///") || comment.starts_with("/**"),
        "go" | "c" | "cpp" => true,
        _ => comment.starts_with("/**"),
    }
}

/// The first sentence of a comment, as somebody might ask for it; without the function's name.
fn sentence(doc: &str, name: &str) -> Option<String> {
    let mut joined = String::new();
    for line in doc.lines() {
        let line = line.trim();
        let line = line.trim_start_matches("/*").trim_start_matches(['*', '!']);
        let line = match line.starts_with("//") {
            true => line.trim_start_matches('/').trim_start_matches('!'),
            false => line,
        };
        let line = line.trim_end_matches("*/").trim_end_matches('*').trim();
        let line = ["@brief", "\\brief", "@internal", "@private"]
            .iter()
            .fold(line, |it, marker| {
                it.trim_start_matches(marker).trim_start()
            });
        let is_end = line.is_empty()
            || line.starts_with("```")
            || line.starts_with(['@', '\\', ':', '#', '>', '-', '=']);
        if is_end && !joined.is_empty() {
            break;
        }
        if !is_end {
            joined.push_str(line);
            joined.push(' ');
        }
    }
    let plain = without_markup(&joined);
    let end = plain
        .match_indices(['.', '!', '?', ';'])
        .find(|(at, _)| {
            let before = &plain[..*at];
            plain[at + 1..].starts_with(char::is_whitespace)
                && !before.ends_with("e.g")
                && !before.ends_with("i.e")
                && !before.ends_with("etc")
        })
        .map_or(plain.len(), |(at, _)| at);
    let masked: Vec<&str> = plain[..end]
        .split_whitespace()
        .filter(|it| {
            let word = it.trim_matches(|it: char| !(it.is_alphanumeric() || it == '_'));
            let last = word.rsplit(['.', '#', ':']).next().unwrap_or(word);
            !last.trim_end_matches("()").eq_ignore_ascii_case(name)
        })
        .collect();
    let words = masked
        .iter()
        .filter(|it| it.chars().any(char::is_alphabetic))
        .count();
    let sentence = masked.join(" ");
    let lower = sentence.to_lowercase();
    let is_boilerplate = [
        "inheritdoc",
        "deprecated",
        "todo",
        "fixme",
        "copyright",
        "license",
        "see also",
        "auto-generated",
        "no-op",
    ]
    .iter()
    .any(|it| lower.contains(it))
        || lower.starts_with("see ");
    (words >= FEWEST_WORDS && !is_boilerplate).then_some(sentence)
}

/// Without tags, links and code marks; their texts stay.
fn without_markup(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{', '`', '[', ']', '*']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        // A tag, or the target of a link.
        let skipped = if let Some(target) = tail.strip_prefix("](") {
            target.find(')').map(|it| it + 3)
        } else if tail.starts_with('<')
            && tail[1..].starts_with(|it: char| it.is_alphabetic() || it == '/')
        {
            tail.find('>').map(|it| it + 1)
        } else if tail.starts_with("{@") {
            tail.find(' ').map(|it| it + 1)
        } else {
            None
        };
        rest = &tail[skipped.unwrap_or(1)..];
    }
    out.push_str(rest);
    for role in [
        ":class:", ":func:", ":meth:", ":attr:", ":mod:", ":ref:", ":exc:", ":data:", ":obj:",
    ] {
        out = out.replace(role, "");
    }
    out.replace('}', "")
}
