//! Streams, piece by piece.

use super::*;
use crate::config::settings::Multiline;
use hob_index::language::Language;

fn place<'a>(id: &str, before: &'a str, after: &'a str) -> Place<'a> {
    Place {
        language: Language::of_id(id),
        before,
        after,
        multiline: Multiline::Auto,
    }
}

/// What has been read when the stream is ended, if it is.
fn read_until_done(place: &Place, output: &str) -> Option<String> {
    let mut stop = Stop::new(place);
    output
        .chars()
        .any(|it| stop.push(it.encode_utf8(&mut [0; 4])) == Flow::Done)
        .then(|| stop.text().to_owned())
}

#[test]
fn a_token_over_several_pieces_ends_the_stream() {
    let mut stop = Stop::new(&place("rust", "let x = ", ""));
    assert_eq!(stop.push("1;<|fim"), Flow::Continue);
    assert_eq!(stop.push("_mid"), Flow::Continue);
    assert_eq!(stop.push("dle|>more"), Flow::Done);
}

#[test]
fn the_models_own_token_ends_the_stream_and_is_not_in_its_text() {
    let mut stop = Stop::new(&place("html", "<p>", "")).with_tokens(&["</s>".to_owned()]);
    assert_eq!(stop.push("a <s>b</"), Flow::Continue);
    assert_eq!(stop.push("s> c"), Flow::Done);
    assert_eq!(stop.text(), "a <s>b");
    assert_eq!(stop.push("more"), Flow::Done);
    assert_eq!(stop.text(), "a <s>b");
}

#[test]
fn one_line_ends_at_its_end() {
    assert_eq!(
        read_until_done(&place("rust", "// Adds ", "\n"), "two.\nfn f() {}\n").as_deref(),
        Some("two.\n")
    );
}

#[test]
fn the_line_below_the_cursor_ends_the_stream() {
    let read = read_until_done(
        &place("rust", "fn f() {\n    ", "\n    last();\n}\n"),
        "first();\n    last();\n}\nfn g() {\n",
    );
    assert_eq!(read.as_deref(), Some("first();\n    last();\n"));
}

#[test]
fn a_loop_ends_the_stream_at_the_third_turn() {
    let read = read_until_done(
        &place("python", "def f():\n    ", "\n"),
        &"step(x)\n    ".repeat(20),
    );
    assert_eq!(read.map(|it| it.matches("step").count()), Some(3));
}

#[test]
fn a_second_function_ends_the_stream() {
    let read = read_until_done(
        &place("python", "def f():", "\n"),
        "\n    return 1\n\n\ndef g():\n    return 2\n",
    );
    assert_eq!(read.as_deref(), Some("\n    return 1\n\n\ndef g():\n"));
}

#[test]
fn the_first_complete_line_can_be_shown_at_once() {
    let mut stop = Stop::new(&place("rust", "fn f() {\n    ", "\n}\n"));
    stop.push("let a = 1;");
    assert_eq!(stop.first_lines(), None);
    stop.push("\n    let b");
    assert_eq!(
        stop.first_lines().map(|it| it.text).as_deref(),
        Some("let a = 1;")
    );
    stop.push(" = 2;\n");
    assert_eq!(
        stop.first_lines().map(|it| it.text).as_deref(),
        Some("let a = 1;\n    let b = 2;")
    );
}

#[test]
fn a_stream_without_end_is_ended() {
    let mut stop = Stop::new(&place("rust", "let x = ", ""));
    let pieces = (0..1 << 20)
        .take_while(|_| stop.push("x + y ") == Flow::Continue)
        .count();
    assert!(pieces * 6 <= Stream::LONGEST, "{pieces}");
}
