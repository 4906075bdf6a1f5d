//! `hob.ask`: a command that answers in words, from a menu. The answer streams as any chat's; for clients without a
//! place for that it is shown as a document, or as a message.

use crate::assist::commands::Commands;
use crate::config::files;
use crate::lsp::ext::chat::{Attached, ChatMessage, ChatParams, ChatResult, ChatRole};
use crate::lsp::ext::edit::EditParams;
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::handlers::{chat, edit, offers};
use crate::lsp::server::Hob;
use hob_index::private;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tower_lsp_server::gen_lsp_types::{MessageType, ShowDocumentParams, Uri};
use tower_lsp_server::jsonrpc::Result;

/// Numbers the answers: each has a place of its own.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// So many answers are kept.
const KEPT: usize = 20;

pub(crate) async fn ask(hob: &Hob, params: EditParams) -> Result<ChatResult> {
    let commands = Commands::new(&hob.engine.settings().commands);
    let name = params.command.clone().unwrap_or_default();
    let command = commands
        .find(&name)
        .ok_or_else(|| edit::unknown(&name, &commands))?;
    let title = format!("Hob: {}", command.about);
    let asked = ChatParams {
        id: format!("ask/{name}/{}", NEXT.fetch_add(1, Ordering::Relaxed)),
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
    let client = hob.session().client;
    if client.shows_documents
        && let Some(path) = write(&answer.id, &text)
        && let Ok(uri) = url::Url::from_file_path(path)
    {
        let uri = Uri(uri.to_string());
        if client.is_helix {
            offers::offer_answer(hob, uri);
            let line = Line::new("The answer is ready, as a code action.");
            return messages::show_line(hob, MessageType::Info, line, &text).await;
        }
        let shown = hob.client.show_document(ShowDocumentParams {
            uri,
            external: None,
            // The user writes on elsewhere: an answer never takes the keys.
            take_focus: Some(false),
            selection: None,
        });
        if shown.await == Ok(true) {
            return;
        }
    }
    let line = Line::new("The answer is in the log, and in `hob.status`.");
    messages::show_line(hob, MessageType::Info, line, &text).await;
}

/// The answer in a file of its own below the folder for state; the oldest go. What the user wrote beside an older answer stays there.
fn write(id: &str, text: &str) -> Option<PathBuf> {
    let state = files::state_folder(&files::Environment::of_process())?;
    let folder = state.join("answers");
    private::create_dir(&state, &folder).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    // The times come first, in as many digits each: names in order are answers in order.
    let name: String = id
        .trim_start_matches("ask/")
        .chars()
        .map(|it| if it.is_alphanumeric() { it } else { '-' })
        .collect();
    let path = folder.join(format!("{:012}-{name}.md", now.as_secs()));
    private::replace(&path, text.as_bytes()).ok()?;
    let mut all: Vec<PathBuf> = fs::read_dir(&folder)
        .ok()?
        .filter_map(|it| Some(it.ok()?.path()))
        .filter(|it| it.extension().is_some_and(|it| it == "md"))
        .collect();
    all.sort();
    for old in &all[..all.len().saturating_sub(KEPT)] {
        // One that can't be removed is removed the next time.
        let _ = fs::remove_file(old);
    }
    Some(path)
}
