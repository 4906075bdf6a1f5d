//! Embedding by a server: scripted ones, and a real one.

use hob_index::embed::{Embedder, Purpose};
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::Request;
use hob_tests::tools::TinyModel;
use serde_json::{Value, json};

use super::*;
use crate::config::settings::Models;
use crate::model::embed::embedder;

fn inputs(request: &Request) -> Vec<String> {
    serde_json::from_value(request.body["input"].clone()).unwrap()
}

/// A vector that tells the text's length.
fn vector(text: &str) -> Value {
    json!([text.len() as f64, 3.0, 4.0])
}

fn openai_answer(texts: &[String]) -> Value {
    // Backwards: what counts is the index.
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .rev()
        .map(|(index, text)| json!({ "object": "embedding", "index": index, "embedding": vector(text) }))
        .collect();
    json!({ "object": "list", "data": data })
}

fn embedding_server() -> ModelServer {
    let server = ModelServer::openai(&["nomic-embed-text", "qwen2.5-coder:1.5b"]);
    server.answer(|it| Reply::status(200, &openai_answer(&inputs(it)).to_string()));
    server
}

fn connect(server: &ModelServer) -> Result<Embeddings, Error> {
    Embeddings::connect(&settings(&server.url()))
}

fn embedded(embeddings: &Embeddings, texts: &[&str]) -> Vec<Vec<f32>> {
    embeddings.embed(texts, Purpose::Document).unwrap()
}

/// What [`vector`] is when its length is 1.
fn unit(text: &str) -> Vec<f32> {
    let first = text.len() as f32;
    let length = (first * first + 25.0).sqrt();
    [first, 3.0, 4.0].map(|it| it / length).to_vec()
}

fn code(result: Result<impl Sized, Error>) -> &'static str {
    result.err().map_or("no error", |it| it.code())
}

#[test]
fn each_text_gets_its_own_vector_of_length_one() {
    let server = embedding_server();
    let embeddings = connect(&server).unwrap();
    assert_eq!(embeddings.dimensions(), 3);
    let texts = ["a", "bbbb", "cc"];
    assert_eq!(embedded(&embeddings, &texts), texts.map(unit));
    let request = server.requests().pop().unwrap();
    assert_eq!(request.path, "/v1/embeddings");
    assert_eq!(request.body["model"], "nomic-embed-text");
    assert_eq!(embedded(&embeddings, &[]), Vec::<Vec<f32>>::new());
}

#[test]
fn requests_are_bounded_by_count_and_by_length() {
    let server = embedding_server();
    let embeddings = connect(&server).unwrap();
    let before = server.requests().len();
    let (short, long) = (["x"; 70], "y".repeat(20_000));
    let texts: Vec<&str> = short
        .iter()
        .copied()
        .chain([long.as_str(), &long, "z"])
        .collect();
    assert_eq!(embedded(&embeddings, &texts).len(), 73);
    let counts: Vec<usize> = server.requests()[before..]
        .iter()
        .map(|it| inputs(it).len())
        .collect();
    assert_eq!(counts, [32, 32, 7, 2]);
}

#[test]
fn ollama_is_asked_in_its_own_way() {
    let server = ModelServer::openai(&["minilm"]).without_version();
    server.answer(|it| match it.path.as_str() {
        "/api/embed" => {
            let vectors: Vec<Value> = inputs(it).iter().map(|it| vector(it)).collect();
            Reply::status(200, &json!({ "embeddings": vectors }).to_string())
        }
        _ => Reply::status(404, "404 page not found"),
    });
    for provider in [Some(Provider::Ollama), None] {
        let mut settings = settings(&server.url());
        settings.provider = provider;
        let embeddings = Embeddings::connect(&settings).unwrap();
        assert_eq!(embedded(&embeddings, &["abc"]), [unit("abc")]);
    }
}

#[test]
fn a_text_that_is_too_long_is_shortened_until_it_fits() {
    let server = embedding_server();
    server.answer(|it| {
        if inputs(it).iter().any(|it| it.len() > 1000) {
            return Reply::status(500, r#"{"error":{"code":500,"message":"input (900 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}}"#);
        }
        Reply::status(200, &openai_answer(&inputs(it)).to_string())
    });
    let embeddings = connect(&server).unwrap();
    let long = "é".repeat(1501);
    let found = embedded(&embeddings, &["short", &long]);
    // 3,002 bytes, halved twice, on a character's boundary.
    assert_eq!(found, [unit("short"), unit(&"é".repeat(375))]);
    server.answer(|_| Reply::status(400, r#"{"error":"input length exceeds maximum"}"#));
    assert_eq!(code(embeddings.vectors(&["x"])), "model-context-too-long");
}

#[test]
fn answers_that_can_not_be_right_are_refused() {
    for answer in [
        r#"{"data":[]}"#,
        r#"{"data":[{"index":0,"embedding":[1,2]},{"index":0,"embedding":[1,2]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1,2]},{"index":2,"embedding":[1,2]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2,3]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1,null,2]},{"index":1,"embedding":[1,2,3]}]}"#,
        r#"{"data":[{"index":0,"embedding":[0,0,0]},{"index":1,"embedding":[1,2,3]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1e300,0,0]},{"index":1,"embedding":[1,2,3]}]}"#,
        r#"{"data":[{"index":0,"embedding":"AACA"},{"index":1,"embedding":"AACA"}]}"#,
        r#"{"embeddings":[[1,2],[1,2]]}"#,
        r#"{"hello":1}"#,
        r#"{"data""#,
        "[1]",
    ] {
        let server = embedding_server();
        let embeddings = connect(&server).unwrap();
        server.then(Reply::status(200, answer));
        let found = code(embeddings.vectors(&["a", "b"]));
        assert_eq!(found, "model-malformed", "{answer}");
    }
}

#[test]
fn failures_of_the_server_are_named_with_their_remedies() {
    let faults = [
        (
            Reply::status(401, r#"{"error":"no"}"#),
            "model-unauthorized",
        ),
        (Reply::status(429, "slow down"), "model-busy"),
        (Reply::status(500, "oops"), "model-server-error"),
        (
            Reply::status(200, r#"{"error":"out of memory"}"#),
            "model-refused",
        ),
        (Reply::reset(), "model-unreachable"),
    ];
    for (reply, expected) in faults {
        let server = embedding_server();
        let embeddings = connect(&server).unwrap();
        // A kept connection that breaks is tried once more.
        server.then(reply.clone());
        server.then(reply.clone());
        assert_eq!(code(embeddings.vectors(&["a"])), expected, "{reply:?}");
    }
    let server = embedding_server();
    let embeddings = connect(&server).unwrap();
    server.refuse();
    let sentence = embeddings.embed(&["a"], Purpose::Query).unwrap_err();
    assert!(sentence.contains("models.embed"), "{sentence}");
}

#[test]
fn a_server_that_hangs_is_given_up_after_the_time_limit() {
    let server = embedding_server();
    let mut settings = settings(&server.url());
    settings.timeouts.first_token = Duration::from_millis(150);
    server.then(Reply::hang());
    let found = code(Embeddings::connect(&settings));
    assert_eq!(found, "model-first-token-timeout");
    server.release();
}

#[test]
fn the_key_is_sent() {
    let server = embedding_server().require_key("sesame");
    assert_eq!(code(connect(&server)), "model-unauthorized");
    let mut settings = settings(&server.url());
    settings.api_key = Some(ApiKey::Literal("sesame".to_owned()));
    assert!(Embeddings::connect(&settings).is_ok());
}

#[test]
fn a_server_without_embeddings_or_with_several_models_says_so() {
    let server = ModelServer::openai(&["a", "b"]);
    assert_eq!(code(connect(&server)), "model-unknown");
    let server = ModelServer::openai(&["a"]);
    server.answer(|_| Reply::status(404, r#"{"error":{"message":"no such path"}}"#));
    assert_eq!(code(connect(&server)), "model-wrong-url");
}

#[test]
fn the_first_of_several_servers_that_answers_is_used() {
    let server = embedding_server();
    let mut settings = settings(&format!("http://127.0.0.1:{}", ModelServer::closed_port()));
    settings.url.push(server.url());
    let embeddings = Embeddings::connect(&settings).unwrap();
    assert_eq!(embedded(&embeddings, &["abc"]), [unit("abc")]);
}

#[test]
fn vectors_of_one_model_are_the_same_on_any_server_and_those_of_another_are_not() {
    let id = |model: &str| {
        let server = embedding_server();
        let mut settings = settings(&server.url());
        settings.model = Some(model.to_owned());
        Embeddings::connect(&settings).unwrap().id().to_owned()
    };
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert!(
        id("a/b:c")
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '-')
    );
}

#[tokio::test]
async fn it_may_be_asked_from_a_thread_that_runs_tasks() {
    let server = embedding_server();
    let embeddings = connect(&server).unwrap();
    assert_eq!(embedded(&embeddings, &["abc"]), [unit("abc")]);
}

#[test]
fn the_configuration_says_what_embeds() {
    let server = embedding_server();
    let with = |change: fn(&mut ModelSettings), url: &str| {
        let mut settings = settings(url);
        change(&mut settings);
        let models = Models {
            embed: Some(settings),
            ..Models::default()
        };
        embedder(&models).map(|it| it.map(|it| it.dimensions()))
    };
    assert!(embedder(&Models::default()).unwrap().is_none());
    assert_eq!(
        with(|it| it.provider = Some(Provider::Builtin), ""),
        Ok(None)
    );
    assert_eq!(with(|_| {}, &server.url()), Ok(Some(3)));
    let problem = with(|it| it.url.clear(), "").unwrap_err();
    assert!(problem.contains("no url is set"), "{problem}");
    let problem = with(|it| it.provider = Some(Provider::OptiLlm), "").unwrap_err();
    assert!(problem.contains("can only chat"), "{problem}");
    let no_model = |it: &mut ModelSettings| {
        it.provider = Some(Provider::Fastembed);
        it.model = Some("/no/such/folder".to_owned());
    };
    let problem = with(no_model, "").unwrap_err();
    assert!(problem.contains("models.embed.model"), "{problem}");
}

#[test]
fn a_real_server_that_was_not_started_for_it_says_so() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let error = Embeddings::connect(&settings(&server.url())).unwrap_err();
    let sentence = error.explain("embed");
    assert!(sentence.contains("--embeddings"), "{sentence}");
}

#[test]
fn a_real_server_embeds() {
    let launch = LlamaServer::of(TinyModel::Base)
        .argument("--embedding")
        .argument("--pooling")
        .argument("mean");
    let Some(server) = launch.start() else {
        return;
    };
    let embeddings = Embeddings::connect(&settings(&server.url())).unwrap();
    let texts = ["fn area(width: f64)", "let x = 1;", "fn area(width: f64)"];
    let found = embedded(&embeddings, &texts);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    assert!((dot(&found[0], &found[2]) - 1.0).abs() < 1e-3);
    assert!(dot(&found[0], &found[1]) < 0.999);
    // More tokens than the server takes at once, 512: shortened.
    let long = "let x = 1;\n".repeat(2000);
    assert_eq!(embedded(&embeddings, &[&long, "y"]).len(), 2);
}
