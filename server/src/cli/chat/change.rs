//! `/apply` and `/undo`: what an answer changes in the files, shown before it is done.

use super::keys::{Key, Keys};
use crate::assist::apply::journal::Journal;
use crate::assist::apply::patch::Patch;
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Workspace, plan};
use crate::cli::terminal::text::{Text, text};
use crate::cli::terminal::{BOLD, Terminal};
use crate::cli::{apply, failure::Failure};
use crate::config::files;
use crate::display;
use std::path::Path;
use tokio::runtime::Runtime;

/// Applies an answer, if the user wants what it changes.
///
/// # Errors
/// Why nothing was changed, or the terminal can't be read or written.
pub(super) fn apply(
    answer: &str,
    root: &Path,
    runtime: &Runtime,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let workspace = Workspace {
        root,
        open: &|_| None,
    };
    let patch = plan(answer, &workspace, None, &Scope::Root).map_err(|it| refused(&it))?;
    if patch.files.is_empty() {
        return terminal.print("All of it is there already.\n");
    }
    terminal.print(text!["\n", apply::drawn(&patch.diff()), "\n"])?;
    warn(&patch, terminal);
    apply::warn_of_runnables(&patch, terminal);
    terminal.flush()?;
    Keys::discard_typed_ahead();
    let yes = {
        let mut keys = Keys::watch()?;
        terminal.print(Text::styled(BOLD, "Change these files? [y/N] "))?;
        terminal.flush()?;
        matches!(runtime.block_on(keys.next_or_none()), Some(Key::Text(it)) if it.eq_ignore_ascii_case("y"))
    };
    if !yes {
        return terminal.print("no\nNothing was changed.\n");
    }
    terminal.print("yes\n")?;
    let note = apply::write(&patch, root).map_err(|it| refused(&it))?;
    terminal.print(apply::lines(&patch))?;
    match note {
        Some(note) => terminal.warning(&note),
        None => terminal.print("/undo takes it back.\n")?,
    }
    Ok(())
}

fn warn(patch: &Patch, terminal: &mut Terminal) {
    for it in patch.syntax() {
        let path = display::name(&it.path);
        terminal.warning(&format!("{path}:{}: {}", it.line, it.message));
    }
    for note in &patch.notes {
        terminal.warning(note);
    }
}

/// Takes back what was applied last.
///
/// # Errors
/// There is nothing to take back, or a file was changed since.
pub(super) fn undo(root: &Path, terminal: &mut Terminal) -> anyhow::Result<()> {
    let state = files::state_folder(&files::Environment::of_process())
        .ok_or_else(|| Failure::failed("this machine has no folder for an undo journal"))?;
    let mut journal = Journal::open(&state, root).map_err(|it| refused(&it))?;
    if !journal.recovered().is_empty() {
        for patch in journal.recovered() {
            terminal.print(apply::lines(patch))?;
        }
        terminal.say("A change that had ended half-way was taken back.");
        return Ok(());
    }
    let undone = journal.undo().map_err(|it| refused(&it))?;
    let (change, patch) =
        undone.ok_or_else(|| Failure::failed("there is nothing to take back in this project"))?;
    journal
        .take_back(&change, &patch)
        .map_err(|it| refused(&it))?;
    terminal.print(apply::lines(&patch))
}

fn refused(refusal: &Refusal) -> Failure {
    let problems: Vec<String> = refusal.problems.iter().map(|it| it.to_string()).collect();
    Failure::failed(format!("nothing was changed: {}", problems.join("; ")))
}
