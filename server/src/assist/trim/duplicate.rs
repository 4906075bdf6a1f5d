//! What the document says already: the line so far, the rest of the line, the lines above and below (rules 2, 3, 17 to 20).

use super::Dropped;
use super::around::Around;
use super::lex::{Lexer, Mode};

/// How many tokens of a line are compared, at most.
const TOKENS: usize = 200;

/// The output without the current line, where it starts by saying that again (rule 20).
pub(super) fn without_line_so_far<'a>(around: &Around, text: &'a str) -> &'a str {
    let line = around.line().trim();
    let body = text.trim_start();
    let Some(rest) = body.strip_prefix(line) else {
        return text;
    };
    let comment = around
        .language
        .is_some_and(|it| it.line_comments.contains(&line))
        || matches!(line, "-" | "*" | "///" | "//!" | "#" | "##" | "###" | ">");
    if comment && !line.is_empty() {
        return if rest.starts_with(' ') || around.line().ends_with(' ') {
            trim_one(around, rest)
        } else {
            text
        };
    }
    let letters = line
        .chars()
        .filter(|it| it.is_alphanumeric() || *it == '_')
        .count();
    // A list goes on like itself, tags nest, and a letter or two prove nothing.
    if letters < 2
        || line.ends_with(',')
        || line.starts_with('<') && line.contains('>')
        || !around.rest().trim().is_empty() && tokens(line).len() < 3
    {
        return text;
    }
    let word = |it: char| it.is_alphanumeric() || it == '_';
    if line.ends_with(word) && rest.starts_with(word) && !around.line().ends_with(word) {
        return text;
    }
    // `max(max(a, b), c)` starts like itself too: the brackets tell which it is.
    let excess = |around: &Around, it: &str| {
        if line.ends_with('<') {
            angles(it)
        } else {
            excess(around, it)
        }
    };
    let left = excess(around, line);
    let (whole, stripped) = (
        left + excess(around, first_line(body)),
        left + excess(around, first_line(rest)),
    );
    let closed: i64 = -excess(around, around.rest()).min(0);
    if (whole - closed).abs() < (stripped - closed).abs() {
        return text;
    }
    // One token alone may well stand twice: `x` before `xs`, `!` before `!=`.
    if tokens(line).len() < 2
        && !matches!(
            line,
            "return"
                | "let"
                | "const"
                | "var"
                | "import"
                | "from"
                | "if"
                | "for"
                | "while"
                | "def"
                | "fn"
                | "func"
                | "function"
                | "class"
                | "use"
                | "pub"
                | "else"
                | "elif"
                | "match"
                | "switch"
                | "case"
                | "throw"
                | "raise"
                | "await"
                | "struct"
                | "enum"
                | "impl"
                | "type"
                | "package"
                | "local"
                | "end"
                | "echo"
                | "SELECT"
                | "select"
        )
    {
        return text;
    }
    trim_one(around, rest)
}

fn trim_one<'a>(around: &Around, rest: &'a str) -> &'a str {
    if around.line().ends_with([' ', '\t']) {
        rest.trim_start_matches([' ', '\t'])
    } else {
        rest
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or("")
}

/// How many more brackets a line opens than it closes.
fn excess(around: &Around, line: &str) -> i64 {
    let mut lexer = Lexer::new(around.language);
    lexer
        .part(line)
        .brackets
        .iter()
        .map(|it| if it.opens() { 1 } else { -1 })
        .sum()
}

/// How many more angle brackets a line opens than it closes, arrows aside.
fn angles(line: &str) -> i64 {
    let plain = line.replace("->", "").replace("=>", "");
    plain
        .bytes()
        .map(|it| i64::from(it == b'<') - i64::from(it == b'>'))
        .sum()
}

/// A line in words, numbers and single other characters.
pub(super) fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let word = |it: char| it.is_alphanumeric() || it == '_';
        let length = if word(first) {
            text[at..].find(|it| !word(it)).unwrap_or(text.len() - at)
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            all.push((at, &text[at..at + length]));
            if all.len() == TOKENS {
                break;
            }
        }
        at += length;
    }
    all
}

/// How much of a one-line output comes before it says what stands right of the cursor anyway (rules 3 and 18).
pub(super) fn before_rest(around: &Around, text: &str) -> usize {
    let rest = around.rest().trim();
    if rest.is_empty() || text.contains('\n') {
        return text.len();
    }
    let (out, rest) = (tokens(text), tokens(rest));
    let words = |it: &[(usize, &str)]| it.iter().map(|it| it.1.to_owned()).collect::<Vec<_>>();
    let (out_words, rest_words) = (words(&out), words(&rest));
    // The longest end of the output that the rest starts with.
    for length in (1..=out.len().min(rest.len())).rev() {
        let at = out.len() - length;
        if out_words[at..] == rest_words[..length] && keeps_balance(around, text, out[at].0) {
            return text[..out[at].0].len();
        }
    }
    // All of the rest, and more behind it: a variation, or the model went on.
    if rest_words.len() >= 4 {
        for at in 0..out.len() {
            if out_words[at] != rest_words[0] || at + rest_words.len() / 2 > out_words.len() {
                continue;
            }
            let tail = &out_words[at..];
            let far = tail.len().abs_diff(rest_words.len());
            if (tail.starts_with(&rest_words)
                || rest_words.len() >= 6
                    && far <= rest_words.len() / 4
                    && distance(tail, &rest_words) * 4 <= rest_words.len())
                && excess(around, &text[..out[at].0]) >= 0
            {
                return out[at].0;
            }
        }
    }
    text.len()
}

/// Whether the end of the output from `at` on can be given to the rest: its brackets and quotes are not needed by what comes before.
fn keeps_balance(around: &Around, text: &str, at: usize) -> bool {
    let head = format!("{}{}", around.line(), &text[..at]);
    let with = format!("{}{text}", around.line());
    let rest = around.rest();
    let open = |line: &str| {
        let mut lexer = around.lexer.clone();
        let brackets: i64 = lexer
            .part(line)
            .brackets
            .iter()
            .map(|it| if it.opens() { 1i64 } else { -1 })
            .sum();
        (brackets, matches!(lexer.mode, Mode::Quoted(..)))
    };
    if text[at..].starts_with('>')
        && !around.language.is_some_and(|it| it.tags)
        && angles(&format!("{with}{rest}")) >= 0
    {
        return false;
    }
    let (cut, whole) = (
        open(&format!("{head}{rest}")),
        open(&format!("{with}{rest}")),
    );
    // In a string, an odd quote must not be left; of the brackets, fewer must be left over.
    cut.1 as u8 <= whole.1 as u8 && cut.0.abs() <= whole.0.abs()
}

/// The edit distance of two token lists, all edits equal.
fn distance(a: &[String], b: &[String]) -> usize {
    strsim::generic_levenshtein(&a.to_vec(), &b.to_vec())
}

/// Whether two lines say the same: blanks, the kind of quotes and what ends a line may differ; of longer ones a few letters.
pub(super) fn same_line(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return true;
    }
    // Equal up to a closer or a semicolon is not the same line: the brackets decide there.
    let plain = |it: &str| {
        it.chars()
            .filter(|it| !it.is_whitespace())
            .map(|it| if it == '\'' { '"' } else { it })
            .collect::<String>()
    };
    let (a, b) = (plain(a), plain(b));
    if a == b {
        return true;
    }
    let long = a.len().min(b.len());
    if !(24..=400).contains(&long) || a.len().abs_diff(b.len()) > 3 {
        return false;
    }
    // Siblings of a table differ in a number or a word; a slip of the model is smaller than a word.
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    digits(&a) == digits(&b)
        && strsim::levenshtein(&a, &b) * 20 <= long
        && differs_in_punctuation(&a, &b)
}

/// Whether only characters that are in no word differ.
fn differs_in_punctuation(a: &str, b: &str) -> bool {
    let words = |it: &str| {
        it.chars()
            .filter(|it| it.is_alphanumeric() || *it == '_')
            .collect::<String>()
    };
    words(a) == words(b)
}

/// Whether all that is left only says what stands next to it (rules 19 and 20).
pub(super) fn check(around: &Around, text: &str) -> Result<(), Dropped> {
    let full = format!("{}{}", around.line(), text.trim_end());
    let lines: Vec<&str> = full.lines().filter(|it| !it.trim().is_empty()).collect();
    let Some(first) = lines.first() else {
        return Ok(());
    };
    let rest = around.rest().trim();
    let width = |it: &str| around.unit.width_of(it);
    let near = |a: &str, b: &str| width(a).abs_diff(width(b)) < around.unit.width;
    let meaningful = |it: &str| it.chars().filter(|it| it.is_alphanumeric()).count() >= 2;
    if rest.is_empty() && lines.len() <= 3 && meaningful(first) {
        let below: Vec<&str> = around.below().take(lines.len()).collect();
        let fresh = if around.on_blank_line() {
            true
        } else {
            text.starts_with('\n')
        };
        let lines = if fresh && !around.on_blank_line() {
            &lines[1..]
        } else {
            &lines[..]
        };
        if !lines.is_empty()
            && below.len() >= lines.len()
            && lines
                .iter()
                .zip(&below)
                .all(|(a, b)| same_line(a, b) && near(a, b))
            && !may_stand_twice(around, lines[0])
        {
            return Err(Dropped::RepeatsSuffix);
        }
        // The line as it would become is the next line.
        if !around.on_blank_line()
            && lines.len() == 1
            && below
                .first()
                .is_some_and(|it| same_line(first, it) && near(first, it))
            && !may_stand_twice(around, first)
        {
            return Err(Dropped::RepeatsSuffix);
        }
    }
    let line = if rest.is_empty() {
        (*first).to_owned()
    } else {
        format!("{first}{rest}")
    };
    let above = around.above().next();
    if !text.starts_with('\n')
        && meaningful(&line)
        && !may_stand_twice(around, &line)
        && above.is_some_and(|it| same_line(it, &line) && near(it, &line))
    {
        return Err(Dropped::RepeatsAbove);
    }
    Ok(())
}

/// Whether a line is one element round a text, and no cell of a table: `<li>First</li>`.
fn is_text_element(line: &str) -> bool {
    let Some((tag, rest)) = line.split_once('>') else {
        return false;
    };
    let text = rest.split('<').next().unwrap_or("");
    rest.contains("</")
        && !tag.starts_with("<td")
        && !tag.starts_with("<th")
        && text.chars().filter(|it| it.is_alphabetic()).count() >= 3
}

/// Whether a line is a row of a list or a closer: those stand twice by nature.
pub(super) fn may_stand_twice(around: &Around, line: &str) -> bool {
    let line = line.trim();
    line.ends_with(',')
        || line.starts_with(['}', ')', ']', '|'])
        || line.starts_with('<') && !is_text_element(line)
        || around.language.is_some_and(|it| {
            it.closers.contains(&line.trim_end_matches(';'))
                || it.continuations.contains(&line.trim_end_matches(':'))
        })
        || !line.chars().any(char::is_alphabetic)
}
