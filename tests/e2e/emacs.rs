//! A user of Emacs with lsp-mode, which knows nothing of Hob's own notifications.

use crate::{HOB, idiom};
use hob_tests::client::TIMEOUT;
use hob_tests::emacs::Emacs;
use hob_tests::hob::Workspace;
use std::time::{Duration, Instant};

#[test]
fn emacs_shows_and_takes_a_suggestion_and_opens_no_window_of_warnings() {
    let workspace = Workspace::new(&idiom::with_cursor_after(""));
    workspace.write_config("[models.autocomplete]\nprovider = \"builtin\"\n");
    let Some(emacs) = Emacs::start(HOB, &workspace) else {
        return;
    };
    let terminal = emacs.terminal();
    terminal.press("let outline = ");
    let shown = format!("let outline = {}", idiom::OUTLINE);
    // In some of the methods above, it stands already.
    let above = terminal.screen().matches(&shown).count();
    let deadline = Instant::now() + TIMEOUT;
    while terminal.screen().matches(&shown).count() == above {
        assert!(Instant::now() < deadline, "{}", terminal.screen());
        // Again, as one does while the codebase is still being read. F7.
        terminal.press("\u{1b}[18~");
        std::thread::sleep(Duration::from_secs(1));
    }
    // C-o is bound to taking it.
    terminal.press("\u{f}");
    terminal.press("\u{18}\u{13}");
    terminal.wait_for("Wrote");
    let (file, _) = workspace.fixture().at_cursor();
    let written = std::fs::read_to_string(file.path_below(workspace.root())).unwrap();
    assert_eq!(
        written,
        file.text.replacen(
            "        \n    }\n}\n",
            &format!("        {shown}\n    }}\n}}\n"),
            1
        )
    );
    let counts = emacs.wait_for_counts("clients: 1");
    assert_eq!(
        counts,
        "clients: 1 warnings: 0 windows: 1",
        "{}",
        terminal.screen()
    );
}
