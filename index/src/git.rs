//! Which Git folder a working tree has, as far as both sides say so.
//!
//! `.git` may be a file or a link that names a folder anywhere. Nothing stops a project from naming the repository next
//! to it, whose history then would be shown as its own. So a folder outside of `.git` counts only where it points back at
//! the tree, as Git makes it: a worktree's folder by its file `gitdir`, a submodule's by `core.worktree`.

mod nested;

pub(crate) use nested::{Nested, nested};

use crate::reader::{is_absence, read_below};
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Git's own little files are a path long; in bytes.
const LONGEST_PATH: u64 = 8 << 10;
/// No configuration that a person or Git writes is larger; in bytes.
const LARGEST_CONFIG: u64 = 1_000_000;
/// So many files of a Git folder are looked at for links; repositories with more loose objects are repacked by Git.
const MOST_ENTRIES: usize = 300_000;

/// The Git folder of a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// The tree's own: with its `HEAD` and its index. Absolute, without links.
    pub own: PathBuf,
    /// What all worktrees share: configuration, objects, `info/exclude`. Absolute, without links.
    pub common: PathBuf,
}

/// Why a tree has no Git folder that may be looked into. Displays as a sentence's end, after "`.git` in FOLDER".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// There is no `.git`.
    #[error("doesn't exist")]
    Missing,
    /// A link out of the project.
    #[error("is a link that leads out of the project")]
    Link,
    /// A file that names another tree's folder, or none.
    #[error(
        "names a Git folder that doesn't point back at this one (`git worktree repair` mends a worktree that was moved; a separate Git folder needs `core.worktree`)"
    )]
    Foreign,
    /// A folder that takes objects and settings of another one.
    #[error("takes its objects from another repository")]
    Common,
    /// Parts of the folder are links that lead out of it.
    #[error("has links in it that lead out of it")]
    Links,
}

impl Git {
    /// The Git folder of the working tree `tree`, the folder that holds `.git`.
    ///
    /// # Errors
    /// There is none, or it is not proven to be this tree's.
    pub fn of(tree: &Path) -> Result<Git, Unproven> {
        let tree = fs::canonicalize(tree).map_err(|_| Unproven::Missing)?;
        let git = tree.join(".git");
        let metadata = fs::symlink_metadata(&git).map_err(|_| Unproven::Missing)?;
        let real = fs::canonicalize(&git).map_err(|_| Unproven::Link)?;
        if metadata.is_symlink() && !real.starts_with(&tree) {
            return Err(Unproven::Link);
        }
        if real.is_dir() {
            return Git::alone(real);
        }
        let text = path_in(&tree, &real).ok_or(Unproven::Foreign)?;
        let named = text.strip_prefix("gitdir:").ok_or(Unproven::Foreign)?;
        let own = fs::canonicalize(tree.join(named.trim())).map_err(|_| Unproven::Foreign)?;
        if let Some(back) = path_in(&own, &own.join("gitdir")) {
            return Git::of_worktree(own, &back, &tree);
        }
        // `config.worktree` is the stronger one, where Git was told to write it.
        let points_back = ["config.worktree", "config"].iter().find_map(|name| {
            let config = read_below(&own, &own.join(name), LARGEST_CONFIG).ok()?;
            let back = worktree_in(&String::from_utf8_lossy(&config))?;
            Some(fs::canonicalize(own.join(back)).is_ok_and(|it| it == tree))
        });
        match points_back {
            Some(true) => Git::alone(own),
            _ => Err(Unproven::Foreign),
        }
    }

    /// A folder that is complete by itself.
    fn alone(own: PathBuf) -> Result<Git, Unproven> {
        // With this file Git takes everything but `HEAD` and the index from elsewhere.
        match fs::symlink_metadata(own.join("commondir")) {
            Err(error) if is_absence(&error) => Ok(Git {
                common: own.clone(),
                own,
            }),
            _ => Err(Unproven::Common),
        }
    }

    /// The folder of a worktree, `REPOSITORY/worktrees/NAME`, whose file `gitdir` says `back`.
    fn of_worktree(own: PathBuf, back: &str, tree: &Path) -> Result<Git, Unproven> {
        let back = own.join(back);
        let is_back = back.file_name().is_some_and(|it| it == ".git")
            && back
                .parent()
                .and_then(|it| fs::canonicalize(it).ok())
                .as_deref()
                == Some(tree);
        if !is_back {
            return Err(Unproven::Foreign);
        }
        let common = path_in(&own, &own.join("commondir")).ok_or(Unproven::Common)?;
        let common = fs::canonicalize(own.join(common)).map_err(|_| Unproven::Common)?;
        match own.parent() == Some(&common.join("worktrees")) {
            true => Ok(Git { own, common }),
            false => Err(Unproven::Common),
        }
    }

    /// Git's configuration of the repository; `None`: it has none that can be read.
    pub fn config(&self) -> Option<String> {
        let config = read_below(&self.common, &self.common.join("config"), LARGEST_CONFIG).ok()?;
        Some(String::from_utf8_lossy(&config).into_owned())
    }

    /// Looks at what Git reads of a repository's folder for its history.
    ///
    /// # Errors
    /// Some of it is a link that leads out of the folder, or there is too much to look at.
    pub fn check_links(&self) -> Result<(), Unproven> {
        let mut left = MOST_ENTRIES;
        let mut check = |folder: &Path, depth: usize| {
            for entry in WalkDir::new(folder).max_depth(depth).into_iter().flatten() {
                left = left.checked_sub(1).ok_or(Unproven::Links)?;
                if !entry.path_is_symlink() {
                    continue;
                }
                match fs::canonicalize(entry.path()) {
                    Ok(it) if !it.starts_with(&self.own) && !it.starts_with(&self.common) => {
                        return Err(Unproven::Links);
                    }
                    // One that leads nowhere gives nothing away.
                    _ => {}
                }
            }
            Ok(())
        };
        check(&self.own, 1)?;
        if self.own != self.common {
            check(&self.own.join("refs"), usize::MAX)?;
            check(&self.common, 1)?;
        }
        for name in ["refs", "reftable", "objects", "info"] {
            check(&self.common.join(name), usize::MAX)?;
        }
        Ok(())
    }
}

/// The one path that a little file of Git's holds.
fn path_in(base: &Path, file: &Path) -> Option<String> {
    let bytes = read_below(base, file, LONGEST_PATH).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let path = text.trim_end_matches(['\n', '\r']);
    (!path.is_empty() && !path.contains(['\n', '\0'])).then(|| path.to_owned())
}

/// `core.worktree` of a configuration.
fn worktree_in(config: &str) -> Option<String> {
    value_in(config, "core", "worktree")
}

/// A value of a configuration; the last one counts.
fn value_in(config: &str, section: &str, key: &str) -> Option<String> {
    let mut is_section = false;
    let mut found = None;
    for line in config.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or("").trim();
            is_section = header.eq_ignore_ascii_case(section);
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let name = name.rsplit(']').next().unwrap_or(name).trim();
        if is_section && name.eq_ignore_ascii_case(key) {
            let value = value.trim().trim_matches('"');
            found = Some(value.replace("\\\\", "\\").replace("\\\"", "\""));
        }
    }
    found
}

#[cfg(test)]
mod tests;
