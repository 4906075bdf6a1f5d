//! What a conversation needs of whoever answers: a question goes in, events and an answer come out.

use futures::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

/// One exchange of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Exchange {
    /// What the user asked.
    pub(super) question: String,
    /// What was answered, as Markdown; as far as it came, if it was stopped.
    pub(super) answer: String,
}

/// A file, or some of its lines, that the user attached by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    /// As written: `src/main.rs`, `src/main.rs:10-20`.
    pub(super) place: String,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    /// The user's words.
    pub(super) text: String,
    /// What was said before, oldest first.
    pub(super) earlier: Vec<Exchange>,
    /// What was attached by hand.
    pub(super) attached: Vec<Attached>,
    /// What came through the pipe.
    pub(super) piped: Option<String>,
}

/// A part of a file that the model was shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) start_line: usize,
    pub(super) end_line: usize,
    pub(super) reason: String,
}

/// What happens while an answer is made.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// What is going on, a clause: `reading the codebase`.
    Status(String),
    /// What the model is shown.
    Sources(Vec<Source>),
    /// A piece of what a reasoning model thinks.
    Thought(String),
    /// A piece of the answer.
    Text(String),
}

/// The whole answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) thought: String,
    pub(super) sources: Vec<Source>,
    pub(super) model: String,
    /// Sentences that the user should know.
    pub(super) notices: Vec<String>,
}

/// Whoever answers. Dropping the future stops the model at once.
pub(super) trait Answers {
    /// Answers; what happens meanwhile is sent along.
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        events: UnboundedSender<Event>,
    ) -> BoxFuture<'a, anyhow::Result<Answer>>;
}
