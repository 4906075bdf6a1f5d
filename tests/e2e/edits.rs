//! Changes of code through the language server: code actions, `hob/edit`, `hob/apply`, and what keeps them off the wrong
//! text.

use crate::HOB;
use hob_tests::client::Launch;
use hob_tests::client::edits::applied;
use hob_tests::hob::Hob;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SHAPE: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/shape.rs open\nimpl Shape {\n    fn area(&self) -> f32 {\n        self.width$0\n    }\n}\n\nfn élan() {}\n";

/// A server whose chat model this is, and what else is said of it.
fn start(chat: Value) -> Hob {
    let settings = json!({ "models": { "autocomplete": { "provider": "builtin" }, "chat": chat } });
    Hob::start(HOB, &format!("{SHAPE}//- settings\n{settings}\n"))
}

fn scripted(server: &ModelServer) -> Hob {
    start(json!({ "url": server.url() }))
}

/// The same in another client.
fn started(server: &ModelServer, client: impl FnOnce(Launch) -> Launch) -> Hob {
    let chat = json!({ "url": server.url() });
    let settings = json!({ "models": { "autocomplete": { "provider": "builtin" }, "chat": chat } });
    Hob::start_with(HOB, &format!("{SHAPE}//- settings\n{settings}\n"), client)
}

fn instruct() -> ModelServer {
    ModelServer::llama_cpp("llama-3-8b-instruct.gguf")
}

fn uri(hob: &Hob) -> String {
    hob.workspace().uri("src/shape.rs")
}

/// The line of the body of `area`.
fn body(hob: &Hob) -> Value {
    json!({
        "textDocument": { "uri": uri(hob) },
        "range": { "start": { "line": 2, "character": 0 }, "end": { "line": 3, "character": 0 } },
    })
}

fn with(mut params: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

/// What an edit makes of the open document.
#[track_caller]
fn shape_after(hob: &Hob, edit: &Value) -> String {
    let uri = uri(hob);
    let texts = BTreeMap::from([(uri.clone(), hob.text(&uri).to_owned())]);
    let after = applied(edit, &texts, hob.encoding());
    assert_eq!(after.len(), 1, "{after:?}");
    after[&uri].clone().expect("it is still there")
}

fn actions(hob: &Hob, range: Value, context: Value) -> Vec<Value> {
    let params = json!({ "textDocument": { "uri": uri(hob) }, "range": range, "context": context });
    let actions = hob.call("textDocument/codeAction", params);
    actions.as_array().cloned().unwrap_or_default()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions
        .iter()
        .filter_map(|it| it["title"].as_str())
        .collect()
}

fn range(start: (u32, u32), end: (u32, u32)) -> Value {
    let position = |it: (u32, u32)| json!({ "line": it.0, "character": it.1 });
    json!({ "start": position(start), "end": position(end) })
}

fn problem() -> Value {
    json!({ "range": range((2, 8), (2, 18)), "severity": 1, "message": "no field `width`" })
}

const DOUBLED: &str = "```rust\n        self.width * 2.0\n```";

#[test]
fn an_edit_comes_with_its_version_and_a_preview_and_changes_nothing_by_itself() {
    let server = instruct();
    server.answer(|_| Reply::text(DOUBLED));
    let hob = scripted(&server);
    let before = hob.text(&uri(&hob)).to_owned();
    let result = hob.call(
        "hob/edit",
        with(body(&hob), json!({ "instruction": "Double it." })),
    );
    let edit = &result["edit"];
    assert_eq!(
        shape_after(&hob, edit),
        before.replace("self.width", "self.width * 2.0")
    );
    assert_eq!(edit["documentChanges"][0]["textDocument"]["version"], 1);
    assert_eq!(edit["changeAnnotations"]["hob"]["label"], "Hob: Double it.");
    assert_eq!(edit["changeAnnotations"]["hob"]["needsConfirmation"], false);
    assert_eq!(result["files"][0]["path"], "src/shape.rs");
    assert_eq!(result["files"][0]["added"], 1);
    assert!(
        result["diff"]
            .as_str()
            .unwrap()
            .contains("+        self.width * 2.0"),
        "{result}"
    );
    assert!(hob.server_requests("workspace/applyEdit").is_empty());
}

#[test]
fn the_command_has_the_editor_apply_the_edit() {
    let server = instruct();
    server.answer(|_| Reply::text(DOUBLED));
    let hob = scripted(&server);
    hob.answer("workspace/applyEdit", |_| Ok(json!({ "applied": true })));
    let argument = with(body(&hob), json!({ "instruction": "Double it." }));
    let params = json!({ "command": "hob.edit", "arguments": [argument] });
    let result = hob.call("workspace/executeCommand", params);
    assert_eq!(result["applied"], true);
    let asked = hob.server_requests("workspace/applyEdit");
    assert_eq!(asked.len(), 1);
    assert!(shape_after(&hob, &asked[0]["edit"]).contains("self.width * 2.0"));
}

#[test]
fn an_edit_for_a_text_that_was_changed_meanwhile_is_never_applied() {
    let server = instruct();
    server.answer(|_| Reply::text(DOUBLED).hang_after(2));
    let mut hob = scripted(&server);
    let argument = with(body(&hob), json!({ "instruction": "Double it." }));
    let params = json!({ "command": "hob.edit", "arguments": [argument] });
    let id = hob.request("workspace/executeCommand", params);
    server.wait_for_request();
    hob.type_text("_of_it");
    // Answered once the change has been read.
    hob.call("hob/context", json!({ "query": "x" }));
    server.release();
    let error = hob.error(id);
    assert_eq!(error.code, -32801);
    assert!(
        error.message.contains("src/shape.rs was changed"),
        "{}",
        error.message
    );
    assert!(hob.server_requests("workspace/applyEdit").is_empty());
    // And one that is about an older version is not even asked for.
    let old = with(
        body(&hob),
        json!({ "instruction": "Double it.", "version": 1 }),
    );
    let id = hob.request("hob/edit", old);
    assert_eq!(hob.error(id).code, -32801);
    assert_eq!(server.calls(), 1);
}

#[test]
fn code_actions_appear_where_they_make_sense_and_ask_no_model() {
    let server = instruct();
    let hob = scripted(&server);
    let none = json!({ "diagnostics": [] });
    let here = actions(&hob, range((2, 10), (2, 10)), none.clone());
    assert_eq!(
        titles(&here),
        [
            "Hob: explain this",
            "Hob: write documentation",
            "Hob: write tests",
            "Hob: simplify",
            "Hob: review the changes",
            "Hob: write a commit message",
            "Hob: suggest names"
        ]
    );
    // On an empty line there is no code.
    let empty = actions(&hob, range((5, 0), (5, 0)), none);
    assert_eq!(
        titles(&empty),
        ["Hob: review the changes", "Hob: write a commit message"]
    );
    // No light bulb at every move of the cursor.
    let automatic = json!({ "diagnostics": [], "triggerKind": 2 });
    assert!(actions(&hob, range((2, 10), (2, 10)), automatic).is_empty());
    let problems = json!({ "diagnostics": [problem(), problem()], "only": ["quickfix"] });
    let fixes = actions(&hob, range((2, 10), (2, 10)), problems);
    assert_eq!(
        titles(&fixes),
        [
            "Hob: fix this problem",
            "Hob: fix this problem",
            "Hob: fix this problem: all 2 here"
        ]
    );
    assert!(
        fixes
            .iter()
            .all(|it| it["kind"] == "quickfix" && it["edit"].is_null())
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_action_that_is_chosen_comes_back_with_its_edit() {
    let server = instruct();
    server.answer(|_| {
        Reply::text(
            "```rust\nimpl Shape {\n    fn area(&self) -> f32 {\n        self.size\n    }\n}\n```",
        )
    });
    let hob = scripted(&server);
    let problems = json!({ "diagnostics": [problem()], "only": ["quickfix"] });
    let action = actions(&hob, range((0, 2), (0, 2)), problems).remove(0);
    let resolved = hob.call("codeAction/resolve", action);
    assert!(shape_after(&hob, &resolved["edit"]).contains("self.size"));
    let asked = server.wait_for_request();
    let said = &asked.messages()[1].1;
    assert!(said.contains("no field `width`"), "{said}");
}

#[test]
fn the_button_of_the_progress_stops_an_edit() {
    let server = instruct();
    server.answer(|_| Reply::text(DOUBLED).hang_after(1));
    let hob = scripted(&server);
    let id = hob.request(
        "hob/edit",
        with(body(&hob), json!({ "instruction": "Double it." })),
    );
    server.wait_for_request();
    let begun = hob.notification("$/progress", |it| {
        it["value"]["kind"] == "begin" && it["value"]["title"] == "Hob: Double it."
    });
    assert_eq!(begun["value"]["cancellable"], true);
    hob.notify(
        "window/workDoneProgress/cancel",
        json!({ "token": begun["token"] }),
    );
    assert_eq!(hob.error(id).code, -32800);
    server.wait_for_disconnect();
}

#[test]
fn a_question_from_a_menu_is_answered_in_a_document_of_its_own() {
    let server = instruct();
    server.answer(|_| Reply::text("It gives the area."));
    let hob = scripted(&server);
    hob.answer("window/showDocument", |_| Ok(json!({ "success": true })));
    let none = json!({ "diagnostics": [] });
    let explain = actions(&hob, range((2, 10), (2, 10)), none).remove(0);
    let answer = hob.call("workspace/executeCommand", explain["command"].clone());
    assert_eq!(answer["text"], "It gives the area.");
    hob.take_notifications("hob/chat/delta");
    let shown = hob.server_requests("window/showDocument");
    let path = shown[0]["uri"].as_str().unwrap();
    let path = path.strip_prefix("file://").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("It gives the area."), "{text}");
    // The function around the cursor was shown, as it is in the editor.
    let asked = server.wait_for_request();
    let said = &asked.messages()[1].1;
    assert!(
        said.contains("fn area(&self) -> f32 {\n        self.width\n"),
        "{said}"
    );
}

#[test]
fn an_answer_is_applied_to_the_files_that_it_is_for() {
    let server = instruct();
    let hob = scripted(&server);
    let text = "Do this:\n\n`src/shape.rs`\n```rust\n<<<<<<< SEARCH\nfn élan() {}\n=======\nfn élan() -> u8 {\n    1\n}\n>>>>>>> REPLACE\n```\n\nand a new file `src/new.rs`:\n\n```rust\nfn new() {}\n```\n";
    let result = hob.call("hob/apply", json!({ "text": text }));
    let uri = uri(&hob);
    let texts = BTreeMap::from([(uri.clone(), hob.text(&uri).to_owned())]);
    let after = applied(&result["edit"], &texts, hob.encoding());
    assert!(
        after[&uri]
            .as_ref()
            .unwrap()
            .ends_with("fn élan() -> u8 {\n    1\n}\n")
    );
    let new = hob.workspace().uri("src/new.rs");
    assert_eq!(after[&new].as_deref(), Some("fn new() {}\n"));
    // Outside of the project nothing is ever changed.
    let outside = "`../outside.rs`\n```rust\nfn evil() {}\n```\n";
    let id = hob.request("hob/apply", json!({ "text": outside }));
    assert_eq!(hob.error(id).code, -32803);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_real_server_s_answer_lands_as_an_edit() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let grammar = r#"root ::= "```rust\n        self.width * 2.0\n```""#;
    let hob = start(json!({ "url": server.url(), "extra": { "grammar": grammar } }));
    let before = hob.text(&uri(&hob)).to_owned();
    let result = hob.call(
        "hob/edit",
        with(body(&hob), json!({ "instruction": "Double it." })),
    );
    assert_eq!(
        shape_after(&hob, &result["edit"]),
        before.replace("self.width", "self.width * 2.0")
    );
}

#[test]
fn an_editor_that_waits_for_an_action_gets_a_command_at_once_and_the_edit_when_it_is_there() {
    for no_resolve in [false, true] {
        let server = instruct();
        server.answer(|_| Reply::text(DOUBLED));
        let hob = started(&server, |it: Launch| match no_resolve {
            true => it.capabilities(
                &json!({ "textDocument": { "codeAction": { "resolveSupport": null } } }),
            ),
            false => it.named("helix"),
        });
        hob.answer("workspace/applyEdit", |_| Ok(json!({ "applied": true })));
        let all = actions(
            &hob,
            range((2, 8), (2, 18)),
            json!({ "diagnostics": [problem()] }),
        );
        let fix = all.iter().find(|it| it["title"] == "Hob: fix this problem");
        let fix = fix.unwrap_or_else(|| panic!("{:?}", titles(&all)));
        assert_eq!(fix["command"]["command"], "hob.edit", "{fix}");
        assert!(fix["data"].is_null() && server.calls() == 0, "{fix}");
        let params = json!({ "command": "hob.edit", "arguments": fix["command"]["arguments"] });
        assert_eq!(
            hob.call("workspace/executeCommand", params)["applied"],
            true
        );
        let asked = hob.server_requests("workspace/applyEdit");
        assert!(shape_after(&hob, &asked[0]["edit"]).contains("self.width * 2.0"));
    }
}

#[test]
fn a_failing_action_is_one_line_without_a_number_where_the_client_takes_no_errors() {
    let server = instruct();
    server.answer(|_| Reply::status(500, "out of memory"));
    let hob = started(&server, |it| {
        it.capabilities(&json!({ "experimental": null }))
    });
    let all = actions(
        &hob,
        range((2, 8), (2, 18)),
        json!({ "diagnostics": [problem()] }),
    );
    let fix = all.iter().find(|it| it["title"] == "Hob: fix this problem");
    let fix = fix.unwrap_or_else(|| panic!("{:?}", titles(&all)));
    let resolved = hob.call("codeAction/resolve", fix.clone());
    assert!(resolved["edit"].is_null(), "{resolved}");
    let said = hob.notification("window/showMessage", |_| true);
    let said = said["message"].as_str().unwrap_or_default();
    assert!(
        !said.is_empty() && !said.contains('\n') && !said.contains("-32"),
        "{said}"
    );
}
