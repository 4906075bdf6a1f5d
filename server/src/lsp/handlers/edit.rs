//! `hob/edit`, `hob/apply` and their commands: changes that the client applies, never to another text than they are for.

use crate::assist::apply::patch::Patch;
use crate::assist::apply::runnable::Runs;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Target, Workspace, plan};
use crate::assist::chat::{Event, attachment};
use crate::assist::commands::{Command, Commands};
use crate::assist::edit::{Edited, Request};
use crate::assist::region;
use crate::config::settings::Role;
use crate::display;
use crate::lsp::convert;
use crate::lsp::ext::edit::*;
use crate::lsp::handlers::chat::{self, View, failed};
use crate::lsp::handlers::code_action;
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::handlers::offers::{self, Change};
use crate::lsp::handlers::work::{self, Said};
use crate::lsp::server::Hob;
use crate::lsp::workspace_edit::{self, Frame, workspace_edit};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tower_lsp_server::gen_lsp_types::Position;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

/// The protocol's code for a request that the user stopped.
const CANCELLED: i64 = -32800;
/// The protocol's code for a request about a text that is no more.
const CONTENT_MODIFIED: i64 = -32801;
/// The answer that lets files change that run by themselves.
const CHANGE: &str = "Change them";
/// The longest label of a change, in characters.
const LABEL: usize = 60;

/// Has a model change code, and says what the client is to apply.
pub(crate) async fn edit(hob: &Hob, params: EditParams) -> Result<EditResult> {
    let confirms = hob.session().client.annotations;
    Ok(written_by_model(hob, params, confirms).await?.0)
}

/// The same as the edit of a code action, which fewer clients have confirmed. `None`: the user went elsewhere meanwhile,
/// and it is offered.
pub(crate) async fn edit_of_action(hob: &Hob, params: EditParams) -> Result<Option<EditResult>> {
    let client = hob.session().client;
    let confirms = client.annotations && client.annotates_actions;
    let (result, change) = written_by_model(hob, params, confirms).await?;
    // An offer is applied by `workspace/applyEdit`: where there is none, this answer is the only way.
    if !client.applies {
        return Ok(Some(result));
    }
    let left = offers::left_alone(hob, change).await;
    Ok(left.map(|_| result))
}

/// `confirms`: whether the client asks the user for what is annotated so.
async fn written_by_model(
    hob: &Hob,
    params: EditParams,
    confirms: bool,
) -> Result<(EditResult, Change)> {
    let view = View::new(hob, params.text_document.as_ref());
    let title = title(hob, &params);
    let request = request(hob, &view, &params)?;
    let (heard, hears) = mpsc::unbounded_channel();
    let mut line = String::new();
    let mut listener = move |event| {
        // The client shows no progress, or the user stopped it, where nobody hears.
        let _ = match event {
            Event::Status(it) => heard.send(Said::Doing(it)),
            Event::Reading(percent) => heard.send(Said::Reading(percent)),
            Event::Text(it) => match written(&mut line, &it) {
                Some(it) => heard.send(Said::Doing(it)),
                None => Ok(()),
            },
            _ => Ok(()),
        };
    };
    let working = hob.engine.edit(&request, &hob.memory, &mut listener);
    let Some(edited) = work::shown(hob, &title, Role::Edit, hears, working).await else {
        return Err(stopped());
    };
    let edited = edited.map_err(|it| failed(it.code(), it.explain()))?;
    if !confirms {
        agreed(hob, &edited.patch, request.path.as_deref(), &title).await?;
    }
    result(hob, &view, edited, &title)
}

/// The last line that came whole with a piece of an answer, which has not ended yet.
fn written(line: &mut String, piece: &str) -> Option<String> {
    /// More than this fits no status line, in characters.
    const SHOWN: usize = 60;
    line.push_str(piece);
    let end = line.rfind('\n')?;
    let last = line[..end].lines().rfind(|it| !it.trim().is_empty());
    let last = last.map(|it| it.trim().chars().take(SHOWN).collect());
    line.drain(..=end);
    last
}

/// The same, and has the client apply it.
pub(crate) async fn edit_and_apply(hob: &Hob, params: EditParams) -> Result<EditResult> {
    let confirms = hob.session().client.annotations;
    let (mut result, change) = written_by_model(hob, params, confirms).await?;
    result.applied = Some(offers::apply_or_offer(hob, change).await?);
    Ok(result)
}

/// What an assistant's answer makes of the files.
pub(crate) async fn apply(hob: &Hob, params: ApplyParams) -> Result<EditResult> {
    Ok(read_from_answer(hob, params).await?.0)
}

async fn read_from_answer(hob: &Hob, params: ApplyParams) -> Result<(EditResult, Change)> {
    let view = View::new(hob, params.text_document.as_ref());
    let root = root(&view)?;
    let target = view.document.as_ref().and_then(|it| {
        let path = it.path.as_deref()?.strip_prefix(&root).ok()?;
        Some(Target {
            path: path.to_owned(),
            lines: None,
        })
    });
    let documents = view.documents.clone();
    let planned = tokio::task::spawn_blocking(move || {
        let open = |path: &Path| {
            let document = documents
                .iter()
                .find(|it| it.path.as_deref() == Some(path))?;
            Some(document.text.to_string())
        };
        let workspace = Workspace {
            root: &root,
            open: &open,
        };
        let patch = plan(&params.text, &workspace, target.as_ref(), &Scope::Root)?;
        let worse = patch.syntax();
        Ok((patch, worse))
    });
    let planned = planned.await.map_err(|_| Error::internal_error())?;
    let (patch, worse) = planned.map_err(|it: crate::assist::apply::refusal::Refusal| {
        failed(
            "does-not-fit",
            format!("The answer doesn't fit, and nothing was changed: {it}."),
        )
    })?;
    let notices = worse
        .iter()
        .map(|it| format!("{} {} at line {}.", it.path, it.message, it.line));
    let edited = Edited {
        notices: patch.notes.iter().cloned().chain(notices).collect(),
        patch,
        ..Edited::default()
    };
    let title = "Hob: apply the answer";
    if !hob.session().client.annotations {
        // Where a block without a name goes isn't a file that was asked for.
        agreed(hob, &edited.patch, None, title).await?;
    }
    result(hob, &view, edited, title)
}

/// The same, and has the client apply it.
pub(crate) async fn apply_and_apply(hob: &Hob, params: ApplyParams) -> Result<EditResult> {
    let (mut result, change) = read_from_answer(hob, params).await?;
    result.applied = Some(offers::apply_or_offer(hob, change).await?);
    Ok(result)
}

/// The text is no longer the one that was asked about.
pub(crate) fn modified(path: &str) -> Error {
    let mut error = Error::new(ErrorCode::ServerError(CONTENT_MODIFIED));
    error.message =
        format!("{path} was changed meanwhile, and nothing was applied. Ask again.").into();
    error
}

pub(crate) fn stopped() -> Error {
    let mut error = Error::new(ErrorCode::ServerError(CANCELLED));
    error.message = "Stopped.".into();
    error
}

fn root(view: &View) -> Result<PathBuf> {
    view.root.clone().ok_or_else(|| {
        failed(
            "no-project",
            "There is no folder to change files in: open one, or a file of it.".to_owned(),
        )
    })
}

/// What the client is told, and what the change is called.
fn title(hob: &Hob, params: &EditParams) -> String {
    let commands = Commands::new(&hob.engine.settings().commands);
    let command = params.command.as_ref().and_then(|it| commands.find(it));
    let text = match command {
        Some(it) if params.instruction.is_empty() => code_action::uncapitalised(&it.title),
        _ => params.instruction.clone(),
    };
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LABEL) {
        Some((end, _)) => format!("Hob: {}…", &line[..end]),
        None => format!("Hob: {line}"),
    }
}

fn request(hob: &Hob, view: &View, params: &EditParams) -> Result<Request> {
    let root = root(view)?;
    let problems: Vec<_> = params
        .problems
        .iter()
        .map(|it| chat::problem(view, it.clone()))
        .collect();
    let commands = Commands::new(&hob.engine.settings().commands);
    let mut any_file = params.any_file;
    let (instruction, mut attachments) = match &params.command {
        None => (params.instruction.clone(), Vec::new()),
        Some(name) => {
            let command = commands
                .find(name)
                .ok_or_else(|| unknown(name, &commands))?;
            any_file |= command.any_file;
            command.message(&params.instruction)
        }
    };
    for it in &mut attachments {
        if let attachment::Attachment::Problems(of_it) = it {
            of_it.clone_from(&problems);
        }
    }
    let mut path = None;
    let mut lines = None;
    if let Some(asked) = &params.text_document {
        let Some(document) = &view.document else {
            let message = format!("{} is not open; open it, or leave it out.", asked.uri.0);
            return Err(failed("not-open", message));
        };
        if params.version.is_some_and(|it| it != document.version) {
            return Err(modified(&document.name(Some(&root))));
        }
        let in_project = document.path.as_deref().map(|it| it.strip_prefix(&root));
        let Some(Ok(relative)) = in_project else {
            let message = "The document has no file in the project: save it there first.";
            return Err(failed("no-file", message.to_owned()));
        };
        let parts = relative.iter().map(|it| it.to_str());
        let Some(parts) = parts.collect::<Option<Vec<&str>>>() else {
            let message = "The document's name is no UTF-8: rename it first.";
            return Err(failed("no-file", message.to_owned()));
        };
        path = Some(parts.join("/"));
        lines = params.range.map(|range| {
            let offset = |it: Position| convert::offset(&document.text, it, view.encoding);
            region::region(document, offset(range.start), offset(range.end)).lines
        });
    }
    Ok(Request {
        instruction,
        path,
        lines,
        any_file,
        attachments,
        problems,
        root,
        here: None,
        documents: view.documents.clone(),
        plan: params.plan,
    })
}

/// There is no such command.
pub(crate) fn unknown(name: &str, commands: &Commands) -> Error {
    let names: Vec<&str> = commands
        .all()
        .iter()
        .map(|it: &Command| &*it.name)
        .collect();
    Error::invalid_params(format!(
        "there is no command {name:?}; there are {}",
        names.join(", ")
    ))
}

/// What the client is told of an edit, and the edit as something to apply.
fn result(hob: &Hob, view: &View, edited: Edited, label: &str) -> Result<(EditResult, Change)> {
    let frame = Frame {
        documents: &view.documents,
        encoding: view.encoding,
        client: hob.session().client,
        label,
        asked: view.document.as_ref(),
    };
    let cant = |why: String| failed("not-expressible", format!("Nothing was changed: {why}."));
    let edit = workspace_edit(&edited.patch, &frame).map_err(cant)?;
    let result = EditResult {
        edit,
        diff: edited.patch.diff(),
        files: files(&edited.patch, &frame).map_err(cant)?,
        text: edited.answer,
        plan: edited.plan,
        model: edited.model,
        sources: chat::sources(view, &edited.sources, ""),
        notices: edited.notices,
        applied: None,
    };
    let change = Change::new(view, &result, label);
    Ok((result, change))
}

/// Asks the user whether files may change that run by themselves, but for the one that was `named`. For clients that
/// confirm nothing.
///
/// # Errors
/// The user doesn't agree, or can't be asked.
async fn agreed(hob: &Hob, patch: &Patch, named: Option<&str>, label: &str) -> Result<()> {
    let asked = patch.to_be_asked_for(named);
    if asked.is_empty() {
        return Ok(());
    }
    let files: Vec<String> = asked
        .iter()
        .map(|(it, runs)| format!("{} ({})", display::name(&it.path), runs.about()))
        .collect();
    let files = files.join(", ");
    let message =
        format!("{label}: this changes files that run by themselves: {files}. Change them?");
    // One line has no room for several names, and none may go unseen.
    for (it, _) in &asked {
        let line = Line::with_name("Change ", &it.path, ", which runs by itself?");
        let answer = messages::ask(&hob.client, line, &message, &[CHANGE, "Cancel"]).await;
        let why = match answer {
            Ok(Some(chosen)) if chosen == CHANGE => continue,
            Ok(_) => "you did not agree",
            Err(error) => {
                tracing::info!(%error, "the client asks no questions");
                "the editor can't ask you"
            }
        };
        return Err(failed(
            "not-confirmed",
            format!("Nothing was changed, for {why}: {files} would run by themselves."),
        ));
    }
    Ok(())
}

fn files(patch: &Patch, frame: &Frame<'_>) -> std::result::Result<Vec<EditedFile>, String> {
    let file = |it: &crate::assist::apply::patch::FilePatch| {
        let (added, removed) = it.counts();
        Ok(EditedFile {
            uri: workspace_edit::uri(it, frame.document(it))?,
            path: it.path.clone(),
            status: it.status().name(),
            added,
            removed,
            runs: it.runs().map(Runs::name),
        })
    };
    patch.files.iter().map(file).collect()
}
