//! Text in, outline out: chunks as rules between the lines, then symbols and imports.

use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::path::Path;

mod details;
mod languages;

fn of(path: &str, text: &str) -> Outline {
    outline(text, Language::of_path(Path::new(path)))
}

/// The text with a rule before each chunk, and below it what is defined and brought in.
fn drawn(path: &str, text: &str) -> String {
    let outline = of(path, text);
    let mut out = String::new();
    for chunk in &outline.chunks {
        let name = chunk
            .symbol
            .map_or("", |it| outline.symbols[it].name.as_str());
        out.push_str(&format!("── {name}\n{}", &text[chunk.bytes.clone()]));
    }
    out.push_str("══\n");
    for it in &outline.symbols {
        let container = it
            .container
            .as_deref()
            .map_or(String::new(), |it| format!(" in {it}"));
        let (line, kind) = (it.line, it.kind.name());
        out.push_str(&format!(
            "{line}-{} {kind} {}{container}: {}\n",
            it.end_line, it.name, it.signature
        ));
    }
    for it in &outline.imports {
        out.push_str(&format!("{} from {} {:?}\n", it.line, it.path, it.names));
    }
    out
}

fn check(path: &str, text: &str, expected: Expect) {
    expected.assert_eq(&drawn(path, text));
}

/// Only what is defined and brought in.
fn check_symbols(path: &str, text: &str, expected: Expect) {
    let drawn = drawn(path, text);
    expected.assert_eq(drawn.split_once("══\n").unwrap().1);
}

#[test]
fn rust() {
    check(
        "a.rs",
        r#"//! A crate.
use std::fs::{self, File};
use crate::shape::{area as size, *};

/// As long as this.
const LONGEST: usize = 64;
static mut COUNT: u32 = 0;

/// A shape.
#[derive(Clone, Debug)]
pub struct Shape<'a> {
    /// In metres.
    pub width: f32,
    name: &'a str,
}

impl<'a> Shape<'a> {
    /// How large it is.
    #[must_use]
    pub fn area(
        &self,
        scale: f32, // a factor
    ) -> f32 {
        let area = self.width * scale;
        area
    }

    fn name(&self) -> &str { self.name }
}

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "{}", self.name)?;
        Ok(())
    }
}

pub enum Kind { Round, Square(u32) }

pub trait Draw: Sized {
    type Canvas;
    fn draw(&self, canvas: &mut Self::Canvas);
}

macro_rules! shapes { ($($it:expr),*) => { vec![$($it),*] } }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works() {
        let one = 1;
        assert_eq!(one, 1);
    }
}
"#,
        expect![[r#"
            ── LONGEST
            //! A crate.
            use std::fs::{self, File};
            use crate::shape::{area as size, *};

            /// As long as this.
            const LONGEST: usize = 64;
            static mut COUNT: u32 = 0;

            ── Shape
            /// A shape.
            #[derive(Clone, Debug)]
            pub struct Shape<'a> {
                /// In metres.
                pub width: f32,
                name: &'a str,
            }

            ── area
            impl<'a> Shape<'a> {
                /// How large it is.
                #[must_use]
                pub fn area(
                    &self,
                    scale: f32, // a factor
                ) -> f32 {
                    let area = self.width * scale;
                    area
                }

            ── name
                fn name(&self) -> &str { self.name }
            }

            ── fmt
            impl std::fmt::Display for Shape<'_> {
                fn fmt(&self, f: &mut Formatter) -> Result {
                    write!(f, "{}", self.name)?;
                    Ok(())
                }
            }

            ── Draw
            pub enum Kind { Round, Square(u32) }

            pub trait Draw: Sized {
                type Canvas;
                fn draw(&self, canvas: &mut Self::Canvas);
            }

            ── shapes
            macro_rules! shapes { ($($it:expr),*) => { vec![$($it),*] } }

            ── tests
            #[cfg(test)]
            mod tests {
                use super::*;

            ── works
                #[test]
                fn works() {
                    let one = 1;
                    assert_eq!(one, 1);
                }
            }
            ══
            6-6 constant LONGEST: const LONGEST: usize = 64
            7-7 constant COUNT: static mut COUNT: u32 = 0
            11-15 struct Shape: pub struct Shape<'a>
            13-13 field width in Shape: pub width: f32
            14-14 field name in Shape: name: &'a str
            20-26 method area in Shape: pub fn area(&self, scale: f32) -> f32
            28-28 method name in Shape: fn name(&self) -> &str
            32-35 method fmt in Shape: fn fmt(&self, f: &mut Formatter) -> Result
            38-38 enum Kind: pub enum Kind
            38-38 variant Round in Kind: Round
            38-38 variant Square in Kind: Square
            40-43 interface Draw: pub trait Draw: Sized
            41-41 type Canvas in Draw: type Canvas
            42-42 method draw in Draw: fn draw(&self, canvas: &mut Self::Canvas)
            45-45 macro shapes: macro_rules! shapes
            48-56 module tests: mod tests
            52-55 function works in tests: fn works()
            2 from std::fs ["fs", "File"]
            3 from crate::shape ["size"]
            3 from crate::shape []
            49 from super []
        "#]],
    );
}

#[test]
fn python() {
    check(
        "a.py",
        r#""""Shapes."""
import os, sys as system
from .base import Base, other as another
from typing import (
    Any,
    List,
)

LIMIT = 3
registry: dict[str, Any] = {}

@dataclass(frozen=True)
class Shape(Base):
    """A shape."""

    width: float = 1.0
    KIND = "round"

    def __init__(self, width: float) -> None:
        self.width = width
        self.cache = {}

    @property
    async def area(
        self,
        scale=2,
    ) -> float:
        return self.width * scale

def top(*args, **kwargs):
    def inner():
        pass
    return inner

if TYPE_CHECKING:
    def checked(): ...
"#,
        expect![[r#"
            ── LIMIT
            """Shapes."""
            import os, sys as system
            from .base import Base, other as another
            from typing import (
                Any,
                List,
            )

            LIMIT = 3
            registry: dict[str, Any] = {}

            @dataclass(frozen=True)
            class Shape(Base):
                """A shape."""

                width: float = 1.0
                KIND = "round"

            ── __init__
                def __init__(self, width: float) -> None:
                    self.width = width
                    self.cache = {}

            ── area
                @property
                async def area(
                    self,
                    scale=2,
                ) -> float:
                    return self.width * scale

            ── top
            def top(*args, **kwargs):
                def inner():
                    pass
                return inner
            ── checked

            if TYPE_CHECKING:
                def checked(): ...
            ══
            9-9 constant LIMIT: LIMIT = 3
            10-10 variable registry: registry: dict[str, Any]
            13-28 class Shape: class Shape(Base)
            16-16 field width in Shape: width: float = 1.0
            17-17 field KIND in Shape: KIND = "round"
            19-21 method __init__ in Shape: def __init__(self, width: float) -> None
            21-21 field cache in Shape: self.cache
            24-28 method area in Shape: async def area(self, scale=2) -> float
            30-33 function top: def top(*args, **kwargs)
            36-36 function checked: def checked()
            2 from os ["os"]
            2 from sys ["system"]
            3 from .base ["Base", "another"]
            4 from typing ["Any", "List"]
        "#]],
    );
}

#[test]
fn javascript_and_typescript() {
    check(
        "a.ts",
        r#"import def, { a as b, type C } from './x';
import * as ns from "y";
const { u } = require('v');

/** How large. */
export const area = async (width: number, height = 2): Promise<number> => {
  return width * height;
};

@Component({ selector: 'x' })
export default class Shape<T> extends Base implements I {
  private width: number = 1;
  constructor(readonly name: string) {
    super();
  }
  get size() { return 1 }
  scaled = (by: number) => this.width * by;
}

export interface I { p?: string; q(a: number): void }
export type Id = string | number;
export enum Kind { A = 1, B = 2 }
export abstract class Q { abstract r(): void }
exports.h = function (a) { return a; };
module.exports = { i() {}, k: function () {} };
Shape.prototype.bar = function () {};
const options = { depth: 3, run() {} };
describe('shapes', () => { it('works', () => {}); });
"#,
        expect![[r#"
            ── 
            import def, { a as b, type C } from './x';
            import * as ns from "y";
            const { u } = require('v');

            ── area
            /** How large. */
            export const area = async (width: number, height = 2): Promise<number> => {
              return width * height;
            };

            ── Shape
            @Component({ selector: 'x' })
            export default class Shape<T> extends Base implements I {
              private width: number = 1;
            ── constructor
              constructor(readonly name: string) {
                super();
              }
            ── size
              get size() { return 1 }
            ── scaled
              scaled = (by: number) => this.width * by;
            }

            export interface I { p?: string; q(a: number): void }
            export type Id = string | number;
            export enum Kind { A = 1, B = 2 }
            export abstract class Q { abstract r(): void }
            ── h
            exports.h = function (a) { return a; };
            ── i
            module.exports = { i() {}, k: function () {} };
            ── bar
            Shape.prototype.bar = function () {};
            ── options
            const options = { depth: 3, run() {} };
            describe('shapes', () => { it('works', () => {}); });
            ══
            6-8 function area: export const area = async (width: number, height = 2): Promise<number> =>
            11-18 class Shape: export default class Shape<T> extends Base implements I
            12-12 field width in Shape: private width: number = 1
            13-15 method constructor in Shape: constructor(readonly name: string)
            13-13 field name in Shape: readonly name: string
            16-16 method size in Shape: get size()
            17-17 method scaled in Shape: scaled = (by: number) =>
            20-20 interface I: export interface I
            20-20 field p in I: p?: string
            20-20 method q in I: q(a: number): void
            21-21 type Id: export type Id = string | number
            22-22 enum Kind: export enum Kind
            22-22 variant A in Kind: A = 1
            22-22 variant B in Kind: B = 2
            23-23 class Q: export abstract class Q
            23-23 method r in Q: abstract r(): void
            24-24 function h: exports.h = function (a)
            25-25 method i: i()
            25-25 function k: k: function ()
            26-26 method bar in Shape: Shape.prototype.bar = function ()
            27-27 variable options: const options
            27-27 field depth in options: depth: 3
            27-27 method run in options: run()
            1 from ./x ["def", "b", "C"]
            2 from y ["ns"]
            3 from v ["u"]
        "#]],
    );
}

#[test]
fn long_definitions_are_split_where_that_hurts_least() {
    let mut text = String::from("fn long() {\n");
    for block in 0..10 {
        for line in 0..12 {
            text.push_str(&format!("    let it_{block}_{line} = {line};\n"));
        }
        text.push('\n');
    }
    text.push_str("}\nfn next() {\n    1;\n    2;\n}\n");
    let outline = of("a.rs", &text);
    let names = |it: &Chunk| it.symbol.map(|it| outline.symbols[it].name.as_str());
    assert!(outline.chunks.len() >= 4);
    for chunk in &outline.chunks[1..outline.chunks.len() - 1] {
        let before = &text[..chunk.bytes.start];
        assert!(before.ends_with("\n\n") || text[chunk.bytes.clone()].starts_with('\n'));
        assert_eq!(names(chunk), Some("long"));
    }
    assert_eq!(names(outline.chunks.last().unwrap()), Some("next"));
}

#[test]
fn half_typed_code_loses_little() {
    let whole = "fn whole() {\n    one();\n}\n\n";
    let after = "\nfn after() {\n    1;\n}\n";
    for broken in ["fn broken(a: u32 {\n}\n", "fn broken() {\n    if x {\n"] {
        let text = [whole, broken, after].concat();
        let outline = of("a.rs", &text);
        let names: Vec<&str> = outline.symbols.iter().map(|it| it.name.as_str()).collect();
        let found = names.contains(&"whole") && names.contains(&"after");
        assert!(found, "{broken}: {names:?}");
    }
}

#[test]
fn depth_and_length_do_no_harm() {
    let deep = format!("fn a() {{ {} }}\n", "(".repeat(100_000));
    for path in ["a.rs", "a.js", "a.py", "a.json", "a.cpp", "a.md"] {
        whole(path, &deep);
        whole(path, &"[".repeat(100_000));
        whole(path, &"{\"a\":".repeat(50_000));
        whole(path, &"x".repeat(900_000));
    }
    let nested = "class A { void f() {} ".repeat(2_000);
    whole("A.java", &nested);
}

/// Joined, the chunks are the text, in whole lines.
#[track_caller]
fn whole(path: &str, text: &str) {
    let outline = of(path, text);
    let mut end = 0;
    let mut line = 1;
    for chunk in &outline.chunks {
        assert_eq!((chunk.bytes.start, chunk.start_line), (end, line), "{path}");
        assert!(!chunk.bytes.is_empty());
        end = chunk.bytes.end;
        line = chunk.end_line + 1;
        assert!(end == text.len() || text[..end].ends_with('\n'));
        assert!(chunk.symbol.is_none_or(|it| it < outline.symbols.len()));
    }
    assert_eq!(end, text.len(), "{path}");
    for symbol in &outline.symbols {
        assert!(text.get(symbol.bytes.clone()).is_some());
        assert!(!symbol.name.is_empty() && symbol.line <= symbol.end_line);
        assert!(!symbol.signature.contains('\n'));
    }
}

const PATHS: [&str; 26] = [
    "a.rs", "a.py", "a.js", "a.jsx", "a.ts", "a.tsx", "a.go", "A.java", "a.kt", "a.c", "a.cpp",
    "a.cs", "a.rb", "a.php", "a.swift", "a.scala", "a.lua", "a.sh", "a.sql", "a.zig", "a.html",
    "a.css", "a.md", "a.json", "a.yaml", "a.toml",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_is_lost(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "fn ", "class ", "def ", "{", "}", "(", ")", "\n", "\r\n", "\n\n", "    ", "\t", "x", "=", "\"", "'",
                "/*", "*/", "//", "#", "é", "漢", "😀", "\u{feff}", "import ", "struct ", "type ", ";", ":", ",", "<", ">",
                "function ", "const ", "- ", "[", "]", "\u{2028}", "@", "end\n", "---\n",
            ]),
            0..200,
        ),
        path in proptest::sample::select(&PATHS[..]),
    ) {
        whole(path, &words.concat());
    }
}
