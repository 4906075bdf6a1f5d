//! A key that was pasted into any setting at all is in no message and in nothing that is shown.

use super::*;

const KEYS: [&str; 6] = [
    "sk-abcdefghijkl",
    "sk-proj-a1B2c3D4e5F6-x_y",
    "9f86d081884c7d659a2feaa0c55ad015",
    "123e4567-e89b-12d3-a456-426614174000",
    "ghp_a1B2c3D4e5F6a7B8c9D0a1B2c3D4e5F6a7B8",
    "AKIAIOSFODNN7EXAMPLE",
];

/// Everything that anybody could get to see of a configuration.
fn seen(loaded: &Loaded) -> String {
    let mut all = problems(loaded);
    all += &show::toml(loaded);
    all += &serde_json::to_string(&show::shown(loaded)).unwrap();
    for key in loaded.origins.keys() {
        all += &serde_json::to_string(&show::why(loaded, key)).unwrap();
    }
    all += &format!("{:?}", loaded.settings.models);
    all
}

#[track_caller]
fn check(text: &str, secret: &str) {
    let as_repository = Sources {
        repository: Some(file(".hob.toml", text)),
        ..Sources::default()
    };
    let mut all = vec![user(text), as_repository];
    if let Ok(table) = text.parse::<toml::Table>() {
        all.push(Sources {
            editor: Some(serde_json::to_value(table).unwrap()),
            ..Sources::default()
        });
    }
    for sources in all {
        let seen = seen(&load(&sources));
        assert!(!seen.contains(secret), "{text}\n{seen}");
    }
}

#[test]
fn a_key_in_the_wrong_setting_is_echoed_nowhere() {
    for secret in KEYS {
        // The roles take the same keys.
        let role = |it: &&keys::Key| keys::role_of(&it.path).is_none_or(|it| it == Role::Chat);
        for key in keys::all().iter().filter(role) {
            for value in [
                format!("\"{secret}\""),
                format!("[\"{secret}\"]"),
                format!("[[\"{secret}\"]]"),
                format!("\"http://{secret}/v1\""),
                format!("\"http://host/{secret}/v1\""),
                format!("\"http://{secret}@host\""),
                format!("\"http://host?key={secret}\""),
                format!("\"Bearer {secret}\""),
                format!("{{ {secret} = 1 }}"),
                format!("{{ {secret} = {{ {secret} = \"{secret}\" }} }}"),
                format!("{{ prefix = \"{secret}\" }}"),
                format!(
                    "{{ prefix = \"{secret}\", suffix = \"\", middle = \"\", stop = [\"{secret}\"] }}"
                ),
                format!("{{ x = {{ prompt = [\"{secret}\"], description = \"{secret}\" }} }}"),
                format!("{{ env = \"{secret}\" }}"),
                format!("{{ file = \"{secret}\" }}"),
                format!("{{ command = [\"{secret}\"] }}"),
                format!("{{ command = \"{secret}\" }}"),
            ] {
                check(&format!("{} = {value}\n", key.path), secret);
            }
        }
        for text in [
            format!("{secret} = 1\n"),
            format!("[models.{secret}]\nurl = \"http://a\"\n"),
            format!("[models]\nchat = \"{secret}\"\n"),
            format!("[models.chat]\n{secret} = \"{secret}\"\n"),
            format!("[models.chat]\nfim = \"{secret}\n"),
            format!("[models.chat]\nfim = {secret}\n"),
        ] {
            check(&text, secret);
        }
    }
}

#[test]
fn a_command_that_prints_a_key_is_run_only_from_the_user_s_own_file() {
    let command = json!({ "command": ["sh", "-c", "touch /tmp/owned"] });
    let tree = json!({ "models": { "chat": { "url": "http://a", "api_key": command } } });
    let editor = load(&Sources {
        editor: Some(tree),
        ..Sources::default()
    });
    assert_eq!(editor.settings.models.chat.as_ref().unwrap().api_key, None);
    assert!(
        problems(&editor).contains("your own file"),
        "{}",
        problems(&editor)
    );
    let text = "[models.chat]\nurl = \"http://a\"\napi_key = { command = [\"pass\", \"x\"] }\n";
    let own = load(&user(text));
    let words = vec!["pass".to_owned(), "x".to_owned()];
    let key = own.settings.models.chat.unwrap().api_key;
    assert_eq!(key, Some(ApiKey::Command(words)));
    let repository = load(&Sources {
        repository: Some(file(".hob.toml", text)),
        ..Sources::default()
    });
    assert_eq!(repository.settings, Settings::default());
}

#[test]
fn the_proxy_is_the_user_s_choice() {
    use crate::config::settings::Proxy;
    let of = |sources: &Sources| {
        let loaded = load(sources);
        let model = loaded.settings.models.chat.clone().unwrap();
        (model.proxy, problems(&loaded))
    };
    let with = |proxy: &str| {
        user(&format!(
            "[models.chat]\nurl = \"http://a\"\n[network]\nproxy = {proxy}\n"
        ))
    };
    for (proxy, expected) in [
        ("\"environment\"", Proxy::Environment),
        ("\"none\"", Proxy::None),
        (
            "\"http://proxy:3128\"",
            Proxy::Url("http://proxy:3128".to_owned()),
        ),
    ] {
        assert_eq!(of(&with(proxy)), (expected, String::new()));
    }
    for (proxy, says) in [
        ("\"nome\"", "did you mean \"none\"?"),
        ("\"http://ann:geheim@proxy\"", "HTTPS_PROXY"),
        ("\"socks5://proxy\"", "\"environment\", \"none\""),
        ("1", "\"environment\", \"none\""),
    ] {
        let (found, problems) = of(&with(proxy));
        assert_eq!(found, Proxy::Environment);
        assert!(
            problems.contains(says) && !problems.contains("geheim"),
            "{problems}"
        );
    }
    let mut hostile = user("[models.chat]\nurl = \"http://a\"\n");
    hostile.repository = Some(file(".hob.toml", "network.proxy = \"http://evil\"\n"));
    let (found, problems) = of(&hostile);
    assert_eq!(found, Proxy::Environment);
    assert!(
        problems.contains("a repository may not set this"),
        "{problems}"
    );
}
