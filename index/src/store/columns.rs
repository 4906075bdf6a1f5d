//! The columns of the chunks, opened once for each commit.

use crate::store::record::Hash;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tantivy::columnar::Column;
use tantivy::{DocAddress, SegmentReader};

/// How many were opened by this process.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// The columns of all segments.
pub(crate) struct Columns {
    /// Another one for each commit.
    pub(crate) number: u64,
    segments: Vec<Segment>,
    by_key: OnceLock<Vec<(Hash, DocAddress)>>,
}

/// The columns of one segment; those that can't be read are like empty ones.
struct Segment {
    key: Option<Column<u64>>,
    symbols: Option<Column<u64>>,
}

impl Columns {
    pub(crate) fn new(searcher: &tantivy::Searcher) -> Columns {
        let segment = |it: &SegmentReader| {
            let column = |name: &str| it.fast_fields().u64(name).ok();
            Segment {
                key: column("key"),
                symbols: column("symbols"),
            }
        };
        Columns {
            number: OPENED.fetch_add(1, Ordering::Relaxed),
            segments: searcher.segment_readers().iter().map(segment).collect(),
            by_key: OnceLock::new(),
        }
    }

    /// The key of a chunk.
    pub(crate) fn key(&self, address: DocAddress) -> Option<Hash> {
        let segment = self.segments.get(address.segment_ord as usize)?;
        let key = segment.key.as_ref()?.first(address.doc_id)?;
        Some(key.to_le_bytes())
    }

    /// The chunks with this key. The first call sorts the keys of all chunks.
    pub(crate) fn with_key(&self, searcher: &tantivy::Searcher, key: &Hash) -> Vec<DocAddress> {
        let all = self.by_key.get_or_init(|| {
            let mut all: Vec<(Hash, DocAddress)> = (0..)
                .zip(searcher.segment_readers())
                .flat_map(|(ord, it)| it.doc_ids_alive().map(move |id| DocAddress::new(ord, id)))
                .filter_map(|it| Some((self.key(it)?, it)))
                .collect();
            all.sort_unstable();
            all
        });
        let start = all.partition_point(|it| it.0 < *key);
        let same = all[start..].iter().take_while(|it| it.0 == *key);
        same.map(|it| it.1).collect()
    }

    /// How many symbols all chunks have.
    pub(crate) fn n_symbols(&self, searcher: &tantivy::Searcher) -> u64 {
        let of_segment = |(segment, columns): (&SegmentReader, &Segment)| -> u64 {
            let Some(column) = &columns.symbols else {
                return 0;
            };
            let alive = segment.doc_ids_alive();
            alive.filter_map(|it| column.first(it)).sum()
        };
        let segments = searcher.segment_readers().iter().zip(&self.segments);
        segments.map(of_segment).sum()
    }
}
