//! What must not be in a log: prompts, code and answers below `trace`, keys at any level.

use std::io::Write;
use std::sync::{LazyLock, Mutex};

use tracing::Dispatch;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// A second subscriber, which takes nothing. Were there but one, whether a log statement is of interest would be decided, for all threads
/// and for good, by the first thread that reaches it: another test's, which has no subscriber.
static ANOTHER: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// Everything that is logged at `level` while a model answers, fails and refuses.
async fn log_at(level: LevelFilter) -> String {
    LazyLock::force(&ANOTHER);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(log.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = llama().require_key("sk-verysecret");
    server.answer(|_| Reply::text("answersecret"));
    let model = with(&server, |it| {
        it.api_key = Some(ApiKey::Literal("sk-verysecret".to_owned()))
    });
    let request = request("promptsecret");
    ask_for(&model, &request).await.unwrap();
    for reply in [
        Reply::text("answersecret x").truncate_after(1),
        Reply::text("answersecret x").garbage_after(1),
        Reply::status(500, "your key sk-verysecret and more"),
        Reply::status(401, "bad key: sk-verysecret"),
    ] {
        server.then(reply);
        let error = ask_for(&model, &request).await.unwrap_err();
        for shown in [
            error.to_string(),
            error.explain("autocomplete"),
            format!("{error:?} {model:?}"),
        ] {
            assert!(
                !shown.contains("sk-verysecret") && !shown.contains("promptsecret"),
                "{shown}"
            );
        }
        model.retry_now();
    }
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

// One thread each: the subscriber is the thread's own, and all futures run on it.

#[tokio::test]
async fn below_trace_neither_prompts_nor_answers_nor_keys_are_logged() {
    let log = log_at(LevelFilter::DEBUG).await;
    assert!(log.contains("model server"), "something is logged: {log}");
    for secret in ["promptsecret", "answersecret", "sk-verysecret"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn keys_are_not_logged_at_any_level() {
    let log = log_at(LevelFilter::TRACE).await;
    assert!(!log.contains("sk-verysecret"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_the_url_is_never_shown() {
    let server = llama();
    for port in [server.port(), ModelServer::closed_port()] {
        let url = format!("http://ann:geheim@127.0.0.1:{port}");
        let model = with(&server, |it| it.url = vec![url]);
        server.then(Reply::reset());
        let error = ask(&model).await.unwrap_err();
        let shown = format!(
            "{error} {error:?} {} {model:?} {}",
            error.explain("chat"),
            model.url()
        );
        assert!(!shown.contains("geheim"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_place_of_a_name_is_in_no_message() {
    let key = "sk-proj-a1B2c3D4e5F6";
    let server = ModelServer::openai(&["llama3:8b", "qwen2.5-coder:1.5b"]).strict_models();
    let refusals = [
        Reply::status(400, &format!("{{\"error\":\"model '{key}' not found\"}}")),
        Reply::status(401, &format!("Incorrect API key provided: {key}.")),
        Reply::status(500, &format!("{}{key}", "x ".repeat(90))),
        Reply::status(418, &format!("https://u:{key}@host/?key={key}")),
        Reply::raw_events(&format!(
            "data: {{\"error\":{{\"message\":\"{key}\"}}}}\n\n"
        )),
        Reply::raw_events(&format!("data: {key}\n\n")),
    ];
    let model = with(&server, |it| it.model = Some(key.to_owned()));
    assert!(!model.info().await.unwrap().model.contains(key));
    let mut errors = Vec::new();
    for reply in refusals {
        server.then(reply);
        errors.push(ask(&model).await.unwrap_err());
        model.retry_now();
    }
    errors.push(ask(&model).await.unwrap_err());
    let fim = Some(Fim::Family(key.to_owned()));
    let settings = ModelSettings {
        fim,
        ..settings(&server.url())
    };
    errors.push(Model::new(&Http::new(), &settings).unwrap_err());
    for url in [
        format!("ftp://{key}"),
        format!("http://a b/{key}"),
        format!("http://127.0.0.1:1/{key}"),
    ] {
        let model = Model::new(
            &Http::new(),
            &ModelSettings {
                url: vec![url],
                ..settings.clone()
            },
        );
        match model {
            Ok(model) => errors.push(ask(&model).await.unwrap_err()),
            Err(error) => errors.push(error),
        }
    }
    for key_of in [
        ApiKey::File(format!("/no/{key}").into()),
        ApiKey::Env("ghp_a1B2c3D4e5F6a1B2".to_owned()),
        ApiKey::Command(vec![key.to_owned()]),
    ] {
        let model = with(&server, |it| it.api_key = Some(key_of));
        errors.push(ask(&model).await.unwrap_err());
    }
    for error in errors {
        let shown = format!(
            "{error} {error:?} {} {settings:?}",
            error.explain("autocomplete")
        );
        for secret in [key, "a1B2c3D4"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
