//! Values in quotes: what stands before a literal says what it is.

use super::Open;
use super::secret_part;
use super::words::{BY_NAME, GLUE, LOGINS, NAMES, SURE_LOGINS, VALUES};
use crate::secret::formats;
use crate::secret::key::{self, Hint};
use crate::secret::literal::{self, Literal};
use crate::secret::value::{self, Form};
use std::ops::Range;

pub(super) fn in_literals(
    line: &str,
    literals: &[Literal],
    found: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let mut open = None;
    // `SET PASSWORD FOR 'root'@'localhost' = '…'`.
    let start = line.trim_start().as_bytes();
    let is_set = start.len() > 12 && start[..12].eq_ignore_ascii_case(b"set password");
    if let Some(it) = literals.last().filter(|_| is_set)
        && let Some(part) = secret_part(Hint::Password, &line[it.start..it.end], Form::Quoted)
    {
        found.push(it.start + part.start..it.start + part.end);
    }
    for (n, it) in literals.iter().enumerate() {
        let content = &line[it.start..it.end];
        let named = name_of(line, literals, n);
        let hint = match named {
            Named::Known(hint, by) => Some((hint, by)),
            Named::Nothing => None,
        };
        if let Some((hint, by)) = hint {
            let part = secret_part(hint, content, Form::Quoted);
            let part = part.filter(|part| by == By::Name || is_surely(&content[part.clone()]));
            if let Some(part) = part {
                found.push(it.start + part.start..it.start + part.end);
            }
            let rest = line[it.close..].trim_end();
            if hint > Hint::Vague && by == By::Name && rest.ends_with(['+', '\\', '.', '(', '&']) {
                open = Some(Open::Strings(hint));
            }
            continue;
        }
        // The name of a pair.
        if let Some(hint) = key::hint(content)
            && n + 1 >= literals.len()
        {
            let left = segment(&line[..it.open]);
            let rest = line[it.close..].trim();
            let own = last_name(left).map(str::to_ascii_lowercase);
            let own = own.or_else(|| {
                n.checked_sub(1)
                    .map(|n| line[literals[n].start..literals[n].end].to_ascii_lowercase())
            });
            if own.is_some_and(|it| NAMES.contains(&it.as_str())) {
                open = Some(Open::Pair(hint));
            } else if matches!(rest, ":" | "=" | "=>" | ": (" | "= (" | ":=") {
                open = Some(Open::Value(hint));
            }
        }
    }
    open
}

pub(super) fn literals(line: &str) -> Vec<Literal> {
    literal::literals(line, false)
}

/// Whether an argument beside a secret's name is a secret by itself: lists of names are frequent.
fn is_surely(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|it| test(&it));
    let is_mixed =
        has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    value.len() >= 6
        && (value::is_strong(value) || value::is_phrase(value))
        && (is_mixed || key::hint(value).is_none())
}

enum Named {
    Known(Hint, By),
    Nothing,
}

/// What ties a value to its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A separator, an assignment, a function that is known for it.
    Name,
    /// A comma alone.
    Comma,
}

/// What stands before a literal says what it is.
fn name_of(line: &str, literals: &[Literal], n: usize) -> Named {
    let it = &literals[n];
    let from = n.checked_sub(1).map_or(0, |n| literals[n].close);
    let left = &line[from..it.open];
    // `settings["Db:Password"]` names what it reads.
    let index = left.trim_end();
    if index.ends_with('[')
        && index[..index.len() - 1].ends_with(|it: char| it.is_alphanumeric() || it == '_')
    {
        return Named::Nothing;
    }
    let cut = segment(left);
    let names = names(cut);
    if !names.is_empty() {
        // `key="ApiKey" value="…"`, `"name": "DB_PASSWORD", "value": "…"`.
        let last = names
            .last()
            .copied()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if VALUES.contains(&last.as_str())
            && let Some(hint) = of_pair(line, literals, n)
        {
            return Named::Known(hint, By::Name);
        }
        // `NAME: TYPE = `: the type is none of its names.
        let typed = cut.replace("::", "  ");
        let is_typed = typed
            .find(": ")
            .or_else(|| typed.find(":&"))
            .is_some_and(|at| typed[at..].contains('='));
        let first = match typed.find([':', '=']) {
            Some(at) => self::names(&cut[..at]).last().copied(),
            None => None,
        };
        let candidates = [first, names.last().copied().filter(|_| !is_typed)];
        let hint = candidates.into_iter().flatten().filter_map(hint_of).max();
        if let Some(hint) = hint {
            return Named::Known(hint, By::Name);
        }
        // `property("db.password")?.getString() ?: "…"`.
        let falls_back = ["?:", "||", "??", " or ", "rElse", "r_else"]
            .iter()
            .any(|it| left.contains(it));
        let before = n
            .checked_sub(1)
            .filter(|_| falls_back)
            .map(|n| &line[literals[n].start..literals[n].end]);
        return before
            .and_then(key::hint)
            .map_or(Named::Nothing, |it| Named::Known(it, By::Name));
    }
    let callee = callee(&line[..it.open]);
    let lower = callee.to_ascii_lowercase();
    let short = lower
        .rsplit(['.', ':', '>'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('!');
    let takes_password = || match LOGINS
        .iter()
        .any(|it| *it == short || it.contains('.') && lower.ends_with(it))
    {
        true if SURE_LOGINS.contains(&short) || lower.ends_with("credentials.basic") => {
            Named::Known(Hint::Password, By::Name)
        }
        true => Named::Known(Hint::Password, By::Comma),
        false => Named::Nothing,
    };
    let Some(before) = n.checked_sub(1).map(|n| &literals[n]) else {
        return match left.trim_end().ends_with(',') {
            true => takes_password(),
            false => Named::Nothing,
        };
    };
    let name = &line[before.start..before.end];
    let is_comma = left.trim_start().starts_with(',');
    if name.len() > 80 || name.contains([':', '$', '\n']) || name.split(' ').count() > 3 {
        return Named::Nothing;
    }
    if !is_comma {
        let separated = left
            .trim_start()
            .starts_with([':', '=', ']', ')', '|', '?'])
            || left.trim_start().starts_with("->")
            || left.trim().is_empty() && it.open > before.close;
        if !separated {
            return Named::Nothing;
        }
        let lower = name.to_ascii_lowercase();
        if VALUES.contains(&lower.as_str())
            && let Some(hint) = of_pair(line, literals, n)
        {
            return Named::Known(hint, By::Name);
        }
        return key::hint(name).map_or(Named::Nothing, |it| Named::Known(it, By::Name));
    }
    // The secret beside the id of its key.
    let mut ids = Vec::new();
    formats::find(name, &mut ids);
    if !ids.is_empty() {
        return Named::Known(Hint::Token, By::Comma);
    }
    if let Some(hint) = key::hint(name) {
        let by = match BY_NAME.contains(&short) {
            true => By::Name,
            false => By::Comma,
        };
        return Named::Known(hint, by);
    }
    takes_password()
}

/// The name of the pair whose value is literal `n`, on the same line.
pub(super) fn of_pair(line: &str, literals: &[Literal], n: usize) -> Option<Hint> {
    let own = |m: usize| {
        let it = &literals[m];
        let from = m.checked_sub(1).map_or(0, |m| literals[m].close);
        let own = last_name(segment(&line[from..it.open])).map(str::to_ascii_lowercase);
        let own = own.or_else(|| {
            let before = &literals[m.checked_sub(1)?];
            Some(line[before.start..before.end].to_ascii_lowercase())
        })?;
        let own = own.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
        NAMES
            .contains(&own.as_str())
            .then(|| key::hint(&line[it.start..it.end]))
            .flatten()
    };
    // `{"value": "…", "name": "API_KEY"}` has them the other way round.
    (0..n)
        .rev()
        .find_map(own)
        .or_else(|| (n + 1..literals.len()).find_map(own))
}

/// The end of a text from the last place where a statement, an item or an argument begins.
fn segment(left: &str) -> &str {
    let at = left.rfind([';', '{', ',']).map_or(0, |it| it + 1);
    let cut = &left[at..];
    // `<add key=` begins an element; `key <- ` and `a < b` don't.
    let element = cut
        .rfind('<')
        .filter(|at| cut[at + 1..].starts_with(|it: char| it.is_ascii_alphabetic()));
    let cut = element.map_or(cut, |at| &cut[at + 1..]);
    // `&&` and `||` begin no statement, but `if a == "x" && b == "y"` has two.
    cut.rfind("&&").map_or(cut, |it| &cut[it + 2..])
}

/// The function within whose arguments `left` ends; without parentheses the first word of the line.
fn callee(left: &str) -> &str {
    let mut depth = 0_i32;
    let open = left.bytes().enumerate().rev().find(|(_, it)| {
        match it {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    let Some((open, _)) = open else {
        return left.split_ascii_whitespace().next().unwrap_or_default();
    };
    let left = left[..open].trim_end();
    let from = left.rfind(|it: char| {
        !(it.is_alphanumeric() || matches!(it, '_' | '.' | ':' | '!' | '>' | '-'))
    });
    let name = &left[from.map_or(0, |at| {
        at + left[at..].chars().next().map_or(1, char::len_utf8)
    })..];
    // `Some("…")` and its like are no functions of their own.
    if name.is_empty() {
        // A tuple: what it is assigned to.
        return names(segment(left)).last().copied().unwrap_or_default();
    }
    let lower = name.to_ascii_lowercase();
    if GLUE.contains(&lower.as_str())
        && !BY_NAME.contains(&lower.as_str())
        && name.len() < left.len()
    {
        return callee(&left[..left.len() - name.len()]);
    }
    name
}

/// The names of a segment in order, without glue.
pub(super) fn names(segment: &str) -> Vec<&str> {
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | '$');
    let words = segment.split(|it| !is_part(it));
    let words = words.map(|it| it.trim_matches(['-', '.', '$']));
    words
        .filter(|it| {
            it.starts_with(|it: char| it.is_alphabetic() || it == '_')
                && it.len() > it.matches('_').count()
        })
        .filter_map(|it| {
            // `password.equals`, `env.get`.
            let mut it = it;
            while let Some((before, last)) = it.rsplit_once('.') {
                if !GLUE.contains(&last.to_ascii_lowercase().as_str()) {
                    break;
                }
                it = before;
            }
            (!GLUE.contains(&it.to_ascii_lowercase().as_str())).then_some(it)
        })
        .collect()
}

pub(super) fn last_name(segment: &str) -> Option<&str> {
    names(segment).last().copied()
}

fn hint_of(name: &str) -> Option<Hint> {
    key::hint(name)
}
