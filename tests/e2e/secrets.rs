//! Secrets in every channel to a model: the real binary, and a server that keeps what it is sent.

use crate::HOB;
use hob_tests::client::{Client, TIMEOUT};
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// What no request may hold: of each a part that nothing else has.
const SECRETS: [&str; 7] = [
    "hunter2-in-yaml",
    "hunter2-in-url",
    "hunter2-in-getenv",
    "hunter2-in-dotenv",
    "hunter2-in-string",
    "wJalrXUtnFEMIbPxRfiCYkeyinaheader9",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
];

const PROJECT: &str = r#"//- /.env
API_PASSWORD=hunter2-in-dotenv
//- /conf/app.yaml
database:
  password: hunter2-in-yaml
  url: postgres://app:hunter2-in-url@db:5432/app
  pool_size: 10
//- /src/settings.py
import os

def settings():
    area_password = os.getenv("DB_PASSWORD", "hunter2-in-getenv")
    conn = "Server=db;User Id=sa;Password=hunter2-in-string;Encrypt=yes"
    headers = {"Authorization": "Bearer wJalrXUtnFEMIbPxRfiCYkeyinaheader9"}
    return area_password, conn, headers
//- /docs/deploy.txt
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
-----END PRIVATE KEY-----
//- /src/main.py
def settings_area():
    $0
"#;

fn server() -> ModelServer {
    let server = ModelServer::openai(&["qwen2.5-coder-1.5b", "llama-3-8b-instruct"]);
    server.answer(|request| match request.body.get("input") {
        Some(input) => {
            let n = input.as_array().map_or(1, Vec::len);
            let data = (0..n).map(|it| json!({ "index": it, "embedding": [1.0, 0.5, 0.1] }));
            Reply::status(
                200,
                &json!({ "data": data.collect::<Vec<_>>() }).to_string(),
            )
        }
        None => Reply::text("done();"),
    });
    server
}

fn settings(server: &ModelServer) -> String {
    let url = server.url();
    format!(
        "[models.autocomplete]\nurl = \"{url}\"\nmodel = \"qwen2.5-coder-1.5b\"\n[models.chat]\nurl = \"{url}\"\nmodel = \"llama-3-8b-instruct\"\n[models.embed]\nurl = \"{url}\"\nmodel = \"llama-3-8b-instruct\"\n[autocomplete]\ninstant = false\n"
    )
}

#[track_caller]
fn nothing_leaked(server: &ModelServer, channel: &str) {
    for request in server.requests() {
        for secret in SECRETS {
            assert!(!request.raw.contains(secret), "{channel}: {}", request.raw);
        }
    }
}

/// Runs a command; `true`: a model was asked.
fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str], input: &str) -> bool {
    let before = server.calls();
    let mut command = workspace.command(HOB, arguments.iter().copied());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that refuses reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    if arguments.contains(&"--dry-run") {
        for secret in SECRETS {
            assert!(!printed.contains(secret), "{arguments:?}: {printed}");
        }
    }
    nothing_leaked(server, &format!("{arguments:?}"));
    server.calls() > before
}

#[test]
fn no_command_shows_a_model_a_secret() {
    let workspace = Workspace::new(PROJECT);
    let server = server();
    workspace.write_config(&settings(&server));
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let status = git.args(arguments).current_dir(workspace.root()).output();
        status.is_ok_and(|it| it.status.success())
    };
    assert!(git(&["init", "-q"]) && git(&["add", "-Af"]), "git works");
    for (arguments, input, asks) in [
        (&["complete", "conf/app.yaml:4:3"][..], "", true),
        (&["complete", "src/settings.py:6:5"], "", true),
        (&["complete", "src/main.py:2:5"], "", true),
        (&["complete", "--dry-run", "src/settings.py:6:5"], "", false),
        (&["complete", "docs/deploy.txt:2:5"], "", false),
        (&["complete", ".env:1:1"], "", false),
        (&["chat", "what is in @conf/app.yaml ?"], "", true),
        (&["chat", "what is in @docs/deploy.txt ?"], "", true),
        (&["chat", "what is in @.env ?"], "", true),
        (&["chat", "what is new in @diff ?"], "", true),
        (&["chat", "how does @src/settings.py work?"], "", true),
        (&["chat", "which password has the settings area?"], "", true),
        (
            &["chat", "what is wrong?"],
            "error: login failed, password=hunter2-in-yaml url=amqp://a:hunter2-in-url@mq\nAPI_PASSWORD=hunter2-in-dotenv\n",
            true,
        ),
        (&["edit", "conf/app.yaml", "a larger pool"], "", true),
        (&["edit", "src/settings.py:4-5", "simplify"], "", true),
        (&["edit", "docs/deploy.txt", "simplify"], "", false),
        (&["edit", ".env", "simplify"], "", false),
        (&["index"], "", true),
    ] {
        assert_eq!(
            run(&workspace, &server, arguments, input),
            asks,
            "{arguments:?}"
        );
    }
    let requests = server.requests();
    for arrives in [
        "pool_size: 10",
        "Server=db;User Id=sa;Password=",
        "login failed",
    ] {
        assert!(
            requests.iter().any(|it| it.raw.contains(arrives)),
            "{arrives}"
        );
    }
}

/// How many completions were asked for. Embeddings are filled in the background.
fn completed(server: &ModelServer) -> usize {
    let requests = server.requests();
    requests
        .iter()
        .filter(|it| it.path == "/v1/completions")
        .count()
}

fn chat(client: &Client, uri: &str, text: &str, attachments: Value) {
    let id = client.request(
        "hob/chat",
        json!({
            "id": "q",
            "messages": [{ "role": "user", "content": text }],
            "attachments": attachments,
            "textDocument": { "uri": uri },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 3, "character": 0 } },
        }),
    );
    // Answered or refused: what was sent counts.
    let _ = client.response_within(id, TIMEOUT);
    client.take_notifications("hob/chat/delta");
}

#[test]
fn no_editor_shows_a_model_a_secret_under_whatever_name_it_opens_a_document() {
    let workspace = Workspace::new(PROJECT);
    let server = server();
    workspace.write_config(&settings(&server));
    let other = workspace.outside().join("other");
    std::fs::create_dir_all(other.join(".git")).unwrap();
    let read = |path: &str| std::fs::read_to_string(workspace.root().join(path)).unwrap();
    let (dotenv, key) = (read(".env"), read("docs/deploy.txt"));
    let (yaml, python) = (read("conf/app.yaml"), read("src/settings.py"));
    let mut hob = Hob::start_in(HOB, workspace, |it| it);
    let root = hob.workspace().root().display().to_string();
    // A link of an innocent name is the file that it leads to.
    #[cfg(unix)]
    std::os::unix::fs::symlink(".env", format!("{root}/notes.txt")).unwrap();
    let documents = [
        (format!("git:{root}/.env?ref"), "plaintext", &dotenv, true),
        ("untitled:.env".to_owned(), "plaintext", &dotenv, true),
        ("untitled:Untitled-1".to_owned(), "dotenv", &dotenv, true),
        (
            format!("vscode-vfs://github/me/x{root}/.env"),
            "plaintext",
            &dotenv,
            true,
        ),
        (
            format!("vscode-notebook-cell:{root}/.env#W0"),
            "plaintext",
            &dotenv,
            true,
        ),
        (
            format!("file://{root}/.env%00.txt"),
            "plaintext",
            &dotenv,
            true,
        ),
        (
            format!("file://{root}/docs/deploy.txt"),
            "plaintext",
            &key,
            true,
        ),
        #[cfg(unix)]
        (
            format!("file://{root}/notes.txt"),
            "plaintext",
            &dotenv,
            true,
        ),
        (format!("file://{root}/conf/app.yaml"), "yaml", &yaml, false),
        (
            format!("file://{root}/src/settings.py"),
            "python",
            &python,
            false,
        ),
        (
            format!("file://{}/main.py", other.display()),
            "python",
            &python,
            false,
        ),
    ];
    for (uri, language, text, withheld) in &documents {
        hob.open_as(uri, language, text);
        let before = completed(&server);
        let position = hob.position(uri, text.len());
        let id = hob.request(
            "textDocument/inlineCompletion",
            json!({
                "textDocument": { "uri": uri },
                "position": position,
                "context": { "triggerKind": 1 },
            }),
        );
        let _ = hob.response_within(id, TIMEOUT);
        nothing_leaked(&server, uri);
        assert_eq!(completed(&server) == before, *withheld, "{uri}");
        chat(&hob, uri, "what is this?", json!([{ "kind": "selection" }]));
        nothing_leaked(&server, &format!("the selection of {uri}"));
        let edit = hob.request(
            "hob/edit",
            json!({ "instruction": "simplify", "textDocument": { "uri": uri } }),
        );
        let _ = hob.response_within(edit, TIMEOUT);
        nothing_leaked(&server, &format!("an edit of {uri}"));
    }
    // With all of them open beside it.
    hob.complete();
    let here = hob.cursor().0;
    chat(&hob, &here, "what is open?", json!([{ "kind": "open" }]));
    nothing_leaked(&server, "open documents");
    let requests = server.requests();
    let beside = requests.iter().rfind(|it| it.path == "/v1/completions");
    let beside = &beside.unwrap().raw;
    assert!(!beside.contains(&*other.to_string_lossy()), "{beside}");
}
