//! What is sent, what comes back, and how it ends.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_llama_cpp_answer_streams_in_pieces_with_the_server_s_figures() {
    let server = llama();
    server.answer(|_| Reply::pieces(&["let ", "x", " = 1;"]));
    let model = model(&server);
    let mut stream = model
        .complete(&request(
            "<|fim_prefix|>fn a() {<|fim_suffix|>}<|fim_middle|>",
        ))
        .await
        .unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = stream.next().await.unwrap() {
        pieces.push(piece);
    }
    assert_eq!(pieces, ["let ", "x", " = 1;"]);
    assert_eq!(stream.usage().generated_tokens, Some(3));
    assert_eq!(stream.usage().cached_tokens, Some(0));
    let asked = server.wait_for_request();
    assert_eq!(asked.path, "/completion");
    for (field, value) in [
        ("stream", "true"),
        ("cache_prompt", "true"),
        ("temperature", "0.0"),
        ("n_predict", "64"),
    ] {
        assert_eq!(asked.body[field].to_string(), value, "{field}");
    }
    assert_eq!(asked.body.get("model"), None);
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("x-conversation-id"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_openai_answer_streams_and_at_most_four_stop_strings_are_sent_but_all_apply() {
    let server = openai();
    server.answer(|_| Reply::text("a b c SIX d"));
    let stop = ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"]
        .map(str::to_owned)
        .to_vec();
    let request = FimRequest {
        stop,
        ..request("p")
    };
    assert_eq!(
        ask_for(&model(&server), &request).await,
        Ok("a b c ".to_owned())
    );
    let asked = server.wait_for_request();
    assert_eq!(asked.path, "/v1/completions");
    assert_eq!(
        asked.body["stop"],
        serde_json::json!(["ONE", "TWO", "THREE", "<|endoftext|>"])
    );
    assert_eq!(asked.body["model"], "qwen2.5-coder:1.5b");
    assert_eq!(asked.body["max_tokens"], 64);
    for absent in ["suffix", "cache_prompt", "n_predict"] {
        assert_eq!(asked.body.get(absent), None, "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn extra_fields_go_into_every_body() {
    let server = llama();
    let model = with(&server, |it| {
        _ = it
            .extra
            .insert("grammar".to_owned(), "root ::= \"a\"".into())
    });
    ask(&model).await.unwrap();
    assert_eq!(server.wait_for_request().body["grammar"], "root ::= \"a\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn special_tokens_that_a_server_shows_never_reach_the_user() {
    let server = openai();
    server.answer(|_| Reply::pieces(&["x = 1", "<|fi", "m_pad|>", "junk"]));
    let model = model(&server);
    assert_eq!(ask(&model).await, Ok("x = 1".to_owned()));
    // Another family's tokens as well.
    server.answer(|_| Reply::pieces(&["y<｜end▁of▁", "sentence｜>junk"]));
    assert_eq!(ask(&model).await, Ok("y".to_owned()));
    // But what is ordinary text elsewhere stays.
    server.answer(|_| Reply::pieces(&["<s>old</s> <EOT> [PREFIX]"]));
    assert_eq!(
        ask(&model).await,
        Ok("<s>old</s> <EOT> [PREFIX]".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_text_that_is_a_token_of_the_model_in_use_ends_its_answer() {
    let server = ModelServer::openai(&["codellama:7b-code"]);
    server.answer(|_| Reply::pieces(&["x", " <EOT>", "y"]));
    assert_eq!(ask(&model(&server)).await, Ok("x ".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_string_closes_the_connection() {
    let server = openai();
    server.answer(|_| Reply::pieces(&["a", "\n\n", "b"]).hang_after(2));
    let request = FimRequest {
        stop: vec!["\n\n".to_owned()],
        ..request("p")
    };
    assert_eq!(ask_for(&model(&server), &request).await, Ok("a".to_owned()));
    server.wait_for_disconnect();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_an_answer_closes_the_connection() {
    let server = llama();
    server.answer(|_| Reply::pieces(&["a", "b"]).hang_after(1));
    let mut stream = model(&server).complete(&request("p")).await.unwrap();
    assert_eq!(stream.next().await, Ok(Some("a".to_owned())));
    drop(stream);
    server.wait_for_disconnect();
    assert_eq!(server.active(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_request_before_its_headers_closes_the_connection() {
    let server = llama();
    server.answer(|_| Reply::hang());
    let model = model(&server);
    model.info().await.unwrap();
    let asking = tokio::spawn(async move { model.complete(&request("p")).await.map(|_| ()) });
    server.wait_for_request();
    asking.abort();
    server.wait_for_disconnect();
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_piece_can_be_given_up_and_taken_up_again() {
    let server = llama();
    server.answer(|_| Reply::pieces(&["a", "b"]).hang_after(1));
    let mut stream = model(&server).complete(&request("p")).await.unwrap();
    assert_eq!(stream.next().await, Ok(Some("a".to_owned())));
    assert!(
        tokio::time::timeout(Duration::from_millis(1), stream.next())
            .await
            .is_err()
    );
    server.release();
    assert_eq!(stream.next().await, Ok(Some("b".to_owned())));
    assert_eq!(stream.next().await, Ok(None));
    assert_eq!(stream.next().await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_cut_anywhere_give_the_same_text() {
    for server in [llama(), openai()] {
        for size in [1, 2, 3, 7, 64] {
            server.then(Reply::pieces(&["é😀", "｜日本", "語\r\n"]).in_writes_of(size));
            assert_eq!(
                ask(&model(&server)).await,
                Ok("é😀｜日本語\r\n".to_owned()),
                "{size}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_t_stream_is_understood() {
    for server in [llama(), openai()] {
        server.answer(|_| Reply::one_shot("whole answer"));
        assert_eq!(ask(&model(&server)).await, Ok("whole answer".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_odd_streams_of_real_servers_are_understood() {
    let server = openai();
    let model = model(&server);
    let check = async |body: &str| {
        server.then(Reply::raw_events(body));
        assert_eq!(ask(&model).await, Ok("ab".to_owned()), "{body}");
    };
    // mlx: a comment first, then an end by HTTP/1.0's closing.
    check(": keepalive 1/1\n\ndata: {\"choices\": [{\"text\": \"ab\", \"finish_reason\": null}]}\n\ndata: {\"choices\": [{\"finish_reason\": \"length\", \"text\": \"\"}]}\n\ndata: [DONE]\n\n").await;
    // litellm: no text in the last chunk, no finish_reason in the others.
    check("data: {\"choices\":[{\"index\":0,\"text\":\"ab\"}]}\r\n\r\ndata: {\"choices\":[{\"finish_reason\":\"length\",\"index\":0}]}\r\n\r\n").await;
    // A chunk of figures alone, nulls everywhere.
    check("data: {\"choices\":[{\"text\":\"a\"}]}\n\ndata: {\"choices\":[{\"text\":null,\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"text\":\"b\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n").await;
    // Nothing but the finish_reason at the end, and no newline.
    check("data: {\"choices\":[{\"text\":\"ab\",\"finish_reason\":\"stop\"}]}").await;
    // Chat's shape, as Mistral's FIM endpoint answers.
    check("data: {\"choices\":[{\"delta\":{\"content\":\"ab\"},\"finish_reason\":\"stop\"}]}\n\n")
        .await;
    // A document per line, as Ollama streams.
    check("{\"response\":\"a\",\"done\":false}\n{\"response\":\"b\",\"done\":true}\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_with_nothing_to_add_is_no_failure() {
    for server in [llama(), openai()] {
        assert_eq!(ask(&model(&server)).await, Ok(String::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_leaves_the_connection_usable() {
    let server = llama();
    server.answer(|_| Reply::text("a b"));
    let model = model(&server);
    for _ in 0..20 {
        assert_eq!(ask(&model).await, Ok("a b".to_owned()));
    }
    assert_eq!((server.calls(), server.disconnects()), (20, 0));
    // Not always one: a connection is ready again only a moment after its answer.
    assert!(server.connections() < 20, "{}", server.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn infill_sends_the_parts() {
    let server = ModelServer::llama_cpp("mystery.gguf").vocabulary(&[]);
    server.answer(|_| Reply::text("x"));
    let model = model(&server);
    let info = model.info().await.unwrap();
    assert_eq!(
        (info.can_fim(), info.infill, info.fim.is_none()),
        (true, true, true)
    );
    server.wait_for_request();
    let input = FimInput::Infill {
        prefix: "pre".to_owned(),
        suffix: "suf".to_owned(),
        extra: vec![("a.rs".to_owned(), "A".to_owned())],
    };
    assert_eq!(
        ask_for(
            &model,
            &FimRequest {
                input,
                ..request("")
            }
        )
        .await,
        Ok("x".to_owned())
    );
    let asked = server.wait_for_request();
    assert_eq!(asked.path, "/infill");
    assert_eq!(
        (&asked.body["input_prefix"], &asked.body["input_suffix"]),
        (&"pre".into(), &"suf".into())
    );
    assert_eq!(
        asked.body["input_extra"],
        serde_json::json!([{ "filename": "a.rs", "text": "A" }])
    );
}
