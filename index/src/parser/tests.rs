//! Texts that were made to cost, on every grammar: none may take long, take much memory, or end the process.

use super::*;
use crate::language::LANGUAGES;
use crate::outline::{self, outline};

/// How long one hostile text may take at most: four times of what unoptimised grammars take, a hundredth of what a
/// parser without bounds takes.
const LONG: Duration = Duration::from_secs(10);

fn grammar(id: &str) -> Language {
    let language = crate::language::Language::of_id(id).unwrap();
    language.grammar.unwrap()()
}

/// A text of about so many bytes: `head`, and `unit` over and over.
fn repeated(head: &str, unit: &str, bytes: usize) -> String {
    head.to_owned() + &unit.repeat(bytes / unit.len())
}

/// The same in lines of 60 columns, as files have.
fn wrapped(unit: &str, bytes: usize) -> String {
    let text = repeated("", unit, bytes);
    let lines: Vec<&str> = (0..text.len())
        .step_by(60)
        .map(|it| &text[it..text.len().min(it + 60)])
        .collect();
    lines.join("\n")
}

/// Outlines a text with the stack of an ordinary thread: the chunks are the text, whatever becomes of the syntax.
#[track_caller]
fn check_outline(id: &str, text: &str) -> outline::Outline {
    let language = crate::language::Language::of_id(id).unwrap();
    let started = Instant::now();
    let outline = std::thread::scope(|threads| {
        let outlining = threads.spawn(|| outline(text, Some(language)));
        outlining.join().unwrap()
    });
    let start: String = text.chars().take(40).collect();
    assert!(
        started.elapsed() < LONG,
        "{id}: {start:?} took {:?}",
        started.elapsed()
    );
    let joined: usize = outline.chunks.iter().map(|it| it.bytes.len()).sum();
    assert_eq!(joined, text.len(), "{id}: {start:?}");
    outline
}

/// Parses with so many steps.
fn parsed(id: &str, text: &str, steps: usize) -> Option<Tree> {
    parse(
        text,
        &grammar(id),
        None,
        &mut Budget::new(steps, Duration::from_secs(60)),
    )
}

#[test]
fn arrows_in_c_cost_neither_half_a_minute_nor_the_process() {
    check_outline("c", &wrapped("x=>", 15_000));
    check_outline("c", &wrapped("x=>", 240_000));
    check_outline("c", &wrapped("x=>", 1_000_000));
}

#[test]
fn deeply_nested_texts_do_not_overflow_the_stack() {
    for (id, unit) in [
        ("json", "["),
        ("yaml", "[{a: "),
        ("javascript", "(a?b:["),
        ("rust", "mod a{"),
        ("typescript", "A<"),
        ("python", "class A: "),
        ("ruby", "\"#{"),
        ("csharp", "$\"{"),
        ("html", "<div>"),
        ("markdown", "> - "),
        ("zig", "const a = 1;"),
    ] {
        check_outline(id, &repeated("", unit, 500_000));
    }
}

#[test]
fn a_scanner_that_saves_too_much_ends_the_parse_and_not_the_process() {
    let nested: String = (0..1_200).map(|it| " ".repeat(it) + "-\n").collect();
    check_outline("yaml", &": ".repeat(4_000));
    check_outline("yaml", &nested);
    let nested: String = (0..1_200).map(|it| " ".repeat(it) + "if a:\n").collect();
    check_outline("python", &nested);
}

#[test]
fn a_long_word_of_a_heredoc_is_refused() {
    for quote in ["", "\"", "'", "`"] {
        for sign in ["", "-", "~"] {
            for letter in ["A", "\u{e9}", "\u{1d4b3}"] {
                let of = |n| format!("a = <<{sign}{quote}{}{quote}\n", letter.repeat(n));
                assert!(parsed("ruby", &of(300), 1_000).is_none());
                assert!(parsed("ruby", &of(60), 1_000).is_some());
            }
        }
    }
    check_outline("ruby", &repeated("a = <<", "A", 1_000_000));
}

#[test]
fn a_parse_ends_where_its_steps_do_and_leaves_nothing_behind() {
    let text = repeated("", "fn area() {}\n", 500_000);
    let mut budget = Budget::new(10, Duration::from_secs(60));
    assert!(parse(&text, &grammar("rust"), None, &mut budget).is_none());
    assert!(budget.is_used_up());
    assert!(parse("fn a() {}", &grammar("rust"), None, &mut budget).is_none());
    let tree = parsed("rust", "fn a() {}", 1_000).unwrap();
    assert_eq!(
        tree.root_node().to_sexp().matches("function_item").count(),
        1
    );
    assert!(!tree.root_node().has_error());
}

#[test]
fn error_recovery_is_work_that_a_budget_ends() {
    let text = wrapped("x=>", 15_000);
    assert!(parsed("c", &text, 200).is_none());
}

#[test]
fn a_text_that_takes_too_much_memory_is_given_up() {
    let text = repeated("", "A<", 1_000_000);
    assert!(parsed("typescript", &text, usize::MAX).is_none());
}

#[test]
fn too_long_a_text_is_not_parsed() {
    let text = " ".repeat(LONGEST + 1);
    assert!(parsed("json", &text, usize::MAX).is_none());
}

#[test]
fn a_long_name_is_not_repeated_in_every_member() {
    let name = "A".repeat(300_000);
    for (id, head, member) in [
        ("rust", format!("impl {name} {{"), "fn a(){}"),
        (
            "python",
            format!("class {name}:\n  x = = ((\n"),
            "  def a(\n",
        ),
        ("rust", format!("use {name}::{{"), "a::b,"),
        ("php", format!("<?php use {name}\\{{"), "a\\b,"),
    ] {
        let outline = check_outline(id, &repeated(&head, member, 600_000));
        let of =
            |it: &outline::Symbol| it.name.len() + it.container.as_ref().map_or(0, String::len);
        let names: usize = outline.symbols.iter().map(of).sum();
        let paths: usize = outline.imports.iter().map(|it| it.path.len()).sum();
        assert!(names + paths < 100 << 20, "{id}: {names} {paths}");
    }
}

#[test]
fn many_definitions_share_a_line_or_a_comment() {
    for (id, head, unit) in [
        ("rust", String::new(), "fn a(){}"),
        ("rust", "/// a\n".repeat(60_000), "fn a(){}"),
        ("rust", String::new(), "#[a] fn a(){}\n"),
        ("cpp", "namespace a {\n".to_owned(), "int a();"),
        ("javascript", "var /* a */ a".to_owned(), ",a=function(){}"),
        ("java", "class A{int /* a */ a".to_owned(), ",a"),
    ] {
        check_outline(id, &repeated(&head, unit, 600_000));
    }
}

#[test]
fn imports_within_imports_are_bounded() {
    let nested = format!("use {}b{};", "a::{".repeat(15_000), "}".repeat(15_000));
    let all = format!("use {}b{};", "{".repeat(8_000), "}".repeat(8_000));
    check_outline("rust", &nested);
    check_outline("rust", &all);
}

/// Draws from a seed (xorshift): the same texts in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
fn soups_of_tokens_are_outlined_in_every_language() {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    for language in LANGUAGES {
        let Some(grammar) = language.grammar else {
            continue;
        };
        let grammar = grammar();
        let mut tokens: Vec<&str> = (0..grammar.node_kind_count() as u16)
            .filter(|it| !grammar.node_kind_is_named(*it))
            .filter_map(|it| grammar.node_kind_for_id(it))
            .filter(|it| !it.is_empty())
            .collect();
        tokens.extend([
            "a", "1", "\"", "'", "`", "\n", "\n  ", "\t", "(", "[", "{", ")", "]", "}", "<", ">",
            ":", "- ", "\u{e9}", "${", "<<A\n",
        ]);
        for _ in 0..4 {
            let unit: String = (0..1 + draw.below(5))
                .flat_map(|_| [tokens[draw.below(tokens.len())], ["", " "][draw.below(2)]])
                .collect();
            check_outline(language.id, &repeated("", &unit, 20_000));
            let soup: String = (0..1_500)
                .flat_map(|_| [tokens[draw.below(tokens.len())], ["", " "][draw.below(2)]])
                .collect();
            check_outline(language.id, &soup);
        }
    }
}
