//! Documents that open, change and close, files that change on disk, folders that come and go.

use crate::lsp::convert;
use crate::lsp::server::Hob;
use std::path::PathBuf;
use tower_lsp_server::gen_lsp_types::*;

pub(crate) fn did_open(hob: &Hob, params: &DidOpenTextDocumentParams) {
    let it = &params.text_document;
    let mut session = hob.session();
    session.supersede(&it.uri.0);
    let root = convert::file_of(&it.uri.0).and_then(|path| session.root_of(&path));
    let language = it.language_id.as_str();
    let documents = &mut session.documents;
    documents.open(&it.uri.0, language, it.version, &it.text, root.clone());
    session.turns_to(&it.uri.0);
    drop(session);
    if let Some(root) = root {
        super::lifecycle::learn(hob, root.clone());
        super::index::open(hob, root);
    }
}

pub(crate) fn did_change(hob: &Hob, params: &DidChangeTextDocumentParams) {
    let uri = &params.text_document.text_document_identifier.uri.0;
    let version = params.text_document.version;
    let mut session = hob.session();
    session.supersede(uri);
    session.turns_to(uri);
    let encoding = session.encoding;
    let changes = &params.content_changes;
    if !session.documents.change(uri, version, changes, encoding) {
        tracing::warn!("a change of a document that is not open was ignored");
    }
    drop(session);
    hob.engine.indexes().typed();
}

pub(crate) fn did_save(hob: &Hob, params: &DidSaveTextDocumentParams) {
    if let Some(path) = convert::path_of(&params.text_document.uri.0) {
        super::index::changed_on_disk(hob, std::slice::from_ref(&path));
        hob.engine.builtin().changed_on_disk(vec![path]);
    }
}

pub(crate) fn did_close(hob: &Hob, params: &DidCloseTextDocumentParams) {
    let uri = &params.text_document.uri.0;
    hob.session().close(uri);
    hob.engine.forget(uri);
    hob.engine.builtin().closed(uri);
    if let Some(path) = convert::file_of(uri) {
        if let Some(root) = hob.session().root_of(&path) {
            hob.engine.indexes().closed(&root, &path);
        }
        hob.engine.builtin().changed_on_disk(vec![path]);
    }
}

pub(crate) fn did_change_watched_files(hob: &Hob, params: &DidChangeWatchedFilesParams) {
    let changes = params.changes.iter();
    let paths: Vec<PathBuf> = changes
        .filter_map(|it| convert::path_of(&it.uri.0))
        .collect();
    super::index::changed_on_disk(hob, &paths);
    hob.engine.builtin().changed_on_disk(paths);
}

pub(crate) fn did_change_workspace_folders(hob: &Hob, params: &DidChangeWorkspaceFoldersParams) {
    let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
        folders
            .iter()
            .filter_map(|it| convert::path_of(&it.uri.0))
            .collect()
    };
    let (added, removed) = (paths(&params.event.added), paths(&params.event.removed));
    let mut session = hob.session();
    session.folders.retain(|it| !removed.contains(it));
    let added = session.add_folders(added);
    session.assign_documents();
    drop(session);
    for root in removed {
        hob.engine.builtin().forget(&root);
        hob.engine.indexes().forget(&root);
    }
    for root in added {
        super::lifecycle::learn(hob, root.clone());
        super::index::open(hob, root);
    }
}
