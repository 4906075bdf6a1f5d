//! What the toolchain itself says about the code.

use hob_tests::tools;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Runs cargo on the workspace. The lock on the build folder is free while tests run.
#[track_caller]
fn cargo(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    let output = command
        .args(arguments)
        .current_dir(tools::workspace())
        .output()
        .expect("cargo, which runs this test");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "cargo {} says:\n{out}\n{err}",
        arguments.join(" ")
    );
}

#[test]
fn rustfmt_has_nothing_to_change() {
    cargo(&["fmt", "--all", "--check"]);
}

#[test]
fn clippy_has_nothing_to_say() {
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]);
}

/// The version that is installed where none is there.
const CARGO_DENY: &str = "0.20.2";

/// `cargo deny`, from the path or from the tools' folder; it is built where the tests run unattended (`CI`).
/// Building it takes some minutes: people are spared that, since `dependencies` checks the same rules without it.
fn cargo_deny() -> Option<PathBuf> {
    let name = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    let root = tools::folder().join("cargo-deny");
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&on_path)
        .chain([root.join("bin")])
        .map(|it| it.join(&name))
        .find(|it| it.is_file());
    let unattended = std::env::var_os("CI").is_some_and(|it| !it.is_empty());
    if found.is_some() || !unattended {
        return found;
    }
    let (root, target) = (root.display().to_string(), root.join("target"));
    cargo(&[
        "install",
        "cargo-deny",
        "--version",
        CARGO_DENY,
        "--locked",
        "--quiet",
        "--root",
        &root,
        "--target-dir",
        &target.display().to_string(),
    ]);
    // Half a gigabyte that nobody needs again.
    let _ = std::fs::remove_dir_all(target);
    Some(tools::folder().join("cargo-deny").join("bin").join(name))
}

/// The same, looked for once by all tests.
static DENY: LazyLock<Option<PathBuf>> = LazyLock::new(cargo_deny);

/// Whether `cargo deny` with these arguments is content, and what it says; `None`, with a message: it is not installed.
fn deny(arguments: &[&str]) -> Option<(bool, String)> {
    let Some(program) = &*DENY else {
        tools::skip("cargo deny: it is not installed (`cargo install cargo-deny --locked`)");
        return None;
    };
    let output = Command::new(program)
        .arg("--all-features")
        .args(arguments)
        .current_dir(tools::workspace())
        // Where a proxy wants a password, there is nobody to type it.
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .expect("it was found");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.success(), said))
}

#[test]
fn cargo_deny_has_nothing_to_say() {
    if let Some((passed, said)) = deny(&["check", "licenses", "bans", "sources"]) {
        assert!(passed, "cargo deny says:\n{said}");
    }
}

#[test]
fn nothing_with_a_known_vulnerability_is_taken_in() {
    // cargo-deny's own words where the database can't be fetched or isn't there.
    let is_missing = |said: &str| {
        said.contains("failed to fetch advisory database") || said.contains("'FETCH_HEAD'")
    };
    let mut checked = deny(&["check", "advisories"]);
    if checked.as_ref().is_some_and(|it| is_missing(&it.1)) {
        // As this machine had it last; one that is too old is refused.
        checked = deny(&["--offline", "check", "advisories"]);
    }
    match checked {
        Some((false, said)) if is_missing(&said) => {
            tools::skip("cargo deny check advisories: the database can't be fetched here");
        }
        Some((passed, said)) => assert!(passed, "cargo deny says:\n{said}"),
        None => {}
    }
}
