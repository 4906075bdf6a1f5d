//! Model servers that Hob found by itself, in the editor: asking whether one may be used. Which one is used, the engine's
//! event says.

use crate::assist::engine::{Engine, Event, Events};
use crate::assist::found::Host;
use crate::lsp::handlers::messages::{self, Line};
use crate::model::Stranger;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;
use tower_lsp_server::Client;
use tower_lsp_server::gen_lsp_types::MessageType;

/// The answers on offer, as editors show them on buttons.
const YES: &str = "Use it";
const NO: &str = "Don't";

/// The user, by way of the editor.
struct InEditor {
    client: Client,
    events: Events,
}

/// Has the engine ask and tell in the editor.
pub(crate) fn introduce(engine: &Engine, client: &Client) {
    engine.introduce(Arc::new(InEditor {
        client: client.clone(),
        events: engine.events(),
    }));
}

impl Host for InEditor {
    fn allows(&self, stranger: Stranger) -> BoxFuture<'static, Option<bool>> {
        let client = self.client.clone();
        async move {
            let line = Line::with_name("Send code to ", &stranger.url, ", not known as yours?");
            match messages::ask(&client, line, &stranger.question(), &[YES, NO]).await {
                // Closed without a choice.
                Ok(None) => None,
                Ok(Some(chosen)) => Some(chosen == YES),
                Err(error) => {
                    tracing::info!(%error, "the client asks no questions");
                    let how = stranger.refusal("autocomplete");
                    messages::show_to(&client, MessageType::Info, &how).await;
                    None
                }
            }
        }
        .boxed()
    }

    fn uses(&self, model: &str, url: &str) {
        self.events
            .send(Event::Uses(model.to_owned(), url.to_owned()));
    }
}
