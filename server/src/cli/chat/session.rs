//! What a conversation is held with: the engine, the project, and how a question becomes a turn.

use super::codebase::Codebase;
use super::conversation::Exchange;
use super::markdown;
use crate::assist::chat::attachment::Attachment;
use crate::assist::chat::{Answer, Event, Turn};
use crate::assist::engine::Engine;
use crate::cli::failure::Failure;
use crate::cli::found;
use crate::config::settings::{ModelSettings, Role, Settings, Timeouts};
use crate::display;
use crate::model::{Message, Speaker};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// A project and whoever answers questions about it.
pub(super) struct Session {
    pub(super) engine: Arc<Engine>,
    pub(super) root: PathBuf,
    pub(super) codebase: Option<Codebase>,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    /// The user's words.
    pub(super) text: String,
    /// What was said before, oldest first.
    pub(super) earlier: Vec<Exchange>,
    /// What was attached by hand.
    pub(super) attached: Vec<Attachment>,
}

impl Session {
    /// Opens a project. Without `looks` nothing of the codebase is looked up.
    pub(super) fn open(settings: Settings, root: &Path, looks: bool) -> Session {
        let (engine, _events) = Engine::new(settings);
        found::introduce(&engine);
        Session {
            codebase: looks.then(|| Codebase::open(&engine, root)),
            engine,
            root: root.to_owned(),
        }
    }

    /// Finds the model before anything is drawn: the user may have to be asked about it. That there is none is told
    /// where it is asked.
    pub(super) async fn find(&self) {
        if let Err(error) = self.engine.role(Role::Chat).await {
            tracing::debug!(%error, "no model yet");
        }
    }

    /// Which model answers, and where: a sentence, as Markdown.
    ///
    /// # Errors
    /// There is none, or its server doesn't answer: what helps is said.
    pub(super) async fn who(&self) -> anyhow::Result<String> {
        let model = self.engine.role(Role::Chat).await;
        let model = model.map_err(|it| Failure::failed(it.explain()))?;
        let info = self.engine.info(&model).await;
        let info = info.map_err(|it| Failure::failed(it.explain(Role::Chat.name())))?;
        let place = model.url().trim_end_matches('/');
        let place = place.split_once("://").map_or(place, |it| it.1);
        let name = match info.model.as_str() {
            "" => "The model",
            it => &display::name(it),
        };
        let name = markdown::bold(name);
        let place = markdown::escaped(&display::line(place));
        Ok(format!("{name} answers, at {place}."))
    }

    /// Asks another model of the same server from now on.
    ///
    /// # Errors
    /// As for [`Session::who`]; then the former one stays.
    pub(super) async fn switch(&self, name: &str) -> anyhow::Result<String> {
        let former = self.engine.settings();
        let mut settings = (*former).clone();
        name_model(&mut settings, name);
        self.engine.configure(settings);
        let who = self.who().await;
        if who.is_err() {
            self.engine.configure((*former).clone());
        }
        who
    }

    /// Answers; what happens meanwhile is sent along. Dropping the future stops the model at once.
    ///
    /// # Errors
    /// There is no model, or it can't answer.
    pub(super) async fn answer(
        &self,
        question: &Question,
        events: UnboundedSender<Event>,
    ) -> anyhow::Result<Answer> {
        // Whoever listened may have gone; then nobody needs it.
        let mut listener = move |it| drop(events.send(it));
        let mut trouble = None;
        if let Some(codebase) = &self.codebase {
            trouble = codebase.ready(|it| listener(Event::Status(it))).await;
        }
        let answered = self.engine.chat(&self.turn(question), &mut listener).await;
        let mut answer = answered.map_err(|it| Failure::failed(it.explain()))?;
        answer.notices.splice(0..0, trouble);
        Ok(answer)
    }

    fn turn(&self, question: &Question) -> Turn {
        let mut messages = Vec::new();
        for it in &question.earlier {
            messages.push(Message::new(Speaker::User, it.question.clone()));
            messages.push(Message::new(Speaker::Assistant, it.answer.clone()));
        }
        messages.push(Message::new(Speaker::User, question.text.clone()));
        Turn {
            messages,
            attachments: question.attached.clone(),
            root: Some(self.root.clone()),
            here: std::env::current_dir().ok(),
            finds: self.codebase.is_some(),
            ..Turn::default()
        }
    }
}

/// Has this model answer, whatever is configured.
pub(super) fn name_model(settings: &mut Settings, name: &str) {
    let chat = settings.models.chat.get_or_insert_with(|| ModelSettings {
        timeouts: Timeouts::of_role(Role::Chat),
        ..ModelSettings::default()
    });
    chat.model = Some(name.to_owned());
}
