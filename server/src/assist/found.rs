//! Servers that nobody configured: which of those found may be used, who is asked about the others, and saying so.

use crate::assist::generation::lock;
use crate::model::{Info, Model, Standing, Stranger};
use futures::future::BoxFuture;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a question of the user's waits for the answer to ours. The answer still counts when it comes later.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whoever can talk to the user about servers that Hob found.
pub trait Host: Send + Sync {
    /// Asks whether a server may be used that isn't known to be the user's own. `None`: nobody can be asked, or nobody
    /// answered.
    fn allows(&self, stranger: Stranger) -> BoxFuture<'static, Option<bool>>;

    /// Says that a found server is used from now on: the model's name, which may be empty, and the address.
    fn uses(&self, model: &str, url: &str);
}

/// A server that was found and may not be used.
#[derive(Clone, Debug)]
pub struct Barred {
    /// Which.
    pub stranger: Stranger,
    /// Whether the user had said so before: then it is no news.
    pub known: bool,
}

impl Barred {
    /// The server of a model, by what is known now; `None`: it is not barred.
    fn of(model: &Model) -> Option<Barred> {
        let (stranger, known) = match model.standing() {
            Standing::Undecided(it) => (it, false),
            Standing::Refused(it) => (it, true),
            Standing::Good | Standing::Unknown => return None,
        };
        Some(Barred { stranger, known })
    }
}

/// Lets found servers in.
#[derive(Default)]
pub(crate) struct Door {
    host: Mutex<Option<Arc<dyn Host>>>,
    /// One question at a time.
    asking: Arc<tokio::sync::Mutex<()>>,
    /// What has been said to be used: addresses and models.
    said: Mutex<HashSet<(String, String)>>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// From now on this is whom to ask and tell.
    pub(crate) fn set_host(&self, host: Arc<dyn Host>) {
        *lock(&self.host) = Some(host);
    }

    /// The first of these models, best first, that may be used without a question; else the first that the user lets in.
    ///
    /// # Errors
    /// None may; the first of those that answered, if there are any, and rather one that nobody has judged before.
    pub(crate) async fn admitted(&self, found: &[Model]) -> Result<Model, Option<Barred>> {
        if let Some(model) = good(found) {
            return Ok(self.used(model));
        }
        let mut first: Option<Barred> = None;
        for model in found {
            let Some(barred) = Barred::of(model) else {
                continue;
            };
            let stranger = barred.stranger.clone();
            if first.as_ref().is_none_or(|it| it.known && !barred.known) {
                first = Some(barred);
            }
            if self.allows(model, stranger).await {
                return Ok(self.used(model));
            }
        }
        Err(first)
    }

    /// The first that may be used without a question.
    pub(crate) fn good(&self, found: &[Model]) -> Option<Model> {
        good(found).map(|it| self.used(it))
    }

    /// As [`Door::admitted`], for somebody who waits: no longer than some minutes.
    pub(crate) async fn admitted_soon(&self, found: &[Model]) -> Result<Model, Option<Barred>> {
        match tokio::time::timeout(PATIENCE, self.admitted(found)).await {
            Ok(it) => it,
            Err(_) => Err(found.iter().find_map(Barred::of)),
        }
    }

    /// Asks, unless somebody has answered.
    async fn allows(&self, model: &Model, stranger: Stranger) -> bool {
        let asking = self.asking.clone().lock_owned().await;
        // Whoever asked meanwhile has the answer.
        match model.standing() {
            Standing::Good => return true,
            Standing::Undecided(_) => {}
            Standing::Refused(_) | Standing::Unknown => return false,
        }
        let host = lock(&self.host).clone();
        let Some(host) = host else {
            return false;
        };
        let trust = model.trust().clone();
        // In a task of its own: the answer counts though nobody waits for it any more.
        let asked = tokio::spawn(async move {
            let _asking = asking;
            let answer = host.allows(stranger.clone()).await;
            match answer {
                Some(allowed) => trust.remember(&stranger, allowed),
                // Not to be asked again at every turn.
                None => trust.remember_here(&stranger, false),
            }
            answer == Some(true)
        });
        asked.await.unwrap_or(false)
    }

    /// Says once that a model is used.
    fn used(&self, model: &Model) -> Model {
        let name = model.known_info().map_or_else(String::new, |it| name(&it));
        let url = model.url().to_owned();
        if model.is_found()
            && model.known_info().is_some()
            && lock(&self.said).insert((url.clone(), name.clone()))
        {
            let host = lock(&self.host).clone();
            if let Some(host) = host {
                host.uses(&name, &url);
            }
        }
        model.clone()
    }
}

fn good(found: &[Model]) -> Option<&Model> {
    found.iter().find(|it| it.standing() == Standing::Good)
}

fn name(info: &Info) -> String {
    match info.model.as_str() {
        "" => info.server.clone(),
        it => it.to_owned(),
    }
}
