//! What a repository is called, as models saw it when they were trained: by its remote.

use hob_index::git::Git;
use std::path::Path;

/// The last part of the address of the remote `origin`, else the name of the root's folder.
pub(crate) fn name(root: &Path) -> String {
    // A Git folder that belongs to another tree would give away what that one is called.
    let config = Git::of(root).ok().and_then(|it| it.config());
    let remote = config.as_deref().and_then(of_remote);
    let folder = || root.file_name().unwrap_or_default().to_string_lossy();
    let name = remote.map_or_else(|| folder().into_owned(), str::to_owned);
    // A name is one line in every prompt's format.
    name.replace(char::is_control, " ")
}

fn of_remote(config: &str) -> Option<&str> {
    let mut lines = config.lines().map(str::trim);
    lines.by_ref().find(|it| *it == "[remote \"origin\"]")?;
    let mut own = lines.take_while(|it| !it.starts_with('['));
    let url = own.find_map(|it| it.strip_prefix("url")?.trim_start().strip_prefix('='))?;
    let url = url.trim().trim_matches('"').trim_end_matches('/');
    let last = url.rsplit(['/', ':', '\\']).next()?;
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_repository_is_called_as_its_remote_or_as_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("checkout");
        fs::create_dir_all(root.join(".git")).unwrap();
        assert_eq!(name(&root), "checkout");
        for (url, expected) in [
            ("git@example.com:team/shapes.git", "shapes"),
            ("https://example.com/team/shapes/", "shapes"),
            ("", "checkout"),
        ] {
            let config = format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n");
            fs::write(root.join(".git/config"), config).unwrap();
            assert_eq!(name(&root), expected, "{url}");
        }
        let upstream = "[remote \"upstream\"]\n\turl = a/b.git\n";
        fs::write(root.join(".git/config"), upstream).unwrap();
        assert_eq!(name(&root), "checkout");
    }

    #[test]
    fn a_name_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a\nb\u{1b}c");
        if fs::create_dir(&root).is_ok() {
            assert_eq!(name(&root), "a b c");
        }
    }

    #[test]
    fn a_worktree_is_called_as_its_repository() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join("main/.git");
        let own = git.join("worktrees/other");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("commondir"), "../..\n").unwrap();
        let back = folder.path().join("other/.git");
        fs::write(own.join("gitdir"), format!("{}\n", back.display())).unwrap();
        fs::write(
            git.join("config"),
            "[remote \"origin\"]\nurl = x:y/shapes.git\n",
        )
        .unwrap();
        let root = folder.path().join("other");
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join(".git"), format!("gitdir: {}\n", own.display())).unwrap();
        assert_eq!(name(&root), "shapes");
        let stranger = folder.path().join("stranger");
        fs::create_dir_all(&stranger).unwrap();
        fs::copy(root.join(".git"), stranger.join(".git")).unwrap();
        assert_eq!(name(&stranger), "stranger");
    }
}
