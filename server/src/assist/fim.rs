//! Fill-in-the-middle formats: which family a model belongs to, and its exact prompt.
//!
//! The families themselves are data, one row each, in `families.rs`.
//! Pure: names and texts in, one string out.

use std::borrow::Cow;
use std::sync::Arc;

mod families;
#[cfg(test)]
mod tests;

pub use families::FAMILIES;

/// What stands between the first character of a special token and its rest, once the token stood in the user's text.
///
/// Servers look for special tokens anywhere in a prompt, so `<|fim_middle|>` in the file being edited would end the prefix there.
/// U+2060 WORD JOINER is invisible, is written by no keyboard and hardly found in any source code, changes no width and no line, and leaves the rest of the text readable to the model.
/// A space would be seen, learnt from and repeated; leaving the token out would change the meaning of the code.
/// Models copy what they are shown, so whatever comes back has every word joiner removed (see [`crate::model::FimStream`]): one that the user's own text holds can only be lost from an answer, never from the document.
pub const BREAK: char = '\u{2060}';

/// A family of models that share one prompt format. All texts are literal, spaces and newlines included.
#[derive(PartialEq, Eq)]
pub struct Family {
    /// The name in the configuration (`fim = "…"`).
    pub id: &'static str,
    /// How its models are called: letters and digits only, lower case; all parts of one entry must occur.
    names: &'static [&'static [&'static str]],
    /// Which comes first after the start: the text before the cursor or the text after it.
    pub order: Order,
    /// The prompt for one file.
    single: &'static [Piece],
    /// The prompt with other files, in three parts.
    multi: Multi,
    /// What ends an answer, most important first.
    pub stop: &'static [&'static str],
    /// Every special token of its vocabulary that must not come from the user's text.
    pub specials: &'static [&'static str],
    /// Tokens that together tell this family's vocabulary; empty where only the name can tell.
    pub vocabulary: &'static [&'static str],
    /// The token that its prompts begin with.
    ///
    /// Never written: llama.cpp, vLLM, mlx and Ollama put it in front of a text prompt themselves, and a second one harms.
    pub bos: Option<&'static str>,
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// The order of the parts of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Prefix, suffix, middle.
    PrefixFirst,
    /// Suffix, prefix, middle.
    SuffixFirst,
}

/// A piece of a prompt format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Text(&'static str),
    /// The repository's name.
    Repo,
    /// The path of the file at hand.
    Path,
    /// The language's name.
    Language,
    /// The language's line comment and a space.
    Comment,
    /// The text before the cursor.
    Prefix,
    /// The text after the cursor.
    Suffix,
    /// The other files, each in the format's own way.
    Files,
    /// One other file's text, with a newline at its end.
    Content,
}

/// The format with other files.
#[derive(Debug, PartialEq, Eq)]
struct Multi {
    /// One other file.
    file: &'static [Piece],
    /// The whole prompt, [`Piece::Files`] included.
    prompt: &'static [Piece],
}

/// What goes into a prompt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'a> {
    /// The repository's name; empty: the word `repository`.
    pub repo: &'a str,
    /// The file's path below the repository's root, with `/`.
    pub path: &'a str,
    /// The language's name, as `Rust`; for the formats which say it.
    pub language: &'a str,
    /// What starts a line comment in that language, as `//`; empty: `#`.
    pub comment: &'a str,
    /// The text before the cursor.
    pub prefix: &'a str,
    /// The text after the cursor.
    pub suffix: &'a str,
    /// Other files or parts of them, path and text, least important first (nearest to the cursor is last).
    pub files: &'a [(&'a str, &'a str)],
}

/// How a model is prompted: a family's format or one that was configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// A known family.
    Family(&'static Family),
    /// Spelled out in the configuration.
    Custom(Arc<Custom>),
}

/// A format from the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Custom {
    /// Before the prefix.
    pub prefix: String,
    /// Between prefix and suffix.
    pub suffix: String,
    /// After the suffix.
    pub middle: String,
    /// What ends the answer.
    pub stop: Vec<String>,
}

/// What a model's name tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It belongs to this family.
    Family(&'static Family),
    /// It is known not to fill in the middle, whatever tokens its vocabulary has; with the reason, a clause.
    Untrained(&'static str),
    /// Nothing.
    Unknown,
}

impl Template {
    /// The template's name, for messages.
    pub fn id(&self) -> &'static str {
        match self {
            Template::Family(family) => family.id,
            Template::Custom(_) => "custom",
        }
    }

    /// The finished prompt. User text is neutralised, see [`BREAK`].
    pub fn prompt(&self, parts: &Parts<'_>) -> String {
        match self {
            Template::Family(family) => family.prompt(parts),
            Template::Custom(custom) => custom.prompt(parts),
        }
    }

    /// What ends an answer, most important first.
    pub fn stop(&self) -> impl Iterator<Item = &str> {
        let (fixed, own): (&[&'static str], &[String]) = match self {
            Template::Family(family) => (family.stop, &[]),
            Template::Custom(custom) => (&[], &custom.stop),
        };
        fixed.iter().copied().chain(own.iter().map(String::as_str))
    }

    /// Every special token that must not come from the user's text, nor show in an answer.
    pub fn specials(&self) -> Vec<&str> {
        match self {
            Template::Family(family) => family.specials.to_vec(),
            Template::Custom(custom) => custom.specials(),
        }
    }
}

impl Family {
    /// The family with this id.
    pub fn with_id(id: &str) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| family.id == id)
    }

    /// The token behind which the model writes; `None` where a prompt ends with the user's text.
    pub fn middle_token(&self) -> Option<&'static str> {
        let Some(Piece::Text(text)) = self.single.last() else {
            return None;
        };
        let mut specials = self.specials.iter().copied();
        specials.find(|it| text.trim_start().starts_with(it))
    }

    /// The finished prompt: for one file where there are no others. User text is neutralised, see [`BREAK`].
    pub fn prompt(&self, parts: &Parts<'_>) -> String {
        let pieces = if parts.files.is_empty() {
            self.single
        } else {
            self.multi.prompt
        };
        let size: usize = parts
            .files
            .iter()
            .map(|(path, text)| path.len() + text.len() + 32)
            .sum();
        let mut prompt =
            String::with_capacity(parts.prefix.len() + parts.suffix.len() + size + 256);
        self.write(pieces, parts, None, &mut prompt);
        prompt
    }

    fn write(
        &self,
        pieces: &[Piece],
        parts: &Parts<'_>,
        file: Option<&(&str, &str)>,
        prompt: &mut String,
    ) {
        let user = |text, prompt: &mut String| prompt.push_str(&neutralise(text, self.specials));
        for piece in pieces {
            match piece {
                Piece::Text(text) => prompt.push_str(text),
                Piece::Repo if parts.repo.is_empty() => prompt.push_str("repository"),
                Piece::Repo => user(parts.repo, prompt),
                Piece::Path => user(file.map_or(parts.path, |(path, _)| path), prompt),
                Piece::Language => user(parts.language, prompt),
                Piece::Comment => {
                    prompt.push_str(if parts.comment.is_empty() {
                        "#"
                    } else {
                        parts.comment
                    });
                    prompt.push(' ');
                }
                Piece::Prefix => user(parts.prefix, prompt),
                Piece::Suffix => user(parts.suffix, prompt),
                Piece::Files => {
                    for file in parts.files {
                        self.write(self.multi.file, parts, Some(file), prompt);
                    }
                }
                Piece::Content => {
                    let text = file.map_or("", |(_, text)| text);
                    user(text, prompt);
                    if !text.ends_with('\n') {
                        prompt.push('\n');
                    }
                }
            }
        }
    }
}

impl Custom {
    /// What looks like a token in the marks: `<…>` or `[…]` without white space. A mark may hold several, and words around them.
    fn specials(&self) -> Vec<&str> {
        let marks = [&self.prefix, &self.suffix, &self.middle]
            .into_iter()
            .chain(&self.stop);
        let words = marks.flat_map(|mark| mark.split_whitespace());
        words
            .flat_map(|word| word.split_inclusive(['>', ']']))
            .filter_map(|it| it.find(['<', '[']).map(|at| &it[at..]))
            .filter(|it| it.len() > 3)
            .collect()
    }

    fn prompt(&self, parts: &Parts<'_>) -> String {
        let specials = self.specials();
        let user = |text| neutralise(text, &specials);
        let comment = if parts.comment.is_empty() {
            "#"
        } else {
            parts.comment
        };
        let mut prompt = self.prefix.clone();
        for (path, text) in parts.files {
            let newline = if text.ends_with('\n') { "" } else { "\n" };
            prompt.push_str(&format!(
                "{comment} {}\n{}{newline}",
                user(path),
                user(text)
            ));
        }
        if !parts.files.is_empty() {
            prompt.push_str(&format!("{comment} {}\n", user(parts.path)));
        }
        prompt.push_str(&user(parts.prefix));
        prompt.push_str(&self.suffix);
        prompt.push_str(&user(parts.suffix));
        prompt.push_str(&self.middle);
        prompt
    }
}

/// `text` without any of `specials`: each gets a [`BREAK`] behind its first character.
///
/// The joints need no care: no special token has a newline inside, and none begins with the end of another, so text that merely ends like the beginning of a token can't become one with what a format puts behind it (a test holds every family to that).
pub fn neutralise<'a>(text: &'a str, specials: &[&str]) -> Cow<'a, str> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    for (at, first) in text.char_indices() {
        // Every special token begins with one of these (a test holds the table to that), which keeps the scan cheap.
        if !matches!(first, '<' | '[' | '▁') {
            continue;
        }
        if specials
            .iter()
            .any(|special| !special.is_empty() && text[at..].starts_with(special))
        {
            let out = out.get_or_insert_with(|| String::with_capacity(text.len() + 16));
            let end = at + first.len_utf8();
            out.push_str(&text[copied..end]);
            out.push(BREAK);
            copied = end;
        }
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[copied..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(text),
    }
}

/// Whether a special token looks like nothing else, so that it may be cut from any model's answer.
///
/// `</s>`, `<EOT>` or `[PREFIX]` are ordinary text in HTML, in docs and in JavaScript; they count for the model in use only.
pub fn is_unmistakable(special: &str) -> bool {
    special.len() > 4
        && [
            "<|",
            "<｜",
            "<fim",
            "<[fim",
            "<[end",
            "<[PAD",
            "<[SEP",
            "<AIX-SPAN",
            "▁<",
            "<file_sep>",
        ]
        .iter()
        .any(|start| special.starts_with(start))
}

/// The special tokens of all families that may be cut from any model's answer.
pub fn unmistakable() -> impl Iterator<Item = &'static str> {
    FAMILIES
        .iter()
        .flat_map(|family| family.specials.iter().copied())
        .filter(|special| is_unmistakable(special))
}

/// The family of a model by its name: an id (`qwen2.5-coder:1.5b`), a repository (`Qwen/Qwen2.5-Coder-1.5B`) or a file's path.
///
/// The last component that says anything decides, so a folder's name counts only where the file's says nothing.
pub fn by_name(name: &str) -> Verdict {
    for component in name.rsplit(['/', '\\']) {
        let plain: String = component
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|it| it.to_ascii_lowercase())
            .collect();
        let matches = |names: &[&[&str]]| {
            names
                .iter()
                .any(|parts| parts.iter().all(|part| plain.contains(part)))
        };
        let untrained = |list: &[(&[&[&str]], &'static str)]| {
            list.iter()
                .find(|(names, _)| matches(names))
                .map(|(_, reason)| *reason)
        };
        if let Some(reason) = untrained(families::UNTRAINED) {
            return Verdict::Untrained(reason);
        }
        if let Some(family) = FAMILIES.iter().find(|family| matches(family.names)) {
            return Verdict::Family(family);
        }
        if let Some(reason) = untrained(families::UNTRAINED_OTHERWISE) {
            return Verdict::Untrained(reason);
        }
    }
    Verdict::Unknown
}

/// The family whose tokens the vocabulary has, for a model whose name says nothing.
pub fn by_vocabulary(has: impl Fn(&str) -> bool) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| {
        !family.vocabulary.is_empty() && family.vocabulary.iter().all(|token| has(token))
    })
}

/// Whether the name says that the model was tuned to follow instructions: such a model fills in less well than its base.
pub fn is_instruct(name: &str) -> bool {
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(name)
        .to_ascii_lowercase();
    name.split(|it: char| !it.is_ascii_alphanumeric())
        .any(|word| {
            matches!(
                word,
                "instruct" | "chat" | "it" | "sft" | "dpo" | "thinking" | "reasoning"
            )
        })
}
