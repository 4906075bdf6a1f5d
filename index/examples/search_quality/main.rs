//! How well `search` finds functions by what they do: sentences of real documentation, asked in copies of their projects
//! from which all comments and docstrings have been removed.
//!
//! ```text
//! cargo run --release -p hob-index --example search_quality -- [--questions 60] [--misses] [--explain] FOLDER…
//! cargo run --release -p hob-index --features fastembed --example search_quality -- --embed MODEL FOLDER…
//! ```
//!
//! Each folder is one project with an index of its own, in a temporary folder. A question is the first sentence of a
//! function's documentation, without the function's name; see `mine.rs`. The function is the only right answer: a result
//! counts when the line of its definition is within the result's lines. `MRR@10` is the mean of 1/rank, 0 from rank 11 on;
//! `recall@10` the share of questions answered within ten. `builtin_quality.rs` says where to get projects from.
//!
//! With `--embed`, a model's folder, questions are also searched by meaning, alone and beside words. What runs the model
//! is named by `ORT_DYLIB_PATH`.

#![allow(clippy::print_stdout)]

mod mine;

use hob_index::embed::Embedder;
use hob_index::embed::fastembed::{self, Local};
use hob_index::search::{Hit, Mode, Query, Semantic, explain, search};
use hob_index::semantic::{Embedded, Filled, Flags};
use hob_index::store::{Index, Searcher};
use hob_index::update::Control;
use hob_index::walk::Patterns;
use mine::Question;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Results that are looked at.
const RESULTS: usize = 10;

struct Options {
    questions: usize,
    misses: bool,
    explain: bool,
    embed: Option<String>,
    folders: Vec<PathBuf>,
}

/// How well questions were answered.
#[derive(Default)]
struct Score {
    questions: usize,
    found: usize,
    reciprocal: f64,
}

impl Score {
    fn add(&mut self, rank: Option<usize>) {
        self.questions += 1;
        self.found += usize::from(rank.is_some());
        self.reciprocal += rank.map_or(0.0, |it| 1.0 / it as f64);
    }

    fn print(&self, name: &str) {
        let n = self.questions.max(1) as f64;
        let (reciprocal, found) = (self.reciprocal / n, self.found as f64 / n);
        println!(
            "{name:<36} {:>5} questions  MRR@10 {reciprocal:.3}  recall@10 {found:.3}",
            self.questions
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let embedder = options.embed.as_deref().map(open).transpose()?;
    let modes = match embedder {
        Some(_) => vec![Mode::Lexical, Mode::Semantic, Mode::Hybrid],
        None => vec![Mode::Lexical],
    };
    let mut languages: BTreeMap<String, Score> = BTreeMap::new();
    let mut all: BTreeMap<String, Score> = BTreeMap::new();
    let mut times = Vec::new();
    for folder in &options.folders {
        let project = mine::mine(folder, options.questions);
        let copy = tempfile::tempdir()?;
        for (path, text) in &project.files {
            let path = copy.path().join("project").join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(copy.path()))?;
            std::fs::write(path, text)?;
        }
        let (index, _) = Index::open(&copy.path().join("project"), copy.path())?;
        index.update(&Patterns::default(), &Control::default(), |_| ())?;
        let embedded = embedder.as_ref().map(|it| embedded(&index, it));
        let embedded = embedded.transpose()?;
        let searcher = index.searcher();
        let folder = folder.iter().next_back().unwrap_or_default();
        for mode in &modes {
            let mut score = Score::default();
            let named = |it: &str| format!("{it} {}", mode.name());
            for question in &project.questions {
                let semantic = embedded.as_ref().map(|it| it as &dyn Semantic);
                let rank = ask(&searcher, question, *mode, semantic, &options, &mut times);
                score.add(rank);
                all.entry(named("all")).or_default().add(rank);
                let language = named(question.language);
                languages.entry(language).or_default().add(rank);
            }
            score.print(&named(&folder.to_string_lossy()));
        }
    }
    println!();
    for (name, score) in languages.iter().chain(&all) {
        score.print(name);
    }
    times.sort();
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    println!("a search takes {:.1?} (p50), {:.1?} (p95)", at(50), at(95));
    Ok(())
}

fn open(model: &str) -> Result<Arc<dyn Embedder>, String> {
    fastembed::open(&Local {
        model: Some(model.to_owned()),
        library: std::env::var_os("ORT_DYLIB_PATH").map(Into::into),
        ..Local::default()
    })
}

/// Embeds all chunks.
fn embedded(index: &Index, embedder: &Arc<dyn Embedder>) -> Result<Embedded, String> {
    let (embedded, _) = Embedded::open(index, embedder.clone(), |it| it)?;
    let (stop, pause) = (AtomicBool::new(false), AtomicBool::new(false));
    let flags = Flags {
        stop: &stop,
        pause: &pause,
    };
    let start = Instant::now();
    match embedded.fill(flags, |_, _| ()) {
        Filled::Whole => {}
        other => return Err(format!("{other:?}")),
    }
    println!(
        "{} chunks embedded in {:.1?}",
        embedded.n_vectors(),
        start.elapsed()
    );
    Ok(embedded)
}

/// The rank of the right answer, from 1.
fn ask(
    searcher: &Searcher,
    question: &Question,
    mode: Mode,
    semantic: Option<&dyn Semantic>,
    options: &Options,
    times: &mut Vec<Duration>,
) -> Option<usize> {
    // Sentences aren't written for a search box: what looks like a filter is none.
    let query = Query {
        text: question.text.clone(),
        ..Query::default()
    };
    let start = Instant::now();
    let found = search(searcher, &query, mode, RESULTS, semantic);
    times.push(start.elapsed());
    let is_right = |hit: &Hit| {
        hit.path == question.path && (hit.start_line..=hit.end_line).contains(&question.line)
    };
    let rank = found.hits.iter().position(is_right).map(|it| it + 1);
    if options.misses && rank != Some(1) {
        println!(
            "{}\n  asked for {} in {}:{}; rank {rank:?}",
            question.text, question.name, question.path, question.line
        );
        for hit in found.hits.iter().take(4) {
            let symbol = hit.symbol.as_deref().unwrap_or("");
            println!(
                "    {:.3} {}:{}-{} {symbol} ({})",
                hit.score, hit.path, hit.start_line, hit.end_line, hit.why
            );
        }
        if options.explain {
            for it in explain(searcher, &query, 3).1 {
                println!("    {it:?}");
            }
        }
    }
    rank
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        questions: 60,
        misses: false,
        explain: false,
        embed: None,
        folders: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--questions" => options.questions = arguments.next().ok_or("a number")?.parse()?,
            "--misses" => options.misses = true,
            "--embed" => options.embed = Some(arguments.next().ok_or("a model's folder")?),
            "--explain" => options.explain = true,
            folder if Path::new(folder).is_dir() => options.folders.push(folder.into()),
            other => return Err(format!("no folder: {other}").into()),
        }
    }
    Ok(options)
}
