//! An index whose writer is killed at any moment serves on: what was committed is there, and nothing stale is shown.

use hob_index::search::{Mode, Query, search};
use hob_index::store::Index;
use hob_index::update::Control;
use hob_index::walk::Patterns;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How many writers are killed.
const KILLED: u64 = 100;
/// How many files the project has.
const FILES: u64 = 40;
/// Names the folder to a process that is to be killed.
const VICTIM: &str = "HOB_TEST_VICTIM";

/// Not a test by itself: what the killed process does.
#[test]
fn a_writer_works_until_it_is_killed() {
    let Some(folder) = std::env::var_os(VICTIM).map(PathBuf::from) else {
        return;
    };
    let (index, notice) = open(&folder);
    assert_eq!(notice, None);
    for round in 0.. {
        update(&index);
        write(&folder, round % FILES, round);
    }
}

#[test]
fn killed_writers_leave_an_index_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(root(folder).join(".git")).unwrap();
    for file in 0..FILES {
        write(folder, file, 0);
    }
    let mut random = 12345u64;
    for n in 0..KILLED {
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        write(folder, random % FILES, n + 1000);
        let mut victim = start(folder);
        std::thread::sleep(Duration::from_micros(random >> 33 & 0xffff));
        let ended = victim.try_wait().unwrap();
        assert_eq!(ended, None, "before kill {n} the writer failed");
        victim.kill().unwrap();
        victim.wait().unwrap();

        let (index, notice) = open(folder);
        assert_eq!(notice, None, "kill {n} damaged the index");
        let searcher = index.searcher();
        let query = Query::parse("shape area scaled").unwrap();
        for hit in search(&searcher, &query, Mode::Lexical, 10, None).hits {
            let text = fs::read_to_string(root(folder).join(&hit.path)).unwrap();
            assert!(text.contains(hit.text.trim_end()), "kill {n}: {hit:?}");
        }
        if n % 10 == 9 {
            assert_eq!(update(&index), FILES as usize);
            assert_eq!(index.verify().unwrap(), []);
        }
    }
}

fn root(folder: &Path) -> PathBuf {
    folder.join("project")
}

fn open(folder: &Path) -> (Index, Option<String>) {
    Index::open(&root(folder), &folder.join("cache")).unwrap()
}

/// How many files are indexed after it.
fn update(index: &Index) -> usize {
    let control = Control::default();
    let updated = index.update(&Patterns::default(), &control, |_| ());
    let report = updated.unwrap();
    assert_eq!(report.notice, None);
    report.files
}

fn write(folder: &Path, file: u64, version: u64) {
    let mut text = String::new();
    for n in 0..20 {
        text.push_str(&format!(
            "/// The area of a shape, version {version}.\nfn area_{file}_{n}(shape: u64) -> u64 {{\n    let scaled = shape * {version};\n    scaled + {n}\n}}\n\n"
        ));
    }
    fs::write(root(folder).join(format!("shape_{file}.rs")), text).unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_writer_works_until_it_is_killed"])
        .env(VICTIM, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
