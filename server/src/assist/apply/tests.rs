//! Answers in all formats, applied to small projects: the cases stand in `tests/fixtures/apply`.

#[cfg(unix)]
mod attributes;
mod encodings;
mod here;
mod properties;
mod regions;
mod scopes;
mod unseen;
mod writing;

use super::*;
use hob_tests::apply::{Case, Outcome, cases};
use std::collections::BTreeMap;
use std::fs;

/// All files below a folder, with what they hold.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

fn run(case: &Case) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    fs::create_dir(&root).unwrap();
    for (path, bytes) in &case.before {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let workspace = Workspace {
        root: &root,
        open: &|_| None,
    };
    let planned = plan(&case.answer, &workspace, None, &Scope::Root);
    if files(&root) != case.before {
        return Err("planning changed a file".to_owned());
    }
    match (&case.outcome, planned) {
        (Outcome::Refused(kinds), Err(refusal)) => {
            let found: Vec<&str> = refusal.problems.iter().map(|it| it.kind.name()).collect();
            match kinds.is_empty() || kinds.iter().any(|it| found.contains(&it.as_str())) {
                true => Ok(()),
                false => Err(format!("refused as {found:?}, not {kinds:?}: {refusal}")),
            }
        }
        (Outcome::Refused(_), Ok(patch)) => Err(format!("was not refused:\n{}", patch.diff())),
        (Outcome::Applied(_), Err(refusal)) => Err(format!("was refused: {}", refusal.for_model())),
        (Outcome::Applied(after), Ok(patch)) => {
            patch.write(&root, None).map_err(|it| it.to_string())?;
            let found = files(&root);
            let names = found.keys().chain(after.keys());
            for name in names {
                if found.get(name) != after.get(name) {
                    let shown = |it: Option<&Vec<u8>>| {
                        it.map_or("(no file)".to_owned(), |it| {
                            format!("{:?}", String::from_utf8_lossy(it))
                        })
                    };
                    return Err(format!(
                        "{name}\n  found    {}\n  expected {}\n{}",
                        shown(found.get(name)),
                        shown(after.get(name)),
                        patch.notes.join("\n")
                    ));
                }
            }
            Ok(())
        }
    }
}

#[test]
fn every_answer_of_the_fixtures_ends_as_it_should() {
    let all = cases();
    let only = std::env::var("HOB_APPLY_CASE").ok();
    let mut wrong = Vec::new();
    for case in &all {
        if only
            .as_ref()
            .is_some_and(|it| !case.name.contains(it.as_str()))
        {
            continue;
        }
        if let Err(why) = run(case) {
            wrong.push(format!("{}: {}\n{why}", case.file, case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n\n{}",
        wrong.len(),
        all.len(),
        wrong.join("\n\n")
    );
}
