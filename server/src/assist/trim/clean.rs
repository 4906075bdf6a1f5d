//! What is no code at all goes first: tokens of the model's format, thoughts, code fences, talk, invisible characters (rules 1, 6, 28).

use super::around::Around;
use super::lex::{Lexer, Mode};
use super::{Dropped, End, char_floor};
use crate::assist::invisible;

/// The most output that is looked at, in bytes: far more than anyone would read as a suggestion.
pub(crate) const LONGEST: usize = 64 << 10;

/// Tokens of the fill-in-the-middle families, of chat formats and of end-of-text: none is valid code anywhere outside of a string.
const SENTINELS: &[&str] = &[
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|begin_of_text|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|fim_begin|>",
    "<|fim_hole|>",
    "<|fim_end|>",
    "<|fim▁begin|>",
    "<|fim▁hole|>",
    "<|fim▁end|>",
    "<｜fim▁begin｜>",
    "<｜fim▁hole｜>",
    "<｜fim▁end｜>",
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|file_separator|>",
    "<|cursor|>",
    "<|user_cursor_is_here|>",
    "<|updated_code|>",
    "<|/updated_code|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|EOT|>",
    "<|eos|>",
    "<|end|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|code_prefix|>",
    "<|code_suffix|>",
    "<|code_middle|>",
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
    "<file_sep>",
    "<repo_name>",
    "<filename>",
    "<gh_stars>",
    "<commit_before>",
    "<commit_after>",
    "<end_of_turn>",
    "<start_of_turn>",
    "<eos>",
    "▁<EOT>",
    " <EOT>",
    "<EOT>",
    " <PRE>",
    " <SUF>",
    " <MID>",
    "</s>",
];

/// The length of the longest sentinel, in bytes: how far back a stream has to be searched when a piece arrives.
pub(crate) const LONGEST_SENTINEL: usize = 32;

/// Where the first sentinel at or after `from` stands. `line` is the document's text left of the output on its line.
pub(crate) fn sentinel(line: &str, text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', &bytes[from..])
        .map(|it| from + it)
        .find_map(|at| {
            let found = SENTINELS
                .iter()
                .find(|it| bytes[at..].starts_with(it.trim_start_matches([' ', '▁']).as_bytes()))?;
            let token = found.trim_start_matches([' ', '▁']);
            let is_one = match token {
                // Codellama's tokens look like tags, so the blank before them is part of what tells them.
                "<PRE>" | "<SUF>" | "<MID>" => text[..at].ends_with([' ', '▁']),
                "<EOT>" | "<filename>" | "<eos>" => {
                    bytes
                        .get(at + token.len())
                        .is_none_or(|it| *it == b'\n' || *it == b'\r')
                        || text[..at].ends_with([' ', '▁'])
                }
                "</s>" => !closes_a_tag(line, &text[..at]),
                _ => true,
            };
            (is_one && !is_quoted(line, text, at, token.len()))
                .then(|| text[..at].trim_end_matches('▁').len())
        })
}

/// Whether `</s>` after this text closes a struck-through passage.
fn closes_a_tag(line: &str, before: &str) -> bool {
    let count = |text: &str, tag: &str| text.matches(tag).count();
    count(line, "<s>") + count(before, "<s>") + count(before, "<s ")
        > count(line, "</s>") + count(before, "</s>")
}

/// Whether the token stands in a string that opens before and closes behind it on the same line: then it is text of the code.
fn is_quoted(line: &str, text: &str, at: usize, length: usize) -> bool {
    let right = text[at + length..].split('\n').next().unwrap_or("");
    open_quotes(line, text, at).any(|quote| right.contains(quote))
}

/// The quotes that are open at `at`, by their number on the line.
pub(crate) fn open_quotes(line: &str, text: &str, at: usize) -> impl Iterator<Item = char> {
    let start = text[..at].rfind('\n').map(|it| it + 1);
    let left = &text[start.unwrap_or(0)..at];
    let line = if start.is_none() { line } else { "" };
    ['"', '\'', '`']
        .into_iter()
        .filter(move |quote| (line.matches(*quote).count() + left.matches(*quote).count()) % 2 == 1)
}

/// The output without all that; line breaks are plain. `Err` when there was nothing else.
pub(super) fn clean(around: &Around, output: &str, end: End) -> Result<String, Dropped> {
    let cut = char_floor(output, LONGEST.min(output.len()));
    let limited = end == End::Limit || cut < output.len();
    let text = output[..cut].replace("\r\n", "\n").replace('\r', "\n");
    // First of all: the other rules must see what the user sees.
    let mut text = invisible::without(&text, around.before(), around.after()).into_owned();
    let mut ended = false;
    if let Some(at) = sentinel(around.line(), &text, 0) {
        text.truncate(at);
        ended = true;
    }
    let text = without_thoughts(&text)?;
    let text = text.trim_start_matches('\u{a0}');
    let (text, closed) = without_fence(around, text);
    let text = if limited && !ended && !closed {
        without_unfinished_line(text)
    } else {
        text
    };
    let kept = code_lines(around, text);
    if kept == 0 && !text.trim().is_empty() {
        return Err(Dropped::Prose);
    }
    Ok(text[..kept].to_owned())
}

/// Thoughts of a reasoning model go; unfinished ones are all there is.
fn without_thoughts(text: &str) -> Result<&str, Dropped> {
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        if text.trim_start().starts_with(open) {
            let end = text.find(close).ok_or(Dropped::Prose)?;
            return Ok(text[end + close.len()..].trim_start_matches('\n'));
        }
        if let Some(end) = text.find(close)
            && !text[..end].contains(open)
            && text[..end].len() < 4096
            && text[..end].ends_with('\n')
        {
            return Ok(text[end + close.len()..].trim_start_matches('\n'));
        }
    }
    Ok(text)
}

/// A fence round the whole answer goes, with the talk before it and all behind it. Says whether the fence was closed.
fn without_fence<'a>(around: &Around, text: &'a str) -> (&'a str, bool) {
    if around.mode != Mode::Code || around.language.is_some_and(|it| it.prose) {
        return (text, false);
    }
    let body = text.trim_start();
    let fenced = if body.starts_with("```") {
        Some(body)
    } else if is_talk(around, body.lines().next().unwrap_or("")) {
        body.find("\n```").map(|it| &body[it + 1..])
    } else {
        None
    };
    let Some(fenced) = fenced else {
        return (text, false);
    };
    let info = fenced.lines().next().unwrap_or("");
    if info
        .trim_start_matches('`')
        .contains(|it: char| !it.is_alphanumeric() && !"+-#_. {}".contains(it))
    {
        return (text, false);
    }
    let Some(code) = fenced.get(info.len() + 1..) else {
        return ("", true);
    };
    let mut lexer = Lexer::new(around.language);
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        if lexer.mode == Mode::Code && line.trim_end() == "```" {
            return (&code[..at], true);
        }
        lexer.line(line.trim_end_matches('\n'));
        at += line.len();
    }
    (code, false)
}

/// Of several lines, the last one goes when it was cut off (rule 27). A single one is better than nothing.
fn without_unfinished_line(text: &str) -> &str {
    match text.rfind('\n') {
        Some(at) if !text[..at].trim().is_empty() => &text[..at],
        _ => text,
    }
}

/// How much of the text comes before the first line that no code has: a fence, a header of another file, talk.
fn code_lines(around: &Around, text: &str) -> usize {
    if around.language.is_some_and(|it| it.prose) {
        return text.len();
    }
    let mut lexer = around.lexer.clone();
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let line_text = line.trim_end_matches('\n');
        let fresh = n > 0 || around.on_blank_line();
        if fresh
            && (n > 0 && lexer.mode == Mode::Code || n == 0 && around.mode == Mode::Code)
            && is_foreign(around, line_text)
        {
            return text[..at].trim_end().len();
        }
        if n == 0 {
            lexer.line(&format!("{}{line_text}", around.line()));
        } else {
            lexer.line(line_text);
        }
        at += line.len();
    }
    text.len()
}

/// Whether this line belongs to the model's answer format, another file, or a conversation.
fn is_foreign(around: &Around, line: &str) -> bool {
    let text = line.trim();
    if text.is_empty() {
        return false;
    }
    if text.starts_with("```") || text.starts_with("diff --git ") || text == "<|/updated_code|>" {
        return true;
    }
    let body = text.trim_start_matches(['/', '#', '-', '*', '<', '!', ';', '%', ' ']);
    if body.len() < text.len() {
        let body = body.trim_end_matches(['-', '>', '*', '/', ' ', '.']);
        let is_path =
            |it: &str| !it.trim().is_empty() && !it.trim().contains(' ') && it.contains(['/', '.']);
        return body.eq_ignore_ascii_case("end of file")
            || ["Path: ", "path: ", "File: ", "Filename: ", "File path: "]
                .iter()
                .any(|it| body.strip_prefix(it).is_some_and(is_path))
                && !text.starts_with('-');
    }
    is_talk(around, line)
}

/// How an assistant starts to talk.
const TALK: &[&str] = &[
    "Here is ",
    "Here's ",
    "Here are ",
    "Sure,",
    "Sure!",
    "Sure.",
    "Certainly",
    "Of course",
    "I'm sorry",
    "I am sorry",
    "I cannot ",
    "I can't ",
    "As an AI",
    "Below is ",
    "The following ",
    "The completed ",
    "The code ",
    "The above ",
    "The missing ",
    "This code ",
    "This function ",
    "This method ",
    "This will ",
    "This is ",
    "To complete ",
    "To fix ",
    "You can ",
    "You need ",
    "In this ",
    "Note that ",
    "Note: ",
    "Explanation:",
    "Let me ",
    "It looks like ",
    "It seems ",
    "I would ",
    "I think ",
    "I'll ",
    "Okay,",
    "Based on ",
];

/// Whether a line talks about code: it starts the way assistants do, and reads as a sentence.
fn is_talk(around: &Around, line: &str) -> bool {
    if around.language.is_none_or(|it| {
        it.prose
            || it.tags
            || matches!(it.id, "yaml" | "ini" | "dockerfile" | "makefile" | "ignore")
    }) {
        return false;
    }
    let text = line.trim();
    if !TALK.iter().any(|it| text.starts_with(it)) {
        return false;
    }
    let plain = text
        .split(' ')
        .filter(|it| {
            it.chars()
                .all(|it| it.is_alphabetic() || "'’,.:!`-".contains(it))
        })
        .count();
    let words = text.split(' ').count();
    plain * 3 >= words * 2
        && (words >= 3 || text.ends_with(['!', ':', '.']))
        && !text.ends_with([';', '{', ','])
}
