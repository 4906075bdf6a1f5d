//! The files of an answer while it is applied: each as it was, and as it is by now.

use super::lines::Text;
use super::patch::{FilePatch, Mode, Patch};
use super::path::{Place, Root};
use super::refusal::{Kind, Problem};
use super::scope::Bounds;
use std::path::Path;

/// Larger files are not edited by text; in bytes.
pub(in crate::assist) const LARGEST: u64 = 20_000_000;

/// One file.
#[derive(Debug)]
pub(super) struct Draft {
    /// Where it is.
    pub place: Place,
    /// What it held before.
    before: Option<Vec<u8>>,
    /// What it holds by now; `None`: it doesn't exist.
    pub text: Option<Text>,
    /// Its permissions, where the answer says something of them.
    pub mode: Option<Mode>,
}

/// All files of an answer.
pub(super) struct Drafts<'a> {
    root: Root,
    bounds: &'a Bounds,
    open: &'a dyn Fn(&Path) -> Option<String>,
    drafts: Vec<Draft>,
    problems: Vec<Problem>,
    notes: Vec<String>,
    used: bool,
}

impl<'a> Drafts<'a> {
    /// None yet.
    pub(super) fn new(
        root: Root,
        bounds: &'a Bounds,
        open: &'a dyn Fn(&Path) -> Option<String>,
    ) -> Drafts<'a> {
        Drafts {
            root,
            bounds,
            open,
            drafts: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            used: false,
        }
    }

    /// The file of this name, as it is by now.
    ///
    /// # Errors
    /// It must not be written, may not change, or can't be read.
    pub(super) fn get(&mut self, name: &str) -> Result<usize, Problem> {
        self.used = true;
        let place = self.root.place(name)?;
        self.bounds.admit(&place).map_err(|it| it.of(name))?;
        if let Some(at) = self
            .drafts
            .iter()
            .position(|it| it.place.real == place.real)
        {
            return Ok(at);
        }
        let before = self.read(&place, name)?;
        if let Some(other) = self.root.also(name, &place) {
            self.note(format!(
                "`{}` is the one as seen from the current folder; to change `{other}`, run this in the project's root",
                place.path
            ));
        }
        self.drafts.push(Draft {
            text: before.as_deref().map(Text::read),
            place,
            before,
            mode: None,
        });
        Ok(self.drafts.len() - 1)
    }

    /// The draft that [`Drafts::get`] gave.
    pub(super) fn draft(&mut self, at: usize) -> &mut Draft {
        &mut self.drafts[at]
    }

    fn read(&self, place: &Place, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        if let Some(text) = (self.open)(&place.given).or_else(|| (self.open)(&place.real)) {
            return Ok(Some(text.into_bytes()));
        }
        if !place.exists {
            return Ok(None);
        }
        match self.root.reader().read(&place.real, LARGEST) {
            Ok(content) => Ok(Some(content.bytes)),
            Err(refusal) => Err(Problem::new(Kind::Disk, refusal.to_string()).of(name)),
        }
    }

    /// Whether a file of this name is on disk, or will be.
    pub(super) fn has(&self, name: &str) -> bool {
        match self.root.place(name) {
            Ok(place) => match self.drafts.iter().find(|it| it.place.real == place.real) {
                Some(draft) => draft.text.is_some(),
                None => place.exists || (self.open)(&place.given).is_some(),
            },
            Err(_) => false,
        }
    }

    /// The name of the folder that everything is in.
    pub(super) fn root_name(&self) -> Option<String> {
        self.root.name()
    }

    /// The permissions that a file has on disk.
    pub(super) fn permissions(&self, at: usize) -> Option<Mode> {
        super::write::mode(&self.drafts[at].place.real).map(Mode::Exact)
    }

    /// Something is wrong.
    pub(super) fn problem(&mut self, problem: Problem) {
        self.used = true;
        self.problems.push(problem);
    }

    /// The user should know this.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// All that is wrong.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// Whether anything was to be done.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    /// What has changed.
    pub(super) fn into_patch(self) -> Patch {
        let mut files: Vec<FilePatch> = self
            .drafts
            .into_iter()
            .map(|it| FilePatch {
                path: it.place.path,
                real: it.place.real,
                after: it.text.map(|it| it.bytes()),
                before: it.before,
                mode: it.mode,
            })
            .filter(|it| it.before != it.after || (it.mode.is_some() && it.after.is_some()))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Patch {
            files,
            notes: self.notes,
        }
    }
}
