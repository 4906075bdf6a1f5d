//! The index that a server keeps: seen by a second process through `hob search` and `hob index`, and in the prompts of
//! completions.

mod changes;
mod damage;
mod folders;
mod interrupted;
mod room;
mod servers;

use crate::HOB;
use hob_tests::client::{Client, Launch, TIMEOUT};
use hob_tests::hob::{Hob, Workspace};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Two files, one of which completes with what the other one defines.
const SHAPES: &str = "
//- /src/geometry.rs
pub struct Rectangle;

impl Rectangle {
    pub fn circumference(&self, scale: f32) -> f32 {
        scale
    }
}
//- /src/main.rs
mod geometry;
use geometry::Rectangle;

fn report(rectangle: &Rectangle) -> f32 {
    rectangle.$0
}
//- model
circumference(1.0)
//- settings
{ \"autocomplete\": { \"instant\": false } }
";

/// How long a file has been as it is when a test writes it: so long that its time is relied on.
const AGE: Duration = Duration::from_secs(60);

/// Writes a file of the project as if a minute ago.
#[track_caller]
fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - AGE).unwrap();
}

/// Writes so many files of 20 functions each.
fn write_many(root: &Path, files: usize) {
    for n in 0..files {
        let functions: String = (0..20)
            .map(|it| {
                format!("fn step_{n}_{it}(first: u32) -> u32 {{\n    first + {n} * {it}\n}}\n\n")
            })
            .collect();
        write(root, &format!("many/m{}/part_{n}.rs", n / 50), &functions);
    }
}

/// What `hob` prints for these arguments.
fn run(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = workspace
        .command(HOB, arguments.iter().copied())
        .output()
        .unwrap();
    let text = |it: Vec<u8>| String::from_utf8(it).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// What another process sees of the index.
fn status(workspace: &Workspace) -> Value {
    workspace.json(HOB, ["index", "status", "--json"])
}

/// How many files are in the index.
fn files(workspace: &Workspace) -> u64 {
    status(workspace)["files"].as_u64().unwrap()
}

/// The files in which `hob search` finds this name.
#[track_caller]
fn found(workspace: &Workspace, name: &str) -> Vec<String> {
    let (_, out, err) = run(workspace, &["search", "--json", &format!("\"{name}\"")]);
    let hits: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let hits = hits.as_array().unwrap().iter();
    hits.map(|it| it["path"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until a server keeps the index and has taken in so many files. From then on, other processes only read.
#[track_caller]
fn wait_until_kept(workspace: &Workspace, files: u64) {
    wait_until(&format!("a server keeps {files} files"), || {
        let status = status(workspace);
        status["has_other_writer"] == true && status["files"] == files
    });
}

/// Starts a server on a workspace that outlives it.
fn serve(workspace: &Workspace) -> Client {
    serve_with(workspace, |it| it)
}

fn serve_with(workspace: &Workspace, how: impl FnOnce(Launch) -> Launch) -> Client {
    let launch = Launch::new(HOB)
        .home(workspace.home())
        .folders([workspace.root().to_owned()])
        .settings(json!({ "models": { "autocomplete": { "provider": "builtin" } } }));
    how(launch).start()
}

/// Says that files have changed on disk, as editors do that watch them: 1 is new, 2 changed, 3 gone.
fn tell(client: &Client, changes: &[(String, u8)]) {
    let changes: Vec<Value> = changes
        .iter()
        .map(|(uri, kind)| json!({ "uri": uri, "type": kind }))
        .collect();
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": changes }),
    );
}

/// The messages about the index that the user was shown, which are read thereby.
fn messages(client: &Client) -> Vec<String> {
    let shown = client.take_notifications("window/showMessage").into_iter();
    let texts = shown.map(|it| it["message"].as_str().unwrap().to_owned());
    texts.filter(|it| it.contains("index")).collect()
}

/// The last prompt of a completion behind `rectangle.` on a new line.
fn prompt(hob: &mut Hob) -> String {
    hob.type_text("area();\n    rectangle.");
    let offered = hob.complete();
    assert_eq!(
        offered.first().map(|it| it.text.as_str()),
        Some("circumference(1.0)")
    );
    let prompts = hob.model().completions();
    prompts.last().unwrap().prompt().to_owned()
}

/// Waits until the prompts of completions are as they should be.
#[track_caller]
fn wait_for_prompt(hob: &mut Hob, what: &str, mut is_so: impl FnMut(&str) -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let prompt = prompt(hob);
        if is_so(&prompt) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "waited in vain: {what}\n{prompt}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn long_work_is_shown_with_counts_and_an_estimate_until_it_ends() {
    const FILES: usize = 800;
    let workspace = Workspace::new("fn main() {}");
    write_many(workspace.root(), FILES);
    let client = serve(&workspace);
    let of_index = |it: &Value| {
        let token = it["token"].as_str();
        token.is_some_and(|it| it.starts_with("hob/index/"))
    };
    let kind = |kind: &'static str| move |it: &Value| of_index(it) && it["value"]["kind"] == kind;
    let begun = client.notification("$/progress", kind("begin"));
    assert_eq!(begun["value"]["title"], "Hob indexes the codebase");
    let of = format!(" of {} files, ", FILES + 1);
    client.notification("$/progress", |it| {
        let message = it["value"]["message"].as_str().unwrap_or_default();
        let percent = it["value"]["percentage"].as_u64();
        of_index(it)
            && message.starts_with("project: ")
            && message.contains(&of)
            && message.ends_with(" s left")
            && percent.is_some_and(|it| it <= 100)
    });
    client.notification("$/progress", kind("end"));
    wait_until_kept(&workspace, FILES as u64 + 1);
    let created = client.server_requests("window/workDoneProgress/create");
    assert_eq!(created.iter().filter(|it| of_index(it)).count(), 1);
}

#[test]
fn an_index_that_is_up_to_date_is_taken_over_in_silence() {
    let workspace = Workspace::new("fn unchanged() {}");
    write(workspace.root(), "main.rs", "fn unchanged() {}");
    run(&workspace, &["index"]);
    let client = serve(&workspace);
    wait_until_kept(&workspace, 1);
    // It comes after what was to be done at the start.
    write(workspace.root(), "more.rs", "fn more() {}");
    tell(&client, &[(workspace.uri("more.rs"), 1)]);
    wait_until_kept(&workspace, 2);
    let created = client.server_requests("window/workDoneProgress/create");
    let of_index = |it: &&Value| it["token"].to_string().contains("hob/index/");
    assert_eq!(created.iter().find(of_index), None);
    assert_eq!(messages(&client), [] as [&str; 0]);
}
