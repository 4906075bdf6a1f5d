//! The configuration: options as written, settings as resolved, and where each value comes from.
//!
//! Sources, weakest first: defaults, the user's file, the editor's settings, the repository's `.hob.toml` (which may set next to nothing).
//! Nothing here fails: what can't be used is reported and the rest holds.

mod check;
pub mod docs;
pub mod files;
pub mod keys;
mod layers;
mod limits;
mod node;
pub mod options;
mod parse;
pub mod problem;
mod resolve;
pub mod secret;
pub mod settings;
pub mod show;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod watch;

use crate::display;
use problem::{Diagnostic, Severity};
use settings::Settings;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The ids of the fill-in-the-middle families that `fim` may name, unless [`Sources::families`] says otherwise.
pub const FAMILIES: &[&str] = &[
    "qwen2.5-coder",
    "qwen3-coder",
    "codeqwen1.5",
    "starcoder2",
    "mellum",
    "starcoder",
    "santacoder",
    "codellama",
    "deepseek-coder",
    "codegemma",
    "codestral",
    "granite4",
    "granite-code",
    "stable-code",
    "codegeex4",
    "glm4",
    "seed-coder",
    "aixcoder",
];

/// Everything a configuration is read from.
#[derive(Clone, Default)]
pub struct Sources {
    /// The user's file.
    pub user_file: Option<SourceFile>,
    /// What the editor sent: the same tree as JSON, perhaps below `hob`.
    pub editor: Option<serde_json::Value>,
    /// The repository's `.hob.toml`.
    pub repository: Option<SourceFile>,
    /// The project's files that don't count because they are another user's, unless the user's file trusts the folder.
    pub left_out: Vec<trust::LeftOut>,
    /// The ids that `fim` may name; empty: [`FAMILIES`].
    pub families: Vec<&'static str>,
    /// The user's home folder, for `~`; `None`: `~` is an error.
    pub home: Option<PathBuf>,
}

/// A file and its text.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Absolute, where it was found.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
}

/// A configuration, loaded. Two are equal when nothing that a user could notice differs.
#[derive(Clone, Default, PartialEq)]
pub struct Loaded {
    /// Every value, resolved.
    pub settings: Settings,
    /// Everything that is wrong, in the order of the sources and of the lines in each.
    pub problems: Vec<Diagnostic>,
    /// Where the keys that were set come from. Keys that aren't here have their defaults.
    pub origins: BTreeMap<String, Origin>,
    values: BTreeMap<String, serde_json::Value>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The user's file.
    User {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u32,
    },
    /// The editor.
    Editor,
    /// The repository's own settings file, where it adds to or replaces what the user has.
    Repository {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u32,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Editor => f.write_str("editor settings"),
            Origin::User { file, line } | Origin::Repository { file, line } => {
                write!(f, "{}:{line}", display::path(file))
            }
        }
    }
}

/// Reads the sources. Never fails and never panics: what is wrong is in [`Loaded::problems`], and the rest holds.
pub fn load(sources: &Sources) -> Loaded {
    let mut layers = layers::Layers::new(sources);
    if let Some(file) = &sources.user_file {
        layers.user(file);
    }
    if let Some(json) = &sources.editor {
        layers.editor(json);
    }
    let trusted = layers.trusted();
    let mut left_out = sources.left_out.clone();
    left_out.retain(|it| !trust::is_trusted(&it.root, &trusted));
    if let Some(file) = &sources.repository
        && left_out.iter().all(|it| it.name != files::REPOSITORY_FILE)
    {
        layers.repository(file);
    }
    let (mut problems, values, origins) = layers.finish();
    let (settings, more) = resolve::resolve(&values, &origins);
    problems.extend(more);
    left_out.retain(|it| it.name == files::REPOSITORY_FILE || settings.chat.agents_md);
    problems.extend(trust::notice(&left_out));
    Loaded {
        settings,
        problems,
        origins,
        values,
    }
}

/// Finds and reads the user's file and, above `place`, the repository's, then loads them with what the editor sent.
/// Files that are there but can't be read are among the problems.
pub fn load_for(place: Option<&Path>, editor: Option<serde_json::Value>) -> Loaded {
    let (mut sources, mut problems) = files::read(place);
    sources.editor = editor;
    let mut loaded = load(&sources);
    problems.append(&mut loaded.problems);
    loaded.problems = problems;
    loaded
}

impl Loaded {
    /// Whether anything that was written could not be used.
    pub fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .any(|it| it.severity == Severity::Error)
    }

    /// Where the key's value comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// The value that somebody set for this key, as written. May be a secret: show it only through [`show`].
    pub(crate) fn value(&self, key: &str) -> Option<&serde_json::Value> {
        self.values.get(key)
    }
}

// By hand: the values hold the keys as written.
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("settings", &self.settings)
            .field("problems", &self.problems)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}
