//! `textDocument/codeAction`: the table of commands as the editor's menus have it. No model is asked before one is chosen.

use crate::assist::commands::{Commands, Makes, Subject};
use crate::display;
use crate::lsp::ext::chat::Problem;
use crate::lsp::ext::edit::{ASK_COMMAND, EDIT_COMMAND, EditParams};
use crate::lsp::handlers::{edit, offers};
use crate::lsp::server::Hob;
use tower_lsp_server::gen_lsp_types::*;
use tower_lsp_server::jsonrpc::{Error, Result};

/// The kind of the actions that answer in words; the command's name follows it.
const ANSWERS: &str = "hob";

/// What can be done at a place. Computed in microseconds: editors ask at every move of the cursor.
pub(crate) fn code_actions(hob: &Hob, params: CodeActionParams) -> Vec<CodeActionResponse> {
    let settings = hob.engine.settings();
    let (version, is_blank, client, offered) = {
        let mut session = hob.session();
        session.turns_to(&params.text_document.uri.0);
        let Some(document) = session.documents.get(&params.text_document.uri.0) else {
            return Vec::new();
        };
        if document.is_secret() {
            return Vec::new();
        }
        let line = document.text.get_line(params.range.start.line as usize);
        let is_blank = line.is_none_or(|it| it.chars().all(char::is_whitespace));
        let offered = offers::commands(&session);
        (document.version, is_blank, session.client, offered)
    };
    let only = params.context.only.as_deref();
    let wants = |kind: &str| {
        only.is_none_or(|only| {
            only.iter().any(|it| {
                let it = it.as_str();
                it.is_empty() || kind == it || kind.starts_with(&format!("{it}."))
            })
        })
    };
    let is_selection = params.range.start != params.range.end;
    // A light bulb at every line would say nothing.
    let is_automatic = params.context.trigger_kind == Some(CodeActionTriggerKind::Automatic);
    let problems = &params.context.diagnostics;
    let mut actions = Vec::new();
    if !is_automatic && wants(ANSWERS) {
        actions.extend(offered.into_iter().map(CodeActionResponse::Command));
    }
    let mut add = |name: &str, title: String, makes: Makes, problems: &[Diagnostic]| {
        let title = display::line(&title).into_owned();
        let kind = match (makes, problems) {
            (Makes::Answer, _) => format!("{ANSWERS}.{name}"),
            (Makes::Edit, []) => "refactor.rewrite".to_owned(),
            (Makes::Edit, _) => "quickfix".to_owned(),
        };
        if !wants(&kind) {
            return;
        }
        let arguments = EditParams {
            text_document: Some(params.text_document.clone()),
            range: Some(params.range),
            version: Some(version),
            command: Some(name.to_owned()),
            problems: problems
                .iter()
                .map(|it| problem(&params.text_document.uri, it))
                .collect(),
            ..EditParams::default()
        };
        let Ok(arguments) = serde_json::to_value(arguments) else {
            return;
        };
        let (data, command) = match makes {
            // The edit comes by `workspace/applyEdit` when it is there.
            Makes::Edit if client.is_helix || !client.resolves_edits => {
                if !client.applies {
                    return;
                }
                (None, Some(command(EDIT_COMMAND, &title, arguments)))
            }
            Makes::Edit => (Some(arguments), None),
            Makes::Answer => (None, Some(command(ASK_COMMAND, &title, arguments))),
        };
        actions.push(CodeActionResponse::CodeAction(CodeAction {
            title,
            kind: Some(kind_of(&kind)),
            diagnostics: (!problems.is_empty()).then(|| problems.to_vec()),
            is_preferred: None,
            disabled: None,
            edit: None,
            command,
            data,
            tags: None,
        }));
    };
    let commands = Commands::new(&settings.commands);
    for it in commands.all().iter().filter(|it| !it.needs_input()) {
        let title = format!("Hob: {}", uncapitalised(&it.title));
        match it.subject {
            Subject::Problems if problems.is_empty() => {}
            Subject::Problems => {
                for one in problems {
                    let one = std::slice::from_ref(one);
                    add(&it.name, title.clone(), it.makes, one);
                }
                if problems.len() > 1 {
                    let all = format!("{title}: all {} here", problems.len());
                    add(&it.name, all, it.makes, problems);
                }
            }
            _ if is_automatic && !is_selection => {}
            Subject::Code if is_blank && !is_selection => {}
            Subject::Code | Subject::Diff => add(&it.name, title, it.makes, &[]),
        }
    }
    actions
}

/// An action that was chosen: the model is asked, and the action comes back with its edit.
pub(crate) async fn resolve(hob: &Hob, mut action: CodeAction) -> Result<CodeAction> {
    let Some(data) = action.data.clone() else {
        return Ok(action);
    };
    let params: EditParams = serde_json::from_value(data)
        .map_err(|error| Error::invalid_params(format!("the action's data: {error}")))?;
    let (uri, version) = (params.text_document.clone(), params.version);
    let result = edit::edit_of_action(hob, params).await?;
    // It took seconds: the text that it is for may be gone.
    if let (Some(document), Some(version)) = (uri, version) {
        let session = hob.session();
        let now = session.documents.get(&document.uri.0).map(|it| it.version);
        if now != Some(version) {
            return Err(edit::modified(&document.uri.0));
        }
    }
    action.edit = result.map(|it| it.edit);
    Ok(action)
}

/// The kinds that are announced.
pub(crate) fn kinds() -> Vec<CodeActionKind> {
    ["quickfix", "refactor.rewrite", ANSWERS]
        .map(kind_of)
        .to_vec()
}

fn kind_of(kind: &str) -> CodeActionKind {
    match kind {
        "quickfix" => CodeActionKind::QuickFix,
        "refactor.rewrite" => CodeActionKind::RefactorRewrite,
        other => CodeActionKind::Custom(other.to_owned().into()),
    }
}

fn command(name: &str, title: &str, arguments: LspAny) -> Command {
    Command {
        title: title.to_owned(),
        tooltip: None,
        command: name.to_owned(),
        arguments: Some(vec![arguments]),
    }
}

fn problem(uri: &Uri, it: &Diagnostic) -> Problem {
    let severity = serde_json::to_value(it.severity).ok();
    let message = match serde_json::to_value(&it.message) {
        Ok(LspAny::String(text)) => text,
        // Marked-up text.
        Ok(other) => other["value"].as_str().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    };
    Problem {
        uri: uri.clone(),
        range: it.range,
        message,
        severity: severity.and_then(|it| u32::try_from(it.as_u64()?).ok()),
    }
}

/// A title as the rest of one.
pub(crate) fn uncapitalised(title: &str) -> String {
    let mut chars = title.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
