//! What must never be shown: keys, and fields that by their name may hold one.

use serde_json::{Map, Value};

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
