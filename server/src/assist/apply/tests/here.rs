//! Answers applied from a folder below the root: which file a name means.

use super::*;

const FILES: &[(&str, &str)] = &[
    ("src/a.py", "a = 1\n"),
    ("src/both.py", "root = 1\n"),
    ("app/src/both.py", "app = 1\n"),
    ("app/x.py", "x = 1\n"),
    ("lib/y.py", "y = 1\n"),
    ("app/my dir/größe.py", "g = 1\n"),
];

fn project() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap().join("project");
    for (path, text) in FILES {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    (folder, root)
}

/// Which file a whole file of this name becomes, seen from `app`.
fn becomes(root: &Path, name: &str) -> Result<Vec<String>, Refusal> {
    let workspace = Workspace {
        root,
        open: &|_| None,
    };
    let old = |path: &Path| fs::read_to_string(path).ok();
    let here = root.join("app");
    let unified = name.replace('\\', "/");
    let answer = match old(&here.join(&unified)).or_else(|| old(&root.join(&unified))) {
        Some(old) => format!("{name}\n<<<<<<< SEARCH\n{old}=======\nnew = 1\n>>>>>>> REPLACE\n"),
        None => format!("{name}\n```python\nnew = 1\n```\n"),
    };
    let patch = plan_from(&answer, &workspace, Some(&here), None, &Scope::Root)?;
    let notes = patch
        .notes
        .iter()
        .filter(|it| it.contains("current folder"));
    Ok(patch
        .files
        .iter()
        .map(|it| it.path.clone())
        .chain(notes.map(|_| "noted".to_owned()))
        .collect())
}

#[test]
fn names_count_from_the_current_folder_first_then_from_the_root() {
    let (_folder, root) = project();
    let absolute = root.join("lib/new.py");
    for (name, expected) in [
        ("src/a.py", "src/a.py"),
        ("src/both.py", "app/src/both.py noted"),
        ("../src/both.py", "src/both.py"),
        ("app/src/both.py", "app/src/both.py"),
        ("x.py", "app/x.py"),
        ("src/new.py", "app/src/new.py"),
        ("./src/new.py", "app/src/new.py"),
        ("src\\new.py", "app/src/new.py"),
        ("lib/new.py", "lib/new.py"),
        ("lib/deep/new.py", "lib/deep/new.py"),
        ("app/new.py", "app/new.py"),
        ("../new.py", "new.py"),
        ("new.py", "app/new.py"),
        ("no/new.py", "app/no/new.py"),
        (absolute.to_str().unwrap(), "lib/new.py"),
    ] {
        let found = becomes(&root, name).unwrap();
        assert_eq!(found.join(" "), expected, "{name}");
    }
    for name in ["../../x.py", "/etc/passwd.py", "../.git/x.py"] {
        assert!(becomes(&root, name).is_err(), "{name}");
    }
}

#[test]
fn what_one_block_makes_the_next_one_changes() {
    let (_folder, root) = project();
    let workspace = Workspace {
        root: &root,
        open: &|_| None,
    };
    let answer = "src/new.py\n```python\na = 1\n```\n\nsrc/new.py\n<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE\n";
    let here = root.join("app");
    let patch = plan_from(answer, &workspace, Some(&here), None, &Scope::Root).unwrap();
    let files: Vec<_> = patch.files.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(files, ["app/src/new.py"]);
    assert_eq!(patch.files[0].after.as_deref(), Some(&b"a = 2\n"[..]));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_not_passed_over_for_the_root_s_file() {
    let (folder, root) = project();
    fs::write(folder.path().join("outside.py"), "").unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside.py"), root.join("app/src/a.py"))
        .unwrap();
    assert!(becomes(&root, "src/a.py").is_err());
}

#[test]
fn a_folder_outside_of_the_root_changes_nothing() {
    let (folder, root) = project();
    let workspace = Workspace {
        root: &root,
        open: &|_| None,
    };
    let answer = "src/new.py\n```python\nnew = 1\n```\n";
    let patch = plan_from(answer, &workspace, Some(folder.path()), None, &Scope::Root).unwrap();
    assert_eq!(patch.files[0].path, "src/new.py");
}
