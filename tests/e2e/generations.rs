//! Requests come and go with every key; what the model writes belongs to the place and is kept while it agrees.

use crate::HOB;
use hob_tests::client::{REQUEST_CANCELLED, Trigger};
use hob_tests::hob::Hob;
use hob_tests::model::Reply;
use std::time::Duration;

/// A place, and a model whose answers each test scripts. Without `builtin` and its head start nothing else answers.
const PLACE: &str = "//- /src/main.rs
fn main() {
    let first = $0
}
//- model
compute(1, 2);
//- settings
{ \"autocomplete\": { \"instant\": false } }
";

fn text(hob: &Hob, id: i64) -> Option<String> {
    let (uri, offset) = hob.cursor();
    let items = hob.inline_completions(id, &uri, offset)?;
    Some(items.first().map_or_else(String::new, |it| it.text.clone()))
}

#[test]
fn a_request_joins_the_running_generation_while_the_typed_text_agrees() {
    let mut hob = Hob::start(HOB, PLACE);
    hob.model()
        .then(Reply::pieces(&["comp", "ute(1", ", 2);"]).hang_after(1));
    let first = hob.ask();
    hob.model().wait_for_request();
    hob.type_text("co");
    let second = hob.ask();
    assert_eq!(text(&hob, first), None, "outdated");
    hob.type_text("mpu");
    let third = hob.ask();
    assert_eq!(text(&hob, second), None, "outdated");
    assert_eq!(hob.model().calls(), 1);
    hob.model().release();
    assert_eq!(text(&hob, third).as_deref(), Some("te(1, 2);"));
}

#[test]
fn a_generation_that_is_contradicted_ends_and_closes_its_connection() {
    let mut hob = Hob::start(HOB, PLACE);
    hob.model()
        .then(Reply::pieces(&["alpha", "();"]).hang_after(1));
    let first = hob.ask();
    hob.model().wait_for_request();
    hob.type_text("be");
    hob.model().then(Reply::text("ta();"));
    let second = hob.ask();
    assert_eq!(text(&hob, first), None);
    assert_eq!(text(&hob, second).as_deref(), Some("ta();"));
    hob.model().wait_for_disconnect();
    assert!(
        hob.model().completions()[1]
            .prompt()
            .contains("let first = be")
    );
}

#[test]
fn a_cancelled_request_leaves_its_generation_to_the_next() {
    let hob = Hob::start(HOB, PLACE);
    hob.model().then(Reply::text("compute(1, 2);").hang_first());
    let first = hob.ask();
    hob.model().wait_for_request();
    hob.cancel(first);
    assert_eq!(hob.error(first).code, REQUEST_CANCELLED);
    let second = hob.ask();
    hob.model().release();
    assert_eq!(text(&hob, second).as_deref(), Some("compute(1, 2);"));
    let asked_here = hob.model().completions();
    let asked_here = asked_here
        .iter()
        .filter(|it| it.prompt().contains("first = <|fim"));
    assert_eq!(asked_here.count(), 1);
}

#[test]
fn a_generation_that_nobody_wants_any_more_ends() {
    let hob = Hob::start(HOB, PLACE);
    hob.model().then(Reply::hang());
    let id = hob.ask();
    hob.model().wait_for_request();
    hob.cancel(id);
    hob.error(id);
    hob.model().wait_for_disconnect();
}

#[test]
fn what_was_generated_is_typed_through_without_asking_again() {
    let mut hob = Hob::start(HOB, PLACE);
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    for (typed, rest) in [
        ("c", "ompute(1, 2);"),
        ("ompute(", "1, 2);"),
        ("1, 2", ");"),
    ] {
        hob.type_text(typed);
        assert_eq!(hob.complete()[0].text, rest);
    }
    let asked_on_the_way =
        |it: &hob_tests::model::Request| !it.prompt().contains("compute(1, 2);<");
    let calls = hob.model().completions();
    assert_eq!(calls.iter().filter(|it| asked_on_the_way(it)).count(), 1);
}

#[test]
fn what_was_generated_fits_when_the_editor_closes_brackets_by_itself() {
    let mut hob = Hob::start(HOB, PLACE);
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    hob.type_text("compute(");
    let (uri, offset) = hob.cursor();
    hob.change(&uri, offset..offset, ")");
    let items = hob.complete();
    assert_eq!(items[0].text, "1, 2);");
    assert_eq!(
        items[0].range,
        offset..offset + 1,
        "the closer is overwritten"
    );
}

#[test]
fn what_follows_a_short_suggestion_is_asked_for_ahead_of_time() {
    let mut hob = Hob::start(HOB, PLACE);
    hob.model().then(Reply::text("compute(1, 2);"));
    hob.model().then(Reply::text("\n    let second = first;"));
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    hob.model().wait_for_request();
    hob.type_text("c");
    assert_eq!(hob.complete()[0].text, "ompute(1, 2);");
    let ahead = hob.model().wait_for_request();
    assert!(
        ahead
            .prompt()
            .contains("let first = compute(1, 2);<|fim_suffix|>")
    );
    hob.model().wait_until_idle();
    hob.type_text("ompute(1, 2);");
    assert_eq!(hob.complete()[0].text, "\n    let second = first;");
}

#[test]
fn what_follows_an_accepted_suggestion_is_asked_for_at_once() {
    let mut hob = Hob::start(HOB, PLACE);
    let items = hob.complete();
    hob.model().wait_for_request();
    hob.model().then(Reply::text("\n    let second = first;"));
    let (uri, _) = hob.cursor();
    hob.accept(&uri, &items[0]);
    let ahead = hob.model().wait_for_request();
    assert!(
        ahead
            .prompt()
            .contains("let first = compute(1, 2);<|fim_suffix|>")
    );
}

#[test]
fn the_first_complete_line_is_shown_while_the_model_goes_on() {
    let fixture = PLACE.replace("let first = $0", "$0");
    let mut hob = Hob::start(HOB, &fixture);
    let lines = ["if ready {\n", "        start();\n", "    }\n"];
    hob.model().then(Reply::pieces(&lines).hang_after(2));
    let shown = hob.complete();
    assert!(shown[0].text.starts_with("if ready {"), "{shown:?}");
    assert_eq!(hob.model().active(), 1, "the model is still at it");
    hob.type_text("if ready {");
    hob.model().release();
    let whole = loop {
        let items = hob.complete();
        if items.first().is_some_and(|it| it.text.contains('}')) {
            break items;
        }
    };
    assert_eq!(whole[0].text, "\n        start();\n    }");
    assert_eq!(hob.model().calls(), 1);
}

#[test]
fn a_request_by_hand_waits_for_the_whole_of_it() {
    let fixture = PLACE.replace("let first = $0", "$0");
    let hob = Hob::start(HOB, &fixture);
    let lines = ["if ready {\n", "        start();\n", "    }"];
    hob.model().then(Reply::pieces(&lines).hang_after(1));
    let (uri, offset) = hob.cursor();
    let id = hob.ask_inline(&uri, offset, Trigger::Invoked);
    hob.model().wait_for_request();
    assert!(
        hob.response_within(id, Duration::from_millis(200))
            .is_none()
    );
    hob.model().release();
    assert_eq!(
        text(&hob, id).as_deref(),
        Some("if ready {\n        start();\n    }")
    );
}

#[test]
fn with_32_hung_calls_typing_cancelling_and_completing_elsewhere_go_on() {
    let mut hob = Hob::start(HOB, PLACE);
    hob.model().answer(|_| Reply::hang());
    let mut hung = Vec::new();
    for n in 0..32 {
        let uri = hob.workspace().uri(&format!("/src/hung_{n}.rs"));
        hob.open(&uri, "fn main() {\n    let it = \n}\n");
        hung.push((hob.ask_inline(&uri, 25, Trigger::Automatic), uri));
        hob.model().wait_for_request();
    }
    // Typing into a hung document: its request is answered, and a new one waits.
    let (last, uri) = hung.pop().unwrap();
    hob.change(&uri, 25..25, "x");
    assert_eq!(hob.inline_completions(last, &uri, 25), None);
    // Completing elsewhere.
    hob.model().answer(|_| Reply::text("compute(1, 2);"));
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    // Cancelling: every one is answered, as cancelled or because it had given way already.
    for (id, uri) in &hung {
        hob.cancel(*id);
        match hob.response(*id).result {
            Err(error) => assert_eq!(error.code, REQUEST_CANCELLED),
            Ok(answer) => assert_eq!(hob.read_inline(&answer, uri, 25), Some(Vec::new())),
        }
    }
}

#[test]
fn a_request_after_several_changes_sees_exactly_its_own_text() {
    let mut hob = Hob::start(HOB, PLACE);
    hob.model().answer(|_| Reply::text(""));
    for n in 0..50 {
        hob.type_text(&format!("v{n}+"));
        hob.complete();
        let seen = hob.model().completions();
        let seen = seen.last().expect("the model was asked").prompt();
        assert!(
            seen.contains(&format!("v{n}+<|fim_suffix|>")),
            "{n}: {seen}"
        );
    }
}
