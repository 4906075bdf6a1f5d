//! What a file is besides its text: it stays, whatever is applied and taken back, for root and for others.

use super::*;
use crate::assist::apply::journal::Journal;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

const ANSWER: &str =
    "f.txt\n<<<<<<< SEARCH\nold\n=======\nnew text, longer than the old one\n>>>>>>> REPLACE\n";

struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Project {
    fn new() -> Project {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("project");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("f.txt"), "one\nold\n").unwrap();
        Project { folder, root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("state"), &self.root).unwrap()
    }

    fn apply(&self, answer: &str) -> Result<(), Refusal> {
        let workspace = Workspace {
            root: &self.root,
            open: &|_| None,
        };
        let patch = plan(answer, &workspace, None, &Scope::Root)?;
        patch.write(&self.root, Some(&mut self.journal()))
    }

    fn undo(&self) -> Result<(), Refusal> {
        let mut journal = self.journal();
        let (change, patch) = journal.undo()?.unwrap();
        journal.take_back(&change, &patch)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        self.of(name).mode() & 0o7777
    }

    fn of(&self, name: &str) -> fs::Metadata {
        fs::symlink_metadata(self.at(name)).unwrap()
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Whether the test runs as root; else it says that it can't show anything.
fn is_root(path: &Path) -> bool {
    let is_root = chown(path, Some(4321), Some(4322)).is_ok();
    if !is_root {
        hob_tests::tools::skip("only root may give files away");
    }
    is_root
}

#[test]
fn permissions_stay_with_all_their_bits() {
    for mode in [
        0o600, 0o644, 0o664, 0o755, 0o4755, 0o2755, 0o6711, 0o1644, 0o200,
    ] {
        let project = Project::new();
        set_mode(&project.at("f.txt"), mode);
        if mode & 0o400 == 0 && fs::read(project.at("f.txt")).is_err() {
            continue;
        }
        project.apply(ANSWER).unwrap();
        assert_eq!(project.mode("f.txt"), mode, "{mode:o}");
        project.undo().unwrap();
        assert_eq!(
            (project.mode("f.txt"), project.text("f.txt").as_str()),
            (mode, "one\nold\n")
        );
    }
}

#[test]
fn a_read_only_file_is_refused_with_the_remedy_also_for_root() {
    let project = Project::new();
    fs::write(project.at("g.txt"), "old\n").unwrap();
    set_mode(&project.at("f.txt"), 0o444);
    let both = format!("{ANSWER}\n{}", ANSWER.replacen("f.txt", "g.txt", 1));
    let gone = "*** Begin Patch\n*** Delete File: f.txt\n*** End Patch\n";
    for answer in [ANSWER, &both, gone] {
        let refusal = project.apply(answer).unwrap_err();
        let said = refusal.to_string();
        assert!(
            said.contains("is read-only") && said.contains("chmod u+w f.txt"),
            "{said}"
        );
        assert_eq!(
            (project.mode("f.txt"), project.text("f.txt").as_str()),
            (0o444, "one\nold\n")
        );
        assert_eq!(project.text("g.txt"), "old\n");
    }
    // Another name is not another text.
    let moved = "```diff\ndiff --git a/f.txt b/h.txt\nsimilarity index 100%\nrename from f.txt\nrename to h.txt\n```\n";
    project.apply(moved).unwrap();
    assert_eq!(
        (project.mode("h.txt"), project.text("h.txt").as_str()),
        (0o444, "one\nold\n")
    );
    project.undo().unwrap();
    assert_eq!(
        (project.mode("f.txt"), project.text("f.txt").as_str()),
        (0o444, "one\nold\n")
    );
    // Made read-only since: that is the user's last word.
    set_mode(&project.at("f.txt"), 0o644);
    project.apply(ANSWER).unwrap();
    set_mode(&project.at("f.txt"), 0o444);
    assert!(
        project
            .undo()
            .unwrap_err()
            .to_string()
            .contains("is read-only")
    );
}

#[test]
fn hard_links_and_links_stay_what_they_are() {
    let project = Project::new();
    fs::hard_link(project.at("f.txt"), project.at("hard")).unwrap();
    symlink("f.txt", project.at("soft.txt")).unwrap();
    let inode = project.of("f.txt").ino();
    for answer in [ANSWER.to_owned(), ANSWER.replacen("f.txt", "soft.txt", 1)] {
        project.apply(&answer).unwrap();
        assert!(project.text("hard").contains("new text"));
        assert_eq!(
            (project.of("f.txt").ino(), project.of("f.txt").nlink()),
            (inode, 2)
        );
        assert!(project.of("soft.txt").is_symlink());
        project.undo().unwrap();
        assert_eq!(project.text("hard"), "one\nold\n");
        assert_eq!(
            (project.of("hard").ino(), project.of("f.txt").nlink()),
            (inode, 2)
        );
    }
    // Another name for the same file.
    let moved = "```diff\ndiff --git a/f.txt b/h.txt\nsimilarity index 100%\nrename from f.txt\nrename to h.txt\n```\n";
    fs::remove_file(project.at("soft.txt")).unwrap();
    project.apply(moved).unwrap();
    assert_eq!(
        (project.of("h.txt").ino(), project.of("h.txt").nlink()),
        (inode, 2)
    );
    project.undo().unwrap();
    assert_eq!(
        (project.of("f.txt").ino(), project.of("f.txt").nlink()),
        (inode, 2)
    );
}

#[test]
fn extended_attributes_stay_also_for_a_file_that_goes_and_comes_back() {
    let project = Project::new();
    if let Err(error) = xattr::set(project.at("f.txt"), "user.note", b"kept") {
        hob_tests::tools::skip(&format!("no extended attributes here: {error}"));
        return;
    }
    let note = |name: &str| xattr::get(project.at(name), "user.note").unwrap();
    project.apply(ANSWER).unwrap();
    assert_eq!(note("f.txt").as_deref(), Some(&b"kept"[..]));
    project.undo().unwrap();
    assert_eq!(note("f.txt").as_deref(), Some(&b"kept"[..]));
    set_mode(&project.at("f.txt"), 0o640);
    project
        .apply("*** Begin Patch\n*** Delete File: f.txt\n*** End Patch\n")
        .unwrap();
    assert!(!project.at("f.txt").exists());
    project.undo().unwrap();
    assert_eq!(note("f.txt").as_deref(), Some(&b"kept"[..]));
    assert_eq!(project.mode("f.txt"), 0o640);
    let moved = "```diff\ndiff --git a/f.txt b/h.txt\nsimilarity index 50%\nrename from f.txt\nrename to h.txt\n--- a/f.txt\n+++ b/h.txt\n@@ -1,2 +1,2 @@\n one\n-old\n+new\n```\n";
    project.apply(moved).unwrap();
    assert_eq!(project.text("h.txt"), "one\nnew\n");
    assert_eq!(note("h.txt").as_deref(), Some(&b"kept"[..]));
    assert_eq!(project.mode("h.txt"), 0o640);
}

/// An access list that lets one more user read, in the form in which Linux keeps it.
#[cfg(target_os = "linux")]
fn access_list(mask: u16) -> Vec<u8> {
    let nobody = u32::MAX;
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, nobody),
        (0x02, 4, 4321),
        (0x04, 0, nobody),
        (0x10, mask, nobody),
        (0x20, 0, nobody),
    ];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn access_lists_stay_and_those_of_the_folder_are_for_new_files_only() {
    const ACCESS: &str = "system.posix_acl_access";
    let project = Project::new();
    let list = access_list(4);
    if let Err(error) = xattr::set(project.at("f.txt"), ACCESS, &list) {
        hob_tests::tools::skip(&format!("no access lists here: {error}"));
        return;
    }
    let get = |name: &str| xattr::get(project.at(name), ACCESS).unwrap();
    let mode = project.mode("f.txt");
    for _ in 0..2 {
        project.apply(ANSWER).unwrap();
        assert_eq!(
            (get("f.txt").as_ref(), project.mode("f.txt")),
            (Some(&list), mode)
        );
        project.undo().unwrap();
        assert_eq!(
            (get("f.txt").as_ref(), project.mode("f.txt")),
            (Some(&list), mode)
        );
        // The second time, files that are made in the folder would get another list.
        xattr::set(&project.root, "system.posix_acl_default", &access_list(6)).unwrap();
    }
    fs::write(project.at("plain.txt"), "old\n").unwrap();
    xattr::remove(project.at("plain.txt"), ACCESS).unwrap();
    project
        .apply(&ANSWER.replacen("f.txt", "plain.txt", 1))
        .unwrap();
    assert_eq!(get("plain.txt"), None);
    project.apply("new/file.txt\n```\ntext\n```\n").unwrap();
    assert!(get("new/file.txt").is_some(), "the folder's list");
}

#[test]
fn root_gives_no_file_another_owner_and_new_ones_to_the_folder_s() {
    let project = Project::new();
    if !is_root(&project.at("f.txt")) {
        return;
    }
    set_mode(&project.at("f.txt"), 0o4750);
    let owner = |name: &str| (project.of(name).uid(), project.of(name).gid());
    for links in [1, 2] {
        if links == 2 {
            fs::hard_link(project.at("f.txt"), project.at("hard")).unwrap();
        }
        project.apply(ANSWER).unwrap();
        assert_eq!(
            (owner("f.txt"), project.mode("f.txt")),
            ((4321, 4322), 0o4750)
        );
        project.undo().unwrap();
        assert_eq!(
            (owner("f.txt"), project.mode("f.txt")),
            ((4321, 4322), 0o4750)
        );
    }
    fs::remove_file(project.at("hard")).unwrap();
    project
        .apply("*** Begin Patch\n*** Delete File: f.txt\n*** End Patch\n")
        .unwrap();
    project.undo().unwrap();
    assert_eq!(
        (owner("f.txt"), project.mode("f.txt")),
        ((4321, 4322), 0o4750)
    );
    // In a container, the folder belongs to somebody outside, who wants to go on with what is made.
    chown(&project.root, Some(1234), Some(1235)).unwrap();
    project
        .apply("made/deep/file.txt\n```\ntext\n```\n")
        .unwrap();
    for name in ["made", "made/deep", "made/deep/file.txt"] {
        assert_eq!(owner(name), (1234, 1235), "{name}");
    }
    project.undo().unwrap();
    assert!(!project.at("made").exists());
}

#[test]
fn permissions_that_an_answer_changed_are_taken_back_and_the_user_s_own_are_not() {
    let project = Project::new();
    set_mode(&project.at("f.txt"), 0o640);
    let executable = "```diff\ndiff --git a/f.txt b/f.txt\nold mode 100644\nnew mode 100755\n```\n";
    project.apply(executable).unwrap();
    assert_eq!(
        (project.mode("f.txt"), project.text("f.txt").as_str()),
        (0o750, "one\nold\n")
    );
    project.undo().unwrap();
    assert_eq!(project.mode("f.txt"), 0o640);
    // Another change leaves permissions alone, and so does taking it back.
    project.apply(ANSWER).unwrap();
    set_mode(&project.at("f.txt"), 0o600);
    project.undo().unwrap();
    assert_eq!(
        (project.mode("f.txt"), project.text("f.txt").as_str()),
        (0o600, "one\nold\n")
    );
    project.apply(executable).unwrap();
    set_mode(&project.at("f.txt"), 0o604);
    let said = project.undo().unwrap_err().to_string();
    assert!(said.contains("other permissions since"), "{said}");
}

#[test]
fn taking_back_says_when_a_name_became_a_link_or_is_gone() {
    let project = Project::new();
    project.apply(ANSWER).unwrap();
    fs::rename(project.at("f.txt"), project.at("moved")).unwrap();
    assert!(
        project
            .undo()
            .unwrap_err()
            .to_string()
            .contains("was deleted since")
    );
    symlink("moved", project.at("f.txt")).unwrap();
    assert!(
        project
            .undo()
            .unwrap_err()
            .to_string()
            .contains("is a link now")
    );
}

#[test]
fn nothing_is_readable_by_others_on_its_way() {
    let project = Project::new();
    set_mode(&project.at("f.txt"), 0o600);
    let workspace = Workspace {
        root: &project.root,
        open: &|_| None,
    };
    let patch = plan(ANSWER, &workspace, None, &Scope::Root).unwrap();
    let mut stage = write::Stage::default();
    stage.add(&patch.files[0]).unwrap();
    for beside in stage.leftovers() {
        assert_eq!(fs::metadata(beside).unwrap().mode() & 0o077, 0);
    }
}
