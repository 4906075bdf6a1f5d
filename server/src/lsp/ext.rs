//! What Hob adds to the protocol. docs/protocol.md describes it; a test holds the two together.

pub mod chat;
pub mod edit;

use serde::{Deserialize, Serialize};
use tower_lsp_server::gen_lsp_types::{LspNotificationMethod, MessageDirection, Notification, Uri};

/// The command of an inline completion item: the client runs it after inserting the text.
pub const ACCEPTED: &str = "hob.accepted";

/// The command that answers with the current [`Status`].
pub const STATUS: &str = "hob.status";

/// The command that reads the configuration and the codebase anew.
pub const RESTART: &str = "hob.restart";

/// The command that compares the index of each open folder with the disk.
pub const INDEX: &str = "hob.index";

/// Every command of the server.
pub const COMMANDS: [&str; 9] = [
    ACCEPTED,
    STATUS,
    RESTART,
    INDEX,
    chat::CHAT_COMMAND,
    edit::EDIT_COMMAND,
    edit::APPLY_COMMAND,
    edit::ASK_COMMAND,
    edit::TAKE_COMMAND,
];

/// The notification `hob/status`: sent whenever something in it changes.
#[derive(Debug)]
pub enum StatusChanged {}

impl Notification for StatusChanged {
    type Params = Status;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("hob/status");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

/// How Hob is, and why the last request was answered with nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// How Hob is.
    pub state: State,
    /// The model that completes, or `builtin`.
    pub model: String,
    /// Why the last request was answered with nothing; absent after one that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<StatusReason>,
    /// The last messages that the user was shown a line of, whole, oldest first; only of [`STATUS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
}

/// How Hob is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everything works.
    #[default]
    Ready,
    /// The codebase is being read; completions come already, fewer.
    Learning,
    /// The model can't answer: `reason` says why and what to do.
    Warning,
    /// Autocomplete is off.
    Off,
}

/// Why there is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReason {
    /// A stable code in kebab case.
    pub code: String,
    /// One or two sentences for the user.
    pub message: String,
}

/// Parameters of `textDocument/didShowCompletion` and `textDocument/didPartiallyAcceptCompletion`, as existing
/// inline-completion clients send them; only what Hob uses.
#[derive(Debug, Deserialize)]
pub struct ItemParams {
    /// The item as Hob sent it.
    pub item: ReportedItem,
}

/// The part of a reported item that says which document it was for.
#[derive(Debug, Deserialize)]
pub struct ReportedItem {
    /// The item's command.
    pub command: Option<ReportedCommand>,
}

/// The command of a reported item.
#[derive(Debug, Deserialize)]
pub struct ReportedCommand {
    /// What [`ACCEPTED`] was given.
    #[serde(default)]
    pub arguments: Vec<AcceptedArguments>,
}

/// The argument of [`ACCEPTED`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedArguments {
    /// The document.
    pub uri: Uri,
    /// `model`, `cache` or `builtin`.
    pub source: String,
}
