//! The only door to stdout and stderr: colours, width, results and messages.
//!
//! What is printed for people is [`Text`], which cleans whatever it is made of; what programs read is exact, and goes to a
//! terminal only as [`Text`], too. So no command can send a terminal a sequence that came from a file, a model or an
//! argument. A test looks that nothing else writes to the process's outputs.

mod log;
mod progress;
mod screen;
pub(crate) mod text;
mod usage;

use crate::cli::failure;
use crate::config::problem::{Diagnostic, Severity};
use crate::display;
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use base64::Engine as _;
use serde::Serialize;
use std::io::{BufWriter, IsTerminal, Write};
use text::{Row, Text, text};

pub(crate) use log::{Log, report_panics};
pub(crate) use progress::Progress;
pub(crate) use screen::{Screen, Size};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Plain text
    Never,
}

impl From<ColorWhen> for clap::ColorChoice {
    fn from(it: ColorWhen) -> Self {
        match it {
            ColorWhen::Auto => clap::ColorChoice::Auto,
            ColorWhen::Always => clap::ColorChoice::Always,
            ColorWhen::Never => clap::ColorChoice::Never,
        }
    }
}

impl From<ColorWhen> for anstream::ColorChoice {
    fn from(it: ColorWhen) -> Self {
        match it {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        }
    }
}

/// How output may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether colours may be used.
    pub(crate) color: bool,
    /// The terminal's width in columns; `None`: there is none, nothing is cut.
    pub(crate) width: Option<usize>,
}

/// For what matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// For the names of things.
pub(crate) const BOLD: Style = Style::new().bold();
/// For what Hob writes into the user's text.
pub(crate) const INSERTED: Style = AnsiColor::Green.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// For what the user should look at.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// In front of the second and all other lines of a message.
const INDENT: &str = "    ";

/// stdout for results, stderr for all else.
pub(crate) struct Terminal {
    out: BufWriter<AutoStream<std::io::Stdout>>,
    look: Look,
    errors: Look,
    /// Whether stdout and stderr are terminals.
    shows: bool,
    shows_errors: bool,
}

impl Terminal {
    /// The process's own.
    pub(crate) fn new(color: ColorWhen) -> Terminal {
        let out = AutoStream::new(std::io::stdout(), color.into());
        let shows = std::io::stdout().is_terminal();
        let width = shows
            .then(|| terminal_size::terminal_size_of(std::io::stdout()))
            .flatten()
            .map(|(width, _)| usize::from(width.0));
        let look = Look {
            color: colored(out.current_choice()),
            width,
        };
        Terminal {
            out: BufWriter::new(out),
            look,
            errors: Look {
                color: colored(AutoStream::new(std::io::stderr(), color.into()).current_choice()),
                width: None,
            },
            shows,
            shows_errors: std::io::stderr().is_terminal(),
        }
    }

    /// How results may look.
    pub(crate) fn look(&self) -> Look {
        self.look
    }

    /// Whether stdout is a terminal.
    pub(crate) fn shows(&self) -> bool {
        self.shows
    }

    /// Whether stderr is a terminal.
    pub(crate) fn shows_errors(&self) -> bool {
        self.shows_errors
    }

    /// Whether results are for programs: stdout is neither a terminal nor to be coloured for one.
    pub(crate) fn feeds_programs(&self) -> bool {
        !self.shows && !self.look.color
    }

    /// The terminal's size now; where there is none, what most have.
    pub(crate) fn size() -> Size {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        let (columns, rows) = size.map_or((80, 24), |(it, rows)| (it.0.into(), rows.0.into()));
        Size { columns, rows }
    }

    /// Writes a result for people to stdout.
    ///
    /// # Errors
    /// stdout doesn't take it; a closed pipe is no error to the user.
    pub(crate) fn print(&mut self, text: impl Into<Text>) -> anyhow::Result<()> {
        let sent = text.into().sent(self.look.color);
        Ok(self.out.write_all(sent.as_bytes())?)
    }

    /// As [`Terminal::print`], while keys are watched: then the terminal doesn't return the cursor by itself.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn print_returning(&mut self, text: impl Into<Text>) -> anyhow::Result<()> {
        let sent = text.into().sent(self.look.color).replace('\n', "\r\n");
        Ok(self.out.write_all(sent.as_bytes())?)
    }

    /// Writes a result that programs take as it is, such as a diff: byte for byte where stdout feeds programs, else as
    /// it is drawn for people.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn result(
        &mut self,
        exact: &str,
        drawn: impl FnOnce() -> Text,
    ) -> anyhow::Result<()> {
        match self.feeds_programs() {
            true => self.write_exactly(exact),
            false => self.print(drawn()),
        }
    }

    /// Past what strips escape sequences where there are no colours: it would change data, too.
    fn write_exactly(&mut self, data: &str) -> anyhow::Result<()> {
        self.out.flush()?;
        let mut out = std::io::stdout().lock();
        out.write_all(data.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Writes a result to stdout as one JSON document, with hidden characters escaped.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn print_json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = display::json(serde_json::to_string_pretty(value)?);
        text.push('\n');
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Shows rows for good, and others until the next time.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn draw(
        &mut self,
        screen: &mut Screen,
        finished: &[Row],
        tail: &[Row],
    ) -> anyhow::Result<()> {
        let sent = screen.draw(finished, tail, Terminal::size());
        if !sent.is_empty() {
            // In one piece (mode 2026 of newer terminals): no half-drawn row is ever seen.
            write!(self.out, "\u{1b}[?2026h{sent}\u{1b}[?2026l")?;
            self.flush()?;
        }
        Ok(())
    }

    /// Asks the terminal to put a text on the clipboard (OSC 52); `false`: it is too long for that.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn copy(&mut self, text: &str) -> anyhow::Result<bool> {
        /// Terminals refuse longer texts, in bytes of base64 (xterm's limit is the smallest that is known).
        const LONGEST: usize = 74_994;
        let encoded = base64::prelude::BASE64_STANDARD.encode(text);
        if encoded.len() > LONGEST {
            return Ok(false);
        }
        self.write_exactly(&format!("\u{1b}]52;c;{encoded}\u{1b}\\"))?;
        Ok(true)
    }

    /// Sends what was written on its way.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }

    /// Says on stderr what went wrong, with its causes and what could be done.
    pub(crate) fn error(&mut self, err: &anyhow::Error) {
        let mut said = text![Text::styled(ERROR, "error:"), " "];
        said.push(message(&err.to_string()));
        for cause in err.chain().skip(1) {
            said.push("\n  cause: ");
            said.push(message(&cause.to_string()));
        }
        if let Some(hint) = failure::hint(err) {
            said.push("\n  ");
            said.push(Text::styled(HINT, "hint:"));
            said.push(" ");
            said.push(message(hint));
        }
        self.say(said);
    }

    /// Says something on stderr that the user should know.
    pub(crate) fn warning(&mut self, text: &str) {
        let said = text![Text::styled(WARNING, "warning:"), " ", message(text)];
        self.say(said);
    }

    /// Says something on stderr that the user may want to know.
    pub(crate) fn note(&mut self, text: &str) {
        self.say(text!["note: ", message(text)]);
    }

    /// Says on stderr what is wrong with the configuration.
    pub(crate) fn problems(&mut self, problems: &[Diagnostic]) {
        for problem in problems {
            let label = match problem.severity {
                Severity::Error => Text::styled(ERROR, "error:"),
                Severity::Warning => Text::styled(WARNING, "warning:"),
            };
            let mut said = text![label, " ", problem.sentence()];
            if let Some(hint) = &problem.hint {
                said.push("\n  ");
                said.push(Text::styled(HINT, "hint:"));
                said.push(" ");
                said.push(Text::line(hint));
            }
            self.say(said);
        }
    }

    /// Writes to stderr what an answer is expected to, without ending the line.
    pub(crate) fn ask(&mut self, text: impl Into<Text>) {
        write_error(&text.into().sent(self.errors.color), self.errors.color);
        let _ = std::io::stderr().flush();
    }

    /// A line on stderr. A closed stderr is no reason to fail.
    pub(crate) fn say(&mut self, text: impl Into<Text>) {
        write_error(
            &(text.into().sent(self.errors.color) + "\n"),
            self.errors.color,
        );
    }

    /// Shows on stderr what is going on, in one row: it overwrites the one before and leaves the cursor at the row's
    /// beginning. For terminals.
    pub(crate) fn status(&mut self, text: &str) {
        let size = terminal_size::terminal_size_of(std::io::stderr());
        let columns = size.map_or(80, |it| it.0.0.into());
        // The colours of stdout: a status stands among its rows.
        let sent = screen::status(text, columns, self.look);
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(sent.as_bytes());
        let _ = err.flush();
    }

    /// Takes the status away.
    pub(crate) fn no_status(&mut self) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(screen::NO_STATUS.as_bytes());
        let _ = err.flush();
    }
}

/// Shows what clap has to say of arguments, which is help and versions, too: on stdout or stderr, as it should be.
pub(crate) fn show_usage(error: &mut clap::Error, color: ColorWhen) {
    // A closed pipe is nothing to complain about.
    if error.use_stderr() {
        let choice = AutoStream::new(std::io::stderr(), color.into()).current_choice();
        write_error(&usage::sent(error, colored(choice)), colored(choice));
    } else {
        let mut out = AutoStream::new(std::io::stdout(), color.into());
        let sent = usage::sent(error, colored(out.current_choice()));
        let _ = out.write_all(sent.as_bytes());
        let _ = out.flush();
    }
}

fn colored(choice: anstream::ColorChoice) -> bool {
    choice != anstream::ColorChoice::Never
}

/// A closed stderr is no reason to fail.
fn write_error(sent: &str, color: bool) {
    let choice = match color {
        true => anstream::ColorChoice::Always,
        false => anstream::ColorChoice::Never,
    };
    let mut err = AutoStream::new(std::io::stderr(), choice);
    let _ = err.write_all(sent.as_bytes());
}

/// What somebody else may have worded: none of its lines looks like one of ours.
fn message(text: &str) -> Text {
    Text::from(text.trim_end()).indented(INDENT)
}
