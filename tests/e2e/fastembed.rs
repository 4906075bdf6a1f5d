//! A real embedding model, run by a real libonnxruntime.

use crate::HOB;
use hob_index::embed::fastembed::{self, Local};
use hob_index::embed::{Embedder, Purpose};
use hob_tests::hob::Workspace;
use hob_tests::tools;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn local(folder: &Path) -> Local {
    Local {
        model: Some(folder.join("model").display().to_string()),
        // As in Hob's own folder for data, `lib` is looked into.
        data: Some(folder.to_owned()),
        ..Local::default()
    }
}

fn open(folder: &Path) -> Arc<dyn Embedder> {
    fastembed::open(&local(folder)).unwrap()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_that_mean_the_same_are_near() {
    let Some(folder) = tools::minilm() else {
        return;
    };
    let embedder = open(&folder);
    assert_eq!(embedder.dimensions(), 384);
    let texts = [
        "That is a happy person",
        "That is a very happy person",
        "read the settings file and report unknown keys",
        "parse configuration",
    ];
    let found = embedder.embed(&texts, Purpose::Document).unwrap();
    for vector in &found {
        assert!((dot(vector, vector) - 1.0).abs() < 1e-3);
    }
    // The figure that the model's own implementation gives.
    let happy = dot(&found[0], &found[1]);
    assert!((happy - 0.9429).abs() < 0.0005, "{happy}");
    assert!(dot(&found[2], &found[3]) > 2.0 * dot(&found[2], &found[0]));
    // Neither nothing nor more than the model reads is a reason to fail.
    let long = "word ".repeat(5000);
    let found = embedder.embed(&["", &long, "\0🎈"], Purpose::Query);
    assert_eq!(found.unwrap().len(), 3);
    assert_eq!(embedder.id(), open(&folder).id());
}

#[test]
fn a_model_that_is_none_is_explained() {
    let Some(folder) = tools::minilm() else {
        return;
    };
    let broken = tempfile::tempdir().unwrap();
    let copy = |from: PathBuf| {
        let name = from.file_name().unwrap();
        fs::copy(&from, broken.path().join(name)).unwrap();
    };
    for entry in fs::read_dir(folder.join("model")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|it| it == "json") {
            copy(entry.path());
        }
    }
    for bytes in [&b""[..], b"not a model"] {
        fs::write(broken.path().join("model.onnx"), bytes).unwrap();
        let local = Local {
            model: Some(broken.path().display().to_string()),
            ..local(&folder)
        };
        let problem = fastembed::open(&local).err().unwrap();
        assert!(problem.contains("can't be used"), "{problem}");
    }
}

#[test]
fn a_search_by_meaning_finds_what_has_no_word_of_the_query() {
    let Some(folder) = tools::minilm() else {
        return;
    };
    let workspace = Workspace::new(
        r#"
//- /src/bank.py
def withdraw(account, amount):
    account.balance -= amount
//- /src/mail.py
def deliver(letter, recipient):
    recipient.inbox.append(letter)
//- /src/image.py
def blur(pixels, radius):
    return convolve(pixels, gauss(radius))
"#,
    );
    // A literal string: on Windows the path has backslashes.
    workspace.write_config(&format!(
        "[models.embed]\nprovider = \"fastembed\"\nmodel = '{}'\n",
        folder.join("model").display()
    ));
    let libraries = fs::read_dir(folder.join("lib")).unwrap().flatten();
    let library = libraries.map(|it| it.path()).max().unwrap();
    let run = |arguments: &[&str]| -> Value {
        let mut command = workspace.command(HOB, arguments.iter().copied());
        let output = command.env("ORT_DYLIB_PATH", &library).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let built = run(&["index", "--json"]);
    assert_eq!(built["vectors"]["made"], 3);
    for (query, path) in [
        ("take money out", "src/bank.py"),
        ("send an email to somebody", "src/mail.py"),
        ("make a picture less sharp", "src/image.py"),
    ] {
        let found = run(&["search", "--json", "--mode", "semantic", query]);
        assert_eq!(found[0]["path"], path, "{found}");
        let found = run(&["search", "--json", query]);
        assert_eq!(found[0]["path"], path, "{found}");
    }
}
