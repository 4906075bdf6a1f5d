//! Server-sent events, as model servers really send them, and answers that are one JSON document instead.
//!
//! Bytes in, events out; a chunk may end anywhere, in the middle of a character too.

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The text of a `data:` line.
    Data(String),
    /// The text of an `error:` line: older llama.cpp servers report so.
    Error(String),
    /// `data: [DONE]`.
    Done,
    /// A whole answer that is no stream of events: a JSON document, several of them on a line each, or a web page.
    Document(String),
}

/// Takes a stream apart.
#[derive(Debug, Default)]
pub(super) struct Parser {
    buffer: Vec<u8>,
    /// How much of the buffer has been searched for a line's end.
    searched: usize,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    Events,
    Document,
}

/// A line, or a document, that is longer than anything a model server has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Parser {
    /// The longest line, in bytes. A chunk of an answer has some 300; the last one may repeat the prompt and all settings.
    pub(super) const MAX_LINE: usize = 1 << 20;

    /// Takes the next bytes and appends what is complete to `events`.
    pub(super) fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), TooLong> {
        self.buffer.extend_from_slice(bytes);
        if self.shape == Shape::Unknown {
            let Some(start) = self.buffer.iter().position(|it| !it.is_ascii_whitespace()) else {
                // White space before the first event is no part of any: none of it is kept.
                self.buffer.clear();
                return Ok(());
            };
            self.buffer.drain(..start);
            // No field of an event stream begins with one of these.
            self.shape = if matches!(self.buffer[0], b'{' | b'[' | b'<' | b'"') {
                Shape::Document
            } else {
                Shape::Events
            };
        }
        if self.shape == Shape::Events {
            self.take_lines(events);
        }
        if self.buffer.len() > Self::MAX_LINE {
            Err(TooLong)
        } else {
            Ok(())
        }
    }

    /// Takes the stream's end: a last line may lack its newline.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) {
        let rest = std::mem::take(&mut self.buffer);
        self.searched = 0;
        match self.shape {
            Shape::Document => {
                events.push(Event::Document(String::from_utf8_lossy(&rest).into_owned()))
            }
            Shape::Events | Shape::Unknown => events.extend(event(&rest)),
        }
    }

    fn take_lines(&mut self, events: &mut Vec<Event>) {
        let mut start = 0;
        while let Some(found) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            let end = self.searched + found;
            events.extend(event(&self.buffer[start..end]));
            start = end + 1;
            self.searched = start;
        }
        self.buffer.drain(..start);
        self.searched = self.buffer.len();
    }
}

/// The event of one line. Each line is taken for itself: no model server splits an event's data over lines.
fn event(line: &[u8]) -> Option<Event> {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end_matches(['\r', '\n']);
    let (field, value) = line.split_once(':')?;
    match field.trim() {
        "data" => match value.trim() {
            "" => None,
            "[DONE]" => Some(Event::Done),
            value => Some(Event::Data(value.to_owned())),
        },
        "error" => Some(Event::Error(value.trim().to_owned())),
        // Comments have no name; `event`, `id` and `retry` say nothing about completions.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<Event> {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        for chunk in chunks {
            parser.push(chunk, &mut events).unwrap();
        }
        parser.finish(&mut events);
        events
    }

    fn data(text: &str) -> Event {
        Event::Data(text.to_owned())
    }

    #[test]
    fn the_same_events_come_out_wherever_the_chunks_are_cut() {
        let stream = ": keepalive 1/1\n\ndata: {\"text\":\"é😀\"}\r\n\r\nevent: x\ndata:{\"a\":1}\n\ndata: [DONE]\n\n".as_bytes();
        let expected = vec![data("{\"text\":\"é😀\"}"), data("{\"a\":1}"), Event::Done];
        for cut in 0..=stream.len() {
            assert_eq!(
                events(&[&stream[..cut], &stream[cut..]]),
                expected,
                "cut at {cut}"
            );
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(events(&bytes), expected);
    }

    #[test]
    fn the_last_line_may_lack_its_newline() {
        assert_eq!(
            events(&[b"data: {\"stop\":true}"]),
            vec![data("{\"stop\":true}")]
        );
    }

    #[test]
    fn a_document_instead_of_a_stream_comes_out_whole() {
        assert_eq!(
            events(&[b"\n {\"content\":", b"\"a\"}\n"]),
            vec![Event::Document("{\"content\":\"a\"}\n".to_owned())]
        );
        assert_eq!(
            events(&[b"<html>"]),
            vec![Event::Document("<html>".to_owned())]
        );
    }

    #[test]
    fn an_error_line_is_an_event_of_its_own() {
        assert_eq!(
            events(&[b"error: {\"code\":500}\n\n"]),
            vec![Event::Error("{\"code\":500}".to_owned())]
        );
    }

    #[test]
    fn an_empty_stream_has_no_events() {
        assert_eq!(events(&[b"", b"\n \n"]), vec![]);
    }

    #[test]
    fn white_space_without_end_is_not_kept() {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        for _ in 0..100 {
            assert_eq!(parser.push(&[b' '; 100_000], &mut events), Ok(()));
            assert!(parser.buffer.is_empty());
        }
        parser.push(b"data: x\n", &mut events).unwrap();
        for _ in 0..100 {
            assert_eq!(parser.push(&[b'\n'; 100_000], &mut events), Ok(()));
            assert!(parser.buffer.is_empty());
        }
        assert_eq!(events, vec![data("x")]);
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut parser = Parser::default();
        let (chunk, mut events) = (vec![b'd'; 300_000], Vec::new());
        assert_eq!(
            (0..4)
                .map(|_| parser.push(&chunk, &mut events))
                .collect::<Vec<_>>(),
            vec![Ok(()), Ok(()), Ok(()), Err(TooLong)]
        );
    }
}
