//! What can be done in a conversation beside asking: `/help`, `/new`, …, in one table.

use crate::assist;
use crate::assist::commands::{Commands, Subject};

/// One command of the conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    /// Without the slash.
    pub(super) name: &'static str,
    /// What may follow it, as it is shown; empty: nothing.
    pub(super) argument: &'static str,
    /// What it does, a few words.
    pub(super) about: &'static str,
    /// What is done.
    pub(super) action: Action,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Help,
    New,
    Model,
    Sources,
    Copy,
    Apply,
    Undo,
    Save,
    Attach,
    Think,
    Exit,
}

/// All of them, in the order of `/help`.
pub(super) const COMMANDS: &[Command] = &[
    command("help", "", "what can be done here", Action::Help),
    command(
        "new",
        "",
        "forget the conversation and begin another",
        Action::New,
    ),
    command(
        "attach",
        "FILE[:L1-L2]",
        "show the model a file, or some of its lines, with the next question",
        Action::Attach,
    ),
    command(
        "sources",
        "",
        "what the model was shown for the last answer, and why",
        Action::Sources,
    ),
    command(
        "think",
        "",
        "what the model thought before its last answer",
        Action::Think,
    ),
    command(
        "copy",
        "[N]",
        "put the Nth block of code of the last answer on the clipboard",
        Action::Copy,
    ),
    command(
        "apply",
        "[N]",
        "change the files as the last answer says, or its Nth block of code; asks first",
        Action::Apply,
    ),
    command(
        "undo",
        "",
        "take back what /apply changed last",
        Action::Undo,
    ),
    command(
        "save",
        "FILE",
        "write the conversation to a file, as Markdown",
        Action::Save,
    ),
    command(
        "model",
        "[NAME]",
        "which model answers, and where; or let another one answer",
        Action::Model,
    ),
    command("exit", "", "leave; so does Ctrl-D", Action::Exit),
];

const fn command(
    name: &'static str,
    argument: &'static str,
    about: &'static str,
    action: Action,
) -> Command {
    Command {
        name,
        argument,
        about,
        action,
    }
}

/// What the user typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A command and what follows it.
    Command(Action, &'a str),
    /// A command of the assistant that needs words behind it.
    Incomplete(&'a str),
    /// A slash and a word that is no command.
    Unknown(&'a str),
    /// Something to ask.
    Question(&'a str),
}

/// Tells commands from questions. A path (`/etc/hosts`) is no command.
pub(super) fn read<'a>(line: &'a str, own: &Commands) -> Line<'a> {
    let line = line.trim();
    let Some(rest) = line.strip_prefix('/') else {
        return Line::Question(line);
    };
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let is_name =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '-');
    if !is_name(name) {
        return Line::Question(line);
    }
    let argument = argument.trim();
    let name = match name {
        "quit" | "q" => "exit",
        "clear" | "reset" => "new",
        "?" => "help",
        it => it,
    };
    match (COMMANDS.iter().find(|it| it.name == name), own.find(name)) {
        (Some(it), _) => Line::Command(it.action, argument),
        (None, Some(it)) if it.needs_input() && argument.is_empty() => Line::Incomplete(name),
        (None, Some(_)) => Line::Question(line),
        (None, None) => Line::Unknown(name),
    }
}

/// What is shown of a command where all are listed: its name, what may follow it, what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) argument: String,
    pub(super) about: String,
}

/// The conversation's own commands.
pub(super) fn listed() -> Vec<Listed> {
    let listed = |it: &Command| Listed {
        name: it.name.to_owned(),
        argument: it.argument.to_owned(),
        about: it.about.to_owned(),
    };
    COMMANDS.iter().map(listed).collect()
}

/// Those of the assistant that make sense here: a terminal has no tools whose problems could be fixed. What editors
/// call the selected code is here what is attached.
pub(super) fn asked(own: &Commands) -> Vec<Listed> {
    let here = own
        .all()
        .iter()
        .filter(|it| it.subject != Subject::Problems);
    let listed = |it: &assist::commands::Command| Listed {
        name: it.name.to_string(),
        argument: match (it.subject, it.needs_input()) {
            (Subject::Diff, _) => String::new(),
            (_, true) => "@FILE HOW".to_owned(),
            _ => "@FILE".to_owned(),
        },
        about: it.about.replace("the selected code", "the attached code"),
    };
    here.map(listed).collect()
}

/// The command that was probably meant.
pub(super) fn nearest<'a>(name: &str, own: &'a Commands) -> Option<&'a str> {
    let own = own.all().iter().map(|it| it.name.as_ref());
    COMMANDS
        .iter()
        .map(|it| it.name)
        .chain(own)
        .map(|it| (strsim::damerau_levenshtein(it, name), it))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_questions() {
        let own = Commands::new(&[]);
        let read = |it| read(it, &own);
        assert_eq!(
            read(" /save  a b.md "),
            Line::Command(Action::Save, "a b.md")
        );
        assert_eq!(read("/quit"), Line::Command(Action::Exit, ""));
        assert_eq!(read("/hlep"), Line::Unknown("hlep"));
        assert_eq!(read("/explain @a"), Line::Question("/explain @a"));
        assert_eq!(read("/refactor "), Line::Incomplete("refactor"));
        for question in ["/etc/hosts is what?", "what is a/b", "/"] {
            assert_eq!(read(question), Line::Question(question));
        }
        assert_eq!(nearest("hlep", &own), Some("help"));
        assert_eq!(nearest("explian", &own), Some("explain"));
        assert_eq!(nearest("frobnicate", &own), None);
    }

    #[test]
    fn no_command_of_the_conversation_hides_one_of_the_assistant() {
        let own = Commands::new(&[]);
        assert!(COMMANDS.iter().all(|it| own.find(it.name).is_none()));
    }
}
