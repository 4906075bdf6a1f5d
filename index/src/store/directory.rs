//! tantivy's files, each for its user alone.

use crate::private;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

/// tantivy's own directory, which leaves the permissions of new files to the umask. The folder is private before any file
/// is in it, so that a file which isn't narrowed yet can't be reached by others.
#[derive(Clone, Debug)]
pub(super) struct PrivateDirectory {
    folder: PathBuf,
    inner: MmapDirectory,
}

impl PrivateDirectory {
    /// The directory in a folder that exists.
    pub(super) fn open(folder: &Path) -> tantivy::Result<PrivateDirectory> {
        Ok(PrivateDirectory {
            folder: folder.to_owned(),
            inner: MmapDirectory::open(folder)?,
        })
    }

    /// Makes a file private, if it can be opened; makes it where it is missing.
    fn narrow(&self, path: &Path) -> io::Result<()> {
        private::open(&self.folder.join(path)).map(drop)
    }
}

/// A file that tantivy writes from its start to its end.
struct Output(File);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for Output {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.flush()?;
        // A commit names only files that are on the disk.
        self.0.sync_data()
    }
}

impl Directory for PrivateDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        // Narrowed afterwards, a file would stay open to others where the process ends in between.
        let made = private::create_new(&self.folder.join(path));
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(BufWriter::new(Box::new(Output(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        private::replace(&self.folder.join(path), data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.narrow(&lock.filepath)
            .map_err(LockError::wrap_io_error)?;
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
