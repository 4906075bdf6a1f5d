//! Files and edits between tags: `<file path="…">`, `<edit>`, and the tool calls of agents.

use super::answer::{Answer, Block, Code, Replace, What};
use super::fence;
use super::refusal::{Kind, Problem};

/// The tag that a block begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    name: String,
    attributes: String,
    /// What stands behind it in its line.
    rest: usize,
    /// `<delete path="…"/>`
    is_empty: bool,
}

/// Tags that hold a file or an edit.
const BLOCKS: &[&str] = &[
    "file",
    "edit",
    "write_to_file",
    "write_file",
    "create_file",
    "new_file",
    "replace_in_file",
    "apply_diff",
    "boltaction",
    "lov-write",
    "dyad-write",
    "str_replace",
    "search_replace",
    "search_and_replace",
    "edit_file",
    "replace",
    "change",
    "update",
    "delete",
    "delete_file",
    "remove_file",
    "lov-delete",
    "dyad-delete",
    "file_content",
    "code_change",
    "modify",
];
/// Attributes and inner tags that hold the path.
const PATHS: &[&str] = &[
    "path",
    "file_path",
    "filepath",
    "filename",
    "file",
    "name",
    "target_file",
    "src",
];
/// Inner tags that hold a whole text.
const CONTENTS: &[&str] = &[
    "content",
    "contents",
    "new_content",
    "file_text",
    "code",
    "code_edit",
    "body",
];
/// Inner tags that hold what is searched, and what replaces it.
const PAIRS: &[(&str, &str)] = &[
    ("search", "replace"),
    ("old_text", "new_text"),
    ("old_str", "new_str"),
    ("old_string", "new_string"),
    ("old", "new"),
    ("find", "replace"),
    ("original", "updated"),
    ("before", "after"),
    ("old_code", "new_code"),
    ("original", "replacement"),
    ("search", "replacement"),
    ("find", "replacement"),
    ("from", "to"),
];

/// Whether such a block begins in this line.
pub(super) fn open(line: &str) -> Option<Tag> {
    let start = line.len() - line.trim_start().len();
    let inner = line[start..].strip_prefix('<')?;
    let end = inner.find('>')?;
    let (head, is_empty) = match inner[..end].strip_suffix('/') {
        Some(it) => (it, true),
        None => (&inner[..end], false),
    };
    let (name, attributes) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
    let name = name.to_lowercase();
    BLOCKS.contains(&name.as_str()).then(|| Tag {
        name,
        attributes: attributes.to_owned(),
        rest: start + 1 + end + 1,
        is_empty,
    })
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<String> {
        let mut from = 0;
        while let Some(at) = self.attributes[from..]
            .to_lowercase()
            .find(&name.to_lowercase())
        {
            let start = from + at;
            let free = self.attributes[..start]
                .chars()
                .next_back()
                .is_none_or(char::is_whitespace);
            let rest = self.attributes.get(start + name.len()..)?.trim_start();
            if let Some(value) = rest.strip_prefix('=').filter(|_| free) {
                let value = value.trim_start();
                let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
                return Some(match quote {
                    Some(quote) => value[1..].split(quote).next().unwrap_or("").to_owned(),
                    None => value.split_whitespace().next().unwrap_or("").to_owned(),
                });
            }
            from = start + name.len();
        }
        None
    }

    fn path(&self) -> Option<String> {
        PATHS
            .iter()
            .find_map(|it| self.attribute(it))
            .filter(|it| !it.is_empty())
    }

    fn deletes(&self) -> bool {
        [
            "delete",
            "delete_file",
            "remove_file",
            "lov-delete",
            "dyad-delete",
        ]
        .contains(&self.name.as_str())
    }
}

/// Reads the block that begins in the line `at`; also says where to go on. No block: it was none after all.
pub(super) fn read(
    lines: &[&str],
    at: usize,
    offset: usize,
    tag: &Tag,
    exists: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> (Vec<Block>, usize) {
    let line = offset + at + 1;
    let path = tag.path();
    if tag.is_empty {
        let what = What::Delete;
        let block = path.filter(|_| tag.deletes()).map(|it| Block {
            line,
            path: Some(it),
            what,
        });
        return (block.into_iter().collect(), at + 1);
    }
    let close = format!("</{}>", tag.name);
    let is_close = |it: &str| {
        let lower = it.to_lowercase();
        lower.trim_start().starts_with(&close) || lower.trim_end().ends_with(&close)
    };
    let Some(end) = (at..lines.len()).find(|it| is_close(lines[*it])) else {
        // A lone `<file>` in prose is nothing; one with a path was cut off.
        if let Some(path) = path {
            problems.push(
                Problem::new(
                    Kind::Malformed,
                    format!("`<{}>` has no end: the answer was cut off", tag.name),
                )
                .at(line)
                .of(path),
            );
            return (Vec::new(), lines.len());
        }
        return (Vec::new(), at + 1);
    };
    let text = inner(lines, at, tag.rest, end, &close);
    let path = path.or_else(|| {
        PATHS
            .iter()
            .find_map(|it| child(&text, it))
            .map(|it| it.trim().to_owned())
    });
    let blocks = contents(&text, tag, path, line, exists, problems);
    // What holds no block is a tag round others, or one that means something else.
    let next = if blocks.is_empty() { at + 1 } else { end + 1 };
    (blocks, next)
}

fn contents(
    text: &str,
    tag: &Tag,
    path: Option<String>,
    line: usize,
    exists: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<Block> {
    if tag.deletes() {
        let path = path.or_else(|| {
            Some(text.trim().to_owned()).filter(|it| !it.is_empty() && !it.contains('\n'))
        });
        return path
            .map(|it| Block {
                line,
                path: Some(it),
                what: What::Delete,
            })
            .into_iter()
            .collect();
    }
    let pairs = pairs(text);
    if !pairs.is_empty() {
        return pairs
            .into_iter()
            .map(|(old, new)| Block {
                line,
                path: path.clone(),
                what: What::Replace(Replace {
                    splits: vec![(split(&old), split(&new))],
                    hint: None,
                    loose: true,
                }),
            })
            .collect();
    }
    // Blocks, diffs and patches within.
    let within = child(text, "diff").unwrap_or_else(|| text.to_owned());
    let within = without_cdata(&within);
    let is_other = within.lines().any(|it| {
        super::marks::begins(it) || it.starts_with("@@") || it.starts_with("diff --git ")
    });
    if is_other {
        let fenced = match super::unified::is_diff(&within.lines().collect::<Vec<_>>()) {
            true => format!("~~~~~~~diff\n{within}\n~~~~~~~\n"),
            false => within.clone(),
        };
        let answer: Answer = super::answer::read(&fenced, exists);
        problems.extend(answer.problems);
        let blocks: Vec<Block> = answer
            .blocks
            .into_iter()
            .map(|mut it| {
                it.line = line;
                it.path = path.clone().or(it.path);
                it
            })
            .collect();
        if !blocks.is_empty() {
            return blocks;
        }
    }
    let Some(path) = path else {
        return Vec::new();
    };
    let content = CONTENTS.iter().find_map(|it| child(text, it));
    let whole = content.unwrap_or_else(|| without_path(text));
    let whole = without_cdata(&whole);
    let lines = unfenced(split(&whole));
    vec![Block {
        line,
        path: Some(path),
        what: What::Code(Code {
            lines,
            whole: tag.name != "edit"
                && tag.name != "change"
                && tag.name != "update"
                && tag.name != "modify"
                && tag.name != "edit_file",
            closed: true,
            ..Code::default()
        }),
    }]
}

/// What stands between the tags.
fn inner(lines: &[&str], at: usize, from: usize, end: usize, close: &str) -> String {
    let mut text = String::new();
    for (n, line) in lines[at..=end].iter().enumerate() {
        let start = if n == 0 { from } else { 0 };
        let stop = match at + n == end {
            // Lower case may be of another length; then the tag is where it is in the line itself.
            true => line
                .to_lowercase()
                .rfind(close)
                .filter(|it| line.is_char_boundary(*it))
                .unwrap_or(line.len()),
            false => line.len(),
        };
        if let Some(part) = line.get(start..stop.max(start)) {
            text.push_str(part);
        }
        if at + n < end {
            text.push('\n');
        }
    }
    text
}

/// What stands between the first tags of this name.
fn child(text: &str, name: &str) -> Option<String> {
    let (_, inner, _) = child_at(text, name)?;
    Some(inner.to_owned())
}

fn child_at<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str, usize)> {
    let open = format!("<{name}");
    let mut from = 0;
    loop {
        let start = from + text[from..].find(&open)?;
        let rest = &text[start + open.len()..];
        if rest.starts_with(['>', ' ']) {
            let inner = start + open.len() + rest.find('>')? + 1;
            let close = format!("</{name}>");
            let end = inner + text[inner..].find(&close)?;
            return Some((start, &text[inner..end], end + close.len()));
        }
        from = start + open.len();
    }
}

/// All pairs of what is searched and what replaces it.
fn pairs(text: &str) -> Vec<(String, String)> {
    for (old, new) in PAIRS {
        let mut found = Vec::new();
        let mut rest = text;
        while let Some((_, searched, end)) = child_at(rest, old) {
            let Some((start, replaced, after)) = child_at(&rest[end..], new) else {
                break;
            };
            if !rest[end..end + start].trim().is_empty() {
                break;
            }
            found.push((without_cdata(searched), without_cdata(replaced)));
            rest = &rest[end + after..];
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn without_cdata(text: &str) -> String {
    let trimmed = text.trim();
    match trimmed
        .strip_prefix("<![CDATA[")
        .and_then(|it| it.strip_suffix("]]>"))
    {
        Some(it) => it.to_owned(),
        None => text.to_owned(),
    }
}

fn without_path(text: &str) -> String {
    PATHS
        .iter()
        .find_map(|it| child_at(text, it).filter(|(start, ..)| text[..*start].trim().is_empty()))
        .map_or(text, |(_, _, end)| &text[end..])
        .to_owned()
}

/// The lines of what stands between tags: their own line breaks don't count.
fn split(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\n').unwrap_or(text);
    // The closing tag's line break and indentation are its own.
    let end = text.rfind('\n').filter(|it| text[*it..].trim().is_empty());
    let text = end.map_or(text, |it| &text[..it]);
    match text.is_empty() {
        true => Vec::new(),
        false => text.split('\n').map(str::to_owned).collect(),
    }
}

/// Without a fence round it all.
fn unfenced(lines: Vec<String>) -> Vec<String> {
    let all: Vec<&str> = lines.iter().map(String::as_str).collect();
    fence::Open::all_within(&all).unwrap_or(lines)
}
