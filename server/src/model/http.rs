//! The HTTP clients of the process: built when first needed, shared by all models.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Error;
use super::base::Base;

/// How long an unused connection is kept: less than the five seconds after which llama.cpp and uvicorn close it, so that none is used in that very moment.
const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// The process's HTTP clients. Making one costs nothing; cloning shares.
#[derive(Clone, Debug, Default)]
pub struct Http(Arc<Mutex<HashMap<Kind, reqwest::Client>>>);

/// What can only be set for a client as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    loopback: bool,
    https: bool,
    connect: Duration,
}

impl Http {
    /// No client yet.
    pub fn new() -> Http {
        Http::default()
    }

    /// The client for a server. The first for an `https` address loads the system's certificates, some 10 ms.
    pub(super) fn client(&self, base: &Base, connect: Duration) -> Result<reqwest::Client, Error> {
        let kind = Kind {
            loopback: base.is_loopback(),
            https: base.is_https(),
            connect,
        };
        // The map is whole at any time: a poisoned lock can be used.
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let client = build(kind).map_err(|error| Error::Config {
            cause: format!("no HTTP client for {} ({error})", base.as_str()),
        })?;
        clients.insert(kind, client.clone());
        Ok(client)
    }
}

fn build(kind: Kind) -> reqwest::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("hob/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(kind.connect)
        .pool_idle_timeout(KEEP_ALIVE)
        // llama.cpp spends one of its few threads on every connection that is kept.
        .pool_max_idle_per_host(1)
        .tcp_nodelay(true)
        // Code goes to the host that was configured, and to no other.
        .redirect(reqwest::redirect::Policy::none());
    if kind.loopback {
        builder = builder.no_proxy();
    }
    if kind.https {
        // Fails only if one is installed already, which is as well.
        let _ = rustls::crypto::CryptoProvider::install_default((*provider).clone());
    } else {
        // Without this the system's certificates would be loaded for connections that use none.
        let versions = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions();
        if let Ok(config) = versions {
            builder = builder.tls_backend_preconfigured(
                config
                    .with_root_certificates(rustls::RootCertStore::empty())
                    .with_no_client_auth(),
            );
        }
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_built_for_any_address_and_shared() {
        let http = Http::new();
        for url in [
            "http://127.0.0.1:1",
            "http://gpu-box:8080",
            "https://gpu-box",
            "https://localhost:1",
        ] {
            let base = Base::parse(url).unwrap();
            for _ in 0..2 {
                http.client(&base, Duration::from_secs(1)).unwrap();
            }
        }
        assert_eq!(http.0.lock().unwrap().len(), 4);
    }
}
