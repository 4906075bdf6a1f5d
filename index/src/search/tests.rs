//! A codebase and a query in, results out.

use super::*;
use crate::embed::{Embedder, Purpose};
use crate::literal::Base;
use crate::semantic::{Queries, Wanted};
use crate::store::Index;
use crate::update::Control;
use crate::vectors::Vectors;
use crate::walk::Patterns;
use expect_test::{Expect, expect};
use std::sync::Arc;
use tempfile::TempDir;

const CODE: &[(&str, &str)] = &[
    (
        "src/config.rs",
        "use std::fs;\n\n/// Reads them.\npub fn read_settings(path: &Path) -> Settings {\n    parse(&fs::read_to_string(path))\n}\n\nfn parse(text: &str) -> Settings {\n    let mut all = Settings::default();\n    for line in text.lines() {\n        all.add(line);\n    }\n    all\n}\n",
    ),
    (
        "src/main.rs",
        "fn main() {\n    let settings = read_settings(&path());\n    run(settings);\n    // read_settings read_settings\n}\n",
    ),
    (
        "tests/config.rs",
        "fn read_settings_of_a_file() {\n    assert!(read_settings(\"x\").is_empty());\n}\n",
    ),
    (
        "src/shape.rs",
        "pub struct Shape {\n    width: f32,\n}\n\nimpl Shape {\n    pub fn new(width: f32) -> Shape {\n        Shape { width }\n    }\n\n    pub fn area(&self) -> f32 {\n        self.width * self.width\n    }\n}\n",
    ),
    (
        "a/copy.py",
        "def clamp(value, low, high):\n    return max(low, min(value, high))\n",
    ),
    (
        "b/copy.py",
        "def clamp(value, low, high):\n    return max(low, min(value, high))\n",
    ),
];

struct Codebase {
    folder: TempDir,
    index: Index,
}

fn codebase() -> Codebase {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    for (path, text) in CODE {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (index, _) = Index::open(&root, &folder.path().join("cache")).unwrap();
    let control = Control::default();
    index
        .update(&Patterns::default(), &control, |_| ())
        .unwrap();
    Codebase { folder, index }
}

fn found(index: &Index, query: &str) -> Vec<Hit> {
    let query = Query::parse(query).unwrap();
    search(&index.searcher(), &query, Mode::Lexical, 10, None).hits
}

fn drawn(hits: &[Hit]) -> String {
    let line = |it: &Hit| {
        let symbol = it.symbol.as_deref().unwrap_or("-");
        format!("{}:{}-{} {symbol}\n", it.path, it.start_line, it.end_line)
    };
    hits.iter().map(line).collect()
}

#[track_caller]
fn check(query: &str, expect: Expect) {
    expect.assert_eq(&drawn(&found(&codebase().index, query)));
}

#[test]
fn a_definition_comes_before_mentions_and_code_before_its_tests() {
    check(
        "read_settings",
        expect![[r#"
        src/config.rs:3-7 read_settings
        src/config.rs:8-14 parse
        tests/config.rs:1-3 read_settings_of_a_file
        src/config.rs:1-2 -
        src/main.rs:1-5 main
    "#]],
    );
    check(
        "where are the settings read?",
        expect![[r#"
            src/config.rs:3-7 read_settings
            tests/config.rs:1-3 read_settings_of_a_file
            src/config.rs:8-14 parse
            src/main.rs:1-5 main
            src/config.rs:1-2 -
        "#]],
    );
}

#[test]
fn words_for_names_in_code_find_what_they_name() {
    check(
        "create a shape",
        expect![[r#"
        src/shape.rs:6-9 Shape.new
        src/shape.rs:1-5 Shape
        src/shape.rs:10-13 Shape.area
    "#]],
    );
    check(
        "Shape::area",
        expect![[r#"
        src/shape.rs:10-13 Shape.area
        src/shape.rs:6-9 Shape.new
        src/shape.rs:1-5 Shape
    "#]],
    );
}

#[test]
fn the_same_text_in_several_files_is_one_result() {
    let hits = found(&codebase().index, "clamp a value");
    assert_eq!(drawn(&hits), "a/copy.py:1-2 clamp\n");
    assert_eq!(hits[0].also, ["b/copy.py"]);
}

#[test]
fn filters_and_phrases_keep_what_they_name() {
    check(
        "value lang:python path:b/",
        expect![[r#"
        b/copy.py:1-2 clamp
    "#]],
    );
    check(
        "\"settings::default()\"",
        expect![[r#"
        src/config.rs:8-14 parse
    "#]],
    );
    check(
        "settings -parse path:src/",
        expect![[r#"
        src/main.rs:1-5 main
        src/config.rs:1-2 -
    "#]],
    );
    check("settings kind:struct", expect![""]);
}

#[test]
fn files_and_folders_are_searched_in_by_their_names_whatever_those_are() {
    let codebase = codebase();
    let index = &codebase.index;
    index.overlay(
        &index.root().join("odd [x] *#/a b.rs"),
        Some("fn settings_of_odd() {}\n".into()),
    );
    let found = |paths: &[&str]| {
        let query = Query {
            text: "settings".to_owned(),
            filters: Filters::below(paths),
        };
        let hits = search(&index.searcher(), &query, Mode::Lexical, 10, None).hits;
        let mut paths: Vec<String> = hits.into_iter().map(|it| it.path).collect();
        paths.dedup();
        paths
    };
    assert_eq!(found(&["odd [x] *#"]), ["odd [x] *#/a b.rs"]);
    assert_eq!(found(&["odd [x] *#/a b.rs", "tests"]).len(), 2);
    assert_eq!(found(&["src/main.rs"]), ["src/main.rs"]);
    assert_eq!(found(&["main.rs"]), [] as [&str; 0]);
}

#[test]
fn unsaved_text_and_files_that_changed_since_are_found_as_they_are() {
    let codebase = codebase();
    let root = codebase.index.root().to_owned();
    let text = "fn brand_new_thing() {\n    go();\n}\n";
    codebase
        .index
        .overlay(&root.join("src/main.rs"), Some(text.into()));
    let hits = found(&codebase.index, "brand new thing");
    assert_eq!(drawn(&hits[..1]), "src/main.rs:1-3 brand_new_thing\n");
    std::fs::write(
        root.join("src/config.rs"),
        "// moved\n\npub fn read_settings() {}\n",
    )
    .unwrap();
    let hits = found(&codebase.index, "read_settings path:src/config.rs");
    assert!(
        hits[0].text.contains("pub fn read_settings() {}"),
        "{hits:?}"
    );
    drop(codebase.folder);
}

#[test]
fn an_explanation_adds_up() {
    let searcher = codebase().index.searcher();
    let (terms, explained) = explain(&searcher, &Query::parse("area of a shape").unwrap(), 1);
    assert_eq!(terms[0], ["area"]);
    let best = &explained[0];
    assert_eq!(best.symbol.as_deref(), Some("Shape.area"));
    assert!(
        best.parts
            .iter()
            .any(|it| it.field == "name" && it.term == "area")
    );
    assert!(best.covered > 0.99 && best.words > 0.0);
    let sum: f32 = best.parts.iter().map(|it| it.score).sum();
    assert!(sum > 0.0 && best.parts.iter().all(|it| it.score > 0.0));
}

#[test]
fn a_query_without_words_or_with_strange_ones_finds_nothing() {
    for query in [
        "",
        "   ",
        "()!?",
        "zyzzyva",
        "\u{0}\u{ffff}",
        &"x".repeat(100_000),
    ] {
        assert_eq!(drawn(&found(&codebase().index, query)), "", "{query:.20}");
    }
}

/// Knows two meanings: money, and all else.
struct Money;

impl Embedder for Money {
    fn id(&self) -> &str {
        "money"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, String> {
        let is_money = |it: &&str| ["clamp", "dollars"].iter().any(|word| it.contains(word));
        let vector = |it: &&str| match is_money(it) {
            true => vec![1.0, 0.1],
            false => vec![0.1, 1.0],
        };
        Ok(texts.iter().map(vector).collect())
    }
}

#[test]
fn meaning_finds_what_no_word_does_and_filters_hold_for_it_too() {
    let codebase = codebase();
    let searcher = codebase.index.searcher();
    let path = codebase.folder.path().join("vectors");
    let (vectors, _) = Vectors::open(&path, 2, "money").unwrap();
    for (file, text) in CODE {
        for chunk in searcher.chunks_of(file) {
            let wanted = Wanted::new(&chunk, &text[chunk.bytes.0..chunk.bytes.1]);
            let vector = Money
                .embed(&[&wanted.text], Purpose::Document)
                .unwrap()
                .remove(0);
            vectors.append(&[(wanted.hash, vector)]).unwrap();
        }
    }
    let meaning = Meaning::new(Queries::new(Arc::new(Money)), Arc::new(vectors));
    for mode in [Mode::Hybrid, Mode::Semantic] {
        let best = |query: &str| {
            let query = Query::parse(query).unwrap();
            let found = search(&searcher, &query, mode, 1, Some(&meaning));
            assert_eq!((found.mode, found.note), (mode, None));
            drawn(&found.hits)
        };
        assert!(
            best("dollars").contains("/copy.py:1-2 clamp"),
            "{}",
            best("dollars")
        );
        assert_eq!(best("dollars path:b/"), "b/copy.py:1-2 clamp\n");
    }
}

#[test]
fn without_vectors_words_decide_and_the_result_says_so() {
    let codebase = codebase();
    let query = Query::parse("read settings").unwrap();
    let found = search(&codebase.index.searcher(), &query, Mode::Hybrid, 1, None);
    assert_eq!(found.mode, Mode::Lexical);
    assert!(found.note.unwrap().starts_with("Ranked by words alone. "));
    assert_eq!(found.hits.len(), 1);
}

#[test]
fn leaving_out_what_cannot_be_among_the_best_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(&root).unwrap();
    // Many combinations of common and rare words, so that concepts are closed early for some queries and late for others.
    let words = [
        "parse", "config", "file", "path", "retry", "socket", "hash", "token",
    ];
    for file in 0..40 {
        let function = |n: usize| {
            let seed = (file * 31 + n * 17) % 997;
            let word = |by: usize| words[(seed / by) % (1 + (seed * by) % words.len())];
            format!(
                "fn {}_{}_{n}() {{\n    let {} = {}({});\n    {}();\n}}\n",
                word(1),
                word(3),
                word(5),
                word(7),
                word(11),
                word(13),
            )
        };
        let text: String = (0..12).map(function).collect();
        std::fs::write(root.join(format!("{file}.rs")), text).unwrap();
    }
    let (index, _) = Index::open(&root, &folder.path().join("cache")).unwrap();
    index
        .update(&Patterns::default(), &Control::default(), |_| ())
        .unwrap();
    let searcher = index.searcher();
    for query in [
        "parse a configuration file",
        "retry the socket with a token of the path",
        "hash of a file path and its config, parsed",
        "create a new token",
    ] {
        let query = Query::parse(query).unwrap();
        let weights = Weights::new(&searcher, &query.concepts());
        let scores = |most: usize| -> Vec<f32> {
            let found = lexical::candidates(&searcher, &weights, &query.filters, most, false);
            found.iter().map(|it| it.score).collect()
        };
        let all = scores(100_000);
        for most in [1, 5, 20, 100] {
            assert!(all.len() > most, "{} of {most}", all.len());
            assert_eq!(
                scores(most),
                all[..most],
                "{} best for {}",
                most,
                query.text
            );
        }
    }
}

#[test]
fn what_search_prints_finds_itself_as_a_filter() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap().join("root");
    for path in [
        "app/(auth)/[id]/page.tsx",
        "app/i/page.tsx",
        "app/{a}/b c.tsx",
        "app/@modal/page.tsx",
        "web/app/i/page.tsx",
        "src/my file.ts",
        "src/a.ts",
        "web/src/a.ts",
    ] {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "export function widget() {}\n").unwrap();
    }
    let (index, _) = Index::open(&root, &folder.path().join("cache")).unwrap();
    index
        .update(&Patterns::default(), &Control::default(), |_| ())
        .unwrap();
    let found = |query: &str, here: &str| {
        let here = root.join(here);
        let base = Base {
            root: &root,
            here: &here,
        };
        let query = Query::parse_in(&format!("widget {query}"), Some(base)).unwrap();
        assert_eq!(query.text, "widget");
        let hits = search(&index.searcher(), &query, Mode::Lexical, 20, None).hits;
        let mut paths: Vec<String> = hits
            .into_iter()
            .flat_map(|it| [vec![it.path], it.also].concat())
            .collect();
        paths.sort();
        paths.join(" | ")
    };
    let absolute = format!("path:{}/src/a.ts", root.display());
    for (here, query, expected) in [
        (
            "",
            "path:app/(auth)/[id]/page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
        (
            "",
            "path:./app/(auth)/[id]/page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
        (
            "",
            "path:/app/(auth)/[id]/page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
        (
            "",
            "path:app/(auth)/[id]/page.tsx:10-20",
            "app/(auth)/[id]/page.tsx",
        ),
        (
            "",
            "path:\"app/(auth)/[id]/page.tsx\"",
            "app/(auth)/[id]/page.tsx",
        ),
        ("", "path:'app/{a}/b c.tsx'", "app/{a}/b c.tsx"),
        ("app/(auth)", "path:[id]/", "app/(auth)/[id]/page.tsx"),
        ("", "path:(auth)/", "app/(auth)/[id]/page.tsx"),
        ("", "path:app/(auth)/[id]/**", "app/(auth)/[id]/page.tsx"),
        ("", "path:app/(auth)/[id]/*.tsx", "app/(auth)/[id]/page.tsx"),
        ("", "path:app/(auth)/[id", ""),
        (
            "",
            "path:app\\(auth)\\[id]\\page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
        ("", "path:app/@modal/page.tsx", "app/@modal/page.tsx"),
        ("", "path:\"src/my file.ts\"", "src/my file.ts"),
        ("", "path:src/my\\ file.ts", "src/my file.ts"),
        ("", "path:src/my file.ts", "src/my file.ts"),
        ("", "file:src/a.ts", "src/a.ts"),
        ("", &absolute, "src/a.ts"),
        ("", "path:app/[i]/page.tsx", "app/i/page.tsx"),
        ("", "path:src/*.ts", "src/a.ts | src/my file.ts"),
        ("", "path:*.ts -path:web/", "src/a.ts | src/my file.ts"),
        (
            "",
            "path:/app/ -path:app/(auth)/[id]/page.tsx -path:\"app/{a}/b c.tsx\"",
            "app/@modal/page.tsx | app/i/page.tsx",
        ),
        ("web", "path:src/a.ts", "web/src/a.ts"),
        ("web", "path:../src/a.ts", "src/a.ts"),
        ("web", "path:./src/", "web/src/a.ts"),
        ("web", "path:src/*.ts", "web/src/a.ts"),
        ("web", "path:/src/a.ts", "src/a.ts"),
        (
            "web",
            "path:app/(auth)/[id]/page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
        (
            "app/(auth)",
            "path:[id]/page.tsx",
            "app/(auth)/[id]/page.tsx",
        ),
    ] {
        assert_eq!(found(query, here), expected, "{query} in {here:?}");
    }
}
