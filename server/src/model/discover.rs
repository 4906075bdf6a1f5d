//! Finding model servers on this machine where none is configured.

use std::time::Duration;

use futures::future::join_all;

use super::endpoint::Address;
use super::{Http, Info, Model, Work, chat};
use crate::config::settings::{ModelSettings, Provider, Role, Timeouts};

/// Where model servers listen if nobody says otherwise: llama.cpp and llamafile and mlx (8080, a second one on 8081), llama.cpp's FIM presets, Debian's llama.cpp, Ollama, vLLM, LM Studio, litellm, RouteLLM.
pub const PORTS: [u16; 9] = [8080, 8081, 8012, 9931, 11434, 8000, 1234, 4000, 6060];

/// The variable that names other ports to look at, parted by commas; empty: none are looked at.
const PORTS_VARIABLE: &str = "HOB_MODEL_PORTS";

/// Where to look: [`PORTS`], unless the environment says otherwise.
pub fn ports() -> Vec<u16> {
    match std::env::var(PORTS_VARIABLE) {
        Ok(named) => {
            let ports = named.split([',', ' ']).filter_map(|it| it.parse().ok());
            ports.take(64).collect()
        }
        Err(_) => PORTS.to_vec(),
    }
}

/// The settings with the address at which a server of their kind listens on this machine, where they name none; and who
/// chose the address.
pub(super) fn with_usual_url(settings: &ModelSettings) -> (ModelSettings, Address) {
    let mut settings = settings.clone();
    let port = settings.provider.and_then(usual_port);
    match port.filter(|_| settings.url.is_empty()) {
        Some(port) => {
            settings.url = vec![format!("http://127.0.0.1:{port}")];
            (settings, Address::Chosen)
        }
        None => (settings, Address::Configured),
    }
}

/// The port of a kind of server, as its own documentation has it.
fn usual_port(provider: Provider) -> Option<u16> {
    match provider {
        Provider::LlamaCpp | Provider::Llamafile | Provider::Mlx | Provider::LlamaEdge => {
            Some(8080)
        }
        Provider::Ollama => Some(11434),
        Provider::Vllm | Provider::OptiLlm => Some(8000),
        Provider::LmStudio => Some(1234),
        Provider::LiteLlm => Some(4000),
        Provider::RouteLlm => Some(6060),
        Provider::Builtin | Provider::Fastembed | Provider::Mistral | Provider::OpenAi => None,
    }
}

/// How long the search may take in all. A closed port answers at once, except on Windows.
const TIME: Duration = Duration::from_millis(300);

/// The servers on this machine's `ports` that can fill in the middle, best first: base models before instruct models, then in the order of the ports.
///
/// Takes at most 300 ms. What it sends holds nothing of the user's.
pub async fn discover(http: &Http, ports: &[u16]) -> Vec<Model> {
    discover_within(http, ports, TIME).await
}

/// The servers on this machine's `ports` to converse with, best first: instruct models, then those whose names don't tell, base models last; then in the order of the ports.
///
/// Takes at most 300 ms. What it sends holds nothing of the user's.
pub async fn discover_chat(http: &Http, ports: &[u16]) -> Vec<Model> {
    discover_chat_within(http, ports, TIME).await
}

/// The same with another bound: a busy machine's tests can't hold the real one.
pub(super) async fn discover_within(http: &Http, ports: &[u16], time: Duration) -> Vec<Model> {
    let rank = |info: &Info| info.can_fim().then_some(u8::from(info.instruct));
    // For the model's life, not for the search: loading a model takes a while.
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        first_token: Duration::from_secs(30),
        idle: Duration::from_secs(10),
    };
    search(http, ports, time, timeouts, Work::Fim, rank).await
}

pub(super) async fn discover_chat_within(http: &Http, ports: &[u16], time: Duration) -> Vec<Model> {
    // A server that lists nothing may be anything; one that serves embeddings alone can't chat.
    let rank = |info: &Info| match chat::rank(&info.model) {
        _ if info.model.is_empty() => None,
        0 => None,
        rank => Some(u8::MAX - rank),
    };
    let timeouts = Timeouts::of_role(Role::Chat);
    search(http, ports, time, timeouts, Work::Chat, rank).await
}

/// Those that answer and have a rank, the lowest first.
async fn search(
    http: &Http,
    ports: &[u16],
    time: Duration,
    timeouts: Timeouts,
    work: Work,
    rank: impl Fn(&Info) -> Option<u8>,
) -> Vec<Model> {
    let probe = async |port: &u16| {
        let settings = settings(*port, timeouts);
        let model = Model::of(http, settings, Address::Chosen, work).ok()?;
        let info = tokio::time::timeout(time, model.info()).await.ok()?.ok()?;
        Some((rank(&info)?, model))
    };
    let mut found: Vec<(u8, Model)> = join_all(ports.iter().map(probe))
        .await
        .into_iter()
        .flatten()
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, model)| model).collect()
}

fn settings(port: u16, timeouts: Timeouts) -> ModelSettings {
    ModelSettings {
        url: vec![format!("http://127.0.0.1:{port}")],
        timeouts,
        ..ModelSettings::default()
    }
}
