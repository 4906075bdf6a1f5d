//! `textDocument/inlineCompletion`: the main job.

use crate::assist::answer::Answer;
use crate::assist::complete::Request;
use crate::assist::gate::Trigger;
use crate::assist::reason::Reason;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::ext::{self, AcceptedArguments};
use crate::lsp::handlers::events;
use crate::lsp::server::Hob;
use tower_lsp_server::gen_lsp_types::*;
use tower_lsp_server::jsonrpc::Result;

/// Answers `null` when the request is outdated (the client keeps what it shows) and an empty list when there
/// is nothing to offer (the client takes away what it shows).
pub(crate) async fn inline_completion(
    hob: &Hob,
    params: InlineCompletionParams,
) -> Result<Option<InlineCompletionResponse>> {
    let at = params.text_document_position_params;
    let uri = &at.text_document.uri;
    let trigger = match params.context.trigger_kind {
        InlineCompletionTriggerKind::Invoked => Trigger::Invoked,
        _ => Trigger::Automatic,
    };
    let (encoding, snapshot) = {
        let mut session = hob.session();
        let snapshot = session.request(&uri.0, at.position, trigger);
        (session.encoding, snapshot)
    };
    let Some((request, mut superseded)) = snapshot else {
        events::answered(hob, Some(&Reason::NotOpen)).await;
        return Ok(Some(list(Vec::new())));
    };
    let answer = tokio::select! {
        biased;
        () = superseded.wait() => return Ok(None),
        answer = hob.engine.complete(&request) => answer,
    };
    if superseded.already() {
        return Ok(None);
    }
    let nothing = answer.reason.as_ref().filter(|_| answer.items.is_empty());
    tracing::debug!(
        source = answer.source.as_ref().map(|it| it.name()),
        reason = nothing.map(Reason::code),
        took = ?answer.clock.elapsed(),
        "completed"
    );
    events::answered(hob, nothing).await;
    Ok(Some(list(items(&answer, &request, uri, encoding))))
}

fn list(items: Vec<InlineCompletionItem>) -> InlineCompletionResponse {
    InlineCompletionList { items }.into()
}

fn items(
    answer: &Answer,
    request: &Request,
    uri: &Uri,
    encoding: Encoding,
) -> Vec<InlineCompletionItem> {
    let Some(source) = &answer.source else {
        return Vec::new();
    };
    let arguments = AcceptedArguments {
        uri: uri.clone(),
        source: source.name().to_owned(),
    };
    let command = Command {
        title: "Accepted".to_owned(),
        tooltip: None,
        command: ext::ACCEPTED.to_owned(),
        arguments: serde_json::to_value(arguments).ok().map(|it| vec![it]),
    };
    let item = |it: &crate::assist::answer::Item| InlineCompletionItem {
        insert_text: it.text.clone().into(),
        filter_text: None,
        range: Some(convert::range(
            &request.document.text,
            request.offset,
            request.offset + it.replace,
            encoding,
        )),
        command: Some(command.clone()),
    };
    answer.items.iter().map(item).collect()
}
