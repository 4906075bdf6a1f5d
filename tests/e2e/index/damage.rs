//! Damaged files of the index: whoever comes next makes it anew and says so once.

use super::*;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug)]
enum Damage {
    Truncated,
    Deleted,
    /// One bit of the byte after so many sixteenths.
    Flipped(usize),
}

const ALL: [Damage; 4] = [
    Damage::Truncated,
    Damage::Deleted,
    Damage::Flipped(6),
    Damage::Flipped(15),
];

/// A project with an index, and a copy of it to start each case from.
struct Damaged {
    workspace: Workspace,
    folder: PathBuf,
    /// Its files with something in them, as they are when all is well.
    sound: Vec<(PathBuf, Vec<u8>)>,
}

impl Damaged {
    fn new() -> Damaged {
        let workspace = Workspace::new("");
        for name in ["alpha", "beta", "gamma"] {
            let text = format!("/// Of {name}.\nfn {name}_name(it: u32) -> u32 {{\n    it\n}}\n");
            write(workspace.root(), &format!("src/{name}.rs"), &text);
        }
        run(&workspace, &["index"]);
        let folder = PathBuf::from(status(&workspace)["folder"].as_str().unwrap());
        let mut sound = Vec::new();
        read_below(&folder, &mut sound);
        sound.sort();
        assert!(!sound.is_empty());
        Damaged {
            workspace,
            folder,
            sound,
        }
    }

    /// Damages each file in each way, and lets `check` see what comes of it. It is also told whether the damage matters:
    /// whether a check of the index finds it.
    fn each(&self, check: impl Fn(&Workspace, &str, bool)) {
        let mut n_matter = 0;
        for (path, content) in &self.sound {
            for damage in ALL {
                self.damage(path, content, damage);
                let (_, out, err) = run(&self.workspace, &["index", "verify"]);
                let matters = !out.starts_with("The index is sound") || err.contains("damaged");
                n_matter += usize::from(matters);
                self.damage(path, content, damage);
                let name = path.strip_prefix(&self.folder).unwrap().display();
                check(&self.workspace, &format!("{name} {damage:?}"), matters);
            }
        }
        assert!(n_matter > 2 * self.sound.len(), "{n_matter}");
    }

    /// The sound index, and one damaged file in it.
    fn damage(&self, path: &Path, content: &[u8], damage: Damage) {
        fs::remove_dir_all(&self.folder).unwrap();
        for (path, content) in &self.sound {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        match damage {
            Damage::Truncated => fs::write(path, &content[..content.len() / 2]).unwrap(),
            Damage::Deleted => fs::remove_file(path).unwrap(),
            Damage::Flipped(place) => {
                let mut flipped = content.to_owned();
                flipped[content.len() * place / 16] ^= 4;
                fs::write(path, flipped).unwrap();
            }
        }
    }
}

fn read_below(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_below(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            if !content.is_empty() {
                files.push((path, content));
            }
        }
    }
}

#[test]
fn a_server_makes_a_damaged_index_anew_and_says_so_once() {
    Damaged::new().each(|workspace, case, matters| {
        let client = serve(workspace);
        if matters {
            client.told(|it| {
                it["message"]
                    .to_string()
                    .contains("damaged and is made anew")
            });
        }
        wait_until_kept(workspace, 4);
        assert_eq!(found(workspace, "beta_name"), ["src/beta.rs"], "{case}");
        assert_eq!(messages(&client), [] as [&str; 0], "{case}: said once");
    });
}

#[test]
fn a_search_in_a_damaged_index_finds_what_is_there_and_says_so_once() {
    Damaged::new().each(|workspace, case, matters| {
        let (status, out, err) = run(workspace, &["search", "beta_name"]);
        assert_eq!(status, Some(0), "{case}: {err}");
        assert!(out.starts_with("src/beta.rs:"), "{case}: {out}");
        let said = err.matches("damaged").count();
        assert_eq!(said, usize::from(matters), "{case}: {err}");
        let (status, _, err) = run(workspace, &["search", "gamma_name"]);
        assert_eq!((status, err.as_str()), (Some(0), ""), "{case}");
        let (status, out, err) = run(workspace, &["index", "verify"]);
        assert_eq!(status, Some(0), "{case}: {out}{err}");
        assert_eq!(files(workspace), 4, "{case}");
    });
}
