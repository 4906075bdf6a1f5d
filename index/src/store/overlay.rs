//! Texts that stand for what is on disk: unsaved documents, and files that were found to have changed since they were
//! indexed. They are few, so they are scored one by one, with the statistics of the index.

use crate::language::Language;
use crate::outline::{Outline, outline};
use crate::store::record::{ChunkRecord, SymbolRecord};
use crate::terms;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// All texts that stand for files, by path.
pub(crate) type Overlay = BTreeMap<String, Arc<Text>>;

/// A text in place of a file; `text` is `None` where the file is gone.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: Option<Arc<str>>,
    pub(crate) language: &'static str,
    pub(crate) outline: Outline,
    pub(crate) chunks: Vec<Piece>,
    pub(crate) symbols: Vec<SymbolRecord>,
    pub(crate) place: Counts,
}

/// A chunk of such a text, and the terms of its fields.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) record: ChunkRecord,
    pub(crate) body: Counts,
    pub(crate) name: Counts,
    pub(crate) head: Counts,
}

/// How often each term occurs in a field.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    counts: FxHashMap<Box<str>, u32>,
    pub(crate) total: u32,
}

impl Counts {
    fn add(&mut self, text: &str) {
        terms::terms(text, |term| {
            self.total += 1;
            match self.counts.get_mut(term) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(term.into(), 1);
                }
            }
        });
    }

    fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Counts {
        let mut counts = Counts::default();
        texts.into_iter().for_each(|it| counts.add(it));
        counts
    }

    pub(crate) fn get(&self, term: &str) -> u32 {
        self.counts.get(term).copied().unwrap_or(0)
    }
}

impl Text {
    pub(crate) fn new(path: &str, text: Option<Arc<str>>) -> Text {
        let language = Language::of_path(Path::new(path));
        let outline = text
            .as_deref()
            .map(|it| outline(it, language))
            .unwrap_or_default();
        let source = text.as_deref().unwrap_or("");
        let chunks = outline.chunks.iter().map(|chunk| {
            let record = ChunkRecord::new(path, source, &outline, chunk);
            let symbol = record.symbol.as_ref();
            let names = symbol.map(|it| [Some(it.name.as_str()), it.container.as_deref()]);
            let name = Counts::of(names.into_iter().flatten().flatten());
            Piece {
                body: Counts::of([&source[chunk.bytes.clone()]]),
                head: Counts::of(outline.heads(chunk)),
                record,
                name,
            }
        });
        let symbols = outline.symbols.iter();
        let symbols = symbols.map(|it| SymbolRecord::new(path, it));
        Text {
            chunks: chunks.collect(),
            symbols: symbols.collect(),
            place: Counts::of([path]),
            language: language.map_or("", |it| it.id),
            outline,
            text,
        }
    }
}
