//! Exact prompts of every family, names and their traps, and what may never come through from the user's text.

use super::*;

const FILES: &[(&str, &str)] = &[("a.py", "A"), ("b.py", "B\n")];

fn parts<'a>(files: &'a [(&'a str, &'a str)]) -> Parts<'a> {
    Parts {
        repo: "NAME",
        path: "c.py",
        language: "Python",
        comment: "#",
        prefix: "P",
        suffix: "S",
        files,
    }
}

/// The prompt with no other file and with two; all texts are written out, so that a slip in the table shows.
#[track_caller]
fn exact(id: &str, single: &str, multi: &str) {
    let family = Family::with_id(id).unwrap();
    assert_eq!(family.prompt(&parts(&[])), single, "{id}, one file");
    assert_eq!(family.prompt(&parts(FILES)), multi, "{id}, several files");
}

#[test]
fn qwen_coder_has_a_repository_level_of_bars() {
    for id in ["qwen2.5-coder", "qwen3-coder"] {
        exact(
            id,
            "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
            "<|repo_name|>NAME\n<|file_sep|>a.py\nA\n<|file_sep|>b.py\nB\n<|file_sep|>c.py\n<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        );
    }
}

#[test]
fn codeqwen_has_starcoder_s_tokens_and_its_own_repository_level() {
    exact(
        "codeqwen1.5",
        "<fim_prefix>P<fim_suffix>S<fim_middle>",
        "<reponame>NAME\n<file_sep>a.py\nA\n<file_sep>b.py\nB\n<file_sep>c.py\n<fim_prefix>P<fim_suffix>S<fim_middle>",
    );
}

#[test]
fn starcoder2_has_no_newline_behind_the_name_and_the_path_inside_the_prefix() {
    exact(
        "starcoder2",
        "<fim_prefix>P<fim_suffix>S<fim_middle>",
        "<repo_name>NAME<file_sep>a.py\nA\n<file_sep>b.py\nB\n<file_sep><fim_prefix>c.py\nP<fim_suffix>S<fim_middle>",
    );
}

#[test]
fn families_without_a_marker_for_files_get_them_as_commented_text_in_the_prefix() {
    for id in ["starcoder", "granite-code", "stable-code"] {
        exact(
            id,
            "<fim_prefix>P<fim_suffix>S<fim_middle>",
            "<fim_prefix># a.py\nA\n# b.py\nB\n# c.py\nP<fim_suffix>S<fim_middle>",
        );
    }
    exact(
        "santacoder",
        "<fim-prefix>P<fim-suffix>S<fim-middle>",
        "<fim-prefix># a.py\nA\n# b.py\nB\n# c.py\nP<fim-suffix>S<fim-middle>",
    );
    exact(
        "granite4",
        "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        "<|fim_prefix|># a.py\nA\n# b.py\nB\n# c.py\nP<|fim_suffix|>S<|fim_middle|>",
    );
    exact(
        "glm4",
        "<|code_prefix|>P<|code_suffix|>S<|code_middle|>",
        "<|code_prefix|># a.py\nA\n# b.py\nB\n# c.py\nP<|code_suffix|>S<|code_middle|>",
    );
}

#[test]
fn codellama_has_its_spaces_and_none_behind_suf() {
    exact(
        "codellama",
        "<PRE> P <SUF>S <MID>",
        "<PRE> # a.py\nA\n# b.py\nB\n# c.py\nP <SUF>S <MID>",
    );
}

#[test]
fn deepseek_coder_has_wide_bars_and_headed_files_before_the_hole() {
    exact(
        "deepseek-coder",
        "<\u{ff5c}fim\u{2581}begin\u{ff5c}>P<\u{ff5c}fim\u{2581}hole\u{ff5c}>S<\u{ff5c}fim\u{2581}end\u{ff5c}>",
        "#a.py\nA\n#b.py\nB\n#c.py\n<\u{ff5c}fim\u{2581}begin\u{ff5c}>P<\u{ff5c}fim\u{2581}hole\u{ff5c}>S<\u{ff5c}fim\u{2581}end\u{ff5c}>",
    );
}

#[test]
fn codegemma_joins_files_with_its_separator() {
    exact(
        "codegemma",
        "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        "# a.py\nA\n<|file_separator|># b.py\nB\n<|file_separator|># c.py\n<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    );
}

#[test]
fn codestral_has_the_suffix_first_and_no_middle() {
    exact(
        "codestral",
        "[SUFFIX]S[PREFIX]P",
        "[SUFFIX]S[PREFIX]+++++ a.py\nA\n\n+++++ b.py\nB\n\n+++++ c.py\nP",
    );
}

#[test]
fn codegeex4_asks_in_a_chat_turn() {
    let end = "###PATH:c.py\n###LANGUAGE:Python\n###MODE:BLOCK\n<|code_suffix|>S<|code_prefix|>P<|code_middle|><|assistant|>\n";
    let files = "###REFERENCE:\n###PATH:a.py\nA\n###REFERENCE:\n###PATH:b.py\nB\n";
    exact(
        "codegeex4",
        &format!("<|user|>\n{end}"),
        &format!("<|user|>\n{files}{end}"),
    );
}

#[test]
fn mellum_has_the_suffix_first_and_files_before_it() {
    exact(
        "mellum",
        "<fim_suffix>S<fim_prefix>P<fim_middle>",
        "<filename>a.py\nA\n<filename>b.py\nB\n<filename>c.py\n<fim_suffix>S<fim_prefix>P<fim_middle>",
    );
}

#[test]
fn seed_coder_has_the_suffix_first_and_files_inside_the_prefix() {
    exact(
        "seed-coder",
        "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>",
        "<[fim-suffix]>S<[fim-prefix]><filename>a.py\nA\n<filename>b.py\nB\n<filename>c.py\nP<[fim-middle]>",
    );
}

#[test]
fn aixcoder_says_path_and_language_in_comments() {
    let start = "\u{2581}<AIX-SPAN-PRE>\u{2581}<AIX-SPAN-POST>S\u{2581}<AIX-SPAN-MIDDLE>";
    let end = "# the file path is: c.py\n# the code file is written by Python\nP";
    exact(
        "aixcoder",
        &format!("{start}{end}"),
        &format!("{start}# a.py\nA\n# b.py\nB\n{end}"),
    );
}

#[test]
fn every_family_is_tested_above() {
    let tested = include_str!("tests.rs");
    for family in FAMILIES {
        assert!(
            tested.contains(&format!("\"{}\"", family.id)),
            "{}",
            family.id
        );
    }
}

#[test]
fn a_configured_template_gets_files_as_commented_text() {
    let custom = Custom {
        prefix: "<P>".to_owned(),
        suffix: "<S>".to_owned(),
        middle: "<M>".to_owned(),
        stop: Vec::new(),
    };
    let template = Template::Custom(Arc::new(custom));
    assert_eq!(template.prompt(&parts(&[])), "<P>P<S>S<M>");
    assert_eq!(
        template.prompt(&parts(&[("a.py", "A")])),
        "<P># a.py\nA\n# c.py\nP<S>S<M>"
    );
}

#[test]
fn a_configured_template_s_tokens_are_kept_out_of_the_user_s_text() {
    let custom = Custom {
        prefix: "<|head|> <PRE> ".to_owned(),
        suffix: "[SUF]".to_owned(),
        middle: "=>".to_owned(),
        stop: vec!["<|stop|>".to_owned()],
    };
    assert_eq!(
        custom.specials(),
        ["<|head|>", "<PRE>", "[SUF]", "<|stop|>"]
    );
    let prompt = Template::Custom(Arc::new(custom)).prompt(&Parts {
        prefix: "<PRE>[SUF] => <|stop|>",
        ..Parts::default()
    });
    assert_eq!(
        prompt,
        "<|head|> <PRE> <\u{2060}PRE>[\u{2060}SUF] => <\u{2060}|stop|>[SUF]=>"
    );
}

#[test]
fn names_lead_to_their_families_past_the_traps() {
    let check = |name: &str, expected: &str| {
        let found = match by_name(name) {
            Verdict::Family(family) => family.id,
            Verdict::Untrained(_) => "untrained",
            Verdict::Unknown => "unknown",
        };
        assert_eq!(found, expected, "{name}");
    };
    check("qwen2.5-coder:1.5b", "qwen2.5-coder");
    check("Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", "qwen2.5-coder");
    check("/models/qwen2_5_coder-1.5b-q8_0.gguf", "qwen2.5-coder");
    check(r"C:\models\Qwen2.5.Coder.gguf", "qwen2.5-coder");
    check("qwen3-coder:30b", "qwen3-coder");
    check("Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf", "qwen3-coder");
    check("codeqwen:7b-code-v1.5", "codeqwen1.5");
    check("CodeQwen1.5-7B", "codeqwen1.5");
    check("qwen3:8b", "untrained");
    check("qwen2.5:7b", "untrained");
    check("bigcode/starcoder2-3b", "starcoder2");
    check("starcoderbase-1b", "starcoder");
    check("tiny_starcoder_py", "starcoder");
    check("bigcode/santacoder", "santacoder");
    check("codellama:7b-code", "codellama");
    check("CodeLlama-13b-Instruct.Q4.gguf", "codellama");
    check("codellama:34b-code", "untrained");
    check("codellama:7b-python", "untrained");
    check("deepseek-coder:6.7b-base", "deepseek-coder");
    check("DeepSeek-Coder-V2-Lite-Base.gguf", "deepseek-coder");
    check("DeepSeek-Coder-V2-Lite-Instruct.gguf", "untrained");
    check("codegemma:2b-code", "codegemma");
    check("codestral:22b", "codestral");
    check("codestral-2508", "codestral");
    check("mamba-codestral-7b", "untrained");
    check("granite-code:34b", "granite-code");
    check("ibm-granite/granite-8b-code-base-4k", "granite-code");
    check("granite-4.0-h-tiny", "granite4");
    check("granite4:micro", "granite4");
    check("granite-3.3-8b-base", "untrained");
    check("stable-code:3b", "stable-code");
    check("codegeex4:9b", "codegeex4");
    check("glm-4.5-air", "glm4");
    check("JetBrains/Mellum-4b-base", "mellum");
    check("Mellum2-12B-A2.5B", "untrained");
    check("ByteDance-Seed/Seed-Coder-8B-Base", "seed-coder");
    check("aixcoder-7b-base", "aixcoder");
    check("yi-coder:9b", "untrained");
    check("OpenCoder-8B-Base", "untrained");
    check("replit-code-v1_5-3b", "untrained");
    check("llama3:8b", "unknown");
    check("", "unknown");
    check("/", "unknown");
    // Where the file says nothing its folders do, the nearest first.
    check(
        "/hub/models--Qwen--Qwen2.5-Coder-1.5B/snapshots/0123abcd",
        "qwen2.5-coder",
    );
    check("/codestral/starcoder2-3b.gguf", "starcoder2");
}

#[test]
fn instruct_models_are_told_by_their_names() {
    for (name, instruct) in [
        ("qwen2.5-coder:7b-instruct", true),
        ("codegemma-7b-it", true),
        ("qwen2.5-coder:1.5b-base", false),
        ("git/starcoder2", false),
        ("deepseek-chat", true),
    ] {
        assert_eq!(is_instruct(name), instruct, "{name}");
    }
}

#[test]
fn no_special_token_of_the_model_in_use_comes_from_the_user_s_text() {
    let all: Vec<&str> = FAMILIES
        .iter()
        .flat_map(|it| it.specials.iter().copied())
        .collect();
    // Whole, doubled, nested into one another, and with a beginning or an end at every border of the text.
    let mut texts: Vec<String> = vec![
        all.concat(),
        all.join("\n"),
        all.iter().map(|it| format!("<{it}{it}>")).collect(),
    ];
    for special in &all {
        for at in (1..special.len()).filter(|at| special.is_char_boundary(*at)) {
            texts.push(format!("{} x {}", &special[at..], &special[..at]));
            texts.push(format!("{}{special}{}", &special[..at], &special[at..]));
        }
    }
    for family in FAMILIES {
        let counts = |prompt: &str| {
            family
                .specials
                .iter()
                .map(|it| prompt.matches(it).count())
                .collect::<Vec<_>>()
        };
        for files in [false, true] {
            let harmless = [("x", "x"), ("x", "x")];
            let expected = counts(&family.prompt(&Parts {
                files: if files { &harmless } else { &[] },
                prefix: "x",
                suffix: "x",
                ..Parts::default()
            }));
            for text in &texts {
                let others = [
                    (text.as_str(), text.as_str()),
                    (text.as_str(), text.as_str()),
                ];
                let parts = Parts {
                    repo: text,
                    path: text,
                    language: text,
                    comment: "#",
                    prefix: text,
                    suffix: text,
                    files: if files { &others } else { &[] },
                };
                let prompt = family.prompt(&parts);
                assert_eq!(counts(&prompt), expected, "{}: {prompt:?}", family.id);
            }
        }
    }
}

#[test]
fn text_without_special_tokens_is_left_alone() {
    let text = "if a < b && v[i] <= c { vec![1] } // <|not one|> é";
    for family in FAMILIES {
        assert!(
            matches!(neutralise(text, family.specials), Cow::Borrowed(_)),
            "{}",
            family.id
        );
    }
}

#[test]
fn the_table_holds_what_the_rest_relies_on() {
    for (index, family) in FAMILIES.iter().enumerate() {
        let id = family.id;
        assert!(
            FAMILIES.iter().skip(index + 1).all(|it| it.id != id),
            "{id} is there twice"
        );
        for special in family.specials {
            assert!(
                special.starts_with(['<', '[', '▁']),
                "{id}: {special} would not be looked for"
            );
            assert!(
                !special.contains(char::is_whitespace),
                "{id}: {special} could be put together at a joint"
            );
        }
        let prompts = [family.prompt(&parts(&[])), family.prompt(&parts(FILES))];
        let marked = family.prompt(&Parts {
            prefix: "\u{1}",
            suffix: "\u{2}",
            ..Parts::default()
        });
        assert_eq!(
            family.order == Order::SuffixFirst,
            marked.find('\u{2}') < marked.find('\u{1}'),
            "{id}"
        );
        for vocabulary in family.vocabulary {
            assert!(
                family.specials.contains(vocabulary),
                "{id}: {vocabulary} is no special token"
            );
        }
        for prompt in &prompts {
            assert!(
                family.bos.is_none_or(|bos| !prompt.contains(bos)),
                "{id}: the server writes the first token"
            );
            // What a prompt contains as a token must be kept out of the user's text.
            for token in prompt
                .split_inclusive('>')
                .filter_map(|it| it.rfind('<').map(|at| &it[at..]))
                .filter(|it| it.ends_with('>'))
            {
                assert!(
                    family.specials.contains(&token),
                    "{id}: {token} is in the prompt, but not among the special tokens"
                );
            }
        }
        for stop in family
            .stop
            .iter()
            .filter(|it| !it.contains(char::is_whitespace))
        {
            assert!(
                family.specials.contains(stop),
                "{id}: {stop} ends an answer and may not stand in the user's text"
            );
        }
    }
}

#[test]
fn a_vocabulary_leads_to_the_most_special_family() {
    for family in FAMILIES.iter().filter(|it| !it.vocabulary.is_empty()) {
        assert_eq!(
            by_vocabulary(|token| family.vocabulary.contains(&token)).map(|it| it.id),
            Some(family.id)
        );
    }
    assert_eq!(by_vocabulary(|_| false), None);
}

#[test]
fn most_prompts_end_with_a_token_behind_which_the_model_writes() {
    let of = |id: &str| Family::with_id(id).unwrap().middle_token();
    assert_eq!(of("qwen2.5-coder"), Some("<|fim_middle|>"));
    assert_eq!(of("codellama"), Some("<MID>"));
    assert_eq!(of("seed-coder"), Some("<[fim-middle]>"));
    // The prompts of these end with the text before the cursor.
    let without: Vec<_> = FAMILIES
        .iter()
        .filter(|it| it.middle_token().is_none())
        .map(|it| it.id)
        .collect();
    assert_eq!(without, ["codestral", "aixcoder"]);
}
