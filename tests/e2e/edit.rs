//! `hob edit` at the command line: a diff, or a change on disk that can be taken back.

use crate::HOB;
use hob_tests::hob::Workspace;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

const SHAPE: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/shape.rs\nimpl Shape {\n    fn area(&self) -> f32 {\n        self.width\n    }\n}\n";

fn workspace(url: &str, more: &str) -> Workspace {
    let workspace = Workspace::new(SHAPE);
    workspace.write_config(&format!("[models.chat]\nurl = \"{url}\"\n{more}"));
    workspace
}

fn run(workspace: &Workspace, arguments: &[&str]) -> (Output, String, String) {
    let mut command = workspace.command(HOB, ["edit"].into_iter().chain(arguments.iter().copied()));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

fn shape(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.root().join("src/shape.rs")).unwrap()
}

const DOUBLED: &str = "```rust\n        self.width * 2.0\n```";

#[test]
fn a_change_is_shown_as_a_diff_that_git_takes_and_nothing_is_written() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text(DOUBLED));
    let workspace = workspace(&server.url(), "");
    let before = shape(&workspace);
    let (output, diff, err) = run(&workspace, &["src/shape.rs:3", "Double it."]);
    assert!(output.status.success(), "{err}");
    assert!(
        diff.contains("\n-        self.width\n+        self.width * 2.0\n"),
        "{diff}"
    );
    assert_eq!(shape(&workspace), before);
    let mut git = std::process::Command::new("git")
        .args(["apply", "-"])
        .current_dir(workspace.root())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin
        .take()
        .unwrap()
        .write_all(diff.as_bytes())
        .unwrap();
    assert!(git.wait().unwrap().success());
    assert!(shape(&workspace).contains("self.width * 2.0"));
}

#[test]
fn a_change_that_is_written_can_be_taken_back() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text(DOUBLED));
    let workspace = workspace(&server.url(), "");
    let before = shape(&workspace);
    let (output, out, err) = run(&workspace, &["--write", "src/shape.rs:3", "Double it."]);
    assert!(output.status.success(), "{err}");
    assert_eq!(out, "M src/shape.rs +1 -1\n");
    assert!(shape(&workspace).contains("self.width * 2.0"));
    let undo = workspace.command(HOB, ["undo"]).output().unwrap();
    assert!(undo.status.success());
    assert_eq!(shape(&workspace), before);
}

#[test]
fn what_doesn_t_fit_changes_nothing_and_shows_what_the_model_wrote() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text("I would rather not."));
    let workspace = workspace(&server.url(), "");
    let before = shape(&workspace);
    let (output, out, err) = run(&workspace, &["--write", "src/shape.rs:3", "Double it."]);
    assert_eq!((output.status.code(), out.as_str()), (Some(1), ""));
    assert!(
        err.contains("nothing was changed") && err.contains("I would rather not."),
        "{err}"
    );
    assert_eq!(shape(&workspace), before);
    assert_eq!(server.calls(), 2);
}

#[test]
fn what_can_t_be_asked_says_why() {
    let workspace = workspace("http://127.0.0.1:9", "");
    for (arguments, status, expected) in [
        (["src", "x"], 1, "is a folder"),
        (["../other.rs", "x"], 1, "is not in"),
        (["src/shape.rs:9-99", "x"], 1, "it has 5 lines"),
        (["src/shape.rs", "/explain"], 2, "answers in words"),
        (["src/shape.rs", "Double it."], 1, "models.chat.url"),
    ] {
        let (output, _, err) = run(&workspace, &arguments);
        assert_eq!(output.status.code(), Some(status), "{err}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn a_real_server_s_change_lands_as_a_diff() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let extra = r#"extra = { grammar = 'root ::= "```rust\n        self.width * 2.0\n```"' }"#;
    let workspace = workspace(&server.url(), extra);
    let (output, diff, err) = run(&workspace, &["src/shape.rs:3", "Double it."]);
    assert!(output.status.success(), "{err}");
    assert!(diff.contains("+        self.width * 2.0\n"), "{diff}");
}

#[test]
fn a_model_is_shown_text_whatever_a_file_is_in_and_what_it_writes_fits() {
    let text = "# -*- coding: shift_jis -*-\n# 表示\nx = 1\n";
    let utf16 = |text: &str| -> Vec<u8> {
        let units = format!("\u{FEFF}{text}").encode_utf16().collect::<Vec<_>>();
        units.into_iter().flat_map(u16::to_le_bytes).collect()
    };
    // 表示, whose first character ends with the byte of a backslash.
    let shift_jis = |text: &str| -> Vec<u8> {
        let parts: Vec<&[u8]> = text.split("表示").map(str::as_bytes).collect();
        parts.join(&b"\x95\x5c\x8e\xa6"[..])
    };
    for (before, after) in [
        (utf16(text), utf16(&text.replace("x = 1", "x = '表示'"))),
        (
            shift_jis(text),
            shift_jis(&text.replace("x = 1", "x = '表示'")),
        ),
    ] {
        let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
        server.answer(|_| {
            Reply::text("```python\n# -*- coding: shift_jis -*-\n# 表示\nx = '表示'\n```")
        });
        let workspace = workspace(&server.url(), "");
        fs::write(workspace.root().join("a.py"), &before).unwrap();
        let (output, _, err) = run(&workspace, &["--write", "a.py", "Show it."]);
        assert!(output.status.success(), "{err}");
        let shown = server.requests().iter().any(|it| {
            let body = it.body.to_string();
            body.contains("# 表示") && !body.contains('\u{FFFD}')
        });
        assert!(shown, "the model sees what people see");
        assert_eq!(fs::read(workspace.root().join("a.py")).unwrap(), after);
    }
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    let workspace = workspace(&server.url(), "");
    fs::write(workspace.root().join("a.py"), b"x\0\x01\x02y\n").unwrap();
    let (output, _, err) = run(&workspace, &["a.py", "Show it."]);
    assert!(!output.status.success());
    assert!(err.contains("is binary, not text"), "{err}");
}
