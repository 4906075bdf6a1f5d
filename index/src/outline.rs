//! What a text is made of: chunks, symbols and imports. Text in, plain data out; nothing here fails.

mod chunks;
mod imports;
mod members;
mod names;
mod parse;
mod rescue;
mod rules;
mod signature;
mod walk;

use crate::language::Language;
use std::ops::Range;
use walk::{Scope, Walk};

/// What a text is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The pieces that are searched. In order, without gaps or overlaps: joined, they are the text.
    pub chunks: Vec<Chunk>,
    /// What is defined, in the order of the text.
    pub symbols: Vec<Symbol>,
    /// What is brought in from elsewhere, in the order of the text.
    pub imports: Vec<Import>,
}

impl Outline {
    /// What a chunk's definition is found by beside its text: its name, what it is defined in, how it is declared.
    pub(crate) fn heads<'a>(&'a self, chunk: &Chunk) -> impl Iterator<Item = &'a str> {
        let symbol = chunk.symbol.and_then(|it| self.symbols.get(it));
        symbol.into_iter().flat_map(|it| {
            let texts = [Some(it.name.as_str()), it.container.as_deref()];
            texts.into_iter().flatten().chain([it.signature.as_str()])
        })
    }

    /// For each chunk the symbols that are declared in it.
    pub(crate) fn symbols_by_chunk(&self) -> Vec<Vec<&Symbol>> {
        let mut all = vec![Vec::new(); self.chunks.len()];
        for symbol in &self.symbols {
            let after = self
                .chunks
                .partition_point(|it| it.start_line <= symbol.line);
            if let Some(of_chunk) = after.checked_sub(1).and_then(|it| all.get_mut(it)) {
                of_chunk.push(symbol);
            }
        }
        all
    }
}

/// A piece of a text, in whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it is in the text, in bytes.
    pub bytes: Range<usize>,
    /// Its first line, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
    /// The definition that it is, or is a part of: an index into [`Outline::symbols`].
    pub symbol: Option<usize>,
}

/// Something that is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, as written.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The name of what it is defined in: the type of a method, the enclosing module.
    pub container: Option<String>,
    /// How it is declared, on one line: blanks joined, without body, attributes and comments.
    pub signature: String,
    /// The whole definition with the comments and attributes that belong to it, in bytes.
    pub bytes: Range<usize>,
    /// The first line of the declaration itself (after comments and attributes), from 1.
    pub line: usize,
    /// The last line of the definition, inclusive.
    pub end_line: usize,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// A function that belongs to no type.
    Function,
    /// A function of a type.
    Method,
    /// A class, or an object of its own.
    Class,
    /// A structure, a record, a union.
    Struct,
    /// An enumeration.
    Enum,
    /// One value of an enumeration.
    Variant,
    /// An interface, a trait, a protocol.
    Interface,
    /// Another name for a type.
    Type,
    /// A constant.
    Constant,
    /// A variable of a module.
    Variable,
    /// A field or property of a type.
    Field,
    /// A module, a namespace, a package.
    Module,
    /// A macro.
    Macro,
    /// A heading of a document.
    Heading,
    /// A key of structured data, a selector of a style sheet, a table of a schema.
    Key,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 15] = [
        Kind::Function,
        Kind::Method,
        Kind::Class,
        Kind::Struct,
        Kind::Enum,
        Kind::Variant,
        Kind::Interface,
        Kind::Type,
        Kind::Constant,
        Kind::Variable,
        Kind::Field,
        Kind::Module,
        Kind::Macro,
        Kind::Heading,
        Kind::Key,
    ];

    /// Its name, as filters have it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Function => "function",
            Kind::Method => "method",
            Kind::Class => "class",
            Kind::Struct => "struct",
            Kind::Enum => "enum",
            Kind::Variant => "variant",
            Kind::Interface => "interface",
            Kind::Type => "type",
            Kind::Constant => "constant",
            Kind::Variable => "variable",
            Kind::Field => "field",
            Kind::Module => "module",
            Kind::Macro => "macro",
            Kind::Heading => "heading",
            Kind::Key => "key",
        }
    }
}

/// Something that is brought in from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where from, as written, without quotes: `std::fs`, `./shape`, `<stdio.h>`'s `stdio.h`.
    pub path: String,
    /// The names that it brings, as they are called here; empty where it brings all or itself.
    pub names: Vec<String>,
    /// Its line, from 1.
    pub line: usize,
}

/// The outline of a text: along its syntax where there is a grammar for it, else by lines.
pub fn outline(text: &str, language: Option<&'static Language>) -> Outline {
    let parsed = language.and_then(|it| Some((it, parse::parse(text, it)?)));
    let Some((language, (tree, rules))) = parsed else {
        return Outline {
            chunks: chunks::by_lines(text),
            ..Outline::default()
        };
    };
    let mut walk = Walk {
        text,
        language,
        rules,
        symbols: Vec::new(),
        imports: Vec::new(),
        items: Vec::new(),
    };
    let root = tree.root_node();
    walk.children(root, &Scope::default());
    if root.has_error() {
        rescue::rescue(text, language, root, &mut walk.symbols, &mut walk.items);
    }
    let mut outline = Outline {
        chunks: Vec::new(),
        symbols: walk.symbols,
        imports: walk.imports,
    };
    let is_lead = |line: &str| {
        let is_attribute = match language.id {
            "rust" => line.starts_with("#["),
            "csharp" => line.starts_with('[') && line.ends_with(']'),
            "css" => false,
            _ => line.starts_with('@'),
        };
        let mut comments = language.line_comments.iter();
        is_attribute || comments.any(|it| line.starts_with(it))
    };
    chunks::along(text, &walk.items, &mut outline, is_lead);
    outline
}

#[cfg(test)]
mod tests;
