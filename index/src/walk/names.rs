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
];

/// Source code may well be called `credentials`: with these extensions the name alone says nothing.
const SOURCE_EXTENSIONS: &[&str] = &[
    "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "java", "kt",
    "kts", "scala", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "cs", "fs", "rb", "php", "swift",
    "m", "mm", "lua", "ex", "exs", "erl", "hs", "ml", "clj", "dart", "zig", "nim", "pl", "pm", "r",
    "jl", "vue", "svelte", "html", "css", "scss", "less", "md", "rst", "sql", "proto", "graphql",
    "tf",
];

/// Whether a file of this name may hold secrets (`.env`, keys, credentials), judged by the path alone.
///
/// Samples (`.env.example`), public keys (`*.pub`) and source code (`credentials.rs`) may be read.
pub fn is_secret(path: &Path) -> bool {
    let name = match path.file_name() {
        Some(name) => name.to_string_lossy().to_ascii_lowercase(),
        None => return false,
    };
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension == "pub" {
        return false;
    }
    if name == ".env"
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || extension == "env"
    {
        let samples = [
            "example", "sample", "template", "dist", "defaults", "schema",
        ];
        return !name.split(['.', '-', '_']).any(|it| samples.contains(&it));
    }
    if SECRET_NAMES.contains(&name.as_str()) || SECRET_EXTENSIONS.contains(&extension) {
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
    if name == "config" || name == "credentials" {
        // `~/.aws/credentials`, `~/.kube/config`, `~/.docker/config.json` and their like.
        let folder = path
            .parent()
            .and_then(Path::file_name)
            .map(|it| it.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
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
pub(super) fn is_generated(path: &Path) -> bool {
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
