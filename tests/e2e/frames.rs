//! Messages as no client should send them: the server answers or ignores them, and serves the next.

use crate::HOB;
use hob_tests::hob::Workspace;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Longer than any answer takes on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A server that is spoken to in bytes.
struct Raw {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    probes: u32,
    _workspace: Workspace,
}

impl Raw {
    /// A server to which no model is known.
    fn start() -> Raw {
        Raw::with(json!({ "provider": "builtin" }))
    }

    /// A server with this model for completions.
    fn with(model: Value) -> Raw {
        let workspace = Workspace::new("//- /src/lib.rs\nfn a() {}\n");
        let mut child = workspace
            .command(HOB, ["lsp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let input = child.stdin.take().expect("it is piped");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut raw = Raw {
            child,
            input,
            messages,
            probes: 0,
            _workspace: workspace,
        };
        let options = json!({ "models": { "autocomplete": model } });
        let params = json!({ "processId": null, "rootUri": null, "capabilities": {}, "initializationOptions": options });
        raw.send(
            &json!({ "jsonrpc": "2.0", "id": "start", "method": "initialize", "params": params }),
        );
        let answer = raw.answer("start");
        assert!(answer["result"].is_object(), "{answer}");
        raw.send(&json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
        raw
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        self.bytes(&frame(message.to_string().as_bytes()));
    }

    /// The message with this id; others are passed over.
    fn answer(&self, id: &str) -> Value {
        loop {
            let message = self.messages.recv_timeout(TIMEOUT);
            let message = message.unwrap_or_else(|it| panic!("no answer to {id}: {it}"));
            if message["id"] == id {
                return message;
            }
        }
    }

    /// The errors that answer no request, up to the answer of a request that is served.
    fn errors(&mut self) -> Vec<i64> {
        self.probes += 1;
        let id = format!("probe {}", self.probes);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/inlineCompletion", "params": {
            "textDocument": { "uri": "file:///none.rs" }, "position": { "line": 0, "character": 0 },
            "context": { "triggerKind": 2 },
        } }));
        let mut errors = Vec::new();
        loop {
            let message = self.messages.recv_timeout(TIMEOUT);
            let message = message.unwrap_or_else(|it| panic!("no answer to {id}: {it}"));
            if message["id"] == *id {
                return errors;
            }
            if message["id"].is_null() && message["error"].is_object() {
                errors.push(message["error"]["code"].as_i64().expect("a number"));
            }
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// Numbers that look drawn, and are the same in each run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;

#[test]
fn a_message_that_cannot_be_read_is_answered_and_the_next_is_served() {
    let mut server = Raw::start();
    let deep = format!(
        r#"{{"jsonrpc":"2.0","method":"m","params":{}{}}}"#,
        "[".repeat(2000),
        "]".repeat(2000)
    );
    for (body, code) in [
        (&b"{"[..], PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"hello", PARSE_ERROR),
        (b"\0\xff\xfe", PARSE_ERROR),
        (deep.as_bytes(), PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (br#"{"jsonrpc":"2.0"}"#, INVALID_REQUEST),
        (
            br#"{"jsonrpc":"2.0","id":{},"method":"m"}"#,
            INVALID_REQUEST,
        ),
    ] {
        server.bytes(&frame(body));
        assert_eq!(server.errors(), [code], "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn bytes_that_are_no_message_cost_no_other_message() {
    let mut server = Raw::start();
    for (bytes, answered) in [
        (
            "content-length: 33\n\n{\"jsonrpc\":\"2.0\",\"method\":\"$/x\"}",
            false,
        ),
        ("\r\n\r\n", false),
        ("hello\n", true),
        ("{\"jsonrpc\":\"2.0\",\"method\":\"$/x\"}", true),
        ("Content-Length: -1\r\n\r\n", true),
        ("Content-Length: 18446744073709551616\r\n\r\n", true),
        ("Content-Length: 5000\r\n\r\n{", true),
        ("Content-Length: 5\r\n\r\n{\"jsonrpc\":\"2.0\"}", true),
        ("Content-Length", true),
    ] {
        server.bytes(bytes.as_bytes());
        assert_eq!(!server.errors().is_empty(), answered, "{bytes:?}");
    }
}

#[test]
fn half_an_emoji_in_a_document_leaves_its_text_and_positions_right() {
    let model = hob_tests::model::ModelServer::llama_cpp("qwen2.5-coder-1.5b");
    let mut server = Raw::with(json!({ "url": model.url() }));
    let uri = "file:///work/half.py";
    let open = r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///work/half.py","languageId":"python","version":1,"text":"x\ud83d y = '😀'\nz = "}}}"#;
    server.bytes(&frame(open.as_bytes()));
    // Behind the lone half, in UTF-16 units: 1 + 1 + 1, and the low half of the emoji is removed.
    for (version, start, end, text) in [(2, 3, 4, "name"), (3, 12, 13, "")] {
        let range = json!({ "start": { "line": 0, "character": start }, "end": { "line": 0, "character": end } });
        server.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "range": range, "text": text }],
        } }));
    }
    server.send(&json!({ "jsonrpc": "2.0", "id": "complete", "method": "textDocument/inlineCompletion", "params": {
        "textDocument": { "uri": uri }, "position": { "line": 1, "character": 4 }, "context": { "triggerKind": 1 },
    } }));
    server.answer("complete");
    let asked = model.completions();
    let prompts: Vec<&str> = asked.iter().map(|it| it.prompt()).collect();
    let expected = "x\u{FFFD} name = '\u{FFFD}'\nz = ";
    assert!(
        prompts.iter().any(|it| it.contains(expected)),
        "{prompts:#?}"
    );
}

/// Messages that editors send, as material for mutations.
fn messages() -> Vec<Vec<u8>> {
    let document = json!({ "uri": "file:///work/a.rs", "languageId": "rust", "version": 1, "text": "fn a() {\n    let b = 1;\n}\n" });
    let position = json!({ "line": 1, "character": 5 });
    let range = json!({ "start": position, "end": { "line": 1, "character": 7 } });
    let id = json!({ "uri": "file:///work/a.rs" });
    [
        json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }),
        json!({ "method": "textDocument/didChange", "params": { "textDocument": { "uri": "file:///work/a.rs", "version": 2 },
            "contentChanges": [{ "range": range, "text": "é😀\n" }] } }),
        json!({ "id": 1, "method": "textDocument/inlineCompletion", "params": { "textDocument": id, "position": position,
            "context": { "triggerKind": 1 } } }),
        json!({ "id": 2, "method": "textDocument/codeAction", "params": { "textDocument": id, "range": range, "context": { "diagnostics": [] } } }),
        json!({ "id": 3, "method": "workspace/executeCommand", "params": { "command": "hob.status", "arguments": [] } }),
        json!({ "id": "x", "method": "hob/context", "params": { "query": "a" } }),
        json!({ "method": "workspace/didChangeConfiguration", "params": { "settings": { "hob": { "completion": { "enabled": true } } } } }),
        json!({ "method": "$/cancelRequest", "params": { "id": 1 } }),
        json!({ "id": 9, "result": [null] }),
        json!({ "method": "textDocument/didClose", "params": { "textDocument": id } }),
    ]
    .into_iter()
    .map(|mut it| {
        it["jsonrpc"] = "2.0".into();
        frame(it.to_string().as_bytes())
    })
    .collect()
}

/// A frame with a few faults: bytes changed, removed, doubled or put in, the end cut off, lengths that are wrong.
fn mutated(random: &mut Random, frame: &[u8]) -> Vec<u8> {
    const PIECES: [&[u8]; 12] = [
        b"\\ud83d",
        b"\xff",
        b"\0",
        b"\"",
        b"{",
        b"]",
        b"\r\n",
        b"\r\n\r\n",
        b"9999999999",
        b"null",
        b"Content-Length: 7\r\n\r\n",
        b"\xed\xa0\xbd",
    ];
    let mut bytes = frame.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len().max(1));
        let end = (at + random.below(20)).min(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = *random.pick(&PIECES);
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let piece = *random.pick(&PIECES);
                bytes.splice(at..end, piece.iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

#[test]
fn ten_thousand_mutated_frames_never_end_the_server() {
    let mut server = Raw::start();
    let messages = messages();
    let mut random = Random(1);
    let mut errors = 0;
    for _ in 0..500 {
        let mut bytes = Vec::new();
        for _ in 0..20 {
            let message = random.pick(&messages).clone();
            bytes.extend(mutated(&mut random, &message));
        }
        server.bytes(&bytes);
        errors += server.errors().len();
    }
    assert!(errors > 1000, "hardly anything was broken: {errors}");
}

#[test]
fn a_thousand_editing_sessions_with_broken_messages_in_between_are_served() {
    let mut server = Raw::start();
    let messages = messages();
    let mut random = Random(2);
    for session in 0..1000 {
        let uri = format!("file:///work/{session}.py");
        server.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {
            "textDocument": { "uri": uri, "languageId": "python", "version": 0, "text": "def f(x):\n    return x\n" } } }));
        for version in 1..=random.below(8) {
            let mut end = || json!({ "line": random.below(4), "character": random.below(12) });
            let range = json!({ "start": end(), "end": end() });
            let text = *random.pick(&[
                "",
                "x",
                "\n",
                "é",
                "😀",
                "def g():\n    pass\n",
                "\r\n",
                "\t",
            ]);
            server.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
                "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "range": range, "text": text }] } }));
            if random.below(2) == 0 {
                let message = random.pick(&messages).clone();
                let bytes = mutated(&mut random, &message);
                server.bytes(&bytes);
            }
        }
        let id = format!("session {session}");
        server.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/inlineCompletion", "params": {
            "textDocument": { "uri": uri }, "position": { "line": 1, "character": 4 }, "context": { "triggerKind": 1 } } }));
        let answer = server.answer(&id);
        assert!(answer.get("result").is_some(), "{answer}");
        server.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didClose", "params": { "textDocument": { "uri": uri } } }));
    }
    // And it still takes its leave properly.
    server.send(&json!({ "jsonrpc": "2.0", "id": "end", "method": "shutdown" }));
    assert!(server.answer("end")["error"].is_null());
    server.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert!(server.child.wait().expect("it ends").success());
}
