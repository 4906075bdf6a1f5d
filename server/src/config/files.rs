//! Where configuration files are, and reading them.

use crate::config::problem::{Diagnostic, Severity};
use crate::config::{SourceFile, Sources, trust};
use etcetera::BaseStrategy;
use hob_index::reader::{self, Reader, Refusal};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The repository's own settings file, in its root.
pub const REPOSITORY_FILE: &str = ".hob.toml";

/// No configuration that a person writes is larger; in bytes.
const LARGEST: u64 = 1_000_000;
/// The same for what a repository may set, which is little; in bytes.
const LARGEST_OF_REPOSITORY: u64 = 64 * 1024;

/// Where the user's file is, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFile {
    /// Its path; `None`: this machine has no place for it (no home folder is known).
    pub path: Option<PathBuf>,
    /// Whether `HOB_CONFIG` names it: then it must exist.
    pub named: bool,
}

/// The environment that decides where files are.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `HOB_CONFIG`.
    pub hob_config: Option<OsString>,
    /// `XDG_CONFIG_HOME`.
    pub xdg_config_home: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The platform's own folder for configuration.
    pub platform: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub xdg_cache_home: Option<OsString>,
    /// The platform's own folder for what can be made again.
    pub platform_cache: Option<PathBuf>,
    /// `XDG_STATE_HOME`.
    pub xdg_state_home: Option<OsString>,
    /// The platform's own folder for what a program remembers.
    pub platform_state: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        Environment {
            hob_config: std::env::var_os("HOB_CONFIG"),
            xdg_config_home: std::env::var_os("XDG_CONFIG_HOME"),
            home: etcetera::home_dir().ok(),
            platform: platform_folder(),
            xdg_cache_home: std::env::var_os("XDG_CACHE_HOME"),
            platform_cache: etcetera::base_strategy::choose_native_strategy()
                .ok()
                .map(|it| it.cache_dir()),
            xdg_state_home: std::env::var_os("XDG_STATE_HOME"),
            platform_state: state_folder_of_platform(),
        }
    }
}

/// `~/.local/state`; where there is no folder for it (macOS, Windows), that for data.
fn state_folder_of_platform() -> Option<PathBuf> {
    let native = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(native.state_dir().unwrap_or_else(|| native.data_dir()))
}

/// `~/.config`; on macOS `~/Library/Application Support`, on Windows `%APPDATA%`.
fn platform_folder() -> Option<PathBuf> {
    let native = etcetera::base_strategy::choose_native_strategy().ok()?;
    // Apple's own guide keeps `Preferences` for the system's property lists.
    Some(if cfg!(target_os = "macos") {
        native.data_dir()
    } else {
        native.config_dir()
    })
}

/// The user's file: `$HOB_CONFIG`, else `$XDG_CONFIG_HOME/hob/config.toml`, else `hob/config.toml` in the platform's own place.
pub fn user_file(environment: &Environment) -> UserFile {
    let set = |it: &Option<OsString>| it.clone().filter(|it| !it.is_empty());
    if let Some(path) = set(&environment.hob_config) {
        return UserFile {
            path: Some(absolute(Path::new(&path))),
            named: true,
        };
    }
    UserFile {
        path: xdg(&environment.xdg_config_home)
            .or_else(|| environment.platform.clone())
            .map(|it| it.join("hob").join("config.toml")),
        named: false,
    }
}

/// Where indexes are kept: `$XDG_CACHE_HOME/hob`, else `hob` in the platform's own place (`~/.cache`, `~/Library/Caches`,
/// `%LOCALAPPDATA%`). `None`: this machine has no such place.
pub fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    xdg(&environment.xdg_cache_home)
        .or_else(|| environment.platform_cache.clone())
        .map(|it| it.join("hob"))
}

/// Where is kept what must not be lost: `$XDG_STATE_HOME/hob`, else `hob` in the platform's own place (`~/.local/state`,
/// `~/Library/Application Support`, `%APPDATA%`). `None`: this machine has no such place.
pub fn state_folder(environment: &Environment) -> Option<PathBuf> {
    xdg(&environment.xdg_state_home)
        .or_else(|| environment.platform_state.clone())
        .map(|it| it.join("hob"))
}

/// What an XDG variable names; the specification wants relative paths ignored.
fn xdg(variable: &Option<OsString>) -> Option<PathBuf> {
    variable
        .clone()
        .map(PathBuf::from)
        .filter(|it| it.is_absolute())
}

/// The file that `HOB_CONFIG` names, when it doesn't exist.
pub fn missing_named_file(environment: &Environment) -> Option<PathBuf> {
    let user = user_file(environment);
    user.path.filter(|it| user.named && !it.exists())
}

/// The files that a configuration is read from, whether they exist or not: the user's, and the repository's in `root`.
pub fn paths(environment: &Environment, root: Option<&Path>) -> Vec<PathBuf> {
    user_file(environment)
        .path
        .into_iter()
        .chain(root.map(|it| it.join(REPOSITORY_FILE)))
        .collect()
}

/// Reads the user's file and the one in `root`, the project's root. A missing file is no problem, unless `HOB_CONFIG` names it.
pub fn read(root: Option<&Path>) -> (Sources, Vec<Diagnostic>) {
    read_in(&Environment::of_process(), root)
}

/// The same in any environment.
pub fn read_in(environment: &Environment, root: Option<&Path>) -> (Sources, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let user = user_file(environment);
    let user_file = user
        .path
        .and_then(|path| match read_user_file(&path, user.named) {
            Ok(Some(file)) => Some(file),
            Ok(None) => {
                if user.named {
                    problems.push(problem(
                        &path,
                        "`HOB_CONFIG` names this file, but there is none".to_owned(),
                        "correct or unset HOB_CONFIG, or run `hob config init` to create the file",
                    ));
                }
                None
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        });
    let left_out = root.map(trust::all_left_out).unwrap_or_default();
    let repository = root.and_then(|root| {
        let path = root.join(REPOSITORY_FILE);
        // Somebody else's file: it may be a link to anything.
        let read = Reader::new(root).read(&path, LARGEST_OF_REPOSITORY);
        match source(&path, read.map(|it| it.bytes)) {
            Ok(file) => file,
            Err(problem) => {
                // That it is another user's is said instead.
                if left_out.iter().all(|it| it.name != REPOSITORY_FILE) {
                    problems.push(problem);
                }
                None
            }
        }
    });
    let sources = Sources {
        user_file,
        repository,
        left_out,
        home: environment.home.clone(),
        ..Sources::default()
    };
    (sources, problems)
}

/// The user's file; `None`: there is none. It may name commands that Hob runs, so one that another user has put in its
/// place is refused, unless `HOB_CONFIG` names just that one.
fn read_user_file(path: &Path, named: bool) -> Result<Option<SourceFile>, Diagnostic> {
    if !named
        && let Ok(metadata) = std::fs::metadata(path)
        && hob_index::private::is_other_s(&metadata)
    {
        return Err(problem(
            path,
            "belongs to another user and isn't read".to_owned(),
            "make it your own (`chown`), or name it in HOB_CONFIG if you trust whoever owns it",
        ));
    }
    source(path, reader::read_own(path, LARGEST))
}

/// What was read of a file. `None`: there is no such file.
fn source(path: &Path, read: Result<Vec<u8>, Refusal>) -> Result<Option<SourceFile>, Diagnostic> {
    let bytes = match read {
        Ok(it) => it,
        Err(Refusal::Missing) => return Ok(None),
        Err(refusal) => {
            let hint = match refusal {
                Refusal::Unreadable(_) => "check its permissions",
                Refusal::TooLarge(_) => "is this the right file?",
                _ => "put a TOML file there",
            };
            return Err(problem(path, format!("{refusal} and isn't read"), hint));
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(SourceFile {
            path: path.to_owned(),
            text,
        })),
        Err(err) => {
            let valid = err.utf8_error().valid_up_to();
            let bytes = err.into_bytes();
            let line = bytes[..valid].iter().filter(|it| **it == b'\n').count() + 1;
            let mut problem = problem(
                path,
                "isn't UTF-8 and isn't read".to_owned(),
                "save it as UTF-8",
            );
            problem.line = u32::try_from(line).ok();
            Err(problem)
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn problem(path: &Path, message: String, hint: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        file: path.display().to_string(),
        line: None,
        column: None,
        key: None,
        message,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(folder: &Path) -> Environment {
        Environment {
            platform: Some(folder.join("platform")),
            home: Some(folder.to_owned()),
            ..Environment::default()
        }
    }

    #[test]
    fn hob_config_wins_over_xdg_and_xdg_over_the_platform() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = environment(folder.path());
        let path = |it: &Environment| user_file(it).path.unwrap();
        assert_eq!(
            path(&environment),
            folder.path().join("platform/hob/config.toml")
        );
        environment.xdg_config_home = Some(folder.path().join("xdg").into());
        assert_eq!(
            path(&environment),
            folder.path().join("xdg/hob/config.toml")
        );
        environment.hob_config = Some(folder.path().join("my.toml").into());
        assert_eq!(path(&environment), folder.path().join("my.toml"));
        assert!(user_file(&environment).named);
    }

    #[test]
    fn indexes_are_kept_where_xdg_or_the_platform_says() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = environment(folder.path());
        assert_eq!(cache_folder(&environment), None);
        environment.platform_cache = Some(folder.path().join("Caches"));
        let expected = folder.path().join("Caches/hob");
        assert_eq!(cache_folder(&environment), Some(expected.clone()));
        environment.xdg_cache_home = Some("relative".into());
        assert_eq!(cache_folder(&environment), Some(expected));
        environment.xdg_cache_home = Some(folder.path().join("xdg").into());
        let expected = folder.path().join("xdg/hob");
        assert_eq!(cache_folder(&environment), Some(expected));
    }

    #[test]
    fn empty_variables_and_a_relative_xdg_folder_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment {
            hob_config: Some(OsString::new()),
            xdg_config_home: Some("relative".into()),
            ..environment(folder.path())
        };
        assert_eq!(
            user_file(&environment).path,
            Some(folder.path().join("platform/hob/config.toml"))
        );
    }

    #[test]
    fn no_file_is_no_problem_unless_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = environment(folder.path());
        let (sources, problems) = read_in(&environment, Some(folder.path()));
        assert!(sources.user_file.is_none() && problems.is_empty());
        environment.hob_config = Some(folder.path().join("gone.toml").into());
        let (_, problems) = read_in(&environment, None);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].file.ends_with("gone.toml"));
        assert!(problems[0].message.contains("HOB_CONFIG"));
    }

    #[test]
    fn folders_huge_files_and_other_encodings_are_named_problems() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let environment = Environment {
            hob_config: Some(file.clone().into()),
            ..Environment::default()
        };
        let message = || read_in(&environment, None).1.remove(0).to_string();
        std::fs::create_dir(&file).unwrap();
        assert!(message().contains("is a folder"));
        std::fs::remove_dir(&file).unwrap();
        std::fs::write(&file, b"a = 1\nb = \"\xff\"").unwrap();
        assert!(message().contains("config.toml:2: isn't UTF-8"));
        std::fs::write(&file, vec![b'#'; 1_000_001]).unwrap();
        assert!(message().contains("larger than 1 MB"));
    }

    #[test]
    fn the_repository_file_is_read_from_the_root() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".hob.toml"), "# nothing").unwrap();
        let (sources, problems) = read_in(&Environment::default(), Some(folder.path()));
        assert!(problems.is_empty());
        assert_eq!(sources.repository.unwrap().text, "# nothing");
    }

    #[cfg(unix)]
    #[test]
    fn a_repository_file_that_is_a_pipe_or_leads_out_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        let file = root.join(REPOSITORY_FILE);
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("mine.toml"), "a = 1").unwrap();
        for (to, expected) in [
            ("../mine.toml", "is a link that leads out of the project"),
            ("/dev/zero", "is no ordinary file"),
            ("nowhere", "is a link that leads nowhere"),
        ] {
            std::os::unix::fs::symlink(to, &file).unwrap();
            let (sources, problems) = read_in(&Environment::default(), Some(&root));
            assert!(sources.repository.is_none(), "{to}");
            assert!(problems[0].message.starts_with(expected), "{}", problems[0]);
            std::fs::remove_file(&file).unwrap();
        }
        let made = std::process::Command::new("mkfifo").arg(&file).status();
        assert!(made.unwrap().success());
        let (_, problems) = read_in(&Environment::default(), Some(&root));
        assert!(problems[0].message.starts_with("is no ordinary file"));
    }
}
