//! How reasoning models mark their thoughts in plain text, where no server tells them from the answer. One list for every reader.

use std::ops::Range;

/// The marks of one kind of model.
#[derive(Debug)]
pub struct Mark {
    /// What begins the thoughts.
    open: &'static str,
    /// What ends them.
    close: &'static [&'static str],
    /// Whether some chat templates put `open` into the prompt, so that the model writes `close` alone.
    prompted: bool,
    /// Whether `open` is a word of the language, which marks thoughts only at an answer's very beginning.
    is_words: bool,
}

const fn tag(open: &'static str, close: &'static [&'static str], prompted: bool) -> Mark {
    Mark {
        open,
        close,
        prompted,
        is_words: false,
    }
}

const fn words(open: &'static str, close: &'static [&'static str]) -> Mark {
    Mark {
        open,
        close,
        prompted: false,
        is_words: true,
    }
}

/// The marks, from the chat templates of the models named.
const MARKS: &[Mark] = &[
    // DeepSeek R1, QwQ, Qwen3, GLM, MiniMax, Nemotron, SmolLM3, Hunyuan, Phi-4-reasoning.
    tag("<think>", &["</think>"], true),
    tag("<thinking>", &["</thinking>"], true),
    tag("<reasoning>", &["</reasoning>"], true),
    // EXAONE Deep.
    tag("<thought>", &["</thought>"], true),
    tag("<thoughts>", &["</thoughts>"], true),
    tag("<reflection>", &["</reflection>"], false),
    tag("<scratchpad>", &["</scratchpad>"], false),
    // Magistral.
    tag("[THINK]", &["[/THINK]"], true),
    // Kimi.
    tag("◁think▷", &["◁/think▷"], true),
    // Seed-OSS.
    tag("<seed:think>", &["</seed:think>"], true),
    // Command A Reasoning.
    tag("<|START_THINKING|>", &["<|END_THINKING|>"], true),
    // Sky-T1, OpenThinker.
    tag("<|begin_of_thought|>", &["<|end_of_thought|>"], true),
    // Apertus.
    tag("<|inner_prefix|>", &["<|inner_suffix|>"], true),
    // Gemma.
    tag("<|channel>thought", &["<channel|>"], false),
    tag("<unused94>thought", &["<unused95>"], false),
    // gpt-oss ("harmony"): a channel for each kind of text, several in turn.
    tag("<|channel|>analysis<|message|>", HARMONY_END, false),
    tag("<|channel|>commentary<|message|>", HARMONY_END, false),
    tag(
        "<|start|>assistant<|channel|>analysis<|message|>",
        HARMONY_END,
        false,
    ),
    tag(
        "<|start|>assistant<|channel|>commentary<|message|>",
        HARMONY_END,
        false,
    ),
    // The same behind a server that drops special tokens and keeps their names.
    words("analysis", &["assistantfinal"]),
    // Granite 3.2.
    words("Here is my thought process:", &["Here is my response:"]),
    words(
        "Here's my thought process:",
        &["Here's my response:", "Here is my response:"],
    ),
];

const HARMONY_END: &[&str] = &["<|end|>"];

/// Marks that an answer itself may stand between: what begins it, and what ends it.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "<|start|>assistant<|channel|>final<|message|>",
        HARMONY_ENDS,
    ),
    ("<|channel|>final<|message|>", HARMONY_ENDS),
    ("<|START_RESPONSE|>", &["<|END_RESPONSE|>"]),
    ("<|begin_of_solution|>", &["<|end_of_solution|>"]),
    // Hunyuan.
    ("<answer>", &["</answer>"]),
    ("<response>", &["</response>"]),
];

const HARMONY_ENDS: &[&str] = &["<|return|>", "<|end|>"];

/// What a text begins with.
#[derive(Clone, Copy, Debug)]
pub enum Beginning {
    /// Thoughts, behind so many bytes.
    Thoughts(&'static Mark, usize),
    /// The answer, between marks: behind so many bytes, until one of these.
    Answer(&'static [&'static str], usize),
    /// One of the two, if it goes on like that.
    Undecided,
    /// The answer.
    Plain,
}

/// So much of words is one token to the models that write them; less is how other answers begin. In bytes.
const BEGUN: usize = 4;

/// What a text begins with. Blanks before it are the caller's.
pub fn beginning(text: &str) -> Beginning {
    let mut undecided = false;
    for mark in MARKS {
        match begins(text, mark.open) {
            Some(true) if !mark.is_words || is_heading(mark, &text[mark.open.len()..]) => {
                return Beginning::Thoughts(mark, mark.open.len());
            }
            // The word alone may still be glued to the next.
            Some(true) => undecided |= text.len() == mark.open.len(),
            Some(false) => undecided |= !mark.is_words || text.len() >= BEGUN,
            None => {}
        }
    }
    for (open, close) in ANSWERS {
        match begins(text, open) {
            Some(true) => return Beginning::Answer(close, open.len()),
            Some(false) => undecided = true,
            None => {}
        }
    }
    match undecided {
        true => Beginning::Undecided,
        false => Beginning::Plain,
    }
}

/// Whether words mark thoughts: a sentence does by itself, one word where the next is glued to it.
fn is_heading(mark: &Mark, rest: &str) -> bool {
    mark.open.ends_with(':') || rest.starts_with(|it: char| it.is_uppercase())
}

/// Whether a text begins with a mark, in any case; `Some(false)`: its whole length does.
fn begins(text: &str, mark: &str) -> Option<bool> {
    let common = text.len().min(mark.len());
    let (text, start) = (text.as_bytes().get(..common)?, &mark.as_bytes()[..common]);
    text.eq_ignore_ascii_case(start)
        .then_some(common == mark.len())
}

impl Mark {
    /// Whether the opening mark is words, so that without the closing one there are no thoughts.
    pub fn is_words(&self) -> bool {
        self.is_words
    }

    /// The opening mark.
    pub fn open(&self) -> &'static str {
        self.open
    }

    /// Where the thoughts end: the closing mark, if it isn't quoted as code. `is_whole`: nothing follows the text.
    pub fn end(&self, text: &str, is_whole: bool) -> Option<Range<usize>> {
        first(text, 0, self.close, |at, close| {
            let behind = &text[at + close.len()..];
            let is_undecided = behind.is_empty() && !is_whole;
            !(text[..at].ends_with('`') && (is_undecided || behind.starts_with('`')))
        })
    }

    /// How much of a text is certainly no part of a closing mark, nor of what quotes one.
    pub fn certain(&self, text: &str) -> usize {
        let quoted = self.close.iter().find_map(|it| text.strip_suffix(it));
        let text = quoted.unwrap_or(text);
        let certain = without_partial(text, self.close);
        text[..certain].trim_end_matches('`').len()
    }
}

/// How much of a text is certainly no part of a mark at its end.
pub fn without_partial(text: &str, marks: &[&str]) -> usize {
    let longest = marks.iter().map(|it| it.len()).max().unwrap_or(0);
    let from = text.len().saturating_sub(longest);
    (from..text.len())
        .filter(|&it| text.is_char_boundary(it))
        .find(|&at| {
            let tail = &text[at..];
            marks.iter().any(|it| begins(tail, it) == Some(false))
        })
        .unwrap_or(text.len())
}

/// How much of an answer is certainly no part of a closing mark whose opening one stood in the prompt.
pub fn certain_without_opening(text: &str) -> usize {
    MARKS
        .iter()
        .filter(|it| it.prompted)
        .map(|it| without_partial(text, it.close))
        .min()
        .unwrap_or(text.len())
}

/// The first closing mark whose opening one stood in the prompt. One that has its opening mark before it, and one within code, is what the
/// answer speaks of. None is looked for before the byte `from`, a character's boundary.
pub fn lone_end(text: &str, from: usize) -> Option<Range<usize>> {
    let ends = MARKS.iter().filter(|it| it.prompted).filter_map(|mark| {
        first(text, from, mark.close, |at, _| {
            let before = &text[..at];
            find(before, mark.open).is_none() && !ends_in_code(before)
        })
    });
    ends.min_by_key(|it| it.start)
}

/// The first of some marks that counts.
fn first(
    text: &str,
    from: usize,
    marks: &[&'static str],
    counts: impl Fn(usize, &str) -> bool,
) -> Option<Range<usize>> {
    /// Who writes a mark more often speaks of it.
    const TRIES: usize = 16;
    let found = marks.iter().filter_map(|mark| {
        let mut from = from;
        for _ in 0..TRIES {
            let at = from + find(&text[from..], mark)?;
            if counts(at, mark) {
                return Some(at..at + mark.len());
            }
            from = at + mark.len();
        }
        None
    });
    found.min_by_key(|it| it.start)
}

/// Where a mark stands, in any case.
fn find(text: &str, mark: &str) -> Option<usize> {
    let first = mark.as_bytes()[0];
    let other = first.to_ascii_uppercase();
    memchr::memchr2_iter(first, other, text.as_bytes())
        .find(|&at| text.is_char_boundary(at) && begins(&text[at..], mark) == Some(true))
}

/// Whether a text ends within code: in a fenced block, between backticks, or right behind a quotation mark.
fn ends_in_code(text: &str) -> bool {
    let (lines, line) = text.rsplit_once('\n').unwrap_or(("", text));
    let is_fence = |it: &&str| {
        let it = it.trim_start();
        it.starts_with("```") || it.starts_with("~~~")
    };
    let fences = lines.lines().filter(is_fence).count();
    let backticks = line.bytes().filter(|&it| it == b'`').count();
    fences % 2 == 1 || backticks % 2 == 1 || line.ends_with(['"', '\'', '“', '‘', '«'])
}

/// A whole answer without its thoughts, each line at its place: what is taken out leaves its line breaks.
pub fn emptied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut end_marks: &[&str] = &[];
    if let Some(end) = lone_end(text, 0) {
        blank(&mut out, &text[..end.end]);
        rest = text[end.end..].trim_start_matches([' ', '\t']);
    }
    let mut at_start = out.is_empty();
    let mut fence: Option<&str> = None;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |it| it + 1);
        let line = rest[..end].trim_start();
        if let Some(open) = fence {
            let bare = line.trim_end();
            if bare.starts_with(open) && bare.trim_start_matches(&open[..1]).is_empty() {
                fence = None;
            }
        } else {
            let indent = end - line.len();
            match beginning(&rest[indent..]) {
                Beginning::Thoughts(mark, open)
                    if !mark.is_words
                        || at_start && mark.end(&rest[indent + open..], true).is_some() =>
                {
                    let inside = &rest[indent + open..];
                    let close = mark.end(inside, true).map_or(inside.len(), |it| it.end);
                    let gone = indent + open + close;
                    blank(&mut out, &rest[..gone]);
                    rest = rest[gone..].trim_start_matches([' ', '\t']);
                    // What follows may be another piece of thoughts, or the mark of the answer.
                    continue;
                }
                Beginning::Answer(close, open) => {
                    blank(&mut out, &rest[..indent + open]);
                    rest = &rest[indent + open..];
                    end_marks = close;
                    at_start = false;
                    continue;
                }
                _ => {}
            }
            let mark = line.bytes().next().filter(|it| matches!(it, b'`' | b'~'));
            if let Some(mark) = mark {
                let width = line.bytes().take_while(|&it| it == mark).count();
                fence = (width >= 3).then(|| &line[..width]);
            }
        }
        at_start &= line.trim().is_empty();
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    let end = out.trim_end();
    if let Some(mark) = end_marks.iter().find(|it| end.ends_with(**it)) {
        let (kept, behind) = (end.len() - mark.len(), end.len());
        out.replace_range(kept..behind, "");
    }
    out
}

/// Adds the line breaks of a text alone.
fn blank(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|it| *it == '\n'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_go_and_lines_keep_their_numbers() {
        for (text, expected) in [
            ("<think>\na\n```\nb\n```\n</think>\nc\n", "\n\n\n\n\n\nc\n"),
            ("<think>a</think> b", "b"),
            ("a\n</think>\nb", "\n\nb"),
            ("reason</think>answer", "answer"),
            ("<think>\nfor ever", "\n"),
            ("[THINK]a\nb[/THINK]c", "\nc"),
            ("◁think▷a◁/think▷c", "c"),
            ("a ◁/think▷c", "c"),
            ("<seed:think>a</seed:think>\nc", "\nc"),
            ("<Think>a</THINK>c", "c"),
            (
                "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>c<|END_RESPONSE|>",
                "c",
            ),
            (
                "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>c<|return|>",
                "c",
            ),
            (
                "<|channel|>analysis<|message|>a\n<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|>\n<|channel|>final<|message|>c",
                "\n\nc",
            ),
            ("<|channel|>final<|message|>c", "c"),
            (
                "analysisWe think.\nassistantfinalThe answer",
                "\nThe answer",
            ),
            (
                "Here is my thought process:\na\nHere is my response:\nc",
                "\n\n\nc",
            ),
            ("Sure.\n<think>\na\n</think>\nc", "Sure.\n\n\n\nc"),
            ("<think>a</think>\n<answer>\nc\n</answer>\n", "\n\nc\n\n"),
        ] {
            assert_eq!(emptied(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_answer_that_speaks_of_thoughts_stays() {
        for text in [
            "x.py\n```python\n<think>\n</think>\n```\n",
            "Write `<think>` first, then `</think>`.",
            "It ends with `</think>` here.",
            "It ends with \"</think>\" here.",
            "```\n</think>\n```\n",
            "~~~\n[/THINK]\n~~~\nx",
            "analysis of the code: fine",
            "analysis",
            "analysisResult holds it.",
            "An answer. Here is my thought process: none",
            "a <thin ice",
            "<answers>1</answers>",
            "p <|> q",
        ] {
            assert_eq!(emptied(text), text);
            assert!(lone_end(text, 0).is_none(), "{text}");
        }
    }

    #[test]
    fn a_mark_that_is_cut_off_is_held_back() {
        assert_eq!(certain_without_opening("a </thi"), 2);
        assert_eq!(certain_without_opening("a [/"), 2);
        assert_eq!(certain_without_opening("a ◁"), 2);
        assert_eq!(certain_without_opening("a < b"), 5);
        assert!(matches!(beginning("<"), Beginning::Undecided));
        assert!(matches!(beginning("analysis"), Beginning::Undecided));
        assert!(matches!(beginning("analysis "), Beginning::Plain));
    }
}
