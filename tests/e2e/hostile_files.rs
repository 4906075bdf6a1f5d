//! A project whose files are none: pipes that nobody writes to, links to devices and out of the project, files of
//! gigabytes, under every name that Hob opens by itself or is told to open. Nothing hangs, eats memory, or gets out.
//!
//! Each command runs as a process of its own with a bound on its memory and its time, so that a regression fails.

use crate::HOB;
use hob_tests::client::Launch;
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// An attack takes for ever.
const LONG: Duration = Duration::from_secs(120);
/// In kB: an attack takes all that there is.
const MEMORY: u64 = 8_000_000;
/// Stands in every file that is none of the project's.
const PRIVATE: &str = "PRIVATE_OUTSIDE";

const PROJECT: &str = "//- /src/shape.rs
pub fn area(width: f32) -> f32 {
    width
}
//- /deep/er/other.rs
pub fn other() {}
";

/// The kinds of things that may have a file's name, each with a name.
const KINDS: [&str; 7] = ["pipe", "zero", "to_pipe", "out", "sparse", "folder", "loop"];

fn lay(kind: &str, path: &Path, outside: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match kind {
        "pipe" => pipe(path),
        "zero" => symlink("/dev/zero", path).unwrap(),
        "to_pipe" => symlink(outside.join("pipe"), path).unwrap(),
        "out" => symlink(outside.join("private.rs"), path).unwrap(),
        "sparse" => fs::File::create(path).unwrap().set_len(3 << 30).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        "loop" => symlink(path.file_name().unwrap(), path).unwrap(),
        kind => panic!("{kind}"),
    }
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// A project where all of these are everywhere.
fn workspace(url: &str) -> Workspace {
    let workspace = Workspace::new(PROJECT);
    let (root, outside) = (workspace.root(), workspace.outside());
    pipe(&outside.join("pipe"));
    fs::write(outside.join("private.rs"), format!("fn {PRIVATE}() {{}}\n")).unwrap();
    for (kind, path) in [
        ("zero", ".gitignore"),
        ("pipe", ".ignore"),
        ("sparse", ".hobignore"),
        ("pipe", "deep/.gitignore"),
        ("to_pipe", "deep/.ignore"),
        ("zero", "deep/.hobignore"),
        ("sparse", "deep/er/.gitignore"),
        ("folder", "deep/er/.ignore"),
        ("out", "deep/er/.hobignore"),
        ("pipe", "../.gitignore"),
        ("zero", "../.ignore"),
        ("loop", "../.hobignore"),
        ("pipe", ".git/info/exclude"),
        ("zero", ".git/config"),
        ("pipe", "sub/.git"),
        ("zero", "sub2/.git"),
        ("zero", ".hob.toml"),
        ("pipe", "AGENTS.md"),
    ] {
        lay(kind, &root.join(path), outside);
    }
    for kind in KINDS {
        lay(kind, &root.join(format!("src/{kind}.rs")), outside);
    }
    workspace.write_config(&format!("[models.chat]\nurl = \"{url}\"\n"));
    workspace
}

/// What a command prints, and whether it succeeds; it must end in time.
#[track_caller]
fn run(workspace: &Workspace, arguments: &[&str]) -> (bool, String) {
    let script = format!("ulimit -v {MEMORY} && exec \"$0\" \"$@\"");
    let all = ["-c", &script, HOB]
        .into_iter()
        .chain(arguments.iter().copied());
    let child = workspace
        .command("sh", all)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(LONG) else {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("{arguments:?} takes longer than {LONG:?}");
    };
    let output = output.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn model() -> ModelServer {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text("ok"));
    server
}

/// Nothing that the model was sent holds what is outside of the project.
#[track_caller]
fn check_nothing_private(server: &ModelServer) {
    for request in server.requests() {
        let sent = format!("{request:?}");
        assert!(!sent.contains(PRIVATE), "{sent}");
    }
}

#[test]
fn the_index_leaves_out_what_is_no_file_and_says_so() {
    let workspace = workspace("http://127.0.0.1:9");
    let (ok, text) = run(&workspace, &["index", "--json"]);
    assert!(ok, "{text}");
    for path in [
        ".gitignore",
        ".ignore",
        ".hobignore",
        "deep/.gitignore",
        "deep/.ignore",
        "deep/.hobignore",
        "deep/er/.gitignore",
        "deep/er/.ignore",
        "deep/er/.hobignore",
        ".git/info/exclude",
    ] {
        assert!(text.contains(&format!("\"{path}\"")), "{path}: {text}");
    }
    assert!(
        text.contains("with ignore rules that can't be used"),
        "{text}"
    );
    let (ok, text) = run(&workspace, &["search", "area of a width"]);
    assert!(ok && text.contains("src/shape.rs"), "{text}");
    let (_, text) = run(&workspace, &["search", PRIVATE]);
    assert!(!text.contains("fn PRIVATE"), "{text}");
}

#[test]
fn why_not_answers_for_each_of_them() {
    let workspace = workspace("http://127.0.0.1:9");
    for path in [
        ".gitignore",
        ".ignore",
        ".hobignore",
        "deep/.gitignore",
        "deep/er/.ignore",
    ] {
        let (ok, text) = run(&workspace, &["index", "why-not", path]);
        assert!(
            ok && text.contains("Its rules are not used"),
            "{path}: {text}"
        );
    }
    for kind in KINDS {
        let (ok, text) = run(&workspace, &["index", "why-not", &format!("src/{kind}.rs")]);
        assert!(ok && !text.contains(PRIVATE), "{kind}: {text}");
    }
    let (ok, text) = run(
        &workspace,
        &["index", "why-not", "--json", "deep/er/other.rs"],
    );
    assert!(ok && !text.contains("rules are not used"), "{text}");
}

#[test]
fn what_is_no_file_is_neither_completed_nor_edited_nor_attached() {
    let server = model();
    let workspace = workspace(&server.url());
    for kind in KINDS {
        let path = format!("src/{kind}.rs");
        let (ok, text) = run(&workspace, &["complete", &format!("{path}:1:1")]);
        assert!(!ok && !text.contains(PRIVATE), "complete {kind}: {text}");
        let (ok, text) = run(&workspace, &["edit", &path, "Double it."]);
        assert!(!ok && !text.contains(PRIVATE), "edit {kind}: {text}");
        assert!(
            server.requests().iter().all(|it| it.messages().is_empty()),
            "edit {kind}"
        );
    }
    for kind in KINDS {
        let (_, text) = run(
            &workspace,
            &["chat", &format!("What is in @src/{kind}.rs ?")],
        );
        assert!(!text.contains(PRIVATE), "chat {kind}: {text}");
    }
    let (_, text) = run(&workspace, &["chat", "What is in @src/ ?"]);
    assert!(!text.contains(PRIVATE), "{text}");
    check_nothing_private(&server);
    let (ok, text) = run(&workspace, &["complete", "src/shape.rs:2:5"]);
    assert!(ok, "{text}");
    let (_, text) = run(&workspace, &["config", "show"]);
    assert!(text.contains(".hob.toml: is no ordinary file"), "{text}");
}

#[test]
fn an_answer_that_names_them_changes_nothing() {
    let workspace = workspace("http://127.0.0.1:9");
    for kind in KINDS {
        let answer = workspace.outside().join("answer.md");
        let text = format!("src/{kind}.rs\n```rust\nfn new() {{}}\n```\n");
        fs::write(&answer, text).unwrap();
        let (ok, text) = run(&workspace, &["apply", answer.to_str().unwrap()]);
        assert!(!ok && !text.contains(PRIVATE), "{kind}: {text}");
    }
    for path in ["/dev/zero", "src/zero.rs", "src/folder.rs", "src/sparse.rs"] {
        let (ok, text) = run(&workspace, &["apply", path]);
        assert!(!ok, "{path}: {text}");
    }
    let private = fs::read_to_string(workspace.outside().join("private.rs")).unwrap();
    assert!(private.contains(PRIVATE));
}

#[test]
fn an_editor_that_opens_the_folder_is_served() {
    let server = model();
    let workspace = workspace(&server.url());
    let launch = Launch::new(HOB)
        .home(workspace.home())
        .folders([workspace.root().to_owned()])
        .settings(json!({
            "models": { "autocomplete": { "provider": "builtin" }, "chat": { "url": server.url() } }
        }));
    let client = launch.start();
    client.forgive_errors();
    let asked = |id: usize, text: &str| json!({ "id": format!("q{id}"), "messages": [{ "role": "user", "content": text }] });
    for (id, kind) in KINDS.iter().enumerate() {
        let text = format!("What is in @src/{kind}.rs ?");
        let answer = client.call("hob/chat", asked(id, &text));
        assert_eq!(answer["text"], "ok", "{kind}");
    }
    let changes: Vec<_> = [
        ".gitignore",
        "src/pipe.rs",
        "deep/.ignore",
        "deep/er/other.rs",
        "src/shape.rs",
    ]
    .iter()
    .map(|it| json!({ "uri": workspace.uri(it), "type": 2 }))
    .collect();
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": changes }),
    );
    let answer = client.call("hob/chat", asked(9, "And @diff ?"));
    assert_eq!(answer["text"], "ok");
    check_nothing_private(&server);
    client.kill();
}

#[test]
fn the_diff_of_another_repository_is_not_shown() {
    let server = model();
    let git = |folder: &Path, arguments: &[&str]| {
        let run = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .output();
        assert!(run.unwrap().status.success(), "{arguments:?}");
    };
    let workspace = Workspace::new(PROJECT);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    let (root, private) = (workspace.root(), workspace.outside().join("private"));
    fs::create_dir(&private).unwrap();
    fs::write(private.join("a.rs"), format!("fn {PRIVATE}() {{}}\n")).unwrap();
    git(&private, &["init", "--quiet"]);
    git(
        &private,
        &["config", "remote.origin.url", &format!("x:y/{PRIVATE}.git")],
    );
    git(&private, &["add", "--all"]);
    git(
        &private,
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "commit.gpgSign=false",
            "commit",
            "--quiet",
            "--no-verify",
            "-m",
            "first",
        ],
    );
    let dot = root.join(".git");
    let lays: [(&str, &dyn Fn()); 6] = [
        ("a file", &|| {
            fs::write(&dot, "gitdir: ../private/.git\n").unwrap()
        }),
        ("a link", &|| symlink("../private/.git", &dot).unwrap()),
        ("commondir", &|| {
            fs::create_dir(&dot).unwrap();
            fs::copy(private.join(".git/HEAD"), dot.join("HEAD")).unwrap();
            fs::write(dot.join("commondir"), "../../private/.git\n").unwrap();
        }),
        ("links in it", &|| {
            fs::create_dir(&dot).unwrap();
            for name in ["HEAD", "objects", "refs", "index", "config"] {
                symlink(private.join(".git").join(name), dot.join(name)).unwrap();
            }
        }),
        // Git goes on to look above an empty one.
        ("an empty folder", &|| {
            fs::create_dir(&dot).unwrap();
            for name in [".git", "a.rs"] {
                fs::rename(private.join(name), workspace.outside().join(name)).unwrap();
            }
        }),
        ("no repository of its own", &|| {
            fs::write(&dot, "gitdir: ../.git\n").unwrap()
        }),
    ];
    fs::remove_dir_all(&dot).unwrap();
    for (what, lay) in lays {
        lay();
        let (_, text) = run(&workspace, &["chat", "What is new in @diff ?"]);
        assert!(!text.contains(PRIVATE), "{what}: {text}");
        assert!(text.contains("There is no diff"), "{what}: {text}");
        let (_, text) = run(
            &workspace,
            &["complete", "--dry-run", "--json", "src/shape.rs:2:5"],
        );
        assert!(!text.contains(PRIVATE), "{what}: {text}");
        if dot.is_symlink() || dot.is_file() {
            fs::remove_file(&dot).unwrap();
        } else {
            fs::remove_dir_all(&dot).unwrap();
        }
    }
    check_nothing_private(&server);
}

#[test]
fn thirty_thousand_patterns_do_not_stall_anything() {
    let workspace = Workspace::new(PROJECT);
    let root = workspace.root();
    let many = |item: &dyn Fn(usize) -> String| -> Vec<String> { (0..30_000).map(item).collect() };
    let wild = many(&|it| format!("[!{it}]*a{it}.rs"));
    fs::write(root.join(".gitignore"), wild.join("\n")).unwrap();
    fs::write(root.join("deep/.ignore"), wild.join("\n")).unwrap();
    // As many as a repository's settings file has room for.
    let items = &many(&|it| format!("'[!x]*b{it}.rs'"))[..3_000];
    fs::write(
        root.join(".hob.toml"),
        format!("[index]\nexclude = [{}]\n", items.join(",")),
    )
    .unwrap();
    let (ok, text) = run(&workspace, &["index"]);
    assert!(ok && text.contains("of 3000 entries are used"), "{text}");
    let (ok, text) = run(&workspace, &["search", "area of a width"]);
    assert!(ok && text.contains("src/shape.rs"), "{text}");
}

#[test]
fn a_repository_s_settings_bring_no_ignored_or_hidden_file_in() {
    let workspace = Workspace::new(
        "//- /.gitignore
notes/
//- /.hob.toml
index.include = [\"**\"]
//- /notes/plan.rs
pub fn kept_to_himself() {}
//- /.private/diary.rs
pub fn also_kept() {}
//- /src/shape.rs
pub fn area() {}
",
    );
    let (ok, text) = run(&workspace, &["index"]);
    assert!(
        ok && text.contains("may not bring in files that are ignored or hidden"),
        "{text}"
    );
    for name in ["kept_to_himself", "also_kept"] {
        let (_, text) = run(&workspace, &["search", name]);
        assert!(
            !text.contains("plan.rs") && !text.contains("diary.rs"),
            "{text}"
        );
    }
    // His own configuration may.
    workspace.write_config("index.include = [\"notes/**\"]\n");
    let (_, text) = run(&workspace, &["search", "kept_to_himself"]);
    assert!(text.contains("plan.rs"), "{text}");
}
