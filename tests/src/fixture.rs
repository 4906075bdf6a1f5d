//! The fixture notation: a small workspace, a cursor, a model's answer and settings, in one string.
//!
//! ```text
//! //- /src/shape.rs
//! pub fn area(width: f32, height: f32) -> f32 { width * height }
//! //- /src/notes.md open
//! In the editor only.
//! //- /src/main.rs
//! fn main() { let a = shape::$0; }
//! //- model
//! area(2.0, 3.0);
//! //- settings
//! { "autocomplete": { "multiline": "never" } }
//! ```
//!
//! - `//- /path` starts a file; the path counts from the workspace's root. Without any header the text is `/main.rs`.
//! - `$0` is the cursor, a second `$0` the other end of a selection; `\$0` is a plain `$0`.
//! - The file that holds `$0` is open in the editor and on disk; the others are on disk only. `open` after a path means an
//!   unsaved buffer: open in the editor and not on disk.
//! - `//- model` is what the model answers, without the last line break.
//! - `//- settings` is JSON, the tree of the configuration file.
//! - A line break right after the opening quote is dropped, so that a fixture may start on a line of its own.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A parsed fixture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fixture {
    /// The files, in the order written.
    pub files: Vec<FixtureFile>,
    /// The cursor, if there is one.
    pub cursor: Option<Cursor>,
    /// What the model answers.
    pub model: Option<String>,
    /// The settings, a JSON object.
    pub settings: Option<Value>,
}

/// One file of a fixture.
#[derive(Clone, Debug, PartialEq)]
pub struct FixtureFile {
    /// Below the workspace's root, parted by `/`, without a slash in front.
    pub path: String,
    /// The text, without cursor marks.
    pub text: String,
    /// Whether the editor has it open.
    pub open: bool,
    /// Whether it is on disk.
    pub saved: bool,
}

/// The cursor or selection.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// Which of [`Fixture::files`].
    pub file: usize,
    /// Byte offsets into its text; empty for a cursor.
    pub range: Range<usize>,
}

impl Fixture {
    /// Parses the notation of the module's documentation.
    ///
    /// # Panics
    ///
    /// When the text is not in that notation.
    #[track_caller]
    pub fn parse(text: &str) -> Fixture {
        match parse(text) {
            Ok(it) => it,
            Err(error) => panic!("not a fixture: {error:#}\n{text}"),
        }
    }

    /// The file with the cursor, and the cursor's byte offset (its end, for a selection).
    ///
    /// # Panics
    ///
    /// When there is no cursor.
    #[track_caller]
    pub fn at_cursor(&self) -> (&FixtureFile, usize) {
        let cursor = self.cursor.as_ref().expect("the fixture has no cursor");
        (&self.files[cursor.file], cursor.range.end)
    }

    /// The cursor as the command line writes it: `path:line:column`, both from 1, the column in characters.
    ///
    /// # Panics
    ///
    /// When there is no cursor.
    #[track_caller]
    pub fn place(&self) -> String {
        let (file, offset) = self.at_cursor();
        let before = &file.text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before[before.rfind('\n').map_or(0, |it| it + 1)..]
            .chars()
            .count()
            + 1;
        format!("{}:{line}:{column}", file.path)
    }

    /// Writes the saved files below `root`, which is given a `.git` folder: a project's root as Hob sees it.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, root: &Path) -> Result<()> {
        fs::create_dir_all(root.join(".git"))?;
        for file in self.files.iter().filter(|it| it.saved) {
            let path = file.path_below(root);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, &file.text).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }
}

impl FixtureFile {
    /// Where the file is, or would be, when the fixture is written to `root`.
    pub fn path_below(&self, root: &Path) -> PathBuf {
        let mut path = root.to_owned();
        path.extend(self.path.split('/'));
        path
    }
}

/// What a header line starts.
enum Section {
    File { path: String, open: bool },
    Model,
    Settings,
}

fn parse(text: &str) -> Result<Fixture> {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let mut fixture = Fixture::default();
    let mut section = Section::File {
        path: "main.rs".to_owned(),
        open: false,
    };
    let mut body = String::new();
    let mut seen_header = false;
    for line in text.split_inclusive('\n') {
        let Some(header) = line.strip_prefix("//- ") else {
            body.push_str(line);
            continue;
        };
        if seen_header {
            fixture.add(section, &body)?;
        } else {
            ensure!(body.trim().is_empty(), "text before the first header");
            seen_header = true;
        }
        section = parse_header(header.trim())?;
        body.clear();
    }
    fixture.add(section, &body)?;
    Ok(fixture)
}

fn parse_header(header: &str) -> Result<Section> {
    match header {
        "model" => return Ok(Section::Model),
        "settings" => return Ok(Section::Settings),
        _ => {}
    }
    let Some(path) = header.strip_prefix('/') else {
        bail!("`//- {header}`: expected a path that starts with `/`, `model` or `settings`");
    };
    let (path, open) = match path.strip_suffix(" open") {
        Some(path) => (path.trim_end(), true),
        None => (path, false),
    };
    ensure!(
        !path.is_empty() && !path.split('/').any(|it| matches!(it, "" | "." | "..")),
        "`{path}` is no file's path"
    );
    Ok(Section::File {
        path: path.to_owned(),
        open,
    })
}

impl Fixture {
    fn add(&mut self, section: Section, body: &str) -> Result<()> {
        match section {
            Section::File { path, open } => {
                ensure!(
                    self.files.iter().all(|it| it.path != path),
                    "`{path}` stands there twice"
                );
                let (text, marks) = take_marks(body);
                if let (Some(&first), Some(&last)) = (marks.first(), marks.last()) {
                    ensure!(marks.len() <= 2, "more than two `$0` in `{path}`");
                    ensure!(self.cursor.is_none(), "a second file with `$0`: `{path}`");
                    self.cursor = Some(Cursor {
                        file: self.files.len(),
                        range: first..last,
                    });
                }
                self.files.push(FixtureFile {
                    path,
                    text,
                    open: open || !marks.is_empty(),
                    saved: !open,
                });
            }
            Section::Model => {
                ensure!(self.model.is_none(), "`//- model` stands there twice");
                self.model = Some(body.strip_suffix('\n').unwrap_or(body).to_owned());
            }
            Section::Settings => {
                ensure!(self.settings.is_none(), "`//- settings` stands there twice");
                let value: Value =
                    serde_json::from_str(body).context("the settings are not JSON")?;
                ensure!(value.is_object(), "the settings are not a JSON object");
                self.settings = Some(value);
            }
        }
        Ok(())
    }
}

/// The text without its `$0`, and where they stood in what is left.
fn take_marks(body: &str) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut rest = body;
    while let Some(found) = rest.find("$0") {
        let before = &rest[..found];
        rest = &rest[found + 2..];
        if let Some(before) = before.strip_suffix('\\') {
            text.push_str(before);
            text.push_str("$0");
        } else {
            text.push_str(before);
            marks.push(text.len());
        }
    }
    text.push_str(rest);
    (text, marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_files_cursor_model_and_settings() {
        let fixture = Fixture::parse(
            r#"
//- /src/shape.rs
pub fn area() {}
//- /notes.md open
In the editor only.
//- /src/main.rs
fn main() {
    "é", $0
}
//- model
first
second
//- settings
{ "autocomplete": { "enabled": true } }
"#,
        );
        let files: Vec<_> = fixture
            .files
            .iter()
            .map(|it| (it.path.as_str(), it.text.as_str(), it.open, it.saved))
            .collect();
        assert_eq!(
            files,
            [
                ("src/shape.rs", "pub fn area() {}\n", false, true),
                ("notes.md", "In the editor only.\n", true, false),
                ("src/main.rs", "fn main() {\n    \"é\", \n}\n", true, true),
            ]
        );
        assert_eq!(
            fixture.cursor,
            Some(Cursor {
                file: 2,
                range: 22..22
            })
        );
        assert_eq!(fixture.place(), "src/main.rs:2:10");
        assert_eq!(fixture.model.as_deref(), Some("first\nsecond"));
        assert_eq!(
            fixture.settings,
            Some(serde_json::json!({ "autocomplete": { "enabled": true } }))
        );
    }

    #[test]
    fn text_without_a_header_is_one_file() {
        let fixture = Fixture::parse("let x = $0;");
        assert_eq!(fixture.files[0].path, "main.rs");
        assert_eq!(fixture.at_cursor().1, 8);
    }

    #[test]
    fn two_marks_are_a_selection_and_an_escaped_mark_is_text() {
        let fixture = Fixture::parse(r"echo \$0 $0two$0");
        assert_eq!(fixture.files[0].text, "echo $0 two");
        assert_eq!(
            fixture.cursor,
            Some(Cursor {
                file: 0,
                range: 8..11
            })
        );
    }

    #[test]
    fn carriage_returns_are_kept() {
        let fixture = Fixture::parse("//- /a.rs\r\nlet a;\r\n$0\r\n");
        assert_eq!(fixture.files[0].path, "a.rs");
        assert_eq!(fixture.files[0].text, "let a;\r\n\r\n");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, message) in [
            ("//- src/main.rs\n", "expected a path that starts with `/`"),
            ("//- /../x\n", "is no file's path"),
            ("//- /a\n//- /a\n", "stands there twice"),
            ("//- /a\n$0\n//- /b\n$0\n", "a second file with `$0`"),
            ("stray\n//- /a\n", "text before the first header"),
            ("//- settings\n[]\n", "not a JSON object"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(message), "{text:?} → {error}");
        }
    }

    #[test]
    fn what_is_saved_is_written() {
        let folder = tempfile::tempdir().unwrap();
        Fixture::parse("//- /a/b.txt\nsaved\n//- /c.txt open\nunsaved\n")
            .write(folder.path())
            .unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("a/b.txt")).unwrap(),
            "saved\n"
        );
        assert!(!folder.path().join("c.txt").exists());
        assert!(folder.path().join(".git").is_dir());
    }
}
