//! From checked values to settings: options are read, defaults filled in, and what doesn't fit together is pointed out.

use crate::config::Origin;
use crate::config::layers::EDITOR;
use crate::config::options::{
    ApiKeyOption, AutocompleteOptions, ChatOptions, CommandOptions, DebounceOption, FimOption,
    IndexOptions, ModelOptions, OneOrMany, Options, TrustOptions,
};
use crate::config::problem::{Diagnostic, Severity};
use crate::config::settings::{
    ApiKey, Autocomplete, ChatSettings, CommandSettings, Debounce, Fim, IndexSettings,
    ModelSettings, Models, Provider, Proxy, Role, Settings, Timeouts,
};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Resolves values by key; every one has passed its check.
pub(crate) fn resolve(
    values: &BTreeMap<String, Json>,
    origins: &BTreeMap<String, Origin>,
) -> (Settings, Vec<Diagnostic>) {
    let mut tree = Map::new();
    for (path, value) in values {
        insert(&mut tree, path, value.clone());
    }
    let mut problems = Vec::new();
    let options = serde_json::from_value(Json::Object(tree)).unwrap_or_else(|err| {
        // The checks let through exactly what the options take (tested on arbitrary trees); should they ever disagree, this is said, not hidden.
        // Serde's message may quote a value, so only its kind is passed on.
        problems.push(Diagnostic {
            severity: Severity::Error,
            file: "configuration".to_owned(),
            line: None,
            column: None,
            key: None,
            message: format!(
                "could not be read and is not used at all ({:?})",
                err.classify()
            ),
            hint: Some(
                "this is a mistake in Hob; please report it with your configuration, keys removed"
                    .to_owned(),
            ),
        });
        Options::default()
    });
    let models = options.models.unwrap_or_default();
    let proxy = match options.network.and_then(|it| it.proxy).as_deref() {
        None | Some("environment") => Proxy::Environment,
        Some("none") => Proxy::None,
        Some(url) => Proxy::Url(url.to_owned()),
    };
    let role = |role: Role, options: Option<ModelOptions>| {
        options.map(|it| ModelSettings {
            proxy: proxy.clone(),
            ..model(role, it)
        })
    };
    let settings = Settings {
        models: Models {
            autocomplete: role(Role::Autocomplete, models.autocomplete),
            chat: role(Role::Chat, models.chat),
            edit: role(Role::Edit, models.edit),
            architect: role(Role::Architect, models.architect),
            embed: role(Role::Embed, models.embed),
        },
        autocomplete: autocomplete(options.autocomplete.unwrap_or_default()),
        index: index(options.index.unwrap_or_default()),
        chat: chat(
            options.chat.unwrap_or_default(),
            options.trust.unwrap_or_default(),
        ),
        commands: commands(options.commands.unwrap_or_default()),
    };
    problems.extend(misfits(&settings.models, origins));
    (settings, problems)
}

fn insert(tree: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            tree.insert(path.to_owned(), value);
        }
        Some((table, rest)) => {
            let below = tree
                .entry(table)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn model(role: Role, options: ModelOptions) -> ModelSettings {
    let usual = Timeouts::of_role(role);
    let timeouts = options.timeouts.unwrap_or_default();
    let or = |milliseconds: Option<u64>, usual| milliseconds.map_or(usual, Duration::from_millis);
    ModelSettings {
        provider: options.provider,
        url: match options.url {
            None => Vec::new(),
            Some(OneOrMany::One(it)) => vec![it],
            Some(OneOrMany::Many(it)) => it,
        },
        model: options.model,
        api_key: options.api_key.map(|it| match it {
            ApiKeyOption::Literal(it) => ApiKey::Literal(it),
            ApiKeyOption::Env { env } => ApiKey::Env(env),
            ApiKeyOption::File { file } => ApiKey::File(file.into()),
            ApiKeyOption::Command { command } => ApiKey::Command(command),
        }),
        fim: options.fim.map(|it| match it {
            FimOption::Family(it) => Fim::Family(it),
            FimOption::Template {
                prefix,
                suffix,
                middle,
                stop,
            } => Fim::Template {
                prefix,
                suffix,
                middle,
                stop,
            },
        }),
        context_tokens: options.context_tokens,
        fallback: options.fallback,
        extra: options.extra.unwrap_or_default(),
        timeouts: Timeouts {
            connect: or(timeouts.connect_ms, usual.connect),
            first_token: or(timeouts.first_token_ms, usual.first_token),
            idle: or(timeouts.idle_ms, usual.idle),
        },
        proxy: Proxy::default(),
    }
}

fn autocomplete(options: AutocompleteOptions) -> Autocomplete {
    let usual = Autocomplete::default();
    Autocomplete {
        enabled: options.enabled.unwrap_or(usual.enabled),
        languages_off: options.languages_off.unwrap_or(usual.languages_off),
        debounce: match options.debounce_ms {
            None => usual.debounce,
            Some(DebounceOption::Auto(_)) => Debounce::Auto,
            Some(DebounceOption::Milliseconds(it)) => Debounce::Fixed(Duration::from_millis(it)),
        },
        multiline: options.multiline.unwrap_or(usual.multiline),
        max_tokens: options.max_tokens.unwrap_or(usual.max_tokens),
        instant: options.instant.unwrap_or(usual.instant),
    }
}

fn index(options: IndexOptions) -> IndexSettings {
    let usual = IndexSettings::default();
    IndexSettings {
        enabled: options.enabled.unwrap_or(usual.enabled),
        include: options.include.unwrap_or(usual.include),
        exclude: options.exclude.unwrap_or(usual.exclude),
    }
}

fn chat(options: ChatOptions, trust: TrustOptions) -> ChatSettings {
    let usual = ChatSettings::default();
    ChatSettings {
        rules: options.rules.unwrap_or(usual.rules),
        agents_md: options.agents_md.unwrap_or(usual.agents_md),
        trusted: trust.folders.unwrap_or(usual.trusted),
        context_tokens: options.context_tokens.unwrap_or(usual.context_tokens),
    }
}

fn commands(options: BTreeMap<String, CommandOptions>) -> Vec<CommandSettings> {
    let settings = |(name, it): (String, CommandOptions)| CommandSettings {
        name,
        prompt: it.prompt,
        description: it.description.unwrap_or_default(),
        edit: it.edit,
    };
    options.into_iter().map(settings).collect()
}

/// What is right by itself and wrong together.
fn misfits(models: &Models, origins: &BTreeMap<String, Origin>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut warn = |role: Role, key: &str, message: String, hint: &str| {
        let key = format!("models.{}.{key}", role.name());
        let (file, line) = match origins.get(&key) {
            Some(Origin::User { file, line } | Origin::Repository { file, line }) => {
                (file.display().to_string(), Some(*line))
            }
            _ => (EDITOR.to_owned(), None),
        };
        problems.push(Diagnostic {
            severity: Severity::Warning,
            file,
            line,
            column: None,
            key: Some(key),
            message,
            hint: Some(hint.to_owned()),
        });
    };
    for role in Role::ALL {
        let Some(model) = models.configured(role) else {
            continue;
        };
        match model.provider {
            Some(Provider::Builtin) if !model.url.is_empty() => warn(
                role,
                "url",
                "isn't used: `provider = \"builtin\"` asks no server".to_owned(),
                "remove one of the two",
            ),
            Some(Provider::Fastembed) if role != Role::Embed => warn(
                role,
                "provider",
                "\"fastembed\" only embeds".to_owned(),
                "it is for `models.embed`",
            ),
            Some(Provider::Fastembed) if !model.url.is_empty() => warn(
                role,
                "url",
                "isn't used: `provider = \"fastembed\"` asks no server".to_owned(),
                "remove one of the two",
            ),
            Some(it @ (Provider::Mistral | Provider::OpenAi)) if model.url.is_empty() => warn(
                role,
                "provider",
                format!("\"{it}\" needs a `url`: Hob assumes no address outside this machine"),
                "set `url` to the server's address",
            ),
            _ => {}
        }
        if falls_back_to_itself(models, role) {
            warn(
                role,
                "fallback",
                "leads back to this model by way of the others'".to_owned(),
                "end the chain with \"builtin\"",
            );
        }
    }
    problems
}

fn falls_back_to_itself(models: &Models, start: Role) -> bool {
    let next = |role: Role| {
        models.configured(role).into_iter().flat_map(|it| {
            it.fallback
                .iter()
                .flatten()
                .filter_map(|it| Role::of_name(it))
        })
    };
    let mut seen: Vec<Role> = next(start).collect();
    let mut at = 0;
    while let Some(&role) = seen.get(at) {
        if role == start {
            return true;
        }
        for it in next(role) {
            if !seen.contains(&it) {
                seen.push(it);
            }
        }
        at += 1;
    }
    false
}
