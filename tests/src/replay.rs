//! Typing, replayed in real time: is there a right suggestion before the next key? For benches, which measure; no test does.

use crate::client::{Client, Trigger};
use crate::model::{ModelServer, Reply};
use std::time::{Duration, Instant};

/// How someone types, and how their editor behaves.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// From one key to the next.
    pub key: Duration,
    /// After so many keys comes a longer wait.
    pub pause_every: Option<(usize, Duration)>,
    /// Whether the editor cancels a request when the next key comes: VS Code does, Neovim does not.
    pub cancels: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Keys typed, one request each.
    pub keys: usize,
    /// Keys after which this key's own request was answered rightly before the next key: what a client shows that drops
    /// its suggestion at each key.
    pub strict: usize,
    /// Keys after which some right suggestion that still goes on was there before the next key: what a client shows that
    /// keeps a suggestion while the typed text agrees with it.
    pub keeping: usize,
    /// Answers that do not agree with what is typed next.
    pub wrong: usize,
    /// From the first key to the first right suggestion.
    pub first: Option<Duration>,
    /// What the model was asked for.
    pub calls: usize,
    /// How many of those were abandoned.
    pub aborted: usize,
}

/// Makes a model server write what is about to be typed: the rest of `text` behind `marker`, three lines at most.
///
/// The prompt has to hold the text before the cursor as it is, and the marker but once.
pub fn foresee(
    server: &ModelServer,
    marker: &'static str,
    text: &'static str,
    first_token: Duration,
    per_token: Duration,
) {
    server.answer(move |request| {
        let prompt = request.prompt();
        let typed = prompt.rsplit_once(marker).map_or("", |it| it.1);
        let typed = typed.split("<|").next().unwrap_or_default();
        let rest = text.strip_prefix(typed).unwrap_or_default();
        let lines: String = rest.split_inclusive('\n').take(3).collect();
        Reply::text(lines.trim_end()).timed(first_token, per_token)
    });
}

/// Types `text` at the byte offset `at` of an open document, one key at a time.
///
/// # Panics
///
/// When a request is not answered, or is answered by an error other than that of a cancelled one.
#[track_caller]
pub fn replay(
    client: &mut Client,
    server: &ModelServer,
    uri: &str,
    at: usize,
    text: &str,
    rhythm: Rhythm,
) -> Outcome {
    let (calls, aborted) = (server.calls(), server.disconnects());
    let mut keys: Vec<Key> = Vec::new();
    let mut due = Instant::now();
    let mut offset = at;
    for char in text.chars() {
        wait_until(due);
        let typed_at = Instant::now();
        client.change(uri, offset..offset, char.encode_utf8(&mut [0; 4]));
        offset += char.len_utf8();
        if let Some(last) = keys.last().filter(|_| rhythm.cancels) {
            client.cancel(last.request);
        }
        let request = client.ask_inline(uri, offset, Trigger::Automatic);
        keys.push(Key {
            request,
            typed_at,
            end: offset - at,
        });
        due += rhythm.key;
        if let Some((every, pause)) = rhythm.pause_every
            && keys.len().is_multiple_of(every)
        {
            due += pause;
        }
    }
    wait_until(due);
    let over = Instant::now();
    let shown: Vec<Option<Shown>> = keys.iter().map(|key| key.shown(client)).collect();

    let mut outcome = Outcome {
        keys: keys.len(),
        strict: 0,
        keeping: 0,
        wrong: 0,
        first: None,
        calls: server.calls() - calls,
        aborted: server.disconnects() - aborted,
    };
    for (n, key) in keys.iter().enumerate() {
        let next = keys.get(n + 1).map_or(over, |it| it.typed_at);
        let right = |index: usize| {
            let it = shown[index].as_ref()?;
            let is_right = it.at < next && text[keys[index].end..].starts_with(&it.text);
            is_right.then_some(keys[index].end + it.text.len())
        };
        outcome.strict += usize::from(right(n).is_some());
        outcome.keeping +=
            usize::from((0..=n).any(|it| right(it).is_some_and(|end| end > key.end)));
        let Some(it) = &shown[n] else { continue };
        if !text[key.end..].starts_with(&it.text) {
            outcome.wrong += 1;
        } else if outcome.first.is_none() {
            outcome.first = Some(it.at - keys[0].typed_at);
        }
    }
    outcome
}

/// One key, and the request that followed it.
struct Key {
    request: i64,
    typed_at: Instant,
    /// How much of the text is typed with it, in bytes.
    end: usize,
}

/// A suggestion that came.
struct Shown {
    text: String,
    at: Instant,
}

impl Key {
    #[track_caller]
    fn shown(&self, client: &Client) -> Option<Shown> {
        let response = client.response(self.request);
        let result = match response.result {
            Ok(it) => it,
            Err(error) if error.code == crate::client::REQUEST_CANCELLED => return None,
            Err(error) => panic!("request {}: {error:?}", self.request),
        };
        let text = result["items"][0]["insertText"].as_str()?.to_owned();
        Some(Shown {
            text,
            at: response.at,
        })
    }
}

fn wait_until(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}
