//! What is written out, what stays, and that nothing hides.

use super::*;
use proptest::prelude::*;

#[test]
fn whatever_has_no_glyph_is_written_out() {
    for (raw, expected) in [
        ("\u{1b}]52;c;AAAA\u{7}", "<U+001B>]52;c;AAAA<U+0007>"),
        ("a\u{9b}2J\u{90}q\u{9c}", "a<U+009B>2J<U+0090>q<U+009C>"),
        ("back\u{8}\u{7f}", "back<U+0008><U+007F>"),
        ("over\rwritten", "over<U+000D>written"),
        (
            "if\u{202e}x\u{2066}y\u{2069}",
            "if<U+202E>x<U+2066>y<U+2069>",
        ),
        ("a\u{200b}b\u{feff}c\u{2060}", "a<U+200B>b<U+FEFF>c<U+2060>"),
        ("a\u{2028}b\u{2029}", "a<U+2028>b<U+2029>"),
        ("x\u{e0041}\u{e0042}", "x<U+E0041><U+E0042>"),
        (
            "\u{3164}\u{115f}\u{ffa0}\u{ad}",
            "<U+3164><U+115F><U+FFA0><U+00AD>",
        ),
        ("user\u{200d}name", "user<U+200D>name"),
        ("a\u{fe0f}\u{fe01}", "a<U+FE0F><U+FE01>"),
        ("\u{ffff}\u{1fffe}", "<U+FFFF><U+1FFFE>"),
    ] {
        assert_eq!(text(raw), expected);
        assert_eq!(line(raw), expected);
        assert_eq!(name(raw), expected);
    }
}

#[test]
fn ordinary_text_of_all_scripts_stays() {
    for it in [
        "plain\ttext\nin lines",
        "👨\u{200d}👩\u{200d}👧 👩🏽\u{200d}⚕\u{fe0f} ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "می\u{200c}خواهم שָׁלוֹם العربية",
        "क्\u{200d}ष e\u{301} 葛\u{e0100} 漢字",
        "a\u{a0}b",
    ] {
        assert_eq!(text(it), it);
        assert!(matches!(text(it), Cow::Borrowed(_)) || it.contains(is_hidden));
    }
}

#[test]
fn what_belongs_to_emoji_hides_nothing_elsewhere() {
    // A second selector, a joiner at the end, other tags behind the flag, and the sequence without it.
    assert_eq!(text("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}<U+FE0F>");
    assert_eq!(text("👩\u{200d}x"), "👩<U+200D>x");
    assert_eq!(text("👩\u{200d}"), "👩<U+200D>");
    assert_eq!(
        text("🏴\u{e0067}\u{e0062}\u{e007f}"),
        "🏴<U+E0067><U+E0062><U+E007F>"
    );
    assert!(text(FLAGS[0]).starts_with("<U+E0067>"));
    assert_eq!(text("می\u{200c}\u{200c}خ"), "می<U+200C><U+200C>خ");
}

#[test]
fn ends_of_lines_stay_in_text_and_nowhere_else() {
    assert_eq!(text("a\r\nb\r\r\n"), "a\nb<U+000D>\n");
    assert_eq!(line("a\r\nb\tc"), "a<U+000D><U+000A>b<U+0009>c");
    assert_eq!(name("a\nb"), "a<U+000A>b");
}

#[test]
fn a_name_is_not_mistaken_for_another() {
    assert_eq!(name("a<U+000A>b"), "a<U+003C>U+000A>b");
    assert_eq!(name("Vec<u8>.rs"), "Vec<u8>.rs");
    assert_eq!(name("a\u{a0}b\u{2800}"), "a<U+00A0>b<U+2800>");
}

#[cfg(unix)]
#[test]
fn a_path_shows_bytes_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let raw = |it: &[u8]| path(Path::new(std::ffi::OsStr::from_bytes(it)));
    assert_eq!(raw(b"src/a\xff\n.rs"), "src/a<0xFF><U+000A>.rs");
    assert_eq!(raw(b"<0xFF>"), "<U+003C>0xFF>");
    // A C1 control as a single byte.
    assert_eq!(raw(b"\x9b31m"), "<0x9B>31m");
}

#[test]
fn json_says_the_same_and_hides_nothing() {
    let value = serde_json::json!({
        "k\u{202e}": "\u{7f}\u{9b}\u{1b}[2J\u{2028}\u{e0041}\n",
        "👨\u{200d}👩": ["é"],
    });
    let shown = json(serde_json::to_string_pretty(&value).unwrap());
    assert!(
        shown.contains(r"\udb40\udc41") && shown.contains(r"\u009b"),
        "{shown}"
    );
    assert!(shown.contains('👨') && shown.contains('é'));
    assert!(!shown.contains(suspicious), "{shown:?}");
    let decoded: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(decoded, value);
}

/// Text of what matters here.
fn odd() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "<",
        "U+",
        "0x",
        "\n",
        "\r",
        "\t",
        "\u{1b}",
        "]52;c;",
        "\u{7}",
        "\u{9b}",
        "\u{200d}",
        "\u{200c}",
        "\u{fe0f}",
        "\u{20e3}",
        "1",
        "👩",
        "🏴",
        "\u{1f3fd}",
        "خ",
        "漢",
        "\u{e0100}",
        "\u{e0067}",
        "\u{e0062}",
        "\u{e0065}",
        "\u{e006e}",
        "\u{e007f}",
        "\u{202e}",
        "é",
        "\u{301}",
        "\u{ad}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn nothing_commands_and_a_second_time_changes_nothing(it in odd()) {
        let shown = text(&it).into_owned();
        prop_assert!(!shown.contains(|it: char| it.is_control() && it != '\n' && it != '\t'));
        let turns = shown.contains('\u{202e}');
        prop_assert!(!turns);
        prop_assert_eq!(text(&shown), shown.as_str());
        prop_assert!(!line(&it).contains(char::is_control));
    }

    #[test]
    fn different_names_look_different(a in odd(), b in odd()) {
        if a != b {
            prop_assert_ne!(name(&a), name(&b));
        }
    }

    #[test]
    fn pieces_are_shown_as_the_whole(it in odd(), cuts in prop::collection::vec(0usize..80, 0..6)) {
        let place = |at: &usize| it.char_indices().nth(*at).map_or(it.len(), |(at, _)| at);
        let mut cuts: Vec<usize> = cuts.iter().map(place).collect();
        cuts.sort_unstable();
        cuts.push(it.len());
        let mut cleaner = Cleaner::default();
        let mut shown = String::new();
        let mut from = 0;
        for at in cuts {
            shown.push_str(cleaner.push(&it[from..at]).as_str());
            from = at;
        }
        shown.push_str(cleaner.finish().as_str());
        prop_assert_eq!(shown, text(&it));
    }

    #[test]
    fn offsets_stay_where_only_bytes_count(it in odd()) {
        let shown = of_same_length(&it);
        prop_assert_eq!(shown.len(), it.len());
        prop_assert!(!shown.contains(|it: char| it.is_control() && it != '\n' && it != '\t'));
        for (at, _) in it.char_indices() {
            prop_assert!(shown.is_char_boundary(at));
        }
    }
}
