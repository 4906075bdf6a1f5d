//! Why a file does not count, in words, with the rule that says so.

use super::{
    Chosen, Patterns, RULES, Skip, absolute, banner, included, is_included, read_chosen,
    skip_by_name, text_of,
};
use crate::git::Nested;
use crate::literal;
use crate::reader::{Reader, is_git, read_own};
use crate::secret::is_secret;
use crate::walk::rules::{Rules, Verdict, Way};
use std::fs;
use std::path::{Path, PathBuf};

/// Why a file below `root` is not indexed, as a sentence; `None`: it is.
///
/// Asks the same rules as the walk does, of the folders on the way to the file only.
pub fn why_not(root: &Path, file: &Path, patterns: &Patterns) -> Option<String> {
    let (root, file) = (absolute(root), absolute(file));
    let Ok(relative) = file.strip_prefix(&root) else {
        return Some(format!(
            "It is not below the project's root, {}.",
            root.display()
        ));
    };
    if let Some(why) = refused(&root, &file, patterns) {
        return Some(format!(
            "Its rules are not used, or not all of them: it {why}."
        ));
    }
    match fs::symlink_metadata(&file) {
        Err(_) => return Some("There is no such file.".to_owned()),
        Ok(it) if it.is_symlink() => {
            return Some(
                "It is a link; links are not followed, what they lead to counts where it is."
                    .to_owned(),
            );
        }
        Ok(it) if it.is_dir() => {
            return Some("It is a folder; ask for a file in it.".to_owned());
        }
        Ok(it) if !it.is_file() => {
            return Some("It is no ordinary file: nothing else is read.".to_owned());
        }
        Ok(_) => {}
    }
    let chosen = match is_brought_in(&root, relative, patterns) {
        true => Chosen::Named,
        false => Chosen::Found,
    };
    if chosen == Chosen::Found
        && let Err(left_out) = by_rules(
            &root,
            relative,
            Rules::new(&root, patterns),
            Hidden::LeftOut,
        )
    {
        return Some(left_out.unwrap_or_else(|| hidden(relative)));
    }
    match skip_by_name(&file, chosen) {
        Some(Skip::Secret) => {
            return Some("By its name it may hold secrets: it is never read.".to_owned());
        }
        Some(_) => {
            return Some(format!(
                "Its name is one that programs write (a lock file, a bundle). {BRINGS_IN}"
            ));
        }
        None => {}
    }
    let reader = Reader::new(&root);
    let skip = read_chosen(&reader, &file, chosen).err()?;
    Some(of_content(&reader, &file, skip, chosen))
}

/// The way out where a heuristic is wrong.
const BRINGS_IN: &str = "`index.include` in your own configuration can bring it in.";

/// Why the rules of an ignore file are not used, or not all of them.
fn refused(root: &Path, file: &Path, patterns: &Patterns) -> Option<String> {
    if !RULES.iter().any(|it| file.ends_with(it)) {
        return None;
    }
    let mut way = Way::new(Rules::new(root, patterns));
    way.inside(file.parent()?);
    let refused = way.rules.refused().iter().find(|it| it.0 == file)?;
    Some(refused.1.clone())
}

/// Whether `index.include` brings a file in that is ignored or hidden.
fn is_brought_in(root: &Path, relative: &Path, patterns: &Patterns) -> bool {
    !patterns.include.is_empty()
        && !relative.components().any(is_git)
        && is_included(&included(root, patterns), &root.join(relative))
        && by_rules(
            root,
            relative,
            Rules::for_included(root, patterns),
            Hidden::Counts,
        )
        .is_ok()
}

/// Whether hidden files count.
#[derive(Clone, Copy, PartialEq)]
enum Hidden {
    Counts,
    LeftOut,
}

/// Whether a file and all folders on the way to it count; else the rule that says no, or `None`: one of them is hidden.
fn by_rules(
    root: &Path,
    relative: &Path,
    rules: Rules,
    hidden: Hidden,
) -> Result<(), Option<String>> {
    let mut way = Way::new(rules);
    let mut at = root.to_owned();
    let n = relative.components().count();
    for (depth, part) in relative.components().enumerate() {
        let rulebook = way.inside(&at);
        at.push(part);
        let is_folder = depth + 1 < n;
        match way.rules.verdict(&rulebook, &at, is_folder) {
            Verdict::Counts => {}
            Verdict::Excluded(pattern) => {
                let pattern = literal::written(pattern);
                return Err(Some(format!("`index.exclude` has `{pattern}`.")));
            }
            Verdict::Nested(nested) => {
                return Err(Some(checkout(&at, nested)));
            }
            Verdict::Ignored(rule) => {
                let file = rule.from().map(Path::to_owned).unwrap_or_default();
                let what = match is_folder {
                    true => format!(", for its folder {}", at.display()),
                    false => String::new(),
                };
                let place = place_of(&file, rule.original());
                return Err(Some(format!("{place} has `{}`{what}.", rule.original())));
            }
        }
        let is_hidden = part.as_os_str().to_string_lossy().starts_with('.');
        if is_hidden && hidden == Hidden::LeftOut && (is_folder || !is_secret(&at)) {
            return Err(None);
        }
    }
    Ok(())
}

/// An ignore file with the line that has this rule.
fn place_of(file: &Path, rule: &str) -> String {
    // Rules come from files that were just read; one that can't be any more has no line.
    let bytes = read_own(file, super::LARGEST).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    // The last of equal lines is the one that decides.
    let lines: Vec<&str> = text.lines().collect();
    match lines.iter().rposition(|it| it.trim_end() == rule) {
        Some(line) => format!("{}:{}", file.display(), line + 1),
        None => file.display().to_string(),
    }
}

/// Why nothing in a folder with a checkout of its own is indexed.
fn checkout(folder: &Path, nested: Nested) -> String {
    let folder = folder.display();
    match nested {
        Nested::Worktree => format!(
            "Its folder {folder} is another working tree of a repository (`git worktree list` shows it): its files would be found twice. Run `hob` in that folder, or name the folder in `index.include`."
        ),
        Nested::Repository => format!(
            "Its folder {folder} is a repository of its own and no submodule, so it is no part of this one. Run `hob` in that folder, or name the folder in `index.include`."
        ),
    }
}

fn of_content(reader: &Reader, file: &Path, skip: Skip, chosen: Chosen) -> String {
    match skip {
        Skip::Generated => {
            let content = reader.read(file, super::LARGEST);
            let text = content.ok().and_then(|it| text_of(it.bytes));
            let text = text.unwrap_or_default();
            let line = banner::line(file, &text).unwrap_or(1);
            format!("Line {line} says that a program wrote it. {BRINGS_IN}")
        }
        Skip::Secret => "It holds a private key.".to_owned(),
        Skip::TooLarge if chosen == Chosen::Named => {
            "It is larger than 10 MB, the most that is indexed of a file that you include."
                .to_owned()
        }
        Skip::TooLarge => {
            format!("It is larger than 1 MB: people don't write such files. {BRINGS_IN}")
        }
        Skip::Binary => "It is not text in UTF-8.".to_owned(),
        Skip::Minified => {
            format!("It is minified: its lines are longer than 500 bytes on average. {BRINGS_IN}")
        }
        Skip::Unreadable => "It can't be read.".to_owned(),
        Skip::IgnoreFile => "Its ignore rules can't be used.".to_owned(),
    }
}

fn hidden(relative: &Path) -> String {
    let mut parts = relative.components();
    let part = parts.find(|it| it.as_os_str().to_string_lossy().starts_with('.'));
    let part = part.map_or_else(PathBuf::new, |it| PathBuf::from(it.as_os_str()));
    format!(
        "`{}` is hidden: its name begins with a dot. {BRINGS_IN}",
        part.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn each_reason_names_its_rule() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".gitignore", "# made\n*.log\nbuild/\n");
        write("deep/.hobignore", "data.rs\n");
        for path in [
            "a.rs",
            "x.log",
            "build/out/b.rs",
            "deep/data.rs",
            ".hidden/c.rs",
            "snap/d.rs",
        ] {
            write(path, "fn a() {}\n");
        }
        write("made.rs", "//\n// @generated by x\n");
        write("binary.rs", "a\0b");
        write("key.txt", "-----BEGIN RSA PRIVATE KEY-----\n");
        write(".env", "A=b\n");
        write("Cargo.lock", "\n");
        write("min.js", &"x".repeat(2000));
        let patterns = Patterns {
            exclude: vec!["snap/**".into()],
            ..Patterns::default()
        };
        let mut drawn = String::new();
        for path in [
            "a.rs",
            "x.log",
            "build/out/b.rs",
            "deep/data.rs",
            ".hidden/c.rs",
            "snap/d.rs",
            "made.rs",
            "binary.rs",
            "key.txt",
            ".env",
            "Cargo.lock",
            "min.js",
            "gone.rs",
            "deep",
            "../else.rs",
        ] {
            let why = why_not(&root, &root.join(path), &patterns);
            let why = why.map(|it| it.replace(&*root.to_string_lossy(), "ROOT"));
            drawn.push_str(&format!(
                "{path}: {}\n",
                why.as_deref().unwrap_or("indexed")
            ));
        }
        expect![[r#"
            a.rs: indexed
            x.log: ROOT/.gitignore:2 has `*.log`.
            build/out/b.rs: ROOT/.gitignore:3 has `build/`, for its folder ROOT/build.
            deep/data.rs: ROOT/deep/.hobignore:1 has `data.rs`.
            .hidden/c.rs: `.hidden` is hidden: its name begins with a dot. `index.include` in your own configuration can bring it in.
            snap/d.rs: `index.exclude` has `snap/**`.
            made.rs: Line 2 says that a program wrote it. `index.include` in your own configuration can bring it in.
            binary.rs: It is not text in UTF-8.
            key.txt: It holds a private key.
            .env: By its name it may hold secrets: it is never read.
            Cargo.lock: Its name is one that programs write (a lock file, a bundle). `index.include` in your own configuration can bring it in.
            min.js: It is minified: its lines are longer than 500 bytes on average. `index.include` in your own configuration can bring it in.
            gone.rs: There is no such file.
            deep: It is a folder; ask for a file in it.
            ../else.rs: There is no such file.
        "#]].assert_eq(&drawn);
    }
}
