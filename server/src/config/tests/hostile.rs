//! Settings that nobody writes by hand: loading them is quick, ends, and says what is wrong in few words.

use crate::config::{Loaded, SourceFile, Sources, load};
use proptest::prelude::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A generous bound in a build for tests. Before there were bounds, most of these took longer than 25 s.
const QUICK: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    User,
    Repository,
}

fn loaded(place: Place, text: &str) -> Loaded {
    let file = Some(SourceFile {
        path: PathBuf::from("/somewhere/config.toml"),
        text: text.to_owned(),
    });
    let mut sources = Sources::default();
    match place {
        Place::User => sources.user_file = file,
        Place::Repository => sources.repository = file,
    }
    load(&sources)
}

/// Loads a text from either place.
#[track_caller]
fn quick(name: &str, text: &str) -> [Loaded; 2] {
    [Place::User, Place::Repository].map(|place| {
        let started = Instant::now();
        let loaded = loaded(place, text);
        let took = started.elapsed();
        assert!(took < QUICK, "{name} ({place:?}) took {took:?}");
        let said: usize = loaded.problems.iter().map(|it| it.to_string().len()).sum();
        assert!(
            said < 40_000,
            "{name} ({place:?}): {said} bytes of problems"
        );
        loaded
    })
}

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|n| line(n) + "\n").collect()
}

#[test]
fn sixty_thousand_tables_are_no_stall() {
    quick("tables", &lines(60_000, |n| format!("[t{n}]")));
    quick(
        "tables below one",
        &lines(60_000, |n| format!("[models.t{n}]")),
    );
    quick("lists of tables", &lines(60_000, |_| "[[t]]".to_owned()));
    quick("dotted", &lines(60_000, |n| format!("a.b{n}.c = 1")));
}

#[test]
fn thousands_of_unknown_keys_are_no_stall() {
    quick("keys", &lines(60_000, |n| format!("max_token{n} = 1")));
    quick(
        "long keys",
        &lines(60, |n| format!("{}{n} = 1", "k".repeat(10_000))),
    );
    quick("one long key", &format!("{} = 1", "k".repeat(900_000)));
}

#[test]
fn thousands_of_patterns_are_no_stall() {
    let list = |key: &str, item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..30_000).map(|n| format!("\"{}\"", item(n))).collect();
        let (table, name) = key.split_once('.').unwrap();
        format!("[{table}]\n{name} = [{}]", items.join(","))
    };
    quick("excluded", &list("index.exclude", &|n| format!("a{n}")));
    quick(
        "included",
        &list("index.include", &|n| format!("**/a{n}/**/*.{{x,y}}")),
    );
    quick("rules", &list("chat.rules", &|n| format!("rule {n}")));
    quick(
        "languages",
        &list("autocomplete.languages_off", &|n| format!("pyton{n}")),
    );
    quick("not patterns", &list("index.exclude", &|n| format!("[{n}")));
}

#[test]
fn thousands_of_mistakes_are_no_stall() {
    quick("no values", &lines(60_000, |n| format!("a{n} =")));
    quick("names alone", &lines(60_000, |n| format!("a{n}")));
    quick("open headers", &lines(60_000, |n| format!("[a{n}")));
    quick("the same name", &lines(60_000, |_| "a = 1".to_owned()));
    quick("the same table", &lines(60_000, |_| "[a]".to_owned()));
    quick(
        "numbers",
        &lines(20_000, |n| format!("a{n} = {}", "9".repeat(30))),
    );
    quick("one line", &"a = 1 ".repeat(100_000));
    quick("open brackets", &"[".repeat(500_000));
    quick("open lists", &format!("a = {}", "[".repeat(500_000)));
    quick("open tables", &"a={".repeat(200_000));
    quick("open strings", &lines(60_000, |n| format!("a{n} = \"")));
    quick("long strings", &lines(30_000, |n| format!("a{n} = \"\"\"")));
}

#[test]
fn deep_nesting_is_no_stall_and_no_overflow() {
    quick(
        "lists",
        &format!("a = {}{}", "[".repeat(70), "]".repeat(70)),
    );
    let dotted = vec!["a"; 79].join(".");
    let tables = format!("{dotted} = {{ ").repeat(78);
    quick("tables", &format!("[{dotted}]\n{tables}{}", "}".repeat(78)));
    quick(
        "a dotted key",
        &format!("{} = 1", vec!["a"; 200_000].join(".")),
    );
    quick(
        "a dotted header",
        &format!("[{}]", vec!["a"; 200_000].join(".")),
    );
    quick(
        "lists of lists of tables",
        &lines(79, |n| format!("[[{}]]", vec!["a"; n + 1].join("."))),
    );
}

#[test]
fn an_editor_s_settings_are_bounded_too() {
    let unknown: serde_json::Map<String, serde_json::Value> = (0..60_000)
        .map(|n| (format!("max_token{n}"), n.into()))
        .collect();
    let patterns: Vec<String> = (0..30_000).map(|n| format!("a{n}")).collect();
    for json in [
        serde_json::Value::Object(unknown),
        serde_json::json!({ "index": { "exclude": patterns } }),
    ] {
        let started = Instant::now();
        let loaded = load(&Sources {
            editor: Some(json),
            ..Sources::default()
        });
        assert!(started.elapsed() < QUICK, "{:?}", started.elapsed());
        assert!(loaded.problems.len() < 100, "{}", loaded.problems.len());
    }
}

#[test]
fn a_repository_gets_less_room_than_the_user() {
    let items: Vec<String> = (0..200).map(|n| format!("\"a{n}\"")).collect();
    let text = format!("[index]\nexclude = [{}]", items.join(", "));
    let [user, repository] = quick("200 patterns", &text);
    assert_eq!(user.settings.index.exclude.len(), 200);
    assert_eq!(user.problems, []);
    assert_eq!(repository.settings.index.exclude.len(), 100);
    let problem = repository.problems[0].to_string();
    assert!(
        problem.contains("only the first 100 of 200 entries are used"),
        "{problem}"
    );
    let text = format!("[chat]\nrules = [\"short\", \"{}\"]", "long ".repeat(1000));
    let [user, repository] = quick("a long rule", &text);
    assert_eq!(user.settings.chat.rules.len(), 2);
    assert_eq!(repository.settings.chat.rules, ["short"]);
}

#[test]
fn a_pattern_that_would_take_the_matcher_long_is_refused() {
    for pattern in [
        "**/".repeat(80),
        "*a".repeat(100),
        "{a,b}".repeat(40),
        format!("{{{}}}", vec!["a"; 100].join(",")),
        "a".repeat(257),
        "[a-z]".repeat(50),
    ] {
        let text = format!("[index]\nexclude = [\"{pattern}\", \"kept\"]");
        for loaded in quick("a pattern", &text) {
            assert_eq!(loaded.settings.index.exclude, ["kept"], "{pattern}");
            // A repository's has one problem more where both are taken together.
            assert_eq!(loaded.problems.len(), 1, "{pattern}");
        }
    }
}

#[test]
fn as_many_patterns_as_there_may_be_still_leave_files_out() {
    // The matcher has a limit of its own, past which it would leave nothing out at all.
    let mut patterns = vec!["left_out.rs".to_owned()];
    patterns.extend((0..249).map(|n| format!("{n:03}[!a-c]*x?{}", "y".repeat(200))));
    let items: Vec<String> = patterns.iter().map(|it| format!("{it:?}")).collect();
    let text = format!("[index]\nexclude = [{}]", items.join(","));
    let [user, _] = quick("many long patterns", &text);
    assert_eq!(user.problems, []);
    assert_eq!(user.settings.index.exclude.len(), 250);
    let folder = tempfile::tempdir().unwrap();
    for name in ["left_out.rs", "kept.rs"] {
        std::fs::write(folder.path().join(name), "fn a() {}\n").unwrap();
    }
    let wanted = hob_index::walk::Patterns {
        include: Vec::new(),
        exclude: user.settings.index.exclude,
    };
    let (files, _) = hob_index::walk::files_with(folder.path(), &wanted);
    let names: Vec<_> = files.iter().filter_map(|it| it.path.file_name()).collect();
    assert_eq!(names, ["kept.rs"]);
}

#[test]
fn the_patterns_of_a_repository_keep_no_walk_waiting() {
    // As many wildcards as there may be, and names that almost match all of them in many ways.
    let pattern = |n: usize| {
        format!(
            "*{}{n}",
            ["a*", "b*"]
                .map(|it| it.repeat(1 + n % 7))
                .concat()
                .repeat(2)
        )
    };
    let items: Vec<String> = (0..100)
        .map(|n| format!("{:?}", pattern(n).chars().take(31).collect::<String>()))
        .collect();
    let text = format!("[index]\nexclude = [{0}]\ninclude = [{0}]", items.join(","));
    let [_, repository] = quick("wildcards", &text);
    assert!(!repository.settings.index.exclude.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 1_u32;
    for n in 0..500 {
        let name: String = (0..200)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if seed >> 31 == 0 { 'a' } else { 'b' }
            })
            .collect();
        std::fs::write(folder.path().join(format!("{name}{n}x")), "").unwrap();
    }
    let wanted = hob_index::walk::Patterns {
        include: repository.settings.index.include,
        exclude: repository.settings.index.exclude,
    };
    let started = Instant::now();
    hob_index::walk::files_with(folder.path(), &wanted);
    assert!(started.elapsed() < QUICK, "{:?}", started.elapsed());
}

#[test]
fn past_the_first_problems_the_others_are_counted() {
    let [user, _] = quick("1254 keys", &lines(1_254, |n| format!("k{n} = 1")));
    assert_eq!(user.problems.len(), 51);
    let last = user.problems[50].to_string();
    assert!(last.contains("and 1,204 more problems"), "{last}");
    assert!(!user.has_errors());
    let text = lines(100, |n| format!("k{n} = 1")) + "[chat]\nrules = 1\n";
    let [user, _] = quick("an error behind warnings", &text);
    assert!(user.has_errors(), "an error that is only counted is one");
}

#[test]
fn nothing_that_a_problem_quotes_acts_on_a_terminal_once_it_is_shown() {
    for text in [
        "\"\\u001b[2J\\u202e\" = 1",
        "[\"\\u001b]0;x\\u0007\"]",
        "[autocomplete]\nmultiline = \"\\u001b[2J\"\n",
        "[commands.\"\\u001b[2J\"]\nprompt = \"x\"",
        "a = \u{1b}[2J",
        "[chat]\n\"ru\\nles\" = 1",
    ] {
        for loaded in quick("escapes", text) {
            assert!(!loaded.problems.is_empty(), "{text:?}");
            for problem in &loaded.problems {
                let hidden = crate::display::is_hidden;
                assert!(!problem.sentence().contains(hidden), "{problem:?}");
                let lines: Vec<String> = problem.to_string().lines().map(str::to_owned).collect();
                assert!(
                    lines.len() <= 2,
                    "the hint has a line of its own: {lines:?}"
                );
                assert!(!lines.concat().contains(hidden), "{lines:?}");
            }
        }
    }
}

/// Pieces of configurations, right and wrong.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "[models.chat]\n",
        "[index]\n",
        "[[index]]\n",
        "[chat.x]\n",
        "[a.b.\"c d\"]\n",
        "exclude = [",
        "rules = ",
        "url = \"http://x\"\n",
        "api_key = { env = \"X\" }\n",
        "fim = { prefix = \"",
        "\"",
        "\"\"\"",
        "'",
        "'''",
        "{",
        "}",
        "[",
        "]",
        "=",
        ",",
        ".",
        "\n",
        "\r\n",
        "#",
        "true",
        "0x_",
        "1e999",
        "99999999999999999999",
        "1979-05-27",
        "nan",
        "-inf",
        "a.b.c = 1\n",
        "a = 1\n",
        "\\u0000",
        "\\ud800",
        "\u{feff}",
        "\u{0}",
        "é",
        "😀",
        "*{a,b}[!x]",
    ];
    let repeated = vec!["[", "{a=", "a.", "[a.", "\"\"\"", "a=[", "{"];
    let piece = prop_oneof![
        3 => prop::sample::select(pieces).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => (prop::sample::select(repeated), 1_usize..200).prop_map(|(it, n)| it.repeat(n)),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_soup_of_toml_stalls_or_panics(text in soup()) {
        for place in [Place::User, Place::Repository] {
            let started = Instant::now();
            let loaded = loaded(place, &text);
            prop_assert!(started.elapsed() < QUICK);
            prop_assert!(loaded.problems.len() <= 60, "{}", loaded.problems.len());
        }
    }
}
