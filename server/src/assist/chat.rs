//! Chat: one turn of a conversation, grounded in the codebase.
//!
//! A turn knows nothing of earlier ones but what its messages say: the conversation belongs to whoever asks.

pub mod attachment;
pub mod budget;
pub mod context;
pub mod history;
#[cfg(test)]
mod injection;
pub mod map;
pub mod prompt;
pub mod rules;
#[cfg(test)]
mod tests;

use crate::assist::commands::{Command, Commands};
use crate::assist::document::Document;
use crate::assist::engine::Engine;
use crate::assist::roles::Missing;
use crate::config::settings::Role;
use crate::model::{self, ChatRequest, ChatStream, Delta, Info, Message, Model, Speaker, Usage};
use attachment::Attachment;
use budget::Budget;
use context::{Gathered, Project, Question};
use std::path::PathBuf;
use std::sync::Arc;

pub use context::Source;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// What was said so far, by the user and the model in turn; the last is the user's question.
    pub messages: Vec<Message>,
    /// What is attached to the question, beside what it names with `@`.
    pub attachments: Vec<Attachment>,
    /// What the editor's tools complain about: attached where the question names `@problems`.
    pub problems: Vec<attachment::Problem>,
    /// The project's root, absolute.
    pub root: Option<PathBuf>,
    /// The folder that the user is in, absolute: files that are named count from there first, then from the root.
    pub here: Option<PathBuf>,
    /// The open documents, the most recently changed first.
    pub documents: Vec<Arc<Document>>,
    /// Where the user is: a file, relative to the root or absolute, and a line, from 1.
    pub current: Option<(String, usize)>,
    /// Whether pieces of the codebase are looked for beside what is attached.
    pub finds: bool,
}

/// What happens while an answer is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What is going on, a clause.
    Status(String),
    /// What the model is shown of the codebase.
    Sources(Vec<Source>),
    /// A piece of what a reasoning model thinks.
    Thought(String),
    /// A piece of the answer, as Markdown.
    Text(String),
    /// All pieces of the answer so far were thoughts.
    WereThoughts,
    /// So many per cent of the prompt are read, where the server says so.
    Reading(u8),
}

/// What is going on while the model reads its prompt, a clause.
pub fn reading(percent: u8) -> String {
    format!("reading the prompt, {percent} %")
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The answer, as Markdown.
    pub text: String,
    /// What a reasoning model thought before it.
    pub thought: String,
    /// What the model was shown of the codebase.
    pub sources: Vec<Source>,
    /// The model that answered.
    pub model: String,
    /// What the user should know: sentences.
    pub notices: Vec<String>,
    /// What the server reports.
    pub usage: Usage,
}

/// What is sent for a turn.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The whole conversation, the codebase in it.
    pub(crate) messages: Vec<Message>,
    /// What it holds of the codebase.
    pub(crate) sources: Vec<Source>,
    /// What the user should know: sentences.
    pub(crate) notices: Vec<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nothing is asked.
    #[error("the last message is to be the user's question, and not empty")]
    NoQuestion,
    /// There is no model to ask.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The model of this role can't answer.
    #[error("{1}")]
    Model(Role, model::Error),
}

impl Error {
    /// What happened and what helps, in one or two sentences.
    pub fn explain(&self) -> String {
        match self {
            Error::NoQuestion => {
                "There is nothing to answer: the last message is to be your question.".to_owned()
            }
            Error::Missing(it) => it.explain(),
            Error::Model(role, error) => error.explain(role.name()),
        }
    }

    /// A stable word for logs and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NoQuestion => "no-question",
            Error::Missing(_) => "no-model",
            Error::Model(_, error) => error.code(),
        }
    }
}

/// Takes what happens.
pub type Listener<'a> = &'a mut (dyn FnMut(Event) + Send);
/// Whether an answer needs no more than this text.
pub(crate) type Enough<'a> = &'a mut (dyn FnMut(&str) -> bool + Send);

impl Engine {
    /// Answers the last message of a turn. Dropping the future stops the model at once.
    ///
    /// Where the configuration names others that answer while this model can't (`fallback`), they are asked in turn, as
    /// long as nothing was heard.
    ///
    /// # Errors
    /// There is no model, or it can't answer; what was heard before stays good.
    pub async fn chat(&self, turn: &Turn, listener: Listener<'_>) -> Result<Answer, Error> {
        let turn = self.expanded(turn);
        let mut heard = false;
        let mut first: Option<Error> = None;
        for role in self.chain(Role::Chat) {
            if first.is_some() {
                listener(Event::Status("asking another model".to_owned()));
            }
            let mut hears = |event: Event| {
                heard |= matches!(event, Event::Text(_) | Event::Thought(_));
                listener(event);
            };
            let answered = self.answer_as(role, &turn, &mut hears).await;
            match (answered, &first) {
                (Ok(answer), None) => return Ok(answer),
                (Ok(mut answer), Some(error)) => {
                    let notice = format!("{} {} answered instead.", error.explain(), answer.model);
                    answer.notices.insert(0, notice);
                    return Ok(answer);
                }
                (Err(error), _) if heard || !is_of_server(&error) => {
                    return Err(first.unwrap_or(error));
                }
                (Err(error), _) => _ = first.get_or_insert(error),
            }
        }
        Err(first.unwrap_or(Error::NoQuestion))
    }

    /// A role, and those that answer while its model can't.
    fn chain(&self, role: Role) -> Vec<Role> {
        let models = &self.settings().models;
        let named = models.of(role).and_then(|it| it.fallback.as_ref());
        let others = named.into_iter().flatten();
        let others = others.filter_map(|it| Role::of_name(it));
        let converses = |it: &Role| matches!(it, Role::Chat | Role::Edit | Role::Architect);
        [role].into_iter().chain(others.filter(converses)).collect()
    }

    /// Answers with the model of a role.
    async fn answer_as(
        &self,
        role: Role,
        turn: &Turn,
        listener: Listener<'_>,
    ) -> Result<Answer, Error> {
        let model = self.role(role).await?;
        let info = self.known(role, &model).await?;
        let rules = rules::rules(&self.settings().chat, turn.root.as_deref());
        let system = prompt::system(&rules);
        let mut budget = Budget::new(&info);
        listener(Event::Status("reading the codebase".to_owned()));
        loop {
            let prepared = self.prepared(turn, &model, &system, &budget).await?;
            listener(Event::Sources(prepared.sources.clone()));
            let request = ChatRequest {
                messages: prepared.messages,
                max_tokens: budget.answer,
                temperature: None,
            };
            let mut answer = Answer {
                sources: prepared.sources,
                model: info.model.clone(),
                notices: prepared.notices,
                ..Answer::default()
            };
            listener(Event::Status(waiting(&info)));
            match self
                .answer(role, &model, &request, &mut answer, listener, &mut |_| {
                    false
                })
                .await
            {
                // The estimate was wrong: the server has counted.
                Err(Error::Model(_, error @ model::Error::TooLong { .. }))
                    if budget.shrink(&error) => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    answer.notices.extend(warnings(&info, &answer));
                    return Ok(answer);
                }
            }
        }
    }

    /// The turn with a `/command` at its end written out.
    fn expanded(&self, turn: &Turn) -> Turn {
        let mut turn = turn.clone();
        let commands = Commands::new(&self.settings().commands);
        if let Some(last) = turn.messages.last_mut()
            && let Some((command, input)) = commands.read(&last.text)
        {
            let (message, attachments) = ask(command, input, &turn.attachments, &turn.problems);
            last.text = message;
            turn.attachments.extend(attachments);
        }
        turn
    }

    /// What the server of a model is and can do.
    pub(crate) async fn known(&self, role: Role, model: &Model) -> Result<Arc<Info>, Error> {
        self.info(model).await.map_err(|error| {
            self.role_failed(&error);
            Error::Model(self.table_of(role), error)
        })
    }

    /// What to send for a turn: the system's message, the codebase, the conversation.
    pub(crate) async fn prepared(
        &self,
        turn: &Turn,
        model: &Model,
        system: &str,
        budget: &Budget,
    ) -> Result<Prepared, Error> {
        let Some((question, earlier)) = turn.messages.split_last() else {
            return Err(Error::NoQuestion);
        };
        if question.speaker != Speaker::User || question.text.trim().is_empty() {
            return Err(Error::NoQuestion);
        }
        let fixed = budget::tokens(system) + budget::tokens(&question.text);
        let history = self.history(model, earlier, budget.history(fixed)).await;
        let left = budget.prompt.saturating_sub(fixed + history.tokens());
        let found = match turn.finds {
            true => self.settings().chat.context_tokens as usize,
            false => 0,
        };
        let gathered = self.gather(turn.clone(), left, found).await;
        let name = turn.root.as_deref().map(super::repository::name);
        Ok(Prepared {
            messages: prompt::messages(system, name.as_deref(), &gathered, &history, question),
            sources: gathered.sources,
            notices: [gathered.missing, gathered.left_out, history.notices].concat(),
        })
    }

    /// What the codebase has for a turn, on a thread of its own: it takes up to some tens of milliseconds.
    async fn gather(&self, turn: Turn, budget_tokens: usize, found_tokens: usize) -> Gathered {
        let indexes = self.indexes.clone();
        let gathered = tokio::task::spawn_blocking(move || {
            let root = turn.root.as_deref();
            let documents: Vec<_> = turn.documents.iter().collect();
            let searcher = root.and_then(|it| indexes.searcher(it, &documents));
            let here = turn.here.as_deref();
            let project = Project::new(root, searcher.as_ref(), &turn.documents).seen_from(here);
            let messages: Vec<&str> = turn
                .messages
                .iter()
                .filter(|it| it.speaker == Speaker::User)
                .map(|it| it.text.as_str())
                .collect();
            let Some((message, earlier)) = messages.split_last() else {
                return Gathered::default();
            };
            let named = attachment::mentions(message, &project);
            let named = named.into_iter().map(|it| match it.attachment {
                Attachment::Problems(_) => Attachment::Problems(turn.problems.clone()),
                it => it,
            });
            let mut attachments = turn.attachments.clone();
            for it in named {
                if !attachments.contains(&it) {
                    attachments.push(it);
                }
            }
            let semantic = root
                .filter(|_| found_tokens > 0 && searcher.is_some())
                .map(|it| indexes.meaning(it));
            context::gather(&Question {
                message,
                earlier,
                attachments: &attachments,
                root,
                here,
                searcher: searcher.as_ref(),
                semantic: semantic.as_deref(),
                documents: &turn.documents,
                current: turn.current.as_ref().map(|it| (it.0.as_str(), it.1)),
                budget_tokens,
                found_tokens,
                count: &budget::tokens,
            })
        });
        gathered.await.unwrap_or_else(|panic| {
            tracing::error!(%panic, "gathering context");
            Gathered::default()
        })
    }

    /// Has a model answer; what it says is added to `answer` as it comes. Ends early once there is `enough` of its text.
    pub(crate) async fn answer(
        &self,
        role: Role,
        model: &Model,
        request: &ChatRequest,
        answer: &mut Answer,
        listener: Listener<'_>,
        enough: Enough<'_>,
    ) -> Result<(), Error> {
        let failed = |error: model::Error| {
            self.role_failed(&error);
            Error::Model(self.table_of(role), error)
        };
        tracing::trace!(?request, "chat");
        if model.is_answering() {
            let info = model.known_info();
            let name = named(info.as_deref().map_or("", |it| &it.model));
            listener(Event::Status(format!("{name} still writes another answer")));
        }
        let mut stream = model.chat(request).await.map_err(failed)?;
        read(&mut stream, answer, listener, enough)
            .await
            .map_err(failed)?;
        tracing::trace!(?answer, "chat");
        tracing::debug!(model = answer.model, usage = ?answer.usage, "answered");
        Ok(())
    }
}

/// Reads an answer to its end, or until there is enough: then the connection closes, which ends the work on the server.
async fn read(
    stream: &mut ChatStream,
    answer: &mut Answer,
    listener: Listener<'_>,
    enough: Enough<'_>,
) -> Result<(), model::Error> {
    if !stream.model().is_empty() {
        answer.model = stream.model().to_owned();
    }
    while let Some(delta) = stream.next().await? {
        match delta {
            Delta::Thought(it) => {
                answer.thought.push_str(&it);
                listener(Event::Thought(it));
            }
            Delta::Text(it) => {
                answer.text.push_str(&it);
                listener(Event::Text(it));
                if enough(&answer.text) {
                    break;
                }
            }
            Delta::WereThoughts => {
                answer.thought.push_str(&std::mem::take(&mut answer.text));
                listener(Event::WereThoughts);
            }
            Delta::Reading(it) => listener(Event::Reading(it.percent())),
        }
    }
    answer.usage = stream.usage();
    Ok(())
}

/// Whether another model could do what this one can't now.
fn is_of_server(error: &Error) -> bool {
    match error {
        Error::NoQuestion => false,
        Error::Missing(_) => true,
        Error::Model(_, error) => error.is_of_server(),
    }
}

/// A command written out, with what it attaches.
fn ask(
    command: &Command,
    input: &str,
    attached: &[Attachment],
    problems: &[attachment::Problem],
) -> (String, Vec<Attachment>) {
    let (message, wanted) = command.message(input);
    let mut attachments = Vec::new();
    for it in wanted {
        let it = match it {
            Attachment::Problems(_) => Attachment::Problems(problems.to_vec()),
            it => it,
        };
        if !attached.contains(&it) {
            attachments.push(it);
        }
    }
    (message, attachments)
}

fn waiting(info: &Info) -> String {
    format!("waiting for {}", named(&info.model))
}

/// A model's name, for the user.
pub(crate) fn named(model: &str) -> &str {
    match model {
        "" => "the model",
        name => name,
    }
}

/// Whether an answer names a place that the model was shown: its file, and one of its lines or none.
pub fn cites(answer: &str, source: &Source) -> bool {
    let lines = source.start_line..=source.end_line;
    answer
        .match_indices(source.path.as_str())
        .any(|(at, path)| {
            let goes_on = |it: char| it.is_alphanumeric() || matches!(it, '/' | '_' | '-' | '.');
            let starts = !answer[..at].ends_with(goes_on);
            let behind = &answer[at + path.len()..];
            let line = behind.strip_prefix(':').map(|it| {
                let digits = it.trim_start_matches('L');
                let end = digits.find(|it: char| !it.is_ascii_digit());
                &digits[..end.unwrap_or(digits.len())]
            });
            let fits = match line {
                Some(line) => line.parse().map_or(true, |it: usize| lines.contains(&it)),
                None => !behind
                    .starts_with(|it: char| it.is_alphanumeric() || matches!(it, '/' | '_' | '-')),
            };
            starts && fits
        })
}

/// What the user should know where thoughts are all that came: most often they reached the limit of tokens.
pub(crate) const THOUGHT_ONLY: &str = "The model thought, and came to no answer within its limit of tokens: give its server a larger context, ask for less at once, or use a model that doesn't think.";

/// What the user should know of an answer.
fn warnings(info: &Info, answer: &Answer) -> Vec<String> {
    let mut warnings = Vec::new();
    if answer.usage.cut_short {
        warnings.push(
            "The answer ends here because the model reached its limit of tokens; ask it to go on."
                .to_owned(),
        );
    }
    if answer.text.trim().is_empty() {
        warnings.push(match answer.thought.is_empty() {
            true => "The model answered with nothing.".to_owned(),
            false => THOUGHT_ONLY.to_owned(),
        });
    }
    if info.is_base() {
        warnings.push(format!(
            "{} is a base model, which completes text and answers poorly. Name an instruct model in `models.chat`.",
            info.model
        ));
    }
    warnings
}
