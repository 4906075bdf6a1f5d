//! Bodies of frames, read as JSON-RPC 2.0 messages, and the errors for those that are none.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// What a body turned out to be.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A request or a notification.
    Request(Request),
    /// The answer to one of the server's requests.
    Response(Response),
    /// No message; the error to answer with.
    Unreadable(Response),
}

/// A message's members. What they hold is checked afterwards, so that an error can name the request.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    jsonrpc: Value,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    method: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Value>,
}

/// A member that is there, `null` included.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// The members of a message that is too deep to be read, without what is in them.
#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default, rename = "method")]
    _method: IgnoredAny,
}

/// Reads a body.
///
/// JSON that is not quite right is repaired first where only a character is lost: a lone half of a surrogate pair, which editors send
/// while half an emoji is selected, and bytes that are no UTF-8 become U+FFFD.
pub(super) fn read(body: &[u8]) -> Incoming {
    match serde_json::from_slice(body) {
        Ok(envelope) => sort(envelope),
        Err(error) => {
            let repaired = repaired(body);
            match repaired.as_deref().map(serde_json::from_str) {
                Some(Ok(envelope)) => sort(envelope),
                _ => not_json(repaired.as_deref().map_or(body, str::as_bytes), &error),
            }
        }
    }
}

/// The error for bytes that belong to no message.
pub(super) fn garbage() -> Incoming {
    refused(
        Id::Null,
        ErrorCode::ParseError,
        "Bytes outside of a message were skipped: each message needs the header `Content-Length: BYTES` and an empty line before its JSON."
            .to_owned(),
    )
}

fn not_json(body: &[u8], error: &serde_json::Error) -> Incoming {
    if error.is_data() {
        // JSON, but no object, or one with a member twice.
        return refused(
            Id::Null,
            ErrorCode::InvalidRequest,
            "Not a JSON-RPC 2.0 message: one object is expected, with each member once.".to_owned(),
        );
    }
    let id = serde_json::from_slice::<Outline>(body).ok();
    let id = id.and_then(|it| it.id).unwrap_or_default();
    let message = format!("This message is not readable JSON: {error}.");
    refused(id, ErrorCode::ParseError, message)
}

fn refused(id: Id, code: ErrorCode, message: String) -> Incoming {
    tracing::warn!(%id, "{message}");
    let mut error = Error::new(code);
    error.message = message.into();
    Incoming::Unreadable(Response::from_error(id, error))
}

/// Tells requests from responses.
fn sort(envelope: Envelope) -> Incoming {
    let id = match envelope.id.map(Id::deserialize).transpose() {
        Ok(id) => id,
        Err(_) => {
            return refused(
                Id::Null,
                ErrorCode::InvalidRequest,
                "The message's `id` is neither a whole number nor a string.".to_owned(),
            );
        }
    };
    let wrong = |id: Option<Id>, message: &str| {
        refused(
            id.unwrap_or_default(),
            ErrorCode::InvalidRequest,
            message.to_owned(),
        )
    };
    if envelope.jsonrpc != "2.0" {
        return wrong(id, "The message lacks `\"jsonrpc\": \"2.0\"`.");
    }
    match (envelope.method, envelope.result, envelope.error) {
        (Some(Value::String(method)), ..) => {
            let mut request = Request::build(method);
            if let Some(params) = envelope.params {
                request = request.params(params);
            }
            if let Some(id) = id {
                request = request.id(id);
            }
            Incoming::Request(request.finish())
        }
        (Some(_), ..) => wrong(id, "The message's `method` is no string."),
        (None, _, Some(error)) if !error.is_null() => {
            let error = Error::deserialize(error).unwrap_or_else(|_| Error::internal_error());
            Incoming::Response(Response::from_error(id.unwrap_or_default(), error))
        }
        (None, Some(result), _) => {
            Incoming::Response(Response::from_ok(id.unwrap_or_default(), result))
        }
        (None, None, _) => wrong(
            id,
            "The message has no `method`, no `result` and no `error`.",
        ),
    }
}

/// The body with lone surrogates and bytes that are no UTF-8 replaced by U+FFFD; `None` if there are none.
///
/// Each counts as one character, and in UTF-16 as one unit, like what it replaces: positions behind it stay right.
fn repaired(body: &[u8]) -> Option<String> {
    let text = decoded(body);
    let mut fixed = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(backslash) = text[at..].find('\\') {
        let start = at + backslash;
        let Some(unit) = escaped_unit(&text[start..]) else {
            // The backslash and what it escapes.
            let escaped = text[start + 1..].chars().next().map_or(0, char::len_utf8);
            at = start + 1 + escaped;
            continue;
        };
        at = start + ESCAPE;
        let high = (0xD800..0xDC00).contains(&unit);
        let low_follows =
            || escaped_unit(&text[at..]).is_some_and(|it| (0xDC00..0xE000).contains(&it));
        if high && low_follows() {
            at += ESCAPE;
        } else if (0xD800..0xE000).contains(&unit) {
            fixed.push_str(&text[done..start]);
            fixed.push_str("\\uFFFD");
            done = at;
        }
    }
    if done == 0 && text.as_bytes() == body {
        return None;
    }
    fixed.push_str(&text[done..]);
    Some(fixed)
}

/// The bytes of `\uXXXX`.
const ESCAPE: usize = 6;

/// The UTF-16 unit that a text begins with as `\uXXXX`.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    // `from_str_radix` takes a sign, too.
    let all = digits.bytes().all(|it| it.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| all)
}

/// Bytes as text. A surrogate that was encoded like a character (three bytes, "WTF-8") is one U+FFFD.
fn decoded(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                break;
            }
            Err(error) => {
                let (valid, broken) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                text.push('\u{FFFD}');
                let width = match broken {
                    [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => 3,
                    _ => error.error_len().unwrap_or(broken.len()),
                };
                rest = &broken[width..];
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(body: &[u8]) -> (Id, ErrorCode) {
        match read(body) {
            Incoming::Unreadable(response) => {
                let error = response.error().expect("an error").code;
                (response.id().clone(), error)
            }
            other => panic!("{other:?}"),
        }
    }

    fn params(body: &[u8]) -> Value {
        match read(body) {
            Incoming::Request(request) => request.params().cloned().unwrap_or_default(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn requests_notifications_and_responses_are_told_apart() {
        let request = br#"{"jsonrpc":"2.0","id":"a","method":"m","params":[1]}"#;
        let Incoming::Request(request) = read(request) else {
            panic!()
        };
        assert_eq!(request.method(), "m");
        assert_eq!(request.id(), Some(&Id::String("a".to_owned())));
        assert_eq!(request.params(), Some(&json!([1])));
        let Incoming::Request(request) = read(br#"{"method":"m","jsonrpc":"2.0"}"#) else {
            panic!()
        };
        assert_eq!((request.id(), request.params()), (None, None));
        for (body, ok) in [
            (&br#"{"jsonrpc":"2.0","id":7,"result":null}"#[..], true),
            (
                br#"{"jsonrpc":"2.0","id":7,"result":{},"error":null}"#,
                true,
            ),
            (
                br#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}"#,
                false,
            ),
            (
                br#"{"jsonrpc":"2.0","id":7,"error":"not an object"}"#,
                false,
            ),
        ] {
            let Incoming::Response(response) = read(body) else {
                panic!()
            };
            assert_eq!((response.id(), response.is_ok()), (&Id::Number(7), ok));
        }
    }

    #[test]
    fn what_is_not_json_is_a_parse_error() {
        let deep = format!(
            r#"{{"jsonrpc":"2.0","method":"m","params":{}{}}}"#,
            "[".repeat(2000),
            "]".repeat(2000)
        );
        for body in [
            &b"{"[..],
            b"",
            b"hello",
            b"{}{}",
            b"\xff\xfe{\0}\0",
            br#"{"jsonrpc":"2.0","method":"m","params":{"a":"#,
            br#"{"jsonrpc":"2.0","method":"m","params":{"a":NaN}}"#,
            br#"{"jsonrpc":"2.0","method":"m","params":{"a":1e999}}"#,
            br#"{"jsonrpc":"2.0","method":"\ud83d\x"}"#,
            deep.as_bytes(),
        ] {
            assert_eq!(refusal(body), (Id::Null, ErrorCode::ParseError));
        }
    }

    #[test]
    fn an_error_names_the_request_where_that_is_known() {
        let deep = format!(
            r#"{{"params":{}{},"jsonrpc":"2.0","method":"m","id":5}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(
            refusal(deep.as_bytes()),
            (Id::Number(5), ErrorCode::ParseError)
        );
        for body in [
            &br#"{"jsonrpc":"2.0","id":5,"method":7}"#[..],
            br#"{"jsonrpc":"1.0","id":5,"method":"m"}"#,
            br#"{"id":5,"method":"m"}"#,
            br#"{"jsonrpc":"2.0","id":5}"#,
        ] {
            assert_eq!(refusal(body), (Id::Number(5), ErrorCode::InvalidRequest));
        }
        for body in [
            &b"[]"[..],
            b"7",
            b"null",
            br#"[{"jsonrpc":"2.0","id":5,"method":"m"}]"#,
            br#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#,
            br#"{"jsonrpc":"2.0","id":[],"method":"m"}"#,
            br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#,
        ] {
            assert_eq!(refusal(body), (Id::Null, ErrorCode::InvalidRequest));
        }
    }

    #[test]
    fn a_lone_surrogate_is_one_replacement_character() {
        for (escaped, expected) in [
            (r"x\ud83d y", "x\u{FFFD} y"),
            (r"x\uDE00 y", "x\u{FFFD} y"),
            (r"\ud83d", "\u{FFFD}"),
            (r"\ud83d\ud83d\ude00", "\u{FFFD}😀"),
            (r"\ude00\ud83d", "\u{FFFD}\u{FFFD}"),
            (r"\ud83d\n", "\u{FFFD}\n"),
            (r"\ud83d\u0041", "\u{FFFD}A"),
            (r"\\ud83d \ud83d", "\\ud83d \u{FFFD}"),
            (r"\\\ud83d", "\\\u{FFFD}"),
            (r"é\ud83d漢", "é\u{FFFD}漢"),
        ] {
            let body = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{{"a":"{escaped}"}}}}"#);
            assert_eq!(params(body.as_bytes())["a"], expected, "{escaped}");
        }
        // Also as a name, and cut off.
        let body = br#"{"jsonrpc":"2.0","method":"m","params":{"\ud83d":1}}"#;
        assert_eq!(params(body)["\u{FFFD}"], 1);
        assert_eq!(
            refusal(br#"{"a":"\ud83"#),
            (Id::Null, ErrorCode::ParseError)
        );
        assert_eq!(
            refusal("{\"a\":\"\\ué\"}".as_bytes()),
            (Id::Null, ErrorCode::ParseError)
        );
    }

    #[test]
    fn bytes_that_are_no_utf8_are_replacement_characters() {
        for (bytes, expected) in [
            (&b"a\xffb"[..], "a\u{FFFD}b"),
            (b"\xe9t\xe9", "\u{FFFD}t\u{FFFD}"),
            (b"x\xed\xa0\xbdy", "x\u{FFFD}y"),
            (b"\xed\xa0\xbd\xed\xb8\x80", "\u{FFFD}\u{FFFD}"),
            (b"\xf0\x9f\x98", "\u{FFFD}"),
            (b"\xff\\ud83d", "\u{FFFD}\u{FFFD}"),
        ] {
            let body = [
                &br#"{"jsonrpc":"2.0","method":"m","params":{"a":""#[..],
                bytes,
                br#""}}"#,
            ]
            .concat();
            assert_eq!(params(&body)["a"], expected, "{bytes:?}");
        }
    }
}
