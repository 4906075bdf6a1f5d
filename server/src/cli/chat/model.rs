//! Interim.

use super::turn::{Answer, Answers, Event, Question};
use crate::cli::failure::Failure;
use crate::config::settings::Settings;
use crate::model::{ChatRequest, Http, Message, Model, PORTS, Speaker, discover_chat};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::path::Path;
use tokio::sync::mpsc::UnboundedSender;

pub(super) struct Chat {
    model: Model,
    who: String,
}

pub(super) async fn open(
    settings: &Settings,
    _name: Option<&str>,
    _root: &Path,
    _context: bool,
) -> anyhow::Result<Chat> {
    let http = Http::new();
    let model = match &settings.models.chat {
        Some(it) => Model::for_chat(&http, it)?,
        None => discover_chat(&http, &PORTS).await.into_iter().next().ok_or_else(|| {
            Failure::failed("no model to chat with was found on this machine").hint("start one, as `llama-server -m MODEL.gguf` does, or name one: [models.chat] in `hob config path`")
        })?,
    };
    let info = model.info().await?;
    Ok(Chat {
        who: format!(
            "**{}** answers, at {} ({}).",
            info.model,
            model.url(),
            info.server
        ),
        model,
    })
}

impl Chat {
    pub(super) fn who(&self) -> String {
        self.who.clone()
    }
}

impl Answers for Chat {
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        events: UnboundedSender<Event>,
    ) -> BoxFuture<'a, anyhow::Result<Answer>> {
        async move {
            let send = |it| drop(events.send(it));
            send(Event::Status("reading the codebase".to_owned()));
            let mut messages = Vec::new();
            for exchange in &question.earlier {
                messages.push(Message {
                    speaker: Speaker::User,
                    text: exchange.question.clone(),
                });
                messages.push(Message {
                    speaker: Speaker::Assistant,
                    text: exchange.answer.clone(),
                });
            }
            messages.push(Message {
                speaker: Speaker::User,
                text: format!(
                    "{}{}",
                    question.text,
                    question.piped.clone().unwrap_or_default()
                ),
            });
            let request = ChatRequest {
                messages,
                max_tokens: 2048,
                temperature: None,
            };
            send(Event::Status("waiting for the model".to_owned()));
            let mut stream = self.model.chat(&request).await?;
            let mut answer = Answer {
                model: stream.model().to_owned(),
                ..Answer::default()
            };
            while let Some(delta) = stream.next().await? {
                match delta {
                    crate::model::Delta::Text(it) => {
                        answer.text.push_str(&it);
                        send(Event::Text(it));
                    }
                    crate::model::Delta::Thought(it) => {
                        answer.thought.push_str(&it);
                        send(Event::Thought(it));
                    }
                }
            }
            Ok(answer)
        }
        .boxed()
    }
}
