//! Chat over the protocol: what clients send, and what they get.

use serde::{Deserialize, Serialize};
use tower_lsp_server::gen_lsp_types::{
    LspNotificationMethod, MessageDirection, Notification, Range, TextDocumentIdentifier, Uri,
};

/// The request that asks a chat model, and the command that does the same for clients that only know commands: its
/// one argument is the request's parameters.
pub const CHAT: &str = "hob/chat";
/// As [`CHAT`].
pub const CHAT_COMMAND: &str = "hob.chat";
/// The request for what could be attached.
pub const CONTEXT: &str = "hob/context";

/// Parameters of [`CHAT`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatParams {
    /// What the notifications that belong to it are marked with.
    #[serde(default)]
    pub id: String,
    /// The conversation so far; the last message is the user's.
    pub messages: Vec<ChatMessage>,
    /// What is attached to the last message.
    #[serde(default)]
    pub attachments: Vec<Attached>,
    /// The document where the user is.
    pub text_document: Option<TextDocumentIdentifier>,
    /// The selection there, or the empty range at the cursor.
    pub range: Option<Range>,
    /// What the editor complains about, for `@problems`.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// Whether Hob looks for more in the codebase by itself.
    #[serde(default = "yes")]
    pub context: bool,
}

fn yes() -> bool {
    true
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
pub struct ChatMessage {
    /// Who said it.
    pub role: ChatRole,
    /// What was said, as Markdown.
    pub content: String,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// Something that is attached to a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Attached {
    /// A file or a part of it.
    File {
        /// Its path below the project's root, or its URI.
        path: String,
        /// The part.
        range: Option<Range>,
    },
    /// A folder.
    Folder {
        /// Its path below the project's root, or its URI.
        path: String,
    },
    /// What has this name.
    Symbol {
        /// The name, which may say what it is defined in.
        name: String,
    },
    /// What was changed since the last commit.
    Diff,
    /// The `problems` of the parameters.
    Problems,
    /// A map of the whole codebase.
    Codebase,
    /// The open documents.
    Open,
    /// The `range` of the parameters, or what its place belongs to.
    Selection,
    /// Any other text.
    Text {
        /// What it is called.
        name: String,
        /// The text.
        text: String,
    },
}

/// A complaint of the editor's tools.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The document.
    pub uri: Uri,
    /// Where.
    pub range: Range,
    /// What it says.
    pub message: String,
    /// As in a `Diagnostic`: 1 error, 2 warning, 3 information, 4 hint.
    #[serde(default)]
    pub severity: Option<u32>,
}

/// The result of [`CHAT`].
#[derive(Clone, Debug, Serialize)]
pub struct ChatResult {
    /// As in the parameters.
    pub id: String,
    /// The answer, as Markdown.
    pub text: String,
    /// What a reasoning model thought before it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thought: String,
    /// What the model was shown of the codebase.
    pub sources: Vec<ChatSource>,
    /// The model that answered.
    pub model: String,
    /// What the user should know: sentences.
    pub notices: Vec<String>,
}

/// Some lines that the model was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatSource {
    /// The file.
    pub uri: Uri,
    /// The same, relative to the project's root.
    pub path: String,
    /// Whole lines.
    pub range: Range,
    /// Why they were shown.
    pub reason: String,
    /// Whether the answer names the place.
    pub cited: bool,
}

/// What an answer goes on with, while a [`CHAT`] runs.
#[derive(Debug)]
pub enum ChatDelta {}

impl Notification for ChatDelta {
    type Params = Delta;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("hob/chat/delta");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

/// Parameters of [`ChatDelta`]. Clients that show text alone read `id` and `text`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// As in the parameters of the request.
    pub id: String,
    /// More of the answer; often empty.
    pub text: String,
    /// More of what a reasoning model thinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thought: Option<String>,
    /// Whether all text so far were thoughts: clients take it out of the answer.
    #[serde(
        default,
        rename = "wereThoughts",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub were_thoughts: bool,
    /// What is going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What the model is shown of the codebase; once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<ChatSource>>,
}

/// Parameters of [`CONTEXT`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextParams {
    /// What is typed behind the `@`.
    #[serde(default)]
    pub query: String,
    /// The document where the user is.
    pub text_document: Option<TextDocumentIdentifier>,
    /// The most that is wanted.
    #[serde(default = "some")]
    pub limit: usize,
}

fn some() -> usize {
    20
}

/// Something that could be attached.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextItem {
    /// For lists.
    pub label: String,
    /// What it is, in a word: `file`, `symbol`.
    pub kind: String,
    /// What else tells it from others.
    pub detail: String,
    /// What stands in the message for it, with the `@`.
    pub insert_text: String,
}

/// The result of [`CONTEXT`]: what could be attached, best first, and the commands.
#[derive(Clone, Debug, Serialize)]
pub struct ContextResult {
    /// What could be attached.
    pub items: Vec<ContextItem>,
    /// The commands that may begin a message.
    pub commands: Vec<CommandItem>,
}

/// A command.
#[derive(Clone, Debug, Serialize)]
pub struct CommandItem {
    /// Without the slash.
    pub name: String,
    /// One line about it.
    pub about: String,
    /// Whether it changes code: then it is for `hob/edit`.
    pub edits: bool,
}
