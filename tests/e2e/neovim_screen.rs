//! What a user of Neovim sees on the screen, in a terminal of 80 columns.

use crate::{HOB, idiom};
use hob_tests::client::TIMEOUT;
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::terminal::Terminal;
use hob_tests::tools;
use std::path::Path;
use std::time::{Duration, Instant};

/// Neovim in a terminal, configured as the README says, started with these arguments.
fn neovim(workspace: &Workspace, arguments: &[&str]) -> Option<Terminal> {
    let program = tools::neovim()?;
    let init = tools::workspace().join("tests/src/neovim/init.lua");
    let client = tools::workspace().join("clients/neovim");
    let folder = Path::new(HOB).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.display());
    let init = init.to_string_lossy().into_owned();
    let mut all = vec!["-n", "-i", "NONE", "-u", &init];
    all.extend(arguments);
    let variables = [
        ("PATH", path.as_str()),
        ("HOB_NEOVIM_CLIENT", &client.to_string_lossy()),
    ];
    Some(Terminal::start_with(
        workspace,
        &program.to_string_lossy(),
        all,
        (80, 16),
        &variables,
    ))
}

/// Whether a message of Hob's stops the user. (Neovim has some of its own about slow terminals.)
fn is_stopped(screen: &str) -> bool {
    screen.contains("Press ENTER") && screen.contains("LSP[")
}

#[test]
fn an_outage_is_one_line_that_stops_nobody_and_its_end_is_another() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("compute(1, 2);"));
    server.refuse();
    let workspace = Workspace::new("//- /src/main.rs\nfn main() {\n}\n");
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\n[autocomplete]\ninstant = false\n",
        server.url()
    ));
    let Some(terminal) = neovim(&workspace, &["src/main.rs"]) else {
        return;
    };
    terminal.wait_for("fn main()");
    let (outage, end) = (
        format!("LSP[hob] No model server answers at {}.", server.url()),
        "LSP[hob] The model answers again.",
    );
    // In insert mode the name of the mode covers what is shown beside it; the list of messages has all.
    let messages = || {
        terminal.press("\u{1b}:%d\r:put =execute('messages')\r");
        terminal.wait_until("no prompt", |screen| !is_stopped(screen));
        terminal.screen()
    };
    let type_until = |shown: &str| {
        let deadline = Instant::now() + TIMEOUT;
        while !messages().contains(shown) {
            assert!(Instant::now() < deadline, "{}", terminal.screen());
            for key in ["o", "let x = ", "a", "b", "c"] {
                terminal.press(key);
                std::thread::sleep(Duration::from_millis(150));
                assert!(!is_stopped(&terminal.screen()), "{}", terminal.screen());
            }
            // Neovim asks once no key has come for a while.
            std::thread::sleep(Duration::from_millis(500));
        }
        messages()
    };
    type_until(&outage);
    server.listen();
    let screen = type_until(end);
    assert_eq!(screen.matches(&outage).count(), 1, "{screen}");
    assert_eq!(screen.matches(end).count(), 1, "{screen}");
}

#[test]
fn neither_a_list_of_files_nor_an_empty_buffer_makes_a_project() {
    for arguments in [&["."][..], &["+set ft=rust"], &["+help"], &["+term"]] {
        let workspace = Workspace::new(&idiom::with_cursor_after(""));
        workspace.forget_repository();
        let Some(terminal) = neovim(&workspace, arguments) else {
            return;
        };
        // A file of no project attaches one client, and that has then opened all that there was to open.
        terminal.press(":edit src/new.rs\r");
        terminal.press(":lua vim.wait(20000, function() local it = vim.lsp.get_clients()[1] return it and it.initialized end)\r");
        terminal.press(":put ='attached: ' .. luaeval('#vim.lsp.get_clients()')\r");
        terminal.wait_for("attached: 1");
        let cache = workspace.home().path().join("cache/hob");
        let made = std::fs::read_dir(&cache).map_or(0, Iterator::count);
        assert_eq!(made, 0, "{arguments:?}: {}", terminal.screen());
    }
}
