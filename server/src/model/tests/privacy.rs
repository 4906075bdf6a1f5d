//! What must not be in a log: prompts, code and answers below `trace`, keys at any level.

use std::io::Write;
use std::sync::Mutex;

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

/// Everything that is logged at `level` while a model answers, fails and refuses.
async fn log_at(level: LevelFilter) -> String {
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
