//! The sources laid over each other, key by key, each value checked and remembered with where it comes from.

use crate::config::check::{self, Fault, World};
use crate::config::keys::{self, Key, Kind};
use crate::config::limits::{self, Limits};
use crate::config::node::{Node, Places, Value};
use crate::config::parse;
use crate::config::problem::{Diagnostic, Severity};
use crate::config::settings::Role;
use crate::config::{FAMILIES, Origin, SourceFile, Sources, secret, trust};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// What the editor's settings are called where a file would be named.
pub(crate) const EDITOR: &str = "editor settings";

/// What clients keep below `hob` for themselves: how to start the server, and the protocol's trace.
const CLIENT_KEYS: [&str; 2] = ["server", "trace"];

type Values = BTreeMap<String, Json>;
type Origins = BTreeMap<String, Origin>;

/// The sources read so far.
pub(crate) struct Layers<'a> {
    sources: &'a Sources,
    problems: Vec<Diagnostic>,
    values: Values,
    origins: Origins,
}

/// One source while it is read.
struct Layer<'a> {
    name: String,
    places: Option<Places<'a>>,
    file: Option<&'a Path>,
    kind: LayerKind,
    problems: Vec<Diagnostic>,
    /// The problems past [`limits::PROBLEMS`]: how many, and whether there are errors among them.
    untold: usize,
    untold_errors: bool,
    values: Vec<(&'static Key, Json, Option<Range<usize>>)>,
}

#[derive(Clone, Copy, PartialEq)]
enum LayerKind {
    User,
    Editor,
    Repository,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Layers {
            sources,
            problems: Vec::new(),
            values: Values::new(),
            origins: Origins::new(),
        }
    }

    pub(crate) fn user(&mut self, file: &SourceFile) {
        self.toml(file, LayerKind::User);
    }

    pub(crate) fn repository(&mut self, file: &SourceFile) {
        self.toml(file, LayerKind::Repository);
    }

    /// What the user's own file has put into `trust.folders`.
    pub(crate) fn trusted(&self) -> Vec<String> {
        let items = self.values.get(trust::KEY).and_then(Json::as_array);
        let items = items.into_iter().flatten();
        items
            .filter_map(|it| Some(it.as_str()?.to_owned()))
            .collect()
    }

    pub(crate) fn editor(&mut self, json: &Json) {
        // Clients that send everything they have send ours below its name.
        let json = json.get("hob").unwrap_or(json);
        let mut layer = Layer::new(EDITOR.to_owned(), LayerKind::Editor);
        match json {
            Json::Null => return,
            Json::Object(_) => {
                layer.table(&Node::of_json(json), "", &self.world(None, &Limits::OWN));
            }
            _ => {
                let found = Node::of_json(json).found_kind();
                let message = format!("found {found}, allowed: an object");
                layer.report(Severity::Error, None, message, None, None);
            }
        }
        self.lay(layer);
    }

    pub(crate) fn finish(self) -> (Vec<Diagnostic>, Values, Origins) {
        (self.problems, self.values, self.origins)
    }

    fn toml(&mut self, file: &SourceFile, kind: LayerKind) {
        // A byte order mark, as editors on Windows leave it, is no part of the text.
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
        let mut layer = Layer::new(file.path.display().to_string(), kind);
        layer.places = Some(Places::of(text));
        layer.file = Some(&file.path);
        let (node, errors) = parse::parse(text);
        for error in errors {
            // The parser quotes what it found.
            let message = format!("not valid TOML: {}", readable(&error.message));
            layer.report(
                Severity::Error,
                None,
                message,
                None,
                Some(error.at..error.at),
            );
        }
        let limits = match kind {
            LayerKind::Repository => &Limits::REPOSITORY,
            LayerKind::User | LayerKind::Editor => &Limits::OWN,
        };
        layer.table(&node, "", &self.world(file.path.parent(), limits));
        self.lay(layer);
    }

    fn world<'b>(&'b self, folder: Option<&'b Path>, limits: &'static Limits) -> World<'b> {
        World {
            families: match self.sources.families.as_slice() {
                [] => FAMILIES,
                families => families,
            },
            folder,
            home: self.sources.home.as_deref(),
            limits,
        }
    }

    /// Lays what one source says over what is there.
    fn lay(&mut self, mut layer: Layer<'_>) {
        self.part_keys_from_strange_urls(&mut layer);
        for (key, value, span) in std::mem::take(&mut layer.values) {
            let value = match (layer.kind, self.values.get(&key.path)) {
                // A repository adds to lists; it can't take from them.
                (LayerKind::Repository, Some(before)) => joined(before, value),
                _ => value,
            };
            let origin = layer.origin(span);
            self.values.insert(key.path.clone(), value);
            self.origins.insert(key.path.clone(), origin);
        }
        layer.problems.sort_by_key(|it| (it.line, it.column));
        layer.count_untold();
        self.problems.append(&mut layer.problems);
    }

    /// A key was written for the address beside it. When a stronger source names another address, the key doesn't go there,
    /// so that nothing that can set an address alone (an editor's settings for one folder) can fetch a key.
    fn part_keys_from_strange_urls(&mut self, layer: &mut Layer<'_>) {
        for role in Role::ALL {
            let path = |name: &str| format!("models.{}.{name}", role.name());
            let set = |path: &str| layer.values.iter().find(|it| it.0.path == path);
            let Some((_, new_url, span)) = set(&path("url")) else {
                continue;
            };
            if self.values.get(&path("url")) == Some(new_url) {
                continue;
            }
            let span = span.clone();
            for name in ["api_key", "extra"] {
                let path = path(name);
                let is_secret = match self.values.get(&path) {
                    None => false,
                    Some(Json::Object(fields)) if name == "extra" => {
                        secret::masked_table(fields) != *fields
                    }
                    Some(_) => true,
                };
                if !is_secret || layer.values.iter().any(|it| it.0.path == path) {
                    continue;
                }
                self.values.remove(&path);
                let from = self.origins.remove(&path).unwrap_or(Origin::Default);
                layer.report(
                    Severity::Warning,
                    Some(path),
                    format!("the key from {from} was written for another address and isn't sent to this one"),
                    Some(format!("set `{name}` beside this `url`")),
                    span.clone(),
                );
            }
        }
    }
}

/// Two lists in one, or the second value.
fn joined(before: &Json, value: Json) -> Json {
    match (before, value) {
        (Json::Array(before), Json::Array(more)) => {
            let mut all = before.clone();
            for item in more {
                if !all.contains(&item) {
                    all.push(item);
                }
            }
            Json::Array(all)
        }
        (_, value) => value,
    }
}

impl Layer<'_> {
    fn new(name: String, kind: LayerKind) -> Self {
        Layer {
            name,
            places: None,
            file: None,
            kind,
            problems: Vec::new(),
            untold: 0,
            untold_errors: false,
            values: Vec::new(),
        }
    }

    fn origin(&self, span: Option<Range<usize>>) -> Origin {
        let line = match (&self.places, span) {
            (Some(places), Some(span)) => places.of_offset(span.start).0,
            _ => 1,
        };
        match (self.kind, self.file) {
            (LayerKind::User, Some(file)) => Origin::User {
                file: file.to_owned(),
                line,
            },
            (LayerKind::Repository, Some(file)) => Origin::Repository {
                file: file.to_owned(),
                line,
            },
            _ => Origin::Editor,
        }
    }

    fn report(
        &mut self,
        severity: Severity,
        key: Option<String>,
        message: String,
        hint: Option<String>,
        span: Option<Range<usize>>,
    ) {
        if self.is_full() {
            self.untold += 1;
            self.untold_errors |= severity == Severity::Error;
            return;
        }
        let place = match (&self.places, span) {
            (Some(places), Some(span)) => Some(places.of_offset(span.start)),
            _ => None,
        };
        self.problems.push(Diagnostic {
            severity,
            file: self.name.clone(),
            line: place.map(|it| it.0),
            column: place.map(|it| it.1),
            key: key.map(|it| readable(&it)),
            message: shortened(message),
            hint: hint.map(shortened),
        });
    }

    /// Whether further problems are only counted.
    fn is_full(&self) -> bool {
        self.problems.len() >= limits::PROBLEMS
    }

    /// Says how many problems are not told one by one.
    fn count_untold(&mut self) {
        if self.untold == 0 {
            return;
        }
        let severity = match self.untold_errors {
            true => Severity::Error,
            false => Severity::Warning,
        };
        self.problems.push(Diagnostic {
            severity,
            file: self.name.clone(),
            line: None,
            column: None,
            key: None,
            message: format!(
                "and {} more problems, which are not listed",
                grouped(self.untold)
            ),
            hint: Some("is this the right file?".to_owned()),
        });
    }

    /// Reads the table at `path` and all below it.
    fn table(&mut self, node: &Node, path: &str, world: &World<'_>) {
        let Value::Table(entries) = &node.value else {
            return;
        };
        for entry in entries {
            // Editors send `null` for what isn't set.
            if entry.node.value == Value::Null {
                continue;
            }
            let full = match path {
                "" => entry.name.clone(),
                _ => format!("{path}.{}", entry.name),
            };
            let at = entry.name_span.clone().or(entry.node.span.clone());
            if let Some(key) = keys::find(&full) {
                self.key(key, &entry.node, at, world);
            } else if keys::tables().iter().any(|it| it.path == full) {
                match entry.node.value {
                    Value::Table(_) => self.table(&entry.node, &full, world),
                    _ => self.no_table(&full, &entry.node, at),
                }
            } else if self.kind == LayerKind::Editor && CLIENT_KEYS.contains(&full.as_str()) {
                // The client's own.
            } else {
                self.unknown(full, at);
            }
        }
    }

    fn key(&mut self, key: &'static Key, node: &Node, at: Option<Range<usize>>, world: &World<'_>) {
        if self.kind == LayerKind::Repository && !may_be_set_by_a_repository(key, node) {
            let path = key.path.clone();
            let message = match path.as_str() {
                "autocomplete.enabled" => {
                    "a repository may switch completion off, never on; this is ignored"
                }
                "index.include" => {
                    "a repository may not bring in files that are ignored or hidden; this is ignored"
                }
                _ => "a repository may not set this; it is ignored",
            };
            let hint = "a repository's own settings may only be `autocomplete.languages_off`, `autocomplete.enabled = false`, `index.exclude` and `chat.rules`; everything else belongs into your own file (`hob config path`)";
            self.report(
                Severity::Warning,
                Some(path),
                message.to_owned(),
                Some(hint.to_owned()),
                at,
            );
            return;
        }
        let is_empty = matches!(&node.value, Value::Array(items) if items.is_empty());
        if self.kind == LayerKind::Editor && key.path == trust::KEY && !is_empty {
            // A project's own editor settings could else vouch for the project.
            let message = "only your own file may set this; it is ignored";
            let hint = "set it in the file that `hob config path` names";
            self.report(
                Severity::Warning,
                Some(key.path.clone()),
                message.to_owned(),
                Some(hint.to_owned()),
                at,
            );
            return;
        }
        if self.kind == LayerKind::Editor && names_command(key, node) {
            let message = "a command is run only if your own file names it; it is ignored";
            let hint = "write it there (`hob config path`): an editor's settings may come from the folder that it opened";
            self.report(
                Severity::Error,
                Some(key.path.clone()),
                message.to_owned(),
                Some(hint.to_owned()),
                at,
            );
            return;
        }
        let (value, faults) = check::check(key, node, world);
        for Fault {
            severity,
            message,
            hint,
            span,
        } in faults
        {
            let span = span.or(at.clone());
            self.report(severity, Some(key.path.clone()), message, hint, span);
        }
        if let Some(value) = value {
            self.values.push((key, value, at));
        }
    }

    fn no_table(&mut self, path: &str, node: &Node, at: Option<Range<usize>>) {
        let hint = match (keys::role_of(path), node.as_str()) {
            (Some(_), Some(it)) if it.starts_with("http") => {
                Some(format!("did you mean `{path}.url`?"))
            }
            (Some(_), Some("builtin")) => Some(format!("did you mean `{path}.provider`?")),
            (Some(_), Some(_)) => Some(format!("did you mean `{path}.model`?")),
            _ => None,
        };
        let message = format!("found {}, allowed: a table", node.found_kind());
        let span = node.span.clone().or(at);
        self.report(Severity::Error, Some(path.to_owned()), message, hint, span);
    }

    fn unknown(&mut self, path: String, at: Option<Range<usize>>) {
        // Looking for what was meant takes time.
        let nearest = (!self.is_full())
            .then(|| keys::nearest_path(&path))
            .flatten();
        let hint = match nearest {
            Some(it) => format!("did you mean `{it}`?"),
            None => "`hob config schema` and the documentation list every key".to_owned(),
        };
        self.report(
            Severity::Warning,
            Some(secret::hidden(&path).into_owned()),
            "there is no such key; it is ignored".to_owned(),
            Some(hint),
            at,
        );
    }
}

/// A name as a message has it: short. What shows it cleans it.
fn readable(name: &str) -> String {
    const LONGEST: usize = 200;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A sentence that may quote what was found.
fn shortened(text: String) -> String {
    match text.char_indices().nth(limits::SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whether a key is to be printed by a command.
fn names_command(key: &Key, node: &Node) -> bool {
    key.kind == Kind::ApiKey && node.get("command").is_some()
}

/// Only what can't hurt who opens the repository: nothing that names an address, a key, a command or a path. Files that
/// are ignored or hidden are what their owner keeps to himself, notes and keys among them, so only he can bring them in.
fn may_be_set_by_a_repository(key: &Key, node: &Node) -> bool {
    match key.path.as_str() {
        "autocomplete.languages_off" | "index.exclude" | "chat.rules" => true,
        // A wrong value goes on to its own message.
        "autocomplete.enabled" => node.value != Value::Bool(true),
        _ => false,
    }
}
