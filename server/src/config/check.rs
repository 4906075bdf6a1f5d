//! Whether a value may stand where it stands, and what to say when it may not.

use crate::config::keys::{self, Key, Kind};
use crate::config::limits::{self, Limits};
use crate::config::node::{Node, Value, quoted};
use crate::config::problem::{Severity, nearest};
use crate::config::secret;
use crate::config::settings::Role;
use serde_json::Value as Json;
use std::ops::Range;
use std::path::Path;

/// What the checks need to know of the world.
pub(crate) struct World<'a> {
    /// The ids of the fill-in-the-middle families; empty: any name passes.
    pub(crate) families: &'a [&'a str],
    /// The folder that relative paths start from; `None`: there is none.
    pub(crate) folder: Option<&'a Path>,
    /// The user's home folder.
    pub(crate) home: Option<&'a Path>,
    /// How much the source may say.
    pub(crate) limits: &'static Limits,
}

/// One thing wrong with a value.
pub(crate) struct Fault {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) span: Option<Range<usize>>,
}

impl Fault {
    fn at(node: &Node, message: impl Into<String>) -> Fault {
        Fault {
            severity: Severity::Error,
            message: message.into(),
            hint: None,
            span: node.span.clone(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }

    fn warning(mut self) -> Fault {
        self.severity = Severity::Warning;
        self
    }

    /// The ordinary one: found this, allowed is that.
    fn expected(node: &Node, allowed: &str) -> Fault {
        Fault::at(node, format!("found {}, allowed: {allowed}", node.found()))
    }
}

/// The value as the options take it, `None` when nothing of it is usable, and everything that is wrong with it.
/// Of a list, what is good in it is kept.
pub(crate) fn check(key: &Key, node: &Node, world: &World<'_>) -> (Option<Json>, Vec<Fault>) {
    let mut faults = Vec::new();
    let value = match &key.kind {
        Kind::Bool => one(check_bool(node), &mut faults),
        Kind::Integer { min, max } => one(check_integer(node, *min, *max, &key.kind), &mut faults),
        Kind::Choice(choices) => one(check_choice(node, choices, &key.kind), &mut faults),
        Kind::Text => one(check_text(node).map(Json::from), &mut faults),
        Kind::Debounce => one(check_debounce(node, &key.kind), &mut faults),
        Kind::ApiKey => one(check_api_key(node, world), &mut faults),
        Kind::Fim => one(check_fim(node, world), &mut faults),
        Kind::Proxy => one(check_proxy(node, &key.kind), &mut faults),
        Kind::Table => one(check_table(node, &key.kind), &mut faults),
        Kind::Urls => match node.as_str() {
            Some(_) => one(check_url(node).map(Json::from), &mut faults),
            None => list(node, key, world, &mut faults, |it, _| check_url(it)),
        },
        Kind::Names => list(node, key, world, &mut faults, |it, _| {
            check_fallback(it, keys::role_of(&key.path))
        }),
        Kind::Languages => list(node, key, world, &mut faults, check_language),
        Kind::Globs => list(node, key, world, &mut faults, |it, _| check_glob(it)),
        Kind::Texts => list(node, key, world, &mut faults, |it, _| check_text(it)),
        Kind::Folders => list(node, key, world, &mut faults, |it, _| {
            check_folder(it, world)
        }),
        Kind::Commands => check_commands(node, &key.kind, world, &mut faults),
    };
    if key.reserved && value.is_some() {
        faults.push(Fault::at(node, "is reserved for a later version and does nothing in this one")
            .warning()
            .hint("start the model server yourself (for example `llama-server -m model.gguf --port 8081`) and name its address in `url`"));
    }
    (value, faults)
}

fn one(result: Result<Json, Fault>, faults: &mut Vec<Fault>) -> Option<Json> {
    result.map_err(|it| faults.push(it)).ok()
}

/// Checks each element, as far as the limits go; a list of which nothing is left, although something was written, is no
/// value.
fn list(
    node: &Node,
    key: &Key,
    world: &World<'_>,
    faults: &mut Vec<Fault>,
    check_item: impl Fn(&Node, &mut Vec<Fault>) -> Result<String, Fault>,
) -> Option<Json> {
    let Value::Array(items) = &node.value else {
        let fault = Fault::expected(node, &key.kind.allowed());
        faults.push(match node.as_str() {
            Some(it) => fault.hint(format!("write it as a list: [{}]", quoted(it))),
            None => fault,
        });
        return None;
    };
    let Limits {
        entries,
        entry,
        list,
        wildcards,
    } = world.limits;
    let mut good: Vec<String> = Vec::new();
    let (mut bytes, mut n_wildcards) = (0, 0);
    for (n, item) in items.iter().enumerate() {
        let length = item.as_str().map_or(0, str::len);
        bytes += length;
        if key.kind == Kind::Globs {
            n_wildcards += item.as_str().map_or(0, limits::wildcards);
        }
        if n >= *entries || bytes > *list || n_wildcards > *wildcards {
            let most = match key.kind {
                Kind::Globs => format!(", {list} bytes and {wildcards} wildcards"),
                _ => format!(" and {list} bytes"),
            };
            let message = format!(
                "only the first {n} of {} entries are used; a list has at most {entries} entries{most}",
                items.len()
            );
            faults.push(Fault::at(item, message));
            break;
        }
        if length > *entry {
            let message = format!("an entry of {length} bytes is not used; it may have {entry}");
            faults.push(Fault::at(item, message));
            continue;
        }
        match check_item(item, faults) {
            Ok(it) if !good.contains(&it) => good.push(it),
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (!good.is_empty() || items.is_empty()).then(|| Json::from(good))
}

fn check_bool(node: &Node) -> Result<Json, Fault> {
    match &node.value {
        Value::Bool(it) => Ok(Json::from(*it)),
        Value::String(it) if it == "true" || it == "false" => {
            Err(Fault::expected(node, &Kind::Bool.allowed())
                .hint(format!("write {it} without quotes")))
        }
        _ => Err(Fault::expected(node, &Kind::Bool.allowed())),
    }
}

fn check_integer(node: &Node, min: i64, max: i64, kind: &Kind) -> Result<Json, Fault> {
    match node.as_integer() {
        Some(it) if (min..=max).contains(&it) => Ok(Json::from(it)),
        _ => {
            let fault = Fault::expected(node, &kind.allowed());
            Err(match node.as_str().map(str::parse::<i64>) {
                Some(Ok(it)) => fault.hint(format!("write {it} without quotes")),
                _ => fault,
            })
        }
    }
}

fn check_choice(node: &Node, choices: &[(String, String)], kind: &Kind) -> Result<Json, Fault> {
    let fault = Fault::expected(node, &kind.allowed());
    let Some(written) = node.as_str() else {
        return Err(fault);
    };
    let names = || choices.iter().map(|(it, _)| it.as_str());
    if let Some(it) = names().find(|it| *it == written) {
        return Ok(Json::from(it));
    }
    Err(match nearest(written, names()) {
        Some(it) => fault.hint(format!("did you mean \"{it}\"?")),
        None => fault,
    })
}

fn check_text(node: &Node) -> Result<String, Fault> {
    match node.as_str() {
        Some(it) if !it.trim().is_empty() => Ok(it.to_owned()),
        _ => Err(Fault::expected(node, &Kind::Text.allowed())),
    }
}

fn check_debounce(node: &Node, kind: &Kind) -> Result<Json, Fault> {
    match (node.as_str(), node.as_integer()) {
        (Some("auto"), _) => Ok(Json::from("auto")),
        (_, Some(it)) if (0..=5000).contains(&it) => Ok(Json::from(it)),
        _ => Err(Fault::expected(node, &kind.allowed())),
    }
}

/// Addresses hold no keys: one in there would be shown in messages and logs. So the value is named only after that is ruled out.
fn check_url(node: &Node) -> Result<String, Fault> {
    const EXAMPLE: &str = "write it like \"http://127.0.0.1:8081\"";
    let allowed = Kind::Urls.allowed();
    let Some(written) = node.as_str().map(str::trim) else {
        return Err(Fault::expected(node, &allowed).hint(EXAMPLE));
    };
    if written.contains('@') || written.contains('?') || written.contains('#') {
        return Err(Fault::at(
            node,
            "found an address with a user, a password or a query; allowed: scheme, host, port and path",
        )
        .hint("put a key into `api_key`, and other request fields into `extra`"));
    }
    match url::Url::parse(written) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(written.to_owned())
        }
        // `localhost:8080` parses, with `localhost` as its scheme.
        _ => {
            let fault = Fault::expected(node, &allowed);
            let with_scheme = format!("http://{written}");
            let works = !written.contains("//")
                && url::Url::parse(&with_scheme).is_ok_and(|it| it.has_host());
            Err(if works {
                fault.hint(format!("did you mean {}?", quoted(&with_scheme)))
            } else {
                fault.hint(EXAMPLE)
            })
        }
    }
}

/// `"environment"`, `"none"` or an address, in which a password has no place: it would be shown.
fn check_proxy(node: &Node, kind: &Kind) -> Result<Json, Fault> {
    match node.as_str().map(str::trim) {
        Some(it @ ("environment" | "none")) => Ok(Json::from(it)),
        Some(it) if it.contains('@') => Err(Fault::at(
            node,
            "found an address with a user or a password; allowed: scheme, host and port",
        )
        .hint("set the variable HTTPS_PROXY to it, and this to \"environment\"")),
        Some(it) if !it.contains(['/', ':']) => {
            let fault = Fault::expected(node, &kind.allowed());
            Err(match nearest(it, ["environment", "none"]) {
                Some(it) => fault.hint(format!("did you mean \"{it}\"?")),
                None => fault,
            })
        }
        _ => {
            let address = check_url(node);
            let allowed = |_| Fault::expected(node, &kind.allowed());
            address.map(Json::from).map_err(allowed)
        }
    }
}

/// Never names what was found: it may be the key.
fn check_api_key(node: &Node, world: &World<'_>) -> Result<Json, Fault> {
    let wrong = |node: &Node| {
        Fault::at(
            node,
            format!(
                "found {}, allowed: {}",
                node.found_kind(),
                Kind::ApiKey.allowed()
            ),
        )
    };
    let entries = match &node.value {
        Value::String(it) if !it.trim().is_empty() => return Ok(Json::from(it.trim())),
        Value::String(_) => {
            return Err(Fault::at(
                node,
                "found an empty string; leave the key out to send none",
            ));
        }
        Value::Table(entries) => entries,
        _ => return Err(wrong(node)),
    };
    let [entry] = entries.as_slice() else {
        return Err(Fault::at(
            node,
            "found a table with more or less than one field; allowed: exactly one of `env`, `file` and `command`",
        ));
    };
    let value = &entry.node;
    match entry.name.as_str() {
        "env" => match value.as_str() {
            Some(it) if it.starts_with('$') => Err(Fault::at(
                value,
                "found a name that starts with `$`; allowed: the bare name of an environment variable",
            )
            .hint("leave the `$` away")),
            Some(it) if is_variable_name(it) => Ok(serde_json::json!({ "env": it })),
            // Who writes the key itself here shall not see it in a message.
            _ => Err(Fault::at(
                value,
                "`env` takes the name of an environment variable: letters, digits and `_`",
            )
            .hint("the key itself would be written as a string: api_key = \"…\"")),
        },
        "file" => match value.as_str() {
            Some(it) if !it.is_empty() => {
                let path = absolute(value, it, world)?;
                Ok(serde_json::json!({ "file": path }))
            }
            _ => Err(Fault::at(value, "`file` takes a path")),
        },
        "command" => {
            let words: Option<Vec<String>> = match &value.value {
                Value::Array(items) => items
                    .iter()
                    .map(|it| it.as_str().map(str::to_owned))
                    .collect(),
                _ => None,
            };
            match words {
                Some(words) if words.first().is_some_and(|it| !it.is_empty()) => {
                    Ok(serde_json::json!({ "command": words }))
                }
                _ => Err(Fault::at(
                    value,
                    "`command` takes a list: the program and its arguments",
                )
                .hint("write it like { command = [\"pass\", \"show\", \"name\"] }; no shell is involved")),
            }
        }
        other => {
            let fault = Fault {
                span: entry.name_span.clone(),
                ..Fault::at(value, format!("unknown field {}; allowed: `env`, `file`, `command`", quoted(other)))
            };
            Err(match nearest(other, ["env", "file", "command"]) {
                Some(it) => fault.hint(format!("did you mean `{it}`?")),
                None => fault,
            })
        }
    }
}

/// The names that every shell can set. Keys mostly hold something else (`sk-…`), and so are told from them.
fn is_variable_name(text: &str) -> bool {
    !text.starts_with(|it: char| it.is_ascii_digit())
        && !text.is_empty()
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// A folder to trust, as written: `*` is every one, and `/*` at its end stands for all below.
fn check_folder(node: &Node, world: &World<'_>) -> Result<String, Fault> {
    let Some(written) = node.as_str().map(str::trim).filter(|it| !it.is_empty()) else {
        return Err(Fault::expected(node, &Kind::Folders.allowed()));
    };
    if written == "*" {
        return Ok(written.to_owned());
    }
    let (folder, end) = match written.strip_suffix("/*") {
        Some(folder) => (folder, "/*"),
        None => (written, ""),
    };
    let home = folder == "~" || folder.starts_with("~/") || folder.starts_with("~\\");
    let is_complete = home || written.starts_with('/') || Path::new(folder).is_absolute();
    if !is_complete || folder.contains('*') {
        return Err(Fault::expected(node, &Kind::Folders.allowed()));
    }
    let folder = match folder {
        "~" => absolute(node, "~/", world)?,
        _ if home => absolute(node, folder, world)?,
        _ => folder.to_owned(),
    };
    Ok(format!("{folder}{end}"))
}

fn absolute(node: &Node, written: &str, world: &World<'_>) -> Result<String, Fault> {
    let rest = written
        .strip_prefix("~/")
        .or_else(|| written.strip_prefix("~\\"));
    let path = match (rest, world.home, world.folder) {
        (Some(rest), Some(home), _) => home.join(rest),
        (Some(_), None, _) => {
            return Err(Fault::at(
                node,
                "`~` can't be resolved: the home folder isn't known",
            ));
        }
        (None, _, Some(folder)) => folder.join(written),
        (None, _, None) => Path::new(written).to_owned(),
    };
    if !path.is_absolute() {
        return Err(Fault::at(
            node,
            "found a relative path; editor settings take an absolute one, or one below `~`",
        ));
    }
    // Written paths are text and so is the home folder everywhere but in theory: then the file isn't found, and that is said.
    Ok(path.to_string_lossy().into_owned())
}

fn check_fim(node: &Node, world: &World<'_>) -> Result<Json, Fault> {
    if let Some(family) = node.as_str() {
        if world.families.is_empty() || world.families.contains(&family) {
            return check_text(node).map(Json::from);
        }
        let names: Vec<String> = world
            .families
            .iter()
            .map(|it| format!("\"{it}\""))
            .collect();
        let fault = Fault::expected(node, &format!("one of {}, or a table", names.join(", ")));
        return Err(match nearest(family, world.families.iter().copied()) {
            Some(it) => fault.hint(format!("did you mean \"{it}\"?")),
            None => fault,
        });
    }
    let Value::Table(entries) = &node.value else {
        return Err(Fault::expected(node, &Kind::Fim.allowed()));
    };
    const FIELDS: [&str; 4] = ["prefix", "suffix", "middle", "stop"];
    if let Some(entry) = entries
        .iter()
        .find(|it| !FIELDS.contains(&it.name.as_str()))
    {
        let fault = Fault {
            span: entry.name_span.clone().or(node.span.clone()),
            ..Fault::at(
                node,
                format!(
                    "unknown field {}; allowed: `prefix`, `suffix`, `middle`, `stop`",
                    quoted(&entry.name)
                ),
            )
        };
        return Err(match nearest(&entry.name, FIELDS) {
            Some(it) => fault.hint(format!("did you mean `{it}`?")),
            None => fault,
        });
    }
    let mut template = serde_json::Map::new();
    for name in ["prefix", "suffix", "middle"] {
        match node.get(name).map(|it| (&it.node, it.node.as_str())) {
            Some((_, Some(it))) => template.insert(name.to_owned(), Json::from(it)),
            Some((wrong, None)) => {
                return Err(Fault::at(
                    wrong,
                    format!("`{name}`: found {}, allowed: a string", wrong.found()),
                ));
            }
            None => {
                return Err(Fault::at(node, format!("`{name}` is missing")).hint(
                    "a template says what stands before the prefix, before the suffix, and last",
                ));
            }
        };
    }
    if template.values().all(|it| it == "") {
        return Err(Fault::at(
            node,
            "`prefix`, `suffix` and `middle` are all empty",
        ));
    }
    let stop = match node.get("stop").map(|it| &it.node) {
        None => Vec::new(),
        Some(stop) => match &stop.value {
            Value::Array(items) => items
                .iter()
                .map(|it| match it.as_str() {
                    Some(text) if !text.is_empty() => Ok(Json::from(text)),
                    _ => Err(Fault::at(
                        it,
                        format!(
                            "`stop`: found {}, allowed: strings that aren't empty",
                            it.found()
                        ),
                    )),
                })
                .collect::<Result<Vec<Json>, Fault>>()?,
            _ => {
                return Err(Fault::at(
                    stop,
                    format!("`stop`: found {}, allowed: a list of strings", stop.found()),
                ));
            }
        },
    };
    template.insert("stop".to_owned(), Json::from(stop));
    Ok(Json::Object(template))
}

/// The fields are the server's business; that they are named like ours is not.
fn check_table(node: &Node, kind: &Kind) -> Result<Json, Fault> {
    match &node.value {
        Value::Table(_) => Ok(node.to_json()),
        _ => Err(Fault::at(
            node,
            format!("found {}, allowed: {}", node.found_kind(), kind.allowed()),
        )),
    }
}

fn check_fallback(node: &Node, own: Option<Role>) -> Result<String, Fault> {
    let allowed: Vec<&str> = std::iter::once("builtin")
        .chain(
            Role::ALL
                .into_iter()
                .filter(|it| Some(*it) != own)
                .map(Role::name),
        )
        .collect();
    let list: Vec<String> = allowed.iter().map(|it| format!("\"{it}\"")).collect();
    let list = list.join(", ");
    match node.as_str() {
        Some(it) if allowed.contains(&it) => Ok(it.to_owned()),
        Some(it) if own.is_some_and(|own| own.name() == it) => Err(Fault::at(
            node,
            format!("a model can't be its own fallback; allowed: {list}"),
        )),
        written => {
            let fault = Fault::expected(node, &list);
            Err(
                match written.and_then(|it| nearest(it, allowed.iter().copied())) {
                    Some(it) => fault.hint(format!("did you mean \"{it}\"?")),
                    None => fault,
                },
            )
        }
    }
}

/// Any identifier passes, editors know more languages than Hob does; only what looks like a slip is pointed out.
fn check_language(node: &Node, faults: &mut Vec<Fault>) -> Result<String, Fault> {
    let Some(written) = node.as_str().map(str::trim).filter(|it| !it.is_empty()) else {
        return Err(Fault::expected(node, &Kind::Languages.allowed()));
    };
    let known = || hob_index::language::LANGUAGES.iter();
    if known().all(|it| it.id != written) {
        // Somebody who writes an extension means the language.
        let meant = known()
            .find(|it| it.extensions.contains(&written.trim_start_matches('.')))
            .map(|it| it.id)
            .or_else(|| nearest(written, known().map(|it| it.id)));
        if let Some(id) = meant {
            faults.push(
                Fault::at(
                    node,
                    format!(
                        "{} is no language identifier that Hob knows",
                        quoted(written)
                    ),
                )
                .warning()
                .hint(format!("did you mean \"{id}\"?")),
            );
        }
    }
    Ok(written.to_owned())
}

/// The commands that are right; what is wrong with the others is said.
fn check_commands(
    node: &Node,
    kind: &Kind,
    world: &World<'_>,
    faults: &mut Vec<Fault>,
) -> Option<Json> {
    let Value::Table(entries) = &node.value else {
        faults.push(Fault::expected(node, &kind.allowed()));
        return None;
    };
    let mut good = serde_json::Map::new();
    let most = world.limits.entries;
    for (n, entry) in entries.iter().enumerate() {
        if n == most {
            let message = format!("only the first {most} commands are used");
            faults.push(Fault::at(&entry.node, message));
            break;
        }
        match check_command(&entry.name, &entry.node) {
            Ok(it) => _ = good.insert(entry.name.clone(), it),
            Err(fault) => faults.push(fault),
        }
    }
    Some(Json::Object(good))
}

fn check_command(name: &str, node: &Node) -> Result<Json, Fault> {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(Fault::at(
            node,
            format!("{} can't be typed as a command", quoted(name)),
        )
        .hint("use lower-case letters, digits and `-`"));
    }
    let Value::Table(entries) = &node.value else {
        let fault = Fault::expected(node, "a table with `prompt`");
        return Err(match node.as_str() {
            Some(_) => fault.hint(format!(
                "write it as {} = {{ prompt = \"…\" }}",
                secret::hidden(name)
            )),
            None => fault,
        });
    };
    let mut command = serde_json::Map::new();
    for entry in entries {
        let value = match entry.name.as_str() {
            "prompt" | "description" => Json::from(check_text(&entry.node)?),
            "edit" => check_bool(&entry.node)?,
            other => {
                let known = ["prompt", "description", "edit"];
                let fault = Fault::at(&entry.node, format!("a command has no {}", quoted(other)));
                return Err(match nearest(other, known) {
                    Some(it) => fault.hint(format!("did you mean `{it}`?")),
                    None => fault.hint("it has `prompt`, `description` and `edit`"),
                });
            }
        };
        command.insert(entry.name.clone(), value);
    }
    match command.contains_key("prompt") {
        true => Ok(Json::Object(command)),
        false => Err(Fault::at(
            node,
            format!("the command {} has no `prompt`", quoted(name)),
        )),
    }
}

fn check_glob(node: &Node) -> Result<String, Fault> {
    let Some(written) = node.as_str().map(str::trim).filter(|it| !it.is_empty()) else {
        return Err(Fault::expected(node, &Kind::Globs.allowed()));
    };
    if written.starts_with('!') {
        return Err(Fault::at(node, format!("{} starts with `!`", quoted(written)))
            .hint("`include` and `exclude` are each other's opposite: write it there, without the `!`"));
    }
    if written.split(['/', '\\']).any(|it| it == "..") {
        return Err(Fault::at(
            node,
            format!("{} leads out of the project", quoted(written)),
        )
        .hint("patterns start from the project's root"));
    }
    if written.len() > limits::PATTERN || limits::wildcards(written) > limits::WILDCARDS {
        let message = format!(
            "{} is too long or too complicated for a pattern; it may have {} bytes and {} wildcards and alternatives",
            quoted(written),
            limits::PATTERN,
            limits::WILDCARDS
        );
        return Err(Fault::at(node, message).hint("write several shorter patterns"));
    }
    hob_index::walk::check_glob(written).map_err(|error| {
        Fault::at(node, format!("{} is no pattern: {error}", quoted(written)))
            .hint("write it as in `.gitignore`: `*.snap`, `fixtures/**`")
    })?;
    Ok(written.to_owned())
}
