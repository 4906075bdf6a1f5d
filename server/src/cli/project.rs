//! The project that a command works on: its root, its settings, its index.

use crate::assist::meaning;
use crate::cli::RootArgument;
use crate::cli::failure::Failure;
use crate::cli::terminal::{Progress as Bar, Terminal};
use crate::config::{Loaded, files, load_for};
use crate::display;
use hob_index::error::Error;
use hob_index::semantic::{Embedded, Filled, Flags};
use hob_index::store::Index;
use hob_index::update::{Control, Progress, Report};
use hob_index::walk::Patterns;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The configuration in force in a project; its problems are reported.
///
/// # Errors
/// The configuration that was asked for isn't there.
pub(super) fn configuration(root: &Path, terminal: &mut Terminal) -> anyhow::Result<Loaded> {
    if let Some(path) = files::missing_named_file(&files::Environment::of_process()) {
        // Answering by other settings than those that were asked for would only mislead.
        return Err(Failure::failed(format!(
            "HOB_CONFIG names {}, but there is no such file",
            display::path(&path)
        ))
        .hint("correct or unset HOB_CONFIG, or run `hob config init` to create the file")
        .into());
    }
    let config = load_for(Some(root), None);
    terminal.problems(&config.problems);
    Ok(config)
}

/// A project.
pub(super) struct Project {
    /// Its root, absolute.
    pub(super) root: PathBuf,
    /// The configuration in force; its problems have been reported.
    pub(super) config: Loaded,
    /// Its index, as it was left.
    pub(super) index: Index,
}

impl Project {
    /// The project of `place`, a file or folder, with its index as it is.
    ///
    /// # Errors
    /// The root is no folder or none that is to be read as a whole, the configuration that was asked for isn't there, or the index can't be kept.
    pub(super) fn open(
        root: &RootArgument,
        place: &Path,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Project> {
        let root = root.choose(place)?.project()?;
        let config = configuration(&root, terminal)?;
        let cache = files::cache_folder(&files::Environment::of_process()).ok_or_else(|| {
            Failure::failed("this machine has no folder for caches")
                .hint("set XDG_CACHE_HOME to a folder that Hob may write to")
        })?;
        let (index, notice) = Index::open(&root, &cache).map_err(explained)?;
        if let Some(notice) = notice {
            terminal.warning(&notice);
        }
        Ok(Project {
            root,
            config,
            index,
        })
    }

    /// What the settings want in and out of the index.
    pub(super) fn patterns(&self) -> Patterns {
        let settings = &self.config.settings.index;
        Patterns {
            include: settings.include.clone(),
            exclude: settings.exclude.clone(),
        }
    }

    /// Brings the index to what is on disk, with a bar on standard error if that takes more than a moment.
    /// `None`: another process, such as an editor's server, writes it and keeps it up to date.
    ///
    /// # Errors
    /// The index can't be written.
    pub(super) fn update(&self, terminal: &mut Terminal) -> anyhow::Result<Option<Report>> {
        let bar = Bar::bar("Indexing {bar:30} {percent}% {msg} {eta} left");
        let show = |it: Progress| {
            bar.at(it.bytes, it.of_bytes, || {
                format!("{} of {} files", it.files, it.of_files)
            });
        };
        let updated = self
            .index
            .update(&self.patterns(), &Control::default(), show);
        bar.finish();
        match updated {
            Ok(report) => {
                if let Some(notice) = &report.notice {
                    terminal.warning(notice);
                }
                Ok(Some(report))
            }
            Err(Error::Busy(_)) => Ok(None),
            Err(error) => Err(explained(error).into()),
        }
    }

    /// The vectors of the index; `None`: no embedder is configured. An embedder may take `patience` to answer, where that
    /// is given.
    ///
    /// # Errors
    /// The embedder can't be used for now: a sentence for the user.
    pub(super) fn embedded(
        &self,
        patience: Option<Duration>,
        terminal: &mut Terminal,
    ) -> Result<Option<Embedded>, String> {
        let mut models = self.config.settings.models.clone();
        if let (Some(model), Some(patience)) = (&mut models.embed, patience) {
            let first = &mut model.timeouts.first_token;
            *first = patience.min(*first);
        }
        let opened = meaning::open(&models, &self.index)?;
        Ok(opened.map(|(embedded, notice)| {
            if let Some(notice) = notice {
                terminal.warning(&notice);
            }
            embedded
        }))
    }

    /// Embeds what has no vector yet, with a bar on standard error if that takes more than a moment.
    ///
    /// # Errors
    /// The embedder or the disk failed: a sentence for the user. What is done is kept.
    pub(super) fn fill(&self, embedded: &Embedded) -> Result<(), String> {
        let bar = Bar::bar("Embedding {bar:30} {percent}% {pos} of {len} chunks {eta} left");
        let show = |done: usize, of: usize| bar.at(done as u64, of as u64, String::new);
        // It ends with the process, and nobody types.
        let (stop, pause) = (AtomicBool::new(false), AtomicBool::new(false));
        let flags = Flags {
            stop: &stop,
            pause: &pause,
        };
        let filled = embedded.fill(flags, show);
        bar.finish();
        match filled {
            Filled::Whole | Filled::Stopped => Ok(()),
            Filled::Failed(why) => Err(why),
        }
    }
}

/// An error of the index with the way out.
pub(super) fn explained(error: Error) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        Error::Folder { .. } => {
            failure.hint("set XDG_CACHE_HOME to a folder of your own that Hob may write to")
        }
        Error::Write { .. } => failure.hint(
            "is the disk full? The index is as it was before; `hob index` goes on once there is room",
        ),
        Error::Damaged { .. } => {
            failure.hint("end other Hob processes and run `hob index`, which makes it anew")
        }
        Error::Busy(_) => failure.hint("an editor's server writes it; close the editor first"),
        Error::Stopped => failure,
    }
}
