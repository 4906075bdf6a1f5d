//! No room for the index: nothing else suffers, the user is told once what to do, and it recovers by itself.

use super::*;

/// A file below a regular one can't be made, whoever asks.
#[test]
fn without_a_folder_the_user_is_told_once_and_completions_go_on() {
    let workspace = Workspace::new(SHAPES);
    let blocked = workspace.outside().join("blocked");
    fs::write(&blocked, "not a folder").unwrap();
    let cache = blocked.to_string_lossy().into_owned();
    let mut hob = Hob::start_in(HOB, workspace, |it| {
        it.environment([
            ("XDG_CACHE_HOME".to_owned(), cache.clone()),
            ("LOCALAPPDATA".to_owned(), cache.clone()),
        ])
    });
    let told = hob.told(|it| it["message"].to_string().contains("index"));
    let message = told["message"].as_str().unwrap();
    assert_eq!(told["type"], 2, "a warning: {message}");
    assert!(message.contains("works without an index"), "{message}");
    assert!(message.contains("XDG_CACHE_HOME"), "{message}");
    for _ in 0..3 {
        assert!(!prompt(&mut hob).contains("scale: f32"));
    }
    assert_eq!(hob.complete()[0].text, "circumference(1.0)");
    // A second project has the same trouble.
    let file = hob.workspace().outside().join("elsewhere/main.rs");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let file = hob_tests::client::uri(&file);
    hob.open(&file, "fn main() {}\n");

    fs::remove_file(&blocked).unwrap();
    wait_for_prompt(&mut hob, "the index has recovered", |it| {
        it.contains("scale: f32")
    });
    assert_eq!(messages(&hob), [] as [&str; 0], "told once");
}

#[test]
fn the_command_line_says_what_to_do_without_a_folder() {
    let workspace = Workspace::new("fn main() {}");
    let blocked = workspace.outside().join("blocked");
    fs::write(&blocked, "not a folder").unwrap();
    for arguments in [&["index"][..], &["search", "main"]] {
        let mut command = workspace.command(HOB, arguments.iter().copied());
        command.env("XDG_CACHE_HOME", &blocked);
        command.env("LOCALAPPDATA", &blocked);
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains("the index can't be kept in"), "{err}");
        assert!(err.contains("set XDG_CACHE_HOME"), "{err}");
    }
}

/// A disk that is full for this process: no file may become larger than so many blocks. Whether a block is half a
/// kilobyte or a whole one is up to the shell.
#[cfg(target_os = "linux")]
fn start_with_little_room(workspace: Workspace, blocks: usize) -> Hob {
    let script = format!("ulimit -S -f {blocks} && trap '' XFSZ && exec \"$0\" lsp");
    Hob::start_in("/bin/sh", workspace, |it| {
        it.arguments(["-c", &script, HOB])
    })
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_the_user_is_told_once_and_the_index_recovers_when_there_is_room() {
    for (blocks, files_before) in [(0, 0), (64, 2)] {
        let workspace = Workspace::new(SHAPES);
        if files_before > 0 {
            run(&workspace, &["index"]);
        }
        write_many(workspace.root(), 60);
        let mut hob = start_with_little_room(workspace, blocks);
        let told = hob.told(|it| it["message"].to_string().contains("index"));
        let message = told["message"].as_str().unwrap();
        assert_eq!(told["type"], 2, "a warning: {message}");
        assert!(message.contains("disk full"), "{blocks}: {message}");
        // More to do, again in vain; and completions go on with what is indexed.
        write(hob.workspace().root(), "later.rs", "fn later_name() {}");
        tell(&hob, &[(hob.workspace().uri("later.rs"), 1)]);
        assert!(prompt(&mut hob).ends_with("<|fim_middle|>"));
        if files_before > 0 {
            wait_for_prompt(&mut hob, "what was indexed before", |it| {
                it.contains("scale: f32")
            });
            wait_until_kept(hob.workspace(), files_before);
        }
        let process = hob.process_id().unwrap().to_string();
        let mut more = std::process::Command::new("prlimit");
        more.args(["--pid", &process, "--fsize=unlimited:"]);
        assert!(more.status().unwrap().success());
        wait_until_kept(hob.workspace(), 63);
        assert_eq!(found(hob.workspace(), "later_name"), ["later.rs"]);
        assert_eq!(messages(&hob), [] as [&str; 0], "{blocks}: told once");
    }
}
