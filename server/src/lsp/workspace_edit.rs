//! A patch as the protocol has it: versioned edits, new files, and where the client can show a preview, annotations.

use crate::assist::apply::patch::{FilePatch, Patch, Status};
use crate::assist::document::Document;
use crate::display;
use crate::lsp::convert::{self, Encoding};
use crate::lsp::session::Client;
use ropey::Rope;
use std::collections::HashMap;
use std::sync::Arc;
use tower_lsp_server::gen_lsp_types::*;

/// The annotation of changes of ordinary files.
const ANNOTATION: &str = "hob";
/// What the annotation of a file that runs by itself begins with; the file's path follows.
const RUNS: &str = "hob/runs/";

/// What the edits of a patch are made for.
pub(crate) struct Frame<'a> {
    pub(crate) documents: &'a [Arc<Document>],
    pub(crate) encoding: Encoding,
    pub(crate) client: Client,
    /// What a preview calls the change.
    pub(crate) label: &'a str,
    /// The document that the user asked for a change of.
    pub(crate) asked: Option<&'a Arc<Document>>,
}

/// A patch as a workspace edit.
///
/// # Errors
/// The client, or the protocol, can't express it: a sentence.
pub(crate) fn workspace_edit(patch: &Patch, frame: &Frame<'_>) -> Result<WorkspaceEdit, String> {
    let mut changes = Vec::new();
    for file in &patch.files {
        change(file, frame, &mut changes)?;
    }
    let confirms = !frame.is_what_was_asked(patch);
    let annotation = |label: String, description: Option<String>| ChangeAnnotation {
        label,
        needs_confirmation: Some(confirms),
        description,
    };
    let mut annotations = HashMap::new();
    for file in &patch.files {
        let of_it = match file.runs() {
            None => annotation(frame.label.to_owned(), None),
            Some(runs) => annotation(
                format!("Runs by itself: {}", display::name(&file.path)),
                Some(format!("{} ({})", frame.label, runs.about())),
            ),
        };
        annotations.insert(annotation_of(file), of_it);
    }
    Ok(WorkspaceEdit {
        changes: None,
        document_changes: Some(changes),
        change_annotations: frame.client.annotations.then_some(annotations),
    })
}

fn change(
    file: &FilePatch,
    frame: &Frame<'_>,
    changes: &mut Vec<DocumentChange>,
) -> Result<(), String> {
    let document = frame.document(file);
    let uri = uri(file, document)?;
    let annotation = annotation_of(file);
    let annotation_id = || frame.client.annotations.then(|| annotation.clone());
    let version = document.map(|it| it.version);
    match file.status() {
        Status::Modified => {
            let before = text(file, file.before.as_deref())?;
            text(file, file.after.as_deref())?;
            let rope = Rope::from_str(before);
            let edits = file.edits().into_iter().map(|it| {
                let range = convert::range(&rope, it.range.start, it.range.end, frame.encoding);
                frame.edit(range, it.text, &annotation)
            });
            changes.push(edits_of(uri, version, edits.collect()));
        }
        Status::Added => {
            if !frame.client.creates {
                return Err(format!("this editor can't make new files: {}", file.path));
            }
            let after = text(file, file.after.as_deref())?.to_owned();
            let create = CreateFile {
                uri: uri.clone(),
                options: Some(CreateFileOptions {
                    overwrite: Some(false),
                    ignore_if_exists: Some(false),
                }),
                annotation_id: annotation_id(),
            };
            changes.push(DocumentChange::CreateFile(create));
            if !after.is_empty() {
                changes.push(edits_of(
                    uri,
                    None,
                    vec![frame.edit(Range::default(), after, &annotation)],
                ));
            }
        }
        Status::Deleted => {
            if !frame.client.deletes {
                return Err(format!("this editor can't remove files: {}", file.path));
            }
            changes.push(DocumentChange::DeleteFile(DeleteFile {
                uri,
                options: None,
                annotation_id: annotation_id(),
            }));
        }
    }
    Ok(())
}

/// The annotation that the changes of a file have.
fn annotation_of(file: &FilePatch) -> String {
    match file.runs() {
        None => ANNOTATION.to_owned(),
        Some(_) => format!("{RUNS}{}", file.path),
    }
}

impl Frame<'_> {
    /// Whether a patch changes nothing but the document that the user asked for: there it is seen at once and undone with one key, and a
    /// question would only take the keys of somebody who writes.
    fn is_what_was_asked(&self, patch: &Patch) -> bool {
        let [file] = &patch.files[..] else {
            return false;
        };
        let is_asked = self
            .document(file)
            .zip(self.asked)
            .is_some_and(|(changed, asked)| changed.id == asked.id);
        is_asked && matches!(file.status(), Status::Modified) && file.runs().is_none()
    }

    /// The open document of a file.
    pub(crate) fn document(&self, file: &FilePatch) -> Option<&Arc<Document>> {
        let is_it = |it: &&Arc<Document>| match &it.path {
            Some(path) => {
                *path == file.real || path.canonicalize().ok().as_ref() == Some(&file.real)
            }
            None => false,
        };
        self.documents.iter().find(is_it)
    }

    fn edit(&self, range: Range, new_text: String, annotation: &str) -> Edit {
        let text_edit = TextEdit { range, new_text };
        match self.client.annotations {
            true => Edit::AnnotatedTextEdit(AnnotatedTextEdit {
                annotation_id: annotation.to_owned(),
                text_edit,
            }),
            false => Edit::TextEdit(text_edit),
        }
    }
}

/// Where a file is: as the client calls it, where it is open.
pub(crate) fn uri(file: &FilePatch, document: Option<&Arc<Document>>) -> Result<Uri, String> {
    if let Some(document) = document {
        return Ok(Uri(document.id.to_string()));
    }
    let uri = url::Url::from_file_path(&file.real);
    uri.map(|it| Uri(it.to_string()))
        .map_err(|()| format!("{} has no address", file.path))
}

fn text<'a>(file: &FilePatch, bytes: Option<&'a [u8]>) -> Result<&'a str, String> {
    let text = std::str::from_utf8(bytes.unwrap_or_default()).ok();
    // UTF-16 without a mark may be valid UTF-8.
    let text = text.filter(|_| !file.is_wide());
    text.ok_or_else(|| {
        format!(
            "{} is not UTF-8, which an editor's changes can't express; `hob apply` can",
            file.path
        )
    })
}

fn edits_of(uri: Uri, version: Option<i32>, edits: Vec<Edit>) -> DocumentChange {
    DocumentChange::TextDocumentEdit(TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier {
            version,
            text_document_identifier: TextDocumentIdentifier { uri },
        },
        edits,
    })
}
