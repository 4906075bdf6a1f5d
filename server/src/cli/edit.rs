//! `hob edit`: the edit model changes code as it is told; shown as a diff, or written.

use crate::assist::chat::attachment::Attachment;
use crate::assist::chat::{Event, reading};
use crate::assist::commands::{Commands, Makes};
use crate::assist::edit::memory::Memory;
use crate::assist::edit::{Edited, Request};
use crate::assist::engine::Engine;
use crate::cli::chat::codebase::Codebase;
use crate::cli::consent::Consent;
use crate::cli::failure::Failure;
use crate::cli::here::Here;
use crate::cli::input::{self, Input};
use crate::cli::terminal::{Progress, Terminal};
use crate::cli::{RootArgument, apply, chat, found, project};
use crate::config::files;
use crate::config::settings::Role;
use crate::display;
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

/// What a shell says of a command that Ctrl-C ended: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Change code as you say, shown as a diff
///
/// The edit model (`models.edit`, else `models.chat`) is shown the file, and what of the codebase fits. What it writes is applied all or nothing: what doesn't fit, would break the syntax, or reaches beyond the file or lines that you name, is sent back once and then refused. Without --write nothing is changed. `hob undo` takes a change back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hob edit src/main.rs:10-40 'return an error instead of panicking'\n  hob edit --write src/main.rs 'use anyhow'     and write it\n  hob edit src/main.rs:10-40 /document          a command of the table: /document, /test, /simplify, /fix\n  cargo check 2>&1 | hob edit src/main.rs 'fix these errors'\n  hob edit src/main.rs 'use anyhow' | git apply\n\nExit status: 0 done, 1 failed, nothing changed, 2 wrong usage, 130 ended by Ctrl-C."
)]
pub(super) struct Arguments {
    /// The file to change, or the lines of it; it need not exist
    #[arg(value_name = "FILE[:L1-L2]", value_hint = clap::ValueHint::FilePath)]
    file: String,
    /// What is to be done
    #[arg(value_name = "INSTRUCTION", required = true)]
    instruction: Vec<String>,
    /// Write the change
    #[arg(long, short)]
    write: bool,
    /// Let the change reach other lines and files of the project, too
    #[arg(long)]
    any_file: bool,
    #[command(flatten)]
    consent: Consent,
    /// Have the architect (`models.architect`) plan first [default: where one is configured]
    #[arg(long, overrides_with = "no_plan")]
    plan: bool,
    /// Have nobody plan first
    #[arg(long)]
    no_plan: bool,
    /// Print one JSON document: {diff, files: [{path, status, added, removed, runs}], text, plan, model, notices, written}, or {error, problems}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: RootArgument,
}

pub(super) fn run(arguments: Arguments, terminal: &mut Terminal) -> anyhow::Result<ExitCode> {
    let chosen = arguments.root.choose(Path::new("."))?;
    let root = chosen.root.clone();
    let (path, lines) = chat::place_of(&arguments.file, &root)?;
    let config = project::configuration(&root, terminal)?;
    let piped = match std::io::stdin().is_terminal() {
        true => None,
        false => Some(input::for_model()?).filter(|it| !it.text.trim().is_empty()),
    };
    let Input {
        text: piped,
        notices,
    } = piped.unwrap_or_default();
    let mut attachments: Vec<Attachment> = Some(piped)
        .filter(|it| !it.is_empty())
        .map(|text| Attachment::Text {
            name: "standard input".to_owned(),
            text,
        })
        .into_iter()
        .collect();
    let instruction = arguments.instruction.join(" ");
    let commands = Commands::new(&config.settings.commands);
    let mut any_file = arguments.any_file;
    let instruction = match commands.read(&instruction) {
        Some((command, _)) if command.makes == Makes::Answer => {
            return Err(Failure::usage(format!(
                "/{} answers in words and changes nothing",
                command.name
            ))
            .hint(format!(
                "hob chat --file {} /{}",
                display::name(&arguments.file),
                command.name
            ))
            .into());
        }
        Some((command, input)) => {
            any_file |= command.any_file;
            let (message, attached) = command.message(input);
            // A terminal has no list of problems: they come through the pipe, or in words.
            let is_here = |it: &Attachment| !matches!(it, Attachment::Problems(_));
            attachments.extend(attached.into_iter().filter(is_here));
            message
        }
        None => instruction,
    };
    let request = Request {
        instruction,
        path: Some(path),
        lines,
        any_file,
        attachments,
        here: Some(Here::new(&root)?.folder().to_owned()),
        root: root.clone(),
        plan: match (arguments.plan, arguments.no_plan) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        ..Request::default()
    };
    chosen.warn(terminal);
    let looks = chosen.unfit.is_none();
    let runtime = crate::cli::runtime()?;
    let state = files::state_folder(&files::Environment::of_process());
    let edited = runtime.block_on(async {
        let (engine, _events) = Engine::new(config.settings.clone());
        let memory = Memory::open(state.as_deref());
        found::introduce(&engine);
        // Before anything is drawn: the user may have to be asked about a server that is found. That there is none is told
        // where it is asked.
        if let Err(error) = engine.role(Role::Edit).await {
            tracing::debug!(%error, "no model yet");
        }
        tokio::select! {
            edited = edit(&engine, &request, &memory, looks) => Some(edited),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    let Some(edited) = edited else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let mut edited = edited?;
    edited.notices.splice(0..0, notices);
    show(edited, &arguments, &request, terminal)
}

/// Has the model write, with what it `looks` up in the codebase; what is going on is shown on standard error, if that is a terminal.
async fn edit(
    engine: &std::sync::Arc<Engine>,
    request: &Request,
    memory: &Memory,
    looks: bool,
) -> anyhow::Result<Edited> {
    let spinner = Progress::spinner();
    let trouble = match looks.then(|| Codebase::open(engine, &request.root)) {
        Some(codebase) => codebase.ready(|it| spinner.say(&it)).await,
        None => None,
    };
    let shown = spinner.clone();
    let mut listener = move |event| match event {
        Event::Status(it) => shown.say(&it),
        Event::Reading(percent) => shown.say(&reading(percent)),
        _ => {}
    };
    let edited = engine.edit(request, memory, &mut listener).await;
    spinner.finish();
    let mut edited = edited.map_err(|error| {
        tracing::debug!(code = error.code(), "no edit");
        let failure = Failure::failed(error.explain());
        let failure = match error.code() {
            "out-of-scope" => failure.hint(
                "`--any-file` lets a change reach other lines and files; a file without lines, all of that file",
            ),
            _ => failure,
        };
        match error.answer() {
            Some(answer) => {
                let answer = display::text(answer.trim_end());
                failure.hint(format!("the model wrote:\n{answer}"))
            }
            None => failure,
        }
    })?;
    edited.notices.splice(0..0, trouble);
    Ok(edited)
}

fn show(
    edited: Edited,
    arguments: &Arguments,
    request: &Request,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let mut notices = edited.notices;
    let writes = arguments.write && !edited.patch.files.is_empty();
    if writes {
        let asked = edited.patch.to_be_asked_for(request.path.as_deref());
        if let Err(refusal) = arguments.consent.ask(&asked, arguments.json, terminal)? {
            return apply::refused(&refusal, arguments.json, terminal);
        }
        match apply::write(&edited.patch, &request.root) {
            Ok(note) => notices.extend(note),
            Err(refusal) => return apply::refused(&refusal, arguments.json, terminal),
        }
    }
    if arguments.json {
        terminal.print_json(&json!({
            "diff": edited.patch.diff(),
            "files": apply::summary(&edited.patch),
            "text": edited.answer,
            "plan": edited.plan,
            "model": edited.model,
            "notices": notices,
            "written": writes,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if writes {
        terminal.print(apply::lines(&edited.patch))?;
    } else {
        apply::print_diff(&edited.patch, terminal)?;
    }
    for notice in notices {
        terminal.note(&notice);
    }
    if edited.patch.files.is_empty() {
        terminal.say("The model would change nothing.");
    }
    Ok(ExitCode::SUCCESS)
}
