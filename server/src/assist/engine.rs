//! The engine: what all completions of one process share. It knows no protocol.

use crate::assist::builtin::Builtin;
use crate::assist::chat::history::Summaries;
use crate::assist::complete::Follow;
use crate::assist::context::Context;
use crate::assist::debounce::Rhythm;
use crate::assist::found::{Barred, Door, Host};
use crate::assist::generation::{Generations, lock};
use crate::assist::indexes::Indexes;
use crate::assist::roles::{Missing, Roles};
use crate::config::settings::{Provider, Role, Settings};
use crate::model::{self, Http, Info, Model, Standing};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long to wait before looking for model servers again, when none was found and none is configured.
const DISCOVER_AGAIN: Duration = Duration::from_secs(30);

/// Something that the user may want to know.
#[derive(Clone, Debug)]
pub enum Event {
    /// The model can't answer.
    ModelFailed(Arc<model::Error>),
    /// The model of this name answered.
    ModelAnswered(String),
    /// A model that Hob found by itself is used from now on: its name, and its address.
    Uses(String, String),
    /// `builtin` has read the codebase.
    Learned,
}

/// Where events go; a receiver that is gone is no error.
#[derive(Clone, Debug)]
pub struct Events(mpsc::UnboundedSender<Event>);

impl Events {
    pub(crate) fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}

/// Everything that completions share: settings, the model, the codebase, what was generated.
#[derive(Debug)]
pub struct Engine {
    settings: Mutex<Arc<Settings>>,
    http: Http,
    model: Mutex<Chosen>,
    roles: Roles,
    door: Door,
    /// Held while model servers are looked for.
    discovering: tokio::sync::Mutex<()>,
    pub(crate) summaries: Summaries,
    pub(crate) builtin: Builtin,
    pub(crate) indexes: Indexes,
    pub(crate) context: Arc<Context>,
    pub(crate) generations: Mutex<Generations>,
    pub(crate) rhythm: Arc<Mutex<Rhythm>>,
    pub(crate) follow: Mutex<Option<Follow>>,
    pub(crate) events: Events,
    pub(crate) this: Weak<Engine>,
}

/// The model of the role autocomplete, as far as it is known.
#[derive(Debug)]
enum Chosen {
    /// The configuration names it, or names `builtin` (`None`).
    Configured(Option<Model>),
    /// The configuration names none: what was found, and when it was looked for.
    Found(Option<Model>, Option<Instant>),
}

impl Engine {
    /// An engine with these settings, and its events.
    pub fn new(settings: Settings) -> (Arc<Engine>, mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let http = Http::default();
        let events = Events(sender);
        let indexes = Indexes::default();
        indexes.configure(&settings.models);
        let engine = Arc::new_cyclic(|this| Engine {
            model: Mutex::new(choose(&settings, &http, &events)),
            settings: Mutex::new(Arc::new(settings)),
            http,
            roles: Roles::default(),
            door: Door::default(),
            discovering: tokio::sync::Mutex::default(),
            summaries: Summaries::default(),
            builtin: Builtin::default(),
            context: Arc::new(Context::new(indexes.clone())),
            indexes,
            generations: Mutex::default(),
            rhythm: Arc::default(),
            follow: Mutex::new(None),
            events,
            this: this.clone(),
        });
        (engine, receiver)
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        lock(&self.settings).clone()
    }

    /// Puts new settings in force. What was generated under the old ones is forgotten if the model changed.
    pub fn configure(&self, settings: Settings) {
        let old = std::mem::replace(&mut *lock(&self.settings), Arc::new(settings.clone()));
        if old.models.autocomplete != settings.models.autocomplete {
            *lock(&self.model) = choose(&settings, &self.http, &self.events);
            lock(&self.generations).clear();
        }
        self.indexes.configure(&settings.models);
    }

    /// Whether a completion is being generated.
    pub fn is_generating(&self) -> bool {
        lock(&self.generations).any_running()
    }

    /// What reads the codebase.
    pub fn builtin(&self) -> &Builtin {
        &self.builtin
    }

    /// The indexes of the open projects.
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// Reads a project in the background, and says so when it is done.
    pub async fn learn(
        &self,
        root: PathBuf,
        progress: impl Fn(usize, usize) + Send + Sync + 'static,
    ) {
        let builtin = self.builtin.clone();
        let learned = tokio::task::spawn_blocking(move || builtin.learn(&root, progress));
        // A panic in there leaves `builtin` without the project; it is in the log.
        let _ = learned.await;
        self.events.send(Event::Learned);
    }

    /// Ends everything that runs.
    pub fn stop(&self) {
        self.builtin.stop();
        self.indexes.stop();
        lock(&self.generations).clear();
    }

    /// Forgets what was generated for a document that is closed.
    pub fn forget(&self, document: &str) {
        lock(&self.generations).forget(document);
    }

    /// The model to ask now. Where none is configured, servers on this machine are looked for in the background.
    pub fn model(&self) -> Option<Model> {
        let mut chosen = lock(&self.model);
        match &mut *chosen {
            // While the user has not said that it may be used, it is as if it weren't there.
            Chosen::Configured(model) => model.clone().filter(may_be_asked),
            Chosen::Found(Some(model), _) => Some(model.clone()),
            Chosen::Found(None, looked) => {
                let due = looked.is_none_or(|it| it.elapsed() > DISCOVER_AGAIN);
                if due && let Some(engine) = self.this.upgrade() {
                    *looked = Some(Instant::now());
                    tokio::spawn(async move { engine.discover().await });
                }
                None
            }
        }
    }

    /// Looks for a model server on this machine, if none is configured. Takes at most some 300 ms; longer where the user
    /// has to be asked about what was found.
    ///
    /// # Errors
    /// One was found that may not be used: it isn't known to be the user's own.
    pub async fn discover(&self) -> Result<(), Box<Barred>> {
        self.find(true).await
    }

    /// As [`Engine::discover`], asking nobody.
    ///
    /// # Errors
    /// As [`Engine::discover`].
    pub async fn discover_quietly(&self) -> Result<(), Box<Barred>> {
        self.find(false).await
    }

    async fn find(&self, asks: bool) -> Result<(), Box<Barred>> {
        // Whoever looks already, or waits for the user's answer, does it for all.
        let Ok(_discovering) = self.discovering.try_lock() else {
            return Ok(());
        };
        let configured = match &*lock(&self.model) {
            Chosen::Configured(Some(model)) if model.is_found() => Some(model.clone()),
            Chosen::Found(None, _) => None,
            _ => return Ok(()),
        };
        let found = match &configured {
            // The kind of server is configured, and not where it is.
            Some(model) => {
                if let Err(error) = model.info().await {
                    tracing::debug!(code = error.code(), "the model server does not answer");
                }
                vec![model.clone()]
            }
            None => model::discover(&self.http, &model::ports()).await,
        };
        let admitted = match asks {
            true => self.door.admitted(&found).await,
            false => self.door.good(&found).ok_or(None),
        };
        if let Chosen::Found(model, looked) = &mut *lock(&self.model)
            && configured.is_none()
        {
            *looked = Some(Instant::now());
            *model = admitted.as_ref().ok().cloned();
        }
        match admitted {
            Err(Some(barred)) => Err(Box::new(barred)),
            _ => Ok(()),
        }
    }

    /// Whom to ask about model servers that Hob finds, and whom to tell which it uses. Without one, only the user's own
    /// are used.
    pub fn introduce(&self, host: Arc<dyn Host>) {
        self.door.set_host(host);
    }

    /// The way to whoever handles events.
    pub(crate) fn events(&self) -> Events {
        self.events.clone()
    }

    /// The model of autocomplete could not be asked. One that turned out to be another's is looked at anew.
    pub(crate) fn model_failed(&self, error: &model::Error) {
        if !matches!(error, model::Error::Stranger(_)) {
            return;
        }
        if let Chosen::Found(model, looked) = &mut *lock(&self.model) {
            (*model, *looked) = (None, Some(Instant::now()));
        }
        if let Some(engine) = self.this.upgrade() {
            tokio::spawn(async move { engine.discover().await });
        }
    }

    /// The model that does the work of a role which converses. Takes some 300 ms where it is to be found first.
    ///
    /// # Errors
    /// There is none.
    pub async fn role(&self, role: Role) -> Result<Model, Missing> {
        let models = self.settings().models.clone();
        self.roles
            .model(&self.http, &models, role, &self.door)
            .await
    }

    /// Whether a role's model is known to say how far it is with reading a prompt.
    pub(crate) fn reports_reading(&self, role: Role) -> bool {
        let model = self.roles.known(&self.settings().models, role);
        let info = model.and_then(|it| it.known_info());
        info.is_some_and(|it| it.reports_reading())
    }

    /// The role whose table in the configuration names the model of this role: what a message is to name.
    pub(crate) fn table_of(&self, role: Role) -> Role {
        match self.settings().models.configured(role) {
            Some(_) => role,
            None => Role::Chat,
        }
    }

    /// A model of a role could not be reached: one that was found is looked for again.
    pub(crate) fn role_failed(&self, error: &model::Error) {
        if error.is_of_server() {
            self.roles.forget_found();
        }
    }

    /// What the model's server is and can do. Asked in a task of its own: a request that gives up waiting
    /// does not make the next one ask again from the start.
    pub async fn info(&self, model: &Model) -> Result<Arc<Info>, model::Error> {
        if let Some(info) = model.known_info() {
            return Ok(info);
        }
        let model = model.clone();
        match tokio::spawn(async move { model.info().await }).await {
            Ok(it) => it,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// Whether `builtin` stands behind the model, as it does unless the configuration names other fallbacks.
    pub(crate) fn falls_back(&self) -> bool {
        let settings = self.settings();
        let model = settings.models.autocomplete.as_ref();
        let named = model.and_then(|it| it.fallback.as_ref());
        named.is_none_or(|it| it.iter().any(|it| it == "builtin"))
    }
}

/// Whether a model is configured, the user's own, or allowed; or nobody has looked yet.
fn may_be_asked(model: &Model) -> bool {
    matches!(model.standing(), Standing::Good | Standing::Unknown)
}

fn choose(settings: &Settings, http: &Http, events: &Events) -> Chosen {
    let Some(configured) = &settings.models.autocomplete else {
        return Chosen::Found(None, None);
    };
    if configured.provider == Some(Provider::Builtin) {
        return Chosen::Configured(None);
    }
    match Model::new(http, configured) {
        Ok(model) => Chosen::Configured(Some(model)),
        Err(error) => {
            events.send(Event::ModelFailed(Arc::new(error)));
            Chosen::Configured(None)
        }
    }
}
