//! Repositories, friendly and hostile.

use super::*;
use std::fs;

struct Repository(tempfile::TempDir);

impl Repository {
    /// `None`: there is no Git to make one with.
    fn new(files: &[(&str, &str)]) -> Option<Repository> {
        let it = Repository(tempfile::tempdir().unwrap());
        fs::create_dir(it.root()).unwrap();
        if Command::new("git").arg("--version").output().is_err() {
            println!("skipped: there is no git");
            return None;
        }
        it.git(&["init", "--quiet"]);
        it.git(&["config", "core.autocrlf", "false"]);
        for (path, text) in files {
            it.write(path, text);
        }
        if !files.is_empty() {
            it.git(&["add", "--all"]);
            it.git(&[
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "commit.gpgSign=false",
                "commit",
                "--quiet",
                "--no-verify",
                "-m",
                "first",
            ]);
        }
        Some(it)
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("project")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) {
        self.output(arguments);
    }

    #[track_caller]
    fn output(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn changes_are_staged_unstaged_and_new_files_without_secrets() {
    let Some(it) = Repository::new(&[("a.rs", "one\n"), ("b.rs", "one\n"), (".env", "A=1\n")])
    else {
        return;
    };
    it.write("a.rs", "two\n");
    it.write("b.rs", "staged\n");
    it.git(&["add", "b.rs"]);
    it.write(".env", "A=secret\n");
    it.write("new.rs", "new\n");
    it.write("id_rsa", "key\n");
    let changes = changes(&it.root()).unwrap();
    assert!(changes.diff.contains("-one\n+two\n"), "{}", changes.diff);
    assert!(changes.diff.contains("-one\n+staged\n"), "{}", changes.diff);
    assert!(!changes.diff.contains("secret"), "{}", changes.diff);
    assert_eq!(changes.untracked, ["new.rs"]);
    assert_eq!(changes.secret, [".env"]);
    assert!(!changes.is_cut);
}

#[test]
fn a_folder_of_a_repository_shows_its_own_changes() {
    let Some(it) = Repository::new(&[("a.rs", "one\n"), ("sub/b.rs", "one\n")]) else {
        return;
    };
    it.write("a.rs", "above\n");
    it.write("sub/b.rs", "below\n");
    let changes = changes(&it.root().join("sub")).unwrap();
    assert!(changes.diff.contains("b/b.rs\n"), "{}", changes.diff);
    assert!(!changes.diff.contains("above"), "{}", changes.diff);
}

#[test]
fn before_the_first_commit_what_is_staged_is_shown() {
    let Some(it) = Repository::new(&[]) else {
        return;
    };
    it.write("a.rs", "first\n");
    it.git(&["add", "a.rs"]);
    let changes = changes(&it.root()).unwrap();
    assert!(changes.diff.contains("+first"), "{}", changes.diff);
}

#[test]
fn worktrees_submodules_and_separate_folders_show_their_own_changes() {
    let Some(it) = Repository::new(&[("a.rs", "one\n")]) else {
        return;
    };
    let root = it.root();
    let top = it.0.path();
    it.git(&["worktree", "add", "--quiet", "../tree"]);
    let clone = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
    ];
    it.git(&[&clone[..], &["./.git", "sub"]].concat());
    fs::write(top.join("tree/a.rs"), "of the worktree\n").unwrap();
    fs::write(root.join("sub/a.rs"), "of the submodule\n").unwrap();
    for (tree, expected) in [
        (top.join("tree"), "+of the worktree"),
        (root.join("sub"), "+of the submodule"),
    ] {
        let diff = changes(&tree).unwrap().diff;
        assert!(diff.contains(expected), "{diff}");
    }
    // Somebody else's file with the same words.
    let stranger = top.join("stranger");
    for tree in [top.join("tree"), root.join("sub")] {
        fs::create_dir(&stranger).unwrap();
        let named = fs::read_to_string(tree.join(".git")).unwrap();
        let named = tree.join(named.trim().trim_start_matches("gitdir: "));
        fs::write(
            stranger.join(".git"),
            format!("gitdir: {}\n", named.display()),
        )
        .unwrap();
        let error = changes(&stranger).unwrap_err();
        assert!(error.contains("doesn't point back at this one"), "{error}");
        fs::remove_dir_all(&stranger).unwrap();
    }
    let separate = top.join("separate");
    it.git(&[
        "init",
        "--quiet",
        "--separate-git-dir=../folder",
        "../separate",
    ]);
    assert!(
        changes(&separate)
            .unwrap_err()
            .contains("needs `core.worktree`")
    );
    it.git(&[
        "--git-dir=../folder",
        "config",
        "core.worktree",
        separate.to_str().unwrap(),
    ]);
    fs::write(separate.join("b.rs"), "").unwrap();
    assert_eq!(changes(&separate).unwrap().untracked, ["b.rs"]);
}

#[test]
fn a_folder_that_only_looks_like_a_repository_is_none() {
    let Some(it) = Repository::new(&[("a.rs", "one\n")]) else {
        return;
    };
    // A bare repository that is part of the project, with a configuration of its own.
    it.git(&["init", "--quiet", "--bare", "inner"]);
    it.write("inner/x.rs", "");
    it.write("a.rs", "two\n");
    assert!(changes(&it.root().join("inner")).is_err());
    assert!(changes(&it.root()).unwrap().diff.contains("+two"));
}

#[test]
fn without_a_repository_or_a_program_there_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let error = changes(folder.path()).unwrap_err();
    assert!(error.ends_with("is in no Git repository."), "{error}");
    fs::create_dir(folder.path().join(".git")).unwrap();
    let error = changes_by(folder.path(), "no-such-program-as-this").unwrap_err();
    assert_eq!(
        error,
        "There is no diff: `git` is not installed, or not on the PATH."
    );
    if Command::new("git").arg("--version").output().is_ok() {
        let error = changes(folder.path()).unwrap_err();
        assert!(
            error.starts_with("There is no diff: `git` says: "),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_hostile_repository_runs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let Some(it) = Repository::new(&[("a.txt", "one\n"), ("b.bin", "one\n"), ("c.odd", "one\n")])
    else {
        return;
    };
    let root = it.root();
    let ran = it.0.path().join("ran");
    fs::create_dir(&ran).unwrap();
    let blob = it.output(&["rev-parse", "HEAD:a.txt"]);
    let blob = blob.trim().split_at(2);
    let blob = root.join(".git/objects").join(blob.0).join(blob.1);
    let program = |name: &str| {
        let path = it.0.path().join(name);
        let text = format!("#!/bin/sh\ntouch '{}/{name}'\ncat\n", ran.display());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let outside = it.0.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.txt"), "private\n").unwrap();
    for (key, value) in [
        ("core.fsmonitor", program("fsmonitor")),
        ("core.pager", program("pager")),
        ("pager.diff", program("pager-diff")),
        ("core.sshCommand", program("ssh")),
        ("core.askPass", program("askpass")),
        ("core.editor", program("editor")),
        ("core.gitProxy", program("proxy")),
        ("core.alternateRefsCommand", program("alternates")),
        ("credential.helper", program("credential")),
        ("diff.external", program("external")),
        ("diff.evil.command", program("driver")),
        ("diff.evil.textconv", program("textconv")),
        ("diff.odd.textconv", program("textconv-2")),
        ("filter.evil.clean", program("clean")),
        ("filter.evil.smudge", program("smudge")),
        ("filter.evil.required", "true".to_owned()),
        ("filter.Evil.Two.clean", program("clean-2")),
        ("filter.long.process", program("process")),
        ("filter.long.required", "true".to_owned()),
        ("alias.diff", format!("!{}", program("alias"))),
        ("alias.ls-files", format!("!{}", program("alias-2"))),
        (
            "core.hooksPath",
            it.0.path().join("hooks").display().to_string(),
        ),
        ("core.worktree", outside.display().to_string()),
        ("gpg.program", program("gpg")),
        ("remote.origin.url", outside.display().to_string()),
        ("remote.origin.promisor", "true".to_owned()),
        ("remote.origin.partialclonefilter", "blob:none".to_owned()),
        ("remote.origin.uploadpack", program("uploadpack")),
        ("uploadpack.packObjectsHook", program("pack")),
        ("core.repositoryformatversion", "1".to_owned()),
        ("extensions.partialClone", "origin".to_owned()),
    ] {
        let config = root.join(".git/config");
        let output = Command::new("git")
            .args(["config", "--file"])
            .arg(&config)
            .args([key, &value])
            .output()
            .unwrap();
        assert!(output.status.success(), "{key}");
    }
    fs::create_dir(it.0.path().join("hooks")).unwrap();
    for hook in [
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
    ] {
        fs::rename(program(hook), it.0.path().join("hooks").join(hook)).unwrap();
    }
    let attributes = "*.txt filter=evil diff=evil\n*.bin filter=long diff=evil\n*.odd filter=Evil.Two diff=odd\n";
    fs::write(root.join(".gitattributes"), attributes).unwrap();
    fs::create_dir_all(root.join(".git/info")).unwrap();
    fs::write(root.join(".git/info/attributes"), attributes).unwrap();
    it.write("a.txt", "two\n");
    it.write("b.bin", "three\n");
    it.write("c.odd", "four\n");
    let changes = changes(&root).unwrap();
    for line in ["+two", "+three", "+four"] {
        assert!(changes.diff.contains(line), "{}", changes.diff);
    }
    assert!(!changes.diff.contains("private"), "{}", changes.diff);
    assert_eq!(changes.untracked, [".gitattributes"]);
    // An object that is missing is not fetched.
    fs::remove_file(blob).unwrap();
    assert!(super::changes(&root).is_err());
    let ran: Vec<_> = fs::read_dir(&ran).unwrap().flatten().collect();
    assert!(ran.is_empty(), "{ran:?}");
}
