//! Invisible characters in what an answer makes of the files, whatever format it is written in: those that can hide code
//! refuse it, the others are left out, and no file may end up with more of them than it has.

use super::lines::{decode, encode};
use super::patch::{FilePatch, Patch};
use super::refusal::{Kind, Problem};
use crate::assist::invisible::{self, Found, Harm};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far the line counts around a character, in characters to each side.
const NEAR: usize = 30;
/// More characters than this are no slip: they carry something, and are not just left out.
const MOST: usize = 1_000;

/// Leaves out what may be left out, with a note, and says what refuses the patch.
pub(super) fn settle(patch: &mut Patch) -> Vec<Problem> {
    let mut problems = Vec::new();
    // What a file held that goes may come with a file that takes its place.
    let gone: Vec<Found> = patch
        .files
        .iter()
        .filter(|it| it.after.is_none())
        .flat_map(|it| all(&decode(&it.texts().0), false))
        .collect();
    for file in &mut patch.files {
        let (before, after) = file.texts();
        let old_mac = is_old_mac(&before, &after);
        let (before, after) = (decode(&before), decode(&after));
        let new = all(&after, old_mac);
        if new.is_empty() {
            continue;
        }
        let known = all(&before, old_mac);
        let moved = if file.before.is_none() { &*gone } else { &[] };
        let excess = excess(known.iter().chain(moved), &new);
        if excess.is_empty() {
            continue;
        }
        let hiding: Vec<char> = excess
            .iter()
            .filter(|(char, _)| is_byte(**char) || invisible::harm(**char) == Some(Harm::Hides))
            .flat_map(|(char, n)| std::iter::repeat_n(*char, *n))
            .collect();
        let blending: usize = excess.values().sum();
        if hiding.is_empty() && blending > MOST {
            let all = excess
                .iter()
                .flat_map(|(it, n)| std::iter::repeat_n(*it, *n));
            problems.push(refused(all.collect()).of(&file.path));
            continue;
        }
        if !hiding.is_empty() {
            problems.push(refused(hiding).of(&file.path));
            continue;
        }
        let dropped = dropped(&before, &known, &after, &new, excess);
        patch.notes.push(format!(
            "{}: left out {}",
            file.path,
            invisible::counted(dropped.iter().map(|it| it.char))
        ));
        let shorter = without(&after, &dropped);
        match in_encoding(file, &shorter) {
            Some(bytes) => file.after = Some(bytes),
            None => {
                problems.push(refused(dropped.iter().map(|it| it.char).collect()).of(&file.path))
            }
        }
    }
    patch
        .files
        .retain(|it| it.before != it.after || (it.mode.is_some() && it.after.is_some()));
    problems
}

fn refused(hiding: Vec<char>) -> Problem {
    let what = invisible::counted(hiding);
    Problem::new(
        Kind::Invisible,
        format!("would get {what} that can make code look like other code"),
    )
    .detail(
        "Leave such characters out, or write them as escape sequences of the language where a string needs them.",
    )
}

/// Whether this stands for a byte of an old encoding that is a control character or the soft hyphen, as [`decode`]
/// writes them.
fn is_byte(it: char) -> bool {
    matches!(it, '\u{10ff80}'..='\u{10ff9f}' | '\u{10ffad}')
}

/// A text of UTF-8 in the encoding of its file. `None`: the file would have other bytes than before where nothing changes.
fn in_encoding(file: &FilePatch, text: &[u8]) -> Option<Vec<u8>> {
    let Some(encoding) = file.encoding() else {
        return Some(text.to_vec());
    };
    let written = |text: &str| {
        let mut bytes = encoding.mark().to_vec();
        bytes.extend(encoding.encode(text).ok()?);
        Some(bytes)
    };
    let after = file.after.as_deref()?;
    let is_exact = written(&encoding.decode(after)?).is_some_and(|it| it == after);
    written(std::str::from_utf8(text).ok()?).filter(|_| is_exact)
}

/// Whether lines end with carriage returns alone, before and after.
fn is_old_mac(before: &[u8], after: &[u8]) -> bool {
    before.contains(&b'\r') && !before.contains(&b'\n') && !after.contains(&b'\n')
}

/// All invisible characters of a text, and the bytes that are some.
fn all(text: &str, old_mac: bool) -> Vec<Found> {
    let bytes = text.char_indices().filter_map(|(at, char)| {
        is_byte(char).then_some(Found {
            at,
            char,
            between: (None, None),
        })
    });
    let is_end = |it: &Found| old_mac && it.char == '\r';
    let mut all: Vec<Found> = invisible::found(text).filter(|it| !is_end(it)).collect();
    if !text.is_ascii() {
        all.extend(bytes);
    }
    all
}

/// Which characters there are more of than before, and how many more.
fn excess<'a>(known: impl Iterator<Item = &'a Found>, new: &[Found]) -> HashMap<char, usize> {
    let mut known = counts(known.map(|it| it.char));
    counts(
        new.iter()
            .map(|it| it.char)
            .filter(|it| !takes(&mut known, it)),
    )
}

/// The characters to leave out: first those that stand where none stood before, the last ones first.
fn dropped(
    before: &str,
    known: &[Found],
    after: &str,
    new: &[Found],
    mut excess: HashMap<char, usize>,
) -> Vec<Found> {
    // A place is known by its line, or where that has changed, by the characters beside it.
    let is_excessive = |it: &&Found| excess.contains_key(&it.char);
    let known: Vec<&Found> = known.iter().filter(is_excessive).collect();
    let new: Vec<&Found> = new.iter().filter(is_excessive).collect();
    let mut lines = counts(known.iter().map(|it| (it.char, line_around(before, it))));
    let mut places = counts(known.iter().map(|it| (it.char, it.between)));
    let (mut strange, mut familiar) = (Vec::new(), Vec::new());
    for it in new {
        if takes(&mut lines, &(it.char, line_around(after, it))) {
            takes(&mut places, &(it.char, it.between));
            familiar.push(*it);
        } else {
            strange.push(*it);
        }
    }
    let (moved, strange): (Vec<Found>, Vec<Found>) = strange
        .into_iter()
        .partition(|it| takes(&mut places, &(it.char, it.between)));
    let order = [strange, moved, familiar];
    let mut dropped: Vec<Found> = order
        .iter()
        .flat_map(|it| it.iter().rev())
        .filter(|it| takes(&mut excess, &it.char))
        .copied()
        .collect();
    dropped.sort_by_key(|it| it.at);
    dropped
}

fn counts<T: Eq + Hash>(all: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    for it in all {
        *counts.entry(it).or_default() += 1;
    }
    counts
}

/// Whether there is one more of these, which is then taken.
fn takes<T: Eq + Hash>(counts: &mut HashMap<T, usize>, it: &T) -> bool {
    match counts.get_mut(it) {
        Some(n) if *n > 0 => {
            *n -= 1;
            true
        }
        _ => false,
    }
}

/// The line in which a character stands, or what is near of a long one; its hash.
fn line_around(text: &str, it: &Found) -> u64 {
    let left = text[..it.at].chars().rev().take_while(|it| *it != '\n');
    let right = text[it.at..].chars().take_while(|it| *it != '\n');
    let mut hasher = DefaultHasher::new();
    left.take(NEAR).for_each(|it| it.hash(&mut hasher));
    right.take(NEAR).for_each(|it| it.hash(&mut hasher));
    hasher.finish()
}

fn without(text: &str, dropped: &[Found]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut from = 0;
    for it in dropped {
        encode(&text[from..it.at], &mut bytes);
        from = it.at + it.char.len_utf8();
    }
    encode(&text[from..], &mut bytes);
    bytes
}
