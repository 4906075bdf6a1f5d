//! What the toolchain itself says about the code.

use hob_tests::tools;
use std::process::Command;

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
