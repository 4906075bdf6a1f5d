//! Applying an assistant's answer: whatever form it is written in, all of it or nothing, and never by a guess.
//!
//! [`plan`] reads an answer and says what becomes of which files; nothing is written. [`Patch`] shows that as a diff, as
//! edits, and with what the parser says; [`write::write`] puts it on disk, [`journal::Journal`] takes it back.

mod answer;
mod attributes;
mod block;
mod border;
mod chunk;
mod diff;
pub(in crate::assist) mod draft;
pub(crate) mod elision;
mod envelope;
mod fence;
mod find;
mod hunks;
mod indent;
pub mod journal;
mod lines;
mod marks;
mod merge;
mod name;
mod numbers;
pub mod patch;
mod path;
pub mod refusal;
pub mod runnable;
pub mod scope;
mod snippet;
mod tags;
mod unified;
mod unseen;
pub mod write;

use draft::Drafts;
use patch::Patch;
use refusal::Refusal;
use scope::Scope;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Where an answer is applied.
#[derive(Clone, Copy)]
pub struct Workspace<'a> {
    /// The folder that names count from, and that nothing leaves.
    pub root: &'a Path,
    /// The text of a document that is open, by its absolute path: it counts instead of what is on disk.
    pub open: &'a dyn Fn(&Path) -> Option<String>,
}

/// What a block without a file's name is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file, from the root.
    pub path: PathBuf,
    /// The lines that code without any name replaces, from 1; `None`: it is treated as if the file's name stood above it.
    pub lines: Option<RangeInclusive<usize>>,
}

/// What an answer makes of the files of a workspace.
///
/// An answer that is there already gives a patch without files, and a note. Invisible characters that the answer would
/// bring in are left out, with a note, or refuse it.
///
/// # Errors
/// All that is wrong with the answer, also where it reaches further than `scope`; then nothing of it may be applied.
pub fn plan(
    text: &str,
    workspace: &Workspace<'_>,
    target: Option<&Target>,
    scope: &Scope,
) -> Result<Patch, Refusal> {
    plan_from(text, workspace, None, target, scope)
}

/// [`plan`], with the folder that the user is in: names count from there first, then from the root. For answers that come
/// from anywhere; those to Hob's own prompts name files from the root, for so the model was shown them.
///
/// # Errors
/// As for [`plan`].
pub fn plan_from(
    text: &str,
    workspace: &Workspace<'_>,
    here: Option<&Path>,
    target: Option<&Target>,
    scope: &Scope,
) -> Result<Patch, Refusal> {
    let root = path::Root::new(workspace.root).map_err(Refusal::of)?;
    let root = match here {
        Some(here) => root.seen_from(here),
        None => root,
    };
    let bounds = scope.bounds(&root).map_err(Refusal::of)?;
    // A blank in front of a folder's name may be its own.
    let exists = |name: &str| root.has(name) || root.has_folder_with_blank_of(name);
    let mut answer = answer::read(text, &exists);
    if let Some(target) = target {
        block::aim(&mut answer, text, target);
    }
    let mut drafts = Drafts::new(root, &bounds, workspace.open);
    block::apply(&mut answer, &mut drafts);
    let mut problems = answer.problems;
    problems.extend(drafts.take_problems());
    if problems.is_empty() && !drafts.is_used() {
        problems.push(answer::nothing(text));
    }
    let (mut patch, unwritable) = drafts.into_patch();
    if problems.is_empty() {
        problems.extend(unwritable);
    }
    if problems.is_empty() {
        problems.extend(unseen::settle(&mut patch));
        problems.extend(bounds.check(&patch));
    }
    if !problems.is_empty() {
        problems.sort_by_key(|it| it.line);
        return Err(Refusal { problems });
    }
    Ok(patch)
}

#[cfg(test)]
mod tests;
