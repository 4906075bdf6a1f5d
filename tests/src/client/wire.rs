//! The base protocol: one JSON message behind a `Content-Length` header.

use serde_json::Value;
use std::io::{self, BufRead, Write};

/// Writes one message and flushes.
pub(super) fn write(out: &mut dyn Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body.as_bytes());
    out.write_all(&frame)?;
    out.flush()
}

/// Reads one message; `None` at the end of the stream.
pub(super) fn read(input: &mut dyn BufRead) -> io::Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return match length {
                None => Ok(None),
                Some(_) => Err(bad("the stream ends within a message")),
            };
        }
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(bad(&format!(
                "not a header, so something else was written to stdout: {line:?}"
            )));
        };
        if name.eq_ignore_ascii_case("content-length") {
            let value = value.trim().parse::<usize>();
            length = Some(value.map_err(|_| bad(&format!("not a length: {line:?}")))?);
        }
    }
    let mut body = vec![0; length.ok_or_else(|| bad("no Content-Length"))?];
    input.read_exact(&mut body)?;
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| bad(&format!("not JSON: {error}")))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        let messages = [json!({ "id": 1, "text": "é😀" }), json!([])];
        for message in &messages {
            write(&mut bytes, message).unwrap();
        }
        let mut input = bytes.as_slice();
        assert_eq!(read(&mut input).unwrap().as_ref(), Some(&messages[0]));
        assert_eq!(read(&mut input).unwrap().as_ref(), Some(&messages[1]));
        assert_eq!(read(&mut input).unwrap(), None);
    }

    #[test]
    fn stray_output_is_an_error() {
        let mut input = "hello\nContent-Length: 2\r\n\r\n{}".as_bytes();
        assert!(
            read(&mut input)
                .unwrap_err()
                .to_string()
                .contains("something else was written")
        );
    }

    #[test]
    fn half_a_message_is_an_error() {
        assert!(read(&mut "Content-Length: 9\r\n\r\n{}".as_bytes()).is_err());
        assert!(read(&mut "Content-Length: 9\r\n".as_bytes()).is_err());
    }
}
