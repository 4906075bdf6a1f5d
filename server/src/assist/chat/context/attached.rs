//! What the user attached: first and whole where it fits. What can't be attached, or not whole, is said.

mod folder;
mod problems;

use super::asked::Asked;
use super::excerpts::Excerpts;
use super::found::definitions;
use super::project::{Place, Project, container_name, last_name};
use super::{Gathered, Question, Room, Source, diff, fit};
use crate::assist::chat::attachment::Attachment;
use crate::assist::chat::map;
use crate::assist::context::Piece;
use hob_index::secret;
use hob_index::store::SymbolRecord;
use std::ops::RangeInclusive;
use std::path::Path;

/// Of one name so many definitions are attached.
const SAME: usize = 4;
/// A name that so many symbols have is not attached.
const COMMON: usize = 200;
/// The share of a long file's room that its outline takes: one part in so many.
const OUTLINE: usize = 4;

/// Puts what is attached where it belongs.
pub(super) fn attach(
    question: &Question,
    project: &Project,
    asked: &Asked,
    room: &mut Room,
    excerpts: &mut Excerpts,
    gathered: &mut Gathered,
) {
    let all = question.attachments;
    for (n, attachment) in all.iter().enumerate() {
        // Each that is too long gets the same part of what is left.
        let share = room.left / (all.len() - n);
        let mut attaching = Attaching {
            question,
            project,
            asked,
            room,
            excerpts,
            gathered,
            share,
        };
        match attachment {
            Attachment::File { path, lines } => attaching.file(path, lines.as_ref()),
            Attachment::Folder(path) => attaching.folder(path),
            Attachment::Symbol(name) => attaching.symbol(name),
            Attachment::Diff => diff::attach(question, share, room, gathered),
            Attachment::Problems(problems) => attaching.problems(problems),
            Attachment::Open => attaching.open(),
            Attachment::Selection { path, lines, text } => {
                attaching.selection(path.as_deref(), lines, text);
            }
            Attachment::Text { name, text } => attaching.text(name, text),
            // The map comes with what is found.
            Attachment::Codebase => {
                if question.searcher.is_none() {
                    let why = "There is no map of the codebase: it is not indexed yet.";
                    gathered.missing.push(why.to_owned());
                }
            }
        }
    }
}

/// What one attachment is put into.
struct Attaching<'q, 'r, 'p, 'g> {
    question: &'q Question<'q>,
    project: &'q Project<'q>,
    asked: &'q Asked,
    room: &'g mut Room<'r>,
    excerpts: &'g mut Excerpts<'p>,
    gathered: &'g mut Gathered,
    /// What it may take where it can't be whole, in tokens.
    share: usize,
}

impl Attaching<'_, '_, '_, '_> {
    fn file(&mut self, path: &str, lines: Option<&RangeInclusive<usize>>) {
        match self.project.place(path) {
            Ok(Place::File(path)) => self.file_at(&path, lines),
            Ok(Place::Folder(path)) => self.folder_at(&path),
            Err(why) => self.gathered.missing.push(why),
        }
    }

    fn file_at(&mut self, path: &str, lines: Option<&RangeInclusive<usize>>) {
        self.project.attach(path);
        if self.project.is_cut(path) {
            let why = format!("`{path}` is larger than 10 MB: only its first 10 MB are looked at.");
            self.gathered.left_out.push(why);
        }
        if let Err(why) = self.project.text(path) {
            return self.gathered.missing.push(why);
        }
        let Some(file) = self.excerpts.file(path) else {
            return;
        };
        let n_lines = file.n_lines();
        if file.text().trim().is_empty() {
            let why = format!("`{path}` is empty.");
            return self.gathered.missing.push(why);
        }
        let Some(lines) = lines else {
            let reason = "attached";
            if !self.excerpts.add(path, &[(1, n_lines)], reason, self.room) {
                self.long(path, n_lines);
            }
            return;
        };
        let first = (*lines.start()).max(1);
        let last = (*lines.end()).max(first).min(n_lines);
        if first > n_lines {
            let has = match n_lines {
                1 => "one line".to_owned(),
                n => format!("{n} lines"),
            };
            let why = format!("`{path}` has {has}: there is no line {first}.");
            return self.gathered.missing.push(why);
        }
        if self
            .excerpts
            .add(path, &[(first, last)], "attached", self.room)
        {
            return;
        }
        // As many of the lines as fit.
        let (mut fits, mut fails) = (0, last - first + 1);
        let left = self.room.left.saturating_sub(self.room.frame(path) + 16);
        while let Some(file) = self.excerpts.file(path)
            && fails - fits > 1
        {
            let middle = usize::midpoint(fits, fails);
            let text = file.text_of((first, first + middle - 1));
            match self.room.cost(text) <= left {
                true => fits = middle,
                false => fails = middle,
            }
        }
        if fits == 0 {
            // Not even one line.
            let text = file_text(self.excerpts, path, (first, last));
            return self.start(path, first, &text);
        }
        let shown = self
            .excerpts
            .add(path, &[(first, first + fits - 1)], "attached", self.room);
        self.gathered.left_out.push(match shown {
            true => format!(
                "Of `{path}`, lines {first} to {} are sent: there is no room for those up to {last}.",
                first + fits - 1
            ),
            false => format!("There is no room for `{path}`: it is left out."),
        });
    }

    /// A file that is too long: its outline, and what of it fits the question.
    fn long(&mut self, path: &str, n_lines: usize) {
        let text = match self.excerpts.file(path) {
            Some(it) => it.text().clone(),
            None => return,
        };
        let outline = fit::outline_of(path, &text);
        let before = self.room.left;
        let symbols: Vec<SymbolRecord> = outline
            .symbols
            .iter()
            .map(|it| SymbolRecord::new(path, it))
            .collect();
        let name = format!("@outline {path}");
        let drawn = map::outline(&name, &symbols, self.share / OUTLINE, self.question.count);
        let has_outline = drawn.is_some();
        if let Some(drawn) = drawn {
            self.room.take(drawn.tokens);
            self.gathered.pieces.push(drawn.piece);
        }
        let query = match self.asked.query.is_empty() {
            true => self.question.message,
            false => &self.asked.query,
        };
        let mut has_parts = false;
        for part in fit::parts(&text, &outline, query) {
            let used = before - self.room.left;
            let Some(left) = self.share.checked_sub(used) else {
                break;
            };
            let mut own = Room {
                left,
                count: self.room.count,
            };
            if self.excerpts.add(
                path,
                &[part.lines],
                "attached, this part of it fits the question",
                &mut own,
            ) {
                has_parts = true;
                self.room.take((left - own.left).min(self.room.left));
            } else if own.left < 64 {
                break;
            }
        }
        if !has_parts {
            // Its lines are too long, or none fits.
            return self.start(path, 1, &text);
        }
        let sent = match has_outline {
            true => "its outline and the parts that fit the question are sent",
            false => "the parts that fit the question are sent",
        };
        self.gathered.left_out.push(format!(
            "`{path}` has {n_lines} lines, more than fit: {sent}. Lines that are named (`@{path}:1-80`) are sent as they are."
        ));
    }

    fn symbol(&mut self, name: &str) {
        let mut found = self.project.named(last_name(name), COMMON);
        if !found.is_empty() {
            found = definitions(self.project, last_name(name), container_name(name));
            found = found
                .into_iter()
                .filter_map(|it| self.excerpts.as_it_is(it))
                .collect();
        }
        if found.is_empty() {
            let like = self.project.symbols_like(last_name(name), 8);
            let meant = like.iter().find(|it| it.name != last_name(name));
            let meant = meant.map_or(".".to_owned(), |it| {
                format!("; did you mean `{}`?", it.name)
            });
            let why = match self.question.searcher {
                Some(_) => format!("Nothing is defined by the name `{name}`{meant}"),
                None => format!("`{name}` is not attached: the codebase is not indexed yet."),
            };
            return self.gathered.missing.push(why);
        }
        let n_found = found.len();
        found.truncate(SAME);
        let mut shown = 0;
        for it in found {
            // With the comments above it, as far as they touch it.
            let first = self.with_comments(&it);
            let reason = format!("attached: defines `{}`", it.name);
            let is_whole = self
                .excerpts
                .add(&it.path, &[(first, it.end_line)], &reason, self.room);
            let head = (it.line, (it.line + 40).min(it.end_line));
            if is_whole || self.excerpts.add(&it.path, &[head], &reason, self.room) {
                shown += 1;
            }
            if !is_whole {
                self.gathered.left_out.push(format!(
                    "`{}` in `{}` is longer than fits.",
                    it.name, it.path
                ));
            }
        }
        if n_found > shown {
            self.gathered.left_out.push(format!(
                "{n_found} things are called `{name}`; {shown} are sent. Say which with what it is in: `@symbol:Type.{}`.",
                last_name(name)
            ));
        }
    }

    /// The first line of a definition with the comments and attributes right above it.
    fn with_comments(&mut self, symbol: &SymbolRecord) -> usize {
        let Some(file) = self.excerpts.file(&symbol.path) else {
            return symbol.line;
        };
        let language = hob_index::language::Language::of_path(Path::new(&symbol.path));
        let mut first = symbol.line.min(file.n_lines());
        while first > 1 {
            let above = file.text_of((first - 1, first - 1)).trim();
            let is_comment = language.is_some_and(|it| {
                it.line_comments.iter().any(|it| above.starts_with(it))
                    || it.block_comments.iter().any(|it| {
                        above.starts_with(it.0) || above.ends_with(it.1) || above.starts_with('*')
                    })
            });
            if above.is_empty() || !(is_comment || above.starts_with(['@', '#'])) {
                break;
            }
            first -= 1;
        }
        first
    }

    fn open(&mut self) {
        if self.question.documents.is_empty() {
            let why = "No document is open.".to_owned();
            return self.gathered.missing.push(why);
        }
        let n_documents = self.question.documents.len();
        let share = self.share;
        for (n, document) in self.question.documents.iter().enumerate() {
            let name = document.name(self.project.root);
            self.share = share.min(self.room.left) / (n_documents - n);
            let inside = match (&document.path, self.project.root) {
                (Some(path), Some(root)) => path.starts_with(root),
                _ => false,
            };
            if inside || self.project.root.is_none() {
                self.file(&name, None);
            } else if document.is_secret() {
                let why = format!(
                    "`{name}` is not attached: it may hold secrets, and such documents are never sent."
                );
                self.gathered.missing.push(why);
            } else if document.path.is_none() {
                // A text that was never saved is in no folder.
                self.text(&name, &document.text.to_string());
            } else {
                self.gathered.missing.push(format!(
                    "`{name}` is not attached: it is outside of the project."
                ));
            }
        }
    }

    fn selection(&mut self, path: Option<&str>, lines: &RangeInclusive<usize>, text: &str) {
        let name = match path {
            Some(path) => {
                let document = self.question.documents.iter().find(|it| {
                    &*it.id == path
                        || it.path.as_deref() == Some(Path::new(path))
                        || it.name(self.project.root) == path
                });
                if secret::is_secret_document(path, Some(Path::new(path)), "")
                    || document.is_some_and(|it| it.is_secret())
                {
                    let why = format!(
                        "The selection in `{path}` is not attached: the file may hold secrets."
                    );
                    return self.gathered.missing.push(why);
                }
                let relative = self.project.root.and_then(|root| {
                    let path = Path::new(path).strip_prefix(root).ok()?;
                    Some(path.to_string_lossy().replace('\\', "/"))
                });
                relative.unwrap_or_else(|| path.to_owned())
            }
            None => "@selection".to_owned(),
        };
        self.put(&name, *lines.start(), text, "selected", "The selection");
    }

    /// The start of a file of which no whole line fits.
    fn start(&mut self, path: &str, first: usize, text: &str) {
        let n_pieces = self.gathered.pieces.len();
        self.put(path, first, text, "attached", &format!("`{path}`"));
        if let Some(piece) = self.gathered.pieces.get(n_pieces) {
            self.gathered.sources.push(Source {
                path: path.to_owned(),
                start_line: piece.start_line,
                end_line: piece.end_line,
                reason: piece.reason.clone(),
            });
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, 1, text, "attached", &format!("`{name}`"));
    }

    /// A text as a piece, as much of it as fits.
    fn put(&mut self, path: &str, first: usize, text: &str, reason: &str, what: &str) {
        if text.trim().is_empty() {
            return self.gathered.missing.push(format!("{what} is empty."));
        }
        if secret::holds_key(text) {
            let why = format!("{what} is not attached: it holds a private key.");
            return self.gathered.missing.push(why);
        }
        let masked = secret::masked(text);
        let left = self.room.left.saturating_sub(self.room.frame(path));
        let whole = self.room.cost(&masked) <= left;
        let fitting = match whole {
            true => &*masked,
            false => self.room.fitting(&masked, self.share.min(left)),
        };
        if !whole {
            self.gathered.left_out.push(match fitting.is_empty() {
                true => format!("There is no room for {}: left out.", lower_first(what)),
                false => cut(what, fitting, &masked),
            });
        }
        if fitting.is_empty() {
            return;
        }
        self.room
            .take((self.room.frame(path) + self.room.cost(fitting)).min(self.room.left));
        self.gathered.pieces.push(Piece {
            path: path.to_owned(),
            start_line: first,
            end_line: first.saturating_add(fitting.lines().count().max(1) - 1),
            text: fitting.to_owned(),
            reason: reason.to_owned(),
        });
    }
}

/// Says how much of a text is sent.
fn cut(what: &str, sent: &str, text: &str) -> String {
    let (n_sent, n_lines) = (sent.lines().count(), text.lines().count());
    let is_whole_line = sent.ends_with('\n');
    match (n_lines, is_whole_line) {
        (0 | 1, _) => format!(
            "{what} is longer than fits: the first {} of {} characters are sent.",
            sent.chars().count(),
            text.chars().count()
        ),
        (_, true) => {
            format!("{what} is longer than fits: the first {n_sent} of {n_lines} lines are sent.")
        }
        (_, false) => format!(
            "{what} is longer than fits: the first {n_sent} of {n_lines} lines are sent, the last of them not to its end."
        ),
    }
}

/// Some lines of a file.
fn file_text(excerpts: &mut Excerpts, path: &str, lines: (usize, usize)) -> String {
    let text = excerpts.file(path).map(|it| it.text_of(lines).to_owned());
    text.unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
