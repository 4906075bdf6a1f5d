//! The rows. Identifiers are those of the LSP specification (`TextDocumentItem.languageId`) where it lists the language.

use super::{Blocks, Language, Quote, Quoting};

const fn quote(open: &'static str, close: &'static str, quoting: Quoting) -> Quote {
    Quote {
        open,
        close,
        quoting,
    }
}

const DOUBLE: Quote = quote("\"", "\"", Quoting::Line);
const SINGLE: Quote = quote("'", "'", Quoting::Line);
const TRIPLE_DOUBLE: Quote = quote("\"\"\"", "\"\"\"", Quoting::Lines);
const TRIPLE_SINGLE: Quote = quote("'''", "'''", Quoting::Lines);
const CHAR: Quote = quote("'", "'", Quoting::Char);

const SLASHES: &[&str] = &["//"];
const STARS: &[(&str, &str)] = &[("/*", "*/")];
const HASH: &[&str] = &["#"];
const ANGLES: &[(&str, &str)] = &[("<!--", "-->")];

/// What most rows share: C's comments and strings, braces.
const C_LIKE: Language = Language {
    id: "",
    extensions: &[],
    file_names: &[],
    line_comments: SLASHES,
    block_comments: STARS,
    blocks: Blocks::Braces,
    grammar: None,
    strings: &[DOUBLE, SINGLE],
    continuations: &["else", "catch", "finally", "while"],
    closers: &[],
    definitions: &["class", "struct", "enum", "interface", "namespace", "union"],
    tags: false,
    prose: false,
};

/// Scripts with `#` comments and no braces.
const HASH_LIKE: Language = Language {
    line_comments: HASH,
    block_comments: &[],
    blocks: Blocks::None,
    continuations: &[],
    definitions: &[],
    ..C_LIKE
};

const JAVASCRIPT: Language = Language {
    id: "javascript",
    extensions: &["js", "mjs", "cjs", "es6"],
    grammar: Some(|| tree_sitter_javascript::LANGUAGE.into()),
    strings: &[DOUBLE, SINGLE, quote("`", "`", Quoting::Template)],
    definitions: &["function", "class"],
    ..C_LIKE
};

const TYPESCRIPT: Language = Language {
    id: "typescript",
    extensions: &["ts", "mts", "cts"],
    grammar: Some(|| tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
    definitions: &[
        "function",
        "class",
        "interface",
        "enum",
        "namespace",
        "module",
    ],
    ..JAVASCRIPT
};

const HTML: Language = Language {
    id: "html",
    extensions: &["html", "htm", "xhtml"],
    line_comments: &[],
    block_comments: ANGLES,
    blocks: Blocks::None,
    grammar: Some(|| tree_sitter_html::LANGUAGE.into()),
    strings: &[],
    continuations: &[],
    definitions: &[],
    tags: true,
    ..C_LIKE
};

const CSS: Language = Language {
    id: "css",
    extensions: &["css"],
    line_comments: &[],
    grammar: Some(|| tree_sitter_css::LANGUAGE.into()),
    continuations: &[],
    definitions: &[],
    ..C_LIKE
};

const JSON: Language = Language {
    id: "json",
    extensions: &["json", "webmanifest", "geojson", "ipynb", "har"],
    file_names: &["composer.lock", "Pipfile.lock", "flake.lock"],
    line_comments: &[],
    block_comments: &[],
    grammar: Some(|| tree_sitter_json::LANGUAGE.into()),
    strings: &[DOUBLE],
    continuations: &[],
    definitions: &[],
    ..C_LIKE
};

const PROSE: Language = Language {
    id: "plaintext",
    extensions: &["txt", "text", "log"],
    file_names: &["README", "LICENSE", "COPYING", "AUTHORS", "NOTICE"],
    line_comments: &[],
    block_comments: &[],
    blocks: Blocks::None,
    strings: &[],
    continuations: &[],
    definitions: &[],
    prose: true,
    ..C_LIKE
};

/// Every language Hob knows something about.
pub static LANGUAGES: &[Language] = &[
    Language {
        id: "rust",
        extensions: &["rs"],
        grammar: Some(|| tree_sitter_rust::LANGUAGE.into()),
        strings: &[
            quote("r##\"", "\"##", Quoting::Raw),
            quote("r#\"", "\"#", Quoting::Raw),
            quote("r\"", "\"", Quoting::Raw),
            quote("\"", "\"", Quoting::Lines),
            CHAR,
        ],
        continuations: &["else"],
        definitions: &[
            "fn",
            "struct",
            "enum",
            "impl",
            "trait",
            "mod",
            "union",
            "macro_rules",
        ],
        ..C_LIKE
    },
    Language {
        id: "python",
        extensions: &["py", "pyi", "pyw", "bzl", "star"],
        file_names: &["SConstruct", "SConscript", "wscript", "BUILD", "WORKSPACE"],
        blocks: Blocks::Indentation,
        grammar: Some(|| tree_sitter_python::LANGUAGE.into()),
        strings: &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        continuations: &["else", "elif", "except", "finally"],
        definitions: &["def", "class"],
        ..HASH_LIKE
    },
    JAVASCRIPT,
    Language {
        id: "javascriptreact",
        extensions: &["jsx"],
        tags: true,
        ..JAVASCRIPT
    },
    TYPESCRIPT,
    Language {
        id: "typescriptreact",
        extensions: &["tsx"],
        grammar: Some(|| tree_sitter_typescript::LANGUAGE_TSX.into()),
        tags: true,
        ..TYPESCRIPT
    },
    Language {
        id: "go",
        extensions: &["go"],
        grammar: Some(|| tree_sitter_go::LANGUAGE.into()),
        strings: &[DOUBLE, CHAR, quote("`", "`", Quoting::Raw)],
        continuations: &["else"],
        definitions: &["func", "type"],
        ..C_LIKE
    },
    Language {
        id: "java",
        extensions: &["java"],
        grammar: Some(|| tree_sitter_java::LANGUAGE.into()),
        strings: &[TRIPLE_DOUBLE, DOUBLE, SINGLE],
        definitions: &["class", "interface", "enum", "record"],
        ..C_LIKE
    },
    Language {
        id: "kotlin",
        extensions: &["kt", "kts"],
        grammar: Some(|| tree_sitter_kotlin_ng::LANGUAGE.into()),
        strings: &[quote("\"\"\"", "\"\"\"", Quoting::Raw), DOUBLE, SINGLE],
        definitions: &["fun", "class", "interface", "object"],
        ..C_LIKE
    },
    Language {
        id: "c",
        extensions: &["c", "h"],
        grammar: Some(|| tree_sitter_c::LANGUAGE.into()),
        continuations: &["else", "while"],
        definitions: &["struct", "enum", "union"],
        ..C_LIKE
    },
    Language {
        id: "cpp",
        extensions: &[
            "cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "ipp", "inl", "tpp", "cu", "cuh",
            "ino",
        ],
        grammar: Some(|| tree_sitter_cpp::LANGUAGE.into()),
        strings: &[quote("R\"(", ")\"", Quoting::Raw), DOUBLE, CHAR],
        ..C_LIKE
    },
    Language {
        id: "csharp",
        extensions: &["cs", "csx"],
        grammar: Some(|| tree_sitter_c_sharp::LANGUAGE.into()),
        strings: &[
            TRIPLE_DOUBLE,
            quote("$@\"", "\"", Quoting::Raw),
            quote("@\"", "\"", Quoting::Raw),
            DOUBLE,
            SINGLE,
        ],
        definitions: &[
            "class",
            "struct",
            "enum",
            "interface",
            "namespace",
            "record",
        ],
        ..C_LIKE
    },
    Language {
        id: "ruby",
        extensions: &["rb", "rake", "gemspec", "ru", "podspec", "jbuilder"],
        file_names: &[
            "Gemfile",
            "Rakefile",
            "Podfile",
            "Vagrantfile",
            "Fastfile",
            "Guardfile",
            "Brewfile",
        ],
        block_comments: &[("=begin", "=end")],
        blocks: Blocks::Keywords,
        grammar: Some(|| tree_sitter_ruby::LANGUAGE.into()),
        strings: &[
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Lines),
            quote("`", "`", Quoting::Line),
        ],
        continuations: &["else", "elsif", "rescue", "ensure", "when", "in"],
        closers: &["end"],
        definitions: &["def", "class", "module"],
        ..HASH_LIKE
    },
    Language {
        id: "php",
        extensions: &["php", "phtml", "php5", "phps"],
        line_comments: &["//", "#"],
        grammar: Some(|| tree_sitter_php::LANGUAGE_PHP.into()),
        strings: &[
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Lines),
        ],
        continuations: &["else", "elseif", "catch", "finally", "while"],
        closers: &["endif", "endforeach", "endfor", "endwhile", "endswitch"],
        definitions: &[
            "function",
            "class",
            "interface",
            "trait",
            "enum",
            "namespace",
        ],
        ..C_LIKE
    },
    Language {
        id: "swift",
        extensions: &["swift"],
        grammar: Some(|| tree_sitter_swift::LANGUAGE.into()),
        strings: &[TRIPLE_DOUBLE, DOUBLE],
        definitions: &[
            "func",
            "class",
            "struct",
            "enum",
            "protocol",
            "extension",
            "actor",
            "init",
            "deinit",
        ],
        ..C_LIKE
    },
    Language {
        id: "scala",
        extensions: &["scala", "sc", "sbt"],
        grammar: Some(|| tree_sitter_scala::LANGUAGE.into()),
        strings: &[quote("\"\"\"", "\"\"\"", Quoting::Raw), DOUBLE, CHAR],
        definitions: &["def", "class", "object", "trait", "enum"],
        ..C_LIKE
    },
    Language {
        id: "lua",
        extensions: &["lua", "luau", "rockspec"],
        line_comments: &["--"],
        block_comments: &[("--[[", "]]")],
        blocks: Blocks::Keywords,
        grammar: Some(|| tree_sitter_lua::LANGUAGE.into()),
        strings: &[
            quote("[[", "]]", Quoting::Raw),
            quote("[=[", "]=]", Quoting::Raw),
            DOUBLE,
            SINGLE,
        ],
        continuations: &["else", "elseif"],
        closers: &["end", "until"],
        definitions: &["function"],
        ..HASH_LIKE
    },
    Language {
        id: "shellscript",
        extensions: &["sh", "bash", "zsh", "ksh", "bats", "ebuild"],
        file_names: &[
            ".bashrc",
            ".bash_profile",
            ".bash_aliases",
            ".profile",
            ".zshrc",
            ".zprofile",
            ".zshenv",
            "PKGBUILD",
        ],
        blocks: Blocks::Keywords,
        grammar: Some(|| tree_sitter_bash::LANGUAGE.into()),
        strings: &[
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Raw),
        ],
        continuations: &["else", "elif", "then", "do"],
        closers: &["fi", "done", "esac"],
        definitions: &["function"],
        ..HASH_LIKE
    },
    Language {
        id: "sql",
        extensions: &["sql", "ddl", "dml", "psql", "pgsql"],
        line_comments: &["--"],
        blocks: Blocks::None,
        strings: &[
            quote("'", "'", Quoting::Raw),
            DOUBLE,
            quote("`", "`", Quoting::Line),
        ],
        continuations: &["else", "when", "exception"],
        closers: &["end"],
        definitions: &[],
        ..C_LIKE
    },
    Language {
        id: "zig",
        extensions: &["zig", "zon"],
        block_comments: &[],
        // A line that starts with `\\` is a piece of a string and may hold anything.
        line_comments: &["//", "\\\\"],
        strings: &[DOUBLE, SINGLE],
        definitions: &["fn", "struct", "enum", "union", "test"],
        ..C_LIKE
    },
    HTML,
    Language {
        id: "vue",
        extensions: &["vue"],
        grammar: None,
        ..HTML
    },
    Language {
        id: "svelte",
        extensions: &["svelte"],
        grammar: None,
        ..HTML
    },
    Language {
        id: "astro",
        extensions: &["astro"],
        grammar: None,
        ..HTML
    },
    Language {
        id: "xml",
        extensions: &[
            "xml", "xsd", "xsl", "xslt", "svg", "plist", "csproj", "fsproj", "vbproj", "props",
            "targets", "rss", "xaml", "wsdl", "fxml",
        ],
        file_names: &["pom.xml"],
        grammar: None,
        ..HTML
    },
    CSS,
    Language {
        id: "scss",
        extensions: &["scss"],
        line_comments: SLASHES,
        grammar: None,
        continuations: &["@else"],
        ..CSS
    },
    Language {
        id: "less",
        extensions: &["less"],
        line_comments: SLASHES,
        grammar: None,
        ..CSS
    },
    Language {
        id: "markdown",
        extensions: &["md", "markdown", "mdx", "mdown", "mkd"],
        file_names: &[],
        block_comments: ANGLES,
        ..PROSE
    },
    Language {
        id: "restructuredtext",
        extensions: &["rst"],
        file_names: &[],
        ..PROSE
    },
    Language {
        id: "asciidoc",
        extensions: &["adoc", "asciidoc"],
        file_names: &[],
        ..PROSE
    },
    Language {
        id: "latex",
        extensions: &["tex", "sty", "cls"],
        file_names: &[],
        line_comments: &["%"],
        ..PROSE
    },
    PROSE,
    JSON,
    Language {
        id: "jsonc",
        extensions: &["jsonc", "json5", "code-workspace"],
        file_names: &[
            "tsconfig.json",
            "jsconfig.json",
            "settings.json",
            "launch.json",
            "tasks.json",
            ".eslintrc",
            ".babelrc",
        ],
        line_comments: SLASHES,
        block_comments: STARS,
        strings: &[DOUBLE, SINGLE],
        ..JSON
    },
    Language {
        id: "jsonl",
        extensions: &["jsonl", "ndjson"],
        file_names: &[],
        ..JSON
    },
    Language {
        id: "yaml",
        extensions: &["yaml", "yml", "clang-format", "clang-tidy"],
        file_names: &[".clang-format", ".clang-tidy"],
        blocks: Blocks::Indentation,
        grammar: Some(|| tree_sitter_yaml::LANGUAGE.into()),
        strings: &[
            quote("\"", "\"", Quoting::Value),
            quote("'", "'", Quoting::Value),
        ],
        ..HASH_LIKE
    },
    Language {
        id: "toml",
        extensions: &["toml"],
        file_names: &[
            "Cargo.lock",
            "poetry.lock",
            "uv.lock",
            "Pipfile",
            "Gopkg.lock",
        ],
        grammar: Some(|| tree_sitter_toml_ng::LANGUAGE.into()),
        strings: &[
            TRIPLE_DOUBLE,
            quote("'''", "'''", Quoting::Raw),
            DOUBLE,
            SINGLE,
        ],
        ..HASH_LIKE
    },
    Language {
        id: "ini",
        extensions: &[
            "ini",
            "cfg",
            "conf",
            "properties",
            "desktop",
            "service",
            "editorconfig",
        ],
        file_names: &[".editorconfig", ".gitconfig", ".npmrc"],
        line_comments: &["#", ";"],
        strings: &[],
        ..HASH_LIKE
    },
    Language {
        id: "makefile",
        extensions: &["mk", "mak"],
        file_names: &["Makefile", "GNUmakefile"],
        strings: &[],
        closers: &["endif", "endef"],
        continuations: &["else"],
        ..HASH_LIKE
    },
    Language {
        id: "cmake",
        extensions: &["cmake"],
        file_names: &["CMakeLists.txt"],
        blocks: Blocks::Keywords,
        strings: &[quote("\"", "\"", Quoting::Lines)],
        continuations: &["else", "elseif"],
        closers: &["endif", "endforeach", "endfunction", "endmacro", "endwhile"],
        definitions: &["function", "macro"],
        ..HASH_LIKE
    },
    Language {
        id: "dockerfile",
        extensions: &["dockerfile"],
        file_names: &["Dockerfile", "Containerfile"],
        ..HASH_LIKE
    },
    Language {
        id: "ignore",
        extensions: &[],
        file_names: &[".gitignore", ".dockerignore", ".hobignore", ".npmignore"],
        strings: &[],
        ..HASH_LIKE
    },
    Language {
        id: "elixir",
        extensions: &["ex", "exs"],
        blocks: Blocks::Keywords,
        strings: &[
            TRIPLE_DOUBLE,
            TRIPLE_SINGLE,
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Line),
        ],
        continuations: &["else", "rescue", "catch", "after"],
        closers: &["end"],
        definitions: &[
            "def",
            "defp",
            "defmodule",
            "defmacro",
            "defimpl",
            "defprotocol",
        ],
        ..HASH_LIKE
    },
    Language {
        id: "erlang",
        extensions: &["erl", "hrl"],
        line_comments: &["%"],
        blocks: Blocks::Keywords,
        strings: &[quote("\"", "\"", Quoting::Lines)],
        continuations: &["catch", "after", "of"],
        closers: &["end"],
        ..HASH_LIKE
    },
    Language {
        id: "haskell",
        extensions: &["hs", "lhs"],
        line_comments: &["--"],
        block_comments: &[("{-", "-}")],
        blocks: Blocks::Indentation,
        strings: &[DOUBLE, CHAR],
        continuations: &["else", "then", "where"],
        definitions: &["data", "class", "instance", "newtype"],
        ..C_LIKE
    },
    Language {
        id: "ocaml",
        extensions: &["ml", "mli"],
        line_comments: &[],
        block_comments: &[("(*", "*)")],
        blocks: Blocks::Keywords,
        strings: &[quote("\"", "\"", Quoting::Lines), CHAR],
        continuations: &["else", "then", "with", "in"],
        closers: &["end", "done"],
        definitions: &["module"],
        ..C_LIKE
    },
    Language {
        id: "fsharp",
        extensions: &["fs", "fsx", "fsi"],
        block_comments: &[("(*", "*)")],
        blocks: Blocks::Indentation,
        strings: &[TRIPLE_DOUBLE, quote("\"", "\"", Quoting::Lines), CHAR],
        continuations: &["else", "elif", "then", "with", "finally"],
        definitions: &["module", "type"],
        ..C_LIKE
    },
    Language {
        id: "clojure",
        extensions: &["clj", "cljs", "cljc", "edn"],
        line_comments: &[";"],
        block_comments: &[],
        blocks: Blocks::None,
        strings: &[quote("\"", "\"", Quoting::Lines)],
        continuations: &[],
        definitions: &[],
        ..C_LIKE
    },
    Language {
        id: "dart",
        extensions: &["dart"],
        strings: &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        continuations: &["else", "catch", "finally", "while", "on"],
        definitions: &["class", "enum", "mixin", "extension"],
        ..C_LIKE
    },
    Language {
        id: "groovy",
        extensions: &["groovy", "gradle", "gvy"],
        file_names: &["Jenkinsfile"],
        strings: &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        definitions: &["def", "class", "interface", "enum", "trait"],
        ..C_LIKE
    },
    Language {
        id: "r",
        extensions: &["r"],
        file_names: &[".Rprofile"],
        blocks: Blocks::Braces,
        strings: &[
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Lines),
        ],
        continuations: &["else"],
        ..HASH_LIKE
    },
    Language {
        id: "julia",
        extensions: &["jl"],
        block_comments: &[("#=", "=#")],
        blocks: Blocks::Keywords,
        strings: &[TRIPLE_DOUBLE, quote("\"", "\"", Quoting::Lines), CHAR],
        continuations: &["else", "elseif", "catch", "finally"],
        closers: &["end"],
        definitions: &["function", "struct", "module", "macro"],
        ..HASH_LIKE
    },
    Language {
        id: "perl",
        extensions: &["pl", "pm", "t"],
        blocks: Blocks::Braces,
        strings: &[
            quote("\"", "\"", Quoting::Lines),
            quote("'", "'", Quoting::Lines),
        ],
        continuations: &["else", "elsif", "while", "until"],
        definitions: &["sub", "package"],
        ..HASH_LIKE
    },
    Language {
        id: "powershell",
        extensions: &["ps1", "psm1", "psd1"],
        line_comments: HASH,
        block_comments: &[("<#", "#>")],
        strings: &[
            quote("@\"", "\"@", Quoting::Raw),
            quote("@'", "'@", Quoting::Raw),
            quote("\"", "\"", Quoting::Raw),
            quote("'", "'", Quoting::Raw),
        ],
        continuations: &["else", "elseif", "catch", "finally", "while", "until"],
        definitions: &["function", "class", "filter"],
        ..C_LIKE
    },
    Language {
        id: "objective-c",
        extensions: &["m"],
        closers: &["@end"],
        continuations: &["else", "@catch", "@finally", "while"],
        definitions: &[
            "@interface",
            "@implementation",
            "@protocol",
            "struct",
            "enum",
        ],
        ..C_LIKE
    },
    Language {
        id: "objective-cpp",
        extensions: &["mm"],
        closers: &["@end"],
        continuations: &["else", "@catch", "@finally", "while", "catch"],
        definitions: &[
            "@interface",
            "@implementation",
            "@protocol",
            "class",
            "struct",
            "enum",
            "namespace",
        ],
        ..C_LIKE
    },
    Language {
        id: "proto",
        extensions: &["proto"],
        continuations: &[],
        definitions: &["message", "service", "enum"],
        ..C_LIKE
    },
    Language {
        id: "graphql",
        extensions: &["graphql", "gql"],
        blocks: Blocks::Braces,
        strings: &[TRIPLE_DOUBLE, DOUBLE],
        definitions: &["type", "input", "enum", "interface", "query", "mutation"],
        ..HASH_LIKE
    },
    Language {
        id: "terraform",
        extensions: &["tf", "tfvars", "hcl"],
        line_comments: &["#", "//"],
        continuations: &[],
        strings: &[DOUBLE],
        definitions: &[
            "resource", "variable", "module", "data", "output", "provider", "locals",
        ],
        ..C_LIKE
    },
    Language {
        id: "nix",
        extensions: &["nix"],
        blocks: Blocks::Braces,
        block_comments: STARS,
        strings: &[
            quote("''", "''", Quoting::Raw),
            quote("\"", "\"", Quoting::Lines),
        ],
        continuations: &["else", "then", "in"],
        ..HASH_LIKE
    },
];
