//! How often `builtin` is right: cuts the rests of lines out of real projects and lets the model of the same project,
//! without the file (and without its identical copies), write them again.
//!
//! ```text
//! cargo run --release -p hob-index --example builtin_quality -- [--places 60] [--seed 1] [--infill] [--misses] [--fit] [--typing] FOLDER…
//! ```
//!
//! Each folder is one project, in one version. Ways to get some, with the ordinary clients:
//! Rust: `~/.cargo/registry/src/*/NAME-VERSION` is there. Python: `pip download --no-binary :all: --no-deps requests`,
//! then `tar xf`. JavaScript and TypeScript: `npm pack rxjs`, then `tar xf`. Go: `go mod download` in a module that
//! requires them, then `$GOPATH/pkg/mod/…`. Java: `mvn dependency:get -Dartifact=org.jsoup:jsoup:1.17.2:jar:sources
//! -Dtransitive=false`, then `unzip` what is in `~/.m2`. C: crates that bring sources, such as `ring`.
//!
//! A place is a random token boundary within a random line of code (no comment, not blank, at least three characters
//! to come); in half of the places with a blank there, the blank is typed already. *Right* is exactly right: the whole
//! rest of the line, blanks included. `--infill` cuts out only a part and leaves the rest of the line after the cursor.
//!
//! Each place is asked for three times. *Hole*: the rest of the line is missing from finished code. *New code*: 1 to 12 of
//! the lines that follow are missing too, up to the end of the block by its indentation. *Small*: new code in a codebase
//! of at most [`SMALL`] files.
//!
//! `--typing` replays a user who types blocks of [`BLOCK`] lines key by key (`--places` blocks in each project). The model
//! doesn't know the file, and the document lacks the block. A shown ghost stays while the user types along it; else each
//! key asks anew. The table says, for several thresholds, how much of what the user sees is right: the whole shown text
//! agrees with what is typed next in the line. The server's gate by syntax and its trimming aren't replayed.

#![allow(clippy::print_stdout)]

use hob_index::ngram::{CERTAIN, Codebase, FEATURES, PARAMETERS, Query, SHOW};
use hob_index::walk;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A small codebase has so many files.
const SMALL: usize = 5;
/// So many lines are retyped in a row with `--typing`.
const BLOCK: usize = 6;
/// The confidences from which on a ghost is shown that `--typing` compares.
const THRESHOLDS: [f32; 10] = [0.2, 0.32, 0.4, 0.45, SHOW, 0.55, 0.6, 0.65, 0.7, 0.8];

/// What is missing around the cursor, and what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Hole,
    NewCode,
    Small,
}

/// One question and how it went.
struct Outcome {
    kind: Kind,
    language: &'static str,
    right: bool,
    /// -1 where nothing was offered.
    confidence: f32,
    ms: f32,
    /// For `--fit`: what decided about each token.
    evidence: Vec<Vec<(usize, f32)>>,
    /// For `--fit`: what the guess was judged by.
    features: Option<[f32; FEATURES]>,
}

struct Options {
    places: usize,
    seed: u64,
    infill: bool,
    misses: bool,
    fit: bool,
    typing: bool,
    folders: Vec<PathBuf>,
}

fn main() {
    let options = options();
    if options.typing {
        return typing(&options);
    }
    let mut outcomes = Vec::new();
    println!(
        "{:<34} {:>6} {:>7} {:>7} {:>7}",
        "project", "places", "exact", "at 40%", "at 30%"
    );
    for folder in &options.folders {
        let of_project = measure(folder, &options);
        let name = folder
            .file_name()
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        row(&name, &of_kind(&of_project, Kind::Hole));
        outcomes.extend(of_project);
    }
    println!();
    let mut languages: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for it in of_kind(&outcomes, Kind::Hole) {
        languages.entry(it.language).or_default().push(it);
    }
    for (language, outcomes) in &languages {
        row(language, outcomes);
    }
    for kind in [Kind::Hole, Kind::NewCode, Kind::Small] {
        println!();
        let of_kind = of_kind(&outcomes, kind);
        row(&format!("{kind:?}, all languages"), &of_kind);
        summary(&of_kind);
    }
    if options.fit {
        fit(&of_kind(&outcomes, Kind::Hole));
        fit_confidence(&outcomes);
    }
}

fn of_kind(outcomes: &[Outcome], kind: Kind) -> Vec<&Outcome> {
    outcomes.iter().filter(|it| it.kind == kind).collect()
}

/// Fits the confidence by logistic regression (Newton's method), and prints the weights as they stand in
/// `index/src/ngram/confidence.rs`.
fn fit_confidence(outcomes: &[Outcome]) {
    /// Pulls weights to 0, so that no two features fight.
    const PRIOR: f64 = 1.0;
    let examples: Vec<([f64; FEATURES], f64)> = outcomes
        .iter()
        .filter_map(|it| Some((it.features?.map(f64::from), f64::from(u8::from(it.right)))))
        .collect();
    let mut weights = [0.0f64; FEATURES];
    let mut log = 0.0;
    for _ in 0..25 {
        let mut gradient = weights.map(|it| -PRIOR * it);
        let mut curvature = [[0.0f64; FEATURES]; FEATURES];
        (0..FEATURES).for_each(|it| curvature[it][it] = PRIOR);
        log = 0.0;
        for (features, right) in &examples {
            let sum: f64 = weights.iter().zip(features).map(|it| it.0 * it.1).sum();
            let guess = 1.0 / (1.0 + (-sum).exp());
            let given = if *right > 0.5 { guess } else { 1.0 - guess };
            log += given.max(1e-9).ln();
            for (row, a) in features.iter().enumerate() {
                gradient[row] += (right - guess) * a;
                for (column, b) in features.iter().enumerate() {
                    curvature[row][column] += guess * (1.0 - guess) * a * b;
                }
            }
        }
        let step = solve(curvature, gradient);
        weights.iter_mut().zip(step).for_each(|it| *it.0 += it.1);
    }
    println!("confidence, log likelihood {log:.0}: {weights:.4?}");
}

/// Solves a system of linear equations whose matrix is positive definite.
fn solve(mut matrix: [[f64; FEATURES]; FEATURES], mut right: [f64; FEATURES]) -> [f64; FEATURES] {
    for pivot in 0..FEATURES {
        let of_pivot = matrix[pivot];
        for row in (0..FEATURES).filter(|it| *it != pivot) {
            let factor = matrix[row][pivot] / of_pivot[pivot];
            for (to, from) in matrix[row].iter_mut().zip(of_pivot) {
                *to -= factor * from;
            }
            right[row] -= factor * right[pivot];
        }
    }
    std::array::from_fn(|it| right[it] / matrix[it][it])
}

/// Fits the weights of the evidence by expectation maximisation, so that the true tokens are the likeliest, and prints
/// them as they stand in `index/src/ngram/weights.rs`.
fn fit(outcomes: &[&Outcome]) {
    /// What a token that no context knows has.
    const UNKNOWN: f32 = 1e-6;
    /// Pulls parameters with few observations to one half.
    const PRIOR: f32 = 2.0;
    let mut weights = vec![0.5f32; PARAMETERS];
    let mut log = 0.0;
    for _ in 0..60 {
        let mut used = vec![PRIOR * 0.5; PARAMETERS];
        let mut reached = vec![PRIOR; PARAMETERS];
        log = 0.0;
        for trace in outcomes.iter().flat_map(|it| &it.evidence) {
            let mut left = 1.0;
            let mut parts: Vec<f32> = Vec::new();
            for (parameter, share) in trace {
                parts.push(left * weights[*parameter] * share);
                left *= 1.0 - weights[*parameter];
            }
            let sum: f32 = parts.iter().sum::<f32>() + left * UNKNOWN;
            log += f64::from(sum.ln());
            let mut later = left * UNKNOWN / sum;
            for (at, (parameter, _)) in trace.iter().enumerate().rev() {
                used[*parameter] += parts[at] / sum;
                later += parts[at] / sum;
                reached[*parameter] += later;
            }
        }
        for at in 0..PARAMETERS {
            weights[at] = (used[at] / reached[at]).clamp(0.001, 0.999);
        }
    }
    println!("log likelihood {log:.0}");
    for row in weights.chunks(13) {
        println!(
            "    {}",
            row.iter()
                .map(|it| format!("{it:.3}, "))
                .collect::<String>()
        );
    }
}

fn options() -> Options {
    let mut options = Options {
        places: 60,
        seed: 1,
        infill: false,
        misses: false,
        fit: false,
        typing: false,
        folders: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(it) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|it| it.parse().ok())
                .expect("a number")
        };
        match it.as_str() {
            "--places" => options.places = number() as usize,
            "--seed" => options.seed = number(),
            "--infill" => options.infill = true,
            "--fit" => options.fit = true,
            "--typing" => options.typing = true,
            "--misses" => options.misses = true,
            _ => options.folders.push(PathBuf::from(it)),
        }
    }
    options
}

/// The source files of a project, each distinct text once: a copy would give the answer away; the first by path stays.
fn texts_of(folder: &Path) -> Vec<(PathBuf, String)> {
    let (files, _) = walk::files(folder);
    let mut texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .filter(|it| language_of(&it.path).is_some())
        .filter_map(|it| {
            walk::read(folder, &it.path)
                .ok()
                .map(|text| (it.path, text))
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    texts.retain(|it| seen.insert(it.1.clone()));
    texts
}

/// What a typing user saw at one threshold.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    keys: usize,
    /// Keys after which a ghost is shown, and those of them where all of it is right, or its first word or sign.
    shown: usize,
    right: usize,
    first_right: usize,
    /// Different ghosts, those along which the user types counted once.
    ghosts: usize,
    right_ghosts: usize,
    /// Keys that a user saves who accepts each ghost that is right.
    saved: usize,
}

/// Replays typing in all projects, and prints what was seen in each language at each threshold.
fn typing(options: &Options) {
    let mut languages: BTreeMap<&str, [Seen; THRESHOLDS.len()]> = BTreeMap::new();
    for folder in &options.folders {
        let texts = texts_of(folder);
        let codebase = Codebase::of_files(texts.iter().cloned());
        let lines: Vec<(usize, usize)> = (0..texts.len())
            .flat_map(|file| {
                let starts = code_lines(&texts[file].1);
                starts.into_iter().map(move |start| (file, start))
            })
            .collect();
        let mut random =
            Random(options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ lines.len() as u64);
        for _ in 0..if lines.is_empty() { 0 } else { options.places } {
            let (file, start) = lines[random.below(lines.len())];
            let (path, text) = &texts[file];
            let of_language = languages
                .entry(language_of(path).unwrap_or("other"))
                .or_default();
            type_block(&codebase, path, text, start, of_language);
        }
    }
    for (language, seen) in &languages {
        println!(
            "{language:<12} {:>7} keys   shown   right   first   ghosts   right   saved",
            seen[0].keys
        );
        for (threshold, it) in THRESHOLDS.iter().zip(seen) {
            println!(
                "  from {threshold:<6} {:>20.1}% {:>6.1}% {:>6.1}% {:>8} {:>6.1}% {:>6.1}%",
                percent(it.shown, it.keys),
                percent(it.right, it.shown),
                percent(it.first_right, it.shown),
                it.ghosts,
                percent(it.right_ghosts, it.ghosts),
                percent(it.saved, it.keys),
            );
        }
    }
}

/// Types the block of lines that starts at `start`.
fn type_block(
    codebase: &Codebase,
    path: &Path,
    text: &str,
    start: usize,
    seen: &mut [Seen; THRESHOLDS.len()],
) {
    let block = text[start..].split_inclusive('\n').take(BLOCK);
    let end = start + block.clone().map(str::len).sum::<usize>();
    let mut line_start = start;
    for line in block {
        let written = line.trim_end();
        // Editors indent by themselves.
        let indentation = written.len() - written.trim_start().len();
        // Each threshold's ghost and where it starts; and up to where accepted ghosts have written.
        let mut ghosts: [Option<(usize, String)>; THRESHOLDS.len()] = Default::default();
        let mut accepted = [0; THRESHOLDS.len()];
        for (at, key) in written.char_indices().filter(|it| it.0 >= indentation) {
            let at = at + key.len_utf8();
            let rest = &written[at..];
            let guess = codebase.complete(&Query {
                path,
                language: None,
                before: &text[..line_start + at],
                after: &format!("\n{}", &text[end..]),
            });
            for (of, threshold) in THRESHOLDS.iter().enumerate() {
                let it = &mut seen[of];
                it.keys += 1;
                let left = ghosts[of]
                    .as_ref()
                    .and_then(|(from, ghost)| ghost.strip_prefix(&written[*from..at]))
                    .filter(|it| !it.is_empty());
                if let Some(left) = left {
                    it.shown += 1;
                    it.right += usize::from(rest.starts_with(left));
                    it.first_right += usize::from(rest.starts_with(first_of(left)));
                    continue;
                }
                ghosts[of] = None;
                let Some(guess) = guess.as_ref().filter(|it| it.confidence >= *threshold) else {
                    continue;
                };
                it.shown += 1;
                it.ghosts += 1;
                it.first_right += usize::from(rest.starts_with(first_of(&guess.text)));
                ghosts[of] = Some((at, guess.text.clone()));
                if rest.starts_with(&guess.text) {
                    it.right += 1;
                    it.right_ghosts += 1;
                    if at >= accepted[of] {
                        accepted[of] = at + guess.text.len();
                        // Accepting takes a key too.
                        it.saved += guess.text.chars().count().saturating_sub(1);
                    }
                }
            }
        }
        line_start += line.len();
    }
}

/// The first word or sign of a ghost, with the blank before it.
fn first_of(ghost: &str) -> &str {
    let end = boundaries(ghost).get(1).copied().unwrap_or(ghost.len());
    &ghost[..end]
}

fn measure(folder: &Path, options: &Options) -> Vec<Outcome> {
    let texts = texts_of(folder);
    let codebase = Codebase::of_files(texts.iter().cloned());
    let lines: Vec<(usize, usize)> = (0..texts.len())
        .flat_map(|file| {
            code_lines(&texts[file].1)
                .into_iter()
                .map(move |start| (file, start))
        })
        .collect();
    let mut random = Random(options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ lines.len() as u64);
    let mut more = Random(random.0 ^ 0x5851_F42D_4C95_7F2D);
    let mut small: BTreeMap<usize, Codebase> = BTreeMap::new();
    let mut outcomes = Vec::new();
    let mut tries = 0;
    while outcomes.len() < 3 * options.places && tries < options.places * 50 && !lines.is_empty() {
        tries += 1;
        let (file, start) = lines[random.below(lines.len())];
        let (path, text) = &texts[file];
        let Some((cut, end)) = cut(text, start, options.infill, &mut random) else {
            continue;
        };
        let expected = text[cut..end].trim_end();
        let chunk = file / SMALL * SMALL;
        let small = small
            .entry(chunk)
            .or_insert_with(|| Codebase::of_files(texts.iter().skip(chunk).take(SMALL).cloned()));
        let unfinished = text[end..].to_string();
        let unwritten = without_block(text, start, end, &mut more);
        for (kind, codebase, after) in [
            (Kind::Hole, &codebase, &unfinished),
            (Kind::NewCode, &codebase, &unwritten),
            (Kind::Small, &*small, &unwritten),
        ] {
            let query = Query {
                path,
                language: None,
                before: &text[..cut],
                after,
            };
            let started = Instant::now();
            let guess = codebase.complete(&query);
            let ms = started.elapsed().as_secs_f32() * 1000.0;
            let right = guess.as_ref().is_some_and(|it| it.text == expected);
            if options.misses && !right {
                let line = &text[start..cut];
                let guess = guess.as_ref().map(|it| (it.text.as_str(), it.confidence));
                println!("{kind:?} {}▏{expected}\n    {guess:?}", line.trim_start());
            }
            let is_evidence = options.fit && kind == Kind::Hole;
            outcomes.push(Outcome {
                kind,
                language: language_of(path).unwrap_or("other"),
                right,
                confidence: guess.map_or(-1.0, |it| it.confidence),
                ms,
                features: codebase.features(&query).filter(|_| options.fit),
                evidence: if is_evidence {
                    codebase.evidence(&query, expected)
                } else {
                    Vec::new()
                },
            });
        }
    }
    outcomes
}

/// What follows `end` in the line that starts at `start`, without the next 1 to 12 lines, up to the end of the block.
fn without_block(text: &str, start: usize, end: usize, random: &mut Random) -> String {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let of_line = indentation(&text[start..end]);
    let line_end = text[end..].find('\n').map_or(text.len(), |it| end + it + 1);
    let missing: usize = text[line_end..]
        .split_inclusive('\n')
        .take(1 + random.below(12))
        .take_while(|it| it.trim().is_empty() || indentation(it) >= of_line)
        .map(str::len)
        .sum();
    format!("{}{}", &text[end..line_end], &text[line_end + missing..])
}

/// Where a line is cut, and where the cut ends.
fn cut(text: &str, start: usize, infill: bool, random: &mut Random) -> Option<(usize, usize)> {
    let end = text[start..].find('\n').map_or(text.len(), |it| start + it);
    let end = start + text[start..end].trim_end().len();
    let boundaries: Vec<usize> = boundaries(&text[start..end])
        .into_iter()
        .map(|it| start + it)
        .collect();
    if boundaries.len() < 3 {
        return None;
    }
    let at = 1 + random.below(boundaries.len() - 2);
    let to = if infill && boundaries.len() - at > 2 {
        boundaries[at + 1 + random.below((boundaries.len() - at - 2).min(8))]
    } else {
        end
    };
    let mut cut = boundaries[at];
    let blank = text[cut..].starts_with([' ', '\t']);
    if blank && random.below(2) == 0 {
        cut += text[cut..].len() - text[cut..].trim_start_matches([' ', '\t']).len();
    }
    (to > cut && text[cut..to].trim().len() >= if infill { 1 } else { 3 }).then_some((cut, to))
}

/// The ends of words and signs in a line, from its indentation to its end.
fn boundaries(line: &str) -> Vec<usize> {
    let mut found = vec![line.len() - line.trim_start().len()];
    let mut previous = ' ';
    for (at, it) in line.char_indices() {
        let word = |it: char| it == '_' || it.is_alphanumeric();
        let joined = word(previous) && word(it);
        if !previous.is_whitespace() && !joined && at > found[0] {
            found.push(at);
        }
        previous = it;
    }
    found.push(line.len());
    found
}

/// The starts of the lines that hold code.
fn code_lines(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut comment: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if let Some(end) = comment {
            if trimmed.contains(end) {
                comment = None;
            }
        } else if trimmed.starts_with("/*") {
            comment = (!trimmed.contains("*/")).then_some("*/");
        } else if let Some(quotes) = ["\"\"\"", "'''"].into_iter().find(|it| {
            trimmed
                .trim_start_matches(['r', 'u', 'f', 'b'])
                .starts_with(it)
        }) {
            comment = (trimmed.matches(quotes).count() < 2).then_some(quotes);
        } else if !trimmed.is_empty()
            && !["//", "#!", "# ", "##", "*", "--"]
                .iter()
                .any(|it| trimmed.starts_with(it))
            && trimmed != "#"
        {
            found.push(start);
        }
        start += line.len();
    }
    found
}

fn language_of(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()? {
        "rs" => "Rust",
        "py" => "Python",
        "js" | "mjs" | "cjs" | "jsx" => "JavaScript",
        "ts" | "tsx" | "mts" | "cts" => "TypeScript",
        "go" => "Go",
        "java" => "Java",
        "c" | "h" | "cc" | "cpp" => "C",
        _ => return None,
    })
}

fn row(name: &str, outcomes: &[&Outcome]) {
    let exact = outcomes.iter().filter(|it| it.right).count();
    println!(
        "{name:<34} {:>6} {:>6.1}% {:>6.1}% {:>6.1}%",
        outcomes.len(),
        percent(exact, outcomes.len()),
        surest(outcomes, 0.4),
        surest(outcomes, 0.3),
    );
}

/// How many of the surest share were right, in percent.
fn surest(outcomes: &[&Outcome], share: f32) -> f32 {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    sorted.truncate((outcomes.len() as f32 * share).round() as usize);
    percent(sorted.iter().filter(|it| it.right).count(), sorted.len())
}

fn summary(outcomes: &[&Outcome]) {
    let others = [0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.8, 0.85].map(|it| ("", it));
    for (name, threshold) in [("SHOW", SHOW), ("CERTAIN", CERTAIN)]
        .into_iter()
        .chain(others)
    {
        let shown: Vec<&&Outcome> = outcomes
            .iter()
            .filter(|it| it.confidence >= threshold)
            .collect();
        println!(
            "at {name} {threshold}: {:.1}% right, shown at {:.1}% of places",
            percent(shown.iter().filter(|it| it.right).count(), shown.len()),
            percent(shown.len(), outcomes.len()),
        );
    }
    println!("calibration (confidence: places, mean confidence, right):");
    for decile in 0..10 {
        let low = decile as f32 / 10.0;
        let inside: Vec<&&Outcome> = outcomes
            .iter()
            .filter(|it| it.confidence >= low && (it.confidence < low + 0.1 || decile == 9))
            .collect();
        let mean: f32 =
            inside.iter().map(|it| it.confidence).sum::<f32>() / inside.len().max(1) as f32;
        println!(
            "  {low:.1}: {:>5} {:>6.1}% {:>6.1}%",
            inside.len(),
            mean * 100.0,
            percent(inside.iter().filter(|it| it.right).count(), inside.len()),
        );
    }
    let mut times: Vec<f32> = outcomes.iter().map(|it| it.ms).collect();
    times.sort_by(f32::total_cmp);
    let at = |share: f32| {
        times
            .get((times.len() as f32 * share) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    println!(
        "milliseconds: p50 {:.2}, p95 {:.2}, p99 {:.2}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
}

fn percent(part: usize, whole: usize) -> f32 {
    part as f32 * 100.0 / whole.max(1) as f32
}

/// A small generator of numbers (xorshift), so that places are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}
