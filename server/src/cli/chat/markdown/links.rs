//! Where links and citations lead: addresses of the web, and files of the project.

use crate::cli::terminal::text::Link;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};
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
    seen: RefCell<FxHashMap<String, Option<Link>>>,
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

    /// Where a link of the text leads; `None`: nowhere that may be opened.
    pub(super) fn destination(&self, written: &str) -> Option<Link> {
        if !self.enabled {
            return None;
        }
        match Url::parse(written) {
            Ok(url) if SCHEMES.contains(&url.scheme()) => Link::new(&url),
            _ => {
                let path = written.split('#').next().unwrap_or_default();
                self.citation(path).or_else(|| self.file(path))
            }
        }
    }

    /// The file that `path:line` or `path:line-line` cites.
    pub(super) fn citation(&self, word: &str) -> Option<Link> {
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
    fn file(&self, path: &str) -> Option<Link> {
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
        let found = (below && full.is_file() && is_inside(&full, root))
            .then(|| Url::from_file_path(full).ok())
            .flatten()
            .and_then(|it| Link::new(&it));
        self.seen
            .borrow_mut()
            .insert(path.to_owned(), found.clone());
        found
    }
}

/// Whether a file of the project is one: symbolic links may lead anywhere.
fn is_inside(file: &Path, root: &Path) -> bool {
    match (file.canonicalize(), root.canonicalize()) {
        (Ok(file), Ok(root)) => file.starts_with(root),
        _ => false,
    }
}

/// Whether the text of a link names the place that it leads to, another one, or none.
pub(super) fn says_where(text: &str, written: &str) -> Option<bool> {
    let text = text.trim();
    let (named, leads) = (place(text), place(written));
    if named == leads {
        return Some(true);
    }
    // `ink.rs:3` for `server/src/ink.rs#L3`: the end of a path, after whole names.
    let is_path = !is_address(written);
    let end = leads.strip_suffix(named.as_str());
    if is_path && !named.is_empty() && end.is_some_and(|it| it.ends_with('/')) {
        return Some(true);
    }
    // `example.org` for `https://example.org/docs`.
    let host = leads.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_path && named == host {
        return Some(true);
    }
    looks_like_a_place(text).then_some(false)
}

/// Whether a link leads by an address, and not by a path: `src/a.rs:3` is one.
pub(super) fn is_address(written: &str) -> bool {
    let is_scheme = |it: &str| it.len() > 1 && it.bytes().all(|it| it.is_ascii_alphabetic());
    let scheme = written.split_once(':').filter(|(it, _)| is_scheme(it));
    written.contains("://")
        || scheme.is_some_and(|(_, rest)| !rest.starts_with(|it: char| it.is_ascii_digit()))
}

/// An address or a path without what may be left out where it is named.
fn place(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare = lower
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("mailto:")
        .trim_start_matches("www.")
        .trim_start_matches("./")
        .trim_end_matches('/');
    match text.contains("://") {
        true => bare.to_owned(),
        // Lines: `:3`, `:3-9`, `#L3`.
        false => {
            let bare = bare.split('#').next().unwrap_or_default();
            let is_line = |it: char| it.is_ascii_digit() || matches!(it, ':' | '-');
            let cut = bare.trim_end_matches(is_line);
            match bare[cut.len()..].starts_with(':') {
                true => cut.to_owned(),
                false => bare.to_owned(),
            }
        }
    }
}

/// Whether a reader may take some word for an address or for a file's path. Look-alikes of the dot count as one.
fn looks_like_a_place(text: &str) -> bool {
    let dots = ['.', '。', '．', '｡', '․', '﹒', '·'];
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|it: char| "()[]<>,;:!?'\"*`".contains(it));
        let named = word.char_indices().any(|(at, it)| {
            let (before, behind) = (&word[..at], &word[at + it.len_utf8()..]);
            let is_name = |it: char| it.is_alphanumeric() || it == '_';
            dots.contains(&it)
                && before.ends_with(is_name)
                && behind.starts_with(char::is_alphabetic)
        });
        word.contains("://") || word.contains('@') || named
    })
}

/// Whether an address names a user before its host: `https://example.org@elsewhere.net`.
pub(super) fn has_user(written: &str) -> bool {
    Url::parse(written).is_ok_and(|it| !it.username().is_empty() || it.password().is_some())
}

/// An address as it is spelled out: as the browser would show it, where it isn't ASCII.
pub(super) fn spelled(written: &str) -> String {
    match Url::parse(written) {
        Ok(url) if !written.is_ascii() => url.to_string(),
        _ => written.to_owned(),
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
        let found = found.as_str();
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
        let url = |it| links.destination(it).map(|it| it.as_str().to_owned());
        assert_eq!(url("https://a.b/ü"), Some("https://a.b/%C3%BC".to_owned()));
        assert_eq!(url("javascript:alert(1)"), None);
        assert_eq!(url("file:///etc/passwd"), None);
        assert!(!url("https://a.b/\u{1b}]0;x").unwrap().contains('\u{1b}'));
    }

    #[test]
    fn a_text_that_names_another_place_is_told_from_one_that_does_not() {
        for (text, written, expected) in [
            ("docs", "https://a.b/c", None),
            ("the area of v. 2", "https://a.b/c", None),
            ("a.b", "https://a.b/c", Some(true)),
            ("https://a.b/c", "https://a.b/c/", Some(true)),
            ("www.a.b", "https://a.b", Some(true)),
            ("me@a.b", "mailto:me@a.b", Some(true)),
            ("ink.rs:3", "server/src/ink.rs#L3", Some(true)),
            ("src/a.rs:3-9", "./src/a.rs", Some(true)),
            ("github.com", "https://evil.example", Some(false)),
            ("see github．com", "https://evil.example", Some(false)),
            (
                "https://github.com",
                "https://github.com.evil.example",
                Some(false),
            ),
            ("github.com", "https://github.com@evil.example", Some(false)),
            ("src/safe.rs", "src/unsafe.rs", Some(false)),
            ("a.rs", "src/ba.rs", Some(false)),
            ("me@a.b", "mailto:other@a.b", Some(false)),
        ] {
            assert_eq!(says_where(text, written), expected, "{text} {written}");
        }
        assert!(has_user("https://a.b@c.d/") && !has_user("https://a.b/@c"));
        assert_eq!(spelled("https://a.b/c"), "https://a.b/c");
        // A Cyrillic letter.
        assert_eq!(spelled("https://\u{430}.b/"), "https://xn--80a.b/");
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_out_of_the_project_is_not_linked() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("outside.txt"), "").unwrap();
        std::os::unix::fs::symlink("../outside.txt", root.join("in.txt")).unwrap();
        std::fs::write(root.join("own.txt"), "").unwrap();
        std::os::unix::fs::symlink("own.txt", root.join("same.txt")).unwrap();
        let links = Links::new(true, &root);
        assert_eq!(links.citation("in.txt:1"), None);
        assert!(links.citation("same.txt:1").is_some());
    }
}
