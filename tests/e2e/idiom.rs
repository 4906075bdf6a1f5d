//! A codebase with a habit: whoever has seen it knows how its lines go on, with no model at all.

/// Files that all do the same thing in the same way.
const FILES: &[&str] = &["Circle", "Square", "Triangle", "Polygon"];

/// What the file to write in has done so before.
const PARTS: &[&str] = &[
    "shadow", "border", "fill", "label", "handle", "arrow", "corner", "shine", "frame", "grip",
    "badge", "halo",
];

/// What follows `let outline = ` everywhere.
pub(crate) const OUTLINE: &str = "self.outline.resolve(canvas.theme());";

/// The codebase, with one more method to write; `before` is what stands before the cursor in its only line.
pub(crate) fn with_cursor_after(before: &str) -> String {
    let mut fixture = String::new();
    for name in FILES {
        let draw = method("draw", "path");
        fixture.push_str(&format!(
            "//- /src/{}.rs\nimpl {name} {{\n{draw}}}\n",
            name.to_lowercase()
        ));
    }
    fixture.push_str("//- /src/star.rs\nimpl Star {\n");
    for part in PARTS {
        fixture.push_str(&method(&format!("draw_{part}"), part));
        fixture.push('\n');
    }
    fixture.push_str(&format!(
        "    fn draw(&self, canvas: &mut Canvas) {{\n        {before}$0\n    }}\n}}\n"
    ));
    fixture
}

fn method(name: &str, part: &str) -> String {
    format!(
        "    fn {name}(&self, canvas: &mut Canvas) {{\n        let outline = {OUTLINE}\n        canvas.stroke(self.{part}(), outline);\n    }}\n"
    )
}
