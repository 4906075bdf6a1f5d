//! The line where questions are typed: several lines of them, history, completion.
//!
//! The line editor writes to the terminal by itself, so what is pasted, completed or remembered is cleaned before the line
//! holds it: what is seen is what is asked. What is drawn of the line is cleaned once more, byte for byte in place.

mod completion;

use super::ahead::Ahead;
use super::commands::Listed;
use super::history::Discreet;
use crate::display;
use completion::{Completion, Hints};
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, EditCommand, EditMode, Emacs, Highlighter, KeyCode, KeyModifiers, Keybindings,
    MenuBuilder, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus, Reedline,
    ReedlineEvent, ReedlineMenu, ReedlineRawEvent, Signal, StyledText, ValidationResult, Validator,
    default_emacs_keybindings,
};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) use completion::{Name, Names};

const MENU: &str = "completion";
const SIGN: &str = "❯ ";

/// What the user did at the prompt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A text, of one or several lines.
    Text(String),
    /// Ctrl-C; whether anything had been typed.
    Interrupt { typed: bool },
    /// Ctrl-D at the empty prompt, or the terminal is gone.
    Leave,
}

/// The prompt.
pub(super) struct Editor {
    line: Reedline,
    /// Whether the line is empty, as it was drawn last.
    empty: Arc<AtomicBool>,
}

impl Editor {
    /// A prompt with the history of this file; `commands` and `names` complete what follows `/` and `@`.
    pub(super) fn new(
        history: Option<&Path>,
        commands: Vec<Listed>,
        names: Names,
        color: bool,
    ) -> Editor {
        let commands: Arc<[Listed]> = commands.into();
        let empty = Arc::new(AtomicBool::new(true));
        let look = Look {
            empty: empty.clone(),
            commands: commands.clone(),
            color,
        };
        let plain = Style::new();
        let menu = ColumnarMenu::default()
            .with_name(MENU)
            .with_marker(SIGN)
            .with_columns(1)
            .with_text_style(plain)
            .with_match_text_style(plain.bold())
            .with_selected_text_style(plain.reverse())
            .with_selected_match_text_style(plain.reverse().bold())
            .with_description_text_style(plain.dimmed());
        let line = Reedline::create()
            .with_ansi_colors(color)
            .with_history(Box::new(Discreet::open(history)))
            .with_edit_mode(Box::new(Pasting(Emacs::new(keys()))))
            .with_validator(Box::new(Whole))
            .with_highlighter(Box::new(look))
            .with_hinter(Box::new(Hints::new(commands.clone())))
            .with_completer(Box::new(Completion::new(commands, names)))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .use_bracketed_paste(true)
            .use_kitty_keyboard_enhancement(true);
        Editor { line, empty }
    }

    /// The next input: a line that was typed ahead, or what is typed now behind what stands at the prompt already.
    ///
    /// # Errors
    /// The terminal can't be read or written.
    pub(super) fn read(&mut self, ahead: &mut Ahead) -> anyhow::Result<Input> {
        let line = ahead.next_line();
        self.accept_at_once(line.is_some());
        let begun = line.unwrap_or_else(|| ahead.take_begun());
        if !begun.is_empty() {
            let typed = EditCommand::InsertString(display::text(&begun).into_owned());
            self.line.run_edit_commands(&[typed]);
        }
        self.empty.store(begun.is_empty(), Ordering::Relaxed);
        Ok(match self.line.read_line(&Sign)? {
            Signal::Success(text) => Input::Text(joined(&text)),
            Signal::CtrlC => Input::Interrupt {
                typed: !self.empty.load(Ordering::Relaxed),
            },
            _ => Input::Leave,
        })
    }

    /// Whether the line that stands at the prompt is the input, as if Enter had been pressed.
    fn accept_at_once(&mut self, at_once: bool) {
        let line = std::mem::replace(&mut self.line, Reedline::create());
        self.line = line.with_immediately_accept(at_once);
    }

    /// Writes what was typed to the history.
    pub(super) fn keep(&mut self) {
        // The history is a comfort; without room for it the conversation goes on.
        let _ = self.line.sync_history();
    }
}

/// Emacs' keys and: Tab completes, and Alt-Enter, Shift-Enter and Ctrl-J begin a line.
fn keys() -> Keybindings {
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![
            ReedlineEvent::Menu(MENU.to_owned()),
            ReedlineEvent::MenuNext,
        ]),
    );
    keys.add_binding(
        KeyModifiers::SHIFT,
        KeyCode::BackTab,
        ReedlineEvent::MenuPrevious,
    );
    for (modifiers, key) in [
        (KeyModifiers::ALT, KeyCode::Enter),
        (KeyModifiers::SHIFT, KeyCode::Enter),
        (KeyModifiers::CONTROL, KeyCode::Char('j')),
    ] {
        let newline = ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
        keys.add_binding(modifiers, key, newline);
    }
    // There is nothing to open.
    keys.remove_binding(KeyModifiers::CONTROL, KeyCode::Char('o'));
    keys
}

/// Lines that end with a backslash go on without it.
fn joined(text: &str) -> String {
    text.replace("\\\n", "\n")
}

/// Emacs' way to edit; what is pasted is shown for what it is.
struct Pasting(Emacs);

impl EditMode for Pasting {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        match self.0.parse_event(event) {
            ReedlineEvent::Edit(commands) => {
                ReedlineEvent::Edit(commands.into_iter().map(cleaned).collect())
            }
            other => other,
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.0.edit_mode()
    }
}

fn cleaned(command: EditCommand) -> EditCommand {
    match command {
        EditCommand::InsertString(it) => EditCommand::InsertString(display::text(&it).into_owned()),
        other => other,
    }
}

/// What stands before the line.
struct Sign;

impl Prompt for Sign {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(SIGN)
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("· ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let found = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "no ",
        };
        Cow::Owned(format!(
            "({found}earlier: {}) ",
            display::line(&search.term)
        ))
    }

    fn get_indicator_color(&self) -> reedline::Color {
        reedline::Color::DarkMagenta
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::Purple
    }
}

/// Tells whether a text is whole: a line that ends with a backslash goes on, and so does open code.
struct Whole;

impl Validator for Whole {
    fn validate(&self, text: &str) -> ValidationResult {
        let fences = text.lines().filter(|it| it.starts_with("```")).count();
        match text.ends_with('\\') || fences % 2 == 1 {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Complete,
        }
    }
}

/// Colours commands and what is attached, and notes whether there is anything at all.
struct Look {
    empty: Arc<AtomicBool>,
    commands: Arc<[Listed]>,
    color: bool,
}

impl Highlighter for Look {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        self.empty.store(line.is_empty(), Ordering::Relaxed);
        let mut styled = StyledText::new();
        let plain = Style::new();
        let name = line
            .strip_prefix('/')
            .and_then(|it| it.split_whitespace().next());
        let is_command = self
            .commands
            .iter()
            .any(|it| Some(it.name.as_str()) == name);
        for (number, word) in line.split_inclusive(char::is_whitespace).enumerate() {
            let style = match word {
                _ if !self.color => plain,
                _ if number == 0 && is_command => Color::Purple.normal(),
                it if it.starts_with('@') && it.trim_end().len() > 1 => Color::Cyan.normal(),
                _ => plain,
            };
            styled.push((style, display::of_same_length(word).into_owned()));
        }
        styled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_is_shown_for_what_it_is() {
        let pasted = |it: &str| match cleaned(EditCommand::InsertString(it.to_owned())) {
            EditCommand::InsertString(it) => it,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            pasted("a\u{1b}]52;c;AA\u{7}\n\tb\u{202e}"),
            "a<U+001B>]52;c;AA<U+0007>\n\tb<U+202E>"
        );
        assert_eq!(pasted("👨\u{200d}👩 é"), "👨\u{200d}👩 é");
        let look = Look {
            empty: Arc::default(),
            commands: Vec::new().into(),
            color: false,
        };
        let line = "x\u{9b}2J \u{202e}y";
        let drawn = look.highlight(line, 0).raw_string();
        assert_eq!(drawn, "x¿2J \u{fffd}y");
        assert_eq!(drawn.len(), line.len());
    }

    #[test]
    fn a_text_goes_on_after_a_backslash_and_within_code() {
        let whole = |it: &str| matches!(Whole.validate(it), ValidationResult::Complete);
        assert!(whole("one"));
        assert!(!whole("one \\"));
        assert!(!whole("why?\n```rust\nlet x = 1;"));
        assert!(whole("why?\n```rust\nlet x = 1;\n```"));
        assert_eq!(joined("one \\\ntwo"), "one \ntwo");
    }
}
