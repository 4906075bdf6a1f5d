//! What code calls it when people say it: `create` is `new`, `configuration` is `config`. The list is in `synonyms.txt`.

use crate::store::Weighted;
use crate::terms::terms;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// Other terms for a term, with how much they count beside it.
pub(super) fn of(term: &str) -> &'static [Weighted] {
    static ALL: OnceLock<FxHashMap<String, Vec<Weighted>>> = OnceLock::new();
    ALL.get_or_init(read).get(term).map_or(&[], Vec::as_slice)
}

fn read() -> FxHashMap<String, Vec<Weighted>> {
    let mut all: FxHashMap<String, Vec<Weighted>> = FxHashMap::default();
    let lines = include_str!("synonyms.txt").lines();
    for line in lines.filter(|it| !it.starts_with('#')) {
        let mut parts = line
            .split(' ')
            .map(|it| it.split_once(':').unwrap_or((it, "1")));
        let Some((word, _)) = parts.next() else {
            continue;
        };
        let others = parts.map(|(other, weight)| Weighted {
            term: stem(other),
            weight: weight.parse().unwrap_or(1.0),
        });
        // Several words may have one stem: `option`, `options`.
        let known = all.entry(stem(word)).or_default();
        for other in others {
            match known.iter_mut().find(|it| it.term == other.term) {
                Some(it) => it.weight = it.weight.max(other.weight),
                None => known.push(other),
            }
        }
    }
    all
}

fn stem(word: &str) -> String {
    let mut stem = String::new();
    terms(word, |it| stem.push_str(it));
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_well_formed() {
        for line in include_str!("synonyms.txt").lines() {
            if line.starts_with('#') {
                continue;
            }
            for part in line.split(' ') {
                let (word, weight) = part.split_once(':').unwrap_or((part, "1"));
                assert!(word.chars().all(|it| it.is_ascii_lowercase()), "{line}");
                let weight: f32 = weight.parse().unwrap();
                assert!(weight > 0.0 && weight <= 1.0, "{line}");
            }
            assert!(line.contains(' '), "{line}");
        }
    }

    #[test]
    fn inflections_of_a_word_have_the_same_names_in_code() {
        let names = |it: &str| {
            of(&stem(it))
                .iter()
                .map(|it| it.term.clone())
                .collect::<Vec<_>>()
        };
        assert!(names("configurations").contains(&stem("config")));
        assert_eq!(names("creates"), names("creating"));
        assert!(names("spaceship").is_empty());
    }
}
