//! The configuration for people: what is in force, where it comes from, and what a key means. Secrets are masked here, and only here.

use crate::config::keys::{self, Key};
use crate::config::problem::Diagnostic;
use crate::config::settings::Role;
use crate::config::{Loaded, Origin, secret};
use crate::display;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// One key explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The key.
    pub key: String,
    /// Its value, `null` where it has none; secrets masked.
    pub value: Value,
    /// Where the value comes from.
    pub origin: String,
    /// The value where nobody sets it.
    pub default: Value,
    /// What it means.
    pub doc: String,
    /// What may be written.
    pub allowed: String,
    /// What could be written.
    pub example: Value,
}

/// The configuration in force, as data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Each key with its value and where that comes from; keys without a value are left out, secrets masked.
    pub values: BTreeMap<String, ShownValue>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownValue {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: String,
}

/// Explains one key; `None`: there is no such key.
pub fn why(loaded: &Loaded, path: &str) -> Option<Why> {
    let key = keys::find(path)?;
    Some(Why {
        key: key.path.clone(),
        value: value_of(loaded, key).unwrap_or(Value::Null),
        origin: loaded.origin(path).to_string(),
        default: key.default.clone().unwrap_or(Value::Null),
        doc: key.doc.clone(),
        allowed: key.kind.allowed(),
        example: key.example.clone().unwrap_or(Value::Null),
    })
}

/// Everything in force, as data.
pub fn shown(loaded: &Loaded) -> Shown {
    let values = keys::all()
        .iter()
        .filter(|it| is_in_force(loaded, it))
        .filter_map(|key| {
            let shown = ShownValue {
                value: value_of(loaded, key)?,
                origin: loaded.origin(&key.path).to_string(),
            };
            Some((key.path.clone(), shown))
        })
        .collect();
    Shown {
        values,
        problems: loaded.problems.clone(),
    }
}

/// Everything in force, as TOML that can be read back (but for masked secrets), each line with where it comes from.
pub fn toml(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut files: Vec<String> = loaded
        .origins
        .values()
        .filter_map(|it| match it {
            Origin::User { file, .. } | Origin::Repository { file, .. } => {
                Some(display::path(file))
            }
            _ => None,
        })
        .collect();
    files.sort();
    files.dedup();
    match files.as_slice() {
        [] => out.push_str("# No file sets anything: these are the defaults.\n"),
        files => {
            for file in files {
                let _ = writeln!(out, "# {file}");
            }
        }
    }
    for role in Role::ALL {
        let table = format!("models.{}", role.name());
        if loaded.settings.models.configured(role).is_some() {
            write_table(&mut out, loaded, &table);
        } else {
            let _ = writeln!(out, "\n# [{table}] is not set: {}", without(role));
        }
    }
    write_table(&mut out, loaded, "autocomplete");
    if *loaded.origin("network.proxy") != Origin::Default {
        write_table(&mut out, loaded, "network");
    }
    out
}

/// What a role without a table does.
fn without(role: Role) -> &'static str {
    match role {
        Role::Autocomplete => "a server found on the well-known ports, else the codebase itself",
        Role::Chat => "a server found on the well-known ports",
        Role::Edit | Role::Architect => "the model of chat",
        Role::Embed => "builtin",
    }
}

fn write_table(out: &mut String, loaded: &Loaded, table: &str) {
    let lines: Vec<(String, String)> = keys::all()
        .iter()
        .filter_map(|key| {
            let name = key.path.strip_prefix(table)?.strip_prefix('.')?;
            let value = inline(&value_of(loaded, key)?);
            Some((format!("{name} = {value}"), short(loaded.origin(&key.path))))
        })
        .collect();
    // Beyond this, one long line would push every comment out of sight.
    const WIDEST: usize = 48;
    let width = lines
        .iter()
        .map(|it| it.0.chars().count())
        .filter(|it| *it <= WIDEST)
        .max()
        .unwrap_or(0);
    let _ = writeln!(out, "\n[{table}]");
    for (line, origin) in lines {
        let _ = writeln!(out, "{line:width$}  # {origin}");
    }
}

/// The file's name without its folders, which stand at the top.
fn short(origin: &Origin) -> String {
    match origin {
        Origin::User { file, line } | Origin::Repository { file, line } => {
            let name = file.file_name().unwrap_or(file.as_os_str());
            format!("{}:{line}", display::path(Path::new(name)))
        }
        other => other.to_string(),
    }
}

/// Keys of roles that aren't configured have no effect, defaults or not.
fn is_in_force(loaded: &Loaded, key: &Key) -> bool {
    keys::role_of(&key.path).is_none_or(|it| loaded.settings.models.configured(it).is_some())
}

/// The value in force, secrets masked.
fn value_of(loaded: &Loaded, key: &Key) -> Option<Value> {
    let value = match loaded.value(&key.path) {
        Some(it) => it.clone(),
        None => key.default.clone()?,
    };
    let value = match (key.path.rsplit('.').next(), value) {
        (Some("api_key"), Value::String(_)) => Value::from(secret::MASK),
        (_, Value::Object(table)) => Value::Object(secret::masked_table(&table)),
        (_, other) => other,
    };
    // A key in another setting is shown as little as one in its own.
    Some(secret::hidden_value(&value))
}

/// A value as TOML, on one line.
pub fn inline(value: &Value) -> String {
    match value {
        // TOML has no null; in our own values it can only stand in an editor's `extra`.
        Value::Null => "\"\"".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::String(it) => quote(it),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let fields: Vec<String> = without_nulls(table)
                .map(|(name, value)| format!("{} = {}", key_text(name), inline(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

fn without_nulls(table: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    table.iter().filter(|(_, value)| !value.is_null())
}

fn key_text(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-');
    if bare { name.to_owned() } else { quote(name) }
}

/// A TOML basic string: one line, whatever is in it.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // As an escape, a character that hides is still read back as itself.
            c if display::is_hidden(c) && u32::from(c) > 0xffff => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c if c.is_control() || display::is_hidden(c) => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_hides_nothing_and_is_read_back_exactly() {
        let odd = "a\u{1b}]0;x\u{7}\u{7f}\u{9b}\u{202e}\u{200b}\u{e0041}\r\n\t\"\\é👨\u{200d}👩";
        let written = inline(&Value::from(odd));
        assert!(!written.contains(display::is_hidden), "{written:?}");
        let read: toml::Table = format!("k = {written}").parse().unwrap();
        assert_eq!(read["k"].as_str(), Some(odd));
    }
}
