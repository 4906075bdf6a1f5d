//! What follows a suggestion, asked for before it is needed.

use super::Request;
use crate::assist::document::Document;
use crate::assist::engine::Engine;
use crate::assist::gate::Trigger;
use crate::assist::generation::{Generation, Phase, lock};
use crate::assist::place::Place;
use crate::assist::trim::Trimmed;
use std::sync::Arc;

/// What remains of a suggestion when what follows it is asked for, in bytes: a few seconds of typing.
const PREFETCH: usize = 48;

/// What is asked next if a suggestion is accepted.
#[derive(Debug)]
pub(crate) struct Follow {
    request: Request,
    place: Place,
    trimmed: Trimmed,
}

impl Engine {
    /// Gets ready to ask for what follows a suggestion. Once the user types along it (`along`) and little of it is
    /// left, that is asked for before it is needed, so that there is no gap; else when it is accepted.
    pub(super) fn prefetch(
        &self,
        request: &Request,
        place: &Place,
        generation: &Arc<Generation>,
        trimmed: &Trimmed,
        untrimmed: &str,
        along: bool,
    ) {
        let done = matches!(generation.progress().phase, Phase::Done(_));
        let more = untrimmed
            .strip_prefix(trimmed.text.as_str())
            .is_some_and(|it| !it.trim().is_empty());
        if !done || more || request.trigger != Trigger::Automatic {
            return;
        }
        let follow = Follow {
            request: request.clone(),
            place: place.accepted(&trimmed.text, trimmed.replace),
            trimmed: trimmed.clone(),
        };
        if along && trimmed.text.len() <= PREFETCH {
            self.follow_up(follow);
        } else {
            *lock(&self.follow) = Some(follow);
        }
    }

    /// The user accepted what was shown last in a document: ask for what follows.
    pub fn accepted(&self, document: &str) {
        let follow = lock(&self.follow).take();
        if let Some(follow) = follow.filter(|it| &*it.request.document.id == document) {
            self.follow_up(follow);
        }
    }

    pub(super) fn follow_up(&self, follow: Follow) {
        let Some(model) = self.model() else {
            return;
        };
        // Only a model that is known to answer is asked ahead of time.
        let Some(info) = model.known_info() else {
            return;
        };
        {
            let generations = lock(&self.generations);
            let document = &follow.request.document.id;
            let known = generations.leading_to(document, &follow.place);
            if generations.running(document).is_some()
                || known
                    .iter()
                    .any(|(it, typed)| it.progress().text.len() > *typed || *typed == 0)
            {
                return;
            }
        }
        let Some(engine) = self.this.upgrade() else {
            return;
        };
        let settings = self.settings();
        tokio::spawn(async move {
            let request = follow.request.after(&follow.trimmed);
            let prompt = engine
                .prompt(&request, &settings, &follow.place, &info)
                .await;
            let known = lock(&engine.generations).running(&request.document.id);
            if known.is_none() {
                engine.start(&request, &settings, &follow.place, &model, &info, prompt);
            }
        });
    }
}

impl Request {
    /// The same request after a suggestion was accepted at its place.
    fn after(&self, trimmed: &Trimmed) -> Request {
        let mut document = Document::clone(&self.document);
        let text = &mut document.text;
        let at = text.byte_to_char(self.offset);
        let end = text.byte_to_char((self.offset + trimmed.replace).min(text.len_bytes()));
        text.remove(at..end);
        text.insert(at, &trimmed.text);
        Request {
            document: Arc::new(document),
            offset: self.offset + trimmed.text.len(),
            ..self.clone()
        }
    }
}
