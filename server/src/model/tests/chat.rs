//! Conversations: what is asked, how answers come, and what servers make of streaming.

use super::*;
use crate::model::discover::discover_chat_within;

fn conversation(question: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![
            Message::new(Speaker::System, "Be brief."),
            Message::new(Speaker::User, question),
        ],
        max_tokens: 100,
        temperature: None,
    }
}

fn chat_model(server: &ModelServer) -> Model {
    Model::for_chat(&Http::new(), &settings(&server.url())).unwrap()
}

/// Thoughts and text of the whole answer, or the first error.
async fn answer(model: &Model) -> Result<(String, String), Error> {
    let mut stream = model.chat(&conversation("What is it?")).await?;
    let (mut thoughts, mut text) = (String::new(), String::new());
    while let Some(delta) = stream.next().await? {
        match delta {
            Delta::Thought(it) => thoughts.push_str(&it),
            Delta::Text(it) => text.push_str(&it),
            Delta::WereThoughts => thoughts.push_str(&std::mem::take(&mut text)),
            Delta::Reading(_) => {}
        }
    }
    Ok((thoughts, text))
}

fn only(text: &str) -> Result<(String, String), Error> {
    Ok((String::new(), text.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_to_the_chat_path_and_comes_back_in_pieces() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::pieces(&["It", " is", " 3."]));
    let model = chat_model(&server);
    let mut stream = model.chat(&conversation("What is it?")).await.unwrap();
    assert_eq!(stream.model(), "llama-3-8b-instruct.gguf");
    let mut pieces = Vec::new();
    while let Some(delta) = stream.next().await.unwrap() {
        pieces.push(delta);
    }
    assert_eq!(
        pieces,
        ["It", " is", " 3."].map(|it| Delta::Text(it.to_owned()))
    );
    assert_eq!(stream.usage().generated_tokens, Some(3));
    let asked = server.wait_for_request();
    assert_eq!(asked.path, "/v1/chat/completions");
    assert_eq!(
        asked.body,
        serde_json::json!({
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "What is it?" },
            ],
            "max_tokens": 100,
            "stream": true,
            "return_progress": true,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fill_in_the_middle_is_tried_where_a_conversation_is_wanted() {
    let server = ModelServer::llama_cpp("some-model.gguf").infill(false);
    server.answer(|_| Reply::text("yes"));
    let model = chat_model(&server);
    assert_eq!(answer(&model).await, only("yes"));
    let asked = server.requests();
    assert!(
        asked.iter().all(|it| !it.path.contains("infill")),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn thoughts_come_apart_from_the_answer_in_either_way_that_servers_send_them() {
    let server = openai();
    let model = chat_model(&server);
    server.then(Reply::text("<think>two and one</think>\n\nIt is 3."));
    let expected = Ok(("two and one".to_owned(), "It is 3.".to_owned()));
    assert_eq!(answer(&model).await, expected);
    server.then(Reply::raw_events(
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n\
         data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"two and one\"}}]}\n\n\
         data: {\"choices\":[{\"delta\":{\"content\":\"It is 3.\"}}]}\n\n\
         data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ));
    assert_eq!(answer(&model).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_streaming_answers_all_the_same() {
    let server = openai();
    server.answer(|_| Reply::one_shot("It is 3."));
    assert_eq!(answer(&chat_model(&server)).await, only("It is 3."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_to_stream_is_asked_for_whole_answers_from_then_on() {
    let server = openai();
    server.answer(|request| match request.body["stream"].as_bool() {
        Some(true) => Reply::status(400, r#"{"error":"stream=true is not supported"}"#),
        _ => Reply::text("It is 3."),
    });
    let model = chat_model(&server);
    for _ in 0..2 {
        assert_eq!(answer(&model).await, only("It is 3."));
    }
    let asked = server.completions();
    let streamed: Vec<_> = asked.iter().map(|it| it.body["stream"] == true).collect();
    assert_eq!(streamed, [true, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_the_place_of_an_answer_is_an_error() {
    let server = openai();
    server.answer(|_| Reply::one_shot("Error: Could not generate any completions"));
    let error = answer(&chat_model(&server)).await.unwrap_err();
    assert!(
        error.explain("chat").contains("reports an error"),
        "{error}"
    );
    // But a model may write of errors.
    server.answer(|_| Reply::text("Error: Could be anything"));
    assert_eq!(
        answer(&chat_model(&server)).await,
        only("Error: Could be anything")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_an_answer_stops_the_server_at_once() {
    let server = openai();
    server.answer(|_| Reply::pieces(&["It", "is"]).hang_after(1));
    let model = chat_model(&server);
    let mut stream = model.chat(&conversation("q")).await.unwrap();
    assert_eq!(stream.next().await, Ok(Some(Delta::Text("It".to_owned()))));
    drop(stream);
    server.wait_for_disconnect();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_models_the_one_that_answers_best_is_taken() {
    let server = ModelServer::openai(&[
        "nomic-embed-text",
        "qwen2.5-coder:1.5b-base",
        "llama3.1:8b",
        "qwen2.5-coder:7b-instruct",
    ]);
    server.answer(|_| Reply::text("yes"));
    answer(&chat_model(&server)).await.unwrap();
    let asked = server.wait_for_request();
    assert_eq!(asked.body["model"], "qwen2.5-coder:7b-instruct");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_servers_the_one_with_an_instruct_model_comes_first() {
    let base = ModelServer::llama_cpp("qwen2.5-coder-1.5b-base-q8_0.gguf");
    let instruct = ModelServer::llama_cpp("qwen2.5-coder-7b-instruct-q4_k_m.gguf");
    let embeddings = ModelServer::openai(&["nomic-embed-text"]);
    let ports = [base.port(), embeddings.port(), instruct.port()];
    let found = discover_chat_within(&Http::new(), &ports, Duration::from_secs(20)).await;
    let found: Vec<_> = found.iter().map(Model::url).collect();
    assert_eq!(found, [instruct.url(), base.url()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_chat_is_named_so() {
    let server = openai()
        .fixed("/v1/chat/completions", 404, "text/plain", "Not Found")
        .fixed("/chat/completions", 404, "text/plain", "Not Found");
    let error = answer(&chat_model(&server)).await.unwrap_err();
    assert_eq!(error.code(), "model-wrong-url");
    assert!(
        error.explain("chat").contains("model server with chat"),
        "{}",
        error.explain("chat")
    );
}
