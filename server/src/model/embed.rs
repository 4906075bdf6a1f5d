//! Which embedder the configuration asks for.

use std::sync::Arc;

use etcetera::BaseStrategy;
use hob_index::embed::{Embedder, fastembed};

use super::Embeddings;
use crate::config::secret;
use crate::config::settings::{ModelSettings, Models, Provider, Role};

/// Why nothing finds by meaning where no embedder is configured, with the way out.
pub const NOT_CONFIGURED: &str = "No embedding model is configured: name one in `[models.embed]`, for example provider = \"ollama\" and model = \"nomic-embed-text\".";

/// What the configured embedder is called, for people; `None` where none is.
pub fn name(models: &Models) -> Option<String> {
    let settings = models.configured(Role::Embed)?;
    let provider = settings.provider;
    if provider == Some(Provider::Builtin) {
        return None;
    }
    let model = settings.model.as_deref().map(secret::hidden);
    let model = model.as_deref();
    if provider == Some(Provider::Fastembed) {
        let model = model.unwrap_or(fastembed::DEFAULT_MODEL);
        return Some(format!("{model}, on this machine"));
    }
    let place = match (settings.url.first(), provider) {
        (Some(url), _) => secret::hidden(url).into_owned(),
        (None, Some(provider)) => provider.to_string(),
        (None, None) => return model.map(str::to_owned),
    };
    Some(match model {
        Some(model) => format!("{model} at {place}"),
        None => place,
    })
}

/// The embedder of the role `embed`; `None` where none is configured: search is by words alone then.
///
/// Blocks: a model is loaded, or a server is asked. Only what is configured is ever asked: no server that merely runs
/// here gets to see code.
///
/// # Errors
/// It can't be used, for now at least: a sentence for the user, with the way out.
pub fn embedder(models: &Models) -> Result<Option<Arc<dyn Embedder>>, String> {
    let Some(settings) = models.configured(Role::Embed) else {
        return Ok(None);
    };
    match settings.provider {
        Some(Provider::Builtin) => Ok(None),
        Some(Provider::Fastembed) => fastembed::open(&local(settings)).map(Some),
        Some(it @ (Provider::OptiLlm | Provider::RouteLlm)) => Err(format!(
            "`models.embed.provider`: {it} can only chat. Name a server with an embedding model, or \"fastembed\"."
        )),
        _ => {
            let server = Embeddings::connect(settings);
            let server = server.map_err(|error| error.explain(Role::Embed.name()))?;
            Ok(Some(Arc::new(server)))
        }
    }
}

fn local(settings: &ModelSettings) -> fastembed::Local {
    let platform = etcetera::base_strategy::choose_native_strategy().ok();
    fastembed::Local {
        model: settings.model.clone(),
        // The variable is the library's own, known to all that use it.
        library: std::env::var_os("ORT_DYLIB_PATH")
            .filter(|it| !it.is_empty())
            .map(Into::into),
        home: etcetera::home_dir().ok(),
        data: platform.map(|it| it.data_dir().join("hob")),
    }
}
