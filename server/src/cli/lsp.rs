//! `hob lsp`: the language server on stdio.

use std::process::ExitCode;

/// Start the language server, speaking LSP on stdin and stdout
///
/// Editors start this; there is nothing to see on a terminal.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example (Helix, languages.toml):\n  [language-server.hob]\n  command = \"hob\"\n  args = [\"lsp\"]"
)]
pub(super) struct Arguments {
    /// Taken for editors that insist on it; stdio is all there is
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    let status = crate::lsp::run_stdio()?;
    // Not returned: the runtime's thread that reads standard input would be waited for.
    std::process::exit(status)
}
