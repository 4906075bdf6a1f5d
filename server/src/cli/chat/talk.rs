//! The conversation at the terminal: question by question, with commands between them.

use super::ahead::{Ahead, TypedAhead};
use super::commands::{self, Action, Line, Listed};
use super::conversation::{self, Exchange};
use super::editor::{Editor, Input, Names};
use super::exchange::{Ended, Stopper, exchange};
use super::keys::Keys;
use super::markdown::{self, CodeBlock, Markdown};
use super::session::{Question, Session};
use super::view::{Manner, View};
use crate::assist::chat::Answer;
use crate::assist::chat::attachment::Attachment;
use crate::assist::commands::Commands;
use crate::cli::terminal::text::{Text, text};
use crate::cli::terminal::{DIM, Terminal};
use crate::display;
use hob_index::private;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// What a conversation is held with.
pub(super) struct Setting<'a> {
    pub(super) session: Session,
    pub(super) runtime: &'a Runtime,
    /// Where history and conversations are kept; `None`: nowhere.
    pub(super) state: Option<PathBuf>,
    pub(super) manner: Manner,
    pub(super) names: Names,
    /// Which model answers and where, one sentence.
    pub(super) who: String,
    /// What was attached by arguments.
    pub(super) attached: Vec<Attachment>,
    /// What was said before.
    pub(super) earlier: Vec<Exchange>,
}

/// A conversation under way.
struct Talk<'a> {
    setting: Setting<'a>,
    /// The assistant's commands, and the user's.
    asked: Commands,
    terminal: &'a mut Terminal,
    said: Vec<Exchange>,
    attached: Vec<Attachment>,
    last: Answer,
}

/// Holds the conversation until the user leaves.
///
/// # Errors
/// The terminal can't be read or written.
pub(super) fn talk(setting: Setting<'_>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let history = setting.state.as_ref().map(|it| it.join("chat/history"));
    let color = terminal.look().color;
    let asked = Commands::new(&setting.session.engine.settings().commands);
    let commands = [commands::asked(&asked), commands::listed()].concat();
    let names = setting.names.clone();
    let mut editor = Editor::new(history.as_deref(), commands, names, color);
    let mut talk = Talk {
        asked,
        said: setting.earlier.clone(),
        attached: setting.attached.clone(),
        setting,
        terminal,
        last: Answer::default(),
    };
    let _typed = TypedAhead::keep();
    talk.welcome()?;
    let mut ahead = Ahead::default();
    let mut warned = false;
    loop {
        talk.terminal.flush()?;
        let text = match editor.read(&mut ahead)? {
            Input::Text(text) => text,
            Input::Interrupt { typed: false } if warned => break,
            Input::Interrupt { typed } => {
                warned = !typed;
                if warned {
                    talk.note("Ctrl-C again, or Ctrl-D, leaves.")?;
                }
                continue;
            }
            Input::Leave => break,
        };
        warned = false;
        match commands::read(&text, &talk.asked) {
            Line::Question("") => {}
            Line::Question(question) => talk.ask(question, &mut ahead)?,
            Line::Command(Action::Exit, _) => break,
            Line::Command(action, argument) => {
                talk.command(action, argument)?;
                talk.terminal.print("\n")?;
            }
            Line::Incomplete(name) => {
                talk.complain(&format!("say how: /{name} @FILE …"));
            }
            Line::Unknown(name) => {
                let hint = match commands::nearest(name, &talk.asked) {
                    Some(it) => format!("did you mean /{it}?"),
                    None => "/help lists them".to_owned(),
                };
                talk.complain(&format!("there is no command /{name}; {hint}"));
            }
        }
        editor.keep();
    }
    editor.keep();
    Ok(())
}

impl Talk<'_> {
    fn welcome(&mut self) -> anyhow::Result<()> {
        let folder = self.setting.session.root.file_name().unwrap_or_default();
        let folder = markdown::bold(&display::path(Path::new(folder)));
        let mut text = Text::new();
        let mut about = Markdown::new(self.setting.manner.links.clone(), Terminal::size().columns);
        let sentence = format!(
            "{} It knows {folder}; `/help` says what you can do here.",
            self.setting.who
        );
        let mut rows = about.push(&sentence);
        rows.extend(about.finish());
        for row in rows {
            text.push(row);
            text.push("\n");
        }
        if !self.said.is_empty() {
            let n = self.said.len();
            let questions = if n == 1 { "question" } else { "questions" };
            text.push(Text::styled(
                DIM,
                &format!("Going on after {n} {questions}.\n"),
            ));
        }
        text.push("\n");
        self.terminal.print(text)
    }

    /// Asks; what is typed meanwhile goes to `ahead`.
    fn ask(&mut self, text: &str, ahead: &mut Ahead) -> anyhow::Result<()> {
        let question = Question {
            text: text.to_owned(),
            earlier: self.said.clone(),
            attached: std::mem::take(&mut self.attached),
        };
        self.terminal.print("\n")?;
        self.terminal.flush()?;
        let ended = {
            let mut keys = Keys::watch()?;
            let view = View::new(self.terminal, self.setting.manner.clone());
            let stopper = Stopper::Keys(&mut keys, ahead);
            let answered = exchange(&self.setting.session, &question, view, stopper);
            self.setting.runtime.block_on(answered)
        };
        let answer = match ended {
            Ok(Ended::Whole(answer)) => {
                self.after(&answer)?;
                answer
            }
            Ok(Ended::Stopped(answer)) => {
                self.note("Stopped.")?;
                answer
            }
            Err(error) if crate::cli::failure::is_broken_pipe(&error) => return Err(error),
            Err(error) => {
                // What was attached is attached still: the question will be asked again.
                self.attached = question.attached;
                self.terminal.error(&error);
                return Ok(());
            }
        };
        self.terminal.print("\n")?;
        if !answer.text.is_empty() {
            self.said.push(Exchange {
                question: question.text,
                answer: answer.text.clone(),
            });
            self.keep();
        }
        self.last = answer;
        Ok(())
    }

    /// What belongs below an answer.
    fn after(&mut self, answer: &Answer) -> anyhow::Result<()> {
        for notice in &answer.notices {
            self.terminal.warning(notice);
        }
        if answer.sources.is_empty() {
            return Ok(());
        }
        self.terminal.print("\n")?;
        self.places(answer)
    }

    /// Where the sources are, one in a row.
    fn places(&mut self, answer: &Answer) -> anyhow::Result<()> {
        let text = super::render::sources(answer, &self.setting.manner, ": /sources");
        self.terminal.print(text)
    }

    fn keep(&mut self) {
        let Some(state) = &self.setting.state else {
            return;
        };
        let file = conversation::file(state, &self.setting.session.root);
        if let Err(error) = conversation::save(&file, &self.setting.session.root, &self.said) {
            // Once is enough.
            self.setting.state = None;
            self.terminal.warning(&format!("{error:#}"));
        }
    }

    fn command(&mut self, action: Action, argument: &str) -> anyhow::Result<()> {
        match action {
            Action::Help => self.help(),
            Action::New => {
                self.said.clear();
                self.attached.clear();
                self.last = Answer::default();
                self.note("A new conversation.")
            }
            Action::Model => self.model(argument),
            Action::Sources => self.sources(),
            Action::Think => self.thoughts(),
            Action::Copy => self.copy(argument),
            Action::Apply => self.apply(argument),
            Action::Undo => {
                let root = &self.setting.session.root;
                let undone = super::change::undo(root, self.terminal);
                self.report(undone)
            }
            Action::Save => self.save(argument),
            Action::Attach => self.attach(argument),
            Action::Exit => Ok(()),
        }
    }

    fn model(&mut self, name: &str) -> anyhow::Result<()> {
        let session = &self.setting.session;
        let who = match name {
            "" => self.setting.runtime.block_on(session.who()),
            name => self.setting.runtime.block_on(session.switch(name)),
        };
        match who {
            Ok(who) => {
                let rows = Markdown::new(Default::default(), usize::MAX).whole(&who);
                let rows = rows.into_iter().map(|it| Text::from(it).in_style(DIM));
                let text = Text::joined(rows, "\n");
                self.terminal.print(text![text, "\n"])
            }
            Err(error) => {
                self.terminal.error(&error);
                Ok(())
            }
        }
    }

    fn help(&mut self) -> anyhow::Result<()> {
        let asked: Vec<Listed> = commands::asked(&self.asked);
        let text = super::render::help(&commands::listed(), &asked, self.terminal.look());
        self.terminal.print(text)
    }

    fn sources(&mut self) -> anyhow::Result<()> {
        if self.last.sources.is_empty() {
            return self.note("The last answer was made without anything from the codebase.");
        }
        let last = self.last.clone();
        let text = super::render::reasons(&last, &self.setting.manner, self.terminal.look());
        self.terminal.print(text)
    }

    fn thoughts(&mut self) -> anyhow::Result<()> {
        if self.last.thought.trim().is_empty() {
            return self.note("The model said nothing of what it thought.");
        }
        let mut manner = self.setting.manner.clone();
        manner.live = false;
        let view = View::new(self.terminal, manner);
        view.aside(&self.last.thought)
    }

    /// The block of code of this number, or the last one; the user is told if there is none.
    fn block(&mut self, command: &str, number: &str) -> Option<CodeBlock> {
        let blocks = markdown::code_blocks(&self.last.text);
        let number = match number {
            "" => Some(blocks.len()),
            it => it.parse::<usize>().ok(),
        };
        let block = number
            .and_then(|it| blocks.get(it.checked_sub(1)?))
            .cloned();
        if block.is_none() {
            self.complain(&match blocks.len() {
                0 => "the last answer has no block of code".to_owned(),
                1 => format!("the last answer has one block of code: /{command} 1"),
                n => format!("the last answer has {n} blocks of code: /{command} 1 to {n}"),
            });
        }
        block
    }

    fn apply(&mut self, argument: &str) -> anyhow::Result<()> {
        let text = match argument {
            "" => self.last.text.clone(),
            number => match self.block("apply", number) {
                Some(block) => self.last.text[block.range].to_owned(),
                None => return Ok(()),
            },
        };
        if text.is_empty() {
            self.complain("there is no answer yet");
            return Ok(());
        }
        let setting = &self.setting;
        let root = &setting.session.root;
        let applied = super::change::apply(&text, root, setting.runtime, self.terminal);
        self.report(applied)
    }

    /// Says what failed. A closed terminal ends the conversation.
    fn report(&mut self, result: anyhow::Result<()>) -> anyhow::Result<()> {
        match result {
            Err(error) if !crate::cli::failure::is_broken_pipe(&error) => {
                self.terminal.error(&error);
                Ok(())
            }
            other => other,
        }
    }

    fn copy(&mut self, argument: &str) -> anyhow::Result<()> {
        let Some(block) = self.block("copy", argument) else {
            return Ok(());
        };
        if !self.terminal.copy(&block.text)? {
            self.complain("it is too long for the terminal's clipboard; /save writes it to a file");
            return Ok(());
        }
        let n_lines = block.text.lines().count();
        let lines = if n_lines == 1 { "line" } else { "lines" };
        self.note(&format!(
            "{n_lines} {lines} on the clipboard, if the terminal allows it (OSC 52)."
        ))
    }

    fn save(&mut self, argument: &str) -> anyhow::Result<()> {
        if argument.is_empty() {
            self.complain("say where to: /save FILE");
            return Ok(());
        }
        if self.said.is_empty() {
            self.complain("nothing has been said yet");
            return Ok(());
        }
        let path = Path::new(argument);
        let argument = display::name(argument);
        let text = conversation::markdown(&self.said);
        let written = private::create_new(path).and_then(|mut it| it.write_all(text.as_bytes()));
        match written {
            Ok(()) => self.note(&format!("Written to {argument}.")),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.complain(&format!("{argument} exists and is left as it is"));
                Ok(())
            }
            Err(error) => {
                self.complain(&format!("{argument} can't be written: {error}"));
                Ok(())
            }
        }
    }

    fn attach(&mut self, argument: &str) -> anyhow::Result<()> {
        if !argument.is_empty() {
            match super::attached(argument, &self.setting.session.root) {
                Ok(it) if self.attached.contains(&it) => {}
                Ok(it) => self.attached.push(it),
                Err(error) => {
                    self.terminal.error(&error);
                    return Ok(());
                }
            }
        }
        let places: Vec<String> = self
            .attached
            .iter()
            .map(|it| display::name(&super::place(it)).into_owned())
            .collect();
        match places.is_empty() {
            true => self.note("Nothing is attached."),
            false => self.note(&format!("With the next question: {}.", places.join(", "))),
        }
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.terminal.print(text![Text::styled(DIM, text), "\n"])
    }

    fn complain(&mut self, text: &str) {
        self.terminal.warning(text);
    }
}
