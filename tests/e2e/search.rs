//! `hob search`: the real binary on a small codebase.

use crate::HOB;
use hob_tests::hob::Workspace;
use serde_json::Value;
use std::process::Output;

fn codebase() -> Workspace {
    Workspace::new(
        r#"
//- /src/config.py
import os


def read_settings(path):
    """Load them."""
    with open(path) as file:
        return parse(file.read())


def parse(text):
    pairs = [line.split("=") for line in text.splitlines()]
    return dict(pairs)
//- /src/server.py
class Server:
    def listen(self, port):
        self.socket.bind(("localhost", port))

    def shut_down(self):
        self.socket.close()
//- /src/retry.js
export function retryWithBackoff(action, attempts) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (action()) return true;
    sleep(2 ** attempt);
  }
  throw new Error("gave up");
}
//- /tests/test_config.py
def test_read_settings():
    assert read_settings("x") == {}
"#,
    )
}

fn run(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments = ["search"].into_iter().chain(arguments.iter().copied());
    let Output {
        status,
        stdout,
        stderr,
    } = workspace.command(HOB, arguments).output().unwrap();
    let text = |it: Vec<u8>| String::from_utf8(it).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_function_is_found_by_what_it_does() {
    let workspace = codebase();
    let (status, out, err) = run(&workspace, &["where are the settings read from a file?"]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.starts_with("src/config.py:"), "{out}");
    assert!(out.contains("def read_settings(path):"), "{out}");
}

#[test]
fn a_name_finds_its_definition_first() {
    let workspace = codebase();
    let (_, out, _) = run(&workspace, &["read_settings"]);
    assert!(out.starts_with("src/config.py:"), "{out}");
    let (_, out, _) = run(&workspace, &["Server.shut_down"]);
    assert!(out.starts_with("src/server.py:"), "{out}");
    let (_, out, _) = run(&workspace, &["src/retry.js"]);
    assert!(out.starts_with("src/retry.js:"), "{out}");
}

#[test]
fn json_has_the_promised_fields_and_its_text_is_those_lines() {
    let workspace = codebase();
    let found = workspace.json(
        HOB,
        [
            "search",
            "--json",
            "-k",
            "2",
            "retry an action with backoff",
        ],
    );
    let hits = found.as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() <= 2, "{found}");
    let best = &hits[0];
    assert_eq!(best["path"], "src/retry.js");
    let file = std::fs::read_to_string(workspace.root().join("src/retry.js")).unwrap();
    let line = |it: &Value| it.as_u64().unwrap() as usize;
    let (start, end) = (line(&best["start_line"]), line(&best["end_line"]));
    let lines: Vec<&str> = file.lines().skip(start - 1).take(end + 1 - start).collect();
    assert_eq!(best["text"].as_str().unwrap().trim_end(), lines.join("\n"));
    let scores: Vec<f64> = hits
        .iter()
        .map(|it| it["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(
        scores.iter().all(|it| (0.0..=1.0).contains(it)),
        "{scores:?}"
    );
}

#[test]
fn filters_keep_only_what_they_name() {
    let workspace = codebase();
    let paths = |query: &str| -> Vec<String> {
        let found = workspace.json(HOB, ["search", "--json", query]);
        let hits = found.as_array().unwrap().iter();
        hits.map(|it| it["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(
        paths("read settings lang:python")
            .iter()
            .all(|it| it.ends_with(".py"))
    );
    assert!(
        paths("read settings path:tests/")
            .iter()
            .all(|it| it.starts_with("tests/"))
    );
    assert!(!paths("read settings -test").contains(&"tests/test_config.py".to_owned()));
    assert_eq!(paths("action \"gave up\""), ["src/retry.js"]);
}

#[test]
fn an_unknown_filter_value_is_wrong_usage_with_a_suggestion() {
    let (status, out, err) = run(&codebase(), &["settings", "lang:pyhton"]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(err.contains("did you mean `python`?"), "{err}");
}

#[test]
fn nothing_found_is_said_and_told_by_the_exit_status() {
    let workspace = codebase();
    let (status, out, err) = run(&workspace, &["zyzzyva"]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert_eq!(err, "Nothing found.\n");
    let (status, out, _) = run(&workspace, &["zyzzyva", "--json"]);
    assert_eq!((status, out.as_str()), (Some(1), "[]\n"));
}

#[test]
fn there_are_no_colours_in_a_pipe_unless_asked_for() {
    let workspace = codebase();
    let (_, plain, _) = run(&workspace, &["settings"]);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let (_, colored, _) = run(&workspace, &["settings", "--color=always"]);
    assert!(colored.contains('\u{1b}'), "{colored:?}");
}

#[test]
fn from_a_folder_below_paths_are_as_seen_from_there_and_changes_are_seen() {
    let workspace = codebase();
    run(&workspace, &["settings"]);
    let file = workspace.root().join("src/config.py");
    std::fs::write(
        &file,
        "def read_preferences(path):\n    return open(path)\n",
    )
    .unwrap();
    let mut command = workspace.command(HOB, ["search", "preferences", "--root", ".."]);
    let output = command
        .current_dir(workspace.root().join("src"))
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("config.py:1  "), "{out}");
    let (_, out, _) = run(&workspace, &["read_settings"]);
    assert!(!out.contains("src/config.py:1  read_settings"), "{out}");
}

#[test]
fn a_query_is_explained_by_what_was_understood_and_by_the_parts_of_the_scores() {
    let workspace = codebase();
    run(&workspace, &["settings"]);
    let query = ["index", "explain", "read settings lang:python -port"];
    let found = workspace.json(HOB, query.into_iter().chain(["--json"]));
    assert_eq!(found["query"], "read settings");
    assert_eq!(found["filters"]["languages"][0], "python");
    assert_eq!(found["filters"]["without"][0], "port");
    assert_eq!(found["concepts"][0]["term"], "read");
    let best = &found["results"][0];
    assert_eq!(best["symbol"], "read_settings");
    assert!(best["covered"].as_f64().unwrap() > 0.9);
    assert!(
        best["parts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["field"] == "name")
    );
    let output = workspace.command(HOB, query).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("query    read settings\nfilters  lang:python -port\n"),
        "{text}"
    );
    assert!(text.contains("  read_settings  "), "{text}");
}
