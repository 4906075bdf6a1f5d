//! A user of Neovim, who has put the README's four lines into the configuration.

use crate::{HOB, idiom};
use hob_tests::hob::Workspace;
use hob_tests::llama_server::LlamaServer;
use hob_tests::neovim::Neovim;

#[test]
fn with_nothing_configured_the_codebase_suggests_and_tab_accepts() {
    let workspace = Workspace::new(&idiom::with_cursor_after(""));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };

    assert_eq!(neovim.ghost_after("let outline = "), idiom::OUTLINE);
    neovim.keys("<Tab>");
    neovim.wait_for_line(&format!("        let outline = {}", idiom::OUTLINE));
}

#[test]
fn what_is_typed_through_a_suggestion_keeps_it() {
    let workspace = Workspace::new(&idiom::with_cursor_after(""));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };

    neovim.ghost_after("let outline = ");
    neovim.keys("self.");
    neovim.wait_for_line("        let outline = self.");
    assert_eq!(neovim.ghost(), idiom::OUTLINE["self.".len()..]);
    neovim.keys("<Tab>");
    neovim.wait_for_line(&format!("        let outline = {}", idiom::OUTLINE));
}

#[test]
fn a_real_model_suggests_several_lines_and_tab_accepts() {
    let Some(server) = LlamaServer::base() else {
        return;
    };
    let workspace =
        Workspace::new("//- /src/lib.rs\nfn larger(a: i32, b: i32) -> i32 {\n    $0\n}\n");
    workspace.write_config(&format!(
        r#"
            [models.autocomplete]
            url = "{}"
            fim = "qwen2.5-coder"
            extra = {{ grammar = 'root ::= "if a > b {{\n        a\n    }} else {{\n        b\n    }}"' }}

            [autocomplete]
            instant = false
            multiline = "always"
        "#,
        server.url()
    ));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };

    // The first line is shown as soon as it is there; the others once it is typed.
    assert!(neovim.ghost_after("if a ").starts_with("> b {"));
    neovim.keys("> b {");
    neovim.wait_for_line("    if a > b {");
    assert_eq!(
        neovim.ghost(),
        "\n        a\n    } else {\n        b\n    }"
    );
    neovim.keys("<Tab>");
    neovim.wait_for_line("    }");
    assert_eq!(
        neovim.text(),
        "fn larger(a: i32, b: i32) -> i32 {\n    if a > b {\n        a\n    } else {\n        b\n    }\n}"
    );
}

#[test]
fn a_code_action_of_a_real_model_is_confirmed_and_applied() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let workspace = Workspace::new(
        "//- /src/lib.rs\nfn twice(a: i32) -> i32 {\n    a + $0a\n}\n\nfn other() {}\n",
    );
    workspace.write_config(&format!(
        r#"
            [models.autocomplete]
            provider = "builtin"

            [models.chat]
            url = "{}"
            extra = {{ grammar = 'root ::= "```rust\nfn twice(a: i32) -> i32 {{\n    2 * a\n}}\n```"' }}
        "#,
        server.url()
    ));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };

    neovim.keys("<Esc>");
    neovim.lua("vim.fn.confirm = function(text) _G.hob_asked = text return 1 end");
    neovim.lua(
        "vim.lsp.buf.code_action({ apply = true, filter = function(it) return it.title == 'Hob: simplify' end })",
    );
    neovim.wait(
        "the change",
        "return vim.api.nvim_buf_get_lines(0, 1, 2, false)[1] == '    2 * a'",
    );
    assert_eq!(
        neovim.text(),
        "fn twice(a: i32) -> i32 {\n    2 * a\n}\n\nfn other() {}"
    );
    let asked = neovim.lua("return _G.hob_asked");
    assert!(
        asked
            .as_str()
            .is_some_and(|it| it.contains("Hob: simplify")),
        "{asked}"
    );
}

#[test]
fn a_chat_with_a_real_model_streams() {
    let Some(server) = LlamaServer::instruct() else {
        return;
    };
    let workspace = Workspace::new("//- /src/lib.rs\nfn twice(a: i32) -> i32 {\n    a + $0a\n}\n");
    workspace.write_config(&format!(
        r#"
            [models.autocomplete]
            provider = "builtin"

            [models.chat]
            url = "{}"
            extra = {{ grammar = 'root ::= "See `src/lib.rs:1`, of course."' }}
        "#,
        server.url()
    ));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };

    neovim.lua(
        r"
            _G.hob_heard, _G.hob_pieces = '', 0
            vim.lsp.handlers['hob/chat/delta'] = function(_, delta)
                if delta.text ~= '' then
                    _G.hob_heard, _G.hob_pieces = _G.hob_heard .. delta.text, _G.hob_pieces + 1
                end
            end
            local hob = vim.lsp.get_clients({ name = 'hob' })[1]
            local asked = { id = '1', messages = { { role = 'user', content = 'Where is it?' } } }
            hob:request('hob/chat', asked, function(_, answer) _G.hob_answer = answer end)
        ",
    );
    neovim.wait(
        "the answer",
        "return _G.hob_answer and _G.hob_heard == _G.hob_answer.text",
    );
    assert_eq!(
        neovim.lua("return _G.hob_heard"),
        "See `src/lib.rs:1`, of course."
    );
    let pieces = neovim.lua("return _G.hob_pieces");
    assert!(pieces.as_u64().is_some_and(|it| it > 3), "{pieces}");
}
