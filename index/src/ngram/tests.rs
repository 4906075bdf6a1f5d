//! Tests of the language model: small codebases in, rests of lines out.

use super::*;
use proptest::prelude::*;
use std::fs;

const IDIOM: &str = "
fn first(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    Ok(config)
}
fn second(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    config.check()?;
    Ok(config)
}
fn third(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    Ok(config)
}
fn fourth(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    config.log();
    Ok(config)
}
fn fifth(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    Ok(config)
}
fn sixth(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    Ok(config)
}
fn seventh(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    config.check()?;
    Ok(config)
}
fn eighth(input: &str) -> Result<Config, Error> {
    let config = Config::parse(input)?;
    Ok(config)
}
";

fn codebase(files: &[(&str, &str)]) -> Codebase {
    Codebase::of_files(
        files
            .iter()
            .map(|it| (PathBuf::from(it.0), it.1.to_string())),
    )
}

/// Completes at `$0` in the text of `/now.rs`.
#[track_caller]
fn complete(codebase: &Codebase, text: &str) -> Option<Guess> {
    let (before, after) = text.split_once("$0").expect("a cursor");
    codebase.complete(&Query {
        path: Path::new("/now.rs"),
        language: None,
        before,
        after,
    })
}

/// Completes at `$0` to exactly this.
#[track_caller]
fn check(codebase: &Codebase, text: &str, expected: &str) {
    let guess = complete(codebase, text).expect("a guess");
    assert_eq!(guess.text, expected);
}

/// Completes at `$0` to exactly this, and surely enough to be shown.
#[track_caller]
fn check_shown(codebase: &Codebase, text: &str, expected: &str) {
    check(codebase, text, expected);
    let confidence = complete(codebase, text).map_or(0.0, |it| it.confidence);
    assert!(confidence >= SHOW, "{confidence}");
}

#[test]
fn a_repeated_idiom_is_completed() {
    let codebase = codebase(&[("/a.rs", &IDIOM.repeat(3))]);
    check_shown(
        &codebase,
        "fn fourth(input: &str) {\n    let config = Config::$0\n    Ok(config)\n}\n",
        "parse(input)?;",
    );
    check_shown(
        &codebase,
        "fn fourth(input: &str) {\n    let config = $0\n    Ok(config)\n}\n",
        "Config::parse(input)?;",
    );
}

#[test]
fn the_blank_before_the_guess_is_written_once() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    check(
        &codebase,
        "{\n    let config =$0\n    Ok(config)\n}",
        " Config::parse(input)?;",
    );
    check(
        &codebase,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Config::parse(input)?;",
    );
    check(
        &codebase,
        "{\n    let config = $0  \n    Ok(config)\n}",
        "Config::parse(input)?;",
    );
}

#[test]
fn a_whole_line_is_offered_on_an_empty_line() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    let text = "fn fourth(input: &str) -> Result<Config, Error> {\n    $0\n    Ok(config)\n}\n";
    check(&codebase, text, "let config = Config::parse(input)?;");
}

#[test]
fn a_word_is_completed_from_its_first_letters() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    check(
        &codebase,
        "{\n    let config = Con$0\n    Ok(config)\n}",
        "fig::parse(input)?;",
    );
    check(
        &codebase,
        "{\n    let conf$0\n    Ok(config)\n}",
        "ig = Config::parse(input)?;",
    );
}

#[test]
fn a_string_is_completed_from_its_first_letters() {
    let codebase = codebase(&[(
        "/a.rs",
        "open(\"settings/colours.toml\");\nopen(\"settings/colours.toml\");\n",
    )]);
    check(&codebase, "open(\"settings/co$0\n", "lours.toml\");");
}

#[test]
fn nothing_is_surely_said_where_nothing_is_known() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    for text in ["zebra $0", "quagga.$0", "match ($0"] {
        let confidence = complete(&codebase, text).map_or(0.0, |it| it.confidence);
        assert!(confidence < SHOW, "{text}: {confidence}");
    }
    assert_eq!(complete(&Codebase::empty(), "let a = $0"), None);
}

const DRAW: &str = "    fn draw(&self, canvas: &mut Canvas) {
        let outline = self.outline.resolve(canvas.theme());
        canvas.stroke(self.path(), outline);
    }
";

/// Four files that do the same in the same way, and nothing else.
fn four_shapes() -> Codebase {
    let shape = |name: &str| {
        (
            PathBuf::from(format!("/{name}.rs")),
            format!("impl {name} {{\n{DRAW}}}\n"),
        )
    };
    Codebase::of_files(["Circle", "Square", "Triangle", "Polygon"].map(shape))
}

#[test]
fn what_four_small_files_do_in_one_way_is_shown_in_a_fifth() {
    let codebase = four_shapes();
    for comment in ["", "/* 😀é */ ", "/* the line around it */ "] {
        let text = format!(
            "impl Star {{\n    fn draw(&self, canvas: &mut Canvas) {{\n        {comment}let outline = $0\n    }}\n}}\n"
        );
        check_shown(&codebase, &text, "self.outline.resolve(canvas.theme());");
        let confidence = complete(&codebase, &text).map_or(0.0, |it| it.confidence);
        assert!(confidence >= 0.5, "{comment}{confidence}");
    }
}

#[test]
fn what_was_seen_once_elsewhere_is_not_certain() {
    let shape = format!("impl Circle {{\n{DRAW}}}\n");
    let codebase = codebase(&[("/a.rs", &shape), ("/b.rs", "fn unrelated() {}\n")]);
    for text in [
        "impl Star {\n    fn draw(&self, canvas: &mut Canvas) {\n        let outline = $0\n    }\n}\n",
        "impl Star {\n    fn draw(&self, canvas: &mut Canvas) {\n        $0\n    }\n}\n",
    ] {
        let guess = complete(&codebase, text);
        assert!(
            guess.as_ref().is_none_or(|it| it.confidence < CERTAIN),
            "{guess:?}"
        );
    }
}

#[test]
fn code_of_another_kind_is_not_completed_by_habit() {
    let codebase = four_shapes();
    for text in [
        "fn parse(input: &str) -> Tree {\n    let tokens = $0\n}\n",
        "fn main() {\n    let outline = $0\n}\n",
        "fn main() {\n    for argument in $0\n}\n",
    ] {
        let guess = complete(&codebase, text);
        assert!(
            guess.as_ref().is_none_or(|it| it.confidence < SHOW),
            "{text}{guess:?}"
        );
    }
}

#[test]
fn nothing_is_offered_within_a_word() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    assert_eq!(
        complete(&codebase, "let config = Con$0fig::parse(input)"),
        None
    );
}

#[test]
fn what_follows_the_cursor_steers_the_guess() {
    let codebase = codebase(&[(
        "/a.rs",
        "open(door);\nenter(room);\nopen(window);\nlook(out);\n"
            .repeat(4)
            .as_str(),
    )]);
    check(&codebase, "open($0\nenter(room);\n", "door);");
    check(&codebase, "open($0\nlook(out);\n", "window);");
}

#[test]
fn an_infill_ends_where_the_line_goes_on() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    check_shown(
        &codebase,
        "{\n    let config = Config::parse($0)?;\n}",
        "input",
    );
    check_shown(
        &codebase,
        "{\n    let config = Config::$0(input)?;\n}",
        "parse",
    );
}

#[test]
fn what_stands_after_the_cursor_is_not_offered_again() {
    let codebase = codebase(&[("/a.rs", IDIOM)]);
    for text in [
        "{\n    let config = Config::parse(input$0)?;\n}",
        "{\n    let config =$0 Config::parse(input)?;\n}",
    ] {
        let guess = complete(&codebase, text);
        assert!(
            guess.as_ref().is_none_or(|it| it.confidence < SHOW),
            "{guess:?}"
        );
    }
    let guess = complete(
        &codebase,
        "fn a(input: &str) {\n    $0\n    let config = Config::parse(input)?;\n    Ok(config)\n}\n",
    );
    assert!(
        guess.is_none_or(|it| it.text != "let config = Config::parse(input)?;"),
        "the next line is not offered twice"
    );
}

#[test]
fn windows_line_ends_change_nothing() {
    let unix = codebase(&[("/a.rs", IDIOM)]);
    let windows = codebase(&[("/a.rs", &IDIOM.replace('\n', "\r\n"))]);
    for text in [
        "{\n    let config = $0\n    Ok(config)\n}\n",
        "fn a() {\n    $0\n    Ok(config)\n}\n",
        "config.check$0;\n",
    ] {
        let expected = complete(&unix, text);
        assert_eq!(complete(&windows, text), expected);
        assert_eq!(complete(&windows, &text.replace('\n', "\r\n")), expected);
        assert_eq!(complete(&unix, &text.replace('\n', "\r\n")), expected);
    }
}

#[test]
fn an_edit_is_followed_and_the_old_text_forgotten() {
    let old = codebase(&[("/a.rs", IDIOM), ("/b.rs", "fn unrelated() {}\n")]);
    let new = old.with_file(
        Path::new("/a.rs"),
        Some(&IDIOM.replace("Config::parse(input)", "Settings::load(input)")),
    );
    check(
        &new,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Settings::load(input)?;",
    );
    assert!(
        new.candidates(&query("{\n    let config = "))
            .iter()
            .all(|it| !it.text.contains("parse"))
    );
    check(
        &old,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Config::parse(input)?;",
    );

    let back = new.with_file(Path::new("/a.rs"), Some(IDIOM));
    check(
        &back,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Config::parse(input)?;",
    );
    assert!(
        back.candidates(&query("{\n    let config = "))
            .iter()
            .all(|it| !it.text.contains("Settings"))
    );
    assert!(back.newer.is_empty() && back.superseded.is_empty());
}

#[test]
fn a_removed_file_is_forgotten_and_a_new_one_known() {
    let with = codebase(&[("/a.rs", IDIOM)]);
    let without = with.with_file(Path::new("/a.rs"), None);
    assert_eq!(without.n_files(), 0);
    assert_eq!(
        complete(&without, "{\n    let config = $0\n    Ok(config)\n}"),
        None
    );
    let again = without.with_file(Path::new("/c.rs"), Some(IDIOM));
    assert_eq!(again.n_files(), 1);
    check(
        &again,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Config::parse(input)?;",
    );
    let gone = again.with_file(Path::new("/c.rs"), None);
    assert_eq!(
        complete(&gone, "{\n    let config = $0\n    Ok(config)\n}"),
        None
    );
}

#[test]
fn several_edited_files_are_all_known_and_each_replaced_by_itself() {
    let edited = Codebase::empty().with_files([
        (
            Path::new("/a.rs"),
            Some("alpha.beta(gamma);\nalpha.beta(gamma);\n"),
        ),
        (
            Path::new("/b.rs"),
            Some("delta.epsilon(zeta);\ndelta.epsilon(zeta);\n"),
        ),
        (
            Path::new("/c.rs"),
            Some("eta.theta(iota);\neta.theta(iota);\n"),
        ),
    ]);
    check(&edited, "alpha.$0", "beta(gamma);");
    check(&edited, "delta.$0", "epsilon(zeta);");
    check(&edited, "eta.$0", "theta(iota);");
    let edited = edited.with_file(
        Path::new("/a.rs"),
        Some("alpha.kappa(mu);\nalpha.kappa(mu);\n"),
    );
    check(&edited, "alpha.$0", "kappa(mu);");
    check(&edited, "delta.$0", "epsilon(zeta);");
    let edited = edited.with_file(Path::new("/b.rs"), None);
    check(&edited, "alpha.$0", "kappa(mu);");
    check(&edited, "eta.$0", "theta(iota);");
    assert!(
        edited
            .candidates(&query("delta."))
            .iter()
            .all(|it| it.text != "epsilon(zeta);")
    );
    assert_eq!(edited.n_files(), 2);
}

#[test]
fn compacting_changes_no_answer() {
    let edited = codebase(&[("/a.rs", IDIOM), ("/b.rs", "fn one() { two(); }\n")])
        .with_file(Path::new("/a.rs"), Some(&IDIOM.replace("parse", "read")))
        .with_file(Path::new("/c.rs"), Some("three.four(five);\n"))
        .with_file(Path::new("/b.rs"), None);
    let compacted = edited.compacted();
    assert_eq!(compacted.n_files(), edited.n_files());
    for text in [
        "{\n    let config = $0\n    Ok(config)\n}",
        "three.$0",
        "fn one() { $0",
    ] {
        assert_eq!(complete(&compacted, text), complete(&edited, text));
    }
}

#[test]
fn the_version_on_disk_of_the_current_file_does_not_count() {
    let codebase = codebase(&[("/now.rs", IDIOM)]);
    assert_eq!(
        complete(&codebase, "{\n    let config = $0\n    Ok(config)\n}"),
        None
    );
    let opened = codebase.with_file(Path::new("/now.rs"), Some(&format!("{IDIOM}\n// edited\n")));
    assert_eq!(
        complete(&opened, "{\n    let config = $0\n    Ok(config)\n}"),
        None
    );
}

#[test]
fn the_current_file_teaches_too_before_and_after_the_cursor() {
    let codebase = Codebase::empty();
    check(
        &codebase,
        &format!("{IDIOM}\nfn x() {{\n    let config = $0\n    Ok(config)\n}}\n"),
        "Config::parse(input)?;",
    );
    check(
        &codebase,
        &format!("fn x() {{\n    let config = $0\n    Ok(config)\n}}\n{IDIOM}"),
        "Config::parse(input)?;",
    );
}

#[test]
fn answers_are_the_same_every_time() {
    let files: Vec<(PathBuf, String)> = (0..40)
        .map(|it| {
            (
                PathBuf::from(format!("/{it}.rs")),
                IDIOM.replace("config", &format!("config{}", it % 7)),
            )
        })
        .collect();
    let once = Codebase::of_files(files.clone());
    let twice = Codebase::of_files(files);
    for before in ["let ", "fn ", "    Ok(", "let config3 = ", ""] {
        assert_eq!(
            once.candidates(&query(before)),
            twice.candidates(&query(before))
        );
        assert_eq!(
            once.candidates(&query(before)),
            once.candidates(&query(before))
        );
    }
}

#[test]
fn learning_a_folder_follows_the_walk_and_never_learns_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.rs", IDIOM);
    write("ignored.rs", "ignored.thing(here);\n");
    write(".gitignore", "ignored.rs\n");
    write(
        "secrets.sh",
        "export TOKEN=hunter2secret\nexport TOKEN=hunter2secret\n",
    );
    write(".env", "TOKEN=hunter2secret\n");
    write("key.rs", "-----BEGIN PRIVATE KEY-----\nhunter2secret\n");
    let progress = std::sync::Mutex::new(Vec::new());
    let codebase = Codebase::learn(folder.path(), &AtomicBool::new(false), |done, of| {
        progress.lock().unwrap().push((done, of));
    });
    assert_eq!(codebase.n_files(), 1);
    assert_eq!(codebase.vocabulary.find("hunter2secret"), None);
    check(
        &codebase,
        "{\n    let config = $0\n    Ok(config)\n}",
        "Config::parse(input)?;",
    );
    assert!(codebase.vocabulary.find("ignored").is_none());
    assert_eq!(progress.into_inner().unwrap().last(), Some(&(2, 2)));

    let stopped = Codebase::learn(folder.path(), &AtomicBool::new(true), |_, _| {});
    assert_eq!(stopped.n_files(), 0);
}

#[test]
fn a_huge_current_file_is_cut_at_whole_lines() {
    let line = "    let value = compute(alpha, beta);\n";
    let text = line.repeat(20_000);
    let codebase = Codebase::empty();
    let guess = codebase.complete(&Query {
        path: Path::new("/now.rs"),
        language: None,
        before: &format!("{text}    let value = "),
        after: &format!("\n{text}"),
    });
    assert_eq!(
        guess.map(|it| it.text).as_deref(),
        Some("compute(alpha, beta);")
    );
    assert!(last_lines(&text).len() <= WINDOW_BEFORE && last_lines(&text).starts_with("    let"));
    assert!(first_lines(&text).len() <= WINDOW_AFTER);
    let smileys = "😀".repeat(50_000);
    assert!(smileys.ends_with(last_lines(&smileys)));
    assert!(smileys.starts_with(first_lines(&smileys)));
}

#[test]
fn snapshots_are_shared_between_threads() {
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}
    is_shared(&Codebase::empty());
}

fn query(before: &str) -> Query<'_> {
    Query {
        path: Path::new("/now.rs"),
        language: None,
        before,
        after: "",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn no_text_makes_it_panic_and_every_guess_is_well_formed(
        learned in "(?s)([a-c \"'(){};=.\n\r\t😀é]|\\PC){0,120}",
        before in "(?s)([a-c \"'(){};=.\n\r\t😀é]|\\PC){0,40}",
        after in "(?s)([a-c \"'(){};=.\n\r\t😀é]|\\PC){0,40}",
        rust: bool,
    ) {
        let name = if rust { "/a.rs" } else { "/a.py" };
        let codebase = codebase(&[("/b.rs", &learned), (name, &learned)])
            .with_file(Path::new("/b.rs"), Some(&format!("{before}{after}")));
        let query = Query { path: Path::new(name), language: None, before: &before, after: &after };
        let guesses = codebase.candidates(&query);
        prop_assert_eq!(codebase.complete(&query), guesses.first().cloned());
        for guess in guesses {
            prop_assert!(!guess.text.is_empty());
            prop_assert!(!guess.text.contains('\n'));
            prop_assert!(!guess.text.ends_with([' ', '\t']));
            prop_assert!(!(guess.text.starts_with(' ') && before.ends_with([' ', '\t'])));
            prop_assert!((0.0..=1.0).contains(&guess.confidence));
        }
    }
}
