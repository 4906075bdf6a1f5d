//! `FILE:LINE:COL` on the command line: read, checked against the file, and turned into an offset.

use crate::cli::Chosen;
use crate::cli::failure::Failure;
use crate::cli::here::Here;
use crate::config::problem::nearest;
use crate::display;
use anyhow::Context;
use hob_index::reader::{Reader, Refusal};
use std::path::{Path, PathBuf};

/// Larger files are hardly code, and nothing sensible is completed in them; in bytes.
const LARGEST: u64 = 20_000_000;

/// A place in a file, and the file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given.
    pub path: PathBuf,
    /// Its text, without a byte order mark.
    pub text: String,
    /// The place as a byte offset into `text`, on a character's boundary.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// What was written, before anything is looked up.
#[derive(Debug, PartialEq, Eq)]
struct Written<'a> {
    path: &'a str,
    line: &'a str,
    column: Option<&'a str>,
}

impl Place {
    /// Reads `FILE:LINE:COL` or `FILE:LINE` and the file that it names. `root_of` says which project a file is in; that is
    /// given back, too.
    ///
    /// # Errors
    /// The place doesn't exist, or the file is none that may be completed: a [`Failure`] that says which, and what to write instead.
    pub fn read(
        argument: &str,
        root_of: impl Fn(&Path) -> anyhow::Result<Chosen>,
    ) -> anyhow::Result<(Place, Chosen)> {
        // A root that can't be is reported below.
        let here = root_of(Path::new("."))
            .and_then(|it| Here::new(&it.root))
            .ok();
        let located = |it: &str| located(it, here.as_ref());
        let written = written(argument, |it| located(it).is_file())?;
        let path = located(written.path);
        let chosen = root_of(&path)?;
        let text = read_text(&path, &chosen.root)?;
        let place = find(&path, text, written.line, written.column)?;
        Ok((place, chosen))
    }
}

/// The file that a name means: as it is written, else as it counts from the project's root.
fn located(written: &str, here: Option<&Here>) -> PathBuf {
    let path = Path::new(written);
    let found = || here?.find(path).ok().filter(|it| it.exists());
    match path.exists() {
        true => path.to_owned(),
        false => found().unwrap_or_else(|| path.to_owned()),
    }
}

/// Splits the argument. Names of files may hold colons and digits: of several readings, the one whose file exists counts,
/// the one with a column first.
fn written(argument: &str, is_file: impl Fn(&str) -> bool) -> Result<Written<'_>, Failure> {
    // Compilers print `FILE:LINE:COL:`, and that is what gets pasted.
    let trimmed = argument.strip_suffix(':').unwrap_or(argument);
    let with_line = split_number(trimmed).map(|(path, line)| Written {
        path,
        line,
        column: None,
    });
    let with_column = with_line.as_ref().and_then(|it| {
        let (path, line) = split_number(it.path)?;
        Some(Written {
            path,
            line,
            column: Some(it.line),
        })
    });
    let readings = [with_column, with_line];
    let mut readings = readings.into_iter().flatten().peekable();
    if readings.peek().is_none() {
        return Err(no_line(trimmed, is_file));
    }
    let readings: Vec<Written<'_>> = readings.collect();
    match readings.iter().position(|it| is_file(it.path)) {
        Some(at) => Ok(readings.into_iter().nth(at).expect("found there")),
        // The whole argument may be a file's name, which then lacks its line.
        None if is_file(argument) => Err(no_line(argument, is_file)),
        None => Err(missing(readings[0].path)),
    }
}

fn split_number(text: &str) -> Option<(&str, &str)> {
    let (path, number) = text.rsplit_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
    (is_number && !path.is_empty()).then_some((path, number))
}

fn no_line(argument: &str, is_file: impl Fn(&str) -> bool) -> Failure {
    const HINT: &str =
        "write FILE:LINE:COL, for example src/main.rs:12:9, or FILE:LINE for the end of the line";
    let shown = display::name(argument);
    if is_file(argument) {
        return Failure::usage(format!("{shown}: the line is missing")).hint(HINT);
    }
    match argument.rsplit_once(':') {
        Some((path, number)) if is_file(path) => Failure::usage(format!(
            "`{}` in `{shown}` is no line number",
            display::name(number)
        ))
        .hint(HINT),
        _ if Path::new(argument).is_dir() => folder(argument),
        _ => missing(argument).hint(HINT),
    }
}

fn folder(path: &str) -> Failure {
    let shown = display::name(path);
    Failure::usage(format!("{shown} is a folder")).hint("name a file in it, as FILE:LINE:COL")
}

fn missing(path: &str) -> Failure {
    let given = Path::new(path);
    let shown = display::name(path);
    if given.is_dir() {
        return folder(path);
    }
    if given.exists() {
        return Failure::usage(format!("{shown} is no ordinary file"));
    }
    let failure = Failure::usage(format!("{shown} doesn't exist"));
    match nearest_file(given) {
        Some(it) => failure.hint(format!("did you mean {}?", display::path(&it))),
        None => failure,
    }
}

/// The most similar name in the same folder; and when the folder doesn't exist, the folder that was meant.
fn nearest_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?;
    let entries = match std::fs::read_dir(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }) {
        Ok(it) => it,
        Err(_) => return nearest_file(folder),
    };
    // Folders of a great many files are not worth the wait.
    let mut names: Vec<String> = entries
        .take(10_000)
        .filter_map(|it| it.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let lower: Vec<String> = names.iter().map(|it| it.to_lowercase()).collect();
    let found = nearest(name, lower.iter().map(String::as_str))?;
    let at = lower.iter().position(|it| it == found)?;
    Some(folder.join(&names[at]))
}

/// The text of a file as far as it is one of a project: a link in there must not lead out, for it is the project's author
/// who made it, not who names it.
fn read_text(path: &Path, root: &Path) -> anyhow::Result<String> {
    let shown = display::path(path);
    let full = std::path::absolute(path).with_context(|| format!("finding {shown}"))?;
    // With `--root` the file may be in another project.
    let root = match full.starts_with(root) {
        true => root.to_owned(),
        false => hob_index::project::repository(&full)
            .or_else(|| full.parent().map(Path::to_owned))
            .unwrap_or_else(|| full.clone()),
    };
    let bytes = match Reader::new(&root).read(&full, LARGEST) {
        Ok(content) => content.bytes,
        Err(refusal) => {
            let failure = Failure::failed(format!("{shown} {refusal}"));
            return Err(match refusal {
                Refusal::Secret => failure.hint("if it is ordinary code, give it another name"),
                Refusal::Outside => failure.hint("name the file that it leads to"),
                Refusal::TooLarge(_) => failure.hint("files of this size are not completed"),
                _ => failure,
            }
            .into());
        }
    };
    if bytes.contains(&0) {
        return Err(Failure::failed(format!("{shown} is binary, not text")).into());
    }
    let mut text = String::from_utf8(bytes).map_err(|err| {
        let valid = err.utf8_error().valid_up_to();
        let line = err.as_bytes()[..valid]
            .iter()
            .filter(|it| **it == b'\n')
            .count()
            + 1;
        Failure::failed(format!("{shown} isn't UTF-8 (line {line})")).hint("save it as UTF-8")
    })?;
    if hob_index::reader::holds_secret(&text) {
        return Err(Failure::failed(format!(
            "{shown} holds a private key, which no model gets to see"
        ))
        .into());
    }
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// The offset of a line and column. A line end is no column: `\r\n` and `\n` count alike.
fn find(path: &Path, text: String, line: &str, column: Option<&str>) -> Result<Place, Failure> {
    let shown = display::path(path);
    if [Some(line), column].contains(&Some("0")) {
        return Err(Failure::usage("lines and columns count from 1"));
    }
    // A number too large to read is past every end.
    let wanted_line: usize = line.parse().unwrap_or(usize::MAX);
    let found = text
        .split_inclusive('\n')
        // The cursor may stand behind the last line end.
        .chain(text.is_empty().then_some(""))
        .chain(text.ends_with('\n').then_some(""))
        .scan(0, |offset, it| {
            let start = *offset;
            *offset += it.len();
            Some((start, it))
        })
        .nth(wanted_line.saturating_sub(1));
    let Some((start, content)) = found else {
        let n_lines = text.lines().count().max(1);
        return Err(Failure::usage(format!(
            "{shown} has {}, there is no line {line}",
            counted(n_lines, "line")
        )));
    };
    let content = content.strip_suffix('\n').unwrap_or(content);
    let content = content.strip_suffix('\r').unwrap_or(content);
    let n_chars = content.chars().count();
    let column = match column {
        None => n_chars + 1,
        Some(it) => match it.parse() {
            Ok(wanted) if wanted <= n_chars + 1 => wanted,
            _ => {
                return Err(Failure::usage(format!(
                    "line {line} of {shown} has {}, there is no column {it}",
                    counted(n_chars, "character")
                ))
                .hint(format!(
                    "the last place in it is column {}, behind its end",
                    n_chars + 1
                )));
            }
        },
    };
    let within = content
        .char_indices()
        .nth(column - 1)
        .map_or(content.len(), |(it, _)| it);
    Ok(Place {
        path: path.to_owned(),
        offset: start + within,
        line: wanted_line,
        column,
        text,
    })
}

fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(argument: &str, files: &[&str], expected: Option<(&str, &str, Option<&str>)>) {
        let found = written(argument, |it| files.contains(&it));
        let found = found.as_ref().ok().map(|it| (it.path, it.line, it.column));
        assert_eq!(found, expected, "{argument}");
    }

    #[test]
    fn a_place_is_split_from_the_right() {
        check("a.rs:3:7", &["a.rs"], Some(("a.rs", "3", Some("7"))));
        check("a.rs:3", &["a.rs"], Some(("a.rs", "3", None)));
        check("a.rs:3:7:", &["a.rs"], Some(("a.rs", "3", Some("7"))));
        check(
            r"C:\x\y.rs:3:7",
            &[r"C:\x\y.rs"],
            Some((r"C:\x\y.rs", "3", Some("7"))),
        );
        check(
            r"C:\x\y.rs:3",
            &[r"C:\x\y.rs"],
            Some((r"C:\x\y.rs", "3", None)),
        );
        check("a:b.rs:3:7", &["a:b.rs"], Some(("a:b.rs", "3", Some("7"))));
    }

    #[test]
    fn names_that_end_in_numbers_are_told_by_what_exists() {
        check("a:3:7", &["a:3"], Some(("a:3", "7", None)));
        check("a:3:7", &["a:3", "a"], Some(("a", "3", Some("7"))));
        check("a:3:7:1", &["a:3", "a"], Some(("a:3", "7", Some("1"))));
    }

    #[test]
    fn what_has_no_line_is_refused() {
        for argument in [
            "a.rs", "a.rs:", "a.rs:x", "a.rs:-1", ":3", ":", "", "a.rs::", "::1:1",
        ] {
            check(argument, &["a.rs"], None);
        }
    }

    #[test]
    fn a_file_that_may_hold_secrets_is_not_even_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::create_dir(&path).unwrap();
        let err = read_text(&path, folder.path()).unwrap_err().to_string();
        assert!(err.contains(".env may hold secrets"), "{err}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_within_its_project_only() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("a.rs"), "ab").unwrap();
        std::fs::write(folder.path().join("b.rs"), "cd").unwrap();
        std::os::unix::fs::symlink("a.rs", root.join("in.rs")).unwrap();
        std::os::unix::fs::symlink("../b.rs", root.join("out.rs")).unwrap();
        let read = |path: &Path, root: &Path| read_text(path, root).map_err(|it| it.to_string());
        assert_eq!(read(&root.join("in.rs"), &root).as_deref(), Ok("ab"));
        let err = read(&root.join("out.rs"), &root).unwrap_err();
        assert!(err.contains("leads out of the project"), "{err}");
        // Another project's root doesn't help, and a file in no project is in its folder.
        assert!(read(&root.join("out.rs"), Path::new("/no/where")).is_err());
        assert_eq!(
            read(&folder.path().join("b.rs"), &root).as_deref(),
            Ok("cd")
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_character() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rs");
        std::fs::write(&path, "\u{feff}ab").unwrap();
        assert_eq!(read_text(&path, folder.path()).unwrap(), "ab");
    }

    #[track_caller]
    fn offset(text: &str, line: &str, column: Option<&str>) -> Result<usize, String> {
        find(Path::new("f"), text.to_owned(), line, column)
            .map(|it| it.offset)
            .map_err(|it| it.to_string())
    }

    #[test]
    fn columns_count_characters_and_lines_may_end_in_crlf() {
        assert_eq!(offset("aé😀b\n", "1", Some("4")), Ok(7));
        assert_eq!(offset("ab\r\ncd\r\n", "2", Some("1")), Ok(4));
        assert_eq!(offset("ab\r\ncd\r\n", "1", None), Ok(2));
        assert_eq!(offset("ab\ncd", "2", None), Ok(5));
        assert_eq!(offset("", "1", Some("1")), Ok(0));
        assert_eq!(
            offset("a\n", "2", Some("1")),
            Ok(2),
            "behind the last line end"
        );
    }

    #[test]
    fn places_past_the_end_name_the_actual_size() {
        let error = |text, line, column| offset(text, line, column).unwrap_err();
        assert_eq!(
            error("a\nb\n", "4", None),
            "f has 2 lines, there is no line 4"
        );
        assert_eq!(error("", "2", None), "f has 1 line, there is no line 2");
        assert_eq!(
            error("é\r\n", "1", Some("3")),
            "line 1 of f has 1 character, there is no column 3"
        );
        assert_eq!(
            error("a", "99999999999999999999999", None),
            "f has 1 line, there is no line 99999999999999999999999"
        );
        assert_eq!(error("a", "0", None), "lines and columns count from 1");
        assert_eq!(error("a", "1", Some("0")), "lines and columns count from 1");
    }
}
