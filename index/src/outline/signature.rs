//! How a definition is named, and how it is declared, on one line.

use crate::outline::Kind;
use std::borrow::Cow;
use tree_sitter::Node;

/// Longer signatures are cut; in bytes.
const LONGEST: usize = 200;
/// Values longer than this are left out of the signatures of constants and variables; in bytes.
const LONGEST_VALUE: usize = 80;

/// The name of a definition.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    /// What the name itself says that it belongs to (`void Shape::draw()`, Go's receivers).
    pub(super) container: Option<String>,
    /// Whether it is declared as a function (`int area(int);`).
    pub(super) is_function: bool,
}

impl Name {
    fn of(text: &str) -> Name {
        Name {
            text: text.trim_matches(['"', '\'', '`']).trim().to_owned(),
            container: None,
            is_function: false,
        }
    }
}

/// The names that a node defines, in their order.
pub(super) fn names(node: Node, text: &str) -> Vec<Name> {
    let of = |it: Node| Name::of(&text[it.byte_range()]);
    let mut names: Vec<Name> = match node.kind() {
        "section" => node
            .named_child(0)
            .filter(|it| it.kind().ends_with("_heading"))
            .map(|it| {
                Name::of(text[it.byte_range()].trim_matches(['#', ' ', '\n', '=', '-', '\r']))
            })
            .into_iter()
            .collect(),
        "rule_set" => node.named_child(0).map(of).into_iter().collect(),
        "method_declaration" if node.child_by_field_name("receiver").is_some() => {
            let receiver = node.child_by_field_name("receiver");
            let container = receiver.and_then(|it| base_name(it, text));
            let name = node.child_by_field_name("name").map(of);
            name.map(|it| Name { container, ..it })
                .into_iter()
                .collect()
        }
        "init_declaration" => vec![Name::of("init")],
        _ => by_field(node, text),
    };
    names.retain(|it| !it.text.is_empty() && it.text.len() <= LONGEST && !it.text.contains('\n'));
    names
}

fn by_field(node: Node, text: &str) -> Vec<Name> {
    let mut cursor = node.walk();
    let declarators: Vec<Node> = node
        .children_by_field_name("declarator", &mut cursor)
        .collect();
    if !declarators.is_empty() {
        return declarators
            .into_iter()
            .filter_map(|it| declared(it, text))
            .collect();
    }
    for field in ["name", "left", "pattern", "key"] {
        let mut cursor = node.walk();
        let named: Vec<Node> = node
            .children_by_field_name(field, &mut cursor)
            .filter(|it| it.is_named())
            .collect();
        // Swift calls the types of a declaration `name` as well: only the first, and equals of its kind, are names.
        let first = named.first().map(|it| it.kind());
        let found: Vec<Name> = named
            .into_iter()
            .filter(|it| Some(it.kind()) == first)
            .filter_map(|it| simple(it, text))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    let mut cursor = node.walk();
    let children: Vec<Node> = node.named_children(&mut cursor).collect();
    let identifier = children.iter().find_map(|it| match it.kind() {
        "identifier" | "type_identifier" | "simple_identifier" | "name" | "bare_key"
        | "dotted_key" | "quoted_key" => Some(Name::of(&text[it.byte_range()])),
        "variable_declaration" | "object_reference" | "variable_name" | "enum_variant" => Some(
            Name::of(text[it.byte_range()].split(':').next().unwrap_or("")),
        ),
        "variable_list" => simple(it.named_child(0)?, text),
        _ => None,
    });
    identifier.into_iter().collect()
}

/// The name that a plain target has; `None` for patterns.
fn simple(node: Node, text: &str) -> Option<Name> {
    let of = |it: Node| Name::of(&text[it.byte_range()]);
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "object_pattern"
        | "array_pattern"
        | "pattern_list"
        | "tuple_pattern"
        | "subscript"
        | "subscript_expression"
        | "attribute"
        | "instance_variable"
        | "global_variable"
        | "class_variable"
        | "element_reference"
        | "left_assignment_list"
        | "computed_property_name" => None,
        "dot_index_expression" | "method_index_expression" => {
            let name = field("field").or_else(|| field("method"))?;
            let container = field("table").map(|it| text[it.byte_range()].to_owned());
            Some(Name {
                container,
                ..of(name)
            })
        }
        "member_expression" => {
            let object = &text[field("object")?.byte_range()];
            let object = object.trim_end_matches(".prototype");
            let container = match object {
                "exports" | "module.exports" | "this" | "window" | "module" => None,
                _ if object.contains(['(', '[', ' ', '\n']) => return None,
                _ => Some(object.rsplit('.').next().unwrap_or(object).to_owned()),
            };
            Some(Name {
                container,
                ..of(field("property")?)
            })
        }
        _ => Some(of(node)),
    }
}

/// The name within a declarator of C.
fn declared(declarator: Node, text: &str) -> Option<Name> {
    let mut node = declarator;
    let mut is_function = false;
    // Each step goes down one level; declarators are a few levels deep.
    for _ in 0..32 {
        let inner = node
            .child_by_field_name("declarator")
            .or_else(|| match node.kind() {
                "parenthesized_declarator" | "reference_declarator" | "attributed_declarator" => {
                    node.named_child(0)
                }
                _ => None,
            });
        // `int (*draw)(int);` declares a pointer.
        is_function |= node.kind() == "function_declarator"
            && inner.is_some_and(|it| it.kind() != "parenthesized_declarator");
        match inner {
            Some(it) => node = it,
            None => break,
        }
    }
    let mut container = None;
    while node.kind() == "qualified_identifier" {
        let scope = node
            .child_by_field_name("scope")
            .and_then(|it| base_name(it, text));
        container = scope.or(container);
        node = node.child_by_field_name("name")?;
    }
    if !node.kind().ends_with("identifier")
        && !matches!(
            node.kind(),
            "destructor_name" | "operator_name" | "operator_cast" | "variable_declarator"
        )
    {
        return None;
    }
    let name = node.child_by_field_name("name").unwrap_or(node);
    Some(Name {
        container,
        is_function,
        ..Name::of(&text[name.byte_range()])
    })
}

/// The type that something is about: `Shape` in `&mut shapes::Shape<T>`, in `(s *Shape)`, in `Shape<'a>`.
pub(super) fn base_name(node: Node, text: &str) -> Option<String> {
    if node.kind() == "type_identifier" || node.kind() == "namespace_identifier" {
        return Some(text[node.byte_range()].to_owned());
    }
    let mut cursor = node.walk();
    let children: Vec<Node> = node.named_children(&mut cursor).collect();
    // The name stands last in a path and first before its arguments.
    let field = |it: &str| node.child_by_field_name(it);
    let inner = field("type").or_else(|| field("name"));
    inner
        .and_then(|it| base_name(it, text))
        .or_else(|| children.into_iter().find_map(|it| base_name(it, text)))
}

/// The value that a definition gives its name.
pub(super) fn value(node: Node) -> Option<Node> {
    node.child_by_field_name("value")
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
    )
}

/// How a definition is declared, on one line.
pub(super) fn signature(node: Node, whole: Node, kind: Kind, text: &str) -> String {
    let start = without_attributes(node, whole);
    let end = declaration_end(node, whole, kind, text);
    let source = text.get(start..end.max(start)).unwrap_or("");
    let mut line = String::with_capacity(source.len().min(LONGEST));
    let source = without_inner_comments(source);
    for piece in source.lines().map(without_comment) {
        for word in piece.split_whitespace() {
            let glued = line.is_empty()
                || line.ends_with(['(', '['])
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
    let trimmed = line
        .trim_end_matches([' ', '{', '(', ';', ',', ':', '='])
        .trim_end_matches("=>");
    let trimmed = trimmed.trim_end();
    match kind {
        Kind::Heading => trimmed.trim_start_matches('#').trim().to_owned(),
        _ => trimmed.replace(",)", ")"),
    }
}

/// Where the declaration itself begins, behind annotations and decorators.
fn without_attributes(node: Node, whole: Node) -> usize {
    let is_attribute = |it: &str| {
        it.contains("annotation") && it != "annotation_type_declaration"
            || it.starts_with("attribute")
            || it == "decorator"
            || it == "type_annotation_list"
            || it.contains("comment")
    };
    let start = if whole.kind() == "decorated_definition" {
        node
    } else {
        whole
    };
    first_after(start, &is_attribute).unwrap_or(start.start_byte())
}

fn first_after(node: Node, is_attribute: &impl Fn(&str) -> bool) -> Option<usize> {
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if is_attribute(child.kind()) {
            continue;
        }
        if child.kind() == "modifiers"
            || child.kind().ends_with("_statement") && child.start_byte() == node.start_byte()
        {
            match first_after(child, is_attribute) {
                Some(it) => return Some(it),
                None => continue,
            }
        }
        return Some(child.start_byte());
    }
    None
}

/// Where the declaration ends and the body begins.
fn declaration_end(node: Node, whole: Node, kind: Kind, text: &str) -> usize {
    let body_of = |it: Node| it.child_by_field_name("body").map(start_with_comments);
    if let Some(value) = value(node) {
        if is_function(value) {
            return body_of(value).unwrap_or(value.end_byte());
        }
        let long = value.end_byte() - value.start_byte() > LONGEST_VALUE;
        let cut = long
            || matches!(
                value.kind(),
                "object" | "array" | "class" | "dictionary" | "list" | "table_constructor"
            );
        return if cut {
            value.start_byte()
        } else {
            whole.end_byte()
        };
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
        (Kind::Macro, None) => node
            .child_by_field_name("value")
            .map_or(line_end(node, text), |it| it.start_byte()),
        (_, None) => whole.end_byte(),
    };
    end.min(whole.end_byte())
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

/// A line without the comment at its end. Where `//` stands in a string, the rest is lost, and no harm done.
fn without_comment(line: &str) -> &str {
    match line
        .find(" //")
        .or_else(|| line.trim_start().starts_with("//").then_some(0))
    {
        Some(at) => &line[..at],
        None => line,
    }
}
