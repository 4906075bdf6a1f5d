//! What is written about Hob holds: the protocol's page names what the server has, and the README's example works.

use hob::lsp::ext;
use std::process::Command;

fn read(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("it is part of the project")
}

#[test]
fn the_protocol_page_names_every_command_and_every_field_of_the_status() {
    let page = read("docs/protocol.md");
    for command in ext::COMMANDS {
        assert!(
            page.contains(&format!("### Command `{command}`")),
            "{command}"
        );
    }
    let reason = ext::StatusReason {
        code: "c".into(),
        message: "m".into(),
    };
    let status = ext::Status {
        state: ext::State::Ready,
        model: "m".into(),
        reason: Some(reason),
        messages: Vec::new(),
    };
    let status = serde_json::to_value(status).unwrap();
    for field in status.as_object().unwrap().keys() {
        assert!(page.contains(&format!("| `{field}` |")), "{field}");
    }
    for state in ["ready", "learning", "warning", "off"] {
        assert!(page.contains(&format!("`{state}`")), "{state}");
    }
}

#[test]
fn the_protocol_page_names_every_method_that_is_ours() {
    let page = read("docs/protocol.md");
    let files = [
        "server/src/lsp/server.rs",
        "server/src/lsp/ext.rs",
        "server/src/lsp/ext/chat.rs",
        "server/src/lsp/ext/edit.rs",
    ];
    for file in files {
        let source = read(file);
        let named = source.split('"').skip(1).step_by(2);
        for method in
            named.filter(|it| it.starts_with("hob/") || it.starts_with("textDocument/did"))
        {
            let name = method.rsplit('/').next().unwrap_or(method);
            let known = page.contains(&format!("{name}`"));
            assert!(known, "{method} of {file} is not in docs/protocol.md");
        }
    }
}

#[test]
fn the_page_about_models_names_every_family_kind_of_server_and_port() {
    let page = read("docs/models.md");
    let families = hob::assist::fim::FAMILIES.iter().map(|it| it.id);
    let providers = hob::config::settings::Provider::ALL.map(|it| it.name());
    let roles = hob::config::settings::Role::ALL.map(|it| it.name());
    for name in families.chain(providers).chain(roles) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    for port in hob::model::PORTS {
        assert!(page.contains(&port.to_string()), "{port}");
    }
}

#[test]
fn the_first_command_of_the_readme_completes_real_code() {
    let readme = read("README.md");
    let line = readme
        .lines()
        .find_map(|it| it.strip_prefix("cargo run --release -- "))
        .expect("the README has its first command");
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hob"))
        .args(line.split_whitespace())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env_remove("HOB_CONFIG")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(
        shown.contains('«') && shown.contains('»'),
        "nothing was completed:\n{shown}"
    );
}
