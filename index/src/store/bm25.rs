//! What BM25 is made of: counts, lengths, postings.

use crate::store::schema::Document;
use crate::store::searcher::Searcher;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::Bm25StatisticsProvider as _;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader, Term};

/// Its constants, as tantivy has them.
pub(crate) const K1: f32 = 1.2;
pub(crate) const B: f32 = 0.75;

/// BM25's statistics over the documents of one kind: averages over all kinds would be wrong for each.
pub(crate) struct Statistics<'a> {
    searcher: &'a tantivy::Searcher,
    pub(crate) documents: u64,
}

impl<'a> Statistics<'a> {
    pub(crate) fn new(searcher: &'a Searcher, document: Document) -> Statistics<'a> {
        let term = Term::from_field_text(searcher.fields.document, document.name());
        let searcher = &searcher.searcher;
        Statistics {
            searcher,
            documents: searcher.doc_freq(&term).unwrap_or(0),
        }
    }

    pub(crate) fn frequency(&self, term: &Term) -> u64 {
        self.searcher.doc_freq(term).unwrap_or(0)
    }

    /// How long a field is on average, in terms.
    pub(crate) fn average_length(&self, field: Field) -> f32 {
        let total = self.searcher.total_num_tokens(field).unwrap_or(0);
        total as f32 / self.documents.max(1) as f32
    }
}

/// BM25's divisor for each length that a field may have.
pub(crate) fn divisors(average: f32) -> [f32; 256] {
    std::array::from_fn(|id| {
        // Invariant: below 256.
        let length = FieldNormReader::id_to_fieldnorm(id as u8) as f32;
        K1 * (1.0 - B + B * length / average)
    })
}

/// Calls `each` with the documents that have a term, and how often.
pub(crate) fn each_posting(
    segment: &SegmentReader,
    term: &Term,
    mut each: impl FnMut(DocId, u32),
) -> tantivy::Result<()> {
    let index = segment.inverted_index(term.field())?;
    let postings = index.read_block_postings(term, IndexRecordOption::WithFreqs)?;
    let Some(mut postings) = postings else {
        return Ok(());
    };
    while !postings.docs().is_empty() {
        for (at, &doc) in postings.docs().iter().enumerate() {
            each(doc, postings.freq(at));
        }
        postings.advance();
    }
    Ok(())
}
