//! All that the client shows the user in its own windows: messages, questions, and errors of requests. Each is one short
//! line; the whole stands in the client's log, and the last ones in `hob.status`.
//!
//! What files, models and servers put into them commands and hides nothing.

use crate::display;
use crate::lsp::server::Hob;
use tower_lsp_server::Client;
use tower_lsp_server::gen_lsp_types::{MessageActionItem, MessageType};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use unicode_width::UnicodeWidthStr;

/// The longest line, in columns of a terminal. Neovim puts `LSP[hob] ` before a message, and stops the user with "Press
/// ENTER" where both together are longer than its last row has room for: 68 columns in a terminal of 80, beside the place
/// that `ruler` and `showcmd` keep.
pub(crate) const LONGEST: usize = 59;
/// More of a text or a name is not looked at for a line; in characters.
const LOOKED_AT: usize = 1000;
/// How many of the last messages are kept for `hob.status`.
const KEPT: usize = 10;
/// The answer to a request that the user stopped; nobody needs to be told.
const CANCELLED: ErrorCode = ErrorCode::ServerError(-32800);

/// A line that fits: there is no other way to have one than to have it made to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    /// The first sentence of a text, without what stands in brackets; where that is too long, its beginning.
    pub(crate) fn new(text: &str) -> Line {
        let text = text.trim_start();
        let first = text.lines().next().unwrap_or_default();
        let first = beginning(first.trim_start_matches('#').trim());
        Line::cut(&first_sentence(&display::line(first)))
    }

    /// A line with a name in it, of which only as much is kept as there is room for: its end, which tells paths apart.
    pub(crate) fn with_name(before: &str, name: &str, after: &str) -> Line {
        let name = display::name(end(name));
        let mut kept = &*name;
        let mut line = format!("{before}{name}{after}");
        while line.width() > LONGEST && !kept.is_empty() {
            let mut chars = kept.chars();
            chars.next();
            kept = chars.as_str();
            line = format!("{before}…{kept}{after}");
        }
        Line::cut(&line)
    }

    /// A line with a name in it, of which the beginning is kept.
    pub(crate) fn with_beginning(before: &str, name: &str, after: &str) -> Line {
        let name = display::name(beginning(name));
        let mut kept = &*name;
        let mut line = format!("{before}{name}{after}");
        while line.width() > LONGEST && !kept.is_empty() {
            let mut chars = kept.chars();
            chars.next_back();
            kept = chars.as_str();
            line = format!("{before}{kept}…{after}");
        }
        Line::cut(&line)
    }

    fn cut(line: &str) -> Line {
        if line.width() <= LONGEST {
            return Line(line.to_owned());
        }
        // No column holds more than a character and what is drawn over it, of which there may be any number.
        let ends = line.char_indices().map(|(at, char)| at + char.len_utf8());
        let fits = |end: &usize| line[..*end].width() < LONGEST;
        let end = ends.take_while(fits).last().unwrap_or(0);
        let kept = &line[..end];
        // Between words, unless that would leave little of a long one.
        let kept = match kept.rfind(' ') {
            Some(space) if space > end / 2 => &kept[..space],
            _ => kept,
        };
        Line(format!("{}…", kept.trim_end_matches([' ', ',', ';', ':'])))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// As much of the beginning of a text as is looked at for a line.
fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(LOOKED_AT);
    &text[..end.map_or(text.len(), |it| it.0)]
}

/// The same of its end.
fn end(text: &str) -> &str {
    let start = text.char_indices().rev().nth(LOOKED_AT - 1);
    &text[start.map_or(0, |it| it.0)..]
}

/// The first sentence, without what stands in round brackets.
fn first_sentence(line: &str) -> String {
    let mut sentence = String::new();
    let (mut depth, mut is_code) = (0usize, false);
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        is_code ^= char == '`';
        match char {
            '(' if !is_code => depth += 1,
            ')' if !is_code && depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            '.' | '?' | '!' if !is_code && chars.peek().is_none_or(|it| *it == ' ') => {
                sentence.push(char);
                break;
            }
            _ => sentence.push(char),
        }
    }
    let mut plain = String::new();
    for word in sentence.split_whitespace() {
        if !plain.is_empty() && !matches!(word, "." | "," | ":" | ";" | "?" | "!") {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    match plain.is_empty() {
        // All of it stood in brackets.
        true => line.to_owned(),
        false => plain,
    }
}

/// Has the client show the first sentence of a message, and log all of it.
pub(crate) async fn show(hob: &Hob, kind: MessageType, message: &str) {
    show_line(hob, kind, Line::new(message), message).await;
}

/// Has the client show a line, and log what there is to say.
pub(crate) async fn show_line(hob: &Hob, kind: MessageType, line: Line, message: &str) {
    let message = display::text(message).into_owned();
    {
        let said = &mut hob.session().said;
        said.retain(|it| *it != message);
        said.push_back(message.clone());
        if said.len() > KEPT {
            said.pop_front();
        }
    }
    tell(&hob.client, kind, line, message).await;
}

/// Has the client show a line, and log all of a cleaned message.
async fn tell(client: &Client, kind: MessageType, line: Line, message: String) {
    if message != line.0 {
        client.log_message(kind, message).await;
    }
    client.show_message(kind, line.0).await;
}

/// Asks the user by a line, with these answers; all that there is to know stands in the log. `None`: closed without one.
///
/// # Errors
/// The client asks no questions.
pub(crate) async fn ask(
    client: &Client,
    line: Line,
    message: &str,
    answers: &[&str],
) -> Result<Option<String>> {
    let kind = MessageType::Warning;
    let message = display::text(message).into_owned();
    if message != line.0 {
        client.log_message(kind, message).await;
    }
    let items = answers.iter().map(|it| MessageActionItem {
        title: (*it).to_owned(),
        properties: Default::default(),
    });
    let asked = client.show_message_request(kind, line.0, Some(items.collect()));
    Ok(asked.await?.map(|it| it.title))
}

/// Shows a message that is nobody's answer, where no session is at hand.
pub(crate) async fn show_to(client: &Client, kind: MessageType, message: &str) {
    let message = display::text(message).into_owned();
    tell(client, kind, Line::new(&message), message).await;
}

/// What editors show of a failed request: a short line first, and below it all that there is to say.
pub(crate) fn headed(message: &str) -> String {
    let message = display::text(message);
    let first = message.lines().next().unwrap_or_default();
    if first.width() <= LONGEST {
        return message.into_owned();
    }
    format!("{}\n{message}", Line::new(&message).as_str())
}

/// What a request that any client sends is answered with. Editors that know nothing of Hob show an error as their own, with
/// its number: they are answered with `instead`, and the user with a message.
pub(crate) async fn answer<T>(hob: &Hob, result: Result<T>, instead: T) -> Result<T> {
    if hob.session().client.takes_errors {
        return result;
    }
    match result {
        Err(Error { code, .. }) if code == CANCELLED => Ok(instead),
        Err(error) => {
            tracing::info!(%error, "a request failed");
            show(hob, MessageType::Warning, &error.message).await;
            Ok(instead)
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_first_sentence_without_brackets() {
        for (text, expected) in [
            ("Short.", "Short."),
            ("One. Two.", "One."),
            (
                "No model server answers at http://127.0.0.1:9 (Connection refused (os error 111)). Is it running? Start it.",
                "No model server answers at http://127.0.0.1:9.",
            ),
            ("Set `a. b` first. Then go.", "Set `a. b` first."),
            (
                "config.toml:5 is wrong, v1.2 too",
                "config.toml:5 is wrong, v1.2 too",
            ),
            ("# Hob: explain\n\nMuch text", "Hob: explain"),
            ("(all in brackets)", "(all in brackets)"),
            ("", ""),
            ("\n\n", ""),
            ("a\u{1b}[2Jb\u{202e}", "a<U+001B>[2Jb<U+202E>"),
            (
                "http://127.0.0.1:39421 accepted the request, but sent no text within 30 s.",
                "http://127.0.0.1:39421 accepted the request, but sent no…",
            ),
        ] {
            assert_eq!(Line::new(text).as_str(), expected);
        }
    }

    #[test]
    fn no_line_is_ever_longer_than_fits() {
        for piece in [
            "a", "word ", "漢", "é", "😀", "a\u{301}", "(", ")", "`", "\t", "\u{200b}",
        ] {
            for n in [0, 1, 29, 30, 58, 59, 60, 61, 500] {
                let text = piece.repeat(n);
                for line in [
                    Line::new(&text),
                    Line::with_name("Use ", &text, "?"),
                    Line::with_name(&text, "name", &text),
                    Line::with_beginning("Use ", &text, "?"),
                ] {
                    let line = line.as_str();
                    assert!(line.width() <= LONGEST && !line.contains('\n'), "{line}");
                }
                let headed = headed(&text);
                let first = headed.lines().next().unwrap_or_default();
                assert!(first.width() <= LONGEST, "{first}");
            }
        }
    }

    #[test]
    fn a_name_that_is_too_long_keeps_its_end() {
        let line = Line::with_name("Change ", "src/build.rs", ", which runs by itself?");
        assert_eq!(line.as_str(), "Change src/build.rs, which runs by itself?");
        let long = format!("{}tasks.json", "deep/".repeat(30));
        let line = Line::with_name("Change ", &long, ", which runs by itself?");
        assert_eq!(
            line.as_str(),
            "Change …ep/deep/deep/deep/tasks.json, which runs by itself?"
        );
        let line = Line::with_beginning("Hob uses ", &"model".repeat(30), " at http://x:1.");
        assert_eq!(
            line.as_str(),
            format!("Hob uses {}… at http://x:1.", &"model".repeat(30)[..34])
        );
    }

    #[test]
    fn an_error_begins_with_a_short_line_and_keeps_all_of_its_text() {
        assert_eq!(headed("Stopped."), "Stopped.");
        let long =
            "No model server answers at http://127.0.0.1:9 (Connection refused). Is it running?";
        assert_eq!(
            headed(long),
            format!("No model server answers at http://127.0.0.1:9.\n{long}")
        );
    }
}
