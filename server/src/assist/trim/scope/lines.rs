//! What each line of the output is to the place, before its brackets are read: another scope, a continuation, a line that is there already.

use super::super::duplicate::same_line;
use super::super::shape::{
    closing_tag, first_word, is_comment, is_definition, is_import, leads_in,
};
use super::{Before, Walk};
use hob_index::language::Blocks;

impl Walk<'_> {
    /// Whether a line that starts afresh still belongs to the place.
    pub(super) fn before(&mut self, n: usize, at: usize, full: &str) -> Before {
        let around = self.around;
        let width = around.unit.width_of(full);
        let body = full.trim();
        let cut = Before::Cut(self.lead_in.unwrap_or(at));
        let next = self.lines[n + 1..]
            .iter()
            .copied()
            .find(|it| !it.trim().is_empty());
        if !self.stack.is_empty() {
            // Inside of what the output opened anything goes, but no new item of the document's outermost level.
            let lost = width == 0
                && self.reference > 0
                && around.open.iter().any(|it| it.width == 0)
                && is_definition(around, full, next)
                && !body.starts_with('#');
            return if lost { cut } else { Before::Keep };
        }
        if around.language.is_some_and(|it| it.prose) {
            return self.prose(n, full);
        }
        let closer = self.closer(body);
        let own = self.own.iter().rev().find(|it| **it <= width) == Some(&width)
            && self
                .own
                .last()
                .is_some_and(|it| *it > width || n > 0 && closer);
        if let Some(below) = self.first_below
            && !(closer && own && width > around.unit.width_of(below))
            && !(closer && own && !self.line_opened_at(width))
            && around.unit.width_of(below).abs_diff(width) < around.unit.width
            && same_line(below, full)
            && !(body.ends_with(',') && !self.content_above(n) && body.len() < 4)
        {
            // Two functions may have the same attribute or comment: then the line behind it tells.
            let second = around.below().nth(1);
            let is_other =
                leads_in(around, below) && next.zip(second).is_none_or(|(a, b)| !same_line(a, b));
            if !is_other {
                return Before::Repeats;
            }
        }
        if self.is_second_header(n, full, body, width) {
            return cut;
        }
        if !matches!(around.blocks(), Blocks::Braces) && closer {
            return self.closing(n, full, width, own);
        }
        if body.starts_with(['}', ')', ']']) {
            return Before::Keep;
        }
        if body.starts_with('{') && self.own.last() == Some(&width) {
            // The brace of the line above, on a line of its own.
            return Before::Keep;
        }
        let word = first_word(full);
        let continues = around
            .language
            .is_some_and(|it| it.continuations.contains(&word));
        if width < self.reference && self.indentation_counts(full) {
            if !continues || !self.may_continue(width) || !self.notice(width, word, full) {
                return cut;
            }
            self.reference = width + 1;
            return Before::Keep;
        }
        if continues && !self.notice(width, word, full) {
            return cut;
        }
        if let Some((level, from_line)) = self.definition
            && width <= level
            && !continues
            && !body.starts_with('{')
        {
            let done = self.body_done;
            if done && from_line && !leads_in(around, full)
                || (done || self.blank) && is_definition(around, full, next)
            {
                return cut;
            }
            if done && from_line && self.blank {
                return cut;
            }
        }
        if width == 0
            && self.reference == 0
            && self.blank
            && self.content_above(n)
            && !continues
            && self.ends_at_blank()
            && (!is_import(full) || self.content)
        {
            return cut;
        }
        Before::Keep
    }

    /// Whether a blank line followed by column 0 ends what belongs together.
    fn ends_at_blank(&self) -> bool {
        self.content
            && !self.around.language.is_some_and(|it| {
                it.tags && it.blocks == Blocks::None
                    || matches!(it.id, "toml" | "ini" | "ignore" | "dockerfile")
            })
    }

    /// Whether the document's line or the output has text before line `n`.
    fn content_above(&self, n: usize) -> bool {
        !self.around.on_blank_line() || self.lines[..n].iter().any(|it| !it.trim().is_empty())
    }

    /// Whether the cursor's line opened a block at this indentation.
    fn line_opened_at(&self, width: usize) -> bool {
        !self.around.on_blank_line() && self.around.unit.width_of(self.around.line()) == width
    }

    /// Whether a line starts with a word or a tag that closes a block.
    fn closer(&self, body: &str) -> bool {
        self.around.language.is_some_and(|it| {
            it.closers.contains(&first_word(body)) && !body.starts_with(['}', ')', ']'])
                || it.tags && closing_tag(body).is_some()
        })
    }

    /// A closing word or tag: the output's own, that of the cursor's line, or one of the document.
    fn closing(&self, n: usize, full: &str, width: usize, own: bool) -> Before {
        let around = self.around;
        let held = self.first_below.is_some_and(|it| {
            around.unit.width_of(it) == width
                && match (closing_tag(it), closing_tag(full)) {
                    (Some(a), Some(b)) => a == b,
                    (None, None) => first_word(it) == first_word(full),
                    _ => false,
                }
        });
        if own && !(held && self.line_opened_at(width)) {
            let opened = around.line().trim_start().strip_prefix('<');
            let is_whole = self.line_opened_at(width)
                && closing_tag(full)
                    .is_some_and(|it| opened.is_some_and(|open| first_word(open) == it));
            return match is_whole {
                true => Before::Last,
                false => Before::Keep,
            };
        }
        // A page ends with several of them.
        let next = self.lines[n + 1..].iter().find(|it| !it.trim().is_empty());
        if self.first_below.is_none()
            && !own
            && closing_tag(full).is_some()
            && next.is_some_and(|it| closing_tag(it).is_some() && around.unit.width_of(it) <= width)
        {
            return Before::Keep;
        }
        if held || (width >= self.reference && !self.line_opened_at(width) && n > 0) {
            return Before::Repeats;
        }
        Before::Last
    }

    /// Prose has no scopes, but a heading ends what stands before it.
    fn prose(&self, n: usize, full: &str) -> Before {
        if let Some(below) = self.first_below
            && same_line(below, full)
            && full.trim().len() >= 3
        {
            return Before::Repeats;
        }
        let fences = self
            .around
            .before()
            .lines()
            .chain(self.lines[..n].iter().copied())
            .filter(|it| it.trim_start().starts_with("```"))
            .count();
        let heading = full.starts_with('#') && full.trim_start_matches('#').starts_with(' ');
        if self.around.id() == "markdown" && heading && fences % 2 == 0 && self.content_above(n) {
            Before::Repeats
        } else {
            Before::Keep
        }
    }

    /// Section headers of TOML, and keys of YAML that the document has on the same level.
    fn is_second_header(&self, n: usize, full: &str, body: &str, width: usize) -> bool {
        let around = self.around;
        match around.id() {
            "toml" | "ini" => {
                let stands = || around.before().lines().any(|it| it.trim_end() == body);
                body.starts_with('[')
                    && body.ends_with(']')
                    && !body.contains(',')
                    && (self.content_above(n) || !body.starts_with("[[") && stands())
            }
            "yaml" => {
                if body.starts_with("- ")
                    && around.line().trim_start().starts_with("- ")
                    && width == around.unit.width_of(around.line())
                    && n > 0
                {
                    return true;
                }
                let Some((key, value)) = body.split_once(':') else {
                    return false;
                };
                let opens = value.trim().is_empty();
                let is_same = |it: &str| it.starts_with(key) && it[key.len()..].starts_with(':');
                // Behind a value's own lines, a key as deep as the cursor's is another one.
                let line = around.line();
                let of_line = around.unit.width_of(line);
                let has_body = line.trim_end().ends_with(':') && self.own.last() > Some(&of_line);
                if n > 0 && has_body && width <= of_line {
                    return true;
                }
                let document = around.before().rsplit("\n---").next().unwrap_or("");
                let above = document.lines().any(is_same);
                width == 0
                    && (above
                        || self.content_above(n)
                            && (around.below().any(is_same)
                                || opens
                                    && (self.blank || self.own.last() > Some(&0))
                                    && self.content))
            }
            _ => {
                let _ = full;
                false
            }
        }
    }

    /// Whether the indentation of this line tells its scope.
    fn indentation_counts(&self, full: &str) -> bool {
        let body = full.trim();
        let id = self.around.id();
        if matches!(id, "sql" | "clojure") {
            return false;
        }
        if matches!(id, "c" | "cpp" | "csharp" | "objective-c" | "objective-cpp") {
            let label = body.strip_suffix(':').is_some_and(|it| {
                it.chars().all(|it| it.is_alphanumeric() || it == '_') && it != "default"
            });
            return !body.starts_with('#') && !label;
        }
        true
    }

    /// Whether the block that a continuation at this indentation would go on with is the one that the cursor is in.
    fn may_continue(&self, width: usize) -> bool {
        let around = self.around;
        if around.blocks() == Blocks::Braces {
            return true;
        }
        let line = around.line();
        let header = std::iter::once(line)
            .filter(|it| !it.trim().is_empty())
            .chain(around.above())
            .find(|it| around.unit.width_of(it) <= width);
        // In these a function's own body may be rescued.
        let functions = matches!(around.id(), "ruby" | "elixir");
        header.is_some_and(|it| {
            around.unit.width_of(it) == width
                && (functions && first_word(it).starts_with("def")
                    || matches!(
                        first_word(it),
                        "if" | "elif"
                            | "elsif"
                            | "elseif"
                            | "else"
                            | "for"
                            | "while"
                            | "try"
                            | "except"
                            | "rescue"
                            | "begin"
                            | "case"
                            | "when"
                            | "with"
                            | "match"
                            | "unless"
                            | "until"
                            | "do"
                            | "async"
                            | "in"
                            | "def"
                            | "defp"
                            | "cond"
                            | "receive"
                            | "then"
                    ))
        })
    }

    /// Notes a continuation word; false if the same one has had its turn, as with a second `catch` or `else`.
    pub(super) fn notice(&mut self, width: usize, word: &str, full: &str) -> bool {
        self.seen.retain(|it| it.0 <= width);
        let is_branch = matches!(
            word,
            "elif" | "elsif" | "elseif" | "when" | "while" | "in" | "on" | "then" | "do" | "until"
        ) || full.contains("else if");
        let typed = matches!(word, "except" | "rescue" | "catch")
            && !matches!(
                self.around.id(),
                "javascript"
                    | "javascriptreact"
                    | "typescript"
                    | "typescriptreact"
                    | "php"
                    | "powershell"
            );
        let before = self
            .seen
            .iter()
            .rposition(|it| it.0 == width && it.1 == word);
        // The block of a `catch` on the cursor's line is what is being written: another one is another scope.
        let of_line = self.line_opened_at(width) && first_word(self.around.line()) == word;
        let second = before.is_some() && !is_branch && (!typed || of_line);
        if !is_branch {
            self.seen.push((width, word.to_owned()));
        }
        !second
    }

    /// Takes note of a line that stays.
    pub(super) fn note(&mut self, n: usize, at: usize, full: &str) {
        let around = self.around;
        let width = around.unit.width_of(full);
        if let Some((level, _)) = self.definition
            && width > level
            && around.blocks() != Blocks::Braces
        {
            self.body_done = true;
        }
        if !self.stack.is_empty() {
            return;
        }
        while self.own.last().is_some_and(|it| *it > width) {
            self.own.pop();
        }
        if self.own.last() != Some(&width) {
            self.own.push(width);
        }
        if leads_in(around, full) {
            self.lead_in.get_or_insert(at);
            return;
        }
        self.lead_in = None;
        self.content |= !is_comment(around, full) && !is_import(full);
        let next = self.lines[n + 1..]
            .iter()
            .copied()
            .find(|it| !it.trim().is_empty());
        if (self.definition.is_none_or(|it| it.0 >= width)) && is_definition(around, full, next) {
            self.definition = Some((width, false));
            self.body_done = false;
        }
    }
}
