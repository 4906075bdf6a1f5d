//! Text in, queries out.

use super::*;
use expect_test::{Expect, expect};

#[track_caller]
fn check(text: &str, expect: Expect) {
    let concepts = Query::parse(text).unwrap().concepts();
    let concepts: Vec<String> = concepts
        .iter()
        .map(|it| {
            let terms = it.alternatives.iter().map(|it| it.term.as_str());
            terms.collect::<Vec<_>>().join("|")
        })
        .collect();
    expect.assert_eq(&concepts.join(" "));
}

#[test]
fn words_become_concepts_with_the_names_that_code_has_for_them() {
    check(
        "where is the configuration parsed",
        expect!["configur|config|cfg|conf|set|option pars|from|read|decod configurationpars"],
    );
    check(
        "parseConfig",
        expect!["parseconfig pars|from|read|decod config|cfg|configur"],
    );
}

#[test]
fn words_in_a_row_are_looked_for_as_one_too() {
    check(
        "the host name of a cookie jar",
        expect!["host name hostnam cooki jar cookiejar"],
    );
}

#[test]
fn a_query_of_empty_words_alone_is_searched_all_the_same() {
    check("is it", expect!["is it isit"]);
}

#[test]
fn filters_stand_among_the_words() {
    let query =
        Query::parse("retry lang:py kind:Method path:src/** \"timed out\" -test a-b").unwrap();
    assert_eq!(query.text, "retry timed out a-b");
    let filters = query.filters;
    assert_eq!(filters.languages[0].id, "python");
    assert_eq!(filters.kinds, [Kind::Method]);
    assert_eq!(filters.phrases, ["timed out"]);
    assert_eq!(filters.without, ["test"]);
    assert!(filters.paths.is_some());
}

#[test]
fn what_only_looks_like_a_filter_is_a_word() {
    let query = Query::parse("std::fs lang: 5\" -1 --flag see: this path: -path:").unwrap();
    assert_eq!(
        query.text,
        "std::fs lang: 5 -1 --flag see: this path: -path:"
    );
    assert!(query.filters.without.is_empty() && query.filters.phrases.is_empty());
}

#[test]
fn unknown_values_are_named_with_the_nearest_and_the_allowed() {
    let message = |it: &str| Query::parse(it).unwrap_err().to_string();
    let kind = message("x kind:functon");
    assert!(
        kind.starts_with(
            "kind:functon: there is no such kind of definition; did you mean `function`?"
        ),
        "{kind}"
    );
    assert!(kind.contains("method, class"), "{kind}");
    let language = message("x lang:pyhton");
    assert!(language.contains("did you mean `python`?"), "{language}");
    assert!(!message("x lang:klingon").contains("did you mean"));
}

#[test]
fn identifiers_are_told_from_words() {
    let of = |it: &str| {
        let query = Query::parse(it).unwrap();
        let found: Vec<String> = query.identifiers().into_iter().map(str::to_owned).collect();
        found.join(" ")
    };
    assert_eq!(of("parse"), "parse");
    assert_eq!(
        of("how does parse_config call Foo::bar, runIt() and src/main.rs?"),
        "parse_config Foo::bar runIt src/main.rs"
    );
    assert_eq!(of("e.g. the end. Of it"), "");
}

#[test]
fn distances_count_single_changes() {
    assert_eq!(distance("function", "functon"), 1);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("kitten", "sitting"), 3);
}
