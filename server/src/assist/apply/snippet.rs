//! Code that stands below a file's name: the whole file, some of its definitions, or a region.

use super::answer::{Block, Code, Replace, What};
use super::block::{left_out, nothing_shown};
use super::border;
use super::chunk::Chunk;
use super::draft::Drafts;
use super::elision;
use super::elision::gaps::{self, Against};
use super::find;
use super::indent::{self, Indent};
use super::lines::Text;
use super::merge;
use super::numbers;
use super::refusal::{Kind, Problem};
use crate::assist::syntax;
use hob_index::language::Language;
use hob_index::outline::{self, Outline, Symbol};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

/// What shells and terminals show; only a shell's own file is made of it.
const SHELLS: &[&str] = &[
    "bash",
    "sh",
    "shell",
    "console",
    "zsh",
    "terminal",
    "powershell",
    "ps1",
    "cmd",
    "bat",
    "shell-session",
    "shellsession",
    "fish",
    "sh-session",
    "pwsh",
    "doscon",
];
/// What programs print.
const OUTPUTS: &[&str] = &[
    "output",
    "stdout",
    "stderr",
    "log",
    "logs",
    "traceback",
    "out",
];

/// Leaves out the code that is for no file, and makes one change of code before and after.
pub(super) fn sorted_out(blocks: Vec<Block>, drafts: &mut Drafts) -> Vec<Block> {
    let n_regions = blocks
        .iter()
        .filter(|it| matches!(&it.what, What::Code(code) if code.region.is_some()))
        .count();
    let mut kept: Vec<Block> = Vec::new();
    let mut blocks = blocks.into_iter().peekable();
    let mut left = Vec::new();
    while let Some(mut block) = blocks.next() {
        let What::Code(code) = &mut block.what else {
            kept.push(block);
            continue;
        };
        let Some(path) = block.path.clone() else {
            left.push(block.line);
            continue;
        };
        if !fits(code, &path, n_regions > 1) {
            left.push(block.line);
            continue;
        }
        let after = blocks.peek().and_then(|next| match &next.what {
            What::Code(after) => {
                let same = next.path.as_ref().is_none_or(|it| *it == path);
                (same && is_before(&code.lead) && is_after(&after.lead))
                    .then(|| after.lines.clone())
            }
            _ => None,
        });
        if let Some(after) = after {
            let lines = match code.labelled_inside {
                true => code.lines[1..].to_vec(),
                false => code.lines.clone(),
            };
            block.what = What::Replace(Replace {
                splits: vec![(lines, after)],
                hint: None,
                loose: false,
            });
            blocks.next();
        }
        kept.push(block);
    }
    let shown = is_shown(&kept);
    let mut n = 0;
    kept.retain(|_| {
        n += 1;
        !shown.contains(&(n - 1))
    });
    if n_regions > 1 {
        let is_region = |it: &&Block| matches!(&it.what, What::Code(code) if code.region.is_some());
        let lines: Vec<usize> = kept.iter().filter(is_region).map(|it| it.line).collect();
        if lines.len() > 1 {
            drafts.problem(
                Problem::new(
                    Kind::Unclear,
                    "there are several code blocks for the same lines",
                )
                .at(lines[1]),
            );
        }
    }
    if !kept.is_empty() {
        for line in left {
            drafts.note(format!(
                "the code block in line {line} of the answer names no file and was left out"
            ));
        }
    }
    kept
}

/// Whether code of this language may belong to the file.
fn fits(code: &Code, path: &str, strictly: bool) -> bool {
    let Some(named) = code.language.as_deref() else {
        return true;
    };
    let of_path = Language::of_path(Path::new(path));
    let is_program = of_path.is_some_and(|it| it.grammar.is_some() && !it.prose);
    if SHELLS.contains(&named) {
        let is_shell = of_path.is_some_and(|it| {
            ["shellscript", "powershell", "bat", "dockerfile", "makefile"].contains(&it.id)
        });
        return is_shell || !is_program && !code.loosely;
    }
    if OUTPUTS.contains(&named) {
        return !is_program && !code.loosely;
    }
    if !(code.loosely || strictly) {
        return true;
    }
    match (Language::of_id(named), of_path) {
        (Some(a), Some(b)) => a.id == b.id || kin(a.id) == kin(b.id),
        _ => true,
    }
}

/// Languages that are often taken for each other.
fn kin(id: &str) -> &str {
    match id {
        "javascript" | "javascriptreact" | "typescript" | "typescriptreact" | "vue" | "svelte" => {
            "javascript"
        }
        "c" | "cpp" | "objective-c" => "c",
        "json" | "jsonc" => "json",
        "html" | "xml" => "html",
        "css" | "scss" | "less" => "css",
        it => it,
    }
}

/// Whether what follows is said to be replaced.
fn is_before(lead: &str) -> bool {
    let lead = lead.to_lowercase();
    let last = lead
        .rsplit(['.', '!'])
        .find(|it| !it.trim().is_empty())
        .unwrap_or("");
    let says = [
        "replace",
        "change",
        "find",
        "from",
        "before",
        "old",
        "original",
        "instead of",
        "current",
        "remove this",
        "swap",
        "locate",
    ];
    says.iter()
        .any(|it| words(last).any(|word| word == *it) || it.contains(' ') && last.contains(it))
}

/// Whether what follows is said to replace what came before.
fn is_after(lead: &str) -> bool {
    let lead = lead.trim().to_lowercase();
    let first = words(&lead).next().unwrap_or("").to_owned();
    lead.len() <= 100
        && ([
            "with", "to", "after", "by", "new", "into", "becomes", "updated", "fixed",
        ]
        .contains(&first.as_str())
            || lead.contains("replace it with")
            || lead.contains("should be")
            || lead.contains("should become")
            || lead.contains("replace with")
            || lead.contains("change it to")
            || lead.contains("change to"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric())
        .filter(|it| !it.is_empty())
}

/// Code that only shows what there is: it is said to be so, and something else changes the file.
fn is_shown(blocks: &[Block]) -> HashSet<usize> {
    let mut shown = HashSet::new();
    for (n, block) in blocks.iter().enumerate() {
        let What::Code(code) = &block.what else {
            continue;
        };
        let lead = code.lead.to_lowercase();
        let says = words(&lead).any(|it| {
            [
                "currently",
                "current",
                "existing",
                "original",
                "reference",
                "before",
            ]
            .contains(&it)
        });
        let others = blocks
            .iter()
            .enumerate()
            .any(|(at, it)| at != n && it.path == block.path);
        if says && others && !lead.contains("replace") {
            shown.insert(n);
        }
    }
    shown
}

/// Applies code to its file.
pub(super) fn apply(
    at: usize,
    path: &str,
    mut code: Code,
    drafts: &mut Drafts,
) -> Result<(), Problem> {
    if !code.closed {
        return Err(Problem::new(
            Kind::Malformed,
            "the code block has no end: the answer was cut off",
        ));
    }
    let old = drafts.draft(at).text.clone().filter(|it| !it.is_blank());
    if code.labelled_inside {
        drop_label(&mut code.lines, old.as_ref());
    }
    let place = code
        .region
        .as_ref()
        .map(|it| it.start().saturating_sub(1)..*it.end());
    code.lines = numbers::of_code(std::mem::take(&mut code.lines), path, old.as_ref(), place)?;
    let is_prose = Language::of_path(Path::new(path)).is_some_and(|it| it.prose);
    // The body of a function may be three dots.
    if code.region.is_none() || is_prose {
        let mut full = code.lines.iter().filter(|it| !it.trim().is_empty());
        let first = full.clone().next();
        if let Some(first) = first
            && full.all(|it| elision::elision(it).is_some())
            && old.as_ref().is_none_or(|it| it.texts() != code.lines)
        {
            return Err(nothing_shown(first));
        }
    }
    if let Some(region) = code.region.clone() {
        let Some(text) = old else {
            return Err(Problem::new(
                Kind::Missing,
                "has no lines that could be replaced",
            ));
        };
        drafts.draft(at).text = Some(self::region(&text, &code.lines, region, path)?);
        return Ok(());
    }
    let Some(text) = old else {
        let lines: Vec<&str> = code.lines.iter().map(String::as_str).collect();
        if let Some(line) = gaps::first(&lines, path, Against::Nothing) {
            return Err(left_out(line));
        }
        // What is blank keeps its mark and line ends.
        match &mut drafts.draft(at).text {
            Some(blank) if !blank.lines.is_empty() => *blank = whole(blank, &code.lines),
            other => *other = Some(Text::of(code.lines)),
        }
        return Ok(());
    };
    if text.texts() == code.lines {
        drafts.note(format!("{path} is there already, just so"));
        return Ok(());
    }
    let lines: Vec<&str> = code.lines.iter().map(String::as_str).collect();
    let gaps = gaps::gaps(&lines, path, Against::File(&text));
    let changed = if gaps.contains(&true) {
        if let Some(line) = gaps::torn_within(&lines, path, &text) {
            return Err(left_out(line));
        }
        let merged = merge::merge(&text, &code.lines, path)?;
        if let Some(line) = border::torn(&text.texts(), &merged.texts(), &code.lines, &gaps) {
            let message = format!("code is left out, and it isn't clear where `{line}` belongs");
            return Err(Problem::new(Kind::Unclear, message).detail(
                "Show the lines beside each change as they are in the file, or use search/replace blocks.",
            ));
        }
        merged
    } else if code.whole || is_whole(&text, &code, path)? {
        whole(&text, &code.lines)
    } else {
        definitions(&text, &code.lines, path)?
    };
    drafts.draft(at).text = Some(changed);
    Ok(())
}

/// Takes the file's name off the top, unless the file has it there itself.
fn drop_label(lines: &mut Vec<String>, old: Option<&Text>) {
    let label = lines
        .first()
        .map(|it| it.trim().to_owned())
        .unwrap_or_default();
    let has_it = old.is_some_and(|it| it.lines.iter().take(3).any(|it| it.text.trim() == label));
    if has_it {
        return;
    }
    lines.remove(0);
    let blank = |it: Option<&str>| it.is_some_and(|it| it.trim().is_empty());
    let old_starts_blank = blank(
        old.and_then(|it| it.lines.first())
            .map(|it| it.text.as_str()),
    );
    if blank(lines.first().map(String::as_str)) && !old_starts_blank {
        lines.remove(0);
    }
}

/// These lines instead of all; lines that are in both stay as they are.
pub(super) fn whole(text: &Text, lines: &[String]) -> Text {
    let old: Vec<String> = text.texts().iter().map(|&it| it.to_owned()).collect();
    let mut changed = text.clone();
    // With the same indentation, everything can be applied; bytes that nobody knows stay U+FFFD.
    if Chunk::replacing(&old, lines)
        .apply(&mut changed, 0, &Indent::Same)
        .is_none()
    {
        return Text::of(lines.to_vec());
    }
    changed
}

/// These lines instead of a region of a text, in the region's indentation.
fn region(
    text: &Text,
    lines: &[String],
    region: std::ops::RangeInclusive<usize>,
    path: &str,
) -> Result<Text, Problem> {
    let start = region.start().saturating_sub(1);
    let end = (*region.end()).min(text.lines.len());
    if start > end {
        return Err(Problem::new(
            Kind::NotFound,
            format!("has no line {}", region.start()),
        ));
    }
    let old: Vec<String> = text.texts()[start..end]
        .iter()
        .map(|&it| it.to_owned())
        .collect();
    // The model saw the lines that go.
    let shown: Vec<&str> = lines.iter().map(String::as_str).collect();
    if let Some(line) = gaps::first(&shown, path, Against::Shown(text)) {
        return Err(left_out(line));
    }
    let first = |lines: &[String]| lines.iter().find(|it| !it.trim().is_empty()).cloned();
    let least = |lines: &[String]| {
        let full = lines.iter().filter(|it| !it.trim().is_empty());
        full.map(|it| indent::of(it).to_owned())
            .min_by_key(String::len)
            .unwrap_or_default()
    };
    // The answer as a whole may be indented less or more than the region.
    let indent = match (first(&old), first(lines)) {
        (Some(_), Some(_)) => {
            let (ours, theirs) = (least(&old), least(lines));
            Indent::learn(std::iter::once((
                format!("{theirs}x").as_str(),
                format!("{ours}x").as_str(),
            )))
        }
        _ => Some(Indent::Same),
    };
    let indent = indent.unwrap_or(Indent::Same);
    let lines: Option<Vec<String>> = lines.iter().map(|it| indent.apply(it)).collect();
    let lines = lines.ok_or_else(|| {
        Problem::new(
            Kind::Unclear,
            "is indented otherwise than the lines it replaces",
        )
    })?;
    let mut changed = text.clone();
    Chunk::replacing(&old, &lines)
        .apply(&mut changed, start, &Indent::Same)
        .ok_or_else(|| Problem::new(Kind::NotFound, "holds bytes that can't be restored"))?;
    Ok(changed)
}

/// The definitions that no other holds, with their lines from 0.
pub(super) fn outermost(outline: &Outline, text: &str) -> Vec<(Symbol, Range<usize>)> {
    let mut found: Vec<(Symbol, Range<usize>)> = Vec::new();
    let mut end = 0;
    for symbol in &outline.symbols {
        if symbol.bytes.start < end {
            continue;
        }
        end = symbol.bytes.end;
        let start = text[..symbol.bytes.start].matches('\n').count();
        // A definition that begins within a line is no unit of its own.
        found.push((symbol.clone(), start..symbol.end_line));
    }
    found
}

/// Whether code is the whole file and not some definitions of it.
fn is_whole(text: &Text, code: &Code, path: &str) -> Result<bool, Problem> {
    let lead = code.lead.to_lowercase();
    let cue = words(&lead).any(|it| {
        [
            "complete",
            "full",
            "entire",
            "whole",
            "rewritten",
            "rewrite",
        ]
        .contains(&it)
    });
    if cue && !lead.contains("function") && !lead.contains("method") {
        return Ok(true);
    }
    let unclear = || {
        Problem::new(
            Kind::Unclear,
            "it isn't clear if this is the whole file or a part of it",
        )
        .detail("Give the whole file, or a search/replace block with the lines that change.")
    };
    let language = Language::of_path(Path::new(path));
    let (old, new) = (text.joined(), format!("{}\n", code.lines.join("\n")));
    let full = |text: &str| {
        text.lines()
            .filter(|it| !it.trim().is_empty())
            .map(|it| it.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let (old_full, new_full) = (full(&old), full(&new));
    let new_set: HashSet<&String> = new_full.iter().collect();
    let n_kept = old_full.iter().filter(|it| new_set.contains(it)).count();
    let kept = n_kept as f64 / old_full.len().max(1) as f64;
    let is_excerpt = {
        let file = text.texts();
        let chunk = Chunk::replacing(&code.lines, &code.lines);
        find::find(&file, &chunk, 0..file.len()).is_some()
    };
    let same_start = old_full.first() == new_full.first();
    if is_excerpt && !(same_start && kept >= 0.5) {
        return Err(unclear());
    }
    let by_size = kept >= 0.3 || old_full.len() <= 30 || new_full.len() * 10 >= old_full.len() * 8;
    if language.is_some_and(|it| it.prose) {
        let is_title = |it: Option<&String>| it.is_some_and(|it| it.starts_with("# "));
        return match same_start
            || by_size
            || (is_title(old_full.first()) && is_title(new_full.first()))
        {
            true => Ok(true),
            false => Err(unclear()),
        };
    }
    let (of_old, of_new) = (
        outline::outline(&old, language),
        outline::outline(&new, language),
    );
    let (defs_old, defs_new) = (outermost(&of_old, &old), outermost(&of_new, &new));
    if defs_old.is_empty() {
        return match by_size {
            true => Ok(true),
            false => Err(unclear()),
        };
    }
    let names = |defs: &[(Symbol, Range<usize>)]| {
        defs.iter()
            .map(|it| it.0.name.clone())
            .collect::<HashSet<_>>()
    };
    let (names_old, names_new) = (names(&defs_old), names(&defs_new));
    let (rest_old, rest_new) = (rest(&old, &defs_old), rest(&new, &defs_new));
    let n_rest = rest_old.iter().filter(|it| rest_new.contains(it)).count();
    let rest_kept = n_rest as f64 / rest_old.len().max(1) as f64;
    let common = names_old.intersection(&names_new).count();
    let lost = names_old.len() - common;
    if lost == 0 {
        let parts = rest_new.is_empty() && !rest_old.is_empty();
        return Ok(!parts);
    }
    if kept >= 0.5 && same_start {
        return Ok(true);
    }
    if rest_new.is_empty() && common > 0 {
        return Ok(false);
    }
    let everywhere: HashSet<&str> = of_old.symbols.iter().map(|it| it.name.as_str()).collect();
    if rest_new.is_empty()
        && defs_new
            .iter()
            .all(|it| everywhere.contains(it.0.name.as_str()))
        && !defs_new.is_empty()
    {
        return Ok(false);
    }
    if !rest_old.is_empty() && rest_kept >= 0.5 && (lost <= common || same_start && kept >= 0.3) {
        return Ok(true);
    }
    Err(unclear())
}

/// The lines that belong to no definition and say something: no blanks, comments, or lines that only open or close.
fn rest(text: &str, defs: &[(Symbol, Range<usize>)]) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(n, _)| !defs.iter().any(|it| it.1.contains(n)))
        .map(|(_, it)| it.trim())
        .filter(|it| it.contains(char::is_alphanumeric) && !it.ends_with('{'))
        .filter(|it| {
            !["//", "#!", "# ", "--", "/*", "*", "<!--", "\"\"\""]
                .iter()
                .any(|open| it.starts_with(open))
        })
        .map(str::to_owned)
        .collect()
}

/// Replaces the definitions that code holds, each by its name.
fn definitions(text: &Text, lines: &[String], path: &str) -> Result<Text, Problem> {
    let language = Language::of_path(Path::new(path));
    let (old, new) = (text.joined(), format!("{}\n", lines.join("\n")));
    let (of_old, of_new) = (
        outline::outline(&old, language),
        outline::outline(&new, language),
    );
    let defs_new = outermost(&of_new, &new);
    if defs_new.is_empty() {
        return Err(Problem::new(
            Kind::Unclear,
            "it isn't clear where this belongs",
        ));
    }
    let mut changes: Vec<(Range<usize>, Vec<String>)> = Vec::new();
    for (symbol, range) in &defs_new {
        let unclear = |what: &str| {
            let message = format!("`{}` {what}", symbol.name);
            Problem::new(Kind::Unclear, message).detail(
                "Give a search/replace block with the lines that change, or the whole file.",
            )
        };
        let mut same = of_old
            .symbols
            .iter()
            .filter(|it| it.name == symbol.name && kind(it) == kind(symbol));
        let (found, more) = (same.next(), same.next());
        let Some(found) = found else {
            return Err(unclear("is new, and nothing says where it belongs"));
        };
        if more.is_some() {
            return Err(unclear("is in the file more than once"));
        }
        // What a type holds must not be lost by a shorter version of it.
        let held = |outline: &Outline, of: &Symbol| {
            let inner = outline
                .symbols
                .iter()
                .filter(|it| it.bytes.start >= of.bytes.start && it.bytes.end <= of.bytes.end);
            inner
                .filter(|it| it.name != of.name)
                .map(|it| it.name.clone())
                .collect::<HashSet<_>>()
        };
        let is_type = kind(symbol) != Some(outline::Kind::Function);
        if is_type
            && held(&of_old, found)
                .difference(&held(&of_new, symbol))
                .next()
                .is_some()
        {
            return Err(unclear("lacks some of what it holds in the file"));
        }
        let decl_old = found.line - 1;
        let start_old = old[..found.bytes.start].matches('\n').count();
        let decl_new = symbol.line - 1;
        // Without comments and attributes of its own, it keeps those that it has.
        let start_old = if decl_new == range.start {
            decl_old
        } else {
            start_old
        };
        let file = text.texts();
        let pair = (lines[decl_new].as_str(), file[decl_old]);
        let head = |it: &str| indent::of(it).to_owned() + "x";
        let (a, b) = (head(pair.0), head(pair.1));
        let Some(indent) = Indent::learn(std::iter::once((a.as_str(), b.as_str()))) else {
            return Err(unclear("is indented otherwise than in the file"));
        };
        let shifted: Option<Vec<String>> = lines[range.clone()]
            .iter()
            .map(|it| indent.apply(it))
            .collect();
        let Some(mut shifted) = shifted else {
            return Err(unclear("is indented otherwise than in the file"));
        };
        // `pub fn` and `export class` stay so, where the answer only leaves the first word away.
        if file[decl_old]
            .trim()
            .ends_with(&format!(" {}", lines[decl_new].trim()))
        {
            shifted[decl_new - range.start] = file[decl_old].to_owned();
        }
        changes.push((start_old..found.end_line, shifted));
    }
    changes.sort_by_key(|it| std::cmp::Reverse(it.0.start));
    let mut changed = text.clone();
    for (range, lines) in changes {
        let old: Vec<String> = changed.texts()[range.clone()]
            .iter()
            .map(|&it| it.to_owned())
            .collect();
        Chunk::replacing(&old, &lines)
            .apply(&mut changed, range.start, &Indent::Same)
            .ok_or_else(|| Problem::new(Kind::NotFound, "holds bytes that can't be restored"))?;
    }
    sound(text, changed, path)
}

/// Methods that stand alone look like functions.
fn kind(symbol: &Symbol) -> Option<outline::Kind> {
    match symbol.kind {
        outline::Kind::Method => Some(outline::Kind::Function),
        it => Some(it),
    }
}

/// The changed text, if it parses no worse: whatever was put together from pieces must.
pub(super) fn sound(text: &Text, changed: Text, path: &str) -> Result<Text, Problem> {
    let Some(language) = Language::of_path(Path::new(path)) else {
        return Ok(changed);
    };
    let before = syntax::errors(language, &text.joined());
    let after = syntax::errors(language, &changed.joined());
    match (before, after) {
        (Some(before), Some(after)) if after.len() > before.len() => Err(Problem::new(
            Kind::Unclear,
            format!(
                "put into the file, this would be a syntax error in line {}",
                after.first().copied().unwrap_or(1)
            ),
        )
        .detail("Give a search/replace block with the lines that change, or the whole file.")),
        (Some(_), None) => Err(Problem::new(
            Kind::Unclear,
            "put into the file, this would be too long or too deeply nested for its syntax to be checked".to_owned(),
        )
        .detail("Give a search/replace block with the lines that change, or the whole file.")),
        _ => Ok(changed),
    }
}
