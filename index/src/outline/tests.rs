//! Text in, outline out: chunks as rules between the lines, then symbols and imports.

use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::path::Path;

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

            ── 
            impl<'a> Shape<'a> {
            ── area
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

            ── 
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

            ── tests
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
            45-45 macro shapes: macro_rules! shapes { ($($it:expr),*) => { vec![$($it),*] } }
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
              constructor(readonly name: string) {
                super();
              }
              get size() { return 1 }
              scaled = (by: number) => this.width * by;
            }

            ── I
            export interface I { p?: string; q(a: number): void }
            export type Id = string | number;
            export enum Kind { A = 1, B = 2 }
            export abstract class Q { abstract r(): void }
            exports.h = function (a) { return a; };
            module.exports = { i() {}, k: function () {} };
            Shape.prototype.bar = function () {};
            const options = { depth: 3, run() {} };
            describe('shapes', () => { it('works', () => {}); });
            ══
            6-8 function area: export const area = async (width: number, height = 2): Promise<number>
            11-18 class Shape: export default class Shape<T> extends Base implements I
            12-12 field width in Shape: private width: number = 1
            13-15 method constructor in Shape: constructor(readonly name: string)
            16-16 method size in Shape: get size()
            17-17 method scaled in Shape: scaled = (by: number)
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
fn go() {
    check_symbols(
        "a.go",
        r#"package shape

import (
	f "fmt"
	"example.com/a/b"
)

// Shape is one.
type Shape struct {
	Width, Height float64
	inner         *Inner
}

type Drawer interface {
	Draw(c *Canvas) error
}

type (
	ID  int
	Alt = ID
)

const (
	Small = iota
	Large
)

var Default, other = New(), 1

func (s *Shape) Area(scale float64) (float64, error) {
	return s.Width * scale, nil
}

func Map[T any](xs []T, f func(T) T) []T { return xs }
"#,
        expect![[r#"
            9-12 struct Shape: type Shape struct
            10-10 field Width in Shape: Width, Height float64
            10-10 field Height in Shape: Width, Height float64
            11-11 field inner in Shape: inner *Inner
            14-16 interface Drawer: type Drawer interface
            15-15 method Draw in Drawer: Draw(c *Canvas) error
            19-19 type ID: ID int
            20-20 type Alt: Alt = ID
            24-24 constant Small: Small = iota
            25-25 constant Large: Large
            28-28 variable Default: var Default, other = New(), 1
            28-28 variable other: var Default, other = New(), 1
            30-32 method Area in Shape: func (s *Shape) Area(scale float64) (float64, error)
            34-34 function Map: func Map[T any](xs []T, f func(T) T) []T
            4 from fmt ["f"]
            5 from example.com/a/b []
        "#]],
    );
}

#[test]
fn java_and_kotlin() {
    check_symbols(
        "A.java",
        r#"package a.b;

import java.util.List;
import static java.lang.Math.*;

/** A shape. */
@Deprecated
public final class Shape extends Base implements Draw {
    private static final int LIMIT = 3;
    int width, height;

    public Shape(int width) { this.width = width; }

    @Override
    public <T> List<T> draw(Canvas canvas) throws IOException {
        return null;
    }

    enum Kind { ROUND, SQUARE; int sides() { return 4; } }
    interface Inner { void call(); }
    record Point(int x, int y) {}
}
"#,
        expect![[r#"
            7-22 class Shape: public final class Shape extends Base implements Draw
            9-9 field LIMIT in Shape: private static final int LIMIT = 3
            10-10 field width in Shape: int width, height
            10-10 field height in Shape: int width, height
            12-12 method Shape in Shape: public Shape(int width)
            14-17 method draw in Shape: public <T> List<T> draw(Canvas canvas) throws IOException
            19-19 enum Kind in Shape: enum Kind
            19-19 variant ROUND in Kind: ROUND
            19-19 variant SQUARE in Kind: SQUARE
            19-19 method sides in Kind: int sides()
            20-20 interface Inner in Shape: interface Inner
            20-20 method call in Inner: void call()
            21-21 class Point in Shape: record Point(int x, int y)
            3 from java.util.List ["List"]
            4 from java.lang.Math ["Math"]
        "#]],
    );
    check_symbols(
        "a.kt",
        r#"package a

import a.b.C
import a.b.Long as Short

class Shape(val width: Int) : Base() {
    companion object {
        const val LIMIT = 1
    }

    val area: Int = 3

    fun draw(canvas: Canvas): Int {
        return 1
    }
}

interface Draw {
    fun draw()
}

object Registry

enum class Kind { ROUND, SQUARE }

fun Shape.scaled(by: Int) = width * by

typealias Id = Int
"#,
        expect![[r#"
            6-16 class Shape: class Shape(val width: Int) : Base()
            8-8 field LIMIT in Shape: const val LIMIT = 1
            11-11 field area in Shape: val area: Int = 3
            13-15 method draw in Shape: fun draw(canvas: Canvas): Int
            18-20 interface Draw: interface Draw
            19-19 method draw in Draw: fun draw()
            22-22 class Registry: object Registry
            24-24 enum Kind: enum class Kind
            24-24 variant ROUND in Kind: ROUND
            24-24 variant SQUARE in Kind: SQUARE
            26-26 function scaled: fun Shape.scaled(by: Int)
            28-28 type Id: typealias Id = Int
            3 from a.b.C ["C"]
            4 from a.b.Long ["Short"]
        "#]],
    );
}

#[test]
fn c_and_cpp() {
    check(
        "a.c",
        r#"#include <stdio.h>
#include "shape.h"

#define LIMIT 10
#define AREA(w, h) \
    ((w) * (h))

typedef struct shape {
    int width;
    char *name, **names;
    int (*draw)(struct canvas *);
} shape_t;

struct point { int x, y; };
enum kind { ROUND, SQUARE = 2 };
extern int count;
static const char *names[] = { "a", "b" };
int proto(struct shape *it, int scale);

/* How large it is.
 * In metres. */
static inline unsigned long *
shape_area(const struct shape *it, /* never null */ int scale)
{
    if (it) {
        return NULL;
    }
    return 0;
}

int old(a, b) int a; char *b; { return a; }
"#,
        expect![[r#"
            ── LIMIT
            #include <stdio.h>
            #include "shape.h"

            #define LIMIT 10
            #define AREA(w, h) \
                ((w) * (h))

            ── shape_t
            typedef struct shape {
                int width;
                char *name, **names;
                int (*draw)(struct canvas *);
            } shape_t;

            ── point
            struct point { int x, y; };
            enum kind { ROUND, SQUARE = 2 };
            extern int count;
            static const char *names[] = { "a", "b" };
            int proto(struct shape *it, int scale);

            ── shape_area
            /* How large it is.
             * In metres. */
            static inline unsigned long *
            shape_area(const struct shape *it, /* never null */ int scale)
            {
                if (it) {
                    return NULL;
                }
                return 0;
            }

            ── old
            int old(a, b) int a; char *b; { return a; }
            ══
            4-5 constant LIMIT: #define LIMIT 10
            5-7 macro AREA: #define AREA(w, h) \ ((w) * (h))
            8-12 struct shape_t: typedef struct shape
            9-9 field width in shape_t: int width
            10-10 field name in shape_t: char *name, **names
            10-10 field names in shape_t: char *name, **names
            11-11 method draw in shape_t: int (*draw)(struct canvas *)
            14-14 struct point: struct point
            14-14 field x in point: int x, y
            14-14 field y in point: int x, y
            15-15 enum kind: enum kind
            15-15 variant ROUND in kind: ROUND
            15-15 variant SQUARE in kind: SQUARE = 2
            16-16 variable count: extern int count
            17-17 variable names: static const char *names[] = { "a", "b" }
            18-18 function proto: int proto(struct shape *it, int scale)
            22-29 function shape_area: static inline unsigned long * shape_area(const struct shape *it, int scale)
            31-31 function old: int old(a, b) int a; char *b
            1 from stdio.h []
            2 from shape.h []
        "#]],
    );
    check_symbols(
        "a.cpp",
        r#"#include <vector>
namespace shapes {
template <class T>
class Shape : public Base {
public:
    explicit Shape(int width);
    virtual ~Shape() = default;
    int area(int scale) const { return width_ * scale; }
    virtual void draw(Canvas&) = 0;
    Shape& operator=(const Shape&);
private:
    int width_ = 0;
    enum class Kind { Round, Square };
};
}
int shapes::Shape::count(int* it) { return *it; }
using Id = std::vector<int>;
"#,
        expect![[r#"
            2-15 module shapes: namespace shapes
            4-14 class Shape in shapes: template <class T> class Shape : public Base
            6-6 method Shape in Shape: explicit Shape(int width)
            7-7 method ~Shape in Shape: virtual ~Shape() = default
            8-8 method area in Shape: int area(int scale) const
            9-9 method draw in Shape: virtual void draw(Canvas&) = 0
            10-10 method operator= in Shape: Shape& operator=(const Shape&)
            12-12 field width_ in Shape: int width_ = 0
            13-13 enum Kind in Shape: enum class Kind
            13-13 variant Round in Kind: Round
            13-13 variant Square in Kind: Square
            16-16 method count in Shape: int shapes::Shape::count(int* it)
            17-17 type Id: using Id = std::vector<int>
            1 from vector []
        "#]],
    );
}

#[test]
fn c_sharp_swift_and_scala() {
    check_symbols(
        "a.cs",
        include_str!("fixtures/shape.cs"),
        expect![[r#"
            4-25 module A.B: namespace A.B
            7-18 class Shape in A.B: public class Shape : Base
            10-10 field width in Shape: int width = 1, height
            10-10 field height in Shape: int width = 1, height
            11-11 field Size in Shape: public int Size { get; set; }
            12-12 method Shape in Shape: public Shape(int width)
            13-17 method Area in Shape: public async Task<int> Area(int scale)
            20-20 interface IDraw in A.B: interface IDraw
            20-20 method Draw in IDraw: void Draw()
            21-21 enum Kind in A.B: enum Kind
            21-21 variant Round in Kind: Round
            21-21 variant Square in Kind: Square = 2
            22-22 struct Point in A.B: struct Point
            23-23 class Pair in A.B: record Pair(int X, int Y)
            24-24 type Drawn in A.B: delegate void Drawn(int it)
            1 from System.Text []
            2 from System.Int32 []
        "#]],
    );
    check_symbols(
        "a.swift",
        include_str!("fixtures/shape.swift"),
        expect![[r#"
        4-15 class Shape: class Shape: Base
        5-5 field width in Shape: let width: Int = 1
        6-6 field area in Shape: var area: Int { return width * 2 }
        8-10 method init in Shape: init(width: Int)
        12-14 method draw in Shape: func draw(on canvas: Canvas) -> Int
        17-17 struct Point: struct Point
        17-17 field x in Point: var x: Int
        18-18 enum Kind: enum Kind
        18-18 variant round in Kind: case round, square(Int)
        18-18 variant square in Kind: case round, square(Int)
        19-19 interface Draw: protocol Draw
        19-19 method draw in Draw: func draw() -> Int
        20-20 class Point: extension Point
        20-20 method moved in Point: func moved() -> Point
        21-21 function top: func top()
        22-22 type Id: typealias Id = Int
        1 from Foundation []
    "#]],
    );
    check_symbols(
        "a.scala",
        include_str!("fixtures/shape.scala"),
        expect![[r#"
        6-9 class Shapes: object Shapes
        7-7 field limit in Shapes: val limit = 1
        8-8 method area in Shapes: def area(width: Int): Int
        11-13 class Shape: class Shape(width: Int) extends Base
        12-12 method draw in Shape: def draw
        15-18 interface Draw: trait Draw
        16-16 method draw in Draw: def draw(canvas: Canvas): Int
        17-17 type Id in Draw: type Id = Int
        20-20 enum Kind: enum Kind
        20-20 variant Round in Kind: Round
        20-20 variant Square in Kind: Square
        3 from x.y ["Z", "V"]
        4 from java.util.List ["List"]
    "#]],
    );
}

#[test]
fn ruby_php_and_lua() {
    check_symbols(
        "a.rb",
        include_str!("fixtures/shape.rb"),
        expect![[r#"
            4-18 module Shapes: module Shapes
            6-17 class Shape in Shapes: class Shape < Base
            7-7 constant LIMIT in Shape: LIMIT = 1
            10-12 method area in Shape: def area(scale = 2)
            14-16 method of in Shape: def self.of(width)
            1 from set []
            2 from shapes/base []
        "#]],
    );
    check_symbols(
        "a.php",
        include_str!("fixtures/shape.php"),
        expect![[r#"
        7-7 constant LIMIT: const LIMIT = 1
        10-19 class Shape: final class Shape extends Base
        12-12 constant KIND in Shape: const KIND = 1
        13-13 field $width in Shape: private int $width = 1
        15-18 method area in Shape: public function area(int $scale): int
        21-21 interface Draw: interface Draw
        21-21 method draw in Draw: function draw()
        22-22 interface Named: trait Named
        23-23 enum Kind: enum Kind
        23-23 variant Round in Kind: case Round
        24-24 function top: function top($it)
        4 from X\Y\Z ["W"]
        5 from Q\r ["r"]
    "#]],
    );
    check_symbols(
        "a.lua",
        include_str!("fixtures/shape.lua"),
        expect![[r#"
        2-2 variable Shape: local Shape
        4-6 method of in Shape: function Shape.of(width)
        8-10 method area in Shape: function Shape:area(scale)
        12-12 function hidden: local function hidden()
        14-14 method draw in Shape: Shape.draw = function(canvas) end
        15-15 variable limit: local limit = 1
        1 from shapes.base ["base"]
    "#]],
    );
}

#[test]
fn shell_sql_and_zig() {
    check_symbols(
        "a.sh",
        include_str!("fixtures/shape.sh"),
        expect![[r#"
        4-4 constant LIMIT: LIMIT=1
        7-9 function area: area()
        11-11 function draw: function draw
        2 from ./base.sh []
        3 from other.sh []
    "#]],
    );
    check_symbols(
        "a.sql",
        include_str!("fixtures/shape.sql"),
        expect![[r#"
            1-4 key shapes: CREATE TABLE shapes
            2-2 field id in shapes: id INT PRIMARY KEY
            3-3 field name in shapes: name TEXT
            6-6 key large: CREATE VIEW large AS SELECT * FROM shapes
            8-8 function area: CREATE FUNCTION area(a INT) RETURNS INT
        "#]],
    );
    check_symbols(
        "a.zig",
        include_str!("fixtures/shape.zig"),
        expect![[r#"
        3-9 struct Shape: pub const Shape
        4-4 field width in Shape: width: i32
        6-8 method area in Shape: pub fn area(self: *const Shape, scale: i32) i32
        11-11 enum Kind: const Kind
        11-11 field round in Kind: round
        11-11 field square in Kind: square
        12-12 constant limit: const limit = 3
        14-14 function main: pub fn main() void
        1 from std ["std"]
    "#]],
    );
}

#[test]
fn documents_and_data() {
    check(
        "a.css",
        include_str!("fixtures/shape.css"),
        expect![[r#"
        ── .shape > .name
        @import "base.css";

        .shape > .name {
          color: red;
        }

        @media print {
          .shape { display: none }
        }
        ══
        3-5 key .shape > .name: .shape > .name
        1 from base.css []
    "#]],
    );
    check(
        "a.md",
        include_str!("fixtures/shape.md"),
        expect![[r#"
        ── Shapes
        # Shapes

        Some words.

        ## Areas

        More words.

        ```rust
        # not a heading
        ```

        ── Other
        # Other
        ══
        1-13 heading Shapes: Shapes
        5-13 heading Areas in Shapes: Areas
        13-14 heading Other: Other
    "#]],
    );
    check_symbols(
        "a.yaml",
        "name: shape\nsizes:\n  small: 1\n  large: [2, 3]\n",
        expect![[r#"
        1-1 key name: name: shape
        2-5 key sizes: sizes: small: 1 large: [2, 3]
        3-3 key small in sizes: small: 1
        4-4 key large in sizes: large: [2, 3]
    "#]],
    );
    check_symbols(
        "a.toml",
        "name = 1\n[sizes.small]\nwidth = 2\n[[list]]\nx = 3\n",
        expect![[r#"
        1-1 key name: name = 1
        2-4 key sizes.small: [sizes.small]
        3-3 key width in sizes.small: width = 2
        4-6 key list: [[list]]
        5-5 key x in list: x = 3
    "#]],
    );
    check_symbols(
        "a.json",
        "{\n  \"name\": 1,\n  \"sizes\": {\n    \"small\": 2\n  }\n}\n",
        expect![[r#"
        2-2 key name: "name": 1
        3-5 key sizes: "sizes"
        4-4 key small in sizes: "small": 2
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
