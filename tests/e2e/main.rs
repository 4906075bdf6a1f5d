//! End to end: the real binary, driven by a client that knows nothing of its insides, by a real editor, and served by a
//! real model server.

mod apply;
mod chat;
mod context;
mod edit;
mod edits;
#[cfg(unix)]
mod emacs;
mod fastembed;
mod faults;
mod frames;
mod generations;
#[cfg(unix)]
mod helix;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_files;
mod idiom;
mod index;
mod llama_server;
mod meaning;
mod neovim;
#[cfg(unix)]
mod neovim_screen;
#[cfg(unix)]
mod privacy;
mod projects;
mod protocol;
mod relative;
mod scope;
mod search;
mod secrets;
mod settings;
mod strangers;
#[cfg(unix)]
mod terminal;
mod work;
#[cfg(unix)]
mod written;

/// The binary under test.
const HOB: &str = env!("CARGO_BIN_EXE_hob");
