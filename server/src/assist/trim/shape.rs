//! What a line is, by its first words: a definition, what leads in to one, the continuation or the end of a statement.

use super::around::Around;
use super::lex::Lexer;

/// Words that may stand before a definition's own.
const MODIFIERS: &[&str] = &[
    "pub",
    "export",
    "default",
    "async",
    "static",
    "public",
    "private",
    "protected",
    "internal",
    "abstract",
    "final",
    "sealed",
    "partial",
    "override",
    "virtual",
    "unsafe",
    "extern",
    "const",
    "inline",
    "data",
    "open",
    "inner",
    "suspend",
    "fileprivate",
    "mutating",
    "declare",
    "local",
    "synchronized",
    "native",
    "crate",
    "super",
    "companion",
    "case",
    "implicit",
    "lazy",
    "readonly",
    "typedef",
    "constexpr",
    "explicit",
    "friend",
    "operator",
    "convenience",
    "required",
    "annotation",
    "tailrec",
    "comptime",
    "noinline",
];

/// Words that start a statement which only looks like a definition in languages without a word for functions.
const STATEMENTS: &[&str] = &[
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "default",
    "try",
    "catch",
    "finally",
    "return",
    "throw",
    "with",
    "using",
    "lock",
    "foreach",
    "match",
    "unless",
    "until",
    "loop",
    "defer",
    "select",
    "when",
    "guard",
    "repeat",
    "await",
    "yield",
    "new",
    "delete",
    "goto",
    "assert",
    "elif",
    "except",
    "elsif",
    "synchronized",
    "unsafe",
    "let",
    "var",
    "const",
    "val",
    "print",
    "fixed",
    "checked",
    "go",
    "begin",
    "rescue",
    "ensure",
    "go",
    "echo",
    "in",
    "of",
    "not",
    "and",
    "or",
    "is",
];

/// Calls whose block is a scope of its own in tests.
const SCOPE_CALLS: &[&str] = &["describe", "it", "test", "context", "suite"];

/// The line's words, up to the first character that is in none.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|it: char| !it.is_alphanumeric() && it != '_' && it != '@')
        .filter(|it| !it.is_empty())
}

/// The first word behind any closing brackets (`else` of `} else {`).
pub(super) fn first_word(line: &str) -> &str {
    let body = line.trim_start_matches([' ', '\t', '}', ')', ']', ';', ',']);
    let end = body
        .char_indices()
        .find(|(n, it)| !(it.is_alphanumeric() || *it == '_' || *n == 0 && *it == '@'))
        .map_or(body.len(), |it| it.0);
    &body[..end]
}

/// Whether the line starts a function, a type, a rule, a section: something that stands beside others of its kind.
pub(super) fn is_definition(around: &Around, line: &str, next: Option<&str>) -> bool {
    let text = line.trim();
    let Some(language) = around.language else {
        return false;
    };
    if text.is_empty() || language.prose || text.starts_with(['}', ')', ']', '.', '<', '"', '\'']) {
        return false;
    }
    match language.id {
        "css" | "scss" | "less" => return text.ends_with('{') && !text.starts_with(['}', '&']),
        "toml" | "ini" => return text.starts_with('['),
        "makefile" => {
            return !line.starts_with(['\t', ' ']) && text.contains(':') && !text.contains('=');
        }
        "shellscript" => {
            return text.ends_with("() {") || text.starts_with("function ") || text.ends_with("()");
        }
        _ => {}
    }
    if language.definitions.is_empty() {
        return false;
    }
    let header = text.split(['(', '{', '=']).next().unwrap_or("");
    // `pub(crate) fn`: the bracket belongs to the modifier.
    let header = if header.trim_end().ends_with("pub") || header.trim_end() == "extern" {
        text
    } else {
        header
    };
    let mut words = words(header);
    let keyword = words
        .by_ref()
        .find(|it| !MODIFIERS.contains(it) || language.definitions.contains(it));
    if let Some(word) = keyword
        && language.definitions.contains(&word)
        && !matches!((language.id, word), ("c" | "cpp" | "objective-c" | "objective-cpp", "struct" | "enum" | "union") if !text.ends_with('{') && next.is_none_or(|it| it.trim() != "{"))
    {
        // `def` and `class` define, `data.frame(x)` and `type = 1` do not.
        return words.next().is_some()
            || matches!(word, "impl" | "init" | "deinit" | "object" | "test")
            || text.ends_with(['{', '(', ':']);
    }
    if is_scope_call(text) {
        return true;
    }
    let opens =
        text.ends_with('{') || text.ends_with(')') && next.is_some_and(|it| it.trim() == "{");
    let nameless = matches!(
        language.id,
        "c" | "cpp"
            | "objective-c"
            | "objective-cpp"
            | "java"
            | "csharp"
            | "javascript"
            | "javascriptreact"
            | "typescript"
            | "typescriptreact"
            | "dart"
            | "groovy"
    );
    opens && nameless && is_method(text)
}

/// Whether the line reads `name(parameters) {`, with any types and modifiers before the name.
fn is_method(text: &str) -> bool {
    let Some(bracket) = text.find('(') else {
        return false;
    };
    let head = text[..bracket].trim_end();
    let tail = text.trim_end_matches(['{', ' ']);
    let first = first_word(text);
    !STATEMENTS.contains(&first)
        && head.ends_with(|it: char| it.is_alphanumeric() || matches!(it, '_' | ']' | '>' | '$'))
        && !head.contains(['=', '.', '"', '\'', ';'])
        && !tail.ends_with("=>")
        && !tail.ends_with("->")
        && !tail[bracket..].contains("function")
        && !tail[bracket..].contains("=>")
}

fn is_scope_call(text: &str) -> bool {
    let first = first_word(text);
    SCOPE_CALLS.contains(&first)
        && (text.ends_with('{') || text.ends_with(" do"))
        && text[first.len()..]
            .trim_start_matches(".only")
            .trim_start_matches(".skip")
            .starts_with(['(', ' '])
        && text.contains(['"', '\'', '`'])
}

/// Whether the line only leads in to a definition: a comment, an attribute, a decorator.
pub(super) fn leads_in(around: &Around, line: &str) -> bool {
    let text = line.trim();
    let attribute = text.starts_with("#[")
        || text.starts_with("@")
        || text.starts_with("template<")
        || text.starts_with("template <")
        || around.id() == "csharp" && text.starts_with('[') && text.ends_with(']');
    attribute && !matches!(around.id(), "css" | "scss" | "less") || is_comment(around, text)
}

/// Whether the line is nothing but a comment, or a piece of one.
pub(super) fn is_comment(around: &Around, line: &str) -> bool {
    let text = line.trim();
    let Some(language) = around.language else {
        return false;
    };
    language.block_comments.iter().any(|(open, close)| {
        text.starts_with(open) && (text.ends_with(close) || !text.contains(close))
    }) || Lexer::new(around.language).part(text).comment == Some(0)
}

/// Whether this line goes on with the expression of the one above: it starts with a dot or an operator.
pub(super) fn is_chained(line: &str) -> bool {
    let text = line.trim_start();
    [
        ".", "?.", "->", "|>", "&&", "||", "+ ", "? ", ": ", "??", "<<", "::", "|| ", "and ", "or ",
    ]
    .iter()
    .any(|it| text.starts_with(it))
        && !text.starts_with("...")
}

/// Whether the line imports something.
pub(super) fn is_import(line: &str) -> bool {
    matches!(
        first_word(line),
        "import"
            | "from"
            | "use"
            | "using"
            | "require"
            | "include"
            | "package"
            | "library"
            | "extern"
            | "open"
            | "alias"
            | "mod"
    ) || line.trim_start().starts_with("#include")
        || line.trim_start().starts_with("#define")
        || line.contains("require(")
}

/// The name of the closing tag that the line starts with.
pub(super) fn closing_tag(line: &str) -> Option<&str> {
    let name = line.trim_start().strip_prefix("</")?;
    name.split('>').next()
}
