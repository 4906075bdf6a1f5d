//! What the scripted model server answers to one completion, faults included.

use std::time::Duration;

/// One answer. Begin with a constructor, then bend it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) body: Body,
    /// Before the headers.
    pub(super) hang_first: bool,
    /// Before the first piece, behind the headers.
    pub(super) first_token: Duration,
    /// Between two pieces.
    pub(super) per_token: Duration,
    /// After how many pieces something else happens than the next piece.
    pub(super) fault: Option<(usize, Fault)>,
    /// The length of each write, in bytes; 0: a piece at a time.
    pub(super) write_size: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Streamed in the shape of the path, or as one document if the request says `"stream": false`.
    Pieces(Vec<String>),
    /// One document in the shape of the path, whatever the request says.
    OneShot(String),
    /// A status, a content type and a body.
    Fixed(u16, String, String),
    /// The whole response, headers included, in these writes; then the connection closes.
    Raw(Vec<Vec<u8>>),
    /// A response that begins with these bytes, headers included, and goes on with the others over and over, with a pause
    /// before each time, until the client leaves.
    Forever(Vec<u8>, Vec<u8>, Duration),
    /// Nothing: the connection is reset.
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Silence until `release`, then the rest.
    Hang,
    /// The connection closes without an end.
    Close,
    /// The connection is reset.
    Reset,
    /// A piece that is not JSON.
    Garbage,
    /// A line of this many bytes.
    GiantLine(usize),
}

impl Reply {
    /// This text, in pieces as a model would write it.
    pub fn text(text: &str) -> Reply {
        Reply::pieces(&tokens(text))
    }

    /// These pieces, one event each.
    pub fn pieces(pieces: &[impl AsRef<str>]) -> Reply {
        Reply::new(Body::Pieces(
            pieces.iter().map(|it| it.as_ref().to_owned()).collect(),
        ))
    }

    /// This text as one document, from a server that can't stream.
    pub fn one_shot(text: &str) -> Reply {
        Reply::new(Body::OneShot(text.to_owned()))
    }

    /// This status and body: JSON if it looks so, else plain text.
    pub fn status(status: u16, body: &str) -> Reply {
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "text/plain"
        };
        Reply::new(Body::Fixed(status, kind.to_owned(), body.to_owned()))
    }

    /// A web page.
    pub fn html(status: u16) -> Reply {
        Reply::new(Body::Fixed(
            status,
            "text/html".to_owned(),
            "<!DOCTYPE html><html><body>Welcome</body></html>".to_owned(),
        ))
    }

    /// A success with no body at all.
    pub fn empty() -> Reply {
        Reply::new(Body::Fixed(
            200,
            "text/event-stream".to_owned(),
            String::new(),
        ))
    }

    /// These bytes, headers included, in these writes; then the connection closes.
    pub fn raw(writes: &[&[u8]]) -> Reply {
        Reply::new(Body::Raw(writes.iter().map(|it| it.to_vec()).collect()))
    }

    /// A successful event stream without declared length, with this body; then the connection closes.
    pub fn raw_events(body: &str) -> Reply {
        Reply::raw(&[
            b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
            body.as_bytes(),
        ])
    }

    /// A response without end: these bytes first, headers included, then `again` over and over, with `pause` before each
    /// time, until the client leaves.
    pub fn forever(first: &str, again: &str, pause: Duration) -> Reply {
        Reply::new(Body::Forever(first.into(), again.into(), pause))
    }

    /// A successful event stream without end: `again` over and over behind `first`.
    pub fn endless_events(first: &str, again: &str, pause: Duration) -> Reply {
        let head = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        Reply::forever(&format!("{head}{first}"), again, pause)
    }

    /// Resets the connection instead of answering.
    pub fn reset() -> Reply {
        Reply::new(Body::Reset)
    }

    /// Nothing, not even headers, until `release`; then an empty answer.
    pub fn hang() -> Reply {
        Reply::text("").hang_first()
    }

    /// Nothing, not even headers, until `release`; then this reply.
    pub fn hang_first(self) -> Reply {
        Reply {
            hang_first: true,
            ..self
        }
    }

    /// Real time: before the first piece, and before each further one; between the writes of a raw response.
    pub fn timed(self, first_token: Duration, per_token: Duration) -> Reply {
        Reply {
            first_token,
            per_token,
            ..self
        }
    }

    /// After this many pieces silence until `release`, then the rest.
    pub fn hang_after(self, pieces: usize) -> Reply {
        Reply {
            fault: Some((pieces, Fault::Hang)),
            ..self
        }
    }

    /// After this many pieces the connection closes as if that were the end.
    pub fn truncate_after(self, pieces: usize) -> Reply {
        Reply {
            fault: Some((pieces, Fault::Close)),
            ..self
        }
    }

    /// After this many pieces the connection is reset.
    pub fn reset_after(self, pieces: usize) -> Reply {
        Reply {
            fault: Some((pieces, Fault::Reset)),
            ..self
        }
    }

    /// After this many pieces comes one that is not JSON.
    pub fn garbage_after(self, pieces: usize) -> Reply {
        Reply {
            fault: Some((pieces, Fault::Garbage)),
            ..self
        }
    }

    /// After this many pieces comes a line of so many bytes.
    pub fn giant_line_after(self, pieces: usize, bytes: usize) -> Reply {
        Reply {
            fault: Some((pieces, Fault::GiantLine(bytes))),
            ..self
        }
    }

    /// Writes so many bytes at a time, wherever that cuts.
    pub fn in_writes_of(self, bytes: usize) -> Reply {
        Reply {
            write_size: bytes,
            ..self
        }
    }

    fn new(body: Body) -> Reply {
        Reply {
            body,
            hang_first: false,
            first_token: Duration::ZERO,
            per_token: Duration::ZERO,
            fault: None,
            write_size: 0,
        }
    }
}

/// Cuts a text as models do, about: a word with the space before it, a run of blanks, a sign.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut last = Kind::Sign;
    for char in text.chars() {
        let kind = match char {
            ' ' | '\t' => Kind::Blank,
            '\n' | '\r' => Kind::Newline,
            it if it.is_alphanumeric() || it == '_' => Kind::Word,
            _ => Kind::Sign,
        };
        let joins = match (last, kind) {
            (Kind::Blank, Kind::Word) => tokens.last().is_some_and(|it| it == " "),
            (last, kind) => last == kind && kind != Kind::Sign,
        };
        match tokens.last_mut().filter(|_| joins) {
            Some(token) => token.push(char),
            None => tokens.push(char.to_string()),
        }
        last = kind;
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Newline,
    Word,
    Sign,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_as_models_do() {
        assert_eq!(
            tokens("let x = f(é);\n    y"),
            [
                "let", " x", " ", "=", " f", "(", "é", ")", ";", "\n", "    ", "y"
            ]
        );
        assert_eq!(tokens(""), Vec::<String>::new());
    }
}
