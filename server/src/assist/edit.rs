//! Edits: an instruction in, a patch out. The model writes it in the form that it does best; one engine
//! ([`crate::assist::apply`]) reads every form, and applies all of it or nothing.
//!
//! An answer that doesn't fit, or that parses worse than what was there, is sent back once, with what is wrong.

mod bound;
mod format;
pub mod memory;
mod prompt;
#[cfg(test)]
mod tests;

use crate::assist::apply::draft::LARGEST;
use crate::assist::apply::patch::{FilePatch, Patch, Worse};
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Target, Workspace, plan};
use crate::assist::chat::attachment::{Attachment, Problem};
use crate::assist::chat::budget::Budget;
use crate::assist::chat::{self, Answer, Event, Listener, Source, Turn, rules};
use crate::assist::document::Document;
use crate::assist::engine::Engine;
use crate::config::settings::Role;
use crate::model::{ChatRequest, Message, Model, Speaker};
use bound::{Bound, End};
use format::Format;
use hob_index::encoding;
use hob_index::reader::{self, Reader, Refusal as Refused};
use hob_index::secret;
use memory::Memory;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How freely an edit is written. Not 0: reasoning models then turn in circles.
const TEMPERATURE: f32 = 0.2;

/// What is to be changed, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The user's words, or a command's.
    pub instruction: String,
    /// The file, relative to the root; `None`: whichever the instruction is about.
    pub path: Option<String>,
    /// The lines that it is about, from 1; `None`: the whole file.
    pub lines: Option<RangeInclusive<usize>>,
    /// Whether the change may reach further than what is named: to other lines and files of the project.
    pub any_file: bool,
    /// What else the model is to see.
    pub attachments: Vec<Attachment>,
    /// What the editor's tools complain about.
    pub problems: Vec<Problem>,
    /// The project's root, absolute.
    pub root: PathBuf,
    /// The folder that the user is in, absolute: files that are named count from there first, then from the root.
    pub here: Option<PathBuf>,
    /// The open documents, the most recently changed first.
    pub documents: Vec<Arc<Document>>,
    /// Whether a plan is made first; `None`: where the configuration names a model for it.
    pub plan: Option<bool>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Edited {
    /// The changes. Nothing is written yet.
    pub patch: Patch,
    /// The model's own words.
    pub answer: String,
    /// The plan that it followed; empty where there was none.
    pub plan: String,
    /// What the model was shown of the codebase.
    pub sources: Vec<Source>,
    /// The model that wrote it.
    pub model: String,
    /// What the user should know: sentences.
    pub notices: Vec<String>,
}

/// Why there is no edit. Nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is asked.
    #[error("there is no instruction")]
    NoInstruction,
    /// The file that is to be changed can't be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// There is no model to ask, or it can't answer.
    #[error(transparent)]
    Chat(#[from] chat::Error),
    /// What the model wrote can't be taken, twice.
    #[error("what the model wrote can't be taken")]
    Unfit {
        /// Why.
        why: Unfit,
        /// What it wrote.
        answer: String,
    },
}

/// Why an answer can't be taken.
#[derive(Clone, Debug)]
pub enum Unfit {
    /// It doesn't fit the files.
    Refused(Refusal),
    /// It would break the syntax of what it changes.
    Worse(Vec<Worse>),
    /// It holds no fenced block.
    Prose,
    /// It would write what stands for a secret in the prompt.
    Masked,
    /// It was far longer than what is to be changed, and still going on.
    Endless,
    /// It ended at the model's limit of tokens.
    CutShort,
    /// Nothing but thoughts came.
    Thoughts,
}

impl Unfit {
    /// Whether asking again could help, with what is wrong.
    fn can_be_mended(&self) -> bool {
        !matches!(self, Unfit::Endless | Unfit::CutShort | Unfit::Thoughts)
    }
}

impl Error {
    /// What happened and what helps, in some sentences.
    pub fn explain(&self) -> String {
        match self {
            Error::NoInstruction => "Say what is to be changed.".to_owned(),
            Error::Unreadable { path, cause } => format!("{path} can't be changed: {cause}."),
            Error::Chat(error) => error.explain(),
            Error::Unfit { why, .. } => why.explain(),
        }
    }

    /// A stable word for logs and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NoInstruction => "no-instruction",
            Error::Unreadable { .. } => "unreadable",
            Error::Chat(error) => error.code(),
            Error::Unfit { why, .. } => why.code(),
        }
    }

    /// What the model wrote, where it did.
    pub fn answer(&self) -> Option<&str> {
        match self {
            Error::Unfit { answer, .. } => Some(answer),
            _ => None,
        }
    }
}

impl Unfit {
    fn explain(&self) -> String {
        match self {
            Unfit::Refused(refusal) if refusal.reaches_too_far() => format!(
                "What the model wrote reaches further than what you named, and nothing was changed. {refusal}. Ask again, or name more."
            ),
            Unfit::Refused(refusal) => format!(
                "What the model wrote doesn't fit, and nothing was changed. {refusal}. Ask again, select fewer lines, or use a larger model in `models.edit`."
            ),
            Unfit::Worse(worse) => {
                let places: Vec<String> = worse
                    .iter()
                    .map(|it| format!("{}:{} {}", it.path, it.line, it.message))
                    .collect();
                format!(
                    "What the model wrote would break the code, and nothing was changed: {}. Ask again, or use a larger model in `models.edit`.",
                    places.join("; ")
                )
            }
            Unfit::Prose => "The model wrote no code, and nothing was changed. Say more exactly what is to be done, or use a larger model in `models.edit`.".to_owned(),
            Unfit::Masked => "The code to change holds a secret, which the model doesn't get to see, and what it wrote would overwrite it. Nothing was changed. Select lines without it.".to_owned(),
            Unfit::Endless => "The model wrote far more than the lines to change and did not come to an end, so it was stopped, and nothing was changed. Ask for less at once, select more lines, or use a larger model in `models.edit`.".to_owned(),
            Unfit::CutShort => "The model reached its limit of tokens before the change was complete, and nothing was changed. Ask for less at once, select fewer lines, or give its server a larger context.".to_owned(),
            Unfit::Thoughts => format!("{} Nothing was changed.", chat::THOUGHT_ONLY),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Unfit::Refused(refusal) if refusal.reaches_too_far() => "out-of-scope",
            Unfit::Refused(_) | Unfit::Prose => "does-not-fit",
            Unfit::Worse(_) => "breaks-syntax",
            Unfit::Masked => "overwrites-secret",
            Unfit::Endless | Unfit::CutShort | Unfit::Thoughts => "too-long",
        }
    }

    fn for_model(&self) -> String {
        match self {
            Unfit::Refused(it) => it.for_model(),
            Unfit::Prose => "Your answer was not applied: it has no fenced block.\n".to_owned(),
            Unfit::Endless | Unfit::CutShort | Unfit::Thoughts => {
                "Your answer was not applied: it is too long.\n".to_owned()
            }
            Unfit::Masked => format!(
                "Your answer was not applied: the {} in the code stand for a secret that you can't see. Leave the lines with them as they are.\n",
                secret::MASK
            ),
            Unfit::Worse(worse) => {
                let mut text =
                    "Your answer was not applied: it would break the syntax.\n".to_owned();
                for it in worse {
                    text.push_str(&format!(
                        "- After the change, {} {} at line {}.\n",
                        it.path, it.message, it.line
                    ));
                }
                text
            }
        }
    }
}

impl Engine {
    /// Has a model change code as it is told. Dropping the future stops it at once.
    ///
    /// # Errors
    /// There is no model, it can't answer, or what it wrote can't be applied; nothing is changed in any case.
    pub async fn edit(
        &self,
        request: &Request,
        memory: &Memory,
        listener: Listener<'_>,
    ) -> Result<Edited, Error> {
        if request.instruction.trim().is_empty() {
            return Err(Error::NoInstruction);
        }
        let place = request.place()?;
        let mut edited = Edited::default();
        let settings = self.settings();
        let plans = request.plan.unwrap_or(settings.models.architect.is_some());
        if plans {
            self.plan(request, &place, &mut edited, listener).await?;
        }
        let model = self.role(Role::Edit).await.map_err(chat::Error::from)?;
        let info = self.known(Role::Edit, &model).await?;
        let format = format::choose(&place, &memory.of(&info.model));
        tracing::debug!(?format, model = info.model, "edit");
        let rules = rules::rules(&settings.chat, Some(&request.root));
        let system = prompt::system(format, &rules);
        let turn = request.turn(&place, format, &edited.plan);
        let mut budget = Budget::new(&info);
        let (mut messages, written) = loop {
            let prepared = self.prepared(&turn, &model, &system, &budget).await?;
            edited.sources = prepared.sources;
            edited.notices = prepared.notices;
            listener(Event::Sources(edited.sources.clone()));
            listener(Event::Status(format!(
                "{} writes the change",
                chat::named(&info.model)
            )));
            let mut messages = prepared.messages;
            let bound = Bound::new(&place, format);
            match self
                .written(&model, &mut messages, &budget, bound, &mut edited, listener)
                .await
            {
                Err(chat::Error::Model(_, error)) if budget.shrink(&error) => {}
                Err(error) => return Err(error.into()),
                Ok(written) => break (messages, written),
            }
        };
        let target = place.target(format);
        let first = match written {
            Ok(()) => tried(request, &edited.answer, target.as_ref()).await,
            Err(why) => Err(why),
        };
        let patch = match first {
            Ok(patch) => Ok(patch),
            Err(why) if !why.can_be_mended() => Err(why),
            Err(why) => {
                memory.fails(&info.model, format);
                listener(Event::Status(
                    "the change doesn't fit, asking once more".to_owned(),
                ));
                let why = prompt::again(format, &secret::masked(&why.for_model()));
                messages.push(Message::new(Speaker::User, why));
                let bound = Bound::new(&place, format);
                let written = self
                    .written(&model, &mut messages, &budget, bound, &mut edited, listener)
                    .await?;
                match written {
                    Ok(()) => tried(request, &edited.answer, target.as_ref()).await,
                    Err(why) => Err(why),
                }
            }
        };
        match patch {
            Ok(patch) => {
                memory.fits(&info.model, format);
                edited.notices.extend(patch.notes.iter().cloned());
                edited.patch = patch;
                Ok(edited)
            }
            Err(why) => {
                memory.fails(&info.model, format);
                let answer = edited.answer;
                Err(Error::Unfit { why, answer })
            }
        }
    }

    /// Has the architect say in prose what is to be done.
    async fn plan(
        &self,
        request: &Request,
        place: &Place,
        edited: &mut Edited,
        listener: Listener<'_>,
    ) -> Result<(), Error> {
        let model = self
            .role(Role::Architect)
            .await
            .map_err(chat::Error::from)?;
        let info = self.known(Role::Architect, &model).await?;
        let rules = rules::rules(&self.settings().chat, Some(&request.root));
        let system = prompt::architect(&rules);
        let turn = request.turn(place, Format::Blocks, "");
        let budget = Budget::new(&info);
        let prepared = self.prepared(&turn, &model, &system, &budget).await?;
        listener(Event::Status(format!(
            "{} plans the change",
            chat::named(&info.model)
        )));
        let asked = ChatRequest {
            messages: prepared.messages,
            max_tokens: budget.answer,
            temperature: None,
        };
        let mut answer = Answer::default();
        let role = Role::Architect;
        self.answer(role, &model, &asked, &mut answer, listener, &mut |_| false)
            .await?;
        edited.plan = answer.text;
        Ok(())
    }

    /// Has the model write; its words are added to the conversation. What it wrote may be no whole answer.
    async fn written(
        &self,
        model: &Model,
        messages: &mut Vec<Message>,
        budget: &Budget,
        mut bound: Bound,
        edited: &mut Edited,
        listener: Listener<'_>,
    ) -> Result<Result<(), Unfit>, chat::Error> {
        let request = ChatRequest {
            messages: messages.clone(),
            max_tokens: budget.answer,
            temperature: Some(TEMPERATURE),
        };
        let mut answer = Answer::default();
        let mut end = End::Open;
        let mut enough = |text: &str| {
            end = bound.look(text);
            end != End::Open
        };
        self.answer(
            Role::Edit,
            model,
            &request,
            &mut answer,
            listener,
            &mut enough,
        )
        .await?;
        messages.push(Message::new(Speaker::Assistant, answer.text.clone()));
        let is_silent = answer.text.trim().is_empty() && !answer.thought.is_empty();
        let cut_short = answer.usage.cut_short;
        edited.answer = answer.text;
        edited.model = answer.model;
        Ok(match end {
            End::TooLong => Err(Unfit::Endless),
            End::Complete => Ok(()),
            End::Open if is_silent => Err(Unfit::Thoughts),
            End::Open if cut_short => Err(Unfit::CutShort),
            End::Open => Ok(()),
        })
    }
}

/// What the answer makes of the files, if it can be taken. On a thread of its own: files are read and parsed.
async fn tried(request: &Request, answer: &str, target: Option<&Target>) -> Result<Patch, Unfit> {
    let (root, documents) = (request.root.clone(), request.documents.clone());
    let (answer, target) = (answer.to_owned(), target.cloned());
    let scope = request.scope();
    let trying = tokio::task::spawn_blocking(move || {
        let is_region = target.as_ref().is_some_and(|it| it.lines.is_some());
        let is_fence = |it: &str| {
            let it = it.trim_start();
            it.starts_with("```") || it.starts_with("~~~")
        };
        // Without its fence an apology would take the code's place.
        if is_region && !answer.lines().any(is_fence) {
            return Err(Unfit::Prose);
        }
        let open = |path: &Path| Document::text_at(&documents, path);
        let workspace = Workspace {
            root: &root,
            open: &open,
        };
        let patch = plan(&answer, &workspace, target.as_ref(), &scope).map_err(Unfit::Refused)?;
        if patch.files.iter().any(writes_a_mask) {
            return Err(Unfit::Masked);
        }
        match patch.syntax() {
            worse if worse.is_empty() => Ok(patch),
            worse => Err(Unfit::Worse(worse)),
        }
    });
    match trying.await {
        Ok(it) => it,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Whether what stands for a secret in the prompt would take the secret's place.
fn writes_a_mask(file: &FilePatch) -> bool {
    let (before, after) = file.texts();
    let count = |it: &[u8]| memchr::memmem::find_iter(it, secret::MASK).count();
    count(&after) > count(&before)
}

/// Whether a carriage return stands alone: some take that for the end of a line.
fn has_lone_returns(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\r', bytes).any(|it| bytes.get(it + 1) != Some(&b'\n'))
}

/// The file and the lines that a request is about, as they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    path: Option<String>,
    lines: Option<RangeInclusive<usize>>,
    /// The file's text; empty where it doesn't exist yet.
    text: String,
    /// Whether the change may reach further.
    is_open: bool,
}

impl Place {
    /// How many lines are to be changed.
    fn n_lines(&self) -> usize {
        match &self.lines {
            Some(lines) => lines.clone().count(),
            None => self.text.lines().count(),
        }
    }

    /// The text that is to be changed.
    fn about(&self) -> &str {
        let Some(lines) = &self.lines else {
            return &self.text;
        };
        let start_of = |line: usize| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            match line {
                0 => 0,
                _ => breaks
                    .map(|it| it + 1)
                    .nth(line - 1)
                    .unwrap_or(self.text.len()),
            }
        };
        &self.text[start_of(lines.start().saturating_sub(1))..start_of(*lines.end())]
    }

    /// Whether the model sees some of it masked.
    fn has_secrets(&self) -> bool {
        matches!(secret::masked(&self.text), std::borrow::Cow::Owned(_))
    }

    /// What an answer in this format is applied to.
    fn target(&self, format: Format) -> Option<Target> {
        let all = 1..=self.text.lines().count().max(1);
        Some(Target {
            path: PathBuf::from(self.path.as_ref()?),
            lines: match format {
                Format::Region if !self.text.is_empty() => Some(self.lines.clone().unwrap_or(all)),
                _ => None,
            },
        })
    }
}

impl Request {
    /// How far the change may reach: no further than what is named, unless more is asked for.
    pub fn scope(&self) -> Scope {
        match (&self.path, &self.lines) {
            _ if self.any_file => Scope::Root,
            (None, _) => Scope::Root,
            (Some(path), None) => Scope::File(path.clone()),
            (Some(path), Some(lines)) => Scope::Lines(path.clone(), lines.clone()),
        }
    }

    fn place(&self) -> Result<Place, Error> {
        let Some(path) = &self.path else {
            return Ok(Place::default());
        };
        let unreadable = |cause: String| Error::Unreadable {
            path: path.clone(),
            cause,
        };
        // Elsewhere than on Windows that is another file than the one that an answer could name.
        if cfg!(not(windows)) && path.contains('\\') {
            return Err(unreadable("its name has a backslash".to_owned()));
        }
        let full = self.root.join(path);
        let secret = || {
            let cause = "it may hold secrets, which no model gets to see";
            unreadable(cause.to_owned())
        };
        let open = self.documents.iter();
        let mut open = open.filter(|it| it.path.as_deref() == Some(full.as_path()));
        if reader::is_secret(&full) || open.any(|it| it.is_secret()) {
            return Err(secret());
        }
        let text = match Document::text_at(&self.documents, &full) {
            Some(it) => it,
            None => match Reader::new(&self.root).read(&full, LARGEST) {
                // As it is matched afterwards.
                Ok(content) => match encoding::text(&content.bytes) {
                    Ok(text) => text.into_owned(),
                    Err(why) => return Err(unreadable(format!("it {why}"))),
                },
                Err(Refused::Missing) => String::new(),
                Err(Refused::Secret) => return Err(secret()),
                Err(refused) => return Err(unreadable(format!("it {refused}"))),
            },
        };
        if reader::holds_secret(&text) {
            let cause = "it holds a private key, which no model gets to see";
            return Err(unreadable(cause.to_owned()));
        }
        let last = text.lines().count();
        if let Some(lines) = &self.lines
            && (*lines.start() == 0 || lines.is_empty() || *lines.end() > last)
        {
            return Err(unreadable(format!(
                "it has {last} lines, and not {}-{}",
                lines.start(),
                lines.end()
            )));
        }
        if self.lines.is_some() && has_lone_returns(&text) {
            let cause = "it has carriage returns without line feeds, and editors count its lines in different ways; name the whole file, or convert its line ends";
            return Err(unreadable(cause.to_owned()));
        }
        Ok(Place {
            path: Some(path.clone()),
            lines: self.lines.clone(),
            text,
            is_open: self.any_file,
        })
    }

    /// The request as a turn of a chat: what is to be changed stands in it, the codebase is found for it.
    fn turn(&self, place: &Place, format: Format, plan: &str) -> Turn {
        let mut attachments = self.attachments.clone();
        if let Some(path) = place.path.clone()
            && !place.text.is_empty()
            && format != Format::Region
        {
            attachments.insert(0, Attachment::File { path, lines: None });
        }
        let current = place.path.as_ref().map(|path| {
            let line = place.lines.as_ref().map_or(1, |it| *it.start());
            (path.clone(), line)
        });
        let text = prompt::question(&self.instruction, place, format, plan);
        Turn {
            messages: vec![Message::new(Speaker::User, text)],
            attachments,
            problems: self.problems.clone(),
            root: Some(self.root.clone()),
            here: self.here.clone(),
            documents: self.documents.clone(),
            current,
            finds: true,
        }
    }
}
