//! `hob config`: what is configured, where it comes from, and how to configure it.

use crate::cli::RootArgument;
use crate::cli::failure::Failure;
use crate::cli::terminal::text::{PLAIN, Text, columns, text};
use crate::cli::terminal::{BOLD, DIM, Look, Terminal};
use crate::config::show::{self, Why};
use crate::config::{Loaded, docs, files, keys, load_for};
use crate::display;
use anyhow::Context;
use hob_index::private;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Show, start and explain the configuration
#[derive(Debug, clap::Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "Examples:\n  hob config init\n  hob config show\n  hob config why autocomplete.max_tokens"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the configuration in force as TOML, each value with where it comes from
    ///
    /// Keys are masked. Problems go to stderr; the exit status is 1 when something written can't be used.
    #[command(after_help = "Example:\n  hob config show")]
    Show {
        #[command(flatten)]
        root: RootArgument,
        /// Print one JSON document: {values: {KEY: {value, origin}}, problems}
        #[arg(long)]
        json: bool,
    },
    /// Write a commented file to start from
    #[command(after_help = "Example:\n  hob config init && $EDITOR \"$(hob config path)\"")]
    Init {
        /// Replace an existing file, which is kept beside it as `….old`
        #[arg(long)]
        force: bool,
        /// Print one JSON document: {path, replaced}
        #[arg(long)]
        json: bool,
    },
    /// Print where your configuration file is, or would be
    #[command(after_help = "Example:\n  $EDITOR \"$(hob config path)\"")]
    Path {
        /// Print one JSON document: {path, exists}
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the configuration
    #[command(after_help = "Example:\n  hob config schema > hob.schema.json")]
    Schema {
        /// Taken for uniformity: the schema is JSON anyway
        #[arg(long, hide = true)]
        json: bool,
    },
    /// Explain one key: its value, where that comes from, what is allowed
    #[command(after_help = "Example:\n  hob config why autocomplete.max_tokens")]
    Why {
        /// The key, such as models.chat.url
        key: String,
        #[command(flatten)]
        root: RootArgument,
        /// Print one JSON document: {key, value, origin, default, doc, allowed, example}
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Show { root, json } => show(&root, json, terminal),
        Command::Init { force, json } => init(force, json, terminal),
        Command::Path { json } => path(json, terminal),
        Command::Schema { json: _ } => {
            terminal.print_json(keys::schema())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Why { key, root, json } => why(&key, &root, json, terminal),
    }
}

fn show(root: &RootArgument, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let loaded = load_here(root)?;
    if json {
        terminal.print_json(&show::shown(&loaded))?;
    } else {
        terminal.problems(&loaded.problems);
        let toml = show::toml(&loaded);
        terminal.result(&toml, || dim_comments(&toml))?;
    }
    Ok(ExitCode::from(u8::from(loaded.has_errors())))
}

fn load_here(root: &RootArgument) -> anyhow::Result<Loaded> {
    let root = root.resolve(Path::new("."))?;
    Ok(load_for(Some(&root), None))
}

/// Comments step back. In what [`show::toml`] prints, two spaces and `# ` begin one; a string that holds the same is only dimmed too soon.
fn dim_comments(text: &str) -> Text {
    text.lines()
        .map(|line| {
            let at = match line.starts_with('#') {
                true => Some(0),
                false => line.rfind("  # "),
            };
            let (line, comment) = line.split_at(at.unwrap_or(line.len()));
            let style = if line.starts_with('[') { BOLD } else { PLAIN };
            text![Text::styled(style, line), Text::styled(DIM, comment), "\n"]
        })
        .collect()
}

fn user_path() -> anyhow::Result<PathBuf> {
    let path = files::user_file(&files::Environment::of_process()).path;
    path.ok_or_else(|| {
        Failure::failed(
            "this machine has no place for a configuration file: no home folder is known",
        )
        .hint("name a file in HOB_CONFIG")
        .into()
    })
}

fn path(json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let path = user_path()?;
    let exists = path.exists();
    if json {
        terminal.print_json(&json!({"path": path.to_string_lossy(), "exists": exists}))?;
    } else {
        terminal.result(&format!("{}\n", path.to_string_lossy()), || {
            text![Text::path(&path), "\n"]
        })?;
        if !exists {
            terminal.say("(there is no such file yet; `hob config init` makes it)");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn init(force: bool, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let path = user_path()?;
    if let Some(folder) = path.parent() {
        make_folder(folder)
            .with_context(|| format!("making the folder {}", display::path(folder)))?;
    }
    let mut replaced = false;
    let result = match write_new(&path) {
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists && force => {
            replaced = true;
            keep_old(&path)?;
            write_over(&path)
        }
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Failure::failed(format!(
                "{} exists and is left as it is",
                display::path(&path)
            ))
            .hint("`hob config init --force` replaces it and keeps the old one beside it")
            .into());
        }
        other => other,
    };
    result.with_context(|| format!("writing {}", display::path(&path)))?;
    if json {
        terminal.print_json(&json!({"path": path.to_string_lossy(), "replaced": replaced}))?;
    } else {
        terminal.print(text![Text::path(&path), "\n"])?;
        terminal.say(if replaced {
            "written; the file that was there is kept as the same name with `.old`"
        } else {
            "written; everything in it is commented out, so nothing has changed yet"
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// Hob's own folder is for its user alone. One that `HOB_CONFIG` names may hold anything else, and is left as it is.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let unnamed = files::Environment {
        hob_config: None,
        ..files::Environment::of_process()
    };
    let own = files::user_file(&unnamed).path;
    let is_own = own.and_then(|it| Some(it.parent()? == folder)) == Some(true);
    match folder.is_dir() && !is_own {
        true => Ok(()),
        false => private::create_dir(folder, folder),
    }
}

/// Readable by its owner alone, for it may hold keys one day.
fn write_new(path: &Path) -> std::io::Result<()> {
    private::create_new(path)?.write_all(docs::starter_file().as_bytes())
}

/// In place, so that a link into somebody's collection of dotfiles stays one.
fn write_over(path: &Path) -> std::io::Result<()> {
    let real = std::fs::canonicalize(path)?;
    private::create(&real)?.write_all(docs::starter_file().as_bytes())
}

fn keep_old(path: &Path) -> anyhow::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".old");
    let old = PathBuf::from(name);
    std::fs::read(path)
        .and_then(|it| private::replace(&old, &it))
        .with_context(|| format!("keeping the old file as {}", display::path(&old)))?;
    Ok(())
}

fn why(
    key: &str,
    root: &RootArgument,
    json: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let loaded = load_here(root)?;
    let Some(why) = show::why(&loaded, key) else {
        return Err(unknown_key(key).into());
    };
    if json {
        terminal.print_json(&why)?;
    } else {
        terminal.print(explain(&why, terminal.look()))?;
        let about_it: Vec<_> = loaded
            .problems
            .into_iter()
            .filter(|it| it.key.as_deref() == Some(key))
            .collect();
        terminal.problems(&about_it);
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown_key(key: &str) -> Failure {
    let shown = display::name(key);
    let below: Vec<&str> = keys::all()
        .iter()
        .map(|it| it.path.as_str())
        .filter(|it| it.strip_prefix(key).is_some_and(|it| it.starts_with('.')))
        .collect();
    if !below.is_empty() {
        return Failure::usage(format!("`{shown}` is a table, not a key"))
            .hint(format!("its keys: {}", below.join(", ")));
    }
    let failure = Failure::usage(format!("there is no key `{shown}`"));
    match keys::nearest_path(key) {
        Some(it) => failure.hint(format!("did you mean `{it}`?")),
        None => failure.hint("`hob config schema` and the documentation list every key"),
    }
}

fn explain(why: &Why, look: Look) -> Text {
    let value = |it: &serde_json::Value| match it.is_null() {
        true => "not set".to_owned(),
        false => show::inline(it),
    };
    let width = look.width.unwrap_or(100).clamp(40, 100);
    let mut text = text![Text::name(&why.key).in_style(BOLD), "\n"];
    for line in wrapped(&why.doc, width - 2) {
        text.push(format!("  {line}\n"));
    }
    text.push("\n");
    let origin = if why.value.is_null() {
        String::new()
    } else {
        format!("  ({})", why.origin)
    };
    let rows = [
        ("value", value(&why.value) + &origin),
        ("default", value(&why.default)),
        ("allowed", why.allowed.clone()),
        ("example", format!("{} = {}", why.key, value(&why.example))),
    ];
    for (name, value) in rows {
        let name = Text::styled(DIM, &format!("{name:<8}"));
        let mut lines = wrapped(&value, width - 11).into_iter();
        let first = lines.next().unwrap_or_default();
        text.push(text!["  ", name, " ", first, "\n"]);
        for line in lines {
            text.push(format!("           {line}\n"));
        }
    }
    text
}

/// Lines of at most this many columns, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = display::line(text);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
