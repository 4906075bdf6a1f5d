//! A codebase with a habit: whoever has seen it knows how its lines go on, with no model at all.

/// Several files that all do the same thing in the same way.
const HABIT: &str = r#"
//- /src/circle.rs
impl Circle {
    fn draw(&self, canvas: &mut Canvas) {
        let outline = self.outline.resolve(canvas.theme());
        canvas.stroke(self.path(), outline);
    }
}
//- /src/square.rs
impl Square {
    fn draw(&self, canvas: &mut Canvas) {
        let outline = self.outline.resolve(canvas.theme());
        canvas.stroke(self.path(), outline);
    }
}
//- /src/triangle.rs
impl Triangle {
    fn draw(&self, canvas: &mut Canvas) {
        let outline = self.outline.resolve(canvas.theme());
        canvas.stroke(self.path(), outline);
    }
}
//- /src/polygon.rs
impl Polygon {
    fn draw(&self, canvas: &mut Canvas) {
        let outline = self.outline.resolve(canvas.theme());
        canvas.stroke(self.path(), outline);
    }
}
"#;

/// The codebase, with one more file to write; `before` is what stands before the cursor in its last line.
pub(crate) fn with_cursor_after(before: &str) -> String {
    format!(
        "{HABIT}//- /src/star.rs\nimpl Star {{\n    fn draw(&self, canvas: &mut Canvas) {{\n        {before}$0\n    }}\n}}\n"
    )
}

/// What follows `let outline = ` everywhere.
pub(crate) const OUTLINE: &str = "self.outline.resolve(canvas.theme());";
