//! A model server in trouble: the request is answered, the user is told once and what to do, and it recovers by itself.

use crate::HOB;
use hob_tests::hob::Hob;
use hob_tests::model::Reply;
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

const PLACE: &str = "//- /src/main.rs
fn main() {
    let first = $0
}
//- model
compute(1, 2);
//- settings
{
    \"models\": { \"autocomplete\": { \"timeouts\": { \"first_token_ms\": 600, \"idle_ms\": 600 } } },
    \"autocomplete\": { \"instant\": false }
}
";

/// One fault: an answer, one message that says `says`, the status `code`; and all is well once the server is.
#[track_caller]
fn check(fault: impl Fn() -> Reply + Send + 'static, code: &str, says: &str) {
    check_with(
        |hob| hob.model().answer(move |_| fault()),
        code,
        says,
        |_| (),
    );
}

#[track_caller]
fn check_with(break_it: impl FnOnce(&Hob), code: &str, says: &str, mend_it: impl FnOnce(&Hob)) {
    let mut hob = Hob::start(HOB, PLACE);
    // It is known before it breaks, as in life.
    hob.notification("hob/status", |it| it["model"] == "qwen2.5-coder-1.5b.gguf");
    break_it(&hob);
    for key in ["a", "b", "c"] {
        hob.type_text(key);
        assert_eq!(hob.complete(), [], "no completion of what never was");
    }
    let status = hob.call(
        "workspace/executeCommand",
        serde_json::json!({ "command": "hob.status", "arguments": [] }),
    );
    assert_eq!(status["reason"]["code"], code, "{status:#}");
    assert_eq!(status["state"], "warning");
    hob.told(|it| {
        let message = it["message"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{message:?} does not say {says:?}");
        true
    });
    assert_eq!(
        hob.take_notifications("window/showMessage"),
        [] as [Value; 0],
        "told once"
    );

    mend_it(&hob);
    hob.model().answer(|_| Reply::text("ompute(1, 2);"));
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        hob.type_text(" c");
        if hob
            .complete()
            .first()
            .is_some_and(|it| it.text == "ompute(1, 2);")
        {
            break;
        }
        assert!(Instant::now() < deadline, "it did not recover");
        thread::sleep(Duration::from_millis(100));
    }
    hob.notification("hob/status", |it| it["state"] == "ready");
}

#[test]
fn a_key_that_is_refused() {
    check(
        || Reply::status(401, r#"{"error":{"message":"Invalid API Key","code":401}}"#),
        "model-unauthorized",
        "api_key",
    );
}

#[test]
fn a_path_that_is_not_there() {
    check(
        || Reply::status(404, r#"{"error":{"message":"File Not Found","code":404}}"#),
        "model-wrong-url",
        "404",
    );
}

#[test]
fn too_many_requests() {
    check(|| Reply::status(429, "slow down"), "model-busy", "429");
}

#[test]
fn a_server_that_fails() {
    check(
        || Reply::status(500, "out of memory"),
        "model-server-error",
        "500",
    );
}

#[test]
fn a_model_that_is_being_loaded() {
    check(
        || {
            Reply::status(
                503,
                r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            )
        },
        "model-loading",
        "loading",
    );
}

#[test]
fn nothing_that_listens() {
    check_with(
        |hob| hob.model().refuse(),
        "model-unreachable",
        "running",
        |hob| hob.model().listen(),
    );
}

#[test]
fn a_server_that_says_nothing() {
    check(Reply::hang, "model-first-token-timeout", "first_token_ms");
}

#[test]
fn a_server_that_falls_silent() {
    check(
        || Reply::pieces(&["x", "y"]).hang_after(1),
        "model-idle-timeout",
        "idle_ms",
    );
}

#[test]
fn an_answer_that_breaks_off() {
    check(
        || Reply::pieces(&["x", "y"]).truncate_after(1),
        "model-truncated",
        "",
    );
}

#[test]
fn an_answer_that_is_no_json() {
    check(
        || Reply::pieces(&["x", "y"]).garbage_after(1),
        "model-malformed",
        "JSON",
    );
}

#[test]
fn a_connection_that_is_reset() {
    check(Reply::reset, "model-unreachable", "closed");
}

#[test]
fn one_giant_line() {
    check(
        || Reply::pieces(&["x"]).giant_line_after(0, 3 << 20),
        "model-answer-too-large",
        "",
    );
}

#[test]
fn an_empty_answer() {
    check(Reply::empty, "model-empty-answer", "");
}

#[test]
fn a_web_page() {
    check(|| Reply::html(200), "model-html", "web page");
}

#[test]
fn a_slow_server_is_no_fault() {
    let hob = Hob::start(HOB, PLACE);
    let slow = Duration::from_millis(100);
    hob.model()
        .then(Reply::text("compute(1, 2);").timed(slow, slow));
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    assert_eq!(
        hob.take_notifications("window/showMessage"),
        [] as [Value; 0]
    );
}

#[test]
fn a_server_that_does_not_stream_is_no_fault() {
    let hob = Hob::start(HOB, PLACE);
    hob.model().then(Reply::one_shot("compute(1, 2);"));
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
}
