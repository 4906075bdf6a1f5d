//! Tests of the model layer against the scripted model server.

use std::sync::Arc;
use std::time::Duration;

use hob_tests::model::{ModelServer, Reply};

use super::*;
use crate::config::settings::{ApiKey, ModelSettings, Provider, Proxy, Timeouts};

mod answers;
mod chat;
mod detection;
mod embeddings;
mod endless;
mod faults;
mod privacy;
mod strangers;

/// Settings as they come out of a configuration with nothing but a url.
fn settings(url: &str) -> ModelSettings {
    ModelSettings {
        provider: None,
        url: vec![url.to_owned()],
        model: None,
        api_key: None,
        fim: None,
        context_tokens: None,
        fallback: None,
        extra: serde_json::Map::new(),
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(20),
            idle: Duration::from_secs(20),
        },
        proxy: Proxy::None,
    }
}

fn model(server: &ModelServer) -> Model {
    Model::new(&Http::new(), &settings(&server.url())).unwrap()
}

fn with(server: &ModelServer, change: impl FnOnce(&mut ModelSettings)) -> Model {
    let mut settings = settings(&server.url());
    change(&mut settings);
    Model::new(&Http::new(), &settings).unwrap()
}

/// A llama.cpp server with a Qwen2.5-Coder.
fn llama() -> ModelServer {
    ModelServer::llama_cpp("qwen2.5-coder-1.5b-q8_0.gguf")
}

/// An OpenAI-compatible server with a Qwen2.5-Coder.
fn openai() -> ModelServer {
    ModelServer::openai(&["qwen2.5-coder:1.5b"])
}

fn request(prompt: &str) -> FimRequest {
    FimRequest {
        input: FimInput::Prompt(prompt.to_owned()),
        max_tokens: 64,
        stop: Vec::new(),
    }
}

/// The whole answer, or the first error.
async fn ask(model: &Model) -> Result<String, Error> {
    ask_for(
        model,
        &request("<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"),
    )
    .await
}

async fn ask_for(model: &Model, request: &FimRequest) -> Result<String, Error> {
    let mut stream = model.complete(request).await?;
    let mut text = String::new();
    while let Some(piece) = stream.next().await? {
        assert!(!piece.is_empty());
        text.push_str(&piece);
    }
    Ok(text)
}
