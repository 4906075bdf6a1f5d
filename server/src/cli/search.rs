//! `hob search`: finds code by what it does, or by its name.

mod render;

use crate::assist::meaning;
use crate::cli::RootArgument;
use crate::cli::failure::Failure;
use crate::cli::here::Here;
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::model::embed;
use hob_index::language::Language;
use hob_index::search::{self, Hit, Mode, Query, Semantic};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// An index with at most so many chunks is compared with the disk before each search: that takes a tenth of a second.
/// In a larger one, what is found is still checked against the disk.
const QUICK: u64 = 50_000;
/// At most so many chunks are embedded before a search; that takes a second or two.
const FEW: usize = 200;
/// What searches wait for an embedder; a server that only now loads its model may need most of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Search the code for what it does, or by its name
///
/// Words are looked for in names, signatures, paths and bodies, in any inflection and writing (parseConfig, parse_config, "parsing a configuration"). Results are whole definitions, best first. The index is built at the first search.
///
/// Filters stand among the words: lang:rust, kind:function, path:src/** (as in .gitignore), path:"a name with blanks.py", -path:tests/, "an exact phrase", -word. Paths count from the current folder, then from the project's root.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob search where are settings read from files\n  hob search Searcher::text\n  hob search -k 3 'retry with backoff lang:python path:src/ -test'\n  hob search 'open \"cannot be read\"' --json\n\nExit status: 0 found, 1 nothing found or failed, 2 wrong usage."
)]
pub(super) struct Arguments {
    /// What to search for: words, names, filters
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// How many results
    #[arg(short, long = "count", value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=1000))]
    k: u16,
    /// What to rank by: words and meaning, words alone, meaning alone [default: hybrid]
    #[arg(long, value_name = "MODE")]
    mode: Option<RankBy>,
    /// Print one JSON document: [{path, start_line, end_line, score, symbol, text, kind, language, why, also}], paths relative to the root
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

/// `--mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RankBy {
    Hybrid,
    Lexical,
    Semantic,
}

/// A result as it is printed in JSON.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    path: &'a str,
    start_line: usize,
    end_line: usize,
    score: f32,
    symbol: Option<&'a str>,
    text: &'a str,
    kind: Option<&'static str>,
    language: Option<&'static str>,
    why: &'a str,
    also: &'a [String],
}

impl<'a> Printed<'a> {
    fn new(hit: &'a Hit) -> Printed<'a> {
        Printed {
            path: &hit.path,
            start_line: hit.start_line,
            end_line: hit.end_line,
            score: (hit.score * 1000.0).round() / 1000.0,
            symbol: hit.symbol.as_deref(),
            text: &hit.text,
            kind: hit.kind.map(|it| it.name()),
            language: Language::of_path(Path::new(&hit.path)).map(|it| it.id),
            why: &hit.why,
            also: &hit.also,
        }
    }
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let here = Here::of(&arguments.root)?;
    let query = Query::parse_in(&arguments.query.join(" "), Some(here.base()))
        .map_err(|it| Failure::usage(it.to_string()))?;
    if query.text.is_empty() {
        return Err(Failure::usage("there is nothing to search for")
            .hint("filters need at least one word beside them")
            .into());
    }
    let project = Project::open(&arguments.root, Path::new("."), terminal)?;
    if project.index.searcher().n_all_chunks() <= QUICK {
        // Another process that writes it keeps it up to date.
        project.update(terminal)?;
    }
    let mode = match arguments.mode {
        None | Some(RankBy::Hybrid) => Mode::Hybrid,
        Some(RankBy::Lexical) => Mode::Lexical,
        Some(RankBy::Semantic) => Mode::Semantic,
    };
    let semantic = (mode != Mode::Lexical).then(|| semantic(&project, terminal));
    let searcher = project.index.searcher();
    let k = arguments.k.into();
    let found = search::search(&searcher, &query, mode, k, semantic.as_deref());
    // Whoever configured and asked for nothing special isn't told what there isn't.
    let models = &project.config.settings.models;
    let wants_meaning = arguments.mode.is_some() || embed::name(models).is_some();
    if let Some(note) = found.note.filter(|_| wants_meaning) {
        terminal.warning(&note);
    }
    if arguments.json {
        let printed: Vec<Printed> = found.hits.iter().map(Printed::new).collect();
        terminal.print_json(&printed)?;
    } else if !found.hits.is_empty() {
        let look = terminal.look();
        terminal.print(render::hits(
            &query,
            &found.hits,
            &project.root,
            here.folder(),
            look,
        ))?;
    } else {
        terminal.say("Nothing found.");
    }
    Ok(ExitCode::from(u8::from(found.hits.is_empty())))
}

/// What to search by meaning with. Some missing vectors are made at once; of more the user is told.
fn semantic(project: &Project, terminal: &mut Terminal) -> Arc<dyn Semantic> {
    let embedded = match project.embedded(Some(PATIENCE), terminal) {
        Ok(Some(it)) => it,
        Ok(None) => return meaning::semantic(Ok(None)),
        Err(why) => return meaning::semantic(Err(why)),
    };
    let mut missing = embedded.n_missing();
    if (1..=FEW).contains(&missing) && embedded.writes() {
        let filled = project.fill(&embedded);
        missing = embedded.n_missing();
        if let Err(why) = filled
            && embedded.n_vectors() == 0
        {
            return meaning::semantic(Err(why));
        }
    }
    if missing > 0 {
        let who = match project.index.has_other_writer() {
            true => "the editor's server makes them",
            false => "`hob index` makes them",
        };
        if embedded.n_vectors() == 0 {
            return meaning::semantic(Err(format!("No chunk has a vector yet; {who}.")));
        }
        terminal.warning(&format!(
            "{missing} chunks have no vector yet and are found by words alone; {who}"
        ));
    }
    meaning::semantic(Ok(Some(Arc::new(embedded))))
}
