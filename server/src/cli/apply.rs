//! `hob apply`: applies an assistant's answer to the files it is about, all or nothing.

use crate::assist::apply::journal::Journal;
use crate::assist::apply::patch::{Patch, Status};
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::runnable::Runs;
use crate::assist::apply::scope::Scope;
use crate::assist::apply::{Workspace, plan};
use crate::cli::RootArgument;
use crate::cli::consent::Consent;
use crate::cli::failure::Failure;
use crate::cli::terminal::text::{PLAIN, Text, text};
use crate::cli::terminal::{DIM, Terminal, WARNING};
use crate::config::files;
use crate::display;
use anstyle::{AnsiColor, Style};
use anyhow::Context;
use clap::builder::ValueHint;
use hob_index::encoding;
use hob_index::reader::{Refusal as Refused, read_given};
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Longer answers are no answers; in bytes.
const LARGEST: u64 = 50_000_000;

/// Apply an assistant's answer to your files, all or nothing
///
/// Takes what chat assistants write: search/replace blocks, unified diffs, patches between `*** Begin Patch` and `*** End Patch`, whole files and snippets in fences below their path, also with `// ... existing code ...`. Prose, shell commands and thoughts are left out. What doesn't fit exactly, but for indentation and blanks, is refused with the reason, and nothing is changed. `hob undo` takes a change back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob apply answer.md\n  hob apply --check answer.md     show what would change\n  wl-paste | hob apply            from the clipboard\n\nExit status: 0 applied, 1 refused, nothing changed, 2 wrong usage."
)]
pub(super) struct Arguments {
    /// The answer [default: standard input]
    #[arg(value_name = "ANSWER.md", value_hint = ValueHint::FilePath)]
    answer: Option<PathBuf>,
    /// Show what would change, as a diff, and change nothing
    #[arg(long)]
    check: bool,
    /// Refuse what makes a file parse worse than before; else that is a warning
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    consent: Consent,
    /// Print one JSON document: {files: [{path, status, added, removed, runs}], notes, warnings, diff}, or {error, problems}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let root = arguments.root.resolve(Path::new("."))?;
    let answer = read(arguments.answer.as_deref())?;
    let workspace = Workspace {
        root: &root,
        open: &|_| None,
    };
    let patch = match plan(&answer, &workspace, None, &Scope::Root) {
        Ok(it) => it,
        Err(refusal) => return refused(&refusal, arguments.json, terminal),
    };
    let worse: Vec<String> = patch
        .syntax()
        .iter()
        .map(|it| format!("{}:{}: {}", display::name(&it.path), it.line, it.message))
        .collect();
    if arguments.strict && !worse.is_empty() {
        let message = format!("{}; nothing was changed", worse.join("; "));
        return failed(message, arguments.json, terminal);
    }
    let mut notes = patch.notes.clone();
    if !arguments.check && !patch.files.is_empty() {
        let asked = patch.to_be_asked_for(None);
        if let Err(refusal) = arguments.consent.ask(&asked, arguments.json, terminal)? {
            return refused(&refusal, arguments.json, terminal);
        }
        match write(&patch, &root) {
            Ok(note) => notes.extend(note),
            Err(refusal) => return refused(&refusal, arguments.json, terminal),
        }
    }
    if arguments.json {
        terminal.print_json(&json!({
            "files": summary(&patch),
            "notes": notes,
            "warnings": worse,
            "diff": patch.diff(),
            "written": !arguments.check && !patch.files.is_empty(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.check {
        print_diff(&patch, terminal)?;
    } else {
        terminal.print(lines(&patch))?;
    }
    for note in notes {
        terminal.note(&note);
    }
    for worse in worse {
        terminal.warning(&worse);
    }
    if patch.files.is_empty() {
        terminal.say("All of it is there already; nothing was changed.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a patch, so that `hob undo` can take it back; what the user should know if it can't.
///
/// # Errors
/// Why nothing was changed.
pub(super) fn write(patch: &Patch, root: &Path) -> Result<Option<String>, Refusal> {
    let state = files::state_folder(&files::Environment::of_process());
    let journal = match state {
        Some(state) => Journal::open(&state, root).map_err(|it| it.to_string()),
        None => Err("this machine has no folder to keep an undo journal in".to_owned()),
    };
    let (mut journal, note) = match journal {
        Ok(it) => (Some(it), None),
        Err(why) => (None, Some(format!("this can't be undone: {why}"))),
    };
    patch.write(root, journal.as_mut())?;
    Ok(note)
}

fn read(path: Option<&Path>) -> anyhow::Result<String> {
    let bytes = match path {
        Some(path) if path != Path::new("-") => match read_given(path, LARGEST) {
            Ok(it) => it,
            Err(Refused::TooLarge(_)) => {
                return Err(Failure::failed("the answer is larger than 50 MB").into());
            }
            Err(refused) => {
                return Err(Failure::usage(format!("{} {refused}", display::path(path)))
                    .hint("give the file with the answer, or pipe it in")
                    .into());
            }
        },
        _ => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(LARGEST + 1)
                .read_to_end(&mut bytes)
                .context("reading the answer from standard input")?;
            bytes
        }
    };
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::failed("the answer is larger than 50 MB").into());
    }
    // Bytes that are no UTF-8 would be written as something else.
    encoding::given(bytes).map_err(|_| {
        Failure::failed("the answer isn't UTF-8")
            .hint("save it as UTF-8")
            .into()
    })
}

/// Says why nothing was changed.
pub(super) fn refused(
    refusal: &Refusal,
    json: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    if !json {
        let n = refusal.problems.len();
        let message = match refusal.problems.as_slice() {
            [one] => format!("{one}; nothing was changed"),
            all => format!(
                "nothing was changed, for {n} reasons\n{}",
                all.iter()
                    .map(|it| it.to_string())
                    .collect::<Vec<_>>()
                    .join("\n")
            ),
        };
        return Err(Failure::failed(message).into());
    }
    let problems: Vec<_> = refusal
        .problems
        .iter()
        .map(|it| {
            json!({
                "kind": it.kind.name(),
                "path": it.path,
                "line": it.line,
                "message": it.message,
                "detail": it.detail,
            })
        })
        .collect();
    terminal
        .print_json(&json!({"files": [], "error": refusal.to_string(), "problems": problems}))?;
    Ok(ExitCode::FAILURE)
}

fn failed(message: String, json: bool, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    if !json {
        return Err(Failure::failed(message).into());
    }
    terminal.print_json(&json!({"files": [], "error": message, "problems": []}))?;
    Ok(ExitCode::FAILURE)
}

/// The files of a patch, for JSON.
pub(super) fn summary(patch: &Patch) -> Vec<serde_json::Value> {
    let files = patch.files.iter();
    files
        .map(|it| {
            let (added, removed) = it.counts();
            let runs = it.runs().map(Runs::name);
            json!({"path": it.path, "status": it.status().name(), "added": added, "removed": removed, "runs": runs})
        })
        .collect()
}

/// A line for each file: `M src/main.rs +2 -1`, and whether the file runs by itself.
pub(super) fn lines(patch: &Patch) -> Text {
    let files = patch.files.iter();
    files
        .map(|it| {
            let (added, removed) = it.counts();
            let letter = Text::styled(style(it.status()), &it.status().letter().to_string());
            let counts = Text::styled(DIM, &format!("+{added} -{removed}"));
            let runs = match it.runs() {
                Some(it) => Text::styled(WARNING, &format!(" runs by itself: {}", it.about())),
                None => Text::new(),
            };
            text![letter, " ", Text::name(&it.path), " ", counts, runs, "\n"]
        })
        .collect()
}

/// Prints what would change: for programs as it is, for a terminal with what nobody sees written out.
pub(super) fn print_diff(patch: &Patch, terminal: &mut Terminal) -> anyhow::Result<()> {
    let diff = patch.diff();
    terminal.result(&diff, || drawn(&diff))?;
    warn_of_runnables(patch, terminal);
    Ok(())
}

/// Says which files of a diff run by themselves.
pub(super) fn warn_of_runnables(patch: &Patch, terminal: &mut Terminal) {
    for it in &patch.files {
        if let Some(runs) = it.runs() {
            let path = display::name(&it.path);
            terminal.warning(&format!("{path} runs by itself: {}", runs.about()));
        }
    }
}

fn style(status: Status) -> Style {
    match status {
        Status::Added => AnsiColor::Green.on_default(),
        Status::Modified => AnsiColor::Yellow.on_default(),
        Status::Deleted => AnsiColor::Red.on_default(),
    }
}

/// A diff as people see it before they decide: in git's colours, with nothing hidden in it. Where some lines end with a
/// carriage return and others don't, those returns are shown, too.
pub(super) fn drawn(diff: &str) -> Text {
    let (mut returns, mut others) = (false, false);
    for line in diff.split_inclusive('\n').filter(|it| is_content(it)) {
        match line.ends_with("\r\n") {
            true => returns = true,
            false => others = true,
        }
    }
    let mixed = returns && others;
    let drawn = |line: &str| {
        let style = if line.starts_with("@@") {
            AnsiColor::Cyan.on_default()
        } else if line.starts_with("+++") || line.starts_with("---") || line.starts_with("diff ") {
            Style::new().bold()
        } else if line.starts_with('+') {
            AnsiColor::Green.on_default()
        } else if line.starts_with('-') {
            AnsiColor::Red.on_default()
        } else {
            PLAIN
        };
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = match mixed {
            true => line,
            false => line.strip_suffix('\r').unwrap_or(line),
        };
        text![Text::styled(style, line), "\n"]
    };
    diff.split_inclusive('\n').map(drawn).collect()
}

/// Whether a line of a diff is one of a file.
fn is_content(line: &str) -> bool {
    line.starts_with([' ', '+', '-']) && !line.starts_with("+++ ") && !line.starts_with("--- ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_hides_nothing_from_who_decides() {
        let diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+a\u{202e}\u{1b}[2J\u{200b}\n";
        let shown = drawn(diff);
        assert_eq!(
            shown.to_string(),
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+a<U+202E><U+001B>[2J<U+200B>\n"
        );
        assert!(shown.sent(true).contains("\u{1b}[32m+a<U+202E>"));
    }

    #[test]
    fn carriage_returns_are_shown_where_lines_differ_in_them() {
        let shown = |it: &str| drawn(it).to_string();
        assert_eq!(shown(" a\r\n-b\r\n+c\r\n"), " a\n-b\n+c\n");
        assert_eq!(shown("-b\n+b\r\n"), "-b\n+b<U+000D>\n");
        assert_eq!(shown("+a\rb\n"), "+a<U+000D>b\n");
    }
}
