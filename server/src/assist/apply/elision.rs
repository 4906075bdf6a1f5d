//! Lines that stand for what is left out: `// ... existing code ...`, `# rest of the file unchanged`.

pub(super) mod gaps;
mod words;

use words::{BESIDE, COMMENTS, CORE, REST, SAME};

/// What a line leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elision {
    /// A comment that says so, or dots that no language has.
    Sure,
    /// Three dots alone, which are code in some places.
    Dots,
    /// A sentence without dots or a comment, which is no code.
    Words,
}

/// Whether a line is a comment that says for sure that something is left out.
pub(crate) fn is_comment(line: &str) -> bool {
    let line = line.trim();
    let opens = |it: &&(&str, &str)| line.starts_with(it.0);
    COMMENTS.iter().any(|it| opens(&it)) && elision(line) == Some(Elision::Sure)
}

/// Whether a line says that something is left out.
pub(super) fn elision(line: &str) -> Option<Elision> {
    let line = line.trim();
    // An element of a list: `- ...`, `...,`.
    let element = line.strip_prefix("- ").unwrap_or(line).trim();
    let element = element.trim_end_matches([',', ';']).trim_end();
    let is_dots = |it: &str| it.chars().all(|it| it == '.') && it.len() >= 3;
    if is_dots(element) || matches!(element, "…" | "……" | "⋮" | "⋮...") {
        return Some(Elision::Dots);
    }
    if matches!(
        element,
        "[...]" | "(...)" | "[…]" | "(…)" | "<...>" | "{...}"
    ) {
        return Some(Elision::Dots);
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
    let inner = inner.unwrap_or(line).trim();
    let inner = inner.trim_matches(is_decoration);
    let dotted = |it: &str| it.starts_with("...") || it.starts_with('…');
    let starts = dotted(inner);
    let ends = inner.ends_with("...") || inner.ends_with('…');
    let plain = inner.trim_matches(|it: char| matches!(it, '.' | '…') || is_decoration(it));
    let words: Vec<String> = plain
        .split(|it: char| !it.is_alphanumeric() && it != '\'')
        .filter(|it| !it.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return (!bare && (starts || ends)).then_some(Elision::Sure);
    }
    if in_other_words(plain, bare, starts || ends) {
        return Some(Elision::Sure);
    }
    let is_core = |it: &String| CORE.contains(&it.as_str());
    let n_core = words.iter().filter(|it| is_core(it)).count();
    let unknown = words
        .iter()
        .filter(|it| !is_core(it) && !BESIDE.contains(&it.as_str()))
        .count();
    let joined = words.join(" ");
    let firm = FIRM.iter().any(|it| joined.contains(it));
    // `...rest` and `...state.rest,` spread a value, `Load more...` is a text.
    let is_text = plain
        .chars()
        .all(|it| it.is_alphanumeric() || matches!(it, ' ' | '\''));
    if starts && ends {
        // `// ... imports ...`, `// ... rest of UserService ...`
        return (unknown <= 4 && (!bare || n_core > 0)).then_some(Elision::Sure);
    }
    let bracketed = line.starts_with(['(', '[']) && line.ends_with([')', ']']);
    let says = if !bare && (starts || ends) {
        // `// ...rest of main`, `// existing setup ...`
        n_core > 0 && unknown <= 2 && words.len() <= 10
    } else if starts {
        let parted = inner.trim_start_matches(['.', '…']).starts_with(' ');
        let most = if parted { 2 } else { 0 };
        is_text && n_core > 0 && words.len() >= 2 && unknown <= most && words.len() <= 10
    } else if ends {
        is_text && firm && words.len() >= 2 && unknown == 0
    } else {
        (!bare || bracketed) && unknown == 0 && n_core > 0 && words.len() >= 2 && firm
    };
    if says {
        return Some(Elision::Sure);
    }
    // `rest of the file unchanged`
    let is_sentence = bare && is_text && firm && unknown == 0 && words.len() >= 4;
    is_sentence.then_some(Elision::Words)
}

/// What stands round the words of such a line.
fn is_decoration(it: char) -> bool {
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
    ) || matches!(it, '（' | '）' | '【' | '】' | '「' | '」' | '。')
}

/// Whether words of another natural language say it.
fn in_other_words(text: &str, bare: bool, dotted: bool) -> bool {
    let text = text.to_lowercase();
    let has = |phrases: &[&str]| phrases.iter().any(|it| text.contains(it));
    let is_short = text.chars().count() <= 48;
    if dotted {
        return is_short && (has(REST) || has(SAME));
    }
    // Without dots a comment must begin so: others may speak of the same things.
    !bare && is_short && REST.iter().any(|it| text.starts_with(it))
}

/// Phrases that need no dots.
const FIRM: &[&str] = &[
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

/// What a line begins with before it leaves something out: `fn main() { ... }`, `{ /* existing code */ }`,
/// `<p><!-- ... existing text ... --></p>`, `x = 1; // ... rest unchanged ...`.
pub(super) fn within(line: &str) -> Option<&str> {
    if let (Some(open), Some(close)) = (line.find('{'), line.rfind('}'))
        && open < close
        // `f("{...}")` is a text.
        && line[..open]
            .matches(['"', '\'', '`'])
            .count()
            .is_multiple_of(2)
    {
        let inner = line[open + 1..close].trim();
        let is_comment = inner.starts_with("/*") && elision(inner) == Some(Elision::Sure);
        if matches!(inner, "..." | "…") || is_comment {
            return Some(&line[..=open]);
        }
    }
    for (open, close) in [("{/*", "*/}"), ("/*", "*/"), ("<!--", "-->"), ("<%#", "%>")] {
        if let Some(start) = line.find(open)
            && let Some(length) = line[start..].find(close)
            && is_explicit(&line[start..start + length + close.len()])
        {
            return Some(&line[..start]);
        }
    }
    for mark in ["//", "#", "--"] {
        if let Some(start) = line.find(mark)
            && line[..start].ends_with([' ', '\t'])
            && is_explicit(&line[start..])
        {
            return Some(&line[..start]);
        }
    }
    None
}

/// Whether a comment behind code says with dots and words that something is left out.
fn is_explicit(comment: &str) -> bool {
    let text = comment.to_lowercase();
    let dotted = text.contains("...") || text.contains('…');
    let firm = FIRM.iter().any(|it| text.contains(it));
    dotted && firm && elision(comment) == Some(Elision::Sure)
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
            "<%# ... existing code ... %>",
            "<%-- ... existing code ... --%>",
            "@* ... existing code ... *@",
            "{# ... rest of the template ... #}",
            "<!-- existing code -->",
            "<!-- ... -->",
            "/* … */",
            "{/* ... */}",
            "-- ...",
            "; ...",
            "% ...",
            "! ... rest of the subroutine",
            "... rest of UserService",
            "...rest of the code",
            "rest of the code unchanged ...",
            "(rest of the file unchanged)",
            "[existing code unchanged]",
            "// restlicher Code unverändert",
            "# ... bleibt unverändert ...",
            "// Rest der Datei bleibt unverändert",
            "// reste du code inchangé",
            "# ... resto del código sin cambios",
            "// 其余代码保持不变",
            "// ...（省略）...",
            "# 既存のコード",
            "// ... 기존 코드 ...",
            "// остальной код без изменений",
        ] {
            assert_eq!(elision(line), Some(Elision::Sure), "{line}");
        }
        for line in [
            "  ...  ", "…", "- ...", "...,", "....", "[...]", "[...],", "...",
        ] {
            assert_eq!(elision(line), Some(Elision::Dots), "{line}");
        }
        assert_eq!(elision("rest of the file unchanged"), Some(Elision::Words));
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
            "...rest",
            "...rest,",
            "...other,",
            "...state.rest,",
            "...(existing ? a : b),",
            "...existingItems,",
            "Load more...",
            "<p>Loading the rest...</p>",
            "// Der Wert bleibt unverändert, wenn nichts gefunden wird.",
            "// 省略可能",
            "existing",
            "",
            "}",
        ] {
            assert_eq!(elision(line), None, "{line}");
        }
    }

    #[test]
    fn bodies_left_out_within_a_line_are_known() {
        let is_within = |it: &str| within(it).is_some();
        assert!(is_within("fn main() { ... }"));
        assert!(is_within("function a() { /* ... existing code ... */ }"));
        assert!(!is_within("let Point { x, .. } = p;"));
        assert!(!is_within("f({...a})"));
        assert!(!is_within("f(\"{...}\")"));
        assert!(is_within("<p><!-- ... existing text ... --></p>"));
        assert!(is_within("<p>{/* ... existing code ... */}</p>"));
        assert!(is_within("x = 1; // ... rest of the code unchanged ..."));
        assert!(is_within("x = 1  # ... remaining code"));
        assert!(!is_within("x = 1  # ... and more"));
        assert!(!is_within("x = 1  # the existing value"));
        assert!(!is_within("f(a, /* existing */ b)"));
        assert!(!is_within("url = \"http://x/...\""));
    }
}
