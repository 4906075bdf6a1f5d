//! Folders in a project that are checkouts of their own: worktrees, and repositories that are no submodules.
//!
//! To Git their files are no part of the tree that they stand in. A worktree holds the same code once more, so that each
//! of its files would be found twice. Submodules are part of the tree, and so are repositories that it tracks without
//! listing them.

use super::{Git, path_in};
use crate::reader::{Reader, read_below};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// No list of submodules is larger; in bytes.
const LARGEST_LIST: u64 = 1_000_000;
/// No list of tracked files is larger, that of a repository with a million files included; in bytes.
const LARGEST_INDEX: u64 = 200_000_000;
/// The mode of a commit of another repository in the list of tracked files.
const GITLINK: [u8; 4] = 0o160_000_u32.to_be_bytes();

/// A checkout of its own within a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Another working tree of a repository, as `git worktree add` makes it.
    Worktree,
    /// A repository that is no submodule of the one that it is in.
    Repository,
}

/// What a folder below `root` is if it is no part of the project, judged by the `.git` in it.
///
/// A root without `.git` is a folder of projects: repositories in it are part of it, and so are worktrees, unless the
/// checkout that they belong to is below the root, too. So is a root whose repository has no checkout of its own.
pub(crate) fn nested(root: &Path, folder: &Path) -> Option<Nested> {
    let metadata = fs::symlink_metadata(folder.join(".git")).ok()?;
    let outer = outer(root, folder);
    if metadata.is_file() {
        let leads_to = gitdir(folder)?;
        if is_worktree(&leads_to) {
            let is_copy =
                outer.is_some() || main_checkout(&leads_to).is_some_and(|it| is_below(&it, root));
            return is_copy.then_some(Nested::Worktree);
        }
        if is_submodule(&leads_to) {
            return None;
        }
    } else if !folder.join(".git").join("HEAD").is_file() {
        // An empty `.git` is no repository, to Git as well.
        return None;
    }
    let outer = outer?;
    let listed = folder.strip_prefix(&outer).ok()?;
    let is_part = submodules(&outer).iter().any(|it| it == listed) || is_tracked(&outer, listed);
    (!is_part).then_some(Nested::Repository)
}

/// The innermost folder above `folder`, down from `root`, that is the checkout of a repository.
fn outer(root: &Path, folder: &Path) -> Option<PathBuf> {
    let mut above = folder
        .ancestors()
        .skip(1)
        .take_while(|it| it.starts_with(root));
    above
        .find(|it| fs::symlink_metadata(it.join(".git")).is_ok() && !is_bare(it))
        .map(Path::to_owned)
}

/// Whether a folder's `.git` leads to a repository without a checkout, as folders of worktrees have it.
fn is_bare(folder: &Path) -> bool {
    let git = folder.join(".git");
    let git = match git.is_file() {
        true => match gitdir(folder) {
            Some(it) => it,
            None => return false,
        },
        false => git,
    };
    let config = fs::canonicalize(&git)
        .ok()
        .and_then(|it| read_below(&it, &it.join("config"), LARGEST_LIST).ok());
    let config = config.unwrap_or_default();
    super::value_in(&String::from_utf8_lossy(&config), "core", "bare")
        .is_some_and(|it| it.eq_ignore_ascii_case("true"))
}

/// What a `.git` that is a file leads to, there or not; `None`: Git can't read it, either.
fn gitdir(folder: &Path) -> Option<PathBuf> {
    let base = fs::canonicalize(folder).ok()?;
    let text = path_in(&base, &base.join(".git"))?;
    let named = text.strip_prefix("gitdir:")?.trim();
    let named = match cfg!(windows) || !named.contains('\\') {
        true => named.to_owned(),
        // Written by Git for Windows, and looked at from elsewhere.
        false => named.replace('\\', "/"),
    };
    Some(base.join(named))
}

/// Whether this is the folder that a repository keeps for one of its worktrees: `REPOSITORY/worktrees/NAME`.
fn is_worktree(git: &Path) -> bool {
    if git.join("commondir").is_file() {
        return true;
    }
    // What is gone can be judged by its name alone. A submodule may be called `worktrees/x`.
    let named = |levels: usize, name: &str| {
        let folder = git.ancestors().nth(levels).and_then(Path::file_name);
        folder.is_some_and(|it| it == name)
    };
    named(1, "worktrees") && !named(2, "modules") && !git.join("config").is_file()
}

/// Whether this is a folder that a repository keeps for one of its submodules: `REPOSITORY/modules/NAME`.
fn is_submodule(git: &Path) -> bool {
    git.components()
        .any(|it| it == Component::Normal("modules".as_ref()))
}

/// The checkout of the repository that a worktree belongs to; `None`: it has none.
fn main_checkout(git: &Path) -> Option<PathBuf> {
    let common = git.parent()?.parent()?;
    let common = fs::canonicalize(common).ok()?;
    match common.file_name()? == ".git" {
        true => common.parent().map(Path::to_owned),
        false => None,
    }
}

fn is_below(path: &Path, root: &Path) -> bool {
    fs::canonicalize(root).is_ok_and(|it| path.starts_with(it))
}

/// Whether a repository tracks a folder in it as a commit of another one, as `git add` of an embedded repository does.
fn is_tracked(checkout: &Path, folder: &Path) -> bool {
    let Ok(git) = Git::of(checkout) else {
        return false;
    };
    let Ok(index) = read_below(&git.own, &git.own.join("index"), LARGEST_INDEX) else {
        return false;
    };
    let (Some(version), Some(folder)) = (index.get(4..8), folder.to_str()) else {
        return false;
    };
    if version == [0, 0, 0, 4] {
        // There, names are written as what differs from the one before. It isn't worth a parser: nothing is left out.
        return true;
    }
    let name = format!("{}\0", folder.replace('\\', "/"));
    memchr::memmem::find_iter(&index, name.as_bytes()).any(|at| {
        // Between the mode and the name of an entry are 38 bytes, or 40 with flags of a later version.
        [38, 40].iter().any(|before| {
            let mode = at.checked_sub(*before).and_then(|it| index.get(it..it + 4));
            mode == Some(&GITLINK)
        })
    })
}

/// The folders of a repository's submodules, from its checkout.
fn submodules(checkout: &Path) -> Vec<PathBuf> {
    let list = Reader::new(checkout).read(Path::new(".gitmodules"), LARGEST_LIST);
    let Ok(list) = list else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&list.bytes);
    let paths = text.lines().filter_map(|line| {
        let (name, path) = line.split_once('=')?;
        let path = path.trim().trim_matches('"').trim_end_matches('/');
        let path = path.strip_prefix("./").unwrap_or(path);
        name.trim()
            .eq_ignore_ascii_case("path")
            .then(|| PathBuf::from(path))
    });
    paths.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (folder, root)
    }

    #[test]
    fn worktrees_and_clones_are_told_from_submodules() {
        let (folder, root) = project(&[
            (".git/HEAD", "ref: x\n"),
            (".git/worktrees/a/commondir", "../..\n"),
            (".git/modules/worktrees/m/config", "[core]\n"),
            (".git/modules/s/HEAD", "x\n"),
            (".git/modules/s/config", "[core]\n"),
            (
                ".gitmodules",
                "[submodule \"old\"]\n\tpath = vendor/old\n\turl = ../old\n",
            ),
            ("worktrees/a/.git", "gitdir: ../../.git/worktrees/a\n"),
            ("stale/.git", "gitdir: /gone/.git/worktrees/stale\n"),
            ("windows/.git", "gitdir: C:\\gone\\.git\\worktrees\\w\r\n"),
            ("foreign/.git", "gitdir: /gone/x/.git/worktrees/foreign"),
            ("sub/.git", "gitdir: ../.git/modules/s\n"),
            ("sub/in/x", ""),
            ("named/.git", "gitdir: ../.git/modules/worktrees/m\n"),
            ("vendor/old/.git/HEAD", "ref: x\n"),
            ("clone/.git/HEAD", "ref: x\n"),
            ("apart/.git", "gitdir: ../elsewhere.git\n"),
            ("empty/.git/x", ""),
            ("nonsense/.git", "hello\n"),
            ("plain/x", ""),
        ]);
        for (name, expected) in [
            ("worktrees/a", Some(Nested::Worktree)),
            ("stale", Some(Nested::Worktree)),
            ("windows", Some(Nested::Worktree)),
            ("foreign", Some(Nested::Worktree)),
            ("sub", None),
            ("sub/in", None),
            ("named", None),
            ("vendor/old", None),
            ("clone", Some(Nested::Repository)),
            ("apart", Some(Nested::Repository)),
            ("empty", None),
            ("nonsense", None),
            ("plain", None),
        ] {
            assert_eq!(nested(&root, &root.join(name)), expected, "{name}");
        }
        drop(folder);
    }

    #[test]
    fn in_a_folder_of_projects_only_second_checkouts_are_left_out() {
        let (_folder, root) = project(&[
            ("main/.git/HEAD", "x\n"),
            ("main/.git/worktrees/b/commondir", "../..\n"),
            ("b/.git", "gitdir: ../main/.git/worktrees/b\n"),
            ("other/.git/HEAD", "x\n"),
            ("alone/.git", "gitdir: /gone/.git/worktrees/alone\n"),
        ]);
        for (name, expected) in [
            ("main", None),
            ("other", None),
            ("alone", None),
            ("b", Some(Nested::Worktree)),
        ] {
            assert_eq!(nested(&root, &root.join(name)), expected, "{name}");
        }
    }

    #[test]
    fn worktrees_beside_a_bare_repository_are_the_code() {
        let (_folder, root) = project(&[
            (".git", "gitdir: ./.bare\n"),
            (".bare/config", "[core]\n\tbare = true\n"),
            (".bare/HEAD", "x\n"),
            (".bare/worktrees/a/commondir", "../..\n"),
            ("a/.git", "gitdir: ../.bare/worktrees/a\n"),
        ]);
        assert_eq!(nested(&root, &root.join("a")), None);
    }
}
