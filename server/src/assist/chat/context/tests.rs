//! A project, a message and what goes into its prompt.

use super::*;
use crate::assist::chat::attachment::{Problem, attachable, mentions};
use crate::assist::indexes::{Indexes, Wanted};
use expect_test::{Expect, expect};
use hob_index::language::Language;
use ropey::Rope;
use std::fs;
use std::path::PathBuf;

const CODE: &[(&str, &str)] = &[
    (
        "src/config.rs",
        "use std::fs;\n\n/// Reads them.\npub fn read_settings(path: &Path) -> Settings {\n    parse(&fs::read_to_string(path))\n}\n\nfn parse(text: &str) -> Settings {\n    let mut all = Settings::default();\n    for line in text.lines() {\n        all.add(line);\n    }\n    all\n}\n",
    ),
    (
        "src/main.rs",
        "fn main() {\n    let settings = read_settings(&path());\n    run(settings);\n}\n",
    ),
    (
        "src/shape.rs",
        "pub struct Shape {\n    width: f32,\n}\n\nimpl Shape {\n    pub fn new(width: f32) -> Shape {\n        Shape { width }\n    }\n\n    pub fn area(&self) -> f32 {\n        self.width * self.width\n    }\n}\n",
    ),
];

struct Fixture {
    folder: tempfile::TempDir,
    indexes: Indexes,
    documents: Vec<Arc<Document>>,
    current: Option<(String, usize)>,
    here: Option<PathBuf>,
    budget: usize,
}

fn fixture(files: &[(&str, &str)]) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    fs::create_dir_all(&root).unwrap();
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let indexes = Indexes::default();
    indexes.starts(&root);
    indexes.open(&root, &folder.path().join("cache")).unwrap();
    indexes.want(&root, Wanted::All);
    indexes.work(&root, |_| {}).unwrap();
    Fixture {
        folder,
        indexes,
        documents: Vec::new(),
        current: None,
        here: None,
        budget: 2_000,
    }
}

impl Fixture {
    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn open(&mut self, path: &str, text: &str) {
        let path = self.root().join(path);
        let mut document = Document {
            id: path.display().to_string().as_str().into(),
            language: Language::of_path(&path),
            language_id: "rust".into(),
            path: Some(path),
            version: 1,
            text: Rope::from_str(text),
            touched: 0,
            tick: 0,
            ..Document::default()
        };
        document.judge();
        self.documents.push(Arc::new(document));
    }

    fn asked(&self, message: &str, earlier: &[&str], attachments: &[Attachment]) -> Gathered {
        let root = self.root();
        let documents: Vec<&Arc<Document>> = self.documents.iter().collect();
        let searcher = self.indexes.searcher(&root, &documents);
        let count = |it: &str| it.len().div_ceil(3);
        let gathered = gather(&Question {
            message,
            earlier,
            attachments,
            root: Some(&root),
            here: self.here.as_deref(),
            searcher: searcher.as_ref(),
            semantic: None,
            documents: &self.documents,
            current: self.current.as_ref().map(|it| (it.0.as_str(), it.1)),
            budget_tokens: self.budget,
            found_tokens: self.budget,
            count: &count,
        });
        let cost: usize = gathered
            .pieces
            .iter()
            .map(|it| count(&it.text) + count(&it.path) + FRAME)
            .sum();
        assert!(cost <= self.budget, "{cost} of {}", self.budget);
        gathered
    }

    /// What a message brings, with what it mentions.
    fn gathered(&self, message: &str) -> Gathered {
        let root = self.root();
        let searcher = self.indexes.searcher(&root, &[]);
        let project = Project::new(Some(&root), searcher.as_ref(), &self.documents)
            .seen_from(self.here.as_deref());
        let found = mentions(message, &project);
        let attachments: Vec<Attachment> = found.into_iter().map(|it| it.attachment).collect();
        self.asked(message, &[], &attachments)
    }
}

fn drawn(gathered: &Gathered) -> String {
    let mut drawn = String::new();
    for it in &gathered.pieces {
        let text = it.text.trim_end();
        drawn.push_str(&format!(
            "== {}:{}-{} ({})\n{text}\n",
            it.path, it.start_line, it.end_line, it.reason
        ));
    }
    for it in gathered.missing.iter().chain(&gathered.left_out) {
        drawn.push_str(&format!("!! {it}\n"));
    }
    drawn
}

fn paths(gathered: &Gathered) -> Vec<&str> {
    gathered.pieces.iter().map(|it| it.path.as_str()).collect()
}

#[track_caller]
fn check(message: &str, expect: Expect) {
    expect.assert_eq(&drawn(&fixture(CODE).gathered(message)));
}

#[test]
fn what_a_question_is_about_is_found_whole() {
    check(
        "How are the settings read from a file?",
        expect![[r#"
        == src/config.rs:1-14 (found for the question (name: set, read))
        use std::fs;

        /// Reads them.
        pub fn read_settings(path: &Path) -> Settings {
            parse(&fs::read_to_string(path))
        }

        fn parse(text: &str) -> Settings {
            let mut all = Settings::default();
            for line in text.lines() {
                all.add(line);
            }
            all
        }
        == src/main.rs:1-4 (found for the question (text: set, read))
        fn main() {
            let settings = read_settings(&path());
            run(settings);
        }
    "#]],
    );
}

#[test]
fn a_named_function_comes_first_in_the_order_of_its_file() {
    check(
        "What does `Shape::area` return?",
        expect![[r#"
        == src/shape.rs:1-12 (defines `area`, which is named)
        pub struct Shape {
            width: f32,
        }

        impl Shape {
            pub fn new(width: f32) -> Shape {
                Shape { width }
            }

            pub fn area(&self) -> f32 {
                self.width * self.width
            }
        == @map:1-3 (a map: what else may matter, with the lines that it is declared in)
        src/config.rs
          4 pub fn read_settings(path: &Path) -> Settings
          8 fn parse(text: &str) -> Settings
    "#]],
    );
}

#[test]
fn what_is_attached_comes_whole_and_before_what_is_found() {
    check(
        "Why does @src/main.rs:1-2 not compile?",
        expect![[r#"
        == src/main.rs:1-4 (attached)
        fn main() {
            let settings = read_settings(&path());
            run(settings);
        }
        == @map:1-5 (a map: what else may matter, with the lines that it is declared in)
        src/config.rs
          4 pub fn read_settings(path: &Path) -> Settings
          8 fn parse(text: &str) -> Settings
        src/shape.rs
          1 pub struct Shape
    "#]],
    );
}

#[test]
fn a_file_that_is_not_there_is_reported_with_what_was_meant() {
    let gathered = fixture(CODE).gathered("Explain @src/mian.rs and @file:nowhere.py");
    assert_eq!(
        gathered.missing,
        [
            "There is no file `src/mian.rs`; did you mean `src/main.rs`?",
            "There is no file `nowhere.py`."
        ]
    );
}

#[test]
fn an_open_document_stands_for_its_file() {
    let mut fixture = fixture(CODE);
    fixture.open("src/main.rs", "fn unsaved_entry() {}\n");
    fixture.open("src/new.rs", "fn never_saved() {}\n");
    let gathered = fixture.gathered("@src/main.rs @src/new.rs");
    assert_eq!(gathered.missing, [] as [&str; 0]);
    let text = drawn(&gathered);
    assert!(
        text.contains("unsaved_entry") && text.contains("never_saved"),
        "{text}"
    );
    let open = drawn(&fixture.asked("", &[], &[Attachment::Open]));
    assert!(
        open.contains("unsaved_entry") && open.contains("never_saved"),
        "{open}"
    );
    let found = drawn(&fixture.gathered("where is the unsaved entry?"));
    assert!(found.contains("fn unsaved_entry"), "{found}");
}

#[test]
fn nothing_outside_of_the_project_is_read() {
    let fixture = fixture(CODE);
    let outside = fixture.folder.path().join("outside.rs");
    fs::write(&outside, "fn private() {}\n").unwrap();
    for path in [
        "../outside.rs",
        "src/../../outside.rs",
        &outside.display().to_string(),
    ] {
        let file = Attachment::File {
            path: path.to_owned(),
            lines: None,
        };
        let gathered = fixture.asked("x", &[], &[file, Attachment::Folder(path.to_owned())]);
        assert_eq!(gathered.missing.len(), 2, "{gathered:?}");
        for why in &gathered.missing {
            assert!(why.contains("outside of the project"), "{why}");
        }
        assert!(!drawn(&gathered).contains("private"));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, fixture.root().join("link.rs")).unwrap();
        let gathered = fixture.gathered("@link.rs");
        assert_eq!(
            gathered.missing,
            ["`link.rs` is not attached: it is a link that leads out of the project."]
        );
    }
}

#[test]
fn files_of_secrets_are_refused_and_secrets_in_others_masked() {
    let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
    let text = format!("const KEY: &str = \"{key}\";\n");
    let private = "-----BEGIN RSA PRIVATE KEY-----\nabc\n";
    let mut fixture = fixture(&[
        ("src/keys.rs", &text),
        (".env", "A=1\n"),
        ("k.txt", private),
    ]);
    let gathered = fixture.gathered("@.env @k.txt @src/keys.rs @.git/config");
    assert!(!drawn(&gathered).contains(&key) && drawn(&gathered).contains("********"));
    assert_eq!(paths(&gathered), ["src/keys.rs"]);
    assert_eq!(
        gathered.missing,
        [
            "`.env` is not attached: it may hold secrets, and such files are never read.",
            "`k.txt` is not attached: it may hold secrets, and such files are never read."
        ]
    );
    fixture.open("secrets.yaml", "a: b\n");
    let selection = Attachment::Selection {
        path: Some("secrets.yaml".to_owned()),
        lines: 1..=1,
        text: "a: b\n".to_owned(),
    };
    let piped = Attachment::Text {
        name: "stdin".to_owned(),
        text: private.to_owned(),
    };
    let gathered = fixture.asked("x", &[], &[Attachment::Open, selection, piped]);
    assert_eq!(gathered.missing.len(), 3, "{gathered:?}");
    assert!(!drawn(&gathered).contains("a: b") && !drawn(&gathered).contains("BEGIN"));
}

#[test]
fn what_is_no_text_is_said_and_not_sent() {
    let fixture = fixture(&[("a.bin", "a\0b")]);
    let gathered = fixture.gathered("@a.bin");
    assert_eq!(
        gathered.missing,
        ["`a.bin` is not attached: it is no text."]
    );
}

#[test]
fn of_a_file_that_is_too_long_the_outline_and_what_fits_the_question_are_sent() {
    let mut text: String = (0..300)
        .map(|n| format!("fn filler_{n}() {{\n    let a = {n};\n    a + 1;\n}}\n\n"))
        .collect();
    text.push_str("fn evict_old_entries() {\n    remove_the_oldest();\n}\n");
    let fixture = fixture(&[("src/long.rs", &text)]);
    let gathered = fixture.gathered("How are old entries evicted in @src/long.rs?");
    let all = drawn(&gathered);
    assert!(all.contains("remove_the_oldest"), "{all}");
    assert!(all.contains("@outline src/long.rs"), "{all}");
    assert!(
        gathered.left_out[0]
            .starts_with("`src/long.rs` has 1503 lines, more than fit: its outline and the parts"),
        "{all}"
    );
    let gathered = fixture.gathered("@src/long.rs:1-1400");
    assert!(
        gathered.left_out[0].starts_with("Of `src/long.rs`, lines 1 to "),
        "{gathered:?}"
    );
    let gathered = fixture.gathered("@src/long.rs:9000");
    assert_eq!(
        gathered.missing,
        ["`src/long.rs` has 1503 lines: there is no line 9000."]
    );
}

#[test]
fn a_folder_is_attached_whole_or_as_what_fits_of_it() {
    let fixture_ = fixture(CODE);
    let gathered = fixture_.gathered("Explain @src/");
    assert_eq!(
        paths(&gathered),
        ["src/config.rs", "src/main.rs", "src/shape.rs"]
    );
    let mut small = fixture(CODE);
    small.budget = 200;
    let gathered = small.gathered("How is the area computed in @src/ ?");
    assert!(drawn(&gathered).contains("fn area"), "{}", drawn(&gathered));
    assert_eq!(
        gathered.left_out,
        ["`src` has 3 files, more than fit: what fits the question is sent."]
    );
    let gathered = fixture_.asked("x", &[], &[Attachment::Folder("gone".to_owned())]);
    assert_eq!(gathered.missing, ["There is no folder `gone`."]);
}

#[test]
fn symbols_are_attached_by_name_and_by_what_they_are_in() {
    let fixture = fixture(CODE);
    let gathered = fixture.gathered("@Shape::area");
    assert!(
        drawn(&gathered).contains("pub fn area(&self)"),
        "{}",
        drawn(&gathered)
    );
    assert!(gathered.pieces[0].reason.starts_with("attached"));
    let gathered = fixture.gathered("@symbol:read_setting");
    assert_eq!(
        gathered.missing,
        ["Nothing is defined by the name `read_setting`; did you mean `read_settings`?"]
    );
}

#[test]
fn what_moved_since_it_was_indexed_is_shown_where_it_is_now() {
    let mut fixture = fixture(CODE);
    fixture.budget = 70;
    let text = format!("{}{}", "// moved\n".repeat(30), CODE[2].1);
    fs::write(fixture.root().join("src/shape.rs"), text).unwrap();
    for message in ["@Shape::area", "What is `Shape::area`?"] {
        let gathered = fixture.gathered(message);
        let source = &gathered.sources[0];
        assert_eq!(
            (source.path.as_str(), source.start_line),
            ("src/shape.rs", 40)
        );
        assert!(
            gathered.pieces[0].text.starts_with("    pub fn area"),
            "{gathered:?}"
        );
    }
    fs::remove_file(fixture.root().join("src/shape.rs")).unwrap();
    let gathered = fixture.gathered("@Shape::area");
    assert!(
        gathered.missing[0].starts_with("Nothing is defined by the name"),
        "{gathered:?}"
    );
}

#[test]
fn problems_come_with_the_code_round_them() {
    let problem = Problem {
        path: "src/shape.rs".to_owned(),
        line: 11,
        message: "mismatched types".to_owned(),
        severity: "error".to_owned(),
    };
    let gathered = fixture(CODE).asked("fix", &[], &[Attachment::Problems(vec![problem])]);
    let all = drawn(&gathered);
    assert!(
        all.contains("src/shape.rs:11: error: mismatched types"),
        "{all}"
    );
    assert!(all.contains("pub fn area(&self) -> f32 {"), "{all}");
}

#[test]
fn a_stack_trace_brings_the_lines_that_it_names() {
    let gathered =
        fixture(CODE).gathered("Why?\n```\npanicked at src/shape.rs:11:9:\nno width\n```");
    let first = &gathered.sources[0];
    assert_eq!(
        (first.path.as_str(), first.start_line),
        ("src/shape.rs", 10)
    );
    assert_eq!(first.reason, "line 11 is named");
}

#[test]
fn a_follow_up_is_about_what_was_asked_before() {
    let fixture = fixture(CODE);
    let gathered = fixture.asked(
        "And where is it called?",
        &["How does `read_settings` work?"],
        &[],
    );
    let all = drawn(&gathered);
    assert!(all.contains("pub fn read_settings"), "{all}");
    assert!(all.contains("let settings = read_settings"), "{all}");
}

#[test]
fn what_an_earlier_message_brought_keeps_its_place() {
    let fixture = fixture(CODE);
    let first = fixture.asked("How is the area of a shape computed?", &[], &[]);
    let earlier = ["How is the area of a shape computed?"];
    let second = fixture.asked("And where are settings parsed?", &earlier, &[]);
    assert_eq!(paths(&first)[0], "src/shape.rs");
    assert!(second.pieces[0].text.starts_with(&first.pieces[0].text));
    assert!(drawn(&second).contains("fn parse("), "{}", drawn(&second));
}

#[test]
fn where_the_user_is_comes_first_when_the_message_points_at_it() {
    let mut fixture = fixture(CODE);
    fixture.current = Some(("src/shape.rs".to_owned(), 11));
    let gathered = fixture.gathered("What does this do?");
    assert_eq!(gathered.sources[0].path, "src/shape.rs");
    assert_eq!(gathered.sources[0].start_line, 10);
}

#[test]
fn who_asks_for_uses_gets_the_lines_that_use_it() {
    let many: String = (0..60)
        .map(|n| format!("fn other_{n}() {{\n    a({n});\n    b({n});\n}}\n\n"))
        .collect();
    let uses = format!("{many}fn last() {{\n    let all = read_settings(&path());\n    all\n}}\n");
    let mut files = CODE.to_vec();
    files.push(("src/uses.rs", &uses));
    let mut fixture = fixture(&files);
    fixture.budget = 600;
    let gathered = fixture.gathered("Where is `read_settings` called?");
    let reasons: Vec<&str> = gathered
        .sources
        .iter()
        .map(|it| it.reason.as_str())
        .collect();
    assert!(
        reasons.contains(&"uses `read_settings` on line 302"),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&"uses `read_settings` on line 2"),
        "{reasons:?}"
    );
}

#[test]
fn the_map_knows_what_the_place_needs_where_the_user_is() {
    let mut files = CODE.to_vec();
    let place = "use crate::shape::Shape;\nfn shapes() {\n    let shape = Shape::new(1.0);\n    shape.area();\n}\n";
    files.push(("src/place.rs", place));
    let mut fixture = fixture(&files);
    fixture.current = Some(("src/place.rs".to_owned(), 4));
    let gathered = fixture.gathered("Why does this not compile?");
    let text = drawn(&gathered);
    assert!(text.contains("Shape::new(1.0)"), "{text}");
    assert!(
        gathered
            .pieces
            .iter()
            .any(|it| it.path == "@map"
                && it.text.contains("[Shape] pub fn new(width: f32) -> Shape")),
        "{text}"
    );
}

#[test]
fn a_question_about_all_of_it_brings_a_map() {
    let gathered = fixture(CODE).gathered("Give me an overview of this project");
    let map = gathered.pieces.last().unwrap();
    assert_eq!(map.path, "@map");
    for line in [
        "src/config.rs\n",
        "  4 pub fn read_settings(path: &Path) -> Settings\n",
    ] {
        assert!(map.text.contains(line), "{}", map.text);
    }
}

#[test]
fn without_a_project_what_is_given_is_taken_and_the_rest_reported() {
    let text = Attachment::Text {
        name: "stdin".to_owned(),
        text: "error: out of memory\n".to_owned(),
    };
    let file = Attachment::File {
        path: "a.rs".to_owned(),
        lines: None,
    };
    let gathered = gather(&Question {
        message: "Why?",
        earlier: &[],
        attachments: &[text, file, Attachment::Diff, Attachment::Codebase],
        root: None,
        here: None,
        searcher: None,
        semantic: None,
        documents: &[],
        current: None,
        budget_tokens: 100,
        found_tokens: 100,
        count: &|it: &str| it.len(),
    });
    assert_eq!(paths(&gathered), ["stdin"]);
    assert_eq!(gathered.missing.len(), 3, "{gathered:?}");
}

#[test]
fn no_budget_no_words_and_strange_ones_are_no_trouble() {
    let mut fixture = fixture(CODE);
    for budget in [0, 1, 20, 60, 200] {
        fixture.budget = budget;
        for message in [
            "",
            "?",
            "area",
            "\u{0}\u{ffff} `` ``` @",
            "path:x -y \"q",
            "src/main.rs:18446744073709551615 @src/main.rs:99999999999999",
        ] {
            let first = fixture.gathered(message);
            assert_eq!(first, fixture.gathered(message));
        }
    }
}

#[test]
fn lines_that_cannot_be_are_no_trouble() {
    let mut fixture = fixture(CODE);
    let path = || "src/main.rs".to_owned();
    fixture.current = Some((path(), usize::MAX));
    let problem = Problem {
        path: path(),
        line: usize::MAX,
        message: "odd".to_owned(),
        severity: "error".to_owned(),
    };
    #[expect(clippy::reversed_empty_ranges, reason = "a client may send such")]
    let backwards = Attachment::File {
        path: path(),
        lines: Some(3..=0),
    };
    let selection = Attachment::Selection {
        path: Some(path()),
        lines: usize::MAX..=usize::MAX,
        text: "a\nb\n".to_owned(),
    };
    let all = [Attachment::Problems(vec![problem]), backwards, selection];
    let text = drawn(&fixture.asked("this", &[], &all));
    assert!(
        text.contains("== src/main.rs:3-3 (attached)\n    run(settings);"),
        "{text}"
    );
}

#[test]
fn what_could_be_attached_is_offered_best_first() {
    let fixture = fixture(CODE);
    let root = fixture.root();
    let searcher = fixture.indexes.searcher(&root, &[]);
    let project = Project::new(Some(&root), searcher.as_ref(), &[]);
    let offered = |typed: &str| -> Vec<String> {
        let found = attachable(typed, &project, 4);
        found.into_iter().map(|it| it.insert).collect()
    };
    assert_eq!(offered("di")[0], "@diff");
    assert_eq!(offered("main")[0], "@src/main.rs");
    assert_eq!(offered("@Sha")[..2], ["@src/shape.rs", "@symbol:Shape"]);
    assert_eq!(offered("symbol:are"), ["@symbol:Shape.area"]);
    assert_eq!(offered("folder:"), ["@src/"]);
    assert_eq!(
        offered("")[..4],
        ["@diff", "@problems", "@codebase", "@open"].map(String::from)
    );
}

#[test]
fn what_is_attached_counts_whatever_it_looks_like() {
    let large = "// line\nfn large() {}\n".repeat(50_000);
    let long = format!("x = \"{}\"\n", "a".repeat(40_000));
    let mut fixture = fixture(&[
        ("gen/a.rs", "// @generated\nfn made() {}\n"),
        ("gen/b.rs", &large),
        ("gen/c.js", &long),
        ("gen/poetry.lock", "[[package]]\n"),
        (".env", "A=1\n"),
    ]);
    fixture.budget = 3_000;
    let gathered = fixture.gathered("@gen/a.rs @gen/poetry.lock");
    assert_eq!(gathered.missing, [] as [&str; 0]);
    assert!(drawn(&gathered).contains("fn made() {}"));
    assert!(drawn(&gathered).contains("[[package]]"));
    let gathered = fixture.gathered("@gen/b.rs:1-2");
    assert!(drawn(&gathered).contains("== gen/b.rs:1-"), "{gathered:?}");
    let gathered = fixture.gathered("@gen/b.rs");
    assert!(
        gathered.left_out[0].contains("has 100000 lines, more than fit"),
        "{gathered:?}"
    );
    let gathered = fixture.gathered("@gen/c.js");
    assert!(
        drawn(&gathered).contains("== gen/c.js:1-1 (attached)\nx = \"aaa"),
        "{gathered:?}"
    );
    assert!(
        gathered.left_out[0].contains("longer than fits"),
        "{gathered:?}"
    );
    assert_eq!(gathered.sources[0].path, "gen/c.js");
    let gathered = fixture.gathered("@gen/c.js:1");
    assert!(drawn(&gathered).contains("x = \"aaa"), "{gathered:?}");
    let gathered = fixture.gathered("@.env");
    assert!(
        gathered.missing[0].contains("may hold secrets"),
        "{gathered:?}"
    );
}

#[test]
fn names_count_from_the_current_folder_first_and_what_is_not_there_is_said() {
    let mut fixture = fixture(&[
        ("src/a.py", "root = 1\n"),
        ("sub/src/a.py", "sub = 1\n"),
        ("lib/b.py", "lib = 1\n"),
        ("sub/app/(auth)/[id]/page.tsx", "page\n"),
        ("sub/my file.py", "blank = 1\n"),
    ]);
    fixture.here = Some(fixture.root().join("sub"));
    let absolute = format!("@{}", fixture.root().join("lib/b.py").display());
    for (message, expected) in [
        ("@src/a.py", "sub/src/a.py"),
        ("@./src/a.py", "sub/src/a.py"),
        ("@../src/a.py", "src/a.py"),
        ("@src\\a.py", "sub/src/a.py"),
        ("@lib/b.py", "lib/b.py"),
        ("@sub/src/a.py", "sub/src/a.py"),
        ("@/lib/b.py", "lib/b.py"),
        (&absolute, "lib/b.py"),
        ("@app/(auth)/[id]/page.tsx", "sub/app/(auth)/[id]/page.tsx"),
        ("@\"my file.py\"", "sub/my file.py"),
        ("@my file.py", "sub/my file.py"),
        ("@src/", "sub/src/a.py"),
    ] {
        let gathered = fixture.gathered(message);
        let first = gathered.pieces.first().map(|it| it.path.as_str());
        assert_eq!(first, Some(expected), "{message}: {gathered:?}");
        assert_eq!(gathered.missing, [] as [&str; 0], "{message}");
    }
    for (message, said) in [
        ("Why @src/nothing.py?", "There is no file `src/nothing.py`"),
        ("@nothing.py", "There is no file `nothing.py`"),
        (
            "@../../x.py",
            "`../../x.py` is not attached: it is outside of the project",
        ),
        ("@nothing/", "There is no folder `nothing`"),
    ] {
        let gathered = fixture.gathered(message);
        assert_eq!(gathered.missing.len(), 1, "{message}: {gathered:?}");
        assert!(gathered.missing[0].starts_with(said), "{gathered:?}");
    }
}

#[test]
fn a_line_that_is_too_long_is_cut_and_that_is_said() {
    let mut fixture = fixture(&[("a.rs", "fn a() {}\n")]);
    fixture.budget = 300;
    for (text, said) in [
        ("é".repeat(20_000), "of 20000 characters are sent"),
        (
            format!("error: bad\n{}\nlast\n", "x".repeat(20_000)),
            "the first 2 of 3 lines are sent, the last of them not to its end",
        ),
        (
            "some line that is not very long\n".repeat(2_000),
            "of 2000 lines are sent.",
        ),
    ] {
        let piped = Attachment::Text {
            name: "standard input".to_owned(),
            text: text.clone(),
        };
        let gathered = fixture.asked("What is it?", &[], &[piped]);
        let piece = &gathered.pieces[0];
        assert!(
            piece.text.len() > 200 && text.starts_with(&piece.text),
            "{gathered:?}"
        );
        assert!(
            gathered.left_out[0].ends_with(said) || gathered.left_out[0].contains(said),
            "{gathered:?}"
        );
    }
}
