//! The table of fill-in-the-middle families: one row per prompt format.
//!
//! Sources are the model cards, papers and reference code that each row names.
//! Order matters: the first row whose names (or vocabulary) fit is taken, so the special stands before the general.

use super::Piece::{Comment, Content, Files, Language, Path, Prefix, Repo, Suffix, Text};
use super::{Family, Multi, Order, Piece};

/// `<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>`: Qwen's spelling, taken over by others.
const BARS: &[Piece] = &[
    Text("<|fim_prefix|>"),
    Prefix,
    Text("<|fim_suffix|>"),
    Suffix,
    Text("<|fim_middle|>"),
];

/// `<fim_prefix>P<fim_suffix>S<fim_middle>`: StarCoder's spelling.
const PLAIN: &[Piece] = &[
    Text("<fim_prefix>"),
    Prefix,
    Text("<fim_suffix>"),
    Suffix,
    Text("<fim_middle>"),
];

/// Another file for formats that have no marker for one: its path as a comment, then its text, inside the prefix.
const COMMENTED_FILE: &[Piece] = &[Comment, Path, Text("\n"), Content];

/// [`PLAIN`] with [`COMMENTED_FILE`]s.
const PLAIN_COMMENTED: Multi = Multi {
    file: COMMENTED_FILE,
    prompt: &[
        Text("<fim_prefix>"),
        Files,
        Comment,
        Path,
        Text("\n"),
        Prefix,
        Text("<fim_suffix>"),
        Suffix,
        Text("<fim_middle>"),
    ],
};

/// Qwen's repository level: `<|repo_name|>NAME⏎`, then each file behind `<|file_sep|>path⏎`, the one at hand last.
const BARS_REPOSITORY: Multi = Multi {
    file: &[Text("<|file_sep|>"), Path, Text("\n"), Content],
    prompt: &[
        Text("<|repo_name|>"),
        Repo,
        Text("\n"),
        Files,
        Text("<|file_sep|>"),
        Path,
        Text("\n<|fim_prefix|>"),
        Prefix,
        Text("<|fim_suffix|>"),
        Suffix,
        Text("<|fim_middle|>"),
    ],
};

const QWEN_STOP: &[&str] = &[
    "<|endoftext|>",
    "<|file_sep|>",
    "<|repo_name|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|im_end|>",
];

const QWEN_SPECIALS: &[&str] = &[
    "<|endoftext|>",
    "<|file_sep|>",
    "<|repo_name|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|im_end|>",
    "<|im_start|>",
];

const STARCODER_STOP: &[&str] = &[
    "<|endoftext|>",
    "<file_sep>",
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
];

const STARCODER_SPECIALS: &[&str] = &[
    "<|endoftext|>",
    "<file_sep>",
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<fim_pad>",
    "<filename>",
    "<reponame>",
    "<repo_name>",
    "<gh_stars>",
];

const GLM_SPECIALS: &[&str] = &[
    "<|endoftext|>",
    "<|code_prefix|>",
    "<|code_suffix|>",
    "<|code_middle|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "<|observation|>",
];

/// Models known by name not to fill in the middle, though most have the tokens in their vocabulary; looked at first.
pub(super) const UNTRAINED: &[(&[&[&str]], &str)] = &[
    (
        &[&["opencodeinterpreter"]],
        "OpenCodeInterpreter was not trained to fill in the middle",
    ),
    (
        &[&["opencoder"]],
        "OpenCoder was not trained to fill in the middle",
    ),
    (
        &[&["replitcode"]],
        "replit-code was not trained to fill in the middle",
    ),
    (
        &[&["yicoder"]],
        "nothing says that Yi-Coder was trained to fill in the middle",
    ),
    (
        &[&["mamba", "codestral"]],
        "Mamba-Codestral was not trained to fill in the middle",
    ),
    (
        &[
            &["codellama", "34b"],
            &["codellama", "70b"],
            &["codellama", "python"],
        ],
        "of Code Llama only 7B and 13B, base and instruct, fill in the middle",
    ),
    (
        &[&["deepseekcoderv2", "instruct"]],
        "of DeepSeek-Coder-V2 only Lite-Base fills in the middle",
    ),
    (
        &[&["granite3"]],
        "Granite 3 was not trained to fill in the middle",
    ),
    (
        &[&["mellum2"]],
        "the prompt format of Mellum 2 is not known",
    ),
];

/// The same, looked at last: these names are beginnings of names in the table.
pub(super) const UNTRAINED_OTHERWISE: &[(&[&[&str]], &str)] = &[(
    &[&["qwen3"], &["qwen2"]],
    "plain Qwen has the tokens, but nothing says that it was trained to fill in the middle; Qwen-Coder was",
)];

/// All families.
pub const FAMILIES: &[Family] = &[
    // QwenLM/Qwen3-Coder, `examples/Qwen2.5-Coder.md` and `Qwen2.5-Coder-repolevel-fim.py`.
    Family {
        id: "qwen2.5-coder",
        names: &[&["qwen25coder"], &["qwen2coder"]],
        order: Order::PrefixFirst,
        single: BARS,
        multi: BARS_REPOSITORY,
        stop: QWEN_STOP,
        specials: QWEN_SPECIALS,
        vocabulary: &[
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|repo_name|>",
            "<|file_sep|>",
        ],
        bos: None,
    },
    // The same tokens. Its README puts the prompt into a user message; raw, as llama.cpp's own preset for it sends it, gives no prose and no fences.
    Family {
        id: "qwen3-coder",
        names: &[&["qwen3coder"]],
        order: Order::PrefixFirst,
        single: BARS,
        multi: BARS_REPOSITORY,
        stop: QWEN_STOP,
        specials: QWEN_SPECIALS,
        vocabulary: &[],
        bos: None,
    },
    // StarCoder's tokens with a repository level of its own; not those of Qwen2.5.
    Family {
        id: "codeqwen1.5",
        names: &[&["codeqwen"]],
        order: Order::PrefixFirst,
        single: PLAIN,
        multi: Multi {
            file: &[Text("<file_sep>"), Path, Text("\n"), Content],
            prompt: &[
                Text("<reponame>"),
                Repo,
                Text("\n"),
                Files,
                Text("<file_sep>"),
                Path,
                Text("\n<fim_prefix>"),
                Prefix,
                Text("<fim_suffix>"),
                Suffix,
                Text("<fim_middle>"),
            ],
        },
        stop: STARCODER_STOP,
        specials: STARCODER_SPECIALS,
        vocabulary: &[
            "<fim_prefix>",
            "<fim_suffix>",
            "<fim_middle>",
            "<reponame>",
            "<file_sep>",
        ],
        bos: None,
    },
    // Paper arXiv 2402.19173, section 5.1: no newline behind the name, and the path inside the prefix.
    Family {
        id: "starcoder2",
        names: &[&["starcoder2"]],
        order: Order::PrefixFirst,
        single: PLAIN,
        multi: Multi {
            file: &[Text("<file_sep>"), Path, Text("\n"), Content],
            prompt: &[
                Text("<repo_name>"),
                Repo,
                Files,
                Text("<file_sep><fim_prefix>"),
                Path,
                Text("\n"),
                Prefix,
                Text("<fim_suffix>"),
                Suffix,
                Text("<fim_middle>"),
            ],
        },
        stop: STARCODER_STOP,
        specials: STARCODER_SPECIALS,
        vocabulary: &[
            "<fim_prefix>",
            "<fim_suffix>",
            "<fim_middle>",
            "<repo_name>",
            "<file_sep>",
        ],
        bos: None,
    },
    // JetBrains' model card: trained with the suffix first. Its vocabulary can't be told from StarCoder's.
    Family {
        id: "mellum",
        names: &[&["mellum"]],
        order: Order::SuffixFirst,
        single: &[
            Text("<fim_suffix>"),
            Suffix,
            Text("<fim_prefix>"),
            Prefix,
            Text("<fim_middle>"),
        ],
        multi: Multi {
            file: &[Text("<filename>"), Path, Text("\n"), Content],
            prompt: &[
                Files,
                Text("<filename>"),
                Path,
                Text("\n<fim_suffix>"),
                Suffix,
                Text("<fim_prefix>"),
                Prefix,
                Text("<fim_middle>"),
            ],
        },
        stop: &[
            "<|endoftext|>",
            "<filename>",
            "<fim_prefix>",
            "<fim_suffix>",
            "<fim_middle>",
            "<fim_pad>",
        ],
        specials: STARCODER_SPECIALS,
        vocabulary: &[],
        bos: None,
    },
    // Model card of StarCoder; Refact and tiny_starcoder speak alike.
    Family {
        id: "starcoder",
        names: &[&["starcoder"], &["refact"]],
        order: Order::PrefixFirst,
        single: PLAIN,
        multi: PLAIN_COMMENTED,
        stop: STARCODER_STOP,
        specials: STARCODER_SPECIALS,
        vocabulary: &["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<filename>"],
        bos: None,
    },
    // Hyphens, unlike its successors.
    Family {
        id: "santacoder",
        names: &[&["santacoder"]],
        order: Order::PrefixFirst,
        single: &[
            Text("<fim-prefix>"),
            Prefix,
            Text("<fim-suffix>"),
            Suffix,
            Text("<fim-middle>"),
        ],
        multi: Multi {
            file: COMMENTED_FILE,
            prompt: &[
                Text("<fim-prefix>"),
                Files,
                Comment,
                Path,
                Text("\n"),
                Prefix,
                Text("<fim-suffix>"),
                Suffix,
                Text("<fim-middle>"),
            ],
        },
        stop: &[
            "<|endoftext|>",
            "<fim-prefix>",
            "<fim-suffix>",
            "<fim-middle>",
            "<fim-pad>",
        ],
        specials: &[
            "<|endoftext|>",
            "<fim-prefix>",
            "<fim-suffix>",
            "<fim-middle>",
            "<fim-pad>",
        ],
        vocabulary: &["<fim-prefix>", "<fim-suffix>", "<fim-middle>"],
        bos: None,
    },
    // facebookresearch/codellama: a space behind <PRE>, before <SUF> and before <MID>, none behind <SUF>.
    Family {
        id: "codellama",
        names: &[&["codellama"]],
        order: Order::PrefixFirst,
        single: &[
            Text("<PRE> "),
            Prefix,
            Text(" <SUF>"),
            Suffix,
            Text(" <MID>"),
        ],
        multi: Multi {
            file: COMMENTED_FILE,
            prompt: &[
                Text("<PRE> "),
                Files,
                Comment,
                Path,
                Text("\n"),
                Prefix,
                Text(" <SUF>"),
                Suffix,
                Text(" <MID>"),
            ],
        },
        stop: &["<EOT>", "</s>", "<PRE>", "<SUF>", "<MID>"],
        specials: &["<EOT>", "</s>", "<s>", "<PRE>", "<SUF>", "<MID>"],
        vocabulary: &[],
        bos: Some("<s>"),
    },
    // The bars are U+FF5C, the separators U+2581; files as in the paper arXiv 2401.14196.
    Family {
        id: "deepseek-coder",
        names: &[&["deepseekcoder"]],
        order: Order::PrefixFirst,
        single: &[
            Text("<｜fim▁begin｜>"),
            Prefix,
            Text("<｜fim▁hole｜>"),
            Suffix,
            Text("<｜fim▁end｜>"),
        ],
        multi: Multi {
            file: &[Text("#"), Path, Text("\n"), Content],
            prompt: &[
                Files,
                Text("#"),
                Path,
                Text("\n<｜fim▁begin｜>"),
                Prefix,
                Text("<｜fim▁hole｜>"),
                Suffix,
                Text("<｜fim▁end｜>"),
            ],
        },
        stop: &[
            "<｜end▁of▁sentence｜>",
            "<|EOT|>",
            "<｜fim▁begin｜>",
            "<｜fim▁hole｜>",
            "<｜fim▁end｜>",
        ],
        specials: &[
            "<｜end▁of▁sentence｜>",
            "<｜begin▁of▁sentence｜>",
            "<|EOT|>",
            "<｜fim▁begin｜>",
            "<｜fim▁hole｜>",
            "<｜fim▁end｜>",
            "<｜User｜>",
            "<｜Assistant｜>",
        ],
        vocabulary: &["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
        bos: Some("<｜begin▁of▁sentence｜>"),
    },
    // ai.google.dev, "CodeGemma formatting and prompt structure": no further whitespace; ends with the file separator.
    Family {
        id: "codegemma",
        names: &[&["codegemma"]],
        order: Order::PrefixFirst,
        single: BARS,
        multi: Multi {
            file: &[
                Comment,
                Path,
                Text("\n"),
                Content,
                Text("<|file_separator|>"),
            ],
            prompt: &[
                Files,
                Comment,
                Path,
                Text("\n<|fim_prefix|>"),
                Prefix,
                Text("<|fim_suffix|>"),
                Suffix,
                Text("<|fim_middle|>"),
            ],
        },
        stop: &[
            "<|file_separator|>",
            "<eos>",
            "<end_of_turn>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
        ],
        specials: &[
            "<|file_separator|>",
            "<eos>",
            "<bos>",
            "<end_of_turn>",
            "<start_of_turn>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
        ],
        vocabulary: &[
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|file_separator|>",
        ],
        bos: Some("<bos>"),
    },
    // mistral-common, `encode_fim`: the suffix first, no middle token. Files as people send them to Codestral: `+++++ path`.
    Family {
        id: "codestral",
        names: &[&["codestral"]],
        order: Order::SuffixFirst,
        single: &[Text("[SUFFIX]"), Suffix, Text("[PREFIX]"), Prefix],
        multi: Multi {
            file: &[Text("+++++ "), Path, Text("\n"), Content, Text("\n")],
            prompt: &[
                Text("[SUFFIX]"),
                Suffix,
                Text("[PREFIX]"),
                Files,
                Text("+++++ "),
                Path,
                Text("\n"),
                Prefix,
            ],
        },
        stop: &["</s>", "\n+++++ ", "[PREFIX]", "[SUFFIX]", "[MIDDLE]"],
        specials: &[
            "</s>", "<s>", "[PREFIX]", "[SUFFIX]", "[MIDDLE]", "[INST]", "[/INST]",
        ],
        vocabulary: &["[SUFFIX]", "[PREFIX]"],
        bos: Some("<s>"),
    },
    // "Granite 4" stands before "Granite code": `granite-4.0-…-code` speaks the new tokens; a size such as 34b is no version.
    Family {
        id: "granite4",
        names: &[&["granite4"]],
        order: Order::PrefixFirst,
        single: BARS,
        multi: Multi {
            file: COMMENTED_FILE,
            prompt: &[
                Text("<|fim_prefix|>"),
                Files,
                Comment,
                Path,
                Text("\n"),
                Prefix,
                Text("<|fim_suffix|>"),
                Suffix,
                Text("<|fim_middle|>"),
            ],
        },
        stop: &[
            "<|end_of_text|>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|fim_pad|>",
        ],
        specials: &[
            "<|end_of_text|>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|fim_pad|>",
            "<|start_of_role|>",
            "<|end_of_role|>",
        ],
        vocabulary: &[
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|end_of_text|>",
        ],
        bos: None,
    },
    // IBM's second generation; repeats the start of the line now and then.
    Family {
        id: "granite-code",
        names: &[&["granite", "code"]],
        order: Order::PrefixFirst,
        single: PLAIN,
        multi: PLAIN_COMMENTED,
        stop: STARCODER_STOP,
        specials: STARCODER_SPECIALS,
        vocabulary: &[],
        bos: None,
    },
    // Stability AI's StableCode 3B; CodeShell alike. Also what is left to try where a vocabulary has nothing but these three.
    Family {
        id: "stable-code",
        names: &[&["stablecode"], &["codeshell"]],
        order: Order::PrefixFirst,
        single: PLAIN,
        multi: PLAIN_COMMENTED,
        stop: STARCODER_STOP,
        specials: STARCODER_SPECIALS,
        vocabulary: &["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
        bos: None,
    },
    // Model README: the suffix first, inside a chat turn.
    Family {
        id: "codegeex4",
        names: &[&["codegeex4"]],
        order: Order::SuffixFirst,
        single: &[
            Text("<|user|>\n###PATH:"),
            Path,
            Text("\n###LANGUAGE:"),
            Language,
            Text("\n###MODE:BLOCK\n<|code_suffix|>"),
            Suffix,
            Text("<|code_prefix|>"),
            Prefix,
            Text("<|code_middle|><|assistant|>\n"),
        ],
        multi: Multi {
            file: &[Text("###REFERENCE:\n###PATH:"), Path, Text("\n"), Content],
            prompt: &[
                Text("<|user|>\n"),
                Files,
                Text("###PATH:"),
                Path,
                Text("\n###LANGUAGE:"),
                Language,
                Text("\n###MODE:BLOCK\n<|code_suffix|>"),
                Suffix,
                Text("<|code_prefix|>"),
                Prefix,
                Text("<|code_middle|><|assistant|>\n"),
            ],
        },
        stop: &[
            "<|endoftext|>",
            "<|user|>",
            "<|assistant|>",
            "<|code_prefix|>",
            "<|code_suffix|>",
            "<|code_middle|>",
        ],
        specials: GLM_SPECIALS,
        vocabulary: &[],
        bos: None,
    },
    // GLM-4 and GLM-4.5.
    Family {
        id: "glm4",
        names: &[&["glm4"]],
        order: Order::PrefixFirst,
        single: &[
            Text("<|code_prefix|>"),
            Prefix,
            Text("<|code_suffix|>"),
            Suffix,
            Text("<|code_middle|>"),
        ],
        multi: Multi {
            file: COMMENTED_FILE,
            prompt: &[
                Text("<|code_prefix|>"),
                Files,
                Comment,
                Path,
                Text("\n"),
                Prefix,
                Text("<|code_suffix|>"),
                Suffix,
                Text("<|code_middle|>"),
            ],
        },
        stop: &[
            "<|endoftext|>",
            "<|code_prefix|>",
            "<|code_suffix|>",
            "<|code_middle|>",
            "<|user|>",
        ],
        specials: GLM_SPECIALS,
        vocabulary: &["<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"],
        bos: None,
    },
    // ByteDance's reference use has the suffix first; files inside the prefix.
    Family {
        id: "seed-coder",
        names: &[&["seedcoder"]],
        order: Order::SuffixFirst,
        single: &[
            Text("<[fim-suffix]>"),
            Suffix,
            Text("<[fim-prefix]>"),
            Prefix,
            Text("<[fim-middle]>"),
        ],
        multi: Multi {
            file: &[Text("<filename>"), Path, Text("\n"), Content],
            prompt: &[
                Text("<[fim-suffix]>"),
                Suffix,
                Text("<[fim-prefix]>"),
                Files,
                Text("<filename>"),
                Path,
                Text("\n"),
                Prefix,
                Text("<[fim-middle]>"),
            ],
        },
        stop: &[
            "<[end▁of▁sentence]>",
            "<filename>",
            "<[fim-suffix]>",
            "<[fim-prefix]>",
            "<[fim-middle]>",
            "<[PAD▁TOKEN]>",
            "<[SEP▁TOKEN]>",
        ],
        specials: &[
            "<[end▁of▁sentence]>",
            "<[begin▁of▁sentence]>",
            "<filename>",
            "<[fim-suffix]>",
            "<[fim-prefix]>",
            "<[fim-middle]>",
            "<[PAD▁TOKEN]>",
            "<[SEP▁TOKEN]>",
        ],
        vocabulary: &["<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"],
        bos: Some("<[begin▁of▁sentence]>"),
    },
    // README of aiXcoder-7B and `hf_mini/utils.py`: the suffix, then path and language as comments before the prefix. The bars are U+2581.
    Family {
        id: "aixcoder",
        names: &[&["aixcoder"]],
        order: Order::SuffixFirst,
        single: &[
            Text("▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>"),
            Suffix,
            Text("▁<AIX-SPAN-MIDDLE>"),
            Comment,
            Text("the file path is: "),
            Path,
            Text("\n"),
            Comment,
            Text("the code file is written by "),
            Language,
            Text("\n"),
            Prefix,
        ],
        multi: Multi {
            file: COMMENTED_FILE,
            prompt: &[
                Text("▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>"),
                Suffix,
                Text("▁<AIX-SPAN-MIDDLE>"),
                Files,
                Comment,
                Text("the file path is: "),
                Path,
                Text("\n"),
                Comment,
                Text("the code file is written by "),
                Language,
                Text("\n"),
                Prefix,
            ],
        },
        stop: &[
            "</s>",
            "<AIX-SPAN-PRE>",
            "<AIX-SPAN-POST>",
            "<AIX-SPAN-MIDDLE>",
        ],
        specials: &[
            "</s>",
            "<s>",
            "<AIX-SPAN-PRE>",
            "<AIX-SPAN-POST>",
            "<AIX-SPAN-MIDDLE>",
        ],
        vocabulary: &[],
        bos: Some("<s>"),
    },
];
