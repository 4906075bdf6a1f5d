//! The index behind one completion on the command line: as fresh as it gets in a moment.

use super::Request;
use crate::assist::engine::Engine;
use crate::config::files;
use hob_index::error::Error;
use hob_index::store::Index;
use hob_index::update::Control;
use hob_index::walk::Patterns;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How long an index may be brought up to date for one completion.
const UPDATE_TIME: Duration = Duration::from_millis(1500);

/// Opens the project's index for the engine and brings it up to date, as far as that is done in a moment. What the user
/// should know: why there is none, or that it is behind.
pub(super) fn open(engine: &Engine, request: &Request) -> Option<String> {
    let settings = &request.config.settings.index;
    if !settings.enabled {
        return None;
    }
    let cache = files::cache_folder(&files::Environment::of_process())?;
    let index = match Index::open(&request.root, &cache) {
        Ok((index, _)) => index,
        Err(error) => return Some(error.to_string()),
    };
    engine.indexes().open(request.root.clone(), index.clone());
    let patterns = Patterns {
        include: settings.include.clone(),
        exclude: settings.exclude.clone(),
    };
    match updated(index, patterns) {
        // An editor's server keeps it up to date.
        Ok(()) | Err(Error::Busy(_)) => None,
        Err(Error::Stopped) => Some(
            "the index is not up to date yet, so the completion knows less of the codebase than it could; `hob index` builds it"
                .to_owned(),
        ),
        Err(error) => Some(error.to_string()),
    }
}

fn updated(index: Index, patterns: Patterns) -> Result<(), Error> {
    let control = Arc::new(Control::default());
    let (done, finished) = mpsc::channel();
    let working = control.clone();
    let worker = std::thread::spawn(move || {
        let updated = index.update(&patterns, &working, |_| {});
        // Nobody waits any more: nothing to be done about it.
        let _ = done.send(());
        updated.map(drop)
    });
    if finished.recv_timeout(UPDATE_TIME).is_err() {
        control.stop.store(true, Ordering::Relaxed);
    }
    worker.join().unwrap_or(Err(Error::Stopped))
}
