//! TOML with mistakes in it: what is beyond doubt is read, what a mistake may have moved to a wrong place is not.
//!
//! Why so careful: with `[models.chat` for a header, the keys below it would belong to the table above, and a key would go to the wrong server.

use crate::config::limits;
use crate::config::node::{Entry, Node, Value};
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// A mistake in the syntax.
pub(crate) struct SyntaxError {
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// Where, in bytes.
    pub(crate) at: usize,
}

/// Reads TOML; what can be understood is there even when there are mistakes.
pub(crate) fn parse(text: &str) -> (Node, Vec<SyntaxError>) {
    if let Some(at) = too_deep(text) {
        return nothing(at, "nested too deeply".to_owned());
    }
    let (node, mut errors) = parse_once(text);
    if errors.is_empty() {
        return (node, errors);
    }
    if errors.len() > limits::MISTAKES {
        return hopeless(errors);
    }
    // Below a broken header nothing is known to belong anywhere: read again without it and what follows it.
    let entries = reaches(&node, text);
    let broken: Vec<Range<usize>> = errors
        .iter()
        .filter(|err| {
            !entries.iter().any(|it| it.contains(&err.at)) && !line_at(text, err.at).1.contains('=')
        })
        .map(|it| section_from(text, it.at))
        .collect();
    let mut reported = Vec::new();
    let (mut node, mut errors) = if broken.is_empty() {
        (node, errors)
    } else {
        for section in &broken {
            let first = errors
                .iter()
                .position(|it| section.contains(&it.at) || section.end == it.at);
            if let Some(first) = first {
                let error = errors.remove(first);
                errors.retain(|it| !section.contains(&it.at));
                reported.push(SyntaxError {
                    message: format!(
                        "{}; nothing from here to the next table is used",
                        error.message
                    ),
                    ..error
                });
            }
        }
        parse_once(&blanked(text, broken))
    };
    if errors.len() > limits::MISTAKES {
        return hopeless(errors);
    }
    // Of a value with a mistake in it, nothing is used: an unclosed brace swallows whole tables. One message is enough for each.
    errors.sort_by_key(|it| it.at);
    for entry in reaches(&node, text) {
        let mut is_first = true;
        errors.retain(|it| !entry.contains(&it.at) || std::mem::take(&mut is_first));
    }
    drop_entries(&mut node, &errors, text);
    reported.append(&mut errors);
    (node, reported)
}

fn parse_once(text: &str) -> (Node, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<SyntaxError> = errors
        .into_iter()
        .map(|it| SyntaxError {
            message: it.message().replace('\n', ", "),
            at: it.span().map_or(0, |it| it.start),
        })
        .collect();
    let span = table.span();
    let node = Node {
        value: table_of_toml(table.into_inner(), &mut errors),
        span: Some(span),
    };
    (node, errors)
}

/// Where the text nests deeper than any configuration, if it does. The parser bounds lists in lists and names in a dotted
/// key, but not one times the other, and whoever follows a tree of thousands of levels overflows the stack.
fn too_deep(text: &str) -> Option<usize> {
    let (mut brackets, mut dots) = (0_usize, 0_usize);
    for token in Source::new(text).lex() {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                (brackets, dots) = (brackets + 1, 0);
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                (brackets, dots) = (brackets.saturating_sub(1), 0);
            }
            TokenKind::Dot => dots += 1,
            TokenKind::Equals | TokenKind::Comma | TokenKind::Newline => dots = 0,
            _ => {}
        }
        if brackets > limits::BRACKETS || dots >= limits::NAMES {
            return Some(token.span().start());
        }
    }
    None
}

/// So many mistakes that what is left would be read by chance.
fn hopeless(errors: Vec<SyntaxError>) -> (Node, Vec<SyntaxError>) {
    let n = errors.len();
    match errors.into_iter().min_by_key(|it| it.at) {
        Some(first) => nothing(
            first.at,
            format!("{}, and {} more mistakes", first.message, n - 1),
        ),
        None => nothing(0, String::new()),
    }
}

/// Nothing of the text is used, because of what stands at this place.
fn nothing(at: usize, message: String) -> (Node, Vec<SyntaxError>) {
    let node = Node {
        value: Value::Table(Vec::new()),
        span: None,
    };
    let message = format!("{message}; nothing in this file is used");
    (node, vec![SyntaxError { message, at }])
}

/// How far a mistake concerns an entry: within it, or behind it on its last line. Then the value is a guess.
fn reach(entry: &Range<usize>, text: &str) -> RangeInclusive<usize> {
    let (start, line) = line_at(text, entry.end);
    entry.start..=start + line.len()
}

/// The reaches of all [`assignments`].
fn reaches(node: &Node, text: &str) -> Vec<RangeInclusive<usize>> {
    let entries = assignments(node, text);
    entries.iter().map(|it| reach(it, text)).collect()
}

/// The ranges of all `name = value`, from the name's first byte to the value's last, outermost only.
fn assignments(node: &Node, text: &str) -> Vec<Range<usize>> {
    let Value::Table(entries) = &node.value else {
        return Vec::new();
    };
    entries
        .iter()
        .flat_map(|it| match assignment(it, text) {
            Some(range) => vec![range],
            None => assignments(&it.node, text),
        })
        .collect()
}

/// The entry's range, if it is written as `name = value` and not as a table's header or the front of a dotted name.
fn assignment(entry: &Entry, text: &str) -> Option<Range<usize>> {
    let (name, value) = (entry.name_span.clone()?, entry.node.span.clone()?);
    // What stands for a missing value has a span of no use.
    let range = name.start..value.end.max(name.end);
    let is_header = matches!(entry.node.value, Value::Table(_))
        && !text
            .get(name.end..value.start)?
            .trim_start()
            .starts_with('=');
    (!is_header).then_some(range)
}

fn drop_entries(node: &mut Node, errors: &[SyntaxError], text: &str) {
    if let Value::Table(entries) = &mut node.value {
        entries.retain_mut(|it| match assignment(it, text) {
            // A second value for the same name is a mistake in the second, which isn't in the tree.
            Some(range) => {
                let reach = reach(&range, text);
                !errors.iter().any(|err| reach.contains(&err.at))
            }
            None => {
                drop_entries(&mut it.node, errors, text);
                true
            }
        });
    }
}

/// The start and the text of the line that holds this byte.
fn line_at(text: &str, at: usize) -> (usize, &str) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = text[start..].split('\n').next().unwrap_or_default();
    (start, line)
}

/// From the start of this line to the next line that begins a table, or the end.
fn section_from(text: &str, at: usize) -> Range<usize> {
    let (start, line) = line_at(text, at);
    let mut end = start + line.len();
    for line in text[end..].split_inclusive('\n').skip(1) {
        end += 1;
        if line.trim_start().starts_with('[') {
            return start..end;
        }
        end += line.len() - 1;
    }
    start..text.len()
}

/// The text with these ranges of whole lines blank: every line and byte that is left keeps its place.
fn blanked(text: &str, mut ranges: Vec<Range<usize>>) -> String {
    ranges.sort_by_key(|it| it.start);
    let mut out = String::with_capacity(text.len());
    for range in ranges {
        // They may overlap.
        let (kept, start) = (out.len(), range.start.max(out.len()));
        out.push_str(&text[kept..start]);
        let blank = &text[start..range.end.max(start)];
        out.extend(blank.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }));
    }
    out.push_str(&text[out.len()..]);
    out
}

fn table_of_toml(table: DeTable<'_>, errors: &mut Vec<SyntaxError>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(name, node)| Entry {
            name_span: Some(name.span()),
            name: name.into_inner().into_owned(),
            node: node_of_toml(node, errors),
        })
        .collect();
    // The parser sorts by name; problems are reported in the order of the file.
    entries.sort_by_key(|it| it.name_span.clone().map(|it| it.start));
    Value::Table(entries)
}

fn node_of_toml(node: toml::Spanned<DeValue<'_>>, errors: &mut Vec<SyntaxError>) -> Node {
    let span = node.span();
    let value = match node.into_inner() {
        DeValue::String(it) => Value::String(it.into_owned()),
        DeValue::Integer(it) => match i64::from_str_radix(it.as_str(), it.radix()) {
            Ok(it) => Value::Integer(it),
            Err(_) => {
                errors.push(SyntaxError {
                    message: "this number is too large".to_owned(),
                    at: span.start,
                });
                Value::Null
            }
        },
        DeValue::Float(it) => Value::Float(it.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(it) => Value::Bool(it),
        DeValue::Datetime(it) => Value::Datetime(it.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|it| node_of_toml(it, errors))
                .collect(),
        ),
        DeValue::Table(table) => table_of_toml(table, errors),
    };
    Node {
        value,
        span: Some(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::node::place_of;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let (node, errors) = parse(text);
        let mut seen = format!("{}\n", node.to_json());
        for err in errors {
            seen.push_str(&format!("{}: {}\n", place_of(text, err.at).0, err.message));
        }
        expect.assert_eq(&seen);
    }

    #[test]
    fn a_table_in_toml_and_in_json_reads_the_same() {
        let (toml, errors) = parse("b = 1_000\na = [true, \"x\", 0x10, -2.5]\n[c]\nd = {}");
        assert!(errors.is_empty());
        let json = serde_json::json!({"b": 1000, "a": [true, "x", 16, -2.5], "c": {"d": {}}});
        assert_eq!(toml.to_json(), json);
        assert_eq!(Node::of_json(&json).to_json(), json);
    }

    #[test]
    fn what_stands_before_and_after_a_wrong_value_is_read() {
        check(
            "a = 1\nb = = 2\nc = 3\n[t]\nd = fals\ne = 4\n",
            expect![[r#"
                {"a":1,"c":3,"t":{"e":4}}
                2: extra `=`, expected nothing
                5: invalid boolean, expected `false`
            "#]],
        );
    }

    #[test]
    fn nothing_below_a_broken_header_goes_into_another_table() {
        check(
            "[a]\nx = 1\n[b\ny = 2\nz = 3\n  [c]\nw = 4\n",
            expect![[r#"
                {"a":{"x":1},"c":{"w":4}}
                3: unclosed table, expected `]`; nothing from here to the next table is used
            "#]],
        );
        check(
            "[a]\nx = 1\nb]\ny = 2\n[c]\nw = 4\n",
            expect![[r#"
            {"a":{"x":1},"c":{"w":4}}
            3: key with no value, expected `=`; nothing from here to the next table is used
        "#]],
        );
        check(
            "[a]\nx = 1\na.b\ny = 2\n[c]\nw = 4\n",
            expect![[r#"
            {"a":{"x":1},"c":{"w":4}}
            3: key with no value, expected `=`; nothing from here to the next table is used
        "#]],
        );
        check(
            "[a]\nx = 1\n[[b]\ny = 2\n[c d]\ny = 3\n[]\ny = 4",
            expect![[r#"
                {"a":{"x":1},"":{"y":4}}
                3: unclosed array table, expected `]`; nothing from here to the next table is used
                5: unclosed table, expected `]`; nothing from here to the next table is used
                7: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
            "#]],
        );
        check(
            "[a]\r\nx = 1\r\n[é\r\ny = 2\r\n[c]\r\nw = 4\r\n",
            expect![[r#"
                {"a":{"x":1},"c":{"w":4}}
                3: unclosed table, expected `]`; nothing from here to the next table is used
            "#]],
        );
    }

    #[test]
    fn nothing_that_an_open_value_swallows_is_used() {
        check(
            "[a]\nx = { p = 1\n[b]\nkey = 2\n",
            expect![[r#"
            {"a":{}}
            3: missing key for inline table element, expected `,`
            4: missing comma between key-value pairs, expected `,`
        "#]],
        );
        check(
            "w = 0\nx = [\n 1,\n[b]\nkey = 2\n",
            expect![[r#"
            {"w":0}
            4: string values must be quoted, expected literal string
        "#]],
        );
        check(
            "w = 0\nx = \"\"\"\n[b]\nkey = 2\n",
            expect![[r#"
            {"w":0}
            5: invalid multi-line basic string, expected `"`
        "#]],
        );
        check(
            "w = 0\nx = \"open\ny = 1\n",
            expect![[r#"
            {"w":0,"y":1}
            2: invalid basic string, expected `"`
        "#]],
        );
    }

    #[test]
    fn a_wrong_element_costs_its_list_and_nothing_else() {
        check(
            "x = [\n  \"a\" \"b\",\n  c\n]\ny = 1\n",
            expect![[r#"
            {"y":1}
            2: missing comma between array elements, expected `,`
        "#]],
        );
    }

    #[test]
    fn of_a_name_given_twice_the_first_counts() {
        check(
            "x = 1\nx = 2\n[t]\ny = 1\n[t]\nz = 2\n",
            expect![[r#"
            {"x":1,"t":{"y":1}}
            5: duplicate key; nothing from here to the next table is used
            2: duplicate key
        "#]],
        );
    }
}
