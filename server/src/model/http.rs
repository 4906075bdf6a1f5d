//! The HTTP clients of the process: built when first needed, shared by all models.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Error;
use super::base::Base;
use super::guard::{Guard, Look};
use super::trust::Trust;
use super::{guard, owner, proxy};
use crate::config::settings::Proxy;

/// How long an unused connection is kept: less than the five seconds after which llama.cpp and uvicorn close it, so that none is used in that very moment.
const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// The process's HTTP clients, and what it knows of servers that it found. Making one costs nothing; cloning shares.
#[derive(Clone)]
pub struct Http {
    clients: Arc<Mutex<HashMap<Kind, reqwest::Client>>>,
    trust: Trust,
    look: Look,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Default for Http {
    fn default() -> Http {
        Http::new()
    }
}

/// What can only be set for a client as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    /// `None`: no proxy, not even the environment's.
    proxy: Option<Proxy>,
    https: bool,
    connect: Duration,
    /// A name that is this machine by definition, and not a name server's to decide.
    own_name: Option<String>,
}

impl Http {
    /// No client yet; what the user said about found servers is remembered where this process's user has a place for it.
    pub fn new() -> Http {
        Http::with(Trust::of_process(), Arc::new(owner::of))
    }

    /// With another memory, and another way to tell whose a listening socket is.
    pub(super) fn with(trust: Trust, look: Look) -> Http {
        Http {
            clients: Arc::default(),
            trust,
            look,
        }
    }

    /// What the user said about servers that were found.
    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The client for a server that is configured. The first for an `https` address loads the system's certificates, some 10 ms.
    ///
    /// Where a proxy is in force, a server's name is looked up once, to learn whether it is this machine: at most 2 s.
    pub(super) async fn client(
        &self,
        base: &Base,
        connect: Duration,
        proxy: &Proxy,
    ) -> Result<reqwest::Client, Error> {
        let direct = match proxy {
            Proxy::None => true,
            // Nothing is to be asked of the network where no proxy would be used anyway.
            Proxy::Environment if !proxy::is_set() => true,
            _ => base.is_this_machine().await,
        };
        let kind = Kind {
            proxy: (!direct).then(|| proxy.clone()),
            https: base.is_https(),
            connect,
            own_name: base.own_name().map(str::to_owned),
        };
        // The map is whole at any time: a poisoned lock can be used.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let client = build(&kind, None).map_err(|error| failed(base, error))?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    /// A client for a server whose address Hob chose itself, and whose that server is now. It has connections of its own,
    /// and only to that owner's.
    pub(super) async fn guarded(
        &self,
        base: &Base,
        address: SocketAddr,
        connect: Duration,
    ) -> Result<(reqwest::Client, owner::Owner), Error> {
        let guard = Guard {
            address,
            owner: guard::look(&self.look, address).await,
            look: self.look.clone(),
        };
        let owner = guard.owner;
        let kind = Kind {
            proxy: None,
            https: base.is_https(),
            connect,
            own_name: None,
        };
        let client = build(&kind, Some(guard)).map_err(|error| failed(base, error))?;
        Ok((client, owner))
    }
}

fn failed(base: &Base, error: reqwest::Error) -> Error {
    Error::Config {
        cause: format!("no HTTP client for {} ({error})", base.as_str()),
    }
}

fn build(kind: &Kind, guard: Option<Guard>) -> reqwest::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("hob/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(kind.connect)
        .pool_idle_timeout(KEEP_ALIVE)
        // llama.cpp spends one of its few threads on every connection that is kept.
        .pool_max_idle_per_host(1)
        .tcp_nodelay(true)
        // Code and keys go to the host that was configured, and to no other.
        .redirect(reqwest::redirect::Policy::none());
    builder = match &kind.proxy {
        None => builder.no_proxy(),
        Some(Proxy::Url(url)) => builder.proxy(reqwest::Proxy::all(url)?),
        // What the library does by itself.
        Some(Proxy::Environment | Proxy::None) => builder,
    };
    if let Some(name) = &kind.own_name {
        // The port is the address's own.
        let here = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        builder = builder.resolve_to_addrs(name, &here);
    }
    if let Some(guard) = guard {
        builder = builder.connector_layer(guard);
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

    #[tokio::test]
    async fn clients_are_built_for_any_address_and_shared() {
        let http = Http::new();
        let proxy = Proxy::Url("http://192.0.2.1:3128".to_owned());
        for url in [
            "http://127.0.0.1:1",
            "http://192.0.2.7:8080",
            "https://192.0.2.7",
            "https://localhost:1",
        ] {
            let base = Base::parse(url).unwrap();
            for _ in 0..2 {
                let client = http.client(&base, Duration::from_secs(1), &proxy);
                client.await.unwrap();
            }
        }
        assert_eq!(http.clients.lock().unwrap().len(), 4);
    }
}
