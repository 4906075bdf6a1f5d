//! Model servers that Hob found by itself, at the terminal: asking whether one may be used, and naming the one that is.

use crate::assist::engine::Engine;
use crate::assist::found::Host;
use crate::cli::chat::keys::Keys;
use crate::cli::terminal::text::Text;
use crate::cli::terminal::{ColorWhen, Terminal};
use crate::model::Stranger;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io::IsTerminal;
use std::sync::Arc;

/// The user at the terminal that the process was started from, if there is one.
struct AtTerminal;

/// Has the engine ask and tell on this process's terminal.
pub(super) fn introduce(engine: &Engine) {
    engine.introduce(Arc::new(AtTerminal));
}

impl Host for AtTerminal {
    fn allows(&self, stranger: Stranger) -> BoxFuture<'static, Option<bool>> {
        async move {
            let mut terminal = Terminal::new(ColorWhen::Auto);
            if !std::io::stdin().is_terminal() || !terminal.shows_errors() {
                return None;
            }
            let asked = tokio::task::spawn_blocking(move || ask(&stranger, &mut terminal));
            asked.await.ok()?
        }
        .boxed()
    }

    fn uses(&self, model: &str, url: &str) {
        let said = format!("using {model} at {url} (found)");
        Terminal::new(ColorWhen::Auto).say(Text::line(&said));
    }
}

/// No, unless the answer says yes. An input that ends is no answer.
fn ask(stranger: &Stranger, terminal: &mut Terminal) -> Option<bool> {
    Keys::discard_typed_ahead();
    terminal.ask(Text::line(&format!("{} [y/N] ", stranger.question())));
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).ok()?;
    let answer = line.trim().to_lowercase();
    (read > 0).then_some(answer == "y" || answer == "yes")
}
