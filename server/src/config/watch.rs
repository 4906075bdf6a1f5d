//! Whether configuration files have changed: asked for, not told, so it works on every file system.

use std::path::PathBuf;
use std::time::SystemTime;

/// The state of some files when they were last looked at. A look costs one `stat` per file: fit for once a second, or before each use.
#[derive(Debug)]
pub struct Changes {
    files: Vec<(PathBuf, State)>,
}

/// What tells two versions of a file apart; `None`: there is no file.
/// The size is there for file systems whose times are coarse, and editors that set times back.
type State = Option<(Option<SystemTime>, u64)>;

impl Changes {
    /// Starts from the files as they are now. Take it *before* reading them, so that no change falls in between.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Changes {
        let files = paths
            .into_iter()
            .map(|it| {
                let state = look(&it);
                (it, state)
            })
            .collect();
        Changes { files }
    }

    /// Whether any file was changed, made, removed or replaced since the last look.
    pub fn any(&mut self) -> bool {
        let mut changed = false;
        for (path, state) in &mut self.files {
            let now = look(path);
            changed |= now != *state;
            *state = now;
        }
        changed
    }
}

fn look(path: &PathBuf) -> State {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn making_changing_and_removing_a_file_is_each_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let mut changes = Changes::of([path.clone()]);
        assert!(!changes.any());
        std::fs::write(&path, "a").unwrap();
        assert!(changes.any());
        assert!(!changes.any());
        std::fs::write(&path, "ab").unwrap();
        assert!(changes.any());
        std::fs::remove_file(&path).unwrap();
        assert!(changes.any());
        assert!(!changes.any());
    }

    #[test]
    fn a_new_time_with_the_same_size_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "a").unwrap();
        let mut changes = Changes::of([path.clone()]);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(changes.any());
    }
}
