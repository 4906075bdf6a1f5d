//! Embedding on this machine: a model in ONNX format out of a local folder, by the crate `fastembed`.
//!
//! Compiled in with the cargo feature of that name. What computes is `libonnxruntime`, which is looked for when it is
//! needed; nothing is ever downloaded.

use std::path::PathBuf;
use std::sync::Arc;

use crate::embed::Embedder;

#[cfg(feature = "fastembed")]
mod model;
#[cfg(feature = "fastembed")]
mod places;

/// The model that is used where none is named.
pub const DEFAULT_MODEL: &str = "all-MiniLM-L6-v2";

/// What to embed with, and where to look for it.
#[derive(Clone, Debug, Default)]
pub struct Local {
    /// A folder (absolute, or beginning with `~` or `.`), or a model's name; without it [`DEFAULT_MODEL`].
    pub model: Option<String>,
    /// The only libonnxruntime to try; without it those of the usual places are.
    pub library: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Hob's own folder for data: `models` and `lib` below it.
    pub data: Option<PathBuf>,
}

/// Finds the model and the library and loads them. Blocks, for about a second; the model stays in memory.
///
/// # Errors
/// The model or the library can't be found or can't be used: a sentence for the user, with the way out.
#[cfg(feature = "fastembed")]
pub fn open(local: &Local) -> Result<Arc<dyn Embedder>, String> {
    let files = places::model(local)?;
    places::load_library(local)?;
    Ok(Arc::new(model::Model::load(&files)?))
}

/// Says that this build has no such embedder.
///
/// # Errors
/// Always: a sentence for the user, with the way out.
#[cfg(not(feature = "fastembed"))]
pub fn open(_: &Local) -> Result<Arc<dyn Embedder>, String> {
    Err("This hob was built without fastembed. Build it with `--features fastembed`, or name an embedding server in `models.embed.url`.".to_owned())
}

#[cfg(all(test, not(feature = "fastembed")))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_it_says_so() {
        let problem = open(&Local::default()).err().unwrap();
        assert!(problem.contains("--features fastembed"), "{problem}");
    }
}
