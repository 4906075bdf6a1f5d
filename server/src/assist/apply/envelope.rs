//! Patches between `*** Begin Patch` and `*** End Patch`: hunks without line numbers, placed by `@@` and their context.

use super::answer::{Block, What};
use super::chunk::{Chunk, Op};
use super::refusal::{Kind, Problem};

/// Whether such a patch, or a file of one, begins in this line.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("*** Begin Patch") || header(line).is_some()
}

enum Header<'a> {
    Update(&'a str),
    Add(&'a str),
    Delete(&'a str),
}

fn header(line: &str) -> Option<Header<'_>> {
    let rest = line.trim_end().strip_prefix("*** ")?;
    let name = |key: &str| {
        let quotes = ['`', '"', '\''];
        Some(rest.strip_prefix(key)?.trim().trim_matches(quotes))
    };
    if let Some(path) = name("Update File:") {
        Some(Header::Update(path))
    } else if let Some(path) = name("Add File:").or_else(|| name("Create File:")) {
        Some(Header::Add(path))
    } else {
        name("Delete File:").map(Header::Delete)
    }
}

/// Reads from the line `at`; also says where to go on. `offset` lines of the answer come before the first of `lines`.
pub(super) fn read(
    lines: &[&str],
    mut at: usize,
    offset: usize,
    problems: &mut Vec<Problem>,
) -> (Vec<Block>, usize) {
    let mut blocks = Vec::new();
    let mut begun = None;
    let mut ended = false;
    while let Some(line) = lines.get(at) {
        let trimmed = line.trim();
        if trimmed.starts_with("*** Begin Patch") {
            if begun.is_some() && ended {
                break;
            }
            begun = Some(at);
            at += 1;
        } else if trimmed.starts_with("*** End Patch") {
            ended = true;
            at += 1;
            // A heredoc's last line may follow.
            if lines
                .get(at)
                .is_some_and(|it| matches!(it.trim(), "EOF" | "PATCH"))
            {
                at += 1;
            }
            break;
        } else if let Some(header) = header(line) {
            at = file(lines, at, offset, header, &mut blocks, problems);
        } else if begun.is_none() && !blocks.is_empty() && !trimmed.is_empty() {
            break;
        } else {
            at += 1;
        }
    }
    if let Some(begun) = begun.filter(|_| !ended) {
        problems.push(
            Problem::new(
                Kind::Malformed,
                "the patch has no `*** End Patch`: the answer was cut off",
            )
            .at(offset + begun + 1),
        );
    }
    (blocks, at)
}

fn file(
    lines: &[&str],
    start: usize,
    offset: usize,
    header_of: Header,
    blocks: &mut Vec<Block>,
    problems: &mut Vec<Problem>,
) -> usize {
    let line = offset + start + 1;
    let is_end = |it: &str| it.trim().starts_with("*** End Patch") || header(it).is_some();
    let mut at = start + 1;
    let (path, what) = match header_of {
        Header::Delete(path) => (path, What::Delete),
        Header::Add(path) => {
            let mut added = Vec::new();
            while let Some(it) = lines.get(at).filter(|it| !is_end(it)) {
                match it.strip_prefix('+') {
                    Some(text) => added.push(text.to_owned()),
                    None if it.trim().is_empty() => added.push(String::new()),
                    None => {
                        problems.push(
                            Problem::new(
                                Kind::Malformed,
                                "each line of an added file begins with `+`",
                            )
                            .at(offset + at + 1)
                            .of(path),
                        );
                        return at + 1;
                    }
                }
                at += 1;
            }
            // Blank lines without a `+` at the end part it from what follows.
            while lines.get(at - 1).is_some_and(|it| it.trim().is_empty())
                && added.last().is_some_and(String::is_empty)
            {
                added.pop();
                at -= 1;
            }
            (
                path,
                What::Create {
                    lines: added,
                    mode: None,
                },
            )
        }
        Header::Update(path) => {
            let mut rename = None;
            if let Some(to) = lines
                .get(at)
                .and_then(|it| it.trim().strip_prefix("*** Move to:"))
            {
                rename = Some(to.trim().to_owned());
                at += 1;
            }
            let mut chunks: Vec<Chunk> = Vec::new();
            let mut chunk = Chunk::default();
            while let Some(it) = lines.get(at).filter(|it| !is_end(it)) {
                at += 1;
                if it.starts_with("@@") {
                    if !chunk.ops.is_empty() {
                        chunks.push(std::mem::take(&mut chunk));
                    }
                    let section = it
                        .trim_start_matches('@')
                        .trim()
                        .trim_end_matches("@@")
                        .trim();
                    // `@@ -1,3 +1,4 @@` is of another format; its numbers say nothing here.
                    if !section.is_empty() && !section.starts_with('-') && section != "..." {
                        chunk.section.push(section.to_owned());
                    }
                    chunk.line = offset + at;
                    continue;
                }
                if it.trim() == "*** End of File" {
                    chunk.at_end = true;
                    continue;
                }
                if chunk.line == 0 {
                    chunk.line = offset + at;
                }
                chunk.ops.push(match it.chars().next() {
                    Some('+') => Op::Add(it[1..].to_owned()),
                    Some('-') => Op::Remove(it[1..].to_owned()),
                    Some(' ') => Op::Keep(it[1..].to_owned()),
                    _ => Op::Keep((*it).to_owned()),
                });
            }
            chunks.push(chunk);
            for chunk in &mut chunks {
                // The blank lines before the next header.
                while matches!(chunk.ops.last(), Some(Op::Keep(it)) if it.is_empty()) {
                    chunk.ops.pop();
                }
            }
            chunks.retain(|it| !it.ops.is_empty());
            let what = What::Hunks {
                chunks,
                rename,
                mode: None,
            };
            (path, what)
        }
    };
    blocks.push(Block {
        line,
        path: Some(path.to_owned()),
        what,
    });
    at
}
