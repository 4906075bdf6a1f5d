//! What a file is besides its bytes: its owner and group, its permissions, and its extended attributes, which on Linux
//! hold access lists and security labels, too.
//!
//! Only on Linux are these all that there is. Elsewhere access lists and file flags lie beside them, which nothing here
//! can copy, so [`ARE_ALL`] is `false` there and files are written in place.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Whether a file with the same attributes is the same to everybody.
pub(super) const ARE_ALL: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Attributes that are about the bytes of one file, or that the system gives by itself.
#[cfg(unix)]
const ITS_OWN: [&str; 3] = ["security.ima", "security.evm", "com.apple.provenance"];

/// The attributes of one file. Empty where the system has none of the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The permissions, with the bits for setuid, setgid and sticky.
    mode: Option<u32>,
    /// The numbers of user and group.
    owner: Option<(u32, u32)>,
    /// Names and values, in the order of the names.
    extended: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Attributes {
    /// These attributes with other permissions.
    pub(super) fn with_mode(self, mode: Option<u32>) -> Attributes {
        Attributes {
            mode: mode.or(self.mode),
            ..self
        }
    }

    /// The permissions, where the system has some.
    pub(super) fn mode(&self) -> Option<u32> {
        self.mode
    }
}

#[cfg(unix)]
mod unix {
    use super::{Attributes, ITS_OWN};
    use std::ffi::OsString;
    use std::fs::{self, Metadata, Permissions};
    use std::io;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::path::Path;

    impl Attributes {
        /// The attributes of a file; a link's own.
        ///
        /// # Errors
        /// Some can't be read.
        pub(in super::super) fn of(path: &Path) -> io::Result<Attributes> {
            let metadata = fs::symlink_metadata(path)?;
            let mut extended = extended(path)?;
            extended.sort();
            Ok(Attributes {
                mode: Some(metadata.mode() & 0o7777),
                owner: Some((metadata.uid(), metadata.gid())),
                extended,
            })
        }

        /// Gives a file these attributes, as far as this user may.
        ///
        /// # Errors
        /// The first that it can't be given; others may be set.
        pub(in super::super) fn give(&self, path: &Path) -> io::Result<()> {
            let has = Attributes::of(path)?;
            if let Some((user, group)) = self.owner.filter(|it| Some(*it) != has.owner) {
                chown(path, Some(user), Some(group))?;
            }
            for (name, _) in &has.extended {
                if !self.extended.iter().any(|it| it.0 == *name) {
                    xattr::remove(path, OsString::from_vec(name.clone()))?;
                }
            }
            for it in self.extended.iter().filter(|it| !has.extended.contains(it)) {
                xattr::set(path, OsString::from_vec(it.0.clone()), &it.1)?;
            }
            // Last: a new owner takes some permissions away.
            if let Some(mode) = self.mode {
                fs::set_permissions(path, Permissions::from_mode(mode))?;
            }
            Ok(())
        }
    }

    fn extended(path: &Path) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let names = match xattr::list(path) {
            Ok(it) => it,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut all = Vec::new();
        for name in names.filter(|it| !ITS_OWN.iter().any(|own| it.as_bytes() == own.as_bytes())) {
            // What is gone in between is none.
            if let Some(value) = xattr::get(path, &name)? {
                all.push((name.into_vec(), value));
            }
        }
        Ok(all)
    }

    /// How many names a file has.
    pub(in super::super) fn links(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    /// Gives what was made in a folder to the folder's owner, where this user may do that: only root may, and in a
    /// container root works in a folder of the user outside, who else couldn't write the new file.
    pub(in super::super) fn adopt(made: &Path, folder: &Path) {
        if let (Ok(has), Ok(above)) = (fs::symlink_metadata(made), fs::metadata(folder))
            && has.uid() != above.uid()
        {
            let _ = chown(made, Some(above.uid()), Some(above.gid()));
        }
    }

    /// Whether a file runs with the rights of its owner or group, which writing it takes away from all but them and root.
    pub(in super::super) fn is_setid(mode: u32) -> bool {
        mode & 0o6000 != 0
    }
}

#[cfg(unix)]
pub(super) use unix::{adopt, is_setid, links};

#[cfg(not(unix))]
impl Attributes {
    /// The attributes of a file.
    ///
    /// # Errors
    /// None here.
    pub(super) fn of(_: &Path) -> io::Result<Attributes> {
        Ok(Attributes::default())
    }

    /// Gives a file these attributes: none here.
    ///
    /// # Errors
    /// None here.
    pub(super) fn give(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// How many names a file has, as far as the standard library tells.
#[cfg(not(unix))]
pub(super) fn links(_: &std::fs::Metadata) -> u64 {
    1
}

/// Folders hand down their access lists here.
#[cfg(not(unix))]
pub(super) fn adopt(_: &Path, _: &Path) {}

/// No file runs with other rights here.
#[cfg(not(unix))]
pub(super) fn is_setid(_: u32) -> bool {
    false
}

/// Whether a file has exactly these attributes.
pub(super) fn has(path: &Path, wanted: &Attributes) -> io::Result<bool> {
    Ok(Attributes::of(path)? == *wanted)
}
