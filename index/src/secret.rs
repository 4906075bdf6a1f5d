//! The one judge of secrets: which files may hold them, by name and by content, and what of a text is one.
//!
//! Everything that leaves for a model, an embedder or a log is judged here and nowhere else. Files whose names say that
//! they hold secrets, and files that hold private keys, are withheld as a whole ([`is_secret`], [`holds_key`]); in all
//! others the secrets are masked ([`masked`]): values under names that tell (`password: …`, `API_KEY=…`), credentials in
//! addresses, headers, connection strings and command lines, and what shows by its own form that it is a key.
//!
//! The judge errs towards masking: a model works as well beside `********`, and a key that was sent once is known.

mod address;
mod block;
mod command;
mod formats;
mod key;
mod line;
mod literal;
mod name;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use name::is_generated;
pub use name::{is_secret, is_secret_document};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use line::Open;
use lru::LruCache;
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What stands in a secret's place.
pub const MASK: &str = "********";

/// Longer lines are looked at in pieces of this many bytes: they are data, and what is quadratic in a line must end.
const LONGEST_LINE: usize = 2 * 1024;

/// So many lines' verdicts are kept.
const KNOWN_LINES: NonZeroUsize = NonZeroUsize::new(4096).expect("it isn't zero");

/// Longer lines are judged anew each time; in bytes.
const LONGEST_KNOWN: usize = 400;

/// Longer lines begin no table and no manifest; in bytes.
const LONGEST_HEAD: usize = 1_000;

/// So many different secrets of one text are looked for at other places of it.
const REPEATED: usize = 32;

/// Whether a text holds a private key: its first line at the start of one, or anywhere with its body behind it.
///
/// Such a text is withheld as a whole: a window of it may begin within the key, where nothing tells what it is.
pub fn holds_key(text: &str) -> bool {
    block::holds_key(text)
}

/// The text with each secret replaced by [`MASK`]; borrowed where there is none.
pub fn masked(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for range in found {
        out.push_str(&text[copied..range.start]);
        out.push_str(MASK);
        copied = range.end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Parts of lines that are worth a look, in lower case.
const WORDS: &[&str] = &[
    "pass",
    "pwd",
    "pw",
    "sess",
    "@tcp(",
    "@(",
    "--user",
    "-u ",
    "/user:",
    "net user",
    "unseal",
    "schtasks",
    "pswd",
    "kennwort",
    "contrasena",
    "senha",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "sig=",
    "salt",
    "pepper",
    "seed",
    "mnemonic",
    "phrase",
    "pin",
    "dsn",
    "webhook",
    "hook",
    "session",
    "cookie",
    "jwt",
    "bearer",
    "basic ",
    "identified",
    "otp",
    "://",
    "-----begin",
    "private-lines",
    "psk",
    "sas",
    "\"kty\"",
    "login",
    "license",
    "connection",
    "hmac",
    "signature",
];

/// Finds the lines that are worth a look in one pass over the text.
static TRIGGERS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let prefixes = formats::triggers().map(str::to_ascii_lowercase);
    // Prefixes of two letters stand everywhere; the formats that have them are long, so that names or quotes give them away.
    let all = WORDS
        .iter()
        .map(|it| (*it).to_owned())
        .chain(prefixes)
        .chain(command::triggers().map(str::to_owned));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(all)
        .expect("a few hundred short patterns, known here")
});

/// Where the secrets are, in order, without overlaps.
fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut code = None;
    let mut manifest = 0;
    let mut at = 0;
    while let Some(hit) = TRIGGERS.find(aho_corasick::Input::new(text).span(at..text.len())) {
        let start = text[..hit.start()].rfind('\n').map_or(0, |it| it + 1);
        let end = memchr::memchr(b'\n', &text.as_bytes()[hit.end()..])
            .map_or(text.len(), |it| hit.end() + it);
        let line = text[start..end].trim_end_matches('\r');
        let next = (end + 1).min(text.len());
        let is_code = *code.get_or_insert_with(|| is_code(text));
        judge_line(text, start, line, next, is_code, &mut manifest, &mut found);
        at = next.max(hit.end());
    }
    if !found.is_empty() {
        again(text, &mut found);
    }
    merged(text, found)
}

/// Other places of what was found: a password that has a name in one line may stand in a comment of another.
fn again(text: &str, found: &mut Vec<Range<usize>>) {
    let mut known: Vec<&str> = found
        .iter()
        .map(|it| &text[it.clone()])
        .filter(|it| {
            it.len() >= 8 && it.len() < 200 && !it.bytes().all(|it| it.is_ascii_alphabetic())
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    known.truncate(REPEATED);
    let places = known.into_iter().flat_map(|it| {
        memchr::memmem::find_iter(text.as_bytes(), it)
            .map(|at| at..at + it.len())
            .collect::<Vec<_>>()
    });
    found.extend(places.collect::<Vec<_>>());
}

/// What a line says by itself.
#[derive(Clone, Debug, Default)]
struct Verdict {
    /// Its secrets, in bytes from its start.
    secrets: Vec<Range<usize>>,
    /// What the next lines go on with.
    open: Option<Open>,
    /// It may begin something of several lines: a key, a manifest, a table.
    begins: bool,
}

/// Verdicts by line, and by whether it was judged as code.
type Verdicts = LruCache<(bool, Box<str>), Arc<Verdict>>;

/// The verdicts of lines that were judged last. A prompt is made at every key, and nearly all of its lines are those of
/// the one before.
static KNOWN: LazyLock<Mutex<Verdicts>> = LazyLock::new(|| Mutex::new(LruCache::new(KNOWN_LINES)));

fn verdict(line: &str, is_code: bool) -> Arc<Verdict> {
    if line.len() > LONGEST_KNOWN {
        return Arc::new(judged(line, is_code));
    }
    let key = (is_code, Box::<str>::from(line));
    let known = KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .cloned();
    if let Some(known) = known {
        return known;
    }
    let verdict = Arc::new(judged(line, is_code));
    let mut all = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    all.put(key, verdict.clone());
    verdict
}

fn judged(line: &str, is_code: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let secrets = &mut verdict.secrets;
    let mut from = 0;
    while from < line.len() {
        let piece = piece(&line[from..]);
        let before = secrets.len();
        verdict.open = line::find(piece, is_code, secrets);
        for it in &mut secrets[before..] {
            *it = it.start + from..it.end + from;
        }
        from += piece.len();
    }
    let lower = line.to_ascii_lowercase();
    if line.len() < LONGEST_LINE && (lower.contains("cookie") || lower.contains("sess")) {
        secrets.extend(address::cookies(line));
    }
    verdict.begins = line.contains("-----BEGIN ")
        || line.trim_start().starts_with("Private-Lines:")
        || (line.len() < LONGEST_HEAD
            && (block::is_manifest(&lower)
                || line.contains("\"kty\"")
                || lower.contains("insert into")
                || lower.contains("values")
                || block::is_head(line)));
    verdict
}

fn judge_line(
    text: &str,
    start: usize,
    line: &str,
    next: usize,
    is_code: bool,
    manifest: &mut usize,
    found: &mut Vec<Range<usize>>,
) {
    let verdict = verdict(line, is_code);
    let own = verdict.secrets.iter();
    found.extend(own.map(|it| start + it.start..start + it.end));
    if let Some(open) = verdict.open {
        block::follow(text, next, line, open, found);
    }
    if !verdict.begins {
        return;
    }
    block::pem(text, start, line, found);
    block::putty(text, next, line, found);
    if line.len() >= LONGEST_HEAD {
        return;
    }
    let lower = line.to_ascii_lowercase();
    if start >= *manifest && block::is_manifest(&lower) {
        *manifest = block::manifest(text, start, found);
    }
    if line.contains("\"kty\"") {
        block::jwk(text, start, found);
    }
    block::table(text, start, next, line, found);
    if lower.contains("insert into") || lower.contains("values") {
        block::insert(text, start, found);
    }
}

/// The first part of a line that is looked at in one go: up to a quote or a comma near the bound.
fn piece(line: &str) -> &str {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let mut end = LONGEST_LINE;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let cut = line[..end]
        .rfind([',', ';', ' ', '}'])
        .filter(|it| *it > end / 2);
    &line[..cut.map_or(end, |it| it + 1)]
}

/// Sorted, without overlaps, without what is only a mask.
fn merged(text: &str, mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|it| it.start < it.end && !text[it.clone()].bytes().all(|it| it == b'*'));
    found.sort_by_key(|it| (it.start, it.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for it in found {
        match merged.last_mut() {
            Some(last) if it.start <= last.end => last.end = last.end.max(it.end),
            _ => merged.push(it),
        }
    }
    merged
}

/// Whether a text is code in which a bare word behind `=` may be a variable, judged by the beginnings and ends of its lines.
fn is_code(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "fn ",
        "def ",
        "class ",
        "import ",
        "func ",
        "function ",
        "const ",
        "let ",
        "var ",
        "public ",
        "private ",
        "#include",
        "package ",
        "using ",
        "return ",
        "struct ",
        "impl ",
        "use ",
        "if (",
        "for (",
        "while (",
        "pub ",
        "else",
        "elif ",
        "async ",
        "static ",
        "namespace ",
        "module ",
        "require ",
        "from ",
        "protected ",
        "void ",
        "val ",
        "int ",
        "type ",
        "interface ",
        "enum ",
        "export ",
        "try:",
        "with ",
        "match ",
        "switch ",
        "case ",
        "assert",
    ];
    let (mut code, mut all) = (0, 0);
    for line in text.lines().take(120) {
        let line = line.trim().trim_start_matches(['+', '-']).trim_start();
        if line.is_empty() || line.starts_with('#') && !line.starts_with("#include") {
            continue;
        }
        all += 1;
        let is_shell = line.starts_with("export ") && !line.contains(['(', '{', ';']);
        let starts =
            STARTS.iter().any(|it| line.starts_with(it)) && !is_shell && !line.starts_with("from:");
        code += usize::from(
            starts || line.ends_with([';', ')']) || line.ends_with(") {") || line.ends_with("):"),
        );
    }
    code * 6 > all
}
