//! Passwords on command lines.

use super::key::{self, Hint};
use super::value;
use std::ops::Range;

/// Programs, the options that take a password after a blank, and those that take it right behind them.
const OPTIONS: &[(&str, &[&str], &[&str])] = &[
    ("mysql", &[], &["-p"]),
    ("mysqldump", &[], &["-p"]),
    ("mysqladmin", &[], &["-p"]),
    ("mariadb", &[], &["-p"]),
    ("sshpass", &["-p"], &["-p"]),
    ("mongo", &["-p"], &[]),
    ("mongosh", &["-p"], &[]),
    ("mongodump", &["-p"], &[]),
    ("docker", &["-p"], &[]),
    ("podman", &["-p"], &[]),
    ("helm", &["-p"], &[]),
    ("az", &["-p"], &[]),
    ("oc", &["-p"], &[]),
    ("redis-cli", &["-a"], &[]),
    ("ldapsearch", &["-w"], &[]),
    ("ldapadd", &["-w"], &[]),
    ("ldapmodify", &["-w"], &[]),
    ("sqlcmd", &["-P"], &["-P"]),
    ("bcp", &["-P"], &["-P"]),
    ("unzip", &["-P"], &[]),
    ("zip", &["-P"], &[]),
    ("7z", &[], &["-p"]),
    ("smbclient", &["-U"], &[]),
    ("curl", &["-u", "--user", "--proxy-user", "-U"], &["-u"]),
    ("http", &["-a", "--auth"], &[]),
    ("wget", &[], &[]),
    ("keytool", &["-storepass", "-keypass"], &[]),
    ("jarsigner", &["-storepass", "-keypass"], &[]),
    ("openssl", &["-passin", "-passout", "-k", "-pass"], &[]),
    ("htpasswd", &[], &[]),
    ("rsync", &[], &[]),
    ("xfreerdp", &[], &["/p:"]),
    ("net", &[], &[]),
    ("nmcli", &[], &[]),
    ("chpasswd", &[], &[]),
];

/// How the lines look that [`find`] is to look at.
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    OPTIONS
        .iter()
        .map(|it| it.0)
        .filter(|it| it.len() > 4 || *it == "curl")
        .chain([
            "docker login",
            "unzip ",
            "zip -p",
            "7z ",
            "mongo",
            "http -a",
            "az login",
            "oc login",
            "bcp ",
        ])
}

/// The passwords in the command lines of a line.
pub(super) fn find(line: &str, found: &mut Vec<Range<usize>>) {
    if !line.contains(['-', '/']) && !line.contains("passwd") {
        return;
    }
    let base = line.as_ptr() as usize;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let programs: Vec<_> = words
        .iter()
        .filter_map(|word| {
            let name = word.trim_matches(['"', '\'', '`', '(', '$', '[', ',', ']']);
            let name = name.rsplit('/').next().unwrap_or(name);
            OPTIONS.iter().find(|it| it.0 == name)
        })
        .collect();
    let push = |text: &str, found: &mut Vec<Range<usize>>| {
        let start = text.as_ptr() as usize - base;
        found.push(start..start + text.len());
    };
    for (n, word) in words.iter().enumerate() {
        let option = word.trim_matches(['"', '\'', ',', '[', ']']);
        let next = words.get(n + 1).copied();
        // Options that are called what they are, of any program.
        if let Some(name) = option
            .strip_prefix("--")
            .or_else(|| option.strip_prefix('-').filter(|it| it.len() > 3))
            && !name.contains('=')
            && let Some(hint) = key::hint(name).filter(|it| *it > Hint::Vague)
            && let Some(text) = next.map(|it| quoted(line, it))
            && !text.starts_with('-')
            && text.len() >= 4
            && !value::is_standin(text)
            && (hint == Hint::Password || value::is_strong(text))
            && !text.contains(['(', ')', '<', '>', '|'])
        {
            push(text, found);
        }
        // Windows: `/password:x`, `/rp x`, `net user NAME PASSWORD`.
        let lower = option.to_ascii_lowercase();
        let behind = ["/password:", "/pass:", "/pw:", "/p:"]
            .iter()
            .find_map(|it| lower.starts_with(it).then(|| &option[it.len()..]));
        let after = (lower == "/rp" || lower == "/password")
            .then_some(next)
            .flatten();
        let user = (lower == "user" && n > 0 && words[n - 1].eq_ignore_ascii_case("net"))
            .then(|| words.get(n + 2).copied())
            .flatten();
        for text in [behind, after, user].into_iter().flatten().map(unquoted) {
            if text.len() >= 4 && !value::is_standin(text) && !text.starts_with(['/', '*']) {
                push(text, found);
            }
        }
        // The options of `curl` on a line of their own.
        if matches!(option, "-u" | "--user")
            && n == 0
            && let Some((_, password)) = next.map(unquoted).and_then(|it| it.split_once(':'))
            && value::is_strong(password)
        {
            push(password, found);
        }
        // `net use Z: \\\\host\\share /user:NAME PASSWORD`.
        if option.to_ascii_lowercase().starts_with("/user:")
            && let Some(text) = next.map(unquoted)
            && value::is_strong(text)
        {
            push(text, found);
        }
        for (program, spaced, joined) in &programs {
            if spaced.contains(&option)
                && let Some(text) = next.map(unquoted)
            {
                // `user:password`, `domain%password`, `pass:password`.
                let is_user = matches!(*program, "curl" | "http" | "smbclient");
                if text
                    .split_once(':')
                    .is_some_and(|it| super::address::is_sample(it.0, it.1))
                {
                    continue;
                }
                let secret = match text.split_once(':').or_else(|| text.split_once('%')) {
                    Some((_, password)) if is_user || text.starts_with("pass:") => password,
                    None if is_user => continue,
                    _ => text,
                };
                if secret.len() >= 3 && !value::is_standin(secret) && !is_other(secret) {
                    push(secret, found);
                }
            }
            for prefix in *joined {
                if let Some(text) = word.strip_prefix(prefix).map(unquoted)
                    && text.len() >= 4
                    && !word.starts_with("--")
                    && !value::is_standin(text)
                {
                    let secret = match *program {
                        "curl" => text.split_once(':').map_or("", |it| it.1),
                        _ => text,
                    };
                    if !secret.is_empty() && !is_other(secret) {
                        push(secret, found);
                    }
                }
            }
        }
    }
    users(line, base, found);
}

/// A word, or all of a literal that begins with it.
fn quoted<'a>(line: &'a str, word: &'a str) -> &'a str {
    let quote = word.chars().next().filter(|it| matches!(it, '"' | '\''));
    let start = word.as_ptr() as usize - line.as_ptr() as usize + 1;
    match quote.and_then(|it| line[start..].find(it)) {
        Some(len) => &line[start..start + len],
        None => unquoted(word),
    }
}

fn unquoted(word: &str) -> &str {
    word.trim_end_matches([',', ';', ')', ']'])
        .trim_matches(['"', '\'', '`', '='])
}

/// What docker's `-p` and the like also take: ports, paths, options.
fn is_other(text: &str) -> bool {
    text.starts_with(['-', '/', '.', '$', '<', '{'])
        || text
            .bytes()
            .all(|it| it.is_ascii_digit() || b":.-/".contains(&it))
        || text.starts_with("file:")
        || text.starts_with("env:")
}

/// `echo 'user:password' | chpasswd`, `echo password | docker login --password-stdin`, `htpasswd -b file user password`.
fn users(line: &str, base: usize, found: &mut Vec<Range<usize>>) {
    let mut push = |text: &str| {
        let start = text.as_ptr() as usize - base;
        if text.len() >= 4 && !value::is_standin(text) && !text.starts_with('$') {
            found.push(start..start + text.len());
        }
    };
    if (line.contains("chpasswd")
        || line.contains("--password-stdin")
        || line.contains("passwd --stdin"))
        && let Some((before, _)) = line.split_once('|')
        && let Some(at) = before.find("echo ")
    {
        let text = before[at + 5..]
            .trim()
            .trim_start_matches("-n ")
            .trim()
            .trim_matches(['"', '\'']);
        match line.contains("chpasswd") {
            true => push(text.split_once(':').map_or(text, |it| it.1)),
            false => push(text),
        }
    }
    if let Some(at) = line.find("htpasswd ")
        && line[at..]
            .split_ascii_whitespace()
            .any(|it| it.starts_with('-') && it.contains('b'))
        && let Some(last) = line[at..].split_ascii_whitespace().last()
    {
        push(last.trim_matches(['"', '\'']));
    }
}
