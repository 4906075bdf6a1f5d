//! What is no code at all goes first: tokens of the model's format, thoughts, code fences, talk, invisible characters (rules 1, 6, 28).

use super::around::Around;
use super::lex::{Lexer, Mode};
use super::{Dropped, End, char_floor};
use crate::assist::apply::elision;
use crate::assist::fim::{FAMILIES, Family};
use crate::assist::invisible;
use crate::thoughts::{self, Beginning};
use hob_index::language::Language;

/// The most output that is looked at, in bytes: far more than anyone would read as a suggestion.
pub(crate) const LONGEST: usize = 64 << 10;

/// Names of tokens that stand between angle brackets alone, with and without a slash: of StarCoder, CodeGemma, Granite, SantaCoder,
/// CodeLlama, DeepSeek and their kin.
const NAMES: &[&str] = &[
    "fim_prefix",
    "fim_suffix",
    "fim_middle",
    "fim_pad",
    "fim-prefix",
    "fim-suffix",
    "fim-middle",
    "fim-pad",
    "file_sep",
    "repo_name",
    "reponame",
    "filename",
    "gh_stars",
    "issue_start",
    "issue_comment",
    "issue_closed",
    "jupyter_start",
    "jupyter_text",
    "jupyter_code",
    "jupyter_output",
    "jupyter_script",
    "empty_output",
    "commit_before",
    "commit_msg",
    "commit_after",
    "pr_status",
    "pr_base",
    "pr_diff",
    "pr_diff_hunk",
    "pr_comment",
    "pr_review",
    "intermediate_to_code",
    "code_to_intermediate",
    "start_of_turn",
    "end_of_turn",
    "endoftext",
    "CURSOR",
    "FILL_ME",
    "EOT",
    "PRE",
    "SUF",
    "MID",
    "pad",
    "unk",
    "bos",
    "eos",
    "s",
];

/// Tokens between square brackets: those of Mistral's models.
const SQUARE: &[&str] = &["[PREFIX]", "[SUFFIX]", "[MIDDLE]", "[INST]", "[/INST]"];

/// The most characters of a token's name between bars.
const LONGEST_NAME: usize = 40;
/// How much of a token's beginning tells at the end of a text that it was cut off, in bytes: `<fim`, `</fi`, `<|f`.
const TELLING: usize = 3;

/// The length of the longest token, in bytes: how far back a stream has to be searched when a piece arrives.
pub(crate) const LONGEST_SENTINEL: usize = 64;

/// Where the first sentinel at or after `from` stands. `line` is the document's text left of the output on its line, `tags` whether
/// the language has tags of its own, `whole` whether nothing follows the text.
pub(crate) fn sentinel(
    line: &str,
    text: &str,
    from: usize,
    tags: bool,
    whole: bool,
) -> Option<usize> {
    let after_middle = after_middle(text);
    memchr::memchr2_iter(b'<', b'[', &text.as_bytes()[from..])
        .map(|it| from + it)
        .filter(|at| *at >= after_middle)
        .find_map(|at| {
            let length = token(line, text, at, tags, whole)?;
            // Code that reads such tokens quotes them.
            (!is_quoted(line, text, at, length)).then(|| text[..at].trim_end_matches('▁').len())
        })
}

/// Where the text begins behind the token that asks for it, which a model may say once more: `<|fim_middle|>`, `<MID>`.
fn after_middle(text: &str) -> usize {
    // As Mistral's tokenizer has it, and DeepSeek's in ASCII: no prompt of ours ends with them.
    const OTHERS: &[&str] = &["[MIDDLE]", "<|fim▁end|>"];
    let blank = text.len() - text.trim_start_matches(['▁', ' ']).len();
    let mut marks = FAMILIES.iter().filter_map(Family::middle_token);
    let mark = marks.find(|it| text[blank..].starts_with(it));
    let mark = mark.or_else(|| {
        let mut others = OTHERS.iter().copied();
        others.find(|it| text[blank..].starts_with(it))
    });
    mark.map_or(0, |it| blank + it.len())
}

/// The length of the token of a model's format that stands here.
fn token(line: &str, text: &str, at: usize, tags: bool, whole: bool) -> Option<usize> {
    let here = &text[at..];
    let before = &text[..at];
    let is_bar = |it: char| matches!(it, '|' | '｜');
    if here.starts_with('[') {
        let mark = SQUARE.iter().find(|it| here.starts_with(**it))?;
        // `a[SUFFIX]` and `[SUFFIX, x]` are code.
        let alone = match before.chars().next_back() {
            None => line.trim().is_empty(),
            // A number has no members.
            Some(it) if it.is_ascii_digit() => {
                let word = before.trim_end_matches(|it: char| it.is_alphanumeric() || it == '_');
                before[word.len()..].starts_with(|it: char| it.is_ascii_digit())
            }
            Some(it) => it == '\n' || !(it.is_alphanumeric() || "_)]\"' =(,".contains(it)),
        };
        return alone.then_some(mark.len());
    }
    let inner = here.strip_prefix('<')?;
    if let Some(named) = inner.strip_prefix(is_bar) {
        let length = named
            .char_indices()
            .take(LONGEST_NAME + 1)
            .find(|(_, it)| !(it.is_alphanumeric() || "_▁/-".contains(*it)))?
            .0;
        let rest = named[length..].strip_prefix(is_bar)?.strip_prefix('>')?;
        return (length > 0).then_some(here.len() - rest.len());
    }
    let named = inner.strip_prefix('/').unwrap_or(inner);
    let name = NAMES.iter().find(|name| {
        named
            .strip_prefix(**name)
            .is_some_and(|it| it.starts_with('>'))
    })?;
    let length = here.len() - named.len() + name.len() + 1;
    let behind = &here[length..];
    // A tag of that name.
    if tags && (here.starts_with("</") || behind.contains(&format!("</{name}>"))) && *name != "s" {
        return None;
    }
    let ends_line = behind.is_empty() && whole || behind.starts_with(['\n', '\r']);
    let is_one = match *name {
        // Codellama's tokens look like tags, so the blank before them is part of what tells them.
        "PRE" | "SUF" | "MID" => before.ends_with([' ', '▁']),
        // Behind it stands the file's name.
        // In a stream nobody knows yet whether the tag is closed.
        "filename" => {
            (whole || !tags) && ends_line
                || !tags
                    && !before.ends_with(|it: char| it.is_alphanumeric() || "_:<,".contains(it))
        }
        "EOT" | "eos" | "bos" | "endoftext" => ends_line || before.ends_with([' ', '▁']),
        "s" => here.starts_with("</") && !closes_a_tag(line, before),
        // A word like others: a tag, or a parameter of a type.
        "pad" | "unk" => !tags && (ends_line || behind.starts_with('<')) && !here.starts_with("</"),
        _ => true,
    };
    is_one.then_some(length)
}

/// How much of a text comes before a token that was cut off at its end.
fn before_cut_token(line: &str, text: &str) -> usize {
    let from = char_floor(text, text.len().saturating_sub(LONGEST_SENTINEL));
    let Some(at) = text[from..].rfind('<').map(|it| from + it) else {
        return text.len();
    };
    let tail = &text[at..];
    let inner = &tail[1..];
    let named = inner.strip_prefix('/').unwrap_or(inner);
    let begins_one = |it: &str| it.len() > TELLING && it.starts_with(named);
    let is_cut = match inner.strip_prefix(['|', '｜']) {
        Some(name) => {
            !name.is_empty()
                && name
                    .trim_end_matches(['|', '｜'])
                    .chars()
                    .all(|it| it.is_alphanumeric() || "_▁/-".contains(it))
        }
        None => named.len() >= TELLING && NAMES.iter().any(|it| begins_one(it)),
    };
    match is_cut && !open_quotes(line, text, at).any(|_| true) {
        true => at,
        false => text.len(),
    }
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
    let tags = around.language.is_some_and(|it| it.tags);
    if let Some(at) = sentinel(around.line(), &text, 0, tags, true) {
        text.truncate(at);
        ended = true;
    }
    text.truncate(before_cut_token(around.line(), &text));
    let text = without_thoughts(&text[after_middle(&text)..])?;
    let text = text.trim_start_matches('\u{a0}');
    let text = without_code_marks(around, text);
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
    if let Beginning::Thoughts(mark, open) = thoughts::beginning(text.trim_start())
        && !mark.is_words()
    {
        let inside = &text.trim_start()[open..];
        let end = mark.end(inside, true).ok_or(Dropped::Prose)?;
        return Ok(inside[end.end..].trim_start_matches('\n'));
    }
    match thoughts::lone_end(text, 0) {
        Some(end) if end.start < 4096 && text[..end.start].ends_with('\n') => {
            Ok(text[end.end..].trim_start_matches('\n'))
        }
        _ => Ok(text),
    }
}

/// A fence round the whole answer goes, with the talk before it and all behind it. Says whether the fence was closed.
fn without_fence<'a>(around: &Around, text: &'a str) -> (&'a str, bool) {
    if around.mode != Mode::Code || around.language.is_some_and(|it| it.prose) {
        return (text, false);
    }
    let body = text.trim_start();
    let fenced = if body.starts_with("```") || body.starts_with("~~~") {
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
        .trim_start_matches(['`', '~'])
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
        if lexer.mode == Mode::Code && matches!(line.trim_end(), "```" | "~~~") {
            return (&code[..at], true);
        }
        lexer.line(line.trim_end_matches('\n'));
        at += line.len();
    }
    (code, false)
}

/// The output without Markdown's marks of code round one line of it, in a language where they mean nothing.
fn without_code_marks<'a>(around: &Around, text: &'a str) -> &'a str {
    let means = |it: &Language| {
        it.prose
            || it.strings.iter().any(|it| it.open.contains('`'))
            || matches!(
                it.id,
                "shellscript" | "sql" | "perl" | "php" | "ruby" | "r" | "haskell"
            )
    };
    if around.mode != Mode::Code || around.language.is_none_or(means) {
        return text;
    }
    let inner = text
        .trim()
        .strip_prefix('`')
        .and_then(|it| it.strip_suffix('`'));
    match inner {
        Some(it) if !it.contains(['`', '\n']) && !it.is_empty() => it,
        _ => text,
    }
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
    if text.starts_with("```")
        || elision::is_comment(text)
        || text.starts_with("diff --git ")
        || text == "<|/updated_code|>"
    {
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
    "Could you ",
    "Can you ",
    "Would you ",
    "Please ",
    "Unfortunately",
    "What would you ",
    "As you can see",
    "I need ",
    "I have ",
    "I've ",
    "We can ",
    "We need ",
    "If you ",
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
