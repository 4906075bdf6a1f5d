//! Long work on the user's behalf: with progress that says what is going on, and a button that stops it.

use crate::assist::chat::reading;
use crate::config::settings::Role;
use crate::display;
use crate::lsp::server::Hob;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc};
use tower_lsp_server::gen_lsp_types::{
    ProgressNotification, ProgressParams, ProgressToken, WorkDoneProgressBegin,
    WorkDoneProgressCancelParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

/// Numbers the tokens.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What goes on, for the progress message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A clause.
    Doing(String),
    /// So many per cent of the prompt are read.
    Reading(u8),
}

/// Does some work of a role's model while the client shows what is going on; `None`: the user stopped it. Clients that
/// show no progress stop it by cancelling their request.
pub(crate) async fn shown<T>(
    hob: &Hob,
    title: &str,
    role: Role,
    mut said: mpsc::UnboundedReceiver<Said>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::pin!(work);
    if !hob.session().client.progress {
        return Some(work.await);
    }
    let id = format!("hob/work/{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let token = ProgressToken::String(id.clone());
    let created = tokio::select! {
        done = &mut work => return Some(done),
        created = hob.client.create_work_done_progress(token.clone()) => created,
    };
    if created.is_err() {
        return Some(work.await);
    }
    let stopped = Arc::new(Notify::new());
    hob.session().works.insert(id.clone(), stopped.clone());
    let _registered = Registered { hob, id };
    // Where it begins without a percentage clients may ignore all later ones, and where it begins with one that never
    // rises they show a bar that stands still: so only where the server is known to report.
    let percentage = hob.engine.reports_reading(role).then_some(0);
    let mut progress = Shown {
        hob,
        token,
        percentage,
    };
    progress.begin(title).await;
    let done = loop {
        tokio::select! {
            biased;
            () = stopped.notified() => break None,
            Some(it) = said.recv() => progress.say(it).await,
            done = &mut work => break Some(done),
        }
    };
    // Work may end in the very poll in which it said something: an answer that comes in one piece does.
    while done.is_some()
        && let Ok(it) = said.try_recv()
    {
        progress.say(it).await;
    }
    progress.end().await;
    done
}

/// Progress that the client shows. By hand, since the library's own is either with a percentage throughout or without.
struct Shown<'a> {
    hob: &'a Hob,
    token: ProgressToken,
    /// The highest percentage so far: the protocol wants them to rise.
    percentage: Option<u32>,
}

impl Shown<'_> {
    async fn begin(&self, title: &str) {
        let begin = WorkDoneProgressBegin {
            title: display::line(title).into_owned(),
            cancellable: Some(true),
            message: None,
            percentage: self.percentage,
        };
        self.send(serde_json::to_value(begin)).await;
    }

    async fn say(&mut self, said: Said) {
        let message = match said {
            Said::Doing(it) => it,
            Said::Reading(percent) => {
                self.percentage = self.percentage.max(Some(percent.into()));
                reading(percent)
            }
        };
        let report = WorkDoneProgressReport {
            cancellable: Some(true),
            message: Some(display::line(&message).into_owned()),
            percentage: self.percentage,
        };
        self.send(serde_json::to_value(report)).await;
    }

    async fn end(self) {
        self.send(serde_json::to_value(WorkDoneProgressEnd { message: None }))
            .await;
    }

    async fn send(&self, value: serde_json::Result<serde_json::Value>) {
        // These structures always can be JSON.
        let Ok(value) = value else { return };
        let token = self.token.clone();
        let params = ProgressParams { token, value };
        let client = &self.hob.client;
        client
            .send_notification::<ProgressNotification>(params)
            .await;
    }
}

/// Forgets a token, however the work ends.
struct Registered<'a> {
    hob: &'a Hob,
    id: String,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.hob.session().works.remove(&self.id);
    }
}

/// The user pressed the button.
pub(crate) fn cancel(hob: &Hob, params: &WorkDoneProgressCancelParams) {
    if let ProgressToken::String(id) = &params.token
        && let Some(stopped) = hob.session().works.get(id)
    {
        stopped.notify_one();
    }
}
