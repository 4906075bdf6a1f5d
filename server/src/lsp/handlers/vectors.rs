//! The vectors of the open folders in the server: filled in behind the indexes, with progress.

use crate::lsp::handlers::{events, lifecycle, messages};
use crate::lsp::server::Hob;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::sync::watch;
use tower_lsp_server::gen_lsp_types::MessageType;

/// Embeds what has no vector yet in the background, unless that is being done, or no embedder is configured.
pub(super) fn fill(hob: &Hob, root: &Path) {
    if !hob.engine.indexes().starts_filling(root) {
        return;
    }
    let (hob, root) = (hob.clone(), root.to_owned());
    tokio::spawn(async move {
        let (sender, progress) = watch::channel((0, 0));
        let shown = tokio::spawn(show(hob.clone(), root.clone(), progress));
        let indexes = hob.engine.indexes().clone();
        let work = move || {
            indexes.fill(&root, |done, of| {
                sender.send_replace((done, of));
            })
        };
        let filled = tokio::task::spawn_blocking(work).await;
        // Its channel is closed with the end of the work.
        let _ = shown.await;
        match filled {
            Ok(Ok(_)) => hob.session().vectors_told = None,
            Ok(Err(why)) => {
                let message = format!("Code is searched by words alone for now. {why}");
                tell_once(&hob, message).await;
            }
            // It panicked; the log says where.
            Err(_) => {}
        }
    });
}

/// Says something once, until something else is said.
async fn tell_once(hob: &Hob, message: String) {
    let news = {
        let mut session = hob.session();
        let outage = session.outage.as_deref();
        let known = outage.is_some_and(|it| events::concerns(&message, it));
        let before = session.vectors_told.replace(message.clone());
        before != Some(message.clone()) && !known
    };
    if news {
        tracing::warn!(%message, "the vectors");
        messages::show(hob, MessageType::Warning, &message).await;
    }
}

/// Shows how far it is, once something was missing.
async fn show(hob: Hob, root: PathBuf, mut progress: watch::Receiver<(usize, usize)>) {
    if progress.changed().await.is_err() {
        return;
    }
    let (first, _) = *progress.borrow();
    let started = Instant::now();
    lifecycle::show_progress(
        &hob,
        "vectors",
        &root,
        "Hob reads the code for its meaning",
        progress,
        move |&(done, of)| {
            let per_chunk =
                started.elapsed().as_secs_f64() / (done - first.min(done)).max(1) as f64;
            let left = per_chunk * (of - done.min(of)) as f64;
            // At most 100.
            let percent = (done * 100 / of.max(1)) as u32;
            (percent, format!("{done} of {of} chunks, {left:.0} s left"))
        },
    )
    .await;
}
