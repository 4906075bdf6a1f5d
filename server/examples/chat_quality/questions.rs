//! Questions as people ask them, made from documentation, each with the one function that answers it.

use super::mine;
use hob_index::language::Language;
use hob_index::outline::{Kind, outline};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The kind of question that names its answer.
pub(super) const NAMED: &str = "readme, named";
/// So many lines of a definition are enough.
const LINES: usize = 10;
/// A sentence with fewer words says too little.
const FEWEST_WORDS: usize = 6;

/// A project as it is indexed, and what is asked.
pub(super) struct Project {
    pub(super) files: Vec<(String, String)>,
    pub(super) questions: Vec<Asked>,
}

/// A question, and its answer.
pub(super) struct Asked {
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The function.
    pub(super) name: String,
    pub(super) path: String,
    /// The line of its name, from 1.
    pub(super) line: usize,
    /// Its first lines.
    pub(super) beginning: String,
    pub(super) language: &'static str,
}

/// A function of the project.
struct Function {
    name: String,
    container: Option<String>,
    path: String,
    line: usize,
    end_line: usize,
    language: &'static str,
}

/// Reads a project and makes at most so many questions of its documentation, and of its READMEs.
pub(super) fn read(root: &Path, most: usize, most_of_readmes: usize) -> Project {
    let mined = mine::mine(root, most);
    let mut files = mined.files;
    let functions = functions(&files);
    let texts: HashMap<&str, &str> = files
        .iter()
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    let mut questions = Vec::new();
    for (n, it) in mined.questions.iter().enumerate() {
        let function = functions.iter().find(|known| {
            known.path == it.path
                && known.line <= it.line
                && it.line <= known.end_line
                && known.name == it.name
        });
        let text = texts[it.path.as_str()];
        let last = function.map_or(it.line + LINES - 1, |it| it.end_line);
        let is_how = n % 2 == 0;
        questions.push(Asked {
            kind: if is_how { "how" } else { "where" },
            text: asked(&it.text, is_how),
            name: it.name.clone(),
            path: it.path.clone(),
            line: it.line,
            beginning: lines(text, it.line, last.min(it.line + LINES - 1)),
            language: it.language,
        });
    }
    questions.extend(of_readmes(&files, &functions, &texts, most_of_readmes));
    files.retain(|it| !is_readme(&it.0));
    Project { files, questions }
}

fn functions(files: &[(String, String)]) -> Vec<Function> {
    let mut all = Vec::new();
    for (path, text) in files {
        let Some(language) = Language::of_path(Path::new(path)).filter(|it| !it.prose) else {
            continue;
        };
        for it in outline(text, Some(language)).symbols {
            if matches!(it.kind, Kind::Function | Kind::Method | Kind::Macro) {
                all.push(Function {
                    name: it.name,
                    container: it.container,
                    path: path.clone(),
                    line: it.line,
                    end_line: it.end_line,
                    language: match language.id {
                        "cpp" => "c",
                        "typescript" | "typescriptreact" | "javascriptreact" => "javascript",
                        id => id,
                    },
                });
            }
        }
    }
    all
}

fn lines(text: &str, first: usize, last: usize) -> String {
    let lines = text.split_inclusive('\n');
    let taken: String = lines.skip(first - 1).take(last + 1 - first).collect();
    taken.trim_end().to_owned()
}

/// A sentence of documentation as a question.
fn asked(sentence: &str, is_how: bool) -> String {
    let sentence = sentence.trim().trim_end_matches(['.', ':', ',']);
    let (first, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
    let word = if is_how { "How" } else { "Where" };
    let lower = first.to_lowercase();
    match base(&lower) {
        Some(verb) => format!("{word} does it {verb} {rest}?"),
        None if is_how => format!("How is this done: {lower} {rest}?"),
        None => format!("Where is the code for this: {lower} {rest}?"),
    }
}

/// The verb that a word is the third person of: `parses`, `applies`.
fn base(word: &str) -> Option<String> {
    let not = [
        "this", "its", "is", "was", "has", "as", "alias", "class", "status", "always", "address",
    ];
    if not.contains(&word) || word.len() < 4 || !word.bytes().all(|it| it.is_ascii_lowercase()) {
        return None;
    }
    let stem = word.strip_suffix('s')?;
    if stem.ends_with(['s', 'u', 'i']) {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return Some(format!("{stem}y"));
    }
    let hissing = ["shes", "ches", "sses", "xes", "zzes"];
    match hissing.iter().any(|it| word.ends_with(it)) {
        true => Some(word[..word.len() - 2].to_owned()),
        false => Some(stem.to_owned()),
    }
}

fn is_readme(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    name.starts_with("readme")
}

/// Sentences of READMEs that mention exactly one function of which there is exactly one.
fn of_readmes(
    files: &[(String, String)],
    functions: &[Function],
    texts: &HashMap<&str, &str>,
    most: usize,
) -> Vec<Asked> {
    let mut by_name: HashMap<&str, Vec<&Function>> = HashMap::new();
    for it in functions {
        by_name.entry(&it.name).or_default().push(it);
    }
    let mut found = Vec::new();
    let mut seen: HashSet<(&str, usize)> = HashSet::new();
    for (path, text) in files.iter().filter(|it| is_readme(&it.0)) {
        let rst = path.ends_with(".rst");
        for sentence in sentences(text) {
            let spans = spans(&sentence, if rst { "``" } else { "`" });
            let mut answers = spans.iter().filter_map(|span| {
                let name = span.trim_end_matches("()");
                let last = name.rsplit([':', '.', '#']).next()?;
                let container = name
                    .rsplit([':', '.', '#'])
                    .filter(|it| !it.is_empty())
                    .nth(1);
                let all = by_name.get(last)?;
                let mut fitting = all.iter().filter(|it| match container {
                    Some(wanted) => it
                        .container
                        .as_deref()
                        .is_none_or(|it| it.eq_ignore_ascii_case(wanted)),
                    None => true,
                });
                let one = fitting.next()?;
                let is_one = fitting.next().is_none() && !is_aside(&one.path);
                (is_one && is_written_as_code(span)).then_some((*one, span.as_str()))
            });
            let (Some((function, span)), None) = (answers.next(), answers.next()) else {
                continue;
            };
            let plain = |it: &str| it.replace(['`', '*', '[', ']'], "");
            let named = plain(&sentence);
            let masked: Vec<String> = sentence
                .replace(span, " ")
                .split_whitespace()
                .map(plain)
                .filter(|it| !it.is_empty() && !it.contains(function.name.as_str()))
                .collect();
            let n_words = masked
                .iter()
                .filter(|it| {
                    it.chars()
                        .all(|it| it.is_alphabetic() || ",.'-()".contains(it))
                })
                .count();
            if n_words < FEWEST_WORDS || !seen.insert((&function.path, function.line)) {
                continue;
            }
            let text = texts[function.path.as_str()];
            let last = function.end_line.min(function.line + LINES - 1);
            for (kind, question) in [
                (
                    "readme",
                    format!(
                        "Where is the code for this: {}?",
                        masked.join(" ").trim_end_matches(['.', ':'])
                    ),
                ),
                (
                    NAMED,
                    format!(
                        "How does this work: {}?",
                        named.trim_end_matches(['.', ':'])
                    ),
                ),
            ] {
                found.push(Asked {
                    kind,
                    text: question,
                    name: function.name.clone(),
                    path: function.path.clone(),
                    line: function.line,
                    beginning: lines(text, function.line, last),
                    language: function.language,
                });
            }
        }
    }
    found.truncate(2 * most);
    found
}

/// Whether a span is a function's name for sure: a word alone may be a package, a module, an option.
fn is_written_as_code(span: &str) -> bool {
    let mut pairs = span.chars().zip(span.chars().skip(1));
    span.ends_with("()")
        || span.contains("::")
        || span.trim_matches('_').contains(['_', '.'])
        || pairs.any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// Whether a file is a test, an example or a build script.
fn is_aside(path: &str) -> bool {
    let aside = [
        "test", "tests", "examples", "benches", "bench", "build.rs", "tests.rs",
    ];
    path.split('/').any(|it| aside.contains(&it))
}

/// The sentences of a document's paragraphs, outside of code.
fn sentences(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = vec![String::new()];
    let mut in_code = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_code = !in_code;
        }
        let is_item = trimmed.starts_with(['-', '*', '#', '|', '=', '+', '>']);
        if in_code || trimmed.is_empty() || is_item || line.starts_with("    ") {
            paragraphs.push(String::new());
        }
        if in_code
            || trimmed.starts_with(['#', '|', '=', '~', '`']) && !trimmed.starts_with('`')
            || line.starts_with("    ")
        {
            continue;
        }
        if let Some(last) = paragraphs.last_mut() {
            last.push_str(trimmed.trim_start_matches(['-', '*', '+', '>', ' ']));
            last.push(' ');
        }
    }
    let mut sentences = Vec::new();
    for paragraph in paragraphs {
        let mut rest = paragraph.as_str();
        while let Some(at) = rest.find(". ") {
            sentences.push(rest[..at].trim().to_owned());
            rest = &rest[at + 2..];
        }
        sentences.push(rest.trim().to_owned());
    }
    sentences.retain(|it| !it.is_empty());
    sentences
}

/// What stands between marks.
fn spans(sentence: &str, mark: &str) -> Vec<String> {
    let parts: Vec<&str> = sentence.split(mark).collect();
    let inner = parts.iter().skip(1).step_by(2);
    inner
        .filter(|it| !it.contains(' '))
        .map(|it| (*it).to_owned())
        .collect()
}
