//! Whose projects count: the settings and rules of a project that belongs to another user of the machine are left out.
//!
//! Anybody can put a `.git` and a `.hob.toml` into a shared folder above one's own work. As with Git's `safe.directory`,
//! the project's folder and the file must belong to this user (under `sudo`: or to whoever called it), or the user's own
//! file names the folder. Completion, search and chat work there all the same. Windows has no such owners: all count.

use crate::config::files::REPOSITORY_FILE;
use crate::config::problem::{Diagnostic, Severity};
use hob_index::private;
use std::fs;
use std::path::{Path, PathBuf};

/// The key that names folders to trust.
pub(crate) const KEY: &str = "trust.folders";

/// A file that says nothing because of whom it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name in the project's root.
    pub name: &'static str,
    /// The project's root.
    pub root: PathBuf,
    /// Which of the two belongs to somebody else: the root or the file.
    pub place: PathBuf,
    /// The number of the user that it belongs to.
    pub owner: u32,
}

/// Why the file `name` in a project's root doesn't count, unless its folder is trusted; `None`: it counts, or there is none.
pub fn left_out(root: &Path, name: &'static str) -> Option<LeftOut> {
    let file = root.join(name);
    // The file itself, and what it leads to if it is a link.
    let (placed, real) = (fs::symlink_metadata(&file).ok()?, fs::metadata(&file).ok());
    let whole = fs::metadata(root).ok();
    let places = [(root, whole), (&file, Some(placed)), (&file, real)];
    places.into_iter().find_map(|(place, metadata)| {
        let metadata = metadata.filter(|it| !private::is_own_project(it))?;
        Some(LeftOut {
            name,
            root: root.to_owned(),
            place: place.to_owned(),
            owner: private::owner(&metadata)?,
        })
    })
}

/// Whether `trust.folders` names a project's root.
pub fn is_trusted(root: &Path, folders: &[String]) -> bool {
    let real = |it: &Path| fs::canonicalize(it).unwrap_or_else(|_| it.to_owned());
    let root = real(root);
    folders.iter().any(|it| match it.strip_suffix("/*") {
        _ if it == "*" => true,
        Some("") => true,
        Some(above) => {
            let above = real(Path::new(above));
            root.starts_with(&above) && root != above
        }
        None => root == real(Path::new(it)),
    })
}

/// Says once what is left out, and how to let it count.
pub(crate) fn notice(left_out: &[LeftOut]) -> Option<Diagnostic> {
    let first = left_out.first()?;
    let names: Vec<String> = left_out.iter().map(|it| format!("`{}`", it.name)).collect();
    let (left_out, belongs) = match (left_out.len() == 1, first.place == first.root) {
        (true, true) => ("is left out", "this folder belongs"),
        (true, false) => ("is left out", "it belongs"),
        (false, true) => ("are left out", "this folder belongs"),
        (false, false) => ("are left out", "they belong"),
    };
    Some(Diagnostic {
        severity: Severity::Warning,
        file: first.root.display().to_string(),
        line: None,
        column: None,
        key: None,
        message: format!(
            "{} {left_out}: {belongs} to another user (number {})",
            names.join(" and "),
            first.owner
        ),
        hint: Some(format!(
            "if you trust whoever that is, write into your own file (`hob config path`): [trust] folders = [{:?}]",
            first.root.display().to_string()
        )),
    })
}

/// The files of a project that don't count, among those that say how Hob behaves.
pub(crate) fn all_left_out(root: &Path) -> Vec<LeftOut> {
    let names = [REPOSITORY_FILE, crate::assist::chat::rules::AGENTS];
    names
        .into_iter()
        .filter_map(|it| left_out(root, it))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &'static str, place: &str) -> LeftOut {
        LeftOut {
            name,
            root: PathBuf::from("/srv/p"),
            place: PathBuf::from(place),
            owner: 65534,
        }
    }

    #[test]
    fn folders_are_trusted_by_name_from_above_or_all() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a/b");
        fs::create_dir_all(&root).unwrap();
        let is = |it: String| is_trusted(&root, &[it]);
        let path = |it: &str| folder.path().join(it).display().to_string();
        assert!(is("*".to_owned()));
        assert!(is("/*".to_owned()));
        assert!(is(path("a/b")));
        assert!(is(path("a/b/")));
        assert!(is(path("a/../a/b")));
        assert!(is(path("a/*")));
        assert!(is(path("*")));
        assert!(!is(path("a")));
        assert!(!is(path("a/b/*")), "below, not itself");
        assert!(!is(path("a/bb")));
        assert!(!is(path("a/b*")));
        assert!(!is_trusted(&root, &[]));
    }

    #[test]
    fn one_notice_says_what_is_left_out_and_how_to_let_it_count() {
        assert_eq!(notice(&[]), None);
        let both = [named(".hob.toml", "/srv/p"), named("AGENTS.md", "/srv/p")];
        assert_eq!(
            notice(&both).unwrap().to_string(),
            "/srv/p: `.hob.toml` and `AGENTS.md` are left out: this folder belongs to another user (number 65534)\n  hint: if you trust whoever that is, write into your own file (`hob config path`): [trust] folders = [\"/srv/p\"]"
        );
        let one = [named("AGENTS.md", "/srv/p/AGENTS.md")];
        let text = notice(&one).unwrap().to_string();
        assert!(
            text.contains("`AGENTS.md` is left out: it belongs to"),
            "{text}"
        );
    }
}
