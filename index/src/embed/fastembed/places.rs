//! Where a model's files and libonnxruntime are.

use std::fs;
use std::path::{Path, PathBuf};

use super::{DEFAULT_MODEL, Local};

/// The oldest libonnxruntime that can be used: what the crate `ort` is told to ask for.
const OLDEST_LIBRARY: &str = "1.24";

/// The files of a model.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    /// The ONNX file.
    pub(super) onnx: PathBuf,
}

/// The files of the model that was asked for.
pub(super) fn model(local: &Local) -> Result<Files, String> {
    let name = local.model.as_deref().unwrap_or(DEFAULT_MODEL);
    if let Some(folder) = as_folder(name, local) {
        return files(&folder).map_err(|missing| {
            format!(
                "There is no embedding model in {}: {missing}. Put model.onnx, tokenizer.json, config.json, special_tokens_map.json and tokenizer_config.json there, or correct `models.embed.model`.",
                folder.display()
            )
        });
    }
    let folders = folders(name, local);
    let found = folders.iter().find_map(|it| files(it).ok());
    found.ok_or_else(|| {
        let own = local.data.as_ref().map_or_else(
            || "a folder".to_owned(),
            |it| it.join("models").join(name).display().to_string(),
        );
        let why = folders
            .iter()
            .filter(|it| it.is_dir())
            .find_map(|it| Some(format!(" ({}: {})", it.display(), files(it).err()?)));
        format!(
            "The embedding model {name:?} is not on this machine{}. Put its model.onnx, tokenizer.json, config.json, special_tokens_map.json and tokenizer_config.json into {own}, or name their folder in `models.embed.model`.",
            why.unwrap_or_default()
        )
    })
}

/// What is written as a folder; `None` for a name, which may have a slash within.
fn as_folder(name: &str, local: &Local) -> Option<PathBuf> {
    if let Some(rest) = name.strip_prefix("~/").or_else(|| name.strip_prefix("~\\")) {
        return Some(local.home.as_ref()?.join(rest));
    }
    let path = Path::new(name);
    (path.is_absolute() || name.starts_with('.')).then(|| path.to_owned())
}

/// Where a model of this name may be: what other programs have fetched, then Hob's own.
fn folders(name: &str, local: &Local) -> Vec<PathBuf> {
    let short = name.rsplit('/').next().unwrap_or(name);
    let mut folders = Vec::new();
    if let Some(home) = &local.home {
        let hub = home.join(".cache/huggingface/hub");
        // `models--ORGANISATION--NAME/snapshots/COMMIT`
        let is_it = |folder: &str| {
            folder.strip_prefix("models--").is_some_and(|it| {
                it.replace("--", "/") == name || it.rsplit("--").next() == Some(name)
            })
        };
        for repository in entries(&hub, is_it) {
            folders.extend(entries(&repository.join("snapshots"), |_| true));
        }
    }
    if let Some(data) = &local.data {
        folders.push(data.join("models").join(short));
    }
    folders
}

/// The model in this folder, or what it lacks.
fn files(folder: &Path) -> Result<Files, String> {
    let onnx = ["model.onnx", "onnx/model.onnx"]
        .iter()
        .map(|it| folder.join(it))
        .find(|it| it.is_file())
        .ok_or("it has neither model.onnx nor onnx/model.onnx")?;
    for name in super::model::TOKENIZER_FILES {
        if !folder.join(name).is_file() {
            return Err(format!("it has no {name}"));
        }
    }
    Ok(Files {
        folder: folder.to_owned(),
        onnx,
    })
}

/// Loads libonnxruntime into this process, the first that can be used; once is enough.
pub(super) fn load_library(local: &Local) -> Result<(), String> {
    let candidates = match &local.library {
        Some(library) => vec![library.clone()],
        None => libraries(local),
    };
    let mut problems = Vec::new();
    for library in candidates {
        if !library.is_file() {
            problems.push(format!("{} is not there", library.display()));
            continue;
        }
        // Without this, the first use of the runtime would end in a panic where there is no library, or an old one.
        match ort::init_from(&library) {
            // What it would build, the defaults of everything, is built by whoever needs it first.
            Ok(_) => return Ok(()),
            Err(error) => problems.push(error.to_string()),
        }
    }
    let why = if problems.is_empty() {
        "none was found".to_owned()
    } else {
        problems.join("; ")
    };
    let own = local.data.as_ref().map_or_else(String::new, |it| {
        format!(" put it into {},", it.join("lib").display())
    });
    Err(format!(
        "Embedding on this machine needs libonnxruntime {OLDEST_LIBRARY} or newer: {why}. Install it (`pip install onnxruntime` will do),{own} or set ORT_DYLIB_PATH to its file."
    ))
}

/// Every libonnxruntime in the usual places: Hob's own, Python's, the system's. Of several
/// in one folder, the last by name, which is the newest, is first.
fn libraries(local: &Local) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(local.data.iter().map(|it| it.join("lib")));
    folders.extend(pythons(local).iter().flat_map(|it| site_packages(it)));
    folders.extend(
        [
            "/usr/local/lib",
            "/usr/lib",
            "/usr/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/opt/homebrew/lib",
        ]
        .map(PathBuf::from),
    );
    let mut found = Vec::new();
    for folder in folders {
        let mut here = entries(&folder, is_library);
        here.reverse();
        found.extend(here);
    }
    found
}

fn is_library(name: &str) -> bool {
    let ends = [".so", ".dylib", ".dll"];
    let begins = name.starts_with("libonnxruntime.") || name == "onnxruntime.dll";
    // `libonnxruntime.so.1.31.1` has its version behind, `libonnxruntime.1.31.1.dylib` within.
    begins && ends.iter().any(|it| name.contains(it))
}

/// Where Pythons are installed: the active environment, the user's, the system's.
fn pythons(local: &Local) -> Vec<PathBuf> {
    let mut pythons: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(std::env::var_os)
        .map(PathBuf::from)
        .collect();
    if let Some(home) = &local.home {
        pythons.push(home.join(".local"));
        pythons.extend(entries(&home.join(".pyenv/versions"), |_| true));
        pythons.extend(entries(&home.join("Library/Python"), |_| true));
        pythons.extend(entries(&home.join("AppData/Local/Programs/Python"), |_| {
            true
        }));
    }
    pythons.extend(["/usr/local", "/usr", "/opt/homebrew"].map(PathBuf::from));
    pythons
}

/// The folders below a Python in which the package `onnxruntime` keeps its library.
fn site_packages(python: &Path) -> Vec<PathBuf> {
    let mut packages = vec![python.join("Lib/site-packages")];
    for library in entries(&python.join("lib"), |it| it.starts_with("python3")) {
        packages.push(library.join("site-packages"));
        packages.push(library.join("dist-packages"));
    }
    packages
        .into_iter()
        .map(|it| it.join("onnxruntime/capi"))
        .collect()
}

/// What a folder holds under names of this kind, in the order of the names; nothing if it can't be read.
fn entries(folder: &Path, is_it: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|it| it.file_name().to_str().is_some_and(&is_it))
        .map(|it| it.path())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }

    fn put_model(folder: &Path, onnx: &str) {
        touch(&folder.join(onnx));
        for name in super::super::model::TOKENIZER_FILES {
            touch(&folder.join(name));
        }
    }

    fn found(local: &Local) -> PathBuf {
        model(local).unwrap().onnx
    }

    #[test]
    fn a_model_is_found_where_it_was_fetched_to() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        let data = root.path().join("data");
        let mut local = Local {
            home: Some(home.clone()),
            data: Some(data.clone()),
            ..Local::default()
        };
        let own = data.join("models/all-MiniLM-L6-v2");
        put_model(&own, "model.onnx");
        assert_eq!(found(&local), own.join("model.onnx"));
        let hub = home.join(".cache/huggingface/hub");
        let fetched = hub.join("models--sentence-transformers--all-MiniLM-L6-v2/snapshots/abc");
        put_model(&fetched, "onnx/model.onnx");
        assert_eq!(found(&local), fetched.join("onnx/model.onnx"));
        local.model = Some("sentence-transformers/all-MiniLM-L6-v2".to_owned());
        assert_eq!(found(&local), fetched.join("onnx/model.onnx"));
        put_model(&home.join("mine"), "model.onnx");
        local.model = Some("~/mine".to_owned());
        assert_eq!(found(&local), home.join("mine/model.onnx"));
    }

    #[test]
    fn a_model_that_is_not_there_is_explained() {
        let root = tempfile::tempdir().unwrap();
        let mut local = Local {
            data: Some(root.path().to_owned()),
            ..Local::default()
        };
        let problem = model(&local).unwrap_err();
        assert!(
            problem.contains("\"all-MiniLM-L6-v2\" is not on this machine."),
            "{problem}"
        );
        touch(&root.path().join("models/all-MiniLM-L6-v2/model.onnx"));
        let problem = model(&local).unwrap_err();
        assert!(problem.contains("it has no tokenizer.json"), "{problem}");
        local.model = Some(root.path().join("empty").display().to_string());
        let problem = model(&local).unwrap_err();
        assert!(
            problem.contains("neither model.onnx nor onnx/model.onnx"),
            "{problem}"
        );
    }

    #[test]
    fn a_library_that_is_missing_or_none_is_explained_and_nothing_panics() {
        let root = tempfile::tempdir().unwrap();
        let mut local = Local {
            library: Some(root.path().join("libonnxruntime.so")),
            data: Some(root.path().to_owned()),
            ..Local::default()
        };
        for what in ["libonnxruntime.so is not there", "failed to load"] {
            let problem = load_library(&local).unwrap_err();
            assert!(problem.contains(what), "{problem}");
            assert!(problem.contains("pip install onnxruntime"), "{problem}");
            fs::write(root.path().join("libonnxruntime.so"), "no library").unwrap();
        }
        local.library = None;
        touch(&root.path().join("lib/libonnxruntime.so.1.31.1"));
        let problem = libraries(&local);
        assert_eq!(problem[0], root.path().join("lib/libonnxruntime.so.1.31.1"));
    }

    #[test]
    fn libraries_of_all_systems_are_known_by_their_names() {
        for name in [
            "libonnxruntime.so",
            "libonnxruntime.so.1.31.1",
            "libonnxruntime.1.31.1.dylib",
            "onnxruntime.dll",
        ] {
            assert!(is_library(name), "{name}");
        }
        for name in [
            "libonnxruntime_providers_shared.so",
            "libonnx.so",
            "onnxruntime.py",
        ] {
            assert!(!is_library(name), "{name}");
        }
    }
}
