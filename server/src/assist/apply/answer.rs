//! An answer, read: what it wants done with which files, in all the forms that it may be written in.

use super::chunk::Chunk;
use super::fence::{self, End, Fences, Open};
use super::name::{self, Named};
use super::refusal::{Kind, Problem};
use super::{envelope, marks, tags, unified};
use crate::thoughts;
use std::ops::RangeInclusive;

/// One thing that an answer wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its line in the answer, from 1.
    pub line: usize,
    /// The file, as written; `None`: the answer names none.
    pub path: Option<String>,
    /// What is to be done.
    pub what: What,
}

/// What is to be done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Lines are searched and replaced.
    Replace(Replace),
    /// The hunks of a diff, and a new name.
    Hunks {
        chunks: Vec<Chunk>,
        rename: Option<String>,
        mode: Option<u32>,
    },
    /// A file that must not exist yet.
    Create {
        lines: Vec<String>,
        mode: Option<u32>,
    },
    /// The file goes.
    Delete,
    /// The file goes, and held just this.
    Hollow { chunks: Vec<Chunk> },
    /// The file's text, or a part of it.
    Code(Code),
}

/// Lines that are searched and replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replace {
    /// What is searched and what replaces it; several where it can't be told which lines part them.
    pub splits: Vec<(Vec<String>, Vec<String>)>,
    /// The line where it should be, from 1.
    pub hint: Option<usize>,
    /// Whether what is searched may begin and end within lines.
    pub loose: bool,
}

/// Code that belongs to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// The lines.
    pub lines: Vec<String>,
    /// What the fence calls its language.
    pub language: Option<String>,
    /// What is said right before it.
    pub lead: String,
    /// The name was said by a sentence, not by a label.
    pub loosely: bool,
    /// It is the whole file, for sure.
    pub whole: bool,
    /// The name stands in the first line, as a comment.
    pub labelled_inside: bool,
    /// The fence has an end.
    pub closed: bool,
    /// The lines of the file that it replaces, from 1.
    pub region: Option<RangeInclusive<usize>>,
}

/// An answer, read.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What is to be done, in order.
    pub blocks: Vec<Block>,
    /// What can't be read.
    pub problems: Vec<Problem>,
}

/// Reads an answer. `exists` says whether there is a file of a name.
pub(super) fn read(text: &str, exists: &dyn Fn(&str) -> bool) -> Answer {
    let text = plain(text);
    let lines: Vec<&str> = text.lines().collect();
    let named = |at: usize| named_fence(&lines, at, exists);
    let mut reader = Reader {
        lines: &lines,
        fences: Fences::new(&lines, &named),
        exists,
        answer: Answer::default(),
        floor: 0,
        last: None,
        heading: None,
    };
    reader.all();
    reader.answer
}

/// An answer without what isn't its own: thoughts, a byte order mark, carriage returns, the colours of a terminal. Lines
/// keep their numbers.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim_start_matches('\u{FEFF}');
    // What a terminal shows begins lines with colours; a code within a line may be the file's, and so may others.
    let is_coloured = text.lines().any(|it| {
        it.trim_start_matches([' ', '\t', '\r'])
            .starts_with('\u{1b}')
    }) && text.split('\u{1b}').skip(1).all(is_colour);
    let mut text = match is_coloured {
        true => anstream::adapter::strip_str(text).to_string(),
        false => text.to_owned(),
    };
    if !text.contains('\n') {
        text = text.replace('\r', "\n");
    }
    while text.contains("\r\n") {
        text = text.replace("\r\n", "\n");
    }
    thoughts::emptied(&text)
}

/// Whether a text begins with the rest of a code that sets colours or clears a line's end, as `git diff --color` writes them.
fn is_colour(text: &str) -> bool {
    text.strip_prefix('[').is_some_and(|it| {
        it.trim_start_matches(|it: char| it.is_ascii_digit() || it == ';')
            .starts_with(['m', 'K'])
    })
}

/// Whether the name of the fence that begins in a line is a Markdown file's; `None`: it has no name.
fn named_fence(lines: &[&str], at: usize, exists: &dyn Fn(&str) -> bool) -> Option<bool> {
    let open = fence::open(lines.get(at)?)?;
    let above = || {
        let line = lines[..at].iter().rfind(|it| !it.trim().is_empty())?;
        match name::of_line(line, exists)? {
            Named::Label(it) => Some(it),
            // A sentence may be code.
            Named::Sentence(it) => Some(it).filter(|it| fence::holds_markdown(it)),
        }
    };
    let name = name::of_info(open.info, exists).or_else(above)?;
    Some(fence::holds_markdown(&name))
}

struct Reader<'a> {
    lines: &'a [&'a str],
    fences: Fences<'a>,
    exists: &'a dyn Fn(&str) -> bool,
    answer: Answer,
    /// Everything above this line was taken by an earlier block.
    floor: usize,
    /// The file of the last block.
    last: Option<String>,
    /// The name in the last heading, until a fence takes it.
    heading: Option<String>,
}

impl Reader<'_> {
    fn all(&mut self) {
        let mut at = 0;
        while at < self.lines.len() {
            let line = self.lines[at];
            let next = if marks::begins(line) {
                let named = self.named_above(at).map(|it| it.path().to_owned());
                self.marked(at, 0, named)
            } else if envelope::begins(line) {
                let (blocks, next) = envelope::read(self.lines, at, 0, &mut self.answer.problems);
                self.push(blocks);
                next.max(at + 1)
            } else if unified::begins(self.lines, at) {
                let source = unified::Source {
                    lines: self.lines,
                    offset: 0,
                    fenced: false,
                    path: None,
                };
                let (blocks, next) = unified::read(&source, at, &mut self.answer.problems);
                self.push(blocks);
                next.max(at + 1)
            } else if let Some(open) = fence::open(line) {
                self.fence(at, open)
            } else if let Some(tag) = tags::open(line) {
                self.tag(at, &tag)
            } else {
                if line.starts_with('#') || line.trim_start().starts_with("**") {
                    self.heading = match name::of_line(line, self.exists) {
                        Some(Named::Label(it)) => Some(it),
                        // A heading of prose ends what the one before it named.
                        _ if line.starts_with('#') => None,
                        _ => self.heading.take(),
                    };
                }
                at + 1
            };
            if next > at + 1 {
                self.floor = next;
            }
            at = next;
        }
    }

    fn push(&mut self, blocks: Vec<Block>) {
        for block in blocks {
            if let Some(path) = &block.path {
                self.last = Some(path.clone());
            }
            self.answer.blocks.push(block);
        }
    }

    /// The name in the nearest line above that says anything.
    fn named_above(&self, at: usize) -> Option<Named> {
        let above = self.lines[self.floor..at].iter().rev();
        let mut above = above.skip_while(|it| it.trim().is_empty()).peekable();
        let nearest = above.peek().copied()?;
        if let Some(found) = name::of_line(nearest, self.exists) {
            return Some(found);
        }
        // A paragraph may name the file in an earlier line.
        let paragraph: Vec<&str> = above
            .take_while(|it| !it.trim().is_empty())
            .copied()
            .collect();
        if paragraph.len() < 2 || paragraph.iter().any(|it| it.starts_with('#')) {
            return None;
        }
        let joined: Vec<&str> = paragraph.into_iter().rev().collect();
        name::of_line(&joined.join(" "), self.exists)
    }

    /// What is said in the paragraph right above.
    fn lead(&self, at: usize) -> String {
        let lines = &self.lines[self.floor..at];
        let is_blank = |it: &&str| it.trim().is_empty();
        let end = lines
            .iter()
            .rposition(|it| !is_blank(it))
            .map_or(0, |it| it + 1);
        let start = lines[..end]
            .iter()
            .rposition(is_blank)
            .map_or(0, |it| it + 1);
        let paragraph = lines[start..end].join(" ");
        // A line with the file's name alone: what is said of the code stands above it.
        if end == start + 1 && start > 0 && paragraph.split_whitespace().count() == 1 {
            return format!("{} {paragraph}", self.lead(self.floor + start));
        }
        paragraph
    }

    /// A search/replace block. `named`: the file's name above it.
    fn marked(&mut self, at: usize, offset: usize, named: Option<String>) -> usize {
        let (marked, next) = marks::read(self.lines, at);
        match marked {
            Err(problem) => {
                let path = named.or(self.last.clone());
                let problem = match path {
                    Some(path) => problem.of(path),
                    None => problem,
                };
                self.answer.problems.push(problem);
            }
            Ok(marked) => {
                let own = marked.name.filter(|it| name::is_path(it, true));
                let path = own.or(named).or(self.heading.clone()).or(self.last.clone());
                self.push(vec![Block {
                    line: offset + at + 1,
                    path,
                    what: What::Replace(Replace {
                        splits: marked.splits,
                        hint: marked.hint,
                        loose: false,
                    }),
                }]);
            }
        }
        next.max(at + 1)
    }

    /// A fence, whatever is in it. Says where to go on.
    fn fence(&mut self, at: usize, open: Open) -> usize {
        let jump = |it: usize| marks::begins(self.lines[it]).then(|| marks::read(self.lines, it).1);
        let info_name = name::of_info(open.info, self.exists);
        let above = self.named_above(at);
        let inside = self.lines.get(at + 1);
        let inside = inside.and_then(|it| name::of_comment(it, self.exists));
        let is_markdown = [
            inside.as_deref(),
            info_name.as_deref(),
            above.as_ref().map(Named::path),
            self.heading.as_deref(),
        ]
        .into_iter()
        .flatten()
        .any(fence::holds_markdown);
        let end = self.fences.end(at, &open, is_markdown, jump);
        let names = [&info_name, &inside, &self.heading];
        let is_for_nothing = above.is_none() && names.iter().all(|it| it.is_none());
        let (stop, closed) = match end {
            End::At(end) => (end, true),
            End::None => (self.lines.len(), false),
            End::Unclear if is_for_nothing && open.info.is_empty() => {
                // Code without a name is for no file.
                match open.end(self.lines, at + 1, false, jump) {
                    Some(end) => (end, true),
                    None => (self.lines.len(), false),
                }
            }
            End::Unclear => {
                let problem = Problem::new(
                    Kind::Unclear,
                    "it isn't clear where this block ends: there are fences within it",
                )
                .at(at + 1)
                .detail("Put the block between longer fences than those within it: ```` or ~~~~.");
                let path = info_name.or(above.map(|it| it.path().to_owned()));
                self.answer
                    .problems
                    .push(match path.or(self.heading.clone()) {
                        Some(path) => problem.of(path),
                        None => problem,
                    });
                return self.lines.len();
            }
        };
        let next = stop + usize::from(closed);
        let raw = &self.lines[at + 1..stop];
        let body = open.body(raw);
        let label = match &above {
            Some(Named::Label(it)) => Some(it.clone()),
            _ => None,
        };
        let strict = info_name.clone().or(label);
        if raw.iter().any(|it| marks::begins(it)) {
            let named = strict.or(above.map(|it| it.path().to_owned()));
            self.marked_in_fence(at + 1, stop, named);
            return next;
        }
        if let Some(path) = self.name_alone(&body, next)
            && strict.is_none()
            && above.is_none()
        {
            self.heading = Some(path);
            return next;
        }
        let first = body.iter().position(|it| !it.trim().is_empty());
        let starts = first.map_or("", |it| body[it]);
        if starts.contains("apply_patch") || envelope::begins(starts) {
            let from = body.iter().position(|it| envelope::begins(it)).unwrap_or(0);
            if envelope::begins(body.get(from).copied().unwrap_or("")) {
                let (blocks, _) = envelope::read(&body, from, at + 1, &mut self.answer.problems);
                self.push(blocks);
                return next;
            }
        }
        let language = name::language_of_info(open.info).map(str::to_lowercase);
        let is_diff_fence = matches!(language.as_deref(), Some("diff" | "patch" | "udiff"));
        if is_diff_fence || unified::is_diff(&body) {
            let named = strict
                .or(above.map(|it| it.path().to_owned()))
                .or(self.heading.clone());
            let source = unified::Source {
                lines: &body,
                offset: at + 1,
                fenced: true,
                path: named,
            };
            let (blocks, _) = unified::read(&source, 0, &mut self.answer.problems);
            self.push(blocks);
            return next;
        }
        if let Some(from) = first
            && let Some(tag) = tags::open(starts)
            && matches!(language.as_deref(), None | Some("xml"))
            && strict.is_none()
        {
            let (blocks, _) = tags::read(
                &body,
                from,
                at + 1,
                &tag,
                self.exists,
                &mut self.answer.problems,
            );
            if !blocks.is_empty() {
                self.push(blocks);
                return next;
            }
        }
        let block = self.code(at, &body, open.info, strict, above, closed);
        self.heading = None;
        self.push(vec![block]);
        next
    }

    /// The name that a fence holds which has nothing else in it, where a block follows: it is that block's.
    fn name_alone(&self, body: &[&str], next: usize) -> Option<String> {
        let mut full = body.iter().filter(|it| !it.trim().is_empty());
        let (Some(line), None) = (full.next(), full.next()) else {
            return None;
        };
        let behind = self.lines[next..].iter().find(|it| !it.trim().is_empty())?;
        if !marks::begins(behind) && fence::open(behind).is_none() && tags::open(behind).is_none() {
            return None;
        }
        match name::of_line(line, self.exists) {
            Some(Named::Label(it)) => Some(it),
            _ => name::of_comment(line, self.exists),
        }
    }

    fn code(
        &mut self,
        at: usize,
        body: &[&str],
        info: &str,
        strict: Option<String>,
        above: Option<Named>,
        closed: bool,
    ) -> Block {
        let mut lines: Vec<String> = body.iter().map(|&it| it.to_owned()).collect();
        let inside = body
            .first()
            .and_then(|it| name::of_comment(it, self.exists));
        let labelled_inside = inside.as_ref().is_some_and(|it| {
            strict
                .as_ref()
                .is_none_or(|strict| strict == it || strict.ends_with(&format!("/{it}")))
        });
        let sentence = match &above {
            Some(Named::Sentence(it)) => Some(it.clone()),
            _ => None,
        };
        let heading = self.heading.clone();
        let loosely =
            strict.is_none() && inside.is_none() && heading.is_none() && sentence.is_some();
        let path = strict.clone().or(inside).or(heading.clone()).or(sentence);
        if lines.last().is_some_and(|it| it.is_empty()) && lines.len() == 1 {
            lines.clear();
        }
        Block {
            line: at + 1,
            path,
            what: What::Code(Code {
                lines,
                language: name::language_of_info(info).map(str::to_lowercase),
                lead: self.lead(at),
                loosely,
                whole: false,
                labelled_inside,
                closed,
                region: None,
            }),
        }
    }

    /// The search/replace blocks of a fence, with names between them.
    fn marked_in_fence(&mut self, from: usize, to: usize, mut named: Option<String>) {
        let mut at = from;
        while at < to {
            let line = self.lines[at];
            if marks::begins(line) {
                at = self.marked(at, 0, named.clone());
                continue;
            }
            let inside = name::of_comment(line, self.exists).or_else(|| {
                match name::of_line(line, self.exists) {
                    Some(Named::Label(it)) => Some(it),
                    _ => None,
                }
            });
            if inside.is_some() {
                named = inside;
            }
            at += 1;
        }
    }

    fn tag(&mut self, at: usize, tag: &tags::Tag) -> usize {
        let (blocks, next) = tags::read(
            self.lines,
            at,
            0,
            tag,
            self.exists,
            &mut self.answer.problems,
        );
        let named = self.named_above(at).map(|it| it.path().to_owned());
        let blocks = blocks
            .into_iter()
            .map(|mut it| {
                if it.path.is_none() {
                    it.path = named.clone().or(self.last.clone());
                }
                it
            })
            .collect();
        self.push(blocks);
        next.max(at + 1)
    }
}

/// The problem that an answer has nothing in it.
pub(super) fn nothing(answer: &str) -> Problem {
    let message = match answer.trim().is_empty() {
        true => "the answer is empty",
        false => {
            "nothing in the answer can be applied: there is no search/replace block, no diff, and no code block with a file's name"
        }
    };
    Problem::new(Kind::Nothing, message).detail(
        "Write the file's path in a line of its own above each block, and put the block in a fence.",
    )
}
