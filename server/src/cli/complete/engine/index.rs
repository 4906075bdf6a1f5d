//! The index behind one completion on the command line: as fresh as it gets in a moment.

use super::Request;
use crate::assist::engine::Engine;
use crate::assist::indexes::Wanted;
use crate::config::files;
use hob_index::error::Error;
use hob_index::update::Report;
use hob_index::walk::Patterns;
use std::sync::mpsc;
use std::time::Duration;

/// How long an index may be brought up to date for one completion.
const UPDATE_TIME: Duration = Duration::from_millis(1500);

/// Opens the project's index for the engine and brings it up to date, as far as that is done in a moment. What the user
/// should know: why there is none, or that it is behind.
pub(super) fn open(engine: &Engine, request: &Request) -> Option<String> {
    let settings = &request.config.settings.index;
    if !settings.enabled || !request.is_whole {
        return None;
    }
    let cache = files::cache_folder(&files::Environment::of_process())?;
    let (indexes, root) = (engine.indexes(), &request.root);
    indexes.starts(root);
    if let Err(error) = indexes.open(root, &cache) {
        return Some(error.to_string());
    }
    let patterns = Patterns {
        include: settings.include.clone(),
        exclude: settings.exclude.clone(),
    };
    indexes.set_patterns(root, patterns);
    match updated(engine, request) {
        // While it is busy, an editor's server keeps it up to date.
        Ok(_) | Err(Error::Busy(_)) => None,
        Err(Error::Stopped) => Some(
            "the index is not up to date yet, so the completion knows less of the codebase than it could; `hob index` builds it"
                .to_owned(),
        ),
        Err(error) => Some(error.to_string()),
    }
}

fn updated(engine: &Engine, request: &Request) -> Result<Report, Error> {
    let (indexes, root) = (engine.indexes().clone(), request.root.clone());
    indexes.want(&root, Wanted::All);
    let (done, finished) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        let updated = indexes.work(&root, |_| {});
        // If nobody waits any more, nobody wants to know.
        let _ = done.send(());
        updated
    });
    if finished.recv_timeout(UPDATE_TIME).is_err() {
        engine.indexes().stop();
    }
    worker.join().unwrap_or(Err(Error::Stopped))
}
