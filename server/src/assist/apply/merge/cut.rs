//! Whether a definition that the code shows is all of it, or goes on in what is left out behind it.

use super::Merger;
use super::side::{Def, Side};
use hob_index::language::Blocks;
use hob_index::outline;
use std::ops::Range;

impl Merger<'_> {
    /// Whether a definition may go on in the elision right behind it: it ends with a line that isn't its last in the file.
    pub(super) fn is_cut_short(&self, def: &Def, file: &Range<usize>) -> bool {
        let is_comment = |line: &str| {
            let mut comments = self.language.into_iter().flat_map(|it| it.line_comments);
            comments.any(|it| line.trim_start().starts_with(it))
        };
        let behind = (def.lines.end..self.gaps.len())
            .find(|it| self.gaps[*it] || !is_comment(self.code.lines[*it]));
        if !behind.is_some_and(|it| self.gaps[it]) {
            return false;
        }
        let full = |lines: &[&str]| -> Vec<String> {
            let lines = lines.iter().map(|it| it.trim()).filter(|it| !it.is_empty());
            lines.map(str::to_owned).collect()
        };
        let (code, file) = (
            full(&self.code.lines[def.lines.clone()]),
            full(&self.file.lines[file.clone()]),
        );
        // Without a closing line, only a blank one says that a definition is complete, and in prose nothing does.
        let is_open = match self.language.map(|it| it.blocks) {
            Some(Blocks::Indentation) => behind == Some(def.lines.end),
            Some(Blocks::None) | None => true,
            _ => false,
        };
        if is_open && code.len() < file.len() {
            return true;
        }
        let last = code.last();
        file.iter()
            .rposition(|it| Some(it) == last)
            .is_some_and(|it| it + 1 < file.len())
    }

    /// Whether a type or a section is shown as if it was complete, without something that it holds in the file.
    pub(super) fn lacks(&self, def: &Def, file: &Def) -> bool {
        let is_code = matches!(
            def.symbol.kind,
            outline::Kind::Function | outline::Kind::Method
        );
        if is_code || self.gaps[def.lines.clone()].contains(&true) {
            return false;
        }
        let held = |side: &Side, of: &Def| -> Vec<String> {
            let inner = side.symbols.iter().filter(|it| {
                // A single line is no unit of the code.
                it.lines.len() > 1
                    && it.lines.start >= of.lines.start
                    && it.lines.end <= of.lines.end
                    && it.symbol.name != of.symbol.name
            });
            inner.map(|it| it.symbol.name.clone()).collect()
        };
        let code = held(&self.code, def);
        held(&self.file, file).iter().any(|it| !code.contains(it))
    }
}
