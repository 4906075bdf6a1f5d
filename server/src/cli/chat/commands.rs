//! What can be done in a conversation beside asking: `/help`, `/new`, …, in one table.

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
        "show the model a file, or some of its lines; without FILE: what is attached",
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
        "save",
        "FILE",
        "write the conversation to a file, as Markdown",
        Action::Save,
    ),
    command("model", "", "which model answers, and where", Action::Model),
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
    /// A slash and a word that is no command.
    Unknown(&'a str),
    /// Something to ask.
    Question(&'a str),
}

/// Tells commands from questions. A path (`/etc/hosts`) is no command.
pub(super) fn read(line: &str) -> Line<'_> {
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
    match COMMANDS.iter().find(|it| it.name == name) {
        Some(it) => Line::Command(it.action, argument),
        None => Line::Unknown(name),
    }
}

/// The command that was probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    COMMANDS
        .iter()
        .map(|it| (strsim::damerau_levenshtein(it.name, name), it.name))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_questions() {
        assert_eq!(
            read(" /save  a b.md "),
            Line::Command(Action::Save, "a b.md")
        );
        assert_eq!(read("/quit"), Line::Command(Action::Exit, ""));
        assert_eq!(read("/hlep"), Line::Unknown("hlep"));
        assert_eq!(
            read("/etc/hosts is what?"),
            Line::Question("/etc/hosts is what?")
        );
        assert_eq!(read("what is a/b"), Line::Question("what is a/b"));
        assert_eq!(nearest("hlep"), Some("help"));
        assert_eq!(nearest("frobnicate"), None);
    }
}
