//! The table of every key: what may be written, its default, what it means. Read from the schema of the options, so nothing is said twice.

use crate::config::options::Options;
use crate::config::problem::nearest;
use crate::config::settings::{Role, Timeouts};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// One key that may be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Written out from the top: `models.chat.url`.
    pub path: String,
    /// What it means.
    pub doc: String,
    /// What may be written.
    pub kind: Kind,
    /// Its value where it isn't written; `None`: unset.
    pub default: Option<Value>,
    /// What one could write.
    pub example: Option<Value>,
    /// Whether it is kept for a later version, and does nothing in this one.
    pub reserved: bool,
}

/// What may be written for a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number in this range.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// One of these words: each with what it means.
    Choice(Vec<(String, String)>),
    /// Any string that isn't empty.
    Text,
    /// One http or https address or several.
    Urls,
    /// A key, or where it comes from.
    ApiKey,
    /// A family's name or a table.
    Fim,
    /// `builtin` and names of roles.
    Names,
    /// LSP language identifiers.
    Languages,
    /// Patterns of paths, as in `.gitignore`.
    Globs,
    /// Sentences.
    Texts,
    /// Folders, and all folders below one.
    Folders,
    /// Tables with a `prompt`, by names of one's own.
    Commands,
    /// `"environment"`, `"none"` or an address.
    Proxy,
    /// `"auto"` or milliseconds.
    Debounce,
    /// Anything, below names of one's own.
    Table,
}

impl Kind {
    /// What is allowed, as the end of a sentence.
    pub fn allowed(&self) -> String {
        match self {
            Kind::Bool => "`true` or `false`".to_owned(),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Choice(choices) => {
                let names: Vec<String> =
                    choices.iter().map(|(it, _)| format!("\"{it}\"")).collect();
                format!("one of {}", names.join(", "))
            }
            Kind::Text => "a string that isn't empty".to_owned(),
            Kind::Urls => "an http or https address, or a list of them".to_owned(),
            Kind::ApiKey => "{ env = \"…\" }, { file = \"…\" }, { command = [\"…\"] } or a string".to_owned(),
            Kind::Fim => "the name of a family, or a table with `prefix`, `suffix`, `middle` and perhaps `stop`".to_owned(),
            Kind::Names => {
                let roles: Vec<String> = Role::ALL.iter().map(|it| format!("\"{}\"", it.name())).collect();
                format!("a list of \"builtin\" and other roles ({})", roles.join(", "))
            }
            Kind::Languages => "a list of language identifiers such as \"markdown\"".to_owned(),
            Kind::Globs => "a list of patterns such as \"generated/**\"".to_owned(),
            Kind::Texts => "a list of strings that aren't empty".to_owned(),
            Kind::Folders => "a list of absolute paths such as \"~/shared/project\"; `/*` at the end of one stands for everything below, \"*\" alone for everything".to_owned(),
            Kind::Commands => "a table for each command, with `prompt` and perhaps `description` and `edit`; its name has lower-case letters, digits and `-`".to_owned(),
            Kind::Proxy => "\"environment\", \"none\", or an http or https address".to_owned(),
            Kind::Debounce => "\"auto\" or a whole number from 0 to 5000".to_owned(),
            Kind::Table => "a table".to_owned(),
        }
    }

    /// The type's name, for the documentation.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Bool => "boolean",
            Kind::Integer { .. } => "integer",
            Kind::Choice(_) | Kind::Text | Kind::Proxy => "string",
            Kind::Urls => "string or list of strings",
            Kind::ApiKey | Kind::Fim => "string or table",
            Kind::Names | Kind::Languages | Kind::Globs | Kind::Texts | Kind::Folders => {
                "list of strings"
            }
            Kind::Debounce => "\"auto\" or integer",
            Kind::Table => "table",
            Kind::Commands => "table of tables",
        }
    }
}

/// A table of keys, such as `models.chat`.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Written out from the top; empty for the top itself.
    pub path: String,
    /// What it holds.
    pub doc: String,
}

struct All {
    keys: Vec<Key>,
    tables: Vec<Table>,
    schema: Value,
}

static ALL: LazyLock<All> = LazyLock::new(|| {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|it| it.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Options>()
        .to_value();
    remove_null(&mut schema);
    // The one default that depends on the role.
    for role in Role::ALL {
        let path = format!(
            "/properties/models/properties/{}/properties/timeouts/properties/first_token_ms/default",
            role.name()
        );
        if let Some(default) = schema.pointer_mut(&path) {
            let milliseconds = Timeouts::of_role(role).first_token.as_millis();
            *default = Value::from(u64::try_from(milliseconds).unwrap_or(u64::MAX));
        }
    }
    let mut all = All {
        keys: Vec::new(),
        tables: Vec::new(),
        schema: Value::Null,
    };
    gather(&schema, "", &mut all);
    remove_own_marks(&mut schema);
    all.schema = schema;
    all
});

/// Every key, in the order of the declaration.
pub fn all() -> &'static [Key] {
    &ALL.keys
}

/// Every table, in the order of the declaration, the top first.
pub fn tables() -> &'static [Table] {
    &ALL.tables
}

/// The key with this path.
pub fn find(path: &str) -> Option<&'static Key> {
    all().iter().find(|it| it.path == path)
}

/// The JSON Schema of a configuration.
pub fn schema() -> &'static Value {
    &ALL.schema
}

/// The full path most likely meant by `path`, which is no key: the same name elsewhere, or a similar one, first in the same table.
pub fn nearest_path(path: &str) -> Option<&'static str> {
    let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
    let paths = || {
        all()
            .iter()
            .map(|it| it.path.as_str())
            .chain(tables().iter().map(|it| it.path.as_str()))
            .filter(|it| !it.is_empty())
    };
    let last = |it: &'static str| it.rsplit('.').next().unwrap_or(it);
    let siblings = paths().filter(|it| it.rsplit_once('.').unwrap_or(("", it)).0 == table);
    if let Some(found) = nearest(name, siblings.clone().map(last)) {
        return siblings.clone().find(|it| last(it) == found);
    }
    // A right name in a wrong table, or a similar one there.
    let found = nearest(name, paths().map(last))?;
    paths().find(|it| last(it) == found)
}

/// A path's last part, as it is written in its table.
pub fn leaf(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The role that a path below `models` belongs to.
pub fn role_of(path: &str) -> Option<Role> {
    let rest = path.strip_prefix("models.")?;
    Role::of_name(rest.split('.').next().unwrap_or(rest))
}

fn gather(schema: &Value, path: &str, all: &mut All) {
    all.tables.push(Table {
        path: path.to_owned(),
        doc: doc_of(schema),
    });
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    // Keys before tables, as TOML wants them.
    let is_table = |it: &Value| it.get("properties").is_some();
    let full = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    for (name, property) in properties.iter().filter(|it| !is_table(it.1)) {
        all.keys.push(key_of(full(name), property));
    }
    for (name, property) in properties.iter().filter(|it| is_table(it.1)) {
        gather(property, &full(name), all);
    }
}

fn key_of(path: String, schema: &Value) -> Key {
    Key {
        doc: doc_of(schema),
        kind: kind_of(schema),
        default: schema.get("default").cloned(),
        example: schema.pointer("/examples/0").cloned(),
        reserved: schema.get("x-reserved").is_some(),
        path,
    }
}

fn kind_of(schema: &Value) -> Kind {
    match schema.get("x-kind").and_then(Value::as_str) {
        Some("urls") => return Kind::Urls,
        Some("api_key") => return Kind::ApiKey,
        Some("fim") => return Kind::Fim,
        Some("names") => return Kind::Names,
        Some("languages") => return Kind::Languages,
        Some("globs") => return Kind::Globs,
        Some("texts") => return Kind::Texts,
        Some("folders") => return Kind::Folders,
        Some("commands") => return Kind::Commands,
        Some("proxy") => return Kind::Proxy,
        Some("debounce") => return Kind::Debounce,
        Some("table") => return Kind::Table,
        _ => {}
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => return Kind::Bool,
        Some("integer") => {
            let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
            return Kind::Integer {
                min: bound("minimum").unwrap_or(0),
                max: bound("maximum").unwrap_or(i64::MAX),
            };
        }
        _ => {}
    }
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(choices) => Kind::Choice(
            choices
                .iter()
                .filter_map(|it| Some((it.get("const")?.as_str()?.to_owned(), doc_of(it))))
                .collect(),
        ),
        None => Kind::Text,
    }
}

fn doc_of(schema: &Value) -> String {
    schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('\n', " ")
}

/// Takes `null` out of what is allowed: it stands for an absent key, which no document needs to say.
fn remove_null(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|it| it != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|it| it.get("type").is_none_or(|it| it != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    fields.shift_remove("anyOf");
                    merge_under(fields, only);
                }
            }
            fields.values_mut().for_each(remove_null);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_null),
        _ => {}
    }
}

/// Adds the fields that aren't there yet: what is said at the field wins over what is said at its type.
fn merge_under(fields: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        fields.entry(name).or_insert(value);
    }
}

/// Removes the `x-` fields, which only this file reads, and formats that JSON Schema doesn't know.
fn remove_own_marks(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let is_rust_format =
                    name == "format" && value.as_str().is_some_and(|it| it.starts_with("uint"));
                !is_rust_format && !name.starts_with("x-")
            });
            fields.values_mut().for_each(remove_own_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_own_marks),
        _ => {}
    }
}
