//! Standard input and output as streams.
//!
//! Where an editor uses pipes, as most do on Unix, they are read and written without a thread in between: that saves
//! two hand-overs between threads on each message.

use tokio::io::{AsyncRead, AsyncWrite};

/// Reads messages.
pub(super) type Input = Box<dyn AsyncRead + Send + Unpin>;
/// Writes messages.
pub(super) type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// Standard input and output. Must be called within a runtime.
pub(super) fn open() -> (Input, Output) {
    (input(), output())
}

#[cfg(unix)]
fn input() -> Input {
    use std::os::fd::AsFd;
    use tokio::net::unix::pipe::Receiver;
    let fd = std::io::stdin().as_fd().try_clone_to_owned();
    match fd.and_then(Receiver::from_owned_fd) {
        Ok(pipe) => Box::new(pipe),
        // A socket, a file, a terminal.
        Err(_) => Box::new(tokio::io::stdin()),
    }
}

#[cfg(unix)]
fn output() -> Output {
    use std::os::fd::AsFd;
    use tokio::net::unix::pipe::Sender;
    let fd = std::io::stdout().as_fd().try_clone_to_owned();
    match fd.and_then(Sender::from_owned_fd) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdout()),
    }
}

#[cfg(not(unix))]
fn input() -> Input {
    Box::new(tokio::io::stdin())
}

#[cfg(not(unix))]
fn output() -> Output {
    Box::new(tokio::io::stdout())
}
