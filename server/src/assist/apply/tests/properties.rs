//! What holds for any text and any answer.

use crate::assist::apply::patch::{FilePatch, Patch};
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Workspace, plan};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::PathBuf;

/// Plans an answer for one file in a project of its own; also says whether anything on disk changed.
fn planned(name: &str, text: &[u8], answer: &str) -> (Result<Patch, Refusal>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join(name), text).unwrap();
    std::fs::write(folder.path().join("outside"), "kept").unwrap();
    let workspace = Workspace {
        root: &root,
        open: &|_| None,
    };
    let patch = plan(answer, &workspace, None, &Scope::Root);
    if let Ok(patch) = &patch {
        let real = std::fs::canonicalize(&root).unwrap();
        for file in &patch.files {
            assert!(file.real.starts_with(&real), "{}", file.path);
        }
    }
    let n = std::fs::read_dir(folder.path()).unwrap().count()
        + std::fs::read_dir(&root).unwrap().count();
    let same = n == 3
        && std::fs::read(root.join(name)).unwrap() == text
        && std::fs::read(folder.path().join("outside")).unwrap() == b"kept";
    (patch, same)
}

/// Lines of which many are the same, and some are blank or indented.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        Just(String::new()),
        "[ab]{1,2}",
        " {0,4}[a-d]{1,3}\\(\\);",
        "\t{0,2}[a-d]{1,3} = [0-9];",
        "[}{=<>-]{1,8}",
        "é[a-c]",
    ];
    prop::collection::vec(line, 1..14)
}

/// A stretch of the lines, and what takes its place.
fn edit() -> impl Strategy<Value = (Vec<String>, usize, usize, Vec<String>)> {
    (
        lines(),
        0_usize..14,
        0_usize..3,
        prop::collection::vec("[ ]{0,4}[a-z]{3,9}\\(\\);", 0..3),
    )
}

/// What an answer with a known meaning must come to: just that, or a refusal.
fn check(text: &str, answer: &str, expected: &str) -> Result<bool, TestCaseError> {
    let (patch, same) = planned("f.txt", text.as_bytes(), answer);
    prop_assert!(same);
    match patch {
        Err(_) => Ok(false),
        Ok(patch) => {
            let found = patch.files.first().and_then(|it| it.after.clone());
            let found = found.unwrap_or_else(|| text.as_bytes().to_vec());
            prop_assert_eq!(String::from_utf8_lossy(&found), expected, "{}", answer);
            Ok(true)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_of_everything_comes_to_just_that((old, at, len, new) in edit(), ends in any::<bool>()) {
        let (at, old_len) = (at.min(old.len()), old.len());
        let len = len.min(old_len - at);
        let mut after = old.clone();
        after.splice(at..at + len, new.clone());
        let end = if ends { "\n" } else { "" };
        let join = |lines: &[String]| if lines.is_empty() { String::new() } else { lines.join("\n") + end };
        let (before, after) = (join(&old), join(&after));
        prop_assume!(before != after && !after.is_empty() && before.trim() != "" && after.trim() != "");
        let patch = FilePatch {
            path: "f.txt".into(),
            real: PathBuf::new(),
            before: Some(before.clone().into_bytes()),
            after: Some(after.clone().into_bytes()),
            mode: None,
            like: None,
            attributes: None,
        };
        // The edits lead from one to the other.
        let mut edited = String::new();
        let mut from = 0;
        for edit in patch.edits() {
            edited.push_str(&before[from..edit.range.start]);
            edited.push_str(&edit.text);
            from = edit.range.end;
        }
        edited.push_str(&before[from..]);
        prop_assert_eq!(&edited, &after);
        // And so does the diff, if it isn't refused.
        check(&before, &patch.diff(), &after)?;
    }

    #[test]
    fn a_block_comes_to_just_that_or_nothing((old, at, len, new) in edit(), around in 0_usize..4) {
        let at = at.min(old.len());
        let len = len.min(old.len() - at);
        let (from, to) = (at.saturating_sub(around), (at + len + around).min(old.len()));
        let marks = |it: &String| it.contains("<<<<<") || it.contains("=====") || it.contains(">>>>>") || it.contains("-----");
        prop_assume!(!old.iter().any(marks));
        let mut after = old.clone();
        after.splice(at..at + len, new.clone());
        let lines = |lines: &[String]| lines.iter().map(|it| format!("{it}\n")).collect::<String>();
        let replace = [&old[from..at], &new[..], &old[at + len..to]].concat();
        let (search, replace) = (&old[from..to], &replace[..]);
        // A place that is there twice may be refused; where it is there once, nothing is.
        let n = old.windows(search.len().max(1)).filter(|it| *it == search).count();
        prop_assume!(n < 2 && search.iter().any(|it| !it.trim().is_empty()));
        let answer = format!("f.txt\n<<<<<<< SEARCH\n{}=======\n{}>>>>>>> REPLACE\n", lines(search), lines(replace));
        let (before, after) = (lines(&old), lines(&after));
        // What is there already is left alone: this is another rule.
        prop_assume!(!before.contains(&lines(replace)) || replace.is_empty());
        prop_assert!(check(&before, &answer, &after)?, "{}", answer);
    }

    #[test]
    fn whatever_the_answer_is_nothing_panics_and_nothing_is_written(parts in prop::collection::vec(0_usize..PARTS.len(), 0..30), noise in ".{0,20}") {
        let mut answer = String::new();
        for part in parts {
            let _ = writeln!(answer, "{}", PARTS[part]);
        }
        answer.push_str(&noise);
        let (_, same) = planned("a.py", b"def f():\n    x = 1\n    y = 2\n\ndef g():\n    x = 1\n", &answer);
        prop_assert!(same);
        let (_, same) = planned("a.py", b"\xff\xfe\r\nx\r\r\n\0", &answer);
        prop_assert!(same);
    }
}

/// What answers are made of.
const PARTS: &[&str] = &[
    "a.py",
    "`a.py`",
    "### b.py",
    "**../outside**",
    "```",
    "```python",
    "````",
    "~~~",
    "```diff",
    "<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "    x = 1",
    "x = 1",
    "    y = 2",
    "    y = 3",
    "def f():",
    "def g():",
    "",
    "+    z = 1",
    "-    x = 1",
    "     x = 1",
    "--- a/a.py",
    "+++ b/a.py",
    "--- /dev/null",
    "+++ b/../outside",
    "@@ -1,3 +1,4 @@",
    "@@",
    "@@ def g():",
    "*** Begin Patch",
    "*** Update File: a.py",
    "*** Add File: ../outside",
    "*** Move to: c.py",
    "*** End Patch",
    "*** Delete File: a.py",
    "# ...",
    "...",
    "    # ... existing code ...",
    "<think>",
    "</think>",
    "<file path=\"a.py\">",
    "</file>",
    "<edit path=\"a.py\">",
    "<old_text>x = 1</old_text>",
    "<new_text>x = 2</new_text>",
    "</edit>",
    "diff --git a/a.py b/c.py",
    "rename from a.py",
    "rename to c.py",
    "new file mode 100755",
    "\\ No newline at end of file",
    "# a.py",
    ":start_line:2",
    "-------",
    "replace:",
    "with:",
    "é\u{10FFE9}",
    "\r",
    "\t",
];

/// A Markdown file of paragraphs and fenced code, with blank lines round them or not.
fn page() -> impl Strategy<Value = Vec<String>> {
    let own = |it: &str| it.to_owned();
    let text = prop_oneof![
        Just("# Title"),
        Just("Some text."),
        Just("Run:"),
        Just("x.py")
    ];
    let text = text.prop_map(move |it| vec![own(it)]);
    let code = prop::collection::vec(prop_oneof![Just("ls"), Just("build:"), Just("x.py")], 1..3);
    let fences = prop_oneof![
        Just(("```", "```")),
        Just(("```sh", "```")),
        Just(("~~~", "~~~")),
        Just(("   ```", "   ```")),
        Just(("- ```", "  ```")),
        Just(("> ```", "> ```")),
    ];
    let block = (fences, code).prop_map(move |((open, close), code)| {
        let mut lines = vec![own(open)];
        lines.extend(code.into_iter().map(own));
        lines.push(own(close));
        lines
    });
    let parts = prop::collection::vec((prop_oneof![text, block], any::<bool>()), 1..6);
    parts.prop_map(|parts| {
        let mut lines = Vec::new();
        for (part, blank) in parts {
            lines.extend(part);
            if blank {
                lines.push(String::new());
            }
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_markdown_file_below_its_name_comes_to_just_that_or_nothing(
        page in page(),
        info in prop_oneof![Just("md"), Just("markdown"), Just("")],
        behind in prop_oneof![
            Just(""),
            Just("\nDone.\n"),
            Just("\nThen run:\n\n```\nls\n```\n"),
            Just("\nThen run\n```\nls\n```\n"),
            Just("\n```sh\nls\n```\n"),
            Just("\n`x.py`\n```python\nx = 2\n```\n"),
            Just("\nb.md\n```md\n# B\n\n```\nb\n```\n\nEnd.\n```\n"),
        ],
    ) {
        let text = page.join("\n") + "\n";
        let answer = format!("a.md\n```{info}\n{text}```\n{behind}");
        let (patch, same) = planned("old.md", b"old\n", &answer);
        prop_assert!(same);
        if let Ok(patch) = patch {
            let found = patch.files.iter().find(|it| it.path == "a.md").and_then(|it| it.after.clone());
            let found = String::from_utf8(found.unwrap_or_default()).unwrap();
            prop_assert_eq!(&found, &text, "{}", answer);
        }
    }
}
