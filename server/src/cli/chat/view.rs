//! An answer as it comes in: its status, its thoughts and its text, on a terminal or into a pipe.

use super::markdown::{Links, Markdown};
use crate::cli::terminal::text::{Row, Text, text};
use crate::cli::terminal::{Screen, Terminal};
use crate::display::{Clean, Cleaner};
use std::path::Path;
use std::time::{Duration, Instant};

/// Before this, nobody wonders what is going on.
const PATIENCE: Duration = Duration::from_millis(300);
/// One picture of the spinner.
const TURN: Duration = Duration::from_millis(120);
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// How answers are shown.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// Whether Markdown is drawn; else it is passed on as it comes.
    pub(super) drawn: bool,
    /// Whether the unfinished end may be redrawn, because there is a terminal.
    pub(super) live: bool,
    /// Whether a status is shown on standard error.
    pub(super) status: bool,
    /// Whether what a reasoning model thinks is shown, not only how long it took.
    pub(super) thoughts: bool,
    /// What paths lead to.
    pub(super) links: Links,
}

impl Manner {
    /// As the terminal allows. Links lead below `root`.
    pub(super) fn of(terminal: &Terminal, thoughts: bool, root: &Path) -> Manner {
        let live = terminal.shows();
        let drawn = terminal.look().color;
        let linked = drawn && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        Manner {
            drawn,
            live,
            // What is called dumb can't take a row back.
            status: terminal.shows_errors() && !is_dumb(),
            thoughts,
            links: Links::new(linked, root),
        }
    }
}

/// One answer.
pub(super) struct View<'a> {
    terminal: &'a mut Terminal,
    manner: Manner,
    screen: Screen,
    text: Markdown,
    thoughts: Markdown,
    /// When it was asked.
    began: Instant,
    /// When it began to think, while it does.
    thinking: Option<Instant>,
    status: String,
    status_shown: bool,
    /// Whether anything of the text was shown.
    begun: bool,
    /// Whether nothing but the status is shown.
    silent: bool,
    /// Text that is not printed yet, because it may still turn out to be thoughts; `None`: that is known.
    ///
    /// Into a pipe nothing needs to come before that is known, and what was printed there can't be taken back.
    held: Option<String>,
    /// Whether what is passed on ended with a line.
    ended: bool,
    /// What is passed on to a terminal goes through it.
    cleaner: Cleaner,
}

impl<'a> View<'a> {
    /// Nothing of it is there yet.
    pub(super) fn new(terminal: &'a mut Terminal, manner: Manner) -> View<'a> {
        let columns = Terminal::size().columns;
        View {
            terminal,
            text: Markdown::new(manner.links.clone(), columns),
            thoughts: Markdown::new(Links::default(), columns),
            screen: Screen::default(),
            began: Instant::now(),
            thinking: None,
            status: String::new(),
            status_shown: false,
            begun: false,
            silent: false,
            held: (!manner.live).then(String::new),
            ended: true,
            cleaner: Cleaner::default(),
            manner,
        }
    }

    /// One that shows its status alone.
    pub(super) fn silent(terminal: &'a mut Terminal, manner: Manner) -> View<'a> {
        let mut view = View::new(terminal, manner);
        view.silent = true;
        view
    }

    /// What is going on until the text comes.
    pub(super) fn status(&mut self, text: String) {
        self.status = text;
        self.tick();
    }

    /// Time has passed.
    pub(super) fn tick(&mut self) {
        let passed = self.began.elapsed();
        let thoughts_shown = self.thinking.is_some() && self.manner.thoughts;
        if !self.manner.status || self.begun || thoughts_shown || passed < PATIENCE {
            return;
        }
        let turn = (passed.as_millis() / TURN.as_millis()) as usize % SPINNER.len();
        let (what, since) = match self.thinking {
            Some(since) => ("thinking", since.elapsed()),
            None => (self.status.as_str(), passed),
        };
        if what.is_empty() {
            return;
        }
        let seconds = match since.as_secs() {
            0 => String::new(),
            it => format!(" {it} s"),
        };
        let text = format!("{} {what}…{seconds}", SPINNER[turn]);
        self.terminal.status(&text);
        self.status_shown = true;
    }

    /// A piece of what a reasoning model thinks.
    ///
    /// # Errors
    /// Standard output doesn't take it.
    pub(super) fn think(&mut self, piece: &str) -> anyhow::Result<()> {
        self.release()?;
        self.thinking.get_or_insert_with(Instant::now);
        if !self.manner.thoughts {
            self.tick();
            return Ok(());
        }
        self.no_status();
        if !self.manner.drawn {
            return self.pass(piece);
        }
        self.thoughts.resize(Terminal::size().columns);
        let finished = self.thoughts.push(piece);
        self.draw_thoughts(finished)
    }

    /// Shows thoughts from now on, beginning with those so far.
    ///
    /// # Errors
    /// Standard output doesn't take it.
    pub(super) fn show_thoughts(&mut self, so_far: &str) -> anyhow::Result<()> {
        if self.manner.thoughts || self.begun {
            return Ok(());
        }
        self.manner.thoughts = true;
        match so_far.is_empty() {
            true => Ok(()),
            false => self.think(so_far),
        }
    }

    /// Shows thoughts that were folded.
    ///
    /// # Errors
    /// As for [`View::text`].
    pub(super) fn aside(mut self, thought: &str) -> anyhow::Result<()> {
        if !self.manner.drawn {
            self.pass(thought.trim())?;
            return self.finish();
        }
        let mut rows = self.thoughts.push(thought.trim());
        rows.extend(self.thoughts.finish());
        self.draw(&dimmed(rows), &[])
    }

    fn draw_thoughts(&mut self, finished: Vec<Row>) -> anyhow::Result<()> {
        let tail = match self.manner.live {
            true => self.thoughts.tail(),
            false => Vec::new(),
        };
        self.draw(&dimmed(finished), &dimmed(tail))
    }

    /// The thoughts end where the text begins, or with the answer.
    fn thoughts_end(&mut self) -> anyhow::Result<()> {
        let Some(since) = self.thinking.take() else {
            return Ok(());
        };
        let took = since.elapsed();
        if !self.manner.drawn {
            if self.manner.thoughts {
                self.pass("\n\n---\n\n")?;
            }
            return Ok(());
        }
        if self.manner.thoughts {
            let rest = self.thoughts.finish();
            self.draw(&dimmed(rest), &[])?;
        }
        let text = format!("Thought for {}", seconds(took));
        self.draw(&dimmed(vec![Markdown::plain(&text), Row::new()]), &[])
    }

    /// A piece of the text.
    ///
    /// # Errors
    /// Standard output doesn't take it; a closed pipe is no error to the user.
    pub(super) fn text(&mut self, piece: &str) -> anyhow::Result<()> {
        self.no_status();
        self.thoughts_end()?;
        if piece.is_empty() {
            return Ok(());
        }
        if let Some(held) = &mut self.held {
            held.push_str(piece);
            return Ok(());
        }
        // Blank lines before the text are nothing to look at.
        self.begun |= !piece.trim().is_empty();
        if !self.manner.drawn {
            return self.pass(piece);
        }
        self.text.resize(Terminal::size().columns);
        let finished = self.text.push(piece);
        let tail = match self.manner.live {
            true => self.text.tail(),
            false => Vec::new(),
        };
        self.draw(&finished, &tail)
    }

    /// All text so far were thoughts.
    ///
    /// # Errors
    /// As for [`View::text`].
    pub(super) fn were_thoughts(&mut self) -> anyhow::Result<()> {
        self.no_status();
        if let Some(thought) = self.held.take() {
            return match self.manner.thoughts {
                true => self.think(&thought),
                false => Ok(()),
            };
        }
        // On a terminal they stand there, and a line says so.
        self.thinking.get_or_insert(self.began);
        if self.manner.drawn {
            let rest = self.text.finish();
            self.draw(&rest, &[])?;
            self.text = Markdown::new(self.manner.links.clone(), Terminal::size().columns);
        } else if !self.ended {
            self.pass("\n")?;
        }
        self.begun = false;
        Ok(())
    }

    /// Prints text that was held back: thoughts would have come before.
    fn release(&mut self) -> anyhow::Result<()> {
        match self.held.take() {
            Some(held) if !held.is_empty() => self.text(&held),
            _ => Ok(()),
        }
    }

    /// The answer is complete, or was stopped.
    ///
    /// # Errors
    /// As for [`View::text`].
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.no_status();
        self.release()?;
        self.thoughts_end()?;
        if self.manner.drawn {
            let rest = self.text.finish();
            self.draw(&rest, &[])?;
        } else {
            let rest = self.cleaner.finish();
            self.pass_clean(rest)?;
            if !self.ended {
                self.pass("\n")?;
            }
        }
        Ok(())
    }

    fn draw(&mut self, finished: &[Row], tail: &[Row]) -> anyhow::Result<()> {
        if !self.manner.live {
            for row in finished {
                self.terminal.print(text![row.clone(), "\n"])?;
            }
            return self.terminal.flush();
        }
        self.terminal.draw(&mut self.screen, finished, tail)
    }

    /// Passes Markdown on as it comes.
    fn pass(&mut self, piece: &str) -> anyhow::Result<()> {
        if self.silent {
            return Ok(());
        }
        if !self.terminal.feeds_programs() {
            let clean = self.cleaner.push(piece);
            return self.pass_clean(clean);
        }
        if !piece.is_empty() {
            self.ended = piece.ends_with('\n');
            self.terminal.result(piece, || Text::from(piece))?;
        }
        Ok(())
    }

    fn pass_clean(&mut self, text: Clean) -> anyhow::Result<()> {
        if text.as_str().is_empty() {
            return Ok(());
        }
        self.ended = text.as_str().ends_with('\n');
        match self.manner.live {
            true => self.terminal.print_returning(text)?,
            false => self.terminal.print(text)?,
        }
        self.terminal.flush()
    }

    fn no_status(&mut self) {
        if std::mem::take(&mut self.status_shown) {
            self.terminal.no_status();
        }
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        self.no_status();
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|it| it == "dumb")
}

fn dimmed(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().map(Markdown::dimmed).collect()
}

/// `12 s`, `1 min 5 s`.
pub(super) fn seconds(it: Duration) -> String {
    match it.as_secs() {
        0 => "less than a second".to_owned(),
        it if it < 60 => format!("{it} s"),
        it => format!("{} min {} s", it / 60, it % 60),
    }
}
