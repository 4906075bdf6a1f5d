//! Signatures from the index: those that a line needs are appended, what was shown for earlier lines goes from the front.

use super::Piece;
use crate::assist::complete::Request;
use crate::assist::generation::lock;
use crate::assist::indexes::Indexes;
use crate::assist::place::Place;
use hob_index::context::{self, Ask, Files, Ranked};
use hob_index::language::Language;
use hob_index::outline::{Import, outline};
use hob_index::secret;
use hob_index::store::{Searcher, SymbolRecord};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How much of a document is looked at for imports that are not saved yet, in bytes.
const HEAD: usize = 4_000;

/// Ranks the signatures of the open projects.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    indexes: Indexes,
    /// The files of the project that was asked for last.
    listed: Mutex<Option<Listed>>,
    /// Of the document that was asked for last.
    head: Mutex<Option<Head>>,
}

/// The beginning of a document and its imports: to outline it at every line takes longer than all the rest.
#[derive(Debug)]
struct Head {
    language: Option<&'static Language>,
    text: String,
    imports: Arc<[Import]>,
}

/// The files of a project as of one commit.
#[derive(Debug)]
struct Listed {
    root: PathBuf,
    commit: u64,
    files: Arc<Files>,
}

impl Signatures {
    pub(super) fn new(indexes: Indexes) -> Signatures {
        Signatures {
            indexes,
            listed: Mutex::default(),
            head: Mutex::default(),
        }
    }

    /// Whether a project has an index.
    pub(super) fn has(&self, root: &Path) -> bool {
        self.indexes.get(root).is_some()
    }

    fn ranked(&self, request: &Request, place: &Place) -> Option<(Searcher, Vec<Ranked>)> {
        let root = request.root.as_deref()?;
        let path = self
            .indexes
            .get(root)?
            .relative(request.document.path.as_deref()?)?;
        // Of the document itself only the imports count: it changes with every key.
        let open: Vec<_> = request.others.iter().collect();
        let searcher = self.indexes.searcher(root, &open)?;
        let imports = self.imports(request);
        let ask = Ask {
            path: &path,
            language: request.document.language,
            imports: &imports,
            before: &place.before,
            after: &place.after,
        };
        let mut ranked = context::rank(&searcher, &self.files(root, &searcher), &ask);
        // Such files are never indexed; this holds whatever the index is.
        ranked.retain(|it| !hob_index::secret::is_secret(Path::new(&it.symbol.path)));
        Some((searcher, ranked))
    }

    /// The imports at the beginning of a request's document.
    fn imports(&self, request: &Request) -> Arc<[Import]> {
        let document = &request.document;
        let head = document.after(0, HEAD);
        let mut last = lock(&self.head);
        if let Some(it) = &*last
            && it.language.map(|it| it.id) == document.language.map(|it| it.id)
            && it.text == head
        {
            return it.imports.clone();
        }
        let imports: Arc<[Import]> = outline(&head, document.language).imports.into();
        *last = Some(Head {
            language: document.language,
            text: head,
            imports: imports.clone(),
        });
        imports
    }

    /// The files of a snapshot. Listing them takes milliseconds where there are many: it is done once per commit.
    fn files(&self, root: &Path, searcher: &Searcher) -> Arc<Files> {
        let commit = searcher.commit();
        let mut listed = lock(&self.listed);
        if let Some(it) = &*listed
            && it.root == root
            && it.commit == commit
        {
            return it.files.clone();
        }
        let files = Arc::new(Files::new(searcher.files()));
        *listed = Some(Listed {
            root: root.to_owned(),
            commit,
            files: files.clone(),
        });
        files
    }
}

/// What is shown, in the order of the prompt: blocks that were chosen together.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    blocks: Vec<Vec<Ranked>>,
}

impl Shown {
    /// Sees to it that the best signatures for a place are shown, within `budget` bytes.
    ///
    /// As long as the better half of them is, nothing changes. Else those that are missing are appended, and the oldest
    /// blocks go; a place that has nothing of what is shown starts anew.
    pub(super) fn choose(
        &mut self,
        signatures: &Signatures,
        request: &Request,
        place: &Place,
        budget: usize,
    ) {
        let Some((searcher, ranked)) = signatures.ranked(request, place) else {
            self.blocks.clear();
            return;
        };
        self.forget_what_is_gone(&searcher);
        let shown: FxHashSet<Id> = self
            .blocks
            .iter()
            .flatten()
            .map(|it| id(&it.symbol))
            .collect();
        let wanted = context::choose(&ranked, budget / 2);
        let missing: Vec<Ranked> = wanted
            .iter()
            .filter(|it| !shown.contains(&id(&it.symbol)))
            .cloned()
            .collect();
        if missing.is_empty() {
            return;
        }
        if missing.len() == wanted.len() {
            self.blocks = vec![context::choose(&ranked, budget)];
            return;
        }
        self.blocks.push(missing);
        while self.blocks.len() > 1 && self.size() > budget {
            self.blocks.remove(0);
        }
        if self.size() > budget {
            self.blocks = vec![context::choose(&ranked, budget)];
        }
    }

    /// What was renamed, changed or removed since it was chosen would mislead.
    fn forget_what_is_gone(&mut self, searcher: &Searcher) {
        let mut there: FxHashMap<String, FxHashSet<Id>> = FxHashMap::default();
        for block in &mut self.blocks {
            block.retain(|it| {
                let of_file = there
                    .entry(it.symbol.path.clone())
                    .or_insert_with_key(|path| {
                        let symbols = searcher.in_file(path);
                        symbols.into_iter().map(|it| id(&it)).collect()
                    });
                of_file.contains(&id(&it.symbol))
            });
        }
        self.blocks.retain(|it| !it.is_empty());
    }

    /// What is shown as pieces.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let pieces = self.blocks.iter().flat_map(|it| context::pieces_of(it));
        pieces.map(piece).collect()
    }

    fn size(&self) -> usize {
        self.pieces().iter().map(Piece::cost).sum()
    }
}

/// What a signature is, wherever it stands in its file: path, container and text.
type Id = (String, Option<String>, String);

fn id(it: &SymbolRecord) -> Id {
    (it.path.clone(), it.container.clone(), it.signature.clone())
}

fn piece(it: context::Piece) -> Piece {
    Piece {
        text: secret::masked(&it.text).into_owned(),
        path: it.path,
        start_line: it.start_line,
        end_line: it.end_line,
        reason: it.source.reason().to_owned(),
    }
}
