//! The session: the only mutable state of the protocol edge. Requests take what they need of it before their
//! first `.await` and never come back for more.

use crate::assist::complete::Request;
use crate::assist::gate::Trigger;
use crate::config::problem::Diagnostic;
use crate::display;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::documents::Documents;
use crate::lsp::ext::{Status, StatusReason};
use crate::lsp::handlers::offers::Offers;
use hob_index::project;
use std::collections::{HashMap, VecDeque};
use std::mem::Discriminant;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tower_lsp_server::gen_lsp_types::{ClientCapabilities, Position, ResourceOperationKind};

/// How many of the other documents a request may see.
const OTHERS: usize = 16;

/// What the client can do, as far as Hob cares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client {
    /// It answers `workspace/configuration`.
    pub(crate) configuration: bool,
    /// It shows progress that the server begins.
    pub(crate) progress: bool,
    /// It watches files for the server.
    pub(crate) watch: bool,
    /// It applies edits that the server sends.
    pub(crate) applies: bool,
    /// It has changes with annotations confirmed.
    pub(crate) annotations: bool,
    /// It does so with the changes of a code action, too.
    pub(crate) annotates_actions: bool,
    /// It makes new files as part of a change.
    pub(crate) creates: bool,
    /// It removes files as part of a change.
    pub(crate) deletes: bool,
    /// It asks for a code action's edit when the action is chosen.
    pub(crate) resolves_edits: bool,
    /// It opens documents that the server names.
    pub(crate) shows_documents: bool,
    /// It is Helix, which waits for a resolved action on its only thread, and takes no keys meanwhile; and which ignores
    /// `takeFocus`, and shows a document in the window where the user writes. No capability tells either.
    pub(crate) is_helix: bool,
    /// It shows Hob's errors itself: `experimental.hob.errors`, or `experimental.hob` alone.
    pub(crate) takes_errors: bool,
    /// It takes `hob/status`: `experimental.hob.status`.
    pub(crate) takes_status: bool,
    /// It has a place of its own for answers: `experimental.hob.chat`.
    pub(crate) chats: bool,
}

impl Client {
    pub(crate) fn new(capabilities: &ClientCapabilities) -> Client {
        let workspace = capabilities.workspace.as_ref();
        let window = capabilities.window.as_ref();
        let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
        let operations = edits.and_then(|it| it.resource_operations.as_deref());
        let operates = |kind| operations.is_some_and(|it| it.contains(&kind));
        let text = capabilities.text_document.as_ref();
        let actions = text.and_then(|it| it.code_action.as_ref());
        let resolves = actions.and_then(|it| it.resolve_support.as_ref());
        let experimental = capabilities.experimental.as_ref();
        let hob = experimental.and_then(|it| it.get("hob"));
        let hob = hob.filter(|it| it.is_object() || **it == serde_json::Value::Bool(true));
        let knows = |what| hob.and_then(|it| it.get(what)) == Some(&serde_json::Value::Bool(true));
        let watched = workspace.and_then(|it| it.did_change_watched_files.as_ref());
        Client {
            configuration: workspace.and_then(|it| it.configuration) == Some(true),
            progress: window.and_then(|it| it.work_done_progress) == Some(true),
            watch: watched.and_then(|it| it.dynamic_registration) == Some(true),
            applies: workspace.and_then(|it| it.apply_edit) == Some(true),
            annotations: edits.is_some_and(|it| it.change_annotation_support.is_some()),
            annotates_actions: actions.and_then(|it| it.honors_change_annotations) == Some(true),
            creates: operates(ResourceOperationKind::Create),
            deletes: operates(ResourceOperationKind::Delete),
            resolves_edits: resolves.is_some_and(|it| it.properties.iter().any(|it| it == "edit")),
            shows_documents: window
                .and_then(|it| it.show_document.as_ref())
                .is_some_and(|it| it.support),
            is_helix: false,
            takes_errors: knows("errors") || hob.is_some_and(|it| !it.is_object()),
            takes_status: knows("status"),
            chats: knows("chat"),
        }
    }
}

/// The state of one connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) documents: Documents,
    pub(crate) encoding: Encoding,
    pub(crate) client: Client,
    /// The workspace's folders that are projects.
    pub(crate) folders: Vec<PathBuf>,
    /// The settings that the editor sent, as they came.
    pub(crate) editor_settings: Option<serde_json::Value>,
    /// What is wrong with the configuration, and what of it the user has been told.
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) reported: Vec<Diagnostic>,
    /// The status as it was last sent.
    pub(crate) status: Option<Status>,
    /// Why the last request was answered with nothing.
    pub(crate) last_reason: Option<StatusReason>,
    /// The model server that doesn't answer, as the user has been told; cleared when it answers.
    pub(crate) outage: Option<String>,
    /// The last messages that the user was shown, whole, oldest first.
    pub(crate) said: VecDeque<String>,
    /// The projects whose index is in trouble, each with the kind of trouble: the user has been told of each kind once.
    pub(crate) index_trouble: HashMap<PathBuf, Discriminant<hob_index::error::Error>>,
    /// What the user was told of the vectors last, until they can be made again.
    pub(crate) vectors_told: Option<String>,
    /// The document that the user did something in last.
    pub(crate) active: Option<Arc<str>>,
    /// The changes that are ready and not applied.
    pub(crate) offers: Offers,
    /// What runs with a button that stops it, by its progress token.
    pub(crate) works: HashMap<String, Arc<Notify>>,
    latest: HashMap<Arc<str>, watch::Sender<u64>>,
}

/// Resolves when a newer request, a change or a close has made a request pointless.
pub(crate) struct Superseded(watch::Receiver<u64>);

impl Superseded {
    pub(crate) async fn wait(&mut self) {
        // The sender is gone with the document: just as pointless.
        let _ = self.0.changed().await;
    }

    pub(crate) fn already(&self) -> bool {
        self.0.has_changed().unwrap_or(true)
    }
}

impl Session {
    /// The user does something in a document.
    pub(crate) fn turns_to(&mut self, uri: &str) {
        if self.active.as_deref() != Some(uri) {
            self.active = Some(uri.into());
        }
    }

    /// The snapshot for a completion request, which supersedes the older ones of its document.
    pub(crate) fn request(
        &mut self,
        uri: &str,
        position: Position,
        trigger: Trigger,
    ) -> Option<(Request, Superseded)> {
        let document = self.documents.get(uri)?.clone();
        self.supersede(uri);
        self.turns_to(uri);
        let latest = self.latest.entry(document.id.clone()).or_default();
        let superseded = Superseded(latest.subscribe());
        let request = Request {
            offset: convert::offset(&document.text, position, self.encoding),
            // Other projects' code is none of this one's model's business.
            others: self.documents.recent(OTHERS, |it| {
                *it.id != *document.id && it.root == document.root && !it.is_secret()
            }),
            root: document.root.clone(),
            trigger,
            whole: trigger == Trigger::Invoked,
            document,
        };
        Some((request, superseded))
    }

    /// Tells the waiting requests of a document that they are outdated.
    pub(crate) fn supersede(&mut self, uri: &str) {
        if let Some(latest) = self.latest.get(uri) {
            latest.send_modify(|it| *it += 1);
        }
    }

    /// Takes in workspace folders that the client names, except those that are no projects; those that are new are given
    /// back.
    pub(crate) fn add_folders(&mut self, folders: Vec<PathBuf>) -> Vec<PathBuf> {
        let mut new = Vec::new();
        for folder in folders {
            match project::check(&folder) {
                Ok(()) if self.folders.contains(&folder) => {}
                Ok(()) => {
                    self.folders.push(folder.clone());
                    new.push(folder);
                }
                Err(why) => {
                    tracing::info!(folder = display::path(&folder), "a workspace folder {why}")
                }
            }
        }
        new
    }

    /// Says anew which project each document belongs to: the workspace's folders changed.
    pub(crate) fn assign_documents(&mut self) {
        let folders = std::mem::take(&mut self.folders);
        self.documents.assign(|path| project::of(path, &folders));
        self.folders = folders;
    }

    /// Forgets a closed document.
    pub(crate) fn close(&mut self, uri: &str) {
        self.documents.close(uri);
        self.latest.remove(uri);
    }

    /// The project that a file belongs to, as [`project::of`] has it.
    pub(crate) fn root_of(&self, path: &Path) -> Option<PathBuf> {
        project::of(path, &self.folders)
    }
}
