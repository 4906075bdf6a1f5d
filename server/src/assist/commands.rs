//! What can be asked with one word: the table of commands behind `/explain` and its like, the editors' code actions,
//! and the user's own.

use crate::assist::chat::attachment::Attachment;
use crate::config::settings::CommandSettings;
use std::borrow::Cow;

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is typed behind the `/`.
    pub name: Cow<'static, str>,
    /// One line about it, for lists: `explain the selected code`.
    pub about: Cow<'static, str>,
    /// What a code action is called; empty: it is none.
    pub title: Cow<'static, str>,
    /// What the model is asked. `{selection}`, `{file}`, `{problems}` and `{diff}` attach what they name; `{input}` is
    /// what the user adds.
    pub prompt: Cow<'static, str>,
    /// What it is about.
    pub subject: Subject,
    /// What comes of it.
    pub makes: Makes,
    /// Whether the change belongs elsewhere than the code that the command is about, as tests do.
    pub any_file: bool,
}

/// What a command is about: where it makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Selected code, or what the cursor stands in.
    Code,
    /// What the editor's tools complain about.
    Problems,
    /// What was changed since the last commit.
    Diff,
}

/// What comes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// An answer in words.
    Answer,
    /// A change of the code.
    Edit,
}

/// Those that come with Hob.
const OWN: &[(&str, &str, &str, &str, Subject, Makes)] = &[
    (
        "explain",
        "explain the selected code, or what the problem means",
        "Explain this",
        "Explain {selection}: what it is for, how it works step by step, and what is surprising or risky about it. {input}",
        Subject::Code,
        Makes::Answer,
    ),
    (
        "fix",
        "fix the problems that the editor shows",
        "Fix this problem",
        "Fix {problems}. Change as little as possible, and fix the cause rather than the message. {input}",
        Subject::Problems,
        Makes::Edit,
    ),
    (
        "document",
        "write documentation for the selected code",
        "Write documentation",
        "Write the documentation comments for {selection}, in the form that this language and this file use. Say what a caller needs: what it does, parameters, results, errors. Change nothing but comments. {input}",
        Subject::Code,
        Makes::Edit,
    ),
    (
        "test",
        "write tests for the selected code",
        "Write tests",
        "Write tests for {selection}: the usual case, the limits, and what should fail. Put them where this project has its tests, in their style, with the tools that it already uses. {input}",
        Subject::Code,
        Makes::Edit,
    ),
    (
        "refactor",
        "change the selected code as you say",
        "Refactor…",
        "Change {selection} as follows, and keep what it does otherwise: {input}",
        Subject::Code,
        Makes::Edit,
    ),
    (
        "simplify",
        "make the selected code simpler",
        "Simplify",
        "Make {selection} simpler and easier to read without changing what it does: remove what is not needed, flatten what is nested, use what the language and this codebase offer. {input}",
        Subject::Code,
        Makes::Edit,
    ),
    (
        "review",
        "review what was changed since the last commit",
        "Review the changes",
        "Review {diff}. Name what is wrong or risky, most serious first, each with its `path:line`, why, and what to do instead: mistakes, forgotten cases, security, missing tests. Leave matters of taste out. If nothing is wrong, say so. {input}",
        Subject::Diff,
        Makes::Answer,
    ),
    (
        "commit",
        "write a commit message for what was changed",
        "Write a commit message",
        "Write the commit message for {diff}: a subject of at most 60 characters in the imperative, an empty line, and where it needs one a short body that says why. Answer with the message alone. {input}",
        Subject::Diff,
        Makes::Answer,
    ),
    (
        "name",
        "suggest names for the selected code",
        "Suggest names",
        "Suggest five better names for {selection}, in this codebase's style, best first, each with a few words on why. {input}",
        Subject::Code,
        Makes::Answer,
    ),
];

/// The commands in force: Hob's, and the user's, which may replace them.
#[derive(Clone, Debug)]
pub struct Commands(Vec<Command>);

impl Commands {
    /// Hob's commands and these.
    pub fn new(settings: &[CommandSettings]) -> Commands {
        let mut commands: Vec<Command> = OWN
            .iter()
            .map(|&(name, about, title, prompt, subject, makes)| Command {
                name: name.into(),
                about: about.into(),
                title: title.into(),
                prompt: prompt.into(),
                subject,
                makes,
                any_file: name == "test",
            })
            .collect();
        for it in settings {
            let command = of_user(it);
            match commands.iter_mut().find(|it| it.name == command.name) {
                Some(same) => *same = command,
                None => commands.push(command),
            }
        }
        Commands(commands)
    }

    /// All of them, Hob's first.
    pub fn all(&self) -> &[Command] {
        &self.0
    }

    /// The command of this name.
    pub fn find(&self, name: &str) -> Option<&Command> {
        self.0.iter().find(|it| it.name == name)
    }

    /// The command that a message begins with, and what follows it; `None`: it is a message as any other.
    pub fn read<'a>(&self, message: &'a str) -> Option<(&Command, &'a str)> {
        let rest = message.trim_start().strip_prefix('/')?;
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        Some((self.find(&rest[..end])?, rest[end..].trim()))
    }
}

impl Command {
    /// What the model is asked, and what is to be attached to that. `Selection` and `Problems` are attached by whoever
    /// has them: what is given here stands for them.
    pub fn message(&self, input: &str) -> (String, Vec<Attachment>) {
        let mut attachments = Vec::new();
        let mut message = String::new();
        let mut rest = self.prompt.as_ref();
        while let Some(start) = rest.find('{') {
            message.push_str(&rest[..start]);
            rest = &rest[start..];
            let placeholder = PLACEHOLDERS.iter().find(|it| rest.starts_with(it.0));
            let Some((name, words)) = placeholder else {
                message.push('{');
                rest = &rest[1..];
                continue;
            };
            match *name {
                "{input}" => message.push_str(input),
                "{diff}" => attachments.push(Attachment::Diff),
                "{problems}" => attachments.push(Attachment::Problems(Vec::new())),
                _ => {}
            }
            message.push_str(words);
            rest = &rest[name.len()..];
        }
        message.push_str(rest);
        (message.trim().to_owned(), attachments)
    }

    /// Whether it can't do without something that the user adds.
    pub fn needs_input(&self) -> bool {
        self.prompt.trim_end().ends_with(": {input}")
    }
}

/// What may stand in a prompt, and what the model reads in its place: what is meant is attached.
const PLACEHOLDERS: [(&str, &str); 5] = [
    ("{selection}", "the selected code"),
    ("{file}", "the current file"),
    ("{problems}", "the problems that are listed in the context"),
    ("{diff}", "the changes since the last commit (@diff)"),
    ("{input}", ""),
];

fn of_user(it: &CommandSettings) -> Command {
    let subject = if it.prompt.contains("{problems}") {
        Subject::Problems
    } else if it.prompt.contains("{diff}") {
        Subject::Diff
    } else {
        Subject::Code
    };
    let about = match it.description.as_str() {
        "" => "a command of your own",
        about => about,
    };
    Command {
        name: it.name.clone().into(),
        about: about.to_owned().into(),
        title: about.to_owned().into(),
        prompt: it.prompt.clone().into(),
        subject,
        makes: match it.edit {
            true => Makes::Edit,
            false => Makes::Answer,
        },
        any_file: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, prompt: &str) -> CommandSettings {
        CommandSettings {
            name: name.to_owned(),
            prompt: prompt.to_owned(),
            description: String::new(),
            edit: false,
        }
    }

    #[test]
    fn a_message_that_begins_with_a_command_is_told_from_others() {
        let commands = Commands::new(&[]);
        let read = |it| commands.read(it).map(|it| (it.0.name.to_string(), it.1));
        assert_eq!(
            read("/explain in short\nplease"),
            Some(("explain".to_owned(), "in short\nplease"))
        );
        assert_eq!(read(" /review"), Some(("review".to_owned(), "")));
        for other in ["explain it", "/etc/hosts", "/explainer", "/", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn placeholders_say_what_is_attached() {
        let commands = Commands::new(&[own("odd", "Look at {diff} {thing} {input} {")]);
        let odd = commands.find("odd").unwrap();
        assert_eq!(
            odd.message("now"),
            (
                "Look at the changes since the last commit (@diff) {thing} now {".to_owned(),
                vec![Attachment::Diff]
            )
        );
        assert_eq!(odd.subject, Subject::Diff);
        // What the user types is never taken for a placeholder.
        let explain = commands.find("explain").unwrap();
        let (message, attached) = explain.message("{diff}");
        assert!(
            message.ends_with("{diff}") && attached.is_empty(),
            "{message}"
        );
    }

    #[test]
    fn a_command_of_the_user_s_takes_the_place_of_ours() {
        let commands = Commands::new(&[own("explain", "Explain it to me."), own("mine", "Hm.")]);
        assert_eq!(
            commands.find("explain").unwrap().prompt,
            "Explain it to me."
        );
        assert_eq!(commands.all().len(), OWN.len() + 1);
        assert!(commands.find("refactor").unwrap().needs_input());
        assert!(!commands.find("test").unwrap().needs_input());
    }
}
