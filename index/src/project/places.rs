//! The places of a machine that hold no project, or not as a whole: by their paths alone.

use super::Unfit;
use std::env;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Folders that hold nothing but homes: of Linux, macOS, Fedora's immutable variants, FreeBSD, and Solaris.
const HOMES: [&str; 5] = ["/home", "/Users", "/var/home", "/usr/home", "/export/home"];

/// No project by themselves, even when they are marked: too much is below. Of the Filesystem Hierarchy Standard, and of
/// macOS and Homebrew (whose folders are repositories).
const WHOLE: [(&str, Unfit); 20] = [
    ("/usr", Unfit::System),
    ("/usr/local", Unfit::System),
    ("/var", Unfit::System),
    ("/run", Unfit::System),
    ("/dev", Unfit::System),
    ("/proc", Unfit::System),
    ("/sys", Unfit::System),
    ("/private", Unfit::System),
    ("/private/var", Unfit::System),
    ("/System", Unfit::System),
    ("/Library", Unfit::System),
    ("/opt/homebrew", Unfit::Packages),
    ("/usr/local/Homebrew", Unfit::Packages),
    ("/home/linuxbrew/.linuxbrew", Unfit::Packages),
    ("/mnt", Unfit::FileSystem),
    ("/media", Unfit::FileSystem),
    ("/Volumes", Unfit::FileSystem),
    ("/tmp", Unfit::Temporary),
    ("/var/tmp", Unfit::Temporary),
    ("/dev/shm", Unfit::Temporary),
];

/// Trees of the system, where only repositories are projects. What users put there by custom is left out: `/usr/src`,
/// `/usr/local/src`, `/opt`, `/srv`, `/var/www`.
const SYSTEM: [&str; 37] = [
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/boot",
    "/etc",
    "/private/etc",
    "/proc",
    "/sys",
    "/snap",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/include",
    "/usr/share",
    "/usr/games",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/libexec",
    "/usr/local/include",
    "/usr/local/share",
    "/usr/local/etc",
    "/var/lib",
    "/var/cache",
    "/var/log",
    "/var/spool",
    "/nix/store",
    "/gnu/store",
    "/System",
    "/Library",
];

/// As [`SYSTEM`], on every drive of Windows; compared without case.
const WINDOWS: [&str; 5] = [
    "windows",
    "program files",
    "program files (x86)",
    "programdata",
    "$recycle.bin",
];

/// Parts of paths below which packages are installed, wherever they stand.
const PACKAGES: [&str; 40] = [
    "node_modules",
    "bower_components",
    "site-packages",
    "dist-packages",
    "__pypackages__",
    ".cargo/registry",
    ".cargo/git",
    ".rustup",
    "pkg/mod",
    ".m2/repository",
    ".gradle",
    ".ivy2",
    ".nuget",
    ".pub-cache",
    ".pnpm-store",
    ".yarn/cache",
    ".npm",
    ".nvm",
    ".bun",
    ".deno",
    ".gem",
    ".rbenv",
    ".pyenv",
    ".conda",
    ".julia",
    ".opam",
    ".stack",
    ".cabal",
    ".ghcup",
    ".hex",
    ".conan",
    ".conan2",
    ".sdkman",
    ".asdf",
    ".vscode/extensions",
    ".vscode-server",
    ".local/share",
    ".local/lib",
    ".cache",
    "elm-stuff",
];

/// Of a home folder: what it comes with, no project as a whole.
const PERSONAL: [&str; 14] = [
    "Desktop",
    "Documents",
    "Downloads",
    "Music",
    "Pictures",
    "Movies",
    "Videos",
    "Public",
    "Library",
    "AppData",
    "OneDrive",
    ".config",
    ".local",
    ".cargo",
];

/// What tells the places of a machine that are its user's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// The user's home folder, as the environment has it and without links.
    pub(super) homes: Vec<PathBuf>,
    /// Folders for temporary files, beside the well-known ones.
    pub(super) temporary: Vec<PathBuf>,
    /// Folders of package managers that the environment names.
    pub(super) packages: Vec<PathBuf>,
}

impl Machine {
    pub(super) fn of_process() -> Machine {
        Machine::of(|name| env::var_os(name), env::home_dir())
    }

    pub(super) fn of(
        variable: impl Fn(&str) -> Option<OsString>,
        home: Option<PathBuf>,
    ) -> Machine {
        let folder = |name: &str| {
            let it = PathBuf::from(variable(name)?);
            it.is_absolute().then_some(it)
        };
        let folders = |names: &[&str]| names.iter().filter_map(|it| folder(it)).collect();
        let home = home.filter(|it| it.is_absolute());
        let homes: Vec<PathBuf> = home
            .into_iter()
            .chain(["HOME", "USERPROFILE"].iter().filter_map(|it| folder(it)))
            .collect();
        let mut temporary: Vec<PathBuf> = folders(&["TMPDIR", "TMP", "TEMP", "XDG_RUNTIME_DIR"]);
        temporary.push(env::temp_dir());
        let mut packages: Vec<PathBuf> = folders(&["GOMODCACHE", "RUSTUP_HOME", "XDG_CACHE_HOME"]);
        packages.extend(folder("CARGO_HOME").map(|it| it.join("registry")));
        packages.extend(folder("CARGO_HOME").map(|it| it.join("git")));
        packages.extend(folder("GOPATH").map(|it| it.join("pkg").join("mod")));
        Machine {
            homes: with_real(homes),
            temporary: with_real(temporary),
            packages: with_real(packages),
        }
    }

    /// Whether a folder is the home of this process's user.
    pub(super) fn is_own_home(&self, folder: &Path) -> bool {
        self.homes.iter().any(|it| it == folder)
    }

    /// Why a folder is no project even where it is marked as one.
    pub(super) fn never(&self, folder: &Path) -> Option<Unfit> {
        if folder.parent().is_none() {
            return Some(Unfit::FileSystem);
        }
        if self.is_own_home(folder) {
            return Some(Unfit::Home);
        }
        if self.temporary.iter().any(|it| it == folder) {
            return Some(Unfit::Temporary);
        }
        if let Some((_, unfit)) = WHOLE.iter().find(|(it, _)| folder == Path::new(it)) {
            return Some(*unfit);
        }
        let is_homes = |it: &Path| HOMES.iter().any(|homes| it == Path::new(homes)) || is_users(it);
        let parent = folder.parent();
        if is_homes(folder) || parent.is_some_and(is_homes) || folder == Path::new("/root") {
            return Some(Unfit::Home);
        }
        // Homes on a server for a whole site. A home in any other place does not make the folder above it one of homes:
        // in a container and in tests that is the project.
        let is_parent = |it: &PathBuf| it.parent() == Some(folder);
        let names_homes = |it: &std::ffi::OsStr| {
            let names = ["home", "homes", "users"];
            names.iter().any(|name| it.eq_ignore_ascii_case(name))
        };
        if self.homes.iter().any(is_parent) && folder.file_name().is_some_and(names_homes) {
            return Some(Unfit::Home);
        }
        // Drives of Windows, as its subsystem for Linux has them.
        let is_letter = |it: &std::ffi::OsStr| it.len() == 1;
        (parent == Some(Path::new("/mnt")) && folder.file_name().is_some_and(is_letter))
            .then_some(Unfit::FileSystem)
    }

    /// Why a folder is no project unless it is in a repository, and the folder within which that has to begin.
    pub(super) fn unless_marked(&self, folder: &Path) -> Option<(PathBuf, Unfit)> {
        for it in SYSTEM {
            if folder.starts_with(it) {
                return Some((it.into(), Unfit::System));
            }
        }
        if let Some(it) = windows_tree(folder) {
            return Some((it, Unfit::System));
        }
        // The tests of a program may have a cache below its folder for temporary files: of nested ones the inner decides.
        if let Some(it) = self.packages.iter().find(|it| folder.starts_with(it)) {
            return Some((it.clone(), Unfit::Packages));
        }
        if let Some(it) = packages_tree(folder) {
            return Some((it, Unfit::Packages));
        }
        let parent = folder.parent()?;
        let is_personal = self.is_own_home(parent)
            && folder
                .file_name()
                .is_some_and(|name| PERSONAL.iter().any(|it| name == *it));
        is_personal.then(|| (folder.to_owned(), Unfit::Personal))
    }
}

/// Folders as they are named, and as they are without links.
fn with_real(folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for it in folders {
        let real = std::fs::canonicalize(&it).ok();
        for it in std::iter::once(it).chain(real) {
            // Of `/tmp/` and `/tmp`, the comparison of paths makes one.
            if !all.contains(&it) {
                all.push(it);
            }
        }
    }
    all
}

/// Whether a folder is `C:\Users`, or that as the subsystem for Linux has it.
fn is_users(folder: &Path) -> bool {
    let mut parts = folder.components();
    let is_drive = match parts.next() {
        Some(Component::Prefix(_)) => parts.next() == Some(Component::RootDir),
        Some(Component::RootDir) => {
            parts.next().is_some_and(|it| it.as_os_str() == "mnt")
                && parts.next().is_some_and(|it| it.as_os_str().len() == 1)
        }
        _ => false,
    };
    let is_users = |it: Component<'_>| it.as_os_str().eq_ignore_ascii_case("users");
    is_drive && parts.next().is_some_and(is_users) && parts.next().is_none()
}

/// The folder of Windows that holds this one.
fn windows_tree(folder: &Path) -> Option<PathBuf> {
    let mut parts = folder.components();
    let (Some(drive @ Component::Prefix(_)), Some(root), Some(first)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let is_system = WINDOWS
        .iter()
        .any(|it| first.as_os_str().eq_ignore_ascii_case(it));
    is_system.then(|| [drive, root, first].iter().collect())
}

/// The innermost folder of packages that holds this one.
fn packages_tree(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find_map(|it| {
        let ends = PACKAGES.iter().any(|packages| it.ends_with(packages));
        ends.then(|| it.to_owned())
    })
}
