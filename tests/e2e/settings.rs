//! The configuration in a running server: what is wrong with it is said, and it can change at any time.

use crate::{HOB, idiom};
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use serde_json::json;

fn place() -> Workspace {
    Workspace::new("//- /src/main.rs\nfn main() {\n    let first = $0\n}\n")
}

#[test]
fn a_mistake_is_told_with_file_line_and_key_and_the_server_runs_on() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("compute(1, 2);"));
    let workspace = place();
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\n\n[autocomplete]\nmax_tokens = \"many\"\nmultilin = \"auto\"\ninstant = false\n",
        server.url()
    ));
    let hob = Hob::start_in(HOB, workspace, |it| it);
    let error = hob.told(|it| it["type"] == 1);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("config.toml:5"), "{message}");
    assert!(message.contains("`autocomplete.max_tokens`"), "{message}");
    let warning = hob.told(|it| it["type"] == 2);
    let message = warning["message"].as_str().unwrap();
    assert!(
        message.contains("config.toml:6") && message.contains("`autocomplete.multiline`"),
        "{message}"
    );
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
}

#[test]
fn a_changed_file_is_in_force_without_a_restart() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("compute(1, 2);"));
    let workspace = place();
    workspace.write_config("[autocomplete]\nenabled = false\n");
    let hob = Hob::start_in(HOB, workspace, |it| it);
    hob.notification("hob/status", |it| it["state"] == "off");
    assert_eq!(hob.complete(), []);
    hob.workspace().write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\n[autocomplete]\ninstant = false\n",
        server.url()
    ));
    hob.notification("hob/status", |it| it["model"] == "qwen2.5-coder-1.5b.gguf");
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
}

#[test]
fn an_editor_that_pushes_settings_has_them_in_force() {
    let hob = Hob::start(
        HOB,
        "//- /src/main.rs\nlet first = $0\n//- model\ncompute(1, 2);\n",
    );
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    let off = json!({ "settings": { "hob": { "autocomplete": { "enabled": false } } } });
    hob.notify("workspace/didChangeConfiguration", off);
    hob.notification("hob/status", |it| it["state"] == "off");
    assert_eq!(hob.complete(), []);
}

#[test]
fn a_repository_can_set_no_url() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    let workspace = Workspace::new(&idiom::with_cursor_after("let outline = "));
    let hostile = format!("[models.autocomplete]\nurl = \"{}\"\n", server.url());
    std::fs::write(workspace.root().join(".hob.toml"), hostile).unwrap();
    workspace.write_config("[models.autocomplete]\nprovider = \"builtin\"\n");
    let hob = Hob::start_in(HOB, workspace, |it| it);
    let warning = hob.told(|_| true);
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains(".hob.toml:"), "{message}");
    hob.complete();
    assert_eq!(server.requests().len(), 0, "nothing was sent");
}

#[test]
fn neither_code_nor_keys_are_in_a_log_below_trace() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf").require_key("sk-very-secret");
    server.answer(|_| Reply::text("answer_of_the_model();"));
    let workspace =
        Workspace::new("//- /src/main.rs\nfn my_private_code() {\n    let first = $0\n}\n");
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\napi_key = \"sk-very-secret\"\n[autocomplete]\ninstant = false\n",
        server.url()
    ));
    let mut hob = Hob::start_in(HOB, workspace, |it| {
        it.environment([("HOB_LOG".to_owned(), "debug".to_owned())])
    });
    assert_eq!(hob.complete()[0].text, "answer_of_the_model();");
    hob.type_text("x");
    server.set_key(Some("another"));
    hob.complete();
    hob.forgive_errors();
    let log = hob.log();
    assert!(log.contains("inlineCompletion"), "it does log:\n{log}");
    for secret in ["sk-very-secret", "my_private_code", "answer_of_the_model"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn a_line_of_five_megabytes_is_completed_like_any_other() {
    let mut hob = Hob::start(
        HOB,
        "//- /src/main.rs\nlet first = $0\n//- model\ncompute(1, 2);\n",
    );
    let uri = hob.workspace().uri("/src/data.rs");
    let line = format!("let data = \"{}\"; let first = ", "é😀x".repeat(700_000));
    hob.open(&uri, &line);
    assert_eq!(
        hob.inline_complete_at(&uri, line.len())[0].text,
        "compute(1, 2);"
    );
    let end = line.len() - "first = ".len();
    hob.change(&uri, end..line.len(), "second = ");
    let end = end + "second = ".len();
    assert_eq!(hob.inline_complete_at(&uri, end)[0].text, "compute(1, 2);");
    let prompt = hob.model().completions()[1].prompt().len();
    assert!(prompt < 40_000, "the prompt is bounded: {prompt}");
}
