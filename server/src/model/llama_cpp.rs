//! llama.cpp's own dialect: `llama-server` and llamafile.
//!
//! `/completion` with our own fill-in-the-middle prompt where the model's family is known: real names, our order, no cut at ¾ of a batch.
//! `/infill` where only the server knows the tokens.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::endpoint::{Call, Endpoint, Reply};
use super::error::short;
use super::{Dialect, Error, FimInput, FimRequest, Info, Work, openai, stops};
use crate::assist::fim::{self, FAMILIES, Family, Template, Verdict};

/// Asks whether this is llama.cpp, and what it serves; `None` if it is something else.
pub(super) async fn info(endpoint: &Endpoint) -> Result<Option<Info>, Error> {
    let reply = endpoint.ask(Method::GET, "/props", None).await?;
    let Some(props) = reply.json().filter(is_props) else {
        return if matters(&reply) {
            Err(endpoint.source("/props").refusal(reply.status, &reply.body))
        } else {
            Ok(None)
        };
    };
    let router = props.get("role").and_then(Value::as_str) == Some("router");
    let (served, _) = openai::served(endpoint).await.unwrap_or_default();
    let model = openai::pick(endpoint, &served)?;
    let text = |pointer: &str| {
        props
            .pointer(pointer)
            .and_then(Value::as_str)
            .filter(|it| openai::is_name(it) && *it != "none")
    };
    let names: Vec<&str> = match router {
        true => vec![model.as_str()],
        false => [
            text("/model_path"),
            text("/model_alias"),
            text("/default_generation_settings/model"),
        ]
        .into_iter()
        .flatten()
        .chain(served.iter().map(|it| it.id.as_str()))
        .collect(),
    };
    let mut info = Info {
        dialect: Dialect::LlamaCpp,
        server: format!(
            "llama.cpp {}",
            short(text("/build_info").unwrap_or_default())
        )
        .trim_end()
        .to_owned(),
        instruct: names.iter().any(|it| fim::is_instruct(it)),
        fim: None,
        infill: false,
        no_fim: None,
        context_tokens: number(&props, "/default_generation_settings/n_ctx").or_else(|| {
            served
                .iter()
                .find(|it| it.id == model)
                .and_then(|it| it.context_tokens)
        }),
        slots: number(&props, "/total_slots").unwrap_or(1).max(1),
        served: served.iter().map(|it| it.id.clone()).collect(),
        served_by: String::new(),
        model: if endpoint.settings.model.is_some() || router {
            model.clone()
        } else {
            names
                .first()
                .map(|it| file_name(it).to_owned())
                .unwrap_or_default()
        },
        model_to_send: if endpoint.settings.model.is_some() || router {
            Some(model.clone())
        } else {
            None
        },
    };
    if endpoint.work == Work::Fim {
        find_template(endpoint, &names, &mut info).await?;
    }
    if router {
        ask_router(endpoint, &mut info).await;
    }
    if let Some(context) = endpoint.settings.context_tokens {
        info.context_tokens = Some(context);
    }
    Ok(Some(info))
}

/// What a router knows of one of its models; a router that doesn't tell costs no more than that.
async fn ask_router(endpoint: &Endpoint, info: &mut Info) {
    let model: String = url::form_urlencoded::byte_serialize(info.model.as_bytes()).collect();
    let reply = endpoint
        .ask(Method::GET, &format!("/props?model={model}"), None)
        .await;
    let Some(props) = reply.ok().and_then(|it| it.json()) else {
        return;
    };
    info.context_tokens =
        number(&props, "/default_generation_settings/n_ctx").or(info.context_tokens);
    info.slots = number(&props, "/total_slots").unwrap_or(info.slots);
}

/// How the model is prompted: as configured, by its name, by its vocabulary, or by the server itself.
async fn find_template(endpoint: &Endpoint, names: &[&str], info: &mut Info) -> Result<(), Error> {
    if let Some(template) = &endpoint.template {
        info.fim = Some(template.clone());
        return Ok(());
    }
    let verdict = names
        .iter()
        .map(|it| fim::by_name(it))
        .find(|it| *it != Verdict::Unknown)
        .unwrap_or(Verdict::Unknown);
    match verdict {
        Verdict::Untrained(reason) => {
            info.no_fim = Some(reason.to_owned());
            return Ok(());
        }
        // The name decides, unless the vocabulary contradicts it: then somebody has called a file after another model.
        Verdict::Family(family) if is_in_vocabulary(endpoint, family, info).await? => {
            info.fim = Some(Template::Family(family));
            return Ok(());
        }
        _ => {}
    }
    info.fim = find_by_vocabulary(endpoint, info)
        .await?
        .map(Template::Family);
    if info.fim.is_some() {
        return Ok(());
    }
    let mut body = json!({ "input_prefix": "a", "input_suffix": "b", "n_predict": 0 });
    if let (Some(model), Some(body)) = (&info.model_to_send, body.as_object_mut()) {
        body.insert("model".to_owned(), json!(model));
    }
    let reply = endpoint.ask(Method::POST, "/infill", Some(&body)).await?;
    info.infill = reply.status == 200;
    if !info.infill {
        info.no_fim = Some(
            match endpoint
                .source("/infill")
                .refusal(reply.status, &reply.body)
            {
                Error::FimUnsupported { cause, .. } => cause,
                other => other.to_string(),
            },
        );
    }
    Ok(())
}

/// The family whose tokens the vocabulary has.
///
/// The questions go one after the other, over one connection: this server gives each open connection a thread for as long as it is kept, and has few.
async fn find_by_vocabulary(
    endpoint: &Endpoint,
    info: &Info,
) -> Result<Option<&'static Family>, Error> {
    let mut found = HashMap::new();
    for family in FAMILIES {
        for token in family.vocabulary {
            if !found.contains_key(token) {
                found.insert(
                    token,
                    is_one_token(endpoint, token, info).await? == Some(true),
                );
            }
        }
    }
    Ok(fim::by_vocabulary(|token| found.get(&token) == Some(&true)))
}

/// Whether the vocabulary has the tokens which a family's name promises; true where nothing can be asked.
async fn is_in_vocabulary(
    endpoint: &Endpoint,
    family: &Family,
    info: &Info,
) -> Result<bool, Error> {
    // Where the tokens are pieces of a sentencepiece vocabulary, as in Code Llama, only the name tells.
    let Some(first) = family.vocabulary.first() else {
        return Ok(true);
    };
    Ok(is_one_token(endpoint, first, info).await? != Some(false))
}

/// Whether the server reads this text as exactly one token; `None` if it doesn't tell.
async fn is_one_token(
    endpoint: &Endpoint,
    token: &str,
    info: &Info,
) -> Result<Option<bool>, Error> {
    let mut body = json!({ "content": token, "add_special": false, "parse_special": true });
    if let (Some(model), Some(body)) = (&info.model_to_send, body.as_object_mut()) {
        body.insert("model".to_owned(), json!(model));
    }
    let reply = endpoint.ask(Method::POST, "/tokenize", Some(&body)).await?;
    let document = reply.json();
    Ok(document
        .as_ref()
        .and_then(|it| it.get("tokens"))
        .and_then(Value::as_array)
        .map(|it| it.len() == 1))
}

/// What is sent for a completion.
pub(super) fn call(url: &str, info: &Info, request: &FimRequest) -> Result<Call, Error> {
    let mut body = Map::new();
    let path = match &request.input {
        FimInput::Prompt(prompt) => {
            body.insert("prompt".to_owned(), json!(prompt));
            "/completion"
        }
        FimInput::Infill { .. } if !info.infill && info.no_fim.is_some() => {
            return Err(Error::FimUnsupported {
                url: url.to_owned(),
                cause: info.no_fim.clone().unwrap_or_default(),
            });
        }
        FimInput::Infill {
            prefix,
            suffix,
            extra,
        } => {
            let extra: Vec<Value> = extra
                .iter()
                .map(|(name, text)| json!({ "filename": name, "text": text }))
                .collect();
            body.insert("input_prefix".to_owned(), json!(prefix));
            body.insert("input_suffix".to_owned(), json!(suffix));
            body.insert("input_extra".to_owned(), json!(extra));
            body.insert("prompt".to_owned(), json!(""));
            "/infill"
        }
    };
    if let Some(model) = &info.model_to_send {
        body.insert("model".to_owned(), json!(model));
    }
    let family: Vec<&str> = info.fim.iter().flat_map(Template::stop).collect();
    let sent: Vec<&str> = request
        .stop
        .iter()
        .map(String::as_str)
        .chain(family.iter().copied())
        .collect();
    body.insert(
        "n_predict".to_owned(),
        json!(request.max_tokens.min(super::MAX_TOKENS)),
    );
    body.insert("stream".to_owned(), json!(true));
    body.insert("cache_prompt".to_owned(), json!(true));
    // Lets the server move what it has computed when the front of the prompt was cut; ignored where it can't.
    body.insert("n_cache_reuse".to_owned(), json!(64));
    body.insert("temperature".to_owned(), json!(0.0));
    body.insert("stop".to_owned(), json!(sent));
    // Special tokens don't show as text, and a stop string that doesn't show never stops: these are to show.
    body.insert("preserved_tokens".to_owned(), json!(family));
    Ok(Call {
        path,
        other_path: None,
        body,
        stops: stops(info, request),
    })
}

fn is_props(document: &Value) -> bool {
    [
        "default_generation_settings",
        "total_slots",
        "model_path",
        "role",
    ]
    .iter()
    .any(|it| document.get(it).is_some())
}

/// Whether a refusal of `/props` says something about this server, rather than that it isn't llama.cpp.
fn matters(reply: &Reply) -> bool {
    let loading = reply.status == 503
        && String::from_utf8_lossy(&reply.body)
            .to_lowercase()
            .contains("loading");
    loading || matches!(reply.status, 401 | 403)
}

fn number(document: &Value, pointer: &str) -> Option<u32> {
    document
        .pointer(pointer)
        .and_then(Value::as_u64)
        .and_then(|it| u32::try_from(it).ok())
        // A router, which has no model of its own, says 0.
        .filter(|it| *it > 0)
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
