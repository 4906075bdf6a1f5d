//! Answers that never come to an end, or say nothing for ever: each is given up by a bound of its own.

use super::*;
use crate::model::stream::Delta;

const SHORT: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(20);
/// Far beyond all limits of these tests.
const PATIENCE: Duration = Duration::from_secs(60);
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
const TEXT: &str = "data: {\"choices\":[{\"text\":\"a\"}]}\n\n";

fn limited(server: &ModelServer, first_token: Duration, idle: Duration) -> ModelSettings {
    let mut settings = settings(&server.url());
    settings.timeouts = Timeouts {
        connect: PATIENCE,
        first_token,
        idle,
    };
    settings
}

/// What came, and the code of the error that ended it.
async fn completed(settings: &ModelSettings, tokens: u32) -> (String, Option<&'static str>) {
    let model = Model::new(&Http::new(), settings).unwrap();
    model.info().await.unwrap();
    let request = FimRequest {
        max_tokens: tokens,
        ..request("p")
    };
    let mut text = String::new();
    let all = async {
        let mut stream = model.complete(&request).await?;
        while let Some(piece) = stream.next().await? {
            text.push_str(&piece);
        }
        Ok::<_, Error>(())
    };
    let ended = tokio::time::timeout(PATIENCE, all).await;
    let ended = ended.expect("it comes to an end");
    (text, ended.err().map(|it| it.code()))
}

/// The same of a chat: text, thoughts, the error's code, and whether it was cut short.
async fn chatted(settings: &ModelSettings) -> (String, String, Option<&'static str>, bool) {
    let model = Model::for_chat(&Http::new(), settings).unwrap();
    model.info().await.unwrap();
    let request = ChatRequest {
        messages: vec![Message::new(Speaker::User, "why?")],
        max_tokens: 1000,
        temperature: None,
    };
    let (mut text, mut thought, mut cut) = (String::new(), String::new(), false);
    let all = async {
        let mut stream = model.chat(&request).await?;
        loop {
            match stream.next().await? {
                Some(Delta::Text(it)) => text.push_str(&it),
                Some(Delta::Thought(it)) => thought.push_str(&it),
                Some(Delta::WereThoughts) => thought.push_str(&std::mem::take(&mut text)),
                Some(Delta::Reading(_)) => {}
                None => break,
            }
        }
        cut = stream.usage().cut_short;
        Ok::<_, Error>(())
    };
    let ended = tokio::time::timeout(PATIENCE, all).await;
    let ended = ended.expect("it comes to an end");
    (text, thought, ended.err().map(|it| it.code()), cut)
}

/// Everything that a server can send for ever without saying anything.
const NOTHING: [&str; 9] = [
    ": ping\n\n",
    "\n",
    "\r\n\r\n",
    "event: ping\nid: 1\nretry: 1\n\n",
    "data: {}\n\n",
    "data:\n\n",
    "data: {\"choices\":[{\"text\":\"\"}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n",
];

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_life_without_text_run_into_the_idle_limit_in_completions_and_chats() {
    let server = openai();
    for nothing in NOTHING {
        server.answer(|_| Reply::endless_events(TEXT, nothing, PAUSE));
        let settings = limited(&server, PATIENCE, SHORT);
        let expected = ("a".to_owned(), Some("model-idle-timeout"));
        assert_eq!(completed(&settings, 64).await, expected, "{nothing:?}");
        let (text, _, error, _) = chatted(&settings).await;
        assert_eq!((text, error), expected, "{nothing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_life_before_any_text_have_the_time_of_the_first_token() {
    let server = openai();
    for nothing in NOTHING {
        server.answer(|_| Reply::endless_events("", nothing, PAUSE));
        let settings = limited(&server, SHORT, PATIENCE);
        let expected = (String::new(), Some("model-first-token-timeout"));
        assert_eq!(completed(&settings, 64).await, expected, "{nothing:?}");
        // And no less: a server may say whose turn it is long before it has read the prompt.
        let first = format!("{nothing}{nothing}");
        server.answer(move |_| Reply::endless_events(&first, TEXT, SHORT * 3));
        let settings = limited(&server, PATIENCE, SHORT);
        let (text, _) = completed(&settings, 64).await;
        assert_eq!(text, "a", "{nothing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_at_full_speed_is_bounded_in_bytes_and_in_time() {
    let server = openai();
    for nothing in NOTHING {
        let much = nothing.repeat(100_000 / nothing.len());
        server.answer(move |_| Reply::endless_events(TEXT, &much, Duration::ZERO));
        let (_, error) = completed(&limited(&server, PATIENCE, PATIENCE), 16).await;
        assert_eq!(error, Some("model-answer-too-large"), "{nothing:?}");
        let (_, error) =
            completed(&limited(&server, PATIENCE, Duration::from_millis(20)), 16).await;
        assert!(
            matches!(error, Some("model-idle-timeout" | "model-answer-too-large")),
            "{nothing:?}: {error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trickle_of_text_is_bounded_by_the_tokens_that_were_asked_for() {
    let server = openai();
    server.answer(|_| {
        // In no order, so that it does not repeat itself.
        Reply::endless_events(TEXT, TEXT, Duration::from_millis(100))
    });
    // Ten tokens: three times the idle limit.
    let (text, error) = completed(&limited(&server, PATIENCE, SHORT), 10).await;
    assert_eq!(error, Some("model-answer-timeout"));
    assert!((2..20).contains(&text.len()), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_without_end_ends_completions_and_chats() {
    let server = openai();
    for blank in [
        " ",
        "\\n",
        "\\t \\r\\n",
        "\\u00a0",
        "\\u200b",
        "\\u2060",
        "\\ufeff",
    ] {
        for field in ["text", "delta"] {
            let piece = match field {
                "text" => format!("{{\"text\":\"{blank}\"}}"),
                _ => format!("{{\"delta\":{{\"content\":\"{blank}\"}}}}"),
            };
            let event = format!("data: {{\"choices\":[{piece}]}}\n\n");
            server.answer(move |_| Reply::endless_events("", &event, Duration::ZERO));
            let settings = limited(&server, PATIENCE, PATIENCE);
            if field == "text" {
                let (text, error) = completed(&settings, 2000).await;
                assert_eq!(error, None, "{blank}");
                assert!(text.len() <= 1100, "{blank}: {}", text.len());
            }
            let (text, _, error, cut) = chatted(&settings).await;
            assert_eq!((error, cut), (None, true), "{blank}");
            assert!(text.len() <= 4200, "{blank}: {}", text.len());
            server.wait_for_disconnect();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_and_over_ends_text_and_thoughts() {
    let server = openai();
    for field in ["content", "reasoning_content"] {
        let event = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"{field}\":\"I will do that.\\n\"}}}}]}}\n\n"
        );
        server.answer(move |_| Reply::endless_events("", &event, Duration::ZERO));
        let (text, thought, error, cut) = chatted(&limited(&server, PATIENCE, PATIENCE)).await;
        assert_eq!((error, cut), (None, true));
        let length = text.len() + thought.len();
        assert!((16 << 10..40 << 10).contains(&length), "{length}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_without_end_is_bounded_by_the_tokens_that_were_asked_for() {
    let server = openai();
    // In no order, so that it does not repeat itself.
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{:x}", state >> 16)
    };
    let texts: Vec<String> = (0..20_000).map(|_| noise()).collect();
    let pieces = texts.clone();
    server.answer(move |_| Reply::pieces(&pieces));
    let settings = limited(&server, PATIENCE, PATIENCE);
    let (text, error) = completed(&settings, 16).await;
    assert_eq!(error, Some("model-answer-too-large"));
    assert!(text.len() <= 64 << 10, "{}", text.len());
    let (text, _, error, _) = chatted(&settings).await;
    assert_eq!(error, Some("model-answer-too-large"));
    assert!(text.len() <= 64 << 10, "{}", text.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_long_prompt_may_take_longer_while_it_gets_on_and_not_for_ever() {
    let server = llama();
    let progress = |read: u32| {
        format!(
            "data: {{\"content\":\"\",\"stop\":false,\"prompt_progress\":{{\"total\":100000,\"processed\":{read}}}}}\n\n"
        )
    };
    // It gets on: four times the limit, and then a text.
    let steps: Vec<String> = (1..=8).map(|it| progress(it * 100)).collect();
    let mut writes = vec![b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".to_vec()];
    writes.extend(steps.iter().map(|it| it.clone().into_bytes()));
    writes.push(b"data: {\"content\":\"x\",\"stop\":true}\n\n".to_vec());
    let writes: Vec<&[u8]> = writes.iter().map(Vec::as_slice).collect();
    let slow = Reply::raw(&writes).timed(Duration::ZERO, Duration::from_millis(250));
    server.then(slow);
    let settings = limited(&server, Duration::from_millis(500), PATIENCE);
    assert_eq!(completed(&settings, 8).await, ("x".to_owned(), None));
    // It says so, and does not get on.
    let stuck = progress(100);
    server.then(Reply::endless_events("", &stuck, PAUSE));
    let expected = (String::new(), Some("model-first-token-timeout"));
    assert_eq!(completed(&settings, 8).await, expected);
    // It gets on by one token at a time, for ever.
    let mut writes = vec![b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".to_vec()];
    writes.extend((1..4000).map(|it| progress(it).into_bytes()));
    let writes: Vec<&[u8]> = writes.iter().map(Vec::as_slice).collect();
    server.then(Reply::raw(&writes).timed(Duration::ZERO, PAUSE));
    let settings = limited(&server, Duration::from_millis(100), PATIENCE);
    assert_eq!(completed(&settings, 8).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_documents_without_end_are_given_up() {
    let server = openai();
    let settings = limited(&server, SHORT, PATIENCE);
    let (header, fast, slow) = ("X-A: aaaaaaaaaaaaaaaa\r\n", Duration::ZERO, PAUSE);
    for (first, again, pause) in [
        (HEAD, header, slow),
        (HEAD, header, fast),
        (HEAD, "a", fast),
        ("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"", "a", slow),
        ("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"", "aaaaaaaaaaaaaaaa", fast),
        ("HTTP/1.1 200 OK\r\n\r\n", " ", slow),
        ("HTTP/1.1 200 OK\r\n\r\n", "                ", fast),
        ("HTTP/1.1 500 No\r\n\r\n", "a", slow),
        ("HTTP/1.1 500 No\r\n\r\n", "aaaaaaaaaaaaaaaa", fast),
        (
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            slow,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=",
            "a",
            slow,
        ),
    ] {
        server.answer(move |_| Reply::forever(first, again, pause));
        let (text, error) = completed(&settings, 16).await;
        assert_eq!(text, "");
        assert!(error.is_some(), "{first:?} {again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_a_hundred_thousand_levels_deep_is_refused() {
    let server = openai();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let settings = limited(&server, PATIENCE, PATIENCE);
    for body in [
        format!("data: {{\"choices\":{deep}}}\n\n"),
        format!("data: {deep}\n\n"),
    ] {
        server.then(Reply::raw_events(&body));
        assert_eq!(completed(&settings, 16).await.1, Some("model-malformed"));
    }
    for status in [200, 400, 500] {
        server.then(Reply::status(status, &format!("{{\"error\":{deep}}}")));
        assert!(completed(&settings, 16).await.1.is_some());
    }
    let server = openai()
        .fixed(
            "/v1/models",
            200,
            "application/json",
            &format!("{{\"data\":{deep}}}"),
        )
        .fixed("/models", 200, "application/json", &deep)
        .fixed(
            "/props",
            200,
            "application/json",
            &format!("{{\"role\":{deep}}}"),
        );
    let model = Model::new(&Http::new(), &limited(&server, PATIENCE, PATIENCE)).unwrap();
    assert_eq!(model.info().await.unwrap_err().code(), "model-malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_refusals_without_measure_stay_out_of_messages() {
    let long = "m".repeat(10 << 10);
    let escapes = "\\u001b]0;owned\\u0007\\u001b[2J".repeat(10);
    let models = format!(
        "{{\"data\":[{{\"id\":\"{long}\"}},{{\"id\":\"{escapes}\"}},{{\"id\":\"{}\"}},{{\"id\":\"real\",\"owned_by\":\"{long}\"}}]}}",
        "n".repeat(1000)
    );
    let server = openai().fixed("/v1/models", 200, "application/json", &models);
    let model = with(&server, |it| it.model = Some("other".to_owned()));
    let info = model.info().await.unwrap();
    assert_eq!(info.served.len(), 2, "names that are none are left out");
    assert!(info.server.len() < 200, "{}", info.server);
    server.then(Reply::status(
        404,
        "{\"error\":\"model 'other' not found\"}",
    ));
    let error = ask(&model).await.unwrap_err();
    let words = error.explain("autocomplete");
    assert!(words.len() < 2000 && words.contains("real"), "{words}");
    model.retry_now();
    let refusal = format!(
        "{{\"error\":{{\"message\":\"{}\"}}}}",
        "no ".repeat(1 << 20)
    );
    for body in [refusal, "x".repeat(1 << 20), escapes] {
        server.then(Reply::status(400, &body));
        let words = ask(&model).await.unwrap_err().explain("autocomplete");
        assert!(words.len() < 1500, "{}", words.len());
        assert!(!words.contains('\u{1b}'), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_models_without_end_is_no_list() {
    let list = format!("{{\"data\":[{}", "{\"id\":\"a\"},".repeat(1 << 20));
    let server = openai()
        .fixed("/v1/models", 200, "application/json", &list)
        .fixed("/models", 200, "application/json", &list);
    let model = Model::new(&Http::new(), &settings(&server.url())).unwrap();
    assert_eq!(model.info().await.unwrap_err().code(), "model-malformed");
}
