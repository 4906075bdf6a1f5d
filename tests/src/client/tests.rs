//! The client against servers of a few lines, over pipes: does it notice what it promises to notice?

use super::{Client, Encoding, Launch, TIMEOUT, Trigger, wire};
use serde_json::{Value, json};
use std::io::{BufReader, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;

/// A client of a server which answers `initialize` and `shutdown`, and leaves the rest to `serve`: all that it returns is
/// sent.
fn client(launch: &Launch, mut serve: impl FnMut(&Value) -> Vec<Value> + Send + 'static) -> Client {
    let (server_in, client_out) = pipe().unwrap();
    let (client_in, mut server_out) = pipe().unwrap();
    thread::spawn(move || {
        let mut input = BufReader::new(server_in);
        while let Ok(Some(message)) = wire::read(&mut input) {
            let mut out = serve(&message);
            match message["method"].as_str() {
                Some("initialize") if out.is_empty() => {
                    out.push(reply(&message, &json!({ "capabilities": {} })))
                }
                Some("shutdown") => out.push(reply(&message, &Value::Null)),
                Some("exit") => return,
                _ => {}
            }
            for it in out {
                wire::write(&mut server_out, &it).unwrap();
            }
        }
    });
    launch.over(client_in, client_out)
}

fn launch() -> Launch {
    Launch::new("unused").folders([PathBuf::from("/w")])
}

fn reply(request: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })
}

/// What the client says when it is done with.
fn complaint(client: Client) -> String {
    match catch_unwind(AssertUnwindSafe(|| client.finish())) {
        Ok(()) => "none".to_owned(),
        Err(panic) => *panic.downcast::<String>().unwrap(),
    }
}

#[test]
fn a_good_server_passes() {
    let client = client(&launch(), |it| match it["method"].as_str() {
        Some("double") => vec![reply(it, &json!(it["params"].as_i64().unwrap() * 2))],
        _ => vec![],
    });
    assert_eq!(client.call("double", json!(21)), 42);
    assert_eq!(complaint(client), "none");
}

#[test]
fn a_second_answer_is_noticed() {
    let client = client(&launch(), |it| match it["method"].as_str() {
        Some("twice") => vec![reply(it, &json!(1)), reply(it, &json!(2))],
        _ => vec![],
    });
    assert_eq!(client.call("twice", Value::Null), 1);
    assert!(complaint(client).contains("answered twice"));
}

#[test]
fn an_unread_error_is_noticed_and_a_read_one_is_not() {
    let fails = |it: &Value| match it["method"].as_str() {
        Some("fail") => vec![
            json!({ "jsonrpc": "2.0", "id": it["id"], "error": { "code": -32603, "message": "no" } }),
        ],
        _ => vec![],
    };
    let read = client(&launch(), fails);
    let id = read.request("fail", Value::Null);
    assert_eq!(read.error(id).code, -32603);
    assert_eq!(complaint(read), "none");

    let unread = client(&launch(), fails);
    unread.request("fail", Value::Null);
    let barrier = unread.request("fail", Value::Null);
    unread.error(barrier);
    assert!(complaint(unread).contains("an error that no one read"));
}

#[test]
fn an_unread_error_message_is_noticed() {
    let client = client(&launch(), |it| match it["method"].as_str() {
        Some("initialized") => vec![json!({
            "jsonrpc": "2.0",
            "method": "window/showMessage",
            "params": { "type": 1, "message": "it burns" },
        })],
        _ => vec![],
    });
    assert!(complaint(client).contains("it burns"));
}

#[test]
fn a_server_that_hangs_up_is_noticed_at_once() {
    let (_server_in, client_out) = pipe().unwrap();
    let (client_in, server_out) = pipe().unwrap();
    drop(server_out);
    let result = catch_unwind(AssertUnwindSafe(|| launch().over(client_in, client_out)));
    let panic = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(
        panic.contains("the server has closed its output"),
        "{panic}"
    );
}

#[test]
fn the_servers_requests_are_answered_as_editors_do() {
    let launch = launch().settings(json!({ "autocomplete": { "debounce_ms": 0 } }));
    let mut count = 0;
    let client = client(&launch, move |it| {
        if it["method"] == "ask" {
            count += 1;
            let items = json!([{ "section": "hob.autocomplete.debounce_ms" }, { "section": "hob" }, { "section": "x" }]);
            return vec![
                json!({ "jsonrpc": "2.0", "id": count, "method": "workspace/configuration", "params": { "items": items } }),
                reply(it, &Value::Null),
            ];
        }
        match it["result"].is_array() {
            true => vec![json!({ "jsonrpc": "2.0", "method": "got", "params": it["result"] })],
            false => vec![],
        }
    });
    client.call("ask", Value::Null);
    let answer = client.notification("got", |_| true);
    assert_eq!(
        answer,
        json!([0, { "autocomplete": { "debounce_ms": 0 } }, null])
    );

    client.answer("workspace/configuration", |_| Ok(json!(["other"])));
    client.call("ask", Value::Null);
    assert_eq!(client.notification("got", |_| true), json!(["other"]));
    assert_eq!(client.server_requests("workspace/configuration").len(), 2);
}

#[test]
fn changes_and_suggestions_are_in_the_encoding_agreed_upon() {
    let launch = launch().encodings(&[Encoding::Utf32, Encoding::Utf16]);
    let mut client = client(&launch, |it| match it["method"].as_str() {
        Some("initialize") => vec![reply(
            it,
            &json!({ "capabilities": { "positionEncoding": "utf-32" } }),
        )],
        Some("textDocument/didChange") => {
            vec![json!({ "jsonrpc": "2.0", "method": "changed", "params": it["params"] })]
        }
        Some("textDocument/inlineCompletion") => {
            let at = &it["params"]["position"];
            let end =
                json!({ "line": at["line"], "character": at["character"].as_u64().unwrap() + 1 });
            let item = json!({ "insertText": "!", "range": { "start": at, "end": end } });
            vec![reply(it, &json!({ "items": [item] }))]
        }
        _ => vec![],
    });
    let uri = "file:///w/a.rs";
    client.open(uri, "😀😀)\n");
    client.change(uri, 4..8, "ü");
    let changed = client.notification("changed", |_| true);
    let (start, end) = (
        json!({ "line": 0, "character": 1 }),
        json!({ "line": 0, "character": 2 }),
    );
    assert_eq!(
        changed["contentChanges"],
        json!([{ "range": { "start": start, "end": end }, "text": "ü" }])
    );
    assert_eq!(changed["textDocument"]["version"], 2);

    let items = client.inline_complete(uri, 0, 2);
    assert_eq!(
        (items[0].text.as_str(), items[0].range.clone()),
        ("!", 6..7)
    );
    client.accept(uri, &items[0]);
    assert_eq!(client.text(uri), "😀ü!\n");

    let id = client.ask_inline(uri, 0, Trigger::Invoked);
    assert_eq!(
        client.inline_completions(id, uri, 0).unwrap()[0].range,
        0..4
    );
    assert!(
        client.response_within(id, TIMEOUT / 1000).is_none(),
        "an answer is read once"
    );
}
