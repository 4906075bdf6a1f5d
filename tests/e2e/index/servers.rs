//! Several processes on one index: one writes, all answer, and another one takes over when the writer leaves.

use super::*;

fn one_writes_and_the_other_takes_over(leave: impl FnOnce(Client)) {
    let workspace = Workspace::new("fn first_name() {}");
    let first = serve(&workspace);
    wait_until_kept(&workspace, 1);
    let second = serve(&workspace);
    // While both are there, the first one writes, and a command line only reads.
    write(workspace.root(), "second.rs", "fn second_name() {}");
    tell(&second, &[(workspace.uri("second.rs"), 1)]);
    tell(&first, &[(workspace.uri("second.rs"), 1)]);
    wait_until_kept(&workspace, 2);
    assert_eq!(found(&workspace, "second_name"), ["second.rs"]);
    let (_, _, said) = run(&workspace, &["index"]);
    assert!(said.contains("Another Hob process"), "{said}");

    leave(first);
    // Nobody is told of this one: whoever takes over looks at everything.
    write(workspace.root(), "third.rs", "fn third_name() {}");
    wait_until_kept(&workspace, 3);
    assert_eq!(found(&workspace, "third_name"), ["third.rs"]);
    write(workspace.root(), "third.rs", "fn changed_name() {}");
    tell(&second, &[(workspace.uri("third.rs"), 2)]);
    wait_until("a later change is seen", || {
        found(&workspace, "changed_name") == ["third.rs"]
    });
    assert_eq!(messages(&second), [] as [&str; 0]);
}

#[test]
fn when_the_writer_shuts_down_another_server_takes_over() {
    one_writes_and_the_other_takes_over(Client::finish);
}

#[test]
fn when_the_writer_is_killed_another_server_takes_over() {
    one_writes_and_the_other_takes_over(Client::kill);
}

#[test]
fn a_server_that_only_reads_completes_with_what_the_writer_indexed() {
    let mut hob = Hob::start(HOB, SHAPES);
    wait_for_prompt(&mut hob, "the signature", |it| it.contains("scale: f32"));
    let (uri, _) = hob.cursor();
    let text = hob.cursor_text().to_owned();
    let end = text.rfind("rectangle.").unwrap() + "rectangle.".len();
    let settings = json!({
        "models": { "autocomplete": { "url": hob.model().url() } },
        "autocomplete": { "instant": false },
    });
    let mut reader = serve_with(hob.workspace(), |it| it.settings(settings));
    reader.open(&uri, &text);
    let mut at = end;
    wait_until("the reader's prompt has the signature", || {
        reader.change(&uri, at..at, "area();\n    rectangle.");
        at += "area();\n    rectangle.".len();
        let calls = hob.model().calls();
        reader.inline_complete_at(&uri, at);
        let prompts = hob.model().completions();
        let mut own = prompts[calls..].iter();
        own.any(|it| it.prompt().contains("scale: f32"))
    });
}
