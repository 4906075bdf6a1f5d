//! The configuration in the server: applied at the start, whenever a file changes, whenever the editor says so.

use crate::config::problem::{Diagnostic, Severity};
use crate::config::{self, files, watch::Changes};
use crate::lsp::handlers::messages::{self, Line};
use crate::lsp::handlers::{events, index, lifecycle};
use crate::lsp::server::Hob;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tower_lsp_server::gen_lsp_types::*;

/// How often the configuration files are looked at. One `stat` each.
const LOOK: Duration = Duration::from_secs(2);

/// The editor's section.
const SECTION: &str = "hob";

/// Reads all sources and puts the result in force. What is wrong is kept for [`report`].
pub(crate) fn apply(hob: &Hob) {
    let (root, editor) = {
        let session = hob.session();
        (
            session.folders.first().cloned(),
            session.editor_settings.clone(),
        )
    };
    let loaded = config::load_for(root.as_deref(), editor);
    hob.session().problems = loaded.problems;
    hob.engine.configure(loaded.settings);
}

/// Tells the user what is wrong with the configuration, once for each state of it.
pub(crate) async fn report(hob: &Hob) {
    let problems = {
        let mut session = hob.session();
        if session.problems == session.reported {
            return;
        }
        session.reported = session.problems.clone();
        session.problems.clone()
    };
    let of = |severity| -> Vec<&Diagnostic> {
        problems
            .iter()
            .filter(|it| it.severity == severity)
            .collect()
    };
    for (severity, kind) in [
        (Severity::Error, MessageType::Error),
        (Severity::Warning, MessageType::Warning),
    ] {
        let found = of(severity);
        if !found.is_empty() {
            let lines: Vec<String> = found.iter().map(|it| it.to_string()).collect();
            let message = format!("Hob's configuration:\n{}", lines.join("\n"));
            messages::show_line(hob, kind, line(&found), &message).await;
        }
    }
}

/// Where the first of several problems is.
fn line(found: &[&Diagnostic]) -> Line {
    let first = found.first();
    let file = first.map_or("", |it| &it.file);
    let name = Path::new(file).file_name().unwrap_or_default();
    let mut place = name.to_string_lossy().into_owned();
    if let Some(line) = first.and_then(|it| it.line) {
        place += &format!(":{line}");
    }
    let more = match found.len() {
        0 | 1 => String::new(),
        more => format!(", and {} more", more - 1),
    };
    let key = first.and_then(|it| it.key.as_deref());
    match key {
        Some(key) => Line::with_name(&format!("{place}: `"), key, &format!("` is wrong{more}")),
        None => Line::with_name("", &place, &format!(" is wrong{more}")),
    }
}

/// Applies, reports, and lets the status follow.
pub(crate) async fn reload(hob: &Hob) {
    apply(hob);
    index::settings_changed(hob);
    report(hob).await;
    events::publish(hob).await;
    lifecycle::warm_up(hob);
}

/// Asks the client for the editor's settings, where it answers such questions.
pub(crate) async fn pull(hob: &Hob) {
    if !hob.session().client.configuration {
        return;
    }
    let item = ConfigurationItem {
        scope_uri: None,
        section: Some(SECTION.to_owned()),
    };
    match hob.client.configuration(vec![item]).await {
        Ok(values) => {
            let value = values.into_iter().next().filter(|it| it.is_object());
            if let Some(value) = value {
                hob.session().editor_settings = Some(value);
                apply(hob);
            }
        }
        Err(error) => tracing::info!(%error, "the client did not tell its settings"),
    }
}

/// Editors push their settings, or only say that something changed and want to be asked.
pub(crate) fn did_change_configuration(hob: &Hob, params: DidChangeConfigurationParams) {
    let pushed = params.settings;
    let pushed = pushed.get(SECTION).cloned().unwrap_or(pushed);
    let says_something = pushed.as_object().is_some_and(|it| !it.is_empty());
    if says_something {
        hob.session().editor_settings = Some(pushed);
    }
    let hob = hob.clone();
    tokio::spawn(async move {
        if !says_something {
            pull(&hob).await;
        }
        reload(&hob).await;
    });
}

/// Reloads whenever a configuration file is made, changed or removed.
pub(crate) async fn watch(hob: Hob) {
    let paths = || -> Vec<PathBuf> {
        let root = hob.session().folders.first().cloned();
        files::paths(&files::Environment::of_process(), root.as_deref())
    };
    let mut changes = Changes::of(paths());
    loop {
        tokio::time::sleep(LOOK).await;
        if changes.any() {
            tracing::info!("the configuration changed");
            reload(&hob).await;
        }
    }
}
