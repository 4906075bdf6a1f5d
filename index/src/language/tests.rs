//! The table is consistent, and files find their row.

use super::*;
use crate::parser::{self, Budget};
use std::time::Duration;

fn id_of(path: &str) -> Option<&'static str> {
    Language::of_path(Path::new(path)).map(|it| it.id)
}

#[test]
fn a_file_is_known_by_its_extension_in_any_case() {
    assert_eq!(id_of("src/main.rs"), Some("rust"));
    assert_eq!(id_of("A.PY"), Some("python"));
    assert_eq!(id_of("x.d.ts"), Some("typescript"));
    assert_eq!(id_of("x.tsx"), Some("typescriptreact"));
    assert_eq!(id_of("a.unknown"), None);
    assert_eq!(id_of(".rs"), None);
    assert_eq!(id_of(""), None);
}

#[test]
fn a_file_is_known_by_its_whole_name() {
    assert_eq!(id_of("Makefile"), Some("makefile"));
    assert_eq!(id_of("sub/dockerfile"), Some("dockerfile"));
    assert_eq!(id_of("Dockerfile.dev"), Some("dockerfile"));
    assert_eq!(id_of("Gemfile"), Some("ruby"));
    assert_eq!(id_of("Cargo.lock"), Some("toml"));
    assert_eq!(id_of("tsconfig.json"), Some("jsonc"));
    assert_eq!(id_of(".bashrc"), Some("shellscript"));
}

#[test]
fn editors_other_names_find_the_row() {
    assert_eq!(Language::of_id("bash").map(|it| it.id), Some("shellscript"));
    assert_eq!(Language::of_id("c++").map(|it| it.id), Some("cpp"));
    assert_eq!(Language::of_id("Rust").map(|it| it.id), Some("rust"));
    assert!(Language::of_id("klingon").is_none());
}

#[test]
fn ids_extensions_and_names_are_unique() {
    let mut seen = std::collections::HashSet::new();
    for language in LANGUAGES {
        assert!(
            seen.insert(format!("id {}", language.id)),
            "{}",
            language.id
        );
        for extension in language.extensions {
            assert_eq!(*extension, extension.to_lowercase());
            assert!(seen.insert(format!("extension {extension}")), "{extension}");
        }
        for name in language.file_names {
            assert!(
                seen.insert(format!("name {}", name.to_lowercase())),
                "{name}"
            );
        }
    }
}

#[test]
fn a_longer_quote_stands_before_the_one_it_starts_with() {
    for language in LANGUAGES {
        for (i, quote) in language.strings.iter().enumerate() {
            for later in &language.strings[i + 1..] {
                assert!(
                    !later.open.starts_with(quote.open),
                    "{}: {} before {}",
                    language.id,
                    quote.open,
                    later.open
                );
            }
        }
    }
}

#[test]
fn every_grammar_loads_and_parses() {
    for language in LANGUAGES {
        if let Some(grammar) = language.grammar {
            let mut budget = Budget::of_time(Duration::from_secs(10));
            let tree = parser::parse("", &grammar(), None, &mut budget);
            assert!(tree.is_some(), "{}", language.id);
        }
    }
}
