//! What the user named bounds a change, in every format and by every way out.

use super::files;
use crate::assist::apply::patch::Patch;
use crate::assist::apply::refusal::{Kind, Refusal};
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Target, Workspace, plan};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const A: &str = "one();\ntwo();\nthree();\nfour();\nfive();\n";
const B: &str = "un();\ndeux();\n";

/// A project with `src/a.rs` and `src/b.rs`.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("project").join(name);
    fs::create_dir_all(at("src")).unwrap();
    fs::write(at("src/a.rs"), A).unwrap();
    fs::write(at("src/b.rs"), B).unwrap();
    folder
}

fn planned(
    folder: &Path,
    answer: &str,
    target: Option<&Target>,
    scope: &Scope,
) -> Result<Patch, Refusal> {
    let workspace = Workspace {
        root: &folder.join("project"),
        open: &|_| None,
    };
    let before = files(folder);
    let patch = plan(answer, &workspace, target, scope);
    assert_eq!(files(folder), before, "planning changed a file");
    patch
}

fn file(path: &str) -> Scope {
    Scope::File(path.to_owned())
}

fn lines(first: usize, last: usize) -> Scope {
    Scope::Lines("src/a.rs".to_owned(), first..=last)
}

#[track_caller]
fn check_refused(folder: &Path, answer: &str, scope: &Scope) {
    for lines in [None, Some(2..=3)] {
        let target = Target {
            path: PathBuf::from("src/a.rs"),
            lines,
        };
        for target in [None, Some(&target)] {
            let refusal = planned(folder, answer, target, scope).expect_err(answer);
            let kinds: Vec<Kind> = refusal.problems.iter().map(|it| it.kind).collect();
            assert!(kinds.contains(&Kind::OutOfScope), "{kinds:?}\n{answer}");
        }
    }
}

/// A change of a file in each format: what takes the place of `old`, a line of it.
fn changes(path: &str, old: &str, new: &str) -> Vec<String> {
    vec![
        format!("{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"),
        format!("```diff\n--- a/{path}\n+++ b/{path}\n@@ -1,9 +1,9 @@\n-{old}\n+{new}\n```\n"),
        format!(
            "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+{new}\n"
        ),
        format!("*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n"),
        format!(
            "<edit path=\"{path}\">\n<old_text>{old}</old_text>\n<new_text>{new}</new_text>\n</edit>\n"
        ),
    ]
}

/// A file that comes, or a whole file, in each format.
fn creations(path: &str) -> Vec<String> {
    vec![
        format!("{path}\n<<<<<<< SEARCH\n=======\nevil();\n>>>>>>> REPLACE\n"),
        format!(
            "```diff\ndiff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+evil();\n```\n"
        ),
        format!("*** Begin Patch\n*** Add File: {path}\n+evil();\n*** End Patch\n"),
        format!("`{path}`\n```json\nevil();\n```\n"),
        format!("<file path=\"{path}\">\nevil();\n</file>\n"),
    ]
}

/// A file that goes, in each format that can say so.
fn deletions(path: &str, text: &str) -> Vec<String> {
    let gone: String = text.lines().map(|it| format!("-{it}\n")).collect();
    let n = text.lines().count();
    vec![
        format!("*** Begin Patch\n*** Delete File: {path}\n*** End Patch\n"),
        format!(
            "diff --git a/{path} b/{path}\ndeleted file mode 100644\n--- a/{path}\n+++ /dev/null\n@@ -1,{n} +0,0 @@\n{gone}"
        ),
    ]
}

#[test]
fn a_named_file_is_the_only_one_that_changes_in_every_format() {
    let folder = project();
    let mut answers = changes("src/b.rs", "un();", "evil();");
    for path in [
        ".vscode/tasks.json",
        "src/c.rs",
        "src/a.rs.rs",
        "src/A.rs",
        "a.rs",
    ] {
        answers.extend(creations(path));
    }
    answers.extend(deletions("src/b.rs", B));
    answers.push(
        "diff --git a/src/a.rs b/src/c.rs\nrename from src/a.rs\nrename to src/c.rs\n".to_owned(),
    );
    answers.push("*** Begin Patch\n*** Update File: src/a.rs\n*** Move to: src/c.rs\n@@\n-two();\n+duo();\n*** End Patch\n".to_owned());
    answers.push("diff --git a/src/b.rs b/src/b.rs\nold mode 100644\nnew mode 100755\n".to_owned());
    for answer in answers {
        check_refused(folder.path(), &answer, &file("src/a.rs"));
        check_refused(folder.path(), &answer, &lines(1, 5));
        // Also beside a change that would be right.
        for good in changes("src/a.rs", "one();", "uno();") {
            check_refused(
                folder.path(),
                &format!("{good}\n{answer}"),
                &file("src/a.rs"),
            );
        }
    }
}

#[test]
fn other_spellings_of_another_file_don_t_help() {
    let folder = project();
    let absolute = folder.path().join("project/src/b.rs");
    for path in [
        "./src/b.rs",
        "src/../src/b.rs",
        "src//b.rs",
        "src\\b.rs",
        absolute.to_str().unwrap(),
    ] {
        let answer = &changes(path, "un();", "evil();")[0];
        check_refused(folder.path(), answer, &file("src/a.rs"));
    }
}

#[test]
fn the_named_file_changes_however_either_spells_it() {
    let folder = project();
    let absolute = folder.path().join("project/src/a.rs");
    let absolute = absolute.to_str().unwrap();
    for named in ["src/a.rs", "./src/a.rs", "src/x/../a.rs"] {
        for path in ["src/a.rs", "./src//a.rs", "src\\a.rs", absolute] {
            let answer = &changes(path, "two();", "duo();")[0];
            let patch = planned(folder.path(), answer, None, &file(named)).unwrap();
            assert_eq!(patch.files[0].path, "src/a.rs");
        }
    }
    for answer in changes("src/a.rs", "two();", "duo();") {
        let patch = planned(folder.path(), &answer, None, &lines(2, 2)).unwrap();
        let after = patch.files[0].after.clone().unwrap();
        assert_eq!(
            String::from_utf8(after).unwrap(),
            A.replace("two", "duo"),
            "{answer}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_the_file_that_it_leads_to() {
    use std::os::unix::fs::symlink;
    let folder = project();
    let at = |name: &str| folder.path().join("project").join(name);
    symlink("b.rs", at("src/link.rs")).unwrap();
    symlink("a.rs", at("src/also_a.rs")).unwrap();
    symlink("src", at("folder")).unwrap();
    // Not by a link that the answer names …
    let answer = &changes("src/link.rs", "un();", "evil();")[0];
    check_refused(folder.path(), answer, &file("src/a.rs"));
    let answer = &changes("folder/b.rs", "un();", "evil();")[0];
    check_refused(folder.path(), answer, &file("src/a.rs"));
    // … and the user's own link is its target.
    for (named, path) in [
        ("src/also_a.rs", "src/a.rs"),
        ("src/a.rs", "src/also_a.rs"),
        ("src/a.rs", "folder/a.rs"),
    ] {
        let answer = &changes(path, "two();", "duo();")[0];
        let patch = planned(folder.path(), answer, None, &file(named)).unwrap();
        assert_eq!(patch.files[0].path, "src/a.rs");
    }
    // What leads out of the project can't be named.
    symlink("../../outside.rs", at("src/out.rs")).unwrap();
    fs::write(folder.path().join("outside.rs"), A).unwrap();
    let answer = &changes("src/out.rs", "two();", "duo();")[0];
    assert!(planned(folder.path(), answer, None, &file("src/out.rs")).is_err());
}

#[test]
fn lines_that_were_not_named_stay_in_every_format() {
    let folder = project();
    for old in ["one();", "four();", "five();"] {
        for answer in changes("src/a.rs", old, "evil();") {
            check_refused(folder.path(), &answer, &lines(2, 3));
            for good in changes("src/a.rs", "two();", "duo();") {
                check_refused(folder.path(), &format!("{good}\n{answer}"), &lines(2, 3));
            }
        }
    }
    for answer in [
        // The whole file, with another first or last line.
        "src/a.rs\n```rust\nevil();\ntwo();\nthree();\nfour();\nfive();\n```\n",
        "<file path=\"src/a.rs\">\none();\ntwo();\nthree();\nfour();\nevil();\n</file>\n",
        "diff --git a/src/a.rs b/src/a.rs\nold mode 100644\nnew mode 100755\n",
    ] {
        let refused = planned(folder.path(), answer, None, &lines(2, 3));
        assert_eq!(
            refused.unwrap_err().problems[0].kind,
            Kind::OutOfScope,
            "{answer}"
        );
    }
    for answer in deletions("src/a.rs", A) {
        check_refused(folder.path(), &answer, &lines(1, 5));
    }
}

#[test]
fn a_refusal_names_what_was_asked_for_and_where_the_answer_leaves_it() {
    let folder = project();
    let good = &changes("src/a.rs", "one();", "uno();")[0];
    let answer = format!("{good}\n{}", creations(".vscode/tasks.json")[2]);
    let refusal = planned(folder.path(), &answer, None, &file("src/a.rs")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        ".vscode/tasks.json: is not to be changed: the change was asked for src/a.rs only (line 9 of the answer)"
    );
    assert!(refusal.reaches_too_far());
    assert!(
        refusal
            .for_model()
            .contains("Change src/a.rs and no other file")
    );
    let answer = &changes("src/a.rs", "one();", "uno();")[0];
    let refusal = planned(folder.path(), answer, None, &lines(2, 3)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "src/a.rs: has changes in other lines: the change was asked for lines 2-3 only"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_touches_another_file_or_a_line_outside(
        parts in prop::collection::vec(0_usize..PARTS.len(), 1..12),
        first in 1_usize..6,
        more in 0_usize..5,
        targeted in any::<bool>(),
        by_lines in any::<bool>(),
    ) {
        let mut answer = String::new();
        for part in parts {
            let _ = writeln!(answer, "{}", PARTS[part]);
        }
        let last = (first + more).min(5);
        let scope = if by_lines { lines(first, last) } else { file("src/a.rs") };
        let target = Target {
            path: PathBuf::from("src/a.rs"),
            lines: (by_lines && more % 2 == 0).then_some(first..=last),
        };
        let folder = project();
        let root = folder.path().join("project");
        let Ok(patch) = planned(folder.path(), &answer, targeted.then_some(&target), &scope) else {
            return Ok(());
        };
        patch.write(&root, None).unwrap();
        let after = files(&root);
        let b = BTreeMap::from([("src/b.rs".to_owned(), B.as_bytes().to_vec())]);
        let others: BTreeMap<_, _> = after.iter().filter(|it| it.0 != "src/a.rs").map(|it| (it.0.clone(), it.1.clone())).collect();
        prop_assert_eq!(others, b);
        if by_lines {
            let all: Vec<&str> = A.split_inclusive('\n').collect();
            let text = String::from_utf8(after["src/a.rs"].clone()).unwrap();
            prop_assert!(text.starts_with(&all[..first - 1].concat()), "{}", text);
            prop_assert!(text.ends_with(&all[last..].concat()), "{}", text);
            prop_assert!(last == 5 || text.lines().count() > 5 - last + first - 2, "{}", text);
        }
    }
}

/// What answers are made of.
const PARTS: &[&str] = &[
    "src/a.rs\n<<<<<<< SEARCH\none();\n=======\nuno();\n>>>>>>> REPLACE",
    "src/a.rs\n<<<<<<< SEARCH\nthree();\n=======\ntres();\n>>>>>>> REPLACE",
    "<<<<<<< SEARCH\nfour();\n=======\n>>>>>>> REPLACE",
    "src/b.rs\n<<<<<<< SEARCH\nun();\n=======\nevil();\n>>>>>>> REPLACE",
    "<<<<<<< SEARCH\ntwo();\nthree();\n=======\nduo();\nx();\ntres();\n>>>>>>> REPLACE",
    "src/a.rs\n```rust\none();\ntwo();\nx();\nthree();\nfour();\nfive();\n```",
    "```rust\nduo();\n```",
    "```diff\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -4,2 +4,2 @@\n four();\n-five();\n+cinque();\n```",
    "```diff\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -2 +2 @@\n-two();\n+duo();\n\\ No newline at end of file\n```",
    "*** Begin Patch\n*** Update File: src/a.rs\n@@\n two();\n-three();\n+tres();\n*** End Patch",
    "*** Begin Patch\n*** Update File: src/a.rs\n*** Move to: src/c.rs\n@@\n-two();\n+duo();\n*** End Patch",
    "*** Begin Patch\n*** Delete File: src/b.rs\n*** End Patch",
    "*** Begin Patch\n*** Delete File: src/a.rs\n*** End Patch",
    "*** Begin Patch\n*** Add File: .vscode/tasks.json\n+{}\n*** End Patch",
    "diff --git a/src/a.rs b/src/a.rs\nold mode 100644\nnew mode 100755",
    "diff --git a/src/b.rs b/src/a.rs\nrename from src/b.rs\nrename to src/a.rs",
    "`src/a.rs`\n```rust\none();\n// ... existing code ...\nfive();\nsix();\n```",
    "<file path=\"Makefile\">\nall:\n</file>",
    "<edit path=\"src/a.rs\">\n<old_text>two();</old_text>\n<new_text>duo();</new_text>\n</edit>",
    "prose that says nothing",
    "uno();",
];
