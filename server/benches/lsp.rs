//! The language server as an editor meets it: start, memory, latency, and whether suggestions keep up with someone typing.
//!
//! `cargo bench --bench lsp` prints a table; `cargo bench --bench lsp -- typing` only the parts whose name has `typing`.
//! The model server is scripted, so all figures are Hob's own.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use hob_tests::client::{Client, Launch, Trigger, uri};
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::replay::{Rhythm, foresee, replay};
use serde_json::{Value, json};
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const HOB: &str = env!("CARGO_BIN_EXE_hob");

/// What is typed: 144 characters.
const TYPED: &str = r#"let mut total = 0;
    for item in items.iter().filter(|it| it.live) {
        total += item.price * item.count;
    }
    show("total", total);"#;

/// How many files of 400 lines a question is about: 500,000 lines.
const CHAT_FILES: usize = 1_250;

/// How many files of 400 lines are indexed: 40 MB.
const FILES: usize = 3_000;

/// What stands before it, and nowhere else.
const MARKER: &str = "    // Sum up.\n    ";

fn main() {
    let wanted = std::env::args()
        .skip(1)
        .find(|it| !it.starts_with('-'))
        .unwrap_or_default();
    let parts: [(&str, fn()); 6] = [
        ("start", start),
        ("memory", memory),
        ("latency", latency),
        ("indexing", indexing),
        ("typing", typing),
        ("chat", chat),
    ];
    for (_, part) in parts.into_iter().filter(|it| it.0.contains(&wanted)) {
        part();
    }
}

fn start() {
    let mut times: Vec<Duration> = (0..20)
        .map(|_| launch(&Workspace::new("fn main() {}"), Value::Null).started_in())
        .collect();
    row("start to `initialize`", &percentiles(&mut times));
}

fn memory() {
    let workspace = Workspace::new("fn main() {}");
    let mut client = launch(&workspace, Value::Null);
    std::thread::sleep(Duration::from_secs(2));
    row("memory, idle", &megabytes(&client));

    let text = source(2_000);
    let uris: Vec<String> = (0..200)
        .map(|it| uri(&workspace.root().join(format!("file{it}.rs"))))
        .collect();
    for uri in &uris {
        client.open(uri, &text);
    }
    settle(&client, &uris[0]);
    row("memory, 200 documents of 2,000 lines", &megabytes(&client));

    for edit in 0..2_000 {
        let uri = &uris[edit % uris.len()];
        let line = client.text(uri).find("let").expect("there are such lines");
        client.change(uri, line..line, "x");
    }
    settle(&client, &uris[0]);
    row("memory, after 2,000 changes", &megabytes(&client));
}

fn latency() {
    for lines in [1_500, 30_000] {
        let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
        let asked: Arc<Mutex<Option<Instant>>> = Arc::default();
        let note = Arc::clone(&asked);
        server.answer(move |_| {
            note.lock()
                .expect("no one panics with it")
                .get_or_insert_with(Instant::now);
            Reply::text("compute(first, second);")
        });
        let workspace = Workspace::new("fn main() {}");
        let mut client = launch(&workspace, settings(&server, json!(0)));
        let uri = uri(&workspace.root().join("large.rs"));
        client.open(&uri, &source(lines));
        // The first one finds the model's ways out.
        complete_new_line(&mut client, &uri, 0);
        server.wait_until_idle();

        let (mut total, mut added, mut to_model) = (Vec::new(), Vec::new(), Vec::new());
        let (calls, used) = (server.calls(), client.processor_time());
        for n in 1..=200 {
            asked.lock().expect("no one panics with it").take();
            let (sent, at, items) = complete_new_line(&mut client, &uri, n);
            assert!(items > 0, "every request is to be answered by the model");
            let asked = asked
                .lock()
                .expect("no one panics with it")
                .take()
                .expect("the model was asked");
            total.push(at - sent);
            to_model.push(asked - sent);
            server.wait_until_idle();
            added.push((at - sent).saturating_sub(server.took()));
        }
        row(
            format!("latency, {lines} lines: model calls"),
            &format!("{} for 200 requests", server.calls() - calls),
        );
        let used = client
            .processor_time()
            .zip(used)
            .map(|(now, then)| (now - then) / 200);
        row(
            format!("latency, {lines} lines: change to answer"),
            &percentiles(&mut total),
        );
        row(
            format!("latency, {lines} lines: change to model"),
            &percentiles(&mut to_model),
        );
        row(
            format!("latency, {lines} lines: added, without the model's own time"),
            &percentiles(&mut added),
        );
        row(
            format!("latency, {lines} lines: processor per request"),
            &used.map_or("unknown".into(), milliseconds),
        );
    }
}

/// What passes between a question and its arrival at the model, in a codebase of 500,000 lines.
fn chat() {
    let server = ModelServer::llama_cpp("llama-3-8b-instruct.gguf");
    let asked: Arc<Mutex<Option<Instant>>> = Arc::default();
    let note = Arc::clone(&asked);
    server.answer(move |_| {
        note.lock()
            .expect("no one panics with it")
            .get_or_insert_with(Instant::now);
        Reply::text("In step_1.")
    });
    let workspace = Workspace::new("fn main() {}");
    write_tree(&workspace, CHAT_FILES);
    let settings = json!({ "models": { "chat": { "url": server.url() } } });
    let client = launch(&workspace, settings);
    client.notification("$/progress", ends_indexing);
    let mut times = Vec::new();
    for n in 0..60 {
        asked.lock().expect("no one panics with it").take();
        let question = format!(
            "How does {} of {} work, and where is {} called?",
            word(n * 7),
            word(n * 11 + 3),
            word(n * 5 + 4)
        );
        let sent = Instant::now();
        let params = json!({ "messages": [{ "role": "user", "content": question }] });
        client.call("hob/chat", params);
        let asked = asked
            .lock()
            .expect("no one panics with it")
            .take()
            .expect("the model was asked");
        times.push(asked - sent);
    }
    row(
        format!("chat, {} lines: question to model", CHAT_FILES * 400),
        &percentiles(&mut times[1..]),
    );
}

/// Files of 400 lines with names of their own; how many bytes.
fn write_tree(workspace: &Workspace, files: usize) -> usize {
    let mut bytes = 0;
    for n in 0..files {
        let mut text = source(400).replace("step_", &format!("step_{n}_"));
        for (at, name) in ["first", "second", "sum", "rest", "step"]
            .iter()
            .enumerate()
        {
            text = text.replace(name, &word(n * 5 + at));
        }
        bytes += text.len();
        let folder = workspace.root().join(format!("part{}", n % 50));
        std::fs::create_dir_all(&folder).expect("the tree can be written");
        std::fs::write(folder.join(format!("file{n}.rs")), text).expect("the tree can be written");
    }
    bytes
}

/// What the server adds to completions while it reads and indexes the codebase for the first time, and afterwards.
fn indexing() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("compute(first, second);"));
    let workspace = Workspace::new("fn main() {}");
    let bytes = write_tree(&workspace, FILES);
    let mut client = launch(&workspace, settings(&server, json!(0)));
    let uri = uri(&workspace.root().join("large.rs"));
    client.open(&uri, &source(6_000));
    complete_new_line(&mut client, &uri, 0);

    let mut done = 0;
    let mut measure = |client: &mut Client, goes_on: &mut dyn FnMut(&Client) -> bool| {
        let mut added = Vec::new();
        while added.len() < 400 && goes_on(client) {
            done += 1;
            server.wait_until_idle();
            let (sent, at, items) = complete_new_line(client, &uri, done);
            assert!(items > 0, "every request is to be answered by the model");
            server.wait_until_idle();
            added.push((at - sent).saturating_sub(server.took()));
            // As someone types: not all the time.
            std::thread::sleep(Duration::from_millis(50));
        }
        added
    };
    let started = Instant::now();
    let mut during = measure(&mut client, &mut |client| !has_indexed(client));
    if during.len() == 400 {
        client.notification("$/progress", ends_indexing);
    }
    let took = started.elapsed();
    std::thread::sleep(Duration::from_secs(3));
    let n = during.len().max(50);
    let mut left = n;
    let mut after = measure(&mut client, &mut |_| {
        left = left.saturating_sub(1);
        left > 0
    });
    row(
        format!("indexing {:.0} MB: took", bytes as f64 / 1e6),
        &format!(
            "{:.1} s, with {} completions meanwhile",
            took.as_secs_f64(),
            during.len()
        ),
    );
    row("indexing: added meanwhile", &percentiles(&mut during));
    row("indexing: added afterwards", &percentiles(&mut after));
    let ratio = |share: usize| {
        let at = |it: &[Duration]| it[(it.len() - 1) * share / 100].as_secs_f64();
        at(&during) / at(&after)
    };
    let ratios = format!("median {:.2}, 95 % {:.2}", ratio(50), ratio(95));
    row("indexing: meanwhile to afterwards", &ratios);
}

fn has_indexed(client: &Client) -> bool {
    client
        .take_notifications("$/progress")
        .iter()
        .any(ends_indexing)
}

fn ends_indexing(progress: &Value) -> bool {
    let token = progress["token"].as_str().unwrap_or_default();
    token.starts_with("hob/index/") && progress["value"]["kind"] == "end"
}

fn typing() {
    let key = Duration::from_millis(80);
    let pauses = Some((14, Duration::from_millis(800)));
    let slow = (Duration::from_millis(150), Duration::from_millis(10));
    let fast = (Duration::from_millis(30), Duration::from_millis(2));
    for (name, model, pause_every, cancels) in [
        ("steady", slow, None, false),
        ("steady, cancelling", slow, None, true),
        ("with pauses", slow, pauses, false),
        ("with pauses, cancelling", slow, pauses, true),
        ("fast model", fast, None, false),
    ] {
        let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
        foresee(&server, MARKER, TYPED, model.0, model.1);
        let workspace = Workspace::new(&format!(
            "//- /src/main.rs\nfn sum(items: &[Item]) {{\n{MARKER}$0\n}}\n"
        ));
        let mut client = launch(&workspace, settings(&server, json!("auto")));
        let (file, at) = workspace.fixture().at_cursor();
        let uri = workspace.uri(&file.path);
        client.open(&uri, &file.text);
        let it = replay(
            &mut client,
            &server,
            &uri,
            at,
            TYPED,
            Rhythm {
                key,
                pause_every,
                cancels,
            },
        );
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / it.keys as f64);
        row(
            format!("typing, {name}"),
            &format!(
                "useful {} strict, {} keeping; {} calls, {} aborted; first after {}; {} wrong of {} keys",
                share(it.strict),
                share(it.keeping),
                it.calls,
                it.aborted,
                it.first.map_or("never".to_owned(), milliseconds),
                it.wrong,
                it.keys
            ),
        );
    }
}

/// Starts a new line at the end of a function in the middle of the document, and asks there. When the request was sent,
/// when the answer came, and how many items it had.
fn complete_new_line(client: &mut Client, uri: &str, n: usize) -> (Instant, Instant, usize) {
    let text = client.text(uri);
    let place = text.len() / 2 + n * 97;
    let line_end = place + text[place..].find(";\n").expect("there are such lines") + 2;
    let line = format!("    let added_{n} = \n");
    client.change(uri, line_end..line_end, &line);
    // Prepared before the clock starts: finding a position in a large text is the client's own affair.
    let params = json!({
        "textDocument": { "uri": uri },
        "position": client.position(uri, line_end + line.len() - 1),
        "context": { "triggerKind": 2 },
    });
    let sent = Instant::now();
    let id = client.request("textDocument/inlineCompletion", params);
    let response = client.response(id);
    let result = response.result.expect("completion does not fail");
    // The line is finished, so that the document stays code.
    let end = line_end + line.len() - 1;
    client.change(uri, end..end, "0;");
    (
        sent,
        response.at,
        result["items"].as_array().map_or(0, Vec::len),
    )
}

/// Waits until the server has read all that was sent so far.
fn settle(client: &Client, uri: &str) {
    let id = client.ask_inline(uri, 0, Trigger::Automatic);
    client.response(id);
    std::thread::sleep(Duration::from_secs(2));
}

fn launch(workspace: &Workspace, settings: Value) -> Client {
    let settings = match settings {
        Value::Null => json!({ "models": { "autocomplete": { "provider": "builtin" } } }),
        it => it,
    };
    Launch::new(HOB)
        .home(workspace.home())
        .folders([workspace.root().to_owned()])
        .settings(settings)
        .start()
}

/// The model answers, no one else, and at once.
fn settings(server: &ModelServer, debounce: Value) -> Value {
    json!({
        "models": { "autocomplete": { "url": server.url(), "fim": "qwen2.5-coder" } },
        "autocomplete": { "instant": false, "multiline": "always", "debounce_ms": debounce },
    })
}

/// So many lines of plain code, no two functions the same.
fn source(lines: usize) -> String {
    let mut text = String::new();
    for n in 0..lines / 5 {
        text.push_str(&format!(
            "fn step_{n}(first: u32, second: u32) -> u32 {{\n    let sum = first + second * {n};\n"
        ));
        text.push_str(&format!(
            "    let rest = sum % {};\n    sum - rest\n}}\n",
            n + 2
        ));
    }
    text
}

/// A word that few other numbers have.
fn word(n: usize) -> String {
    let syllables = [
        "ba", "co", "di", "fu", "gle", "ker", "lo", "mi", "pra", "tus",
    ];
    let at = |place: u32| syllables[n * 7919 / 10usize.pow(place) % 10];
    [at(0), at(1), at(2)].concat()
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| milliseconds(times[(times.len() - 1) * share / 100]);
    format!(
        "median {}, 95 % {}, least {}, most {}",
        at(50),
        at(95),
        at(0),
        at(100)
    )
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn megabytes(client: &Client) -> String {
    client.memory().map_or("unknown".to_owned(), |it| {
        format!("{:.1} MB", it as f64 / 1e6)
    })
}

fn row(name: impl Display, value: &str) {
    println!("{name:<48} {value}");
}
