//! Secrets that more than one line tells of: keys in PEM, block scalars, pairs, manifests, tables.

use super::key::{self, Hint};
use super::line::{self, Open};
use super::literal::literals;
use super::value::{self, Form};
use std::ops::Range;

/// So many lines may lie between the name and the value of a pair.
const PAIR: usize = 4;
/// So many lines of a value that goes on are looked at.
const LONGEST: usize = 200;
/// So many rows of a table are looked at.
const ROWS: usize = 5_000;

/// The lines of a text from an offset on, each with its range, without the line end.
pub(super) fn lines_from(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = from;
    text[from..].split_inclusive('\n').map(move |it| {
        let start = at;
        at += it.len();
        (start, it.trim_end_matches(['\n', '\r']))
    })
}

/// What the lines behind `next` (where the following line begins) hold for something that a line left open.
pub(super) fn follow(
    text: &str,
    next: usize,
    line: &str,
    open: Open,
    found: &mut Vec<Range<usize>>,
) {
    let push = |start: usize, it: Range<usize>, found: &mut Vec<Range<usize>>| {
        found.push(start + it.start..start + it.end);
    };
    match open {
        Open::Pair(hint) => {
            for (start, it) in lines_from(text, next).take(PAIR) {
                if let Some(part) = line::of_value(it, hint) {
                    push(start, part, found);
                    return;
                }
            }
        }
        Open::Value(hint) => {
            let own = indent(line);
            let is_scalar = line.trim_end().ends_with(['|', '>', '-', '+']);
            for (start, it) in lines_from(text, next).take(if is_scalar { LONGEST } else { 3 }) {
                if it.trim().is_empty() {
                    continue;
                }
                if indent(it) <= own && is_scalar {
                    return;
                }
                let trimmed = it.trim();
                let at = it.len() - it.trim_start().len();
                if is_scalar {
                    if !value::is_standin(trimmed)
                        && (trimmed.len() >= 4)
                        && (hint > Hint::Vague || value::is_random(trimmed))
                    {
                        push(start, at..at + trimmed.len(), found);
                    }
                    continue;
                }
                let literal = literals(it, false)
                    .into_iter()
                    .next()
                    .filter(|it| it.open <= at + 3);
                let literal = literal
                    .filter(|literal| !it[literal.close..].trim_start().starts_with([':', '=']));
                let Some(literal) = literal else {
                    // A mapping: its default or value counts.
                    let deeper = lines_from(text, start)
                        .take(PAIR * 2)
                        .take_while(|it| it.1.trim().is_empty() || indent(it.1) > own);
                    for (start, it) in deeper {
                        if let Some(part) = line::of_value(it, hint) {
                            push(start, part, found);
                        }
                    }
                    return;
                };
                match line::secret_part(hint, &it[literal.start..literal.end], Form::Quoted) {
                    Some(part) => push(
                        start,
                        literal.start + part.start..literal.start + part.end,
                        found,
                    ),
                    None => return,
                }
                if !it.trim_end().ends_with(['"', '\'', '+', '\\', '.']) {
                    return;
                }
            }
        }
        Open::Strings(_) => {
            for (start, it) in lines_from(text, next).take(LONGEST) {
                for literal in literals(it, false) {
                    let content = it[literal.start..literal.end].trim();
                    if content.len() >= 4
                        && (value::is_strong(content) || value::is_random(content))
                    {
                        push(start, literal.start..literal.end, found);
                    }
                }
                if !it
                    .trim_end()
                    .ends_with(['+', '\\', '.', '(', '&', '"', '\''])
                {
                    return;
                }
            }
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The body of a private key that begins in this line.
pub(super) fn pem(text: &str, start: usize, line: &str, found: &mut Vec<Range<usize>>) {
    let Some(at) = line
        .find("-----BEGIN ")
        .filter(|_| line.contains("PRIVATE KEY"))
    else {
        return;
    };
    let header = line[at + 11..]
        .find("-----")
        .map_or(line.len(), |it| at + 11 + it + 5);
    let mut from = start + header;
    for n in 0..LONGEST {
        let rest = &text[from..];
        let len = rest.find('\n').unwrap_or(rest.len());
        let own = &rest[..len];
        let end = own.find("-----END");
        let body = &own[..end.unwrap_or(own.len())];
        runs(body, from, found);
        // A cut-off block ends where nothing of it follows.
        let is_body = n == 0
            || body.trim().is_empty()
            || longest_run(body) >= 16
            || body.contains(": ")
            || body.trim_start().starts_with('=');
        if end.is_some() || !is_body || len == rest.len() {
            return;
        }
        from += len + 1;
    }
}

/// The pieces of base64 in a line of a key, without the `n` of `\n`.
fn runs(body: &str, from: usize, found: &mut Vec<Range<usize>>) {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        let len = bytes[at..].iter().take_while(|it| is_base64(**it)).count();
        if len >= 4 {
            found.push(from + at..from + at + len);
        }
        at += len.max(1);
    }
}

fn longest_run(body: &str) -> usize {
    body.as_bytes()
        .split(|it| !is_base64(*it))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0)
}

fn is_base64(it: u8) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'=')
}

/// Whether a private key stands in the text: its first line at the start of one, or its first line and some of its body.
pub(super) fn holds_key(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), "-----BEGIN ").any(|at| {
        // Bounded, since a hostile text may have nothing else in a single line.
        let rest = cut(&text[at..], 400);
        let line = cut(&rest[..rest.find('\n').unwrap_or(rest.len())], 80);
        let Some(header) = line.find("PRIVATE KEY").filter(|it| *it < 60) else {
            return false;
        };
        let before = text.as_bytes()[..at]
            .iter()
            .rev()
            .take(200)
            .find(|it| !matches!(it, b' ' | b'\t'));
        let starts_line = before.is_none_or(|it| *it == b'\n');
        let body = &rest[header + 11..];
        let body = &body.as_bytes()[..body.len().min(300)];
        let body = body.strip_prefix(b" BLOCK").unwrap_or(body);
        starts_line || drawn(body) >= 40
    }) || memchr::memmem::find(text.as_bytes(), b"PuTTY-User-Key-File-").is_some_and(|it| it < 100)
}

/// The first `len` bytes at most, up to a character's end.
fn cut(text: &str, len: usize) -> &str {
    let end = (0..=len.min(text.len()))
        .rev()
        .find(|it| text.is_char_boundary(*it));
    &text[..end.unwrap_or(0)]
}

/// How many characters of base64 stand in pieces of at least 16.
fn drawn(body: &[u8]) -> usize {
    body.split(|it| !is_base64(*it))
        .map(<[u8]>::len)
        .filter(|it| *it >= 16)
        .sum()
}

/// PuTTY's `Private-Lines: 14`.
pub(super) fn putty(text: &str, next: usize, line: &str, found: &mut Vec<Range<usize>>) {
    let Some(n) = line.trim().strip_prefix("Private-Lines:") else {
        return;
    };
    let n: usize = n.trim().parse().unwrap_or(0);
    for (start, it) in lines_from(text, next).take(n.min(LONGEST)) {
        found.push(start..start + it.len());
    }
}

/// The values below `data` and `stringData` of a Kubernetes `Secret`; where its document ends.
pub(super) fn manifest(text: &str, at: usize, found: &mut Vec<Range<usize>>) -> usize {
    let start = text[..at].rfind("\n---").map_or(0, |it| it + 4);
    let end = text[at..].find("\n---").map_or(text.len(), |it| at + it);
    let mut section: Option<usize> = None;
    for (line_start, line) in lines_from(&text[..end], start) {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let own = indent(line);
        let name = line.trim().trim_matches(['"', '{', ' ', '+']);
        if matches!(
            name.trim_end_matches([':', '"', ' ']),
            "data" | "stringData"
        ) {
            section = Some(own);
            continue;
        }
        let Some(of) = section else {
            continue;
        };
        if own <= of {
            section = None;
            continue;
        }
        let value = line.find(": ").map_or(0, |it| it + 2);
        let text = line[value..].trim().trim_matches(['"', '\'', ',']);
        if text.len() >= 3
            && !text.starts_with(['|', '>'])
            && !value::is_standin(text)
            && (value > 0 || !text.ends_with(':'))
        {
            let at = line_start + (text.as_ptr() as usize - line.as_ptr() as usize);
            found.push(at..at + text.len());
        }
    }
    end
}

/// The private numbers of a JSON Web Key near a `"kty"`.
pub(super) fn jwk(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let mut start = at;
    for _ in 0..12 {
        start = text[..start].rfind('\n').unwrap_or(0);
    }
    for (line_start, line) in lines_from(text, start).take(26) {
        let all = literals(line, false);
        for pair in all.windows(2) {
            let name = &line[pair[0].start..pair[0].end];
            let value = &line[pair[1].start..pair[1].end];
            let separated = line[pair[0].close..pair[1].open].trim() == ":";
            if separated
                && matches!(name, "d" | "p" | "q" | "dp" | "dq" | "qi" | "k")
                && value.len() >= 16
            {
                found.push(line_start + pair[1].start..line_start + pair[1].end);
            }
        }
    }
}

/// Whether a line, in lower case, says that its document is a Kubernetes `Secret`.
pub(super) fn is_manifest(lower: &str) -> bool {
    lower
        .split_once("kind")
        .is_some_and(|it| it.1.trim_matches(['"', ':', ' ', ',']) == "secret")
}

/// Whether a line may be the first of a table with a column of passwords.
pub(super) fn is_head(line: &str) -> bool {
    head(line).is_some()
}

/// The first line of a table with a column of passwords.
struct Head {
    separator: char,
    n_columns: usize,
    /// The columns of passwords.
    secret: Vec<(usize, Hint)>,
}

fn head(line: &str) -> Option<Head> {
    let separator = [',', ';', '\t', '|']
        .into_iter()
        .find(|it| line.contains(*it))?;
    let names: Vec<&str> = line
        .split(separator)
        .map(|it| it.trim().trim_matches('"'))
        .collect();
    let is_name = |it: &&str| {
        it.len() < 40
            && it
                .chars()
                .all(|it| it.is_alphanumeric() || matches!(it, '_' | ' ' | '-'))
    };
    if names.len() < 2 || !names.iter().all(is_name) {
        return None;
    }
    let columns: Vec<(usize, Hint)> = names
        .iter()
        .enumerate()
        .filter_map(|(n, it)| Some((n, key::hint(it).filter(|it| *it > Hint::Vague)?)))
        .collect();
    (!columns.is_empty()).then_some(Head {
        separator,
        n_columns: names.len(),
        secret: columns,
    })
}

/// The column of passwords of a table: a first line of names, then rows with as many fields.
pub(super) fn table(
    text: &str,
    start: usize,
    next: usize,
    line: &str,
    found: &mut Vec<Range<usize>>,
) {
    let Some(Head {
        separator,
        n_columns,
        secret: columns,
    }) = head(line)
    else {
        return;
    };
    // A row is no head.
    let above = text[..start].trim_end_matches(['\n', '\r']);
    let above = &above[above.rfind('\n').map_or(0, |it| it + 1)..];
    if !text[..start].ends_with("\n\n")
        && above.matches(separator).count() == line.matches(separator).count()
    {
        return;
    }
    for (start, row) in lines_from(text, next).take(ROWS) {
        if row.trim().is_empty()
            || row.contains(['(', '{', '=']) && separator == ',' && row.trim_end().ends_with(';')
        {
            return;
        }
        let fields: Vec<&str> = row.split(separator).collect();
        if fields.len() != n_columns {
            return;
        }
        for (n, hint) in &columns {
            let field = fields[*n].trim().trim_matches('"');
            if let Some(part) = line::secret_part(*hint, field, Form::Bare)
                && !field.chars().all(|it| it == '-' || it == ':')
            {
                let at = start + (field.as_ptr() as usize - row.as_ptr() as usize);
                found.push(at + part.start..at + part.end);
            }
        }
    }
}

/// `INSERT INTO users (name, password) VALUES ('a', 'b'), …`.
pub(super) fn insert(text: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let end = text[start..]
        .find(';')
        .map_or(text.len(), |it| start + it)
        .min(start + 20_000);
    let end = (start..=end)
        .rev()
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(start);
    let statement = &text[start..end];
    let lower = statement.to_ascii_lowercase();
    let Some(values) = lower.find("values") else {
        return;
    };
    let (Some(open), Some(close)) = (
        statement[..values].find('('),
        statement[..values].rfind(')'),
    ) else {
        return;
    };
    if close < open {
        return;
    }
    let columns: Vec<Option<Hint>> = statement[open + 1..close]
        .split(',')
        .map(|it| key::hint(it.trim().trim_matches(['`', '"', '[', ']'])))
        .collect();
    if columns.iter().all(Option::is_none) {
        return;
    }
    // Fields of a tuple: literals count once, whatever they hold.
    let (mut at, mut field, mut depth) = (values + 6, 0, 0);
    let bytes = statement.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'(' => {
                depth += 1;
                field = if depth == 1 { 0 } else { field };
            }
            b')' => depth -= 1,
            b',' if depth == 1 => field += 1,
            quote @ (b'\'' | b'"') => {
                let Some(len) = bytes[at + 1..].iter().position(|it| *it == quote) else {
                    return;
                };
                let content = at + 1..at + 1 + len;
                if depth >= 1
                    && let Some(Some(hint)) = columns.get(field)
                    && let Some(part) =
                        line::secret_part(*hint, &statement[content.clone()], Form::Quoted)
                {
                    found
                        .push(start + content.start + part.start..start + content.start + part.end);
                }
                at += len + 1;
            }
            _ => {}
        }
        at += 1;
    }
}
