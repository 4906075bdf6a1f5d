//! Code that leaves parts of its file out: what is left out is found by what stands round it.
//!
//! Both texts are read as definitions and lines. Between two elisions stands a segment; where its first and last known
//! definition or line are in the file, there it goes, and what is left out stays. Where a definition leaves something out
//! itself, the same is done within it. What can't be placed for sure is refused, and so is a result that parses worse.

mod cut;
mod side;

use super::block::left_out;
use super::chunk::Chunk;
use super::elision::gaps::{self, Against};
use super::indent::{self, Indent};
use super::lines::Text;
use super::refusal::{Kind, Problem};
use super::snippet::sound;
use hob_index::language::{Blocks, Language};
use hob_index::outline;
use side::{Def, Side, is_similar, is_strong, is_whole_syntax};
use std::ops::Range;
use std::path::Path;

/// Definitions within definitions, at most.
const DEEPEST: usize = 12;

/// The file with this code in it.
///
/// # Errors
/// It isn't clear where a part of it belongs.
pub(super) fn merge(text: &Text, lines: &[String], path: &str) -> Result<Text, Problem> {
    let language = Language::of_path(Path::new(path));
    let snippet: Vec<&str> = lines.iter().map(String::as_str).collect();
    let file = text.texts();
    let gaps = gaps::gaps(&snippet, path, Against::File(text));
    let mut code = Side::new(&snippet, language);
    for def in &mut code.symbols {
        // What leaves something out is no comment of the definition below it.
        let last = (def.lines.start..def.declared.max(def.lines.start)).rfind(|it| gaps[*it]);
        if let Some(last) = last {
            def.lines.start = last + 1;
            while def.lines.start < def.declared && snippet[def.lines.start].trim().is_empty() {
                def.lines.start += 1;
            }
        }
        // Nor does it end one, where only the indentation tells.
        while def.lines.end > def.declared + 1
            && (gaps[def.lines.end - 1]
                && indent::of(snippet[def.lines.end - 1]).len()
                    <= indent::of(snippet[def.declared]).len()
                || snippet[def.lines.end - 1].trim().is_empty())
        {
            def.lines.end -= 1;
        }
    }
    code.symbols.retain(|it| it.lines.len() > 1);
    let cut_off = !is_whole_syntax(&snippet, &gaps, language);
    if cut_off {
        // Where a definition is cut off, nobody knows what belongs to it.
        code.symbols.clear();
    }
    let merger = Merger {
        code,
        file: Side::new(&file, language),
        gaps,
        cut_off,
        language,
    };
    let merged = merger.merge(0..snippet.len(), 0..file.len(), 0)?;
    let all: Vec<&str> = merged.iter().map(String::as_str).collect();
    if let Some(line) = gaps::first(&all, path, Against::File(text)) {
        return Err(left_out(line));
    }
    let old: Vec<String> = file.iter().map(|&it| it.to_owned()).collect();
    let mut changed = text.clone();
    Chunk::replacing(&old, &merged)
        .apply(&mut changed, 0, &Indent::Same)
        .ok_or_else(|| Problem::new(Kind::NotFound, "holds bytes that can't be restored"))?;
    sound(text, changed, path)
}

/// A part of a segment.
#[derive(Clone, Debug)]
struct Unit {
    /// In the code.
    code: Range<usize>,
    /// Where it is in the file, if it is known.
    file: Option<Range<usize>>,
    is_def: bool,
}

struct Merger<'a> {
    code: Side<'a>,
    file: Side<'a>,
    gaps: Vec<bool>,
    /// The code doesn't parse by itself: only lines that are in the file say where it belongs.
    cut_off: bool,
    language: Option<&'static Language>,
}

impl Merger<'_> {
    /// What becomes of these lines of the file by these lines of the code.
    fn merge(
        &self,
        code: Range<usize>,
        file: Range<usize>,
        depth: usize,
    ) -> Result<Vec<String>, Problem> {
        if depth > DEEPEST {
            return Err(self.unclear(code.start));
        }
        let defs = self.code.within(&code, depth);
        let of_file = self.file.within(&file, depth);
        let mut segments: Vec<Vec<Unit>> = vec![Vec::new()];
        let mut at = code.start;
        while at < code.end {
            if let Some(def) = defs.iter().find(|it| it.lines.start == at) {
                let known = self.same(def, &of_file, &file)?;
                let range = known.map(|it| {
                    // Blank lines behind a section stay.
                    let last = self.file.lines[it.declared..it.lines.end]
                        .iter()
                        .rposition(|it| !it.trim().is_empty());
                    let end = last.map_or(it.lines.end, |last| it.declared + last + 1);
                    match def.declared == def.lines.start {
                        // Comments that it hasn't stay.
                        true => it.declared..end,
                        false => self.lead(def, it)..end,
                    }
                });
                if let (Some(range), Some(known)) = (&range, known)
                    && (self.is_cut_short(def, range) || self.lacks(def, known))
                {
                    return Err(self.unclear(def.lines.start));
                }
                segments.last_mut().into_iter().for_each(|it| {
                    it.push(Unit {
                        code: def.lines.clone(),
                        file: range.clone(),
                        is_def: true,
                    });
                });
                at = def.lines.end;
                continue;
            }
            if self.gaps[at] {
                segments.push(Vec::new());
            } else if let Some(last) = segments.last_mut() {
                last.push(Unit {
                    code: at..at + 1,
                    file: None,
                    is_def: false,
                });
            }
            at += 1;
        }
        let taken: Vec<Range<usize>> = of_file.iter().map(|it| it.lines.clone()).collect();
        let n = segments.len();
        let mut merged: Vec<String> = Vec::new();
        let mut cursor = file.start;
        for (k, mut units) in segments.into_iter().enumerate() {
            let (starts, ends) = (k == 0, k + 1 == n);
            if units.iter().all(|it| self.is_blank(it)) {
                continue;
            }
            // Blank lines beside an elision are no lines of the file.
            let mut blanks = [0, 0];
            while !starts && units.first().is_some_and(|it| self.is_blank(it)) {
                units.remove(0);
                blanks[0] += 1;
            }
            while !ends && units.last().is_some_and(|it| self.is_blank(it)) {
                units.pop();
                blanks[1] += 1;
            }
            let knows_defs = units.iter().any(|it| it.is_def && it.file.is_some());
            if !starts
                && !knows_defs
                && let (Some(first), Some(last)) = (units.first(), units.last())
                && let Some((placed, lines)) =
                    self.by_context(first.code.start..last.code.end, cursor..file.end)
            {
                merged.extend(
                    self.file.lines[cursor..placed.start]
                        .iter()
                        .map(|&it| it.to_owned()),
                );
                merged.extend(lines);
                cursor = placed.end;
                continue;
            }
            if self.cut_off && !starts {
                return Err(self.unclear(units.first().map_or(code.start, |it| it.code.start)));
            }
            if starts && depth > 0 {
                self.head(&mut units, &code, &file);
            }
            self.anchor(&mut units, cursor..file.end, &taken);
            self.free_blanks(&mut units);
            let placed = self.place(&units, cursor..file.end, starts, ends, depth > 0)?;
            merged.extend(
                self.file.lines[cursor..placed.start]
                    .iter()
                    .map(|&it| it.to_owned()),
            );
            let is_new = |it: Option<&Unit>| it.is_some_and(|it| it.file.is_none());
            let is_blank = |at: Option<usize>| {
                at.and_then(|it| self.file.lines.get(it))
                    .is_none_or(|it| it.trim().is_empty())
            };
            // They part only what is new from what stays.
            if is_new(units.first()) && !is_blank(placed.start.checked_sub(1)) {
                merged.extend(std::iter::repeat_n(String::new(), blanks[0]));
            }
            self.write(&units, depth, &mut merged)?;
            if is_new(units.last()) && !is_blank(Some(placed.end)) {
                merged.extend(std::iter::repeat_n(String::new(), blanks[1]));
            }
            cursor = placed.end;
        }
        merged.extend(
            self.file.lines[cursor..file.end]
                .iter()
                .map(|&it| it.to_owned()),
        );
        Ok(merged)
    }

    /// The definition of the file that has this one's name.
    fn same<'b>(
        &'b self,
        def: &Def,
        level: &[&'b Def],
        file: &Range<usize>,
    ) -> Result<Option<&'b Def>, Problem> {
        let alike = |it: &&&Def| {
            it.symbol.name == def.symbol.name
                && (it.symbol.kind == def.symbol.kind
                    || matches!(
                        it.symbol.kind,
                        outline::Kind::Function | outline::Kind::Method
                    ) && matches!(
                        def.symbol.kind,
                        outline::Kind::Function | outline::Kind::Method
                    ))
        };
        let mut found = level.iter().filter(alike).copied();
        match (found.next(), found.next()) {
            (Some(it), None) => return Ok(Some(it)),
            (Some(_), Some(_)) => return Err(self.unclear(def.lines.start)),
            (None, _) => {}
        }
        // A method may be shown without its class.
        let deeper: Vec<&Def> = self.file.symbols.iter().collect();
        let inside = |it: &&&Def| {
            it.lines.start >= file.start && it.lines.end <= file.end && it.lines != *file
        };
        let mut found = deeper.iter().filter(inside).filter(alike).copied();
        match (found.next(), found.next()) {
            (Some(it), None) => Ok(Some(it)),
            (Some(_), Some(_)) => Err(self.unclear(def.lines.start)),
            (None, _) => Ok(None),
        }
    }

    /// Where in the file the comments begin that a definition begins with: an elision may have cut them off.
    fn lead(&self, def: &Def, file: &Def) -> usize {
        let first = self.code.lines[def.lines.start].trim();
        let known =
            (file.lines.start..file.declared).find(|it| self.file.lines[*it].trim() == first);
        known.unwrap_or(file.lines.start)
    }

    /// What a definition begins with is the same in both, whatever its signature is by now.
    fn head(&self, units: &mut Vec<Unit>, code: &Range<usize>, file: &Range<usize>) {
        let opens = |line: &str| {
            let line = line.trim_end();
            line.ends_with(['{', ':', '(']) && !line.ends_with('(')
                || line.ends_with("=>")
                || line.ends_with(" do")
                || line.ends_with(" then")
        };
        let keyword = self
            .language
            .is_some_and(|it| it.blocks == Blocks::Keywords);
        let length = |lines: &[&str]| match lines.iter().position(|it| opens(it)) {
            Some(at) => at + 1,
            None => usize::from(keyword),
        };
        let declared = |side: &Side, range: &Range<usize>| {
            let def = side.symbols.iter().find(|it| {
                it.lines.end == range.end
                    && it.lines.start <= range.start
                    && range.start <= it.declared
            });
            def.map_or(range.start, |it| it.declared.max(range.start))
        };
        let (a, b) = (declared(&self.code, code), declared(&self.file, file));
        let n_code = length(&self.code.lines[a..code.end]);
        let n_file = length(&self.file.lines[b..file.end]);
        if n_code == 0 || n_file == 0 {
            return;
        }
        let end = a + n_code;
        if units
            .iter()
            .take_while(|it| it.code.start < end)
            .any(|it| it.is_def)
        {
            return;
        }
        let rest: Vec<Unit> = units
            .iter()
            .filter(|it| it.code.start >= end)
            .cloned()
            .collect();
        // One unit of all its lines; written as the code has it.
        *units = vec![Unit {
            code: code.start..end,
            file: Some(file.start..b + n_file),
            is_def: false,
        }];
        units.extend(rest);
    }

    /// Where a segment goes that begins and ends with lines of the file, and what it makes of the lines there. `None`:
    /// it doesn't, or there are several such places.
    fn by_context(
        &self,
        code: Range<usize>,
        file: Range<usize>,
    ) -> Option<(Range<usize>, Vec<String>)> {
        let lines = &self.code.lines[code.clone()];
        if self.gaps[code].contains(&true) {
            return None;
        }
        let n = lines.len();
        let same = |at: usize, place: usize| lines[at].trim() == self.file.lines[place].trim();
        let mut found: Option<(usize, usize, Range<usize>)> = None;
        for start in file.clone() {
            let head = (0..n)
                .take_while(|it| start + it < file.end && same(*it, start + it))
                .count();
            if head == 0 {
                continue;
            }
            // Beyond this, more would go than may.
            let furthest = (start + 3 * n + 2).min(file.end);
            for end in start + head..=furthest {
                let most = (n - head).min(end - start - head);
                let tail = (0..most)
                    .take_while(|it| same(n - 1 - it, end - 1 - it))
                    .count();
                if tail == 0 && head < n {
                    continue;
                }
                let (news, olds) = (n - head - tail, end - start - head - tail);
                let strong = (0..head)
                    .chain(n - tail..n)
                    .filter(|it| is_strong(lines[*it]))
                    .count();
                // Few lines go, or many come: else what looks like its end is another one.
                if strong < 2 || olds > 2 * news + 2 || (head == n && end != start + n) {
                    continue;
                }
                match &found {
                    Some((.., known)) if *known != (start..end) => return None,
                    _ => found = Some((head, tail, start..end)),
                }
            }
        }
        let (head, tail, placed) = found?;
        let head_of = |line: &str| format!("{}x", indent::of(line));
        let pairs: Vec<(String, String)> = (0..head)
            .map(|it| (it, placed.start + it))
            .chain((1..=tail).map(|it| (n - it, placed.end - it)))
            .filter(|it| !lines[it.0].trim().is_empty())
            .map(|it| (head_of(lines[it.0]), head_of(self.file.lines[it.1])))
            .collect();
        let known = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        let indent = Indent::learn(known.clone())
            .or_else(|| Indent::learn_levels(known, lines.iter().copied()))?;
        let own = |range: Range<usize>| self.file.lines[range].iter().map(|&it| it.to_owned());
        let mut merged: Vec<String> = own(placed.start..placed.start + head).collect();
        for line in &lines[head..n - tail] {
            merged.push(indent.apply(line)?);
        }
        merged.extend(own(placed.end - tail..placed.end));
        Some((placed, merged))
    }

    /// Finds the lines of a segment that are in the file once.
    fn anchor(&self, units: &mut [Unit], file: Range<usize>, taken: &[Range<usize>]) {
        let free = |at: &usize| !taken.iter().any(|it| it.contains(at));
        for unit in units
            .iter_mut()
            .filter(|it| it.file.is_none() && !it.is_def)
        {
            let line = self.code.lines[unit.code.start].trim();
            if !is_strong(line) {
                continue;
            }
            let mut same = file
                .clone()
                .filter(free)
                .filter(|it| self.file.lines[*it].trim() == line);
            if let (Some(at), None) = (same.next(), same.next()) {
                unit.file = Some(at..at + 1);
            }
        }
        // In order, or not at all.
        let mut least = file.start;
        for unit in units.iter_mut().filter(|it| !it.is_def) {
            match &unit.file {
                Some(it) if it.start < least => unit.file = None,
                Some(it) => least = it.end,
                None => {}
            }
        }
        // Lines that are everywhere are known beside known ones.
        for forward in [true, false] {
            let order: Vec<usize> = match forward {
                true => (1..units.len()).collect(),
                false => (0..units.len().saturating_sub(1)).rev().collect(),
            };
            for at in order {
                if units[at].file.is_some() || units[at].is_def {
                    continue;
                }
                let beside = if forward { at - 1 } else { at + 1 };
                let Some(known) = units[beside].file.clone() else {
                    continue;
                };
                let place = match forward {
                    true => known.end,
                    false => match known.start.checked_sub(1) {
                        Some(it) => it,
                        None => continue,
                    },
                };
                let line = self.code.lines[units[at].code.start].trim();
                let other = units
                    .iter()
                    .any(|it| it.file.as_ref().is_some_and(|it| it.contains(&place)));
                if file.contains(&place) && !other && self.file.lines[place].trim() == line {
                    units[at].file = Some(place..place + 1);
                }
            }
        }
    }

    /// Blank lines between what is known and what is new are nobody's.
    fn free_blanks(&self, units: &mut [Unit]) {
        let full = |it: &Unit| it.file.is_some() && !self.is_blank(it);
        let first = units.iter().position(full).unwrap_or(0);
        let last = units.iter().rposition(full).unwrap_or(0);
        for (n, unit) in units.iter_mut().enumerate() {
            if (n < first || n > last) && self.is_blank(unit) {
                unit.file = None;
            }
        }
    }

    /// The lines of the file that a segment takes the place of.
    fn place(
        &self,
        units: &[Unit],
        file: Range<usize>,
        starts: bool,
        ends: bool,
        inner: bool,
    ) -> Result<Range<usize>, Problem> {
        let first = units.iter().position(|it| it.file.is_some());
        let last = units.iter().rposition(|it| it.file.is_some());
        let mut previous = file.start;
        for known in units.iter().filter_map(|it| it.file.as_ref()) {
            // What is known must come in the same order.
            if known.start < previous {
                return Err(self.unclear(units[0].code.start));
            }
            previous = known.end;
        }
        let full = |units: &[Unit]| -> Vec<usize> {
            let lines = units
                .iter()
                .filter(|it| !it.is_def && !self.is_blank(it))
                .flat_map(|it| it.code.clone());
            lines.collect()
        };
        let (Some(first), Some(last)) = (first, last) else {
            return self.place_new(units, file, starts, ends, inner);
        };
        let at_first = units[first].file.as_ref().map_or(file.start, |it| it.start);
        let at_last = units[last].file.as_ref().map_or(file.end, |it| it.end);
        let mut start = at_first;
        if starts && !inner && file.start < at_first {
            // Without an elision before it, it begins where the file does; but lines would be lost that it doesn't know.
            let lost = &self.file.lines[file.start..at_first];
            let news = full(&units[..first]).len();
            if lost.iter().filter(|it| !it.trim().is_empty()).count() > news {
                start = at_first;
            } else {
                start = file.start;
            }
        } else if starts {
            start = file.start;
        } else {
            let new = full(&units[..first]);
            for at in new.iter().rev() {
                if start > file.start
                    && is_similar(self.code.lines[*at], self.file.lines[start - 1])
                {
                    start -= 1;
                } else if self.is_similar_to_any(*at, file.start..start) {
                    return Err(self.unclear(*at));
                }
            }
        }
        let mut end = at_last;
        if ends {
            let tail = &units[last + 1..];
            if inner {
                end = file.end;
            } else if !tail.is_empty()
                && full(tail).iter().all(|at| !is_strong(self.code.lines[*at]))
            {
                end = self
                    .block_end(units, last, at_last, &file)
                    .unwrap_or(file.end);
            } else if full(tail).is_empty() && tail.iter().all(|it| !it.is_def) {
                // Code that doesn't say what follows says that nothing does only if nothing does.
                end = at_last;
            } else {
                end = self.paired(&full(tail), at_last, file.end)?;
            }
        } else {
            let tail = &units[last + 1..];
            let new = full(tail);
            // A paragraph before a gap is new, or takes the place of another one.
            if let (true, Some(first)) = (self.language.is_some_and(|it| it.prose), new.first()) {
                return Err(self.unclear(*first));
            }
            let closers = new.iter().any(|at| !is_strong(self.code.lines[*at]));
            end = match closers {
                true => match self.block_end(units, last, end, &file) {
                    Some(it) => it,
                    None => return Err(self.unclear(units[last].code.start)),
                },
                false => self.paired(&new, end, file.end)?,
            };
        }
        match start <= end {
            true => Ok(start..end),
            false => Err(self.unclear(units[0].code.start)),
        }
    }

    /// New lines behind known ones take the place of lines that are much like them, one by one.
    fn paired(&self, new: &[usize], mut end: usize, until: usize) -> Result<usize, Problem> {
        for at in new {
            if end < until && is_similar(self.code.lines[*at], self.file.lines[end]) {
                end += 1;
            } else if self.is_similar_to_any(*at, end..until) {
                return Err(self.unclear(*at));
            }
        }
        Ok(end)
    }

    /// Where the block ends that the last known line opens, if the segment ends with what closes it.
    fn block_end(
        &self,
        units: &[Unit],
        last: usize,
        from: usize,
        file: &Range<usize>,
    ) -> Option<usize> {
        let closer = units.iter().rev().find(|it| !self.is_blank(it))?;
        let closer = self.code.lines[closer.code.start];
        // The line of the code that opens it has the closer's indentation.
        let opener = units[..=last].iter().rev().find(|it| {
            it.file.is_some() && indent::of(self.code.lines[it.code.start]) == indent::of(closer)
        })?;
        let margin = indent::of(self.file.lines[opener.file.as_ref()?.start]);
        let start = opener.file.as_ref()?.end.max(from);
        for at in start..file.end {
            let line = self.file.lines[at];
            if line.trim().is_empty() {
                continue;
            }
            if indent::of(line) == margin && line.trim() == closer.trim() {
                return Some(at + 1);
            }
            if indent::of(line).len() <= margin.len() {
                return None;
            }
        }
        None
    }

    /// The place of a segment of which nothing is in the file.
    fn place_new(
        &self,
        units: &[Unit],
        file: Range<usize>,
        starts: bool,
        ends: bool,
        inner: bool,
    ) -> Result<Range<usize>, Problem> {
        let lines: Vec<usize> = units
            .iter()
            .filter(|it| !it.is_def && !self.is_blank(it))
            .flat_map(|it| it.code.clone())
            .collect();
        let first = units.first().map_or(0, |it| it.code.start);
        if starts {
            let end = self.paired(&lines, file.start, file.end)?;
            return Ok(file.start..end);
        }
        if ends {
            let mut start = file.end;
            for at in lines.iter().rev() {
                let line = self.code.lines[*at].trim();
                let is_next = start > file.start
                    && (self.file.lines[start - 1].trim() == line
                        || is_strong(line) && is_similar(line, self.file.lines[start - 1]));
                if is_next {
                    start -= 1;
                } else if !inner && !is_strong(line) {
                    // Without a definition round it, a closer says nothing.
                    continue;
                } else if self.is_similar_to_any(*at, file.start..start) {
                    return Err(self.unclear(*at));
                }
            }
            return Ok(start..file.end);
        }
        // Between two elisions there is a place only for what changes a line that is there.
        let Some(&line) = lines.first() else {
            return Err(self.unclear(first));
        };
        let mut alike = file
            .clone()
            .filter(|it| is_similar(self.code.lines[line], self.file.lines[*it]));
        match (alike.next(), alike.next()) {
            (Some(at), None) if !units.iter().any(|it| it.is_def) => {
                let end = self.paired(&lines, at, file.end)?;
                match end - at == lines.len() {
                    true => Ok(at..end),
                    false => Err(self.unclear(first)),
                }
            }
            _ => Err(self.unclear(first)),
        }
    }

    /// Writes the lines of a segment as they will stand in the file.
    fn write(&self, units: &[Unit], depth: usize, merged: &mut Vec<String>) -> Result<(), Problem> {
        let head = |line: &str| format!("{}x", indent::of(line));
        let pairs: Vec<(String, String)> = units
            .iter()
            .filter_map(|it| {
                let file = it.file.as_ref()?;
                let line = |side: &Side, range: &Range<usize>| {
                    let lines = side.lines[range.clone()].iter();
                    lines
                        .clone()
                        .find(|it| !it.trim().is_empty())
                        .map(|it| head(it))
                };
                Some((line(&self.code, &it.code)?, line(&self.file, file)?))
            })
            .collect();
        let known = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        let news = units
            .iter()
            .flat_map(|it| it.code.clone())
            .map(|it| self.code.lines[it]);
        let learned = Indent::learn(known.clone()).or_else(|| Indent::learn_levels(known, news));
        let first_line = units.first().map_or(0, |it| it.code.start);
        let indent = learned.ok_or_else(|| self.unclear(first_line))?;
        for unit in units {
            match &unit.file {
                Some(file) if unit.is_def && self.gaps[unit.code.clone()].contains(&true) => {
                    merged.extend(self.merge(unit.code.clone(), file.clone(), depth + 1)?);
                }
                Some(file)
                    if !unit.is_def
                        && unit.code.len() == 1
                        && file.len() == 1
                        && self.code.lines[unit.code.start].trim()
                            == self.file.lines[file.start].trim() =>
                {
                    merged.push(self.file.lines[file.start].to_owned());
                }
                _ => {
                    for at in unit.code.clone() {
                        let line = self.code.lines[at];
                        let line = indent
                            .apply(line)
                            .ok_or_else(|| self.unclear(unit.code.start))?;
                        merged.push(match self.own_head(unit, at) {
                            Some(own) => own.to_owned(),
                            None => line,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// The line of the file that declares what this one does, if that only says more: `export class A {`.
    fn own_head(&self, unit: &Unit, at: usize) -> Option<&str> {
        let declares =
            |side: &Self, at: usize| side.code.symbols.iter().any(|it| it.declared == at);
        let line = self.code.lines[at].trim();
        let file = unit.file.clone().filter(|_| declares(self, at))?;
        let mut heads = self
            .file
            .symbols
            .iter()
            .filter(|it| file.contains(&it.declared));
        let head = self.file.lines[heads.next()?.declared];
        head.trim().ends_with(&format!(" {line}")).then_some(head)
    }

    fn is_blank(&self, unit: &Unit) -> bool {
        self.code.lines[unit.code.clone()]
            .iter()
            .all(|it| it.trim().is_empty())
    }

    fn is_similar_to_any(&self, at: usize, file: Range<usize>) -> bool {
        let line = self.code.lines[at];
        is_strong(line) && self.file.lines[file].iter().any(|it| is_similar(line, it))
    }

    fn unclear(&self, at: usize) -> Problem {
        let line = self.code.lines.get(at).map_or("", |it| it.trim());
        Problem::new(
            Kind::Unclear,
            format!("code is left out, and it isn't clear where `{line}` belongs"),
        )
        .detail("Give search/replace blocks with the lines that change, or the whole file.")
    }
}
