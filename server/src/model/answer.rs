//! What one JSON document of an answer says, in whichever shape: llama.cpp's own, OpenAI's completions or chat, a chunk of a stream or a whole answer.
//!
//! One reader for all, because servers mix them: llama.cpp answers `/completions` in its own shape, Mistral's FIM endpoint in that of a chat.

use std::time::Duration;

use serde_json::Value;

use super::Usage;
use super::stream::Reading;

/// One document of an answer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// The next text; often empty.
    pub(super) text: String,
    /// The next of what a reasoning model thinks, where the server tells it apart.
    pub(super) thought: String,
    /// Whether the model has ended.
    pub(super) end: bool,
    /// How much of the prompt has been read, where the document says only that.
    pub(super) reading: Option<Reading>,
    /// Whether it looks like an answer at all.
    pub(super) known: bool,
}

/// Reads one document; figures go into `usage`.
pub(super) fn read(document: &Value, usage: &mut Usage) -> Chunk {
    let choice = document.get("choices").and_then(|it| it.get(0));
    let text = [
        document.get("content"),
        choice.and_then(|it| it.get("text")),
        choice.and_then(|it| it.pointer("/delta/content")),
        choice.and_then(|it| it.pointer("/message/content")),
        document.get("response"),
    ];
    // llama.cpp, vLLM and DeepSeek say `reasoning_content`; newer vLLM, Ollama and routers `reasoning`.
    let thought = [
        "/delta/reasoning_content",
        "/delta/reasoning",
        "/message/reasoning_content",
        "/message/reasoning",
    ]
    .map(|it| choice.and_then(|choice| choice.pointer(it)));
    let first = |of: &[Option<&Value>]| {
        let found = of.iter().copied().flatten().find_map(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let (text, thought) = (first(&text), first(&thought));
    let flag = |name: &str| document.get(name).and_then(Value::as_bool).unwrap_or(false);
    let finished = choice
        .and_then(|it| it.get("finish_reason"))
        .is_some_and(|it| it.as_str().is_some_and(|it| !it.is_empty()));
    read_usage(document, usage);
    Chunk {
        end: flag("stop") || flag("done") || finished,
        reading: document
            .get("prompt_progress")
            .filter(|it| !it.is_null() && text.is_empty() && thought.is_empty())
            .map(read_progress),
        known: ["content", "choices", "response"]
            .iter()
            .any(|it| document.get(it).is_some()),
        text,
        thought,
    }
}

/// llama.cpp's `prompt_progress`: `total` and `processed` include the tokens that came from its cache.
fn read_progress(progress: &Value) -> Reading {
    let number = |name: &str| progress.get(name).and_then(Value::as_u64).unwrap_or(0);
    let cached = number("cache");
    Reading {
        tokens: number("processed"),
        new: number("processed").saturating_sub(cached),
        all_new: number("total").saturating_sub(cached),
    }
}

fn read_usage(document: &Value, usage: &mut Usage) {
    let number = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_f64)
            .filter(|it| *it >= 0.0)
    };
    let count = |pointer: &str| number(pointer).map(|it| it as u32);
    // litellm sends zeros with every chunk.
    if let Some(prompt) = count("/usage/prompt_tokens").filter(|it| *it > 0) {
        usage.prompt_tokens = Some(prompt);
        usage.generated_tokens = count("/usage/completion_tokens");
        usage.cached_tokens =
            count("/usage/prompt_tokens_details/cached_tokens").or(usage.cached_tokens);
    }
    if let (Some(cached), Some(new)) = (count("/timings/cache_n"), count("/timings/prompt_n")) {
        usage.prompt_tokens = Some(cached.saturating_add(new));
        usage.cached_tokens = Some(cached);
    }
    if let Some(generated) = count("/timings/predicted_n") {
        usage.generated_tokens = Some(generated);
    }
    // OpenAI's word for it, and llama.cpp's two.
    let says =
        |pointer: &str, word: &str| document.pointer(pointer).and_then(Value::as_str) == Some(word);
    usage.cut_short |= says("/choices/0/finish_reason", "length")
        || says("/stop_type", "limit")
        || document.pointer("/stopped_limit").and_then(Value::as_bool) == Some(true);
    if let Some(milliseconds) = number("/timings/prompt_ms") {
        usage.prompt_time = Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, text: &str, end: bool) -> Usage {
        let mut usage = Usage::default();
        let chunk = read(&serde_json::from_str(document).unwrap(), &mut usage);
        assert_eq!((chunk.text.as_str(), chunk.end), (text, end), "{document}");
        usage
    }

    #[test]
    fn chunks_of_real_servers_are_read() {
        check(
            r#"{"index":0,"content":"han","tokens":[1865],"stop":false,"id_slot":-1}"#,
            "han",
            false,
        );
        check(
            r#"{"choices":[{"text":" Dst","index":0,"logprobs":null,"finish_reason":null}]}"#,
            " Dst",
            false,
        );
        check(r#"{"choices":[{"index":0,"text":"^"}]}"#, "^", false);
        check(
            r#"{"choices":[{"finish_reason":"length","index":0}]}"#,
            "",
            true,
        );
        check(r#"{"choices":[],"usage":{"prompt_tokens":3}}"#, "", false);
        check(
            r#"{"choices":[{"index":0,"text":null,"finish_reason":null}]}"#,
            "",
            false,
        );
        check(
            r#"{"choices":[{"delta":{"role":null,"content":null},"finish_reason":""}]}"#,
            "",
            false,
        );
        check(
            r#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#,
            "x",
            true,
        );
        check(
            r#"{"model":"m","response":"The","done":false}"#,
            "The",
            false,
        );
        check("{}", "", false);
        check("[1]", "", false);
    }

    #[test]
    fn llama_cpp_s_own_figures_are_kept() {
        let usage = check(
            r#"{"content":"","stop":true,"stop_type":"limit","timings":{"cache_n":13,"prompt_n":3,"prompt_ms":1.5,"predicted_n":3,"predicted_ms":0.7}}"#,
            "",
            true,
        );
        let expected = Usage {
            prompt_tokens: Some(16),
            cached_tokens: Some(13),
            generated_tokens: Some(3),
            prompt_time: Some(Duration::from_micros(1500)),
            cut_short: true,
        };
        assert_eq!(usage, expected);
    }

    #[test]
    fn openai_s_figures_are_kept_and_zeros_are_not() {
        let usage = check(
            r#"{"choices":[],"usage":{"completion_tokens":4,"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}}"#,
            "",
            false,
        );
        assert_eq!(
            (
                usage.prompt_tokens,
                usage.cached_tokens,
                usage.generated_tokens
            ),
            (Some(5), Some(4), Some(4))
        );
        assert_eq!(
            check(
                r#"{"choices":[],"usage":{"completion_tokens":0,"prompt_tokens":0}}"#,
                "",
                false
            ),
            Usage::default()
        );
    }

    #[test]
    fn progress_with_the_prompt_is_no_text() {
        let mut usage = Usage::default();
        let document = serde_json::json!({"content": "", "stop": false, "prompt_progress": {"total": 9, "processed": 3}});
        let reading = read(&document, &mut usage).reading.unwrap();
        assert_eq!((reading.tokens, reading.percent()), (3, 33));
    }
}
