//! What is ready for a user who may have gone elsewhere meanwhile: offered as a code action, in any document. An edit that
//! lands while somebody writes elsewhere would take their keys, or change unseen what they come back to.

use crate::display;
use crate::lsp::ext;
use crate::lsp::ext::edit::EditResult;
use crate::lsp::handlers::chat::{View, failed};
use crate::lsp::handlers::edit::modified;
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::server::Hob;
use crate::lsp::session::Session;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use tower_lsp_server::gen_lsp_types::{
    Command, LspAny, MessageType, ShowDocumentParams, Uri, WorkspaceEdit,
};
use tower_lsp_server::jsonrpc::{Error, Result};

/// So many are kept; the oldest go.
const KEPT: usize = 5;

/// Numbers the offers.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A change with all that it is for.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    edit: WorkspaceEdit,
    files: Vec<File>,
    title: String,
    /// The document that the user asked for it in.
    asked: Option<Uri>,
}

/// One of a change's files, as it was.
#[derive(Clone, Debug)]
struct File {
    uri: Uri,
    path: String,
    /// The version of the document; `None`: it was not open.
    version: Option<i32>,
}

/// Something that the user can take.
#[derive(Clone, Debug)]
enum Offer {
    Change(Change),
    /// A document to open.
    Answer(Uri),
}

/// What was offered and not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Offers(VecDeque<(u64, Offer)>);

impl Change {
    pub(crate) fn new(view: &View, result: &EditResult, title: &str) -> Change {
        let files = result.files.iter().map(|it| {
            let document = view.documents.iter().find(|old| *old.id == *it.uri.0);
            File {
                uri: it.uri.clone(),
                path: it.path.clone(),
                version: document.map(|it| it.version),
            }
        });
        Change {
            edit: result.edit.clone(),
            files: files.collect(),
            title: title.to_owned(),
            asked: view.document.as_ref().map(|it| Uri(it.id.to_string())),
        }
    }

    /// The file that is no longer what the change was made for, as far as is known.
    fn outdated(&self, session: &Session) -> Option<&str> {
        let is_old = |it: &&File| {
            let now = session.documents.get(&it.uri.0);
            now.map(|it| it.version) != it.version
        };
        self.files.iter().find(is_old).map(|it| &*it.path)
    }

    /// Whether the user did something in another document since it was asked for.
    fn is_elsewhere(&self, session: &Session) -> bool {
        let asked = self.asked.as_ref().map(|it| &*it.0);
        asked.is_some() && session.active.as_deref() != asked
    }

    /// What it is called in a menu.
    fn name(&self) -> String {
        match &self.files[..] {
            [file] => format!("the change of {}", file.path),
            files => format!("the change of {} files", files.len()),
        }
    }

    /// Has the client apply it.
    ///
    /// # Errors
    /// A document was changed meanwhile, or the client takes no edits.
    async fn apply(self, hob: &Hob) -> Result<bool> {
        let (outdated, applies) = {
            let session = hob.session();
            (
                self.outdated(&session).map(str::to_owned),
                session.client.applies,
            )
        };
        if let Some(path) = outdated {
            return Err(modified(&path));
        }
        if self.files.is_empty() {
            return Ok(true);
        }
        if !applies {
            return Err(failed(
                "not-applicable",
                "This editor takes no edits (`workspace/applyEdit`), and nothing was changed. Use `hob edit` at a terminal."
                    .to_owned(),
            ));
        }
        let n_files = self.files.len();
        tracing::debug!(title = self.title, n_files, "applying");
        let applied = hob.client.apply_edit(self.edit).await?;
        if !applied.applied {
            let reason = applied.failure_reason;
            tracing::info!(reason, "the client did not apply it");
        }
        Ok(applied.applied)
    }
}

/// Has the client apply a change, or offers it; whether it was applied.
///
/// # Errors
/// A document was changed meanwhile, or the client takes no edits.
pub(crate) async fn apply_or_offer(hob: &Hob, change: Change) -> Result<bool> {
    match left_alone(hob, change).await {
        Some(change) => change.apply(hob).await,
        None => Ok(false),
    }
}

/// The change, unless the user went elsewhere: then it is offered, and `None`.
pub(crate) async fn left_alone(hob: &Hob, change: Change) -> Option<Change> {
    {
        let session = &mut *hob.session();
        let is_stale = change.outdated(session).is_some();
        if is_stale || change.files.is_empty() || !change.is_elsewhere(session) {
            return Some(change);
        }
        session.offers.add(Offer::Change(change.clone()));
    }
    let name = change.name();
    let line = match &change.files[..] {
        [file] => Line::with_name("Change ready, as a code action: ", &file.path, ""),
        _ => Line::new("A change is ready, as a code action."),
    };
    let message = format!(
        "{} Meanwhile you went on elsewhere, so {name} was not applied. It is ready as a code action, in any document.",
        sentence(&change.title)
    );
    messages::show_line(hob, MessageType::Info, line, &message).await;
    None
}

/// Offers an answer in a file.
pub(crate) fn offer_answer(hob: &Hob, uri: Uri) {
    hob.session().offers.add(Offer::Answer(uri));
}

/// Has the client apply or open what was offered; whether it did.
///
/// # Errors
/// It was taken before, or a document was changed meanwhile.
pub(crate) async fn take(hob: &Hob, arguments: Option<Vec<LspAny>>) -> Result<bool> {
    let id = arguments.and_then(|it| it.first()?.as_u64());
    let id = id.ok_or_else(|| Error::invalid_params("the argument is an offer's number"))?;
    let offer = hob.session().offers.take(id);
    match offer.ok_or_else(|| failed("not-offered", "This is no longer offered.".to_owned()))? {
        Offer::Change(change) => change.apply(hob).await,
        Offer::Answer(uri) => {
            let params = ShowDocumentParams {
                uri,
                external: None,
                take_focus: Some(true),
                selection: None,
            };
            hob.client.show_document(params).await
        }
    }
}

/// The commands that take what is offered and still fits, the newest first.
pub(crate) fn commands(session: &Session) -> Vec<Command> {
    let command = |(id, offer): &(u64, Offer)| {
        let title = match offer {
            Offer::Change(change) if change.outdated(session).is_some() => return None,
            Offer::Change(change) => format!("Hob: apply {}", change.name()),
            Offer::Answer(_) => "Hob: open the answer".to_owned(),
        };
        Some(Command {
            // A model or a repository chose the files' names.
            title: display::line(&title).into_owned(),
            tooltip: None,
            command: ext::edit::TAKE_COMMAND.to_owned(),
            arguments: Some(vec![(*id).into()]),
        })
    };
    session.offers.0.iter().rev().filter_map(command).collect()
}

impl Offers {
    fn add(&mut self, offer: Offer) {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.0.push_back((id, offer));
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    fn take(&mut self, id: u64) -> Option<Offer> {
        let at = self.0.iter().position(|it| it.0 == id)?;
        self.0.remove(at).map(|it| it.1)
    }
}

/// A title with a full stop.
fn sentence(title: &str) -> String {
    match title.ends_with(['.', '!', '?', '…']) {
        true => title.to_owned(),
        false => format!("{title}."),
    }
}
