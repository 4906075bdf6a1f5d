//! `hob.ask`: a command that answers in words, from a menu. The answer streams as any chat's; for clients without a
//! place for that it is shown as a document, or as a message.

use crate::assist::commands::Commands;
use crate::config::files;
use crate::lsp::ext::chat::{Attached, ChatMessage, ChatParams, ChatResult, ChatRole};
use crate::lsp::ext::edit::EditParams;
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::handlers::{chat, edit};
use crate::lsp::server::Hob;
use hob_index::private;
use std::path::PathBuf;
use tower_lsp_server::gen_lsp_types::{MessageType, ShowDocumentParams, Uri};
use tower_lsp_server::jsonrpc::Result;

pub(crate) async fn ask(hob: &Hob, params: EditParams) -> Result<ChatResult> {
    let commands = Commands::new(&hob.engine.settings().commands);
    let name = params.command.clone().unwrap_or_default();
    let command = commands
        .find(&name)
        .ok_or_else(|| edit::unknown(&name, &commands))?;
    let title = format!("Hob: {}", command.about);
    let asked = ChatParams {
        id: format!("ask/{name}"),
        messages: vec![ChatMessage {
            role: ChatRole::User,
            content: format!("/{name} {}", params.instruction),
        }],
        attachments: match params.text_document {
            Some(_) if command.prompt.contains("{selection}") => vec![Attached::Selection],
            _ => Vec::new(),
        },
        text_document: params.text_document,
        range: params.range,
        problems: params.problems,
        context: true,
    };
    let answer = chat::chat_by_command(hob, asked, &title, false).await?;
    if !hob.session().client.chats {
        show(hob, &title, &answer).await;
    }
    Ok(answer)
}

/// Shows an answer where the client has no chat.
async fn show(hob: &Hob, title: &str, answer: &ChatResult) {
    let text = format!("# {title}\n\n{}\n", answer.text.trim());
    if hob.session().client.shows_documents
        && let Some(path) = write(&text)
        && let Ok(uri) = url::Url::from_file_path(path)
    {
        let shown = hob.client.show_document(ShowDocumentParams {
            uri: Uri(uri.to_string()),
            external: None,
            take_focus: Some(true),
            selection: None,
        });
        if shown.await == Ok(true) {
            return;
        }
    }
    let line = Line::new("The answer is in the log, and in `hob.status`.");
    messages::show_line(hob, MessageType::Info, line, &text).await;
}

/// The answer in a file of its own below the folder for state: the newest replaces the one before.
fn write(text: &str) -> Option<PathBuf> {
    let folder = files::state_folder(&files::Environment::of_process())?;
    let path = folder.join("answer.md");
    private::create_dir(&folder, &folder).ok()?;
    private::replace(&path, text.as_bytes()).ok()?;
    Some(path)
}
