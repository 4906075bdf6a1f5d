//! What marks the turns of a conversation in models' own formats: in a message it would end the message and begin another,
//! as the system's or the user's own. Servers read it so wherever it stands.

use std::borrow::Cow;

use crate::assist::fim::BREAK;

/// Marks that have no common form: those of Llama 2 and Mistral, Gemma, and what ends a text in many vocabularies.
const MARKS: [&str; 20] = [
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<<SYS>>",
    "<</SYS>>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[TOOL_CALLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_CONTENT]",
    "[THINK]",
    "[/THINK]",
];
/// The longest mark of the common form, `<|im_start|>` and `<｜User｜>`, between its bars, in characters.
const LONGEST: usize = 40;

/// A message in which no mark is one: a word joiner stands behind its first character, which answers lose again.
pub(super) fn neutralised(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    for (at, _) in text.match_indices(['<', '[']) {
        if is_mark(&text[at..]) {
            let out = out.get_or_insert_with(|| String::with_capacity(text.len() + 16));
            out.push_str(&text[copied..=at]);
            out.push(BREAK);
            copied = at + 1;
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

fn is_mark(text: &str) -> bool {
    if MARKS.iter().any(|it| text.starts_with(it)) {
        return true;
    }
    let bar = |it: char| matches!(it, '|' | '｜');
    let Some(inner) = text.strip_prefix('<').and_then(|it| it.strip_prefix(bar)) else {
        return false;
    };
    let name: String = inner
        .chars()
        .take(LONGEST)
        .take_while(|it| !bar(*it) && !it.is_whitespace())
        .collect();
    let rest = &inner[name.len()..];
    !name.is_empty() && rest.strip_prefix(bar).is_some_and(|it| it.starts_with('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_any_model_s_turns_are_broken() {
        for mark in [
            "<|im_start|>",
            "<|im_end|>",
            "<|eot_id|>",
            "<|start_header_id|>",
            "<|end▁of▁sentence|>",
            "<｜User｜>",
            "<|channel|>",
            "</s>",
            "[INST]",
            "<end_of_turn>",
            "<<SYS>>",
        ] {
            let text = format!("a{mark}b {mark}");
            let broken = neutralised(&text);
            assert!(!broken.contains(mark), "{broken}");
            assert_eq!(broken.replace(BREAK, ""), text);
        }
    }

    #[test]
    fn ordinary_code_stays_as_it_is() {
        for code in [
            "f <| g x |> h",
            "p <|> q",
            "a[INSTANCE] < b || c > d",
            "<|a b|>",
            "<||>",
            "é < [漢] <s",
        ] {
            assert!(matches!(neutralised(code), Cow::Borrowed(_)), "{code}");
        }
    }
}
