//! What is easily missed: fields that a body doesn't declare, macros before names, bodies in signatures, odd imports.

use super::{check_symbols, of, whole};
use expect_test::expect;

#[test]
fn fields_are_found_where_constructors_make_them() {
    check_symbols(
        "a.py",
        "class A:
    def __init__(self, other):
        self.x: int = 1
        self.y, self.z = 1, 2
        if other:
            self.w = 2
        self.x = 3
        other.v = 4
        def later(): self.u = 1
A.foo = bar
",
        expect![[r#"
            1-9 class A: class A
            2-9 method __init__ in A: def __init__(self, other)
            3-3 field x in A: self.x: int = 1
            4-4 field y in A: self.y, self.z = 1, 2
            4-4 field z in A: self.y, self.z = 1, 2
            6-6 field w in A: self.w = 2
        "#]],
    );
    check_symbols(
        "a.ts",
        "class A {
  constructor(private readonly x: X, y, public z = 1) { this.a = 1; y.b = 2; }
  f() { this.c = 1 }
}
",
        expect![[r#"
            1-4 class A: class A
            2-2 method constructor in A: constructor(private readonly x: X, y, public z = 1)
            2-2 field x in A: private readonly x: X
            2-2 field z in A: public z = 1
            2-2 field a in A: this.a = 1
            3-3 method f in A: f()
        "#]],
    );
    check_symbols(
        "a.rb",
        "class A\n  attr_accessor :a, :b\nend\n",
        expect![[r#"
            1-3 class A: class A
            2-2 field a in A: attr_accessor :a, :b
            2-2 field b in A: attr_accessor :a, :b
        "#]],
    );
    check_symbols(
        "a.php",
        "<?php\nclass Q {\n  public function __construct(private int $x, $y = 1) {}\n}\n",
        expect![[r#"
            2-4 class Q: class Q
            3-3 method __construct in Q: public function __construct(private int $x, $y = 1)
            3-3 field x in Q: private int $x
        "#]],
    );
    check_symbols(
        "a.kt",
        "class Shape(val width: Int, private var h: Int = 3, z: Int) : Base()\n",
        expect![[r#"
            1-1 class Shape: class Shape(val width: Int, private var h: Int = 3, z: Int) : Base()
            1-1 field width in Shape: val width: Int
            1-1 field h in Shape: private var h: Int = 3
        "#]],
    );
    check_symbols(
        "a.scala",
        "case class A(x: Int, y: String)(implicit z: Z)\nclass Q(a: Int, val b: Int)\n",
        expect![[r#"
            1-1 class A: case class A(x: Int, y: String)(implicit z: Z)
            1-1 field x in A: x: Int
            1-1 field y in A: y: String
            2-2 class Q: class Q(a: Int, val b: Int)
            2-2 field b in Q: val b: Int
        "#]],
    );
}

#[test]
fn what_extends_a_type_belongs_to_it() {
    check_symbols(
        "a.kt",
        "fun <T> shapes.Inner<T>.go(): Int = 1\nval String?.len: Int get() = 1\n",
        expect![[r#"
            1-1 method go in Inner: fun <T> shapes.Inner<T>.go(): Int
            2-2 variable len in String: val String?.len: Int
        "#]],
    );
    check_symbols(
        "a.scala",
        "extension (s: Shape) def area: Int = 1\nextension [T](xs: List[T]) {\n  def a = 1\n  def b = 2\n}\n",
        expect![[r#"
            1-1 method area in Shape: def area: Int
            3-3 method a in List: def a
            4-4 method b in List: def b
        "#]],
    );
}

#[test]
fn macros_before_names_do_not_hide_them() {
    check_symbols(
        "a.c",
        "#ifndef A_H
#define A_H
API result_t area(state_t* it)
{
  return 1;
}
EXTERN int EXPORT deflate(stream s, int f);
#endif
",
        expect![[r#"
            3-6 function area: API result_t area(state_t* it)
            7-7 function deflate: EXPORT deflate(stream s, int f)
        "#]],
    );
    check_symbols(
        "a.cpp",
        "TEST_F(Shapes, Area) { x(); }
class API Runtime : public Base {
public:
  virtual void go(int x) const;
  int y;
};
void after();
",
        expect![[r#"
            1-1 function Shapes.Area: TEST_F(Shapes, Area)
            2-6 class Runtime: class API Runtime : public Base
            4-4 method go in Runtime: virtual void go(int x) const
            5-5 field y in Runtime: int y
            7-7 function after: void after()
        "#]],
    );
}

#[test]
fn signatures_hold_no_bodies() {
    check_symbols(
        "a.c",
        "typedef struct a { int x; } b_t;\ntypedef struct { int y; } *c_t;\nstatic const int primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79 };\n",
        expect![[r#"
            1-1 struct b_t: typedef struct a { … } b_t
            1-1 field x in b_t: int x
            2-2 struct c_t: typedef struct { … } *c_t
            2-2 field y in c_t: int y
            3-3 variable primes: static const int primes[]
        "#]],
    );
    check_symbols(
        "a.kt",
        "class A {\n  val b by lazy { 2 }\n  override val c: Int\n    get() { return 1 }\n}\n",
        expect![[r#"
            1-5 class A: class A
            2-2 field b in A: val b
            3-4 field c in A: override val c: Int
        "#]],
    );
    check_symbols(
        "a.swift",
        "struct A {\n  var x: Int { return 1 }\n  var z: Int { get { 1 } set { } }\n  var w = 1 { didSet { } }\n}\n",
        expect![[r#"
            1-5 struct A: struct A
            2-2 field x in A: var x: Int
            3-3 field z in A: var z: Int
            4-4 field w in A: var w = 1
        "#]],
    );
    check_symbols(
        "a.go",
        "package a\nconst (\n\tA = 1\n)\nvar f = func(a int) int {\n\treturn 1\n}\nvar (\n\tx = 1\n\ty = 2\n)\n",
        expect![[r#"
            3-4 constant A: const A = 1
            5-7 function f: var f = func(a int) int
            9-9 variable x: var x = 1
            10-10 variable y: var y = 2
        "#]],
    );
    check_symbols(
        "a.sql",
        "CREATE TYPE mood AS ENUM ('a');\nCREATE FUNCTION x.f(a int) RETURNS int LANGUAGE sql AS $$ select 1 $$;\nCREATE INDEX ix ON t (a);\n",
        expect![[r#"
            1-1 type mood: CREATE TYPE mood AS ENUM ('a')
            2-2 function f: CREATE FUNCTION x.f(a int) RETURNS int
            3-3 key ix: CREATE INDEX ix ON t (a)
        "#]],
    );
    check_symbols(
        "a.cs",
        "class A {\n  [X]\n#pragma warning disable\n  public int Y => 3;\n  public A(int y) : base(y) {}\n}\n",
        expect![[r#"
            1-6 class A: class A
            2-4 field Y in A: public int Y => 3
            5-5 method A in A: public A(int y) : base(y)
        "#]],
    );
    check_symbols(
        "a.py",
        "def area(\n    width,  # in metres\n    # or not\n    height=2,\n):\n    pass\n",
        expect![[r#"
            1-6 function area: def area(width, height=2)
        "#]],
    );
}

#[test]
fn objects_without_a_name_hold_functions_only() {
    check_symbols(
        "a.js",
        "Object.defineProperty(it, 'sent', { enumerable: true, get() { return 1; } });
export default { name: 'x', data() {}, methods: { a: 1, go() {} } };
module.exports = function named() {};
module.exports = named;
module.exports = { port: 80, run() {}, stop: function () {} };
const keys = { [computed]: 1, plain: 2 };
",
        expect![[r#"
            1-1 method get: get()
            2-2 method data: data()
            2-2 method go in methods: go()
            3-3 function named: module.exports = function named()
            5-5 field port: port: 80
            5-5 method run: run()
            5-5 function stop: stop: function ()
            6-6 variable keys: const keys
            6-6 field plain in keys: plain: 2
        "#]],
    );
}

#[test]
fn imports_are_read_as_written() {
    check_symbols(
        "a.ts",
        "import { fromEvent, // why, so
  y } from './from-x';
import def from 'd';
export { a, b as c } from './e';
export * from 'f';
import type { T } from 't';
",
        expect![[r#"
            1 from ./from-x ["fromEvent", "y"]
            3 from d ["def"]
            4 from ./e ["a", "c"]
            5 from f []
            6 from t ["T"]
        "#]],
    );
    check_symbols(
        "a.py",
        "from x import (  # type: ignore[b, c]\n    a,  # one, two\n    d as e,\n)\nfrom . import f\nimport g.h\n",
        expect![[r#"
            1 from x ["a", "e"]
            5 from . ["f"]
            6 from g.h ["g.h"]
        "#]],
    );
    check_symbols(
        "a.php",
        "<?php\nuse A\\{B, C as D};\nuse function X\\y;\nrequire_once __DIR__ . '/a.php';\n",
        expect![[r#"
            2 from A\B ["B"]
            2 from A\C ["D"]
            3 from X\y ["y"]
            4 from a.php []
        "#]],
    );
    check_symbols(
        "a.sh",
        "source \"$(dirname \"$0\")/lib.sh\"\n. ./x.sh\nexport FOO=1\n",
        expect![[r#"
            3-3 constant FOO: export FOO=1
            1 from $(dirname "$0")/lib.sh []
            2 from ./x.sh []
        "#]],
    );
    check_symbols(
        "a.kt",
        "import a.b.*\nimport a.b.max\n",
        expect![[r#"
        1 from a.b []
        2 from a.b.max ["max"]
    "#]],
    );
    check_symbols(
        "a.scala",
        "import a.b._\nimport c.{d => e, f}\n",
        expect![[r#"
            1 from a.b []
            2 from c ["e", "f"]
        "#]],
    );
    check_symbols(
        "a.c",
        "#include \"x.h\" /* \"why\" */\n# include <sys/y.h> // so\n",
        expect![[r#"
            1 from x.h []
            2 from sys/y.h []
        "#]],
    );
    check_symbols(
        "a.rs",
        "extern crate foo as bar;\nuse anyhow;\nuse a::{b, // one, two\n  c};\n",
        expect![[r#"
            1 from foo ["bar"]
            2 from anyhow ["anyhow"]
            3 from a ["b", "c"]
        "#]],
    );
}

#[test]
fn short_tables_of_data_share_a_chunk() {
    let text = "[a]\nx = 1\ny = 2\nz = 3\nw = 4\n\n".repeat(8);
    assert_eq!(of("a.toml", &text).chunks.len(), 1);
    let text = "function a() {\n  one();\n  two();\n  three();\n}\n\n".repeat(8);
    assert_eq!(of("a.js", &text).chunks.len(), 8);
}

#[test]
fn a_comment_and_an_attribute_of_several_lines_belong_to_what_follows() {
    let text = "fn a() {\n    1\n}\n\n/// Says so.\n#[cfg(any(\n    unix,\n    windows\n))]\nfn b() {\n    2\n}\n";
    let outline = of("a.rs", text);
    assert_eq!(outline.chunks.len(), 2);
    assert!(text[outline.chunks[1].bytes.clone()].starts_with("/// Says so."));
    assert!(text[outline.symbols[1].bytes.clone()].starts_with("/// Says so."));
}

#[test]
fn types_of_any_depth_do_no_harm() {
    let deep = "&".repeat(100_000);
    whole("a.rs", &format!("impl {deep}Shape {{ fn a() {{}} }}\n"));
    whole("a.cpp", &format!("int {} a;\n", "*".repeat(100_000)));
    whole(
        "a.ts",
        &format!("let a: {}A{};\n", "B<".repeat(50_000), ">".repeat(50_000)),
    );
    whole(
        "a.py",
        &format!(
            "class A:\n def __init__(self):\n  self.a = {}\n",
            "(".repeat(100_000)
        ),
    );
}

/// Half-typed code between whole code: what is whole is found.
#[test]
fn half_typed_code_loses_little_in_any_language() {
    let cases = [
        (
            "a.py",
            "def one():\n    1\n\n",
            "def two(:\n    x = (\n\n",
            "class A:\n    def three(self):\n        3\n",
        ),
        (
            "a.py",
            "def one():\n    1\n\n",
            "def two():\n    x = \n\n",
            "def three():\n    3\n",
        ),
        (
            "a.js",
            "function one() {\n}\n",
            "function two() {\n  if (x.\n}\n",
            "function three() {\n}\n",
        ),
        (
            "a.ts",
            "export function one(): number {\n  return 1;\n}\n",
            "const two = (a: ) => {\n\n",
            "export function three() {\n}\n",
        ),
        (
            "a.go",
            "package a\n\nfunc one() {\n}\n\n",
            "func two( {\n\tx := \n}\n\n",
            "func three() {\n}\n",
        ),
        (
            "A.java",
            "class A {\n  void one() {\n  }\n",
            "  void two() {\n    x.\n  }\n",
            "  void three() {\n  }\n}\n",
        ),
        (
            "a.c",
            "int one(void) {\n}\n",
            "int two(void) {\n  if (x\n}\n",
            "int three(void) {\n}\n",
        ),
        (
            "a.rb",
            "def one\nend\n",
            "def two(\n  x.\nend\n",
            "def three\nend\n",
        ),
        (
            "a.kt",
            "fun one() {\n}\n",
            "fun two( {\n  val x = \n}\n",
            "fun three() {\n}\n",
        ),
    ];
    for (path, before, broken, after) in cases {
        let text = [before, broken, after].concat();
        let outline = of(path, &text);
        let names: Vec<&str> = outline.symbols.iter().map(|it| it.name.as_str()).collect();
        let found = names.contains(&"one") && names.contains(&"three");
        assert!(found, "{path}: {names:?}");
        whole(path, &text);
    }
}

#[test]
fn an_open_bracket_hides_nothing_that_follows() {
    check_symbols(
        "a.py",
        "class A:
    def one(self):
        self.call(

    def two(self, it):
        return it

    async def three(
        self):
        pass

def four(): pass
",
        expect![[r#"
            1-10 class A: class A
            2-3 method one in A: def one(self): self.call
            5-6 method two in A: def two(self, it)
            8-10 method three in A: async def three(self)
            12-12 function four: def four()
        "#]],
    );
}

#[test]
fn what_the_grammars_do_not_know_hides_nothing() {
    check_symbols(
        "a.h",
        "BEGIN_DECLS\n\nEXTERN(int) area(int width);\nEXTERN(void) draw(void);\n\nEND_DECLS\n",
        expect![[r#"
            3-3 function area: EXTERN(int) area(int width)
            4-4 function draw: EXTERN(void) draw(void)
        "#]],
    );
    check_symbols(
        "a.c",
        "struct c { void CALLBACK(draw)(int width); };\nstatic const struct { const char *name; int size; } names[] = { { 1, 2 } };\nstruct a { struct b { int c; } *d; };\n",
        expect![[r#"
            1-1 struct c: struct c
            1-1 field draw in c: void CALLBACK(draw)(int width)
            2-2 variable names: static const struct { … } names[] = { { 1, 2 } }
            2-2 field name in names: const char *name
            2-2 field size in names: int size
            3-3 struct a: struct a
            3-3 field d in a: struct b { … } *d
            3-3 struct b in a: struct b
            3-3 field c in b: int c
        "#]],
    );
    check_symbols(
        "a.js",
        "/** @flow */\nexport function area(width: number, height: ?number): Array<number> {\n  return [];\n}\n",
        expect![[r#"
            2-4 function area: export function area(width: number, height: ?number): Array<number>
        "#]],
    );
    check_symbols(
        "a.rs",
        "impl Draw for u32 {\n    fn draw(&self) {}\n}\n",
        expect![[r#"
            2-2 method draw in u32: fn draw(&self)
        "#]],
    );
    check_symbols(
        "a.cpp",
        "namespace a::b {\nvoid go();\n}\n",
        expect![[r#"
        1-3 module a::b: namespace a::b
        2-2 function go in b: void go()
    "#]],
    );
}
