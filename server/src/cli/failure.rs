//! How a command fails: what is said, what could be done, and the exit status.

use std::fmt;
use std::process::ExitCode;

/// A failure with advice, or one that is the caller's (wrong usage). Other errors end a command as well, with status 1.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    status: u8,
}

impl Failure {
    /// Something that was asked for properly didn't work: exit status 1.
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            hint: None,
            status: 1,
        }
    }

    /// The arguments make no sense: exit status 2.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            status: 2,
            ..Failure::failed(message)
        }
    }

    /// Adds what could be done about it; several pieces of advice stand below each other.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        let hint = hint.into();
        self.hint = Some(match self.hint {
            Some(first) => format!("{first}\n{hint}"),
            None => hint,
        });
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit status that an error ends a command with.
pub(crate) fn status(err: &anyhow::Error) -> ExitCode {
    ExitCode::from(err.downcast_ref::<Failure>().map_or(1, |it| it.status))
}

/// The advice that comes with an error.
pub(crate) fn hint(err: &anyhow::Error) -> Option<&str> {
    err.downcast_ref::<Failure>()?.hint.as_deref()
}

/// Whether the reader of our output has left (`hob … | head -1`).
pub(crate) fn is_broken_pipe(err: &anyhow::Error) -> bool {
    err.chain()
        .filter_map(|it| it.downcast_ref::<std::io::Error>())
        .any(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_failure_below_context_keeps_its_status_and_hint() {
        let err = Err::<(), _>(Failure::usage("no").hint("try"))
            .context("doing it")
            .unwrap_err();
        assert_eq!(status(&err), ExitCode::from(2));
        assert_eq!(hint(&err), Some("try"));
        assert_eq!(status(&anyhow::anyhow!("x")), ExitCode::from(1));
    }
}
