//! Blanks and line breaks at the start of the output (rules 22 to 24).

use super::around::Around;
use super::indent;
use super::lex::Mode;
use hob_index::language::Blocks;

/// Fits the start of the output to the cursor: no second blank, no second indentation, no empty line where there is one already.
pub(super) fn fit_start(around: &Around, text: &str) -> String {
    let line = around.line();
    if around.on_blank_line() {
        return fit_to_blank_line(around, text);
    }
    if !around.rest_is_closers() {
        // Code follows on this line: the output is a piece of the line.
        let body = text.trim_start();
        let blank = text.starts_with([' ', '\t'])
            && !line.ends_with([' ', '\t'])
            && text.trim_start_matches([' ', '\t']).len() == body.len();
        return if blank {
            format!(" {body}")
        } else {
            body.to_owned()
        };
    }
    let body = text.trim_start_matches([' ', '\t']);
    // A value stands behind its `return`, not below.
    if body.starts_with('\n') && line.ends_with("return ") && around.mode == Mode::Code {
        return body.trim_start().to_owned();
    }
    if body.starts_with('\n') {
        let newlines = body.len() - body.trim_start_matches('\n').len();
        let lines: Vec<&str> = body.split('\n').collect();
        // More than one empty line is no style of anybody's.
        let blank = lines.iter().take_while(|it| it.trim().is_empty()).count();
        return if newlines == 0 || blank <= 3 {
            body.to_owned()
        } else {
            format!("\n\n{}", lines[blank..].join("\n"))
        };
    }
    let blanks = text.len() - body.len();
    let width = around.unit.width_of(line) + around.unit.width;
    if (blanks > 1 || text.starts_with('\t'))
        && around.rest().trim().is_empty()
        && around.mode == Mode::Code
        && opens_body(around, line, body, around.unit.width_of(text) == width)
        && body.starts_with(|it: char| it.is_alphanumeric() || "_@$\"'([-".contains(it))
    {
        // The model left the line break out that its indentation belongs to.
        return format!("\n{}{body}", around.unit.blanks(width));
    }
    // Several blanks align: in a comment, or where the lines next to this one do so too.
    let aligned = blanks > 1
        && (matches!(around.mode, Mode::LineComment | Mode::BlockComment(_))
            || around
                .above()
                .take(1)
                .chain(around.below().take(1))
                .any(|it| it.trim().contains("  ")));
    if line.ends_with([' ', '\t']) && !aligned {
        body.to_owned()
    } else {
        text.to_owned()
    }
}

fn fit_to_blank_line(around: &Around, text: &str) -> String {
    let column = around.unit.width_of(around.line());
    let body = text.trim_start_matches([' ', '\t', '\n']);
    let first = &text[..text.len() - body.len()];
    let first = &first[first.rfind('\n').map_or(0, |it| it + 1)..];
    let newline = text[..text.len() - body.len()].contains('\n');
    if column == 0 {
        let above_is_blank = around.line_above().is_none_or(|it| it.trim().is_empty());
        // A fence that closes a block of code stands right below it.
        let is_fence = |it: &&str| it.trim_start().starts_with("```");
        let closes = around.language.is_some_and(|it| it.prose)
            && is_fence(&body)
            && around.above().filter(is_fence).count() % 2 == 1;
        if !newline && around.line().is_empty() && !first.is_empty() {
            return indent::first_line(around, text, wanted_width(around, body));
        }
        return if newline && !above_is_blank && around.line().is_empty() && !closes {
            format!("\n{first}{body}")
        } else {
            format!("{first}{body}")
        };
    }
    let width = around.unit.width_of(first);
    if newline {
        // The model started a line of its own: only what it indents deeper than the cursor already is counts.
        return around.unit.blanks(width.saturating_sub(column)) + body;
    }
    let wanted = wanted_width(around, body);
    if width == 0 || column >= wanted {
        return body.to_owned();
    }
    let missing = wanted - column;
    around
        .unit
        .blanks(if width >= missing { missing } else { width })
        + body
}

/// How deep a line at the cursor should be, by the lines above it.
fn wanted_width(around: &Around, body: &str) -> usize {
    let Some(above) = around.above().next() else {
        return 0;
    };
    let width = around.unit.width_of(above);
    let closes = body.starts_with(['}', ')', ']']);
    if opens_block(around, above) && !closes {
        width + around.unit.width
    } else {
        width
    }
}

/// Whether the lines that follow this one belong below it.
pub(super) fn opens_block(around: &Around, line: &str) -> bool {
    let code = line.trim_end();
    let words = || code.split(|it: char| !it.is_alphanumeric() && it != '_');
    code.ends_with(['{', '(', '[', ':'])
        || matches!(
            around.id(),
            "lua" | "ruby" | "elixir" | "shellscript" | "julia"
        ) && (["then", "do", "else"]
            .iter()
            .any(|it| words().next_back() == Some(it))
            || words().any(|it| {
                matches!(
                    it,
                    "function" | "def" | "if" | "class" | "module" | "while" | "for"
                )
            }))
            && !words().any(|it| it == "end")
}

/// Whether the line ends with what a body follows on lines of its own. Behind a brace code may stand some blanks apart; only the
/// `exact` indentation of the body tells.
fn opens_body(around: &Around, line: &str, body: &str, exact: bool) -> bool {
    let code = line.trim_end();
    if line.len() > code.len() {
        return false;
    }
    let is_header = exact && opens_block(around, line);
    match around.id() {
        "yaml" => return code.ends_with(':') && begins_entry(body),
        "makefile" => {
            return code.ends_with(':') && !code.contains('=') && !line.starts_with(['\t', ' ']);
        }
        "lua" | "ruby" | "elixir" | "shellscript" | "julia" => return is_header,
        _ => {}
    }
    match around.blocks() {
        // Within brackets and in YAML a colon parts a key from its value.
        Blocks::Indentation => {
            code.ends_with(':') && around.open.is_empty() && around.id() == "python"
        }
        _ => exact && code.ends_with('{') && code.len() > 1,
    }
}

/// Whether a text begins with a key of YAML, or with an item of a list.
fn begins_entry(text: &str) -> bool {
    let line = text.lines().next().unwrap_or("").trim_end();
    let key = line.split(": ").next().unwrap_or("").trim_end_matches(':');
    line.starts_with("- ") || key.len() < line.len() && !key.contains([' ', '{', '"'])
}
