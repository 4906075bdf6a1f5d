//! Finding model servers on this machine where none is configured.

use std::time::Duration;

use futures::future::join_all;

use super::{Http, Model};
use crate::config::settings::{ModelSettings, Timeouts};

/// Where model servers listen if nobody says otherwise: llama.cpp and llamafile and mlx (8080, a second one on 8081), llama.cpp's FIM presets, Debian's llama.cpp, Ollama, vLLM, LM Studio, litellm, RouteLLM.
pub const PORTS: [u16; 9] = [8080, 8081, 8012, 9931, 11434, 8000, 1234, 4000, 6060];

/// How long the search may take in all. A closed port answers at once, except on Windows.
const TIME: Duration = Duration::from_millis(300);

/// The servers on this machine's `ports` that can fill in the middle, best first: base models before instruct models, then in the order of the ports.
///
/// Takes at most 300 ms. What it sends holds nothing of the user's.
pub async fn discover(http: &Http, ports: &[u16]) -> Vec<Model> {
    discover_within(http, ports, TIME).await
}

/// The same with another bound: a busy machine's tests can't hold the real one.
pub(super) async fn discover_within(http: &Http, ports: &[u16], time: Duration) -> Vec<Model> {
    let probe = async |port: &u16| {
        let model = Model::new(http, &settings(*port)).ok()?;
        let info = tokio::time::timeout(time, model.info()).await.ok()?.ok()?;
        info.can_fim().then_some((info.instruct, model))
    };
    let mut found: Vec<(bool, Model)> = join_all(ports.iter().map(probe))
        .await
        .into_iter()
        .flatten()
        .collect();
    found.sort_by_key(|(instruct, _)| *instruct);
    found.into_iter().map(|(_, model)| model).collect()
}

fn settings(port: u16) -> ModelSettings {
    ModelSettings {
        provider: None,
        url: vec![format!("http://127.0.0.1:{port}")],
        model: None,
        api_key: None,
        fim: None,
        context_tokens: None,
        fallback: None,
        extra: serde_json::Map::new(),
        // For the model's life, not for the search: loading a model takes a while.
        timeouts: Timeouts {
            connect: Duration::from_secs(1),
            first_token: Duration::from_secs(30),
            idle: Duration::from_secs(10),
        },
    }
}
