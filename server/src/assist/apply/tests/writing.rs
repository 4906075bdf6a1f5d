//! Writing: all or nothing, also when something fails or ends half-way.

use crate::assist::apply::journal::Journal;
use crate::assist::apply::patch::{FilePatch, Patch};
use crate::assist::apply::path::Root;
use crate::assist::apply::refusal::Kind;
use crate::assist::apply::write::Stage;
use std::fs;
use std::path::Path;

fn file(root: &Path, path: &str, before: Option<&str>, after: Option<&str>) -> FilePatch {
    FilePatch {
        path: path.to_owned(),
        real: fs::canonicalize(root).unwrap().join(path),
        before: before.map(|it| it.as_bytes().to_vec()),
        after: after.map(|it| it.as_bytes().to_vec()),
        mode: None,
        like: None,
        attributes: None,
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
    {
        let journal = Journal::open(&state, &root).unwrap();
        let place = Root::new(&root).unwrap();
        let mut stage = Stage::default();
        for file in &patch.files {
            stage.add(file).unwrap();
        }
        let pending = journal.begin(&patch, &stage, &place);
        // The process ends here, with two of three files written.
        std::mem::forget(pending.unwrap());
        fs::write(root.join("a"), "A").unwrap();
        fs::write(root.join("new/c"), "c").unwrap();
    }
    let journal = Journal::open(&state, &root).unwrap();
    assert_eq!(names(&root), ["a", "b"]);
    assert_eq!(fs::read(root.join("a")).unwrap(), b"a");
    assert!(journal.changes().is_empty());
    let recovered: Vec<&str> = journal.recovered()[0]
        .files
        .iter()
        .map(|it| it.path.as_str())
        .collect();
    assert_eq!(recovered, ["a", "new/c"]);
}

#[test]
fn a_file_that_was_torn_in_the_middle_is_taken_back() {
    let (old, new) = ("one\ntwo\nthree\n", "one\nTWO and more\nthree\n");
    // How much of the new text was written over the old one.
    for (before, after) in [(old, new), (new, old), (old, ""), ("", new)] {
        for n in 0..=after.len() {
            let folder = tempfile::tempdir().unwrap();
            let (root, state) = (folder.path().join("root"), folder.path().join("state"));
            fs::create_dir(&root).unwrap();
            fs::write(root.join("a"), before).unwrap();
            let patch = patch(vec![file(&root, "a", Some(before), Some(after))]);
            let journal = Journal::open(&state, &root).unwrap();
            let place = Root::new(&root).unwrap();
            let mut stage = Stage::default();
            stage.add(&patch.files[0]).unwrap();
            std::mem::forget(journal.begin(&patch, &stage, &place).unwrap());
            drop(journal);
            let rest = before.get(n..).unwrap_or("");
            fs::write(root.join("a"), format!("{}{rest}", &after[..n])).unwrap();
            let journal = Journal::open(&state, &root).unwrap();
            assert_eq!(fs::read_to_string(root.join("a")).unwrap(), before, "{n}");
            assert!(journal.changes().is_empty());
            assert_eq!(names(&root), ["a"]);
        }
    }
}

#[test]
fn an_unfinished_change_is_not_taken_back_over_what_somebody_wrote_since() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join("b"), "b").unwrap();
    let patch = patch(vec![
        file(&root, "a", Some("a"), Some("A")),
        file(&root, "b", Some("b"), Some("B")),
    ]);
    {
        let journal = Journal::open(&state, &root).unwrap();
        let mut stage = Stage::default();
        for file in &patch.files {
            stage.add(file).unwrap();
        }
        let pending = journal.begin(&patch, &stage, &Root::new(&root).unwrap());
        std::mem::forget(pending.unwrap());
        fs::write(root.join("a"), "A").unwrap();
        fs::write(root.join("b"), "the user's own").unwrap();
    }
    let journal = Journal::open(&state, &root).unwrap();
    assert_eq!(fs::read(root.join("b")).unwrap(), b"the user's own");
    assert_eq!(names(&root), ["a", "b"], "nothing is left beside them");
    // What was there before isn't thrown away with it.
    let refusal = journal.undo().unwrap_err();
    assert_eq!(refusal.problems[0].path.as_deref(), Some("b"));
}

#[test]
fn a_change_that_ended_before_it_began_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    let patch = patch(vec![
        file(&root, "a", Some("a"), Some("A")),
        file(&root, "new/deep/b", None, Some("b")),
        file(&root, "new/c", None, Some("c")),
    ]);
    {
        let journal = Journal::open(&state, &root).unwrap();
        journal.prepare(&patch).unwrap();
        let mut stage = Stage::default();
        for file in &patch.files {
            stage.add(file).unwrap();
        }
        assert_eq!(names(&root).len(), 4, "the new text, the old one, a folder");
        // The process ends here.
    }
    let journal = Journal::open(&state, &root).unwrap();
    assert_eq!(names(&root), ["a"]);
    assert!(journal.changes().is_empty() && journal.recovered().is_empty());
}

#[test]
fn an_undo_that_ended_half_way_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "a").unwrap();
    fs::write(root.join("b"), "bb").unwrap();
    let change = patch(vec![
        file(&root, "a", Some("a"), Some("A")),
        file(&root, "b", Some("bb"), Some("BB")),
    ]);
    let mut journal = Journal::open(&state, &root).unwrap();
    change.write(&root, Some(&mut journal)).unwrap();
    {
        let (_, undo) = journal.undo().unwrap().unwrap();
        journal.prepare(&undo).unwrap();
        let mut stage = Stage::default();
        for file in &undo.files {
            stage.add(file).unwrap();
        }
        // The process ends here: one file is as before, one in between.
        fs::write(root.join("a"), "a").unwrap();
        fs::write(root.join("b"), "bB").unwrap();
    }
    drop(journal);
    let mut journal = Journal::open(&state, &root).unwrap();
    assert_eq!(names(&root), ["a", "b"]);
    let (change, undo) = journal.undo().unwrap().unwrap();
    journal.take_back(&change, &undo).unwrap();
    assert_eq!(fs::read(root.join("a")).unwrap(), b"a");
    assert_eq!(fs::read(root.join("b")).unwrap(), b"bb");
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
