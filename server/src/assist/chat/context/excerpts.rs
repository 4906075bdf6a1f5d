//! Lines of files that were chosen one by one, made into one piece per file: in order, each line once, and what is left
//! out in between marked.

use super::project::Project;
use super::{Room, Source, fit};
use crate::assist::context::Piece;
use hob_index::secret;
use hob_index::store::SymbolRecord;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What marks lines that are left out, and what it takes, in tokens at most.
const MARK: usize = 8;
/// A gap of so many lines is filled: its mark would cost as much.
const GAP: usize = 2;

/// A name stands within so many lines after the first of its declaration.
const DECLARATION: usize = 3;

/// Lines of a file, from 1 and inclusive.
pub(super) type Lines = (usize, usize);

/// The files that lines were chosen from.
pub(super) struct Excerpts<'a> {
    project: &'a Project<'a>,
    files: Vec<File>,
    by_path: FxHashMap<String, Option<usize>>,
    /// So many files belong to the first group.
    n_attached: usize,
    /// What was taken of the room for all that was chosen.
    charged: usize,
}

/// A file, and what was chosen of it.
pub(super) struct File {
    path: String,
    text: Arc<str>,
    /// Where its lines begin.
    starts: Vec<usize>,
    /// In order, none touching another.
    chosen: Vec<Lines>,
    reasons: Vec<(Lines, String)>,
    symbols: Option<Vec<SymbolRecord>>,
    /// Where it comes in the order of the prompt, below others of its group.
    place: Option<usize>,
}

impl File {
    fn new(path: &str, text: Arc<str>) -> File {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|it| it + 1));
        // What stands behind the last newline is a line only if there is anything.
        if starts.len() > 1 && starts.last() == Some(&text.len()) {
            starts.pop();
        }
        File {
            path: path.to_owned(),
            text,
            starts,
            chosen: Vec::new(),
            reasons: Vec::new(),
            symbols: None,
            place: None,
        }
    }

    /// How many lines it has.
    pub(super) fn n_lines(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The text of some lines.
    pub(super) fn text_of(&self, (first, last): Lines) -> &str {
        let start = |line: usize| self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text
            .get(start(first.saturating_sub(1))..start(last))
            .unwrap_or("")
    }

    /// What is new of some lines: those that aren't chosen yet, and gaps too small to mark.
    fn missing(&self, (first, last): Lines) -> Vec<Lines> {
        let mut missing = Vec::new();
        let mut next = first;
        for &(start, end) in &self.chosen {
            if end < next {
                if next <= end + 1 + GAP {
                    next = next.min(end + 1);
                }
                continue;
            }
            if start > last + 1 + GAP {
                break;
            }
            if next < start {
                missing.push((next, start - 1));
            }
            next = next.max(end + 1);
        }
        if next <= last {
            missing.push((next, last));
        }
        missing
    }

    fn choose(&mut self, (first, last): Lines) {
        let mut all = std::mem::take(&mut self.chosen);
        all.push((first, last));
        all.sort_unstable();
        for (start, end) in all {
            match self.chosen.last_mut() {
                Some(before) if start <= before.1 + 1 + GAP => before.1 = before.1.max(end),
                _ => self.chosen.push((start, end)),
            }
        }
    }

    fn clamp(&self, (first, last): Lines) -> Option<Lines> {
        let last = last.min(self.n_lines());
        (first <= last).then_some((first.max(1), last))
    }

    /// What was chosen, with marks where something is left out.
    fn drawn(&self) -> String {
        let mut text = String::new();
        let mut is_later = false;
        for &(first, last) in &self.chosen {
            if is_later {
                text.push_str(&format!("⋮ line {first}:\n"));
            }
            text.push_str(self.text_of((first, last)));
            if !text.ends_with('\n') {
                text.push('\n');
            }
            is_later = true;
        }
        text
    }

    fn piece(&self) -> (Piece, Vec<Source>) {
        let text = self.drawn();
        let reason = self.reasons.first().map_or("", |it| it.1.as_str());
        let sources = self.chosen.iter().map(|lines| {
            let own = |it: &&(Lines, String)| it.0.0 <= lines.1 && lines.0 <= it.0.1;
            let reason = self.reasons.iter().find(own).map_or(reason, |it| &it.1);
            Source {
                path: self.path.clone(),
                start_line: lines.0,
                end_line: lines.1,
                reason: reason.to_owned(),
            }
        });
        let piece = Piece {
            path: self.path.clone(),
            start_line: self.chosen.first().map_or(1, |it| it.0),
            end_line: self.chosen.last().map_or(1, |it| it.1),
            text: secret::masked(&text).into_owned(),
            reason: reason.to_owned(),
        };
        (piece, sources.collect())
    }
}

impl<'a> Excerpts<'a> {
    pub(super) fn new(project: &'a Project<'a>) -> Excerpts<'a> {
        Excerpts {
            project,
            files: Vec::new(),
            by_path: FxHashMap::default(),
            n_attached: 0,
            charged: 0,
        }
    }

    /// What was attached ends here; what comes now was found.
    pub(super) fn end_group(&mut self) {
        self.n_attached = self.files.len();
    }

    /// A file of the project; `None`: it is none of those that are sent.
    pub(super) fn file(&mut self, path: &str) -> Option<&mut File> {
        let at = match self.by_path.get(path) {
            Some(known) => *known,
            None => {
                let at = self.project.text(path).ok().map(|text| {
                    self.files.push(File::new(path, text));
                    self.files.len() - 1
                });
                self.by_path.insert(path.to_owned(), at);
                at
            }
        };
        self.files.get_mut(at?)
    }

    /// The symbols of a file, in the order of its lines.
    pub(super) fn symbols(&mut self, path: &str) -> Vec<SymbolRecord> {
        let searcher = self.project.searcher;
        let Some(file) = self.file(path) else {
            return Vec::new();
        };
        file.symbols
            .get_or_insert_with(|| searcher.map_or(Vec::new(), |it| it.in_file(path)))
            .clone()
    }

    /// A symbol of the index with the lines that it has now; `None`: its file isn't there any more, or without it.
    ///
    /// The index may be some seconds behind the disk.
    pub(super) fn as_it_is(&mut self, symbol: SymbolRecord) -> Option<SymbolRecord> {
        let file = self.file(&symbol.path)?;
        if file
            .text_of((symbol.line, symbol.line))
            .contains(&symbol.name)
        {
            return Some(symbol);
        }
        let declared = file.text_of((symbol.line, symbol.line + DECLARATION));
        let is_there = declared.contains(&symbol.name);
        let outline = fit::outline_of(&symbol.path, &file.text);
        let mut same = outline.symbols.iter().filter(|it| {
            (&it.name, it.kind, &it.container) == (&symbol.name, symbol.kind, &symbol.container)
        });
        match same.next() {
            Some(it) => Some(SymbolRecord::new(&symbol.path, it)),
            None => is_there.then_some(symbol),
        }
    }

    /// Whether anything was chosen of a file.
    pub(super) fn has(&self, path: &str) -> bool {
        let at = self.by_path.get(path).copied().flatten();
        at.and_then(|it| self.files.get(it))
            .is_some_and(|it| !it.chosen.is_empty())
    }

    /// Chooses some lines of a file if there is room for what is new of them; whether there was. All or none.
    pub(super) fn add(&mut self, path: &str, all: &[Lines], reason: &str, room: &mut Room) -> bool {
        let is_there = self.file(path).is_some();
        let at = self.by_path.get(path).copied().flatten();
        let at = at.filter(|_| is_there);
        let Some(file) = at.and_then(|it| self.files.get_mut(it)) else {
            return false;
        };
        let all: Vec<Lines> = all.iter().filter_map(|it| file.clamp(*it)).collect();
        let Some(&first) = all.first() else {
            return false;
        };
        let mut cost = match file.chosen.is_empty() {
            true => room.frame(path),
            false => 0,
        };
        for &lines in &all {
            let missing = file.missing(lines);
            cost += missing
                .iter()
                .map(|it| room.cost(file.text_of(*it)))
                .sum::<usize>();
            if !missing.is_empty() {
                cost += MARK;
            }
        }
        if !room.take(cost) {
            return false;
        }
        self.charged += cost;
        for &lines in &all {
            file.choose(lines);
        }
        file.reasons.push((first, reason.to_owned()));
        true
    }

    /// Gives back what was taken for more than there is now: gaps that were filled need no marks.
    pub(super) fn settle(&mut self, room: &mut Room) {
        let chosen = self.files.iter().filter(|it| !it.chosen.is_empty());
        let cost = chosen.map(|it| room.frame(&it.path) + room.cost_of(&it.drawn()));
        let cost: usize = cost.sum();
        if cost < self.charged {
            room.left += self.charged - cost;
            self.charged = cost;
        }
    }

    /// Puts a file that was found at a place in their order; the first that is said counts.
    pub(super) fn set_place(&mut self, path: &str, place: usize) {
        let at = self.by_path.get(path).copied().flatten();
        let found = at.filter(|it| *it >= self.n_attached);
        if let Some(file) = found.and_then(|it| self.files.get_mut(it)) {
            file.place.get_or_insert(place);
        }
    }

    /// The pieces of what was attached, and of what was found.
    #[expect(
        clippy::type_complexity,
        reason = "two of the same, told apart at once"
    )]
    pub(super) fn rendered(self) -> (Vec<(Piece, Vec<Source>)>, Vec<(Piece, Vec<Source>)>) {
        let mut files = self.files;
        let found = files.split_off(self.n_attached);
        let rendered = |files: Vec<File>| {
            let mut files: Vec<(usize, File)> = files.into_iter().enumerate().collect();
            files.retain(|it| !it.1.chosen.is_empty());
            files.sort_by_key(|it| (it.1.place.unwrap_or(usize::MAX), it.0));
            files.iter().map(|it| it.1.piece()).collect()
        };
        (rendered(files), rendered(found))
    }
}
