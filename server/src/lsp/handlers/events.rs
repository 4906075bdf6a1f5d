//! What the engine reports, brought to the user: a message once an outage, and the status.

use crate::assist::engine::Event;
use crate::assist::reason::Reason;
use crate::display;
use crate::lsp::ext::{State, Status, StatusChanged, StatusReason};
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::server::Hob;
use tokio::sync::mpsc::UnboundedReceiver;
use tower_lsp_server::gen_lsp_types::MessageType;

/// The receiving end of the engine's events.
pub(crate) type Receiver = UnboundedReceiver<Event>;

/// Handles events until the engine is gone.
pub(crate) async fn run(hob: Hob, mut events: Receiver) {
    while let Some(event) = events.recv().await {
        match event {
            Event::ModelFailed(error) => {
                let server = hob.engine.model().map(|it| it.url().to_owned());
                let server = server.unwrap_or_default();
                let message = error.explain("autocomplete");
                // One server that is down fails for several reasons, and for several roles.
                let news = {
                    let mut session = hob.session();
                    let vectors = session.vectors_told.as_deref();
                    let known = vectors.is_some_and(|it| concerns(it, &server));
                    let before = session.outage.replace(server.clone());
                    before != Some(server) && !known
                };
                tracing::warn!(code = error.code(), news, "the model can't answer");
                if news {
                    messages::show(&hob, MessageType::Warning, &message).await;
                }
                publish(&hob).await;
            }
            Event::ModelAnswered(_) => {
                let recovered = hob.session().outage.take().is_some();
                if recovered {
                    messages::show(&hob, MessageType::Info, "The model answers again.").await;
                    publish(&hob).await;
                }
            }
            Event::Uses(model, url) => {
                let line = Line::with_beginning("Hob uses ", &model, &format!(" at {url}."));
                // A name with lines in it would look like more messages.
                let model = display::name(&model);
                let message = format!(
                    "Hob uses {model} at {url}, which it found on this machine. To use another, write its `url` into the configuration."
                );
                messages::show_line(&hob, MessageType::Info, line, &message).await;
                publish(&hob).await;
            }
            Event::Learned => publish(&hob).await,
        }
    }
}

/// Whether a message is about a model server.
pub(super) fn concerns(message: &str, server: &str) -> bool {
    !server.is_empty() && message.contains(server)
}

/// A request was answered, with something or with nothing for this reason: the status shows it.
pub(crate) async fn answered(hob: &Hob, nothing: Option<&Reason>) {
    let reason = nothing.map(|it| StatusReason {
        code: it.code().to_owned(),
        message: display::text(&it.sentence()).into_owned(),
    });
    hob.session().last_reason = reason;
    publish(hob).await;
}

/// The status as it is now.
pub(crate) fn status(hob: &Hob) -> Status {
    let settings = hob.engine.settings();
    let (reason, messages) = {
        let session = hob.session();
        (
            session.last_reason.clone(),
            session.said.iter().cloned().collect(),
        )
    };
    let state = if !settings.autocomplete.enabled {
        State::Off
    } else if hob.session().outage.is_some() {
        State::Warning
    } else if hob.engine.builtin().is_learning() {
        State::Learning
    } else {
        State::Ready
    };
    let model = hob.engine.model().map_or_else(
        || "builtin".to_owned(),
        |it| {
            let info = it.known_info();
            let name = info.map_or_else(|| it.url().to_owned(), |it| it.model.clone());
            match it.is_found() {
                true => format!("{name} (found at {})", it.url()),
                false => name,
            }
        },
    );
    Status {
        state,
        model: display::name(&model).into_owned(),
        reason,
        messages,
    }
}

/// Sends the status if it changed, to clients that know what that is: others warn of what they don't know.
pub(crate) async fn publish(hob: &Hob) {
    if !hob.session().client.takes_status {
        return;
    }
    // Messages were shown already.
    let status = Status {
        messages: Vec::new(),
        ..status(hob)
    };
    let changed = hob.session().status.replace(status.clone()) != Some(status.clone());
    if changed {
        hob.client.send_notification::<StatusChanged>(status).await;
    }
}
