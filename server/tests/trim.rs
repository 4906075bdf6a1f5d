//! The cases of `tests/trim/*.txt` through `trim` and `Stop`: place, model output and expected result in one drawing each.
//!
//! A case starts with `#### language | rule | keep or cut | name`, any of the flags `known` (fails today), `limit` (the token limit cut the
//! output), `never`, `always` (the `multiline` setting), `crlf` (the document's line endings) behind a further bar, and is the document as
//! it should become: `«…»` is what the model said, `⟨…⟩` in it the part that must go, and right behind `»` the part of the
//! document that is overwritten. `\t`, `\n` and `\s` in `⟨…⟩` and `«…»` stand for a tab, a line break and a blank, where they are hard to
//! see; a `--- as` line before the end starts the inserted text as it must be, where it is no mere cut of the output.

use hob::assist::stop::{Flow, Stop};
use hob::assist::trim::{Dropped, End, Place, Trimmed, trim, wants_one_line};
use hob::config::settings::Multiline;
use hob_index::language::Language;
use std::collections::BTreeMap;
use std::path::Path;

struct Case {
    file: String,
    line: usize,
    rule: String,
    keep: bool,
    name: String,
    flags: Vec<String>,
    language: &'static Language,
    before: String,
    after: String,
    output: String,
    /// The document as it should become.
    expected: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trim");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "txt"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path)
            .unwrap()
            .replace("\r\n", "\n");
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut line = 1;
        for (n, part) in text.split("#### ").enumerate() {
            if n > 0 {
                all.push(case(&file, line, part));
            }
            line += part.matches('\n').count();
        }
    }
    all
}

fn case(file: &str, line: usize, text: &str) -> Case {
    let (head, body) = text.split_once('\n').unwrap();
    let head: Vec<&str> = head.split('|').map(str::trim).collect();
    let fail = |what: &str| -> ! { panic!("{file}:{line}: {what}") };
    let [id, rule, kind, name, flags @ ..] = &head[..] else {
        fail("language | rule | keep or cut | name")
    };
    let flags: Vec<String> = flags
        .iter()
        .flat_map(|it| it.split_whitespace())
        .map(str::to_owned)
        .collect();
    let body = body.trim_end_matches('\n');
    let (drawing, inserted) = match body.split_once("\n--- as\n") {
        Some((drawing, inserted)) => (drawing, Some(inserted.to_owned())),
        None => (body, None),
    };
    let Some((before, rest)) = drawing.split_once('«') else {
        fail("no «")
    };
    let Some((said, after)) = rest.split_once('»') else {
        fail("no »")
    };
    let said = said
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\s", " ");
    let output = said.replace(['⟨', '⟩'], "");
    let mut kept = String::new();
    let mut removed = false;
    for it in said.chars() {
        match it {
            '⟨' => removed = true,
            '⟩' => removed = false,
            it if !removed => kept.push(it),
            _ => {}
        }
    }
    let (overwritten, left) = match after.strip_prefix('⟨') {
        Some(it) => it.split_once('⟩').unwrap_or_else(|| fail("no ⟩")),
        None => ("", after),
    };
    let expected = format!("{before}{}{left}", inserted.unwrap_or(kept));
    let ending = |it: &str| {
        if flags.iter().any(|it| it == "crlf") {
            it.replace('\n', "\r\n")
        } else {
            it.to_owned()
        }
    };
    Case {
        file: file.to_owned(),
        line,
        rule: (*rule).to_owned(),
        keep: match *kind {
            "keep" => true,
            "cut" => false,
            _ => fail("keep or cut"),
        },
        name: (*name).to_owned(),
        language: Language::of_id(id).unwrap_or_else(|| fail("no such language")),
        before: ending(before),
        after: ending(&format!("{overwritten}{left}")),
        output,
        expected: ending(&expected),
        flags,
    }
}

impl Case {
    fn place(&self) -> Place<'_> {
        let has = |flag: &str| self.flags.iter().any(|it| it == flag);
        let multiline = if has("never") {
            Multiline::Never
        } else if has("always") {
            Multiline::Always
        } else {
            Multiline::Auto
        };
        Place {
            language: Some(self.language),
            before: &self.before,
            after: &self.after,
            multiline,
        }
    }

    fn end(&self) -> End {
        if self.flags.iter().any(|it| it == "limit") {
            End::Limit
        } else {
            End::Model
        }
    }

    /// The document with what `trim` makes of the output.
    fn document(&self, result: &Result<Trimmed, Dropped>) -> String {
        match result {
            Ok(it) => format!("{}{}{}", self.before, it.text, &self.after[it.replace..]),
            Err(_) => format!("{}{}", self.before, self.after),
        }
    }

    /// The output through `Stop`, in pieces of so many characters.
    fn streamed(&self, size: usize) -> Result<Trimmed, Dropped> {
        let place = self.place();
        let mut stop = Stop::new(&place);
        let chars: Vec<char> = self.output.chars().collect();
        let mut end = self.end();
        for piece in chars.chunks(size) {
            if stop.push(&piece.iter().collect::<String>()) == Flow::Done {
                end = End::Model;
                break;
            }
        }
        trim(&place, stop.text(), end)
    }
}

#[test]
fn every_case_comes_out_as_drawn_and_the_known_failures_are_marked() {
    let mut rates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = String::new();
    for case in cases() {
        let result = trim(&case.place(), &case.output, case.end());
        let got = case.document(&result);
        let right = got == case.expected;
        let known = case.flags.iter().any(|it| it == "known");
        let rule = format!("rule {}", case.rule);
        for key in [if case.keep { "all kept" } else { "all cut" }, "all", &rule] {
            let rate = rates.entry(key.to_owned()).or_default();
            rate.0 += usize::from(right);
            rate.1 += 1;
        }
        if right == known {
            let marked = if known {
                " (marked as known, but right)"
            } else {
                ""
            };
            wrong += &format!(
                "\n{}:{}: {}{marked}\n--- output\n{}\n--- expected\n{}\n--- got {:?}\n{got}\n",
                case.file, case.line, case.name, case.output, case.expected, result
            );
        }
    }
    let table: String = rates
        .iter()
        .map(|(key, (right, all))| {
            format!(
                "{key:12} {right:4} of {all:4}  {:5.1} %\n",
                *right as f64 * 100.0 / *all as f64
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong}\n{table}");
    let share = |key: &str| {
        rates
            .get(key)
            .map_or(0.0, |(right, all)| *right as f64 / *all as f64)
    };
    assert!(
        share("all kept") >= 0.98 && share("all") >= 0.965,
        "{table}"
    );
    assert!(rates["all"].1 >= 250, "only {} cases", rates["all"].1);
}

#[test]
fn a_stream_that_is_stopped_early_gives_what_the_whole_output_gives() {
    let mut wrong = String::new();
    for case in cases() {
        let whole = trim(&case.place(), &case.output, case.end());
        for size in [1, 3, 17] {
            let streamed = case.streamed(size);
            if case.document(&streamed) != case.document(&whole) {
                wrong += &format!(
                    "\n{}:{}: {} in pieces of {size}\n--- whole\n{whole:?}\n--- streamed\n{streamed:?}\n",
                    case.file, case.line, case.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_shown_while_the_stream_goes_on_stays() {
    let (mut shown, mut stays) = (0, 0);
    let mut wrong = String::new();
    for case in cases() {
        let place = case.place();
        let last = trim(&place, &case.output, case.end()).ok();
        let mut stop = Stop::new(&place);
        for piece in case.output.chars().collect::<Vec<_>>().chunks(5) {
            let flow = stop.push(&piece.iter().collect::<String>());
            let Some(lines) = stop.first_lines() else {
                continue;
            };
            shown += 1;
            let prefix = last
                .as_ref()
                .is_some_and(|it| it.text.starts_with(lines.text.trim_end()));
            stays += usize::from(prefix);
            if !prefix {
                wrong += &format!(
                    "{}:{} {}: {:?}, then {last:?}\n",
                    case.file, case.line, case.name, lines
                );
            }
            if flow == Flow::Done {
                break;
            }
        }
    }
    // Loops and second thoughts (a fence, an unfinished lead-in) are seen only later.
    assert!(stays * 100 >= shown * 95, "{stays} of {shown}\n{wrong}");
}

#[test]
fn trimming_what_was_trimmed_changes_nothing() {
    let mut wrong = String::new();
    for case in cases() {
        let place = case.place();
        let Ok(first) = trim(&place, &case.output, case.end()) else {
            continue;
        };
        let again = trim(&place, &first.text, End::Model);
        if case.document(&again) != case.document(&Ok(first.clone())) {
            wrong += &format!(
                "{}:{} {}: {first:?}, then {again:?}\n",
                case.file, case.line, case.name
            );
        }
        assert!(
            !first.text.contains('\n')
                || !wants_one_line(&place)
                || case.before.trim_end().lines().next_back().is_some(),
            "{}",
            case.name
        );
    }
    assert!(wrong.is_empty(), "{wrong}");
}
