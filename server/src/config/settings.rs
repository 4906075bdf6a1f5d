//! Settings: the configuration resolved, every value present.

use crate::config::secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be configured, resolved. The default is what an empty configuration means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The models, by role.
    pub models: Models,
    /// Inline completion.
    pub autocomplete: Autocomplete,
    /// The index of the codebase.
    pub index: IndexSettings,
    /// Questions to the chat model.
    pub chat: ChatSettings,
    /// The user's own commands, by name.
    pub commands: Vec<CommandSettings>,
}

/// The proxy for model servers on other machines; this machine's are never reached through one.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// The one that the environment's variables name, if they name any.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one; an http or https address without a user or password.
    Url(String),
}

// By hand: a proxy's address may hold more than it should.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Proxy::Environment => "Environment",
            Proxy::None => "None",
            Proxy::Url(_) => "Url(…)",
        })
    }
}

/// One model per role, as configured; `None` where nothing is. [`Models::of`] resolves which one a role uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Models {
    /// A base model for fill-in-the-middle.
    pub autocomplete: Option<ModelSettings>,
    /// An instruct model for chat.
    pub chat: Option<ModelSettings>,
    /// An instruct model that writes edits.
    pub edit: Option<ModelSettings>,
    /// An instruct model that plans larger changes.
    pub architect: Option<ModelSettings>,
    /// An embedding model for the index.
    pub embed: Option<ModelSettings>,
}

/// What we need done: the tables below `[models]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Fill-in-the-middle completion.
    Autocomplete,
    /// Conversation.
    Chat,
    /// Edits by instruction.
    Edit,
    /// Plans for larger changes.
    Architect,
    /// Embeddings for the index.
    Embed,
}

impl Role {
    /// Every role, in the order of the configuration.
    pub const ALL: [Role; 5] = [
        Role::Autocomplete,
        Role::Chat,
        Role::Edit,
        Role::Architect,
        Role::Embed,
    ];

    /// The role's table below `[models]`, also its name in `fallback`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Autocomplete => "autocomplete",
            Role::Chat => "chat",
            Role::Edit => "edit",
            Role::Architect => "architect",
            Role::Embed => "embed",
        }
    }

    /// The role with this name.
    pub fn of_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Models {
    /// The model that does this role's work: its own table, and for `edit` and `architect` without one, that of `chat`.
    /// `None`: nothing is configured, look on the well-known ports.
    pub fn of(&self, role: Role) -> Option<&ModelSettings> {
        match role {
            Role::Edit | Role::Architect => self.configured(role).or(self.chat.as_ref()),
            _ => self.configured(role),
        }
    }

    /// The role's own table, if it has one.
    pub fn configured(&self, role: Role) -> Option<&ModelSettings> {
        match role {
            Role::Autocomplete => self.autocomplete.as_ref(),
            Role::Chat => self.chat.as_ref(),
            Role::Edit => self.edit.as_ref(),
            Role::Architect => self.architect.as_ref(),
            Role::Embed => self.embed.as_ref(),
        }
    }
}

/// One model on one server. Everything empty, the default, means: what is found on the well-known ports.
#[derive(Clone, Default, PartialEq)]
pub struct ModelSettings {
    /// The kind of server, if it was named.
    pub provider: Option<Provider>,
    /// Base URLs, as written (each parses, is http or https, has a host and no user or password); empty for `builtin`, or where the server is to be found.
    pub url: Vec<String>,
    /// The model's name on the server, if it was named.
    pub model: Option<String>,
    /// The key, unresolved.
    pub api_key: Option<ApiKey>,
    /// The fill-in-the-middle template, if it was named.
    pub fim: Option<Fim>,
    /// The context to use, in tokens; `None`: what the server says.
    pub context_tokens: Option<u32>,
    /// Who answers while this one can't, in order: `builtin` or the name of a [`Role`], never this one's own.
    /// `None`: nothing is said, and `builtin` stands behind autocomplete.
    pub fallback: Option<Vec<String>>,
    /// Fields added to every request body sent to this server, as they are.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// How long the server may take.
    pub timeouts: Timeouts,
    /// The proxy on the way to the server, if that isn't on this machine: `network.proxy`.
    pub proxy: Proxy,
}

// By hand: `extra` may hold keys.
impl std::fmt::Debug for ModelSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelSettings")
            .field("provider", &self.provider)
            .field(
                "url",
                &self
                    .url
                    .iter()
                    .map(|it| secret::hidden(it))
                    .collect::<Vec<_>>(),
            )
            .field("model", &self.model.as_deref().map(secret::hidden))
            .field("api_key", &self.api_key)
            .field("fim", &self.fim)
            .field("context_tokens", &self.context_tokens)
            .field("fallback", &self.fallback)
            .field(
                "extra",
                &secret::hidden_value(&secret::masked_table(&self.extra).into()),
            )
            .field("timeouts", &self.timeouts)
            .field("proxy", &self.proxy)
            .finish()
    }
}

/// How long a model server may take for each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To accept the connection.
    pub connect: Duration,
    /// From the request to the first piece of text (a model may have to be loaded first).
    pub first_token: Duration,
    /// Between two pieces.
    pub idle: Duration,
}

impl Timeouts {
    /// What a role gets where nothing is configured.
    ///
    /// `connect`: 2 s; a server that is up accepts within a round trip, and while one is down this is what a completion waits before its fallback answers.
    /// `first_token`: 60 s, since servers load a model at its first request (seconds from a warm disk, most of a minute for some gigabytes from a cold one).
    /// For the roles that send long prompts 300 s: 8,000 tokens at the 30 a second of a laptop without a GPU take 270 s, and nothing arrives before they are read.
    /// `idle`: 15 s; a server that writes at all writes a token a second even on small machines.
    pub fn of_role(role: Role) -> Timeouts {
        let first_token = match role {
            Role::Autocomplete | Role::Embed => 60,
            Role::Chat | Role::Edit | Role::Architect => 300,
        };
        Timeouts {
            connect: Duration::from_secs(2),
            first_token: Duration::from_secs(first_token),
            idle: Duration::from_secs(15),
        }
    }
}

impl Default for Timeouts {
    /// Those of autocomplete.
    fn default() -> Self {
        Timeouts::of_role(Role::Autocomplete)
    }
}

/// A kind of model server: the configuration's `provider`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// No model: the codebase itself.
    Builtin,
    /// An embedding model in a folder of this machine; for `models.embed` only.
    Fastembed,
    /// llama.cpp's `llama-server`.
    #[serde(rename = "llama.cpp")]
    LlamaCpp,
    /// llamafile.
    Llamafile,
    /// Ollama.
    Ollama,
    /// vLLM.
    Vllm,
    /// `mlx_lm.server` on Apple silicon.
    Mlx,
    /// LM Studio.
    LmStudio,
    /// LlamaEdge's `llama-api-server`.
    LlamaEdge,
    /// The litellm proxy.
    LiteLlm,
    /// OptiLLM: chat only.
    OptiLlm,
    /// RouteLLM: chat only.
    RouteLlm,
    /// Mistral's API and its `/fim` endpoint.
    Mistral,
    /// Any server of the OpenAI-compatible completions API.
    OpenAi,
}

impl Provider {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Provider; 14] = [
        Provider::Builtin,
        Provider::Fastembed,
        Provider::LlamaCpp,
        Provider::Llamafile,
        Provider::Ollama,
        Provider::Vllm,
        Provider::Mlx,
        Provider::LmStudio,
        Provider::LlamaEdge,
        Provider::LiteLlm,
        Provider::OptiLlm,
        Provider::RouteLlm,
        Provider::Mistral,
        Provider::OpenAi,
    ];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Builtin => "builtin",
            Provider::Fastembed => "fastembed",
            Provider::LlamaCpp => "llama.cpp",
            Provider::Llamafile => "llamafile",
            Provider::Ollama => "ollama",
            Provider::Vllm => "vllm",
            Provider::Mlx => "mlx",
            Provider::LmStudio => "lmstudio",
            Provider::LlamaEdge => "llamaedge",
            Provider::LiteLlm => "litellm",
            Provider::OptiLlm => "optillm",
            Provider::RouteLlm => "routellm",
            Provider::Mistral => "mistral",
            Provider::OpenAi => "openai",
        }
    }
}

impl std::fmt::Display for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum ApiKey {
    /// Written in the configuration.
    Literal(String),
    /// An environment variable's name.
    Env(String),
    /// A file that holds nothing else; absolute.
    File(PathBuf),
    /// A command that prints it: the program and its arguments, never empty, no shell.
    Command(Vec<String>),
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ApiKey::Literal(_) => "Literal(…)",
            ApiKey::Env(_) => "Env(…)",
            ApiKey::File(_) => "File(…)",
            ApiKey::Command(_) => "Command(…)",
        })
    }
}

/// The fill-in-the-middle template as configured.
#[derive(Clone, PartialEq, Eq)]
pub enum Fim {
    /// A family of `assist::fim`, by its id.
    Family(String),
    /// Spelled out.
    Template {
        /// Before the prefix.
        prefix: String,
        /// Between prefix and suffix.
        suffix: String,
        /// After the suffix: the model writes from here.
        middle: String,
        /// What ends the answer.
        stop: Vec<String>,
    },
}

// By hand: a key may have been pasted here.
impl std::fmt::Debug for Fim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fim::Family(id) => write!(f, "Family({:?})", secret::hidden(id)),
            Fim::Template { .. } => f.write_str("Template"),
        }
    }
}

/// Settings of inline completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Autocomplete {
    /// Whether anything is completed at all.
    pub enabled: bool,
    /// LSP language ids where nothing is completed.
    pub languages_off: Vec<String>,
    /// How long to wait for another key before a model is asked.
    pub debounce: Debounce,
    /// Whether completions may span lines.
    pub multiline: Multiline,
    /// The most tokens one completion may take, 1 to 4,096.
    pub max_tokens: u32,
    /// Whether `builtin` may answer at once where it is nearly certain.
    pub instant: bool,
}

impl Default for Autocomplete {
    fn default() -> Self {
        Autocomplete {
            enabled: true,
            languages_off: Vec::new(),
            debounce: Debounce::Auto,
            multiline: Multiline::Auto,
            max_tokens: 128,
            instant: true,
        }
    }
}

/// Settings of the index of the codebase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSettings {
    /// Whether the server keeps an index.
    pub enabled: bool,
    /// Patterns of files that count although they are ignored or hidden.
    pub include: Vec<String>,
    /// Patterns of files that don't count.
    pub exclude: Vec<String>,
}

impl Default for IndexSettings {
    fn default() -> Self {
        IndexSettings {
            enabled: true,
            include: Vec::new(),
            exclude: Vec::new(),
        }
    }
}

/// Settings of questions to the chat model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatSettings {
    /// What every answer follows.
    pub rules: Vec<String>,
    /// Whether `AGENTS.md` counts as rules.
    pub agents_md: bool,
    /// Folders whose `AGENTS.md` counts although it is another user's; see [`crate::config::trust`].
    pub trusted: Vec<String>,
    /// The most that is added to a question without having been attached, in tokens.
    pub context_tokens: u32,
}

impl Default for ChatSettings {
    fn default() -> Self {
        ChatSettings {
            rules: Vec::new(),
            agents_md: true,
            trusted: Vec::new(),
            context_tokens: 6000,
        }
    }
}

/// A command of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSettings {
    /// What is typed behind the `/`: lower-case letters, digits and `-`.
    pub name: String,
    /// What the model is asked, with placeholders.
    pub prompt: String,
    /// One line about it; empty where nothing is said.
    pub description: String,
    /// Whether the answer is a change to the code.
    pub edit: bool,
}

/// `autocomplete.debounce_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Debounce {
    /// By the user's rhythm and what is running.
    Auto,
    /// This long, always; zero: none.
    Fixed(Duration),
}

/// `autocomplete.multiline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Multiline {
    /// Where the place allows it.
    Auto,
    /// Never more than the line.
    Never,
    /// Wherever there is no code to the right.
    Always,
}
