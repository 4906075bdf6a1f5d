//! Lines that stand for what is left out: `// ... existing code ...`, `# rest of the file unchanged`.

/// What a line leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elision {
    /// A comment that says so, or dots that no language has.
    Sure,
    /// Three dots alone, which are code in Python.
    Dots,
}

/// What comments start and end with, in all languages; the longer first.
const COMMENTS: &[(&str, &str)] = &[
    ("{/*", "*/}"),
    ("{{!--", "--}}"),
    ("<!--", "-->"),
    ("/**", "*/"),
    ("/*", "*/"),
    ("(*", "*)"),
    ("{-", "-}"),
    ("--[[", "]]"),
    ("\"\"\"", "\"\"\""),
    ("///", ""),
    ("//", ""),
    ("##", ""),
    ("#", ""),
    ("--", ""),
    (";;", ""),
    (";", ""),
    ("%", ""),
    ("*", ""),
    ("'", ""),
    ("REM ", ""),
];

/// One of them must be among the words: they say that something is there already.
const CORE: &[&str] = &[
    "existing",
    "rest",
    "remaining",
    "remains",
    "remain",
    "unchanged",
    "omitted",
    "previous",
    "same",
    "other",
    "more",
    "snip",
    "snipped",
    "truncated",
    "skipped",
    "elided",
    "keep",
    "stays",
    "original",
    "etc",
    "continues",
    "continued",
    "prior",
    "unmodified",
    "untouched",
    "above",
    "below",
    "before",
];
/// These may stand beside them.
const BESIDE: &[&str] = &[
    "code",
    "file",
    "files",
    "function",
    "functions",
    "class",
    "classes",
    "method",
    "methods",
    "import",
    "imports",
    "implementation",
    "implementations",
    "content",
    "contents",
    "body",
    "logic",
    "fields",
    "field",
    "tests",
    "test",
    "module",
    "component",
    "components",
    "props",
    "styles",
    "style",
    "rules",
    "config",
    "configuration",
    "the",
    "of",
    "is",
    "are",
    "here",
    "goes",
    "as",
    "it",
    "for",
    "brevity",
    "clarity",
    "no",
    "changes",
    "change",
    "needed",
    "your",
    "this",
    "that",
    "all",
    "and",
    "in",
    "stay",
    "lines",
    "line",
    "definitions",
    "definition",
    "declarations",
    "variables",
    "constants",
    "routes",
    "handlers",
    "cases",
    "entries",
    "items",
    "properties",
    "members",
    "script",
    "part",
    "parts",
    "section",
    "sections",
    "exactly",
    "was",
    "were",
    "setup",
    "types",
    "statements",
    "settings",
    "options",
    "html",
    "markup",
    "elements",
    "jsx",
    "to",
    "not",
    "shown",
    "struct",
    "structs",
    "enum",
    "impl",
    "state",
    "hooks",
    "keys",
    "values",
    "dependencies",
    "packages",
    "scripts",
    "unchanged",
    "program",
    "text",
    "document",
    "attributes",
    "helpers",
];

/// Whether a line says that something is left out.
pub(super) fn elision(line: &str) -> Option<Elision> {
    let line = line.trim();
    if matches!(line, "..." | "…" | "....") {
        return Some(Elision::Dots);
    }
    if matches!(
        line,
        "[...]" | "(...)" | "[…]" | "<...>" | "{...}" | "⋮" | "⋮..."
    ) {
        return Some(Elision::Sure);
    }
    let inner = COMMENTS.iter().find_map(|(open, close)| {
        let head = line.get(..open.len())?;
        let inner = line
            .get(open.len()..)
            .filter(|_| head.eq_ignore_ascii_case(open))?;
        inner.trim_end().strip_suffix(close)
    });
    // `... existing code ...` without any comment is no code in any language.
    let bare = inner.is_none();
    let inner = inner.unwrap_or(line);
    let inner = inner.trim_matches(|it: char| {
        matches!(
            it,
            ' ' | '\t'
                | '*'
                | '/'
                | '#'
                | '-'
                | '='
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '!'
        )
    });
    let starts = inner.starts_with("...") || inner.starts_with('…');
    let ends = inner.ends_with("...") || inner.ends_with('…');
    let words: Vec<String> = inner
        .split(|it: char| !it.is_alphanumeric() && it != '\'')
        .filter(|it| !it.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return (!bare && (starts || ends)).then_some(Elision::Sure);
    }
    let is_core = |it: &String| CORE.contains(&it.as_str());
    let known = words
        .iter()
        .all(|it| is_core(it) || BESIDE.contains(&it.as_str()));
    let n_core = words.iter().filter(|it| is_core(it)).count();
    let unknown = words
        .iter()
        .filter(|it| !is_core(it) && !BESIDE.contains(&it.as_str()))
        .count();
    let says = if starts && ends {
        // `// ... imports ...`, `// ... rest of UserService ...`
        unknown <= 4 && (!bare || n_core > 0)
    } else if starts || ends {
        // `// ...rest of main`, `// existing setup ...`
        n_core > 0 && unknown <= 2 && words.len() <= 10
    } else {
        let joined = words.join(" ");
        let firm = [
            "existing",
            "rest of",
            "remaining",
            "unchanged",
            "omitted",
            "remains the same",
            "stays the same",
            "same as before",
            "no changes",
            "other methods",
            "other functions",
        ];
        !bare
            && known
            && n_core > 0
            && words.len() >= 2
            && firm.iter().any(|it| joined.contains(it))
    };
    says.then_some(Elision::Sure)
}

/// Whether a line has a body that is left out within it: `fn main() { ... }`, `{ /* existing code */ }`.
pub(super) fn is_within(line: &str) -> bool {
    let Some(open) = line.find('{') else {
        return false;
    };
    let Some(close) = line.rfind('}').filter(|it| *it > open) else {
        return false;
    };
    let inner = line[open + 1..close].trim();
    matches!(inner, "..." | "…")
        || (inner.starts_with("/*") && elision(inner) == Some(Elision::Sure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_leave_something_out_are_known_in_all_languages() {
        for line in [
            "// ... existing code ...",
            "    # ... existing code ...",
            "# ...",
            "/* ... */",
            "<!-- ... rest of the page ... -->",
            "{/* ... existing code ... */}",
            "-- ... rest of the schema unchanged",
            "// (existing code)",
            "// rest of the code remains unchanged",
            "# Rest of the file stays the same",
            "// ... (rest of the code)",
            "// ...existing code...",
            "/* existing styles */",
            "# ... other methods ...",
            "; ... unchanged ...",
            "// … existing code …",
            "// ... keep the rest of main() as it is ...",
            "// Existing imports...",
            "// [existing code]",
            "% ... omitted for brevity",
            "... existing code ...",
            "// ... other routes",
            "# (rest of the function unchanged)",
        ] {
            assert_eq!(elision(line), Some(Elision::Sure), "{line}");
        }
        assert_eq!(elision("  ...  "), Some(Elision::Dots));
    }

    #[test]
    fn comments_and_code_are_not_taken_for_them() {
        for line in [
            "// Keep existing code paths working when the cache is cold.",
            "// ...and so it goes on",
            "# Load the rest of the configuration from disk",
            "let rest = ...x;",
            "f(...args)",
            "// existing",
            "return [...a, ...b]",
            "// Later: handle other errors",
            "    ..Default::default()",
            "print('...')",
            "// The previous value is kept.",
            "// Retry with the same key, then give up",
            "/// Same as `read`, without a copy.",
            "",
            "}",
        ] {
            assert_eq!(elision(line), None, "{line}");
        }
    }

    #[test]
    fn bodies_left_out_within_a_line_are_known() {
        assert!(is_within("fn main() { ... }"));
        assert!(is_within("function a() { /* ... existing code ... */ }"));
        assert!(!is_within("let Point { x, .. } = p;"));
        assert!(!is_within("f({...a})"));
    }
}
