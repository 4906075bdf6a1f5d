//! `/apply` and `/undo`: what an answer changes in the files, shown before it is done.

use super::keys::{Key, Keys};
use super::markdown;
use crate::assist::apply::journal::Journal;
use crate::assist::apply::patch::Patch;
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Workspace, plan};
use crate::cli::terminal::{BOLD, Terminal};
use crate::cli::{apply, failure::Failure};
use crate::config::files;
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
    let look = terminal.look();
    let diff = apply::painted(&markdown::harmless(&patch.diff()), look);
    terminal.print(&format!("\n{diff}\n"))?;
    warn(&patch, terminal);
    apply::warn_of_runnables(&patch, terminal);
    let question = look.paint(BOLD, "Change these files? [y/N] ");
    terminal.print(&question)?;
    terminal.flush()?;
    let yes = {
        let mut keys = Keys::watch()?;
        matches!(runtime.block_on(keys.next_or_none()), Some(Key::Text(it)) if it.eq_ignore_ascii_case("y"))
    };
    if !yes {
        return terminal.print("no\nNothing was changed.\n");
    }
    terminal.print("yes\n")?;
    let note = apply::write(&patch, root).map_err(|it| refused(&it))?;
    terminal.print(&apply::lines(&patch, look))?;
    match note {
        Some(note) => terminal.warning(&note),
        None => terminal.print("/undo takes it back.\n")?,
    }
    Ok(())
}

fn warn(patch: &Patch, terminal: &mut Terminal) {
    for it in patch.syntax() {
        let text = format!("{}:{}: {}", it.path, it.line, it.message);
        terminal.warning(&markdown::harmless(&text));
    }
    for note in &patch.notes {
        terminal.warning(&markdown::harmless(note));
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
    let undone = journal.undo().map_err(|it| refused(&it))?;
    let (change, patch) =
        undone.ok_or_else(|| Failure::failed("there is nothing to take back in this project"))?;
    journal
        .take_back(&change, &patch)
        .map_err(|it| refused(&it))?;
    let text = apply::lines(&patch, terminal.look());
    terminal.print(&text)
}

fn refused(refusal: &Refusal) -> Failure {
    let problems: Vec<String> = refusal.problems.iter().map(|it| it.to_string()).collect();
    let text = format!("nothing was changed: {}", problems.join("; "));
    Failure::failed(markdown::harmless(&text))
}
