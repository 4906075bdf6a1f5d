//! Several folders, folders that come and go, repositories within repositories, branches.

use super::*;
use std::process::Command;

/// A second project beside the workspace's, as a folder of the editor's.
fn second(workspace: &Workspace) -> std::path::PathBuf {
    let root = workspace.root().parent().unwrap().join("second");
    let shapes = hob_tests::fixture::Fixture::parse(SHAPES);
    shapes.write(&root).unwrap();
    let text = &shapes.files[0].text;
    write(&root, "src/geometry.rs", &text.replace("f32", "u64"));
    root
}

/// What another process sees of the index of this folder.
fn files_of(workspace: &Workspace, root: &Path) -> Value {
    let root = root.to_str().unwrap();
    let status = workspace.json(HOB, ["index", "status", "--json", "--root", root]);
    json!([status["has_other_writer"], status["files"]])
}

fn folder(root: &Path) -> Value {
    json!({ "uri": hob_tests::client::uri(root), "name": "second" })
}

#[test]
fn each_folder_has_its_own_index_and_they_come_and_go() {
    let workspace = Workspace::new(SHAPES);
    let (first, second) = (workspace.root().to_owned(), second(&workspace));
    let both = [first.clone(), second.clone()];
    let mut hob = Hob::start_in(HOB, workspace, |it| it.folders(both));
    for root in [&first, &second] {
        wait_until("both are indexed", || {
            files_of(hob.workspace(), root) == json!([true, 2])
        });
    }
    wait_for_prompt(&mut hob, "the first one's signature", |it| {
        it.contains("scale: f32") && !it.contains("scale: u64")
    });
    let file = hob_tests::client::uri(&second.join("src/main.rs"));
    let text = fs::read_to_string(second.join("src/main.rs")).unwrap();
    hob.open(&file, &text);
    let mut at = text.find("rectangle.").unwrap() + "rectangle.".len();
    let mut prompt_there = |hob: &mut Hob| {
        hob.change(&file, at..at, "area();\n    rectangle.");
        at += "area();\n    rectangle.".len();
        let calls = hob.model().calls();
        hob.inline_complete_at(&file, at);
        let prompts = hob.model().completions();
        prompts
            .get(calls)
            .map_or(String::new(), |it| it.prompt().to_owned())
    };
    wait_until("the second one's signature", || {
        let prompt = prompt_there(&mut hob);
        prompt.contains("scale: u64") && !prompt.contains("scale: f32")
    });

    let changed = |hob: &Hob, added: &[Value], removed: &[Value]| {
        hob.notify(
            "workspace/didChangeWorkspaceFolders",
            json!({ "event": { "added": added, "removed": removed } }),
        );
    };
    changed(&hob, &[], &[folder(&second)]);
    wait_until("the second one is let go", || {
        files_of(hob.workspace(), &second) == json!([false, 2])
    });
    assert_eq!(files_of(hob.workspace(), &first), json!([true, 2]));
    write(&second, "src/third.rs", "fn third() {}\n");
    changed(&hob, &[folder(&second)], &[]);
    wait_until("the second one is kept again", || {
        files_of(hob.workspace(), &second) == json!([true, 3])
    });
}

fn git(root: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("git is installed");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {err}");
}

fn init(root: &Path) {
    fs::create_dir_all(root).unwrap();
    git(root, &["init", "--quiet", "--initial-branch=main"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "--allow-empty", "-m", "first"]);
}

#[test]
fn submodules_and_tracked_repositories_within_are_part_of_the_project_and_worktrees_are_not() {
    let workspace = Workspace::new("");
    let library = workspace.outside().join("library");
    write(&library, "library.rs", "fn of_the_submodule() {}\n");
    init(&library);
    let root = workspace.root();
    write(root, "own.rs", "fn of_the_project() {}\n");
    write(root, "nested/inner.rs", "fn of_the_nested_one() {}\n");
    init(&root.join("nested"));
    fs::remove_dir_all(root.join(".git")).unwrap();
    init(root);
    git(
        root,
        &[
            "submodule",
            "--quiet",
            "add",
            library.to_str().unwrap(),
            "vendor/library",
        ],
    );
    write(root, "apart/other.rs", "fn of_the_clone() {}\n");
    init(&root.join("apart"));
    git(root, &["commit", "--quiet", "-m", "second"]);
    git(root, &["worktree", "add", "--quiet", "trees/copy"]);
    let client = serve(&workspace);
    wait_until("both are found", || {
        found(&workspace, "of_the_submodule") == ["vendor/library/library.rs"]
            && found(&workspace, "of_the_nested_one") == ["nested/inner.rs"]
    });
    assert_eq!(found(&workspace, "of_the_clone"), [] as [&str; 0]);
    assert_eq!(found(&workspace, "of_the_project"), ["own.rs"]);
    assert!(root.join("trees/copy/.git").is_file());
    let why = workspace.json(HOB, ["index", "why-not", "trees/copy/own.rs", "--json"]);
    assert!(why.to_string().contains("another working tree"), "{why}");
    drop(client);
}

#[test]
fn switching_branches_costs_what_differs() {
    let workspace = Workspace::new("");
    let root = workspace.root();
    fs::remove_dir_all(root.join(".git")).unwrap();
    write_many(root, 60);
    write(root, "same.rs", "fn same() {}\n");
    init(root);
    git(root, &["switch", "--quiet", "-c", "other"]);
    for n in 0..10 {
        let path = format!("many/m0/part_{n}.rs");
        write(root, &path, &format!("fn of_the_other_branch_{n}() {{}}\n"));
    }
    write(root, "many/added.rs", "fn added() {}\n");
    write(root, "many/too.rs", "fn added_too() {}\n");
    fs::remove_file(root.join("many/m0/part_20.rs")).unwrap();
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "other"]);
    git(root, &["switch", "--quiet", "main"]);

    let update = || {
        let it = workspace.json(HOB, ["index", "--json"]);
        json!([it["added"], it["changed"], it["removed"]])
    };
    assert_eq!(update(), json!([62, 0, 0]));
    git(root, &["switch", "--quiet", "other"]);
    assert_eq!(update(), json!([2, 10, 1]));
    git(root, &["switch", "--quiet", "main"]);
    assert_eq!(update(), json!([1, 10, 2]));

    // The same under a server that is told of the files, as by an editor.
    let client = serve(&workspace);
    wait_until_kept(&workspace, 62);
    git(root, &["switch", "--quiet", "other"]);
    let told: Vec<(String, u8)> = (0..10)
        .map(|it| (workspace.uri(&format!("many/m0/part_{it}.rs")), 2))
        .chain([
            (workspace.uri("many/m0/part_20.rs"), 3),
            (workspace.uri("many/added.rs"), 1),
            (workspace.uri("many/too.rs"), 1),
        ])
        .collect();
    tell(&client, &told);
    wait_until_kept(&workspace, 63);
    client.finish();
    assert_eq!(update(), json!([0, 0, 0]), "the server has taken in all");
}
