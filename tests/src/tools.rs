//! The programs that the tests run Hob against, made ready when they are first needed.
//!
//! They stand in `.tools` at the workspace's root, or where `HOB_TOOLS` says; `tests/setup/` holds the scripts that put
//! them there. On Linux a tool that can't be had fails the test. Elsewhere the scripts can't run: what is on `PATH` is
//! used, and a test that lacks its tool says so and passes.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One of the tiny models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TinyModel {
    /// With fill-in-the-middle tokens, without a chat template.
    Base,
    /// With a chat template, without fill-in-the-middle tokens.
    Instruct,
}

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("this crate is in the workspace")
        .to_owned()
}

/// Where the tools are.
pub fn folder() -> PathBuf {
    match env::var_os("HOB_TOOLS") {
        Some(it) if !it.is_empty() => it.into(),
        _ => workspace().join(".tools"),
    }
}

/// A real `llama-server`; `None` where it can't be had (never on Linux).
///
/// # Panics
///
/// When it should be there and is not.
#[track_caller]
pub fn llama_server() -> Option<PathBuf> {
    from_debian("llama-server", "llama-server.sh", "bin/llama-server")
}

/// A real Neovim; `None` where it can't be had (never on Linux).
///
/// # Panics
///
/// When it should be there and is not.
#[track_caller]
pub fn neovim() -> Option<PathBuf> {
    from_debian("nvim", "neovim.sh", "bin/nvim")
}

/// A real Emacs with lsp-mode; `None` where it can't be had (never on Linux).
///
/// # Panics
///
/// When it should be there and is not.
#[track_caller]
pub fn emacs() -> Option<PathBuf> {
    from_debian("emacs", "emacs.sh", "bin/emacs")
}

/// A real Helix; `None` where it can't be had (never on Linux).
///
/// # Panics
///
/// When it should be there and is not.
#[track_caller]
pub fn helix() -> Option<PathBuf> {
    from_debian("hx", "helix.sh", "bin/hx")
}

/// The GGUF file of a tiny model; `None` where there is no Python (never on Linux).
///
/// # Panics
///
/// When it can't be made.
#[track_caller]
pub fn tiny_model(model: TinyModel) -> Option<PathBuf> {
    let (name, arguments): (_, &[&str]) = match model {
        TinyModel::Base => ("tiny-base.gguf", &[]),
        TinyModel::Instruct => ("tiny-instruct.gguf", &["--no-fim"]),
    };
    let script = workspace().join("tests/setup/tiny_model.py");
    let file = folder().join(name);
    let _lock = lock(name);
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    if modified(&file).is_some_and(|made| Some(made) > modified(&script)) {
        return Some(file);
    }
    let python = on_path("python3").or_else(|| on_path("python"));
    let Some(python) = python else {
        return missing("there is no Python 3 on PATH");
    };
    run(Command::new(python).arg(script).args(arguments).arg(&file));
    Some(file)
}

/// The folder of a real embedding model, all-MiniLM-L6-v2, below it `model` and `lib` with what runs it; `None` where
/// it is not there and not asked for: it takes 110 MB to fetch, so that is left to continuous integration, which sets
/// `CI`, and to who sets `HOB_TEST_FASTEMBED`.
///
/// # Panics
///
/// When it is asked for and can't be had.
#[track_caller]
pub fn minilm() -> Option<PathBuf> {
    let target = folder().join("minilm");
    let wanted = |name| env::var_os(name).is_some_and(|it| !it.is_empty() && it != "0");
    if !target.is_dir() && !wanted("CI") && !wanted("HOB_TEST_FASTEMBED") {
        skip("set HOB_TEST_FASTEMBED=1 to fetch an embedding model and test with it");
        return None;
    }
    let _lock = lock("minilm");
    let python = on_path("python3").or_else(|| on_path("python"));
    let Some(python) = python else {
        return missing("there is no Python 3 on PATH");
    };
    run(Command::new(python)
        .arg(workspace().join("tests/setup/minilm.py"))
        .arg(&target));
    Some(target)
}

/// Fails on Linux; elsewhere the test is left out.
#[track_caller]
fn missing<T>(what: &str) -> Option<T> {
    if cfg!(target_os = "linux") {
        panic!("{what}");
    }
    skip(what);
    None
}

/// Says that a test has nothing to run against. The test's output would be swallowed; this is not.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    // Nowhere to say it: nothing to be done.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

#[track_caller]
fn from_debian(program: &str, script: &str, path: &str) -> Option<PathBuf> {
    let scripts_can_run = cfg!(target_os = "linux") && on_path("apt-get").is_some();
    if scripts_can_run {
        let name = script.trim_end_matches(".sh");
        let target = folder().join(name);
        let _lock = lock(name);
        run(Command::new("bash")
            .arg(workspace().join("tests/setup").join(script))
            .arg(&target));
        return Some(target.join(path));
    }
    if let Some(it) = on_path(program) {
        return Some(it);
    }
    missing(&format!(
        "there is no {program} on PATH, and only on Debian can the tests fetch it themselves"
    ))
}

/// Runs a command that makes something ready.
#[track_caller]
fn run(command: &mut Command) {
    let output = match command.stdin(Stdio::null()).output() {
        Ok(it) => it,
        Err(error) => panic!("{command:?}: {error}"),
    };
    if !output.status.success() {
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        panic!("{command:?} failed with {}\n{out}{err}", output.status);
    }
}

/// Waits until no other test process makes this ready; until dropped, no other does.
fn lock(name: &str) -> File {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let path = folder.join(format!("{name}.lock"));
    let file = File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.lock()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file
}

/// The program of that name on `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|it| it.join(&file))
        .find(|it| it.is_file())
}
