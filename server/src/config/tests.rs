//! Configurations in, settings and problems out.

mod hostile;
mod repository;

use crate::config::settings::{
    ApiKey, Debounce, Fim, Multiline, Provider, Role, Settings, Timeouts,
};
use crate::config::{Loaded, Origin, SourceFile, Sources, keys, load, show};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod hidden;

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile {
        path: PathBuf::from("/home/ada/conf").join(name),
        text: text.to_owned(),
    }
}

fn user(text: &str) -> Sources {
    Sources {
        user_file: Some(file("config.toml", text)),
        home: Some(PathBuf::from("/home/ada")),
        ..Sources::default()
    }
}

fn problems(loaded: &Loaded) -> String {
    loaded
        .problems
        .iter()
        .map(|it| format!("{:?}: {it}\n", it.severity).to_lowercase_first())
        .collect::<String>()
        .replace("/home/ada/conf/", "")
        .replace("/home/ada/conf\\", "")
}

trait LowercaseFirst {
    fn to_lowercase_first(&self) -> String;
}

impl LowercaseFirst for String {
    fn to_lowercase_first(&self) -> String {
        let mut chars = self.chars();
        chars
            .next()
            .map(|it| it.to_lowercase().chain(chars).collect())
            .unwrap_or_default()
    }
}

#[track_caller]
fn check_problems(text: &str, expect: Expect) -> Loaded {
    let loaded = load(&user(text));
    expect.assert_eq(&problems(&loaded));
    loaded
}

#[test]
fn no_source_at_all_means_the_default_settings() {
    let loaded = load(&Sources::default());
    assert_eq!(loaded, Loaded::default());
    assert_eq!(loaded.settings, Settings::default());
}

#[test]
fn the_declared_defaults_are_the_ones_in_force() {
    let mut tree = json!({});
    for key in keys::all() {
        let Some(default) = &key.default else {
            continue;
        };
        let mut at = &mut tree;
        for part in key.path.split('.') {
            at = &mut at[part];
        }
        *at = default.clone();
    }
    let loaded = load(&Sources {
        editor: Some(tree),
        ..Sources::default()
    });
    assert_eq!(problems(&loaded), "");
    assert_eq!(
        loaded.settings.autocomplete,
        Settings::default().autocomplete
    );
    for role in Role::ALL {
        let model = loaded.settings.models.configured(role).unwrap();
        assert_eq!(model.timeouts, Timeouts::of_role(role), "{role:?}");
        assert_eq!(model.fallback, None);
        assert!(model.extra.is_empty());
    }
}

#[test]
fn every_example_is_valid_and_every_key_has_a_doc() {
    for key in keys::all() {
        assert!(!key.doc.is_empty(), "{}", key.path);
        let example = key.example.as_ref().expect(&key.path);
        let text = format!("{} = {}", key.path, show::inline(example));
        let loaded = load(&user(&text));
        // What an example can't show by itself is at most a warning: `gguf`, a provider without its address.
        assert!(!loaded.has_errors(), "{text}: {}", problems(&loaded));
        assert!(loaded.origins.contains_key(&key.path), "{text}");
    }
}

#[test]
fn the_names_of_providers_are_the_ones_that_are_read() {
    for provider in Provider::ALL {
        let text = format!("models.chat = {{ provider = \"{provider}\", url = \"http://h\" }}");
        let loaded = load(&user(&text));
        assert!(!loaded.has_errors(), "{}", problems(&loaded));
        assert_eq!(
            loaded.settings.models.chat.unwrap().provider,
            Some(provider)
        );
    }
}

#[test]
fn a_whole_configuration_is_read() {
    let loaded = check_problems(
        r#"
[models.autocomplete]
provider = "llamafile"
url = "http://127.0.0.1:8081"
model = "qwen2.5-coder:1.5b"
api_key = { env = "MY_KEY" }
fim = "qwen2.5-coder"
context_tokens = 4096
fallback = ["builtin"]
timeouts = { connect_ms = 500, idle_ms = 9000 }
extra = { cache_prompt = true, samplers = ["top_k"] }

[models.chat]
url = ["http://10.0.0.1:8000/v1", "https://gpu/v1/"]
api_key = { file = "~/keys/gpu" }
[models.chat.fim]
prefix = "<P>"
suffix = "<S>"
middle = "<M>"
stop = ["<E>"]

[autocomplete]
enabled = false
languages_off = ["zz-one", "zz-two"]
debounce_ms = 0
multiline = "never"
max_tokens = 64
instant = false
"#,
        expect![""],
    );
    let models = &loaded.settings.models;
    let it = models.autocomplete.clone().unwrap();
    assert_eq!(it.provider, Some(Provider::Llamafile));
    assert_eq!(it.url, ["http://127.0.0.1:8081"]);
    assert_eq!(it.model.as_deref(), Some("qwen2.5-coder:1.5b"));
    assert_eq!(it.api_key, Some(ApiKey::Env("MY_KEY".to_owned())));
    assert_eq!(it.fim, Some(Fim::Family("qwen2.5-coder".to_owned())));
    assert_eq!(it.context_tokens, Some(4096));
    assert_eq!(
        it.fallback.as_deref(),
        Some(["builtin".to_owned()].as_slice())
    );
    assert_eq!(it.timeouts.connect, Duration::from_millis(500));
    assert_eq!(it.timeouts.first_token, Duration::from_secs(60));
    assert_eq!(it.timeouts.idle, Duration::from_secs(9));
    assert_eq!(
        Value::Object(it.extra),
        json!({"cache_prompt": true, "samplers": ["top_k"]})
    );
    let it = models.chat.clone().unwrap();
    assert_eq!(it.url, ["http://10.0.0.1:8000/v1", "https://gpu/v1/"]);
    assert_eq!(
        it.api_key,
        Some(ApiKey::File(Path::new("/home/ada").join("keys/gpu")))
    );
    assert!(matches!(it.fim, Some(Fim::Template { stop, .. }) if stop == ["<E>"]));
    assert_eq!(it.timeouts.first_token, Duration::from_secs(300));
    assert_eq!(models.of(Role::Edit), models.chat.as_ref());
    assert_eq!(models.of(Role::Embed), None);
    let it = &loaded.settings.autocomplete;
    assert!(!it.enabled && !it.instant);
    assert_eq!(it.languages_off, ["zz-one", "zz-two"]);
    assert_eq!(it.debounce, Debounce::Fixed(Duration::ZERO));
    assert_eq!(it.multiline, Multiline::Never);
    assert_eq!(it.max_tokens, 64);
}

#[test]
fn all_wrong_values_are_reported_at_once_and_the_right_ones_hold() {
    let loaded = check_problems(
        r#"
[models.autocomplete]
provider = "lama.cpp"
url = "localhost:8080"
model = ""
fim = "qwen2.5-codr"
context_tokens = "4096"
fallback = ["buildin", "chat", "autocomplete"]
timeouts.connect_ms = -1
extra = 3
[autocomplete]
enabled = "true"
max_tokens = 99999
multiline = "alway"
debounce_ms = 9000
languages_off = "markdown"
instant = false
"#,
        expect![[r#"
            error: config.toml:3:12: `models.autocomplete.provider`: found the string "lama.cpp", allowed: one of "builtin", "fastembed", "llama.cpp", "llamafile", "ollama", "vllm", "mlx", "lmstudio", "llamaedge", "litellm", "optillm", "routellm", "mistral", "openai"
              hint: did you mean "llama.cpp"?
            error: config.toml:4:7: `models.autocomplete.url`: found the string "localhost:8080", allowed: an http or https address, or a list of them
              hint: did you mean "http://localhost:8080"?
            error: config.toml:5:9: `models.autocomplete.model`: found the string "", allowed: a string that isn't empty
            error: config.toml:6:7: `models.autocomplete.fim`: found the string "qwen2.5-codr", allowed: one of "qwen2.5-coder", "qwen3-coder", "codeqwen1.5", "starcoder2", "mellum", "starcoder", "santacoder", "codellama", "deepseek-coder", "codegemma", "codestral", "granite4", "granite-code", "stable-code", "codegeex4", "glm4", "seed-coder", "aixcoder", or a table
              hint: did you mean "qwen2.5-coder"?
            error: config.toml:7:18: `models.autocomplete.context_tokens`: found the string "4096", allowed: a whole number from 256 to 1048576
              hint: write 4096 without quotes
            error: config.toml:8:13: `models.autocomplete.fallback`: found the string "buildin", allowed: "builtin", "chat", "edit", "architect", "embed"
              hint: did you mean "builtin"?
            error: config.toml:8:32: `models.autocomplete.fallback`: a model can't be its own fallback; allowed: "builtin", "chat", "edit", "architect", "embed"
            error: config.toml:9:23: `models.autocomplete.timeouts.connect_ms`: found the number -1, allowed: a whole number from 50 to 60000
            error: config.toml:10:9: `models.autocomplete.extra`: found a number, allowed: a table
            error: config.toml:12:11: `autocomplete.enabled`: found the string "true", allowed: `true` or `false`
              hint: write true without quotes
            error: config.toml:13:14: `autocomplete.max_tokens`: found the number 99999, allowed: a whole number from 1 to 4096
            error: config.toml:14:13: `autocomplete.multiline`: found the string "alway", allowed: one of "auto", "never", "always"
              hint: did you mean "always"?
            error: config.toml:15:15: `autocomplete.debounce_ms`: found the number 9000, allowed: "auto" or a whole number from 0 to 5000
            error: config.toml:16:17: `autocomplete.languages_off`: found the string "markdown", allowed: a list of language identifiers such as "markdown"
              hint: write it as a list: ["markdown"]
        "#]],
    );
    assert!(!loaded.settings.autocomplete.instant);
    assert_eq!(loaded.settings.autocomplete.max_tokens, 128);
    assert_eq!(
        loaded.settings.models.autocomplete.unwrap().fallback,
        Some(vec!["chat".to_owned()])
    );
}

#[test]
fn unknown_keys_are_warnings_with_the_nearest_key() {
    let loaded = check_problems(
        r#"
url = "http://127.0.0.1:8080"
[model.chat]
url = "http://h"
[models.chats]
[models.autocomplete]
api-key = "k"
[autocomplete]
debounce = 5
language_off = []
zzz = 1
"#,
        expect![[r#"
            warning: config.toml:2:1: `url`: there is no such key; it is ignored
              hint: did you mean `models.autocomplete.url`?
            warning: config.toml:3:2: `model`: there is no such key; it is ignored
              hint: did you mean `models`?
            warning: config.toml:5:9: `models.chats`: there is no such key; it is ignored
              hint: did you mean `models.chat`?
            warning: config.toml:7:1: `models.autocomplete.api-key`: there is no such key; it is ignored
              hint: did you mean `models.autocomplete.api_key`?
            warning: config.toml:9:1: `autocomplete.debounce`: there is no such key; it is ignored
              hint: did you mean `autocomplete.debounce_ms`?
            warning: config.toml:10:1: `autocomplete.language_off`: there is no such key; it is ignored
              hint: did you mean `autocomplete.languages_off`?
            warning: config.toml:11:1: `autocomplete.zzz`: there is no such key; it is ignored
              hint: `hob config schema` and the documentation list every key
        "#]],
    );
    assert!(!loaded.has_errors());
}

#[test]
fn a_value_where_a_table_belongs_gets_the_key_that_was_meant() {
    check_problems(
        "autocomplete = false\n[models]\nchat = \"http://127.0.0.1:8080\"\nautocomplete = \"builtin\"\n",
        expect![[r#"
            error: config.toml:1:16: `autocomplete`: found true or false, allowed: a table
            error: config.toml:3:8: `models.chat`: found a string, allowed: a table
              hint: did you mean `models.chat.url`?
            error: config.toml:4:16: `models.autocomplete`: found a string, allowed: a table
              hint: did you mean `models.autocomplete.provider`?
        "#]],
    );
}

#[test]
fn what_stands_around_a_mistake_in_the_syntax_still_holds() {
    let loaded = check_problems(
        "[autocomplete]\nmax_tokens = 64\ninstant = fals\nenabled = false\n",
        expect![[r#"
            error: config.toml:3:11: not valid TOML: invalid boolean, expected `false`
        "#]],
    );
    assert_eq!(loaded.settings.autocomplete.max_tokens, 64);
    assert!(!loaded.settings.autocomplete.enabled);
}

#[test]
fn keys_appear_in_no_message_however_wrong_they_are_written() {
    let attempts = [
        r#"api_key = { env = "$s3cret" }"#,
        r#"api_key = { env = "s3cret with spaces" }"#,
        r#"api_key = { env = "sk-s3cret" }"#,
        r#"api_key = { command = "s3cret" }"#,
        r#"api_key = { fil = "s3cret" }"#,
        r#"api_key = { env = "A", file = "s3cret" }"#,
        r#"api_key = ["s3cret"]"#,
        r#"api_key = "s3cret"#,
        r#"api_key = s3cret"#,
        r#"url = "http://user:s3cret@host""#,
        r#"url = "http://host?key=s3cret""#,
        r#"url = ["user:s3cret@host"]"#,
        r#"extra = "s3cret""#,
        r#"extra = { token = "s3cret" }"#,
        r#"api_key = "s3cret""#,
    ];
    for attempt in attempts {
        let loaded = load(&user(&format!("[models.chat]\n{attempt}\n")));
        let seen = format!(
            "{}\n{loaded:?}\n{}\n{:?}",
            problems(&loaded),
            show::toml(&loaded),
            show::shown(&loaded)
        );
        assert!(!seen.contains("s3cret"), "{attempt}\n{seen}");
    }
}

#[test]
fn the_editor_wins_over_the_file_and_problems_name_the_editor() {
    let mut sources = user("[autocomplete]\nmax_tokens = 64\ninstant = false\n");
    sources.editor = Some(json!({"hob": {"autocomplete": {
        "max_tokens": 32.0, "multiline": "sometimes", "debounce_ms": null, "debonce_ms": 3
    }}}));
    let loaded = load(&sources);
    assert_eq!(loaded.settings.autocomplete.max_tokens, 32);
    assert!(!loaded.settings.autocomplete.instant);
    assert_eq!(loaded.origin("autocomplete.max_tokens"), &Origin::Editor);
    assert!(matches!(
        loaded.origin("autocomplete.instant"),
        Origin::User { line: 3, .. }
    ));
    expect![[r#"
        error: editor settings: `autocomplete.multiline`: found the string "sometimes", allowed: one of "auto", "never", "always"
        warning: editor settings: `autocomplete.debonce_ms`: there is no such key; it is ignored
          hint: did you mean `autocomplete.debounce_ms`?
    "#]]
    .assert_eq(&problems(&loaded));
}

#[test]
fn a_wrong_value_in_the_editor_leaves_the_one_in_the_file() {
    let mut sources = user("autocomplete.max_tokens = 64");
    sources.editor = Some(json!({"autocomplete": {"max_tokens": 0}}));
    let loaded = load(&sources);
    assert_eq!(loaded.settings.autocomplete.max_tokens, 64);
    assert!(loaded.has_errors());
}

#[test]
fn editor_settings_may_be_absent_or_nonsense() {
    for (editor, n_problems) in [
        (json!(null), 0),
        (json!({}), 0),
        (json!({"hob": null}), 0),
        (json!([1]), 1),
        (json!("x"), 1),
    ] {
        let loaded = load(&Sources {
            editor: Some(editor.clone()),
            ..Sources::default()
        });
        assert_eq!(loaded.problems.len(), n_problems, "{editor}");
        assert_eq!(loaded.settings, Settings::default());
    }
}

#[test]
fn patterns_of_files_are_checked_and_a_repository_adds_to_them() {
    let mut sources = user(
        r#"[index]
exclude = ["*.snap", "!src", "../other/**", "a[", "fixtures/**"]
include = "generated/**"
"#,
    );
    sources.repository = Some(file(".hob.toml", "index.exclude = [\"docs/**\"]"));
    let loaded = load(&sources);
    expect![[r#"
        error: config.toml:2:22: `index.exclude`: "!src" starts with `!`
          hint: `include` and `exclude` are each other's opposite: write it there, without the `!`
        error: config.toml:2:30: `index.exclude`: "../other/**" leads out of the project
          hint: patterns start from the project's root
        error: config.toml:2:45: `index.exclude`: "a[" is no pattern: unclosed character class; missing ']'
          hint: write it as in `.gitignore`: `*.snap`, `fixtures/**`
        error: config.toml:3:11: `index.include`: found the string "generated/**", allowed: a list of patterns such as "generated/**"
          hint: write it as a list: ["generated/**"]
    "#]]
    .assert_eq(&problems(&loaded));
    let it = &loaded.settings.index;
    assert_eq!(it.exclude, ["*.snap", "fixtures/**", "docs/**"]);
    assert_eq!(it.include, Vec::<String>::new());
}

#[test]
fn commands_of_one_s_own_are_checked_one_by_one() {
    let loaded = load(&user(
        r#"
[chat]
rules = ["Answer in German."]
context_tokens = 100
[commands.german]
prompt = "Explain {selection} in German."
[commands.Wrong]
prompt = "x"
[commands.empty]
description = "nothing to ask"
[commands]
short = "x"
[commands.typo]
promt = "x"
[commands.tidy]
prompt = "Tidy {selection}."
edit = true
description = "make it tidy"
"#,
    ));
    expect![[r#"
        error: config.toml:7:1: `commands`: "Wrong" can't be typed as a command
          hint: use lower-case letters, digits and `-`
        error: config.toml:9:1: `commands`: the command "empty" has no `prompt`
        error: config.toml:12:9: `commands`: found the string "x", allowed: a table with `prompt`
          hint: write it as short = { prompt = "…" }
        error: config.toml:14:9: `commands`: a command has no "promt"
          hint: did you mean `prompt`?
    "#]]
    .assert_eq(&problems(&loaded));
    assert_eq!(loaded.settings.chat.rules, ["Answer in German."]);
    assert_eq!(loaded.settings.chat.context_tokens, 100);
    let names: Vec<_> = loaded
        .settings
        .commands
        .iter()
        .map(|it| (it.name.as_str(), it.edit))
        .collect();
    assert_eq!(names, [("german", false), ("tidy", true)]);
}

#[test]
fn a_key_isnt_sent_to_an_address_that_a_stronger_source_names() {
    let mut sources = user("[models.chat]\nurl = \"http://good\"\napi_key = \"k\"\n");
    sources.editor = Some(json!({"models": {"chat": {"url": "http://other"}}}));
    let loaded = load(&sources);
    let chat = loaded.settings.models.chat.clone().unwrap();
    assert_eq!(chat.url, ["http://other"]);
    assert_eq!(chat.api_key, None);
    assert!(problems(&loaded).contains("written for another address"));

    sources.editor = Some(json!({"models": {"chat": {"url": "http://good"}}}));
    assert!(
        load(&sources)
            .settings
            .models
            .chat
            .unwrap()
            .api_key
            .is_some()
    );
}

#[test]
fn secret_fields_are_parted_from_strange_addresses_like_keys() {
    let mut sources =
        user("[models.chat]\nurl = \"http://good\"\nextra = { auth_token = \"k\" }\n");
    sources.editor = Some(json!({"models": {"chat": {"url": ["http://other"]}}}));
    assert!(
        load(&sources)
            .settings
            .models
            .chat
            .unwrap()
            .extra
            .is_empty()
    );
    let mut sources = user("[models.chat]\nurl = \"http://good\"\nextra = { top_k = 1 }\n");
    sources.editor = Some(json!({"models": {"chat": {"url": ["http://other"]}}}));
    assert_eq!(load(&sources).settings.models.chat.unwrap().extra.len(), 1);
}

#[test]
fn what_a_client_keeps_for_itself_is_no_unknown_key() {
    let loaded = load(&Sources {
        editor: Some(json!({"server": {"path": "/x"}, "trace": {"server": "off"}})),
        ..Sources::default()
    });
    assert_eq!(problems(&loaded), "");
}

#[test]
fn a_key_below_a_broken_header_goes_to_no_other_server() {
    let loaded = load(&user(
        "[models.autocomplete]\nurl = \"http://a\"\n[models.chat\nurl = \"http://b\"\napi_key = \"k\"\n",
    ));
    assert!(loaded.has_errors());
    assert_eq!(loaded.settings.models.chat, None);
    assert_eq!(loaded.settings.models.autocomplete.unwrap().api_key, None);
}

#[test]
fn settings_that_do_not_fit_together_are_pointed_out() {
    check_problems(
        r#"
[models.autocomplete]
provider = "builtin"
url = "http://127.0.0.1:8080"
fallback = ["chat"]
[models.chat]
provider = "mistral"
fallback = ["autocomplete"]
gguf = "~/x.gguf"
"#,
        expect![[r#"
            warning: config.toml:9:8: `models.chat.gguf`: is reserved for a later version and does nothing in this one
              hint: start the model server yourself (for example `llama-server -m model.gguf --port 8081`) and name its address in `url`
            warning: config.toml:4: `models.autocomplete.url`: isn't used: `provider = "builtin"` asks no server
              hint: remove one of the two
            warning: config.toml:5: `models.autocomplete.fallback`: leads back to this model by way of the others'
              hint: end the chain with "builtin"
            warning: config.toml:7: `models.chat.provider`: "mistral" needs a `url`: Hob assumes no address outside this machine
              hint: set `url` to the server's address
            warning: config.toml:8: `models.chat.fallback`: leads back to this model by way of the others'
              hint: end the chain with "builtin"
        "#]],
    );
}

#[test]
fn key_files_are_absolute_below_home_or_beside_the_configuration() {
    let of = |text: &str| {
        load(&user(&format!(
            "models.chat.api_key = {{ file = {text:?} }}"
        )))
    };
    let key = |loaded: &Loaded| loaded.settings.models.chat.clone().unwrap().api_key;
    assert_eq!(
        key(&of("key.txt")),
        Some(ApiKey::File(Path::new("/home/ada/conf").join("key.txt")))
    );
    let loaded = load(&Sources {
        editor: Some(json!({"models": {"chat": {"api_key": {"file": "key.txt"}}}})),
        ..Sources::default()
    });
    assert!(problems(&loaded).contains("relative path"));
    assert_eq!(loaded.settings.models.chat, None);
}

#[test]
fn what_is_shown_can_be_read_back_and_says_where_it_comes_from() {
    let mut sources = user(
        "[models.autocomplete]\nurl = \"http://127.0.0.1:8081\"\napi_key = \"k\"\nextra = { \"a b\" = { token = \"t\", n = 1 } }\n",
    );
    sources.editor = Some(json!({"autocomplete": {"max_tokens": 32}}));
    let loaded = load(&sources);
    let text = show::toml(&loaded).replace("/home/ada/conf\\", "/home/ada/conf/");
    expect![[r##"
        # /home/ada/conf/config.toml

        [models.autocomplete]
        url = "http://127.0.0.1:8081"                    # config.toml:2
        api_key = "••••••"                               # config.toml:3
        extra = { "a b" = { token = "••••••", n = 1 } }  # config.toml:4
        timeouts.connect_ms = 2000                       # default
        timeouts.first_token_ms = 60000                  # default
        timeouts.idle_ms = 15000                         # default

        # [models.chat] is not set: a server found on the well-known ports

        # [models.edit] is not set: the model of chat

        # [models.architect] is not set: the model of chat

        # [models.embed] is not set: builtin

        [autocomplete]
        enabled = true        # default
        languages_off = []    # default
        debounce_ms = "auto"  # default
        multiline = "auto"    # default
        max_tokens = 32       # editor settings
        instant = true        # default
    "##]]
    .assert_eq(&text);
    assert_eq!(problems(&load(&user(&text))), "");
}

#[test]
fn a_key_is_explained() {
    let why = show::why(
        &load(&user("autocomplete.max_tokens = 64")),
        "autocomplete.max_tokens",
    )
    .unwrap();
    assert_eq!(why.value, json!(64));
    assert_eq!(why.default, json!(128));
    assert!(why.origin.ends_with("config.toml:1"));
    assert_eq!(why.allowed, "a whole number from 1 to 4096");
    assert_eq!(show::why(&Loaded::default(), "autocomplete.nothing"), None);
}

/// Trees that look like configurations: names that exist, and values of every kind below them.
fn arbitrary_tree() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        3 => proptest::sample::select(vec![
            "models", "autocomplete", "chat", "embed", "url", "provider", "api_key", "fim", "model", "extra",
            "fallback", "timeouts", "connect_ms", "enabled", "languages_off", "debounce_ms", "multiline",
            "max_tokens", "context_tokens", "gguf", "env", "file", "command", "prefix", "suffix", "middle", "stop", "hob",
        ]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_i64..5000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(vec![
            "auto",
            "never",
            "builtin",
            "chat",
            "http://h",
            "qwen2.5-coder",
            "ollama",
            "~/x",
            "$A",
            "[::1]",
            "http://",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_from_an_editor_loads_and_what_is_accepted_is_readable(tree in arbitrary_tree()) {
        let loaded = load(&Sources { editor: Some(tree), ..Sources::default() });
        prop_assert!(!problems(&loaded).contains("mistake in Hob"), "{}", problems(&loaded));
        let text = show::toml(&loaded);
        let again = load(&user(&text));
        prop_assert!(!problems(&again).contains("not valid TOML"), "{text}\n{}", problems(&again));
    }

    #[test]
    fn a_tree_in_a_file_means_the_same_as_from_an_editor(tree in arbitrary_tree()) {
        let Value::Object(fields) = &tree else { return Ok(()) };
        // What the two can't say alike: absence, a client's envelope, a path beside the file.
        let said = tree.to_string();
        if ["null", "\"hob\"", "\"file\""].iter().any(|it| said.contains(it)) { return Ok(()) }
        let text: String = fields.iter()
            .map(|(name, value)| format!("{} = {}\n", show::inline(&json!(name)), show::inline(value)))
            .collect();
        let from_file = load(&Sources { user_file: Some(file("config.toml", &text)), ..Sources::default() });
        let from_editor = load(&Sources { editor: Some(tree.clone()), ..Sources::default() });
        prop_assert_eq!(&from_file.settings, &from_editor.settings, "{}\n{}", text, problems(&from_file));
    }

    #[test]
    fn any_text_loads(text in "[\\[\\]a-z.=\"'{}#\\n ,0-9é\u{0}-\u{1f}]{0,80}") {
        let loaded = load(&user(&text));
        prop_assert!(loaded.problems.iter().all(|it| !it.message.is_empty()));
    }

    #[test]
    fn a_configuration_cut_off_anywhere_loads(at in 0_usize..400) {
        let text = "[models.chat]\nurl = [\"http://a\", 'http://b']\napi_key = { env = \"K\" }\nfim = { prefix = \"\\u00e9\", suffix = \"\"\"x\ny\"\"\", middle = 'é' }\n[autocomplete]\nlanguages_off = [\n  \"a\", # é\n]\nmax_tokens = 0x10\n";
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        load(&user(&text[..at]));
    }
}

#[test]
fn the_families_that_fim_may_name_are_those_there_are() {
    let mut known: Vec<&str> = crate::assist::fim::FAMILIES
        .iter()
        .map(|it| it.id)
        .collect();
    let mut named = crate::config::FAMILIES.to_vec();
    known.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, known);
}
