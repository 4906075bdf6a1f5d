//! The server's process: its log, its end, what it uses.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The most of the log that is kept, in bytes.
const LOG_KEPT: usize = 64 * 1024;

/// A child process; ended when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Process {
    pub(super) fn new(mut child: Child) -> Process {
        let log = Arc::new(Mutex::new(String::new()));
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(&log);
            thread::spawn(move || keep(stderr, &log));
        }
        Process { child, log }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn kill(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the end; what was wrong with it, if anything.
    pub(super) fn wait(&mut self, timeout: Duration) -> Option<String> {
        let deadline = Instant::now() + timeout;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return None,
                Ok(Some(status)) => return Some(format!("the server ended with {status}")),
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
                Ok(None) => {
                    self.kill();
                    return Some("the server did not leave after `exit`".to_owned());
                }
                Err(error) => return Some(format!("the server's end: {error}")),
            }
        }
    }

    pub(super) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
        Some(
            line.trim()
                .strip_suffix(" kB")?
                .trim()
                .parse::<u64>()
                .ok()?
                * 1024,
        )
    }

    pub(super) fn processor_time(&self) -> Option<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.id())).ok()? {
            // A thread may end while we look.
            if let Ok(text) = fs::read_to_string(thread.ok()?.path().join("schedstat")) {
                nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
            }
        }
        Some(Duration::from_nanos(nanoseconds))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Keeps the end of what is written.
fn keep(stderr: ChildStderr, log: &Mutex<String>) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while lines
        .by_ref()
        .take(LOG_KEPT as u64)
        .read_until(b'\n', &mut line)
        .is_ok_and(|it| it > 0)
    {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(&String::from_utf8_lossy(&line));
        line.clear();
        if log.len() > 2 * LOG_KEPT {
            let cut = log.len() - LOG_KEPT;
            let cut = log[..cut].rfind('\n').map_or(0, |it| it + 1);
            log.drain(..cut);
        }
    }
}
