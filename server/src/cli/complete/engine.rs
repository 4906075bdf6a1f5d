//! From the command's request to the completion engine and back: the only file of this command that knows the engine.

use super::Request;
use super::report::{CompleteReport, DryRunReport};

/// One completion.
pub(super) fn complete(_request: &Request) -> anyhow::Result<CompleteReport> {
    // The integration point.
    Err(anyhow::format_err!(
        "the completion engine is not part of this build"
    ))
}

/// What would be asked of the model.
pub(super) fn dry_run(_request: &Request) -> anyhow::Result<DryRunReport> {
    // The integration point.
    Err(anyhow::format_err!(
        "the completion engine is not part of this build"
    ))
}
