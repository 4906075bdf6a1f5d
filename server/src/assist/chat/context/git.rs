//! Asking Git what was changed, without letting the repository run anything.
//!
//! A repository's own configuration and attributes can name programs for nearly everything: filters, text converters,
//! external diffs, monitors, hooks, pagers, transports. It is somebody else's file, so all of that is switched off.

use hob_index::git::Git as Repository;
use hob_index::reader::Reader;
use hob_index::secret;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// More of an answer is not read, in bytes: no prompt has room for it.
const MOST: u64 = 2 << 20;
/// Larger files are not looked through for keys, in bytes: no key is in them, and none of their changes is code.
const LARGEST: u64 = 4 << 20;
/// So long all of it may take.
const TIME: Duration = Duration::from_secs(4);

/// Where nothing is, on every system that Git runs on: its Windows build knows this name, too.
const NOTHING: &str = "/dev/null";

/// What was changed since the last commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The difference to the last commit, staged or not, as Git draws it; paths are relative to the folder.
    pub(super) diff: String,
    /// It is not all of it.
    pub(super) is_cut: bool,
    /// Files that Git doesn't know.
    pub(super) untracked: Vec<String>,
    /// Changed files that may hold secrets: left out.
    pub(super) secret: Vec<String>,
}

/// What was changed in a folder since the last commit.
///
/// # Errors
/// There is no Git, no repository, or it can't be read: a sentence for the user.
pub(super) fn changes(folder: &Path) -> Result<Changes, String> {
    changes_by(folder, "git")
}

fn changes_by(folder: &Path, program: &str) -> Result<Changes, String> {
    let is_tree = |it: &&Path| std::fs::symlink_metadata(it.join(".git")).is_ok();
    let Some(tree) = folder.ancestors().find(is_tree) else {
        return Err(format!(
            "There is no diff: {} is in no Git repository.",
            folder.display()
        ));
    };
    // The repository next door would be shown as this one's.
    let repository = Repository::of(tree).and_then(|it| it.check_links().map(|()| it));
    let repository = repository
        .map_err(|why| format!("There is no diff: `.git` in {} {why}.", tree.display()))?;
    let mut git = Git {
        program,
        folder,
        tree: tree.to_path_buf(),
        settings: Vec::new(),
        until: Instant::now() + TIME,
    };
    git.check_folder(&repository)?;
    git.switch_off_filters()?;
    let has_commit = git.run(&["rev-parse", "--verify", "--quiet", "HEAD"])?.ok;
    // Before the first commit, what is staged is all that there is to compare.
    let against = if has_commit { "HEAD" } else { "--cached" };
    let names = git.text(&[
        "diff",
        against,
        "--name-only",
        "-z",
        "--relative",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=all",
        "--",
        ".",
    ])?;
    let mut changes = Changes::default();
    let reader = Reader::new(folder);
    let holds_key = |it: &str| {
        let read = reader.read(Path::new(it), LARGEST);
        read.is_ok_and(|it| secret::holds_key(&String::from_utf8_lossy(&it.bytes)))
    };
    // A hunk from the middle of a key has nothing in it that tells what it is, so the file says.
    let is_secret = |it: &&str| secret::is_secret(Path::new(it)) || holds_key(it);
    let parts = |it: &str| -> Vec<String> {
        let parts = it.split('\0').filter(|it| !it.is_empty());
        parts.map(str::to_owned).collect()
    };
    let changed = parts(&names.text);
    changes.secret = changed
        .iter()
        .map(String::as_str)
        .filter(is_secret)
        .map(str::to_owned)
        .collect();
    let mut arguments = vec![
        "diff",
        against,
        "--relative",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--unified=3",
        "--ignore-submodules=all",
        "--",
        ".",
    ];
    let excluded: Vec<String> = changes
        .secret
        .iter()
        .map(|it| format!(":(exclude,literal){it}"))
        .collect();
    arguments.extend(excluded.iter().map(String::as_str));
    if excluded.len() < changed.len() {
        let diff = git.text(&arguments)?;
        changes.diff = diff.text;
        changes.is_cut = diff.is_cut;
    }
    let others = git.text(&[
        "ls-files",
        "--others",
        "--exclude-standard",
        "-z",
        "--",
        ".",
    ])?;
    changes.untracked = parts(&others.text);
    changes
        .untracked
        .retain(|it| !secret::is_secret(Path::new(it)));
    Ok(changes)
}

/// How Git is called.
struct Git<'a> {
    program: &'a str,
    folder: &'a Path,
    /// The folder that holds `.git`: a repository's configuration could name another one, anywhere.
    tree: PathBuf,
    /// Settings beside those that are always given.
    settings: Vec<String>,
    until: Instant,
}

/// What a call answered.
struct Answer {
    ok: bool,
    text: String,
    is_cut: bool,
    error: String,
}

impl Git<'_> {
    /// Whether Git takes the folder that was looked at, and not one that is found further up, or that looks like a
    /// repository without being called `.git`.
    fn check_folder(&self, expected: &Repository) -> Result<(), String> {
        for (argument, expected) in [
            ("--git-dir", &expected.own),
            ("--git-common-dir", &expected.common),
        ] {
            let found = self.text(&["rev-parse", argument])?.text;
            let found = self.folder.join(found.trim_end_matches(['\n', '\r']));
            if found.canonicalize().ok().as_ref() != Some(expected) {
                return Err(format!(
                    "There is no diff: Git takes another repository than the one in {}.",
                    self.tree.display()
                ));
            }
        }
        Ok(())
    }

    /// Filters have names of their own: each that is configured is switched off by its name.
    fn switch_off_filters(&mut self) -> Result<(), String> {
        let found = self.run(&["config", "-z", "--name-only", "--list"])?;
        if !found.ok {
            return Err(failed(&found.error));
        }
        let mut settings = Vec::new();
        for key in found.text.split('\0').filter(|it| !it.is_empty()) {
            let lower = key.to_lowercase();
            let is_filter = lower.starts_with("filter.");
            let is_driver = lower.starts_with("diff.") && lower.matches('.').count() > 1;
            if !is_filter && !is_driver {
                continue;
            }
            if key.contains(['=', '\n']) {
                return Err(
                    "There is no diff: the repository's configuration names a filter in a way that can't be switched off."
                        .to_owned(),
                );
            }
            if lower.ends_with(".required") {
                settings.push(format!("{key}=false"));
            } else if [".clean", ".smudge", ".process", ".command", ".textconv"]
                .iter()
                .any(|it| lower.ends_with(it))
            {
                settings.push(format!("{key}="));
            }
        }
        self.settings = settings;
        Ok(())
    }

    fn text(&self, arguments: &[&str]) -> Result<Answer, String> {
        let answer = self.run(arguments)?;
        match answer.ok || answer.is_cut {
            true => Ok(answer),
            false => Err(failed(&answer.error)),
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<Answer, String> {
        let mut command = self.command();
        command.args(arguments);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                "There is no diff: `git` is not installed, or not on the PATH.".to_owned()
            }
            _ => format!("There is no diff: `git` can't be run ({error})."),
        })?;
        // Both are taken: they were asked for as pipes.
        let output = child.stdout.take().map(|it| read(it, MOST));
        let error = child.stderr.take().map(|it| read(it, 4096));
        let (Some(output), Some(error)) = (output, error) else {
            return Err("There is no diff: `git` gives no output.".to_owned());
        };
        let left = self.until.saturating_duration_since(Instant::now());
        let read = output.recv_timeout(left);
        let is_cut = read.as_ref().is_ok_and(|it| it.len() as u64 >= MOST);
        if read.is_err() || is_cut {
            // It may be gone already.
            let _ = child.kill();
        }
        let status = child.wait();
        let bytes = read.map_err(|_| {
            format!(
                "There is no diff: `git` took longer than {} s.",
                TIME.as_secs()
            )
        })?;
        let error = error
            .recv_timeout(Duration::from_secs(1))
            .unwrap_or_default();
        Ok(Answer {
            ok: status.is_ok_and(|it| it.success()),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            is_cut,
            error: String::from_utf8_lossy(&error).into_owned(),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        // Whoever called Hob may have been called by Git.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().to_uppercase().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("GIT_WORK_TREE", &self.tree)
            // Where this one is damaged, the folders above are none of its business.
            .env("GIT_CEILING_DIRECTORIES", ceiling(&self.tree))
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            // Objects that are missing stay so: no transport is allowed to fetch them.
            .env("GIT_ALLOW_PROTOCOL", "")
            .env("GIT_PAGER", "cat")
            .env("LC_ALL", "C")
            .arg("--no-pager")
            .arg("--no-replace-objects")
            .arg("-C")
            .arg(self.folder);
        let always = [
            "core.fsmonitor=false",
            &format!("core.hooksPath={NOTHING}"),
            "core.pager=cat",
            "core.quotePath=false",
            "safe.bareRepository=explicit",
            "core.sshCommand=",
            "core.askPass=",
            "diff.external=",
            "diff.submodule=short",
            "diff.noprefix=false",
            "diff.mnemonicPrefix=false",
            &format!("diff.orderFile={NOTHING}"),
            "protocol.allow=never",
            "submodule.recurse=false",
            "color.ui=false",
        ];
        for setting in always {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command
    }
}

/// The folders that Git must not look for a repository in, as it wants them: the tree's parent, by both of its names.
fn ceiling(tree: &Path) -> OsString {
    let parents = [Some(tree.to_path_buf()), tree.canonicalize().ok()];
    let parents = parents.iter().flatten().filter_map(|it| it.parent());
    std::env::join_paths(parents).unwrap_or_default()
}

/// Reads in a thread of its own, so that waiting for it can end.
fn read(from: impl Read + Send + 'static, most: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until an error counts; nobody may wait any more.
        let _ = from.take(most).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn failed(error: &str) -> String {
    let mut lines = error.lines().filter(|it| !it.trim().is_empty());
    let fatal = lines.clone().find(|it| it.starts_with("fatal: "));
    let first = fatal.or_else(|| lines.next());
    let first = first.map_or("it gives no reason", |it| {
        it.trim_start_matches("fatal: ").trim_end_matches('.')
    });
    format!("There is no diff: `git` says: {first}.")
}

#[cfg(test)]
mod tests;
