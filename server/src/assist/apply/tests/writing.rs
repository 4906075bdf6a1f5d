//! Writing: all or nothing, also when something fails or ends half-way.

use crate::assist::apply::journal::Journal;
use crate::assist::apply::patch::{FilePatch, Patch};
use crate::assist::apply::path::Root;
use crate::assist::apply::refusal::Kind;
use std::fs;
use std::path::{Path, PathBuf};

fn file(root: &Path, path: &str, before: Option<&str>, after: Option<&str>) -> FilePatch {
    FilePatch {
        path: path.to_owned(),
        real: fs::canonicalize(root).unwrap().join(path),
        before: before.map(|it| it.as_bytes().to_vec()),
        after: after.map(|it| it.as_bytes().to_vec()),
        mode: None,
    }
}

fn patch(files: Vec<FilePatch>) -> Patch {
    Patch {
        files,
        notes: Vec::new(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_failure_in_the_middle_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join("b"), "b").unwrap();
    // The last one finds its name taken by the one before.
    let patch = patch(vec![
        file(&root, "a", Some("a"), Some("A")),
        file(&root, "b", Some("b"), None),
        file(&root, "new/c", None, Some("c")),
        file(&root, "new/c", None, Some("C")),
    ]);
    let mut journal = Journal::open(&state, &root).unwrap();
    let refusal = patch.write(&root, Some(&mut journal)).unwrap_err();
    assert_eq!(refusal.problems[0].kind, Kind::Changed);
    assert_eq!(names(&root), ["a", "b"]);
    assert_eq!(fs::read(root.join("a")).unwrap(), b"a");
    assert_eq!(fs::read(root.join("b")).unwrap(), b"b");
    assert!(journal.changes().is_empty());
}

#[test]
fn a_file_that_changed_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join("b"), "mine").unwrap();
    for files in [
        vec![
            file(root, "a", Some("a"), Some("A")),
            file(root, "b", Some("b"), Some("B")),
        ],
        vec![
            file(root, "a", Some("a"), Some("A")),
            file(root, "b", None, Some("B")),
        ],
        vec![
            file(root, "a", Some("a"), Some("A")),
            file(root, "gone", Some("x"), None),
        ],
    ] {
        let refusal = patch(files).write(root, None).unwrap_err();
        assert_eq!(refusal.problems[0].kind, Kind::Changed);
        assert_eq!(fs::read(root.join("a")).unwrap(), b"a");
        assert_eq!(names(root), ["a", "b"]);
    }
}

#[test]
fn a_change_that_ended_half_way_is_taken_back_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join("b"), "b").unwrap();
    let patch = patch(vec![
        file(&root, "a", Some("a"), Some("A")),
        file(&root, "b", Some("b"), Some("B")),
        file(&root, "new/c", None, Some("c")),
    ]);
    let real = fs::canonicalize(&root).unwrap();
    let leftover = real.join(".hob-1-1.tmp");
    let folders: Vec<PathBuf> = vec![real.join("new")];
    {
        let mut journal = Journal::open(&state, &root).unwrap();
        let place = Root::new(&root).unwrap();
        let pending = journal.begin(&patch, std::slice::from_ref(&leftover), &folders, &place);
        // The process ends here, with two of three files written.
        std::mem::forget(pending.unwrap());
        fs::write(root.join("a"), "A").unwrap();
        fs::create_dir(root.join("new")).unwrap();
        fs::write(root.join("new/c"), "c").unwrap();
        fs::write(&leftover, "B").unwrap();
    }
    let journal = Journal::open(&state, &root).unwrap();
    assert_eq!(names(&root), ["a", "b"]);
    assert_eq!(fs::read(root.join("a")).unwrap(), b"a");
    assert!(journal.changes().is_empty());
}

#[test]
fn the_journal_forgets_the_oldest_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "0").unwrap();
    let mut journal = Journal::open(&state, &root).unwrap();
    for n in 0..105 {
        let (before, after) = (n.to_string(), (n + 1).to_string());
        let change = patch(vec![file(&root, "a", Some(&before), Some(&after))]);
        change.write(&root, Some(&mut journal)).unwrap();
    }
    assert_eq!(journal.changes().len(), 100);
    let (change, undo) = journal.undo().unwrap().unwrap();
    journal.take_back(&change, &undo).unwrap();
    assert_eq!(fs::read(root.join("a")).unwrap(), b"104");
}
