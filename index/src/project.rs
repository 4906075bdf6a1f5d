//! What a project is: which folder a file belongs to, and which folders are never read as a whole.
//!
//! A project is a folder that the user's editor or command line names, or one that is marked as a repository. Where there
//! is neither, a file stands for itself. Home folders, file systems, temporary folders, the system's own and those of
//! package managers are no projects, whoever names them: editors name the folder that they happen to stand in.

mod places;

#[cfg(test)]
mod tests;

use places::Machine;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What marks the root of a repository: the folders (or files, as in Git's worktrees) of version control systems.
const REPOSITORY: [&str; 8] = [
    ".git", ".jj", ".hg", ".svn", ".bzr", ".pijul", "_darcs", ".sl",
];
/// Hob's own settings of a project: who writes them into a folder says that it is one.
const SETTINGS: &str = ".hob.toml";

/// Why a folder is no project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no folder, or has no absolute path.
    NoFolder,
    /// A whole file system or drive, or the folder above such.
    FileSystem,
    /// Somebody's home folder, or the folder above several.
    Home,
    /// One of the folders that a home folder comes with, such as that for downloads.
    Personal,
    /// A folder for temporary files.
    Temporary,
    /// A folder of the operating system.
    System,
    /// A folder of installed packages or of a package manager.
    Packages,
}

impl fmt::Display for Unfit {
    /// The end of a sentence that begins with the folder: `is a home folder`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfit::NoFolder => "is no folder",
            Unfit::FileSystem => "is a whole file system",
            Unfit::Home => "is a home folder",
            Unfit::Personal => "holds more than one project",
            Unfit::Temporary => "is the folder for temporary files",
            Unfit::System => "belongs to the system",
            Unfit::Packages => "holds installed packages",
        })
    }
}

/// Whether a folder that a client or the user names may be read as a project. Looks at the disk.
///
/// # Errors
/// Why not. A folder that is kept under version control may be in a place where others may not, and a home folder with
/// Hob's own settings (`.hob.toml`) may be read, too.
pub fn check(folder: &Path) -> Result<(), Unfit> {
    check_on(&Machine::of_process(), folder)
}

/// The project of a file or folder: the innermost of the `named` folders that holds it, else its repository. Of the named
/// ones, those count that [`check`] lets pass. `None`: it belongs to no project.
pub fn of(path: &Path, named: &[PathBuf]) -> Option<PathBuf> {
    of_on(&Machine::of_process(), path, named)
}

/// The repository of a file or folder: the nearest folder at or above it that is marked as one and may be a project.
///
/// Where `.git` leads is not looked at, so that nothing in it can make the project larger than the folder that it is in:
/// without it, the root might be a folder far above. Whether its repository is the tree's own, [`crate::git::Git`] knows.
pub fn repository(path: &Path) -> Option<PathBuf> {
    repository_on(&Machine::of_process(), path)
}

fn of_on(machine: &Machine, path: &Path, named: &[PathBuf]) -> Option<PathBuf> {
    let holding = named.iter().filter(|it| path.starts_with(it));
    let fit = holding.filter(|it| check_on(machine, it).is_ok());
    let innermost = fit.max_by_key(|it| it.components().count());
    innermost.cloned().or_else(|| repository_on(machine, path))
}

fn repository_on(machine: &Machine, path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let folders = absolute.ancestors();
    let marked = folders.filter(|it| is_marked(it));
    marked
        .filter(|it| check_on(machine, it).is_ok())
        .map(Path::to_owned)
        .next()
}

fn check_on(machine: &Machine, folder: &Path) -> Result<(), Unfit> {
    if !folder.is_absolute() || !folder.is_dir() {
        return Err(Unfit::NoFolder);
    }
    // Both: a link to a home folder is one, and so is a link in its place.
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    for it in [folder, &real] {
        if let Some(unfit) = machine.never(it) {
            let is_meant = unfit == Unfit::Home && has(it, SETTINGS) && machine.is_own_home(it);
            if !is_meant {
                return Err(unfit);
            }
        }
    }
    for it in [folder, &real] {
        if let Some((within, unfit)) = machine.unless_marked(it) {
            let mut below = it.ancestors().take_while(|it| it.starts_with(&within));
            if !below.any(is_marked) {
                return Err(unfit);
            }
        }
    }
    Ok(())
}

fn is_marked(folder: &Path) -> bool {
    REPOSITORY.iter().any(|it| has(folder, it)) || has(folder, SETTINGS)
}

fn has(folder: &Path, name: &str) -> bool {
    fs::symlink_metadata(folder.join(name)).is_ok()
}
