//! Models: where a role's work is done. The only module that opens sockets.
//!
//! A [`Model`] is one model on one server, or on several equal ones. Dialects (`llama_cpp`, `openai`) say how a server is asked; differences between servers that speak the same are data.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::assist::fim::{self, Custom, FAMILIES, Family, Template};
use crate::config::secret;
use crate::config::settings::{Fim, ModelSettings};

mod answer;
mod base;
mod breaker;
mod chat;
mod cut;
mod discover;
pub mod embed;
mod embeddings;
mod endless;
mod endpoint;
mod error;
mod guard;
mod http;
mod key;
mod llama_cpp;
mod openai;
mod owner;
mod proxy;
mod refusal;
mod sse;
mod stream;
#[cfg(test)]
mod tests;
mod trust;
mod turns;

use base::Base;
use endpoint::{Address, Endpoint};

pub use chat::{ChatRequest, ChatStream, Message, Speaker};
pub use discover::{PORTS, discover, discover_chat, ports};
pub use embeddings::Embeddings;
pub use endpoint::Standing;
pub use error::{Error, Step};
pub use http::Http;
pub use owner::Owner;
pub use stream::{Delta, FimStream, Reading};
pub use trust::{Stranger, Trust};

/// The most tokens that are ever asked for at once, whatever the caller wants.
const MAX_TOKENS: u32 = 2048;

/// What a completion asks of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct FimRequest {
    /// What to complete.
    pub input: FimInput,
    /// The most tokens to generate.
    pub max_tokens: u32,
    /// Strings that end the answer, most important first; a dialect sends as many as its servers take, all are applied to what comes back.
    pub stop: Vec<String>,
}

/// A prompt of our own, or the parts for a server that makes its own.
#[derive(Clone, Debug, PartialEq)]
pub enum FimInput {
    /// A finished prompt in the model's own format.
    Prompt(String),
    /// For llama.cpp's `/infill`, where the model's family is unknown.
    Infill {
        /// The text before the cursor.
        prefix: String,
        /// The text after the cursor.
        suffix: String,
        /// Other files: name and text.
        extra: Vec<(String, String)>,
    },
}

/// What the server reports of one answer, where it does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Prompt tokens in all.
    pub prompt_tokens: Option<u32>,
    /// Prompt tokens served from the server's cache.
    pub cached_tokens: Option<u32>,
    /// Generated tokens.
    pub generated_tokens: Option<u32>,
    /// Time spent on the prompt.
    pub prompt_time: Option<Duration>,
    /// Whether the token limit ended the answer, not the model.
    pub cut_short: bool,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// To fill in the middle.
    Fim,
    /// To answer a conversation.
    Chat,
    /// To embed.
    Embed,
}

/// How a server talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// llama.cpp's own: `/completion`, `/infill`, `/props`, `/tokenize`.
    LlamaCpp,
    /// OpenAI's: `/v1/completions`.
    OpenAi,
}

/// What a server is and what its model can do, as it says itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// How it talks.
    pub dialect: Dialect,
    /// What it is, for the user: `llama.cpp b11669`, `OpenAI-compatible (vllm)`.
    pub server: String,
    /// The model's name, for the user; empty if nothing names it.
    pub model: String,
    /// How the model is prompted; `None` if that isn't known.
    pub fim: Option<Template>,
    /// Whether the server makes the prompt itself ([`FimInput::Infill`]); only asked where `fim` isn't known.
    pub infill: bool,
    /// Why the model can't fill in the middle, a clause; `None` if it can.
    pub no_fim: Option<String>,
    /// The context of one request, in tokens: as configured, else what the server says.
    pub context_tokens: Option<u32>,
    /// How many requests the server works on at once; at least 1.
    pub slots: u32,
    /// Whether the name says that it is an instruct model.
    pub instruct: bool,
    /// All models that the server lists.
    pub served: Vec<String>,
    /// Who the list says owns the model, and whether its path lacks the version.
    served_by: String,
    /// The name for requests; `None`: none is sent.
    model_to_send: Option<String>,
}

impl Info {
    /// That of a server nobody has asked yet.
    pub fn unknown() -> Info {
        Info {
            dialect: Dialect::OpenAi,
            server: String::new(),
            model: String::new(),
            fim: None,
            infill: false,
            no_fim: None,
            context_tokens: None,
            slots: 1,
            instruct: false,
            served: Vec::new(),
            served_by: String::new(),
            model_to_send: None,
        }
    }

    /// Whether the server says how much of a prompt it has read, where it is asked to.
    pub(crate) fn reports_reading(&self) -> bool {
        self.dialect == Dialect::LlamaCpp
    }

    /// Whether it fills in the middle, by a template of ours or by its own.
    pub fn can_fim(&self) -> bool {
        self.fim.is_some() || self.infill
    }
}

/// One model on one server, or on several equal ones. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Model(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Never empty.
    endpoints: Vec<Arc<Endpoint>>,
    /// The one that answered last.
    current: AtomicUsize,
}

impl Model {
    /// A model that fills in the middle, as configured. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Config`] if there is no url, or one that can't be read, or a template that isn't known.
    pub fn new(http: &Http, settings: &ModelSettings) -> Result<Model, Error> {
        let (settings, address) = discover::with_usual_url(settings);
        Model::of(http, settings, address, Work::Fim)
    }

    /// A model to converse with, as configured. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn for_chat(http: &Http, settings: &ModelSettings) -> Result<Model, Error> {
        let (settings, address) = discover::with_usual_url(settings);
        Model::of(http, settings, address, Work::Chat)
    }

    /// A model to converse with on a server that Hob found: its address is in the settings, which are the user's but for
    /// that.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub(crate) fn found_for_chat(http: &Http, settings: ModelSettings) -> Result<Model, Error> {
        Model::of(http, settings, Address::Chosen, Work::Chat)
    }

    fn of(
        http: &Http,
        settings: ModelSettings,
        address: Address,
        work: Work,
    ) -> Result<Model, Error> {
        let settings = Arc::new(settings);
        let template = settings.fim.as_ref().map(template).transpose()?;
        let endpoint = |written: &String| {
            Ok(Arc::new(Endpoint::new(
                Base::parse(written)?,
                address,
                http.clone(),
                settings.clone(),
                template.clone(),
                work,
            )))
        };
        let endpoints: Vec<_> = settings
            .url
            .iter()
            .map(endpoint)
            .collect::<Result<_, Error>>()?;
        if endpoints.is_empty() {
            return Err(Error::Config {
                cause: "no url is set; write for example url = \"http://127.0.0.1:8080\""
                    .to_owned(),
            });
        }
        Ok(Model(Arc::new(Inner {
            endpoints,
            current: AtomicUsize::new(0),
        })))
    }

    /// What the server is and can do: asked once, remembered; asked again after a failure.
    ///
    /// # Errors
    /// As [`Model::complete`].
    pub async fn info(&self) -> Result<Arc<Info>, Error> {
        let mut first_error = None;
        for (index, endpoint) in self.in_order() {
            match endpoint.info().await {
                Ok(info) => {
                    self.0.current.store(index, Ordering::Relaxed);
                    return Ok(info);
                }
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(first_error.unwrap_or_else(no_endpoint))
    }

    /// What is known of it without asking.
    pub fn known_info(&self) -> Option<Arc<Info>> {
        self.in_order()
            .find_map(|(_, endpoint)| endpoint.known_info())
    }

    /// Asks for a completion; returns once the server has begun to answer. The first of its servers that works is taken.
    ///
    /// After a failure of a server, calls to it fail at once for 1 s, doubling to 30 s, then it is tried again.
    ///
    /// # Errors
    /// What went wrong, told apart; nothing of the prompt is in it.
    pub async fn complete(&self, request: &FimRequest) -> Result<FimStream, Error> {
        self.first(|endpoint| async move { endpoint.complete(request).await })
            .await
    }

    /// Asks for an answer to a conversation; returns once the server has begun to answer. As [`Model::complete`] for the
    /// rest.
    ///
    /// # Errors
    /// As [`Model::complete`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatStream, Error> {
        self.first(|endpoint| async move { endpoint.chat(request).await })
            .await
    }

    /// Whether its server already works on as many conversations as it does at once: one more has to wait.
    pub fn is_answering(&self) -> bool {
        self.0.endpoints[self.current()].is_answering()
    }

    /// What the first of its servers that works says.
    async fn first<T, F: Future<Output = Result<T, Error>>>(
        &self,
        ask: impl Fn(Arc<Endpoint>) -> F,
    ) -> Result<T, Error> {
        let mut first_error = None;
        for (index, endpoint) in self.in_order() {
            match ask(endpoint.clone()).await {
                Ok(it) => {
                    self.0.current.store(index, Ordering::Relaxed);
                    return Ok(it);
                }
                Err(error) if error.is_of_server() => _ = first_error.get_or_insert(error),
                // Another server would say the same.
                Err(error) => return Err(error),
            }
        }
        Err(first_error.unwrap_or_else(no_endpoint))
    }

    /// Forgets failures: the next call tries again at once. For when the user says that the server is up.
    pub fn retry_now(&self) {
        self.0.endpoints.iter().for_each(|it| it.retry_now());
    }

    /// Whether Hob chose the server's address itself, as of one that it found.
    pub fn is_found(&self) -> bool {
        self.0.endpoints.iter().any(|it| it.is_chosen())
    }

    /// How the server stands with the user, as far as that is known; of several: the least good.
    pub fn standing(&self) -> Standing {
        let standings = self.0.endpoints.iter().map(|it| it.standing());
        let mut worse = standings.filter(|it| *it != Standing::Good);
        worse.next().unwrap_or(Standing::Good)
    }

    /// What the user has said about servers that were found.
    pub fn trust(&self) -> &Trust {
        self.0.endpoints[0].trust()
    }

    /// The address in use, for messages; without a password.
    pub fn url(&self) -> &str {
        self.0.endpoints[self.current()].url()
    }

    fn current(&self) -> usize {
        self.0
            .current
            .load(Ordering::Relaxed)
            .min(self.0.endpoints.len() - 1)
    }

    /// The one in use first: a prompt that it has in its cache is worth more there.
    fn in_order(&self) -> impl Iterator<Item = (usize, &Arc<Endpoint>)> {
        let current = self.current();
        let all = || self.0.endpoints.iter().enumerate();
        all()
            .skip(current)
            .take(1)
            .chain(all().filter(move |(index, _)| *index != current))
    }
}

/// The configured template.
fn template(configured: &Fim) -> Result<Template, Error> {
    match configured {
        Fim::Family(id) => match Family::with_id(id).map(Template::Family) {
            Some(template) => Ok(template),
            None => {
                let nearest = FAMILIES.iter().map(|it| it.id).max_by(|a, b| {
                    strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id))
                });
                let known: Vec<&str> = FAMILIES.iter().map(|it| it.id).collect();
                Err(Error::Config {
                    cause: format!(
                        "no fim family {:?}; did you mean {:?}? Known are {}",
                        secret::hidden(&error::short(id)),
                        nearest.unwrap_or_default(),
                        known.join(", ")
                    ),
                })
            }
        },
        Fim::Template {
            prefix,
            suffix,
            middle,
            stop,
        } => Ok(Template::Custom(Arc::new(Custom {
            prefix: prefix.clone(),
            suffix: suffix.clone(),
            middle: middle.clone(),
            stop: stop.clone(),
        }))),
    }
}

/// All that ends an answer on our side: what the caller wants, what ends the model's own format, and every family's special tokens that look like nothing else.
fn stops(info: &Info, request: &FimRequest) -> Vec<String> {
    let own = info.fim.iter().flat_map(|it| {
        it.stop()
            .chain(it.specials())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    request
        .stop
        .iter()
        .cloned()
        .chain(own)
        .chain(fim::unmistakable().map(str::to_owned))
        .collect()
}

fn no_endpoint() -> Error {
    // Unreachable: `Model::new` refuses an empty list.
    Error::Config {
        cause: "no url is set".to_owned(),
    }
}
