//! One server: its address, its key, what it is known to be, and whether it works at the moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::base::Base;
use super::breaker::Breaker;
use super::chat::{self, ChatRequest, ChatStream};
use super::key::{self, Secret};
use super::refusal::Source;
use super::stream::{MAX_CHAT, MAX_COMPLETION, Stream};
use super::{Dialect, Error, FimRequest, FimStream, Http, Info, Step, Work, llama_cpp, openai};
use crate::assist::fim::Template;
use crate::config::settings::{ModelSettings, Provider};

/// How long a server may take to say what it is.
const INFO_TIME: Duration = Duration::from_secs(5);
/// The longest answer to such a question, in bytes: gateways list thousands of models.
const MAX_INFO: usize = 8 << 20;
/// The longest refusal that is read, in bytes.
const MAX_REFUSAL: usize = 64 << 10;

/// One server of a model.
pub(super) struct Endpoint {
    base: Base,
    http: Http,
    pub(super) settings: Arc<ModelSettings>,
    /// The configured template, looked up.
    pub(super) template: Option<Template>,
    /// What its model is asked for.
    pub(super) work: Work,
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
        http: Http,
        settings: Arc<ModelSettings>,
        template: Option<Template>,
        work: Work,
    ) -> Endpoint {
        Endpoint {
            base,
            http,
            settings,
            template,
            work,
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
            Ok(info) => {
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
        let asked = match call {
            Ok(call) => self.call(call, MAX_COMPLETION).await,
            Err(error) => Err(error),
        };
        let stream = self.judged(asked).await?;
        Ok(FimStream::new(stream))
    }

    /// Asks for an answer to a conversation; returns once the server has begun to answer.
    pub(super) async fn chat(self: &Arc<Self>, request: &ChatRequest) -> Result<ChatStream, Error> {
        let info = self.info().await?;
        let streams = !self.state().whole_answers;
        let mut asked = self
            .call(chat::call(&info, request, streams), MAX_CHAT)
            .await;
        if let Err(error) = &asked
            && streams
            && chat::is_about_streaming(error)
        {
            let whole = chat::call(&info, request, false);
            asked = self.call(whole, MAX_CHAT).await;
            self.state().whole_answers = asked.is_ok();
        }
        let stream = self.judged(asked).await?;
        Ok(ChatStream::new(
            stream,
            info.model.clone(),
            self.url().to_owned(),
        ))
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

    async fn call(self: &Arc<Self>, mut call: Call, most: usize) -> Result<Stream, Error> {
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
            most,
            started,
        ))
    }

    async fn post(
        &self,
        path: &'static str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let response = self
            .send(Method::POST, path, Some(body), deadline, Step::FirstToken)
            .await?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(response);
        }
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
        let response = self.send(method, path, body, deadline, Step::Info).await?;
        let status = response.status().as_u16();
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
        method: Method,
        path: &str,
        body: Option<&Value>,
        deadline: Instant,
        step: Step,
    ) -> Result<Response, Error> {
        let client = self.http.client(&self.base, self.timeouts().connect)?;
        let key = self.key().await?;
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
        model,
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
