//! What a server's refusal means: statuses and words of real servers, turned into an [`Error`].

use serde_json::Value;

use super::Error;
use super::key::Secret;
use crate::config::secret;

/// Where an answer came from: what turning it into an [`Error`] needs.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    /// The server's base URL, for messages.
    pub(super) url: &'a str,
    /// The path that was asked.
    pub(super) path: &'a str,
    /// The model that was named, if any.
    pub(super) model: Option<&'a str>,
    /// The key that was sent, if any.
    pub(super) key: Option<Secret>,
}

impl Source<'_> {
    /// The error that an answer with a status other than 2xx means.
    pub(super) fn refusal(&self, status: u16, body: &[u8]) -> Error {
        let text = String::from_utf8_lossy(body);
        let json = serde_json::from_slice::<Value>(body).ok();
        let html = looks_like_html(&text);
        let detail = json.as_ref().map(Detail::of).unwrap_or_default();
        let words = if detail.message.is_empty() {
            text.as_ref()
        } else {
            &detail.message
        };
        // A web page's mark-up says nothing to anyone.
        let body = if html {
            "a web page".to_owned()
        } else {
            self.quote(words)
        };
        let lower = words.to_lowercase();
        let url = self.url.to_owned();
        match status {
            401 | 403 => Error::Unauthorized {
                url,
                status,
                body,
                sent_key: self.key.is_some(),
            },
            // litellm without a database answers so to a key that it doesn't know, and with a bare 500 to none.
            400 if lower.contains("no connected db") => Error::Unauthorized {
                url,
                status,
                body,
                sent_key: self.key.is_some(),
            },
            500 if self.key.is_none()
                && json.is_none()
                && text.trim() == "Internal Server Error" =>
            {
                Error::Unauthorized {
                    url,
                    status,
                    body,
                    sent_key: false,
                }
            }
            429 => Error::Busy { url, body },
            503 if lower.contains("loading") => Error::Loading { url },
            501 if !self.path.contains("/chat/") => Error::FimUnsupported { url, cause: body },
            400 | 404 | 422 if detail.is_unknown_model(&lower) => Error::UnknownModel {
                url,
                model: secret::hidden(self.model.unwrap_or_default()).into_owned(),
                served: Vec::new(),
                nearest: None,
            },
            400 | 413 | 422 | 500 if detail.is_too_long(&lower) => Error::TooLong {
                url,
                prompt_tokens: detail.prompt_tokens,
                context_tokens: detail.context_tokens,
            },
            404 | 405 => Error::NotFound {
                url,
                status,
                path: self.path.to_owned(),
                body,
            },
            _ if html && status < 500 => Error::Html { url, status },
            _ => Error::Refused { url, status, body },
        }
    }

    /// The error that a document inside a successful answer means; `None` if it reports none.
    pub(super) fn reported(&self, document: &Value) -> Option<Error> {
        let error = document.get("error").filter(|it| !it.is_null())?;
        let status = error
            .get("code")
            .and_then(Value::as_u64)
            .and_then(|it| u16::try_from(it).ok())
            .filter(|it| (400..600).contains(it));
        let detail = Detail::of(document);
        if let Some(status) = status {
            return Some(self.refusal(status, document.to_string().as_bytes()));
        }
        if detail.is_too_long(&detail.message.to_lowercase()) {
            return Some(Error::TooLong {
                url: self.url.to_owned(),
                prompt_tokens: detail.prompt_tokens,
                context_tokens: detail.context_tokens,
            });
        }
        Some(Error::Refused {
            url: self.url.to_owned(),
            status: 200,
            body: self.quote(&detail.message),
        })
    }

    /// An answer that can't be read.
    pub(super) fn malformed(&self, cause: &'static str, body: &str) -> Error {
        if looks_like_html(body) {
            return Error::Html {
                url: self.url.to_owned(),
                status: 200,
            };
        }
        Error::Malformed {
            url: self.url.to_owned(),
            cause,
            body: self.quote(body),
        }
    }

    /// The beginning of what the server said: one line, at most 200 characters, without the key.
    pub(super) fn quote(&self, text: &str) -> String {
        let text = match self.key.as_ref().map(Secret::expose) {
            // Shorter "keys" are words that stand anywhere.
            Some(key) if key.len() >= 4 => text.replace(key, "…"),
            _ => text.to_owned(),
        };
        let mut line = String::new();
        for word in text
            .split(|it: char| it.is_whitespace() || it.is_control())
            .filter(|it| !it.is_empty())
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            if line.len() > 800 {
                break;
            }
        }
        if line.is_empty() {
            return "nothing".to_owned();
        }
        // Before it is cut: half a key looks like none.
        let line = secret::hidden(&line).into_owned();
        match line.char_indices().nth(200) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// What error documents say, whatever their shape: an object, a string, FastAPI's `detail`.
#[derive(Default)]
struct Detail {
    message: String,
    kind: String,
    prompt_tokens: Option<u32>,
    context_tokens: Option<u32>,
}

impl Detail {
    fn of(document: &Value) -> Detail {
        let error = document
            .get("error")
            .or_else(|| document.get("detail"))
            .unwrap_or(document);
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let message = match error {
            Value::Object(object) => object
                .get("message")
                .or_else(|| object.get("error"))
                .map_or_else(|| error.to_string(), text),
            other => text(other),
        };
        let field = |name: &str| error.get(name).map(text).unwrap_or_default();
        let number = |name: &str| {
            error
                .get(name)
                .and_then(Value::as_u64)
                .and_then(|it| u32::try_from(it).ok())
        };
        Detail {
            message,
            kind: format!("{} {}", field("type"), field("code")),
            prompt_tokens: number("n_prompt_tokens"),
            context_tokens: number("n_ctx"),
        }
    }

    fn is_unknown_model(&self, message: &str) -> bool {
        let named = message.contains("model")
            && [
                "not found",
                "does not exist",
                "doesn't exist",
                "invalid model name",
                "unknown model",
                "name is missing",
            ]
            .iter()
            .any(|it| message.contains(it));
        // mlx looks for a model that it doesn't have in the Hugging Face cache.
        named || self.kind.contains("model_not_found") || message.contains("cached snapshot")
    }

    fn is_too_long(&self, message: &str) -> bool {
        let named = [
            "context length",
            "maximum context",
            "context size",
            "context window",
            "exceeds the available context",
            "prompt is too long",
            // llama.cpp and Ollama, of a text to embed.
            "too large to process",
            "input length exceeds",
        ];
        self.kind.contains("exceed_context_size")
            || self.kind.contains("context_length_exceeded")
            || named.iter().any(|it| message.contains(it))
    }
}

fn looks_like_html(text: &str) -> bool {
    let start: String = text
        .trim_start()
        .chars()
        .take(15)
        .collect::<String>()
        .to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.starts_with("<head")
        || start.starts_with("<body")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Source<'_> = Source {
        url: "http://box:8080",
        path: "/v1/completions",
        model: Some("tiny"),
        key: None,
    };

    #[track_caller]
    fn check(status: u16, body: &str, code: &str) {
        assert_eq!(
            SOURCE.refusal(status, body.as_bytes()).code(),
            code,
            "{status} {body}"
        );
    }

    #[test]
    fn refusals_of_real_servers_are_told_apart() {
        check(
            401,
            r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#,
            "model-unauthorized",
        );
        check(401, r#"{"error":"Invalid API key"}"#, "model-unauthorized");
        check(500, "Internal Server Error", "model-unauthorized");
        check(
            400,
            r#"{"error":{"message":"No connected db.","type":"no_db_connection","code":"400"}}"#,
            "model-unauthorized",
        );
        check(
            404,
            r#"{"error":{"message":"File Not Found","type":"not_found_error","code":404}}"#,
            "model-wrong-url",
        );
        check(404, r#"{"detail":"Not Found"}"#, "model-wrong-url");
        check(404, "Not Found", "model-wrong-url");
        check(404, "<!doctype html><title>404</title>", "model-wrong-url");
        check(
            404,
            r#"{"error":{"message":"model 'tiny' not found","type":"not_found_error"}}"#,
            "model-unknown",
        );
        check(
            404,
            r#"{"error":"Cannot find an appropriate cached snapshot folder for the specified revision"}"#,
            "model-unknown",
        );
        check(
            400,
            r#"{"error":{"message":"completions: Invalid model name passed in model=tiny. Call `/v1/models`","code":"400"}}"#,
            "model-unknown",
        );
        check(
            400,
            r#"{"error":{"message":"model name is missing from the request","code":400}}"#,
            "model-unknown",
        );
        check(
            400,
            r#"{"error":{"message":"request exceeds","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#,
            "model-context-too-long",
        );
        check(
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens"}"#,
            "model-context-too-long",
        );
        check(
            501,
            r#"{"error":{"message":"Infill is not supported by this model: prefix token is missing.","code":501}}"#,
            "model-without-fim",
        );
        check(
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            "model-loading",
        );
        check(503, "no healthy upstream", "model-server-error");
        check(429, "slow down", "model-busy");
        check(
            502,
            "<html><body>Bad Gateway</body></html>",
            "model-server-error",
        );
        check(400, "<!DOCTYPE html><p>Bad Request", "model-html");
        check(
            422,
            r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
            "model-refused",
        );
    }

    #[test]
    fn a_prompt_that_is_too_long_is_explained_with_its_figures() {
        let error = SOURCE.refusal(400, br#"{"error":{"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#);
        expect_test::expect!["The prompt is too long for the model at http://box:8080: 9000 tokens, where 4096 fit. Set `models.autocomplete.context_tokens`, or start the server with a larger context."].assert_eq(&error.explain("autocomplete"));
    }

    #[test]
    fn an_unknown_model_is_explained_with_what_there_is() {
        let served = vec!["tiny-coder".to_owned(), "llama".to_owned()];
        let error = Error::UnknownModel {
            url: "http://box:8080".to_owned(),
            model: "tiny".to_owned(),
            served,
            nearest: Some("tiny-coder".to_owned()),
        };
        expect_test::expect![[r#"http://box:8080 has no model "tiny". Did you mean "tiny-coder"? It serves tiny-coder, llama. See `models.autocomplete.model`."#]]
            .assert_eq(&error.explain("autocomplete"));
    }

    #[test]
    fn a_quotation_is_one_short_line_without_the_key() {
        let source = Source {
            key: Some(Secret::for_test("sk-secret")),
            ..SOURCE
        };
        let Error::Unauthorized { body, .. } = source.refusal(
            401,
            format!("bad key\n\tsk-secret {}", "é".repeat(500)).as_bytes(),
        ) else {
            panic!("not unauthorized")
        };
        assert!(body.starts_with("bad key … éé"), "{body}");
        assert_eq!(body.chars().count(), 201);
        assert_eq!(source.quote(" \n"), "nothing");
    }
}
