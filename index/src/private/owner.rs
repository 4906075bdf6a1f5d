//! Whom a file belongs to, and permissions as Unix has them.

use std::fs::Metadata;

/// The number of the user that a file belongs to; `None` where the system has no such numbers.
pub fn owner(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::MetadataExt::uid(metadata));
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// Whether a file is neither this user's nor the system's: somebody else decides what it says. Always `false` on Windows.
pub fn is_other_s(metadata: &Metadata) -> bool {
    owner(metadata).is_some_and(|it| it != 0) && !is_own_project(metadata)
}

/// Whether a file of a project belongs to this user, or to the user who called `sudo`, as Git counts it
/// (`safe.directory`). Always `true` on Windows.
pub fn is_own_project(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        let caller = std::env::var("SUDO_UID").ok();
        unix::is_of(owner(metadata), unix::this_user(), caller.as_deref())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        true
    }
}

#[cfg(unix)]
pub(super) use unix::{adopt, adopt_file, check_unshared, narrow, restrict, set_mode};

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    /// The permissions of everybody but the owner.
    const OTHERS: u32 = 0o077;

    /// The user whose rights this process has.
    pub(super) fn this_user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    pub(super) fn is_of(owner: Option<u32>, user: u32, sudo_caller: Option<&str>) -> bool {
        // Only root may be called by somebody: to any other user, the variable is what somebody has set.
        let caller = sudo_caller
            .filter(|_| user == 0)
            .and_then(|it| it.parse().ok());
        owner == Some(user) || (owner.is_some() && owner == caller)
    }

    fn refused(path: &Path, message: &str) -> io::Error {
        let message = format!("{} {message}", path.display());
        io::Error::new(io::ErrorKind::PermissionDenied, message)
    }

    fn others(path: &Path, owner: u32) -> io::Error {
        let message = format!(
            "belongs to another user (number {owner}), so nothing is kept in or read from it"
        );
        refused(path, &message)
    }

    /// Narrows a folder that is this user's own; whether it was wider.
    pub(in super::super) fn adopt(folder: &Path) -> io::Result<bool> {
        let user = this_user();
        let placed = fs::symlink_metadata(folder)?;
        let mut real = folder.to_owned();
        if placed.is_symlink() {
            // The user may keep a folder elsewhere; another user may not choose where.
            if placed.uid() != 0 && placed.uid() != user {
                let message = format!(
                    "is a link that belongs to another user (number {}), so it is not followed",
                    placed.uid()
                );
                return Err(refused(folder, &message));
            }
            real = fs::canonicalize(folder)?;
        }
        let metadata = fs::symlink_metadata(&real)?;
        if !metadata.is_dir() {
            return Err(refused(&real, "is no folder"));
        }
        if metadata.uid() != user {
            return Err(others(&real, metadata.uid()));
        }
        // Whoever owns the folder above, or a link to it, can put another one in this one's place at any time.
        for above in [folder, &real].into_iter().filter_map(|it| it.parent()) {
            for it in [fs::symlink_metadata(above), fs::metadata(above)] {
                if let Ok(it) = it
                    && it.uid() != 0
                    && it.uid() != user
                {
                    return Err(others(above, it.uid()));
                }
            }
        }
        narrow(&real, &metadata)
    }

    /// Takes the permissions of others from a file or folder of this user; whether there were any.
    pub(in super::super) fn narrow(path: &Path, metadata: &Metadata) -> io::Result<bool> {
        let mode = metadata.mode() & 0o7777;
        if mode & OTHERS == 0 || metadata.uid() != this_user() {
            return Ok(false);
        }
        if let Err(error) = set_mode(path, mode & !OTHERS) {
            // A file system without permissions (FAT, some shares) has others' access settled when it is mounted.
            tracing::warn!(path = %path.display(), %error, "can't be made private");
        }
        Ok(true)
    }

    pub(in super::super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    /// A new file is for its user alone; a link is not followed, and a pipe is not waited for.
    pub(in super::super) fn restrict(options: &mut OpenOptions) {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        // The bits of flags are those of C's `int`.
        options.mode(0o600).custom_flags(flags.cast_signed());
    }

    /// Refuses a file that was opened and that others may write.
    pub(in super::super) fn check_unshared(path: &Path, file: &File) -> io::Result<()> {
        match file.metadata()?.mode() & 0o022 {
            0 => Ok(()),
            _ => Err(refused(
                path,
                "can be written by others, so it is not believed",
            )),
        }
    }

    /// Checks and narrows a file that was opened.
    pub(in super::super) fn adopt_file(path: &Path, file: &File) -> io::Result<()> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(refused(path, "is no plain file"));
        }
        if metadata.uid() != this_user() {
            return Err(others(path, metadata.uid()));
        }
        if metadata.mode() & 0o777 != 0o600
            && let Err(error) = file.set_permissions(Permissions::from_mode(0o600))
        {
            tracing::warn!(path = %path.display(), %error, "can't be made private");
        }
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::is_of;

        #[test]
        fn root_under_sudo_counts_as_whoever_called_it() {
            assert!(is_of(Some(1000), 1000, None));
            assert!(!is_of(Some(1001), 1000, None));
            assert!(
                !is_of(Some(0), 1000, None),
                "root's files are not the user's"
            );
            assert!(is_of(Some(1000), 0, Some("1000")));
            assert!(is_of(Some(0), 0, Some("1000")));
            assert!(!is_of(Some(1000), 0, None));
            for sudo in ["", "-1", "1000x", "99999999999"] {
                assert!(!is_of(Some(1000), 0, Some(sudo)), "{sudo}");
            }
            assert!(!is_of(Some(1000), 1001, Some("1000")), "a variable alone");
        }
    }
}
