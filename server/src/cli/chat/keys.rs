//! The keys that are pressed while an answer comes: Ctrl-C stops it; what is typed ahead waits for the next prompt.

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long the end of watching may take at most.
const SLICE: Duration = Duration::from_millis(20);

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Key {
    /// End the answer.
    Stop,
    /// Show what the model thinks.
    Thoughts,
    /// Enter.
    Enter,
    /// Backspace.
    Back,
    /// Typed ahead.
    Text(String),
}

/// The keyboard, watched until this is dropped. The terminal shows none of the keys meanwhile.
pub(in crate::cli) struct Keys {
    pressed: UnboundedReceiver<Key>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// Begins to watch.
    ///
    /// # Errors
    /// Standard input is no terminal, or there is no thread.
    pub(in crate::cli) fn watch() -> std::io::Result<Keys> {
        terminal::enable_raw_mode()?;
        let (sender, pressed) = unbounded_channel();
        let over = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new().name("keys".to_owned()).spawn({
            let over = over.clone();
            move || watch(&over, &sender)
        });
        match thread {
            Ok(thread) => Ok(Keys {
                pressed,
                over,
                thread: Some(thread),
            }),
            Err(error) => {
                let _ = terminal::disable_raw_mode();
                Err(error)
            }
        }
    }

    /// Throws away what was typed before anything was asked: it answers no question.
    pub(in crate::cli) fn discard_typed_ahead() {
        if terminal::enable_raw_mode().is_err() {
            return;
        }
        while matches!(event::poll(Duration::ZERO), Ok(true)) && event::read().is_ok() {}
        let _ = terminal::disable_raw_mode();
    }

    /// The next key; `None`: the keyboard is gone.
    pub(in crate::cli) async fn next_or_none(&mut self) -> Option<Key> {
        self.pressed.recv().await
    }

    /// The next key. Never ends.
    pub(super) async fn next(&mut self) -> Key {
        match self.pressed.recv().await {
            Some(it) => it,
            // The keyboard is gone; the answer may still come.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It notices within a slice; the prompt that follows reads the keyboard itself.
            let _ = thread.join();
        }
        let _ = terminal::disable_raw_mode();
    }
}

fn watch(over: &AtomicBool, sender: &UnboundedSender<Key>) {
    loop {
        let read = match event::poll(SLICE) {
            Ok(true) => event::read(),
            // What was pressed before the end is still read.
            Ok(false) if over.load(Ordering::Relaxed) => return,
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let Ok(event) = read else {
            return;
        };
        if let Some(key) = meaning(event)
            && sender.send(key).is_err()
        {
            return;
        }
    }
}

fn meaning(event: Event) -> Option<Key> {
    let (code, modifiers) = match event {
        Event::Key(KeyEvent {
            code,
            modifiers,
            kind: KeyEventKind::Press | KeyEventKind::Repeat,
            ..
        }) => (code, modifiers),
        Event::Paste(text) => return Some(Key::Text(text)),
        _ => return None,
    };
    match (code, modifiers) {
        (KeyCode::Char('c'), KeyModifiers::CONTROL) | (KeyCode::Esc, _) => Some(Key::Stop),
        (KeyCode::Char('t'), KeyModifiers::CONTROL) => Some(Key::Thoughts),
        (KeyCode::Enter, _) => Some(Key::Enter),
        (KeyCode::Backspace, _) => Some(Key::Back),
        (KeyCode::Char(it), KeyModifiers::NONE | KeyModifiers::SHIFT) => {
            Some(Key::Text(it.to_string()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_they_say() {
        let key = |code, modifiers| meaning(Event::Key(KeyEvent::new(code, modifiers)));
        let stop = Some(Key::Stop);
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), stop);
        assert_eq!(key(KeyCode::Esc, KeyModifiers::NONE), stop);
        let typed = Some(Key::Text("É".to_owned()));
        assert_eq!(key(KeyCode::Char('É'), KeyModifiers::SHIFT), typed);
        assert_eq!(key(KeyCode::Up, KeyModifiers::NONE), None);
    }
}
