//! The indexes of the open folders in the server: opened and updated in the background, with progress and one message
//! when something is wrong.

use crate::assist::indexes::Wanted;
use crate::config::{files, load_for};
use crate::lsp::handlers::{lifecycle, messages, vectors};
use crate::lsp::server::Hob;
use hob_index::error::Error;
use hob_index::update::Progress;
use hob_index::walk::Patterns;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tower_lsp_server::gen_lsp_types::MessageType;

/// How long file events are gathered before the disk is looked at.
const SETTLE: Duration = Duration::from_millis(200);
/// How often an index that another process writes is asked for, and whether somebody still types.
const LOOK: Duration = Duration::from_secs(2);
/// How often everything is compared with the disk, in case that events were lost: each so many looks.
const EVERYTHING: u32 = 150;

/// Opens and updates the index of a project in the background, unless that was done already.
pub(crate) fn open(hob: &Hob, root: PathBuf) {
    if hob.engine.settings().index.enabled && hob.engine.indexes().starts(&root) {
        try_to_open(hob, root);
    }
}

fn try_to_open(hob: &Hob, root: PathBuf) {
    let Some(cache) = files::cache_folder(&files::Environment::of_process()) else {
        return;
    };
    let (hob, indexes) = (hob.clone(), hob.engine.indexes().clone());
    tokio::spawn(async move {
        let (opening, place) = (indexes.clone(), root.clone());
        let opened = tokio::task::spawn_blocking(move || opening.open(&place, &cache)).await;
        match opened {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(notice))) => messages::show(&hob, MessageType::Info, &notice).await,
            Ok(Err(error)) => return tell(&hob, &root, &error).await,
            // It panicked; the log says where.
            Err(_) => return,
        }
        apply_settings(&hob, &root);
        if !hob.session().client.watch {
            let (runtime, watching) = (tokio::runtime::Handle::current(), hob.clone());
            let place = root.clone();
            indexes.watch(&root, move |wanted| {
                let (hob, root) = (watching.clone(), place.clone());
                runtime.spawn(async move { want(&hob, &root, wanted) });
            });
        }
        want(&hob, &root, Wanted::All);
    });
}

/// Puts in force what the settings want in the indexes, and out of them.
pub(crate) fn settings_changed(hob: &Hob) {
    let enabled = hob.engine.settings().index.enabled;
    if !enabled {
        return hob.engine.indexes().clear();
    }
    for root in hob.engine.indexes().roots() {
        if apply_settings(hob, &root) {
            want(hob, &root, Wanted::All);
        }
        vectors::fill(hob, &root);
    }
    let folders = hob.session().folders.clone();
    for folder in folders {
        open(hob, folder);
    }
}

/// Whether the settings want something else than before.
fn apply_settings(hob: &Hob, root: &Path) -> bool {
    // Each root has its own settings file, whatever the first folder's says.
    let editor = hob.session().editor_settings.clone();
    let settings = load_for(Some(root), editor).settings.index;
    let patterns = Patterns {
        include: settings.include,
        exclude: settings.exclude,
    };
    hob.engine.indexes().set_patterns(root, patterns)
}

/// Something may have changed on disk.
pub(crate) fn changed_on_disk(hob: &Hob, paths: &[PathBuf]) {
    for root in hob.engine.indexes().roots() {
        let below = paths.iter().filter(|it| it.starts_with(&root));
        let below: std::collections::BTreeSet<PathBuf> = below.cloned().collect();
        if !below.is_empty() {
            want(hob, &root, Wanted::Paths(below));
        }
    }
}

/// Compares all indexes with the disk.
pub(crate) fn update_all(hob: &Hob) {
    for root in hob.engine.indexes().roots() {
        want(hob, &root, Wanted::All);
    }
}

fn want(hob: &Hob, root: &Path, wanted: Wanted) {
    let settles = matches!(wanted, Wanted::Paths(_));
    if !hob.engine.indexes().want(root, wanted) {
        return;
    }
    let (hob, root) = (hob.clone(), root.to_owned());
    tokio::spawn(async move {
        if settles {
            tokio::time::sleep(SETTLE).await;
        }
        let (sender, progress) = watch::channel(Progress::default());
        let shown = tokio::spawn(show(hob.clone(), root.clone(), progress));
        let (indexes, place) = (hob.engine.indexes().clone(), root.clone());
        let work = move || {
            indexes.work(&place, |it| {
                sender.send_replace(it);
            })
        };
        let worked = tokio::task::spawn_blocking(work).await;
        // Its channel is closed with the end of the work.
        let _ = shown.await;
        match worked {
            Ok(Ok(report)) => {
                tracing::debug!(files = report.files, chunks = report.chunks, "indexed");
                if hob.engine.indexes().is_well(&root) {
                    hob.session().index_trouble.remove(&root);
                }
                vectors::fill(&hob, &root);
                if let Some(notice) = report.notice {
                    messages::show(&hob, MessageType::Info, &notice).await;
                }
            }
            Ok(Err(error)) => tell(&hob, &root, &error).await,
            Err(_) => {}
        }
    });
}

/// Shows how far an update is, as counts and an estimate.
async fn show(hob: Hob, root: PathBuf, progress: watch::Receiver<Progress>) {
    let started = Instant::now();
    lifecycle::show_progress(
        &hob,
        "index",
        &root,
        "Hob indexes the codebase",
        progress,
        move |it| {
            let done = it.bytes as f64 / it.of_bytes.max(1) as f64;
            let mut message = format!("{} of {} files", it.files, it.of_files);
            // Before, it would say anything.
            if done > 0.02 {
                let left = started.elapsed().as_secs_f64() * (1.0 - done) / done;
                message += &format!(", {left:.0} s left");
            }
            // A share of 1 at most.
            ((done * 100.0) as u32, message)
        },
    )
    .await;
}

/// Each kind of trouble is told of once, until all is well again.
async fn tell(hob: &Hob, root: &Path, error: &Error) {
    let message = match error {
        // It is kept up to date by whoever writes it; and the end is the end.
        Error::Busy(_) | Error::Stopped => return,
        Error::Folder { .. } => format!(
            "Hob works without an index: {error}. Make the folder writable, or set XDG_CACHE_HOME to one that is."
        ),
        Error::Write { .. } => format!("{error}. Is the disk full? The index is as it was before."),
        Error::Damaged { .. } => format!("Hob works without an index: {error}."),
    };
    let kind = std::mem::discriminant(error);
    let news = {
        let told = &mut hob.session().index_trouble;
        let news = !told.values().any(|it| *it == kind);
        told.insert(root.to_owned(), kind);
        news
    };
    if news {
        tracing::warn!(%message, "the index");
        messages::show(hob, MessageType::Warning, &message).await;
    }
}

/// Takes over the indexes whose writer has left, tries again what failed, and compares everything with the disk now and
/// then.
pub(crate) async fn look(hob: Hob) {
    for n in 1u32.. {
        tokio::time::sleep(LOOK).await;
        hob.engine.indexes().rest(hob.engine.is_generating());
        for root in hob.engine.indexes().due() {
            match hob.engine.indexes().get(&root) {
                Some(_) => want(&hob, &root, Wanted::All),
                None => try_to_open(&hob, root),
            }
        }
        for root in hob.engine.indexes().roots() {
            let index = hob.engine.indexes().get(&root);
            let orphaned = index.is_some_and(|it| !it.is_writer() && !it.has_other_writer());
            if orphaned || n.is_multiple_of(EVERYTHING) {
                want(&hob, &root, Wanted::All);
            }
        }
    }
}
