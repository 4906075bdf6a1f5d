//! Line numbers that a view put in front of lines, and that a model wrote back: `12 | x`, `12: x`, `    12⇥x`, `12→x`.
//!
//! They are taken off where every line carries one, in order, and the file carries none. Files that are numbered
//! themselves keep their numbers. Where it can't be told, the answer is refused: a number left in the code breaks it, and
//! a number taken off by mistake is lost.

use super::answer::Replace;
use super::chunk::{Chunk, Op};
use super::elision;
use super::find;
use super::lines::Text;
use super::refusal::{Kind, Problem};
use crate::assist::syntax;
use hob_index::language::Language;
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

/// The end of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// `|`, also as a drawn line.
    Bar,
    /// An arrow, or a sign for a tab.
    Arrow,
    Tab,
    Colon,
    /// `.`, `)` or `-`: of a list, too.
    List,
    /// Blanks alone.
    Blank,
    /// Nothing follows: a blank line whose end was trimmed.
    Missing,
}

/// A line with its number.
#[derive(Clone, Copy, Debug)]
struct Numbered<'a> {
    number: usize,
    mark: Mark,
    /// The number is aligned to the right, or says that it is a line's (`L12:`).
    firm: bool,
    rest: &'a str,
}

fn numbered(line: &str) -> Option<Numbered<'_>> {
    let start = line.trim_start_matches([' ', '\t']);
    let labels = ["Line ", "line ", "L", "l"];
    let labelled = labels.iter().find_map(|it| start.strip_prefix(it));
    let number = labelled.unwrap_or(start);
    let rest = number.trim_start_matches(|it: char| it.is_ascii_digit());
    let digits = &number[..number.len() - rest.len()];
    // No file has more lines than this.
    if digits.is_empty() || digits.len() > 7 {
        return None;
    }
    let behind = rest;
    let rest = rest.trim_start_matches(' ');
    let mark = match rest.chars().next() {
        None => Mark::Missing,
        Some('|' | '│' | '┃' | '┆' | '┊' | '¦' | '▏') => Mark::Bar,
        Some('→' | '⇥' | '␉' | '»') => Mark::Arrow,
        Some('\t') => Mark::Tab,
        Some(':') => Mark::Colon,
        Some('.' | ')' | '-') if behind == rest => Mark::List,
        Some(_) if behind != rest => {
            return Some(Numbered {
                number: digits.parse().ok()?,
                mark: Mark::Blank,
                firm: false,
                rest,
            });
        }
        Some(_) => return None,
    };
    let length = rest.chars().next().map_or(0, char::len_utf8);
    let rest = &rest[length..];
    // `1 || x`, `1::x`, `1 := x` are code.
    if mark == Mark::Bar && rest.starts_with('|')
        || mark == Mark::Colon && rest.starts_with([':', '='])
    {
        return None;
    }
    Some(Numbered {
        number: digits.parse().ok()?,
        mark,
        firm: labelled.is_some() || start.len() < line.len() && mark == Mark::Tab,
        rest,
    })
}

/// The numbers in front of some lines.
struct View<'a> {
    /// For each line.
    lines: Vec<Option<Numbered<'a>>>,
    /// How many lines have a number.
    n: usize,
    /// How many lines say something and have none.
    n_without: usize,
    mark: Mark,
    /// No number is smaller than the one before it.
    rises: bool,
    /// Each is one more than the one before it, but for blank lines and elisions between them.
    in_order: bool,
}

fn view<'a>(lines: &[&'a str]) -> Option<View<'a>> {
    let mut found: Vec<Option<Numbered>> = lines.iter().map(|it| numbered(it)).collect();
    let mark = found
        .iter()
        .flatten()
        .map(|it| it.mark)
        .find(|it| *it != Mark::Missing)?;
    for it in &mut found {
        *it = it.filter(|it| it.mark == mark || it.mark == Mark::Missing);
    }
    let mut view = View {
        n: found.iter().flatten().count(),
        n_without: 0,
        mark,
        rises: true,
        in_order: true,
        lines: Vec::new(),
    };
    let mut last: Option<usize> = None;
    let mut blanks = 0;
    let mut is_gap = false;
    for (line, it) in lines.iter().zip(&found) {
        match it {
            Some(it) => {
                if let Some(last) = last {
                    let step = it.number.checked_sub(last);
                    view.rises &= step.is_some();
                    view.in_order &=
                        step.is_some_and(|it| it == 1 || it == 1 + blanks || is_gap && it > 0);
                }
                (last, blanks, is_gap) = (Some(it.number), 0, false);
            }
            None if line.trim().is_empty() => blanks += 1,
            None if elision::elision(line).is_some() => is_gap = true,
            None => view.n_without += 1,
        }
    }
    view.lines = found;
    Some(view)
}

impl View<'_> {
    /// Whether the marks or the way the numbers stand are a view's and no text's.
    fn is_firm(&self) -> bool {
        matches!(self.mark, Mark::Bar | Mark::Arrow)
            || self.lines.iter().flatten().any(|it| it.firm)
    }

    fn first(&self) -> Option<usize> {
        self.lines.iter().flatten().next().map(|it| it.number)
    }

    /// How many blanks behind the marks belong to the view: none, or one.
    fn blanks(&self, file: &HashSet<&str>) -> usize {
        let rests = || {
            let rests = self.lines.iter().flatten().map(|it| it.rest);
            rests.filter(|it| !it.trim().is_empty())
        };
        if !rests().all(|it| it.starts_with(' ')) {
            return 0;
        }
        let without = rests().filter(|it| file.contains(&it[1..])).count();
        let with = rests().filter(|it| file.contains(*it)).count();
        match self.mark {
            Mark::Bar | Mark::Colon | Mark::List => usize::from(with <= without),
            _ => usize::from(with < without),
        }
    }

    /// The lines without their numbers.
    fn stripped(&self, lines: &[&str], blanks: usize) -> Vec<String> {
        let stripped = lines.iter().zip(&self.lines).map(|(line, it)| match it {
            Some(it) if it.rest.trim().is_empty() => "",
            Some(it) => &it.rest[blanks..],
            None => line,
        });
        stripped.map(str::to_owned).collect()
    }

    /// Whether at least half of the lines are the file's, once their numbers are gone.
    fn resembles(&self, file: &HashSet<&str>) -> bool {
        let known: HashSet<&str> = file.iter().map(|it| it.trim()).collect();
        let rests = self.lines.iter().flatten().map(|it| it.rest.trim());
        let (mut n, mut n_known) = (0, 0);
        for rest in rests.filter(|it| it.chars().any(char::is_alphanumeric)) {
            n += 1;
            n_known += usize::from(known.contains(rest));
        }
        n_known > 0 && 2 * n_known >= n
    }
}

/// What lines are judged by.
struct Judge<'a> {
    path: &'a str,
    /// The lines of the file; `None`: there is none yet.
    file: Option<Vec<&'a str>>,
    /// The lines of the file, from 0, whose place they take.
    place: Option<Range<usize>>,
    /// The lines that they replace have numbers.
    trusted: bool,
}

/// What becomes of the lines.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Keep,
    Strip(Vec<String>),
    Unclear,
}

/// Languages in whose files a line may begin with a number and a colon.
const DATA: &[&str] = &["yaml", "toml", "ini"];

impl Judge<'_> {
    fn judge(&self, lines: &[&str]) -> Verdict {
        let Some(view) = view(lines) else {
            return Verdict::Keep;
        };
        let file: HashSet<&str> = self.file.iter().flatten().copied().collect();
        if self.is_numbered_itself(lines, &view) {
            return Verdict::Keep;
        }
        let strip = || Verdict::Strip(view.stripped(lines, view.blanks(&file)));
        let language = Language::of_path(Path::new(self.path));
        let is_data = language.is_none_or(|it| it.prose || DATA.contains(&it.id));
        // Lists and sums look like that: only the file's own lines behind the numbers say more.
        if matches!(view.mark, Mark::List | Mark::Blank) && !self.trusted {
            let is_view = !is_data && view.n_without == 0 && view.in_order && view.n >= 2;
            return match view.mark {
                _ if !is_view || !view.resembles(&file) => Verdict::Keep,
                Mark::List => strip(),
                // How many blanks are the line's own nobody knows.
                _ => Verdict::Unclear,
            };
        }
        if view.n_without > 0 {
            let many = view.n >= 3 && 2 * view.n >= view.n + view.n_without;
            let is_partly = self.trusted
                || view.n >= 2 && view.rises && view.resembles(&file)
                || many && view.in_order && view.is_firm() && !is_data;
            return match is_partly {
                true => Verdict::Unclear,
                false => Verdict::Keep,
            };
        }
        if !view.in_order {
            let is_view = view.resembles(&file) || view.n >= 3 && view.is_firm() && !is_data;
            return match (self.trusted, is_view) {
                (true, _) if view.rises => strip(),
                (true, _) | (_, true) => Verdict::Unclear,
                _ => Verdict::Keep,
            };
        }
        if self.trusted || view.resembles(&file) {
            return strip();
        }
        let is_here = self
            .place
            .as_ref()
            .zip(view.first())
            .is_some_and(|(place, n)| {
                (place.start + 1..=place.end.max(place.start + lines.len()) + 1).contains(&n)
            });
        if view.n < 2 && !is_here {
            return Verdict::Keep;
        }
        // `3 | 4 => x` may be code.
        let is_alone = view.n < 2 && view.mark == Mark::Bar;
        if view.is_firm() && (!is_alone || is_data) {
            return match is_data && !is_here {
                true => Verdict::Unclear,
                false => strip(),
            };
        }
        if is_data {
            return Verdict::Keep;
        }
        // `1: "one",` is a line of a dictionary where it parses.
        let raw: Vec<String> = lines.iter().map(|&it| it.to_owned()).collect();
        let stripped = view.stripped(lines, view.blanks(&file));
        match (self.errors(&raw), self.errors(&stripped)) {
            (Some(raw), Some(stripped)) if stripped < raw => strip(),
            (Some(raw), _) if !is_here && raw <= self.errors_before() => Verdict::Keep,
            _ => Verdict::Unclear,
        }
    }

    /// Whether the file has such numbers: in one of these lines, beside their place, or in most of its lines.
    fn is_numbered_itself(&self, lines: &[&str], view: &View) -> bool {
        let Some(file) = &self.file else {
            return false;
        };
        let own: HashSet<&str> = file.iter().map(|it| it.trim()).collect();
        let mut carriers = lines.iter().zip(&view.lines).filter(|it| it.1.is_some());
        if carriers.any(|(line, _)| own.contains(line.trim())) {
            return true;
        }
        let has_number = |line: &&str| numbered(line).is_some_and(|it| it.mark == view.mark);
        if let Some(place) = &self.place {
            let end = (place.end + 2).min(file.len());
            let start = place.start.saturating_sub(2).min(end);
            if file[start..end].iter().any(has_number) {
                return true;
            }
        }
        let n = file.iter().filter(|it| !it.trim().is_empty()).count();
        let n_own = file.iter().filter(|it| has_number(it)).count();
        n_own > 0 && 2 * n_own >= n
    }

    /// Syntax errors of the file with these lines.
    fn errors(&self, lines: &[String]) -> Option<usize> {
        let language = Language::of_path(Path::new(self.path))?;
        let mut text: Vec<&str> = lines.iter().map(String::as_str).collect();
        if let (Some(file), Some(place)) = (&self.file, &self.place) {
            let end = place.end.min(file.len());
            let start = place.start.min(end);
            text = [&file[..start], &text, &file[end..]].concat();
        }
        text.push("");
        Some(syntax::errors(language, &text.join("\n"))?.len())
    }

    fn errors_before(&self) -> usize {
        let (Some(file), Some(_)) = (&self.file, &self.place) else {
            return 0;
        };
        let language = Language::of_path(Path::new(self.path));
        language
            .and_then(|it| syntax::errors(it, &(file.join("\n") + "\n")))
            .map_or(0, |it| it.len())
    }
}

fn unclear(lines: &[&str]) -> Problem {
    let line = lines.iter().find(|it| numbered(it).is_some());
    Problem::new(
        Kind::Unclear,
        format!(
            "it isn't clear if the line numbers, as in `{}`, belong to the text",
            line.unwrap_or(&"").trim()
        ),
    )
    .detail("Write the lines as they are in the file, without line numbers in front.")
}

/// Code for a file, without line numbers. `place`: the lines of the file that it replaces, from 0.
///
/// # Errors
/// It can't be told whether numbers belong to it.
pub(super) fn of_code(
    lines: Vec<String>,
    path: &str,
    text: Option<&Text>,
    place: Option<Range<usize>>,
) -> Result<Vec<String>, Problem> {
    let judge = Judge {
        path,
        file: text.map(Text::texts),
        place,
        trusted: false,
    };
    let shown: Vec<&str> = lines.iter().map(String::as_str).collect();
    match judge.judge(&shown) {
        Verdict::Keep => Ok(lines),
        Verdict::Strip(stripped) => Ok(stripped),
        Verdict::Unclear => Err(unclear(&shown)),
    }
}

/// A change without line numbers in front of what goes, stays or comes.
///
/// # Errors
/// It can't be told whether numbers belong to what comes.
pub(super) fn of_chunk(chunk: &Chunk, path: &str, text: &Text) -> Result<Chunk, Problem> {
    let any = |it: &Op| {
        let (Op::Keep(it) | Op::Remove(it) | Op::Add(it)) = it;
        numbered(it).is_some()
    };
    if !chunk.ops.iter().any(any) {
        return Ok(chunk.clone());
    }
    let file = text.texts();
    let mut chunk = chunk.clone();
    let mut found = find::find(&file, &chunk, 0..file.len());
    let mut trusted = false;
    if found.is_none() {
        let old = chunk.old();
        let whole = |it: &View| it.n_without == 0 && it.rises && it.mark != Mark::Blank;
        if let Some(view) = view(&old).filter(whole) {
            let known: HashSet<&str> = file.iter().copied().collect();
            let mut stripped = view.stripped(&old, view.blanks(&known)).into_iter();
            let mut plain = chunk.clone();
            for op in &mut plain.ops {
                if let Op::Keep(it) | Op::Remove(it) = op {
                    *it = stripped.next().unwrap_or_default();
                }
            }
            // Only where it stands says whether the lines that come fit there.
            let only_old = Chunk {
                ops: plain
                    .ops
                    .iter()
                    .filter(|it| !matches!(it, Op::Add(_)))
                    .cloned()
                    .collect(),
                ..plain.clone()
            };
            found = find::find(&file, &only_old, 0..file.len());
            if found.is_some() {
                trusted = true;
                chunk = plain;
            }
        }
    }
    let Some(found) = found else {
        return Ok(chunk);
    };
    let n_old = chunk.old().len();
    let place = found.places.first().map(|it| it.at..it.at + n_old);
    let judge = Judge {
        path,
        file: Some(file),
        place: match trusted {
            true => None,
            false => place,
        },
        trusted,
    };
    let added: Vec<&str> = chunk.added().collect();
    match judge.judge(&added) {
        Verdict::Keep => {}
        Verdict::Unclear => return Err(unclear(&added)),
        Verdict::Strip(stripped) => {
            let mut stripped = stripped.into_iter();
            for op in &mut chunk.ops {
                if let Op::Add(it) = op {
                    *it = stripped.next().unwrap_or_default();
                }
            }
        }
    }
    if trusted {
        // Lines that only differed in their numbers stay.
        let owned =
            |lines: Vec<&str>| -> Vec<String> { lines.into_iter().map(str::to_owned).collect() };
        let ops = Chunk::replacing(&owned(chunk.old()), &owned(chunk.new_lines())).ops;
        chunk.ops = ops;
    }
    Ok(chunk)
}

/// A search/replace block without line numbers on either side.
///
/// # Errors
/// It can't be told whether numbers belong to what comes.
pub(super) fn of_replace(replace: &Replace, path: &str, text: &Text) -> Result<Replace, Problem> {
    let mut replace = replace.clone();
    for (search, new) in &mut replace.splits {
        let chunk = Chunk::replacing(search, new);
        let plain = of_chunk(&chunk, path, text)?;
        if plain != chunk {
            let owned = |lines: Vec<&str>| -> Vec<String> {
                lines.into_iter().map(str::to_owned).collect()
            };
            (*search, *new) = (owned(plain.old()), owned(plain.new_lines()));
        }
    }
    Ok(replace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(text: &str) -> Verdict {
        let file = "import os\n\ndef f():\n    return 1\n";
        let text_of = Text::of(file.lines().map(str::to_owned).collect());
        let judge = Judge {
            path: "a.py",
            file: Some(text_of.texts()),
            place: None,
            trusted: false,
        };
        judge.judge(&text.lines().collect::<Vec<_>>())
    }

    #[test]
    fn numbers_go_in_every_form_of_a_view() {
        let plain = ["import os", "", "def f():", "    return 2"];
        for text in [
            "1 | import os\n2 |\n3 | def f():\n4 |     return 2",
            "1|import os\n2|\n3|def f():\n4|    return 2",
            "   1 | import os\n   2 | \n   3 | def f():\n   4 |     return 2",
            "1: import os\n2:\n3: def f():\n4:     return 2",
            "1:import os\n2:\n3:def f():\n4:    return 2",
            "     1\timport os\n     2\t\n     3\tdef f():\n     4\t    return 2",
            "1\timport os\n2\n3\tdef f():\n4\t    return 2",
            "1→import os\n2→\n3→def f():\n4→    return 2",
            "1⇥import os\n2⇥\n3⇥def f():\n4⇥    return 2",
            "1│ import os\n2│\n3│ def f():\n4│     return 2",
            "L1: import os\nL2:\nL3: def f():\nL4:     return 2",
            "Line 1: import os\nLine 2:\nLine 3: def f():\nLine 4:     return 2",
            "1 | import os\n\n3 | def f():\n4 |     return 2",
            "1 | import os\n\n2 | def f():\n3 |     return 2",
            "1. import os\n2.\n3. def f():\n4.     return 2",
            "1) import os\n2)\n3) def f():\n4)     return 2",
            "001: import os\n002:\n003: def f():\n004:     return 2",
            "101 | import os\n102 |\n103 | def f():\n104 |     return 2",
        ] {
            let Verdict::Strip(found) = strip(text) else {
                panic!("{text}: {:?}", strip(text));
            };
            assert_eq!(found, plain, "{text}");
        }
    }

    #[test]
    fn numbers_that_some_lines_lack_or_that_are_out_of_order_are_not_taken_off() {
        for text in [
            "1 | import os\n2 |\ndef f():\n4 |     return 2",
            "9 | import os\n2 |\n7 | def f():\n4 |     return 2",
            "1 | import os\n5 | def f():\n9 |     return 2",
        ] {
            assert_eq!(strip(text), Verdict::Unclear, "{text}");
        }
    }

    #[test]
    fn numbers_of_the_text_itself_stay() {
        for text in [
            "X = {\n    1: \"a\",\n    2: \"b\",\n}",
            "1. apples\n2. pears",
            "10 PRINT\n20 GOTO 10",
            "1,import os\n2,def f():",
            "x = 1 | y",
            "12",
            "",
        ] {
            assert_eq!(strip(text), Verdict::Keep, "{text}");
        }
    }
}
