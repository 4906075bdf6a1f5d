//! Where the user's global ignore file is, by Git's own configuration.

use crate::reader::read_own;
use std::env;
use std::path::{Path, PathBuf};

/// No configuration that a person writes is larger; in bytes.
const LARGEST: u64 = 1_000_000;

/// The file that `core.excludesFile` names, else Git's usual one; it need not exist.
pub(super) fn file() -> Option<PathBuf> {
    let variable = |name: &str| {
        let value = env::var_os(name).map(PathBuf::from);
        value.filter(|it| !it.as_os_str().is_empty())
    };
    let home = env::home_dir();
    let config = variable("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let configurations = [
        variable("GIT_CONFIG_GLOBAL"),
        home.as_ref().map(|it| it.join(".gitconfig")),
        config.as_ref().map(|it| it.join("git").join("config")),
        variable("GIT_CONFIG_SYSTEM").or_else(|| Some(PathBuf::from("/etc/gitconfig"))),
    ];
    let named = configurations.into_iter().flatten().find_map(|it| {
        let bytes = read_own(&it, LARGEST).ok()?;
        excludes_file(&String::from_utf8_lossy(&bytes), home.as_deref())
    });
    named.or_else(|| Some(config?.join("git").join("ignore")))
}

/// The value of `excludesFile` in a configuration. No other section has a key of this name.
fn excludes_file(config: &str, home: Option<&Path>) -> Option<PathBuf> {
    let value = config.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        let is_it = name.trim().eq_ignore_ascii_case("excludesfile");
        let value = value.trim().trim_matches('"').trim();
        (is_it && !value.is_empty()).then_some(value)
    })?;
    Some(match (value.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_named_in_any_case_quoted_or_not_and_from_home() {
        let home = Some(Path::new("/home/me"));
        for (config, expected) in [
            (
                "[core]\n\texcludesFile = ~/.ignored\n",
                Some("/home/me/.ignored"),
            ),
            (
                "[core]\nexcludesfile=\"/etc/my ignored\"\r\n",
                Some("/etc/my ignored"),
            ),
            ("[core]\n\tEXCLUDESFILE =\n\teditor = vi\n", None),
            ("", None),
        ] {
            assert_eq!(
                excludes_file(config, home),
                expected.map(PathBuf::from),
                "{config}"
            );
        }
    }
}
