//! Fences: where code begins and ends in Markdown, also in Markdown within Markdown.

use super::indent;

/// The first line of a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open<'a> {
    indent: usize,
    mark: char,
    width: usize,
    /// What stands behind the marks.
    pub info: &'a str,
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

    fn is_markdown(&self) -> bool {
        let first = self
            .info
            .split([' ', ':', '{', ','])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        matches!(first.as_str(), "md" | "markdown" | "mdx")
            || self.info.ends_with(".md")
            || self.info.contains(".md ")
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

    #[test]
    fn markdown_holds_fences_of_its_own() {
        assert_eq!(end("```markdown\n# A\n```sh\nx\n```\nb\n```\n"), Some(6));
        assert_eq!(end("```diff\n ```sh\n-x\n ```\n```\n"), Some(4));
    }
}
