//! What `hob index` tells, for people.

use super::report::{Built, Checked, Shown, Vectors, WhyNot};
use crate::cli::terminal::text::{Text, text};
use crate::cli::terminal::{BOLD, DIM, INSERTED};
use crate::display;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Findings that are listed; more are counted.
const MOST: usize = 20;

pub(super) fn built(it: &Built) -> Text {
    let mut out = text![
        Text::styled(INSERTED, "Indexed"),
        " ",
        Text::styled(BOLD, &counted(it.files, "file")),
        format!(
            ", {}, {}\n",
            counted(it.chunks, "chunk"),
            counted(it.symbols, "symbol")
        ),
    ];
    let changes = [
        (it.added, "new"),
        (it.changed, "changed"),
        (it.removed, "gone"),
    ];
    let changes: Vec<String> = changes
        .into_iter()
        .filter(|it| it.0 > 0)
        .map(|(n, what)| format!("{} {what}", grouped(n)))
        .collect();
    let changes = match changes.is_empty() {
        true => "nothing has changed".to_owned(),
        false => changes.join(", "),
    };
    let mut took = format!("{:.1} s", it.seconds);
    if it.bytes > 0 {
        let rate = it.bytes as f64 / 1e6 / it.seconds.max(0.001);
        took = format!("{took}, {} of source, {rate:.1} MB/s", size(it.bytes));
    }
    row(&mut out, "", format!("{changes} ({took})"));
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &it.skipped {
        *reasons.entry(skipped.reason).or_default() += 1;
    }
    left_out(&mut out, &reasons);
    vectors(&mut out, it.vectors.as_ref(), "");
    out
}

pub(super) fn status(it: &Shown) -> Text {
    let mut out = Text::new();
    row(&mut out, "project", Text::path(&it.root));
    let kept = format!("{} ({})", display::path(&it.folder), size(it.bytes));
    row(&mut out, "index", kept);
    let holds = format!(
        "{}, {}, {}",
        counted(it.files, "file"),
        counted(it.chunks, "chunk"),
        counted(it.symbols, "symbol")
    );
    row(&mut out, "holds", holds);
    left_out(&mut out, &it.skipped);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let age = now
        .ok()
        .zip(it.written)
        .map(|(now, then)| now.as_secs().saturating_sub(then));
    let written = match age {
        Some(age) if it.files > 0 || it.pending == 0 => format!("written {} ago", duration(age)),
        _ => "not built yet".to_owned(),
    };
    let state = match (it.pending, it.has_other_writer) {
        (_, true) => format!("{written}; another Hob process keeps it up to date"),
        (0, _) => format!("{written}; up to date"),
        (n, _) => format!(
            "{written}; {} to look at: run `hob index`",
            counted(n, "file")
        ),
    };
    row(&mut out, "state", state);
    let way = match it.has_other_writer {
        true => ": another Hob process makes them",
        false => ": run `hob index`",
    };
    vectors(&mut out, it.vectors.as_ref(), way);
    out
}

/// How search by meaning is, where it is configured. `way`: who makes what is missing.
fn vectors(out: &mut Text, it: Option<&Vectors>, way: &str) {
    let Some(it) = it else { return };
    row(out, "embedder", Text::line(&it.embedder));
    let mut parts = vec![grouped(it.count)];
    if it.made > 0 {
        let rate = it.made as f64 / it.seconds.max(0.001);
        let (n, took) = (grouped(it.made), it.seconds);
        parts.push(format!("{n} of them new ({took:.1} s, {rate:.0} a second)"));
    }
    if it.missing > 0 {
        parts.push(format!("{} missing{way}", grouped(it.missing)));
    }
    let text = match &it.problem {
        Some(problem) if it.count + it.missing == 0 => problem.clone(),
        Some(problem) => format!("{}. {problem}", parts.join(", ")),
        None => parts.join(", "),
    };
    row(out, "vectors", Text::line(&text));
}

pub(super) fn checked(it: &Checked) -> Text {
    if it.ok {
        return Text::from("The index is sound, and every chunk is what its file holds.\n");
    }
    let mut out = Text::new();
    for finding in it.findings.iter().take(MOST) {
        let path = match finding.path.as_str() {
            "" => Text::from("the index"),
            path => Text::name(path),
        };
        let message = Text::line(&finding.message);
        out.push(text![path.in_style(BOLD), ": ", message, "\n"]);
    }
    if let Some(more) = it.findings.len().checked_sub(MOST).filter(|it| *it > 0) {
        out.push(format!("… and {} more\n", grouped(more)));
    }
    out.push("`hob index` repairs this.\n");
    out
}

pub(super) fn why_not(it: &WhyNot) -> Text {
    let said = match (&it.reason, it.chunks) {
        (Some(reason), 0) => format!("is not indexed. {}", display::line(reason)),
        (Some(reason), _) => {
            let reason = display::line(reason);
            format!("is still in the index, until the next update. {reason}")
        }
        (None, 0) => "counts, but is not in the index yet: run `hob index`.".to_owned(),
        (None, n) => format!("is indexed: {}.", counted(n, "chunk")),
    };
    text![Text::path(&it.path).in_style(BOLD), " ", said, "\n"]
}

fn left_out(out: &mut Text, reasons: &BTreeMap<&str, usize>) {
    let total: usize = reasons.values().sum();
    if total > 0 {
        let each: Vec<String> = reasons
            .iter()
            .map(|(reason, n)| format!("{} {reason}", grouped(*n)))
            .collect();
        let text = format!("{}: {}", counted(total, "file"), each.join(", "));
        row(out, "left out", text);
    }
}

pub(super) fn row(out: &mut Text, name: &str, value: impl Into<Text>) {
    let name = Text::styled(DIM, &format!("{name:<9}"));
    out.push(text![name, value, "\n"]);
}

fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(n))
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        it if it < 1e3 => format!("{bytes} bytes"),
        it if it < 1e6 => format!("{:.1} kB", it / 1e3),
        it if it < 1e9 => format!("{:.1} MB", it / 1e6),
        it => format!("{:.2} GB", it / 1e9),
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => counted(seconds as usize, "second"),
        60..3600 => counted(seconds as usize / 60, "minute"),
        3600..86_400 => counted(seconds as usize / 3600, "hour"),
        _ => counted(seconds as usize / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::index::report::{Found, Skipped};
    use expect_test::expect;

    #[test]
    fn an_update_is_told_in_three_lines() {
        let skipped = |path: &str, reason| Skipped {
            path: path.into(),
            reason,
        };
        let mut it = Built {
            files: 41_389,
            chunks: 431_000,
            symbols: 1,
            added: 1200,
            changed: 3,
            removed: 0,
            skipped: vec![
                skipped("a", "not text"),
                skipped("b", "generated by a program"),
                skipped("c", "not text"),
            ],
            seconds: 2.0,
            bytes: 24_000_000,
            root: "/project".into(),
            folder: "/cache".into(),
            vectors: None,
        };
        expect![[r#"
            Indexed 41,389 files, 431,000 chunks, 1 symbol
                     1,200 new, 3 changed (2.0 s, 24.0 MB of source, 12.0 MB/s)
            left out 3 files: 1 generated by a program, 2 not text
        "#]]
        .assert_eq(&built(&it).to_string());
        (it.added, it.changed, it.bytes) = (0, 0, 0);
        it.skipped.clear();
        expect![[r#"
            Indexed 41,389 files, 431,000 chunks, 1 symbol
                     nothing has changed (2.0 s)
        "#]]
        .assert_eq(&built(&it).to_string());
    }

    #[test]
    fn vectors_are_told_of_where_an_embedder_is_configured() {
        let mut it = Vectors {
            embedder: "nomic-embed-text at ollama".into(),
            count: 12_500,
            missing: 0,
            made: 1_500,
            seconds: 30.0,
            problem: None,
        };
        let drawn = |it: &Vectors| {
            let mut out = Text::new();
            vectors(&mut out, Some(it), ": run `hob index`");
            out.to_string()
        };
        let mut all = drawn(&it);
        (it.made, it.missing) = (0, 40);
        all.push_str(&drawn(&it));
        it.problem = Some("It has stopped.".into());
        all.push_str(&drawn(&it));
        (it.count, it.missing) = (0, 0);
        all.push_str(&drawn(&it));
        expect![[r#"
            embedder nomic-embed-text at ollama
            vectors  12,500, 1,500 of them new (30.0 s, 50 a second)
            embedder nomic-embed-text at ollama
            vectors  12,500, 40 missing: run `hob index`
            embedder nomic-embed-text at ollama
            vectors  12,500, 40 missing: run `hob index`. It has stopped.
            embedder nomic-embed-text at ollama
            vectors  It has stopped.
        "#]]
        .assert_eq(&all);
    }

    #[test]
    fn findings_are_listed_with_the_way_out() {
        let it = Checked {
            ok: false,
            findings: (0..22)
                .map(|n| Found {
                    path: if n == 0 {
                        String::new()
                    } else {
                        format!("src/{n}.rs")
                    },
                    message: "It is wrong.".into(),
                })
                .collect(),
        };
        let text = checked(&it).to_string();
        assert!(text.starts_with("the index: It is wrong.\nsrc/1.rs: It is wrong.\n"));
        assert!(text.ends_with("… and 2 more\n`hob index` repairs this.\n"));
    }
}
