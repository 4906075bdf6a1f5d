//! Definitions that are still there where something is half typed: from the lines of what the parser could not read.

use crate::language::Language;
use crate::outline::walk::Item;
use crate::outline::{Kind, Symbol, names, signature};
use std::collections::HashSet;
use std::ops::Range;
use tree_sitter::Node;

/// How many nodes are looked at for what could not be read.
const MOST_NODES: usize = 10_000;
/// How many words (`pub`, `export`, `static`) may stand before the one that says what is defined.
const MODIFIERS: usize = 4;
/// Definitions are not looked at beyond this many lines.
const LONGEST: usize = 1_000;

/// Adds what is defined on lines that could not be read, and that is not known already.
pub(super) fn rescue(
    text: &str,
    language: &Language,
    root: Node,
    symbols: &mut Vec<Symbol>,
    items: &mut Vec<Item>,
) {
    let broken = broken(root);
    let Some(last) = broken.last().map(|it| it.end) else {
        return;
    };
    let known: HashSet<usize> = symbols.iter().map(|it| it.line).collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // Once, not for every definition above: lines may be long.
    let indents: Vec<usize> = lines.iter().map(|it| indentation(it)).collect();
    let mut found = Vec::new();
    let mut start = 0;
    for (row, line) in lines.iter().enumerate() {
        let at = start + indents[row];
        start += line.len();
        if at > last {
            break;
        }
        let before = broken.partition_point(|it| it.start <= at);
        let is_broken = before > 0 && broken[before - 1].contains(&at);
        if is_broken
            && !known.contains(&(row + 1))
            && let Some((kind, name)) = definition(line, language)
        {
            let end = end_of(&lines, &indents, row);
            let length: usize = lines[row..end].iter().map(|it| it.len()).sum();
            found.push(Symbol {
                name: name.to_owned(),
                kind,
                container: None,
                signature: signature::of_line(line),
                bytes: at - indents[row]..at - indents[row] + length,
                line: row + 1,
                end_line: end,
            });
        }
    }
    if !found.is_empty() {
        merge(found, &lines, symbols, items);
    }
}

/// Where the text could not be read, in its order.
fn broken(root: Node) -> Vec<Range<usize>> {
    let mut broken = Vec::new();
    let mut rest = vec![root];
    for _ in 0..MOST_NODES {
        let Some(node) = rest.pop() else { break };
        if node.is_error() {
            broken.push(node.byte_range());
        } else if node.has_error() {
            let mut cursor = node.walk();
            rest.extend(node.children(&mut cursor).filter(|it| it.has_error()));
        }
    }
    broken.sort_by_key(|it| it.start);
    broken
}

/// What a line defines, if it starts like a definition: modifiers, `class`, a name, and what may follow one.
fn definition<'a>(line: &'a str, language: &Language) -> Option<(Kind, &'a str)> {
    let mut rest = line.trim();
    for _ in 0..=MODIFIERS {
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_')?;
        let word = &rest[..end];
        let after = rest[end..].trim_start();
        if end == 0 || after.len() == rest.len() - end {
            return None;
        }
        if !language.definitions.contains(&word) {
            rest = after;
            continue;
        }
        let end = after.find(|it: char| !it.is_alphanumeric() && it != '_');
        let name = &after[..end.unwrap_or(after.len())];
        let next = after[name.len()..].trim_start();
        let follows = next.is_empty() || next.starts_with(['(', '{', ':', '<', '[', ';', '=']);
        return match kind(word) {
            Some(kind) if follows && !name.is_empty() && name.len() <= names::LONGEST => {
                Some((kind, name))
            }
            _ => None,
        };
    }
    None
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "fn" | "def" | "fun" | "func" | "function" => Kind::Function,
        "class" | "object" | "actor" => Kind::Class,
        "struct" | "union" | "record" => Kind::Struct,
        "enum" => Kind::Enum,
        "interface" | "trait" | "protocol" => Kind::Interface,
        "type" => Kind::Type,
        "mod" | "module" | "namespace" => Kind::Module,
        _ => return None,
    })
}

/// The line behind a definition, from 1: it holds what is indented more, and the line that closes it.
fn end_of(lines: &[&str], indents: &[usize], row: usize) -> usize {
    let own = indents[row];
    let mut end = row + 1;
    for (at, line) in lines.iter().enumerate().skip(row + 1).take(LONGEST) {
        let blank = indents[at] == line.len();
        if !blank && indents[at] <= own {
            let start = &line[indents[at]..];
            let closes = start.starts_with(['}', ')', ']']) || start.trim_end() == "end";
            return if closes { at + 1 } else { end };
        }
        if !blank {
            end = at + 1;
        }
    }
    end
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Puts what was found among what is known, in the order of the text, each with what it stands in.
fn merge(found: Vec<Symbol>, lines: &[&str], symbols: &mut Vec<Symbol>, items: &mut Vec<Item>) {
    let n_known = symbols.len();
    symbols.extend(found);
    items.extend((n_known..symbols.len()).map(|it| Item {
        bytes: symbols[it].bytes.clone(),
        symbol: Some(it),
    }));
    let mut order: Vec<usize> = (0..symbols.len()).collect();
    order.sort_by_key(|it| symbols[*it].line);
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    for item in items.iter_mut() {
        item.symbol = item.symbol.and_then(|it| place.get(it).copied());
    }
    let mut sorted: Vec<Symbol> = order.iter().map(|it| symbols[*it].clone()).collect();
    // The types that the line at hand may stand in, with their indentation.
    let mut around: Vec<(usize, String)> = Vec::new();
    for (new, old) in order.iter().enumerate() {
        let own = lines
            .get(sorted[new].line - 1)
            .map_or(0, |it| indentation(it));
        let is_type = matches!(
            sorted[new].kind,
            Kind::Class | Kind::Struct | Kind::Interface | Kind::Enum | Kind::Module
        );
        while around.last().is_some_and(|it| it.0 >= own) {
            around.pop();
        }
        if *old >= n_known
            && let Some((_, container)) = around.last()
        {
            sorted[new].container = Some(container.clone());
            if sorted[new].kind == Kind::Function {
                sorted[new].kind = Kind::Method;
            }
        }
        if is_type {
            around.push((own, sorted[new].name.clone()));
        }
    }
    *symbols = sorted;
}
