//! Names that only the project can tell from prose: with blanks, in git's quotes, with escapes of shells or of links.

use super::super::unified;
use super::is_path;
use super::words::LABELS;
use percent_encoding::percent_decode_str;

/// Of so many words of a line it is tried whether they are one name.
const MOST_WORDS: usize = 8;
/// Marks round a name.
const MARKS: &[char] = &[
    '*', '`', '"', '\'', '#', ':', ',', '<', '>', '(', ')', '[', ']', ' ', '\t', '“', '”', '‘',
    '’', '«', '»', '„',
];

/// The name of a file that a text stands for, where it isn't simply that name: blanks and letters may be escaped.
pub(super) fn of(text: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || !text.contains([' ', '\\', '%']) {
        return None;
    }
    let mut forms = vec![text.to_owned()];
    if text.contains('\\') {
        forms.push(unified::unquoted(&format!("\"{text}\"")));
        forms.push(text.replace("\\ ", " "));
    }
    if text.contains('%')
        && let Ok(it) = percent_decode_str(text).decode_utf8()
    {
        forms.push(it.into_owned());
    }
    forms.into_iter().find(|it| exists(it))
}

/// The file that all of a line names, but for marks and words of a label round it.
pub(super) fn of_line(line: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut rest = line.trim();
    for _ in 0..MOST_WORDS {
        let plain = rest.trim_matches(MARKS);
        // `x.py (new file)`
        let head = plain
            .split_once(" (")
            .map_or(plain, |it| it.0.trim_matches(MARKS));
        if let Some(known) = of(rest, exists)
            .or_else(|| of(plain, exists))
            .or_else(|| of(head, exists))
        {
            return Some(known);
        }
        // The next word is a label's, a mark or a number: `1. **File:** `.
        let (word, behind) = rest.split_once(char::is_whitespace)?;
        let is_label = word
            .split(|it: char| !it.is_alphanumeric())
            .filter(|it| !it.is_empty())
            .all(|it| {
                LABELS.contains(&it.to_lowercase().as_str())
                    || it.chars().all(|it| it.is_ascii_digit())
            });
        if !is_label {
            return None;
        }
        rest = behind.trim_start();
    }
    None
}

/// The one file that some words of a line name together, and the line without them.
pub(super) fn within(line: &str, exists: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    // Long lines are prose.
    if words.len() > 40 {
        return None;
    }
    let mut found: Option<(usize, usize, String)> = None;
    for end in 0..words.len() {
        if !words[end].contains(['.', '/', '\\']) {
            continue;
        }
        for start in (end + 1).saturating_sub(MOST_WORDS)..end {
            let text = words[start..=end].join(" ");
            let name = text
                .trim_matches(MARKS)
                .trim_end_matches(['.', ';', '!', '?']);
            let Some(known) =
                of(name, exists).filter(|_| is_path(name, true) || name.contains('\\'))
            else {
                continue;
            };
            match &found {
                Some((known_start, known_end, _)) if *known_start <= start && end <= *known_end => {
                }
                Some((known_start, known_end, _)) if start <= *known_start && *known_end <= end => {
                    found = Some((start, end, known));
                }
                // Two names say nothing.
                Some(_) => return None,
                None => found = Some((start, end, known)),
            }
            break;
        }
    }
    let (start, end, known) = found?;
    let rest = [&words[..start], &words[end + 1..]].concat().join(" ");
    Some((known, rest))
}

/// The file that a link leads to, where its text is no file's name.
pub(super) fn of_link(link: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    if exists(text) {
        return None;
    }
    let target = link.split_once("](")?.1.trim_end_matches(')');
    let target = target.split(['#', '?']).next().unwrap_or(target);
    let target = target.trim_matches(['<', '>']);
    match exists(target) {
        true => Some(target.to_owned()),
        false => of(target, exists),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Named, of_comment, of_info, of_line};

    fn exists(name: &str) -> bool {
        ["my dir/größe.py", "read me first.md", "a/b.py", "src/x.rs"].contains(&name)
    }

    #[test]
    fn names_with_blanks_are_found_in_lines() {
        for text in [
            "my dir/größe.py",
            "my dir/größe.py:",
            "`my dir/größe.py`",
            "**my dir/größe.py**",
            "### my dir/größe.py",
            "### `my dir/größe.py`",
            "**File:** my dir/größe.py",
            "**File: my dir/größe.py**",
            "File: `my dir/größe.py`",
            "1. my dir/größe.py",
            "- **my dir/größe.py**:",
            "\"my dir/größe.py\"",
            "'my dir/größe.py'",
            "„my dir/größe.py“",
            "my\\ dir/größe.py",
            "`my\\ dir/größe.py`",
            "\"my dir/gr\\303\\266\\303\\237e.py\"",
            "my dir/größe.py (new file)",
            "Update my dir/größe.py:",
            "[größe.py](my%20dir/gr%C3%B6%C3%9Fe.py)",
            "[größe.py](<my dir/größe.py>)",
            "my dir\\größe.py",
        ] {
            let found = of_line(text, &|it| exists(&it.replace('\\', "/")));
            let path = found.map(|it| it.path().replace('\\', "/"));
            assert_eq!(path.as_deref(), Some("my dir/größe.py"), "{text}");
        }
        let found = of_line("In my dir/größe.py, change this:", &exists);
        assert_eq!(found.unwrap().path(), "my dir/größe.py");
        let found = of_line("We add a note to read me first.md:", &exists);
        assert_eq!(found, Some(Named::Sentence("read me first.md".to_owned())));
    }

    #[test]
    fn lines_with_two_names_or_plain_names_are_as_before() {
        assert_eq!(
            of_line("Move my dir/größe.py to read me first.md:", &exists),
            None
        );
        assert_eq!(
            of_line("Change a/b.py:", &exists),
            Some(Named::Label("a/b.py".to_owned()))
        );
    }

    #[test]
    fn names_with_blanks_are_found_behind_fences_and_in_comments() {
        for info in [
            "python my dir/größe.py",
            "python:my dir/größe.py",
            "my dir/größe.py",
            "python title=\"my dir/größe.py\"",
            "python title=my dir/größe.py",
            "python {file=my dir/größe.py}",
        ] {
            assert_eq!(
                of_info(info, &exists).as_deref(),
                Some("my dir/größe.py"),
                "{info}"
            );
        }
        assert_eq!(of_info("rust ignore", &exists), None);
        let found = of_comment("# my dir/größe.py", &exists);
        assert_eq!(found.as_deref(), Some("my dir/größe.py"));
        assert_eq!(of_comment("# is a comment", &exists), None);
    }
}
