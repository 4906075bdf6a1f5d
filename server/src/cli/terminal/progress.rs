//! Progress on standard error: a bar or a spinner while a command works, nothing where that is no terminal.

use crate::display;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// A bar is worth drawing only for what takes longer than this.
const PATIENCE: Duration = Duration::from_millis(400);
/// The spinner turns this often.
const TURN: Duration = Duration::from_millis(120);

/// A bar or a spinner; gone when dropped. Hidden where standard error is no terminal.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    /// A bar of this form, in indicatif's notation, once the work has taken more than a moment.
    pub(crate) fn bar(form: &'static str) -> Progress {
        Progress::of(ProgressBar::no_length(), form)
    }

    /// A spinner beside what is going on.
    pub(crate) fn spinner() -> Progress {
        let progress = Progress::of(ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}");
        progress.bar.enable_steady_tick(TURN);
        progress
    }

    fn of(bar: ProgressBar, form: &'static str) -> Progress {
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
        Progress {
            bar,
            began: Instant::now(),
        }
    }

    /// So much of so much is done, which `what` says in other words.
    pub(crate) fn at(&self, done: u64, of: u64, what: impl FnOnce() -> String) {
        if self.began.elapsed() > PATIENCE {
            self.bar.set_length(of);
            self.bar.set_position(done);
            self.say(&what());
        }
    }

    /// What is going on: one line.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(display::line(what).into_owned());
    }

    /// Takes it away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
