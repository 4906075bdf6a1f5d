//! What is on the other end of stdout and stderr: colours, width, results and messages.

use crate::cli::failure;
use crate::config::problem::{Diagnostic, Severity};
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{BufWriter, IsTerminal, Write};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorWhen {
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
pub struct Look {
    /// Whether colours may be used.
    pub color: bool,
    /// The terminal's width in columns; `None`: there is none, nothing is cut.
    pub width: Option<usize>,
}

impl Look {
    /// The text in this style, where colours may be used.
    pub fn paint(self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// For what matters less.
pub const DIM: Style = Style::new().dimmed();
/// For the names of things.
pub const BOLD: Style = Style::new().bold();
/// For what Hob writes into the user's text.
pub const INSERTED: Style = AnsiColor::Green.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// For what the user should look at.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// stdout for results, stderr for all else.
pub struct Terminal {
    out: BufWriter<AutoStream<std::io::Stdout>>,
    look: Look,
    errors: Look,
}

impl Terminal {
    /// The process's own.
    pub fn new(color: ColorWhen) -> Terminal {
        let out = AutoStream::new(std::io::stdout(), color.into());
        let width = std::io::stdout()
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(std::io::stdout()))
            .flatten()
            .map(|(width, _)| usize::from(width.0));
        let colored = |it: anstream::ColorChoice| it != anstream::ColorChoice::Never;
        let look = Look {
            color: colored(out.current_choice()),
            width,
        };
        let errors = Look {
            color: colored(AutoStream::new(std::io::stderr(), color.into()).current_choice()),
            width: None,
        };
        Terminal {
            out: BufWriter::new(out),
            look,
            errors,
        }
    }

    /// How results may look.
    pub fn look(&self) -> Look {
        self.look
    }

    /// How messages may look.
    pub fn errors(&self) -> Look {
        self.errors
    }

    /// Writes a result to stdout, as it is.
    ///
    /// # Errors
    /// stdout doesn't take it; a closed pipe is no error to the user.
    pub fn print(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Writes a result to stdout as one JSON document.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub fn print_json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.print(&text)
    }

    /// Sends what was written on its way.
    ///
    /// # Errors
    /// As for [`Terminal::print`].
    pub fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }

    /// Says on stderr what went wrong, with its causes and what could be done.
    pub fn error(&mut self, err: &anyhow::Error) {
        let mut text = format!("{} {err}", self.errors.paint(ERROR, "error:"));
        for cause in err.chain().skip(1) {
            text.push_str(&format!("\n  cause: {cause}"));
        }
        if let Some(hint) = failure::hint(err) {
            text.push_str(&format!("\n  {} {hint}", self.errors.paint(HINT, "hint:")));
        }
        self.say(&text);
    }

    /// Says something on stderr that the user should know.
    pub fn warning(&mut self, text: &str) {
        let text = format!("{} {text}", self.errors.paint(WARNING, "warning:"));
        self.say(&text);
    }

    /// Says on stderr what is wrong with the configuration.
    pub fn problems(&mut self, problems: &[Diagnostic]) {
        for problem in problems {
            let label = match problem.severity {
                Severity::Error => self.errors.paint(ERROR, "error:"),
                Severity::Warning => self.errors.paint(WARNING, "warning:"),
            };
            let text = problem.to_string().replace(
                "\n  hint:",
                &format!("\n  {}", self.errors.paint(HINT, "hint:")),
            );
            self.say(&format!("{label} {text}"));
        }
    }

    /// Writes to stderr what an answer is expected to, without ending the line.
    pub fn ask(&mut self, text: &str) {
        self.write_error(text);
    }

    /// A line on stderr. A closed stderr is no reason to fail.
    pub fn say(&mut self, text: &str) {
        self.write_error(&format!("{text}\n"));
    }

    fn write_error(&mut self, text: &str) {
        let choice = if self.errors.color {
            anstream::ColorChoice::Always
        } else {
            anstream::ColorChoice::Never
        };
        let mut err = AutoStream::new(std::io::stderr(), choice);
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}
