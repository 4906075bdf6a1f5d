//! Names and texts of files, and what runs them.

use super::*;
use std::path::PathBuf;

#[test]
fn what_runs_by_itself_is_known_by_its_name_wherever_it_stands() {
    for (path, expected) in [
        ("build.rs", Runs::Build),
        ("crates/a/build.rs", Runs::Build),
        ("Makefile", Runs::Build),
        ("src/GNUmakefile", Runs::Build),
        ("rules.mk", Runs::Build),
        ("setup.py", Runs::Build),
        ("tests/conftest.py", Runs::Build),
        ("CMakeLists.txt", Runs::Build),
        ("justfile", Runs::Build),
        ("Rakefile", Runs::Build),
        ("build.gradle", Runs::Build),
        ("app/build.gradle.kts", Runs::Build),
        ("gradlew", Runs::Build),
        ("gradle/wrapper/gradle-wrapper.properties", Runs::Build),
        ("pom.xml", Runs::Build),
        ("package.json", Runs::Build),
        ("web/vite.config.ts", Runs::Build),
        (".eslintrc.cjs", Runs::Build),
        ("Cargo.toml", Runs::Build),
        (".cargo/config.toml", Runs::Build),
        ("pyproject.toml", Runs::Build),
        ("tox.ini", Runs::Build),
        ("noxfile.py", Runs::Build),
        ("App.csproj", Runs::Build),
        (".github/workflows/ci.yml", Runs::Ci),
        (".github/actions/x/index.js", Runs::Ci),
        (".gitlab-ci.yml", Runs::Ci),
        (".circleci/config.yml", Runs::Ci),
        ("azure-pipelines.yaml", Runs::Ci),
        ("Jenkinsfile", Runs::Ci),
        (".travis.yml", Runs::Ci),
        (".vscode/tasks.json", Runs::Editor),
        ("sub/.vscode/settings.json", Runs::Editor),
        (".idea/runConfigurations/x.xml", Runs::Editor),
        (".nvim.lua", Runs::Editor),
        (".exrc", Runs::Editor),
        (".dir-locals.el", Runs::Editor),
        ("a.code-workspace", Runs::Editor),
        ("a.sublime-project", Runs::Editor),
        (".husky/pre-commit", Runs::Hook),
        (".pre-commit-config.yaml", Runs::Hook),
        ("lefthook.yml", Runs::Hook),
        (".githooks/post-merge", Runs::Hook),
        (".gitattributes", Runs::Hook),
        (".gitmodules", Runs::Hook),
        (".gitconfig", Runs::Hook),
        (".envrc", Runs::Shell),
        (".bashrc", Runs::Shell),
        (".profile", Runs::Shell),
        (".zshrc", Runs::Shell),
        ("mise.toml", Runs::Shell),
        (".tool-versions", Runs::Shell),
        ("sitecustomize.py", Runs::Shell),
        ("lib/x.pth", Runs::Shell),
        ("AGENTS.md", Runs::Agent),
        ("docs/CLAUDE.md", Runs::Agent),
        (".cursorrules", Runs::Agent),
        (".cursor/rules/a.mdc", Runs::Agent),
        (".github/copilot-instructions.md", Runs::Agent),
        (".windsurfrules", Runs::Agent),
        (".clinerules", Runs::Agent),
        (".mcp.json", Runs::Agent),
        (".claude/settings.json", Runs::Agent),
        (".hob.toml", Runs::Agent),
        ("Dockerfile", Runs::Container),
        ("deploy/api.Dockerfile", Runs::Container),
        ("docker-compose.yml", Runs::Container),
        (".devcontainer/devcontainer.json", Runs::Container),
    ] {
        assert_eq!(by_name(path), Some(expected), "{path}");
    }
}

#[test]
fn other_spellings_are_the_same_name() {
    for path in [
        "MAKEFILE",
        "./Makefile",
        "a/../Makefile",
        ".VSCode/Tasks.json",
        ".vscode\\tasks.json",
        ".vs\u{200c}code/tasks.json",
        "\u{202e}Makefile",
        "\u{ff2d}akefile",
        "Ma\u{212a}efile",
        "ju\u{17f}tfile",
        "Makefile.",
        "build.rs ",
        ".GitHub/Workflows/x.YML",
    ] {
        assert!(by_name(path).is_some(), "{path:?}");
    }
}

#[test]
fn ordinary_files_run_nowhere() {
    for path in [
        "src/main.rs",
        "src/build.rs.md",
        "src/src.js",
        "lib/config.js",
        "README.md",
        "docs/agents-of-change.md",
        "tests/build_test.go",
        "app/user.service.ts",
        "shape.spec.ts",
        "vscode/tasks.json",
        ".vscode",
        ".github/ISSUE_TEMPLATE/bug.md",
        ".gitignore",
        "workflows/a.yml",
        "hooks/useThing.ts",
        "build/out.txt",
        "makefiles.txt",
        "Cargo.lock",
        "x.nixt",
    ] {
        assert_eq!(by_name(path), None, "{path}");
    }
}

fn file(path: &str, before: Option<&str>, after: Option<&str>, mode: Option<Mode>) -> FilePatch {
    FilePatch {
        path: path.to_owned(),
        real: PathBuf::from("/nowhere").join(path),
        before: before.map(|it| it.as_bytes().to_vec()),
        after: after.map(|it| it.as_bytes().to_vec()),
        mode,
        like: None,
        attributes: None,
    }
}

#[test]
fn scripts_and_what_becomes_executable_run() {
    for (before, after) in [
        (None, "#!/bin/sh\n"),
        (None, "#! /usr/bin/env python3\n"),
        (None, "\u{feff}#!/bin/sh\n"),
        (Some("#!/bin/sh\n"), "echo\n"),
    ] {
        let file = file("run", before, Some(after), None);
        assert_eq!(file.runs(), Some(Runs::Script), "{after:?}");
    }
    let batch = file("tools/Run.BAT", None, Some("dir\r\n"), None);
    assert_eq!(batch.runs(), Some(Runs::Script));
    let attribute = file("a.rs", None, Some("#![allow(unused)]\n"), None);
    assert_eq!(attribute.runs(), None);
    assert_eq!(file("run", Some("#!/bin/sh\n"), None, None).runs(), None);
    for mode in [
        Mode::Executable(true),
        Mode::Exact(0o744),
        Mode::Exact(0o611),
    ] {
        let file = file("a.rs", Some("x"), Some("x"), Some(mode));
        assert_eq!(file.runs(), Some(Runs::Executable));
    }
    let plain = file("a.rs", Some("x"), Some("y"), Some(Mode::Executable(false)));
    assert_eq!(plain.runs(), None);
}

#[cfg(unix)]
#[test]
fn an_executable_file_that_changes_runs() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("tool");
    std::fs::write(&real, "x").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = FilePatch {
        real,
        ..file("tool", Some("x"), Some("y"), None)
    };
    assert_eq!(file.runs(), Some(Runs::Executable));
}

#[test]
fn the_file_that_was_named_is_not_asked_for_and_its_permissions_are() {
    let patch = |files: Vec<FilePatch>| Patch {
        files,
        notes: Vec::new(),
    };
    let asked = |patch: &Patch, named: Option<&str>| {
        let asked = patch.to_be_asked_for(named);
        asked.iter().map(|it| it.0.path.clone()).collect::<Vec<_>>()
    };
    let both = patch(vec![
        file(".envrc", Some("x"), Some("y"), None),
        file("Makefile", Some("x"), Some("y"), None),
    ]);
    assert_eq!(asked(&both, None), [".envrc", "Makefile"]);
    for named in [
        "Makefile",
        "./src/../Makefile",
        "makefile",
        "x\\..\\Makefile",
    ] {
        assert_eq!(asked(&both, Some(named)), [".envrc"], "{named}");
    }
    // A link's name is not the name of what it leads to.
    assert_eq!(asked(&both, Some("innocent.txt")), [".envrc", "Makefile"]);
    let executable = Some(Mode::Executable(true));
    let one = patch(vec![file("a.rs", Some("x"), Some("y"), executable)]);
    assert_eq!(asked(&one, Some("a.rs")), ["a.rs"]);
    let gone = patch(vec![file("Makefile", Some("x"), None, None)]);
    assert_eq!(asked(&gone, Some("Makefile")), ["Makefile"]);
}
