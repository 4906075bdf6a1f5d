//! Messages that the client shows the user: what files, models and servers put into them commands and hides nothing.

use crate::display;
use tower_lsp_server::Client;
use tower_lsp_server::gen_lsp_types::MessageType;

/// Has the client show a message.
pub(crate) async fn show(client: &Client, kind: MessageType, message: &str) {
    let message = display::text(message).into_owned();
    client.show_message(kind, message).await;
}
