//! From what an answer wants done to what becomes of the files, block by block.

use super::answer::{Answer, Block, Code, Replace, What};
use super::chunk::{Chunk, Op};
use super::draft::Drafts;
use super::elision;
use super::elision::gaps::{self, Against};
use super::find::{self, Found};
use super::hunks;
use super::indent::Indent;
use super::lines::Text;
use super::marks;
use super::patch::Mode;
use super::refusal::{Kind, Problem};
use super::{Target, answer, fence, numbers, snippet};
use hob_index::language::Language;
use std::collections::VecDeque;
use std::path::Path;

/// Says of each block without a name that it is for the target.
pub(super) fn aim(answer: &mut Answer, text: &str, target: &Target) {
    let path = target.path.to_string_lossy().replace('\\', "/");
    for block in &mut answer.blocks {
        if block.path.is_none() {
            block.path = Some(path.clone());
            if let What::Code(code) = &mut block.what {
                code.loosely = true;
            }
        }
    }
    let Some(lines) = &target.lines else {
        return;
    };
    // Code alone is the region, even where the model labels it with the file's name.
    let is_code = |it: &Block| matches!(it.what, What::Code(_)) && it.path.as_ref() == Some(&path);
    let n = answer.blocks.iter().filter(|it| is_code(it)).count();
    if n == 0 && answer.blocks.is_empty() && answer.problems.is_empty() {
        let text = answer::plain(text);
        let all: Vec<&str> = text.lines().collect();
        let first = all.iter().position(|it| !it.trim().is_empty());
        let last = all.iter().rposition(|it| !it.trim().is_empty());
        if let (Some(first), Some(last)) = (first, last) {
            answer.blocks.push(Block {
                line: first + 1,
                path: Some(path.clone()),
                what: What::Code(Code {
                    lines: all[first..=last].iter().map(|&it| it.to_owned()).collect(),
                    closed: true,
                    ..Code::default()
                }),
            });
        }
    }
    for block in &mut answer.blocks {
        if let What::Code(code) = &mut block.what
            && block.path.as_ref() == Some(&path)
        {
            code.region = Some(lines.clone());
        }
    }
}

/// Applies all blocks, in order; what goes wrong is in the drafts.
pub(super) fn apply(answer: &mut Answer, drafts: &mut Drafts) {
    let blocks = snippet::sorted_out(std::mem::take(&mut answer.blocks), drafts);
    let mut turns = Turns::new(&blocks);
    for block in blocks {
        let line = block.line;
        let Some(path) = block.path.clone() else {
            drafts.problem(
                Problem::new(Kind::Unclear, "no file is named for this block")
                    .at(line)
                    .detail("Write the file's path in the line above the block."),
            );
            continue;
        };
        if let Err(problem) = one(block, &path, drafts, &mut turns) {
            drafts.problem(problem.at(line).of(path));
        }
    }
}

fn one(block: Block, path: &str, drafts: &mut Drafts, turns: &mut Turns) -> Result<(), Problem> {
    let path = &known_as(path, &block.what, drafts);
    let at = drafts.get(path)?;
    match block.what {
        What::Replace(replace) => {
            let turn = turns.next(path, &replace);
            self::replace(at, path, &replace, turn, drafts)
        }
        What::Hunks {
            chunks,
            rename,
            mode,
        } => {
            patch(at, path, &chunks, drafts)?;
            if mode.is_some() {
                drafts.draft(at).mode = mode.map(|it| Mode::Executable(it & 0o111 != 0));
            }
            match rename {
                Some(to) if &to != path => self::rename(at, &to, drafts),
                _ => Ok(()),
            }
        }
        What::Create { lines, mode } => {
            let text = Text::of(numbers::of_code(lines, path, None, None)?);
            create(at, path, text, drafts)?;
            drafts.draft(at).mode = mode.map(|it| Mode::Executable(it & 0o111 != 0));
            Ok(())
        }
        What::Delete => delete(at, drafts),
        What::Hollow { chunks } => {
            // What goes must be what was meant.
            if drafts.draft(at).text.is_some() {
                patch(at, path, &chunks, drafts)?;
                if !drafts.draft(at).text.as_ref().is_some_and(Text::is_blank) {
                    return Err(Problem::new(
                        Kind::NotFound,
                        "is to be deleted, but holds more than the diff says",
                    ));
                }
            }
            delete(at, drafts)
        }
        What::Code(code) => snippet::apply(at, path, code, drafts),
    }
}

/// The name under which a file is known, where the answer's isn't quite: with the project's own folder in front.
fn known_as(path: &str, what: &What, drafts: &Drafts) -> String {
    let is_change = match what {
        What::Replace(it) => it
            .splits
            .iter()
            .any(|(search, _)| search.iter().any(|it| !it.trim().is_empty())),
        What::Hunks { .. } | What::Delete | What::Hollow { .. } => true,
        What::Create { .. } | What::Code(_) => false,
    };
    if !is_change || drafts.has(path) {
        return path.to_owned();
    }
    for prefix in ["a/", "b/"] {
        if let Some(rest) = path.strip_prefix(prefix)
            && drafts.has(rest)
        {
            return rest.to_owned();
        }
    }
    if let Some((first, rest)) = path.split_once('/')
        && drafts.root_name().is_some_and(|it| it == first)
        && drafts.has(rest)
    {
        return rest.to_owned();
    }
    path.to_owned()
}

/// Blocks that search the same lines stand for the places of these lines, in order.
struct Turns(Vec<(String, Vec<String>, Waiting)>);

/// Which of how many equal blocks are still to come.
type Waiting = VecDeque<(usize, usize)>;

impl Turns {
    fn new(blocks: &[Block]) -> Turns {
        let mut all: Vec<(String, Vec<String>, usize)> = Vec::new();
        for block in blocks {
            if let (Some(path), What::Replace(it)) = (&block.path, &block.what)
                && let [(search, _)] = it.splits.as_slice()
            {
                match all
                    .iter_mut()
                    .find(|known| known.0 == *path && known.1 == *search)
                {
                    Some(known) => known.2 += 1,
                    None => all.push((path.clone(), search.clone(), 1)),
                }
            }
        }
        let turns = all.into_iter().map(|(path, search, n)| {
            let turns = (0..n).map(|it| (it, n)).collect();
            (path, search, turns)
        });
        Turns(turns.collect())
    }

    /// Which of how many equal blocks this is.
    fn next(&mut self, path: &str, replace: &Replace) -> (usize, usize) {
        let [(search, _)] = replace.splits.as_slice() else {
            return (0, 1);
        };
        let known = self.0.iter_mut().find(|it| it.0 == path && it.1 == *search);
        known.and_then(|it| it.2.pop_front()).unwrap_or((0, 1))
    }
}

fn create(at: usize, path: &str, text: Text, drafts: &mut Drafts) -> Result<(), Problem> {
    let draft = drafts.draft(at);
    match &mut draft.text {
        Some(old) if old.texts() == text.texts() => {
            drafts.note(format!("{path} is there already, just so"));
            Ok(())
        }
        // The file's own line ends are as good as none.
        Some(old) if old.is_blank() => {
            *old = text;
            Ok(())
        }
        Some(_) => Err(Problem::new(Kind::Exists, "is to be made, but exists")
            .detail("To change a file that exists, give the lines that change with some lines round them.")),
        None => {
            draft.text = Some(text);
            Ok(())
        }
    }
}

fn delete(at: usize, drafts: &mut Drafts) -> Result<(), Problem> {
    let draft = drafts.draft(at);
    if draft.place.is_link {
        return Err(Problem::new(
            Kind::Forbidden,
            "is a link; links are not deleted",
        ));
    }
    match draft.text.take() {
        Some(_) => Ok(()),
        None => Err(missing()),
    }
}

fn rename(at: usize, to: &str, drafts: &mut Drafts) -> Result<(), Problem> {
    if drafts.draft(at).place.is_link {
        return Err(Problem::new(
            Kind::Forbidden,
            "is a link; links are not renamed",
        ));
    }
    let target = drafts.get(to).map_err(|it| it.of(to))?;
    if target == at {
        return Ok(());
    }
    if drafts.draft(target).text.is_some() {
        return Err(Problem::new(Kind::Exists, "is to get the name of a file that exists").of(to));
    }
    let permissions = drafts.permissions(at);
    let draft = drafts.draft(at);
    let real = draft
        .moved
        .clone()
        .or_else(|| Some(draft.place.real.clone()));
    let text = draft.text.take();
    let mode = draft.mode.take();
    let Some(text) = text else {
        return Err(missing());
    };
    let target = drafts.draft(target);
    target.text = Some(text);
    target.mode = mode.or(permissions);
    target.moved = real;
    Ok(())
}

fn missing() -> Problem {
    Problem::new(Kind::Missing, "is to be changed, but there is no such file")
        .detail("Use the path of a file of the project, counted from its root; to make a new file, give its whole text.")
}

/// Applies hunks.
fn patch(at: usize, path: &str, chunks: &[Chunk], drafts: &mut Drafts) -> Result<(), Problem> {
    if chunks.is_empty() {
        return match drafts.draft(at).text {
            Some(_) => Ok(()),
            None => Err(missing()),
        };
    }
    let Some(text) = drafts.draft(at).text.clone() else {
        return Err(missing());
    };
    let mut plain = Vec::new();
    for chunk in chunks {
        plain.push(numbers::of_chunk(chunk, path, &text).map_err(|it| it.at(chunk.line))?);
    }
    let split: Vec<Chunk> = plain
        .iter()
        .flat_map(|it| without_elisions(&text, it))
        .collect();
    if let (true, Some(first)) = (split.is_empty(), chunks.first()) {
        let old = first.old();
        let line = old.iter().find(|it| elision::elision(it).is_some());
        return Err(nothing_shown(line.unwrap_or(&"...")).at(first.line));
    }
    let mut todo = Vec::new();
    for chunk in &split {
        written_elision(&text, chunk, path).map_err(|it| it.at(chunk.line))?;
        match is_there(&text, chunk) {
            true => drafts.note(format!("{path}: a change is there already")),
            false => todo.push(chunk.clone()),
        }
    }
    let mut changed = text.clone();
    let placed = hunks::place(&text.texts(), &todo);
    let result = match placed {
        Ok(mut placed) => {
            placed.sort_by_key(|(chunk, place)| std::cmp::Reverse(place.at + chunk.core().start));
            placed
                .iter()
                .try_for_each(|(chunk, place)| chunk.apply(&mut changed, place.at, &place.indent))
                .ok_or_else(unfit)
        }
        // Hunks may count on each other.
        Err((_, problem)) => {
            changed = text.clone();
            let in_turn = todo.iter().try_for_each(|chunk| {
                let placed = hunks::place(&changed.texts(), std::slice::from_ref(chunk)).ok()?;
                let (chunk, place) = placed.first()?;
                chunk.apply(&mut changed, place.at, &place.indent)
            });
            match in_turn {
                Some(()) if todo.len() > 1 && problem.kind == Kind::NotFound => Ok(()),
                _ => Err(problem),
            }
        }
    };
    result?;
    drafts.draft(at).text = Some(changed);
    Ok(())
}

fn unfit() -> Problem {
    Problem::new(
        Kind::NotFound,
        "added lines can't be brought to the file's indentation or encoding",
    )
}

/// A hunk in two where a line of it stands for what is left out.
fn without_elisions(text: &Text, chunk: &Chunk) -> Vec<Chunk> {
    let file = text.texts();
    let is_elision = |op: &Op| matches!(op, Op::Keep(it) if elision::elision(it).is_some());
    if !chunk.ops.iter().any(is_elision) || find::find(&file, chunk, 0..file.len()).is_some() {
        return vec![chunk.clone()];
    }
    let mut line = chunk.line;
    let parts = chunk.ops.split(is_elision).map(|ops| {
        let part = Chunk {
            ops: ops.to_vec(),
            line,
            hint: None,
            sure: false,
            ends: None,
            ..chunk.clone()
        };
        line += ops.len() + 1;
        part
    });
    parts.filter(|it| !it.is_idle()).collect()
}

/// Whether what a change leads to stands in the file, and what it starts from doesn't, or can't be told from it.
fn is_there(text: &Text, chunk: &Chunk) -> bool {
    let file = text.texts();
    let new: Vec<String> = chunk.new_lines().iter().map(|&it| it.to_owned()).collect();
    let added: Vec<&str> = chunk.added().collect();
    let letters = |lines: &[&str]| {
        lines
            .iter()
            .flat_map(|it| it.chars())
            .filter(|it| it.is_alphanumeric())
            .count()
    };
    let full: Vec<&str> = new
        .iter()
        .map(String::as_str)
        .filter(|it| !it.trim().is_empty())
        .collect();
    // A short line may be anywhere.
    if chunk.is_idle() || letters(&full) < 8 || (added.is_empty() && full.len() < 2) {
        return false;
    }
    let wanted = Chunk::replacing(&new, &new);
    let Some(there) = find::find(&file, &wanted, 0..file.len()) else {
        return false;
    };
    match find::find(&file, chunk, 0..file.len()) {
        None => true,
        // Where only lines come, what it starts from is still there afterwards.
        Some(found) => {
            let only_adds = chunk.ops.iter().all(|it| !matches!(it, Op::Remove(_)));
            let reach = new.len();
            only_adds
                && letters(&added) >= 8
                && found.places.iter().all(|it| {
                    there
                        .places
                        .iter()
                        .any(|known| known.at <= it.at && it.at < known.at + reach)
                })
        }
    }
}

/// Refuses to write a line that only says that something is left out.
fn written_elision(text: &Text, chunk: &Chunk, path: &str) -> Result<(), Problem> {
    let new = chunk.new_lines();
    let is_added = chunk.ops.iter().filter_map(|it| match it {
        Op::Keep(_) => Some(false),
        Op::Add(_) => Some(true),
        Op::Remove(_) => None,
    });
    let old = chunk.old();
    let stood = |line: &str| old.iter().any(|it| it.trim() == line.trim());
    let gaps = gaps::gaps(&new, path, Against::Shown(text));
    let mut written = new.iter().zip(is_added).zip(gaps);
    let found = written.find(|((line, added), gap)| *added && *gap && !stood(line));
    match found {
        None => Ok(()),
        Some(((line, _), _)) => Err(left_out(line)),
    }
}

/// The problem that a line stands for code nobody knows.
pub(super) fn left_out(line: &str) -> Problem {
    Problem::new(
        Kind::Unclear,
        format!("`{}` leaves code out, and it isn't clear which", line.trim()),
    )
    .detail("Write the code out, or give only the lines that change with some unchanged lines round them.")
}

/// The problem that all of a block is left out.
pub(super) fn nothing_shown(line: &str) -> Problem {
    Problem::new(
        Kind::Unclear,
        format!(
            "there is nothing but `{}`, which leaves everything out",
            line.trim()
        ),
    )
    .detail("Write the lines that change, with some unchanged lines round them.")
}

fn replace(
    at: usize,
    path: &str,
    replace: &Replace,
    turn: (usize, usize),
    drafts: &mut Drafts,
) -> Result<(), Problem> {
    let is_blank = |lines: &[String]| lines.iter().all(|it| it.trim().is_empty());
    if let [(search, new)] = replace.splits.as_slice()
        && is_blank(search)
    {
        let mut new = new.clone();
        // Some put the new file in a fence of its own.
        let all: Vec<&str> = new.iter().map(String::as_str).collect();
        if let Some(within) = fence::Open::all_within(&all) {
            new = within;
        }
        return match &drafts.draft(at).text {
            Some(it) if !it.is_blank() && it.texts() != new => Err(Problem::new(
                Kind::Exists,
                "nothing is searched, but the file isn't empty",
            )
            .detail("Search some lines that are in the file; an empty search makes a new file.")),
            _ => {
                let new = numbers::of_code(new, path, None, None)?;
                create(at, path, Text::of(new), drafts)
            }
        };
    }
    let Some(text) = drafts.draft(at).text.clone() else {
        return Err(missing());
    };
    let replace = &numbers::of_replace(replace, path, &text)?;
    let file = text.texts();
    let all = 0..file.len();
    let chunks: Vec<Chunk> = replace
        .splits
        .iter()
        .filter(|(search, _)| !is_blank(search))
        .map(|(search, new)| Chunk::replacing(search, new))
        .collect();
    // Of several ways to part a block, the one that searches most and finds it is no accident.
    let found = chunks
        .iter()
        .filter_map(|it| Some((it, find::find(&file, it, all.clone())?)))
        .max_by_key(|(it, _)| it.old().len());
    let Some((chunk, found)) = found else {
        return not_exactly(at, path, replace, &chunks, &text, drafts);
    };
    if replace.splits.len() > 1
        && !file.iter().any(|it| marks::is_middle(it))
        && has_second_divider(&chunk.new_lines(), path)
    {
        return Err(Problem::new(
            Kind::Malformed,
            "it isn't clear which `=======` separates the two sides of the block",
        )
        .detail(
            "A block has one `=======`; write `\\=======` for such a line of the text itself.",
        ));
    }
    written_elision(&text, chunk, path)?;
    if turn.1 == 1 && is_there(&text, chunk) {
        drafts.note(format!("{path}: a change is there already"));
        return Ok(());
    }
    let place = choose(&file, &found, chunk, replace.hint, turn)?;
    let mut changed = text.clone();
    found
        .chunk
        .apply(
            &mut changed,
            found.places[place].at,
            &found.places[place].indent,
        )
        .ok_or_else(unfit)?;
    drafts.draft(at).text = Some(changed);
    Ok(())
}

/// Whether one of the lines is a divider that isn't known to be text: in Markdown and its like such a line underlines a
/// title.
fn has_second_divider(lines: &[&str], path: &str) -> bool {
    let underlines = Language::of_path(Path::new(path))
        .is_some_and(|it| ["markdown", "restructuredtext", "asciidoc"].contains(&it.id));
    let is_title = |at: usize| {
        let title = at.checked_sub(1).map_or("", |it| lines[it].trim());
        let (own, width) = (title.chars().count(), lines[at].trim().len());
        own > 0 && own.abs_diff(width) <= 2
    };
    let dividers = (0..lines.len()).filter(|it| marks::is_middle(lines[*it]));
    dividers.into_iter().any(|it| !(underlines && is_title(it)))
}

/// Which of the places is meant.
fn choose(
    file: &[&str],
    found: &Found,
    chunk: &Chunk,
    hint: Option<usize>,
    (turn, turns): (usize, usize),
) -> Result<usize, Problem> {
    let n = found.places.len();
    if n == 1 {
        return Ok(0);
    }
    if let Some(place) = hint.and_then(|it| hunks::nearest(&found.places, it, 0, true)) {
        return Ok(place);
    }
    // As many equal blocks as places: each is for one of them.
    if turns > 1 && n == turns {
        return Ok(turn);
    }
    if turns > 1 && n == turns - turn {
        return Ok(0);
    }
    let lines: Vec<usize> = found.places.iter().map(|it| it.at + 1).collect();
    Err(hunks::ambiguous(file, chunk, &lines))
}

/// What is searched isn't in the file line by line: it may be there already, leave something out, or be a part of a line.
fn not_exactly(
    at: usize,
    path: &str,
    replace: &Replace,
    chunks: &[Chunk],
    text: &Text,
    drafts: &mut Drafts,
) -> Result<(), Problem> {
    let file = text.texts();
    for (search, new) in &replace.splits {
        if let Some(changed) = with_dots(text, search, new)? {
            drafts.draft(at).text = Some(changed);
            return Ok(());
        }
    }
    if replace.loose
        && let Some((search, new)) = replace.splits.first()
    {
        let (whole, searched) = (file.join("\n"), search.join("\n"));
        let mut places = whole.match_indices(&searched).map(|it| it.0);
        match (places.next(), places.next()) {
            (Some(start), None) => {
                let new_text = [
                    &whole[..start],
                    &new.join("\n"),
                    &whole[start + searched.len()..],
                ]
                .concat();
                let new_lines: Vec<String> = new_text.split('\n').map(str::to_owned).collect();
                let old_lines: Vec<String> = file.iter().map(|&it| it.to_owned()).collect();
                let chunk = Chunk::replacing(&old_lines, &new_lines);
                written_elision(text, &chunk, path)?;
                let mut changed = text.clone();
                chunk
                    .apply(&mut changed, 0, &Indent::Same)
                    .ok_or_else(unfit)?;
                drafts.draft(at).text = Some(changed);
                return Ok(());
            }
            (Some(_), Some(_)) => {
                let lines: Vec<usize> = whole
                    .match_indices(&searched)
                    .map(|it| whole[..it.0].matches('\n').count() + 1)
                    .collect();
                return Err(hunks::ambiguous(&file, &chunks[0], &lines));
            }
            _ => {}
        }
    }
    match chunks {
        [] => Err(Problem::new(Kind::Malformed, "nothing is searched")),
        [chunk, ..] if chunks.len() == 1 && is_there(text, chunk) => {
            drafts.note(format!("{path}: a change is there already"));
            Ok(())
        }
        [.., chunk] => Err(hunks::not_found(&file, chunk)),
    }
}

/// Search and replacement leave the same things out: the parts between are replaced one by one.
fn with_dots(text: &Text, search: &[String], new: &[String]) -> Result<Option<Text>, Problem> {
    let is_elision = |it: &String| elision::elision(it).is_some();
    let parts: Vec<&[String]> = search.split(is_elision).collect();
    let news: Vec<&[String]> = new.split(is_elision).collect();
    if parts.len() < 2 {
        return Ok(None);
    }
    let is_blank = |lines: &&[String]| lines.iter().all(|it| it.trim().is_empty());
    if parts.iter().chain(&news).all(is_blank) {
        let line = search.iter().find(|it| is_elision(it));
        return Err(nothing_shown(line.map_or("...", |it| it)));
    }
    if parts.len() != news.len() {
        let line = search.iter().chain(new).find(|it| is_elision(it));
        return Err(left_out(line.map_or("...", |it| it)));
    }
    let mut changed = text.clone();
    let mut from = 0;
    for (part, new) in parts.iter().zip(&news) {
        let chunk = Chunk::replacing(part, new);
        if part.iter().all(|it| it.trim().is_empty()) {
            if new.iter().any(|it| !it.trim().is_empty()) {
                return Err(left_out("..."));
            }
            continue;
        }
        let file = changed.texts();
        let Some(found) = find::find(&file, &chunk, from..file.len()) else {
            return Ok(None);
        };
        let [place] = found.places.as_slice() else {
            // The first part alone must be clear; those after it are the next ones.
            if from == 0 {
                let lines: Vec<usize> = found.places.iter().map(|it| it.at + 1).collect();
                return Err(hunks::ambiguous(&file, &chunk, &lines));
            }
            return Err(left_out("..."));
        };
        let at = place.at;
        let indent = place.indent.clone();
        found
            .chunk
            .apply(&mut changed, at, &indent)
            .ok_or_else(unfit)?;
        from = at + found.chunk.new_lines().len();
    }
    Ok(Some(changed))
}
