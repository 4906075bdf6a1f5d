//! Context from the index: the real binary on a small codebase, with a model server that records what it is asked.

use crate::HOB;
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use serde_json::Value;

const SHAPES: &str = r#"
//- /src/geometry.rs
pub struct Rectangle;

impl Rectangle {
    pub fn circumference(&self, scale: f32) -> f32 {
        scale
    }
}
//- /src/main.rs
mod geometry;
use geometry::Rectangle;

fn report(rectangle: &Rectangle) -> f32 {
    rectangle.$0
}
"#;

#[test]
fn a_prompt_holds_the_signature_of_what_is_defined_in_a_file_that_is_not_open() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b.gguf");
    server.answer(|_| Reply::text("circumference(1.0)"));
    let workspace = Workspace::new(SHAPES);
    workspace.write_config(&format!(
        "[models.autocomplete]\nprovider = \"llama.cpp\"\nurl = \"{}\"\n",
        server.url()
    ));
    let place = workspace.fixture().place();
    let run = |arguments: &[&str]| -> Value {
        let arguments = ["complete", &place, "--json"]
            .into_iter()
            .chain(arguments.iter().copied());
        let output = workspace.command(HOB, arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).expect("JSON")
    };

    let drawn = run(&["--dry-run"]);
    let piece = &drawn["context"][0];
    assert_eq!(piece["path"], "src/geometry.rs", "{drawn:#}");
    assert_eq!(
        piece["reason"], "members of what stands before the cursor",
        "{drawn:#}"
    );
    let signature = "pub fn circumference(&self, scale: f32) -> f32";
    let prompt = drawn["prompt"].as_str().unwrap();
    let (file, own) = (
        prompt.find("<|file_sep|>src/geometry.rs\n"),
        prompt.find("<|file_sep|>src/main.rs\n"),
    );
    assert!(file.is_some() && file < own, "{prompt}");
    assert!(prompt.contains(signature), "{prompt}");

    let answer = run(&[]);
    assert_eq!(answer["text"], "circumference(1.0)", "{answer:#}");
    assert_eq!(server.wait_for_request().prompt(), prompt);
}

#[test]
fn a_model_sees_plain_line_breaks_and_the_document_keeps_its_own() {
    let server = ModelServer::llama_cpp("qwen2.5-coder-1.5b");
    server.answer(|_| Reply::text("y = 1\n    z = 2\n"));
    let workspace = Workspace::new("//- /a.py\n");
    workspace.write_config(&format!(
        "[models.autocomplete]\nurl = \"{}\"\n",
        server.url()
    ));
    let text = "import os\r\n\r\n\r\ndef f():\r\n    x = 1\r\n    \r\n";
    std::fs::write(workspace.root().join("a.py"), text).unwrap();
    let answer = workspace.json(HOB, ["complete", "--json", "a.py:6:5"]);
    let inserted = answer.to_string();
    assert!(inserted.contains("y = 1\\r\\n    z = 2"), "{inserted}");
    let asked = server.completions();
    assert!(!asked.is_empty());
    for it in &asked {
        assert!(!it.body.to_string().contains("\\r"), "{}", it.body);
    }
}
