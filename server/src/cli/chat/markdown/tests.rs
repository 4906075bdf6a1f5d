//! Markdown in, rows out; in any pieces, at any width, on an emulated terminal.

use super::*;
use crate::cli::terminal::text::{Text, row_columns};
use crate::cli::terminal::{Screen, Size};
use expect_test::{Expect, expect};
use proptest::prelude::*;

/// All of the text, at a width.
fn rows(text: &str, columns: usize) -> Vec<Row> {
    let mut markdown = Markdown::new(Links::default(), columns);
    let mut rows = markdown.push(text);
    rows.extend(markdown.finish());
    rows
}

fn plain(rows: &[Row]) -> String {
    let text = crate::cli::terminal::text::plain;
    rows.iter().map(|it| text(it) + "\n").collect()
}

/// What a terminal is sent to show a row.
fn ansi(row: &Row) -> String {
    Text::from(row.clone()).sent(true)
}

#[track_caller]
fn check(text: &str, columns: usize, expected: Expect) {
    expected.assert_eq(&plain(&rows(text, columns)));
}

/// As [`check`], with each style in words round what has it.
#[track_caller]
fn check_styles(text: &str, expected: Expect) {
    let mut shown = String::new();
    for row in rows(text, 80) {
        shown.push_str(&ansi(&row));
        shown.push('\n');
    }
    let names = [
        ("0", "/"),
        ("1", "bold"),
        ("2", "dim"),
        ("3", "italic"),
        ("4", "underline"),
        ("9", "struck"),
        ("31", "red"),
        ("32", "green"),
        ("34", "blue"),
        ("35", "magenta"),
        ("36", "cyan"),
    ];
    for (code, name) in names {
        shown = shown.replace(&format!("\u{1b}[{code}m"), &format!("‹{name}›"));
    }
    expected.assert_eq(&shown);
}

const LETTER: &str = "\
# A heading

Some *soft* and **hard** words, `code()` and a [link](https://example.org/a), ~~gone~~.
- one
- two, which is longer than a row of forty columns can be
  1. deep
  2. deeper

     with more

- [x] done
- [ ] open

> quoted
> - within

```rust
fn main() {
    let x = 1; // one
}
```

| name | what it is for |
|:-----|---:|
| `a`  | the first |
| bb   | the second, of many words |

---
The end.
";

#[test]
fn a_text_of_all_kinds_fits_its_width() {
    check(
        LETTER,
        40,
        expect![[r#"
            A heading

            Some soft and hard words, code() and a
            link (https://example.org/a), gone.
            • one
            • two, which is longer than a row of
              forty columns can be
              1. deep
              2. deeper

                 with more

            ☑ done
            ☐ open

            │ quoted
            │ • within

            ── 1 · rust ───────────────────────────
            fn main() {
                let x = 1; // one
            }
            ───────────────────────────────────────

            name │            what it is for
            ─────┼──────────────────────────
            a    │                 the first
            bb   │ the second, of many words

            ───────────────────────────────────────
            The end.
        "#]],
    );
}

#[test]
fn styles_are_those_of_the_terminal() {
    check_styles(
        LETTER,
        expect![[r#"
            ‹bold›‹underline›A heading‹/›

            Some ‹italic›soft‹/› and ‹bold›hard‹/› words, ‹cyan›code()‹/› and a ‹underline›‹blue›link‹/›‹dim› (https://example.org/a)‹/›, ‹struck›gone‹/›.
            ‹dim›• ‹/›one
            ‹dim›• ‹/›two, which is longer than a row of forty columns can be
              ‹dim›1. ‹/›deep
              ‹dim›2. ‹/›deeper

                 with more

            ‹green›☑ ‹/›done
            ☐ open

            ‹dim›│ ‹/›quoted
            ‹dim›│ ‹/›‹dim›• ‹/›within

            ‹dim›── 1 · rust ────────────────────────────────────────────────────────────‹/›
            ‹magenta›fn‹/› ‹blue›main‹/›() {
                ‹magenta›let‹/› x = ‹red›1‹/›; ‹dim›‹italic›// one‹/›
            }
            ‹dim›────────────────────────────────────────────────────────────────────────‹/›

            ‹bold›name‹/›‹dim› │ ‹/›           ‹bold›what it is for‹/›
            ‹dim›─────┼──────────────────────────‹/›
            ‹cyan›a‹/›   ‹dim› │ ‹/›                the first
            bb  ‹dim› │ ‹/›the second, of many words

            ‹dim›────────────────────────────────────────────────────────────────────────‹/›
            The end.
        "#]],
    );
}

#[test]
fn tables_shrink_and_become_lists_where_they_cannot() {
    let table =
        "| a | long words in here | c |\n|---|---|--:|\n| 1 | one two three four | 漢字 |\n";
    check(
        table,
        28,
        expect![[r#"
            a │ long words in    │    c
              │ here             │ 
            ──┼──────────────────┼─────
            1 │ one two three    │ 漢字
              │ four             │ 
        "#]],
    );
    check(
        table,
        18,
        expect![[r#"
            a │ long   │    c
              │ words  │ 
              │ in     │ 
              │ here   │ 
            ──┼────────┼─────
            1 │ one    │ 漢字
              │ two    │ 
              │ three  │ 
              │ four   │ 
        "#]],
    );
}

#[test]
fn code_is_never_wrapped_or_decorated() {
    let long = "x".repeat(90);
    let text = format!("- see\n  ```\n  {long}\n  \tb  \n  ```\n- next\n");
    let drawn = plain(&rows(&text, 40));
    assert!(drawn.contains(&format!("\n{long}\n\tb  \n")), "{drawn}");
}

#[test]
fn emphasis_that_is_still_open_is_shown_as_it_will_be() {
    let tail = |text: &str| {
        let mut markdown = Markdown::new(Links::default(), 40);
        markdown.push(text);
        markdown.tail().iter().map(ansi).collect::<String>()
    };
    assert_eq!(tail("so **bo"), "so \u{1b}[1mbo\u{1b}[0m");
    assert_eq!(tail("so **"), "so");
    assert_eq!(tail("so `x("), "so \u{1b}[36mx(\u{1b}[0m");
    assert_eq!(tail("```rust\nlet a = b **"), tail("```rust\nlet a = b **"));
    assert!(plain(&rows("```\na **b\n```", 40)).contains("a **b"));
    assert!(!tail("text\n\n``").contains('`'));
}

#[test]
fn hidden_commands_and_turned_text_are_harmless() {
    let text = "a &#27;[2J b \u{1b}]0;title\u{7} `\u{1b}[1m` [x](https://a.b/\u{1b}) \u{202e}c\n\n```\n\u{9b}2J\u{1b}c\n```\n<b\u{1b}[3m>\n";
    let sent: String = rows(text, 80).iter().map(ansi).collect();
    let ours = sent.replace("\u{1b}[36m", "").replace("\u{1b}[0m", "");
    let ours = ours.replace("\u{1b}[2m", "").replace("\u{1b}[34m", "");
    let ours = ours.replace("\u{1b}[4m", "");
    assert!(!ours.contains(char::is_control), "{ours:?}");
    assert!(ours.contains("<U+202E>c"), "{ours:?}");
}

#[test]
fn what_is_cited_leads_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rs"), "").unwrap();
    let links = Links::new(true, folder.path());
    let mut markdown = Markdown::new(links, 80);
    let text = "see (a.rs:3), `a.rs:4-9`, [it](a.rs#L3), b.rs:1 and [web](https://a.b/c)\n";
    markdown.push(text);
    let rows = markdown.finish();
    let linked: Vec<&str> = rows[0]
        .iter()
        .filter(|it| it.link().is_some())
        .map(|it| it.text())
        .collect();
    assert_eq!(linked, ["a.rs:3", "a.rs:4-9", "it", "web"]);
    assert_eq!(plain(&rows), "see (a.rs:3), a.rs:4-9, it, b.rs:1 and web\n");
}

#[test]
fn blocks_of_code_are_numbered_as_they_are_shown() {
    let text = "```rust\na\n```\n- x\n  ```sh src/b.sh\n  b\n  c\n  ```\n\n      d\n";
    let blocks = code_blocks(text);
    let drawn = plain(&rows(text, 60));
    for (number, block) in blocks.iter().enumerate() {
        let head = match block.info.is_empty() {
            true => format!("── {} ", number + 1),
            false => format!("── {} · {} ", number + 1, block.info),
        };
        assert!(drawn.contains(&head), "{head}: {drawn}");
    }
    assert_eq!(blocks.len(), 3);
    assert_eq!(blocks[1].text, "b\nc\n");
}

/// Every language whose code is coloured says so by a keyword or a string.
#[test]
fn every_grammar_takes_its_query() {
    for (language, code) in [
        ("rust", "fn a() { 1 }"),
        ("python", "def a(): return 1"),
        ("js", "const a = 1"),
        ("jsx", "const a = <b c='d'/>"),
        ("ts", "const a: number = 1"),
        ("tsx", "const a = <b c='d'/>"),
        ("go", "func a() { return }"),
        ("java", "class A { int a = 1; }"),
        ("kotlin", "fun a(b: C): D = e(1) // f"),
        ("c", "int a(void) { return 1; }"),
        ("cpp", "class A { int a = 1; };"),
        ("csharp", "class A { int a = 1; }"),
        ("ruby", "def a; 1; end"),
        ("php", "<?php function a() { return 1; }"),
        ("swift", "func a() { return 1 }"),
        ("scala", "def a = 1"),
        ("lua", "local a = 1"),
        ("sh", "if true; then echo 'a'; fi"),
        ("sql", "select a from b where c = 'd'"),
        ("zig", "const a = 1;"),
        ("html", "<a href='b'>c</a>"),
        ("css", "a { color: red; }"),
        ("json", "{\"a\": 1}"),
        ("toml", "a = 'b'"),
        ("yaml", "a: 'b'"),
        ("diff", "+a"),
        ("src/a.rs", "fn a() {}"),
        ("rust:src/a.rs", "fn a() {}"),
    ] {
        let drawn = rows(&format!("```{language}\n{code}\n```\n"), 80);
        let sent = ansi(&drawn[1]);
        assert!(sent.contains('\u{1b}'), "{language}: {sent}");
        assert_eq!(plain(&drawn[1..2]), format!("{code}\n"), "{language}");
    }
}

#[test]
fn a_line_of_code_looks_the_same_whatever_follows() {
    let whole = rows("```rust\nlet a = \"b\n/* c\n*/ d();\n```\n", 80);
    let half = rows("```rust\nlet a = \"b\n", 80);
    assert_eq!(ansi(&whole[1]), ansi(&half[1]));
}

#[test]
fn hostile_code_is_shown_without_colours() {
    for (language, code) in [
        ("c", ("x=>".repeat(20) + "\n").repeat(1_000)),
        ("yaml", (": ".repeat(1_000) + "\n").repeat(5)),
        ("ruby", format!("a = <<{}\n", "A".repeat(300))),
        ("rust", "a;\n".repeat(1_000)),
    ] {
        let started = std::time::Instant::now();
        let drawn = rows(&format!("```{language}\n{code}```\n"), 4_096);
        let took = started.elapsed();
        assert!(took.as_secs() < 60, "{language}: {took:?}");
        assert!(plain(&drawn).contains(code.trim_end()), "{language}");
    }
}

/// What a reader sees who scrolls all the way up, on a terminal of this size.
fn seen(pieces: &[&str], size: Size) -> String {
    let rows = u16::try_from(size.rows).unwrap();
    let columns = u16::try_from(size.columns).unwrap();
    let mut terminal = vt100::Parser::new(
        rows.try_into().unwrap(),
        columns.try_into().unwrap(),
        10_000,
    );
    let mut screen = Screen::default();
    let mut markdown = Markdown::new(Links::default(), size.columns);
    for piece in pieces {
        let finished = markdown.push(piece);
        let tail = markdown.tail();
        terminal.process(screen.draw(&finished, &tail, size).as_bytes());
    }
    let rest = markdown.finish();
    terminal.process(screen.draw(&rest, &[], size).as_bytes());
    history(&mut terminal)
}

/// All rows, those that were scrolled away first.
fn history(terminal: &mut vt100::Parser) -> String {
    let (_, columns) = terminal.screen().size();
    let mut all: Vec<String> = Vec::new();
    let most = terminal.screen().scrollback_len();
    for above in (1..=most).rev() {
        terminal.screen_mut().set_scrollback(above);
        all.extend(terminal.screen().rows(0, columns.get()).next());
    }
    terminal.screen_mut().set_scrollback(0);
    all.extend(terminal.screen().rows(0, columns.get()));
    let text: Vec<&str> = all.iter().map(|it| it.trim_end()).collect();
    text.join("\n").trim_end().to_owned() + "\n"
}

/// Pieces of a text, cut at these places.
fn cut_at<'a>(text: &'a str, places: &[usize]) -> Vec<&'a str> {
    let mut places: Vec<usize> = places
        .iter()
        .map(|it| text.floor_char_boundary(it % (text.len() + 1)))
        .collect();
    places.sort_unstable();
    places.push(text.len());
    let mut from = 0;
    let mut pieces = Vec::new();
    for place in places {
        pieces.push(&text[from..place]);
        from = place;
    }
    pieces
}

/// Markdown of all kinds, in any order.
fn markdowns() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        "",
        "word and **bold** and `code` of some length, so that it is wrapped",
        "# Heading",
        "Setext\n===",
        "- item",
        "  - nested item",
        "    still in it",
        "1. first",
        "2. second",
        "10. tenth\n\n    ```rust\n    fn a() {}\n    ```",
        "- [ ] task",
        "> quote",
        "> > deeper",
        "> - item in quote",
        "```rust",
        "```",
        "~~~",
        "let x = \"string",
        "/* comment",
        "    indented",
        "| a | b |\n|---|---|",
        "| 漢字 | 🙂 wide |",
        "---",
        "***",
        "**open",
        "[ref]: https://a.b",
        "[ref] and [x](https://a.b/c)",
        "<div>",
        "text `open",
        "👨‍👩‍👧 family and e\u{301}",
        "-",
        "- ",
        "verylongwordwithoutanyblanksinitthatneedstobebrokensomewhere",
    ]);
    prop::collection::vec(line, 0..25).prop_map(|it| it.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces_give_the_same_screen(
        text in markdowns(),
        places in prop::collection::vec(0usize..2000, 0..30),
        columns in 20usize..90,
        height in 4usize..30,
    ) {
        let size = Size { columns, rows: height };
        let whole = seen(&[&text], size);
        let pieces = cut_at(&text, &places);
        prop_assert_eq!(whole, seen(&pieces, size));
        // And nothing but the rows is there.
        let drawn = plain(&rows(&text, columns));
        let code_is_longer = rows(&text, columns).iter().any(|it| row_columns(it) >= columns);
        if !code_is_longer {
            let drawn: Vec<&str> = drawn.lines().map(str::trim_end).collect();
            let drawn = drawn.join("\n").trim_end().to_owned() + "\n";
            prop_assert_eq!(drawn, seen(&pieces, size));
        }
    }

    #[test]
    fn rows_fit_and_nothing_is_lost(text in markdowns(), columns in 20usize..90) {
        let mut markdown = Markdown::new(Links::default(), columns);
        let mut streamed: Vec<Row> = Vec::new();
        for line in text.split_inclusive('\n') {
            streamed.extend(markdown.push(line));
        }
        streamed.extend(markdown.finish());
        // All at once, in one parse: the same words in the same order, links' definitions aside.
        let mut code = Highlighter::default();
        let width = columns.saturating_sub(1).clamp(NARROWEST, LONGEST);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let source = text.clone() + end;
        let mut laid = blocks::lay(&source, Before::default(), width, &Links::default(), &mut code);
        let n_units = laid.units.len();
        let at_once = blocks::rows(&mut laid, 0..n_units);
        if !text.contains("[ref]") {
            prop_assert_eq!(plain(&streamed), plain(&at_once));
        }
        prop_assert!(streamed.iter().all(|it| !it.iter().any(|it| it.text().contains('\n'))));
        // Code alone may be longer than a row.
        if !text.contains("```") && !text.contains("~~~") && !text.contains("    ") {
            let widest = streamed.iter().map(|it| row_columns(it)).max();
            prop_assert!(widest.unwrap_or(0) < columns, "{}", plain(&streamed));
        }
    }

    #[test]
    fn no_text_is_too_odd(
        language in prop::sample::select(vec!["", "```rust\n", "```py\n", "```html\n", "> - ```ts\n"]),
        text in "[a-z\\PC\n\t`*_~|#>\\[\\]()&;<{}\"'/: -]{0,120}",
        columns in 1usize..40,
    ) {
        let mut markdown = Markdown::new(Links::default(), columns);
        let mut rows = markdown.push(language);
        for (at, char) in text.char_indices() {
            rows.extend(markdown.push(&text[at..at + char.len_utf8()]));
            markdown.tail();
        }
        rows.extend(markdown.finish());
        let sent: String = rows.iter().map(ansi).collect();
        let is_command = sent.chars().any(|it| it.is_control() && !"\t\u{1b}".contains(it));
        prop_assert!(!is_command, "{:?}", sent);
    }
}
