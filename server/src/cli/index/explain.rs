//! `hob index explain`: how a query is understood, and what its best results' scores are made of.

use super::render::row;
use crate::cli::terminal::BOLD;
use crate::cli::terminal::text::{Text, text};
use crate::display;
use hob_index::search::{Explained, Part, Query};
use serde::Serialize;

/// How a query is understood, and what its best results' scores are made of.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    /// The words, without filters.
    query: String,
    filters: Filtered,
    concepts: Vec<Concept>,
    pub(super) results: Vec<Scored>,
}

/// What a result must be; empty lists ask for nothing.
#[derive(Debug, Default, Serialize)]
struct Filtered {
    languages: Vec<&'static str>,
    kinds: Vec<&'static str>,
    paths: Vec<String>,
    without_paths: Vec<String>,
    phrases: Vec<String>,
    without: Vec<String>,
}

/// A word of the query, stemmed, and what code may have in its place.
#[derive(Debug, Serialize)]
struct Concept {
    term: String,
    synonyms: Vec<String>,
}

/// A result and what its score is made of: `words` times all factors, and what its file adds.
#[derive(Debug, Serialize)]
pub(super) struct Scored {
    path: String,
    start_line: usize,
    end_line: usize,
    symbol: Option<String>,
    score: f32,
    /// How well it fits by its words alone, from 0 to 1.
    words: f32,
    /// The share of the query that it covers, from 0 to 1.
    covered: f32,
    parts: Vec<Added>,
    factors: Vec<Factor>,
    /// What other results of its file add.
    file: f32,
}

/// What a term in a field adds.
#[derive(Debug, Serialize)]
struct Added {
    term: String,
    field: &'static str,
    score: f32,
}

#[derive(Debug, Serialize)]
struct Factor {
    why: &'static str,
    factor: f32,
}

impl Explanation {
    pub(super) fn new(
        query: &Query,
        (concepts, results): (Vec<Vec<String>>, Vec<Explained>),
    ) -> Explanation {
        let filters = &query.filters;
        Explanation {
            query: query.text.clone(),
            filters: Filtered {
                languages: filters.languages.iter().map(|it| it.id).collect(),
                kinds: filters.kinds.iter().map(|it| it.name()).collect(),
                paths: filters.patterns.clone(),
                without_paths: filters.without_patterns.clone(),
                phrases: filters.phrases.clone(),
                without: filters.without.clone(),
            },
            concepts: concepts
                .into_iter()
                .filter_map(|it| {
                    let (term, synonyms) = it.split_first()?;
                    Some(Concept {
                        term: term.clone(),
                        synonyms: synonyms.to_vec(),
                    })
                })
                .collect(),
            results: results.into_iter().map(Scored::new).collect(),
        }
    }
}

impl Scored {
    fn new(it: Explained) -> Scored {
        let added = |it: Part| Added {
            term: it.term,
            field: it.field,
            score: thousandths(it.score),
        };
        Scored {
            path: it.path,
            start_line: it.lines.0,
            end_line: it.lines.1,
            symbol: it.symbol,
            score: thousandths(it.score),
            words: thousandths(it.words),
            covered: thousandths(it.covered),
            parts: it.parts.into_iter().map(added).collect(),
            factors: it
                .factors
                .into_iter()
                .map(|(why, factor)| Factor { why, factor })
                .collect(),
            file: thousandths(it.of_file),
        }
    }
}

fn thousandths(it: f32) -> f32 {
    (it * 1000.0).round() / 1000.0
}

/// For people.
pub(super) fn explanation(it: &Explanation) -> Text {
    let mut out = Text::new();
    row(&mut out, "query", Text::line(&it.query));
    let filters = filtered(&it.filters);
    if !filters.is_empty() {
        row(&mut out, "filters", Text::line(&filters));
    }
    for (nth, concept) in it.concepts.iter().enumerate() {
        let mut text = Text::line(&concept.term).in_style(BOLD);
        if !concept.synonyms.is_empty() {
            let synonyms = format!(", or {}", concept.synonyms.join(", "));
            text.push(Text::line(&synonyms));
        }
        row(&mut out, if nth == 0 { "terms" } else { "" }, text);
    }
    if it.results.is_empty() {
        out.push("\nNothing found.\n");
    }
    for result in &it.results {
        out.push("\n");
        scored(&mut out, result);
    }
    out
}

/// The filters as they are written in a query.
fn filtered(it: &Filtered) -> String {
    let mut all: Vec<String> = Vec::new();
    all.extend(it.languages.iter().map(|it| format!("lang:{it}")));
    all.extend(it.kinds.iter().map(|it| format!("kind:{it}")));
    all.extend(it.paths.iter().map(|it| format!("path:{it}")));
    all.extend(it.without_paths.iter().map(|it| format!("-path:{it}")));
    all.extend(it.phrases.iter().map(|it| format!("\"{it}\"")));
    all.extend(it.without.iter().map(|it| format!("-{it}")));
    all.join(" ")
}

fn scored(out: &mut Text, it: &Scored) {
    let path = display::name(&it.path);
    let place = format!("{path}:{}-{}", it.start_line, it.end_line);
    let symbol = it.symbol.as_deref().unwrap_or_default();
    let gap = if symbol.is_empty() { "" } else { "  " };
    let symbol = Text::line(symbol).in_style(BOLD);
    out.push(text![place, gap, symbol, format!("  {:.2}\n", it.score)]);
    let covered = it.covered * 100.0;
    let words = format!("{:.2}, for {covered:.0}% of the query", it.words);
    row(out, "words", words);
    let mut by_term: Vec<(&str, Vec<String>)> = Vec::new();
    for part in &it.parts {
        let text = format!("{} {:.2}", part.field, part.score);
        match by_term.iter_mut().find(|it| it.0 == part.term) {
            Some(it) => it.1.push(text),
            None => by_term.push((&part.term, vec![text])),
        }
    }
    for (term, parts) in by_term {
        let term = Text::line(term).in_style(BOLD);
        row(out, "", text![term, ": ", parts.join(", ")]);
    }
    for it in &it.factors {
        row(out, "", format!("× {:.2}  {}", it.factor, it.why));
    }
    if it.file >= 0.005 {
        let text = format!("+ {:.2}  other results in its file", it.file);
        row(out, "", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn an_explanation_shows_what_was_understood_and_what_adds_up() {
        let part = |term: &str, field, score| Added {
            term: term.into(),
            field,
            score,
        };
        let it = Explanation {
            query: "read the settings".into(),
            filters: Filtered {
                languages: vec!["rust"],
                paths: vec!["src/**".into()],
                without: vec!["test".into()],
                ..Filtered::default()
            },
            concepts: vec![
                Concept {
                    term: "read".into(),
                    synonyms: vec!["load".into(), "get".into()],
                },
                Concept {
                    term: "set".into(),
                    synonyms: Vec::new(),
                },
            ],
            results: vec![Scored {
                path: "src/config.rs".into(),
                start_line: 9,
                end_line: 20,
                symbol: Some("Config.load".into()),
                score: 0.58,
                words: 0.5,
                covered: 0.876,
                parts: vec![
                    part("load", "name", 3.25),
                    part("load", "text", 1.0),
                    part("set", "path", 2.0),
                ],
                factors: vec![Factor {
                    why: "is named in the query",
                    factor: 1.1,
                }],
                file: 0.03,
            }],
        };
        expect![[r#"
            query    read the settings
            filters  lang:rust path:src/** -test
            terms    read, or load, get
                     set

            src/config.rs:9-20  Config.load  0.58
            words    0.50, for 88% of the query
                     load: name 3.25, text 1.00
                     set: path 2.00
                     × 1.10  is named in the query
                     + 0.03  other results in its file
        "#]]
        .assert_eq(&explanation(&it).to_string());
    }
}
