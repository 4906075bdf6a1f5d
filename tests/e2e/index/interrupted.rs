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

/// `hob index`, started and not waited for.
#[cfg(unix)]
fn start_index(workspace: &Workspace) -> std::process::Child {
    use std::process::Stdio;
    let mut command = workspace.command(HOB, ["index"]);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Sends a signal and waits for the end; whether the process was still at work.
#[cfg(unix)]
fn end_by(signal: &str, mut child: std::process::Child) -> bool {
    let mut kill = std::process::Command::new("kill");
    let kill = kill.args([signal, &child.id().to_string()]);
    assert!(kill.status().unwrap().success(), "it is not yet waited for");
    !child.wait().unwrap().success()
}

#[cfg(unix)]
#[test]
fn a_build_that_is_ended_in_the_middle_keeps_what_is_committed() {
    let workspace = Workspace::new("");
    write(workspace.root(), "early.rs", "fn early_name() {}");
    let mut n = 2500;
    loop {
        write_many(workspace.root(), n);
        run(&workspace, &["index", "clear"]);
        let child = start_index(&workspace);
        wait_until("something is committed", || files(&workspace) > 0);
        // While one process writes, another one searches what there is.
        assert_eq!(found(&workspace, "early_name"), ["early.rs"]);
        if end_by("-KILL", child) {
            break;
        }
        // It was quicker.
        n *= 2;
    }
    let all = n as u64 + 2;
    let mut done = files(&workspace);
    assert!(0 < done && done < all, "{done} of {all}");
    for signal in ["-INT", "-TERM"] {
        let child = start_index(&workspace);
        wait_until("it writes or has ended", || {
            let status = status(&workspace);
            status["has_other_writer"] == true || status["files"] == all
        });
        end_by(signal, child);
        let now = files(&workspace);
        assert!(done <= now, "{signal}: {now} after {done}");
        done = now;
    }
    let (status, out, err) = run(&workspace, &["index", "verify"]);
    assert_eq!(status, Some(0), "{out}{err}");
    let rest = workspace.json(HOB, ["index", "--json"]);
    assert_eq!((&rest["files"], &rest["changed"]), (&json!(all), &json!(0)));
    assert_eq!(rest["added"], all - done);
}
