//! Which lines of some code leave something out, judged by the file and by the lines round them: three dots are real in
//! some places of some languages, and comments are prose in others.

use super::super::indent;
use super::super::lines::Text;
use super::{Elision, elision, within};
use hob_index::language::Language;
use std::path::Path;

/// What the code is compared with.
#[derive(Clone, Copy)]
pub(in crate::assist::apply) enum Against<'a> {
    /// There is no such file yet.
    Nothing,
    /// The file: the code may stand for all of it.
    File(&'a Text),
    /// The file, of which all lines that go were shown.
    Shown(&'a Text),
}

/// Which of these lines leave something out that the file doesn't leave out itself.
pub(in crate::assist::apply) fn gaps(lines: &[&str], path: &str, against: Against) -> Vec<bool> {
    let judge = Judge {
        lines,
        path,
        language: Language::of_path(Path::new(path)),
        against,
    };
    let mut gaps: Vec<bool> = (0..lines.len()).map(|it| judge.leaves_out(it)).collect();
    // A comment in three lines is one.
    for at in 1..lines.len().saturating_sub(1) {
        let is_comment = matches!(lines[at - 1].trim(), "<!--" | "/*" | "/**" | "{/*")
            && matches!(lines[at + 1].trim(), "-->" | "*/" | "*/}");
        if is_comment && (gaps[at] || elision(lines[at]) == Some(Elision::Dots)) {
            gaps[at - 1..=at + 1].fill(true);
        }
    }
    gaps
}

/// The first line that leaves something out.
pub(in crate::assist::apply) fn first<'a>(
    lines: &[&'a str],
    path: &str,
    against: Against,
) -> Option<&'a str> {
    let at = gaps(lines, path, against).iter().position(|it| *it)?;
    Some(lines[at])
}

/// The first line that leaves something out within it and says something else before that the file doesn't have.
pub(in crate::assist::apply) fn torn_within<'a>(
    lines: &[&'a str],
    path: &str,
    text: &Text,
) -> Option<&'a str> {
    let judge = Judge {
        lines,
        path,
        language: Language::of_path(Path::new(path)),
        against: Against::File(text),
    };
    let is_torn = |at: &usize| {
        let line = lines[*at];
        let head = match elision(line) {
            None => judge.head_within(line).map_or("", str::trim),
            Some(_) => "",
        };
        let mut file = text.lines.iter().map(|it| it.text.trim());
        judge.leaves_out(*at) && !head.is_empty() && !file.any(|it| it.starts_with(head))
    };
    (0..lines.len()).find(is_torn).map(|it| lines[it])
}

struct Judge<'a> {
    lines: &'a [&'a str],
    path: &'a str,
    language: Option<&'static Language>,
    against: Against<'a>,
}

impl Judge<'_> {
    fn leaves_out(&self, at: usize) -> bool {
        let line = self.lines[at];
        let is_prose = self.language.is_some_and(|it| it.prose);
        let is_one = match elision(line) {
            Some(Elision::Sure) => !is_prose || is_firm_in_prose(line),
            Some(Elision::Dots) if is_prose => self.is_between_parted_lines(at),
            Some(Elision::Dots) => !self.is_code(at),
            Some(Elision::Words) => self.language.is_none_or(|it| !it.prose && !it.tags),
            None => !is_prose && self.head_within(line).is_some(),
        };
        is_one && !self.stands(line)
    }

    /// Whether the file has the line itself.
    fn stands(&self, line: &str) -> bool {
        match self.against {
            Against::Nothing => false,
            Against::File(it) | Against::Shown(it) => {
                it.lines.iter().any(|it| it.text.trim() == line.trim())
            }
        }
    }

    fn is(&self, ids: &[&str]) -> bool {
        self.language.is_some_and(|it| ids.contains(&it.id))
    }

    /// What stands in a line before it leaves something out within it.
    fn head_within<'b>(&self, line: &'b str) -> Option<&'b str> {
        // `sub f { ... }` is a statement of Perl's.
        if self.is(&["perl"]) {
            return None;
        }
        let of_data = || {
            let (head, value) = line.trim().trim_end_matches(',').rsplit_once([':', '='])?;
            let is_list = matches!(value.trim(), "[...]" | "[ ... ]" | "[…]");
            (is_list && self.is(&["json", "jsonc", "yaml", "toml"])).then_some(head)
        };
        within(line).or_else(of_data)
    }

    /// The nearest line before or after this one that says anything.
    fn before(&self, at: usize) -> Option<&str> {
        self.lines[..at]
            .iter()
            .rfind(|it| !it.trim().is_empty())
            .copied()
    }

    fn after(&self, at: usize) -> Option<&str> {
        self.lines[at + 1..]
            .iter()
            .find(|it| !it.trim().is_empty())
            .copied()
    }

    /// Whether three dots alone are code at this place.
    fn is_code(&self, at: usize) -> bool {
        let line = self.lines[at].trim();
        let before = self.before(at).map_or("", str::trim_end);
        let after = self.after(at).map_or("", str::trim);
        if self.is(&["python"]) {
            return self.is_python(at);
        }
        // The end of a document.
        if self.is(&["yaml"]) {
            let ends = after.is_empty() || after.starts_with("---") || after.starts_with('%');
            return self.lines[at] == "..." && ends && matches!(self.against, Against::Nothing);
        }
        // Any number of arguments: the last parameter.
        if self.is(&["c", "cpp", "objective-c", "objective-cpp", "lua", "r"]) {
            let is_last = after.starts_with([')', '}']) || line.ends_with(',') && self.is(&["r"]);
            return before.ends_with([',', '(', '{']) && is_last;
        }
        // A statement that is not yet written.
        self.is(&["perl"]) && before.ends_with(['{', ';'])
    }

    fn is_python(&self, at: usize) -> bool {
        let line = self.lines[at];
        let own = indent::of(line).len();
        let opener = self.before(at).map_or("", str::trim_end);
        let is_type = ["Callable[", "Tuple[", "tuple[", "Concatenate["]
            .iter()
            .any(|it| opener.ends_with(it));
        let in_tuple = opener.ends_with(',')
            && self
                .before_less_indented(at, own)
                .is_some_and(|it| it.to_lowercase().ends_with("tuple["));
        if is_type || in_tuple {
            return true;
        }
        if own == 0 || line.trim() != "..." {
            return false;
        }
        let Some(head) = self.head(at, own) else {
            return false;
        };
        // The body of something, and all of it.
        let goes_on = self.after(at).is_some_and(|it| indent::of(it).len() >= own);
        if goes_on {
            return false;
        }
        let is_stub = self.path.to_lowercase().ends_with(".pyi") || self.is_declared_only(head);
        is_stub || !self.has_body_in_file(self.lines[head])
    }

    fn before_less_indented(&self, at: usize, own: usize) -> Option<&str> {
        let mut before = self.lines[..at].iter().rev();
        let found = before.find(|it| !it.trim().is_empty() && indent::of(it).len() < own)?;
        Some(found.trim_end())
    }

    /// The line whose body begins before this one with nothing but comments and a docstring between.
    fn head(&self, at: usize, own: usize) -> Option<usize> {
        let mut quoted: Option<&str> = None;
        for n in (0..at).rev() {
            let line = self.lines[n].trim();
            if let Some(quote) = quoted {
                if line.contains(quote) {
                    quoted = None;
                }
                continue;
            }
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if indent::of(self.lines[n]).len() < own {
                let code = line.split(" #").next().unwrap_or(line).trim_end();
                return code.ends_with(':').then_some(n);
            }
            let quote = ["\"\"\"", "'''"]
                .into_iter()
                .find(|it| line.ends_with(it))?;
            if line.matches(quote).count() < 2 {
                quoted = Some(quote);
            }
        }
        None
    }

    /// Whether a decorator says that there is no body to be expected.
    fn is_declared_only(&self, head: usize) -> bool {
        let above = self.lines[..head].iter().rev();
        above
            .map(|it| it.trim())
            .take_while(|it| it.starts_with('@'))
            .any(|it| it.contains("overload") || it.contains("abstract"))
    }

    /// Whether the file has a body for what this line begins.
    fn has_body_in_file(&self, head: &str) -> bool {
        let Against::File(text) = self.against else {
            return false;
        };
        let head = head.trim();
        let key = match head.find('(') {
            Some(at) if head.contains("def ") || head.starts_with("class ") => &head[..=at],
            _ => head,
        };
        let Some(at) = text
            .lines
            .iter()
            .position(|it| it.text.trim().starts_with(key))
        else {
            return false;
        };
        let own = indent::of(&text.lines[at].text).len();
        let body = text.lines[at + 1..]
            .iter()
            .map(|it| it.text.as_str())
            .take_while(|it| it.trim().is_empty() || indent::of(it).len() > own);
        let mut full = body.map(str::trim).filter(|it| !it.is_empty());
        full.any(|it| !matches!(it, "..." | "pass"))
    }

    /// Whether the lines before and after stand in the file with others between them: then the dots stand for those.
    fn is_between_parted_lines(&self, at: usize) -> bool {
        let Against::File(text) = self.against else {
            return false;
        };
        let full: Vec<&str> = text
            .lines
            .iter()
            .map(|it| it.text.trim())
            .filter(|it| !it.is_empty())
            .collect();
        let place = |line: Option<&str>| {
            let line = line?.trim();
            full.iter().position(|it| *it == line)
        };
        match (place(self.before(at)), self.after(at)) {
            (Some(before), None) => before + 1 < full.len(),
            (Some(before), Some(after)) => {
                place(Some(after)).is_some_and(|after| after > before + 1)
            }
            (None, Some(after)) => place(Some(after)).is_some_and(|it| it > 0),
            (None, None) => false,
        }
    }
}

/// Whether a line leaves something out of prose: it is a comment there, or has the words between dots or brackets.
fn is_firm_in_prose(line: &str) -> bool {
    let line = line.trim();
    let dotted = |it: &str| it.contains("...") || it.contains('…');
    let marked = ["<!--", "{/*", "/*", "//", "%", ".. "]
        .iter()
        .any(|it| line.starts_with(it));
    let plain = line.trim_matches(|it: char| !it.is_alphanumeric() && it != '.' && it != '…');
    let between = (plain.starts_with("...") || plain.starts_with('…'))
        && (plain.ends_with("...") || plain.ends_with('…'));
    let bracketed = line.starts_with(['[', '(']) && line.ends_with([']', ')']);
    marked || between && dotted(line) || bracketed
}
