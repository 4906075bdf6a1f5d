//! Edits over the protocol: what clients ask for, and what they get.

use super::chat::{ChatSource, Problem};
use serde::{Deserialize, Serialize};
use tower_lsp_server::gen_lsp_types::{Range, TextDocumentIdentifier, Uri, WorkspaceEdit};

/// The request that has a model change code; nothing is changed by it.
pub const EDIT: &str = "hob/edit";
/// The command that does the same and has the client apply it: its one argument is the request's parameters.
pub const EDIT_COMMAND: &str = "hob.edit";
/// The request for what an assistant's answer makes of the files.
pub const APPLY: &str = "hob/apply";
/// The command that does the same and has the client apply it.
pub const APPLY_COMMAND: &str = "hob.apply";
/// The command that answers a question of the table of commands (`explain`, `review`) and shows the answer.
pub const ASK_COMMAND: &str = "hob.ask";

/// The command that applies a change, or opens an answer, which was offered rather than put before a user who is elsewhere:
/// its one argument is the offer's number.
pub const TAKE_COMMAND: &str = "hob.take";

/// Parameters of [`EDIT`], and of [`ASK_COMMAND`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditParams {
    /// The document to change; without one, whichever files the instruction is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_document: Option<TextDocumentIdentifier>,
    /// The lines to change; an empty range means the function or type that it stands in, none the whole document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The version of the document that the range is about: another one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// A command of the table: `fix`, `document`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What is to be done; with a command, what is to be added to it.
    #[serde(default)]
    pub instruction: String,
    /// What the editor complains about.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// Whether the change may reach other lines and files than those named here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_file: bool,
    /// Whether a plan is made first; without it, where the configuration names a model for plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<bool>,
}

/// Parameters of [`APPLY`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyParams {
    /// The answer, or a block of code of it, as Markdown.
    pub text: String,
    /// The document that a block without a file's name is for.
    pub text_document: Option<TextDocumentIdentifier>,
}

/// The result of [`EDIT`] and [`APPLY`].
#[derive(Clone, Debug, Serialize)]
pub struct EditResult {
    /// What the client is to apply, with the versions of the documents that it is for.
    pub edit: WorkspaceEdit,
    /// The same as a unified diff.
    pub diff: String,
    /// The files that change.
    pub files: Vec<EditedFile>,
    /// What the model wrote; empty for [`APPLY`].
    pub text: String,
    /// The plan that it followed; empty where there was none.
    pub plan: String,
    /// The model; empty for [`APPLY`].
    pub model: String,
    /// What the model was shown of the codebase.
    pub sources: Vec<ChatSource>,
    /// What the user should know: sentences.
    pub notices: Vec<String>,
    /// Whether the client has applied it; only of the commands. `false`, too, where it is offered as a code action, since
    /// the user went elsewhere meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
}

/// A file that changes.
#[derive(Clone, Debug, Serialize)]
pub struct EditedFile {
    /// The file.
    pub uri: Uri,
    /// The same, relative to the project's root.
    pub path: String,
    /// `added`, `modified` or `deleted`.
    pub status: &'static str,
    /// How many lines come.
    pub added: usize,
    /// How many lines go.
    pub removed: usize,
    /// What runs it without anybody starting it: `build`, `ci`, `editor`, `hook`, `shell`, `agent`, `container`,
    /// `executable`, `script`; `null`: nothing does.
    pub runs: Option<&'static str>,
}
