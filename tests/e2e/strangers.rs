//! Servers that Hob finds by itself, with nothing configured: one's own is used and named; another user's gets nothing until
//! the user has said so. And proxies, which get nothing that is meant for this machine.

use crate::HOB;
use hob_tests::client::TIMEOUT;
use hob_tests::hob::{Hob, Workspace};
use hob_tests::model::{ModelServer, Reply};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Output, Stdio};
use std::time::Instant;

const PROJECT: &str = "//- /.git/HEAD\nref: refs/heads/main\n//- /src/main.rs\nfn my_private_code() {\n    let first = $0\n}\n";
const OTHER: u32 = 65_534;

/// A server of both kinds of models, at a port that is looked at.
fn server() -> ModelServer {
    let server = ModelServer::openai(&["qwen2.5-coder-1.5b", "llama-3-8b-instruct"]);
    server.answer(|request| {
        let edits = request.raw.contains("Answer at once");
        Reply::text(if edits {
            "```rust\nlet first = 2;\n```"
        } else {
            "answered();"
        })
    });
    server
}

/// Another user's server; `None` where this test can't make one.
fn another_s() -> Option<ModelServer> {
    let server = server();
    let given = server.give_to(OTHER);
    if !given {
        skipped();
    }
    given.then_some(server)
}

#[expect(clippy::print_stderr, reason = "who runs the tests should know")]
fn skipped() {
    eprintln!("skipped: only root, on Linux, can make a socket another user's");
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str], input: &str) -> Output {
    let mut command = workspace.command(HOB, arguments.iter().copied());
    command
        .env("HOB_MODEL_PORTS", server.port().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that fails at once reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it was started")
}

/// What may be sent to anybody: nothing of the project, nothing that was typed.
#[track_caller]
fn nothing_was_sent(server: &ModelServer) {
    assert_eq!(server.calls(), 0, "nothing was asked");
    for request in server.requests() {
        let all = format!("{request:?}");
        for private in ["my_private_code", "geheim", "src/main.rs"] {
            assert!(!all.contains(private), "{all}");
        }
    }
}

const COMMANDS: [(&[&str], &str); 5] = [
    (&["complete", "src/main.rs:2:17"], ""),
    (&["complete", "src/main.rs:2:17", "--json"], ""),
    (&["chat", "geheim?"], ""),
    (&["chat"], "geheim, through the pipe"),
    (&["edit", "src/main.rs:2", "geheim"], ""),
];

#[cfg(target_os = "linux")]
#[test]
fn one_s_own_server_is_used_by_every_command_and_named() {
    for (arguments, input) in COMMANDS {
        let (workspace, server) = (Workspace::new(PROJECT), server());
        let output = run(&workspace, &server, arguments, input);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(server.calls() > 0, "{arguments:?}: {err}");
        let named = format!(" at {} (found)", server.url());
        let lines = err
            .lines()
            .filter(|it| it.starts_with("using ") && it.ends_with(&named));
        assert_eq!(lines.count(), 1, "{arguments:?}: {err}");
    }
}

#[test]
fn another_user_s_server_gets_nothing_from_any_command_without_a_terminal() {
    let Some(server) = another_s() else { return };
    for (arguments, input) in COMMANDS {
        let workspace = Workspace::new(PROJECT);
        let output = run(&workspace, &server, arguments, input);
        let err = String::from_utf8_lossy(&output.stderr);
        nothing_was_sent(&server);
        let line = format!("url = \"{}\"", server.url());
        for said in [line.as_str(), "another user", "65534"] {
            assert!(err.contains(said), "{arguments:?}: {said}: {err}");
        }
        assert!(!err.contains("(found)"), "{err}");
        // Completions come from the codebase all the same.
        assert_eq!(output.status.success(), arguments[0] == "complete", "{err}");
    }
}

#[test]
fn what_would_be_asked_is_shown_without_asking_anybody() {
    let Some(server) = another_s() else { return };
    let workspace = Workspace::new(PROJECT);
    let arguments = ["complete", "src/main.rs:2:17", "--dry-run"];
    assert!(run(&workspace, &server, &arguments, "").status.success());
    nothing_was_sent(&server);
}

#[test]
fn a_configured_url_is_never_asked_about() {
    let Some(server) = another_s() else { return };
    let workspace = Workspace::new(PROJECT);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    let output = run(&workspace, &server, &["chat", "why?"], "");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && server.calls() > 0, "{err}");
    assert_eq!(err, "");
}

#[cfg(unix)]
#[test]
fn at_a_terminal_the_user_is_asked_once_and_the_answer_is_remembered() {
    use hob_tests::terminal::Terminal;
    let Some(server) = another_s() else { return };
    let port = server.port().to_string();
    let start = |workspace: &Workspace, arguments: &[&str]| {
        Terminal::start_with(
            workspace,
            HOB,
            arguments.iter().copied(),
            (200, 40),
            &[("HOB_MODEL_PORTS", &port)],
        )
    };
    for (arguments, _) in COMMANDS.iter().filter(|it| it.1.is_empty()) {
        let workspace = Workspace::new(PROJECT);
        // Enter alone says no, and for good.
        let mut terminal = start(&workspace, arguments);
        terminal.wait_for("[y/N]");
        assert!(
            terminal.screen().contains("uid 65534"),
            "{}",
            terminal.screen()
        );
        nothing_was_sent(&server);
        terminal.press("\r");
        terminal.wait_for_end();
        let told = |history: &str| history.contains("To use it, write");
        assert!(told(&terminal.history()), "{}", terminal.history());
        let mut terminal = start(&workspace, arguments);
        terminal.wait_for_end();
        assert!(
            !terminal.history().contains("[y/N]"),
            "{}",
            terminal.history()
        );
        // Completions come all the same, so there is nothing more to say; the others have to say why they don't answer.
        let silent = arguments[0] == "complete";
        assert_eq!(told(&terminal.history()), !silent, "{}", terminal.history());
        let output = run(&workspace, &server, arguments, "");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told(&err), !silent, "{arguments:?}: {err}");
        nothing_was_sent(&server);
    }
    let workspace = Workspace::new(PROJECT);
    let mut terminal = start(&workspace, &["chat", "geheim?"]);
    terminal.wait_for("[y/N]");
    terminal.press("y\r");
    terminal.wait_for_end();
    assert!(
        terminal.history().contains("(found)"),
        "{}",
        terminal.history()
    );
    assert_eq!(server.calls(), 1);
    // It holds for every command, with or without a terminal.
    for (arguments, input) in COMMANDS {
        let calls = server.calls();
        run(&workspace, &server, arguments, input);
        assert!(server.calls() > calls, "{arguments:?}");
    }
    let file = workspace.home().path().join("state/hob/servers.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // It was said about another user's server, not about this user's who takes the port.
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("65534"), "{text}");
}

/// A language server with nothing configured, that looks at this server's port.
fn editor(workspace: Workspace, server: &ModelServer) -> Hob {
    let port = server.port().to_string();
    Hob::start_in(HOB, workspace, |it| {
        it.environment([("HOB_MODEL_PORTS".to_owned(), port)])
    })
}

#[track_caller]
fn wait_for(hob: &Hob, what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}\n{}", hob.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn chat(hob: &Hob) -> i64 {
    let question = json!({ "id": "q", "messages": [{ "role": "user", "content": "geheim?" }] });
    hob.request("hob/chat", question)
}

#[cfg(target_os = "linux")]
#[test]
fn in_the_editor_one_s_own_server_is_used_and_named_once() {
    let server = server();
    let hob = editor(Workspace::new(PROJECT), &server);
    let named = hob.told(|_| true);
    let message = named["message"].as_str().unwrap();
    assert!(
        message.contains(&server.url()) && message.contains("qwen2.5-coder"),
        "{message}"
    );
    let found = format!("found at {}", server.url());
    hob.notification("hob/status", |it| {
        it["model"].as_str().is_some_and(|it| it.contains(&found))
    });
    wait_for(&hob, "a completion", || {
        hob.complete()
            .first()
            .is_some_and(|it| it.text == "answered();")
    });
    assert_eq!(
        hob.server_requests("window/showMessageRequest"),
        Vec::<Value>::new()
    );
    assert_eq!(
        hob.take_notifications("window/showMessage"),
        Vec::<Value>::new()
    );
}

#[test]
fn in_the_editor_another_user_s_server_is_asked_about_while_completion_goes_on_without_it() {
    let Some(server) = another_s() else { return };
    let hob = editor(Workspace::new(PROJECT), &server);
    hob.answer("window/showMessageRequest", |params| {
        let titles: Vec<&str> = params["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["title"].as_str().unwrap())
            .collect();
        assert_eq!(titles, ["Use it", "Don't"]);
        Ok(params["actions"][1].clone())
    });
    wait_for(&hob, "a question", || {
        !hob.server_requests("window/showMessageRequest").is_empty()
    });
    for _ in 0..5 {
        hob.complete();
    }
    let id = chat(&hob);
    let error = hob.error(id);
    assert!(
        error
            .message
            .contains(&format!("url = \"{}\"", server.url())),
        "{}",
        error.message
    );
    nothing_was_sent(&server);
    assert_eq!(
        hob.server_requests("window/showMessageRequest").len(),
        1,
        "asked once"
    );
    hob.take_notifications("hob/chat/delta");
}

#[test]
fn in_the_editor_an_allowed_server_is_used_and_closing_the_question_is_no() {
    let Some(server) = another_s() else { return };
    // The client of these tests closes every question.
    let hob = editor(Workspace::new(PROJECT), &server);
    wait_for(&hob, "a question", || {
        !hob.server_requests("window/showMessageRequest").is_empty()
    });
    let id = chat(&hob);
    assert!(hob.error(id).message.contains("another user"));
    hob.complete();
    nothing_was_sent(&server);
    assert_eq!(hob.server_requests("window/showMessageRequest").len(), 1);
    hob.take_notifications("hob/chat/delta");
    drop(hob);
    let port = server.port().to_string();
    let workspace = Workspace::new(PROJECT);
    let hob = Hob::start_in(HOB, workspace, |it| {
        it.environment([("HOB_MODEL_PORTS".to_owned(), port)])
    });
    hob.answer("window/showMessageRequest", |params| {
        Ok(params["actions"][0].clone())
    });
    wait_for(&hob, "a completion", || {
        hob.complete()
            .first()
            .is_some_and(|it| it.text == "answered();")
    });
    let id = chat(&hob);
    assert!(hob.response(id).result.is_ok());
    hob.take_notifications("hob/chat/delta");
}

#[test]
fn a_port_that_another_user_takes_over_is_asked_about_in_a_running_editor() {
    let server = server();
    let given = server.give_to(0);
    if !given {
        return skipped();
    }
    let hob = editor(Workspace::new(PROJECT), &server);
    wait_for(&hob, "a completion", || {
        hob.complete()
            .first()
            .is_some_and(|it| it.text == "answered();")
    });
    let asked = |hob: &Hob| hob.server_requests("window/showMessageRequest").len();
    assert_eq!(asked(&hob), 0);
    server.refuse();
    server.listen();
    assert!(server.give_to(OTHER));
    let calls = server.calls();
    let mut hob = hob;
    let deadline = Instant::now() + TIMEOUT;
    while asked(&hob) == 0 {
        assert!(Instant::now() < deadline, "{}", hob.log());
        hob.type_text(" x");
        hob.complete();
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    hob.complete();
    assert_eq!(server.calls(), calls, "nothing was sent to it");
    hob.forgive_errors();
}

#[test]
fn what_is_meant_for_this_machine_goes_through_no_proxy_however_it_is_spelled() {
    let proxy = ModelServer::openai(&["proxy"]);
    let server = server();
    let workspace = Workspace::new(PROJECT);
    for host in [
        "127.0.0.1",
        "0.0.0.0",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "foo.localhost",
        "Foo.Localhost.",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
        "127.0.0.1.",
    ] {
        workspace.write_config(&format!(
            "[models.chat]\nurl = \"http://{host}:{}\"\n",
            server.port()
        ));
        let mut command = workspace.command(HOB, ["chat", "geheim?"]);
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env(name, proxy.url());
        }
        let calls = server.calls();
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(proxy.connections(), 0, "{host}: {err}");
        // Where the system itself takes such an address.
        if cfg!(target_os = "linux") {
            assert!(server.calls() > calls, "{host}: {err}");
        }
    }
    // Names and addresses that nothing answers at: the proxy isn't asked instead.
    for host in ["[::1]", "[::]", "127.99.1.2", "localhost.localdomain"] {
        workspace.write_config(&format!(
            "[models.chat]\nurl = \"http://{host}:{}\"\n",
            server.port()
        ));
        let mut command = workspace.command(HOB, ["chat", "geheim?"]);
        command
            .env("HTTP_PROXY", proxy.url())
            .env("ALL_PROXY", proxy.url());
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(proxy.connections(), 0, "{host}: {err}");
    }
}

#[test]
fn the_proxy_for_other_machines_is_the_user_s_choice_and_not_a_repository_s() {
    // Set aside for documentation: no machine has the address, and no name server the name.
    for host in [
        "192.0.2.1",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
    ] {
        for (config, variable, proxied) in [
            ("", true, true),
            ("[network]\nproxy = \"environment\"\n", true, true),
            ("[network]\nproxy = \"none\"\n", true, false),
            ("[network]\nproxy = \"PROXY\"\n", false, true),
            ("", false, false),
        ] {
            if !proxied && host != "192.0.2.1" {
                continue;
            }
            let proxy = ModelServer::openai(&["proxy"]);
            let hostile = ModelServer::openai(&["hostile"]);
            let workspace = Workspace::new(PROJECT);
            let own = format!("[network]\nproxy = \"{}\"\n", hostile.url());
            std::fs::write(workspace.root().join(".hob.toml"), own).unwrap();
            let config = config.replace("PROXY", &proxy.url());
            workspace.write_config(&format!(
                "[models.chat]\nurl = \"http://{host}:9\"\ntimeouts.connect_ms = 500\n{config}"
            ));
            let mut command = workspace.command(HOB, ["chat", "geheim?"]);
            if variable {
                command.env("HTTP_PROXY", proxy.url());
            }
            let output = command.output().unwrap();
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!(proxy.connections() > 0, proxied, "{host} {config}: {err}");
            assert_eq!(hostile.connections(), 0);
            assert!(err.contains(".hob.toml"), "{err}");
        }
    }
}
