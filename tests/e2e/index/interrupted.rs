//! Work that is ended in the middle: what is committed stays, and the next one goes on from there.

use super::*;

#[test]
fn a_completion_that_has_no_time_for_the_whole_index_keeps_what_it_did() {
    let workspace = Workspace::new(SHAPES);
    workspace.write_config("[models.autocomplete]\nprovider = \"builtin\"\n");
    // As many as are too many for any machine.
    let mut n = 1000;
    let (done, all) = loop {
        write_many(workspace.root(), n);
        run(&workspace, &["index", "clear"]);
        let place = workspace.fixture().place();
        let (_, _, err) = run(&workspace, &["complete", &place]);
        let done = files(&workspace);
        if err.contains("not up to date yet") {
            break (done, n as u64 + 2);
        }
        assert_eq!(done, n as u64 + 2);
        n *= 2;
    };
    assert!(0 < done && done < all, "{done} of {all}");
    let (status, out, _) = run(&workspace, &["index", "verify"]);
    assert_eq!(status, Some(0), "{out}");
    let rest = workspace.json(HOB, ["index", "--json"]);
    assert_eq!(rest["added"], all - done, "{rest:#}");
    assert_eq!(rest["files"], all);
}

/// Ends `hob index` by this signal once it has committed something.
#[cfg(unix)]
fn end_by(signal: &str) {
    use std::process::Stdio;
    let workspace = Workspace::new("fn early_name() {}");
    let mut n = 2500;
    let (done, all) = loop {
        write_many(workspace.root(), n);
        run(&workspace, &["index", "clear"]);
        let mut command = workspace.command(HOB, ["index"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("something is committed", || files(&workspace) > 0);
        let process = child.id().to_string();
        let ended = child.try_wait().unwrap().is_some();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args([signal, &process]).status().unwrap().success() || ended);
        let status = child.wait().unwrap();
        if !status.success() {
            break (files(&workspace), n as u64 + 1);
        }
        // It was quicker.
        n *= 2;
    };
    assert!(0 < done && done < all, "{done} of {all}");
    let (status, out, err) = run(&workspace, &["index", "verify"]);
    assert_eq!(status, Some(0), "{out}{err}");
    let rest = workspace.json(HOB, ["index", "--json"]);
    assert_eq!((&rest["files"], &rest["changed"]), (&json!(all), &json!(0)));
    assert_eq!(rest["added"], all - done);
    assert_eq!(found(&workspace, "early_name"), ["main.rs"]);
}

#[cfg(unix)]
#[test]
fn a_build_that_is_killed_keeps_what_is_committed() {
    end_by("-KILL");
}
