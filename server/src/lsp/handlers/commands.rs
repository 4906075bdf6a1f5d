//! `workspace/executeCommand` and what clients report of the items they were given.

use crate::lsp::ext::{self, AcceptedArguments};
use crate::lsp::handlers::{ask, chat, configuration, edit, events, index, offers};
use crate::lsp::server::Hob;
use serde::de::DeserializeOwned;
use tower_lsp_server::gen_lsp_types::{ExecuteCommandParams, LspAny};
use tower_lsp_server::jsonrpc::{Error, Result};

pub(crate) async fn execute_command(
    hob: &Hob,
    params: ExecuteCommandParams,
) -> Result<Option<LspAny>> {
    match params.command.as_str() {
        ext::ACCEPTED => {
            let argument = params.arguments.into_iter().flatten().next();
            let argument = argument.and_then(|it| serde_json::from_value(it).ok());
            if let Some(AcceptedArguments { uri, source }) = argument {
                tracing::debug!(%source, "accepted");
                hob.engine.accepted(&uri.0);
            }
            Ok(None)
        }
        ext::STATUS => Ok(serde_json::to_value(events::status(hob)).ok()),
        ext::RESTART => {
            configuration::reload(hob).await;
            hob.engine.builtin().learn_again();
            index::update_all(hob);
            Ok(None)
        }
        ext::INDEX => {
            index::update_all(hob);
            Ok(None)
        }
        ext::chat::CHAT_COMMAND => {
            let asked: ext::chat::ChatParams = argument(params)?;
            let names_it = !asked.id.is_empty();
            let answer = chat::chat_by_command(hob, asked, "Hob: answer", names_it).await?;
            Ok(serde_json::to_value(answer).ok())
        }
        ext::edit::EDIT_COMMAND => {
            let result = edit::edit_and_apply(hob, argument(params)?).await?;
            Ok(serde_json::to_value(result).ok())
        }
        ext::edit::APPLY_COMMAND => {
            let result = edit::apply_and_apply(hob, argument(params)?).await?;
            Ok(serde_json::to_value(result).ok())
        }
        ext::edit::TAKE_COMMAND => {
            let applied = offers::take(hob, params.arguments).await?;
            Ok(Some(serde_json::json!({ "applied": applied })))
        }
        ext::edit::ASK_COMMAND => {
            let answer = ask::ask(hob, argument(params)?).await?;
            Ok(serde_json::to_value(answer).ok())
        }
        other => Err(Error::invalid_params(format!(
            "there is no command {other:?}; the commands are {}",
            ext::COMMANDS.join(", ")
        ))),
    }
}

/// The one argument of a command.
fn argument<T: DeserializeOwned>(params: ExecuteCommandParams) -> Result<T> {
    let command = params.command;
    let argument = params.arguments.into_iter().flatten().next();
    let wrong = |why: String| Error::invalid_params(format!("the argument of {command}: {why}"));
    let argument = argument.ok_or_else(|| wrong("it is missing".to_owned()))?;
    serde_json::from_value(argument).map_err(|error| wrong(error.to_string()))
}

/// Something happened to an item: a partial acceptance means that the user goes along with it.
pub(crate) fn reported(hob: &Hob, what: &str, params: &ext::ItemParams) {
    let command = params.item.command.as_ref();
    if let Some(it) = command.and_then(|it| it.arguments.first()) {
        tracing::debug!(source = %it.source, "{what}");
        if what == "partially accepted" {
            hob.engine.accepted(&it.uri.0);
        }
    }
}
