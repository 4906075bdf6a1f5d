//! What stands round answers: sources, help.

use super::commands::Listed;
use super::markdown::Markdown;
use super::view::Manner;
use crate::assist::chat::{Answer, Source, cites};
use crate::cli::terminal::text::{Text, columns, cut, plain, row_columns, text};
use crate::cli::terminal::{BOLD, DIM, Look};
use crate::display;
use anstyle::{AnsiColor, Style};

const NAME: Style = AnsiColor::Magenta.on_default();

/// So many sources are listed below an answer that cites none, and below any answer.
const FEW: usize = 3;
const MOST: usize = 8;

/// The keys of the prompt, as `/help` shows them.
const KEYS: &[(&str, &str)] = &[
    (
        "Enter",
        "asks; after a backslash, or with Alt or Shift, it begins a line",
    ),
    ("Tab", "completes /commands and what @ names"),
    (
        "@name",
        "attaches a file, a folder or a symbol: @src/main.rs:10-20",
    ),
    ("↑ ↓ Ctrl-R", "what you typed before"),
    (
        "Ctrl-C",
        "stops the answer; at the prompt, twice, it leaves",
    ),
    (
        "Ctrl-T",
        "shows what a reasoning model thinks, while it does",
    ),
];

/// Of what the model was shown, what its answer cites, else the first few: where that is, one in a row, and how much
/// else there was.
pub(super) fn sources(answer: &Answer, manner: &Manner, more: &str) -> Text {
    let all = &answer.sources;
    let mut shown: Vec<&Source> = all.iter().filter(|it| cites(&answer.text, it)).collect();
    if shown.is_empty() {
        shown = all.iter().take(FEW).collect();
    }
    shown.truncate(MOST);
    let row = |it: &&Source| text![linked(&place(it), manner), "\n"];
    let mut out: Text = shown.iter().map(row).collect();
    let n_more = all.len() - shown.len();
    if n_more > 0 {
        let text = format!("and {n_more} more{more}\n");
        out.push(Text::styled(DIM, &text));
    }
    out
}

/// The same with why the model was shown them.
pub(super) fn reasons(answer: &Answer, manner: &Manner, look: Look) -> Text {
    let width = |place: &str| row_columns(&Markdown::cited(place, &manner.links));
    let widest = answer.sources.iter().map(|it| width(&place(it))).max();
    let widest = widest.unwrap_or(0).min(50);
    let room = look.width.unwrap_or(usize::MAX).saturating_sub(widest + 3);
    let row = |it: &Source| {
        let place = place(it);
        let reason = display::line(&it.reason);
        let linked = linked(&place, manner);
        if room < 24 {
            let lines = wrapped(&reason, look.width.unwrap_or(80).saturating_sub(3));
            return text![linked, "\n  ", lines.join("\n  "), "\n"];
        }
        let blanks = " ".repeat(widest.saturating_sub(width(&place)) + 2);
        let reason = cut(&Markdown::plain(&reason), room);
        text![linked, blanks, reason, "\n"]
    };
    answer.sources.iter().map(row).collect()
}

fn place(it: &Source) -> String {
    match it.start_line == it.end_line {
        true => format!("{}:{}", it.path, it.start_line),
        false => format!("{}:{}-{}", it.path, it.start_line, it.end_line),
    }
}

fn linked(place: &str, manner: &Manner) -> Text {
    Text::from(Markdown::dimmed(Markdown::cited(place, &manner.links)))
}

/// What can be done in a conversation.
pub(super) fn help(own: &[Listed], asked: &[Listed], look: Look) -> Text {
    let rows = |commands: &[Listed]| {
        let row = |it: &Listed| {
            let name = format!("/{} {}", it.name, it.argument);
            let name = display::line(name.trim_end()).into_owned();
            (name, it.about.clone())
        };
        commands.iter().map(row).collect::<Vec<_>>()
    };
    let keys = KEYS.iter();
    let keys = keys.map(|(key, about)| ((*key).to_owned(), (*about).to_owned()));
    let mut blocks = Vec::new();
    let width = look.width.unwrap_or(80);
    for (title, rows) in [
        ("Ask", rows(asked)),
        ("Conversation", rows(own)),
        ("Keys", keys.collect()),
    ] {
        let mut out = text!["\n", Text::styled(BOLD, title), "\n"];
        let widest = rows
            .iter()
            .map(|(name, _)| columns(name))
            .max()
            .unwrap_or(0);
        // In a narrow window what it does stands below its name.
        let beside = widest + 4 + 30 <= width;
        for (name, about) in rows {
            let painted = Text::styled(NAME, &name);
            if beside {
                let blanks = " ".repeat(widest - columns(&name) + 2);
                let room = width - widest - 4;
                let lines = wrapped(&about, room);
                let indent = " ".repeat(widest + 4);
                let text = lines.join(&format!("\n{indent}"));
                out.push(text!["  ", painted, blanks, text, "\n"]);
            } else {
                out.push(text!["  ", painted, "\n"]);
                for line in wrapped(&about, width.saturating_sub(4)) {
                    out.push(Text::styled(DIM, &format!("    {line}\n")));
                }
            }
        }
        blocks.push(out);
    }
    blocks.into_iter().collect()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let rows = Markdown::wrapped(text, width.saturating_sub(1));
    rows.iter().map(|it| plain(it)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::commands;
    use super::super::markdown::Links;
    use super::*;
    use crate::assist::commands::Commands;
    use expect_test::expect;

    #[test]
    fn help_fits_wide_and_narrow_terminals() {
        let drawn = |width| {
            let look = Look {
                color: false,
                width: Some(width),
            };
            let asked = commands::asked(&Commands::new(&[]));
            help(&commands::listed(), &asked, look).to_string()
        };
        for width in [40, 60, 80] {
            assert!(
                drawn(width).lines().all(|it| columns(it) < width),
                "{}",
                drawn(width)
            );
        }
        expect![[r#"

            Ask
              /explain @FILE       explain the attached code, or what the problem means
              /document @FILE      write documentation for the attached code
              /test @FILE          write tests for the attached code
              /refactor @FILE HOW  change the attached code as you say
              /simplify @FILE      make the attached code simpler
              /review              review what was changed since the last commit
              /commit              write a commit message for what was changed
              /name @FILE          suggest names for the attached code

            Conversation
              /help                 what can be done here
              /new                  forget the conversation and begin another
              /attach FILE[:L1-L2]  show the model a file, or some of its lines, with the
                                    next question
              /sources              what the model was shown for the last answer, and why
              /think                what the model thought before its last answer
              /copy [N]             put the Nth block of code of the last answer on the
                                    clipboard
              /apply [N]            change the files as the last answer says, or its Nth
                                    block of code; asks first
              /undo                 take back what /apply changed last
              /save FILE            write the conversation to a file, as Markdown
              /model [NAME]         which model answers, and where; or let another one
                                    answer
              /exit                 leave; so does Ctrl-D

            Keys
              Enter       asks; after a backslash, or with Alt or Shift, it begins a line
              Tab         completes /commands and what @ names
              @name       attaches a file, a folder or a symbol: @src/main.rs:10-20
              ↑ ↓ Ctrl-R  what you typed before
              Ctrl-C      stops the answer; at the prompt, twice, it leaves
              Ctrl-T      shows what a reasoning model thinks, while it does
        "#]]
        .assert_eq(&drawn(80));
    }

    #[test]
    fn sources_are_listed_with_their_reasons() {
        let source = |path: &str, start_line, end_line, reason: &str| Source {
            path: path.to_owned(),
            start_line,
            end_line,
            reason: reason.to_owned(),
        };
        let answer = Answer {
            sources: vec![
                source("src/main.rs", 1, 20, "named in the question"),
                source("a.rs", 7, 7, "found by `area`"),
            ],
            ..Answer::default()
        };
        let manner = Manner {
            drawn: false,
            live: false,
            status: false,
            thoughts: false,
            links: Links::default(),
        };
        let look = Look::default();
        expect![[r#"
            src/main.rs:1-20
            a.rs:7
        "#]]
        .assert_eq(&sources(&answer, &manner, "").to_string());
        expect![[r#"
            src/main.rs:1-20  named in the question
            a.rs:7            found by `area`
        "#]]
        .assert_eq(&reasons(&answer, &manner, look).to_string());
    }
}
