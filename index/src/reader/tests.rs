//! What may stand under a file's name, and what is read of it.

use super::*;
use std::sync::mpsc;
use std::time::Duration;

/// A regression hangs: it fails instead.
const LONG: Duration = Duration::from_secs(60);

fn within<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(LONG).expect("it waits for ever")
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(folder.path().join("project")).unwrap();
    folder
}

/// What is read of a file of the project, or why not.
fn read(folder: &tempfile::TempDir, path: &str) -> Result<String, String> {
    let (root, path) = (folder.path().join("project"), PathBuf::from(path));
    within(move || {
        let read = Reader::new(&root).read(&path, 1_000);
        read.map(|it| String::from_utf8(it.bytes).unwrap())
            .map_err(|it| it.to_string())
    })
}

const OUTSIDE: &str = "is a link that leads out of the project";
const SECRET: &str = "may hold secrets by its name, and such files are neither read nor sent";

#[test]
fn ordinary_files_are_read_up_to_a_size() {
    let folder = project(&[
        ("project/a.rs", "a"),
        ("project/full.rs", &"x".repeat(1_000)),
        ("project/large.rs", &"x".repeat(1_001)),
        ("project/.env", "KEY=1"),
        ("project/.git/config", "[core]"),
        ("project/src/b.rs", "b"),
        ("beside.rs", "c"),
    ]);
    assert_eq!(read(&folder, "a.rs").as_deref(), Ok("a"));
    assert_eq!(read(&folder, "src/../src/./b.rs").as_deref(), Ok("b"));
    assert_eq!(read(&folder, "full.rs").unwrap().len(), 1_000);
    for (path, why) in [
        ("large.rs", "is larger than 1 kB"),
        (".env", SECRET),
        ("no/.env", "doesn't exist"),
        (".git/config", "belongs to Git itself"),
        ("src", "is a folder"),
        ("gone.rs", "doesn't exist"),
        ("a.rs/b.rs", "doesn't exist"),
        ("../beside.rs", OUTSIDE),
    ] {
        assert_eq!(read(&folder, path), Err(why.to_owned()), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_counts_by_what_it_leads_to() {
    use std::os::unix::fs::symlink;
    let folder = project(&[
        ("project/a.rs", "a"),
        ("project/.env", "KEY=1"),
        ("project/.git/config", "[core]"),
        ("project/src/b.rs", "b"),
        ("id_rsa", "private"),
        ("beside.rs", "c"),
        ("projects/d.rs", "d"),
    ]);
    let link =
        |to: &str, name: &str| symlink(to, folder.path().join("project").join(name)).unwrap();
    link("src/b.rs", "inside.rs");
    link("src", "folder");
    link("../beside.rs", "out.rs");
    link("../projects/d.rs", "similar.rs");
    link("..", "above");
    link("/", "all");
    link("../id_rsa", "notes.md");
    link(".env", "plain.txt");
    link(".git", "stuff");
    link("nowhere", "dead.rs");
    link("loop.rs", "loop.rs");
    assert_eq!(read(&folder, "inside.rs").as_deref(), Ok("b"));
    assert_eq!(read(&folder, "folder/b.rs").as_deref(), Ok("b"));
    for (path, why) in [
        ("out.rs", OUTSIDE),
        ("similar.rs", OUTSIDE),
        ("above/beside.rs", OUTSIDE),
        ("all/etc/passwd", OUTSIDE),
        ("notes.md", OUTSIDE),
        ("plain.txt", SECRET),
        ("stuff/config", "belongs to Git itself"),
        ("dead.rs", "is a link that leads nowhere"),
    ] {
        assert_eq!(read(&folder, path), Err(why.to_owned()), "{path}");
    }
    assert!(
        read(&folder, "loop.rs")
            .unwrap_err()
            .starts_with("can't be read")
    );
    // The root itself may be behind a link.
    symlink("project", folder.path().join("entry")).unwrap();
    let entry = Reader::new(&folder.path().join("entry"));
    assert_eq!(entry.read(Path::new("a.rs"), 9).unwrap().bytes, b"a");
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_sockets_are_not_opened() {
    let folder = project(&[]);
    let root = folder.path().join("project");
    pipe(&root.join("pipe.rs"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.rs")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", root.join("zero.rs")).unwrap();
    std::os::unix::fs::symlink("pipe.rs", root.join("to_pipe.rs")).unwrap();
    for path in ["pipe.rs", "socket.rs", "zero.rs", "to_pipe.rs", "/dev/zero"] {
        assert_eq!(
            read(&folder, path),
            Err("is no ordinary file".to_owned()),
            "{path}"
        );
        let named = root.join(path);
        let named = within(move || read_own(&named, 1_000).map_err(|it| it.to_string()));
        assert_eq!(named, Err("is no ordinary file".to_owned()), "{path}");
    }
    let zero = within(|| read_given(Path::new("/dev/zero"), 1_000));
    assert!(matches!(zero, Err(Refusal::NotOrdinary)));
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_given_on_the_command_line_is_waited_for_and_bounded() {
    let folder = project(&[]);
    let path = folder.path().join("pipe");
    pipe(&path);
    let given = |most: u64| {
        let writer = path.clone();
        let write = std::thread::spawn(move || fs::write(writer, "an answer"));
        let path = path.clone();
        let read = within(move || read_given(&path, most).map_err(|it| it.to_string()));
        // The reader may be gone before all of it is written.
        let _ = write.join().unwrap();
        read
    };
    assert_eq!(given(100).as_deref(), Ok(&b"an answer"[..]));
    assert_eq!(given(3), Err("is larger than 3 bytes".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_link_that_takes_a_file_s_name_in_between_is_not_read() {
    let folder = project(&[("project/a.rs", "a"), ("beside.rs", "private")]);
    let root = folder.path().join("project");
    let (name, other) = (root.join("a.rs"), folder.path().join("swapped"));
    let swapping = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let swapper = std::thread::spawn({
        let swapping = swapping.clone();
        move || {
            let mut n = 0;
            while swapping.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::remove_file(&other);
                match n % 3 {
                    0 => pipe(&other),
                    1 => std::os::unix::fs::symlink("../beside.rs", &other).unwrap(),
                    _ => fs::write(&other, "a").unwrap(),
                }
                fs::rename(&other, &name).unwrap();
                n += 1;
            }
        }
    });
    let read = within(move || {
        let reader = Reader::new(&root);
        let read = |_| reader.read(Path::new("a.rs"), 1_000).ok();
        (0..20_000).filter_map(read).collect::<Vec<_>>()
    });
    swapping.store(false, std::sync::atomic::Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(!read.is_empty());
    for content in read {
        assert_ne!(content.bytes, b"private");
        assert_eq!(content.real.file_name().unwrap(), "a.rs");
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_too_large() {
    let folder = project(&[("project/a.rs", "")]);
    let path = folder.path().join("project/a.rs");
    let opened = open(&path, Pipes::Refused).unwrap();
    fs::write(&path, "x".repeat(11)).unwrap();
    assert!(matches!(opened.read(10), Err(Refusal::TooLarge(10))));
}

#[test]
fn a_file_of_gigabytes_costs_nothing() {
    let folder = project(&[]);
    let path = folder.path().join("project/sparse.rs");
    File::create(&path).unwrap().set_len(3 << 30).unwrap();
    assert_eq!(
        read(&folder, "sparse.rs"),
        Err("is larger than 1 kB".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_was_replaced_while_it_was_read_has_the_name_that_it_had() {
    let folder = project(&[("project/key.rs", "a"), ("project/server.pem", "b")]);
    let root = folder.path().join("project").canonicalize().unwrap();
    let path = root.join("key.rs");
    let opened = open(&path, Pipes::Refused).unwrap();
    fs::remove_file(&path).unwrap();
    // Only some systems say where a file was.
    if cfg!(target_os = "linux") {
        assert_eq!(opened.below(&root, &path).unwrap(), path);
        let odd = root.join("odd (deleted)");
        fs::write(&odd, "").unwrap();
        let opened = open(&odd, Pipes::Refused).unwrap();
        assert_eq!(opened.below(&root, &odd).unwrap(), odd);
    }
    // Where no system says where a file is, names and numbers have to agree.
    let opened = open(&root.join("server.pem"), Pipes::Refused).unwrap();
    assert!(opened.is_at(&root.join("server.pem")));
    fs::write(&path, "b").unwrap();
    assert!(!opened.is_at(&path));
}

#[test]
fn names_that_windows_has_for_devices_are_told() {
    for path in [
        "NUL",
        "src/con",
        "com1.txt",
        "LPT¹",
        "aux.rs",
        r"\\.\pipe\x",
        "a.txt:b",
        "conin$",
        "nul .txt",
    ] {
        assert!(is_device(Path::new(path)), "{path}");
    }
    for path in [
        "null",
        "console.rs",
        "com.rs",
        "com10",
        "src/auxiliary.c",
        "lpt",
    ] {
        assert!(!is_device(Path::new(path)), "{path}");
    }
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
