//! What `hob complete` has to tell: filled in by the engine's caller, printed as JSON or drawn on the terminal.

use crate::display;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use std::ops::Range;
use std::path::PathBuf;

/// One completion, or why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompleteReport {
    /// The file, as the user would write it.
    pub path: PathBuf,
    /// The file's text.
    pub text: String,
    /// Where it was asked for: the line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is written there; empty: nothing is offered.
    pub insert: String,
    /// What it takes the place of, as byte offsets into `text`; empty at the cursor in most cases. Offsets that don't exist are moved to ones that do.
    pub replace: Range<usize>,
    /// Who made it; `None`: nobody.
    pub source: Option<Source>,
    /// The model's name, where a model made it.
    pub model: Option<String>,
    /// The server's address, where a model made it.
    pub server: Option<String>,
    /// How sure `builtin` is that this is exactly right, 0 to 1.
    pub confidence: Option<f32>,
    /// What the answer was made from, besides the file itself.
    pub context: Vec<Piece>,
    /// How long each step took, in milliseconds, in the order of the steps; `total` stands for all of it.
    pub timings_ms: Timings,
    /// Why there is nothing, or less than there could be.
    pub reason: Option<Reason>,
}

/// Who made a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A model.
    Model,
    /// The codebase itself.
    Builtin,
    /// An earlier answer that still fits.
    Cache,
}

/// A piece of context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The file, relative to the root.
    #[serde(serialize_with = "display::serialize_path")]
    pub path: PathBuf,
    /// Its first line, from 1.
    pub start_line: usize,
    /// Its last line, inclusive.
    pub end_line: usize,
    /// Its text.
    pub text: String,
    /// Why it was chosen.
    pub reason: String,
}

/// Why there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs: `mid-word`, `model-unreachable`.
    pub code: String,
    /// For people: a sentence.
    pub sentence: String,
    /// What could be done about it.
    pub hint: Option<String>,
}

/// Steps and their times in milliseconds, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timings(pub Vec<(String, f64)>);

impl Serialize for Timings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (step, milliseconds) in &self.0 {
            // Microseconds are as fine as any of this is measured.
            map.serialize_entry(step, &((milliseconds * 1000.0).round() / 1000.0))?;
        }
        map.end()
    }
}

/// What would be asked of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DryRunReport {
    /// The file, as the user would write it.
    #[serde(serialize_with = "display::serialize_path")]
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text before the cursor, as much as is sent.
    pub prefix: String,
    /// The text after the cursor, as much as is sent.
    pub suffix: String,
    /// The context, in the order of the prompt.
    pub context: Vec<Piece>,
    /// The prompt, to the letter; empty where no model would be asked.
    pub prompt: String,
    /// Its length in tokens, counted or estimated.
    pub tokens: usize,
    /// The template's family, where one is known.
    pub fim: Option<String>,
    /// Why no model would be asked.
    #[serde(serialize_with = "sentence")]
    pub reason: Option<Reason>,
}

/// A position as programs get it: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct PositionRange {
    start: Position,
    end: Position,
}

impl CompleteReport {
    /// `replace` on characters' boundaries inside the text, start before end.
    pub(super) fn replaced(&self) -> Range<usize> {
        let on_boundary = |mut offset: usize| {
            offset = offset.min(self.text.len());
            while !self.text.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        let start = on_boundary(self.replace.start);
        start..on_boundary(self.replace.end).max(start)
    }

    fn position(&self, offset: usize) -> Position {
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

// By hand: programs are told the range, not the file's whole text, and `text` is what is inserted.
impl Serialize for CompleteReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let replaced = self.replaced();
        let range = PositionRange {
            start: self.position(replaced.start),
            end: self.position(replaced.end),
        };
        let mut fields = serializer.serialize_struct("CompleteReport", 12)?;
        fields.serialize_field("path", &self.path.to_string_lossy())?;
        fields.serialize_field("text", &self.insert)?;
        fields.serialize_field("range", &range)?;
        fields.serialize_field("source", &self.source)?;
        fields.serialize_field("model", &self.model)?;
        fields.serialize_field("server", &self.server)?;
        // As a 64-bit float, 0.87 would be printed with the 32-bit one's rounding.
        let confidence = self
            .confidence
            .map(|it| (f64::from(it) * 1000.0).round() / 1000.0);
        fields.serialize_field("confidence", &confidence)?;
        fields.serialize_field("context", &self.context)?;
        fields.serialize_field("timings_ms", &self.timings_ms)?;
        fields.serialize_field("reason", &self.reason.as_ref().map(|it| &it.sentence))?;
        fields.serialize_field("reason_code", &self.reason.as_ref().map(|it| &it.code))?;
        let hint = self.reason.as_ref().and_then(|it| it.hint.as_ref());
        fields.serialize_field("hint", &hint)?;
        fields.end()
    }
}

fn sentence<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.as_ref().map(|it| &it.sentence).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn programs_get_the_range_in_characters_and_times_in_order() {
        let report = CompleteReport {
            path: "src/a.rs".into(),
            text: "x\né😀)\n".to_owned(),
            line: 2,
            column: 3,
            insert: "b)".to_owned(),
            replace: 8..9,
            source: Some(Source::Builtin),
            confidence: Some(0.87),
            timings_ms: Timings(vec![
                ("gather".to_owned(), 1.23456),
                ("builtin".to_owned(), 0.5),
            ]),
            ..CompleteReport::default()
        };
        expect![[r#"
            {
              "path": "src/a.rs",
              "text": "b)",
              "range": {
                "start": {
                  "line": 2,
                  "column": 3
                },
                "end": {
                  "line": 2,
                  "column": 4
                }
              },
              "source": "builtin",
              "model": null,
              "server": null,
              "confidence": 0.87,
              "context": [],
              "timings_ms": {
                "gather": 1.235,
                "builtin": 0.5
              },
              "reason": null,
              "reason_code": null,
              "hint": null
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&report).unwrap());
    }

    #[test]
    fn a_range_that_does_not_exist_is_moved_to_one_that_does() {
        for (start, end) in [(0, 99), (99, 3), (2, 1), (1, 2)] {
            let report = CompleteReport {
                text: "é".to_owned(),
                replace: Range { start, end },
                ..CompleteReport::default()
            };
            serde_json::to_string(&report).unwrap();
        }
    }
}
