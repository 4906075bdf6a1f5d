//! Text that attacks the terminal, from wherever it comes, against every command that prints: at a real terminal, in a
//! pipe, and as JSON.

use crate::HOB;
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use hob_tests::terminal::Terminal;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Everything that a terminal obeys or that hides, each kind once. `FORGED` and `66;6` tell where it came from.
const ATTACKS: &[&str] = &[
    "\u{1b}]52;c;QUFB\u{7}",
    "\u{1b}]8;;https:evil.example\u{1b}\\",
    "\u{1b}]0;FORGED\u{7}",
    "\u{1b}[66;6H",
    "\u{1b}[?1049h",
    "\u{1b}Pq\u{1b}\\",
    "\u{1b}_G\u{1b}\\",
    "\u{1b}^x\u{1b}\\",
    "\u{1b}c",
    "\u{1b}#8",
    "\u{9b}66;6H",
    "\u{9d}0;FORGED\u{9c}",
    "\u{90}q\u{9c}",
    "\u{85}\u{84}\u{8d}",
    "\rFORGED",
    "\u{8}\u{8}",
    "\u{7}\u{5}\u{e}\u{f}",
    "\u{b}\u{c}",
    "\u{7f}",
    "\u{202e}\u{202d}\u{2066}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}",
    "\u{200b}\u{2060}\u{feff}\u{ad}",
    "\u{2028}\u{2029}",
    "\u{e0046}\u{e0041}",
    "\u{3164}\u{115f}",
];

/// The same in names, and an end of a line with something that looks like a line of ours.
fn names() -> Vec<String> {
    let mut names: Vec<String> = ATTACKS
        .chunks(6)
        .enumerate()
        .map(|(n, it)| format!("evil{n}{}.rs", it.concat().replace('/', "")))
        .collect();
    names.push("evil9\nerror: FORGED.rs".to_owned());
    names
}

fn attack() -> String {
    ATTACKS.concat()
}

/// A project whose folder, files, settings and code attack.
fn project() -> Workspace {
    let folder = "project\u{1b}]0;FORGED\u{7}\u{9b}66;6H\u{202e}\nerror: FORGED";
    let workspace = Workspace::named("//- /plain.rs\nfn plain() {}\n", folder);
    for (n, name) in names().into_iter().enumerate() {
        let attack = attack();
        let code = format!(
            "/// evil {attack}\nfn evil{n}() {{\n    let x = \"{attack}\";\n    evil{n}();\n}}\n"
        );
        fs::write(workspace.root().join(name), code).unwrap();
    }
    let toml = format!(
        "\"evil\\u001b]0;FORGED\\u0007\\nerror: FORGED\u{202e}\u{200b}\" = 1\n\
         [\"x\\u009b66;6H\"]\n\"\\u007f\" = \"\\u001b[66;6H\"\n\
         [autocomplete]\nlanguages_off = [\"\\u001b]52;c;QUFB\\u0007\u{202e}\"]\nenabled = \"\\u001b[66;6H{}\"\n",
        "\u{2066}"
    );
    fs::write(workspace.root().join(".hob.toml"), toml).unwrap();
    workspace
}

/// Fails where output commands more than `is_ours` allows, or hides something. Returns it as text.
#[track_caller]
fn harmless(what: &str, bytes: &[u8], is_ours: impl Fn(&str) -> bool) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|it| panic!("{what}: {it}"));
    let bad = |at: usize, why: &str| {
        let before: Vec<char> = text[..at].chars().rev().take(60).collect();
        let before: String = before.into_iter().rev().collect();
        let behind: String = text[at..].chars().take(60).collect();
        panic!("{what}: {why} between {before:?} and {behind:?}");
    };
    let mut rest = 0;
    for (at, c) in text.char_indices() {
        if at < rest {
            continue;
        }
        match c {
            '\u{1b}' => {
                let length = sequence(&text[at..]);
                if !is_ours(&text[at..at + length]) {
                    bad(at, "a sequence");
                }
                rest = at + length;
            }
            '\n' | '\t' => {}
            // Those of ours follow a sequence or another end of a line.
            '\r' if text[at..].starts_with("\rFORGED")
                && !text[..at].ends_with(['h', 'K', '\r', '\n']) =>
            {
                bad(at, "a carriage return");
            }
            '\r' => {}
            c if c.is_control() => bad(at, "a control character"),
            '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}' => {
                bad(at, "a hidden character");
            }
            _ => {}
        }
    }
    // A prompt is shown to the letter, ends of lines included.
    if !what.contains("--dry-run") && text.lines().any(|it| it.starts_with("error: FORGED")) {
        bad(text.find("\nerror: FORGED").unwrap_or(0), "a forged line");
    }
    text
}

/// How long the sequence is that a text begins with, in bytes.
fn sequence(text: &str) -> usize {
    let end = match text.as_bytes().get(1) {
        Some(b'[') => text[2..]
            .find(|it: char| ('@'..='~').contains(&it))
            .map(|it| it + 3),
        Some(b']') => text.find("\u{1b}\\").map(|it| it + 2),
        Some(b'7' | b'8') => Some(2),
        _ => None,
    };
    end.unwrap_or(1)
}

fn is_colour(sequence: &str) -> bool {
    sequence.starts_with("\u{1b}[") && sequence.ends_with('m')
}

/// What the screen of a conversation, its line editor and bars of progress need.
fn is_screen(sequence: &str) -> bool {
    let link = sequence.strip_prefix("\u{1b}]8;;").is_some_and(|it| {
        let url = it.trim_end_matches("\u{1b}\\");
        url.is_empty() || url.starts_with("file:///") || url.starts_with("https://plain.example/")
    });
    let moves =
        sequence.starts_with("\u{1b}[") && !sequence.contains("66;6") && !sequence.contains("1049");
    link || moves || sequence == "\u{1b}7" || sequence == "\u{1b}8"
}

/// Runs a command in a pipe: nothing but text comes.
#[track_caller]
fn piped(workspace: &Workspace, arguments: &[&str]) -> Output {
    let output = workspace
        .command(HOB, arguments.iter().copied())
        .output()
        .unwrap();
    harmless(&format!("{arguments:?} stderr"), &output.stderr, |_| false);
    output
}

/// Runs a command at a terminal: nothing but text and colours comes. What was shown, and whether it succeeded.
#[track_caller]
fn at_terminal(workspace: &Workspace, arguments: &[&str]) -> (String, bool) {
    let size = (120, 50);
    let mut terminal = Terminal::start(workspace, HOB, arguments.iter().copied(), size);
    let success = terminal.wait_for_end().success();
    assert_eq!(terminal.clipboard(), None, "{arguments:?}");
    let what = format!("{arguments:?} at a terminal");
    (harmless(&what, &terminal.bytes(), is_screen), success)
}

/// Both, and a file of the project is named somewhere.
#[track_caller]
fn both(workspace: &Workspace, arguments: &[&str]) {
    let output = piped(workspace, arguments);
    harmless(&format!("{arguments:?}"), &output.stdout, |_| false);
    let (shown, _) = at_terminal(workspace, arguments);
    assert!(!shown.trim().is_empty(), "{arguments:?} says nothing");
    let mut coloured = vec!["--color=always"];
    coloured.extend(arguments);
    let output = workspace.command(HOB, coloured).output().unwrap();
    harmless(&format!("{arguments:?}"), &output.stdout, is_colour);
    harmless(&format!("{arguments:?}"), &output.stderr, is_colour);
}

/// One JSON document that hides nothing, decoded.
#[track_caller]
fn json(workspace: &Workspace, arguments: &[&str]) -> Value {
    let output = piped(workspace, arguments);
    let text = harmless(&format!("{arguments:?}"), &output.stdout, |_| false);
    serde_json::from_str(&text).unwrap_or_else(|it| panic!("{arguments:?}: {it}: {text}"))
}

#[test]
fn what_is_found_in_the_codebase_commands_nothing() {
    let workspace = project();
    both(&workspace, &["index"]);
    both(&workspace, &["index", "status"]);
    both(&workspace, &["search", "evil"]);
    both(
        &workspace,
        &["search", "-k", "30", "--mode", "lexical", "evil x"],
    );
    both(&workspace, &["search", &format!("nothing{}", attack())]);
    both(&workspace, &["index", "explain", "-k", "30", "evil"]);
    both(
        &workspace,
        &[
            "index",
            "explain",
            &format!("evil {} path:\u{1b}[66;6H", attack()),
        ],
    );
    for name in names() {
        both(&workspace, &["index", "why-not", &name]);
        fs::write(workspace.root().join(&name), "fn changed() {}\n").unwrap();
    }
    fs::write(
        workspace.root().join(".gitignore"),
        "*.r\u{1b}[66;6H\u{202e}\n*.rs\n",
    )
    .unwrap();
    both(&workspace, &["index", "why-not", &names()[0]]);
    both(&workspace, &["index", "verify"]);
    both(&workspace, &["index", "clear"]);
}

#[test]
fn json_hides_nothing_and_says_exactly_what_is_there() {
    let workspace = project();
    let names = names();
    let found = json(
        &workspace,
        &["search", "-k", "100", "--mode", "lexical", "--json", "evil"],
    );
    let found: Vec<&Value> = found.as_array().unwrap().iter().collect();
    for name in &names {
        let hit = found.iter().find(|it| it["path"] == name.as_str());
        let hit = hit.unwrap_or_else(|| panic!("{name:?} is not found: {found:?}"));
        assert!(hit["text"].as_str().unwrap().contains(&attack()), "{hit}");
    }
    let root = workspace.root().to_str().unwrap();
    assert_eq!(json(&workspace, &["index", "--json"])["root"], root);
    assert_eq!(
        json(&workspace, &["index", "status", "--json"])["root"],
        root
    );
    let why = json(&workspace, &["index", "why-not", "--json", &names[0]]);
    assert_eq!(why["path"], names[0].as_str());
    json(&workspace, &["index", "explain", "--json", "evil"]);
    json(&workspace, &["index", "verify", "--json"]);
    let shown = json(&workspace, &["config", "show", "--json"]);
    let shown = shown["problems"].to_string();
    assert!(
        shown.contains('\u{202e}'),
        "decoded, the key is exact: {shown}"
    );
    json(
        &workspace,
        &["config", "why", "--json", "autocomplete.languages_off"],
    );
    let place = format!("{}:4:5", names[1]);
    let completed = json(&workspace, &["complete", "--json", &place]);
    assert_eq!(completed["path"], names[1].as_str());
    let dry = json(&workspace, &["complete", "--dry-run", "--json", &place]);
    assert_eq!(dry["path"], names[1].as_str());
}

#[test]
fn a_configuration_commands_nothing() {
    let workspace = project();
    both(&workspace, &["config", "show"]);
    both(&workspace, &["config", "path"]);
    both(&workspace, &["config", "why", "autocomplete.languages_off"]);
    both(&workspace, &["config", "why", &format!("x{}", attack())]);
    let shown = piped(&workspace, &["config", "show"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("[autocomplete]"), "{shown}");
    // The user's own file, where a model's address may stand.
    workspace.write_config(&format!(
        "[models.chat]\nurl = \"http://127.0.0.1:1/\\u001b]0;FORGED\\u0007\"\nmodel = \"m\\u001b[66;6H{}\"\n",
        "\u{202e}"
    ));
    both(&workspace, &["config", "show"]);
    both(&workspace, &["config", "why", "models.chat.model"]);
    both(&workspace, &["chat", "hello"]);
    both(&workspace, &["edit", "plain.rs", "hello"]);
}

#[test]
fn a_completion_commands_nothing() {
    let workspace = project();
    let server = ModelServer::llama_cpp("m\u{1b}]0;FORGED\u{7}\u{9b}66;6H\u{202e}");
    server.answer(|_| Reply::text(&format!("evil0(\"{}\")", attack())));
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\nfim = \"qwen2.5-coder\"\n",
        server.url()
    ));
    for name in names() {
        both(&workspace, &["complete", &format!("{name}:4:5")]);
    }
    both(
        &workspace,
        &["complete", "--dry-run", &format!("{}:4:5", names()[0])],
    );
    server.answer(|_| Reply::status(500, &format!("{{\"error\": \"{}\"}}", escaped())));
    both(&workspace, &["complete", "plain.rs:1:13"]);
}

/// The attacks as they are written in JSON.
fn escaped() -> String {
    let quoted = serde_json::to_string(&(attack() + "\nerror: FORGED")).unwrap();
    quoted.trim_matches('"').to_owned()
}

#[test]
fn arguments_are_quoted_without_being_obeyed() {
    let workspace = project();
    let evil = format!("evil{}\nerror: FORGED", attack());
    let option = format!("--{evil}");
    let missing = format!("{evil}.rs");
    for arguments in [
        vec![evil.as_str()],
        vec![option.as_str()],
        vec!["search", &option],
        vec!["search", "-k", &evil, "x"],
        vec!["search", "--mode", &evil, "x"],
        vec!["complete", &evil],
        vec!["complete", "--timeout", &evil, "plain.rs:1:1"],
        vec!["complete", &missing],
        vec!["complete", &format!("{missing}:1:1")],
        vec!["complete", "plain.rs:99:1"],
        vec!["index", &missing],
        vec!["index", "why-not", &missing],
        vec!["index", "--root", &missing],
        vec!["apply", &missing],
        vec!["edit", "--root", &missing, "x", "y"],
        vec!["edit", "../outside\u{1b}]0;FORGED\u{7}", "y"],
        vec!["chat", "--file", &missing, "x"],
        vec!["config", "why", &evil],
        vec!["--log", &evil, "config", "path"],
        vec!["--color", &evil, "config", "path"],
        vec!["undo", &evil],
    ] {
        both(&workspace, &arguments);
    }
    let mut command = workspace.command(HOB, ["config", "path"]);
    let output = command.env("HOB_LOG", &evil).output().unwrap();
    harmless("HOB_LOG", &output.stderr, |_| false);
    assert!(!output.stderr.is_empty());
    let mut command = workspace.command(HOB, ["config", "path"]);
    let output = command.env("HOB_CONFIG", &missing).output().unwrap();
    harmless("HOB_CONFIG", &output.stderr, |_| false);
    let mut command = workspace.command(HOB, ["search", "x"]);
    let output = command.env("HOB_CONFIG", &missing).output().unwrap();
    harmless("HOB_CONFIG", &output.stderr, |_| false);
    assert!(!output.stderr.is_empty());
}

#[test]
fn log_lines_command_nothing_and_forge_no_others() {
    let workspace = project();
    let server = ModelServer::openai(&["m\u{1b}]0;FORGED\u{7}\u{9b}66;6H\u{202e}\nerror: FORGED"]);
    server.answer(|_| Reply::text(&attack()));
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    for arguments in [
        vec!["--log", "trace", "chat", "--json", "evil"],
        vec!["--log", "trace", "search", "evil"],
        vec!["--log", "trace", "complete", "plain.rs:1:13"],
    ] {
        let output = piped(&workspace, &arguments);
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

/// An answer with changes to files of hostile names, and hostile code.
fn answer() -> String {
    let name = "evil\u{1b}]0;FORGED\u{7}\u{202e}.rs";
    format!(
        "Sure.\n\n```diff\n--- a/plain.rs\n+++ b/plain.rs\n@@ -1 +1 @@\n-fn plain() {{}}\n+fn plain() {{ let x = \"{}\"; }}\n```\n\n{name}\n```rust\nfn x() {{}}\n```\n",
        attack().replace('\r', "")
    )
}

#[test]
fn diffs_are_cleaned_at_a_terminal_and_exact_in_a_pipe() {
    let workspace = project();
    let evil = attack().replace('\r', "");
    let file = workspace.root().join("plain.rs");
    // An answer may not bring such characters in, but a file may have them around a change.
    fs::write(&file, format!("fn plain() {{}}\n// {evil}\n")).unwrap();
    let answer = workspace.outside().join("answer.md");
    let diff = format!(
        "```diff\n--- a/plain.rs\n+++ b/plain.rs\n@@ -1,2 +1,2 @@\n-fn plain() {{}}\n+fn plain() {{ let x = 1; }}\n // {evil}\n```\n"
    );
    fs::write(&answer, &diff).unwrap();
    let answer = answer.to_str().unwrap();
    let (shown, success) = at_terminal(&workspace, &["apply", "--check", answer]);
    assert!(
        success && shown.contains("<U+001B>]52;c;QUFB<U+0007>"),
        "{shown}"
    );
    let (shown, _) = at_terminal(&workspace, &["--color=never", "apply", "--check", answer]);
    assert!(shown.contains("<U+202E>"), "{shown}");
    // In a pipe it is data.
    let output = piped(&workspace, &["apply", "--check", answer]);
    let exact = String::from_utf8(output.stdout).unwrap();
    assert!(
        exact.contains(&format!("+fn plain() {{ let x = 1; }}\n // {evil}\n")),
        "{exact:?}"
    );
    assert!(git_applies(&workspace, &exact));
    assert!(fs::read_to_string(&file).unwrap().contains("let x = 1"));
    fs::write(&file, format!("fn plain() {{}}\n// {evil}\n")).unwrap();
    // Coloured into a pipe it is for people.
    let output = workspace
        .command(HOB, ["--color=always", "apply", "--check", answer])
        .output()
        .unwrap();
    harmless("apply --check in colours", &output.stdout, is_colour);
    let shown = json(&workspace, &["apply", "--check", "--json", answer]);
    assert_eq!(shown["diff"], exact);
    both(&workspace, &["apply", answer]);
    both(&workspace, &["undo", "--list"]);
    both(&workspace, &["undo"]);
}

fn git_applies(workspace: &Workspace, diff: &str) -> bool {
    // `.git` of a fixture is an empty folder, and git reads none that is.
    let mut git = Command::new("git")
        .args(["apply", "--unsafe-paths", "-"])
        .env("GIT_CEILING_DIRECTORIES", workspace.outside())
        .current_dir(workspace.root())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = git.stdin.take().unwrap();
    input.write_all(diff.as_bytes()).unwrap();
    drop(input);
    git.wait().unwrap().success()
}

#[test]
fn files_of_hostile_names_are_changed_and_refused_without_commanding() {
    let workspace = project();
    let path = workspace.outside().join("answer.md");
    fs::write(&path, answer()).unwrap();
    let answer = path.to_str().unwrap();
    at_terminal(&workspace, &["apply", "--check", answer]);
    both(&workspace, &["apply", answer]);
    both(&workspace, &["undo", "--list"]);
    both(&workspace, &["undo"]);
    // In an answer, a name stands on one line.
    for name in names().iter().filter(|it| !it.contains('\n')) {
        // A search/replace block that doesn't fit: its lines and the file's name are quoted.
        let block = format!(
            "{name}\n```rust\n<<<<<<< SEARCH\nfn nowhere{}() {{}}\n=======\nfn x() {{}}\n>>>>>>> REPLACE\n```\n",
            attack()
        );
        fs::write(&path, block).unwrap();
        both(&workspace, &["apply", answer]);
        json(&workspace, &["apply", "--json", answer]);
    }
}

#[test]
fn an_edit_commands_nothing_and_its_diff_is_exact_in_a_pipe() {
    let workspace = project();
    let server = ModelServer::openai(&["m\u{1b}]0;FORGED\u{7}"]);
    // U+2060 is what marks of turns are broken with, and taken out of answers again.
    let evil = attack().replace(['\r', '\u{2060}'], "");
    // An answer may not bring such characters in, but a file may have them around a change.
    let file = workspace.root().join("plain.rs");
    fs::write(file, format!("fn plain() {{}}\n// {evil}\n")).unwrap();
    server.answer(move |_| Reply::text("```rust\nfn plain() { let x = 1; }\n```"));
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    let (shown, success) = at_terminal(&workspace, &["edit", "plain.rs:1", "Do it."]);
    assert!(success && shown.contains("<U+001B>]52;c;"), "{shown}");
    let output = piped(&workspace, &["edit", "plain.rs:1", "Do it."]);
    let exact = String::from_utf8(output.stdout).unwrap();
    assert!(exact.contains(&evil), "{exact:?}");
    let shown = json(&workspace, &["edit", "--json", "plain.rs:1", "Do it."]);
    assert_eq!(shown["diff"], exact);
    at_terminal(&workspace, &["edit", "--write", "plain.rs:1", "Do it."]);
    server.answer(|_| Reply::text(&format!("I won't. {}", attack())));
    both(&workspace, &["edit", "plain.rs:1", "Do it."]);
    server.answer(|_| Reply::status(400, &format!("{}\nerror: FORGED", attack())));
    both(&workspace, &["edit", "plain.rs:1", "Do it."]);
}

fn chatting(workspace: &Workspace) -> ModelServer {
    let server = ModelServer::openai(&[
        "m\u{1b}]0;FORGED\u{7}\u{9b}66;6H\u{202e}**[x](https://evil.example)\nerror: FORGED",
    ]);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    server
}

#[test]
fn an_answer_commands_nothing_whatever_pieces_it_comes_in() {
    let workspace = project();
    let server = chatting(&workspace);
    let all = attack();
    let answer = format!(
        "# {all}\n\n- {all}\n\n> {all}\n\n| {all} | b |\n|---|---|\n| `{all}` | c |\n\n```rust {all}\nlet x = \"{all}\";\n```\n\n<b {all}>\n\n**{all}** ![i{all}](https://evil.example/{all}) &#27;[66;6H &#x9b;66;6H (evil0:1)\n"
    );
    // One character after another.
    let pieces: Vec<String> = answer.chars().map(String::from).collect();
    server.answer(move |_| Reply::pieces(&pieces));
    let links = [("FORCE_HYPERLINK", "1")];
    for (arguments, variables) in [
        (vec!["chat", "evil?"], &links[..]),
        (vec!["chat", "--think", "evil?"], &links[..]),
        (vec!["--color=never", "chat", "evil?"], &[][..]),
    ] {
        let mut terminal = Terminal::start_with(
            &workspace,
            HOB,
            arguments.iter().copied(),
            (100, 40),
            variables,
        );
        assert!(terminal.wait_for_end().success(), "{}", terminal.screen());
        assert_eq!(terminal.clipboard(), None);
        let shown = harmless(&format!("{arguments:?}"), &terminal.bytes(), is_screen);
        assert!(shown.contains("<U+001B>]52;c;QUFB<U+0007>"), "{shown}");
    }
    // In a pipe, Markdown is data.
    let output = piped(&workspace, &["chat", "evil?"]);
    // U+2060 is what marks of turns are broken with, and taken out of answers again.
    let answer = answer.replace('\u{2060}', "");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), answer);
    let shown = json(&workspace, &["chat", "--json", "evil?"]);
    assert_eq!(shown["text"], answer.as_str());
    let output = workspace
        .command(HOB, ["--color=always", "chat", "evil?"])
        .output()
        .unwrap();
    harmless("chat in colours", &output.stdout, is_colour);
}

#[test]
fn errors_of_a_model_server_command_nothing() {
    let workspace = project();
    let server = chatting(&workspace);
    for (status, body) in [
        (500, format!("{}\nerror: FORGED", attack())),
        (
            400,
            format!("{{\"error\": {{\"message\": \"{}\"}}}}", escaped()),
        ),
        (404, format!("{{\"error\": \"{}\"}}", escaped())),
        (200, attack()),
        (503, format!("{{\"message\": \"{}\"}}", escaped())),
    ] {
        server.answer(move |_| Reply::status(status, &body));
        both(&workspace, &["chat", "evil?"]);
    }
    let bytes = format!("HTTP/1.1 500 {}\r\n\r\n", "\u{1b}]0;FORGED\u{7}");
    server.answer(move |_| Reply::raw(&[bytes.as_bytes()]));
    both(&workspace, &["chat", "evil?"]);
    server.answer(|_| {
        Reply::raw_events(&format!(
            "data: {{\"error\": {{\"message\": \"{}\"}}}}\n\n",
            escaped()
        ))
    });
    both(&workspace, &["chat", "evil?"]);
}

#[test]
fn a_conversation_commands_nothing_from_its_welcome_to_its_end() {
    let workspace = project();
    let server = chatting(&workspace);
    let all = attack();
    // U+2060 is what marks of turns are broken with, and taken out of answers again.
    let code = all.replace(['\r', '\u{2060}'], "");
    // An answer may not bring such characters in, but a file may have them around a change.
    fs::write(
        workspace.root().join("plain.rs"),
        format!("fn plain() {{}}\n// {code}\n"),
    )
    .unwrap();
    let diff = format!(
        "\n\n```diff\n--- a/plain.rs\n+++ b/plain.rs\n@@ -1,2 +1,2 @@\n-fn plain() {{}}\n+fn x() {{}}\n // {code}\n```\n"
    );
    // One character at a time, so that no sequence comes whole; the rest in one piece, for each is drawn.
    let mut pieces = vec![format!("<think>{all}</think>")];
    pieces.extend(all.chars().map(String::from));
    pieces.push(diff);
    server.answer(move |_| Reply::pieces(&pieces));
    let state = workspace.home().path().join("state/hob/chat");
    fs::create_dir_all(&state).unwrap();
    fs::write(
        state.join("history"),
        format!("older {}\n", all.replace('\r', "")),
    )
    .unwrap();
    let links = [("FORCE_HYPERLINK", "1")];
    let mut terminal = Terminal::start_with(&workspace, HOB, ["chat"], (120, 60), &links);
    let prompt = || terminal.wait_until("the prompt", |it| it.lines().last() == Some("❯"));
    prompt();
    // A paste, as terminals bracket it.
    let paste = all.replace("\u{1b}", "\u{1b}[").replace('\r', "");
    terminal.press(&format!("\u{1b}[200~is it {paste}?\u{1b}[201~"));
    terminal.wait_for("is it");
    terminal.press("\u{3}");
    prompt();
    for (line, shows) in [
        ("what is evil?", "Thought for"),
        ("/sources", "evil"),
        ("/think", "<U+001B>"),
        ("/model", "answers, at"),
        ("/model m\u{202e}x", "❯ /model"),
        ("/attach evil9", "❯ /attach evil9"),
        ("/save gone/\u{202e}x", "can't be written"),
        ("/hel\u{202e}", "❯ /hel"),
        ("/help", "Ctrl-T"),
    ] {
        terminal.press(&format!("{line}\r"));
        terminal.wait_for(shows);
        prompt();
    }
    terminal.press("what is in @evil\t");
    terminal.wait_for("@evil");
    terminal.press("\u{3}");
    prompt();
    // What was typed before, by arrows and by search.
    terminal.press("\u{12}older");
    terminal.wait_for("older <U+001B>");
    terminal.press("\u{3}");
    prompt();
    terminal.press("/apply\r");
    terminal.wait_for("Change these files? [y/N]");
    terminal.press("n");
    prompt();
    terminal.press("\u{4}");
    assert!(terminal.wait_for_end().success());
    assert_eq!(terminal.clipboard(), None);
    let shown = harmless("a conversation", &terminal.bytes(), is_screen);
    assert!(shown.contains("<U+009B>66;6H"), "{shown}");
}

// macOS has no such names.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_shown_and_printed() {
    use std::os::unix::ffi::OsStrExt;
    let workspace = project();
    let name = std::ffi::OsStr::from_bytes(b"evil\x9b66;6H\xff.rs");
    let path = workspace.root().join(name);
    fs::write(&path, "fn evil() {}\n").unwrap();
    for arguments in [&["index", "why-not"][..], &["index", "why-not", "--json"]] {
        let output = workspace
            .command(HOB, arguments.iter().copied())
            .arg(&path)
            .output()
            .unwrap();
        harmless("a name that is no text", &output.stdout, |_| false);
        harmless("a name that is no text", &output.stderr, |_| false);
        assert!(output.status.success(), "{output:?}");
    }
    both(&workspace, &["index"]);
    both(&workspace, &["search", "evil"]);
}

#[test]
fn messages_and_the_status_of_an_editor_hide_nothing() {
    // A name with control characters is none; one with others that nobody sees is.
    let server = ModelServer::llama_cpp("FORGED\u{202e}\u{2066}\u{200b}\u{e0041}");
    server.answer(|_| Reply::status(500, &format!("{}\nerror: FORGED", attack())));
    let workspace = Workspace::new("//- /src/main.rs\nfn main() {\n    let first = $0\n}\n");
    let toml = "\"evil\\u001b]0;FORGED\\u0007\\nerror: FORGED\u{202e}\u{200b}\" = 1\n";
    fs::write(workspace.root().join(".hob.toml"), toml).unwrap();
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\nfim = \"qwen2.5-coder\"\n[autocomplete]\ninstant = false\n",
        server.url()
    ));
    let hob = Hob::start_in(HOB, workspace, |it| it);
    let warned = hob.told(|it| it["type"] == 2);
    let message = warned["message"].as_str().unwrap().to_owned();
    harmless("a message", message.as_bytes(), |_| false);
    assert!(
        message.contains("<U+001B>]0;FORGED<U+0007><U+000A>"),
        "{message}"
    );
    let status = hob.notification("hob/status", |it| {
        it["model"].as_str().is_some_and(|it| it.contains("FORGED"))
    });
    harmless(
        "the status",
        status["model"].as_str().unwrap().as_bytes(),
        |_| false,
    );
    hob.complete();
    let failed = hob.told(|it| it["message"].as_str().is_some_and(|it| it.contains("500")));
    harmless(
        "an error",
        failed["message"].as_str().unwrap().as_bytes(),
        |_| false,
    );
    hob.forgive_errors();
}
