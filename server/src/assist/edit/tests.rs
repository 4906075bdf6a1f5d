//! Instructions and a scripted model's answers in, diffs out.

use super::*;
use crate::config::settings::{ModelSettings, Settings};
use expect_test::{Expect, expect};
use hob_tests::model::{ModelServer, Reply};

const SHAPE: &str = "\
struct Shape {
    width: f32,
}

impl Shape {
    fn area(&self) -> f32 {
        self.width
    }
}
";

/// A project with one file, a model that answers what a test says, and what it has shown.
struct Bench {
    folder: tempfile::TempDir,
    server: ModelServer,
    engine: Arc<Engine>,
    memory: Memory,
}

impl Bench {
    fn new(answers: &[&str]) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        std::fs::write(folder.path().join("project/shape.rs"), SHAPE).unwrap();
        let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
        for it in answers {
            server.then(Reply::text(it));
        }
        let mut settings = Settings::default();
        settings.models.chat = Some(ModelSettings {
            url: vec![server.url()],
            ..ModelSettings::default()
        });
        Bench {
            folder,
            engine: Engine::new(settings).0,
            server,
            memory: Memory::default(),
        }
    }

    fn request(&self, instruction: &str) -> Request {
        Request {
            instruction: instruction.to_owned(),
            path: Some("shape.rs".to_owned()),
            root: self.folder.path().join("project"),
            ..Request::default()
        }
    }

    fn lines(&self, instruction: &str, lines: RangeInclusive<usize>) -> Request {
        Request {
            lines: Some(lines),
            ..self.request(instruction)
        }
    }

    async fn edit(&self, request: &Request) -> Result<Edited, Error> {
        self.engine.edit(request, &self.memory, &mut |_| {}).await
    }

    /// The messages of the last request, the system's left out.
    fn asked(&self) -> String {
        let request = self.server.completions().pop().expect("it was asked");
        let messages = request.messages().into_iter().skip(1);
        messages
            .map(|it| format!("[{}] {}\n", it.0, it.1))
            .collect()
    }
}

#[track_caller]
fn check_diff(edited: Result<Edited, Error>, expected: Expect) {
    // An empty line of context is one blank, which no fixture keeps.
    let diff = edited.unwrap().patch.diff();
    let lines = diff.lines().map(|it| format!("{}\n", it.trim_end()));
    expected.assert_eq(&lines.collect::<String>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_lines_are_written_anew_and_nothing_else_changes() {
    let bench = Bench::new(&["```rust\n        self.width * self.width\n```"]);
    let edited = bench.edit(&bench.lines("Square it.", 7..=7)).await;
    check_diff(
        edited,
        expect![[r#"
            diff --git a/shape.rs b/shape.rs
            --- a/shape.rs
            +++ b/shape.rs
            @@ -4,6 +4,6 @@
 
             impl Shape {
                 fn area(&self) -> f32 {
            -        self.width
            +        self.width * self.width
                 }
             }
        "#]],
    );
    expect![[r#"
        [user] # Context from the repository project

        ## shape.rs:1-9
        ```rust
        struct Shape {
            width: f32,
        }

        impl Shape {
            fn area(&self) -> f32 {
                self.width
            }
        }
        ```

        # My message

        Before the lines to change, in `shape.rs`:
        ```rust
        struct Shape {
            width: f32,
        }

        impl Shape {
            fn area(&self) -> f32 {
        ```

        After them:
        ```rust
            }
        }
        ```

        The lines to change, 7-7 of `shape.rs`:
        ```rust
                self.width
        ```

        Instruction: Square it.
    "#]]
    .assert_eq(&bench.asked());
    let on_disk = std::fs::read_to_string(bench.folder.path().join("project/shape.rs")).unwrap();
    assert_eq!(on_disk, SHAPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_counts_and_not_what_is_on_disk() {
    let bench = Bench::new(&["```rust\n        self.height * 2.0\n```"]);
    let path = bench.folder.path().join("project/shape.rs");
    let text = SHAPE.replace("self.width\n", "self.height\n");
    let mut request = bench.lines("Double it.", 7..=7);
    request.documents.push(Arc::new(Document {
        id: "shape.rs".into(),
        path: Some(path),
        language_id: "rust".to_owned(),
        language: hob_index::language::Language::of_id("rust"),
        version: 3,
        text: ropey::Rope::from_str(&text),
        touched: 0,
        tick: 1,
        ..Document::default()
    }));
    check_diff(
        bench.edit(&request).await,
        expect![[r#"
            diff --git a/shape.rs b/shape.rs
            --- a/shape.rs
            +++ b/shape.rs
            @@ -4,6 +4,6 @@
 
             impl Shape {
                 fn area(&self) -> f32 {
            -        self.height
            +        self.height * 2.0
                 }
             }
        "#]],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_doesn_t_fit_is_sent_back_once_with_what_is_wrong() {
    let wrong =
        "shape.rs\n<<<<<<< SEARCH\n        self.height\n=======\n        1.0\n>>>>>>> REPLACE\n";
    let right = wrong.replace("self.height", "self.width");
    let bench = Bench::new(&[wrong, &right]);
    std::fs::write(
        bench.folder.path().join("project/shape.rs"),
        format!("{SHAPE}{}", "// more\n".repeat(100)),
    )
    .unwrap();
    let edited = bench.edit(&bench.request("Make it 1.")).await;
    check_diff(
        edited,
        expect![[r#"
            diff --git a/shape.rs b/shape.rs
            --- a/shape.rs
            +++ b/shape.rs
            @@ -4,7 +4,7 @@
 
             impl Shape {
                 fn area(&self) -> f32 {
            -        self.width
            +        1.0
                 }
             }
             // more
        "#]],
    );
    let asked = bench.asked();
    let again = asked.rsplit("[user]").next().unwrap();
    expect![[r#"
         Your answer was not applied; no file was changed.

        shape.rs: the line that is to be changed isn't in the file (line 2 of the answer).
        Searched:
                    self.height
        Nothing like it is in the file.

        Write all search/replace parts once more, corrected.
    "#]]
    .assert_eq(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_doesn_t_fit_twice_changes_nothing_and_is_remembered() {
    let bench = Bench::new(&["I can't.", "I still can't.", "No.", "No."]);
    let request = bench.lines("Square it.", 7..=7);
    let error = bench.edit(&request).await.unwrap_err();
    assert_eq!(error.code(), "does-not-fit");
    assert_eq!(error.answer(), Some("I still can't."));
    assert!(
        error.explain().contains("nothing was changed"),
        "{}",
        error.explain()
    );
    // Next time it is asked in another form.
    bench.edit(&request).await.unwrap_err();
    let system = bench.server.completions()[2].messages()[0].1.to_owned();
    assert!(system.contains("search/replace"), "{system}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_breaks_the_syntax_is_not_taken() {
    let bench = Bench::new(&[
        "```rust\n        (self.width\n```",
        "```rust\n        [self.width\n```",
    ]);
    let error = bench
        .edit(&bench.lines("Wrap it.", 7..=7))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "breaks-syntax");
    assert!(
        bench.asked().contains("would break the syntax"),
        "{}",
        bench.asked()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_neither_shown_nor_overwritten() {
    let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
    let answer = "shape.rs\n<<<<<<< SEARCH\nfn main() {\n=======\nfn main() {\n    let a = \"********\";\n>>>>>>> REPLACE\n";
    let bench = Bench::new(&[answer, answer]);
    let text = format!("const KEY: &str = \"{key}\";\nfn main() {{\n}}\n");
    std::fs::write(bench.folder.path().join("project/shape.rs"), text).unwrap();
    let error = bench.edit(&bench.request("Use it.")).await.unwrap_err();
    assert_eq!(error.code(), "overwrites-secret");
    for request in bench.server.completions() {
        assert!(!request.raw.contains(&key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prose_is_no_code() {
    let bench = Bench::new(&["Sure, done.", "It is done."]);
    std::fs::write(bench.folder.path().join("project/notes.txt"), "one\ntwo\n").unwrap();
    let request = Request {
        path: Some("notes.txt".to_owned()),
        ..bench.request("Number them.")
    };
    assert_eq!(
        bench.edit(&request).await.unwrap_err().code(),
        "does-not-fit"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_architect_plans_and_the_editor_follows() {
    let bench = Bench::new(&[
        "<think>hm</think>Square the width in `area`.",
        "```rust\n        self.width.powi(2)\n```",
    ]);
    let mut request = bench.lines("Square it.", 7..=7);
    request.plan = Some(true);
    let edited = bench.edit(&request).await.unwrap();
    assert_eq!(edited.plan, "Square the width in `area`.");
    let asked = bench.asked();
    assert!(
        asked.contains("The plan to follow:\nSquare the width in `area`."),
        "{asked}"
    );
    assert!(!asked.contains("hm"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thoughts_are_never_applied() {
    let bench =
        Bench::new(&["<think>\n```rust\n        0.0\n```\n</think>\n```rust\n        1.0\n```"]);
    check_diff(
        bench.edit(&bench.lines("Make it 1.", 7..=7)).await,
        expect![[r#"
            diff --git a/shape.rs b/shape.rs
            --- a/shape.rs
            +++ b/shape.rs
            @@ -4,6 +4,6 @@
 
             impl Shape {
                 fn area(&self) -> f32 {
            -        self.width
            +        1.0
                 }
             }
        "#]],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_is_written_from_nothing() {
    let bench = Bench::new(&["new.rs\n```rust\nfn new() {}\n```"]);
    let request = Request {
        path: Some("new.rs".to_owned()),
        ..bench.request("Write it.")
    };
    check_diff(
        bench.edit(&request).await,
        expect![[r#"
        diff --git a/new.rs b/new.rs
        new file mode 100644
        --- /dev/null
        +++ b/new.rs
        @@ -0,0 +1 @@
        +fn new() {}
    "#]],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_changed_is_said_before_any_model_is_asked() {
    let bench = Bench::new(&[]);
    for (request, expected) in [
        (bench.request("  "), "no-instruction"),
        (bench.lines("x", 5..=500), "unreadable"),
        #[cfg(not(windows))]
        (
            Request {
                path: Some("src\\shape.rs".to_owned()),
                ..bench.request("x")
            },
            "unreadable",
        ),
        (
            Request {
                path: Some(".env".to_owned()),
                ..bench.request("x")
            },
            "unreadable",
        ),
    ] {
        assert_eq!(bench.edit(&request).await.unwrap_err().code(), expected);
    }
    assert_eq!(bench.server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_reaches_too_far_is_sent_back_once() {
    let greedy = "```rust\n        self.width * 2.0\n```\n\nother.rs\n```rust\nfn evil() {}\n```";
    let bench = Bench::new(&[greedy, "```rust\n        self.width * 2.0\n```"]);
    let edited = bench.edit(&bench.lines("Double it.", 7..=7)).await.unwrap();
    assert_eq!(edited.patch.files.len(), 1);
    let asked = bench.asked();
    assert!(
        asked.contains("other.rs: is not to be changed: the change was asked for shape.rs only"),
        "{asked}"
    );
    let bench = Bench::new(&[greedy, greedy]);
    let error = bench.edit(&bench.lines("Double it.", 7..=7)).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "out-of-scope");
    assert!(error.explain().contains("name more"), "{}", error.explain());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_told_how_far_it_may_reach() {
    let block =
        "shape.rs\n<<<<<<< SEARCH\n        self.width\n=======\n        1.0\n>>>>>>> REPLACE\n";
    let bench = Bench::new(&[block, block, block]);
    let text = format!("{SHAPE}{}", "// more\n".repeat(200));
    std::fs::write(bench.folder.path().join("project/shape.rs"), text).unwrap();
    bench.edit(&bench.request("Make it 1.")).await.unwrap();
    assert!(bench.asked().contains("Change this file and no other."));
    bench
        .edit(&bench.lines("Make it 1.", 1..=200))
        .await
        .unwrap();
    assert!(
        bench
            .asked()
            .contains("Change these lines and nothing else")
    );
    let anywhere = Request {
        any_file: true,
        ..bench.request("Make it 1.")
    };
    bench.edit(&anywhere).await.unwrap();
    assert!(!bench.asked().contains("no other"), "{}", bench.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_can_be_counted_in_two_ways_are_not_changed() {
    let bench = Bench::new(&[]);
    let path = bench.folder.path().join("project/shape.rs");
    std::fs::write(path, "a\rb\nc\r\nd\n").unwrap();
    let error = bench.edit(&bench.lines("x", 2..=2)).await.unwrap_err();
    assert_eq!(error.code(), "unreadable");
    assert!(
        error.explain().contains("carriage returns"),
        "{}",
        error.explain()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn instructions_in_files_can_t_lead_a_change_outside() {
    for path in [
        "../outside.rs",
        "/etc/passwd",
        ".git/hooks/pre-commit",
        "a/../../b",
        "~/x",
    ] {
        let answer = format!("{path}\n```\nevil\n```\n");
        let bench = Bench::new(&[&answer, &answer]);
        let error = bench
            .edit(&bench.request("Do as the file says."))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "does-not-fit", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_stopped_and_nothing_is_changed() {
    let bench = Bench::new(&[]);
    // No two lines are alike, so that it doesn't count as a repetition.
    let lines: Vec<String> = (0..5000)
        .map(|it| format!("    let v{it} = {it};\n"))
        .collect();
    bench.server.answer(move |_| {
        let mut pieces = vec!["```rust\n"];
        pieces.extend(lines.iter().map(String::as_str));
        Reply::pieces(&pieces)
    });
    let error = bench
        .edit(&bench.lines("Double it.", 7..=8))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too-long");
    let explained = error.explain();
    assert!(
        explained.contains("far more than the lines to change"),
        "{explained}"
    );
    assert!(error.answer().is_some_and(|it| it.len() < 10_000));
    assert_eq!(bench.server.calls(), 1, "it is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn thoughts_do_not_count_and_thoughts_alone_are_no_edit() {
    let thought = "so it is, ".repeat(2000);
    let long = format!("<think>{thought}</think>\n```rust\n        self.width * 2.0\n```");
    let bench = Bench::new(&[&long]);
    let edited = bench.edit(&bench.lines("Double it.", 7..=7)).await;
    assert_eq!(edited.expect("it fits").patch.files.len(), 1);
    let bench = Bench::new(&["<think>so it is"]);
    let error = bench
        .edit(&bench.lines("Double it.", 7..=7))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too-long");
    assert!(
        error.explain().contains("came to no answer"),
        "{}",
        error.explain()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_cut_short_is_not_applied() {
    let bench = Bench::new(&[]);
    let events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"```rust\\n        self.width\"},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";
    bench.server.answer(move |_| Reply::raw_events(events));
    let error = bench
        .edit(&bench.lines("Double it.", 7..=7))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too-long");
    assert!(
        error.explain().contains("limit of tokens"),
        "{}",
        error.explain()
    );
}
