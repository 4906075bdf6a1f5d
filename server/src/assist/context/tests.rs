//! Tests of the context.

use super::*;
use crate::assist::document::Document;
use crate::assist::gate::Trigger;
use crate::assist::indexes::Wanted;
use expect_test::expect;
use hob_index::language::Language;
use ropey::Rope;

fn document(name: &str, text: &str) -> Arc<Document> {
    let path = format!("/project/{name}");
    let mut document = Document {
        id: path.as_str().into(),
        path: Some(path.into()),
        language_id: "rust".into(),
        language: None,
        version: 1,
        text: Rope::from_str(text),
        touched: 0,
        tick: 0,
        ..Document::default()
    };
    document.judge();
    Arc::new(document)
}

fn request(others: Vec<Arc<Document>>) -> (Request, Place) {
    let document = document("main.rs", "let area = shape_area(width, height);\n");
    let place = Place::new(&document, document.text.len_bytes());
    let request = Request {
        offset: document.text.len_bytes(),
        document,
        others,
        root: Some("/project".into()),
        trigger: Trigger::Automatic,
        whole: false,
    };
    (request, place)
}

#[test]
fn the_lines_most_like_the_place_are_chosen_within_the_budget() {
    let filler = "// nothing to do with it\n".repeat(100);
    let near = format!("{filler}fn shape_area(width: f32, height: f32) -> f32;\n");
    let others = vec![document("b.rs", &filler), document("a.rs", &near)];
    let (request, place) = request(others);
    let pieces = Context::default().gather(&request, &place, 1100);
    let paths: Vec<&str> = pieces.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["a.rs"], "the other has no room");
    assert!(pieces[0].text.contains("shape_area"));
    assert!((pieces[0].start_line..=pieces[0].end_line).contains(&101));
}

#[test]
fn files_of_secrets_are_never_context() {
    let secret = document(".env", "shape_area width height\n");
    let (request, place) = request(vec![secret]);
    assert!(Context::default().gather(&request, &place, 4096).is_empty());
}

#[test]
fn a_choice_holds_until_another_document_changes() {
    let (mut request, place) = request(vec![document("a.rs", "shape_area(width)\n")]);
    let context = Context::default();
    assert_eq!(context.known(&request, 4096), None);
    let chosen = context.gather(&request, &place, 4096);
    assert_eq!(context.known(&request, 4096), Some(chosen));
    Arc::make_mut(&mut request.others[0]).version = 2;
    assert_eq!(context.known(&request, 4096), None);
}

/// A project on disk with its index, and a document of it that is open.
struct Project {
    folder: tempfile::TempDir,
    indexes: Indexes,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let indexes = Indexes::default();
        indexes.starts(&root);
        indexes.open(&root, &folder.path().join("cache")).unwrap();
        indexes.want(&root, Wanted::All);
        indexes.work(&root, |_| {}).unwrap();
        Project { folder, indexes }
    }

    /// A request at `$0` of a text.
    fn at(&self, name: &str, text: &str) -> (Request, Place) {
        let root = self.folder.path().join("project");
        let path = root.join(name);
        let offset = text.find("$0").unwrap();
        let document = Arc::new(Document {
            id: name.into(),
            language_id: "rust".into(),
            language: Language::of_path(&path),
            path: Some(path),
            version: 1,
            text: Rope::from_str(&text.replace("$0", "")),
            touched: 0,
            tick: 0,
            ..Document::default()
        });
        let place = Place::new(&document, offset);
        let request = Request {
            document,
            offset,
            others: Vec::new(),
            root: Some(root),
            trigger: Trigger::Automatic,
            whole: false,
        };
        (request, place)
    }
}

fn drawn(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for it in pieces {
        out += &format!("{} ({})\n{}", it.path, it.reason, it.text);
    }
    out
}

const SHAPES: &[(&str, &str)] = &[
    (
        "src/shape.rs",
        "pub struct Shape;\nimpl Shape {\n    /// Its area.\n    pub fn area(&self) -> f32 {\n        1.0\n    }\n}\n",
    ),
    (
        "src/colour.rs",
        "pub fn mix_colours(a: u32, b: u32) -> u32 {\n    a | b\n}\n",
    ),
    ("src/main.rs", "mod colour;\nmod shape;\n"),
    (".env", "AREA_TOKEN=0a1b2c3d4e5f\n"),
];

#[test]
fn the_signatures_that_a_line_needs_are_there_with_their_reasons() {
    let project = Project::new(SHAPES);
    let (request, place) = project.at(
        "src/main.rs",
        "use crate::shape::Shape;\nfn main() {\n    let shape = Shape;\n    shape.$0\n}\n",
    );
    let context = Context::new(project.indexes.clone());
    expect![[r#"
        src/colour.rs (signatures with the words of the lines near)
        pub fn mix_colours(a: u32, b: u32) -> u32
        src/shape.rs (members of what stands before the cursor)
        pub struct Shape
        impl Shape {
            pub fn area(&self) -> f32
    "#]]
    .assert_eq(&drawn(&context.gather(&request, &place, 4096)));
}

#[test]
fn nothing_changes_while_a_line_is_typed_and_what_is_new_comes_last() {
    let project = Project::new(SHAPES);
    let context = Context::new(project.indexes.clone());
    let start = "fn main() {\n    let shape = Shape;\n    let a = shape.area$0\n}\n";
    let (request, place) = project.at("src/main.rs", start);
    let first = context.gather(&request, &place, 4096);
    assert_eq!(context.known(&request, 4096), Some(first.clone()));
    let typed = start.replace("$0", "() + mix$0");
    let (request, place) = project.at("src/main.rs", &typed);
    assert_eq!(context.known(&request, 4096), Some(first.clone()));
    let next = typed.replace("$0", ";\n    mix_colours($0");
    let (request_2, place_2) = project.at("src/main.rs", &next);
    assert_eq!(context.known(&request_2, 4096), None);
    assert_eq!(context.outdated(&request_2, 4096), first);
    let second = context.gather(&request_2, &place_2, 4096);
    assert!(
        drawn(&second).starts_with(&drawn(&first)),
        "{}",
        drawn(&second)
    );
    assert!(drawn(&second).contains("fn mix_colours"));
    // The same place gives the same, whatever was there before.
    let again = Context::new(project.indexes.clone());
    assert_eq!(
        again.gather(&request, &place, 4096),
        again.gather(&request, &place, 4096)
    );
}

#[test]
fn secrets_in_signatures_are_masked_and_budgets_kept() {
    let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
    let text = format!("pub const AREA_KEY: &str = \"{key}\";\n");
    let many: String = (0..400)
        .map(|n| format!("pub fn area_of_shape_{n}(width: f32) -> f32 {{\n    width\n}}\n"))
        .collect();
    let project = Project::new(&[("src/keys.rs", &text), ("src/many.rs", &many)]);
    for budget in [0, 100, 1000, 6000] {
        let context = Context::new(project.indexes.clone());
        let text = "fn main() {\n    let area = area_key$0\n}\n";
        let (request, place) = project.at("src/main.rs", text);
        let pieces = context.gather(&request, &place, budget);
        assert!(pieces.iter().map(Piece::cost).sum::<usize>() <= budget);
        assert!(!drawn(&pieces).contains(&key));
    }
}
