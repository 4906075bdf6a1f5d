//! Fences: where code begins and ends in Markdown, also in Markdown within Markdown.

use super::indent;
use std::cell::OnceCell;

/// The first line of a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open<'a> {
    indent: usize,
    mark: char,
    width: usize,
    /// What stands behind the marks.
    pub info: &'a str,
}

/// Languages of fences whose text may hold fences of its own.
const MARKDOWN: &[&str] = &[
    "md",
    "markdown",
    "mdx",
    "mdown",
    "mkd",
    "qmd",
    "rmd",
    "quarto",
    "mdc",
    "livemd",
    "rst",
    "restructuredtext",
    "adoc",
    "asciidoc",
];
/// Of more lines than these it isn't asked which one ends a fence.
const MOST: usize = 64;
/// With more fences than these in an answer it isn't tried how they pair.
const MOST_PAIRED: usize = 2_000;

/// Whether a file of this name may hold fences of its own.
pub(super) fn holds_markdown(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = name.to_ascii_lowercase();
    let is_page =
        ["readme", "changelog", "contributing", "authors", "news"].contains(&name.as_str());
    let extension = name.rsplit_once('.').map_or("", |it| it.1);
    is_page || MARKDOWN.contains(&extension)
}

/// Whether a fence begins in this line of a Markdown text, also as the first thing in an item of a list.
fn open_within(line: &str) -> Option<Open<'_>> {
    if let Some(it) = open(line) {
        return Some(it);
    }
    let rest = line.trim_start();
    let digits = rest.trim_start_matches(|it: char| it.is_ascii_digit());
    let item = match rest.len() - digits.len() {
        0 => rest.strip_prefix(['-', '*', '+'])?,
        _ => digits.strip_prefix(['.', ')'])?,
    };
    let item = item.strip_prefix(' ')?;
    let inner = open(item)?;
    Some(Open {
        indent: inner.indent + line.len() - item.len(),
        ..inner
    })
}

/// Whether a fence begins in this line.
pub(super) fn open(line: &str) -> Option<Open<'_>> {
    let rest = line.trim_start_matches([' ', '\t']);
    let mark = rest.chars().next().filter(|it| matches!(it, '`' | '~'))?;
    let info = rest.trim_start_matches(mark);
    let width = rest.len() - info.len();
    // Backquotes behind backquotes are inline code.
    if width < 3 || (mark == '`' && info.contains('`')) {
        return None;
    }
    Some(Open {
        indent: line.len() - rest.len(),
        mark,
        width,
        info: info.trim(),
    })
}

impl Open<'_> {
    /// Whether this line ends the fence.
    fn is_closed_by(&self, line: &str) -> bool {
        let rest = line.trim_start_matches([' ', '\t']);
        let tail = rest.trim_start_matches(self.mark);
        let width = rest.len() - tail.len();
        // In a diff, a line that stays has a blank in front, and may itself be the mark.
        let by = line.len() - rest.len();
        let reach = if self.is_diff() {
            self.indent
        } else {
            self.indent + 3
        };
        width >= self.width && tail.trim().is_empty() && by <= reach
    }

    fn is_diff(&self) -> bool {
        let language = self.info.split([' ', ':', '{', ',']).next().unwrap_or("");
        matches!(
            language.to_ascii_lowercase().as_str(),
            "diff" | "patch" | "udiff"
        )
    }

    /// Whether it says that what it holds is Markdown, in which fences may begin.
    fn is_markdown(&self) -> bool {
        let first = self.info.split([' ', ':', '{', ',']).next().unwrap_or("");
        MARKDOWN.contains(&first.to_ascii_lowercase().as_str())
            || self
                .info
                .split([' ', ':', '{', '}', ',', '=', '"', '\''])
                .any(holds_markdown)
    }

    /// The line that ends the fence which begins in the line before `from`; `None`: it has no end. `is_markdown` says
    /// that what it holds is Markdown, although the fence doesn't. `jump` says where a block that begins in a line ends: what is
    /// in it closes nothing.
    pub(super) fn end(
        &self,
        lines: &[&str],
        from: usize,
        is_markdown: bool,
        jump: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        let nests = is_markdown || self.is_markdown();
        let mut inner: Option<Open> = None;
        let mut at = from;
        while at < lines.len() {
            let line = lines[at];
            if let Some(next) = jump(at) {
                at = next.max(at + 1);
                continue;
            }
            match &inner {
                Some(it) if it.is_closed_by(line) => inner = None,
                Some(_) => {}
                None => {
                    let opened =
                        open(line).filter(|it| it.mark == self.mark && it.width >= self.width);
                    match opened {
                        // A fence with a language within one of Markdown is one of its own.
                        Some(it) if nests && !it.info.is_empty() => inner = Some(it),
                        _ if self.is_closed_by(line) => return Some(at),
                        _ => {}
                    }
                }
            }
            at += 1;
        }
        None
    }

    /// The lines that may end the fence which begins in the line before `from`, where fences may begin within it: each of
    /// them ends it, or begins such a fence. At most [`MOST`], and the first one more says that there are too many.
    fn ends(
        &self,
        lines: &[&str],
        from: usize,
        jump: &impl Fn(usize) -> Option<usize>,
    ) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut at = from;
        while at < lines.len() && ends.len() <= MOST {
            let line = lines[at];
            at += 1;
            if let Some(next) = jump(at - 1) {
                at = next.max(at);
                continue;
            }
            let Some(inner) = open_within(line) else {
                continue;
            };
            let is_own = inner.mark == self.mark;
            if is_own && (inner.width < self.width || self.is_diff() && inner.indent > self.indent)
            {
                continue;
            }
            let may_end = self.is_closed_by(line) && inner.indent <= self.indent;
            if may_end {
                ends.push(at - 1);
            }
            let close = (at..lines.len()).find(|it| inner.is_closed_by(lines[*it]));
            match close {
                Some(close) => at = close + 1,
                // It can't begin anything, so it ends the fence, or is a text of other marks.
                None if is_own => break,
                None => {}
            }
        }
        ends
    }

    /// What the fence that begins in the first line with anything holds, if it ends in the last one: all of a text stands in it.
    pub(super) fn all_within(lines: &[&str]) -> Option<Vec<String>> {
        let first = lines.iter().position(|it| !it.trim().is_empty())?;
        let last = lines.iter().rposition(|it| !it.trim().is_empty())?;
        let open = open(lines[first]).filter(|_| last > first)?;
        let simple = open.end(lines, first + 1, false, |_| None) == Some(last);
        let wraps = simple
            || open.is_markdown()
                && open.is_closed_by(lines[last])
                && !matches!(
                    Fences::new(lines, &|_| None).end(first, &open, true, |_| None),
                    End::At(end) if end != last
                );
        wraps.then(|| {
            let body = open.body(&lines[first + 1..last]);
            body.into_iter().map(str::to_owned).collect()
        })
    }

    /// What the fence holds, without the indentation of the fence itself.
    pub(super) fn body<'a>(&self, lines: &[&'a str]) -> Vec<&'a str> {
        lines
            .iter()
            .map(|line| {
                let blanks = indent::of(line).len().min(self.indent);
                &line[blanks..]
            })
            .collect()
    }
}

/// Where a fence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At this line.
    At(usize),
    /// Nowhere: the answer was cut off.
    None,
    /// There are fences within it, and it isn't clear which line ends the outer one.
    Unclear,
}

/// Where fences of an answer end.
///
/// In Markdown, a bare fence may begin a block within the file or end the file. Each way to read it leaves the fences in the
/// rest of the answer in pairs or not. Where several ways do, blank lines and sentences beside the fences decide; where
/// they don't, nothing does.
pub(super) struct Fences<'a> {
    lines: &'a [&'a str],
    /// Whether the fence that begins in a line has a Markdown file's name, or a name at all.
    named: &'a dyn Fn(usize) -> Option<bool>,
    /// See [`Fences::pair`].
    paired: OnceCell<(Vec<usize>, Vec<bool>)>,
}

impl<'a> Fences<'a> {
    /// Of these lines. `named` says of a line in which a fence begins whether the name that it has is a Markdown file's;
    /// `None`: it has no name.
    pub(super) fn new(
        lines: &'a [&'a str],
        named: &'a dyn Fn(usize) -> Option<bool>,
    ) -> Fences<'a> {
        Fences {
            lines,
            named,
            paired: OnceCell::new(),
        }
    }

    /// Where the fence ends that begins in the line `at`. `is_markdown` says that what it holds is Markdown, although the
    /// fence doesn't; `jump`: see [`Open::end`].
    pub(super) fn end(
        &self,
        at: usize,
        open: &Open,
        is_markdown: bool,
        jump: impl Fn(usize) -> Option<usize>,
    ) -> End {
        let simple = open.end(self.lines, at + 1, false, &jump);
        let nests = is_markdown || open.is_markdown() || self.is_torn_diff(at, open, simple);
        if !nests {
            return match simple {
                None => End::None,
                Some(end) if self.is_torn(open, end) => End::Unclear,
                Some(end) => End::At(end),
            };
        }
        let ends = open.ends(self.lines, at + 1, &jump);
        if ends.is_empty() {
            return End::None;
        }
        if ends.len() > MOST {
            return End::Unclear;
        }
        // Every way that leaves the rest of the answer in pairs.
        let mut possible = ends.into_iter().filter(|it| self.pairs(it + 1)).peekable();
        while let Some(end) = possible.next() {
            if possible.peek().is_none() {
                return End::At(end);
            }
            match self.shape(end) {
                Shape::Begins => {}
                Shape::Ends => return End::At(end),
                Shape::Unknown => return End::Unclear,
            }
        }
        End::Unclear
    }

    /// Whether a diff holds a fence with a language at its margin: a line that stays and lost its blank.
    fn is_torn_diff(&self, at: usize, diff: &Open, end: Option<usize>) -> bool {
        let end = end.unwrap_or(self.lines.len());
        let is_inner = |line: &&str| {
            open(line).is_some_and(|it| {
                !it.info.is_empty() && it.mark == diff.mark && it.indent <= diff.indent
            })
        };
        diff.is_diff() && self.lines[at + 1..end].iter().any(is_inner)
    }

    fn is_blank(&self, at: Option<usize>) -> bool {
        at.and_then(|it| self.lines.get(it))
            .is_none_or(|it| it.trim().is_empty())
    }

    /// What a bare fence looks like by the lines round it, and round the next fence behind it.
    fn shape(&self, at: usize) -> Shape {
        let Some(next) = (at + 1..self.lines.len()).find(|it| open(self.lines[*it]).is_some())
        else {
            return Shape::Ends;
        };
        let before = |at: usize| self.is_blank(at.checked_sub(1));
        let after = |at: usize| self.is_blank(Some(at + 1));
        // The file itself may begin or end beside a fence.
        let is_fence = |at: Option<usize>| {
            let line = at.and_then(|it| self.lines.get(it));
            line.is_some_and(|it| open(it).is_some())
        };
        let begins = (before(at) || is_fence(at.checked_sub(1)))
            && !after(at)
            && !before(next)
            && (after(next) || is_fence(Some(next + 1)));
        // What follows is named, or a sentence leads to it.
        let lead = self.lines[at + 1..next]
            .iter()
            .rfind(|it| !it.trim().is_empty())
            .map_or("", |it| it.trim());
        let leads = lead.ends_with([':', '.', '!', '：', '。']);
        let leads = leads || (self.named)(next).is_some();
        let ends = !before(at) && after(at) && !after(next) && leads;
        match (begins, ends) {
            (true, _) => Shape::Begins,
            (_, true) => Shape::Ends,
            _ => Shape::Unknown,
        }
    }

    /// Whether code ends at a fence that looks as if it began something, with fences left over behind it.
    fn is_torn(&self, open: &Open, end: usize) -> bool {
        let is_bare = |at: usize| {
            self::open(self.lines[at]).is_some_and(|it| {
                it.info.is_empty()
                    && it.mark == open.mark
                    && it.width >= open.width
                    && it.indent <= open.indent
            })
        };
        let mut behind =
            (end + 1..self.lines.len()).filter(|it| self::open(self.lines[*it]).is_some());
        let (Some(close), Some(outer)) = (behind.next(), behind.next()) else {
            return false;
        };
        is_bare(close)
            && is_bare(outer)
            && (self.named)(close).is_none()
            && (self.shape(end) == Shape::Begins || !self.is_blank(Some(end + 1)))
    }

    /// Whether the fences from a line on can be read in pairs.
    fn pairs(&self, from: usize) -> bool {
        let (places, pairs) = self.paired.get_or_init(|| self.pair());
        let at = places.partition_point(|it| *it < from);
        pairs.get(at).copied().unwrap_or(true)
    }

    /// The lines with marks of fences, and whether those from each of them on can be read in pairs.
    fn pair(&self) -> (Vec<usize>, Vec<bool>) {
        let places: Vec<usize> = (0..self.lines.len())
            .filter(|it| open_within(self.lines[*it]).is_some())
            .collect();
        let mut pairs = vec![true; places.len() + 1];
        // No person writes as many; nothing is known of them.
        if places.len() > MOST_PAIRED {
            return (places, vec![false]);
        }
        let marks: Vec<&str> = places.iter().map(|it| self.lines[*it]).collect();
        for (at, line) in marks.iter().enumerate().rev() {
            let Some(open) = open(line) else {
                pairs[at] = pairs[at + 1];
                continue;
            };
            let ends = match open.is_markdown() || (self.named)(places[at]) == Some(true) {
                true => open.ends(&marks, at + 1, &|_| None),
                false => open
                    .end(&marks, at + 1, false, |_| None)
                    .into_iter()
                    .collect(),
            };
            pairs[at] = ends.iter().any(|it| pairs[it + 1]);
        }
        (places, pairs)
    }
}

/// What a bare fence looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Begins,
    Ends,
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Option<usize> {
        let lines: Vec<&str> = text.lines().collect();
        open(lines[0]).unwrap().end(&lines, 1, false, |_| None)
    }

    #[test]
    fn a_fence_ends_with_its_own_marks() {
        assert_eq!(end("```rust\na\n```\n"), Some(2));
        assert_eq!(end("````\n```\na\n```\n````\n"), Some(4));
        assert_eq!(end("~~~\n```\n~~~\n"), Some(2));
        assert_eq!(end("```\na\n"), None);
        assert_eq!(end("```py\n    ```\n```\n"), Some(2));
    }

    fn nested(text: &str) -> End {
        let lines: Vec<&str> = text.lines().collect();
        let open = open(lines[0]).unwrap();
        Fences::new(&lines, &|_| None).end(0, &open, false, |_| None)
    }

    #[test]
    fn markdown_holds_fences_of_its_own() {
        for (text, end) in [
            ("```markdown\n# A\n```sh\nx\n```\nb\n```\n", End::At(6)),
            ("```diff\n ```sh\n-x\n ```\n```\n", End::At(4)),
            ("```md\na\n\n```\nb\n```\n\nc\n```\n", End::At(8)),
            ("```md\na\n```\n\nRun:\n\n```\nb\n```\n", End::At(2)),
            ("```md\na\n```\nb\n```\nc\n```\n", End::Unclear),
            ("```md\na\n```\nb\n```\n", End::Unclear),
            ("```md\na\n```\n\n```sh\nb\n```\n", End::At(2)),
            ("```md\n- ```\n  a\n  ```\n```\n", End::At(4)),
            ("```md\n> ```\n> a\n> ```\n```\n", End::At(4)),
            ("~~~md\n```\n~~~\n", End::At(2)),
            ("```README.md\na\n\n```\nb\n```\n\nc\n```\n", End::At(8)),
            ("```md\na\n", End::None),
        ] {
            assert_eq!(nested(text), end, "{text}");
        }
    }
}
