//! The files of a project as chat may see them: below the root, without secrets, with the texts of open documents.

use crate::assist::chat::attachment::Names;
use crate::assist::document::Document;
use hob_index::store::{Searcher, SymbolFields, SymbolRecord, Weighted};
use hob_index::terms::terms;
use hob_index::walk::{self, Chosen, Skip};
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// So many files are named when one name means several.
const NAMED: usize = 4;
/// Names that are this alike are taken for a slip, from 0 to 1.
const ALIKE: f64 = 0.8;

/// A project: its root, its index, its open documents. Cheap to make; lists the files when they are first needed.
pub struct Project<'a> {
    /// The root, absolute.
    pub(super) root: Option<&'a Path>,
    pub(super) searcher: Option<&'a Searcher>,
    pub(super) documents: &'a [Arc<Document>],
    /// The folder that the user is in, below the root.
    here: Option<&'a Path>,
    /// What the user attached: no heuristic keeps it out.
    attached: Mutex<HashSet<String>>,
    files: OnceLock<Vec<String>>,
    canonical: OnceLock<Option<PathBuf>>,
}

/// A place in the project that is there and may be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A file, relative to the root, with `/`.
    File(String),
    /// A folder, the same; `""`: the root.
    Folder(String),
}

impl<'a> Project<'a> {
    /// Of what there is: each may be missing.
    pub fn new(
        root: Option<&'a Path>,
        searcher: Option<&'a Searcher>,
        documents: &'a [Arc<Document>],
    ) -> Project<'a> {
        Project {
            root,
            searcher,
            documents,
            here: None,
            attached: Mutex::default(),
            files: OnceLock::new(),
            canonical: OnceLock::new(),
        }
    }

    /// The same, with the folder that the user is in: paths count from there first, then from the root.
    pub fn seen_from(self, here: Option<&'a Path>) -> Project<'a> {
        let is_inside = |it: &&Path| self.root.is_some_and(|root| it.starts_with(root));
        Project {
            here: here.filter(is_inside),
            ..self
        }
    }

    /// Has a file count as attached by the user: then it is read although it looks as if no person had written it.
    pub(super) fn attach(&self, path: &str) {
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.insert(path.to_owned());
    }

    /// Whether only the start of an attached file is read, for it is too large.
    pub(super) fn is_cut(&self, path: &str) -> bool {
        let metadata = self.root.and_then(|it| it.join(path).metadata().ok());
        self.document(path).is_none() && metadata.is_some_and(|it| it.len() > walk::LARGEST_NAMED)
    }

    /// The files that are indexed, sorted.
    pub fn files(&self) -> &[String] {
        self.files
            .get_or_init(|| self.searcher.map_or(Vec::new(), Searcher::files))
    }

    /// What has exactly this name; none if more than about `most` have it.
    pub(in crate::assist::chat) fn named(&self, name: &str, most: usize) -> Vec<SymbolRecord> {
        self.searcher
            .map_or(Vec::new(), |it| it.named(name, most))
            .into_iter()
            .filter(|it| !hob_index::secret::is_secret(Path::new(&it.path)))
            .collect()
    }

    /// What has names that hold this, in any case of letters, or signatures with its words.
    pub(in crate::assist::chat) fn symbols_like(
        &self,
        typed: &str,
        most: usize,
    ) -> Vec<SymbolRecord> {
        let Some(searcher) = self.searcher else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for name in searcher.names_with(typed, most) {
            let mut symbols = self.named(&name, most);
            symbols.truncate(NAMED);
            found.extend(symbols);
        }
        let mut words = Vec::new();
        terms(typed, |it| {
            words.push(Weighted {
                term: it.to_owned(),
                weight: 1.0,
            });
        });
        let fields = SymbolFields {
            signature: 1.0,
            place: 0.0,
        };
        let by_words = searcher.signatures(&words, fields, most);
        found.extend(by_words.into_iter().map(|it| it.it));
        found
    }

    /// The place that a path means.
    ///
    /// # Errors
    /// It is not there, or must not be looked at: a sentence for the user.
    pub(super) fn place(&self, path: &str) -> Result<Place, String> {
        let Some(root) = self.root else {
            return match self.document(path) {
                Some(it) => Ok(Place::File(it.name(None))),
                None => Err(format!(
                    "`{path}` is not attached: no project is open that it could be in."
                )),
            };
        };
        let relative = self.relative(root, path)?;
        if relative.split('/').any(|it| it == ".git") {
            return Err(format!(
                "`{path}` is not attached: `.git` is Git's own, no part of the code."
            ));
        }
        let absolute = root.join(&relative);
        let is_open = self.document(&relative).is_some();
        let canonical = self.canonical.get_or_init(|| root.canonicalize().ok());
        match (absolute.canonicalize(), canonical) {
            (Ok(found), Some(root)) if !found.starts_with(root) => Err(format!(
                "`{path}` is not attached: it is a link that leads out of the project."
            )),
            (Ok(found), Some(root)) if is_git(&found, root) => Err(format!(
                "`{path}` is not attached: it leads to `.git`, which is Git's own, no part of the code."
            )),
            (Ok(found), _) if found.is_dir() => Ok(Place::Folder(relative)),
            (Ok(found), _) => {
                if hob_index::secret::is_secret(&found) || hob_index::secret::is_secret(&absolute) {
                    return Err(secret(&relative));
                }
                Ok(Place::File(relative))
            }
            (Err(_), _) if is_open && hob_index::secret::is_secret(&absolute) => {
                Err(secret(&relative))
            }
            (Err(_), _) if is_open => Ok(Place::File(relative)),
            (Err(_), _) => self.elsewhere(&relative).map(Place::File),
        }
    }

    /// A path below the root, relative to it, without `.` and `..`.
    fn relative(&self, root: &Path, path: &str) -> Result<String, String> {
        let outside = || {
            format!(
                "`{path}` is not attached: it is outside of the project, {}.",
                root.display()
            )
        };
        let slashed = path.replace('\\', "/");
        // From the current folder, then from the root; as it is written, then with the separators of every system.
        let bases = [self.here, Some(root)].into_iter().flatten();
        let mut there = bases.flat_map(|base| [(base, path), (base, slashed.as_str())]);
        let unified = match there.find(|it| it.0.join(it.1).exists()) {
            Some((base, path)) => base.join(path),
            None => match (
                self.here,
                slashed.starts_with("./") || slashed.starts_with("../"),
            ) {
                (Some(here), true) => here.join(&slashed),
                _ => PathBuf::from(&slashed),
            },
        };
        let mut wanted = unified.as_path();
        if wanted.is_absolute() || wanted.has_root() {
            let canonical = self.canonical.get_or_init(|| root.canonicalize().ok());
            let below = wanted
                .strip_prefix(root)
                .ok()
                .or_else(|| wanted.strip_prefix(canonical.as_deref()?).ok());
            wanted = match below {
                Some(it) => it,
                // `/src/a.rs` may be anchored at the root, as in ignore files, if it is no place on this disk.
                None if !wanted.exists() && slashed.starts_with('/') => {
                    wanted.strip_prefix("/").map_err(|_| outside())?
                }
                None => return Err(outside()),
            };
        }
        let mut parts: Vec<String> = Vec::new();
        for it in wanted.components() {
            match it {
                Component::Normal(it) => parts.push(it.to_string_lossy().into_owned()),
                Component::CurDir => {}
                Component::ParentDir => {
                    parts.pop().ok_or_else(outside)?;
                }
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        Ok(parts.join("/"))
    }

    /// A file that is not where it was said to be.
    fn elsewhere(&self, path: &str) -> Result<String, String> {
        let ending = self.ending(path);
        match ending.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => {
                let meant = self.nearest(path);
                let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                let end = if meant.is_empty() { "." } else { "" };
                Err(format!("There is no file `{path}`{meant}{end}"))
            }
            several => {
                let more = several.len().saturating_sub(NAMED);
                let named: Vec<String> = several
                    .iter()
                    .take(NAMED)
                    .map(|it| format!("`{it}`"))
                    .collect();
                let more = match more {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                Err(format!(
                    "`{path}` may be any of {}{more}: say which by its path.",
                    named.join(", ")
                ))
            }
        }
    }

    /// The indexed files whose paths end with this.
    fn ending(&self, path: &str) -> Vec<&str> {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let ends = |it: &&String| {
            it.strip_suffix(path)
                .is_some_and(|it| it.is_empty() || it.ends_with('/'))
        };
        match path.is_empty() {
            true => Vec::new(),
            false => self
                .files()
                .iter()
                .filter(ends)
                .map(String::as_str)
                .collect(),
        }
    }

    /// The open document of a path relative to the root; without a root, of any path or name of one.
    pub(super) fn document(&self, path: &str) -> Option<&'a Arc<Document>> {
        self.documents.iter().find(|it| match self.root {
            Some(root) => it.path.as_deref() == Some(&root.join(path)) || &*it.id == path,
            None => it.path.as_deref() == Some(Path::new(path)) || it.name(None) == path,
        })
    }

    /// The text of a file as it is now: of the open document, else of the disk.
    ///
    /// # Errors
    /// It is none of those that are sent: a sentence for the user.
    pub(super) fn text(&self, path: &str) -> Result<Arc<str>, String> {
        let refused = |skip: Skip| match skip {
            Skip::Secret => secret(path),
            skip => format!("`{path}` is not attached: it is {}.", state(skip)),
        };
        if hob_index::secret::is_secret(Path::new(path)) {
            return Err(secret(path));
        }
        if let Some(document) = self.document(path) {
            if document.is_secret() {
                return Err(secret(path));
            }
            let text = document.text.to_string();
            return match walk::skip_by_content(Path::new(path), &text, Chosen::Named) {
                Some(skip) => Err(refused(skip)),
                None => Ok(text.into()),
            };
        }
        let Some(root) = self.root else {
            return Err(format!("There is no file `{path}`."));
        };
        let path = Path::new(path);
        let text = match self.is_named(path) {
            false => walk::read(root, path),
            true => match walk::read_named(root, path) {
                Err(Skip::TooLarge) => walk::read_named_start(root, path),
                other => other,
            },
        };
        text.map(Arc::from).map_err(refused)
    }

    /// Whether the user attached a file, or has it indexed whatever it looks like.
    fn is_named(&self, path: &Path) -> bool {
        let Some(path) = path.to_str() else {
            return false;
        };
        let attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        let is_indexed = || {
            self.files()
                .binary_search_by(|it| it.as_str().cmp(path))
                .is_ok()
        };
        attached.contains(path) || is_indexed()
    }
}

/// Whether a path without links is Git's own folder, or in it.
fn is_git(found: &Path, root: &Path) -> bool {
    let below = found.strip_prefix(root).unwrap_or(found);
    below
        .components()
        .any(|it| it.as_os_str().eq_ignore_ascii_case(".git"))
}

fn secret(path: &str) -> String {
    format!("`{path}` is not attached: it may hold secrets, and such files are never read.")
}

/// A reason as what a file is.
fn state(skip: Skip) -> &'static str {
    match skip {
        Skip::Binary => "no text",
        Skip::Unreadable => "not readable",
        other => other.reason(),
    }
}

impl Names for Project<'_> {
    fn is_file(&self, path: &str) -> bool {
        let Some(root) = self.root else {
            return self.document(path).is_some();
        };
        let Ok(relative) = self.relative(root, path) else {
            // It may be there: what is wrong with it is reported when it is attached.
            return Path::new(path).is_file();
        };
        root.join(&relative).is_file()
            || self.document(&relative).is_some()
            || path.contains('.') && !self.ending(&relative).is_empty()
    }

    fn is_folder(&self, path: &str) -> bool {
        let Some(root) = self.root else {
            return false;
        };
        match self.relative(root, path) {
            Ok(relative) => {
                // `@media` and the like: a folder is meant where it is written as one.
                let written = path.contains('/') || path == ".";
                written && root.join(relative).is_dir()
            }
            Err(_) => path.ends_with('/') && Path::new(path).is_dir(),
        }
    }

    fn is_symbol(&self, name: &str) -> bool {
        let last = last_name(name);
        !last.is_empty()
            && self
                .searcher
                .is_some_and(|it| !it.named(last, usize::MAX).is_empty())
    }

    fn nearest(&self, path: &str) -> Option<String> {
        let name = path.rsplit(['/', '\\']).next()?;
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() || extension.is_empty() {
            return None;
        }
        hob_index::language::Language::of_path(Path::new(name))?;
        let lower = name.to_lowercase();
        let same_folder = |it: &str| usize::from(folder_of(it) != folder_of(path));
        self.files()
            .iter()
            .filter_map(|it| {
                let other = it.rsplit('/').next().unwrap_or(it).to_lowercase();
                let alike = strsim::normalized_damerau_levenshtein(&other, &lower);
                (alike >= ALIKE).then_some((alike, it))
            })
            .min_by(|a, b| {
                b.0.total_cmp(&a.0)
                    .then_with(|| same_folder(a.1).cmp(&same_folder(b.1)))
                    .then_with(|| (a.1.len(), a.1).cmp(&(b.1.len(), b.1)))
            })
            .map(|it| it.1.clone())
    }
}

/// The last part of a name: `area` of `Shape::area`.
pub(super) fn last_name(name: &str) -> &str {
    let name = name.trim_end_matches("()");
    name.rsplit([':', '.', '#'])
        .find(|it| !it.is_empty())
        .unwrap_or(name)
}

/// What the last part of a name is defined in: `Shape` of `Shape::area`.
pub(super) fn container_name(name: &str) -> Option<&str> {
    let mut parts = name
        .trim_end_matches("()")
        .rsplit([':', '.', '#'])
        .filter(|it| !it.is_empty());
    parts.next();
    parts.next()
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}
