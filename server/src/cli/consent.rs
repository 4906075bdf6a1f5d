//! Asking before files are written that run by themselves: at the terminal, or by a flag.

use crate::assist::apply::patch::FilePatch;
use crate::assist::apply::refusal::Refusal;
use crate::assist::apply::runnable::{Runs, refusal};
use crate::cli::apply;
use crate::cli::chat::keys::{Key, Keys};
use crate::cli::terminal::Terminal;
use crate::display;

/// Whether the user wants files written that run by themselves.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Consent {
    /// Also write files that run by themselves, without asking: build scripts, CI, editor settings, hooks, rules of assistants, and what is executable
    #[arg(long)]
    allow_runnable: bool,
}

impl Consent {
    /// Asks for these files, unless they are allowed; `Err` inside: why nothing may be written. Without a terminal, and
    /// for programs (`json`), nobody is asked.
    ///
    /// # Errors
    /// The terminal can't be read or written.
    pub(super) fn ask(
        self,
        files: &[(&FilePatch, Runs)],
        json: bool,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Result<(), Refusal>> {
        if files.is_empty() || self.allow_runnable {
            return Ok(Ok(()));
        }
        if json || !terminal.shows_errors() {
            return Ok(Err(refusal(files, "`--allow-runnable` lets it be written")));
        }
        for (file, runs) in files {
            terminal.ask(apply::drawn(&file.diff()));
            let path = display::name(&file.path);
            terminal.warning(&format!("{path} runs by itself: {}", runs.about()));
        }
        let which = if files.len() == 1 {
            "this file"
        } else {
            "these files"
        };
        Keys::discard_typed_ahead();
        // Read from the terminal also where standard input is a pipe; and watched before anybody can answer, for until
        // then Ctrl-C is a signal that nobody waits for.
        let runtime = crate::cli::runtime()?;
        let Ok(mut keys) = Keys::watch() else {
            return Ok(Err(refusal(files, "`--allow-runnable` lets it be written")));
        };
        terminal.ask(format!("Write {which}, too? [y/N] "));
        let key = runtime.block_on(keys.next_or_none());
        drop(keys);
        let yes = matches!(key, Some(Key::Text(it)) if it.eq_ignore_ascii_case("y"));
        terminal.say(if yes { "yes" } else { "no" });
        Ok(match yes {
            true => Ok(()),
            false => Err(refusal(files, "you were asked and did not agree")),
        })
    }
}
