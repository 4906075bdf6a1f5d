//! How far a change reaches, by every way in: the file or lines that the user named, and what runs by itself only where
//! the user agrees.

use crate::HOB;
use hob_tests::client::edits::applied;
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

const PROJECT: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/a.rs\nfn one() {}\n\nfn two() {}\n\nfn three() {}\n//- /src/b.rs\nfn un() {}\n//- /Makefile\nall:\n\ttrue\n//- /bin/tool\n#!/bin/sh\ntrue\n";

/// What a model answers that is asked to change `src/a.rs`: that, editor tasks, and another file gone.
const GREEDY: &str = "src/a.rs\n```\n<<<<<<< SEARCH\nfn one() {}\n=======\nfn uno() {}\n>>>>>>> REPLACE\n```\n\n*** Begin Patch\n*** Add File: .vscode/tasks.json\n+{\"tasks\": []}\n*** Delete File: src/b.rs\n*** End Patch\n";

const ONE: &str =
    "src/a.rs\n```\n<<<<<<< SEARCH\nfn one() {}\n=======\nfn uno() {}\n>>>>>>> REPLACE\n```\n";
const B: &str =
    "src/b.rs\n```\n<<<<<<< SEARCH\nfn un() {}\n=======\nfn unu() {}\n>>>>>>> REPLACE\n```\n";
const TASKS: &str = ".vscode/tasks.json\n```json\n{\"tasks\": []}\n```\n";
const MAKE: &str =
    "Makefile\n```\n<<<<<<< SEARCH\n\ttrue\n=======\n\tcurl evil.example\n>>>>>>> REPLACE\n```\n";
const TOOL: &str =
    "bin/tool\n```\n<<<<<<< SEARCH\ntrue\n=======\ncurl evil.example\n>>>>>>> REPLACE\n```\n";

fn answering(answer: &'static str) -> (Workspace, ModelServer) {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(move |_| Reply::text(answer));
    let workspace = Workspace::new(PROJECT);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    (workspace, server)
}

/// All files of a project, with what they hold.
fn files(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy();
                found.insert(name.replace('\\', "/"), fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

fn run(workspace: &Workspace, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = workspace
        .command(HOB, arguments.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments doesn't read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |it: Vec<u8>| String::from_utf8(it).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn an_edit_of_a_file_writes_no_other_file_whatever_the_model_answers() {
    let (workspace, server) = answering(GREEDY);
    let before = files(workspace.root());
    for named in ["src/a.rs", "./src/../src/a.rs", "src/a.rs:1-5"] {
        let (status, out, err) = run(&workspace, &["edit", "--write", named, "Rename it."], "");
        assert_eq!((status, out.as_str()), (Some(1), ""), "{err}");
        assert!(
            err.contains(".vscode/tasks.json: is not to be changed"),
            "{err}"
        );
        assert!(err.contains("src/b.rs: is not to be changed"), "{err}");
        assert!(err.contains("--any-file"), "{err}");
        assert_eq!(files(workspace.root()), before);
    }
    // Each time the model was told, once.
    assert_eq!(server.calls(), 6);
    let told = server.completions().pop().unwrap();
    let told = told.messages().pop().unwrap().1.to_owned();
    assert!(told.contains("Change src/a.rs and no other file"), "{told}");
}

#[test]
fn an_edit_of_lines_writes_no_other_line() {
    let (workspace, _server) = answering(ONE);
    let before = files(workspace.root());
    let (status, _, err) = run(
        &workspace,
        &["edit", "--write", "src/a.rs:3-5", "Rename it."],
        "",
    );
    assert_eq!(status, Some(1));
    assert!(
        err.contains("the change was asked for lines 3-5 only"),
        "{err}"
    );
    assert_eq!(files(workspace.root()), before);
    let (status, out, err) = run(
        &workspace,
        &["edit", "--write", "src/a.rs:1-2", "Rename it."],
        "",
    );
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "M src/a.rs +1 -1\n"),
        "{err}"
    );
}

#[test]
fn more_changes_where_the_user_asks_for_more() {
    let (workspace, _server) = answering(
        "src/a.rs\n```\n<<<<<<< SEARCH\nfn one() {}\n=======\nfn uno() {}\n>>>>>>> REPLACE\n```\n\nsrc/b.rs\n```\n<<<<<<< SEARCH\nfn un() {}\n=======\nfn unu() {}\n>>>>>>> REPLACE\n```\n",
    );
    let arguments = [
        "edit",
        "--write",
        "--any-file",
        "src/a.rs:3-5",
        "Rename them.",
    ];
    let (status, out, err) = run(&workspace, &arguments, "");
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(out, "M src/a.rs +1 -1\nM src/b.rs +1 -1\n");
}

#[test]
fn what_runs_by_itself_is_shown_and_written_only_if_allowed() {
    let (workspace, _server) = answering(GREEDY);
    let before = files(workspace.root());
    let wide = ["edit", "--any-file", "src/a.rs", "Rename it."];
    let (status, out, err) = run(&workspace, &wide, "");
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("+++ b/.vscode/tasks.json"), "{out}");
    assert!(
        err.contains("warning: .vscode/tasks.json runs by itself: editor settings or tasks"),
        "{err}"
    );
    let (status, out, err) = run(&workspace, &[&wide[..], &["--write"]].concat(), "");
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(
        err.contains(".vscode/tasks.json: runs by itself") && err.contains("--allow-runnable"),
        "{err}"
    );
    assert!(!err.contains("src/a.rs"), "{err}");
    assert_eq!(files(workspace.root()), before);
    let (status, out, _) = run(
        &workspace,
        &[&wide[..], &["--write", "--json"]].concat(),
        "",
    );
    let refused: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (status, &refused["problems"][0]["kind"]),
        (Some(1), &json!("runs-by-itself"))
    );
    assert_eq!(files(workspace.root()), before);
    let all = [&wide[..], &["--write", "--allow-runnable"]].concat();
    let (status, out, err) = run(&workspace, &all, "");
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(
        out,
        "A .vscode/tasks.json +1 -0 runs by itself: editor settings or tasks\nM src/a.rs +1 -1\nD src/b.rs +0 -1\n"
    );
}

#[test]
fn a_file_that_is_named_need_not_be_allowed_and_is_marked() {
    let (workspace, _server) = answering(MAKE);
    let (status, out, err) = run(&workspace, &["edit", "--json", "Makefile", "Fetch it."], "");
    assert_eq!(status, Some(0), "{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["files"][0]["runs"], "build");
    let (status, out, err) = run(
        &workspace,
        &["edit", "--write", "Makefile", "Fetch it."],
        "",
    );
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(out, "M Makefile +1 -1 runs by itself: part of the build\n");
}

#[cfg(unix)]
#[test]
fn a_link_to_what_runs_by_itself_is_not_its_name() {
    let (workspace, _server) = answering(MAKE);
    let before = files(workspace.root());
    std::os::unix::fs::symlink("../Makefile", workspace.root().join("src/notes.txt")).unwrap();
    let (status, _, err) = run(
        &workspace,
        &["edit", "--write", "src/notes.txt", "Fetch it."],
        "",
    );
    assert_eq!(status, Some(1));
    assert!(err.contains("Makefile: runs by itself"), "{err}");
    fs::remove_file(workspace.root().join("src/notes.txt")).unwrap();
    assert_eq!(files(workspace.root()), before);
}

#[test]
fn an_answer_that_is_applied_needs_the_same_permission() {
    let workspace = Workspace::new(PROJECT);
    let before = files(workspace.root());
    let executable = "diff --git a/src/a.rs b/src/a.rs\nold mode 100644\nnew mode 100755\n";
    for (answer, path) in [
        (TASKS, ".vscode/tasks.json"),
        (MAKE, "Makefile"),
        (TOOL, "bin/tool"),
        (executable, "src/a.rs"),
    ] {
        let answer = format!("{B}\n{answer}");
        let (status, out, err) = run(&workspace, &["apply"], &answer);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{path}");
        assert!(err.contains(&format!("{path}: runs by itself")), "{err}");
        assert_eq!(files(workspace.root()), before);
        let (status, _, err) = run(&workspace, &["apply", "--check"], &answer);
        assert_eq!(status, Some(0));
        assert!(
            err.contains(&format!("warning: {path} runs by itself")),
            "{err}"
        );
        let (status, _, err) = run(&workspace, &["apply", "--allow-runnable"], &answer);
        assert_eq!(status, Some(0), "{err}");
        run(&workspace, &["undo"], "");
        assert_eq!(files(workspace.root()), before, "{path}");
    }
    let (status, _, err) = run(&workspace, &["apply"], B);
    assert_eq!(status, Some(0), "{err}");
}

#[cfg(unix)]
mod at_a_terminal {
    use super::*;
    use hob_tests::terminal::Terminal;

    #[test]
    fn the_user_is_asked_once_and_no_answer_but_yes_writes() {
        let (workspace, _server) = answering(GREEDY);
        let before = files(workspace.root());
        let arguments = ["edit", "--write", "--any-file", "src/a.rs", "Rename it."];
        for key in ["\r", "n", "x", "\u{3}", "\u{1b}"] {
            let mut terminal = Terminal::start(&workspace, HOB, arguments, (100, 40));
            terminal.wait_for("Write this file, too? [y/N]");
            let screen = terminal.screen();
            assert!(screen.contains("+{\"tasks\": []}"), "{screen}");
            assert!(
                screen.contains(".vscode/tasks.json runs by itself"),
                "{screen}"
            );
            terminal.press(key);
            assert_eq!(terminal.wait_for_end().code(), Some(1), "{key:?}");
            assert_eq!(files(workspace.root()), before);
        }
        let mut terminal = Terminal::start(&workspace, HOB, arguments, (100, 40));
        terminal.wait_for("Write this file, too? [y/N]");
        terminal.press("y");
        assert!(terminal.wait_for_end().success());
        assert!(workspace.root().join(".vscode/tasks.json").exists());
    }

    #[test]
    fn what_was_typed_before_the_question_is_no_answer() {
        let (workspace, server) = answering(GREEDY);
        server.answer(|_| Reply::text(GREEDY).hang_after(1));
        let before = files(workspace.root());
        let arguments = ["edit", "--write", "--any-file", "src/a.rs", "Rename it."];
        let mut terminal = Terminal::start(&workspace, HOB, arguments, (100, 40));
        server.wait_for_request();
        terminal.press("y");
        server.release();
        terminal.wait_for("Write this file, too? [y/N]");
        terminal.press("n");
        assert_eq!(terminal.wait_for_end().code(), Some(1));
        assert_eq!(files(workspace.root()), before);
    }

    #[test]
    fn the_question_shows_no_command_of_the_diff_to_the_terminal() {
        let (workspace, _server) = answering("");
        fs::write(
            workspace.root().join("Makefile"),
            "# \u{1b}[2J\u{202e}x\nall:\n\ttrue\n",
        )
        .unwrap();
        let answer = workspace.outside().join("answer.md");
        fs::write(&answer, MAKE).unwrap();
        let arguments = ["apply", answer.to_str().unwrap()];
        let mut terminal = Terminal::start(&workspace, HOB, arguments, (100, 40));
        terminal.wait_for("Write this file, too? [y/N]");
        let sent = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(
            sent.contains("<U+001B>[2J<U+202E>x") && !sent.contains("\u{1b}[2J"),
            "{sent:?}"
        );
        terminal.press("n");
        assert_eq!(terminal.wait_for_end().code(), Some(1));
    }

    #[test]
    fn an_answer_that_is_applied_in_a_chat_is_marked_before_the_question() {
        let (workspace, _server) = answering(MAKE);
        let terminal = Terminal::start(&workspace, HOB, ["chat"], (100, 40));
        let waits = |it: &str| it.lines().last() == Some("❯");
        terminal.wait_until("the prompt", waits);
        terminal.press("Fetch it.\r");
        terminal.wait_for("REPLACE");
        terminal.wait_until("the prompt", waits);
        terminal.press("/apply\r");
        terminal.wait_for("Change these files? [y/N]");
        let screen = terminal.screen();
        assert!(
            screen.contains("Makefile runs by itself: part of the build"),
            "{screen}"
        );
        terminal.press("n");
        terminal.wait_for("Nothing was changed.");
    }
}

fn editor(answer: &'static str, annotates: bool) -> (Hob, ModelServer) {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(move |_| Reply::text(answer));
    let settings = json!({ "models": { "autocomplete": { "provider": "builtin" }, "chat": { "url": server.url() } } });
    let fixture = PROJECT
        .replace("/src/a.rs", "/src/a.rs open")
        .replace("fn three", "$0fn three");
    let fixture = format!("{fixture}//- settings\n{settings}\n");
    let hob = Hob::start_with(HOB, &fixture, |it| match annotates {
        true => it,
        false => it.capabilities(
            &json!({ "workspace": { "workspaceEdit": { "changeAnnotationSupport": null } } }),
        ),
    });
    (hob, server)
}

fn rename(hob: &Hob, more: Value) -> Value {
    let mut params = json!({ "instruction": "Rename it." });
    if more["anywhere"].is_null() {
        params["textDocument"] = json!({ "uri": hob.workspace().uri("src/a.rs") });
    }
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

#[test]
fn an_editor_s_edit_of_a_document_reaches_no_other_file() {
    let (hob, server) = editor(GREEDY, true);
    let id = hob.request("hob/edit", rename(&hob, json!({})));
    let error = hob.error(id);
    assert!(
        error
            .message
            .contains(".vscode/tasks.json: is not to be changed"),
        "{}",
        error.message
    );
    let params = json!({ "command": "hob.edit", "arguments": [rename(&hob, json!({}))] });
    let id = hob.request("workspace/executeCommand", params);
    assert!(hob.error(id).message.contains("nothing was changed"));
    assert!(hob.server_requests("workspace/applyEdit").is_empty());
    assert_eq!(server.calls(), 4);
}

#[test]
fn a_selection_bounds_an_edit_and_a_code_action() {
    let (hob, _server) = editor(ONE, true);
    let range = |first: u32, last: u32| json!({ "start": { "line": first, "character": 0 }, "end": { "line": last, "character": 0 } });
    let id = hob.request("hob/edit", rename(&hob, json!({ "range": range(2, 5) })));
    let error = hob.error(id);
    assert!(
        error
            .message
            .contains("the change was asked for lines 3-5 only"),
        "{}",
        error.message
    );
    let uri = hob.workspace().uri("src/a.rs");
    let params = json!({
        "textDocument": { "uri": uri },
        "range": range(2, 5),
        "context": { "diagnostics": [], "only": ["refactor.rewrite"] },
    });
    let actions = hob.call("textDocument/codeAction", params);
    let simplify = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["title"] == "Hob: simplify")
        .unwrap();
    let id = hob.request("codeAction/resolve", simplify.clone());
    assert!(hob.error(id).message.contains("lines 3-5 only"));
    let result = hob.call("hob/edit", rename(&hob, json!({ "range": range(0, 1) })));
    assert_eq!(result["files"].as_array().unwrap().len(), 1);
}

#[test]
fn an_editor_with_annotations_confirms_what_runs_by_itself() {
    let (hob, _server) = editor(GREEDY, true);
    for more in [json!({ "anyFile": true }), json!({ "anywhere": true })] {
        let result = hob.call("hob/edit", rename(&hob, more));
        assert_eq!(result["files"][0]["runs"], "editor");
        assert_eq!(result["files"][1]["runs"], Value::Null);
        let edit = &result["edit"];
        let annotation = &edit["changeAnnotations"]["hob/runs/.vscode/tasks.json"];
        assert_eq!(annotation["needsConfirmation"], true);
        assert_eq!(annotation["label"], "Runs by itself: .vscode/tasks.json");
        let create = &edit["documentChanges"][0];
        assert_eq!(create["annotationId"], "hob/runs/.vscode/tasks.json");
        assert!(hob.server_requests("window/showMessageRequest").is_empty());
    }
}

#[test]
fn an_editor_without_annotations_is_asked_before_it_gets_the_edit() {
    let (hob, _server) = editor(GREEDY, false);
    hob.answer("workspace/applyEdit", |_| Ok(json!({ "applied": true })));
    let texts = [GREEDY, TASKS].map(|text| json!({ "text": text }));
    let asks: Vec<(&str, Value)> = vec![
        ("hob/edit", rename(&hob, json!({ "anyFile": true }))),
        ("hob/edit", rename(&hob, json!({ "anywhere": true }))),
        ("hob/apply", texts[0].clone()),
        (
            "workspace/executeCommand",
            json!({ "command": "hob.edit", "arguments": [rename(&hob, json!({ "anyFile": true }))] }),
        ),
        (
            "workspace/executeCommand",
            json!({ "command": "hob.apply", "arguments": [texts[1]] }),
        ),
    ];
    for chosen in [Value::Null, json!({ "title": "Cancel" })] {
        hob.answer("window/showMessageRequest", move |_| Ok(chosen.clone()));
        for (method, params) in &asks {
            let asked = hob.server_requests("window/showMessageRequest").len();
            let id = hob.request(method, params.clone());
            let error = hob.error(id);
            assert!(
                error.message.contains("you did not agree"),
                "{}",
                error.message
            );
            let questions = hob.server_requests("window/showMessageRequest");
            assert_eq!(questions.len(), asked + 1);
            let text = questions[asked]["message"].as_str().unwrap();
            assert!(
                text.contains(".vscode/tasks.json, which runs by itself"),
                "{text}"
            );
        }
    }
    assert!(hob.server_requests("workspace/applyEdit").is_empty());
    hob.answer("window/showMessageRequest", |_| {
        Ok(json!({ "title": "Change them" }))
    });
    for (method, params) in &asks {
        let result = hob.call(method, params.clone());
        assert_eq!(result["files"][0]["path"], ".vscode/tasks.json");
    }
    assert_eq!(hob.server_requests("workspace/applyEdit").len(), 2);
}

#[test]
fn a_code_action_of_an_editor_that_confirms_none_of_them_is_asked_for() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text(TASKS));
    let chat = json!({ "url": server.url() });
    let settings = json!({ "models": { "autocomplete": { "provider": "builtin" }, "chat": chat } });
    let fixture = PROJECT
        .replace("/src/a.rs", "/src/a.rs open")
        .replace("fn three", "$0fn three");
    let hob = Hob::start(HOB, &format!("{fixture}//- settings\n{settings}\n"));
    hob.answer("window/showMessageRequest", |_| Ok(Value::Null));
    let position = json!({ "line": 0, "character": 4 });
    let params = json!({
        "textDocument": { "uri": hob.workspace().uri("src/a.rs") },
        "range": { "start": position, "end": position },
        "context": { "diagnostics": [], "only": ["refactor.rewrite"] },
    });
    let actions = hob.call("textDocument/codeAction", params);
    let tests = actions.as_array().unwrap();
    let tests = tests.iter().find(|it| it["title"] == "Hob: write tests");
    // Tests belong elsewhere, so this action may reach further, and editor tasks are asked for.
    let id = hob.request("codeAction/resolve", tests.unwrap().clone());
    let error = hob.error(id);
    assert!(
        error.message.contains("you did not agree"),
        "{}",
        error.message
    );
    assert_eq!(hob.server_requests("window/showMessageRequest").len(), 1);
}

#[test]
fn no_completion_brings_in_what_nobody_sees() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("us\u{200b}er\u{202e}_name;\u{1b}[2J"));
    let settings = json!({ "models": { "autocomplete": { "url": server.url() } } });
    let hob = Hob::start(
        HOB,
        &format!("//- /src/a.rs\nfn main() {{\n    let name = $0\n}}\n//- settings\n{settings}\n"),
    );
    let items = hob.complete();
    assert_eq!(items.len(), 1, "{items:?}");
    let text = &items[0].text;
    assert!(text.starts_with("user_name;"), "{text:?}");
    assert!(
        !text.contains(['\u{200b}', '\u{202e}', '\u{1b}']),
        "{text:?}"
    );
}

#[test]
fn an_edit_says_what_it_left_out_and_refuses_what_hides_code() {
    let (workspace, server) = answering(
        "src/a.rs\n```\n<<<<<<< SEARCH\nfn one() {}\n=======\nfn un\u{200b}o() {}\n>>>>>>> REPLACE\n```\n",
    );
    let (status, out, err) = run(
        &workspace,
        &["edit", "--write", "src/a.rs", "Rename it."],
        "",
    );
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "M src/a.rs +1 -1\n"),
        "{err}"
    );
    assert!(
        err.contains("left out 1 invisible character (U+200B)"),
        "{err}"
    );
    assert!(files(workspace.root())["src/a.rs"].starts_with("fn uno() {}\n"));
    run(&workspace, &["undo"], "");
    let before = files(workspace.root());
    server.answer(|_| Reply::text("src/a.rs\n```\n<<<<<<< SEARCH\nfn one() {}\n=======\n// \u{202e} }{ \u{2066}\nfn one() {}\n>>>>>>> REPLACE\n```\n"));
    let (status, _, err) = run(
        &workspace,
        &["edit", "--write", "src/a.rs", "Rename it."],
        "",
    );
    assert_eq!(status, Some(1));
    assert!(
        err.contains("2 invisible characters (U+202E, U+2066)"),
        "{err}"
    );
    assert_eq!(files(workspace.root()), before);
    let hidden =
        "src/b.rs\n```\n<<<<<<< SEARCH\nfn un() {}\n=======\n// \u{202e}\n>>>>>>> REPLACE\n```\n";
    let (status, _, err) = run(&workspace, &["apply"], hidden);
    assert_eq!(status, Some(1));
    assert!(err.contains("U+202E"), "{err}");
    // No side effect of a good part of the answer, either.
    let (status, ..) = run(&workspace, &["apply"], &format!("{ONE}\n{hidden}"));
    assert_eq!((status, files(workspace.root())), (Some(1), before));
}

#[test]
fn what_an_applied_edit_makes_is_what_the_editor_is_shown() {
    let (hob, _server) = editor(ONE, true);
    let result = hob.call("hob/edit", rename(&hob, json!({})));
    let uri = hob.workspace().uri("src/a.rs");
    let texts = BTreeMap::from([(uri.clone(), hob.text(&uri).to_owned())]);
    let after = applied(&result["edit"], &texts, hob.encoding());
    assert_eq!(after.len(), 1);
    assert!(after[&uri].as_ref().unwrap().starts_with("fn uno() {}\n"));
}
