//! The fields of the index, and the documents that a file becomes.
//!
//! Files and chunks stand in one index, so that one commit is the only truth: a file's state and its chunks always
//! belong together. A symbol is part of the chunk that it is declared in: documents of their own would double the size.
//! So would positions of terms; frequencies are kept.

use crate::outline::Outline;
use crate::store::record::{self, ChunkRecord};
use crate::terms;
use crate::walk::{Chosen, File, Skip};
use std::time::{SystemTime, UNIX_EPOCH};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, Schema, TantivyDocument, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name of the tokenizer for code.
const CODE: &str = "code";

/// The kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// One for each file that has chunks: its state, its imports.
    File,
    /// One for each file that is left out for its content: its state.
    Skipped,
    /// One for each chunk, with the symbols that are declared in it.
    Chunk,
}

impl Document {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Document::File => "file",
            Document::Skipped => "skipped",
            Document::Chunk => "chunk",
        }
    }
}

/// The fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    /// The kind of document.
    pub(crate) document: Field,
    /// The path, of a file's own document.
    pub(crate) file: Field,
    /// The path, of chunks.
    pub(crate) owner: Field,
    /// The path of a file's own document, as a column.
    pub(crate) path: Field,
    /// The language's id, of chunks.
    pub(crate) language: Field,
    /// What is defined, of chunks: the name of its kind.
    pub(crate) kind: Field,
    /// The terms of a chunk's text.
    pub(crate) body: Field,
    /// The terms of the name of what a chunk defines, and of what that is defined in.
    pub(crate) name: Field,
    /// The terms of how that is declared, and of what it is defined in.
    pub(crate) head: Field,
    /// The terms of a chunk's path.
    pub(crate) place: Field,
    /// The key of a chunk, as a column.
    pub(crate) key: Field,
    /// The names of a chunk's symbols as they are.
    pub(crate) symbol: Field,
    /// What its symbols are defined in, as it is.
    pub(crate) container: Field,
    /// How many symbols a chunk has, as a column.
    pub(crate) symbols: Field,
    /// A file's size in bytes, as a column.
    pub(crate) size: Field,
    /// When a file was changed last, in nanoseconds since 1970, as a column; 0: look at its content.
    pub(crate) modified: Field,
    /// The first 8 bytes of the BLAKE3 of a file, as a column.
    pub(crate) hash: Field,
    /// Why a file has no chunks, as a column: 0, or 1 + the number of the reason.
    pub(crate) skipped: Field,
    /// What is stored.
    pub(crate) record: Field,
}

impl Fields {
    pub(crate) fn new() -> Fields {
        let mut schema = Schema::builder();
        let code = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(CODE)
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let column = TextOptions::default().set_fast("raw");
        let mut text = |name: &str| schema.add_text_field(name, code.clone());
        let (body, name, place) = (text("body"), text("name"), text("place"));
        let head = text("head");
        // Lengths are of use where terms are counted, and take a byte for each document of the index.
        let raw = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_index_option(IndexRecordOption::Basic)
                .set_fieldnorms(false),
        );
        let mut exact = |name: &str| schema.add_text_field(name, raw.clone());
        Fields {
            document: exact("document"),
            file: exact("file"),
            owner: exact("owner"),
            language: exact("language"),
            kind: exact("kind"),
            symbol: exact("symbol"),
            container: exact("container"),
            path: schema.add_text_field("path", column),
            key: schema.add_u64_field("key", FAST),
            symbols: schema.add_u64_field("symbols", FAST),
            size: schema.add_u64_field("size", FAST),
            modified: schema.add_u64_field("modified", FAST),
            hash: schema.add_u64_field("hash", FAST),
            skipped: schema.add_u64_field("skipped", FAST),
            record: schema.add_bytes_field("record", STORED),
            body,
            name,
            head,
            place,
            schema: schema.build(),
        }
    }

    /// Makes the index know the tokenizer that the fields name.
    pub(crate) fn register(index: &tantivy::Index) {
        index.tokenizers().register(CODE, Code::default());
    }

    /// The document of a file's state.
    pub(crate) fn file(&self, path: &str, state: &State, outline: &Outline) -> TantivyDocument {
        let mut it = TantivyDocument::default();
        let document = match state.skipped & !NAMED {
            0 => Document::File,
            _ => Document::Skipped,
        };
        it.add_text(self.document, document.name());
        it.add_text(self.file, path);
        it.add_text(self.path, path);
        it.add_u64(self.size, state.size);
        it.add_u64(self.modified, state.modified);
        it.add_u64(self.hash, state.hash);
        it.add_u64(self.skipped, state.skipped);
        it.add_bytes(self.record, &record::imports_to_bytes(&outline.imports));
        it
    }

    /// The documents of a file's chunks.
    pub(crate) fn chunks(
        &self,
        path: &str,
        language: &str,
        text: &str,
        outline: &Outline,
    ) -> impl Iterator<Item = TantivyDocument> {
        let symbols = outline.symbols_by_chunk();
        outline
            .chunks
            .iter()
            .zip(symbols)
            .map(move |(chunk, symbols)| {
                let record = ChunkRecord::new(path, text, outline, chunk);
                let mut it = TantivyDocument::default();
                it.add_text(self.document, Document::Chunk.name());
                it.add_text(self.owner, path);
                it.add_text(self.language, language);
                it.add_text(self.body, &text[chunk.bytes.clone()]);
                it.add_text(self.place, path);
                if let Some(symbol) = &record.symbol {
                    it.add_text(self.kind, symbol.kind.name());
                    it.add_text(self.name, &symbol.name);
                    if let Some(container) = &symbol.container {
                        it.add_text(self.name, container);
                    }
                }
                for text in outline.heads(chunk) {
                    it.add_text(self.head, text);
                }
                for symbol in &symbols {
                    it.add_text(self.symbol, &symbol.name);
                }
                let mut containers: Vec<&str> = symbols
                    .iter()
                    .filter_map(|it| it.container.as_deref())
                    .collect();
                containers.dedup();
                for container in containers {
                    it.add_text(self.container, container);
                }
                it.add_u64(self.symbols, symbols.len() as u64);
                it.add_u64(self.key, u64::from_le_bytes(record.key));
                it.add_bytes(self.record, &record.to_bytes(&symbols));
                it
            })
    }
}

/// What tells whether a file has changed since it was indexed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Its size in bytes.
    pub(crate) size: u64,
    /// When it was changed last, in nanoseconds since 1970; 0: not to be relied on.
    pub(crate) modified: u64,
    /// The first 8 bytes of the BLAKE3 of its content.
    pub(crate) hash: u64,
    /// 0, or 1 + the number of the reason why it has no chunks; with [`NAMED`] where the user named it.
    pub(crate) skipped: u64,
}

/// The bit of [`State::skipped`] that says that the user named the file, so that it was judged less strictly.
const NAMED: u64 = 1 << 8;

impl State {
    /// Why the file has no chunks.
    pub(crate) fn reason(&self) -> Option<Skip> {
        let at = usize::try_from(self.skipped & !NAMED)
            .ok()?
            .checked_sub(1)?;
        Skip::ALL.get(at).copied()
    }

    /// Who chose the file.
    pub(crate) fn chosen(&self) -> Chosen {
        match self.skipped & NAMED {
            0 => Chosen::Found,
            _ => Chosen::Named,
        }
    }

    /// How [`State::skipped`] says why a file has no chunks, if it has none, and who chose it.
    pub(crate) fn number_of(skip: Option<Skip>, chosen: Chosen) -> u64 {
        let at = skip.and_then(|skip| Skip::ALL.iter().position(|it| *it == skip));
        let named = match chosen {
            Chosen::Found => 0,
            Chosen::Named => NAMED,
        };
        at.map_or(0, |it| it as u64 + 1) | named
    }

    /// Whether a file on disk looks like the one that was indexed, by its size and time, and would be judged alike.
    pub(crate) fn agrees_with(&self, file: &File) -> bool {
        let modified = nanoseconds(file.modified);
        let is_same = self.size == file.size && self.modified == modified && modified != 0;
        is_same && self.chosen() == file.chosen
    }
}

/// A time in nanoseconds since 1970; 0 where there is none.
pub(crate) fn nanoseconds(time: Option<SystemTime>) -> u64 {
    time.and_then(|it| it.duration_since(UNIX_EPOCH).ok())
        .and_then(|it| u64::try_from(it.as_nanos()).ok())
        .unwrap_or(0)
}

/// [`terms::terms`] as tantivy wants it.
#[derive(Clone, Default)]
struct Code {
    terms: String,
    ends: Vec<usize>,
}

/// The terms of one text.
struct CodeStream<'a> {
    of: &'a Code,
    next: usize,
    token: Token,
}

impl Tokenizer for Code {
    type TokenStream<'a> = CodeStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CodeStream<'a> {
        self.terms.clear();
        self.ends.clear();
        terms::terms(text, |term| {
            self.terms.push_str(term);
            self.ends.push(self.terms.len());
        });
        CodeStream {
            of: self,
            next: 0,
            token: Token::default(),
        }
    }
}

impl TokenStream for CodeStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(&end) = self.of.ends.get(self.next) else {
            return false;
        };
        let start = match self.next {
            0 => 0,
            // Invariant: `ends` grows, and is only indexed below its length.
            it => self.of.ends[it - 1],
        };
        self.token.text.clear();
        self.token.text.push_str(&self.of.terms[start..end]);
        self.token.position = self.next;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
