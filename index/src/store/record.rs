//! What is stored of a chunk, a symbol and a file, and how it is written as bytes.

use crate::outline::{Chunk, Import, Kind, Outline, Symbol};

/// The first 8 bytes of a BLAKE3: among a million there are two alike with a chance of one in thirty million.
pub type Hash = [u8; 8];

/// A chunk in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkRecord {
    /// Its file, relative to the root, with `/`.
    pub path: String,
    /// Where it begins and ends in the file, in bytes.
    pub bytes: (usize, usize),
    /// Its first line, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
    /// The definition that it is, or is a part of.
    pub symbol: Option<Definition>,
    /// What its vector is found by: a hash of its text, its names and where it is. It tells whether a text is still that
    /// of the chunk.
    pub key: Hash,
}

/// The definition that a chunk belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it is defined in.
    pub container: Option<String>,
    /// Its first line with its comments, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
}

/// A symbol in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolRecord {
    /// Its file, relative to the root, with `/`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What it is defined in.
    pub container: Option<String>,
    /// How it is declared, on one line.
    pub signature: String,
    /// The line of its declaration, from 1.
    pub line: usize,
    /// The last line of its definition, inclusive.
    pub end_line: usize,
}

/// What a text hashes to.
pub fn hash(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..8]);
    hash
}

impl ChunkRecord {
    /// The record of a chunk of this text.
    pub fn new(path: &str, text: &str, outline: &Outline, chunk: &Chunk) -> ChunkRecord {
        let symbol = chunk.symbol.and_then(|it| outline.symbols.get(it));
        let mut record = ChunkRecord {
            path: path.to_owned(),
            bytes: (chunk.bytes.start, chunk.bytes.end),
            start_line: chunk.start_line,
            end_line: chunk.end_line,
            symbol: symbol.map(|it| Definition {
                name: it.name.clone(),
                kind: it.kind,
                container: it.container.clone(),
                start_line: line_of(text, outline, it),
                end_line: it.end_line,
            }),
            key: Hash::default(),
        };
        record.key = crate::semantic::key(&record, &text[chunk.bytes.clone()]);
        record
    }

    /// Whether this is the text of the chunk.
    pub fn has(&self, text: &str) -> bool {
        self.key == crate::semantic::key(self, text)
    }

    /// What is stored of a chunk and the symbols that are declared in it; the key is a column.
    ///
    /// Lines count from the line before, and nothing is written twice, where that is easy: this is a quarter of the
    /// index.
    pub(super) fn to_bytes(&self, symbols: &[&Symbol]) -> Vec<u8> {
        let mut out = Writer::default();
        out.text(&self.path);
        out.number(self.bytes.0);
        out.number(self.bytes.1 - self.bytes.0);
        out.number(self.start_line);
        out.number(self.end_line - self.start_line);
        out.number(symbols.len());
        for it in symbols {
            out.symbol(it, self.start_line);
        }
        let Some(definition) = &self.symbol else {
            return out.0;
        };
        let is_it = |it: &&Symbol| {
            (&it.name, it.kind, &it.container, it.end_line)
                == (
                    &definition.name,
                    definition.kind,
                    &definition.container,
                    definition.end_line,
                )
        };
        let own = symbols.iter().position(is_it);
        out.number(own.map_or(0, |it| it + 1));
        out.number(definition.start_line);
        if own.is_none() {
            out.0.push(definition.kind as u8);
            out.text(&definition.name);
            out.text(definition.container.as_deref().unwrap_or(""));
            out.number(definition.end_line);
        }
        out.0
    }

    /// A chunk, and the symbols that are declared in it.
    pub(crate) fn of_bytes(bytes: &[u8], key: Hash) -> Option<(ChunkRecord, Vec<SymbolRecord>)> {
        let mut from = Reader(bytes);
        let path = from.text()?;
        let start = from.number()?;
        let bytes = (start, start.checked_add(from.number()?)?);
        let start_line = from.number()?;
        let end_line = start_line.checked_add(from.number()?)?;
        let n_symbols = from.number()?;
        let symbols = (0..n_symbols).map(|_| from.symbol(&path, start_line));
        let symbols = symbols.collect::<Option<Vec<_>>>()?;
        let symbol = match from.0.is_empty() {
            true => None,
            false => Some(from.definition(&symbols)?),
        };
        let chunk = ChunkRecord {
            path,
            bytes,
            start_line,
            end_line,
            symbol,
            key,
        };
        Some((chunk, symbols))
    }
}

/// The first line of a definition with the comments that belong to it: chunks begin at lines' starts, so it is counted
/// from the chunk that it begins in.
fn line_of(text: &str, outline: &Outline, symbol: &Symbol) -> usize {
    let start = symbol.bytes.start;
    let after = outline.chunks.partition_point(|it| it.bytes.start <= start);
    let within = after.checked_sub(1).and_then(|it| outline.chunks.get(it));
    let Some(chunk) = within else {
        return symbol.line;
    };
    let before = text.as_bytes().get(chunk.bytes.start..start);
    chunk.start_line + before.map_or(0, |it| memchr::memchr_iter(b'\n', it).count())
}

impl SymbolRecord {
    /// The record of a symbol.
    pub fn new(path: &str, symbol: &Symbol) -> SymbolRecord {
        SymbolRecord {
            path: path.to_owned(),
            name: symbol.name.clone(),
            kind: symbol.kind,
            container: symbol.container.clone(),
            signature: symbol.signature.clone(),
            line: symbol.line,
            end_line: symbol.end_line,
        }
    }
}

/// The imports of a file, as bytes.
pub(super) fn imports_to_bytes(imports: &[Import]) -> Vec<u8> {
    let mut out = Writer::default();
    for import in imports {
        out.text(&import.path);
        out.number(import.line);
        out.number(import.names.len());
        import.names.iter().for_each(|it| out.text(it));
    }
    out.0
}

pub(super) fn imports_of_bytes(bytes: &[u8]) -> Option<Vec<Import>> {
    let mut from = Reader(bytes);
    let mut imports = Vec::new();
    while !from.0.is_empty() {
        let (path, line, n) = (from.text()?, from.number()?, from.number()?);
        let names = (0..n).map(|_| from.text()).collect::<Option<Vec<_>>>()?;
        imports.push(Import { path, names, line });
    }
    Some(imports)
}

/// Numbers as LEB128, texts with their length before them.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut it: usize) {
        while it >= 0x80 {
            self.0.push((it & 0x7f) as u8 | 0x80);
            it >>= 7;
        }
        self.0.push(it as u8);
    }

    fn text(&mut self, it: &str) {
        self.number(it.len());
        self.0.extend_from_slice(it.as_bytes());
    }

    /// A symbol, its lines counted from `line` on. Nearly every signature holds the name.
    fn symbol(&mut self, it: &Symbol, line: usize) {
        self.0.push(it.kind as u8);
        self.number(it.line - line);
        self.number(it.end_line.saturating_sub(it.line));
        self.text(&it.signature);
        match it.signature.find(&it.name) {
            Some(at) => {
                self.number(at + 1);
                self.number(it.name.len());
            }
            None => {
                self.number(0);
                self.text(&it.name);
            }
        }
        self.text(it.container.as_deref().unwrap_or(""));
    }
}

/// Reads what [`Writer`] wrote; `None` for anything else.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.take(1)?[0];
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let n = self.number()?;
        String::from_utf8(self.take(n)?.to_vec()).ok()
    }

    fn kind(&mut self) -> Option<Kind> {
        let byte = self.take(1)?[0];
        Kind::ALL.into_iter().find(|it| *it as u8 == byte)
    }

    fn container(&mut self) -> Option<Option<String>> {
        Some(Some(self.text()?).filter(|it| !it.is_empty()))
    }

    fn symbol(&mut self, path: &str, line: usize) -> Option<SymbolRecord> {
        let kind = self.kind()?;
        let line = line.checked_add(self.number()?)?;
        let end_line = line.checked_add(self.number()?)?;
        let signature = self.text()?;
        let name = match self.number()? {
            0 => self.text()?,
            at => {
                let end = at.checked_add(self.number()?)? - 1;
                signature.get(at - 1..end)?.to_owned()
            }
        };
        Some(SymbolRecord {
            path: path.to_owned(),
            name,
            kind,
            container: self.container()?,
            signature,
            line,
            end_line,
        })
    }

    fn definition(&mut self, symbols: &[SymbolRecord]) -> Option<Definition> {
        let own = self.number()?;
        let start_line = self.number()?;
        let Some(own) = own.checked_sub(1) else {
            return Some(Definition {
                kind: self.kind()?,
                name: self.text()?,
                container: self.container()?,
                start_line,
                end_line: self.number()?,
            });
        };
        let it = symbols.get(own)?;
        Some(Definition {
            kind: it.kind,
            name: it.name.clone(),
            container: it.container.clone(),
            start_line,
            end_line: it.end_line,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_come_back_as_they_were() {
        let text = "// doc\nfn a() {}\nfn b() {}\n";
        let outline = Outline {
            chunks: vec![Chunk {
                bytes: 0..text.len(),
                start_line: 1,
                end_line: 3,
                symbol: Some(0),
            }],
            symbols: vec![Symbol {
                name: "b".into(),
                kind: Kind::Method,
                container: Some("Été".into()),
                signature: "fn b()".into(),
                bytes: 17..26,
                line: 3,
                end_line: 3,
            }],
            imports: Vec::new(),
        };
        let chunk = ChunkRecord::new("src/été.rs", text, &outline, &outline.chunks[0]);
        assert_eq!(chunk.symbol.as_ref().map(|it| it.start_line), Some(3));
        assert!(chunk.has(text) && !chunk.has("// doc\n"));
        let symbol = SymbolRecord::new("src/été.rs", &outline.symbols[0]);
        let bytes = chunk.to_bytes(&[&outline.symbols[0]]);
        let key = chunk.key;
        let (read, symbols) = ChunkRecord::of_bytes(&bytes, key).unwrap();
        assert_eq!((&read, symbols), (&chunk, vec![symbol]));
        // A part of a definition that is declared elsewhere.
        assert_eq!(
            ChunkRecord::of_bytes(&chunk.to_bytes(&[]), key),
            Some((chunk, Vec::new()))
        );
        let imports = vec![Import {
            path: "std::fs".into(),
            names: vec!["File".into(), "read".into()],
            line: 2,
        }];
        assert_eq!(imports_of_bytes(&imports_to_bytes(&imports)), Some(imports));
    }

    proptest! {
        #[test]
        fn other_bytes_are_no_records_and_no_panic(bytes: Vec<u8>) {
            let _ = ChunkRecord::of_bytes(&bytes, Hash::default());
            let _ = imports_of_bytes(&bytes);
        }
    }
}
