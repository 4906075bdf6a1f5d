//! The outlines of most languages, one small file each.

use super::{check, check_symbols};
use expect_test::expect;

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
            19-19 type ID: type ID int
            20-20 type Alt: type Alt = ID
            24-24 constant Small: const Small = iota
            25-25 constant Large: const Large
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
            21-21 field x in Point: int x
            21-21 field y in Point: int y
            3 from java.util.List ["List"]
            4 from java.lang.Math []
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
            6-6 field width in Shape: val width: Int
            8-8 field LIMIT in Shape: const val LIMIT = 1
            11-11 field area in Shape: val area: Int = 3
            13-15 method draw in Shape: fun draw(canvas: Canvas): Int
            18-20 interface Draw: interface Draw
            19-19 method draw in Draw: fun draw()
            22-22 class Registry: object Registry
            24-24 enum Kind: enum class Kind
            24-24 variant ROUND in Kind: ROUND
            24-24 variant SQUARE in Kind: SQUARE
            26-26 method scaled in Shape: fun Shape.scaled(by: Int)
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
            ── AREA
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
            4-4 constant LIMIT: #define LIMIT 10
            5-6 macro AREA: #define AREA(w, h)
            8-12 struct shape_t: typedef struct shape { … } shape_t
            9-9 field width in shape_t: int width
            10-10 field name in shape_t: char *name, **names
            10-10 field names in shape_t: char *name, **names
            11-11 field draw in shape_t: int (*draw)(struct canvas *)
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
        include_str!("../fixtures/shape.cs"),
        expect![[r#"
            4-25 module A.B: namespace A.B
            7-18 class Shape in B: public class Shape : Base
            10-10 field width in Shape: int width = 1, height
            10-10 field height in Shape: int width = 1, height
            11-11 field Size in Shape: public int Size { get; set; }
            12-12 method Shape in Shape: public Shape(int width)
            13-17 method Area in Shape: public async Task<int> Area(int scale)
            20-20 interface IDraw in B: interface IDraw
            20-20 method Draw in IDraw: void Draw()
            21-21 enum Kind in B: enum Kind
            21-21 variant Round in Kind: Round
            21-21 variant Square in Kind: Square = 2
            22-22 struct Point in B: struct Point
            23-23 class Pair in B: record Pair(int X, int Y)
            23-23 field X in Pair: int X
            23-23 field Y in Pair: int Y
            24-24 type Drawn in B: delegate void Drawn(int it)
            1 from System.Text []
            2 from System.Int32 []
        "#]],
    );
    check_symbols(
        "a.swift",
        include_str!("../fixtures/shape.swift"),
        expect![[r#"
            4-15 class Shape: class Shape: Base
            5-5 field width in Shape: let width: Int = 1
            6-6 field area in Shape: var area: Int
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
        include_str!("../fixtures/shape.scala"),
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
        include_str!("../fixtures/shape.rb"),
        expect![[r#"
            4-18 module Shapes: module Shapes
            6-17 class Shape in Shapes: class Shape < Base
            7-7 constant LIMIT in Shape: LIMIT = 1
            8-8 field width in Shape: attr_reader :width
            10-12 method area in Shape: def area(scale = 2)
            14-16 method of in Shape: def self.of(width)
            1 from set []
            2 from shapes/base []
        "#]],
    );
    check_symbols(
        "a.php",
        include_str!("../fixtures/shape.php"),
        expect![[r#"
            7-7 constant LIMIT: const LIMIT = 1
            10-19 class Shape: final class Shape extends Base
            12-12 constant KIND in Shape: const KIND = 1
            13-13 field width in Shape: private int $width = 1
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
        include_str!("../fixtures/shape.lua"),
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
        include_str!("../fixtures/shape.sh"),
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
        include_str!("../fixtures/shape.sql"),
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
        include_str!("../fixtures/shape.zig"),
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
        include_str!("../fixtures/shape.css"),
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
        include_str!("../fixtures/shape.md"),
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
            1-12 heading Shapes: Shapes
            5-12 heading Areas in Shapes: Areas
            13-13 heading Other: Other
        "#]],
    );
    check_symbols(
        "a.yaml",
        "name: shape\nsizes:\n  small: 1\n  large: [2, 3]\n",
        expect![[r#"
            1-1 key name: name: shape
            2-4 key sizes: sizes
            3-3 key small in sizes: small: 1
            4-4 key large in sizes: large: [2, 3]
        "#]],
    );
    check_symbols(
        "a.toml",
        "name = 1\n[sizes.small]\nwidth = 2\n[[list]]\nx = 3\n",
        expect![[r#"
            1-1 key name: name = 1
            2-3 key sizes.small: [sizes.small]
            3-3 key width in sizes.small: width = 2
            4-5 key list: [[list]]
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
