//! How the parts of a text look.

use anstyle::{AnsiColor, Style};

pub(super) use crate::cli::terminal::text::PLAIN;

/// Rules, markers, what is beside the point.
pub(super) const FAINT: Style = PLAIN.dimmed();
/// `code` within a sentence.
pub(super) const CODE: Style = AnsiColor::Cyan.on_default();
/// What can be followed.
pub(super) const LINK: Style = AnsiColor::Blue.on_default().underline();
