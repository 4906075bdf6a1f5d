//! Why a file does not count, in words, with the rule that says so.

use super::{Patterns, RULES, Skip, files_with, is_marker, matcher, read, text_of};
use ignore::Match;
use ignore::gitignore::Gitignore;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a file below `root` is not indexed, as a sentence; `None`: it is.
///
/// Whether it counts is decided by the same walk that indexing does; the rules are only looked through for the reason.
pub fn why_not(root: &Path, file: &Path, patterns: &Patterns) -> Option<String> {
    let (root, file) = (absolute(root), absolute(file));
    let Ok(relative) = file.strip_prefix(&root) else {
        return Some(format!(
            "It is not below the project's root, {}.",
            root.display()
        ));
    };
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
        Ok(_) => {}
    }
    let (kept, skipped) = files_with(&root, patterns);
    if kept.iter().any(|it| it.path == file) {
        return match read(&file) {
            Ok(_) => None,
            Err(skip) => Some(of_content(&file, skip)),
        };
    }
    if let Some((_, skip)) = skipped.iter().find(|it| it.0 == file) {
        return Some(match skip {
            Skip::Secret => "By its name it may hold secrets: it is never read.".to_owned(),
            Skip::Generated => {
                "Its name is one that programs write (a lock file, a bundle).".to_owned()
            }
            skip => of_content(&file, *skip),
        });
    }
    let rule = excluded(&root, relative, patterns)
        .or_else(|| ignored(&root, relative))
        .or_else(|| hidden(relative));
    Some(rule.unwrap_or_else(|| {
        "A rule outside the project ignores it: Git's own `info/exclude`, the user's global ignore file, or a folder above."
            .to_owned()
    }))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn of_content(file: &Path, skip: Skip) -> String {
    match skip {
        Skip::Generated => {
            let text = fs::read(file).ok().and_then(text_of).unwrap_or_default();
            let line = text.lines().position(is_marker).map_or(1, |it| it + 1);
            format!("Line {line} says that a program wrote it.")
        }
        Skip::Secret => "It holds a private key.".to_owned(),
        Skip::TooLarge => "It is larger than 1 MB: people don't write such files.".to_owned(),
        Skip::Binary => "It is not text in UTF-8.".to_owned(),
        Skip::Minified => {
            "It is minified: its lines are longer than 500 bytes on average.".to_owned()
        }
        Skip::Unreadable => "It can't be read.".to_owned(),
    }
}

fn excluded(root: &Path, relative: &Path, patterns: &Patterns) -> Option<String> {
    let rules = matcher(root, &patterns.exclude);
    match rules.matched_path_or_any_parents(relative, false) {
        Match::Ignore(rule) => Some(format!("`index.exclude` has `{}`.", rule.original())),
        _ => None,
    }
}

/// The rule that ignores a file, or the first of its folders that is ignored.
fn ignored(root: &Path, relative: &Path) -> Option<String> {
    let mut at = root.to_owned();
    let mut folders = vec![root.to_owned()];
    let n = relative.components().count();
    for (depth, part) in relative.components().enumerate() {
        at.push(part);
        let is_folder = depth + 1 < n;
        if let Some(rule) = rule_for(&folders, &at, is_folder) {
            return Some(rule);
        }
        folders.push(at.clone());
    }
    None
}

/// The rule that ignores `path`, by the ignore files in these folders, the deepest deciding.
fn rule_for(folders: &[PathBuf], path: &Path, is_folder: bool) -> Option<String> {
    for name in RULES {
        for folder in folders.iter().rev() {
            let file = folder.join(name);
            let (rules, _) = Gitignore::new(&file);
            match rules.matched(path, is_folder) {
                Match::Ignore(rule) => {
                    let text = fs::read_to_string(&file).unwrap_or_default();
                    let line = text.lines().position(|it| it.trim_end() == rule.original());
                    let line = line.map_or(String::new(), |it| format!(":{}", it + 1));
                    let what = match is_folder {
                        true => format!(", for its folder {}", path.display()),
                        false => String::new(),
                    };
                    let rule = rule.original();
                    return Some(format!("{}{line} has `{rule}`{what}.", file.display()));
                }
                Match::Whitelist(_) => return None,
                Match::None => {}
            }
        }
    }
    None
}

fn hidden(relative: &Path) -> Option<String> {
    let mut parts = relative.components();
    let part = parts.find(|it| it.as_os_str().to_string_lossy().starts_with('.'))?;
    Some(format!(
        "`{}` is hidden: its name begins with a dot. `index.include` can bring it in.",
        part.as_os_str().to_string_lossy()
    ))
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
            .hidden/c.rs: `.hidden` is hidden: its name begins with a dot. `index.include` can bring it in.
            snap/d.rs: `index.exclude` has `snap/**`.
            made.rs: Line 2 says that a program wrote it.
            binary.rs: It is not text in UTF-8.
            key.txt: It holds a private key.
            .env: By its name it may hold secrets: it is never read.
            Cargo.lock: Its name is one that programs write (a lock file, a bundle).
            min.js: It is minified: its lines are longer than 500 bytes on average.
            gone.rs: There is no such file.
            deep: It is a folder; ask for a file in it.
            ../else.rs: There is no such file.
        "#]].assert_eq(&drawn);
    }
}
