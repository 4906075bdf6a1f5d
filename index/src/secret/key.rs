//! What the name of a setting, variable, field or header says of its value.

/// How surely a name tells that its value is a secret, the surest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// `key`, `salt`, `session`: only what a machine drew.
    Vague,
    /// `token`, `api_key`: whatever no person would write as a name or a word.
    Token,
    /// `password`, `secret`: any literal that is no placeholder.
    Password,
}

/// Last words of names whose values are passwords.
const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "contrasena",
    "senha",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "secret",
    "psk",
    "pw",
    "mnemonic",
    "identified",
    "passw",
    "pswd",
    "masterpassword",
    "pin",
];
/// Last words of names whose values are tokens.
const TOKENS: &[&str] = &[
    "token",
    "apikey",
    "jwt",
    "bearer",
    "authorization",
    "webhook",
    "accesskey",
    "secretkey",
    "privatekey",
    "sas",
    "credential",
    "credentials",
    "apitoken",
    "authtoken",
    "accesstoken",
    "encryptionkey",
    "authkey",
    "accountkey",
    "clientsecret",
    "dsn",
    "presharedkey",
    "sharedkey",
    "masterkey",
    "appkey",
    "auth",
    "sharedaccesskey",
    "sharedaccesssignature",
    "licensekey",
    "pat",
    "masterauth",
    "salt",
    "pepper",
];
/// Words with which `key` is that of a lock.
const OF_KEYS: &[&str] = &[
    "api",
    "app",
    "access",
    "secret",
    "private",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "decryption",
    "crypto",
    "cipher",
    "aes",
    "hmac",
    "auth",
    "account",
    "shared",
    "master",
    "client",
    "service",
    "server",
    "admin",
    "license",
    "session",
    "jwt",
    "cookie",
    "preshared",
    "psk",
    "storage",
    "subscription",
    "integration",
    "write",
    "ingest",
    "deploy",
    "webhook",
    "bot",
    "consumer",
    "token",
    "functions",
    "function",
    "host",
    "rsa",
    "ssh",
    "tls",
    "ssl",
    "wallet",
    "gpg",
    "vault",
    "root",
    "maps",
    "openai",
    "stripe",
    "sendgrid",
    "mailgun",
    "firebase",
    "google",
    "anthropic",
    "azure",
    "aws",
    "algolia",
    "datadog",
    "sentry",
    "twilio",
    "nonce",
    "logged",
    "pre",
    "rails",
    "registration",
    "instrumentation",
    "unlock",
    "activation",
    "encryptor",
    "csrf",
    "rest",
    "management",
];
/// Last words that leave the sense of what stands before them.
const QUALIFIERS: &[&str] = &[
    "value",
    "values",
    "string",
    "str",
    "plain",
    "plaintext",
    "raw",
    "base64",
    "b64",
    "hex",
    "data",
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "staging",
    "stage",
    "live",
    "sandbox",
    "old",
    "new",
    "current",
    "previous",
    "primary",
    "secondary",
    "default",
    "backup",
    "root",
    "admin",
    "local",
    "main",
    "here",
    "literal",
    "confirmation",
    "confirm",
    "again",
    "repeat",
    "verify",
    "base",
    "bytes",
    "const",
    "content",
    "real",
    "a",
    "b",
    "x",
    "eu",
    "us",
    "header",
];
/// Last words that make something else of it: `token_type`, `secret_name`.
const OTHERS: &[&str] = &[
    "type",
    "types",
    "name",
    "names",
    "id",
    "ids",
    "identifier",
    "url",
    "uri",
    "urls",
    "link",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "dir",
    "directory",
    "folder",
    "count",
    "counts",
    "length",
    "len",
    "size",
    "limit",
    "limits",
    "max",
    "min",
    "expiry",
    "expires",
    "expiration",
    "expire",
    "expired",
    "ttl",
    "age",
    "timeout",
    "lifetime",
    "duration",
    "interval",
    "ref",
    "refs",
    "reference",
    "version",
    "policy",
    "policies",
    "field",
    "fields",
    "label",
    "labels",
    "headers",
    "prefix",
    "suffix",
    "regex",
    "regexp",
    "pattern",
    "format",
    "hint",
    "help",
    "reset",
    "enabled",
    "disabled",
    "required",
    "optional",
    "style",
    "index",
    "idx",
    "pos",
    "position",
    "kind",
    "class",
    "classname",
    "endpoint",
    "issuer",
    "provider",
    "manager",
    "store",
    "arn",
    "audience",
    "scope",
    "scopes",
    "rotation",
    "strategy",
    "algorithm",
    "algo",
    "alg",
    "method",
    "mode",
    "status",
    "state",
    "error",
    "errors",
    "message",
    "msg",
    "title",
    "description",
    "desc",
    "text",
    "placeholder",
    "prompt",
    "input",
    "form",
    "page",
    "view",
    "screen",
    "button",
    "icon",
    "color",
    "column",
    "columns",
    "col",
    "table",
    "row",
    "rows",
    "param",
    "params",
    "parameter",
    "parameters",
    "arg",
    "args",
    "option",
    "options",
    "config",
    "settings",
    "env",
    "var",
    "variable",
    "variables",
    "map",
    "list",
    "set",
    "array",
    "vec",
    "stream",
    "iter",
    "iterator",
    "parser",
    "lexer",
    "handler",
    "service",
    "client",
    "model",
    "schema",
    "validator",
    "validation",
    "generator",
    "builder",
    "factory",
    "encoder",
    "decoder",
    "checker",
    "strength",
    "score",
    "at",
    "time",
    "date",
    "created",
    "updated",
    "used",
    "usage",
    "budget",
    "per",
    "rate",
    "cost",
    "price",
    "bits",
    "cache",
    "bucket",
    "group",
    "groups",
    "role",
    "roles",
    "user",
    "users",
    "username",
    "owner",
    "source",
    "target",
    "span",
    "start",
    "end",
    "offset",
    "line",
    "tree",
    "node",
    "pair",
    "sort",
    "order",
    "command",
    "cmd",
    "through",
    "thru",
    "test_id",
    "testid",
    "selector",
    "locator",
    "hash",
    "digest",
    "checksum",
    "fingerprint",
    "algorithms",
    "callback",
    "event",
    "required_message",
    "grant",
    "location",
    "property",
    "attribute",
    "tag",
    "example",
    "sample",
    "rule",
    "rules",
    "change",
    "changed",
    "recovery",
    "forgot",
    "login",
    "manager_name",
    "helper",
    "filter",
    "provider_name",
    "template",
    "host",
    "port",
    "domain",
    "region",
    "engine",
    "hasher",
    "hashers",
    "scheme",
    "box",
    "storage",
];
/// Words that make a name public.
const PUBLIC: &[&str] = &[
    "public",
    "pub",
    "publishable",
    "site",
    "sitekey",
    "foreign",
    "sort",
    "cache",
    "i18n",
];
/// Words that make a name's value worth a second look.
const VAGUE: &[&str] = &[
    "key",
    "keys",
    "session",
    "sid",
    "cookie",
    "signature",
    "sig",
    "seed",
    "cred",
    "creds",
    "tokens",
    "passwords",
    "secrets",
    "phrase",
    "sessionid",
    "sessid",
    "phpsessid",
    "license",
    "csrf",
    "xsrf",
    "otp",
    "totp",
    "hmac",
    "iv",
    "jwk",
    "pkey",
    "nonce",
    "connection",
    "code",
];
/// Whole words that only seem to end with one of [`PASSWORDS`].
const NO_PASS: &[&str] = &[
    "bypass",
    "compass",
    "trespass",
    "encompass",
    "surpass",
    "overpass",
    "underpass",
    "subpass",
    "multipass",
    "renderpass",
    "singlepass",
    "lowpass",
    "highpass",
    "bandpass",
    "passthrough",
    "secretary",
    "spinning",
];

/// What a name says of its value; `None`: nothing.
pub(super) fn hint(name: &str) -> Option<Hint> {
    // `@scope/secret-box` is a package.
    if name.len() > 200 || name.starts_with('@') {
        return None;
    }
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    // `oauth2_token_1`, `PASSWORD_PROD`.
    while let [_, .., last] = words[..]
        && (QUALIFIERS.contains(&last) || last.bytes().all(|it| it.is_ascii_digit()))
    {
        words.pop();
    }
    let (last, before) = words.split_last()?;
    if words.iter().any(|it| PUBLIC.contains(it)) {
        return None;
    }
    if *last == "login" {
        return Some(Hint::Vague);
    }
    if OTHERS.contains(last) {
        // `password_hash`: the hash is worth protecting, the word for it is not.
        let of_password = before
            .iter()
            .any(|it| PASSWORDS.contains(it) && *it != "pin");
        return (*last == "hash" && of_password).then_some(Hint::Vague);
    }
    if let Some(hint) = of_last(last, before) {
        return Some(hint);
    }
    // `password_postgres`, `API_KEY_OPENAI`.
    let earlier = (1..words.len()).rev().find_map(|n| {
        let (last, before) = words[..n].split_last()?;
        of_last(last, before)
    });
    // Only names of settings are made that way; `JWTDecode` is a class.
    let is_setting = name.contains('.') || !name.chars().any(char::is_lowercase);
    match earlier {
        Some(Hint::Password) if words.len() <= 4 => Some(Hint::Token),
        Some(_) if is_setting => Some(Hint::Vague),
        _ => None,
    }
}

fn of_last(last: &str, before: &[&str]) -> Option<Hint> {
    if last == "pin"
        && before
            .iter()
            .any(|it| ["gpio", "led", "spi", "i2c"].contains(it))
    {
        return None;
    }
    // Helm's `existingSecret` names an object.
    if before.last() == Some(&"existing") {
        return None;
    }
    if PASSWORDS.contains(&last) {
        return Some(Hint::Password);
    }
    if TOKENS.contains(&last) {
        return Some(Hint::Token);
    }
    // A signer's public key, by its fingerprint.
    if last == "key" && before.last().is_some_and(|it| ["gpg", "pgp"].contains(it)) {
        return None;
    }
    if last == "key" && before.last() == Some(&"secret") {
        return Some(Hint::Password);
    }
    if matches!(last, "key" | "keys") {
        let lock = before.last().is_some_and(|it| OF_KEYS.contains(it));
        return Some(if lock { Hint::Token } else { Hint::Vague });
    }
    if last == "phrase"
        && before
            .last()
            .is_some_and(|it| ["pass", "seed", "recovery", "backup"].contains(it))
    {
        return Some(Hint::Password);
    }
    if NO_PASS.contains(&last) {
        return None;
    }
    let ends = |list: &[&str]| {
        list.iter()
            .any(|it| it.len() > 3 && last.len() > it.len() && last.ends_with(it))
    };
    if ends(PASSWORDS) || (last.len() > 5 && last.ends_with("pwd")) {
        return Some(Hint::Password);
    }
    if ends(TOKENS) && !last.ends_with("auth") {
        return Some(Hint::Token);
    }
    VAGUE.contains(&last).then_some(Hint::Vague)
}

/// Whether a value is no more than a word for what it stands for: `password`, `token`.
pub(super) fn is_word(value: &str) -> bool {
    let lower = value.to_lowercase();
    let lower = lower.trim_matches(|it: char| !it.is_alphanumeric());
    lower != "pin" && (PASSWORDS.contains(&lower) || TOKENS.contains(&lower))
}

/// The words of an identifier, in lower case: separated by anything but letters and digits, by humps, and by digits.
pub(super) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (n, it) in chars.iter().enumerate() {
        if !it.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = n.checked_sub(1).map(|n| chars[n]);
        let after = chars.get(n + 1);
        let hump = it.is_uppercase()
            && (before.is_some_and(|it| it.is_lowercase())
                || (before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|it| it.is_lowercase())));
        let digits = before.is_some_and(|it| {
            it.is_alphanumeric() && it.is_ascii_digit() != chars[n].is_ascii_digit()
        });
        // `base64` and `b64` are words.
        let is_base = matches!(word.as_str(), "base" | "b") && *it == '6';
        if hump || (digits && !is_base && !matches!(word.as_str(), "base6" | "b6")) {
            words.push(std::mem::take(&mut word));
        }
        word.extend(it.to_lowercase());
    }
    words.push(word);
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_decides() {
        for (name, expected) in [
            ("password", Some(Hint::Password)),
            ("DB_PASSWORD_PROD", Some(Hint::Password)),
            ("spring.datasource.password", Some(Hint::Password)),
            ("dbpassword", Some(Hint::Password)),
            ("setPassword", Some(Hint::Password)),
            ("apiKey", Some(Hint::Token)),
            ("X-Api-Key", Some(Hint::Token)),
            ("GITHUB_TOKEN_2", Some(Hint::Token)),
            ("API_KEY_OPENAI", Some(Hint::Vague)),
            ("cache_key", None),
            ("key", Some(Hint::Vague)),
            ("token-type", None),
            ("secretName", None),
            ("max_tokens", Some(Hint::Vague)),
            ("password_min_length", None),
            ("publicKey", None),
            ("bypass", None),
            ("tokenizer", None),
            ("keyframes", None),
        ] {
            assert_eq!(hint(name), expected, "{name}");
        }
    }
}
