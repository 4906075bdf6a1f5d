//! Search/replace blocks: `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, in the ways in which models write them.

use super::indent;
use super::refusal::{Kind, Problem};

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// What is searched and what replaces it. Where the text itself holds lines of `=`, every way to part it; the file
    /// decides.
    pub splits: Vec<(Vec<String>, Vec<String>)>,
    /// The line that was said to be the first, from 1.
    pub hint: Option<usize>,
    /// A file's name behind the first mark.
    pub name: Option<String>,
}

/// Words behind the first mark.
const SEARCH: &[&str] = &[
    "SEARCH", "ORIGINAL", "OLD", "BEFORE", "FIND", "HEAD", "CURRENT",
];
/// Words behind the last mark; it may also have none.
const REPLACE: &[&str] = &["REPLACE", "UPDATED", "NEW", "AFTER", "MODIFIED"];

/// Whether a block begins in this line.
pub(super) fn begins(line: &str) -> bool {
    first(line).is_some()
}

/// What stands behind the first mark.
fn first(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = run(line, '<').or_else(|| run(line, '-'))?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest).trim_start();
    let word = SEARCH.iter().find(|word| {
        rest.get(..word.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    })?;
    let rest = &rest[word.len()..];
    // `-----Before-----` is a heading, `<<<<<<< SEARCHING` nothing known.
    let dashes = line.starts_with('-');
    let ends = rest.trim_start_matches(['>', ':']).trim();
    if rest.starts_with(|it: char| it.is_alphanumeric() || it == '-') || dashes && !ends.is_empty()
    {
        return None;
    }
    if dashes && *word != "SEARCH" {
        return None;
    }
    Some(ends)
}

fn is_last(line: &str) -> bool {
    let line = line.trim();
    let Some(rest) = run(line, '>').or_else(|| run(line, '+').filter(|it| !it.trim().is_empty()))
    else {
        return false;
    };
    let rest = rest.trim_matches(|it: char| it == ' ' || it == '<' || it == ':');
    let word = |it: &&str| {
        rest.get(..it.len())
            .is_some_and(|rest| rest.eq_ignore_ascii_case(it))
    };
    match line.starts_with('+') {
        true => rest.eq_ignore_ascii_case("REPLACE"),
        false => rest.is_empty() || REPLACE.iter().any(word) || !rest.contains(' '),
    }
}

fn is_divider(line: &str) -> bool {
    run(line.trim(), '=') == Some("")
}

/// What stands behind five to nine of these.
fn run(line: &str, mark: char) -> Option<&str> {
    let rest = line.trim_start_matches(mark);
    let n = line.len() - rest.len();
    (5..=9).contains(&n).then_some(rest)
}

/// Reads the block that begins in the line `at`; also says where to go on.
pub(super) fn read(lines: &[&str], at: usize) -> (Result<Marked, Problem>, usize) {
    let margin = indent::of(lines[at]);
    let body = at + 1;
    let end = lines[body..]
        .iter()
        .position(|it| is_last(it) || begins(it))
        .map(|it| body + it);
    let malformed = |what: &str| {
        Problem::new(Kind::Malformed, what.to_owned())
            .at(at + 1)
            .detail("A block is `<<<<<<< SEARCH`, the lines as they are in the file, `=======`, the lines that replace them, `>>>>>>> REPLACE`.")
    };
    let Some(end) = end else {
        let what = "the search/replace block has no end: the answer was cut off";
        return (Err(malformed(what)), lines.len());
    };
    if begins(lines[end]) {
        return (Err(malformed("the search/replace block has no end")), end);
    }
    let is_indented = !margin.is_empty()
        && lines[body..end]
            .iter()
            .all(|it| it.trim().is_empty() || it.starts_with(margin));
    let mut lines_of: Vec<String> = lines[body..end]
        .iter()
        .map(|it| match is_indented {
            true => it.strip_prefix(margin).unwrap_or(it.trim_start()),
            false => it,
        })
        .map(str::to_owned)
        .collect();
    let hint = match header(&mut lines_of) {
        Ok(it) => it,
        Err(line) => {
            let what = format!("`{line}` has no line number");
            let problem = malformed(&what).detail(
                "Write the number of the first line, like `:start_line:12`, or leave it out.",
            );
            return (Err(problem), end + 1);
        }
    };
    let dividers: Vec<usize> = (0..lines_of.len())
        .filter(|it| is_divider(&lines_of[*it]))
        .collect();
    if dividers.is_empty() {
        return (
            Err(malformed("the search/replace block has no `=======`")),
            end + 1,
        );
    }
    let plain = |lines: &[String]| lines.iter().map(|it| unescaped(it)).collect();
    let marked = Marked {
        splits: dividers
            .iter()
            .map(|&it| (plain(&lines_of[..it]), plain(&lines_of[it + 1..])))
            .collect(),
        hint,
        name: first(lines[at])
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
    };
    (Ok(marked), end + 1)
}

/// Takes `:start_line:12` and what belongs to it off the top.
///
/// # Errors
/// The line whose number is none.
fn header(lines: &mut Vec<String>) -> Result<Option<usize>, String> {
    let number = |line: &str, key: &str| -> Option<Option<usize>> {
        let rest = line.trim().strip_prefix(key)?;
        // Not `:start_lines`.
        if rest.starts_with(|it: char| it.is_alphanumeric() || it == '_') {
            return None;
        }
        let rest = rest.trim_matches(|it: char| it == ':' || it == ' ');
        Some(rest.parse().ok())
    };
    let mut hint = None;
    let mut n = 0;
    while let Some(line) = lines.get(n) {
        let (start, end) = (number(line, ":start_line"), number(line, ":end_line"));
        match (start, end) {
            (None, None) => break,
            (Some(None), _) | (_, Some(None)) => return Err(line.trim().to_owned()),
            // Some count the line before the first one as 0.
            (Some(it), _) => hint = it.filter(|it| *it > 0),
            (None, Some(_)) => {}
        }
        n += 1;
    }
    if n > 0
        && lines
            .get(n)
            .is_some_and(|it| run(it.trim(), '-') == Some(""))
    {
        n += 1;
    }
    lines.drain(..n);
    Ok(hint)
}

/// Marks that belong to the text have a backslash in front.
fn unescaped(line: &str) -> String {
    match line.strip_prefix('\\') {
        Some(rest)
            if is_divider(rest) || begins(rest) || (run(rest, '>').is_some() && is_last(rest)) =>
        {
            rest.to_owned()
        }
        _ => line.to_owned(),
    }
}

/// Whether a line would be taken for the middle of a block.
pub(super) fn is_middle(line: &str) -> bool {
    is_divider(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_other_lines() {
        for good in [
            "<<<<<<< SEARCH",
            "<<<<< search",
            "<<<<<<<<< ORIGINAL",
            "<<<<<<< SEARCH>",
            "  <<<<<<< SEARCH src/a.rs",
            "------- SEARCH",
            "<<<<<<<SEARCH",
        ] {
            assert!(begins(good), "{good}");
        }
        for bad in [
            "<<<< SEARCH",
            "<<<<<<< SEARCHING",
            "------- Before",
            "<<<<<<<",
            "a << SEARCH",
        ] {
            assert!(!begins(bad), "{bad}");
        }
        for good in [
            ">>>>>>> REPLACE",
            ">>>>> updated",
            ">>>>>>>",
            "+++++++ REPLACE",
            ">>>>>>> main",
        ] {
            assert!(is_last(good), "{good}");
        }
        for bad in [
            ">>> REPLACE",
            ">>>>>>> and so on it goes",
            "+++++++",
            "++++++++ x",
        ] {
            assert!(!is_last(bad), "{bad}");
        }
    }

    #[test]
    fn every_way_to_part_a_block_is_told() {
        let lines = [
            "<<<<<<< SEARCH",
            "Title",
            "=====",
            "=======",
            "Other",
            ">>>>>>> REPLACE",
        ];
        let (marked, next) = read(&lines, 0);
        assert_eq!(marked.unwrap().splits.len(), 2);
        assert_eq!(next, 6);
    }

    #[test]
    fn a_line_number_that_is_none_is_named() {
        for header in [
            ":start_line:one",
            ":start_line:",
            ":start_line: -3",
            ":end_line:x",
            ":start_line:1.5",
            ":start_line:99999999999999999999999",
        ] {
            let lines = [
                "<<<<<<< SEARCH",
                header,
                "-------",
                "a",
                "=======",
                "b",
                ">>>>>>> REPLACE",
            ];
            let (marked, next) = read(&lines, 0);
            let message = marked.unwrap_err().message;
            assert!(message.contains(header), "{message}");
            assert_eq!(next, 7);
        }
        for (header, hint) in [
            (":start_line:12", Some(12)),
            (":start_line: 12", Some(12)),
            (":start_line:12:", Some(12)),
            (":start_line:0", None),
        ] {
            let lines = [
                "<<<<<<< SEARCH",
                header,
                "a",
                "=======",
                "b",
                ">>>>>>> REPLACE",
            ];
            assert_eq!(read(&lines, 0).0.unwrap().hint, hint, "{header}");
        }
    }

    #[test]
    fn a_block_without_an_end_is_a_problem() {
        let (marked, _) = read(&["<<<<<<< SEARCH", "a", "=======", "b"], 0);
        assert!(marked.unwrap_err().message.contains("cut off"));
    }
}
