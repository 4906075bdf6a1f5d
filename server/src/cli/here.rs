//! What a path on the command line means, for every command alike: as seen from the current folder first, else from the
//! project's root.
//!
//! A file that is there wins over one that is not. A new one is where more of its folders are: `src/new.rs` in the folder
//! that has a `src/`, in the current folder if both or neither have one.

use crate::cli::RootArgument;
use crate::display;
use anyhow::Context;
use hob_index::literal::Base;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The folder that the user is in, and the project.
#[derive(Clone, Debug)]
pub(super) struct Here {
    root: PathBuf,
    folder: PathBuf,
}

impl Here {
    /// In the project that the command works on.
    ///
    /// # Errors
    /// The root that was given is no folder, or the current folder is gone.
    pub(super) fn of(root: &RootArgument) -> anyhow::Result<Here> {
        Here::new(&root.resolve(Path::new("."))?)
    }

    /// In a project.
    ///
    /// # Errors
    /// The current folder is gone.
    pub(super) fn new(root: &Path) -> anyhow::Result<Here> {
        Ok(Here::seen_from(
            root,
            &std::env::current_dir().context("finding the current folder")?,
        ))
    }

    /// In a project, from one of its folders.
    pub(super) fn seen_from(root: &Path, folder: &Path) -> Here {
        // The same folder by the name that the root is known by: a link may be on the way.
        let by_root = || {
            let real = fs::canonicalize(folder).ok()?;
            let below = real.strip_prefix(fs::canonicalize(root).ok()?).ok()?;
            Some(root.join(below))
        };
        let folder = match folder.starts_with(root) {
            true => folder.to_owned(),
            false => by_root().unwrap_or_else(|| folder.to_owned()),
        };
        Here {
            root: root.to_owned(),
            folder,
        }
    }

    /// The folder that the user is in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether an absolute path is below the root.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    /// The same for paths in queries.
    pub(super) fn base(&self) -> Base<'_> {
        Base {
            root: &self.root,
            here: &self.folder,
        }
    }

    /// Where the file or folder is that a path names, or would be; absolute, without `.` and `..`.
    ///
    /// # Errors
    /// The path is empty.
    pub(super) fn find(&self, written: &Path) -> anyhow::Result<PathBuf> {
        let unified = written
            .to_str()
            .filter(|it| it.contains('\\'))
            .map(|it| it.replace('\\', "/"));
        let spellings = [Some(written), unified.as_deref().map(Path::new)];
        let spellings: Vec<&Path> = spellings.into_iter().flatten().collect();
        let there = |folder: &Path| -> Option<PathBuf> {
            let mut fulls = spellings.iter().map(|it| folder.join(it));
            fulls.find(|it| fs::symlink_metadata(it).is_ok())
        };
        let found = match (there(&self.folder), there(&self.root)) {
            // What is outside of the project is meant only if nothing in it is.
            (Some(here), Some(root)) if below(&absolute(&here)?, &self.root).is_none() => {
                Some(root)
            }
            (here, root) => here.or(root),
        };
        if let Some(found) = found {
            return absolute(&found);
        }
        let from_here = absolute(&self.folder.join(written))?;
        if written.is_absolute() || is_dotted(written) {
            return Ok(from_here);
        }
        let from_root = absolute(&self.root.join(written))?;
        let n_here = n_there(&self.folder, written);
        Ok(match n_there(&self.root, written) > n_here {
            true => from_root,
            false => from_here,
        })
    }

    /// The same, from the root and separated by `/`; `None`: outside of the project.
    ///
    /// # Errors
    /// As for [`Here::find`].
    pub(super) fn find_below(&self, written: &Path) -> anyhow::Result<Option<String>> {
        let full = self.find(written)?;
        Ok(below(&full, &self.root))
    }
}

/// A path from the current folder as an absolute one, without `.` and `..`.
///
/// # Errors
/// The path is empty, or the current folder is gone.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(path);
    let absolute = absolute.with_context(|| format!("finding {}", display::path(path)))?;
    let mut plain = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            it => plain.push(it),
        }
    }
    Ok(plain)
}

/// A path below the root, separated by `/`.
fn below(path: &Path, root: &Path) -> Option<String> {
    let joined = |relative: &Path| {
        let parts: Vec<_> = relative.iter().map(|it| it.to_string_lossy()).collect();
        parts.join("/")
    };
    if let Ok(relative) = path.strip_prefix(root) {
        return Some(joined(relative));
    }
    // By another name of the same folder: its links are resolved, those of the file are not.
    let folder = fs::canonicalize(path.parent()?).ok()?;
    let relative = folder.strip_prefix(fs::canonicalize(root).ok()?).ok()?;
    Some(joined(&relative.join(path.file_name()?)))
}

/// How many of the first folders of a path are there.
fn n_there(folder: &Path, path: &Path) -> usize {
    let parents: Vec<&Path> = path.ancestors().skip(1).collect();
    let folders = parents.iter().rev().filter(|it| !it.as_os_str().is_empty());
    folders.take_while(|it| folder.join(it).is_dir()).count()
}

fn is_dotted(path: &Path) -> bool {
    let first = path.components().next();
    matches!(first, Some(Component::CurDir | Component::ParentDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Here) {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("project");
        for path in [
            "src/a.py",
            "src/both.py",
            "app/src/both.py",
            "app/src/only here.py",
            "lib/x.py",
            "app/[id]/page.tsx",
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "").unwrap();
        }
        let here = Here::seen_from(&root, &root.join("app"));
        (folder, here)
    }

    #[test]
    fn what_is_in_the_current_folder_comes_first_then_what_is_at_the_root() {
        let (_folder, here) = project();
        let absolute = here.root.join("src/a.py");
        for (written, expected) in [
            ("src/a.py", "src/a.py"),
            ("src/both.py", "app/src/both.py"),
            ("./src/both.py", "app/src/both.py"),
            ("../src/both.py", "src/both.py"),
            ("./src/a.py", "src/a.py"),
            ("src\\both.py", "app/src/both.py"),
            ("src\\a.py", "src/a.py"),
            ("src/only here.py", "app/src/only here.py"),
            ("app/src/both.py", "app/src/both.py"),
            ("[id]/page.tsx", "app/[id]/page.tsx"),
            ("lib", "lib"),
            (absolute.to_str().unwrap(), "src/a.py"),
            // New ones.
            ("src/new.py", "app/src/new.py"),
            ("lib/new.py", "lib/new.py"),
            ("lib/deep/new.py", "lib/deep/new.py"),
            ("new.py", "app/new.py"),
            ("no/new.py", "app/no/new.py"),
            ("./lib/new.py", "app/lib/new.py"),
            ("../lib/new.py", "lib/new.py"),
        ] {
            let found = here.find_below(Path::new(written)).unwrap();
            assert_eq!(found.as_deref(), Some(expected), "{written}");
        }
        for outside in ["../../x.py", "/no/such/x.py"] {
            assert_eq!(here.find_below(Path::new(outside)).unwrap(), None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_project_is_the_project() {
        let (folder, here) = project();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&here.root, &link).unwrap();
        let seen = Here::seen_from(&here.root, &link.join("app"));
        assert_eq!(seen.folder, here.folder);
        let found = seen.find_below(&link.join("src/a.py")).unwrap();
        assert_eq!(found.as_deref(), Some("src/a.py"));
    }
}
