//! Completions by a real llama-server: its tokenizer, its stream, its key check. A grammar makes it say what a test wants.

use crate::{HOB, idiom};
use hob_tests::hob::{Hob, Workspace};
use hob_tests::llama_server::LlamaServer;
use hob_tests::tools::TinyModel;
use serde_json::Value;

/// The configuration that makes a server answer with `answer`, whatever it is asked.
fn config(server: &LlamaServer, answer: &str) -> String {
    let url = server.url();
    format!(
        r#"
            [models.autocomplete]
            url = "{url}"
            fim = "qwen2.5-coder"
            extra = {{ grammar = 'root ::= "{answer}"' }}

            [autocomplete]
            instant = false
        "#
    )
}

const ADD: &str = "//- /src/lib.rs\nfn add(a: i32, b: i32) -> i32 {\n    $0\n}\n";

fn complete(workspace: &Workspace, more: &[&str]) -> Value {
    let place = workspace.fixture().place();
    workspace.json(
        HOB,
        ["complete", place.as_str(), "--json"]
            .into_iter()
            .chain(more.iter().copied()),
    )
}

#[test]
fn completes_through_the_language_server() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let workspace = Workspace::new(ADD);
    workspace.write_config(&config(&server, "a + b"));
    let hob = Hob::start_in(HOB, workspace, |it| it);

    let items = hob.complete();
    assert_eq!(
        items.iter().map(|it| hob.drawn(it)).collect::<Vec<_>>(),
        ["    «a + b»"]
    );
}

#[test]
fn the_editors_settings_are_the_configuration_files() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let fixture = format!(
        r#"{ADD}//- settings
{{
    "models": {{ "autocomplete": {{ "url": "{}", "fim": "qwen2.5-coder", "extra": {{ "grammar": "root ::= \"a - b\"" }} }} }},
    "autocomplete": {{ "instant": false }}
}}
"#,
        server.url()
    );
    let hob = Hob::start(HOB, &fixture);

    let items = hob.complete();
    assert_eq!(
        items.iter().map(|it| hob.drawn(it)).collect::<Vec<_>>(),
        ["    «a - b»"]
    );
}

#[test]
fn completes_on_the_command_line() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let workspace = Workspace::new(ADD);
    workspace.write_config(&config(&server, "a + b"));

    let answer = complete(&workspace, &[]);
    assert_eq!(answer["text"], "a + b", "{answer:#}");
    assert_eq!(answer["source"], "model", "{answer:#}");
}

#[test]
fn a_dry_run_shows_the_prompt_and_asks_no_model() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let workspace = Workspace::new(ADD);
    workspace.write_config(&config(&server, "a + b"));

    let answer = complete(&workspace, &["--dry-run"]);
    assert!(
        answer["prefix"]
            .as_str()
            .is_some_and(|it| it.ends_with("-> i32 {\n    ")),
        "{answer:#}"
    );
    assert!(
        answer["suffix"]
            .as_str()
            .is_some_and(|it| it.starts_with("\n}")),
        "{answer:#}"
    );
    let prompt = answer["prompt"].as_str().expect("a prompt");
    assert!(
        prompt.contains("<|fim_prefix|>") && prompt.ends_with("<|fim_middle|>"),
        "{prompt}"
    );
    assert!(!server.log().contains("launch_slot_"), "{}", server.log());
}

#[test]
fn a_key_from_the_environment_opens_the_server() {
    let Some(server) = LlamaServer::of(TinyModel::Base).api_key("sesame").start() else {
        return;
    };
    let workspace = Workspace::new(ADD);
    let config =
        config(&server, "a + b").replace("fim =", "api_key = { env = \"TINY_KEY\" }\nfim =");
    workspace.write_config(&config);

    let place = workspace.fixture().place();
    let output = workspace
        .command(HOB, ["complete", &place, "--json"])
        .env("TINY_KEY", "sesame")
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["text"], "a + b", "{answer:#}");

    // Without it there is no completion by the model, a reason instead, and the key's name but no key in it.
    let answer = complete(&workspace, &[]);
    assert_ne!(answer["source"], "model", "{answer:#}");
    assert!(
        answer["reason"]
            .as_str()
            .is_some_and(|it| it.contains("TINY_KEY")),
        "{answer:#}"
    );
}

#[test]
fn an_instruct_model_is_not_asked_to_fill_in_the_middle() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let workspace = Workspace::new(ADD);
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\n",
        server.url()
    ));

    let answer = complete(&workspace, &[]);
    assert_ne!(answer["source"], "model", "{answer:#}");
    assert!(
        answer["reason"].as_str().is_some_and(|it| !it.is_empty()),
        "{answer:#}"
    );
}

#[test]
fn a_server_that_is_gone_leaves_the_codebase_to_answer() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let workspace = Workspace::new(&idiom::with_cursor_after("let outline = "));
    workspace.write_config(&config(&server, "nobody"));
    drop(server);

    let answer = complete(&workspace, &[]);
    assert_eq!(answer["text"], idiom::OUTLINE, "{answer:#}");
    assert_eq!(answer["source"], "builtin", "{answer:#}");
}
