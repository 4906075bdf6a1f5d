//! What is written from the declaration of the keys: the documentation page, and the file that `hob config init` starts with.

use crate::config::files::REPOSITORY_FILE;
use crate::config::keys::{self, Key, Kind};
use crate::config::settings::Role;
use crate::config::show::inline;
use std::fmt::Write;

/// `docs/configuration.md`.
pub fn configuration_page() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str(&format!(
        "## What a repository may set\n\n\
         A file `{REPOSITORY_FILE}` in a repository's root may set `autocomplete.enabled = false`, and add to your `autocomplete.languages_off`, `index.exclude` and `chat.rules`; nothing else.\n\
         Any other key in it is ignored with a warning, so that opening a repository can't make Hob run, fetch or send anything.\n\
         That goes for `index.include`, too: files that are ignored or hidden are brought in by your own configuration only.\n\
         The file must be an ordinary one in the repository: a link that leads out of it is not followed.\n\
         The file may have 64 KB, and a list in it 100 entries; what is beyond that is left out with an error.\n\
         Where the repository's folder or the file belongs to another user of the machine, `{REPOSITORY_FILE}` and `AGENTS.md` are left out with a warning, unless `trust.folders` names the folder.\n\n"
    ));
    page.push_str("## `[models.…]`: the models, by role\n\n");
    page.push_str(&table_doc("models"));
    page.push_str("\n\n| table | for |\n|---|---|\n");
    for role in Role::ALL {
        let table = format!("models.{}", role.name());
        let _ = writeln!(page, "| `[{table}]` | {} |", table_doc(&table));
    }
    page.push_str("\nEach of these tables takes the keys below.\n\n");
    // All roles take the same keys; they are described once.
    write_keys(&mut page, "models.autocomplete", "models.ROLE");
    page.push_str("## `[autocomplete]`: inline completion\n\n");
    write_keys(&mut page, "autocomplete", "autocomplete");
    page.push_str("## `[index]`: the index of the codebase\n\n");
    write_keys(&mut page, "index", "index");
    page.push_str("## `[chat]`: questions to the chat model\n\n");
    write_keys(&mut page, "chat", "chat");
    page.push_str("## `[trust]`: other users' projects\n\n");
    write_keys(&mut page, "trust", "trust");
    page.push_str("## `[network]`: how model servers are reached\n\n");
    write_keys(&mut page, "network", "network");
    page.push_str("## `[commands]`: commands of your own\n\n");
    write_keys(&mut page, "", "");
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

const INTRODUCTION: &str = r#"<!-- Generated from server/src/config/options.rs by `cargo test`. Do not edit. -->
# Configuration

Hob works without any configuration: it looks for model servers on the well-known ports of this machine, and completes from the codebase itself where there is none.
A server that it finds is used only if it is yours or root's, or if you have said that it may be; a server whose `url` you write is never asked about.
To configure it, run `hob config init` and edit the file that it names.

```toml
[models.autocomplete]              # a base model: fill-in-the-middle
url = "http://127.0.0.1:8081"
fallback = ["builtin"]

[models.chat]                      # an instruct model
url = "http://127.0.0.1:8080"
```

- `hob config path` prints where the file is: `$HOB_CONFIG`, else `$XDG_CONFIG_HOME/hob/config.toml`, else `~/.config/hob/config.toml` (macOS: `~/Library/Application Support/hob/config.toml`, Windows: `%APPDATA%\hob\config.toml`).
- `hob config show` prints what is in force and where each value comes from; `hob config why KEY` explains one key.
- `hob config schema` prints the JSON Schema, for completion and checks in an editor.
- An editor may send the same tree as JSON, as `initializationOptions` or `workspace/configuration`, perhaps below `hob`.
- Defaults are overridden by your file, that by the editor's settings; a repository may only switch things off (see below).
- A value that can't be used is an error: it is reported with file, line and what is allowed, and the default, or what your file says, stands in its place.
  A key that doesn't exist is a warning.
- A change takes effect without a restart.
- A key (`api_key`) belongs to the `url` beside it: when the editor's settings name another `url`, the key isn't sent there.
  A command that prints a key (`{ command = […] }`) is run only if your own file names it, never the editor's settings.

"#;

fn table_doc(path: &str) -> String {
    keys::tables()
        .iter()
        .find(|it| it.path == path)
        .map(|it| it.doc.clone())
        .unwrap_or_default()
}

fn write_keys(page: &mut String, table: &str, shown_as: &str) {
    for key in keys::all() {
        let Some(name) = name_in(key, table) else {
            continue;
        };
        let heading = match shown_as {
            "" => name.to_owned(),
            _ => format!("{shown_as}.{name}"),
        };
        let _ = writeln!(page, "### `{heading}`\n\n{}\n", key.doc);
        let _ = writeln!(page, "- Type: {}", key.kind.name());
        match &key.kind {
            Kind::Choice(choices) => {
                page.push_str("- Allowed:\n");
                for (name, doc) in choices {
                    let _ = writeln!(page, "  - `\"{name}\"`: {doc}");
                }
            }
            Kind::Bool => {}
            kind => {
                let _ = writeln!(page, "- Allowed: {}", kind.allowed());
            }
        }
        let default = match &key.default {
            // The keys are described once for all roles; this one's text says what each has.
            Some(_) if key.path.ends_with(".first_token_ms") => {
                "`60000` or `300000`, by role".to_owned()
            }
            Some(it) => format!("`{}`", inline(it)),
            None => "not set".to_owned(),
        };
        let _ = writeln!(page, "- Default: {default}");
        if let Some(example) = &key.example {
            let name = name.rsplit('.').next().unwrap_or(name);
            let _ = writeln!(page, "- Example: `{name} = {}`", inline(example));
        }
        page.push('\n');
    }
}

/// The key's name below this table, if it is in it.
fn name_in<'a>(key: &'a Key, table: &str) -> Option<&'a str> {
    if table.is_empty() {
        return (!key.path.contains('.')).then_some(&key.path);
    }
    key.path.strip_prefix(table)?.strip_prefix('.')
}

/// The file that `hob config init` writes: every key, commented out, with its default or an example.
pub fn starter_file() -> String {
    let mut file = String::from(
        "# Hob's configuration. Everything here is commented out: remove the `#` before what you want to set, and before its table's name.\n\
         # `hob config show` prints what is in force, `hob config why KEY` explains a key.\n",
    );
    for role in Role::ALL {
        let table = format!("models.{}", role.name());
        let _ = writeln!(file, "\n# {}\n#[{table}]", table_doc(&table));
        // The first table explains; the others only say what one usually sets.
        if role == Role::Autocomplete {
            write_commented(&mut file, &table);
        } else {
            file.push_str("#url = \"http://127.0.0.1:8080\"\n");
        }
    }
    for table in ["autocomplete", "index", "chat", "trust", "network"] {
        let _ = writeln!(file, "\n# {}\n#[{table}]", table_doc(table));
        write_commented(&mut file, table);
    }
    if let Some(key) = keys::find("commands") {
        let _ = writeln!(file, "\n# {}", key.doc);
        file.push_str(
            "#[commands.german]\n#prompt = \"Explain {selection} in German. {input}\"\n#description = \"explain in German\"\n",
        );
    }
    file
}

fn write_commented(file: &mut String, table: &str) {
    for key in keys::all().iter().filter(|it| !it.reserved) {
        let Some(name) = name_in(key, table) else {
            continue;
        };
        let empty =
            |it: &serde_json::Value| it == &serde_json::json!([]) || it == &serde_json::json!({});
        let value = key
            .default
            .as_ref()
            .filter(|it| !empty(it))
            .or(key.example.as_ref());
        if let Some(value) = value {
            let _ = writeln!(file, "\n# {}\n#{name} = {}", key.doc, inline(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SourceFile, Sources, load};
    use std::path::{Path, PathBuf};

    fn problems(text: String) -> Vec<crate::config::problem::Diagnostic> {
        let file = SourceFile {
            path: PathBuf::from("config.toml"),
            text,
        };
        load(&Sources {
            user_file: Some(file),
            ..Sources::default()
        })
        .problems
    }

    #[test]
    fn generated_files_are_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
        let page = configuration_page();
        // A checkout on Windows may have turned the line ends.
        let old = std::fs::read_to_string(&path)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        if old != page {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, page).unwrap();
            panic!("docs/configuration.md was stale and has been written anew: commit it");
        }
    }

    #[test]
    fn the_starter_file_changes_nothing_as_it_is() {
        assert_eq!(problems(starter_file()), []);
        let table: toml::Table = starter_file().parse().unwrap();
        assert!(table.is_empty());
    }

    #[test]
    fn everything_in_the_starter_file_is_right_once_uncommented() {
        let text: String = starter_file()
            .lines()
            .map(|it| match it.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{it}\n"),
            })
            .collect();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["models"].as_table().unwrap().len(), 5);
        assert_eq!(problems(text), []);
    }

    #[test]
    fn the_page_names_every_key() {
        let page = configuration_page();
        for key in keys::all() {
            let heading = match keys::role_of(&key.path) {
                Some(role) => key.path.replacen(role.name(), "ROLE", 1),
                None => key.path.clone(),
            };
            assert!(page.contains(&format!("### `{heading}`\n")), "{heading}");
        }
    }
}
