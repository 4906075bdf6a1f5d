//! The base protocol's frames: bytes in, bodies of messages out. Whatever the bytes are, the next whole frame is found.
//!
//! Headers are read as HTTP's are: names in any case, lines that end in LF alone, unknown names passed over. Bytes between frames
//! are skipped, and a length that is wrong costs one message: JSON can't hold the line `Content-Length: 5`, since a line
//! break within a string is written `\n`; so where that line stands in a body, the next frame begins.

use memchr::memchr;

/// The most bytes of a body: far above any document, so that a length beyond it is no length.
const MAX_BODY: usize = 1 << 30;
/// The most bytes of a header's line.
const MAX_LINE: usize = 8 * 1024;
/// The most bytes of a line that can be `Content-Length: N`, white space included.
const LENGTH_LINE: usize = 64;
const CONTENT_LENGTH: &[u8] = b"content-length";

/// One thing that the client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The body of a message.
    Body(Vec<u8>),
    /// Bytes that belong to no message.
    Garbage,
}

/// The frames in a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Frames {
    buffer: Vec<u8>,
    /// How much of the buffer was looked at for a line's end.
    scanned: usize,
    state: State,
}

/// Where the stream is.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Among headers, with the length that they gave, and whether other bytes stand among or before them.
    Headers {
        length: Option<usize>,
        garbage: bool,
    },
    /// In a body of so many bytes.
    Body { length: usize },
}

impl Default for State {
    fn default() -> State {
        State::Headers {
            length: None,
            garbage: false,
        }
    }
}

impl Frames {
    /// Where bytes from the client are appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// The next frame among the bytes so far.
    pub(super) fn next(&mut self) -> Option<Frame> {
        loop {
            match self.state {
                State::Body { length } => return self.body(length),
                State::Headers { length, garbage } => {
                    let (length, garbage) = self.header(length, garbage)?;
                    self.state = State::Headers { length, garbage };
                    if let Some(frame) = self.end_of_headers() {
                        return Some(frame);
                    }
                }
            }
        }
    }

    /// Reads one header; returns what is known behind it. A blank line leaves itself in the buffer.
    fn header(&mut self, length: Option<usize>, garbage: bool) -> Option<(Option<usize>, bool)> {
        let Some(end) = memchr(b'\n', &self.buffer[self.scanned..]) else {
            self.scanned = self.buffer.len();
            if self.buffer.len() > MAX_LINE {
                // Its end may be the beginning of a header.
                self.consume(self.buffer.len() - LENGTH_LINE);
                self.scanned = self.buffer.len();
                self.state = State::Headers {
                    length,
                    garbage: true,
                };
            }
            return None;
        };
        let end = self.scanned + end;
        let line = self.buffer[..end].trim_ascii();
        if line.is_empty() {
            return Some((length, garbage));
        }
        let known = match length_at_end(line) {
            Some((start, value)) => {
                let clean = start == 0 && value.is_some();
                (value.or(length), garbage || !clean)
            }
            None => (length, garbage || !is_other_header(line)),
        };
        self.consume(end + 1);
        Some(known)
    }

    /// What a blank line at the beginning of the buffer ends, if one is there.
    fn end_of_headers(&mut self) -> Option<Frame> {
        let State::Headers { length, garbage } = self.state else {
            return None;
        };
        let end = memchr(b'\n', &self.buffer)?;
        if !self.buffer[..end].trim_ascii().is_empty() {
            return None;
        }
        if garbage {
            // The blank line is read again, without it.
            self.state = State::Headers {
                length,
                garbage: false,
            };
            if length.is_none() {
                self.consume(end + 1);
            }
            return Some(Frame::Garbage);
        }
        self.consume(end + 1);
        if let Some(length) = length {
            self.state = State::Body { length };
        }
        None
    }

    /// A body, once it is whole or known to be shorter than it should be.
    fn body(&mut self, length: usize) -> Option<Frame> {
        let limit = length.min(self.buffer.len());
        while self.scanned < limit {
            let Some(end) = memchr(b'\n', &self.buffer[self.scanned..limit]) else {
                self.scanned = limit;
                break;
            };
            let end = self.scanned + end;
            self.scanned = end + 1;
            let from = end.saturating_sub(LENGTH_LINE);
            if let Some((start, _)) = length_at_end(self.buffer[from..end].trim_ascii_end()) {
                return Some(self.take(from + start));
            }
        }
        if self.buffer.len() < length {
            return None;
        }
        // A length that is too large may end within the next frame's header.
        let from = length.saturating_sub(LENGTH_LINE);
        let header = (from..length).find(|&it| may_begin_length(&self.buffer[it..length]));
        Some(self.take(header.unwrap_or(length)))
    }

    /// Takes so many bytes as a body.
    fn take(&mut self, length: usize) -> Frame {
        let rest = self.buffer.split_off(length);
        let body = std::mem::replace(&mut self.buffer, rest);
        self.scanned = 0;
        self.state = State::default();
        Frame::Body(body)
    }

    fn consume(&mut self, bytes: usize) {
        self.buffer.drain(..bytes);
        self.scanned = 0;
    }
}

/// Where in a line its last part `Content-Length: N` begins, if it ends so, and the length; `None` for one that can't be.
fn length_at_end(line: &[u8]) -> Option<(usize, Option<usize>)> {
    let digits = line
        .iter()
        .rev()
        .take_while(|it| it.is_ascii_digit())
        .count();
    let (before, digits) = line.split_at(line.len() - digits);
    let before = before.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let start = before.len().checked_sub(CONTENT_LENGTH.len())?;
    if !before[start..].eq_ignore_ascii_case(CONTENT_LENGTH) {
        return None;
    }
    let value = std::str::from_utf8(digits).ok()?.parse().ok();
    Some((start, value.filter(|&it| it <= MAX_BODY)))
}

/// Whether bytes may be the beginning of the line `Content-Length: N`. Nothing that JSON ends with is.
fn may_begin_length(bytes: &[u8]) -> bool {
    let name = bytes.len().min(CONTENT_LENGTH.len());
    let (name, value) = bytes.split_at(name);
    if !CONTENT_LENGTH[..name.len()].eq_ignore_ascii_case(name) {
        return false;
    }
    let value = value.trim_ascii();
    let digits = value.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
    value.is_empty() || digits.is_some_and(|it| it.iter().all(u8::is_ascii_digit))
}

/// Whether a line is a header that tells no length: a name of the characters that names are made of (RFC 9110, section 5.6.2),
/// and a colon.
fn is_other_header(line: &[u8]) -> bool {
    memchr(b':', line).is_some_and(|colon| {
        let name = line[..colon].trim_ascii_end();
        !name.is_empty()
            && !name.eq_ignore_ascii_case(CONTENT_LENGTH)
            && name
                .iter()
                .all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: &str =
        "Content-Length: 44\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}";

    fn frames(chunks: &[&[u8]]) -> Vec<String> {
        let mut frames = Frames::default();
        let mut all = Vec::new();
        for chunk in chunks {
            frames.buffer().extend_from_slice(chunk);
            while let Some(frame) = frames.next() {
                all.push(match frame {
                    Frame::Body(body) => String::from_utf8(body).unwrap(),
                    Frame::Garbage => "garbage".to_owned(),
                });
            }
        }
        all
    }

    #[test]
    fn headers_are_read_however_they_are_written() {
        for headers in [
            "Content-Length: 2\r\n\r\n",
            "content-length: 2\r\n\r\n",
            "CONTENT-LENGTH:2\r\n\r\n",
            "Content-Length : \t2 \r\n\r\n",
            "Content-Length: 2\n\n",
            "Content-Length: 0002\n\r\n",
            "Content-Length: 9\r\ncontent-length: 2\r\n\r\n",
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
            "Content-Length: 2\r\nContent-Type: text/plain; charset=latin1\r\n\r\n",
            "a: b\r\nContent-Length: 2\r\nx-length: 7\r\nc: d\r\n\r\n",
            "\r\n\r\n\nContent-Length: 2\r\n\r\n",
        ] {
            let text = format!("{headers}{{}}{headers}[]");
            assert_eq!(frames(&[text.as_bytes()]), ["{}", "[]"], "{headers:?}");
        }
    }

    #[test]
    fn what_stands_between_frames_is_one_piece_of_garbage() {
        for garbage in [
            "hello\n",
            "hello",
            "{\"id\": 1}",
            "{\"id\": 1}\n",
            "\r\nnot: \u{e9}\r\n{\"id\": 1}\n\n",
            "Content-Length: x\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Content-Length: 4000000000\r\n",
            "Content-Length: \r\n",
            "Content-Length: ",
            "Conte",
            &"x".repeat(3 * MAX_LINE),
        ] {
            let text = format!("{garbage}Content-Length: 2\r\n\r\n{{}}");
            let found = frames(&[text.as_bytes()]);
            assert_eq!(found.last().unwrap(), "{}", "{garbage:?}: {found:?}");
            assert!(
                found.len() == 2 && found[0] == "garbage",
                "{garbage:?}: {found:?}"
            );
        }
    }

    #[test]
    fn headers_without_a_length_are_no_message() {
        let text = b"Content-Type: x\r\n\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(frames(&[text]), ["{}"]);
    }

    #[test]
    fn a_wrong_length_costs_no_other_message() {
        let next = "Content-Length: 2\r\n\r\n[]";
        let long = format!("Content-Length: 99\r\n\r\n{{}}{next}{next}");
        assert_eq!(frames(&[long.as_bytes()]), ["{}", "[]", "[]"]);
        let huge = format!("Content-Length: 999999999\r\n\r\n{{}}{next}");
        assert_eq!(frames(&[huge.as_bytes()]), ["{}", "[]"]);
        let short = format!("Content-Length: 3\r\n\r\n{{\"id\": 1}}{next}");
        assert_eq!(frames(&[short.as_bytes()]), ["{\"i", "garbage", "[]"]);
        let cut = format!("Content-Length: 40\r\n\r\n{{\"id\":{next}");
        assert_eq!(frames(&[cut.as_bytes()]), ["{\"id\":", "[]"]);
    }

    #[test]
    fn a_document_may_speak_of_content_length() {
        let body = r#"{"text": "Content-Length: 5\r\n\r\nhello\n"}"#;
        let spread = "{\n  \"content-length: 5\":\n 5\n}";
        for body in [body, spread] {
            let text = format!("Content-Length: {}\r\n\r\n{body}", body.len());
            assert_eq!(frames(&[text.as_bytes()]), [body]);
        }
    }

    proptest! {
        #[test]
        fn frames_do_not_depend_on_how_the_bytes_arrive(
            parts in prop::collection::vec(
                prop_oneof![
                    "[ -~\r\n]{0,30}",
                    Just("Content-Length: 2\r\n\r\n{}".to_owned()),
                    Just("content-length: 7\n\n[1,2,3]".to_owned()),
                    Just("Content-Length: 12\r\n\r\n{}".to_owned()),
                ],
                0..8,
            ),
            cuts in prop::collection::vec(1..20usize, 0..40),
        ) {
            let text = parts.concat().into_bytes();
            let mut chunks = Vec::new();
            let mut rest = &text[..];
            for cut in cuts {
                let (chunk, left) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = left;
            }
            chunks.push(rest);
            prop_assert_eq!(frames(&chunks), frames(&[&text]));
        }

        #[test]
        fn a_whole_frame_is_found_behind_any_bytes(
            garbage in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..40),
                    (0..FRAME.len(), 0..FRAME.len())
                        .prop_map(|(a, b)| FRAME.as_bytes()[a.min(b)..a.max(b)].to_vec()),
                    "[0-9 :\r\n-]{0,8}".prop_map(String::into_bytes),
                ],
                0..6,
            ),
        ) {
            let mut frames = Frames::default();
            frames.buffer().extend(garbage.concat());
            while frames.next().is_some() {}
            frames.buffer().extend_from_slice(FRAME.as_bytes());
            let mut last = None;
            while let Some(frame) = frames.next() {
                last = Some(frame);
            }
            let body = FRAME.split_once("\r\n\r\n").unwrap().1.as_bytes().to_vec();
            prop_assert_eq!(last, Some(Frame::Body(body)));
        }
    }
}
