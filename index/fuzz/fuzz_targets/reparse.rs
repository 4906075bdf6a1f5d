//! Parses a text twice, the second time with an end that is used again, as chat does while code is written.

#![no_main]

use hob_index::language::LANGUAGES;
use hob_index::parser::{Budget, parse};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

fuzz_target!(|data: &[u8]| {
    let [language, text @ ..] = data else {
        return;
    };
    let language = LANGUAGES.get(usize::from(*language) % LANGUAGES.len());
    let Some(grammar) = language.and_then(|it| it.grammar) else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let mut budget = Budget::of_time(Duration::from_secs(2));
    let Some(tree) = parse(&text, &grammar(), None, &mut budget) else {
        return;
    };
    let _ = parse(&text, &grammar(), Some(&tree), &mut budget);
});
