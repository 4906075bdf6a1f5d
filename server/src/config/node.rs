//! A configuration as a tree that knows where each value stands: the same for TOML files and for editors' JSON.

use crate::config::secret;
use serde_json::Value as Json;
use std::ops::Range;

/// One value and where it stands.
#[derive(Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    /// The byte range in the source; `None` for JSON, which arrives without one.
    pub(crate) span: Option<Range<usize>>,
}

/// What stands there.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    /// A TOML date or time: no key takes one, but it can be written.
    Datetime(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table and its value.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) name_span: Option<Range<usize>>,
    pub(crate) node: Node,
}

impl Node {
    /// Takes over JSON.
    pub(crate) fn of_json(json: &Json) -> Node {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(it) => Value::Bool(*it),
            Json::Number(it) => match it.as_i64() {
                Some(it) => Value::Integer(it),
                None => Value::Float(it.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(it) => Value::String(it.clone()),
            Json::Array(items) => Value::Array(items.iter().map(Node::of_json).collect()),
            Json::Object(fields) => Value::Table(
                fields
                    .iter()
                    .map(|(name, value)| Entry {
                        name: name.clone(),
                        name_span: None,
                        node: Node::of_json(value),
                    })
                    .collect(),
            ),
        };
        Node { value, span: None }
    }

    /// The entry of this name, if this is a table that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|it| it.name == name),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(it) => Some(it),
            _ => None,
        }
    }

    /// The whole number, also one written `3.0`, as Lua's JSON does.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(it) => Some(it),
            // 2^53: beyond it a float no longer tells whole numbers apart.
            Value::Float(it) if it.fract() == 0.0 && it.abs() < 9_007_199_254_740_992.0 => {
                Some(it as i64)
            }
            _ => None,
        }
    }

    /// The same as JSON. Numbers that JSON doesn't have become `null`, dates strings.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(it) => Json::from(*it),
            Value::Integer(it) => Json::from(*it),
            Value::Float(it) => Json::from(*it),
            Value::String(it) | Value::Datetime(it) => Json::from(it.as_str()),
            Value::Array(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Table(entries) => Json::Object(
                entries
                    .iter()
                    .map(|it| (it.name.clone(), it.node.to_json()))
                    .collect(),
            ),
        }
    }

    /// What was found, for a message: the kind of thing, and short plain values themselves.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Null => "nothing (`null`)".to_owned(),
            Value::Bool(it) => format!("`{it}`"),
            Value::Integer(it) => format!("the number {it}"),
            Value::Float(it) => format!("the number {it}"),
            Value::String(it) => format!("the string {}", quoted(it)),
            Value::Datetime(_) => "a date or time".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    /// What kind of thing was found, without the value itself: for keys whose values are nobody's business.
    pub(crate) fn found_kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing (`null`)",
            Value::Bool(_) => "true or false",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::Datetime(_) => "a date or time",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// A string in quotes, short enough for a message, without what looks like a key: people paste them into the wrong setting.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = secret::hidden(text);
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start:?}…")
}

/// A text whose lines were found once, so that a place in it costs no walk over what stands before.
pub(crate) struct Places<'a> {
    text: &'a str,
    /// Where each line starts, in bytes; never empty.
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(text: &'a str) -> Places<'a> {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Places {
            text,
            starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// Line and column (in characters) of a byte offset, from 1. Offsets inside a character count as its start.
    pub(crate) fn of_offset(&self, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|it| *it <= offset).max(1);
        let start = self.starts[line - 1];
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let column = self.text[start..offset].chars().count() + 1;
        (count(line), count(column))
    }
}

/// [`Places::of_offset`] for a single place.
#[cfg(test)]
pub(crate) fn place_of(text: &str, offset: usize) -> (u32, u32) {
    Places::of(text).of_offset(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        assert_eq!(place_of("", 0), (1, 1));
        assert_eq!(place_of("añ\nb", 3), (1, 3));
        assert_eq!(place_of("añ\nb", 2), (1, 2), "inside the ñ");
        assert_eq!(place_of("añ\r\nb", 6), (2, 2));
        assert_eq!(place_of("a", 99), (1, 2));
    }
}
