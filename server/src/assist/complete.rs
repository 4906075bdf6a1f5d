//! One completion, step by step: gate, what is remembered, what is in flight, debounce beside context, prompt,
//! model, trim, and what follows an acceptance.

mod ahead;
mod guess;

pub(crate) use ahead::Follow;

use crate::assist::answer::{Answer, Clock, Source};
use crate::assist::context::Piece;
use crate::assist::document::Document;
use crate::assist::engine::{Engine, Event};
use crate::assist::fim;
use crate::assist::gate::{self, Trigger};
use crate::assist::generation::{Ask, Generation, Phase, Start, lock};
use crate::assist::place::{self, Place};
use crate::assist::prompt::{self, Budget, Prompt};
use crate::assist::reason::Reason;
use crate::assist::repository;
use crate::assist::trim::{self, End, Trimmed};
use crate::config::settings::Settings;
use crate::model::{self, FimInput, FimRequest, Model};
use hob_index::secret;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long complete lines are held back for the rest: editors ask once and show what they got, and a quick
/// model is done by then. Little beside the time to the first line of any model that is not.
const GRACE: Duration = Duration::from_millis(40);

/// How long a prompt waits for pieces of other files.
const CONTEXT_TIME: Duration = Duration::from_millis(30);
/// The same where somebody asked by hand, and the index may have to be read from disk first.
const CONTEXT_TIME_BY_HAND: Duration = Duration::from_millis(500);

/// A request for a completion, with everything it may see.
#[derive(Clone, Debug)]
pub struct Request {
    /// The document, at the version that the request is about.
    pub document: Arc<Document>,
    /// The cursor: a byte offset on a character's start.
    pub offset: usize,
    /// The other open documents, most recently changed first.
    pub others: Vec<Arc<Document>>,
    /// The project's root.
    pub root: Option<PathBuf>,
    /// Who asked.
    pub trigger: Trigger,
    /// Whether to wait for the whole of it, instead of the first complete line.
    pub whole: bool,
}

/// What a wait for a generation found.
enum Found {
    /// Text that is ready to show, untrimmed, and how it ended.
    Text(String, End),
    Failed(Arc<model::Error>),
    Ended,
    /// The model writes something else than what has been typed.
    Contradicted,
}

impl Engine {
    /// Completes. Never fails: what can't be done is an answer without items, with its reason.
    pub async fn complete(&self, request: &Request) -> Answer {
        let clock = Clock::start();
        let settings = self.settings();
        let place = Place::new(&request.document, request.offset);
        let autocomplete = &settings.autocomplete;
        if let Some(reason) = gate::closed(autocomplete, &request.document, &place, request.trigger)
        {
            return Answer::nothing(reason, clock);
        }
        lock(&self.rhythm).key(Instant::now());
        if let Some(answer) = self.remembered(request, &settings, &place, &clock) {
            return answer;
        }
        match self.model() {
            Some(model) => {
                let answer = self
                    .generated(request, &settings, &place, model, clock)
                    .await;
                self.with_alternatives(answer, request).await
            }
            None => {
                let guesses = self.guess(request).await;
                self.guessed(guesses, request, Reason::Unsure, clock)
            }
        }
    }

    /// What has been generated already: typed through, or ready in a running generation.
    fn remembered(
        &self,
        request: &Request,
        settings: &Settings,
        place: &Place,
        clock: &Clock,
    ) -> Option<Answer> {
        let leading = lock(&self.generations).leading_to(&request.document.id, place);
        for (generation, typed) in leading {
            let progress = generation.progress();
            let rest = &progress.text[typed..];
            let (text, end) = match progress.phase {
                Phase::Done(end) => (rest, end),
                Phase::Running if request.whole => continue,
                Phase::Running | Phase::Ended | Phase::Failed(_) => {
                    (complete_lines(rest).unwrap_or_default(), End::Limit)
                }
            };
            if text.trim().is_empty() {
                let asked_here = typed == 0 && matches!(progress.phase, Phase::Done(_));
                if asked_here && request.trigger == Trigger::Automatic {
                    return Some(Answer::nothing(Reason::ModelSilent, clock.clone()));
                }
                continue;
            }
            generation.want();
            match self.trimmed(request, settings, place, text, end) {
                Ok(trimmed) => {
                    let along = typed > 0;
                    self.prefetch(request, place, &generation, &trimmed, text, along);
                    let source = Source::Cache(generation.model.clone());
                    return Some(Answer::text(trimmed, source, clock.clone()));
                }
                Err(reason) if matches!(progress.phase, Phase::Done(_)) && typed == 0 => {
                    return Some(Answer::nothing(reason, clock.clone()));
                }
                Err(_) => {}
            }
        }
        None
    }

    /// Asks the model, or joins what it is writing already.
    async fn generated(
        &self,
        request: &Request,
        settings: &Arc<Settings>,
        place: &Place,
        model: Model,
        mut clock: Clock,
    ) -> Answer {
        // A generation that turns out to write something else is left for a new one, once.
        for _ in 0..2 {
            let generation = match self.joinable(request, place) {
                Some(it) => it,
                None => match self.ask(request, settings, place, &model, &mut clock).await {
                    Ok(it) => it,
                    Err(error) => return self.failed(&Arc::new(error), request, clock).await,
                },
            };
            let guesses = tokio::select! {
                biased;
                found = self.follow(&generation, place, request.whole) => {
                    clock.first_piece(generation.progress().first_piece);
                    match found {
                        Found::Contradicted => continue,
                        Found::Text(text, end) => {
                            return self.shown(request, settings, place, &generation, &text, end, clock);
                        }
                        Found::Failed(error) => return self.failed(&error, request, clock).await,
                        Found::Ended => return Answer::nothing(Reason::Ended, clock),
                    }
                }
                guesses = self.certain(request, settings) => guesses,
            };
            return self.guessed(guesses, request, Reason::Unsure, clock);
        }
        Answer::nothing(Reason::Ended, clock)
    }

    /// The document's running generation, if it leads to this place.
    fn joinable(&self, request: &Request, place: &Place) -> Option<Arc<Generation>> {
        let running = lock(&self.generations).running(&request.document.id)?;
        running.typed(place).map(|_| running)
    }

    /// Waits for something to show: complete lines, and a moment longer for the rest.
    async fn follow(&self, generation: &Generation, place: &Place, whole: bool) -> Found {
        let found = self.await_found(generation, place, whole).await;
        if whole || !matches!(found, Found::Text(..)) || !generation.running() {
            return found;
        }
        let rest = self.await_found(generation, place, true);
        match tokio::time::timeout(GRACE, rest).await {
            Ok(Found::Text(text, end)) => Found::Text(text, end),
            // Not the whole, but perhaps more lines than before.
            _ => self.await_found(generation, place, false).await,
        }
    }

    async fn await_found(&self, generation: &Generation, place: &Place, whole: bool) -> Found {
        let found = generation.wait(|progress| {
            let running = matches!(progress.phase, Phase::Running);
            let Some(typed) = generation.place.typed(&progress.text, running, place) else {
                return Some(Found::Contradicted);
            };
            let rest = &progress.text[typed..];
            let lines = || complete_lines(rest).map(|it| Found::Text(it.to_owned(), End::Limit));
            match &progress.phase {
                Phase::Running if whole => None,
                Phase::Running => lines(),
                Phase::Done(end) => Some(Found::Text(rest.to_owned(), *end)),
                Phase::Failed(error) => lines().or_else(|| Some(Found::Failed(error.clone()))),
                Phase::Ended => lines().or(Some(Found::Ended)),
            }
        });
        found.await.unwrap_or(Found::Ended)
    }

    /// Starts a generation: the debounce runs beside the gathering of context.
    async fn ask(
        &self,
        request: &Request,
        settings: &Arc<Settings>,
        place: &Place,
        model: &Model,
        clock: &mut Clock,
    ) -> Result<Arc<Generation>, model::Error> {
        let info = self.info(model).await?;
        let delay = {
            let mut rhythm = lock(&self.rhythm);
            let running = lock(&self.generations).running(&request.document.id);
            // It does not lead here, or the request would have joined it.
            if running.is_some() {
                rhythm.wasted();
            }
            rhythm.delay(settings.autocomplete.debounce)
        };
        let debounce = async {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
        };
        let (prompt, ()) = tokio::join!(self.prompt(request, settings, place, &info), debounce);
        clock.waited(delay);
        clock.context(&prompt.context);
        let generation = self.start(request, settings, place, model, &info, prompt);
        Ok(generation)
    }

    /// What would be asked at a place, without asking.
    pub async fn dry_run(&self, request: &Request) -> DryRun {
        let settings = self.settings();
        let place = Place::new(&request.document, request.offset);
        let mut reason = gate::closed(
            &settings.autocomplete,
            &request.document,
            &place,
            request.trigger,
        );
        let mut info = None;
        match self.model() {
            Some(model) => match self.info(&model).await {
                Ok(it) => info = Some(it),
                Err(error) => reason = reason.or(Some(explained(&error))),
            },
            None => reason = reason.or(Some(Reason::NoModel)),
        }
        let unknown = model::Info::unknown();
        let known = info.as_deref().unwrap_or(&unknown);
        DryRun {
            prompt: self.prompt(request, &settings, &place, known).await,
            fim: known.fim.as_ref().map(|it| it.id().to_owned()),
            reason,
        }
    }

    /// What the model is asked at a place.
    pub(crate) async fn prompt(
        &self,
        request: &Request,
        settings: &Settings,
        place: &Place,
        info: &model::Info,
    ) -> Prompt {
        let budget = Budget::new(info.context_tokens, settings.autocomplete.max_tokens);
        let root = request.root.as_deref();
        let pieces = self.pieces(request, place, budget.context).await;
        let prefix = prompt::prefix(&request.document, request.offset, place, budget.prefix);
        // Models were trained on LF, and complete worse behind a carriage return.
        let (prefix, suffix) = (
            place::with_plain_breaks(prefix),
            place::with_plain_breaks(prompt::suffix(place, budget.suffix)),
        );
        let prefix = secret::masked(&prefix);
        let suffix = secret::masked(&suffix);
        let path = request.document.name(root);
        let repo = root.map_or(String::new(), repository::name);
        let texts: Vec<_> = pieces
            .iter()
            .map(|it| place::with_plain_breaks(&it.text))
            .collect();
        let files: Vec<_> = pieces
            .iter()
            .zip(&texts)
            .map(|(it, text)| (it.path.as_str(), text.as_ref()))
            .collect();
        let language = request.document.language;
        let parts = fim::Parts {
            repo: &repo,
            path: &path,
            language: language.map_or("", |it| it.id),
            comment: language
                .and_then(|it| it.line_comments.first())
                .unwrap_or(&""),
            prefix: &prefix,
            suffix: &suffix,
            files: &files,
        };
        Prompt {
            text: info
                .fim
                .as_ref()
                .map_or(String::new(), |it| it.prompt(&parts)),
            prefix: prefix.into_owned(),
            suffix: suffix.into_owned(),
            context: pieces.to_vec(),
        }
    }

    /// Pieces of other files. Choosing them takes milliseconds, the first time at a place; what isn't there in time is
    /// left out, and there for the next request; until then, what was chosen before stands.
    async fn pieces(&self, request: &Request, place: &Place, budget: usize) -> Arc<Vec<Piece>> {
        if budget == 0 || !self.context.has_sources(request) {
            return Arc::default();
        }
        if let Some(known) = self.context.known(request, budget) {
            return known;
        }
        let (context, asked, place) = (self.context.clone(), request.clone(), place.clone());
        let chosen = tokio::task::spawn_blocking(move || context.gather(&asked, &place, budget));
        let time = match request.trigger {
            Trigger::Automatic => CONTEXT_TIME,
            Trigger::Invoked | Trigger::Command => CONTEXT_TIME_BY_HAND,
        };
        match tokio::time::timeout(time, chosen).await {
            Ok(Ok(pieces)) => pieces,
            _ => self.context.outdated(request, budget),
        }
    }

    fn start(
        &self,
        request: &Request,
        settings: &Settings,
        place: &Place,
        model: &Model,
        info: &model::Info,
        prompt: Prompt,
    ) -> Arc<Generation> {
        let input = if prompt.text.is_empty() {
            FimInput::Infill {
                prefix: prompt.prefix,
                suffix: prompt.suffix,
                extra: prompt
                    .context
                    .into_iter()
                    .map(|it| (it.path, it.text))
                    .collect(),
            }
        } else {
            FimInput::Prompt(prompt.text)
        };
        let fim = FimRequest {
            input,
            max_tokens: settings.autocomplete.max_tokens,
            stop: info
                .fim
                .as_ref()
                .map_or_else(Vec::new, |it| it.stop().map(str::to_owned).collect()),
        };
        let events = self.events.clone();
        let start = Start {
            document: request.document.id.clone(),
            place: place.clone(),
            name: info.model.clone(),
            ask: Ask {
                model: model.clone(),
                request: fim,
                language: request.document.language,
                multiline: settings.autocomplete.multiline,
            },
        };
        let generation =
            Generation::start(start, move |error| events.send(Event::ModelFailed(error)));
        lock(&self.generations).add(generation.clone(), info.slots as usize);
        generation
    }

    /// Trims what a generation has and answers with it.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step of the pipeline, called once"
    )]
    fn shown(
        &self,
        request: &Request,
        settings: &Settings,
        place: &Place,
        generation: &Arc<Generation>,
        text: &str,
        end: End,
        clock: Clock,
    ) -> Answer {
        if text.trim().is_empty() {
            return Answer::nothing(Reason::ModelSilent, clock);
        }
        self.events
            .send(Event::ModelAnswered(generation.model.clone()));
        match self.trimmed(request, settings, place, text, end) {
            Ok(trimmed) => {
                lock(&self.rhythm).useful();
                self.prefetch(request, place, generation, &trimmed, text, false);
                Answer::text(trimmed, Source::Model(generation.model.clone()), clock)
            }
            Err(reason) => Answer::nothing(reason, clock),
        }
    }

    fn trimmed(
        &self,
        request: &Request,
        settings: &Settings,
        place: &Place,
        text: &str,
        end: End,
    ) -> Result<Trimmed, Reason> {
        let here = trim_place(request, settings, place);
        trim::trim(&here, text, end).map_err(|it| Reason::Trimmed(it.code()))
    }
}

/// What would be asked of a model.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The prompt and its parts.
    pub prompt: Prompt,
    /// The template's family.
    pub fim: Option<String>,
    /// Why no model would be asked.
    pub reason: Option<Reason>,
}

fn explained(error: &model::Error) -> Reason {
    Reason::Model {
        code: error.code(),
        explanation: error.explain("autocomplete"),
    }
}

fn trim_place<'a>(request: &Request, settings: &Settings, place: &'a Place) -> trim::Place<'a> {
    trim::Place {
        language: request.document.language,
        before: &place.before,
        after: &place.after,
        multiline: settings.autocomplete.multiline,
    }
}

/// The part of a growing text that ends with a line break and says something.
fn complete_lines(text: &str) -> Option<&str> {
    let end = text.rfind('\n')? + 1;
    let lines = &text[..end];
    (!lines.trim().is_empty()).then_some(lines)
}
