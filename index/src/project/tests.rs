//! What is a project, on made-up machines and on folders that exist.

use super::places::Machine;
use super::*;

/// A folder with a home in it; paths end in `/` for folders.
struct Disk {
    _folder: tempfile::TempDir,
    root: PathBuf,
    machine: Machine,
}

fn disk(paths: &[&str]) -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    for it in paths {
        let path = root.join(it);
        if it.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
    }
    let machine = Machine {
        homes: vec![root.join("home/ann")],
        temporary: vec![root.join("tmp")],
        packages: vec![root.join("go/pkg/mod")],
    };
    Disk {
        _folder: folder,
        root,
        machine,
    }
}

impl Disk {
    /// The project of a path, relative to the disk's root; named folders the same.
    fn of(&self, path: &str, named: &[&str]) -> Option<String> {
        let named: Vec<PathBuf> = named.iter().map(|it| self.root.join(it)).collect();
        let found = of_on(&self.machine, &self.root.join(path), &named)?;
        let relative = found.strip_prefix(&self.root).unwrap();
        Some(relative.to_string_lossy().replace('\\', "/"))
    }
}

#[test]
fn a_file_belongs_to_a_named_folder_or_to_a_repository_or_to_none() {
    let disk = disk(&[
        "work/a/.git/HEAD",
        "work/a/src/deep/x.rs",
        "work/a/part/.git",
        "work/a/part/x.rs",
        "work/jj/.jj/",
        "work/jj/x.rs",
        "work/hg/.hg/",
        "work/hg/src/x.rs",
        "work/svn/.svn/",
        "work/svn/x.rs",
        "work/own/.hob.toml",
        "work/own/src/x.rs",
        "work/b/src/x.rs",
        "tmp/x.rs",
        "tmp/clone/.git/HEAD",
        "tmp/clone/x.rs",
        "tmp/scratch/x.rs",
    ]);
    for (path, named, expected) in [
        ("work/a/src/deep/x.rs", &[][..], Some("work/a")),
        ("work/a/src", &[], Some("work/a")),
        ("work/a", &[], Some("work/a")),
        ("work/a/src/not/yet/there.rs", &[], Some("work/a")),
        ("work/a/part/x.rs", &[], Some("work/a/part")),
        ("work/jj/x.rs", &[], Some("work/jj")),
        ("work/hg/src/x.rs", &[], Some("work/hg")),
        ("work/svn/x.rs", &[], Some("work/svn")),
        ("work/own/src/x.rs", &[], Some("work/own")),
        ("work/b/src/x.rs", &[], None),
        ("work/b/src/x.rs", &["work/b"], Some("work/b")),
        (
            "work/b/src/x.rs",
            &["work/b", "work/b/src"],
            Some("work/b/src"),
        ),
        ("work/b/src/x.rs", &["work/a"], None),
        ("work/a/part/x.rs", &["work/a"], Some("work/a")),
        ("tmp/x.rs", &[], None),
        ("tmp/x.rs", &["tmp"], None),
        ("tmp/clone/x.rs", &[], Some("tmp/clone")),
        ("tmp/clone/x.rs", &["tmp"], Some("tmp/clone")),
        ("tmp/scratch/x.rs", &[], None),
        ("tmp/scratch/x.rs", &["tmp/scratch"], Some("tmp/scratch")),
        ("work/b/src/x.rs", &["work/gone"], None),
    ] {
        assert_eq!(
            disk.of(path, named).as_deref(),
            expected,
            "{path} {named:?}"
        );
    }
}

#[test]
fn a_home_is_no_project_even_where_it_is_kept_under_version_control() {
    let disk = disk(&[
        "home/ann/.git/HEAD",
        "home/ann/notes.txt",
        "home/ann/code/app/main.py",
        "home/ann/Downloads/x.py",
        "home/ann/Documents/paper/.git/HEAD",
        "home/ann/.config/nvim/init.lua",
        "home/bob/x.py",
    ]);
    for (path, named, expected) in [
        ("home/ann/notes.txt", &[][..], None),
        ("home/ann/notes.txt", &["home/ann"], None),
        ("home/ann/notes.txt", &["home"], None),
        ("home/ann/code/app/main.py", &["home/ann"], None),
        (
            "home/ann/code/app/main.py",
            &["home/ann", "home/ann/code/app"],
            Some("home/ann/code/app"),
        ),
        ("home/ann/Downloads/x.py", &["home/ann/Downloads"], None),
        (
            "home/ann/Documents/paper/a.tex",
            &[],
            Some("home/ann/Documents/paper"),
        ),
        (
            "home/ann/.config/nvim/init.lua",
            &["home/ann/.config/nvim"],
            Some("home/ann/.config/nvim"),
        ),
    ] {
        assert_eq!(
            disk.of(path, named).as_deref(),
            expected,
            "{path} {named:?}"
        );
    }
    fs::write(disk.root.join("home/ann/.hob.toml"), "").unwrap();
    assert_eq!(
        disk.of("home/ann/notes.txt", &[]).as_deref(),
        Some("home/ann")
    );
}

#[test]
fn installed_packages_are_no_project_unless_they_are_a_repository_of_their_own() {
    let mut paths = vec!["home/ann/.git/HEAD".to_owned()];
    let folders = [
        "home/ann/.cargo/registry/src/index/serde-1.0.0",
        "home/ann/.rustup/toolchains/stable/lib/rustlib/src",
        "home/ann/.m2/repository/org/x",
        "home/ann/.cache/pip/x",
        "home/ann/.local/share/nvim/x",
        "go/pkg/mod/example.com/x@v1",
        "venv/lib/python3.13/site-packages/requests",
        "lib/python3/dist-packages/x",
        "app/node_modules/left-pad",
    ];
    paths.extend(folders.map(|it| format!("{it}/file.x")));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let disk = disk(&paths);
    for it in folders {
        let file = format!("{it}/file.x");
        assert_eq!(disk.of(&file, &[]), None, "{it}");
        assert_eq!(disk.of(&file, &[it]), None, "{it}");
        fs::create_dir(disk.root.join(it).join(".git")).unwrap();
        assert_eq!(disk.of(&file, &[]).as_deref(), Some(it));
        assert_eq!(disk.of(&file, &[it]).as_deref(), Some(it));
    }
    // Within a project, packages belong to it; rules of what is read leave them out.
    fs::create_dir(disk.root.join("app/.git")).unwrap();
    let file = "app/node_modules/other/index.js";
    assert_eq!(disk.of(file, &[]).as_deref(), Some("app"));
    assert_eq!(disk.of(file, &["app"]).as_deref(), Some("app"));
}

#[cfg(unix)]
#[test]
fn folders_of_the_system_are_told_by_their_paths() {
    let machine = Machine {
        homes: vec!["/srv/people/homes/ann".into()],
        ..Machine::default()
    };
    for (folder, expected) in [
        ("/", Unfit::FileSystem),
        ("/mnt", Unfit::FileSystem),
        ("/mnt/c", Unfit::FileSystem),
        ("/Volumes", Unfit::FileSystem),
        ("/home", Unfit::Home),
        ("/home/bob", Unfit::Home),
        ("/root", Unfit::Home),
        ("/Users", Unfit::Home),
        ("/Users/bob", Unfit::Home),
        ("/mnt/c/Users/Bob", Unfit::Home),
        ("/srv/people/homes", Unfit::Home),
        ("/srv/people/homes/ann", Unfit::Home),
        ("/tmp", Unfit::Temporary),
        ("/var/tmp", Unfit::Temporary),
        ("/dev/shm", Unfit::Temporary),
        ("/usr", Unfit::System),
        ("/usr/local", Unfit::System),
        ("/var", Unfit::System),
        ("/proc", Unfit::System),
        ("/opt/homebrew", Unfit::Packages),
    ] {
        assert_eq!(machine.never(Path::new(folder)), Some(expected), "{folder}");
    }
    for folder in [
        "/etc",
        "/etc/nginx",
        "/usr/include",
        "/usr/include/linux",
        "/usr/lib/python3",
        "/usr/share/doc",
        "/usr/local/include",
        "/lib",
        "/bin",
        "/nix/store/abc-x",
        "/System/Library",
    ] {
        let (_, unfit) = machine.unless_marked(Path::new(folder)).expect(folder);
        assert_eq!(unfit, Unfit::System, "{folder}");
    }
    for folder in [
        "/app",
        "/workspace",
        "/workspaces/app",
        "/work/app",
        "/srv/app",
        "/srv/people",
        "/opt/app",
        "/usr/src/app",
        "/var/www/site",
        "/root/app",
        "/home/bob/app",
        "/Users/bob/src/app",
        "/tmp/app",
        "/mnt/c/src/app",
        "/mnt/data",
        "/etcetera",
    ] {
        let folder = Path::new(folder);
        assert_eq!(machine.never(folder), None, "{folder:?}");
        assert_eq!(machine.unless_marked(folder), None, "{folder:?}");
    }
}

#[cfg(windows)]
#[test]
fn folders_of_windows_are_told_by_their_paths() {
    let machine = Machine::default();
    for folder in [
        r"C:\",
        r"D:\",
        r"C:\Users",
        r"C:\Users\Ann",
        r"\\server\share",
    ] {
        assert!(machine.never(Path::new(folder)).is_some(), "{folder}");
    }
    for folder in [
        r"C:\Windows\System32",
        r"C:\Program Files\Git",
        r"C:\ProgramData",
    ] {
        assert!(
            machine.unless_marked(Path::new(folder)).is_some(),
            "{folder}"
        );
    }
    let folder = Path::new(r"C:\src\app");
    assert_eq!(
        (machine.never(folder), machine.unless_marked(folder)),
        (None, None)
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_home_is_a_home_and_a_file_is_no_folder() {
    let disk = disk(&["home/ann/x.py", "work/"]);
    let link = disk.root.join("work/link");
    std::os::unix::fs::symlink(disk.root.join("home/ann"), &link).unwrap();
    assert_eq!(check_on(&disk.machine, &link), Err(Unfit::Home));
    let file = disk.root.join("home/ann/x.py");
    assert_eq!(check_on(&disk.machine, &file), Err(Unfit::NoFolder));
    assert_eq!(
        check_on(&disk.machine, Path::new("work")),
        Err(Unfit::NoFolder)
    );
    assert_eq!(check_on(&disk.machine, Path::new("")), Err(Unfit::NoFolder));
}

#[test]
fn the_environment_names_places_of_its_own() {
    let root = std::path::absolute(std::env::temp_dir())
        .unwrap()
        .join("none");
    let machine = Machine::of(
        |name| {
            let below = match name {
                "HOME" => "home",
                "TMPDIR" => "scratch",
                "CARGO_HOME" => "cargo",
                "GOPATH" => "go",
                // Relative: that is no place.
                "RUSTUP_HOME" => return Some("here".into()),
                _ => return None,
            };
            Some(root.join(below).into())
        },
        None,
    );
    let never = |it: &str| machine.never(&root.join(it));
    assert_eq!(never("home"), Some(Unfit::Home));
    assert_eq!(never("home/src"), None);
    assert_eq!(never("scratch"), Some(Unfit::Temporary));
    assert_eq!(machine.never(&std::env::temp_dir()), Some(Unfit::Temporary));
    for packages in [
        "cargo/registry/src/x",
        "cargo/git/checkouts/x",
        "go/pkg/mod/x",
    ] {
        let found = machine.unless_marked(&root.join(packages));
        assert_eq!(found.map(|it| it.1), Some(Unfit::Packages), "{packages}");
    }
    assert_eq!(machine.unless_marked(&root.join("cargo/src")), None);
}
