//! Putting a patch on disk: all of it or nothing.
//!
//! Everything that can fail for lack of space or rights is done first, beside the files: the new texts are written, the old
//! ones get a second name. Then only names change, and if one can't, those before it are changed back.

use super::draft::LARGEST;
use super::journal::Journal;
use super::patch::{FilePatch, Mode, Patch};
use super::path::Root;
use super::refusal::{Kind, Problem, Refusal};
use hob_index::reader::Refusal as Refused;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

impl Patch {
    /// Writes all files below `root`, and remembers in the journal how to take it back.
    ///
    /// # Errors
    /// A file isn't as it was when the patch was planned, or the disk says no. Then everything is as it was.
    pub fn write(&self, root: &Path, journal: Option<&mut Journal>) -> Result<(), Refusal> {
        let root = Root::new(root).map_err(Refusal::of)?;
        write(self, &root, journal).map_err(Refusal::of)
    }
}

/// A file on its way.
struct Staged<'a> {
    file: &'a FilePatch,
    /// The new text, beside it.
    new: Option<PathBuf>,
    /// The old text, beside it.
    old: Option<PathBuf>,
    /// Whether its name has changed hands.
    done: bool,
}

/// What is to be taken away again if it doesn't come to an end.
#[derive(Default)]
struct Stage<'a> {
    files: Vec<Staged<'a>>,
    /// Folders that were made, the outermost first.
    folders: Vec<PathBuf>,
    n: usize,
}

pub(super) fn write(
    patch: &Patch,
    root: &Root,
    mut journal: Option<&mut Journal>,
) -> Result<(), Problem> {
    for file in &patch.files {
        check(file, root)?;
    }
    let mut stage = Stage::default();
    let result = (|| {
        for file in &patch.files {
            stage.add(file).map_err(|it| disk(file, &it))?;
        }
        let pending = match &mut journal {
            Some(journal) => {
                Some(journal.begin(patch, &stage.leftovers(), &stage.folders, root)?)
            }
            None => None,
        };
        let swapped = stage.swap(root);
        match (swapped, pending) {
            (Ok(()), Some(pending)) => {
                pending.done();
                Ok(())
            }
            (Ok(()), None) => Ok(()),
            (Err(problem), pending) => {
                stage.restore();
                if let Some(pending) = pending {
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

fn disk(file: &FilePatch, err: &io::Error) -> Problem {
    Problem::new(Kind::Disk, format!("can't be written: {err}")).of(&file.path)
}

impl<'a> Stage<'a> {
    /// Prepares one file.
    fn add(&mut self, file: &'a FilePatch) -> io::Result<()> {
        let folder = file.real.parent().unwrap_or(Path::new("."));
        self.make(folder)?;
        let mut staged = Staged {
            file,
            new: None,
            old: None,
            done: false,
        };
        let names: Vec<PathBuf> = (0..2).map(|it| self.name(folder, it)).collect();
        self.n += 2;
        if let Some(bytes) = &file.after {
            let name = &names[0];
            staged.new = Some(name.clone());
            self.files.push(staged);
            let mut new = OpenOptions::new().write(true).create_new(true).open(name)?;
            new.write_all(bytes)?;
            match (file.mode, &file.before) {
                (Some(mode), before) => {
                    set_mode(name, mode, before.as_ref().map(|_| file.real.as_path()))?;
                }
                (None, Some(_)) => {
                    fs::set_permissions(name, fs::metadata(&file.real)?.permissions())?
                }
                (None, None) => {}
            }
            new.sync_all()?;
            staged = match self.files.pop() {
                Some(it) => it,
                None => return Ok(()),
            };
        }
        if file.before.is_some() {
            staged.old = Some(names[1].clone());
        }
        let old = staged.old.clone().filter(|_| file.after.is_some());
        self.files.push(staged);
        if let Some(old) = old
            && fs::hard_link(&file.real, &old).is_err()
        {
            // Not all disks have second names.
            fs::copy(&file.real, &old)?;
        }
        if file.after.is_none() {
            // Whether names may change in this folder shows now, not half-way.
            let probe = self.name(folder, 0);
            self.n += 1;
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&probe)?;
            fs::remove_file(&probe)?;
        }
        Ok(())
    }

    fn name(&self, folder: &Path, offset: usize) -> PathBuf {
        folder.join(format!(
            ".hob-{}-{}.tmp",
            std::process::id(),
            self.n + offset
        ))
    }

    /// Makes the folders that are missing.
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|it| fs::symlink_metadata(it).is_err())
            .collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    /// The files that would stay behind if the process ended now.
    fn leftovers(&self) -> Vec<PathBuf> {
        self.files
            .iter()
            .flat_map(|it| it.new.iter().chain(it.old.iter()))
            .cloned()
            .collect()
    }

    /// Lets the new texts take the names of the old ones.
    fn swap(&mut self, root: &Root) -> Result<(), Problem> {
        for staged in &mut self.files {
            let file = staged.file;
            is_unchanged(file, root)?;
            let swapped = match (&staged.new, &staged.old) {
                (Some(new), Some(_)) => fs::rename(new, &file.real),
                (Some(new), None) => claim(new, &file.real),
                (None, Some(old)) => fs::rename(&file.real, old),
                (None, None) => Ok(()),
            };
            swapped.map_err(|it| disk(file, &it))?;
            staged.done = true;
        }
        for staged in &self.files {
            sync_folder(&staged.file.real);
        }
        Ok(())
    }

    /// Gives the old texts their names back.
    fn restore(&mut self) {
        for staged in self.files.iter_mut().rev().filter(|it| it.done) {
            let restored = match &staged.old {
                Some(old) => fs::rename(old, &staged.file.real),
                None => fs::remove_file(&staged.file.real),
            };
            if let Err(err) = restored {
                tracing::error!("can't restore {}: {err}", staged.file.real.display());
            } else {
                staged.done = false;
            }
        }
    }

    /// Takes away what is no longer needed.
    fn clean(&self) {
        for leftover in self.leftovers() {
            let _ = fs::remove_file(leftover);
        }
    }

    /// Takes away all that was made.
    fn undo(&self) {
        for staged in &self.files {
            for leftover in staged.new.iter().chain(staged.old.iter()) {
                // An old text that couldn't get its name back must not be lost.
                if !(staged.done && Some(leftover) == staged.old.as_ref()) {
                    let _ = fs::remove_file(leftover);
                }
            }
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Gives a file a name that nobody may have.
fn claim(new: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(new, name) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == ErrorKind::AlreadyExists => Err(err),
        // Not all disks have second names.
        Err(_) => match fs::symlink_metadata(name) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(new, name),
        },
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: Mode, before: Option<&Path>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // A new file has what the user's mask leaves of it.
    let has = fs::metadata(before.unwrap_or(path))?.permissions().mode() & 0o7777;
    let mode = match mode {
        Mode::Exact(it) => it,
        // Who may read it may execute it.
        Mode::Executable(true) => has | (has & 0o444) >> 2,
        Mode::Executable(false) => has & !0o111,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Mode, _: Option<&Path>) -> io::Result<()> {
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

/// So that names survive a power cut, too.
fn sync_folder(file: &Path) {
    if let Some(folder) = file.parent().filter(|_| cfg!(unix)) {
        let _ = fs::File::open(folder).and_then(|it| it.sync_all());
    }
}
