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
