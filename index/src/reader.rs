//! The one way to a file's content in a project that somebody else wrote.
//!
//! A repository may hold anything under any name: links to `/dev/zero` or to `~/.ssh`, pipes that nobody writes to, files
//! of gigabytes, files that grow while they are read. So no file of a project is opened by its name alone: only ordinary
//! files are opened, without waiting; what was *opened* must be below the root, not what was asked for; no more is read
//! than the caller wants; and a file whose name, or whose real name behind a link, may belong to a secret is not read.

use crate::secret;
use crate::walk::Skip;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Names that Windows keeps for devices, in any folder and with any extension.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Why a file is not read. Displays as the rest of a sentence that begins with the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is nothing of this name.
    #[error("doesn't exist")]
    Missing,
    /// A folder.
    #[error("is a folder")]
    Folder,
    /// A pipe, a socket or a device.
    #[error("is no ordinary file")]
    NotOrdinary,
    /// A link to something that doesn't exist.
    #[error("is a link that leads nowhere")]
    DeadLink,
    /// What would be read is not below the root: a link is on the way.
    #[error("is a link that leads out of the project")]
    Outside,
    /// What would be read belongs to Git itself.
    #[error("belongs to Git itself")]
    Git,
    /// By its name, or by the name of what it links to, it may hold secrets.
    #[error("may hold secrets by its name, and such files are neither read nor sent")]
    Secret,
    /// It has more than this many bytes.
    #[error("is larger than {}", size(*.0))]
    TooLarge(u64),
    /// The system says no.
    #[error("can't be read: {0}")]
    Unreadable(io::Error),
}

impl From<Refusal> for Skip {
    fn from(refusal: Refusal) -> Skip {
        match refusal {
            Refusal::Secret => Skip::Secret,
            Refusal::TooLarge(_) => Skip::TooLarge,
            _ => Skip::Unreadable,
        }
    }
}

/// A file's content, and which file it is.
#[derive(Debug)]
pub struct Content {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Where it really is: absolute, without links.
    pub real: PathBuf,
}

/// Reads the files of one project.
#[derive(Clone, Debug)]
pub struct Reader {
    root: PathBuf,
    /// The root without links; `None`: it doesn't exist, so nothing in it does.
    real: Option<PathBuf>,
}

impl Reader {
    /// For the files below `root`.
    pub fn new(root: &Path) -> Reader {
        Reader {
            root: root.to_owned(),
            real: fs::canonicalize(root).ok(),
        }
    }

    /// The root, absolute and without links; `None`: it doesn't exist.
    pub fn real(&self) -> Option<&Path> {
        self.real.as_deref()
    }

    /// The content of a file, absolute or relative to the root, of at most `most` bytes.
    ///
    /// # Errors
    /// It doesn't exist, is no ordinary file, is not below the root (links resolved), belongs to Git, may hold secrets,
    /// is larger, or can't be read.
    pub fn read(&self, path: &Path, most: u64) -> Result<Content, Refusal> {
        let (opened, real) = self.open(path)?;
        let bytes = opened.read(most)?;
        Ok(Content { bytes, real })
    }

    /// The first bytes of a file, `most` of them if it has so many.
    ///
    /// # Errors
    /// As [`Reader::read`], but for the size.
    pub fn read_start(&self, path: &Path, most: u64) -> Result<Content, Refusal> {
        let (opened, real) = self.open(path)?;
        let bytes = opened.read_start(most)?;
        Ok(Content { bytes, real })
    }

    fn open(&self, path: &Path) -> Result<(Opened, PathBuf), Refusal> {
        let path = self.root.join(path);
        let Some(root) = &self.real else {
            return Err(Refusal::Missing);
        };
        if is_secret_name(&path) {
            // Not even opened. That it is missing may be said.
            return Err(match fs::symlink_metadata(&path) {
                Err(error) if is_absence(&error) => Refusal::Missing,
                _ => Refusal::Secret,
            });
        }
        let opened = open(&path, Pipes::Refused)?;
        let real = opened.below(root, &path)?;
        let below = real.strip_prefix(root).unwrap_or(&real);
        if below.components().any(is_git) {
            return Err(Refusal::Git);
        }
        match is_secret_name(&real) {
            true => Err(Refusal::Secret),
            false => Ok((opened, real)),
        }
    }
}

/// The content of a file below `base`, a folder without links in its path, of at most `most` bytes. Names are not judged:
/// this is for what Git and Hob keep for themselves.
pub(crate) fn read_below(base: &Path, path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    let opened = open(path, Pipes::Refused)?;
    opened.below(base, path)?;
    opened.read(most)
}

/// The content of a file that the user's own settings name, wherever it is, of at most `most` bytes: a configuration, a
/// key. Its name is not judged.
///
/// # Errors
/// It doesn't exist, is no ordinary file, is larger, or can't be read.
pub fn read_own(path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    open(path, Pipes::Refused)?.read(most)
}

/// As [`read_own`], of what the user names on the command line; a pipe may be named, too, as in `hob apply <(pbpaste)`,
/// and is waited for.
///
/// # Errors
/// As [`read_own`].
pub fn read_given(path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    open(path, Pipes::Allowed)?.read(most)
}

/// Whether a file may hold secrets by its name, or by the name of what it links to. The file need not exist.
pub fn is_secret(path: &Path) -> bool {
    is_secret_name(path) || fs::canonicalize(path).is_ok_and(|it| is_secret_name(&it))
}

/// Whether a text holds what nobody else may see, judged by its content.
pub fn holds_secret(text: &str) -> bool {
    secret::holds_key(text)
}

/// The judge of names, for everything that is read through here.
fn is_secret_name(path: &Path) -> bool {
    secret::is_secret(path)
}

/// Whether some system takes this part of a path for Git's folder.
pub(crate) fn is_git(part: Component<'_>) -> bool {
    part.as_os_str().eq_ignore_ascii_case(".git")
}

/// Whether an error says that there is no such file: also below something that is no folder.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a pipe will do for a file.
#[derive(Clone, Copy, PartialEq)]
enum Pipes {
    Allowed,
    Refused,
}

/// An ordinary file, open.
struct Opened {
    file: File,
    metadata: Metadata,
}

/// Opens an ordinary file. What it is, is asked twice: by its name, for opening a device or a pipe can have effects of its
/// own, and of what was opened, for another file may have taken the name in between.
fn open(path: &Path, pipes: Pipes) -> Result<Opened, Refusal> {
    if cfg!(windows) && is_device(path) {
        return Err(Refusal::NotOrdinary);
    }
    let fits = |it: &Metadata| match it.is_file() || (pipes == Pipes::Allowed && is_pipe(it)) {
        true => Ok(()),
        false if it.is_dir() => Err(Refusal::Folder),
        false => Err(Refusal::NotOrdinary),
    };
    let named = fs::metadata(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(it) if it.is_symlink() && is_absence(&error) => Refusal::DeadLink,
        _ if is_absence(&error) => Refusal::Missing,
        _ => Refusal::Unreadable(error),
    })?;
    fits(&named)?;
    let file = if is_pipe(&named) {
        File::open(path)
    } else {
        open_at_once(path)
    }
    .map_err(|error| match is_absence(&error) {
        true => Refusal::Missing,
        false => Refusal::Unreadable(error),
    })?;
    let metadata = file.metadata().map_err(Refusal::Unreadable)?;
    fits(&metadata)?;
    // A pipe that took a file's name was opened without waiting, and would seem to be empty.
    if is_pipe(&metadata) != is_pipe(&named) {
        return Err(Refusal::NotOrdinary);
    }
    Ok(Opened { file, metadata })
}

/// Opens a file without waiting for whoever writes to it, should it be a pipe by now.
fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    options.open(path)
}

impl Opened {
    /// Where the file really is, if that is below `base`, a folder without links in its path.
    fn below(&self, base: &Path, path: &Path) -> Result<PathBuf, Refusal> {
        if let Some(real) = self.place().filter(|it| it.starts_with(base)) {
            return Ok(real);
        }
        let real = fs::canonicalize(path).map_err(Refusal::Unreadable)?;
        match real.starts_with(base) && self.is_at(&real) {
            true => Ok(real),
            false => Err(Refusal::Outside),
        }
    }

    /// Where the system says that the file is.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn place(&self) -> Option<PathBuf> {
        use std::os::fd::AsRawFd;
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let place = fs::read_link(format!("/proc/self/fd/{}", self.file.as_raw_fd())).ok()?;
        // The name of a file that was replaced or deleted in between has a mark, which is no part of it. Unless a file is
        // called so.
        match place.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
            Some(name) if !self.is_at(&place) => {
                Some(PathBuf::from(std::ffi::OsString::from_vec(name.to_vec())))
            }
            _ => Some(place),
        }
    }

    /// Where the system says that the file is: it doesn't.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn place(&self) -> Option<PathBuf> {
        None
    }

    /// Whether the file at `real` is this one, and no link.
    #[cfg(unix)]
    fn is_at(&self, real: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        fs::symlink_metadata(real)
            .is_ok_and(|it| (it.dev(), it.ino()) == (self.metadata.dev(), self.metadata.ino()))
    }

    /// Whether the file at `real` is this one, and no link. The standard library can't tell one file from another here,
    /// so size and time have to do.
    #[cfg(not(unix))]
    fn is_at(&self, real: &Path) -> bool {
        fs::symlink_metadata(real).is_ok_and(|it| {
            it.is_file()
                && it.len() == self.metadata.len()
                && it.modified().ok() == self.metadata.modified().ok()
        })
    }

    fn read(self, most: u64) -> Result<Vec<u8>, Refusal> {
        if self.metadata.len() > most {
            return Err(Refusal::TooLarge(most));
        }
        // One more: the file may grow while it is read, and some have no size at all.
        let bytes = self.read_start(most.saturating_add(1))?;
        match bytes.len() as u64 > most {
            true => Err(Refusal::TooLarge(most)),
            false => Ok(bytes),
        }
    }

    fn read_start(self, most: u64) -> Result<Vec<u8>, Refusal> {
        let expected = self.metadata.len().saturating_add(1).min(most);
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let read = self.file.take(most).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(Refusal::Unreadable)
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Whether Windows takes a path for a device, or for something else than the file that it names: `NUL`, `com1.txt`,
/// `\\.\pipe\x`, the stream `a.txt:b`.
fn is_device(path: &Path) -> bool {
    let text = path.to_string_lossy();
    if text.starts_with(r"\\.\") || text.starts_with("//./") {
        return true;
    }
    path.components().any(|part| {
        let Component::Normal(part) = part else {
            return false;
        };
        let part = part.to_string_lossy().to_lowercase();
        let stem = part.split(['.', ':']).next().unwrap_or("").trim_end();
        let is_port = ["com", "lpt"].iter().any(|it| {
            let mut rest = stem.strip_prefix(it).unwrap_or("").chars();
            let digit = rest.next().is_some_and(|it| "0123456789¹²³".contains(it));
            digit && rest.next().is_none()
        });
        part.contains(':') || is_port || DEVICES.contains(&stem)
    })
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests;
