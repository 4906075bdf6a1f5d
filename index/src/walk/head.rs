//! The comments above the first line of code, in any language, as sentences.

use std::path::Path;

/// A licence with all its conditions is shorter, and so is what stands before it.
const LINES: usize = 60;
/// Longer lines are no comments that somebody reads; in bytes.
const LONGEST: usize = 2_000;

/// A sentence of a comment: in lower case, blanks made one, without what marks the comment.
#[derive(Debug, PartialEq)]
pub(super) struct Sentence {
    /// Where it begins, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// What begins a comment up to the end of the line; longer marks before those that begin like them.
const LINE_MARKS: &[&str] = &[
    "///", "//!", "//", "--!", "---", "--", "##", "#:", "#'", "#!", "#", ";;;", ";;", ";", "%%",
    "%", "@rem ", "rem ", "::", "dnl ", ".\\\"", "'", "..", "*>", "!", "@*",
];
/// What begins a comment of several lines, and what ends it.
const BLOCKS: &[(&str, &str)] = &[
    ("<!--", "-->"),
    ("/*", "*/"),
    ("\"\"\"", "\"\"\""),
    ("r\"\"\"", "\"\"\""),
    ("'''", "'''"),
    ("{-", "-}"),
    ("(*", "*)"),
    ("<#", "#>"),
    ("#|", "|#"),
    ("--[[", "]]"),
    ("--[=[", "]=]"),
    ("{#", "#}"),
    ("{{!--", "--}}"),
    ("{{/*", "*/}}"),
    ("<%--", "--%>"),
    ("<%#", "%>"),
    ("=begin", "=end"),
    ("=pod", "=cut"),
];
/// Lines that may stand above a banner although they are none: how they begin, in lower case.
const PROLOGUE: &[&str] = &[
    "<?php",
    "<?xml",
    "<?hh",
    "<!doctype",
    "\"use strict\"",
    "'use strict'",
    "\"use client\"",
    "'use client'",
    "#pragma",
    "#ifndef",
    "#define",
    "package ",
    "namespace ",
    "@file:",
    "@echo off",
    "%yaml",
    "---",
    "{-#",
    "library",
    "part of",
    "syntax =",
    "@charset",
    "set -",
    "#!",
    "module ",
    "declare(strict_types",
];

/// The sentences of the comments at the top of a file. In prose (`README.md`), only what is hidden from readers counts.
pub(super) fn sentences(path: &Path, text: &str) -> Vec<Sentence> {
    let is_prose = is_prose(path);
    let mut reading = Reading::default();
    let mut block: Option<&str> = None;
    for (at, line) in text.lines().take(LINES).enumerate() {
        let line = line.trim();
        if line.len() > LONGEST {
            break;
        }
        let number = at + 1;
        if let Some(end) = block {
            let (inner, is_over) = match line.split_once(end) {
                Some((inner, _)) => (inner, true),
                None => (line, false),
            };
            reading.line(number, inner);
            if is_over {
                reading.pause();
                block = None;
            }
            continue;
        }
        if line.is_empty() {
            reading.pause();
            continue;
        }
        let lower = line.to_ascii_lowercase();
        let opened = BLOCKS.iter().find(|it| lower.starts_with(it.0));
        if let Some((start, end)) = opened.filter(|it| !is_prose || it.0 == "<!--") {
            let inner = &line[start.len()..];
            reading.pause();
            match inner.split_once(end) {
                Some((inner, _)) => {
                    reading.line(number, inner);
                    reading.pause();
                }
                None => {
                    reading.line(number, inner);
                    block = Some(end);
                }
            }
            continue;
        }
        if is_prose && (lower.starts_with("[//]:") || lower.starts_with("[comment]:")) {
            reading.line(
                number,
                line.split_once(['#', '(', '"', '<']).map_or("", |it| it.1),
            );
            reading.pause();
            continue;
        }
        if is_prose && !lower.starts_with("---") {
            break;
        }
        if PROLOGUE.iter().any(|it| lower.starts_with(it)) && !is_rule(line) {
            reading.pause();
            continue;
        }
        let mark = LINE_MARKS.iter().find(|it| lower.starts_with(**it));
        match mark {
            Some(mark) => reading.line(number, &line[mark.len()..]),
            None => break,
        }
    }
    reading.pause();
    reading.sentences
}

/// Whether a file is written for readers: what looks like a comment in code may be a heading there.
pub(super) fn is_prose(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    [
        "md", "markdown", "mdx", "mdown", "rst", "org", "adoc", "asciidoc", "textile",
    ]
    .iter()
    .any(|it| extension == *it)
}

/// A line that only draws something.
fn is_rule(line: &str) -> bool {
    !line.contains(|it: char| it.is_alphanumeric() || it == '@')
}

/// Puts lines together to sentences.
#[derive(Default)]
struct Reading {
    sentences: Vec<Sentence>,
    /// The sentence that may go on.
    open: Option<Sentence>,
    /// Whether the lines stand in a fence.
    is_fenced: bool,
}

impl Reading {
    fn line(&mut self, number: usize, content: &str) {
        let plain = content.trim_start_matches([' ', '*', '/', '#']);
        if plain.starts_with("```") {
            self.is_fenced = !self.is_fenced;
            return self.pause();
        }
        if self.is_fenced || is_example(content) {
            return self.pause();
        }
        let content =
            content.trim_matches(|it: char| it.is_whitespace() || "*=#/!;%-~_+|".contains(it));
        if content.is_empty() {
            return self.pause();
        }
        // Prose goes on in lower case; what begins with a capital is a line of its own more often than not.
        let begins = content.starts_with(|it: char| it.is_uppercase() || it == '@' || it == '<');
        if begins {
            self.pause();
        }
        let mut rest = content;
        while !rest.is_empty() {
            let end = end_of_sentence(rest);
            let (part, behind) = rest.split_at(end);
            let words: Vec<&str> = part.split_whitespace().collect();
            let part = words.join(" ").to_lowercase();
            match &mut self.open {
                Some(it) if it.text.len() < LONGEST => {
                    it.text.push(' ');
                    it.text.push_str(&part);
                }
                Some(_) => {}
                None => {
                    self.open = Some(Sentence {
                        line: number,
                        text: part.clone(),
                    });
                }
            }
            if behind.is_empty() && !part.ends_with(['.', '!', '?', ':', ';']) {
                return;
            }
            self.pause();
            rest = behind.trim_start();
        }
    }

    /// What comes now is another sentence.
    fn pause(&mut self) {
        self.sentences.extend(self.open.take().map(|it| Sentence {
            line: it.line,
            text: normal(&it.text),
        }));
    }
}

/// Ways of writing that differ in blanks, dashes and capitals only are made one.
fn normal(text: &str) -> String {
    let text = text.trim_start_matches(|it: char| "*=#/!;%-~_+| ".contains(it));
    text.replace("auto generated", "auto-generated")
        .replace("autogenerated", "auto-generated")
        .replace("machine generated", "machine-generated")
        .replace("computer generated", "computer-generated")
        .replace('’', "'")
}

/// Where the first sentence of a line ends, in bytes. What is quoted is no sentence of the text's own.
fn end_of_sentence(text: &str) -> usize {
    let is_quoted = |end: usize| {
        let is_odd = |it: char| text[..end].matches(it).count() % 2 == 1;
        is_odd('"') || is_odd('`')
    };
    let ends = text.match_indices(['.', '!', '?', ';']);
    ends.map(|it| it.0 + 1)
        .find(|end| text[*end..].starts_with(char::is_whitespace) && !is_quoted(*end))
        .unwrap_or(text.len())
}

/// Whether a line is a point of a list, or an example in a comment: it is about something else than the file.
fn is_example(content: &str) -> bool {
    let content = content.trim();
    let content = content.strip_prefix('*').unwrap_or(content).trim_start();
    let is_point = |mark: char| {
        let rest = content.strip_prefix(mark);
        rest.is_some_and(|it| it.starts_with(' ')) && !content.ends_with(mark)
    };
    ['-', '*', '+', '•'].into_iter().any(is_point)
        || ["// ", "# ", "/* "]
            .iter()
            .any(|it| content.starts_with(it))
}
