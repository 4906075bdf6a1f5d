//! Completion: `/commands`, and what can be attached by `@`.

use super::super::commands::Listed;
use crate::display;
use nu_ansi_term::Style;
use reedline::{Completer, Hinter, History, SearchQuery, Span, Suggestion};
use std::sync::Arc;

/// More are not offered at once.
const MOST: usize = 12;

/// Something that `@` can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::chat) struct Name {
    /// What is inserted behind the `@`.
    pub(in crate::cli::chat) name: String,
    /// What it is, a few words.
    pub(in crate::cli::chat) about: String,
}

/// What can be named and matches what is typed, best first, and at most so many.
pub(in crate::cli::chat) type Names = Arc<dyn Fn(&str, usize) -> Vec<Name> + Send + Sync>;

/// What Tab offers.
pub(super) struct Completion {
    commands: Arc<[Listed]>,
    names: Names,
}

impl Completion {
    pub(super) fn new(commands: Arc<[Listed]>, names: Names) -> Completion {
        Completion { commands, names }
    }
}

impl Completer for Completion {
    fn complete(&mut self, line: &str, pos: usize) -> Vec<Suggestion> {
        let before = line.get(..pos).unwrap_or(line);
        if let Some(typed) = before.strip_prefix('/')
            && !typed.contains(char::is_whitespace)
        {
            return commands(&self.commands, typed, pos);
        }
        let start = before.rfind(char::is_whitespace).map_or(0, |it| {
            it + before[it..].chars().next().map_or(1, char::len_utf8)
        });
        let word = &before[start..];
        let (typed, sign) = match word.strip_prefix('@') {
            Some(it) => (it, "@"),
            None if before.starts_with("/attach ") => (word, ""),
            None => return Vec::new(),
        };
        // A name that hides something is not put into the line.
        let named = (self.names)(typed, MOST);
        let named = named.into_iter().filter(|it| is_plain(&it.name));
        let suggestion = |it: Name| Suggestion {
            value: format!("{sign}{}", it.name),
            description: Some(display::line(&it.about).into_owned()).filter(|it| !it.is_empty()),
            // A folder may go on.
            append_whitespace: !it.name.ends_with('/'),
            span: Span::new(start, pos),
            ..Suggestion::default()
        };
        named.map(suggestion).collect()
    }
}

fn commands(commands: &[Listed], typed: &str, pos: usize) -> Vec<Suggestion> {
    let suggestion = |it: &Listed| Suggestion {
        value: format!("/{}", it.name),
        description: Some(display::line(&it.about).into_owned()),
        append_whitespace: !it.argument.is_empty(),
        span: Span::new(0, pos),
        ..Suggestion::default()
    };
    commands
        .iter()
        .filter(|it| it.name.starts_with(typed) && is_plain(&it.name))
        .map(suggestion)
        .collect()
}

/// Whether a name is shown as it is.
fn is_plain(name: &str) -> bool {
    display::line(name) == name
}

/// What stands dimmed behind the cursor: the rest of a command, or of something asked before.
pub(super) struct Hints {
    commands: Arc<[Listed]>,
    hint: String,
}

impl Hints {
    pub(super) fn new(commands: Arc<[Listed]>) -> Hints {
        Hints {
            commands,
            hint: String::new(),
        }
    }
}

impl Hinter for Hints {
    fn handle(
        &mut self,
        line: &str,
        pos: usize,
        history: &dyn History,
        use_ansi_coloring: bool,
        _cwd: &str,
    ) -> String {
        // Without colours nobody could tell it from what was typed.
        self.hint = match line.len() == pos && use_ansi_coloring {
            true => hint(line, &self.commands, history),
            false => String::new(),
        };
        match self.hint.is_empty() {
            true => String::new(),
            false => Style::new().dimmed().paint(&self.hint).to_string(),
        }
    }

    fn complete_hint(&self) -> String {
        self.hint.clone()
    }

    fn next_hint_token(&self) -> String {
        let word = self.hint.trim_start();
        let blank = self.hint.len() - word.len();
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        self.hint[..blank + end].to_owned()
    }
}

fn hint(line: &str, commands: &[Listed], history: &dyn History) -> String {
    if let Some(typed) = line.strip_prefix('/') {
        let fits = |it: &&Listed| it.name.starts_with(typed) && is_plain(&it.name);
        let mut matching = commands.iter().filter(fits);
        return match (typed.is_empty(), matching.next()) {
            (false, Some(it)) => it.name[typed.len()..].to_owned(),
            _ => String::new(),
        };
    }
    // One or two letters say nothing yet.
    if line.chars().count() < 3 {
        return String::new();
    }
    let query = SearchQuery::last_with_prefix(line.to_owned(), history.session());
    let found = history.search(query).unwrap_or_default();
    let rest = found
        .first()
        .and_then(|it| it.command_line.get(line.len()..));
    // Of several lines, the first.
    let rest = rest.unwrap_or_default().lines().next();
    display::line(rest.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn completed(line: &str) -> String {
        let names: Names = Arc::new(|typed, most| {
            let all = [
                ("src/main.rs", "file"),
                ("src/", "folder"),
                ("Shape", "struct"),
                ("evil.rs", "a\u{1b}[2J"),
                ("evil\u{1b}]0;x\u{7}.rs", "file"),
                ("evil\n.rs", "file"),
                ("evil\u{202e}sr.", "file"),
            ];
            all.iter()
                .filter(|(name, _)| name.to_lowercase().starts_with(&typed.to_lowercase()))
                .take(most)
                .map(|(name, about)| Name {
                    name: (*name).to_owned(),
                    about: (*about).to_owned(),
                })
                .collect()
        });
        let commands = super::super::super::commands::listed().into();
        let found = Completion::new(commands, names).complete(line, line.len());
        let shown = |it: &Suggestion| {
            let about = it.description.as_deref().unwrap_or_default();
            let blank = if it.append_whitespace { "␣" } else { "" };
            format!("{}{}{blank}  {about}\n", &line[..it.span.start], it.value)
        };
        found.iter().map(shown).collect()
    }

    #[test]
    fn commands_and_what_can_be_attached_are_completed() {
        expect![[r#"
            /copy␣  put the Nth block of code of the last answer on the clipboard
        "#]]
        .assert_eq(&completed("/co"));
        expect![[r#"
            look at @src/main.rs␣  file
            look at @src/  folder
            look at @Shape␣  struct
        "#]]
        .assert_eq(&completed("look at @s"));
        expect![[r#"
            /attach Shape␣  struct
        "#]]
        .assert_eq(&completed("/attach sh"));
        assert_eq!(
            completed("look at @evil"),
            "look at @evil.rs␣  a<U+001B>[2J\n"
        );
        assert_eq!(completed("mail me@s"), "");
        assert_eq!(completed("what is"), "");
    }
}
