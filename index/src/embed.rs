//! From a text to a vector: what an embedder is. Those that need a network are the server's.

pub mod fastembed;

/// Turns texts into vectors: near in meaning, near in direction.
pub trait Embedder: Send + Sync {
    /// What tells its vectors from those of others: the model's content, its size, its settings. Vectors with different
    /// identities are never compared. A file name: ASCII letters, digits and `-` only.
    fn id(&self) -> &str;

    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// One vector of length 1 for each text, in their order. Blocks.
    ///
    /// # Errors
    /// The embedder can't be reached or can't answer: a sentence for the user, with the way out.
    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, String>;
}

/// What a text is embedded for: some models want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is what is searched for.
    Query,
    /// It is what is found.
    Document,
}
