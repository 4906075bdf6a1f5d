//! A user of Neovim, who has put the README's four lines into the configuration.

use crate::{HOB, idiom};
use hob_tests::hob::Workspace;
use hob_tests::llama_server::LlamaServer;
use hob_tests::model::{ModelServer, Reply};
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
fn a_code_action_of_a_real_model_is_applied_to_the_document_that_it_was_asked_for() {
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
    assert!(
        neovim.lua("return _G.hob_asked").is_null(),
        "nothing was asked"
    );
    // One undo takes it back.
    neovim.keys("u");
    neovim.wait_for_line("    a + a");
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

/// A project with a scripted model for chats, and no model for completions.
fn answered(server: &ModelServer, text: &str) -> Workspace {
    let workspace = Workspace::new(text);
    workspace.write_config(&format!(
        "[models.autocomplete]\nprovider = \"builtin\"\n[models.chat]\nurl = \"{}\"\n",
        server.url()
    ));
    workspace
}

#[test]
fn an_answer_stands_beside_the_code_and_takes_no_key() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::pieces(&["It ", "doubles\n", "a number."]).hang_after(2));
    let workspace = answered(
        &server,
        "//- /src/lib.rs\nfn twice(a: i32) -> i32 {\n    a + $0a\n}\n\n\n",
    );
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };
    let explain = "vim.lsp.buf.code_action({ apply = true, filter = function(it) return it.title:find('explain') ~= nil end })";
    neovim.lua(explain);
    let shown = "for _, it in ipairs(vim.api.nvim_list_wins()) do
        local buffer = vim.api.nvim_win_get_buf(it)
        if vim.api.nvim_buf_get_name(buffer):find('hob://ask/explain') then
            return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '|')
        end
    end";
    // While the model still writes.
    neovim.wait(
        "the first words",
        &format!("local it = (function() {shown} end)() return it == 'It doubles|'"),
    );
    neovim.keys("<C-o>Gtyped on");
    neovim.wait(
        "what is typed",
        "return vim.api.nvim_get_current_line() == 'typed on'",
    );
    server.release();
    neovim.wait(
        "the rest",
        &format!("local it = (function() {shown} end)() return it == 'It doubles|a number.'"),
    );
    assert_eq!(
        neovim.lua("return vim.fn.bufname()"),
        neovim.lua("return vim.fn.bufname(1)")
    );
    assert_eq!(
        neovim.lua("return #vim.lsp.get_clients()"),
        1,
        "no second server"
    );
    // A second answer has a buffer of its own.
    server.answer(|_| Reply::text("Another."));
    neovim.lua(explain);
    neovim.wait(
        "the second answer",
        "local n = 0
        for _, it in ipairs(vim.api.nvim_list_bufs()) do
            if vim.api.nvim_buf_get_name(it):find('hob://ask/explain') then n = n + 1 end
        end
        return n == 2",
    );
    // It shares the first one's window.
    assert_eq!(neovim.lua("return #vim.api.nvim_list_wins()"), 2);
    // Another server counts for itself.
    neovim.lua("require('hob').on_delta(nil, { id = 'ask/explain/1', text = 'Elsewhere.' }, { client_id = 99 })");
    assert_eq!(neovim.lua("return #vim.api.nvim_list_wins()"), 2);
    assert_eq!(
        neovim.lua(&format!("return (function() {shown} end)()")),
        "Elsewhere."
    );
}

#[test]
fn a_problem_that_another_server_reported_can_be_fixed() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.answer(|_| Reply::text("```rust\nfn twice(a: i32) -> i32 {\n    a * 2\n}\n```"));
    let workspace = answered(
        &server,
        "//- /src/lib.rs\nfn twice(a: i32) -> i32 {\n    a +$0\n}\n",
    );
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };
    neovim.keys("<Esc>");
    neovim.lua(
        "vim.diagnostic.set(vim.api.nvim_create_namespace('another'), 0, {
            { lnum = 1, col = 4, end_col = 7, severity = 1, message = 'expected expression', source = 'rustc' } })",
    );
    neovim.lua(
        "vim.lsp.buf.code_action({ apply = true, filter = function(it) return it.title:find('fix') ~= nil end })",
    );
    neovim.wait_for_line("    a * 2");
    let asked = server.completions().pop().expect("the model was asked");
    let asked = asked.body.to_string();
    assert!(asked.contains("expected expression"), "{asked}");
}

#[test]
fn tab_jumps_on_in_a_snippet_and_takes_no_suggestion_that_no_longer_fits() {
    let workspace = Workspace::new(&idiom::with_cursor_after(""));
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };
    neovim.ghost_after("let outline = ");
    // Keys and Tab in one go: the suggestion is older than they are.
    neovim.keys("zz<Tab>");
    neovim.wait(
        "the tab",
        "return vim.api.nvim_get_current_line():match('outline = zz%s+$') ~= nil",
    );
    // What was typed along it isn't doubled.
    neovim.keys("<C-u>");
    let shown = neovim.ghost_after("let outline = ");
    assert_eq!(shown, idiom::OUTLINE);
    neovim.keys("self.<Tab>");
    neovim.wait_for_line(&format!("        let outline = {}", idiom::OUTLINE));
    neovim.keys("<C-u>");
    neovim.lua("vim.snippet.expand('f(${1:a}, ${2:b})$0')");
    neovim.keys("<Tab>");
    neovim.wait(
        "the second place",
        "return vim.snippet.active({ direction = -1 }) and vim.api.nvim_win_get_cursor(0)[2] >= 5",
    );
    assert!(
        neovim
            .lua("return vim.api.nvim_get_current_line()")
            .as_str()
            .is_some_and(|it| it.contains("f(a, b)")),
    );
}

/// Has the client's code action requests put into `hob_asked` before they are sent.
const WATCHED: &str = "
    local hob = vim.lsp.get_clients({ name = 'hob' })[1]
    local request = hob.rpc.request
    hob.rpc.request = function(method, params, ...)
        if method == 'textDocument/codeAction' then _G.hob_asked = params.context.diagnostics end
        return request(method, params, ...)
    end";

#[test]
fn problems_are_passed_in_the_client_s_own_columns_unless_the_user_names_some() {
    let workspace =
        Workspace::new("//- /src/lib.rs\nfn twice(a: i32) {\n    let é = \"éé\"; a +$0\n}\n");
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };
    neovim.keys("<Esc>");
    neovim.lua(WATCHED);
    neovim.lua(
        "vim.lsp.get_clients({ name = 'hob' })[1].offset_encoding = 'utf-16'
        local at = vim.api.nvim_get_current_line():find('a +', 1, true) - 1
        vim.diagnostic.set(vim.api.nvim_create_namespace('another'), 0, {
            { lnum = 1, col = at, end_col = at + 3, message = 'expected expression' } })
        vim.lsp.buf.code_action({ apply = true, filter = function() return false end })",
    );
    neovim.wait(
        "all problems",
        "local it = (_G.hob_asked or {})[1]
        return it and it.message == 'expected expression' and it.range.start.character == 18
            and it.range['end'].character == 21",
    );
    neovim.lua(
        "local at = { line = 1, character = 0 }
        local own = { range = { start = at, ['end'] = at }, message = 'of my own' }
        vim.lsp.buf.code_action({ context = { diagnostics = { own } }, apply = true, filter = function() return false end })",
    );
    neovim.wait(
        "the user's problem alone",
        "return #_G.hob_asked == 1 and _G.hob_asked[1].message == 'of my own'",
    );
}

#[test]
fn a_change_waits_for_a_user_who_writes_elsewhere() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    server.hang();
    server.answer(|_| Reply::text("```rust\nfn twice(a: i32) -> i32 {\n    a * 2\n}\n```"));
    let workspace = answered(
        &server,
        "//- /src/lib.rs\nfn twice(a: i32) -> i32 {\n    a + $0a\n}\n//- /src/other.rs\nfn other() {}\n",
    );
    let Some(mut neovim) = Neovim::start(HOB, &workspace) else {
        return;
    };
    let choose = |title: &str| {
        format!(
            "vim.lsp.buf.code_action({{ apply = true, filter = function(it) return it.title:find('{title}') ~= nil end }})"
        )
    };
    neovim.keys("<Esc>");
    neovim.lua(&choose("simplify"));
    server.wait_for_request();
    neovim.keys(":edit src/other.rs<CR>Ofn new");
    neovim.wait(
        "what is typed",
        "return vim.api.nvim_get_current_line() == 'fn new'",
    );
    server.release();
    neovim.wait(
        "the message",
        "return vim.fn.execute('messages'):find('Change ready, as a code action: src/lib.rs', 1, true) ~= nil",
    );
    neovim.keys("() {}");
    neovim.wait(
        "the keys",
        "return vim.api.nvim_get_current_line() == 'fn new() {}'",
    );
    let changed = "local buffer = vim.fn.bufnr('src/lib.rs')
        return vim.api.nvim_buf_get_lines(buffer, 1, 2, false)[1] == '    a * 2'";
    assert_eq!(neovim.lua(changed), false);
    neovim.keys("<Esc>");
    neovim.lua(&choose("apply the change of src/lib.rs"));
    neovim.wait("the change", changed);
    assert_eq!(
        neovim.lua("return vim.fn.bufname():match('[^/]+$')"),
        "other.rs"
    );
}
