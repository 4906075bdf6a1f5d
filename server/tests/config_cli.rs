//! The command line as a user meets it: the real binary, with a home folder of its own.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home folder, and a project in it.
struct Home {
    folder: tempfile::TempDir,
}

/// What a run left behind.
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Home {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(home.project()).unwrap();
        home
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn config(&self) -> PathBuf {
        self.folder
            .path()
            .join("xdg")
            .join("hob")
            .join("config.toml")
    }

    fn write(&self, path: &Path, text: impl AsRef<[u8]>) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        command
            .args(arguments)
            .current_dir(self.project())
            .env("HOME", self.folder.path())
            .env("USERPROFILE", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("xdg"))
            .stdin(Stdio::null());
        for name in [
            "HOB_CONFIG",
            "HOB_LOG",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        status: output.status.code().expect("ended by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect(&self.out)
    }

    #[track_caller]
    fn failed_with(&self, status: i32, parts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} in {}", self.err);
        }
    }
}

#[test]
fn a_configuration_is_begun_once_and_found_again() {
    let home = Home::new();
    let path = home.config().display().to_string();
    let it = home.run(&["config", "path"]);
    assert_eq!((it.status, it.out.trim()), (0, path.as_str()));
    assert!(it.err.contains("no such file"));

    let it = home.run(&["config", "init"]);
    assert_eq!((it.status, it.out.trim()), (0, path.as_str()));
    assert_eq!(
        home.run(&["config", "path", "--json"]).json(),
        json!({"path": path, "exists": true})
    );
    let it = home.run(&["config", "show"]);
    assert_eq!((it.status, it.err.as_str()), (0, ""));

    home.write(&home.config(), "# mine\n");
    home.run(&["config", "init"])
        .failed_with(1, &["exists", "hint: ", "--force"]);
    assert_eq!(std::fs::read_to_string(home.config()).unwrap(), "# mine\n");
    let it = home.run(&["config", "init", "--force", "--json"]);
    assert_eq!(it.json()["replaced"], true);
    let mut old = home.config().into_os_string();
    old.push(".old");
    assert_eq!(std::fs::read_to_string(old).unwrap(), "# mine\n");
}

#[cfg(unix)]
#[test]
fn the_file_that_may_hold_keys_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.run(&["config", "init"]);
    let mode = std::fs::metadata(home.config())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn show_prints_what_is_in_force_and_reports_what_is_wrong() {
    let home = Home::new();
    home.write(
        &home.config(),
        "[models.chat]\nurl = \"http://127.0.0.1:9\"\napi_key = \"s3cret\"\n[autocomplete]\nmax_tokens = 9999\ninstnat = true\n",
    );
    home.write(
        &home.project().join(".hob.toml"),
        "autocomplete.enabled = false\nmodels.chat.url = \"http://evil\"\n",
    );
    let it = home.run(&["config", "show", "--root", "."]);
    assert_eq!(it.status, 1, "a value that can't be used");
    let table: toml::Table = it.out.parse().unwrap();
    assert_eq!(table["autocomplete"]["max_tokens"].as_integer(), Some(128));
    assert_eq!(table["autocomplete"]["enabled"].as_bool(), Some(false));
    assert_eq!(
        table["models"]["chat"]["url"].as_str(),
        Some("http://127.0.0.1:9")
    );
    assert!(
        it.out.contains("# config.toml:2") && it.out.contains("# .hob.toml:1"),
        "{}",
        it.out
    );
    assert!(
        it.err.contains("error: ")
            && it
                .err
                .contains("config.toml:5:14: `autocomplete.max_tokens`")
    );
    assert!(it.err.contains("did you mean `autocomplete.instant`?"));
    assert!(it.err.contains("a repository may not set this"));
    assert!(!it.out.contains("s3cret") && !it.err.contains("s3cret"));

    let json = home.run(&["config", "show", "--root", ".", "--json"]);
    assert_eq!((json.status, json.err.as_str()), (1, ""));
    assert!(!json.out.contains("s3cret"));
    let json = json.json();
    assert_eq!(
        json["values"]["autocomplete.max_tokens"],
        json!({"value": 128, "origin": "default"})
    );
    assert_eq!(json["problems"].as_array().unwrap().len(), 3);
    assert_eq!(json["problems"][0]["severity"], "error");
    assert_eq!(json["problems"][0]["line"], 5);
}

#[test]
fn why_explains_a_key_and_suggests_the_nearest_one() {
    let home = Home::new();
    home.write(&home.config(), "autocomplete.max_tokens = 64\n");
    let it = home.run(&["config", "why", "autocomplete.max_tokens"]);
    assert_eq!(it.status, 0);
    for part in [
        "The most tokens",
        "64",
        "config.toml:1",
        "128",
        "from 1 to 4096",
    ] {
        assert!(it.out.contains(part), "{part:?} in {}", it.out);
    }
    let json = home
        .run(&["config", "why", "autocomplete.max_tokens", "--json"])
        .json();
    assert_eq!(
        (&json["value"], &json["default"]),
        (&json!(64), &json!(128))
    );
    home.run(&["config", "why", "autocomplete.max_tokns"])
        .failed_with(
            2,
            &["there is no key", "did you mean `autocomplete.max_tokens`?"],
        );
    home.run(&["config", "why", "autocomplete"])
        .failed_with(2, &["is a table", "autocomplete.enabled"]);
}

#[test]
fn the_schema_knows_every_key_and_is_json() {
    let schema = Home::new().run(&["config", "schema"]).json();
    let max_tokens = &schema["properties"]["autocomplete"]["properties"]["max_tokens"];
    assert_eq!(max_tokens["type"], "integer");
    assert_eq!(
        (&max_tokens["minimum"], &max_tokens["maximum"]),
        (&json!(1), &json!(4096))
    );
    assert!(
        !schema.to_string().contains("\"x-"),
        "only what JSON Schema knows"
    );
    assert!(!schema.to_string().contains("null"));
}

#[test]
fn hob_config_that_names_nothing_is_an_error_and_says_so() {
    let home = Home::new();
    let nowhere = home.folder.path().join("nowhere.toml");
    let run = |arguments: &[&str]| {
        ran(home
            .command(arguments)
            .env("HOB_CONFIG", &nowhere)
            .output()
            .unwrap())
    };
    let it = run(&["config", "show"]);
    assert_eq!(it.status, 1);
    assert!(
        it.err.contains("nowhere.toml") && it.err.contains("HOB_CONFIG"),
        "{}",
        it.err
    );
    home.write(&home.project().join("a.py"), "x = 1\n");
    run(&["complete", "a.py:1:1"]).failed_with(1, &["HOB_CONFIG names", "nowhere.toml"]);
    assert_eq!(run(&["config", "init"]).status, 0);
    assert_eq!(run(&["config", "show"]).status, 0);
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let home = Home::new();
    assert_eq!(home.run(&["complete"]).status, 2);
    assert_eq!(home.run(&["frobnicate"]).status, 2);
    assert_eq!(home.run(&["config", "show", "--color", "maybe"]).status, 2);
    home.run(&["--log", "loud", "config", "path"])
        .failed_with(2, &["no log level", "debug"]);
    home.run(&["config", "show", "--root", "gone"])
        .failed_with(2, &["gone doesn't exist"]);
    let it = home.run(&["--help"]);
    assert_eq!(it.status, 0);
    assert!(it.out.contains("hob complete src/main.rs:12:9"));
    assert!(home.run(&["--version"]).out.starts_with("hob "));
}

#[test]
fn a_wrong_log_level_in_the_environment_is_only_a_warning() {
    let home = Home::new();
    let it = ran(home
        .command(&["config", "path"])
        .env("HOB_LOG", "loud")
        .output()
        .unwrap());
    assert_eq!(it.status, 0);
    assert!(it.err.contains("warning: HOB_LOG: `loud`"), "{}", it.err);
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let home = Home::new();
    assert!(!home.run(&["config", "show"]).out.contains('\x1b'));
    assert!(
        home.run(&["config", "show", "--color", "always"])
            .out
            .contains('\x1b')
    );
    let it = home.run(&["--color=always", "config", "why", "nothing.here"]);
    assert!(
        it.err.contains("\x1b[") && it.err.contains("error:"),
        "{}",
        it.err
    );
    assert!(
        !home
            .run(&["--color=never", "frobnicate"])
            .err
            .contains('\x1b')
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let home = Home::new();
    let mut child = home
        .command(&["config", "schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before, or while, the schema is written: it doesn't fit into a pipe's buffer unread and unnoticed.
    drop(child.stdout.take());
    let it = ran(child.wait_with_output().unwrap());
    assert_eq!((it.status, it.err.as_str()), (0, ""));
}

#[test]
fn places_that_are_not_there_are_refused_with_what_is() {
    let home = Home::new();
    let file = |name: &str| home.project().join(name);
    home.write(&file("main.py"), "a = 1\nb = é\n");
    home.write(&file("src/other.py"), "");
    home.write(&file("data.bin"), b"a\0b");
    home.write(&file("old.txt"), b"a\nb\xff");
    let complete = |place: &str| home.run(&["complete", place]);
    complete("mian.py:1:1").failed_with(2, &["mian.py doesn't exist", "did you mean main.py?"]);
    complete("scr/other.py:1:1")
        .failed_with(2, &["scr/other.py doesn't exist", "did you mean src?"]);
    complete("src:1:1").failed_with(2, &["src is a folder"]);
    complete("main.py").failed_with(2, &["the line is missing", "FILE:LINE:COL"]);
    complete("main.py:x").failed_with(2, &["`x`", "no line number"]);
    complete("main.py:4:1").failed_with(2, &["main.py has 2 lines", "no line 4"]);
    complete("main.py:2:7").failed_with(2, &["line 2 of main.py has 5 characters", "column 6"]);
    complete("main.py:0:1").failed_with(2, &["count from 1"]);
    complete("data.bin:1:1").failed_with(1, &["data.bin is binary"]);
    complete("old.txt:1:1").failed_with(1, &["old.txt isn't UTF-8 (line 2)"]);
    assert_eq!(
        home.run(&["complete", "main.py:1", "--timeout", "0"])
            .status,
        2
    );
}
