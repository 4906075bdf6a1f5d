//! Filling, on a small index, with an embedder that remembers what it was asked.

use super::*;
use crate::embed::Purpose;
use crate::update::Control;
use crate::walk::Patterns;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

#[derive(Default)]
struct Recorder {
    texts: Mutex<Vec<String>>,
}

impl Embedder for Recorder {
    fn id(&self) -> &str {
        "recorder"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, String> {
        let mut all = self.texts.lock().unwrap();
        all.extend(texts.iter().map(|it| (*it).to_owned()));
        Ok(texts.iter().map(|_| vec![1.0, 0.0]).collect())
    }
}

struct Project {
    folder: tempfile::TempDir,
    index: Index,
    recorder: Arc<Recorder>,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("root")).unwrap();
        let project = Project {
            index: open(folder.path()),
            folder,
            recorder: Arc::default(),
        };
        for (path, text) in files {
            project.write(path, text);
        }
        project.update();
        project
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.index.root().join(path), text).unwrap();
    }

    fn update(&self) {
        let updated = self
            .index
            .update(&Patterns::default(), &Control::default(), |_| ());
        updated.unwrap();
    }

    fn embedded(&self) -> Embedded {
        let shown: Shown = |it| it.replace("hunter2", "****");
        let opened = Embedded::open(&self.index, self.recorder.clone(), shown);
        let (embedded, notice) = opened.unwrap();
        assert_eq!(notice, None);
        embedded
    }

    /// What was embedded since the last call.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.recorder.texts.lock().unwrap())
    }
}

fn open(folder: &Path) -> Index {
    let opened = Index::open(&folder.join("root"), &folder.join("cache"));
    opened.unwrap().0
}

fn fill(embedded: &Embedded) -> Filled {
    let (stop, pause) = (AtomicBool::new(false), AtomicBool::new(false));
    let flags = Flags {
        stop: &stop,
        pause: &pause,
    };
    embedded.fill(flags, |done, count| assert!(done <= count))
}

#[test]
fn what_is_missing_is_embedded_once_and_what_changes_anew() {
    let project = Project::new(&[
        ("a.rs", "fn alpha() {}\n"),
        ("b.rs", "fn beta() {}\n"),
        ("c.rs", "fn password() { \"hunter2\"; }\n"),
    ]);
    let embedded = project.embedded();
    assert_eq!((embedded.n_vectors(), embedded.n_missing()), (0, 3));
    assert_eq!(fill(&embedded), Filled::Whole);
    assert_eq!((embedded.n_vectors(), embedded.n_missing()), (3, 0));
    let asked = project.asked();
    assert_eq!(asked.len(), 3);
    assert!(!asked.iter().any(|it| it.contains("hunter2")), "{asked:?}");
    drop(embedded);

    let embedded = project.embedded();
    project.write("a.rs", "fn alpha() { changed() }\n");
    project.update();
    assert_eq!(embedded.n_missing(), 1);
    assert_eq!(fill(&embedded), Filled::Whole);
    assert_eq!(project.asked(), ["a.rs: alpha: fn alpha changed"]);
}

#[test]
fn open_files_come_first_and_then_those_that_were_changed_last() {
    let project = Project::new(&[]);
    // More than are put in order by length at a time.
    let text = |name: &str| -> String {
        (0..WINDOW)
            .map(|it| format!("fn {name}_{it}() {{\n    {name}({it});\n}}\n\n"))
            .collect()
    };
    let now = SystemTime::now();
    for (path, age) in [("old.rs", 3), ("open.rs", 2), ("new.rs", 1)] {
        project.write(path, &text(path.trim_end_matches(".rs")));
        let mut options = fs::File::options();
        let path = project.index.root().join(path);
        let file = options.write(true).open(path).unwrap();
        let modified = now - Duration::from_secs(age * 1000);
        file.set_modified(modified).unwrap();
    }
    project.update();
    let open = project.index.root().join("open.rs");
    project.index.overlay(&open, Some("fn unsaved() {}".into()));
    assert_eq!(fill(&project.embedded()), Filled::Whole);
    let asked = project.asked();
    let place = |path: &str| asked.iter().position(|it| it.starts_with(path)).unwrap();
    let (open, new, old) = (place("open.rs"), place("new.rs"), place("old.rs"));
    assert!(open < new && new < old, "{open} {new} {old}");
    assert!(!asked.iter().any(|it| it.contains("unsaved")));
}

#[test]
fn a_file_that_is_not_what_was_indexed_waits_for_the_index() {
    let project = Project::new(&[("a.rs", "fn alpha() {}\n")]);
    project.write("a.rs", "fn other() {}\n");
    let embedded = project.embedded();
    assert_eq!(fill(&embedded), Filled::Whole);
    assert_eq!(project.asked(), [""; 0]);
    project.update();
    assert_eq!(fill(&embedded), Filled::Whole);
    assert_eq!(project.asked(), ["a.rs: other: fn other"]);
}

#[test]
fn another_process_reads_what_this_one_writes() {
    let project = Project::new(&[("a.rs", "fn alpha() {}\n")]);
    let reader = open(project.folder.path());
    let opened = Embedded::open(&reader, project.recorder.clone(), |it| it);
    let (reading, _) = opened.unwrap();
    let writing = project.embedded();
    assert!(writing.writes() && !reading.writes());
    assert_eq!(fill(&writing), Filled::Whole);
    assert_eq!(reading.n_vectors(), 0);
    reading.refresh().unwrap();
    assert_eq!((reading.n_vectors(), reading.n_missing()), (1, 0));
}

#[test]
fn vectors_of_texts_that_are_gone_are_left_out_in_the_end() {
    let project = Project::new(&[]);
    let functions = |from: usize| -> String {
        (from..from + 300)
            .map(|it| format!("fn f_{it}() {{\n    g({it});\n}}\n\n"))
            .collect()
    };
    let embedded = project.embedded();
    for from in [0, 1000] {
        project.write("a.rs", &functions(from));
        project.update();
        assert_eq!(fill(&embedded), Filled::Whole);
    }
    let one_generation = embedded.n_vectors() / 2;
    project.write("a.rs", &functions(2000));
    project.update();
    assert_eq!(fill(&embedded), Filled::Whole);
    assert!(embedded.n_vectors() <= one_generation + 1);
    assert_eq!(embedded.n_missing(), 0);
    clear(&project.index).unwrap();
    assert!(files(project.index.folder()).is_empty());
}
