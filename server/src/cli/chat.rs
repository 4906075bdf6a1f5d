//! `hob chat`: questions about the codebase, one or a whole conversation.

mod ahead;
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
use crate::assist::chat::attachment::{Attachment, lines_of};
use crate::cli::failure::Failure;
use crate::cli::here::Here;
use crate::cli::input::{self, Input};
use crate::cli::terminal::Terminal;
use crate::cli::terminal::text::text;
use crate::cli::{RootArgument, project};
use crate::config::files;
use crate::display;
use conversation::Exchange;
use exchange::{Ended, Stopper, exchange};
use serde::Serialize;
use session::{Question, Session};
use std::io::IsTerminal;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use view::{Manner, View};

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
    let chosen = arguments.root.choose(Path::new("."))?;
    let root = chosen.root.clone();
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
    let Asked {
        text,
        piped,
        notices,
    } = match talks {
        true => Asked::default(),
        false => asked(message)?,
    };
    let mut config = project::configuration(&root, terminal)?;
    if let Some(name) = &arguments.model {
        session::name_model(&mut config.settings, name);
    }
    let looks = !arguments.no_context && chosen.unfit.is_none();
    if !arguments.no_context {
        chosen.warn(terminal);
    }
    let runtime = crate::cli::runtime()?;
    let session = {
        let _entered = runtime.enter();
        Session::open(config.settings, &root, looks)
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
        Ended::Whole(mut it) => {
            it.notices.splice(0..0, notices);
            it
        }
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

/// What is asked on the command line.
#[derive(Debug, Default)]
struct Asked {
    /// The question.
    text: String,
    /// What came through the pipe beside it.
    piped: Option<String>,
    /// What the user should know of how that was read.
    notices: Vec<String>,
}

fn asked(message: &str) -> anyhow::Result<Asked> {
    let piped = match std::io::stdin().is_terminal() {
        true => None,
        false => Some(input::for_model()?).filter(|it| !it.text.trim().is_empty()),
    };
    let Input { text, notices } = match (message.is_empty(), piped) {
        (false, None) => Input {
            text: message.to_owned(),
            notices: Vec::new(),
        },
        (false, Some(piped)) => {
            return Ok(Asked {
                text: message.to_owned(),
                piped: Some(piped.text),
                notices: piped.notices,
            });
        }
        (true, Some(piped)) => piped,
        (true, None) => {
            return Err(Failure::usage("there is no question")
                .hint("hob chat 'MESSAGE', or send it through a pipe")
                .into());
        }
    };
    Ok(Asked {
        text,
        piped: None,
        notices,
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

/// A file, there or not, as it is named on the command line: its path below the root, and its lines where some are named
/// (`:10`, `:10-20`, `:10:5`, `#L10-L20`).
///
/// # Errors
/// It is a folder, or outside of the project.
pub(super) fn place_of(
    written: &str,
    root: &Path,
) -> anyhow::Result<(String, Option<RangeInclusive<usize>>)> {
    let here = Here::new(root)?;
    let (path, lines) = match here.find(Path::new(written)).is_ok_and(|it| it.exists()) {
        // Names may end in what looks like lines.
        true => (written, None),
        false => match lines_of(written) {
            Some((at, lines, taken)) if at + taken == written.len() => {
                (&written[..at], Some(lines))
            }
            _ => (written, None),
        },
    };
    let shown = display::name(path);
    if here.find(Path::new(path))?.is_dir() {
        return Err(Failure::failed(format!("{shown} is a folder"))
            .hint("name a file, with or without lines: src/main.rs:10-20")
            .into());
    }
    let Some(path) = here.find_below(Path::new(path))? else {
        let text = format!("{shown} is not in {}", display::path(root));
        return Err(Failure::failed(text)
            .hint("--root DIR names another project")
            .into());
    };
    Ok((path, lines))
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
