//! Outlines any text in any language: the first byte draws the language, the second repeats the rest.

#![no_main]

use hob_index::language::LANGUAGES;
use hob_index::outline::outline;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [language, times, text @ ..] = data else {
        return;
    };
    let Some(language) = LANGUAGES.get(usize::from(*language) % LANGUAGES.len()) else {
        return;
    };
    // Repetition is what parsers are slow on, and what a fuzzer is slow to find.
    let times = 1 << (times % 12);
    let text = String::from_utf8_lossy(text).repeat(times);
    if text.len() > 1 << 20 {
        return;
    }
    let outline = outline(&text, Some(language));
    let joined: usize = outline.chunks.iter().map(|it| it.bytes.len()).sum();
    assert_eq!(joined, text.len());
});
