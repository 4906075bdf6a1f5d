//! The judge against drawn files: what is to be hidden, and what only looks like it.

mod samples;

use super::*;
use samples::{Sample, samples};
use std::path::Path;

const SECRETS: [&str; 4] = [
    include_str!("tests/secrets_a.txt"),
    include_str!("tests/secrets_b.txt"),
    include_str!("tests/secrets_c.txt"),
    include_str!("tests/secrets_d.txt"),
];
const HARMLESS: [&str; 4] = [
    include_str!("tests/harmless_a.txt"),
    include_str!("tests/harmless_b.txt"),
    include_str!("tests/harmless_c.txt"),
    include_str!("tests/harmless_d.txt"),
];

/// The marked parts of a sample that a model would see.
fn leaks(sample: &Sample) -> Vec<&str> {
    if is_secret(Path::new(&sample.path)) || holds_key(&sample.text) {
        return Vec::new();
    }
    let seen = masked(&sample.text);
    let marked = sample.marked.iter().map(|it| &sample.text[it.clone()]);
    marked.filter(|it| seen.contains(*it)).collect()
}

/// The marked parts of a sample that would be masked although they are harmless.
fn lost(sample: &Sample) -> Vec<&str> {
    let hidden = find(&sample.text);
    let overlaps = |it: &&Range<usize>| hidden.iter().any(|h| h.start < it.end && it.start < h.end);
    let marked = sample.marked.iter().filter(overlaps);
    marked.map(|it| &sample.text[it.clone()]).collect()
}

/// How many samples are wrong; the wrong ones are printed.
fn wrong(files: &[&str], judge: fn(&Sample) -> Vec<&str>) -> (usize, usize) {
    let (mut wrong, mut all) = (0, 0);
    for sample in files.iter().flat_map(|it| samples(it)) {
        all += 1;
        let parts = judge(&sample);
        if !parts.is_empty() {
            wrong += 1;
            println!("{} {}: {parts:?}", sample.format, sample.path);
        }
    }
    println!("{wrong} of {all} wrong");
    (wrong, all)
}

#[test]
fn secrets_in_files_of_every_format_are_hidden() {
    let (wrong, all) = wrong(&SECRETS, leaks);
    assert!(wrong * 100 <= all * 6, "{wrong} of {all} samples leak");
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let (wrong, all) = wrong(&HARMLESS, lost);
    assert!(
        wrong * 100 <= all * 2,
        "{wrong} of {all} samples are damaged"
    );
}

/// `HOB_SAMPLES=FOLDER cargo test -p hob-index --lib unseen -- --nocapture` judges samples that no rule was tuned on.
#[test]
fn samples_of_a_folder_are_judged_where_one_is_named() {
    let Ok(folder) = std::env::var("HOB_SAMPLES") else {
        println!("skipped: HOB_SAMPLES names no folder");
        return;
    };
    let read = |name: &str| std::fs::read_to_string(Path::new(&folder).join(name)).unwrap();
    let leaked = wrong(&[&read("secrets.txt")], leaks);
    let damaged = wrong(&[&read("harmless.txt")], lost);
    assert!(leaked.0 * 100 <= leaked.1 * 3, "{leaked:?}");
    assert!(damaged.0 * 100 <= damaged.1 * 2, "{damaged:?}");
}

#[test]
fn only_the_secret_is_masked() {
    for (text, expected) in [
        ("password = \"hunter2hunter2X\"", "password = \"********\""),
        (
            "db:\n  password: hunter2 # old\n",
            "db:\n  password: ******** # old\n",
        ),
        (
            "postgres://app:s3cr3t@db:5432/x",
            "postgres://app:********@db:5432/x",
        ),
        (
            "Server=db;User Id=sa;Password=p4ss;Encrypt=yes",
            "Server=db;User Id=sa;Password=********;Encrypt=yes",
        ),
        (
            "os.getenv(\"DB_PASSWORD\", \"hunter2\")",
            "os.getenv(\"DB_PASSWORD\", \"********\")",
        ),
        (
            "<password>hunter2</password>",
            "<password>********</password>",
        ),
        (
            "- name: DB_PASSWORD\n  value: hunter2\n",
            "- name: DB_PASSWORD\n  value: ********\n",
        ),
        (
            "mysql -u root -phunter2 app",
            "mysql -u root -p******** app",
        ),
        ("password: ********\n", "password: ********\n"),
    ] {
        assert_eq!(masked(text), expected);
    }
}

#[test]
fn ordinary_code_is_borrowed() {
    for line in [
        "let token = lexer.next_token_2(tokens1);",
        "password = input(\"your password please\")",
        "use crate::assist::place::Place; // sk-ip the rest",
        "let url = \"http://127.0.0.1:8080/v1/completions\";",
        "let checksum = \"9f86d081884c7d659a2feaa0c55ad015\";",
        "token: &str, secret: \"\"",
        "token-type: bearer\nsecret-name: db-credentials\n.sk-toolbar-item-1 { color: #aabbcc }",
        "é 漢字 😀",
    ] {
        assert!(
            matches!(masked(line), Cow::Borrowed(_)),
            "{line}: {}",
            masked(line)
        );
    }
}

#[test]
fn private_keys_are_found_by_their_body_wherever_they_stand() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    for head in [
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        let begin = format!("-----BEGIN {head}-----");
        for text in [
            format!("{begin}\n{body}\n"),
            format!("key: |\n    {begin}\n    {body}\n"),
            format!("let key = \"{begin}\\n{body}\\n\";"),
            format!("k = '{begin}\\n' +\n    '{body}\\n'\n"),
        ] {
            assert!(holds_key(&text), "{text}");
            assert!(!masked(&text).contains(body), "{}", masked(&text));
        }
        let code = format!("if text.starts_with(\"{begin}\") {{ return Kind::Key; }}");
        assert!(!holds_key(&code), "{code}");
    }
}

#[test]
fn hostile_text_is_judged_in_linear_time() {
    // Each of these took seconds when a rule was quadratic in a line or a text.
    for piece in [
        "password=",
        "\"key\":",
        "://a:b@",
        "'",
        "${A:-",
        "<key>",
        "(",
        "Bearer ",
        "key: |\n",
        "kind: Secret\n",
        "a,password\n",
        "-----BEGIN PRIVATE KEY-----",
        "\"kty\"",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        let started = std::time::Instant::now();
        let _ = masked(&text);
        let _ = holds_key(&text);
        let took = started.elapsed();
        assert!(took.as_secs() < 10, "{piece}: {took:?}");
    }
}

#[test]
fn documents_are_judged_by_every_name_they_go_by() {
    for uri in [
        "git:/home/me/app/.env?%7B%22path%22%3A%22%2Fhome%2Fme%2Fapp%2F.env%22%7D",
        "git:/home/me/app/x?{\"path\":\"/home/me/app/.env\",\"ref\":\"~\"}",
        "untitled:.env",
        "untitled:/home/me/.env.local",
        "vscode-vfs://github/me/app/.env",
        "vscode-userdata:/User/.npmrc",
        "vscode-notebook-cell:/home/me/.env#W0sZmlsZQ",
        "file://host/share/.env",
        "file:///home/me/.env%00.txt",
        "file:///home/me/%2Eenv",
        "file:///home/me/%252Eenv",
        "file:///c%3A/app/.ENV",
        "file:///home/me/.env.",
        "file:///home/me/.env~",
        "file:///home/me/.env::$DATA",
        "file:///home/me/id_rsa.bak",
        "file:///home/me/.ssh\\id_ed25519",
    ] {
        assert!(is_secret_document(uri, None, "plaintext"), "{uri}");
    }
    assert!(is_secret_document("untitled:Untitled-1", None, "dotenv"));
    for uri in [
        "file:///home/me/src/secret.rs",
        "file:///home/me/.env.example",
        "untitled:Untitled-1",
        "git:/home/me/app/src/main.rs?{\"path\":\"/home/me/app/src/main.rs\",\"ref\":\"~\"}",
        "vscode-notebook-cell:/home/me/a.ipynb#W0",
    ] {
        assert!(!is_secret_document(uri, None, "rust"), "{uri}");
    }
}
