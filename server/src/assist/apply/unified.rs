//! Unified diffs, as git writes them and as models do: with wrong numbers, without any, with blanks lost.

use super::answer::{Block, What};
use super::chunk::{Chunk, Op};
use super::refusal::{Kind, Problem};

/// Where a diff is read from.
pub(super) struct Source<'a> {
    /// The lines of the answer, or of one of its fences.
    pub lines: &'a [&'a str],
    /// How many lines of the answer come before the first of them.
    pub offset: usize,
    /// Whether all of them belong to the diff: they stand in a fence.
    pub fenced: bool,
    /// The file that is meant where the diff names none.
    pub path: Option<String>,
}

/// Whether a diff begins in this line of an answer, outside of any fence.
pub(super) fn begins(lines: &[&str], at: usize) -> bool {
    let line = lines[at];
    line.starts_with("diff --git ") || names(lines, at).is_some()
}

/// Whether what stands in a fence is a diff: it has headers, or hunks.
pub(super) fn is_diff(lines: &[&str]) -> bool {
    let first = lines.iter().position(|it| !it.trim().is_empty());
    let Some(first) = first else {
        return false;
    };
    begins(lines, first)
        || lines[first].starts_with("Index: ")
        || (is_hunk(lines[first])
            && lines[first..]
                .iter()
                .any(|it| it.starts_with(['+', '-']) && !it.starts_with("--- ")))
}

/// `--- a/x` and `+++ b/x`.
fn names<'a>(lines: &[&'a str], at: usize) -> Option<(&'a str, &'a str)> {
    let old = lines.get(at)?.strip_prefix("--- ")?;
    let new = lines.get(at + 1)?.strip_prefix("+++ ")?;
    Some((old, new))
}

fn is_hunk(line: &str) -> bool {
    line.starts_with("@@") && !line.starts_with("@@@")
}

/// One file's part of a diff while it is read.
#[derive(Default)]
struct File {
    line: usize,
    old: Option<String>,
    new: Option<String>,
    is_new: bool,
    is_deleted: bool,
    rename: Option<(Option<String>, Option<String>)>,
    copy: bool,
    mode: Option<u32>,
    chunks: Vec<Chunk>,
    began: bool,
}

/// Reads from the line `at`; also says where to go on.
pub(super) fn read(
    source: &Source,
    mut at: usize,
    problems: &mut Vec<Problem>,
) -> (Vec<Block>, usize) {
    let lines = source.lines;
    let mut blocks = Vec::new();
    let mut file = File::default();
    let line_of = |at: usize| source.offset + at + 1;
    while let Some(&line) = lines.get(at) {
        let mut flush = |file: &mut File| {
            let file = std::mem::take(file);
            if file.began {
                blocks.extend(block(file, source, problems));
            }
        };
        if let Some(rest) = line.strip_prefix("diff --git ") {
            flush(&mut file);
            file.began = true;
            file.line = line_of(at);
            if let Some((old, new)) = git_names(rest) {
                (file.old, file.new) = (Some(old), Some(new));
            }
            at += 1;
        } else if let Some(rest) = line.strip_prefix("Index: ") {
            flush(&mut file);
            file.began = true;
            file.line = line_of(at);
            file.new = Some(rest.trim().to_owned());
            at += 1;
        } else if let Some((old, new)) = names(lines, at) {
            let is_other = file.is_complete() && !file.has_names(&name(old), &name(new));
            if !file.chunks.is_empty() || !file.began || is_other {
                flush(&mut file);
                file.line = line_of(at);
            }
            file.began = true;
            file.old = Some(name(old));
            file.new = Some(name(new));
            at += 2;
            // Some write no `@@` at all.
            if lines
                .get(at)
                .is_some_and(|it| !is_hunk(it) && is_body(it) && !it.is_empty())
            {
                at = hunk(source, at, Head::default(), &mut file.chunks);
            }
        } else if is_hunk(line) {
            if !file.began {
                file.began = true;
                file.line = line_of(at);
            }
            at = hunk(source, at + 1, head(line), &mut file.chunks);
        } else if line.starts_with("@@@") {
            problems.push(
                Problem::new(
                    Kind::Malformed,
                    "diffs against several parents can't be applied",
                )
                .at(line_of(at)),
            );
            return (blocks, lines.len());
        } else if file.began && file.chunks.is_empty() && file.header(line) {
            at += 1;
        } else if line.starts_with("Binary files ") || line.starts_with("GIT binary patch") {
            problems.push(
                Problem::new(Kind::Malformed, "changes of binary files can't be applied")
                    .at(line_of(at)),
            );
            return (blocks, lines.len());
        } else if source.fenced || line.trim().is_empty() {
            // Outside of fences, prose after an empty line ends the diff; between files there is none.
            let is_bare = source.fenced
                && !file.began
                && is_body(line)
                && lines[at..].iter().any(|it| it.starts_with(['+', '-']));
            if is_bare && !line.trim().is_empty() {
                file.began = true;
                file.line = line_of(at);
                at = hunk(source, at, Head::default(), &mut file.chunks);
            } else {
                at += 1;
            }
        } else {
            break;
        }
    }
    if file.began {
        blocks.extend(block(file, source, problems));
    }
    (blocks, at)
}

impl File {
    /// Whether what was said so far needs no hunk: the mode or the name changes, or an empty file comes or goes.
    fn is_complete(&self) -> bool {
        self.mode.is_some() || self.is_new || self.is_deleted || self.rename.is_some()
    }

    /// Whether these names, as `---` and `+++` have them, are those of `diff --git`. `/dev/null` stands for either.
    fn has_names(&self, old: &str, new: &str) -> bool {
        let same = |known: &Option<String>, name: &str| {
            let is_same = |it: &String| it == name || stripped(it) == stripped(name);
            NULLS.contains(&name) || known.as_ref().is_none_or(is_same)
        };
        same(&self.old, old) && same(&self.new, new)
    }

    /// Takes an extended header of git; whether it was one.
    fn header(&mut self, line: &str) -> bool {
        let mode = |it: &str| u32::from_str_radix(it.trim(), 8).ok();
        if let Some(rest) = line.strip_prefix("new file mode ") {
            self.is_new = true;
            self.mode = mode(rest);
        } else if let Some(rest) = line.strip_prefix("new mode ") {
            self.mode = mode(rest);
        } else if line.starts_with("deleted file mode ") {
            self.is_deleted = true;
        } else if let Some(rest) = line.strip_prefix("rename from ") {
            self.rename.get_or_insert_default().0 = Some(unquoted(rest));
        } else if let Some(rest) = line.strip_prefix("rename to ") {
            self.rename.get_or_insert_default().1 = Some(unquoted(rest));
        } else if line.starts_with("copy from ") || line.starts_with("copy to ") {
            self.copy = true;
        } else {
            return [
                "index ",
                "old mode ",
                "similarity index",
                "dissimilarity index",
                "=====",
                "new file",
                "deleted file",
            ]
            .iter()
            .any(|it| line.starts_with(it));
        }
        true
    }
}

/// What `@@` says.
#[derive(Default)]
struct Head {
    old: Option<(usize, usize)>,
    new: Option<usize>,
    section: Option<String>,
}

fn head(line: &str) -> Head {
    let rest = line.trim_start_matches('@').trim_start();
    let (numbers, section) = rest.split_once("@@").unwrap_or((rest, ""));
    let range = |it: &str| -> Option<(usize, usize)> {
        let (start, count) = it.split_once(',').unwrap_or((it, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let mut old = None;
    let mut new = None;
    let mut words = Vec::new();
    for word in numbers.split_whitespace() {
        if let Some(it) = word.strip_prefix('-').and_then(range) {
            old = Some(it);
        } else if let Some(it) = word.strip_prefix('+').and_then(range) {
            new = Some(it.1);
        } else if !matches!(word, "..." | "…" | "-" | "+" | "-..." | "+...") {
            words.push(word);
        }
    }
    let section = section.trim();
    let section = match section.is_empty() {
        false => Some(section.to_owned()),
        // `@@ fn main() @@`
        true => (!words.is_empty() && old.is_none()).then(|| words.join(" ")),
    };
    Head {
        old,
        new,
        section: section.filter(|it| it != "..."),
    }
}

/// Whether a line may belong to a hunk.
fn is_body(line: &str) -> bool {
    line.is_empty() || line.starts_with([' ', '+', '-', '\\', '\t'])
}

/// Reads the lines of a hunk; says where to go on.
fn hunk(source: &Source, start: usize, head: Head, chunks: &mut Vec<Chunk>) -> usize {
    let lines = source.lines;
    let counted = head
        .old
        .zip(head.new)
        .and_then(|((_, old), new)| counted(lines, start, old, new));
    let end = counted.unwrap_or_else(|| {
        let mut end = start;
        while let Some(line) = lines.get(end) {
            let next = line.starts_with("diff --git ")
                || line.starts_with("Index: ")
                || is_hunk(line)
                || (names(lines, end).is_some() && names_files(lines, end))
                || (*line == "-- "
                    && lines
                        .get(end + 1)
                        .is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit())));
            let prose = !source.fenced
                && (!is_body(line)
                    || (line.is_empty()
                        && lines
                            .get(end + 1)
                            .is_none_or(|it| !is_body(it) || it.is_empty())));
            if next || prose {
                break;
            }
            end += 1;
        }
        end
    });
    let mut body = &lines[start..end];
    if counted.is_none() {
        while let Some((last, rest)) = body.split_last()
            && last.trim().is_empty()
        {
            body = rest;
        }
    }
    let mut chunk = Chunk {
        hint: head.old.map(|it| it.0).filter(|it| *it > 0),
        sure: counted.is_some(),
        section: head.section.into_iter().collect(),
        line: source.offset + start + 1,
        ..Chunk::default()
    };
    for line in body {
        let mut chars = line.chars();
        match chars.next() {
            Some('+') => chunk.ops.push(Op::Add(chars.as_str().to_owned())),
            Some('-') => chunk.ops.push(Op::Remove(chars.as_str().to_owned())),
            Some(' ') => chunk.ops.push(Op::Keep(chars.as_str().to_owned())),
            Some('\\') if chars.as_str().trim_start().starts_with("No newline") => {
                // Said of the old text it counts only if the new one has a break.
                chunk.ends = match chunk.ops.last() {
                    Some(Op::Remove(_)) => Some(true),
                    Some(_) => Some(false),
                    None => None,
                };
            }
            // Its blank was lost.
            _ => chunk.ops.push(Op::Keep((*line).to_owned())),
        }
    }
    if !chunk.ops.is_empty() {
        chunks.push(chunk);
    }
    end
}

/// Where the hunk ends if its counts are right.
fn counted(lines: &[&str], start: usize, mut old: usize, mut new: usize) -> Option<usize> {
    let mut at = start;
    while old > 0 || new > 0 {
        let line = lines.get(at)?;
        match line.chars().next() {
            Some('+') => new = new.checked_sub(1)?,
            Some('-') => old = old.checked_sub(1)?,
            Some(' ') | None => {
                old = old.checked_sub(1)?;
                new = new.checked_sub(1)?;
            }
            Some('\\') => {}
            Some(_) => return None,
        }
        at += 1;
    }
    if lines.get(at).is_some_and(|it| it.starts_with('\\')) {
        at += 1;
    }
    // A mail's signature looks like a line that goes.
    let signature = lines.get(at).is_some_and(|it| it.trim_end() == "--");
    let goes_on = lines.get(at).is_some_and(|it| {
        it.starts_with([' ', '+', '-']) && !it.trim().is_empty() && names(lines, at).is_none()
    });
    (signature || !goes_on).then_some(at)
}

/// Whether `--- x` and `+++ y` are names and not lines that go and come (`-- x` is a comment in SQL).
fn names_files(lines: &[&str], at: usize) -> bool {
    let then = lines.get(at + 2);
    then.is_none_or(|it| is_hunk(it))
        || names(lines, at).is_some_and(|(old, new)| {
            let is_name = |it: &str| {
                it.starts_with("a/") || it.starts_with("b/") || it.starts_with("/dev/null")
            };
            is_name(old) && is_name(new)
        })
}

/// A name as a header has it: without what follows a tab, and without git's quotes.
fn name(text: &str) -> String {
    let text = text.split('\t').next().unwrap_or(text).trim_end();
    // `--- a/x 2024-01-01 10:00:00`
    let text = match text.find(" 20").or_else(|| text.find(" 19")) {
        Some(at) if text[at + 1..].len() >= 10 && text[at + 5..].starts_with('-') => {
            text[..at].trim_end()
        }
        _ => text,
    };
    unquoted(text)
}

/// `"a/caf\303\251"` is how git writes names that aren't plain.
pub(super) fn unquoted(text: &str) -> String {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else {
        return text.trim_matches('`').to_owned();
    };
    let mut bytes = Vec::new();
    let mut rest = inner.bytes().peekable();
    while let Some(it) = rest.next() {
        if it != b'\\' {
            bytes.push(it);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    match rest.next_if(|it| (b'0'..=b'7').contains(it)) {
                        Some(digit) => value = value * 8 + u32::from(digit - b'0'),
                        None => break,
                    }
                }
                bytes.push((value & 0xFF) as u8);
            }
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The two names of `diff --git a/x b/x`.
fn git_names(rest: &str) -> Option<(String, String)> {
    let rest = rest.trim();
    if let Some(inner) = rest.strip_prefix('"') {
        let end = inner.find("\" ")? + 2;
        return Some((unquoted(&rest[..end]), unquoted(&rest[end..])));
    }
    // Only the second may need quotes.
    if let Some(at) = rest.find(" \"").filter(|_| rest.ends_with('"')) {
        return Some((rest[..at].to_owned(), unquoted(&rest[at..])));
    }
    // Names may hold blanks; mostly both are the same behind their first folder.
    let halves = rest
        .match_indices(' ')
        .map(|(at, _)| (&rest[..at], &rest[at + 1..]));
    let tail = |it: &str| it.split_once('/').map_or(it, |it| it.1).to_owned();
    let same = halves.clone().find(|(old, new)| tail(old) == tail(new));
    let (old, new) = same
        .or_else(|| halves.clone().find(|it| it.1.starts_with("b/")))
        .or_else(|| rest.split_once(' '))?;
    Some((old.to_owned(), unquoted(new)))
}

/// What stands where there is no file.
const NULLS: &[&str] = &[
    "/dev/null",
    "dev/null",
    "NUL",
    "nul",
    "a/dev/null",
    "b/dev/null",
];

/// What a file's part of a diff says.
fn block(file: File, source: &Source, problems: &mut Vec<Problem>) -> Option<Block> {
    let line = file.line;
    let mut problem = |message: &str| {
        problems.push(Problem::new(Kind::Malformed, message).at(line));
        None
    };
    if file.copy {
        return problem("copies of files can't be applied");
    }
    if file
        .mode
        .is_some_and(|it| it & 0o170_000 == 0o120_000 || it & 0o170_000 == 0o160_000)
    {
        return problem("links and submodules can't be made or changed");
    }
    let is_null = |it: &Option<String>| it.as_deref().is_some_and(|it| NULLS.contains(&it));
    let is_new = file.is_new || is_null(&file.old);
    let is_deleted = file.is_deleted || is_null(&file.new);
    let old = file.old.filter(|it| !NULLS.contains(&it.as_str()));
    let new = file.new.filter(|it| !NULLS.contains(&it.as_str()));
    if is_new {
        let path = new.or(source.path.clone()).map(|it| stripped(&it));
        let mut lines = Vec::new();
        for op in file.chunks.iter().flat_map(|it| &it.ops) {
            match op {
                // Whoever forgets a `+` means it nevertheless.
                Op::Add(it) | Op::Keep(it) => lines.push(it.clone()),
                Op::Remove(_) => return problem("a new file has no lines that go"),
            }
        }
        let mode = file.mode;
        let what = What::Create { lines, mode };
        return Some(Block { line, path, what });
    }
    if is_deleted {
        let path = old.or(source.path.clone()).map(|it| stripped(&it));
        let chunks = file.chunks;
        let what = match chunks.is_empty() {
            true => What::Delete,
            false => What::Hollow { chunks },
        };
        return Some(Block { line, path, what });
    }
    if let Some((from, to)) = file.rename {
        let path = from.or(old.map(|it| stripped(&it)));
        let rename = to.or(new.map(|it| stripped(&it)));
        let what = What::Hunks {
            chunks: file.chunks,
            rename,
            mode: file.mode,
        };
        return Some(Block { line, path, what });
    }
    if file.chunks.is_empty() && file.mode.is_none() {
        return problem("the diff has no hunks");
    }
    let path = match (old, new) {
        (Some(old), Some(new)) => {
            let (plain_old, plain_new) = (stripped(&old), stripped(&new));
            let base = |it: &str| it.strip_suffix(".orig").unwrap_or(it).to_owned();
            if base(&plain_old) == plain_new {
                // `a/` may be a folder after all: whoever reads the path sees what there is.
                if old == new && old != plain_old {
                    Some(old)
                } else {
                    Some(plain_new)
                }
            } else if let Some(named) = &source.path {
                Some(named.clone())
            } else if old.split_once('/').map(|it| it.1) == new.split_once('/').map(|it| it.1) {
                // `old/src/x` and `new/src/x`.
                new.split_once('/').map(|it| it.1.to_owned())
            } else {
                return problem(
                    "the diff names two different files, and doesn't say that one is renamed",
                );
            }
        }
        (old, new) => new.or(old).map(|it| stripped(&it)).or(source.path.clone()),
    };
    let what = What::Hunks {
        chunks: file.chunks,
        rename: None,
        mode: file.mode,
    };
    Some(Block { line, path, what })
}

/// Without `a/`, `b/` and what else git puts in front.
fn stripped(path: &str) -> String {
    let prefixes = ["a/", "b/", "i/", "w/", "c/", "o/"];
    let rest = prefixes.iter().find_map(|it| path.strip_prefix(it));
    rest.filter(|it| !it.is_empty()).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        let lines: Vec<&str> = text.lines().collect();
        let source = Source {
            lines: &lines,
            offset: 0,
            fenced: true,
            path: None,
        };
        let mut problems = Vec::new();
        let (blocks, _) = read(&source, 0, &mut problems);
        assert_eq!(problems, []);
        blocks
    }

    #[test]
    fn what_needs_no_hunk_is_not_mixed_with_the_next_file() {
        let next = "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\n+y\n";
        for (head, path) in [
            (
                "diff --git a/a.sh b/a.sh\nold mode 100644\nnew mode 100755\n",
                "a.sh",
            ),
            (
                "diff --git a/e b/e\nnew file mode 100644\nindex 0..0\n",
                "e",
            ),
            (
                "diff --git a/g b/g\ndeleted file mode 100644\nindex 1..0\n",
                "g",
            ),
            (
                "diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n",
                "o",
            ),
        ] {
            let found = blocks(&format!("{head}{next}"));
            let paths: Vec<Option<&str>> = found.iter().map(|it| it.path.as_deref()).collect();
            assert_eq!(paths, [Some(path), Some("b.py")], "{head}");
        }
    }

    #[test]
    fn a_mode_and_a_hunk_of_one_file_are_one_block() {
        let text = "diff --git a/a.sh b/a.sh\nold mode 100644\nnew mode 100755\nindex 1..2\n--- a/a.sh\n+++ b/a.sh\n@@ -1 +1 @@\n-x\n+y\n";
        let [block] = blocks(text).try_into().unwrap();
        let What::Hunks { chunks, mode, .. } = block.what else {
            panic!("no hunks");
        };
        assert_eq!((chunks.len(), mode), (1, Some(0o100_755)));
    }

    #[test]
    fn names_in_quotes_are_read_as_git_writes_them() {
        for (text, name) in [
            ("\"a/gr\\303\\266\\303\\237e.py\"", "a/größe.py"),
            ("\"a/x\\ty\"", "a/x\ty"),
            ("\"a/\\\"x\\\"\"", "a/\"x\""),
            ("a/my dir/x.py", "a/my dir/x.py"),
        ] {
            assert_eq!(unquoted(text), name, "{text}");
        }
        let names = git_names("a/x.py \"b/gr\\303\\266\\303\\237e.py\"");
        assert_eq!(names, Some(("a/x.py".to_owned(), "b/größe.py".to_owned())));
    }
}
