//! What is typed before there is a prompt to take it, while an answer comes or a command prints: it waits for the next prompt, Enter
//! included.

use std::collections::VecDeque;

/// What was typed while an answer came.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    lines: VecDeque<String>,
    begun: String,
}

impl Ahead {
    /// Characters.
    pub(super) fn text(&mut self, text: &str) {
        self.begun.push_str(text);
    }

    /// Enter.
    pub(super) fn enter(&mut self) {
        self.lines.push_back(std::mem::take(&mut self.begun));
    }

    /// Backspace.
    pub(super) fn back(&mut self) {
        self.begun.pop();
    }

    /// The first line that was ended with Enter.
    pub(super) fn next_line(&mut self) -> Option<String> {
        self.lines.pop_front()
    }

    /// The line that isn't ended.
    pub(super) fn take_begun(&mut self) -> String {
        std::mem::take(&mut self.begun)
    }
}

/// Until this is dropped, the terminal keeps what is typed as it is, and shows none of it.
///
/// By itself a terminal makes a line feed of Enter and echoes into the middle of what is printed. The prompt would read the line feed as
/// Ctrl-J, so that the line that was typed ahead is never sent. Ctrl-C waits for the prompt, too.
pub(super) struct TypedAhead {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl TypedAhead {
    /// Begins; where there is no terminal, nothing is changed.
    #[cfg(unix)]
    pub(super) fn keep() -> TypedAhead {
        use rustix::termios::{InputModes, LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let input = std::io::stdin();
        let before = tcgetattr(&input).ok();
        if let Some(before) = &before {
            let mut modes = before.clone();
            modes.input_modes &= !(InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR);
            modes.local_modes &=
                !(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
            let _ = tcsetattr(&input, OptionalActions::Now, &modes);
        }
        TypedAhead { before }
    }

    /// A console keeps its keys as they are.
    #[cfg(not(unix))]
    pub(super) fn keep() -> TypedAhead {
        TypedAhead {}
    }
}

#[cfg(unix)]
impl Drop for TypedAhead {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = &self.before {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order_and_the_last_is_still_open() {
        let mut ahead = Ahead::default();
        for it in ["a", "é", "x"] {
            ahead.text(it);
        }
        ahead.back();
        ahead.enter();
        ahead.enter();
        ahead.text("c");
        assert_eq!(ahead.next_line().as_deref(), Some("aé"));
        assert_eq!(ahead.next_line().as_deref(), Some(""));
        assert_eq!(ahead.next_line(), None);
        assert_eq!(ahead.take_begun(), "c");
    }
}
