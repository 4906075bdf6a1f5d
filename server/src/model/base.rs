//! Base URLs: whatever of a model server's address the user wrote down.

use std::net::{IpAddr, SocketAddr};

use tokio::sync::OnceCell;
use url::{Host, Url};

use super::{Error, proxy};
use crate::config::secret;

/// A model server's address without any path of its API.
pub(super) struct Base {
    /// The address for requests, without a slash at its end; may hold a user's name and password.
    root: String,
    /// The same for messages.
    shown: String,
    /// The host, its name in small letters.
    host: Host,
    /// Whether it is this machine; asked once.
    here: OnceCell<bool>,
    /// Whether the connection is encrypted.
    https: bool,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// What people paste along with the address; longest first.
const PATHS: [&str; 14] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/models",
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/completion",
    "/api/embed",
    "/infill",
    "/health",
    "/models",
    "/props",
    "/v1",
];

impl Base {
    /// Reads a host, `host:port`, or a URL with or without `/v1` or a whole path of the API.
    pub(super) fn parse(written: &str) -> Result<Base, Error> {
        let bad = |cause: &str| Error::Config {
            cause: format!(
                "the url {:?} {cause}; write for example \"http://127.0.0.1:8080\"",
                hide_user(written)
            ),
        };
        let trimmed = written.trim();
        if trimmed.is_empty() {
            return Err(bad("is empty"));
        }
        let absolute = if trimmed.contains("://") {
            trimmed.to_owned()
        } else {
            format!("http://{}", trimmed.trim_start_matches('/'))
        };
        let mut url =
            Url::parse(&absolute).map_err(|error| bad(&format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("is neither http nor https"));
        }
        url.set_query(None);
        url.set_fragment(None);
        let mut path = url.path().trim_end_matches('/').to_owned();
        if let Some(cut) = PATHS.iter().find_map(|it| path.strip_suffix(it)) {
            path = cut.trim_end_matches('/').to_owned();
        }
        url.set_path(&path);
        let host = match url.host() {
            Some(Host::Domain(name)) => Host::Domain(name.to_ascii_lowercase()),
            Some(host) => host.to_owned(),
            None => return Err(bad("names no host")),
        };
        let https = url.scheme() == "https";
        let root = url.as_str().trim_end_matches('/').to_owned();
        // Setting them fails only for URLs without a host, which have been refused.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        // Some gateways take the key as a part of the path.
        let shown = secret::hidden(url.as_str().trim_end_matches('/')).into_owned();
        Ok(Base {
            root,
            shown,
            host,
            here: OnceCell::new(),
            https,
        })
    }

    /// The address of `path`, which begins with a slash.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// For messages.
    pub(super) fn as_str(&self) -> &str {
        &self.shown
    }

    /// Whether it is this machine by its spelling alone.
    pub(super) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Ipv4(ip) => proxy::is_loopback(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => proxy::is_loopback(IpAddr::V6(*ip)),
            Host::Domain(name) => proxy::is_local_name(name),
        }
    }

    /// The host's name, if it is `localhost` or ends with that: names that lead to this machine by definition (RFC 6761).
    pub(super) fn own_name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => {
                let plain = name.strip_suffix('.').unwrap_or(name);
                let is_own = plain == "localhost" || plain.ends_with(".localhost");
                is_own.then_some(name.as_str())
            }
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// Whether it is this machine: by its spelling, as one of its addresses, or by a name of its own. Asked once.
    pub(super) async fn is_this_machine(&self) -> bool {
        let ask = || async {
            if self.is_loopback() {
                return true;
            }
            match &self.host {
                Host::Ipv4(ip) => proxy::is_own(IpAddr::V4(*ip)),
                Host::Ipv6(ip) => proxy::is_own(IpAddr::V6(*ip)),
                Host::Domain(name) => proxy::leads_here(name).await,
            }
        };
        *self.here.get_or_init(ask).await
    }

    /// Where connections go, if the host is an address; `port` is the one that the scheme stands for.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let url = Url::parse(&self.root).ok()?;
        let ip = match &self.host {
            Host::Ipv4(ip) => IpAddr::V4(*ip),
            Host::Ipv6(ip) => IpAddr::V6(*ip),
            Host::Domain(_) => return None,
        };
        Some(SocketAddr::new(ip, url.port_or_known_default()?))
    }

    /// Whether the connection is encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.https
    }
}

/// The text without what stands before an `@`, and without keys: it may be a password.
fn hide_user(text: &str) -> String {
    let rest = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let short: String = rest.chars().take(200).collect();
    secret::hidden(&short).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, root: &str) {
        assert_eq!(
            Base::parse(written).map(|base| base.root),
            Ok(root.to_owned()),
            "{written}"
        );
    }

    #[test]
    fn whatever_was_pasted_gives_the_servers_root() {
        check("localhost:8080", "http://localhost:8080");
        check("127.0.0.1", "http://127.0.0.1");
        check(" http://127.0.0.1:8080/ ", "http://127.0.0.1:8080");
        check("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080");
        check("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080");
        check(
            "http://127.0.0.1:8080/v1/completions",
            "http://127.0.0.1:8080",
        );
        check(
            "http://127.0.0.1:8080/v1/chat/completions/",
            "http://127.0.0.1:8080",
        );
        check("http://127.0.0.1:8080/infill", "http://127.0.0.1:8080");
        check(
            "https://openrouter.example/api/v1?x=1#y",
            "https://openrouter.example/api",
        );
        check("[::1]:8080", "http://[::1]:8080");
        check("gpu-box", "http://gpu-box");
    }

    #[test]
    fn a_password_in_the_url_is_used_and_never_shown() {
        let base = Base::parse("https://ann:geheim@box/v1").unwrap();
        assert_eq!(
            (base.root.as_str(), base.as_str()),
            ("https://ann:geheim@box", "https://box")
        );
        let error = Base::parse("ftp://ann:geheim@box").unwrap_err().to_string();
        assert!(!error.contains("geheim"), "{error}");
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for (url, loopback) in [
            ("localhost:1", true),
            ("127.0.0.2", true),
            ("[::1]", true),
            ("0.0.0.0:80", true),
            ("[::]:8080", true),
            ("[::ffff:127.0.0.1]:8080", true),
            ("[::ffff:7f00:1]", true),
            ("[0:0:0:0:0:0:0:1]", true),
            ("[::127.0.0.1]", true),
            ("localhost.", true),
            ("LOCALHOST:8080", true),
            ("LocalHost.:8080", true),
            ("foo.localhost", true),
            ("foo.localhost.", true),
            ("localhost.localdomain", true),
            ("ip6-localhost", true),
            ("127.1", true),
            ("0x7f.1", true),
            ("0177.0.0.1", true),
            ("2130706433", true),
            ("0", true),
            ("127.0.0.1.", true),
            ("user:word@localhost", true),
            ("https://localhost", true),
            ("１２７.０.０.１", true),
            ("box", false),
            ("localhost.example", false),
            ("localhost.evil.com", false),
            ("127.0.0.1.evil.com", false),
            ("evillocalhost", false),
            ("localhost@evil.com", false),
            ("[::ffff:192.0.2.1]", false),
            ("128.0.0.1", false),
        ] {
            assert_eq!(Base::parse(url).unwrap().is_loopback(), loopback, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for url in [
            "",
            "   ",
            "ftp://box",
            "http://",
            "http://a b",
            "http://box:99999",
        ] {
            let error = Base::parse(url).unwrap_err();
            assert_eq!(error.code(), "model-config", "{url}");
            assert!(error.to_string().contains("127.0.0.1:8080"), "{error}");
        }
    }
}
