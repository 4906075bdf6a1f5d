//! Answers for a file or some lines of it that the caller names, texts of open documents, and what a refusal tells the model.

use crate::assist::apply::refusal::{Kind, Refusal};
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Target, Workspace, plan};
use expect_test::expect;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

const CODE: &str =
    "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n";

fn applied(lines: Option<RangeInclusive<usize>>, answer: &str) -> Result<String, Refusal> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.py"), CODE).unwrap();
    let workspace = Workspace {
        root: folder.path(),
        open: &|_| None,
    };
    let target = Target {
        path: PathBuf::from("a.py"),
        lines,
    };
    let patch = plan(answer, &workspace, Some(&target), &Scope::Root)?;
    let after = patch.files.first().and_then(|it| it.after.clone());
    Ok(after.map_or(CODE.to_owned(), |it| String::from_utf8(it).unwrap()))
}

#[test]
fn code_without_a_name_replaces_the_lines_in_their_indentation() {
    let expected = CODE.replace("return 1", "return 10");
    for answer in [
        "```python\n    def f(self):\n        return 10\n```\n",
        "Here:\n\n```python\ndef f(self):\n    return 10\n```\nDone.\n",
        "def f(self):\n    return 10\n",
        "<think>hm</think>\n```\n    def f(self):\n        return 10\n```",
        "a.py\n```python\ndef f(self):\n    return 10\n```\n",
    ] {
        assert_eq!(applied(Some(2..=3), answer).unwrap(), expected, "{answer}");
    }
}

#[test]
fn blocks_without_a_name_are_for_the_target() {
    let block = "<<<<<<< SEARCH\n        return 2\n=======\n        return 3\n>>>>>>> REPLACE\n";
    let expected = CODE.replace("return 2", "return 3");
    assert_eq!(applied(Some(2..=3), block).unwrap(), expected);
    assert_eq!(applied(None, block).unwrap(), expected);
    let function = "```python\ndef g(self):\n    return 3\n```";
    assert_eq!(applied(None, function).unwrap(), expected);
}

#[test]
fn several_codes_for_the_same_lines_are_refused_and_commands_are_left_out() {
    let two = "```python\nx\n```\nor\n```python\ny\n```\n";
    assert_eq!(
        applied(Some(2..=3), two).unwrap_err().problems[0].kind,
        Kind::Unclear
    );
    let command =
        "```python\n    def f(self):\n        return 10\n```\nThen:\n```sh\npytest\n```\n";
    assert!(applied(Some(2..=3), command).unwrap().contains("return 10"));
}

#[test]
fn what_leaves_something_out_is_not_written_into_a_region() {
    let answer = "```python\ndef f(self):\n    # ... existing code ...\n```\n";
    assert_eq!(
        applied(Some(2..=3), answer).unwrap_err().problems[0].kind,
        Kind::Unclear
    );
}

#[test]
fn the_text_of_an_open_document_counts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.py"), "x = 1\n").unwrap();
    let name = folder.path().join("a.py");
    let open = |it: &Path| (it == name).then(|| "x = 2\n".to_owned());
    let workspace = Workspace {
        root: folder.path(),
        open: &open,
    };
    let answer = "a.py\n<<<<<<< SEARCH\nx = 2\n=======\nx = 3\n>>>>>>> REPLACE\n";
    let patch = plan(answer, &workspace, None, &Scope::Root).unwrap();
    assert_eq!(
        patch.files[0].before.as_deref(),
        Some(b"x = 2\n".as_slice())
    );
    // On disk there is something else: nothing is written over it.
    assert_eq!(
        patch.write(folder.path(), None).unwrap_err().problems[0].kind,
        Kind::Changed
    );
}

#[test]
fn the_model_is_told_what_stands_in_the_file() {
    let answer = "<<<<<<< SEARCH\n    def f(self, x):\n        return 1\n=======\n    pass\n>>>>>>> REPLACE\n";
    let refusal = applied(None, answer).unwrap_err();
    expect![[r#"
        Your answer was not applied; no file was changed.

        a.py: the 2 lines that are to be changed aren't in the file (line 1 of the answer).
        Searched:
                def f(self, x):
                    return 1
        The most similar lines of the file are:
            2 |     def f(self):
            3 |         return 1
        Copy the lines exactly as they are in the file, without the numbers.
    "#]]
    .assert_eq(&refusal.for_model());
}
