//! What a message asks for: the words to search by, the names of code in it, the places in files that it names.

mod phrases;

use crate::assist::chat::attachment::{code, lines_of};
use hob_index::language::Language;
use hob_index::terms::words;
use phrases::{ABOUT_ALL, EMPTY, ENDINGS, GENERIC, OPENINGS, POINTING, USES};
use rustc_hash::FxHashSet;
use std::ops::RangeInclusive;
use std::path::Path;

/// More words make a query slow and no better.
const WORDS: usize = 48;
/// So many names and places of a message are looked up.
const NAMES: usize = 24;
const PLACES: usize = 16;
/// A message with fewer words of its own is about what was said before.
const FEW: usize = 3;
/// So many earlier messages are looked at.
const EARLIER: usize = 3;

/// What a message asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    /// The words to search by.
    pub(super) query: String,
    /// The same of the earlier messages, the newest first, and how much each counts beside this one's.
    pub(super) earlier: Vec<(String, f32)>,
    /// The names of code, the likeliest first.
    pub(super) names: Vec<String>,
    /// Files that the message names, and lines in them.
    pub(super) places: Vec<(String, Option<RangeInclusive<usize>>)>,
    /// It is about the codebase as a whole.
    pub(super) is_about_all: bool,
    /// It points at something that it doesn't name, which may be what the user looks at.
    pub(super) points: bool,
    /// It asks where something is used.
    pub(super) wants_uses: bool,
}

impl Asked {
    pub(super) fn new(message: &str, earlier: &[&str]) -> Asked {
        let mut asked = Asked::of(message);
        let own = content(&asked.query);
        let follows = asked.points || own < FEW || starts_as_follow_up(message);
        let weight = match (follows, own < FEW) {
            (true, true) => 0.9,
            (true, false) => 0.6,
            (false, _) => 0.25,
        };
        for (n, message) in earlier.iter().rev().take(EARLIER).enumerate() {
            let before = Asked::of(message);
            if !before.query.is_empty() {
                let weight = weight * 0.7f32.powi(n as i32);
                asked.earlier.push((before.query, weight));
            }
            if follows {
                asked.names.extend(before.names);
                asked.places.extend(before.places);
            }
        }
        let mut seen = FxHashSet::default();
        asked.names.retain(|it| seen.insert(it.clone()));
        asked.names.truncate(NAMES);
        let mut seen = FxHashSet::default();
        asked.places.retain(|it| seen.insert(it.clone()));
        asked.places.truncate(PLACES);
        // What is followed up is not the whole codebase.
        let is_followed = follows && !asked.earlier.is_empty();
        asked.is_about_all &= !is_followed;
        asked
    }

    fn of(message: &str) -> Asked {
        let code = code(message);
        let is_fence = |it: &&std::ops::Range<usize>| {
            message[(*it).clone()].starts_with(['~', ' ', '\t'])
                || message[(*it).clone()].starts_with("```")
        };
        let mut prose = String::new();
        let mut at = 0;
        for fence in code.iter().filter(is_fence) {
            prose.push_str(&message[at..fence.start]);
            prose.push('\n');
            at = fence.end;
        }
        prose.push_str(&message[at..]);
        let prose = without_addresses(&prose);
        let mut names = Vec::new();
        for span in code.iter().filter(|it| !is_fence(it)) {
            let inner = message[span.clone()].trim_matches('`').trim();
            if is_name(inner) {
                names.push(inner.trim_end_matches("()").to_owned());
            }
        }
        let mut places = Vec::new();
        for word in prose.split_whitespace() {
            let word = word.trim_start_matches(|it: char| "`'\"([{<*@".contains(it));
            let is_end = |it: char| "`'\")]}<>,;!?*(".contains(it);
            let name = word[..word.find(is_end).unwrap_or(word.len())].trim_end_matches(['.', ':']);
            let is_call = word[name.len()..].starts_with("()");
            if is_call && is_name(name) || looks_like_name(name) {
                names.push(name.to_owned());
            }
        }
        places_in(message, &mut places);
        for fence in code.iter().filter(is_fence) {
            let identifiers = words(&message[fence.clone()]).filter(|it| looks_like_name(it));
            names.extend(identifiers.map(str::to_owned));
        }
        let lower = prose.to_lowercase();
        let query = query_of(&prose);
        Asked {
            is_about_all: is_about_all(&lower),
            points: words(&lower).any(|it| POINTING.contains(&it)),
            wants_uses: USES.iter().any(|it| words(&lower).any(|word| word == *it)),
            query: match query.is_empty() {
                true => query_of(message),
                false => query,
            },
            names,
            places,
            earlier: Vec::new(),
        }
    }
}

/// Whether a message in lower case names the codebase as a whole, and nothing in it.
fn is_about_all(lower: &str) -> bool {
    let all: Vec<&str> = words(lower).collect();
    let text = format!(" {} ", all.join(" "));
    let named = ABOUT_ALL
        .iter()
        .find(|it| text.contains(&format!(" {it} ")));
    named.is_some_and(|named| {
        let rest = text.replace(&format!(" {named} "), " ");
        let is_generic = |it: &str| {
            [EMPTY, POINTING, GENERIC]
                .iter()
                .any(|all| all.contains(&it))
        };
        rest.split_whitespace().all(is_generic)
    })
}

/// A text without web addresses: their words say where something is, not what.
fn without_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let scheme = rest[..at].trim_end_matches(|it: char| it.is_ascii_alphanumeric());
        out.push_str(scheme);
        out.push(' ');
        let is_end = |it: char| it.is_whitespace() || ")]>\"'`".contains(it);
        rest = &rest[at..];
        rest = &rest[rest.find(is_end).unwrap_or(rest.len())..];
    }
    out.push_str(rest);
    out
}

/// The words of a text that say what is asked for.
fn query_of(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for sentence in sentences(text) {
        let sentence = without_opening(sentence);
        let sentence = without_ending(sentence);
        kept.extend(
            sentence
                .split_whitespace()
                .filter(|it| it.chars().any(char::is_alphanumeric) && !is_mention(it)),
        );
        if kept.len() >= WORDS {
            break;
        }
    }
    kept.truncate(WORDS);
    kept.join(" ")
}

/// Whether a word names a file or the like with `@`: that is attached, and says nothing about what is searched for.
fn is_mention(word: &str) -> bool {
    let Some(name) = word.trim_start_matches(['(', '"', '\'']).strip_prefix('@') else {
        return false;
    };
    let inner = name.trim_end_matches(|it: char| !it.is_alphanumeric() && it != '/');
    inner.contains(['/', '.', ':']) || ["diff", "problems", "codebase", "open"].contains(&inner)
}

/// The sentences of a text, roughly.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '?', '!'])
        .flat_map(|it| it.split(". "))
        .map(str::trim)
        .filter(|it| !it.is_empty())
}

fn without_opening(sentence: &str) -> &str {
    let mut rest =
        sentence.trim_start_matches(|it: char| !it.is_alphanumeric() && !"`@_".contains(it));
    loop {
        let found = OPENINGS.iter().find_map(|it| {
            let head = rest.get(..it.len())?;
            let tail = &rest[it.len()..];
            let ends = !tail.starts_with(|it: char| it.is_alphanumeric() || "_'-".contains(it));
            (head.eq_ignore_ascii_case(it) && ends).then_some(tail)
        });
        match found {
            Some(tail) => rest = tail.trim_start_matches([' ', ',', ':', '\u{a0}']),
            None => return rest,
        }
    }
}

fn without_ending(sentence: &str) -> &str {
    let mut rest = sentence.trim_end_matches(['.', ' ', '?', '!', ':']);
    loop {
        let found = ENDINGS.iter().find_map(|it| {
            let at = rest.len().checked_sub(it.len())?;
            let tail = rest.get(at..)?;
            (tail.eq_ignore_ascii_case(it) && rest[..at].ends_with(' ')).then_some(&rest[..at])
        });
        match found {
            Some(head) if head.split_whitespace().nth(1).is_some() => rest = head.trim_end(),
            _ => return rest,
        }
    }
}

/// How many words of a query say something.
fn content(query: &str) -> usize {
    words(query)
        .map(str::to_lowercase)
        .filter(|it| !EMPTY.contains(&it.as_str()) && !POINTING.contains(&it.as_str()))
        .count()
}

fn starts_as_follow_up(message: &str) -> bool {
    let first = words(message).next().map(str::to_lowercase);
    first.is_some_and(|it| {
        ["and", "but", "so", "then", "now", "ok", "okay", "yes", "no"].contains(&it.as_str())
    })
}

/// Whether something between backticks names code.
fn is_name(text: &str) -> bool {
    let name = text.trim_end_matches("()");
    name.len() > 1
        && name.starts_with(|it: char| it.is_alphabetic() || it == '_')
        && name
            .chars()
            .all(|it| it.is_alphanumeric() || "_:.#".contains(it))
}

/// Whether a word of prose is written as only code writes it: `snake_case`, `camelCase`, `Type::name`, `call()`.
fn looks_like_name(word: &str) -> bool {
    if !is_name(word) || word.contains("..") {
        return false;
    }
    let bare = word.trim_end_matches("()");
    let inner = bare.trim_matches('_');
    let mixed = inner
        .chars()
        .zip(inner.chars().skip(1))
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let dotted = bare.contains('.')
        && bare.split('.').all(|it| it.len() > 1)
        && Language::of_path(Path::new(bare)).is_none();
    bare.len() < word.len()
        || inner.contains('_')
        || bare.trim_end_matches(':').contains("::")
        || bare.contains('#')
        || mixed
        || dotted
}

/// The files that a text names as code, compilers and stack traces do.
fn places_in(text: &str, found: &mut Vec<(String, Option<RangeInclusive<usize>>)>) {
    for line in text.lines() {
        // Python's traces: `File "a/b.py", line 12, in f`.
        if let Some(at) = line.find("File \"") {
            let rest = &line[at + 6..];
            if let Some((path, rest)) = rest.split_once('"') {
                let number = rest.trim_start_matches(", line ");
                let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
                let line = digits.parse().ok().filter(|it| *it > 0);
                found.push((path.to_owned(), line.map(|it: usize| it..=it)));
                continue;
            }
        }
        for word in line.split(|it: char| it.is_whitespace() || "()[]{}\"'`<>,;|@".contains(it)) {
            let word = word.trim_end_matches(['.', ':', '!', '?']);
            let (path, lines) = match lines_of(word) {
                Some((at, lines, _)) => (&word[..at], Some(lines)),
                None => (word, None),
            };
            if is_path(path) {
                found.push((path.to_owned(), lines));
            }
        }
    }
}

fn is_path(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    !stem.is_empty()
        && !word.contains("://")
        && !extension.is_empty()
        && extension.chars().all(|it| it.is_ascii_alphanumeric())
        && word.len() < 300
        && Language::of_path(Path::new(name)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_says_that_something_is_asked_is_no_part_of_the_query() {
        for (message, query) in [
            ("Where is the code that parses headers?", "parses headers"),
            (
                "How does the cache evict old entries?",
                "the cache evict old entries",
            ),
            ("Please explain how retries are implemented", "retries are"),
            (
                "Can you show me where settings are read in this project?",
                "settings are read",
            ),
            ("where", "where"),
            ("parse_config", "parse_config"),
        ] {
            let asked = Asked::new(message, &[]).query;
            assert!(asked == query || message == "where", "{message}: {asked}");
        }
    }

    #[test]
    fn names_of_code_are_found_in_prose_in_spans_and_in_fences() {
        let asked = Asked::new(
            "Why does `area` panic in Shape::new, or fill() and read_settings(x, y)?\n```\nlet colourOf = f(x);\n```\nI e.g. think so.",
            &[],
        );
        assert_eq!(
            asked.names,
            ["area", "Shape::new", "fill", "read_settings", "colourOf"]
        );
    }

    #[test]
    fn places_of_traces_and_compilers_are_found() {
        let asked = Asked::new(
            "  File \"a/b.py\", line 12, in f\n at foo (src/a.js:7:5)\nerror: x --> src/main.rs:10:3\nsee src/lib.rs. Or http://x.y/z.html",
            &[],
        );
        let places: Vec<String> = asked
            .places
            .iter()
            .map(|it| format!("{} {:?}", it.0, it.1))
            .collect();
        assert_eq!(
            places,
            [
                "a/b.py Some(12..=12)",
                "src/a.js Some(7..=7)",
                "src/main.rs Some(10..=10)",
                "src/lib.rs None",
            ]
        );
    }

    #[test]
    fn a_follow_up_takes_over_what_was_named_before_it() {
        let earlier = ["How does `read_settings` work?", "Nice."];
        let asked = Asked::new("And where is it called?", &earlier);
        assert_eq!(asked.names, ["read_settings"]);
        assert!(asked.wants_uses && asked.points);
        assert!(asked.earlier.iter().any(|it| it.1 > 0.5));
        let asked = Asked::new("How are passwords hashed by the login form?", &earlier);
        assert!(asked.names.is_empty());
        assert!(asked.earlier.iter().all(|it| it.1 < 0.5));
    }

    #[test]
    fn questions_about_all_of_it_are_told_from_questions_that_mention_it() {
        assert!(Asked::new("What does this project do?", &[]).is_about_all);
        assert!(Asked::new("Give me an overview of the architecture", &[]).is_about_all);
        let long = "How does this project parse the headers of a chunked response body?";
        assert!(!Asked::new(long, &[]).is_about_all);
        assert!(Asked::new("How is the repo structured?", &[]).is_about_all);
        assert!(!Asked::new("How is the report generated?", &[]).is_about_all);
        assert!(!Asked::new("Where is the project file read?", &[]).is_about_all);
    }
}
