//! Hob's own folders and files are made, adopted and refused.

use super::*;

#[test]
fn bytes_are_replaced_and_read_back_and_no_draft_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    replace(&path, b"one").unwrap();
    replace(&path, b"two").unwrap();
    assert_eq!(read(&path).unwrap(), b"two");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let exists = create_new(&path).unwrap_err();
    assert_eq!(exists.kind(), io::ErrorKind::AlreadyExists);
    create(&path).unwrap().write_all(b"3").unwrap();
    assert_eq!(read(&path).unwrap(), b"3");
    open(&path).unwrap();
    assert_eq!(read(&path).unwrap(), b"3");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::path::PathBuf;

    /// Another user of the machine.
    const OTHER: u32 = 65534;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The top of Hob's cache in a folder that others may enter.
    fn shared() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path(), 0o777);
        let top = folder.path().join("hob");
        (folder, top)
    }

    /// Whether the owners of files can be changed here: only root may.
    fn is_root(folder: &Path) -> bool {
        let is_root =
            chown(folder, Some(0), None).is_ok() && fs::metadata(folder).unwrap().uid() == 0;
        if !is_root {
            eprintln!("skipped: only root can give files to another user");
        }
        is_root
    }

    #[track_caller]
    fn refused(result: io::Result<()>, words: &str) {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn new_folders_and_files_are_for_their_owner_alone() {
        let (folder, _) = shared();
        let top = folder.path().join("above/hob");
        let deep = top.join("index/key");
        create_dir(&top, &deep).unwrap();
        create_dir(&top, &deep).unwrap();
        for path in [
            &folder.path().join("above"),
            &top,
            &top.join("index"),
            &deep,
        ] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        drop(open(&deep.join("LOCK")).unwrap());
        drop(create_new(&deep.join("new")).unwrap());
        replace(&deep.join("replaced"), b"").unwrap();
        for name in ["LOCK", "new", "replaced"] {
            assert_eq!(mode(&deep.join(name)), 0o600, "{name}");
        }
        assert_eq!(mode(folder.path()), 0o777, "it is not Hob's own");
    }

    #[test]
    fn what_an_earlier_version_left_open_to_all_is_narrowed() {
        let (_folder, top) = shared();
        let deep = top.join("index/key");
        fs::create_dir_all(&deep).unwrap();
        let file = deep.join("old");
        fs::write(&file, "code").unwrap();
        let outside = top.with_file_name("outside");
        fs::write(&outside, "").unwrap();
        symlink(&outside, deep.join("link")).unwrap();
        for path in [&top, &top.join("index"), &deep] {
            set(path, 0o755);
        }
        set(&file, 0o644);
        set(&outside, 0o644);
        create_dir(&top, &top.join("undo")).unwrap();
        for path in [&top, &top.join("index"), &deep] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&outside), 0o644, "links are not followed");
        set(&file, 0o666);
        drop(open(&file).unwrap());
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn what_others_could_write_decides_nothing_and_stays_as_it_is() {
        let (_folder, top) = shared();
        create_dir(&top, &top).unwrap();
        let path = top.join("decisions");
        replace(&path, b"yes").unwrap();
        assert_eq!(read_decisive(&path).unwrap(), b"yes");
        for mode in [0o620, 0o602, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            for _ in 0..2 {
                let refused = read_decisive(&path).unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied, "{mode:o}");
            }
        }
        // What others can only read is narrowed, as everywhere.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read_decisive(&path).unwrap(), b"yes");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let link = top.join("link");
        symlink(&path, &link).unwrap();
        assert!(read_decisive(&link).is_err());
    }

    #[test]
    fn a_link_of_the_user_s_own_leads_to_where_they_keep_it() {
        let (folder, top) = shared();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        set(&elsewhere, 0o755);
        symlink(&elsewhere, &top).unwrap();
        create_dir(&top, &top.join("index")).unwrap();
        assert_eq!(mode(&elsewhere), 0o700);
        assert!(elsewhere.join("index").is_dir());
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_written_through() {
        let (folder, top) = shared();
        create_dir(&top, &top).unwrap();
        let outside = folder.path().join("outside");
        fs::write(&outside, "kept").unwrap();
        let link = top.join("a");
        symlink(&outside, &link).unwrap();
        assert!(open(&link).is_err());
        assert!(create(&link).is_err());
        assert!(create_new(&link).is_err());
        assert!(read(&link).is_err());
        replace(&link, b"new").unwrap();
        assert_eq!(read(&link).unwrap(), b"new");
        assert_eq!(fs::read_to_string(&outside).unwrap(), "kept");
    }

    #[test]
    fn a_link_to_nowhere_and_a_file_are_no_folder() {
        let (folder, top) = shared();
        symlink(folder.path().join("nowhere"), &top).unwrap();
        assert!(create_dir(&top, &top).is_err());
        fs::remove_file(&top).unwrap();
        fs::write(&top, "").unwrap();
        assert!(create_dir(&top, &top).is_err());
    }

    #[test]
    fn another_user_s_folder_is_refused_wherever_it_is_on_the_way() {
        let (folder, top) = shared();
        if !is_root(folder.path()) {
            return;
        }
        fs::create_dir(&top).unwrap();
        chown(&top, Some(OTHER), None).unwrap();
        refused(create_dir(&top, &top), "belongs to another user");
        refused(adopt(&top), "belongs to another user");
        chown(&top, Some(0), None).unwrap();
        let index = top.join("index");
        fs::create_dir(&index).unwrap();
        chown(&index, Some(OTHER), None).unwrap();
        refused(
            create_dir(&top, &index.join("key")),
            "belongs to another user",
        );
        assert_eq!(
            fs::read_dir(&index).unwrap().count(),
            0,
            "nothing was made in it"
        );
        chown(&index, Some(0), None).unwrap();
        // Its owner could put another folder in the place of Hob's.
        chown(folder.path(), Some(OTHER), None).unwrap();
        refused(create_dir(&top, &index), "belongs to another user");
    }

    #[test]
    fn another_user_s_link_and_file_are_refused() {
        let (folder, top) = shared();
        if !is_root(folder.path()) {
            return;
        }
        let mine = folder.path().join("mine");
        fs::create_dir(&mine).unwrap();
        symlink(&mine, &top).unwrap();
        std::os::unix::fs::lchown(&top, Some(OTHER), None).unwrap();
        refused(
            create_dir(&top, &top),
            "is a link that belongs to another user",
        );
        assert_eq!(fs::read_dir(&mine).unwrap().count(), 0);
        let above = folder.path().join("above");
        symlink(&mine, &above).unwrap();
        std::os::unix::fs::lchown(&above, Some(OTHER), None).unwrap();
        let top = above.join("hob");
        refused(create_dir(&top, &top), "belongs to another user");
        let file = mine.join("history");
        fs::write(&file, "planted").unwrap();
        chown(&file, Some(OTHER), None).unwrap();
        refused(read(&file).map(drop), "belongs to another user");
        refused(create(&file).map(drop), "belongs to another user");
        assert_eq!(fs::read_to_string(&file).unwrap(), "planted");
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(read(&path).is_err());
        assert!(open(&path).is_err());
    }
}
