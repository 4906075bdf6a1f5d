//! Fields that a type has although its body does not declare them: parameters that are kept (`class Shape(val width: Int)`),
//! what a constructor assigns (`self.width = width`), what a call makes (`attr_reader :width`).

use tree_sitter::Node;

/// How much of a constructor is looked at, in nodes.
const MOST_NODES: usize = 2_000;

/// A field: where it is named, and the whole of what says so.
pub(super) struct Member<'a> {
    pub(super) name: Node<'a>,
    pub(super) declaration: Node<'a>,
}

/// The fields that stand in the head of a type: a record's components, the kept parameters of a primary constructor.
pub(super) fn in_head(definition: Node<'_>) -> Vec<Member<'_>> {
    let is_record = definition.kind() == "record_declaration";
    // The first parameters of a case class are its fields.
    let mut is_case = has_token(definition, &["case"]);
    let mut members = Vec::new();
    for part in children(definition) {
        let parameters = match part.kind() {
            "primary_constructor" => children(part).into_iter().next(),
            "class_parameters" => Some(part),
            "formal_parameters" | "parameter_list" if is_record => Some(part),
            _ => None,
        };
        for parameter in parameters.into_iter().flat_map(children) {
            let kept = match parameter.kind() {
                "class_parameter" => is_case || has_token(parameter, &["val", "var"]),
                "formal_parameter" | "parameter" => is_record,
                _ => false,
            };
            members.extend(kept.then(|| named(parameter)).flatten());
        }
        is_case &= part.kind() != "class_parameters";
    }
    members
}

/// The fields that a constructor makes: parameters that are kept, and what it assigns to `self` or `this`.
pub(super) fn in_constructor<'a>(constructor: Node<'a>, text: &str) -> Vec<Member<'a>> {
    let parameters = constructor.child_by_field_name("parameters");
    let is_kept = |it: &Node| match it.kind() {
        "property_promotion_parameter" => true,
        "required_parameter" | "optional_parameter" => {
            has_token(*it, &["readonly"])
                || children(*it)
                    .iter()
                    .any(|it| it.kind() == "accessibility_modifier")
        }
        _ => false,
    };
    let parameters = parameters.into_iter().flat_map(children);
    let mut members: Vec<Member> = parameters.filter(is_kept).filter_map(named).collect();
    let mut rest: Vec<Node> = constructor
        .child_by_field_name("body")
        .into_iter()
        .collect();
    for _ in 0..MOST_NODES {
        let Some(node) = rest.pop() else { break };
        match node.kind() {
            "assignment" | "assignment_expression" => members.extend(assigned(node, text)),
            // What is in there happens later, and `this` may be another.
            "function_definition"
            | "function_expression"
            | "function_declaration"
            | "arrow_function"
            | "lambda"
            | "class_definition"
            | "class"
            | "class_declaration"
            | "decorated_definition" => {}
            _ => rest.extend(children(node).into_iter().rev()),
        }
    }
    members
}

/// The fields that an assignment gives to the object itself.
fn assigned<'a>(assignment: Node<'a>, text: &str) -> Vec<Member<'a>> {
    let Some(left) = assignment.child_by_field_name("left") else {
        return Vec::new();
    };
    let targets = match left.kind() {
        "pattern_list" => children(left),
        _ => vec![left],
    };
    let own = |it: &Node| {
        let object = it.child_by_field_name("object");
        object.is_some_and(|it| matches!(&text[it.byte_range()], "self" | "this"))
    };
    let name = |it: Node<'a>| {
        it.child_by_field_name("attribute")
            .or_else(|| it.child_by_field_name("property"))
    };
    let member = |name| Member {
        name,
        declaration: assignment,
    };
    let named = targets.into_iter().filter(own).filter_map(name);
    named.map(member).collect()
}

/// The fields of Ruby's `attr_reader :a, :b`.
pub(super) fn by_call<'a>(call: Node<'a>, text: &str) -> Vec<Member<'a>> {
    let method = call.child_by_field_name("method");
    if !method.is_some_and(|it| text[it.byte_range()].starts_with("attr_")) {
        return Vec::new();
    }
    let arguments = call.child_by_field_name("arguments");
    let symbols = arguments.into_iter().flat_map(children);
    symbols
        .filter(|it| it.kind() == "simple_symbol")
        .map(|name| Member {
            name,
            declaration: call,
        })
        .collect()
}

fn named(parameter: Node<'_>) -> Option<Member<'_>> {
    let name = parameter
        .child_by_field_name("name")
        .or_else(|| parameter.child_by_field_name("pattern"))
        .or_else(|| {
            children(parameter)
                .into_iter()
                .find(|it| it.kind() == "identifier")
        })?;
    Some(Member {
        name,
        declaration: parameter,
    })
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn has_token(node: Node, words: &[&str]) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .any(|it| !it.is_named() && words.contains(&it.kind()))
}
