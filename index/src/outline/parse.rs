//! From a text to its syntax tree, within bounds.

use crate::language::Language;
use crate::outline::rules::Rules;
use crate::parser::{self, Budget};
use std::borrow::Cow;
use std::ops::Range;
use tree_sitter::Tree;

/// Where in a file of JavaScript `@flow` says that it has types, in bytes.
const PRAGMA: usize = 1_000;

/// The syntax tree and the rules to read it by; `None` where there is no grammar, and where parsing takes too long.
pub(super) fn parse(text: &str, language: &'static Language) -> Option<(Tree, &'static Rules)> {
    let rules = match language.id {
        "javascript" | "javascriptreact" if has_types(text) => {
            Rules::of(Language::of_id("typescriptreact")?)?
        }
        _ => Rules::of(language)?,
    };
    let text = match language.id {
        "c" | "cpp" => without_lone_macros(text),
        _ => text.into(),
    };
    let tree = parser::parse(&text, &rules.grammar, None, &mut Budget::of_file())?;
    Some((tree, rules))
}

/// Whether JavaScript is written with the types of Flow, which TypeScript's grammar reads better.
fn has_types(text: &str) -> bool {
    let bytes = text.as_bytes();
    let head = bytes.get(..PRAGMA).unwrap_or(bytes);
    memchr::memmem::find(head, b"@flow").is_some()
}

/// A text of C with blanks for macros that stand alone on a line (`BEGIN_DECLS`): without a semicolon, they would be
/// taken for the type of what follows.
fn without_lone_macros(text: &str) -> Cow<'_, str> {
    let is_macro = |line: &str| {
        line.starts_with(|it: char| it.is_ascii_uppercase())
            && line.contains('_')
            && line
                .bytes()
                .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        if !goes_on && is_macro(trimmed) {
            found.push(at..at + trimmed.len());
        }
        goes_on = trimmed.ends_with('\\');
        at += line.len();
    }
    if found.is_empty() {
        return text.into();
    }
    let mut blanked = text.to_owned();
    for range in found {
        blanked.replace_range(range.clone(), &" ".repeat(range.len()));
    }
    blanked.into()
}
