//! Git folders as Git makes them, and as somebody would like to have them taken.

use super::*;

fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("ROOT", root.to_str().unwrap())).unwrap();
    }
    (folder, root)
}

#[test]
fn a_folder_of_its_own_is_taken() {
    let (_folder, root) = tree(&[("a/.git/HEAD", "x"), ("b/x", "")]);
    let git = Git::of(&root.join("a")).unwrap();
    assert_eq!(
        (&git.own, &git.common),
        (&root.join("a/.git"), &root.join("a/.git"))
    );
    assert_eq!(git.check_links(), Ok(()));
    assert_eq!(Git::of(&root.join("b")), Err(Unproven::Missing));
}

#[test]
fn a_worktree_s_folder_is_taken_where_it_points_back() {
    for (back, expected) in [
        ("ROOT/tree/.git", Ok("main/.git")),
        // As Git 2.48 writes it where it is told to.
        ("../../../../tree/.git", Ok("main/.git")),
        ("ROOT/other/.git", Err(Unproven::Foreign)),
        ("ROOT/tree/x", Err(Unproven::Foreign)),
        ("", Err(Unproven::Foreign)),
    ] {
        let (_folder, root) = tree(&[
            ("main/.git/worktrees/tree/gitdir", &format!("{back}\n")),
            ("main/.git/worktrees/tree/commondir", "../..\n"),
            ("main/.git/config", "[core]\n"),
            ("tree/.git", "gitdir: ROOT/main/.git/worktrees/tree\n"),
            ("other/.git", ""),
        ]);
        let found = Git::of(&root.join("tree")).map(|it| it.common);
        assert_eq!(found, expected.map(|it| root.join(it)), "{back}");
    }
}

#[test]
fn a_worktree_s_objects_are_where_its_folder_is() {
    let (_folder, root) = tree(&[
        ("tree/fake/worktrees/w/gitdir", "ROOT/tree/.git\n"),
        ("tree/fake/worktrees/w/commondir", "ROOT/private/.git\n"),
        ("tree/.git", "gitdir: fake/worktrees/w\n"),
        ("private/.git/HEAD", "x"),
        ("whole/.git/HEAD", "x"),
        ("whole/.git/commondir", "../../private/.git\n"),
    ]);
    assert_eq!(Git::of(&root.join("tree")), Err(Unproven::Common));
    assert_eq!(Git::of(&root.join("whole")), Err(Unproven::Common));
}

#[test]
fn a_submodule_s_folder_is_taken_where_it_points_back() {
    for (config, expected) in [
        ("[core]\n\tbare = false\n\tworktree = ../../../sub\n", true),
        ("[core] worktree = \"ROOT/main/sub\"\n", true),
        (
            "[Core]\n\tWorkTree=ROOT/elsewhere\n[core]\nworktree = ../../../sub",
            true,
        ),
        (
            "[core]\n\tworktree = ../../../sub\n\tworktree = ../../..\n",
            false,
        ),
        ("[core]\n\tworktree = ../../../other\n", false),
        ("[x]\n\tworktree = ../../../sub\n", false),
        ("[core]\n\tbare = false\n", false),
        ("", false),
    ] {
        let (_folder, root) = tree(&[
            ("main/.git/modules/sub/config", config),
            ("main/sub/.git", "gitdir: ../.git/modules/sub\n"),
            ("main/other/x", ""),
        ]);
        let found = Git::of(&root.join("main/sub"));
        let own = root.join("main/.git/modules/sub");
        let expected = match expected {
            true => Ok(own),
            false => Err(Unproven::Foreign),
        };
        assert_eq!(found.map(|it| it.own), expected, "{config}");
    }
}

#[test]
fn a_file_can_t_name_another_repository_s_folder() {
    for text in [
        "gitdir: ROOT/private/.git\n",
        "gitdir: ../private/.git",
        "gitdir:../private/.git\r\n",
        "gitdir: ROOT/private/.git\0",
        "gitdir: \n",
        "gitdir: ROOT/nowhere\n",
        "x\n",
        "",
    ] {
        let (_folder, root) = tree(&[
            ("private/.git/config", "[core]\n\tbare = false\n"),
            ("evil/.git", text),
        ]);
        assert_eq!(
            Git::of(&root.join("evil")),
            Err(Unproven::Foreign),
            "{text:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_may_not_lead_out() {
    use std::os::unix::fs::symlink;
    let private = [
        ("private/.git/HEAD", "ref: refs/heads/main"),
        ("private/.git/objects/aa/bb", "x"),
        ("private/.git/refs/heads/main", "x"),
        ("evil/.git/HEAD", "ref: refs/heads/main"),
        ("evil/.git/objects/cc/dd", "x"),
        ("evil/.git/refs/heads/x", "x"),
        ("link/a", ""),
        ("inside/real/HEAD", "x"),
    ];
    let (_folder, root) = tree(&private);
    symlink("../private/.git", root.join("link/.git")).unwrap();
    assert_eq!(Git::of(&root.join("link")), Err(Unproven::Link));
    symlink("real", root.join("inside/.git")).unwrap();
    assert_eq!(
        Git::of(&root.join("inside")).unwrap().own,
        root.join("inside/real")
    );
    for name in [
        "HEAD",
        "index",
        "objects",
        "objects/aa",
        "objects/cc/dd",
        "refs",
        "refs/heads/main",
        "packed-refs",
        "info",
    ] {
        let (_folder, root) = tree(&private);
        let git = Git::of(&root.join("evil")).unwrap();
        assert_eq!(git.check_links(), Ok(()));
        let link = root.join("evil/.git").join(name);
        if link.is_dir() {
            fs::remove_dir_all(&link).unwrap();
        } else if link.exists() {
            fs::remove_file(&link).unwrap();
        }
        let target = root.join("private/.git");
        // Where the private one has nothing of the name, its folder will do.
        let target = Some(target.join(name))
            .filter(|it| it.exists())
            .unwrap_or(target);
        symlink(target, link).unwrap();
        let git = Git::of(&root.join("evil")).unwrap();
        assert_eq!(git.check_links(), Err(Unproven::Links), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_for_git_s_own_files_is_not_waited_for() {
    let (_folder, root) = tree(&[
        ("main/.git/worktrees/tree/commondir", "../..\n"),
        ("tree/.git", "gitdir: ROOT/main/.git/worktrees/tree\n"),
        ("piped/a", ""),
    ]);
    for pipe in [
        "main/.git/worktrees/tree/gitdir",
        "main/.git/worktrees/tree/config",
        "piped/.git",
    ] {
        let made = std::process::Command::new("mkfifo")
            .arg(root.join(pipe))
            .status();
        assert!(made.unwrap().success());
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for tree in ["tree", "piped"] {
            let _ = sender.send(Git::of(&root.join(tree)));
        }
    });
    for _ in 0..2 {
        let found = receiver.recv_timeout(std::time::Duration::from_secs(60));
        assert_eq!(found.expect("it waits for ever"), Err(Unproven::Foreign));
    }
}
