//! From `initialize` to `shutdown`: what the client can do, what Hob offers, and what starts in the background.

use crate::display;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::ext;
use crate::lsp::handlers::{code_action, configuration, events, index};
use crate::lsp::server::Hob;
use crate::lsp::session::Client;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tower_lsp_server::gen_lsp_types::*;

/// What takes no longer than this is not worth a progress bar.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often progress is reported.
const REPORTED: Duration = Duration::from_millis(200);

pub(crate) fn initialize(hob: &Hob, params: InitializeParams) -> InitializeResult {
    let general = params.capabilities.general.as_ref();
    let offered = general.and_then(|it| it.position_encodings.as_deref());
    let encoding = Encoding::negotiate(offered.unwrap_or_default());
    {
        let mut session = hob.session();
        session.encoding = encoding;
        session.client = Client::new(&params.capabilities);
        let info = params.client_info.as_ref();
        session.client.is_helix = info.is_some_and(|it| it.name.eq_ignore_ascii_case("helix"));
        session.add_folders(folders(&params));
        session.editor_settings = params.initialization_options;
    }
    configuration::apply(hob);
    InitializeResult {
        capabilities: capabilities(encoding),
        server_info: Some(ServerInfo {
            name: "hob".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// What Hob offers, to every client alike: lsp-mode announces no inline completion and uses it all the same.
fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::Incremental),
                save: Some(true.into()),
                ..Default::default()
            }
            .into(),
        ),
        inline_completion_provider: Some(true.into()),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(code_action::kinds()),
                resolve_provider: Some(true),
                ..Default::default()
            }
            .into(),
        ),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: ext::COMMANDS.map(str::to_owned).to_vec(),
            ..Default::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(true.into()),
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = &params.workspace_folders_initialize_params.workspace_folders;
    if let Some(WorkspaceFolders::WorkspaceFolderList(folders)) = folders
        && !folders.is_empty()
    {
        return folders
            .iter()
            .filter_map(|it| convert::path_of(&it.uri.0))
            .collect();
    }
    #[expect(deprecated, reason = "older clients send nothing else")]
    let root = params.root_uri.as_ref();
    root.and_then(|it| convert::path_of(&it.0))
        .into_iter()
        .collect()
}

pub(crate) fn initialized(hob: &Hob) {
    if let Some(events) = hob.take_events() {
        tokio::spawn(events::run(hob.clone(), events));
    }
    tokio::spawn(configuration::watch(hob.clone()));
    let folders = hob.session().folders.clone();
    for folder in folders {
        learn(hob, folder.clone());
        index::open(hob, folder);
    }
    tokio::spawn(index::look(hob.clone()));
    let hob = hob.clone();
    tokio::spawn(async move {
        configuration::pull(&hob).await;
        configuration::report(&hob).await;
        warm_up(&hob);
        events::publish(&hob).await;
        if hob.session().client.watch {
            register_watcher(&hob).await;
        }
    });
}

pub(crate) fn shutdown(hob: &Hob) {
    hob.engine.stop();
}

/// Reads a project in the background, unless it was read already.
pub(crate) fn learn(hob: &Hob, root: PathBuf) {
    let engine = hob.engine.clone();
    if engine.builtin().starts(&root) {
        let hob = hob.clone();
        tokio::spawn(async move {
            events::publish(&hob).await;
            let (done, progress) = watch::channel((0, 0));
            let (showing, place) = (hob.clone(), root.clone());
            let shown = tokio::spawn(async move {
                let title = "Hob reads the codebase";
                show_progress(
                    &showing,
                    "learn",
                    &place,
                    title,
                    progress,
                    |&(files, of)| {
                        // At most 100.
                        let percent = (files * 100 / of.max(1)) as u32;
                        (percent, format!("{files} of {of} files"))
                    },
                )
                .await;
            });
            engine
                .learn(root, move |files, of| {
                    done.send_replace((files, of));
                })
                .await;
            // Its channel is closed with the end of the work.
            let _ = shown.await;
            events::publish(&hob).await;
        });
    }
}

/// Shows how far work on a project is, if the client can show that and it takes more than a moment. `drawn` gives the
/// percentage and the message. Ends when the sender is gone.
pub(crate) async fn show_progress<T: Clone>(
    hob: &Hob,
    work: &str,
    root: &Path,
    title: &str,
    mut progress: watch::Receiver<T>,
    drawn: impl Fn(&T) -> (u32, String),
) {
    let mut is_known = false;
    let ended = async {
        while progress.changed().await.is_ok() {
            is_known = true;
        }
    };
    let quick = tokio::time::timeout(PATIENCE, ended).await.is_ok();
    if quick || !hob.session().client.progress {
        return;
    }
    let token = ProgressToken::String(format!("hob/{work}/{}", root.display()));
    let created = hob.client.create_work_done_progress(token.clone()).await;
    if created.is_err() {
        return;
    }
    let name = root.file_name().unwrap_or(root.as_os_str());
    let name = display::path(Path::new(name));
    let shown = hob
        .client
        .progress(token, title)
        .with_message(name.clone())
        .with_percentage(0)
        .begin()
        .await;
    if is_known {
        // Nothing may change any more until all is written.
        progress.mark_changed();
    }
    while progress.changed().await.is_ok() {
        let (percent, message) = drawn(&progress.borrow_and_update().clone());
        let message = format!("{name}: {}", display::line(&message));
        shown.report_with_message(message, percent.min(100)).await;
        tokio::time::sleep(REPORTED).await;
    }
    shown.finish().await;
}

/// Finds the model and asks what it is before the first key needs it.
pub(crate) fn warm_up(hob: &Hob) {
    let hob = hob.clone();
    tokio::spawn(async move {
        // Who said that a server may not be used need not be told so.
        let _ = hob.engine.discover().await;
        if let Some(model) = hob.engine.model() {
            // A failure is told when a completion needs the model.
            let _ = hob.engine.info(&model).await;
            events::publish(&hob).await;
        }
    });
}

async fn register_watcher(hob: &Hob) {
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: vec![FileSystemWatcher {
            glob_pattern: "**/*".to_owned().into(),
            kind: None,
        }],
    };
    let registration = Registration {
        id: "hob-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    if let Err(error) = hob.client.register_capability(vec![registration]).await {
        tracing::info!(%error, "the client watches no files");
    }
}
