//! What a file's name alone says: that it may hold secrets, or that a program wrote it.

use std::path::Path;

/// Extensions of files that hold keys or stored passwords.
const SECRET_EXTENSIONS: &[&str] = &[
    "pem",
    "key",
    "p12",
    "pfx",
    "p8",
    "pkcs12",
    "jks",
    "keystore",
    "kdbx",
    "kdb",
    "ppk",
    "asc",
    "gpg",
    "pgp",
    "ovpn",
    "tfstate",
    "tfvars",
    "agekey",
    "keytab",
    "pkcs8",
    "psafe3",
    "1pux",
    "kwallet",
    "keychain",
    "mobileprovision",
    "cred",
    "creds",
];

/// Whole names of files that hold keys, passwords or tokens.
const SECRET_NAMES: &[&str] = &[
    ".npmrc",
    ".yarnrc.yml",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    "htpasswd",
    ".dockercfg",
    ".dockerconfigjson",
    ".boto",
    ".s3cfg",
    ".vault-token",
    ".vault_pass",
    "kubeconfig",
    ".kubeconfig",
    "shadow",
    "master.key",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "passwords.txt",
    "password.txt",
    ".bash_history",
    ".zsh_history",
    ".psql_history",
    ".env",
    ".envrc",
    "auth.json",
    "wallet.dat",
    "google-services.json",
    "local.settings.json",
    "application_default_credentials.json",
    "ipsec.secrets",
    "chap-secrets",
    "pap-secrets",
    ".fetchmailrc",
    "fetchmailrc",
    ".msmtprc",
    "msmtprc",
    "pgpass.conf",
    "rclone.conf",
    ".rclone.conf",
    "sitemanager.xml",
    "recentservers.xml",
    ".ftpconfig",
    ".terraformrc",
    "terraform.rc",
    ".vaultpass",
    ".vault-pass",
    ".vault_password",
    "vault_pass.txt",
    ".htdigest",
    ".mysql_history",
    ".python_history",
    ".node_repl_history",
    ".rediscli_history",
    ".sqlite_history",
    "token.json",
    "tokens.json",
    "passwoerter.txt",
    "passw\u{f6}rter.txt",
    ".smbcredentials",
    ".cifscredentials",
    "shadow-",
    "gshadow",
    "secring.gpg",
    ".netrc.gpg",
    ".authinfo",
];

/// Source code may well be called `credentials`: with these extensions the name alone says nothing.
const SOURCE_EXTENSIONS: &[&str] = &[
    "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "java", "kt",
    "kts", "scala", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "cs", "fs", "rb", "php", "swift",
    "m", "mm", "lua", "ex", "exs", "erl", "hs", "ml", "clj", "dart", "zig", "nim", "pl", "pm", "r",
    "jl", "vue", "svelte", "html", "css", "scss", "less", "md", "rst", "sql", "proto", "graphql",
    "tf",
];

/// Endings of copies that editors and people leave beside a file.
const COPIES: &[&str] = &[
    "~",
    ".bak",
    ".backup",
    ".old",
    ".orig",
    ".save",
    ".swp",
    ".swo",
    ".tmp",
    ".copy",
    ".new",
    ".rej",
    ".off",
    ".disabled",
    ".prev",
    "_bak",
    "-bak",
    ".1",
    ".2",
];

/// Whether a file of this name may hold secrets (`.env`, keys, credentials), judged by the path alone.
///
/// Samples (`.env.example`), public keys (`*.pub`) and source code (`credentials.rs`) may be read. A copy
/// (`.env~`, `id_rsa.bak`) is judged as what it was copied from.
pub fn is_secret(path: &Path) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    is_secret_name(&name.to_string_lossy(), &folder.to_string_lossy())
}

/// Whether an editor's document may hold secrets by any name that it goes by: its URI of whatever scheme (`git:`,
/// `untitled:`, `vscode-vfs:`, a notebook's cell, a file on another host), its path, its language.
///
/// The URI is judged by its last segment, also of what its query names and of what stands before an encoded NUL.
pub fn is_secret_document(uri: &str, path: Option<&Path>, language: &str) -> bool {
    const LANGUAGES: &[&str] = &[
        "dotenv",
        "env",
        "dotenv-vault",
        "pem",
        "pem-certificate",
        "netrc",
        "npmrc",
    ];
    if LANGUAGES.iter().any(|it| language.eq_ignore_ascii_case(it)) {
        return !is_sample(uri) || path.is_some_and(is_secret);
    }
    path.is_some_and(is_secret) || is_secret_uri(uri)
}

fn is_secret_uri(uri: &str) -> bool {
    // Some clients encode twice.
    let once = decoded(uri);
    let twice = decoded(&once);
    [uri, &once, &twice].iter().any(|uri| {
        uri.split(['?', '#', '\0', '"', '&', '=', ',']).any(|part| {
            let part = part.trim_end_matches(['/', '\\']);
            let mut segments = part.rsplit(['/', '\\']);
            let last = segments.next().unwrap_or_default();
            let folder = segments.next().unwrap_or_default();
            // `untitled:.env`, `C:.env`, `.env:stream`.
            is_secret_name(last, folder) || last.split(':').any(|it| is_secret_name(it, folder))
        })
    })
}

/// A URI with its `%41` decoded; what is no UTF-8 then is replaced.
fn decoded(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |n: usize| bytes.get(at + n).and_then(|it| (*it as char).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                // Two hexadecimal digits fit into a byte.
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (it, ..) => {
                out.push(it);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The name without what systems ignore in it: invisible characters, dots and blanks at the end, letter case.
fn plain(name: &str) -> String {
    let visible = name
        .chars()
        .filter(|it| !it.is_control() && !matches!(it, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'));
    let folded = visible.map(|it| match it {
        // Full-width forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(it as u32 - 0xFEE0).unwrap_or(it),
        it => it,
    });
    let folded: String = folded.flat_map(char::to_lowercase).collect();
    folded.trim().trim_end_matches(['.', ' ']).to_owned()
}

fn is_sample(name: &str) -> bool {
    let samples = [
        "example", "sample", "template", "dist", "defaults", "schema", "tpl", "tmpl",
    ];
    name.to_ascii_lowercase()
        .split(['.', '-', '_'])
        .any(|it| samples.contains(&it))
}

fn is_secret_name(name: &str, folder: &str) -> bool {
    let name = plain(name);
    if judged(&name, folder) {
        return true;
    }
    // `#.env#`, `.#.env`, `Copy of id_rsa`.
    let mut original = name.as_str();
    for mark in ["#", ".#", "copy of "] {
        original = original.strip_prefix(mark).unwrap_or(original);
    }
    original = original.strip_suffix('#').unwrap_or(original);
    // Copies of copies: each round takes an ending away.
    while let Some(it) = COPIES.iter().find_map(|it| original.strip_suffix(it)) {
        if it.is_empty() {
            break;
        }
        original = it;
        let hidden = original.strip_prefix('.').unwrap_or(original);
        if judged(original, folder) || judged(hidden, folder) {
            return true;
        }
    }
    original.len() != name.len() && judged(original, folder)
}

/// The judgement of a name in lower case.
fn judged(name: &str, folder: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension == "pub" {
        return false;
    }
    if name == ".env"
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || name.starts_with(".env_")
        || extension == "env"
    {
        return !is_sample(name);
    }
    if SECRET_NAMES.contains(&name) || SECRET_EXTENSIONS.contains(&extension) {
        return true;
    }
    if SOURCE_EXTENSIONS.contains(&extension) {
        return false;
    }
    if [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "terraform.tfvars",
        "terraform.tfstate",
    ]
    .iter()
    .any(|it| name.starts_with(it))
        || name.ends_with(".tfvars.json")
    {
        return true;
    }
    if name == "config.json" && folder.eq_ignore_ascii_case(".docker")
        || name == "hosts.yml" && folder.eq_ignore_ascii_case("gh")
    {
        return true;
    }
    if name == "config" || name == "credentials" {
        // `~/.aws/credentials`, `~/.kube/config`, `~/.docker/config.json` and their like.
        let folder = folder.to_ascii_lowercase();
        return name == "credentials" || [".kube", ".aws", ".ssh"].contains(&folder.as_str());
    }
    let stem = name.trim_start_matches('.').split('.').next().unwrap_or("");
    ["credentials", "credential", "secrets", "secret"]
        .iter()
        .any(|it| {
            stem == *it
                || stem.starts_with(&format!("{it}-"))
                || stem.starts_with(&format!("{it}_"))
        })
        || ["_credentials", "-credentials", "_secrets", "-secrets"]
            .iter()
            .any(|it| stem.ends_with(it))
        || (extension == "json"
            && [
                "service-account",
                "service_account",
                "serviceaccount",
                "client_secret",
                "firebase-adminsdk",
            ]
            .iter()
            .any(|it| name.contains(it)))
}

/// Whether a file of this name is written by a program: lock files, bundles, source maps, compiled schemas.
pub(crate) fn is_generated(path: &Path) -> bool {
    let name = match path.file_name() {
        Some(name) => name.to_string_lossy().to_ascii_lowercase(),
        None => return false,
    };
    const NAMES: &[&str] = &[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "go.sum",
        "go.work.sum",
        "packages.lock.json",
        "bun.lockb",
        ".terraform.lock.hcl",
    ];
    const ENDINGS: &[&str] = &[
        ".lock",
        ".lockfile",
        ".min.js",
        ".min.mjs",
        ".min.css",
        ".map",
        ".pb.go",
        "_pb2.py",
        "_pb2_grpc.py",
        ".pb.cc",
        ".pb.h",
        ".g.dart",
        ".freezed.dart",
        ".designer.cs",
        ".g.cs",
        ".snap",
    ];
    NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|it| name.ends_with(it))
}
