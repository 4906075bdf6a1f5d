//! Which form of changes worked for which model: remembered on this machine, by names of models alone.

use super::format::Format;
use crate::assist::generation::lock;
use hob_index::private;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The file in the folder for state.
const FILE: &str = "edits.json";
/// So many models are remembered.
const MODELS: usize = 200;
/// Counts are halved here, so that what a model does lately counts.
const MOST: u32 = 20;

/// How often each form worked, and how often not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record(BTreeMap<Format, (u32, u32)>);

impl Record {
    /// How often a form worked, and how often it didn't.
    pub(super) fn get(&self, format: Format) -> (u32, u32) {
        self.0.get(&format).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, format: Format, fits: bool) {
        let counts = self.0.entry(format).or_default();
        match fits {
            true => counts.0 += 1,
            false => counts.1 += 1,
        }
        if counts.0 + counts.1 > MOST {
            *counts = (counts.0 / 2, counts.1 / 2);
        }
    }
}

/// What is remembered. Where it can't be kept on disk, it lasts as long as the process.
#[derive(Debug, Default)]
pub struct Memory {
    path: Option<PathBuf>,
    records: Mutex<BTreeMap<String, Record>>,
}

impl Memory {
    /// What is remembered in a folder for state; nothing, if that can't be read.
    pub fn open(state: Option<&Path>) -> Memory {
        let path = state.map(|it| it.join(FILE));
        let text = path.as_deref().and_then(|it| private::read(it).ok());
        let records = text.and_then(|it| serde_json::from_slice(&it).ok());
        Memory {
            path,
            records: Mutex::new(records.unwrap_or_default()),
        }
    }

    pub(super) fn of(&self, model: &str) -> Record {
        lock(&self.records).get(model).cloned().unwrap_or_default()
    }

    pub(super) fn fits(&self, model: &str, format: Format) {
        self.add(model, format, true);
    }

    pub(super) fn fails(&self, model: &str, format: Format) {
        self.add(model, format, false);
    }

    fn add(&self, model: &str, format: Format, fits: bool) {
        let mut records = lock(&self.records);
        if records.len() >= MODELS && !records.contains_key(model) {
            records.clear();
        }
        records
            .entry(model.to_owned())
            .or_default()
            .add(format, fits);
        if let Some(path) = &self.path
            && let Err(error) = write(path, &records)
        {
            tracing::debug!(%error, "remembering what worked");
        }
    }
}

/// In one step: another process may be reading.
fn write(path: &Path, records: &BTreeMap<String, Record>) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private::create_dir(folder, folder)?;
    }
    private::replace(path, &serde_json::to_vec(records)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_worked_is_remembered_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let memory = Memory::open(Some(&state));
        memory.fits("small", Format::Region);
        memory.fails("small", Format::Diff);
        let again = Memory::open(Some(&state));
        assert_eq!(again.of("small").get(Format::Region), (1, 0));
        assert_eq!(again.of("small").get(Format::Diff), (0, 1));
        assert_eq!(again.of("other"), Record::default());
    }

    #[test]
    fn a_file_that_can_t_be_read_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{\"small\": 3").unwrap();
        let memory = Memory::open(Some(folder.path()));
        assert_eq!(memory.of("small"), Record::default());
        memory.fits("small", Format::Region);
        assert_eq!(
            Memory::open(Some(folder.path()))
                .of("small")
                .get(Format::Region),
            (1, 0)
        );
    }

    #[test]
    fn old_counts_fade() {
        let mut record = Record::default();
        for _ in 0..15 {
            record.add(Format::Blocks, false);
        }
        for _ in 0..20 {
            record.add(Format::Blocks, true);
        }
        let (fits, fails) = record.get(Format::Blocks);
        assert!(fits > fails, "{fits} {fails}");
    }
}
