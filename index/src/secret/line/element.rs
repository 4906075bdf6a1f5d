//! XML: elements, and pairs of a name and a value on lines of their own.

use super::bare::{end_of_line, name_before};
use super::quoted::{last_name, literals, of_pair};
use super::words::{NAMES, VALUES};
use super::{Open, secret_part};
use crate::secret::key::{self, Hint};
use crate::secret::literal::Literal;
use crate::secret::value::Form;
use std::ops::Range;

/// `<password>…</password>`, `<string name="api_key">…</string>`, and the first half of a pair of elements.
pub(super) fn elements(
    line: &str,
    literals: &[Literal],
    found: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let mut open = None;
    let mut from = 0;
    while let Some(at) = line[from..].find('<') {
        let start = from + at + 1;
        from = start;
        let rest = &line[start..];
        let len = rest
            .find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':')))
            .unwrap_or(rest.len());
        let name = &rest[..len];
        if name.is_empty() {
            continue;
        }
        let Some(close) = rest.find('>') else {
            continue;
        };
        let content = &rest[close + 1..];
        let end = content.find('<').unwrap_or(content.len());
        // `<user>:<password>@host` are no elements.
        if !content[end..].starts_with("</")
            && !content[end..].starts_with("<!")
            && !content[..end].trim().is_empty()
        {
            continue;
        }
        let text = content[..end].trim();
        let attribute = literals
            .iter()
            .filter(|it| (start..start + close).contains(&it.open))
            .find_map(|it| {
                let own = last_name(&line[start + len..it.open])?.to_ascii_lowercase();
                NAMES
                    .contains(&own.as_str())
                    .then(|| key::hint(&line[it.start..it.end]))
                    .flatten()
            });
        // `<key>API_KEY</key>` names what follows.
        if NAMES.contains(&name.to_ascii_lowercase().as_str())
            && let Some(hint) = key::hint(text)
        {
            open = Some(Open::Pair(hint));
            continue;
        }
        let hint = attribute.or_else(|| key::hint(name.rsplit(':').next().unwrap_or(name)));
        let Some(hint) = hint.filter(|_| !rest[..close].ends_with('/')) else {
            let lower = name.to_ascii_lowercase();
            let named = VALUES
                .contains(&lower.as_str())
                .then(|| {
                    of_pair(
                        line,
                        literals,
                        literals.iter().filter(|it| it.close <= start).count(),
                    )
                })
                .flatten();
            if let Some(hint) = named
                && let Some(part) = secret_part(hint, text, Form::Bare)
            {
                let at =
                    start + close + 1 + (content[..end].len() - content[..end].trim_start().len());
                found.push(at + part.start..at + part.end);
            } else if NAMES.contains(&lower.as_str()) && !text.is_empty() {
                open = key::hint(text).map(Open::Pair).or(open);
            } else if attribute.is_some() {
                open = attribute.map(Open::Pair);
            }
            continue;
        };
        let text_at =
            start + close + 1 + (content[..end].len() - content[..end].trim_start().len());
        let text = text.strip_prefix("![CDATA[").unwrap_or(text);
        if text.is_empty() {
            open = Some(Open::Pair(hint));
        } else if let Some(part) = secret_part(hint, text, Form::Bare) {
            found.push(text_at + part.start..text_at + part.end);
        }
    }
    open
}

/// The value of a pair on a line of its own: `value: …`, `default = "…"`, `<string>…</string>`.
pub(in super::super) fn of_value(line: &str, hint: Hint) -> Option<Range<usize>> {
    let literals = literals(line);
    let trimmed = line.trim_start();
    if let Some(inner) = trimmed.strip_prefix('<') {
        let name = inner
            .split(|it: char| !it.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if VALUES.contains(&name.as_str()) {
            let start = line.find('>')? + 1;
            let end = start + line[start..].find('<').unwrap_or(line.len() - start);
            let part = secret_part(hint, &line[start..end], Form::Bare)?;
            return Some(start + part.start..start + part.end);
        }
    }
    let at = line.find([':', '='])?;
    let (name, starts_line) = name_before(line, at, &literals)?;
    if !starts_line || !VALUES.contains(&name.to_ascii_lowercase().as_str()) {
        return None;
    }
    let value = at
        + 1
        + line[at + 1..]
            .bytes()
            .take_while(|it| matches!(it, b' ' | b'\t' | b'>' | b'='))
            .count();
    let (start, text, form) = match literals.iter().find(|it| it.open == value) {
        Some(it) => (it.start, &line[it.start..it.end], Form::Quoted),
        None => (
            value,
            &line[value..value + end_of_line(&line[value..])],
            Form::Bare,
        ),
    };
    let part = secret_part(hint, text, form)?;
    Some(start + part.start..start + part.end)
}
