//! What is a project: only what the editor names or a repository is read, whatever is open.

use crate::{HOB, idiom};
use hob_tests::client::{Client, Launch, uri};
use hob_tests::hob::Workspace;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A server of a workspace's home, with these folders named by the client.
fn serve(workspace: &Workspace, folders: impl IntoIterator<Item = PathBuf>) -> Client {
    Launch::new(HOB)
        .home(workspace.home())
        .folders(folders)
        .settings(json!({ "models": { "autocomplete": { "provider": "builtin" } } }))
        .start()
}

/// How many indexes a server has made, once it has answered.
fn indexes(workspace: &Workspace, client: &Client) -> usize {
    // Indexes are opened in the background; what is asked last is answered after that was begun.
    for _ in 0..3 {
        let params = json!({ "command": "hob.status", "arguments": [] });
        client.call("workspace/executeCommand", params);
    }
    let cache = workspace.home().path().join("cache/hob");
    let Ok(entries) = fs::read_dir(cache) else {
        return 0;
    };
    entries
        .filter(|it| it.as_ref().is_ok_and(|it| it.path().is_dir()))
        .count()
}

fn wait_until_learned(client: &Client) {
    client.notification("hob/status", |it| it["state"] == "ready");
}

#[test]
fn what_belongs_to_no_project_has_nothing_around_it_read() {
    let workspace = Workspace::new(&idiom::with_cursor_after("let outline = "));
    workspace.forget_repository();
    let home = workspace.home().path().to_owned();
    for name in ["notes.txt", "x.py", "a/b.rs"] {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x = 1\n").unwrap();
    }
    let of = |path: &Path| uri(path);
    let alone = workspace.outside().join("alone.rs");
    fs::write(&alone, "fn alone() {}\n").unwrap();
    let mut client = serve(
        &workspace,
        [PathBuf::from("/"), home.clone(), std::env::temp_dir()],
    );
    for it in [
        of(&home.join("notes.txt")),
        of(&home.join("a/b.rs")),
        of(&home),
        of(&alone),
        of(workspace.root()),
        of(&std::env::temp_dir().join("new-and-nowhere.rs")),
        "file://".to_owned(),
        "file:///".to_owned(),
        "file:///usr/include/stdio.h".to_owned(),
        "untitled:Untitled-1".to_owned(),
        format!("oil://{}/", workspace.root().display()),
        "term://~//1:/bin/sh".to_owned(),
        format!("fugitive://{}/.git//0/src/a.rs", workspace.root().display()),
    ] {
        client.open_as(&it, "rust", "let x = \n");
        client.inline_complete_at(&it, 8);
        client.save(&it);
        client.close(&it);
    }
    assert_eq!(indexes(&workspace, &client), 0, "{}", client.log());
    let said = client.take_notifications("hob/status");
    assert!(said.iter().all(|it| it["state"] != "learning"), "{said:?}");
    client.finish();
}

#[test]
fn a_repository_below_a_home_that_the_editor_names_is_a_project() {
    let workspace = Workspace::new(&idiom::with_cursor_after("let outline = "));
    let home = workspace.home().path().to_owned();
    let mut client = serve(&workspace, [home]);
    let (file, offset) = workspace.fixture().at_cursor();
    let document = workspace.uri(&file.path);
    client.open(&document, &file.text);
    wait_until_learned(&client);
    let items = client.inline_complete_at(&document, offset);
    assert_eq!(items[0].text, idiom::OUTLINE);
    client.finish();
}

#[test]
fn a_folder_that_comes_later_is_judged_as_the_first() {
    let workspace = Workspace::new(&idiom::with_cursor_after("let outline = "));
    workspace.forget_repository();
    let mut client = serve(&workspace, []);
    let change = |added: &[&Path], removed: &[&Path]| {
        let folders = |it: &[&Path]| -> Vec<Value> {
            it.iter()
                .map(|it| json!({ "uri": uri(it), "name": "x" }))
                .collect()
        };
        json!({ "event": { "added": folders(added), "removed": folders(removed) } })
    };
    let method = "workspace/didChangeWorkspaceFolders";
    client.notify(
        method,
        change(&[Path::new("/"), workspace.home().path()], &[]),
    );
    let (file, offset) = workspace.fixture().at_cursor();
    let document = workspace.uri(&file.path);
    client.open(&document, &file.text);
    client.inline_complete_at(&document, offset);
    assert_eq!(indexes(&workspace, &client), 0);
    let said = client.take_notifications("hob/status");
    assert!(said.iter().all(|it| it["state"] != "learning"), "{said:?}");
    client.notify(method, change(&[workspace.root()], &[]));
    client.notification("hob/status", |it| it["state"] == "learning");
    wait_until_learned(&client);
    let items = client.inline_complete_at(&document, offset);
    assert_eq!(items[0].text, idiom::OUTLINE);
    client.finish();
}

#[test]
fn documents_without_a_project_are_completed_from_each_other_until_they_are_closed() {
    let workspace = Workspace::new("//- /x.rs\n");
    let mut client = serve(&workspace, []);
    let line = "    let outline = resolve(canvas.theme());\n    canvas.stroke(outline);\n";
    let methods: String = (0..12)
        .map(|it| format!("fn draw_{it}(canvas: &mut Canvas) {{\n{line}}}\n\n"))
        .collect();
    client.open_as("untitled:Untitled-1", "rust", &methods);
    let start = "fn draw_x(canvas: &mut Canvas) {\n    let outline = ";
    let text = format!("{start}\n}}\n");
    client.open_as("untitled:Untitled-2", "rust", &text);
    let deadline = std::time::Instant::now() + hob_tests::client::TIMEOUT;
    loop {
        let items = client.inline_complete_at("untitled:Untitled-2", start.len());
        if items
            .first()
            .is_some_and(|it| it.text.starts_with("resolve(canvas"))
        {
            break;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{items:?}\n{}",
            client.log()
        );
    }
    client.close("untitled:Untitled-1");
    assert_eq!(
        client.inline_complete_at("untitled:Untitled-2", start.len()),
        []
    );
    client.finish();
}

#[test]
fn the_command_line_says_that_a_home_is_no_project_and_how_to_have_it_read() {
    let workspace = Workspace::new("//- /src/a.rs\nfn area() {}\n");
    let home = workspace.home().path().to_owned();
    fs::write(home.join("notes.rs"), "fn area_of_home() {}\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = workspace.command(HOB, arguments.iter().copied());
        let output = command.current_dir(&home).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), out, err)
    };
    for arguments in [
        &["search", "area"][..],
        &["index"],
        &["index", "status"],
        &["index", "."],
        &["index", "/"],
    ] {
        let (status, _, err) = run(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {err}");
        assert!(
            err.contains("not a project") && err.contains("--root"),
            "{arguments:?}: {err}"
        );
    }
    let (status, out, err) = run(&["complete", "notes.rs:1:3", "--dry-run", "--json"]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("\"context\": []"), "{out}");
    assert!(!home.join("cache").exists(), "nothing was read");
    let (status, out, err) = run(&["search", "area", "--root", "."]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("area_of_home"), "{out}");
    // Where the user stands or what the user names is read, repository or not.
    let mut command = workspace.command(HOB, ["search", "area"]);
    assert!(command.output().unwrap().status.success());
}
