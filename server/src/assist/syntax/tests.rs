//! What the parser lets through, and what not. `$0` is the cursor.

use super::*;

fn verdict(id: &str, document: &str, text: &str) -> Verdict {
    let (before, after) = document.split_once("$0").unwrap();
    check(Language::of_id(id), before, after, text, 0)
}

#[test]
fn sound_code_is_fine() {
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", "let x = g(1);"),
        Verdict::Fine
    );
    assert_eq!(
        verdict("python", "def f():\n    $0\n", "return [x for x in xs]"),
        Verdict::Fine
    );
    assert_eq!(
        verdict("go", "package a\n\nfunc f() {\n\t$0\n}\n", "x := 1"),
        Verdict::Fine
    );
}

#[test]
fn a_piece_of_a_statement_is_fine() {
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", "foo(a, "),
        Verdict::Fine
    );
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", "if x {"),
        Verdict::Fine
    );
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", "let x ="),
        Verdict::Fine
    );
    assert_eq!(
        verdict("python", "def f():\n    $0\n", "if x"),
        Verdict::Fine
    );
    assert_eq!(
        verdict("javascript", "$0\n", "const f = (a) => {"),
        Verdict::Fine
    );
}

#[test]
fn a_place_that_is_broken_already_is_no_reason_to_drop() {
    assert_eq!(
        verdict("rust", "fn f( {\n    let = ;\n    $0\n}\n", "let x = 1;"),
        Verdict::Fine
    );
}

#[test]
fn nonsense_is_dropped() {
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", "let x = ) ] fn (;"),
        Verdict::Breaks
    );
    assert_eq!(
        verdict("json", "{\n  $0\n}\n", "This is no JSON"),
        Verdict::Breaks
    );
}

#[test]
fn nonsense_behind_sound_lines_is_cut() {
    let text = "let x = 1;\n    let y = 2;\n    ) ] fn let (;";
    assert_eq!(
        verdict("rust", "fn f() {\n    $0\n}\n", text),
        Verdict::Until(25)
    );
}

#[test]
fn without_a_grammar_anything_is_fine() {
    assert_eq!(verdict("markdown", "$0", ") ] }"), Verdict::Fine);
    assert_eq!(check(None, "", "", ") ]", 0), Verdict::Fine);
}

#[test]
fn large_documents_are_judged_by_an_excerpt() {
    let function = "fn f() {\n    let x = g(1);\n}\n\n".repeat(30_000);
    let before = format!("{function}fn h() {{\n    ");
    assert_eq!(
        check(
            Language::of_id("rust"),
            &before,
            &format!("\n}}\n{function}"),
            "let x = 1;",
            0
        ),
        Verdict::Fine
    );
}

#[test]
fn hostile_code_round_the_cursor_delays_no_completion() {
    for (id, unit) in [
        ("c", "x=>"),
        ("typescript", "A<"),
        ("yaml", ": "),
        ("javascript", "a?b:"),
        ("csharp", "$\"{"),
        ("swift", "a?b:"),
    ] {
        let document = format!("{}$0\n{}", unit.repeat(100_000), unit.repeat(100_000));
        let started = std::time::Instant::now();
        verdict(id, &document, "x");
        verdict(id, &document, &format!("x\n{}", unit.repeat(1_000)));
        assert!(
            started.elapsed().as_secs() < 10,
            "{id}: {:?}",
            started.elapsed()
        );
    }
    // Its scanner would end the process.
    let word = "A".repeat(300);
    assert_eq!(
        verdict("ruby", "a = $0\n", &format!("<<{word}\n")),
        Verdict::Fine
    );
}

#[test]
fn a_whole_text_that_cannot_be_checked_has_no_errors_and_no_success() {
    let c = Language::of_id("c").unwrap();
    assert_eq!(errors(c, &"x=>".repeat(300_000)), None);
    assert_eq!(errors(c, "int a;\n"), Some(Vec::new()));
}
