//! What a value says of itself: drawn by a machine, chosen by a person, or no secret at all.

use super::key::{self, Hint};

/// Where a value stands, which says how much may be taken for a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In quotes.
    Quoted,
    /// Bare, where everything behind the separator is the value: INI, YAML, `.env` lines, XML elements, options.
    Bare,
    /// Bare in code, where a word may be a variable: only what no variable looks like.
    Code,
}

/// Words that stand for a value instead of being one.
const STANDINS: &[&str] = &[
    "your-",
    "your_",
    "your ",
    "yourpass",
    "yourtoken",
    "yourkey",
    "yoursecret",
    "yourapi",
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "placeholder",
    "redacted",
    "replace",
    "insert",
    "todo",
    "fixme",
    "{{",
    "xxxx",
    "****",
    "....",
    "notset",
    "not-set",
    "not_set",
    "put-",
    "put_",
    "enter_",
    "enter-",
];
/// Words of samples: a value of nothing else is one.
const SAMPLES: &[&str] = &[
    "example", "sample", "dummy", "fake", "my", "your", "some", "here", "a", "the", "password",
    "passwd", "pass", "secret", "key", "token", "api", "test", "user", "value", "foo", "bar",
    "baz", "string", "strong",
];
/// Values that name a kind of value, in schemas, types and settings.
const KINDS: &[&str] = &[
    "on_create",
    "pbkdf2_sha256",
    "pbkdf2",
    "bcrypt",
    "argon2",
    "argon2id",
    "scrypt",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "hs256",
    "rs256",
    "es256",
    "true",
    "false",
    "null",
    "none",
    "nil",
    "undefined",
    "yes",
    "no",
    "on",
    "off",
    "required",
    "optional",
    "string",
    "str",
    "text",
    "hidden",
    "bearer",
    "basic",
    "oauth",
    "oauth2",
    "jwt",
    "auto",
    "plain",
    "enabled",
    "disabled",
    "number",
    "integer",
    "int",
    "bool",
    "boolean",
    "object",
    "any",
    "char",
    "varchar",
    "bytes",
    "void",
    "never",
    "inherit",
    "same-origin",
    "include",
    "omit",
    "empty",
    "unset",
    "always",
    "option",
    "token",
    "apikey",
    "self",
    "generate",
    "random",
    "default",
    "identifier",
    "keyword",
    "password_field",
    "passwordfield",
    "vault",
    "env",
    "file",
    "secretstring",
    "securestring",
    "value",
    "prompt",
    "ask",
    "unknown",
    "header",
    "query",
    "cookie",
];
/// Words of sentences: who writes them writes no passphrase.
const WORDS: &[&str] = &[
    "your",
    "please",
    "enter",
    "must",
    "password",
    "passwords",
    "passphrase",
    "passwort",
    "token",
    "secret",
    "invalid",
    "new",
    "can",
    "should",
    "api",
    "forgot",
    "reset",
    "least",
    "characters",
    "digits",
    "letters",
    "show",
    "hide",
    "required",
    "missing",
    "wrong",
    "incorrect",
    "too",
    "optional",
    "field",
    "value",
    "confirm",
    "change",
    "key",
    "login",
    "sign",
    "expired",
    "needed",
    "used",
    "set",
    "get",
    "this",
    "has",
    "have",
    "was",
    "will",
    "not",
    "match",
    "does",
    "failed",
    "error",
    "denied",
    "ok",
];

/// Words of code, where a value is not in quotes.
const CODE: &[&str] = &[
    "if", "else", "then", "and", "or", "not", "in", "is", "for", "await", "new", "return", "as",
    "when", "do", "end", "unless", "of", "case", "where", "from", "by", "to", "with", "on", "the",
    "a", "an",
];

/// Whether a value under a name with this hint is a secret.
pub(super) fn is_secret(hint: Hint, value: &str, form: Form) -> bool {
    if KINDS.contains(&value.to_ascii_lowercase().as_str()) {
        return false;
    }
    if value.len() < 3 || value.len() > 20_000 || is_standin(value) || value.contains(":\"") {
        return false;
    }
    // A call is no literal.
    let is_name = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_.:$>-".contains(&it))
    };
    let called = value
        .split_once(['(', '['])
        .filter(|it| !it.0.is_empty() && is_name(it.0));
    if called.is_some() && (form != Form::Quoted || value.ends_with([')', '('])) {
        return false;
    }
    if hint == Hint::Vague && (is_uuid(value) || is_composed(value)) {
        return false;
    }
    if is_colour(value) || is_sequence(value) {
        return false;
    }
    if is_random(value) {
        return true;
    }
    if form == Form::Code {
        // No code has three bare words in a row.
        let is_code = |it: &str| CODE.contains(&it);
        return hint == Hint::Password
            && value.split_whitespace().count() > 3
            && !value.split_whitespace().any(is_code)
            && is_phrase(value);
    }
    match hint {
        Hint::Vague => false,
        Hint::Token => is_strong(value) && value.len() >= 8,
        Hint::Password => is_password(value, form),
    }
}

/// `#3b82f6`.
fn is_colour(value: &str) -> bool {
    value.strip_prefix('#').is_some_and(|it| {
        matches!(it.len(), 3 | 4 | 6 | 8) && it.bytes().all(|it| it.is_ascii_hexdigit())
    })
}

/// Bytes that count up, as test vectors have them: `000102030405…`.
fn is_sequence(value: &str) -> bool {
    let hex = value.strip_prefix("0x").unwrap_or(value).as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = hex.chunks(2).map(byte).collect();
    bytes.is_some_and(|it| {
        let steps = it
            .windows(2)
            .filter(|it| it[1] == it[0].wrapping_add(1) || it[1] == it[0].wrapping_add(0x11));
        it.len() >= 8 && steps.count() * 4 >= it.len() * 3
    })
}

/// Ids are everywhere, beside keys of all kinds.
fn is_uuid(value: &str) -> bool {
    let mut parts = value.split('-');
    let sizes = [8, 4, 4, 4, 12];
    sizes.iter().all(|n| {
        parts
            .next()
            .is_some_and(|it| it.len() == *n && it.bytes().all(|it| it.is_ascii_hexdigit()))
    }) && parts.next().is_none()
}

/// Keys of caches: words and a hash, `linux-node-20-3e29a957…`.
fn is_composed(value: &str) -> bool {
    let is_word = |it: &&str| it.len() >= 3 && it.bytes().all(|it| it.is_ascii_lowercase());
    value.split(['-', '_', ':', '/']).filter(is_word).count() >= 2
}

/// Whether a value is one that a person would choose as a password.
fn is_password(value: &str, form: Form) -> bool {
    // `String!`, `Password:`, `Password?`.
    let bare = value.trim_end().trim_end_matches(['!', '?', ':', '*', '…']);
    let lower = bare.to_ascii_lowercase();
    if key::is_word(bare)
        || KINDS.contains(&lower.as_str())
        || (is_label(bare) && !value.ends_with('!'))
    {
        return false;
    }
    // `userPassword`, the name of something.
    let is_name = value.bytes().all(|it| it.is_ascii_alphabetic())
        && value.bytes().any(|it| it.is_ascii_uppercase())
        && value.starts_with(|it: char| it.is_ascii_lowercase())
        && key::hint(value).is_some();
    if is_name && form == Form::Quoted {
        return false;
    }
    if is_reference(value) && (form == Form::Bare || !is_kebab(value)) {
        return false;
    }
    if value.contains(char::is_whitespace) {
        return is_phrase(value);
    }
    if value.len() < 4 || is_label(value) {
        return false;
    }
    true
}

/// `db-credentials`: in quotes, a secret that calls itself so.
fn is_kebab(value: &str) -> bool {
    value.contains('-')
        && value
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

/// One word as a label has it: `Passwort`, `Geheimnis`.
fn is_label(value: &str) -> bool {
    let mut chars = value.chars();
    chars.next().is_some_and(char::is_uppercase)
        && chars.all(|it| it.is_alphabetic() && it.is_lowercase())
}

/// Several words: a passphrase, or a password with blanks; not a sentence.
pub(super) fn is_phrase(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    let plain = |it: &&str| {
        it.bytes().all(|it| it.is_ascii_lowercase()) || it.bytes().all(|it| it.is_ascii_digit())
    };
    let is_word = |it: &&str| WORDS.contains(&it.to_ascii_lowercase().as_str());
    if words.iter().any(is_word) {
        return false;
    }
    let strong = words
        .iter()
        .filter(|it| is_strong(it.trim_end_matches(['?', '!', '.', ':'])))
        .count();
    (words.len() >= 2 && words.iter().all(|it| plain(it) && it.len() > 1))
        || (strong > 0 && words.len() <= 4)
}

/// Whether a value is no plain word: digits and letters, or letters and symbols, or both cases mixed up.
pub(super) fn is_strong(value: &str) -> bool {
    if value.contains(char::is_whitespace)
        || is_reference(value)
        || is_location(value)
        || is_version(value)
    {
        return false;
    }
    let has = |test: fn(&u8) -> bool| value.bytes().any(|it| test(&it));
    let letters = has(u8::is_ascii_alphabetic);
    let digits = has(u8::is_ascii_digit);
    let symbols = value.bytes().any(|it| b"!@#$%^*?+~=".contains(&it));
    if is_mail(value) {
        return false;
    }
    (letters && digits)
        || (symbols && (letters || digits))
        || (digits && value.len() >= 8 && !letters)
}

/// `user@example.com`.
fn is_mail(value: &str) -> bool {
    let plain = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"._-+".contains(&it))
    };
    value.split_once('@').is_some_and(|(user, host)| {
        plain(user)
            && plain(host)
            && host
                .rsplit_once('.')
                .is_some_and(|it| it.1.len() >= 2 && it.1.bytes().all(|it| it.is_ascii_lowercase()))
    })
}

/// Whether a value was drawn by a machine: hexadecimal, base64, a password generator.
pub(super) fn is_random(value: &str) -> bool {
    value.len() >= 12
        && is_random_bytes(value.as_bytes())
        && !is_member(value)
        && !is_location(value)
        && !is_version(value)
}

/// [`is_random`] for what holds neither blanks nor slashes of a path: the pieces between changes of letter case and digits
/// are short. Words that people write are longer: of English identifiers four letters in the middle, of base64 under two.
pub(super) fn is_random_bytes(value: &[u8]) -> bool {
    if value
        .iter()
        .any(|it| it.is_ascii_whitespace() || !it.is_ascii_graphic())
    {
        return false;
    }
    let (mut letters, mut digits, mut pieces, mut upper, mut lower) =
        (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    let (mut before, mut earlier) = (b' ', b' ');
    for &it in value {
        let kind = |it: u8| (it.is_ascii_alphabetic(), it.is_ascii_digit());
        if it.is_ascii_digit() {
            digits += 1;
        } else if it.is_ascii_alphabetic() {
            letters += 1;
            upper += usize::from(it.is_ascii_uppercase());
            lower += usize::from(it.is_ascii_lowercase());
        }
        let hump = it.is_ascii_uppercase() && before.is_ascii_lowercase();
        let stray = it.is_ascii_lowercase() && before.is_ascii_digit();
        // `VFEGfqk` is no word, `HTTPServer` is one in a name.
        let fall =
            it.is_ascii_lowercase() && before.is_ascii_uppercase() && earlier.is_ascii_uppercase();
        if kind(it) != kind(before) || hump || stray || fall {
            pieces += usize::from(it.is_ascii_alphanumeric());
        }
        earlier = before;
        before = it;
    }
    let n = letters + digits;
    if n < 10 || letters == 0 {
        return false;
    }
    let mean = n as f32 / pieces.max(1) as f32;
    if n >= 32 && n == value.len() {
        return true;
    }
    if digits >= 2 {
        // Base32 and capitals with few digits have longer pieces than the rest.
        return mean <= 3.6
            || (n >= 20 && upper > 0 && lower > 0 && mean <= 5.0)
            || (n >= 32 && mean <= 6.0 && lower == 0);
    }
    (n >= 16 && upper >= 3 && lower >= 3 && mean <= 3.2)
        || (n >= 20 && upper >= 4 && lower >= 4 && mean <= 3.7)
        || (n >= 32 && n == value.len())
}

/// Whether something stands for the value: a variable, a template, a sample.
pub(super) fn is_standin(value: &str) -> bool {
    let trimmed = value.trim();
    let Some(first) = trimmed.chars().next() else {
        return true;
    };
    let whole_variable = |it: &str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"_.:-[]()'\" |/@,>{}$".contains(&it))
    };
    // `$NAME`, `${NAME}`, `%NAME%`, `@NAME@`, `#{name}`, `!secret name`, `*alias`, `<name>`, `[name]`.
    let variable = match first {
        // `$NAME`, `${NAME}`, `$(command)`, `$env:NAME`, `$ENV{NAME}`, `$config['name']`.
        '$' => {
            let rest = &trimmed[1..];
            !trimmed.contains(":-")
                && (rest.starts_with(['{', '(', '['])
                    || rest.contains("['")
                    || rest.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
                        && rest.bytes().all(|it| {
                            it.is_ascii_alphanumeric() || b"_.:{}[]()'\"->$".contains(&it)
                        })
                        && !is_random(rest))
        }
        '%' => {
            trimmed.len() <= 3
                || (trimmed.ends_with('%') && whole_variable(trimmed[1..].trim_end_matches('%')))
                || trimmed.starts_with("%(")
        }
        '@' => trimmed.len() > 2 && trimmed.ends_with('@'),
        '#' => trimmed.starts_with("#{") && trimmed.ends_with('}'),
        '{' => trimmed.starts_with("{{") || trimmed.ends_with('}'),
        '<' => trimmed.ends_with('>') || trimmed.starts_with("<%"),
        '[' => trimmed.ends_with(']'),
        '*' | '&' => trimmed[1..]
            .bytes()
            .all(|it| it.is_ascii_alphabetic() || it == b'_' || it == b'-' || it == b'*'),
        '!' => {
            trimmed.starts_with("!secret ")
                || trimmed.starts_with("!Ref")
                || trimmed.starts_with("!Sub")
                || trimmed.starts_with("!Get")
                || trimmed.starts_with("!vault")
        }
        _ => false,
    };
    if variable || trimmed.chars().all(|it| it == first) {
        return true;
    }
    if trimmed.len() > 4 && trimmed.starts_with("__") && trimmed.ends_with("__") {
        return true;
    }
    let lower = trimmed.to_ascii_lowercase();
    if [
        "urn:",
        "enc(",
        "enc[",
        "vault:",
        "op://",
        "ref+",
        "arn:",
        "projects/",
        "secretsmanager:",
        "ssm:",
        "keyvault",
        "file:",
        "env:",
        "env.",
        "secrets.",
        "vars.",
        "process.env",
        "os.environ",
        "http://",
        "https://",
        "resolve:",
        "kv/",
        "secret/data",
        "gcp:",
        "aws:",
        "sops",
    ]
    .iter()
    .any(|it| lower.starts_with(it))
    {
        return true;
    }
    let words = key::words(trimmed);
    let is_sample = words.len() > 1
        && words
            .iter()
            .all(|it| SAMPLES.contains(&it.as_str()) || it.bytes().all(|it| it.is_ascii_digit()));
    if is_sample
        && words.iter().any(|it| {
            [
                "example", "sample", "dummy", "fake", "my", "your", "here", "some",
            ]
            .contains(&it.as_str())
        })
    {
        return true;
    }
    STANDINS.iter().any(|it| lower.contains(it)) && !is_random_between(&lower)
}

/// Whether a value that holds a stand-in's word was drawn for the most part all the same.
fn is_random_between(value: &str) -> bool {
    value.len() >= 24 && is_random(value)
}

/// Names of variables, messages and objects: `DB_PASSWORD`, `auth.password.label`, `db-credentials`.
fn is_reference(value: &str) -> bool {
    // `required|string|min:12`, `user.create_token!`, `app.hashers.Argon2Hasher`.
    let rules: Vec<&str> = value.split('|').collect();
    if rules.len() >= 3
        && rules.iter().all(|it| {
            it.bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b":_".contains(&it))
        })
    {
        return true;
    }
    if is_member(value) {
        return true;
    }
    // `auth/SET_PASSWORD`, the type of an action.
    let is_action =
        |it: &str| it.len() > 2 && it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    if value.rsplit_once('/').is_some_and(|(scope, name)| {
        is_action(name)
            && scope
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it == b'/')
    }) {
        return true;
    }
    // `tokens#create`.
    if value.split_once('#').is_some_and(|(a, b)| {
        [a, b]
            .iter()
            .all(|it| it.len() > 2 && it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_'))
    }) {
        return true;
    }
    let parts: Vec<&str> = value.split(['_', '-', '.', ':', '/']).collect();
    if parts.len() < 2 || parts.iter().any(|it| it.len() > 24) {
        return false;
    }
    let all = |test: fn(u8) -> bool| parts.iter().all(|it| it.bytes().all(test));
    let capitals = all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        && value.contains('_')
        && !parts[0].is_empty();
    if capitals {
        return !is_random(value);
    }
    let plain = all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        && parts.iter().all(|it| !it.is_empty());
    if !plain {
        // `auth.passwordLabel`, `errors.tokenExpired`.
        return value.contains('.')
            && parts
                .iter()
                .all(|it| it.len() > 1 && it.bytes().all(|it| it.is_ascii_alphabetic()));
    }
    const OBJECTS: &[&str] = &[
        "password",
        "passwords",
        "secret",
        "secrets",
        "token",
        "tokens",
        "credential",
        "credentials",
        "creds",
        "key",
        "keys",
        "auth",
    ];
    parts.len() <= 3
        && parts.iter().any(|it| OBJECTS.contains(it))
        && parts
            .iter()
            .all(|it| it.bytes().filter(u8::is_ascii_digit).count() <= 2)
}

/// `user.create_token!`, `HighScore.Level3.Secret`: names with dots between them.
fn is_member(value: &str) -> bool {
    let path: Vec<&str> = value.trim_end_matches(['!', '?']).split('.').collect();
    let is_name = |it: &&str| {
        it.len() > 1
            && it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'_')
            && !is_random_bytes(it.as_bytes())
    };
    path.len() >= 2
        && path.iter().all(is_name)
        && path
            .iter()
            .any(|it| it.len() > 3 && it.bytes().all(|it| !it.is_ascii_digit()))
}

/// Paths and addresses: `/run/secrets/db`, `./key.pem`, `https://host/path`.
fn is_location(value: &str) -> bool {
    if value.contains("://")
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with("~/")
    {
        return true;
    }
    // Most parts of a path are plain words; those of base64 with slashes in it are not.
    let parts: Vec<&str> = value.split('/').filter(|it| !it.is_empty()).collect();
    let is_plain = |it: &&&str| {
        it.bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-:@".contains(&it))
    };
    let plain = parts
        .iter()
        .filter(is_plain)
        .filter(|it| !is_random_bytes(it.as_bytes()))
        .count();
    value.contains('/')
        && !value.ends_with('=')
        && (value.starts_with('/') || parts.len() > 1)
        && plain * 2 >= parts.len()
        && !parts
            .iter()
            .any(|it| it.len() >= 16 && is_random_bytes(it.as_bytes()))
}

/// Dates, times, versions, addresses of machines: digits with separators.
fn is_version(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let separators = value.bytes().filter(|it| b".-:+/_ ".contains(it)).count();
    digits > 0 && separators >= 2 && letters <= 5 && digits + separators + letters == value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_drew_is_told_from_what_a_person_named() {
        for it in [
            "9f86d081884c7d659a2f",
            "dGhpcyBpcyBhIHNlY3JldCBrZXk=",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz",
            "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        ] {
            assert!(is_random(it), "{it}");
        }
        for it in [
            "user-list-v2-cache",
            "getUserTokenFromRequest2",
            "/run/secrets/db_password_1",
            "2026-11-30T12:00:00",
            "1.22.333-beta.4",
            "https://example.com/a1b2c3d4e5f6",
            "internationalization",
        ] {
            assert!(!is_random(it), "{it}");
        }
    }
}
