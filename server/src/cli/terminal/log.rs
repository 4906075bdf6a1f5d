//! The log and the reports of panics, on standard error: each record on lines of its own, whatever is in it.

use super::text::Text;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::panic::PanicHookInfo;

/// Where log records go: a writer of whole records, as tracing's `fmt` writes them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, record: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(shown(record).as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// A record as it is written: nothing in it looks like the beginning of another one.
fn shown(record: &[u8]) -> String {
    let text = String::from_utf8_lossy(record);
    let (text, end) = match text.strip_suffix('\n') {
        Some(it) => (it, "\n"),
        None => (text.as_ref(), ""),
    };
    Text::from(text).indented("    ").to_string() + end
}

/// Reports panics from now on as the standard library does, but for what is no text in their messages: they quote
/// whatever was being worked on.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let trace = match backtrace.status() {
            BacktraceStatus::Captured => format!("stack backtrace:\n{backtrace}"),
            _ => "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
                .to_owned(),
        };
        let report = format!("\n{}\n{}\n", reported(panic), Text::from(trace));
        // A closed standard error is no reason to panic again.
        let _ = std::io::stderr().write_all(report.as_bytes());
    }));
}

fn reported(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let place = panic.location().map(ToString::to_string);
    let payload = panic.payload();
    let message = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(it), _) => it,
        (_, Some(it)) => it.as_str(),
        _ => "no message",
    };
    report(
        thread.name().unwrap_or("<unnamed>"),
        place.as_deref().unwrap_or("an unknown place"),
        message,
    )
}

fn report(thread: &str, place: &str, message: &str) -> String {
    let (thread, place) = (Text::line(thread), Text::line(place));
    let message = Text::from(message).indented("    ");
    format!("thread '{thread}' panicked at {place}:\n{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_commands_nothing_and_forges_no_other() {
        let record = "WARN hob: a\u{1b}]0;x\u{7}\u{9b}2J\n2026-01-01 ERROR hob: forged\u{202e}\n";
        assert_eq!(
            shown(record.as_bytes()),
            "WARN hob: a<U+001B>]0;x<U+0007><U+009B>2J\n    2026-01-01 ERROR hob: forged<U+202E>\n"
        );
        assert_eq!(shown(b"\x9b\xff\n"), "\u{fffd}\u{fffd}\n");
    }

    #[test]
    fn a_panic_quotes_what_it_failed_at_without_obeying_it() {
        assert_eq!(
            report(
                "main",
                "a.rs:1:2",
                "no boundary in `\u{1b}[2J\u{9b}m`\nthread 'x'"
            ),
            "thread 'main' panicked at a.rs:1:2:\nno boundary in `<U+001B>[2J<U+009B>m`\n    thread 'x'"
        );
    }
}
