//! Chat through the language server, as an editor has it: what streams, what is shown to the model, how it stops.

use crate::HOB;
use hob_tests::client::TIMEOUT;
use hob_tests::hob::Hob;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::time::Instant;

const SHAPES: &str = r#"//- /.git/HEAD
ref: refs/heads/main
//- /src/shape.rs
pub struct Shape {
    width: f32,
    height: f32,
}

impl Shape {
    pub fn surface_area(&self) -> f32 {
        self.width * self.height
    }
}
//- /src/main.rs
fn main() {
    let total = 1$0 + 2;
}
"#;

/// A server whose chat model this is. Nothing else is configured: completions come from the codebase.
fn start(url: &str) -> Hob {
    let settings = json!({
        "models": { "autocomplete": { "provider": "builtin" }, "chat": { "url": url } }
    });
    Hob::start(HOB, &format!("{SHAPES}//- settings\n{settings}\n"))
}

fn instruct() -> ModelServer {
    ModelServer::llama_cpp("llama-3-8b-instruct.gguf")
}

fn question(text: &str) -> Value {
    json!({ "id": "q1", "messages": [{ "role": "user", "content": text }] })
}

/// The pieces of text that came, until they are the whole of `text`.
#[track_caller]
fn streamed(hob: &Hob, text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    while pieces.concat() != text {
        let delta = hob.notification("hob/chat/delta", |it| it["text"] != "");
        assert_eq!(delta["id"], "q1");
        pieces.push(delta["text"].as_str().unwrap().to_owned());
        assert!(text.starts_with(&pieces.concat()), "{pieces:?}");
    }
    hob.take_notifications("hob/chat/delta");
    pieces
}

/// Waits until the index of the project can be searched.
fn indexed(hob: &Hob) {
    hob.notification("hob/status", |it| it["state"] == "ready");
    let started = Instant::now();
    while started.elapsed() < TIMEOUT {
        let found = hob.call("hob/context", json!({ "query": "surface_area" }));
        let is_there = |it: &Value| it["insertText"].as_str() == Some("@symbol:Shape.surface_area");
        if found["items"].as_array().unwrap().iter().any(is_there) {
            return;
        }
    }
    panic!("the index never has it");
}

#[test]
fn an_answer_streams_and_says_what_it_rests_on() {
    let server = instruct();
    server.answer(|_| Reply::pieces(&["See ", "`src/shape.rs:7`", "."]));
    let hob = start(&server.url());
    indexed(&hob);
    let answer = hob.call("hob/chat", question("Where is the surface area computed?"));
    assert_eq!(answer["text"], "See `src/shape.rs:7`.");
    assert_eq!(answer["model"], "llama-3-8b-instruct.gguf");
    let sources = answer["sources"].as_array().unwrap();
    let cited: Vec<_> = sources.iter().filter(|it| it["cited"] == true).collect();
    assert_eq!(cited.len(), 1, "{sources:?}");
    assert_eq!(cited[0]["path"], "src/shape.rs");
    assert_eq!(cited[0]["uri"], hob.workspace().uri("src/shape.rs"));
    let pieces = streamed(&hob, "See `src/shape.rs:7`.");
    assert_eq!(pieces, ["See ", "`src/shape.rs:7`", "."]);
    let asked = server.wait_for_request();
    let messages = asked.messages();
    assert!(
        messages[1].1.contains("self.width * self.height"),
        "{messages:?}"
    );
}

#[test]
fn what_is_attached_and_selected_is_shown_to_the_model_as_it_is_in_the_editor() {
    let server = instruct();
    server.answer(|_| Reply::text("ok"));
    let mut hob = start(&server.url());
    let uri = hob.workspace().uri("src/main.rs");
    hob.type_text("0000");
    let mut params = question("What is this?");
    params["textDocument"] = json!({ "uri": uri });
    params["range"] =
        json!({ "start": { "line": 1, "character": 4 }, "end": { "line": 1, "character": 6 } });
    params["attachments"] = json!([{ "kind": "selection" }, { "kind": "file", "path": hob.workspace().uri("src/shape.rs"), "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 1, "character": 3 } } }]);
    params["context"] = json!(false);
    hob.call("hob/chat", params);
    let asked = server.wait_for_request();
    let sent = asked.messages()[1].1.to_owned();
    assert!(sent.contains("let total = 10000 + 2;"), "{sent}");
    assert!(
        sent.contains("width: f32") && !sent.contains("height"),
        "{sent}"
    );
}

#[test]
fn a_cancel_is_answered_at_once_and_stops_the_model() {
    let server = instruct();
    server.answer(|_| Reply::pieces(&["a", "b"]).hang_after(1));
    let hob = start(&server.url());
    let id = hob.request("hob/chat", question("What?"));
    hob.notification("hob/chat/delta", |it| it["text"] == "a");
    hob.cancel(id);
    assert_eq!(hob.error(id).code, -32800);
    server.wait_for_disconnect();
    hob.take_notifications("hob/chat/delta");
    // It goes on as if nothing had been.
    server.answer(|_| Reply::text("yes"));
    assert_eq!(hob.call("hob/chat", question("And now?"))["text"], "yes");
    hob.take_notifications("hob/chat/delta");
}

#[test]
fn the_command_answers_as_the_request_does() {
    let server = instruct();
    server.answer(|_| Reply::one_shot("In one piece."));
    let hob = start(&server.url());
    let params = json!({ "command": "hob.chat", "arguments": [question("What?")] });
    let answer = hob.call("workspace/executeCommand", params);
    assert_eq!(answer["text"], "In one piece.");
    assert_eq!(streamed(&hob, "In one piece."), ["In one piece."]);
    let wrong = json!({ "command": "hob.chat", "arguments": [{ "id": 1 }] });
    let id = hob.request("workspace/executeCommand", wrong);
    assert!(hob.error(id).message.contains("argument of hob.chat"));
}

#[test]
fn a_chat_that_can_t_be_says_what_helps() {
    let server = instruct();
    let hob = start(&server.url());
    let id = hob.request("hob/chat", json!({ "messages": [] }));
    assert!(hob.error(id).message.contains("nothing to answer"));
    server.refuse();
    let id = hob.request("hob/chat", question("What?"));
    let error = hob.error(id);
    assert!(
        error.message.contains("models.chat.url"),
        "{}",
        error.message
    );
    assert_eq!(error.code, -32803);
    hob.take_notifications("hob/chat/delta");
}

#[test]
fn a_real_server_streams_an_answer_and_stops_at_once() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let settings = json!({
        "models": {
            "autocomplete": { "provider": "builtin" },
            "chat": { "url": server.url(), "extra": { "grammar": "root ::= \"See `src/shape.rs:7`, of course.\"" } },
        }
    });
    let hob = Hob::start(HOB, &format!("{SHAPES}//- settings\n{settings}\n"));
    let answer = hob.call("hob/chat", question("Where is it?"));
    assert_eq!(answer["text"], "See `src/shape.rs:7`, of course.");
    let pieces = streamed(&hob, "See `src/shape.rs:7`, of course.");
    assert!(pieces.len() > 3, "{pieces:?}");

    // Without an end to it, until it is stopped.
    let settings = json!({
        "models": {
            "autocomplete": { "provider": "builtin" },
            "chat": { "url": server.url(), "extra": { "ignore_eos": true } },
        }
    });
    let hob = Hob::start(HOB, &format!("{SHAPES}//- settings\n{settings}\n"));
    let id = hob.request("hob/chat", question("Go on."));
    hob.notification("hob/chat/delta", |it| it["text"] != "");
    hob.cancel(id);
    assert_eq!(hob.error(id).code, -32800);
    let works = || {
        let slots = server.get("/slots").expect("it answers");
        let slots = slots.as_array().cloned().unwrap_or_default();
        slots.iter().any(|it| it["is_processing"] == true)
    };
    let started = Instant::now();
    while works() {
        assert!(started.elapsed() < TIMEOUT, "it goes on: {}", server.log());
    }
    hob.take_notifications("hob/chat/delta");
}
