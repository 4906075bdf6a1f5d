//! Secret-looking strings in code that goes into a prompt: masked, wherever the model runs.
//!
//! Files that hold secrets never get this far (`hob_index::walk::is_secret`); this is for the key that somebody left in
//! ordinary code. It errs towards masking: a model completes as well beside `********`.

use std::borrow::Cow;
use std::ops::Range;

/// What stands in a secret's place.
pub(crate) const MASK: &str = "********";

/// How keys of well-known services begin, and how long they are at least, as their documentation shows them.
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("github_pat_", 30),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("glpat-", 20),
    ("hf_", 30),
    ("npm_", 30),
    ("pypi-", 40),
    ("sk-", 20),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("xoxa-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("eyJ", 60),
];

/// Parts of names whose quoted values are secrets.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "private_key",
];

/// The text with each secret-looking string replaced by [`MASK`]; borrowed where there is none.
pub fn masked(text: &str) -> Cow<'_, str> {
    let found = secrets(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for range in found {
        out.push_str(&text[copied..range.start]);
        out.push_str(MASK);
        copied = range.end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where the secrets are, in order, without overlaps.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(start) = rest.find(is_of_key).map(|it| at + it) else {
            break;
        };
        let word = &text[start..];
        let end = start + word.find(|it| !is_of_key(it)).unwrap_or(word.len());
        let word = &text[start..end];
        if is_key(word) || (is_random(word) && is_value_of_secret(&text[..start])) {
            found.push(start..end);
        }
        at = end;
    }
    found
}

/// Keys are of these; quotes, blanks and brackets end them.
fn is_of_key(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '+' | '/' | '~')
}

fn is_key(word: &str) -> bool {
    let known = |(prefix, len): &(&str, usize)| word.len() >= *len && word.starts_with(prefix);
    PREFIXES.iter().any(known) && word.bytes().any(|it| it.is_ascii_digit())
}

/// Whether a word is more like a key than like anything that a person would write.
fn is_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    word.len() >= 12 && digits >= 2 && letters >= 2 && !word.contains("..")
}

/// Whether `before` ends with something like `NAME = "` or `NAME: "`, where the name tells of a secret.
fn is_value_of_secret(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let Some(line) = line.strip_suffix(['"', '\'', '`']) else {
        return false;
    };
    // The name, with its type where it has one.
    let name = line.rsplit([',', '{', ';', '(']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|it| name.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_known_services_are_masked_wherever_they_stand() {
        let key = format!("gh{}_{}", "p", "a1B2".repeat(9));
        let text = format!("curl -H 'Authorization: Bearer {key}' x\n");
        assert_eq!(
            masked(&text),
            "curl -H 'Authorization: Bearer ********' x\n"
        );
        let key = format!("AK{}{}", "IA", "IOSFODNN7EXAMPLE");
        assert_eq!(
            masked(&format!("let id = \"{key}\";")),
            "let id = \"********\";"
        );
    }

    #[test]
    fn values_of_secret_names_are_masked() {
        for line in [
            "password = \"hunter2hunter2X\"",
            "\"apiKey\": \"0a1b2c3d4e5f6a7b\",",
            "const SESSION_TOKEN: &str = '9f86d081884c7d659a2f'",
        ] {
            assert!(masked(line).contains("********"), "{line}");
        }
    }

    #[test]
    fn ordinary_code_stays_as_it_is() {
        for line in [
            "let token = lexer.next_token_2(tokens1);",
            "password = input(\"your password please\")",
            "use crate::assist::place::Place; // sk-ip the rest",
            "let url = \"http://127.0.0.1:8080/v1/completions\";",
            "let checksum = \"9f86d081884c7d659a2feaa0c55ad015\";",
            "token: &str, secret: \"\"",
            "é 漢字 😀",
        ] {
            assert!(
                matches!(masked(line), Cow::Borrowed(_)),
                "{line}: {}",
                masked(line)
            );
        }
    }
}
