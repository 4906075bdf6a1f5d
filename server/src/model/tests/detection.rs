//! What a server is found to be, and which servers are found.

use super::*;
use crate::assist::fim::Template;

async fn family(server: &ModelServer) -> Option<&'static str> {
    model(server)
        .info()
        .await
        .unwrap()
        .fim
        .as_ref()
        .map(Template::id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_once_however_many_wait() {
    let server = llama().context(4096).slots(2);
    let model = model(&server);
    assert!(model.known_info().is_none());
    let (a, b) = tokio::join!(model.info(), model.info());
    assert!(Arc::ptr_eq(&a.unwrap(), &b.unwrap()));
    let info = model.known_info().unwrap();
    assert_eq!(
        (
            info.dialect,
            info.model.as_str(),
            info.context_tokens,
            info.slots
        ),
        (
            Dialect::LlamaCpp,
            "qwen2.5-coder-1.5b-q8_0.gguf",
            Some(4096),
            2
        )
    );
    assert_eq!(info.server, "llama.cpp b1-scripted");
    assert_eq!(
        server
            .requests()
            .iter()
            .filter(|it| it.path == "/props")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_family_comes_from_the_name_where_the_vocabulary_agrees() {
    assert_eq!(family(&llama()).await, Some("qwen2.5-coder"));
    // A file that was given another model's name.
    let renamed = ModelServer::llama_cpp("starcoder2-3b.gguf");
    assert_eq!(family(&renamed).await, Some("qwen2.5-coder"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_family_comes_from_the_vocabulary_where_the_name_says_nothing() {
    assert_eq!(
        family(&ModelServer::llama_cpp("model.gguf")).await,
        Some("qwen2.5-coder")
    );
    let gemma = [
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|file_separator|>",
    ];
    assert_eq!(
        family(&ModelServer::llama_cpp("model.gguf").vocabulary(&gemma)).await,
        Some("codegemma")
    );
    let starcoder2 = [
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        "<repo_name>",
        "<file_sep>",
    ];
    assert_eq!(
        family(&ModelServer::llama_cpp("model.gguf").vocabulary(&starcoder2)).await,
        Some("starcoder2")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_asked_one_after_the_other() {
    // A real llama-server with two slots stood still for five seconds when it was asked over twenty.
    let server = ModelServer::llama_cpp("model.gguf").vocabulary(&[]);
    model(&server).info().await.unwrap();
    assert!(server.requests().len() > 20);
    // Not always one: a connection is ready again only a moment after its answer.
    assert!(server.connections() < 10, "{}", server.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_with_untrained_tokens_is_refused_with_the_reason() {
    for server in [
        ModelServer::llama_cpp("OpenCoder-8B-Base-Q4.gguf"),
        ModelServer::openai(&["opencoder:8b"]),
    ] {
        let info = model(&server).info().await.unwrap();
        assert!(!info.can_fim());
        assert_eq!(
            info.no_fim.as_deref(),
            Some("OpenCoder was not trained to fill in the middle")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_model_asked_to_fill_in_is_an_error_with_the_remedy() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf")
        .vocabulary(&[])
        .infill(false);
    let model = model(&server);
    let info = model.info().await.unwrap();
    assert!(!info.can_fim() && info.instruct);
    let input = FimInput::Infill {
        prefix: String::new(),
        suffix: String::new(),
        extra: Vec::new(),
    };
    let error = model
        .complete(&FimRequest {
            input,
            ..request("")
        })
        .await
        .unwrap_err();
    assert_eq!(error.code(), "model-without-fim");
    assert!(
        error
            .explain("autocomplete")
            .contains("prefix token is missing"),
        "{}",
        error.explain("autocomplete")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configured_template_wins() {
    let server = ModelServer::openai(&["something"]);
    let by_id = with(&server, |it| {
        it.fim = Some(Fim::Family("codegemma".to_owned()))
    });
    assert_eq!(
        by_id.info().await.unwrap().fim.as_ref().map(Template::id),
        Some("codegemma")
    );
    let custom = Fim::Template {
        prefix: "<P>".to_owned(),
        suffix: "<S>".to_owned(),
        middle: "<M>".to_owned(),
        stop: vec!["<END>".to_owned()],
    };
    let custom = with(&server, |it| it.fim = Some(custom));
    server.answer(|_| Reply::text("a<END>b"));
    assert_eq!(ask(&custom).await, Ok("a".to_owned()));
    let mut unknown = settings(&server.url());
    unknown.fim = Some(Fim::Family("codegema".to_owned()));
    let error = Model::new(&Http::new(), &unknown).unwrap_err();
    assert!(
        error.to_string().contains("did you mean \"codegemma\"?"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_models_the_base_one_that_fills_in_is_taken() {
    let server = ModelServer::openai(&[
        "llama3:8b",
        "qwen2.5-coder:7b-instruct",
        "qwen2.5-coder:1.5b-base",
    ]);
    let info = model(&server).info().await.unwrap();
    assert_eq!(
        (info.model.as_str(), info.instruct),
        ("qwen2.5-coder:1.5b-base", false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_may_be_pasted_in_any_form() {
    let server = openai();
    let host = server.url().replace("http://", "");
    for url in [
        host.clone(),
        format!("http://{host}/"),
        format!("http://{host}/v1"),
        format!("http://{host}/v1/completions"),
    ] {
        let model = with(&server, |it| it.url = vec![url.clone()]);
        assert_eq!(ask(&model).await, Ok(String::new()), "{url}");
        assert_eq!(model.url(), server.url());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_v1_in_its_paths_is_found_out() {
    let server = openai().without_version();
    assert_eq!(ask(&model(&server)).await, Ok(String::new()));
    assert_eq!(server.wait_for_request().path, "/completions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lists_no_models_works_with_a_named_one() {
    let server = openai().fixed("/v1/models", 404, "text/plain", "no").fixed(
        "/models",
        404,
        "text/plain",
        "no",
    );
    assert_eq!(
        model(&server).info().await.unwrap_err().code(),
        "model-wrong-url"
    );
    let model = with(&server, |it| it.model = Some("starcoder2:3b".to_owned()));
    assert_eq!(ask(&model).await, Ok(String::new()));
    // mlx with no cache folder: a success with nothing in it.
    let server = openai().fixed("/v1/models", 200, "application/json", "");
    assert_eq!(ask(&super::model(&server)).await, Ok(String::new()));
    assert_eq!(server.wait_for_request().body.get("model"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn naming_the_provider_saves_the_question() {
    let server = openai();
    let model = with(&server, |it| it.provider = Some(Provider::OpenAi));
    model.info().await.unwrap();
    assert_eq!(
        server
            .requests()
            .iter()
            .map(|it| it.path.as_str())
            .collect::<Vec<_>>(),
        ["/v1/models"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fills_in_on_this_machine_is_found_base_models_first() {
    let instruct = ModelServer::openai(&["qwen2.5-coder:7b-instruct"]);
    let chat = ModelServer::openai(&["llama3:8b"]);
    let base = llama();
    let ports = [
        ModelServer::closed_port(),
        instruct.port(),
        chat.port(),
        base.port(),
    ];
    let found = discover::discover_within(&Http::new(), &ports, Duration::from_secs(20)).await;
    assert_eq!(
        found.iter().map(Model::url).collect::<Vec<_>>(),
        [base.url(), instruct.url()]
    );
    // They are known already: using one asks nothing twice.
    assert!(found.iter().all(|it| it.known_info().is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_this_machine_is_no_failure() {
    assert!(
        discover(
            &Http::new(),
            &[ModelServer::closed_port(), ModelServer::closed_port()]
        )
        .await
        .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_router_s_models_one_is_named_in_every_request() {
    let props =
        r#"{"role":"router","model_path":"none","default_generation_settings":{"n_ctx":0}}"#;
    let server = llama().fixed("/props", 200, "application/json", props);
    server.set_models(&["llama3-8b", "qwen2.5-coder-1.5b"]);
    let model = model(&server);
    assert_eq!(ask(&model).await, Ok(String::new()));
    let info = model.known_info().unwrap();
    assert_eq!(
        (info.model.as_str(), info.context_tokens),
        ("qwen2.5-coder-1.5b", None)
    );
    for asked in server.requests().iter().filter(|it| it.method == "POST") {
        assert_eq!(asked.body["model"], "qwen2.5-coder-1.5b", "{}", asked.path);
    }
}
