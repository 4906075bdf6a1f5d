//! The command line: one file per command. What all of them share is here: arguments, exit status, logging.
//!
//! Nothing here starts a runtime or reads a file before the command that needs it asks for it.

mod apply;
mod chat;
pub mod complete;
mod config;
mod consent;
mod edit;
pub mod failure;
mod found;
mod here;
mod index;
mod input;
mod lsp;
mod project;
mod search;
pub(crate) mod terminal;
mod undo;

use crate::display;
use anyhow::Context;
use clap::builder::ValueHint;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;
use hob_index::project::{Unfit, check, repository};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use terminal::{ColorWhen, Terminal};
use tracing_subscriber::EnvFilter;

/// A local-first AI code assistant: a language server, and the same engine on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "hob",
    bin_name = "hob",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  hob complete src/main.rs:12:9   complete at line 12, column 9\n  hob index                       build or update the index of the codebase\n  hob search 'retry with backoff' find code by what it does\n  hob chat                        ask about the codebase\n  hob edit src/a.rs 'use anyhow'   change code as you say, shown as a diff\n  hob apply answer.md             apply what an assistant answered, all or nothing\n  hob undo                        take that back\n  hob lsp                         what an editor starts\n  hob config show                 what is configured, and where\n\nExit status: 0 done, 1 failed, 2 wrong usage."
)]
struct Arguments {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,

    /// What to log to stderr: error, warn, info, debug, trace, or a filter as tracing has it (also: HOB_LOG). Code appears only at trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lsp(lsp::Arguments),
    Complete(complete::Arguments),
    Index(index::Arguments),
    Search(search::Arguments),
    Chat(chat::Arguments),
    Edit(edit::Arguments),
    Apply(apply::Arguments),
    Undo(undo::Arguments),
    Config(config::Arguments),
}

/// The project that a command works on.
#[derive(Debug, clap::Args)]
pub struct RootArgument {
    /// The project's root [default: the repository that the current folder is in, else the current folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
}

impl RootArgument {
    /// The root as given, else that of `place`, a file or folder. Absolute.
    ///
    /// # Errors
    /// What was given is no folder.
    pub fn resolve(&self, place: &Path) -> anyhow::Result<PathBuf> {
        Ok(self.choose(place)?.root)
    }

    /// The root as given, else the repository of `place`, else the folder that is named by `place` or by being the
    /// current one; and whether it may be read as a whole.
    ///
    /// # Errors
    /// What was given is no folder.
    pub fn choose(&self, place: &Path) -> anyhow::Result<Chosen> {
        let Some(root) = &self.root else {
            let at = plain(place)?;
            if let Some(root) = repository(&at) {
                return Ok(Chosen {
                    root,
                    unfit: None,
                    is_named: true,
                });
            }
            let here = plain(Path::new("."))?;
            let (root, is_named) = match at.parent() {
                _ if at.is_dir() => (at, true),
                _ if at.starts_with(&here) => (here, true),
                Some(parent) => (parent.to_owned(), false),
                None => (at, false),
            };
            return Ok(Chosen {
                unfit: check(&root).err(),
                root,
                is_named,
            });
        };
        if !root.is_dir() {
            let what = if root.exists() {
                "is no folder"
            } else {
                "doesn't exist"
            };
            return Err(Failure::usage(format!("--root: {} {what}", display::path(root))).into());
        }
        Ok(Chosen {
            root: plain(root)?,
            unfit: None,
            is_named: true,
        })
    }
}

/// What a command works on.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The root, absolute.
    pub root: PathBuf,
    /// Why nobody wants all of it read; `--root` overrides that.
    pub unfit: Option<Unfit>,
    /// It is a repository, or the user named it or stands in it; else it is only the folder that a file happens to be in.
    pub is_named: bool,
}

impl Chosen {
    /// The root of a project that may be read as a whole.
    ///
    /// # Errors
    /// It is none: a [`Failure`] that says why, and how to have it read all the same.
    pub fn project(self) -> Result<PathBuf, Failure> {
        match self.unfit {
            None => Ok(self.root),
            Some(unfit) => Err(Failure::usage(format!(
                "{} {unfit}, not a project",
                display::path(&self.root)
            ))
            .hint(format!(
                "go to a project's folder, or name it with --root DIR; `--root {}` reads all of this one",
                display::path(&self.root)
            ))),
        }
    }

    /// Whether the project is to be read for a single file.
    pub fn is_whole(&self) -> bool {
        self.unfit.is_none() && self.is_named
    }

    /// Says that nothing of the codebase is looked up, where that is so.
    fn warn(&self, terminal: &mut Terminal) {
        if let Some(unfit) = self.unfit {
            terminal.warning(&format!(
                "{} {unfit}, so nothing of it is looked up; --root DIR names a project",
                display::path(&self.root)
            ));
        }
    }
}

/// A path, absolute and without `..`, which would make another project of a folder, with an index of its own.
fn plain(path: &Path) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(path).context("finding the current folder")?;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => drop(plain.pop()),
            it => plain.push(it),
        }
    }
    Ok(plain)
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    terminal::report_panics();
    let parsed = Arguments::command()
        .color(color_of(&arguments).into())
        .try_get_matches_from(&arguments)
        .and_then(|mut it| Arguments::from_arg_matches_mut(&mut it));
    let arguments = match parsed {
        Ok(it) => it,
        Err(err) => {
            // Help and version come this way too, and quote nothing.
            let mut err = match err.use_stderr() {
                true => quoting_harmlessly(err, &arguments),
                false => err,
            };
            terminal::show_usage(&mut err, color_of(&arguments));
            return ExitCode::from(u8::try_from(err.exit_code()).unwrap_or(2));
        }
    };
    let mut terminal = Terminal::new(arguments.color);
    let result = run(arguments, &mut terminal).and_then(|status| {
        terminal.flush()?;
        Ok(status)
    });
    match result {
        Ok(status) => status,
        Err(err) if failure::is_broken_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            // What was printed before the failure still counts.
            let _ = terminal.flush();
            terminal.error(&err);
            failure::status(&err)
        }
    }
}

/// The same message about arguments in which nothing has to be obeyed: messages quote them in several ways.
fn quoting_harmlessly(err: clap::Error, arguments: &[OsString]) -> clap::Error {
    let shown = arguments.iter().map(|it| display::path(Path::new(it)));
    let again = Arguments::command()
        .color(color_of(arguments).into())
        .try_get_matches_from(shown)
        .and_then(|it| Arguments::from_arg_matches(&it));
    match again {
        Err(it) if it.kind() == err.kind() => it,
        _ => err,
    }
}

fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    start_logging(arguments.log.as_deref(), terminal)?;
    match arguments.command {
        Command::Lsp(it) => lsp::run(it),
        Command::Complete(it) => complete::run(it, terminal),
        Command::Index(it) => index::run(it, terminal),
        Command::Search(it) => search::run(it, terminal),
        Command::Chat(it) => chat::run(it, terminal),
        Command::Edit(it) => edit::run(it, terminal),
        Command::Apply(it) => apply::run(it, terminal),
        Command::Undo(it) => undo::run(it, terminal),
        Command::Config(it) => config::run(it, terminal),
    }
}

/// `--color` as far as it can be told before parsing: messages about wrong arguments honour it too.
fn color_of(arguments: &[OsString]) -> ColorWhen {
    let mut arguments = arguments.iter().filter_map(|it| it.to_str());
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--color") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("always") => return ColorWhen::Always,
            Some("never") => return ColorWhen::Never,
            _ => {}
        }
    }
    ColorWhen::Auto
}

/// Logs to stderr: stdout belongs to results, and to the protocol.
fn start_logging(option: Option<&str>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let variable = std::env::var("HOB_LOG").ok().filter(|it| !it.is_empty());
    let allowed =
        "allowed: error, warn, info, debug, trace, off, or a filter such as hob=debug,warn";
    let filter = match (option, variable) {
        (Some(level), _) => filter(level).ok_or_else(|| {
            Failure::usage(format!("--log: `{}` is no log level", display::line(level)))
                .hint(allowed)
        })?,
        // An editor's environment shall not keep the server from starting.
        (None, Some(level)) => filter(&level).unwrap_or_else(|| {
            let level = display::line(&level);
            terminal.warning(&format!("HOB_LOG: `{level}` is no log level; {allowed}"));
            EnvFilter::new("warn")
        }),
        (None, None) => EnvFilter::new("warn"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| terminal::Log)
        .with_ansi(false)
        .init();
    Ok(())
}

/// A bare level is Hob's own; libraries stay quiet, or they would drown it.
fn filter(level: &str) -> Option<EnvFilter> {
    let level = level.trim();
    let is_bare = level
        .parse::<tracing_subscriber::filter::LevelFilter>()
        .is_ok()
        && level.chars().all(char::is_alphabetic);
    match (is_bare, level) {
        (_, "") => None,
        (true, "off" | "error") => EnvFilter::try_new(level).ok(),
        (true, _) => EnvFilter::try_new(format!("warn,hob={level},hob_index={level}")).ok(),
        // A single unknown word would pass as a module's name.
        (false, _) if !level.contains(['=', ',', ':']) => None,
        (false, _) => EnvFilter::try_new(level).ok(),
    }
}

/// The async runtime, for the commands that talk to a model or an editor.
///
/// # Errors
/// The operating system gives no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example_in_its_help() {
        fn check(command: &mut clap::Command) {
            let help = command.render_long_help().to_string();
            if command.get_name() != "help" {
                assert!(help.contains("Example"), "{help}");
            }
            command.get_subcommands_mut().for_each(check);
        }
        let mut command = Arguments::command();
        command.build();
        command
            .get_subcommands_mut()
            .filter(|it| it.get_name() != "help")
            .for_each(|it| {
                check(it);
            });
    }

    #[test]
    fn log_levels_are_told_from_misspellings() {
        for good in [
            "debug",
            "TRACE",
            "off",
            "hob=trace",
            "warn,hob::model=debug",
        ] {
            assert!(filter(good).is_some(), "{good}");
        }
        for bad in ["", "debgu", "5x", "hob=lots"] {
            assert!(filter(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_colour_option_is_seen_before_parsing() {
        let of = |it: &[&str]| color_of(&it.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(matches!(of(&["hob", "--color", "never"]), ColorWhen::Never));
        assert!(matches!(
            of(&["hob", "x", "--color=always"]),
            ColorWhen::Always
        ));
        assert!(matches!(of(&["hob", "--colour=always"]), ColorWhen::Auto));
    }
}
