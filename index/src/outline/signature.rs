//! How a definition is declared, on one line.

use crate::outline::Kind;
use std::borrow::Cow;
use std::ops::Range;
use tree_sitter::Node;

/// Longer signatures are cut; in bytes.
const LONGEST: usize = 200;
/// How much of a declaration is read for its signature, in bytes: all variables of a statement share one declaration.
const READ: usize = 8 << 10;
/// How deep attributes are looked for.
const DEEPEST: usize = 16;
/// Values longer than this are left out of the signatures of constants and variables; in bytes.
const LONGEST_VALUE: usize = 80;

/// The value that a definition gives its name.
pub(super) fn value(node: Node) -> Option<Node> {
    node.child_by_field_name("value")
        .map(|it| match (it.kind(), it.named_child_count()) {
            // Go's values stand in a list.
            ("expression_list", 1) => it.named_child(0).unwrap_or(it),
            _ => it,
        })
        .or_else(|| node.child_by_field_name("right"))
        .or_else(|| {
            let list = (node.kind() == "assignment_statement")
                .then(|| node.named_child(1))
                .flatten()?;
            list.named_child(0)
        })
}

pub(super) fn is_function(node: Node) -> bool {
    matches!(
        node.kind(),
        "arrow_function"
            | "function_expression"
            | "generator_function"
            | "function_definition"
            | "lambda_literal"
            | "func_literal"
    )
}

/// How a definition is declared, on one line.
pub(super) fn signature(node: Node, whole: Node, kind: Kind, text: &str) -> String {
    // The only member of Go's `const ( … )`.
    let is_group = |it: &Node| {
        let child = it.child(1);
        child.is_some_and(|it| matches!(it.kind(), "(" | "var_spec_list"))
    };
    let is_spec = node.kind().ends_with("_spec");
    let whole = if is_spec && is_group(&whole) {
        node
    } else {
        whole
    };
    let start = without_attributes(node, whole);
    let end = declaration_end(node, whole, kind, text);
    let source = text.get(start..end.max(start)).unwrap_or("");
    let mut line = keyword(node, whole).to_owned();
    if let Some(body) = body_of_type(node) {
        // `typedef struct { … } shape;`, `struct { … } shapes[];`
        let at = |it: usize| it.saturating_sub(start).min(source.len());
        let (head, tail) = (source.get(..at(body.start)), source.get(at(body.end)..));
        line = on_one_line(head.unwrap_or(""), line);
        line.push_str(" { … } ");
        return on_one_line(tail.unwrap_or(""), line);
    }
    let line = on_one_line(source, line);
    match kind {
        Kind::Heading => line.trim_start_matches('#').trim().to_owned(),
        _ => line.replace(",)", ")"),
    }
}

/// The body of the type that C defines where it uses it.
fn body_of_type(node: Node) -> Option<Range<usize>> {
    let kind = node.kind();
    let is_use = matches!(
        kind,
        "type_definition" | "declaration" | "field_declaration"
    );
    let of = node.child_by_field_name("type").filter(|_| is_use)?;
    let is_type = of.kind().ends_with("_specifier");
    let body = of.child_by_field_name("body").filter(|_| is_type)?;
    Some(body.byte_range())
}

/// How a line declares something, where there is no syntax to go by.
pub(super) fn of_line(line: &str) -> String {
    on_one_line(line, String::new())
}

/// What a member of a group leaves out: `const` in Go's `const ( … )`.
fn keyword(node: Node, whole: Node) -> &'static str {
    match node.kind() {
        _ if whole != node => "",
        "const_spec" => "const ",
        "var_spec" => "var ",
        "type_spec" | "type_alias" if node.child_by_field_name("name").is_some() => {
            let is_go = node
                .parent()
                .is_some_and(|it| it.kind() == "type_declaration");
            if is_go { "type " } else { "" }
        }
        _ => "",
    }
}

/// Adds a source to a line with its blanks joined, without comments and open ends.
fn on_one_line(source: &str, mut line: String) -> String {
    let mut end = READ.min(source.len());
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let source = &source[..end];
    let source = without_inner_comments(source);
    // Lines of the preprocessor, comments of Python and attributes of Rust start with `#`.
    let pieces = source
        .lines()
        .enumerate()
        .filter(|it| it.0 == 0 || !it.1.trim_start().starts_with('#'));
    for (_, piece) in pieces {
        for word in without_comment(piece).split_whitespace() {
            let glued = line.is_empty()
                || line.ends_with(['(', '[', ' '])
                || word.starts_with([')', ']', ',', ';']);
            if !glued {
                line.push(' ');
            }
            line.push_str(word);
        }
        if line.len() > LONGEST {
            break;
        }
    }
    if line.len() > LONGEST {
        let mut end = LONGEST;
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.truncate(end);
        line.push('…');
    }
    line.trim_end_matches([' ', '{', '(', ';', ',', ':', '='])
        .to_owned()
}

/// Where the declaration itself begins, behind annotations and decorators.
fn without_attributes(node: Node, whole: Node) -> usize {
    let is_attribute = |node: Node| {
        let it = node.kind();
        it.contains("annotation") && it != "annotation_type_declaration"
            // Python calls `self.width` an attribute.
            || it.starts_with("attribute") && node.child_by_field_name("object").is_none()
            || it == "decorator"
            || it == "type_annotation_list"
            || it.contains("comment")
            || it == "preproc_pragma"
    };
    let start = if whole.kind() == "decorated_definition" {
        node
    } else {
        whole
    };
    first_after(start, DEEPEST, &is_attribute).unwrap_or(start.start_byte())
}

fn first_after(node: Node, depth: usize, is_attribute: &impl Fn(Node) -> bool) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if is_attribute(child) {
            continue;
        }
        if child.kind() == "modifiers"
            || child.kind().ends_with("_statement") && child.start_byte() == node.start_byte()
        {
            match first_after(child, depth, is_attribute) {
                Some(it) => return Some(it),
                None => continue,
            }
        }
        return Some(child.start_byte());
    }
    None
}

fn body_of(node: Node) -> Option<usize> {
    node.child_by_field_name("body").map(start_with_comments)
}

/// Where the declaration ends and the body begins.
fn declaration_end(node: Node, whole: Node, kind: Kind, text: &str) -> usize {
    let end = match node.kind() {
        "macro_definition" => node.child_by_field_name("name").map(|it| it.end_byte()),
        "preproc_function_def" => node
            .child_by_field_name("parameters")
            .map(|it| it.end_byte()),
        "declaration" | "type_definition" | "field_declaration" if body_of_type(node).is_some() => {
            Some(long_initializer(node).unwrap_or(whole.end_byte()))
        }
        "declaration" => long_initializer(node),
        _ => value(node).map(|it| value_end(it, node, whole, kind, text)),
    };
    if let Some(end) = end {
        return end.min(whole.end_byte());
    }
    let body = body_of(node)
        .or_else(|| {
            node.child_by_field_name("type")
                .filter(|_| kind != Kind::Field)
                .and_then(body_of)
        })
        .or_else(|| body_without_field(node));
    let end = match (kind, body) {
        (Kind::Heading | Kind::Key, _) => line_end(node, text),
        (_, Some(body)) => body,
        // Something is half typed, and the body may be in what was read as the head.
        (_, None) if node.has_error() => line_end(node, text),
        (_, None) => whole.end_byte(),
    };
    end.min(whole.end_byte())
}

/// Where a declaration with this value ends: after it, or before it where it is long.
fn value_end(value: Node, node: Node, whole: Node, kind: Kind, text: &str) -> usize {
    if is_function(value) {
        return body_of(value).unwrap_or(value.end_byte());
    }
    let is_long = value.end_byte() - value.start_byte() > LONGEST_VALUE;
    let is_list = matches!(
        value.kind(),
        "object" | "array" | "class" | "dictionary" | "list" | "table_constructor"
    );
    match kind {
        _ if is_long || is_list => value.start_byte(),
        Kind::Key => line_end(node, text),
        // Observers of Swift's properties stand behind the value.
        _ => body_without_field(node).unwrap_or(whole.end_byte()),
    }
}

/// Where C's declaration starts with a value that is long.
fn long_initializer(node: Node) -> Option<usize> {
    let value = node
        .child_by_field_name("declarator")?
        .child_by_field_name("value")?;
    let is_long = value.end_byte() - value.start_byte() > LONGEST_VALUE;
    is_long.then_some(value.start_byte())
}

/// Where a body starts that its grammar gives no field.
fn body_without_field(node: Node) -> Option<usize> {
    let is_body = |it: &Node| {
        let kind = it.kind();
        kind.ends_with("_body")
            || kind.ends_with("_declaration_list")
            || matches!(
                kind,
                "block"
                    | "getter"
                    | "setter"
                    | "property_delegate"
                    | "computed_property"
                    | "willset_didset_block"
                    | "function_language"
                    | "function_volatility"
                    | "function_strictness"
                    | "column_definitions"
                    | "struct_declaration"
                    | "enum_declaration"
                    | "union_declaration"
                    | "method_elem"
                    | "type_elem"
            )
    };
    let mut cursor = node.walk();
    let of_type = node
        .child_by_field_name("type")
        .and_then(|it| it.named_child(0));
    let children = node.named_children(&mut cursor).chain(of_type);
    children.filter(is_body).map(start_with_comments).min()
}

/// Where a body starts, with the comments right before it.
fn start_with_comments(body: Node) -> usize {
    let mut first = body;
    while let Some(before) = first
        .prev_named_sibling()
        .filter(|it| it.kind().contains("comment"))
    {
        first = before;
    }
    first.start_byte()
}

/// The end of a node's first line.
fn line_end(node: Node, text: &str) -> usize {
    let source = &text[node.byte_range()];
    node.start_byte() + source.find('\n').unwrap_or(source.len())
}

/// A text without its `/* … */`.
fn without_inner_comments(source: &str) -> Cow<'_, str> {
    let Some(start) = source.find("/*") else {
        return source.into();
    };
    let mut out = source[..start].to_owned();
    let mut rest = &source[start..];
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].split_once("*/").map_or("", |it| it.1);
    }
    out.push_str(rest);
    out.into()
}

/// A line without the comment at its end. Where its mark stands in a string, the rest is lost, and no harm done.
fn without_comment(line: &str) -> &str {
    match line
        .find(" //")
        .or_else(|| line.find(" # "))
        .or_else(|| line.trim_start().starts_with("//").then_some(0))
    {
        Some(at) => &line[..at],
        None => line,
    }
}
