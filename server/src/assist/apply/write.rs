//! Putting a patch on disk: all of it or nothing, and each file with all that it is besides its text.
//!
//! Everything that can fail for lack of space or rights is done first, beside the files: the new texts are written, files
//! that go get a second name. Then the files change one after the other, and if one can't, those before it are changed back.
//!
//! A file is replaced by a new one that takes its name: whoever reads it, or a power cut, finds the old or the new text,
//! nothing between. But the new file must be the old one in all but its text: same owner, permissions, access lists,
//! attributes. Where it can't be (other names lead to the old one, it belongs to somebody else, no file can be made in its
//! folder, it is mounted by itself, the system has attributes that can't be copied), the old file is written in place; the
//! journal holds both texts by then, so what is torn in the middle is recognised and taken back by whoever opens it next.

pub(super) mod stage;

use super::draft::LARGEST;
use super::journal::{Journal, Pending};
use super::patch::{FilePatch, Mode, Patch};
use super::path::Root;
use super::refusal::{Kind, Problem, Refusal};
use hob_index::reader::Refusal as Refused;
pub(super) use stage::Stage;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

impl Patch {
    /// Writes all files below `root`, and remembers in the journal how to take it back.
    ///
    /// # Errors
    /// A file isn't as it was when the patch was planned, may not be written, or the disk says no. Then everything is as it
    /// was.
    pub fn write(&self, root: &Path, journal: Option<&mut Journal>) -> Result<(), Refusal> {
        let root = Root::new(root).map_err(Refusal::of)?;
        let log = journal.map_or(Log::None, |it| Log::Change(it));
        write(self, &root, log).map_err(Refusal::of)
    }
}

/// Where it is noted down what is being written.
#[derive(Clone, Copy)]
pub(super) enum Log<'a> {
    /// Nowhere.
    None,
    /// In the journal, as a new change.
    Change(&'a Journal),
    /// In the journal, where the change is that is taken back.
    Undo(&'a Journal),
}

pub(super) fn write(patch: &Patch, root: &Root, log: Log<'_>) -> Result<(), Problem> {
    for file in &patch.files {
        check(file, root)?;
        may_write(file, patch)?;
    }
    let journal = match log {
        Log::Change(journal) | Log::Undo(journal) => Some(journal),
        Log::None => None,
    };
    if let Some(journal) = journal {
        journal.prepare(patch)?;
    }
    let mut stage = Stage::default();
    let result = (|| {
        for file in &patch.files {
            stage.add(file)?;
        }
        let pending: Option<Pending> = match log {
            Log::Change(journal) => Some(journal.begin(patch, &stage, root)?),
            Log::Undo(_) | Log::None => None,
        };
        match (stage.swap(root), pending) {
            (Ok(()), Some(pending)) => {
                pending.done();
                Ok(())
            }
            (Ok(()), None) => Ok(()),
            (Err(problem), pending) => {
                // Where something couldn't be changed back, whoever opens the journal next tries again.
                if stage.restore()
                    && let Some(pending) = pending
                {
                    pending.forget();
                }
                Err(problem)
            }
        }
    })();
    match result {
        Ok(()) => stage.clean(),
        Err(_) => stage.undo(),
    }
    if let Some(journal) = journal {
        journal.settle();
    }
    result
}

/// Whether a file is where and as the patch expects it.
fn check(file: &FilePatch, root: &Root) -> Result<(), Problem> {
    let place = root.place(&file.path)?;
    if place.real != file.real {
        return Err(Problem::new(Kind::Changed, "is not the file that it was").of(&file.path));
    }
    is_unchanged(file, root)
}

fn is_unchanged(file: &FilePatch, root: &Root) -> Result<(), Problem> {
    let problem = |kind, what: &str| Err(Problem::new(kind, what.to_owned()).of(&file.path));
    let changed = |what: &str| problem(Kind::Changed, what);
    match (root.reader().read(&file.real, LARGEST), &file.before) {
        (Ok(now), Some(before)) if now.bytes == *before => Ok(()),
        (Ok(_) | Err(Refused::TooLarge(_)), Some(_)) => {
            changed("was changed since the answer was read")
        }
        (Ok(_), None) => changed("was made by somebody else since the answer was read"),
        (Err(Refused::Missing), None) => Ok(()),
        (Err(Refused::Missing), Some(_)) => changed("was deleted since the answer was read"),
        (Err(refused), _) => problem(Kind::Disk, &refused.to_string()),
    }
}

/// Whether the user may write a file, and means it to be written: the system would let a read-only file be replaced, as
/// that needs the right to write its folder only, and root may write anything.
fn may_write(file: &FilePatch, patch: &Patch) -> Result<(), Problem> {
    let is_moved = |it: &FilePatch| it.like.as_ref() == Some(&file.real) && it.after == file.before;
    if file.before.is_none()
        || file.before == file.after
        || (file.after.is_none() && patch.files.iter().any(is_moved))
    {
        return Ok(());
    }
    let refused = |what: String| Err(Problem::new(Kind::Disk, what).of(&file.path));
    let metadata = fs::symlink_metadata(&file.real).map_err(|it| disk(file, &it))?;
    if metadata.permissions().readonly() {
        let how = match cfg!(windows) {
            true => "attrib -r",
            false => "chmod u+w",
        };
        return refused(format!(
            "is read-only; make it writable first: `{how} {}`",
            file.path
        ));
    }
    match open(&file.real) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let whose = match hob_index::private::is_own_project(&metadata) {
                true => "its permissions don't let you",
                false => "it belongs to another user",
            };
            refused(format!(
                "can't be written: {whose}; change its permissions or its owner first ({error})"
            ))
        }
        Err(error) => Err(disk(file, &error)),
    }
}

/// Opens a file that exists for writing, and changes nothing; no link and nothing that may have taken its name.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn disk(file: &FilePatch, err: &io::Error) -> Problem {
    Problem::new(Kind::Disk, format!("can't be written: {err}")).of(&file.path)
}

/// The permissions that a file with these ones gets.
fn changed_mode(mode: Mode, has: u32) -> u32 {
    match mode {
        Mode::Exact(it) => it,
        // Who may read it may execute it.
        Mode::Executable(true) => has | (has & 0o444) >> 2,
        Mode::Executable(false) => has & !0o111,
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// The permissions of a file, as Unix counts them.
#[cfg(unix)]
pub(super) fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// The permissions of a file, as Unix counts them.
#[cfg(not(unix))]
pub(super) fn mode(_: &Path) -> Option<u32> {
    None
}
