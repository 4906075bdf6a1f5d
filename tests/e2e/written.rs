//! What `hob apply` and `hob undo` leave of files besides their text, as root and as an ordinary user: the real binary.

use crate::HOB;
use hob_tests::hob::Workspace;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An ordinary user, whom no system has.
const USER: u32 = 4321;

const ANSWER: &str = "a.txt\n<<<<<<< SEARCH\nold\n=======\nnew, and longer\n>>>>>>> REPLACE\n";

/// A project that belongs to an ordinary user, who has the binary, too.
struct Theirs {
    workspace: Workspace,
    binary: PathBuf,
}

impl Theirs {
    /// `None`: only root can make one.
    fn new() -> Option<Theirs> {
        let workspace = Workspace::new("//- /a.txt\none\nold\n");
        if chown(workspace.root(), Some(USER), Some(USER)).is_err() {
            return skipped("only root may give files away and be another user");
        }
        let binary = workspace.outside().join("hob");
        // The folder of the build may be closed to others.
        if fs::hard_link(HOB, &binary).is_err() {
            fs::copy(HOB, &binary).unwrap();
        }
        for folder in [workspace.outside(), workspace.home().path()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        give_all(workspace.root());
        give_all(workspace.home().path());
        let theirs = Theirs { workspace, binary };
        let works = theirs.command(&["--version"]).output();
        if !works.is_ok_and(|it| it.status.success()) {
            return skipped("there is no setpriv here that runs a program as another user");
        }
        Some(theirs)
    }

    /// `hob` as the user, who may look into any folder (that of the test may be closed), and write to none of others.
    fn command(&self, arguments: &[&str]) -> Command {
        let user = USER.to_string();
        let binary = self.binary.to_str().unwrap();
        let capability = "+dac_read_search";
        let mut all = vec!["--reuid", &user, "--regid", &user, "--clear-groups"];
        all.extend([
            "--inh-caps",
            capability,
            "--ambient-caps",
            capability,
            binary,
        ]);
        all.extend(arguments);
        self.workspace.command("setpriv", all)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.workspace.root().join(name)
    }

    /// Runs `hob` as the user.
    fn run(&self, arguments: &[&str], input: &str) -> (Option<i32>, String) {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Owner, group and permissions.
    fn of(&self, name: &str) -> (u32, u32, u32) {
        let it = fs::metadata(self.at(name)).unwrap();
        (it.uid(), it.gid(), it.mode() & 0o7777)
    }

    /// Gives a file away.
    fn set(&self, name: &str, (user, group, mode): (u32, u32, u32)) {
        chown(self.at(name), Some(user), Some(group)).unwrap();
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn skipped(why: &str) -> Option<Theirs> {
    hob_tests::tools::skip(why);
    None
}

fn give_all(folder: &Path) {
    chown(folder, Some(USER), Some(USER)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => give_all(&path),
            false => chown(&path, Some(USER), Some(USER)).unwrap(),
        }
    }
}

#[test]
fn a_user_changes_what_others_own_without_taking_it_over() {
    let Some(theirs) = Theirs::new() else {
        return;
    };
    // Whose the file is, whose its folder is, and whether it has a second name.
    let own = (USER, USER, 0o755);
    let foreign = (0, 0, 0o755);
    for (file, folder, links) in [
        ((USER, USER, 0o640), own, 1),
        ((USER, USER, 0o640), own, 2),
        ((USER, USER, 0o640), foreign, 1),
        // A group that the user isn't in.
        ((USER, 7654, 0o660), own, 1),
        ((0, 0, 0o666), own, 1),
        ((0, USER, 0o664), own, 1),
        ((0, USER, 0o664), foreign, 2),
        ((1234, USER, 0o460), own, 1),
    ] {
        theirs.set("", (USER, USER, 0o755));
        let _ = fs::remove_file(theirs.at("b.txt"));
        if links == 2 {
            fs::hard_link(theirs.at("a.txt"), theirs.at("b.txt")).unwrap();
        }
        theirs.set("a.txt", file);
        theirs.set("", folder);
        let (status, err) = theirs.run(&["apply"], ANSWER);
        assert_eq!(status, Some(0), "{file:?} {folder:?}: {err}");
        let text = |name: &str| fs::read_to_string(theirs.at(name)).unwrap();
        assert_eq!(text("a.txt"), "one\nnew, and longer\n");
        assert_eq!(theirs.of("a.txt"), file);
        let (status, err) = theirs.run(&["undo"], "");
        assert_eq!(status, Some(0), "{file:?} {folder:?}: {err}");
        assert_eq!(text("a.txt"), "one\nold\n");
        assert_eq!(theirs.of("a.txt"), file);
        if links == 2 {
            assert_eq!(text("b.txt"), "one\nold\n");
            assert_eq!(fs::metadata(theirs.at("a.txt")).unwrap().nlink(), 2);
        }
        let names = fs::read_dir(theirs.workspace.root()).unwrap();
        let left: Vec<_> = names
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .filter(|it| it.starts_with(".hob-"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn a_user_is_refused_what_the_system_would_let_only_the_owner_write() {
    let Some(theirs) = Theirs::new() else {
        return;
    };
    for (file, said) in [
        ((0, 0, 0o644), "belongs to another user"),
        ((1234, USER, 0o640), "belongs to another user"),
        ((USER, USER, 0o444), "is read-only"),
        ((USER, USER, 0o464), "its permissions don't let you"),
        // Writing would take the right to run as root away.
        ((0, USER, 0o4775), "runs with the rights of its owner"),
    ] {
        theirs.set("a.txt", file);
        let (status, err) = theirs.run(&["apply", "--allow-runnable"], ANSWER);
        assert_eq!(status, Some(1), "{file:?}: {err}");
        assert!(
            err.contains("a.txt: ") && err.contains(said),
            "{file:?}: {err}"
        );
        assert_eq!(theirs.of("a.txt"), file);
        assert_eq!(
            fs::read_to_string(theirs.at("a.txt")).unwrap(),
            "one\nold\n"
        );
    }
}

#[test]
fn root_works_in_a_user_s_folder_as_the_user_would_expect() {
    let Some(theirs) = Theirs::new() else {
        return;
    };
    let run = |arguments: &[&str], input: &str| {
        let mut command = theirs.workspace.command(HOB, arguments.iter().copied());
        command.stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        assert!(child.wait().unwrap().success());
    };
    // The home is root's again, as in a container.
    chown(theirs.workspace.home().path(), Some(0), Some(0)).unwrap();
    theirs.set("a.txt", (USER, 7654, 0o600));
    let made = format!("{ANSWER}\nsub/made.txt\n```\nmade\n```\n");
    run(&["apply"], &made);
    assert_eq!(theirs.of("a.txt"), (USER, 7654, 0o600));
    assert_eq!(theirs.of("sub").0, USER);
    let (user, group, _) = theirs.of("sub/made.txt");
    assert_eq!((user, group), (USER, USER));
    run(&["undo"], "");
    assert_eq!(theirs.of("a.txt"), (USER, 7654, 0o600));
    assert!(!theirs.at("sub").exists());
}
