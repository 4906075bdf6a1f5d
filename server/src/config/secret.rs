//! What must never be shown: keys, fields that by their name may hold one, and words that look like one wherever they stand.

use std::borrow::Cow;

use serde_json::{Map, Value};

use hob_index::secret;

/// What stands in place of a secret.
pub const MASK: &str = "••••••";

/// Whether a field of this name may hold a secret: one of its words is the name of one (`api_key`, `apiKey`, `X-Auth-Token`).
/// Settings such as `max_tokens` and `key_size` are no secrets, so only whole words count, and `key` only at the end.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|it| it == "key" || it == "apikey")
        || words.iter().any(|it| {
            matches!(
                it.as_str(),
                "token"
                    | "secret"
                    | "password"
                    | "passwd"
                    | "authorization"
                    | "auth"
                    | "bearer"
                    | "credential"
                    | "credentials"
                    | "cookie"
            )
        })
}

/// The table with every secret-looking field masked, at any depth.
pub fn masked_table(table: &Map<String, Value>) -> Map<String, Value> {
    table
        .iter()
        .map(|(name, value)| {
            let value = if is_secret_name(name) {
                Value::from(MASK)
            } else {
                masked_value(value)
            };
            (name.clone(), value)
        })
        .collect()
}

fn masked_value(value: &Value) -> Value {
    match value {
        Value::Object(table) => Value::Object(masked_table(table)),
        Value::Array(items) => Value::Array(items.iter().map(masked_value).collect()),
        other => other.clone(),
    }
}

/// Takes out every field that by its name or its value may hold a secret.
pub fn remove_secrets(table: &mut Map<String, Value>) {
    table.retain(|name, value| {
        let shown = hidden_value(&masked_value(value));
        !is_secret_name(name) && shown == *value
    });
}

/// The value with every word masked that looks like a key, in names and strings at any depth. For showing it.
pub fn hidden_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(hidden(text)),
        Value::Object(table) => table
            .iter()
            .map(|(name, value)| (hidden(name).into_owned(), hidden_value(value)))
            .collect(),
        Value::Array(items) => Value::Array(items.iter().map(hidden_value).collect()),
        other => other.clone(),
    }
}

/// How keys of well-known services begin.
const BEGINNINGS: [&str; 26] = [
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "gsk_",
    "csk-",
    "xai-",
    "pplx-",
    "nvapi-",
    "r8_",
    "fw_",
    "hf_",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "AKIA",
    "ASIA",
    "AIza",
    "npm_",
    "pypi-",
    "eyJ",
];

/// The text for a message: each word masked that looks like a key. People paste keys into the wrong setting, and servers
/// repeat what they were sent. Names of models and addresses stay as they are.
pub fn hidden(text: &str) -> Cow<'_, str> {
    let text = secret::masked(text);
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(is_of_key) {
        let start = at + found;
        let rest = &text[start..];
        let word = &rest[..rest.find(|it| !is_of_key(it)).unwrap_or(rest.len())];
        at = start + word.len();
        if looks_like_key(word) {
            out.push_str(&text[copied..start]);
            out.push_str(MASK);
            copied = at;
        }
    }
    match copied {
        0 => text,
        _ => {
            out.push_str(&text[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Keys are of these. A slash parts words, as it parts addresses and paths: what is left of a key is long enough.
fn is_of_key(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '+' | '~' | '%')
}

fn looks_like_key(word: &str) -> bool {
    // A name or a sign may stand before it.
    let starts = word.char_indices().filter(|(at, it)| {
        let before = word[..*at].chars().next_back();
        it.is_ascii_alphanumeric() && before.is_none_or(|it| !it.is_ascii_alphanumeric())
    });
    let mut rests = starts.map(|(at, _)| &word[at..]);
    rests.any(|it| begins_like_key(it) || is_uuid(it))
        || word
            .split(|it: char| !it.is_ascii_alphanumeric())
            .any(is_random)
}

fn begins_like_key(word: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| {
        let Some(rest) = word.strip_prefix(beginning) else {
            return false;
        };
        let has_digit = rest.bytes().any(|it| it.is_ascii_digit());
        // OpenAI's first, which many servers' keys are modelled on.
        rest.len() >= 8 && (*beginning == "sk-" || has_digit || rest.len() >= 16)
    })
}

/// Whether a run of letters and digits is more like a key than like anything that a person would write: names of models
/// are made of short parts.
fn is_random(part: &str) -> bool {
    let bytes = part.as_bytes();
    let digits = bytes.iter().filter(|it| it.is_ascii_digit()).count();
    let letters = bytes.len() - digits;
    let changes = |of: fn(&u8) -> bool| {
        bytes
            .windows(2)
            .filter(|it| of(&it[0]) != of(&it[1]))
            .count()
    };
    let mixed = digits >= 2 && letters >= 2;
    mixed && bytes.len() >= 20
        || mixed && bytes.len() >= 16 && changes(u8::is_ascii_digit) >= 4
        || bytes.len() >= 24 && changes(u8::is_ascii_uppercase) >= 8
}

fn is_uuid(word: &str) -> bool {
    let shape = |(at, it): (usize, u8)| match at {
        8 | 13 | 18 | 23 => it == b'-',
        _ => it.is_ascii_hexdigit(),
    };
    word.len() >= 36 && word.bytes().take(36).enumerate().all(shape)
}

/// The words of a name in lower case: split at anything that is no letter or digit, and where a lower-case letter meets a capital.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && last_was_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            // Proof: `words` starts with one element and only grows.
            words
                .last_mut()
                .expect("never empty")
                .extend(c.to_lowercase());
        }
        last_was_lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_keys_are_told_from_names_that_only_look_like_them() {
        for name in [
            "api_key",
            "apiKey",
            "key",
            "Authorization",
            "X-Auth-Token",
            "token",
            "client_secret",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "max_tokens",
            "keep_alive",
            "key_size",
            "temperature",
            "monkey",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn words_that_look_like_keys_are_hidden_and_names_are_not() {
        for key in [
            "sk-abcdefgh",
            "sk-proj-a1B2c3D4",
            "sk-ant-api03-xxxxxxxxxxxxxxxx",
            "gsk_a1b2c3d4e5",
            "hf_aBcDeFgHiJkLmNoPqRsTuVwX",
            "ghp_0123456789abcdef",
            "9f86d081884c7d659a2feaa0c55ad015",
            "a1b2c3d4e5f6a7b8",
            "123e4567-e89b-12d3-a456-426614174000",
            "AbCdEfGhIjKlMnOpQrStUvWxYz",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        ] {
            for text in [
                key.to_owned(),
                format!("Bearer {key}"),
                format!("http://host/{key}/v1"),
                format!("x={key}"),
                format!("models.{key}"),
                format!("my_key-{key}."),
                format!("{key}%20"),
                format!("«{key}»"),
            ] {
                assert!(!hidden(&text).contains(key), "{text}: {}", hidden(&text));
                assert!(
                    hidden(&text).contains(MASK) || hidden(&text).contains("****"),
                    "{text}"
                );
            }
        }
        for name in [
            "Qwen2.5-Coder-7B-Instruct-Q4_K_M.gguf",
            "qwen2.5-coder:1.5b-base-q8_0",
            "deepseek-coder-v2-lite-instruct",
            "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF",
            "http://127.0.0.1:8080/v1/chat/completions",
            "https://openrouter.example/api",
            "sk-learn",
            "a sentence with unconditionalInternationalisation",
            "/home/ann/.config/hob/config.toml",
            "é 漢字 😀",
        ] {
            assert_eq!(hidden(name), name);
        }
    }

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let Value::Object(table) =
            json!({"a": [{"password": "p"}], "headers": {"authorization": {"x": 1}}, "n": 1})
        else {
            unreachable!("the literal is an object")
        };
        assert_eq!(
            Value::Object(masked_table(&table)),
            json!({"a": [{"password": MASK}], "headers": {"authorization": MASK}, "n": 1})
        );
    }
}
