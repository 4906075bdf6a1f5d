//! Which file a name means, and whether it may be written: inside of the root, links included, or not at all.

use super::name::is_path;
use super::refusal::{Kind, Problem};
use crate::assist::invisible;
use hob_index::reader::Reader;
use hob_index::secret::is_secret;
use std::fs;
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

/// Names that Windows keeps for devices, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// No path that a person writes is longer, in bytes.
const LONGEST: usize = 1_000;

/// A file that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From the root, parted by `/`, links resolved.
    pub path: String,
    /// Where it is, links resolved.
    pub real: PathBuf,
    /// Where it is by the root as it was given: the name that editors know.
    pub given: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Whether the name itself is a link.
    pub is_link: bool,
}

/// The folder that everything must be in.
#[derive(Clone, Debug)]
pub(super) struct Root {
    given: PathBuf,
    real: PathBuf,
    /// The folder that names count from first, from the root and separated by `/`; empty: the root.
    here: String,
}

impl Root {
    /// The root, if it is a folder.
    pub(super) fn new(root: &Path) -> Result<Root, Problem> {
        let disk = |err: std::io::Error| {
            Problem::new(
                Kind::Disk,
                format!("the folder {} can't be read: {err}", root.display()),
            )
        };
        let real = fs::canonicalize(root).map_err(disk)?;
        if !real.is_dir() {
            return Err(Problem::new(
                Kind::Disk,
                format!("{} is no folder", root.display()),
            ));
        }
        Ok(Root {
            given: std::path::absolute(root).map_err(disk)?,
            real,
            here: String::new(),
        })
    }

    /// The same, with a folder below the root that names count from first. One outside of the root changes nothing.
    pub(super) fn seen_from(mut self, here: &Path) -> Root {
        let real = fs::canonicalize(here).ok();
        let below = real.and_then(|it| self.below(&it));
        self.here = below.unwrap_or_default();
        self
    }

    /// The file at the root that a name means too, where it means one in the current folder.
    pub(super) fn also(&self, name: &str, place: &Place) -> Option<String> {
        if self.here.is_empty() {
            return None;
        }
        let other = self.place_from_root(name).ok()?;
        (other.exists && other.real != place.real).then_some(other.path)
    }

    /// Reads what is in it.
    pub(super) fn reader(&self) -> Reader {
        Reader::new(&self.real)
    }

    /// What the folder is called.
    pub(super) fn name(&self) -> Option<String> {
        Some(self.real.file_name()?.to_string_lossy().into_owned())
    }

    /// A place on disk, from the root, parted by `/`.
    pub(super) fn below(&self, place: &Path) -> Option<String> {
        let below = place.strip_prefix(&self.real).ok()?;
        let parts = below.components().map(|it| it.as_os_str().to_str());
        Some(parts.collect::<Option<Vec<&str>>>()?.join("/"))
    }

    /// Whether a file of this name exists and may be written.
    pub(super) fn has(&self, name: &str) -> bool {
        self.place(name).is_ok_and(|it| it.exists)
    }

    /// Whether this is a file's name in a folder that exists and has a blank in its own name.
    pub(super) fn has_folder_with_blank_of(&self, name: &str) -> bool {
        let Some((folder, _)) = name.rsplit_once(['/', '\\']) else {
            return false;
        };
        if !folder.contains(' ') || !is_path(name, true) {
            return false;
        }
        let Ok(parts) = self.parts(folder) else {
            return false;
        };
        let mut real = self.real.clone();
        for part in &parts {
            let part = self.on_disk(&real, part);
            real.push(part);
        }
        real.is_dir()
    }

    /// Where the file of this name is, or would be: as seen from the current folder first, else from the root. A file that
    /// is there wins over one that is not; a new one is where more of its folders are, in the current folder if that tells
    /// nothing.
    pub(super) fn place(&self, name: &str) -> Result<Place, Problem> {
        let is_absolute =
            Path::new(name.trim()).is_absolute() || name.trim_start().starts_with(['/', '\\', '~']);
        if self.here.is_empty() || is_absolute {
            return self.place_from_root(name);
        }
        let seen = format!("{}/{}", self.here, name.trim());
        let from_here = self.place_from_root(&seen).map_err(|it| it.of(name));
        let from_root = self.place_from_root(name);
        match (from_here, from_root) {
            (Ok(here), _) if here.exists => Ok(here),
            // What is there but must not be written is not another file's name.
            (Err(problem), _) if fs::symlink_metadata(self.real.join(&seen)).is_ok() => {
                Err(problem)
            }
            (_, Ok(root)) if root.exists => Ok(root),
            (Ok(here), Ok(root)) => {
                let is_dotted =
                    name.trim_start().starts_with("./") || name.trim_start().starts_with(".\\");
                match !is_dotted && self.n_there(name) > self.n_there(&seen) - self.n_here() {
                    true => Ok(root),
                    false => Ok(here),
                }
            }
            (Ok(here), Err(_)) => Ok(here),
            (Err(_), Ok(root)) => Ok(root),
            (Err(problem), Err(_)) => Err(problem),
        }
    }

    /// How many of a name's first folders are there.
    fn n_there(&self, name: &str) -> usize {
        let name = name.trim().replace('\\', "/");
        let folders = name.match_indices('/').map(|it| &name[..it.0]);
        folders.take_while(|it| self.real.join(it).is_dir()).count()
    }

    /// How many folders the current one is below the root.
    fn n_here(&self) -> usize {
        self.here.split('/').count()
    }

    fn place_from_root(&self, name: &str) -> Result<Place, Problem> {
        let forbidden = |what: &str| Err(Problem::new(Kind::Forbidden, what.to_owned()).of(name));
        let parts = match self.parts(name) {
            Ok(it) => it,
            Err(what) => return forbidden(what),
        };
        let mut real = self.real.clone();
        let mut given = self.given.clone();
        let mut exists = true;
        let mut is_link = false;
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            is_link = false;
            if !exists {
                if let Some(what) = unfit(part) {
                    return forbidden(what);
                }
                real.push(part);
                given.push(part);
                continue;
            }
            let part = self.on_disk(&real, part);
            real.push(&part);
            given.push(&part);
            let Ok(mut metadata) = fs::symlink_metadata(&real) else {
                if let Some(what) = unfit(&part) {
                    return forbidden(what);
                }
                exists = false;
                continue;
            };
            if metadata.is_symlink() {
                is_link = true;
                let Ok(target) = fs::canonicalize(&real) else {
                    return forbidden("is a link that leads nowhere");
                };
                if !target.starts_with(&self.real) {
                    return forbidden("is a link that leads out of the project");
                }
                real = target;
                metadata = match fs::symlink_metadata(&real) {
                    Ok(it) => it,
                    Err(_) => return forbidden("is a link that leads nowhere"),
                };
            }
            if is_last && metadata.is_dir() {
                return forbidden("is a folder");
            }
            if is_last && !metadata.is_file() {
                return forbidden("is no ordinary file");
            }
            if !is_last && !metadata.is_dir() {
                return forbidden("is below something that is no folder");
            }
        }
        // Where upper and lower case are the same, this is how the disk writes it.
        if exists && let Ok(found) = fs::canonicalize(&real) {
            real = found;
        }
        let Ok(below) = real.strip_prefix(&self.real) else {
            return forbidden("is outside of the project");
        };
        let path: Vec<String> = below
            .components()
            .map(|it| it.as_os_str().to_string_lossy().into_owned())
            .collect();
        // Links may lead to what may not be named.
        if let Some(what) = refused(&path) {
            return forbidden(what);
        }
        Ok(Place {
            path: path.join("/"),
            real,
            given,
            exists,
            is_link,
        })
    }

    /// The parts of a name, from the root.
    fn parts(&self, name: &str) -> Result<Vec<String>, &'static str> {
        if name.len() > LONGEST {
            return Err("is too long for a name");
        }
        if name.contains(|it: char| it.is_control()) {
            return Err("has a control character in its name");
        }
        let name = name.trim();
        let inside = self.below_root(name);
        let name = inside.as_deref().unwrap_or(name);
        let bytes = name.as_bytes();
        if bytes.len() >= 2 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
            return Err("is outside of the project: names count from its root");
        }
        let name = name.replace('\\', "/");
        if name.starts_with('/') {
            return Err("is outside of the project: names count from its root");
        }
        if name.starts_with('~') {
            return Err("is outside of the project: `~` is a home folder");
        }
        let mut parts: Vec<String> = Vec::new();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err("is outside of the project");
                    }
                }
                part => parts.push(part.to_owned()),
            }
        }
        if parts.is_empty() {
            return Err("names no file");
        }
        if name.ends_with('/') {
            return Err("is a folder");
        }
        match refused(&parts) {
            Some(what) => Err(what),
            None => Ok(parts),
        }
    }

    /// An absolute name that leads into the root, from the root.
    fn below_root(&self, name: &str) -> Option<String> {
        let path = Path::new(name);
        if !path.is_absolute() {
            return None;
        }
        let below = path
            .strip_prefix(&self.given)
            .or_else(|_| path.strip_prefix(&self.real))
            .ok()?;
        below.to_str().map(str::to_owned)
    }

    /// The name as the folder has it: the same letters may be written in two ways (`é` as one character or as two).
    fn on_disk(&self, folder: &Path, name: &str) -> String {
        if name.is_ascii() || fs::symlink_metadata(folder.join(name)).is_ok() {
            return name.to_owned();
        }
        let wanted: String = name.nfc().collect();
        let Ok(entries) = fs::read_dir(folder) else {
            return name.to_owned();
        };
        let mut same = entries
            .flatten()
            .filter_map(|it| it.file_name().into_string().ok())
            .filter(|it| it.nfc().eq(wanted.chars()));
        match (same.next(), same.next()) {
            (Some(it), None) => it,
            _ => name.to_owned(),
        }
    }
}

/// Why a file at this place must not be written, judged by its name alone.
fn refused(parts: &[String]) -> Option<&'static str> {
    if parts.iter().any(|it| is_git(it)) {
        return Some("belongs to git itself");
    }
    let path: PathBuf = parts.iter().collect();
    is_secret(&path).then_some("may hold secrets")
}

/// Whether some system takes this for `.git`.
fn is_git(part: &str) -> bool {
    let plain: String = part
        .chars()
        // macOS ignores these in names.
        .filter(|it| !matches!(it, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'))
        .collect();
    let plain = plain
        .split(':')
        .next()
        .unwrap_or("")
        .trim_end_matches(['.', ' '])
        .to_lowercase();
    plain == ".git" || plain == "git~1"
}

/// Why no new file or folder gets this name.
fn unfit(part: &str) -> Option<&'static str> {
    if invisible::found(part).next().is_some() {
        return Some("has an invisible character in its name");
    }
    is_odd(part).then_some("is no name that every system can have")
}

/// Whether some system can't have a file of this name, or makes something else of it.
fn is_odd(part: &str) -> bool {
    let stem = part
        .split('.')
        .next()
        .unwrap_or("")
        .trim_end()
        .to_lowercase();
    let numbered = |it: &str| {
        stem.strip_prefix(it).is_some_and(|it| {
            it.chars().count() == 1
                && it
                    .chars()
                    .all(|it| it.is_ascii_digit() || "¹²³".contains(it))
        })
    };
    DEVICES.contains(&stem.as_str())
        || numbered("com")
        || numbered("lpt")
        || part.ends_with(['.', ' '])
        || part.contains([':', '*', '?', '"', '<', '>', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::write(root.join("src/main.rs"), "").unwrap();
        fs::write(folder.path().join("outside.txt"), "").unwrap();
        let root = Root::new(&root).unwrap();
        (folder, root)
    }

    #[test]
    fn names_inside_of_the_root_are_files() {
        let (_folder, root) = project();
        for name in [
            "src/main.rs",
            "./src/main.rs",
            "src//main.rs",
            "src\\main.rs",
            "src/x/../main.rs",
        ] {
            let place = root.place(name).unwrap();
            assert_eq!(
                (place.path.as_str(), place.exists),
                ("src/main.rs", true),
                "{name}"
            );
        }
        assert!(!root.place("new/deep/file.rs").unwrap().exists);
        let absolute = root.given.join("src/main.rs");
        assert_eq!(
            root.place(absolute.to_str().unwrap()).unwrap().path,
            "src/main.rs"
        );
        for name in [
            ".gitignore",
            ".github/workflows/ci.yml",
            ".env.example",
            "console.rs",
            "src/a b.rs",
            "communication.md",
        ] {
            assert!(root.place(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn everything_else_is_forbidden() {
        let (_folder, root) = project();
        for name in [
            "",
            ".",
            "..",
            "/",
            "../outside.txt",
            "src/../../outside.txt",
            "/etc/passwd",
            "~/.bashrc",
            "~root/x",
            "C:\\x.txt",
            "c:/x.txt",
            "C:x",
            "\\\\server\\share\\x",
            "//server/share/x",
            ".git/config",
            ".git/hooks/pre-commit",
            ".GIT/config",
            "src/.git/config",
            ".git",
            ".git./config",
            "git~1/config",
            ".g\u{200C}it/config",
            ".env",
            "config/.env.local",
            "deploy/id_rsa",
            "key.pem",
            "a\0b",
            "a\nb",
            "src",
            "src/",
            "CON",
            "aux.txt",
            "com1.rs",
            "name.",
            "name ./x",
            "a.txt:stream",
            "src/main.rs/x",
            "..\\outside.txt",
            "src\\..\\..\\outside.txt",
        ] {
            let problem = root.place(name).unwrap_err();
            assert_eq!(problem.kind, Kind::Forbidden, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_and_forbidden_outside() {
        use std::os::unix::fs::symlink;
        let (folder, root) = project();
        let at = |name: &str| root.given.join(name);
        symlink("src/main.rs", at("inside.rs")).unwrap();
        symlink("src", at("code")).unwrap();
        symlink(folder.path(), at("out")).unwrap();
        symlink("../outside.txt", at("file")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink(".git", at("innocent")).unwrap();
        assert_eq!(root.place("inside.rs").unwrap().path, "src/main.rs");
        assert_eq!(root.place("code/main.rs").unwrap().path, "src/main.rs");
        assert_eq!(root.place("code/new.rs").unwrap().path, "src/new.rs");
        for name in [
            "out/outside.txt",
            "out/new.txt",
            "file",
            "dangling",
            "innocent/config",
            "dangling/x",
        ] {
            assert_eq!(
                root.place(name).unwrap_err().kind,
                Kind::Forbidden,
                "{name}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_are_found_however_their_letters_are_composed() {
        let (_folder, root) = project();
        fs::write(root.given.join("cafe\u{301}.txt"), "").unwrap();
        let place = root.place("caf\u{e9}.txt").unwrap();
        assert_eq!(
            (place.path.as_str(), place.exists),
            ("cafe\u{301}.txt", true)
        );
    }
}
