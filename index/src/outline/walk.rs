//! From a syntax tree to symbols, imports, and the pieces that chunks are made of.

use crate::language::Language;
use crate::outline::members::{self, Member};
use crate::outline::rules::{Role, Rules};
use crate::outline::{Import, Kind, Symbol, imports, names, signature};
use std::ops::Range;
use tree_sitter::Node;

/// Bodies with more lines than this are looked into.
const LONG: usize = 60;
/// How deep keys of data may stand in others; deeper ones are values, not names that somebody looks for.
const DEEPEST_DATA: usize = 1;
/// How many fields of one constructor count.
const MOST_FIELDS: usize = 200;
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
    /// Whether it is inside an object without a name (`Object.defineProperty(it, { … })`): then only functions count.
    nameless: bool,
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
            Role::Pass => {
                let is_data = self.language.id.starts_with("json");
                let is_object = node.kind() == "object" && !is_data;
                let nameless = scope.nameless || is_object && !scope.in_type;
                let scope = Scope {
                    nameless,
                    ..scope.without_whole()
                };
                self.children(node, &scope);
            }
            Role::Wrap => self.wrapped(node, scope),
            Role::Body if is_long(node) => self.body(node, scope),
            Role::Body => {}
            Role::Import => {
                let found = imports::of(self.language.id, node, self.text);
                let is_call = found.is_empty() && node.kind() == "call";
                self.imports.extend(found);
                if is_call {
                    self.fields(members::by_call(node, self.text), scope);
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
                let of = node
                    .child_by_field_name("type")
                    .or_else(|| node.child_by_field_name("parameters"));
                let name = of.and_then(|it| names::base_name(it, self.text));
                self.block(node);
                let scope = scope.within(name, true);
                match node.kind() {
                    "extension_definition" => self.children(node, &scope),
                    _ => self.inside(node, &scope),
                }
            }
            Role::Define(kind) | Role::Contain(kind) => {
                self.define(node, kind, matches!(role, Role::Contain(_)), scope);
            }
        }
    }

    /// A statement around one definition, or around several.
    fn wrapped(&mut self, node: Node<'a>, scope: &Scope<'a>) {
        if node.child_by_field_name("source").is_some() {
            // `export { area } from './shape'` brings what it hands on.
            let found = imports::of(self.language.id, node, self.text);
            self.imports.extend(found);
            return;
        }
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
        if is_nothing(node, self.text) {
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
        let names = names::names(node, self.text);
        if is_module || names.is_empty() {
            if is_module {
                let found = imports::of(self.language.id, scope.whole.unwrap_or(node), self.text);
                self.imports.extend(found);
            }
            return self.inside(node, scope);
        }
        let object = value.filter(|it| it.kind() == "object");
        if node.kind() == "pair" && scope.nameless && function.is_none() {
            if let Some(object) = object {
                self.children(object, &scope.within(Some(names[0].text.clone()), true));
            }
            return;
        }
        let (kind, contains) = match misread_class(node) {
            true => (Kind::Class, true),
            false => (kind, contains),
        };
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
        let kind = index.map(|it| self.symbols[it].kind);
        if contains {
            let is_type = !matches!(kind, Some(Kind::Module | Kind::Heading | Kind::Key));
            let name = match kind {
                // `a::b`, `A.B`: called by the last.
                Some(Kind::Module) => {
                    name.and_then(|it| Some(it.rsplit([':', '.']).next()?.to_owned()))
                }
                _ => name,
            };
            let scope = scope.within(name, is_type);
            self.fields(members::in_head(node), &scope);
            self.inside(node, &scope);
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
        } else {
            if scope.in_type
                && matches!(
                    name.as_deref(),
                    Some("__init__" | "constructor" | "__construct")
                )
            {
                self.fields(members::in_constructor(node, self.text), scope);
            }
            let body = function.unwrap_or(node);
            if is_long(body) {
                self.body(body, scope);
            }
        }
    }

    /// Fields that the body of a type does not declare. The first that has a name counts.
    fn fields(&mut self, members: Vec<Member<'a>>, scope: &Scope<'a>) {
        let known_from = self.symbols.len().saturating_sub(MOST_FIELDS);
        for member in members.into_iter().take(MOST_FIELDS) {
            let name = names::Name::at(member.name, self.text).text;
            let is_known = self.symbols[known_from..].iter().any(|it| {
                it.kind == Kind::Field && it.name == name && it.container == scope.container
            });
            if !is_known && !name.is_empty() {
                let (node, container) = (member.declaration, scope.container.clone());
                self.push(node, node, Kind::Field, name, container);
            }
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
        if node.kind() == "type_definition" || inner.child_by_field_name("name").is_none() {
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
        name: &names::Name,
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
            end_line: last_line(whole),
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
            container: name.filter(|it| it.len() <= names::LONGEST),
            in_type,
            level: self.level + 1,
            ..self.without_whole()
        }
    }
}

/// The last line of a node, from 1. Some nodes end with their newline, before the next line.
fn last_line(node: Node) -> usize {
    let (start, end) = (node.start_position(), node.end_position());
    match end.column == 0 && end.row > start.row {
        true => end.row,
        false => end.row + 1,
    }
}

/// Whether a node only looks like a definition.
fn is_nothing(node: Node, text: &str) -> bool {
    let body = node.child_by_field_name("body");
    match node.kind() {
        // `struct Shape *shape;` and forward declarations.
        kind if kind.ends_with("_specifier") => body.is_none(),
        // `API int area();`, where a macro was taken for the type.
        "declaration" => {
            let last = node.child(node.child_count().saturating_sub(1));
            last.is_some_and(|it| it.is_missing())
        }
        // `#ifndef SHAPE_H` `#define SHAPE_H` keep a header from being read twice.
        "preproc_def" if node.child_by_field_name("value").is_none() => {
            let name = |it: Node| it.child_by_field_name("name").map(|it| it.byte_range());
            let guard = node.parent().filter(|it| it.kind() == "preproc_ifdef");
            guard.and_then(name).map(|it| &text[it]) == name(node).map(|it| &text[it])
        }
        _ => false,
    }
}

/// `class API Shape { … }`: where a macro stands before the name, the grammar takes the class for a function.
fn misread_class(node: Node) -> bool {
    let of = node.child_by_field_name("type");
    node.kind() == "function_definition"
        && of.is_some_and(|it| {
            matches!(it.kind(), "class_specifier" | "struct_specifier")
                && it.child_by_field_name("body").is_none()
        })
        && node
            .child_by_field_name("declarator")
            .is_some_and(|it| it.kind() == "identifier")
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
