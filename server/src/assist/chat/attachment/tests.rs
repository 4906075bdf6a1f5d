//! What messages name.

use super::*;
use expect_test::{Expect, expect};

/// A project with these files, folders and symbols.
struct There;

const FILES: &[&str] = &[
    "src/main.rs",
    "src/with blank.rs",
    "README.md",
    "types/node/index.ts",
    "build.sh",
];

impl Names for There {
    fn is_file(&self, path: &str) -> bool {
        FILES
            .iter()
            .any(|it| *it == path || it.ends_with(&format!("/{path}")))
    }

    fn is_folder(&self, path: &str) -> bool {
        ["src/", "src", "types/node", "types/node/"].contains(&path) && path.contains('/')
    }

    fn is_symbol(&self, name: &str) -> bool {
        ["Shape", "Shape.area", "Shape::area", "area"].contains(&name)
    }

    fn nearest(&self, path: &str) -> Option<String> {
        (path == "src/mian.rs").then(|| "src/main.rs".to_owned())
    }
}

#[track_caller]
fn check(message: &str, expect: Expect) {
    let drawn: String = mentions(message, &There)
        .into_iter()
        .map(|it| format!("{} = {:?}\n", &message[it.range], it.attachment))
        .collect();
    expect.assert_eq(&drawn);
}

#[test]
fn files_and_lines_are_named_in_every_way_of_writing() {
    check(
        "See @src/main.rs, @main.rs:10 (@src/main.rs:10-20) or @src/main.rs#L3-L4. And @\"src/with blank.rs\":7! @README.md",
        expect![[r#"
            @src/main.rs = File { path: "src/main.rs", lines: None }
            @main.rs:10 = File { path: "main.rs", lines: Some(10..=10) }
            @src/main.rs:10-20 = File { path: "src/main.rs", lines: Some(10..=20) }
            @src/main.rs#L3-L4 = File { path: "src/main.rs", lines: Some(3..=4) }
            @"src/with blank.rs":7 = File { path: "src/with blank.rs", lines: Some(7..=7) }
            @README.md = File { path: "README.md", lines: None }
        "#]],
    );
}

#[test]
fn folders_symbols_and_the_special_names_are_mentions() {
    check(
        "@src/ @Shape @Shape::area, @area() @diff? @problems. @codebase @open",
        expect![[r#"
            @src/ = Folder("src")
            @Shape = Symbol("Shape")
            @Shape::area = Symbol("Shape::area")
            @area() = Symbol("area")
            @diff = Diff
            @problems = Problems([])
            @codebase = Codebase
            @open = Open
        "#]],
    );
}

#[test]
fn what_stands_behind_a_kind_is_a_mention_even_if_it_is_not_there() {
    check(
        "@file:nowhere.rs:3 @symbol:Nothing @folder:gone/ @file:\"a b.c\"",
        expect![[r#"
            @file:nowhere.rs:3 = File { path: "nowhere.rs", lines: Some(3..=3) }
            @symbol:Nothing = Symbol("Nothing")
            @folder:gone/ = Folder("gone")
            @file:"a b.c" = File { path: "a b.c", lines: None }
        "#]],
    );
}

#[test]
fn a_slip_in_a_path_is_a_mention_so_that_it_is_reported() {
    check(
        "@src/mian.rs @src/other.rs",
        expect![[r#"
            @src/mian.rs = File { path: "src/mian.rs", lines: None }
            @src/other.rs = File { path: "src/other.rs", lines: None }
        "#]],
    );
}

#[test]
fn what_can_only_be_meant_as_a_path_is_a_mention_although_nothing_is_there() {
    check(
        "@src/gone.py:3-9, @./gone.rs (@app/(auth)/[id]/page.tsx) @src\\gone.py. @gone.rs! @\"my gone.rs\" @gone/ @/src/gone.ts @app/@modal/page.tsx",
        expect![[r#"
            @src/gone.py:3-9 = File { path: "src/gone.py", lines: Some(3..=9) }
            @./gone.rs = File { path: "./gone.rs", lines: None }
            @app/(auth)/[id]/page.tsx = File { path: "app/(auth)/[id]/page.tsx", lines: None }
            @src\gone.py = File { path: "src\\gone.py", lines: None }
            @gone.rs = File { path: "gone.rs", lines: None }
            @"my gone.rs" = File { path: "my gone.rs", lines: None }
            @gone/ = Folder("gone")
            @/src/gone.ts = File { path: "/src/gone.ts", lines: None }
            @app/@modal/page.tsx = File { path: "app/@modal/page.tsx", lines: None }
        "#]],
    );
    check(
        "@https://example.com/a.html @types/react @a/b.c(x) @app.get @user @x=/y.rs @1.5 @foo/1.2.3",
        expect![[""]],
    );
}

#[test]
fn blanks_in_a_name_need_no_quotes_where_the_file_is_there() {
    check(
        "See @src/with blank.rs, @src/with\\ blank.rs and @src/with nothing.",
        expect![[r#"
            @src/with blank.rs = File { path: "src/with blank.rs", lines: None }
            @src/with\ blank.rs = File { path: "src/with blank.rs", lines: None }
        "#]],
    );
}

#[test]
fn addresses_decorators_packages_and_code_are_left_alone() {
    check(
        "Ask joe@example.com or me@Shape, why @Override and @property(x), @app.route(\"/\") and @types/react, `@Shape`, @media (x)?\n```ts\n@Shape\nimport '@src/main.rs'\n```\n@diff_all @openapi @open/x @ @@Shape",
        expect![""],
    );
    // Unless they name something that is there.
    check(
        "@types/node",
        expect![[r#"
            @types/node = Folder("types/node")
        "#]],
    );
}

#[test]
fn any_text_has_mentions_or_none() {
    for text in [
        "@",
        "@\"",
        "@\"x",
        "@file:",
        "@é",
        "@漢字.rs:1",
        "@:1",
        "@#L",
        "@x:99999999999999999999",
        "``` @x",
    ] {
        mentions(text, &There);
    }
}
