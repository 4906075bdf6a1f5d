//! What Hob depends on: licences, banned packages and sources, as deny.toml has them.

use hob_tests::tools;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Every package that any build of the workspace may take in, on any system.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--all-features",
        ])
        .current_dir(tools::workspace())
        .output()
        .expect("cargo, which runs this test");
    assert!(
        output.status.success(),
        "cargo metadata says:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn rules() -> toml::Table {
    fs::read_to_string(tools::workspace().join("deny.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

fn name(package: &Value) -> String {
    format!(
        "{} {}",
        package["name"].as_str().unwrap(),
        package["version"].as_str().unwrap()
    )
}

#[test]
fn every_dependency_has_a_permissive_licence() {
    let rules = rules();
    let allowed: BTreeSet<&str> = rules["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    let mut refused = Vec::new();
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none stated");
        if !Licence::parse(licence).is_some_and(|it| it.is_met_by(&allowed)) {
            refused.push(format!("{}: {licence}", name(&package)));
        }
    }
    assert!(
        refused.is_empty(),
        "not allowed by deny.toml:\n{}",
        refused.join("\n")
    );
}

#[test]
fn no_banned_package_is_taken_in_and_all_come_from_the_registry() {
    let rules = rules();
    let banned: BTreeSet<&str> = rules["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let mut refused = Vec::new();
    for package in packages() {
        if banned.contains(package["name"].as_str().unwrap()) {
            refused.push(format!("{}: banned", name(&package)));
        }
        // None: a member of this workspace.
        let source = package["source"].as_str().unwrap_or("registry+");
        if !source.starts_with("registry+") && !source.starts_with("sparse+") {
            refused.push(format!("{}: from {source}", name(&package)));
        }
    }
    assert!(
        refused.is_empty(),
        "not allowed by deny.toml:\n{}",
        refused.join("\n")
    );
}

#[test]
fn advisories_are_rules_and_none_is_ignored_without_a_reason() {
    let rules = rules();
    let advisories = rules["advisories"].as_table().unwrap();
    assert_eq!(advisories["yanked"].as_str(), Some("deny"));
    for ignored in advisories["ignore"].as_array().unwrap() {
        let reason = ignored.get("reason").and_then(toml::Value::as_str);
        assert!(reason.is_some_and(|it| it.len() > 20), "{ignored}");
    }
    // The database changes when Hob doesn't.
    let weekly = tools::workspace().join(".github/workflows/advisories.yml");
    let weekly = fs::read_to_string(weekly).unwrap();
    assert!(
        weekly.contains("cron:") && weekly.contains("cargo deny --all-features check advisories")
    );
}

/// An SPDX licence expression.
#[derive(Debug, PartialEq)]
enum Licence<'a> {
    One(&'a str),
    Any(Vec<Licence<'a>>),
    All(Vec<Licence<'a>>),
}

impl<'a> Licence<'a> {
    /// `None` for what is no expression. `/`, as older packages write it, is `OR`.
    fn parse(text: &'a str) -> Option<Licence<'a>> {
        let text = text.trim();
        for (word, join) in [
            (" OR ", Licence::Any as fn(_) -> _),
            ("/", Licence::Any),
            (" AND ", Licence::All),
        ] {
            let parts = split_outside_parentheses(text, word)?;
            if parts.len() > 1 {
                return parts
                    .into_iter()
                    .map(Licence::parse)
                    .collect::<Option<Vec<_>>>()
                    .map(join);
            }
        }
        match text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            Some(inner) => Licence::parse(inner),
            None => (!text.is_empty()).then_some(Licence::One(text)),
        }
    }

    fn is_met_by(&self, allowed: &BTreeSet<&str>) -> bool {
        match self {
            Licence::One(it) => allowed.contains(it),
            Licence::Any(all) => all.iter().any(|it| it.is_met_by(allowed)),
            Licence::All(all) => all.iter().all(|it| it.is_met_by(allowed)),
        }
    }
}

/// `None` where the parentheses do not match.
fn split_outside_parentheses<'a>(text: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ if depth == 0 && at >= start && text[at..].starts_with(word) => {
                parts.push(&text[start..at]);
                start = at + word.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (depth == 0).then_some(parts)
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(GPL-2.0 OR Apache-2.0) AND MIT", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
        ("none stated", false),
        ("(MIT", false),
        ("", false),
    ] {
        assert_eq!(
            Licence::parse(expression).is_some_and(|it| it.is_met_by(&allowed)),
            met,
            "{expression}"
        );
    }
}
