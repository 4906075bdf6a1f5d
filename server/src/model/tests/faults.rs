//! Every way to fail, told apart, and the way back.

use super::*;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(20);

fn patient_for(server: &ModelServer, first_token: Duration, idle: Duration) -> Model {
    with(server, |it| {
        it.timeouts = Timeouts {
            connect: LONG,
            first_token,
            idle,
        }
    })
}

async fn code(model: &Model) -> &'static str {
    ask(model).await.err().map_or("no error", |it| it.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_one_answer_is_named_and_the_next_request_works() {
    for server in [llama(), openai()] {
        let faults = [
            (
                Reply::status(
                    400,
                    r#"{"error":{"message":"too long","type":"exceed_context_size_error"}}"#,
                ),
                "model-context-too-long",
            ),
            (Reply::status(418, "no"), "model-refused"),
            (Reply::text("a b c").truncate_after(2), "model-truncated"),
            (Reply::text("a b c").reset_after(2), "model-truncated"),
            (Reply::text("a b c").garbage_after(1), "model-malformed"),
            (
                Reply::text("a b c").giant_line_after(1, 3 << 20),
                "model-answer-too-large",
            ),
            (
                Reply::pieces(&["x".repeat(200_000), "x".repeat(200_000)]),
                "model-answer-too-large",
            ),
            (Reply::empty(), "model-empty-answer"),
            (Reply::one_shot("x").truncate_after(0), "no error"),
            (
                Reply::status(200, r#"{"error":"out of memory"}"#),
                "model-refused",
            ),
            (Reply::status(200, r#"{"hello":1}"#), "model-malformed"),
            (Reply::status(200, r#"{"content":"#), "model-malformed"),
            (
                Reply::raw_events("data: {\"error\":{\"message\":\"slot gone\",\"code\":500}}\n\n"),
                "model-server-error",
            ),
            (
                Reply::raw_events("error: {\"message\":\"slot gone\",\"code\":500}\n\n"),
                "model-server-error",
            ),
            (
                Reply::raw_events("data: {\"choices\":[{\"te"),
                "model-empty-answer",
            ),
            (Reply::raw_events(": ping\n\n"), "model-empty-answer"),
        ];
        for (reply, expected) in faults {
            let model = model(&server);
            server.then(reply.clone());
            assert_eq!(code(&model).await, expected, "{reply:?}");
            model.retry_now();
            server.then(Reply::text("fine"));
            assert_eq!(ask(&model).await, Ok("fine".to_owned()), "after {reply:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_server_fails_further_calls_at_once_until_it_is_tried_again() {
    for server in [llama(), openai()] {
        let faults = [
            (Reply::status(500, "out of memory"), "model-server-error"),
            (
                Reply::status(502, "<html>Bad Gateway</html>"),
                "model-server-error",
            ),
            (
                Reply::status(503, r#"{"error":{"message":"Loading model","code":503}}"#),
                "model-loading",
            ),
            (Reply::status(429, "slow down"), "model-busy"),
            (Reply::status(401, "who are you"), "model-unauthorized"),
            (
                Reply::status(403, r#"{"error":"no"}"#),
                "model-unauthorized",
            ),
            (Reply::html(200), "model-html"),
        ];
        for (reply, expected) in faults {
            let model = model(&server);
            server.then(reply.clone());
            assert_eq!(code(&model).await, expected, "{reply:?}");
            let calls = server.requests().len();
            assert_eq!(code(&model).await, expected, "remembered: {reply:?}");
            assert_eq!(
                server.requests().len(),
                calls,
                "nothing is sent meanwhile: {reply:?}"
            );
            model.retry_now();
            server.then(Reply::text("fine"));
            assert_eq!(ask(&model).await, Ok("fine".to_owned()), "after {reply:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_unreachable_and_used_again_once_it_is_up() {
    let server = llama();
    let model = model(&server);
    server.answer(|_| Reply::text("a"));
    assert_eq!(ask(&model).await, Ok("a".to_owned()));
    server.refuse();
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.code(), "model-unreachable");
    let words = error.explain("autocomplete");
    assert!(
        words.contains(&server.url()) && words.contains("Is it running?"),
        "{words}"
    );
    assert!(model.known_info().is_none(), "another server may come back");
    server.listen();
    // By itself: the first pause is one second.
    let back = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&model).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    back.await.expect("it recovers by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_before_any_answer_is_unreachable() {
    let server = llama();
    let model = model(&server);
    model.info().await.unwrap();
    server.then(Reply::reset());
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.code(), "model-unreachable");
    assert!(error.to_string().contains("without an answer"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_that_was_just_closed_is_replaced_unseen() {
    let server = llama();
    let model = model(&server);
    server.answer(|_| Reply::text("a"));
    assert_eq!(ask(&model).await, Ok("a".to_owned()));
    server.then(Reply::reset());
    assert_eq!(ask(&model).await, Ok("a".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_before_the_first_token_and_between_tokens_are_told_apart() {
    let server = llama();
    for (reply, first_token, idle, expected) in [
        (Reply::hang(), SHORT, LONG, "model-first-token-timeout"),
        (
            Reply::text("a b").hang_after(0),
            SHORT,
            LONG,
            "model-first-token-timeout",
        ),
        (
            Reply::text("a b").hang_after(1),
            LONG,
            SHORT,
            "model-idle-timeout",
        ),
    ] {
        let model = patient_for(&server, first_token, idle);
        model.info().await.unwrap();
        server.then(reply);
        assert_eq!(code(&model).await, expected);
        server.wait_for_disconnect();
        assert!(
            model.known_info().is_some(),
            "slow, it is still the same server"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_within_the_limits_is_whole() {
    let server = openai();
    server.answer(|_| {
        Reply::text("a b c d e f").timed(Duration::from_millis(60), Duration::from_millis(60))
    });
    let model = with(&server, |it| it.timeouts.idle = Duration::from_millis(5000));
    assert_eq!(ask(&model).await, Ok("a b c d e f".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_repeated_to_whoever_asks_on() {
    let server = llama();
    server.answer(|_| Reply::text("a b").truncate_after(1));
    let mut stream = model(&server).complete(&request("p")).await.unwrap();
    assert_eq!(stream.next().await, Ok(Some("a".to_owned())));
    let error = stream.next().await.unwrap_err();
    assert_eq!(stream.next().await, Err(error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_served_is_answered_with_those_that_are() {
    let server = ModelServer::openai(&["qwen2.5-coder:1.5b", "llama3:8b"]).strict_models();
    let model = with(&server, |it| {
        it.model = Some("qwen2.5-coder:1.5".to_owned())
    });
    let error = ask(&model).await.unwrap_err();
    assert_eq!(
        error,
        Error::UnknownModel {
            url: server.url(),
            model: "qwen2.5-coder:1.5".to_owned(),
            served: vec!["qwen2.5-coder:1.5b".to_owned(), "llama3:8b".to_owned()],
            nearest: Some("qwen2.5-coder:1.5b".to_owned()),
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_model_server_is_a_wrong_url() {
    let nothing = openai()
        .fixed("/v1/models", 404, "text/html", "<html>no</html>")
        .fixed("/models", 404, "text/html", "<html>no</html>");
    assert_eq!(
        model(&nothing).info().await.unwrap_err().code(),
        "model-wrong-url"
    );
    let page = openai()
        .fixed("/props", 200, "text/html", "<!doctype html>")
        .fixed("/v1/models", 200, "text/html", "<!doctype html>")
        .fixed("/models", 200, "text/html", "<!doctype html>");
    assert_eq!(model(&page).info().await.unwrap_err().code(), "model-html");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_loads_is_said_to_load() {
    let server = llama();
    server.set_loading(true);
    let model = model(&server);
    assert_eq!(code(&model).await, "model-loading");
    server.set_loading(false);
    model.retry_now();
    assert_eq!(code(&model).await, "no error");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_goes_into_the_header_and_a_wrong_one_is_said_to_be_wrong() {
    for server in [
        llama().require_key("sk-right"),
        openai().require_key("sk-right"),
    ] {
        let keyed = |key: &str| {
            with(&server, |it| {
                it.api_key = Some(ApiKey::Literal(key.to_owned()))
            })
        };
        assert_eq!(ask(&keyed("sk-right")).await, Ok(String::new()));
        let wrong = ask(&keyed("sk-wrong")).await.unwrap_err();
        assert!(
            wrong.explain("autocomplete").contains("refuses the key"),
            "{wrong}"
        );
        let none = ask(&model(&server)).await.unwrap_err();
        assert!(
            none.explain("autocomplete")
                .contains("Set `models.autocomplete.api_key`"),
            "{none}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_changed_is_read_again_after_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "sk-one\n").unwrap();
    let server = llama().require_key("sk-one");
    let model = with(&server, |it| it.api_key = Some(ApiKey::File(file.clone())));
    assert_eq!(ask(&model).await, Ok(String::new()));
    server.set_key(Some("sk-two"));
    std::fs::write(&file, "sk-two\n").unwrap();
    assert_eq!(code(&model).await, "model-unauthorized");
    model.retry_now();
    assert_eq!(ask(&model).await, Ok(String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_is_an_error_and_nothing_is_sent() {
    let server = llama();
    let model = with(&server, |it| {
        it.api_key = Some(ApiKey::Env("HOB_TEST_NO_SUCH_VARIABLE".to_owned()))
    });
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.code(), "model-key");
    assert!(error.explain("chat").contains("HOB_TEST_NO_SUCH_VARIABLE"));
    assert!(server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_urls_the_first_that_works_is_used() {
    let (first, second) = (llama(), llama());
    first.answer(|_| Reply::text("first"));
    second.answer(|_| Reply::text("second"));
    let down = format!("http://127.0.0.1:{}", ModelServer::closed_port());
    let model = with(&first, |it| it.url = vec![down, first.url(), second.url()]);
    assert_eq!(ask(&model).await, Ok("first".to_owned()));
    assert_eq!(model.url(), first.url());
    first.refuse();
    assert_eq!(ask(&model).await, Ok("second".to_owned()));
    assert_eq!(model.url(), second.url());
}

#[test]
fn a_url_that_can_t_be_read_is_refused_at_once() {
    for url in [vec![], vec!["ftp://x".to_owned()]] {
        let settings = ModelSettings {
            url,
            ..settings("")
        };
        assert_eq!(
            Model::new(&Http::new(), &settings).unwrap_err().code(),
            "model-config"
        );
    }
}
