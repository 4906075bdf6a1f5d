//! Options: the configuration as it may be written, nothing resolved. The one declaration of every key:
//! the schema, the documentation and the messages about wrong values all come from these types and their comments.

use crate::config::settings::{Multiline, Provider};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Hob's configuration.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Hob's configuration")]
pub struct Options {
    /// The models, by role. A role without a table uses what is found on the well-known ports of this machine, else the codebase itself (`builtin`).
    pub models: Option<ModelsOptions>,
    /// Inline completion.
    pub autocomplete: Option<AutocompleteOptions>,
    /// The index of the codebase.
    pub index: Option<IndexOptions>,
    /// Questions to the chat model.
    pub chat: Option<ChatOptions>,
    /// Whose projects may say how Hob behaves in them.
    pub trust: Option<TrustOptions>,
    /// How model servers are reached.
    pub network: Option<NetworkOptions>,
    /// Commands of your own, by name: `/NAME` in the chat, and among the editor's commands. Each is a table with `prompt`, where `{selection}`, `{file}`, `{problems}` and `{diff}` attach what they name and `{input}` is what you type behind the command; `description`, one line; and `edit = true` where the answer is a change to the code.
    #[schemars(extend("x-kind" = "commands", "default" = {}, "examples" = [{"german": {"prompt": "Explain {selection} in German. {input}", "description": "explain in German"}}]))]
    pub commands: Option<std::collections::BTreeMap<String, CommandOptions>>,
}

/// The models, by role.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelsOptions {
    /// A *base* model, for fill-in-the-middle: it completes as you type.
    pub autocomplete: Option<ModelOptions>,
    /// An *instruct* model, for questions and answers.
    pub chat: Option<ModelOptions>,
    /// An instruct model that writes edits. Without this table: the one of `chat`.
    pub edit: Option<ModelOptions>,
    /// An instruct model that plans larger changes. Without this table: the one of `chat`.
    pub architect: Option<ModelOptions>,
    /// An embedding model for the index.
    pub embed: Option<ModelOptions>,
}

/// One model on one server.
#[derive(Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelOptions {
    /// The kind of server. Found out from `url` where it is not named. `builtin` uses no model at all: the codebase itself answers. `fastembed`, for `models.embed` only, runs an embedding model on this machine; `model` is its name (all-MiniLM-L6-v2 where it is not given) or its folder.
    #[schemars(extend("examples" = ["llama.cpp"]))]
    pub provider: Option<Provider>,
    /// The server's address, with or without `/v1`. A list names several servers of the same model: the first that answers is used, and the next when it fails.
    #[schemars(extend("x-kind" = "urls", "examples" = ["http://127.0.0.1:8081"]))]
    pub url: Option<OneOrMany>,
    /// The model's name on the server. Needed only where the server has several.
    #[schemars(extend("x-kind" = "text", "examples" = ["qwen2.5-coder:1.5b"]))]
    pub model: Option<String>,
    /// The server's key: the name of an environment variable (`{ env = "…" }`), a file that holds nothing else (`{ file = "…" }`), a command that prints it (`{ command = ["…", "…"] }`), or the key itself. Without it no key is sent; variables such as `OPENAI_API_KEY` are never read unless they are named here.
    #[schemars(extend("x-kind" = "api_key", "examples" = [{"env": "MY_KEY"}]))]
    pub api_key: Option<ApiKeyOption>,
    /// The fill-in-the-middle template: the name of a family, or a table with `prefix`, `suffix`, `middle` (what stands before each part) and `stop`. Found out from the model's name where it is not given.
    #[schemars(extend("x-kind" = "fim", "examples" = ["qwen2.5-coder"]))]
    pub fim: Option<FimOption>,
    /// How many tokens of context to use. Asked of the server where it is not given.
    #[schemars(range(min = 256, max = 1_048_576), extend("examples" = [4096]))]
    pub context_tokens: Option<u32>,
    /// Who answers while this server can't, in this order: `builtin` (the codebase itself), or the name of another role. Where it is not given, `builtin` stands behind autocomplete; `[]`: nobody does.
    #[schemars(extend("x-kind" = "names", "examples" = [["builtin"]]))]
    pub fallback: Option<Vec<String>>,
    /// How long the server may take.
    pub timeouts: Option<TimeoutsOptions>,
    /// Fields added as they are to every request sent to this server.
    #[schemars(extend("x-kind" = "table", "default" = {}, "examples" = [{"cache_prompt": true}]))]
    pub extra: Option<Map<String, Value>>,
    /// Reserved: a model file that Hob is to serve itself. This version starts no servers: start one yourself and name its address in `url`.
    #[schemars(extend("x-kind" = "text", "x-reserved" = true, "examples" = ["~/gguf/model.gguf"]))]
    pub gguf: Option<String>,
}

// By hand: this is the configuration as written, with its keys.
impl std::fmt::Debug for ModelOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelOptions")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// How long a model server may take for each step, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeoutsOptions {
    /// To accept the connection, in milliseconds. A server that is up takes a round trip; while it is down, every new attempt waits this long before the fallback answers.
    #[schemars(range(min = 50, max = 60_000), extend("default" = 2000, "examples" = [2000]))]
    pub connect_ms: Option<u64>,
    /// From the request to the first piece of the answer, in milliseconds. Servers load a model at its first request and read the whole prompt before they write, so this is long: 60 s for `autocomplete` and `embed`, 300 s for `chat`, `edit` and `architect`, whose prompts are longer.
    #[schemars(range(min = 500, max = 3_600_000), extend("default" = 60000, "examples" = [60000]))]
    pub first_token_ms: Option<u64>,
    /// Between two pieces of an answer, in milliseconds.
    #[schemars(range(min = 500, max = 600_000), extend("default" = 15000, "examples" = [15000]))]
    pub idle_ms: Option<u64>,
}

/// One string or several.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Where a key comes from, as written. No `Debug`: it may be the key itself.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ApiKeyOption {
    /// The key itself.
    Literal(String),
    /// The environment variable that holds it.
    Env {
        /// The variable's name.
        env: String,
    },
    /// The file that holds it and nothing else.
    File {
        /// Its path: absolute, below `~`, or below the configuration file's folder.
        file: String,
    },
    /// The command that prints it.
    Command {
        /// The program and its arguments; no shell.
        command: Vec<String>,
    },
}

/// The fill-in-the-middle template, as written.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FimOption {
    /// The name of a family.
    Family(String),
    /// Spelled out.
    Template {
        /// What stands before the text before the cursor.
        prefix: String,
        /// What stands before the text after the cursor.
        suffix: String,
        /// What stands last: the model writes from here.
        middle: String,
        /// Strings that end the answer.
        #[serde(default)]
        stop: Vec<String>,
    },
}

/// Inline completion.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutocompleteOptions {
    /// Whether anything is completed at all. A repository's own `.hob.toml` may set this to `false`.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub enabled: Option<bool>,
    /// Languages in which nothing is completed, by their LSP identifier. A repository's own `.hob.toml` may add to them.
    #[schemars(extend("x-kind" = "languages", "default" = [], "examples" = [["markdown", "plaintext"]]))]
    pub languages_off: Option<Vec<String>>,
    /// How long to wait for another key before a model is asked, in milliseconds: `"auto"` goes by your own rhythm and by what is already running; `0` doesn't wait.
    #[schemars(extend("x-kind" = "debounce", "default" = "auto", "examples" = [120]))]
    pub debounce_ms: Option<DebounceOption>,
    /// Whether completions may span lines.
    #[schemars(extend("default" = "auto", "examples" = ["never"]))]
    pub multiline: Option<Multiline>,
    /// The most tokens one completion may take.
    #[schemars(range(min = 1, max = 4096), extend("default" = 128, "examples" = [64]))]
    pub max_tokens: Option<u32>,
    /// Whether the codebase itself may answer at once, without the model, where it is nearly certain.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub instant: Option<bool>,
}

/// The index of the codebase: what search and the context of completions are made from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexOptions {
    /// Whether the editor's server keeps an index. Without it completions see the open documents only; `hob index` and `hob search` work all the same.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub enabled: Option<bool>,
    /// Files to index although `.gitignore` or a hidden name leaves them out, or because they look generated, minified or too large (up to 10 MB), or are in a checkout of their own: patterns as in `.gitignore`, or paths, from the project's root. Files that may hold secrets stay out. A repository's own `.hob.toml` can't set this: what is ignored or hidden is yours to bring in.
    #[schemars(extend("x-kind" = "globs", "default" = [], "examples" = [["generated/api/**"]]))]
    pub include: Option<Vec<String>>,
    /// Files to leave out of the index: patterns as in `.gitignore`, or paths, from the project's root. A file `.hobignore` does the same in any folder. A repository's own `.hob.toml` may add to them.
    #[schemars(extend("x-kind" = "globs", "default" = [], "examples" = [["fixtures/**", "*.snap"]]))]
    pub exclude: Option<Vec<String>>,
}

/// Questions to the chat model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatOptions {
    /// Rules that every answer follows, in your own words. A repository's own `.hob.toml` may add to them.
    #[schemars(extend("x-kind" = "texts", "default" = [], "examples" = [["Answer in French.", "We use anyhow for errors."]]))]
    pub rules: Option<Vec<String>>,
    /// Whether the file `AGENTS.md` in a project's root counts as rules too.
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub agents_md: Option<bool>,
    /// How many tokens of the codebase Hob may add to a question by itself. More grounds answers better; a model on a machine without a GPU needs a second for some 30 to 300 tokens.
    #[schemars(range(min = 0, max = 200_000), extend("default" = 6000, "examples" = [12000]))]
    pub context_tokens: Option<u32>,
}

/// Whose projects may say how Hob behaves in them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustOptions {
    /// Folders whose `.hob.toml` and `AGENTS.md` count although they belong to another user of this machine, as Git's `safe.directory` has it: absolute paths, or below `~`; `/*` at the end of one stands for everything below, `"*"` alone for everything. Only your own file may set this.
    #[schemars(extend("x-kind" = "folders", "default" = [], "examples" = [["/srv/git/*"]]))]
    pub folders: Option<Vec<String>>,
}

/// How model servers are reached.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkOptions {
    /// The proxy for model servers on other machines: `"environment"` takes the one that the variables `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY` name, except for the hosts in `NO_PROXY`; `"none"` uses none; an address names one. What is meant for this machine never goes through a proxy, however its address is spelled. A repository's own `.hob.toml` can't set this.
    #[schemars(extend("x-kind" = "proxy", "default" = "environment", "examples" = ["none"]))]
    pub proxy: Option<String>,
}

/// A command of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOptions {
    /// What the model is asked.
    pub prompt: String,
    /// One line about it.
    pub description: Option<String>,
    /// Whether the answer is a change to the code.
    #[serde(default)]
    pub edit: bool,
}

/// `debounce_ms`, as written.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DebounceOption {
    /// `"auto"`.
    Auto(Auto),
    /// Milliseconds.
    Milliseconds(#[schemars(range(max = 5000))] u64),
}

/// The word `"auto"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Hob decides.
    Auto,
}
