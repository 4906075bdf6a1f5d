//! What of a long conversation still fits: its newest messages as they are, the older ones in short.

use crate::assist::chat::budget;
use crate::assist::engine::Engine;
use crate::assist::generation::lock;
use crate::model::{ChatRequest, Delta, Message, Model, Speaker};
use lru::LruCache;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

/// How many conversations' beginnings are remembered in short.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(64).expect("it is not zero");
/// The longest that a conversation's beginning takes in short, in tokens.
const SUMMARY: usize = 400;
/// What a model may write for it, thoughts included, in tokens.
const MAX_TOKENS: u32 = 1600;
/// The longest message that a summary is made from, in bytes; of longer ones the beginning and the end.
const LONGEST: usize = 6_000;

const INSTRUCTIONS: &str = "\
You summarise the beginning of a conversation between a programmer and an assistant, so that it can go on without it. \
Keep what was asked, what was found out or decided, and every name of a file, function, type or setting that matters. \
Write short sentences, no introduction, at most 200 words.";

/// The earlier messages of a conversation, as the model is to see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What the oldest said, in short; empty where all are there.
    pub summary: String,
    /// The newest, as they are.
    pub messages: Vec<Message>,
    /// What the user should know.
    pub notices: Vec<String>,
}

impl History {
    /// What it takes of a prompt, about.
    pub fn tokens(&self) -> usize {
        budget::tokens(&self.summary) + tokens(&self.messages)
    }
}

/// Beginnings of conversations in short, by their messages.
#[derive(Debug)]
pub(crate) struct Summaries(Mutex<LruCache<u64, Arc<str>>>);

impl Default for Summaries {
    fn default() -> Self {
        Summaries(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Engine {
    /// What of the earlier messages fits into so many tokens. The oldest are summarised, by the model itself and once
    /// for a conversation; if it can't, they are left out, and the user is told.
    pub(crate) async fn history(&self, model: &Model, earlier: &[Message], most: usize) -> History {
        if tokens(earlier) <= most {
            return History {
                messages: earlier.to_vec(),
                ..History::default()
            };
        }
        // A beginning that was summarised before serves as long as what follows fits.
        let known = (1..=earlier.len()).rev().find_map(|n| {
            let summary = lock(&self.summaries.0).get(&key(&earlier[..n]))?.clone();
            let fits = budget::tokens(&summary) + tokens(&earlier[n..]) <= most;
            fits.then_some((n, summary))
        });
        if let Some((n, summary)) = known {
            return History {
                summary: summary.to_string(),
                messages: earlier[n..].to_vec(),
                notices: Vec::new(),
            };
        }
        // A quarter is for the summary, and a quarter stays free, so that the next messages need no new one.
        let n = first_that_fits(earlier, most / 2);
        let longest = (most / 4).min(SUMMARY);
        let (old, new) = earlier.split_at(n);
        let mut history = History {
            messages: new.to_vec(),
            ..History::default()
        };
        match summarise(model, old, longest).await {
            Some(summary) => {
                lock(&self.summaries.0).put(key(old), summary.as_str().into());
                history.summary = summary;
            }
            None => history.notices.push(format!(
                "The first {n} messages of the conversation no longer fit, and the model could not summarise them: it answers without them."
            )),
        }
        history
    }
}

/// How many messages go, so that the rest takes at most so many tokens and begins with a question.
fn first_that_fits(earlier: &[Message], most: usize) -> usize {
    (0..=earlier.len())
        .filter(|n| earlier.get(*n).is_none_or(|it| it.speaker == Speaker::User))
        .find(|n| tokens(&earlier[*n..]) <= most)
        .unwrap_or(earlier.len())
}

/// What these messages say, in at most about so many tokens.
async fn summarise(model: &Model, messages: &[Message], longest: usize) -> Option<String> {
    let mut text = String::from("# The conversation\n");
    for it in messages {
        let who = match it.speaker {
            Speaker::Assistant => "Assistant",
            _ => "Programmer",
        };
        text.push_str(&format!("\n{who}: {}\n", shortened(&it.text)));
    }
    text.push_str("\nSummarise it.");
    let request = ChatRequest {
        messages: vec![
            Message::new(Speaker::System, INSTRUCTIONS),
            Message::new(Speaker::User, text),
        ],
        // A reasoning model's thoughts count too.
        max_tokens: MAX_TOKENS,
        temperature: None,
    };
    let mut stream = model.chat(&request).await.ok()?;
    let mut summary = String::new();
    while let Some(delta) = stream.next().await.ok()? {
        match delta {
            Delta::Text(it) => summary.push_str(&it),
            Delta::WereThoughts => summary.clear(),
            Delta::Thought(_) | Delta::Reading(_) => {}
        }
        // A model that doesn't come to an end has said enough.
        if budget::tokens(&summary) > longest {
            break;
        }
    }
    Some(summary.trim().to_owned()).filter(|it| !it.is_empty())
}

/// The beginning and the end of a long message.
fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let boundary = |from: usize| (from..).find(|it| text.is_char_boundary(*it));
    let head = boundary(LONGEST * 2 / 3).unwrap_or(text.len());
    let tail = boundary(text.len() - LONGEST / 3).unwrap_or(text.len());
    format!("{} … {}", &text[..head], &text[tail..])
}

fn tokens(messages: &[Message]) -> usize {
    // Each stands between marks of the model's template.
    messages.iter().map(|it| budget::tokens(&it.text) + 8).sum()
}

fn key(messages: &[Message]) -> u64 {
    let mut hasher = FxHasher::default();
    messages.hash(&mut hasher);
    hasher.finish()
}
