//! What a completion should know of the other files: the signatures that are most likely called at a place.
//!
//! Several lists (by the words around the cursor, by what is imported, by the types that are named near) are fused by
//! reciprocal rank. One-line signatures, because they hold what a call needs in a tenth of the room of a chunk.

mod around;
mod imports;
mod render;

pub use imports::Files;
pub use render::Piece;

use crate::language::Language;
use crate::outline::{Import, Kind};
use crate::store::SymbolRecord;
use crate::store::{Searcher, SymbolFields};
use around::{Around, Position};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many symbols the words around the cursor may bring.
const BY_WORDS: usize = 400;
/// How many names near the cursor are looked up.
const NAMES: usize = 60;
/// A name that so many symbols have tells nothing.
const COMMON: usize = 12;
/// How many symbols of one type or file are taken.
const MEMBERS: usize = 80;
/// How many imported files are read, and how many symbols of them in all.
const IMPORTED_FILES: usize = 24;
const IMPORTED_SYMBOLS: usize = 600;
/// How fast the value of a rank falls.
const RANK: f32 = 40.0;

/// A place that is to be completed.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its file, as the index names it: relative to the root, with `/`.
    pub path: &'a str,
    /// The file's language.
    pub language: Option<&'static Language>,
    /// Imports of the file as it is now that the index may not know yet.
    pub imports: &'a [Import],
    /// The text before the cursor, or the last some thousand bytes of it.
    pub before: &'a str,
    /// The text after the cursor, or the first some thousand bytes of it.
    pub after: &'a str,
}

/// Why a signature is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// It belongs to what stands before the `.` or `::` at the cursor.
    Receiver,
    /// It is defined in a file that is imported here.
    Imported,
    /// It belongs to a type that is named near the cursor.
    Member,
    /// Its name stands near the cursor, or is imported.
    Named,
    /// Its words are those around the cursor.
    Words,
    /// The same, in the same folder.
    Folder,
}

impl Source {
    /// The reason in words, for the user.
    pub fn reason(self) -> &'static str {
        match self {
            Source::Receiver => "members of what stands before the cursor",
            Source::Imported => "defined in a file that is imported here",
            Source::Member => "members of types that are named near",
            Source::Named => "definitions of names that are used near",
            Source::Words => "signatures with the words of the lines near",
            Source::Folder => "signatures of the same folder with the words of the lines near",
        }
    }

    /// How much a place in its list counts, beside those in other lists.
    fn weight(self) -> f32 {
        match self {
            Source::Receiver => 3.0,
            Source::Imported => 1.2,
            Source::Member => 0.7,
            Source::Named => 0.8,
            Source::Words => 1.0,
            Source::Folder => 0.4,
        }
    }
}

/// A signature, and how well it fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// What it declares.
    pub symbol: SymbolRecord,
    /// The higher the better.
    pub score: f32,
    /// What speaks for it most.
    pub source: Source,
}

/// The signatures of other files that a place may need, best first. The same index and place give the same order.
pub fn rank(searcher: &Searcher, files: &Files, ask: &Ask) -> Vec<Ranked> {
    let around = Around::new(ask);
    let mut candidates = Candidates::new(ask);
    let weights = SymbolFields {
        signature: 1.0,
        place: 0.4,
    };
    let by_words: Vec<SymbolRecord> = searcher
        .signatures(&around.terms, weights, BY_WORDS)
        .into_iter()
        .map(|it| it.it)
        .filter(|it| candidates.admits(it))
        .collect();
    let order = Order::new(&by_words);
    let folder = folder(ask.path);
    let in_folder = by_words
        .iter()
        .filter(|it| self::folder(&it.path) == folder);
    candidates.list(Source::Folder, in_folder.cloned().collect());

    let mut imports = searcher.imports(ask.path);
    for it in ask.imports {
        let is_it = |known: &Import| (&known.path, &known.names) == (&it.path, &it.names);
        if !imports.iter().any(is_it) {
            imports.push(it.clone());
        }
    }
    let resolved: Vec<(usize, Vec<&str>)> = imports
        .iter()
        .enumerate()
        .map(|(n, it)| (n, files.resolve(ask.path, ask.language, it)))
        .collect();
    candidates.list(
        Source::Imported,
        imported(searcher, &by_words, &resolved, &order),
    );
    let mut known = Known::new(searcher);
    candidates.list(Source::Named, named(&mut known, &around, &imports));
    candidates.list(Source::Member, members(&mut known, &around, &order));
    let of_receiver = receiver(&mut known, &around, &imports, &resolved, &order);
    candidates.list(Source::Receiver, of_receiver);
    candidates.list(Source::Words, by_words);
    candidates.ranked(&around)
}

/// The best of them that fit into `budget` bytes with the paths of their files, best first.
pub fn choose(ranked: &[Ranked], budget: usize) -> Vec<Ranked> {
    render::fitting(ranked, budget)
}

/// What was chosen, as pieces of files: within each in the order of its lines, the file with the best of them last.
pub fn pieces_of(chosen: &[Ranked]) -> Vec<Piece> {
    render::pieces(chosen)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

/// Where symbols stand in the list by words, which orders the others as well.
struct Order(FxHashMap<(String, usize), usize>);

impl Order {
    fn new(by_words: &[SymbolRecord]) -> Order {
        let places = by_words.iter().enumerate();
        Order(
            places
                .map(|(n, it)| ((it.path.clone(), it.line), n))
                .collect(),
        )
    }

    /// Best first; those without any of the words as they stood.
    fn sort(&self, symbols: &mut [SymbolRecord]) {
        symbols.sort_by_cached_key(|it| {
            let key = (it.path.clone(), it.line);
            self.0.get(&key).copied().unwrap_or(usize::MAX)
        });
    }
}

/// Looks names up, each once.
struct Known<'a> {
    searcher: &'a Searcher,
    named: FxHashMap<String, Vec<SymbolRecord>>,
}

impl<'a> Known<'a> {
    fn new(searcher: &'a Searcher) -> Known<'a> {
        Known {
            searcher,
            named: FxHashMap::default(),
        }
    }

    /// What has this name, if not too much has.
    fn named(&mut self, name: &str) -> &[SymbolRecord] {
        if !self.named.contains_key(name) {
            let mut found = self.searcher.named(name, COMMON);
            if found.len() > COMMON {
                found.clear();
            }
            self.named.insert(name.to_owned(), found);
        }
        &self.named[name]
    }

    fn is_type(&mut self, name: &str) -> bool {
        self.named(name).iter().any(|it| is_type(it.kind))
    }
}

fn is_type(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Class | Kind::Struct | Kind::Enum | Kind::Interface | Kind::Type
    )
}

/// What the imported files define: what shares words with the place first, then those that few imports bring.
fn imported(
    searcher: &Searcher,
    by_words: &[SymbolRecord],
    resolved: &[(usize, Vec<&str>)],
    order: &Order,
) -> Vec<SymbolRecord> {
    let files: FxHashSet<&str> = resolved
        .iter()
        .flat_map(|it| it.1.iter().copied())
        .collect();
    let fits = |it: &&SymbolRecord| files.contains(it.path.as_str());
    let mut found: Vec<SymbolRecord> = by_words.iter().filter(fits).cloned().collect();
    let mut seen = FxHashSet::default();
    let mut rest = Vec::new();
    for path in resolved.iter().flat_map(|it| it.1.iter().copied()) {
        if rest.len() >= IMPORTED_SYMBOLS || seen.len() >= IMPORTED_FILES {
            break;
        }
        if seen.insert(path) {
            let mut symbols = searcher.in_file(path);
            symbols.retain(|it| !order.0.contains_key(&(it.path.clone(), it.line)));
            symbols.truncate(MEMBERS);
            rest.extend(symbols);
        }
    }
    found.extend(rest);
    found
}

/// Definitions of the names near the cursor, the nearest first, then of the imported names.
fn named(known: &mut Known, around: &Around, imports: &[Import]) -> Vec<SymbolRecord> {
    let near = around.names.iter().map(String::as_str).take(NAMES);
    let imported = imports.iter().flat_map(|it| &it.names).map(String::as_str);
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for name in near.chain(imported.take(NAMES)) {
        if seen.insert(name) {
            found.extend_from_slice(known.named(name));
        }
    }
    found
}

/// The members of the types that are named near, the nearest type first.
fn members(known: &mut Known, around: &Around, order: &Order) -> Vec<SymbolRecord> {
    let mut found = Vec::new();
    for name in around.names.iter().take(NAMES) {
        if known.is_type(name) {
            let mut members = known.searcher.members(name);
            order.sort(&mut members);
            members.truncate(MEMBERS);
            found.extend(members);
        }
    }
    found
}

/// What can stand behind the `.` or `::` at the cursor: members of the receiver's type, or what its module defines.
fn receiver(
    known: &mut Known,
    around: &Around,
    imports: &[Import],
    resolved: &[(usize, Vec<&str>)],
    order: &Order,
) -> Vec<SymbolRecord> {
    let Position::Member(receiver) = &around.position else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut types: Vec<String> = Vec::new();
    if known.is_type(receiver) {
        types.push(receiver.clone());
    }
    for name in &around.declared {
        if known.is_type(name) {
            types.push(name.clone());
            continue;
        }
        // What a function returns is named in its signature.
        let signatures: Vec<String> = known
            .named(name)
            .iter()
            .map(|it| it.signature.clone())
            .collect();
        for signature in signatures {
            for word in around::identifiers(&signature).into_iter().rev() {
                if word != name && known.is_type(word) {
                    types.push(word.to_owned());
                }
            }
        }
    }
    let mut seen = FxHashSet::default();
    for name in types.into_iter().filter(|it| seen.insert(it.clone())) {
        let mut members = known.searcher.members(&name);
        order.sort(&mut members);
        members.truncate(MEMBERS);
        found.extend(members);
    }
    for (n, paths) in resolved {
        let import = &imports[*n];
        let last = import.path.rsplit([':', '.', '/', '\\']).next();
        let is_it = last == Some(receiver) || import.names.iter().any(|it| it == receiver);
        if is_it && !seen.contains(receiver) {
            for path in paths {
                let mut symbols = known.searcher.in_file(path);
                symbols.retain(|it| it.container.is_none());
                order.sort(&mut symbols);
                symbols.truncate(MEMBERS);
                found.extend(symbols);
            }
        }
    }
    order.sort(&mut found);
    found
}

/// What was found so far, each symbol once.
struct Candidates<'a> {
    ask: &'a Ask<'a>,
    found: Vec<Ranked>,
    /// The highest share of a score, which its reason comes from.
    shares: Vec<f32>,
    places: FxHashMap<(String, usize, String), usize>,
}

impl<'a> Candidates<'a> {
    fn new(ask: &'a Ask<'a>) -> Candidates<'a> {
        Candidates {
            ask,
            found: Vec::new(),
            shares: Vec::new(),
            places: FxHashMap::default(),
        }
    }

    /// Whether a symbol may be of use at the place: the model sees its own file, prose is not called, and of
    /// a module there is nothing but its name.
    fn admits(&self, symbol: &SymbolRecord) -> bool {
        symbol.path != self.ask.path
            && !matches!(symbol.kind, Kind::Heading | Kind::Key | Kind::Module)
            && !symbol.signature.is_empty()
            && imports::speak(self.ask.language, Language::of_path(symbol.path.as_ref()))
    }

    fn list(&mut self, source: Source, symbols: Vec<SymbolRecord>) {
        let mut rank = 0;
        let mut seen = FxHashSet::default();
        for symbol in symbols {
            let key = (symbol.path.clone(), symbol.line, symbol.name.clone());
            if !self.admits(&symbol) || !seen.insert(key.clone()) {
                continue;
            }
            let share = source.weight() / (RANK + rank as f32);
            rank += 1;
            let at = *self.places.entry(key).or_insert_with(|| {
                self.found.push(Ranked {
                    symbol,
                    score: 0.0,
                    source,
                });
                self.shares.push(0.0);
                self.found.len() - 1
            });
            self.found[at].score += share;
            if share > self.shares[at] {
                self.shares[at] = share;
                self.found[at].source = source;
            }
        }
    }

    fn ranked(mut self, around: &Around) -> Vec<Ranked> {
        let from_test = imports::is_test(self.ask.path);
        for it in &mut self.found {
            it.score *= around.fit(it.symbol.kind, self.ask.language);
            if !from_test && imports::is_test(&it.symbol.path) {
                it.score *= 0.5;
            }
        }
        self.found.sort_by(|a, b| {
            let place = |it: &Ranked| (it.symbol.path.clone(), it.symbol.line);
            b.score
                .total_cmp(&a.score)
                .then_with(|| place(a).cmp(&place(b)))
        });
        self.found
    }
}

#[cfg(test)]
mod tests;
