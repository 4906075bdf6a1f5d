//! Text in, terms out.

use super::*;
use expect_test::{Expect, expect};

#[track_caller]
fn check(text: &str, expect: Expect) {
    let mut all = Vec::new();
    terms(text, |it| all.push(it.to_owned()));
    expect.assert_eq(&all.join(" "));
}

#[test]
fn an_identifier_gives_itself_and_its_parts_in_any_style() {
    check("parseHttpHeader", expect!["parsehttphead pars http header"]);
    check(
        "parse_http_header PARSE_HTTP_HEADER",
        expect!["parsehttphead pars http header parsehttphead pars http header"],
    );
    check(
        "HTTPServer newURL XMLHttpRequest2",
        expect!["httpserver http server newurl new url xmlhttprequest2 xml http request 2"],
    );
    check("__init__ _x", expect!["init x"]);
}

#[test]
fn digits_are_parts_of_their_own() {
    check(
        "utf8 sha256sum x86_64 3.14",
        expect!["utf8 utf 8 sha256sum sha 256 sum x8664 x 86 64 3 14"],
    );
}

#[test]
fn inflections_meet_in_their_stem() {
    check(
        "parses parsing parsed configuration configure",
        expect!["pars pars pars configur configur"],
    );
}

#[test]
fn words_in_other_scripts_are_kept() {
    check(
        "größenÄnderung Überschrift файл 設定を読む naïve_café",
        expect![
            "größenänderung größen änderung überschrift файл 設定を読む 設定 定を を読 読む naïvecafé naïv café"
        ],
    );
}

#[test]
fn punctuation_and_overlong_words_give_nothing() {
    let long = "a".repeat(LONGEST + 1);
    check(&format!("( {long} ) => ___ ;"), expect![""]);
}

#[test]
fn asking_for_terms_within_terms_is_fine() {
    let mut inner = Vec::new();
    terms("outer", |_| terms("inner", |it| inner.push(it.to_owned())));
    assert_eq!(inner, ["inner"]);
}

#[test]
fn hashes_have_no_parts() {
    check(
        "a8233120f6ad708f843d utf16le2be",
        expect!["a8233120f6ad708f843d utf16le2b utf 16 le 2 be"],
    );
}
