//! Which model does a role's work: the one that the configuration names, else the best that is found on this machine.

use crate::assist::found::Door;
use crate::assist::generation::lock;
use crate::config::secret;
use crate::config::settings::{ModelSettings, Models, Provider, Role};
use crate::model::{self, Http, Model, Stranger};
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
    /// None is configured, and what was found isn't known to be the user's, nor allowed.
    #[error("no model that may be used for {}", .0.name())]
    Stranger(Role, Box<Stranger>),
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
            Missing::Stranger(role, stranger) => stranger.refusal(role.name()),
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
        door: &Door,
    ) -> Result<Model, Missing> {
        let owner = owner(models, role);
        let settings = models.of(role).cloned();
        if let Some(it) = lock(&self.chosen).get(&owner)
            && it.settings == settings
        {
            return Ok(it.model.clone());
        }
        let model = choose(http, settings.as_ref(), owner, door).await?;
        let chosen = Chosen {
            settings,
            model: model.clone(),
        };
        lock(&self.chosen).insert(owner, chosen);
        Ok(model)
    }

    /// The model of a role, if it was used before.
    pub(crate) fn known(&self, models: &Models, role: Role) -> Option<Model> {
        let chosen = lock(&self.chosen);
        let it = chosen.get(&owner(models, role))?;
        Some(it.model.clone())
    }

    /// Forgets a model that was found and answers no more: the next call looks again.
    pub(crate) fn forget_found(&self) {
        lock(&self.chosen).retain(|_, it| it.settings.is_some() && !it.model.is_found());
    }
}

/// The role whose model another one has: what two roles share is one model, and its failures are known to both.
fn owner(models: &Models, role: Role) -> Role {
    match models.configured(role) {
        Some(_) => role,
        None => Role::Chat,
    }
}

async fn choose(
    http: &Http,
    settings: Option<&ModelSettings>,
    role: Role,
    door: &Door,
) -> Result<Model, Missing> {
    let Some(settings) = settings else {
        let found = model::discover_chat(http, &model::ports()).await;
        return admitted(door, &found, role).await;
    };
    match settings.provider {
        Some(Provider::Builtin) => Err(Missing::Builtin(role)),
        // A name alone: whoever on this machine has it.
        None if settings.url.is_empty() => find_by_name(http, settings, role, door).await,
        _ => {
            let model = Model::for_chat(http, settings).map_err(|it| Missing::Model(role, it))?;
            // The kind of server is configured, and not where it is. One that doesn't answer is told of when it is asked.
            if model.is_found() && model.info().await.is_ok() {
                return admitted(door, &[model], role).await;
            }
            Ok(model)
        }
    }
}

/// The first of the found models that may be used.
async fn admitted(door: &Door, found: &[Model], role: Role) -> Result<Model, Missing> {
    let admitted = door.admitted_soon(found).await;
    admitted.map_err(|it| match it {
        Some(barred) => Missing::Stranger(role, Box::new(barred.stranger)),
        None => Missing::NotFound(role),
    })
}

async fn find_by_name(
    http: &Http,
    settings: &ModelSettings,
    role: Role,
    door: &Door,
) -> Result<Model, Missing> {
    let found = model::discover_chat(http, &model::ports()).await;
    let serves = |it: &&Model| match (&settings.model, it.known_info()) {
        (Some(name), Some(info)) => info.served.contains(name),
        (name, _) => name.is_none(),
    };
    // Those that have it; where none says so, any may, as servers do that take every name.
    let mut candidates: Vec<Model> = found.iter().filter(serves).cloned().collect();
    if candidates.is_empty() {
        candidates = found;
    }
    let server = admitted(door, &candidates, role).await?;
    let mut settings = ModelSettings {
        url: vec![server.url().to_owned()],
        // They were not written for an address that Hob has found.
        api_key: None,
        ..settings.clone()
    };
    secret::remove_secrets(&mut settings.extra);
    Model::found_for_chat(http, settings).map_err(|it| Missing::Model(role, it))
}
