//! The files of a patch on their way: prepared beside their places, then changed one after the other, or all changed back.

use super::super::attributes::{self, Attributes};
use super::super::patch::{FilePatch, Patch};
use super::super::path::Root;
use super::super::refusal::{Kind, Problem};
use super::{changed_mode, disk, is_unchanged, mode, set_mode};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How a file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// A new file, with the same attributes, takes its name.
    Replace,
    /// It gets other bytes.
    InPlace,
    /// It comes.
    Create,
    /// It goes.
    Delete,
    /// It gets other permissions, and no other bytes.
    Mode,
}

/// A file on its way.
pub(in super::super) struct Staged<'a> {
    file: &'a FilePatch,
    way: Way,
    /// The new text, beside it.
    new: Option<PathBuf>,
    /// The old file, beside it.
    old: Option<PathBuf>,
    /// What it is besides its text; `None`: it is new.
    attributes: Option<Attributes>,
    /// Whether it has begun to change.
    touched: bool,
}

/// What is to be taken away again if it doesn't come to an end.
#[derive(Default)]
pub(in super::super) struct Stage<'a> {
    files: Vec<Staged<'a>>,
    /// Folders that were made, the outermost first.
    folders: Vec<PathBuf>,
    n: usize,
}

impl Staged<'_> {
    /// What the file is besides its text, before it changes.
    pub(in super::super) fn attributes(&self) -> Option<&Attributes> {
        self.attributes.as_ref()
    }

    /// The permissions that it will have; `None`: it will not exist, or the system has none.
    pub(in super::super) fn mode_after(&self) -> Option<u32> {
        let has = self.attributes.as_ref()?.mode()?;
        self.file.after.as_ref()?;
        Some(self.file.mode.map_or(has, |it| changed_mode(it, has)))
    }

    /// Where the old file is kept until the end.
    pub(in super::super) fn aside(&self) -> Option<&Path> {
        self.old.as_deref()
    }
}

impl<'a> Stage<'a> {
    /// The files, as the patch has them.
    pub(in super::super) fn files(&self) -> &[Staged<'a>] {
        &self.files
    }

    /// The folders that were made, the outermost first.
    pub(in super::super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The files that would stay behind if the process ended now.
    pub(in super::super) fn leftovers(&self) -> Vec<PathBuf> {
        self.files
            .iter()
            .flat_map(|it| it.new.iter().chain(it.old.iter()))
            .cloned()
            .collect()
    }

    /// Prepares one file.
    pub(in super::super) fn add(&mut self, file: &'a FilePatch) -> Result<(), Problem> {
        let failed = |it: io::Error| disk(file, &it);
        let folder = file.real.parent().unwrap_or(Path::new("."));
        self.make(folder).map_err(failed)?;
        let [new, old] = names(folder, self.n);
        self.n += 1;
        let attributes = match file.before {
            Some(_) => Attributes::of(&file.real).ok(),
            None => None,
        };
        let way = match (&file.before, &file.after) {
            (None, _) => Way::Create,
            (Some(_), None) => Way::Delete,
            (Some(before), Some(after)) if before == after => Way::Mode,
            _ => Way::Replace,
        };
        self.files.push(Staged {
            file,
            way,
            new: None,
            old: None,
            attributes,
            touched: false,
        });
        // It was pushed just now.
        let Some(staged) = self.files.last_mut() else {
            return Ok(());
        };
        match (&staged.way, &file.after) {
            (Way::Create, Some(bytes)) => {
                staged.new = Some(new.clone());
                create(file, &new, bytes)
            }
            (Way::Replace, Some(bytes)) => {
                staged.new = Some(new.clone());
                if !copy(file, staged.attributes.as_ref(), &new, bytes).map_err(failed)? {
                    let _ = fs::remove_file(&new);
                    staged.new = None;
                    staged.way = Way::InPlace;
                    return fits_in_place(file);
                }
                if fs::hard_link(&file.real, &old).is_err() {
                    // Not all disks have second names; its bytes are known.
                    return Ok(());
                }
                staged.old = Some(old);
                Ok(())
            }
            (Way::Delete, _) => {
                // Whether names may change in this folder shows now, not half-way.
                made(&new).map_err(failed)?;
                fs::remove_file(&new).map_err(failed)?;
                staged.old = Some(old);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes the folders that are missing.
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        for folder in missing(folder).into_iter().rev() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
            if let Some(above) = folder.parent() {
                attributes::adopt(folder, above);
            }
        }
        Ok(())
    }

    /// Changes the files, one after the other.
    pub(in super::super) fn swap(&mut self, root: &Root) -> Result<(), Problem> {
        for staged in &mut self.files {
            is_unchanged(staged.file, root)?;
            staged.swap().map_err(|it| disk(staged.file, &it))?;
        }
        for staged in &self.files {
            sync_folder(&staged.file.real);
        }
        Ok(())
    }

    /// Changes them back; whether all could be.
    pub(super) fn restore(&mut self) -> bool {
        let mut all = true;
        for staged in self.files.iter_mut().rev().filter(|it| it.touched) {
            match staged.restore() {
                Ok(()) => staged.touched = false,
                Err(err) => {
                    all = false;
                    tracing::error!("can't restore {}: {err}", staged.file.real.display());
                }
            }
        }
        all
    }

    /// Takes away what is no longer needed.
    pub(super) fn clean(&self) {
        for leftover in self.leftovers() {
            let _ = fs::remove_file(leftover);
        }
    }

    /// Takes away all that was made.
    pub(super) fn undo(&self) {
        for staged in &self.files {
            for leftover in staged.new.iter().chain(staged.old.iter()) {
                // An old text that couldn't get its name back must not be lost.
                if !(staged.touched && Some(leftover) == staged.old.as_ref()) {
                    let _ = fs::remove_file(leftover);
                }
            }
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The names that the file number `n` of a patch may have beside its own.
fn names(folder: &Path, n: usize) -> [PathBuf; 2] {
    ["new", "old"].map(|it| folder.join(format!(".hob-{}-{n}-{it}.tmp", std::process::id())))
}

/// The folders that are missing on the way to one, the innermost first.
fn missing(folder: &Path) -> Vec<&Path> {
    folder
        .ancestors()
        .take_while(|it| fs::symlink_metadata(it).is_err())
        .collect()
}

/// All that writing a patch may leave behind if the process ends before anything is changed: files, and folders, the
/// innermost first.
pub(in super::super) fn traces(patch: &Patch) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let folder = |file: &FilePatch| file.real.parent().unwrap_or(Path::new(".")).to_owned();
    let files = patch.files.iter().enumerate();
    let files = files.flat_map(|(n, it)| names(&folder(it), n));
    let folders = patch.files.iter().flat_map(|it| {
        let folder = folder(it);
        let missing = missing(&folder);
        missing.into_iter().map(Path::to_owned).collect::<Vec<_>>()
    });
    (files.collect(), folders.collect())
}

impl Staged<'_> {
    fn swap(&mut self) -> io::Result<()> {
        let real = &self.file.real;
        match (&self.way, &self.new, &self.old) {
            (Way::Create, Some(new), _) => claim(new, real)?,
            (Way::Delete, _, Some(old)) => fs::rename(real, old)?,
            (Way::Replace, Some(new), _) => {
                if let Err(error) = fs::rename(new, real) {
                    // It may be mounted by itself, or lie in a folder where names belong to others.
                    tracing::debug!(%error, "written in place");
                    self.way = Way::InPlace;
                }
            }
            _ => {}
        }
        self.touched = true;
        if let (Way::InPlace, Some(bytes)) = (&self.way, &self.file.after) {
            overwrite(real, bytes)?;
            self.keep_attributes()?;
        }
        if let (Way::InPlace | Way::Mode, Some(mode)) = (&self.way, self.mode_after())
            && super::mode(real) != Some(mode)
        {
            set_mode(real, mode)?;
        }
        Ok(())
    }

    /// Writing takes some attributes away: the right to run as the owner, capabilities.
    fn keep_attributes(&self) -> io::Result<()> {
        match &self.attributes {
            Some(it) if !attributes::has(&self.file.real, it)? => it.give(&self.file.real),
            _ => Ok(()),
        }
    }

    fn restore(&self) -> io::Result<()> {
        let real = &self.file.real;
        match (&self.way, &self.old, &self.file.before) {
            (Way::Create, ..) => return fs::remove_file(real),
            (Way::Delete, Some(old), _) => return fs::rename(old, real),
            (Way::Replace, Some(old), _) => return fs::rename(old, real),
            (Way::Replace | Way::InPlace, _, Some(before)) => {
                overwrite(real, before)?;
                self.keep_attributes()?;
            }
            _ => {}
        }
        match self.attributes.as_ref().and_then(Attributes::mode) {
            Some(it) if mode(real) != Some(it) => set_mode(real, it),
            _ => Ok(()),
        }
    }
}

/// Makes a file that comes.
fn create(file: &FilePatch, new: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |it: io::Error| disk(file, &it);
    let folder = file.real.parent().unwrap_or(Path::new("."));
    let like = file
        .like
        .as_deref()
        .filter(|it| fs::symlink_metadata(it).is_ok());
    if let Some(like) = like {
        let has = mode(like);
        let is_same = file
            .mode
            .zip(has)
            .is_none_or(|(it, has)| changed_mode(it, has) == has);
        // The file itself, if only its name changes.
        if is_same && fs::read(like).is_ok_and(|it| it == bytes) && fs::hard_link(like, new).is_ok()
        {
            return Ok(());
        }
    }
    let wanted = match (&file.attributes, like) {
        (Some(it), _) => Some(it.clone()),
        (None, Some(like)) => Some(Attributes::of(like).map_err(failed)?),
        (None, None) => None,
    };
    let Some(wanted) = wanted else {
        let mut made = made(new).map_err(failed)?;
        made.write_all(bytes).map_err(failed)?;
        attributes::adopt(new, folder);
        // A new file has what the user's mask leaves of it.
        if let (Some(asked), Some(has)) = (file.mode, mode(new)) {
            set_mode(new, changed_mode(asked, has)).map_err(failed)?;
        }
        return made.sync_all().map_err(failed);
    };
    let mut made = made_private(new).map_err(failed)?;
    made.write_all(bytes).map_err(failed)?;
    made.sync_all().map_err(failed)?;
    let has = wanted.mode();
    let asked = file.mode.zip(has).map(|(it, has)| changed_mode(it, has));
    let wanted = wanted.with_mode(asked.or(has));
    let given = wanted.give(new);
    match given.and_then(|()| attributes::has(new, &wanted)) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(Problem::new(
            Kind::Disk,
            "can't be made as it was, for its owner, group or attributes can't be given to a new file; do it as its owner or as root",
        )
        .of(&file.path)),
    }
}

/// Makes a file beside another, with the same attributes and these bytes; whether it can stand for the other.
///
/// # Errors
/// There is no room for it.
fn copy(file: &FilePatch, has: Option<&Attributes>, new: &Path, bytes: &[u8]) -> io::Result<bool> {
    let Some(has) = has.filter(|_| attributes::ARE_ALL) else {
        return Ok(false);
    };
    if attributes::links(&fs::symlink_metadata(&file.real)?) > 1 {
        return Ok(false);
    }
    let mut made = match made_private(new) {
        Ok(it) => it,
        Err(error) if error.kind() == ErrorKind::StorageFull => return Err(error),
        // Whoever takes the right to write from a whole folder means its files, too.
        Err(error) if new.parent().is_some_and(is_read_only) => return Err(error),
        Err(_) => return Ok(false),
    };
    made.write_all(bytes)?;
    let asked = file
        .mode
        .zip(has.mode())
        .map(|(it, has)| changed_mode(it, has));
    let wanted = has.clone().with_mode(asked);
    let given = wanted
        .give(new)
        .and_then(|()| attributes::has(new, &wanted));
    if !given.is_ok_and(|it| it) {
        return Ok(false);
    }
    made.sync_all()?;
    Ok(true)
}

fn is_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| it.permissions().readonly())
}

/// Whether writing a file in place would take nothing away that this user can't give back.
fn fits_in_place(file: &FilePatch) -> Result<(), Problem> {
    let mode = mode(&file.real).unwrap_or(0);
    // Who may set its permissions to what they are may set them afterwards, too.
    match attributes::is_setid(mode) && set_mode(&file.real, mode).is_err() {
        false => Ok(()),
        true => Err(Problem::new(
            Kind::Disk,
            "runs with the rights of its owner, which writing it takes away; change it as its owner or as root",
        )
        .of(&file.path)),
    }
}

fn made(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Until it has the permissions of the file that it stands for, nobody else may read it.
fn made_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a file other bytes, from the first to the last: at each moment it holds the new ones, then the old ones.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = super::open(path)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
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

/// So that names survive a power cut, too.
fn sync_folder(file: &Path) {
    if let Some(folder) = file.parent().filter(|_| cfg!(unix)) {
        let _ = File::open(folder).and_then(|it| it.sync_all());
    }
}
