//! What is found for a question: definitions of the names in it, the places that it names, what a search for it and for
//! the messages before it brings. The best first and whole, what is less likely shorter, so that more of it fits.

use super::asked::Asked;
use super::excerpts::{Excerpts, Lines};
use super::project::{Place, Project, container_name, last_name};
use super::{Question, Room, near};
use hob_index::outline::Kind;
use hob_index::search::{self, Filters, Hit, Mode, Query};
use hob_index::store::{Searcher, SymbolRecord};
use hob_index::terms::words;
use rustc_hash::{FxHashMap, FxHashSet};

/// So many results of a search are looked at.
const RESULTS: usize = 80;
/// A name that so many symbols have says nothing.
const COMMON: usize = 40;
/// Of one name so many definitions are taken.
const SAME: usize = 4;
/// Ordinary words of so many letters, and names that so few definitions have, are taken for names; the definitions then
/// stand among results of this score.
const SHORTEST: usize = 4;
const RARE: usize = 2;
const WORDED: f32 = 0.5;
/// Of so many names, so many uses are looked for, and so many lines before and after each are shown.
const USED_NAMES: usize = 4;
const USES: usize = 24;
const BEFORE_USE: usize = 4;
const AFTER_USE: usize = 6;
/// Lines round a place that is named, where no definition holds it.
const AROUND: usize = 12;
/// The first lines of a definition: enough to see what it takes and begins with.
const HEAD: usize = 11;
/// With less room than this, in tokens, nothing more fits.
const FULL: usize = 60;
/// So often it is looked whether what was taken really takes as much.
const SETTLED: usize = 4;
/// The ranks of [`detail`] are those for so much room, in tokens.
const ROOM: usize = 5_600;
/// Comments above a declaration: so many lines, where more of it can't be shown.
const COMMENT: usize = 3;

/// What may be shown.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) path: String,
    /// What it is about.
    pub(super) lines: Lines,
    /// Results have at most 1.
    pub(super) score: f32,
    pub(super) reason: String,
    /// Where it stands in the order of the prompt: by the message that found it first, then by its rank there.
    pub(super) place: usize,
}

/// How many lines are shown of what stands at this rank, from 0, in so much room: the more there is, the more of them
/// are shown whole. Tuned on the questions of `examples/chat_quality`.
fn detail(rank: usize, room: usize) -> usize {
    match rank * ROOM / room.max(1) {
        0..2 => 60,
        2..6 => 30,
        6..14 => 16,
        _ => HEAD,
    }
}

/// Finds what fits into the room that is left.
pub(super) fn find(
    question: &Question,
    project: &Project,
    asked: &Asked,
    room: &mut Room,
    excerpts: &mut Excerpts,
) {
    let mut candidates = Candidates::default();
    near::candidates(question, project, asked, excerpts, &mut candidates);
    named(project, asked, excerpts, &mut candidates);
    worded(project, asked, excerpts, &mut candidates);
    places(project, asked, excerpts, &mut candidates);
    if let Some(searcher) = question.searcher {
        searched(question, project, searcher, asked, &mut candidates);
        if asked.wants_uses {
            used(searcher, asked, &mut candidates);
        }
    }
    let ranked = candidates.ranked();
    let all = room.left;
    let mut settled = 0;
    for (rank, it) in ranked.iter().enumerate() {
        let symbols = excerpts.symbols(&it.path);
        let mut lines = detail(rank, all);
        // What does not fit in full may do so in brief.
        while !excerpts.add(
            &it.path,
            &shaped(it.lines, &symbols, lines),
            &it.reason,
            room,
        ) {
            if lines <= HEAD {
                break;
            }
            lines = (lines / 2).max(HEAD);
        }
        excerpts.set_place(&it.path, it.place);
        if room.left < FULL && settled < SETTLED {
            settled += 1;
            excerpts.settle(room);
        }
        if room.left < FULL {
            break;
        }
    }
}

/// Candidates, each place once.
#[derive(Default)]
pub(super) struct Candidates {
    found: Vec<Candidate>,
    places: FxHashMap<(String, usize), usize>,
}

impl Candidates {
    /// Adds one; what is known already gets the better score, and the earlier place.
    pub(super) fn add(&mut self, it: Candidate) {
        match self.places.get(&(it.path.clone(), it.lines.0)) {
            Some(&at) => {
                let known = &mut self.found[at];
                known.place = known.place.min(it.place);
                if it.score > known.score {
                    known.score = it.score;
                    known.reason = it.reason;
                    known.lines.1 = known.lines.1.max(it.lines.1);
                }
            }
            None => {
                self.places
                    .insert((it.path.clone(), it.lines.0), self.found.len());
                self.found.push(it);
            }
        }
    }

    fn ranked(self) -> Vec<Candidate> {
        let mut found = self.found;
        found.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| (&a.path, a.lines).cmp(&(&b.path, b.lines)))
        });
        found
    }
}

/// The definitions of the names in the question.
fn named(project: &Project, asked: &Asked, excerpts: &mut Excerpts, candidates: &mut Candidates) {
    for (n, name) in asked.names.iter().enumerate() {
        let container = container_name(name);
        let mut found = definitions(project, last_name(name), container);
        found.truncate(SAME);
        let found = found.into_iter().filter_map(|it| excerpts.as_it_is(it));
        for (rank, it) in found.enumerate() {
            candidates.add(Candidate {
                score: 2.0 - 0.05 * n as f32 - 0.2 * rank as f32,
                lines: (it.line, it.end_line),
                reason: format!("defines `{}`, which is named", it.name),
                path: it.path,
                place: n * SAME + rank,
            });
        }
    }
}

/// Definitions whose whole names are ordinary words of the question: `fill` may be a word, or the function.
fn worded(project: &Project, asked: &Asked, excerpts: &mut Excerpts, candidates: &mut Candidates) {
    let mut seen = FxHashSet::default();
    for (n, word) in words(&asked.query).enumerate() {
        if word.len() < SHORTEST || !seen.insert(word) {
            continue;
        }
        let found = project.named(word, RARE);
        if found.len() > RARE {
            continue;
        }
        let found = found.into_iter().filter(|it| is_code(it.kind));
        for it in found.filter_map(|it| excerpts.as_it_is(it)) {
            candidates.add(Candidate {
                score: WORDED,
                lines: (it.line, it.end_line),
                reason: format!("defines `{}`, which may be named", it.name),
                path: it.path,
                place: 500 + n,
            });
        }
    }
}

fn is_code(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Heading | Kind::Key | Kind::Field | Kind::Variant | Kind::Module | Kind::Variable
    )
}

/// What has a name, those that the container says first; functions and types before fields, code before tests.
pub(super) fn definitions(
    project: &Project,
    name: &str,
    container: Option<&str>,
) -> Vec<SymbolRecord> {
    let mut found = project.named(name, COMMON);
    let in_container = |it: &SymbolRecord| {
        container.is_some_and(|wanted| {
            let file = it.path.rsplit('/').next().unwrap_or_default();
            let stem = file.split('.').next().unwrap_or_default();
            it.container
                .as_deref()
                .is_some_and(|it| it.eq_ignore_ascii_case(wanted))
                || stem.eq_ignore_ascii_case(wanted)
        })
    };
    if found.iter().any(in_container) {
        found.retain(in_container);
    }
    found.sort_by_cached_key(|it| {
        let kind = match it.kind {
            Kind::Function | Kind::Method | Kind::Macro => 0,
            Kind::Class | Kind::Struct | Kind::Enum | Kind::Interface | Kind::Type => 0,
            Kind::Heading | Kind::Key => 2,
            _ => 1,
        };
        let test = it.path.to_lowercase().contains("test");
        (
            kind,
            test,
            it.path.matches('/').count(),
            it.path.clone(),
            it.line,
        )
    });
    found
}

/// The places that the message names: traces, compilers' messages, files.
fn places(project: &Project, asked: &Asked, excerpts: &mut Excerpts, candidates: &mut Candidates) {
    for (n, (path, lines)) in asked.places.iter().enumerate() {
        let Ok(Place::File(path)) = project.place(path) else {
            continue;
        };
        let Some(lines) = lines else {
            continue;
        };
        let symbols = excerpts.symbols(&path);
        let (first, last) = (*lines.start(), *lines.end());
        let around = match enclosing(&symbols, first) {
            Some(it) if it.end_line - it.line <= 4 * AROUND => (it.line, it.end_line),
            _ => (
                first.saturating_sub(AROUND).max(1),
                last.saturating_add(AROUND),
            ),
        };
        candidates.add(Candidate {
            score: 1.9 - 0.05 * n as f32,
            lines: around,
            reason: format!("line {first} is named"),
            path,
            place: 100 + n,
        });
    }
}

/// What searches find for the message and for those before it.
fn searched(
    question: &Question,
    project: &Project,
    searcher: &Searcher,
    asked: &Asked,
    candidates: &mut Candidates,
) {
    let mut scores: FxHashMap<(String, usize), usize> = FxHashMap::default();
    let mut found: Vec<Candidate> = Vec::new();
    let n_earlier = asked.earlier.len();
    let now = std::iter::once((asked.query.as_str(), 1.0, Filters::default(), n_earlier));
    let before = asked.earlier.iter().enumerate();
    let before = before.map(|(n, (query, weight))| {
        (
            query.as_str(),
            *weight,
            Filters::default(),
            n_earlier - 1 - n,
        )
    });
    let whole = asked.places.iter().filter(|it| it.1.is_none());
    let files: Vec<String> = whole
        .filter_map(|it| match project.place(&it.0) {
            Ok(Place::File(path)) => Some(path),
            _ => None,
        })
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let within =
        (!files.is_empty()).then(|| (asked.query.as_str(), 1.0, Filters::below(&files), n_earlier));
    for (text, weight, filters, turn) in now.chain(before).chain(within) {
        if text.is_empty() {
            continue;
        }
        let query = Query {
            text: text.to_owned(),
            filters,
        };
        let hits = search::search(searcher, &query, Mode::Hybrid, RESULTS, question.semantic).hits;
        for (rank, hit) in hits.into_iter().enumerate() {
            let key = (hit.path.clone(), hit.start_line);
            let place = 1_000 * (turn + 1) + rank;
            let candidate = candidate(hit, weight, place);
            match scores.get(&key) {
                Some(&at) => {
                    found[at].score += candidate.score;
                    found[at].place = found[at].place.min(place);
                }
                None => {
                    scores.insert(key, found.len());
                    found.push(candidate);
                }
            }
        }
    }
    found.into_iter().for_each(|it| candidates.add(it));
}

/// Where the names in the question are used: the lines round each.
fn used(searcher: &Searcher, asked: &Asked, candidates: &mut Candidates) {
    for (n, name) in asked.names.iter().take(USED_NAMES).enumerate() {
        let name = last_name(name);
        let query = Query {
            text: name.to_owned(),
            filters: Filters::default(),
        };
        let hits = search::search(searcher, &query, Mode::Lexical, USES, None).hits;
        for (rank, hit) in hits.iter().enumerate() {
            let lines = hit.text.lines().enumerate();
            let mut uses = lines.filter(|it| words(it.1).any(|it| it == name));
            let Some((at, _)) = uses.next().filter(|_| !is_defined(hit, name)) else {
                continue;
            };
            let line = hit.start_line + at;
            candidates.add(Candidate {
                path: hit.path.clone(),
                lines: (
                    line.saturating_sub(BEFORE_USE).max(hit.start_line),
                    (line + AFTER_USE).min(hit.end_line),
                ),
                score: 1.0 - 0.1 * n as f32 - 0.02 * rank as f32,
                reason: format!("uses `{name}` on line {line}"),
                place: 300 + 50 * n + rank,
            });
        }
    }
}

/// Whether a result is the definition of a name.
fn is_defined(hit: &Hit, name: &str) -> bool {
    let symbol = hit.symbol.as_deref().unwrap_or_default();
    symbol.rsplit('.').next() == Some(name)
}

fn candidate(hit: Hit, weight: f32, place: usize) -> Candidate {
    Candidate {
        lines: (hit.start_line, hit.end_line),
        score: hit.score * weight,
        reason: match weight < 1.0 {
            true => format!("found for an earlier message ({})", hit.why),
            false => format!("found for the question ({})", hit.why),
        },
        path: hit.path,
        place,
    }
}

/// The innermost function, else type, that holds a line.
pub(super) fn enclosing(symbols: &[SymbolRecord], line: usize) -> Option<&SymbolRecord> {
    let holds = |it: &&SymbolRecord| {
        it.line <= line
            && line <= it.end_line
            && !matches!(
                it.kind,
                Kind::Module | Kind::Heading | Kind::Key | Kind::Field
            )
    };
    symbols
        .iter()
        .filter(holds)
        .min_by_key(|it| it.end_line - it.line)
}

/// So many lines of something, with the beginning of the definition that they are in.
pub(super) fn shaped((first, last): Lines, symbols: &[SymbolRecord], most: usize) -> Vec<Lines> {
    let is_within = |it: &&SymbolRecord| first <= it.line && it.line <= last;
    let declared = symbols.iter().find(is_within).map(|it| it.line);
    let mut shaped = Vec::new();
    if declared.is_none()
        && let Some(it) = enclosing(symbols, first)
        && it.line < first
    {
        shaped.push((it.line, (it.line + HEAD - 1).min(it.end_line)));
    }
    // A line or two less say nothing less.
    if last - first < most + 3 {
        shaped.push((first, last));
        return shaped;
    }
    match declared {
        Some(line) if line > first + COMMENT => {
            shaped.push((first, first + COMMENT - 1));
            shaped.push((line, last.min(line + most - 1)));
        }
        _ => shaped.push((first, last.min(first + most - 1))),
    }
    shaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(line: usize, end_line: usize) -> SymbolRecord {
        SymbolRecord {
            path: "a.rs".to_owned(),
            name: "f".to_owned(),
            kind: Kind::Function,
            container: None,
            signature: "fn f()".to_owned(),
            line,
            end_line,
        }
    }

    #[test]
    fn what_is_long_is_shown_by_its_beginning() {
        let symbols = [function(12, 90)];
        assert_eq!(shaped((10, 90), &symbols, 100), [(10, 90)]);
        assert_eq!(shaped((10, 90), &symbols, 20), [(10, 29)]);
        // Of long comments above it there is the beginning, too.
        assert_eq!(shaped((2, 90), &symbols, 20), [(2, 4), (12, 31)]);
        // A part from the middle comes with the head of what it is in.
        assert_eq!(shaped((50, 60), &symbols, 20), [(12, 22), (50, 60)]);
        assert_eq!(shaped((95, 99), &symbols, 20), [(95, 99)]);
    }

    #[test]
    fn in_less_room_less_is_shown_of_each() {
        let all = |room| (0..30).map(|it| detail(it, room)).sum::<usize>();
        assert!(all(1_000) < all(5_600) && all(5_600) < all(30_000));
        assert_eq!(detail(5, 0), HEAD);
    }
}
