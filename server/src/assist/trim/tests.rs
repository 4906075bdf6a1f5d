//! What holds for any text: no panic, whole characters, nothing longer than the output, time in proportion. The rules' cases are in `tests/trim/`.

use super::*;
use proptest::prelude::*;

fn languages() -> impl Strategy<Value = Option<&'static Language>> {
    (0..hob_index::language::LANGUAGES.len() + 1)
        .prop_map(|it| hob_index::language::LANGUAGES.get(it))
}

/// Text of pieces that the rules look for, and of any characters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "fn f() {", "}", "{", "(", ")", "[", "]", "\n", "\n    ", "\n\t", "\r\n", " ", "\"", "'", "`", "\"\"\"", "'''", "// c", "# c", "/*", "*/", "<!--", "if x:", "else:", "} else {", "end",
            "def f(self):", "return x", "foo(a, b);", "x", ",", ";", ":", "<div>", "</div>", "</s>", "<|endoftext|>", "```", "```rust", "<think>", "</think>", "<<EOF", "EOF", "- a", "[dependencies]",
            "jobs:", "é", "😀", "\u{feff}", "\u{a0}", "${", "r#\"", "\"#", "[[", "]]", "--[[", "0, 0, 0, ", "a1 = 1", "catch (e) {", "\\", "/", "</", ">", "▁",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|it| it.concat())
}

fn completed(before: &str, after: &str, output: &str) -> String {
    let language = Language::of_id("rust");
    let place = Place {
        language,
        before,
        after,
        multiline: Multiline::Auto,
    };
    trim(&place, output, End::Model).unwrap().text
}

#[test]
fn a_suggestion_holds_nothing_that_nobody_sees() {
    let (before, after) = ("fn main() {\n    let a = ", "\n}\n");
    for output in [
        "us\u{200b}er\u{202e}();",
        "\u{feff}user();\u{2069}",
        "us\u{e0041}er(\u{1b}\u{9b}\0);",
        "user(\u{3164});",
    ] {
        assert_eq!(completed(before, after, output), "user();", "{output:?}");
    }
    // What looks like a token of the model's format once it is gone is one.
    let output = "user();<|fim_\u{200b}suffix|>x";
    assert_eq!(completed(before, after, output), "user();");
}

#[test]
fn a_line_that_fits_no_screen_is_not_offered() {
    let place = |before| Place {
        language: Language::of_id("python"),
        before,
        after: "",
        multiline: Multiline::Auto,
    };
    // Told apart, so that no other rule finds a repetition.
    let words = |bytes: usize| {
        let mut text = String::new();
        let mut n = 0;
        while text.len() < bytes {
            n += 1;
            text += &format!("word{} ", n * n);
        }
        text.truncate(bytes);
        text
    };
    let long = format!("'{}'", words(64 << 10));
    let offered = trim(&place("x = "), &long, End::Model);
    assert_eq!(offered.unwrap_err(), Dropped::TooLong);

    let limit = format!("'{}'", words(LONGEST_LINE - 2));
    assert_eq!(
        trim(&place("x = "), &limit, End::Model).unwrap().text,
        limit
    );

    // The lines before it are good.
    let output = format!("a = read(path)\n    b = {long}\n    return a + b");
    let offered = trim(&place("def f(path):\n    "), &output, End::Model).unwrap();
    assert_eq!(offered.text, "a = read(path)");
}

#[test]
fn a_suggestion_may_write_as_the_document_does() {
    let after = "\n}\n";
    let persian = "\"می\u{200c}خواهم\";";
    assert_eq!(
        completed("fn main() {\n    let a = ", after, persian),
        persian
    );
    let before = "fn main() {\n    let a = \"\u{2068}x\u{2069}\";\n    let b = ";
    let isolated = "\"\u{2068}y\u{2069}\";";
    assert_eq!(completed(before, after, isolated), isolated);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_output_at_any_place_gives_a_sound_result(language in languages(), before in text(), after in text(), output in text(), limit in any::<bool>()) {
        let place = Place { language, before: &before, after: &after, multiline: Multiline::Auto };
        let end = if limit { End::Limit } else { End::Model };
        let around = Around::new(&place);
        if let Ok(it) = trim(&place, &output, end) {
            prop_assert!(!it.text.trim().is_empty());
            prop_assert!(it.replace <= after.find('\n').unwrap_or(after.len()));
            prop_assert!(after.is_char_boundary(it.replace));
            // Only blanks may be added, for the indentation.
            let solid = |text: &str| text.chars().filter(|it| !it.is_whitespace()).count();
            prop_assert!(solid(&it.text) <= solid(&output), "{:?} of {:?}", it.text, output);
            if around.crlf {
                prop_assert_eq!(it.text.matches('\n').count(), it.text.matches("\r\n").count());
            } else {
                prop_assert!(!it.text.contains('\r'));
            }
        }
    }

    #[test]
    fn any_stream_can_be_read_in_any_pieces(language in languages(), before in text(), after in text(), output in text(), size in 1usize..9) {
        let place = Place { language, before: &before, after: &after, multiline: Multiline::Auto };
        let mut stop = crate::assist::stop::Stop::new(&place);
        for piece in output.chars().collect::<Vec<_>>().chunks(size) {
            stop.push(&piece.iter().collect::<String>());
            if let Some(lines) = stop.first_lines() {
                prop_assert!(after.is_char_boundary(lines.replace));
            }
        }
        prop_assert!(output.starts_with(stop.text()));
    }
}

/// Work that grew with the square of the text would take minutes here.
#[test]
fn texts_of_megabytes_take_no_longer_than_their_windows() {
    let long_line = "x + ".repeat(1 << 18);
    let many_lines = "    let a = foo(1);\n".repeat(1 << 16);
    let quotes = "\"'`<".repeat(1 << 18);
    for id in [
        "rust",
        "python",
        "javascript",
        "html",
        "markdown",
        "shellscript",
    ] {
        for text in [&long_line, &many_lines, &quotes] {
            let place = Place {
                language: Language::of_id(id),
                before: text,
                after: text,
                multiline: Multiline::Auto,
            };
            let _ = trim(&place, text, End::Limit);
            let place = Place {
                language: Language::of_id(id),
                before: "",
                after: "",
                multiline: Multiline::Auto,
            };
            let _ = trim(&place, text, End::Model);
        }
    }
}

#[test]
fn one_line_is_wanted_where_there_is_code_to_the_right() {
    let wants = |before: &str, after: &str, multiline| {
        wants_one_line(&Place {
            language: Language::of_id("rust"),
            before,
            after,
            multiline,
        })
    };
    assert!(wants("let x = ", " + b;\n", Multiline::Auto));
    assert!(wants("let x = ", " + b;\n", Multiline::Always));
    assert!(wants("let x = ", "", Multiline::Never));
    assert!(wants("// say", "", Multiline::Auto));
    assert!(!wants("// say", "", Multiline::Always));
    assert!(!wants("foo(", ");\n", Multiline::Auto));
    assert!(!wants("foo(", "", Multiline::Auto));
}

#[test]
fn the_reasons_have_names() {
    let all = [
        Dropped::Blank,
        Dropped::RepeatsSuffix,
        Dropped::RepeatsAbove,
        Dropped::Repetition,
        Dropped::OutOfScope,
        Dropped::BreaksSyntax,
        Dropped::Prose,
    ];
    let codes: Vec<_> = all.iter().map(|it| it.code()).collect();
    expect_test::expect![[
        r#"["blank", "repeats-suffix", "repeats-above", "repetition", "out-of-scope", "breaks-syntax", "prose"]"#
    ]]
    .assert_eq(&format!("{codes:?}"));
}

#[test]
fn each_reason_is_given() {
    let reason = |before: &str, after: &str, output: &str| {
        let place = Place {
            language: Language::of_id("python"),
            before,
            after,
            multiline: Multiline::Auto,
        };
        trim(&place, output, End::Model).unwrap_err()
    };
    assert_eq!(reason("x = ", "", " \n "), Dropped::Blank);
    assert_eq!(
        reason("", "\nx = g(y)\n", "x = g(y)"),
        Dropped::RepeatsSuffix
    );
    assert_eq!(
        reason("x = g(y)\n", "\n", "x = g(y)"),
        Dropped::RepeatsAbove
    );
    assert_eq!(
        reason(
            "x = ",
            "\n",
            "word other thing word other thing word other thing word other thing "
        ),
        Dropped::Repetition
    );
    assert_eq!(
        reason("x = 1\n", "\ny = 2\n", "= if else class 1 2 ("),
        Dropped::BreaksSyntax
    );
    assert_eq!(
        reason(
            "def f():\n    ",
            "\n",
            "Here is the code that you asked for:"
        ),
        Dropped::Prose
    );
}
