//! A home of its own for a process under test: nothing of the user's configuration leaks in, nothing leaks out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Variables that configure Hob, or that it might read a key from.
pub(crate) const FORGOTTEN: &[&str] = &[
    "HOB_CONFIG",
    "HOB_LOG",
    "HOB_MODEL_PORTS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "MISTRAL_API_KEY",
    "OLLAMA_HOST",
    "NO_COLOR",
    "RUST_LOG",
    "NVIM_APPNAME",
];

/// An empty home folder, gone when dropped.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// Makes one.
    pub fn new() -> Home {
        let folder = tempfile::Builder::new()
            .prefix("hob-home-")
            .tempdir()
            .expect("a temporary folder can be made");
        Home { folder }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the configuration file is for processes of this home, once written.
    pub fn config_path(&self) -> PathBuf {
        self.path().join("config").join("hob").join("config.toml")
    }

    /// Writes the configuration file (TOML).
    pub fn write_config(&self, toml: &str) {
        let path = self.config_path();
        fs::create_dir_all(path.parent().expect("the file is in a folder"))
            .expect("the configuration folder");
        fs::write(path, toml).expect("the configuration file");
    }

    /// The environment that makes this the process's home. `HOB_CONFIG` is set once there is a configuration file.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.path().join(name).to_string_lossy().into_owned();
        let home = self.path().to_string_lossy().into_owned();
        let mut all = vec![
            ("HOME".to_owned(), home.clone()),
            ("USERPROFILE".to_owned(), home),
            ("XDG_CONFIG_HOME".to_owned(), folder("config")),
            ("XDG_CACHE_HOME".to_owned(), folder("cache")),
            ("XDG_DATA_HOME".to_owned(), folder("data")),
            ("XDG_STATE_HOME".to_owned(), folder("state")),
            ("APPDATA".to_owned(), folder("config")),
            ("LOCALAPPDATA".to_owned(), folder("cache")),
            // What happens to listen on this machine is no part of a test; one that wants to be found says so.
            ("HOB_MODEL_PORTS".to_owned(), String::new()),
        ];
        let config = self.config_path();
        if config.exists() {
            all.push((
                "HOB_CONFIG".to_owned(),
                config.to_string_lossy().into_owned(),
            ));
        }
        all
    }

    /// Makes this the home of a command.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for name in FORGOTTEN {
            command.env_remove(name);
        }
        command.envs(self.environment())
    }
}

impl Default for Home {
    fn default() -> Home {
        Home::new()
    }
}
