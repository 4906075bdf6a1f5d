//! Servers that nobody configured, and what the user said about them: remembered by what a server is, so that another one
//! on the same port is asked about anew.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::Info;
use super::owner::Owner;
use crate::config::files;
use crate::display;
use hob_index::private;

/// The file in the folder for state.
const FILE: &str = "servers.json";
/// So many decisions are remembered, the newest.
const MOST: usize = 100;
/// The largest file that is read, in bytes: a decision has some 200.
const LARGEST: u64 = 256 << 10;

/// A server on this machine that Hob found by itself and that isn't known to be the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    /// Where it listens.
    pub url: String,
    /// Whose it is.
    pub owner: Owner,
    /// The kind of server that it says it is, for the user.
    pub server: String,
    /// The model that would be asked, for the user; empty if nothing names it.
    #[serde(skip)]
    pub model: String,
    /// A hash of all that it says of itself and that lasts: its kind and its models.
    pub says: String,
}

impl Stranger {
    /// The server at `url`, by what it says of itself.
    pub(super) fn new(url: &str, owner: Owner, info: &Info) -> Stranger {
        // A build's number changes with every update.
        let server = match info.server.starts_with("llama.cpp") {
            true => "llama.cpp",
            false => info.server.as_str(),
        };
        // Models of one kind of work are listed in no certain order.
        let mut models: Vec<&str> = info.served.iter().map(String::as_str).collect();
        models.sort_unstable();
        let mut hash = blake3::Hasher::new();
        for part in [server].into_iter().chain(models) {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Stranger {
            url: url.to_owned(),
            owner,
            server: server.to_owned(),
            model: info.model.clone(),
            says: hash.finalize().to_hex()[..32].to_owned(),
        }
    }

    /// Whether a decision about `other` holds for this one.
    fn is(&self, other: &Stranger) -> bool {
        (&self.url, self.owner, &self.says) == (&other.url, other.owner, &other.says)
    }

    /// What the user is asked.
    pub fn question(&self) -> String {
        format!(
            "Hob found {self}. It is not in your configuration. Your code and your questions would be sent to it. Use it?"
        )
    }

    /// What was found, why nothing was sent, and how to use it all the same. `role` is the configuration's word, as `chat`.
    pub fn refusal(&self, role: &str) -> String {
        format!(
            "Hob found {self}, so nothing of yours was sent to it. To use it, write `url = \"{}\"` below `[models.{role}]` in your configuration (`hob config path` says where that is).",
            self.url
        )
    }
}

impl fmt::Display for Stranger {
    /// `a model server at URL (llama.cpp with NAME) that belongs to another user …`: one line, whatever the server says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [url, server, model] =
            [&self.url, &self.server, &self.model].map(|it| display::line(it));
        write!(f, "a model server at {url}")?;
        match (&*server, &*model) {
            ("", "") => {}
            (server, "") => write!(f, " ({server})")?,
            ("", model) => write!(f, " ({model})")?,
            (server, model) => write!(f, " ({server} with {model})")?,
        }
        write!(f, " that {}", self.owner)
    }
}

/// What the user said about strangers. Cloning shares.
#[derive(Clone, Debug)]
pub struct Trust(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where it is kept; `None`: for the process's life only.
    path: Option<PathBuf>,
    /// What was said to this process.
    here: Mutex<Vec<Decision>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Decision {
    #[serde(flatten)]
    server: Stranger,
    allowed: bool,
}

impl Trust {
    /// What is remembered in a folder for state; `None`: nothing is, and nothing will be.
    pub fn open(state: Option<&Path>) -> Trust {
        Trust(Arc::new(Inner {
            path: state.map(|it| it.join(FILE)),
            here: Mutex::default(),
        }))
    }

    /// What this user remembers.
    pub fn of_process() -> Trust {
        let state = files::state_folder(&files::Environment::of_process());
        Trust::open(state.as_deref())
    }

    /// Whether the server may be used; `None`: nobody has said. Another process may have asked: the file is read each time.
    pub fn of(&self, server: &Stranger) -> Option<bool> {
        let find = |all: &[Decision]| {
            let found = all.iter().rev().find(|it| it.server.is(server));
            found.map(|it| it.allowed)
        };
        find(&self.here()).or_else(|| find(&self.read()))
    }

    /// Remembers what the user said. Where it can't be kept on disk, it lasts as long as the process.
    pub fn remember(&self, server: &Stranger, allowed: bool) {
        self.remember_here(server, allowed);
        let mut all = self.read();
        all.retain(|it| !it.server.is(server));
        all.push(Decision {
            server: server.clone(),
            allowed,
        });
        let spare = all.len().saturating_sub(MOST);
        all.drain(..spare);
        if let Some(path) = &self.0.path
            && let Err(error) = write(path, &all)
        {
            tracing::warn!(%error, path = %path.display(), "remembering which server may be used");
        }
    }

    /// Remembers for this process: the question was put and not answered.
    pub fn remember_here(&self, server: &Stranger, allowed: bool) {
        let mut here = self.here();
        here.retain(|it| !it.server.is(server));
        here.push(Decision {
            server: server.clone(),
            allowed,
        });
    }

    fn here(&self) -> MutexGuard<'_, Vec<Decision>> {
        // The list is whole at any time: a poisoned lock can be used.
        self.0.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file says; nothing, if it can't be read or others could have written it.
    fn read(&self) -> Vec<Decision> {
        let read = |path: &PathBuf| -> Option<Vec<Decision>> {
            let bytes = private::read_decisive(path).ok()?;
            (bytes.len() as u64 <= LARGEST)
                .then(|| serde_json::from_slice(&bytes).ok())
                .flatten()
        };
        self.0.path.as_ref().and_then(read).unwrap_or_default()
    }
}

/// In one step: another process may be reading.
fn write(path: &Path, all: &[Decision]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private::create_dir(folder, folder)?;
    }
    private::replace(path, &serde_json::to_vec(all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger() -> Stranger {
        let info = Info {
            server: "llama.cpp b1".to_owned(),
            model: "qwen".to_owned(),
            served: vec!["qwen".to_owned()],
            ..Info::unknown()
        };
        Stranger::new("http://127.0.0.1:8080", Owner::User(998), &info)
    }

    #[test]
    fn a_decision_holds_for_this_server_in_every_process_and_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let trust = || Trust::open(Some(folder.path()));
        let server = stranger();
        assert_eq!(trust().of(&server), None);
        trust().remember(&server, true);
        assert_eq!(trust().of(&server), Some(true));
        let others = [
            Stranger {
                url: "http://127.0.0.1:8081".to_owned(),
                ..server.clone()
            },
            Stranger {
                owner: Owner::User(999),
                ..server.clone()
            },
            Stranger {
                owner: Owner::Unknown,
                ..server.clone()
            },
            Stranger {
                says: "other".to_owned(),
                ..server.clone()
            },
        ];
        for other in others {
            assert_eq!(trust().of(&other), None, "{other:?}");
        }
        trust().remember(&server, false);
        assert_eq!(trust().of(&server), Some(false));
    }

    #[test]
    fn an_update_of_the_server_changes_nothing_and_another_list_of_models_does() {
        let info = |server: &str, models: &[&str]| Info {
            server: server.to_owned(),
            served: models.iter().map(|it| (*it).to_owned()).collect(),
            ..Info::unknown()
        };
        let says = |info: Info| Stranger::new("u", Owner::Unknown, &info).says;
        let first = says(info("llama.cpp b1", &["a", "b"]));
        assert_eq!(first, says(info("llama.cpp b2", &["b", "a"])));
        assert_ne!(first, says(info("llama.cpp b1", &["ab"])));
        assert_ne!(first, says(info("OpenAI-compatible", &["a", "b"])));
    }

    #[test]
    fn a_server_forges_no_line_of_the_question_about_it() {
        let stranger = Stranger {
            server: "x\r\nerror: FORGED".to_owned(),
            model: "m\u{1b}[2K\nUse it? [y/N] y\u{202e}".to_owned(),
            ..stranger()
        };
        for said in [stranger.question(), stranger.refusal("chat")] {
            assert!(!said.contains(display::is_hidden), "{said:?}");
            assert!(said.contains("m<U+001B>[2K<U+000A>Use it?"), "{said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_the_user_s_alone_and_one_that_others_may_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Trust::open(Some(folder.path())).remember(&stranger(), true);
        let path = folder.path().join(FILE);
        let mode = |it: u32| std::fs::Permissions::from_mode(it);
        let found = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600);
        std::fs::set_permissions(&path, mode(0o666)).unwrap();
        assert_eq!(Trust::open(Some(folder.path())).of(&stranger()), None);
    }

    #[test]
    fn a_broken_file_is_no_decision_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "[{", "{}", "[{\"allowed\":true}]"] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let trust = Trust::open(Some(folder.path()));
            assert_eq!(trust.of(&stranger()), None, "{text}");
            trust.remember(&stranger(), true);
            assert_eq!(Trust::open(Some(folder.path())).of(&stranger()), Some(true));
        }
    }
}
