//! One line: assignments of every notation, literals in code, XML, options of commands, headers, addresses.

use super::key::{self, Hint};
use super::literal::{self, Literal};
use super::value::{self, Form};
use super::{address, command, formats};
use std::ops::Range;

/// What following lines may go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A name with its separator, and no value yet: it stands on the next lines.
    Value(Hint),
    /// A value that goes on with more literals (`"…" +`).
    Strings(Hint),
    /// The name of a pair whose value follows under a name of its own (`name: DB_PASSWORD`, then `value: …`).
    Pair(Hint),
}

/// Names under which the name of a pair stands.
const NAMES: &[&str] = &[
    "name", "key", "id", "property", "variable", "field", "param", "option", "header", "env",
];
/// Names under which the value of a pair stands.
const VALUES: &[&str] = &[
    "value",
    "val",
    "default",
    "content",
    "stringvalue",
    "defaultvalue",
    "string",
    "data",
    "text",
    "initial",
    "v",
    "valuetext",
    "default_value",
    "secretvalue",
];
/// Words between a name and its value that say nothing: types, constructors, conversions, comparisons.
const GLUE: &[&str] = &[
    "some",
    "ok",
    "new",
    "from",
    "string",
    "str",
    "to_string",
    "tostring",
    "b",
    "r",
    "f",
    "u",
    "rb",
    "br",
    "l",
    "n",
    "as",
    "const",
    "static",
    "unwrap_or",
    "unwrap_or_else",
    "unwrap",
    "or",
    "else",
    "default",
    "get",
    "std",
    "char",
    "byte",
    "bytes",
    "buffer",
    "encode",
    "decode",
    "is",
    "eq",
    "equals",
    "equal",
    "to",
    "by",
    "set",
    "put",
    "be",
    "let",
    "var",
    "final",
    "public",
    "private",
    "getordefault",
    "getenvordefault",
    "tobe",
    "with",
    "secretstring",
    "into",
    "box",
    "of",
    "fromstring",
    "type",
    "literal",
    "wchar_t",
    "append",
    "field",
    "add",
    "insert",
    "val",
    "cstring",
    "orelse",
    "or_default",
    "strcmp",
    "mut",
    "ref",
    "dim",
    "unsigned",
    "optional",
    "nil",
    "null",
    "then",
    "parse",
    "trim",
    "setvalue",
    "values",
    "return",
    "sealed",
    "export",
    "declare",
    "convertto-securestring",
    "asplaintext",
    "force",
    "assert_eq",
    "assertequals",
    "expect",
    "protected",
    "internal",
    "override",
    "lateinit",
    "readonly",
    "nsstring",
    "object",
    "getbytes",
    "utf8",
    "atob",
    "btoa",
    "base64",
];
/// Functions whose first argument is a name and whose second is its value, or what stands in for it.
const BY_NAME: &[&str] = &[
    "getenv",
    "get",
    "env",
    "fetch",
    "define",
    "getordefault",
    "setdefault",
    "set_default",
    "set",
    "put",
    "setproperty",
    "getproperty",
    "header",
    "setheader",
    "addheader",
    "append",
    "environ",
    "lookup",
    "config",
    "getstring",
    "setenv",
    "putenv",
    "setrequestheader",
    "insert",
    "field",
    "add",
    "property",
    "option",
    "envor",
    "getenvordefault",
    "get_env",
    "getenvor",
    "lookupenv",
    "arg",
    "with_header",
    "defaultheader",
    "default_header",
    "buildconfigfield",
    "resvalue",
    "getconfig",
    "value",
    "setattribute",
    "attr",
    "setstring",
    "putstring",
    "set_var",
    "getvalue",
    "environment",
    "parameter",
    "string",
    "envvar",
    "variable",
    "setconfig",
    "rawset",
    "kv",
    "tuple",
    "entry",
    "pair",
    "of",
    "default",
    "getorelse",
    "getoption",
    "addproperty",
    "systemproperty",
    "setitem",
    "str",
    "decouple",
    "config_var",
    "mustgetenv",
    "getenvdefault",
];
/// Functions that take a user and a password.
const LOGINS: &[&str] = &[
    "auth",
    "basic_auth",
    "basicauth",
    "login",
    "credentials",
    "credential",
    "httpbasicauth",
    "setbasicauth",
    "withbasicauth",
    "authenticate",
    "signin",
    "sign_in",
    "basicawscredentials",
    "usernamepasswordcredentials",
    "withcredentials",
    "networkcredential",
    "setcredentials",
    "set_credentials",
    "staticcredentialsprovider",
    "newstaticcredentials",
    "newstaticcredentialsprovider",
    "passwordauthentication",
    "plainauth",
    "with_credentials",
    "create",
    "digestauth",
    "connect",
    "mysqli_connect",
    "mysqli",
    "pdo",
    "pg_connect",
    "authenticated",
    "plain",
    "jwt.sign",
    "jwt.verify",
    "jwt.encode",
    "jwt.decode",
    "createhmac",
    "credentials.basic",
    "database",
    "username_pw_set",
    "authenticator",
    "getconnection",
];

/// Those that take nothing else.
const SURE_LOGINS: &[&str] = &[
    "basic_auth",
    "httpbasicauth",
    "withbasicauth",
    "setbasicauth",
    "basicauth",
    "plainauth",
    "mysqli_connect",
    "networkcredential",
    "passwordauthentication",
    "basicawscredentials",
    "usernamepasswordcredentials",
    "username_pw_set",
    "auth",
];

/// The secrets of a line, and what the next ones may go on with. `is_code`: whether a bare word may be a variable.
pub(super) fn find(line: &str, is_code: bool, found: &mut Vec<Range<usize>>) -> Option<Open> {
    formats::find(line, found);
    address::find(line, found);
    command::find(line, found);
    defaults(line, found);
    let is_comment = is_comment(line);
    let literals = literals(line);
    let mut open = in_literals(line, &literals, found);
    if line.contains("\\\"") || line.contains("\\'") {
        let escaped = literal::literals(line, true);
        in_literals(line, &escaped, found);
    }
    let form = match is_code && !is_comment {
        true => Form::Code,
        false => Form::Bare,
    };
    let bare = bare(line, 0, &literals, form, found);
    open = open.or(bare);
    for it in &literals {
        let content = &line[it.start..it.end];
        if content.len() < 2_000 && content.contains([':', '=']) {
            let mut inner = Vec::new();
            self::bare(content, 0, &[], Form::Quoted, &mut inner);
            if content.contains(['"', '\'']) {
                let nested = self::literals(content);
                in_literals(content, &nested, &mut inner);
            }
            found.extend(
                inner
                    .into_iter()
                    .map(|r| it.start + r.start..it.start + r.end),
            );
        }
    }
    open.or(elements(line, &literals, found))
}

/// The value of a literal or a bare value, without the scheme of a header and without what surrounds it.
pub(super) fn secret_part(hint: Hint, text: &str, form: Form) -> Option<Range<usize>> {
    let mut start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    if let Some(inner) = text
        .strip_prefix("\\\"")
        .and_then(|it| it.strip_suffix("\\\""))
    {
        let part = secret_part(hint, inner, form)?;
        return Some(part.start + 2..part.end + 2);
    }
    if start >= end {
        return None;
    }
    for scheme in [
        "Bearer ",
        "Basic ",
        "Token ",
        "token ",
        "bearer ",
        "basic ",
        "ApiKey ",
        "apikey ",
        "Bot ",
        "Digest ",
        "SSWS ",
        "Api-Key ",
        "GenieKey ",
        "Key ",
        "base64:",
        "{noop}",
        "{bcrypt}",
        "plain:",
        "pass:",
    ] {
        if text[start..end].starts_with(scheme) {
            start += scheme.len();
            start += text[start..end].len() - text[start..end].trim_start().len();
            let rest = &text[start..end];
            let is_drawn = value::is_random_bytes(rest.as_bytes()) && rest.len() >= 16
                || value::is_random(rest)
                || rest.len() >= 8 && value::is_strong(rest)
                || address::is_basic(rest);
            return (is_drawn && !value::is_standin(rest)).then_some(start..end);
        }
    }
    let value = &text[start..end];
    if value.contains("://") {
        return None;
    }
    // `literal` + variable: what is left of a template when the variables are taken out must still be something.
    let fixed: String = without_variables(value);
    if fixed.len() < value.len() && (fixed.len() < 6 || !value::is_strong(&fixed)) {
        return None;
    }
    value::is_secret(hint, value, form).then_some(start..end)
}

/// `${…}`, `{{…}}`, `#{…}` and `{…}` taken out.
fn without_variables(value: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for (n, it) in value.char_indices() {
        match it {
            '{' => {
                depth += 1;
                if depth == 1 && matches!(value[..n].chars().next_back(), Some('$' | '#')) {
                    out.pop();
                }
            }
            '}' if depth > 0 => depth -= 1,
            it if depth == 0 => out.push(it),
            _ => {}
        }
    }
    out
}

/// `${NAME:-default}`, `${NAME:default}`, `${NAME-default}`, `${NAME:=default}`.
fn defaults(line: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = line[from..].find("${") {
        let start = from + at + 2;
        from = start;
        let bytes = line.as_bytes();
        let len = bytes[start..]
            .iter()
            .take_while(|it| is_of_name(**it))
            .count();
        let name = line[start..start + len].trim_end_matches(['-', ':']);
        let mut value = start + name.len();
        let separators = bytes[value..]
            .iter()
            .take_while(|it| b":-=?".contains(it))
            .count();
        // `${NAME:?message}` ends with the message.
        if separators == 0 || line[value..value + separators].contains('?') {
            continue;
        }
        value += separators.min(2);
        let Some(end) = line[value..].find('}') else {
            continue;
        };
        if let Some(hint) = key::hint(name)
            && let Some(it) = secret_part(
                hint,
                line[value..value + end].trim_matches(['"', '\'']),
                Form::Bare,
            )
        {
            let quote = usize::from(line[value..].starts_with(['"', '\'']));
            found.push(value + quote + it.start..value + quote + it.end);
        }
    }
}

fn in_literals(line: &str, literals: &[Literal], found: &mut Vec<Range<usize>>) -> Option<Open> {
    let mut open = None;
    for (n, it) in literals.iter().enumerate() {
        let content = &line[it.start..it.end];
        let named = name_of(line, literals, n);
        let hint = match named {
            Named::Known(hint, by) => Some((hint, by)),
            Named::Nothing => None,
        };
        if let Some((hint, by)) = hint {
            let part = secret_part(hint, content, Form::Quoted);
            let part = part.filter(|part| by == By::Name || is_surely(&content[part.clone()]));
            if let Some(part) = part {
                found.push(it.start + part.start..it.start + part.end);
            }
            let rest = line[it.close..].trim_end();
            if hint > Hint::Vague && by == By::Name && rest.ends_with(['+', '\\', '.', '(', '&']) {
                open = Some(Open::Strings(hint));
            }
            continue;
        }
        // The name of a pair.
        if let Some(hint) = key::hint(content)
            && n + 1 >= literals.len()
        {
            let left = segment(&line[..it.open]);
            let rest = line[it.close..].trim();
            let own = last_name(left).map(str::to_ascii_lowercase);
            let own = own.or_else(|| {
                n.checked_sub(1)
                    .map(|n| line[literals[n].start..literals[n].end].to_ascii_lowercase())
            });
            if own.is_some_and(|it| NAMES.contains(&it.as_str())) {
                open = Some(Open::Pair(hint));
            } else if matches!(rest, ":" | "=" | "=>" | ": (" | "= (" | ":=") {
                open = Some(Open::Value(hint));
            }
        }
    }
    open
}

fn literals(line: &str) -> Vec<Literal> {
    literal::literals(line, false)
}

/// Whether an argument beside a secret's name is a secret by itself: lists of names are frequent.
fn is_surely(value: &str) -> bool {
    value.len() >= 6
        && (value::is_strong(value) || value::is_phrase(value))
        && key::hint(value).is_none()
}

enum Named {
    Known(Hint, By),
    Nothing,
}

/// What ties a value to its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A separator, an assignment, a function that is known for it.
    Name,
    /// A comma alone.
    Comma,
}

/// What stands before a literal says what it is.
fn name_of(line: &str, literals: &[Literal], n: usize) -> Named {
    let it = &literals[n];
    let from = n.checked_sub(1).map_or(0, |n| literals[n].close);
    let left = &line[from..it.open];
    let cut = segment(left);
    let names = names(cut);
    if !names.is_empty() {
        // `key="ApiKey" value="…"`, `"name": "DB_PASSWORD", "value": "…"`.
        let last = names
            .last()
            .copied()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if VALUES.contains(&last.as_str())
            && let Some(hint) = of_pair(line, literals, n)
        {
            return Named::Known(hint, By::Name);
        }
        // `NAME: TYPE = `: the type is none of its names.
        let typed = cut.replace("::", "  ");
        let is_typed = typed
            .find(": ")
            .or_else(|| typed.find(":&"))
            .is_some_and(|at| typed[at..].contains('='));
        let first = match typed.find([':', '=']) {
            Some(at) => self::names(&cut[..at]).last().copied(),
            None => None,
        };
        let candidates = [first, names.last().copied().filter(|_| !is_typed)];
        let hint = candidates.into_iter().flatten().filter_map(hint_of).max();
        return hint.map_or(Named::Nothing, |it| Named::Known(it, By::Name));
    }
    let callee = callee(&line[..it.open]);
    let lower = callee.to_ascii_lowercase();
    let short = lower
        .rsplit(['.', ':', '>'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('!');
    let takes_password = || match LOGINS
        .iter()
        .any(|it| *it == short || it.contains('.') && lower.ends_with(it))
    {
        true if SURE_LOGINS.contains(&short) || lower.ends_with("credentials.basic") => {
            Named::Known(Hint::Password, By::Name)
        }
        true => Named::Known(Hint::Password, By::Comma),
        false => Named::Nothing,
    };
    let Some(before) = n.checked_sub(1).map(|n| &literals[n]) else {
        return match left.trim_end().ends_with(',') {
            true => takes_password(),
            false => Named::Nothing,
        };
    };
    let name = &line[before.start..before.end];
    let is_comma = left.trim_start().starts_with(',');
    if name.len() > 80 || name.contains([':', '$', '\n']) || name.split(' ').count() > 3 {
        return Named::Nothing;
    }
    if !is_comma {
        let separated = left
            .trim_start()
            .starts_with([':', '=', ']', ')', '|', '?'])
            || left.trim_start().starts_with("->")
            || left.trim().is_empty() && it.open > before.close;
        if !separated {
            return Named::Nothing;
        }
        let lower = name.to_ascii_lowercase();
        if VALUES.contains(&lower.as_str())
            && let Some(hint) = of_pair(line, literals, n)
        {
            return Named::Known(hint, By::Name);
        }
        return key::hint(name).map_or(Named::Nothing, |it| Named::Known(it, By::Name));
    }
    // The secret beside the id of its key.
    let mut ids = Vec::new();
    formats::find(name, &mut ids);
    if !ids.is_empty() {
        return Named::Known(Hint::Token, By::Comma);
    }
    if let Some(hint) = key::hint(name) {
        let by = match BY_NAME.contains(&short) {
            true => By::Name,
            false => By::Comma,
        };
        return Named::Known(hint, by);
    }
    takes_password()
}

/// The name of the pair whose value is literal `n`, on the same line.
fn of_pair(line: &str, literals: &[Literal], n: usize) -> Option<Hint> {
    let own = |m: usize| {
        let it = &literals[m];
        let from = m.checked_sub(1).map_or(0, |m| literals[m].close);
        let own = last_name(segment(&line[from..it.open])).map(str::to_ascii_lowercase);
        let own = own.or_else(|| {
            let before = &literals[m.checked_sub(1)?];
            Some(line[before.start..before.end].to_ascii_lowercase())
        })?;
        let own = own.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
        NAMES
            .contains(&own.as_str())
            .then(|| key::hint(&line[it.start..it.end]))
            .flatten()
    };
    // `{"value": "…", "name": "API_KEY"}` has them the other way round.
    (0..n)
        .rev()
        .find_map(own)
        .or_else(|| (n + 1..literals.len()).find_map(own))
}

/// The end of a text from the last place where a statement, an item or an argument begins.
fn segment(left: &str) -> &str {
    let at = left.rfind([';', '{', ',']).map_or(0, |it| it + 1);
    let cut = &left[at..];
    // `<add key=` begins an element; `key <- ` and `a < b` don't.
    let element = cut
        .rfind('<')
        .filter(|at| cut[at + 1..].starts_with(|it: char| it.is_ascii_alphabetic()));
    let cut = element.map_or(cut, |at| &cut[at + 1..]);
    // `&&` and `||` begin no statement, but `if a == "x" && b == "y"` has two.
    cut.rfind("&&").map_or(cut, |it| &cut[it + 2..])
}

/// The function within whose arguments `left` ends; without parentheses the first word of the line.
fn callee(left: &str) -> &str {
    let mut depth = 0_i32;
    let open = left.bytes().enumerate().rev().find(|(_, it)| {
        match it {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    let Some((open, _)) = open else {
        return left.split_ascii_whitespace().next().unwrap_or_default();
    };
    let left = left[..open].trim_end();
    let from = left.rfind(|it: char| {
        !(it.is_alphanumeric() || matches!(it, '_' | '.' | ':' | '!' | '>' | '-'))
    });
    let name = &left[from.map_or(0, |at| {
        at + left[at..].chars().next().map_or(1, char::len_utf8)
    })..];
    // `Some("…")` and its like are no functions of their own.
    if name.is_empty() {
        // A tuple: what it is assigned to.
        return names(segment(left)).last().copied().unwrap_or_default();
    }
    let lower = name.to_ascii_lowercase();
    if GLUE.contains(&lower.as_str())
        && !BY_NAME.contains(&lower.as_str())
        && name.len() < left.len()
    {
        return callee(&left[..left.len() - name.len()]);
    }
    name
}

/// The names of a segment in order, without glue.
fn names(segment: &str) -> Vec<&str> {
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | '$');
    let words = segment.split(|it| !is_part(it));
    let words = words.map(|it| it.trim_matches(['-', '.', '$']));
    words
        .filter(|it| {
            it.starts_with(|it: char| it.is_alphabetic() || it == '_')
                && it.len() > it.matches('_').count()
        })
        .filter_map(|it| {
            // `password.equals`, `env.get`.
            let mut it = it;
            while let Some((before, last)) = it.rsplit_once('.') {
                if !GLUE.contains(&last.to_ascii_lowercase().as_str()) {
                    break;
                }
                it = before;
            }
            (!GLUE.contains(&it.to_ascii_lowercase().as_str())).then_some(it)
        })
        .collect()
}

fn last_name(segment: &str) -> Option<&str> {
    names(segment).last().copied()
}

fn hint_of(name: &str) -> Option<Hint> {
    key::hint(name)
}

fn is_of_name(it: u8) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/')
}

/// Whether a line is a comment, as most languages write one.
fn is_comment(line: &str) -> bool {
    let line = line
        .trim_start()
        .trim_start_matches(['+', '-'])
        .trim_start();
    [
        "//", "#", "/*", "* ", "--", ";", "<!--", "%", "REM ", "\"\"\"",
    ]
    .iter()
    .any(|it| line.starts_with(it))
}

/// Values without quotes behind `=`, `:` or a blank.
fn bare(
    line: &str,
    from: usize,
    literals: &[Literal],
    form: Form,
    found: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let bytes = line.as_bytes();
    let mut open = None;
    let mut pair = None;
    let mut at = from;
    while at < bytes.len() {
        let it = bytes[at];
        if !matches!(it, b'=' | b':') {
            at += 1;
            continue;
        }
        let separator = at;
        // `==`, `::`, `://`, `!=`, `<=` separate nothing; `:=`, `=>`, `?=`, `+=` do.
        let run = bytes[at..]
            .iter()
            .take_while(|it| b"=:>".contains(it))
            .count();
        at += run.max(1);
        let is_none = match &bytes[separator..separator + run] {
            b"=" | b":" | b":=" | b"=>" => {
                bytes[at..].starts_with(b"//")
                    || (separator > 0 && b"!<>".contains(&bytes[separator - 1]))
            }
            _ => true,
        };
        if is_none {
            continue;
        }
        let Some((name, starts_line)) = name_before(line, separator, literals) else {
            continue;
        };
        if line[..name.as_ptr() as usize - line.as_ptr() as usize].ends_with("${") {
            continue;
        }
        let hint = key::hint(name);
        let blank = bytes[at..]
            .iter()
            .take_while(|it| matches!(it, b' ' | b'\t'))
            .count();
        let value = at + blank;
        // Within quotes, this is the business of literals.
        if literals
            .iter()
            .any(|it| (it.open..it.close).contains(&separator) || it.open == value)
        {
            continue;
        }
        let rest = &line[value.min(line.len())..];
        let Some(hint) = hint else {
            // `name: DB_PASSWORD`, the first half of a pair.
            let short = name
                .rsplit(['.', '-', '_'])
                .next()
                .unwrap_or(name)
                .to_ascii_lowercase();
            if NAMES.contains(&short.as_str()) && short == name.to_ascii_lowercase() {
                pair = key::hint(rest[..end_of_word(rest)].trim());
                if starts_line {
                    open = pair.map(Open::Pair).or(open);
                }
            } else if let Some(hint) = pair.filter(|_| VALUES.contains(&short.as_str()))
                && let Some(part) = secret_part(hint, &rest[..end_of_word(rest)], Form::Bare)
            {
                found.push(value + part.start..value + part.end);
            }
            continue;
        };
        let spaced = blank > 0 || (separator > 0 && bytes[separator - 1] == b' ');
        if rest.trim().is_empty()
            || matches!(
                rest.trim(),
                "|" | "|-" | "|+" | ">" | ">-" | ">+" | "\\" | "(" | "!!binary |"
            )
        {
            if starts_line {
                open = Some(Open::Value(hint));
            }
            continue;
        }
        if !starts_line
            && spaced
            && (bytes[separator] != b':'
                || !value::is_strong(rest[..end_of_word(rest)].trim())
                    && !value::is_phrase(rest[..end_of_line(rest)].trim()))
        {
            continue;
        }
        // `arn:…:secret:prod/db` has no value; `{password:x}` has.
        if !starts_line && !spaced && bytes[separator] == b':' {
            let before = line[..name.as_ptr() as usize - line.as_ptr() as usize].trim_end();
            if !before.ends_with(['{', ',', '"', '\'', ' ', '(']) {
                continue;
            }
        }
        let end = match starts_line {
            true => end_of_line(rest),
            false => end_of_word(rest),
        };
        let mut candidates = vec![end];
        // Several on one line: `A=b C=d`, `user=x password=y`.
        let word = end_of_word(rest);
        let is_phrase = !starts_line
            && spaced
            && hint == Hint::Password
            && value::is_phrase(rest[..end_of_line(rest)].trim());
        if is_phrase {
            candidates.insert(0, end_of_line(rest));
        }
        if word < end && !spaced {
            candidates.push(word);
        }
        for end in candidates {
            if let Some(part) = secret_part(hint, &rest[..end], form) {
                found.push(value + part.start..value + part.end);
                break;
            }
        }
    }
    spaced_pair(line, form, found);
    open
}

/// The name that ends before a separator, and whether nothing but marks stands before it.
fn name_before<'a>(
    line: &'a str,
    separator: usize,
    literals: &[Literal],
) -> Option<(&'a str, bool)> {
    let left = line[..separator].trim_end_matches([' ', '\t', '?', '+', ':', ']']);
    let (name, from) = match literals.iter().find(|it| it.close == left.len()) {
        Some(it) => (&line[it.start..it.end], it.open),
        None => {
            let left = left.trim_end_matches(['"', '\'']);
            let start = left
                .rfind(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/')));
            let start = start.map_or(0, |at| {
                at + left[at..].chars().next().map_or(1, char::len_utf8)
            });
            // `API key: …`, `seed phrase: …`.
            let last = left[start..].to_ascii_lowercase();
            let before = left[..start].trim_end_matches(' ');
            let word = before
                .rfind(|it: char| !it.is_ascii_alphabetic())
                .map_or(0, |it| it + 1);
            let start = match matches!(last.as_str(), "key" | "phrase" | "signature" | "code")
                && word < before.len()
                && before.len() + 1 == start
            {
                true => word,
                false => start,
            };
            (left[start..].trim_start_matches(['-', '.']), start)
        }
    };
    if name.is_empty() || name.len() > 120 {
        return None;
    }
    let before = line[..from].trim();
    const STARTS: &[&str] = &[
        "",
        "-",
        "+",
        "export",
        "set",
        "ENV",
        "ARG",
        "#",
        "//",
        "*",
        ";",
        "- export",
        "+ -",
        "- -",
        "- ENV",
        "+ ENV",
        "+ export",
        "declare -x",
        "setx",
        "local",
        "readonly",
        "--",
        "<!--",
        "> ",
        "SET",
        "/*",
        "Environment",
        "$env:",
        "$",
        "let",
        "var",
        "- #",
        "%",
        "> -",
        "echo",
        "$ export",
        "+ #",
        "- //",
        "+ //",
        "| ",
    ];
    // `env[DB_PASS] = `.
    let is_index = before.strip_suffix('[').is_some_and(|it| {
        it.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_$.".contains(&it))
    });
    let starts_line = is_index
        || STARTS.contains(&before)
        || before
            .trim_start_matches(['-', '+', '#', '/', '*', ' ', '>', '|', '"', '\''])
            .is_empty();
    Some((name, starts_line))
}

/// `requirepass hunter2x`, `ENV KEY value`, `machine … login … password …`.
fn spaced_pair(line: &str, form: Form, found: &mut Vec<Range<usize>>) {
    if line.len() > 400 {
        return;
    }
    let base = line.as_ptr() as usize;
    let at = |it: &str| it.as_ptr() as usize - base;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is_set = matches!(
        words.first(),
        Some(
            &"ENV"
                | &"setenv"
                | &"ARG"
                | &"setx"
                | &"machine"
                | &"default"
                | &"login"
                | &"env"
                | &"proxy_set_header"
                | &"fastcgi_param"
                | &"add_header"
                | &"SetEnv"
                | &"RequestHeader"
        )
    );
    for pair in words.windows(2) {
        let name = pair[0].trim_matches(['"', '\'', ':', '+']);
        if name.starts_with('-') || name.contains(['=', '(', '<', '{', '.']) {
            continue;
        }
        let is_key = name.eq_ignore_ascii_case("key");
        let Some(hint) = key::hint(name).filter(|it| *it > Hint::Vague || is_key) else {
            continue;
        };
        let text = pair[1]
            .trim_end_matches(';')
            .trim_matches(['"', '\'', '`', ',']);
        let whole_line =
            words.len() == 2 || (words.len() == 3 && words[0].starts_with(['-', '+', '#']));
        let is_value = match (is_set, whole_line) {
            (true, _) => value::is_secret(hint, text, Form::Bare),
            _ if form == Form::Code => whole_line && value::is_random(text),
            (_, true) => value::is_strong(text) && value::is_secret(hint, text, Form::Quoted),
            // In prose: `API key 0123…`.
            _ => text.len() >= 20 && value::is_random(text) && form != Form::Code,
        };
        if is_value && !text.contains(['(', '=']) {
            found.push(at(text)..at(text) + text.len());
        }
    }
    // SQL's `IDENTIFIED BY x`, and `password 0 x` of network devices.
    for three in words.windows(3) {
        let text = three[2]
            .trim_end_matches(';')
            .trim_matches(['"', '\'', '`']);
        let is_by =
            three[0].eq_ignore_ascii_case("identified") && three[1].eq_ignore_ascii_case("by");
        let is_numbered = matches!(three[0], "password" | "secret" | "key")
            && three[1].len() == 1
            && three[1].as_bytes()[0].is_ascii_digit();
        if (is_by
            && text.len() >= 3
            && !value::is_standin(text)
            && !text.eq_ignore_ascii_case("password"))
            || (is_numbered && value::is_strong(text))
        {
            found.push(at(text)..at(text) + text.len());
        }
    }
    // `Password is hunter2!`, `password: hunter2!` in prose.
    for (n, word) in words.iter().enumerate() {
        if matches!(*word, "is" | "is:" | "was" | "to")
            && let (Some(name), Some(next)) = (n.checked_sub(1).map(|n| words[n]), words.get(n + 1))
            && key::hint(name.trim_matches(['"', '`', '\'', '*']))
                .is_some_and(|it| it > Hint::Vague)
        {
            let text = next
                .trim_end_matches(['.', ',', ';', ')'])
                .trim_matches(['"', '\'', '`', '*']);
            if value::is_strong(text)
                && text.len() >= 6
                && !value::is_standin(text)
                && !text.contains('(')
            {
                found.push(at(text)..at(text) + text.len());
            }
        }
    }
}

fn end_of_line(rest: &str) -> usize {
    let mut end = rest.trim_end().len();
    if let Some(comment) = rest.find(" #").or_else(|| rest.find("\t#")) {
        end = end.min(rest[..comment].trim_end().len());
    }
    // A line break within a literal.
    end = end.min(rest.find("\\n").unwrap_or(end));
    let trimmed = rest[..end].trim_end_matches([',', ';', '\\']).trim_end();
    // A literal's or an element's rest is no part of a value.
    let quoted = trimmed
        .find(['"', '<'])
        .filter(|it| *it > 0)
        .unwrap_or(trimmed.len());
    trimmed[..quoted].trim_end().len()
}

fn end_of_word(rest: &str) -> usize {
    rest.find(|it: char| {
        it.is_whitespace()
            || matches!(
                it,
                ';' | '&' | '"' | '\'' | '<' | '>' | ')' | '`' | ',' | ']' | '|' | '}' | '\\'
            )
    })
    .unwrap_or(rest.len())
}

/// `<password>…</password>`, `<string name="api_key">…</string>`, and the first half of a pair of elements.
fn elements(line: &str, literals: &[Literal], found: &mut Vec<Range<usize>>) -> Option<Open> {
    let mut open = None;
    let mut from = 0;
    while let Some(at) = line[from..].find('<') {
        let start = from + at + 1;
        from = start;
        let rest = &line[start..];
        let len = rest
            .find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':')))
            .unwrap_or(rest.len());
        let name = &rest[..len];
        if name.is_empty() {
            continue;
        }
        let Some(close) = rest.find('>') else {
            continue;
        };
        let content = &rest[close + 1..];
        let end = content.find('<').unwrap_or(content.len());
        // `<user>:<password>@host` are no elements.
        if !content[end..].starts_with("</")
            && !content[end..].starts_with("<!")
            && !content[..end].trim().is_empty()
        {
            continue;
        }
        let text = content[..end].trim();
        let attribute = literals
            .iter()
            .filter(|it| (start..start + close).contains(&it.open))
            .find_map(|it| {
                let own = last_name(&line[start + len..it.open])?.to_ascii_lowercase();
                NAMES
                    .contains(&own.as_str())
                    .then(|| key::hint(&line[it.start..it.end]))
                    .flatten()
            });
        // `<key>API_KEY</key>` names what follows.
        if NAMES.contains(&name.to_ascii_lowercase().as_str())
            && let Some(hint) = key::hint(text)
        {
            open = Some(Open::Pair(hint));
            continue;
        }
        let hint = attribute.or_else(|| key::hint(name.rsplit(':').next().unwrap_or(name)));
        let Some(hint) = hint.filter(|_| !rest[..close].ends_with('/')) else {
            let lower = name.to_ascii_lowercase();
            let named = VALUES
                .contains(&lower.as_str())
                .then(|| {
                    of_pair(
                        line,
                        literals,
                        literals.iter().filter(|it| it.close <= start).count(),
                    )
                })
                .flatten();
            if let Some(hint) = named
                && let Some(part) = secret_part(hint, text, Form::Bare)
            {
                let at =
                    start + close + 1 + (content[..end].len() - content[..end].trim_start().len());
                found.push(at + part.start..at + part.end);
            } else if NAMES.contains(&lower.as_str()) && !text.is_empty() {
                open = key::hint(text).map(Open::Pair).or(open);
            } else if attribute.is_some() {
                open = attribute.map(Open::Pair);
            }
            continue;
        };
        let text_at =
            start + close + 1 + (content[..end].len() - content[..end].trim_start().len());
        let text = text.strip_prefix("![CDATA[").unwrap_or(text);
        if text.is_empty() {
            open = Some(Open::Pair(hint));
        } else if let Some(part) = secret_part(hint, text, Form::Bare) {
            found.push(text_at + part.start..text_at + part.end);
        }
    }
    open
}

/// The value of a pair on a line of its own: `value: …`, `default = "…"`, `<string>…</string>`.
pub(super) fn of_value(line: &str, hint: Hint) -> Option<Range<usize>> {
    let literals = literals(line);
    let trimmed = line.trim_start();
    if let Some(inner) = trimmed.strip_prefix('<') {
        let name = inner
            .split(|it: char| !it.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if VALUES.contains(&name.as_str()) {
            let start = line.find('>')? + 1;
            let end = start + line[start..].find('<').unwrap_or(line.len() - start);
            let part = secret_part(hint, &line[start..end], Form::Bare)?;
            return Some(start + part.start..start + part.end);
        }
    }
    let at = line.find([':', '='])?;
    let (name, starts_line) = name_before(line, at, &literals)?;
    if !starts_line || !VALUES.contains(&name.to_ascii_lowercase().as_str()) {
        return None;
    }
    let value = at
        + 1
        + line[at + 1..]
            .bytes()
            .take_while(|it| matches!(it, b' ' | b'\t' | b'>' | b'='))
            .count();
    let (start, text, form) = match literals.iter().find(|it| it.open == value) {
        Some(it) => (it.start, &line[it.start..it.end], Form::Quoted),
        None => (
            value,
            &line[value..value + end_of_line(&line[value..])],
            Form::Bare,
        ),
    };
    let part = secret_part(hint, text, form)?;
    Some(start + part.start..start + part.end)
}
