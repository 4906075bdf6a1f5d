//! clap's messages: help, versions, and what is wrong with arguments, which they quote.

use super::text::Text;
use crate::display;
use clap::error::ContextValue;
use clap::error::Error;

/// What clap has to say, ready to be sent: its own colours, and no other sequence.
pub(super) fn sent(error: &mut Error, color: bool) -> String {
    // What was quoted can't hold colours of its own from here on.
    let quoted: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| {
            let clean = |it: &String| display::name(it).into_owned();
            let value = match value {
                ContextValue::String(it) => ContextValue::String(clean(it)),
                ContextValue::Strings(all) => {
                    ContextValue::Strings(all.iter().map(clean).collect())
                }
                _ => return None,
            };
            Some((kind, value))
        })
        .collect();
    for (kind, value) in quoted {
        error.insert(kind, value);
    }
    let rendered = error.render();
    match color {
        true => colored(&rendered.ansi().to_string()),
        false => Text::from(rendered.to_string()).to_string(),
    }
}

/// The text with its SGR sequences, and without any others.
fn colored(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let parameters = &rest[at + 2..];
        let end = parameters
            .bytes()
            .position(|it| !it.is_ascii_digit() && it != b';')
            .filter(|it| parameters.as_bytes()[*it] == b'm');
        let (before, behind) = match end {
            Some(end) => (at, at + 2 + end + 1),
            None => (at + 1, at + 1),
        };
        out.push_str(&Text::from(&rest[..before]).to_string());
        out.push_str(&rest[before..behind]);
        rest = &rest[behind..];
    }
    out + &Text::from(rest).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_pass() {
        assert_eq!(
            colored("\u{1b}[1;31merror\u{1b}[0m \u{1b}[2J\u{1b}]0;x\u{7}\u{1b}["),
            "\u{1b}[1;31merror\u{1b}[0m <U+001B>[2J<U+001B>]0;x<U+0007><U+001B>["
        );
    }
}
