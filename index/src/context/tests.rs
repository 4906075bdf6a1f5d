//! A project and a place in, the signatures that are ranked best out.

use super::*;
use crate::outline::outline;
use crate::store::Index;
use crate::update::Control;
use crate::walk::Patterns;
use expect_test::{Expect, expect};
use std::fs;

/// Writes the files, indexes them, and ranks for `$0` in the last of them. The best `n` as `source: path: signature`.
#[track_caller]
fn check(n: usize, files: &[(&str, &str)], expected: Expect) {
    let project = Project::new(files);
    let ranked = project.ranked();
    let mut drawn = String::new();
    for it in ranked.iter().take(n) {
        let symbol = &it.symbol;
        drawn += &format!("{:?}: {}: {}\n", it.source, symbol.path, symbol.signature);
    }
    expected.assert_eq(&drawn);
    assert_eq!(project.ranked(), ranked, "the same place gives the same");
}

struct Project {
    index: Index,
    path: String,
    text: String,
    _folder: tempfile::TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace("$0", "")).unwrap();
        }
        let (index, _) = Index::open(&root, &folder.path().join("cache")).unwrap();
        let patterns = Patterns::default();
        index
            .update(&patterns, &Control::default(), |_| {})
            .unwrap();
        let (path, text) = files.last().unwrap();
        Project {
            index,
            path: path.to_string(),
            text: text.to_string(),
            _folder: folder,
        }
    }

    fn ranked(&self) -> Vec<Ranked> {
        let searcher = self.index.searcher();
        let (before, after) = self.text.split_once("$0").unwrap();
        let language = Language::of_path(self.path.as_ref());
        let ask = Ask {
            path: &self.path,
            language,
            imports: &outline(before, language).imports,
            before,
            after,
        };
        rank(&searcher, &Files::new(searcher.files()), &ask)
    }
}

#[test]
fn words_of_the_lines_near_bring_signatures_with_the_same_words() {
    check(
        1,
        &[
            ("a/paint.py", "def clear_canvas():\n    pass\n"),
            ("b/net.py", "def retry_download(url, attempts):\n    pass\n"),
            (
                "c/main.py",
                "def run(url):\n    # download it, retry\n    $0\n",
            ),
        ],
        expect![[r#"
            Words: b/net.py: def retry_download(url, attempts)
        "#]],
    );
}

#[test]
fn the_definitions_of_imported_names_come_without_any_word_near() {
    check(
        2,
        &[
            (
                "lib/alpha.py",
                "def one(x):\n    pass\n\ndef two(x):\n    pass\n",
            ),
            ("lib/beta.py", "def three(x):\n    pass\n"),
            (
                "app/main.py",
                "from lib.alpha import two\n\ndef run():\n    $0\n",
            ),
        ],
        expect![[r#"
            Imported: lib/alpha.py: def two(x)
            Imported: lib/alpha.py: def one(x)
        "#]],
    );
}

#[test]
fn members_of_the_receivers_type_come_first() {
    let file =
        "package store\n\ntype Cache struct {\n\tsize int\n}\n\nfunc (c *Cache) Evict(n int) {}\n";
    check(
        1,
        &[
            ("store/cache.go", file),
            (
                "net/evict.go",
                "package net\n\nfunc EvictPeer(peer string) {}\n",
            ),
            (
                "main.go",
                "package main\n\nfunc run(cache *store.Cache, peer string) {\n\tcache.$0\n}\n",
            ),
        ],
        expect![[r#"
            Receiver: store/cache.go: func (c *Cache) Evict(n int)
        "#]],
    );
}

#[test]
fn what_a_function_returns_tells_the_receivers_type() {
    check(
        1,
        &[
            ("src/lib.rs", "mod door;\nmod house;\n"),
            (
                "src/door.rs",
                "pub struct Door;\nimpl Door {\n    pub fn slam(&self) {}\n}\n",
            ),
            (
                "src/house.rs",
                "use crate::door::Door;\npub fn entrance() -> Door {\n    Door\n}\n",
            ),
            (
                "src/main.rs",
                "fn main() {\n    let way_in = entrance();\n    way_in.$0\n}\n",
            ),
        ],
        expect![[r#"
            Receiver: src/door.rs: pub fn slam(&self)
        "#]],
    );
}

#[test]
fn the_functions_of_a_module_stand_behind_its_name() {
    check(
        1,
        &[
            (
                "src/shape.ts",
                "export function area(w: number): number {\n  return w;\n}\n",
            ),
            (
                "src/area.ts",
                "export function areaOfAll(): number {\n  return 0;\n}\n",
            ),
            (
                "src/main.ts",
                "import * as shape from './shape';\nconst a = shape.$0\n",
            ),
        ],
        expect![[r#"
            Receiver: src/shape.ts: export function area(w: number): number
        "#]],
    );
}

#[test]
fn other_languages_and_prose_and_the_file_itself_are_left_out() {
    check(
        9,
        &[
            ("README.md", "# Draw a shape\n"),
            ("draw.py", "def draw_shape():\n    pass\n"),
            (
                "src/draw.c",
                "int draw_shape(int shape) {\n    return shape;\n}\n",
            ),
            (
                "src/main.c",
                "int draw_other(int shape) {\n    return draw$0\n}\n",
            ),
        ],
        expect![[r#"
            Words: src/draw.c: int draw_shape(int shape)
        "#]],
    );
}

#[test]
fn pieces_are_skeletons_of_files_within_the_budget_the_best_last() {
    let project = Project::new(&[
        ("src/lib.rs", "mod noise;\nmod shape;\n"),
        ("src/noise.rs", "pub fn shape_noise() {}\n"),
        (
            "src/shape.rs",
            "pub struct Shape;\n\nimpl Shape {\n    pub fn new() -> Shape {\n        Shape\n    }\n    pub fn area(&self) -> f32 {\n        1.0\n    }\n}\n",
        ),
        (
            "src/main.rs",
            "fn main() {\n    let shape = Shape::new();\n    shape.$0\n}\n",
        ),
    ]);
    let ranked = project.ranked();
    let mut drawn = String::new();
    for it in pieces_of(&choose(&ranked, 1000)) {
        drawn += &format!("{}:{}-{}\n{}", it.path, it.start_line, it.end_line, it.text);
    }
    expect![[r#"
        src/noise.rs:1-1
        pub fn shape_noise()
        src/shape.rs:1-7
        pub struct Shape
        impl Shape {
            pub fn new() -> Shape
            pub fn area(&self) -> f32
    "#]]
    .assert_eq(&drawn);
    for budget in [0, 40, 80, 120, 200] {
        let pieces = pieces_of(&choose(&ranked, budget));
        let sizes = pieces.iter().map(|it| it.path.len() + it.text.len());
        assert!(sizes.sum::<usize>() <= budget, "{budget}");
    }
}

#[test]
fn no_place_makes_it_panic() {
    let mut project = Project::new(&[("x.rs", "pub fn é() {}\n"), ("a.rs", "$0")]);
    for text in [
        "$0",
        "é$0é",
        "\n\n$0",
        "x.$0",
        "a(b(c).$0",
        ").$0",
        "::$0",
        "'😀'.$0\r\n",
    ] {
        for path in ["a.rs", "b.py", "c.unknown", ""] {
            (project.path, project.text) = (path.to_owned(), text.to_owned());
            project.ranked();
        }
    }
}
