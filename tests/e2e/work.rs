//! Long work through the language server: what its progress says, how several share one model, and what becomes of a change
//! when the user has gone elsewhere.

use crate::HOB;
use hob_tests::client::Launch;
use hob_tests::client::edits::applied;
use hob_tests::hob::Hob;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::tools::TinyModel;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FILES: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/shape.rs open\nimpl Shape {\n    fn area(&self) -> f32 {\n        self.width\n    }\n}\n//- /src/other.rs open\nfn other() {\n    $0\n}\n";
const DOUBLED: &str = "```rust\n        self.width * 2.0\n```";

fn started(chat: &Value, client: impl FnOnce(Launch) -> Launch) -> Hob {
    let settings = json!({ "models": { "autocomplete": { "provider": "builtin" }, "chat": chat } });
    Hob::start_with(HOB, &format!("{FILES}//- settings\n{settings}\n"), client)
}

fn scripted(server: &ModelServer) -> Hob {
    started(&json!({ "url": server.url() }), |it| it)
}

fn instruct() -> ModelServer {
    ModelServer::llama_cpp("llama-3-8b-instruct.gguf")
}

/// The line of the body of `area`, to be doubled.
fn request(hob: &Hob) -> Value {
    json!({
        "textDocument": { "uri": hob.workspace().uri("src/shape.rs") },
        "range": { "start": { "line": 2, "character": 0 }, "end": { "line": 3, "character": 0 } },
        "instruction": "Double it.",
    })
}

/// The result of a request.
#[track_caller]
fn finished(hob: &Hob, id: i64) -> Value {
    hob.response(id).result.expect("it succeeds")
}

fn command(hob: &Hob) -> Value {
    json!({ "command": "hob.edit", "arguments": [request(hob)] })
}

/// What the progress of one piece of work says, from its beginning to its end.
fn progress(hob: &Hob) -> Vec<Value> {
    let begun = hob.notification("$/progress", |it| {
        it["value"]["kind"] == "begin" && it["value"]["title"] == "Hob: Double it."
    });
    let mut values = vec![begun["value"].clone()];
    loop {
        let next = hob.notification("$/progress", |it| it["token"] == begun["token"]);
        let value = next["value"].clone();
        let is_end = value["kind"] == "end";
        values.push(value);
        if is_end {
            return values;
        }
    }
}

/// The percentages and messages in it.
fn said(progress: &[Value]) -> Vec<(Option<u64>, &str)> {
    let reports = progress.iter().filter(|it| it["kind"] == "report");
    let said = reports.map(|it| {
        (
            it["percentage"].as_u64(),
            it["message"].as_str().unwrap_or_default(),
        )
    });
    said.collect()
}

#[test]
fn progress_counts_while_the_prompt_is_read() {
    let server = instruct();
    let read = |processed: u32| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":null}}}}],\"prompt_progress\":{{\"total\":1100,\"cache\":100,\"processed\":{processed}}}}}\n\n"
        )
    };
    let text = json!({ "choices": [{ "delta": { "content": DOUBLED }, "finish_reason": "stop" }] });
    let body = [
        read(100),
        read(350),
        read(1100),
        format!("data: {text}\n\ndata: [DONE]\n\n"),
    ]
    .concat();
    server.answer(move |_| Reply::raw_events(&body));
    let hob = scripted(&server);
    hob.call("hob/edit", request(&hob));
    assert_eq!(server.wait_for_request().body["return_progress"], true);
    let first = progress(&hob);
    let counts = [
        (Some(0), "reading the prompt, 0 %"),
        (Some(25), "reading the prompt, 25 %"),
        (Some(100), "reading the prompt, 100 %"),
    ];
    assert!(said(&first).windows(3).any(|it| it == counts), "{first:?}");
    hob.call("hob/edit", request(&hob));
    let second = progress(&hob);
    assert_eq!(second[0]["percentage"], 0);
    let percentages: Vec<_> = said(&second).iter().map(|it| it.0).collect();
    assert!(percentages.is_sorted(), "{percentages:?}");
}

#[test]
fn servers_of_other_kinds_are_not_asked_for_progress() {
    let server = ModelServer::openai(&["gpt-oss-20b"]);
    server.answer(|_| Reply::text(DOUBLED));
    let hob = scripted(&server);
    hob.call("hob/edit", request(&hob));
    hob.call("hob/edit", request(&hob));
    for request in server.completions() {
        assert_eq!(request.body.get("return_progress"), None);
    }
    progress(&hob);
    let second = progress(&hob);
    assert!(
        second.iter().all(|it| it.get("percentage").is_none()),
        "{second:?}"
    );
}

#[test]
fn a_real_server_says_how_far_it_is() {
    let server = LlamaServer::of(TinyModel::Instruct)
        .argument("--batch-size")
        .argument("64")
        .argument("--ubatch-size")
        .argument("64");
    let Some(server) = server.start() else {
        return;
    };
    let grammar = r#"root ::= "```rust\n        self.width * 2.0\n```""#;
    let chat = json!({ "url": server.url(), "extra": { "grammar": grammar } });
    let hob = started(&chat, |it| it);
    hob.call("hob/edit", request(&hob));
    let progress = progress(&hob);
    let said = said(&progress);
    let read = said.iter().filter(|it| it.1.starts_with("reading"));
    let percentages: Vec<_> = read.map(|it| it.0).collect();
    assert!(
        percentages.len() >= 3 && percentages.is_sorted(),
        "{said:?}"
    );
    assert_eq!(percentages.last(), Some(&Some(100)), "{said:?}");
}

#[test]
fn a_second_piece_of_work_says_that_it_waits_and_can_be_stopped_meanwhile() {
    let server = instruct().slots(1);
    server.hang();
    server.answer(|_| Reply::text(DOUBLED));
    let hob = scripted(&server);
    let first = hob.request("hob/edit", request(&hob));
    server.wait_for_request();
    let waits = |it: &Value| {
        it["value"]["message"] == "llama-3-8b-instruct.gguf still writes another answer"
    };
    let second = hob.request("hob/edit", request(&hob));
    hob.notification("$/progress", waits);
    let third = hob.request("hob/edit", request(&hob));
    let third_waits = hob.notification("$/progress", waits);
    hob.notify(
        "window/workDoneProgress/cancel",
        json!({ "token": third_waits["token"] }),
    );
    assert_eq!(hob.error(third).code, -32800);
    // The server never hears of more than it works on.
    assert_eq!(server.calls(), 1);
    server.release();
    for id in [first, second] {
        let result = finished(&hob, id);
        assert_eq!(result["files"][0]["path"], "src/shape.rs");
    }
    assert_eq!((server.calls(), server.most_active()), (2, 1));
}

/// What the actions at a place of another document are called, and their commands.
fn actions_elsewhere(hob: &Hob) -> Vec<(String, Value)> {
    let start = json!({ "line": 1, "character": 4 });
    let params = json!({
        "textDocument": { "uri": hob.workspace().uri("src/other.rs") },
        "range": { "start": start, "end": start },
        "context": { "diagnostics": [] },
    });
    let actions = hob.call("textDocument/codeAction", params);
    let actions = actions.as_array().cloned().unwrap_or_default();
    let named = actions
        .into_iter()
        .map(|it| (it["title"].as_str().unwrap_or_default().to_owned(), it));
    named.collect()
}

const OFFER: &str = "Hob: apply the change of src/shape.rs";

#[test]
fn a_change_is_offered_to_a_user_who_writes_elsewhere() {
    let server = instruct();
    server.hang();
    server.answer(|_| Reply::text(DOUBLED));
    let mut hob = scripted(&server);
    hob.answer("workspace/applyEdit", |_| Ok(json!({ "applied": true })));
    let id = hob.request("workspace/executeCommand", command(&hob));
    server.wait_for_request();
    let other = hob.workspace().uri("src/other.rs");
    hob.change(&other, 0..0, "// On it goes.\n");
    // Answered once the change has been read.
    hob.call("hob/context", json!({ "query": "x" }));
    server.release();
    assert_eq!(finished(&hob, id)["applied"], false);
    let shown = hob.notification("window/showMessage", |it| {
        it["message"]
            .as_str()
            .is_some_and(|it| it.contains("shape.rs"))
    });
    assert_eq!(
        shown["message"],
        "Change ready, as a code action: src/shape.rs"
    );
    assert!(hob.server_requests("workspace/applyEdit").is_empty());
    // Taken from wherever the user is.
    let (title, offer) = actions_elsewhere(&hob).remove(0);
    assert_eq!(title, OFFER);
    let params = json!({ "command": offer["command"], "arguments": offer["arguments"] });
    assert_eq!(
        hob.call("workspace/executeCommand", params.clone())["applied"],
        true
    );
    let asked = hob.server_requests("workspace/applyEdit");
    let uri = hob.workspace().uri("src/shape.rs");
    let texts = BTreeMap::from([(uri.clone(), hob.text(&uri).to_owned())]);
    let after = applied(&asked[0]["edit"], &texts, hob.encoding());
    assert!(
        after[&uri]
            .as_ref()
            .is_some_and(|it| it.contains("self.width * 2.0"))
    );
    // Once.
    assert_ne!(actions_elsewhere(&hob)[0].0, OFFER);
    let again = hob.request("workspace/executeCommand", params);
    assert!(hob.error(again).message.contains("no longer offered"));
}

#[test]
fn an_action_that_was_chosen_lands_where_the_user_still_is_and_is_offered_elsewhere() {
    for goes_elsewhere in [false, true] {
        let server = instruct();
        server.hang();
        server.answer(|_| Reply::text(DOUBLED));
        let mut hob = scripted(&server);
        let at = request(&hob);
        let params = json!({ "textDocument": at["textDocument"], "range": at["range"], "context": { "diagnostics": [] } });
        let actions = hob.call("textDocument/codeAction", params);
        let simplify = actions
            .as_array()
            .and_then(|it| it.iter().find(|it| it["title"] == "Hob: simplify"))
            .unwrap_or_else(|| panic!("{actions}"));
        let id = hob.request("codeAction/resolve", simplify.clone());
        server.wait_for_request();
        if goes_elsewhere {
            let other = hob.workspace().uri("src/other.rs");
            hob.change(&other, 0..0, "// On it goes.\n");
        }
        hob.call("hob/context", json!({ "query": "x" }));
        server.release();
        let resolved = finished(&hob, id);
        assert_eq!(resolved["edit"].is_null(), goes_elsewhere, "{resolved}");
        let offers = actions_elsewhere(&hob);
        assert_eq!(offers.iter().any(|it| it.0 == OFFER), goes_elsewhere);
        // One that no longer fits isn't offered.
        let uri = hob.workspace().uri("src/shape.rs");
        hob.change(&uri, 0..0, "// New.\n");
        assert!(actions_elsewhere(&hob).iter().all(|it| it.0 != OFFER));
    }
}

#[test]
fn edits_are_not_offered_to_an_editor_that_takes_none() {
    let server = instruct();
    server.answer(|_| Reply::text(DOUBLED));
    let none = json!({
        "workspace": { "applyEdit": null },
        "textDocument": { "codeAction": { "resolveSupport": null } },
    });
    let hob = started(&json!({ "url": server.url() }), |it| it.capabilities(&none));
    let titles: Vec<_> = actions_elsewhere(&hob)
        .into_iter()
        .map(|it| it.1["command"]["command"].clone())
        .collect();
    assert!(
        !titles.is_empty() && titles.iter().all(|it| it == "hob.ask"),
        "{titles:?}"
    );
    let id = hob.request("workspace/executeCommand", command(&hob));
    let said = hob.error(id).message;
    assert!(said.contains("takes no edits"), "{said}");
    // Those that ask for the text themselves get it.
    let result = hob.call("hob/edit", request(&hob));
    assert_eq!(result["files"][0]["path"], "src/shape.rs");
}
