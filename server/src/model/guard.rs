//! The guard of a server whose address Hob chose itself: each new connection is looked at before anything is sent over it.
//!
//! A port can change hands. Whose the listening socket is, is told when a client is made, and again for every connection,
//! once it stands: a connection that somebody else took is closed, and the client with all its connections is given up.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower::{Layer, Service};

use super::owner::Owner;

/// Tells whose the sockets are that listen at an address.
pub(super) type Look = Arc<dyn Fn(SocketAddr) -> Owner + Send + Sync>;

/// Somebody else listens at an address than when it was looked at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Changed;

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another user's process has taken its place")
    }
}

impl StdError for Changed {}

impl Changed {
    /// Whether this is what a request failed of.
    pub(super) fn is_cause_of(error: &(dyn StdError + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(it) = cause {
            if it.is::<Changed>() {
                return true;
            }
            cause = it.source();
        }
        false
    }
}

/// Checks each new connection of one client.
#[derive(Clone)]
pub(super) struct Guard {
    /// Where the client connects to.
    pub(super) address: SocketAddr,
    /// Whose the listener was when the client was made.
    pub(super) owner: Owner,
    /// How that is told.
    pub(super) look: Look,
}

/// Whose the listener at an address is, told off the runtime's threads: the system's table may be long.
pub(super) async fn look(look: &Look, address: SocketAddr) -> Owner {
    let look = look.clone();
    let looked = tokio::task::spawn_blocking(move || look(address)).await;
    // The task only fails if the runtime ends.
    looked.unwrap_or(Owner::Unknown)
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, connects: S) -> Guarded<S> {
        Guarded {
            connects,
            guard: self.clone(),
        }
    }
}

/// What connects, with a check behind it.
#[derive(Clone)]
pub(super) struct Guarded<S> {
    connects: S,
    guard: Guard,
}

type BoxError = Box<dyn StdError + Send + Sync>;

impl<S, To> Service<To> for Guarded<S>
where
    S: Service<To, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connects.poll_ready(cx)
    }

    fn call(&mut self, to: To) -> Self::Future {
        let connecting = self.connects.call(to);
        let guard = self.guard.clone();
        Box::pin(async move {
            let connection = connecting.await?;
            // Behind the connection, not before it: between the two the port could change hands.
            match look(&guard.look, guard.address).await == guard.owner {
                true => Ok(connection),
                false => Err(Changed.into()),
            }
        })
    }
}
