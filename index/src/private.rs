//! Hob's own folders and files (cache, state, configuration): for their user alone.
//!
//! They hold the user's code, questions and answers, so no other user of the machine may read them, and nothing that
//! another user has put in their place is used. All of Hob's own files are made here (a test looks for others); files
//! of the user's project keep the permissions that the project gives them and are none of this module's business.
//!
//! Unix: folders get the mode 0700 and files 0600, whatever the umask says. Wider ones, as earlier versions made them,
//! are narrowed when they are opened. A folder, a file or a link that belongs to another user is refused.
//! Windows: Hob's folders lie in the user's profile, whose inherited access lists already keep other users out. Nothing
//! is set or checked there, so a folder elsewhere (by `XDG_CACHE_HOME`, say) is as private as the place it lies in.

mod owner;

pub use owner::{is_other_s, is_own_project, owner};

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// Hob's folders are not nested deeper than this; the rest of a deeper tree is left as it is.
const DEEPEST: usize = 16;

/// Makes the folder `folder`, which is `top` or lies below it, for this user alone. `top` is the outermost folder that
/// is Hob's own (`~/.cache/hob`): folders above it are made where they are missing, and else left as they are.
///
/// # Errors
/// The folder can't be made; or it, or one on the way from `top`, is not this user's own.
pub fn create_dir(top: &Path, folder: &Path) -> io::Result<()> {
    if let Some(above) = top.parent() {
        make(above)?;
    }
    let mut level = top.to_owned();
    make(&level)?;
    adopt(&level)?;
    for name in folder.strip_prefix(top).into_iter().flatten() {
        level.push(name);
        make(&level)?;
        adopt(&level)?;
    }
    Ok(())
}

/// Takes over a folder of Hob's own that exists: it is narrowed if others could enter it, with everything below.
///
/// # Errors
/// It doesn't exist, or is not this user's own.
pub fn adopt(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if owner::adopt(folder)? {
        narrow(folder);
    }
    #[cfg(not(unix))]
    fs::read_dir(folder)?;
    Ok(())
}

/// Narrows every file and folder below a folder of Hob's own. Links are not followed; what belongs to another user, and
/// what a file system without permissions can't narrow, stays as it is: the folder above protects it.
pub fn narrow(folder: &Path) {
    #[cfg(unix)]
    narrow_to(folder, DEEPEST);
    #[cfg(not(unix))]
    let _ = (folder, DEEPEST);
}

#[cfg(unix)]
fn narrow_to(folder: &Path, levels: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Not through a link.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_symlink() {
            continue;
        }
        let _ = owner::narrow(&entry.path(), &metadata);
        if metadata.is_dir() && levels > 0 {
            narrow_to(&entry.path(), levels - 1);
        }
    }
}

/// A missing folder, and those missing above it. An existing one is left as it is.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        // By another process, or it is a link to nowhere, which is refused when it is opened.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => {
            // A umask may have taken from its owner, too.
            #[cfg(unix)]
            owner::set_mode(folder, 0o700)?;
            Ok(())
        }
    }
}

/// Opens a file for reading and writing, and makes it where it is missing: for locks, and for files that are changed in
/// place.
///
/// # Errors
/// It can't be opened, is no plain file, or is not this user's own.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    opened(path, options.read(true).write(true).create(true))
}

/// Opens a file for writing, empty: one that was there is emptied.
///
/// # Errors
/// As for [`open`].
pub fn create(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    // Only now that it is known to be this user's own.
    file.set_len(0)?;
    Ok(file)
}

/// Makes a file that doesn't exist yet.
///
/// # Errors
/// As for [`open`]; [`io::ErrorKind::AlreadyExists`]: something is there, if only a link.
pub fn create_new(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().write(true).create_new(true))
}

/// Puts a file with these bytes in the place of the one that is there, in one step: whoever reads sees the old or the new
/// bytes. A link is replaced, not followed.
///
/// # Errors
/// There is no room or no permission for it; then the old file is still there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Made for this user alone under a name that nobody can guess, and removed again if anything fails.
    let mut new = tempfile::Builder::new()
        .prefix(".hob-")
        .tempfile_in(folder)?;
    #[cfg(unix)]
    owner::set_mode(new.path(), 0o600)?;
    new.write_all(bytes)?;
    // Else, after a power failure, the new name may stand for an empty file.
    new.as_file().sync_data()?;
    new.persist(path).map_err(|it| it.error)?;
    Ok(())
}

/// Reads a file of Hob's own.
///
/// # Errors
/// As for [`open`]; [`io::ErrorKind::NotFound`]: there is none.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    opened(path, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file of Hob's own that decides what is allowed: as [`read`], but one that others could write is not believed,
/// and stays as it is, for narrowing it now doesn't take back what they may have written.
///
/// # Errors
/// As for [`open`]; [`io::ErrorKind::PermissionDenied`]: others could write it.
pub fn read_decisive(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    owner::restrict(&mut options);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        owner::check_unshared(path, &file)?;
        owner::adopt_file(path, &file)?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens as the options say, but never through a link at `path`, and nothing that is another user's.
fn opened(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        owner::restrict(options);
        let file = options.open(path)?;
        owner::adopt_file(path, &file)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

#[cfg(test)]
mod tests;
