//! `hob chat` as a user at a terminal sees it, and as a pipe does.

use crate::HOB;
use hob_tests::hob::Workspace;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::terminal::Terminal;
use serde_json::Value;
use std::io::Write;
use std::process::{Output, Stdio};

const ANSWER: &str = "\
The area is computed in `area` (src/shape.rs:1):

```rust
pub fn area(width: f32, height: f32) -> f32 {
    width * height // in square metres
}
```

- **width** and *height* are given
- nothing is rounded
";

const PROJECT: &str = "\
//- /src/shape.rs
pub fn area(width: f32, height: f32) -> f32 { width * height }
//- /src/main.rs
fn main() { shape::area(2.0, 3.0); }
";

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";
const UP: &str = "\u{1b}[A";

fn served() -> (Workspace, ModelServer) {
    let workspace = Workspace::new(PROJECT);
    let server = ModelServer::openai(&["qwen2.5-coder-7b-instruct"]);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    (workspace, server)
}

/// A conversation that waits for the first question.
#[track_caller]
fn talk(workspace: &Workspace, arguments: &[&str], size: (u16, u16)) -> Terminal {
    let arguments = ["chat"].iter().chain(arguments).copied();
    let terminal = Terminal::start(workspace, HOB, arguments, size);
    wait_for_prompt(&terminal);
    terminal
}

#[track_caller]
fn wait_for_prompt(terminal: &Terminal) {
    terminal.wait_until("the prompt", |it| it.lines().last() == Some("❯"));
}

#[track_caller]
fn ask(terminal: &Terminal, question: &str) {
    terminal.press(&format!("{question}\r"));
    terminal.wait_for(question.lines().last().unwrap_or_default());
    wait_for_prompt(terminal);
}

/// What the model was asked last by the user, with all that was put beside it.
fn asked(server: &ModelServer) -> String {
    let last = server.completions().pop().expect("something was asked");
    let messages = last.body["messages"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let last = messages.last().and_then(|it| it["content"].as_str());
    last.unwrap_or_default().to_owned()
}

#[track_caller]
fn piped(workspace: &Workspace, arguments: &[&str], input: &str) -> Output {
    let arguments = ["chat"].iter().chain(arguments).copied();
    let mut child = workspace
        .command(HOB, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin
        .write_all(input.as_bytes())
        .expect("it takes its input");
    drop(stdin);
    child.wait_with_output().expect("it was started")
}

#[test]
fn a_question_is_answered_and_drawn() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER));
    let mut terminal = talk(&workspace, &[], (80, 40));
    assert!(
        terminal
            .screen()
            .contains("qwen2.5-coder-7b-instruct answers, at 127.0.0.1")
    );
    ask(&terminal, "where is the area computed?");
    let screen = terminal.screen();
    for shown in [
        "\n• nothing is rounded\n",
        "── 1 · rust ──",
        "\npub fn area(width: f32, height: f32) -> f32 {\n    width * height // in square metres\n}\n",
        "\nsrc/shape.rs:1\n",
    ] {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    assert!(asked(&server).contains("where is the area computed?"));
    terminal.press(CTRL_D);
    assert!(terminal.wait_for_end().success());
}

#[test]
fn a_narrow_window_wraps_words_and_a_resized_one_goes_on() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER).hang_after(12));
    let terminal = talk(&workspace, &[], (40, 30));
    terminal.press("where?\r");
    terminal.wait_for("The area is computed");
    terminal.resize(60, 30);
    server.release();
    terminal.wait_for("• nothing is rounded");
    wait_for_prompt(&terminal);
    let screen = terminal.history();
    assert_eq!(
        screen.matches("The area is computed").count(),
        1,
        "{screen}"
    );
    assert_eq!(screen.matches("── 1 · rust").count(), 1, "{screen}");
}

#[test]
fn ctrl_c_stops_the_answer_at_once_and_keeps_the_conversation() {
    let (workspace, server) = served();
    server.then(Reply::text("It is long, and longer still.").hang_after(4));
    let mut terminal = talk(&workspace, &[], (80, 24));
    terminal.press("first question\r");
    terminal.wait_for("It is long,");
    terminal.press(CTRL_C);
    server.wait_for_disconnect();
    terminal.wait_for("Stopped.");
    wait_for_prompt(&terminal);
    server.then(Reply::text("Second."));
    ask(&terminal, "second question");
    let last = server.completions().pop().expect("it was asked");
    assert!(last.raw.contains("first question") && last.raw.contains("It is long,"));
    // Twice at the empty prompt leaves; text is only cleared.
    terminal.press("typed");
    terminal.wait_for("❯ typed");
    terminal.press(CTRL_C);
    wait_for_prompt(&terminal);
    terminal.press(CTRL_C);
    terminal.wait_for("Ctrl-C again, or Ctrl-D, leaves.");
    wait_for_prompt(&terminal);
    terminal.press(CTRL_C);
    assert!(terminal.wait_for_end().success());
}

#[test]
fn what_is_typed_while_an_answer_comes_waits_at_the_next_prompt() {
    let (workspace, server) = served();
    server.then(Reply::text("<think>Let me see.</think>It is.").hang_after(5));
    let terminal = talk(&workspace, &[], (80, 24));
    terminal.press("is it?\r");
    server.wait_for_request();
    // The last key shows what the model thinks, and so that all before it were noticed.
    terminal.press("ahead\u{14}");
    terminal.wait_for("Let me");
    server.release();
    terminal.wait_until("what was typed ahead", |it| it.ends_with("❯ ahead"));
    assert!(terminal.screen().contains("Let me see.\nThought for"));
}

#[test]
fn several_lines_are_one_question() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("Yes."));
    let terminal = talk(&workspace, &[], (80, 40));
    terminal.press("one\u{1b}\rtwo");
    terminal.wait_for("❯ one\n· two");
    terminal.press("\r");
    terminal.wait_for("Yes.");
    wait_for_prompt(&terminal);
    assert!(asked(&server).contains("one\ntwo"));
    terminal.press("three \\\r");
    terminal.wait_for("❯ three \\\n·");
    ask(&terminal, "four");
    assert!(asked(&server).contains("three \nfour"));
    terminal.press("\u{1b}[200~five\nsix\u{1b}[201~");
    terminal.wait_for("six");
    terminal.press("\r");
    terminal.wait_until("the third answer", |it| it.matches("Yes.").count() == 3);
    wait_for_prompt(&terminal);
    assert!(asked(&server).contains("five\nsix"));
}

#[test]
fn what_was_asked_is_remembered_from_one_conversation_to_the_next() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("Yes."));
    let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
    let mut first = talk(&workspace, &[], (80, 24));
    ask(&first, "is it remembered?");
    ask(&first, &format!("and {key}?"));
    first.press(CTRL_D);
    assert!(first.wait_for_end().success());
    let second = talk(&workspace, &[], (80, 24));
    second.press(UP);
    second.wait_for("❯ is it remembered?");
    second.press("\r");
    second.wait_for("Yes.");
    let said = last_conversation(&workspace);
    assert!(!said.contains(&key), "{said}");
}

fn last_conversation(workspace: &Workspace) -> String {
    let folder = workspace.home().path().join("state/hob/chat");
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("conversations are kept") {
        let entry = entry.expect("it can be listed");
        use std::os::unix::fs::PermissionsExt;
        let mode = entry.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} is others' to read", entry.path());
        all.push_str(&std::fs::read_to_string(entry.path()).expect("it is text"));
    }
    all
}

#[test]
fn commands_and_names_are_completed() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("Yes."));
    let terminal = talk(&workspace, &[], (80, 60));
    terminal.press("/s\t");
    terminal.wait_for("/sources");
    terminal.wait_for("write the conversation to a file");
    terminal.press(CTRL_C);
    wait_for_prompt(&terminal);
    // The index may still be on its way.
    ask(&terminal, "hello");
    terminal.press("what is in @shap\t");
    terminal.wait_for("@src/shape.rs");
    terminal.press(CTRL_C);
    wait_for_prompt(&terminal);
    terminal.press("/hlep\r");
    terminal.wait_for("did you mean /help?");
    wait_for_prompt(&terminal);
    terminal.press("/help\r");
    terminal.wait_for("/refactor @FILE HOW");
    terminal.wait_for("Ctrl-T");
}

#[test]
fn thoughts_are_folded_until_they_are_wanted() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("<think>\nLet me see.\n</think>\n\nIt is so."));
    let terminal = talk(&workspace, &[], (80, 24));
    ask(&terminal, "is it so?");
    let screen = terminal.screen();
    assert!(
        screen.contains("Thought for less than a second"),
        "{screen}"
    );
    assert!(!screen.contains("Let me see."), "{screen}");
    terminal.press("/think\r");
    terminal.wait_for("Let me see.");
    let open = talk(&workspace, &["--think"], (80, 24));
    ask(&open, "is it so?");
    assert!(open.screen().contains("Let me see."));
}

#[test]
fn code_is_copied_and_the_conversation_saved() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER));
    let terminal = talk(&workspace, &[], (80, 40));
    ask(&terminal, "how?");
    terminal.press("/copy\r");
    terminal.wait_for("3 lines on the clipboard");
    // `pub fn area(` in base64.
    let clipboard = terminal.clipboard().expect("it was sent");
    assert!(clipboard.starts_with(b"cHViIGZuIGFyZWEo"));
    // Typed ahead, while the command before still prints.
    terminal.press("/copy 2\r/save talk.md\r");
    terminal.wait_for("one block of code");
    terminal.wait_for("Written to talk.md.");
    let saved = std::fs::read_to_string(workspace.root().join("talk.md")).expect("it is there");
    assert_eq!(saved, format!("> how?\n\n{}\n", ANSWER.trim_end()));
    wait_for_prompt(&terminal);
    terminal.press("/save talk.md\r");
    terminal.wait_for("talk.md exists and is left as it is");
}

#[test]
fn what_is_typed_while_commands_print_is_not_lost() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("Yes."));
    let mut terminal = talk(&workspace, &[], (80, 60));
    // All at once: what follows a line reaches the terminal while that line's command is at work.
    terminal.press("/help\r/nonsense\r/context\r/save one.md\rtyped é ahead\r/save two.md\r");
    terminal.wait_for("Written to two.md.");
    wait_for_prompt(&terminal);
    assert!(
        asked(&server).ends_with("typed é ahead"),
        "{}",
        asked(&server)
    );
    terminal.press("/exit\r");
    terminal.wait_for_end();
}

#[test]
fn an_answer_is_applied_when_the_user_says_so_and_taken_back() {
    let (workspace, server) = served();
    server.answer(|_| {
        Reply::text("Round it, in src/main.rs:\n\n```rust src/main.rs\nfn main() { shape::area(2.0, 4.0); }\n```\n")
    });
    let file = workspace.root().join("src/main.rs");
    let read = || std::fs::read_to_string(&file).expect("it is there");
    let before = read();
    let terminal = talk(&workspace, &[], (80, 50));
    ask(&terminal, "round it");
    terminal.press("/apply\r");
    terminal.wait_for("Change these files? [y/N]");
    terminal.wait_for("+fn main() { shape::area(2.0, 4.0); }");
    terminal.press("n");
    terminal.wait_for("Nothing was changed.");
    wait_for_prompt(&terminal);
    assert_eq!(read(), before);
    terminal.press("/apply 1\r");
    terminal.wait_until("the second preview", |it| it.ends_with("[y/N]"));
    terminal.press("y");
    terminal.wait_for("/undo takes it back.");
    wait_for_prompt(&terminal);
    assert_eq!(read(), before.replace("3.0", "4.0"));
    terminal.press("/undo\r");
    terminal.wait_until("the end of /undo", |it| {
        it.ends_with("❯") && it.contains("❯ /undo")
    });
    assert_eq!(read(), before);
}

#[test]
fn a_hostile_answer_cannot_command_the_terminal() {
    let (workspace, server) = served();
    server.answer(|_| {
        Reply::text("a\u{1b}]0;owned\u{7}b\u{1b}[2Jc &#27;[31m `\u{9b}2J`\n\n```\n\u{1b}]52;c;AAAA\u{7}\n```\n")
    });
    let terminal = talk(&workspace, &[], (80, 24));
    ask(&terminal, "what?");
    assert!(
        terminal.screen().contains("answers, at"),
        "nothing was erased"
    );
    assert_eq!(terminal.clipboard(), None);
    let sent = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!sent.contains("\u{1b}]0;owned") && !sent.contains('\u{9b}'));
}

#[test]
fn one_question_at_a_terminal_ends_with_its_answer_and_with_ctrl_c() {
    let (workspace, server) = served();
    server.then(Reply::text(ANSWER));
    let mut terminal = Terminal::start(&workspace, HOB, ["chat", "where", "is it?"], (80, 24));
    assert!(terminal.wait_for_end().success());
    assert!(
        terminal.screen().contains("• nothing is rounded"),
        "{}",
        terminal.screen()
    );
    server.then(Reply::text("It is long.").hang_after(2));
    let mut terminal = Terminal::start(&workspace, HOB, ["chat", "and?"], (80, 24));
    terminal.wait_for("It is");
    terminal.press(CTRL_C);
    assert_eq!(terminal.wait_for_end().code(), Some(130));
    server.wait_for_disconnect();
}

#[test]
fn a_real_server_answers_at_the_terminal_and_stops() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let workspace = Workspace::new(PROJECT);
    let config = |extra: &str| {
        let url = server.url();
        workspace.write_config(&format!(
            "[models.chat]\nurl = \"{url}\"\nextra = {{ {extra} }}\n"
        ));
    };
    config(r#"grammar = 'root ::= "See **it**, of course."'"#);
    let terminal = talk(&workspace, &[], (80, 24));
    ask(&terminal, "where is it?");
    terminal.wait_for("See it, of course.");
    // Without an end to it, until it is stopped.
    config(r#"grammar = 'root ::= "On. "+', ignore_eos = true"#);
    let terminal = talk(&workspace, &[], (80, 24));
    terminal.press("go on\r");
    terminal.wait_for("On. On.");
    terminal.press(CTRL_C);
    terminal.wait_for("Stopped.");
    wait_for_prompt(&terminal);
}

#[test]
fn without_colours_markdown_comes_as_it_is() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER));
    let mut terminal = Terminal::start_with(
        &workspace,
        HOB,
        ["chat", "where?"],
        (80, 24),
        &[("NO_COLOR", "1")],
    );
    assert!(terminal.wait_for_end().success());
    assert!(
        terminal
            .screen()
            .contains("- **width** and *height* are given")
    );
    assert!(terminal.screen().contains("```rust"));
}

#[test]
fn a_pipe_gets_plain_markdown_and_gives_context() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER));
    let output = piped(&workspace, &["review", "this"], "+ let area = 1;\n");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), ANSWER);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let prompt = asked(&server);
    assert!(
        prompt.contains("review this") && prompt.contains("+ let area = 1;"),
        "{prompt}"
    );
    // Without a message, what comes is the message.
    let output = piped(&workspace, &[], "what is an area?\n");
    assert!(output.status.success(), "{output:?}");
    assert!(asked(&server).contains("what is an area?"));
    let output = piped(&workspace, &[], " \n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn thoughts_are_no_part_of_an_answer_however_a_model_marks_them() {
    let (workspace, server) = served();
    for said in [
        "reason</think>The answer.",
        "so it is\n[/THINK]The answer.",
        "<think>reason</think>\n\nThe answer.",
        "◁think▷reason◁/think▷The answer.",
        "<|channel|>analysis<|message|>reason<|end|><|start|>assistant<|channel|>final<|message|>The answer.<|return|>",
    ] {
        let pieces: Vec<String> = said
            .split_inclusive([' ', '/', '|'])
            .map(str::to_owned)
            .collect();
        server.answer(move |_| {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            Reply::pieces(&pieces)
        });
        let output = piped(&workspace, &["why?"], "");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "The answer.\n",
            "{said}"
        );
        let answer = workspace.json(HOB, ["chat", "--json", "why?"]);
        assert_eq!(answer["text"], "The answer.", "{said}");
    }
    // At a terminal they stand there already; the answer begins anew.
    server.answer(|_| Reply::pieces(&["so it ", "is\n</think>", "\n\nThe ", "answer."]));
    let terminal = talk(&workspace, &[], (60, 20));
    ask(&terminal, "why?");
    let screen = terminal.screen();
    let thought = screen.find("Thought for").expect("a line says so");
    assert!(screen[thought..].contains("\nThe answer."), "{screen}");
    assert!(!screen.contains("</think>"), "{screen}");
}

#[test]
fn thoughts_that_reach_the_limit_are_said_to_be_all_there_is() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("<think>so it is, and"));
    let output = piped(&workspace, &["why?"], "");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("came to no answer within its limit"),
        "{said}"
    );
}

#[test]
fn json_is_one_document_with_text_sources_and_model() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text(ANSWER));
    let answer = workspace.json(
        HOB,
        ["chat", "--json", "--file", "src/shape.rs:1-1", "why?"],
    );
    assert_eq!(answer["text"], ANSWER);
    assert_eq!(answer["model"], "qwen2.5-coder-7b-instruct");
    let shape = |it: &Value| it["path"] == "src/shape.rs" && it["start_line"] == 1;
    let sources = answer["sources"].as_array().expect("a list");
    assert!(sources.iter().any(shape), "{answer}");
    let alone = workspace.json(HOB, ["chat", "--json", "--no-context", "why?"]);
    assert_eq!(alone["sources"], serde_json::json!([]));
}

#[test]
fn a_conversation_goes_on_another_time() {
    let (workspace, server) = served();
    server.answer(|_| Reply::text("Yes."));
    piped(&workspace, &["is it blue?"], "");
    piped(&workspace, &["--continue", "and green?"], "");
    let last = server.completions().pop().expect("it was asked");
    assert!(last.raw.contains("is it blue?") && last.raw.contains("Yes."));
    piped(&workspace, &["fresh?"], "");
    let last = server.completions().pop().expect("it was asked");
    assert!(!last.raw.contains("is it blue?"));
}

#[test]
fn without_a_model_it_says_what_to_do() {
    let workspace = Workspace::new(PROJECT);
    let port = ModelServer::closed_port();
    workspace.write_config(&format!(
        "[models.chat]\nurl = \"http://127.0.0.1:{port}\"\n"
    ));
    let mut terminal = Terminal::start(&workspace, HOB, ["chat"], (80, 24));
    assert_eq!(terminal.wait_for_end().code(), Some(1));
    assert!(
        terminal.screen().contains("No model server answers"),
        "{}",
        terminal.screen()
    );
    let output = piped(&workspace, &["why?"], "");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
