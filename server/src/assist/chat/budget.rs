//! How a model's context is shared out: the answer, the conversation, the codebase.

use crate::model::{self, Info};

/// The context of a model whose server doesn't say, in tokens: what Ollama and llama.cpp's smaller presets give at least, and too little for no server.
const UNKNOWN: usize = 8192;
/// The least that is left for an answer, and the most, in tokens.
const ANSWER: std::ops::RangeInclusive<usize> = 256..=8192;
/// Estimates are estimates: so much of a context stays free, one part in so many.
const SPARE: usize = 32;
/// Bytes a token, in tenths: code in the vocabularies of Qwen, Llama and Mistral has 3.0 to 4.2.
const BYTES: usize = 32;

/// About how many tokens a text takes: rather too many than too few for code and English.
pub fn tokens(text: &str) -> usize {
    // What is beyond ASCII has a token for one to three bytes.
    let wide = text.bytes().filter(|it| !it.is_ascii()).count();
    (text.len() * 10 + wide * 6).div_ceil(BYTES)
}

/// A share of a model's context for each part, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// For the whole prompt.
    pub prompt: usize,
    /// For the answer, thoughts included.
    pub answer: u32,
}

impl Budget {
    /// That of a model.
    pub fn new(info: &Info) -> Budget {
        let context = info.context_tokens.map_or(UNKNOWN, |it| it as usize);
        Budget::of(context)
    }

    fn of(context: usize) -> Budget {
        let answer = (context / 4).clamp(*ANSWER.start(), *ANSWER.end());
        Budget {
            prompt: context.saturating_sub(answer + context / SPARE),
            // At most 8,192.
            answer: answer as u32,
        }
    }

    /// What earlier messages may take, when so much is needed anyway.
    pub fn history(&self, fixed: usize) -> usize {
        self.prompt.saturating_sub(fixed) / 2
    }

    /// Takes the server's word that the prompt was too long. Whether there is anything left to try.
    pub fn shrink(&mut self, error: &model::Error) -> bool {
        let model::Error::TooLong {
            prompt_tokens,
            context_tokens,
            ..
        } = error
        else {
            return false;
        };
        let before = self.prompt;
        let context = context_tokens.map(|it| Budget::of(it as usize));
        if let Some(it) = context.filter(|it| it.prompt < before) {
            *self = it;
        } else if let (Some(prompt), Some(context)) = (prompt_tokens, context) {
            // By as much as the estimate was off, and a little more.
            let share = context.prompt as f64 / f64::from((*prompt).max(1));
            self.prompt = (before as f64 * share * 0.9) as usize;
        } else {
            self.prompt = before / 2;
        }
        self.prompt < before && self.prompt > 200
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_long(prompt: Option<u32>, context: Option<u32>) -> model::Error {
        model::Error::TooLong {
            url: String::new(),
            prompt_tokens: prompt,
            context_tokens: context,
        }
    }

    #[test]
    fn every_context_leaves_room_for_prompt_and_answer() {
        for context in [512, 2048, 4096, 8192, 32_768, 131_072, 1_048_576] {
            let it = Budget::of(context);
            assert!(it.prompt > 200 && it.answer >= 256, "{context}: {it:?}");
            assert!(it.prompt + (it.answer as usize) < context, "{context}");
        }
    }

    #[test]
    fn a_prompt_that_was_too_long_gets_shorter_until_nothing_is_left() {
        let mut it = Budget::of(8192);
        assert!(it.shrink(&too_long(Some(7000), Some(4096))));
        assert_eq!(it, Budget::of(4096));
        // The estimate was off by a third.
        assert!(it.shrink(&too_long(Some(4200), Some(4096))));
        assert!(it.prompt < 2900 && it.prompt > 1500, "{it:?}");
        let mut n = 0;
        while it.shrink(&too_long(None, None)) {
            n += 1;
        }
        assert!(n < 10);
        assert!(!it.shrink(&model::Error::Empty { url: String::new() }));
    }
}
