//! `hob index explain`: how a query is understood, and what the scores of its best results are made of.

use crate::cli::failure::Failure;
use crate::cli::project::Project;
use crate::cli::terminal::{BOLD, DIM, Look, Terminal};
use hob_index::search::{self, Explained, Query};
use serde::Serialize;
use std::process::ExitCode;

/// Terms of one result that are listed.
const MOST: usize = 8;

/// What is printed in JSON.
#[derive(Debug, Serialize)]
struct Printed {
    /// For each word of the query its stem, and what code has for it.
    words: Vec<Vec<String>>,
    results: Vec<Printable>,
}

/// A result, and what its score is made of.
#[derive(Debug, Serialize)]
struct Printable {
    path: String,
    start_line: usize,
    end_line: usize,
    symbol: Option<String>,
    score: f32,
    /// What the words give, and which share of the query they cover.
    of_words: f32,
    covered: f32,
    terms: Vec<OfTerm>,
    /// What that is multiplied by, and why.
    factors: Vec<Factor>,
    /// What the results of its file add to that.
    of_file: f32,
}

#[derive(Debug, Serialize)]
struct OfTerm {
    term: String,
    field: &'static str,
    score: f32,
}

#[derive(Debug, Serialize)]
struct Factor {
    reason: &'static str,
    factor: f32,
}

impl From<Explained> for Printable {
    fn from(it: Explained) -> Printable {
        let terms = it.parts.into_iter().map(|part| OfTerm {
            term: part.term,
            field: part.field,
            score: part.score,
        });
        let factors = it.factors.into_iter();
        Printable {
            path: it.path,
            start_line: it.lines.0,
            end_line: it.lines.1,
            symbol: it.symbol,
            score: it.score,
            of_words: it.words,
            covered: it.covered,
            terms: terms.collect(),
            of_file: it.of_file,
            factors: factors
                .map(|(reason, factor)| Factor { reason, factor })
                .collect(),
        }
    }
}

/// Explains the best `k` results for a query.
pub(super) fn run(
    project: &Project,
    query: &[String],
    k: usize,
    json: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let query = Query::parse(&query.join(" ")).map_err(|it| Failure::usage(it.to_string()))?;
    let (words, results) = search::explain(&project.index.searcher(), &query, k);
    let printed = Printed {
        words,
        results: results.into_iter().map(Printable::from).collect(),
    };
    if json {
        terminal.print_json(&printed)?;
    } else {
        let text = rendered(&printed, terminal.look());
        terminal.print(&text)?;
    }
    Ok(ExitCode::from(u8::from(printed.results.is_empty())))
}

fn rendered(it: &Printed, look: Look) -> String {
    let mut out = String::new();
    for (n, word) in it.words.iter().enumerate() {
        let name = if n == 0 { "looks for" } else { "" };
        let others = match word.get(1..) {
            Some(others) if !others.is_empty() => format!(", or {}", others.join(", ")),
            _ => String::new(),
        };
        let first = word.first().map_or("", String::as_str);
        out.push_str(&look.paint(DIM, &format!("{name:<10}")));
        out.push_str(&format!("{}{others}\n", look.paint(BOLD, first)));
    }
    if it.results.is_empty() {
        out.push_str("Nothing found.\n");
    }
    for it in &it.results {
        out.push('\n');
        let symbol = it.symbol.as_deref().unwrap_or("-");
        out.push_str(&format!(
            "{:.2}  {}:{}-{}  {}\n",
            it.score,
            it.path,
            it.start_line,
            it.end_line,
            look.paint(BOLD, symbol)
        ));
        let covered = (it.covered * 100.0).round();
        row(
            &mut out,
            it.of_words,
            &format!("words, {covered} % of the query"),
            look,
        );
        let mut terms: Vec<&OfTerm> = it.terms.iter().collect();
        terms.sort_by(|a, b| b.score.total_cmp(&a.score));
        for it in terms.iter().take(MOST) {
            row(
                &mut out,
                it.score,
                &format!("  {} in the {}", it.term, it.field),
                look,
            );
        }
        for it in &it.factors {
            row(&mut out, it.factor, &format!("× {}", it.reason), look);
        }
        row(
            &mut out,
            it.of_file,
            "+ what its file has of the query",
            look,
        );
    }
    out
}

fn row(out: &mut String, number: f32, text: &str, look: Look) {
    let number = look.paint(DIM, &format!("{number:>10.2}"));
    out.push_str(&format!("{number}  {text}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_score_is_told_term_by_term() {
        let term = |term: &str, field, score| OfTerm {
            term: term.into(),
            field,
            score,
        };
        let it = Printed {
            words: vec![
                vec!["read".into(), "load".into(), "get".into()],
                vec!["set".into()],
            ],
            results: vec![Printable {
                path: "src/config.rs".into(),
                start_line: 3,
                end_line: 7,
                symbol: Some("read_settings".into()),
                score: 0.517,
                of_words: 0.6,
                covered: 1.0,
                terms: vec![term("set", "text", 0.9), term("read", "name", 2.0)],
                factors: vec![Factor {
                    reason: "test or example",
                    factor: 0.8,
                }],
                of_file: 0.037,
            }],
        };
        expect![[r#"
            looks for read, or load, get
                      set

            0.52  src/config.rs:3-7  read_settings
                  0.60  words, 100 % of the query
                  2.00    read in the name
                  0.90    set in the text
                  0.80  × test or example
                  0.04  + what its file has of the query
        "#]]
        .assert_eq(&rendered(&it, Look::default()));
    }
}
