//! Files that run by themselves: nobody starts them, but a build, a test run, a checkout, a shell that enters the folder,
//! an editor that opens it, an agent that reads its rules, or a system that may execute them does.
//!
//! A change of one is marked wherever it is shown, and asked for once before it is written.

mod names;

use super::patch::{FilePatch, Mode, Patch};
use super::refusal::{Kind, Problem, Refusal};
use crate::assist::invisible;
use names::{NAMES, SCRIPTS};
use unicode_normalization::UnicodeNormalization;

/// What runs a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// The next build or test run, or the tools that both are made with.
    Build,
    /// A server that builds what is pushed, or deploys it.
    Ci,
    /// An editor that opens the folder.
    Editor,
    /// A version control system that commits, checks out or merges.
    Hook,
    /// A shell or another interactive program that starts, or enters the folder.
    Shell,
    /// An agent or assistant that reads it as rules or starts the tools that it names.
    Agent,
    /// Containers and machines that are made after it.
    Container,
    /// The system: the file may be executed, or will be able to.
    Executable,
    /// Nobody knows: it is a script, by its first line (`#!`) or the end of its name.
    Script,
}

impl Runs {
    /// In one word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Runs::Build => "build",
            Runs::Ci => "ci",
            Runs::Editor => "editor",
            Runs::Hook => "hook",
            Runs::Shell => "shell",
            Runs::Agent => "agent",
            Runs::Container => "container",
            Runs::Executable => "executable",
            Runs::Script => "script",
        }
    }

    /// What the file is, for people.
    pub fn about(self) -> &'static str {
        match self {
            Runs::Build => "part of the build",
            Runs::Ci => "run by CI",
            Runs::Editor => "editor settings or tasks",
            Runs::Hook => "version control hooks or settings",
            Runs::Shell => "run by shells or tools",
            Runs::Agent => "rules or tools of an assistant",
            Runs::Container => "makes containers or machines",
            Runs::Executable => "executable",
            Runs::Script => "a script",
        }
    }
}

/// What runs the file of this name, judged by its path from the root, links resolved. Case, the way in which letters
/// are composed, invisible characters, and the ends of names that some systems ignore make no difference.
pub fn by_name(path: &str) -> Option<Runs> {
    let parts = plain_parts(path);
    let found = NAMES.iter().find(|(_, names)| is_one_of(names, &parts));
    found.map(|it| it.0)
}

fn is_one_of(names: &str, parts: &[String]) -> bool {
    names.split_whitespace().any(|it| stands_in(it, parts))
}

fn plain_parts(path: &str) -> Vec<String> {
    path.split(['/', '\\'])
        .filter(|it| !it.is_empty() && *it != ".")
        .map(plain)
        .collect()
}

/// A part of a path as the list has it.
fn plain(part: &str) -> String {
    let visible = part.chars().filter(|it| invisible::harm(*it).is_none());
    let folded: String = visible.nfkc().flat_map(char::to_lowercase).collect();
    let folded: String = folded.nfkc().collect();
    folded.trim_end_matches(['.', ' ']).to_owned()
}

fn stands_in(name: &str, parts: &[String]) -> bool {
    let is_like = |names: &[&str], parts: &[String]| {
        names
            .iter()
            .zip(parts)
            .all(|(name, part)| matches(name, part))
    };
    let (names, below) = match name.strip_suffix("/**") {
        Some(folder) => (folder, true),
        None => (name, false),
    };
    let names: Vec<&str> = names.split('/').collect();
    match below {
        // Something must come behind the folder.
        true => {
            parts.len() > names.len() && {
                let mut windows = parts[..parts.len() - 1].windows(names.len());
                windows.any(|it| is_like(&names, it))
            }
        }
        false => {
            let at = parts.len().checked_sub(names.len());
            at.is_some_and(|at| is_like(&names, &parts[at..]))
        }
    }
}

/// Whether a name is like this one, in which `*` stands for any letters.
fn matches(name: &str, part: &str) -> bool {
    let Some((first, rest)) = name.split_once('*') else {
        return name == part;
    };
    let Some(mut left) = part.strip_prefix(first) else {
        return false;
    };
    let mut rest: Vec<&str> = rest.split('*').collect();
    let last = rest.pop().unwrap_or("");
    for middle in rest {
        match left.find(middle) {
            Some(at) => left = &left[at + middle.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

impl FilePatch {
    /// What runs this file by itself, if something does.
    pub fn runs(&self) -> Option<Runs> {
        if self.becomes_executable() {
            return Some(Runs::Executable);
        }
        if let Some(it) = by_name(&self.path) {
            return Some(it);
        }
        // What goes doesn't run any more.
        let after = self.after.as_deref()?;
        if self.is_executable() {
            return Some(Runs::Executable);
        }
        let is_script = is_script(after)
            || self.before.as_deref().is_some_and(is_script)
            || is_one_of(SCRIPTS, &plain_parts(&self.path));
        is_script.then_some(Runs::Script)
    }

    /// Whether somebody may execute it who couldn't before.
    fn becomes_executable(&self) -> bool {
        self.after.is_some() && self.mode.is_some_and(Mode::is_executable) && !self.is_executable()
    }

    /// Whether somebody may execute it as it is.
    fn is_executable(&self) -> bool {
        let mode = super::write::mode(&self.real).unwrap_or(0);
        self.before.is_some() && mode & 0o111 != 0
    }
}

/// Whether a text names a program that runs it. `#![…]` is an attribute of Rust.
fn is_script(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let Some(rest) = text.strip_prefix(b"#!") else {
        return false;
    };
    let first = rest.iter().find(|it| !matches!(it, b' ' | b'\t'));
    !matches!(first, None | Some(b'[' | b'\n' | b'\r'))
}

impl Patch {
    /// The files that run by themselves and that the user has to be asked for: all but the one whose change was asked
    /// for by its name. A name that is a link asks for nothing else than itself, and no name for permissions.
    pub fn to_be_asked_for(&self, named: Option<&str>) -> Vec<(&FilePatch, Runs)> {
        let named = named.map(parts);
        let is_named = |it: &FilePatch| {
            named.as_ref() == Some(&parts(&it.path))
                && it.after.is_some()
                && !it.becomes_executable()
        };
        let files = self.files.iter();
        files
            .filter(|it| !is_named(it))
            .filter_map(|it| Some((it, it.runs()?)))
            .collect()
    }
}

/// The parts of a path from the root, however it is spelled.
fn parts(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part.nfc().flat_map(char::to_lowercase).collect()),
        }
    }
    parts
}

/// Why nothing was written: files that run by themselves are not, unless somebody says so. `how` is a sentence without
/// a full stop.
pub fn refusal(files: &[(&FilePatch, Runs)], how: &str) -> Refusal {
    let problem = |it: &(&FilePatch, Runs)| {
        let what = format!("runs by itself ({}); {how}", it.1.about());
        Problem::new(Kind::Runs, what).of(&it.0.path)
    };
    Refusal {
        problems: files.iter().map(problem).collect(),
    }
}

#[cfg(test)]
mod tests;
