//! The gate: whether to complete here at all, decided before anything is spent.

use crate::assist::document::Document;
use crate::assist::place::Place;
use crate::assist::reason::Reason;
use crate::config::settings::Autocomplete;

/// Who asked for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The editor, while the user types.
    Automatic,
    /// The user, by a key: whatever there is, is wanted.
    Invoked,
    /// The command line: as for the editor's own requests, but at any place.
    Command,
}

/// Why nothing is to be completed here; `None` lets the request pass.
pub fn closed(
    settings: &Autocomplete,
    document: &Document,
    place: &Place,
    trigger: Trigger,
) -> Option<Reason> {
    if !settings.enabled {
        return Some(Reason::Disabled);
    }
    if settings
        .languages_off
        .iter()
        .any(|it| it.eq_ignore_ascii_case(&document.language_id))
    {
        return Some(Reason::LanguageOff(document.language_id.clone()));
    }
    if document.is_secret() {
        return Some(Reason::SecretFile);
    }
    let word = |it: char| it.is_alphanumeric() || it == '_';
    let mid_word = place.after.chars().next().is_some_and(word)
        && place.before.chars().next_back().is_some_and(word);
    if trigger == Trigger::Automatic && mid_word {
        return Some(Reason::MidWord);
    }
    None
}
