//! `hob apply` and `hob undo`: the real binary on small projects.

use crate::HOB;
use hob_tests::apply::{Outcome, cases};
use hob_tests::hob::Workspace;
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

const PROJECT: &str = "//- /a.py\nx = 1\ny = 2\n//- /b.py\nz = 3\n";

const ANSWER: &str = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 10\nw = 0\n>>>>>>> REPLACE\n\nsrc/new/c.py\n```python\nc = 1\n```\n\n*** Begin Patch\n*** Delete File: b.py\n*** End Patch\n";

/// Runs `hob` with something on its standard input.
fn run(workspace: &Workspace, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = workspace.command(HOB, arguments.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments doesn't read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |it: Vec<u8>| String::from_utf8(it).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn read(workspace: &Workspace, path: &str) -> Option<String> {
    fs::read_to_string(workspace.root().join(path)).ok()
}

#[test]
fn an_answer_is_applied_from_a_file_and_from_standard_input() {
    let workspace = Workspace::new(PROJECT);
    let answer = workspace.outside().join("answer.md");
    fs::write(&answer, ANSWER).unwrap();
    let (status, out, err) = run(&workspace, &["apply", answer.to_str().unwrap()], "");
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert_eq!(out, "M a.py +2 -1\nD b.py +0 -1\nA src/new/c.py +1 -0\n");
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 10\nw = 0\ny = 2\n");
    assert_eq!(read(&workspace, "b.py"), None);
    assert_eq!(read(&workspace, "src/new/c.py").unwrap(), "c = 1\n");
    let second = Workspace::new(PROJECT);
    let (status, out, _) = run(&second, &["apply", "--json"], ANSWER);
    assert_eq!(status, Some(0));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["files"][0]["path"], "a.py");
    assert_eq!(json["files"][0]["status"], "modified");
    assert_eq!(json["files"][0]["added"], 2);
    assert_eq!(json["files"][0]["removed"], 1);
}

#[test]
fn an_answer_is_read_as_shells_and_editors_save_it() {
    let answer = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 'é'\n>>>>>>> REPLACE\n";
    let crlf = answer.replace('\n', "\r\n");
    let utf16 = |text: &str| -> Vec<u8> {
        let units = format!("\u{FEFF}{text}").encode_utf16().collect::<Vec<_>>();
        units.into_iter().flat_map(u16::to_le_bytes).collect()
    };
    for bytes in [
        format!("\u{FEFF}{answer}").into_bytes(),
        format!("\u{FEFF}{crlf}").into_bytes(),
        utf16(answer),
        utf16(&crlf),
    ] {
        let workspace = Workspace::new(PROJECT);
        let file = workspace.outside().join("answer.md");
        fs::write(&file, &bytes).unwrap();
        let (status, _, err) = run(&workspace, &["apply", file.to_str().unwrap()], "");
        assert_eq!(status, Some(0), "{err}");
        assert_eq!(read(&workspace, "a.py").unwrap(), "x = 'é'\ny = 2\n");
    }
}

#[test]
fn a_diff_of_an_old_encoding_is_shown_as_text_and_refusals_name_the_remedy() {
    let workspace = Workspace::new(PROJECT);
    let latin = b"# coding: latin-1\n# caf\xe9\nx = 1\n";
    fs::write(workspace.root().join("a.py"), latin).unwrap();
    let change =
        |new: &str| format!("a.py\n<<<<<<< SEARCH\nx = 1\n=======\n{new}\n>>>>>>> REPLACE\n");
    let (status, out, _) = run(&workspace, &["apply", "--check"], &change("x = 'ñ'"));
    assert_eq!(status, Some(0));
    assert!(out.contains(" # café\n-x = 1\n+x = 'ñ'\n"), "{out}");
    let (status, _, err) = run(&workspace, &["apply"], &change("x = '€'"));
    assert_eq!(status, Some(1));
    assert!(
        err.contains("can't hold `€` (U+20AC)") && err.contains("UTF-8"),
        "{err}"
    );
    let after = fs::read(workspace.root().join("a.py")).unwrap();
    assert_eq!(after, latin);
}

#[test]
fn check_changes_nothing_and_prints_a_diff_that_git_would_apply() {
    let workspace = Workspace::new(PROJECT);
    let (status, out, _) = run(&workspace, &["apply", "--check"], ANSWER);
    assert_eq!(status, Some(0));
    assert!(
        out.contains("--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n-x = 1\n+x = 10\n+w = 0\n y = 2\n"),
        "{out}"
    );
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 1\ny = 2\n");
    let (status, ..) = run(&workspace, &["apply"], &out);
    assert_eq!(status, Some(0));
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 10\nw = 0\ny = 2\n");
    assert_eq!(read(&workspace, "b.py"), None);
}

#[test]
fn a_refusal_changes_nothing_and_says_why() {
    let workspace = Workspace::new(PROJECT);
    let bad = ANSWER.replace("Delete File: b.py", "Delete File: ../b.py");
    let (status, out, err) = run(&workspace, &["apply"], &bad);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(
        err.starts_with("error: ../b.py: is outside of the project"),
        "{err}"
    );
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 1\ny = 2\n");
    assert_eq!(read(&workspace, "src/new/c.py"), None);
    let (status, out, _) = run(&workspace, &["apply", "--json"], &bad);
    assert_eq!(status, Some(1));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["problems"][0]["kind"], "forbidden");
}

#[test]
fn wrong_usage_is_told_from_a_refusal() {
    let workspace = Workspace::new(PROJECT);
    for arguments in [
        ["apply", "gone.md"],
        ["apply", "--bogus"],
        ["apply", "--root=gone"],
        ["apply", "."],
    ] {
        let (status, ..) = run(&workspace, &arguments, "");
        assert_eq!(status, Some(2), "{arguments:?}");
    }
}

#[test]
fn undo_takes_back_one_change_after_the_other() {
    let workspace = Workspace::new(PROJECT);
    run(&workspace, &["apply"], ANSWER);
    let second = "a.py\n<<<<<<< SEARCH\nw = 0\n=======\nw = 1\n>>>>>>> REPLACE\n";
    run(&workspace, &["apply"], second);
    let (_, out, _) = run(&workspace, &["undo", "--list"], "");
    assert!(
        out.contains("M a.py") && out.contains("D b.py") && out.contains("A src/new/c.py"),
        "{out}"
    );
    let (status, out, _) = run(&workspace, &["undo"], "");
    assert_eq!((status, out.as_str()), (Some(0), "M a.py +1 -1\n"));
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 10\nw = 0\ny = 2\n");
    let (status, ..) = run(&workspace, &["undo", "--json"], "");
    assert_eq!(status, Some(0));
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 1\ny = 2\n");
    assert_eq!(read(&workspace, "b.py").unwrap(), "z = 3\n");
    assert!(!workspace.root().join("src").exists());
    let (status, _, err) = run(&workspace, &["undo"], "");
    assert_eq!(status, Some(1));
    assert!(err.contains("nothing to take back"), "{err}");
}

#[test]
fn undo_refuses_when_a_file_was_changed_since() {
    let workspace = Workspace::new(PROJECT);
    run(&workspace, &["apply"], ANSWER);
    fs::write(workspace.root().join("a.py"), "mine\n").unwrap();
    let (status, _, err) = run(&workspace, &["undo"], "");
    assert_eq!(status, Some(1));
    assert!(err.contains("a.py: was changed since"), "{err}");
    assert_eq!(read(&workspace, "a.py").unwrap(), "mine\n");
    assert_eq!(read(&workspace, "b.py"), None);
    assert!(workspace.root().join("src/new/c.py").exists());
}

#[test]
fn nothing_is_left_beside_the_files() {
    let workspace = Workspace::new(PROJECT);
    run(&workspace, &["apply"], ANSWER);
    run(&workspace, &["undo"], "");
    let mut names: Vec<String> = fs::read_dir(workspace.root())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".git", "a.py", "b.py"]);
}

#[cfg(unix)]
#[test]
fn modes_are_kept_and_links_are_written_through_or_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let workspace = Workspace::new("//- /bin/run\nx = 1\n");
    let at = |path: &str| workspace.root().join(path);
    fs::set_permissions(at("bin/run"), fs::Permissions::from_mode(0o751)).unwrap();
    symlink("bin/run", at("link")).unwrap();
    symlink(workspace.outside(), at("out")).unwrap();
    fs::write(workspace.outside().join("victim"), "x = 1\n").unwrap();
    let change =
        |name: &str| format!("{name}\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n");
    let (status, ..) = run(&workspace, &["apply"], &change("out/victim"));
    assert_eq!(status, Some(1));
    assert_eq!(
        fs::read_to_string(workspace.outside().join("victim")).unwrap(),
        "x = 1\n"
    );
    // An executable file runs by itself, as far as anybody knows.
    let (status, ..) = run(&workspace, &["apply"], &change("`./link`"));
    assert_eq!(status, Some(1));
    let allowed = ["apply", "--allow-runnable"];
    let (status, out, _) = run(&workspace, &allowed, &change("`./link`"));
    let expected = "M bin/run +1 -1 runs by itself: executable\n";
    assert_eq!((status, out.as_str()), (Some(0), expected));
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    let mode = || fs::metadata(at("bin/run")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o751);
    run(&workspace, &["undo"], "");
    assert_eq!(
        (mode(), read(&workspace, "bin/run").unwrap().as_str()),
        (0o751, "x = 1\n")
    );
    let journal = workspace.home().path().join("state/hob/undo");
    assert_eq!(
        fs::metadata(&journal).unwrap().permissions().mode() & 0o077,
        0
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_can_not_be_written_leaves_all_files_as_they_are() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = Workspace::new("//- /a.py\nx = 1\n//- /locked/b.py\nx = 1\n");
    let locked = workspace.root().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        // Root may write anywhere: then there is nothing to see.
        return;
    }
    let change =
        |name: &str| format!("{name}\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n");
    let (status, _, err) = run(
        &workspace,
        &["apply"],
        &(change("a.py") + &change("locked/b.py")),
    );
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(status, Some(1));
    assert!(err.contains("locked/b.py: can't be written"), "{err}");
    assert_eq!(read(&workspace, "a.py").unwrap(), "x = 1\n");
}

#[test]
fn what_parses_worse_is_a_warning_and_with_strict_a_refusal() {
    let workspace = Workspace::new("//- /a.rs\nfn main() {}\n");
    let answer = "a.rs\n<<<<<<< SEARCH\nfn main() {}\n=======\nfn main() {\n>>>>>>> REPLACE\n";
    let (status, _, err) = run(&workspace, &["apply", "--strict"], answer);
    assert_eq!(status, Some(1), "{err}");
    assert_eq!(read(&workspace, "a.rs").unwrap(), "fn main() {}\n");
    let (status, _, err) = run(&workspace, &["apply"], answer);
    assert_eq!(status, Some(0));
    assert!(err.contains("warning: a.rs:"), "{err}");
    assert_eq!(read(&workspace, "a.rs").unwrap(), "fn main() {\n");
}

#[test]
fn the_binary_ends_as_the_fixtures_say() {
    // One of each kind is enough: all of them run beside the code.
    for case in cases().into_iter().step_by(9) {
        let workspace = Workspace::new("//- /placeholder\n");
        fs::remove_file(workspace.root().join("placeholder")).unwrap();
        for (path, bytes) in &case.before {
            let path = workspace.root().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let arguments = ["apply", "--allow-runnable"];
        let (status, out, err) = run(&workspace, &arguments, &case.answer);
        let (wanted, files) = match &case.outcome {
            Outcome::Applied(files) => (Some(0), files),
            Outcome::Refused(_) => (Some(1), &case.before),
        };
        assert_eq!(status, wanted, "{}: {}\n{out}\n{err}", case.file, case.name);
        for (path, bytes) in files {
            let found = fs::read(workspace.root().join(path)).unwrap();
            assert_eq!(found, *bytes, "{}: {}: {path}", case.file, case.name);
        }
    }
}
