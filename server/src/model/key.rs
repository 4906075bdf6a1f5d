//! Keys: read from where the configuration says, remembered, never shown.

use std::process::Stdio;
use std::time::Duration;

use super::Error;
use crate::config::secret;
use crate::config::settings::ApiKey;

/// How long a key's command may take.
const COMMAND_TIME: Duration = Duration::from_secs(5);

/// No key is longer, in bytes.
const LARGEST_KEY: u64 = 64_000;

/// A key in use. Has no way into a message: its debug form is a mark.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// The key itself: for the header, and for taking it out of what a server says.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn for_test(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Reads the key, trimmed. A key that isn't there is an error with its remedy, never an empty key.
pub(super) async fn read(key: &ApiKey) -> Result<Secret, Error> {
    let fail = |cause: String| Error::Key {
        // Who writes the key in place of a name or a path shall not see it in a message.
        cause: secret::hidden(&cause).into_owned(),
    };
    let text = match key {
        ApiKey::Literal(text) => text.clone(),
        ApiKey::Env(name) => std::env::var(name)
            .map_err(|_| fail(format!("the environment variable {name} is not set where Hob was started (an editor started from a menu may not have your shell's variables).")))?,
        ApiKey::File(path) => {
            let path = path.clone();
            let shown = path.display().to_string();
            let read = tokio::task::spawn_blocking(move || hob_index::reader::read_own(&path, LARGEST_KEY)).await;
            // The task only fails if it panics or the runtime ends.
            let read = read.map_err(|error| fail(format!("{shown} can't be read ({error}).")))?;
            let bytes = read.map_err(|refusal| fail(format!("{shown} {refusal}.")))?;
            hob_index::encoding::given(bytes)
                .map_err(|_| fail(format!("{shown} is no text in UTF-8.")))?
        }
        ApiKey::Command(words) => run(words).await?,
    };
    // Some editors and shells put a byte order mark before it.
    let text = text.trim_start_matches('\u{FEFF}').trim();
    if text.is_empty() {
        return Err(fail(match key {
            ApiKey::Literal(_) => {
                "it is empty; leave the setting out where no key is wanted.".to_owned()
            }
            ApiKey::Env(name) => format!("the environment variable {name} is empty."),
            ApiKey::File(path) => format!("{} is empty.", path.display()),
            ApiKey::Command(words) => format!("the command {:?} printed nothing.", name_of(words)),
        }));
    }
    if text.contains(|it: char| it.is_control() || !it.is_ascii()) {
        return Err(fail(
            "it has more than one line, or characters that can't be sent in a header.".to_owned(),
        ));
    }
    Ok(Secret(text.to_owned()))
}

async fn run(words: &[String]) -> Result<String, Error> {
    let fail = |cause: String| Error::Key {
        cause: secret::hidden(&cause).into_owned(),
    };
    let name = name_of(words);
    let Some((program, arguments)) = words.split_first() else {
        return Err(fail("the command is empty.".to_owned()));
    };
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = match tokio::time::timeout(COMMAND_TIME, command.output()).await {
        Ok(output) => {
            output.map_err(|error| fail(format!("the command {name:?} can't be run ({error}).")))?
        }
        Err(_) => {
            return Err(fail(format!(
                "the command {name:?} took longer than {} s; does it wait for a password? Unlock it first.",
                COMMAND_TIME.as_secs()
            )));
        }
    };
    if !output.status.success() {
        return Err(fail(format!(
            "the command {name:?} failed ({}). Run it in a terminal to see why.",
            output.status
        )));
    }
    // Tools which show a secret print it on the first line, notes below (`pass` does).
    let text = hob_index::encoding::given(output.stdout)
        .unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(text.trim().lines().next().unwrap_or_default().to_owned())
}

/// The command's first word: its arguments may hold secrets of their own.
fn name_of(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cause(key: ApiKey) -> String {
        match read(&key).await {
            Err(Error::Key { cause }) => cause,
            other => panic!("not a missing key: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_file_s_key_is_trimmed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "  sk-1\n\n").unwrap();
        assert_eq!(read(&ApiKey::File(path)).await.unwrap().expose(), "sk-1");
    }

    #[tokio::test]
    async fn a_file_s_key_is_read_as_editors_and_shells_save_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let utf16: Vec<u8> = "\u{FEFF}sk-1\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [
            &b"sk-1\r\n"[..],
            b"\xef\xbb\xbfsk-1",
            b"\xef\xbb\xbf sk-1\r\n\r\n",
            &utf16,
        ] {
            std::fs::write(&path, bytes).unwrap();
            let key = read(&ApiKey::File(path.clone())).await.unwrap();
            assert_eq!(key.expose(), "sk-1", "{bytes:?}");
        }
        std::fs::write(&path, b"\xef\xbb\xbf\r\n").unwrap();
        assert!(cause(ApiKey::File(path)).await.contains("is empty"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_s_first_line_is_the_key() {
        let words = ["sh", "-c", "echo sk-2; echo note"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(
            read(&ApiKey::Command(words)).await.unwrap().expose(),
            "sk-2"
        );
        let words = ["sh", "-c", r"printf '\357\273\277sk-2\r\n'"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(
            read(&ApiKey::Command(words)).await.unwrap().expose(),
            "sk-2"
        );
        let words = ["sh", "-c", "exit 3"].map(str::to_owned).to_vec();
        assert!(cause(ApiKey::Command(words)).await.contains("failed"));
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_command_that_waits_is_given_up() {
        let words = ["sleep", "600"].map(str::to_owned).to_vec();
        assert!(
            cause(ApiKey::Command(words))
                .await
                .contains("took longer than 5 s")
        );
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_named() {
        assert!(
            cause(ApiKey::Env("HOB_TEST_NO_SUCH_VARIABLE".to_owned()))
                .await
                .contains("HOB_TEST_NO_SUCH_VARIABLE")
        );
        assert!(
            cause(ApiKey::File("/no/such/key".into()))
                .await
                .contains("doesn't exist")
        );
        assert!(
            cause(ApiKey::Command(vec!["hob-no-such-command".to_owned()]))
                .await
                .contains("can't be run")
        );
        assert!(cause(ApiKey::Command(Vec::new())).await.contains("empty"));
        assert!(
            cause(ApiKey::Literal("  ".to_owned()))
                .await
                .contains("empty")
        );
        assert!(
            cause(ApiKey::Literal("a\nb".to_owned()))
                .await
                .contains("line")
        );
    }

    #[test]
    fn a_key_s_debug_form_does_not_show_it() {
        assert_eq!(format!("{:?}", Some(Secret("sk-3".to_owned()))), "Some(…)");
    }
}
