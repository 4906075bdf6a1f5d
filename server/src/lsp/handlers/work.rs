//! Long work on the user's behalf: with progress that says what is going on, and a button that stops it.

use crate::display;
use crate::lsp::server::Hob;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc};
use tower_lsp_server::gen_lsp_types::{ProgressToken, WorkDoneProgressCancelParams};

/// Numbers the tokens.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Does some work while the client shows what is going on; `None`: the user stopped it. Clients that show no progress
/// stop it by cancelling their request.
pub(crate) async fn shown<T>(
    hob: &Hob,
    title: &str,
    mut status: mpsc::UnboundedReceiver<String>,
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
    let progress = hob
        .client
        .progress(token, display::line(title))
        .with_cancel_button();
    let progress = progress.begin().await;
    let done = loop {
        tokio::select! {
            biased;
            () = stopped.notified() => break None,
            Some(it) = status.recv() => {
                let it = display::line(&it).into_owned();
                progress.report_with_message(it, Some(true)).await;
            },
            done = &mut work => break Some(done),
        }
    };
    progress.finish().await;
    done
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
