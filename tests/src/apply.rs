//! Cases for applying answers: files, an answer, and what becomes of the files, in one notation.
//!
//! ```text
//! //- case a sentence that says what is right
//! //- /src/main.rs
//! fn main() {}
//! //- answer
//! (all that the assistant wrote)
//! //- after /src/main.rs
//! fn main() { run() }
//! ```
//!
//! - `//- /path` is a file before; `//- after /path` the same file, or a new one, afterwards. Other files stay as they are.
//! - `//- gone /path` is a file that is no longer there.
//! - `//- same` says that nothing changes, and that this is no mistake.
//! - `//- refused KIND…` says that the answer is refused, for one of these reasons if any are named.
//! - `no-newline` after a path: without the last line break. `␍` is a carriage return, `␠` a blank that would be invisible,
//!   `␉` a tab, `␀` a NUL, `␖` the byte 0xE9 (no UTF-8), `␂` a byte order mark, `␛` an
//!   escape.

use crate::tools;
use std::collections::BTreeMap;
use std::fs;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file that it stands in.
    pub file: String,
    /// What is right, as a sentence.
    pub name: String,
    /// The files before, by their paths from the root.
    pub before: BTreeMap<String, Vec<u8>>,
    /// The answer.
    pub answer: String,
    /// What is right.
    pub outcome: Outcome,
}

/// How a case ends.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The files afterwards, all of them.
    Applied(BTreeMap<String, Vec<u8>>),
    /// Nothing changes; for one of these reasons, if there are any.
    Refused(Vec<String>),
}

/// All cases of `tests/fixtures/apply`.
///
/// # Panics
///
/// When one isn't in the notation.
pub fn cases() -> Vec<Case> {
    let folder = tools::workspace().join("tests/fixtures/apply");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the fixtures")
        .map(|it| it.expect("an entry").path())
        .filter(|it| it.extension().is_some_and(|it| it == "txt"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&file).expect("a fixture");
        for part in text.split("//- case ").skip(1) {
            all.push(parse(&name, part));
        }
    }
    all
}

fn parse(file: &str, text: &str) -> Case {
    let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in rest.split_inclusive('\n') {
        match (line.strip_prefix("//- "), sections.last_mut()) {
            (Some(header), _) => sections.push((header.trim_end(), String::new())),
            (None, Some((_, body))) => body.push_str(line),
            (None, None) => assert!(
                line.trim().is_empty(),
                "{file}: {name}: text before a section"
            ),
        }
    }
    let mut before = BTreeMap::new();
    let mut after: Option<BTreeMap<String, Vec<u8>>> = None;
    let mut refused = None;
    let mut answer = None;
    for (header, body) in sections {
        let mut change = |path: &str, bytes: Option<Vec<u8>>| {
            let after = after.get_or_insert_with(|| before.clone());
            match bytes {
                Some(bytes) => after.insert(path.to_owned(), bytes),
                None => after.remove(path),
            };
        };
        let (path, no_newline) = match header.strip_suffix(" no-newline") {
            Some(it) => (it, true),
            None => (header, false),
        };
        let body = match no_newline {
            true => body.strip_suffix('\n').unwrap_or(&body).to_owned(),
            false => body,
        };
        if let Some(path) = path.strip_prefix("after /") {
            change(path, Some(bytes(&body)));
        } else if let Some(path) = path.strip_prefix("gone /") {
            change(path, None);
        } else if let Some(path) = path.strip_prefix('/') {
            before.insert(path.to_owned(), bytes(&body));
        } else if header == "answer" {
            answer = Some(String::from_utf8(bytes(&body)).expect("an answer is UTF-8"));
        } else if header == "same" {
            after.get_or_insert_with(|| before.clone());
        } else if let Some(kinds) = header.strip_prefix("refused") {
            refused = Some(kinds.split_whitespace().map(str::to_owned).collect());
        } else {
            panic!("{file}: {name}: `{header}` is no section");
        }
    }
    let outcome = match (after, refused) {
        (Some(after), None) => Outcome::Applied(after),
        (None, Some(kinds)) => Outcome::Refused(kinds),
        _ => panic!("{file}: {name}: one of `after`, `gone`, `same`, `refused` is needed"),
    };
    Case {
        file: file.to_owned(),
        name: name.trim().to_owned(),
        before,
        answer: answer.unwrap_or_else(|| panic!("{file}: {name}: no answer")),
        outcome,
    }
}

/// A text with what can't be seen.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4];
    for it in text.chars() {
        match it {
            '␍' => bytes.push(b'\r'),
            '␠' => bytes.push(b' '),
            '␉' => bytes.push(b'\t'),
            '␀' => bytes.push(0),
            '␛' => bytes.push(0x1B),
            '␖' => bytes.push(0xE9),
            '␂' => bytes.extend_from_slice("\u{FEFF}".as_bytes()),
            it => bytes.extend_from_slice(it.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    bytes
}
