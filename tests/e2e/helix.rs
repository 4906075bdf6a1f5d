//! A user of Helix, at a terminal: it takes no keys while it waits for an action, has no suggestions, and shows progress in
//! its last line.

use crate::HOB;
use hob_tests::client::TIMEOUT;
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::terminal::Terminal;
use hob_tests::tools;
use std::path::Path;
use std::time::{Duration, Instant};

/// The configuration of a user who has added Hob to a language.
const LANGUAGES: &str = "[language-server.hob]
command = \"hob\"
args = [\"lsp\"]

[[language]]
name = \"rust\"
language-servers = [\"hob\"]
";

/// Without this it only turns a spinner.
const CONFIG: &str = "[editor.lsp]\ndisplay-progress-messages = true\n";

const FILES: &str = "//- /.git/HEAD
ref: refs/heads/main
//- /src/lib.rs
fn twice(a: i32) -> i32 {
    a + a
}
//- /src/other.rs
fn other() {}
";
const DOUBLED: &str = "```rust\nfn twice(a: i32) -> i32 {\n    a * 2\n}\n```";

/// Helix on the body of `twice`, with a model that answers once it is released; `None` where there is no Helix.
fn helix(answer: &'static str) -> Option<(Terminal, ModelServer, Workspace)> {
    let program = tools::helix()?;
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.hang();
    server.answer(move |_| Reply::text(answer));
    let workspace = Workspace::new(FILES);
    workspace.write_config(&format!(
        "[models.autocomplete]\nprovider = \"builtin\"\n[models.chat]\nurl = \"{}\"\n",
        server.url()
    ));
    let folder = workspace.home().path().join("config/helix");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("languages.toml"), LANGUAGES).unwrap();
    std::fs::write(folder.join("config.toml"), CONFIG).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", Path::new(HOB).parent().unwrap().display());
    let terminal = Terminal::start_with(
        &workspace,
        &program.to_string_lossy(),
        ["src/lib.rs"],
        (100, 20),
        &[("PATH", path.as_str())],
    );
    terminal.wait_for("a + a");
    terminal.press("j");
    Some((terminal, server, workspace))
}

/// Chooses one of the actions at the cursor by its title.
fn choose(helix: &Terminal, title: &str) {
    let none = "No configured language server";
    let deadline = Instant::now() + TIMEOUT;
    loop {
        helix.press(" a");
        helix.wait_until("an answer", |screen| {
            screen.contains(title) || screen.contains(none)
        });
        if helix.screen().contains(title) {
            break;
        }
        // It says so, too, before the server is there. A key takes the message away.
        assert!(Instant::now() < deadline, "{}", helix.screen());
        std::thread::sleep(Duration::from_millis(100));
        helix.press("l");
        helix.wait_until("no message", |screen| !screen.contains(none));
    }
    // The line that is chosen has another background, which the text of the screen doesn't tell: so the title is counted to.
    let screen = helix.screen();
    let actions = screen.lines().filter(|it| it.contains("Hob: "));
    let at = actions.take_while(|it| !it.contains(title)).count();
    // The first one is chosen already.
    for _ in 0..at {
        helix.press("\u{e}");
    }
    helix.press("\r");
    helix.wait_until("no menu", |screen| screen.matches("Hob: ").count() <= 1);
}

#[test]
fn keys_are_taken_while_a_model_writes_and_the_edit_lands_afterwards() {
    let Some((helix, server, _workspace)) = helix(DOUBLED) else {
        return;
    };
    choose(&helix, "Hob: simplify");
    server.wait_for_request();
    helix.wait_for("llama-3-8b-instruct.gguf writes the change");
    // The cursor moves while the model writes.
    helix.press("k");
    helix.wait_for("1 sel  1:");
    server.release();
    helix.wait_for("    a * 2");
    // One key takes it back.
    helix.press("u");
    helix.wait_for("    a + a");
}

#[test]
fn a_change_waits_for_a_user_who_went_on_in_another_file() {
    let Some((helix, server, _workspace)) = helix(DOUBLED) else {
        return;
    };
    choose(&helix, "Hob: simplify");
    server.wait_for_request();
    helix.press(":open src/other.rs\r");
    helix.wait_for("fn other");
    helix.press("Ofn new");
    helix.wait_for("fn new");
    server.release();
    helix.wait_for("Change ready, as a code action: src/lib.rs");
    helix.press("() {}");
    helix.wait_for("fn new() {}");
    // Escape on its own, not as a part of the next key.
    helix.press("\u{1b}");
    helix.wait_for("NOR");
    choose(&helix, "Hob: apply the change of src/lib.rs");
    helix.press(":open src/lib.rs\r");
    helix.wait_for("    a * 2");
}

#[test]
fn an_answer_never_takes_the_window() {
    let Some((helix, server, _workspace)) = helix("It doubles a number.") else {
        return;
    };
    choose(&helix, "Hob: explain");
    server.wait_for_request();
    helix.press("o// typed");
    helix.wait_for("// typed");
    server.release();
    helix.wait_for("The answer is ready, as a code action.");
    helix.press(" on");
    helix.wait_for("// typed on");
    helix.press("\u{1b}");
    helix.wait_for("NOR");
    choose(&helix, "Hob: open the answer");
    helix.wait_for("It doubles a number.");
}
