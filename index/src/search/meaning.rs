//! Chunks by meaning: the vector of a query, the vectors next to it, and the chunks that these belong to.

use crate::search::Semantic;
use crate::semantic::Queries;
use crate::store::{ChunkRecord, Hash, Scored, Searcher};
use crate::vectors::Vectors;
use std::collections::HashMap;
use std::sync::Arc;

/// An embedder's queries and the vectors that it made of the chunks.
#[derive(Debug)]
pub struct Meaning {
    queries: Queries,
    vectors: Arc<Vectors>,
}

impl Meaning {
    /// Both must be of the same embedder.
    pub fn new(queries: Queries, vectors: Arc<Vectors>) -> Meaning {
        Meaning { queries, vectors }
    }
}

impl Semantic for Meaning {
    fn nearest(
        &self,
        searcher: &Searcher,
        text: &str,
        admits: &dyn Fn(&ChunkRecord) -> bool,
        k: usize,
    ) -> Result<Vec<Scored<ChunkRecord>>, String> {
        if self.vectors.is_empty() {
            return Err("The vectors of this index are not made yet.".to_owned());
        }
        let vector = self.queries.vector(text)?;
        // Open documents' chunks are not in the index.
        let mut open: HashMap<Hash, Vec<ChunkRecord>> = HashMap::new();
        for piece in searcher.overlay.values().flat_map(|it| &it.chunks) {
            let of_key = open.entry(piece.record.key).or_default();
            of_key.push(piece.record.clone());
        }
        let chunks = |key: &Hash| {
            let mut found = searcher.with_key(key);
            found.extend(open.get(key).into_iter().flatten().cloned());
            found.retain(|it| admits(it));
            found
        };
        let nearest = self
            .vectors
            .nearest(&vector, k, &|it| !chunks(it).is_empty());
        let found = nearest.into_iter().flat_map(|(key, score)| {
            let chunks = chunks(&key);
            chunks.into_iter().map(move |it| Scored { it, score })
        });
        Ok(found.collect())
    }
}

/// Nothing finds by meaning, for this reason: a sentence for the user.
#[derive(Clone, Debug)]
pub struct Unavailable(pub String);

impl Semantic for Unavailable {
    fn nearest(
        &self,
        _: &Searcher,
        _: &str,
        _: &dyn Fn(&ChunkRecord) -> bool,
        _: usize,
    ) -> Result<Vec<Scored<ChunkRecord>>, String> {
        Err(self.0.clone())
    }
}
