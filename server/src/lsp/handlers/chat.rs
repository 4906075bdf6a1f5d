//! `hob/chat` and `hob/context`: questions to the chat model, and what could be attached to them.

use crate::assist::chat::attachment::{self, Attachment, attachable};
use crate::assist::chat::context::Project;
use crate::assist::chat::{Answer, Event, Source, Turn, cites, reading};
use crate::assist::commands::{Commands, Makes};
use crate::assist::document::Document;
use crate::assist::region;
use crate::config::settings::Role;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::ext::chat::*;
use crate::lsp::handlers::edit;
use crate::lsp::handlers::work::{self, Said};
use crate::lsp::server::Hob;
use crate::model::{Message, Speaker};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use tower_lsp_server::gen_lsp_types::{Position, Range, TextDocumentIdentifier, Uri};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};

/// How many of the open documents a turn may see.
const DOCUMENTS: usize = 32;

/// The protocol's code for a request that was right and could not be done.
const REQUEST_FAILED: i64 = -32803;

/// What a request about a project sees: taken before the first `.await`.
pub(crate) struct View {
    pub(crate) root: Option<PathBuf>,
    /// The most recently changed first.
    pub(crate) documents: Vec<Arc<Document>>,
    /// The document where the user is.
    pub(crate) document: Option<Arc<Document>>,
    pub(crate) encoding: Encoding,
}

impl View {
    pub(crate) fn new(hob: &Hob, document: Option<&TextDocumentIdentifier>) -> View {
        let mut session = hob.session();
        // Whoever asks about a document looks at it.
        if let Some(it) = document {
            session.turns_to(&it.uri.0);
        }
        let document = document.and_then(|it| session.documents.get(&it.uri.0).cloned());
        // A file of no project is worked on in its folder, of which nothing else is looked up.
        let own = document.as_ref().and_then(|it| {
            let folder = || it.path.as_deref()?.parent().map(Path::to_owned);
            it.root.clone().or_else(folder)
        });
        let root = own.or_else(|| session.folders.first().cloned());
        let lone = document
            .as_ref()
            .is_some_and(|it| it.root.is_none() && it.path.is_some());
        // Those of other projects are none of this one's model's business.
        let belongs = |it: &Document| match (&root, &it.path) {
            (Some(root), Some(path)) => path.starts_with(root) && !(lone && it.root.is_some()),
            _ => document.as_ref().is_some_and(|here| here.id == it.id),
        };
        View {
            documents: session.documents.recent(DOCUMENTS, belongs),
            root,
            document,
            encoding: session.encoding,
        }
    }

    /// A path that a client wrote: a URI, or as it is.
    fn path(&self, written: &str) -> String {
        let path = convert::path_of(written);
        path.map_or_else(|| written.to_owned(), |it| self.relative(&it))
    }

    pub(crate) fn relative(&self, path: &Path) -> String {
        let root = self.root.as_deref();
        let path = root
            .and_then(|it| path.strip_prefix(it).ok())
            .unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }

    /// A file of the project as a URI.
    pub(crate) fn uri(&self, path: &str) -> Option<Uri> {
        let path = self.root.as_deref()?.join(path);
        let uri = url::Url::from_file_path(path).ok()?;
        Some(Uri(uri.to_string()))
    }
}

/// How the client hears what goes on before the answer is whole.
enum Heard {
    /// By `hob/chat/delta`.
    Deltas,
    /// Only what is going on, as progress.
    Progress(mpsc::UnboundedSender<Said>),
}

/// Whoever asks by Hob's own request knows its notifications.
pub(crate) async fn chat(hob: &Hob, params: ChatParams) -> Result<ChatResult> {
    answer(hob, params, Heard::Deltas).await
}

/// The same for a command, which any client can run. One that gives the answer a name of its own has a use for deltas, and
/// one that says so; others show progress.
pub(crate) async fn chat_by_command(
    hob: &Hob,
    params: ChatParams,
    title: &str,
    names_it: bool,
) -> Result<ChatResult> {
    let (says, hears) = mpsc::unbounded_channel();
    let heard = match hob.session().client.chats || names_it {
        true => Heard::Deltas,
        false => Heard::Progress(says),
    };
    let answered = work::shown(hob, title, Role::Chat, hears, answer(hob, params, heard)).await;
    answered.unwrap_or_else(|| Err(edit::stopped()))
}

async fn answer(hob: &Hob, params: ChatParams, heard: Heard) -> Result<ChatResult> {
    let view = View::new(hob, params.text_document.as_ref());
    let id = params.id.clone();
    let turn = turn(&view, params);
    let (says, mut hears) = mpsc::unbounded_channel();
    let mut listener = move |event| _ = says.send(event);
    let answering = hob.engine.chat(&turn, &mut listener);
    tokio::pin!(answering);
    let answer = loop {
        tokio::select! {
            biased;
            Some(event) = hears.recv() => tell(hob, &view, &id, event, &heard).await,
            answer = &mut answering => break answer,
        }
    };
    while let Ok(event) = hears.try_recv() {
        tell(hob, &view, &id, event, &heard).await;
    }
    match answer {
        Ok(answer) => Ok(result(&view, id, answer)),
        Err(error) => Err(failed(error.code(), error.explain())),
    }
}

/// What could be attached.
pub(crate) async fn context(hob: &Hob, params: ContextParams) -> Result<ContextResult> {
    let view = View::new(hob, params.text_document.as_ref());
    let indexes = hob.engine.indexes().clone();
    let commands = Commands::new(&hob.engine.settings().commands);
    let found = tokio::task::spawn_blocking(move || {
        let root = view.root.as_deref();
        let documents: Vec<_> = view.documents.iter().collect();
        let searcher = root.and_then(|it| indexes.searcher(it, &documents));
        let project = Project::new(root, searcher.as_ref(), &view.documents);
        attachable(&params.query, &project, params.limit.min(1000))
    });
    let found = found.await.map_err(|_| Error::internal_error())?;
    let items = found.into_iter().map(|it| ContextItem {
        label: it.label,
        kind: it.kind.to_owned(),
        detail: it.detail,
        insert_text: it.insert,
    });
    let commands = commands.all().iter().map(|it| CommandItem {
        name: it.name.to_string(),
        about: it.about.to_string(),
        edits: it.makes == Makes::Edit,
    });
    Ok(ContextResult {
        items: items.collect(),
        commands: commands.collect(),
    })
}

/// An error that says what happened and what helps, with a stable word for clients.
pub(crate) fn failed(code: &str, message: String) -> Error {
    let mut error = Error::new(ErrorCode::ServerError(REQUEST_FAILED));
    error.message = message.into();
    error.data = Some(serde_json::json!({ "code": code }));
    error
}

fn turn(view: &View, params: ChatParams) -> Turn {
    let messages = params.messages.into_iter().map(|it| {
        let speaker = match it.role {
            ChatRole::User => Speaker::User,
            ChatRole::Assistant => Speaker::Assistant,
        };
        Message::new(speaker, it.content)
    });
    let at = params.range.map_or(Position::default(), |it| it.start);
    let current = view.document.as_ref().and_then(|it| {
        let path = view.relative(it.path.as_deref()?);
        // LSP counts from 0.
        Some((path, at.line as usize + 1))
    });
    let problems: Vec<_> = params
        .problems
        .into_iter()
        .map(|it| problem(view, it))
        .collect();
    let attachments = params.attachments.into_iter();
    Turn {
        messages: messages.collect(),
        attachments: attachments
            .filter_map(|it| attached(view, it, params.range, &problems))
            .collect(),
        problems,
        root: view.root.clone(),
        here: None,
        documents: view.documents.clone(),
        current,
        finds: params.context,
    }
}

fn attached(
    view: &View,
    attached: Attached,
    range: Option<Range>,
    problems: &[attachment::Problem],
) -> Option<Attachment> {
    Some(match attached {
        Attached::File { path, range } => Attachment::File {
            path: view.path(&path),
            lines: range.map(|it| {
                let (first, last) = (it.start.line as usize, it.end.line as usize);
                // The end of a range at a line's start doesn't mean that line.
                let last = if it.end.character == 0 && last > first {
                    last - 1
                } else {
                    last
                };
                first + 1..=last.max(first) + 1
            }),
        },
        Attached::Folder { path } => Attachment::Folder(view.path(&path)),
        Attached::Symbol { name } => Attachment::Symbol(name),
        Attached::Diff => Attachment::Diff,
        Attached::Problems => Attachment::Problems(problems.to_vec()),
        Attached::Codebase => Attachment::Codebase,
        Attached::Open => Attachment::Open,
        Attached::Selection => selection(view, range)?,
        Attached::Text { name, text } => Attachment::Text { name, text },
    })
}

/// The selected lines, or the definition that the cursor stands in.
pub(crate) fn selection(view: &View, range: Option<Range>) -> Option<Attachment> {
    let document = view.document.as_ref()?;
    let range = range.unwrap_or_default();
    let offset = |it| convert::offset(&document.text, it, view.encoding);
    let region = region::region(document, offset(range.start), offset(range.end));
    Some(Attachment::Selection {
        path: match &document.path {
            Some(path) => Some(view.relative(path)),
            // By its name it is left out.
            None => document.is_secret().then(|| document.id.to_string()),
        },
        text: region::text(document, &region.lines),
        lines: region.lines,
    })
}

pub(crate) fn problem(view: &View, it: Problem) -> attachment::Problem {
    let severity = match it.severity {
        Some(2) => "warning",
        Some(3) => "information",
        Some(4) => "hint",
        _ => "error",
    };
    attachment::Problem {
        path: view.path(&it.uri.0),
        line: it.range.start.line as usize + 1,
        message: it.message,
        severity: severity.to_owned(),
    }
}

async fn tell(hob: &Hob, view: &View, id: &str, event: Event, heard: &Heard) {
    if let Heard::Progress(says) = heard {
        // The client shows no progress, or the user stopped it, where nobody hears.
        let _ = match event {
            Event::Status(it) => says.send(Said::Doing(it)),
            Event::Reading(percent) => says.send(Said::Reading(percent)),
            _ => Ok(()),
        };
        return;
    }
    let mut delta = Delta {
        id: id.to_owned(),
        ..Delta::default()
    };
    match event {
        Event::Text(it) => delta.text = it,
        Event::Thought(it) => delta.thought = Some(it),
        Event::WereThoughts => delta.were_thoughts = true,
        Event::Status(it) => delta.status = Some(it),
        Event::Reading(percent) => delta.status = Some(reading(percent)),
        Event::Sources(it) => delta.sources = Some(sources(view, &it, "")),
    }
    hob.client.send_notification::<ChatDelta>(delta).await;
}

fn result(view: &View, id: String, answer: Answer) -> ChatResult {
    ChatResult {
        id,
        sources: sources(view, &answer.sources, &answer.text),
        text: answer.text,
        thought: answer.thought,
        model: answer.model,
        notices: answer.notices,
    }
}

pub(crate) fn sources(view: &View, sources: &[Source], answer: &str) -> Vec<ChatSource> {
    let source = |it: &Source| {
        // Lines of a file are far fewer than 2³².
        let line = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Some(ChatSource {
            uri: view.uri(&it.path)?,
            path: it.path.clone(),
            range: Range {
                start: Position {
                    line: line(it.start_line.saturating_sub(1)),
                    character: 0,
                },
                end: Position {
                    line: line(it.end_line),
                    character: 0,
                },
            },
            reason: it.reason.clone(),
            cited: cites(answer, it),
        })
    };
    sources.iter().filter_map(source).collect()
}
