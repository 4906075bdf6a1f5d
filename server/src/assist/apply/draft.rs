//! The files of an answer while it is applied: each as it was, and as it is by now.

use super::lines::{Text, Unwritable};
use super::patch::{FilePatch, Mode, Patch};
use super::path::{Place, Root};
use super::refusal::{Kind, Problem};
use super::scope::Bounds;
use std::path::{Path, PathBuf};

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
    /// The file whose name it takes, where it had another.
    pub moved: Option<PathBuf>,
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
        let (before, text) = self.read(&place, name)?;
        if let Some(other) = self.root.also(name, &place) {
            self.note(format!(
                "`{}` is the one as seen from the current folder; to change `{other}`, run this in the project's root",
                place.path
            ));
        }
        self.drafts.push(Draft {
            text,
            place,
            before,
            mode: None,
            moved: None,
        });
        Ok(self.drafts.len() - 1)
    }

    /// The draft that [`Drafts::get`] gave.
    pub(super) fn draft(&mut self, at: usize) -> &mut Draft {
        &mut self.drafts[at]
    }

    fn read(&self, place: &Place, name: &str) -> Result<(Option<Vec<u8>>, Option<Text>), Problem> {
        if let Some(text) = (self.open)(&place.given).or_else(|| (self.open)(&place.real)) {
            let lines = Text::of_document(&text);
            return Ok((Some(text.into_bytes()), Some(lines)));
        }
        if !place.exists {
            return Ok((None, None));
        }
        match self.root.reader().read(&place.real, LARGEST) {
            Ok(content) => {
                let text = Text::read(&content.bytes);
                Ok((Some(content.bytes), Some(text)))
            }
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

    /// What has changed, and what of it can't be written.
    pub(super) fn into_patch(self) -> (Patch, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        for draft in self.drafts {
            let after = match draft.text.as_ref().map(Text::bytes).transpose() {
                Ok(it) => it,
                Err(why) => {
                    let kind = match why {
                        Unwritable::Byte(_) => Kind::Invisible,
                        _ => Kind::Encoding,
                    };
                    let problem = Problem::new(kind, why.to_string())
                        .detail("Write it with characters that the file's encoding has, or leave the file as it is.");
                    problems.push(problem.of(&draft.place.path));
                    continue;
                }
            };
            let file = FilePatch {
                path: draft.place.path,
                real: draft.place.real,
                after,
                before: draft.before,
                mode: draft.mode,
                like: draft.moved,
                attributes: None,
            };
            if file.before != file.after || (file.mode.is_some() && file.after.is_some()) {
                files.push(file);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let patch = Patch {
            files,
            notes: self.notes,
        };
        (patch, problems)
    }
}
