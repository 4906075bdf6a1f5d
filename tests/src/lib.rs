//! What the tests of Hob share: fixtures, and drivers for the real binary, real editors and real model servers.
//!
//! Depends on neither `hob` nor `hob-index`, so that both may use it in their tests.

pub mod apply;
pub mod client;
#[cfg(unix)]
pub mod emacs;
pub mod fixture;
pub mod hob;
pub mod home;
pub mod llama_server;
pub mod model;
pub mod neovim;
pub mod replay;
#[cfg(unix)]
pub mod terminal;
pub mod tools;
