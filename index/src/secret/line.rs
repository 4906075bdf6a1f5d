//! One line: assignments of every notation, literals in code, XML, options of commands, headers, addresses.

mod bare;
mod element;
mod quoted;
mod words;

pub(super) use element::of_value;

use super::key::{self, Hint};
use super::literal;
use super::value::{self, Form};
use super::{address, command, formats};
use element::elements;
use quoted::in_literals;
use std::ops::Range;

/// What following lines may go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A name with its separator, and no value yet: it stands on the next lines.
    Value(Hint),
    /// A value that goes on with more literals (`"…" +`).
    Strings(Hint),
    /// The name of a pair whose value follows under a name of its own (`name: DB_PASSWORD`, then `value: …`).
    Pair(Hint),
}

/// The secrets of a line, and what the next ones may go on with. `is_code`: whether a bare word may be a variable.
pub(super) fn find(line: &str, is_code: bool, found: &mut Vec<Range<usize>>) -> Option<Open> {
    formats::find(line, found);
    address::find(line, found);
    command::find(line, found);
    defaults(line, found);
    let is_comment = is_comment(line);
    let literals = quoted::literals(line);
    let mut open = in_literals(line, &literals, found);
    if line.contains("\\\"") || line.contains("\\'") {
        let escaped = literal::literals(line, true);
        in_literals(line, &escaped, found);
    }
    let form = match is_code && !is_comment {
        true => Form::Code,
        false => Form::Bare,
    };
    let bare = bare::bare(line, 0, &literals, form, found);
    open = open.or(bare);
    for it in &literals {
        let content = &line[it.start..it.end];
        if content.len() < 2_000 && content.contains([':', '=']) {
            let mut inner = Vec::new();
            bare::bare(content, 0, &[], Form::Quoted, &mut inner);
            if content.contains(['"', '\'']) {
                let nested = quoted::literals(content);
                in_literals(content, &nested, &mut inner);
            }
            found.extend(
                inner
                    .into_iter()
                    .map(|r| it.start + r.start..it.start + r.end),
            );
        }
    }
    open.or(elements(line, &literals, found))
}

/// The value of a literal or a bare value, without the scheme of a header and without what surrounds it.
pub(super) fn secret_part(hint: Hint, text: &str, form: Form) -> Option<Range<usize>> {
    let mut start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    if let Some(inner) = text
        .strip_prefix("\\\"")
        .and_then(|it| it.strip_suffix("\\\""))
    {
        let part = secret_part(hint, inner, form)?;
        return Some(part.start + 2..part.end + 2);
    }
    if start >= end {
        return None;
    }
    for scheme in [
        "Bearer ",
        "Basic ",
        "Token ",
        "token ",
        "bearer ",
        "basic ",
        "ApiKey ",
        "apikey ",
        "Bot ",
        "Digest ",
        "SSWS ",
        "Api-Key ",
        "GenieKey ",
        "Key ",
        "base64:",
        "{noop}",
        "{bcrypt}",
        "plain:",
        "pass:",
    ] {
        if text[start..end].starts_with(scheme) {
            start += scheme.len();
            start += text[start..end].len() - text[start..end].trim_start().len();
            let rest = &text[start..end];
            let is_drawn = value::is_random_bytes(rest.as_bytes()) && rest.len() >= 16
                || value::is_random(rest)
                || rest.len() >= 8 && value::is_strong(rest)
                || address::is_basic(rest);
            return (is_drawn && !value::is_standin(rest)).then_some(start..end);
        }
    }
    let value = &text[start..end];
    if value.contains("://") {
        return None;
    }
    // `literal` + variable: what is left of a template when the variables are taken out must still be something.
    let fixed: String = without_variables(value);
    if fixed.len() < value.len() && (fixed.len() < 6 || !value::is_strong(&fixed)) {
        return None;
    }
    value::is_secret(hint, value, form).then_some(start..end)
}

/// `${…}`, `{{…}}`, `#{…}` and `{…}` taken out.
fn without_variables(value: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for (n, it) in value.char_indices() {
        match it {
            '{' => {
                depth += 1;
                if depth == 1 && matches!(value[..n].chars().next_back(), Some('$' | '#')) {
                    out.pop();
                }
            }
            '}' if depth > 0 => depth -= 1,
            it if depth == 0 => out.push(it),
            _ => {}
        }
    }
    out
}

/// `${NAME:-default}`, `${NAME:default}`, `${NAME-default}`, `${NAME:=default}`.
fn defaults(line: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = line[from..].find("${") {
        let start = from + at + 2;
        from = start;
        let bytes = line.as_bytes();
        let len = bytes[start..]
            .iter()
            .take_while(|it| is_of_name(**it))
            .count();
        let name = line[start..start + len].trim_end_matches(['-', ':']);
        let mut value = start + name.len();
        let separators = bytes[value..]
            .iter()
            .take_while(|it| b":-=?".contains(it))
            .count();
        // `${NAME:?message}` ends with the message.
        if separators == 0 || line[value..value + separators].contains('?') {
            continue;
        }
        value += separators.min(2);
        let Some(end) = line[value..].find('}') else {
            continue;
        };
        if let Some(hint) = key::hint(name)
            && let Some(it) = secret_part(
                hint,
                line[value..value + end].trim_matches(['"', '\'']),
                Form::Bare,
            )
        {
            let quote = usize::from(line[value..].starts_with(['"', '\'']));
            found.push(value + quote + it.start..value + quote + it.end);
        }
    }
}

fn is_of_name(it: u8) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/')
}

/// Whether a line is a comment, as most languages write one.
fn is_comment(line: &str) -> bool {
    let line = line
        .trim_start()
        .trim_start_matches(['+', '-'])
        .trim_start();
    [
        "//", "#", "/*", "* ", "--", ";", "<!--", "%", "REM ", "\"\"\"",
    ]
    .iter()
    .any(|it| line.starts_with(it))
}
