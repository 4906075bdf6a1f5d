//! What changes on disk and in the editor is seen by searches and completions.

use super::*;
use hob_tests::client::uri;

/// Saves, makes, renames and deletes files; each time `told` may say so to the server.
#[track_caller]
fn check_files(how: impl FnOnce(Launch) -> Launch, told: impl Fn(&Client, &[(String, u8)])) {
    let workspace = Workspace::new("");
    let root = workspace.root();
    write(root, "src/first.rs", "fn alpha() {}\n");
    let client = serve_with(&workspace, how);
    wait_until_kept(&workspace, 2);
    let seen = |name: &str, paths: &[&str]| {
        wait_until(&format!("{name} is in {paths:?}"), || {
            found(&workspace, name) == paths
        });
    };
    seen("alpha", &["src/first.rs"]);

    write(root, "src/first.rs", "fn beta_after_change() {}\n");
    told(&client, &[(workspace.uri("src/first.rs"), 2)]);
    seen("beta_after_change", &["src/first.rs"]);
    seen("alpha", &[]);

    write(root, "src/deep/er/second.rs", "fn gamma_is_new() {}\n");
    told(&client, &[(workspace.uri("src/deep/er/second.rs"), 1)]);
    seen("gamma_is_new", &["src/deep/er/second.rs"]);

    // In a folder that came a while before there was anything in it.
    fs::create_dir_all(root.join("later")).unwrap();
    thread::sleep(Duration::from_millis(700));
    write(root, "later/third.rs", "fn delta_came_later() {}\n");
    told(&client, &[(workspace.uri("later/third.rs"), 1)]);
    seen("delta_came_later", &["later/third.rs"]);

    fs::rename(root.join("later"), root.join("renamed")).unwrap();
    let changes = [(workspace.uri("later"), 3), (workspace.uri("renamed"), 1)];
    told(&client, &changes);
    seen("delta_came_later", &["renamed/third.rs"]);

    fs::remove_dir_all(root.join("src/deep")).unwrap();
    told(&client, &[(workspace.uri("src/deep"), 3)]);
    seen("gamma_is_new", &[]);
    wait_until_kept(&workspace, 3);
    assert_eq!(messages(&client), [] as [&str; 0]);
}

#[test]
fn files_that_the_editor_reports_are_seen() {
    check_files(|it| it, tell);
}

#[test]
fn files_are_seen_by_the_server_itself_where_the_editor_reports_none() {
    let blind = json!({ "workspace": { "didChangeWatchedFiles": null } });
    check_files(|it| it.capabilities(&blind), |_, _| ());
}

#[test]
fn a_file_on_disk_is_in_the_next_prompts_once_it_is_saved() {
    let mut hob = Hob::start(HOB, SHAPES);
    wait_for_prompt(&mut hob, "the signature", |it| {
        it.contains("pub fn circumference(&self, scale: f32) -> f32")
    });
    let file = hob.workspace().uri("src/geometry.rs");
    let root = hob.workspace().root().to_owned();
    let text = fs::read_to_string(root.join("src/geometry.rs")).unwrap();
    write(&root, "src/geometry.rs", &text.replace("f32", "f64"));
    hob.save(&file);
    wait_for_prompt(&mut hob, "the new signature and not the old one", |it| {
        it.contains("pub fn circumference(&self, scale: f64) -> f64") && !it.contains("scale: f32")
    });
}

#[test]
fn an_unsaved_buffer_counts_in_place_of_its_file_until_it_is_closed() {
    let mut hob = Hob::start(HOB, SHAPES);
    wait_for_prompt(&mut hob, "the signature", |it| it.contains("scale: f32"));
    let path = hob.workspace().root().join("src/geometry.rs");
    let text = fs::read_to_string(&path).unwrap();
    let file = uri(&path);
    hob.open(&file, &text);
    hob.replace(&file, &text.replace("f32", "f64"));
    wait_for_prompt(&mut hob, "what is in the editor, and only that", |it| {
        it.contains("scale: f64") && !it.contains("scale: f32")
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "it is not saved");
    hob.close(&file);
    wait_for_prompt(&mut hob, "what is on disk, and only that", |it| {
        it.contains("scale: f32") && !it.contains("scale: f64")
    });
}
