//! Loops: a model that repeats itself is cut after the first turn (rules 4 and 21), but tables, matrices and rows of fields are no loops.

use super::around::Around;
use super::lex::Mode;
use super::shape::is_comment;
use super::{Dropped, End};

/// How many equal rows of a table, or items of a list, are still believed.
const MOST_ROWS: usize = 24;
/// From how many on equal items that hold text or calls and never end are a loop.
const MOST_ITEMS: usize = 5;
/// How many lines that only count up are still believed.
const MOST_COUNTED: usize = 8;
/// The longest cycle of lines that is looked for.
const LONGEST_CYCLE: usize = 8;
/// The longest row of one character in code: 64 binary digits.
const LONGEST_RUN: usize = 64;
/// The same where it may be a ruler: a wide line.
const LONGEST_RULER: usize = 160;
/// How much of the last line is looked at, in bytes.
const TAIL: usize = 2048;

/// How much of the output comes before it starts over.
pub(super) fn cut(around: &Around, text: &str, end: End) -> Result<usize, Dropped> {
    let lines = Row::all(around, text);
    let mut kept = first_turn(&lines).unwrap_or(text.len());
    if kept == text.len()
        && let Some(turn) = turn_at_its_end(text, end)
    {
        kept = turn;
    }
    if let Some(at) = long_run(around, &text[..kept]) {
        kept = at;
    }
    if text[..kept].trim().is_empty() && !text.trim().is_empty() {
        return Err(Dropped::Repetition);
    }
    Ok(kept)
}

/// Whether the complete lines of a stream have started to repeat themselves.
pub(super) fn is_loop(around: &Around, text: &str) -> bool {
    first_turn(&Row::all(around, text)).is_some()
}

/// How much of the text comes before a line that it had already: what may turn out to be a loop.
pub(super) fn before_suspect(around: &Around, text: &str) -> usize {
    let rows = Row::all(around, text);
    let suspect = (1..rows.len()).find(|i| {
        !rows[*i].may_repeat
            && rows[..*i]
                .iter()
                .rev()
                .take(64)
                .any(|it| it.equals(&rows[*i]))
    });
    suspect.map_or(text.len(), |it| rows[it - 1].end)
}

/// A line that is not blank.
struct Row<'a> {
    text: &'a str,
    width: usize,
    /// Where it ends, without its line break.
    end: usize,
    /// Whether it may be repeated: an item, a row, a closer.
    may_repeat: bool,
}

impl<'a> Row<'a> {
    fn all(around: &Around, text: &'a str) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end();
            let first = at == 0;
            let end = at + content.len();
            at += line.len();
            let trimmed = content.trim_start();
            if trimmed.is_empty() {
                continue;
            }
            let mut width = around.unit.width_of(content);
            if first {
                width += around.unit.width_of(around.line());
            }
            let closer = around
                .language
                .is_some_and(|it| it.closers.contains(&trimmed.trim_end_matches(';')));
            let letters = trimmed.bytes().filter(u8::is_ascii_alphabetic).count();
            let may_repeat = closer
                || letters < 2 && !trimmed.contains('(')
                || trimmed.ends_with(',')
                || trimmed.starts_with(['[', '(', '{', '|', '<', ']', ')', '}'])
                || trimmed.starts_with("- ")
                || first && !around.on_blank_line();
            rows.push(Row {
                text: trimmed,
                width,
                end,
                may_repeat,
            });
        }
        rows
    }

    fn equals(&self, other: &Row) -> bool {
        self.text == other.text && self.width == other.width
    }
}

/// Where the first turn of a loop of whole lines ends.
fn first_turn(rows: &[Row]) -> Option<usize> {
    for i in 0..rows.len() {
        let row = &rows[i];
        // The same line, three times on end.
        let turns = 1 + rows[i + 1..]
            .iter()
            .take_while(|it| it.equals(row))
            .take(MOST_ROWS)
            .count();
        if turns >= MOST_ROWS || turns >= 3 && !row.may_repeat {
            return Some(row.end);
        }
        if rows.len() - i >= MOST_ITEMS && is_telling(row) && is_run(&rows[i..]) {
            // The last item of a list has no comma behind it.
            let is_last = row.text.ends_with(',') && !rows[rows.len() - 1].text.ends_with(',');
            return Some(row.end - usize::from(is_last));
        }
        if counts_up(&rows[i..]) {
            return Some(row.end);
        }
        if let Some(end) = turn_of_items(&rows[i..]) {
            return Some(end);
        }
        for length in 2..=LONGEST_CYCLE.min((rows.len() - i) / 2) {
            let block = &rows[i..i + length];
            if block[0].may_repeat || block.iter().all(|it| it.equals(&block[0])) {
                continue;
            }
            let turns = 1 + rows[i + length..]
                .chunks_exact(length)
                .take(3)
                .take_while(|it| it.iter().zip(block).all(|(a, b)| a.equals(b)))
                .count();
            let letters: usize = block.iter().map(|it| it.text.len()).sum();
            if turns >= 3 || turns == 2 && length >= 3 && letters >= 40 {
                // It began above where the lines before are the end of a turn, too.
                let is_earlier = |start: &usize| rows[*start].equals(&rows[start + length]);
                let start = (0..i).rev().take_while(is_earlier).last().unwrap_or(i);
                return Some(rows[start + length - 1].end);
            }
        }
    }
    None
}

/// Whether an item says enough not to be a value that a table holds several times: it has a text, a call or several words.
fn is_telling(row: &Row) -> bool {
    let letters = row.text.bytes().filter(u8::is_ascii_alphabetic).count();
    let words = row
        .text
        .split(|it: char| !it.is_alphanumeric() && it != '_');
    let n_words = words.filter(|it| !it.is_empty()).count();
    letters >= 2 && row.text.contains(['(', '"', '\'']) || letters >= 6 && n_words >= 2
}

/// Whether all of these are the same, but for what parts items and that the last may be unfinished.
fn is_run(rows: &[Row]) -> bool {
    let plain = |it: &Row| it.text.trim_end_matches([',', ';']).len();
    let first = &rows[0];
    let item = &first.text[..plain(first)];
    let n = rows.len();
    rows.iter().enumerate().all(|(i, it)| {
        it.width == first.width
            && (&it.text[..plain(it)] == item || i + 1 == n && item.starts_with(it.text))
    })
}

/// Where the first turn of items ends that come in turn until the end: no table goes on so, three times and more.
fn turn_of_items(rows: &[Row]) -> Option<usize> {
    (2..=LONGEST_CYCLE.min(rows.len() / 3)).find_map(|length| {
        let block = &rows[..length];
        let letters = |it: &Row| it.text.bytes().filter(u8::is_ascii_alphabetic).count();
        // Two values in turn may be a pattern; calls, names and texts are none.
        let tells = block
            .iter()
            .any(|it| letters(it) >= 6 || it.text.contains('('));
        let differ = block.iter().any(|it| !it.equals(&block[0]));
        // The last line may be unfinished.
        let n_later = rows.len() - length;
        let goes_on = rows[length..]
            .iter()
            .zip(rows)
            .enumerate()
            .all(|(n, (a, b))| a.equals(b) || n + 1 == n_later && b.text.starts_with(a.text));
        (differ
            && goes_on
            && (tells || rows.len() >= length * if length > 2 { 4 } else { 6 })
            && block.iter().all(|it| letters(it) > 0))
        .then(|| block[length - 1].end)
    })
}

/// Whether many lines from the first on differ only in numbers that go up by one each: `a1 = x[1]`, `a2 = x[2]` …
fn counts_up(rows: &[Row]) -> bool {
    if rows.len() < MOST_COUNTED
        || rows[0].may_repeat
        || !rows[0].text.bytes().any(|it| it.is_ascii_digit())
    {
        return false;
    }
    rows.windows(2)
        .take(MOST_COUNTED - 1)
        .all(|pair| is_next(&pair[0], &pair[1]))
}

/// Whether `b` is `a` with each of its numbers raised by one, or left as it is, and at least one raised.
fn is_next(a: &Row, b: &Row) -> bool {
    if a.width != b.width || a.text.len().abs_diff(b.text.len()) > 8 {
        return false;
    }
    let (mut left, mut right) = (parts(a.text), parts(b.text));
    let mut raised = false;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return raised,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) if a.checked_add(1) == Some(b) => raised = true,
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// A text in runs of digits and of what is none.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?.is_ascii_digit();
        let end = rest
            .find(|it: char| it.is_ascii_digit() != first)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

/// Where the line begins in which one character stands more often in a row than anybody writes it.
fn long_run(around: &Around, text: &str) -> Option<usize> {
    let prose = around.language.is_none_or(|it| it.prose);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        // Rulers stand in comments, in texts and in strings.
        let is_text = prose
            || line.contains(['"', '\'', '`'])
            || is_comment(around, line)
            || around.mode != Mode::Code;
        let most = if is_text { LONGEST_RULER } else { LONGEST_RUN };
        let bytes = line.as_bytes();
        let mut run = 0;
        for (n, byte) in bytes.iter().enumerate() {
            run = if n > 0 && bytes[n - 1] == *byte {
                run + 1
            } else {
                1
            };
            if run > most && *byte != b' ' && *byte != b'\t' {
                return Some(at);
            }
        }
        at += line.len();
    }
    None
}

/// How much of the text to keep whose last line ends with a pattern of 3 and more characters five times, or of 10 and more three times:
/// up to the end of the pattern's first turn, where that ends a sentence or an item; else without the line.
fn turn_at_its_end(text: &str, end: End) -> Option<usize> {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |it| it + 1);
    let line = &text.as_bytes()[start..];
    let line = &line[line.len().saturating_sub(TAIL)..];
    let (length, turns) = (3..=100.min(line.len() / 3)).find_map(|length| {
        let pattern = &line[line.len() - length..];
        let turns = line
            .rchunks_exact(length)
            .take_while(|it| *it == pattern)
            .count();
        if turns < if length >= 10 { 3 } else { 5 } {
            return None;
        }
        let letters = pattern
            .iter()
            .filter(|it| it.is_ascii_alphabetic() || **it >= 0x80)
            .count();
        let distinct = pattern.iter().any(|it| *it != pattern[0]);
        // Lists, format strings, escapes, cells and rulers repeat by nature, unless they never come to an end.
        let natural = letters < 2 || !distinct || pattern.iter().any(|it| b",<&\\|".contains(it));
        (!natural || distinct && turns * length >= 60 && (turns >= MOST_ROWS || end == End::Limit))
            .then_some((length, turns))
    })?;
    Some(first_turn_of_line(text, start, length, turns).unwrap_or(start.saturating_sub(1)))
}

/// Where the first of `turns` turns of a pattern ends at the end of a line, without what parts it from the next.
fn first_turn_of_line(text: &str, start: usize, length: usize, turns: usize) -> Option<usize> {
    let loop_start = text.len() - length * turns;
    // What stands before may be the first turn's larger part: `0, 0, 0` ends with `, 0`.
    let pattern = text.get(loop_start..loop_start + length)?;
    let whole = pattern.trim_start_matches([',', ' ']).trim_end();
    let head = text.get(start..loop_start)?;
    let turn = match head
        .trim_end()
        .ends_with(whole.trim_end_matches([',', ' ']))
    {
        true => head.trim_end_matches([',', ' ']).len(),
        false => head.len() + pattern.trim_end_matches([',', ' ']).len(),
    };
    let kept = &text[start..start + turn];
    let is_sentence = kept.ends_with(['.', '!', '?']) && kept.contains(' ');
    let is_item = pattern.trim().starts_with(',') || pattern.trim_end().ends_with(',');
    (is_sentence || is_item).then_some(start + turn)
}
