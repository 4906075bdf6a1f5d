//! Inline completion, from the client's side.

use super::Client;
use serde_json::{Value, json};
use std::ops::Range;

/// Why inline completion is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The user asked.
    Invoked = 1,
    /// The user typed.
    Automatic = 2,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq)]
pub struct InlineCompletion {
    /// The text.
    pub text: String,
    /// What it replaces, in byte offsets; empty at the cursor where nothing was said.
    pub range: Range<usize>,
    /// What is to be run when it was accepted.
    pub command: Option<Value>,
}

impl Client {
    /// Asks for suggestions at a byte offset; the answer is had by [`Client::inline_completions`].
    #[track_caller]
    pub fn ask_inline(&self, uri: &str, offset: usize, trigger: Trigger) -> i64 {
        let position = self.position(uri, offset);
        self.request(
            "textDocument/inlineCompletion",
            inline_params(uri, &position, trigger),
        )
    }

    /// Waits for suggestions asked for by [`Client::ask_inline`]; `None`: the request was outdated.
    ///
    /// # Panics
    ///
    /// When the answer is an error, breaks the protocol, or does not come.
    #[track_caller]
    pub fn inline_completions(
        &self,
        id: i64,
        uri: &str,
        offset: usize,
    ) -> Option<Vec<InlineCompletion>> {
        match self.response(id).result {
            Ok(result) => self.read_inline(&result, uri, offset),
            Err(error) => panic!("inline completion failed: {error:?}"),
        }
    }

    /// Asks for suggestions at a byte offset and waits for them; none where the server has none.
    ///
    /// # Panics
    ///
    /// When the answer is an error, says that the request was outdated, breaks the protocol, or does not come.
    #[track_caller]
    pub fn inline_complete_at(&self, uri: &str, offset: usize) -> Vec<InlineCompletion> {
        let id = self.ask_inline(uri, offset, Trigger::Automatic);
        self.inline_completions(id, uri, offset)
            .expect("the only request can't be outdated")
    }

    /// As [`Client::inline_complete_at`], at a position (both from 0).
    #[track_caller]
    pub fn inline_complete(&self, uri: &str, line: u32, character: u32) -> Vec<InlineCompletion> {
        let position = json!({ "line": line, "character": character });
        self.inline_complete_at(uri, self.encoding().offset(self.text(uri), &position))
    }

    /// Accepts a suggestion: changes the text, tells the server, and runs the suggestion's command there.
    #[track_caller]
    pub fn accept(&mut self, uri: &str, item: &InlineCompletion) {
        self.change(uri, item.range.clone(), &item.text);
        if let Some(command) = &item.command {
            let params =
                json!({ "command": command["command"], "arguments": command["arguments"] });
            self.call("workspace/executeCommand", params);
        }
    }

    /// Reads the result of an inline completion request made at `offset` of the text as it is now.
    ///
    /// # Panics
    ///
    /// When it is not what the protocol says, or not what editors can show.
    #[track_caller]
    pub fn read_inline(
        &self,
        result: &Value,
        uri: &str,
        offset: usize,
    ) -> Option<Vec<InlineCompletion>> {
        let items = match result {
            Value::Null => return None,
            Value::Array(items) => items,
            Value::Object(list) => match &list["items"] {
                Value::Array(items) => items,
                _ => panic!("no list of inline completions: {result}"),
            },
            _ => panic!("no inline completions: {result}"),
        };
        let text = self.text(uri);
        let read = |item: &Value| {
            // A snippet is an object: editors that only know text would show it as such.
            let Some(insert) = item["insertText"].as_str() else {
                panic!("no plain text: {item}")
            };
            let range = match item.get("range") {
                None | Some(Value::Null) => offset..offset,
                Some(range) => {
                    let start = self.encoding().offset(text, &range["start"]);
                    start..self.encoding().offset(text, &range["end"])
                }
            };
            assert!(
                range.start <= offset && offset <= range.end,
                "the cursor is outside of what is replaced: {item}"
            );
            let command = item.get("command").filter(|it| !it.is_null()).cloned();
            InlineCompletion {
                text: insert.to_owned(),
                range,
                command,
            }
        };
        Some(items.iter().map(read).collect())
    }
}

fn inline_params(uri: &str, position: &Value, trigger: Trigger) -> Value {
    json!({
        "textDocument": { "uri": uri },
        "position": position,
        "context": { "triggerKind": trigger as u8 },
    })
}
