//! What Hob keeps is for its user alone, and what other users of the machine have put in its way counts for nothing.

use crate::HOB;
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Another user of the machine.
const OTHER: u32 = 65534;

const PROJECT: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/shape.rs\nimpl Shape {\n    fn area(&self) -> f32 {\n        self.width\n    }\n}\n";
const SHAPE: &str = "impl Shape {\n    fn area(&self) -> f32 {\n        self.width\n    }\n}\n";
const DOUBLED: &str = "```rust\n        self.width * 2.0\n```";

fn served() -> (Workspace, ModelServer) {
    let workspace = Workspace::new(PROJECT);
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text(DOUBLED));
    (workspace, server)
}

/// A program in a shell with this umask. (The umask is the whole process's, so no test may set its own.)
const UNDER: &str = "umask \"$0\"; exec \"$@\"";

fn run(workspace: &Workspace, umask: &str, arguments: &[&str]) -> Output {
    let all = ["-c", UNDER, umask, HOB].into_iter();
    let output = workspace
        .command("sh", all.chain(arguments.iter().copied()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

/// Everything that Hob keeps on disk, made with this umask.
fn keep_everything(workspace: Workspace, server: &ModelServer, umask: &str) -> Workspace {
    run(&workspace, umask, &["config", "init", "--force"]);
    // From here on there is a configuration.
    let config = workspace.home().config_path();
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str(&format!("\n[models.chat]\nurl = \"{}\"\n", server.url()));
    fs::write(&config, text).unwrap();
    run(&workspace, umask, &["index"]);
    run(&workspace, umask, &["search", "area"]);
    run(&workspace, umask, &["chat", "what is the area?"]);
    run(&workspace, umask, &["complete", "src/shape.rs:3:19"]);
    run(
        &workspace,
        umask,
        &["edit", "src/shape.rs:3", "Double it.", "--write"],
    );
    let capabilities = json!({ "experimental": { "hobChat": false } });
    let mut hob = Hob::start_in(HOB, workspace, |it| {
        let shell = ["-c", UNDER, umask, HOB, "lsp"].map(str::to_owned);
        it.program("sh")
            .arguments(shell)
            .capabilities(&capabilities)
    });
    let uri = hob.workspace().uri("src/shape.rs");
    hob.open(&uri, SHAPE);
    let argument = json!({
        "command": "explain",
        "textDocument": { "uri": uri },
        "range": { "start": { "line": 2, "character": 0 }, "end": { "line": 2, "character": 4 } },
    });
    let params = json!({ "command": "hob.ask", "arguments": [argument] });
    hob.call("workspace/executeCommand", params);
    hob.into_workspace()
}

/// Hob's own folders in a home.
fn tops(workspace: &Workspace) -> [PathBuf; 3] {
    ["config", "cache", "state"].map(|it| workspace.home().path().join(it).join("hob"))
}

/// All that is in Hob's own folders, and they themselves: path and mode.
fn kept(workspace: &Workspace) -> Vec<(PathBuf, u32)> {
    let mut folders = tops(workspace).to_vec();
    let mut all = Vec::new();
    while let Some(path) = folders.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            folders.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        }
        all.push((path, metadata.mode() & 0o7777));
    }
    all
}

#[track_caller]
fn assert_private(workspace: &Workspace) {
    // A server that is ended in the middle of its work may leave a draft, or a file of the index that it has made and not
    // yet given its mode. Neither is anybody else's to read.
    let is_draft = |it: &Path| {
        let name = it.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(".hob-") || it.parent().is_some_and(|it| it.ends_with("tantivy"))
    };
    let open: Vec<String> = kept(workspace)
        .iter()
        .filter(|(path, mode)| *mode != if path.is_dir() { 0o700 } else { 0o600 })
        .filter(|(path, mode)| *mode & 0o077 != 0 || !is_draft(path))
        .map(|(path, mode)| format!("{mode:o} {}", path.display()))
        .collect();
    assert!(open.is_empty(), "{}", open.join("\n"));
}

#[track_caller]
fn assert_kept(workspace: &Workspace, names: &[&str]) {
    let kept = kept(workspace);
    for name in names {
        let is_there = |it: &(PathBuf, u32)| it.0.to_string_lossy().contains(name);
        assert!(kept.iter().any(is_there), "{name} is not kept: {kept:?}");
    }
}

const NAMES: [&str; 9] = [
    "config.toml",
    "/LOCK",
    "/tantivy/meta.json",
    ".store",
    ".tantivy-",
    "/chat/",
    "/undo/",
    "/edits.json",
    "-explain-1.md",
];

#[test]
fn everything_that_hob_keeps_is_for_its_user_alone_whatever_the_umask() {
    for umask in ["0000", "0022", "0777"] {
        let (workspace, server) = served();
        let workspace = keep_everything(workspace, &server, umask);
        assert_kept(&workspace, &NAMES);
        assert_private(&workspace);
    }
}

#[test]
fn what_an_earlier_version_left_open_is_narrowed_when_it_is_used() {
    let (workspace, server) = served();
    let workspace = keep_everything(workspace, &server, "0022");
    for (path, _) in kept(&workspace) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let workspace = keep_everything(workspace, &server, "0022");
    assert_private(&workspace);
    // Where only the index is open, as after moving it here.
    let cache = &tops(&workspace)[1];
    for (path, _) in kept(&workspace).iter().filter(|it| it.0.starts_with(cache)) {
        if path != cache {
            let mode = if path.is_dir() { 0o755 } else { 0o644 };
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    run(&workspace, "0022", &["search", "area"]);
    assert_private(&workspace);
}

#[test]
fn the_projects_own_files_keep_their_permissions() {
    let (workspace, server) = served();
    let file = workspace.root().join("src/shape.rs");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
    let workspace = keep_everything(workspace, &server, "0077");
    let mode = fs::metadata(workspace.root().join("src/shape.rs"))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o777, 0o664);
}

/// Gives a file or folder to another user. Only root can: where that doesn't work, the test says so and passes.
#[must_use]
fn give_away(path: &Path) -> bool {
    let given = lchown(path, Some(OTHER), Some(OTHER)).is_ok();
    if !given {
        hob_tests::tools::skip("only root can give files to another user");
    }
    given
}

#[test]
fn a_folder_or_link_that_another_user_put_in_the_place_of_hob_s_is_refused() {
    let (workspace, _server) = served();
    let shared = workspace.outside().join("shared");
    let mine = workspace.outside().join("mine");
    for path in [&shared, &mine] {
        fs::create_dir(path).unwrap();
    }
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let hob = shared.join("hob");
    let command = |arguments: &[&str]| {
        let mut command = workspace.command(HOB, arguments.iter().copied());
        for name in ["XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, &shared);
        }
        command.output().unwrap()
    };
    for plant in ["folder", "link"] {
        match plant {
            "folder" => fs::create_dir(&hob).unwrap(),
            _ => symlink(&mine, &hob).unwrap(),
        }
        if !give_away(&hob) {
            return;
        }
        for arguments in [
            &["index"][..],
            &["search", "x"],
            &["config", "init"],
            &["undo"],
        ] {
            let output = command(arguments);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(
                output.status.code(),
                Some(1),
                "{plant} {arguments:?}: {text}"
            );
            assert!(
                text.contains("another user"),
                "{plant} {arguments:?}: {text}"
            );
        }
        for folder in [&hob, &mine] {
            let inside = fs::read_dir(folder).unwrap().count();
            assert_eq!(inside, 0, "{plant}: something was written there");
        }
        let _ = fs::remove_dir(&hob).or_else(|_| fs::remove_file(&hob));
    }
    // An own folder in a shared place is made and used.
    let output = command(&["index"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::metadata(&hob).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_configuration_that_another_user_planted_is_not_read() {
    let (workspace, _server) = served();
    let folder = workspace.home().path().join("config/hob");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    fs::write(&file, "[autocomplete]\nmax_tokens = 7\n").unwrap();
    let show = |named: bool| {
        let mut command = workspace.command(HOB, ["config", "show", "--json"]);
        command.env_remove("HOB_CONFIG");
        if named {
            command.env("HOB_CONFIG", &file);
        }
        let output = command.output().unwrap();
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        (
            shown["values"]["autocomplete.max_tokens"]["value"].clone(),
            shown["problems"].to_string(),
        )
    };
    assert_eq!(show(false).0, 7);
    if !give_away(&file) {
        return;
    }
    let (value, problems) = show(false);
    assert_eq!(value, 128);
    assert!(problems.contains("belongs to another user"), "{problems}");
    assert_eq!(show(true).0, 7, "HOB_CONFIG names just this one");
}

const RULES: &str =
    "[chat]\nrules = [\"Rule of the repository.\"]\n[autocomplete]\nenabled = false\n";

/// A project with settings and rules, and a model that is asked something in it: what was said to it, and what Hob said.
fn asked_in(
    workspace: &Workspace,
    server: &ModelServer,
    change: impl FnOnce(&mut Command),
) -> (String, String) {
    let mut command = workspace.command(HOB, ["chat", "what is the area?"]);
    change(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let sent = server.completions().pop().unwrap().body.to_string();
    assert!(sent.contains("self.width"), "the search works: {sent}");
    (sent, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn with_rules() -> (Workspace, ModelServer) {
    let (workspace, server) = served();
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    fs::write(workspace.root().join(".hob.toml"), RULES).unwrap();
    fs::write(workspace.root().join("AGENTS.md"), "Rule of the agents.\n").unwrap();
    (workspace, server)
}

#[test]
fn another_user_s_repository_sets_no_rules_until_it_is_trusted() {
    let (workspace, server) = with_rules();
    let (sent, said) = asked_in(&workspace, &server, |_| {});
    assert!(sent.contains("Rule of the repository") && sent.contains("Rule of the agents"));
    assert!(!said.contains("left out"), "{said}");
    if !give_away(workspace.root()) {
        return;
    }
    let (sent, said) = asked_in(&workspace, &server, |_| {});
    assert!(!sent.contains("Rule of the"), "{sent}");
    assert_eq!(said.matches("left out").count(), 1, "one notice: {said}");
    assert!(said.contains("`.hob.toml` and `AGENTS.md`"), "{said}");
    assert!(
        said.contains("[trust] folders = ["),
        "it says how to allow it: {said}"
    );
    // Under sudo, the repository of whoever called it counts.
    let (sent, said) = asked_in(&workspace, &server, |it| {
        _ = it.env("SUDO_UID", OTHER.to_string())
    });
    assert!(
        sent.contains("Rule of the repository") && sent.contains("Rule of the agents"),
        "{said}"
    );
    let trusted = workspace.root().parent().unwrap().join("*");
    workspace.write_config(&format!(
        "[models.chat]\nurl = \"{}\"\n[trust]\nfolders = [{trusted:?}]\n",
        server.url()
    ));
    let (sent, said) = asked_in(&workspace, &server, |_| {});
    assert!(sent.contains("Rule of the repository") && sent.contains("Rule of the agents"));
    assert!(!said.contains("left out"), "{said}");
}

#[test]
fn another_user_s_settings_file_in_one_s_own_folder_counts_for_nothing() {
    for name in [".hob.toml", "AGENTS.md"] {
        let (workspace, server) = with_rules();
        let file = workspace.root().join(name);
        if !give_away(&file) {
            return;
        }
        let (sent, said) = asked_in(&workspace, &server, |_| {});
        let repository = sent.contains("Rule of the repository");
        let agents = sent.contains("Rule of the agents");
        assert_eq!(
            (repository, agents),
            (name != ".hob.toml", name != "AGENTS.md"),
            "{sent}"
        );
        assert!(
            said.contains(&format!("`{name}` is left out: it belongs to")),
            "{said}"
        );
        // A link of one's own to it is no way around.
        let target = workspace.outside().join("theirs");
        fs::rename(&file, &target).unwrap();
        symlink(&target, &file).unwrap();
        let (sent, _) = asked_in(&workspace, &server, |_| {});
        let rule = if name == ".hob.toml" {
            "repository"
        } else {
            "agents"
        };
        assert!(!sent.contains(&format!("Rule of the {rule}")), "{sent}");
    }
}

#[test]
fn an_editor_can_t_vouch_for_a_repository_and_completes_in_it() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("compute(1, 2);"));
    let workspace = Workspace::new(
        "//- /.git/HEAD\nref: refs/heads/main\n//- /src/main.rs open\nfn main() {\n    let first = $0\n}\n",
    );
    fs::write(workspace.root().join(".hob.toml"), RULES).unwrap();
    chown(workspace.root(), Some(OTHER), None).ok();
    if !give_away(workspace.root()) {
        return;
    }
    let settings = json!({
        "models": { "autocomplete": { "url": server.url() } },
        "autocomplete": { "instant": false },
        "trust": { "folders": ["*"] },
    });
    let hob = Hob::start_in(HOB, workspace, |it| it.settings(settings));
    let warning = hob.told(|it| it["type"] == 2);
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("`.hob.toml` is left out"), "{message}");
    assert!(
        message.contains("only your own file may set this"),
        "{message}"
    );
    assert_eq!(hob.complete()[0].text, "compute(1, 2);");
}

#[test]
fn a_hostile_settings_file_neither_stalls_nor_ends_the_server() {
    let deep = vec!["a"; 79].join(".");
    let nested = format!(
        "[{deep}]\n{}{}",
        format!("{deep} = {{ ").repeat(78),
        "}".repeat(78)
    );
    let tables: String = (0..60_000).map(|n| format!("[t{n}]\n")).collect();
    let patterns: Vec<String> = (0..30_000).map(|n| format!("\"**/a{n}/**\"")).collect();
    let patterns = format!("[index]\nexclude = [{}]", patterns.join(","));
    for hostile in [nested, tables, patterns] {
        let workspace = Workspace::new(
            "//- /src/main.rs open\nfn main() {\n    let first = $0\n}\n//- model\ncompute(1, 2);\n",
        );
        fs::write(workspace.root().join(".hob.toml"), hostile).unwrap();
        let hob = Hob::start_in(HOB, workspace, |it| it);
        let error = hob.told(|it| it["type"] == 1);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(".hob.toml") && message.len() < 1_000,
            "{message}"
        );
        assert_eq!(hob.complete()[0].text, "compute(1, 2);");
    }
}
