//! A generation: one running model stream, which belongs to a place in a document and not to a request.
//!
//! Requests wait for it; one that is cancelled or superseded only stops waiting. It ends when it is done,
//! contradicted, out of budget, or wanted by nobody for [`UNWANTED`]; what it made stays in [`Generations`].

use crate::assist::place::Place;
use crate::assist::stop::{Flow, Stop};
use crate::assist::trim::{self, End};
use crate::config::settings::Multiline;
use crate::model::{self, FimRequest, Model};
use hob_index::language::Language;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a generation goes on when no request waits for it.
pub const UNWANTED: Duration = Duration::from_secs(2);
/// How many ended generations are remembered, over all documents.
const REMEMBERED: usize = 256;

/// How far a generation has come.
#[derive(Clone, Debug)]
pub enum Phase {
    /// The model is writing.
    Running,
    /// The model, or our early stop, came to an end.
    Done(End),
    /// The model failed; what it wrote before may still be of use.
    Failed(Arc<model::Error>),
    /// It was ended for something newer.
    Ended,
}

/// What a generation has made so far.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The model's text, untrimmed.
    pub text: String,
    /// How far it has come.
    pub phase: Phase,
    /// When the first piece came, from the start.
    pub first_piece: Option<Duration>,
}

/// One model stream and the place that it completes.
#[derive(Debug)]
pub struct Generation {
    /// The document, by its id.
    pub document: Arc<str>,
    /// Where it was asked.
    pub place: Place,
    /// The model's name, for the user.
    pub model: String,
    progress: watch::Sender<Progress>,
    task: Mutex<Option<AbortHandle>>,
    waiting: AtomicUsize,
    wanted: Mutex<Instant>,
}

/// What a generation needs to start.
pub struct Start {
    /// The document, by its id.
    pub document: Arc<str>,
    /// Where to complete.
    pub place: Place,
    /// The model's name, for the user.
    pub name: String,
    /// What to ask.
    pub ask: Ask,
}

/// What the stream's task needs.
pub struct Ask {
    /// Whom to ask.
    pub model: Model,
    /// What to ask.
    pub request: FimRequest,
    /// The document's language.
    pub language: Option<&'static Language>,
    /// Whether completions may span lines.
    pub multiline: Multiline,
}

impl Generation {
    /// Starts a stream in a task of its own; `failed` is told if the model fails.
    pub fn start(
        start: Start,
        failed: impl Fn(Arc<model::Error>) + Send + 'static,
    ) -> Arc<Generation> {
        let (progress, _) = watch::channel(Progress {
            text: String::new(),
            phase: Phase::Running,
            first_piece: None,
        });
        let generation = Arc::new(Generation {
            document: start.document,
            place: start.place,
            model: start.name,
            progress,
            task: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            wanted: Mutex::new(Instant::now()),
        });
        let (own, ask) = (generation.clone(), start.ask);
        let run = async move {
            let generation = own;
            let outcome = tokio::select! {
                outcome = generation.read(&ask) => Some(outcome),
                () = generation.unwanted() => None,
            };
            let phase = match outcome {
                None => Phase::Ended,
                Some(Ok(end)) => Phase::Done(end),
                Some(Err(error)) => {
                    let error = Arc::new(error);
                    failed(error.clone());
                    Phase::Failed(error)
                }
            };
            generation.progress.send_modify(|it| it.phase = phase);
        };
        *lock(&generation.task) = Some(tokio::spawn(run).abort_handle());
        generation
    }

    async fn read(&self, ask: &Ask) -> Result<End, model::Error> {
        let started = Instant::now();
        let mut stream = ask.model.complete(&ask.request).await?;
        // Made while the model thinks.
        let mut stop = Stop::new(&trim::Place {
            language: ask.language,
            before: &self.place.before,
            after: &self.place.after,
            multiline: ask.multiline,
        })
        .with_tokens(&ask.request.stop);
        while let Some(piece) = stream.next().await? {
            let flow = stop.push(&piece);
            self.progress.send_modify(|it| {
                it.first_piece.get_or_insert_with(|| started.elapsed());
                it.text.push_str(&piece);
            });
            if flow == Flow::Done {
                // Dropping the stream closes the connection, and so ends the model's work.
                return Ok(End::Model);
            }
        }
        Ok(if stream.usage().cut_short {
            End::Limit
        } else {
            End::Model
        })
    }

    /// Returns once nobody has wanted the generation for [`UNWANTED`].
    async fn unwanted(&self) {
        loop {
            let deadline = *lock(&self.wanted) + UNWANTED;
            tokio::time::sleep_until(deadline).await;
            if self.waiting.load(Ordering::Relaxed) > 0 {
                self.want();
            } else if *lock(&self.wanted) + UNWANTED <= Instant::now() {
                return;
            }
        }
    }

    /// Says that the generation is still wanted.
    pub fn want(&self) {
        *lock(&self.wanted) = Instant::now();
    }

    /// Whether the model is still writing.
    pub fn running(&self) -> bool {
        matches!(self.progress.borrow().phase, Phase::Running)
    }

    /// What there is now.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How many bytes of it have been typed on the way to `now`; `None`: it does not lead there.
    pub fn typed(&self, now: &Place) -> Option<usize> {
        let progress = self.progress.borrow();
        let growing = matches!(progress.phase, Phase::Running);
        self.place.typed(&progress.text, growing, now)
    }

    /// Whether this generation begins where `now` ends up once `rest` is typed.
    pub fn continues(&self, now: &Place, rest: &str) -> bool {
        now.typed(rest, false, &self.place) == Some(rest.len())
    }

    /// Ends it; the connection closes.
    pub fn end(&self) {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
        self.progress.send_if_modified(|it| {
            let running = matches!(it.phase, Phase::Running);
            if running {
                it.phase = Phase::Ended;
            }
            running
        });
    }

    /// Waits until `ready` finds something in what there is.
    pub async fn wait<T>(&self, mut ready: impl FnMut(&Progress) -> Option<T>) -> Option<T> {
        let _waiting = Waiting::new(self);
        let mut progress = self.progress.subscribe();
        loop {
            if let Some(it) = ready(&progress.borrow_and_update()) {
                return Some(it);
            }
            progress.changed().await.ok()?;
        }
    }
}

/// Counts a waiting request, also when its future is dropped.
struct Waiting<'a>(&'a Generation);

impl<'a> Waiting<'a> {
    fn new(generation: &'a Generation) -> Self {
        generation.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(generation)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.want();
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All generations that are remembered, the newest first: those that run, and what the others made.
#[derive(Debug, Default)]
pub struct Generations {
    all: VecDeque<Arc<Generation>>,
}

impl Generations {
    /// The document's generations that lead to `now`, with how much of each has been typed, newest first.
    pub fn leading_to(&self, document: &str, now: &Place) -> Vec<(Arc<Generation>, usize)> {
        let of_document = self.all.iter().filter(|it| &*it.document == document);
        of_document
            .filter_map(|it| Some((it.clone(), it.typed(now)?)))
            .collect()
    }

    /// The document's generation that runs.
    pub fn running(&self, document: &str) -> Option<Arc<Generation>> {
        let mut of_document = self.all.iter().filter(|it| &*it.document == document);
        of_document.find(|it| it.running()).cloned()
    }

    /// Whether any runs.
    pub fn any_running(&self) -> bool {
        self.all.iter().any(|it| it.running())
    }

    /// Adds one that was just started; ends the document's other one, and the oldest beyond `slots`.
    pub fn add(&mut self, generation: Arc<Generation>, slots: usize) {
        for it in &self.all {
            if it.document == generation.document {
                it.end();
            }
        }
        let running = self.all.iter().filter(|it| it.running());
        // The newest stand first: those past the slots that are left are the oldest.
        for it in running.skip(slots.max(1) - 1) {
            it.end();
        }
        self.all.push_front(generation);
        self.all.truncate(REMEMBERED);
    }

    /// Forgets what was made for a document, and ends what runs for it.
    pub fn forget(&mut self, document: &str) {
        self.all.retain(|it| {
            let keep = &*it.document != document;
            if !keep {
                it.end();
            }
            keep
        });
    }

    /// Forgets everything, and ends what runs.
    pub fn clear(&mut self) {
        self.all.drain(..).for_each(|it| it.end());
    }
}

/// A lock that a panic elsewhere can't break: what it guards is valid between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
