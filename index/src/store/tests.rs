//! The store from its user's side: a folder in, what is found out.

use super::*;
use crate::error::Error;
use crate::search::{Mode, Query, search};
use crate::update::{Control, Report};
use crate::walk::{Patterns, Skip};

/// A project and its cache, gone with it.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let project = Project {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(project.root().join(".git")).unwrap();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn open(&self) -> Index {
        let (index, notice) = Index::open(&self.root(), &self.cache()).unwrap();
        assert_eq!(notice, None);
        index
    }
}

fn update(index: &Index) -> Report {
    let it = index.update(&Patterns::default(), &Control::default(), |_| ());
    it.unwrap()
}

/// The paths of the best chunks for these words, best first.
fn find(index: &Index, words: &str) -> Vec<String> {
    let query = Query::parse(words).unwrap();
    let found = search(&index.searcher(), &query, Mode::Lexical, 10, None);
    found.hits.into_iter().map(|it| it.path).collect()
}

#[test]
fn names_are_found_by_a_part_of_them_and_counted() {
    let project = Project::new(&[
        (
            "a.rs",
            "fn read_settings() {}\nfn settings() {\n    read_settings();\n}\n",
        ),
        ("b.rs", "fn other() {\n    read_settings();\n}\n"),
    ]);
    let index = project.open();
    update(&index);
    let unsaved = "struct Settings;\n";
    index.overlay(&project.root().join("c.rs"), Some(unsaved.into()));
    let searcher = index.searcher();
    let names = searcher.names_with("SETT", 10);
    assert_eq!(names, ["Settings", "settings", "read_settings"]);
    assert_eq!(searcher.names_with("sett", 1), ["Settings"]);
    assert_eq!(searcher.n_mentions("read_settings"), 3);
    assert_eq!(searcher.n_mentions("nowhere"), 0);
}

#[test]
fn what_is_on_disk_is_found_after_an_update() {
    let project = Project::new(&[
        ("src/shape.rs", "fn area() { width * height }\n"),
        ("src/main.rs", "fn main() { greet(); }\n"),
        (".env", "SECRET=width\n"),
    ]);
    let index = project.open();
    assert_eq!(find(&index, "width"), Vec::<String>::new());
    let report = update(&index);
    assert_eq!((report.files, report.added), (2, 2));
    assert_eq!(report.skipped, [(".env".to_owned(), Skip::Secret)]);
    assert_eq!(find(&index, "width height"), ["src/shape.rs"]);
    assert_eq!(index.searcher().files(), ["src/main.rs", "src/shape.rs"]);
}

#[test]
fn an_update_does_no_more_than_it_must() {
    let project = Project::new(&[("a.rs", "fn a() {}\n"), ("b.rs", "fn b() {}\n")]);
    let index = project.open();
    assert_eq!(update(&index).added, 2);
    let again = update(&index);
    assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
    assert_eq!(again.files, 2);

    project.write("b.rs", "fn renamed() {}\n");
    fs::remove_file(project.root().join("a.rs")).unwrap();
    project.write("c.rs", "fn fresh() {}\n");
    let report = update(&index);
    assert_eq!((report.added, report.changed, report.removed), (1, 1, 1));
    assert_eq!(find(&index, "renamed"), ["b.rs"]);
    assert_eq!(find(&index, "fresh"), ["c.rs"]);
    assert_eq!(index.searcher().files(), ["b.rs", "c.rs"]);
}

#[test]
fn a_change_within_the_same_instant_is_seen() {
    let project = Project::new(&[("a.rs", "fn one() {}\n")]);
    let index = project.open();
    update(&index);
    let path = project.root().join("a.rs");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "fn two() {}\n").unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    assert_eq!(update(&index).changed, 1);
    assert_eq!(find(&index, "two"), ["a.rs"]);
}

#[test]
fn hints_bring_only_what_they_name() {
    let project = Project::new(&[("a.rs", "fn a() {}\n"), ("b.rs", "fn b() {}\n")]);
    let index = project.open();
    update(&index);
    project.write("a.rs", "fn hinted() {}\n");
    let control = Control::default();
    let hint = |path: &str| {
        let paths = [project.root().join(path)];
        index
            .update_files(&paths, &Patterns::default(), &control)
            .unwrap()
    };
    assert_eq!(hint("a.rs").changed, 1);
    assert_eq!(find(&index, "hinted"), ["a.rs"]);
    project.write("deep/new.rs", "fn novel() {}\n");
    assert_eq!(hint("deep").added, 1);
    fs::remove_file(project.root().join("b.rs")).unwrap();
    assert_eq!(hint("b.rs").removed, 1);
    assert_eq!(index.searcher().files(), ["a.rs", "deep/new.rs"]);
}

#[test]
fn an_ignored_file_leaves_the_index_and_comes_back() {
    let project = Project::new(&[("a.rs", "fn a() {}\n"), ("out/b.rs", "fn b() {}\n")]);
    let index = project.open();
    assert_eq!(update(&index).files, 2);
    project.write(".gitignore", "out/\n");
    assert_eq!(update(&index).removed, 1);
    let patterns = Patterns {
        include: vec!["out/**".into()],
        exclude: Vec::new(),
    };
    let control = Control::default();
    let report = index.update(&patterns, &control, |_| ()).unwrap();
    assert_eq!((report.added, report.files), (1, 2));
    let patterns = Patterns {
        exclude: vec!["*.rs".into()],
        ..patterns
    };
    let report = index.update(&patterns, &control, |_| ()).unwrap();
    assert_eq!(report.files, 0, "exclude wins");
}

#[test]
fn a_generated_file_is_found_once_the_user_includes_it_and_leaves_with_the_pattern() {
    let project = Project::new(&[
        ("made.rs", "// @generated\nfn wonderful_name() {}\n"),
        ("big.rs", &"// line\nfn large_one() {}\n".repeat(50_000)),
    ]);
    let long_ago = SystemTime::now() - std::time::Duration::from_secs(60);
    for name in ["made.rs", "big.rs"] {
        let path = project.root().join(name);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let index = project.open();
    assert_eq!(update(&index).files, 0);
    let included = Patterns {
        include: vec!["*.rs".into()],
        exclude: Vec::new(),
    };
    let control = Control::default();
    let report = index.update(&included, &control, |_| ()).unwrap();
    assert_eq!((report.files, report.skipped.len()), (2, 0));
    let again = index.update(&included, &control, |_| ()).unwrap();
    assert_eq!((again.files, again.added, again.changed), (2, 0, 0));
    assert_eq!(index.status(&included).pending, 0);
    let query = Query::parse("wonderful_name").unwrap();
    let hits = search(&index.searcher(), &query, Mode::Lexical, 3, None).hits;
    assert_eq!(hits[0].path, "made.rs");
    assert!(hits[0].text.contains("fn wonderful_name() {}"));
    let report = update(&index);
    assert_eq!((report.files, report.skipped.len()), (0, 2));
}

#[test]
fn files_left_out_for_their_content_are_not_read_again() {
    let project = Project::new(&[("made.rs", "// @generated\nfn a() {}\n")]);
    let path = project.root().join("made.rs");
    let long_ago = SystemTime::now() - std::time::Duration::from_secs(60);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
    let index = project.open();
    let expected = [("made.rs".to_owned(), Skip::Generated)];
    assert_eq!(update(&index).skipped, expected);
    let again = update(&index);
    assert_eq!((again.skipped.as_slice(), again.files), (&expected[..], 0));
    assert_eq!(index.searcher().files(), Vec::<String>::new());
}

#[test]
fn an_open_document_stands_for_its_file() {
    let project = Project::new(&[
        ("a.rs", "fn on_disk() {}\n"),
        ("b.rs", "fn other() { on_disk() }\n"),
    ]);
    let index = project.open();
    update(&index);
    let path = project.root().join("a.rs");
    index.overlay(&path, Some("fn unsaved() {}\n".into()));
    assert_eq!(find(&index, "unsaved"), ["a.rs"]);
    assert_eq!(find(&index, "on_disk"), ["b.rs"]);
    index.overlay(&path, None);
    assert_eq!(find(&index, "unsaved"), Vec::<String>::new());
    index.overlay(&project.root().join(".env"), Some("unsaved\n".into()));
    index.overlay(Path::new("/elsewhere/a.rs"), Some("unsaved\n".into()));
    assert_eq!(find(&index, "unsaved"), Vec::<String>::new());
}

#[test]
fn text_that_changed_since_is_never_given_out() {
    let project = Project::new(&[("a.rs", "fn before() {}\n")]);
    let index = project.open();
    update(&index);
    let searcher = index.searcher();
    let chunk = searcher.chunks_of("a.rs").remove(0);
    assert!(searcher.text_of(&chunk).is_some());
    project.write("a.rs", "fn behind() {}\n");
    assert_eq!(searcher.text_of(&chunk), None);
}

#[test]
fn one_process_writes_and_the_others_read_what_it_commits() {
    let project = Project::new(&[("a.rs", "fn a() {}\n")]);
    let (writer, reader) = (project.open(), project.open());
    update(&writer);
    let refused = reader.update(&Patterns::default(), &Control::default(), |_| ());
    assert!(matches!(refused, Err(Error::Busy(_))));
    assert_eq!(reader.searcher().files(), ["a.rs"]);
    project.write("b.rs", "fn b() {}\n");
    update(&writer);
    assert_eq!(reader.searcher().files(), ["a.rs", "b.rs"]);
    drop(writer);
    assert_eq!(update(&reader).files, 2, "the reader takes over");
}

#[test]
fn work_that_is_stopped_keeps_what_it_has() {
    let project = Project::new(&[("a.rs", "fn a() {}\n")]);
    let index = project.open();
    let control = Control::default();
    control
        .stop
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = index.update(&Patterns::default(), &control, |_| ());
    assert!(matches!(stopped, Err(Error::Stopped)));
    assert_eq!(update(&index).files, 1);
}

#[test]
fn every_kind_of_damage_ends_in_a_working_index_and_one_notice() {
    type Damage = fn(&Path);
    let damage: [(&str, Damage); 4] = [
        ("emptied", |it| fs::write(it, "").unwrap()),
        ("deleted", |it| fs::remove_file(it).unwrap()),
        ("halved", |it| {
            let content = fs::read(it).unwrap();
            fs::write(it, &content[..content.len() / 2]).unwrap();
        }),
        ("flipped", |it| {
            let mut content = fs::read(it).unwrap();
            // Elsewhere in the table of contents it may be harmless: unknown keys are ignored.
            content[0] ^= 0x55;
            fs::write(it, content).unwrap();
        }),
    ];
    for (name, damage) in damage {
        let mut kinds: Vec<String> = Vec::new();
        loop {
            let project = Project::new(&[("a.rs", "fn area() {}\n"), ("b.rs", "fn b() {}\n")]);
            let index = project.open();
            update(&index);
            let folder = index.folder().join("tantivy");
            drop(index);
            let mut files: Vec<PathBuf> = fs::read_dir(&folder)
                .unwrap()
                .map(|it| it.unwrap().path())
                .filter(|it| fs::metadata(it).unwrap().len() > 0)
                .collect();
            files.sort();
            let kind = |it: &Path| {
                it.extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            };
            // `.managed.json` lists files for the garbage collection only.
            let next = files.iter().find(|it| {
                let hidden = it.file_name().unwrap().to_string_lossy().starts_with('.');
                !kinds.contains(&kind(it)) && !hidden
            });
            let Some(victim) = next else {
                break;
            };
            kinds.push(kind(victim));
            damage(victim);
            let (index, notice) = Index::open(&project.root(), &project.cache()).unwrap();
            let report = update(&index);
            let notices = [notice, report.notice].into_iter().flatten().count();
            assert_eq!(notices, 1, "{name} {}", victim.display());
            assert_eq!(report.files, 2);
            assert_eq!(find(&index, "area"), ["a.rs"]);
        }
        assert!(kinds.len() >= 5, "{name}: {kinds:?}");
    }
}

#[test]
fn a_cache_that_is_no_folder_is_an_error_that_says_so() {
    let project = Project::new(&[("a.rs", "fn a() {}\n")]);
    fs::write(project.cache(), "").unwrap();
    let error = Index::open(&project.root(), &project.cache()).unwrap_err();
    assert!(error.to_string().contains("can't be kept in"), "{error}");
}

#[test]
fn the_status_says_what_is_in_it_and_what_is_still_to_do() {
    let project = Project::new(&[("a.rs", "fn a() {}\n"), ("made.rs", "// @generated\n")]);
    let index = project.open();
    let status = |index: &Index| index.status(&Patterns::default());
    assert_eq!((status(&index).files, status(&index).pending), (0, 2));
    update(&index);
    project.write("b.rs", "fn b() {}\n");
    let it = status(&index);
    assert_eq!((it.files, it.skipped[&Skip::Generated]), (1, 1));
    // What was written a moment ago may change again without a sign.
    assert_eq!(it.pending, 3);
    assert!(it.bytes > 0 && it.written.is_some() && !it.has_other_writer);
    assert!(status(&project.open()).has_other_writer);
}

#[test]
fn verification_finds_what_changed_and_what_is_damaged() {
    let project = Project::new(&[("a.rs", "fn a() {}\n"), ("b.rs", "fn b() {}\n")]);
    let index = project.open();
    update(&index);
    assert_eq!(index.verify().unwrap(), []);
    project.write("a.rs", "fn changed() {}\n");
    let findings = index.verify().unwrap();
    let paths: Vec<&str> = findings.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["a.rs"]);
    update(&index);
    let mut entries = fs::read_dir(index.folder().join("tantivy")).unwrap();
    let victim = entries.find_map(|it| {
        Some(it.unwrap().path()).filter(|it| it.extension().is_some_and(|it| it == "idx"))
    });
    let victim = victim.unwrap();
    let mut content = fs::read(&victim).unwrap();
    content[3] ^= 1;
    fs::write(&victim, content).unwrap();
    let findings = index.verify().unwrap();
    assert!(findings.iter().any(|it| it.path.is_empty()), "{findings:?}");
}
