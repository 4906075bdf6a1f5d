//! How often the context of a chat prompt holds the function that a question is about.
//!
//! ```text
//! cargo run --release -p hob --example chat_quality -- [--questions 60] [--readme 60] [--tokens 6000] [--misses] FOLDER…
//! ```
//!
//! Each folder is one project with an index of its own, in a temporary folder; a question's answer is one known function.
//! Questions are made from the first sentences of functions' documentation, as `search_quality` of `hob-index` mines them:
//! all comments and docstrings are removed from what is indexed, and the function's name from the question. And from
//! sentences of READMEs that mention a function between backticks, without its name (`readme`) and with it (`readme,
//! named`, not in the sum); the READMEs are removed, too.
//!
//! A question is answered when the definition, or its first ten lines where it has more, stands in one piece of the
//! context. A token is counted as 3.2 bytes, less than any code model's tokenizer makes of code on average; paths and what
//! frames a piece count.

#![allow(clippy::print_stdout)]

#[path = "../../../index/examples/search_quality/mine.rs"]
mod mine;
mod questions;

use hob::assist::chat::context::{Gathered, Question, gather};
use hob_index::search::{Mode, Query, search};
use hob_index::store::{Index, Searcher};
use hob_index::update::Control;
use hob_index::walk::Patterns;
use questions::Asked;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of code for each token.
const TOKEN: f64 = 3.2;

struct Options {
    questions: usize,
    readme: usize,
    tokens: usize,
    misses: bool,
    folders: Vec<PathBuf>,
}

/// How many questions were answered.
#[derive(Clone, Copy, Default)]
struct Score {
    questions: usize,
    answered: usize,
    tokens: usize,
}

impl Score {
    fn print(&self, name: &str) {
        let n = self.questions.max(1);
        println!(
            "{name:<36} {:>5} questions  answered {:>5.1} %  tokens {}",
            self.questions,
            self.answered as f64 * 100.0 / n as f64,
            self.tokens / n
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let mut tables: BTreeMap<String, Score> = BTreeMap::new();
    let mut times = Vec::new();
    for folder in &options.folders {
        let project = questions::read(folder, options.questions, options.readme);
        let copy = tempfile::tempdir()?;
        let root = copy.path().join("project");
        std::fs::create_dir_all(&root)?;
        for (path, text) in &project.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(&root))?;
            std::fs::write(path, text)?;
        }
        let (index, _) = Index::open(&root, copy.path())?;
        index.update(&Patterns::default(), &Control::default(), |_| ())?;
        let searcher = index.searcher();
        let mut own = Score::default();
        for asked in &project.questions {
            let start = Instant::now();
            let gathered = ask(&searcher, &root, asked, options.tokens);
            times.push(start.elapsed());
            let is_answered = holds(&gathered, asked);
            let tokens = gathered
                .pieces
                .iter()
                .map(|it| count(&it.text) + count(&it.path) + 12);
            let tokens: usize = tokens.sum();
            let add = |score: &mut Score| {
                score.questions += 1;
                score.answered += usize::from(is_answered);
                score.tokens += tokens;
            };
            let mut names = vec![format!("kind: {}", asked.kind)];
            if asked.kind != questions::NAMED {
                add(&mut own);
                names.push(format!("language: {}", asked.language));
                names.push("overall".to_owned());
            }
            for name in names {
                add(tables.entry(name).or_default());
            }
            if options.misses && !is_answered {
                miss(&searcher, asked, &gathered);
            }
        }
        let name = folder.iter().next_back().unwrap_or_default();
        own.print(&name.to_string_lossy());
    }
    println!();
    tables.iter().for_each(|(name, score)| score.print(name));
    times.sort();
    let at = |percent: usize| -> Duration {
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(at).copied().unwrap_or_default()
    };
    println!("gathering takes {:.1?} (p50), {:.1?} (p95)", at(50), at(95));
    Ok(())
}

fn ask(searcher: &Searcher, root: &Path, asked: &Asked, tokens: usize) -> Gathered {
    gather(&Question {
        message: &asked.text,
        earlier: &[],
        attachments: &[],
        root: Some(root),
        here: None,
        searcher: Some(searcher),
        semantic: None,
        documents: &[],
        current: None,
        budget_tokens: tokens,
        found_tokens: tokens,
        count: &count,
    })
}

fn count(text: &str) -> usize {
    (text.len() as f64 / TOKEN).ceil() as usize
}

/// Whether the function's beginning stands in one piece.
fn holds(gathered: &Gathered, asked: &Asked) -> bool {
    let mut pieces = gathered.pieces.iter();
    pieces.any(|it| it.path == asked.path && it.text.contains(&asked.beginning))
}

/// Prints a question that wasn't answered, and where a search has the answer.
fn miss(searcher: &Searcher, asked: &Asked, gathered: &Gathered) {
    let query = Query {
        text: asked.text.clone(),
        ..Query::default()
    };
    let hits = search(searcher, &query, Mode::Lexical, 300, None).hits;
    let rank = hits.iter().position(|it| {
        it.path == asked.path && (it.start_line..=it.end_line).contains(&asked.line)
    });
    let n_lines: usize = gathered
        .sources
        .iter()
        .map(|it| it.end_line + 1 - it.start_line)
        .sum();
    println!(
        "[{}] {}\n  {} in {}:{}; rank {:?} {:?}; {} sources, {n_lines} lines",
        asked.kind,
        asked.text,
        asked.name,
        asked.path,
        asked.line,
        rank.map(|it| it + 1),
        hits.iter()
            .step_by(20)
            .map(|it| (it.score * 100.0) as u32)
            .collect::<Vec<_>>(),
        gathered.sources.len()
    );
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        questions: 60,
        readme: 60,
        tokens: 6_000,
        misses: false,
        folders: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--questions" => options.questions = arguments.next().ok_or("a number")?.parse()?,
            "--readme" => options.readme = arguments.next().ok_or("a number")?.parse()?,
            "--tokens" => options.tokens = arguments.next().ok_or("a number")?.parse()?,
            "--misses" => options.misses = true,
            folder if Path::new(folder).is_dir() => options.folders.push(folder.into()),
            other => return Err(format!("no folder: {other}").into()),
        }
    }
    Ok(options)
}
