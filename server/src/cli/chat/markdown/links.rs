//! Where links and citations lead: addresses of the web, and files of the project.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use url::Url;

/// What terminals are asked to open. Anything else (`javascript:`, `vscode:`, …) stays text.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// What can be linked.
#[derive(Clone, Debug, Default)]
pub(in crate::cli::chat) struct Links {
    /// Whether the terminal knows links (OSC 8).
    enabled: bool,
    /// Paths are of this folder; absolute.
    root: Option<PathBuf>,
    /// Whether a path names a file, once looked up.
    seen: RefCell<FxHashMap<String, Option<Arc<str>>>>,
}

impl Links {
    /// Links to files below `root`.
    pub(in crate::cli::chat) fn new(enabled: bool, root: &Path) -> Links {
        Links {
            enabled,
            root: Some(root.to_owned()),
            seen: RefCell::default(),
        }
    }

    /// Whether the terminal can follow links, so that addresses need not be spelled out.
    pub(super) fn enabled(&self) -> bool {
        self.enabled
    }

    /// Where a link of the text leads, as a URL of printable ASCII; `None`: nowhere that may be opened.
    pub(super) fn destination(&self, written: &str) -> Option<Arc<str>> {
        if !self.enabled {
            return None;
        }
        match Url::parse(written) {
            Ok(url) if SCHEMES.contains(&url.scheme()) => Some(url.as_str().into()),
            _ => {
                let path = written.split('#').next().unwrap_or_default();
                self.citation(path).or_else(|| self.file(path))
            }
        }
    }

    /// The file that `path:line` or `path:line-line` cites.
    pub(super) fn citation(&self, word: &str) -> Option<Arc<str>> {
        let (path, lines) = word.rsplit_once(':')?;
        let is_lines = !lines.is_empty()
            && lines.starts_with(|it: char| it.is_ascii_digit())
            && lines.ends_with(|it: char| it.is_ascii_digit())
            && lines.bytes().all(|it| it.is_ascii_digit() || it == b'-');
        // `main.rs:3:14` is cited, too.
        let path = match path.rsplit_once(':') {
            Some((file, line)) if line.bytes().all(|it| it.is_ascii_digit()) => file,
            _ => path,
        };
        is_lines.then(|| self.file(path)).flatten()
    }

    /// The URL of a file below the root.
    fn file(&self, path: &str) -> Option<Arc<str>> {
        let root = self.root.as_ref().filter(|_| self.enabled)?;
        if path.is_empty() || path.len() > 500 {
            return None;
        }
        if let Some(known) = self.seen.borrow().get(path) {
            return known.clone();
        }
        let below = Path::new(path)
            .components()
            .all(|it| matches!(it, Component::Normal(_) | Component::CurDir));
        let full = root.join(path);
        let found = (below && full.is_file())
            .then(|| Url::from_file_path(full).ok())
            .flatten()
            .map(|it| Arc::from(it.as_str()));
        self.seen
            .borrow_mut()
            .insert(path.to_owned(), found.clone());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_lead_to_files_that_exist_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/a b.rs"), "").unwrap();
        let links = Links::new(true, folder.path());
        let found = links.citation("src/a b.rs:3-9").unwrap();
        assert!(found.starts_with("file:///") && found.ends_with("/src/a%20b.rs"));
        assert!(links.citation("src/a b.rs:3:14").is_some());
        for other in [
            "src/a b.rs",
            "src/gone.rs:3",
            "src:1",
            "../x:1",
            ":3",
            "a::b",
            "x:1-",
        ] {
            assert_eq!(links.citation(other), None, "{other}");
        }
        assert!(Links::default().citation("src/a b.rs:3").is_none());
    }

    #[test]
    fn only_harmless_addresses_are_links() {
        let links = Links::new(true, Path::new("/nowhere"));
        let url = |it| links.destination(it).map(|it| it.to_string());
        assert_eq!(url("https://a.b/ü"), Some("https://a.b/%C3%BC".to_owned()));
        assert_eq!(url("javascript:alert(1)"), None);
        assert_eq!(url("file:///etc/passwd"), None);
        assert!(!url("https://a.b/\u{1b}]0;x").unwrap().contains('\u{1b}'));
    }
}
