//! Which model does a role's work: the one that the configuration names, else the best that is found on this machine.

use crate::assist::generation::lock;
use crate::config::settings::{ModelSettings, Models, Provider, Role};
use crate::model::{self, Http, Model};
use std::collections::HashMap;
use std::sync::Mutex;

/// Why nobody does a role's work.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Missing {
    /// None is configured, and none was found.
    #[error("no model for {}", .0.name())]
    NotFound(Role),
    /// The configuration wants no model for it.
    #[error("`models.{}` has provider builtin", .0.name())]
    Builtin(Role),
    /// What the configuration names can't be used.
    #[error("{1}")]
    Model(Role, model::Error),
}

impl Missing {
    /// What happened and what helps, in one or two sentences.
    pub fn explain(&self) -> String {
        match self {
            Missing::NotFound(role) => format!(
                "There is no model to ask: none is configured, and no model server answers on this machine's usual ports. Start one with an instruct model (`llama-server -m MODEL.gguf --port 8080`, `ollama serve`, a llamafile), or set `models.{}.url`.",
                role.name()
            ),
            Missing::Builtin(role) => format!(
                "`models.{0}.provider` is \"builtin\", which only completes code. Name a model server in `models.{0}.url`.",
                role.name()
            ),
            Missing::Model(role, error) => error.explain(role.name()),
        }
    }
}

/// The models that converse, by the role whose table names them.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    chosen: Mutex<HashMap<Role, Chosen>>,
}

/// The model of a role, and what it was chosen by.
#[derive(Debug)]
struct Chosen {
    settings: Option<ModelSettings>,
    model: Model,
}

impl Roles {
    /// The model of a role that converses. Where none is configured, servers on this machine are looked for, which
    /// takes at most some 300 ms.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn model(
        &self,
        http: &Http,
        models: &Models,
        role: Role,
    ) -> Result<Model, Missing> {
        // What two roles share is one model: its failures are known to both.
        let owner = match models.configured(role) {
            Some(_) => role,
            None => Role::Chat,
        };
        let settings = models.of(role).cloned();
        if let Some(it) = lock(&self.chosen).get(&owner)
            && it.settings == settings
        {
            return Ok(it.model.clone());
        }
        let model = choose(http, settings.as_ref(), owner).await?;
        let chosen = Chosen {
            settings,
            model: model.clone(),
        };
        lock(&self.chosen).insert(owner, chosen);
        Ok(model)
    }

    /// Forgets a model that was found and answers no more: the next call looks again.
    pub(crate) fn forget_found(&self) {
        lock(&self.chosen).retain(|_, it| it.settings.is_some());
    }
}

async fn choose(
    http: &Http,
    settings: Option<&ModelSettings>,
    role: Role,
) -> Result<Model, Missing> {
    let Some(settings) = settings else {
        let found = model::discover_chat(http, &model::PORTS).await;
        return found.into_iter().next().ok_or(Missing::NotFound(role));
    };
    match settings.provider {
        Some(Provider::Builtin) => Err(Missing::Builtin(role)),
        // A name alone: whoever on this machine has it.
        None if settings.url.is_empty() => find_by_name(http, settings, role).await,
        _ => Model::for_chat(http, settings).map_err(|it| Missing::Model(role, it)),
    }
}

async fn find_by_name(http: &Http, settings: &ModelSettings, role: Role) -> Result<Model, Missing> {
    let found = model::discover_chat(http, &model::PORTS).await;
    let serves = |it: &&Model| match (&settings.model, it.known_info()) {
        (Some(name), Some(info)) => info.served.contains(name),
        (name, _) => name.is_none(),
    };
    let server = found.iter().find(serves).or(found.first());
    let url = server.ok_or(Missing::NotFound(role))?.url().to_owned();
    let settings = ModelSettings {
        url: vec![url],
        // It was not written for an address that Hob has found.
        api_key: None,
        ..settings.clone()
    };
    Model::for_chat(http, &settings).map_err(|it| Missing::Model(role, it))
}
