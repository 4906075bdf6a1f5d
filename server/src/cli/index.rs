//! `hob index`: builds, updates and questions the index of the codebase.

mod explain;
mod render;
mod report;

use crate::cli::RootArgument;
use crate::cli::failure::Failure;
use crate::cli::here::Here;
use crate::cli::project::{Project, explained};
use crate::cli::terminal::Terminal;
use crate::cli::terminal::text::{Text, text};
use crate::display;
use hob_index::search::Query;
use hob_index::{search, semantic, walk};
use report::{Built, Checked, Cleared, Shown, Vectors, WhyNot};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Build or update the index of a codebase, and ask about it
///
/// Compares the index with the disk and takes in what differs. The index is what `hob search` searches and what completions take their context from; editors keep it up to date by themselves.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:\n  hob index                        the project that the current folder is in\n  hob index ~/src/project\n  hob index why-not src/data.rs"
)]
pub(super) struct Arguments {
    /// A folder or file of the project [default: the current folder]
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    path: Option<PathBuf>,
    /// Print one JSON document: {files, chunks, symbols, added, changed, removed, skipped, seconds, bytes, root, folder, vectors}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show what is in the index, and whether it is up to date
    #[command(after_help = "Example:\n  hob index status")]
    Status(Common),
    /// Check the index: its own files, and every chunk against the disk
    ///
    /// The exit status is 1 when something was found; `hob index` repairs it.
    #[command(after_help = "Example:\n  hob index verify")]
    Verify(Common),
    /// Say why a file is not indexed, and by which rule
    #[command(after_help = "Example:\n  hob index why-not src/data.rs")]
    WhyNot {
        /// The file
        #[arg(value_hint = clap::ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Say how a query is understood, and what the scores of its best results are made of
    ///
    /// By words: what meaning adds where an embedder is configured is not taken apart. Scores of parts are BM25's, for the terms after stemming.
    #[command(
        after_help = "Examples:\n  hob index explain where are settings read\n  hob index explain -k 1 'Searcher::text lang:rust'"
    )]
    Explain {
        /// What would be searched for: words, names, filters
        #[arg(required = true, value_name = "QUERY")]
        query: Vec<String>,
        /// How many results
        #[arg(short, long = "count", value_name = "N", default_value = "3", value_parser = clap::value_parser!(u16).range(1..=100))]
        k: u16,
        #[command(flatten)]
        common: Common,
    },
    /// Delete the index
    #[command(after_help = "Example:\n  hob index clear")]
    Clear(Common),
}

/// What all of them take.
#[derive(Debug, clap::Args)]
struct Common {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    match arguments.command {
        None => build(&arguments, terminal),
        Some(Command::Status(it)) => status(&it, terminal),
        Some(Command::Verify(it)) => verify(&it, terminal),
        Some(Command::WhyNot { file, common }) => why_not(&file, &common, terminal),
        Some(Command::Explain { query, k, common }) => {
            explain(&query.join(" "), k.into(), &common, terminal)
        }
        Some(Command::Clear(it)) => clear(&it, terminal),
    }
}

fn build(arguments: &Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let place = arguments.path.as_deref().unwrap_or(Path::new("."));
    if !place.exists() {
        return Err(Failure::usage(format!("{} doesn't exist", display::path(place))).into());
    }
    let started = Instant::now();
    let project = Project::open(&arguments.root, place, terminal)?;
    let Some(report) = project.update(terminal)? else {
        if !arguments.json {
            terminal.say("Another Hob process writes this index and keeps it up to date.");
        }
        return status_of(&project, arguments.json, terminal);
    };
    let took = started.elapsed();
    let vectors = Vectors::of(&project, true, terminal);
    let built = Built::new(&project, report, took, vectors);
    if arguments.json {
        terminal.print_json(&built)?;
    } else {
        terminal.print(render::built(&built))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn status(common: &Common, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let project = Project::open(&common.root, Path::new("."), terminal)?;
    status_of(&project, common.json, terminal)
}

fn status_of(project: &Project, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let vectors = Vectors::of(project, false, terminal);
    let status = Shown::new(project, &project.index.status(&project.patterns()), vectors);
    if json {
        terminal.print_json(&status)?;
    } else {
        terminal.print(render::status(&status))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(common: &Common, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let project = Project::open(&common.root, Path::new("."), terminal)?;
    let findings = project.index.verify().map_err(explained)?;
    let checked = Checked::new(findings);
    if common.json {
        terminal.print_json(&checked)?;
    } else {
        terminal.print(render::checked(&checked))?;
    }
    Ok(ExitCode::from(u8::from(!checked.ok)))
}

fn why_not(file: &Path, common: &Common, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let here = Here::of(&common.root)?;
    let path = here.find(file)?;
    // The project that the user is in says why it leaves out what is a project of its own.
    let place = match here.holds(&path) {
        true => Path::new("."),
        false => &path,
    };
    let project = Project::open(&common.root, place, terminal)?;
    let reason = walk::why_not(&project.root, &path, &project.patterns());
    let n_chunks = project.index.searcher().n_chunks(&path);
    let answer = WhyNot::new(file, reason, n_chunks);
    if common.json {
        terminal.print_json(&answer)?;
    } else {
        terminal.print(render::why_not(&answer))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(
    query: &str,
    k: usize,
    common: &Common,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let place = Here::of(&common.root)?;
    let query =
        Query::parse_in(query, Some(place.base())).map_err(|it| Failure::usage(it.to_string()))?;
    let project = Project::open(&common.root, Path::new("."), terminal)?;
    project.update(terminal)?;
    let explanation = explain::Explanation::new(
        &query,
        search::explain(&project.index.searcher(), &query, k),
    );
    if common.json {
        terminal.print_json(&explanation)?;
    } else {
        terminal.print(explain::explanation(&explanation))?;
    }
    Ok(ExitCode::from(u8::from(explanation.results.is_empty())))
}

fn clear(common: &Common, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let project = Project::open(&common.root, Path::new("."), terminal)?;
    project.index.clear().map_err(explained)?;
    semantic::clear(&project.index)?;
    let cleared = Cleared {
        root: project.root.clone(),
        folder: project.index.folder().to_owned(),
    };
    if common.json {
        terminal.print_json(&cleared)?;
    } else {
        let root = Text::path(&cleared.root);
        terminal.print(text!["Deleted the index of ", root, ".\n"])?;
    }
    Ok(ExitCode::SUCCESS)
}
