//! A real embedding model, run by a real libonnxruntime.

use hob_index::embed::fastembed::{self, Local};
use hob_index::embed::{Embedder, Purpose};
use hob_tests::tools;
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
