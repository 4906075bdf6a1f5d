//! What the scripted model server says of itself, and the shapes in which it answers.

use serde_json::{Value, json};

use super::Request;

/// Qwen2.5-Coder's special tokens.
const QWEN: [&str; 9] = [
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|im_start|>",
    "<|im_end|>",
];

/// What kind of server it is.
pub(super) struct Personality {
    llama_cpp: bool,
    pub(super) models: Vec<String>,
    pub(super) vocabulary: Vec<String>,
    pub(super) infill: bool,
    pub(super) context: u32,
    pub(super) slots: usize,
    pub(super) key: Option<String>,
    pub(super) loading: bool,
    pub(super) strict: bool,
    pub(super) versioned: bool,
    pub(super) fixed: Vec<(String, u16, String, String)>,
}

/// A status, a content type and a body.
pub(super) type Fixed = (u16, String, String);

/// The shape of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Native,
    Completions,
    Chat,
}

/// Whether a path asks the model for something: text, or embeddings.
pub(super) fn is_completion(path: &str) -> bool {
    [
        "/completion",
        "/completions",
        "/infill",
        "/embeddings",
        "/api/embed",
    ]
    .iter()
    .any(|it| path.ends_with(it))
}

impl Personality {
    pub(super) fn llama_cpp(model: &str) -> Personality {
        Personality {
            llama_cpp: true,
            models: vec![model.to_owned()],
            vocabulary: QWEN.map(str::to_owned).to_vec(),
            infill: true,
            context: 8192,
            slots: 4,
            key: None,
            loading: false,
            strict: false,
            versioned: true,
            fixed: Vec::new(),
        }
    }

    pub(super) fn openai(models: &[&str]) -> Personality {
        let models = models.iter().map(|it| (*it).to_owned()).collect();
        Personality {
            llama_cpp: false,
            models,
            slots: 64,
            ..Personality::llama_cpp("")
        }
    }

    /// The shape in which this path answers completions.
    pub(super) fn shape(&self, path: &str) -> Shape {
        match path {
            it if it.ends_with("/chat/completions") => Shape::Chat,
            it if it.ends_with("/completion") || it.ends_with("/infill") => Shape::Native,
            "/completions" if self.llama_cpp => Shape::Native,
            _ => Shape::Completions,
        }
    }

    /// The answer to anything but a completion that is to be answered by the script; `None`: it is.
    pub(super) fn answer(&self, request: &Request, processing: usize) -> Option<Fixed> {
        if let Some((_, status, kind, body)) = self.fixed.iter().find(|it| it.0 == request.path) {
            return Some((*status, kind.clone(), body.clone()));
        }
        let public = request.path.ends_with("/health");
        let authorised = self
            .key
            .as_ref()
            .is_none_or(|key| request.header("authorization") == Some(&format!("Bearer {key}")));
        if !public && !authorised {
            return Some(error(401, "Invalid API Key", "authentication_error"));
        }
        if self.loading {
            return Some(error(503, "Loading model", "unavailable_error"));
        }
        let path = match (
            self.llama_cpp,
            self.versioned,
            request.path.strip_prefix("/v1"),
        ) {
            (true, _, Some(rest)) => rest,
            (true, _, None) => &request.path,
            (false, true, Some(rest)) => rest,
            (false, false, None) => &request.path,
            (false, _, _) => return Some(not_found()),
        };
        let native = matches!(
            path,
            "/completion" | "/infill" | "/props" | "/slots" | "/tokenize"
        );
        if native && !self.llama_cpp {
            return Some(not_found());
        }
        match (request.method.as_str(), path) {
            ("GET", "/health") => Some(success(&json!({ "status": "ok" }))),
            ("GET", "/models") => Some(success(&self.list())),
            ("GET", "/props") => Some(success(&self.props())),
            ("GET", "/slots") => Some(success(
                &(0..self.slots)
                    .map(|id| json!({ "id": id, "is_processing": id < processing }))
                    .collect(),
            )),
            ("POST", "/tokenize") => Some(success(&self.tokenize(&request.body))),
            ("POST", "/infill") if !self.infill => Some(error(
                501,
                "Infill is not supported by this model: prefix token is missing. suffix token is missing. middle token is missing. ",
                "not_supported_error",
            )),
            ("POST", path) if is_completion(path) => self.unknown_model(request),
            _ => Some(not_found()),
        }
    }

    fn unknown_model(&self, request: &Request) -> Option<Fixed> {
        let model = request
            .body
            .get("model")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let unknown = self.strict && !self.models.iter().any(|it| it == model);
        unknown.then(|| {
            error(
                404,
                &format!("The model `{model}` does not exist."),
                "NotFoundError",
            )
        })
    }

    fn list(&self) -> Value {
        let owner = if self.llama_cpp {
            "llamacpp"
        } else {
            "scripted"
        };
        let list: Value = self
            .models
            .iter()
            .map(|id| json!({ "id": id, "object": "model", "owned_by": owner }))
            .collect();
        json!({ "object": "list", "data": list })
    }

    fn props(&self) -> Value {
        json!({
            "default_generation_settings": { "n_ctx": self.context },
            "total_slots": self.slots,
            "model_path": self.models.first().map(|it| format!("/models/{it}")),
            "chat_template": "{{ messages }}",
            "build_info": "b1-scripted",
        })
    }

    fn tokenize(&self, body: &Value) -> Value {
        let content = body
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let count = if self.vocabulary.iter().any(|it| it == content) {
            1
        } else {
            content.chars().count()
        };
        json!({ "tokens": (0..count).collect::<Vec<_>>() })
    }
}

/// One piece of a streamed answer.
pub(super) fn piece(shape: Shape, text: &str) -> Value {
    match shape {
        Shape::Native => {
            json!({ "index": 0, "content": text, "tokens": [1], "stop": false, "id_slot": -1 })
        }
        Shape::Completions => {
            json!({ "choices": [{ "text": text, "index": 0, "logprobs": null, "finish_reason": null }], "object": "text_completion" })
        }
        Shape::Chat => {
            json!({ "choices": [{ "delta": { "content": text }, "index": 0, "finish_reason": null }], "object": "chat.completion.chunk" })
        }
    }
}

/// The last event of a streamed answer, `[DONE]` aside, with figures; or the whole of an answer that isn't streamed.
pub(super) fn end(shape: Shape, text: &str, pieces: usize, prompt_len: usize) -> Value {
    // As good as any for a test: about four characters a token.
    let prompt_tokens = prompt_len / 4;
    let usage = json!({ "prompt_tokens": prompt_tokens, "completion_tokens": pieces, "total_tokens": prompt_tokens + pieces });
    match shape {
        Shape::Native => json!({
            "content": text, "stop": true, "stop_type": "eos", "tokens": [],
            "timings": { "cache_n": 0, "prompt_n": prompt_tokens, "prompt_ms": 1.0, "predicted_n": pieces, "predicted_ms": 1.0 },
        }),
        Shape::Completions => {
            json!({ "choices": [{ "text": text, "index": 0, "finish_reason": "stop" }], "usage": usage })
        }
        Shape::Chat => {
            let whole = json!({ "role": "assistant", "content": text });
            json!({ "choices": [{ "delta": {}, "message": whole, "index": 0, "finish_reason": "stop" }], "usage": usage })
        }
    }
}

fn success(body: &Value) -> Fixed {
    (200, "application/json".to_owned(), body.to_string())
}

fn error(status: u16, message: &str, kind: &str) -> Fixed {
    (
        status,
        "application/json".to_owned(),
        json!({ "error": { "message": message, "type": kind, "code": status } }).to_string(),
    )
}

fn not_found() -> Fixed {
    error(404, "File Not Found", "not_found_error")
}
