//! Whose turn it is at a server that works on few conversations at once.
//!
//! llama.cpp takes any number of requests and lets them wait without a word. Waiting here instead, a request can be told
//! of and stopped, and its time limits begin when the server does.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Dialect, Info};

/// The conversations of one server.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// How many may run, and their permits; another number is a server that was started anew.
    slots: Mutex<Option<(u32, Arc<Semaphore>)>>,
    /// One reference more than there are turns, those that wait included.
    taken: Arc<()>,
}

/// A turn, for as long as it is held.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
    _taken: Arc<()>,
}

impl Turns {
    /// Waits for a turn. Only llama.cpp says how many conversations it works on at once; at other servers nobody waits.
    pub(super) async fn take(&self, info: &Info) -> Turn {
        let taken = self.taken.clone();
        let permit = match info.dialect {
            // It is never closed.
            Dialect::LlamaCpp => self.semaphore(info.slots).acquire_owned().await.ok(),
            Dialect::OpenAi => None,
        };
        Turn {
            _permit: permit,
            _taken: taken,
        }
    }

    /// Whether as many conversations run or wait as the server works on at once.
    pub(super) fn are_taken(&self, info: &Info) -> bool {
        Arc::strong_count(&self.taken) > info.slots as usize
    }

    fn semaphore(&self, slots: u32) -> Arc<Semaphore> {
        let mut known = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((n, semaphore)) if *n == slots => semaphore.clone(),
            _ => {
                let semaphore = Arc::new(Semaphore::new(slots.max(1) as usize));
                *known = Some((slots, semaphore.clone()));
                semaphore
            }
        }
    }
}
