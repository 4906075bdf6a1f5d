//! Search by meaning: the real binary with a scripted server that embeds.

use crate::HOB;
use hob_tests::client::TIMEOUT;
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply, Request};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::process::Output;
use std::time::Instant;

const CODE: &str = r#"
//- /src/shop.py
def price(item):
    return item.euros * 2
//- /src/net.py
def accept(socket):
    return socket.recv(16)
//- /src/text.py
def shorten(line):
    return line[:80]
"#;

/// What means the same to the server.
const TOPICS: [&[&str]; 3] = [
    &["price", "euros", "money", "expensive"],
    &["socket", "accept", "recv", "connection"],
    &["line", "shorten", "abbreviate"],
];

fn vector(text: &str) -> Vec<f32> {
    let words: Vec<String> = text.split(' ').map(str::to_lowercase).collect();
    let about = |topic: &[&str]| {
        let n = words.iter().filter(|it| topic.contains(&it.as_str()));
        n.count() as f32
    };
    // One number that all have: none is without direction.
    TOPICS.map(about).into_iter().chain([0.1]).collect()
}

fn inputs(request: &Request) -> Vec<String> {
    serde_json::from_value(request.body["input"].clone()).unwrap()
}

fn embedding_server() -> ModelServer {
    let server = ModelServer::openai(&["nomic-embed-text"]);
    server.answer(|request| {
        let texts = inputs(request).into_iter().enumerate();
        let data: Vec<Value> = texts
            .map(|(index, text)| json!({ "index": index, "embedding": vector(&text) }))
            .collect();
        Reply::status(200, &json!({ "data": data }).to_string())
    });
    server
}

/// The texts of chunks that were embedded so far.
fn embedded(server: &ModelServer) -> Vec<String> {
    let texts = server.completions().iter().flat_map(inputs).collect();
    let of_chunk = |it: &String| it.contains(".py: ");
    Vec::into_iter(texts).filter(of_chunk).collect()
}

fn codebase(server: &ModelServer) -> Workspace {
    let workspace = Workspace::new(CODE);
    workspace.write_config(&format!("[models.embed]\nurl = \"{}\"\n", server.url()));
    workspace
}

/// Searches; the paths of what is found, and what is said on standard error.
fn search(workspace: &Workspace, arguments: &[&str]) -> (Vec<String>, String) {
    let arguments = ["search", "--json"]
        .into_iter()
        .chain(arguments.iter().copied());
    let Output { stdout, stderr, .. } = workspace.command(HOB, arguments).output().unwrap();
    let found: Value = serde_json::from_slice(&stdout).unwrap();
    let paths = found.as_array().unwrap().iter();
    let paths = paths.map(|it| it["path"].as_str().unwrap().to_owned());
    (paths.collect(), String::from_utf8(stderr).unwrap())
}

fn status(workspace: &Workspace) -> Value {
    workspace.json(HOB, ["index", "status", "--json"])
}

#[test]
fn meaning_finds_what_no_word_does_once_the_index_has_vectors() {
    let server = embedding_server();
    let workspace = codebase(&server);
    let built = workspace.json(HOB, ["index", "--json"]);
    let vectors = &built["vectors"];
    assert_eq!(
        (&vectors["made"], &vectors["count"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(
        (&vectors["missing"], &vectors["problem"]),
        (&json!(0), &Value::Null)
    );
    for mode in [&["--mode", "semantic"][..], &["--mode", "hybrid"], &[]] {
        let (paths, err) = search(&workspace, &[mode, &["expensive"]].concat());
        assert_eq!(paths[0], "src/shop.py", "{mode:?}");
        assert_eq!(err, "");
    }
    let (paths, _) = search(&workspace, &["--mode", "lexical", "expensive"]);
    assert_eq!(paths, [""; 0]);
    let (paths, _) = search(
        &workspace,
        &["--mode", "semantic", "connection path:net.py"],
    );
    assert_eq!(paths, ["src/net.py"]);
}

#[test]
fn nothing_is_embedded_twice_and_a_search_makes_what_little_is_missing() {
    let server = embedding_server();
    let workspace = codebase(&server);
    let (paths, _) = search(&workspace, &["abbreviate"]);
    assert_eq!(paths[0], "src/text.py");
    workspace.json(HOB, ["index", "--json"]);
    assert_eq!(embedded(&server).len(), 3);
    let file = workspace.root().join("src/text.py");
    std::fs::write(file, "def money(line):\n    return 0\n").unwrap();
    let (paths, _) = search(&workspace, &["expensive path:text.py"]);
    assert_eq!(paths, ["src/text.py"]);
    let all = embedded(&server);
    assert_eq!(all.len(), 4);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4);
}

#[test]
fn a_search_leaves_much_to_the_index_and_says_so() {
    let server = embedding_server();
    let workspace = codebase(&server);
    let many: String = (0..300)
        .map(|it| format!("def shorten_{it}(line):\n    return line[:{it}]\n\n\n"))
        .collect();
    std::fs::write(workspace.root().join("src/many.py"), many).unwrap();
    let (paths, err) = search(&workspace, &["shorten_7"]);
    assert_eq!(paths[0], "src/many.py");
    assert_eq!(
        err,
        "warning: Ranked by words alone. No chunk has a vector yet; `hob index` makes them.\n"
    );
    assert_eq!(embedded(&server), [""; 0]);
    let status = status(&workspace);
    assert_eq!(status["vectors"]["count"], 0);
    assert!(status["vectors"]["missing"].as_u64().unwrap() > 200);
}

#[test]
fn an_embedder_that_is_down_is_told_of_and_words_decide() {
    let server = embedding_server();
    let workspace = codebase(&server);
    workspace.json(HOB, ["index", "--json"]);
    server.refuse();
    for mode in [&["--mode", "semantic"][..], &["--mode", "hybrid"], &[]] {
        let (paths, err) = search(&workspace, &[mode, &["shorten"]].concat());
        assert_eq!(paths, ["src/text.py"]);
        assert!(err.starts_with("warning: Ranked by words alone. "), "{err}");
        assert!(err.contains(&server.url()), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    let (paths, err) = search(&workspace, &["--mode", "lexical", "shorten"]);
    assert_eq!((paths.len(), err.as_str()), (1, ""));
    let problem = status(&workspace)["vectors"]["problem"].clone();
    assert!(
        problem.as_str().unwrap().contains(&server.url()),
        "{problem}"
    );
    let built = workspace.json(HOB, ["index", "--json"]);
    assert_eq!(built["files"], 3);
    assert!(built["vectors"]["problem"].is_string());
}

#[test]
fn without_an_embedder_the_way_to_one_is_shown_to_who_asks() {
    let workspace = Workspace::new(CODE);
    let (paths, err) = search(&workspace, &["--mode", "semantic", "shorten"]);
    assert_eq!(paths, ["src/text.py"]);
    assert!(err.contains("name one in `[models.embed]`"), "{err}");
    let (_, err) = search(&workspace, &["shorten"]);
    assert_eq!(err, "");
    assert_eq!(status(&workspace)["vectors"], Value::Null);
}

#[test]
fn secrets_in_code_are_not_shown_to_the_embedder() {
    let server = embedding_server();
    let workspace = codebase(&server);
    let code = "def connect():\n    return login(\"ghp_16C7e42F292c6912E7710c838347Ae178B4a\")\n";
    std::fs::write(workspace.root().join("src/login.py"), code).unwrap();
    workspace.json(HOB, ["index", "--json"]);
    let all = embedded(&server).concat();
    let all = all.replace("recv 16", "");
    assert!(all.contains("login") && !all.contains("16"), "{all}");
}

#[test]
fn deleting_an_index_deletes_its_vectors() {
    let server = embedding_server();
    let workspace = codebase(&server);
    workspace.json(HOB, ["index", "--json"]);
    assert_eq!(status(&workspace)["vectors"]["count"], 3);
    workspace.json(HOB, ["index", "clear", "--json"]);
    assert_eq!(status(&workspace)["vectors"]["count"], 0);
}

#[test]
fn the_language_server_embeds_in_the_background_and_what_is_saved_too() {
    let server = embedding_server();
    let workspace = codebase(&server);
    let settings = json!({ "models": { "embed": { "url": server.url() } } });
    let hob = Hob::start_in(HOB, workspace, |launch| launch.settings(settings));
    let workspace = hob.workspace();
    let wait_for = |count: u64| {
        let started = Instant::now();
        loop {
            let vectors = status(workspace)["vectors"].clone();
            if vectors["count"] == count && vectors["missing"] == 0 {
                return;
            }
            assert!(started.elapsed() < TIMEOUT, "{vectors}");
        }
    };
    wait_for(3);
    let (paths, err) = search(workspace, &["--mode", "semantic", "expensive"]);
    assert_eq!((paths[0].as_str(), err.as_str()), ("src/shop.py", ""));
    let file = workspace.root().join("src/text.py");
    std::fs::write(file, "def money(line):\n    return 0\n").unwrap();
    let uri = workspace.uri("src/text.py");
    hob.notify(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": uri } }),
    );
    wait_for(4);
    let all = embedded(&server);
    assert_eq!(
        all.iter().collect::<HashSet<_>>().len(),
        all.len(),
        "{all:?}"
    );
}
