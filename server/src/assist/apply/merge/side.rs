//! The two texts of a merge: their lines, their definitions, and which lines are much alike.

use crate::assist::apply::indent;
use crate::assist::syntax;
use hob_index::language::Language;
use hob_index::outline::{self, Symbol};
use std::ops::Range;

/// Whether code with its elisions parses: it holds whole definitions.
pub(super) fn is_whole_syntax(
    snippet: &[&str],
    gaps: &[bool],
    language: Option<&'static Language>,
) -> bool {
    let Some(language) = language else {
        return true;
    };
    let filled = |(line, gap): (&&str, &bool)| match (gap, language.id) {
        (false, _) => (*line).to_owned(),
        (true, "python") => format!("{}...", indent::of(line)),
        (true, _) => String::new(),
    };
    let text: Vec<String> = snippet.iter().zip(gaps).map(filled).collect();
    syntax::errors(language, &(text.join("\n") + "\n")).is_none_or(|it| it.is_empty())
}

/// A text with its definitions.
pub(super) struct Side<'a> {
    pub(super) lines: Vec<&'a str>,
    pub(super) symbols: Vec<Def>,
}

/// A definition in lines, from 0.
pub(super) struct Def {
    pub(super) symbol: Symbol,
    /// With the comments and attributes that belong to it.
    pub(super) lines: Range<usize>,
    /// The declaration itself.
    pub(super) declared: usize,
}

impl<'a> Side<'a> {
    pub(super) fn new(lines: &[&'a str], language: Option<&'static Language>) -> Side<'a> {
        let joined = format!("{}\n", lines.join("\n"));
        let symbols = outline::outline(&joined, language).symbols.into_iter();
        Side {
            lines: lines.to_vec(),
            symbols: symbols
                .map(|symbol| Def {
                    lines: joined[..symbol.bytes.start].matches('\n').count()
                        ..symbol.end_line.min(lines.len()),
                    declared: symbol.line - 1,
                    symbol,
                })
                .filter(|it| it.lines.len() > 1)
                .collect(),
        }
    }

    /// The definitions directly within these lines.
    pub(super) fn within(&self, range: &Range<usize>, depth: usize) -> Vec<&Def> {
        let mut found: Vec<&Def> = Vec::new();
        for def in &self.symbols {
            let inside = def.lines.start >= range.start && def.lines.end <= range.end;
            // The definition that the lines are themselves may begin with its comments.
            let itself = depth > 0
                && def.lines.end == range.end
                && (def.declared == range.start || def.lines.start == range.start);
            let after = found
                .last()
                .is_none_or(|it| it.lines.end <= def.lines.start);
            if inside && !itself && after {
                found.push(def);
            }
        }
        found
    }
}

/// Whether a line says something of its own: more than brackets and the like.
pub(super) fn is_strong(line: &str) -> bool {
    let letters = line.chars().filter(|it| it.is_alphanumeric()).count();
    letters >= 2
        && !matches!(
            line.trim(),
            "end"
                | "else"
                | "else:"
                | "} else {"
                | "pass"
                | "fi"
                | "done"
                | "try:"
                | "try {"
                | "return"
                | "return;"
                | "do"
        )
}

/// The key of a line like `color: red;` or `"a": 1,`.
fn key(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(": ")?;
    let plain = key.trim().trim_matches(['"', '\'']);
    let is_name = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '$');
    (!plain.is_empty() && plain.chars().all(is_name) && !value.trim().is_empty()).then_some(plain)
}

/// The element that a line opens and doesn't close.
fn opened_tag(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('<')?.strip_suffix('>')?;
    if inner.ends_with('/') || line.contains("</") {
        return None;
    }
    let name = inner
        .split(|it: char| !it.is_alphanumeric() && it != '-')
        .next()?;
    (!name.is_empty()).then_some(name)
}

/// Whether one line is the other, changed: it sets the same, or is nearly the same.
pub(super) fn is_similar(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return true;
    }
    // The same element with other attributes.
    if let (Some(a), Some(b)) = (opened_tag(a), opened_tag(b))
        && a == b
    {
        return true;
    }
    // The same key with another value.
    if let (Some(a), Some(b)) = (key(a), key(b))
        && a == b
    {
        return true;
    }
    if !is_strong(a) || !is_strong(b) {
        return false;
    }
    let target = |it: &str| -> Option<String> {
        let at = it.find('=').filter(|at| {
            let next = it.as_bytes().get(at + 1);
            *at > 0
                && !matches!(next, Some(b'=' | b'>'))
                && !it[..*at].ends_with(['!', '<', '>', '='])
        })?;
        let target = it[..at]
            .trim_end_matches(['+', '-', '*', '/', ':', '|', '&'])
            .trim()
            .to_owned();
        (!target.contains(['(', '"', '\''])).then_some(target)
    };
    match (target(a), target(b)) {
        (Some(a), Some(b)) => return a == b,
        (Some(_), None) | (None, Some(_)) => return false,
        (None, None) => {}
    }
    let short = if a.len() < b.len() { a } else { b };
    if short.chars().filter(|it| it.is_alphanumeric()).count() >= 6
        && (a.contains(short) && b.contains(short))
    {
        return true;
    }
    let returns = |it: &str| it.starts_with("return ");
    if returns(a) && returns(b) {
        return true;
    }
    strsim::normalized_levenshtein(a, b) >= 0.75
}
