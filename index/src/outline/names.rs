//! How a definition is named, and what the name itself says that it belongs to.

use tree_sitter::Node;

/// Longer names are none, in bytes. Every member of a type repeats the name of its type.
pub(super) const LONGEST: usize = 200;
/// How deep a type's name may stand in its references and paths.
const DEEPEST_TYPE: usize = 16;

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

    /// The name that a node is.
    pub(super) fn at(node: Node, text: &str) -> Name {
        let text = &text[node.byte_range()];
        Name::of(match node.kind() {
            // PHP's `$width` and Ruby's `:width` are called without their marks.
            "variable_name" => text.trim_start_matches('$'),
            "simple_symbol" => text.trim_start_matches(':'),
            _ => text,
        })
    }
}

/// The names that a node defines, in their order.
pub(super) fn names(node: Node, text: &str) -> Vec<Name> {
    let of = |it: Node| Name::at(it, text);
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
        "function_definition" if node.child_by_field_name("type").is_none() => {
            let test = by_field(node, text);
            test.into_iter().map(|it| tested(node, it, text)).collect()
        }
        "assignment_expression" if is_exports(node, text) => {
            let value = node.child_by_field_name("right");
            let name = value.and_then(|it| it.child_by_field_name("name"));
            name.map(of).into_iter().collect()
        }
        kind if kind.starts_with("create_") => in_schema(node, text).into_iter().collect(),
        _ => by_field(node, text),
    };
    if let [name] = names.as_mut_slice()
        && name.container.is_none()
    {
        name.container = receiver(node, text);
    }
    for name in &mut names {
        name.container = name.container.take().filter(|it| it.len() <= LONGEST);
    }
    // What is a word of the language is no name: something could not be read.
    let is_word = |it: &str| matches!(it, "if" | "for" | "while" | "switch" | "catch" | "return");
    let is_function = matches!(node.kind(), "method_definition" | "function_definition");
    names.retain(|it| !(is_function && is_word(&it.text)));
    names.retain(|it| !it.text.is_empty() && it.text.len() <= LONGEST && !it.text.contains('\n'));
    names
}

/// Whether a whole module is assigned: `module.exports = …`.
pub(super) fn is_exports(assignment: Node, text: &str) -> bool {
    let left = assignment.child_by_field_name("left");
    left.is_some_and(|it| &text[it.byte_range()] == "module.exports")
}

/// The name of a test that a macro makes: `Shapes.Area` in `TEST_F(Shapes, Area) { … }`.
fn tested(node: Node, name: Name, text: &str) -> Name {
    let is_macro = name.text.starts_with("TEST") || name.text.starts_with("TYPED_TEST");
    let parameters = node
        .child_by_field_name("declarator")
        .and_then(|it| it.child_by_field_name("parameters"))
        .filter(|_| is_macro);
    let Some(parameters) = parameters else {
        return name;
    };
    let words = text[parameters.byte_range()].split(|it: char| !it.is_alphanumeric() && it != '_');
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    match words.is_empty() {
        true => name,
        false => Name::of(&words.join(".")),
    }
}

/// What a statement of SQL creates: the last part of its name.
fn in_schema(node: Node, text: &str) -> Option<Name> {
    let mut cursor = node.walk();
    let object = node
        .named_children(&mut cursor)
        .find(|it| it.kind() == "object_reference");
    let column = node.child_by_field_name("column");
    let name = column.or_else(|| object?.child_by_field_name("name"))?;
    Some(Name::of(&text[name.byte_range()]))
}

/// The type before the name: `Shape` in Kotlin's `fun Shape.scaled()`.
fn receiver(node: Node, text: &str) -> Option<String> {
    let mut cursor = node.walk();
    let found = node
        .named_children(&mut cursor)
        .find(|it| matches!(it.kind(), "user_type" | "nullable_type"))?;
    let after = text[found.end_byte()..].trim_start();
    let is_receiver = after.starts_with('.');
    let path = text[found.byte_range()].split('<').next()?;
    let last = path.trim_end_matches('?').rsplit('.').next()?.trim();
    (is_receiver && !last.is_empty()).then(|| last.to_owned())
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
        if first.is_some() {
            return found;
        }
    }
    let mut cursor = node.walk();
    let children: Vec<Node> = node.named_children(&mut cursor).collect();
    let identifier = children.iter().find_map(|it| match it.kind() {
        "identifier" | "type_identifier" | "simple_identifier" | "name" | "bare_key"
        | "dotted_key" | "quoted_key" => Some(Name::at(*it, text)),
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
    let of = |it: Node| Name::at(it, text);
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
        if let Some(it) = misread(node) {
            is_function = true;
            node = it;
            break;
        }
        if let Some(it) = wrapped(node) {
            return Some(Name::at(it, text));
        }
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

/// The name in `API result_t area(int)`: where a macro stands first, the grammar takes the type for the name.
fn misread(declarator: Node) -> Option<Node> {
    let mut cursor = declarator.walk();
    let error = declarator
        .named_children(&mut cursor)
        .find(|it| it.is_error() && declarator.kind() == "function_declarator")?;
    let mut cursor = error.walk();
    let last = error.named_children(&mut cursor).last()?;
    (last.kind() == "identifier").then_some(last)
}

/// The name in `CALLBACK(draw)(int)`, where a macro makes a pointer to a function.
fn wrapped(declarator: Node) -> Option<Node> {
    let is_call = |it: &Node| it.kind() == "function_declarator";
    let inner = Some(declarator)
        .filter(is_call)?
        .child_by_field_name("declarator")
        .filter(is_call)?;
    let macro_name = inner.child_by_field_name("declarator")?;
    let parameters = inner.child_by_field_name("parameters")?;
    let is_plain = macro_name.kind().ends_with("identifier") && parameters.named_child_count() == 1;
    let only = parameters.named_child(0).filter(|_| is_plain)?;
    only.child_by_field_name("type")
        .filter(|it| it.kind() == "type_identifier")
}

/// The type that something is about: `Shape` in `&mut shapes::Shape<T>`, in `(s *Shape)`, in `Shape<'a>`.
pub(super) fn base_name(node: Node, text: &str) -> Option<String> {
    base_name_within(node, text, DEEPEST_TYPE)
}

fn base_name_within(node: Node, text: &str, depth: usize) -> Option<String> {
    if matches!(
        node.kind(),
        "type_identifier" | "namespace_identifier" | "primitive_type"
    ) {
        return Some(text[node.byte_range()].to_owned());
    }
    let depth = depth.checked_sub(1)?;
    // The name stands last in a path and first before its arguments.
    let field = |it: &str| node.child_by_field_name(it);
    let inner = field("type").or_else(|| field("name"));
    let of = |it: Node| base_name_within(it, text, depth);
    let mut cursor = node.walk();
    inner
        .and_then(of)
        .or_else(|| node.named_children(&mut cursor).find_map(of))
}
