//! Reports in, drawings out.

use super::*;
use expect_test::{Expect, expect};

const PLAIN: Look = Look {
    color: false,
    width: None,
};

/// `$0` is the cursor.
fn at_cursor(text: &str, insert: &str) -> CompleteReport {
    let offset = text.find("$0").unwrap();
    let before = &text[..offset];
    CompleteReport {
        path: "src/main.rs".into(),
        text: text.replace("$0", ""),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap().chars().count() + 1,
        insert: insert.to_owned(),
        replace: offset..offset,
        ..CompleteReport::default()
    }
}

fn piece(path: &str, start_line: usize, end_line: usize, reason: &str) -> Piece {
    Piece {
        path: path.into(),
        start_line,
        end_line,
        text: String::new(),
        reason: reason.to_owned(),
    }
}

#[track_caller]
fn check(it: &CompleteReport, look: Look, expect: Expect) {
    let text = report(it, look).to_string();
    if let Some(width) = look.width {
        for line in text.lines().skip(2) {
            assert!(columns(line) <= width, "{line:?}");
        }
    }
    expect.assert_eq(&text);
}

#[test]
fn a_completion_of_a_model_is_drawn_into_its_line() {
    let mut it = at_cursor(
        "// one\n// two\nuse shape::Shape;\n\nfn main() {\n    let a = shape.$0;\n}\n",
        "area(2.0, 3.0)",
    );
    it.source = Some(Source::Model);
    it.model = Some("qwen2.5-coder-1.5b".to_owned());
    it.server = Some("http://127.0.0.1:8081".to_owned());
    it.context = vec![
        piece("src/shape.rs", 1, 3, "signature of area"),
        piece("src/lib.rs", 20, 20, "near definition"),
    ];
    it.timings_ms = Timings(vec![
        ("context".to_owned(), 9.04),
        ("first_token".to_owned(), 120.4),
        ("total".to_owned(), 184.0),
    ]);
    check(
        &it,
        PLAIN,
        expect![[r#"
                src/main.rs:6:19

                    3 │ use shape::Shape;
                    4 │
                    5 │ fn main() {
                    6 │     let a = shape.«area(2.0, 3.0)»;
                    7 │ }

                  from      qwen2.5-coder-1.5b on http://127.0.0.1:8081
                  context   src/shape.rs:1-3  signature of area
                            src/lib.rs:20     near definition
                  time      184 ms (context 9.0 ms, first token 120 ms)
            "#]],
    );
}

#[test]
fn lines_that_only_the_completion_has_carry_a_plus() {
    let mut it = at_cursor(
        "fn f() {\r\n    if x {$0\r\n}\r\n",
        "\r\n        g();\r\n    }",
    );
    it.source = Some(Source::Builtin);
    it.confidence = Some(0.874);
    check(
        &it,
        PLAIN,
        expect![[r#"
                src/main.rs:2:11

                    1 │ fn f() {
                    2 │     if x {«
                    + │         g();
                    + │     }»
                    3 │ }

                  from      builtin: your codebase, confidence 87 %
            "#]],
    );
}

#[test]
fn when_there_is_nothing_the_reason_and_a_hint_stand_there() {
    let mut it = at_cursor("let a = $0\n", "");
    it.reason = Some(Reason {
        code: "model-unreachable".to_owned(),
        sentence: "The model server at http://127.0.0.1:8081 does not answer.".to_owned(),
        hint: Some("Is llama-server running? `hob config show` says where Hob looks.".to_owned()),
    });
    check(
        &it,
        Look {
            color: false,
            width: Some(60),
        },
        expect![[r#"
                src/main.rs:1:9

                    1 │ let a = ▏

                  nothing   The model server at http://127.0.0.1:8081 does
                            not answer.
                  hint      Is llama-server running? `hob config show` says
                            where Hob looks.
            "#]],
    );
    it.reason = None;
    assert!(report(&it, PLAIN).to_string().contains("nothing to offer"));
}

#[test]
fn what_is_replaced_is_not_shown_twice() {
    let mut it = at_cursor("f(a$0))\n", "b, c)");
    it.replace.end += 1;
    check(
        &it,
        PLAIN,
        expect![[r#"
                src/main.rs:1:4

                    1 │ f(a«b, c)»)

            "#]],
    );
}

#[test]
fn tabs_wide_characters_and_control_characters_take_their_columns() {
    let it = at_cursor(
        "\tx\t= \"日本語\"\n\ta\u{1b}[2J\u{202e}$0e\u{301}\n",
        "\t漢字",
    );
    check(
        &it,
        PLAIN,
        expect![[r#"
                src/main.rs:2:8

                    1 │     x   = "日本語"
                    2 │     a<U+001B>[2J<U+202E>«    漢字»é

            "#]],
    );
}

#[test]
fn wide_lines_are_cut_and_the_completion_stays_in_sight() {
    let long = "abcdefghij".repeat(10);
    let it = at_cursor(
        &format!(
            "{long}\nshort\n{long}.$0;{long}\n日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語\n"
        ),
        "the_completion()",
    );
    check(
        &it,
        Look {
            color: false,
            width: Some(50),
        },
        expect![[r#"
                src/main.rs:3:102

                    1 │ …bcdefghijabcdefghij
                    2 │
                    3 │ …bcdefghijabcdefghij.«the_completion()»;a…
                    4 │ … 語日本語日本語日本語日本語日本語日本語…

            "#]],
    );
}

#[test]
fn with_colours_the_completion_is_styled_and_bare_text_stays_the_same() {
    let it = at_cursor("a$0b\n", "X");
    let look = Look {
        color: true,
        width: Some(80),
    };
    let text = report(&it, look).sent(true);
    assert!(
        text.contains(&format!("a{INSERTED}X{INSERTED:#}b")),
        "{text:?}"
    );
    assert!(!text.contains('«'));
    let bare = anstream::adapter::strip_str(&text).to_string();
    assert_eq!(bare, report(&it, PLAIN).to_string().replace(['«', '»'], ""));
}

#[test]
fn many_pieces_are_counted_and_long_paths_do_not_push_the_others() {
    let mut it = at_cursor("$0", "x");
    it.context = (1..=10)
        .map(|n| piece(&format!("src/f{n}.rs"), n, n + 1, "similar"))
        .collect();
    it.context[1].path = "src/a/very/long/path/that/goes/on/and/on/and/on/file.rs".into();
    check(
        &it,
        Look {
            color: false,
            width: Some(60),
        },
        expect![[r#"
                src/main.rs:1:1

                    1 │ «x»

                  context   src/f1.rs:1-2  similar
                            src/a/very/long/path/that/goes/on/and/on/and/on…
                            src/f3.rs:3-4  similar
                            src/f4.rs:4-5  similar
                            src/f5.rs:5-6  similar
                            src/f6.rs:6-7  similar
                            src/f7.rs:7-8  similar
                            src/f8.rs:8-9  similar
                            and 2 more
            "#]],
    );
}

#[test]
fn a_dry_run_shows_the_prompt_to_the_letter() {
    let it = DryRunReport {
        path: "a.py".into(),
        line: 1,
        column: 3,
        prefix: "x =".to_owned(),
        suffix: "\n".to_owned(),
        prompt: "<P>x =\n\ty<S>\u{1b}".to_owned(),
        tokens: 12,
        fim: Some("starcoder2".to_owned()),
        context: vec![piece("b.py", 3, 3, "signature")],
        reason: None,
    };
    expect![[r#"
            a.py:1:3

              template  starcoder2
              prompt    12 tokens: 3 characters before the cursor, 1 character after it
              context   b.py:3  signature

            ────────────────────────────────────────────────────────────
            <P>x =
            	y<S><U+001B>
        "#]]
    .assert_eq(&dry_run(&it, PLAIN).to_string());
}

#[test]
fn nothing_at_all_and_narrow_terminals_are_drawn_too() {
    for width in [None, Some(0), Some(1), Some(25)] {
        for text in ["$0", "\n$0", "a\n$0\nb", "日$0本"] {
            for insert in ["", "x", "日\n本\n"] {
                let look = Look {
                    color: false,
                    width,
                };
                assert!(
                    !report(&at_cursor(text, insert), look)
                        .to_string()
                        .is_empty()
                );
            }
        }
    }
}
