//! `hob chat` as a user at a terminal sees it.

use crate::HOB;
use hob_tests::hob::Workspace;
use hob_tests::model::{ModelServer, Reply};
use hob_tests::terminal::Terminal;

const ANSWER: &str = "\
The area is computed in `area` (src/shape.rs:1):

```rust
pub fn area(width: f32, height: f32) -> f32 {
    width * height // in square metres
}
```

- **width** and *height* are given
- nothing is rounded
";

const PROJECT: &str = "\
//- /src/shape.rs
pub fn area(width: f32, height: f32) -> f32 { width * height }
//- /src/main.rs
fn main() { shape::area(2.0, 3.0); }
";

fn served() -> (Workspace, ModelServer) {
    let workspace = Workspace::new(PROJECT);
    let server = ModelServer::openai(&["qwen2.5-coder-7b-instruct"]);
    workspace.write_config(&format!("[models.chat]\nurl = \"{}\"\n", server.url()));
    (workspace, server)
}

#[test]
fn a_question_is_answered_and_drawn() {
    let (workspace, server) = served();
    server.then(Reply::text(ANSWER));
    let mut terminal = Terminal::start(&workspace, HOB, ["chat"], (80, 40));
    terminal.wait_for("qwen2.5-coder-7b-instruct");
    terminal.wait_for("❯");
    terminal.press("where is the area computed?\r");
    terminal.wait_for("nothing is rounded");
    terminal.wait_until("the next prompt", |it| it.lines().last() == Some("❯"));
    let screen = terminal.screen();
    assert!(screen.contains("• nothing is rounded"), "{screen}");
    assert!(screen.contains("── 1 · rust ──"), "{screen}");
    assert!(
        screen.contains("\npub fn area(width: f32, height: f32) -> f32 {\n"),
        "{screen}"
    );
    if let Ok(file) = std::env::var("HOB_SHOT") {
        std::fs::write(file, terminal.bytes()).unwrap();
    }
    terminal.press("\u{4}");
    assert!(terminal.wait_for_end().success());
}
