//! One server: its address, its key, what it is known to be, and whether it works at the moment.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::base::Base;
use super::breaker::Breaker;
use super::chat::{self, ChatRequest, ChatStream};
use super::guard::Changed;
use super::key::{self, Secret};
use super::owner::Owner;
use super::refusal::Source;
use super::stream::{Bounds, Stream};
use super::trust::Stranger;
use super::turns::Turns;
use super::{Dialect, Error, FimRequest, FimStream, Http, Info, Step, Work, llama_cpp, openai};
use crate::assist::fim::Template;
use crate::config::secret;
use crate::config::settings::{ModelSettings, Provider};

/// How long a server may take to say what it is.
const INFO_TIME: Duration = Duration::from_secs(5);
/// The longest answer to such a question, in bytes: gateways list thousands of models.
const MAX_INFO: usize = 8 << 20;
/// After this time a server that may be anybody's is asked again what it is: a few requests on this machine.
const REASSURED: Duration = Duration::from_secs(60);
/// The longest refusal that is read, in bytes.
const MAX_REFUSAL: usize = 64 << 10;

/// Who chose a server's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The user wrote it.
    Configured,
    /// Hob, since servers mostly listen there: whoever does now may be anybody.
    Chosen,
}

/// How a server stands with the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It may be used: it is configured, or the user's own or root's, or the user has said so.
    Good,
    /// Nobody has said whether it may.
    Undecided(Stranger),
    /// The user has said that it may not.
    Refused(Stranger),
    /// It has not been looked at.
    Unknown,
}

/// What only a server has whose address Hob chose itself.
struct Guarded {
    /// A client that connects to this owner's servers and to no others.
    client: reqwest::Client,
    owner: Owner,
    /// When it turned out that what is the user's may be sent.
    admitted: Option<Instant>,
}

impl Guarded {
    /// Whether what is the user's may be sent. Where nobody tells whose the listener is, another may have taken its place
    /// unnoticed: then what it says of itself counts only for a while.
    fn is_admitted(&self) -> bool {
        let counts = |at: Instant| self.owner != Owner::Unknown || at.elapsed() < REASSURED;
        self.admitted.is_some_and(counts)
    }
}

/// One server of a model.
pub(super) struct Endpoint {
    base: Base,
    /// Where it listens, if Hob chose that.
    chosen: Option<SocketAddr>,
    http: Http,
    pub(super) settings: Arc<ModelSettings>,
    /// The configured template, looked up.
    pub(super) template: Option<Template>,
    /// What its model is asked for.
    pub(super) work: Work,
    /// Its conversations.
    turns: Turns,
    key: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Held while the server is asked what it is: others wait for that answer.
    asking: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Endpoint {
    // The settings may hold a password in a url, and whatever was put into the extra fields.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Endpoint").field(&self.url()).finish()
    }
}

#[derive(Default)]
struct State {
    key: Option<Secret>,
    guarded: Option<Guarded>,
    info: Option<Arc<Info>>,
    breaker: Breaker,
    /// The path that took completions, where it isn't the usual one.
    path: Option<&'static str>,
    /// Whether it refused to stream: then it is asked for whole answers.
    whole_answers: bool,
    /// Whether anything has ever worked: then a broken connection may be one that was kept too long.
    worked: bool,
}

/// A successful or refused answer to a small request.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The document, if it is a success and JSON.
    pub(super) fn json(&self) -> Option<Value> {
        if self.status == 200 {
            serde_json::from_slice(&self.body).ok()
        } else {
            None
        }
    }
}

impl Endpoint {
    pub(super) fn new(
        base: Base,
        address: Address,
        http: Http,
        settings: Arc<ModelSettings>,
        template: Option<Template>,
        work: Work,
    ) -> Endpoint {
        Endpoint {
            chosen: match address {
                Address::Configured => None,
                Address::Chosen => base.address(),
            },
            base,
            http,
            settings,
            template,
            work,
            turns: Turns::default(),
            key: tokio::sync::Mutex::default(),
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// For messages.
    pub(super) fn url(&self) -> &str {
        self.base.as_str()
    }

    pub(super) fn timeouts(&self) -> crate::config::settings::Timeouts {
        self.settings.timeouts
    }

    /// Where an answer of this server comes from.
    pub(super) fn source<'a>(&'a self, path: &'a str) -> Source<'a> {
        Source {
            url: self.url(),
            path,
            model: self.settings.model.as_deref(),
            key: self.state().key.clone(),
        }
    }

    pub(super) fn timed_out(&self, step: Step) -> Error {
        let timeouts = self.timeouts();
        let after = match step {
            Step::Connect => timeouts.connect,
            Step::FirstToken => timeouts.first_token,
            Step::Idle => timeouts.idle,
            Step::Info => INFO_TIME,
            Step::Whole(after) => after,
        };
        Error::Timeout {
            url: self.url().to_owned(),
            step,
            after,
        }
    }

    /// What is known without asking.
    pub(super) fn known_info(&self) -> Option<Arc<Info>> {
        self.state().info.clone()
    }

    /// Forgets that it failed.
    pub(super) fn retry_now(&self) {
        self.state().breaker.succeed();
    }

    /// Takes a failure: it counts against the server if it is the server's, and what is known may no longer hold.
    pub(super) fn failed(&self, error: &Error) {
        // It was not even asked.
        if matches!(error, Error::Stranger(_)) {
            return;
        }
        let mut state = self.state();
        state.breaker.fail(error, std::time::Instant::now());
        match error {
            // Slow or busy it is still the same server.
            Error::Timeout { .. }
            | Error::Busy { .. }
            | Error::Truncated { .. }
            | Error::TooLarge { .. } => {}
            Error::Unauthorized { .. } => (state.key, state.info) = (None, None),
            _ => (state.info, state.path) = (None, None),
        }
        // What comes back may be another server: whose it is, and what it says of itself, is looked at again.
        if state.info.is_none() {
            state.guarded = None;
        }
    }

    /// Whether Hob chose the address itself.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// How the server stands with the user, as far as that is known.
    pub(super) fn standing(&self) -> Standing {
        if !self.is_chosen() {
            return Standing::Good;
        }
        let (owner, info) = {
            let state = self.state();
            match (&state.guarded, &state.info) {
                (Some(it), _) if it.is_admitted() => return Standing::Good,
                (Some(it), Some(info)) => (it.owner, info.clone()),
                _ => return Standing::Unknown,
            }
        };
        let stranger = Stranger::new(self.url(), owner, &info);
        match self.http.trust().of(&stranger) {
            Some(true) => Standing::Good,
            Some(false) => Standing::Refused(stranger),
            None => Standing::Undecided(stranger),
        }
    }

    /// What the user has said about it.
    pub(super) fn trust(&self) -> &super::Trust {
        self.http.trust()
    }

    /// Lets a server that Hob found have what is the user's, if it may.
    async fn admit(&self) -> Result<(), Error> {
        if !self.is_chosen() || self.is_admitted() {
            return Ok(());
        }
        {
            let mut state = self.state();
            let expired = |it: &Guarded| it.admitted.is_some();
            if state.guarded.as_ref().is_some_and(expired) {
                (state.guarded, state.info) = (None, None);
            }
        }
        if self.standing() == Standing::Unknown {
            self.client().await?;
            if self.is_admitted() {
                return Ok(());
            }
            self.info().await?;
        }
        match self.standing() {
            Standing::Good => {
                if let Some(it) = &mut self.state().guarded {
                    it.admitted = Some(Instant::now());
                }
                Ok(())
            }
            Standing::Undecided(it) | Standing::Refused(it) => Err(Error::Stranger(Box::new(it))),
            Standing::Unknown => Err(self.changed()),
        }
    }

    fn is_admitted(&self) -> bool {
        let state = self.state();
        state.guarded.as_ref().is_some_and(Guarded::is_admitted)
    }

    fn changed(&self) -> Error {
        Error::Unreachable {
            url: self.url().to_owned(),
            cause: Changed.to_string(),
        }
    }

    /// The client to ask with.
    async fn client(&self) -> Result<reqwest::Client, Error> {
        let connect = self.timeouts().connect;
        let Some(address) = self.chosen else {
            let proxy = &self.settings.proxy;
            return self.http.client(&self.base, connect, proxy).await;
        };
        if let Some(it) = &self.state().guarded {
            return Ok(it.client.clone());
        }
        let (client, owner) = self.http.guarded(&self.base, address, connect).await?;
        let mut state = self.state();
        // Another request may have made one meanwhile: all have to use the same.
        let guarded = state.guarded.get_or_insert(Guarded {
            client,
            owner,
            admitted: (owner == Owner::Ours).then(Instant::now),
        });
        Ok(guarded.client.clone())
    }

    /// The client for what is the user's: of a server that Hob found, only once that is admitted.
    async fn admitted_client(&self) -> Result<reqwest::Client, Error> {
        if !self.is_chosen() {
            return self.client().await;
        }
        self.admit().await?;
        // Looked at once more together with the client: it may have been given up meanwhile.
        let state = self.state();
        let guarded = state.guarded.as_ref().filter(|it| it.is_admitted());
        guarded.map_or_else(|| Err(self.changed()), |it| Ok(it.client.clone()))
    }

    /// Takes a success.
    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.breaker.succeed();
        state.worked = true;
    }

    /// What the server is: asked once, remembered until it fails.
    pub(super) async fn info(&self) -> Result<Arc<Info>, Error> {
        self.check_breaker()?;
        if let Some(info) = self.known_info() {
            return Ok(info);
        }
        let _asking = self.asking.lock().await;
        // Whoever asked meanwhile has the answer, or the failure.
        self.check_breaker()?;
        if let Some(info) = self.known_info() {
            return Ok(info);
        }
        match self.ask_what_it_is().await {
            Ok(mut info) => {
                // For the user's eyes; requests have their own.
                info.model = secret::hidden(&info.model).into_owned();
                debug!(url = self.url(), dialect = ?info.dialect, model = info.model, fim = info.fim.as_ref().map(Template::id), "model server");
                let info = Arc::new(info);
                self.state().info = Some(info.clone());
                Ok(info)
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    async fn ask_what_it_is(&self) -> Result<Info, Error> {
        match self.settings.provider {
            Some(Provider::Builtin) => Err(Error::Config {
                cause: "builtin is no model server; leave its url out".to_owned(),
            }),
            Some(Provider::Fastembed) => Err(Error::Config {
                cause: "fastembed only embeds; it is for `models.embed`".to_owned(),
            }),
            Some(Provider::OpenAi) => openai::info(self).await,
            Some(Provider::LlamaCpp | Provider::Llamafile) => match llama_cpp::info(self).await? {
                Some(info) => Ok(info),
                // The user knows better than `/props`, which may be switched off: completions go the OpenAI way, which it has too.
                None => openai::info(self).await,
            },
            // The dialects of other kinds of server are read as what they all speak besides: OpenAI's.
            Some(_) => openai::info(self).await,
            None => match llama_cpp::info(self).await? {
                Some(info) => Ok(info),
                None => openai::info(self).await,
            },
        }
    }

    /// Asks for a completion; returns once the server has begun to answer.
    pub(super) async fn complete(
        self: &Arc<Self>,
        request: &FimRequest,
    ) -> Result<FimStream, Error> {
        let info = self.info().await?;
        let call = match info.dialect {
            Dialect::LlamaCpp => llama_cpp::call(self.url(), &info, request),
            Dialect::OpenAi => openai::call(self.url(), &info, request),
        };
        let bounds = Bounds::of_completion(request.max_tokens.min(super::MAX_TOKENS));
        let asked = match call {
            Ok(call) => self.call(call, bounds).await,
            Err(error) => Err(error),
        };
        let stream = self.judged(asked).await?;
        Ok(FimStream::new(stream))
    }

    /// Asks for an answer to a conversation; returns once the server has begun to answer.
    pub(super) async fn chat(self: &Arc<Self>, request: &ChatRequest) -> Result<ChatStream, Error> {
        let info = self.info().await?;
        let turn = self.turns.take(&info).await;
        let streams = !self.state().whole_answers;
        let bounds = || Bounds::of_chat(request.max_tokens);
        let mut asked = self
            .call(chat::call(&info, request, streams), bounds())
            .await;
        if let Err(error) = &asked
            && streams
            && chat::is_about_streaming(error)
        {
            let whole = chat::call(&info, request, false);
            asked = self.call(whole, bounds()).await;
            self.state().whole_answers = asked.is_ok();
        }
        let stream = self.judged(asked).await?;
        Ok(ChatStream::new(
            stream,
            info.model.clone(),
            self.url().to_owned(),
            turn,
        ))
    }

    /// Whether it works on as many conversations as it does at once.
    pub(super) fn is_answering(&self) -> bool {
        self.known_info()
            .is_some_and(|it| self.turns.are_taken(&it))
    }

    /// Notes what a call came to.
    async fn judged<T>(&self, asked: Result<T, Error>) -> Result<T, Error> {
        let error = match asked {
            Ok(it) => return Ok(it),
            Err(Error::UnknownModel { url, model, .. }) => self.name_the_nearest(url, model).await,
            Err(error) => error,
        };
        self.failed(&error);
        Err(error)
    }

    async fn call(self: &Arc<Self>, mut call: Call, bounds: Bounds) -> Result<Stream, Error> {
        call.body.extend(self.settings.extra.clone());
        let body = Value::Object(call.body);
        let started = Instant::now();
        let deadline = started + self.timeouts().first_token;
        let path = self.state().path.unwrap_or(call.path);
        let (path, response) = match self.post(path, &body, deadline).await {
            Err(error @ Error::NotFound { .. }) => {
                // A base URL that ends before or behind the version: both are tried, and what works is remembered.
                let Some(other) = call.other_path else {
                    return Err(error);
                };
                let Ok(response) = self.post(other, &body, deadline).await else {
                    return Err(error);
                };
                self.state().path = Some(other);
                (other, response)
            }
            result => (path, result?),
        };
        debug!(url = self.url(), path, elapsed = ?started.elapsed(), "answer begins");
        Ok(Stream::new(
            self.clone(),
            path,
            response,
            call.stops,
            bounds,
            started,
        ))
    }

    async fn post(
        &self,
        path: &'static str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let with = (self.admitted_client().await?, self.key().await?);
        let response = self
            .send(
                with,
                Method::POST,
                path,
                Some(body),
                deadline,
                Step::FirstToken,
            )
            .await?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(response);
        }
        // A refusal is short and comes at once.
        let deadline = deadline.min(Instant::now() + INFO_TIME);
        let body = read_bounded(response, MAX_REFUSAL, deadline).await;
        Err(self.source(path).refusal(status, &body.unwrap_or_default()))
    }

    /// A request whose answer is not streamed and has at most `most` bytes, within the time that the first token may take.
    pub(super) async fn post_whole(
        &self,
        path: &'static str,
        body: &Value,
        most: usize,
    ) -> Result<Vec<u8>, Error> {
        let deadline = Instant::now() + self.timeouts().first_token;
        let response = self.post(path, body, deadline).await?;
        let url = self.url().to_owned();
        match read_bounded(response, most, deadline).await {
            Ok(body) if body.len() >= most => Err(Error::TooLarge {
                url,
                what: "an answer",
                bytes: most,
            }),
            Ok(body) => Ok(body),
            Err(None) => Err(self.timed_out(Step::FirstToken)),
            Err(Some(cause)) => Err(Error::Truncated { url, cause }),
        }
    }

    /// A small question; any status is an answer.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Error> {
        let deadline = Instant::now() + INFO_TIME;
        // The questions hold nothing of the user's; a key would.
        let client = self.client().await?;
        let key = match !self.is_chosen() || self.is_admitted() {
            true => self.key().await?,
            false => None,
        };
        let with = (client, key);
        let response = self
            .send(with, method, path, body, deadline, Step::Info)
            .await?;
        let status = response.status().as_u16();
        if matches!(status, 401 | 403)
            && self.is_chosen()
            && !self.is_admitted()
            && self.settings.api_key.is_some()
        {
            // It wants the key, which a stranger doesn't get; and without it says nothing to be known by.
            let owner = self.state().guarded.as_ref().map(|it| it.owner);
            let owner = owner.unwrap_or(Owner::Unknown);
            let stranger = Stranger::new(self.url(), owner, &Info::unknown());
            return Err(Error::Stranger(Box::new(stranger)));
        }
        match read_bounded(response, MAX_INFO, deadline).await {
            Ok(body) => Ok(Reply { status, body }),
            Err(None) => Err(self.timed_out(Step::Info)),
            Err(Some(cause)) => Err(Error::Truncated {
                url: self.url().to_owned(),
                cause,
            }),
        }
    }

    async fn send(
        &self,
        (client, key): (reqwest::Client, Option<Secret>),
        method: Method,
        path: &str,
        body: Option<&Value>,
        deadline: Instant,
        step: Step,
    ) -> Result<Response, Error> {
        let mut again = self.state().worked;
        loop {
            let mut request = client.request(method.clone(), self.base.join(path));
            if let Some(key) = &key {
                request = request.bearer_auth(key.expose());
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let error = match timeout_at(deadline, request.send()).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => error,
                Err(_) => return Err(self.timed_out(step)),
            };
            let url = self.url().to_owned();
            if Changed::is_cause_of(&error) {
                return Err(self.changed());
            }
            if error.is_connect() && error.is_timeout() {
                return Err(self.timed_out(Step::Connect));
            }
            if error.is_connect() {
                return Err(Error::Unreachable {
                    url,
                    cause: root_cause(error),
                });
            }
            if error.is_builder() {
                return Err(Error::Config {
                    cause: format!("{url} can't be asked ({})", root_cause(error)),
                });
            }
            // A connection that was kept from an earlier request may just have been closed by the server.
            if !std::mem::take(&mut again) {
                return Err(Error::Unreachable {
                    url,
                    cause: format!(
                        "it closed the connection without an answer: {}",
                        root_cause(error)
                    ),
                });
            }
        }
    }

    async fn key(&self) -> Result<Option<Secret>, Error> {
        let Some(configured) = &self.settings.api_key else {
            return Ok(None);
        };
        let _reading = self.key.lock().await;
        if let Some(key) = &self.state().key {
            return Ok(Some(key.clone()));
        }
        let key = key::read(configured).await?;
        self.state().key = Some(key.clone());
        Ok(Some(key))
    }

    async fn name_the_nearest(&self, url: String, model: String) -> Error {
        let served = openai::served(self)
            .await
            .map(|(list, _)| list.into_iter().map(|it| it.id).collect())
            .unwrap_or_default();
        unknown_model(url, model, served)
    }

    /// Fails at once while the server is taken to be down.
    pub(super) fn check_breaker(&self) -> Result<(), Error> {
        self.state()
            .breaker
            .check(std::time::Instant::now())
            .map_or(Ok(()), |error| Err(error.clone()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment: a poisoned lock can be used.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one dialect sends for an answer.
pub(super) struct Call {
    pub(super) path: &'static str,
    /// Where to try if the server has no such path.
    pub(super) other_path: Option<&'static str>,
    pub(super) body: Map<String, Value>,
    /// What ends the answer on our side, sent or not.
    pub(super) stops: Vec<String>,
}

/// The error for a model that the server doesn't have.
pub(super) fn unknown_model(url: String, model: String, served: Vec<String>) -> Error {
    let score = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &model.to_lowercase());
    let best = served.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
    // Below this, names have hardly more than letters in common.
    let nearest = best
        .filter(|it| !model.is_empty() && score(it) > 0.7)
        .cloned();
    Error::UnknownModel {
        url,
        model: secret::hidden(&model).into_owned(),
        served,
        nearest,
    }
}

/// What the network said, without the layers around it and without the address, which may hold a password.
pub(super) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Reads at most `most` bytes; `Err(None)`: too slow.
async fn read_bounded(
    mut response: Response,
    most: usize,
    deadline: Instant,
) -> Result<Vec<u8>, Option<String>> {
    let mut body = Vec::new();
    while body.len() < most {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes),
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(Some(root_cause(error))),
            Err(_) => return Err(None),
        }
    }
    Ok(body)
}
