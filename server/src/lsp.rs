//! The protocol edge: the only place that knows LSP types.

pub mod convert;
pub mod documents;
pub mod ext;
mod handlers;
mod server;
mod session;
mod transport;
mod workspace_edit;

pub use server::{run_stdio, serve};
