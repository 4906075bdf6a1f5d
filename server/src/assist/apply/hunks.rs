//! Where the hunks of a diff belong: their context decides; what `@@` says of the enclosing lines, the order of the
//! hunks, and at last line numbers only choose between places that fit.

use super::chunk::{Chunk, Op};
use super::find::{self, Found, Place};
use super::refusal::{Kind, Problem, numbered};

/// The place of each hunk.
///
/// # Errors
/// The first hunk that fits nowhere, or in more than one place; with its index.
pub(super) fn place(
    file: &[&str],
    chunks: &[Chunk],
) -> Result<Vec<(Chunk, Place)>, (usize, Problem)> {
    let mut all: Vec<Found> = Vec::new();
    for (n, chunk) in chunks.iter().enumerate() {
        all.push(candidates(file, chunk).ok_or_else(|| (n, not_found(file, chunk)))?);
    }
    for (found, chunk) in all.iter_mut().zip(chunks) {
        by_section(file, found, &chunk.section);
    }
    prune(&mut all);
    let mut drift = 0_isize;
    for n in 0..all.len() {
        if all[n].places.len() > 1 {
            by_number(&mut all[n], drift);
            prune(&mut all);
        }
        if let ([place], Some(hint), true) =
            (all[n].places.as_slice(), chunks[n].hint, chunks[n].sure)
        {
            drift = place.at as isize + 1 - hint as isize;
        }
    }
    let mut placed = Vec::new();
    for (n, found) in all.into_iter().enumerate() {
        let places: Vec<usize> = found.places.iter().map(|it| it.at + 1).collect();
        let mut of_found = found.places.into_iter();
        match (of_found.next(), of_found.next()) {
            (Some(place), None) => placed.push((found.chunk, place)),
            _ => return Err((n, ambiguous(file, &chunks[n], &places))),
        }
    }
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by_key(|&it| placed[it].1.at + placed[it].0.core().start);
    for pair in order.windows(2) {
        let (a, b) = (&placed[pair[0]], &placed[pair[1]]);
        if a.1.at + a.0.core().end > b.1.at + b.0.core().start {
            let problem = Problem::new(Kind::Malformed, "two hunks change the same lines")
                .at(chunks[pair[1]].line);
            return Err((pair[1], problem));
        }
    }
    Ok(placed)
}

fn candidates(file: &[&str], chunk: &Chunk) -> Option<Found> {
    if chunk.old().is_empty() {
        // With nothing said of where, there is one place only in an empty file.
        let is_blank = file.iter().all(|it| it.trim().is_empty());
        let at = if is_blank {
            0
        } else if chunk.at_end {
            file.len()
        } else {
            return None;
        };
        let place = Place {
            at,
            indent: super::indent::Indent::Same,
        };
        return Some(Found {
            chunk: chunk.clone(),
            places: vec![place],
        });
    }
    let all = 0..file.len();
    let mut found = find::find(file, chunk, all.clone());
    if found.is_none() {
        // The blank in front of lines that stay may be lost.
        let mut shifted = chunk.clone();
        for op in &mut shifted.ops {
            if let Op::Keep(it) = op
                && it.starts_with(' ')
            {
                it.insert(0, ' ');
            }
        }
        found = find::find(file, &shifted, all);
    }
    if let Some(found) = &mut found
        && chunk.at_end
    {
        let len = found.chunk.old().len();
        let at_end: Vec<Place> = found
            .places
            .iter()
            .filter(|it| it.at + len == file.len())
            .cloned()
            .collect();
        if !at_end.is_empty() {
            found.places = at_end;
        }
    }
    found
}

/// Keeps the places that are enclosed by what `@@` says, else those that follow it most closely.
fn by_section(file: &[&str], found: &mut Found, section: &[String]) {
    if found.places.len() < 2 || section.is_empty() {
        return;
    }
    let says = |line: &str, section: &str| {
        let (line, section) = (line.trim(), section.trim());
        line == section || (section.len() >= 4 && line.contains(section))
    };
    // A hunk's first changed line is what the section encloses.
    let core = found.chunk.core().start;
    let enclosed: Vec<Place> = found
        .places
        .iter()
        .filter(|it| {
            let lines = find::enclosing(file, it.at + core);
            section
                .iter()
                .all(|section| lines.iter().any(|line| says(line, section)))
        })
        .cloned()
        .collect();
    if !enclosed.is_empty() {
        found.places = enclosed;
        return;
    }
    let Some(last) = section.last() else {
        return;
    };
    let distance = |it: &Place| {
        file[..it.at + core]
            .iter()
            .rev()
            .position(|line| says(line, last))
    };
    let least = found.places.iter().filter_map(distance).min();
    if let Some(least) = least {
        found.places.retain(|it| distance(it) == Some(least));
    }
}

/// Hunks stand in the order of the file: drops places that leave none for the hunks before or after.
fn prune(all: &mut [Found]) {
    let original: Vec<Vec<Place>> = all.iter().map(|it| it.places.clone()).collect();
    let mut least = 0;
    for found in all.iter_mut() {
        let core = found.chunk.core();
        found.places.retain(|it| it.at + core.start >= least);
        least = found
            .places
            .first()
            .map_or(usize::MAX, |it| it.at + core.end);
    }
    let mut most = usize::MAX;
    for found in all.iter_mut().rev() {
        let core = found.chunk.core();
        found.places.retain(|it| it.at + core.end <= most);
        most = found.places.last().map_or(0, |it| it.at + core.start);
    }
    if all.iter().any(|it| it.places.is_empty()) {
        // They stand in another order; then each must be clear by itself.
        for (found, places) in all.iter_mut().zip(original) {
            found.places = places;
        }
    }
}

/// Keeps the place that is nearest to where the hunk says it is, if it is by far the nearest.
fn by_number(found: &mut Found, drift: isize) {
    let Some(hint) = found.chunk.hint else {
        return;
    };
    let sure = found.chunk.sure;
    if let Some(at) = nearest(&found.places, hint, drift, sure) {
        found.places = vec![found.places[at].clone()];
    }
}

/// Which of the places a line number means; `None`: it doesn't say.
pub(super) fn nearest(places: &[Place], hint: usize, drift: isize, sure: bool) -> Option<usize> {
    let wanted = hint as isize - 1 + drift;
    let mut by_distance: Vec<(usize, usize)> = places
        .iter()
        .enumerate()
        .map(|(n, it)| ((it.at as isize).abs_diff(wanted), n))
        .collect();
    by_distance.sort_unstable();
    let (&(first, n), &(second, _)) = (by_distance.first()?, by_distance.get(1)?);
    // Numbers are often off by some lines. Where a hunk's counts are wrong, only the exact line is no accident.
    let is_it = first == 0 || (sure && first < second && first.saturating_mul(3) <= second);
    is_it.then_some(n)
}

/// The problem that lines aren't in the file.
pub(super) fn not_found(file: &[&str], chunk: &Chunk) -> Problem {
    let old = chunk.old();
    if old.is_empty() {
        return Problem::new(Kind::Unclear, "lines are added, but nothing says where")
            .at(chunk.line)
            .detail("Give some lines before and after them, as they are in the file.");
    }
    let mut detail = format!("Searched:\n{}", indented(&old));
    match find::nearest(file, &old) {
        Some((at, lines)) => {
            detail.push_str("The most similar lines of the file are:\n");
            detail.push_str(&numbered(at + 1, &lines));
            detail.push_str("Copy the lines exactly as they are in the file, without the numbers.");
        }
        None => detail.push_str("Nothing like it is in the file."),
    }
    let message = match old.len() {
        1 => "the line that is to be changed isn't in the file".to_owned(),
        n => format!("the {n} lines that are to be changed aren't in the file"),
    };
    Problem::new(Kind::NotFound, message)
        .at(chunk.line)
        .detail(detail)
}

/// The problem that lines are in the file more than once.
pub(super) fn ambiguous(file: &[&str], chunk: &Chunk, lines: &[usize]) -> Problem {
    let shown: Vec<String> = lines.iter().take(8).map(usize::to_string).collect();
    let more = if lines.len() > 8 { ", …" } else { "" };
    let message = format!(
        "what is to be changed is in the file {} times, at lines {}{more}",
        lines.len(),
        shown.join(", ")
    );
    let mut detail = format!(
        "Searched:\n{}Add lines before or after it that tell which one is meant:\n",
        indented(&chunk.old())
    );
    for at in lines.iter().take(4) {
        let from = at.saturating_sub(3);
        let to = (at + chunk.old().len() + 1).min(file.len());
        detail.push_str(&numbered(from + 1, &file[from..to]));
        detail.push('\n');
    }
    Problem::new(Kind::Ambiguous, message)
        .at(chunk.line)
        .detail(detail)
}

fn indented(lines: &[&str]) -> String {
    lines
        .iter()
        .take(40)
        .map(|it| format!("    {it}\n"))
        .collect()
}
