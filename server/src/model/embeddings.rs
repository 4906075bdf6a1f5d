//! Embedding by a server: the OpenAI-compatible `/v1/embeddings`, and Ollama's `/api/embed`.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc;

use hob_index::embed::{Embedder, Purpose};
use serde_json::{Map, Value, json};

use super::base::Base;
use super::discover::with_usual_url;
use super::endpoint::{Address, Endpoint, unknown_model};
use super::{Error, Http, Work, openai};
use crate::config::settings::{ModelSettings, Provider, Role};

/// The most texts of one request.
const MOST_TEXTS: usize = 32;
/// The most bytes of one request's texts, unless one text alone is longer: some 8,000 tokens, which a small machine
/// reads within the default time limit.
const MOST_BYTES: usize = 32 << 10;
/// The longest answer, in bytes: 32 vectors of 8,192 numbers take 6 MB.
const MOST_ANSWER: usize = 16 << 20;
/// A text that is still too long at this length, in bytes, is refused for another reason.
const SHORTEST: usize = 64;

/// Where OpenAI-compatible servers embed, with the version in the path and without.
const OPENAI: [&str; 2] = ["/v1/embeddings", "/embeddings"];
/// Where Ollama embeds.
const OLLAMA: &str = "/api/embed";

/// An embedding model on a server. Blocks whoever asks it, and may be asked from any thread: it has one of its own.
pub struct Embeddings {
    id: String,
    dimensions: usize,
    jobs: mpsc::Sender<Job>,
}

struct Job {
    texts: Vec<String>,
    answer: mpsc::Sender<Result<Vec<Vec<f32>>, Error>>,
}

impl std::fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Embeddings").field(&self.id).finish()
    }
}

impl Embeddings {
    /// Asks the server which model it has and embeds a word, to learn how large its vectors are. Blocks, at most for
    /// the configured time limits. Of several servers the first that answers is used from then on.
    ///
    /// # Errors
    /// No server is named, or none of them can embed.
    pub fn connect(settings: &ModelSettings) -> Result<Embeddings, Error> {
        let (settings, address) = with_usual_url(settings);
        let settings = Arc::new(settings);
        let bases = settings
            .url
            .iter()
            .map(|it| Base::parse(it))
            .collect::<Result<Vec<_>, _>>()?;
        let own = |error: std::io::Error| Error::Config {
            cause: format!("no thread for embedding can be started ({error})"),
        };
        // A runtime of its own: waiting for one that runs on the waiting thread would never end.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(own)?;
        let (jobs, to_do) = mpsc::channel::<Job>();
        let (ready, is_ready) = mpsc::channel();
        std::thread::Builder::new()
            .name("embeddings".to_owned())
            .spawn(move || {
                let server = runtime.block_on(Server::first(bases, address, &settings));
                let server = match server {
                    Ok(server) => server,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                // Nobody listens only if whoever connects has panicked.
                drop(ready.send(Ok((server.id(), server.dimensions))));
                while let Ok(job) = to_do.recv() {
                    // The same.
                    drop(job.answer.send(runtime.block_on(server.embed(&job.texts))));
                }
            })
            .map_err(own)?;
        let (id, dimensions) = is_ready.recv().unwrap_or_else(|_| Err(ended()))?;
        Ok(Embeddings {
            id,
            dimensions,
            jobs,
        })
    }

    /// As [`Embedder::embed`], with the cause of a failure.
    ///
    /// # Errors
    /// What went wrong, told apart; nothing of the texts is in it.
    pub fn vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let (answer, answered) = mpsc::channel();
        let texts = texts.iter().map(|it| (*it).to_owned()).collect();
        self.jobs.send(Job { texts, answer }).map_err(|_| ended())?;
        answered.recv().unwrap_or_else(|_| Err(ended()))
    }
}

/// Unreachable unless the thread has panicked.
fn ended() -> Error {
    Error::Config {
        cause: "embedding has ended unexpectedly; restart Hob".to_owned(),
    }
}

impl Embedder for Embeddings {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, String> {
        // How a model wants to be told what a text is for is its own affair, not the API's.
        self.vectors(texts)
            .map_err(|error| error.explain(Role::Embed.name()))
    }
}

/// A server that has embedded something.
struct Server {
    endpoint: Endpoint,
    path: &'static str,
    /// The name for requests; empty: none is sent.
    model: String,
    dimensions: usize,
}

impl Server {
    /// The first of several that can embed, else the first one's error.
    async fn first(
        bases: Vec<Base>,
        address: Address,
        settings: &Arc<ModelSettings>,
    ) -> Result<Server, Error> {
        let mut first_error = None;
        for base in bases {
            let http = Http::new();
            let endpoint = Endpoint::new(base, address, http, settings.clone(), None, Work::Embed);
            match Server::of(endpoint).await {
                Ok(server) => return Ok(server),
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(first_error.unwrap_or_else(|| Error::Config {
            cause: "no url is set; write for example url = \"http://127.0.0.1:8080\"".to_owned(),
        }))
    }

    async fn of(endpoint: Endpoint) -> Result<Server, Error> {
        let model = pick(&endpoint).await?;
        let mut server = Server {
            endpoint,
            path: OLLAMA,
            model,
            dimensions: 0,
        };
        let paths = match server.endpoint.settings.provider {
            Some(Provider::Ollama) => [OLLAMA, OPENAI[0], OPENAI[1]],
            _ => [OPENAI[0], OPENAI[1], OLLAMA],
        };
        let mut first_error = None;
        for path in paths {
            server.path = path;
            match server.ask(&["dimensions"]).await {
                Ok(vectors) => {
                    server.dimensions = vectors[0].len();
                    return Ok(server);
                }
                // It has no such path; where it has none of them, the first one's error tells the most.
                Err(error @ (Error::NotFound { .. } | Error::Html { .. })) => {
                    first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_error.unwrap_or_else(ended))
    }

    /// The same for the same model, wherever it runs; a model without a name is known by its server.
    fn id(&self) -> String {
        let name = match self.model.as_str() {
            "" => self.endpoint.url(),
            name => name,
        };
        let hash = blake3::hash(format!("{name} {}", self.dimensions).as_bytes());
        format!("server-{}", &hash.to_hex()[..16])
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        self.endpoint.check_breaker()?;
        let result = self.embed_in_batches(texts).await;
        match &result {
            Ok(_) => self.endpoint.succeeded(),
            Err(error) => self.endpoint.failed(error),
        }
        result
    }

    async fn embed_in_batches(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in batches(texts) {
            let batch: Vec<&str> = texts[batch].iter().map(String::as_str).collect();
            match self.ask(&batch).await {
                Ok(some) => vectors.extend(some),
                // One of them, or all together.
                Err(Error::TooLong { .. }) => {
                    for text in batch {
                        vectors.push(self.embed_shortened(text).await?);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let other = |it: &&Vec<f32>| it.len() != self.dimensions;
        if let Some(vector) = vectors.iter().find(other) {
            let found = format!("{} instead of {}", vector.len(), self.dimensions);
            return Err(self.malformed("vectors of another size than before", &found));
        }
        Ok(vectors)
    }

    /// One text, as much of its beginning as the model takes.
    async fn embed_shortened(&self, text: &str) -> Result<Vec<f32>, Error> {
        let mut length = text.len();
        loop {
            while !text.is_char_boundary(length) {
                length -= 1;
            }
            match self.ask(&[&text[..length]]).await {
                Ok(mut vectors) => return Ok(vectors.swap_remove(0)),
                Err(Error::TooLong { .. }) if length / 2 >= SHORTEST => length /= 2,
                Err(error) => return Err(error),
            }
        }
    }

    /// One request: as many vectors as texts, at least one, all of the same size and of length 1.
    async fn ask(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let mut body = Map::new();
        if !self.model.is_empty() {
            body.insert("model".to_owned(), json!(self.model));
        }
        body.insert("input".to_owned(), json!(texts));
        body.extend(self.endpoint.settings.extra.clone());
        let body = Value::Object(body);
        let answer = self
            .endpoint
            .post_whole(self.path, &body, MOST_ANSWER)
            .await
            .map_err(not_about_completion)?;
        let Ok(answer) = serde_json::from_slice::<Value>(&answer) else {
            let text = String::from_utf8_lossy(&answer);
            return Err(self.malformed("an answer that is not JSON", &text));
        };
        if let Some(error) = self.endpoint.source(self.path).reported(&answer) {
            return Err(error);
        }
        read(&answer, texts.len()).map_err(|cause| self.malformed(cause, &shape(&answer)))
    }

    fn malformed(&self, cause: &'static str, body: &str) -> Error {
        self.endpoint.source(self.path).malformed(cause, body)
    }
}

/// llama.cpp refuses in the same way whatever it was not started for.
fn not_about_completion(error: Error) -> Error {
    match error {
        Error::FimUnsupported { url, cause } => Error::Refused {
            url,
            status: 501,
            body: cause,
        },
        error => error,
    }
}

/// The model to ask for: the configured one, the only one, or one whose name says that it embeds.
async fn pick(endpoint: &Endpoint) -> Result<String, Error> {
    if let Some(model) = &endpoint.settings.model {
        return Ok(model.clone());
    }
    let (served, _) = match openai::served(endpoint).await {
        Ok(served) => served,
        // Some serve embeddings and no list.
        Err(Error::NotFound { .. }) => return Ok(String::new()),
        Err(error) => return Err(error),
    };
    let names: Vec<String> = served.into_iter().map(|it| it.id).collect();
    let embeds = |name: &&String| {
        let name = name.to_lowercase();
        ["embed", "minilm", "bge-", "gte-", "e5-"]
            .iter()
            .any(|it| name.contains(it))
    };
    match (names.iter().find(embeds), names.as_slice()) {
        (Some(name), _) | (None, [name]) => Ok(name.clone()),
        (None, []) => Ok(String::new()),
        (None, _) => Err(unknown_model(
            endpoint.url().to_owned(),
            String::new(),
            names,
        )),
    }
}

/// The texts' requests: at most so many and so long, a longer one alone.
fn batches(texts: &[String]) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, text) in texts.iter().enumerate() {
        bytes += text.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_TEXTS && bytes <= MOST_BYTES => batch.end = at + 1,
            _ => {
                bytes = text.len();
                batches.push(at..at + 1);
            }
        }
    }
    batches
}

/// The vectors of an answer in the texts' order; or what is wrong with it.
fn read(answer: &Value, count: usize) -> Result<Vec<Vec<f32>>, &'static str> {
    let list = ["data", "embeddings"]
        .iter()
        .find_map(|it| answer.get(it)?.as_array())
        .ok_or("an answer without vectors")?;
    if list.len() != count {
        return Err("not as many vectors as texts");
    }
    let mut vectors = vec![Vec::new(); count];
    for (at, item) in list.iter().enumerate() {
        // Each says which text it belongs to, in OpenAI's shape; in Ollama's they are in order.
        let index = item.get("index").and_then(Value::as_u64);
        let index = index.map_or(Some(at), |it| usize::try_from(it).ok());
        let slot = index.and_then(|it| vectors.get_mut(it));
        let numbers = item.get("embedding").unwrap_or(item).as_array();
        let (Some(slot), Some(numbers)) = (slot, numbers) else {
            return Err("a vector that Hob can't read");
        };
        if !slot.is_empty() {
            return Err("two vectors for one text");
        }
        *slot = unit(numbers).ok_or("a vector with something else than numbers, or only zeros")?;
    }
    let size = vectors[0].len();
    if vectors.iter().any(|it| it.len() != size) {
        return Err("vectors of different sizes");
    }
    Ok(vectors)
}

/// The vector made to length 1; `None` if it has none.
fn unit(numbers: &[Value]) -> Option<Vec<f32>> {
    let vector = numbers
        .iter()
        .map(|it| it.as_f64().map(|it| it as f32))
        .collect::<Option<Vec<f32>>>()?;
    let length = vector.iter().map(|it| it * it).sum::<f32>().sqrt();
    length
        .is_normal()
        .then(|| vector.iter().map(|it| it / length).collect())
}

/// An answer for a message: its numbers would say nothing to anyone.
fn shape(answer: &Value) -> String {
    match answer {
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            format!("an object with {}", names.join(", "))
        }
        other => other.to_string().chars().take(80).collect(),
    }
}
