//! The rules that every answer follows: the user's, and the repository's.

use crate::assist::chat::budget;
use crate::config::settings::ChatSettings;
use crate::config::trust;
use hob_index::reader::Reader;
use hob_index::secret;
use std::path::Path;

/// The file in a project's root that tells assistants how it is worked on.
pub(crate) const AGENTS: &str = "AGENTS.md";
/// The most that is read of it, in bytes: small models follow long rules no better than short ones.
const LONGEST: usize = 8 * 1024;

/// The rules in force, the user's first; empty where there are none.
pub fn rules(settings: &ChatSettings, root: Option<&Path>) -> String {
    let mut rules = String::new();
    for rule in &settings.rules {
        rules.push_str(&format!("- {}\n", rule.trim()));
    }
    if settings.agents_md
        && let Some(text) = root.and_then(|it| agents(it, &settings.trusted))
    {
        if !rules.is_empty() {
            rules.push('\n');
        }
        rules.push_str(&format!("From the project's {AGENTS}:\n{}\n", text.trim()));
    }
    secret::masked(&rules).into_owned()
}

/// What the root's `AGENTS.md` says, as far as it is a file of the project, and the project is one that counts.
fn agents(root: &Path, trusted: &[String]) -> Option<String> {
    if trust::left_out(root, AGENTS).is_some() && !trust::is_trusted(root, trusted) {
        return None;
    }
    let read = Reader::new(root).read_start(Path::new(AGENTS), LONGEST as u64);
    let bytes = read.ok()?.bytes;
    let is_cut = bytes.len() == LONGEST;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if is_cut {
        text.truncate(text.rfind('\n').unwrap_or(text.len()));
    }
    (budget::tokens(text.trim()) > 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_user_s_rules_come_first_and_then_those_of_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let settings = ChatSettings {
            rules: vec!["Answer in French.".to_owned()],
            ..ChatSettings::default()
        };
        assert_eq!(
            rules(&settings, Some(folder.path())),
            "- Answer in French.\n"
        );
        fs::write(folder.path().join(AGENTS), "Use tabs.\n").unwrap();
        assert_eq!(
            rules(&settings, Some(folder.path())),
            "- Answer in French.\n\nFrom the project's AGENTS.md:\nUse tabs.\n"
        );
        let without = ChatSettings {
            agents_md: false,
            ..ChatSettings::default()
        };
        assert_eq!(rules(&without, Some(folder.path())), "");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_no_file_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("key"), "private").unwrap();
        std::os::unix::fs::symlink(other.path().join("key"), folder.path().join(AGENTS)).unwrap();
        assert_eq!(rules(&ChatSettings::default(), Some(folder.path())), "");
        // Other assistants' names for the same file are often links.
        fs::remove_file(folder.path().join(AGENTS)).unwrap();
        fs::write(folder.path().join("CLAUDE.md"), "Use tabs.").unwrap();
        std::os::unix::fs::symlink("CLAUDE.md", folder.path().join(AGENTS)).unwrap();
        assert!(rules(&ChatSettings::default(), Some(folder.path())).ends_with("Use tabs.\n"));
    }

    #[test]
    fn long_rules_end_at_a_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(AGENTS), "one rule\n".repeat(2000)).unwrap();
        let rules = rules(&ChatSettings::default(), Some(folder.path()));
        assert!(
            rules.len() < LONGEST + 100 && rules.ends_with("one rule\n"),
            "{}",
            rules.len()
        );
    }
}
