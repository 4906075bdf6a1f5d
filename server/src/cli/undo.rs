//! `hob undo`: takes back what `hob apply` did.

use crate::assist::apply::journal::{Change, Journal};
use crate::cli::RootArgument;
use crate::cli::apply::{lines, refused, summary};
use crate::cli::failure::Failure;
use crate::cli::terminal::text::{Text, text};
use crate::cli::terminal::{DIM, Terminal};
use crate::config::files;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Take back what `hob apply` changed last
///
/// All files of the change are as they were: changed ones, deleted ones, and those that it made are gone. If one of them was changed since, nothing is touched. Run it again for the change before.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob undo\n  hob undo --list\n\nExit status: 0 taken back, 1 there is nothing, or a file was changed since, 2 wrong usage."
)]
pub(super) struct Arguments {
    /// Show the changes that can be taken back, the last one first
    #[arg(long)]
    list: bool,
    /// Print one JSON document: {files: [{path, status, added, removed}]}; with --list {changes: [{id, time, files}]}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let root = arguments.root.resolve(Path::new("."))?;
    let state = files::state_folder(&files::Environment::of_process()).ok_or_else(|| {
        Failure::failed("this machine has no folder for an undo journal: no home folder is known")
    })?;
    let mut journal = match Journal::open(&state, &root) {
        Ok(it) => it,
        Err(refusal) => return refused(&refusal, arguments.json, terminal),
    };
    if arguments.list {
        return list(&journal, arguments.json, terminal);
    }
    // That was the last change, and there is nothing left of it: the one before isn't meant.
    if !journal.recovered().is_empty() {
        return recovered(&journal, arguments.json, terminal);
    }
    let (change, patch) = match journal.undo() {
        Ok(Some(it)) => it,
        Ok(None) => {
            if arguments.json {
                terminal
                    .print_json(&json!({"files": [], "error": "there is nothing to take back"}))?;
                return Ok(ExitCode::FAILURE);
            }
            return Err(Failure::failed("there is nothing to take back in this project").into());
        }
        Err(refusal) => return refused(&refusal, arguments.json, terminal),
    };
    if let Err(refusal) = journal.take_back(&change, &patch) {
        return refused(&refusal, arguments.json, terminal);
    }
    if arguments.json {
        terminal.print_json(&json!({"files": summary(&patch)}))?;
    } else {
        terminal.print(lines(&patch))?;
        if patch.files.is_empty() {
            terminal.say("All of it was as before already.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says that a change which had ended half-way was taken back.
fn recovered(journal: &Journal, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    if json {
        let files: Vec<_> = journal.recovered().iter().flat_map(summary).collect();
        terminal.print_json(&json!({"files": files}))?;
        return Ok(ExitCode::SUCCESS);
    }
    for patch in journal.recovered() {
        terminal.print(lines(patch))?;
    }
    terminal.say("A change that had ended half-way was taken back.");
    Ok(ExitCode::SUCCESS)
}

fn list(journal: &Journal, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let changes = journal.changes();
    if json {
        let all: Vec<_> = changes
            .iter()
            .map(|it| {
                let files: Vec<_> = it
                    .files
                    .iter()
                    .map(|it| json!({"path": it.path, "status": it.status().name()}))
                    .collect();
                json!({"id": it.id, "time": it.time, "files": files})
            })
            .collect();
        terminal.print_json(&json!({"changes": all}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let text: Text = changes.iter().map(shown).collect();
    terminal.print(text)?;
    if changes.is_empty() {
        terminal.say("There is nothing to take back.");
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(change: &Change) -> Text {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |it| it.as_secs());
    let ago = match now.saturating_sub(change.time) {
        it if it < 90 => format!("{it} seconds ago"),
        it if it < 90 * 60 => format!("{} minutes ago", it / 60),
        it if it < 36 * 3600 => format!("{} hours ago", it / 3600),
        it => format!("{} days ago", it / 86_400),
    };
    let mut shown = text![change.id.to_string(), "  ", Text::styled(DIM, &ago), "\n"];
    for file in &change.files {
        let letter = file.status().letter().to_string();
        shown.push(text!["  ", letter, " ", Text::name(&file.path), "\n"]);
    }
    shown
}
