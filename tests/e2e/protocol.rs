//! What every editor may rely on: the client of these tests also checks that each request is answered exactly once.

use crate::{HOB, idiom};
use hob_tests::client::{Encoding, REQUEST_CANCELLED, Trigger};
use hob_tests::hob::{Hob, Workspace};
use serde_json::json;

/// The codebase alone answers: no model server of the machine is looked for.
const BUILTIN: &str =
    "//- settings\n{ \"models\": { \"autocomplete\": { \"provider\": \"builtin\" } } }\n";

fn fixture(before: &str) -> String {
    idiom::with_cursor_after(before) + BUILTIN
}

#[test]
fn inline_completion_is_advertised_to_clients_that_do_not_announce_it() {
    let hob = Hob::start_with(HOB, &fixture(""), |it| {
        it.capabilities(&json!({ "textDocument": { "inlineCompletion": null } }))
            .encodings(&[])
    });
    let advertised = &hob.capabilities()["inlineCompletionProvider"];
    assert!(
        advertised.is_object() || advertised == true,
        "{:#}",
        hob.capabilities()
    );
    assert_eq!(
        hob.encoding(),
        Encoding::Utf16,
        "what is not negotiated is UTF-16"
    );
}

#[test]
fn positions_mean_the_same_in_every_encoding() {
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        let text = fixture("/* 😀é */ let outline = ");
        let hob = Hob::start_with(HOB, &text, |it| it.encodings(&[encoding, Encoding::Utf16]));
        assert_eq!(hob.encoding(), encoding);
        let items = hob.complete_once_learned();
        let expected = format!("        /* 😀é */ let outline = «{}»", idiom::OUTLINE);
        assert_eq!(hob.drawn(&items[0]), expected, "{encoding:?}");
    }
}

#[test]
fn changes_after_an_emoji_reach_the_server_as_typed() {
    let mut hob = Hob::start(HOB, &fixture("/* 😀 */ "));
    hob.type_text("let outline = ");
    let (uri, cursor) = hob.cursor();
    // One notification, two changes: the second counts on the first.
    let comment = hob.text(&uri).find("/*").unwrap();
    hob.change_all(
        &uri,
        &[
            (comment..comment + 2, "/*é"),
            (comment + 4..comment + 5, " é "),
        ],
    );
    let cursor = cursor + "é".len() + "é ".len();
    hob.move_cursor(cursor);
    let items = hob.complete_once_learned();
    assert_eq!(items[0].text, idiom::OUTLINE);
}

#[test]
fn what_was_accepted_is_where_it_belongs() {
    let mut hob = Hob::start(HOB, &fixture("let outline = "));
    let items = hob.complete_once_learned();
    let (uri, _) = hob.cursor();
    hob.accept(&uri, &items[0]);
    assert!(
        hob.text(&uri)
            .contains(&format!("        let outline = {}\n    }}", idiom::OUTLINE)),
        "{}",
        hob.text(&uri)
    );
}

#[test]
fn every_request_of_a_burst_is_answered_once() {
    let mut hob = Hob::start(HOB, &fixture(""));
    let (uri, _) = hob.cursor();
    let mut asked = Vec::new();
    for char in "let outline = self.outline.resolve(".repeat(8).chars() {
        hob.type_text(char.encode_utf8(&mut [0; 4]));
        asked.push((hob.ask(), hob.cursor().1));
    }
    for (id, offset) in &asked {
        // A superseded request is outdated (null) or cancelled, never wrong, never forgotten.
        let response = hob.response(*id);
        if let Ok(result) = &response.result {
            let is_last = *id == asked[asked.len() - 1].0;
            assert!(
                result.is_null() || is_last || hob.read_inline(result, &uri, *offset).is_some()
            );
        }
    }
}

#[test]
fn a_cancelled_request_is_answered() {
    let hob = Hob::start(HOB, &fixture("let outline = "));
    for _ in 0..20 {
        let id = hob.ask();
        hob.cancel(id);
        if let Err(error) = hob.response(id).result {
            assert_eq!(error.code, REQUEST_CANCELLED, "{error:?}");
        }
    }
}

#[test]
fn documents_that_are_not_open_and_places_that_do_not_exist_do_no_harm() {
    let mut hob = Hob::start(HOB, &fixture("let outline = "));
    let (uri, _) = hob.cursor();
    let far = json!({ "line": 100_000, "character": 7 });
    for (uri, position) in [
        (
            "file:///nowhere/at/all.rs",
            json!({ "line": 0, "character": 0 }),
        ),
        (uri.as_str(), far),
    ] {
        let context = json!({ "triggerKind": Trigger::Automatic as u8 });
        let params =
            json!({ "textDocument": { "uri": uri }, "position": position, "context": context });
        let id = hob.request("textDocument/inlineCompletion", params);
        // Nothing, or an error: both are fine, as long as the server lives on.
        let _ = hob.response(id);
    }
    hob.notify(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": "file:///nowhere/at/all.rs" } }),
    );
    hob.close(&uri);
    hob.open(&uri, "fn main() {}\n");
    hob.inline_complete(&uri, 0, 11);
}

#[test]
fn an_unknown_request_is_refused_and_an_unknown_notification_ignored() {
    let hob = Hob::start(HOB, &fixture(""));
    hob.notify("hob/noSuchNotification", json!({}));
    let id = hob.request("hob/noSuchRequest", json!({}));
    assert_eq!(hob.error(id).code, -32601);
}

#[test]
fn a_file_of_secrets_is_not_completed() {
    let workspace = Workspace::new(&format!(
        "{}//- /.env\nTOKEN=one\nTOKEN=\n{BUILTIN}",
        idiom::with_cursor_after("")
    ));
    let uri = workspace.uri(".env");
    let mut hob = Hob::start_in(HOB, workspace, |it| it);
    hob.open(&uri, "TOKEN=one\nTOKEN=\n");
    assert_eq!(hob.inline_complete(&uri, 1, 6), []);
}
