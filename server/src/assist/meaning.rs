//! The vectors of a project by the embedder that the configuration names: opened for the server and the commands alike.

use crate::config::settings::Models;
use crate::model::embed;
use hob_index::search::{Semantic, Unavailable};
use hob_index::secret;
use hob_index::semantic::Embedded;
use hob_index::store::{Index, Notice};
use std::sync::Arc;

/// An index's vectors and what makes them; `None`: no embedder is configured. Blocks: a model is loaded, or a server
/// is asked.
///
/// # Errors
/// The embedder, or the file of its vectors, can't be used for now: a sentence for the user.
pub fn open(models: &Models, index: &Index) -> Result<Option<(Embedded, Option<Notice>)>, String> {
    match embed::embedder(models)? {
        Some(embedder) => Embedded::open(index, embedder, shown).map(Some),
        None => Ok(None),
    }
}

/// What an embedder gets to see of code: as in prompts, no secrets.
pub(super) fn shown(text: String) -> String {
    secret::masked(&text).into_owned()
}

/// What to search by meaning with, whatever came of opening it: at worst, what says why it can't be done.
pub fn semantic(opened: Result<Option<Arc<Embedded>>, String>) -> Arc<dyn Semantic> {
    match opened {
        Ok(Some(it)) => it,
        Ok(None) => Arc::new(Unavailable(embed::NOT_CONFIGURED.to_owned())),
        Err(why) => Arc::new(Unavailable(why)),
    }
}
