//! Values without quotes, behind `=`, `:` or a blank.

use super::words::{NAMES, VALUES};
use super::{Open, secret_part};
use crate::secret::key::{self, Hint};
use crate::secret::literal::Literal;
use crate::secret::value::{self, Form};
use std::ops::Range;

/// Values without quotes behind `=`, `:` or a blank.
pub(super) fn bare(
    line: &str,
    from: usize,
    literals: &[Literal],
    form: Form,
    found: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let bytes = line.as_bytes();
    let mut open = None;
    let mut pair = None;
    let mut at = from;
    while at < bytes.len() {
        let it = bytes[at];
        if !matches!(it, b'=' | b':') {
            at += 1;
            continue;
        }
        let separator = at;
        // `==`, `::`, `://`, `!=`, `<=` separate nothing; `:=`, `=>`, `?=`, `+=` do.
        let run = bytes[at..]
            .iter()
            .take_while(|it| b"=:>".contains(it))
            .count();
        at += run.max(1);
        let is_none = match &bytes[separator..separator + run] {
            b"=" | b":" | b":=" | b"=>" => {
                bytes[at..].starts_with(b"//")
                    || (separator > 0 && b"!<>".contains(&bytes[separator - 1]))
            }
            _ => true,
        };
        if is_none {
            continue;
        }
        let Some((name, starts_line)) = name_before(line, separator, literals) else {
            continue;
        };
        if line[..name.as_ptr() as usize - line.as_ptr() as usize].ends_with("${") {
            continue;
        }
        let hint = key::hint(name);
        let blank = bytes[at..]
            .iter()
            .take_while(|it| matches!(it, b' ' | b'\t'))
            .count();
        let value = at + blank;
        // Within quotes, this is the business of literals.
        if literals
            .iter()
            .any(|it| (it.open..it.close).contains(&separator) || it.open == value)
        {
            continue;
        }
        let rest = &line[value.min(line.len())..];
        let Some(hint) = hint else {
            // `name: DB_PASSWORD`, the first half of a pair.
            let short = name
                .rsplit(['.', '-', '_'])
                .next()
                .unwrap_or(name)
                .to_ascii_lowercase();
            if NAMES.contains(&short.as_str()) && short == name.to_ascii_lowercase() {
                pair = key::hint(rest[..end_of_word(rest)].trim());
                if starts_line {
                    open = pair.map(Open::Pair).or(open);
                }
            } else if let Some(hint) = pair.filter(|_| VALUES.contains(&short.as_str()))
                && let Some(part) = secret_part(hint, &rest[..end_of_word(rest)], Form::Bare)
            {
                found.push(value + part.start..value + part.end);
            }
            continue;
        };
        let spaced = blank > 0 || (separator > 0 && bytes[separator - 1] == b' ');
        if rest.trim().is_empty()
            || matches!(
                rest.trim(),
                "|" | "|-" | "|+" | ">" | ">-" | ">+" | "\\" | "(" | "!!binary |"
            )
        {
            if starts_line {
                open = Some(Open::Value(hint));
            }
            continue;
        }
        if !starts_line
            && spaced
            && (bytes[separator] != b':'
                || !value::is_strong(rest[..end_of_word(rest)].trim())
                    && !value::is_phrase(rest[..end_of_line(rest)].trim()))
        {
            continue;
        }
        // `arn:…:secret:prod/db` has no value; `{password:x}` has.
        if !starts_line && !spaced && bytes[separator] == b':' {
            let before = line[..name.as_ptr() as usize - line.as_ptr() as usize].trim_end();
            if !before.ends_with(['{', ',', '"', '\'', ' ', '(']) {
                continue;
            }
        }
        let end = match starts_line {
            true => end_of_line(rest),
            false => end_of_word(rest),
        };
        let mut candidates = vec![end];
        // Several on one line: `A=b C=d`, `user=x password=y`.
        let word = end_of_word(rest);
        let is_phrase = !starts_line
            && spaced
            && hint == Hint::Password
            && value::is_phrase(rest[..end_of_line(rest)].trim());
        if is_phrase {
            candidates.insert(0, end_of_line(rest));
        }
        if word < end && !spaced {
            candidates.push(word);
        }
        for end in candidates {
            if let Some(part) = secret_part(hint, &rest[..end], form) {
                found.push(value + part.start..value + part.end);
                break;
            }
        }
    }
    spaced_pair(line, form, found);
    open
}

/// The name that ends before a separator, and whether nothing but marks stands before it.
pub(super) fn name_before<'a>(
    line: &'a str,
    separator: usize,
    literals: &[Literal],
) -> Option<(&'a str, bool)> {
    let left = line[..separator].trim_end_matches([' ', '\t', '?', '+', ':', ']']);
    let (name, from) = match literals.iter().find(|it| it.close == left.len()) {
        Some(it) => (&line[it.start..it.end], it.open),
        None => {
            let left = left.trim_end_matches(['"', '\'']);
            let start = left
                .rfind(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/')));
            let start = start.map_or(0, |at| {
                at + left[at..].chars().next().map_or(1, char::len_utf8)
            });
            // `API key: …`, `seed phrase: …`.
            let last = left[start..].to_ascii_lowercase();
            let before = left[..start].trim_end_matches(' ');
            let word = before
                .rfind(|it: char| !it.is_ascii_alphabetic())
                .map_or(0, |it| it + 1);
            let start = match matches!(last.as_str(), "key" | "phrase" | "signature" | "code")
                && word < before.len()
                && before.len() + 1 == start
            {
                true => word,
                false => start,
            };
            (left[start..].trim_start_matches(['-', '.']), start)
        }
    };
    if name.is_empty() || name.len() > 120 {
        return None;
    }
    let before = line[..from].trim();
    const STARTS: &[&str] = &[
        "",
        "-",
        "+",
        "export",
        "set",
        "ENV",
        "ARG",
        "#",
        "//",
        "*",
        ";",
        "- export",
        "+ -",
        "- -",
        "- ENV",
        "+ ENV",
        "+ export",
        "declare -x",
        "setx",
        "local",
        "readonly",
        "--",
        "<!--",
        "> ",
        "SET",
        "/*",
        "Environment",
        "$env:",
        "$",
        "let",
        "var",
        "- #",
        "%",
        "> -",
        "echo",
        "$ export",
        "+ #",
        "- //",
        "+ //",
        "| ",
    ];
    // `env[DB_PASS] = `.
    let is_index = before.strip_suffix('[').is_some_and(|it| {
        it.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_$.".contains(&it))
    });
    let starts_line = is_index
        || STARTS.contains(&before)
        || before
            .trim_start_matches(['-', '+', '#', '/', '*', ' ', '>', '|', '"', '\''])
            .is_empty();
    Some((name, starts_line))
}

/// `requirepass hunter2x`, `ENV KEY value`, `machine … login … password …`.
fn spaced_pair(line: &str, form: Form, found: &mut Vec<Range<usize>>) {
    if line.len() > 400 {
        return;
    }
    let base = line.as_ptr() as usize;
    let at = |it: &str| it.as_ptr() as usize - base;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is_set = matches!(
        words.first(),
        Some(
            &"ENV"
                | &"setenv"
                | &"ARG"
                | &"setx"
                | &"machine"
                | &"default"
                | &"login"
                | &"env"
                | &"proxy_set_header"
                | &"fastcgi_param"
                | &"add_header"
                | &"SetEnv"
                | &"RequestHeader"
        )
    );
    for pair in words.windows(2) {
        let name = pair[0].trim_matches(['"', '\'', ':', '+']);
        if name.starts_with('-') || name.contains(['=', '(', '<', '{', '.']) {
            continue;
        }
        let is_key = name.eq_ignore_ascii_case("key");
        let Some(hint) = key::hint(name).filter(|it| *it > Hint::Vague || is_key) else {
            continue;
        };
        let text = pair[1]
            .trim_end_matches(';')
            .trim_matches(['"', '\'', '`', ',']);
        let whole_line =
            words.len() == 2 || (words.len() == 3 && words[0].starts_with(['-', '+', '#']));
        let is_value = match (is_set, whole_line) {
            (true, _) => value::is_secret(hint, text, Form::Bare),
            _ if form == Form::Code => whole_line && value::is_random(text),
            (_, true) => value::is_strong(text) && value::is_secret(hint, text, Form::Quoted),
            // In prose: `API key 0123…`.
            _ => text.len() >= 20 && value::is_random(text) && form != Form::Code,
        };
        if is_value && !text.contains(['(', '=']) {
            found.push(at(text)..at(text) + text.len());
        }
    }
    // `vault operator unseal X`, `wandb login X`.
    for pair in words.windows(2) {
        let text = pair[1].trim_matches(['"', '\'', '`', '\\', 'n', ',']);
        if matches!(pair[0], "unseal" | "login")
            && value::is_random(pair[1])
            && pair[1].len() >= 20
            && text.len() >= 20
        {
            found.push(at(text)..at(text) + text.len());
        }
    }
    // SQL's `IDENTIFIED BY x`, and `password 0 x` of network devices.
    for three in words.windows(3) {
        let text = three[2]
            .trim_end_matches(';')
            .trim_matches(['"', '\'', '`']);
        let is_by =
            three[0].eq_ignore_ascii_case("identified") && three[1].eq_ignore_ascii_case("by");
        let is_numbered = matches!(three[0], "password" | "secret" | "key")
            && three[1].len() == 1
            && three[1].as_bytes()[0].is_ascii_digit();
        if (is_by
            && text.len() >= 3
            && !value::is_standin(text)
            && !text.eq_ignore_ascii_case("password"))
            || (is_numbered && value::is_strong(text))
        {
            found.push(at(text)..at(text) + text.len());
        }
    }
    // `Password is hunter2!`, `password: hunter2!` in prose.
    for (n, word) in words.iter().enumerate() {
        if matches!(*word, "is" | "is:" | "was" | "to")
            && let (Some(name), Some(next)) = (n.checked_sub(1).map(|n| words[n]), words.get(n + 1))
            && key::hint(name.trim_matches(['"', '`', '\'', '*']))
                .is_some_and(|it| it > Hint::Vague)
        {
            let text = next
                .trim_end_matches(['.', ',', ';', ')'])
                .trim_matches(['"', '\'', '`', '*']);
            if value::is_strong(text)
                && text.len() >= 6
                && !value::is_standin(text)
                && !text.contains('(')
            {
                found.push(at(text)..at(text) + text.len());
            }
        }
    }
}

pub(super) fn end_of_line(rest: &str) -> usize {
    let mut end = rest.trim_end().len();
    if let Some(comment) = rest.find(" #").or_else(|| rest.find("\t#")) {
        end = end.min(rest[..comment].trim_end().len());
    }
    // A line break within a literal.
    end = end.min(rest.find("\\n").unwrap_or(end));
    let trimmed = rest[..end].trim_end_matches([',', ';', '\\']).trim_end();
    // A literal's or an element's rest is no part of a value.
    let quoted = trimmed
        .find(['"', '<'])
        .filter(|it| *it > 0)
        .unwrap_or(trimmed.len());
    trimmed[..quoted].trim_end().len()
}

pub(super) fn end_of_word(rest: &str) -> usize {
    let mut open = 0_usize;
    let ends = |it: char| {
        match it {
            '(' => open += 1,
            // `yourStrong(!)Passw0rd` has a pair in it.
            ')' if open > 0 => {
                open -= 1;
                return false;
            }
            _ => {}
        }
        it.is_whitespace()
            || matches!(
                it,
                ';' | '&' | '"' | '\'' | '<' | '>' | ')' | '`' | ',' | ']' | '|' | '}' | '\\'
            )
    };
    rest.find(ends).unwrap_or(rest.len())
}
