//! The OpenAI-compatible dialect: `/v1/completions` with a raw prompt. Never `suffix`: some servers refuse it, others silently ignore it.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::endpoint::{Call, Endpoint, unknown_model};
use super::error::short;
use super::{Dialect, Error, FimInput, FimRequest, Info, Work, chat, stops};
use crate::assist::fim::{self, Template, Verdict};
use crate::config::secret;

/// The most stop strings that OpenAI's API takes; servers that hold to it refuse a fifth.
const MAX_STOPS: usize = 4;

/// The longest name that is taken from a server, in bytes: paths of models have some 200. Nobody could type or tell apart
/// longer ones.
const LONGEST_NAME: usize = 1024;
/// The most models of a list that are looked at: the largest gateways have some thousands.
const MOST_MODELS: usize = 10_000;

/// Whether a server's word is one that can be shown and asked for.
pub(super) fn is_name(it: &str) -> bool {
    !it.is_empty() && it.len() <= LONGEST_NAME && !it.contains(char::is_control)
}

/// A model which a server lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Served {
    /// Its name for requests.
    pub(super) id: String,
    /// Who the server says owns it: tells vLLM, Ollama and others apart.
    pub(super) owner: String,
    /// Its context, where the list says so.
    pub(super) context_tokens: Option<u32>,
}

/// Asks what the server serves.
pub(super) async fn info(endpoint: &Endpoint) -> Result<Info, Error> {
    let (served, versioned) = served(endpoint).await?;
    let model = pick(endpoint, &served)?;
    let chosen = served.iter().find(|it| it.id == model);
    let owner = chosen
        .or(served.first())
        .map(|it| it.owner.clone())
        .unwrap_or_default();
    let (fim, no_fim) = match (&endpoint.template, fim::by_name(&model)) {
        _ if endpoint.work != Work::Fim => (None, None),
        (Some(template), _) => (Some(template.clone()), None),
        (None, Verdict::Family(family)) => (Some(Template::Family(family)), None),
        (None, Verdict::Untrained(reason)) => (None, Some(reason.to_owned())),
        (None, Verdict::Unknown) => (
            None,
            Some(format!(
                "Hob knows no fill-in-the-middle template for {:?}",
                secret::hidden(&short(&model))
            )),
        ),
    };
    Ok(Info {
        dialect: Dialect::OpenAi,
        server: if owner.is_empty() {
            "OpenAI-compatible".to_owned()
        } else {
            format!("OpenAI-compatible ({owner})")
        },
        instruct: fim::is_instruct(&model),
        fim,
        infill: false,
        no_fim,
        context_tokens: endpoint
            .settings
            .context_tokens
            .or(chosen.and_then(|it| it.context_tokens)),
        // Nobody tells. One is never wrong.
        slots: 1,
        served: served.iter().map(|it| it.id.clone()).collect(),
        served_by: if versioned {
            owner
        } else {
            format!("{owner} without /v1")
        },
        model_to_send: Some(model.clone()).filter(|it| !it.is_empty()),
        model,
    })
}

/// What the server lists, and whether the list is below `/v1`. An unreadable list is an empty one.
pub(super) async fn served(endpoint: &Endpoint) -> Result<(Vec<Served>, bool), Error> {
    let mut first_refusal = None;
    for (path, versioned) in [("/v1/models", true), ("/models", false)] {
        let reply = endpoint.ask(Method::GET, path, None).await?;
        if let Some(list) = reply.json().as_ref().and_then(read_list) {
            return Ok((list, versioned));
        }
        // mlx answers with nothing where its cache's folder is missing, and serves all the same.
        if reply.status == 200 && reply.body.trim_ascii().is_empty() {
            return Ok((Vec::new(), versioned));
        }
        let error = if reply.status == 200 {
            endpoint.source(path).malformed(
                "a list of models that Hob can't read",
                &String::from_utf8_lossy(&reply.body),
            )
        } else {
            endpoint.source(path).refusal(reply.status, &reply.body)
        };
        if !matches!(
            error,
            Error::NotFound { .. } | Error::Malformed { .. } | Error::Html { .. }
        ) {
            return Err(error);
        }
        first_refusal.get_or_insert(error);
    }
    match first_refusal {
        // Some gateways serve completions and no list; with a model's name that is enough.
        Some(Error::NotFound { .. }) if endpoint.settings.model.is_some() => Ok((Vec::new(), true)),
        Some(error) => Err(error),
        None => Ok((Vec::new(), true)),
    }
}

/// The model to use: the configured one, the only one, or the best for the work. Empty where nothing is listed.
pub(super) fn pick(endpoint: &Endpoint, served: &[Served]) -> Result<String, Error> {
    if let Some(model) = &endpoint.settings.model {
        return Ok(model.clone());
    }
    if endpoint.work == Work::Chat {
        let best = served.iter().rev().max_by_key(|it| chat::rank(&it.id));
        return Ok(best.map(|it| it.id.clone()).unwrap_or_default());
    }
    let fills_in = |it: &&Served| matches!(fim::by_name(&it.id), Verdict::Family(_));
    let best = served
        .iter()
        .filter(fills_in)
        .min_by_key(|it| fim::is_instruct(&it.id));
    match (best, served) {
        (Some(best), _) => Ok(best.id.clone()),
        (None, []) => Ok(String::new()),
        (None, [only]) => Ok(only.id.clone()),
        // With a template configured the user has one of them in mind; Hob can't know which.
        (None, several) if endpoint.template.is_some() => Err(unknown_model(
            endpoint.url().to_owned(),
            String::new(),
            several.iter().map(|it| it.id.clone()).collect(),
        )),
        (None, [first, ..]) => Ok(first.id.clone()),
    }
}

fn read_list(document: &Value) -> Option<Vec<Served>> {
    let list = document
        .get("data")
        .or_else(|| document.get("models"))
        .unwrap_or(document)
        .as_array()?;
    let read = |it: &Value| {
        let id = it.as_str().or_else(|| {
            ["id", "name", "model"]
                .iter()
                .find_map(|key| it.get(key)?.as_str())
        });
        let id = id.filter(|it| is_name(it))?;
        let number = |pointer: &str| {
            it.pointer(pointer)
                .and_then(Value::as_u64)
                .and_then(|it| u32::try_from(it).ok())
                .filter(|it| *it > 0)
        };
        Some(Served {
            id: id.to_owned(),
            owner: it
                .get("owned_by")
                .and_then(Value::as_str)
                .filter(|it| is_name(it))
                .map(short)
                .unwrap_or_default(),
            context_tokens: [
                "/max_model_len",
                "/meta/n_ctx",
                "/context_length",
                "/max_context_length",
            ]
            .iter()
            .find_map(|it| number(it)),
        })
    };
    Some(list.iter().take(MOST_MODELS).filter_map(read).collect())
}

/// What is sent for a completion.
pub(super) fn call(url: &str, info: &Info, request: &FimRequest) -> Result<Call, Error> {
    let FimInput::Prompt(prompt) = &request.input else {
        let cause = info
            .no_fim
            .clone()
            .unwrap_or_else(|| "only llama.cpp servers make the prompt themselves".to_owned());
        return Err(Error::FimUnsupported {
            url: url.to_owned(),
            cause,
        });
    };
    let mut body = Map::new();
    if let Some(model) = &info.model_to_send {
        body.insert("model".to_owned(), json!(model));
    }
    body.insert("prompt".to_owned(), json!(prompt));
    body.insert(
        "max_tokens".to_owned(),
        json!(request.max_tokens.clamp(1, super::MAX_TOKENS)),
    );
    body.insert("stream".to_owned(), json!(true));
    body.insert("temperature".to_owned(), json!(0.0));
    let sent = sent_stops(info, request);
    if !sent.is_empty() {
        body.insert("stop".to_owned(), json!(sent));
    }
    if info.served_by == "vllm" {
        // Its stop strings are looked for in the text, where special tokens don't show unless this says so.
        body.insert("skip_special_tokens".to_owned(), json!(false));
    }
    let (path, other) = if info.served_by.ends_with("without /v1") {
        ("/completions", "/v1/completions")
    } else {
        ("/v1/completions", "/completions")
    };
    Ok(Call {
        path,
        other_path: Some(other),
        body,
        stops: stops(info, request),
    })
}

/// The stop strings worth sending: what the caller wants first, but room for the first of the family, which ends the file.
fn sent_stops(info: &Info, request: &FimRequest) -> Vec<String> {
    let mut family = info.fim.iter().flat_map(Template::stop).map(str::to_owned);
    let first = family.next();
    let mut sent: Vec<String> = Vec::new();
    let reserved = usize::from(first.is_some());
    for stop in request
        .stop
        .iter()
        .take(MAX_STOPS - reserved)
        .cloned()
        .chain(first)
        .chain(family)
        .chain(request.stop.iter().cloned())
    {
        if sent.len() < MAX_STOPS && !stop.is_empty() && !sent.contains(&stop) {
            sent.push(stop);
        }
    }
    sent
}
