//! Where `builtin` comes in: as the only source, where it is nearly certain, and where the model fails.

use super::{Request, explained};
use crate::assist::answer::{Answer, Clock, Item, Source};
use crate::assist::builtin::{self, Guess};
use crate::assist::engine::{Engine, Event};
use crate::assist::gate::Trigger;
use crate::assist::reason::Reason;
use crate::config::settings::Settings;
use crate::model;
use std::sync::Arc;
use std::time::Duration;

/// How long the model has the word to itself before `builtin` may answer in its place where it is nearly certain.
const HEAD_START: Duration = Duration::from_millis(25);

/// How many completions are offered when the user asks by hand.
const OFFERED: usize = 3;

impl Engine {
    /// Adds what `builtin` would write to the model's answer, where the user asked by hand.
    pub(super) async fn with_alternatives(&self, mut answer: Answer, request: &Request) -> Answer {
        let by_model = matches!(answer.source, Some(Source::Model(_)));
        if request.trigger != Trigger::Invoked || !by_model {
            return answer;
        }
        for guess in self.guess(request).await {
            let new = answer.items.iter().all(|it| it.text != guess.text);
            if new && builtin::is_likely(&guess) && answer.items.len() < OFFERED {
                answer.items.push(Item {
                    text: guess.text,
                    replace: 0,
                });
            }
        }
        answer
    }

    /// `builtin`'s guesses once they are wanted and near certain; never returns where they are not.
    pub(super) async fn certain(&self, request: &Request, settings: &Settings) -> Vec<Guess> {
        if settings.autocomplete.instant && request.trigger == Trigger::Automatic && !request.whole
        {
            tokio::time::sleep(HEAD_START).await;
            let guesses = self.guess(request).await;
            if guesses.first().is_some_and(builtin::is_certain) {
                return guesses;
            }
        }
        std::future::pending().await
    }

    /// The model can't answer: whoever stands behind it does, and the user is told once.
    pub(super) async fn failed(
        &self,
        error: &Arc<model::Error>,
        request: &Request,
        clock: Clock,
    ) -> Answer {
        self.events.send(Event::ModelFailed(error.clone()));
        self.model_failed(error);
        let reason = explained(error);
        if self.falls_back() {
            let guesses = self.guess(request).await;
            return self.guessed(guesses, request, reason, clock);
        }
        Answer::nothing(reason, clock)
    }

    pub(super) async fn guess(&self, request: &Request) -> Vec<Guess> {
        self.builtin.guess(request.clone()).await
    }

    /// `builtin`'s answer: only what is likely enough, unless the user asked by hand.
    pub(super) fn guessed(
        &self,
        guesses: Vec<Guess>,
        request: &Request,
        reason: Reason,
        clock: Clock,
    ) -> Answer {
        let invoked = request.trigger == Trigger::Invoked;
        let shown: Vec<&Guess> = guesses
            .iter()
            .filter(|it| invoked || builtin::is_likely(it))
            .collect();
        let Some(best) = shown.first() else {
            let learning = reason == Reason::Unsure && self.builtin.is_learning();
            let reason = if learning { Reason::Learning } else { reason };
            return Answer {
                unsure: guesses.into_iter().next(),
                ..Answer::nothing(reason, clock)
            };
        };
        let source = Source::Builtin(best.confidence);
        let failed = (reason != Reason::Unsure).then_some(reason);
        let items = shown.iter().take(if invoked { OFFERED } else { 1 });
        Answer {
            items: items
                .map(|it| Item {
                    text: it.text.clone(),
                    replace: 0,
                })
                .collect(),
            source: Some(source),
            reason: failed,
            unsure: None,
            clock,
        }
    }
}
