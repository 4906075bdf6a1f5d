//! Credentials in addresses and headers.

use super::key::{self, Hint};
use super::value;
use base64::Engine as _;
use std::ops::Range;

/// Passwords and tokens in the addresses of a line, and what follows `Bearer` and `Basic`.
pub(super) fn find(line: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = line[from..].find("://") {
        let start = from + at + 3;
        from = start;
        let rest = &line[start..];
        let end = rest
            .find(|it: char| {
                it.is_whitespace()
                    || matches!(
                        it,
                        '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`' | '\\' | ')' | ']'
                    )
            })
            .unwrap_or(rest.len());
        // A password may hold what ends an authority, if an `@` still follows.
        let long = rest
            .find(|it: char| {
                it.is_whitespace() || matches!(it, '"' | '\'' | '<' | '>' | '`' | '\\')
            })
            .unwrap_or(rest.len());
        let at = rest[..end].rfind('@').or_else(|| {
            let colon = rest[..end].find(':')?;
            // `host:8080/path@x` has a port.
            let is_port = rest[colon + 1..end].bytes().all(|it| it.is_ascii_digit());
            if is_port {
                None
            } else {
                rest[..long].rfind('@')
            }
        });
        if let Some(at) = at {
            user(&rest[..at], start, found);
        }
    }
    // Data source names of drivers: `user:password@tcp(host)/db`.
    for mark in ["@tcp(", "@unix(", "@(", "@//"] {
        if let Some(at) = line.find(mark) {
            let start = line[..at]
                .rfind(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '=' | '`'))
                .map_or(0, |it| it + 1);
            if let Some(separator) = line[start..at].find([':', '/']) {
                let password = &line[start + separator + 1..at];
                if password.len() >= 3 && !value::is_standin(password) {
                    found.push(start + separator + 1..at);
                }
            }
        }
    }
    for scheme in [
        "Bearer ",
        "bearer ",
        "Basic ",
        "basic ",
        "Authorization: ",
        "authorization: ",
        "token ",
    ] {
        let mut from = 0;
        while let Some(at) = line[from..].find(scheme) {
            let start = from + at + scheme.len();
            from = start;
            let rest = &line[start..];
            let end = rest
                .find(|it: char| {
                    it.is_whitespace()
                        || matches!(
                            it,
                            '"' | '\'' | '`' | '\\' | '<' | ',' | ')' | ']' | '}' | ';'
                        )
                })
                .unwrap_or(rest.len());
            let word = &rest[..end];
            let is_key = match scheme {
                "Basic " | "basic " => {
                    is_basic(word) || word.len() >= 20 && value::is_random_bytes(word.as_bytes())
                }
                "token " => word.len() >= 20 && value::is_random(word),
                _ => word.len() >= 10 && (value::is_random(word) || value::is_strong(word)),
            };
            if is_key && !value::is_standin(word) {
                found.push(start..start + end);
            }
        }
    }
}

/// The secret of `user:password` or of a token in a user's place.
fn user(text: &str, start: usize, found: &mut Vec<Range<usize>>) {
    match text.find(':') {
        Some(colon) => {
            let (name, password) = (&text[..colon], &text[colon + 1..]);
            let fixed = !password.is_empty()
                && !is_sample(name, password)
                && !value::is_standin(password)
                && !password.starts_with(['$', '{', '<', '%', '#']);
            if fixed && !password.contains("${") && !password.contains("{{") {
                found.push(start + colon + 1..start + text.len());
            }
            // `https://TOKEN:x-oauth-basic@host`.
            if value::is_random(name) && name.len() >= 16 {
                found.push(start..start + colon);
            }
        }
        None if text.len() >= 16 && value::is_random(text) => found.push(start..start + text.len()),
        None => {}
    }
}

/// `user:password`, as documentation writes it.
pub(super) fn is_sample(user: &str, password: &str) -> bool {
    let is = |it: &str, list: &[&str]| list.iter().any(|known| it.eq_ignore_ascii_case(known));
    is(
        user,
        &["user", "username", "name", "login", "me", "foo", "u"],
    ) && is(
        password,
        &[
            "password", "pass", "passwd", "pwd", "secret", "token", "bar", "p", "pw",
        ],
    )
}

/// Whether a word is `user:password` in base64.
pub(super) fn is_basic(word: &str) -> bool {
    if word.len() < 8 || word.len() > 4_000 {
        return false;
    }
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let Ok(bytes) = engine.decode(word.trim_end_matches('=')) else {
        return false;
    };
    let colon = bytes.iter().position(|it| *it == b':');
    colon.is_some_and(|it| it + 1 < bytes.len())
        && bytes.iter().all(|it| it.is_ascii_graphic() || *it == b' ')
}

/// The cookies of a header whose values a machine drew.
pub(super) fn cookies(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive([';', ' ']) {
        if let Some((name, value)) = part.trim_end_matches([';', ' ', '"', '\'']).split_once('=')
            && !value::is_standin(value)
            && (value::is_random(value)
                || key::hint(name).is_some_and(|it| it > Hint::Vague && value.len() >= 6))
        {
            let at = start + name.len() + 1;
            found.push(at..at + value.len());
        }
        start += part.len();
    }
    found
}
