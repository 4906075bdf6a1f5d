//! A loaded model.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fastembed::{
    InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel,
};
use serde_json::Value;

use super::places::Files;
use crate::embed::{Embedder, Purpose};

/// What a model needs besides its ONNX file.
pub(super) const TOKENIZER_FILES: [&str; 4] = [
    "tokenizer.json",
    "config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
];

/// How many tokens of a text are read where the model doesn't say: what MiniLM was trained with.
const USUAL_LENGTH: usize = 256;
/// The most tokens of a text that are read: the time grows faster than the length.
const MOST_LENGTH: usize = 512;

/// A model in memory.
pub(super) struct Model {
    id: String,
    dimensions: usize,
    /// It can do one thing at a time.
    model: Mutex<TextEmbedding>,
}

impl Model {
    /// Reads the files and makes the model ready.
    pub(super) fn load(files: &Files) -> Result<Model, String> {
        let mut hasher = blake3::Hasher::new();
        let mut read = |path: &Path| {
            let bytes =
                fs::read(path).map_err(|it| format!("{} can't be read ({it}).", path.display()))?;
            hasher.update(&bytes);
            Ok::<_, String>(bytes)
        };
        let onnx = read(&files.onnx)?;
        let mut tokenizer = TOKENIZER_FILES
            .iter()
            .map(|it| read(&files.folder.join(it)))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let mut next = || tokenizer.next().unwrap_or_default();
        let tokenizer = TokenizerFiles {
            tokenizer_file: next(),
            config_file: next(),
            special_tokens_map_file: next(),
            tokenizer_config_file: next(),
        };
        let (pooling, length) = (pooling(&files.folder), length(&files.folder));
        hasher.update(format!("{pooling:?} {length}").as_bytes());
        let unusable = |error: &dyn std::fmt::Display| {
            format!(
                "The embedding model in {} can't be used: {error}. Is it a text embedding model in ONNX format, whole?",
                files.folder.display()
            )
        };
        let mut definition = UserDefinedEmbeddingModel::new(onnx, tokenizer).with_pooling(pooling);
        // Models of more than 2 GB keep their weights beside the graph.
        let weights = files.onnx.with_extension("onnx_data");
        if let (Ok(bytes), Some(name)) = (fs::read(&weights), weights.file_name()) {
            let name = name.to_string_lossy().into_owned();
            definition = definition.with_external_initializer(name, bytes);
        }
        let options = InitOptionsUserDefined::new()
            .with_max_length(length)
            .with_intra_threads(threads());
        let mut model = TextEmbedding::try_new_from_user_defined(definition, options)
            .map_err(|error| unusable(&error))?;
        let probe = model
            .embed(["dimensions"], None)
            .map_err(|error| unusable(&error))?;
        let dimensions = probe.first().map_or(0, Vec::len);
        if dimensions == 0 {
            return Err(unusable(&"it gives no vectors"));
        }
        Ok(Model {
            id: format!("onnx-{}", &hasher.finalize().to_hex()[..16]),
            dimensions,
            model: Mutex::new(model),
        })
    }
}

/// Half of the machine: embedding runs for minutes beside somebody's work.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |it| it.get().div_ceil(2))
}

/// How the vectors of tokens become one, as the folder of a sentence-transformers model says; the mean if it doesn't.
fn pooling(folder: &Path) -> Pooling {
    match json(&folder.join("1_Pooling/config.json"))["pooling_mode_cls_token"] {
        Value::Bool(true) => Pooling::Cls,
        _ => Pooling::Mean,
    }
}

/// How many tokens of a text are read, as such a folder says.
fn length(folder: &Path) -> usize {
    json(&folder.join("sentence_bert_config.json"))["max_seq_length"]
        .as_u64()
        .and_then(|it| usize::try_from(it).ok())
        .filter(|it| *it > 0)
        .map_or(USUAL_LENGTH, |it| it.min(MOST_LENGTH))
}

/// A document; `null` if it isn't there or is none.
fn json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

impl Embedder for Model {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, String> {
        // It keeps nothing between two calls: a poisoned lock can be used.
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        // One at a time: on a CPU batches gain nothing and cost memory, and what a quantised model says of a text would
        // depend on its neighbours.
        let embedded = model
            .embed(texts, Some(1))
            .map_err(|error| format!("The embedding model failed: {error}."))?;
        let usable = |it: &Vec<f32>| it.iter().all(|it| it.is_finite());
        if embedded.len() != texts.len() || !embedded.iter().all(usable) {
            return Err("The embedding model gives no usable vectors.".to_owned());
        }
        Ok(embedded)
    }
}
