//! `hob complete`: one completion at a place in a file.

mod engine;
pub mod place;
mod render;
pub mod report;

use crate::cli::terminal::Terminal;
use crate::cli::{RootArgument, project};
use crate::config::Loaded;
use place::Place;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Complete the code at a place in a file
///
/// Prints the lines around the place with the completion drawn in, where it comes from and what it cost. Nothing is written to the file.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob complete src/main.rs:12:9             at line 12, column 9\n  hob complete src/main.rs:12               at the end of line 12\n  hob complete src/main.rs:12:9 --json\n  hob complete src/main.rs:12:9 --dry-run   the prompt, without asking a model"
)]
pub(super) struct Arguments {
    /// Where to complete. Lines and columns count from 1, columns count characters; without a column: the end of the line
    #[arg(value_name = "FILE:LINE:COL", value_hint = clap::ValueHint::FilePath)]
    place: String,
    /// Print one JSON document: {text, range, source, model, context, timings_ms, reason}
    #[arg(long)]
    json: bool,
    /// Show what would be asked, without asking: {prefix, suffix, context, prompt, tokens}
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    root: RootArgument,
    /// Give up after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    timeout: Duration,
}

/// What the engine is asked.
#[derive(Debug)]
pub struct Request {
    /// Where, with the file's text.
    pub place: Place,
    /// The project's root, absolute; of a file without a project, its folder.
    pub root: PathBuf,
    /// Whether what else is in the root is looked at.
    pub is_whole: bool,
    /// The configuration in force; its problems have been reported.
    pub config: Loaded,
    /// How long the answer may take in all.
    pub timeout: Duration,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let (place, chosen) = Place::read(&arguments.place, |path| arguments.root.choose(path))?;
    let config = project::configuration(&chosen.root, terminal)?;
    let request = Request {
        place,
        is_whole: chosen.is_whole(),
        root: chosen.root,
        config,
        timeout: arguments.timeout,
    };
    if arguments.dry_run {
        let (report, behind) = engine::dry_run(&request)?;
        behind.iter().for_each(|it| terminal.warning(it));
        if arguments.json {
            terminal.print_json(&report)?;
        } else {
            terminal.print(render::dry_run(&report, terminal.look()))?;
        }
    } else {
        let (report, warnings) = engine::complete(&request)?;
        warnings.iter().for_each(|it| terminal.warning(it));
        if arguments.json {
            terminal.print_json(&report)?;
        } else {
            terminal.print(render::report(&report, terminal.look()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// From a tenth of a second to an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(it) if (0.1..=3600.0).contains(&it) => Ok(Duration::from_secs_f64(it)),
        _ => Err("allowed: a number of seconds from 0.1 to 3600".to_owned()),
    }
}
