//! From the command's request to the completion engine and back.

mod index;

use super::Request;
use super::report::{CompleteReport, DryRunReport, Piece, Reason, Source, Timings};
use crate::assist::answer::{self, Answer};
use crate::assist::complete;
use crate::assist::context;
use crate::assist::document::Document;
use crate::assist::engine::Engine;
use crate::assist::gate::Trigger;
use crate::assist::reason;
use crate::cli::found;
use crate::cli::terminal::Progress;
use crate::config::settings::Role;
use crate::display;
use anyhow::Context as _;
use hob_index::language::Language;
use ropey::Rope;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A guess that is not offered is mentioned from this likelihood on.
const WORTH_A_HINT: f32 = 0.15;

/// One completion, and what the user should know of the index and of a server that was found.
pub(super) fn complete(request: &Request) -> anyhow::Result<(CompleteReport, Vec<String>)> {
    let started = Instant::now();
    runtime()?.block_on(async {
        let (engine, _events) = Engine::new(request.config.settings.clone());
        found::introduce(&engine);
        let wanted = wanted(request)?;
        // A question to the user doesn't count as waiting for the answer.
        let mut warnings = Vec::new();
        // Whoever has said no once has been told how to say yes, and completions come all the same.
        if let Err(barred) = engine.discover().await
            && !barred.known
        {
            warnings.push(barred.stranger.refusal(Role::Autocomplete.name()));
        }
        let mut timings = Timings::default();
        let indexing = Instant::now();
        warnings.extend(index::open(&engine, request));
        timings
            .0
            .push(("index".to_owned(), milliseconds(indexing.elapsed())));
        let asked = tokio::time::timeout(request.timeout, ask(&engine, &wanted, &mut timings));
        let Ok(answer) = asked.await else {
            let seconds = request.timeout.as_secs_f32();
            return Err(anyhow::format_err!("no answer within {seconds} s"));
        };
        engine.stop();
        timings
            .0
            .push(("total".to_owned(), milliseconds(started.elapsed())));
        Ok((report(request, &engine, answer, timings), warnings))
    })
}

/// Asks the model, if there is one; reads the codebase if there is none, or if it can't answer.
async fn ask(engine: &Arc<Engine>, wanted: &complete::Request, timings: &mut Timings) -> Answer {
    if engine.model().is_none() {
        learn(engine, wanted, timings).await;
        return engine.complete(wanted).await;
    }
    let answer = engine.complete(wanted).await;
    let failed = matches!(answer.reason, Some(reason::Reason::Model { .. }));
    if failed && answer.items.is_empty() && engine.falls_back() {
        learn(engine, wanted, timings).await;
        return engine.complete(wanted).await;
    }
    answer
}

async fn learn(engine: &Arc<Engine>, wanted: &complete::Request, timings: &mut Timings) {
    let started = Instant::now();
    let Some(root) = wanted.root.clone() else {
        return;
    };
    let bar = Progress::bar("Reading the codebase {bar:30} {pos}/{len} files {eta}");
    let shown = bar.clone();
    let progress = move |done: usize, all: usize| shown.at(done as u64, all as u64, String::new);
    engine.learn(root, progress).await;
    bar.finish();
    timings
        .0
        .push(("learn".to_owned(), milliseconds(started.elapsed())));
}

/// What would be asked of the model, and what the user should know of the index.
pub(super) fn dry_run(request: &Request) -> anyhow::Result<(DryRunReport, Option<String>)> {
    runtime()?.block_on(async {
        let (engine, _events) = Engine::new(request.config.settings.clone());
        let wanted = wanted(request)?;
        // Nothing is sent, so nobody needs to be asked.
        let _ = engine.discover_quietly().await;
        let behind = index::open(&engine, request);
        let drawn = engine.dry_run(&wanted).await;
        let report = DryRunReport {
            path: request.place.path.clone(),
            line: request.place.line,
            column: request.place.column,
            tokens: drawn.prompt.tokens(),
            context: drawn.prompt.context.iter().map(piece).collect(),
            prefix: drawn.prompt.prefix,
            suffix: drawn.prompt.suffix,
            prompt: drawn.prompt.text,
            fim: drawn.fim,
            reason: drawn.reason.as_ref().map(explained),
        };
        Ok((report, behind))
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")
}

fn wanted(request: &Request) -> anyhow::Result<complete::Request> {
    let path = std::path::absolute(&request.place.path)
        .with_context(|| format!("finding {}", display::path(&request.place.path)))?;
    let language = Language::of_path(&path);
    let project = request.is_whole.then(|| request.root.clone());
    let mut document = Document {
        id: path.to_string_lossy().into(),
        language_id: language.map_or("plaintext", |it| it.id).to_owned(),
        language,
        version: 0,
        text: Rope::from_str(&request.place.text),
        touched: request.place.offset,
        root: project.clone(),
        path: Some(path),
        ..Document::default()
    };
    document.judge();
    Ok(complete::Request {
        document: Arc::new(document),
        offset: request.place.offset,
        others: Vec::new(),
        root: project,
        trigger: Trigger::Command,
        whole: true,
    })
}

fn report(
    request: &Request,
    engine: &Engine,
    answer: Answer,
    mut timings: Timings,
) -> CompleteReport {
    let place = &request.place;
    let item = answer.items.first();
    let source = answer.source.as_ref();
    let mut steps: Vec<(String, f64)> = Vec::new();
    if let Some(first) = answer.clock.first_piece {
        steps.push(("first_piece".to_owned(), milliseconds(first)));
    }
    timings.0.splice(0..0, steps);
    let reason = answer.reason.as_ref().map(explained).map(|mut it| {
        if let Some(guess) = answer
            .unsure
            .as_ref()
            .filter(|it| item.is_none() && it.confidence >= WORTH_A_HINT)
        {
            let percent = (guess.confidence * 100.0).round();
            let best = format!(
                "the best guess is `{}`, {percent} % likely",
                guess.text.trim()
            );
            it.hint = Some(
                it.hint
                    .map_or(best.clone(), |hint| format!("{hint}; {best}")),
            );
        }
        it
    });
    CompleteReport {
        path: place.path.clone(),
        text: place.text.clone(),
        line: place.line,
        column: place.column,
        insert: item.map_or_else(String::new, |it| it.text.clone()),
        replace: place.offset..place.offset + item.map_or(0, |it| it.replace),
        source: source.map(|it| match it {
            answer::Source::Model(_) => Source::Model,
            answer::Source::Cache(_) => Source::Cache,
            answer::Source::Builtin(_) => Source::Builtin,
        }),
        model: source.and_then(|it| it.model()).map(str::to_owned),
        server: source
            .and_then(|it| it.model())
            .and_then(|_| engine.model())
            .map(|it| it.url().to_owned()),
        confidence: match source {
            Some(answer::Source::Builtin(confidence)) => Some(*confidence),
            _ => None,
        },
        context: answer.clock.context.iter().map(piece).collect(),
        timings_ms: timings,
        reason,
    }
}

fn explained(it: &reason::Reason) -> Reason {
    Reason {
        code: it.code().to_owned(),
        sentence: it.sentence().into_owned(),
        hint: it.hint().map(str::to_owned),
    }
}

fn piece(it: &context::Piece) -> Piece {
    Piece {
        path: PathBuf::from(&it.path),
        start_line: it.start_line,
        end_line: it.end_line,
        text: it.text.clone(),
        reason: it.reason.clone(),
    }
}

fn milliseconds(it: Duration) -> f64 {
    it.as_secs_f64() * 1000.0
}
