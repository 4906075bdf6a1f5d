//! `hob chat`: questions about the codebase, one or a whole conversation.

mod change;
pub(super) mod codebase;
mod commands;
mod conversation;
mod editor;
mod exchange;
mod history;
pub(super) mod keys;
mod markdown;
mod render;
mod session;
mod talk;
mod view;

use crate::assist::chat::Answer;
use crate::assist::chat::attachment::Attachment;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::text::text;
use crate::cli::{RootArgument, project};
use crate::config::files;
use crate::display;
use anyhow::Context;
use conversation::Exchange;
use exchange::{Ended, Stopper, exchange};
use serde::Serialize;
use session::{Question, Session};
use std::io::{IsTerminal, Read};
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use view::{Manner, View};

/// More than this is no question, nor anything that a model could read; in bytes.
const LARGEST_INPUT: u64 = 4 * 1024 * 1024;
/// What a shell says of a command that Ctrl-C ended: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Ask about the codebase
///
/// The model is shown what of the codebase fits the question, and cites it. Without MESSAGE a conversation begins. What comes through a pipe is shown to the model beside the message, or is the message where there is none.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob chat                                    begin a conversation; /help says more\n  hob chat 'where are settings read?'\n  hob chat --file src/main.rs:10-40 'what does this do?'\n  git diff | hob chat 'review this'           what comes through the pipe is shown, too\n  hob chat 'explain the index' > index.md     Markdown, as it comes\n  hob chat --json 'which files matter most?'\n\nExit status: 0 answered, 1 failed, 2 wrong usage, 130 ended by Ctrl-C."
)]
pub(super) struct Arguments {
    /// What to ask
    #[arg(value_name = "MESSAGE")]
    message: Vec<String>,
    /// Show the model this file, or these lines of it; may be given several times
    #[arg(long, short, value_name = "FILE[:L1-L2]", value_hint = clap::ValueHint::FilePath)]
    file: Vec<String>,
    /// Look nothing up in the codebase: only what is attached is shown to the model
    #[arg(long)]
    no_context: bool,
    /// Ask this model of the server, instead of the configured one
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Go on with the last conversation about this project
    #[arg(long = "continue", short = 'c')]
    go_on: bool,
    /// Show what a reasoning model thinks, not only how long
    #[arg(long)]
    think: bool,
    /// Print one JSON document: {text, sources: [{path, start_line, end_line, reason}], model, thought, notices}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

/// An answer as it is printed in JSON.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    text: &'a str,
    sources: Vec<PrintedSource<'a>>,
    model: &'a str,
    thought: &'a str,
    notices: &'a [String],
}

/// A part of a file that the model was shown.
#[derive(Debug, Serialize)]
struct PrintedSource<'a> {
    path: &'a str,
    start_line: usize,
    end_line: usize,
    reason: &'a str,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let root = arguments.root.resolve(Path::new("."))?;
    let attached = arguments
        .file
        .iter()
        .map(|it| attached(it, &root))
        .collect::<anyhow::Result<Vec<Attachment>>>()?;
    let message = arguments.message.join(" ");
    let message = message.trim();
    let talks = message.is_empty() && std::io::stdin().is_terminal();
    if talks && (arguments.json || !terminal.shows()) {
        return Err(Failure::usage("there is no question")
            .hint("hob chat 'MESSAGE'; a conversation needs a terminal")
            .into());
    }
    let (text, piped) = match talks {
        true => (String::new(), None),
        false => asked(message)?,
    };
    let mut config = project::configuration(&root, terminal)?;
    if let Some(name) = &arguments.model {
        session::name_model(&mut config.settings, name);
    }
    let runtime = crate::cli::runtime()?;
    let session = {
        let _entered = runtime.enter();
        Session::open(config.settings, &root, !arguments.no_context)
    };
    let state = files::state_folder(&files::Environment::of_process());
    let earlier = match (&state, arguments.go_on) {
        (Some(state), true) => conversation::load(&conversation::file(state, &root), &root),
        _ => Vec::new(),
    };
    let manner = Manner::of(terminal, arguments.think, &root);
    if talks {
        let setting = talk::Setting {
            who: runtime.block_on(session.who())?,
            names: match &session.codebase {
                Some(it) => it.names(),
                None => Arc::new(|_, _| Vec::new()),
            },
            session,
            runtime: &runtime,
            state,
            manner,
            attached,
            earlier,
        };
        talk::talk(setting, terminal)?;
        return Ok(ExitCode::SUCCESS);
    }
    let piped = piped.map(|text| Attachment::Text {
        name: "standard input".to_owned(),
        text,
    });
    let question = Question {
        text,
        earlier: earlier.clone(),
        attached: attached.into_iter().chain(piped).collect(),
    };
    let ended = runtime.block_on(async {
        session.find().await;
        let quiet = Manner {
            drawn: false,
            live: false,
            ..manner.clone()
        };
        let view = match arguments.json {
            true => View::silent(terminal, quiet),
            false => View::new(terminal, manner.clone()),
        };
        exchange(&session, &question, view, Stopper::signal()).await
    })?;
    let answer = match ended {
        Ended::Whole(it) => it,
        Ended::Stopped(_) => return Ok(ExitCode::from(INTERRUPTED)),
    };
    print(&answer, arguments.json, &manner, terminal)?;
    if let Some(state) = state {
        let mut said = earlier;
        said.push(Exchange {
            question: question.text,
            answer: answer.text,
        });
        let kept = conversation::save(&conversation::file(&state, &root), &root, &said);
        // The answer is there; that it can't be gone on with matters only to who wants that.
        if let Err(error) = kept {
            tracing::debug!(%error, "the conversation isn't kept");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What belongs behind the answer, which has been shown; with `json`, all of it.
fn print(
    answer: &Answer,
    json: bool,
    manner: &Manner,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    if json {
        let sources = answer.sources.iter().map(|it| PrintedSource {
            path: &it.path,
            start_line: it.start_line,
            end_line: it.end_line,
            reason: &it.reason,
        });
        let sources = sources.collect();
        return terminal.print_json(&Printed {
            text: &answer.text,
            sources,
            model: &answer.model,
            thought: &answer.thought,
            notices: &answer.notices,
        });
    }
    for notice in &answer.notices {
        terminal.warning(notice);
    }
    if manner.live && !answer.sources.is_empty() {
        let text = render::sources(answer, manner, "");
        terminal.print(text!["\n", text])?;
    }
    Ok(())
}

/// The question, and what came through the pipe beside it.
fn asked(message: &str) -> anyhow::Result<(String, Option<String>)> {
    let piped = match std::io::stdin().is_terminal() {
        true => None,
        false => Some(input()?).filter(|it| !it.trim().is_empty()),
    };
    match (message.is_empty(), piped) {
        (false, piped) => Ok((message.to_owned(), piped)),
        (true, Some(piped)) => Ok((piped, None)),
        (true, None) => Err(Failure::usage("there is no question")
            .hint("hob chat 'MESSAGE', or send it through a pipe")
            .into()),
    }
}

/// What comes through the pipe.
///
/// # Errors
/// It is no text, or too long.
pub(super) fn input() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LARGEST_INPUT + 1)
        .read_to_end(&mut bytes)
        .context("reading standard input")?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(Failure::failed("standard input is longer than 4 MB")
            .hint("send what matters of it, as `head -c 100000` does")
            .into());
    }
    hob_index::encoding::given(bytes).map_err(|_| {
        Failure::failed("standard input is no text in UTF-8")
            .hint("convert it, as `iconv -t UTF-8` does")
            .into()
    })
}

/// A file as it is named on the command line, with or without lines, as the project sees it.
fn attached(written: &str, root: &Path) -> anyhow::Result<Attachment> {
    let (path, lines) = place_of(written, root)?;
    if !root.join(&path).is_file() {
        return Err(
            Failure::failed(format!("{} doesn't exist", display::name(&path)))
                .hint("name a file, with or without lines: src/main.rs:10-20")
                .into(),
        );
    }
    Ok(Attachment::File { path, lines })
}

/// A file, there or not, as it is named on the command line: its path below the root, and its lines where some are named.
///
/// # Errors
/// It is a folder, or outside of the project.
pub(super) fn place_of(
    written: &str,
    root: &Path,
) -> anyhow::Result<(String, Option<RangeInclusive<usize>>)> {
    let (path, lines) = match written.rsplit_once(':') {
        Some((path, lines)) => match lines_of(lines) {
            Some(lines) => (path, Some(lines)),
            None => (written, None),
        },
        None => (written, None),
    };
    let shown = display::name(path);
    let full = std::path::absolute(path).with_context(|| format!("finding {shown}"))?;
    // At the prompt, paths are completed from the root on.
    let full = match full.exists() || !root.join(path).exists() {
        true => full,
        false => root.join(path),
    };
    if full.is_dir() {
        return Err(Failure::failed(format!("{shown} is a folder"))
            .hint("name a file, with or without lines: src/main.rs:10-20")
            .into());
    }
    let Some(path) = below(&full, root) else {
        let text = format!("{shown} is not in {}", display::path(root));
        return Err(Failure::failed(text)
            .hint("--root DIR names another project")
            .into());
    };
    Ok((path, lines))
}

/// `10-20` or `10`, from 1.
fn lines_of(text: &str) -> Option<RangeInclusive<usize>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then_some(first..=last)
}

/// What was attached, as it is written.
fn place(attachment: &Attachment) -> String {
    match attachment {
        Attachment::File { path, lines: None } => path.clone(),
        Attachment::File {
            path,
            lines: Some(it),
        } => format!("{path}:{}-{}", it.start(), it.end()),
        Attachment::Text { name, .. } => name.clone(),
        other => format!("{other:?}"),
    }
}

/// The path below the root, parted by `/`.
fn below(path: &Path, root: &Path) -> Option<String> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            it => plain.push(it),
        }
    }
    let relative = plain.strip_prefix(root).ok()?;
    let parts: Vec<_> = relative.iter().map(|it| it.to_string_lossy()).collect();
    Some(parts.join("/"))
}
