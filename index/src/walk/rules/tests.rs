//! The rules against those of the `ignore` crate's own walk, and against files that are no ignore files.

use super::super::{files_with, ignored_above, why_not};
use super::*;
use crate::secret::is_secret;
use ignore::WalkBuilder;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The files that the `ignore` crate finds, as Hob had it walk before it read ignore files itself.
fn reference(root: &Path, exclude: &[&str]) -> BTreeSet<PathBuf> {
    let mut excluded = ignore::overrides::OverrideBuilder::new(root);
    for pattern in exclude {
        excluded.add(&format!("!{pattern}")).unwrap();
    }
    WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .add_custom_ignore_filename(".hobignore")
        .current_dir(root)
        .overrides(excluded.build().unwrap())
        .filter_entry(|entry| {
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_file = entry.file_type().is_some_and(|it| it.is_file());
            entry.depth() == 0 || !hidden || (is_file && is_secret(entry.path()))
        })
        .build()
        .flatten()
        .filter(|it| it.file_type().is_some_and(|it| it.is_file()))
        .map(ignore::DirEntry::into_path)
        .collect()
}

fn own(root: &Path, exclude: &[&str]) -> BTreeSet<PathBuf> {
    let patterns = Patterns {
        exclude: exclude.iter().map(|&it| it.to_owned()).collect(),
        ..Patterns::default()
    };
    let (kept, skipped) = files_with(root, &patterns);
    let kept = kept.into_iter().map(|it| it.path);
    kept.chain(skipped.into_iter().map(|it| it.0)).collect()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A pattern of an ignore file.
fn pattern() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "a.rs",
        "b.rs",
        "x.log",
        "*.rs",
        "*.log",
        "*",
        "?",
        "a*",
        "[ab]",
        "[!a]*",
        "**",
        "{a,b}",
        "[a",
        "\\a",
        ".env",
        "a/b",
        "a/**",
        "**/b",
        "a/*/c",
        "a/**/c",
        "*/b",
        "project/a",
        "sub/a",
        "project",
        "sub",
    ]);
    let before = prop::sample::select(vec!["", "", "", "!", "/", "!/", "#", "\\!", "**/", " "]);
    let after = prop::sample::select(vec!["", "", "", "/", " ", "\r", "/**", "\\ "]);
    (before, name, after).prop_map(|(before, name, after)| format!("{before}{name}{after}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_same_files_count_as_in_the_crate_s_own_walk(
        files in prop::collection::vec((
            prop::sample::select(vec!["", "sub/", "sub/project/", "sub/project/a/", "sub/project/a/b/", "sub/project/.c/", "sub/project/b/"]),
            prop::sample::select(vec![".gitignore", ".ignore", ".hobignore", ".git/info/exclude"]),
            prop::collection::vec(pattern(), 0..5),
        ), 0..6),
        exclude in prop::collection::vec(prop::sample::select(vec!["a", "*.rs", "/b", "a/b/", "**/c"]), 0..2),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let root = top.join("sub/project");
        for below in ["", "a/", "a/b/", "a/b/c/", "a/c/", "b/", "b/a/", ".c/", "c/a/b/"] {
            for name in ["a.rs", "b.rs", "x.log", ".env", "e", "!a", "#a"] {
                write(&root, &format!("{below}{name}"), "");
            }
        }
        for (folder, name, patterns) in files {
            write(top, &format!("{folder}{name}"), &patterns.join("\n"));
        }
        prop_assert_eq!(own(&root, &exclude), reference(&root, &exclude));
        // Asked for each by itself, the rules say the same.
        let patterns = Patterns {
            exclude: exclude.iter().map(|&it| it.to_owned()).collect(),
            ..Patterns::default()
        };
        let counting = own(&root, &exclude);
        for entry in walkdir::WalkDir::new(&root).into_iter().flatten() {
            let path = entry.path();
            if !entry.file_type().is_file() || RULES.iter().any(|it| path.ends_with(it)) {
                continue;
            }
            let why = why_not(&root, path, &patterns);
            let by_name = why.as_ref().is_some_and(|it| it.starts_with("By its name"));
            prop_assert_eq!(counting.contains(path), why.is_none() || by_name, "{:?}: {:?}", path, why);
            let ignored = ignored_above(&root, path, &patterns);
            let is_shown = path.file_name().is_some_and(|it| !it.to_string_lossy().starts_with('.'));
            if is_shown {
                prop_assert_eq!(counting.contains(path), ignored.is_none(), "{:?}", path);
            }
        }
    }
}

/// Compares with the crate's own walk on real trees: `HOB_TREES=/usr/lib:/home/me/src cargo test -- --ignored real_trees`.
#[test]
#[ignore = "needs folders that the developer names"]
fn real_trees_are_walked_as_by_the_crate() {
    let trees = std::env::var_os("HOB_TREES").expect("HOB_TREES names folders");
    for tree in std::env::split_paths(&trees) {
        let (own, reference) = (own(&tree, &[]), reference(&tree, &[]));
        let differences: Vec<_> = own.symmetric_difference(&reference).take(20).collect();
        assert!(differences.is_empty(), "{tree:?}: {differences:#?}");
        assert!(!own.is_empty(), "{tree:?}");
    }
}

#[test]
fn a_link_to_the_root_and_rules_above_it_count_together() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), ".gitignore", "project/a.rs\n*.log\n");
    for name in ["a.rs", "b.rs", "x.log"] {
        write(folder.path(), &format!("project/{name}"), "");
    }
    let names = |root: &Path| -> Vec<String> {
        let name = |it: PathBuf| it.file_name().unwrap().to_string_lossy().into_owned();
        own(root, &[]).into_iter().map(name).collect()
    };
    assert_eq!(names(&folder.path().join("project")), ["b.rs"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("project", folder.path().join("link")).unwrap();
        assert_eq!(names(&folder.path().join("link")), ["b.rs"]);
    }
}

#[test]
fn an_ignore_file_that_is_none_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    write(&root, "a.rs", "fn a() {}\n");
    write(&root, "deep/b.rs", "fn b() {}\n");
    write(&root, "deep/.gitignore", "b.rs\n");
    fs::create_dir(root.join(".ignore")).unwrap();
    let large = fs::File::create(root.join(".gitignore")).unwrap();
    large.set_len(3 << 30).unwrap();
    let (kept, skipped) = files_with(&root, &Patterns::default());
    assert_eq!(kept.len(), 1);
    let expected =
        [".gitignore", ".ignore"].map(|it| (root.join(it), crate::walk::Skip::IgnoreFile));
    assert_eq!(skipped, expected);
    let why = |path: &str| why_not(&root, &root.join(path), &Patterns::default()).unwrap();
    assert_eq!(
        why(".gitignore"),
        "Its rules are not used, or not all of them: it is larger than 1 MB."
    );
    assert_eq!(
        why(".ignore"),
        "Its rules are not used, or not all of them: it is a folder."
    );
    assert!(why("deep/b.rs").ends_with("deep/.gitignore:1 has `b.rs`."));
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_links_out_are_no_ignore_files() {
    use std::os::unix::fs::symlink;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("above/project");
        write(&root, "a.rs", "fn a() {}\n");
        write(&root, "deep/b.rs", "fn b() {}\n");
        write(&root, "linked/c.rs", "fn c() {}\n");
        write(&root, "real", "c.rs\n");
        write(&root, ".git/HEAD", "x");
        write(folder.path(), "outside", "*\n");
        fs::create_dir(root.join(".git/info")).unwrap();
        for name in [
            ".gitignore",
            "deep/.ignore",
            "../.gitignore",
            ".git/info/exclude",
        ] {
            let made = std::process::Command::new("mkfifo")
                .arg(root.join(name))
                .status();
            assert!(made.unwrap().success());
        }
        for (to, name) in [
            ("/dev/zero", ".ignore"),
            ("../../outside", ".hobignore"),
            ("/dev/zero", "deep/.gitignore"),
            ("../outside", "../.hobignore"),
            ("/proc/kmsg", "../.ignore"),
            (".hobignore", "deep/.hobignore"),
            ("../real", "linked/.gitignore"),
        ] {
            symlink(to, root.join(name)).unwrap();
        }
        let (kept, skipped) = files_with(&root, &Patterns::default());
        let name = |it: &Path| {
            it.strip_prefix(&root)
                .map_or_else(|_| it.to_owned(), Path::to_owned)
        };
        let kept: Vec<PathBuf> = kept.iter().map(|it| name(&it.path)).collect();
        let skipped: Vec<PathBuf> = skipped.iter().map(|it| name(&it.0)).collect();
        let folders = crate::walk::folders(&root, &root, &Patterns::default());
        let _ = sender.send((kept, skipped, folders.len()));
    });
    let (kept, skipped, n_folders) = receiver
        .recv_timeout(std::time::Duration::from_secs(60))
        .expect("it waits for ever, or reads for ever");
    // A link within the project is as good as the file.
    assert_eq!(kept, ["a.rs", "deep/b.rs", "real"].map(PathBuf::from));
    assert_eq!(n_folders, 3);
    for name in [
        ".gitignore",
        ".ignore",
        ".hobignore",
        "deep/.gitignore",
        "deep/.ignore",
        "deep/.hobignore",
        ".git/info/exclude",
    ] {
        assert!(
            skipped.contains(&PathBuf::from(name)),
            "{name}: {skipped:?}"
        );
    }
    assert_eq!(skipped.len(), 10, "{skipped:?}");
}

#[test]
fn another_repository_s_excludes_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    write(&root, "a.rs", "");
    write(&root, "own.rs", "");
    write(folder.path(), "private/.git/info/exclude", "a.rs\n");
    write(&root, ".git", "gitdir: ../private/.git\n");
    assert!(own(&root, &[]).contains(&root.join("a.rs")));
    fs::remove_file(root.join(".git")).unwrap();
    write(&root, ".git/info/exclude", "own.rs\n");
    assert!(!own(&root, &[]).contains(&root.join("own.rs")));
}

#[test]
fn thirty_thousand_patterns_do_not_stall_a_walk() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for at in 0..60 {
        write(root, &format!("src/file{at}.rs"), "");
    }
    let hostile: String = (0..30_000)
        .map(|it| format!("[!{it}]*x{it}.rs\n*[!x]{it}*\n"))
        .collect();
    write(root, ".gitignore", &hostile);
    write(root, "src/.ignore", &hostile);
    let started = std::time::Instant::now();
    let patterns = Patterns {
        exclude: (0..30_000).map(|it| format!("[!{it}]*y{it}.rs")).collect(),
        include: (0..30_000).map(|it| format!("[!{it}]*z{it}.rs")).collect(),
    };
    files_with(root, &patterns);
    // Unbounded, each file alone takes tenths of a second.
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn what_is_included_still_heeds_hobignore_and_git() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in [
        "out/a.rs",
        "out/b.rs",
        ".hidden/c.rs",
        ".git/d.rs",
        ".GIT/e.rs",
    ] {
        write(root, name, "fn a() {}\n");
    }
    write(root, ".gitignore", "out\n");
    write(root, "out/.hobignore", "b.rs\n");
    let patterns = Patterns {
        include: vec!["**/*.rs".to_owned()],
        ..Patterns::default()
    };
    let (kept, _) = files_with(root, &patterns);
    let kept: Vec<_> = kept
        .iter()
        .map(|it| it.path.strip_prefix(root).unwrap())
        .collect();
    assert_eq!(kept, [Path::new(".hidden/c.rs"), Path::new("out/a.rs")]);
    for (name, counts) in [
        ("out/a.rs", true),
        ("out/b.rs", false),
        (".hidden/c.rs", true),
        (".git/d.rs", false),
    ] {
        assert_eq!(
            why_not(root, &root.join(name), &patterns).is_none(),
            counts,
            "{name}"
        );
    }
}
