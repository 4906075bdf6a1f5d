//! From a syntax tree to symbols, imports, and the pieces that chunks are made of.

use crate::language::Language;
use crate::outline::rules::{Role, Rules};
use crate::outline::{Import, Kind, Symbol, imports, signature};
use std::ops::Range;
use tree_sitter::Node;

/// Bodies with more lines than this are looked into.
const LONG: usize = 60;
/// How deep keys of data may stand in others; deeper ones are values, not names that somebody looks for.
const DEEPEST_DATA: usize = 1;
/// How deep definitions may stand in each other; deeper ones are left alone.
const DEEPEST: usize = 64;

/// A piece of the text: what it is, where it is, and the pieces in it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) bytes: Range<usize>,
    pub(super) symbol: Option<usize>,
}

/// What the walk gathers.
pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    pub(super) language: &'static Language,
    pub(super) rules: &'static Rules,
    pub(super) symbols: Vec<Symbol>,
    pub(super) imports: Vec<Import>,
    /// Outer ones before those in them.
    pub(super) items: Vec<Item>,
}

/// Where a node stands.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    /// What its definitions belong to.
    container: Option<String>,
    /// Whether that is a type.
    in_type: bool,
    /// Whether it is inside a function: then only functions and types count.
    local: bool,
    /// The statement that begins and ends a definition.
    whole: Option<Node<'a>>,
    depth: usize,
    /// How many named things are around it.
    level: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn children(&mut self, node: Node<'a>, scope: &Scope<'a>) {
        if scope.depth > DEEPEST {
            return;
        }
        let scope = Scope {
            depth: scope.depth + 1,
            ..scope.clone()
        };
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if let Some(role) = self.rules.role(child) {
                self.node(child, role, &scope);
            }
        }
    }

    fn node(&mut self, node: Node<'a>, role: Role, scope: &Scope<'a>) {
        match role {
            Role::Pass => self.children(node, &scope.without_whole()),
            Role::Wrap => self.wrapped(node, scope),
            Role::Body if is_long(node) => self.body(node, scope),
            Role::Body => {}
            Role::Import => {
                let found = imports::of(self.language.id, node, self.text);
                let is_call = found.is_empty() && node.kind() == "call";
                self.imports.extend(found);
                if is_call {
                    // Ruby's `describe … do` and the like hold nothing that is named.
                    self.block(node);
                }
            }
            Role::Block => {
                self.block(node);
                if is_long(node) {
                    self.children(node, &scope.without_whole());
                }
            }
            Role::Scope => {
                let name = node
                    .child_by_field_name("type")
                    .map(|it| signature::base_name(it, self.text));
                self.block(node);
                let scope = scope.within(name.flatten(), true);
                self.inside(node, &scope);
            }
            Role::Define(kind) | Role::Contain(kind) => {
                self.define(node, kind, matches!(role, Role::Contain(_)), scope);
            }
        }
    }

    /// A statement around one definition, or around several.
    fn wrapped(&mut self, node: Node<'a>, scope: &Scope<'a>) {
        let mut cursor = node.walk();
        let with_role = node
            .named_children(&mut cursor)
            .filter(|it| self.rules.role(*it).is_some());
        let alone = with_role.count() == 1;
        let scope = Scope {
            whole: alone.then_some(scope.whole.unwrap_or(node)),
            ..scope.clone()
        };
        self.children(node, &scope);
    }

    fn body(&mut self, node: Node<'a>, scope: &Scope<'a>) {
        let local = Scope {
            local: true,
            ..scope.without_whole()
        };
        match node.child_by_field_name("body") {
            Some(body) => self.children(body, &local),
            None => self.children(node, &local),
        }
    }

    /// What is in the body of a definition.
    fn inside(&mut self, node: Node<'a>, scope: &Scope<'a>) {
        match node.child_by_field_name("body") {
            Some(body) => self.children(body, scope),
            None => self.children(node, scope),
        }
    }

    fn define(&mut self, node: Node<'a>, kind: Kind, contains: bool, scope: &Scope<'a>) {
        // `struct Shape *shape;` and forward declarations define nothing.
        let is_specifier = node.kind().ends_with("_specifier");
        if is_specifier && node.child_by_field_name("body").is_none() {
            return;
        }
        let is_data = kind == Kind::Key || node.kind() == "pair";
        if is_data && scope.level > DEEPEST_DATA {
            return;
        }
        let value = signature::value(node);
        let function = value.filter(|it| signature::is_function(*it));
        if node.kind() == "assignment_expression" && function.is_none() {
            // `module.exports = { … }` holds what it exports.
            if let Some(value) = value.filter(|it| matches!(it.kind(), "object" | "class")) {
                self.children(value, &scope.without_whole());
                return;
            }
        }
        let is_module = self.is_module_value(node, value);
        let names = signature::names(node, self.text);
        if is_module || names.is_empty() {
            if is_module {
                let found = imports::of(self.language.id, scope.whole.unwrap_or(node), self.text);
                self.imports.extend(found);
            }
            return self.inside(node, scope);
        }
        for name in names {
            let kind = self.refined(node, kind, &name, function.is_some(), scope);
            let functional = matches!(
                kind,
                Kind::Function
                    | Kind::Method
                    | Kind::Macro
                    | Kind::Class
                    | Kind::Struct
                    | Kind::Enum
                    | Kind::Interface
            );
            if scope.local && !functional {
                break;
            }
            let container = name.container.clone().or_else(|| scope.container.clone());
            let whole = scope.whole.unwrap_or(node);
            self.push(node, whole, kind, name.text, container);
        }
        let index = self.symbols.len().checked_sub(1);
        let name = index.map(|it| self.symbols[it].name.clone());
        let object = value.filter(|it| it.kind() == "object");
        let kind = index.map(|it| self.symbols[it].kind);
        if contains {
            let is_type = !matches!(kind, Some(Kind::Module | Kind::Heading | Kind::Key));
            self.inside(node, &scope.within(name, is_type));
        } else if let Some(object) = object.filter(|_| !scope.local) {
            self.children(object, &scope.within(name, true));
        } else if self.language.id == "c" || self.language.id == "cpp" {
            // A type that is defined where it is first used.
            let inner = node.child_by_field_name("type");
            if let Some(it) = inner.filter(|it| it.child_by_field_name("body").is_some()) {
                self.type_in(node, it, name, scope);
            } else if is_long(node) {
                self.body(node, scope);
            }
        } else if let Some(function) = function.filter(|it| is_long(*it)) {
            self.body(function, scope);
        } else if is_long(node) {
            self.body(node, scope);
        }
    }

    /// The type in `typedef struct { … } Shape;`, `struct Shape { … } shape;`.
    fn type_in(
        &mut self,
        node: Node<'a>,
        inner: Node<'a>,
        name: Option<String>,
        scope: &Scope<'a>,
    ) {
        if node.kind() == "type_definition" {
            self.inside(inner, &scope.within(name, true));
        } else if let Some(role) = self.rules.role(inner) {
            self.node(inner, role, &scope.without_whole());
        }
    }

    /// Whether what is assigned is another module: `const x = require('x')`.
    fn is_module_value(&self, node: Node, value: Option<Node>) -> bool {
        let text = match self.language.id {
            "lua" | "zig" => &self.text[node.byte_range()],
            "javascript" | "javascriptreact" | "typescript" | "typescriptreact" => {
                value.map_or("", |it| &self.text[it.byte_range()])
            }
            _ => return false,
        };
        let text = match self.language.id {
            "lua" | "zig" => text.split_once('=').map_or("", |it| it.1),
            _ => text,
        };
        let text = text.trim_start();
        text.starts_with("require(")
            || text.starts_with("require \"")
            || text.starts_with("@import(")
    }

    /// What a definition is by more than its node's kind.
    fn refined(
        &self,
        node: Node,
        kind: Kind,
        name: &signature::Name,
        is_function: bool,
        scope: &Scope,
    ) -> Kind {
        let in_type = scope.in_type || name.container.is_some();
        let head = self.text[node.start_byte()..]
            .get(..200)
            .unwrap_or(&self.text[node.start_byte()..]);
        match kind {
            Kind::Function if in_type => Kind::Method,
            Kind::Variable | Kind::Field if is_function || name.is_function => match in_type {
                true => Kind::Method,
                false => Kind::Function,
            },
            Kind::Class if matches!(self.language.id, "swift" | "kotlin") => {
                let words = head.split(|it: char| !it.is_alphanumeric());
                let keyword = words.into_iter().find_map(|it| match it {
                    "struct" => Some(Kind::Struct),
                    "enum" => Some(Kind::Enum),
                    "interface" => Some(Kind::Interface),
                    "class" | "actor" | "extension" | "object" => Some(Kind::Class),
                    _ => None,
                });
                keyword.unwrap_or(kind)
            }
            Kind::Type if self.language.id == "go" || node.kind() == "type_definition" => {
                match node.child_by_field_name("type").map(|it| it.kind()) {
                    Some("struct_type" | "struct_specifier" | "union_specifier") => Kind::Struct,
                    Some("interface_type") => Kind::Interface,
                    Some("enum_specifier") => Kind::Enum,
                    _ => Kind::Type,
                }
            }
            Kind::Variable if self.language.id == "zig" => {
                let mut cursor = node.walk();
                let found = node
                    .named_children(&mut cursor)
                    .find_map(|it| match it.kind() {
                        "struct_declaration" | "union_declaration" => Some(Kind::Struct),
                        "enum_declaration" => Some(Kind::Enum),
                        _ => None,
                    });
                found.unwrap_or(Kind::Constant)
            }
            Kind::Variable if scope.in_type => Kind::Field,
            Kind::Variable if is_constant(&name.text) => Kind::Constant,
            kind => kind,
        }
    }

    fn push(
        &mut self,
        node: Node,
        whole: Node,
        kind: Kind,
        name: String,
        container: Option<String>,
    ) {
        // `int width, height;` declares both.
        let declaration = match (node.kind(), node.parent()) {
            ("variable_declarator", Some(parent)) if whole == node => parent,
            _ => whole,
        };
        let symbol = Symbol {
            signature: signature::signature(node, declaration, kind, self.text),
            bytes: whole.byte_range(),
            line: node.start_position().row + 1,
            end_line: whole.end_position().row + 1,
            name,
            kind,
            container,
        };
        let is_part = matches!(kind, Kind::Field | Kind::Variant);
        if !is_part {
            self.items.push(Item {
                bytes: symbol.bytes.clone(),
                symbol: Some(self.symbols.len()),
            });
        }
        self.symbols.push(symbol);
    }

    fn block(&mut self, node: Node) {
        self.items.push(Item {
            bytes: node.byte_range(),
            symbol: None,
        });
    }
}

impl<'a> Scope<'a> {
    fn without_whole(&self) -> Scope<'a> {
        Scope {
            whole: None,
            ..self.clone()
        }
    }

    fn within(&self, name: Option<String>, in_type: bool) -> Scope<'a> {
        Scope {
            container: name,
            in_type,
            level: self.level + 1,
            ..self.without_whole()
        }
    }
}

/// Whether a body is looked into: it is long, or it swallowed what follows because something is half typed.
fn is_long(node: Node) -> bool {
    node.has_error() || node.end_position().row - node.start_position().row > LONG
}

/// `MAX_SIZE`, as constants are written where the language has no word for them.
fn is_constant(name: &str) -> bool {
    name.len() > 1
        && name.chars().any(char::is_alphabetic)
        && name
            .chars()
            .all(|it| !it.is_lowercase() && (it.is_alphanumeric() || it == '_'))
}
