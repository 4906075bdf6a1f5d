//! One question and its answer, shown as it comes: in a conversation, once, or into a pipe.

use super::ahead::Ahead;
use super::keys::{Key, Keys};
use super::session::{Question, Session};
use super::view::View;
use crate::assist::chat::{self, Answer, Event};
use futures::future::BoxFuture;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

/// The spinner turns this often.
const TURN: Duration = Duration::from_millis(120);

/// How an answer ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The model had said all.
    Whole(Answer),
    /// The user stopped it: what came until then.
    Stopped(Answer),
}

/// What stops an answer.
pub(super) enum Stopper<'a> {
    /// The keyboard; what is typed ahead is kept.
    Keys(&'a mut Keys, &'a mut Ahead),
    /// The system's signal for Ctrl-C. One future for all the time: a signal between two would be lost.
    Signal(BoxFuture<'a, ()>),
}

impl Stopper<'_> {
    /// Stopped by Ctrl-C where the keyboard isn't watched. Within the runtime.
    pub(super) fn signal() -> Stopper<'static> {
        Stopper::Signal(Box::pin(async {
            if tokio::signal::ctrl_c().await.is_err() {
                // Then the system ends the process by itself.
                std::future::pending().await
            }
        }))
    }

    async fn next(&mut self) -> Key {
        match self {
            Stopper::Keys(keys, _) => keys.next().await,
            Stopper::Signal(signal) => {
                signal.await;
                Key::Stop
            }
        }
    }
}

/// Asks, and shows what comes.
///
/// # Errors
/// There is no answer, or standard output doesn't take it. What came before has been shown.
pub(super) async fn exchange(
    session: &Session,
    question: &Question,
    mut view: View<'_>,
    mut stopper: Stopper<'_>,
) -> anyhow::Result<Ended> {
    let (sender, mut events) = unbounded_channel();
    let mut answered = Box::pin(session.answer(question, sender));
    let mut ticker = tokio::time::interval(TURN);
    let mut so_far = Answer::default();
    let result = loop {
        tokio::select! {
            biased;
            key = stopper.next() => match (key, &mut stopper) {
                (Key::Stop, _) => break None,
                (Key::Thoughts, _) => view.show_thoughts(&so_far.thought)?,
                (Key::Text(text), Stopper::Keys(_, ahead)) => ahead.text(&text),
                (Key::Enter, Stopper::Keys(_, ahead)) => ahead.enter(),
                (Key::Back, Stopper::Keys(_, ahead)) => ahead.back(),
                (_, Stopper::Signal(_)) => {}
            },
            Some(event) = events.recv() => take(event, &mut so_far, &mut view)?,
            result = &mut answered => break Some(result),
            _ = ticker.tick() => view.tick(),
        }
    };
    // Its connection closes before anything more is shown.
    drop(answered);
    while let Ok(event) = events.try_recv() {
        if result.is_some() {
            take(event, &mut so_far, &mut view)?;
        }
    }
    view.finish()?;
    match result {
        None => Ok(Ended::Stopped(so_far)),
        Some(Ok(answer)) => Ok(Ended::Whole(answer)),
        Some(Err(error)) => Err(error),
    }
}

fn take(event: Event, so_far: &mut Answer, view: &mut View<'_>) -> anyhow::Result<()> {
    match event {
        Event::Status(text) => view.status(text),
        Event::Reading(percent) => view.status(chat::reading(percent)),
        Event::Sources(sources) => so_far.sources = sources,
        Event::Thought(piece) => {
            so_far.thought.push_str(&piece);
            view.think(&piece)?;
        }
        Event::WereThoughts => {
            so_far.thought.push_str(&std::mem::take(&mut so_far.text));
            view.were_thoughts()?;
        }
        Event::Text(piece) => {
            so_far.text.push_str(&piece);
            view.text(&piece)?;
        }
    }
    Ok(())
}
