//! Which queries colour which language: the grammars bring them, and some build on another's.

use hob_index::language::Language;
use tree_sitter::Query;

/// Kotlin's grammar brings none.
const KOTLIN: &str = r#"
[(line_comment) (block_comment)] @comment
[(string_literal) (multiline_string_literal) (character_literal)] @string
(interpolation) @embedded
[(number_literal) (float_literal)] @number
(user_type (identifier) @type)
(class_declaration name: (identifier) @type)
(object_declaration name: (identifier) @type)
(function_declaration name: (identifier) @function)
(call_expression (identifier) @function)
(annotation) @attribute
[
  "fun" "val" "var" "class" "interface" "object" "enum" "data" "sealed" "override" "private" "public" "internal"
  "protected" "return" "if" "else" "when" "for" "while" "do" "in" "is" "as" "try" "catch" "finally" "throw" "import"
  "package" "suspend" "companion" "open" "abstract" "by" "where" "typealias" "constructor" "init" "super"
] @keyword
"#;

/// What colours a language.
pub(super) struct Colours {
    pub(super) grammar: tree_sitter::Language,
    pub(super) query: Query,
}

/// The grammar and the query of a language; `None`: there are none in this build that fit each other.
pub(super) fn of(language: &Language) -> Option<Colours> {
    let parts: &[&str] = match language.id {
        "rust" => &[tree_sitter_rust::HIGHLIGHTS_QUERY],
        "python" => &[tree_sitter_python::HIGHLIGHTS_QUERY],
        "javascript" | "javascriptreact" => &[
            tree_sitter_javascript::HIGHLIGHT_QUERY,
            tree_sitter_javascript::JSX_HIGHLIGHT_QUERY,
        ],
        "typescript" => &[
            tree_sitter_javascript::HIGHLIGHT_QUERY,
            tree_sitter_typescript::HIGHLIGHTS_QUERY,
        ],
        "typescriptreact" => &[
            tree_sitter_javascript::HIGHLIGHT_QUERY,
            tree_sitter_javascript::JSX_HIGHLIGHT_QUERY,
            tree_sitter_typescript::HIGHLIGHTS_QUERY,
        ],
        "go" => &[tree_sitter_go::HIGHLIGHTS_QUERY],
        "java" => &[tree_sitter_java::HIGHLIGHTS_QUERY],
        "kotlin" => &[KOTLIN],
        "c" => &[tree_sitter_c::HIGHLIGHT_QUERY],
        "cpp" => &[
            tree_sitter_c::HIGHLIGHT_QUERY,
            tree_sitter_cpp::HIGHLIGHT_QUERY,
        ],
        "csharp" => &[tree_sitter_c_sharp::HIGHLIGHTS_QUERY],
        "ruby" => &[tree_sitter_ruby::HIGHLIGHTS_QUERY],
        "php" => &[tree_sitter_php::HIGHLIGHTS_QUERY],
        "swift" => &[tree_sitter_swift::HIGHLIGHTS_QUERY],
        "scala" => &[tree_sitter_scala::HIGHLIGHTS_QUERY],
        "lua" => &[tree_sitter_lua::HIGHLIGHTS_QUERY],
        "shellscript" => &[tree_sitter_bash::HIGHLIGHT_QUERY],
        "sql" => &[tree_sitter_sequel::HIGHLIGHTS_QUERY],
        "zig" => &[tree_sitter_zig::HIGHLIGHTS_QUERY],
        "html" | "xml" => &[tree_sitter_html::HIGHLIGHTS_QUERY],
        "css" => &[tree_sitter_css::HIGHLIGHTS_QUERY],
        "json" | "jsonc" => &[tree_sitter_json::HIGHLIGHTS_QUERY],
        "toml" => &[tree_sitter_toml_ng::HIGHLIGHTS_QUERY],
        "yaml" => &[tree_sitter_yaml::HIGHLIGHTS_QUERY],
        _ => return None,
    };
    let grammar = match language.id {
        // Not good enough to check anybody's syntax by, but to colour it.
        "sql" => tree_sitter_sequel::LANGUAGE.into(),
        "zig" => tree_sitter_zig::LANGUAGE.into(),
        "jsonc" => tree_sitter_json::LANGUAGE.into(),
        _ => language.grammar?(),
    };
    match Query::new(&grammar, &parts.join("\n")) {
        Ok(query) => Some(Colours { grammar, query }),
        Err(error) => {
            tracing::debug!(language = language.id, %error, "its query doesn't fit");
            None
        }
    }
}
